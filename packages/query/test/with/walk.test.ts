// Walks: text, parameters and rows together; depth, path and order; cycles; what is refused.

import { countAll, f, model, pk, type Context, type CreateOf, type Id } from '@djogi/core';
import type { QueryEvent } from '@djogi/core/pool';
import { djogiTest } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { ancestors, cte, descendants, query, walk } from '../../src/index.ts';

const key = pk.serial();
type CategoryId = Id<'serial', number, 'categories'>;
const id = (of: number): CategoryId => of as CategoryId;

class Category extends model(
  'categories',
  { name: f.text(), parent: f.id<CategoryId>(key).nullable(), isOpen: f.boolean().default(true) },
  { pk: key, timestamps: false },
) {}
class Keyless extends model('keyless', { name: f.text(), parent: f.text() }, { pk: pk.none(), timestamps: false }) {}
class Dog extends model('dogs', { walk: f.text(), parent: f.int().nullable() }, { pk: pk.serial(), timestamps: false }) {}
class Part extends model(
  'parts',
  { of: f.varchar(20).nullable(), also: f.varchar(20).nullable(), weight: f.int() },
  { pk: pk.custom({ name: 'code', field: f.varchar(20) }), timestamps: false },
) {}

const sent: string[] = [];
const onQuery = (event: QueryEvent): void => {
  if (event.operation !== 'raw') sent.push(event.sql);
};
const test = djogiTest({ models: [Category, Part], pool: { onQuery } });

/**
 * 1 root ─ 2 tools ─ 4 saws ─ 6 jigsaws
 *        │         └ 5 drills
 *        └ 3 books ─ 7 novels
 * 8 ⇄ 9, and 10 hangs off 9.
 */
const ROWS: readonly CreateOf<typeof Category>[] = [
  { name: 'root' },
  { name: 'tools', parent: id(1) },
  { name: 'books', parent: id(1) },
  { name: 'saws', parent: id(2) },
  { name: 'drills', parent: id(2), isOpen: false },
  { name: 'jigsaws', parent: id(4) },
  { name: 'novels', parent: id(3) },
  { name: 'egg', parent: id(9) },
  { name: 'hen', parent: id(8) },
  { name: 'feather', parent: id(9) },
];

const seeded = async (ctx: Context): Promise<void> => {
  await query(Category).bulkCreate(ctx, ROWS);
  sent.length = 0;
};
const one = (of: number) => query(Category).filter((c) => c.id.eq(id(of)));
const names = (rows: readonly { name: string }[]): string[] => rows.map((row) => row.name);
const issue = (rule: string): Error =>
  expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule })] }) as Error;

const COLUMNS = '"id", "name", "parent", "is_open"';
const WALK = `"__djogi_depth", "__djogi_path"`;

describe('descendants', () => {
  test('are a subtree, root included, in one statement', async ({ ctx }) => {
    await seeded(ctx);
    const set = descendants(one(2), (c) => c.parent).orderBy((c) => c.name.asc());
    expect(set.toSql()).toEqual({
      text:
        `WITH RECURSIVE "__djogi_with_1" (${COLUMNS}, ${WALK}) AS (` +
        `(SELECT ${COLUMNS}, 0, ARRAY["id"]::integer[] FROM "categories" WHERE "id" = $1) UNION ALL ` +
        '(SELECT "categories"."id", "categories"."name", "categories"."parent", "categories"."is_open", "__djogi_walk"."__djogi_depth" + 1, array_append("__djogi_walk"."__djogi_path", "categories"."id") ' +
        'FROM "categories" JOIN "__djogi_with_1" AS "__djogi_walk" ON "categories"."parent" = "__djogi_walk"."id")' +
        ') CYCLE "id" SET "__djogi_is_cycle" USING "__djogi_cycle" ' +
        `SELECT ${COLUMNS} FROM (SELECT DISTINCT ON ("id") ${COLUMNS}, ${WALK} FROM "__djogi_with_1" WHERE NOT "__djogi_is_cycle" ` +
        'ORDER BY "id" ASC, "__djogi_depth" ASC, "__djogi_path" ASC) AS "__djogi_rows" ORDER BY "name" ASC',
      values: [2],
    });
    const rows = await set.fetchAll(ctx);
    expect(sent).toHaveLength(1);
    expect(names(rows)).toEqual(['drills', 'jigsaws', 'saws', 'tools']);
    expect(rows[0]).toBeInstanceOf(Category);
  });

  test('end where a cycle closes, with each row once', async ({ ctx }) => {
    await seeded(ctx);
    expect(
      names(
        await descendants(one(8), (c) => c.parent)
          .orderBy((c) => c.id.asc())
          .fetchAll(ctx),
      ),
    ).toEqual(['egg', 'hen', 'feather']);
    expect(
      names(
        await descendants(one(9), (c) => c.parent)
          .orderBy((c) => c.id.asc())
          .fetchAll(ctx),
      ),
    ).toEqual(['egg', 'hen', 'feather']);
    await one(1)
      .fetchOne(ctx)
      .then((root) => root.update(ctx, { parent: id(1) }));
    expect(await descendants(one(1), (c) => c.parent).count(ctx)).toBe(7);
  });

  test('of several rows are given once, by a shortest way', async ({ ctx }) => {
    await seeded(ctx);
    const set = descendants(
      query(Category).filter((c) => c.id.in([id(1), id(4)])),
      (c) => c.parent,
    ).orderBy((c) => c.id.asc());
    expect(await set.select((c) => ({ id: c.id, depth: c.walk.depth, path: c.walk.path })).fetchAll(ctx)).toEqual([
      { id: 1, depth: 0, path: [1] },
      { id: 2, depth: 1, path: [1, 2] },
      { id: 3, depth: 1, path: [1, 3] },
      { id: 4, depth: 0, path: [4] },
      { id: 5, depth: 2, path: [1, 2, 5] },
      { id: 6, depth: 1, path: [4, 6] },
      { id: 7, depth: 2, path: [1, 3, 7] },
    ]);
  });

  test('are given once for every way where that is asked for', async ({ ctx }) => {
    await seeded(ctx);
    const set = descendants(
      query(Category).filter((c) => c.id.in([id(2), id(4)])),
      (c) => c.parent,
      { each: 'path' },
    )
      .orderBy((c) => [c.id.asc(), c.walk.depth.asc()])
      .select((c) => ({ path: c.walk.path }));
    expect((await set.fetchAll(ctx)).map((row) => row.path)).toEqual([[2], [4], [2, 4], [2, 5], [4, 6], [2, 4, 6]]);
    expect(set.toSql().text).not.toContain('DISTINCT');
  });

  test('stop at a depth, which is a parameter', async ({ ctx }) => {
    await seeded(ctx);
    const set = (maxDepth: number) => descendants(one(1), (c) => c.parent, { maxDepth });
    expect(await Promise.all([0, 1, 2, 3, 9].map((depth) => set(depth).count(ctx)))).toEqual([1, 3, 6, 7, 7]);
    expect(set(1).toSql().text).toBe(set(2147483647).toSql().text);
    expect(set(1).toSql().values).toEqual([1, 1]);
  });

  test('do not lead through rows that are left out', async ({ ctx }) => {
    await seeded(ctx);
    const set = descendants(one(1), (c) => c.parent, { where: (c) => c.name.neq('saws') });
    expect(names(await set.orderBy((c) => c.id.asc()).fetchAll(ctx))).toEqual(['root', 'tools', 'books', 'drills', 'novels']);
    // The start is not asked.
    expect(names(await descendants(one(5), (c) => c.parent, { where: (c) => c.isOpen }).fetchAll(ctx))).toEqual(['drills']);
    // A filter of the set leaves out rows and not what lies behind them.
    expect(
      await descendants(one(1), (c) => c.parent)
        .filter((c) => c.name.neq('saws'))
        .count(ctx),
    ).toBe(6);
  });
});

describe('the order', () => {
  const order = (options: object) => descendants(one(1), (c) => c.parent, options);

  test('is depth first by fields', async ({ ctx }) => {
    await seeded(ctx);
    const set = order({ depthFirstBy: (c: any) => c.name });
    expect(set.toSql().text).toContain('SEARCH DEPTH FIRST BY "name", "id" SET "__djogi_sequence" CYCLE');
    expect(names(await set.fetchAll(ctx))).toEqual(['root', 'books', 'novels', 'tools', 'drills', 'saws', 'jigsaws']);
  });
  test('is breadth first by fields', async ({ ctx }) => {
    await seeded(ctx);
    const set = order({ breadthFirstBy: (c: any) => [c.name, c.id] });
    expect(set.toSql().text).toContain('SEARCH BREADTH FIRST BY "name", "id" SET "__djogi_sequence" CYCLE');
    expect(names(await set.fetchAll(ctx))).toEqual(['root', 'books', 'tools', 'drills', 'novels', 'saws', 'jigsaws']);
    expect(names(await set.limit(2).fetchAll(ctx))).toEqual(['root', 'books']);
    expect((await set.first(ctx))?.name).toBe('root');
  });
  test('of siblings with one name does not mix what they lead to', async ({ ctx }) => {
    await query(Category).bulkCreate(ctx, [
      { name: 'a' },
      { name: 'b', parent: id(1) },
      { name: 'b', parent: id(1) },
      { name: 'c', parent: id(3) },
      { name: 'c', parent: id(2) },
    ]);
    expect((await order({ depthFirstBy: (c: any) => c.name }).fetchAll(ctx)).map((row) => row.id)).toEqual([1, 2, 5, 3, 4]);
  });
  test('is that of the set where it is ordered by depth or path', async ({ ctx }) => {
    await seeded(ctx);
    expect(
      names(
        await order({})
          .orderBy((c) => [c.walk.depth.desc(), c.name.asc()])
          .limit(2)
          .fetchAll(ctx),
      ),
    ).toEqual(['jigsaws', 'drills']);
    expect(
      names(
        await order({ depthFirstBy: (c: any) => c.name })
          .reorder((c) => c.id.desc())
          .limit(1)
          .fetchAll(ctx),
      ),
    ).toEqual(['novels']);
  });
});

describe('ancestors', () => {
  test('are the way up, the row itself included', async ({ ctx }) => {
    await seeded(ctx);
    const set = ancestors(one(6), (c) => c.parent).orderBy((c) => c.walk.depth.desc());
    expect(set.toSql().text).toContain('JOIN "__djogi_with_1" AS "__djogi_walk" ON "categories"."id" = "__djogi_walk"."parent"');
    expect(names(await set.fetchAll(ctx))).toEqual(['root', 'tools', 'saws', 'jigsaws']);
    expect(await set.filter((c) => c.walk.depth.gt(0)).count(ctx)).toBe(3);
  });
  test('end in a cycle', async ({ ctx }) => {
    await seeded(ctx);
    expect(
      names(
        await ancestors(one(10), (c) => c.parent)
          .orderBy((c) => c.walk.depth.asc())
          .fetchAll(ctx),
      ),
    ).toEqual(['feather', 'hen', 'egg']);
  });
});

describe('the rows of a walk', () => {
  test('are a set like any other', async ({ ctx }) => {
    await seeded(ctx);
    const tree = descendants(one(1), (c) => c.parent);
    expect(
      await tree
        .groupBy((c) => ({ depth: c.walk.depth }))
        .annotate(() => ({ n: countAll() }))
        .orderBy((g) => g.depth.asc())
        .fetchAll(ctx),
    ).toEqual([
      { depth: 0, n: 1 },
      { depth: 1, n: 2 },
      { depth: 2, n: 3 },
      { depth: 3, n: 1 },
    ]);
    const withDepth = await tree
      .orderBy((c) => c.id.desc())
      .limit(1)
      .annotate((c) => ({ depth: c.walk.depth, path: c.walk.path }))
      .fetchAll(ctx);
    expect(withDepth.map(({ row, depth, path }) => [row.name, depth, path])).toEqual([['novels', 2, [1, 3, 7]]]);
    expect(await tree.filter((c) => c.walk.path.contains([id(2)])).count(ctx)).toBe(4);
    expect(await tree.exists(ctx)).toBe(true);
    expect(await tree.aggregate(ctx, (c) => c.walk.depth.max())).toBe(3);
    expect([...(await tree.inBulk(ctx, [id(2), id(8)])).keys()]).toEqual([2]);
    expect(
      await query(Category)
        .filter((c) => c.id.notIn(tree.asSubquery((t) => t.id)))
        .count(ctx),
    ).toBe(3);
  });
  test('keep depth and path where they are derived again or named', async ({ ctx }) => {
    await seeded(ctx);
    const tree = descendants(one(1), (c) => c.parent);
    expect(
      names(
        await query(tree.orderBy((c) => c.id.desc()).limit(3))
          .filter((c) => c.walk.depth.gt(2))
          .fetchAll(ctx),
      ),
    ).toEqual(['jigsaws']);
    const named = cte('tree', tree);
    expect(
      await query(named)
        .filter((c) =>
          c.id.in(
            query(named)
              .filter((o) => o.walk.depth.eq(1))
              .asSubquery((o) => o.id),
          ),
        )
        .count(ctx),
    ).toBe(2);
  });
  test('are combined with others', async ({ ctx }) => {
    await seeded(ctx);
    const both = descendants(one(3), (c) => c.parent)
      .union(ancestors(one(3), (c) => c.parent))
      .orderBy((o) => o.id.asc());
    expect(names(await both.fetchAll(ctx))).toEqual(['root', 'books', 'novels']);
    expect(both.toSql().text).toMatch(/^WITH RECURSIVE "__djogi_with_1" .* "__djogi_with_2" /);
  });
  test('start another walk', async ({ ctx }) => {
    await seeded(ctx);
    const leaves = descendants(one(2), (c) => c.parent).filter((c) => c.walk.depth.eq(2));
    expect(
      names(
        await ancestors(leaves, (c) => c.parent)
          .orderBy((c) => c.id.asc())
          .fetchAll(ctx),
      ),
    ).toEqual(['root', 'tools', 'saws', 'jigsaws']);
  });
  test('begin with what a limit leaves, whatever it is', async ({ ctx }) => {
    await seeded(ctx);
    const first = query(Category)
      .orderBy((c) => c.name.asc())
      .limit(1);
    expect(names(await descendants(first, (c) => c.parent).fetchAll(ctx))).toEqual(['books', 'novels'].slice(0, 2));
    expect(await descendants(one(2).union(one(3)), (c) => c.parent).count(ctx)).toBe(6);
  });
  test('of none() are none, and nothing is sent', async ({ ctx }) => {
    sent.length = 0;
    expect(await descendants(query(Category).none(), (c) => c.parent).fetchAll(ctx)).toEqual([]);
    expect(sent).toEqual([]);
  });
});

describe('walk', () => {
  test('goes along several edges, and along keys that have a length', async ({ ctx }) => {
    await query(Part).bulkCreate(ctx, [
      { id: 'car', weight: 0 },
      { id: 'wheel', of: 'car', weight: 9 },
      { id: 'bolt', of: 'wheel', also: 'engine', weight: 1 },
      { id: 'engine', of: 'car', weight: 90 },
      { id: 'boat', weight: 0 },
    ]);
    const edges = [
      { from: (p: any) => p.id, to: (p: any) => p.of },
      { from: (p: any) => p.id, to: (p: any) => p.also },
    ];
    const start = query(Part).filter((p) => p.id.eq('car' as Part['id']));
    const parts = walk(start, edges);
    expect(parts.toSql().text).toContain('ON "parts"."of" = "__djogi_walk"."id" OR "parts"."also" = "__djogi_walk"."id"');
    expect((await parts.orderBy((p) => p.id.asc()).fetchAll(ctx)).map((row) => row.id)).toEqual(['bolt', 'car', 'engine', 'wheel']);
    const ways = walk(start, edges, { each: 'path' })
      .filter((p) => p.id.eq('bolt' as Part['id']))
      .orderBy((p) => p.walk.path.len().asc());
    expect((await ways.select((p) => ({ path: p.walk.path })).fetchAll(ctx)).map((row) => row.path.join()).toSorted()).toEqual([
      'car,engine,bolt',
      'car,wheel,bolt',
    ]);
  });
  test('goes along expressions', async ({ ctx }) => {
    await query(Part).bulkCreate(ctx, [
      { id: 'a', weight: 1 },
      { id: 'b', weight: 2 },
      { id: 'c', weight: 3 },
      { id: 'd', weight: 5 },
    ]);
    const next = walk(
      query(Part).filter((p) => p.weight.eq(1)),
      { from: (p) => p.weight.add(1), to: (p) => p.weight },
    );
    expect((await next.orderBy((p) => p.id.asc()).fetchAll(ctx)).map((row) => row.id)).toEqual(['a', 'b', 'c']);
  });
});

describe('what is refused', () => {
  const by = { from: (c: any) => c.id, to: (c: any) => c.parent };
  const refused =
    (start: unknown, edges: unknown = by, options?: unknown) =>
    () =>
      (walk as (...given: unknown[]) => unknown)(start, edges, options);

  test('a start that is no rows of a model', () => {
    expect(refused(query(Category).select((c) => ({ id: c.id })))).toThrow(issue('walk'));
    expect(refused(query(query(Category).select((c) => ({ id: c.id }))))).toThrow(issue('walk'));
    expect(refused(query(Category).selectTuple((c) => [c.id]))).toThrow(issue('walk'));
    expect(refused(Category)).toThrow(issue('rows'));
    expect(refused(null)).toThrow(issue('rows'));
  });
  test('a model without a key, and one with a field that is called walk', () => {
    expect(refused(query(Keyless), { from: (k: any) => k.name, to: (k: any) => k.parent })).toThrow(issue('walk'));
    expect(refused(query(Dog))).toThrow(expect.objectContaining({ code: 'ALIAS_COLLISION', alias: 'walk' }) as Error);
  });
  test('edges that are none', () => {
    expect(refused(query(Category), [])).toThrow(issue('walk'));
    expect(refused(query(Category), {})).toThrow(issue('callback'));
    expect(refused(query(Category), { from: by.from, to: 'parent' })).toThrow(issue('callback'));
    expect(refused(query(Category), { from: by.from, to: (c: any) => c.parnet })).toThrow(issue('unknown_field'));
  });
  test('a depth that is no count', () => {
    for (const maxDepth of [-1, 1.5, Number.NaN, '3', null, 2147483648, 3n])
      expect(refused(query(Category), by, { maxDepth })).toThrow(issue('range'));
  });
  test('orders that are none, and two of them', () => {
    expect(refused(query(Category), by, { depthFirstBy: (c: any) => c.name.lower() })).toThrow(issue('walk'));
    expect(refused(query(Category), by, { breadthFirstBy: () => [] })).toThrow(issue('walk'));
    expect(refused(query(Category), by, { breadthFirstBy: 'name' })).toThrow(issue('callback'));
    expect(refused(query(Category), by, { breadthFirstBy: (c: any) => c.id, depthFirstBy: (c: any) => c.id })).toThrow(issue('walk'));
    expect(refused(query(Category), by, { each: 'node' })).toThrow(issue('walk'));
  });
  test('aggregates in a step', () => {
    expect(refused(query(Category), by, { where: () => countAll().gt(1) })).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_AGGREGATE' }) as Error,
    );
  });
  test('the argument of a callback around it', () => {
    expect(() =>
      query(Category).filter((c) =>
        c.id.in(
          descendants(
            query(Category).filter((d) => d.parent.eq(c.id)),
            (d) => d.parent,
          ).asSubquery((d) => d.id),
        ),
      ),
    ).toThrow(issue('walk'));
  });
});
