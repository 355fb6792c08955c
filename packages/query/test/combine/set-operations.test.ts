// UNION, INTERSECT and EXCEPT: text, parameters and rows together; what each terminal sends; what is refused.

import { countAll, f, isDjogiError, literal, model, pgEnum, type SetOpArmInvalidError } from '@djogi/core';
import { runtimeOf } from '@djogi/core/extension';
import { describe, expect } from 'vitest';
import { query, type Combined } from '../../src/index.ts';
import { CITY_COLUMNS, City, sent, test } from '../support/cities.ts';

const cities = query(City);
const norway = cities.filter((c) => c.country.eq('NO'));
const large = cities.filter((c) => c.population.gt(500));
const capitals = cities.filter((c) => c.isCapital);

/** The text with `WHOLE` for all columns. */
const textOf = (set: Combined<any, any>): string => set.toSql().text.replaceAll(CITY_COLUMNS, 'WHOLE');
const codeOf = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

describe('the six operations', () => {
  const cases = {
    union: ['UNION', ['Bergen', 'Guayaquil', 'Oslo', 'Quito']],
    unionAll: ['UNION ALL', ['Bergen', 'Guayaquil', 'Oslo', 'Oslo', 'Quito']],
    intersect: ['INTERSECT', ['Oslo']],
    intersectAll: ['INTERSECT ALL', ['Oslo']],
    except: ['EXCEPT', ['Bergen']],
    exceptAll: ['EXCEPT ALL', ['Bergen']],
  } as const;
  for (const [method, [operator, names]] of Object.entries(cases) as [keyof typeof cases, (typeof cases)[keyof typeof cases]][]) {
    test(`${method} of sets gives rows of the model in one statement`, async ({ ctx }) => {
      const set = norway[method](large).orderBy((o) => o.name.asc());
      const text = `(SELECT WHOLE FROM "cities" WHERE "country" = $1) ${operator} (SELECT WHOLE FROM "cities" WHERE "population" > $2) ORDER BY 4 ASC`;
      expect(textOf(set)).toBe(text);
      sent();
      const rows = await set.fetchAll(ctx);
      expect(sent()).toEqual([
        { text: text.replaceAll('WHOLE', CITY_COLUMNS), values: ['NO', 500], operation: 'fetchAll', context: 'pool' },
      ]);
      expect(rows.map((row) => row.name)).toEqual(names);
      expect(rows[0]).toBeInstanceOf(City);
      expect(rows[0]!.label).toContain(', ');
    });

    test(`${method} keeps what is the same in projections apart or not, as SQL does`, async ({ ctx }) => {
      const set = norway.select((c) => ({ of: c.country }))[method](large.select((c) => ({ of: c.country })));
      expect(set.toSql()).toEqual({
        text: `(SELECT "country" FROM "cities" WHERE "country" = $1) ${operator} (SELECT "country" FROM "cities" WHERE "population" > $2)`,
        values: ['NO', 500],
      });
      const expected = {
        union: ['EC', 'NO'],
        unionAll: ['EC', 'EC', 'NO', 'NO', 'NO'],
        intersect: ['NO'],
        intersectAll: ['NO'],
        except: [],
        exceptAll: ['NO'],
      }[method];
      expect((await set.orderBy((o) => o.of.asc()).fetchAll(ctx)).map((row) => row.of)).toEqual(expected);
    });
  }
});

describe('arms', () => {
  test('keep their own order, limit, offset and distinct', async ({ ctx }) => {
    const set = cities
      .orderBy((c) => c.population.desc())
      .limit(1)
      .select((c) => ({ name: c.name }))
      .unionAll(
        cities
          .orderBy((c) => c.population.asc())
          .offset(1)
          .limit(1)
          .select((c) => ({ name: c.name })),
        cities.distinct().select((c) => ({ name: c.country })),
      )
      .orderBy((o) => o.name.asc());
    expect(set.toSql()).toEqual({
      text: '(SELECT "name" FROM "cities" ORDER BY "population" DESC LIMIT 1) UNION ALL (SELECT "name" FROM "cities" ORDER BY "population" ASC LIMIT 1 OFFSET $1) UNION ALL (SELECT DISTINCT "country" FROM "cities") ORDER BY 1 ASC',
      values: [1n],
    });
    expect((await set.fetchAll(ctx)).map((row) => row.name)).toEqual(['Bergen', 'EC', 'GL', 'Guayaquil', 'NO']);
  });

  test('nest to the left when they are chained, and where they are written when they are arms', async ({ ctx }) => {
    const chained = norway.union(large).except(capitals);
    expect(textOf(chained)).toBe(
      '((SELECT WHOLE FROM "cities" WHERE "country" = $1) UNION (SELECT WHOLE FROM "cities" WHERE "population" > $2)) EXCEPT (SELECT WHOLE FROM "cities" WHERE "is_capital")',
    );
    const nested = norway.union(large.except(capitals));
    expect(textOf(nested)).toBe(
      '(SELECT WHOLE FROM "cities" WHERE "country" = $1) UNION ((SELECT WHOLE FROM "cities" WHERE "population" > $2) EXCEPT (SELECT WHOLE FROM "cities" WHERE "is_capital"))',
    );
    expect((await chained.orderBy((o) => o.name.asc()).fetchAll(ctx)).map((row) => row.name)).toEqual(['Bergen', 'Guayaquil']);
    expect((await nested.orderBy((o) => o.name.asc()).fetchAll(ctx)).map((row) => row.name)).toEqual(['Bergen', 'Guayaquil', 'Oslo']);
  });

  test('of nested operations keep their order and limit inside of their parentheses', async ({ ctx }) => {
    const first = norway
      .union(large)
      .orderBy((o) => o.population.desc())
      .limit(1);
    const set = first.unionAll(capitals).orderBy((o) => o.name.asc());
    expect(textOf(set)).toBe(
      '((SELECT WHOLE FROM "cities" WHERE "country" = $1) UNION (SELECT WHOLE FROM "cities" WHERE "population" > $2) ORDER BY 6 DESC LIMIT 1) UNION ALL (SELECT WHOLE FROM "cities" WHERE "is_capital") ORDER BY 4 ASC',
    );
    expect((await set.fetchAll(ctx)).map((row) => row.name)).toEqual(['Guayaquil', 'Nuuk', 'Oslo', 'Quito']);
  });

  test('may have subqueries over their own table, which are qualified in each', async ({ ctx }) => {
    const largest = cities.filter((c) => c.population.eq(cities.asScalar((d) => d.population.max())));
    const set = largest.select((c) => ({ name: c.name })).union(norway.select((c) => ({ name: c.name })));
    expect(set.toSql().text).toBe(
      '(SELECT "cities"."name" FROM "cities" WHERE "cities"."population" = (SELECT max("cities_2"."population") FROM "cities" AS "cities_2")) UNION (SELECT "name" FROM "cities" WHERE "country" = $1)',
    );
    expect((await set.orderBy((o) => o.name.asc()).fetchAll(ctx)).map((row) => row.name)).toEqual(['Bergen', 'Guayaquil', 'Oslo']);
  });

  test('may be groups', async ({ ctx }) => {
    const groups = cities.groupBy((c) => ({ name: c.country })).annotate(() => ({ n: countAll() }));
    const set = query(groups)
      .select((g) => ({ name: g.name, n: g.n }))
      .union(groups)
      .orderBy((o) => [o.n.desc(), o.name.asc()]);
    expect(await set.fetchAll(ctx)).toEqual([
      { name: 'EC', n: 2 },
      { name: 'NO', n: 2 },
      { name: 'GL', n: 1 },
    ]);
  });

  test('may be tuples', async ({ ctx }) => {
    const set = norway
      .selectTuple((c) => [c.name, c.population])
      .union(large.selectTuple((c) => [c.country, c.population]))
      .orderBy((o) => [o[1].desc(), o[0].asc()])
      .limit(2);
    expect(set.toSql().text).toBe(
      '(SELECT "name", "population" FROM "cities" WHERE "country" = $1) UNION (SELECT "country", "population" FROM "cities" WHERE "population" > $2) ORDER BY 2 DESC, 1 ASC LIMIT 2',
    );
    expect(await set.fetchAll(ctx)).toEqual([
      ['EC', 2700],
      ['EC', 1900],
    ]);
  });

  test('may be null where the others are not, and the rows say so', async ({ ctx }) => {
    const set = cities
      .filter((c) => c.name.eq('Oslo'))
      .select((c) => ({ size: c.population.sqrt() }))
      .unionAll(cities.filter((c) => c.name.eq('Nuuk')).select((c) => ({ size: c.area })));
    const sizes: (number | null)[] = (await set.fetchAll(ctx)).map((row) => row.size);
    expect(sizes).toEqual([Math.sqrt(700), null]);
  });

  test('may be constants, which tell where a row is from', async ({ ctx }) => {
    const set = norway
      .select((c) => ({ kind: literal('north'), name: c.name }))
      .unionAll(large.select((c) => ({ kind: literal('large'), name: c.name })))
      .orderBy((o) => [o.name.asc(), o.kind.asc()]);
    expect(set.toSql()).toEqual({
      text: '(SELECT $1::text, "name" FROM "cities" WHERE "country" = $2) UNION ALL (SELECT $3::text, "name" FROM "cities" WHERE "population" > $4) ORDER BY 2 ASC, 1 ASC',
      values: ['north', 'NO', 'large', 500],
    });
    expect(await set.first(ctx)).toEqual({ kind: 'north', name: 'Bergen' });
  });
});

describe('kinds', () => {
  const Mood = pgEnum('mood', ['good', 'bad']);
  class One extends model('ones', {
    short: f.varchar(10),
    long: f.text({ maxLength: 5 }),
    price: f.decimal(10, 2),
    tags: f.array(f.varchar(3)),
    mood: f.enum(Mood),
    moods: f.array(f.enum(Mood)),
    span: f.range('int4'),
    ip: f.inet(),
    at: f.timestamptz(),
    big: f.bigint(),
  }) {}
  class Two extends model('twos', {
    short: f.varchar(20),
    long: f.text(),
    price: f.decimal(12, 4),
    tags: f.array(f.varchar(9)),
    mood: f.enum(Mood),
    moods: f.array(f.enum(Mood)),
    span: f.range('int4'),
    ip: f.inet(),
    at: f.timestamptz(),
    big: f.bigint(),
  }) {}
  class Money {
    readonly text: string;
    constructor(text: string) {
      this.text = text;
    }
    toString() {
      return this.text;
    }
  }
  class Three extends model('threes', {
    short: f.text(),
    price: f.decimal(10, 2).as(Money),
    tags: f.array(f.text()),
    at: f.instant(),
    big: f.safeInt(),
    span: f.range('int8'),
  }) {}
  const one = (field: string): any => query(One).select((m: any) => ({ x: m[field] }));
  const two = (field: string): any => query(Two).select((m: any) => ({ x: m[field] }));
  const three = (field: string): any => query(Three).select((m: any) => ({ x: m[field] }));

  test.for(['short', 'long', 'price', 'tags', 'mood', 'moods', 'span', 'ip', 'at', 'big', 'createdAt'])(
    'go together whatever their length or precision: %s',
    (field) => {
      expect(() => one(field).union(two(field)).toSql()).not.toThrow();
    },
  );
  test.for(['short', 'price', 'tags', 'at', 'big', 'span'])('do not where they are read in different ways: %s', (field) => {
    expect(codeOf(() => one(field).union(three(field)))).toMatchObject({ code: 'SET_OP_ARM_INVALID', reason: 'kind' });
  });
});

describe('terminals', () => {
  const all = norway.union(large).orderBy((o) => o.name.asc());

  test('each send one statement', async ({ ctx }) => {
    await ctx.atomic(async (tx) => {
      sent();
      expect((await all.first(tx))?.name).toBe('Bergen');
      expect(await all.offset(1).limit(1).count(tx)).toBe(4);
      expect(await all.exists(tx)).toBe(true);
      expect((await all.offset(3).fetchOne(tx)).name).toBe('Quito');
      const texts = sent().map(({ text, operation }) => [operation, text.replaceAll(CITY_COLUMNS, 'WHOLE')]);
      const union = '(SELECT WHOLE FROM "cities" WHERE "country" = $1) UNION (SELECT WHOLE FROM "cities" WHERE "population" > $2)';
      expect(texts).toEqual([
        ['first', `${union} ORDER BY 4 ASC LIMIT 1`],
        ['count', `SELECT count(*) FROM (${union}) AS "sub"`],
        ['exists', `SELECT EXISTS(SELECT 1 FROM (${union}) AS "sub" LIMIT 1)`],
        ['fetchOne', `${union} ORDER BY 4 ASC LIMIT 2 OFFSET $3`],
      ]);
    });
  });

  test('stream rows in a transaction', async ({ ctx }) => {
    const names = await ctx.atomic(async (tx) => {
      const seen: string[] = [];
      for await (const row of all.stream(tx, { batchSize: 2 })) seen.push(row.name);
      return seen;
    });
    expect(names).toEqual(['Bergen', 'Guayaquil', 'Oslo', 'Quito']);
  });

  test('explain the statement', async ({ ctx }) => {
    expect(await all.explain(ctx)).toMatch(/Append|Unique|HashAggregate/);
  });

  test('tell one row from none and from several', async ({ ctx }) => {
    await expect(all.fetchOne(ctx)).rejects.toMatchObject({ code: 'MULTIPLE_OBJECTS', table: 'cities' });
    await expect(norway.intersect(cities.filter((c) => c.population.lt(0))).fetchOne(ctx)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await norway.intersect(cities.filter((c) => c.population.lt(0))).first(ctx)).toBeNull();
  });

  test('respect a limit of 0', async ({ ctx }) => {
    expect(await all.limit(0).first(ctx)).toBeNull();
    expect(await all.limit(0).exists(ctx)).toBe(false);
    expect(await all.limit(0).fetchAll(ctx)).toEqual([]);
  });
});

describe('none()', () => {
  test('is an arm without rows', async ({ ctx }) => {
    const set = norway.union(cities.none());
    expect(textOf(set)).toBe('(SELECT WHOLE FROM "cities" WHERE "country" = $1) UNION (SELECT WHOLE FROM "cities" WHERE FALSE)');
    expect(await set.count(ctx)).toBe(2);
    expect(sent()).toHaveLength(1);
  });

  test.for([
    ['union of nothing', cities.none().union(cities.none())],
    ['unionAll of nothing', cities.none().unionAll(cities.none(), cities.none())],
    ['intersect with nothing', norway.intersect(cities.none())],
    ['intersect of nothing', cities.none().intersectAll(norway)],
    ['except of nothing', cities.none().except(norway)],
    ['nested nothing', norway.intersect(cities.none()).union(cities.none())],
  ] as const)('sends nothing for %s', async ([, set], { ctx }) => {
    sent();
    expect(await set.fetchAll(ctx)).toEqual([]);
    expect(await set.first(ctx)).toBeNull();
    expect(await set.count(ctx)).toBe(0);
    expect(await set.exists(ctx)).toBe(false);
    await expect(set.fetchOne(ctx)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await ctx.atomic(async (tx) => {
      for await (const row of set.stream(tx)) expect(row).toBeUndefined();
    });
    expect(sent().filter(({ text }) => text.includes('cities'))).toEqual([]);
    expect(set.toSql().text).toContain('FALSE');
  });

  test('as what is taken away changes nothing', async ({ ctx }) => {
    expect(await norway.except(cities.none()).count(ctx)).toBe(2);
    expect(await cities.none().union(norway).count(ctx)).toBe(2);
  });
});

describe('one text', () => {
  test('comes from many values', () => {
    const set = (country: string, least: number, offset: number) =>
      cities
        .filter((c) => c.country.eq(country))
        .union(cities.filter((c) => c.population.gt(least)))
        .orderBy((o) => o.name.asc())
        .offset(offset);
    const { shapes } = runtimeOf(City);
    set('a', 1, 1).toSql();
    const before = shapes.size;
    const texts = new Set(['a', "b'", ''].flatMap((country) => [0, 1, 2 ** 31 - 1].map((n) => set(country, n, n).toSql().text)));
    expect(texts.size).toBe(1);
    expect(shapes.size).toBe(before);
  });

  test('is not shared by sets whose rows have other names', async ({ ctx }) => {
    const by = <const Name extends 'a' | 'b'>(name: Name) => {
      const of = (set: typeof norway) => set.select((c) => ({ [name]: c.name }) as Record<Name, typeof c.name>);
      return of(norway).union(of(norway.filter((c) => c.name.eq('Oslo'))));
    };
    expect(by('a').toSql()).toEqual(by('b').toSql());
    expect(Object.keys((await by('a').first(ctx))!)).toEqual(['a']);
    expect(Object.keys((await by('b').first(ctx))!)).toEqual(['b']);
  });
});

describe('what is refused as an arm', () => {
  const names = norway.select((c) => ({ name: c.name }));
  const union = (...others: unknown[]): unknown => (names.union as (...others: unknown[]) => unknown)(...others);
  const wholes = (...others: unknown[]): unknown => (norway.union as (...others: unknown[]) => unknown)(...others);

  test.for([
    ['nothing', () => union(), 'rows', 2],
    ['what is no query', () => union({}), 'rows', 2],
    ['null', () => wholes(norway, null), 'rows', 3],
    ['a model class', () => wholes(City), 'rows', 2],
    ['a projection beside rows', () => wholes(names), 'model', 2],
    ['rows beside a projection', () => union(norway), 'model', 2],
    ['a tuple beside an object', () => union(norway.selectTuple((c) => [c.name])), 'model', 2],
    ['more columns', () => union(norway.select((c) => ({ name: c.name, n: c.population }))), 'columns', 2],
    ['columns of other names', () => union(norway.select((c) => ({ country: c.country }))), 'columns', 2],
    ['columns of other kinds', () => union(norway.select((c) => ({ name: c.population }))), 'kind', 2],
    ['rows with values beside them', () => wholes(norway.annotate(() => ({ n: countAll() }))), 'rows', 2],
  ] as const)('%s', ([, act, reason, arm]) => {
    const error = codeOf(act) as SetOpArmInvalidError;
    expect(isDjogiError(error, 'SET_OP_ARM_INVALID')).toBe(true);
    expect(error).toMatchObject({ reason, arm, side: 'right' });
  });

  test('a count beside a bigint, which are one type in SQL and two in the program', () => {
    const counts = query(cities.groupBy((c) => ({ of: c.country })).annotate(() => ({ n: countAll() }))).select((g) => ({ n: g.n }));
    const error = codeOf(() => (counts.union as (other: unknown) => unknown)(cities.select((c) => ({ n: c.population }))));
    expect(error).toMatchObject({ code: 'SET_OP_ARM_INVALID', reason: 'kind', table: 'cities' });
    expect((error as Error).message).toContain('Cast one of them');
  });

  test('columns in another order', () => {
    const error = codeOf(() =>
      norway.select((c) => ({ a: c.name, b: c.country })).union(norway.select((c) => ({ b: c.name, a: c.country }))),
    );
    expect(error).toMatchObject({ code: 'SET_OP_ARM_INVALID', reason: 'columns' });
    expect((error as Error).message).toContain('b, a where a, b are');
  });
});

describe('what is refused as an order', () => {
  const set = norway.union(large);
  const ordered = (by: (o: any) => unknown): unknown => (set.orderBy as (by: unknown) => unknown)(by);

  test.for([
    ['an expression', () => ordered(() => norway.predicate())],
    [
      'a column of an arm',
      () => {
        let escaped: any;
        norway.filter((c) => ((escaped = c), c.isCapital));
        return ordered(() => escaped.name.asc());
      },
    ],
    ['a string', () => ordered(() => 'name')],
    ['nothing', () => ordered(() => undefined)],
    ['a column without a direction', () => ordered((o) => o.name)],
  ] as const)('%s', ([, act]) => {
    expect(codeOf(act)).toMatchObject({ code: 'SET_OP_OUTER_ORDERING_INVALID', table: 'cities' });
  });

  test('a name that is no column, also one of a method or getter of the row', () => {
    expect(codeOf(() => ordered((o) => o.nmae.asc()))).toMatchObject({ code: 'SET_OP_OUTER_ORDERING_INVALID', column: 'nmae' });
    expect(codeOf(() => ordered((o) => o.label.asc()))).toMatchObject({ column: 'label' });
    expect(codeOf(() => ordered((o) => o.save.asc()))).toMatchObject({ column: 'save' });
  });

  test('what is no function, and a limit or offset that is no count', () => {
    expect(codeOf(() => ordered('name' as never))).toMatchObject({ code: 'VALIDATION' });
    for (const count of [-1, 1.5, Number.NaN, '1', null, undefined, -1n]) {
      expect(codeOf(() => (set.limit as (count: unknown) => unknown)(count))).toMatchObject({ code: 'VALIDATION' });
      expect(codeOf(() => (set.offset as (count: unknown) => unknown)(count))).toMatchObject({ code: 'VALIDATION' });
    }
  });

  test('nulls go where they are told', async ({ ctx }) => {
    const areas = norway.select((c) => ({ area: c.area })).union(cities.select((c) => ({ area: c.area })));
    const first = areas.orderBy((o) => o.area.desc().nullsLast());
    expect(first.toSql().text).toMatch(/ORDER BY 1 DESC NULLS LAST$/);
    expect((await first.fetchAll(ctx)).map((row) => row.area)).toEqual([465, 454, 345, null]);
  });
});
