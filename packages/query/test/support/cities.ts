// The models most tests of this package ask about, some rows of them, and a log of what was really sent.

import { f, model, pgEnum, pk, type Context, type CreateOf } from '@djogi/core';
import type { QueryEvent } from '@djogi/core/pool';
import { djogiTest, type TestFixtures } from '@djogi/testing';
import { expect, type TestAPI } from 'vitest';
import { query, type QuerySet } from '../../src/index.ts';

export const Climate = pgEnum('climate', ['polar', 'temperate', 'tropical']);

export class City extends model(
  'cities',
  {
    name: f.text(),
    country: f.text(),
    population: f.int(),
    area: f.double().nullable(),
    climate: f.enum(Climate).default('temperate'),
    isCapital: f.boolean().default(false),
    tags: f.array(f.text()).default([]),
  },
  { pk: pk.serial() },
) {
  get label(): string {
    return `${this.name}, ${this.country}`;
  }
}

/** Quoted, in order: what stands between SELECT and FROM. */
export const CITY_COLUMNS = '"id", "created_at", "updated_at", "name", "country", "population", "area", "climate", "is_capital", "tags"';

/** Five rows with ids 1 to 5. */
export const CITIES: readonly CreateOf<typeof City>[] = [
  { name: 'Oslo', country: 'NO', population: 700, area: 454, climate: 'temperate', isCapital: true, tags: ['fjord'] },
  { name: 'Bergen', country: 'NO', population: 290, area: 465, tags: ['fjord', 'rain'] },
  { name: 'Quito', country: 'EC', population: 1900, area: null, climate: 'tropical', isCapital: true },
  { name: 'Guayaquil', country: 'EC', population: 2700, area: 345, climate: 'tropical' },
  { name: 'Nuuk', country: 'GL', population: 20, area: null, climate: 'polar', isCapital: true, tags: ['fjord'] },
];

export interface Sent {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly operation: string;
  readonly context: string;
}

const log: Sent[] = [];
const onQuery = (event: QueryEvent): void => {
  if (event.operation !== 'raw')
    log.push({ text: event.sql, values: event.values ?? [], operation: event.operation, context: event.context });
};

/** What was sent since the last call, without raw SQL. */
export function sent(): Sent[] {
  return log.splice(0);
}

const base = djogiTest({ models: [City], pool: { onQuery, includeValues: true } });

/** A test with the five cities in its database. */
export const test: TestAPI<TestFixtures> = base.extend<{ cities: void }>({
  cities: [
    async ({ ctx }, use) => {
      await query(City).bulkCreate(ctx, CITIES);
      sent();
      await use();
    },
    { auto: true },
  ],
});

/**
 * Asks for the set's SQL and its rows: the text and the parameters must be the expected ones in `toSql` and on the wire, and so must the rows.
 * `WHOLE` in the text stands for all columns of the model.
 */
export async function expectQuery<Row>(
  ctx: Context,
  set: QuerySet<any, Row>,
  expected: { text: string; values: readonly unknown[]; rows: unknown },
  pick: (row: Row) => unknown = (row) => row,
): Promise<void> {
  const text = expected.text.replace('WHOLE', CITY_COLUMNS);
  expect(set.toSql()).toEqual({ text, values: expected.values });
  sent();
  const rows = await set.fetchAll(ctx);
  expect(sent()).toEqual([{ text, values: expected.values, operation: 'fetchAll', context: 'pool' }]);
  expect(rows.map(pick)).toEqual(expected.rows);
}

export const nameOf = (row: { name: string }): string => row.name;
