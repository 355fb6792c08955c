import { f, hooks, model, pgEnum, pk, proxy, type CreateOf } from '@djogi/core';
import type { Extension } from '@djogi/core/extension';
import { rawSql } from '@djogi/core/raw';
import { djogiTest, expectRoundTrips, expectStatements } from '@djogi/testing';
import { afterEach, describe, expect } from 'vitest';
import { query } from '../../src/index.ts';
import { logged, LogEntry } from '../support/logged.ts';
import { untyped, type Untyped } from '../support/untyped.ts';

const sent: { text: string; values: readonly unknown[] }[] = [];
const hooked: string[] = [];
let made = 0;
afterEach(() => {
  sent.length = 0;
  hooked.length = 0;
  made = 0;
});

const filling: Extension<'origin'> = {
  name: 'filling',
  names: ['origin'],
  section: () => null,
  runtime: {
    populate(draft) {
      draft['origin'] ??= `filled ${++made}`;
    },
  },
};
const State = pgEnum('page_state', ['draft', 'live']);
class Page extends model(
  'pages',
  {
    site: f.text(),
    path: f.text(),
    title: f.text(),
    hits: f.int().default(0),
    state: f.enum(State).default('draft'),
    tags: f.array(f.text()).default([]),
    note: f.text().nullable(),
    origin: f.text().filled(),
    serial: f.int().defaultFn(() => ++made),
    revision: f.version(),
  },
  { use: [filling] },
) {
  static readonly hooks = hooks(Page, {
    beforeCreate() {
      hooked.push('create');
    },
    beforeSave() {
      hooked.push('save');
    },
  });
}
class LivePage extends proxy(Page, { filter: (p) => p.state.eq('live') }) {}
class Tag extends model('tags', { name: f.text().unique(), uses: f.int().default(1), note: f.text().nullable() }, { pk: pk.serial() }) {}
class Plain extends model('plain', { code: f.text().unique() }, { pk: pk.serial(), timestamps: false }) {}
class Account extends model('accounts', { email: f.text(), plan: f.text(), deletedAt: f.timestamptz().nullable() }, { pk: pk.serial() }) {}
class Point extends model('points', { at: f.timestamptz().unique(), value: f.decimal(6, 2) }, { pk: pk.serial(), timestamps: false }) {}
class Flag extends model('flags', { isOn: f.boolean() }, { pk: pk.custom({ name: 'flag', field: f.text() }), timestamps: false }) {}
class Setting extends model('settings', { key: f.text().unique(), value: f.text() }, { pk: pk.serial(), use: [logged] }) {}

const test = djogiTest({
  models: [Page, Tag, Plain, Account, Point, Flag, Setting, LogEntry],
  pool: {
    includeValues: true,
    onQuery: (event) => {
      if (event.operation !== 'raw') sent.push({ text: event.sql, values: event.values ?? [] });
    },
  },
});
const script = (ctx: Parameters<typeof rawSql>[0], text: string): Promise<void> =>
  rawSql(ctx, 'prepares a table behind the models').script(text);
const PAGES = 'CREATE UNIQUE INDEX ON pages (site, path)';
const SITE = { conflict: ['site', 'path'] } as const;

describe('bulkUpsert', () => {
  test('inserts and updates in one statement, and says of each row which, in input order', async ({ ctx }) => {
    await query(Tag).bulkCreate(ctx, [{ name: 'b', uses: 5, note: 'kept' }, { name: 'd' }]);
    sent.length = 0;
    const input = ['c', 'b', 'a', 'd'].map((name, at) => ({ name, uses: at }));
    const results = await expectStatements(1, () => expectRoundTrips(1, () => query(Tag).bulkUpsert(ctx, input, { conflict: ['name'] })));
    expect(results.map(({ row, created }) => [row.name, row.uses, row.note, created])).toEqual([
      ['c', 0, null, true],
      ['b', 1, 'kept', false],
      ['a', 2, null, true],
      ['d', 3, null, false],
    ]);
    expect(results.every(({ row }) => row instanceof Tag)).toBe(true);
    expect(sent[0]).toEqual({
      text:
        'INSERT INTO "tags" ("name", "uses") SELECT "c0", "c1" FROM unnest($1::text[], $2::integer[]) WITH ORDINALITY AS "r" ("c0", "c1", "ordinality") ' +
        'ORDER BY "ordinality" ON CONFLICT ("name") DO UPDATE SET "uses" = EXCLUDED."uses", "updated_at" = date_trunc(\'milliseconds\', now()) ' +
        'RETURNING WITH (OLD AS "__djogi_old") "id", "created_at", "updated_at", "name", "uses", "note", "__djogi_old"."id" IS NULL',
      values: [
        ['c', 'b', 'a', 'd'],
        [0, 1, 2, 3],
      ],
    });
  });

  test('has one text for any number of rows', async ({ ctx }) => {
    for (const length of [1, 2, 17])
      await query(Tag).bulkUpsert(
        ctx,
        Array.from({ length }, (_, at) => ({ name: `t${at}` })),
        { conflict: ['name'] },
      );
    expect(new Set(sent.map((statement) => statement.text)).size).toBe(1);
    expect(await query(Tag).count(ctx)).toBe(17);
  });

  test('of no rows sends nothing, and checks its options all the same', async ({ ctx }) => {
    await expectStatements(0, async () => {
      expect(await query(Tag).bulkUpsert(ctx, [], { conflict: ['name'] })).toEqual([]);
      await expect(untyped(query(Tag)).bulkUpsert(ctx, [], { conflict: ['nmae'] })).rejects.toMatchObject({
        issues: [{ path: 'nmae', rule: 'unknown_field' }],
      });
    });
  });

  test('keeps its statement and its order with ten thousand rows', async ({ ctx }) => {
    const input = Array.from({ length: 10_000 }, (_, at) => ({ name: `t${(at * 7919) % 10_000}`, uses: at }));
    await query(Tag).bulkCreate(ctx, input.slice(0, 5000));
    const results = await expectRoundTrips(1, () => query(Tag).bulkUpsert(ctx, input, { conflict: ['name'] }));
    expect(results.map(({ row }) => row.uses)).toEqual(input.map((row) => row.uses));
    expect(results.filter(({ created }) => created)).toHaveLength(5000);
  });

  test('overwrites what the rows give, and nothing that a default or an extension filled in', async ({ ctx }) => {
    await script(ctx, PAGES);
    const [one] = await query(Page).bulkUpsert(ctx, [{ site: 's', path: '/', title: 'one', hits: 4, tags: ['a'], state: 'live' }], SITE);
    expect([one!.created, one!.row.origin, one!.row.serial, one!.row.revision]).toEqual([true, 'filled 1', 2, 0]);
    const [two] = await query(Page).bulkUpsert(ctx, [{ site: 's', path: '/', title: 'two', note: 'n' }], SITE);
    expect([two!.created, two!.row.title, two!.row.note]).toEqual([false, 'two', 'n']);
    expect([two!.row.hits, two!.row.tags, two!.row.state, two!.row.origin, two!.row.serial]).toEqual([4, ['a'], 'live', 'filled 1', 2]);
    expect(two!.row.revision).toBe(1);
    expect(hooked).toEqual([]);
  });

  test('overwrites the named fields only', async ({ ctx }) => {
    await script(ctx, PAGES);
    const write = (title: string, hits: number) =>
      query(Page).bulkUpsert(ctx, [{ site: 's', path: '/', title, hits }], { ...SITE, update: ['hits'] });
    await write('one', 1);
    const [result] = await write('two', 2);
    expect([result!.created, result!.row.title, result!.row.hits]).toEqual([false, 'one', 2]);
  });

  test('computes from the stored and the offered row, each with its own', async ({ ctx }) => {
    await query(Tag).bulkCreate(ctx, [
      { name: 'a', uses: 10 },
      { name: 'b', uses: 20 },
    ]);
    const results = await query(Tag).bulkUpsert(
      ctx,
      [
        { name: 'b', uses: 2 },
        { name: 'c', uses: 3 },
        { name: 'a', uses: 1 },
      ],
      { conflict: ['name'], update: (stored, offered) => ({ uses: stored.uses.add(offered.uses), note: 'seen' }) },
    );
    expect(results.map(({ row, created }) => [row.name, row.uses, row.note, created])).toEqual([
      ['b', 22, 'seen', false],
      ['c', 3, null, true],
      ['a', 11, 'seen', false],
    ]);
  });

  test('writes columns that travel as text, and null', async ({ ctx }) => {
    await script(ctx, PAGES);
    const rows: CreateOf<typeof Page>[] = [
      { site: 's', path: '/a', title: 'a', state: 'live', tags: ['x', 'y z'], note: null },
      { site: 's', path: '/b', title: 'b', state: 'draft', tags: [], note: 'n' },
    ];
    await query(Page).bulkUpsert(ctx, rows, SITE);
    const results = await query(Page).bulkUpsert(ctx, rows, SITE);
    expect(results.map(({ row, created }) => ({ state: row.state, tags: row.tags, note: row.note, created }))).toEqual([
      { state: 'live', tags: ['x', 'y z'], note: null, created: false },
      { state: 'draft', tags: [], note: 'n', created: false },
    ]);
  });

  test('gives back rows where there is nothing to update', async ({ ctx }) => {
    await query(Plain).bulkCreate(ctx, [{ code: 'a' }]);
    const results = await query(Plain).bulkUpsert(ctx, [{ code: 'b' }, { code: 'a' }], { conflict: ['code'] });
    expect(results.map(({ row, created }) => [row.code, created])).toEqual([
      ['b', true],
      ['a', false],
    ]);
  });

  test('conflicts on the key that the caller supplies', async ({ ctx }) => {
    await query(Flag).bulkUpsert(ctx, [{ id: 'dark', isOn: false }], { conflict: ['id'] });
    const results = await query(Flag).bulkUpsert(
      ctx,
      [
        { id: 'new', isOn: true },
        { id: 'dark', isOn: true },
      ],
      { conflict: ['id'] },
    );
    expect(results.map(({ row, created }) => [row.id, row.isOn, created])).toEqual([
      ['new', true, true],
      ['dark', true, false],
    ]);
  });

  test('is wrapped by an extension like any other write', async ({ ctx }) => {
    await query(Setting).upsert(ctx, { key: 'b', value: '1' }, { conflict: ['key'] });
    const results = await expectRoundTrips(1, () =>
      query(Setting).bulkUpsert(
        ctx,
        ['a', 'b', 'c'].map((key) => ({ key, value: '2' })),
        { conflict: ['key'] },
      ),
    );
    expect(results.map(({ row, created }) => [row.key, row.value, created])).toEqual([
      ['a', '2', true],
      ['b', '2', false],
      ['c', '2', true],
    ]);
    expect(await query(LogEntry).count(ctx)).toBe(4);
  });

  test('finds a partial unique index by its condition, and a constraint by its name', async ({ ctx }) => {
    await script(
      ctx,
      'CREATE UNIQUE INDEX ON accounts (email) WHERE deleted_at IS NULL; ALTER TABLE accounts ADD CONSTRAINT one_plan UNIQUE (plan)',
    );
    await query(Account).bulkCreate(ctx, [{ email: 'a', plan: 'gone', deletedAt: new Date(5) }]);
    const partial = { conflict: { fields: ['email'], where: (a: { deletedAt: { isNull(): any } }) => a.deletedAt.isNull() } } as const;
    expect((await query(Account).bulkUpsert(ctx, [{ email: 'a', plan: 'free' }], partial)).map((one) => one.created)).toEqual([true]);
    const again = await query(Account).bulkUpsert(
      ctx,
      [
        { email: 'b', plan: 'pro' },
        { email: 'a', plan: 'team' },
      ],
      partial,
    );
    expect(again.map(({ row, created }) => [row.email, row.plan, created])).toEqual([
      ['b', 'pro', true],
      ['a', 'team', false],
    ]);
    expect(sent.at(-1)!.text).toContain('ON CONFLICT ("email") WHERE "deleted_at" IS NULL DO UPDATE SET "plan" = EXCLUDED."plan", ');
    const named = await query(Account).bulkUpsert(ctx, [{ email: 'c', plan: 'team' }], { conflict: { constraint: 'one_plan' } });
    expect(named.map(({ row, created }) => [row.email, created])).toEqual([['c', false]]);
    expect(sent.at(-1)!.text).toContain('ON CONFLICT ON CONSTRAINT "one_plan" DO UPDATE SET "email" = EXCLUDED."email", ');
    const one = await query(Account).upsert(ctx, { email: 'c', plan: 'solo' }, partial);
    expect([one.created, one.row.plan]).toEqual([false, 'solo']);
  });

  test('through a proxy writes the rows of its slice only, all or none', async ({ ctx }) => {
    await script(ctx, PAGES);
    await query(Page).bulkCreate(ctx, [
      { site: 's', path: '/live', title: 'one', state: 'live' },
      { site: 's', path: '/draft', title: 'one', state: 'draft' },
    ]);
    const update = { ...SITE, update: ['title'] } as const;
    const [live] = await query(LivePage).bulkUpsert(ctx, [{ site: 's', path: '/live', title: 'two' }], update);
    expect([live!.created, live!.row.title, live!.row instanceof LivePage]).toEqual([false, 'two', true]);
    await expect(
      query(LivePage).bulkUpsert(
        ctx,
        ['/new', '/draft'].map((path) => ({ site: 's', path, title: 'three', state: 'live' as const })),
        update,
      ),
    ).rejects.toMatchObject({ code: 'NOT_FOUND', table: 'pages' });
    expect(
      await query(Page)
        .orderBy((p) => p.path.asc())
        .selectTuple((p) => [p.path, p.title])
        .fetchAll(ctx),
    ).toEqual([
      ['/draft', 'one'],
      ['/live', 'two'],
    ]);
  });

  test('stores all rows or none, and takes part in its transaction', async ({ ctx }) => {
    await script(ctx, 'ALTER TABLE tags ADD CHECK (uses < 100)');
    await expect(
      query(Tag).bulkUpsert(ctx, [{ name: 'a' }, { name: 'b', uses: 100 }], { conflict: ['name'], update: [] }),
    ).rejects.toMatchObject({ code: 'CONSTRAINT', kind: 'check' });
    await expect(
      ctx.atomic(async (tx) => {
        await query(Tag).bulkUpsert(tx, [{ name: 'a' }], { conflict: ['name'] });
        throw new Error('undone');
      }),
    ).rejects.toThrow('undone');
    expect(await query(Tag).count(ctx)).toBe(0);
  });

  test('says that a trigger suppressed rows', async ({ ctx }) => {
    await script(
      ctx,
      `CREATE FUNCTION suppress() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.name = ''odd'' THEN RETURN NULL; END IF; RETURN NEW; END';
      CREATE TRIGGER t BEFORE INSERT ON tags FOR EACH ROW EXECUTE FUNCTION suppress()`,
    );
    await expect(query(Tag).bulkUpsert(ctx, [{ name: 'a' }, { name: 'odd' }], { conflict: ['name'] })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      table: 'tags',
    });
  });
});

describe('bulkUpsert refuses', () => {
  const tags = untyped(query(Tag));
  const refusals: readonly [string, unknown, unknown, string, string][] = [
    ['no conflict fields', [{ name: 'a' }], { conflict: [] }, 'conflict', 'conflict'],
    ['a missing second argument', [{ name: 'a' }], undefined, 'conflict', 'conflict'],
    ['an unknown conflict field', [{ name: 'a' }], { conflict: ['nmae'] }, 'nmae', 'unknown_field'],
    ['undefined as a conflict field', [{ name: 'a' }], { conflict: [undefined] }, 'undefined', 'unknown_field'],
    ['a conflict field twice', [{ name: 'a' }], { conflict: ['name', 'name'] }, 'name', 'duplicate'],
    ['a constraint that is no name', [{ name: 'a' }], { conflict: { constraint: '' } }, 'conflict', 'conflict'],
    ['a constraint beside fields', [{ name: 'a' }], { conflict: { constraint: 'x', fields: ['name'] } }, 'conflict', 'conflict'],
    ['fields without a condition in an object', [{ name: 'a' }], { conflict: { fields: ['name'] } }, 'conflict', 'conflict'],
    [
      'a condition with a subquery',
      [{ name: 'a' }],
      { conflict: { fields: ['name'], where: (t: any) => t.name.in(query(Tag).asSubquery((o) => o.name)) } },
      'conflict',
      'conflict',
    ],
    ['an unknown field to update', [{ name: 'a' }], { conflict: ['name'], update: ['colour'] }, 'colour', 'unknown_field'],
    ['the key among the fields to update', [{ name: 'a' }], { conflict: ['name'], update: ['id'] }, 'id', 'read_only'],
    ['undefined for a computed field', [{ name: 'a' }], { conflict: ['name'], update: () => ({ uses: undefined }) }, 'uses', 'undefined'],
    ['two rows of one key', [{ name: 'a' }, { name: 'b' }, { name: 'a' }], { conflict: ['name'] }, '[2]', 'duplicate'],
    ['a field that only some rows have', [{ name: 'a', note: 'n' }, { name: 'b' }], { conflict: ['name'] }, 'note', 'uneven'],
    ['what is no list', { name: 'a' }, { conflict: ['name'] }, '', 'type'],
    ['a row that is none', [{ name: 'a' }, null], { conflict: ['name'] }, '[1]', 'type'],
    ['undefined as a row', [undefined], { conflict: ['name'] }, '[0]', 'type'],
    ['a row without a required field', [{ name: 'a' }, { name: undefined }], { conflict: ['name'] }, '[1].name', 'required'],
  ];
  for (const [what, rows, on, path, rule] of refusals) {
    test(`${what}, before SQL`, async ({ ctx }) => {
      await expectStatements(0, () =>
        expect(tags.bulkUpsert(ctx, rows, on)).rejects.toMatchObject({ code: 'VALIDATION', model: 'tags', issues: [{ path, rule }] }),
      );
    });
  }

  test('every problem of every row at once', async ({ ctx }) => {
    await expect(
      tags.bulkUpsert(ctx, [{ name: 1, uses: 1.5 }, { name: 'a', colour: 'red' }, {}], { conflict: ['name'] }),
    ).rejects.toMatchObject({
      issues: [
        { path: '[0].name', rule: 'type' },
        { path: '[2].name', rule: 'required' },
        { path: '[0].uses', rule: 'type' },
        { path: '[1].colour', rule: 'unknown_field' },
      ],
    });
  });

  test('equal keys of several fields and of values that are objects', async ({ ctx }) => {
    const page = { site: 's', path: '/', title: 't' };
    await expect(query(Page).bulkUpsert(ctx, [page, { ...page, path: '/a' }, page], SITE)).rejects.toMatchObject({
      issues: [{ path: '[2]', rule: 'duplicate' }],
    });
    await expect(
      query(Point).bulkUpsert(
        ctx,
        [
          { at: new Date(1), value: '1' },
          { at: new Date(1), value: '2' },
        ],
        { conflict: ['at'] },
      ),
    ).rejects.toMatchObject({ issues: [{ path: '[1]', rule: 'duplicate' }] });
  });

  test('no equal keys that only the server can tell: it refuses them with its own code', async ({ ctx }) => {
    await script(ctx, 'CREATE UNIQUE INDEX ON points (value)');
    await expect(
      query(Point).bulkUpsert(
        ctx,
        [
          { at: new Date(1), value: '1' },
          { at: new Date(2), value: '1.00' },
        ],
        { conflict: ['value'] },
      ),
    ).rejects.toMatchObject({ code: 'DATABASE', sqlState: '21000' });
  });

  test('the bag of another query', async ({ ctx }) => {
    let other: Untyped;
    query(Tag).filter((t) => {
      other = untyped(t);
      return t.name.isNotNull();
    });
    await expect(tags.bulkUpsert(ctx, [{ name: 'a' }], { conflict: ['name'], update: () => ({ uses: other.uses }) })).rejects.toMatchObject(
      {
        issues: [{ rule: 'scope' }],
      },
    );
  });
});
