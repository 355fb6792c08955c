// The ends of an ordering, the other way round, orderings by name, and whether a row is among others.

import { computed, f, model, pk, proxy } from '@djogi/core';
import { djogiTest, expectRoundTrips } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { query } from '../../src/index.ts';
import { City, CITY_COLUMNS, expectQuery, nameOf, sent, test } from '../support/cities.ts';
import { method } from '../support/untyped.ts';

const refused = (rule: string, path = ''): Error =>
  expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule, path })] }) as Error;
const whole = (rest: string): string => `SELECT ${CITY_COLUMNS} FROM "cities"${rest}`;
const texts = (): string[] => sent().map((statement) => statement.text);
const byArea = query(City).orderBy((c) => [c.area.desc(), c.name.asc().nullsFirst()]);

describe('reverse', () => {
  test('turns every sort key round, and the places of NULLs with it', async ({ ctx }) => {
    await expectQuery(
      ctx,
      byArea.reverse(),
      {
        text: 'SELECT WHOLE FROM "cities" ORDER BY "area" ASC, "name" DESC NULLS LAST',
        values: [],
        rows: ['Guayaquil', 'Oslo', 'Bergen', 'Quito', 'Nuuk'],
      },
      nameOf,
    );
    expect((await byArea.fetchAll(ctx)).map(nameOf)).toEqual(['Nuuk', 'Quito', 'Bergen', 'Oslo', 'Guayaquil']);
    expect(byArea.reverse().reverse().toSql()).toEqual(byArea.toSql());
  });

  test('is refused where there is nothing to turn round', () => {
    expect(() => query(City).reverse()).toThrow(refused('order'));
    expect(() => byArea.reorder(() => []).reverse()).toThrow(refused('order'));
  });
});

describe('last', () => {
  test('is the first of the reversed ordering', async ({ ctx }) => {
    expect((await expectRoundTrips(1, () => byArea.last(ctx)))!.name).toBe('Guayaquil');
    expect(texts()).toEqual([whole(' ORDER BY "area" ASC, "name" DESC NULLS LAST LIMIT 1')]);
    expect(await byArea.filter((c) => c.population.lt(0)).last(ctx)).toBeNull();
    expect(await byArea.select((c) => ({ name: c.name })).last(ctx)).toEqual({ name: 'Guayaquil' });
    sent();
    expect(
      await byArea
        .none()
        .orderBy((c) => c.id.asc())
        .last(ctx),
    ).toBeNull();
    expect(sent()).toEqual([]);
  });

  test('is refused without an ordering, and where rows were chosen by it', async ({ ctx }) => {
    for (const set of [
      query(City),
      byArea.limit(2),
      byArea.offset(1),
      query(City)
        .distinctOn((c) => c.country)
        .orderBy((c) => c.country.asc()),
    ])
      await expect(set.last(ctx)).rejects.toThrow(refused('order'));
    expect(sent()).toEqual([]);
  });
});

describe('earliest and latest', () => {
  test('go by their own key, whatever the ordering', async ({ ctx }) => {
    expect((await expectRoundTrips(1, () => byArea.earliest(ctx, (c) => c.population)))!.name).toBe('Nuuk');
    expect((await byArea.latest(ctx, (c) => c.population))!.name).toBe('Guayaquil');
    expect(
      (await query(City)
        .filter((c) => c.country.eq('NO'))
        .latest(ctx, (c) => c.population.neg()))!.name,
    ).toBe('Bergen');
    expect(texts()).toEqual([
      whole(' ORDER BY "population" ASC LIMIT 1'),
      whole(' ORDER BY "population" DESC LIMIT 1'),
      whole(' WHERE "country" = $1 ORDER BY - "population" DESC LIMIT 1'),
    ]);
  });

  test('find rows without a value behind all others', async ({ ctx }) => {
    expect((await query(City).earliest(ctx, (c) => c.area))!.name).toBe('Guayaquil');
    expect((await query(City).latest(ctx, (c) => c.area))!.name).toBe('Bergen');
    expect(texts()).toEqual([whole(' ORDER BY "area" ASC LIMIT 1'), whole(' ORDER BY "area" DESC NULLS LAST LIMIT 1')]);
    expect(
      (await query(City)
        .filter((c) => c.area.isNull())
        .latest(ctx, (c) => c.area))!.area,
    ).toBeNull();
    expect(
      await query(City)
        .filter((c) => c.name.eq(''))
        .latest(ctx, (c) => c.area),
    ).toBeNull();
  });

  test('refuse what has no order, and rows that were cut', async ({ ctx }) => {
    await expect(method(query(City), 'earliest')(ctx, (c: typeof City) => c)).rejects.toThrow(refused('order'));
    await expect(method(query(City), 'latest')(ctx, () => 'name')).rejects.toThrow(refused('order'));
    await expect(method(query(City), 'latest')(ctx)).rejects.toThrow(refused('callback'));
    for (const set of [query(City).limit(2), query(City).offset(1), query(City).distinctOn((c) => c.country)])
      await expect(set.earliest(ctx, (c) => c.name)).rejects.toThrow(refused('order'));
    expect(sent()).toEqual([]);
  });
});

describe('contains', () => {
  test('asks whether a row is among those of the set', async ({ ctx }) => {
    const oslo = await query(City)
      .filter((c) => c.name.eq('Oslo'))
      .fetchOne(ctx);
    sent();
    const capitals = query(City)
      .filter((c) => c.isCapital)
      .orderBy((c) => c.name.asc());
    expect(await expectRoundTrips(1, () => capitals.contains(ctx, oslo))).toBe(true);
    expect(await capitals.exclude((c) => c.name.eq('Oslo')).contains(ctx, { id: oslo.id })).toBe(false);
    expect(texts()[0]).toBe('SELECT EXISTS(SELECT 1 FROM "cities" WHERE "is_capital" AND "id" = $1 LIMIT 1)');
    expect(await capitals.none().contains(ctx, oslo)).toBe(false);
  });

  test('refuses what is no row, and sets whose rows were cut', async ({ ctx }) => {
    for (const row of [null, undefined, 5, {}, { id: null }])
      await expect(method(query(City), 'contains')(ctx, row)).rejects.toThrow(refused('required', 'id'));
    await expect(method(query(City), 'contains')(ctx, { id: 'x' })).rejects.toThrow(refused('type', 'id'));
    await expect(
      query(City)
        .limit(1)
        .contains(ctx, { id: 1 as never }),
    ).rejects.toThrow(refused('order'));
    expect(sent()).toEqual([]);
  });
});

describe('countBig', () => {
  test('is the count as a bigint', async ({ ctx }) => {
    expect(await expectRoundTrips(1, () => byArea.limit(1).countBig(ctx))).toBe(5n);
    expect(await byArea.count(ctx)).toBe(5);
    expect(
      await query(City)
        .select((c) => ({ country: c.country }))
        .distinct()
        .countBig(ctx),
    ).toBe(3n);
    expect(texts().slice(0, 2)).toEqual(['SELECT count(*) FROM "cities"', 'SELECT count(*) FROM "cities"']);
    expect(await byArea.none().countBig(ctx)).toBe(0n);
  });
});

class Note extends model(
  'notes',
  { title: f.text(), size: f.int().nullable(), parts: f.array(f.text()).default([]) },
  { pk: pk.serial() },
) {
  static readonly computed = computed(Note, (n) => ({ shout: n.title.upper() }));
}
class Long extends proxy(Note, { filter: (n) => n.size.gt(1), orderBy: (n) => n.size.desc() }) {}
const notes = djogiTest({ models: [Note] });

describe('orderings by name', () => {
  test('are those of the callback that says the same', async ({ ctx }) => {
    expect(query(City).orderByName('area', 'desc', { nulls: 'last' }).orderByName('isCapital').toSql()).toEqual(
      query(City)
        .orderBy((c) => [c.area.desc().nullsLast(), c.isCapital.asc()])
        .toSql(),
    );
    expect(query(City).orderByName('createdAt', 'asc', { nulls: 'first' }).orderByName('id', 'desc').toSql().text).toBe(
      whole(' ORDER BY "created_at" ASC NULLS FIRST, "id" DESC'),
    );
    const firsts = query(City)
      .distinctOnNames(['country', 'climate'])
      .orderByName('country')
      .orderByName('climate', 'desc')
      .orderByName('name');
    expect((await firsts.fetchAll(ctx)).map(nameOf)).toEqual(['Guayaquil', 'Nuuk', 'Bergen']);
    expect(texts()).toEqual([
      `SELECT DISTINCT ON ("country", "climate") ${CITY_COLUMNS} FROM "cities" ORDER BY "country" ASC, "climate" DESC, "name" ASC`,
    ]);
  });

  notes('know computed fields, and the other end of a proxy', async ({ ctx }) => {
    await query(Note).bulkCreate(ctx, [{ title: 'b', size: 2 }, { title: 'a', size: 3 }, { title: 'c' }]);
    expect((await query(Note).orderByName('shout').fetchAll(ctx)).map((note) => note.title)).toEqual(['a', 'b', 'c']);
    expect((await query(Long).last(ctx))!.title).toBe('b');
    expect((await query(Long).latest(ctx, (n) => n.shout))!.title).toBe('b');
  });

  test('refuse names that are no fields, fields without an order, and what is no direction', () => {
    for (const name of ['nmae', 'is_capital', 'label', '__proto__', 'constructor', '', 5, undefined, null]) {
      expect(() => method(query(City), 'orderByName')(name)).toThrow(refused('unknown_field', String(name)));
      expect(() => method(query(City), 'distinctOnNames')([name])).toThrow(refused('unknown_field', String(name)));
    }
    expect(() => query(City).orderByName('tags')).toThrow(refused('order', 'tags'));
    expect(() => method(query(City), 'orderByName')('name', 'up')).toThrow(refused('order'));
    expect(() => method(query(City), 'orderByName')('name', 'asc', { nulls: 'middle' })).toThrow(refused('order'));
    expect(() => method(query(City), 'orderByName')('name', 'asc', null)).toThrow(refused('order'));
    expect(() => method(query(City), 'distinctOnNames')('country')).toThrow(refused('distinct_on'));
    expect(() => query(City).distinctOnNames([])).toThrow(refused('distinct_on'));
  });
});
