// What must and what must not compile of subqueries. Checked by `tsc`, never run.

import {
  allOf,
  anyOf,
  coalesce,
  exists,
  f,
  model,
  not,
  pk,
  type Context,
  type Predicate,
  type Quantified,
  type Subquery,
} from '@djogi/core';
import { query } from '../../src/index.ts';

class Person extends model('people', { name: f.text(), age: f.int().nullable(), isActive: f.boolean() }) {}
class Post extends model('posts', {
  author: f.id<Person['id']>(pk.heerIdDesc()),
  editor: f.id<Person['id']>(pk.heerIdDesc()).nullable(),
  title: f.text(),
  views: f.int(),
}) {}

type Same<Left, Right> = (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;
declare function same<Left>(): <Right>(right: Right, isSame: Same<Left, Right>) => void;
declare const ctx: Context;
const people = query(Person),
  posts = query(Post);

export async function compiles(): Promise<void> {
  same<Subquery<Person['id']>>()(
    people.asSubquery((a) => a.id),
    true,
  );
  same<Subquery<number | null>>()(
    people.asSubquery((a) => a.age),
    true,
  );
  same<Quantified<number | null>>()(anyOf(people.asSubquery((a) => a.age)), true);
  posts.filter((p) => p.author.in(people.filter((a) => a.age.gte(18)).asSubquery((a) => a.id)));
  people.filter(
    (a) => a.id.in(posts.asSubquery((p) => p.editor)),
    (a) => a.id.notIn(posts.asSubquery((p) => p.author)),
  );
  people.filter(
    (a) => exists(posts.filter((p) => p.author.eq(a.id))),
    (a) => not(exists(posts.filter((p) => p.editor.eq(a.id)))),
  );
  posts.filter(
    (p) => p.views.gt(anyOf(people.asSubquery((a) => a.age))),
    (p) => p.views.neq(allOf(posts.asSubquery((q) => q.views))),
  );
  exists(posts) satisfies Predicate;
  const [row] = await people
    .select((a) => {
      const best = posts
        .filter((p) => p.author.eq(a.id))
        .orderBy((p) => p.views.desc())
        .limit(1);
      return {
        title: best.asScalar((p) => p.title),
        views: best.asScalar((p) => p.views).add(1),
        sure: coalesce(
          best.asScalar((p) => p.views),
          0,
        ),
        editor: best.asScalar((p) => p.editor),
        loud: best.asScalar((p) => p.title).upper(),
      };
    })
    .fetchAll(ctx);
  same<{ title: string | null; views: number | null; sure: number; editor: Person['id'] | null; loud: string | null }>()(row!, true);
  people.orderBy((a) =>
    posts
      .filter((p) => p.author.eq(a.id))
      .asScalar((p) => p.views)
      .desc()
      .nullsLast(),
  );
  people.filter(() => people.asScalar((a) => a.isActive));
}

export function refused(): void {
  // @ts-expect-error a column of another type
  posts.filter((p) => p.author.in(people.asSubquery((a) => a.name)));
  // @ts-expect-error an id of another model
  posts.filter((p) => p.author.in(posts.asSubquery((q) => q.id)));
  // @ts-expect-error a column that may be NULL
  people.filter((a) => a.id.notIn(posts.asSubquery((p) => p.editor)));
  // @ts-expect-error a set is no list: its column is
  posts.filter((p) => p.author.in(people));
  // @ts-expect-error rows are no value
  posts.filter((p) => p.views.eq(people.asSubquery((a) => a.age)));
  // @ts-expect-error ANY stands behind comparisons only
  posts.filter((p) => p.views.isDistinctFrom(anyOf(people.asSubquery((a) => a.age))));
  // @ts-expect-error ANY is no operand of arithmetic
  posts.filter((p) => p.views.add(anyOf(posts.asSubquery((q) => q.views))).gt(1));
  // @ts-expect-error a value is no subquery
  anyOf(people.asScalar((a) => a.age));
  // @ts-expect-error a model is no set
  exists(Person);
  // @ts-expect-error a misspelt field
  people.asSubquery((a) => a.nmae);
  // @ts-expect-error not an expression
  people.asSubquery(() => 1);
  // @ts-expect-error may be NULL
  posts.filter((p) => p.title.concat(people.asScalar((a) => a.name)).eq('a'));
}
