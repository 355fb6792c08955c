import { rawSql } from '@djogi/core/raw';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect } from 'vitest';
import { expectRoundTrips, measureCost } from '@djogi/testing';
import { createPool } from '@djogi/core/pool';
import { query } from '../../src/index.ts';
import { City, nameOf, sent, test } from '../support/cities.ts';

const WHY = 'a table of many rows for a test of streaming';
const byId = query(City).orderBy((c) => c.id.asc());

/** Makes the table hold `count` rows in all. */
const fill = (count: number): string =>
  `INSERT INTO cities (name, country, population) SELECT 'city ' || i, 'XX', i FROM generate_series(6, ${count}) i`;

async function gathered<Row>(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

describe('a stream', () => {
  test('gives every row once, as instances of the model, in order', async ({ ctx }) => {
    const rows = await ctx.atomic((tx) => gathered(byId.stream(tx, { batchSize: 2 })));
    expect(rows.map(nameOf)).toEqual(['Oslo', 'Bergen', 'Quito', 'Guayaquil', 'Nuuk']);
    expect(rows[0]).toBeInstanceOf(City);
  });

  test('honours filter, limit, offset and projection', async ({ ctx }) => {
    const names = await ctx.atomic((tx) =>
      gathered(
        byId
          .filter((c) => c.population.gt(100))
          .offset(1)
          .limit(2)
          .select((c) => ({ n: c.name }))
          .stream(tx, { batchSize: 1 }),
      ),
    );
    expect(names).toEqual([{ n: 'Bergen' }, { n: 'Quito' }]);
    const tuples = await ctx.atomic((tx) =>
      gathered(
        byId
          .limit(1)
          .selectTuple((c) => [c.id, c.name])
          .stream(tx),
      ),
    );
    expect(tuples).toEqual([[1, 'Oslo']]);
    expect(sent().map((statement) => [statement.operation, statement.context])).toEqual([
      ['stream', 'transaction'],
      ['stream', 'transaction'],
    ]);
  });

  test('costs one round trip a batch, after one to open it', async ({ ctx }) => {
    const tripsOf = async (batchSize: number): Promise<number> => {
      const { roundTrips } = await measureCost(() =>
        ctx.atomic(async (tx) => {
          await query(City).count(tx);
          expect(await gathered(byId.stream(tx, { batchSize }))).toHaveLength(5);
        }),
      );
      return roundTrips;
    };
    // A connection that meets the statement for the first time has it described, in a round trip of its own.
    await tripsOf(3);
    // Besides: BEGIN with the count, COMMIT, opening and closing.
    const [two, five, six, all] = [await tripsOf(2), await tripsOf(5), await tripsOf(6), await tripsOf(1000)];
    expect([two, five, six, all]).toEqual([3 + 4, 2 + 4, 1 + 4, 1 + 4]);
  });

  test('opens nothing before the first pull', async ({ ctx }) => {
    await ctx.atomic(async (tx) => {
      await query(City).count(tx);
      await expectRoundTrips(0, () => {
        byId.stream(tx);
      });
      expect(await query(City).count(tx)).toBe(5);
    });
  });

  test('of an empty result ends at once', async ({ ctx }) => {
    await ctx.atomic(async (tx) => {
      expect(
        await gathered(
          query(City)
            .filter((c) => c.population.lt(0))
            .stream(tx),
        ),
      ).toEqual([]);
      expect(await query(City).count(tx)).toBe(5);
    });
  });

  test('throws at the call outside a transaction', ({ ctx }) => {
    sent();
    expect(() => byId.stream(ctx)).toThrow(expect.objectContaining({ code: 'STREAM_OUTSIDE_TRANSACTION' }) as Error);
    expect(sent()).toEqual([]);
  });

  test('refuses a batch size that is no positive integer, at the call', async ({ ctx }) => {
    await ctx.atomic(async (tx) => {
      for (const batchSize of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '10', null, 2 ** 31]) {
        expect(() => byId.stream(tx, { batchSize } as never)).toThrow(
          expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ path: 'batchSize' })] }) as Error,
        );
      }
    });
  });

  test('holds its transaction while it is open', async ({ ctx }) => {
    await ctx.atomic(async (tx) => {
      const stream = byId.stream(tx, { batchSize: 2 });
      expect((await stream.next()).value!.name).toBe('Oslo');
      await expect(query(City).count(tx)).rejects.toMatchObject({ code: 'STREAM_IN_PROGRESS' });
      await expect(City.create(tx, { name: 'x', country: 'y', population: 1 })).rejects.toMatchObject({ code: 'STREAM_IN_PROGRESS' });
      expect((await stream.next()).value!.name).toBe('Bergen');
      await stream.return();
      expect(await query(City).count(tx)).toBe(5);
    });
  });

  test('leaves the transaction usable after an early break', async ({ ctx }) => {
    await ctx.atomic(async (tx) => {
      const seen: string[] = [];
      for await (const row of byId.stream(tx, { batchSize: 2 })) {
        seen.push(row.name);
        if (seen.length === 3) break;
      }
      expect(seen).toEqual(['Oslo', 'Bergen', 'Quito']);
      await City.create(tx, { name: 'Lima', country: 'PE', population: 1 });
      expect(await gathered(byId.stream(tx))).toHaveLength(6);
    });
    expect(await query(City).count(ctx)).toBe(6);
  });

  test('leaves the transaction usable when the loop throws and the error is caught', async ({ ctx }) => {
    await ctx.atomic(async (tx) => {
      await expect(
        (async () => {
          for await (const row of byId.stream(tx, { batchSize: 1 })) throw new Error(`stop at ${row.name}`);
        })(),
      ).rejects.toThrow('stop at Oslo');
      expect(await query(City).count(tx)).toBe(5);
    });
  });

  test('is closed by asynchronous disposal', async ({ ctx }) => {
    await ctx.atomic(async (tx) => {
      {
        await using stream = byId.stream(tx, { batchSize: 1 });
        await stream.next();
      }
      expect(await query(City).count(tx)).toBe(5);
    });
  });

  test('serves pulls that were not awaited in turn, through one cursor', async ({ ctx }) => {
    await ctx.atomic(async (tx) => {
      const stream = byId.stream(tx, { batchSize: 2 });
      const results = await Promise.all([
        stream.next(),
        stream.next(),
        stream.next(),
        stream.next(),
        stream.next(),
        stream.next(),
        stream.next(),
      ]);
      expect(results.map((result) => (result.done === true ? null : result.value.name))).toEqual([
        'Oslo',
        'Bergen',
        'Quito',
        'Guayaquil',
        'Nuuk',
        null,
        null,
      ]);
      expect(await query(City).count(tx)).toBe(5);
    });
  });

  test('closes after a pull that was still running', async ({ ctx }) => {
    await ctx.atomic(async (tx) => {
      const stream = byId.stream(tx, { batchSize: 2 });
      const [first, end] = await Promise.all([stream.next(), stream.return()]);
      expect([first.value?.name, end.done]).toEqual(['Oslo', true]);
      expect(await stream.next()).toEqual({ done: true, value: undefined });
      expect(await query(City).count(tx)).toBe(5);
    });
  });

  test('can be left behind: the transaction ends and the connection is healthy', async ({ ctx, pool }) => {
    await ctx.atomic(async (tx) => {
      await byId.stream(tx, { batchSize: 1 }).next();
    });
    expect(await query(City).count(ctx)).toBe(5);
    expect(pool.status().size).toBe(1);
  });

  test('passes on what the server says in the middle, and rolls back', async ({ ctx }) => {
    const set = byId.select((c) => ({ share: c.population.div(c.population.sub(1900)) }));
    const running = ctx.atomic(async (tx) => {
      await City.create(tx, { name: 'lost', country: 'XX', population: 5 });
      return gathered(set.stream(tx, { batchSize: 1 }));
    });
    await expect(running).rejects.toMatchObject({ code: 'DATABASE', sqlState: '22012' });
    expect(await query(City).count(ctx)).toBe(5);
  });

  test('is stopped by its signal before and in the middle', async ({ ctx }) => {
    await expect(ctx.atomic(async (tx) => gathered(byId.stream(tx, { signal: AbortSignal.abort() })))).rejects.toMatchObject({
      code: 'ABORTED',
    });
    const controller = new AbortController();
    const seen: string[] = [];
    const running = ctx.atomic(async (tx) => {
      for await (const row of byId.stream(tx, { batchSize: 1, signal: controller.signal })) {
        seen.push(row.name);
        if (seen.length === 2) controller.abort();
      }
    });
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
    expect(seen).toEqual(['Oslo', 'Bergen']);
    expect(await query(City).count(ctx)).toBe(5);
  });

  test('whose backend is killed gives a typed error, and the pool goes on', async ({ ctx, db }) => {
    const other = await createPool({ url: db.url(), max: 1 });
    try {
      const running = ctx.atomic(async (tx) => {
        const pid = await rawSql(tx, 'the backend that a test is going to kill').scalar<number>('SELECT pg_backend_pid()');
        let count = 0;
        for await (const _ of byId.stream(tx, { batchSize: 1 })) {
          if (++count === 2) {
            await rawSql(other.context(), 'kills the backend of the stream').execute('SELECT pg_terminate_backend($1)', [pid]);
            // The server may need a moment to obey.
            while (
              (await rawSql(other.context(), 'waits for the backend to be gone').scalar<number>(
                'SELECT count(*)::int FROM pg_stat_activity WHERE pid = $1',
                [pid],
              )) > 0
            );
          }
        }
        return count;
      });
      const error = await running.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(['CONNECTION', 'TRANSACTION_ABORTED']).toContain((error as { code: string }).code);
      expect(await query(City).count(ctx)).toBe(5);
    } finally {
      await other.close();
    }
  });

  test('of a million rows keeps one batch in memory', async ({ ctx }) => {
    await rawSql(ctx, WHY).execute(fill(1_000_000));
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const used = (): number => {
      collect();
      return getHeapStatistics().used_heap_size;
    };
    await ctx.atomic(async (tx) => {
      let count = 0,
        sum = 0,
        most = 0,
        before = 0;
      for await (const row of byId.stream(tx)) {
        count++;
        sum += row.population;
        if (count === 2_000) before = used();
        if (count > 2_000 && count % 200_000 === 0) most = Math.max(most, used());
      }
      expect(count).toBe(1_000_000);
      expect(sum).toBe((1_000_000 * 1_000_001) / 2 - (1 + 2 + 3 + 4 + 5) + 700 + 290 + 1900 + 2700 + 20);
      // A million rows are some 300 MB.
      expect(most - before).toBeLessThan(8 * 1024 * 1024);
      expect(await query(City).count(tx)).toBe(1_000_000);
    });
  });
});
