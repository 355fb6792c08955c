// Values beside rows: windows, frames and conditions on them; text, parameters and rows together.

import {
  countAll,
  cumeDist,
  denseRank,
  firstValue,
  lag,
  lastValue,
  lead,
  nthValue,
  ntile,
  percentRank,
  rank,
  rowNumber,
  type ExprsOf,
  type RowValued,
  type Window,
} from '@djogi/core';
import { measureCost } from '@djogi/testing';
import { Temporal } from 'temporal-polyfill';
import { describe, expect } from 'vitest';
import { query } from '../../src/index.ts';
import { expectRows, Sale, sent, test } from '../support/sales.ts';

type Bag = ExprsOf<typeof Sale>;
const sales = query(Sale);
const byId = sales.orderBy((s) => s.id.asc());
const inOrder = (s: Bag): Window => ({ orderBy: [s.id.asc()] });

interface Case {
  readonly of: (s: Bag) => RowValued;
  readonly text: string;
  readonly values?: readonly unknown[];
  /** By id. */
  readonly gives: readonly unknown[];
}

const near = (value: number): unknown => expect.closeTo(value, 10) as unknown;

const CASES: Readonly<Record<string, Case>> = {
  'an aggregate without a window, over all rows': {
    of: (s) => s.quantity.sum(),
    text: 'sum("quantity") OVER ()',
    gives: Array(6).fill(136),
  },
  'an expression over such aggregates': {
    of: (s) => s.quantity.mul(100).div(s.quantity.sum()),
    text: '("quantity" * $1) / sum("quantity") OVER ()',
    values: [100],
    gives: [0, 1, 2, 7, 14, 73],
  },
  'a cast behind the window': { of: (s) => s.bonus.sum(), text: 'sum("bonus") OVER ()::bigint', gives: Array(6).fill(0) },
  'a filter before the window': {
    of: (s) =>
      countAll()
        .filter(s.isPaid)
        .over({ partitionBy: [s.region] }),
    text: 'count(*) FILTER (WHERE "is_paid") OVER (PARTITION BY "region")',
    gives: [2, 2, 2, 1, 1, 1],
  },
  'an expression without any aggregate': {
    of: (s) => s.product.concat('!'),
    text: '"product" || $1::text',
    values: ['!'],
    gives: ['a!', 'b!', 'a!', 'b!', 'a!', 'c!'],
  },
  'a running total': {
    of: (s) => s.quantity.sum().over({ partitionBy: [s.region], orderBy: [s.id.asc()] }),
    text: 'sum("quantity") OVER (PARTITION BY "region" ORDER BY "id" ASC)',
    gives: [1, 3, 6, 10, 30, 100],
  },
  'min and max of other types': {
    of: (s) => s.level.max().over({ partitionBy: [s.product] }),
    text: 'max("level") OVER (PARTITION BY "product")',
    gives: ['middle', 'high', 'middle', 'high', 'middle', 'middle'],
  },
  rowNumber: {
    of: (s) => rowNumber().over({ partitionBy: [s.product, s.region], orderBy: [s.quantity.desc().nullsLast()] }),
    text: 'row_number() OVER (PARTITION BY "product", "region" ORDER BY "quantity" DESC NULLS LAST)',
    gives: [2, 1, 1, 1, 1, 1],
  },
  rank: { of: (s) => rank().over({ orderBy: [s.product.asc()] }), text: 'rank() OVER (ORDER BY "product" ASC)', gives: [1, 4, 1, 4, 1, 6] },
  denseRank: {
    of: (s) => denseRank().over({ orderBy: [s.product.asc()] }),
    text: 'dense_rank() OVER (ORDER BY "product" ASC)',
    gives: [1, 2, 1, 2, 1, 3],
  },
  percentRank: {
    of: (s) => percentRank().over({ orderBy: [s.product.asc()] }),
    text: 'percent_rank() OVER (ORDER BY "product" ASC)',
    gives: [0, 0.6, 0, 0.6, 0, 1],
  },
  cumeDist: {
    of: (s) => cumeDist().over({ orderBy: [s.product.asc()] }),
    text: 'cume_dist() OVER (ORDER BY "product" ASC)',
    gives: [0.5, near(5 / 6), 0.5, near(5 / 6), 0.5, 1],
  },
  ntile: {
    of: (s) => ntile(4).over(inOrder(s)),
    text: 'ntile($1::integer) OVER (ORDER BY "id" ASC)',
    values: [4],
    gives: [1, 1, 2, 2, 3, 4],
  },
  lag: {
    of: (s) => lag(s.product).over(inOrder(s)),
    text: 'lag("product", $1::integer) OVER (ORDER BY "id" ASC)',
    values: [1],
    gives: [null, 'a', 'b', 'a', 'b', 'a'],
  },
  'lag with a fallback': {
    of: (s) => lag(s.level, 2, 'high').over(inOrder(s)),
    text: 'lag("level", $1::integer, $2::"level") OVER (ORDER BY "id" ASC)',
    values: [2, 'high'],
    gives: ['high', 'high', 'low', 'high', 'middle', 'high'],
  },
  'the difference from the row before': {
    of: (s) => s.quantity.sub(lag(s.quantity).over(inOrder(s))),
    text: '"quantity" - lag("quantity", $1::integer) OVER (ORDER BY "id" ASC)',
    values: [1],
    gives: [null, 1, 1, 7, 10, 80],
  },
  lead: {
    of: (s) => lead(s.region, 1).over(inOrder(s)),
    text: 'lead("region", $1::integer) OVER (ORDER BY "id" ASC)',
    values: [1],
    gives: ['north', 'north', 'south', 'south', null, null],
  },
  'lead with a fallback': {
    of: (s) => lead(s.quantity, 5, 0).over(inOrder(s)),
    text: 'lead("quantity", $1::integer, $2::integer) OVER (ORDER BY "id" ASC)',
    values: [5, 0],
    gives: [100, 0, 0, 0, 0, 0],
  },
  firstValue: {
    of: (s) => firstValue(s.product).over({ partitionBy: [s.region], orderBy: [s.id.desc()] }),
    text: 'first_value("product") OVER (PARTITION BY "region" ORDER BY "id" DESC)',
    gives: ['a', 'a', 'a', 'a', 'a', 'c'],
  },
  lastValue: {
    of: (s) => lastValue(s.quantity).over({ ...inOrder(s), frame: { unit: 'rows', from: 'unbounded', to: 'unbounded' } }),
    text: 'last_value("quantity") OVER (ORDER BY "id" ASC ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)',
    gives: Array(6).fill(100),
  },
  nthValue: {
    of: (s) => nthValue(s.quantity, 3).over(inOrder(s)),
    text: 'nth_value("quantity", $1::integer) OVER (ORDER BY "id" ASC)',
    values: [3],
    gives: [null, null, 3, 3, 3, 3],
  },
  'a frame of rows around the current one': {
    of: (s) => s.quantity.sum().over({ ...inOrder(s), frame: { unit: 'rows', from: -1, to: 1 } }),
    text: 'sum("quantity") OVER (ORDER BY "id" ASC ROWS BETWEEN $1::bigint PRECEDING AND $2::bigint FOLLOWING)',
    values: [1n, 1n],
    gives: [3, 6, 15, 33, 130, 120],
  },
  'a frame that ends at the current row by default': {
    of: (s) => s.quantity.sum().over({ ...inOrder(s), frame: { unit: 'rows', from: -2 } }),
    text: 'sum("quantity") OVER (ORDER BY "id" ASC ROWS BETWEEN $1::bigint PRECEDING AND CURRENT ROW)',
    values: [2n],
    gives: [1, 3, 6, 15, 33, 130],
  },
  'a frame after the current row, which may be empty': {
    of: (s) => s.quantity.sum().over({ ...inOrder(s), frame: { unit: 'rows', from: 1, to: 2 } }),
    text: 'sum("quantity") OVER (ORDER BY "id" ASC ROWS BETWEEN $1::bigint FOLLOWING AND $2::bigint FOLLOWING)',
    values: [1n, 2n],
    gives: [5, 13, 30, 120, 100, null],
  },
  'an offset of nothing is the current row': {
    of: (s) => s.quantity.sum().over({ ...inOrder(s), frame: { unit: 'rows', from: 0, to: 'unbounded' } }),
    text: 'sum("quantity") OVER (ORDER BY "id" ASC ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)',
    gives: [136, 135, 133, 130, 120, 100],
  },
  'a frame of groups': {
    of: (s) => countAll().over({ orderBy: [s.product.asc()], frame: { unit: 'groups', from: -1, to: 'current' } }),
    text: 'count(*) OVER (ORDER BY "product" ASC GROUPS BETWEEN $1::bigint PRECEDING AND CURRENT ROW)',
    values: [1n],
    gives: [3, 5, 3, 5, 3, 3],
  },
  'a range of numbers': {
    of: (s) => countAll().over({ orderBy: [s.quantity.asc()], frame: { unit: 'range', from: -1, to: 1 } }),
    text: 'count(*) OVER (ORDER BY "quantity" ASC RANGE BETWEEN $1::bigint PRECEDING AND $2::bigint FOLLOWING)',
    values: [1, 1],
    gives: [2, 3, 2, 1, 1, 1],
  },
  'a range of bigints': {
    of: (s) => countAll().over({ orderBy: [s.total.asc()], frame: { unit: 'range', from: -15 } }),
    text: 'count(*) OVER (ORDER BY "total" ASC RANGE BETWEEN $1::bigint PRECEDING AND CURRENT ROW)',
    values: [15],
    gives: [1, 2, 2, 2, 2, 2],
  },
  'a range of decimals': {
    of: (s) => countAll().over({ orderBy: [s.price.asc()], frame: { unit: 'range', from: -1.5 } }),
    text: 'count(*) OVER (ORDER BY "price" ASC RANGE BETWEEN $1::numeric PRECEDING AND CURRENT ROW)',
    values: ['1.5'],
    gives: [1, 2, 2, 2, 2, 2],
  },
  'a range of doubles': {
    of: (s) => s.weight.count().over({ orderBy: [s.weight.asc()], frame: { unit: 'range', from: -1 } }),
    text: 'count("weight") OVER (ORDER BY "weight" ASC RANGE BETWEEN $1::double precision PRECEDING AND CURRENT ROW)',
    values: [1],
    gives: [2, 0, 2, 1, 0, 1],
  },
  'exclusion of the current row': {
    of: (s) => s.quantity.sum().over({ frame: { unit: 'rows', from: 'unbounded', to: 'unbounded', exclude: 'currentRow' } }),
    text: 'sum("quantity") OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW)',
    gives: [135, 134, 133, 126, 116, 36],
  },
  'exclusion of the group': {
    of: (s) =>
      countAll().over({ orderBy: [s.product.asc()], frame: { unit: 'range', from: 'unbounded', to: 'unbounded', exclude: 'group' } }),
    text: 'count(*) OVER (ORDER BY "product" ASC RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE GROUP)',
    gives: [3, 4, 3, 4, 3, 5],
  },
  'exclusion of ties': {
    of: (s) => countAll().over({ orderBy: [s.product.asc()], frame: { unit: 'groups', from: 'current', to: 'current', exclude: 'ties' } }),
    text: 'count(*) OVER (ORDER BY "product" ASC GROUPS BETWEEN CURRENT ROW AND CURRENT ROW EXCLUDE TIES)',
    gives: [1, 1, 1, 1, 1, 1],
  },
};

describe('annotate', () => {
  test.for(Object.entries(CASES))('gives %s', async ([, { of, text, values = [], gives }], { ctx }) => {
    await expectRows(
      ctx,
      byId.annotate((s) => ({ value: of(s) })),
      { text: `SELECT WHOLE, ${text} FROM "sales" ORDER BY "id" ASC`, values, rows: gives },
      ({ value }) => value as unknown,
    );
  });

  test('gives ranges of moments, by durations', async ({ ctx }) => {
    const hours = Temporal.Duration.from({ hours: 2 });
    const set = byId.annotate((s) => ({
      n: countAll().over({ orderBy: [s.soldAt.asc()], frame: { unit: 'range', from: hours.negated(), to: 'current' } }),
      later: countAll().over({
        orderBy: [s.day.asc()],
        frame: { unit: 'range', from: Temporal.Duration.from({ days: 1 }), to: 'unbounded' },
      }),
    }));
    expect(set.toSql().text).toContain(
      'count(*) OVER (ORDER BY "sold_at" ASC RANGE BETWEEN $1::interval PRECEDING AND CURRENT ROW), count(*) OVER (ORDER BY "day" ASC RANGE BETWEEN $2::interval FOLLOWING AND UNBOUNDED FOLLOWING)',
    );
    expect((await set.fetchAll(ctx)).map(({ n, later }) => [n, later])).toEqual([
      [1, 4],
      [2, 2],
      [3, 0],
      [3, 4],
      [3, 2],
      [3, 0],
    ]);
  });

  test('gives rows of the model, with their methods, beside the values', async ({ ctx }) => {
    const { row, ...rest } = (await byId.annotate(() => ({ n: countAll(), one: rowNumber().over({}) })).first(ctx))!;
    expect(row).toBeInstanceOf(Sale);
    expect(row.label).toBe('a in north');
    expect(rest).toEqual({ n: 6, one: 1 });
  });

  test('keeps what select chose as the row', async ({ ctx }) => {
    await expectRows(
      ctx,
      byId
        .select((s) => ({ product: s.product }))
        .annotate((s) => ({ q: s.quantity.max() }))
        .limit(2),
      {
        text: 'SELECT "product", max("quantity") OVER () FROM "sales" ORDER BY "id" ASC LIMIT 2',
        rows: [
          { row: { product: 'a' }, q: 100 },
          { row: { product: 'b' }, q: 100 },
        ],
      },
    );
    expect(
      await byId
        .selectTuple((s) => [s.product, s.quantity])
        .annotate(() => ({ n: countAll() }))
        .first(ctx),
    ).toEqual({ row: ['a', 1], n: 6 });
  });

  test('filters before, and orders and limits after', async ({ ctx }) => {
    await expectRows(
      ctx,
      sales
        .filter((s) => s.quantity.lt(50))
        .annotate((s) => ({ share: s.quantity.sum().over({ partitionBy: [s.region] }) }))
        .orderBy((a) => [a.share.desc(), a.product.asc()])
        .limit(3)
        .offset(1),
      {
        text: 'SELECT WHOLE, sum("quantity") OVER (PARTITION BY "region") FROM "sales" WHERE "quantity" < $1 ORDER BY sum("quantity") OVER (PARTITION BY "region") DESC, "product" ASC LIMIT 3 OFFSET $2',
        values: [50, 1n],
        rows: [
          [4, 30],
          [1, 6],
          [3, 6],
        ],
      },
      ({ row, share }) => [row.id, share],
    );
  });

  test('hides a field behind an annotation of its name in the ordering', async ({ ctx }) => {
    const rows = await sales
      .annotate((s) => ({ quantity: s.quantity.neg() }))
      .orderBy((a) => a.quantity.asc())
      .limit(1)
      .fetchAll(ctx);
    expect(rows.map(({ row, quantity }) => [row.quantity, quantity])).toEqual([[100, -100]]);
  });

  test('lets values see only the rows of a limit that came before', async ({ ctx }) => {
    const two = sales
      .orderBy((s) => s.quantity.desc())
      .limit(2)
      .annotate((s) => ({ q: s.quantity.sum() }));
    expect(two.toSql().text).toMatch(
      /^SELECT "id", .*, sum\("quantity"\) OVER \(\) FROM \(SELECT "id", .* FROM "sales" ORDER BY "quantity" DESC LIMIT 2\) AS "__djogi_rows" ORDER BY "quantity" DESC$/,
    );
    expect((await two.fetchAll(ctx)).map(({ row, q }) => [row.id, q])).toEqual([
      [6, 120],
      [5, 120],
    ]);
    const computed = sales
      .orderBy((s) => s.quantity.mul(-1).asc())
      .limit(2)
      .annotate(() => ({ n: countAll() }));
    expect(computed.toSql().text).toMatch(
      /"quantity" \* \$1 AS "__djogi_20" FROM "sales" ORDER BY "quantity" \* \$1 ASC LIMIT 2\) AS "__djogi_rows" ORDER BY "__djogi_20" ASC$/,
    );
    expect((await computed.fetchAll(ctx)).map(({ row, n }) => [row.id, n])).toEqual([
      [6, 2],
      [5, 2],
    ]);
  });
});

describe('qualify', () => {
  const ranked = sales.annotate((s) => ({
    place: rowNumber().over({ partitionBy: [s.region], orderBy: [s.quantity.desc()] }),
    q: s.quantity.sum(),
  }));

  test('keeps rows by what a window gave, over a derived table', async ({ ctx }) => {
    await expectRows(
      ctx,
      ranked
        .qualify((a) => a.place.lte(1))
        .qualify((a) => a.q.gt(1))
        .orderBy((a) => [a.place.asc(), a.quantity.desc()])
        .limit(2),
      {
        text: 'SELECT WHOLE, "place", "q" FROM (SELECT WHOLE, row_number() OVER (PARTITION BY "region" ORDER BY "quantity" DESC) AS "place", sum("quantity") OVER () AS "q" FROM "sales") AS "__djogi_q" WHERE "place" <= $1 AND "q" > $2 ORDER BY "place" ASC, "quantity" DESC LIMIT 2',
        values: [1, 1],
        rows: [
          [6, 1, 136],
          [5, 1, 136],
        ],
      },
      ({ row, place, q }) => [row.id, place, q],
    );
  });

  test('filters before the windows and qualifies after them', async ({ ctx }) => {
    const set = sales
      .filter((s) => s.quantity.lt(20))
      .annotate((s) => ({ place: rank().over({ partitionBy: [s.region], orderBy: [s.quantity.desc()] }) }))
      .qualify((a) => a.place.eq(1));
    expect(set.toSql().text).toMatch(/FROM "sales" WHERE "quantity" < \$1\) AS "__djogi_q" WHERE "place" = \$2$/);
    expect((await set.fetchAll(ctx)).map(({ row }) => row.id).toSorted((a, b) => a - b)).toEqual([3, 4]);
  });

  test('orders by an expression as it was before', async ({ ctx }) => {
    const set = sales
      .orderBy((s) => s.quantity.mul(-1).asc())
      .annotate((s) => ({ place: rowNumber().over({ orderBy: [s.id.asc()] }) }))
      .qualify((a) => a.place.gt(4));
    expect(set.toSql().text).toMatch(
      /"quantity" \* \$1 AS "__djogi_21" FROM "sales"\) AS "__djogi_q" WHERE "place" > \$2 ORDER BY "__djogi_21" ASC$/,
    );
    expect((await set.fetchAll(ctx)).map(({ row }) => row.id)).toEqual([6, 5]);
  });

  test('takes any name for an annotation, also that of a column', async ({ ctx }) => {
    const set = sales
      .annotate((s) => ({ quantity: rowNumber().over({ orderBy: [s.id.asc()] }), 'it"s': countAll() }))
      .qualify((a) => a.quantity.lte(2).and(a['it"s'].eq(6)));
    expect(set.toSql().text).toContain('AS "__djogi_20", count(*) OVER () AS "it""s" FROM');
    expect((await set.fetchAll(ctx)).map(({ row, quantity }) => [row.quantity, quantity])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  test('keeps the chosen row', async ({ ctx }) => {
    const set = byId
      .select((s) => ({ name: s.product, next: s.quantity.add(1) }))
      .annotate((s) => ({ place: rowNumber().over({ partitionBy: [s.region], orderBy: [s.quantity.desc()] }) }))
      .qualify((a) => a.place.eq(1));
    expect(await set.fetchAll(ctx)).toEqual([
      { row: { name: 'a', next: 4 }, place: 1 },
      { row: { name: 'a', next: 21 }, place: 1 },
      { row: { name: 'c', next: 101 }, place: 1 },
    ]);
  });

  test('has every terminal, one statement each', async ({ ctx }) => {
    const one = ranked.qualify((a) => a.place.eq(1)).orderBy((a) => a.id.asc());
    const { result, statements } = await measureCost(() => one.count(ctx));
    expect([result, statements]).toEqual([3, 1]);
    expect(await one.limit(1).count(ctx)).toBe(3);
    expect(await one.exists(ctx)).toBe(true);
    expect(await one.qualify((a) => a.place.eq(2)).exists(ctx)).toBe(false);
    expect((await one.first(ctx))!.row.id).toBe(3);
    expect((await one.qualify((a) => a.q.isNull()).first(ctx)) === null).toBe(true);
    await expect(one.fetchOne(ctx)).rejects.toMatchObject({ code: 'MULTIPLE_OBJECTS' });
    expect(await one.explain(ctx)).toContain('WindowAgg');
    await ctx.atomic(async (tx) => {
      const ids = [];
      for await (const { row } of one.stream(tx, { batchSize: 2 })) ids.push(row.id);
      expect(ids).toEqual([3, 5, 6]);
    });
  });

  test('is counted without windows where there is no condition on them', async ({ ctx }) => {
    sent();
    expect(await ranked.count(ctx)).toBe(6);
    expect(await ranked.limit(2).exists(ctx)).toBe(true);
    expect(sent().map(({ text }) => text)).toEqual(['SELECT count(*) FROM "sales"', 'SELECT EXISTS(SELECT 1 FROM "sales" LIMIT 2)']);
  });

  test('sends nothing for a set without rows', async ({ ctx }) => {
    const none = sales.none().annotate(() => ({ n: countAll() }));
    sent();
    expect([await none.fetchAll(ctx), await none.first(ctx), await none.count(ctx), await none.exists(ctx)]).toEqual([[], null, 0, false]);
    expect(sent()).toEqual([]);
  });
});
