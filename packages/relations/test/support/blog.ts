// A model for each thing that an audience may or may not see.

import { f, model, pgEnum, pk, visage } from '@djogi/core';
import { foreignKey, hasMany, manyToMany } from '../../src/index.ts';

export const PostState = pgEnum('post_state', ['draft', 'published']);

export class Author extends model(
  'authors',
  {
    name: f.text().expose('public', 'admin', 'support'),
    email: f.text().expose('admin'),
    secret: f.text().default('s3cret'),
    joined: f.date().nullable().expose('public'),
    balance: f.bigint().default(0n).expose('public', 'admin'),
    get boss() {
      return foreignKey(Author).nullable().expose('public');
    },
    get posts() {
      return hasMany(Post, 'author').expose('public', 'admin');
    },
  },
  { pk: pk.serial() },
) {}

export class Post extends model('posts', {
  title: f.text().expose('public', 'admin'),
  body: f.text().nullable(),
  secret: f.text().default('s3cret'),
  state: f.enum(PostState).default('draft').expose('public'),
  author: foreignKey(Author).expose('public', 'admin'),
  editor: foreignKey(Author).nullable().expose('public'),
  reviewer: foreignKey(Author).nullable(),
  get tags() {
    return manyToMany(Tag, { through: PostTag, from: 'post', to: 'tag' }).expose('public');
  },
}) {}

export class Tag extends model('tags', { label: f.text().expose('public'), secret: f.text().default('s3cret') }, { pk: pk.serial() }) {}
export class PostTag extends model('post_tags', { post: foreignKey(Post), tag: foreignKey(Tag), secret: f.text().default('s3cret') }) {}

export class AuthorPublic extends visage(Author, 'public', { posts: visage(Post, 'public', { tags: visage(Tag, 'public') }) }) {}
export class AuthorName extends visage(Author, 'support') {}
export class AuthorPlain extends visage(
  Author,
  'public',
  {},
  {
    derived: (a) => ({ initials: a.name.upper(), known: a.email.isNotNull() }),
    compute: { initials: (row) => row.name.toUpperCase() },
  },
) {}
export class TagPublic extends visage(Tag, 'public') {}

export class PostCard extends visage(
  Post,
  'public',
  { author: AuthorName, editor: AuthorName, tags: TagPublic },
  {
    derived: (p) => ({ line: p.title.concat('!').upper(), length: p.body.length() }),
    compute: { line: (row) => `${row.title}!`.toUpperCase(), length: (row) => (row.body === null ? null : [...row.body].length) },
  },
) {
  get heading() {
    return `${this.title} (${this.author.name})`;
  }
}
export class PostAdmin extends visage(Post, 'admin', { author: Author }) {}

export const models = [Author, Post, Tag, PostTag];
