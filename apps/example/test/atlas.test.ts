// The atlas against a database of its own: every question has an answer, and a database of an older version becomes one of this version.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Context, CreateOf } from '@djogi/core';
import { djogiTest, expectStatements } from '@djogi/testing';
import { query } from '@djogi/query';
import { rawSql } from '@djogi/core/raw';
import { describe, expect } from 'vitest';
import { airports, borders, cities, countries } from '../src/data.ts';
import { chooseCapitals, loadMissing } from '../src/load.ts';
import { Airport, Border, City, Country, CountryPublic } from '../src/models.ts';
import { sourceOf } from '../src/print.ts';
import { questions } from '../src/questions.ts';
import { atlasServer } from '../src/serve.ts';
import { makeTables } from '../src/tables.ts';

const empty = djogiTest({ models: [] });

/** Towns of the countries that the questions name, and every large city: enough for all answers but that of the countries with thousands of places. */
const NAMED = ['DK', 'EE', 'FI', 'IS', 'LT', 'LV', 'NO', 'SE', 'NC', 'NZ', 'PG', 'SB', 'FJ'];

const TABLES = ['airports', 'borders', 'cities', 'countries'];

async function fill(ctx: Context, places: CreateOf<typeof City>[]): Promise<void> {
  const rows = await query(Country).bulkCreate(ctx, countries());
  await query(Border).bulkCreate(ctx, borders(new Map(rows.map((row) => [row.code3, row.id]))));
  await query(City).bulkCreate(ctx, places);
  await query(Airport).bulkCreate(ctx, airports(places));
  await chooseCapitals(ctx);
}

describe('the atlas', () => {
  empty('answers every question', { timeout: 120_000 }, async ({ ctx }) => {
    expect(await makeTables(ctx, { mayReplace: false })).toEqual(TABLES);
    await fill(
      ctx,
      cities().filter((city) => city.population! >= 100_000 || city.feature === 'PPLC' || NAMED.includes(city.countryId)),
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

describe('relations of the atlas', () => {
  empty('lead over borders from both sides, to capitals and to the nearest place', { timeout: 120_000 }, async ({ ctx }) => {
    await makeTables(ctx, { mayReplace: false });
    await fill(
      ctx,
      cities().filter((city) => city.feature === 'PPLC' || city.countryId === 'LU'),
    );
    const lanka = await query(Country)
      .filter((c) => c.code.eq('LK'))
      .prefetch('neighbours')
      .selectRelated('capital')
      .fetchOne(ctx);
    expect(lanka.neighbours.map((n) => n.code)).toEqual(['IN']);
    const findel = await query(Airport)
      .filter((a) => a.icao.eq('ELLX'))
      .select((a) => ({ of: a.country.to.capital.to.name, nearest: a.nearest.to.country.id }))
      .fetchOne(ctx);
    expect(findel).toEqual({ of: 'Luxembourg', nearest: 'LU' });
    expect(
      await query(Country)
        .filter((c) => c.capital.id.isNotNull())
        .count(ctx),
    ).toBeGreaterThan(190);
  });
  empty('are served to each audience as JSON, and to nobody more', { timeout: 120_000 }, async ({ ctx }) => {
    await makeTables(ctx, { mayReplace: false });
    await fill(
      ctx,
      cities().filter((city) => city.feature === 'PPLC'),
    );
    const server = atlasServer(ctx, { adminToken: 'keeper' }).listen(0, '127.0.0.1');
    try {
      await once(server, 'listening');
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const open = await (await fetch(`${base}/countries/lu`)).json();
      expect(
        CountryPublic.parse(open)
          .neighbours.map((n) => n.code)
          .sort(),
      ).toEqual(['BE', 'DE', 'FR']);
      expect(Object.keys(open as object)).not.toContain('officialName');
      const admin = { headers: { authorization: 'Bearer keeper' } };
      expect(await (await fetch(`${base}/admin/countries/LU`, admin)).json()).toMatchObject({
        officialName: 'Grand Duchy of Luxembourg',
        isCoastal: false,
        capital: { feature: 'PPLC' },
      });
      expect((await fetch(`${base}/admin/countries/LU`)).status).toBe(401);
      expect((await fetch(`${base}/countries/ZZ`)).status).toBe(404);
      expect((await fetch(`${base}/elsewhere`)).status).toBe(404);
    } finally {
      server.close();
    }
  });
});

describe('a second start', () => {
  empty('makes nothing, and loads nothing that is there', { timeout: 120_000 }, async ({ ctx }) => {
    await makeTables(ctx, { mayReplace: false });
    await fill(
      ctx,
      cities().filter((city) => city.countryId === 'LU'),
    );
    expect(await makeTables(ctx, { mayReplace: false })).toEqual([]);
    expect(await expectStatements(4, () => loadMissing(ctx))).toBe(0);
  });

  empty('over a table of an older version makes all of them anew, since they refer to each other', async ({ ctx }) => {
    await makeTables(ctx, { mayReplace: false });
    await rawSql(ctx, 'the table as it was before it had documents').script('ALTER TABLE countries DROP COLUMN profile');
    expect(await makeTables(ctx, { mayReplace: true })).toEqual(TABLES);
    await query(Country).bulkCreate(ctx, countries().slice(0, 1));
    expect(await makeTables(ctx, { mayReplace: true })).toEqual([]);
    expect(await query(Country).count(ctx)).toBe(1);
  });

  empty('over tables that it may not replace says their names, and changes nothing', async ({ ctx }) => {
    await makeTables(ctx, { mayReplace: false });
    await rawSql(ctx, "somebody else's table of that name").script('ALTER TABLE countries DROP COLUMN profile; DROP TABLE airports');
    await expect(makeTables(ctx, { mayReplace: false })).rejects.toThrow(/countries\. Drop them/);
    await expect(query(Airport).exists(ctx)).rejects.toMatchObject({ sqlState: '42P01' });
  });
});
