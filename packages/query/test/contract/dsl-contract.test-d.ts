// The part of the contract for user code that models and plain queries answer, compiled against the packages as an application imports them.
// Relations, locks, pages, aggregates and subqueries have their parts where they are made.

// What must not compile has no type that a linter could call safe, and is never run.

import { app, check, f, hooks, index, model, not, or, pgEnum, pk, proxy, type Context, type HeerIdDesc, type InferEnum } from '@djogi/core';
import { query } from '@djogi/query';

export class Person extends model('people', {
  name: f.text().expose('public', 'admin'),
  age: f.int().nullable().expose('admin'),
}) {
  static readonly tableObjects = [index(Person, (p) => [p.name, p.age]), check(Person, 'adult', (p) => p.age.gte(18))];
  get label() {
    return `${this.name} (${this.age ?? '?'})`;
  } // ordinary class members are welcome
}

export class Vehicle extends model('vehicles', {
  vin: f.text().unique(),
  year: f.int().default(2000),
}) {}

export const blog = app('blog', { database: 'main' });
export const PostStatus = pgEnum('post_status', ['draft', 'published', 'archived']);
export type PostStatus = InferEnum<typeof PostStatus>;
export const sku = pk.custom({ name: 'sku', field: f.text() }); // no default: the caller supplies it

export class Product extends model('products', { name: f.text() }, { pk: sku, app: blog }) {}

export class Post extends model(
  'posts',
  {
    title: f.text({ maxLength: 200 }).expose('public'),
    slug: f.text(),
    status: f.enum(PostStatus).default('draft'),
    views: f.int().default(0),
    publishedAt: f.timestamptz().nullable(),
    revision: f.version(),
  },
  { app: blog },
) {
  static readonly tableObjects = [
    index(Post, (p) => [p.publishedAt.desc()], { where: (p) => p.status.eq('published'), concurrently: true }),
    check(Post, 'views_not_negative', (p) => p.views.gte(0)),
  ];
  static readonly hooks = hooks(Post, {
    beforeCreate(draft) {
      draft.slug = draft.title.toLowerCase().replaceAll(' ', '-');
    },
    afterCreate(row, ctx) {
      ctx.onCommit(() => console.log(row.id));
    },
  });
}
export class PublishedPost extends proxy(Post, { filter: (p) => p.status.eq('published'), orderBy: (p) => p.publishedAt.desc() }) {}
export class Tag extends model('tags', { name: f.text().unique() }) {}

export async function example(ctx: Context, id: HeerIdDesc<'people'>) {
  const person = await Person.get(ctx, id);
  const vehicle = await Vehicle.create(ctx, { vin: 'x' });
  person.id satisfies HeerIdDesc<'people'>;

  const recent = await query(Vehicle)
    .filter(
      (v) => v.year.gte(2000),
      (v) => v.vin.startsWith('A'),
    )
    .orderBy((v) => v.year.desc())
    .limit(10)
    .fetchAll(ctx);
  recent[0]!.vin satisfies string;

  const shaped = await query(Vehicle)
    .select((v) => ({ year: v.year, vin: v.vin }))
    .fetchAll(ctx);
  shaped satisfies { year: number; vin: string }[];

  const adults = await query(Person)
    .filter((p) => or(p.age.gte(18).and(p.name.startsWith('A')), not(p.age.isNull())))
    .fetchAll(ctx);
  adults[0]!.label satisfies string;

  // @ts-expect-error an id of another model
  await Person.get(ctx, vehicle.id);
  // @ts-expect-error a number has no text lookups
  query(Vehicle).filter((v) => v.year.startsWith('1'));
  // @ts-expect-error not a field
  query(Vehicle).orderBy((v) => v.location.asc());
  // @ts-expect-error may be null
  (await query(Person).first(ctx)).label;
  // @ts-expect-error vin is required
  await Vehicle.create(ctx, { year: 1 });
}

export async function more(ctx: Context, id: Post['id']) {
  await Product.create(ctx, { id: 'A-1', name: 'x' });
  const post = await Post.create(ctx, { title: 'Hello', slug: '' });
  post.status satisfies PostStatus;
  await Post.update(ctx, post.id, { views: 3 });
  await post.update(ctx, { title: 'x' });

  (await query(Person).first(ctx))!.name satisfies string;
  await query(Post)
    .filter(
      (p) => p.id.eq(id),
      (p) => p.status.in(['draft', 'published']),
    )
    .exclude((p) => p.publishedAt.isNull())
    .fetchAll(ctx);

  const { created } = await query(Tag).upsert(ctx, { name: 'sql' }, { conflict: ['name'] });
  created satisfies boolean;
  await query(Post).upsert(
    ctx,
    { title: 'a', slug: 'a' },
    { conflict: ['slug'], update: (stored, offered) => ({ views: stored.views.add(offered.views) }) },
  );
  await query(Post).bulkUpsert(ctx, [], {
    conflict: ['slug'],
    update: (stored, offered) => ({ views: stored.views.add(offered.views) }),
  });
  (await query(Post).bulkCreate(ctx, [
    { title: 'a', slug: 'a' },
    { title: 'b', slug: 'b', status: 'archived' },
  ])) satisfies Post[];

  const changed = await query(Post)
    .filter((p) => p.id.eq(post.id))
    .update((p) => ({ views: p.views.add(1), status: 'archived' }))
    .execute(ctx);
  changed satisfies number;
  await query(PublishedPost).delete().execute(ctx); // the slice only

  await ctx.atomic(async (tx) => {
    for await (const row of query(Post)
      .orderBy((p) => p.createdAt.asc())
      .stream(tx))
      row.title satisfies string;
  });

  const refined = query(Tag).filter((t) => t.name.eq('x'));
  // @ts-expect-error only the whole set inserts
  await refined.upsert(ctx, { name: 'x' }, { conflict: ['name'] });
  // @ts-expect-error a version is never written
  await Post.update(ctx, post.id, { revision: 1 });
  // @ts-expect-error the caller supplies this key
  await Product.create(ctx, { name: 'x' });
  // @ts-expect-error unknown label
  query(Post).filter((p) => p.status.eq('gone'));
  // @ts-expect-error an unknown field
  query(Post).filter((p) => p.engine.eq('x'));
}
