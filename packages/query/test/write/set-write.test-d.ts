// What updates and deletes of sets accept, what they give, and what must not compile.

// What must not compile has no type that a linter could call safe, and is never run.

import { app, caseWhen, coalesce, countAll, f, literal, model, now, pgEnum, pk, proxy, sql, type Context } from '@djogi/core';
import { query } from '@djogi/query';

const Status = pgEnum('status', ['draft', 'published', 'archived']);
export class Author extends model('authors', { name: f.text(), score: f.int().nullable() }, { app: app('blog') }) {}
export class Post extends model(
  'posts',
  {
    title: f.text(),
    status: f.enum(Status).default('draft'),
    views: f.int().default(0),
    score: f.int().nullable(),
    price: f.decimal(10, 2),
    seenAt: f.timestamptz().nullable(),
    revision: f.version(),
    slug: f.text().generated(sql`lower(title)`),
  },
  { pk: pk.serial() },
) {
  get shout() {
    return this.title.toUpperCase();
  }
}
export class LivePost extends proxy(Post, { filter: (p) => p.status.eq('published') }) {}

export async function accepted(ctx: Context, signal: AbortSignal) {
  const posts = query(Post).filter((p) => p.views.gt(1));
  (await posts.update({ status: 'archived', views: 1, score: null }).execute(ctx, { signal })) satisfies number;
  (await posts.update((p) => ({ views: p.views.add(1), status: 'archived', seenAt: now() })).execute(ctx)) satisfies number;
  posts.update({ views: literal(1) });
  posts.update({});
  posts.update((p) => ({ status: caseWhen(p.views.gt(10), 'published').otherwise('draft'), score: p.views, price: p.price.mul('1.10') }));
  posts.update((p) => ({
    views: coalesce(
      query(Author)
        .filter((a) => a.name.eq(p.title))
        .asScalar(() => countAll()),
      0,
    ),
  }));
  const rows = await posts.update({ views: 1 }).returning(ctx, { signal });
  rows satisfies Post[];
  rows[0]!.shout satisfies string;
  const shaped = await posts
    .update({ views: 1 })
    .returning(ctx, (p, old) => ({ id: p.id, was: old.score, more: p.views.add(1) }), { signal });
  shaped satisfies { id: number; was: number | null; more: number }[];
  const pairs = await posts.update({ views: 1 }).returningPairs(ctx);
  pairs satisfies { old: Post; new: Post }[];
  (await posts.delete().execute(ctx)) satisfies number;
  (await posts.delete().returning(ctx)) satisfies Post[];
  (await posts.delete().returning(ctx, (p) => ({ id: p.id }))) satisfies { id: number }[];
  (await posts.delete().returningPairs(ctx)) satisfies { old: Post; new: null }[];
  (await query(LivePost).delete().returning(ctx)) satisfies LivePost[];
  (await query(LivePost)
    .update((p) => ({ views: p.views.add(1) }))
    .returningPairs(ctx)) satisfies { old: LivePost; new: LivePost }[];
  posts.delete().toSql().values satisfies readonly unknown[];
  (await posts.delete().explain(ctx)) satisfies string;
  (await posts.update({ views: 1 }).explain(ctx, { format: 'json', verbose: true })) satisfies unknown;
}

export function refused(ctx: Context) {
  const posts = query(Post);
  // @ts-expect-error no such field
  posts.update({ nmae: 'x' });
  // @ts-expect-error no such field, beside one that there is
  posts.update({ title: 'x', nmae: 'x' });
  // @ts-expect-error no such field, beside one that there is, in a callback
  posts.update(() => ({ title: 'x', nmae: 'x' }));
  // @ts-expect-error no such field, in a callback
  posts.update(() => ({ nmae: 'x' }));
  // @ts-expect-error the key is never written
  posts.update({ id: 1 });
  // @ts-expect-error nor in a callback
  posts.update((p) => ({ id: p.views, title: 'x' }));
  // @ts-expect-error the version counts by itself
  posts.update({ revision: 1 });
  // @ts-expect-error in a callback too
  posts.update((p) => ({ revision: p.revision, title: 'x' }));
  // @ts-expect-error the times stamp themselves
  posts.update({ updatedAt: new Date() });
  // @ts-expect-error the times stamp themselves
  posts.update(() => ({ createdAt: new Date(), title: 'x' }));
  // @ts-expect-error a generated column is computed
  posts.update({ slug: 'x' });
  // @ts-expect-error a getter is no column
  posts.update({ shout: 'x' });
  // @ts-expect-error undefined is no value
  posts.update({ title: undefined });
  // @ts-expect-error undefined is no value
  posts.update(() => ({ title: undefined }));
  // @ts-expect-error of another type
  posts.update({ views: 'x' });
  // @ts-expect-error of another type
  posts.update((p) => ({ views: p.title }));
  // @ts-expect-error no such label
  posts.update({ status: 'gone' });
  // @ts-expect-error no such label
  posts.update(() => ({ status: 'gone' }));
  // @ts-expect-error never null
  posts.update({ title: null });
  // @ts-expect-error may be null, and the column never is
  posts.update((p) => ({ views: p.score }));
  // @ts-expect-error what is asynchronous has no patch to give
  posts.update(async () => ({ title: 'x' }));
  // @ts-expect-error nothing is written without a patch
  posts.update();
  // @ts-expect-error a write is run by its terminals, which take a context
  void posts.delete().execute();
  // @ts-expect-error a write is run by its terminals
  posts.delete().fetchAll(ctx);
  // @ts-expect-error an analyzed write would be run
  void posts.delete().explain(ctx, { analyze: true });
  const annotated = posts.annotate(() => ({ n: countAll() }));
  // @ts-expect-error rows with values beside them are read only
  annotated.update({ title: 'x' });
  const groups = posts.groupBy((p) => ({ status: p.status })).annotate(() => ({ n: countAll() }));
  // @ts-expect-error groups are read only
  groups.delete();
}

export async function pairsOfDelete(ctx: Context) {
  const [pair] = await query(Post).delete().returningPairs(ctx);
  // @ts-expect-error a deleted row has no other side
  return pair?.new.title;
}
