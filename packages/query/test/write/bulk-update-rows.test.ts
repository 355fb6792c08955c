import { f, hooks, model, pgEnum, pk, proxy } from '@djogi/core';
import { djogiTest, expectRoundTrips, expectStatements } from '@djogi/testing';
import { afterEach, describe, expect } from 'vitest';
import { query } from '../../src/index.ts';
import { logged, LogEntry } from '../support/logged.ts';
import { untyped } from '../support/untyped.ts';

const sent: { text: string; values: readonly unknown[] }[] = [];
const hooked: string[] = [];
afterEach(() => {
  sent.length = 0;
  hooked.length = 0;
});

const Size = pgEnum('item_size', ['small', 'large']);
class Item extends model(
  'items',
  {
    name: f.text({ maxLength: 8 }),
    price: f.decimal(8, 2),
    size: f.enum(Size).default('small'),
    tags: f.array(f.text()).default([]),
    note: f.text().nullable(),
    revision: f.version(),
  },
  { pk: pk.serial() },
) {
  static readonly hooks = hooks(Item, {
    beforeSave() {
      hooked.push('save');
    },
  });
}
class LargeItem extends proxy(Item, { filter: (i) => i.size.eq('large') }) {}
class Score extends model(
  'scores',
  { player: f.text(), level: f.int(), points: f.int() },
  { pk: pk.composite('player', 'level'), timestamps: false },
) {}
class Loose extends model('loose', { code: f.text() }, { pk: pk.none(), timestamps: false }) {}
class Setting extends model('settings', { value: f.text() }, { pk: pk.serial(), use: [logged] }) {}

const test = djogiTest({
  models: [Item, Score, Loose, Setting, LogEntry],
  pool: {
    includeValues: true,
    onQuery: (event) => {
      if (event.operation !== 'raw') sent.push({ text: event.sql, values: event.values ?? [] });
    },
  },
});

describe('bulkUpdateRows', () => {
  test('writes other values into each row in one statement, and counts the rows', async ({ ctx }) => {
    const rows = await query(Item).bulkCreate(ctx, [
      { name: 'a', price: '1' },
      { name: 'b', price: '2' },
      { name: 'c', price: '3' },
    ]);
    sent.length = 0;
    const changed = [rows[2]!, rows[0]!].map((row, at) => ({ id: row.id, price: `${at}.50`, name: 'ignored' }));
    expect(
      await expectStatements(1, () => expectRoundTrips(1, () => query(Item).bulkUpdateRows(ctx, changed, { fields: ['price'] }))),
    ).toBe(2);
    expect(sent[0]).toEqual({
      text:
        'UPDATE "items" SET "price" = "__djogi_rows"."price", "revision" = "items"."revision" + 1, "updated_at" = date_trunc(\'milliseconds\', now()) ' +
        'FROM (SELECT "c0" AS "id", "c1" AS "price" FROM unnest($1::integer[], $2::numeric[]) AS "r" ("c0", "c1")) AS "__djogi_rows" ' +
        'WHERE "items"."id" = "__djogi_rows"."id"',
      values: [
        [3, 1],
        ['0.50', '1.50'],
      ],
    });
    expect(
      await query(Item)
        .orderBy((i) => i.id.asc())
        .selectTuple((i) => [i.name, i.price, i.revision])
        .fetchAll(ctx),
    ).toEqual([
      ['a', '1.50', 1],
      ['b', '2.00', 0],
      ['c', '0.50', 1],
    ]);
  });

  test('takes the rows themselves, with enums, lists and null', async ({ ctx }) => {
    const rows = await query(Item).bulkCreate(ctx, [
      { name: 'a', price: '1', note: 'n' },
      { name: 'b', price: '2' },
    ]);
    rows[0]!.assign({ size: 'large', tags: ['x', 'y,z'], note: null });
    rows[1]!.assign({ size: 'large', tags: [], note: 'm' });
    await query(Item).bulkUpdateRows(ctx, rows, { fields: ['tags', 'size', 'note'] });
    const stored = await query(Item)
      .orderBy((i) => i.id.asc())
      .fetchAll(ctx);
    expect(stored.map(({ size, tags, note }) => ({ size, tags, note }))).toEqual(
      rows.map(({ size, tags, note }) => ({ size, tags, note })),
    );
    expect(stored[0]!.updatedAt.getTime()).toBeGreaterThanOrEqual(rows[0]!.updatedAt.getTime());
    expect(hooked).toEqual([]);
  });

  test('has one text for any number of rows and any order of fields', async ({ ctx }) => {
    const rows = await query(Item).bulkCreate(
      ctx,
      Array.from({ length: 20 }, () => ({ name: 'a', price: '1' })),
    );
    sent.length = 0;
    await query(Item).bulkUpdateRows(ctx, rows.slice(0, 1), { fields: ['name', 'price'] });
    await query(Item).bulkUpdateRows(ctx, rows, { fields: ['price', 'name'] });
    expect(new Set(sent.map((statement) => statement.text)).size).toBe(1);
  });

  test('leaves out rows that are not there, and counts the others', async ({ ctx }) => {
    const [row] = await query(Item).bulkCreate(ctx, [{ name: 'a', price: '1' }]);
    expect(
      await query(Item).bulkUpdateRows(
        ctx,
        [
          { id: row!.id, name: 'b' },
          { id: 999, name: 'c' },
        ] as never,
        { fields: ['name'] },
      ),
    ).toBe(1);
  });

  test('of no rows sends nothing, and checks its options all the same', async ({ ctx }) => {
    await expectStatements(0, async () => {
      expect(await query(Item).bulkUpdateRows(ctx, [], { fields: ['name'] })).toBe(0);
      await expect(query(Item).bulkUpdateRows(ctx, [], { fields: [] })).rejects.toMatchObject({ code: 'VALIDATION' });
    });
  });

  test('checks versions when asked to, and writes all rows or none', async ({ ctx }) => {
    const rows = await query(Item).bulkCreate(ctx, [
      { name: 'a', price: '1' },
      { name: 'b', price: '1' },
    ]);
    const write = (name: string): Promise<number> =>
      query(Item).bulkUpdateRows(
        ctx,
        rows.map((row) => row.assign({ name })),
        { fields: ['name'], checkVersion: true },
      );
    expect(await write('one')).toBe(2);
    expect(sent.some((statement) => statement.text.endsWith('AND "items"."revision" = "__djogi_rows"."revision"'))).toBe(true);
    await rows[0]!.refresh(ctx);
    await expect(write('two')).rejects.toMatchObject({ code: 'LOCK_CONFLICT', reason: 'version', table: 'items' });
    expect(
      await query(Item)
        .selectTuple((i) => [i.name])
        .fetchAll(ctx),
    ).toEqual([['one'], ['one']]);
  });

  test('tells rows by a composite key', async ({ ctx }) => {
    await query(Score).bulkCreate(ctx, [
      { player: 'a', level: 1, points: 1 },
      { player: 'a', level: 2, points: 1 },
    ]);
    expect(await query(Score).bulkUpdateRows(ctx, [{ player: 'a', level: 2, points: 7 }], { fields: ['points'] })).toBe(1);
    expect(
      await query(Score)
        .orderBy((s) => s.level.asc())
        .selectTuple((s) => [s.points])
        .fetchAll(ctx),
    ).toEqual([[1], [7]]);
  });

  test('through a proxy writes the rows of its slice only', async ({ ctx }) => {
    const rows = await query(Item).bulkCreate(ctx, [
      { name: 'a', price: '1', size: 'large' },
      { name: 'b', price: '1', size: 'small' },
    ]);
    expect(
      await query(LargeItem).bulkUpdateRows(
        ctx,
        rows.map((row) => row.assign({ name: 'new' })),
        { fields: ['name'] },
      ),
    ).toBe(1);
    expect(
      await query(Item)
        .filter((i) => i.name.eq('new'))
        .count(ctx),
    ).toBe(1);
  });

  test('is shown to extensions that wrap writes', async ({ ctx }) => {
    const [row] = await query(Setting).bulkCreate(ctx, [{ value: 'a' }]);
    expect(await query(Setting).bulkUpdateRows(ctx, [{ id: row!.id, value: 'b' }], { fields: ['value'] })).toBe(1);
    expect((await query(Setting).fetchOne(ctx)).value).toBe('b');
  });
});

describe('bulkUpdateRows refuses', () => {
  const items = untyped(query(Item));
  const fine = { id: 1, name: 'a' };
  const refusals: readonly [string, unknown, unknown, string, string][] = [
    ['no fields', [fine], { fields: [] }, 'fields', 'fields'],
    ['fields that are no list', [fine], { fields: 'name' }, 'fields', 'fields'],
    ['an unknown field', [fine], { fields: ['colour'] }, 'colour', 'unknown_field'],
    ['the key as a field', [fine], { fields: ['id'] }, 'id', 'read_only'],
    ['a timestamp', [fine], { fields: ['updatedAt'] }, 'updatedAt', 'read_only'],
    ['the version', [fine], { fields: ['revision'] }, 'revision', 'read_only'],
    ['a field twice', [fine], { fields: ['name', 'name'] }, 'name', 'duplicate'],
    ['what is no list', fine, { fields: ['name'] }, '', 'type'],
    ['a row that is none', [fine, null], { fields: ['name'] }, '[1]', 'type'],
    ['a row without its key', [{ name: 'a' }], { fields: ['name'] }, '[0].id', 'undefined'],
    ['a wrong key', [{ id: 'x', name: 'a' }], { fields: ['name'] }, '[0].id', 'type'],
    ['a row without a field', [fine, { id: 2 }], { fields: ['name'] }, '[1].name', 'undefined'],
    ['null for a required field', [{ id: 1, name: null }], { fields: ['name'] }, '[0].name', 'not_null'],
    ['a value that does not fit', [{ id: 1, name: 'much too long' }], { fields: ['name'] }, '[0].name', 'max_length'],
    ['two rows of one key', [fine, { id: 2, name: 'b' }, fine], { fields: ['name'] }, '[2].id', 'duplicate'],
    ['a row without its version', [fine], { fields: ['name'], checkVersion: true }, '[0].revision', 'undefined'],
  ];
  for (const [what, rows, options, path, rule] of refusals) {
    test(`${what}, before SQL`, async ({ ctx }) => {
      await expectStatements(0, () =>
        expect(items.bulkUpdateRows(ctx, rows, options)).rejects.toMatchObject({
          code: 'VALIDATION',
          model: 'items',
          issues: [{ path, rule }],
        }),
      );
    });
  }

  test('missing options, a model without a key, and one without a version to check', async ({ ctx }) => {
    await expect(items.bulkUpdateRows(ctx, [fine])).rejects.toMatchObject({ issues: [{ rule: 'fields' }] });
    await expect(untyped(query(Loose)).bulkUpdateRows(ctx, [{ code: 'a' }], { fields: ['code'] })).rejects.toMatchObject({
      issues: [{ rule: 'key' }],
    });
    await expect(
      query(Setting).bulkUpdateRows(ctx, [{ id: 1, value: 'a' }] as never, { fields: ['value'], checkVersion: true }),
    ).rejects.toMatchObject({ issues: [{ rule: 'version' }] });
  });
});
