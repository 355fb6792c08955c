// What users will try with relations, as the specification tells it.

import { query } from '@djogi/query';
import { djogiTest, expectStatements } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { related, tree } from '../../src/index.ts';
import { Category, forest, models as trees } from '../support/forest.ts';
import { Club, Country, Membership, models, Person, Vehicle } from '../support/garage.ts';

const test = djogiTest({ models: [...models, ...trees] });

describe('what users will try', () => {
  test('16: 500 vehicles with two relations by prefetch are three statements, nulls are null, and owners are shared', async ({ ctx }) => {
    const owners = await query(Person).bulkCreate(
      ctx,
      Array.from({ length: 20 }, (_, at) => ({ name: `P${at}` })),
    );
    await query(Country).bulkCreate(ctx, [{ code: 'no', title: 'Norway' }]);
    await query(Vehicle).bulkCreate(
      ctx,
      Array.from({ length: 500 }, (_, at) => ({
        vin: `v${at}`,
        year: at,
        ownerId: owners[at % 20]!.id,
        driverId: at % 2 === 0 ? owners[at % 7]!.id : null,
      })),
    );
    const rows = await expectStatements(3, async () =>
      query(Vehicle)
        .orderBy((v) => v.year.asc())
        .prefetch('owner', 'driver')
        .fetchAll(ctx),
    );
    expect(rows).toHaveLength(500);
    expect(rows[1]!.driver).toBeNull();
    expect(rows[2]!.driver!.name).toBe('P2');
    expect(rows[0]!.owner).toBe(rows[20]!.owner);
    // A relation without a key among the rows is no statement.
    await expectStatements(1, async () => query(Vehicle).prefetch('country').fetchAll(ctx));
  });
  test('17: a person is added to a group with a role, listed from both sides and in the model between, and removed once', async ({
    ctx,
  }) => {
    const ada = await Person.create(ctx, { name: 'Ada' }),
      chess = await Club.create(ctx, { title: 'chess' });
    const membership = await related(ada).clubs.add(ctx, chess, { role: 'admin' });
    expect(membership).toMatchObject({ personId: ada.id, clubId: chess.id, role: 'admin' });
    expect((await related(ada).clubs.rows().fetchAll(ctx)).map((c) => c.title)).toEqual(['chess']);
    expect((await related(chess).members.rows().fetchAll(ctx)).map((p) => p.name)).toEqual(['Ada']);
    expect(
      await query(Membership)
        .filter((m) => m.role.eq('admin'))
        .count(ctx),
    ).toBe(1);
    expect([await related(ada).clubs.remove(ctx, chess), await related(ada).clubs.remove(ctx, chess)]).toEqual([true, false]);
  });
  test('20: the subtree of a category whose data has a cycle ends, with each row once', async ({ ctx }) => {
    const of = await forest(ctx);
    const rows = await expectStatements(1, async () =>
      tree(Category, 'parent')
        .descendants(of('egg'), { breadthFirstBy: (c) => c.name })
        .fetchAll(ctx),
    );
    expect(rows.map((c) => c.name)).toEqual(['egg', 'hen', 'feather']);
  });
});
