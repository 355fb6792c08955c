// Row locks: the tail of the statement, what it keeps others from, and what it does not go with.

import { countAll, exists, f, model, pk, pgEnum, type Context, type TransactionContext } from '@djogi/core';
import { djogiTest, expectStatements } from '@djogi/testing';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect } from 'vitest';
import { query } from '../../src/index.ts';
import { City, CITY_COLUMNS, nameOf, sent, test } from '../support/cities.ts';
import { method } from '../support/untyped.ts';

const refused = (rule: string): Error =>
  expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule })] }) as Error;

const capitals = query(City)
  .filter((c) => c.isCapital)
  .orderBy((c) => c.name.asc())
  .limit(2);
const text = `SELECT ${CITY_COLUMNS} FROM "cities" WHERE "is_capital" ORDER BY "name" ASC LIMIT 2`;

describe('a lock', () => {
  test('is the tail of the statement, in each strength and each way of waiting', async ({ ctx }) => {
    const tails = [
      [capitals.forUpdate(), 'FOR UPDATE'],
      [capitals.forUpdate({ wait: 'block' }), 'FOR UPDATE'],
      [capitals.forUpdate({ wait: 'nowait' }), 'FOR UPDATE NOWAIT'],
      [capitals.forUpdate({ wait: 'skipLocked' }), 'FOR UPDATE SKIP LOCKED'],
      [capitals.forNoKeyUpdate(), 'FOR NO KEY UPDATE'],
      [capitals.forShare(), 'FOR SHARE'],
      [capitals.forShare({ wait: 'nowait' }), 'FOR SHARE NOWAIT'],
      [capitals.forShare({ wait: 'skipLocked' }), 'FOR SHARE SKIP LOCKED'],
      [capitals.forKeyShare(), 'FOR KEY SHARE'],
      [capitals.forUpdate({ of: 'self' }), 'FOR UPDATE OF "cities"'],
      [capitals.forKeyShare({ of: ['self'], wait: 'nowait' }), 'FOR KEY SHARE OF "cities" NOWAIT'],
    ] as const;
    await ctx.atomic(async (tx) => {
      for (const [set, tail] of tails) {
        expect(set.toSql()).toEqual({ text: `${text} ${tail}`, values: [] });
        expect((await set.fetchAll(tx)).map(nameOf)).toEqual(['Nuuk', 'Oslo']);
        expect(sent()).toMatchObject([{ text: `${text} ${tail}`, values: [], operation: 'fetchAll', context: 'transaction' }]);
      }
    });
  });

  test('replaces an earlier one as a whole', () => {
    expect(capitals.forUpdate({ wait: 'nowait', of: 'self' }).forShare().toSql().text).toBe(`${text} FOR SHARE`);
    expect(capitals.forShare().none().toSql().text).not.toContain('FOR SHARE');
  });

  test('goes with first, fetchOne, inBulk, streams and projections, and count and exists take none', async ({ ctx }) => {
    await ctx.atomic(async (tx) => {
      const set = query(City)
        .orderBy((c) => c.id.asc())
        .forUpdate();
      expect((await set.first(tx))!.name).toBe('Oslo');
      expect((await set.filter((c) => c.name.eq('Nuuk')).fetchOne(tx)).name).toBe('Nuuk');
      const [oslo] = await set.limit(1).fetchAll(tx);
      expect((await set.inBulk(tx, [oslo!.id])).size).toBe(1);
      expect(
        await set
          .select((c) => ({ name: c.name }))
          .limit(1)
          .fetchAll(tx),
      ).toEqual([{ name: 'Oslo' }]);
      const streamed: string[] = [];
      for await (const city of set.stream(tx, { batchSize: 2 })) streamed.push(city.name);
      expect(streamed).toHaveLength(5);
      expect(sent().every((statement) => statement.text.includes(' FOR UPDATE'))).toBe(true);
      expect([await set.count(tx), await set.exists(tx)]).toEqual([5, true]);
      expect(sent().map((statement) => statement.text)).toEqual([
        'SELECT count(*) FROM "cities"',
        'SELECT EXISTS(SELECT 1 FROM "cities" LIMIT 1)',
      ]);
    });
  });

  test('held by another makes nowait a transient LOCK_CONFLICT, and running again succeeds', async ({ ctx }) => {
    const oslo = query(City).filter((c) => c.name.eq('Oslo'));
    let release = (): void => undefined,
      taken = (): void => undefined;
    const isTaken = new Promise<void>((resolve) => (taken = resolve));
    const holder = ctx.atomic(async (tx) => {
      await oslo.forUpdate().fetchOne(tx);
      taken();
      await new Promise<void>((resolve) => (release = resolve));
    });
    await isTaken;
    const refusal: unknown = await ctx
      .atomic((tx) => oslo.forUpdate({ wait: 'nowait' }).fetchOne(tx))
      .then(
        () => null,
        (error: unknown) => error,
      );
    expect(refusal).toMatchObject({
      code: 'LOCK_CONFLICT',
      reason: 'lock',
      sqlState: '55P03',
      isTransient: true,
      cause: expect.anything() as unknown,
    });
    expect(await ctx.atomic((tx) => oslo.forUpdate({ wait: 'skipLocked' }).fetchAll(tx))).toEqual([]);
    let attempts = 0;
    const found = await ctx.retry(
      (again) => {
        if (++attempts === 3) release();
        return again.atomic((tx) => oslo.forUpdate({ wait: 'nowait' }).fetchOne(tx));
      },
      { attempts: 50, backoff: { initialMs: 2, maxMs: 20 } },
    );
    expect(found.name).toBe('Oslo');
    expect(attempts).toBeGreaterThanOrEqual(3);
    await holder;
  });

  test('for a key share lets others change the row, and one for sharing does not', async ({ ctx }) => {
    const oslo = query(City).filter((c) => c.name.eq('Oslo'));
    const probe = (hold: (tx: TransactionContext) => Promise<unknown>): Promise<string> =>
      ctx.atomic(async (tx) => {
        await hold(tx);
        return ctx
          .atomic((other) => oslo.forNoKeyUpdate({ wait: 'nowait' }).fetchOne(other))
          .then(
            () => 'free',
            () => 'held',
          );
      });
    expect(await probe((tx) => oslo.forKeyShare().fetchOne(tx))).toBe('free');
    expect(await probe((tx) => oslo.forShare().fetchOne(tx))).toBe('held');
  });
});

const JobState = pgEnum('job_state', ['pending', 'done']);
class Job extends model('jobs', { state: f.enum(JobState).default('pending'), takenBy: f.int().nullable() }, { pk: pk.serial() }) {}
const queue = djogiTest({ models: [Job], pool: { max: 8 } });

queue('eight workers share a queue: none waits for another, and no job is taken twice', async ({ ctx }) => {
  await query(Job).bulkCreate(
    ctx,
    Array.from({ length: 40 }, () => ({})),
  );
  const pending = query(Job)
    .filter((j) => j.state.eq('pending'))
    .orderBy((j) => j.id.asc())
    .limit(1)
    .forUpdate({ wait: 'skipLocked' });
  const takenBy: number[][] = [];
  let holding = 0,
    mostAtOnce = 0;
  const work = async (worker: number): Promise<void> => {
    const taken: number[] = [];
    takenBy.push(taken);
    for (let isLeft = true; isLeft;) {
      isLeft = await ctx.atomic(async (tx) => {
        const job = await pending.first(tx);
        if (job === null) return false;
        mostAtOnce = Math.max(mostAtOnce, ++holding);
        taken.push(job.id);
        await job.update(tx, { state: 'done', takenBy: worker });
        holding--;
        return true;
      });
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, worker) => work(worker)));
  expect(takenBy.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
  expect(
    await query(Job)
      .filter((j) => j.state.eq('pending'))
      .count(ctx),
  ).toBe(0);
  expect(mostAtOnce).toBeGreaterThan(1);
});

describe('a lock is refused before anything is sent', () => {
  const locked = query(City).forUpdate();
  const cases: readonly [string, (ctx: Context) => unknown, string][] = [
    ['with distinct', () => locked.distinct().toSql(), 'lock'],
    ['after distinct', () => query(City).distinct().forShare().toSql(), 'lock'],
    ['with distinctOn', (ctx) => locked.distinctOn((c) => c.country).fetchAll(ctx), 'lock'],
    ['with annotate', () => locked.annotate((c) => ({ most: c.population.max() })), 'lock'],
    ['with groups', () => locked.groupBy((c) => ({ country: c.country })), 'lock'],
    ['with rollup', () => locked.rollup((c) => ({ country: c.country })), 'lock'],
    ['with an aggregate', (ctx) => locked.aggregate(ctx, () => countAll()), 'lock'],
    ['with an aggregate of limited rows', (ctx) => locked.limit(2).aggregate(ctx, () => countAll()), 'lock'],
    ['in a scalar subquery', () => query(City).filter((c) => c.name.eq(locked.limit(1).asScalar((o) => o.name) as never)), 'lock'],
    ['in a subquery', () => query(City).filter((c) => c.name.in(locked.asSubquery((o) => o.name))), 'subquery'],
    ['in exists', () => query(City).filter(() => exists(locked)), 'subquery'],
    ['with a way of waiting that is none', () => method(query(City), 'forUpdate')({ wait: 'never' }), 'lock'],
    ['of another table', () => method(query(City), 'forShare')({ of: ['towns'] }), 'lock'],
    ['of no table', () => method(query(City), 'forShare')({ of: [] }), 'lock'],
    ['with an option that is none', () => method(query(City), 'forKeyShare')({ nowait: true }), 'lock'],
    ['with options that are none', () => method(query(City), 'forNoKeyUpdate')('nowait'), 'lock'],
  ];
  for (const [what, act, rule] of cases)
    test(what, async ({ ctx }) => {
      await expect((async () => act(ctx))()).rejects.toThrow(refused(rule));
      expect(sent()).toEqual([]);
    });
});

const lenient = djogiTest({ models: [City], pool: { lockOutsideTransaction: 'warn' } });

describe('a lock outside a transaction', () => {
  test('throws in tests, where it would protect nothing', async ({ ctx }) => {
    const set = query(City).forUpdate();
    for (const terminal of ['fetchAll', 'fetchOne', 'first'] as const)
      await expect(set[terminal](ctx)).rejects.toMatchObject({ code: 'LOCK_OUTSIDE_TRANSACTION', model: 'cities' });
    await expect(set.inBulk(ctx, [1 as never])).rejects.toMatchObject({ code: 'LOCK_OUTSIDE_TRANSACTION' });
    expect(sent()).toEqual([]);
    expect(await set.count(ctx)).toBe(5);
  });

  lenient('runs and warns once elsewhere, naming where it was called', async ({ ctx }) => {
    const warnings: unknown[] = [],
      hear = (warning: unknown): void => void warnings.push(warning);
    subscribe('djogi:warning', hear);
    try {
      const take = (): Promise<City[]> => query(City).forUpdate().fetchAll(ctx);
      expect(await expectStatements(2, async () => [await take(), await take()])).toEqual([[], []]);
    } finally {
      unsubscribe('djogi:warning', hear);
    }
    expect(warnings).toEqual([
      expect.objectContaining({
        code: 'DJOGI_LOCK_OUTSIDE_TRANSACTION',
        message: expect.stringMatching(/Rows of cities .* Called at .*lock\.test\.ts/) as string,
      }),
    ]);
  });
});
