// What the compiler knows of relations before anything is loaded.

import type { Context } from '@djogi/core';
import { query } from '@djogi/query';
import { Person, Vehicle } from '../support/garage.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <Same extends true>(_same?: Same): void => undefined;

export async function types(ctx: Context, person: Person, vehicle: Vehicle): Promise<void> {
  is<Equal<typeof vehicle.ownerId, Person['id']>>();
  is<Equal<typeof vehicle.driverId, Person['id'] | null>>();
  is<Equal<typeof vehicle.countryId, string | null>>();
  is<Equal<typeof person.mentorId, Person['id'] | null>>();
  await Vehicle.create(ctx, { vin: 'x', ownerId: person.id, driverId: null, countryId: 'no' });
  // Behind a getter, too, a key is assigned like any other property.
  person.mentorId = person.id;
  await person.save(ctx);

  const rows = await query(Vehicle)
    .select((v) => ({
      owner: v.owner.to.name,
      id: v.owner.id,
      driver: v.driver.to.name,
      chief: v.owner.to.mentor.to.name,
      chiefId: v.owner.to.mentor.id,
      passport: v.owner.to.passport.to.number,
      pupils: v.owner.to.pupils.count(),
      oldest: v.owner.to.pupils.aggregate((p) => p.age.max()),
      shout: v.driver.to.shout,
    }))
    .fetchAll(ctx);
  is<
    Equal<
      typeof rows,
      {
        owner: string;
        id: Person['id'];
        driver: string | null;
        chief: string | null;
        chiefId: Person['id'] | null;
        passport: string | null;
        pupils: number;
        oldest: number | null;
        shout: string | null;
      }[]
    >
  >();

  query(Vehicle).filter(
    (v) => v.owner.id.eq(person),
    (v) => v.driver.id.neq(person),
    (v) => v.driver.id.eq(null),
    (v) => v.owner.id.in([person, person]),
    (v) => v.owner.id.in([person.id]),
    (v) => v.owner.id.notIn([person]),
    (v) => v.owner.id.eq(v.driver.id),
    (v) => v.owner.id.in(query(Person).asSubquery((p) => p.id)),
  );
  // @ts-expect-error a row of another model
  query(Vehicle).filter((v) => v.owner.id.eq(vehicle));
  // @ts-expect-error rows of another model
  query(Vehicle).filter((v) => v.owner.id.in([vehicle]));
  // @ts-expect-error a row is no text
  query(Vehicle).filter((v) => v.vin.eq(person));
  // @ts-expect-error a row has no place in an order
  query(Vehicle).filter((v) => v.owner.id.gt(person));
  // @ts-expect-error a key is written by its value
  await Vehicle.create(ctx, { vin: 'x', ownerId: person });

  // @ts-expect-error not loaded: nothing to read, so no hidden query
  vehicle.owner;
  // @ts-expect-error a to-many relation is never a property of a plain row
  person.vehicles;
  // @ts-expect-error an id of another model
  await Vehicle.create(ctx, { vin: 'x', ownerId: vehicle.id });
  // @ts-expect-error a required key
  await Vehicle.create(ctx, { vin: 'x' });
  // @ts-expect-error the other side is no input
  await Person.create(ctx, { name: 'x', vehicles: [] });
  // @ts-expect-error a to-many relation is not a path
  query(Person).filter((p) => p.vehicles.to.year.gte(1));
  // @ts-expect-error an id of another model
  query(Vehicle).filter((v) => v.owner.id.eq(vehicle.id));
  // @ts-expect-error not a field of the other model
  query(Vehicle).filter((v) => v.owner.to.colour.eq('red'));
  // @ts-expect-error a number has no text lookups
  query(Vehicle).filter((v) => v.owner.to.age.startsWith('1'));
  // @ts-expect-error a relation itself is no condition
  query(Person).filter((p) => p.vehicles);
  // @ts-expect-error not a field of the related model
  query(Person).filter((p) => p.vehicles.some((v) => v.colour.eq('red')));
}
