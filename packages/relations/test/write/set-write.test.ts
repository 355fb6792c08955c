// Paths and related rows in updates and deletes of sets, where no join can stand: a path is a subquery there.

import { coalesce } from '@djogi/core';
import { query } from '@djogi/query';
import { djogiTest } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { models, Person, Vehicle } from '../support/garage.ts';
import { people } from '../support/people.ts';

const test = djogiTest({ models });
const vins = (rows: readonly { vin: string }[]): string[] => rows.map(({ vin }) => vin).sort((left, right) => left.localeCompare(right));

describe('a write of a set', () => {
  test('is filtered by rows that it leads to, and by those that lead to it', async ({ ctx }) => {
    await people(ctx);
    const ofAda = query(Vehicle).filter((v) => v.owner.to.name.eq('Ada'));
    const update = ofAda.update({ year: 1999 });
    expect(update.toSql()).toEqual({
      text:
        'UPDATE "vehicles" SET "year" = $1, "updated_at" = date_trunc(\'milliseconds\', now()) ' +
        'WHERE (SELECT "owner"."name" FROM "people" AS "owner" WHERE "vehicles"."owner_id" = "owner"."id") = $2',
      values: [1999, 'Ada'],
    });
    expect(await update.execute(ctx)).toBe(2);
    expect(
      vins(
        await query(Vehicle)
          .filter((v) => v.year.eq(1999))
          .fetchAll(ctx),
      ),
    ).toEqual(['a1', 'a2']);
    const owners = query(Person).filter((p) => p.vehicles.some((v) => v.year.eq(1999)));
    expect(await owners.update({ age: 1 }).execute(ctx)).toBe(1);
    expect(vins(await ofAda.delete().returning(ctx))).toEqual(['a1', 'a2']);
    expect(await ofAda.count(ctx)).toBe(0);
  });

  test('takes values along a path, and gives back what is at the end of one: of the row as it is and as it was', async ({ ctx }) => {
    await people(ctx);
    const [ada] = await query(Person)
      .filter((p) => p.name.eq('Ada'))
      .fetchAll(ctx);
    const one = query(Vehicle).filter((v) => v.vin.eq('b1'));
    await one.update((v) => ({ year: coalesce(v.owner.to.age, 0) })).execute(ctx);
    const { year, owner } = await one.select((v) => ({ year: v.year, owner: v.owner.to.age })).fetchOne(ctx);
    expect(year).toBe(owner ?? 0);
    const changes = await one
      .update({ ownerId: ada!.id })
      .returning(ctx, (v, old) => ({ vin: v.vin, is: v.owner.to.name, was: old.owner.to.name, key: old.owner.id }));
    expect(changes).toEqual([{ vin: 'b1', is: 'Ada', was: 'Ben', key: expect.any(Number) as number }]);
    const was = await one.update((v) => ({ year: v.year.add(1) })).returning(ctx, (_, old) => ({ mentor: old.owner.to.mentor.to.name }));
    expect(was).toEqual([{ mentor: null }]);
  });

  test('loads nothing beside its rows: selectRelated and prefetch are refused by their names', () => {
    for (const [modifier, set] of [
      ['selectRelated', query(Vehicle).selectRelated('owner')],
      ['prefetch', query(Vehicle).prefetch('owner')],
    ] as const) {
      const refused = expect.objectContaining({
        code: 'VALIDATION',
        issues: [expect.objectContaining({ rule: 'modifier', message: expect.stringContaining(modifier) as string })],
      }) as Error;
      expect(() => set.update({ year: 1 })).toThrow(refused);
      expect(() => set.delete()).toThrow(refused);
    }
  });
});
