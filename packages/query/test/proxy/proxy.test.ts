import { computed, f, model, pgEnum, pk, proxy, matches } from '@djogi/core';
import type { QueryEvent } from '@djogi/core/pool';
import { djogiTest } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { query } from '../../src/index.ts';

const State = pgEnum('state', ['draft', 'published']);
class Post extends model(
  'posts',
  { slug: f.text().unique(), state: f.enum(State).default('draft'), views: f.int().default(0) },
  { pk: pk.serial(), timestamps: false },
) {
  static readonly computed = computed(Post, (p) => ({ isHot: p.views.gte(100), shown: p.slug.concat('!') }));
}
class PublishedPost extends proxy(Post, { filter: (p) => p.state.eq('published'), orderBy: (p) => p.views.desc() }) {
  get isOut(): boolean {
    return true;
  }
}
class HotPost extends proxy(Post, { filter: (p) => p.isHot }) {}

const log: QueryEvent[] = [];
const base = djogiTest({
  models: [Post, PublishedPost, HotPost],
  pool: {
    onQuery: (event) => {
      if (event.operation !== 'raw') log.push(event);
    },
    includeValues: true,
  },
});
const test = base.extend<{ posts: void }>({
  posts: [
    async ({ ctx }, use) => {
      await query(Post).bulkCreate(ctx, [
        { slug: 'a', state: 'published', views: 5 },
        { slug: 'b', state: 'draft', views: 500 },
        { slug: 'c', state: 'published', views: 500 },
        { slug: 'd', state: 'published', views: 50 },
      ]);
      log.length = 0;
      await use();
    },
    { auto: true },
  ],
}) as unknown as typeof base;

const SLICE = `"state" = 'published'::"state"`;
const WHOLE = '"id", "slug", "state", "views"';
const slugOf = (row: { slug: string }): string => row.slug;

describe('a set of a proxy', () => {
  test('begins with the filter and the order, and gives rows of the proxy', async ({ ctx }) => {
    const set = query(PublishedPost);
    expect(set.toSql()).toEqual({ text: `SELECT ${WHOLE} FROM "posts" WHERE ${SLICE} ORDER BY "views" DESC`, values: [] });
    const rows = await set.fetchAll(ctx);
    expect(rows.map(slugOf)).toEqual(['c', 'd', 'a']);
    expect(rows.every((row) => row instanceof PublishedPost && row.isOut)).toBe(true);
  });

  test('appends what is asked for', async ({ ctx }) => {
    const set = query(PublishedPost)
      .filter((p) => p.views.gte(10))
      .orderBy((p) => p.slug.asc())
      .limit(2);
    expect(set.toSql()).toEqual({
      text: `SELECT ${WHOLE} FROM "posts" WHERE ${SLICE} AND "views" >= $1 ORDER BY "views" DESC, "slug" ASC LIMIT 2`,
      values: [10],
    });
    expect((await set.fetchAll(ctx)).map(slugOf)).toEqual(['c', 'd']);
  });

  test('keeps its filter and the first sort keys through every call', async ({ ctx }) => {
    const set = query(PublishedPost)
      .exclude((p) => p.slug.eq('c'))
      .orderBy((p) => p.slug.desc())
      .reorder((p) => p.slug.asc());
    expect(set.toSql()).toEqual({
      text: `SELECT ${WHOLE} FROM "posts" WHERE ${SLICE} AND NOT "slug" = $1 ORDER BY "views" DESC, "slug" ASC`,
      values: ['c'],
    });
    expect((await set.fetchAll(ctx)).map(slugOf)).toEqual(['d', 'a']);
    expect(
      await query(PublishedPost)
        .none()
        .filter((p) => p.slug.eq('b'))
        .fetchAll(ctx),
    ).toEqual([]);
  });

  test('carries it in count, exists, first, inBulk, select, distinctOn and streams', async ({ ctx }) => {
    expect(await query(PublishedPost).count(ctx)).toBe(3);
    expect(
      await query(PublishedPost)
        .filter((p) => p.slug.eq('b'))
        .exists(ctx),
    ).toBe(false);
    expect((await query(PublishedPost).first(ctx))?.slug).toBe('c');
    // oxlint-disable-next-line typescript/require-array-sort-compare -- the value is untyped at this seam
    expect([...(await query(PublishedPost).inBulk(ctx, [1, 2, 3] as never)).keys()].sort()).toEqual([1, 3]);
    expect(
      await query(PublishedPost)
        .select((p) => ({ slug: p.slug }))
        .fetchAll(ctx),
    ).toEqual([{ slug: 'c' }, { slug: 'd' }, { slug: 'a' }]);
    expect(
      (
        await query(PublishedPost)
          .distinctOn((p) => p.views)
          .fetchAll(ctx)
      ).map(slugOf),
    ).toEqual(['c', 'd', 'a']);
    const streamed = await ctx.atomic(async (tx) => Array.fromAsync(query(PublishedPost).stream(tx)));
    expect(streamed.map(slugOf)).toEqual(['c', 'd', 'a']);
    expect(log.filter(({ sql }) => sql.includes('FROM "posts"')).every(({ sql }) => sql.includes(SLICE))).toBe(true);
  });

  test('is a predicate in memory with its filter', () => {
    const predicate = query(PublishedPost)
      .filter((p) => p.views.gte(10))
      .predicate();
    expect([matches(predicate, { state: 'published', views: 10 }), matches(predicate, { state: 'draft', views: 10 })]).toEqual([
      true,
      false,
    ]);
  });

  test('filters by a computed field of its parent', async ({ ctx }) => {
    const set = query(HotPost)
      .filter((p) => p.shown.eq('c!'))
      .select((p) => ({ shown: p.shown, isHot: p.isHot }));
    expect(set.toSql()).toEqual({
      text: `SELECT "slug" || '!'::text, "views" >= 100 FROM "posts" WHERE "views" >= 100 AND "slug" || '!'::text = $1`,
      values: ['c!'],
    });
    expect(await set.fetchAll(ctx)).toEqual([{ shown: 'c!', isHot: true }]);
  });

  test('leaves the sets of its parent alone', async ({ ctx }) => {
    expect(query(Post).toSql().text).toBe(`SELECT ${WHOLE} FROM "posts"`);
    expect(await query(Post).count(ctx)).toBe(4);
  });

  test('upserts a row of the slice', async ({ ctx }) => {
    const { row, created } = await query(PublishedPost).upsert(ctx, { slug: 'a', views: 6 }, { conflict: ['slug'] });
    expect(log.at(-1)?.sql).toContain(`DO UPDATE SET "views" = EXCLUDED."views" WHERE "posts".${SLICE} RETURNING`);
    expect([row instanceof PublishedPost, row.views, created]).toEqual([true, 6, false]);
  });

  test('refuses to upsert over a row outside of it, and inserts without checking', async ({ ctx }) => {
    await expect(query(PublishedPost).upsert(ctx, { slug: 'b', views: 6 }, { conflict: ['slug'] })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('outside the slice'),
    });
    expect(
      (
        await query(Post)
          .filter((p) => p.slug.eq('b'))
          .fetchOne(ctx)
      ).views,
    ).toBe(500);
    const { row, created } = await query(PublishedPost).upsert(ctx, { slug: 'new' }, { conflict: ['slug'] });
    expect([row.state, created]).toEqual(['draft', true]);
  });

  test('creates many without checking', async ({ ctx }) => {
    expect((await query(PublishedPost).bulkCreate(ctx, [{ slug: 'x' }]))[0]).toBeInstanceOf(PublishedPost);
    expect(
      await query(PublishedPost)
        .filter((p) => p.slug.eq('x'))
        .exists(ctx),
    ).toBe(false);
  });

  test('makes no table and no index of its own', async ({ ctx }) => {
    // The fixture made the tables of the model and of both proxies: a second one would have failed.
    expect(await query(Post).count(ctx)).toBe(4);
  });
});
