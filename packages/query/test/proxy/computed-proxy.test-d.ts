// The contract's lines on computed fields and proxies, compiled against the packages.

import { computed, f, index, model, pgEnum, proxy, type Context } from '@djogi/core';
import { query } from '@djogi/query';

const PostStatus = pgEnum('post_status', ['draft', 'published', 'archived']);

export class Post extends model('posts', {
  title: f.text({ maxLength: 200 }),
  slug: f.text(),
  subtitle: f.text().nullable(),
  status: f.enum(PostStatus).default('draft'),
  views: f.int().default(0),
  publishedAt: f.timestamptz().nullable(),
}) {
  static readonly computed = computed(Post, (p) => ({
    searchable: p.title.concat(' ', p.slug).lower(),
    nickname: p.subtitle.lower(),
    score: p.views.mul(2),
    isHot: p.views.gt(10),
  }));
  static readonly tableObjects = [index(Post, (p) => [p.searchable])];
}
export class PublishedPost extends proxy(Post, { filter: (p) => p.status.eq('published'), orderBy: (p) => p.publishedAt.desc() }) {
  get age(): number {
    return Date.now() - this.publishedAt!.getTime();
  }
}
export class HotPost extends proxy(Post, {
  filter: (p) => p.isHot.and(p.score.gte(5)),
  orderBy: (p) => [p.score.desc(), p.searchable.asc()],
  name: 'Hot',
}) {}

export async function example(ctx: Context, id: Post['id']): Promise<void> {
  const rows = await query(Post)
    .filter(
      (p) => p.searchable.icontains('x'),
      (p) => p.isHot,
    )
    .orderBy((p) => p.score.desc())
    .fetchAll(ctx);
  const [row] = rows;
  const shaped = await query(Post)
    .select((p) => ({ text: p.searchable, nickname: p.nickname, score: p.score, isHot: p.isHot }))
    .fetchAll(ctx);
  shaped satisfies { text: string; nickname: string | null; score: number; isHot: boolean | null }[];

  const published = await query(PublishedPost)
    .filter((p) => p.searchable.icontains('x'))
    .fetchAll(ctx);
  published satisfies PublishedPost[];
  published[0]!.age satisfies number;
  (await PublishedPost.get(ctx, id)).age satisfies number;
  (await PublishedPost.create(ctx, { title: 'a', slug: 'b' })).age satisfies number;
  await PublishedPost.update(ctx, id, { views: 3 });
  published[0]! satisfies Post;

  // @ts-expect-error a computed field is no property of a row
  row!.searchable;
  // @ts-expect-error nor of a create
  await Post.create(ctx, { title: 'a', slug: 'b', searchable: 'x' });
  // @ts-expect-error nor of a patch
  await Post.update(ctx, id, { searchable: 'x' });
  // @ts-expect-error a text has no sum of two
  query(Post).filter((p) => p.searchable.add(1));
  // @ts-expect-error of the kind of its expression
  query(Post).filter((p) => p.score.eq('1'));
  // @ts-expect-error unknown label in a slice
  class Gone extends proxy(Post, { filter: (p) => p.status.eq('gone') }) {}
  // @ts-expect-error a slice is a predicate
  class Number_ extends proxy(Post, { filter: (p) => p.views }) {}
  // @ts-expect-error an order is .asc() or .desc()
  class Order_ extends proxy(Post, { orderBy: (p) => p.views }) {}
  // @ts-expect-error a proxy is of a model
  class None extends proxy(Date, {}) {}
  // @ts-expect-error the row of a model is not of its proxy
  row! satisfies PublishedPost;
  void [Gone, Number_, Order_, None];
}

// It sees the stored fields, not its siblings.
export class Siblings extends model('siblings', { name: f.text() }) {
  // @ts-expect-error a sibling is no stored field
  static readonly computed = computed(Siblings, (s) => ({ one: s.name.lower(), two: s.one.upper() }));
}
