// `only` and `defer`: plain objects with some of the columns.

import { f, model, pk } from '@djogi/core';
import { djogiTest } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { cte, query } from '../../src/index.ts';
import { City, expectQuery, sent, test } from '../support/cities.ts';
import { method } from '../support/untyped.ts';

const refused = (rule: string, path = ''): Error =>
  expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule, path })] }) as Error;
const capitals = query(City)
  .filter((c) => c.isCapital)
  .orderBy((c) => c.id.asc());

describe('only', () => {
  test('asks for the named columns, and gives plain objects of them', async ({ ctx }) => {
    await expectQuery(ctx, capitals.only('name', 'area', 'name').limit(2), {
      text: 'SELECT "name", "area" FROM "cities" WHERE "is_capital" ORDER BY "id" ASC LIMIT 2',
      values: [],
      rows: [
        { name: 'Oslo', area: 454 },
        { name: 'Quito', area: null },
      ],
    });
    const row = (await capitals.only('id', 'createdAt').first(ctx))!;
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
    expect(row).toEqual({ id: 1, createdAt: expect.any(Date) as Date });
    expect('save' in row).toBe(false);
  });

  test('goes with every terminal, and replaces an earlier projection', async ({ ctx }) => {
    const names = capitals.select((c) => ({ n: c.id })).only('name');
    expect(await names.fetchOne(ctx).catch((error: { code: string }) => error.code)).toBe('MULTIPLE_OBJECTS');
    expect(await names.last(ctx)).toEqual({ name: 'Nuuk' });
    expect((await names.fetchPage(ctx, { size: 2 })).rows).toEqual([{ name: 'Oslo' }, { name: 'Quito' }]);
    expect(await names.count(ctx)).toBe(3);
    expect(
      await names
        .distinct()
        .fetchAll(ctx)
        .catch((error: { sqlState: string }) => error.sqlState),
    ).toBe('42P10');
  });
});

describe('defer', () => {
  test('asks for all other columns', async ({ ctx }) => {
    await expectQuery(ctx, capitals.defer('tags', 'climate', 'createdAt', 'updatedAt').limit(1), {
      text: 'SELECT "id", "name", "country", "population", "area", "is_capital" FROM "cities" WHERE "is_capital" ORDER BY "id" ASC LIMIT 1',
      values: [],
      rows: [{ id: 1, name: 'Oslo', country: 'NO', population: 700, area: 454, isCapital: true }],
    });
    const all = await capitals.defer().limit(1).fetchAll(ctx);
    expect(all).toEqual([{ ...(await City.get(ctx, all[0]!.id)) }]);
  });
});

class Letter extends model('letters', { sender: f.id(pk.heerId()), body: f.text() }, { pk: pk.none(), timestamps: false }) {}
const letters = djogiTest({ models: [Letter] });

letters('rows of a model without a key have only its fields', async ({ ctx }) => {
  await query(Letter).bulkCreate(ctx, [{ sender: '7', body: 'long' }]);
  expect(await query(Letter).defer('body').fetchAll(ctx)).toEqual([{ sender: '7' }]);
  expect(() => method(query(Letter), 'only')('id')).toThrow(refused('unknown_field', 'id'));
});

describe('over the rows of another query', () => {
  const large = query(City).filter((c) => c.population.gt(500));

  test('columns, names and ends are those of its rows', async ({ ctx }) => {
    const rows = query(cte('large', large)),
      shaped = query(
        cte(
          'shaped',
          large.select((c) => ({ place: c.name, size: c.population })),
        ),
      );
    expect(await rows.orderByName('population', 'desc').only('name').limit(1).fetchAll(ctx)).toEqual([{ name: 'Guayaquil' }]);
    expect((await rows.orderByName('id').last(ctx))!.name).toBe('Guayaquil');
    expect(await rows.contains(ctx, { id: (await query(City).orderByName('id').first(ctx))!.id })).toBe(true);
    expect(await shaped.orderByName('size').first(ctx)).toEqual({ place: 'Oslo', size: 700 });
    expect(method(shaped, 'only')('place').toSql()).toMatchObject({
      text: expect.stringMatching(/ SELECT "place" FROM "shaped"$/) as string,
    });
    expect(await shaped.orderByName('size').reverse().first(ctx)).toEqual({ place: 'Guayaquil', size: 2700 });
  });

  test('names and keys of the model are none of its chosen columns, and no filter of it is portable', async ({ ctx }) => {
    const shaped = query(
      cte(
        'shaped',
        large.select((c) => ({ place: c.name })),
      ),
    );
    expect(() => shaped.orderByName('name')).toThrow(refused('unknown_field', 'name'));
    expect(() => method(shaped, 'only')('name')).toThrow(refused('unknown_field', 'name'));
    await expect(method(shaped, 'contains')(ctx, { id: 1 })).rejects.toThrow(refused('contains'));
    expect(query(cte('large', large)).tryPortable()).toMatchObject({ ok: false, reason: { kind: 'unsupportedSource' } });
    expect(sent()).toEqual([]);
  });
});

describe('only and defer refuse', () => {
  test('names that are no columns, and leaving nothing', () => {
    for (const name of ['nmae', 'label', 'save', 'is_capital', '__proto__', 5, undefined, null]) {
      expect(() => method(query(City), 'only')('name', name)).toThrow(refused('unknown_field', String(name)));
      expect(() => method(query(City), 'defer')(name)).toThrow(refused('unknown_field', String(name)));
    }
    expect(() => query(City).only()).toThrow(refused('projection'));
    expect(() =>
      query(City).defer('id', 'createdAt', 'updatedAt', 'name', 'country', 'population', 'area', 'climate', 'isCapital', 'tags'),
    ).toThrow(refused('projection'));
    expect(sent()).toEqual([]);
  });
});
