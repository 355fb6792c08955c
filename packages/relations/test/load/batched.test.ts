// `batched(Model, ctx)`: the gets of one tick in one statement.

import { f, model, pk, type Context } from '@djogi/core';
import { batched, query } from '@djogi/query';
import { djogiTest, expectStatements } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { Author, AuthorPublic, models as blog, Post } from '../support/blog.ts';
import { models, Person, Vehicle } from '../support/garage.ts';
import { people } from '../support/people.ts';

class Reading extends model('readings', { at: f.text() }, { pk: pk.none() }) {}

const sent: { sql: string; operation: string }[] = [];
const test = djogiTest({
  models: [...models, ...blog],
  pool: { onQuery: ({ sql, operation }) => void sent.push({ sql, operation }) },
});
const issue = (rule: string, path: string) =>
  expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule, path })] }) as Error;
/** What resolvers do: some things of their own before they ask. */
const later = async (turns: number): Promise<void> => {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve();
};

describe('batched gets', () => {
  test('are one statement a tick, in any order, with each id once', async ({ ctx }) => {
    const { ada, ben, cyd } = await people(ctx);
    const load = batched(Person, ctx);
    sent.length = 0;
    const rows = await Promise.all([load.get(cyd.id), load.get(ada.id), load.find(ben.id), load.get(ada.id)]);
    expect(rows).toEqual([cyd, ada, ben, ada]);
    expect(rows[1]).toBe(rows[3]);
    expect(sent).toEqual([
      {
        sql: 'SELECT "id", "created_at", "updated_at", "name", "age", "mentor_id" FROM "people" WHERE "id" = ANY($1::integer[])',
        operation: 'batched',
      },
    ]);
  });
  test('meet across the awaits of those who ask', async ({ ctx }) => {
    const { ada, ben, cyd, dee } = await people(ctx);
    const load = batched(Person, ctx);
    await expectStatements(1, async () =>
      Promise.all([ada, ben, cyd, dee].map(async (person, at) => later(at * 3).then(async () => load.get(person.id)))),
    );
  });
  test('are NOT_FOUND where there is no row, and null with find, beside those that there are', async ({ ctx }) => {
    const { ada, dee } = await people(ctx);
    await dee.delete(ctx);
    const load = batched(Person, ctx);
    const [got, missed, found] = await expectStatements(1, async () =>
      Promise.allSettled([load.get(ada.id), load.get(dee.id), load.find(dee.id)]),
    );
    expect(got).toMatchObject({ value: { name: 'Ada' } });
    expect(missed).toMatchObject({ reason: { code: 'NOT_FOUND', table: 'people' } });
    expect(found).toMatchObject({ value: null });
  });
  test('keep nothing beyond the tick', async ({ ctx }) => {
    const { ada } = await people(ctx);
    const load = batched(Person, ctx);
    const before = await load.get(ada.id);
    await Person.update(ctx, ada.id, { name: 'Augusta' });
    const after = await expectStatements(1, async () => load.get(ada.id));
    expect([before.name, after.name]).toEqual(['Ada', 'Augusta']);
  });
  test('keep the rows that were found when asked to, until they are cleared', async ({ ctx }) => {
    const { ada, ben, dee } = await people(ctx);
    await dee.delete(ctx);
    const load = batched(Person, ctx, { cache: true });
    const first = await load.get(ada.id);
    await load.get(ben.id);
    await expectStatements(0, async () => expect(await load.get(ada.id)).toBe(first));
    // What is missing may come.
    expect(await load.find(dee.id)).toBeNull();
    await expectStatements(1, async () => load.find(dee.id));
    load.clear(ada.id);
    await expectStatements(1, async () => Promise.all([load.get(ada.id), load.get(ben.id)]));
    load.clear();
    await expectStatements(1, async () => Promise.all([load.get(ada.id), load.get(ben.id)]));
  });
  test('refuse what is no id by itself, and ask for the others', async ({ ctx }) => {
    const { ada } = await people(ctx);
    const load = batched(Person, ctx);
    const [odd, none, fine] = await Promise.allSettled([
      load.get('x' as unknown as Person['id']),
      load.find(null as unknown as Person['id']),
      load.get(ada.id),
    ]);
    expect([odd, none]).toMatchObject([
      { reason: { code: 'VALIDATION', issues: [{ path: 'id', rule: 'type' }] } },
      { reason: { code: 'VALIDATION', issues: [{ path: 'id', rule: 'required' }] } },
    ]);
    expect(fine).toMatchObject({ status: 'fulfilled' });
  });
  test('give the error of the statement to every caller, and go on afterwards', async ({ ctx }) => {
    const { ada, ben } = await people(ctx);
    const aborted = batched(Person, ctx, { signal: AbortSignal.abort() });
    const [one, other] = await Promise.allSettled([aborted.get(ada.id), aborted.find(ben.id)]);
    expect([one, other]).toMatchObject([{ reason: { code: 'ABORTED' } }, { reason: { code: 'ABORTED' } }]);
    let load!: ReturnType<typeof batched<typeof Person>>;
    await ctx.atomic(async (tx) => {
      load = batched(Person, tx);
      expect((await load.get(ada.id)).name).toBe('Ada');
    });
    const closed = await Promise.allSettled([load.get(ada.id), load.get(ben.id)]);
    expect(closed).toMatchObject([{ reason: { code: 'SCOPE_CLOSED' } }, { reason: { code: 'SCOPE_CLOSED' } }]);
  });
  test('see what their transaction wrote', async ({ ctx }) => {
    await ctx.atomic(async (tx) => {
      const eve = await Person.create(tx, { name: 'Eve' });
      expect((await batched(Person, tx).get(eve.id)).name).toBe('Eve');
      expect(await batched(Person, ctx).find(eve.id)).toBeNull();
    });
  });
  test('go by keys of every kind', async ({ ctx }) => {
    const author = await Author.create(ctx, { name: 'A', email: 'a' });
    const [one, two] = await query(Post).bulkCreate(ctx, [
      { title: 'One', authorId: author.id },
      { title: 'Two', authorId: author.id },
    ]);
    const load = batched(Post, ctx);
    expect((await Promise.all([load.get(two!.id), load.get(one!.id)])).map((p) => p.title)).toEqual(['Two', 'One']);
  });
  test('are of a visage with its peers', async ({ ctx }) => {
    const author = await Author.create(ctx, { name: 'A', email: 'a' });
    await Post.create(ctx, { title: 'One', authorId: author.id });
    const view = await batched(AuthorPublic, ctx).get(author.id);
    expect(view).toBeInstanceOf(AuthorPublic);
    expect(view.posts.map((p) => p.title)).toEqual(['One']);
    expect(view).not.toHaveProperty('email');
  });
  test('want a model with a key, and a context', ({ ctx }) => {
    expect(() => batched(Reading, ctx)).toThrow(issue('batched', ''));
    expect(() => batched(Person, {} as Context)).toThrow(issue('context', 'ctx'));
  });
});

describe('batched relations', () => {
  test('are one statement a relation and tick', async ({ ctx }) => {
    const { ada, ben, dee } = await people(ctx);
    const load = batched(Person, ctx);
    const [vehicles, again, none, mentor, alone, clubs, passport] = await expectStatements(4, async () =>
      Promise.all([
        load.related('vehicles', ada),
        load.related('vehicles', ada),
        load.related('vehicles', dee),
        load.related('mentor', ben),
        load.related('mentor', ada),
        load.related('clubs', ben),
        load.related('passport', ada),
      ]),
    );
    expect(vehicles.map((v) => v.vin).sort()).toEqual(['a1', 'a2']);
    expect(again).toEqual(vehicles);
    expect(again).not.toBe(vehicles);
    expect(none).toEqual([]);
    expect(mentor!.name).toBe('Ada');
    expect(alone).toBeNull();
    expect(clubs.map((c) => c.title).sort()).toEqual(['chess', 'rowing']);
    expect(passport!.number).toBe('P-1');
    expect(ada).not.toHaveProperty('vehicles');
  });
  test('go by other fields than keys, and send nothing for null', async ({ ctx }) => {
    const { a1, a2, no } = await people(ctx);
    const load = batched(Vehicle, ctx);
    expect(await expectStatements(1, async () => Promise.all([load.related('country', a1), load.related('country', a2)]))).toEqual([
      no,
      null,
    ]);
    await expectStatements(0, async () => load.related('driver', a2));
  });
  test('refuse what is no relation, and a row that lacks the key', async ({ ctx }) => {
    await people(ctx);
    const load = batched(Person, ctx) as unknown as { related(name: string, row: unknown): Promise<unknown> };
    await expect(load.related('name', { id: 1 })).rejects.toThrow(issue('relation', 'name'));
    await expect(load.related('vehicles', {})).rejects.toThrow(issue('relation_key', 'vehicles'));
    await expect(load.related('vehicles', null)).rejects.toThrow(issue('relation_key', 'vehicles'));
  });
});
