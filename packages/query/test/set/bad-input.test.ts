// What is refused before any SQL. Each test goes through plain JavaScript, where the types that refuse it first are gone.

import { f, model, pk } from '@djogi/core';
import { describe, expect } from 'vitest';
import { query } from '../../src/index.ts';
import { City, sent, test } from '../support/cities.ts';
import { member, method, untyped, type Untyped } from '../support/untyped.ts';

const cities = untyped(query(City));

const refused = (rule: string, path?: string): Error =>
  expect.objectContaining({
    code: 'VALIDATION',
    issues: [expect.objectContaining({ rule, ...(path === undefined ? {} : { path }) })],
  }) as Error;

describe('a value in a lookup', () => {
  const values: readonly [string, (c: Untyped) => unknown, string, string][] = [
    ['undefined', (c) => c.population.eq(undefined), 'undefined', 'population'],
    ['undefined in between', (c) => c.population.between(1, undefined), 'undefined', 'population'],
    ['undefined in a list', (c) => c.population.in([1, undefined]), 'undefined', 'population[1]'],
    ['undefined as a list', (c) => c.population.in(undefined), 'undefined', 'population'],
    ['undefined in a text lookup', (c) => c.name.contains(undefined), 'undefined', 'name'],
    ['undefined in arithmetic', (c) => c.population.add(undefined).eq(1), 'undefined', 'population'],
    ['undefined in isDistinctFrom', (c) => c.area.isDistinctFrom(undefined), 'undefined', 'area'],
    ['NaN for an integer', (c) => c.population.eq(Number.NaN), 'type', 'population'],
    ['a fraction for an integer', (c) => c.population.gt(1.5), 'type', 'population'],
    ['an integer out of range', (c) => c.population.lt(2 ** 31), 'range', 'population'],
    ['an invalid Date', (c) => c.createdAt.gt(new Date(Number.NaN)), 'invalid_date', 'createdAt'],
    ['a string with U+0000', (c) => c.name.eq('a\0b'), 'nul_char', 'name'],
    ['an array for a text', (c) => c.name.eq(['Oslo']), 'type', 'name'],
    ['an object for a scalar', (c) => c.population.eq({}), 'type', 'population'],
    ['a scalar for an array', (c) => c.tags.contains('fjord'), 'type', 'tags'],
    ['null in a list', (c) => c.area.in([1, null]), 'not_null', 'area[1]'],
    ['null in an ordering lookup', (c) => c.area.gt(null), 'not_null', 'area'],
    ['a plain string as a list', (c) => c.name.in('Oslo'), 'type', 'name'],
    ['a label that is none', (c) => c.climate.eq('arid'), 'enum_label', 'climate'],
  ];
  for (const [what, where, rule, path] of values) {
    test(`refuses ${what}`, async ({ ctx }) => {
      sent();
      expect(() => cities.filter(where)).toThrow(refused(rule, path));
      expect(() => cities.exclude(where)).toThrow(refused(rule, path));
      expect(sent()).toEqual([]);
      expect(await query(City).count(ctx)).toBe(5);
    });
  }

  test('takes NaN and infinities where the column is floating', async ({ ctx }) => {
    expect(
      await query(City)
        .filter((c) => c.area.lt(Number.POSITIVE_INFINITY))
        .count(ctx),
    ).toBe(3);
    expect(
      await query(City)
        .filter((c) => c.area.eq(Number.NaN))
        .count(ctx),
    ).toBe(0);
  });
});

describe('a bigint column', () => {
  class Ledger extends model('ledgers', { total: f.bigint() }, { pk: pk.none() }) {}
  test('refuses an unsafe number', () => {
    const ledgers = untyped(query(Ledger));
    expect(() => ledgers.filter((l: Untyped) => l.total.eq(2 ** 53))).toThrow(refused('type', 'total'));
    expect(ledgers.filter((l: Untyped) => l.total.eq(7)).toSql().values).toEqual([7]);
  });
});

describe('a statement', () => {
  test('with more parameters than the protocol can count is refused, and a list is one parameter', async ({ ctx }) => {
    const { or } = await import('@djogi/core');
    sent();
    const sizes = Array.from({ length: 65_536 }, (_, at) => at);
    const wide = query(City).filter((c) => or(...sizes.map((size) => c.population.eq(size))));
    expect(() => wide.toSql()).toThrow(refused('too_many_parameters'));
    await expect(wide.fetchAll(ctx)).rejects.toThrow(refused('too_many_parameters'));
    expect(sent()).toEqual([]);
    expect(
      await query(City)
        .filter((c) => c.population.in(sizes))
        .count(ctx),
    ).toBe(5);
    const most = query(City).filter((c) => or(...sizes.slice(1).map((size) => c.population.eq(size))));
    expect(await most.count(ctx)).toBe(5);
  });
});

describe('a callback', () => {
  const callbacks: readonly [string, unknown, string][] = [
    ['is missing', undefined, 'callback'],
    ['is a predicate', null, 'callback'],
    ['is an object', { name: 'Oslo' }, 'callback'],
    ['is a string', 'name', 'callback'],
    ['is asynchronous', async (c: Untyped) => c.isCapital, 'expression'],
    [
      'gives undefined',
      (c: Untyped) => {
        void c.isCapital;
      },
      'expression',
    ],
    ['gives a boolean', () => true, 'expression'],
    ['gives a function of the expression', (c: Untyped) => c.area.isNull, 'expression'],
    ['gives an expression that is no predicate', (c: Untyped) => c.population.add(1), 'predicate'],
    ['reads a field that is not there', (c: Untyped) => c.nmae.eq('Oslo'), 'unknown_field'],
  ];
  for (const [what, callback, rule] of callbacks) {
    test(`of filter that ${what} is refused`, () => {
      expect(() => cities.filter(callback)).toThrow(refused(rule));
      expect(() => cities.exclude((c: Untyped) => c.isCapital, callback)).toThrow(refused(rule));
    });
  }

  test('may not use the bag of another query', () => {
    let other: Untyped;
    query(City).filter((c) => {
      other = untyped(c);
      return c.isCapital;
    });
    const uses: (() => unknown)[] = [
      () => cities.filter(() => other.isCapital),
      () => cities.filter((c: Untyped) => c.population.gt(other.population)),
      () => cities.exclude((c: Untyped) => c.isCapital.and(other.isCapital)),
      () => cities.orderBy(() => other.name.asc()),
      () => cities.select((c: Untyped) => ({ a: c.name, b: other.name })),
      () => cities.selectTuple(() => [other.name]),
      () => cities.distinctOn(() => other.name),
    ];
    for (const use of uses) expect(use).toThrow(refused('scope'));
  });

  test('may not use the bag of another query over another model', () => {
    class Town extends model('towns', { name: f.text() }) {}
    let other: Untyped;
    query(Town).filter((t) => {
      other = untyped(t);
      return t.name.isNotNull();
    });
    expect(() => cities.filter(() => other.name.eq('x'))).toThrow(refused('scope'));
  });
});

describe('a count', () => {
  const shown = (count: unknown): string =>
    `${typeof count === 'bigint' ? `${count}n` : String(JSON.stringify(count) ?? count)} (${typeof count})`;
  for (const count of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -1n, 2n ** 63n, '1', null, undefined]) {
    test(`of ${shown(count)} rows is refused by limit and offset`, () => {
      expect(() => cities.limit(count)).toThrow(refused('range'));
      expect(() => cities.offset(count)).toThrow(refused('range'));
    });
  }
});

describe('an ordering', () => {
  test('by a constant, an expression without direction, or nothing is refused', async ({ ctx }) => {
    for (const by of [(c: Untyped) => c.name, () => 'name', () => undefined, (c: Untyped) => [c.name.asc(), undefined], undefined])
      expect(() => cities.orderBy(by)).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
    const { expressionOf, nodes, intKind } = await import('@djogi/core/extension');
    const literal = untyped(expressionOf(nodes.value(1, intKind)));
    expect(() => cities.orderBy(() => literal.asc())).toThrow(refused('order'));
    expect(await query(City).count(ctx)).toBe(5);
  });

  test('that does not begin with the expressions of distinctOn is refused, before SQL', async ({ ctx }) => {
    sent();
    const wrong = [
      query(City)
        .distinctOn((c) => c.country)
        .orderBy((c) => c.name.asc()),
      query(City)
        .distinctOn((c) => [c.country, c.name])
        .orderBy((c) => [c.country.asc(), c.id.asc(), c.name.asc()]),
      query(City)
        .orderBy((c) => c.population.mod(2).asc())
        .distinctOn((c) => c.population.mod(2)),
    ];
    for (const set of wrong) {
      await expect(set.fetchAll(ctx)).rejects.toThrow(refused('distinct_on'));
      await expect(set.first(ctx)).rejects.toThrow(refused('distinct_on'));
      await expect(set.count(ctx)).rejects.toThrow(refused('distinct_on'));
    }
    expect(() => query(City).distinctOn(() => [])).toThrow(refused('distinct_on'));
    expect(sent()).toEqual([]);
  });
});

describe('a selection', () => {
  const shapes: readonly [string, unknown, string][] = [
    ['of nothing', () => ({}), 'projection'],
    ['that is no object', (c: Untyped) => [c.name], 'projection'],
    ['that is null', () => null, 'projection'],
    ['with a plain value', (c: Untyped) => ({ a: c.name, b: 1 }), 'expression'],
    ['with undefined', () => ({ a: undefined }), 'expression'],
    ['with a nested object', (c: Untyped) => ({ a: { b: c.name } }), 'expression'],
    ['that is asynchronous', async (c: Untyped) => ({ a: c.name }), 'projection'],
  ];
  for (const [what, shape, rule] of shapes) {
    test(`${what} is refused`, () => {
      expect(() => cities.select(shape)).toThrow(refused(rule));
    });
  }

  test('of a tuple wants a list', () => {
    expect(() => cities.selectTuple((c: Untyped) => ({ a: c.name }))).toThrow(refused('projection'));
    expect(() => cities.selectTuple(() => [])).toThrow(refused('projection'));
    expect(() => cities.selectTuple(undefined)).toThrow(refused('callback'));
  });
});

describe('query', () => {
  test('wants a model class', async ({ ctx }) => {
    class Plain {}
    const row = await query(City).first(ctx);
    for (const candidate of [undefined, null, 'cities', Plain, {}, row]) expect(() => untyped(query)(candidate)).toThrow(refused('model'));
  });

  test('of a declaration that cannot hold throws what is wrong with it', () => {
    class Broken extends model('broken', { name: f.text({ maxLength: -1 }) }) {}
    expect(() => query(Broken)).toThrow(expect.objectContaining({ code: 'MODEL_DEFINITION' }));
  });
});

describe('a terminal', () => {
  const contexts: readonly unknown[] = [undefined, null, {}, 'ctx'];
  test('wants a context first', async () => {
    for (const ctx of contexts) {
      for (const name of ['fetchAll', 'fetchOne', 'first', 'fetchOptional', 'count', 'exists', 'explain'])
        await expect(method(cities, name)(ctx)).rejects.toThrow(refused('context'));
      await expect(cities.inBulk(ctx, [])).rejects.toThrow(refused('context'));
      await expect(cities.bulkCreate(ctx, [])).rejects.toThrow(refused('context'));
      await expect(cities.upsert(ctx, {}, { conflict: ['name'] })).rejects.toThrow(refused('context'));
      expect(() => cities.stream(ctx)).toThrow(refused('context'));
    }
  });

  test('whose signal has fired sends nothing', async ({ ctx, pool }) => {
    const options = { signal: AbortSignal.abort() };
    const before = pool.counters();
    for (const name of ['fetchAll', 'fetchOne', 'first', 'count', 'exists', 'explain'])
      await expect(method(cities, name)(ctx, options)).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(cities.inBulk(ctx, [1], options)).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(cities.bulkCreate(ctx, [{ name: 'a', country: 'b', population: 1 }], options)).rejects.toMatchObject({ code: 'ABORTED' });
    expect(pool.counters()).toEqual(before);
    expect(await query(City).count(ctx)).toBe(5);
  });

  test('is cancelled by its signal while the server works', async ({ ctx, pool }) => {
    const { rawSql } = await import('@djogi/core/raw');
    await rawSql(ctx, 'a slow row for a test of cancelling').script(`
      CREATE FUNCTION slow() RETURNS boolean LANGUAGE sql VOLATILE AS 'SELECT pg_sleep(30) IS NOT NULL';
      ALTER TABLE cities RENAME TO stored;
      CREATE VIEW cities AS SELECT stored.* FROM stored WHERE slow();`);
    const startedAt = performance.now();
    await expect(query(City).fetchAll(ctx, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ code: 'ABORTED' });
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(await rawSql(ctx, 'a healthy pool answers the next query').scalar('SELECT 1')).toBe(1);
    expect(pool.status().size).toBeLessThanOrEqual(2);
  });

  test("reports the server's refusals by their state", async ({ ctx }) => {
    await expect(
      query(City)
        .filter((c) => c.name.regex('('))
        .fetchAll(ctx),
    ).rejects.toMatchObject({ code: 'DATABASE', sqlState: '2201B' });
    await expect(
      query(City)
        .filter((c) => c.population.div(c.population.sub(c.population)).gt(1))
        .fetchAll(ctx),
    ).rejects.toMatchObject({ code: 'DATABASE', sqlState: '22012' });
    const create = (): Promise<unknown> => query(City).bulkCreate(ctx, [{ name: 'x', country: 'y', population: 1 }], { ids: [1 as never] });
    await expect(create()).rejects.toMatchObject({ code: 'CONSTRAINT', sqlState: '23505', kind: 'unique', fields: ['id'] });
  });
});

describe('a stored value that the field cannot represent', () => {
  test('is a decode error that names table and column and no value', async ({ ctx }) => {
    const { rawSql } = await import('@djogi/core/raw');
    await rawSql(ctx, 'a label the declaration lacks, for a test').script(`ALTER TYPE climate ADD VALUE 'arid'; `);
    await rawSql(ctx, 'a label the declaration lacks, for a test').execute(`UPDATE cities SET climate = 'arid' WHERE name = 'Oslo'`);
    const error = await query(City)
      .fetchAll(ctx)
      .then(
        () => undefined,
        (thrown: unknown) => thrown as Error & { cause?: unknown },
      );
    expect(error).toMatchObject({ code: 'DECODE', table: 'cities', column: 'climate' });
    expect(error!.message).not.toContain('arid');
    await expect(
      query(City)
        .select((c) => ({ kind: c.climate }))
        .fetchAll(ctx),
    ).rejects.toMatchObject({ code: 'DECODE', table: 'cities' });
    expect(
      await query(City)
        .filter((c) => c.name.neq('Oslo'))
        .fetchAll(ctx),
    ).toHaveLength(4);
  });
});

describe('the literal null', () => {
  test('is refused by eq and neq where the column is never null, and isNull is not', async ({ ctx }) => {
    for (const name of ['name', 'id', 'tags', 'isCapital', 'createdAt']) {
      expect(() => cities.filter((c: Untyped) => member(c, name).eq(null))).toThrow(refused('not_null', name));
      expect(() => cities.filter((c: Untyped) => member(c, name).neq(null))).toThrow(refused('not_null', name));
    }
    expect(
      await query(City)
        .filter((c) => c.name.isNull())
        .count(ctx),
    ).toBe(0);
    expect(
      await query(City)
        .filter(
          (c) => c.name.isNotNull(),
          (c) => c.name.isDistinctFrom(null),
        )
        .count(ctx),
    ).toBe(5);
  });
});
