// What users will try with groups and windows: scenarios 11 to 14 of the specification of queries.

import { countAll, grouping, rowNumber, f, model, pk } from '@djogi/core';
import { djogiTest, expectStatements } from '@djogi/testing';
import { expect } from 'vitest';
import { query } from '../../src/index.ts';

class Order extends model(
  'orders',
  { org: f.int(), region: f.text().nullable(), amount: f.int(), isPaid: f.boolean() },
  { pk: pk.serial() },
) {}
class Elephant extends model('elephants', { herd: f.text(), name: f.text(), score: f.int() }, { pk: pk.serial() }) {}

const test = djogiTest({ models: [Order, Elephant] });

test('the top five organisations by revenue above a bound come in one statement', async ({ ctx }) => {
  await query(Order).bulkCreate(
    ctx,
    Array.from({ length: 80 }, (_, at) => ({ org: at % 8, region: null, amount: (at % 8) * 10, isPaid: at % 5 !== 0 })),
  );
  const top = await expectStatements(1, () =>
    query(Order)
      .filter((o) => o.isPaid)
      .groupBy((o) => ({ org: o.org }))
      .annotate((o) => ({ n: countAll(), revenue: o.amount.sum() }))
      .having((g) => g.revenue.gt(250))
      .orderBy((g) => g.revenue.desc())
      .limit(5)
      .fetchAll(ctx),
  );
  expect(top).toEqual([
    { org: 7, n: 8, revenue: 560 },
    { org: 6, n: 8, revenue: 480 },
    { org: 5, n: 8, revenue: 400 },
    { org: 4, n: 8, revenue: 320 },
  ]);
});

test('each order comes with the running total of its organisation', async ({ ctx }) => {
  await query(Order).bulkCreate(
    ctx,
    [1, 2, 1, 2, 1].map((org, at) => ({ org, region: null, amount: at + 1, isPaid: true })),
  );
  const rows = await query(Order)
    .annotate((o) => ({ running: o.amount.sum().over({ partitionBy: [o.org], orderBy: [o.id.asc()] }) }))
    .orderBy((o) => o.id.asc())
    .fetchAll(ctx);
  expect(rows.map(({ row, running }) => [row.org, row.amount, running])).toEqual([
    [1, 1, 1],
    [2, 2, 2],
    [1, 3, 4],
    [2, 4, 6],
    [1, 5, 9],
  ]);
});

test('the best three of each herd come in one statement', async ({ ctx }) => {
  await query(Elephant).bulkCreate(
    ctx,
    Array.from({ length: 20 }, (_, at) => ({ herd: at % 2 === 0 ? 'east' : 'west', name: `e${at}`, score: (at * 7) % 20 })),
  );
  const best = await expectStatements(1, () =>
    query(Elephant)
      .annotate((e) => ({ place: rowNumber().over({ partitionBy: [e.herd], orderBy: [e.score.desc()] }) }))
      .qualify((a) => a.place.lte(3))
      .orderBy((a) => [a.herd.asc(), a.place.asc()])
      .fetchAll(ctx),
  );
  expect(best.map(({ row, place }) => [row.herd, row.score, place])).toEqual([
    ['east', 18, 1],
    ['east', 16, 2],
    ['east', 14, 3],
    ['west', 19, 1],
    ['west', 17, 2],
    ['west', 15, 3],
  ]);
});

test('a grand total has null for its keys, told from nulls in the data by grouping', async ({ ctx }) => {
  await query(Order).bulkCreate(ctx, [
    { org: 1, region: 'north', amount: 1, isPaid: true },
    { org: 1, region: null, amount: 2, isPaid: true },
  ]);
  const rows = await query(Order)
    .rollup((o) => ({ region: o.region }))
    .annotate((o, k) => ({ amount: o.amount.sum(), isTotal: grouping(k.region) }))
    .orderBy((g) => [g.isTotal.asc(), g.region.asc()])
    .fetchAll(ctx);
  expect(rows).toEqual([
    { region: 'north', amount: 1, isTotal: 0 },
    { region: null, amount: 2, isTotal: 0 },
    { region: null, amount: 3, isTotal: 1 },
  ]);
});

test('a sum over no rows is null, and a sum of int beyond 2^31 is right', async ({ ctx }) => {
  expect(await query(Order).aggregate(ctx, (o) => ({ amount: o.amount.sum(), n: countAll() }))).toEqual({ amount: null, n: 0 });
  await query(Order).bulkCreate(
    ctx,
    Array.from({ length: 4 }, () => ({ org: 1, region: null, amount: 2 ** 31 - 1, isPaid: true })),
  );
  expect(await query(Order).aggregate(ctx, (o) => o.amount.sum())).toBe(4 * (2 ** 31 - 1));
});
