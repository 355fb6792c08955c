// `prefetch`: the rows of a relation by one further statement, whatever the number of rows.

import { query } from '@djogi/query';
import { djogiTest, expectStatements } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { Club, Membership, models, Passport, Person, Vehicle } from '../support/garage.ts';
import { people } from '../support/people.ts';

const test = djogiTest({ models });
const rule = (expected: string) =>
  expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: expected })] }) as Error;
const byName = query(Person).orderBy((p) => p.name.asc());

describe('prefetch', () => {
  test('loads to-one relations by their distinct keys, shared among their owners', async ({ ctx }) => {
    const { ada } = await people(ctx);
    const rows = await expectStatements(3, async () =>
      query(Vehicle)
        .orderBy((v) => v.vin.asc())
        .prefetch('owner', 'driver')
        .fetchAll(ctx),
    );
    expect(rows.map((v) => [v.vin, v.owner.name, v.driver?.name ?? null])).toEqual([
      ['a1', 'Ada', 'Ben'],
      ['a2', 'Ada', null],
      ['b1', 'Ben', 'Ben'],
      ['c1', 'Cyd', 'Dee'],
    ]);
    expect(rows[0]!.owner).toBe(rows[1]!.owner);
    expect(rows[0]!.owner).toEqual(ada);
  });
  test('loads the many as lists, empty where there are none', async ({ ctx }) => {
    await people(ctx);
    const rows = await expectStatements(4, async () => byName.prefetch('vehicles', 'clubs', 'passport').fetchAll(ctx));
    expect(
      rows.map((p) => [p.name, p.vehicles.map((v) => v.vin).sort(), p.clubs.map((c) => c.title).sort(), p.passport?.number ?? null]),
    ).toEqual([
      ['Ada', ['a1', 'a2'], ['chess'], 'P-1'],
      ['Ben', ['b1'], ['chess', 'rowing'], null],
      ['Cyd', ['c1'], [], 'P-2'],
      ['Dee', [], [], null],
    ]);
    expect(rows[0]!.clubs[0]).toBe(rows[1]!.clubs.find((c) => c.title === 'chess'));
    expect(rows[0]!.clubs[0]).toBeInstanceOf(Club);
  });
  test('asks for each key once, and for none where there is no key', async ({ ctx }) => {
    await people(ctx);
    await expectStatements(1, async () =>
      query(Vehicle)
        .filter((v) => v.vin.eq('a2'))
        .prefetch('driver')
        .fetchAll(ctx),
    );
    await expectStatements(1, async () =>
      query(Vehicle)
        .filter((v) => v.vin.eq('none'))
        .prefetch('owner')
        .fetchAll(ctx),
    );
    await expectStatements(0, async () => query(Vehicle).prefetch('owner').none().fetchAll(ctx));
  });
  test('goes on to any depth, one statement a step', async ({ ctx }) => {
    await people(ctx);
    const rows = await expectStatements(4, async () =>
      byName.prefetch('pupils', (p) => p.prefetch('vehicles', (v) => v.orderBy((x) => x.vin.asc()).prefetch('driver'))).fetchAll(ctx),
    );
    expect(rows[0]!.pupils[0]!.vehicles[0]!.driver!.name).toBe('Ben');
    expect(rows[3]!.pupils).toEqual([]);
  });
  test('filters and orders what it loads', async ({ ctx }) => {
    await people(ctx);
    const rows = await byName
      .prefetch('vehicles', (v) => v.filter((x) => x.year.gte(2000)).orderBy((x) => x.year.desc()))
      .prefetch('clubs', (c) => c.filter((x) => x.founded.gte(1950)).orderBy((x) => x.title.asc()))
      .fetchAll(ctx);
    expect(rows.map((p) => [p.vehicles.map((v) => v.vin), p.clubs.map((c) => c.title)])).toEqual([
      [['a2'], ['chess']],
      [['b1'], ['chess']],
      [['c1'], []],
      [[], []],
    ]);
  });
  test('limits for each row, not in all', async ({ ctx }) => {
    await people(ctx);
    const rows = await byName
      .prefetch('vehicles', (v) =>
        v
          .orderBy((x) => x.year.desc())
          .limit(1)
          .selectRelated('owner'),
      )
      .prefetch('clubs', (c) =>
        c
          .orderBy((x) => x.title.asc())
          .offset(1)
          .limit(1),
      )
      .fetchAll(ctx);
    expect(rows.map((p) => [p.vehicles.map((v) => `${v.vin} of ${v.owner.name}`), p.clubs.map((c) => c.title)])).toEqual([
      [['a2 of Ada'], []],
      [['b1 of Ben'], ['rowing']],
      [['c1 of Cyd'], []],
      [[], []],
    ]);
  });
  test('loads chosen expressions of the rows', async ({ ctx }) => {
    await people(ctx);
    const rows = await byName
      .prefetch('vehicles', (v) => v.orderBy((x) => x.vin.asc()).select((x) => ({ vin: x.vin, by: x.driver.to.name })))
      .prefetch('mentor', (m) => m.select((x) => ({ name: x.name })))
      .prefetch('clubs', (c) => c.select((x) => ({ title: x.title, members: x.members.count() })).orderBy((x) => x.title.asc()))
      .fetchAll(ctx);
    expect(rows.slice(0, 2).map(({ vehicles, mentor, clubs }) => ({ vehicles, mentor, clubs }))).toEqual([
      {
        vehicles: [
          { vin: 'a1', by: 'Ben' },
          { vin: 'a2', by: null },
        ],
        mentor: null,
        clubs: [{ title: 'chess', members: 2 }],
      },
      {
        vehicles: [{ vin: 'b1', by: 'Ben' }],
        mentor: { name: 'Ada' },
        clubs: [
          { title: 'chess', members: 2 },
          { title: 'rowing', members: 1 },
        ],
      },
    ]);
  });
  test('goes on from a joined row, and is joined in turn', async ({ ctx }) => {
    await people(ctx);
    const rows = await expectStatements(2, async () =>
      query(Vehicle)
        .orderBy((v) => v.vin.asc())
        .selectRelated('owner', (o) => o.prefetch('clubs'))
        .fetchAll(ctx),
    );
    expect(rows.map((v) => v.owner.clubs.length)).toEqual([1, 1, 2, 0]);
    expect(rows[0]!.owner.clubs).toBe(rows[1]!.owner.clubs);
  });
  test('holds in a stream, batch by batch, and in a transaction', async ({ ctx }) => {
    await people(ctx);
    const seen = await ctx.atomic(async (tx) => {
      const found: string[] = [];
      for await (const person of byName.prefetch('vehicles').stream(tx, { batchSize: 2 }))
        found.push(`${person.name} ${person.vehicles.length}`);
      return found;
    });
    expect(seen).toEqual(['Ada 2', 'Ben 1', 'Cyd 1', 'Dee 0']);
  });
  test('filters no required row away, which its type says is there', async ({ ctx }) => {
    await people(ctx);
    const set = query(Vehicle);
    expect(() => set.prefetch('owner', (o) => o.filter((p) => p.name.eq('Ada')))).toThrow(rule('prefetch'));
    expect(() => set.prefetch('owner', (o) => o.none())).toThrow(rule('prefetch'));
    const drivers = await set
      .orderBy((v) => v.vin.asc())
      .prefetch('driver', (d) => d.filter((p) => p.name.eq('Dee')))
      .fetchAll(ctx);
    expect(drivers.map((v) => v.driver?.name ?? null)).toEqual([null, null, null, 'Dee']);
  });
  test('locks the rows that it loads and not those between', async ({ ctx }) => {
    await people(ctx);
    await ctx.atomic(async (tx) => {
      await byName.prefetch('clubs', (c) => c.forUpdate()).fetchAll(tx);
      await ctx.atomic(async (other) => {
        expect(await query(Membership).forUpdate({ wait: 'skipLocked' }).fetchAll(other)).toHaveLength(3);
        expect((await query(Club).forUpdate({ wait: 'skipLocked' }).fetchAll(other)).map((c) => c.title)).toEqual(['sleep']);
      });
    });
  });
  test('refuses what it cannot load', () => {
    const set = query(Person) as any;
    expect(() => set.prefetch('colour')).toThrow(rule('relation'));
    expect(() => set.prefetch()).toThrow(rule('relation'));
    expect(() => set.prefetch('mentor', undefined)).toThrow(rule('callback'));
    expect(() => set.prefetch('mentor', (m: any) => m.limit(1))).toThrow(rule('prefetch'));
    expect(() => set.prefetch('vehicles', (v: any) => v.distinct())).toThrow(rule('prefetch'));
    expect(() => set.prefetch('vehicles', (v: any) => v.limit(1).forUpdate())).toThrow(rule('prefetch'));
    expect(() => set.prefetch('vehicles', () => query(Vehicle))).toThrow(rule('callback'));
    expect(() => set.prefetch('vehicles', async (v: any) => v)).toThrow(rule('callback'));
    expect(() => set.select((p: any) => ({ n: p.name })).prefetch('vehicles')).toThrow(rule('prefetch'));
    expect(Passport.table).toBe('passports');
  });
});
