// The atlas: countries, places and airports. Declared once; the tables, the rows' types and the queries follow.

import { check, f, index, model, opclass, pgEnum, type InferEnum } from '@djogi/core';
import { profileSchema } from './profile.ts';

export const Region = pgEnum('region', ['Africa', 'Americas', 'Antarctic', 'Asia', 'Europe', 'Oceania']);
export type Region = InferEnum<typeof Region>;

export class Country extends model('countries', {
  code: f.varchar(2).unique().comment('ISO 3166-1 alpha-2'),
  code3: f.varchar(3).unique().comment('ISO 3166-1 alpha-3'),
  name: f.text({ maxLength: 80 }),
  officialName: f.text(),
  region: f.enum(Region).index(),
  subregion: f.text().nullable(),
  capitals: f.array(f.text()),
  languages: f.array(f.text()).index(),
  currencies: f.array(f.text()),
  borders: f.array(f.text()).comment('alpha-3 codes of the neighbours'),
  profile: f.jsonb(profileSchema).index().comment('what has a form of its own for each country'),
  search: f.tsvector({ config: 'english', sources: { A: ['name'], B: ['officialName'] } }),
  areaKm2: f.double().nullable(),
  isLandlocked: f.boolean(),
  isIndependent: f.boolean().nullable(),
  isUnMember: f.boolean(),
  latitude: f.double(),
  longitude: f.double(),
}) {
  static readonly tableObjects = [
    index(Country, (c) => [c.profile.idd.root]),
    check(Country, 'latitude', (c) => c.latitude.between(-90, 90)),
    check(Country, 'longitude', (c) => c.longitude.between(-180, 180)),
  ];

  /** Rows are instances: ordinary getters and methods are welcome. */
  get label() {
    return `${this.name} (${this.code})`;
  }
}

export class City extends model('cities', {
  geonameId: f.int().unique().comment('the identifier that GeoNames gives the place'),
  name: f.text({ maxLength: 200 }).index(),
  countryCode: f.varchar(2),
  feature: f.varchar(5).comment('GeoNames feature code: PPLC is a capital'),
  population: f.int().default(0),
  latitude: f.double(),
  longitude: f.double(),
}) {
  static readonly tableObjects = [
    index(City, (c) => [c.countryCode, c.population.desc()]),
    index(City, (c) => [c.population.desc()]),
    check(City, 'population_not_negative', (c) => c.population.gte(0)),
  ];
}

export class Airport extends model('airports', {
  iata: f.varchar(3).nullable(),
  icao: f.varchar(4).unique(),
  name: f.text(),
  city: f.text().nullable(),
  country: f.text(),
  altitudeFeet: f.int(),
  timeZone: f.text().nullable(),
  latitude: f.double(),
  longitude: f.double(),
}) {
  static readonly tableObjects = [
    index(Airport, (a) => [a.iata], { unique: true, where: (a) => a.iata.isNotNull() }),
    index(Airport, (a) => [a.country, a.city]),
    index(Airport, (a) => [opclass(a.name, 'gin_trgm_ops')], { using: 'gin' }),
  ];
}

export const models = [Country, City, Airport];
