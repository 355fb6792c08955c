// `related(row)`: a set for each relation of one row.

import { query } from '@djogi/query';
import { djogiTest, expectStatements } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { related } from '../../src/index.ts';
import { Author, AuthorPlain, AuthorPublic, models as blog, Post, PostAdmin, PostCard, PostTag, Tag } from '../support/blog.ts';
import { models, Person, Vehicle } from '../support/garage.ts';
import { people } from '../support/people.ts';

const test = djogiTest({ models: [...models, ...blog] });
const issue = (rule: string, path: string) =>
  expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule, path })] }) as Error;
/** From code without types. */
const untyped = related as (row: unknown) => Record<string, { fetchAll(ctx: unknown): Promise<unknown[]> }>;

describe('the rows around a row', () => {
  test('has a to-one relation as a set of one row, fetched in one statement', async ({ ctx }) => {
    const { a1, ada, ben, no } = await people(ctx);
    const set = related(a1).owner;
    expect(set.toSql()).toEqual({
      text: 'SELECT "id", "created_at", "updated_at", "name", "age", "mentor_id" FROM "people" WHERE "id" = $1',
      values: [ada.id],
    });
    expect(await expectStatements(1, async () => set.fetchOne(ctx))).toEqual(ada);
    expect(await related(a1).driver.fetchOne(ctx)).toEqual(ben);
    // By another field than the key.
    expect(await related(a1).country.fetchOne(ctx)).toEqual(no);
  });
  test('has none where the key is null, and sends nothing', async ({ ctx }) => {
    const { a2 } = await people(ctx);
    await expectStatements(0, async () => {
      expect(await related(a2).driver.first(ctx)).toBeNull();
      await expect(related(a2).driver.fetchOne(ctx)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });
  test('is NOT_FOUND where the target is gone', async ({ ctx }) => {
    const { a1, ben } = await people(ctx);
    await ben.delete(ctx);
    await expect(related(a1).driver.fetchOne(ctx)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
  test('has the many as a set, to be refined as any other', async ({ ctx }) => {
    const { ada, dee } = await people(ctx);
    const recent = related(ada).vehicles.filter((v) => v.year.gte(2000));
    expect(recent.select((v) => ({ vin: v.vin })).toSql()).toEqual({
      text: 'SELECT "vin" FROM "vehicles" WHERE "owner_id" = $1 AND "year" >= $2',
      values: [ada.id, 2000],
    });
    expect((await expectStatements(1, async () => recent.fetchAll(ctx))).map((v) => v.vin)).toEqual(['a2']);
    expect(await related(ada).vehicles.count(ctx)).toBe(2);
    expect(await related(dee).vehicles.fetchAll(ctx)).toEqual([]);
    expect((await related(ada).pupils.fetchAll(ctx)).map((p) => p.name)).toEqual(['Ben']);
    const loaded = await related(ada)
      .vehicles.selectRelated('driver')
      .orderBy((v) => v.vin.asc())
      .fetchAll(ctx);
    expect(loaded.map((v) => v.driver?.name ?? null)).toEqual(['Ben', null]);
  });
  test('has the one of the other side, or null', async ({ ctx }) => {
    const { ada, ben } = await people(ctx);
    expect((await related(ada).passport.first(ctx))?.number).toBe('P-1');
    expect(await related(ben).passport.first(ctx)).toBeNull();
  });
  test('writes the rows of a set, and no others', async ({ ctx }) => {
    const { ada } = await people(ctx);
    expect(
      await related(ada)
        .vehicles.update((v) => ({ year: v.year.add(1) }))
        .execute(ctx),
    ).toBe(2);
    expect(await related(ada).vehicles.delete().execute(ctx)).toBe(2);
    expect(await query(Vehicle).count(ctx)).toBe(2);
  });
  test('takes part in other queries', async ({ ctx }) => {
    const { ada } = await people(ctx);
    const drivers = await query(Person)
      .filter((p) => p.id.in(related(ada).vehicles.asSubquery((v) => v.driver.id)))
      .fetchAll(ctx);
    expect(drivers.map((p) => p.name)).toEqual(['Ben']);
  });
  test('is of a row that came loaded, too', async ({ ctx }) => {
    await people(ctx);
    const row = (await query(Vehicle)
      .selectRelated('owner')
      .orderBy((v) => v.vin.asc())
      .first(ctx))!;
    expect((await related(row.owner).clubs.rows().fetchAll(ctx)).map((c) => c.title)).toEqual(['chess']);
    expect((await related(row).owner.fetchOne(ctx)).name).toBe('Ada');
  });
  test('has one text for all rows', async ({ ctx }) => {
    const { ada, ben } = await people(ctx);
    expect(related(ada).clubs.rows().toSql().text).toBe(related(ben).clubs.rows().toSql().text);
  });

  test('refuses what is no row, no relation, and a row that was not saved', () => {
    expect(() => untyped({ id: 1 })).toThrow(issue('row', ''));
    expect(() => untyped(null)).toThrow(issue('row', ''));
    expect(() => untyped(Person.build({ name: 'x' }))['colour']).toThrow(issue('relation', 'colour'));
    expect(() => untyped(Person.build({ name: 'x' }))['name']).toThrow(issue('relation', 'name'));
    expect(() => related(Person.build({ name: 'x' })).vehicles).toThrow(issue('relation_key', 'vehicles'));
  });
});

describe('the rows around a row of a visage', () => {
  const posts = async (ctx: Parameters<typeof people>[0]) => {
    const boss = await Author.create(ctx, { name: 'Boss', email: 'b' }),
      ada = await Author.create(ctx, { name: 'Ada', email: 'a', bossId: boss.id });
    const post = await Post.create(ctx, { title: 'One', authorId: ada.id, state: 'published' });
    const sql = await Tag.create(ctx, { label: 'sql' }),
      ts = await Tag.create(ctx, { label: 'ts' });
    await query(PostTag).bulkCreate(ctx, [
      { postId: post.id, tagId: sql.id },
      { postId: post.id, tagId: ts.id },
    ]);
    return { ada, post };
  };

  test('are those of its peers', async ({ ctx }) => {
    const { post } = await posts(ctx);
    const card = await query(PostCard).fetchOne(ctx);
    const author = related(card).author;
    expect(author.toSql().text).toBe('SELECT "id", "created_at", "updated_at", "name" FROM "authors" WHERE "id" = $1');
    expect(await author.fetchOne(ctx)).toMatchObject({ name: 'Ada' });
    expect(await related(card).editor.first(ctx)).toBeNull();
    const whole = await query(PostAdmin).fetchOne(ctx);
    expect((await related(whole).author.fetchOne(ctx)).email).toBe('a');
    expect(whole.id).toBe(post.id);
  });
  test('go to the other side, refined by what it shows', async ({ ctx }) => {
    await posts(ctx);
    const ada = await query(AuthorPublic)
      .filter((a) => a.name.eq('Ada'))
      .fetchOne(ctx);
    const set = related(ada).posts.filter((p) => p.title.startsWith('O'));
    expect(set.toSql().text).toContain('FROM "posts" WHERE "author_id" = $1 AND "title" LIKE $2');
    expect((await set.fetchAll(ctx)).map((p) => p.title)).toEqual(['One']);
  });
  test('go over a model between the two by EXISTS, and are not written', async ({ ctx }) => {
    const { post } = await posts(ctx);
    const card = await query(PostCard).fetchOne(ctx);
    const tags = related(card).tags.orderBy((t) => t.label.asc());
    expect(tags.toSql()).toEqual({
      text:
        'SELECT "tags"."id", "tags"."created_at", "tags"."updated_at", "tags"."label" FROM "tags" WHERE EXISTS ' +
        '(SELECT 1 FROM "post_tags" WHERE "post_tags"."post_id" = $1 AND "post_tags"."tag_id" = "tags"."id") ORDER BY "tags"."label" ASC',
      values: [post.id],
    });
    expect((await tags.fetchAll(ctx)).map((t) => t.label)).toEqual(['sql', 'ts']);
    expect(related(card).tags).not.toHaveProperty('add');
    expect(() => (related(card).tags as unknown as { delete(): unknown }).delete()).toThrow(issue('visage', ''));
  });
  test('are not there without a peer', async ({ ctx }) => {
    await posts(ctx);
    const plain = (await query(AuthorPlain).first(ctx))!;
    expect(() => untyped(plain)['boss']).toThrow(issue('relation', 'boss'));
    expect(() => untyped(plain)['posts']).toThrow(issue('relation', 'posts'));
  });
});
