// The questions. Each is a function, and what is printed as "the TypeScript that asked" is that function's own source.

import {
  caseWhen,
  countAll,
  exists,
  grouping,
  headline,
  jsonAsText,
  jsonHasKey,
  matches,
  rowNumber,
  trgmWordSimilarity,
  trgmWordSimilarTo,
  webSearch,
  type Context,
} from '@djogi/core';
import { query } from '@djogi/query';
import { Airport, City, Country, CountryAdmin, CountryPublic } from './models.ts';

/** Rows to show, each an object of plain values. */
export type Answer = readonly Readonly<Record<string, unknown>>[];
export interface Question {
  readonly title: string;
  readonly ask: (ctx: Context) => Promise<Answer>;
}

export const questions: readonly Question[] = [
  {
    title: 'Which are the largest cities of the world?',
    ask: (ctx) =>
      query(City)
        .orderBy((c) => c.population.desc())
        .limit(8)
        .select((c) => ({ city: c.name, country: c.country.to.name, population: c.population }))
        .fetchAll(ctx),
  },
  {
    title: 'Which large countries have no coast?',
    ask: (ctx) =>
      query(Country)
        .filter(
          (c) => c.isLandlocked,
          (c) => c.areaKm2.gte(500_000),
        )
        .orderBy((c) => c.areaKm2.desc())
        .select((c) => ({ country: c.name, capitals: c.capitals, km2: c.areaKm2 }))
        .fetchAll(ctx),
  },
  {
    title: 'Who are the neighbours of Germany?',
    ask: (ctx) =>
      query(Country)
        .filter((c) => c.neighbours.some((n) => n.code.eq('DE')))
        .orderBy((c) => c.name.asc())
        .select((c) => ({ neighbour: c.name, capital: c.capital.to.name, people: c.capital.to.population, languages: c.languages }))
        .fetchAll(ctx),
  },
  {
    title: 'Where do people speak both French and English?',
    ask: (ctx) =>
      query(Country)
        .filter((c) => c.languages.contains(['fra', 'eng']))
        .orderBy((c) => [c.region.asc(), c.name.asc()])
        .limit(10)
        .select((c) => ({ country: c.name, region: c.region, languages: c.languages }))
        .fetchAll(ctx),
  },
  {
    title: 'What is the largest place of each Nordic country?',
    ask: (ctx) =>
      query(City)
        .filter((c) => c.country.id.in(['DK', 'FI', 'IS', 'NO', 'SE']))
        .distinctOn((c) => c.country.id)
        .orderBy((c) => [c.country.id.asc(), c.population.desc()])
        .select((c) => ({ country: c.country.id, city: c.name, population: c.population }))
        .fetchAll(ctx),
  },
  {
    title: 'Which cities of a hundred thousand lie furthest north?',
    ask: (ctx) =>
      query(City)
        .filter((c) => c.population.gte(100_000))
        .orderBy((c) => c.latitude.desc())
        .limit(6)
        .select((c) => ({ city: c.name, country: c.country.id, latitude: c.latitude }))
        .fetchAll(ctx),
  },
  {
    title: 'Which million cities lie within three degrees of the equator?',
    ask: (ctx) =>
      query(City)
        .filter(
          (c) => c.latitude.between(-3, 3),
          (c) => c.population.gte(1_000_000),
        )
        .orderBy((c) => c.population.desc())
        .select((c) => ({ city: c.name, country: c.country.id, latitude: c.latitude, population: c.population }))
        .fetchAll(ctx),
  },
  {
    title: 'Which airports lie higher than 13,000 feet?',
    ask: (ctx) =>
      query(Airport)
        .filter((a) => a.altitudeFeet.gt(13_000))
        .orderBy((a) => a.altitudeFeet.desc())
        .select((a) => ({ airport: a.name, iata: a.iata, country: a.country.to.name, metres: a.altitudeFeet.mul(3048).div(10_000) }))
        .fetchAll(ctx),
  },
  {
    title: 'How many places are there, and of how many is the population not known?',
    ask: async (ctx) => {
      const [places, unknown] = await Promise.all([
        query(City).count(ctx),
        query(City)
          .filter((c) => c.population.eq(0))
          .count(ctx),
      ]);
      return [{ places, unknown }];
    },
  },
  {
    title: 'How many people live in all of these places together? (read one by one, through a cursor)',
    ask: (ctx) =>
      ctx.atomic(
        async (tx) => {
          let people = 0,
            places = 0;
          for await (const place of query(City)
            .select((c) => ({ population: c.population }))
            .stream(tx, { batchSize: 5000 })) {
            people += place.population;
            places++;
          }
          return [{ places, people }];
        },
        { readOnly: true },
      ),
  },
  {
    title: 'How many countries has each region, how many of them without a coast, and how much land? (with a total)',
    ask: (ctx) =>
      query(Country)
        .rollup((c) => ({ region: c.region }))
        .annotate((c, k) => ({
          countries: countAll(),
          landlocked: countAll().filter(c.isLandlocked),
          km2: c.areaKm2.sum().round(),
          isTotal: grouping(k.region),
        }))
        .orderBy((g) => [g.isTotal.asc(), g.km2.desc()])
        .fetchAll(ctx),
  },
  {
    title: 'What are the two largest places of each Baltic country, and which share of its people live there?',
    ask: async (ctx) => {
      const places = await query(City)
        .filter((c) => c.country.id.in(['EE', 'LT', 'LV']))
        .annotate((c) => ({
          place: rowNumber().over({ partitionBy: [c.country.id], orderBy: [c.population.desc()] }),
          percent: c.population.mul(100).div(c.population.sum().over({ partitionBy: [c.country.id] })),
          running: c.population.sum().over({ partitionBy: [c.country.id], orderBy: [c.population.desc()] }),
        }))
        .qualify((a) => a.place.lte(2))
        .orderBy((c) => [c.country.id.asc(), c.population.desc()])
        .fetchAll(ctx);
      return places.map(({ row, ...values }) => ({ country: row.countryId, city: row.name, ...values }));
    },
  },
  {
    title: 'Which countries have more than 4,000 places, and how are these spread over sizes?',
    ask: (ctx) =>
      query(City)
        .groupBy((c) => ({ country: c.country.id }))
        .annotate((c) => ({
          places: countAll(),
          large: countAll().filter(c.population.gte(100_000)),
          average: c.population.avg().round(),
          kind: caseWhen(countAll().filter(c.population.gte(100_000)).gte(100), 'many large cities').otherwise('mostly towns'),
        }))
        .having((g) => g.places.gt(4_000))
        .orderBy((g) => g.places.desc())
        .fetchAll(ctx),
  },
  {
    title: 'What is the largest place of the largest countries of Oceania, and how many airports do they have? (subqueries)',
    ask: (ctx) =>
      query(Country)
        .filter(
          (c) => c.region.eq('Oceania'),
          (c) => exists(query(Airport).filter((a) => a.country.id.eq(c.code))),
        )
        .orderBy((c) => c.areaKm2.desc())
        .limit(6)
        .select((c) => ({
          country: c.name,
          largest: query(City)
            .filter((place) => place.country.id.eq(c.code))
            .orderBy((place) => place.population.desc())
            .limit(1)
            .asScalar((place) => place.name),
          airports: query(Airport)
            .filter((a) => a.country.id.eq(c.code))
            .asScalar((a) => a.id.count()),
        }))
        .fetchAll(ctx),
  },
  {
    title: 'What are the neighbours of France called in Japanese, and who lives there? (paths into a JSON document)',
    ask: (ctx) =>
      query(Country)
        .filter(
          (c) => c.neighbours.some((n) => n.code.eq('FR')),
          (c) => c.profile.translations.jpn.common.isNotNull(),
        )
        .orderBy((c) => c.profile.demonyms.eng.f.asc())
        .select((c) => ({
          country: c.name,
          japanese: c.profile.translations.jpn.common,
          people: c.profile.demonyms.eng.f,
          domains: c.profile.tld,
        }))
        .fetchAll(ctx),
  },
  {
    title: 'In how many countries can one pay with these currencies, and in how many zones of telephone numbers is that?',
    ask: async (ctx) => {
      const currencies = ['EUR', 'USD', 'XOF', 'AUD'];
      return Promise.all(
        currencies.map(async (currency) => ({
          currency,
          ...(await query(Country)
            .filter((c) => jsonHasKey(c.profile.currencies, currency))
            .aggregate(ctx, (c) => ({ countries: countAll(), zones: c.profile.idd.root.count().distinct() }))),
        })),
      );
    },
  },
  {
    title: 'Which regional groups of the United Nations have most members? (grouped by a key of the document)',
    ask: (ctx) =>
      query(Country)
        .filter(
          (c) => c.isUnMember,
          (c) => c.profile.unRegionalGroup.neq(''),
        )
        .groupBy((c) => ({ group: jsonAsText(c.profile.unRegionalGroup) }))
        .annotate((c) => ({ members: countAll(), km2: c.areaKm2.sum().round() }))
        .orderBy((g) => [g.members.desc(), g.group.asc()])
        .fetchAll(ctx),
  },
  {
    title: 'Which countries call themselves democratic or a federation? (full-text search, the best first)',
    ask: (ctx) => {
      const words = webSearch('democratic or federation');
      return query(Country)
        .filter((c) => c.search.matches(words))
        .orderBy((c) => [c.search.rank(words).desc(), c.name.asc()])
        .limit(6)
        .select((c) => ({
          country: c.name,
          found: headline(c.officialName, words, { config: 'english', startSel: '[', stopSel: ']' }),
          rank: c.search.rank(words).mul(100).round(),
        }))
        .fetchAll(ctx);
    },
  },
  {
    title: 'Which airport is meant by "Charles de Gaule"? (trigrams: what is spelled alike)',
    ask: (ctx) =>
      query(Airport)
        .filter((a) => trgmWordSimilarTo(a.name, 'Charles de Gaule'))
        .orderBy((a) => [trgmWordSimilarity(a.name, 'Charles de Gaule').desc(), a.name.asc()])
        .limit(4)
        .select((a) => ({
          airport: a.name,
          iata: a.iata,
          country: a.countryName,
          percent: trgmWordSimilarity(a.name, 'Charles de Gaule').mul(100).round(),
        }))
        .fetchAll(ctx),
  },
  {
    title: 'Which countries have most neighbours, and who are they? (two statements, whatever the number of countries)',
    ask: async (ctx) => {
      const countries = await query(Country)
        .orderBy((c) => [c.neighbours.count().desc(), c.name.asc()])
        .limit(5)
        .selectRelated('capital')
        .prefetch('neighbours', (n) => n.orderBy((c) => c.name.asc()))
        .fetchAll(ctx);
      return countries.map(({ label, capital, neighbours }) => ({
        country: label,
        capital: capital?.name,
        neighbours: neighbours.map((n) => n.code).join(' '),
      }));
    },
  },
  {
    title: 'Which airports lie furthest from the country they belong to, as the nearest place is another one’s? (paths over relations)',
    ask: (ctx) =>
      query(Airport)
        .filter(
          (a) => a.nearest.to.country.id.neq(a.country.id),
          (a) => a.country.to.region.neq(a.nearest.to.country.to.region),
        )
        .orderBy((a) => [a.country.to.name.asc(), a.name.asc()])
        .limit(8)
        .select((a) => ({
          airport: a.name,
          of: a.country.to.name,
          nearest: a.nearest.to.name,
          in: a.nearest.to.country.to.name,
          capital: a.country.to.capital.to.name,
        }))
        .fetchAll(ctx),
  },
  {
    title: 'Which three airports of each Nordic country lie highest? (a limit for each country)',
    ask: async (ctx) => {
      const countries = await query(Country)
        .filter((c) => c.code.in(['DK', 'FI', 'IS', 'NO', 'SE']))
        .orderBy((c) => c.name.asc())
        .prefetch('airports', (a) =>
          a
            .orderBy((x) => [x.altitudeFeet.desc(), x.name.asc()])
            .limit(3)
            .select((x) => ({ name: x.name, feet: x.altitudeFeet })),
        )
        .fetchAll(ctx);
      return countries.map(({ name, airports }) => ({ country: name, airports: airports.map((a) => `${a.name} ${a.feet}`).join(', ') }));
    },
  },
  {
    title: 'What does the public see of Luxembourg, and what do the keepers of the atlas? (as JSON)',
    ask: async (ctx) => {
      const [open, kept] = await Promise.all([
        query(CountryPublic)
          .filter((c) => c.code.eq('LU'))
          .fetchOne(ctx),
        query(CountryAdmin)
          .filter((c) => c.code.eq('LU'))
          .fetchOne(ctx),
      ]);
      return [
        { audience: 'public', json: JSON.stringify(open) },
        { audience: 'admin', json: JSON.stringify(kept) },
      ];
    },
  },
  {
    title: 'Which European countries are no members of the United Nations? (once by the database, once in memory)',
    ask: async (ctx) => {
      const outside = query(Country)
        .filter((c) => c.region.eq('Europe'))
        .exclude((c) => c.isUnMember);
      const fromDatabase = await outside.orderBy((c) => c.name.asc()).fetchAll(ctx);
      const inMemory = (await query(Country).fetchAll(ctx)).filter((country) => matches(outside.predicate(), country));
      return fromDatabase.map((country) => ({ country: country.label, inMemoryToo: inMemory.some((other) => other.id === country.id) }));
    },
  },
  {
    title: 'What does a change look like? (in a transaction that is rolled back)',
    ask: async (ctx) => {
      const rollback = new Error('only looking');
      const steps: { step: string; created: boolean; population: number }[] = [];
      await ctx
        .atomic(async (tx) => {
          const place = { geonameId: 1, name: 'Atlantis', countryId: 'GR', feature: 'PPLH', latitude: 36.4, longitude: 25.4 };
          const { row, created } = await query(City).upsert(tx, place, { conflict: ['geonameId'] });
          steps.push({ step: 'upsert', created, population: row.population });
          await row.update(tx, { population: 1_000 });
          steps.push({ step: 'update', created: false, population: row.population });
          throw rollback;
        })
        .catch((error) => {
          if (error !== rollback) throw error;
        });
      const isThere = await query(City)
        .filter((c) => c.geonameId.eq(1))
        .exists(ctx);
      return steps.map((seen) => ({ ...seen, isThereAfterwards: isThere }));
    },
  },
];
