// Groups: text, parameters and rows together.

import { countAll, grouping, proxy } from '@djogi/core';
import { measureCost } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { query } from '../../src/index.ts';
import { emptyTest, expectRows, Sale, sent, test } from '../support/sales.ts';

const sales = query(Sale);
const byRegion = sales.groupBy((s) => ({ region: s.region }));

describe('groupBy', () => {
  test('gives one row for each combination of keys, null among them', async ({ ctx }) => {
    await expectRows(
      ctx,
      sales
        .filter((s) => s.quantity.gt(1))
        .groupBy((s) => ({ region: s.region, paid: s.isPaid }))
        .annotate((s) => ({ n: countAll(), q: s.quantity.sum() }))
        .orderBy((g) => [g.region.asc(), g.paid.desc()]),
      {
        text: 'SELECT "region", "is_paid", count(*), sum("quantity") FROM "sales" WHERE "quantity" > $1 GROUP BY "region", "is_paid" ORDER BY "region" ASC, "is_paid" DESC',
        values: [1],
        rows: [
          { region: 'north', paid: true, n: 1, q: 3 },
          { region: 'north', paid: false, n: 1, q: 2 },
          { region: 'south', paid: true, n: 1, q: 10 },
          { region: 'south', paid: false, n: 1, q: 20 },
          { region: null, paid: true, n: 1, q: 100 },
        ],
      },
    );
  });

  test('gives the different keys alone', async ({ ctx }) => {
    await expectRows(
      ctx,
      byRegion.annotate(() => ({})).orderBy((g) => g.region.desc().nullsLast()),
      {
        text: 'SELECT "region" FROM "sales" GROUP BY "region" ORDER BY "region" DESC NULLS LAST',
        rows: [{ region: 'south' }, { region: 'north' }, { region: null }],
      },
    );
  });

  test('shares one placeholder between an expression in the keys, the projection and the ordering', async ({ ctx }) => {
    await expectRows(
      ctx,
      sales
        .groupBy((s) => ({ size: s.quantity.div(10) }))
        .annotate((_, k) => ({ n: countAll(), next: k.size.add(1) }))
        .having((g) => g.size.lt(5))
        .orderBy((g) => g.size.desc()),
      {
        text: 'SELECT "quantity" / $1, count(*), "quantity" / $1 + $2 FROM "sales" GROUP BY "quantity" / $1 HAVING "quantity" / $1 < $3 ORDER BY "quantity" / $1 DESC',
        values: [10, 1, 5],
        rows: [
          { size: 2, n: 1, next: 3 },
          { size: 1, n: 1, next: 2 },
          { size: 0, n: 3, next: 1 },
        ],
      },
    );
  });

  test('keeps the groups for which having is true, over keys and aggregates', async ({ ctx }) => {
    const groups = byRegion.annotate((s) => ({ n: countAll(), q: s.quantity.sum(), avg: s.price.avg() })).orderBy((g) => g.q.asc());
    await expectRows(
      ctx,
      groups.having((g) => g.n.gte(2).and(g.region.isNotNull(), g.avg.gt('2.5'))),
      {
        text: 'SELECT "region", count(*), sum("quantity"), avg("price") FROM "sales" GROUP BY "region" HAVING count(*) >= $1 AND "region" IS NOT NULL AND avg("price") > $2 ORDER BY sum("quantity") ASC',
        values: [2, '2.5'],
        rows: [{ region: 'south', n: 2, q: 30, avg: '5.0000000000000000' }],
      },
    );
    const both = groups.having((g) => g.n.gt(100)).having((g) => g.q.eq(100));
    expect(both.toSql().values).toEqual([100]);
    expect(await both.count(ctx)).toBe(1);
  });

  test('orders and limits groups', async ({ ctx }) => {
    const groups = byRegion.annotate((s) => ({ q: s.quantity.sum() })).orderBy((g) => g.q.desc());
    await expectRows(ctx, groups.limit(1).offset(1), {
      text: 'SELECT "region", sum("quantity") FROM "sales" GROUP BY "region" ORDER BY sum("quantity") DESC LIMIT 1 OFFSET $1',
      values: [1n],
      rows: [{ region: 'south', q: 30 }],
    });
    expect(await groups.limit(5000).fetchAll(ctx)).toHaveLength(3);
  });

  test('knows every column of a row that is a group by its key', async ({ ctx }) => {
    const groups = sales.groupBy((s) => ({ id: s.id })).annotate((s) => ({ product: s.product, n: countAll() }));
    expect(await groups.orderBy((g) => g.id.asc()).first(ctx)).toEqual({ id: 1, product: 'a', n: 1 });
  });

  test('lays windows over groups', async ({ ctx }) => {
    await expectRows(
      ctx,
      byRegion
        .annotate((s) => ({ q: s.quantity.sum(), share: s.quantity.sum().mul(100).div(s.quantity.sum().sum().over()) }))
        .orderBy((g) => g.q.asc()),
      {
        text: 'SELECT "region", sum("quantity"), (sum("quantity") * $1) / sum(sum("quantity")) OVER ()::bigint FROM "sales" GROUP BY "region" ORDER BY sum("quantity") ASC',
        values: [100],
        rows: [
          { region: 'north', q: 6, share: 4 },
          { region: 'south', q: 30, share: 22 },
          { region: null, q: 100, share: 73 },
        ],
      },
    );
  });

  emptyTest('gives no groups of an empty table', async ({ ctx }) => {
    expect(await byRegion.annotate(() => ({ n: countAll() })).fetchAll(ctx)).toEqual([]);
  });
});

describe('totals', () => {
  test('of a rollup are told from nulls in the data by grouping', async ({ ctx }) => {
    await expectRows(
      ctx,
      sales
        .rollup((s) => ({ region: s.region, product: s.product }))
        .annotate((s, k) => ({ q: s.quantity.sum(), level: grouping(k.region, k.product) }))
        .having((g) => g.level.gt(0))
        .orderBy((g) => [g.level.asc(), g.region.asc()]),
      {
        text: 'SELECT "region", "product", sum("quantity"), grouping("region", "product") FROM "sales" GROUP BY ROLLUP ("region", "product") HAVING grouping("region", "product") > $1 ORDER BY grouping("region", "product") ASC, "region" ASC',
        values: [0],
        rows: [
          { region: 'north', product: null, q: 6, level: 1 },
          { region: 'south', product: null, q: 30, level: 1 },
          { region: null, product: null, q: 100, level: 1 },
          { region: null, product: null, q: 136, level: 3 },
        ],
      },
    );
  });

  test('of a cube are over every subset of the keys', async ({ ctx }) => {
    const cube = sales
      .cube((s) => ({ region: s.region, paid: s.isPaid }))
      .annotate((_, k) => ({ n: countAll(), level: grouping(k.region, k.paid) }));
    expect(cube.toSql().text).toBe(
      'SELECT "region", "is_paid", count(*), grouping("region", "is_paid") FROM "sales" GROUP BY CUBE ("region", "is_paid")',
    );
    const levels = (await cube.fetchAll(ctx)).map(({ level }) => level);
    expect([0, 1, 2, 3].map((level) => levels.filter((one) => one === level).length)).toEqual([5, 3, 2, 1]);
  });

  test('of grouping sets are over the sets that are named', async ({ ctx }) => {
    await expectRows(
      ctx,
      sales
        .groupingSets((s) => ({ region: s.region, product: s.product }), [['product'], ['region'], []])
        .annotate((s, k) => ({ q: s.quantity.sum(), level: grouping(k.region, k.product) }))
        .orderBy((g) => [g.level.asc(), g.q.asc()]),
      {
        text: 'SELECT "region", "product", sum("quantity"), grouping("region", "product") FROM "sales" GROUP BY GROUPING SETS (("product"), ("region"), ()) ORDER BY grouping("region", "product") ASC, sum("quantity") ASC',
        rows: [
          { region: 'north', product: null, q: 6, level: 1 },
          { region: 'south', product: null, q: 30, level: 1 },
          { region: null, product: null, q: 100, level: 1 },
          { region: null, product: 'b', q: 12, level: 2 },
          { region: null, product: 'a', q: 24, level: 2 },
          { region: null, product: 'c', q: 100, level: 2 },
          { region: null, product: null, q: 136, level: 3 },
        ],
      },
    );
  });

  test('without keys are valid SQL', async ({ ctx }) => {
    await expectRows(
      ctx,
      sales.groupingSets(() => ({}), [[]]).annotate(() => ({ n: countAll() })),
      {
        text: 'SELECT count(*) FROM "sales" GROUP BY GROUPING SETS (())',
        rows: [{ n: 6 }],
      },
    );
  });

  emptyTest('of an empty table are one row', async ({ ctx }) => {
    const rows = await sales
      .rollup((s) => ({ region: s.region }))
      .annotate((s) => ({ n: countAll(), q: s.quantity.sum() }))
      .fetchAll(ctx);
    expect(rows).toEqual([{ region: null, n: 0, q: null }]);
  });
});

describe('terminals of groups', () => {
  const groups = byRegion.annotate((s) => ({ n: countAll(), q: s.quantity.sum() })).orderBy((g) => g.q.asc());

  test('are one statement each', async ({ ctx }) => {
    const cost = async (work: () => Promise<unknown>): Promise<unknown> => {
      const { result, statements, roundTrips } = await measureCost(work);
      expect([statements, roundTrips]).toEqual([1, 1]);
      return result;
    };
    expect(await cost(() => groups.first(ctx))).toEqual({ region: 'north', n: 3, q: 6 });
    expect(await cost(() => groups.having((g) => g.n.eq(2)).fetchOne(ctx))).toEqual({ region: 'south', n: 2, q: 30 });
    expect(await cost(() => groups.limit(1).count(ctx))).toBe(3);
    expect(await cost(() => groups.having((g) => g.n.gt(9)).exists(ctx))).toBe(false);
    expect(await cost(() => groups.exists(ctx))).toBe(true);
    expect(await cost(() => groups.explain(ctx))).toContain('Aggregate');
    expect(await cost(() => groups.explain(ctx, { format: 'json' }))).toMatchObject([{ Plan: {} }]);
  });

  test('count groups without computing anything of them', async ({ ctx }) => {
    sent();
    expect(await groups.having((g) => g.q.gt(6)).count(ctx)).toBe(2);
    expect(await groups.offset(3).exists(ctx)).toBe(false);
    expect(sent()).toEqual([
      {
        text: 'SELECT count(*) FROM (SELECT 1 FROM "sales" GROUP BY "region" HAVING sum("quantity") > $1) AS "sub"',
        values: [6],
        operation: 'count',
      },
      { text: 'SELECT EXISTS(SELECT 1 FROM "sales" GROUP BY "region" LIMIT 1 OFFSET $1)', values: [3n], operation: 'exists' },
    ]);
  });

  test('refuse no group and several where one is promised', async ({ ctx }) => {
    await expect(groups.fetchOne(ctx)).rejects.toMatchObject({ code: 'MULTIPLE_OBJECTS' });
    await expect(groups.having((g) => g.n.gt(9)).fetchOne(ctx)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await groups.having((g) => g.n.gt(9)).first(ctx)).toBe(null);
    expect(await groups.limit(0).first(ctx)).toBe(null);
  });

  test('stream inside a transaction', async ({ ctx }) => {
    const seen = await ctx.atomic(async (tx) => {
      const rows = [];
      for await (const row of groups.stream(tx, { batchSize: 2 })) rows.push(row.q);
      return rows;
    });
    expect(seen).toEqual([6, 30, 100]);
    expect(() => groups.stream(ctx)).toThrow(expect.objectContaining({ code: 'STREAM_OUTSIDE_TRANSACTION' }));
  });

  test('send nothing for a set without rows', async ({ ctx }) => {
    const none = sales
      .none()
      .rollup((s) => ({ region: s.region }))
      .annotate(() => ({ n: countAll() }));
    sent();
    expect(await none.fetchAll(ctx)).toEqual([]);
    expect(await none.first(ctx)).toBe(null);
    expect(await none.count(ctx)).toBe(0);
    expect(await none.exists(ctx)).toBe(false);
    await expect(none.fetchOne(ctx)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await ctx.atomic(async (tx) => {
      for await (const row of none.stream(tx)) expect(row).toBe('no row');
    });
    expect(sent().filter(({ operation }) => operation !== 'begin' && operation !== 'commit')).toEqual([]);
  });

  test('are not thenable, and building sends nothing', async () => {
    sent();
    expect(await (groups as unknown as Promise<unknown>)).toBe(groups);
    expect(sent()).toEqual([]);
  });
});

class PaidSale extends proxy(Sale, { filter: (s) => s.isPaid, orderBy: (s) => s.id.desc() }) {}

describe('a proxy', () => {
  test('is grouped and aggregated within its slice, whatever its ordering', async ({ ctx }) => {
    const rows = await query(PaidSale)
      .groupBy((s) => ({ product: s.product }))
      .annotate(() => ({ n: countAll() }))
      .orderBy((g) => g.product.asc())
      .fetchAll(ctx);
    expect(rows).toEqual([
      { product: 'a', n: 2 },
      { product: 'b', n: 1 },
      { product: 'c', n: 1 },
    ]);
    expect(await query(PaidSale).aggregate(ctx, () => countAll())).toBe(4);
    expect(
      (
        await query(PaidSale)
          .annotate(() => ({ n: countAll() }))
          .fetchAll(ctx)
      ).map(({ row, n }) => [row.id, n]),
    ).toEqual([
      [6, 4],
      [4, 4],
      [3, 4],
      [1, 4],
    ]);
  });
});
