// Djogi as its guides would write it: ordinary code, nothing prepared by hand.

import { countAll, f, model, pgEnum, pk } from '@djogi/core';
import { createPool } from '@djogi/core/pool';
import { batched, query } from '@djogi/query';
import { foreignKey, hasMany } from '@djogi/relations';
import { entryAt, itemIdAt, listStartAt, ownerIdAt, ownerStartAt, quantityAt, STATUSES } from '../workload/rows.ts';
import { CONCURRENT_GETS, POOL_SIZE } from '../workload/workload.ts';
import type { Session } from './library.ts';
import { rowsFrom, upserted, upsertedRows } from './row-lists.ts';

const BenchStatus = pgEnum('bench_status', STATUSES);

const fields = () => ({
  ownerId: f.id(pk.heerIdDesc()),
  name: f.text(),
  note: f.text().nullable(),
  quantity: f.int(),
  isActive: f.boolean(),
  price: f.decimal(12, 2),
  token: f.uuid(),
  status: f.enum(BenchStatus),
  tags: f.array(f.text()),
  seenAt: f.timestamptz().nullable(),
});

export class Item extends model('items', fields()) {}
export class Owner extends model('owners', {
  name: f.text(),
  note: f.text().nullable(),
  get items() {
    return hasMany(OwnedItem, 'owner');
  },
}) {}
/** The same rows with the way to their owner. */
export class OwnedItem extends model(
  'items',
  (({ ownerId: _ownerId, ...others }) => ({ owner: foreignKey(Owner), ...others }))(fields()),
) {}
export class Entry extends model('entries', fields()) {}
export class Slot extends model('slots', { ...fields(), token: f.uuid().unique() }) {}

/** The keys of a generator are strings with a brand; the workloads have plain ones. */
const itemKey = (index: number): Item['id'] => itemIdAt(index) as Item['id'];

export async function openDjogi(url: string): Promise<Session> {
  const pool = await createPool({ url, max: POOL_SIZE });
  const ctx = pool.context();
  const bulk = (count: number) => (index: number) => query(Entry).bulkCreate(ctx, rowsFrom(index, count));
  return {
    operations: {
      get: async (index) => [await Item.get(ctx, itemKey(index))],
      page: (index) =>
        query(Item)
          .filter(
            (i) => i.ownerId.eq(ownerIdAt(index)),
            (i) => i.isActive.eq(true),
          )
          .orderBy((i) => i.createdAt.desc())
          .limit(50)
          .fetchAll(ctx),
      'list-1000': (index) => listFrom(index, 1000).fetchAll(ctx),
      'list-10000': (index) => listFrom(index, 10_000).fetchAll(ctx),
      'group-by': (index) =>
        query(Item)
          .filter((i) => i.ownerId.eq(ownerIdAt(index)))
          .groupBy((i) => ({ status: i.status, isActive: i.isActive }))
          .annotate((i) => ({
            n: countAll(),
            noted: i.note.count(),
            total: i.quantity.sum(),
            value: i.price.sum(),
            last: i.createdAt.max(),
          }))
          .having((g) => g.n.gt(10))
          .orderBy((g) => [g.total.desc(), g.status.asc(), g.isActive.asc()])
          .fetchAll(ctx),
      'nested-join': (index) => ownedFrom(index).selectRelated('owner').fetchAll(ctx),
      'nested-prefetch': (index) => ownedFrom(index).prefetch('owner').fetchAll(ctx),
      'nested-many': (index) =>
        query(Owner)
          .filter((o) => o.id.gte(ownerStartAt(index, 100) as Owner['id']))
          .orderBy((o) => o.id.asc())
          .limit(100)
          .prefetch('items', (items) => items.filter((i) => i.quantity.lt(20)).orderBy((i) => i.id.asc()))
          .fetchAll(ctx),
      insert: async (index) => [await Entry.create(ctx, entryAt(index))],
      'bulk-1000': bulk(1000),
      'bulk-10000': bulk(10_000),
      upsert: async (index) => {
        const { row, created } = await query(Slot).upsert(ctx, upserted(index), { conflict: ['token'] });
        return [row, { created }];
      },
      'upsert-1000': async (index) => {
        const results = await query(Slot).bulkUpsert(ctx, upsertedRows(index, 1000), { conflict: ['token'] });
        return results.map(({ row, created }) => Object.assign(row, { created }));
      },
      transaction: (index) =>
        ctx.atomic(async (tx) => {
          const item = await Item.get(tx, itemKey(index));
          const entry = await Entry.create(tx, entryAt(index));
          const changed = await Entry.update(tx, entry.id, { quantity: item.quantity });
          const other = await Item.find(tx, itemKey(index + 1));
          const count = await query(Entry)
            .filter((e) => e.id.eq(entry.id))
            .count(tx);
          return [item, changed, other!, { count }];
        }),
      'concurrent-gets': (index) =>
        Promise.all(Array.from({ length: CONCURRENT_GETS }, (_, at) => Item.get(ctx, itemKey(index * CONCURRENT_GETS + at)))),
      'batched-gets': (index) => {
        const items = batched(Item, ctx);
        return Promise.all(Array.from({ length: CONCURRENT_GETS }, (_, at) => items.get(itemKey(index * CONCURRENT_GETS + at))));
      },
      stream: (_index, visit) =>
        ctx.atomic(async (tx) => {
          for await (const row of query(Item)
            .orderBy((i) => i.id.asc())
            .stream(tx))
            visit?.(row);
          return null;
        }),
    },
    close: () => pool.close(),
  };
}

const listFrom = (index: number, length: number) =>
  query(Item)
    .filter((i) => i.id.gte(listStartAt(index, length) as Item['id']))
    .orderBy((i) => i.id.asc())
    .limit(length);

const ownedFrom = (index: number) =>
  query(OwnedItem)
    .filter((i) => i.quantity.between(quantityAt(index), quantityAt(index) + 4))
    .orderBy((i) => i.id.asc());
