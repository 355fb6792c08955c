// What the compiler knows of an audience's view.

import { type Context, countAll, rowNumber, visage } from '@djogi/core';
import { query } from '@djogi/query';
import { Author, AuthorName, AuthorPlain, Post, PostAdmin, PostCard, type TagPublic } from '../support/blog.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <Same extends true>(_same?: Same): void => undefined;

export async function types(ctx: Context, author: Author, post: Post): Promise<void> {
  const view = AuthorPlain.from(author);
  is<Equal<typeof view.id, Author['id']>>();
  is<Equal<typeof view.name, string>>();
  is<Equal<typeof view.balance, bigint>>();
  is<Equal<typeof view.bossId, Author['id'] | null>>();
  is<Equal<typeof view.initials, string>>();
  view.createdAt satisfies Date;

  const loaded = (await query(Post).selectRelated('author', 'editor').prefetch('tags').first(ctx))!;
  const card = PostCard.from(loaded);
  is<Equal<typeof card.author, AuthorName>>();
  is<Equal<typeof card.editor, AuthorName | null>>();
  is<Equal<typeof card.tags, TagPublic[]>>();
  is<Equal<typeof card.state, 'draft' | 'published'>>();
  card.heading satisfies string;
  card.length satisfies number | null;

  const cards = await query(PostCard)
    .filter(
      (p) => p.title.startsWith('A'),
      (p) => p.author.to.name.eq('x'),
      (p) => p.tags.some((t) => t.label.eq('x')),
    )
    .orderBy((p) => p.author.to.name.asc())
    .fetchAll(ctx);
  is<Equal<typeof cards, PostCard[]>>();
  const set = query(PostCard).orderByName('title').reverse().distinctOnNames(['title']);
  is<Equal<ReturnType<typeof set.last>, Promise<PostCard | null>>>();
  (await set.earliest(ctx, (p) => p.createdAt)) satisfies PostCard | null;
  (await set.latest(ctx, (p) => p.author.to.name)) satisfies PostCard | null;
  (await set.countBig(ctx)) satisfies bigint;
  (await set.contains(ctx, post)) satisfies boolean;
  set.tryPortable();
  const chosen = await query(PostCard)
    .select((p) => ({ title: p.title, by: p.author.to.name }))
    .fetchAll(ctx);
  is<Equal<typeof chosen, { title: string; by: string }[]>>();
  const tuples = await query(PostCard)
    .selectTuple((p) => [p.title, p.editor.id])
    .fetchAll(ctx);
  is<Equal<typeof tuples, [string, Author['id'] | null][]>>();
  const some = await query(PostCard).only('title', 'authorId').fetchOne(ctx);
  is<Equal<typeof some, { title: string; authorId: Author['id'] }>>();
  const others = await query(AuthorName).defer('createdAt', 'updatedAt').fetchOne(ctx);
  is<Equal<typeof others, { id: Author['id']; name: string }>>();
  const [ranked] = await query(PostCard)
    .annotate((p) => ({ n: rowNumber().over({ orderBy: [p.title.asc()] }) }))
    .qualify((a) => a.n.lte(3))
    .fetchAll(ctx);
  is<Equal<typeof ranked, { row: PostCard; n: number } | undefined>>();
  const groups = await query(PostCard)
    .groupBy((p) => ({ state: p.state }))
    .annotate(() => ({ n: countAll() }))
    .fetchAll(ctx);
  is<Equal<typeof groups, { state: 'draft' | 'published'; n: number }[]>>();
  PostCard.parse(JSON.parse('{}')) satisfies PostCard;
  (await query(PostAdmin).first(ctx))!.author.email satisfies string;
  query(Post).filter((p) => p.author.id.in(query(AuthorName).asSubquery((a) => a.id)));

  // @ts-expect-error not exposed to this audience
  view.email;
  // @ts-expect-error exposed to the audience of another view
  AuthorName.from(author).joined;
  // @ts-expect-error a hidden relation's key
  card.reviewerId;
  // @ts-expect-error the peers need the relations to be loaded
  PostCard.from(post);
  // @ts-expect-error one of them is not enough
  PostCard.from((await query(Post).selectRelated('author').first(ctx))!);
  // @ts-expect-error a text has no such operation: fields are what they are on the model
  query(PostCard).filter((p) => p.title.gone('x'));
  // @ts-expect-error a relation's key is of its model
  query(PostCard).filter((p) => p.author.id.eq(post.id));
  // @ts-expect-error not exposed, so not filterable
  query(PostCard).filter((p) => p.body.isNull());
  // @ts-expect-error not shown by the peer
  query(PostCard).filter((p) => p.author.to.email.eq('x'));
  // @ts-expect-error not shown by the peer of the many
  query(PostCard).filter((p) => p.tags.some((t) => t.secret.eq('x')));
  // @ts-expect-error a relation without a peer leads nowhere
  query(AuthorPlain).filter((a) => a.boss.to.name.eq('x'));
  // @ts-expect-error a to-many relation without a peer is not there
  query(AuthorPlain).filter((a) => a.posts.some());
  // @ts-expect-error a derived field is no column
  query(PostCard).filter((p) => p.line.eq('x'));
  // @ts-expect-error a reading set has no locks
  query(PostCard).forUpdate();
  // @ts-expect-error nor does it choose what is not exposed
  query(PostCard).select((p) => ({ body: p.body }));
  // @ts-expect-error by name neither
  query(PostCard).only('body');
  // @ts-expect-error nor order groups by it
  query(PostCard).groupBy((p) => ({ reviewer: p.reviewer }));
  // @ts-expect-error nor what is derived of what is not exposed
  query(PostCard).only('line');
  // @ts-expect-error nothing is written for an audience
  query(PostCard).update({ title: 'x' });
  // @ts-expect-error nor deleted
  query(PostCard).delete();
  // @ts-expect-error nor created where it is missing
  query(PostCard).getOrCreate(ctx, () => ({}));
  // @ts-expect-error nor copied
  query(PostCard).insertInto(Post, (p) => ({ title: p.title, authorId: p.author.id }));
  // @ts-expect-error views are no rows of the table that could be combined
  query(PostCard).union(query(PostCard));
  // @ts-expect-error nor loaded by hand
  query(PostCard).prefetch('tags');
  // @ts-expect-error a reading set inserts nothing
  query(PostCard).bulkCreate(ctx, []);
  // @ts-expect-error a view is not written
  PostCard.create(ctx, { title: 'x' });
  // @ts-expect-error a view has no save
  card.save(ctx);
  // @ts-expect-error may be null
  card.editor.name;
  // @ts-expect-error a computation of something that is not derived
  visage(Author, 'public', {}, { derived: (a) => ({ x: a.name.upper() }), compute: { y: () => 'x' } });
  // @ts-expect-error a computation of another type
  visage(Author, 'public', {}, { derived: (a) => ({ x: a.name.upper() }), compute: { x: () => 1 } });
}
