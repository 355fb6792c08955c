import { describe, expect } from 'vitest';
import { expectRoundTrips, expectStatements } from '@djogi/testing';
import { query } from '../../src/index.ts';
import { City, CITY_COLUMNS, nameOf, sent, test } from '../support/cities.ts';
import { untyped, type Untyped } from '../support/untyped.ts';

const byName = query(City).orderBy((c) => c.name.asc());
const whole = (rest: string): string => `SELECT ${CITY_COLUMNS} FROM "cities"${rest}`;
const texts = (): string[] => sent().map((statement) => statement.text);

describe('fetchAll', () => {
  test('is one statement and one round trip, whatever the number of rows', async ({ ctx }) => {
    expect(await expectStatements(1, () => expectRoundTrips(1, () => byName.fetchAll(ctx)))).toHaveLength(5);
    expect(await expectRoundTrips(1, () => byName.filter((c) => c.name.eq('nowhere')).fetchAll(ctx))).toEqual([]);
  });
});

describe('fetchOne', () => {
  test('gives the one row, asking for two', async ({ ctx }) => {
    const row = await expectRoundTrips(1, () =>
      query(City)
        .filter((c) => c.name.eq('Oslo'))
        .fetchOne(ctx),
    );
    expect(row).toBeInstanceOf(City);
    expect(row.name).toBe('Oslo');
    expect(texts()).toEqual([whole(' WHERE "name" = $1 LIMIT 2')]);
  });

  test('throws NOT_FOUND without a row and MULTIPLE_OBJECTS with two, and counts nothing', async ({ ctx }) => {
    await expect(
      query(City)
        .filter((c) => c.name.eq('nowhere'))
        .fetchOne(ctx),
    ).rejects.toMatchObject({ code: 'NOT_FOUND', table: 'cities' });
    await expect(query(City).fetchOne(ctx)).rejects.toMatchObject({ code: 'MULTIPLE_OBJECTS', table: 'cities', countSeen: 2 });
    expect(texts()).toEqual([whole(' WHERE "name" = $1 LIMIT 2'), whole(' LIMIT 2')]);
  });

  test('overrides a limit, which could hide the second row, and keeps an offset', async ({ ctx }) => {
    await expect(byName.limit(1).fetchOne(ctx)).rejects.toMatchObject({ code: 'MULTIPLE_OBJECTS' });
    expect((await byName.limit(0).offset(4).fetchOne(ctx)).name).toBe('Quito');
    expect(texts()).toEqual([whole(' ORDER BY "name" ASC LIMIT 2'), whole(' ORDER BY "name" ASC LIMIT 2 OFFSET $1')]);
  });
});

describe('first', () => {
  test('keeps the ordering and adds none', async ({ ctx }) => {
    expect((await byName.first(ctx))!.name).toBe('Bergen');
    expect(await query(City).first(ctx)).toBeInstanceOf(City);
    expect((await byName.offset(1).fetchOptional(ctx))!.name).toBe('Guayaquil');
    expect(texts()).toEqual([whole(' ORDER BY "name" ASC LIMIT 1'), whole(' LIMIT 1'), whole(' ORDER BY "name" ASC LIMIT 1 OFFSET $1')]);
  });

  test('gives null without a row', async ({ ctx }) => {
    expect(
      await expectRoundTrips(1, () =>
        query(City)
          .filter((c) => c.population.lt(0))
          .first(ctx),
      ),
    ).toBeNull();
    expect(await byName.offset(5).first(ctx)).toBeNull();
    expect(await byName.limit(0).first(ctx)).toBeNull();
    expect(await byName.limit(0n).fetchOptional(ctx)).toBeNull();
  });

  test('of a projection gives its row', async ({ ctx }) => {
    expect(await byName.select((c) => ({ name: c.name })).first(ctx)).toEqual({ name: 'Bergen' });
    expect(await byName.selectTuple((c) => [c.name]).first(ctx)).toEqual(['Bergen']);
  });
});

describe('count', () => {
  test('ignores ordering, limit and offset', async ({ ctx }) => {
    expect(
      await expectRoundTrips(1, () =>
        byName
          .filter((c) => c.country.in(['NO', 'EC']))
          .limit(1)
          .offset(3)
          .count(ctx),
      ),
    ).toBe(4);
    expect(texts()).toEqual(['SELECT count(*) FROM "cities" WHERE "country" = ANY($1::text[])']);
  });

  test('counts distinct rows where the set is distinct', async ({ ctx }) => {
    expect(
      await query(City)
        .select((c) => ({ country: c.country }))
        .distinct()
        .count(ctx),
    ).toBe(3);
    expect(
      await query(City)
        .distinct()
        .filter((c) => c.isCapital)
        .count(ctx),
    ).toBe(3);
    expect(
      await query(City)
        .distinctOn((c) => [c.country, c.isCapital])
        .orderBy((c) => [c.country.asc(), c.isCapital.desc(), c.name.asc()])
        .limit(1)
        .count(ctx),
    ).toBe(5);
    expect(texts()).toEqual([
      'SELECT count(*) FROM (SELECT DISTINCT "country" FROM "cities") AS "sub"',
      `SELECT count(*) FROM (SELECT DISTINCT ${CITY_COLUMNS} FROM "cities" WHERE "is_capital") AS "sub"`,
      `SELECT count(*) FROM (SELECT DISTINCT ON ("country", "is_capital") ${CITY_COLUMNS} FROM "cities") AS "sub"`,
    ]);
  });

  test('counts rows of a projection, not its values', async ({ ctx }) => {
    expect(
      await query(City)
        .select((c) => ({ area: c.area }))
        .count(ctx),
    ).toBe(5);
  });
});

describe('exists', () => {
  test('asks for one row without ordering', async ({ ctx }) => {
    expect(await expectRoundTrips(1, () => byName.filter((c) => c.name.eq('Oslo')).exists(ctx))).toBe(true);
    expect(await byName.filter((c) => c.name.eq('nowhere')).exists(ctx)).toBe(false);
    expect(texts()).toEqual([
      'SELECT EXISTS(SELECT 1 FROM "cities" WHERE "name" = $1 LIMIT 1)',
      'SELECT EXISTS(SELECT 1 FROM "cities" WHERE "name" = $1 LIMIT 1)',
    ]);
  });

  test('answers for the rows that the set would give', async ({ ctx }) => {
    expect(await query(City).offset(4).exists(ctx)).toBe(true);
    expect(await query(City).offset(5).exists(ctx)).toBe(false);
    expect(await query(City).limit(0).exists(ctx)).toBe(false);
    expect(await query(City).limit(7).exists(ctx)).toBe(true);
    const countries = query(City)
      .select((c) => ({ country: c.country }))
      .distinct();
    expect(await countries.offset(2).exists(ctx)).toBe(true);
    expect(await countries.offset(3).exists(ctx)).toBe(false);
    expect(
      await query(City)
        .distinctOn((c) => c.isCapital)
        .offset(2)
        .exists(ctx),
    ).toBe(false);
  });
});

describe('inBulk', () => {
  test('gives the rows by id in one statement with one parameter', async ({ ctx }) => {
    const rows = await expectRoundTrips(1, () => query(City).inBulk(ctx, new Set([3, 1, 99] as City['id'][])));
    expect([...rows.keys()].sort((left, right) => left - right)).toEqual([1, 3]);
    expect(rows.get(3 as City['id'])).toBeInstanceOf(City);
    expect(rows.get(1 as City['id'])!.name).toBe('Oslo');
    expect(sent()).toMatchObject([{ text: whole(' WHERE "id" = ANY($1::integer[])'), values: [[3, 1, 99]], operation: 'inBulk' }]);
  });

  test('honours the filter and drops repeated ids', async ({ ctx }) => {
    const rows = await query(City)
      .filter((c) => c.country.eq('NO'))
      .inBulk(ctx, [1, 1, 3, 1] as City['id'][]);
    expect([...rows.values()].map(nameOf)).toEqual(['Oslo']);
    expect(sent()).toMatchObject([{ text: whole(' WHERE "country" = $1 AND "id" = ANY($2::integer[])'), values: ['NO', [1, 3]] }]);
  });

  test('of no ids sends nothing', async ({ ctx }) => {
    expect(await expectStatements(0, () => query(City).inBulk(ctx, []))).toEqual(new Map());
  });

  test('refuses what is no id, and sets that it cannot answer for', async ({ ctx }) => {
    const cities = untyped(query(City));
    await expect(cities.inBulk(ctx, [1, undefined, 'x'])).rejects.toMatchObject({
      code: 'VALIDATION',
      issues: [
        { path: 'ids[1]', rule: 'required' },
        { path: 'ids[2]', rule: 'type' },
      ],
    });
    for (const ids of [undefined, null, 5, '12'])
      await expect(cities.inBulk(ctx, ids)).rejects.toMatchObject({ code: 'VALIDATION', issues: [{ rule: 'in_bulk' }] });
    for (const set of [cities.limit(1), cities.offset(1), cities.select((c: Untyped) => ({ a: c.name }))])
      await expect(set.inBulk(ctx, [1])).rejects.toMatchObject({ code: 'VALIDATION', issues: [{ rule: 'in_bulk' }] });
    expect(sent()).toEqual([]);
  });
});

describe('none', () => {
  const none = query(City)
    .filter((c) => c.isCapital)
    .orderBy((c) => c.name.asc())
    .limit(3)
    .none();

  test('answers every terminal without SQL', async ({ ctx }) => {
    await expectStatements(0, async () => {
      expect(await none.fetchAll(ctx)).toEqual([]);
      await expect(none.fetchOne(ctx)).rejects.toMatchObject({ code: 'NOT_FOUND', table: 'cities' });
      expect(await none.first(ctx)).toBeNull();
      expect(await none.fetchOptional(ctx)).toBeNull();
      expect(await none.count(ctx)).toBe(0);
      expect(await none.exists(ctx)).toBe(false);
      expect(await none.inBulk(ctx, [1] as City['id'][])).toEqual(new Map());
      await ctx.atomic(async (tx) => {
        for await (const row of none.stream(tx)) throw new Error(`unexpected ${row.name}`);
      });
    });
  });

  test('stays empty whatever is chained after it', async ({ ctx }) => {
    await expectStatements(0, async () => {
      expect(
        await none
          .filter((c) => c.name.eq('Oslo'))
          .orderBy((c) => c.id.asc())
          .limit(5)
          .fetchAll(ctx),
      ).toEqual([]);
      expect(
        await none
          .select((c) => ({ a: c.name }))
          .distinct()
          .count(ctx),
      ).toBe(0);
    });
  });

  test('shows itself as a filter that is never true', async ({ ctx }) => {
    expect(none.toSql()).toEqual({ text: whole(' WHERE FALSE'), values: [] });
    expect(await none.explain(ctx)).toContain('One-Time Filter: false');
  });

  test('still wants a context, a sound batch size and a transaction for a stream', async ({ ctx }) => {
    expect(() => none.stream(ctx)).toThrow(expect.objectContaining({ code: 'STREAM_OUTSIDE_TRANSACTION' }));
    await ctx.atomic(async (tx) => {
      expect(() => none.stream(tx, { batchSize: 0 })).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
    });
  });
});

describe('a poisoned or closed transaction', () => {
  test('refuses terminals before SQL', async ({ ctx }) => {
    let escaped: typeof ctx | undefined;
    await ctx.atomic(async (tx) => {
      escaped = tx;
    });
    await expectStatements(0, async () => {
      await expect(query(City).fetchAll(escaped!)).rejects.toMatchObject({ code: 'SCOPE_CLOSED' });
    });
  });
});

describe('what is sent', () => {
  test('is observed with model and operation', async ({ ctx }) => {
    await byName.fetchOne(ctx).catch(() => undefined);
    await byName.first(ctx);
    await byName.count(ctx);
    await byName.exists(ctx);
    await byName.inBulk(ctx, [1] as City['id'][]);
    await byName.explain(ctx);
    await query(City).bulkCreate(ctx, [{ name: 'a', country: 'b', population: 1 }]);
    expect(sent().map((statement) => statement.operation)).toEqual([
      'fetchOne',
      'first',
      'count',
      'exists',
      'inBulk',
      'explain',
      'bulkCreate',
    ]);
  });
});
