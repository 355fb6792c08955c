// What must and what must not compile of copyFrom and copyTo. Checked by `tsc`, never run.

import { countAll, f, model, pk, type Context } from '@djogi/core';
import { query, type CopyChunks } from '../../src/index.ts';

class City extends model('cities', {
  name: f.text(),
  population: f.int(),
  area: f.double().nullable(),
  tags: f.array(f.text()).default([]),
}) {}
class Reading extends model('readings', { value: f.double() }, { pk: pk.none(), timestamps: false }) {}

type Same<Left, Right> = (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;
declare function same<Left>(): <Right>(right: Right, isSame: Same<Left, Right>) => void;

declare const ctx: Context;
declare const ids: City['id'][];
declare function later<Item>(items: readonly Item[]): AsyncIterable<Item>;

const row = { name: 'Oslo', population: 700 };

export async function copying(): Promise<void> {
  same<number>()(await query(City).copyFrom(ctx, [row]), true);
  await query(City).copyFrom(ctx, new Set([row]));
  await query(City).copyFrom(ctx, later([row]), { ids: later(ids), signal: AbortSignal.timeout(1) });
  await query(City).copyFrom(ctx, [row], { ids });
  await query(City).copyFrom(ctx, [{ ...row, area: null, tags: ['a'] }]);

  // @ts-expect-error a required field is missing
  await query(City).copyFrom(ctx, [{ name: 'Oslo' }]);
  // @ts-expect-error a value of another type
  await query(City).copyFrom(ctx, [{ ...row, population: '700' }]);
  // @ts-expect-error no field of the model
  await query(City).copyFrom(ctx, [{ name: 'Oslo', population: 700, colour: 'red' }]);
  // @ts-expect-error one row is no rows
  await query(City).copyFrom(ctx, row);
  // @ts-expect-error ids of another kind
  await query(City).copyFrom(ctx, [row], { ids: [1] });
  // @ts-expect-error the model has no ids
  await query(Reading).copyFrom(ctx, [{ value: 1 }], { ids: ['1'] });
  const set = query(City).filter((c) => c.population.gt(1));
  // @ts-expect-error only the whole set takes rows
  await set.copyFrom(ctx, [row]);

  same<CopyChunks>()(set.copyTo(ctx), true);
  set.select((c) => ({ name: c.name })).copyTo(ctx, { format: 'text', header: true, delimiter: '|', null: '-' });
  set
    .groupBy((c) => ({ name: c.name }))
    .annotate(() => ({ n: countAll() }))
    .copyTo(ctx, { format: 'csv', forceQuote: true });
  for await (const piece of set.copyTo(ctx)) same<Uint8Array<ArrayBufferLike>>()(piece, true);
  same<number | null>()(set.copyTo(ctx).rowCount, true);

  // @ts-expect-error a format that COPY does not have
  set.copyTo(ctx, { format: 'json' });
  // @ts-expect-error pieces are bytes
  for await (const piece of set.copyTo(ctx)) piece.toUpperCase();
  // @ts-expect-error a context comes first
  set.copyTo({ format: 'csv' });
}
