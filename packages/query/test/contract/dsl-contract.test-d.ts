// The part of the contract for user code that models and plain queries answer, compiled against the packages as an application imports them.
// Relations have their part in the package that has them.

// What must not compile has no type that a linter could call safe, and is never run.

import {
  app,
  check,
  computed,
  countAll,
  exists,
  f,
  hooks,
  index,
  model,
  not,
  or,
  pgEnum,
  pk,
  proxy,
  rowNumber,
  type Context,
  type HeerIdDesc,
  type InferEnum,
  type StandardSchema,
} from '@djogi/core';
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

declare const engineSchema: StandardSchema<{ cylinders: number; turbo?: { boostPsi: number; in: string } }>; // z.object({ ... })
const personKey = pk.heerIdDesc();

export class Product extends model('products', { name: f.text() }, { pk: sku, app: blog }) {}

export class Post extends model(
  'posts',
  {
    title: f.text({ maxLength: 200 }).expose('public'),
    slug: f.text(),
    status: f.enum(PostStatus).default('draft'),
    views: f.int().default(0),
    publishedAt: f.timestamptz().nullable(),
    author: f.id<Person['id']>(personKey),
    engine: f.jsonb(engineSchema),
    revision: f.version(),
  },
  { app: blog },
) {
  static readonly computed = computed(Post, (p) => ({ searchable: p.title.concat(' ', p.slug).lower() }));
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
/** A slice: every query carries the filter and no call can drop it. */
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

export async function more(ctx: Context, id: Post['id'], author: Person['id'], engine: Post['engine']) {
  await Product.create(ctx, { id: 'A-1', name: 'x' });
  const post = await Post.create(ctx, { title: 'Hello', slug: '', author, engine: { cylinders: 4 } });
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
    { title: 'a', slug: 'a', author, engine },
    { conflict: ['slug'], update: (stored, offered) => ({ views: stored.views.add(offered.views) }) },
  );
  await query(Post).bulkUpsert(ctx, [], {
    conflict: ['slug'],
    update: (stored, offered) => ({ views: stored.views.add(offered.views) }),
  });
  (await query(Post).bulkCreate(ctx, [
    { title: 'a', slug: 'a', author, engine },
    { title: 'b', slug: 'b', status: 'archived', author, engine },
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

export async function reports(ctx: Context, post: Post, cursor: string | null) {
  // JSON paths, computed fields, subqueries, an outer reference by closure
  const fast = await query(Post)
    .filter(
      (p) => p.engine.turbo.boostPsi.gte(15),
      (p) => p.searchable.icontains('x'),
      (p) => p.engine.turbo.in.eq('k'),
    )
    .fetchAll(ctx);
  fast[0]!.engine.cylinders satisfies number;
  query(Post).filter((p) =>
    p.author.in(
      query(Person)
        .filter((a) => a.age.gte(18))
        .asSubquery((a) => a.id),
    ),
  );
  query(Person).filter((a) => exists(query(Post).filter((p) => p.author.eq(a.id))));

  // grouping, aggregates, windows
  const byAuthor = await query(Post)
    .groupBy((p) => ({ author: p.author }))
    .annotate((p) => ({ n: countAll(), views: p.views.sum(), live: countAll().filter(p.status.eq('published')) }))
    .having((g) => g.n.gt(3))
    .orderBy((g) => g.views.desc())
    .limit(5)
    .fetchAll(ctx);
  byAuthor satisfies { author: Person['id']; n: number; views: number | null; live: number }[];
  const top = await query(Post)
    .annotate((p) => ({ rank: rowNumber().over({ partitionBy: [p.author], orderBy: [p.views.desc()] }) }))
    .qualify((a) => a.rank.lte(3))
    .fetchAll(ctx);
  top[0]!.row.title satisfies string;
  top[0]!.rank satisfies number;
  const total = await query(Post).aggregate(ctx, (p) => ({ views: p.views.sum(), last: p.publishedAt.max() }));
  total.views satisfies number | null;
  total.last satisfies Date | null;

  // writes on a set
  const changed = await query(Post)
    .filter((p) => p.id.eq(post.id))
    .update((p) => ({ views: p.views.add(1), status: 'archived' }))
    .execute(ctx);
  changed satisfies number;
  await query(PublishedPost).delete().execute(ctx); // the slice only
  (await query(Post)
    .filter((p) => p.views.eq(0))
    .delete()
    .returning(ctx)) satisfies Post[];
  const [pair] = await query(Post).update({ views: 0 }).returningPairs(ctx);
  pair!.old.views satisfies number;
  pair!.new.title satisfies string;
  const upserted = await query(Post).bulkUpsert(ctx, [], {
    conflict: ['author', 'slug'],
    update: (stored, offered) => ({ views: stored.views.add(offered.views) }),
  });
  upserted satisfies { row: Post; created: boolean }[];

  // pages by cursor
  const page = await query(PublishedPost)
    .orderBy((p) => p.createdAt.desc())
    .fetchPage(ctx, { size: 50, after: cursor });
  page.rows[0]! satisfies PublishedPost;
  page.next satisfies string | null;

  // sets of sets
  (await query(Post)
    .filter((p) => p.views.gt(5))
    .union(query(Post).filter((p) => p.publishedAt.isNull()))
    .fetchAll(ctx)) satisfies Post[];

  const groups = query(Post)
    .groupBy((p) => ({ author: p.author }))
    .annotate(() => ({ n: countAll() }));
  const ranked = query(Post).annotate(() => ({ place: rowNumber().over({}) }));
  const unread = query(Post).filter((p) => p.views.eq(0));

  // @ts-expect-error a computed field is no property of a row
  post.searchable;
  // @ts-expect-error not a path of the schema
  query(Post).filter((p) => p.engine.turbo.boost.gte(1));
  // @ts-expect-error a number of a document is compared with numbers
  query(Post).filter((p) => p.engine.cylinders.eq('4'));
  // @ts-expect-error text has no sum
  await query(Post).aggregate(ctx, (p) => ({ t: p.title.sum() }));
  // @ts-expect-error ids of posts among ids of people
  query(Post).filter((p) => p.author.in(query(Post).asSubquery((q) => q.id)));
  // @ts-expect-error nothing of a group that is neither a key nor an aggregate
  groups.having((g) => g.title.eq('x'));
  // @ts-expect-error a condition on what is not annotated
  ranked.qualify((a) => a.rank.lte(3));
  // @ts-expect-error a value of another type
  query(Post).update({ views: 'many' });
  // @ts-expect-error an unknown field
  query(Post).update({ viewz: 1 });
  // @ts-expect-error a version is never written
  query(Post).update({ revision: 1 });
  // @ts-expect-error a computed field is not written
  query(Post).update({ searchable: 'x' });
  // @ts-expect-error only the whole set inserts
  await unread.bulkUpsert(ctx, [], { conflict: ['slug'] });
  // @ts-expect-error no field of this name
  await query(Post).bulkUpsert(ctx, [], { conflict: ['slugs'] });
  // @ts-expect-error a page has a size
  await query(Post).fetchPage(ctx, { after: cursor });
  // @ts-expect-error rows of another model
  query(Post).union(query(Person));
  // @ts-expect-error null is not compared with on a required column
  query(Post).filter((p) => p.title.eq(null));
}
