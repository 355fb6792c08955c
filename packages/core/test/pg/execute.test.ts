// Statements on one connection: round trips, formats, the statement cache, what is known about a statement and when it is no longer true.

import { describe, expect, test } from 'vitest';
import type { Call, Connection, DescribedColumn, DescribeRows } from '../../src/db/port.ts';
import { ascii, bool, bytea, float8, int4, jsonb, shape, statement, text, textArray, timestamptz } from '../support/wire-codecs.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();

const selectOne = statement('select 1 as n', [], shape({ n: int4 }));
const backendNames = statement('select name from pg_prepared_statements order by name', [], shape({ name: text }));

async function countStatements(connection: Connection): Promise<number> {
  const { rows } = await connection.execute({ statement: backendNames, values: [] });
  return rows.length;
}

async function roundTripsOf(connection: Connection, work: () => Promise<unknown>): Promise<number> {
  const before = connection.counters.roundTrips;
  await work();
  return connection.counters.roundTrips - before;
}

describe('round trips', () => {
  test('the first execution of a statement takes one', async () => {
    const connection = await server.open();
    expect(await roundTripsOf(connection, () => connection.execute({ statement: selectOne, values: [] }))).toBe(1);
  });

  test('later executions take one, with fewer bytes', async () => {
    const connection = await server.open();
    const call: Call = { statement: statement('select $1::int4 as n', [int4], shape({ n: int4 })), values: [7] };
    await connection.execute(call);
    const first = connection.counters.bytesSent;
    expect(await roundTripsOf(connection, () => connection.execute(call))).toBe(1);
    expect(connection.counters.bytesSent - first).toBeLessThan(first);
    expect(connection.counters.statements).toBe(2);
  });

  test('statements sent together take one, also at their first use', async () => {
    const connection = await server.open();
    const calls = [1, 2, 3].map((n) => ({ statement: statement(`select ${n} as n`, [], shape({ n: int4 })), values: [] }));
    let outcomes: unknown;
    expect(
      await roundTripsOf(connection, async () => {
        outcomes = await connection.executeTogether(calls);
      }),
    ).toBe(1);
    expect(outcomes).toEqual([1, 2, 3].map((n) => ({ rows: [{ n }], rowCount: 1, command: 'SELECT' })));
  });

  test('no statements take none', async () => {
    const connection = await server.open();
    expect(await roundTripsOf(connection, () => connection.executeTogether([]))).toBe(0);
  });
});

describe('values and rows', () => {
  const columns = { n: int4, f: float8, b: bool, s: text, a: ascii, at: timestamptz, j: jsonb, raw: bytea, tags: textArray };
  const echo = statement(
    'select $1::int4 as n, $2::float8 as f, $3::bool as b, $4::text as s, $5::text as a, $6::timestamptz as at, $7::jsonb as j, $8::bytea as raw, $9::text[] as tags',
    [int4, float8, bool, text, ascii, timestamptz, jsonb, bytea, textArray],
    shape(columns),
  );
  const values = [
    -5,
    0.1,
    true,
    'Grüße, 日本 and a tail that is longer than forty characters',
    'short',
    new Date('2026-05-04T03:02:01.123Z'),
    { deep: [1, null] },
    Buffer.from([0, 255, 92]),
    ['x', 'y'],
  ];

  test('travel as text at first use and in binary after it, with the same result', async () => {
    const connection = await server.open();
    const first = (await connection.execute({ statement: echo, values })).rows[0]!;
    const second = (await connection.execute({ statement: echo, values })).rows[0]!;
    expect(Object.values(first).map((value) => (value instanceof Uint8Array ? [...value] : value))).toEqual(
      values.map((value) => (value instanceof Uint8Array ? [...value] : value)),
    );
    expect({ ...second, raw: [...second.raw!] }).toEqual({ ...first, raw: [...first.raw!] });
  });

  test('bytes of a value stay as they are when the next read arrives', async () => {
    const connection = await server.open();
    const call = { statement: echo, values };
    await connection.execute(call);
    const kept = (await connection.execute(call)).rows[0]!.raw!;
    await connection.execute({ statement: statement("select repeat('x', 200000) as s", [], shape({ s: text })), values: [] });
    expect([...kept]).toEqual([0, 255, 92]);
  });

  test('NULL reaches no codec, in either direction', async () => {
    const connection = await server.open();
    const nulls = values.map(() => null);
    for (let use = 0; use < 2; use++)
      expect(Object.values((await connection.execute({ statement: echo, values: nulls })).rows[0]!)).toEqual(nulls);
  });

  test('a column of another type than its codec reads in binary arrives as text', async () => {
    const connection = await server.open();
    const call = { statement: statement('select 7::int8 as n', [], shape({ n: int4 })), values: [] };
    for (let use = 0; use < 3; use++) expect((await connection.execute(call)).rows).toEqual([{ n: 7 }]);
  });

  test('a parameter of another type than its codec writes in binary travels as text', async () => {
    const connection = await server.open();
    const call = { statement: statement('select $1::int8 as n', [int4], shape({ n: text })), values: [7] };
    for (let use = 0; use < 3; use++) expect((await connection.execute(call)).rows).toEqual([{ n: '7' }]);
  });

  test('a row is an object, the instance of a class, a tuple or a value', async () => {
    const connection = await server.open();
    class Pair {
      readonly sum: number;
      constructor(a: number, b: number) {
        this.sum = a + b;
      }
    }
    const columns = { a: int4, b: int4 };
    const run = async (rows: ReturnType<typeof shape>, sql = 'select 1 as a, 2 as b'): Promise<unknown> =>
      (await connection.execute({ statement: statement(sql, [], rows), values: [] })).rows[0];
    expect(await run(shape(columns))).toEqual({ a: 1, b: 2 });
    const pair = await run(shape(columns, undefined, { build: Pair }));
    expect(pair).toBeInstanceOf(Pair);
    expect(pair).toEqual(new Pair(1, 2));
    expect(await run(shape(columns, undefined, { as: 'tuple' }))).toEqual([1, 2]);
    expect(await run(shape({ a: int4 }, undefined, { as: 'value' }), 'select 1')).toBe(1);
  });

  test('a column named __proto__ is a property like any other', async () => {
    const connection = await server.open();
    const { rows } = await connection.execute({
      statement: statement('select 1', [], shape(Object.fromEntries([['__proto__', int4]]))),
      values: [],
    });
    expect(Object.getOwnPropertyNames(rows[0])).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(rows[0])).toBe(Object.prototype);
  });

  test('a text of many megabytes arrives whole', async () => {
    const connection = await server.open();
    const { rows } = await connection.execute({
      statement: statement("select repeat('abcdefgh', 4 * 1024 * 1024) as s", [], shape({ s: text })),
      values: [],
    });
    expect(rows[0]!.s!.length).toBe(32 * 1024 * 1024);
  });

  test('a parameter of many megabytes is sent whole', async () => {
    const connection = await server.open();
    const large = 'é'.repeat(4 * 1024 * 1024);
    const call = { statement: statement('select char_length($1::text) as n', [text], shape({ n: int4 })), values: [large] };
    for (let use = 0; use < 2; use++) expect((await connection.execute(call)).rows).toEqual([{ n: large.length }]);
  });

  test('the count and the command come from the command tag', async () => {
    const connection = await server.open();
    await connection.script('create temporary table counted (n int)');
    const run = async (sql: string): Promise<unknown> => {
      const { rowCount, command } = await connection.execute({ statement: statement(sql), values: [] });
      return [command, rowCount];
    };
    expect(await run('insert into counted select generate_series(1, 12)')).toEqual(['INSERT', 12]);
    expect(await run('update counted set n = 0 where n > 9')).toEqual(['UPDATE', 3]);
    expect(await run('create table if not exists pg_temp.other (n int)')).toEqual(['CREATE TABLE', 0]);
    expect(await run('')).toEqual(['', 0]);
  });
});

describe('refusals on this side', () => {
  test('a codec that throws rejects its call, naming the placeholder, and sends nothing', async () => {
    const connection = await server.open();
    const broken = {
      ...int4,
      text: {
        ...int4.text,
        encode: () => {
          throw new RangeError('no');
        },
      },
    };
    await expect(
      connection.execute({ statement: statement('select $1::int4 + $2::int4 as n', [int4, broken], shape({ n: int4 })), values: [1, 2] }),
    ).rejects.toMatchObject({ code: 'VALIDATION', issues: [{ path: '$2' }], cause: expect.any(RangeError) as unknown });
    expect(connection.counters).toMatchObject({ statements: 0, bytesSent: 0 });
    expect((await connection.execute({ statement: selectOne, values: [] })).rows).toEqual([{ n: 1 }]);
  });

  test('a codec that throws in the middle of several leaves nothing behind', async () => {
    const connection = await server.open();
    const broken = {
      ...int4,
      text: {
        ...int4.text,
        encode: () => {
          throw new RangeError('no');
        },
      },
    };
    const first = { statement: selectOne, values: [] },
      second = { statement: statement('select $1::int4 as n', [broken], shape({ n: int4 })), values: [1] };
    await expect(connection.executeTogether([first, second])).rejects.toMatchObject({ code: 'VALIDATION' });
    for (let use = 0; use < 2; use++) expect((await connection.execute(first)).rows).toEqual([{ n: 1 }]);
  });

  test('a projection with another number of columns than the statement is a defect that names the table', async () => {
    const connection = await server.open();
    const call = { statement: statement('select 1 as a, 2 as b', [], shape({ a: int4 }, 'vehicles')), values: [] };
    for (let use = 0; use < 2; use++)
      await expect(connection.execute(call)).rejects.toMatchObject({
        code: 'INTERNAL',
        table: 'vehicles',
        message: expect.stringContaining('on vehicles returns 2 columns') as unknown,
      });
  });

  test('a missing or undefined value is a defect, not an answer of the server', async () => {
    const connection = await server.open();
    const of = statement('select $1::int4 as n', [int4], shape({ n: int4 }));
    await expect(connection.execute({ statement: of, values: [] })).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(connection.execute({ statement: of, values: [undefined] })).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(connection.execute({ statement: statement('select 1 \0'), values: [] })).rejects.toMatchObject({ code: 'INTERNAL' });
    const many = Array.from({ length: 65_536 }, () => 1);
    await expect(
      connection.execute({
        statement: statement(
          'select 1',
          many.map(() => int4),
        ),
        values: many,
      }),
    ).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  test('a statement that stands alone is not sent together with others', async () => {
    const connection = await server.open();
    const alone = { ...statement('vacuum'), standsAlone: true };
    await expect(
      connection.executeTogether([
        { statement: alone, values: [] },
        { statement: selectOne, values: [] },
      ]),
    ).rejects.toMatchObject({ code: 'INTERNAL' });
    expect((await connection.execute({ statement: alone, values: [] })).command).toBe('VACUUM');
  });
});

describe('values that cannot be decoded', () => {
  test('reject with table and column and without the value, and leave the connection usable', async () => {
    const connection = await server.open();
    const picky = {
      ...text,
      text: {
        ...text.text,
        decode: (value: string) => {
          if (value.startsWith('secret')) throw new RangeError('not that one');
          return value;
        },
      },
    };
    const call = {
      statement: statement(
        "select 'fine' as a, v as b from (values ('ok'), ('secret 7'), ('ok')) t (v)",
        [],
        shape({ a: text, b: picky }, 'letters'),
      ),
      values: [],
    };
    for (let use = 0; use < 2; use++) {
      const error = await connection.execute(call).then(
        () => {
          throw new Error('it was decoded');
        },
        (reason) => reason as Error,
      );
      expect(error).toMatchObject({ code: 'DECODE', table: 'letters', column: 'b' });
      expect(error.message).toContain('Column b of letters');
      expect(error.message + JSON.stringify(error)).not.toContain('secret');
      expect(error.cause).toBeInstanceOf(RangeError);
    }
    expect((await connection.execute({ statement: selectOne, values: [] })).rows).toEqual([{ n: 1 }]);
    expect(connection.transactionStatus).toBe('idle');
  });

  test('name the column also when it came in binary', async () => {
    const connection = await server.open();
    const never = {
      ...int4,
      binary: {
        ...int4.binary!,
        decode: () => {
          throw new TypeError('never');
        },
      },
    };
    const call = { statement: statement('select null::int4 as a, 1 as b', [], shape({ a: never, b: never }, 'numbers')), values: [] };
    expect((await connection.execute(call)).rows).toEqual([{ a: null, b: 1 }]);
    await expect(connection.execute(call)).rejects.toMatchObject({ code: 'DECODE', table: 'numbers', column: 'b' });
  });
});

describe('the statement cache', () => {
  test('is bounded, and closes what it drops along with the next statement', async () => {
    const connection = await server.open({ statementCacheSize: 4 });
    for (let n = 0; n < 20; n++) await connection.execute({ statement: statement(`select ${n} as n`, [], shape({ n: int4 })), values: [] });
    // The question is a statement too: what it pushed out is closed along with the next.
    expect(await countStatements(connection)).toBe(5);
    expect(await countStatements(connection)).toBe(4);
  });

  test('keeps what is used and drops what was used longest ago', async () => {
    const connection = await server.open({ statementCacheSize: 3 });
    const numbered = (n: number): Call => ({ statement: statement(`select ${n} as kept_${n}`, [], shape({ n: int4 })), values: [] });
    const favourite = numbered(0);
    await connection.execute(favourite);
    for (let n = 1; n < 10; n++) {
      await connection.execute(numbered(n));
      await connection.execute(favourite);
    }
    await countStatements(connection);
    const { rows } = await connection.execute({
      statement: statement("select statement from pg_prepared_statements where statement like '%kept_0'", [], shape({ statement: text })),
      values: [],
    });
    expect(rows).toEqual([{ statement: 'select 0 as kept_0' }]);
  });

  test('is keyed by text: two compiled statements share the prepared one and keep their own codecs', async () => {
    const connection = await server.open();
    const asNumber = statement('select 5::int4 as n', [], shape({ n: int4 })),
      asText = statement('select 5::int4 as n', [], shape({ n: text }));
    for (let use = 0; use < 3; use++) {
      expect((await connection.execute({ statement: asNumber, values: [] })).rows).toEqual([{ n: 5 }]);
      expect((await connection.execute({ statement: asText, values: [] })).rows).toEqual([{ n: '5' }]);
    }
    const { rows } = await connection.execute({
      statement: statement(
        "select count(*)::int4 as n from pg_prepared_statements where statement = 'select 5::int4 as n'",
        [],
        shape({ n: int4 }),
      ),
      values: [],
    });
    expect(rows).toEqual([{ n: 1 }]);
  });

  test('forgets a statement that the server could not parse', async () => {
    const connection = await server.open();
    await connection.script('drop table if exists later');
    const call = { statement: statement('select n from later', [], shape({ n: int4 })), values: [] };
    await expect(connection.execute(call)).rejects.toMatchObject({ sqlState: '42P01' });
    await connection.script('create table later (n int); insert into later values (3)');
    expect((await connection.execute(call)).rows).toEqual([{ n: 3 }]);
  });

  test('serves many first uses of one statement in one tick', async () => {
    const connection = await server.open();
    const of = statement('select $1::int4 as n', [int4], shape({ n: int4 }));
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, n) => connection.execute({ statement: of, values: [n] })));
    expect(outcomes.map(({ rows }) => rows[0]!.n)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(await countStatements(connection)).toBe(2);
  });
});

describe('a statement that DDL has made out of date', () => {
  async function altered(connection: Connection, name: string): Promise<Call<{ n: number | null }>> {
    await connection.script(`drop table if exists ${name}; create table ${name} (n int4 not null); insert into ${name} values (7)`);
    const call = { statement: statement(`select n from ${name}`, [], shape({ n: int4 }, name)), values: [] };
    for (let use = 0; use < 2; use++) expect((await connection.execute(call)).rows).toEqual([{ n: 7 }]);
    const other = await server.open();
    await other.script(`alter table ${name} alter n type int8`);
    return call;
  }

  test('is sent again, unseen, outside a transaction', async () => {
    const connection = await server.open();
    const call = await altered(connection, 'altered_outside');
    for (let use = 0; use < 3; use++) expect((await connection.execute(call)).rows).toEqual([{ n: 7 }]);
  });

  test('is sent again when others are waiting behind it', async () => {
    const connection = await server.open();
    const call = await altered(connection, 'altered_pipelined');
    const outcomes = await Promise.all([
      connection.execute(call),
      connection.execute(call),
      connection.execute({ statement: selectOne, values: [] }),
    ]);
    expect(outcomes.map(({ rows }) => rows)).toEqual([[{ n: 7 }], [{ n: 7 }], [{ n: 1 }]]);
  });

  test('is sent again as part of several, none of which ran', async () => {
    const connection = await server.open();
    const call = await altered(connection, 'altered_together');
    await connection.script('create temporary table ran (n int)');
    const insert = { statement: statement('insert into ran values (1)'), values: [] };
    const outcomes = await connection.executeTogether([insert, call]);
    expect(outcomes[1]!.rows).toEqual([{ n: 7 }]);
    expect(
      (await connection.execute({ statement: statement('select count(*)::int4 as n from ran', [], shape({ n: int4 })), values: [] })).rows,
    ).toEqual([{ n: 1 }]);
  });

  test('is not sent again when a transaction begins behind it', async () => {
    const connection = await server.open();
    const call = await altered(connection, 'altered_before_begin');
    const [stale] = await Promise.allSettled([connection.execute(call), connection.script('begin')]);
    expect(stale).toMatchObject({ status: 'rejected', reason: { sqlState: '0A000' } });
    await connection.script('rollback');
    expect((await connection.execute(call)).rows).toEqual([{ n: 7 }]);
  });

  test('rejects clearly inside a transaction, and works in the next', async () => {
    const connection = await server.open();
    const call = await altered(connection, 'altered_inside');
    await connection.script('begin');
    const error = await connection.execute(call).then(
      () => null,
      (reason) => reason as Error & { cause: unknown },
    );
    expect(error).toMatchObject({
      code: 'DATABASE',
      sqlState: '0A000',
      table: 'altered_inside',
      message: expect.stringContaining('run the transaction again') as unknown,
    });
    expect(error!.cause).toMatchObject({ sqlState: '0A000' });
    await connection.script('rollback; begin');
    expect((await connection.execute(call)).rows).toEqual([{ n: 7 }]);
    await connection.script('commit');
  });

  test('is never read in the format of its former type by a connection that meets it first after the change', async () => {
    const connection = await server.open(),
      other = await server.open();
    const call = await altered(connection, 'altered_elsewhere');
    for (let use = 0; use < 3; use++) expect((await other.execute(call)).rows).toEqual([{ n: 7 }]);
  });

  test('returns an error where the number of columns changed', async () => {
    const connection = await server.open();
    await connection.script('drop table if exists widened; create table widened (a int4)');
    const call = { statement: statement('select * from widened', [], shape({ a: int4 }, 'widened')), values: [] };
    await connection.execute(call);
    await connection.script('alter table widened add b int4');
    await expect(connection.execute(call)).rejects.toMatchObject({ code: 'INTERNAL', table: 'widened' });
  });

  test.each(['discard all', 'deallocate all'])('is parsed anew after %s', async (command) => {
    const connection = await server.open();
    const call: Call = { statement: selectOne, values: [] };
    await connection.execute(call);
    await connection.script(command);
    await connection.script('begin');
    expect((await connection.execute(call)).rows).toEqual([{ n: 1 }]);
    await connection.script('commit');
  });

  test('is parsed anew after the session lost it in a way that was not seen', async () => {
    const connection = await server.open();
    const call: Call = { statement: selectOne, values: [] };
    await connection.execute(call);
    await connection.script(
      "do $$ declare n text; begin for n in select name from pg_prepared_statements loop execute format('deallocate %I', n); end loop; end $$",
    );
    for (let use = 0; use < 2; use++) expect((await connection.execute(call)).rows).toEqual([{ n: 1 }]);
  });
});

describe('rows that only the server can describe', () => {
  function described(seen: (readonly DescribedColumn[])[]): DescribeRows<Record<string, unknown>> {
    return (columns) => {
      seen.push(columns);
      return { columns: columns.map(({ name, oid }) => ({ name, codec: oid === 23 ? int4 : text })) };
    };
  }

  test('are read by the shape made from the description, which is made once per connection', async () => {
    const connection = await server.open(),
      seen: (readonly DescribedColumn[])[] = [];
    const call = { statement: { text: 'select 5 as "größe", \'x\'::varchar(7) as s', parameters: [], rows: described(seen) }, values: [] };
    for (let use = 0; use < 3; use++) expect((await connection.execute(call)).rows).toEqual([{ größe: 5, s: 'x' }]);
    expect(seen).toEqual([
      [
        { name: 'größe', oid: 23, typeModifier: -1 },
        { name: 's', oid: 1043, typeModifier: 11 },
      ],
    ]);
  });

  test('are described again after the statement went out of date', async () => {
    const connection = await server.open(),
      seen: (readonly DescribedColumn[])[] = [];
    await connection.script('drop table if exists redescribed; create table redescribed (a int4); insert into redescribed values (1)');
    const call = { statement: { text: 'select * from redescribed', parameters: [], rows: described(seen) }, values: [] };
    expect((await connection.execute(call)).rows).toEqual([{ a: 1 }]);
    await connection.script("alter table redescribed add b text default 'new'");
    expect((await connection.execute(call)).rows).toEqual([{ a: 1, b: 'new' }]);
    expect(seen).toHaveLength(2);
  });

  test('are none for a statement that returns none', async () => {
    const connection = await server.open(),
      seen: (readonly DescribedColumn[])[] = [];
    const call = {
      statement: { text: 'create temporary table nothing_returned (n int)', parameters: [], rows: described(seen) },
      values: [],
    };
    expect(await connection.execute(call)).toEqual({ rows: [], rowCount: 0, command: 'CREATE TABLE' });
    expect(seen).toEqual([]);
  });

  test('reject with what the description throws, after the statement has run', async () => {
    const connection = await server.open(),
      failure = new Error('two columns of one name');
    await connection.script('create temporary table described_runs (n int4)');
    const call = {
      statement: {
        text: 'insert into described_runs values (1) returning n',
        parameters: [],
        rows: () => {
          throw failure;
        },
      },
      values: [],
    };
    for (let use = 0; use < 2; use++) await expect(connection.execute(call)).rejects.toBe(failure);
    expect(
      (
        await connection.execute({
          statement: statement('select count(*)::int4 as n from described_runs', [], shape({ n: int4 })),
          values: [],
        })
      ).rows,
    ).toEqual([{ n: 2 }]);
  });

  test('are a defect where the shape has another number of columns, or is one value of several', async () => {
    const connection = await server.open();
    for (const rows of [shape({ a: int4, b: int4 }, 'wide'), shape({ a: int4 }, 'wide', { as: 'value' })]) {
      const text = rows.as === 'value' ? 'select 1 as a, 2 as b' : 'select 1 as a';
      const wrong = rows.as === 'value' ? { ...rows, columns: [...rows.columns, ...rows.columns] } : rows;
      for (const of of [wrong, () => wrong])
        await expect(connection.execute({ statement: { text, parameters: [], rows: of }, values: [] })).rejects.toMatchObject({
          code: 'INTERNAL',
          table: 'wide',
        });
    }
    expect((await connection.execute({ statement: selectOne, values: [] })).rows).toEqual([{ n: 1 }]);
  });
});

describe('without names', () => {
  test('no prepared statement is left on the server, and each execution takes one round trip', async () => {
    const connection = await server.open({ namedStatements: false });
    const call = {
      statement: statement('select $1::int4 as n, $2::text as s', [int4, text], shape({ n: int4, s: text })),
      values: [3, 'x'],
    };
    expect(
      await roundTripsOf(connection, async () => {
        for (let use = 0; use < 3; use++) expect((await connection.execute(call)).rows).toEqual([{ n: 3, s: 'x' }]);
      }),
    ).toBe(3);
    expect(await countStatements(connection)).toBe(0);
  });

  test('a column may change its type between two executions', async () => {
    const connection = await server.open({ namedStatements: false });
    await connection.script(
      'drop table if exists unnamed_altered; create table unnamed_altered (n int4); insert into unnamed_altered values (7)',
    );
    const read = { statement: statement('select n from unnamed_altered where n = $1', [int4], shape({ n: int4 })), values: [7] };
    for (let use = 0; use < 2; use++) expect((await connection.execute(read)).rows).toEqual([{ n: 7 }]);
    await connection.script('alter table unnamed_altered alter n type int8');
    for (let use = 0; use < 2; use++) expect((await connection.execute(read)).rows).toEqual([{ n: 7 }]);
  });
});
