// What the compiler knows of batched gets.

import type { Context } from '@djogi/core';
import { batched, query } from '@djogi/query';
import { AuthorPublic } from '../support/blog.ts';
import { type Club, type Passport, Person, Vehicle } from '../support/garage.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <Same extends true>(_same?: Same): void => undefined;

export async function types(ctx: Context, person: Person, vehicle: Vehicle): Promise<void> {
  const people = batched(Person, ctx),
    vehicles = batched(Vehicle, ctx);
  const got = await people.get(person.id),
    found = await people.find(vehicle.ownerId),
    many = await people.related('vehicles', person),
    one = await people.related('passport', person),
    owner = await vehicles.related('owner', vehicle),
    driver = await vehicles.related('driver', vehicle),
    clubs = await people.related('clubs', await query(Person).prefetch('vehicles').fetchOne(ctx));
  is<Equal<typeof got, Person>>();
  is<Equal<typeof found, Person | null>>();
  is<Equal<typeof many, Vehicle[]>>();
  is<Equal<typeof one, Passport | null>>();
  is<Equal<typeof owner, Person>>();
  is<Equal<typeof driver, Person | null>>();
  is<Equal<typeof clubs, Club[]>>();
  (await batched(AuthorPublic, ctx).get(null!)) satisfies AuthorPublic;

  // @ts-expect-error an id of another model
  await people.get(vehicle.id);
  // @ts-expect-error may be null
  (await people.find(person.id)).name;
  // @ts-expect-error null is no id
  await people.get(vehicle.driverId);
  // @ts-expect-error a field is no relation
  await people.related('name', person);
  // @ts-expect-error a row of another model
  await people.related('vehicles', vehicle);
  // @ts-expect-error a context is not left out
  batched(Person);
}
