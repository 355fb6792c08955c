// What inserts of the rows of a query let through and what not. Checked by `tsc`, never run.

import { countAll, f, model, pgEnum, pk, type Context, type StandardSchema } from '@djogi/core';
import { query, type InsertFrom, type InsertValues } from '../../src/index.ts';

const Stage = pgEnum('order_stage', ['open', 'done']);
declare const body: StandardSchema<{ lines: { sku: string; tags: string[] }[] }>;
class Order extends model(
  'orders',
  { title: f.text(), stage: f.enum(Stage), n: f.int(), note: f.text().nullable(), tags: f.array(f.text()) },
  { pk: pk.serial() },
) {}
class Archive extends model(
  'archive',
  {
    orderId: f.int().unique(),
    stage: f.enum(Stage),
    n: f.int(),
    note: f.text().nullable(),
    tags: f.array(f.text()).default([]),
    body: f.jsonb(body).nullable(),
    day: f.date().nullable(),
    revision: f.version(),
  },
  { pk: pk.serial() },
) {}
class Keyless extends model('keyless', { n: f.int() }, { pk: pk.none() }) {}
class Sku extends model('skus', { name: f.text() }, { pk: pk.custom({ name: 'sku', field: f.text() }) }) {}

type Same<Left, Right> = (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;
declare function same<Left>(): <Right>(right: Right, isSame: Same<Left, Right>) => void;
declare const ctx: Context;
declare const day: InsertValues<typeof Archive>['day'];

export async function compiles(): Promise<void> {
  const write = query(Order)
    .filter((o) => o.stage.eq('done'))
    .insertInto(Archive, (o) => ({ orderId: o.id, stage: 'open', n: o.n.add(1), note: null, tags: ['a', 'b'] }));
  same<InsertFrom<typeof Archive>>()(write, true);
  same<number>()(await write.execute(ctx), true);
  same<Archive[]>()(await write.returning(ctx), true);
  same<{ old: Archive | null; new: Archive }[]>()(await write.returningPairs(ctx), true);
  query(Order).insertInto(Archive, (o) => ({
    id: o.id,
    createdAt: o.createdAt,
    updatedAt: new Date(),
    orderId: 1,
    stage: o.stage,
    n: 1,
    note: o.note,
    tags: o.tags,
    day: null,
  }));
  query(Order).insertInto(Archive, () => ({ orderId: 1, stage: 'done', n: 1, body: { lines: [{ sku: 'a', tags: ['x'] }] } }));
  query(Order).insertInto(Keyless, (o) => ({ n: o.n }));
  query(Order).insertInto(Sku, (o) => ({ id: 'a', name: o.title }));
  write.onConflictDoNothing().onConflictDoNothing(['orderId']).onConflictDoNothing({ constraint: 'archive_order_id_key' });
  write
    .onConflictDoUpdate(
      ['orderId'],
      (stored, offered) => ({ n: stored.n.add(offered.n), stage: 'done', updatedAt: new Date() }),
      (stored, offered) => offered.n.gt(stored.n),
    )
    .toSql();
  query(Order)
    .groupBy((o) => ({ stage: o.stage }))
    .annotate(() => ({ n: countAll() }))
    .insertInto(Archive, (g) => ({ orderId: 1, stage: g.stage, n: g.n }));
  void day;
}

export function refused(): void {
  const orders = query(Order);
  // @ts-expect-error n is required
  orders.insertInto(Archive, (o) => ({ orderId: o.id, stage: 'open' }));
  // @ts-expect-error an unknown field
  orders.insertInto(Archive, (o) => ({ orderId: o.id, stage: 'open', n: 1, colour: 'red' }));
  // @ts-expect-error an unknown label
  orders.insertInto(Archive, (o) => ({ orderId: o.id, stage: 'ope', n: 1 }));
  // @ts-expect-error a value of another type
  orders.insertInto(Archive, (o) => ({ orderId: o.id, stage: 'open', n: 'x' }));
  // @ts-expect-error an expression of another type
  orders.insertInto(Archive, (o) => ({ orderId: o.id, stage: 'open', n: o.title }));
  // @ts-expect-error null where the field is never null
  orders.insertInto(Archive, (o) => ({ orderId: o.id, stage: 'open', n: null }));
  // @ts-expect-error an expression that may be null
  orders.insertInto(Order, (o) => ({ title: o.note, stage: 'open', n: 1, tags: [] }));
  // @ts-expect-error a version is never written
  orders.insertInto(Archive, (o) => ({ orderId: o.id, stage: 'open', n: 1, revision: 1 }));
  // @ts-expect-error undefined is no value
  orders.insertInto(Archive, (o) => ({ orderId: o.id, stage: 'open', n: 1, note: undefined }));
  // @ts-expect-error the caller supplies this key
  orders.insertInto(Sku, (o) => ({ name: o.title }));
  // @ts-expect-error no model
  orders.insertInto(class {}, () => ({}));
  // @ts-expect-error no function
  orders.insertInto(Keyless, { n: 1 });
  const groups = orders.groupBy((o) => ({ stage: o.stage })).annotate(() => ({ n: countAll() }));
  // @ts-expect-error a field of the rows is no field of the groups
  groups.insertInto(Keyless, (g) => ({ n: g.title }));
  const write = orders.insertInto(Keyless, (o) => ({ n: o.n }));
  // @ts-expect-error an unknown conflict field
  write.onConflictDoNothing(['m']);
  // @ts-expect-error the target is required
  write.onConflictDoUpdate(undefined, () => ({ n: 1 }));
  // @ts-expect-error a value of another type
  write.onConflictDoUpdate(['n'], () => ({ n: 'x' }));
  // @ts-expect-error the stored row is of the target
  write.onConflictDoUpdate(['n'], (stored) => ({ n: stored.title.length() }));
  // @ts-expect-error a write is not thenable
  write.then();
  // @ts-expect-error explaining a write never runs it
  void write.explain(ctx, { analyze: true });
}
