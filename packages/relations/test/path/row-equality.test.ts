// The key of a relation is compared with rows of the target as with their keys.

import { matches, visage, type ExprsOf, type Predicate } from '@djogi/core';
import { query } from '@djogi/query';
import { djogiTest } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { Author, AuthorName, models as blog, Post } from '../support/blog.ts';
import { models, Person, Vehicle } from '../support/garage.ts';
import { people } from '../support/people.ts';

const test = djogiTest({ models: [...models, ...blog] });
const issue = (rule: string, path: string) =>
  expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule, path })] }) as Error;

describe('the key of a relation', () => {
  test('is compared with a loaded row by its key', async ({ ctx }) => {
    const { ada, ben } = await people(ctx);
    const by = query(Vehicle).orderBy((v) => v.vin.asc());
    const set = by.filter((v) => v.owner.id.eq(ada));
    expect(set.toSql()).toEqual(by.filter((v) => v.owner.id.eq(ada.id)).toSql());
    const vins = async (of: typeof by): Promise<string[]> => (await of.fetchAll(ctx)).map((v) => v.vin);
    expect(await vins(set)).toEqual(['a1', 'a2']);
    expect(await vins(by.filter((v) => v.owner.id.neq(ada)))).toEqual(['b1', 'c1']);
    expect(await vins(by.filter((v) => v.owner.id.in([ada, ben])))).toEqual(['a1', 'a2', 'b1']);
    expect(await vins(by.filter((v) => v.owner.id.notIn([ada, ben])))).toEqual(['c1']);
    expect(await vins(by.filter((v) => v.driver.id.eq(ben)))).toEqual(['a1', 'b1']);
    expect(await vins(by.filter((v) => v.owner.to.mentor.id.eq(ada)))).toEqual(['b1']);
  });
  test('is compared with the field that it refers to, where that is not the key', async ({ ctx }) => {
    const { no } = await people(ctx);
    const set = query(Vehicle).filter((v) => v.country.id.eq(no));
    expect(set.toSql().values).toEqual(['no']);
    expect((await set.fetchOne(ctx)).vin).toBe('a1');
  });
  test('keeps every comparison that its column has', async ({ ctx }) => {
    const { ada, ben } = await people(ctx);
    const count = async (where: (v: ExprsOf<typeof Vehicle>) => Predicate): Promise<number> => query(Vehicle).filter(where).count(ctx);
    expect(await count((v) => v.driver.id.eq(null))).toBe(1);
    expect(await count((v) => v.driver.id.isNotNull())).toBe(3);
    expect(await count((v) => v.owner.id.eq(v.driver.id))).toBe(1);
    expect(await count((v) => v.owner.id.in(new Set([ada.id, ben.id])))).toBe(3);
    expect(await count((v) => v.owner.id.in(query(Person).asSubquery((p) => p.mentor.id)))).toBe(3);
    expect(await count((v) => v.owner.id.gte(ada.id))).toBe(4);
    expect(await count((v) => v.owner.id.in([]))).toBe(0);
  });
  test('answers in memory, too', async ({ ctx }) => {
    const { a1, b1, ada } = await people(ctx);
    const isAdas = query(Vehicle)
      .filter((v) => v.owner.id.eq(ada))
      .predicate();
    expect([matches(isAdas, a1), matches(isAdas, b1)]).toEqual([true, false]);
  });
  test('is that of an audience, whether or not the relation has a peer', async ({ ctx }) => {
    const ada = await Author.create(ctx, { name: 'Ada', email: 'a' }),
      bob = await Author.create(ctx, { name: 'Bob', email: 'b' });
    await Post.create(ctx, { title: 'One', authorId: ada.id, editorId: bob.id });
    class Card extends visage(Post, 'public', { author: AuthorName }) {}
    expect(
      await query(Card)
        .filter(
          (p) => p.author.id.eq(ada),
          (p) => p.editor.id.eq(bob),
        )
        .count(ctx),
    ).toBe(1);
  });
  test('refuses rows of other models, and rows that were not saved', async ({ ctx }) => {
    const { no } = await people(ctx);
    const filter = (given: unknown) => () => query(Vehicle).filter((v) => v.owner.id.eq(given as Person));
    expect(filter(no)).toThrow(issue('related_row', 'owner'));
    expect(filter(Person.build({ name: 'new' }))).toThrow(issue('required', 'owner'));
    expect(filter({ id: 1 })).toThrow(issue('type', 'ownerId'));
    expect(() => query(Vehicle).filter((v) => v.owner.id.in([no as unknown as Person]))).toThrow(issue('related_row', 'owner'));
    expect(() => query(Vehicle).filter((v) => v.vin.eq(no as unknown as string))).toThrow(issue('type', 'vin'));
  });
});
