// Loads what is not there yet. Each table is filled in one transaction: it is complete or empty, also when the program is stopped half-way.

import type { AnyModelClass, ModelSet } from '@djogi/query';
import { query } from '@djogi/query';
import type { Context, CreateOf } from '@djogi/core';
import { airports, cities, countries } from './data.ts';
import { Airport, City, Country } from './models.ts';
import { showProgress } from './progress.ts';

const BATCH = 10_000;

/** Fills the empty tables. Returns how many rows were loaded. */
export async function loadMissing(ctx: Context): Promise<number> {
  return (
    (await fill(ctx, 'countries', query(Country), countries)) +
    (await fill(ctx, 'cities', query(City), cities)) +
    (await fill(ctx, 'airports', query(Airport), airports))
  );
}

async function fill<Model extends AnyModelClass>(
  ctx: Context,
  label: string,
  set: ModelSet<Model, InstanceType<Model>>,
  read: () => CreateOf<Model>[],
): Promise<number> {
  if (await set.exists(ctx)) return 0;
  const rows = read(),
    progress = showProgress(label, rows.length);
  await ctx.atomic(async (tx) => {
    for (let start = 0; start < rows.length; start += BATCH) {
      await set.bulkCreate(tx, rows.slice(start, start + BATCH));
      progress.advance(Math.min(start + BATCH, rows.length));
    }
  });
  progress.finish();
  return rows.length;
}
