// A query over the rows of another: derived tables, their types at run time, and what they may refer to.

import { countAll, exists, nullIf, rowNumber } from '@djogi/core';
import { describe, expect } from 'vitest';
import { cte, query, type QuerySet } from '../../src/index.ts';
import { CITY_COLUMNS, City, sent, test } from '../support/cities.ts';

const cities = query(City);
const top = cities.orderBy((c) => c.population.desc()).limit(3);
const textOf = (set: { toSql(): { text: string } }): string => set.toSql().text.replaceAll(CITY_COLUMNS, 'WHOLE');

describe('rows of a model', () => {
  test('are filtered after they were limited', async ({ ctx }) => {
    const set = query(top).filter((c) => c.isCapital);
    expect(textOf(set)).toBe(
      'SELECT WHOLE FROM (SELECT WHOLE FROM "cities" ORDER BY "population" DESC LIMIT 3) AS "__djogi_rows" WHERE "is_capital"',
    );
    sent();
    const rows = await set.orderBy((c) => c.name.asc()).fetchAll(ctx);
    expect(sent()).toHaveLength(1);
    expect(rows.map((row) => row.label)).toEqual(['Oslo, NO', 'Quito, EC']);
    expect(rows[0]).toBeInstanceOf(City);
    await rows[0]!.update(ctx, { population: 701 });
    expect((await City.get(ctx, rows[0]!.id)).population).toBe(701);
  });

  test('leave out an order that chooses nothing', () => {
    expect(textOf(query(cities.orderBy((c) => c.name.asc())))).toBe('SELECT WHOLE FROM (SELECT WHOLE FROM "cities") AS "__djogi_rows"');
    expect(textOf(query(cities.orderBy((c) => c.name.asc()).offset(1)))).toContain('ORDER BY "name" ASC OFFSET');
    expect(textOf(query(cities.distinctOn((c) => c.country).orderBy((c) => [c.country.asc(), c.population.desc()])))).toContain(
      'ORDER BY "country" ASC, "population" DESC',
    );
  });

  test('are grouped, annotated, aggregated, counted and looked up', async ({ ctx }) => {
    const set = query(top);
    expect(
      await set
        .groupBy((c) => ({ country: c.country }))
        .annotate(() => ({ n: countAll() }))
        .orderBy((g) => g.country.asc())
        .fetchAll(ctx),
    ).toEqual([
      { country: 'EC', n: 2 },
      { country: 'NO', n: 1 },
    ]);
    expect(await set.aggregate(ctx, (c) => c.population.sum())).toBe(5300);
    expect(await set.count(ctx)).toBe(3);
    expect(await set.exists(ctx)).toBe(true);
    expect([...(await set.inBulk(ctx, [1, 5] as never)).keys()]).toEqual([1]);
    const ranked = await set
      .annotate((c) => ({ place: rowNumber().over({ orderBy: [c.population.desc()] }) }))
      .qualify((a) => a.place.eq(2))
      .fetchAll(ctx);
    expect(ranked.map(({ row, place }) => [row.label, place])).toEqual([['Quito, EC', 2]]);
  });

  test('are named in groups by their key like any other column: the server knows no key of a derived table', () => {
    expect(() =>
      query(top)
        .groupBy((c) => ({ id: c.id }))
        .annotate((c) => ({ name: c.name }))
        .toSql(),
    ).toThrow(/uses name of single rows/);
  });

  test('of combined sets are a set again', async ({ ctx }) => {
    const either = cities.filter((c) => c.country.eq('NO')).union(cities.filter((c) => c.climate.eq('polar')));
    const set = query(either)
      .filter((c) => c.isCapital)
      .orderBy((c) => c.name.asc())
      .select((c) => ({ name: c.name.upper() }));
    expect(await set.fetchAll(ctx)).toEqual([{ name: 'NUUK' }, { name: 'OSLO' }]);
  });

  test('are derived again and again', async ({ ctx }) => {
    const set = query(
      query(
        query(top)
          .filter((c) => c.isCapital)
          .orderBy((c) => c.name.desc())
          .limit(1),
      ),
    );
    expect(textOf(set)).toBe(
      'SELECT WHOLE FROM (SELECT WHOLE FROM (SELECT WHOLE FROM (SELECT WHOLE FROM "cities" ORDER BY "population" DESC LIMIT 3) AS "__djogi_rows" WHERE "is_capital" ORDER BY "name" DESC LIMIT 1) AS "__djogi_rows") AS "__djogi_rows"',
    );
    expect((await set.fetchAll(ctx)).map((row) => row.name)).toEqual(['Quito']);
  });

  test('of none() send nothing', async ({ ctx }) => {
    sent();
    expect(await query(cities.none()).fetchAll(ctx)).toEqual([]);
    expect(await query(cities.none().union(cities.none())).count(ctx)).toBe(0);
    expect(sent()).toEqual([]);
  });
});

describe('chosen expressions', () => {
  test('go on by their names', async ({ ctx }) => {
    const set = query(cities.distinct().select((c) => ({ country: c.country, isCapital: c.isCapital }))).filter((r) =>
      r.country.startsWith('N'),
    );
    expect(set.toSql()).toEqual({
      text: 'SELECT "country", "isCapital" FROM (SELECT DISTINCT "country", "is_capital" AS "isCapital" FROM "cities") AS "__djogi_rows" WHERE "country" LIKE $1',
      values: ['N%'],
    });
    expect(await set.orderBy((r) => r.isCapital.asc()).fetchAll(ctx)).toEqual([
      { country: 'NO', isCapital: false },
      { country: 'NO', isCapital: true },
    ]);
    expect(await set.count(ctx)).toBe(2);
  });

  test('may have names that are none in SQL', async ({ ctx }) => {
    const long = 'n'.repeat(70);
    const set = query(cities.select((c) => ({ [long]: c.name, '': c.country, 'a "b"': c.population }))).limit(1);
    const row = (await set.filter((r) => (r as any)[long].eq('Oslo')).fetchAll(ctx))[0];
    expect(row).toEqual({ [long]: 'Oslo', '': 'NO', 'a "b"': 700 });
  });

  test('keep the values they have', async ({ ctx }) => {
    const set = query(
      cities.filter((c) => c.name.eq('Nuuk')).select((c) => ({ tags: c.tags, area: c.area, climate: c.climate, at: c.createdAt })),
    );
    expect(await set.fetchAll(ctx)).toEqual([{ tags: ['fjord'], area: null, climate: 'polar', at: expect.any(Date) as Date }]);
    expect(
      await set
        .filter(
          (r) => r.tags.any('fjord'),
          (r) => r.climate.eq('polar'),
          (r) => r.at.lte(new Date()),
        )
        .count(ctx),
    ).toBe(1);
  });

  test('of groups are aggregated once more', async ({ ctx }) => {
    const groups = cities.groupBy((c) => ({ country: c.country })).annotate((c) => ({ n: countAll(), people: c.population.sum() }));
    expect(
      query(groups)
        .filter((g) => g.n.gt(1))
        .select((g) => ({ people: g.people }))
        .toSql(),
    ).toEqual({
      text: 'SELECT "people" FROM (SELECT "country", count(*) AS "n", sum("population") AS "people" FROM "cities" GROUP BY "country") AS "__djogi_rows" WHERE "n" > $1',
      values: [1],
    });
    expect(await query(groups).aggregate(ctx, (g) => ({ most: g.people.max(), groups: countAll(), n: g.n.sum() }))).toEqual({
      most: 4600,
      groups: 3,
      n: 5,
    });
  });

  test('are read by other names where other names were given, from one text', async ({ ctx }) => {
    const named = (name: string) => query(cities.filter((c) => c.id.eq(1 as never)).select((c) => ({ [name]: c.name })));
    expect(await named('a').fetchAll(ctx)).toEqual([{ a: 'Oslo' }]);
    expect(await named('b').fetchAll(ctx)).toEqual([{ b: 'Oslo' }]);
  });

  test('have no key and no field besides them', async ({ ctx }) => {
    const set = query(cities.select((c) => ({ id: c.id })));
    await expect(set.inBulk(ctx, [1] as never)).rejects.toThrow(/no single key/);
    expect(() => set.filter((r) => (r as any).name.eq('a'))).toThrow(/name is no column of the rows/);
  });
});

describe('whether a column may be NULL', () => {
  const named = (set: Parameters<typeof query>[0]): { notIn: () => unknown } => ({
    notIn: () => cities.filter((c) => c.name.notIn((query(set as never) as any).asSubquery((r: any) => r.of))),
  });
  const names = cities.select((c) => ({ of: c.name }));
  test('goes on with it, so that NOT IN knows', () => {
    expect(named(names as never).notIn).not.toThrow();
    expect(named(names.union(cities.select((c) => ({ of: c.country }))) as never).notIn).not.toThrow();
    expect(named(cities.groupBy((c) => ({ of: c.name })).annotate(() => ({ n: countAll() })) as never).notIn).not.toThrow();
    expect(named(cte('names', names) as never).notIn).not.toThrow();
  });
  test('is that of any arm, and of totals', () => {
    const nullable = cities.select((c) => ({ of: nullIf(c.name, 'Oslo') }));
    for (const rows of [
      nullable,
      names.union(nullable),
      cte(names.unionAll(nullable)),
      cities.rollup((c) => ({ of: c.name })).annotate(() => ({ n: countAll() })),
    ])
      expect(named(rows as never).notIn).toThrow(/NULL|null/);
  });
});

describe('a lock', () => {
  const issue = expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: 'lock' })] }) as Error;
  test('of rows that another query reads is refused', () => {
    expect(() => query(cities.forUpdate())).toThrow(issue);
    expect(() => cte(cities.forShare())).toThrow(issue);
    expect(() => query(top).forUpdate()).toThrow(issue);
    expect(() => query(cte(top)).forKeyShare()).toThrow(issue);
  });
  test('of an arm is refused', () => {
    expect(() => cities.union(cities.forUpdate())).toThrow(
      expect.objectContaining({ code: 'SET_OP_ARM_INVALID', reason: 'lock', side: 'right' }) as Error,
    );
    expect(() => cities.forShare().union(cities)).toThrow(
      expect.objectContaining({ code: 'SET_OP_ARM_INVALID', reason: 'lock', side: 'left', arm: 1 }) as Error,
    );
  });
});

describe('writes', () => {
  const issue = expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: 'modifier' })] }) as Error;
  test('of the rows of another query are refused', () => {
    expect(() => query(top).update({ population: 1 })).toThrow(issue);
    expect(() => query(cte(cities)).delete()).toThrow(issue);
    expect(() => query(cities.union(cities)).update((c) => ({ population: c.population }))).toThrow(issue);
  });
  test('choose by them', async ({ ctx }) => {
    const largest = cte('largest', top);
    const update = cities.filter((c) => c.id.in(query(largest).asSubquery((t) => t.id))).update({ name: 'large' });
    expect(update.toSql().text.replaceAll(CITY_COLUMNS, 'WHOLE')).toMatch(
      /^WITH "largest" AS \(SELECT WHOLE .* LIMIT 3\) UPDATE "cities" SET /,
    );
    expect(await update.execute(ctx)).toBe(3);
    const gone = await cities
      .filter((c) => exists(query(largest).filter((t) => t.id.eq(c.id))))
      .delete()
      .returning(ctx, (c) => ({ name: c.name }));
    expect(gone).toEqual([{ name: 'large' }, { name: 'large' }, { name: 'large' }]);
  });
});

describe('inserts', () => {
  test('take the rows of any query', async ({ ctx }) => {
    const people = (set: QuerySet<typeof City, City>) => set.select((c) => ({ name: c.name, people: c.population }));
    const both = people(cities.filter((c) => c.isCapital)).except(people(cities.filter((c) => c.country.eq('GL'))));
    const insert = query(both).insertInto(City, (r) => ({ name: r.name.concat('!'), country: 'XX', population: r.people }));
    expect(insert.toSql().text).toMatch(
      /^INSERT INTO "cities" \(.*\) SELECT .* FROM \(\(SELECT "name", "population" AS "people" FROM "cities" WHERE "is_capital"\) EXCEPT \(/,
    );
    expect(await insert.execute(ctx)).toBe(2);
    const old = cities.filter((c) => c.country.neq('XX')).orderBy((c) => c.population.desc());
    const largest = cte('largest', people(old.limit(3)));
    const second = query(largest).insertInto(City, (r) => ({ name: r.name.concat('?'), country: 'XX', population: r.people }));
    expect(second.toSql().text).toMatch(/^WITH "largest" AS \(SELECT .* LIMIT 3\) INSERT INTO "cities" \(.*\) SELECT .* FROM "largest"$/);
    expect(await second.execute(ctx)).toBe(3);
    const names = (
      await cities
        .filter((c) => c.country.eq('XX'))
        .orderBy((c) => c.id.asc())
        .fetchAll(ctx)
    ).map((c) => c.name);
    expect(names.toSorted()).toEqual(['Guayaquil?', 'Oslo!', 'Oslo?', 'Quito!', 'Quito?']);
  });
  test('of what is not found need rows of a model', async ({ ctx }) => {
    const make = () => ({ name: 'Lima', country: 'PE', population: 1 });
    await expect(query(cities.select((c) => ({ id: c.id }))).getOrCreate(ctx, make as never)).rejects.toMatchObject({ code: 'VALIDATION' });
    const made = await query(top)
      .filter((c) => c.name.eq('Lima'))
      .getOrCreate(ctx, make);
    expect([made.created, made.row.name]).toEqual([true, 'Lima']);
  });
});

describe('pages', () => {
  test('are cut from rows that a key tells apart', async ({ ctx }) => {
    for (const rows of [query(top), query(top.union(cities.limit(2))), query(cte(top))]) {
      const first = await rows.orderBy((c) => c.name.asc()).fetchPage(ctx, { size: 2 });
      expect(first.rows.map((row) => row.name)).toHaveLength(2);
      const second = await rows.orderBy((c) => c.name.asc()).fetchPage(ctx, { size: 9, after: first.next });
      expect([...first.rows, ...second.rows].map((row) => row.name)).toEqual(
        (await rows.orderBy((c) => c.name.asc()).fetchAll(ctx)).map((row) => row.name),
      );
    }
  });
  test('are refused of others', async ({ ctx }) => {
    const issue = { code: 'VALIDATION', issues: [{ rule: 'page' }] };
    await expect(query(cities.select((c) => ({ id: c.id }))).fetchPage(ctx, { size: 2 })).rejects.toMatchObject(issue);
    await expect(query(cities.unionAll(cities)).fetchPage(ctx, { size: 2 })).rejects.toMatchObject(issue);
    await expect(
      query(cities.groupBy((c) => ({ id: c.id })).annotate(() => ({ n: countAll() }))).fetchPage(ctx, { size: 2 }),
    ).rejects.toMatchObject(issue);
  });
});

describe('a derived table inside a callback', () => {
  test('names its own rows apart from those of the query around it', async ({ ctx }) => {
    // The largest city of the same country, if that is another one.
    const set = cities
      .filter((c) =>
        exists(
          query(
            cities
              .filter((d) => d.country.eq(c.country))
              .orderBy((d) => d.population.desc())
              .limit(1),
          ).filter((d) => d.id.neq(c.id)),
        ),
      )
      .select((c) => ({ name: c.name }));
    expect(set.toSql().text.replace(/SELECT "cities_2"."id", .*?"cities_2"."tags"/, 'SELECT WHOLE')).toBe(
      'SELECT "cities"."name" FROM "cities" WHERE EXISTS (SELECT 1 FROM (SELECT WHOLE FROM "cities" AS "cities_2" WHERE "cities_2"."country" = "cities"."country" ORDER BY "cities_2"."population" DESC LIMIT 1) AS "__djogi_rows" WHERE "__djogi_rows"."id" <> "cities"."id")',
    );
    expect((await set.orderBy((c) => c.name.asc()).fetchAll(ctx)).map((row) => row.name)).toEqual(['Bergen', 'Quito']);
  });

  test('may be combined sets, each arm of which refers outwards', async ({ ctx }) => {
    const set = cities
      .filter((c) =>
        exists(
          query(
            cities
              .filter(
                (d) => d.country.eq(c.country),
                (d) => d.population.gt(c.population),
              )
              .intersect(cities.filter((d) => d.climate.eq(c.climate))),
          ),
        ),
      )
      .orderBy((c) => c.name.asc());
    expect((await set.fetchAll(ctx)).map((row) => row.name)).toEqual(['Bergen', 'Quito']);
  });

  test('of a set that is in its own callback is another appearance of it', async ({ ctx }) => {
    const large = query(top);
    const set = large.filter((c) =>
      exists(
        large.filter(
          (d) => d.country.eq(c.country),
          (d) => d.id.neq(c.id),
        ),
      ),
    );
    expect((await set.orderBy((c) => c.name.asc()).fetchAll(ctx)).map((row) => row.name)).toEqual(['Guayaquil', 'Quito']);
  });
});

describe('what has no rows to be read', () => {
  test.for([
    ['tuples', () => query(cities.selectTuple((c) => [c.name]))],
    ['rows with values beside them', () => query(cities.annotate(() => ({ n: countAll() })) as never)],
    ['groups without annotations', () => query(cities.groupBy((c) => ({ a: c.country })) as never)],
  ] as const)('%s', ([, act]) => {
    expect(act).toThrow(expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: 'rows' })] }) as Error);
  });
  test('what is neither a model nor rows', () => {
    for (const of of [undefined, null, 5, 'cities', class {}])
      expect(() => query(of as never)).toThrow(expect.objectContaining({ code: 'VALIDATION' }) as Error);
  });
});
