// Queries by name: text, parameters and rows together; names; what a name may not hide.

import { countAll, exists } from '@djogi/core';
import { runtimeOf } from '@djogi/core/extension';
import { describe, expect } from 'vitest';
import { cte, query } from '../../src/index.ts';
import { CITY_COLUMNS, City, sent, test } from '../support/cities.ts';

const cities = query(City);
const large = cities.filter((c) => c.population.gt(500));
const textOf = (set: { toSql(): { text: string } }): string => set.toSql().text.replaceAll(CITY_COLUMNS, 'WHOLE');
const issue = (rule: string, path?: string): Error =>
  expect.objectContaining({
    code: 'VALIDATION',
    issues: [expect.objectContaining(path === undefined ? { rule } : { rule, path })],
  }) as Error;

describe('a cte', () => {
  test('is read like a table', async ({ ctx }) => {
    const set = query(cte('recent', large))
      .filter((c) => c.isCapital)
      .orderBy((c) => c.name.asc())
      .limit(5);
    expect(textOf(set)).toBe(
      'WITH "recent" AS (SELECT WHOLE FROM "cities" WHERE "population" > $1) SELECT WHOLE FROM "recent" WHERE "is_capital" ORDER BY "name" ASC LIMIT 5',
    );
    sent();
    const rows = await set.fetchAll(ctx);
    expect(sent()).toHaveLength(1);
    expect(rows.map((row) => row.label)).toEqual(['Oslo, NO', 'Quito, EC']);
    expect(rows[0]).toBeInstanceOf(City);
  });

  test('stands in a statement once, however often it is read', async ({ ctx }) => {
    const totals = cte(
      'totals',
      cities.groupBy((c) => ({ country: c.country })).annotate((c) => ({ people: c.population.sum() })),
    );
    const set = query(totals)
      .filter((t) => t.people.lt(query(totals).asScalar((o) => o.people.max())))
      .filter((t) => exists(query(totals).filter((o) => o.people.gt(t.people))))
      .orderBy((t) => t.country.asc());
    expect(set.toSql()).toEqual({
      text: 'WITH "totals" AS (SELECT "country", sum("population") AS "people" FROM "cities" GROUP BY "country") SELECT "totals"."country", "totals"."people" FROM "totals" WHERE "totals"."people" < (SELECT max("totals_2"."people") FROM "totals" AS "totals_2") AND EXISTS (SELECT 1 FROM "totals" AS "totals_3" WHERE "totals_3"."people" > "totals"."people") ORDER BY "totals"."country" ASC',
      values: [],
    });
    expect(await set.fetchAll(ctx)).toEqual([
      { country: 'GL', people: 20 },
      { country: 'NO', people: 990 },
    ]);
  });

  test('may be read only deep inside', async ({ ctx }) => {
    const named = cte(
      'big',
      large.select((c) => ({ of: c.country })),
    );
    const set = cities.filter((c) => c.country.in(query(named).asSubquery((b) => b.of))).select((c) => ({ name: c.name }));
    expect(set.toSql()).toEqual({
      text: 'WITH "big" AS (SELECT "country" AS "of" FROM "cities" WHERE "population" > $1) SELECT "cities"."name" FROM "cities" WHERE "cities"."country" IN (SELECT "big"."of" FROM "big")',
      values: [500],
    });
    expect(await set.count(ctx)).toBe(4);
  });

  test('may be made of others, which come before it', async ({ ctx }) => {
    const big = cte('big', large);
    const capitals = cte(
      'capitals',
      query(big).filter((c) => c.isCapital),
    );
    const set = query(capitals).filter((c) =>
      c.country.in(
        query(big)
          .filter((b) => b.climate.eq('tropical'))
          .asSubquery((b) => b.country),
      ),
    );
    expect(textOf(set)).toMatch(/^WITH "big" AS \(.*\), "capitals" AS \(SELECT WHOLE FROM "big" WHERE "is_capital"\) SELECT/);
    expect((await set.fetchAll(ctx)).map((row) => row.name)).toEqual(['Quito']);
  });

  test('may be combined sets, and an arm of them', async ({ ctx }) => {
    const either = cte('either', large.union(cities.filter((c) => c.climate.eq('polar'))));
    const set = query(either)
      .intersect(cities.filter((c) => c.isCapital))
      .orderBy((o) => o.name.asc());
    expect(textOf(set)).toBe(
      'WITH "either" AS ((SELECT WHOLE FROM "cities" WHERE "population" > $1) UNION (SELECT WHOLE FROM "cities" WHERE "climate" = $2)) (SELECT WHOLE FROM "either") INTERSECT (SELECT WHOLE FROM "cities" WHERE "is_capital") ORDER BY 4 ASC',
    );
    expect((await set.fetchAll(ctx)).map((row) => row.name)).toEqual(['Nuuk', 'Oslo', 'Quito']);
    expect(
      await cities
        .filter((c) => c.isCapital)
        .except(either)
        .count(ctx),
    ).toBe(0);
  });

  test('keeps its order and limit inside', async ({ ctx }) => {
    const top = cte('top', cities.orderBy((c) => c.population.desc()).limit(2));
    expect(textOf(query(top))).toBe(
      'WITH "top" AS (SELECT WHOLE FROM "cities" ORDER BY "population" DESC LIMIT 2) SELECT WHOLE FROM "top"',
    );
    expect(await query(top).aggregate(ctx, (c) => c.population.min())).toBe(1900);
  });

  test('answers every terminal in one statement', async ({ ctx }) => {
    const set = query(cte('big', large)).orderBy((c) => c.name.asc());
    await ctx.atomic(async (tx) => {
      sent();
      expect(await set.count(tx)).toBe(3);
      expect(await set.exists(tx)).toBe(true);
      expect((await set.first(tx))?.name).toBe('Guayaquil');
      const names: string[] = [];
      for await (const row of set.stream(tx)) names.push(row.name);
      expect(names).toEqual(['Guayaquil', 'Oslo', 'Quito']);
      expect(await set.explain(tx)).toContain('Seq Scan');
      const inner = 'WITH "big" AS (SELECT WHOLE FROM "cities" WHERE "population" > $1)';
      expect(
        sent()
          .map(({ text }) => text.replaceAll(CITY_COLUMNS, 'WHOLE'))
          .slice(0, 3),
      ).toEqual([
        `${inner} SELECT count(*) FROM "big"`,
        `${inner} SELECT EXISTS(SELECT 1 FROM "big" LIMIT 1)`,
        `${inner} SELECT WHOLE FROM "big" ORDER BY "name" ASC LIMIT 1`,
      ]);
    });
  });

  test('of none() sends nothing', async ({ ctx }) => {
    sent();
    expect(await query(cte('nothing', cities.none())).fetchAll(ctx)).toEqual([]);
    expect(sent()).toEqual([]);
  });

  test('has one text for many values, and another one for another name', () => {
    const text = (name: string, least: number): string =>
      query(
        cte(
          name,
          cities.filter((c) => c.population.gt(least)),
        ),
      ).toSql().text;
    const { shapes } = runtimeOf(City);
    text('a', 0);
    const before = shapes.size;
    expect(new Set([1, 2, 3].map((least) => text('a', least))).size).toBe(1);
    expect(shapes.size).toBe(before);
    expect(text('b', 1)).not.toBe(text('a', 1));
  });
});

describe('without a name', () => {
  test('the statement makes one for each', async ({ ctx }) => {
    const a = cte(large),
      b = cte(cities.filter((c) => c.isCapital));
    const set = query(a)
      .filter((c) => c.id.in(query(b).asSubquery((d) => d.id)))
      .filter((c) => exists(query(a).filter((d) => d.id.eq(c.id))));
    expect(textOf(set)).toMatch(/^WITH "__djogi_with_1" AS \(.*\), "__djogi_with_2" AS \(/);
    expect(textOf(set).match(/ AS \(SELECT/g)).toHaveLength(2);
    expect(await set.count(ctx)).toBe(2);
    expect(a.name).toBeNull();
  });
});

describe('materialized', () => {
  test('is said only where it was asked for', async ({ ctx }) => {
    for (const [materialized, text] of [
      [true, 'WITH "big" AS MATERIALIZED ('],
      [false, 'WITH "big" AS NOT MATERIALIZED ('],
      [undefined, 'WITH "big" AS ('],
    ] as const) {
      const set = query(cte('big', large, materialized === undefined ? {} : { materialized }));
      expect(set.toSql().text.startsWith(text)).toBe(true);
      expect(await set.count(ctx)).toBe(3);
    }
    expect(() => cte('big', large, { materialized: 'yes' as never })).toThrow(issue('type', 'materialized'));
  });
});

describe('a name', () => {
  test.for(['', '1a', 'a b', 'a"b', 'größe', 'a-b', 'x'.repeat(64), '__djogi_a', '__DJOGI_b', "a'; DROP TABLE cities"])(
    'is refused: %s',
    (name) => {
      expect(() => cte(name, large)).toThrow(issue('with'));
    },
  );
  test.for(['select', 'User', '_', 'x'.repeat(63)])('is quoted: %s', async (name, { ctx }) => {
    expect(await query(cte(name, large)).count(ctx)).toBe(3);
  });

  test('belongs to one query of a statement, whatever its case', () => {
    const set = query(cte('big', large)).filter((c) => c.id.in(query(cte('BIG', cities)).asSubquery((d) => d.id)));
    expect(() => set.toSql()).toThrow(issue('with', 'BIG'));
    const both = query(cte('big', large)).union(query(cte('big', large)));
    expect(() => both.toSql()).toThrow(issue('with', 'big'));
  });

  test('may not hide a table that the statement reads, its own included', () => {
    expect(() => query(cte('cities', large)).toSql()).toThrow(issue('with', 'cities'));
    const rows = cte('cities', query(cte('other', large)));
    expect(() => query(rows).toSql()).toThrow(issue('with', 'cities'));
  });
});

describe('what is refused', () => {
  test('rows that use the argument of a callback around them', () => {
    expect(() =>
      cities.filter((c) =>
        exists(
          query(
            cte(
              'same',
              cities.filter((d) => d.country.eq(c.country)),
            ),
          ),
        ),
      ),
    ).toThrow(issue('with', 'same'));
  });
  test('what has no rows with names', () => {
    expect(() =>
      cte(
        'a',
        cities.selectTuple((c) => [c.name]),
      ),
    ).toThrow(issue('rows'));
    expect(() => cte('a', cities.annotate(() => ({ n: countAll() })) as never)).toThrow(issue('rows'));
    expect(() => cte('a', City as never)).toThrow(issue('rows'));
    expect(() => cte(undefined as never)).toThrow(issue('rows'));
  });
  test('a field that the rows do not have', () => {
    const names = cte(
      'names',
      cities.select((c) => ({ name: c.name })),
    );
    expect(() => query(names).filter((n) => (n as any).country.eq('a'))).toThrow(issue('unknown_field', 'country'));
  });
  test('a bag of one reading of it in another', () => {
    const big = cte('big', large);
    let stray: any;
    query(big).filter((c) => ((stray = c), c.isCapital));
    expect(() => query(big).filter(() => stray.isCapital)).toThrow(issue('scope'));
  });
});
