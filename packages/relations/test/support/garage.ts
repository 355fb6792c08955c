// People, their vehicles and clubs: every form of relation, with references to themselves and in cycles.

import { computed, f, model, pk } from '@djogi/core';
import { foreignKey, hasMany, hasOne, manyToMany, oneToOne } from '../../src/index.ts';

export class Country extends model('countries', { code: f.text().unique(), title: f.text() }, { pk: pk.serial() }) {}

export class Person extends model(
  'people',
  {
    name: f.text(),
    age: f.int().nullable(),
    get mentor() {
      return foreignKey(Person, { onDelete: 'setNull' }).nullable();
    },
    get pupils() {
      return hasMany(Person, 'mentor');
    },
    get vehicles() {
      return hasMany(Vehicle, 'owner');
    },
    get passport() {
      return hasOne(Passport, 'holder');
    },
    get clubs() {
      return manyToMany(Club, { through: Membership, from: 'person', to: 'club' });
    },
  },
  { pk: pk.serial() },
) {
  static readonly computed = computed(Person, (p) => ({ shout: p.name.upper() }));
  get label() {
    return `${this.name} (${this.age ?? '?'})`;
  }
}

export class Vehicle extends model(
  'vehicles',
  {
    vin: f.text().unique(),
    year: f.int().default(2000),
    owner: foreignKey(Person, { onDelete: 'cascade' }),
    driver: foreignKey(Person, { onDelete: 'setNull' }).nullable(),
    country: foreignKey(Country, { to: 'code' }).nullable(),
  },
  { pk: pk.serial() },
) {}

export class Passport extends model(
  'passports',
  { number: f.text(), holder: oneToOne(Person, { onDelete: 'cascade' }) },
  { pk: pk.serial() },
) {}

export class Club extends model(
  'clubs',
  {
    title: f.text(),
    founded: f.int().default(1900),
    get members() {
      return manyToMany(Person, { through: Membership, from: 'club', to: 'person' });
    },
  },
  { pk: pk.serial() },
) {}

/** Between people and clubs, with a field of its own. */
export class Membership extends model(
  'memberships',
  {
    person: foreignKey(Person, { onDelete: 'cascade' }),
    club: foreignKey(Club, { onDelete: 'cascade' }),
    role: f.text().default('member'),
  },
  { pk: pk.serial() },
) {}

export const models = [Country, Person, Vehicle, Passport, Club, Membership];
