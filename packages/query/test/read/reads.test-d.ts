// What must and what must not compile of pages, locks, columns by name and filters from JSON. Checked by `tsc`, never run.

import { computed, f, model, pk, proxy, type Context, type Id, type Predicate } from '@djogi/core';
import { parseFilter, query, type FilterJson, type Page, type ParsedFilter, type QuerySet } from '../../src/index.ts';

class Post extends model('posts', {
  title: f.text(),
  views: f.int().nullable(),
  body: f.text(),
  revision: f.version(),
  parts: f.array(f.text()),
}) {
  static readonly computed = computed(Post, (p) => ({ shout: p.title.upper() }));
  get label(): string {
    return this.title;
  }
}
class Popular extends proxy(Post, { filter: (p) => p.views.gt(100) }) {}
class Tally extends model('tallies', { day: f.int(), n: f.int() }, { pk: pk.composite('day', 'n'), timestamps: false }) {}

type Same<Left, Right> = (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;
declare function same<Left>(): <Right>(right: Right, isSame: Same<Left, Right>) => void;

declare const ctx: Context;
const posts = query(Post);

export async function compiles(cursor: string | null, fromUrl: string | undefined): Promise<void> {
  same<Page<Post>>()(await posts.fetchPage(ctx, { size: 50, after: cursor }), true);
  same<Page<Popular>>()(await query(Popular).fetchPage(ctx, { size: 50, after: fromUrl, before: null }), true);
  const { rows, next, previous } = await posts.select((p) => ({ title: p.title, shout: p.shout })).fetchPage(ctx, { size: 1 });
  same<{ title: string; shout: string }[]>()(rows, true);
  same<string | null>()(next, true);
  same<string | null>()(previous, true);

  same<QuerySet<typeof Post, Post>>()(
    posts
      .forUpdate()
      .forShare({ wait: 'nowait' })
      .forNoKeyUpdate({ wait: 'skipLocked', of: 'self' })
      .forKeyShare({ of: ['self'] }),
    true,
  );

  same<{ title: string; views: number | null }[]>()(await posts.only('title', 'views').fetchAll(ctx), true);
  same<{ id: Post['id']; createdAt: Date; revision: number } | null>()(await posts.only('id', 'createdAt', 'revision').first(ctx), true);
  same<{ title: string; views: number | null; id: Post['id']; updatedAt: Date }>()(
    await posts.defer('body', 'parts', 'revision', 'createdAt').fetchOne(ctx),
    true,
  );
  same<{ day: number }[]>()(await query(Tally).defer('n').fetchAll(ctx), true);
  same<string>()((await posts.defer().fetchOne(ctx)).body, true);

  same<Post | null>()(
    await posts
      .orderBy((p) => p.title.asc())
      .reverse()
      .last(ctx),
    true,
  );
  same<Post | null>()(await posts.earliest(ctx, (p) => p.views), true);
  same<{ title: string } | null>()(await posts.only('title').latest(ctx, (p) => p.shout), true);
  same<bigint>()(await posts.countBig(ctx), true);
  same<boolean>()(await posts.contains(ctx, (await posts.first(ctx))!), true);
  same<QuerySet<typeof Post, Post>>()(posts.orderByName('anything', 'desc', { nulls: 'last' }).distinctOnNames(['title']), true);

  const filter = parseFilter(Post, JSON.parse('{}'), { allow: ['title', 'views', 'id', 'createdAt'] });
  same<ParsedFilter<typeof Post>>()(filter, true);
  same<FilterJson>()(filter.toJSON(), true);
  posts.filter(filter, (p) => p.views.gt(1)).exclude(filter);
  query(Popular).filter(filter);

  const portable = posts.tryPortable();
  if (portable.ok) same<Predicate>()(portable.predicate, true);
  else same<string>()(portable.reason.kind, true);
}

export async function doesNotCompile(otherId: Id<'heerIdDesc', string, 'people'>): Promise<void> {
  // @ts-expect-error a page has a size
  await posts.fetchPage(ctx, { after: null });
  // @ts-expect-error a cursor is text
  await posts.fetchPage(ctx, { size: 1, after: 5 });
  // @ts-expect-error no such way of waiting
  posts.forUpdate({ wait: 'never' });
  // @ts-expect-error no table of that name is read
  posts.forUpdate({ of: 'people' });
  // @ts-expect-error no such field
  posts.only('titel');
  // @ts-expect-error a getter of the class is no column
  posts.only('label');
  // @ts-expect-error a computed field is no column: select asks for it
  posts.defer('shout');
  // @ts-expect-error was not asked for
  (await posts.only('title').fetchOne(ctx)).body;
  // @ts-expect-error was left out
  (await posts.defer('body').fetchOne(ctx)).body;
  // @ts-expect-error a part of a row cannot be saved
  await (await posts.defer('body').fetchOne(ctx)).save(ctx);
  // @ts-expect-error no key, no stamps
  query(Tally).only('id');
  // @ts-expect-error a list has no order
  await posts.latest(ctx, (p) => p.parts);
  // @ts-expect-error an id of another model
  await posts.contains(ctx, { id: otherId });
  // @ts-expect-error no such direction
  posts.orderByName('title', 'up');
  // @ts-expect-error no such field
  parseFilter(Post, {}, { allow: ['titel'] });
  // @ts-expect-error a filter of another model
  query(Tally).filter(parseFilter(Post, {}));
  // @ts-expect-error groups have no pages and no locks
  posts.groupBy((p) => ({ title: p.title })).forUpdate();
}
