// Subqueries and CASE in upserts, and over proxies and computed fields.

import { caseWhen, coalesce, computed, exists, f, greatest, model, pgEnum, pk, proxy } from '@djogi/core';
import { djogiTest } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { query } from '../../src/index.ts';

const State = pgEnum('state', ['new', 'known', 'hot']);

class Page extends model(
  'pages',
  {
    slug: f.text().unique(),
    hits: f.int().default(0),
    price: f.decimal(10, 2).default('1.00'),
    state: f.enum(State).default('new'),
    section: f.text().default('news'),
  },
  { pk: pk.serial() },
) {
  static readonly computed = computed(Page, (p) => ({
    rank: caseWhen(p.hits.gte(10), 1).otherwise(2),
    label: p.slug.concat('/', p.section).upper(),
  }));
}
class Section extends model('sections', { section: f.text(), hits: f.int() }, { pk: pk.serial() }) {}
class HotPage extends proxy(Page, { filter: (p) => p.hits.gte(5), orderBy: (p) => p.hits.desc() }) {}

const test = djogiTest({ models: [Page, Section] });

describe('an upsert', () => {
  test('assigns a CASE of values only, whatever the type of the column', async ({ ctx }) => {
    await query(Page).bulkCreate(ctx, [{ slug: 'a', hits: 9 }]);
    const { row } = await query(Page).upsert(
      ctx,
      { slug: 'a', hits: 4 },
      {
        conflict: ['slug'],
        update: (stored, offered) => ({
          hits: caseWhen(stored.hits.gt(5), 100).otherwise(0),
          state: caseWhen(stored.hits.add(offered.hits).gte(10), 'hot').otherwise('known'),
          price: caseWhen(stored.hits.gt(5), '2.50').otherwise('0'),
        }),
      },
    );
    expect([row.hits, row.state, row.price]).toEqual([100, 'hot', '2.50']);
  });
  test('refuses a value in a CASE that the column does not have', async ({ ctx }) => {
    const write = (set: (stored: any) => object) => query(Page).upsert(ctx, { slug: 'a' }, { conflict: ['slug'], update: set as never });
    await expect(write((stored) => ({ state: caseWhen(stored.hits.gt(5), 'hot').otherwise('gone') }))).rejects.toMatchObject({
      code: 'VALIDATION',
      issues: [{ path: 'state', rule: 'enum_label' }],
    });
    await expect(write((stored) => ({ hits: caseWhen(stored.hits.gt(5), 1).otherwise(0.5) }))).rejects.toMatchObject({
      code: 'VALIDATION',
      issues: [{ path: 'hits', rule: 'type' }],
    });
  });
  test('computes from other tables and from its own, correlated with the stored row', async ({ ctx }) => {
    await query(Page).bulkCreate(ctx, [
      { slug: 'a', hits: 1 },
      { slug: 'b', hits: 8 },
      { slug: 'c', hits: 50, section: 'arts' },
    ]);
    await query(Section).bulkCreate(ctx, [
      { section: 'news', hits: 3 },
      { section: 'arts', hits: 70 },
    ]);
    const { row } = await query(Page).upsert(
      ctx,
      { slug: 'a' },
      {
        conflict: ['slug'],
        update: (stored) => ({
          hits: greatest(
            coalesce(
              query(Section)
                .filter((s) => s.section.eq(stored.section))
                .asScalar((s) => s.hits),
              0,
            ),
            coalesce(
              query(Page)
                .filter((p) => p.section.eq(stored.section).and(p.id.neq(stored.id)))
                .orderBy((p) => p.hits.desc())
                .limit(1)
                .asScalar((p) => p.hits),
              0,
            ),
          ),
        }),
      },
    );
    expect(row.hits).toBe(8);
  });
});

describe('a proxy', () => {
  test('keeps its filter in a subquery, and its order is not in the way', async ({ ctx }) => {
    await query(Page).bulkCreate(ctx, [
      { slug: 'a', hits: 1 },
      { slug: 'b', hits: 8, section: 'arts' },
    ]);
    await query(Section).bulkCreate(ctx, [
      { section: 'news', hits: 3 },
      { section: 'arts', hits: 70 },
    ]);
    const withHot = query(Section).filter((s) => exists(query(HotPage).filter((p) => p.section.eq(s.section))));
    expect(withHot.toSql().text).toContain(
      'EXISTS (SELECT 1 FROM "pages" WHERE "pages"."hits" >= 5 AND "pages"."section" = "sections"."section")',
    );
    expect((await withHot.fetchAll(ctx)).map((row) => row.section)).toEqual(['arts']);
    expect(
      (
        await query(Section)
          .filter((s) => s.section.in(query(HotPage).asSubquery((p) => p.section)))
          .fetchAll(ctx)
      ).map((row) => row.section),
    ).toEqual(['arts']);
    expect(() => query(Section).filter(() => exists(query(HotPage).orderBy((p) => p.slug.asc())))).toThrow(
      expect.objectContaining({ code: 'VALIDATION' }),
    );
    // A value of it is in its order.
    expect(
      await query(Section)
        .limit(1)
        .select(() => ({
          top: query(HotPage)
            .limit(1)
            .asScalar((p) => p.slug),
        }))
        .fetchAll(ctx),
    ).toEqual([{ top: 'b' }]);
  });
  test('used in its own callback, is two slices', async ({ ctx }) => {
    await query(Page).bulkCreate(ctx, [
      { slug: 'a', hits: 6 },
      { slug: 'b', hits: 8 },
      { slug: 'c', hits: 1, section: 'arts' },
    ]);
    const hot = query(HotPage);
    expect(
      (await hot.filter((a) => exists(hot.filter((b) => b.section.eq(a.section).and(b.hits.gt(a.hits))))).fetchAll(ctx)).map(
        (row) => row.slug,
      ),
    ).toEqual(['a']);
  });
});

test('computed fields take part, and CASE in one is a constant of the text', async ({ ctx }) => {
  await query(Page).bulkCreate(ctx, [
    { slug: 'a', hits: 16 },
    { slug: 'b', hits: 8 },
  ]);
  const set = query(Page).filter((p) =>
    p.rank.eq(1).and(
      p.label.in(
        query(Page)
          .filter((q) => q.id.eq(p.id))
          .asSubquery((q) => q.label),
      ),
    ),
  );
  expect(set.toSql()).toMatchObject({ values: [1] });
  expect((await set.fetchAll(ctx)).map((row) => row.slug)).toEqual(['a']);
});
