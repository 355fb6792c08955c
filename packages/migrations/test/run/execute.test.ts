// Plans on a real server: rows survive, segments stand on their own, locks are waited for, and a run that stopped goes on.

import { f, index as modelIndex, model, type Context } from '@djogi/core';
import { createPool } from '@djogi/core/pool';
import { rawSql } from '@djogi/core/raw';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  diffSnapshots,
  executePlan,
  hintsOf,
  makeSnapshot,
  mapExpressions,
  planMigration,
  readCatalog,
  renderCreate,
  snapshotOf,
  type MigrationError,
  type MigrationPlan,
  type PlanOptions,
  type Progress,
  type SchemaSnapshot,
  type TableSnapshot,
} from '../../src/index.ts';
import { useServer, type TestDatabase } from '../database.ts';
import { check, column, identity, index, notNull, primaryKey, table, unique } from '../parts.ts';

const database = useServer();
let db: TestDatabase;
let other: pg.Client;
beforeEach(async () => {
  db = await database({ bootstrap: false });
  other = new pg.Client({ connectionString: db.url });
  await other.connect();
});
afterEach(() => other.end());

const schema = (...tables: TableSnapshot[]): SchemaSnapshot => makeSnapshot({ tables });
const id = column('id', 'bigint', { notNull });
const posts = (more: Partial<TableSnapshot> = {}, ...columns: TableSnapshot['columns']): TableSnapshot =>
  table('posts', [id, column('title', 'text'), ...columns], more);
const plan = (from: SchemaSnapshot, to: SchemaSnapshot, options?: PlanOptions): MigrationPlan =>
  planMigration(diffSnapshots(from, to), options);
const start = async (from: SchemaSnapshot, ...rows: string[]): Promise<void> => db.apply([...renderCreate(from), ...rows]);
const read = async (ctx: Context = db.ctx): Promise<SchemaSnapshot> => (await readCatalog(ctx)).snapshot;
const failureOf = async (run: Promise<unknown>): Promise<MigrationError> =>
  run.then(
    () => {
      throw new Error('the plan ran');
    },
    (error: unknown) => error as MigrationError,
  );

describe('rows', () => {
  test('survive renames that models declare', async () => {
    class Before extends model('posts', { title: f.text().unique() }, { timestamps: false }) {
      static readonly tableObjects = [modelIndex(Before, (p) => [p.title.lower()])];
    }
    class After extends model('articles', { name: f.text().renamedFrom('title').unique() }, { renamedFrom: 'posts', timestamps: false }) {
      static readonly tableObjects = [modelIndex(After, (p) => [p.name.lower()])];
    }
    const boot = await database();
    await boot.apply(renderCreate(snapshotOf([Before])));
    await boot.raw.execute(`INSERT INTO posts (title) VALUES ('kept')`);
    const made = planMigration(diffSnapshots(snapshotOf([Before]), snapshotOf([After]), hintsOf([After])));
    await executePlan(boot.ctx, made);
    expect(await boot.raw.scalar('SELECT name FROM articles')).toBe('kept');
    const found = (await readCatalog(boot.ctx)).snapshot.tables.find(({ name }) => name === 'articles')!;
    expect(found.constraints.map(({ name }) => name)).toEqual(['articles_name_key', 'articles_pkey']);
    const facts = (snapshot: SchemaSnapshot): SchemaSnapshot =>
      mapExpressions(makeSnapshot({ tables: snapshot.tables.filter(({ name }) => name === 'articles') }), () => '');
    expect(diffSnapshots(facts(await read(boot.ctx)), facts(snapshotOf([After]))).operations).toEqual([]);
  });

  test('keep their values through a change of type and back', async () => {
    const [from, to] = [
      schema(posts({}, column('n', 'integer', { default: '5' }))),
      schema(posts({}, column('n', 'text', { default: "'5'::text" }))),
    ];
    await start(from, `INSERT INTO posts (id, n) VALUES (1, 41)`);
    const made = plan(from, to);
    await executePlan(db.ctx, made);
    expect(await db.raw.scalar('SELECT n FROM posts')).toBe('41');
    await executePlan(db.ctx, made, { direction: 'down', allow: ['setColumnType posts.n'] });
    expect(await db.raw.scalar('SELECT n + 1 FROM posts')).toBe(42);
  });

  test('are put into a new type by the expression of a hint', async () => {
    const [from, to] = [schema(posts({}, column('n', 'text'))), schema(posts({}, column('n', 'integer')))];
    await start(from, `INSERT INTO posts (id, n) VALUES (1, 'about 41')`);
    const hints = {
      typeChanges: [{ table: { schema: 'public', name: 'posts' }, column: 'n', using: "substring(n from '\\d+')::integer" }],
    };
    await executePlan(db.ctx, planMigration(diffSnapshots(from, to, hints), { allow: ['setColumnType posts.n'] }));
    expect(await db.raw.scalar('SELECT n FROM posts')).toBe(41);
  });

  test('are behind a new identity', async () => {
    const [from, to] = [schema(posts()), schema(table('posts', [{ ...id, identity: identity('bigint') }, column('title', 'text')]))];
    await start(from, `INSERT INTO posts (id) VALUES (7), (9)`);
    await executePlan(db.ctx, plan(from, to));
    await db.raw.execute(`INSERT INTO posts (title) VALUES ('next')`);
    expect(await db.raw.scalar('SELECT max(id) FROM posts')).toBe('10');
  });

  test('that a label was taken from under are named by the failure', async () => {
    const of = (...labels: string[]): SchemaSnapshot =>
      makeSnapshot({ enums: [{ schema: 'public', name: 'state', labels, comment: null }], tables: [posts({}, column('state', 'state'))] });
    await start(of('a', 'b'), `INSERT INTO posts (id, state) VALUES (1, 'b')`);
    const made = plan(of('a', 'b'), of('a'), { allow: ['replaceEnum state'] });
    expect(await failureOf(executePlan(db.ctx, made))).toMatchObject({ rule: 'step_failed', step: 'replaceEnum state', completed: 0 });
    expect((await read()).enums[0]!.labels).toEqual(['a', 'b']);
    await db.raw.execute(`UPDATE posts SET state = 'a'`);
    await executePlan(db.ctx, made);
    expect((await read()).enums[0]!.labels).toEqual(['a']);
  });
});

describe('segments', () => {
  const from = schema(posts());
  const to = schema(posts({ constraints: [unique('posts_title_key', ['title']), check('long', 'length(title) > 1')] }));

  test('that are done stay, and a run goes on behind them', async () => {
    await start(from, `INSERT INTO posts (id, title) VALUES (1, 'x')`);
    const made = plan(from, to);
    const failure = await failureOf(executePlan(db.ctx, made));
    expect(failure).toMatchObject({
      code: 'MIGRATION',
      rule: 'step_failed',
      step: 'validateConstraint posts.long',
      completed: made.segments.length - 1,
    });
    expect(failure.cause).toMatchObject({ code: 'CONSTRAINT' });
    await db.raw.execute(`UPDATE posts SET title = 'xx'`);
    expect(await executePlan(db.ctx, made, { resumeAt: failure.completed })).toEqual({ completed: 1 });
    expect(
      plan(
        mapExpressions(await read(), () => ''),
        mapExpressions(to, () => ''),
      ).segments,
    ).toEqual([]);
  });

  test('an index that a failed build left INVALID is built again', async () => {
    await start(from, `INSERT INTO posts (id, title) VALUES (1, 'xx'), (2, 'xx')`);
    const made = plan(from, to);
    const failure = await failureOf(executePlan(db.ctx, made));
    expect(failure).toMatchObject({ step: 'createIndex posts_title_key', completed: 1 });
    expect((await readCatalog(db.ctx)).unsupported).toEqual([{ kind: 'invalid index', object: 'public.posts_title_key' }]);
    await db.raw.execute('DELETE FROM posts WHERE id = 2');
    await executePlan(db.ctx, made, { resumeAt: 1 });
    expect((await readCatalog(db.ctx)).unsupported).toEqual([]);
  });

  test('a run that was killed behind its statement takes it for done', async () => {
    await start(from);
    const made = plan(from, schema(posts({ indexes: [index('a', ['title']), index('b', ['id'])] })));
    await db.apply(['CREATE INDEX a ON posts (title)', 'CREATE INDEX b ON posts (id)']);
    // Nothing says that an index of the name is this plan's own: from the start, it is a conflict.
    expect(await failureOf(executePlan(db.ctx, made))).toMatchObject({ step: 'createIndex a', cause: { sqlState: '42P07' } });
    expect(await executePlan(db.ctx, made, { resumeAt: 1 })).toEqual({ completed: 1 });
    const gone = plan(schema(posts({ indexes: [index('c', ['id']), index('z', ['id'])] })), from);
    expect(await failureOf(executePlan(db.ctx, gone))).toMatchObject({ step: 'dropIndex c', cause: { sqlState: '42704' } });
    expect(await executePlan(db.ctx, gone, { resumeAt: 1 })).toEqual({ completed: 1 });
  });

  test('record runs in the transaction of each segment', async () => {
    await start(from);
    await db.apply(['CREATE TABLE ledger (segment integer)']);
    const made = plan(from, to);
    const record = (session: { run(text: string): Promise<void> }, segment: number): Promise<void> =>
      session.run(`INSERT INTO ledger VALUES (${segment})`);
    await executePlan(db.ctx, made, { record });
    expect(await db.raw.scalar(`SELECT string_agg(segment::text, ',' ORDER BY segment) FROM ledger`)).toBe(
      made.segments.map((_, at) => at).join(),
    );

    const failing = plan(to, schema(posts({ constraints: [check('never', 'id < 0')] })), {});
    await failureOf(executePlan(db.ctx, failing, { record: () => Promise.reject(new Error('the ledger is away')) }));
    expect((await read()).tables.find(({ name }) => name === 'posts')!.constraints.map(({ name }) => name)).not.toContain('never');
  });

  test('a signal stops between two', async () => {
    await start(from);
    const controller = new AbortController();
    const onProgress = ({ kind }: Progress): void => {
      if (kind === 'done') controller.abort();
    };
    const made = plan(from, to);
    expect(await failureOf(executePlan(db.ctx, made, { signal: controller.signal, onProgress }))).toMatchObject({
      rule: 'aborted',
      completed: 1,
    });
    expect(await executePlan(db.ctx, made, { resumeAt: 1 })).toEqual({ completed: made.segments.length - 1 });
  });

  test('progress tells segments and steps', async () => {
    await start(from);
    const seen: string[] = [];
    await executePlan(db.ctx, plan(from, to), {
      onProgress: (event) => seen.push('step' in event ? event.step : `${event.kind} ${event.segment}`),
    });
    expect(seen.slice(0, 5)).toEqual(['segment 0', 'addConstraint posts.long', 'done 0', 'segment 1', 'createIndex posts_title_key']);
  });
});

describe('a crash', () => {
  const from = schema(posts({ indexes: [index('old', ['id'])] }), table('gone', [id]));
  const to = schema(
    posts(
      {
        constraints: [unique('posts_title_key', ['title']), check('long', 'length(title) > 1')],
        indexes: [index('fresh', ['title', 'id'])],
      },
      column('n', 'integer'),
    ),
    table('made', [id], { constraints: [primaryKey('made_pkey', ['id'])] }),
  );
  const made = plan(from, to, { allow: ['dropTable gone'] });

  test.for(made.segments.map((_, segment) => segment))(
    'at the end of segment %i, before it is recorded, loses nothing, and a run goes on',
    async (crashAt) => {
      await start(from, `INSERT INTO posts (id, title) VALUES (1, 'xx')`);
      const pool = await createPool({ url: db.url, max: 1 });
      const record = async (session: { run(text: string): Promise<void> }, segment: number): Promise<void> => {
        if (segment === crashAt)
          await other.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
          );
        await session.run('SELECT 1');
      };
      const failure = await failureOf(executePlan(pool.context(), made, { record }));
      expect(failure).toMatchObject({ rule: 'step_failed', completed: crashAt });
      await executePlan(pool.context(), made, { resumeAt: failure.completed });
      const bare = (snapshot: SchemaSnapshot): SchemaSnapshot => mapExpressions(snapshot, () => '');
      expect(diffSnapshots(bare(await read(pool.context())), bare(to)).operations).toEqual([]);
      expect((await readCatalog(pool.context())).unsupported).toEqual([]);
      expect((await other.query('SELECT title FROM posts')).rows).toEqual([{ title: 'xx' }]);
      await pool.close();
    },
  );
});

describe('locks', () => {
  const from = schema(posts());
  const to = schema(posts({}, column('n', 'integer')));

  test('are waited for shortly, and asked for again', async () => {
    await start(from);
    await other.query('BEGIN; LOCK TABLE posts IN ACCESS SHARE MODE');
    const retries: Progress[] = [];
    const onProgress = (event: Progress): void => {
      if (event.kind !== 'retry') return;
      retries.push(event);
      if (retries.length === 2) void other.query('COMMIT');
    };
    await executePlan(db.ctx, plan(from, to), { lockTimeoutMs: 30, retryDelayMs: 20, onProgress });
    expect(retries[0]).toEqual({ kind: 'retry', segment: 0, attempt: 1, delayMs: 20, sqlState: '55P03' });
    expect(retries.length).toBeGreaterThanOrEqual(2);
    expect((await read()).tables[0]!.columns.map(({ name }) => name)).toContain('n');
  });

  test('that stay with somebody else end the run after the last attempt', async () => {
    await start(from);
    await other.query('BEGIN; LOCK TABLE posts IN ACCESS SHARE MODE');
    const failure = await failureOf(executePlan(db.ctx, plan(from, to), { lockTimeoutMs: 20, retryDelayMs: 1, attempts: 2 }));
    expect(failure).toMatchObject({ rule: 'step_failed', step: 'addColumn posts.n', cause: { sqlState: '55P03' } });
    await other.query('COMMIT');
  });

  test('a patient segment waits without a time limit, and says for whom', async () => {
    await start(from);
    await other.query(`BEGIN; INSERT INTO posts (id) VALUES (1)`);
    const seen: string[] = [];
    const { rows } = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const isBlocked = Promise.withResolvers<void>();
    const running = executePlan(db.ctx, plan(from, schema(posts({ indexes: [index('i', ['title'])] }))), {
      lockTimeoutMs: 1,
      attempts: 1,
      onProgress: (event) => {
        if (event.kind !== 'blocked') seen.push(event.kind);
        else if (event.by.includes(rows[0]!.pid)) isBlocked.resolve();
      },
    });
    await isBlocked.promise;
    await other.query('COMMIT');
    await running;
    expect(seen).toEqual(['segment', 'step', 'done']);
  });
});

describe('objects of extensions', () => {
  const body = (text: string): string =>
    `CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.title := '${text}'; RETURN NEW; END $$`;
  const of = (text: string): SchemaSnapshot =>
    makeSnapshot({
      tables: [posts()],
      objects: [
        { identity: 'function:stamp', ddl: body(text), dropDdl: 'DROP FUNCTION stamp()', dependsOn: [] },
        {
          identity: 'trigger:posts.stamp',
          ddl: 'CREATE TRIGGER stamp BEFORE INSERT ON posts FOR EACH ROW EXECUTE FUNCTION stamp()',
          dropDdl: 'DROP TRIGGER stamp ON posts',
          dependsOn: ['function:stamp', 'table:posts'],
        },
      ],
    });
  const inserted = async (): Promise<unknown> => (await other.query('INSERT INTO posts (id) VALUES (1) RETURNING title')).rows[0].title;

  test('are made, changed with what stands on them, and dropped', async () => {
    await executePlan(db.ctx, plan(schema(), of('one')));
    expect(await inserted()).toBe('one');
    const change = plan(of('one'), of('two'));
    await executePlan(db.ctx, change);
    expect(await inserted()).toBe('two');
    await executePlan(db.ctx, change, { direction: 'down', allow: ['dropObject trigger:posts.stamp', 'dropObject function:stamp'] });
    expect(await inserted()).toBe('one');
    await executePlan(db.ctx, plan(of('one'), schema(posts()), { allow: ['dropObject trigger:posts.stamp', 'dropObject function:stamp'] }));
    expect(await inserted()).toBe(null);
  });

  test('are made behind the tables they need, and go before them', async () => {
    const all = { allow: ['dropObject trigger:posts.stamp', 'dropObject function:stamp', 'dropTable posts'] };
    const both = plan(schema(), of('one'));
    await executePlan(db.ctx, both);
    await executePlan(db.ctx, both, { direction: 'down', ...all });
    expect((await readCatalog(db.ctx)).unsupported).toEqual([]);
    await executePlan(db.ctx, both);
    await executePlan(db.ctx, plan(of('one'), schema(), all));
    expect((await read()).tables).toEqual([]);
  });
});

describe('the way back', () => {
  test('must be allowed what it loses', async () => {
    const [from, to] = [schema(posts()), schema(posts({}, column('n', 'integer')))];
    await start(from);
    const made = plan(from, to);
    await executePlan(db.ctx, made);
    expect(() => executePlan(db.ctx, made, { direction: 'down' })).toThrow(/dropColumn posts.n is destructive/);
    await executePlan(db.ctx, made, { direction: 'down', allow: ['dropColumn posts.n'] });
    expect(plan(await read(), from).segments).toEqual([]);
  });

  test('is refused where there is none', () => {
    const of = (...labels: string[]): SchemaSnapshot =>
      makeSnapshot({ enums: [{ schema: 'public', name: 'state', labels, comment: null }] });
    expect(() => executePlan(db.ctx, plan(of('a'), of('a', 'b')), { direction: 'down' })).toThrow(/no way back from addEnumLabel state b/);
  });
});

describe('the session', () => {
  const from = schema(posts({ constraints: [primaryKey('posts_pkey', ['id'])] }));

  test('may be a client of another driver, whose settings are put back', async () => {
    await start(schema());
    await other.query(`SET search_path = pg_catalog; SET lock_timeout = '7s'`);
    await executePlan(other, plan(schema(), from));
    await executePlan(other, plan(from, schema(posts({ constraints: [primaryKey('posts_pkey', ['id']), unique('u', ['title'])] }))));
    await executePlan(other, plan(schema(posts({ constraints: [primaryKey('posts_pkey', ['id']), unique('u', ['title'])] })), from));
    const { rows } = await other.query(
      `SELECT current_setting('search_path') AS path, current_setting('lock_timeout') AS wait, current_setting('row_security') AS rls`,
    );
    expect(rows).toEqual([{ path: 'pg_catalog', wait: '7s', rls: 'on' }]);
    expect(plan(await read(), from).segments).toEqual([]);
  });

  test('of a pool is put back, too', async () => {
    const pool = await createPool({ url: db.url, max: 1 });
    await executePlan(pool.context(), plan(schema(), from));
    const settings = await rawSql(pool.context(), 'the test looks at the session').scalar(
      `SELECT current_setting('lock_timeout') || ' ' || current_setting('row_security')`,
    );
    expect(settings).toBe('0 on');
    await pool.close();
  });

  test('must not be in a transaction', async () => {
    await db.ctx.atomic(async (tx) => {
      expect(() => executePlan(tx, plan(schema(), from))).toThrow(/given one that is open/);
    });
  });

  test('goes on only at a segment that there is', () => {
    expect(() => executePlan(db.ctx, plan(schema(), from), { resumeAt: 9 })).toThrow(/none to go on from at 9/);
    expect(() => executePlan(db.ctx, plan(schema(), from), { resumeAt: -1 })).toThrow(/MIGRATION: segment/);
  });
});
