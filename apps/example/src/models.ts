// The atlas: countries and their borders, places and airports. Declared once; the tables, the rows' types, the queries and what each audience sees follow.

import { check, f, index, model, opclass, pgEnum, visage, type InferEnum } from '@djogi/core';
import { foreignKey, hasMany, manyToMany } from '@djogi/relations';
import { profileSchema } from './profile.ts';

export const Region = pgEnum('region', ['Africa', 'Americas', 'Antarctic', 'Asia', 'Europe', 'Oceania']);
export type Region = InferEnum<typeof Region>;

export class Country extends model('countries', {
  code: f.varchar(2).unique().comment('ISO 3166-1 alpha-2').expose('public', 'admin'),
  code3: f.varchar(3).unique().comment('ISO 3166-1 alpha-3'),
  name: f.text({ maxLength: 80 }).expose('public', 'admin'),
  officialName: f.text().expose('admin'),
  region: f.enum(Region).index().expose('public', 'admin'),
  subregion: f.text().nullable(),
  capitals: f.array(f.text()),
  languages: f.array(f.text()).index(),
  currencies: f.array(f.text()),
  profile: f.jsonb(profileSchema).index().comment('what has a form of its own for each country'),
  search: f.tsvector({ config: 'english', sources: { A: ['name'], B: ['officialName'] } }),
  areaKm2: f.double().nullable().expose('public', 'admin'),
  isLandlocked: f.boolean(),
  isIndependent: f.boolean().nullable(),
  isUnMember: f.boolean().expose('admin'),
  latitude: f.double(),
  longitude: f.double(),
  // Countries and cities refer to each other, so these are getters.
  get capital() {
    return foreignKey(City, { onDelete: 'setNull' }).nullable().expose('public', 'admin');
  },
  get cities() {
    return hasMany(City, 'country');
  },
  get airports() {
    return hasMany(Airport, 'country').expose('admin');
  },
  get neighbours() {
    return manyToMany(Country, { through: Border, from: 'country', to: 'neighbour' }).expose('public', 'admin');
  },
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

/** One side of a border: two countries that touch have two of them. */
export class Border extends model('borders', {
  get country() {
    return foreignKey(Country, { onDelete: 'cascade' });
  },
  get neighbour() {
    return foreignKey(Country, { onDelete: 'cascade' });
  },
}) {
  static readonly tableObjects = [index(Border, (b) => [b.country.id, b.neighbour.id], { unique: true })];
}

export class City extends model('cities', {
  geonameId: f.int().unique().comment('the identifier that GeoNames gives the place'),
  name: f.text({ maxLength: 200 }).index().expose('public', 'admin'),
  country: foreignKey(Country, { to: 'code', index: false }).column('country_code'),
  feature: f.varchar(5).comment('GeoNames feature code: PPLC is a capital'),
  population: f.int().default(0).expose('public', 'admin'),
  latitude: f.double(),
  longitude: f.double(),
}) {
  static readonly tableObjects = [
    index(City, (c) => [c.country.id, c.population.desc()]),
    index(City, (c) => [c.population.desc()]),
    check(City, 'population_not_negative', (c) => c.population.gte(0)),
  ];
}

export class Airport extends model('airports', {
  iata: f.varchar(3).nullable().expose('admin'),
  icao: f.varchar(4).unique(),
  name: f.text().expose('admin'),
  city: f.text().nullable(),
  countryName: f.text().comment('as the package has it'),
  country: foreignKey(Country, { to: 'code', index: false }).nullable().column('country_code'),
  nearest: foreignKey(City, { to: 'geonameId', onDelete: 'setNull' }).nullable().comment('the place that lies nearest'),
  altitudeFeet: f.int(),
  timeZone: f.text().nullable(),
  latitude: f.double(),
  longitude: f.double(),
}) {
  static readonly tableObjects = [
    index(Airport, (a) => [a.iata], { unique: true, where: (a) => a.iata.isNotNull() }),
    index(Airport, (a) => [a.country.id, a.city]),
    index(Airport, (a) => [opclass(a.name, 'gin_trgm_ops')], { using: 'gin' }),
  ];
}

export const models = [Country, Border, City, Airport];

/** What the public sees of the atlas. */
export class CityPublic extends visage(City, 'public') {}
export class CountryName extends visage(Country, 'public') {}
export class CountryPublic extends visage(Country, 'public', { capital: CityPublic, neighbours: CountryName }) {}

/** What its keepers see. */
export class AirportAdmin extends visage(Airport, 'admin') {}
export class CountryAdmin extends visage(
  Country,
  'admin',
  { capital: City, neighbours: CountryName, airports: AirportAdmin },
  { derived: (c) => ({ isCoastal: c.isLandlocked.eq(false) }) },
) {}
