// Portals: read in pieces, inside a transaction, at flat memory.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { Connection } from '../../src/db/port.ts';
import { int4, shape, statement, text } from '../support/wire-codecs.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();

const series = statement('select n::int4 as n from generate_series(1, $1::int4) n', [int4], shape({ n: int4 }));

async function inTransaction<Result>(connection: Connection, work: () => Promise<Result>): Promise<Result> {
  await connection.script('begin');
  try {
    return await work();
  } finally {
    await connection.script('rollback');
  }
}

test('reads in pieces, one round trip each, and is empty at the end', async () => {
  const connection = await server.open();
  await inTransaction(connection, async () => {
    const cursor = await connection.openCursor({ statement: series, values: [5] });
    const before = connection.counters.roundTrips;
    expect(await cursor.read(2)).toEqual([{ n: 1 }, { n: 2 }]);
    expect(await cursor.read(2)).toEqual([{ n: 3 }, { n: 4 }]);
    expect(await cursor.read(2)).toEqual([{ n: 5 }]);
    expect(connection.counters.roundTrips - before).toBe(3);
    expect(await cursor.read(2)).toEqual([]);
    expect(connection.counters.roundTrips - before).toBe(3);
    await cursor.close();
  });
});

test('ends exactly at the last piece', async () => {
  const connection = await server.open();
  await inTransaction(connection, async () => {
    const cursor = await connection.openCursor({ statement: series, values: [4] });
    expect(await cursor.read(4)).toHaveLength(4);
    expect(await cursor.read(4)).toEqual([]);
  });
});

test('opens in one round trip, two for a statement that the connection has not met', async () => {
  const connection = await server.open();
  await inTransaction(connection, async () => {
    for (const trips of [2, 1]) {
      const before = connection.counters.roundTrips;
      const cursor = await connection.openCursor({ statement: series, values: [1] });
      expect(connection.counters.roundTrips - before).toBe(trips);
      expect(await cursor.read(1)).toEqual([{ n: 1 }]);
      await cursor.close();
    }
  });
});

test('other statements run between its reads, and a second cursor beside it', async () => {
  const connection = await server.open();
  await inTransaction(connection, async () => {
    const first = await connection.openCursor({ statement: series, values: [3] }),
      second = await connection.openCursor({ statement: series, values: [3] });
    expect(await first.read(1)).toEqual([{ n: 1 }]);
    expect(await second.read(2)).toEqual([{ n: 1 }, { n: 2 }]);
    expect((await connection.execute({ statement: series, values: [1] })).rows).toEqual([{ n: 1 }]);
    expect(await first.read(5)).toEqual([{ n: 2 }, { n: 3 }]);
  });
});

test('close is idempotent, frees the portal, and ends the reading', async () => {
  const connection = await server.open();
  await inTransaction(connection, async () => {
    const cursor = await connection.openCursor({ statement: series, values: [9] });
    await cursor.read(1);
    const portals = statement("select count(*)::int4 as n from pg_cursors where name like 'c%'", [], shape({ n: int4 }));
    expect((await connection.execute({ statement: portals, values: [] })).rows).toEqual([{ n: 1 }]);
    const before = connection.counters.roundTrips;
    await Promise.all([cursor.close(), cursor.close()]);
    await cursor.close();
    expect(connection.counters.roundTrips - before).toBe(1);
    expect((await connection.execute({ statement: portals, values: [] })).rows).toEqual([{ n: 0 }]);
    expect(await cursor.read(1)).toEqual([]);
  });
});

test('is refused outside a transaction', async () => {
  const connection = await server.open();
  await expect(connection.openCursor({ statement: series, values: [1] })).rejects.toMatchObject({ code: 'STREAM_OUTSIDE_TRANSACTION' });
  await expect(connection.openCursor({ statement: series, values: [1] })).rejects.toMatchObject({ code: 'STREAM_OUTSIDE_TRANSACTION' });
});

test.each([0, -1, 1.5, Number.NaN, 2 ** 31])('refuses to read %s rows', async (count) => {
  const connection = await server.open();
  await inTransaction(connection, async () => {
    const cursor = await connection.openCursor({ statement: series, values: [1] });
    await expect(cursor.read(count)).rejects.toMatchObject({ code: 'VALIDATION' });
    expect(await cursor.read(1)).toEqual([{ n: 1 }]);
  });
});

test('a failure while reading rejects the read and fails the transaction only', async () => {
  const connection = await server.open();
  const failing = statement('select 10 / (3 - n)::int4 as n from generate_series(1, 5) n', [], shape({ n: int4 }));
  await connection.script('begin');
  const cursor = await connection.openCursor({ statement: failing, values: [] });
  expect(await cursor.read(2)).toEqual([{ n: 5 }, { n: 10 }]);
  await expect(cursor.read(2)).rejects.toMatchObject({ sqlState: '22012' });
  expect(connection.transactionStatus).toBe('failed');
  await cursor.close();
  await connection.script('rollback');
  expect((await connection.execute({ statement: series, values: [1] })).rows).toEqual([{ n: 1 }]);
});

test('a statement that the server refuses rejects the opening, also at its preparation', async () => {
  const connection = await server.open();
  await connection.script('begin');
  await expect(
    connection.openCursor({ statement: statement('select nothing_of_that_name', [], shape({ n: int4 })), values: [] }),
  ).rejects.toMatchObject({ sqlState: '42703' });
  await connection.script('rollback');
});

test('a value that cannot be decoded names its column, and the next piece can be read', async () => {
  const connection = await server.open();
  const picky = {
    ...text,
    text: {
      ...text.text,
      decode: (value: string) => {
        if (value === '2') throw new RangeError('no');
        return value;
      },
    },
  };
  const letters = statement('select n::text as letter from generate_series(1, 4) n', [], shape({ letter: picky }, 'letters'));
  await inTransaction(connection, async () => {
    const cursor = await connection.openCursor({ statement: letters, values: [] });
    await expect(cursor.read(2)).rejects.toMatchObject({ code: 'DECODE', table: 'letters', column: 'letter' });
    expect(await cursor.read(2)).toEqual([{ letter: '3' }, { letter: '4' }]);
  });
});

test('works without named statements', async () => {
  const connection = await server.open({ namedStatements: false });
  await inTransaction(connection, async () => {
    const cursor = await connection.openCursor({ statement: series, values: [3] });
    expect(await cursor.read(2)).toEqual([{ n: 1 }, { n: 2 }]);
    await connection.execute({ statement: series, values: [1] });
    expect(await cursor.read(2)).toEqual([{ n: 3 }]);
  });
});

test('a million rows pass at flat memory', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const connection = await server.open();
  const wide = statement(
    "select n::int4 as n, 'row number ' || n as label from generate_series(1, 1000000) n",
    [],
    shape({ n: int4, label: text }),
  );
  await inTransaction(connection, async () => {
    const cursor = await connection.openCursor({ statement: wide, values: [] });
    let seen = 0,
      sum = 0,
      highest = 0;
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let rows = await cursor.read(2000); rows.length > 0; rows = await cursor.read(2000)) {
      seen += rows.length;
      for (const { n } of rows) sum += n!;
      if (seen % 100_000 === 0) {
        collectGarbage();
        highest = Math.max(highest, process.memoryUsage().heapUsed - before);
      }
    }
    expect(seen).toBe(1_000_000);
    expect(sum).toBe(500_000_500_000);
    // All rows together are over 100 MB.
    expect(highest).toBeLessThan(4 * 1024 * 1024);
  });
});
