// Each aggregate: its text, its parameters, what it gives over six rows, and over none.

import {
  arrayAgg,
  bitAnd,
  bitOr,
  bitXor,
  boolAnd,
  boolOr,
  corr,
  countAll,
  covarPop,
  covarSamp,
  cumeDistOf,
  denseRankOf,
  isDjogiError,
  jsonAgg,
  jsonObjectAgg,
  mode,
  percentileCont,
  percentileDisc,
  percentRankOf,
  rankOf,
  regrAvgx,
  regrAvgy,
  regrCount,
  regrIntercept,
  regrR2,
  regrSlope,
  regrSxx,
  regrSxy,
  regrSyy,
  stddev,
  stddevPop,
  stddevSamp,
  stringAgg,
  variance,
  varPop,
  varSamp,
  type ExprsOf,
  type Valued,
} from '@djogi/core';
import { measureCost } from '@djogi/testing';
import { Temporal } from 'temporal-polyfill';
import { describe, expect } from 'vitest';
import { query } from '../../src/index.ts';
import { emptyTest, Sale, SALES, sent, test } from '../support/sales.ts';
import { Money, shown } from '../support/specimen.ts';

const sales = query(Sale);

interface Case {
  readonly of: (s: ExprsOf<typeof Sale>) => Valued<any>;
  readonly text: string;
  readonly values?: readonly unknown[];
  readonly gives: unknown;
  /** Of no rows; null unless said. */
  readonly ofNone?: unknown;
}

const near = (value: number): unknown => expect.closeTo(value, 10) as unknown;
const range = (lower: number, upper: number) => ({ lower, upper, isLowerInclusive: true, isUpperInclusive: false, isEmpty: false });

const CASES: Readonly<Record<string, Case>> = {
  countAll: { of: () => countAll(), text: 'count(*)', gives: 6, ofNone: 0 },
  'count of an expression': { of: (s) => s.region.count(), text: 'count("region")', gives: 5, ofNone: 0 },
  'count of a predicate': { of: (s) => s.region.eq('x').count(), text: 'count("region" = $1)', values: ['x'], gives: 5, ofNone: 0 },
  'count of an array': { of: (s) => s.tags.count(), text: 'count("tags")', gives: 6, ofNone: 0 },
  'count of different values': { of: (s) => s.product.count().distinct(), text: 'count(DISTINCT "product")', gives: 3, ofNone: 0 },
  'count with a filter': {
    of: (s) => countAll().filter(s.quantity.gt(2)),
    text: 'count(*) FILTER (WHERE "quantity" > $1)',
    values: [2],
    gives: 4,
    ofNone: 0,
  },
  'the last of several filters': {
    of: (s) => countAll().filter(s.quantity.gt(2)).filter(s.isPaid),
    text: 'count(*) FILTER (WHERE "is_paid")',
    gives: 4,
    ofNone: 0,
  },
  'sum of int': { of: (s) => s.quantity.sum(), text: 'sum("quantity")', gives: 136 },
  'sum of different values': {
    of: (s) => s.isPaid.count().sub(s.quantity.sum().distinct()),
    text: 'count("is_paid") - sum(DISTINCT "quantity")',
    gives: -130,
  },
  'sum of bigint': { of: (s) => s.total.sum(), text: 'sum("total")', gives: 210n },
  'sum of safe integers': { of: (s) => s.bonus.sum(), text: 'sum("bonus")::bigint', gives: 0 },
  'sum of decimals': { of: (s) => s.price.sum(), text: 'sum("price")', gives: '24.00' },
  'sum of doubles': { of: (s) => s.weight.sum(), text: 'sum("weight")', gives: 12.5 },
  'sum of reals': { of: (s) => s.share.sum(), text: 'sum("share")', gives: null },
  'sum of intervals': { of: (s) => s.took.sum(), text: 'sum("took")', gives: Temporal.Duration.from('PT21H') },
  'sum of an expression': { of: (s) => s.quantity.mul(2).sum(), text: 'sum("quantity" * $1)', values: [2], gives: 272 },
  'sum with a filter, cast behind it': {
    of: (s) => s.bonus.sum().filter(s.isPaid),
    text: 'sum("bonus") FILTER (WHERE "is_paid")::bigint',
    gives: 0,
  },
  'avg of int': { of: (s) => s.quantity.avg(), text: 'avg("quantity")::double precision', gives: near(136 / 6) },
  'exact avg of int': { of: (s) => s.quantity.avg({ exact: true }), text: 'avg("quantity")', gives: '22.6666666666666667' },
  'avg of bigint': { of: (s) => s.total.avg(), text: 'avg("total")::double precision', gives: 35 },
  'avg of decimals': { of: (s) => s.price.avg(), text: 'avg("price")', gives: '4.0000000000000000' },
  'exact avg of decimals': { of: (s) => s.price.avg({ exact: true }), text: 'avg("price")', gives: '4.0000000000000000' },
  'avg of doubles': { of: (s) => s.weight.avg(), text: 'avg("weight")', gives: 3.125 },
  'avg of reals': { of: (s) => s.share.avg(), text: 'avg("share")', gives: null },
  'avg of intervals': { of: (s) => s.took.avg(), text: 'avg("took")', gives: Temporal.Duration.from('PT3H30M') },
  'min of text': { of: (s) => s.product.min(), text: 'min("product")', gives: 'a' },
  'max of text': { of: (s) => s.product.max(), text: 'max("product")', gives: 'c' },
  'min of an enum': { of: (s) => s.level.min(), text: 'min("level")', gives: 'low' },
  'max of an enum': { of: (s) => s.level.max(), text: 'max("level")', gives: 'high' },
  'min of booleans': { of: (s) => s.isPaid.min(), text: 'bool_and("is_paid")', gives: false },
  'max of booleans': { of: (s) => s.isPaid.max(), text: 'bool_or("is_paid")', gives: true },
  'min of moments': { of: (s) => s.soldAt.min(), text: 'min("sold_at")', gives: new Date('2026-01-01T00:00:00Z') },
  'an expression over moments': {
    of: (s) => s.soldAt.max().since(s.soldAt.min()),
    text: 'max("sold_at") - min("sold_at")',
    gives: Temporal.Duration.from('PT5H'),
  },
  'max of days': { of: (s) => s.day.max(), text: 'max("day")', gives: Temporal.PlainDate.from('2026-01-03') },
  'max of intervals': { of: (s) => s.took.max(), text: 'max("took")', gives: Temporal.Duration.from('PT6H') },
  'min of uuids': { of: (s) => s.code.min(), text: 'min("code"::text)::uuid', gives: '00000000-0000-0000-0000-000000000000' },
  'max of uuids': { of: (s) => s.code.max(), text: 'max("code"::text)::uuid', gives: '00000005-0000-0000-0000-000000000000' },
  'max of hardware addresses': { of: (s) => s.host.max(), text: 'max("host"::text)::macaddr', gives: '00:00:00:00:00:05' },
  'max of networks': { of: (s) => s.network.max(), text: 'max("network")::cidr', gives: '10.0.5.0/24' },
  'min of ranges': {
    of: (s) => s.span.min(),
    text: '(array_agg("span" ORDER BY "span" ASC) FILTER (WHERE "span" IS NOT NULL))[1]',
    gives: range(0, 2),
  },
  'max of ranges with a filter': {
    of: (s) => s.span.max().filter(s.quantity.lt(10)),
    text: '(array_agg("span" ORDER BY "span" DESC) FILTER (WHERE "span" IS NOT NULL AND "quantity" < $1))[1]',
    values: [10],
    gives: range(3, 4),
  },
  'max of ids': { of: (s) => s.id.max(), text: 'max("id")', gives: 6 },
  stringAgg: {
    of: (s) => stringAgg(s.product, ', ').orderBy(s.id.desc()),
    text: 'string_agg("product", $1::text ORDER BY "id" DESC)',
    values: [', '],
    gives: 'c, a, b, a, b, a',
  },
  'stringAgg of different values': {
    of: (s) => stringAgg(s.product, ',').distinct().orderBy(s.product.desc()),
    text: 'string_agg(DISTINCT "product", $1::text ORDER BY "product" DESC)',
    values: [','],
    gives: 'c,b,a',
  },
  'arrayAgg with nulls': {
    of: (s) => arrayAgg(s.region).orderBy(s.id.asc()),
    text: 'array_agg("region" ORDER BY "id" ASC)',
    gives: ['north', 'north', 'north', 'south', 'south', null],
  },
  'arrayAgg of an enum': {
    of: (s) => arrayAgg(s.level).distinct().orderBy(s.level.desc()),
    text: 'array_agg(DISTINCT "level" ORDER BY "level" DESC)',
    gives: ['high', 'middle', 'low'],
  },
  'arrayAgg of bigints': {
    of: (s) => arrayAgg(s.total).filter(s.quantity.lt(3)).orderBy(s.id.asc()),
    text: 'array_agg("total" ORDER BY "id" ASC) FILTER (WHERE "quantity" < $1)',
    values: [3],
    gives: [10n, 20n],
  },
  jsonAgg: {
    of: (s) => jsonAgg(s.day).filter(s.quantity.lt(3)).orderBy(s.id.asc(), s.day.desc()),
    text: 'jsonb_agg("day" ORDER BY "id" ASC, "day" DESC) FILTER (WHERE "quantity" < $1)',
    values: [3],
    gives: ['2026-01-01', '2026-01-02'],
  },
  jsonObjectAgg: {
    of: (s) => jsonObjectAgg(s.product, s.quantity).orderBy(s.id.asc()),
    text: 'jsonb_object_agg("product", "quantity" ORDER BY "id" ASC)',
    gives: { a: 20, b: 10, c: 100 },
  },
  boolAnd: { of: (s) => boolAnd(s.isPaid), text: 'bool_and("is_paid")', gives: false },
  'boolAnd of a predicate': { of: (s) => boolAnd(s.quantity.gt(0)), text: 'bool_and("quantity" > $1)', values: [0], gives: true },
  boolOr: { of: (s) => boolOr(s.quantity.gt(50)), text: 'bool_or("quantity" > $1)', values: [50], gives: true },
  bitAnd: { of: (s) => bitAnd(s.quantity), text: 'bit_and("quantity")', gives: 0 },
  bitOr: { of: (s) => bitOr(s.quantity), text: 'bit_or("quantity")', gives: 127 },
  bitXor: { of: (s) => bitXor(s.total), text: 'bit_xor("total")', gives: 10n ^ 20n ^ 30n ^ 40n ^ 50n ^ 60n },
  stddev: { of: (s) => stddev(s.quantity), text: 'stddev_samp("quantity")::double precision', gives: near(38.552129210546) },
  stddevSamp: { of: (s) => stddevSamp(s.weight), text: 'stddev_samp("weight")::double precision', gives: near(Math.sqrt(33.6875 / 3)) },
  stddevPop: { of: (s) => stddevPop(s.weight), text: 'stddev_pop("weight")::double precision', gives: near(Math.sqrt(33.6875 / 4)) },
  variance: { of: (s) => variance(s.price), text: 'var_samp("price")::double precision', gives: near(3.5) },
  varSamp: { of: (s) => varSamp(s.total), text: 'var_samp("total")::double precision', gives: near(350) },
  varPop: { of: (s) => varPop(s.price), text: 'var_pop("price")::double precision', gives: near(17.5 / 6) },
  covarPop: { of: (s) => covarPop(s.quantity, s.price), text: 'covar_pop("quantity", "price")', gives: near(278 / 6) },
  covarSamp: { of: (s) => covarSamp(s.quantity, s.price), text: 'covar_samp("quantity", "price")', gives: near(55.6) },
  corr: { of: (s) => corr(s.total, s.price), text: 'corr("total", "price")', gives: near(1) },
  regrAvgx: { of: (s) => regrAvgx(s.quantity, s.weight), text: 'regr_avgx("quantity", "weight")', gives: near(3.125) },
  regrAvgy: { of: (s) => regrAvgy(s.quantity, s.weight), text: 'regr_avgy("quantity", "weight")', gives: near(28.5) },
  regrIntercept: { of: (s) => regrIntercept(s.total, s.price), text: 'regr_intercept("total", "price")', gives: near(-5) },
  regrSlope: { of: (s) => regrSlope(s.total, s.price), text: 'regr_slope("total", "price")', gives: near(10) },
  regrR2: { of: (s) => regrR2(s.total, s.price), text: 'regr_r2("total", "price")', gives: near(1) },
  regrSxx: { of: (s) => regrSxx(s.total, s.price), text: 'regr_sxx("total", "price")', gives: near(17.5) },
  regrSxy: { of: (s) => regrSxy(s.total, s.price), text: 'regr_sxy("total", "price")', gives: near(175) },
  regrSyy: { of: (s) => regrSyy(s.total, s.price), text: 'regr_syy("total", "price")', gives: near(1750) },
  regrCount: { of: (s) => regrCount(s.quantity, s.weight), text: 'regr_count("quantity", "weight")', gives: 4, ofNone: 0 },
  percentileCont: {
    of: (s) => percentileCont(0.5, s.quantity),
    text: 'percentile_cont($1::double precision) WITHIN GROUP (ORDER BY "quantity" ASC)',
    values: [0.5],
    gives: 6.5,
  },
  'percentileCont of intervals': {
    of: (s) => percentileCont(0.5, s.took as never),
    text: 'percentile_cont($1::double precision) WITHIN GROUP (ORDER BY "took" ASC)',
    values: [0.5],
    gives: Temporal.Duration.from('PT3H30M'),
  },
  percentileDisc: {
    of: (s) => percentileDisc(0.25, s.level, 'desc').filter(s.isPaid),
    text: 'percentile_disc($1::double precision) WITHIN GROUP (ORDER BY "level" DESC) FILTER (WHERE "is_paid")',
    values: [0.25],
    gives: 'high',
  },
  mode: { of: (s) => mode(s.product), text: 'mode() WITHIN GROUP (ORDER BY "product" ASC)', gives: 'a' },
  'mode among equals': {
    of: (s) => mode(s.level, 'desc'),
    text: 'mode() WITHIN GROUP (ORDER BY "level" DESC)',
    gives: 'high',
  },
  rankOf: {
    of: (s) => rankOf(10, s.quantity),
    text: 'rank($1::integer) WITHIN GROUP (ORDER BY "quantity" ASC)',
    values: [10],
    gives: 4,
    ofNone: 1,
  },
  denseRankOf: {
    of: (s) => denseRankOf('b', s.product, 'desc'),
    text: 'dense_rank($1::text) WITHIN GROUP (ORDER BY "product" DESC)',
    values: ['b'],
    gives: 2,
    ofNone: 1,
  },
  percentRankOf: {
    of: (s) => percentRankOf(10, s.quantity),
    text: 'percent_rank($1::integer) WITHIN GROUP (ORDER BY "quantity" ASC)',
    values: [10],
    gives: 0.5,
    ofNone: 0,
  },
  cumeDistOf: {
    of: (s) => cumeDistOf(10, s.quantity),
    text: 'cume_dist($1::integer) WITHIN GROUP (ORDER BY "quantity" ASC)',
    values: [10],
    gives: near(5 / 7),
    ofNone: 1,
  },
  'an expression over aggregates': {
    of: (s) => s.quantity.sum().div(countAll()),
    text: 'sum("quantity") / count(*)',
    gives: 22,
  },
  'a predicate over an aggregate': { of: (s) => s.quantity.max().gt(5), text: 'max("quantity") > $1', values: [5], gives: true },
};
/** Two durations have no properties that would tell them apart. */
const told = (value: unknown): unknown =>
  value instanceof Temporal.Duration || value instanceof Temporal.PlainDate ? shown(value) : value;

describe('aggregate', () => {
  test.for(Object.entries(CASES))('gives the %s', async ([, { of, text, values = [], gives }], { ctx }) => {
    expect(told(await sales.aggregate(ctx, of))).toEqual(told(gives));
    expect(sent()).toEqual([{ text: `SELECT ${text} FROM "sales"`, values, operation: 'aggregate' }]);
    const { value } = await sales.aggregate(ctx, (s) => ({ value: of(s) }));
    expect(told(value)).toEqual(told(gives));
  });

  emptyTest.for(Object.entries(CASES))('gives the %s of an empty table', async ([, { of, ofNone = null }], { ctx }) => {
    expect(await sales.aggregate(ctx, of)).toEqual(ofNone);
    expect(await sales.none().aggregate(ctx, of)).toEqual(ofNone);
  });
});

describe('aggregate of a set', () => {
  test('gives an object of all values in one statement', async ({ ctx }) => {
    const { result, statements, roundTrips } = await measureCost(() =>
      sales.filter((s) => s.quantity.lt(50)).aggregate(ctx, (s) => ({ n: countAll(), most: s.quantity.max(), least: s.quantity.min() })),
    );
    expect(result).toEqual({ n: 5, most: 20, least: 1 });
    expect([statements, roundTrips]).toEqual([1, 1]);
    expect(sent()).toEqual([
      {
        text: 'SELECT count(*), max("quantity"), min("quantity") FROM "sales" WHERE "quantity" < $1',
        values: [50],
        operation: 'aggregate',
      },
    ]);
  });

  test('ignores an ordering', async ({ ctx }) => {
    expect(await sales.orderBy((s) => s.id.asc()).aggregate(ctx, () => countAll())).toBe(6);
    expect(sent()[0]!.text).toBe('SELECT count(*) FROM "sales"');
  });

  test('keeps the meaning of a limit, by any ordering', async ({ ctx }) => {
    const top = sales.orderBy((s) => s.quantity.desc()).limit(2);
    expect(await top.aggregate(ctx, (s) => s.quantity.sum())).toBe(120);
    expect(sent()[0]!.text).toMatch(
      /^SELECT sum\("quantity"\) FROM \(SELECT "id", .* FROM "sales" ORDER BY "quantity" DESC LIMIT 2\) AS "__djogi_rows"$/,
    );
    expect(
      await sales
        .orderBy((s) => s.quantity.mul(-1).asc())
        .limit(2)
        .aggregate(ctx, (s) => s.quantity.sum()),
    ).toBe(120);
    expect(await top.offset(1).aggregate(ctx, (s) => s.quantity.sum())).toBe(30);
    expect(await top.filter((s) => s.quantity.lt(50)).aggregate(ctx, () => ({ n: countAll() }))).toEqual({ n: 2 });
  });

  test('keeps the meaning of distinct', async ({ ctx }) => {
    const first = sales.distinctOn((s) => s.product).orderBy((s) => [s.product.asc(), s.quantity.desc()]);
    expect(await first.aggregate(ctx, (s) => ({ n: countAll(), q: s.quantity.sum() }))).toEqual({ n: 3, q: 130 });
    expect(await sales.distinct().aggregate(ctx, () => countAll())).toBe(6);
  });

  test('sends nothing for a set without rows, where the answer is known', async ({ ctx }) => {
    sent();
    expect(
      await sales
        .none()
        .aggregate(ctx, (s) => ({ n: countAll(), paid: countAll().filter(s.isPaid), q: s.quantity.sum(), s: s.span.max() })),
    ).toEqual({
      n: 0,
      paid: 0,
      q: null,
      s: null,
    });
    expect(sent()).toEqual([]);
    expect(await sales.none().aggregate(ctx, () => countAll().add(1))).toBe(1);
    expect(sent()).toHaveLength(1);
  });

  test('sees what its transaction wrote', async ({ ctx }) => {
    await ctx.atomic(async (tx) => {
      await query(Sale).bulkCreate(tx, SALES.slice(0, 1));
      expect(await sales.aggregate(tx, () => countAll())).toBe(7);
    });
  });
});

describe('exact values', () => {
  emptyTest('are given beyond 2^31 and refused beyond 2^53', async ({ ctx }) => {
    const many = Array.from({ length: 3 }, () => ({ ...SALES[0]!, quantity: 2 ** 31 - 1, bonus: 2 ** 53 - 1 }));
    await sales.bulkCreate(ctx, many);
    expect(await sales.aggregate(ctx, (s) => s.quantity.sum())).toBe(3 * (2 ** 31 - 1));
    const error: unknown = await sales.aggregate(ctx, (s) => ({ bonus: s.bonus.sum() })).catch((reason: unknown) => reason);
    expect(isDjogiError(error, 'DECODE')).toBe(true);
    expect(error).toMatchObject({ column: 'bonus', table: 'sales' });
    expect(await sales.limit(1).aggregate(ctx, (s) => s.bonus.sum())).toBe(2 ** 53 - 1);
  });

  emptyTest('of bigints have any size, and are divided as integers', async ({ ctx }) => {
    await sales.bulkCreate(
      ctx,
      [2n ** 63n - 1n, 2n ** 63n - 1n, 3n].map((total) => ({ ...SALES[0]!, total })),
    );
    expect(await sales.aggregate(ctx, (s) => ({ sum: s.total.sum(), half: s.total.sum().div(2n), more: s.total.sum().add(1n) }))).toEqual({
      sum: 2n ** 64n + 1n,
      half: 2n ** 63n,
      more: 2n ** 64n + 2n,
    });
  });

  emptyTest('of decimals have more digits than the column', async ({ ctx }) => {
    await sales.bulkCreate(
      ctx,
      Array.from({ length: 3 }, () => ({ ...SALES[0]!, price: '99999999.99', cost: new Money('99999999.99') })),
    );
    const { sum, cost, most } = await sales.aggregate(ctx, (s) => ({ sum: s.price.sum(), cost: s.cost.sum(), most: s.cost.max() }));
    expect(sum).toBe('299999999.97');
    expect(cost).toBeInstanceOf(Money);
    expect([String(cost), String(most)]).toEqual(['299999999.97', '99999999.99']);
    const groups = sales.groupBy((s) => ({ product: s.product })).annotate((s) => ({ cost: s.cost.sum() }));
    expect(await groups.having((g) => g.cost.gt(new Money('299999999.96'))).count(ctx)).toBe(1);
  });

  emptyTest('of doubles keep NaN and infinities, and overflow on the server', async ({ ctx }) => {
    await sales.bulkCreate(
      ctx,
      [Number.NaN, 1, Infinity].map((weight) => ({ ...SALES[0]!, weight })),
    );
    expect(await sales.aggregate(ctx, (s) => ({ sum: s.weight.sum(), max: s.weight.max(), min: s.weight.min() }))).toEqual({
      sum: NaN,
      max: NaN,
      min: 1,
    });
    await sales.bulkCreate(
      ctx,
      [Number.MAX_VALUE, Number.MAX_VALUE].map((weight) => ({ ...SALES[0]!, weight, product: 'large' })),
    );
    const error: unknown = await sales
      .filter((s) => s.product.eq('large'))
      .aggregate(ctx, (s) => s.weight.sum())
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'DATABASE', sqlState: '22003' });
  });
});
