// What must and what must not compile. Checked by `tsc`, never run.

import { countAll, f, literal, model, pk, type Context, type Id } from '@djogi/core';
import { ancestors, cte, descendants, query, walk, type Combined, type QuerySet } from '../../src/index.ts';

type AuthorId = Id<'heerIdDesc', string, 'authors'>;
class Author extends model('authors', { name: f.text(), boss: f.id<AuthorId>(pk.heerIdDesc()).nullable() }) {}
class Post extends model('posts', {
  author: f.id<Author['id']>(pk.heerIdDesc()),
  title: f.text(),
  note: f.text().nullable(),
  views: f.int(),
}) {}
class Keyless extends model('keyless', { name: f.text() }, { pk: pk.none() }) {}

type Same<Left, Right> = (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;
declare function same<Left>(): <Right>(right: Right, isSame: Same<Left, Right>) => void;

declare const ctx: Context;
const posts = query(Post);
const authors = query(Author);
const titles = posts.select((p) => ({ text: p.title }));
const names = authors.select((a) => ({ text: a.name }));
const notes = posts.select((p) => ({ text: p.note }));
const tuples = posts.selectTuple((p) => [p.title, p.views]);

export async function compiles(): Promise<void> {
  // rows
  same<Post[]>()(await posts.union(posts.filter((p) => p.views.gt(1))).fetchAll(ctx), true);
  same<Post | null>()(
    await posts
      .except(posts, posts.limit(1))
      .orderBy((o) => o.title.asc())
      .first(ctx),
    true,
  );
  same<{ text: string }[]>()(await titles.union(names).fetchAll(ctx), true);
  same<number>()(await titles.union(names, titles).count(ctx), true);
  // nulls of any arm
  const texts = await titles.unionAll(notes).fetchAll(ctx);
  same<string | null>()(texts[0]!.text, true);
  same<{ text: string }[]>()(await titles.intersect(notes).fetchAll(ctx), true);
  // nested, ordered, cut
  const all: Combined<any, { text: string }> = titles.union(names).except(titles.intersect(names));
  all
    .orderBy((o) => [o.text.desc().nullsLast()])
    .limit(1)
    .offset(2);
  tuples.union(tuples).orderBy((o) => [o[0].asc(), o[1].desc()]);
  titles
    .filter((p) => p.views.gt(1))
    .distinct()
    .orderBy((p) => p.id.asc())
    .limit(1)
    .union(names);
  // columns by name
  const [chosen] = await posts.only('title', 'views').union(posts.only('title', 'views')).fetchAll(ctx);
  same<{ title: string; views: number } | undefined>()(chosen, true);
  posts
    .only('title')
    .union(posts.select((p) => ({ title: p.title })))
    .orderBy((o) => o.title.asc());
  const deferred = query(posts.defer('note', 'views', 'createdAt')).filter(
    (p) => p.title.startsWith('a'),
    (p) => p.author.eq(p.author),
    (p) => p.updatedAt.gt(new Date()),
  );
  same<string>()((await deferred.select((p) => ({ id: p.id, title: p.title })).fetchOne(ctx)).title, true);

  // groups
  const groups = posts.groupBy((p) => ({ text: p.title })).annotate(() => ({ n: countAll() }));
  posts.select((p) => ({ text: p.title, n: literal(1) })).union(groups);

  // a query over rows
  const whole: QuerySet<typeof Post, Post> = query(posts.limit(1));
  same<Post[]>()(await whole.filter((p) => p.views.gt(1)).fetchAll(ctx), true);
  query(posts.union(posts)).filter((p) => p.title.contains('a'));
  const over = query(titles.union(names)).filter((r) => r.text.contains('a'));
  same<{ text: string }[]>()(await over.fetchAll(ctx), true);
  same<{ size: number }[]>()(await over.select((r) => ({ size: r.text.length() })).fetchAll(ctx), true);
  const counted = query(groups)
    .filter((g) => g.n.gt(1))
    .filter((g) => g.text.startsWith('a'));
  same<{ text: string; n: number }[]>()(await counted.fetchAll(ctx), true);
  same<number | null>()(await counted.aggregate(ctx, (g) => g.n.max()), true);

  // by name
  const named = cte('named', groups);
  same<{ text: string; n: number }[]>()(
    await query(named)
      .filter((g) => g.n.gt(1))
      .fetchAll(ctx),
    true,
  );
  same<Post[]>()(await query(cte(posts, { materialized: true })).fetchAll(ctx), true);
  posts.filter((p) => p.title.in(query(named).asSubquery((n) => n.text)));

  // walks
  const tree = descendants(authors, (a) => a.boss, { maxDepth: 3, where: (a) => a.name.eq('a'), depthFirstBy: (a) => a.name });
  same<Author[]>()(
    await tree
      .filter(
        (a) => a.walk.depth.gt(1),
        (a) => a.name.eq('a'),
      )
      .fetchAll(ctx),
    true,
  );
  same<{ depth: number; path: Author['id'][] }[]>()(
    await tree.select((a) => ({ depth: a.walk.depth, path: a.walk.path })).fetchAll(ctx),
    true,
  );
  const trail = await ancestors(authors, (a) => a.boss)
    .annotate((a) => ({ depth: a.walk.depth }))
    .fetchAll(ctx);
  same<{ row: Author; depth: number }[]>()(trail, true);
  walk(authors, { from: (a) => a.boss, to: (a) => a.id });
  walk(
    authors,
    [
      { from: (a) => a.id, to: (a) => a.boss },
      { from: (a) => a.boss, to: (a) => a.id },
    ],
    { each: 'path' },
  );
  descendants(tree, (a) => a.boss);
  descendants(query(authors.limit(1)), (a) => a.boss);
  descendants(authors.union(authors), (a) => a.boss);
  authors.filter((a) => a.id.in(tree.asSubquery((t) => t.id)));
}

export function refused(): void {
  // arms
  // @ts-expect-error rows of another model
  posts.union(authors);
  // @ts-expect-error a projection beside rows
  posts.union(titles);
  // @ts-expect-error rows beside a projection
  titles.union(posts);
  // @ts-expect-error another name
  titles.union(posts.select((p) => ({ title: p.title })));
  // @ts-expect-error one column more
  titles.union(posts.select((p) => ({ text: p.title, views: p.views })));
  // @ts-expect-error one column less
  posts.select((p) => ({ text: p.title, views: p.views })).union(titles);
  // @ts-expect-error another type
  titles.union(posts.select((p) => ({ text: p.views })));
  // @ts-expect-error tuples of other lengths
  tuples.union(posts.selectTuple((p) => [p.title]));
  // @ts-expect-error rows with values beside them
  posts.union(posts.annotate(() => ({ n: countAll() })));
  titles.union(
    names,
    // @ts-expect-error one of several
    posts.select((p) => ({ text: p.views })),
  );
  // @ts-expect-error a model
  posts.union(Post);

  // orders
  const set = titles.union(names);
  // @ts-expect-error an expression
  set.orderBy((o) => o.text.lower().asc());
  // @ts-expect-error no such column
  set.orderBy((o) => o.title.asc());
  // @ts-expect-error no direction
  set.orderBy((o) => o.text);
  // @ts-expect-error filters belong to the arms, or to a query over the rows
  set.filter(() => null);
  // @ts-expect-error nothing is written
  set.delete();

  // rows
  // @ts-expect-error rows with values beside them
  query(posts.annotate(() => ({ n: countAll() })));
  // @ts-expect-error groups without annotations
  query(posts.groupBy((p) => ({ title: p.title })));
  // @ts-expect-error no such column
  query(titles).filter((t) => t.views.gt(1));
  // @ts-expect-error left out by only
  query(posts.only('title')).filter((p) => p.views.gt(1));
  // @ts-expect-error left out by defer, in the rows of a set operation too
  query(posts.defer('views').union(posts.defer('views'))).filter((p) => p.views.gt(1));
  // @ts-expect-error left out, so the arms have other columns
  posts.only('title').union(posts.only('title', 'views'));
  // @ts-expect-error an aggregate of the groups is a column now
  query(posts.groupBy((p) => ({ title: p.title })).annotate(() => ({ n: countAll() }))).filter((g) => g.n.over().gt(1));
  // @ts-expect-error only a model inserts
  void query(posts.limit(1)).bulkCreate;
  // @ts-expect-error no name
  cte(1, posts);
  // @ts-expect-error a model
  cte('a', Post);
  // @ts-expect-error no such option
  cte('a', posts, { recursive: true });

  // walks
  descendants(
    // @ts-expect-error a projection has no edges
    authors.select((a) => ({ boss: a.boss })),
    (a) => a.boss,
  );
  // @ts-expect-error not an id of the model
  descendants(authors, (a) => a.name);
  // @ts-expect-error an id of another model
  descendants(posts, (p) => p.author);
  // @ts-expect-error two types
  walk(authors, { from: (a) => a.boss, to: (a) => a.name });
  // @ts-expect-error no such field
  walk(authors, { from: (a) => a.chief, to: (a) => a.id });
  // @ts-expect-error no order
  descendants(authors, (a) => a.boss, { depthFirstBy: (a) => a.name.asc() });
  // @ts-expect-error a model without a key
  descendants(query(Keyless), (k) => k.name);
  // @ts-expect-error no such option
  descendants(authors, (a) => a.boss, { depth: 3 });
  // @ts-expect-error a plain set is no walk
  authors.filter((a) => a.walk.depth.gt(1));
}
