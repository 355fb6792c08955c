import { f, hooks, model, pk, type Field, type ScalarOps } from '@djogi/core';
import { fieldOf, runtimeOf, textKind, type Extension } from '@djogi/core/extension';
import { rawSql } from '@djogi/core/raw';
import { djogiTest, expectRoundTrips, expectStatements } from '@djogi/testing';
import { afterEach, describe, expect } from 'vitest';
import { query } from '../../src/index.ts';
import { logged, LogEntry } from '../support/logged.ts';
import { untyped, type Untyped } from '../support/untyped.ts';

const sent: { text: string; values: readonly unknown[] }[] = [];
const hooked: string[] = [];
afterEach(() => {
  sent.length = 0;
  hooked.length = 0;
});

const filling: Extension<'origin'> = {
  name: 'filling',
  names: ['origin'],
  section: () => null,
  runtime: {
    populate(draft) {
      draft['origin'] ??= 'extension';
    },
  },
};

class Tag extends model('tags', { name: f.text().unique(), uses: f.int().default(1), note: f.text().nullable() }) {
  static readonly hooks = hooks(Tag, {
    beforeCreate() {
      hooked.push('create');
    },
    beforeSave() {
      hooked.push('save');
    },
  });
}
class Page extends model(
  'pages',
  { site: f.text(), path: f.text(), title: f.text(), hits: f.int().default(0), origin: f.text().filled(), revision: f.version() },
  { use: [filling] },
) {}
class Plain extends model('plain', { code: f.text().unique() }, { pk: pk.serial(), timestamps: false }) {}
class Flag extends model(
  'flags',
  { name: f.text(), isOn: f.boolean().column('on') },
  { pk: pk.custom({ name: 'flag', field: f.text() }), timestamps: false },
) {}
class Score extends model(
  'scores',
  { player: f.text(), level: f.int(), points: f.int() },
  { pk: pk.composite('player', 'level'), timestamps: false },
) {}
class Setting extends model('settings', { key: f.text().unique(), value: f.text().nullable() }, { pk: pk.serial(), use: [logged] }) {}
class Loose extends model('loose', { code: f.text().nullable().unique() }, { pk: pk.none(), timestamps: false }) {}

/** As a package of relations makes it: declared as `owner`, stored in `owner_id`, the property `ownerId`. */
interface KeyColumn {
  value: string;
  ops: ScalarOps<string>;
  optional: false;
  nullable: false;
  column: 'id';
  expose: never;
}
const keyField = (): Field<KeyColumn> => fieldOf<KeyColumn>({ valueKind: textKind, stored: 'key' });
class Seat extends model('seats', { owner: keyField(), place: f.int() }, { pk: pk.composite('owner'), timestamps: false }) {}

const test = djogiTest({
  models: [Tag, Page, Plain, Flag, Score, Setting, Loose, LogEntry, Seat],
  pool: {
    includeValues: true,
    onQuery: (event) => {
      if (event.operation !== 'raw') sent.push({ text: event.sql, values: event.values ?? [] });
    },
  },
});
const script = (ctx: Parameters<typeof rawSql>[0], text: string): Promise<void> =>
  rawSql(ctx, 'prepares a table behind the models').script(text);

describe('upsert', () => {
  test('inserts a new row and says so, in one round trip', async ({ ctx }) => {
    const { row, created } = await expectStatements(1, () =>
      expectRoundTrips(1, () => query(Tag).upsert(ctx, { name: 'sql' }, { conflict: ['name'] })),
    );
    expect(created).toBe(true);
    expect(row).toBeInstanceOf(Tag);
    expect([row.name, row.uses, row.note]).toEqual(['sql', 1, null]);
    expect(sent[0]).toEqual({
      text:
        'INSERT INTO "tags" ("name") VALUES ($1) ON CONFLICT ("name") DO UPDATE SET "updated_at" = date_trunc(\'milliseconds\', now()) ' +
        'RETURNING WITH (OLD AS "__djogi_old") "id", "created_at", "updated_at", "name", "uses", "note", "__djogi_old"."id" IS NULL',
      values: ['sql'],
    });
  });

  test('updates the row that is there and keeps its key', async ({ ctx }) => {
    const first = await query(Tag).upsert(ctx, { name: 'sql', uses: 3, note: 'kept' }, { conflict: ['name'] });
    const second = await query(Tag).upsert(ctx, { name: 'sql', uses: 5 }, { conflict: ['name'] });
    expect([first.created, second.created]).toEqual([true, false]);
    expect(second.row.id).toBe(first.row.id);
    expect([second.row.uses, second.row.note]).toEqual([5, 'kept']);
    expect(second.row.createdAt).toEqual(first.row.createdAt);
    expect(second.row.updatedAt.getTime()).toBeGreaterThanOrEqual(first.row.updatedAt.getTime());
    expect(await query(Tag).count(ctx)).toBe(1);
  });

  test('overwrites what was given, an explicit null included, and nothing else', async ({ ctx }) => {
    await query(Tag).upsert(ctx, { name: 'sql', uses: 9, note: 'gone' }, { conflict: ['name'] });
    const { row } = await query(Tag).upsert(ctx, { name: 'sql', note: null }, { conflict: ['name'] });
    expect([row.uses, row.note]).toEqual([9, null]);
  });

  test('overwrites the named fields only', async ({ ctx }) => {
    await script(ctx, 'CREATE UNIQUE INDEX ON pages (site, path)');
    await query(Page).upsert(ctx, { site: 'a', path: '/', title: 'one', hits: 1 }, { conflict: ['site', 'path'] });
    sent.length = 0;
    const { row, created } = await query(Page).upsert(
      ctx,
      { site: 'a', path: '/', title: 'two', hits: 2 },
      { conflict: ['site', 'path'], update: ['hits'] },
    );
    expect([created, row.title, row.hits, row.revision]).toEqual([false, 'one', 2, 1]);
    expect(sent[0]!.text).toContain(
      'ON CONFLICT ("site", "path") DO UPDATE SET "hits" = EXCLUDED."hits", "revision" = "pages"."revision" + 1, "updated_at" = ',
    );
  });

  test('leaves alone what a default or an extension fills in for a new row', async ({ ctx }) => {
    await script(ctx, 'CREATE UNIQUE INDEX ON pages (site, path)');
    const write = (origin?: string) =>
      query(Page).upsert(
        ctx,
        { site: 'a', path: '/', title: 't', ...(origin === undefined ? {} : { origin }) },
        { conflict: ['site', 'path'] },
      );
    await write('import');
    expect((await write()).row.origin).toBe('import');
    expect((await write('sync')).row.origin).toBe('sync');
  });

  test('names a constraint, or a partial unique index by its condition', async ({ ctx }) => {
    await script(ctx, 'ALTER TABLE pages ADD CONSTRAINT one_title UNIQUE (title); CREATE UNIQUE INDEX ON pages (site) WHERE hits > 5');
    const one = await query(Page).upsert(ctx, { site: 'a', path: '/', title: 't' }, { conflict: { constraint: 'one_title' } });
    const two = await query(Page).upsert(ctx, { site: 'b', path: '/b', title: 't', hits: 9 }, { conflict: { constraint: 'one_title' } });
    expect([one.created, two.created, two.row.id, two.row.site]).toEqual([true, false, one.row.id, 'b']);
    const three = await query(Page).upsert(
      ctx,
      { site: 'b', path: '/c', title: 'u', hits: 7 },
      { conflict: { fields: ['site'], where: (p) => p.hits.gt(5) }, update: ['hits'] },
    );
    expect([three.created, three.row.id, three.row.hits, three.row.title]).toEqual([false, one.row.id, 7, 't']);
    expect(sent[2]!.text).toContain('ON CONFLICT ("site") WHERE "hits" > 5 DO UPDATE SET "hits" = EXCLUDED."hits", ');
  });

  test('is built once for each set of columns', async ({ ctx }) => {
    const { plans, shapes } = runtimeOf(Tag);
    const before = [plans.size, shapes.size];
    for (const name of ['a', 'b', 'a'])
      await query(Tag).upsert(ctx, { uses: 1, name, note: 'built once' }, { conflict: ['name'], update: ['note', 'uses'] });
    await query(Tag).upsert(ctx, { name: 'c', note: 'n', uses: 2 }, { conflict: ['name'], update: ['uses', 'note'] });
    expect([plans.size, shapes.size]).toEqual([before[0]! + 1, before[1]]);
    expect(new Set(sent.map((statement) => statement.text)).size).toBe(1);
    expect(sent[2]!.values).toEqual(['a', 1, 'built once']);
  });

  test('updates nothing but the stamps with an empty list', async ({ ctx }) => {
    await script(ctx, 'CREATE UNIQUE INDEX ON pages (site, path)');
    const one = await query(Page).upsert(ctx, { site: 'a', path: '/', title: 'one' }, { conflict: ['site', 'path'], update: [] });
    const two = await query(Page).upsert(ctx, { site: 'a', path: '/', title: 'two' }, { conflict: ['site', 'path'], update: [] });
    expect([one.created, two.created, two.row.title, two.row.revision]).toEqual([true, false, 'one', 1]);
  });

  test('computes from the stored and the offered row', async ({ ctx }) => {
    const add = (uses: number): Promise<{ row: Tag; created: boolean }> =>
      query(Tag).upsert(
        ctx,
        { name: 'sql', uses, note: 'n' },
        {
          conflict: ['name'],
          update: (stored, offered) => ({ uses: stored.uses.add(offered.uses), note: stored.name.concat('!') }),
        },
      );
    expect((await add(2)).row.uses).toBe(2);
    const { row, created } = await add(5);
    expect([created, row.uses, row.note]).toEqual([false, 7, 'sql!']);
    expect(sent[1]!.text).toContain(
      'DO UPDATE SET "uses" = "tags"."uses" + EXCLUDED."uses", "note" = "tags"."name" || $4::text, "updated_at" = ',
    );
    expect(sent[1]!.text).toBe(sent[0]!.text);
    expect(sent[1]!.values).toEqual(['sql', 5, 'n', '!']);
  });

  test('computes with plain values and null, in any order of keys under one text', async ({ ctx }) => {
    await query(Tag).upsert(ctx, { name: 'sql' }, { conflict: ['name'] });
    const one = await query(Tag).upsert(ctx, { name: 'sql' }, { conflict: ['name'], update: () => ({ uses: 40, note: 'x' }) });
    const two = await query(Tag).upsert(ctx, { name: 'sql' }, { conflict: ['name'], update: () => ({ note: null, uses: 41 }) });
    expect([one.row.uses, one.row.note, two.row.uses, two.row.note]).toEqual([40, 'x', 41, null]);
    expect(sent[2]!.text).toBe(sent[1]!.text);
  });

  test('counts a version up, but not on insert', async ({ ctx }) => {
    await script(ctx, 'CREATE UNIQUE INDEX ON pages (site, path)');
    const revisions: number[] = [];
    for (const title of ['a', 'b', 'c'])
      revisions.push((await query(Page).upsert(ctx, { site: 'a', path: '/', title }, { conflict: ['site', 'path'] })).row.revision);
    expect(revisions).toEqual([0, 1, 2]);
  });

  test('lets extensions fill fields and runs no hooks', async ({ ctx }) => {
    await script(ctx, 'CREATE UNIQUE INDEX ON pages (site, path)');
    expect((await query(Page).upsert(ctx, { site: 'a', path: '/', title: 't' }, { conflict: ['site', 'path'] })).row.origin).toBe(
      'extension',
    );
    await query(Tag).upsert(ctx, { name: 'a' }, { conflict: ['name'] });
    expect(hooked).toEqual([]);
  });

  test('returns the row of a model without timestamps, even where there is nothing to update', async ({ ctx }) => {
    const one = await query(Plain).upsert(ctx, { code: 'a' }, { conflict: ['code'] });
    const two = await query(Plain).upsert(ctx, { code: 'a' }, { conflict: ['code'] });
    expect([one.created, two.created, two.row.id]).toEqual([true, false, one.row.id]);
    expect(sent[1]!.text).toContain('DO UPDATE SET "code" = EXCLUDED."code" RETURNING');
  });

  test('conflicts on the key that the caller supplies, and on composite keys', async ({ ctx }) => {
    const one = await query(Flag).upsert(ctx, { id: 'dark', name: 'Dark', isOn: false }, { conflict: ['id'] });
    const two = await query(Flag).upsert(ctx, { id: 'dark', name: 'Dark', isOn: true }, { conflict: ['id'], update: ['isOn'] });
    expect([one.created, two.created, two.row.isOn, two.row.id]).toEqual([true, false, true, 'dark']);
    const score = (points: number): Promise<{ row: Score; created: boolean }> =>
      query(Score).upsert(ctx, { player: 'a', level: 1, points }, { conflict: ['player', 'level'] });
    expect([(await score(1)).created, (await score(9)).created, (await query(Score).fetchOne(ctx)).points]).toEqual([true, false, 9]);
  });

  test('is wrapped by an extension like any other write', async ({ ctx }) => {
    const one = await expectRoundTrips(1, () => query(Setting).upsert(ctx, { key: 'k', value: 'a' }, { conflict: ['key'] }));
    const two = await query(Setting).upsert(ctx, { key: 'k', value: 'b' }, { conflict: ['key'] });
    expect([one.created, two.created, two.row.value, two.row instanceof Setting, two.row.id]).toEqual([true, false, 'b', true, one.row.id]);
    expect(sent[1]!.text).toMatch(/^WITH "written" \("c0", .*\) AS \(INSERT INTO "settings"/);
    expect(await query(LogEntry).count(ctx)).toBe(2);
  });

  test('takes declared names where a field has another property', async ({ ctx }) => {
    const one = await query(Seat).upsert(ctx, { ownerId: 'a', place: 1 }, { conflict: ['owner'] });
    const two = await query(Seat).upsert(ctx, { ownerId: 'a', place: 2 }, { conflict: ['owner'], update: ['place', 'owner'] });
    const three = await query(Seat).upsert(
      ctx,
      { ownerId: 'a', place: 5 },
      { conflict: ['owner'], update: (stored, offered) => ({ ownerId: 'b', place: stored.place.add(offered.place) }) },
    );
    expect([one.created, two.created, two.row.place, three.row.ownerId, three.row.place]).toEqual([true, false, 2, 'b', 7]);
    expect(sent[1]!.text).toContain(
      'ON CONFLICT ("owner_id") DO UPDATE SET "owner_id" = EXCLUDED."owner_id", "place" = EXCLUDED."place" RETURNING',
    );
    await expect(
      untyped(query(Seat)).upsert(ctx, { ownerId: 'a', place: 1 }, { conflict: ['owner'], update: () => ({ ownerId: 'x', owner: 'y' }) }),
    ).rejects.toMatchObject({ issues: [{ rule: 'duplicate' }] });
    const rows = await query(Seat).bulkCreate(ctx, [
      { ownerId: 'c', place: 3 },
      { ...three.row, owner: { name: 'a loaded relation' }, ownerId: 'd' } as never,
    ]);
    expect(rows.map((row) => [row.ownerId, row.place])).toEqual([
      ['c', 3],
      ['d', 7],
    ]);
  });

  test('says exactly once that a row was created when many try at once', async ({ ctx }) => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () =>
        query(Tag).upsert(ctx, { name: 'race' }, { conflict: ['name'], update: (stored) => ({ uses: stored.uses.add(1) }) }),
      ),
    );
    expect(outcomes.filter((outcome) => outcome.created)).toHaveLength(1);
    expect((await query(Tag).fetchOne(ctx)).uses).toBe(20);
    expect(new Set(outcomes.map((outcome) => outcome.row.id)).size).toBe(1);
  });

  test('takes part in its transaction', async ({ ctx }) => {
    await expect(
      ctx.atomic(async (tx) => {
        await query(Tag).upsert(tx, { name: 'a' }, { conflict: ['name'] });
        throw new Error('undone');
      }),
    ).rejects.toThrow('undone');
    expect(await query(Tag).count(ctx)).toBe(0);
  });
});

describe('upsert refuses', () => {
  const tags = untyped(query(Tag));
  const refusals: readonly [string, unknown, unknown, string, string][] = [
    ['no conflict fields', { name: 'a' }, { conflict: [] }, 'conflict', 'conflict'],
    ['a missing second argument', { name: 'a' }, undefined, 'conflict', 'conflict'],
    ['a conflict that is no list', { name: 'a' }, { conflict: 'name' }, 'conflict', 'conflict'],
    ['an unknown conflict field', { name: 'a' }, { conflict: ['nmae'] }, 'nmae', 'unknown_field'],
    ['a column name for a field', { name: 'a' }, { conflict: ['created_at'] }, 'created_at', 'unknown_field'],
    ['an unknown field to update', { name: 'a' }, { conflict: ['name'], update: ['colour'] }, 'colour', 'unknown_field'],
    ['the key among the fields to update', { name: 'a' }, { conflict: ['name'], update: ['id'] }, 'id', 'read_only'],
    ['a timestamp among the fields to update', { name: 'a' }, { conflict: ['name'], update: ['updatedAt'] }, 'updatedAt', 'read_only'],
    ['a field twice', { name: 'a' }, { conflict: ['name'], update: ['uses', 'uses'] }, 'uses', 'duplicate'],
    ['an update that is neither list nor function', { name: 'a' }, { conflict: ['name'], update: 'uses' }, 'update', 'type'],
    ['a function that gives nothing', { name: 'a' }, { conflict: ['name'], update: () => undefined }, 'update', 'type'],
    [
      'a function that gives undefined for a field',
      { name: 'a' },
      { conflict: ['name'], update: () => ({ uses: undefined }) },
      'uses',
      'undefined',
    ],
    ['a function that gives a promise', { name: 'a' }, { conflict: ['name'], update: async () => ({ uses: 1 }) }, 'update', 'type'],
    ['a function that gives a wrong value', { name: 'a' }, { conflict: ['name'], update: () => ({ uses: 'x' }) }, 'uses', 'type'],
    [
      'a function that gives null for a required field',
      { name: 'a' },
      { conflict: ['name'], update: () => ({ uses: null }) },
      'uses',
      'not_null',
    ],
    [
      'a function that names an unknown field',
      { name: 'a' },
      { conflict: ['name'], update: () => ({ colour: 1 }) },
      'colour',
      'unknown_field',
    ],
    ['a row without a required field', {}, { conflict: ['name'] }, 'name', 'required'],
    ['a row with an unknown field', { name: 'a', colour: 'red' }, { conflict: ['name'] }, 'colour', 'unknown_field'],
    ['a row that is none', null, { conflict: ['name'] }, '', 'type'],
  ];
  for (const [what, row, on, path, rule] of refusals) {
    test(`${what}, before SQL`, async ({ ctx }) => {
      await expectStatements(0, () =>
        expect(tags.upsert(ctx, row, on)).rejects.toMatchObject({ code: 'VALIDATION', model: 'tags', issues: [{ path, rule }] }),
      );
    });
  }

  test('the bag of another query', async ({ ctx }) => {
    let other: Untyped;
    query(Tag).filter((t) => {
      other = untyped(t);
      return t.name.isNotNull();
    });
    await expect(tags.upsert(ctx, { name: 'a' }, { conflict: ['name'], update: () => ({ uses: other.uses }) })).rejects.toMatchObject({
      code: 'VALIDATION',
      issues: [{ rule: 'scope' }],
    });
  });

  test('an aggregate, before SQL', async ({ ctx }) => {
    await expectStatements(0, () =>
      expect(
        tags.upsert(ctx, { name: 'a' }, { conflict: ['name'], update: (stored: any) => ({ uses: stored.uses.sum() }) }),
      ).rejects.toMatchObject({ code: 'UNSUPPORTED_AGGREGATE' }),
    );
  });

  test('a version among the fields to update', async ({ ctx }) => {
    await expect(
      untyped(query(Page)).upsert(ctx, { site: 'a', path: 'b', title: 'c' }, { conflict: ['site'], update: ['revision'] }),
    ).rejects.toMatchObject({ issues: [{ path: 'revision', rule: 'read_only' }] });
  });

  test('a model without any column that tells a new row from an old one', async ({ ctx }) => {
    await expect(query(Loose).upsert(ctx, { code: 'a' }, { conflict: ['code'] })).rejects.toMatchObject({ issues: [{ rule: 'upsert' }] });
  });

  test("and passes on the server's refusal of fields without a unique constraint", async ({ ctx }) => {
    await expect(query(Tag).upsert(ctx, { name: 'a', note: 'n' }, { conflict: ['note'] })).rejects.toMatchObject({
      code: 'DATABASE',
      sqlState: '42P10',
    });
  });

  test('to hide that a trigger suppressed the row', async ({ ctx }) => {
    await script(
      ctx,
      `CREATE FUNCTION suppress() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
      CREATE TRIGGER t BEFORE INSERT ON tags FOR EACH ROW EXECUTE FUNCTION suppress()`,
    );
    await expect(query(Tag).upsert(ctx, { name: 'a' }, { conflict: ['name'] })).rejects.toMatchObject({ code: 'NOT_FOUND', table: 'tags' });
  });
});
