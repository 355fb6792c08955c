import { f, hooks, model, pk, proxy, type Context } from '@djogi/core';
import type { QueryEvent } from '@djogi/core/pool';
import { djogiTest } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { auditable, deleted, notDeleted, query, restore, softDeletable, softDelete } from '../../src/index.ts';

const heard: string[] = [];
class Page extends model(
  'pages',
  {
    title: f.text().unique(),
    createdBy: f.text().nullable(),
    deletedAt: f.timestamptz().nullable(),
    revision: f.version(),
  },
  { pk: pk.serial(), use: [auditable(), softDeletable()] },
) {
  static readonly hooks = hooks(Page, {
    beforeCreate: (draft) => {
      heard.push(`by ${draft.createdBy}`);
    },
    beforeSave: () => {
      heard.push('save');
    },
  });
}
class Memo extends model(
  'memos',
  { body: f.text(), author: f.varchar(20).nullable().column('who'), gone: f.instant().nullable() },
  {
    pk: pk.serial(),
    timestamps: false,
    use: [softDeletable({ field: 'gone' }), auditable({ field: 'author' })],
  },
) {}
class Plain extends model('plains', { deletedAt: f.timestamptz().nullable() }, { pk: pk.serial() }) {}
class Recent extends proxy(Page, { filter: (p) => p.title.neq('old') }) {}

const log: QueryEvent[] = [];
const test = djogiTest({
  models: [Page, Memo, Plain],
  pool: {
    onQuery: (event) => {
      if (event.operation !== 'raw') log.push(event);
    },
    includeValues: true,
  },
});
const as = (ctx: Context, auth: unknown): Context => ctx.withAuth(auth);
const sent = async (work: () => Promise<unknown>): Promise<QueryEvent[]> => {
  log.length = 0;
  await work();
  return log.splice(0);
};

describe('auditable', () => {
  test('fills the field with the user, as text, before the hooks see the draft', async ({ ctx }) => {
    heard.length = 0;
    expect((await Page.create(as(ctx, { userId: 42n }), { title: 'a' })).createdBy).toBe('42');
    expect(heard).toEqual(['by 42']);
  });

  test('leaves it null without authentication, and without a user in it', async ({ ctx }) => {
    for (const [at, auth] of [undefined, null, {}, { userId: null }, 'ada'].entries())
      expect((await Page.create(as(ctx, auth), { title: `t${at}` })).createdBy).toBeNull();
  });

  test('keeps a value that is given', async ({ ctx }) => {
    expect((await Page.create(as(ctx, { userId: 'ada' }), { title: 'a', createdBy: 'bob' })).createdBy).toBe('bob');
    expect((await Page.create(as(ctx, { userId: 'ada' }), { title: 'b', createdBy: null })).createdBy).toBe('ada');
  });

  test('takes part in createWithId, bulkCreate and upsert, and of a proxy', async ({ ctx }) => {
    const ada = as(ctx, { userId: 'ada' });
    expect((await Page.createWithId(ada, await Page.nextId(ctx), { title: 'a' })).row.createdBy).toBe('ada');
    expect((await query(Page).bulkCreate(ada, [{ title: 'b' }, { title: 'c', createdBy: 'bob' }])).map((page) => page.createdBy)).toEqual([
      'ada',
      'bob',
    ]);
    expect((await query(Page).upsert(ada, { title: 'd' }, { conflict: ['title'] })).row.createdBy).toBe('ada');
    expect((await Recent.create(ada, { title: 'e' })).createdBy).toBe('ada');
  });

  test('does not touch updates', async ({ ctx }) => {
    const page = await Page.create(ctx, { title: 'a' });
    await page.update(as(ctx, { userId: 'ada' }), { title: 'b' });
    expect(page.createdBy).toBeNull();
  });

  test('works on another field, and says which in the descriptor', async ({ ctx }) => {
    expect((await Memo.create(as(ctx, { userId: 7 }), { body: 'x' })).author).toBe('7');
    expect(Memo.descriptor.sections).toEqual({ softDeletable: { field: 'gone' }, auditable: { field: 'author' } });
    expect(Page.descriptor.sections).toEqual({ auditable: { field: 'createdBy' }, softDeletable: { field: 'deletedAt' } });
  });
});

describe('soft deletion', () => {
  test('marks the row with the time, in one statement with the hooks and the version', async ({ ctx }) => {
    const page = await Page.create(ctx, { title: 'a' });
    heard.length = 0;
    const before = Date.now();
    const statements = await sent(async () => expect(await softDelete(ctx, page)).toBe(page));
    expect(statements.map(({ sql }) => sql)).toEqual([
      expect.stringMatching(
        /^UPDATE "pages" SET "deleted_at" = \$1, "revision" = "revision" \+ 1, "updated_at" = .* WHERE "id" = \$2 AND "revision" = \$3 RETURNING/,
      ),
    ]);
    expect(page.deletedAt!.getTime()).toBeGreaterThanOrEqual(before);
    expect([heard, page.revision, (await Page.get(ctx, page.id)).deletedAt]).toEqual([['save'], 1, page.deletedAt]);
  });

  test('is taken back by restore, in one statement', async ({ ctx }) => {
    const page = await Page.create(ctx, { title: 'a', deletedAt: new Date(0) });
    expect(await sent(() => restore(ctx, page))).toHaveLength(1);
    expect([page.deletedAt, (await Page.get(ctx, page.id)).deletedAt]).toEqual([null, null]);
  });

  test('loses against a concurrent change, as every save does', async ({ ctx }) => {
    const page = await Page.create(ctx, { title: 'a' });
    await Page.update(ctx, page.id, { title: 'b' });
    await expect(softDelete(ctx, page)).rejects.toMatchObject({ code: 'LOCK_CONFLICT' });
    expect(page.deletedAt).toBeNull();
  });

  test('works on an instant, by another name', async ({ ctx }) => {
    const memo = await Memo.create(ctx, { body: 'x' });
    await softDelete(ctx, memo);
    expect(Math.abs(memo.gone!.epochMilliseconds - Date.now())).toBeLessThan(60_000);
    expect(await notDeleted(Memo).count(ctx)).toBe(0);
  });

  test('has sets of what is deleted and what is not, and hides nothing by itself', async ({ ctx }) => {
    await query(Page).bulkCreate(ctx, [{ title: 'a' }, { title: 'b', deletedAt: new Date(0) }, { title: 'old' }]);
    expect(notDeleted(Page).toSql().text).toMatch(/FROM "pages" WHERE "deleted_at" IS NULL$/);
    expect(deleted(Page).toSql().text).toMatch(/FROM "pages" WHERE "deleted_at" IS NOT NULL$/);
    expect(
      (
        await notDeleted(Page)
          .orderBy((p) => p.title.asc())
          .fetchAll(ctx)
      ).map((page) => page.title),
    ).toEqual(['a', 'old']);
    expect((await deleted(Page).fetchAll(ctx)).map((page) => page.title)).toEqual(['b']);
    expect(await query(Page).count(ctx)).toBe(3);
    expect((await notDeleted(Recent).fetchAll(ctx)).map((page) => page.title)).toEqual(['a']);
  });

  test('leaves delete a real one', async ({ ctx }) => {
    const page = await Page.create(ctx, { title: 'a' });
    expect(await page.delete(ctx)).toBe(true);
    expect(await Page.find(ctx, page.id)).toBeNull();
    await expect(softDelete(ctx, page)).rejects.toMatchObject({ code: 'INSTANCE_DELETED' });
  });

  test('is refused for models that do not use it', async ({ ctx }) => {
    const row = await Plain.create(ctx, {});
    const refused = { code: 'VALIDATION', issues: [expect.objectContaining({ rule: 'soft_delete' })] };
    await expect(softDelete(ctx, row)).rejects.toMatchObject(refused);
    await expect(restore(ctx, row)).rejects.toMatchObject(refused);
    expect(() => notDeleted(Plain)).toThrow(expect.objectContaining(refused));
    expect(() => deleted(Plain)).toThrow(expect.objectContaining(refused));
  });
});

describe('a model is refused', () => {
  const rulesOf = (declared: { readonly descriptor: unknown }): unknown => {
    try {
      return declared.descriptor;
    } catch (error) {
      return [(error as { rule: string }).rule, (error as { field?: string }).field];
    }
  };

  test('with auditable on what is no nullable text', () => {
    class Number_ extends model('n', { createdBy: f.int().nullable() }, { use: [auditable()] }) {}
    class Required extends model('r', { createdBy: f.text() }, { use: [auditable()] }) {}
    expect([rulesOf(Number_), rulesOf(Required)]).toEqual([
      ['composition_field', 'createdBy'],
      ['composition_field', 'createdBy'],
    ]);
  });

  test('with softDeletable on what is no nullable timestamptz', () => {
    class Text extends model('t', { deletedAt: f.text().nullable() }, { use: [softDeletable()] }) {}
    class Required extends model('r', { deletedAt: f.timestamptz() }, { use: [softDeletable()] }) {}
    class Local extends model('l', { deletedAt: f.timestamp().nullable() }, { use: [softDeletable()] }) {}
    for (const wrong of [Text, Required, Local]) expect(rulesOf(wrong)).toEqual(['composition_field', 'deletedAt']);
  });

  test('without the field, which the types refuse, too', () => {
    // @ts-expect-error there is no field createdBy
    class Missing extends model('m', { title: f.text() }, { use: [auditable()] }) {}
    expect(rulesOf(Missing)).toEqual(['composition_field', 'createdBy']);
    // @ts-expect-error there is no field of this name
    class Other extends model('o', { deletedAt: f.timestamptz().nullable() }, { use: [softDeletable({ field: 'gone' })] }) {}
    expect(rulesOf(Other)).toEqual(['composition_field', 'gone']);
  });
});
