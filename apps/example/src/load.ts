// Loads what is not there yet. Each table is filled in one transaction: it is complete or empty, also when the program is stopped half-way.

import type { AnyModelClass, ModelSet } from '@djogi/query';
import { query } from '@djogi/query';
import type { Context, CreateOf } from '@djogi/core';
import { airports, borders, cities, countries } from './data.ts';
import { Airport, Border, City, Country } from './models.ts';
import { showProgress } from './progress.ts';

const BATCH = 10_000;

/** Fills the empty tables. Returns how many rows were loaded. */
export async function loadMissing(ctx: Context): Promise<number> {
  const loaded = [
    await fill(ctx, 'countries', query(Country), countries),
    await fill(ctx, 'borders', query(Border), async () => borders(await countryIds(ctx))),
    await fill(ctx, 'cities', query(City), cities),
    await fill(ctx, 'airports', query(Airport), airports),
  ];
  if (loaded.some((count) => count > 0)) await chooseCapitals(ctx);
  return loaded.reduce((sum, count) => sum + count, 0);
}

/** The ids of the countries by their three letters. */
async function countryIds(ctx: Context): Promise<ReadonlyMap<string, Country['id']>> {
  const rows = await query(Country)
    .select((c) => ({ id: c.id, code: c.code3 }))
    .fetchAll(ctx);
  return new Map(rows.map(({ id, code }) => [code, id]));
}

/** The capital of a country is the largest of its places that are marked as one. One statement for all countries. */
export function chooseCapitals(ctx: Context): Promise<number> {
  return query(Country)
    .update((c) => ({
      capitalId: query(City)
        .filter(
          (place) => place.country.id.eq(c.code),
          (place) => place.feature.eq('PPLC'),
        )
        .orderBy((place) => place.population.desc())
        .limit(1)
        .asScalar((place) => place.id),
    }))
    .execute(ctx);
}

async function fill<Model extends AnyModelClass>(
  ctx: Context,
  label: string,
  set: ModelSet<Model, InstanceType<Model>>,
  read: () => CreateOf<Model>[] | Promise<CreateOf<Model>[]>,
): Promise<number> {
  if (await set.exists(ctx)) return 0;
  const rows = await read(),
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
