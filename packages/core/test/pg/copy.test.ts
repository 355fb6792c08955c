// COPY in both directions: whole, failing on either side, at the pace of the slower, and ended early.

import { describe, expect, test } from 'vitest';
import type { Connection, CopyEncoding } from '../../src/db/port.ts';
import { int4, shape, statement } from '../support/wire-codecs.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();

const one = { statement: statement('select 1 as n', [], shape({ n: int4 })), values: [] };

async function withTable(name: string): Promise<{ connection: Connection; count: () => Promise<number> }> {
  const connection = await server.open();
  await connection.script(`drop table if exists ${name}; create table ${name} (n int4 not null, label text)`);
  const counting = statement(`select count(*)::int4 as n from ${name}`, [], shape({ n: int4 }, undefined, { as: 'value' }));
  return { connection, count: async () => (await connection.execute({ statement: counting, values: [] })).rows[0] as unknown as number };
}

function* lines(count: number): Generator<Uint8Array> {
  for (let n = 0; n < count; n++) yield Buffer.from(`${n}\tlabel of row ${n}\n`);
}

async function* slowly<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  for (const item of items) {
    await new Promise((resolve) => setImmediate(resolve));
    yield item;
  }
}

async function gather(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const gathered: Uint8Array[] = [];
  for await (const piece of pieces) gathered.push(piece);
  return Buffer.concat(gathered);
}

describe('copy in', () => {
  test('takes 100,000 rows from an iterable and gives their count', async () => {
    const { connection, count } = await withTable('copy_in_rows');
    expect(await connection.copyIn('copy copy_in_rows from stdin', lines(100_000))).toBe(100_000);
    expect(await count()).toBe(100_000);
  });

  test('takes an asynchronous source, and pieces that end in the middle of a row', async () => {
    const { connection, count } = await withTable('copy_in_async');
    const whole = Buffer.concat([...lines(5_000)]);
    const pieces = Array.from({ length: Math.ceil(whole.length / 777) }, (_, index) => whole.subarray(index * 777, (index + 1) * 777));
    expect(await connection.copyIn('copy copy_in_async from stdin', slowly(pieces))).toBe(5_000);
    expect(await count()).toBe(5_000);
  });

  test('takes a piece of many megabytes', async () => {
    const { connection } = await withTable('copy_in_large');
    const piece = Buffer.from(`1\t${'x'.repeat(20_000_000)}\n`);
    expect(await connection.copyIn('copy copy_in_large from stdin', [piece, Buffer.alloc(0), piece])).toBe(2);
  });

  test('waits for the server: the source is not drained ahead of a socket that takes no more', async () => {
    const { connection } = await withTable('copy_in_slow');
    const blocker = await server.open();
    await blocker.script('begin; lock table copy_in_slow in access exclusive mode');
    let taken = 0;
    const source = function* (): Generator<Uint8Array> {
      for (let n = 0; n < 4_000; n++) {
        taken++;
        yield Buffer.alloc(65_536, '1\tabcd\n'.repeat(9_363).slice(0, 65_536 - 7) + '1\tabcd\n');
      }
    };
    // The lock is waited for before the server asks for data, so a trigger makes it slow after it has asked.
    await blocker.script(`rollback; create or replace function wait_here() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(77); return new; end $$;
      create trigger slow before insert on copy_in_slow for each row execute function wait_here(); select pg_advisory_lock(77)`);
    const copy = connection.copyIn('copy copy_in_slow from stdin', source()).catch((error: unknown) => error);
    await expect.poll(() => taken).toBeGreaterThan(10);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const stuckAt = taken;
    expect(stuckAt).toBeLessThan(1_000);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(taken).toBe(stuckAt);
    await connection.cancel();
    expect(await copy).toMatchObject({ sqlState: '57014' });
    expect((await connection.execute(one)).rows).toEqual([{ n: 1 }]);
  });

  test('a source that throws aborts the copy and its error is the one reported', async () => {
    const { connection, count } = await withTable('copy_in_failing');
    const failure = new Error('the source broke');
    const failing = function* (): Generator<Uint8Array> {
      yield* lines(20_000);
      throw failure;
    };
    await expect(connection.copyIn('copy copy_in_failing from stdin', failing())).rejects.toBe(failure);
    await expect(connection.copyIn('copy copy_in_failing from stdin', slowly(failing()))).rejects.toBe(failure);
    expect(await count()).toBe(0);
    expect(connection.transactionStatus).toBe('idle');
  });

  test('data that the server refuses rejects with its error and ends the source, also one that would never end', async () => {
    const { connection, count } = await withTable('copy_in_refused');
    let isEnded = false;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      try {
        yield* lines(10);
        yield Buffer.from('not a number\n');
        for (;;) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          yield Buffer.from('1\tx\n');
        }
      } finally {
        isEnded = true;
      }
    };
    await expect(connection.copyIn('copy copy_in_refused from stdin', endless())).rejects.toMatchObject({
      code: 'DATABASE',
      sqlState: '22P02',
    });
    await expect.poll(() => isEnded).toBe(true);
    expect(await count()).toBe(0);
  });

  test('a source that waits for ever does not hide that the connection is lost', async () => {
    const { connection } = await withTable('copy_in_lost');
    const stuck = async function* (): AsyncGenerator<Uint8Array> {
      yield* lines(3);
      await new Promise(() => {});
    };
    const copy = connection.copyIn('copy copy_in_lost from stdin', stuck()).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 50));
    connection.destroy();
    expect(await copy).toMatchObject({ code: 'CONNECTION' });
  });

  test('calls made during a copy wait for it, in their order', async () => {
    const { connection, count } = await withTable('copy_in_busy');
    const order: string[] = [];
    const copy = connection.copyIn('copy copy_in_busy from stdin', slowly(lines(50))).then(() => order.push('copy'));
    const counted = count().then((rows) => {
      order.push('count');
      return rows;
    });
    const again = connection.copyIn('copy copy_in_busy from stdin', lines(7)).then(() => order.push('copy again'));
    const last = count().then((rows) => {
      order.push('last');
      return rows;
    });
    expect(await counted).toBe(50);
    expect(await last).toBe(57);
    await Promise.all([copy, again]);
    expect(order).toEqual(['copy', 'count', 'copy again', 'last']);
  });

  test('a text that is no copy, and one that the server refuses, reject and take nothing from the source', async () => {
    const { connection } = await withTable('copy_in_none');
    let taken = 0;
    const source = function* (): Generator<Uint8Array> {
      taken++;
      yield Buffer.from('1\tx\n');
    };
    await expect(connection.copyIn('select 1', source())).rejects.toThrow(/not COPY/);
    await expect(connection.copyIn('copy nowhere_to_be_found from stdin', source())).rejects.toMatchObject({ sqlState: '42P01' });
    expect(taken).toBe(0);
    expect((await connection.execute(one)).rows).toEqual([{ n: 1 }]);
  });

  test('items are written where they are sent from, between what begins and what ends them', async () => {
    const { connection } = await withTable('copy_in_items');
    const encoding: CopyEncoding<number> = {
      begin: (writer) => writer.utf8('-1\tbefore\n'),
      write: (writer, item) => writer.utf8(`${item}\titem\n`),
      end: (writer) => writer.utf8('-2\tafter\n'),
    };
    const items = Array.from({ length: 30_000 }, (_, at) => at);
    for (const source of [items, slowly(items.slice(0, 100))]) {
      await connection.script('truncate copy_in_items');
      const count = Array.isArray(source) ? 30_002 : 102;
      expect(await connection.copyIn('copy copy_in_items from stdin', source, encoding)).toBe(count);
      const ends = statement('select min(n)::int4 as n from copy_in_items', [], shape({ n: int4 }, undefined, { as: 'value' }));
      expect((await connection.execute({ statement: ends, values: [] })).rows).toEqual([-2]);
    }
  });

  test('an item that cannot be written aborts the copy, ends the source, and nothing of it is sent', async () => {
    const { connection, count } = await withTable('copy_in_unwritable');
    const failure = new Error('no form');
    let isEnded = false;
    const source = function* (): Generator<number> {
      try {
        for (let at = 0; ; at++) yield at;
      } finally {
        isEnded = true;
      }
    };
    const encoding: CopyEncoding<number> = {
      write: (writer, item) => {
        writer.utf8(`${item}\t`);
        if (item === 20_000) throw failure;
        writer.utf8('item\n');
      },
    };
    await expect(connection.copyIn('copy copy_in_unwritable from stdin', source(), encoding)).rejects.toBe(failure);
    expect([isEnded, await count(), connection.transactionStatus]).toEqual([true, 0, 'idle']);
  });

  test('is stopped from outside, however long its source takes', async () => {
    const { connection, count } = await withTable('copy_in_stopped');
    const isStuck = Promise.withResolvers<void>();
    const stuck = async function* (): AsyncGenerator<Uint8Array> {
      yield* lines(3);
      isStuck.resolve();
      await new Promise(() => {});
    };
    const reason = new Error('nobody waits'),
      stop = new AbortController();
    const copy = connection.copyIn(
      'copy copy_in_stopped from stdin',
      stuck(),
      { write: (writer, piece) => writer.bytes(piece) },
      stop.signal,
    );
    void isStuck.promise.then(() => stop.abort(reason));
    await expect(copy).rejects.toBe(reason);
    // And from the beginning, also where the source would never wait.
    const late = connection.copyIn(
      'copy copy_in_stopped from stdin',
      lines(3),
      { write: (writer, piece) => writer.bytes(piece) },
      stop.signal,
    );
    await expect(late).rejects.toBe(reason);
    expect(await count()).toBe(0);
  });

  test('an error of the server says at which line it was, where it was at one', async () => {
    const { connection } = await withTable('copy_in_line');
    const broken = [Buffer.from('1\ta\n2\tb\nx\tcopy, line 77\n')];
    await expect(connection.copyIn('copy copy_in_line from stdin', broken)).rejects.toMatchObject({ sqlState: '22P02', copyLine: 3 });
    const error: unknown = await connection.copyIn('copy nowhere_at_all from stdin', broken).catch((thrown: unknown) => thrown);
    expect(error).not.toHaveProperty('copyLine');
    expect(JSON.stringify(error)).not.toContain('line 77');
  });

  test('lets everything else in the process have its turn', async () => {
    const { connection } = await withTable('copy_in_turns');
    let turns = 0;
    const ticking = setInterval(() => turns++, 1);
    await connection.copyIn('copy copy_in_turns from stdin', lines(400_000));
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(3);
  });

  test('a close asked for during a copy comes after it', async () => {
    const { connection } = await withTable('copy_in_close');
    const copy = connection.copyIn('copy copy_in_close from stdin', slowly(lines(20)));
    const closed = connection.close();
    await expect(connection.execute(one)).rejects.toMatchObject({ code: 'CONNECTION' });
    expect(await copy).toBe(20);
    await closed;
  });
});

describe('copy out', () => {
  const rows = (count: number): string =>
    `copy (select n, 'label of row ' || n from (select generate_series(0, ${count - 1}) n)) to stdout`;

  test('gives 100,000 rows, byte for byte', async () => {
    const connection = await server.open();
    expect((await gather(connection.copyOut(rows(100_000)))).equals(Buffer.concat([...lines(100_000)]))).toBe(true);
    expect((await connection.execute(one)).rows).toEqual([{ n: 1 }]);
  });

  test('gives the number of rows in the end', async () => {
    const connection = await server.open();
    const pieces = connection.copyOut(rows(12_345));
    let step = await pieces.next();
    while (step.done !== true) step = await pieces.next();
    expect(step.value).toBe(12_345);
  });

  test('gives nothing for no rows, and a row larger than a piece whole', async () => {
    const connection = await server.open();
    expect(await gather(connection.copyOut('copy (select 1 where false) to stdout'))).toHaveLength(0);
    expect(await gather(connection.copyOut("copy (select repeat('x', 3000000)) to stdout"))).toHaveLength(3_000_001);
  });

  test('stops reading from a consumer that is slow, and goes on when it is not', async () => {
    const connection = await server.open();
    const pieces = connection.copyOut(rows(1_000_000))[Symbol.asyncIterator]();
    const first = await pieces.next();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const received = connection.counters.bytesReceived;
    expect(received).toBeLessThan(2 * 1024 * 1024);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(connection.counters.bytesReceived).toBe(received);
    let size = (first.value as Uint8Array).length;
    for (let step = await pieces.next(); step.done !== true; step = await pieces.next()) size += step.value.length;
    expect(size).toBe(
      Array.from({ length: 7 }, (_, digits) => (digits === 0 ? 10 : 9 * 10 ** digits) * (2 * (digits + 1) + 15))
        .slice(0, 6)
        .reduce((sum, bytes) => sum + bytes, 0),
    );
  });

  test('ended early outside a transaction it is cancelled, and the next statement is not hit', async () => {
    const connection = await server.open();
    for (let run = 0; run < 5; run++) {
      const start = performance.now();
      for await (const piece of connection.copyOut(rows(20_000_000))) {
        expect(piece.length).toBeGreaterThan(0);
        break;
      }
      expect(performance.now() - start).toBeLessThan(3_000);
      expect((await connection.execute(one)).rows).toEqual([{ n: 1 }]);
    }
  });

  test('ended early inside a transaction it is drained, and the transaction goes on', async () => {
    const connection = await server.open();
    await connection.script('begin');
    for await (const piece of connection.copyOut(rows(200_000))) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    expect(connection.transactionStatus).toBe('open');
    expect(await connection.script('commit')).toBe('COMMIT');
  });

  test('ended early with a statement waiting behind it, that statement is answered', async () => {
    const connection = await server.open();
    const pieces = connection.copyOut(rows(500_000))[Symbol.asyncIterator]();
    await pieces.next();
    const behind = connection.execute(one);
    await pieces.return(undefined);
    expect((await behind).rows).toEqual([{ n: 1 }]);
  });

  test('a failure in the middle comes after the data before it', async () => {
    const connection = await server.open();
    let size = 0;
    const reading = (async () => {
      for await (const piece of connection.copyOut('copy (select 1 / (50000 - n) from (select generate_series(1, 60000) n)) to stdout'))
        size += piece.length;
    })();
    await expect(reading).rejects.toMatchObject({ sqlState: '22012' });
    expect(size).toBeGreaterThan(0);
    expect((await connection.execute(one)).rows).toEqual([{ n: 1 }]);
  });

  test('a text that is no copy rejects, and so does one that the server refuses', async () => {
    const connection = await server.open();
    await expect(gather(connection.copyOut('select 1'))).rejects.toThrow(/not COPY/);
    await expect(gather(connection.copyOut('create temporary table t (n int); copy t from stdin'))).rejects.toMatchObject({
      code: 'DATABASE',
    });
    await expect(gather(connection.copyOut('copy nowhere_to_be_found to stdout'))).rejects.toMatchObject({ sqlState: '42P01' });
    expect((await connection.execute(one)).rows).toEqual([{ n: 1 }]);
  });

  test('a copy that nobody begins to read sends nothing', async () => {
    const connection = await server.open();
    connection.copyOut(rows(10));
    expect((await connection.execute(one)).rows).toEqual([{ n: 1 }]);
    expect(connection.counters.statements).toBe(1);
  });
});
