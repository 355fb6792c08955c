// Relations and queries that are made of others: walks along a foreign key, paths and loading over their rows, arms of set operations.

import { exists } from '@djogi/core';
import { ancestors, cte, descendants, query, walk } from '@djogi/query';
import { djogiTest, expectStatements } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { models, Person, Vehicle } from '../support/garage.ts';
import { people } from '../support/people.ts';

const test = djogiTest({ models });
const named = (name: string) => query(Person).filter((p) => p.name.eq(name));

describe('a walk', () => {
  test('goes along a foreign key, in both directions', async ({ ctx }) => {
    const { ada, ben, cyd } = await people(ctx);
    const down = descendants(named('Ada'), (p) => p.mentor.id).orderBy((p) => p.walk.depth.asc());
    expect((await down.fetchAll(ctx)).map((p) => p.name)).toEqual(['Ada', 'Ben', 'Cyd']);
    const up = await ancestors(named('Cyd'), (p) => p.mentor.id)
      .orderBy((p) => p.walk.depth.desc())
      .select((p) => ({ name: p.name, path: p.walk.path }))
      .fetchAll(ctx);
    expect(up).toEqual([
      { name: 'Ada', path: [cyd.id, ben.id, ada.id] },
      { name: 'Ben', path: [cyd.id, ben.id] },
      { name: 'Cyd', path: [cyd.id] },
    ]);
    await ada.update(ctx, { mentorId: cyd.id });
    expect(await down.count(ctx)).toBe(3);
  });
  test('goes along paths and asks for related rows', async ({ ctx }) => {
    await people(ctx);
    // From everybody to the pupils of those with the mentor's name.
    const byPath = walk(named('Ben'), { from: (p) => p.mentor.to.name, to: (p) => p.name });
    expect((await byPath.orderBy((p) => p.name.asc()).fetchAll(ctx)).map((p) => p.name)).toEqual(['Ada', 'Ben']);
    const steps = descendants(named('Ada'), (p) => p.mentor.id, { where: (p) => p.vehicles.some((v) => v.year.lt(2015)) });
    expect((await steps.orderBy((p) => p.name.asc()).fetchAll(ctx)).map((p) => p.name)).toEqual(['Ada', 'Ben']);
    const young = descendants(named('Ada'), (p) => p.mentor.id, { where: (p) => p.mentor.to.age.gt(50) });
    expect((await young.orderBy((p) => p.name.asc()).fetchAll(ctx)).map((p) => p.name)).toEqual(['Ada', 'Ben']);
  });
  test('loads relations of what it meets', async ({ ctx }) => {
    await people(ctx);
    const tree = descendants(named('Ada'), (p) => p.mentor.id, { depthFirstBy: (p) => p.name });
    const rows = await expectStatements(2, () => tree.selectRelated('mentor').prefetch('vehicles').fetchAll(ctx));
    expect(rows.map((p) => [p.name, p.mentor?.name ?? null, p.vehicles.length])).toEqual([
      ['Ada', null, 2],
      ['Ben', 'Ada', 1],
      ['Cyd', 'Ben', 1],
    ]);
  });
});

describe('the rows of another query', () => {
  test('have paths, related rows and relations to load', async ({ ctx }) => {
    await people(ctx);
    const newest = query(Vehicle)
      .orderBy((v) => v.year.desc())
      .limit(2);
    for (const rows of [query(newest), query(cte('newest', newest)), query(newest.union(newest))]) {
      expect(
        await rows
          .orderBy((v) => v.owner.to.name.asc())
          .select((v) => ({ vin: v.vin, owner: v.owner.to.name }))
          .fetchAll(ctx),
      ).toEqual([
        { vin: 'a2', owner: 'Ada' },
        { vin: 'c1', owner: 'Cyd' },
      ]);
      const loaded = await rows
        .selectRelated('owner')
        .orderBy((v) => v.vin.asc())
        .fetchAll(ctx);
      expect(loaded.map((v) => v.owner.name)).toEqual(['Ada', 'Cyd']);
    }
    const drivers = query(query(Person).distinct()).filter((p) => p.vehicles.some((v) => v.driver.to.name.eq('Dee')));
    expect((await drivers.fetchAll(ctx)).map((p) => p.name)).toEqual(['Cyd']);
    const nested = query(Person).filter((p) => exists(query(newest).filter((v) => v.owner.id.eq(p.id))));
    expect(await nested.count(ctx)).toBe(2);
  });
  test('are combined by the properties of their keys', async ({ ctx }) => {
    const { ada, ben } = await people(ctx);
    const owners = query(Vehicle)
      .select((v) => ({ person: v.owner.id, at: v.owner.to.name }))
      .intersect(query(Person).select((p) => ({ person: p.id, at: p.name })))
      .orderBy((o) => o.at.asc())
      .limit(2);
    expect(await owners.fetchAll(ctx)).toEqual([
      { person: ada.id, at: 'Ada' },
      { person: ben.id, at: 'Ben' },
    ]);
    const ordered = query(Vehicle)
      .union(query(Vehicle))
      .orderBy((o) => [o.ownerId.desc(), o.vin.asc()]);
    expect((await ordered.fetchAll(ctx)).map((v) => v.vin)).toEqual(['c1', 'b1', 'a1', 'a2']);
  });
});

describe('what is refused', () => {
  const arm = (reason: string, side: string): Error => expect.objectContaining({ code: 'SET_OP_ARM_INVALID', reason, side }) as Error;
  const issue = (rule: string): Error =>
    expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule })] }) as Error;

  test('an arm that loads relations', () => {
    const rows = query(Person);
    const union = (one: unknown, other: unknown): unknown => (one as { union: (other: unknown) => unknown }).union(other);
    expect(() => union(rows, rows.prefetch('vehicles'))).toThrow(arm('eager_loading', 'right'));
    expect(() => union(rows, query(Person).selectRelated('mentor'))).toThrow(arm('eager_loading', 'right'));
    expect(() => union(rows.selectRelated('mentor'), rows)).toThrow(arm('eager_loading', 'left'));
  });
  test('rows that load relations, read by another query', () => {
    expect(() => query(query(Person).prefetch('vehicles'))).toThrow(issue('related'));
    expect(() => cte(query(Person).selectRelated('mentor'))).toThrow(issue('related'));
    expect(() => descendants(query(Person).prefetch('vehicles'), (p) => p.mentor.id)).toThrow(issue('related'));
  });
  test('loading relations of chosen columns', () => {
    const names = query(query(Vehicle).select((v) => ({ vin: v.vin, ownerId: v.owner.id })));
    expect(() => (names.prefetch as (name: string) => unknown)('owner')).toThrow(issue('prefetch'));
    expect(() => (names.selectRelated as (name: string) => unknown)('owner')).toThrow(issue('select_related'));
  });
  test('a name that hides a table which only a path reads', () => {
    const rows = query(cte('people', query(Vehicle))).filter((v) => v.owner.to.name.eq('Ada'));
    expect(() => rows.toSql()).toThrow(issue('with'));
  });
});
