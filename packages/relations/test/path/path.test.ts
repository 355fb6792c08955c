// Paths over to-one relations in every part of a query: what is joined, how often, and what comes back.

import { allOf, anyOf, countAll, evaluate, exists, not, or } from '@djogi/core';
import { query, type QuerySet } from '@djogi/query';
import { djogiTest } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { Club, models, Passport, Person, Vehicle } from '../support/garage.ts';
import { people } from '../support/people.ts';

const test = djogiTest({ models });

describe('a path', () => {
  test('joins the other table by the name of the relation, inside where the filter asks for a row', async ({ ctx }) => {
    await people(ctx);
    const set = query(Vehicle)
      .filter((v) => v.owner.to.name.eq('Ada'))
      .select((v) => ({ vin: v.vin }))
      .orderBy((v) => v.vin.asc());
    expect(set.toSql()).toEqual({
      text: 'SELECT "vehicles"."vin" FROM "vehicles" JOIN "people" AS "owner" ON "vehicles"."owner_id" = "owner"."id" WHERE "owner"."name" = $1 ORDER BY "vehicles"."vin" ASC',
      values: ['Ada'],
    });
    expect(await set.fetchAll(ctx)).toEqual([{ vin: 'a1' }, { vin: 'a2' }]);
  });
  test('joins each relation once, however often it is written', async ({ ctx }) => {
    await people(ctx);
    const set = query(Vehicle)
      .filter(
        (v) => v.owner.to.name.neq('Dee'),
        (v) => v.owner.to.mentor.to.name.eq('Ada'),
      )
      .orderBy((v) => [v.owner.to.name.asc(), v.owner.to.mentor.to.age.desc()])
      .select((v) => ({ vin: v.vin, owner: v.owner.to.name, mentor: v.owner.to.mentor.to.name }));
    const { text } = set.toSql();
    expect(text.match(/JOIN/g)).toHaveLength(2);
    expect(text).toContain(
      'FROM "vehicles" JOIN "people" AS "owner" ON "vehicles"."owner_id" = "owner"."id" JOIN "people" AS "mentor" ON "owner"."mentor_id" = "mentor"."id"',
    );
    expect(await set.fetchAll(ctx)).toEqual([{ vin: 'b1', owner: 'Ben', mentor: 'Ada' }]);
  });
  test('keeps rows without a target where it only shows or sorts, with null for what is not there', async ({ ctx }) => {
    await people(ctx);
    const set = query(Vehicle)
      .orderBy((v) => [v.driver.to.name.asc().nullsFirst(), v.vin.asc()])
      .select((v) => ({ vin: v.vin, driver: v.driver.to.name, chief: v.driver.to.mentor.to.name }));
    expect(set.toSql().text).toContain('LEFT JOIN "people" AS "driver"');
    expect(await set.fetchAll(ctx)).toEqual([
      { vin: 'a2', driver: null, chief: null },
      { vin: 'a1', driver: 'Ben', chief: 'Ada' },
      { vin: 'b1', driver: 'Ben', chief: 'Ada' },
      { vin: 'c1', driver: 'Dee', chief: null },
    ]);
  });
  test('keeps a row without a target where the filter can be true of it', async ({ ctx }) => {
    await people(ctx);
    const vins = async (set: QuerySet<typeof Vehicle, Vehicle>) => (await set.orderBy((v) => v.vin.asc()).fetchAll(ctx)).map((v) => v.vin);
    expect(await vins(query(Vehicle).filter((v) => v.driver.to.name.isNull()))).toEqual(['a2']);
    expect(await vins(query(Vehicle).filter((v) => or(v.driver.to.name.eq('Dee'), v.year.eq(2020))))).toEqual(['a2', 'c1']);
    expect(await vins(query(Vehicle).filter((v) => not(v.driver.to.name.eq('Ben').and(v.year.eq(1990)))))).toEqual(['a2', 'b1', 'c1']);
    expect(await vins(query(Vehicle).filter((v) => v.driver.to.name.isDistinctFrom('Ben')))).toEqual(['a2', 'c1']);
    expect(await vins(query(Vehicle).exclude((v) => v.driver.to.name.eq('Ben')))).toEqual(['c1']);
  });
  test('keeps a row without a target where a comparison with the rows of a query can be true of it', async ({ ctx }) => {
    await people(ctx);
    const nobody = query(Person)
      .filter((p) => p.name.eq('nobody'))
      .asSubquery((p) => p.name);
    const vins = async (set: QuerySet<typeof Vehicle, Vehicle>) => (await set.orderBy((v) => v.vin.asc()).fetchAll(ctx)).map((v) => v.vin);
    expect(await vins(query(Vehicle).filter((v) => v.driver.to.name.gt(allOf(nobody))))).toEqual(['a1', 'a2', 'b1', 'c1']);
    expect(await vins(query(Vehicle).exclude((v) => v.driver.to.name.eq(anyOf(nobody))))).toEqual(['a1', 'a2', 'b1', 'c1']);
    expect(await vins(query(Vehicle).filter((v) => v.driver.to.name.notIn([])))).toEqual(['a1', 'a2', 'b1', 'c1']);
  });
  test('is a key of pages, also as a computed field and where there is no target', async ({ ctx }) => {
    await people(ctx);
    for (const set of [
      query(Vehicle).orderBy((v) => [v.driver.to.name.asc(), v.vin.asc()]),
      query(Vehicle).orderBy((v) => [v.driver.to.shout.asc(), v.vin.asc()]),
      query(Vehicle).orderBy((v) => [v.driver.to.shout.asc().nullsFirst(), v.vin.asc()]),
      query(Vehicle).orderBy((v) => [v.driver.to.mentor.to.shout.desc(), v.vin.desc()]),
      query(Vehicle).orderBy((v) => [v.driver.to.pupils.count().desc(), v.vin.asc()]),
    ]) {
      const whole = (await set.fetchAll(ctx)).map((v) => v.vin),
        paged: string[] = [];
      let after: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof set.fetchPage>> = await set.fetchPage(ctx, { size: 1, after });
        paged.push(...page.rows.map((v) => v.vin));
        after = page.next;
      } while (after !== null && paged.length < 10);
      expect(paged).toEqual(whole);
    }
  });
  test('reads the key without a join', () => {
    expect(
      query(Vehicle)
        .filter((v) => v.owner.id.eq(1 as Person['id']))
        .select((v) => ({ id: v.driver.id }))
        .toSql().text,
    ).toBe('SELECT "driver_id" FROM "vehicles" WHERE "owner_id" = $1');
  });
  test('goes over a unique field that is no key', async ({ ctx }) => {
    await people(ctx);
    const rows = await query(Vehicle)
      .filter((v) => v.country.to.title.eq('Peru'))
      .select((v) => ({ vin: v.vin, code: v.country.id }))
      .fetchAll(ctx);
    expect(rows).toEqual([{ vin: 'b1', code: 'pe' }]);
  });
  test('goes over the other side of a one-to-one relation, and on from there', async ({ ctx }) => {
    await people(ctx);
    const set = query(Person)
      .orderBy((p) => p.name.asc())
      .select((p) => ({ name: p.name, number: p.passport.to.number, id: p.passport.id, holder: p.passport.to.holder.to.name }));
    expect(set.toSql().text).toContain('LEFT JOIN "passports" AS "passport" ON "people"."id" = "passport"."holder_id"');
    expect((await set.fetchAll(ctx)).map(({ name, number, holder }) => [name, number, holder])).toEqual([
      ['Ada', 'P-1', 'Ada'],
      ['Ben', null, null],
      ['Cyd', 'P-2', 'Cyd'],
      ['Dee', null, null],
    ]);
  });
  test('reaches the computed fields of the other model', async ({ ctx }) => {
    await people(ctx);
    expect(
      await query(Vehicle)
        .filter((v) => v.driver.to.shout.eq('DEE'))
        .select((v) => ({ vin: v.vin, shout: v.owner.to.shout }))
        .fetchAll(ctx),
    ).toEqual([{ vin: 'c1', shout: 'CYD' }]);
  });
  test('counts, groups, aggregates and numbers by the other row', async ({ ctx }) => {
    await people(ctx);
    expect(
      await query(Vehicle)
        .filter((v) => v.driver.to.name.eq('Ben'))
        .count(ctx),
    ).toBe(2);
    expect(
      await query(Vehicle)
        .filter((v) => v.driver.to.name.eq('Nobody'))
        .exists(ctx),
    ).toBe(false);
    expect(
      await query(Vehicle)
        .groupBy((v) => ({ owner: v.owner.to.name }))
        .annotate((v) => ({ n: countAll(), oldest: v.driver.to.age.max() }))
        .orderBy((g) => g.owner.asc())
        .fetchAll(ctx),
    ).toEqual([
      { owner: 'Ada', n: 2, oldest: 40 },
      { owner: 'Ben', n: 1, oldest: 40 },
      { owner: 'Cyd', n: 1, oldest: 20 },
    ]);
    expect(await query(Vehicle).aggregate(ctx, (v) => ({ ages: v.owner.to.age.sum(), most: v.driver.to.mentor.to.age.max() }))).toEqual({
      ages: 160,
      most: 60,
    });
    const ranked = await query(Vehicle)
      .annotate((v) => ({ owner: v.owner.to.name, n: countAll().over({ partitionBy: [v.owner.to.name] }) }))
      .qualify((a) => a.n.gt(1))
      .orderBy((v) => v.vin.asc())
      .fetchAll(ctx);
    expect(ranked.map(({ row, owner, n }) => [row.vin, owner, n])).toEqual([
      ['a1', 'Ada', 2],
      ['a2', 'Ada', 2],
    ]);
  });
  test('is told in a distinct, a limit before an aggregate, and a scalar subquery', async ({ ctx }) => {
    await people(ctx);
    expect(
      await query(Vehicle)
        .select((v) => ({ owner: v.owner.to.name }))
        .distinct()
        .orderBy((v) => v.owner.to.name.asc())
        .fetchAll(ctx),
    ).toEqual([{ owner: 'Ada' }, { owner: 'Ben' }, { owner: 'Cyd' }]);
    expect(
      await query(Vehicle)
        .orderBy((v) => [v.owner.to.name.desc(), v.vin.asc()])
        .limit(2)
        .aggregate(ctx, (v) => v.owner.to.age.min()),
    ).toBe(40);
    const latest = await query(Person)
      .orderBy((p) => p.name.asc())
      .select((p) => ({
        name: p.name,
        boss: query(Vehicle)
          .filter((v) => v.driver.id.eq(p.id))
          .orderBy((v) => v.vin.asc())
          .limit(1)
          .asScalar((v) => v.owner.to.name),
      }))
      .fetchAll(ctx);
    expect(latest).toEqual([
      { name: 'Ada', boss: null },
      { name: 'Ben', boss: 'Ada' },
      { name: 'Cyd', boss: null },
      { name: 'Dee', boss: 'Cyd' },
    ]);
  });
  test('of an outer query is joined there, once', async ({ ctx }) => {
    await people(ctx);
    const set = query(Vehicle)
      .filter((v) =>
        exists(
          query(Club).filter(
            (c) => c.title.eq('chess'),
            () => v.owner.to.mentor.to.name.eq('Ada'),
          ),
        ),
      )
      .select((v) => ({ vin: v.vin, mentor: v.owner.to.mentor.to.name }));
    expect(set.toSql().text.match(/JOIN/g)).toHaveLength(2);
    expect(await set.fetchAll(ctx)).toEqual([{ vin: 'b1', mentor: 'Ada' }]);
  });
  test('belongs to its query, as every expression does', () => {
    let stray: any;
    query(Vehicle).filter((v) => {
      stray = v.owner.to.name;
      return v.year.gt(1);
    });
    expect(() => query(Club).filter(() => stray.eq('x'))).toThrow(
      expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: 'scope' })] }),
    );
  });
  test('has one statement for any values', () => {
    const text = (name: string) =>
      query(Vehicle)
        .filter((v) => v.owner.to.mentor.to.name.eq(name))
        .toSql().text;
    expect(new Set(['a', 'b', "c'"].map(text)).size).toBe(1);
  });
  test('is evaluated in memory where the relations are on the row', async ({ ctx }) => {
    await people(ctx);
    const ofBen = query(Vehicle)
      .filter((v) => v.driver.to.age.gte(40))
      .predicate();
    const vehicles = await query(Vehicle)
        .orderBy((v) => v.vin.asc())
        .fetchAll(ctx),
      all = await query(Person).fetchAll(ctx);
    const loaded = vehicles.map((v) => ({ ...v, driver: all.find((p) => p.id === v.driverId) ?? null }));
    expect(loaded.map((v) => evaluate(ofBen, v))).toEqual([true, null, true, false]);
    expect(() => evaluate(ofBen, vehicles[0]!)).toThrow(expect.objectContaining({ code: 'PREDICATE', field: 'driver' }));
  });
  test('has nothing to lead to on a field without a relation', () => {
    expect(() => query(Passport).filter((p: any) => p.holder.to.nothing.eq(1))).toThrow(
      expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ path: 'nothing', rule: 'unknown_field' })] }),
    );
  });
});
