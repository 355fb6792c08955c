// Aggregates as the value of a subquery.

import { countAll, mode, rowNumber } from '@djogi/core';
import { expect } from 'vitest';
import { query } from '../../src/index.ts';
import { expectRows, refusal, Sale, test } from '../support/sales.ts';

const sales = query(Sale);

test('a scalar subquery of an aggregate is over all its rows, correlated with those around it', async ({ ctx }) => {
  await expectRows(
    ctx,
    sales
      .orderBy((s) => s.id.asc())
      .select((s) => ({
        id: s.id,
        same: query(Sale)
          .filter((t) => t.product.eq(s.product))
          .asScalar(() => countAll()),
      })),
    {
      text: 'SELECT "sales"."id", (SELECT count(*) FROM "sales" AS "sales_2" WHERE "sales_2"."product" = "sales"."product") FROM "sales" ORDER BY "sales"."id" ASC',
      rows: [3, 2, 3, 2, 3, 1].map((same, at) => ({ id: at + 1, same })),
    },
  );
});

test('a filter compares with an aggregate of another set, and with any of the values of one', async ({ ctx }) => {
  const ids = async (set: typeof sales | ReturnType<typeof sales.filter>): Promise<number[]> =>
    (await set.orderBy((s) => s.id.asc()).fetchAll(ctx)).map(({ id }) => id);
  expect(await ids(sales.filter((s) => s.quantity.gt(query(Sale).asScalar((t) => t.quantity.sum().div(6)))))).toEqual([6]);
  expect(await ids(sales.filter((s) => s.quantity.in(query(Sale).asSubquery((t) => t.quantity.max()))))).toEqual([6]);
  expect(await ids(sales.filter((s) => s.product.eq(query(Sale).asScalar((t) => mode(t.product)))))).toEqual([1, 3, 5]);
});

test('an annotation and an aggregate hold a subquery', async ({ ctx }) => {
  const rows = await sales
    .annotate((s) => ({
      most: query(Sale)
        .filter((t) => t.product.eq(s.product))
        .asScalar((t) => t.quantity.max()),
      place: rowNumber().over({ orderBy: [s.id.asc()] }),
    }))
    .qualify((a) => a.place.lte(2).and(a.most.gt(5)))
    .orderBy((a) => [a.most.asc(), a.id.asc()])
    .fetchAll(ctx);
  expect(rows.map(({ row, most }) => [row.id, most])).toEqual([
    [2, 10],
    [1, 20],
  ]);
  expect(await sales.aggregate(ctx, (s) => s.quantity.sum().sub(query(Sale).asScalar((t) => t.quantity.max())))).toBe(36);
});

test('groups hold subqueries over their keys', async ({ ctx }) => {
  const rows = await sales
    .groupBy((s) => ({ product: s.product }))
    .annotate((s, k) => ({
      n: countAll(),
      paid: query(Sale)
        .filter(
          (t) => t.product.eq(k.product),
          (t) => t.isPaid,
        )
        .asScalar(() => countAll()),
    }))
    .having((g) => g.n.gt(g.paid))
    .orderBy((g) => g.product.asc())
    .fetchAll(ctx);
  expect(rows).toEqual([
    { product: 'a', n: 3, paid: 2 },
    { product: 'b', n: 2, paid: 1 },
  ]);
});

test('an aggregate in a subquery knows no limit, no order and no single rows', () => {
  const rule = (act: () => unknown): unknown => refusal(act)['rules'];
  expect(rule(() => sales.limit(1).asScalar((s) => s.quantity.sum()))).toEqual(['subquery']);
  expect(rule(() => sales.orderBy((s) => s.id.asc()).asScalar(() => countAll()))).toEqual(['subquery']);
  expect(rule(() => sales.asScalar((s) => s.quantity.add(countAll())))).toEqual(['ungrouped']);
  expect(rule(() => sales.asSubquery((s) => s.quantity.max().add(s.quantity)))).toEqual(['ungrouped']);
});

test('what was an aggregate inside is a plain value outside', () => {
  // @ts-expect-error it can no longer be told which rows
  expect(() => sales.asScalar((s) => s.quantity.sum()).filter(null)).toThrow(TypeError);
});
