// What every form of loading costs, in statements: the same whatever the number of rows.

import type { Context } from '@djogi/core';
import { query } from '@djogi/query';
import { expectStatements, setupTestDb, type TestSetup } from '@djogi/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Club, Country, Membership, models, Passport, Person, Vehicle } from '../support/garage.ts';

const ROWS = 500;
let setup: TestSetup;
let ctx: Context;
beforeAll(async () => {
  setup = await setupTestDb({ models });
  ctx = setup.ctx;
  await query(Country).bulkCreate(ctx, [
    { code: 'no', title: 'Norway' },
    { code: 'pe', title: 'Peru' },
  ]);
  const teachers = await query(Person).bulkCreate(
    ctx,
    Array.from({ length: 40 }, (_, at) => ({ name: `teacher ${at}` })),
  );
  const people = await query(Person).bulkCreate(
    ctx,
    Array.from({ length: ROWS }, (_, at) => ({ name: `pupil ${at}`, mentorId: at % 10 === 0 ? null : teachers[at % 40]!.id })),
  );
  await query(Vehicle).bulkCreate(
    ctx,
    people.flatMap((person, at) =>
      Array.from({ length: at % 4 }, (_, of) => ({
        vin: `${at}-${of}`,
        ownerId: person.id,
        driverId: of === 0 ? teachers[at % 40]!.id : null,
        countryId: at % 3 === 0 ? null : at % 3 === 1 ? 'no' : 'pe',
      })),
    ),
  );
  await query(Passport).bulkCreate(
    ctx,
    people.filter((_, at) => at % 2 === 0).map((person, at) => ({ number: `P${at}`, holderId: person.id })),
  );
  const clubs = await query(Club).bulkCreate(
    ctx,
    Array.from({ length: 7 }, (_, at) => ({ title: `club ${at}` })),
  );
  await query(Membership).bulkCreate(
    ctx,
    people.flatMap((person, at) => (at % 5 === 0 ? [] : [{ personId: person.id, clubId: clubs[at % 7]!.id }])),
  );
});
afterAll(() => setup.dispose());

const pupils = query(Person)
  .filter((p) => p.name.startsWith('pupil'))
  .orderBy((p) => p.id.asc());

describe('500 rows', () => {
  test('with two to-one relations by prefetch are three statements, with null where there is no target, and shared targets', async () => {
    const rows = await expectStatements(3, async () =>
      query(Vehicle)
        .orderBy((v) => v.id.asc())
        .limit(ROWS)
        .prefetch('owner', 'driver')
        .fetchAll(ctx),
    );
    expect(rows).toHaveLength(ROWS);
    expect(rows.every((row) => row.owner.id === row.ownerId && (row.driver?.id ?? null) === row.driverId)).toBe(true);
    expect(rows.filter((row) => row.driver === null).length).toBeGreaterThan(100);
    expect(new Set(rows.map((row) => row.owner)).size).toBe(new Set(rows.map((row) => row.ownerId)).size);
  });
  test('with two to-one relations joined and one to-many relation are two statements', async () => {
    const rows = await expectStatements(2, async () => pupils.selectRelated('mentor', 'passport').prefetch('vehicles').fetchAll(ctx));
    expect(rows).toHaveLength(ROWS);
    expect(rows.map((row) => row.vehicles.length)).toEqual(Array.from({ length: ROWS }, (_, at) => at % 4));
    expect(rows.filter((row) => row.passport === null)).toHaveLength(ROWS / 2);
  });
  test('with two to-one relations and one to-many relation by prefetch are four statements', async () => {
    const rows = await expectStatements(4, async () => pupils.prefetch('mentor', 'passport', 'vehicles').fetchAll(ctx));
    expect(rows.reduce((sum, row) => sum + row.vehicles.length, 0)).toBe(750);
  });
  test.each([
    ['a to-one relation joined', 1, () => pupils.selectRelated('mentor')],
    ['two joined', 1, () => pupils.selectRelated('mentor', 'passport')],
    ['a joined one of a joined one', 1, () => query(Vehicle).selectRelated('owner', (o) => o.selectRelated('mentor'))],
    ['a to-one relation by prefetch', 2, () => pupils.prefetch('mentor')],
    ['the other side of a one-to-one relation by prefetch', 2, () => pupils.prefetch('passport')],
    ['the many', 2, () => pupils.prefetch('vehicles')],
    ['the many over a model between', 2, () => pupils.prefetch('clubs')],
    ['some of the many, for each row', 2, () => pupils.prefetch('vehicles', (v) => v.orderBy((x) => x.id.asc()).limit(1))],
    ['some of the many over a model between', 2, () => pupils.prefetch('clubs', (c) => c.orderBy((x) => x.title.asc()).limit(1))],
    ['the many with what is joined to them', 2, () => pupils.prefetch('vehicles', (v) => v.selectRelated('driver', 'country'))],
    ['the many of the many', 3, () => pupils.prefetch('vehicles', (v) => v.prefetch('driver'))],
    ['the many of a joined row', 2, () => pupils.selectRelated('mentor', (m) => m.prefetch('vehicles'))],
    ['chosen values of the many', 2, () => pupils.prefetch('vehicles', (v) => v.select((x) => ({ vin: x.vin })))],
    ['a relation by a unique field that is no key', 2, () => query(Vehicle).prefetch('country')],
    [
      'a relation that no row has',
      1,
      () =>
        query(Vehicle)
          .filter((v) => v.driver.id.isNull())
          .prefetch('driver'),
    ],
    ['a relation of no rows', 1, () => pupils.filter((p) => p.name.eq('none')).prefetch('vehicles', 'clubs')],
  ])('with %s are %i statements', async (_, statements, set) => {
    const rows = await expectStatements(statements, () => (set() as { fetchAll(ctx: Context): Promise<unknown[]> }).fetchAll(ctx));
    expect(rows).toBeInstanceOf(Array);
  });
  test('are the same by every terminal: one statement for the rows of each, and one for each relation', async () => {
    const set = pupils.selectRelated('mentor').prefetch('vehicles', 'clubs');
    expect((await expectStatements(3, async () => set.first(ctx)))!.vehicles).toEqual([]);
    await expectStatements(3, async () => set.filter((p) => p.name.eq('pupil 3')).fetchOne(ctx));
    await expectStatements(3, async () => set.fetchPage(ctx, { size: 50 }));
    await expectStatements(3, async () => set.annotate((p) => ({ n: p.vehicles.count() })).fetchAll(ctx));
    const some = (await pupils.limit(3).fetchAll(ctx)).map((person) => person.id);
    await expectStatements(3, async () => query(Person).selectRelated('mentor').prefetch('vehicles', 'clubs').inBulk(ctx, some));
    await expectStatements(1, async () => set.count(ctx));
    await expectStatements(1, async () => set.exists(ctx));
  });
  test('in a stream load by batch', async () => {
    const seen = await ctx.atomic(async (tx) => {
      let vehicles = 0,
        rows = 0;
      for await (const person of pupils.selectRelated('mentor').prefetch('vehicles').stream(tx, { batchSize: 200 })) {
        rows += 1;
        vehicles += person.vehicles.length;
        expect(person.mentor?.id ?? null).toBe(person.mentorId);
      }
      return { rows, vehicles };
    });
    expect(seen).toEqual({ rows: ROWS, vehicles: 750 });
  });
});

describe('a lock beside joins', () => {
  test('is one on the rows of the set alone, seen from another connection', async () => {
    const locked = query(Vehicle)
      .filter((v) => v.vin.eq('3-0'))
      .selectRelated('owner', 'driver');
    await ctx.atomic(async (tx) => {
      const row = await locked.forUpdate().fetchOne(tx);
      expect(row.driver).not.toBeNull();
      await ctx.atomic(async (other) => {
        const free = await query(Person)
          .filter((p) => p.id.in([row.ownerId, row.driverId!]))
          .forUpdate({ wait: 'nowait' })
          .fetchAll(other);
        expect(free).toHaveLength(2);
        expect(await locked.forUpdate({ wait: 'skipLocked' }).fetchAll(other)).toEqual([]);
      });
      await expect(ctx.atomic((other) => locked.forUpdate({ wait: 'nowait' }).fetchAll(other))).rejects.toMatchObject({
        code: 'LOCK_CONFLICT',
      });
    });
  });
  test('is the same where only the filter joins', async () => {
    const locked = query(Vehicle).filter((v) => v.owner.to.name.eq('pupil 3').and(v.vin.eq('3-1')));
    await ctx.atomic(async (tx) => {
      const row = await locked.forNoKeyUpdate().fetchOne(tx);
      await ctx.atomic(async (other) => {
        expect(
          await query(Person)
            .filter((p) => p.id.eq(row.ownerId))
            .forUpdate({ wait: 'skipLocked' })
            .fetchAll(other),
        ).toHaveLength(1);
        expect(
          await query(Vehicle)
            .filter((v) => v.id.eq(row.id))
            .forUpdate({ wait: 'skipLocked' })
            .fetchAll(other),
        ).toEqual([]);
      });
    });
  });
});
