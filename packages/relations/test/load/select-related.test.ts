// `selectRelated`: to-one relations in the statement of the rows.

import { rawSql } from '@djogi/core/raw';
import { query } from '@djogi/query';
import { djogiTest, expectStatements } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { models, Passport, Person, Vehicle } from '../support/garage.ts';
import { people } from '../support/people.ts';

const test = djogiTest({ models });
const rule = (expected: string) =>
  expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: expected })] }) as Error;

describe('selectRelated', () => {
  test('joins the rows and puts them on their owners', async ({ ctx }) => {
    const { ada, ben } = await people(ctx);
    const set = query(Vehicle)
      .selectRelated('owner', 'driver')
      .orderBy((v) => v.vin.asc());
    const { text } = set.toSql();
    expect(text.slice(text.indexOf(' FROM'))).toBe(
      ' FROM "vehicles" LEFT JOIN "people" AS "owner" ON "vehicles"."owner_id" = "owner"."id" LEFT JOIN "people" AS "driver" ON "vehicles"."driver_id" = "driver"."id" ORDER BY "vehicles"."vin" ASC',
    );
    const rows = await set.fetchAll(ctx);
    expect(rows.map((v) => [v.vin, v.owner.name, v.driver?.name ?? null])).toEqual([
      ['a1', 'Ada', 'Ben'],
      ['a2', 'Ada', null],
      ['b1', 'Ben', 'Ben'],
      ['c1', 'Cyd', 'Dee'],
    ]);
    expect(rows[0]).toBeInstanceOf(Vehicle);
    expect(rows[0]!.owner).toBeInstanceOf(Person);
    expect(rows[0]!.owner).toEqual(ada);
    expect(rows[0]!.owner.label).toBe('Ada (60)');
    // Rows with one target share it; two relations to one row do not, since neither is the other.
    expect(rows[0]!.owner).toBe(rows[1]!.owner);
    expect(rows[0]!.driver).toBe(rows[2]!.driver);
    expect(rows[2]!.driver).toEqual(ben);
  });
  test('is one statement, however many relations and rows', async ({ ctx }) => {
    await people(ctx);
    await expectStatements(1, async () => query(Vehicle).selectRelated('owner', 'driver', 'country').fetchAll(ctx));
  });
  test('goes on from the joined row', async ({ ctx }) => {
    await people(ctx);
    const rows = await query(Vehicle)
      .selectRelated('owner', (owner) =>
        owner.selectRelated('mentor', (mentor) => mentor.selectRelated('passport')).selectRelated('passport'),
      )
      .selectRelated('country')
      .orderBy((v) => v.vin.asc())
      .fetchAll(ctx);
    expect(
      rows.map((v) => [
        v.vin,
        v.owner.mentor?.name ?? null,
        v.owner.mentor?.passport?.number ?? null,
        v.owner.passport?.number ?? null,
        v.country?.title ?? null,
      ]),
    ).toEqual([
      ['a1', null, null, 'P-1', 'Norway'],
      ['a2', null, null, 'P-1', null],
      ['b1', 'Ada', 'P-1', null, 'Peru'],
      ['c1', 'Ben', null, 'P-2', null],
    ]);
  });
  test('uses the joins of the filter', async ({ ctx }) => {
    await people(ctx);
    const set = query(Vehicle)
      .filter((v) => v.owner.to.name.eq('Ada'))
      .orderBy((v) => v.owner.to.age.asc())
      .selectRelated('owner');
    expect(set.toSql().text.match(/JOIN/g)).toHaveLength(1);
    expect((await set.fetchAll(ctx)).map((v) => v.owner.name)).toEqual(['Ada', 'Ada']);
  });
  test('holds for every terminal that gives rows, and is nothing to those that give none', async ({ ctx }) => {
    const { a1, ada } = await people(ctx);
    const set = query(Vehicle)
      .filter((v) => v.vin.eq('a1'))
      .selectRelated('owner');
    expect((await set.first(ctx))!.owner.id).toBe(ada.id);
    expect((await set.fetchOne(ctx)).owner.id).toBe(ada.id);
    expect((await set.inBulk(ctx, [a1.id])).get(a1.id)!.owner.id).toBe(ada.id);
    expect(await set.count(ctx)).toBe(1);
    expect(await set.exists(ctx)).toBe(true);
    const streamed = await ctx.atomic(async (tx) => {
      const names: string[] = [];
      for await (const row of query(Vehicle).selectRelated('owner').stream(tx, { batchSize: 3 })) names.push(row.owner.name);
      return names;
    });
    expect(streamed.sort()).toEqual(['Ada', 'Ada', 'Ben', 'Cyd']);
    expect(await set.none().fetchAll(ctx)).toEqual([]);
  });
  test('comes page by page, and locks the rows themselves and no others', async ({ ctx }) => {
    await people(ctx);
    const set = query(Vehicle)
      .selectRelated('driver')
      .prefetch('owner')
      .orderBy((v) => [v.driver.to.name.asc(), v.vin.asc()]);
    const first = await set.fetchPage(ctx, { size: 3 }),
      second = await set.fetchPage(ctx, { size: 3, after: first.next });
    expect([...first.rows, ...second.rows].map((v) => [v.vin, v.driver?.name ?? null, v.owner.name])).toEqual([
      ['a1', 'Ben', 'Ada'],
      ['b1', 'Ben', 'Ben'],
      ['c1', 'Dee', 'Cyd'],
      ['a2', null, 'Ada'],
    ]);
    const locking = query(Vehicle).selectRelated('driver').forUpdate({ wait: 'skipLocked' });
    expect(locking.toSql().text).toMatch(/ FOR UPDATE OF "vehicles" SKIP LOCKED$/);
    const locked = await ctx.atomic((tx) =>
      locking
        .orderBy((v) => v.vin.asc())
        .limit(1)
        .first(tx),
    );
    expect(locked!.driver!.name).toBe('Ben');
  });
  test('goes with annotations, a limit before them and a filter on them', async ({ ctx }) => {
    await people(ctx);
    const rows = await query(Vehicle)
      .selectRelated('owner')
      .orderBy((v) => v.vin.asc())
      .limit(3)
      .annotate((v) => ({ of: v.owner.to.name.upper(), n: v.id.count().over({ partitionBy: [v.owner.id] }) }))
      .qualify((a) => a.n.gt(1))
      .fetchAll(ctx);
    expect(rows.map(({ row, of, n }) => [row.vin, row.owner.name, of, n])).toEqual([
      ['a1', 'Ada', 'ADA', 2],
      ['a2', 'Ada', 'ADA', 2],
    ]);
  });
  test('gives plain data, and rows that can be saved', async ({ ctx }) => {
    await people(ctx);
    const row = (await query(Vehicle)
      .filter((v) => v.vin.eq('a1'))
      .selectRelated('owner')
      .first(ctx))!;
    expect(JSON.parse(JSON.stringify(row))).toMatchObject({ vin: 'a1', owner: { name: 'Ada' } });
    row.year = 1999;
    await row.save(ctx);
    expect((await Vehicle.get(ctx, row.id)).year).toBe(1999);
    expect(Object.keys(row).at(-1)).toBe('owner');
  });
  test('knows a relation that is asked for twice as it was asked for last', async ({ ctx }) => {
    await people(ctx);
    const twice = query(Vehicle).selectRelated('owner').selectRelated('owner');
    expect(twice.toSql().text.match(/JOIN/g)).toHaveLength(1);
    const batched = query(Vehicle).selectRelated('owner').prefetch('owner');
    expect(batched.toSql().text).not.toContain('JOIN');
    expect((await batched.first(ctx))!.owner.name).toBeTypeOf('string');
  });
  test('never loses a row or hides that its required target is not there', async ({ ctx }) => {
    await people(ctx);
    const raw = rawSql(ctx, 'a constraint that a test takes away');
    await raw.execute('ALTER TABLE vehicles DROP CONSTRAINT vehicles_owner_id_fkey');
    await raw.execute("UPDATE vehicles SET owner_id = 999999 WHERE vin = 'a1'");
    const missing = { code: 'DECODE', rule: 'related_row_missing', table: 'people' };
    await expect(query(Vehicle).selectRelated('owner').fetchAll(ctx)).rejects.toMatchObject(missing);
    await expect(query(Vehicle).prefetch('owner').fetchAll(ctx)).rejects.toMatchObject(missing);
    expect(await query(Vehicle).selectRelated('driver').fetchAll(ctx)).toHaveLength(4);
  });
  test('refuses what it cannot join, and callbacks that would refine the rows around', () => {
    const set = query(Vehicle) as any;
    expect(() => (query(Person) as any).selectRelated('vehicles')).toThrow(rule('select_related'));
    expect(() => set.selectRelated('colour')).toThrow(rule('relation'));
    expect(() => set.selectRelated('ownerId')).toThrow(rule('relation'));
    expect(() => set.selectRelated()).toThrow(rule('relation'));
    expect(() => set.selectRelated(undefined)).toThrow(rule('relation'));
    expect(() => set.selectRelated('owner', {})).toThrow(rule('callback'));
    expect(() => set.selectRelated('owner', () => query(Person))).toThrow(rule('callback'));
    expect(() => set.selectRelated('owner', (o: any) => o.filter((p: any) => p.name.eq('x')))).toThrow(rule('select_related'));
    expect(() => set.selectRelated('owner', (o: any) => o.limit(1))).toThrow(rule('select_related'));
    expect(() => set.select((v: any) => ({ v: v.vin })).selectRelated('owner')).toThrow(rule('select_related'));
    expect(() => set.selectRelated('owner').select((v: any) => ({ v: v.vin }))).toThrow(rule('related'));
    expect(() => set.selectRelated('owner').groupBy((v: any) => ({ v: v.vin }))).toThrow(rule('related'));
    expect(() => set.prefetch('owner').asSubquery((v: any) => v.id)).toThrow(rule('related'));
    expect(Passport.table).toBe('passports');
  });
});
