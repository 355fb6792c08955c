// `f.id` holds what the key kind holds, or the branded id of a named model.

import { f, model, pk, type Context } from '@djogi/core';

class Person extends model('people', { name: f.text() }) {}
class Car extends model('cars', { owner: f.id<Person['id']>(pk.heerIdDesc()), legacyOwner: f.id(pk.serial()).nullable() }) {}

declare const ctx: Context;
declare const person: Person;
declare const car: Car;

await Car.create(ctx, { owner: person.id, legacyOwner: 7 });
await Person.get(ctx, car.owner);
car.legacyOwner satisfies number | null;

// @ts-expect-error A plain string is no person's id.
await Car.create(ctx, { owner: '1' });
// @ts-expect-error A car's id is no person's.
await Car.create(ctx, { owner: car.id });
// @ts-expect-error People have no serial keys.
f.id<Person['id']>(pk.serial());
// @ts-expect-error The value of a serial key is a number.
f.id(pk.serial()).default('1');
