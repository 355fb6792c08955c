// Pages, locks, columns and filters of models with relations.

import { query, parseFilter, type Page } from '@djogi/query';
import { djogiTest } from '@djogi/testing';
import { expect } from 'vitest';
import { AuthorName, PostCard } from '../support/blog.ts';
import { models, Person, Vehicle } from '../support/garage.ts';
import { people } from '../support/people.ts';

const test = djogiTest({ models });

test('a page is ordered by paths, whose ends may be missing', async ({ ctx }) => {
  await people(ctx);
  const set = query(Vehicle).orderBy((v) => [v.driver.to.name.desc(), v.owner.to.name.asc()]);
  const all = await set.orderBy((v) => v.id.asc()).fetchAll(ctx);
  const found: string[] = [];
  for (let after: string | null = null; ;) {
    const page: Page<Vehicle> = await set.fetchPage(ctx, { size: 1, after });
    found.push(...page.rows.map((vehicle) => vehicle.vin));
    if (page.next === null) break;
    after = page.next;
  }
  expect(found).toEqual(all.map((vehicle) => vehicle.vin));
  expect(found[0]).toBe('a2');
});

test('a lock is of the rows of the set where a path has joined others', async ({ ctx }) => {
  await people(ctx);
  const set = query(Vehicle)
    .orderBy((v) => v.driver.to.name.asc())
    .limit(1)
    .forUpdate({ wait: 'skipLocked' });
  expect(set.toSql().text).toMatch(/ LEFT JOIN "people" AS "driver" .* LIMIT 1 FOR UPDATE OF "vehicles" SKIP LOCKED$/);
  await ctx.atomic(async (tx) => {
    const held = (await set.first(tx))!;
    const other = (await ctx.atomic((second) => set.first(second)))!;
    expect(other.id).not.toBe(held.id);
    // The driver is locked by nobody.
    expect(await ctx.atomic((second) => query(Person).forUpdate({ wait: 'nowait' }).count(second))).toBe(4);
    await ctx.atomic((second) => query(Person).forUpdate({ wait: 'nowait' }).fetchAll(second));
  });
});

test('rows are locked while their owner is loaded, which is locked by nobody', async ({ ctx }) => {
  await people(ctx);
  const set = query(Vehicle)
    .orderBy((v) => v.vin.asc())
    .limit(2)
    .selectRelated('owner', 'driver')
    .forUpdate();
  expect(set.toSql().text).toMatch(/ LEFT JOIN "people" AS "driver" .* LIMIT 2 FOR UPDATE OF "vehicles"$/);
  await ctx.atomic(async (tx) => {
    const rows = await set.fetchAll(tx);
    expect(rows.map((row) => [row.vin, row.owner.name, row.driver?.name ?? null])).toEqual([
      ['a1', 'Ada', 'Ben'],
      ['a2', 'Ada', null],
    ]);
    await ctx.atomic((second) => query(Person).forUpdate({ wait: 'nowait' }).fetchAll(second));
    await expect(ctx.atomic((second) => query(Vehicle).forUpdate({ wait: 'nowait' }).fetchAll(second))).rejects.toMatchObject({
      code: 'LOCK_CONFLICT',
    });
  });
  await expect(set.fetchPage(ctx, { size: 1 })).rejects.toMatchObject({ code: 'VALIDATION' });
});

test('pages have the rows that were asked to come along, and parts of rows have none', async ({ ctx }) => {
  await people(ctx);
  const set = query(Vehicle)
    .orderBy((v) => [v.owner.to.name.asc(), v.vin.desc()])
    .selectRelated('owner');
  const first = await set.fetchPage(ctx, { size: 1 }),
    second = await set.fetchPage(ctx, { size: 1, after: first.next });
  expect([first, second].map(({ rows }) => [rows[0]!.vin, rows[0]!.owner.name])).toEqual([
    ['a2', 'Ada'],
    ['a1', 'Ada'],
  ]);
  expect((await set.last(ctx))!.owner.name).toBe('Cyd');
  expect(() => set.only('vin')).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
  expect(() => set.defer('year')).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
});

test('columns and filters name a foreign key by the property that holds it', async ({ ctx }) => {
  await people(ctx);
  const row = (await query(Vehicle)
    .orderBy((v) => v.vin.asc())
    .only('vin', 'ownerId')
    .first(ctx))!;
  const owner: Person['id'] = row.ownerId;
  const left = await query(Vehicle)
    .filter((v) => v.vin.eq(row.vin))
    .defer('year', 'createdAt', 'updatedAt', 'id')
    .fetchOne(ctx);
  expect(Object.keys(left)).toEqual(['vin', 'ownerId', 'driverId', 'countryId']);
  expect(left.ownerId).toBe(owner);
  const filter = parseFilter(Vehicle, { clauses: [{ field: 'ownerId', op: 'eq', value: owner }] }, { allow: ['ownerId'] });
  expect(query(Vehicle).filter(filter).toSql()).toEqual(
    query(Vehicle)
      .filter((v) => v.owner.id.eq(owner))
      .toSql(),
  );
  expect(query(Vehicle).orderByName('ownerId', 'desc').toSql().text).toContain(' ORDER BY "owner_id" DESC');
  for (const field of ['owner', 'pupils', 'name'])
    expect(() => parseFilter(Vehicle, { clauses: [{ field, op: 'isNull' }] })).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
  expect(() => query(Vehicle).orderByName('owner')).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
});

test('a portable filter follows a path of loaded rows, and says so where they are not', async ({ ctx }) => {
  await people(ctx);
  const portable = query(Vehicle)
    .filter((v) => v.owner.to.name.eq('Ada'))
    .tryPortable();
  if (!portable.ok) throw portable.reason;
  expect(portable.matches({ owner: { name: 'Ada' } })).toBe(true);
  expect(() => portable.matches({ ownerId: 1 })).toThrow(expect.objectContaining({ code: 'PREDICATE', kind: 'unsupportedField' }));
});

test('a filter or an ordering from JSON asks a visage about what its audience sees, and nothing else', () => {
  const filter = parseFilter(PostCard, { clauses: [{ field: 'title', op: 'contains', value: 'x' }] });
  expect(query(PostCard).filter(filter).toSql().text).toContain(' WHERE "title" LIKE $1');
  for (const field of ['secret', 'body', 'reviewerId'])
    expect(() => parseFilter(PostCard, { clauses: [{ field, op: 'isNull' }] })).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
  const untyped = query(AuthorName) as unknown as {
    orderByName(name: string): unknown;
    only(name: string): unknown;
    distinctOnNames(names: string[]): unknown;
  };
  for (const hidden of ['email', 'secret', 'balance']) {
    expect(() => untyped.orderByName(hidden)).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
    expect(() => untyped.only(hidden)).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
    expect(() => untyped.distinctOnNames([hidden])).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
  }
});
