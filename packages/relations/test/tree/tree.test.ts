// Trees: what stands where, in one statement each, whatever the data.

import { visage, type Context } from '@djogi/core';
import { djogiTest, expectStatements } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { tree, type Tree } from '../../src/index.ts';
import { Author, AuthorPlain, models as blog } from '../support/blog.ts';
import { Category, Elephant, forest, models, Place, places } from '../support/forest.ts';

const test = djogiTest({ models: [...models, ...blog] });
const issue = (rule: string, path: string) =>
  expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule, path })] }) as Error;
const categories = tree(Category, 'parent');
const untyped = tree as unknown as (model: unknown, parent: string) => Tree<typeof Category, 'parent'>;

/** In the order of the names. */
const names = async (ctx: Context, set: { fetchAll(ctx: Context): Promise<{ name: string }[]> }): Promise<string[]> =>
  (await expectStatements(1, async () => set.fetchAll(ctx))).map((row) => row.name).sort();

describe('descendants of a row', () => {
  test('are its subtree with the row itself, in one statement', async ({ ctx }) => {
    const of = await forest(ctx);
    expect(await names(ctx, categories.descendants(of('tools')))).toEqual(['drills', 'jigsaws', 'saws', 'tools']);
    expect(await names(ctx, categories.descendants(of('novels').id))).toEqual(['novels']);
    expect(categories.descendants(of('tools')).toSql().text).toMatch(
      /^WITH RECURSIVE .* JOIN "__djogi_with_1" AS "__djogi_walk" ON "categories"."parent_id" = "__djogi_walk"."id"/,
    );
  });
  test('have a depth, an order and a bound', async ({ ctx }) => {
    const of = await forest(ctx);
    const lines = await categories
      .descendants(of('root'), { depthFirstBy: (c) => c.name })
      .annotate((c) => ({ depth: c.walk.depth }))
      .fetchAll(ctx);
    expect(lines.map(({ row, depth }) => ' '.repeat(depth) + row.name)).toEqual([
      'root',
      ' books',
      '  novels',
      ' tools',
      '  drills',
      '  saws',
      '   jigsaws',
    ]);
    expect(await names(ctx, categories.descendants(of('root'), { maxDepth: 1 }))).toEqual(['books', 'root', 'tools']);
    expect(
      await names(
        ctx,
        categories.descendants(of('root')).filter(
          (c) => c.walk.depth.gt(0),
          (c) => c.isOpen,
        ),
      ),
    ).toEqual(['books', 'jigsaws', 'novels', 'saws', 'tools']);
    expect(await names(ctx, categories.descendants(of('root'), { where: (c) => c.name.neq('saws') }))).not.toContain('jigsaws');
  });
  test('end where a cycle closes, with each row once', async ({ ctx }) => {
    const of = await forest(ctx);
    expect(await names(ctx, categories.descendants(of('egg')))).toEqual(['egg', 'feather', 'hen']);
    expect(await names(ctx, categories.descendants(of('hen')))).toEqual(['egg', 'feather', 'hen']);
  });
  test('are none for a row that is not there', async ({ ctx }) => {
    const of = await forest(ctx);
    await of('other').delete(ctx);
    expect(await names(ctx, categories.descendants(of('other')))).toEqual([]);
  });
});

describe('ancestors of a row', () => {
  test('are the way up, from the root when ordered so', async ({ ctx }) => {
    const of = await forest(ctx);
    const way = categories.ancestors(of('jigsaws')).orderBy((c) => c.walk.depth.desc());
    expect((await expectStatements(1, async () => way.fetchAll(ctx))).map((c) => c.name)).toEqual(['root', 'tools', 'saws', 'jigsaws']);
    expect(await names(ctx, categories.ancestors(of('jigsaws'), { maxDepth: 1 }))).toEqual(['jigsaws', 'saws']);
  });
  test('end where a cycle closes, with each row once', async ({ ctx }) => {
    const of = await forest(ctx);
    expect(await names(ctx, categories.ancestors(of('feather')))).toEqual(['egg', 'feather', 'hen']);
  });
});

describe('the rows beside and below a row', () => {
  test('are its siblings, without itself', async ({ ctx }) => {
    const of = await forest(ctx);
    expect(await names(ctx, categories.siblings(of('saws')))).toEqual(['drills']);
    expect(await names(ctx, categories.siblings(of('novels')))).toEqual([]);
    expect(await names(ctx, categories.siblings(of('root')))).toEqual(['other']);
    expect(categories.siblings(of('saws')).toSql()).toMatchObject({
      text: expect.stringContaining('WHERE "parent_id" = $1 AND "id" <> $2') as string,
      values: [of('tools').id, of('saws').id],
    });
  });
  test('are its children, and the roots above all', async ({ ctx }) => {
    const of = await forest(ctx);
    expect(await names(ctx, categories.children(of('tools')))).toEqual(['drills', 'saws']);
    expect(
      await names(
        ctx,
        categories.children(of('tools').id).filter((c) => c.isOpen),
      ),
    ).toEqual(['saws']);
    expect(await names(ctx, categories.roots())).toEqual(['other', 'root']);
  });
});

describe('a tree by another key', () => {
  test('goes by it, and a root that is its own parent is a root', async ({ ctx }) => {
    const [earth, europe, norway] = await ctx.atomic(async (tx) => places(tx));
    const inside = tree(Place, 'within');
    const codes = async (set: { fetchAll(ctx: Context): Promise<Place[]> }): Promise<string[]> =>
      (await set.fetchAll(ctx)).map((p) => p.code).sort();
    expect(await codes(inside.roots())).toEqual(['earth']);
    expect(await codes(inside.descendants(earth!))).toEqual(['earth', 'europe', 'norway', 'peru']);
    expect(await codes(inside.ancestors('norway'))).toEqual(['earth', 'europe', 'norway']);
    expect(await codes(inside.siblings(europe!))).toEqual(['earth', 'peru']);
    expect(await codes(inside.children(europe!))).toEqual([norway!.code]);
  });
});

describe('a model with two trees', () => {
  test('has each of them', async ({ ctx }) => {
    const ana = await Elephant.create(ctx, { name: 'Ana' }),
      bob = await Elephant.create(ctx, { name: 'Bob' }),
      cat = await Elephant.create(ctx, { name: 'Cat', motherId: ana.id, fatherId: bob.id }),
      dan = await Elephant.create(ctx, { name: 'Dan', motherId: cat.id });
    expect(await names(ctx, tree(Elephant, 'mother').ancestors(dan))).toEqual(['Ana', 'Cat', 'Dan']);
    expect(await names(ctx, tree(Elephant, 'father').descendants(bob))).toEqual(['Bob', 'Cat']);
  });
});

describe('a tree is refused', () => {
  test('over what is no reference to the same model, by its name', () => {
    expect(() => untyped(Category, 'name')).toThrow(issue('relation', 'name'));
    expect(() => untyped(Category, 'children')).toThrow(issue('tree', 'children'));
    expect(() => untyped(Elephant, 'keeper')).toThrow(issue('tree', 'keeper'));
    expect(() => untyped(AuthorPlain, 'boss')).toThrow(issue('relation', 'boss'));
    // Whoever sees a part of the rows cannot know where they stand.
    expect(() => untyped(visage(Author, 'public', { boss: AuthorPlain }), 'boss')).toThrow(issue('tree', ''));
  });
  test('from a row of another model, and from what is no id', async ({ ctx }) => {
    const keeper = await Elephant.create(ctx, { name: 'x' });
    expect(() => categories.descendants(keeper as never)).toThrow(issue('related_row', 'of'));
    expect(() => categories.ancestors('x' as never)).toThrow(issue('type', 'of'));
    expect(() => categories.children(null as never)).toThrow(issue('required', 'of'));
    expect(() => categories.siblings(Category.build({ name: 'new' }))).toThrow(issue('required', 'of'));
    expect(() => categories.descendants(1 as never, { maxDepth: -1 })).toThrow(issue('range', ''));
  });
});
