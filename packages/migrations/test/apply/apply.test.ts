// The runner over files and ledger: what is applied, what is refused before anything ran, and what the ledger says.

import { describe, expect, test } from 'vitest';
import {
  applyMigrations,
  bootstrapMigration,
  fakeMigrations,
  migrationEvents,
  migrationStatus,
  readMigrations,
  rollbackMigration,
  verifyMigrations,
  writeMigration,
  type RunProgress,
} from '../../src/index.ts';
import { untilAsleep, useServer, type TestDatabase } from '../database.ts';
import { alone, at, project, step, together, type Project } from './project.ts';

const database = useServer();

const tablesOf = async ({ raw }: TestDatabase): Promise<readonly string[]> =>
  (
    await raw.rows<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'heer%' ORDER BY 1",
    )
  ).map(({ name }) => name);
const versionsOf = (list: readonly { readonly version: string }[]): readonly string[] => list.map(({ version }) => version);
const refusal = (rule: string, rest: object = {}) => expect.objectContaining({ code: 'MIGRATION_RUN', rule, ...rest });

const makes = (table: string) => [together(step(`create ${table}`, `CREATE TABLE ${table} (id int PRIMARY KEY);`))];
const drops = (table: string) => [together(step(`drop ${table}`, `DROP TABLE ${table};`))];
const touching = (...writes: string[]) => ({ touches: { reads: [], writes } });

/** Two migrations, with the ways back. */
async function twoTables(): Promise<Project> {
  const files = await project();
  await files.write(at(1, 'a'), makes('a'), drops('a'));
  await files.write(at(2, 'b'), makes('b'), drops('b'));
  return files;
}

test('what is pending is applied once, in order, and the ledger says so', async () => {
  const db = await database();
  const { directory } = await twoTables();
  const progress: RunProgress[] = [];
  const first = await applyMigrations(db.ctx, directory, { onProgress: (each) => progress.push(each) });
  expect(versionsOf(first.applied)).toEqual([at(1, 'a'), at(2, 'b')]);
  expect(await tablesOf(db)).toEqual(['a', 'b']);
  expect(progress.map(({ kind }) => kind)).toEqual(['migration', 'step', 'unit', 'done', 'migration', 'step', 'unit', 'done']);
  expect((await applyMigrations(db.ctx, directory)).applied).toEqual([]);
  const { entries, pending, problems } = await migrationStatus(db.ctx, directory);
  expect(entries.map(({ version, state, done, total }) => [version, state, done, total])).toEqual([
    [at(1, 'a'), 'applied', 1, 1],
    [at(2, 'b'), 'applied', 1, 1],
  ]);
  expect([pending, problems]).toEqual([[], []]);
  expect((await migrationEvents(db.ctx)).map(({ event, version, runId }) => [event, version, runId])).toEqual([
    ['applied', at(1, 'a'), first.runId],
    ['applied', at(2, 'b'), first.runId],
  ]);
});

test('the bootstrap makes an empty database ready for ids', async () => {
  const db = await database({ bootstrap: false });
  const files = await project();
  await writeMigration(files.directory, bootstrapMigration({ extensions: ['citext'] }));
  await files.write(at(1, 'a'), [
    together(step('create a', 'CREATE TABLE a (id bigint PRIMARY KEY DEFAULT heerid_next_desc(), name citext);')),
  ]);
  await applyMigrations(db.ctx, files.directory);
  await db.raw.script("INSERT INTO heer_nodes (node_id, name) VALUES (1, 'test'); INSERT INTO a (name) VALUES ('x')");
  expect(await db.raw.rows('SELECT name FROM a')).toHaveLength(1);
  // Applied to a database that has the generators, it changes nothing.
  const other = await database();
  await applyMigrations(other.ctx, files.directory);
  expect(await tablesOf(other)).toEqual(['a']);
});

test('migrations that were read already need no directory', async () => {
  const db = await database();
  const { directory } = await twoTables();
  const migrations = await readMigrations(directory);
  expect((await applyMigrations(db.ctx, migrations, { to: at(1, '') })).applied).toHaveLength(1);
  expect(versionsOf((await applyMigrations(db.ctx, migrations)).applied)).toEqual([at(2, 'b')]);
});

test('a dry run says what would be applied, and changes no schema', async () => {
  const db = await database();
  const { directory } = await twoTables();
  const { applied, pending } = await applyMigrations(db.ctx, directory, { isDryRun: true });
  expect([applied, versionsOf(pending)]).toEqual([[], [at(1, 'a'), at(2, 'b')]]);
  expect(await tablesOf(db)).toEqual([]);
});

test('a failing transaction leaves no row and no table, and status tells why', async () => {
  const db = await database();
  const files = await twoTables();
  await files.write(at(3, 'c'), [
    together(step('create c', 'CREATE TABLE c ();'), step('create a again', 'SELECT 1;\nCREATE TABLE a ();')),
  ]);
  await expect(applyMigrations(db.ctx, files.directory)).rejects.toThrow(
    refusal('step_failed', {
      version: at(3, 'c'),
      step: 'create a again',
      file: `main/_global_/${at(3, 'c')}.sdjql`,
      line: 13,
      done: 0,
      applied: [at(1, 'a'), at(2, 'b')],
    }),
  );
  expect(await tablesOf(db)).toEqual(['a', 'b']);
  const entry = (await migrationStatus(db.ctx, files.directory)).entries[2]!;
  expect(entry).toMatchObject({ state: 'pending', lastFailure: expect.stringContaining('already exists') });
  expect(entry.explanation).toContain('rolled back');
});

test('what a migration sets for the session ends with it', async () => {
  const db = await database();
  const files = await project();
  await files.write(at(1, 'a'), [together(step('elsewhere', 'CREATE SCHEMA other; SET search_path = other; SET row_security = on;'))]);
  await files.write(at(2, 'b'), makes('b'));
  await applyMigrations(db.ctx, files.directory);
  expect(await tablesOf(db)).toEqual(['b']);
  expect(await db.raw.rows("SELECT current_setting('search_path') AS path")).not.toEqual([{ path: 'other' }]);
});

test('a timeout in the header is that of every statement of the file', async () => {
  const db = await database();
  const files = await project();
  await files.write(at(1, 'a'), [together(step('wait', 'SELECT pg_sleep(5);'))], undefined, { statementTimeoutMs: 50 });
  await expect(applyMigrations(db.ctx, files.directory)).rejects.toThrow(
    refusal('step_failed', { cause: expect.objectContaining({ sqlState: '57014' }) }),
  );
});

test('a lock that another session holds for a while is waited for in short attempts', async () => {
  const db = await database();
  const files = await project();
  await files.write(at(1, 'a'), makes('a'));
  await applyMigrations(db.ctx, files.directory);
  await files.write(at(2, 'column'), [together(step('add', 'ALTER TABLE a ADD b int;'))]);
  let release = (): void => {};
  const held = db.raw.withConnection(async (connection) => {
    await connection.script('BEGIN; LOCK TABLE a');
    await new Promise<void>((resolve) => (release = resolve));
    await connection.script('COMMIT');
  });
  const retries: RunProgress[] = [];
  const run = applyMigrations(db.ctx, files.directory, {
    lockTimeoutMs: 50,
    retryDelayMs: 20,
    attempts: 20,
    onProgress(progress) {
      if (progress.kind === 'retry' && retries.push(progress) === 2) release();
    },
  });
  await Promise.all([held, run]);
  expect(retries[0]).toMatchObject({ sqlState: '55P03', attempt: 1, delayMs: 20 });
  expect(retries[1]).toMatchObject({ attempt: 2, delayMs: 40 });
});

test('an open transaction is refused', async () => {
  const db = await database();
  const { directory } = await twoTables();
  await expect(db.ctx.atomic((tx) => applyMigrations(tx, directory))).rejects.toThrow(refusal('in_transaction'));
});

test('a signal ends a run between migrations, and cancels a transaction', async () => {
  const db = await database();
  const files = await twoTables();
  await files.write(at(3, 'slow'), [together(step('wait', 'CREATE TABLE c (); SELECT pg_sleep(20);'))]);
  const controller = new AbortController();
  const run = applyMigrations(db.ctx, files.directory, {
    signal: controller.signal,
  });
  void untilAsleep(db).then(() => controller.abort());
  await expect(run).rejects.toThrow(refusal('aborted', { version: at(3, 'slow'), applied: [at(1, 'a'), at(2, 'b')] }));
  expect(await tablesOf(db)).toEqual(['a', 'b']);
  await expect(applyMigrations(db.ctx, files.directory, { signal: AbortSignal.abort() })).rejects.toThrow(refusal('aborted'));
});

describe('before anything runs, a run is refused', () => {
  test('for a pending file that was edited and not sealed', async () => {
    const db = await database();
    const files = await twoTables();
    await files.edit(`${at(2, 'b')}.sdjql`, (text) => text.replace('int', 'bigint'));
    await expect(applyMigrations(db.ctx, files.directory)).rejects.toThrow(
      expect.objectContaining({ code: 'MIGRATION_FILE', rule: 'checksum' }),
    );
    expect(await tablesOf(db)).toEqual([]);
  });

  test.for(['.sdjql', '.down.sdjql'])('for an applied %s that was edited, sealed or not', async (ending) => {
    const db = await database();
    const files = await twoTables();
    await applyMigrations(db.ctx, files.directory);
    await files.write(at(3, 'c'), makes('c'));
    await files.edit(`${at(1, 'a')}${ending}`, (text) => text.replace(/;\n$/, ' ;\n'));
    await expect(applyMigrations(db.ctx, files.directory)).rejects.toThrow(refusal('checksum_mismatch', { version: at(1, 'a') }));
    expect(await tablesOf(db)).toEqual(['a', 'b']);
    const { problems, pending } = await verifyMigrations(db.ctx, files.directory);
    expect(problems.map(({ rule, version }) => [rule, version])).toEqual([
      ['checksum', at(1, 'a')],
      ['checksum_mismatch', at(1, 'a')],
    ]);
    expect(versionsOf(pending)).toEqual([at(3, 'c')]);
  });

  test('for an applied migration without a file', async () => {
    const db = await database();
    const files = await twoTables();
    await applyMigrations(db.ctx, files.directory);
    await files.remove(at(1, 'a'));
    await expect(applyMigrations(db.ctx, files.directory)).rejects.toThrow(refusal('file_missing', { version: at(1, 'a') }));
    expect((await migrationStatus(db.ctx, files.directory)).entries[0]!.explanation).toContain('Its file is missing');
  });

  test('for what it loses without a reason; in the file or in the call it will do', async () => {
    const db = await database();
    const files = await twoTables();
    await applyMigrations(db.ctx, files.directory);
    await files.write(at(3, 'drop_a'), [together(step('dropTable a', 'DROP TABLE a;', 'destructive'))]);
    await files.write(at(4, 'drop_b'), [together(step('dropTable b', 'DROP TABLE b;', 'destructive'))], undefined, {
      justification: 'b is empty',
    });
    for (const justification of [undefined, ' '])
      await expect(applyMigrations(db.ctx, files.directory, justification === undefined ? {} : { justification })).rejects.toThrow(
        refusal('justification', { step: 'dropTable a' }),
      );
    expect(await tablesOf(db)).toEqual(['a', 'b']);
    await applyMigrations(db.ctx, files.directory, { justification: 'a moved away' });
    expect(await tablesOf(db)).toEqual([]);
    expect(await db.raw.rows('SELECT justification AS j FROM djogi.djogi_schema_migrations ORDER BY id OFFSET 2')).toEqual([
      { j: 'a moved away' },
      { j: 'b is empty' },
    ]);
  });

  test('for an unknown or ambiguous version', async () => {
    const db = await database();
    const { directory } = await twoTables();
    await expect(applyMigrations(db.ctx, directory, { to: '2027' })).rejects.toThrow(refusal('unknown_version'));
    await expect(applyMigrations(db.ctx, directory, { to: '2026' })).rejects.toThrow(refusal('ambiguous_version'));
  });
});

describe('a late migration', () => {
  const late = async (first: object, last: object): Promise<{ db: TestDatabase; files: Project }> => {
    const db = await database();
    const files = await project();
    await files.write(at(2, 'b'), makes('b'), drops('b'), last);
    await applyMigrations(db.ctx, files.directory);
    await files.write(at(1, 'a'), makes('a'), drops('a'), first);
    return { db, files };
  };

  test('that touches other things is applied, flagged, and rolled back first', async () => {
    const { db, files } = await late(touching('table a'), touching('table b'));
    expect((await migrationStatus(db.ctx, files.directory)).entries[0]!.explanation).toContain('It comes late');
    const { applied, warnings } = await applyMigrations(db.ctx, files.directory);
    expect(applied).toMatchObject([{ version: at(1, 'a'), isOutOfOrder: true }]);
    expect(warnings[0]).toContain(at(2, 'b'));
    await expect(rollbackMigration(db.ctx, files.directory, { version: at(2, 'b') })).rejects.toThrow(
      refusal('not_last', { other: at(1, 'a') }),
    );
    expect((await rollbackMigration(db.ctx, files.directory)).version).toBe(at(1, 'a'));
  });

  test.for([
    ['that touches the same things', touching('table x'), { touches: { reads: ['table x'], writes: [] } }],
    ['of which nobody knows what it touches', {}, touching('table b')],
  ])('%s is refused with both names, unless there is a reason', async ([, first, last]) => {
    const { db, files } = await late(first as object, last as object);
    const both = refusal('out_of_order', { version: at(1, 'a'), other: at(2, 'b') });
    await expect(applyMigrations(db.ctx, files.directory)).rejects.toThrow(both);
    await expect(fakeMigrations(db.ctx, files.directory, { reason: 'there' })).rejects.toThrow(both);
    await expect(applyMigrations(db.ctx, files.directory, { allowOutOfOrder: ' ' })).rejects.toThrow(refusal('reason'));
    expect((await verifyMigrations(db.ctx, files.directory)).problems).toMatchObject([{ rule: 'out_of_order', version: at(1, 'a') }]);
    expect(await tablesOf(db)).toEqual(['b']);
    await applyMigrations(db.ctx, files.directory, { allowOutOfOrder: 'looked at both' });
    expect((await migrationStatus(db.ctx, files.directory)).entries[0]).toMatchObject({ isOutOfOrder: true, reason: 'looked at both' });
  });
});

describe('apps', () => {
  const fleet = { bucket: { database: 'main', app: 'fleet' } };
  test('that others depend on come first at one instant, and are missed by name when they are left out', async () => {
    const db = await database();
    const files = await project();
    await files.write(at(1, 'car'), makes('car'), drops('car'), fleet);
    await files.write(at(1, 'trip'), [together(step('create trip', 'CREATE TABLE trip (car int REFERENCES car);'))], undefined, {
      bucket: { database: 'main', app: 'apps' },
      dependsOn: ['fleet'],
    });
    await expect(applyMigrations(db.ctx, files.directory, { apps: ['apps'] })).rejects.toThrow(
      refusal('dependency', { other: at(1, 'car') }),
    );
    expect(versionsOf((await applyMigrations(db.ctx, files.directory)).applied)).toEqual([at(1, 'car'), at(1, 'trip')]);
  });

  test('have histories of their own', async () => {
    const db = await database();
    const files = await project();
    await files.write(at(1, 'a'), makes('a'), drops('a'));
    await files.write(at(1, 'a'), makes('car'), drops('car'), fleet);
    await files.write(at(2, 'c'), makes('c'), drops('c'));
    await applyMigrations(db.ctx, files.directory, { apps: [''] });
    expect(await tablesOf(db)).toEqual(['a', 'c']);
    // Earlier than what another bucket has is not late.
    expect((await applyMigrations(db.ctx, files.directory)).applied).toMatchObject([{ bucket: 'main/fleet', isOutOfOrder: false }]);
    expect((await rollbackMigration(db.ctx, files.directory, { apps: [''] })).version).toBe(at(2, 'c'));
  });
});

describe('rolling back', () => {
  test('takes back what came last, again and again, and it may be applied again', async () => {
    const db = await database();
    const { directory } = await twoTables();
    await applyMigrations(db.ctx, directory);
    expect((await rollbackMigration(db.ctx, directory)).version).toBe(at(2, 'b'));
    expect(await tablesOf(db)).toEqual(['a']);
    expect((await migrationStatus(db.ctx, directory)).entries.map(({ state }) => state)).toEqual(['applied', 'rolled_back']);
    await expect(rollbackMigration(db.ctx, directory, { version: at(2, '') })).rejects.toThrow(refusal('not_applied'));
    await rollbackMigration(db.ctx, directory, { version: at(1, 'a') });
    await expect(rollbackMigration(db.ctx, directory)).rejects.toThrow(refusal('not_applied'));
    expect((await applyMigrations(db.ctx, directory)).applied).toHaveLength(2);
    expect(await tablesOf(db)).toEqual(['a', 'b']);
  });

  test('needs a way back, and a reason for what it loses', async () => {
    const db = await database();
    const files = await project();
    await files.write(at(1, 'a'), makes('a'), [together(step('dropTable a', 'DROP TABLE a;', 'destructive'))]);
    await files.write(at(2, 'b'), makes('b'), [together(step('none', '-- There is no way back.'))]);
    await applyMigrations(db.ctx, files.directory, { to: at(1, 'a') });
    await expect(rollbackMigration(db.ctx, files.directory)).rejects.toThrow(refusal('justification', { step: 'dropTable a' }));
    await expect(rollbackMigration(db.ctx, files.directory, { allowLoss: '' })).rejects.toThrow(refusal('reason'));
    await applyMigrations(db.ctx, files.directory);
    await expect(rollbackMigration(db.ctx, files.directory)).rejects.toThrow(refusal('irreversible', { version: at(2, 'b') }));
    expect(await tablesOf(db)).toEqual(['a', 'b']);
  });

  test('that fails leaves the migration applied', async () => {
    const db = await database();
    const files = await project();
    await files.write(at(1, 'a'), makes('a'), [together(step('drop a', 'DROP TABLE a;'), step('drop z', 'DROP TABLE z;'))]);
    await applyMigrations(db.ctx, files.directory);
    await expect(rollbackMigration(db.ctx, files.directory)).rejects.toThrow(refusal('step_failed', { step: 'drop z', done: 0 }));
    expect(await tablesOf(db)).toEqual(['a']);
    expect((await migrationStatus(db.ctx, files.directory)).entries[0]).toMatchObject({
      state: 'applied',
      explanation: expect.stringContaining('failed and changed nothing'),
    });
  });

  test('runs statements that stand alone', async () => {
    const db = await database();
    const files = await project();
    await files.write(
      at(1, 'a'),
      [...makes('a'), alone(step('build', 'CREATE INDEX CONCURRENTLY a_idx ON a (id);'))],
      [alone(step('drop', 'DROP INDEX CONCURRENTLY a_idx;')), ...drops('a')],
    );
    await applyMigrations(db.ctx, files.directory);
    expect((await migrationStatus(db.ctx, files.directory)).entries[0]).toMatchObject({ state: 'applied', done: 2, total: 2 });
    await rollbackMigration(db.ctx, files.directory);
    expect(await tablesOf(db)).toEqual([]);
    expect((await migrationStatus(db.ctx, files.directory)).entries[0]).toMatchObject({
      state: 'rolled_back',
      done: 2,
      total: 2,
      direction: 'down',
    });
  });
});

describe('faking', () => {
  test('records what is pending and runs nothing', async () => {
    const db = await database();
    const files = await twoTables();
    await expect(fakeMigrations(db.ctx, files.directory, { reason: '' })).rejects.toThrow(refusal('reason'));
    const { faked } = await fakeMigrations(db.ctx, files.directory, { version: at(1, 'a'), reason: 'made by hand' });
    expect(versionsOf(faked)).toEqual([at(1, 'a')]);
    await expect(fakeMigrations(db.ctx, files.directory, { version: at(1, 'a'), reason: 'again' })).rejects.toThrow(
      refusal('already_applied'),
    );
    expect(versionsOf((await applyMigrations(db.ctx, files.directory)).applied)).toEqual([at(2, 'b')]);
    expect(await tablesOf(db)).toEqual(['b']);
    expect((await migrationStatus(db.ctx, files.directory)).entries[0]).toMatchObject({ state: 'faked', reason: 'made by hand' });
    await rollbackMigration(db.ctx, files.directory);
    await expect(rollbackMigration(db.ctx, files.directory)).rejects.toThrow(refusal('not_applied'));
  });
});

describe('the ledger', () => {
  test('keeps its events', async () => {
    const db = await database();
    const { directory } = await twoTables();
    await applyMigrations(db.ctx, directory);
    for (const statement of [
      'DELETE FROM djogi.djogi_migration_events',
      "UPDATE djogi.djogi_migration_events SET event = 'x'",
      'TRUNCATE djogi.djogi_migration_events',
    ])
      await expect(db.raw.execute(statement)).rejects.toMatchObject({ sqlState: '55000' });
  });

  test('has one row for each version of an app', async () => {
    const db = await database();
    const { directory } = await twoTables();
    await applyMigrations(db.ctx, directory);
    const again = `INSERT INTO djogi.djogi_schema_migrations (version, checksum_up, run_id, snapshot_version, tool_version)
      SELECT version, checksum_up, run_id, snapshot_version, tool_version FROM djogi.djogi_schema_migrations`;
    await expect(db.raw.execute(again)).rejects.toMatchObject({ constraint: 'djogi_schema_migrations_app_label_version_key' });
  });

  test('remembers the profile that applied', async () => {
    const db = await database();
    const { directory } = await twoTables();
    expect((await migrationStatus(db.ctx, directory)).profile).toBeNull();
    await applyMigrations(db.ctx, directory, { profile: 'staging' });
    await applyMigrations(db.ctx, directory, { profile: 'production' });
    await applyMigrations(db.ctx, directory);
    expect((await migrationStatus(db.ctx, directory)).profile).toBe('production');
  });

  test('is not made by looking', async () => {
    const db = await database();
    const { directory } = await twoTables();
    const { entries, pending } = await migrationStatus(db.ctx, directory);
    expect(entries.map(({ state }) => state)).toEqual(['pending', 'pending']);
    expect(versionsOf(pending)).toEqual([at(1, 'a'), at(2, 'b')]);
    expect((await verifyMigrations(db.ctx, directory)).problems).toEqual([]);
    expect(await migrationEvents(db.ctx)).toEqual([]);
    expect(await db.raw.rows("SELECT 1 AS one FROM pg_namespace WHERE nspname = 'djogi'")).toEqual([]);
  });
});
