import { describe, expect, test } from 'vitest';
import { executorKey, type Context } from '../../src/db/context.ts';
import { rawPool, rawSql } from '../../src/raw.ts';
import { Range } from '../../src/value/range.ts';
import { temporal } from '../../src/value/temporal.ts';
import { timestamptzKind } from '../../src/value/time.ts';
import { backend, raw, rejection, run, runtimeServer } from '../support/runtime-server.ts';

const server = runtimeServer("CREATE TABLE items (id int PRIMARY KEY, name text); INSERT INTO items VALUES (1, 'one'), (2, 'two')");

const pooled = () => server.admin().context();

describe('the entry', () => {
  test.each(['because', '', '           x           ', undefined, 42])('refuses the reason %o with RAW_SQL_REASON', (reason) => {
    expect(() => rawSql(pooled(), reason as string)).toThrow(expect.objectContaining({ code: 'RAW_SQL_REASON' }));
  });

  test('counts characters of the reason without the space around it', () => {
    expect(() => rawSql(pooled(), '  12345678901  ')).toThrow(expect.objectContaining({ code: 'RAW_SQL_REASON' }));
    expect(rawSql(pooled(), '  123456789012  ')).toBeDefined();
  });

  test('is nowhere on contexts and pools', async () => {
    const members = (value: object): string[] => [...Object.keys(value), ...Object.getOwnPropertyNames(Object.getPrototypeOf(value))];
    const all = [...members(server.admin()), ...members(pooled())];
    await pooled().atomic(async (tx) => void all.push(...members(tx)));
    expect(all.filter((name) => /raw|query|sql|client|connection|exec/i.test(name))).toEqual([]);
    expect(executorKey in pooled()).toBe(true);
  });

  test('opens on a pool as well', async () => {
    expect(await rawPool(server.admin(), 'there is no context yet').scalar('SELECT 1')).toBe(1);
  });
});

describe('rows', () => {
  test('are objects keyed by column, typed by the description', async () => {
    const [row] = await raw(pooled())
      .rows(`SELECT 1::int2 AS small, 2 AS int, 9007199254740993 AS big, 1.50 AS numeric, 0.5::float8 AS double, 0.25::float4 AS real,
      true AS yes, 'x' AS text, 'y'::varchar(5) AS varchar, '\\x00ff'::bytea AS bytes, '01234567-89ab-cdef-0123-456789abcdef'::uuid AS uuid,
      '{"a": [1, null]}'::jsonb AS doc, '[1]'::json AS json, ARRAY[1, NULL, 3] AS ints, ARRAY['a', NULL]::text[] AS texts, ARRAY[9007199254740993] AS bigs,
      '2026-01-02 03:04:05.678+00'::timestamptz(3) AS millis, '2026-01-02 03:04:05.678901+00'::timestamptz AS micros, '2026-01-02'::date AS date,
      '03:04:05'::time AS time, '2026-01-02 03:04:05'::timestamp AS stamp, NULL::int AS nothing, int4range(1, 5) AS range, int8range(9007199254740993, NULL) AS ids,
      42::oid AS oid, interval '1 mon -00:00:00' AS interval,
      '10.0.0.1/8'::inet AS inet, '10.0.0.0/8'::cidr AS cidr, '0a:00:00:00:00:01'::macaddr AS mac`);
    const { millis, micros, date, time, stamp, bytes, interval, ...rest } = row!;
    expect(rest).toEqual({
      small: 1,
      int: 2,
      big: '9007199254740993',
      numeric: '1.50',
      double: 0.5,
      real: 0.25,
      yes: true,
      text: 'x',
      varchar: 'y',
      uuid: '01234567-89ab-cdef-0123-456789abcdef',
      doc: { a: [1, null] },
      json: [1],
      ints: [1, null, 3],
      texts: ['a', null],
      bigs: ['9007199254740993'],
      nothing: null,
      range: Range.inclusiveExclusive(1, 5),
      ids: Range.atLeast(9007199254740993n),
      inet: '10.0.0.1/8',
      cidr: '10.0.0.0/8',
      mac: '0a:00:00:00:00:01',
      oid: 42,
    });
    expect(millis).toEqual(new Date('2026-01-02T03:04:05.678Z'));
    expect([micros, date, time, stamp, interval].map(String)).toEqual([
      '2026-01-02T03:04:05.678901Z',
      '2026-01-02',
      '03:04:05',
      '2026-01-02T03:04:05',
      'P1M',
    ]);
    expect([...(bytes as Uint8Array)]).toEqual([0, 255]);
  });

  test('of intervals and ranges are found by parameters of their own class', async () => {
    const { Duration, Instant, PlainDate } = temporal();
    const durations = ['P1Y2M3W4DT5H6M7.5S', '-P1Y2M3W4DT5H6M7.5S', '-PT0.5S', 'PT0S'].map((text) => Duration.from(text));
    const span = Range.inclusiveExclusive(Instant.from('2026-01-02T03:04:05Z'), Instant.from('2026-01-03T00:00:00Z'));
    const [row] = await raw(pooled()).rows(
      "SELECT $1::interval[]::text[] AS durations, $2::interval = interval '-1 day -01:30:00' AS negative, $3::tstzrange AS span, $4::daterange AS days, $5::int4range[] AS list",
      [durations, Duration.from('-P1DT1H30M'), span, Range.lessThan(PlainDate.from('2026-01-02')), [Range.empty(), Range.inclusive(1, 2)]],
    );
    expect(row).toEqual({
      durations: ['P1Y2M25DT5H6M7.5S', 'P-1Y-2M-25DT-5H-6M-7.5S', 'PT-0.5S', 'PT0S'],
      negative: true,
      span,
      days: Range.lessThan(PlainDate.from('2026-01-02')),
      list: [Range.empty(), Range.inclusiveExclusive(1, 3)],
    });
  });

  test('are the same on the second use, when the statement is known', async () => {
    const ctx = (await server.pool({ max: 1 })).context();
    const read = () => raw(ctx).rows("SELECT 1 AS a, true AS b, ARRAY[1.5::float8] AS c, now() > now() - interval '1 s' AS d");
    const first = await read();
    expect(await read()).toEqual(first);
    expect(await read()).toEqual(first);
  });

  test('are read behind a proxy that needs unnamed statements', async () => {
    const ctx = (await server.pool({ max: 1, namedStatements: false })).context();
    for (let at = 0; at < 3; at++) expect(await raw(ctx).rows('SELECT $1::int + 1 AS next', [at])).toEqual([{ next: at + 1 }]);
  });

  test('take values of every kind', async () => {
    const values = [
      'text',
      1.5,
      12345678901234567890n,
      true,
      new Date('2026-01-02T03:04:05.678Z'),
      new Uint8Array([1, 255]),
      ['a"b', 'c\\d', null, 'NULL', ''],
      { a: 1 },
      null,
    ];
    const [row] = await raw(pooled()).rows(
      "SELECT $1::text AS a, $2::float8 AS b, $3::numeric AS c, $4::bool AS d, $5::timestamptz(3) AS e, encode($6::bytea, 'hex') AS f, $7::text[] AS g, $8::jsonb AS h, $9::int AS i",
      values,
    );
    expect(row).toEqual({
      a: 'text',
      b: 1.5,
      c: '12345678901234567890',
      d: true,
      e: new Date('2026-01-02T03:04:05.678Z'),
      f: '01ff',
      g: ['a"b', 'c\\d', null, 'NULL', ''],
      h: { a: 1 },
      i: null,
    });
  });

  test('nested arrays travel as arrays of arrays', async () => {
    expect(
      await raw(pooled()).scalar('SELECT $1::int[] = ARRAY[[1, 2], [3, 4]]', [
        [
          [1, 2],
          [3, 4],
        ],
      ]),
    ).toBe(true);
  });

  test.each([
    [undefined, 'undefined'],
    [() => 1, 'type'],
    [Symbol('x'), 'type'],
    [new Date(Number.NaN), 'invalid_date'],
  ])('refuse the value %o before any SQL', async (value, rule) => {
    const pool = await server.pool();
    const before = pool.counters().statements;
    expect(await rejection(raw(pool.context()).rows('SELECT $1::text', [value]))).toMatchObject({
      code: 'VALIDATION',
      issues: [{ path: 'values[0]', rule }],
    });
    expect(pool.counters().statements).toBe(before);
  });

  test('with two columns of one name are refused', async () => {
    for (let at = 0; at < 2; at++)
      expect(await rejection(raw(pooled()).rows('SELECT 1 AS id, 2 AS id'))).toMatchObject({
        code: 'DECODE',
        rule: 'duplicate_column',
        column: 'id',
      });
  });

  test('of a statement that returns none are none', async () => {
    expect(await raw(pooled()).rows('UPDATE items SET name = name')).toEqual([]);
  });

  test('follow a table that was altered between two uses', async () => {
    const ctx = (await server.pool({ max: 1 })).context();
    await raw(ctx).script('CREATE TABLE altered (a int); INSERT INTO altered VALUES (1)');
    const read = () => raw(ctx).rows('SELECT * FROM altered');
    expect([await read(), await read()]).toEqual([[{ a: 1 }], [{ a: 1 }]]);
    await raw(ctx).script('ALTER TABLE altered ALTER a TYPE text, ADD b bool DEFAULT true');
    expect(await read()).toEqual([{ a: '1', b: true }]);
    expect(await read()).toEqual([{ a: '1', b: true }]);
  });
});

describe('query', () => {
  test('reads columns by codecs of the caller', async () => {
    const rows = await raw(pooled()).query<{ at: Date; n: number }>(
      { at: timestamptzKind.codec },
      "SELECT '2026-01-02T03:04:05.678Z'::timestamptz AS at, 1 AS n",
    );
    expect(rows).toEqual([{ at: new Date('2026-01-02T03:04:05.678Z'), n: 1 }]);
  });

  test('refuses a codec for a column that is not there', async () => {
    expect(await rejection(raw(pooled()).query({ at: timestamptzKind.codec }, 'SELECT 1 AS n'))).toMatchObject({
      code: 'DECODE',
      rule: 'missing_column',
      column: 'at',
    });
  });

  test('reads rows in a shape of the caller, by position', async () => {
    const shape = { columns: [{ name: 'at', codec: timestamptzKind.codec }], as: 'value' } as const;
    expect(await raw(pooled()).query<Date>(shape, "SELECT '2026-01-02T03:04:05Z'::timestamptz")).toEqual([
      new Date('2026-01-02T03:04:05Z'),
    ]);
  });
});

describe('one and scalar', () => {
  test('give the row and its first column', async () => {
    expect(await raw(pooled()).one('SELECT * FROM items WHERE id = $1', [2])).toEqual({ id: 2, name: 'two' });
    expect(await raw(pooled()).scalar('SELECT name FROM items WHERE id = $1', [2])).toBe('two');
  });

  test('reject with NOT_FOUND and MULTIPLE_OBJECTS', async () => {
    expect(await rejection(raw(pooled()).one('SELECT * FROM items WHERE id = 99'))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await rejection(raw(pooled()).scalar('SELECT id FROM items'))).toMatchObject({ code: 'MULTIPLE_OBJECTS', countSeen: 2 });
  });
});

describe('execute and script', () => {
  test('execute gives the count of the tag', async () => {
    expect(await raw(pooled()).execute('UPDATE items SET name = name WHERE id < $1 RETURNING id', [3])).toBe(2);
    expect(await raw(pooled()).execute('CREATE TEMP TABLE scratch (a int) ON COMMIT DROP')).toBe(0);
  });

  test('a statement that cannot run in a transaction runs on the pool', async () => {
    expect(await raw(pooled()).execute('VACUUM items')).toBe(0);
  });

  test('a script runs as a whole or not at all', async () => {
    expect(await rejection(raw(pooled()).script('CREATE TABLE half (a int); SELECT 1/0'))).toMatchObject({ sqlState: '22012' });
    expect(await raw(pooled()).scalar("SELECT to_regclass('half') IS NULL")).toBe(true);
  });

  test('a script in a transaction belongs to it', async () => {
    await rejection(
      pooled().atomic(async (tx) => {
        await raw(tx).script('CREATE TABLE half (a int); CREATE TABLE other (a int)');
        throw new Error('no');
      }),
    );
    expect(await raw(pooled()).scalar("SELECT to_regclass('half') IS NULL")).toBe(true);
  });
});

describe('preflight in a transaction', () => {
  const inTransaction = async (work: (tx: Context) => Promise<unknown>) => {
    const pool = await server.pool({ max: 1 });
    return { pool, run: () => pool.context().atomic(work) };
  };

  test.each([
    ['SET search_path = x', 'SET'],
    ['set session authorization default', 'SET'],
    ['SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY', 'SET'],
    ['RESET ALL', 'RESET'],
    ['DISCARD ALL', 'DISCARD'],
    ['LISTEN x', 'LISTEN'],
    ['UNLISTEN *', 'UNLISTEN'],
    ['PREPARE x AS SELECT 1', 'PREPARE'],
    ["PREPARE TRANSACTION 'x'", 'PREPARE'],
    ['DEALLOCATE ALL', 'DEALLOCATE'],
  ])('refuses %s as a session statement', async (text, statement) => {
    const { pool, run } = await inTransaction((tx) => raw(tx).execute(text));
    const before = pool.counters().statements;
    expect(await rejection(run())).toMatchObject({ code: 'SESSION_STATEMENT_IN_TRANSACTION', statement });
    expect(pool.counters().statements).toBe(before);
  });

  test.each([
    ['/* c */ commit', 'COMMIT'],
    ['BEGIN', 'BEGIN'],
    ['begin work', 'BEGIN'],
    ['START TRANSACTION', 'START TRANSACTION'],
    ['END', 'END'],
    ['ROLLBACK', 'ROLLBACK'],
    ['ROLLBACK TO x', 'ROLLBACK'],
    ['ABORT', 'ABORT'],
    ['SAVEPOINT x', 'SAVEPOINT'],
    ['RELEASE x', 'RELEASE'],
    ['-- note\nRELEASE SAVEPOINT x', 'RELEASE'],
    ["SELECT ';'; COMMIT", 'COMMIT'],
  ])('refuses %s as transaction control, on every method', async (text, statement) => {
    for (const call of [
      (tx: Context) => raw(tx).rows(text),
      (tx: Context) => raw(tx).query({}, text),
      (tx: Context) => raw(tx).one(text),
      (tx: Context) => raw(tx).scalar(text),
      (tx: Context) => raw(tx).execute(text),
      (tx: Context) => raw(tx).script(text),
    ]) {
      expect(await rejection(pooled().atomic(call))).toMatchObject({ code: 'TRANSACTION_CONTROL_IN_TRANSACTION', statement });
    }
  });

  test('accepts SET LOCAL, SET CONSTRAINTS and SET TRANSACTION', async () => {
    await pooled().atomic(async (tx) => {
      await raw(tx).execute('SET TRANSACTION READ WRITE');
      await raw(tx).script("SET LOCAL lock_timeout = '1s'; SET CONSTRAINTS ALL DEFERRED");
      expect(await raw(tx).scalar("SELECT current_setting('lock_timeout')")).toBe('1s');
    });
  });

  test('accepts CREATE FUNCTION with a body of BEGIN ATOMIC ... END', async () => {
    await pooled().atomic((tx) =>
      raw(tx).script('CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END; SELECT f()'),
    );
    expect(await raw(pooled()).scalar('SELECT f()')).toBe(2);
  });

  test('does not apply on the pool', async () => {
    const ctx = (await server.pool({ max: 1 })).context();
    await raw(ctx).execute("SET application_name = 'mine'");
    expect(await raw(ctx).scalar("SELECT current_setting('application_name')")).toBe('mine');
  });
});

describe('stream', () => {
  test('yields all rows, one round trip per batch', async () => {
    const pool = await server.pool({ max: 1 });
    const seen: number[] = [];
    await pool.context().atomic(async (tx) => {
      const before = pool.counters().roundTrips;
      for await (const row of raw(tx).stream<{ n: number }>('SELECT g AS n FROM generate_series(1, $1::int) AS g', [2500], {
        batchSize: 1000,
      }))
        seen.push(row.n);
      expect(pool.counters().roundTrips - before).toBeLessThanOrEqual(7);
    });
    expect(seen).toEqual(Array.from({ length: 2500 }, (_, at) => at + 1));
  });

  test('closes its cursor on an early break, and the transaction goes on', async () => {
    await pooled().atomic(async (tx) => {
      for await (const row of raw(tx).stream('SELECT generate_series(1, 100) AS n', [], { batchSize: 10 })) if (row['n'] === 15) break;
      expect(await raw(tx).rows("SELECT name FROM pg_cursors WHERE name <> ''")).toEqual([]);
    });
  });

  test('on a pool context throws STREAM_OUTSIDE_TRANSACTION when it is made', () => {
    expect(() => raw(pooled()).stream('SELECT 1')).toThrow(expect.objectContaining({ code: 'STREAM_OUTSIDE_TRANSACTION' }));
  });

  test.each([0, -1, 1.5])('refuses a batch size of %s', async (batchSize) => {
    await pooled().atomic(async (tx) => {
      expect(() => raw(tx).stream('SELECT 1', [], { batchSize })).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
    });
  });

  test('ends with ABORTED when its signal fires', async () => {
    const controller = new AbortController();
    const error = await rejection(
      (await server.pool({ max: 1 })).context().atomic(async (tx) => {
        for await (const row of raw(tx).stream('SELECT generate_series(1, 100) AS n', [], { batchSize: 10, signal: controller.signal }))
          if (row['n'] === 10) controller.abort();
      }),
    );
    expect(error).toMatchObject({ code: 'ABORTED' });
  });
});

describe('withConnection', () => {
  test('copies 100,000 rows in, and the pool is usable after it', async () => {
    const ctx = (await server.pool({ max: 1 })).context();
    await raw(ctx).script('CREATE TABLE bulk (id int, name text)');
    const pid = await backend(ctx);
    function* lines(): Generator<Uint8Array> {
      for (let at = 0; at < 100; at++) yield Buffer.from(Array.from({ length: 1000 }, (_, line) => `${at * 1000 + line}\tname\n`).join(''));
    }
    expect(await raw(ctx).withConnection((connection) => connection.copyIn('COPY bulk FROM STDIN', lines()))).toBe(100_000);
    expect(await raw(ctx).scalar('SELECT count(*)::int FROM bulk')).toBe(100_000);
    expect(await backend(ctx)).toBe(pid);
  });

  test('in a transaction lends its connection, after BEGIN', async () => {
    await pooled().atomic(async (tx) => {
      const pid = await raw(tx).withConnection(async (connection) => {
        expect(connection.transactionStatus).toBe('open');
        return connection.processId;
      });
      expect(await backend(tx)).toBe(pid);
      await run(tx, 'SELECT 1');
    });
  });

  test('listens on a connection of its own', async () => {
    const ctx = (await server.pool({ max: 2 })).context();
    const payload = await raw(ctx).withConnection(async (connection) => {
      const arrived = Promise.withResolvers<string>();
      const leave = connection.onNotification((notification) => arrived.resolve(notification.payload));
      await connection.script('LISTEN news');
      await run(ctx, "SELECT pg_notify('news', 'hello')");
      const text = await arrived.promise;
      leave();
      await connection.script('UNLISTEN *');
      return text;
    });
    expect(payload).toBe('hello');
  });
});
