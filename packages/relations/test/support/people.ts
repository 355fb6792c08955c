// Rows for the tests of paths and of loading.

import type { Context } from '@djogi/core';
import { query } from '@djogi/query';
import { Club, Country, Membership, Passport, Person, Vehicle } from './garage.ts';

/** Ada teaches Ben, who teaches Cyd; Dee is alone and owns nothing. */
export async function people(ctx: Context) {
  const [no, pe] = await query(Country).bulkCreate(ctx, [
    { code: 'no', title: 'Norway' },
    { code: 'pe', title: 'Peru' },
  ]);
  const ada = await Person.create(ctx, { name: 'Ada', age: 60 }),
    ben = await Person.create(ctx, { name: 'Ben', age: 40, mentorId: ada.id }),
    cyd = await Person.create(ctx, { name: 'Cyd', mentorId: ben.id }),
    dee = await Person.create(ctx, { name: 'Dee', age: 20 });
  const [a1, a2, b1, c1] = await query(Vehicle).bulkCreate(ctx, [
    { vin: 'a1', year: 1990, ownerId: ada.id, driverId: ben.id, countryId: 'no' },
    { vin: 'a2', year: 2020, ownerId: ada.id },
    { vin: 'b1', year: 2010, ownerId: ben.id, driverId: ben.id, countryId: 'pe' },
    { vin: 'c1', year: 2021, ownerId: cyd.id, driverId: dee.id },
  ]);
  await query(Passport).bulkCreate(ctx, [
    { number: 'P-1', holderId: ada.id },
    { number: 'P-2', holderId: cyd.id },
  ]);
  const [chess, rowing, sleep] = await query(Club).bulkCreate(ctx, [
    { title: 'chess', founded: 1950 },
    { title: 'rowing' },
    { title: 'sleep' },
  ]);
  await query(Membership).bulkCreate(ctx, [
    { personId: ada.id, clubId: chess!.id, role: 'chair' },
    { personId: ben.id, clubId: chess!.id },
    { personId: ben.id, clubId: rowing!.id },
  ]);
  return { no: no!, pe: pe!, ada, ben, cyd, dee, a1: a1!, a2: a2!, b1: b1!, c1: c1!, chess: chess!, rowing: rowing!, sleep: sleep! };
}
