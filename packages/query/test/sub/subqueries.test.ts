// Sets inside the expressions of other sets: text, parameters and rows.

import { allOf, and, anyOf, caseWhen, cast, coalesce, exists, f, literal, not, or, pk, type Context, type Predicate } from '@djogi/core';
import { describe, expect } from 'vitest';
import { query, type QuerySet } from '../../src/index.ts';
import { Person, personId, Post, postId, sent, test } from '../support/company.ts';

const WHOLE_PERSON = '"id", "created_at", "updated_at", "name", "age", "boss"';
const QUALIFIED_PERSON = WHOLE_PERSON.split(', ')
  .map((column) => `"people".${column}`)
  .join(', ');
const WHOLE_POST = '"id", "created_at", "updated_at", "author", "editor", "title", "views"';
const QUALIFIED_POST = WHOLE_POST.split(', ')
  .map((column) => `"posts".${column}`)
  .join(', ');

const issue = (rule: string, path?: string) =>
  expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining(path === undefined ? { rule } : { rule, path })] });

/** The text and parameters of the set, before sending and on the wire, and its rows by `pick`. */
async function expectSet(
  ctx: Context,
  set: QuerySet<any, any>,
  wanted: { text: string; values: readonly unknown[]; rows: unknown },
  pick = (row: any): unknown => row.id,
): Promise<void> {
  const text = wanted.text.replace('PERSON', QUALIFIED_PERSON).replace('POST', QUALIFIED_POST);
  expect(set.toSql()).toEqual({ text, values: wanted.values });
  sent();
  const rows = await set.fetchAll(ctx);
  expect(sent()).toEqual([{ text, values: wanted.values }]);
  expect(rows.map(pick)).toEqual(wanted.rows);
}

describe('in and notIn', () => {
  test('take one column of a set', async ({ ctx }) => {
    await expectSet(
      ctx,
      query(Post)
        .filter((p) =>
          p.author.in(
            query(Person)
              .filter((a) => a.age.gte(40))
              .asSubquery((a) => a.id),
          ),
        )
        .orderBy((p) => p.id.asc()),
      {
        text: 'SELECT POST FROM "posts" WHERE "posts"."author" IN (SELECT "people"."id" FROM "people" WHERE "people"."age" >= $1) ORDER BY "posts"."id" ASC',
        values: [40],
        rows: [1, 2, 4],
      },
    );
  });
  test('take an expression over the column', async ({ ctx }) => {
    const set = query(Post)
      .filter((p) => p.views.in(query(Person).asSubquery((a) => coalesce(a.age, 20).div(2))))
      .orderBy((p) => p.id.asc());
    await expectSet(ctx, set, {
      text: 'SELECT POST FROM "posts" WHERE "posts"."views" IN (SELECT coalesce("people"."age", $1::integer) / $2 FROM "people") ORDER BY "posts"."id" ASC',
      values: [20, 2],
      rows: [1, 2, 4],
    });
  });
  test('notIn is NOT IN over a required column', async ({ ctx }) => {
    await expectSet(
      ctx,
      query(Person)
        .filter((a) => a.id.notIn(query(Post).asSubquery((p) => p.author)))
        .orderBy((a) => a.id.asc()),
      {
        text: 'SELECT PERSON FROM "people" WHERE "people"."id" NOT IN (SELECT "posts"."author" FROM "posts") ORDER BY "people"."id" ASC',
        values: [],
        rows: [3, 5],
      },
    );
  });
  test('notIn over a nullable column is refused before SQL; in is not', async ({ ctx }) => {
    expect(() => query(Person).filter((a) => a.id.notIn(query(Post).asSubquery((p) => p.editor) as never))).toThrow(
      issue('not_null', 'id'),
    );
    expect(
      await query(Person)
        .filter((a) => a.id.in(query(Post).asSubquery((p) => p.editor)))
        .count(ctx),
    ).toBe(3);
    expect(
      await query(Person)
        .filter((a) =>
          a.id.notIn(
            query(Post)
              .filter((p) => p.editor.isNotNull())
              .asSubquery((p) => coalesce(p.editor, personId(0))),
          ),
        )
        .count(ctx),
    ).toBe(2);
  });
  test('a column of a plain value is cast', async ({ ctx }) => {
    await expectSet(
      ctx,
      query(Person).filter((a) => a.id.in(query(Post).asSubquery(() => literal(personId(3), f.id<Person['id']>(pk.serial()))))),
      {
        text: 'SELECT PERSON FROM "people" WHERE "people"."id" IN (SELECT $1::integer FROM "posts")',
        values: [3],
        rows: [3],
      },
    );
  });
});

describe('ANY and ALL', () => {
  const views = () =>
    query(Post)
      .filter((p) => p.author.eq(personId(4)))
      .asSubquery((p) => p.views);
  test.for([
    ['eq', 'any', '= ANY', [3, 5]],
    ['neq', 'all', '<> ALL', [1, 2, 4]],
    ['gt', 'any', '> ANY', [1, 2, 4, 5]],
    ['gt', 'all', '> ALL', [1, 2, 4]],
    ['gte', 'all', '>= ALL', [1, 2, 4, 5]],
    ['lt', 'any', '< ANY', [3]],
    ['lte', 'any', '<= ANY', [3, 5]],
    ['lte', 'all', '<= ALL', [3]],
  ] as const)('%s with %s', async ([method, quantifier, spelled, rows], { ctx }) => {
    const set = query(Post)
      .filter((p) => p.views[method](quantifier === 'any' ? anyOf(views()) : allOf(views())))
      .orderBy((p) => p.id.asc());
    await expectSet(ctx, set, {
      text: `SELECT POST FROM "posts" WHERE "posts"."views" ${spelled} (SELECT "posts_2"."views" FROM "posts" AS "posts_2" WHERE "posts_2"."author" = $1) ORDER BY "posts"."id" ASC`,
      values: [4],
      rows,
    });
  });
  test('ALL of no rows is true, ANY of no rows false', async ({ ctx }) => {
    const none = () =>
      query(Post)
        .none()
        .asSubquery((p) => p.views);
    expect(
      await query(Post)
        .filter((p) => p.views.gt(allOf(none())))
        .count(ctx),
    ).toBe(5);
    expect(
      await query(Post)
        .filter((p) => p.views.gt(anyOf(none())))
        .count(ctx),
    ).toBe(0);
  });
  test('stand behind comparisons only, and over subqueries only', () => {
    expect(() => query(Post).filter((p) => p.views.isDistinctFrom(anyOf(views()) as never))).toThrow(issue('subquery', 'views'));
    expect(() => query(Post).filter((p) => p.views.between(anyOf(views()) as never, 1))).toThrow(issue('subquery', 'views'));
    expect(() => query(Post).filter((p) => p.views.eq(views() as never))).toThrow(issue('subquery', 'views'));
    expect(() => query(Post).filter((p) => p.title.contains(anyOf(views()) as never))).toThrow(issue('subquery', 'title'));
    for (const wrong of [undefined, null, [1], query(Post), 'x']) expect(() => anyOf(wrong as never)).toThrow(issue('subquery'));
  });
});

describe('exists', () => {
  test('compares inner with outer where both tables have the same names', async ({ ctx }) => {
    await expectSet(
      ctx,
      query(Person)
        .filter((a) => exists(query(Post).filter((p) => p.id.eq(a.id as never).and(p.createdAt.gte(a.createdAt), p.author.neq(a.id)))))
        .orderBy((a) => a.id.asc()),
      {
        text: 'SELECT PERSON FROM "people" WHERE EXISTS (SELECT 1 FROM "posts" WHERE "posts"."id" = "people"."id" AND "posts"."created_at" >= "people"."created_at" AND "posts"."author" <> "people"."id") ORDER BY "people"."id" ASC',
        values: [],
        rows: [1, 3, 4, 5],
      },
    );
  });
  test('not(exists) is the anti-join', async ({ ctx }) => {
    await expectSet(
      ctx,
      query(Person)
        .filter((a) => not(exists(query(Post).filter((p) => p.editor.eq(a.id)))))
        .orderBy((a) => a.id.asc()),
      {
        text: 'SELECT PERSON FROM "people" WHERE NOT EXISTS (SELECT 1 FROM "posts" WHERE "posts"."editor" = "people"."id") ORDER BY "people"."id" ASC',
        values: [],
        rows: [3, 5],
      },
    );
  });
  test('of an unrefined set', async ({ ctx }) => {
    await expectSet(
      ctx,
      query(Person).filter((a) => exists(query(Post)).and(a.age.gt(50))),
      {
        text: 'SELECT PERSON FROM "people" WHERE EXISTS (SELECT 1 FROM "posts") AND "people"."age" > $1',
        values: [50],
        rows: [1],
      },
    );
  });
  test('of none is over no rows, and so is a subquery of it', async ({ ctx }) => {
    await expectSet(
      ctx,
      query(Person).filter(() => exists(query(Post).none())),
      { text: 'SELECT PERSON FROM "people" WHERE EXISTS (SELECT 1 FROM "posts" WHERE FALSE)', values: [], rows: [] },
    );
    await expectSet(
      ctx,
      query(Person).filter((a) =>
        a.id.in(
          query(Post)
            .none()
            .asSubquery((p) => p.author),
        ),
      ),
      {
        text: 'SELECT PERSON FROM "people" WHERE "people"."id" IN (SELECT "posts"."author" FROM "posts" WHERE FALSE)',
        values: [],
        rows: [],
      },
    );
  });
  test('ignores what the set would select', () => {
    expect(
      query(Person)
        .filter(() => exists(query(Post).select((p) => ({ n: p.views.add(7) }))))
        .toSql().values,
    ).toEqual([]);
  });
  test('wants a set', () => {
    for (const wrong of [undefined, null, {}, { kind: 'queryset' }, Post])
      expect(() => query(Person).filter(() => exists(wrong as never))).toThrow(issue('subquery'));
  });
});

describe('the same table inside and outside', () => {
  test('has another name inside', async ({ ctx }) => {
    await expectSet(
      ctx,
      query(Person)
        .filter((a) => exists(query(Person).filter((b) => b.boss.eq(a.id))))
        .orderBy((a) => a.id.asc()),
      {
        text: 'SELECT PERSON FROM "people" WHERE EXISTS (SELECT 1 FROM "people" AS "people_2" WHERE "people_2"."boss" = "people"."id") ORDER BY "people"."id" ASC',
        values: [],
        rows: [1, 2],
      },
    );
  });
  test('is two appearances too when one set is used inside its own callback', async ({ ctx }) => {
    const grown = query(Person).filter((a) => a.age.gte(20));
    await expectSet(
      ctx,
      grown.filter((a) => exists(grown.filter((b) => b.boss.eq(a.id)))).orderBy((a) => a.id.asc()),
      {
        text: 'SELECT PERSON FROM "people" WHERE "people"."age" >= $1 AND EXISTS (SELECT 1 FROM "people" AS "people_2" WHERE "people_2"."age" >= $1 AND "people_2"."boss" = "people"."id") ORDER BY "people"."id" ASC',
        values: [20],
        rows: [1, 2],
      },
    );
  });
  test('three deep, each set its own', async ({ ctx }) => {
    const all = query(Person);
    // Somebody whose boss has a boss: the innermost names the outermost.
    await expectSet(
      ctx,
      all.filter((a) => exists(all.filter((b) => exists(all.filter((c) => and(a.boss.eq(b.id), b.boss.eq(c.id))))))),
      {
        text: 'SELECT PERSON FROM "people" WHERE EXISTS (SELECT 1 FROM "people" AS "people_2" WHERE EXISTS (SELECT 1 FROM "people" AS "people_3" WHERE "people"."boss" = "people_2"."id" AND "people_2"."boss" = "people_3"."id"))',
        values: [],
        rows: [4],
      },
    );
  });
  test('a set with a subquery of its own keeps it inside itself', async ({ ctx }) => {
    // Authors, as a set with a correlated subquery; its other appearance must correlate with itself.
    const authors = query(Person).filter((a) => exists(query(Post).filter((p) => p.author.eq(a.id))));
    await expectSet(
      ctx,
      authors.filter((a) => a.boss.in(authors.asSubquery((b) => b.id))).orderBy((a) => a.id.asc()),
      {
        text: 'SELECT PERSON FROM "people" WHERE EXISTS (SELECT 1 FROM "posts" WHERE "posts"."author" = "people"."id") AND "people"."boss" IN (SELECT "people_2"."id" FROM "people" AS "people_2" WHERE EXISTS (SELECT 1 FROM "posts" WHERE "posts"."author" = "people_2"."id")) ORDER BY "people"."id" ASC',
        values: [],
        rows: [2, 4],
      },
    );
  });
});

describe('a scalar subquery', () => {
  const latest = (author: any) =>
    query(Post)
      .filter((p) => p.author.eq(author))
      .orderBy((p) => [p.views.desc(), p.id.asc()])
      .limit(1);
  test('is selected, filtered by and ordered by, with ordering and limit inside', async ({ ctx }) => {
    await expectSet(
      ctx,
      query(Person)
        .select((a) => ({ name: a.name, best: latest(a.id).asScalar((p) => p.title) }))
        .orderBy((a) => a.id.asc()),
      {
        text: 'SELECT "people"."name", (SELECT "posts"."title" FROM "posts" WHERE "posts"."author" = "people"."id" ORDER BY "posts"."views" DESC, "posts"."id" ASC LIMIT 1) FROM "people" ORDER BY "people"."id" ASC',
        values: [],
        rows: [
          { name: 'Ada', best: 'planner' },
          { name: 'Bob', best: 'windows' },
          { name: 'Cy', best: null },
          { name: 'Di', best: 'vacuum' },
          { name: 'Ed', best: null },
        ],
      },
      (row) => row,
    );
    await expectSet(
      ctx,
      query(Person)
        .filter((a) =>
          latest(a.id)
            .asScalar((p) => p.views)
            .add(1)
            .gt(10),
        )
        .orderBy((a) => [
          latest(a.id)
            .asScalar((p) => p.views)
            .desc(),
          a.id.desc(),
        ]),
      {
        text: 'SELECT PERSON FROM "people" WHERE (SELECT "posts"."views" FROM "posts" WHERE "posts"."author" = "people"."id" ORDER BY "posts"."views" DESC, "posts"."id" ASC LIMIT 1) + $1 > $2 ORDER BY (SELECT "posts_2"."views" FROM "posts" AS "posts_2" WHERE "posts_2"."author" = "people"."id" ORDER BY "posts_2"."views" DESC, "posts_2"."id" ASC LIMIT 1) DESC, "people"."id" DESC',
        values: [1, 10],
        rows: [2, 1],
      },
    );
  });
  test('takes offset, distinct and a limit that is a parameter, numbered in place', async ({ ctx }) => {
    const second = query(Post)
      .filter((p) => p.views.gt(1))
      .distinct()
      .select((p) => ({ v: p.views }))
      .orderBy((p) => p.views.desc())
      .limit(2000)
      .offset(1);
    expect(
      query(Person)
        .filter((a) => a.age.gt(second.asScalar((p) => p.views)).and(a.id.gt(personId(0))))
        .toSql(),
    ).toEqual({
      text: `SELECT ${QUALIFIED_PERSON} FROM "people" WHERE "people"."age" > (SELECT DISTINCT "posts"."views" FROM "posts" WHERE "posts"."views" > $1 ORDER BY "posts"."views" DESC LIMIT $2 OFFSET $3) AND "people"."id" > $4`,
      values: [1, 2000n, 1n, 0],
    });
    expect(
      await query(Person)
        .filter((a) => a.age.gt(second.limit(1).asScalar((p) => p.views)))
        .count(ctx),
    ).toBe(4);
  });
  test('is null without a row, and can be given another value', async ({ ctx }) => {
    const [row] = await query(Person)
      .filter((a) => a.id.eq(personId(5)))
      .select((a) => ({
        n: coalesce(
          latest(a.id).asScalar((p) => p.views),
          -1,
        ),
        none: query(Post)
          .none()
          .asScalar((p) => p.id),
      }))
      .fetchAll(ctx);
    expect(row).toEqual({ n: -1, none: null });
  });
  test('with several rows is the error of the server', async ({ ctx }) => {
    await expect(
      query(Person)
        .select(() => ({ x: query(Post).asScalar((p) => p.id) }))
        .fetchAll(ctx),
    ).rejects.toMatchObject({ code: 'DATABASE', sqlState: '21000' });
  });
  test('two levels down, naming both queries around it', async ({ ctx }) => {
    const set = query(Person)
      .select((a) => ({
        id: a.id,
        x: query(Post)
          .filter((p) => p.author.eq(a.id))
          .orderBy((p) => p.id.asc())
          .limit(1)
          .asScalar((p) =>
            query(Person)
              .filter((e) => e.id.eq(p.editor).and(e.id.neq(a.id)))
              .asScalar((e) => e.name),
          ),
      }))
      .orderBy((a) => a.id.asc());
    expect(await set.fetchAll(ctx)).toEqual([
      { id: 1, x: null },
      { id: 2, x: 'Ada' },
      { id: 3, x: null },
      { id: 4, x: 'Bob' },
      { id: 5, x: null },
    ]);
  });
  test('in a CASE, under DISTINCT ON and among the arms of OR', async ({ ctx }) => {
    const posts = (author: any) => query(Post).filter((p) => p.author.eq(author));
    const kind = (a: any) =>
      caseWhen(exists(posts(a.id).filter((p) => p.views.gte(30))), 'star')
        .when(exists(posts(a.id)), 'author')
        .otherwise('reader');
    expect(
      await query(Person)
        .distinctOn(kind as never)
        .orderBy((a) => a.id.asc())
        .fetchAll(ctx)
        .catch((error: { code: string }) => error.code),
    ).toBe('VALIDATION');
    expect(
      await query(Person)
        .select((a) => ({ id: a.id, kind: kind(a) }))
        .orderBy((a) => a.id.asc())
        .fetchAll(ctx),
    ).toEqual([
      { id: 1, kind: 'star' },
      { id: 2, kind: 'star' },
      { id: 3, kind: 'reader' },
      { id: 4, kind: 'author' },
      { id: 5, kind: 'reader' },
    ]);
    expect(
      await query(Person)
        .filter((a) => or(a.name.eq('Ed'), exists(posts(a.id))))
        .orderBy((a) => a.id.asc())
        .select((a) => ({ id: a.id }))
        .fetchAll(ctx),
    ).toEqual([1, 2, 4, 5].map((id) => ({ id })));
  });
});

describe('what EXISTS, IN, ANY and ALL would not heed', () => {
  const modifiers = {
    orderBy: () => query(Post).orderBy((p) => p.id.asc()),
    limit: () => query(Post).limit(1),
    offset: () => query(Post).offset(1),
    distinct: () => query(Post).distinct(),
    distinctOn: () => query(Post).distinctOn((p) => p.author),
  };
  test.for(Object.entries(modifiers))('%s is refused with its name', ([name, make]) => {
    const refusal = expect.objectContaining({
      code: 'VALIDATION',
      model: 'posts',
      issues: [expect.objectContaining({ rule: 'subquery', message: expect.stringContaining(name) as string })],
    });
    expect(() => query(Person).filter(() => exists(make()))).toThrow(refusal);
    expect(() => make().asSubquery((p) => p.author)).toThrow(refusal);
  });
  test('a limit of 0 is one too, and reorder to nothing is none', () => {
    expect(() => exists(query(Post).limit(0))).toThrow(issue('subquery'));
    expect(() =>
      exists(
        query(Post)
          .orderBy((p) => p.id.asc())
          .reorder(() => []),
      ),
    ).not.toThrow();
  });
});

describe('scope', () => {
  test('a bag used in a query that is not inside its callback is refused when it is built', () => {
    let outer: any;
    query(Person).filter((a) => {
      outer = a;
      return a.age.isNull();
    });
    expect(() => query(Post).filter((p) => p.author.eq(outer.id))).toThrow(issue('scope'));
    expect(() => query(Post).asScalar(() => outer.id)).toThrow(issue('scope'));
    expect(() => query(Post).asSubquery((p) => p.views.add(outer.id))).toThrow(issue('scope'));
  });
  test('a nested set that leaks out of its callback is refused where it is used, and by every terminal', async ({ ctx }) => {
    let leaked!: QuerySet<typeof Post, Post>;
    const fine = query(Person).filter((a) => {
      leaked = query(Post).filter((p) => p.author.eq(a.id));
      return exists(leaked);
    });
    expect(await fine.count(ctx)).toBe(3);
    sent();
    expect(() => query(Person).filter(() => exists(leaked))).toThrow(issue('scope'));
    expect(() => query(Post).filter((p) => p.id.in(leaked.asSubquery((q) => q.id)))).toThrow(issue('scope'));
    expect(() => leaked.toSql()).toThrow(issue('scope'));
    await expect(leaked.fetchAll(ctx)).rejects.toEqual(issue('scope'));
    await expect(leaked.count(ctx)).rejects.toEqual(issue('scope'));
    await expect(leaked.exists(ctx)).rejects.toEqual(issue('scope'));
    await expect(leaked.first(ctx)).rejects.toEqual(issue('scope'));
    expect(sent()).toEqual([]);
  });
  test('a predicate that leaks out of a subquery is refused inside the outer query', () => {
    let inner!: Predicate;
    expect(() => query(Person).filter((a) => exists(query(Post).filter((p) => (inner = p.author.eq(a.id)))).and(inner))).toThrow(
      issue('scope'),
    );
  });
  test('an error in a callback leaves no scope behind', () => {
    let outer: any;
    expect(() =>
      query(Person).filter((a) => {
        outer = a;
        throw new TypeError('mine');
      }),
    ).toThrow('mine');
    expect(() => query(Post).filter((p) => p.author.eq(outer.id))).toThrow(issue('scope'));
  });
});

describe('terminals of a set with subqueries', () => {
  const authors = () => query(Person).filter((a) => exists(query(Post).filter((p) => p.author.eq(a.id).and(p.views.gt(5)))));
  test('count, exists, first, fetchOne and inBulk are one statement each', async ({ ctx }) => {
    expect(await authors().count(ctx)).toBe(3);
    expect(await authors().exists(ctx)).toBe(true);
    expect(
      (
        await authors()
          .orderBy((a) => a.id.desc())
          .first(ctx)
      )?.name,
    ).toBe('Di');
    expect(
      (
        await authors()
          .filter((a) => a.age.eq(60))
          .fetchOne(ctx)
      ).name,
    ).toBe('Ada');
    expect([...(await authors().inBulk(ctx, [1, 3, 4].map(personId))).keys()].sort((a, b) => a - b)).toEqual([1, 4]);
    expect(await authors().distinct().count(ctx)).toBe(3);
    const WHERE = 'WHERE EXISTS (SELECT 1 FROM "posts" WHERE "posts"."author" = "people"."id" AND "posts"."views" > $1)';
    expect(sent()).toEqual([
      { text: `SELECT count(*) FROM "people" ${WHERE}`, values: [5] },
      { text: `SELECT EXISTS(SELECT 1 FROM "people" ${WHERE} LIMIT 1)`, values: [5] },
      { text: `SELECT ${QUALIFIED_PERSON} FROM "people" ${WHERE} ORDER BY "people"."id" DESC LIMIT 1`, values: [5] },
      { text: `SELECT ${QUALIFIED_PERSON} FROM "people" ${WHERE} AND "people"."age" = $2 LIMIT 2`, values: [5, 60] },
      { text: `SELECT ${QUALIFIED_PERSON} FROM "people" ${WHERE} AND "people"."id" = ANY($2::integer[])`, values: [5, [1, 3, 4]] },
      { text: `SELECT count(*) FROM (SELECT DISTINCT ${QUALIFIED_PERSON} FROM "people" ${WHERE}) AS "sub"`, values: [5] },
    ]);
  });
  test('stream', async ({ ctx }) => {
    const names: string[] = [];
    await ctx.atomic(async (tx) => {
      for await (const person of authors()
        .orderBy((a) => a.id.asc())
        .stream(tx, { batchSize: 1 }))
        names.push(person.name);
    });
    expect(names).toEqual(['Ada', 'Bob', 'Di']);
  });
  test('explain', async ({ ctx }) => {
    expect(await authors().explain(ctx)).toMatch(/Join|SubPlan/);
  });
});

test('one structure is one text, whatever the values', () => {
  const build = (age: number, views: number) =>
    query(Person)
      .filter(
        (a) => a.age.gt(age),
        (a) => exists(query(Post).filter((p) => p.author.eq(a.id).and(p.views.gt(views)))),
      )
      .toSql();
  expect(build(1, 2).text).toBe(build(3, 4).text);
  expect(build(3, 4).values).toEqual([3, 4]);
});

test('the same text read as two types has two readers', async ({ ctx }) => {
  const at = query(Post).filter((p) => p.id.eq(postId(1)));
  expect(await at.select((p) => ({ v: cast(p.views, f.bigint()) })).fetchOne(ctx)).toEqual({ v: 10n });
  expect(await at.select((p) => ({ v: cast(p.views, f.safeInt()) })).fetchOne(ctx)).toEqual({ v: 10 });
  expect(
    await query(Person)
      .select(() => ({ v: at.asScalar((p) => cast(p.views, f.bigint())) }))
      .first(ctx),
  ).toEqual({ v: 10n });
  expect(
    await query(Person)
      .select(() => ({ v: at.asScalar((p) => cast(p.views, f.safeInt())) }))
      .first(ctx),
  ).toEqual({ v: 10 });
});
