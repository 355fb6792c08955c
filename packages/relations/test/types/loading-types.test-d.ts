// What the compiler knows of rows whose relations are loaded.

import type { Context } from '@djogi/core';
import { query } from '@djogi/query';
import { type Club, type Passport, Person, Vehicle } from '../support/garage.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <Same extends true>(_same?: Same): void => undefined;

export async function types(ctx: Context): Promise<void> {
  const vehicles = await query(Vehicle).selectRelated('owner', 'driver').fetchAll(ctx);
  const [vehicle] = vehicles;
  vehicle!.owner satisfies Person;
  is<Equal<NonNullable<typeof vehicle>['driver'], Person | null>>();
  vehicle!.owner.label satisfies string;
  vehicle! satisfies Vehicle;

  const people = await query(Person).prefetch('vehicles', 'mentor', 'passport', 'clubs').fetchAll(ctx);
  const [person] = people;
  is<Equal<NonNullable<typeof person>['vehicles'], Vehicle[]>>();
  is<Equal<NonNullable<typeof person>['mentor'], Person | null>>();
  is<Equal<NonNullable<typeof person>['passport'], Passport | null>>();
  is<Equal<NonNullable<typeof person>['clubs'], Club[]>>();

  const deep = await query(Person)
    .prefetch('vehicles', (v) =>
      v
        .filter((x) => x.year.gte(2020))
        .orderBy((x) => x.year.desc())
        .limit(3)
        .selectRelated('driver', (d) => d.selectRelated('passport')),
    )
    .first(ctx);
  deep!.vehicles[0]!.driver?.passport?.number satisfies string | undefined;

  const chosen = await query(Person)
    .prefetch('vehicles', (v) => v.select((x) => ({ vin: x.vin, driver: x.driver.to.name })))
    .prefetch('mentor', (m) => m.select((x) => ({ name: x.name })))
    .fetchAll(ctx);
  is<Equal<NonNullable<(typeof chosen)[number]>['vehicles'], { vin: string; driver: string | null }[]>>();
  is<Equal<NonNullable<(typeof chosen)[number]>['mentor'], { name: string } | null>>();

  const beside = await query(Vehicle)
    .selectRelated('owner')
    .annotate((v) => ({ n: v.id.count().over() }))
    .first(ctx);
  beside!.row.owner.name satisfies string;

  // @ts-expect-error may be null
  vehicle!.driver.name;
  // @ts-expect-error not loaded of the owner
  vehicle!.owner.mentor;
  // @ts-expect-error not loaded
  people[0]!.pupils;
  // @ts-expect-error joins load to-one relations only
  query(Person).selectRelated('vehicles');
  // @ts-expect-error no relation
  query(Person).prefetch('name');
  // @ts-expect-error a relation of another model
  query(Person).prefetch('owner');
  // @ts-expect-error not a field of the rows that are loaded
  query(Person).prefetch('vehicles', (v) => v.filter((x) => x.name.eq('x')));
  // @ts-expect-error what the callback gives is no set
  query(Person).prefetch('vehicles', () => 1);
  // @ts-expect-error a chosen object has what was chosen
  chosen[0]!.vehicles[0]!.year;
}
