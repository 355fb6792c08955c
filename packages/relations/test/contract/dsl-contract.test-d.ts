// The part of the contract for user code that relations answer, compiled against the packages as an application imports them.

import { f, model, visage, type Context } from '@djogi/core';
import { query } from '@djogi/query';
import { foreignKey, hasMany, manyToMany, related } from '@djogi/relations';

export class Person extends model('people', {
  name: f.text().expose('public', 'admin'),
  age: f.int().nullable().expose('admin'),
  get vehicles() {
    return hasMany(Vehicle, 'owner');
  },
}) {}

export class Vehicle extends model('vehicles', {
  vin: f.text().unique(),
  year: f.int().default(2000),
  owner: foreignKey(Person, { onDelete: 'cascade' }),
  driver: foreignKey(Person).nullable(),
}) {}

export class Tag extends model('tags', { name: f.text().unique() }) {}

export class Post extends model('posts', {
  title: f.text({ maxLength: 200 }).expose('public'),
  get author() {
    return foreignKey(Person).expose('public');
  },
  get tags() {
    return manyToMany(Tag, { through: PostTag, from: 'post', to: 'tag' });
  },
}) {}

export class PostTag extends model('post_tags', {
  post: foreignKey(Post, { onDelete: 'cascade' }),
  tag: foreignKey(Tag, { onDelete: 'cascade' }),
  weight: f.int().default(1),
}) {}

export class PersonPublic extends visage(Person, 'public') {}
export class PostCard extends visage(Post, 'public', { author: PersonPublic }) {}

export async function more(ctx: Context, post: Post, vehicle: Vehicle) {
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

  const loaded = (await query(Post).selectRelated('author').first(ctx))!;
  const card = PostCard.from(loaded);
  card.author.name satisfies string;

  // @ts-expect-error not loaded
  post.author.name;
  // @ts-expect-error the author is needed, and not loaded
  PostCard.from(post);
  // @ts-expect-error an id of another model
  await related(post).tags.add(ctx, vehicle.id);
  // @ts-expect-error not exposed to this audience
  query(PostCard).filter((p) => p.author.to.age.gte(18));
}
