// People who have a boss, and what they wrote: two tables that both have `id` and the stamps, one of them referring to itself.

import { f, model, pk, type CreateOf, type Id } from '@djogi/core';
import type { QueryEvent } from '@djogi/core/pool';
import { djogiTest, type TestFixtures } from '@djogi/testing';
import type { TestAPI } from 'vitest';
import { query } from '../../src/index.ts';

const key = pk.serial();
type PersonId = Id<'serial', number, 'people'>;
/** Ids of rows as numbers, for what is compared with a key. */
export const personId = (id: number): PersonId => id as PersonId;

export class Person extends model(
  'people',
  { name: f.text(), age: f.int().nullable(), boss: f.id<PersonId>(key).nullable() },
  { pk: key },
) {}
export class Post extends model(
  'posts',
  { author: f.id<PersonId>(key), editor: f.id<PersonId>(key).nullable(), title: f.text(), views: f.int() },
  { pk: key },
) {}

export const postId = (id: number): Id<'serial', number, 'posts'> => id as Id<'serial', number, 'posts'>;

/** Ids 1 to 5: Ada leads Bob and Cy, Bob leads Di; Ed is alone. */
export const PEOPLE: readonly CreateOf<typeof Person>[] = [
  { name: 'Ada', age: 60 },
  { name: 'Bob', age: 40, boss: personId(1) },
  { name: 'Cy', age: null, boss: personId(1) },
  { name: 'Di', age: 20, boss: personId(2) },
  { name: 'Ed', age: 40 },
];

/** Ids 1 to 5. The ids of people and of posts are the same numbers, so that a comparison of the wrong two shows. */
export const POSTS: readonly CreateOf<typeof Post>[] = [
  { author: personId(2), editor: personId(1), title: 'joins', views: 10 },
  { author: personId(2), editor: null, title: 'windows', views: 30 },
  { author: personId(4), editor: personId(2), title: 'locks', views: 5 },
  { author: personId(1), editor: null, title: 'planner', views: 30 },
  { author: personId(4), editor: personId(4), title: 'vacuum', views: 7 },
];

export interface Sent {
  readonly text: string;
  readonly values: readonly unknown[];
}
const log: Sent[] = [];
const onQuery = (event: QueryEvent): void => {
  if (event.operation !== 'raw') log.push({ text: event.sql, values: event.values ?? [] });
};

/** What was sent since the last call, without raw SQL. */
export const sent = (): Sent[] => log.splice(0);

const base = djogiTest({ models: [Person, Post], pool: { onQuery, includeValues: true } });

/** A test with the people and their posts in its database. */
export const test: TestAPI<TestFixtures> = base.extend<{ company: void }>({
  company: [
    async ({ ctx }, use) => {
      await query(Person).bulkCreate(ctx, PEOPLE);
      await query(Post).bulkCreate(ctx, POSTS);
      sent();
      await use();
    },
    { auto: true },
  ],
}) as TestAPI<TestFixtures>;
