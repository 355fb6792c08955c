import { and, not, or, type NumberExpr } from '@djogi/core';
import { describe, expect } from 'vitest';
import { query } from '../../src/index.ts';
import { City, CITY_COLUMNS, expectQuery, nameOf, sent, test } from '../support/cities.ts';

const byName = query(City).orderBy((c) => c.name.asc());

describe('a whole set', () => {
  test('names every column, and no filter, order or limit', async ({ ctx }) => {
    await expectQuery(
      ctx,
      query(City),
      { text: 'SELECT WHOLE FROM "cities"', values: [], rows: ['Oslo', 'Bergen', 'Quito', 'Guayaquil', 'Nuuk'] },
      nameOf,
    );
  });

  test('gives rows that are instances of the model', async ({ ctx }) => {
    const [row] = await query(City).fetchAll(ctx);
    expect(row).toBeInstanceOf(City);
    expect(row!.label).toBe('Oslo, NO');
    expect(Object.keys(row!)).toEqual([
      'id',
      'createdAt',
      'updatedAt',
      'name',
      'country',
      'population',
      'area',
      'climate',
      'isCapital',
      'tags',
    ]);
  });
});

describe('filter', () => {
  test('joins several predicates and several calls with AND', async ({ ctx }) => {
    await expectQuery(
      ctx,
      byName
        .filter(
          (c) => c.country.eq('EC'),
          (c) => c.isCapital,
        )
        .filter((c) => c.population.gte(1000)),
      {
        text: 'SELECT WHOLE FROM "cities" WHERE "country" = $1 AND "is_capital" AND "population" >= $2 ORDER BY "name" ASC',
        values: ['EC', 1000],
        rows: ['Quito'],
      },
      nameOf,
    );
  });

  test('parenthesises an OR under an AND and never a single leaf', async ({ ctx }) => {
    await expectQuery(
      ctx,
      byName.filter((c) => or(c.country.eq('NO'), c.country.eq('GL'))).filter((c) => and(c.isCapital)),
      {
        text: 'SELECT WHOLE FROM "cities" WHERE ("country" = $1 OR "country" = $2) AND "is_capital" ORDER BY "name" ASC',
        values: ['NO', 'GL'],
        rows: ['Nuuk', 'Oslo'],
      },
      nameOf,
    );
  });

  test('of nothing leaves the set as it is', async ({ ctx }) => {
    await expectQuery(
      ctx,
      byName.filter().filter(() => and()),
      { text: 'SELECT WHOLE FROM "cities" ORDER BY "name" ASC', values: [], rows: ['Bergen', 'Guayaquil', 'Nuuk', 'Oslo', 'Quito'] },
      nameOf,
    );
  });

  test('emits an OR of nothing as FALSE and asks the server', async ({ ctx }) => {
    await expectQuery(
      ctx,
      query(City).filter(() => or()),
      { text: 'SELECT WHOLE FROM "cities" WHERE FALSE', values: [], rows: [] },
    );
  });

  test('compares columns with each other', async ({ ctx }) => {
    await expectQuery(
      ctx,
      byName.filter(
        (c) => c.population.lt(c.population.sub(1).mul(2)),
        (c) => c.name.gt(c.country),
      ),
      {
        text: 'SELECT WHOLE FROM "cities" WHERE "population" < ("population" - $1) * $2 AND "name" > "country" ORDER BY "name" ASC',
        values: [1, 2],
        rows: ['Guayaquil', 'Nuuk', 'Oslo', 'Quito'],
      },
      nameOf,
    );
  });

  test('binds one array for any list', async ({ ctx }) => {
    await expectQuery(
      ctx,
      byName.filter(
        (c) => c.name.in(new Set(['Oslo', 'Nuuk'])),
        (c) => c.population.notIn([1, 1, 2]),
      ),
      {
        text: 'SELECT WHOLE FROM "cities" WHERE "name" = ANY($1::text[]) AND "population" <> ALL($2::integer[]) ORDER BY "name" ASC',
        values: [
          ['Oslo', 'Nuuk'],
          [1, 2],
        ],
        rows: ['Nuuk', 'Oslo'],
      },
      nameOf,
    );
  });

  test('matches nothing in an empty list and everything outside one', async ({ ctx }) => {
    expect(
      await query(City)
        .filter((c) => c.name.in([]))
        .count(ctx),
    ).toBe(0);
    expect(
      await query(City)
        .filter((c) => c.name.notIn([]))
        .count(ctx),
    ).toBe(5);
  });

  test('tests for null by the literal null', async ({ ctx }) => {
    await expectQuery(
      ctx,
      byName.filter((c) => c.area.eq(null)),
      { text: 'SELECT WHOLE FROM "cities" WHERE "area" IS NULL ORDER BY "name" ASC', values: [], rows: ['Nuuk', 'Quito'] },
      nameOf,
    );
    await expectQuery(
      ctx,
      byName.filter(
        (c) => c.area.neq(null),
        (c) => c.area.lt(400),
      ),
      {
        text: 'SELECT WHOLE FROM "cities" WHERE "area" IS NOT NULL AND "area" < $1 ORDER BY "name" ASC',
        values: [400],
        rows: ['Guayaquil'],
      },
      nameOf,
    );
  });

  test('treats null as a value where it is asked to', async ({ ctx }) => {
    await expectQuery(
      ctx,
      byName.filter((c) => c.area.isDistinctFrom(454)),
      {
        text: 'SELECT WHOLE FROM "cities" WHERE "area" IS DISTINCT FROM $1 ORDER BY "name" ASC',
        values: [454],
        rows: ['Bergen', 'Guayaquil', 'Nuuk', 'Quito'],
      },
      nameOf,
    );
    expect((await byName.filter((c) => c.area.neq(454)).fetchAll(ctx)).map(nameOf)).toEqual(['Bergen', 'Guayaquil']);
  });

  test('searches text with escaped wildcards', async ({ ctx }) => {
    await expectQuery(
      ctx,
      byName.filter(
        (c) => c.name.icontains('UAY'),
        (c) => c.name.startsWith('G%'),
      ),
      {
        text: 'SELECT WHOLE FROM "cities" WHERE "name" ILIKE $1 AND "name" LIKE $2 ORDER BY "name" ASC',
        values: ['%UAY%', 'G\\%%'],
        rows: [],
      },
    );
    await expectQuery(
      ctx,
      byName.filter((c) => c.name.iexact('oslo')),
      { text: 'SELECT WHOLE FROM "cities" WHERE lower("name") = lower($1::text) ORDER BY "name" ASC', values: ['oslo'], rows: ['Oslo'] },
      nameOf,
    );
  });

  test('asks arrays and enums', async ({ ctx }) => {
    await expectQuery(
      ctx,
      byName.filter(
        (c) => c.tags.contains(['fjord']),
        (c) => c.climate.gte('temperate'),
        (c) => c.tags.len().eq(1),
      ),
      {
        text: 'SELECT WHOLE FROM "cities" WHERE "tags" @> $1 AND "climate" >= $2 AND cardinality("tags") = $3 ORDER BY "name" ASC',
        values: [['fjord'], 'temperate', 1],
        rows: ['Oslo'],
      },
      nameOf,
    );
  });
});

describe('exclude', () => {
  test('negates each predicate and skips the rows where it is NULL', async ({ ctx }) => {
    await expectQuery(
      ctx,
      byName.exclude(
        (c) => c.area.gt(460),
        (c) => c.country.eq('EC'),
      ),
      {
        text: 'SELECT WHOLE FROM "cities" WHERE NOT "area" > $1 AND NOT "country" = $2 ORDER BY "name" ASC',
        values: [460, 'EC'],
        rows: ['Oslo'],
      },
      nameOf,
    );
  });

  test('negates a whole connective', async ({ ctx }) => {
    await expectQuery(
      ctx,
      byName.exclude((c) => or(c.country.eq('NO'), not(c.isCapital))),
      {
        text: 'SELECT WHOLE FROM "cities" WHERE NOT ("country" = $1 OR NOT "is_capital") ORDER BY "name" ASC',
        values: ['NO'],
        rows: ['Nuuk', 'Quito'],
      },
      nameOf,
    );
  });
});

describe('ordering', () => {
  test('appends, and reorder replaces', async ({ ctx }) => {
    const ordered = query(City)
      .orderBy((c) => c.country.asc())
      .orderBy((c) => [c.population.desc(), c.id.asc()]);
    await expectQuery(
      ctx,
      ordered,
      {
        text: 'SELECT WHOLE FROM "cities" ORDER BY "country" ASC, "population" DESC, "id" ASC',
        values: [],
        rows: ['Guayaquil', 'Quito', 'Nuuk', 'Oslo', 'Bergen'],
      },
      nameOf,
    );
    await expectQuery(
      ctx,
      ordered.reorder((c) => c.id.desc()),
      { text: 'SELECT WHOLE FROM "cities" ORDER BY "id" DESC', values: [], rows: ['Nuuk', 'Guayaquil', 'Quito', 'Bergen', 'Oslo'] },
      nameOf,
    );
    expect(ordered.reorder(() => []).toSql().text).not.toContain('ORDER BY');
  });

  test('leaves nulls to Postgres unless told where they go', async ({ ctx }) => {
    const areas = query(City).select((c) => ({ area: c.area }));
    const of = (row: { area: number | null }): number | null => row.area;
    await expectQuery(
      ctx,
      areas.orderBy((c) => c.area.asc()),
      { text: 'SELECT "area" FROM "cities" ORDER BY "area" ASC', values: [], rows: [345, 454, 465, null, null] },
      of,
    );
    await expectQuery(
      ctx,
      areas.orderBy((c) => c.area.desc()),
      { text: 'SELECT "area" FROM "cities" ORDER BY "area" DESC', values: [], rows: [null, null, 465, 454, 345] },
      of,
    );
    await expectQuery(
      ctx,
      areas.orderBy((c) => c.area.asc().nullsFirst()),
      { text: 'SELECT "area" FROM "cities" ORDER BY "area" ASC NULLS FIRST', values: [], rows: [null, null, 345, 454, 465] },
      of,
    );
    await expectQuery(
      ctx,
      areas.orderBy((c) => c.area.desc().nullsLast()),
      { text: 'SELECT "area" FROM "cities" ORDER BY "area" DESC NULLS LAST', values: [], rows: [465, 454, 345, null, null] },
      of,
    );
  });

  test('takes any expression, with its parameters after those of WHERE', async ({ ctx }) => {
    await expectQuery(
      ctx,
      query(City)
        .orderBy((c) => [c.population.mod(100).asc(), c.name.lower().asc()])
        .filter((c) => c.population.gt(100)),
      {
        text: 'SELECT WHOLE FROM "cities" WHERE "population" > $1 ORDER BY "population" % $2 ASC, lower("name") ASC',
        values: [100, 100],
        rows: ['Guayaquil', 'Oslo', 'Quito', 'Bergen'],
      },
      nameOf,
    );
  });

  test('takes a predicate: false before true, unless it descends', async ({ ctx }) => {
    const large = query(City).orderBy((c) => [c.area.gt(400).desc().nullsLast(), c.name.asc()]);
    expect((await large.fetchAll(ctx)).map(nameOf)).toEqual(['Bergen', 'Oslo', 'Guayaquil', 'Nuuk', 'Quito']);
    expect(sent()).toMatchObject([
      { text: `SELECT ${CITY_COLUMNS} FROM "cities" ORDER BY "area" > $1 DESC NULLS LAST, "name" ASC`, values: [400] },
    ]);
    const small = query(City).orderBy((c) => [c.area.gt(400).asc(), c.name.asc()]);
    expect((await small.fetchAll(ctx)).map(nameOf)).toEqual(['Guayaquil', 'Bergen', 'Oslo', 'Nuuk', 'Quito']);
  });

  test('orders an enum by its declaration, not by its spelling', async ({ ctx }) => {
    const rows = await query(City)
      .orderBy((c) => [c.climate.asc(), c.id.asc()])
      .fetchAll(ctx);
    expect(rows.map((row) => row.climate)).toEqual(['polar', 'temperate', 'temperate', 'tropical', 'tropical']);
  });
});

describe('limit and offset', () => {
  test('write a small limit into the text and the offset as a parameter', async ({ ctx }) => {
    await expectQuery(
      ctx,
      byName.limit(2).offset(1),
      { text: 'SELECT WHOLE FROM "cities" ORDER BY "name" ASC LIMIT 2 OFFSET $1', values: [1n], rows: ['Guayaquil', 'Nuuk'] },
      nameOf,
    );
  });

  test('replace earlier ones', async ({ ctx }) => {
    await expectQuery(
      ctx,
      byName.limit(2).offset(1).offset(0n).limit(1n),
      { text: 'SELECT WHOLE FROM "cities" ORDER BY "name" ASC LIMIT 1 OFFSET $1', values: [0n], rows: ['Bergen'] },
      nameOf,
    );
  });

  test('bind a limit above 1,000, up to 2^63 - 1', async ({ ctx }) => {
    await expectQuery(ctx, byName.limit(1000), {
      text: 'SELECT WHOLE FROM "cities" ORDER BY "name" ASC LIMIT 1000',
      values: [],
      rows: expect.any(Array),
    });
    await expectQuery(
      ctx,
      byName.limit(1001).offset(4),
      { text: 'SELECT WHOLE FROM "cities" ORDER BY "name" ASC LIMIT $1 OFFSET $2', values: [1001n, 4n], rows: ['Quito'] },
      nameOf,
    );
    await expectQuery(ctx, byName.limit(2n ** 63n - 1n), {
      text: 'SELECT WHOLE FROM "cities" ORDER BY "name" ASC LIMIT $1',
      values: [2n ** 63n - 1n],
      rows: expect.any(Array),
    });
  });

  test('allow a limit of zero, and run', async ({ ctx }) => {
    await expectQuery(ctx, query(City).limit(0), { text: 'SELECT WHOLE FROM "cities" LIMIT 0', values: [], rows: [] });
  });
});

describe('distinct', () => {
  test('drops equal rows', async ({ ctx }) => {
    await expectQuery(
      ctx,
      query(City)
        .select((c) => ({ country: c.country }))
        .distinct()
        .orderBy((c) => c.country.asc()),
      {
        text: 'SELECT DISTINCT "country" FROM "cities" ORDER BY "country" ASC',
        values: [],
        rows: [{ country: 'EC' }, { country: 'GL' }, { country: 'NO' }],
      },
    );
    await expectQuery(
      ctx,
      byName.distinct(),
      {
        text: 'SELECT DISTINCT WHOLE FROM "cities" ORDER BY "name" ASC',
        values: [],
        rows: ['Bergen', 'Guayaquil', 'Nuuk', 'Oslo', 'Quito'],
      },
      nameOf,
    );
  });

  test('repeats one placeholder where one expression is repeated', async ({ ctx }) => {
    // DISTINCT wants the ordering among what is selected, and to the server $1 and $2 are two expressions.
    const set = query(City);
    let hundreds: NumberExpr<number>;
    const shaped = set
      .select((c) => ({ hundreds: (hundreds = c.population.div(100)) }))
      .distinct()
      .orderBy(() => hundreds.asc());
    await expectQuery(
      ctx,
      shaped,
      { text: 'SELECT DISTINCT "population" / $1 FROM "cities" ORDER BY "population" / $1 ASC', values: [100], rows: [0, 2, 7, 19, 27] },
      (row) => row.hundreds,
    );
  });

  test('on expressions keeps the first row of each group', async ({ ctx }) => {
    const largest = query(City)
      .distinctOn((c) => c.country)
      .orderBy((c) => [c.country.asc(), c.population.desc()]);
    await expectQuery(
      ctx,
      largest,
      {
        text: 'SELECT DISTINCT ON ("country") WHOLE FROM "cities" ORDER BY "country" ASC, "population" DESC',
        values: [],
        rows: ['Guayaquil', 'Nuuk', 'Oslo'],
      },
      nameOf,
    );
  });

  test('on several expressions takes them in any leading order, or an ordering that ends before them', async ({ ctx }) => {
    const both = query(City).distinctOn((c) => [c.country, c.isCapital]);
    await expectQuery(
      ctx,
      both.orderBy((c) => [c.isCapital.asc(), c.country.asc(), c.name.asc()]),
      {
        text: 'SELECT DISTINCT ON ("country", "is_capital") WHOLE FROM "cities" ORDER BY "is_capital" ASC, "country" ASC, "name" ASC',
        values: [],
        rows: ['Guayaquil', 'Bergen', 'Quito', 'Nuuk', 'Oslo'],
      },
      nameOf,
    );
    await expectQuery(
      ctx,
      both.orderBy((c) => c.country.desc()),
      {
        text: 'SELECT DISTINCT ON ("country", "is_capital") WHOLE FROM "cities" ORDER BY "country" DESC',
        values: [],
        rows: ['NO', 'NO', 'GL', 'EC', 'EC'],
      },
      (row) => row.country,
    );
    expect(await both.fetchAll(ctx)).toHaveLength(5);
  });

  test('and distinctOn replace each other', () => {
    expect(
      query(City)
        .distinct()
        .distinctOn((c) => c.country)
        .toSql().text,
    ).toBe(`SELECT DISTINCT ON ("country") ${CITY_COLUMNS} FROM "cities"`);
    expect(
      query(City)
        .distinctOn((c) => c.country)
        .distinct()
        .toSql().text,
    ).toBe(`SELECT DISTINCT ${CITY_COLUMNS} FROM "cities"`);
  });
});

describe('select', () => {
  test('gives objects of the chosen expressions', async ({ ctx }) => {
    await expectQuery(
      ctx,
      byName
        .filter((c) => c.population.gt(1000))
        .select((c) => ({ city: c.name, thousands: c.population.div(1000), isLarge: c.population.gte(2000), size: c.tags.len() })),
      {
        text: 'SELECT "name", "population" / $1, "population" >= $2, cardinality("tags") FROM "cities" WHERE "population" > $3 ORDER BY "name" ASC',
        values: [1000, 2000, 1000],
        rows: [
          { city: 'Guayaquil', thousands: 2, isLarge: true, size: 0 },
          { city: 'Quito', thousands: 1, isLarge: false, size: 0 },
        ],
      },
    );
  });

  test('gives plain objects with the keys in the order they were written', async ({ ctx }) => {
    const [row] = await byName.select((c) => ({ b: c.name, a: c.country, ['__proto__']: c.population })).fetchAll(ctx);
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
    expect(Object.keys(row!)).toEqual(['b', 'a', '__proto__']);
    expect(Object.getOwnPropertyDescriptor(row, '__proto__')?.value).toBe(290);
  });

  test('gives the last of two selections', async ({ ctx }) => {
    await expectQuery(
      ctx,
      byName
        .select((c) => ({ a: c.name }))
        .selectTuple((c) => [c.country])
        .limit(1),
      { text: 'SELECT "country" FROM "cities" ORDER BY "name" ASC LIMIT 1', values: [], rows: [['NO']] },
    );
  });

  test('decodes each expression by its own kind', async ({ ctx }) => {
    const row = await query(City)
      .orderBy((c) => c.id.asc())
      .select((c) => ({ id: c.id, created: c.createdAt, climate: c.climate, tags: c.tags, area: c.area }))
      .first(ctx);
    expect(row).toEqual({ id: 1, created: expect.any(Date) as Date, climate: 'temperate', tags: ['fjord'], area: 454 });
  });

  test('tuples give arrays', async ({ ctx }) => {
    await expectQuery(
      ctx,
      byName.limit(2).selectTuple((c) => [c.name, c.area, c.name.length()]),
      {
        text: 'SELECT "name", "area", char_length("name") FROM "cities" ORDER BY "name" ASC LIMIT 2',
        values: [],
        rows: [
          ['Bergen', 465, 6],
          ['Guayaquil', 345, 9],
        ],
      },
    );
  });

  test('under two sets of names never shares rows', async ({ ctx }) => {
    const one = await byName.select((c) => ({ first: c.name, second: c.country })).first(ctx);
    const other = await byName.select((c) => ({ second: c.name, first: c.country })).first(ctx);
    const tuple = await byName.selectTuple((c) => [c.name, c.country]).first(ctx);
    expect([one, other, tuple]).toEqual([{ first: 'Bergen', second: 'NO' }, { second: 'Bergen', first: 'NO' }, ['Bergen', 'NO']]);
  });
});

describe('a set', () => {
  test('is never changed by what is derived from it', async ({ ctx }) => {
    const base = query(City).filter((c) => c.isCapital);
    const before = base.toSql();
    const large = base.filter((c) => c.population.gt(500)).orderBy((c) => c.name.asc());
    const small = base.exclude((c) => c.population.gt(500)).limit(1);
    base
      .select((c) => ({ a: c.name }))
      .distinct()
      .offset(3)
      .none()
      .reorder((c) => c.name.asc());
    expect(base.toSql()).toEqual(before);
    expect((await large.fetchAll(ctx)).map(nameOf)).toEqual(['Oslo', 'Quito']);
    expect((await small.fetchAll(ctx)).map(nameOf)).toEqual(['Nuuk']);
    expect(await base.count(ctx)).toBe(3);
  });

  test('is not thenable and not iterable, so awaiting it sends nothing', async ({ ctx }) => {
    const set = query(City).filter((c) => c.isCapital);
    sent();
    // oxlint-disable-next-line typescript/await-thenable -- a mistake that people make: it must be harmless
    expect(await set).toBe(set);
    expect(sent()).toEqual([]);
    for (const name of ['then', Symbol.iterator, Symbol.asyncIterator]) expect(name in set).toBe(false);
    expect(await set.count(ctx)).toBe(3);
  });

  test('can be used again and again', async ({ ctx }) => {
    const set = byName.limit(1);
    const first = await set.fetchAll(ctx),
      second = await set.fetchAll(ctx),
      third = await set.fetchAll(ctx);
    expect([first, second, third].map((rows) => rows.map(nameOf))).toEqual([['Bergen'], ['Bergen'], ['Bergen']]);
    expect(first[0]).not.toBe(second[0]);
  });

  test('sees what its transaction wrote', async ({ ctx }) => {
    await ctx.atomic(async (tx) => {
      await City.create(tx, { name: 'Lima', country: 'PE', population: 1 });
      expect(
        await query(City)
          .filter((c) => c.country.eq('PE'))
          .count(tx),
      ).toBe(1);
      expect(
        await query(City)
          .filter((c) => c.country.eq('PE'))
          .count(ctx),
      ).toBe(0);
    });
  });
});

describe('toSql', () => {
  test('needs no connection and costs no statement', async ({ pool }) => {
    const before = pool.counters();
    query(City)
      .filter((c) => c.name.eq('Oslo'))
      .limit(3)
      .select((c) => ({ a: c.name }))
      .toSql();
    expect(pool.counters()).toEqual(before);
  });

  test('refuses what the terminal refuses', async ({ ctx }) => {
    const set = query(City)
      .distinctOn((c) => c.country)
      .orderBy((c) => c.name.asc());
    expect(() => set.toSql()).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
    await expect(set.fetchAll(ctx)).rejects.toMatchObject({ code: 'VALIDATION' });
  });
});

describe('predicate', () => {
  test('is the filter, for rows in memory', async ({ ctx }) => {
    const { evaluate, matches } = await import('@djogi/core');
    const large = query(City)
      .filter((c) => c.population.gte(700))
      .exclude((c) => c.area.eq(454))
      .predicate();
    const rows = await query(City)
      .orderBy((c) => c.id.asc())
      .fetchAll(ctx);
    expect(rows.map((row) => evaluate(large, row))).toEqual([false, false, null, true, false]);
    expect(rows.filter((row) => matches(large, row)).map(nameOf)).toEqual(['Guayaquil']);
  });

  test('is true for the whole table and false for none of it', async () => {
    const { evaluate } = await import('@djogi/core');
    expect(evaluate(query(City).predicate(), {})).toBe(true);
    expect(evaluate(query(City).none().predicate(), {})).toBe(false);
    expect(
      evaluate(
        query(City)
          .none()
          .filter((c) => c.name.eq('Oslo'))
          .predicate(),
        { name: 'Oslo' },
      ),
    ).toBe(false);
  });

  test('can be given to a further set as a filter only within its own scope', () => {
    const set = query(City);
    const predicate = set.filter((c) => c.isCapital).predicate();
    expect(set.filter(() => predicate).toSql().text).toContain('WHERE "is_capital"');
    expect(() => query(City).filter(() => predicate)).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ rule: 'scope' })] }),
    );
  });
});
