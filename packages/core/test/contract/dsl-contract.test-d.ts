// How user code reads: the part of the design's contract that core alone carries, compiled against the public entry. Never run.
// Relations stand in through a field builder of the tests; queries, visages, JSON and spatial fields come with their packages.

import {
  and,
  app,
  check,
  createRegistry,
  f,
  hooks,
  index,
  model,
  not,
  or,
  pgEnum,
  pk,
  sql,
  unique,
  type Context,
  type ExprsOf,
  type HeerId,
  type InferEnum,
  type ModelDescriptor,
  type Predicate,
  type TransactionContext,
} from '@djogi/core';
import { createPool } from '@djogi/core/pool';
import { rawSql } from '@djogi/core/raw';
import type { Extension } from '@djogi/core/extension';
import { link, links } from '../model/support/link.ts';

/** What `@djogi/auth` and `@djogi/outbox` will export: extensions that name fields, or none. */
declare function tenant<const Name extends string>(field: Name): Extension<Name>;
declare function outbox(options?: { notify?: boolean }): Extension;

export class Person extends model('people', {
  name: f.text().expose('public', 'admin'),
  age: f.int().nullable().expose('admin'),
  get mentor() {
    return link(Person).nullable();
  }, // inside a reference cycle: a getter
  get vehicles() {
    return links(Vehicle, 'owner');
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
  owner: link(Person), // outside a cycle: plain
}) {}

export async function example(ctx: Context, id: HeerId<'people'>) {
  const person = await Person.get(ctx, id);
  const vehicle = await Vehicle.create(ctx, { vin: 'x', ownerId: person.id });
  vehicle.ownerId satisfies HeerId<'people'>;
  person.mentorId satisfies HeerId<'people'> | null;
  person.label satisfies string;

  const view: Person = await person.reload(ctx);
  view.age satisfies number | null;

  // @ts-expect-error not loaded: nothing to read, so no hidden query
  vehicle.owner;
  // @ts-expect-error an id of another model
  await Person.get(ctx, vehicle.id);
  // @ts-expect-error a number has no text lookups
  (v: ExprsOf<typeof Vehicle>) => v.year.startsWith('1');
  // @ts-expect-error vin and ownerId are required
  await Vehicle.create(ctx, { year: 2020 });
}

// ---------- options, keys, enums

export const blog = app('blog', { database: 'main' });
export const PostStatus = pgEnum('post_status', ['draft', 'published', 'archived']);
export type PostStatus = InferEnum<typeof PostStatus>;
export const sku = pk.custom({ name: 'sku', field: f.text() }); // no default: the caller supplies it

export class Product extends model('products', { name: f.text() }, { pk: sku, app: blog }) {}

export class Org extends model('orgs', { name: f.text() }) {}

export class Post extends model(
  'posts',
  {
    org: link(Org),
    author: link(Person, { onDelete: 'restrict' }).expose('public'),
    title: f.text({ maxLength: 200 }).expose('public'),
    slug: f.text(),
    status: f.enum(PostStatus).default('draft'),
    views: f.int().default(0),
    publishedAt: f.timestamptz().nullable(),
    words: f.int().generated(sql`array_length(string_to_array(title, ' '), 1)`),
    revision: f.version(),
    get tags() {
      return links(Tag, 'post');
    }, // to another module or in a cycle: always a getter
  },
  { app: blog, use: [tenant('org'), outbox()], comment: 'what people wrote' },
) {
  static readonly tableObjects = [
    index(Post, (p) => [p.org.id, p.slug], { unique: true }),
    unique(Post, (p) => [p.title.lower()]),
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
export class Tag extends model('tags', {
  name: f.text().unique(),
  get posts() {
    return links(Post, 'tag');
  },
}) {}

export async function more(ctx: Context, orgId: Org['id'], authorId: Person['id']) {
  await Product.create(ctx, { id: 'A-1', name: 'x' });
  const post = await Post.create(ctx, { orgId, authorId, title: 'Hello', slug: '' });
  post.status satisfies PostStatus;
  post.words satisfies number;
  await Post.update(ctx, post.id, { views: 3 });
  await post.update(ctx, { title: 'x' });
  await Post.create(ctx, { ...post, title: 'copy' });
  const copied: Post = await ctx.atomic(
    async (tx: TransactionContext) => {
      const { row, created } = await Post.createWithId(tx, await Post.nextId(tx), { orgId, authorId, title: 'x', slug: 'x' });
      created satisfies boolean;
      return row;
    },
    { isolation: 'serializable' },
  );
  const { old, new: after } = await copied.updateReturningPair(ctx);
  [old, after] satisfies Post[];
  await ctx.retry(async (again) => (await Post.get(again, post.id)).save(again), { attempts: 3 });
  if (await after.delete(ctx)) return null;

  // expressions: typed by their value, with the operations of their field
  (p: ExprsOf<typeof Person>): Predicate => or(a(p), not(p.age.isNull()));
  function a(p: ExprsOf<typeof Person>): Predicate {
    return and(p.age.gte(18), p.name.startsWith('A')).and(p.mentor.id.isNull());
  }

  // @ts-expect-error a version is never written
  await Post.update(ctx, post.id, { revision: 1 });
  // @ts-expect-error a generated column is never written
  await Post.create(ctx, { orgId, authorId, title: 'x', slug: 'x', words: 3 });
  // @ts-expect-error the caller supplies this key
  await Product.create(ctx, { name: 'x' });
  // @ts-expect-error unknown label
  await Post.update(ctx, post.id, { status: 'gone' });
  // @ts-expect-error unknown label
  (p: ExprsOf<typeof Post>) => p.status.eq('gone');
  // @ts-expect-error only a nullable column is compared with null
  (p: ExprsOf<typeof Post>) => p.title.eq(null);
  // @ts-expect-error an organisation is no person
  await Post.create(ctx, { orgId, authorId: orgId, title: 'x', slug: 'x' });
  return post;
}
// @ts-expect-error the extension names a field that is not there
export class Wrong extends model('wrong', { name: f.text() }, { use: [tenant('org')] }) {}

// ---------- running

export async function run(url: string) {
  const registry = createRegistry({ models: { Person, Vehicle, Product, Org, Post, Tag }, apps: [blog] });
  for (const descriptor of registry.descriptors()) descriptor satisfies ModelDescriptor;
  const pool = await createPool({ url, heer: { nodeId: 1, ranjNodeId: 1 }, registry });
  try {
    const ctx = pool.context();
    await rawSql(ctx, 'reads the version, which no model has').scalar<string>('SELECT version()');
    return await more(ctx, (await Org.create(ctx, { name: 'x' })).id, (await Person.create(ctx, { name: 'x' })).id);
  } finally {
    await pool.close();
  }
}
