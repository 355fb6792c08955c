// Runs that are cut off: at every statement of a mixed migration the backend is terminated, status says what happened, and a repair finishes the job.

import { createPool } from '@djogi/core/pool';
import { rawPool } from '@djogi/core/raw';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  applyMigrations,
  migrationEvents,
  migrationStatus,
  repairMigration,
  rollbackMigration,
  type DraftSegment,
  type RunProgress,
} from '../../src/index.ts';
import { untilAsleep, useServer, type TestDatabase } from '../database.ts';
import { alone, at, project, step, together } from './project.ts';

const database = useServer();
const refusal = (rule: string, rest: object = {}) => expect.objectContaining({ code: 'MIGRATION_RUN', rule, ...rest });

/** Takes the lock that statements of a migration wait at, so that a test can cut them off in the middle. */
const GATE = 424_242;
const VERSION = at(1, 'mixed');

/** Two transactions around statements that stand alone, and a step that can only be run once. */
const mixed: readonly DraftSegment[] = [
  together(
    step('create', 'CREATE TABLE a (id int PRIMARY KEY, b int); INSERT INTO a SELECT g, g FROM generate_series(1, 100) g;'),
    step('fill', 'UPDATE a SET b = b + 1;'),
  ),
  alone(step('build', 'CREATE UNIQUE INDEX CONCURRENTLY a_b ON a (b);'), step('count', 'UPDATE a SET b = b + 1000;')),
  together(step('add', 'ALTER TABLE a ADD c int NOT NULL DEFAULT 7;')),
];
const back: readonly DraftSegment[] = [
  together(step('remove', 'ALTER TABLE a DROP c;')),
  alone(step('drop', 'DROP INDEX CONCURRENTLY a_b;')),
  together(step('drop table', 'DROP TABLE a;')),
];

const FINAL =
  "SELECT (SELECT sum(b + c)::int FROM a) AS total, (SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('a_b')) AS valid";
const isComplete = async ({ raw }: TestDatabase): Promise<void> => {
  expect(await raw.one(FINAL)).toEqual({ total: (100 * 101) / 2 + 100 + 100 * 1000 + 700, valid: true });
};

/** A pool for a run that will lose its connection, and what ends its backend before the next statement arrives. */
async function doomed(db: TestDatabase): Promise<{ readonly ctx: TestDatabase['ctx']; kill(): void }> {
  const pool = await createPool({ url: db.url, max: 1 });
  onTestFinished(() => pool.close());
  const pid = await rawPool(pool, 'a test ends the backend of a run').scalar<number>('SELECT pg_backend_pid()');
  // The signal of pg_terminate_backend, sent without a round trip in which the run would go on.
  return { ctx: pool.context(), kill: () => void process.kill(pid, 'SIGTERM') };
}

const isGone = async (db: TestDatabase): Promise<void> => {
  await expect
    .poll(() => db.raw.rows("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()"))
    .toEqual([]);
};

/** `fill`, or `behind 2` for what is told when the second unit has committed. */
const placeOf = (progress: RunProgress): string =>
  progress.kind === 'step' ? progress.label : progress.kind === 'unit' ? `behind ${progress.unit}` : '';
const killAt =
  (place: string, kill: () => void) =>
  (progress: RunProgress): void => {
    if (placeOf(progress) === place) kill();
  };

/** Waits at a lock that a test holds, until `open` is called. */
async function gate(db: TestDatabase): Promise<() => Promise<void>> {
  let open = (): void => {};
  let isHeld = (): void => {};
  const held = new Promise<void>((resolve) => (isHeld = resolve));
  const holding = db.raw.withConnection(async (connection) => {
    await connection.script(`SELECT pg_advisory_lock(${GATE})`);
    isHeld();
    await new Promise<void>((resolve) => (open = resolve));
    await connection.script(`SELECT pg_advisory_unlock(${GATE})`);
  });
  await held;
  return () => {
    open();
    return holding;
  };
}
const isWaiting = async (db: TestDatabase): Promise<void> => {
  await expect.poll(() => db.raw.rows("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")).toHaveLength(1);
};

describe('a run whose backend is terminated', () => {
  test.for([
    ['create', 0],
    ['fill', 0],
    ['behind 1', 1],
    ['build', 1],
    ['behind 2', 2],
    ['count', 2],
    ['behind 3', 3],
    ['add', 3],
  ] as const)('at %s ends with %i units, which status explains and a repair goes on from', async ([place, done]) => {
    const db = await database();
    const files = await project();
    await files.write(VERSION, mixed, back);
    const { ctx, kill } = await doomed(db);
    await expect(applyMigrations(ctx, files.directory, { onProgress: killAt(place, kill) })).rejects.toThrow(
      refusal('session_lost', { version: VERSION, done, total: 4 }),
    );
    await isGone(db);
    const [entry] = (await migrationStatus(db.ctx, files.directory)).entries;
    expect(entry).toMatchObject({ state: 'interrupted', done, total: 4, explanation: expect.stringContaining(`${done} of 4 units`) });
    await expect(applyMigrations(db.ctx, files.directory)).rejects.toThrow(refusal('unfinished', { version: VERSION }));
    expect(await repairMigration(db.ctx, files.directory)).toMatchObject({ proposal: 'resume', done: null });
    await repairMigration(db.ctx, files.directory, { isConfirmed: true });
    await isComplete(db);
    expect((await migrationStatus(db.ctx, files.directory)).entries[0]).toMatchObject({ state: 'applied', done: 4, claim: null });
    expect((await migrationEvents(db.ctx)).map(({ event }) => event)).toEqual(['begun', 'repaired', 'applied']);
    expect(await repairMigration(db.ctx, files.directory)).toBeNull();
    expect((await applyMigrations(db.ctx, files.directory)).applied).toEqual([]);
  });

  test('behind its last commit has done what it was to do', async () => {
    const db = await database();
    const files = await project();
    await files.write(VERSION, mixed, back);
    const { ctx, kill } = await doomed(db);
    await applyMigrations(ctx, files.directory, { onProgress: killAt('behind 4', kill) });
    await isComplete(db);
    expect((await applyMigrations(db.ctx, files.directory)).applied).toEqual([]);
  });

  test('between two migrations says which are applied', async () => {
    const db = await database();
    const files = await project();
    await files.write(VERSION, mixed, back);
    await files.write(at(2, 'next'), [together(step('next', 'CREATE TABLE next ();'))]);
    const { ctx, kill } = await doomed(db);
    await expect(applyMigrations(ctx, files.directory, { onProgress: killAt('behind 4', kill) })).rejects.toThrow(
      refusal('session_lost', { applied: [VERSION] }),
    );
    await isGone(db);
    expect((await applyMigrations(db.ctx, files.directory)).applied.map(({ version }) => version)).toEqual([at(2, 'next')]);
  });

  test('in the middle of an only transaction leaves nothing, and is simply applied again', async () => {
    const db = await database();
    const files = await project();
    await files.write(VERSION, [together(step('create', 'CREATE TABLE a ();'), step('wait', 'SELECT pg_sleep(30);'))]);
    const { ctx, kill } = await doomed(db);
    const run = applyMigrations(ctx, files.directory);
    void untilAsleep(db).then(kill);
    await expect(run).rejects.toThrow(refusal('session_lost', { step: 'wait', done: 0 }));
    await isGone(db);
    expect((await migrationStatus(db.ctx, files.directory)).entries[0]).toMatchObject({ state: 'pending' });
    expect(await db.raw.scalar("SELECT to_regclass('a') IS NULL")).toBe(true);
    expect((await applyMigrations(db.ctx, files.directory, { isDryRun: true })).pending).toHaveLength(1);
  });

  test.for([
    ['behind 1', 1],
    ['drop', 1],
    ['behind 2', 2],
    ['drop table', 2],
  ] as const)('at %s on the way back is finished by a repair', async ([place, done]) => {
    const db = await database();
    const files = await project();
    await files.write(VERSION, mixed, back);
    await applyMigrations(db.ctx, files.directory);
    const { ctx, kill } = await doomed(db);
    await expect(rollbackMigration(ctx, files.directory, { onProgress: killAt(place, kill) })).rejects.toThrow(
      refusal('session_lost', { done, total: 3 }),
    );
    await isGone(db);
    const [entry] = (await migrationStatus(db.ctx, files.directory)).entries;
    expect(entry).toMatchObject({ state: 'interrupted', direction: 'down', done, explanation: expect.stringContaining('rolling it back') });
    await expect(rollbackMigration(db.ctx, files.directory)).rejects.toThrow(refusal('unfinished'));
    await repairMigration(db.ctx, files.directory, { isConfirmed: true });
    expect(await db.raw.scalar("SELECT to_regclass('a') IS NULL")).toBe(true);
    expect((await migrationStatus(db.ctx, files.directory)).entries[0]).toMatchObject({ state: 'rolled_back' });
    expect((await applyMigrations(db.ctx, files.directory)).applied).toHaveLength(1);
    await isComplete(db);
  });

  test.for([
    ['has not run', 'resume'],
    ['has run', 'resume_behind'],
  ] as const)('in a statement that %s, which nobody can tell, waits to be told %s', async ([what, resolution]) => {
    const db = await database();
    const files = await project();
    await files.write(VERSION, [
      together(step('create', 'CREATE TABLE a (b int); INSERT INTO a VALUES (1);')),
      alone(step('once', `UPDATE a SET b = b + 1 WHERE pg_advisory_xact_lock(${GATE}) IS NOT NULL;`)),
    ]);
    const open = await gate(db);
    const { ctx, kill } = await doomed(db);
    const run = applyMigrations(ctx, files.directory);
    const outcome = run.catch((error: unknown) => error);
    await isWaiting(db);
    expect((await migrationStatus(db.ctx, files.directory)).entries[0]).toMatchObject({ state: 'running', done: 1, claim: 2 });
    kill();
    expect(await outcome).toMatchObject({ rule: 'session_lost', step: 'once' });
    await open();
    await isGone(db);
    expect((await migrationStatus(db.ctx, files.directory)).entries[0]!.explanation).toContain('unit 2 may or may not have run');
    expect(await repairMigration(db.ctx, files.directory)).toMatchObject({
      proposal: null,
      choices: ['resume', 'resume_behind', 'applied', 'rolled_back'],
    });
    await expect(repairMigration(db.ctx, files.directory, { isConfirmed: true })).rejects.toThrow(refusal('resolution'));
    await db.raw.execute(`UPDATE a SET b = b + ${what === 'has run' ? 1 : 0}`);
    await repairMigration(db.ctx, files.directory, { isConfirmed: true, resolution });
    expect(await db.raw.scalar('SELECT b FROM a')).toBe(2);
    expect((await migrationStatus(db.ctx, files.directory)).entries[0]).toMatchObject({ state: 'applied', done: 2 });
  });
});

test('an index whose building is cut off is INVALID, told, dropped and built again', async () => {
  const db = await database();
  const files = await project();
  await files.write(VERSION, mixed, back);
  // Somebody's old transaction makes CREATE INDEX CONCURRENTLY wait.
  let release = (): void => {};
  const reader = db.raw.withConnection(async (connection) => {
    await connection.script('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class');
    await new Promise<void>((resolve) => (release = resolve));
    await connection.script('ROLLBACK');
  });
  const { ctx, kill } = await doomed(db);
  const outcome = applyMigrations(ctx, files.directory).catch((error: unknown) => error);
  await expect
    .poll(() => db.raw.rows("SELECT 1 AS one FROM pg_index WHERE indexrelid = to_regclass('a_b') AND NOT indisvalid"))
    .toHaveLength(1);
  expect((await migrationStatus(db.ctx, files.directory)).entries[0]).toMatchObject({ state: 'running', done: 1, claim: 2 });
  kill();
  expect(await outcome).toMatchObject({ rule: 'session_lost', step: 'build' });
  release();
  await reader;
  await isGone(db);
  const status = await migrationStatus(db.ctx, files.directory);
  expect(status.entries[0]).toMatchObject({ state: 'interrupted', done: 1, claim: 2 });
  expect(status.invalidIndexes).toEqual([{ index: 'public.a_b', remedy: 'DROP INDEX CONCURRENTLY public.a_b;' }]);
  expect(await repairMigration(db.ctx, files.directory)).toMatchObject({ proposal: 'resume', finding: expect.stringContaining('INVALID') });
  // What somebody finished by hand meanwhile is found in the catalog.
  await db.raw.execute('DROP INDEX a_b');
  expect(await repairMigration(db.ctx, files.directory)).toMatchObject({
    proposal: 'resume',
    finding: expect.stringContaining('there is no index'),
  });
  await db.raw.execute('CREATE UNIQUE INDEX a_b ON a (b)');
  const report = await repairMigration(db.ctx, files.directory, { isConfirmed: true });
  expect(report).toMatchObject({ proposal: 'resume_behind', done: 'resume_behind', finding: expect.stringContaining('valid') });
  await isComplete(db);
});

test('a statement that fails alone leaves a failed row; with its cause removed a repair goes on', async () => {
  const db = await database();
  const files = await project();
  await files.write(VERSION, [
    together(step('create', 'CREATE TABLE a (id int PRIMARY KEY, b int); INSERT INTO a VALUES (1, 5), (2, 5);')),
    alone(step('build', 'CREATE UNIQUE INDEX CONCURRENTLY "a_B" ON public.a (b);')),
  ]);
  await expect(applyMigrations(db.ctx, files.directory)).rejects.toThrow(refusal('step_failed', { step: 'build', done: 1, total: 2 }));
  const status = await migrationStatus(db.ctx, files.directory);
  expect(status.entries[0]).toMatchObject({ state: 'failed', done: 1, total: 2, claim: null });
  expect(status.invalidIndexes.map(({ index }) => index)).toEqual(['public."a_B"']);
  await expect(applyMigrations(db.ctx, files.directory)).rejects.toThrow(refusal('failed', { version: VERSION }));
  await expect(repairMigration(db.ctx, files.directory, { isConfirmed: true })).rejects.toThrow(refusal('step_failed', { step: 'build' }));
  await db.raw.execute('UPDATE a SET b = id');
  expect(await repairMigration(db.ctx, files.directory, { isConfirmed: true })).toMatchObject({ done: 'resume' });
  expect(await db.raw.scalar('SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(\'"a_B"\')')).toBe(true);
  expect((await migrationStatus(db.ctx, files.directory)).invalidIndexes).toEqual([]);
});

describe('a repair', () => {
  /** A migration that failed behind its first unit. */
  async function failed() {
    const db = await database();
    const files = await project();
    await files.write(
      VERSION,
      [together(step('create', 'CREATE TABLE a ();')), together(step('fail', 'SELECT 1/0;'))],
      [together(step('drop', 'DROP TABLE a;'))],
    );
    await expect(applyMigrations(db.ctx, files.directory)).rejects.toThrow(refusal('step_failed', { done: 1 }));
    return { db, files };
  }

  test('records what somebody finished by hand, with the reason', async () => {
    const { db, files } = await failed();
    await expect(repairMigration(db.ctx, files.directory, { isConfirmed: true, resolution: 'applied' })).rejects.toThrow(refusal('reason'));
    await repairMigration(db.ctx, files.directory, { isConfirmed: true, resolution: 'applied', reason: 'the rest was done at night' });
    expect((await migrationStatus(db.ctx, files.directory)).entries[0]).toMatchObject({
      state: 'applied',
      reason: 'the rest was done at night',
    });
    expect((await migrationEvents(db.ctx)).at(-1)).toMatchObject({ event: 'repaired', detail: 'applied: the rest was done at night' });
  });

  test('records what somebody took back by hand, and it is applied again', async () => {
    const { db, files } = await failed();
    await db.raw.script('DROP TABLE a');
    await repairMigration(db.ctx, files.directory, { isConfirmed: true, resolution: 'rolled_back', reason: 'dropped the table' });
    expect((await migrationStatus(db.ctx, files.directory)).pending).toHaveLength(1);
    await expect(applyMigrations(db.ctx, files.directory)).rejects.toThrow(refusal('step_failed', { done: 1 }));
  });

  test('does not go on with a file that was edited since', async () => {
    const { db, files } = await failed();
    await files.edit(`${VERSION}.sdjql`, (text) => text.replace('1/0', '1'));
    expect(await repairMigration(db.ctx, files.directory)).toMatchObject({ proposal: null, choices: ['applied', 'rolled_back'] });
    await expect(repairMigration(db.ctx, files.directory, { isConfirmed: true, resolution: 'resume' })).rejects.toThrow(
      refusal('resolution'),
    );
    await files.remove(VERSION);
    expect(await repairMigration(db.ctx, files.directory, { version: VERSION })).toMatchObject({
      choices: [],
      finding: expect.stringContaining('no file'),
    });
  });

  test('does not record over what is applied, and accepts an edited file when told so', async () => {
    const db = await database();
    const files = await project();
    await files.write(VERSION, [together(step('create', 'CREATE TABLE a ();'))]);
    await applyMigrations(db.ctx, files.directory);
    await expect(
      repairMigration(db.ctx, files.directory, { version: VERSION, isConfirmed: true, resolution: 'rolled_back', reason: 'x' }),
    ).rejects.toThrow(refusal('resolution'));
    await files.edit(`${VERSION}.sdjql`, (text) => text.replace('a ()', 'a ( )'));
    expect(await repairMigration(db.ctx, files.directory)).toMatchObject({ proposal: null, choices: ['accept_file'] });
    await repairMigration(db.ctx, files.directory, { isConfirmed: true, resolution: 'accept_file', reason: 'a blank' });
    expect((await migrationStatus(db.ctx, files.directory)).problems).toEqual([]);
  });
});

describe('two runs at once', () => {
  test('apply each migration once: the second waits, and builds of indexes do not wait for it', async () => {
    const db = await database();
    const files = await project();
    await files.write(VERSION, mixed, back);
    const waits: RunProgress[] = [];
    const runs = await Promise.all(
      Array.from({ length: 6 }, async () =>
        applyMigrations((await doomed(db)).ctx, files.directory, {
          onProgress: (progress) => void (progress.kind === 'waiting' && waits.push(progress)),
        }),
      ),
    );
    expect(runs.flatMap(({ applied }) => applied)).toHaveLength(1);
    expect(waits.length).toBeGreaterThan(0);
    await isComplete(db);
  });

  test('with a bound on waiting, the second is refused and told who holds the lock', async () => {
    const db = await database();
    const files = await project();
    await files.write(VERSION, [together(step('wait', `SELECT pg_advisory_xact_lock(${GATE});`))]);
    const open = await gate(db);
    const first = applyMigrations((await doomed(db)).ctx, files.directory, { lockTimeoutMs: 0 });
    await isWaiting(db);
    const refused = applyMigrations((await doomed(db)).ctx, files.directory, { lockWaitMs: 150 });
    await expect(refused).rejects.toThrow(refusal('lock_timeout', { pids: [expect.any(Number)] }));
    await expect(refused).rejects.toThrow('main/_global_');
    await open();
    expect((await first).applied).toHaveLength(1);
  });

  test('of different apps do not wait for each other', async () => {
    const db = await database();
    const files = await project();
    await files.write(at(1, 'slow'), [together(step('wait', `SELECT pg_advisory_xact_lock(${GATE});`))], undefined, {
      bucket: { database: 'main', app: 'slow' },
    });
    await files.write(at(1, 'quick'), [together(step('create', 'CREATE TABLE quick ();'))], undefined, {
      bucket: { database: 'main', app: 'quick' },
    });
    const open = await gate(db);
    const slow = applyMigrations((await doomed(db)).ctx, files.directory, { apps: ['slow'], lockTimeoutMs: 0 });
    await isWaiting(db);
    expect((await applyMigrations((await doomed(db)).ctx, files.directory, { apps: ['quick'], lockWaitMs: 1000 })).applied).toHaveLength(1);
    await Promise.all([open(), slow]);
  });
});
