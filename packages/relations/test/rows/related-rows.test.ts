// Conditions on and aggregates of the many rows of a relation: one correlated subquery each, and never more rows of the query itself.

import { query } from '@djogi/query';
import { djogiTest } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { Club, models, Person } from '../support/garage.ts';
import { people } from '../support/people.ts';

const test = djogiTest({ models });
const names = (rows: readonly { name: string }[]) => rows.map((row) => row.name).sort();

describe('rows of a relation', () => {
  test('are asked whether there is one that fits', async ({ ctx }) => {
    await people(ctx);
    const set = query(Person).filter((p) => p.vehicles.some((v) => v.year.gte(2020)));
    expect(set.toSql()).toEqual({
      text: expect.stringContaining(
        ' FROM "people" WHERE EXISTS (SELECT 1 FROM "vehicles" WHERE "vehicles"."owner_id" = "people"."id" AND "vehicles"."year" >= $1)',
      ),
      values: [2020],
    });
    expect(names(await set.fetchAll(ctx))).toEqual(['Ada', 'Cyd']);
    expect(
      names(
        await query(Person)
          .filter((p) => p.vehicles.some())
          .fetchAll(ctx),
      ),
    ).toEqual(['Ada', 'Ben', 'Cyd']);
  });
  test('are asked whether none or all fit, a condition that is unknown being one that does not', async ({ ctx }) => {
    await people(ctx);
    expect(
      names(
        await query(Person)
          .filter((p) => p.vehicles.none((v) => v.year.lt(2020)))
          .fetchAll(ctx),
      ),
    ).toEqual(['Cyd', 'Dee']);
    expect(
      names(
        await query(Person)
          .filter((p) => p.vehicles.none())
          .fetchAll(ctx),
      ),
    ).toEqual(['Dee']);
    // The driver of a2 is unknown, so that not all of Ada's are driven by Ben.
    expect(
      names(
        await query(Person)
          .filter((p) => p.vehicles.every((v) => v.driver.to.name.eq('Ben')))
          .fetchAll(ctx),
      ),
    ).toEqual(['Ben', 'Dee']);
  });
  test('are counted and aggregated without multiplying what is around them', async ({ ctx }) => {
    await people(ctx);
    const rows = await query(Person)
      .annotate((p) => ({
        vehicles: p.vehicles.count(),
        modern: p.vehicles.count((v) => v.year.gte(2015)),
        latest: p.vehicles.aggregate((v) => v.year.max()),
        clubs: p.clubs.count(),
        pupils: p.pupils.count(),
      }))
      .orderBy((p) => [p.vehicles.desc(), p.name.asc()])
      .fetchAll(ctx);
    expect(rows.map(({ row, ...counts }) => [row.name, ...Object.values(counts)])).toEqual([
      ['Ada', 2, 1, 2020, 1, 1],
      ['Ben', 1, 0, 2010, 2, 1],
      ['Cyd', 1, 1, 2021, 0, 0],
      ['Dee', 0, 0, null, 0, 0],
    ]);
  });
  test('over a model between the two are joined through it', async ({ ctx }) => {
    await people(ctx);
    const set = query(Person).filter((p) => p.clubs.some((c) => c.title.eq('chess')));
    expect(set.toSql().text).toContain(
      'EXISTS (SELECT 1 FROM "memberships" JOIN "clubs" ON "clubs"."id" = "memberships"."club_id" WHERE "memberships"."person_id" = "people"."id" AND "clubs"."title" = $1)',
    );
    expect(names(await set.fetchAll(ctx))).toEqual(['Ada', 'Ben']);
    const clubs = await query(Club)
      .filter((c) => c.members.every((m) => m.age.gte(40)))
      .orderBy((c) => c.title.asc())
      .fetchAll(ctx);
    expect(clubs.map((club) => club.title)).toEqual(['chess', 'rowing', 'sleep']);
  });
  test('are nested, of their own table too', async ({ ctx }) => {
    await people(ctx);
    const set = query(Person).filter((p) =>
      p.pupils.some((pupil) => pupil.vehicles.some((v) => v.year.gt(2000)).and(pupil.age.gt(p.vehicles.count()))),
    );
    expect(names(await set.fetchAll(ctx))).toEqual(['Ada']);
    expect(
      names(
        await query(Person)
          .filter((p) => p.pupils.some((pupil) => pupil.pupils.some()))
          .fetchAll(ctx),
      ),
    ).toEqual(['Ada']);
  });
  test('stand on a path', async ({ ctx }) => {
    await people(ctx);
    const rows = await query(Person)
      .filter((p) => p.mentor.to.vehicles.count().gt(1))
      .select((p) => ({ name: p.name, of: p.mentor.to.vehicles.aggregate((v) => v.vin.max()) }))
      .fetchAll(ctx);
    expect(rows).toEqual([{ name: 'Ben', of: 'a2' }]);
  });
  test('refuse what is no aggregate, no condition and no expression of theirs', () => {
    const rule = (expected: string) =>
      expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: expected })] });
    expect(() => query(Person).filter((p: any) => p.vehicles.aggregate((v: any) => v.year).gt(1))).toThrow(rule('aggregate'));
    expect(() => query(Person).filter((p: any) => p.vehicles.some(true))).toThrow(rule('callback'));
    expect(() => query(Person).filter((p: any) => p.vehicles.every(undefined))).toThrow(rule('callback'));
    expect(() => query(Person).filter((p: any) => p.vehicles.some((v: any) => v.colour.eq(1)))).toThrow(rule('unknown_field'));
  });
});
