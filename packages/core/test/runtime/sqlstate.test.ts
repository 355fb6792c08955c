import { describe, expect, test } from 'vitest';
import { executorOf } from '../../src/db/context.ts';
import { ConnectionError, ConstraintError, DatabaseError, LockConflictError } from '../../src/error/database-error.ts';
import { IdError } from '../../src/error/instance-error.ts';
import { isTransient } from '../../src/error/error.ts';
import { classifiedSqlStates, errorOfServer, isServerError, sqlStateOf } from '../../src/pg/sqlstate.ts';
import { int, raw, rejection, run, runtimeServer, until } from '../support/runtime-server.ts';

const server = runtimeServer(`
  CREATE TABLE parents (id int PRIMARY KEY, CONSTRAINT parents_id_check CHECK (id < 1000));
  CREATE TABLE children (id int PRIMARY KEY, parent_id int NOT NULL CONSTRAINT children_parent_id_fkey REFERENCES parents,
    name text CONSTRAINT children_name_key UNIQUE, period int4range CONSTRAINT children_period_excl CHECK (true),
    EXCLUDE USING gist (period WITH &&));
  INSERT INTO parents VALUES (1);
  INSERT INTO children VALUES (1, 1, 'hunter2', '[1,5)');
  CREATE FUNCTION complain(state text, words text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '%', words USING ERRCODE = state, HINT = words, DETAIL = words; END $$;
`);

const admin = () => server.admin().context();

describe('constraints', () => {
  test.each([
    ['unique', "INSERT INTO children VALUES (2, 1, 'hunter2')", '23505', 'children_name_key'],
    ['foreignKey', 'INSERT INTO children VALUES (2, 77)', '23503', 'children_parent_id_fkey'],
    ['foreignKey', 'DELETE FROM parents WHERE id = 1', '23001', 'children_parent_id_fkey'],
    ['check', 'INSERT INTO parents VALUES (5000)', '23514', 'parents_id_check'],
    ['notNull', 'INSERT INTO children VALUES (2, NULL)', '23502', undefined],
    ['exclusion', "INSERT INTO children VALUES (2, 1, 'x', '[4,6)')", '23P01', 'children_period_excl1'],
  ] as const)('%s: %s', async (kind, text, sqlState, constraint) => {
    const error = await rejection(run(admin(), text));
    expect(error).toBeInstanceOf(ConstraintError);
    expect(error).toMatchObject({ code: 'CONSTRAINT', kind, isTransient: false, fields: [] });
    expect(error.sqlState === '23503' || error.sqlState === sqlState).toBe(true);
    expect(error.constraint).toBe(constraint);
    expect(error.message).toContain(constraint ?? '"parent_id"');
  });

  test('name the row properties when the statement knows its model', async () => {
    const purpose = {
      operation: 'create',
      constraintFields: (constraint: string, column: string | undefined) =>
        constraint === 'children_name_key' ? ['name'] : column === 'parent_id' ? ['parentId'] : [],
    };
    const fail = (text: string) => rejection(executorOf(admin()).execute({ text, parameters: [], rows: null }, [], purpose));
    expect((await fail("INSERT INTO children VALUES (2, 1, 'hunter2')")).fields).toEqual(['name']);
    expect((await fail('INSERT INTO children VALUES (2, NULL)')).fields).toEqual(['parentId']);
    const inTransaction = await rejection(
      admin().atomic((tx) =>
        executorOf(tx).execute({ text: "INSERT INTO children VALUES (2, 1, 'hunter2')", parameters: [], rows: null }, [], purpose),
      ),
    );
    expect(inTransaction.fields).toEqual(['name']);
    expect(JSON.parse(JSON.stringify(inTransaction))).toMatchObject({ code: 'CONSTRAINT', fields: ['name'] });
  });
});

describe('conflicts', () => {
  test('a lock that is not available is LOCK_CONFLICT, reason lock', async () => {
    await admin().atomic(async (tx) => {
      await run(tx, 'SELECT 1 FROM parents WHERE id = 1 FOR UPDATE');
      const error = await rejection(run(admin(), 'SELECT 1 FROM parents WHERE id = 1 FOR UPDATE NOWAIT'));
      expect(error).toBeInstanceOf(LockConflictError);
      expect(error).toMatchObject({ code: 'LOCK_CONFLICT', reason: 'lock', sqlState: '55P03', isTransient: true });
    });
  });

  test('a deadlock is LOCK_CONFLICT, reason deadlock', async () => {
    await run(admin(), 'INSERT INTO parents VALUES (11), (12) ON CONFLICT DO NOTHING');
    let ready = 0;
    const both = Promise.withResolvers<void>();
    const cross = (first: number, second: number) =>
      admin().atomic(async (tx) => {
        await run(tx, "SELECT set_config('deadlock_timeout', '20', true)");
        await run(tx, 'SELECT 1 FROM parents WHERE id = $1::int FOR UPDATE', [first]);
        if (++ready === 2) both.resolve();
        await both.promise;
        await run(tx, 'SELECT 1 FROM parents WHERE id = $1::int FOR UPDATE', [second]);
      });
    const results = await Promise.allSettled([cross(11, 12), cross(12, 11)]);
    const failed = results.filter((result) => result.status === 'rejected').map((result) => result.reason as unknown);
    expect(failed).toEqual([expect.objectContaining({ code: 'LOCK_CONFLICT', reason: 'deadlock', sqlState: '40P01', isTransient: true })]);
  });
});

describe('the table', () => {
  test.each(['08006', '08P01', '57P01', '57P02', '57P03', '25P03'])('%s is a ConnectionError and not transient', (code) => {
    const error = errorOfServer({ code, message: 'x' });
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ code: 'CONNECTION', sqlState: code, isTransient: false });
    expect(isServerError(error)).toBe(false);
  });

  test.each([
    ['40001', 'serialization'],
    ['40P01', 'deadlock'],
    ['55P03', 'lock'],
  ] as const)('%s is transient, reason %s', (code, reason) => {
    expect(errorOfServer({ code })).toMatchObject({ code: 'LOCK_CONFLICT', reason, isTransient: true });
  });

  test.each([
    ['50010', 'ID_GEN_NODE_NOT_SET', false],
    ['50020', 'ID_GEN_CLOCK_ROLLBACK', true],
    ['50021', 'ID_GEN_LOGICAL_DRIFT', true],
    ['50022', 'ID_GEN_HARD_CLOCK_ROLLBACK', false],
    ['50030', 'ID_GEN_TIMESTAMP_EXHAUSTED', false],
  ] as const)('%s of the id generators is %s', (sqlState, code, transient) => {
    const error = errorOfServer({ code: sqlState, message: 'node 1' });
    expect(error).toBeInstanceOf(IdError);
    expect(error).toMatchObject({ code, sqlState });
    expect(isTransient(error)).toBe(transient);
    expect(isServerError(error)).toBe(true);
  });

  test('a FATAL response is a ConnectionError whatever its state', () => {
    expect(errorOfServer({ code: '53300', severity: 'FATAL', message: 'sorry, too many clients already' })).toMatchObject({
      code: 'CONNECTION',
      sqlState: '53300',
    });
  });

  test('everything while connecting is a ConnectionError', () => {
    expect(errorOfServer({ code: '28P01', message: 'password authentication failed for user "ann"' }, 'startup')).toMatchObject({
      code: 'CONNECTION',
      sqlState: '28P01',
    });
  });

  test('every row is reached, and makes an error that keeps its state', () => {
    for (const key of classifiedSqlStates) {
      const sqlState = key.length === 2 ? `${key}ZZZ` : key;
      expect(sqlStateOf(sqlState).isClassified).toBe(true);
      const error = errorOfServer({ code: sqlState, message: 'words' });
      expect(error).toMatchObject({ sqlState });
      expect(error.message).toMatch(/\S.*\[.{5}\]$/);
    }
  });

  test('a state without a row falls back to DATABASE', () => {
    expect(sqlStateOf('XX000')).toMatchObject({ family: 'database', isClassified: false });
    expect(errorOfServer({ code: 'XX000', message: 'cache lookup failed' })).toBeInstanceOf(DatabaseError);
  });

  test('a conflict raised by a lost connection is told by the state, not by the words', async () => {
    const pool = await server.pool({ max: 1 });
    const ctx = pool.context();
    const pid = await int(ctx, 'SELECT pg_backend_pid()');
    const running = rejection(run(ctx, 'SELECT pg_sleep(30)'));
    await until(
      async () => (await int(admin(), "SELECT count(*)::int FROM pg_stat_activity WHERE pid = $1 AND state = 'active'", [pid])) === 1,
    );
    await run(admin(), 'SELECT pg_terminate_backend($1)', [pid]);
    expect(await running).toBeInstanceOf(ConnectionError);
  });
});

describe('what errors tell', () => {
  const SECRET = 'hunter2';
  const values: readonly (readonly [string, string, readonly unknown[]])[] = [
    ['22P02', 'SELECT $1::text::int', [SECRET]],
    ['22P02', 'SELECT $1::text::uuid', [SECRET]],
    ['22P02', 'SELECT $1::text::jsonb', [`{${SECRET}`]],
    ['22007', 'SELECT $1::text::timestamptz', [SECRET]],
    ['22001', 'INSERT INTO pg_temp.short VALUES ($1)', [SECRET]],
    ['22003', "SELECT ('9999999999999999999' || length($1))::bigint", [SECRET]],
    ['23505', 'INSERT INTO children VALUES (2, 1, $1)', [SECRET]],
    ['P0001', "SELECT complain('P0001', $1)", [SECRET]],
    ['42P01', "SELECT complain('42P01', $1)", [SECRET]],
    ['23505', "SELECT complain('23505', $1)", [SECRET]],
    ['42601', `SELECT '${SECRET}' '${SECRET}'`, []],
    ['2201B', 'SELECT $1 ~ $2', ['a', `(${SECRET}`]],
  ];

  test.each(values)('%s quotes no value: %s', async (sqlState, text, parameters) => {
    const pool = await server.pool({ max: 1, onConnect: (connection) => connection.query('CREATE TEMP TABLE short (name varchar(3))') });
    const error = await rejection(run(pool.context(), text, parameters));
    expect(error).toMatchObject({ sqlState });
    expect(error.message).not.toContain(SECRET);
    expect(JSON.stringify(error)).not.toContain(SECRET);
    expect(error.message.length).toBeGreaterThan(10);
    expect(error.cause).toMatchObject({ code: sqlState });
  });

  test('a literal in the text of raw SQL is in neither message nor JSON', async () => {
    for (const text of [`SELECT '${SECRET}'::int`, `SELECT '${SECRET}'::date`, `SELECT 1 '${SECRET}'`, `SELECT E'\\xff${SECRET}'`]) {
      const error = await rejection(raw(admin()).rows(text));
      expect(error.message + JSON.stringify(error)).not.toContain(SECRET);
    }
  });

  test('a syntax error says where it is', async () => {
    expect((await rejection(run(admin(), 'SELECT 1 FRM x y'))).message).toMatch(/syntax error\. It is at character \d+/);
  });

  test('names of objects are kept', async () => {
    expect((await rejection(run(admin(), 'SELECT * FROM nowhere'))).message).toContain('relation "nowhere" does not exist');
    expect((await rejection(run(admin(), 'SELECT nothing FROM parents'))).message).toContain('column "nothing" does not exist');
  });

  test('the facts are properties, the detail is not enumerable', async () => {
    const error = await rejection(run(admin(), "INSERT INTO children VALUES (2, 1, 'hunter2')"));
    expect(error).toMatchObject({
      sqlState: '23505',
      schema: 'public',
      table: 'children',
      constraint: 'children_name_key',
      severity: 'ERROR',
    });
    expect(error.detail).toContain('hunter2');
    expect(Object.keys(error)).not.toContain('detail');
    expect(Object.keys(error.toJSON())).not.toContain('cause');
  });
});
