// What random questions found, each as a question of its own.

import { and, cast, computed, countAll, f, literal, model, or, pgEnum, pk, type Context, type CreateOf, type ExprsOf } from '@djogi/core';
import { djogiTest } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { query, type SqlText } from '../../src/index.ts';
import { refusal } from '../support/sales.ts';
import { Money } from '../support/specimen.ts';

class Shelf extends model(
  'shelves',
  { name: f.text(), views: f.int(), max: f.int(), int4: f.int(), price: f.decimal(8, 2) },
  { pk: pk.serial(), timestamps: false },
) {
  static readonly computed = computed(Shelf, () => ({ three: literal(3), no: or() }));
}
class Book extends model('books', { shelf: f.int(), name: f.text(), views: f.int() }, { pk: pk.serial(), timestamps: false }) {}
const Kind = pgEnum('kind', ['old', 'new']);
const alike = () => ({
  kind: f.enum(Kind),
  size: f.safeInt(),
  tags: f.array(f.text()),
  kinds: f.array(f.enum(Kind)),
  price: f.decimal(8, 2).as(Money),
  tiny: f.uint8(),
  wide: f.uint64(),
});
class Left extends model('lefts', alike(), { pk: pk.none(), timestamps: false }) {}
class Right extends model('rights', alike(), { pk: pk.none(), timestamps: false }) {}

const test = djogiTest({ models: [Shelf, Book, Left, Right] }).extend<{ stock: void }>({
  stock: [
    async ({ ctx }, use) => {
      await query(Shelf).bulkCreate(ctx, [
        { name: 'b', views: 9, max: 1, int4: 2, price: '2.00' },
        { name: 'a', views: 10, max: 3, int4: 1, price: '3.00' },
        { name: 'c', views: 100, max: 2, int4: 3, price: '1.50' },
      ]);
      await query(Book).bulkCreate(ctx, [
        { shelf: 1, name: 'z', views: 1 },
        { shelf: 2, name: 'y', views: 2 },
        { shelf: 3, name: 'x', views: 3 },
      ]);
      await use();
    },
    { auto: true },
  ],
});

async function asked(
  ctx: Context,
  set: { toSql(): SqlText; fetchAll(ctx: Context): Promise<unknown[]> },
  expected: { readonly text: string; readonly values?: readonly unknown[]; readonly rows: unknown },
): Promise<void> {
  expect(set.toSql()).toEqual({ text: expected.text, values: expected.values ?? [] });
  expect((await set.fetchAll(ctx)).map((row) => ({ ...(row as object) }))).toEqual(expected.rows);
}

describe('a number of another type', () => {
  test('keeps its type beside a column', async ({ ctx }) => {
    await asked(
      ctx,
      query(Shelf)
        .filter((s) => s.views.mul(literal(0.5, f.double())).gt(literal(4.9, f.double())))
        .orderBy((s) => s.id.asc())
        .select((s) => ({ half: s.views.mul(literal(0.5, f.double())) })),
      {
        text: 'SELECT "views" * $1::double precision FROM "shelves" WHERE "views" * $2::double precision > $3 ORDER BY "id" ASC',
        values: [0.5, 0.5, 4.9],
        rows: [{ half: 5 }, { half: 50 }],
      },
    );
  });

  test('does so as the first of the two, and beside a subquery', async ({ ctx }) => {
    await asked(
      ctx,
      query(Shelf)
        .filter((s) => literal(9.5, f.double()).lt(s.views))
        .orderBy((s) => s.id.asc())
        .select((s) => ({ id: s.id })),
      {
        text: 'SELECT "id" FROM "shelves" WHERE $1::double precision < "views" ORDER BY "id" ASC',
        values: [9.5],
        rows: [{ id: 2 }, { id: 3 }],
      },
    );
    const most = query(Shelf).asScalar((s) => s.views.max());
    await asked(
      ctx,
      query(Book)
        .limit(1)
        .select(() => ({ ratio: most.mul(literal(0.25, f.double())) })),
      {
        text: 'SELECT (SELECT max("shelves"."views") FROM "shelves") * $1::double precision FROM "books" LIMIT 1',
        values: [0.25],
        rows: [{ ratio: 25 }],
      },
    );
  });
});

describe('a column that an output hides', () => {
  test('is still what rows are sorted by, when it is projected in another type', async ({ ctx }) => {
    await asked(
      ctx,
      query(Shelf)
        .select((s) => ({ views: cast(s.views, f.text()) }))
        .orderBy((s) => s.views.asc()),
      {
        text: 'SELECT "views"::text FROM "shelves" ORDER BY "shelves"."views" ASC',
        rows: [{ views: '9' }, { views: '10' }, { views: '100' }],
      },
    );
  });

  test('is still itself when it is named like a function, an aggregate or a type', async ({ ctx }) => {
    await asked(
      ctx,
      query(Shelf)
        .annotate((s) => ({ most: s.views.max().over({ partitionBy: [s.name] }) }))
        .orderBy((s) => s.max.asc()),
      {
        text: 'SELECT "id", "name", "views", "max", "int4", "price", max("views") OVER (PARTITION BY "name") FROM "shelves" ORDER BY "shelves"."max" ASC',
        rows: [
          { row: expect.objectContaining({ id: 1 }), most: 9 },
          { row: expect.objectContaining({ id: 3 }), most: 100 },
          { row: expect.objectContaining({ id: 2 }), most: 10 },
        ],
      },
    );
    await asked(
      ctx,
      query(Shelf)
        .select((s) => ({ id: s.id, whole: cast(s.price.add('0.01'), f.int()) }))
        .orderBy((s) => s.int4.asc()),
      {
        text: 'SELECT "id", ("price" + $1)::integer FROM "shelves" ORDER BY "shelves"."int4" ASC',
        values: ['0.01'],
        rows: [
          { id: 2, whole: 3 },
          { id: 1, whole: 2 },
          { id: 3, whole: 2 },
        ],
      },
    );
  });

  test('is what the first of each is chosen by', async ({ ctx }) => {
    await asked(
      ctx,
      query(Shelf)
        .distinctOn((s) => s.views)
        .orderBy((s) => s.views.desc())
        .select((s) => ({ views: cast(s.views, f.text()) })),
      {
        text: 'SELECT DISTINCT ON ("shelves"."views") "views"::text FROM "shelves" ORDER BY "shelves"."views" DESC',
        rows: [{ views: '100' }, { views: '10' }, { views: '9' }],
      },
    );
  });

  test('stays bare where nothing hides it', () => {
    const texts = [
      query(Shelf).orderBy((s) => s.max.asc()),
      query(Shelf)
        .select((s) => ({ max: s.max, more: s.max.add(1) }))
        .orderBy((s) => s.max.asc()),
      query(Shelf)
        .select((s) => ({ upper: s.name.upper() }))
        .orderBy((s) => s.name.asc()),
    ].map((set) => set.toSql().text.split(' ORDER BY ')[1]);
    expect(texts).toEqual(['"max" ASC', '"max" ASC', '"name" ASC']);
  });
});

describe('a key that is the same for all rows', () => {
  test('makes one group, and is no place of an output', async ({ ctx }) => {
    await asked(
      ctx,
      query(Shelf)
        .groupBy((s) => ({ three: s.three, all: and() }))
        .annotate(() => ({ n: countAll() })),
      {
        text: 'SELECT 3, TRUE, count(*) FROM "shelves" GROUP BY 3::integer, TRUE::boolean',
        rows: [{ three: 3, all: true, n: 3 }],
      },
    );
    await asked(
      ctx,
      query(Shelf)
        .rollup((s) => ({ three: s.three }))
        .annotate(() => ({ n: countAll() })),
      {
        text: 'SELECT 3, count(*) FROM "shelves" GROUP BY ROLLUP (3::integer)',
        rows: expect.arrayContaining([{ three: 3, n: 3 }]),
      },
    );
  });

  test('sorts nothing, and chooses one row', async ({ ctx }) => {
    await asked(
      ctx,
      query(Shelf)
        .select((s) => ({ name: s.name, views: s.views, id: s.id }))
        .orderBy((s) => [s.three.asc(), (s.no as unknown as typeof s.name).desc(), s.id.asc()]),
      {
        text: 'SELECT "name", "views", "id" FROM "shelves" ORDER BY 3::integer ASC, FALSE::boolean DESC, "id" ASC',
        rows: [
          { name: 'b', views: 9, id: 1 },
          { name: 'a', views: 10, id: 2 },
          { name: 'c', views: 100, id: 3 },
        ],
      },
    );
    await asked(
      ctx,
      query(Shelf)
        .distinctOn((s) => s.three)
        .orderBy((s) => [s.three.asc(), s.views.desc()])
        .select((s) => ({ id: s.id })),
      {
        text: 'SELECT DISTINCT ON (3::integer) "id" FROM "shelves" ORDER BY 3::integer ASC, "views" DESC',
        rows: [{ id: 3 }],
      },
    );
  });
});

describe('an aggregate over columns of a query around it', () => {
  test('is refused, since SQL would compute it there', () => {
    const refusals = [
      () => query(Shelf).select((s) => ({ n: query(Book).asScalar(() => s.views.sum()) })),
      () => query(Shelf).select((s) => ({ n: query(Book).asScalar(() => countAll().filter(s.views.gt(1))) })),
      () => query(Shelf).filter((s) => s.views.gt(query(Book).asScalar(() => s.views.add(1).max().add(1)))),
    ];
    for (const act of refusals) expect(refusal(act)).toMatchObject({ code: 'UNSUPPORTED_AGGREGATE', reason: 'scope' });
  });

  test('is its own with a column of its own, and without any', async ({ ctx }) => {
    await asked(
      ctx,
      query(Shelf)
        .orderBy((s) => s.id.asc())
        .select((s) => ({
          id: s.id,
          sum: query(Book).asScalar((b) => b.views.add(s.max).sum()),
          n: query(Book)
            .filter((b) => b.shelf.eq(s.id))
            .asScalar(() => countAll()),
        })),
      {
        text: 'SELECT "shelves"."id", (SELECT sum("books"."views" + "shelves"."max") FROM "books"), (SELECT count(*) FROM "books" AS "books_2" WHERE "books_2"."shelf" = "shelves"."id") FROM "shelves" ORDER BY "shelves"."id" ASC',
        rows: [
          { id: 1, sum: 9, n: 1 },
          { id: 2, sum: 15, n: 1 },
          { id: 3, sum: 12, n: 1 },
        ],
      },
    );
  });
});

describe('columns of one kind in two models', () => {
  test('are rows of one set operation, whatever the kind', async ({ ctx }) => {
    const row: CreateOf<typeof Left> = {
      kind: 'new',
      size: 2 ** 40,
      tags: ['a'],
      kinds: ['old', 'new'],
      price: new Money('1.50'),
      tiny: 255,
      wide: 2n ** 64n - 1n,
    };
    await query(Left).bulkCreate(ctx, [row]);
    await query(Right).bulkCreate(ctx, [row, { ...row, kind: 'old', tags: [] }]);
    const all = (m: ExprsOf<typeof Left>) => ({
      kind: m.kind,
      size: m.size,
      tags: m.tags,
      kinds: m.kinds,
      price: m.price,
      tiny: m.tiny,
      wide: m.wide,
    });
    const found = await query(Left)
      .select(all)
      .union(query(Right).select((m) => all(m as never)))
      .orderBy((o) => o.kind.asc())
      .fetchAll(ctx);
    expect(found.map((one) => ({ ...one, price: String(one.price) }))).toEqual([
      { ...row, kind: 'old', tags: [], price: '1.50' },
      { ...row, price: '1.50' },
    ]);
  });

  test('so are counts beside columns of safe integers', async ({ ctx }) => {
    const sizes = query(Left).select((m) => ({ size: m.size }));
    await query(Left).bulkCreate(ctx, [{ kind: 'new', size: 7, tags: [], kinds: [], price: new Money('1'), tiny: 0, wide: 0n }]);
    const counts = query(Shelf).select(() => ({ size: query(Book).asScalar(() => countAll()) }));
    expect(
      await sizes
        .unionAll(counts.limit(1))
        .orderBy((o) => o.size.asc())
        .fetchAll(ctx),
    ).toEqual([{ size: 3 }, { size: 7 }]);
  });
});
