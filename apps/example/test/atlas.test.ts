// The atlas against a database of its own: every question has an answer, and a database of an older version becomes one of this version.

import { djogiTest, expectStatements } from '@djogi/testing';
import { query } from '@djogi/query';
import { rawSql } from '@djogi/core/raw';
import { describe, expect } from 'vitest';
import { airports, cities, countries } from '../src/data.ts';
import { loadMissing } from '../src/load.ts';
import { Airport, City, Country } from '../src/models.ts';
import { sourceOf } from '../src/print.ts';
import { questions } from '../src/questions.ts';
import { makeTables } from '../src/tables.ts';

const empty = djogiTest({ models: [] });

/** Towns of the countries that the questions name, and every large city: enough for all answers but that of the countries with thousands of places. */
const NAMED = ['DK', 'EE', 'FI', 'IS', 'LT', 'LV', 'NO', 'SE', 'NC', 'NZ', 'PG', 'SB', 'FJ'];

describe('the atlas', () => {
  empty('answers every question', { timeout: 120_000 }, async ({ ctx }) => {
    expect(await makeTables(ctx, { mayReplace: false })).toEqual(['airports', 'cities', 'countries']);
    await query(Country).bulkCreate(ctx, countries());
    await query(Airport).bulkCreate(ctx, airports());
    await query(City).bulkCreate(
      ctx,
      cities().filter((city) => city.population! >= 100_000 || NAMED.includes(city.countryCode)),
    );
    const answers = new Map<string, number>();
    for (const { title, ask } of questions) answers.set(title, (await ask(ctx)).length);
    expect([...answers].filter(([, rows]) => rows === 0).map(([title]) => title)).toEqual([
      'Which countries have more than 4,000 places, and how are these spread over sizes?',
    ]);
  });

  empty('shows the TypeScript that asks, whole', () => {
    for (const { ask } of questions) expect(sourceOf(ask)).toMatch(/^(?:async )?\(ctx\) =>[^]*[)};]$/);
  });

  empty('keeps documents as the package has them, also what the schema does not know', async ({ ctx }) => {
    await makeTables(ctx, { mayReplace: false });
    await query(Country).bulkCreate(ctx, countries());
    const japan = await query(Country)
      .filter((c) => c.profile.translations.deu.common.eq('Japan'))
      .fetchOne(ctx);
    expect(japan.profile).toEqual(countries().find(({ code }) => code === 'JP')!.profile);
    expect(Object.keys(japan.profile.translations)).toContain('ita');
  });
});

describe('a second start', () => {
  empty('makes nothing, and loads nothing that is there', { timeout: 120_000 }, async ({ ctx }) => {
    await makeTables(ctx, { mayReplace: false });
    await query(Country).bulkCreate(ctx, countries().slice(0, 1));
    await query(City).bulkCreate(ctx, cities().slice(0, 1));
    await query(Airport).bulkCreate(ctx, airports().slice(0, 1));
    expect(await makeTables(ctx, { mayReplace: false })).toEqual([]);
    expect(await expectStatements(3, () => loadMissing(ctx))).toBe(0);
  });

  empty('over tables of an older version makes these anew, and keeps the others', async ({ ctx }) => {
    await makeTables(ctx, { mayReplace: false });
    await query(City).bulkCreate(ctx, cities().slice(0, 3));
    await rawSql(ctx, 'the table as it was before it had documents').script(
      'ALTER TABLE countries DROP COLUMN profile; DROP INDEX airports_name_idx',
    );
    expect(await makeTables(ctx, { mayReplace: true })).toEqual(['airports', 'countries']);
    expect(await query(City).count(ctx)).toBe(3);
    await query(Country).bulkCreate(ctx, countries().slice(0, 1));
    expect(await makeTables(ctx, { mayReplace: true })).toEqual([]);
  });

  empty('over tables that it may not replace says their names, and changes nothing', async ({ ctx }) => {
    await makeTables(ctx, { mayReplace: false });
    await rawSql(ctx, "somebody else's table of that name").script('ALTER TABLE countries DROP COLUMN profile; DROP TABLE airports');
    await expect(makeTables(ctx, { mayReplace: false })).rejects.toThrow(/countries\. Drop them/);
    await expect(query(Airport).exists(ctx)).rejects.toMatchObject({ sqlState: '42P01' });
  });
});
