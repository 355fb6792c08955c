// The part of the contract for user code that relations and visages answer, compiled against the packages as an application imports them. Places, tenants and the
// outbox have their parts where they are made.

import {
  app,
  check,
  computed,
  f,
  hooks,
  index,
  model,
  not,
  or,
  pgEnum,
  pk,
  proxy,
  visage,
  countAll,
  exists,
  rowNumber,
  type Context,
  type HeerIdDesc,
  type InferEnum,
  type StandardSchema,
} from '@djogi/core';
import { query } from '@djogi/query';
import { foreignKey, hasMany, manyToMany, related } from '@djogi/relations';

export class Person extends model('people', {
  name: f.text().expose('public', 'admin'),
  age: f.int().nullable().expose('admin'),
  get mentor() {
    return foreignKey(Person).nullable();
  }, // inside a reference cycle: a getter
  get vehicles() {
    return hasMany(Vehicle, 'owner');
  },
}) {
  static readonly tableObjects = [index(Person, (p) => [p.name, p.age]), check(Person, 'adult', (p) => p.age.gte(18))];
  get label() {
    return `${this.name} (${this.age ?? '?'})`;
  } // ordinary class members are welcome
}

export class Vehicle extends model('vehicles', {
  vin: f.text().unique(),
  year: f.int().default(2000),
  owner: foreignKey(Person), // outside a cycle: plain
}) {}

export class PersonPublic extends visage(Person, 'public') {}

export async function example(ctx: Context, id: HeerIdDesc<'people'>) {
  const person = await Person.get(ctx, id);
  const vehicle = await Vehicle.create(ctx, { vin: 'x', ownerId: person.id });
  vehicle.ownerId satisfies HeerIdDesc<'people'>;
  person.mentorId satisfies HeerIdDesc<'people'> | null;

  const nearby = await query(Vehicle)
    .filter(
      (v) => v.year.gte(2000),
      (v) => v.owner.to.mentor.to.name.startsWith('A'),
    )
    .orderBy((v) => v.year.asc())
    .selectRelated('owner')
    .fetchAll(ctx);
  nearby[0]!.owner.label satisfies string;

  const people = await query(Person).prefetch('vehicles', 'mentor').fetchAll(ctx);
  people[0]!.vehicles[0]!.vin satisfies string;
  people[0]!.mentor satisfies Person | null;

  const shaped = await query(Vehicle)
    .select((v) => ({ year: v.year, owner: v.owner.to.name, mentor: v.owner.to.mentor.to.name }))
    .fetchAll(ctx);
  shaped satisfies { year: number; owner: string; mentor: string | null }[]; // the path through a nullable key is nullable

  const drivers = await query(Person)
    .filter((p) => p.vehicles.some((v) => v.year.gte(2020)))
    .orderBy((p) => p.vehicles.count().desc())
    .fetchAll(ctx);
  drivers[0]!.name satisfies string;

  const view = new PersonPublic();
  view.name satisfies string;

  // @ts-expect-error not exposed to this audience
  view.age;
  // @ts-expect-error not loaded: nothing to read, so no hidden query
  vehicle.owner;
  // @ts-expect-error an id of another model
  await Person.get(ctx, vehicle.id);
  // @ts-expect-error a number has no text lookups
  query(Vehicle).filter((v) => v.year.startsWith('1'));
  // @ts-expect-error a to-many relation is not a path
  query(Person).filter((p) => p.vehicles.to.year.gte(1));
  // @ts-expect-error may be null
  people[0]!.mentor.label;
  // @ts-expect-error the path through a nullable key is nullable
  shaped satisfies { year: number; owner: string; mentor: string }[];
  // @ts-expect-error ownerId is required
  await Vehicle.create(ctx, { vin: 'y' });
}

declare const engineSchema: StandardSchema<{ cylinders: number; turbo?: { boostPsi: number; in: string } }>;

export const blog = app('blog', { database: 'main' });
export const PostStatus = pgEnum('post_status', ['draft', 'published', 'archived']);
export type PostStatus = InferEnum<typeof PostStatus>;
export const sku = pk.custom({ name: 'sku', field: f.text() }); // no default: the caller supplies it

export class Product extends model('products', { name: f.text() }, { pk: sku, app: blog }) {}

export class Org extends model('orgs', { name: f.text() }) {}

export class Post extends model(
  'posts',
  {
    org: foreignKey(Org),
    author: foreignKey(Person, { onDelete: 'restrict' }).expose('public'),
    title: f.text({ maxLength: 200 }).expose('public'),
    slug: f.text(),
    status: f.enum(PostStatus).default('draft'),
    views: f.int().default(0),
    publishedAt: f.timestamptz().nullable(),
    engine: f.jsonb(engineSchema),
    revision: f.version(),
    get tags() {
      return manyToMany(Tag, { through: PostTag, from: 'post', to: 'tag' });
    }, // to another module or in a cycle: always a getter
  },
  { app: blog },
) {
  static readonly computed = computed(Post, (p) => ({ searchable: p.title.concat(' ', p.slug).lower() }));
  static readonly tableObjects = [
    index(Post, (p) => [p.org.id, p.slug], { unique: true }),
    index(Post, (p) => [p.publishedAt.desc()], { where: (p) => p.status.eq('published'), concurrently: true }),
    index(Post, (p) => [p.searchable]),
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
export class Tag extends model('tags', {
  name: f.text().unique(),
  get posts() {
    return manyToMany(Post, { through: PostTag, from: 'tag', to: 'post' });
  },
}) {}
export class PostTag extends model('post_tags', {
  get post() {
    return foreignKey(Post);
  },
  get tag() {
    return foreignKey(Tag);
  },
  weight: f.int().default(1),
}) {}

/** A slice: every query carries the filter and no call can drop it. */
export class PublishedPost extends proxy(Post, { filter: (p) => p.status.eq('published'), orderBy: (p) => p.publishedAt.desc() }) {}

export class PostCard extends visage(Post, 'public', { author: PersonPublic }) {}

export async function more(ctx: Context, orgId: Org['id'], cursor: string | null) {
  await Product.create(ctx, { id: 'A-1', name: 'x' });
  const post = await Post.create(ctx, {
    orgId,
    authorId: (await query(Person).first(ctx))!.id,
    title: 'Hello',
    slug: '',
    engine: { cylinders: 4 },
  });
  post.status satisfies PostStatus;
  await Post.update(ctx, post.id, { views: 3 });

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
    p.author.id.in(
      query(Person)
        .filter((a) => a.age.gte(18))
        .asSubquery((a) => a.id),
    ),
  );
  query(Person).filter((a) => exists(query(Post).filter((p) => p.author.id.eq(a.id))));
  query(Person).filter((a) => or(a.age.gte(18).and(a.name.startsWith('A')), not(a.age.isNull())));

  // to-many filter; the rows around one row
  await query(Post)
    .filter((p) => p.tags.some((t) => t.name.eq('sql')))
    .fetchAll(ctx);
  await related(post).tags.add(ctx, (await query(Tag).first(ctx))!, { weight: 2 });
  await related((await query(Person).first(ctx))!)
    .vehicles.filter((v) => v.year.gte(2000))
    .fetchAll(ctx);

  const deep = await query(Person)
    .prefetch('vehicles', (v) =>
      v
        .filter((x) => x.year.gte(2020))
        .orderBy((x) => x.year.desc())
        .limit(3)
        .selectRelated('owner'),
    )
    .fetchAll(ctx);
  deep[0]!.vehicles[0]!.owner.name satisfies string;
  await post.update(ctx, { title: 'x' });
  query(PostTag).filter((t) => t.post.to.searchable.icontains('x'));

  // grouping, aggregates, windows
  const byAuthor = await query(Post)
    .groupBy((p) => ({ author: p.author.id }))
    .annotate((p) => ({ n: countAll(), views: p.views.sum(), live: countAll().filter(p.status.eq('published')) }))
    .having((g) => g.n.gt(3))
    .orderBy((g) => g.views.desc())
    .limit(5)
    .fetchAll(ctx);
  byAuthor satisfies { author: Person['id']; n: number; views: number | null; live: number }[];
  const top = await query(Post)
    .annotate((p) => ({ rank: rowNumber().over({ partitionBy: [p.author.id], orderBy: [p.views.desc()] }) }))
    .qualify((a) => a.rank.lte(3))
    .fetchAll(ctx);
  top[0]!.row.title satisfies string;
  top[0]!.rank satisfies number;

  await query(Post).bulkUpsert(ctx, [], {
    conflict: ['org', 'slug'],
    update: (stored, offered) => ({ views: stored.views.add(offered.views) }),
  });

  // pages by cursor
  const page = await query(PublishedPost)
    .orderBy((p) => p.createdAt.desc())
    .fetchPage(ctx, { size: 50, after: cursor });
  page.rows[0]! satisfies PublishedPost;
  page.next satisfies string | null;

  // visages
  const loaded = (await query(Post).selectRelated('author').first(ctx))!;
  const card = PostCard.from(loaded);
  card.author.name satisfies string;
  card.id satisfies Post['id'];
  card.title satisfies string;
  (await query(PostCard)
    .filter((p) => p.title.startsWith('A'))
    .fetchAll(ctx)) satisfies PostCard[];

  // @ts-expect-error the peer needs the author to be loaded
  PostCard.from(post);
  // @ts-expect-error not exposed to this audience, so not filterable
  query(PostCard).filter((p) => p.slug.eq('x'));
  // @ts-expect-error a reading set has no writes
  query(PostCard).update({ title: 'x' });
  // @ts-expect-error joins load to-one relations only
  query(Person).selectRelated('vehicles');
  // @ts-expect-error the caller supplies this key
  await Product.create(ctx, { name: 'x' });
  // @ts-expect-error a computed field is no property of a row
  post.searchable;
  // @ts-expect-error a version is never written
  await Post.update(ctx, post.id, { revision: 1 });
  // @ts-expect-error not a path of the schema
  query(Post).filter((p) => p.engine.turbo.boost.gte(1));
  // @ts-expect-error text has no sum
  await query(Post).aggregate(ctx, (p) => ({ t: p.title.sum() }));
  // @ts-expect-error a junction has no field of this name
  await related(post).tags.add(ctx, (await query(Tag).first(ctx))!, { heaviness: 2 });
  // @ts-expect-error the visage does not show the rows between
  card.tags;
}
