// What each operation costs, counted on the connection: statements and round trips, which are the same outside of transactions.

import { coalesce, countAll, f, model, pk, rowNumber, type Context, type Id } from '@djogi/core';
import { djogiTest, measureCost } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { cte, descendants, idempotent, query } from '../../src/index.ts';

type AccountId = Id<'heerIdDesc', string, 'accounts'>;
/** With the key that the database makes, a version and a stamp: all that writes see to besides what they are given. */
class Account extends model(
  'accounts',
  { slug: f.text().unique(), hits: f.int().default(0), parent: f.id<AccountId>(pk.heerIdDesc()).nullable(), revision: f.version() },
  { use: [idempotent('slug')] },
) {}

const test = djogiTest({ models: [Account] });

const all = query(Account);
const one = all.filter((a) => a.slug.eq('a0'));
const byHits = all.groupBy((a) => ({ hits: a.hits })).annotate(() => ({ n: countAll() }));
const rows = (count: number, prefix = 'b') => Array.from({ length: count }, (_, at) => ({ slug: `${prefix}${at}`, hits: at }));
const on = { conflict: ['slug'] } as const;

type Work = (ctx: Context, stored: readonly Account[]) => Promise<unknown>;
/** By what the specification calls it. Five rows are stored: a0 to a4. */
const costs: Readonly<Record<number, Readonly<Record<string, Work>>>> = {
  0: {
    'building and toSql': async () => [
      one.orderBy((a) => a.slug.asc()).toSql(),
      one.update({ hits: 1 }).toSql(),
      all.delete().toSql(),
      byHits.toSql(),
      all.union(one).toSql(),
      all.insertInto(Account, (a) => ({ slug: a.slug.concat('!') })).toSql(),
    ],
    'fetchAll of none': (ctx) => all.none().fetchAll(ctx),
    'count of none': (ctx) => all.none().count(ctx),
    'aggregate of none': (ctx) => all.none().aggregate(ctx, () => countAll()),
    'update of none': (ctx) => all.none().update({ hits: 1 }).execute(ctx),
    'update of an empty patch': (ctx) => all.update({}).execute(ctx),
    'delete of none': (ctx) => all.none().delete().returning(ctx),
    'a union of none and none': (ctx) => all.none().union(one.none()).fetchAll(ctx),
    'insertInto from none': (ctx) =>
      all
        .none()
        .insertInto(Account, (a) => ({ slug: a.slug }))
        .execute(ctx),
    'inBulk of no ids': (ctx) => all.inBulk(ctx, []),
    'bulkCreate of no rows': (ctx) => all.bulkCreate(ctx, []),
    'bulkUpsert of no rows': (ctx) => all.bulkUpsert(ctx, [], on),
    'bulkUpdateRows of no rows': (ctx) => all.bulkUpdateRows(ctx, [], { fields: ['hits'] }),
  },
  1: {
    fetchAll: (ctx) => all.fetchAll(ctx),
    fetchOne: (ctx) => one.fetchOne(ctx),
    first: (ctx) => all.first(ctx),
    fetchOptional: (ctx) => all.fetchOptional(ctx),
    last: (ctx) => all.orderBy((a) => a.slug.asc()).last(ctx),
    earliest: (ctx) => all.earliest(ctx, (a) => a.hits),
    latest: (ctx) => all.latest(ctx, (a) => a.hits),
    fetchPage: (ctx) => all.orderBy((a) => a.hits.asc()).fetchPage(ctx, { size: 2 }),
    count: (ctx) => all.count(ctx),
    countBig: (ctx) => all.countBig(ctx),
    exists: (ctx) => all.exists(ctx),
    contains: (ctx, [first]) => all.contains(ctx, first!),
    inBulk: (ctx, stored) =>
      all.inBulk(
        ctx,
        stored.map((row) => row.id),
      ),
    explain: (ctx) => all.explain(ctx),
    'a projection': (ctx) => all.select((a) => ({ slug: a.slug })).fetchAll(ctx),
    'only some columns': (ctx) => all.only('slug').fetchAll(ctx),
    aggregate: (ctx) => all.aggregate(ctx, (a) => ({ n: countAll(), most: a.hits.max() })),
    'aggregate of limited rows': (ctx) => all.limit(2).aggregate(ctx, () => countAll()),
    groups: (ctx) => byHits.fetchAll(ctx),
    'groups, the first': (ctx) => byHits.first(ctx),
    'groups, counted': (ctx) => byHits.count(ctx),
    annotate: (ctx) => all.annotate((a) => ({ n: rowNumber().over({ orderBy: [a.slug.asc()] }) })).fetchAll(ctx),
    qualify: (ctx) =>
      all
        .annotate((a) => ({ n: rowNumber().over({ orderBy: [a.slug.asc()] }) }))
        .qualify((a) => a.n.lte(2))
        .fetchAll(ctx),
    union: (ctx) => all.union(one).fetchAll(ctx),
    'union, the first': (ctx) => all.union(one).first(ctx),
    'union, counted': (ctx) => all.union(one).count(ctx),
    'a query over rows': (ctx) => query(byHits).fetchAll(ctx),
    'a cte': (ctx) => query(cte('some', all)).fetchAll(ctx),
    'a cte, asked whether it has rows': (ctx) => query(cte('some', all)).exists(ctx),
    'a walk': (ctx) => descendants(one, (a) => a.parent).fetchAll(ctx),
    'a walk, counted': (ctx) => descendants(one, (a) => a.parent).count(ctx),
    'a scalar subquery': (ctx) =>
      all
        .filter((a) =>
          a.hits.gte(
            coalesce(
              one.asScalar((b) => b.hits),
              0,
            ),
          ),
        )
        .fetchAll(ctx),
    update: (ctx) => all.update((a) => ({ hits: a.hits.add(1) })).execute(ctx),
    'update returning': (ctx) => all.update({ hits: 1 }).returning(ctx),
    'update returning pairs': (ctx) => all.update({ hits: 1 }).returningPairs(ctx),
    delete: (ctx) => all.delete().execute(ctx),
    'delete returning': (ctx) => all.delete().returning(ctx),
    'delete returning pairs': (ctx) => all.delete().returningPairs(ctx),
    'update of the rows of ids': (ctx, stored) =>
      all
        .filter((a) => a.id.in(stored.map((row) => row.id)))
        .update({ hits: 2 })
        .execute(ctx),
    bulkUpdateRows: (ctx, stored) =>
      all.bulkUpdateRows(
        ctx,
        stored.map(({ id }, at) => ({ id, hits: at })),
        { fields: ['hits'] },
      ),
    insertInto: (ctx) => all.insertInto(Account, (a) => ({ slug: a.slug.concat('!') })).execute(ctx),
    'insertInto returning, with a conflict': (ctx) =>
      all
        .insertInto(Account, (a) => ({ slug: a.slug }))
        .onConflictDoUpdate(['slug'], (t) => ({ hits: t.hits.add(1) }))
        .returning(ctx),
    // The ids of the rows come with their insert.
    'bulkCreate of one': (ctx) => all.bulkCreate(ctx, rows(1)),
    'bulkCreate of 2,000': (ctx) => all.bulkCreate(ctx, rows(2000)),
    'bulkCreate ignoring conflicts': (ctx) => all.bulkCreate(ctx, rows(10, 'a'), { ignoreConflicts: true }),
    upsert: (ctx) => all.upsert(ctx, { slug: 'a0', hits: 7 }, on),
    'bulkUpsert of 2,000': (ctx) => all.bulkUpsert(ctx, rows(2000, 'a'), on),
    'createOrFind of a new row': (ctx) => all.createOrFind(ctx, { slug: 'new' }),
    'getOrCreate of a row that is there': (ctx) => one.getOrCreate(ctx, () => ({ slug: 'a0' })),
  },
  2: {
    'createOrFind of a row that is there': (ctx) => all.createOrFind(ctx, { slug: 'a0' }),
    'getOrCreate of a new row': (ctx) => all.filter((a) => a.slug.eq('new')).getOrCreate(ctx, () => ({ slug: 'new' })),
    'updateOrCreate of a row that is there': (ctx) =>
      one.updateOrCreate(ctx, { create: () => ({ slug: 'a0' }), update: (row) => ({ hits: row.hits + 1 }) }),
    'updateOrCreate of a new row': (ctx) =>
      all.filter((a) => a.slug.eq('new')).updateOrCreate(ctx, { create: () => ({ slug: 'new' }), update: () => ({}) }),
  },
};

describe.each(Object.entries(costs))('%s round trips', (count, operations) => {
  test.for(Object.keys(operations))('%s', async (name, { ctx }) => {
    const stored = await all.bulkCreate(ctx, rows(5, 'a'));
    const { statements, roundTrips } = await measureCost(() => operations[name]!(ctx, stored));
    expect([statements, roundTrips]).toEqual([Number(count), Number(count)]);
  });
});

test('a write of a set costs the same in a transaction, besides its begin and end', async ({ ctx }) => {
  await all.bulkCreate(ctx, rows(5, 'a'));
  const { statements } = await measureCost(() => ctx.atomic((tx) => all.update({ hits: 1 }).returning(tx)));
  expect(statements).toBe(3);
});
