// Pages by cursor: what is asked, that nothing is skipped or repeated, and which cursors are refused.

import { coalesce, computed, f, model, pgEnum, pk, proxy, type Context, type ExprsOf, type Order } from '@djogi/core';
import { rawSql } from '@djogi/core/raw';
import { djogiTest, expectRoundTrips, setupTestDb, type TestSetup } from '@djogi/testing';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, describe, expect, test as plain } from 'vitest';
import { query, type Page, type QuerySet } from '../../src/index.ts';
import { City, CITY_COLUMNS, nameOf, sent, test } from '../support/cities.ts';
import { KINDS, ROW_COUNT, Specimen, specimenInput } from '../support/specimen.ts';
import { columnOf, method, untyped } from '../support/untyped.ts';

const refused = (rule: string, path = ''): Error =>
  expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule, path })] }) as Error;

const byPopulation = query(City).orderBy((c) => c.population.desc());
const page = (rest: string, keys: string, by: string): string => `SELECT ${CITY_COLUMNS}, ${keys} FROM "cities"${rest} ORDER BY ${by}`;

/** All rows through pages, and how many there were. */
async function through<Row>(fetch: (after: string | null) => Promise<Page<Row>>): Promise<Row[][]> {
  const pages: Row[][] = [];
  for (let after: string | null = null; ;) {
    const { rows, next } = await fetch(after);
    pages.push(rows);
    if (next === null) return pages;
    after = next;
  }
}

describe('a page', () => {
  test('is one statement over the ordering and the key, one row longer than the page', async ({ ctx }) => {
    const first = await expectRoundTrips(1, () => byPopulation.fetchPage(ctx, { size: 2 }));
    expect(first.rows.map(nameOf)).toEqual(['Guayaquil', 'Quito']);
    expect(first.rows[0]).toBeInstanceOf(City);
    expect(Object.keys(first.rows[0]!)).toEqual(Object.keys((await query(City).first(ctx))!));
    expect(first.previous).toBeNull();
    const second = await byPopulation.fetchPage(ctx, { size: 2, after: first.next });
    expect(second.rows.map(nameOf)).toEqual(['Oslo', 'Bergen']);
    const third = await byPopulation.fetchPage(ctx, { size: 2, after: second.next });
    expect(third.rows.map(nameOf)).toEqual(['Nuuk']);
    expect(third.next).toBeNull();
    const keys = '"population", "id"',
      by = '"population" DESC, "id" DESC LIMIT 3',
      behind = ' WHERE ("population", "id") < ($1::integer, $2::integer)';
    expect(sent().filter(({ operation }) => operation === 'fetchPage')).toEqual([
      { text: page('', keys, by), values: [], operation: 'fetchPage', context: 'pool' },
      { text: page(behind, keys, by), values: ['1900', '3'], operation: 'fetchPage', context: 'pool' },
      { text: page(behind, keys, by), values: ['290', '2'], operation: 'fetchPage', context: 'pool' },
    ]);
  });

  test('goes by the key where there is no ordering, and adds none behind it', async ({ ctx }) => {
    const [first, ...others] = await through((after) => query(City).fetchPage(ctx, { size: 3, after }));
    expect([first!, ...others].map((rows) => rows.map(nameOf))).toEqual([
      ['Oslo', 'Bergen', 'Quito'],
      ['Guayaquil', 'Nuuk'],
    ]);
    const byId = query(City).orderBy((c) => [c.country.asc(), c.id.desc(), c.name.asc()]);
    const { next } = await byId.fetchPage(ctx, { size: 1 });
    await byId.fetchPage(ctx, { size: 1, after: next });
    expect(sent().map(({ text }) => text.slice(text.indexOf(' FROM')))).toEqual([
      ' FROM "cities" ORDER BY "id" ASC LIMIT 4',
      ' FROM "cities" WHERE "id" > $1 ORDER BY "id" ASC LIMIT 4',
      ' FROM "cities" ORDER BY "country" ASC, "id" DESC LIMIT 2',
      ' FROM "cities" WHERE "country" >= $1 AND ("country" > $1 OR "country" = $1 AND "id" < $2) ORDER BY "country" ASC, "id" DESC LIMIT 2',
    ]);
  });

  test('knows where NULLs are, in either direction and wherever they were put', async ({ ctx }) => {
    const names = async (by: (c: { asc(): Order; desc(): Order }) => Order): Promise<string[]> =>
      (
        await through((after) =>
          query(City)
            .orderBy((c) => by(c.area))
            .fetchPage(ctx, { size: 1, after }),
        )
      )
        .flat()
        .map(nameOf);
    expect(await names((area) => area.asc())).toEqual(['Guayaquil', 'Oslo', 'Bergen', 'Quito', 'Nuuk']);
    expect(await names((area) => area.desc())).toEqual(['Nuuk', 'Quito', 'Bergen', 'Oslo', 'Guayaquil']);
    expect(await names((area) => area.asc().nullsFirst())).toEqual(['Quito', 'Nuuk', 'Guayaquil', 'Oslo', 'Bergen']);
    expect(await names((area) => area.desc().nullsLast())).toEqual(['Bergen', 'Oslo', 'Guayaquil', 'Nuuk', 'Quito']);
    expect(
      sent()
        .map(({ text, values }) => [text.slice(text.indexOf(' WHERE'), text.indexOf(' ORDER BY')), values])
        .slice(1, 5),
    ).toEqual([
      [' WHERE "area" > $1 OR "area" IS NULL OR "area" = $1 AND "id" > $2', ['345', '4']],
      [' WHERE "area" > $1 OR "area" IS NULL OR "area" = $1 AND "id" > $2', ['454', '1']],
      [' WHERE "area" > $1 OR "area" IS NULL OR "area" = $1 AND "id" > $2', ['465', '2']],
      [' WHERE "area" IS NULL AND "id" > $1', ['3']],
    ]);
  });

  test('goes back, too', async ({ ctx }) => {
    const first = await byPopulation.fetchPage(ctx, { size: 2 }),
      second = await byPopulation.fetchPage(ctx, { size: 2, after: first.next }),
      third = await byPopulation.fetchPage(ctx, { size: 2, after: second.next });
    const back = await byPopulation.fetchPage(ctx, { size: 2, before: third.previous });
    expect(back.rows.map(nameOf)).toEqual(second.rows.map(nameOf));
    const start = await byPopulation.fetchPage(ctx, { size: 2, before: back.previous });
    expect(start.rows.map(nameOf)).toEqual(first.rows.map(nameOf));
    expect(start.previous).toBeNull();
    expect((await byPopulation.fetchPage(ctx, { size: 2, after: start.next })).rows.map(nameOf)).toEqual(['Oslo', 'Bergen']);
    expect(sent().at(3)!.text).toContain(
      'WHERE ("population", "id") > ($1::integer, $2::integer) ORDER BY "population" ASC, "id" ASC LIMIT 3',
    );
  });

  test('of rows that came and went meanwhile skips and repeats none of the others', async ({ ctx }) => {
    const { next } = await byPopulation.fetchPage(ctx, { size: 2 });
    await City.create(ctx, { name: 'Lima', country: 'PE', population: 10_000 });
    await (
      await query(City)
        .filter((c) => c.name.eq('Quito'))
        .fetchOne(ctx)
    ).delete(ctx);
    expect((await byPopulation.fetchPage(ctx, { size: 9, after: next })).rows.map(nameOf)).toEqual(['Oslo', 'Bergen', 'Nuuk']);
  });

  test('is of a filter, a projection or a tuple like any rows', async ({ ctx }) => {
    const north = byPopulation.filter((c) => c.country.eq('NO'));
    const objects = await north.select((c) => ({ name: c.name })).fetchPage(ctx, { size: 1 });
    expect(objects.rows).toEqual([{ name: 'Oslo' }]);
    expect((await north.selectTuple((c) => [c.name, c.area]).fetchPage(ctx, { size: 1, after: objects.next })).rows).toEqual([
      ['Bergen', 465],
    ]);
    expect(await north.none().fetchPage(ctx, { size: 1 })).toEqual({ rows: [], next: null, previous: null });
  });

  test('has another text for each size up to 1,000, and a parameter above', async ({ ctx }) => {
    await byPopulation.fetchPage(ctx, { size: 999 });
    await byPopulation.fetchPage(ctx, { size: 1000 });
    expect(sent().map(({ text, values }) => [text.slice(text.indexOf(' LIMIT')), values])).toEqual([
      [' LIMIT 1000', []],
      [' LIMIT $1', [1001n]],
    ]);
  });
});

describe('an index over the ordering and the key', () => {
  /** How the page behind the 3,000th of 6,005 cities is found. */
  const planOf = async (ctx: Context, by: (c: ExprsOf<typeof City>) => readonly Order[]): Promise<string> => {
    await query(City).bulkCreate(
      ctx,
      Array.from({ length: 6000 }, (_, n) => ({ name: `c${n}`, country: `${n % 7}`, population: n })),
    );
    await rawSql(ctx, 'an index of this test, and what the planner knows').script(
      'CREATE INDEX ON cities (population, id); ANALYZE cities',
    );
    const set = query(City).orderBy(by);
    const { next } = await set.fetchPage(ctx, { size: 3000 });
    sent();
    await set.fetchPage(ctx, { size: 10, after: next });
    const [page] = sent();
    const rows = await rawSql(ctx, 'the plan of a page, with what was read').rows<Record<string, string>>(
      `EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off, BUFFERS off) ${page!.text}`,
      page!.values,
    );
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  };

  test('is entered in its middle where all have one direction, and no row before the page is read', async ({ ctx }) => {
    const plan = await planOf(ctx, (c) => [c.population.desc()]);
    expect(plan).toMatch(/Index Cond: \(ROW\(population, id\) < ROW\(\d+, \d+\)\)/);
    expect(plan).not.toMatch(/Sort|Filter/);
  });

  test('is entered by its first key where the directions differ', async ({ ctx }) => {
    const plan = await planOf(ctx, (c) => [c.population.desc(), c.id.asc()]);
    expect(plan).toMatch(/Index Cond: \(population <= \d+\)/);
    // The one row before the page has the same first key.
    expect(plan).toMatch(/Rows Removed by Filter: 1\b/);
  });
});

describe('an ordering by an expression', () => {
  test('is compared as the expression it is, with its values in the text once', async ({ ctx }) => {
    const by = query(City).orderBy((c) => [coalesce(c.area, 0).desc(), c.name.lower().desc()]);
    const pages = await through((after) => by.fetchPage(ctx, { size: 2, after }));
    expect(pages.flat().map(nameOf)).toEqual((await by.fetchAll(ctx)).map(nameOf));
    expect(pages.map((rows) => rows.length)).toEqual([2, 2, 1]);
    expect(sent()[1]).toMatchObject({
      text: page(
        ' WHERE (coalesce("area", $1::double precision), lower("name"), "id") < ($2::double precision, $3::text, $4::integer)',
        'coalesce("area", $1::double precision), lower("name"), "id"',
        'coalesce("area", $1::double precision) DESC, lower("name") DESC, "id" DESC LIMIT 3',
      ),
      values: [0, '454', 'oslo', '1'],
    });
  });

  test('is refused where it is computed of many rows', async ({ ctx }) => {
    const ranked = query(City).orderBy((c) =>
      c.population
        .sum()
        .over({ partitionBy: [c.country] })
        .asc(),
    );
    await expect(ranked.fetchPage(ctx, { size: 1 })).rejects.toMatchObject({ code: 'UNSUPPORTED_AGGREGATE' });
    expect(sent()).toEqual([]);
  });
});

describe('a cursor', () => {
  const cursorOf = async (ctx: Parameters<typeof byPopulation.fetchPage>[0]): Promise<string> => {
    const { next } = await byPopulation.fetchPage(ctx, { size: 2 });
    sent();
    return next!;
  };

  test('is safe in a URL and says nothing of the ordering in words', async ({ ctx }) => {
    const cursor = await cursorOf(ctx);
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(atob(cursor.replaceAll('-', '+').replaceAll('_', '/'))).not.toContain('population');
  });

  test('is refused by another ordering, direction, constant or model, and taken by another filter', async ({ ctx }) => {
    const after = await cursorOf(ctx);
    class Town extends model('towns', { population: f.int() }, { pk: pk.serial() }) {}
    const foreign = [
      query(City),
      query(City).orderBy((c) => c.population.asc()),
      query(City).orderBy((c) => c.population.desc().nullsLast()),
      query(City).orderBy((c) => [c.population.desc(), c.name.asc()]),
      query(City).orderBy((c) => c.population.mul(2).desc()),
    ];
    for (const set of foreign) await expect(set.fetchPage(ctx, { size: 2, after })).rejects.toThrow(refused('cursor_ordering', 'after'));
    await expect(
      query(Town)
        .orderBy((t) => t.population.desc())
        .fetchPage(ctx, { size: 2, after }),
    ).rejects.toThrow(refused('cursor_ordering', 'after'));
    const doubled = query(City).orderBy((c) => c.population.mul(2).desc()),
      { next } = await doubled.fetchPage(ctx, { size: 1 });
    sent();
    await expect(
      query(City)
        .orderBy((c) => c.population.mul(3).desc())
        .fetchPage(ctx, { size: 1, before: next }),
    ).rejects.toThrow(refused('cursor_ordering', 'before'));
    expect(sent()).toEqual([]);
    expect((await byPopulation.filter((c) => c.isCapital).fetchPage(ctx, { size: 2, after })).rows.map(nameOf)).toEqual(['Oslo', 'Nuuk']);
  });

  test('that was cut or changed is refused, whichever character it was', async ({ ctx }) => {
    const after = await cursorOf(ctx);
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const endings = [...last].filter((char) => char !== after.at(-1)).map((char) => after.slice(0, -1) + char);
    const changed = [...after].map((char, at) => after.slice(0, at) + (char === 'A' ? 'B' : 'A') + after.slice(at + 1));
    for (const cursor of [
      ...changed,
      ...endings,
      after.slice(1),
      after.slice(0, -1),
      `${after}A`,
      '',
      'x',
      'null',
      '€',
      after.repeat(1000),
    ])
      await expect(byPopulation.fetchPage(ctx, { size: 2, after: cursor })).rejects.toThrow(refused('cursor', 'after'));
    for (const cursor of [7, {}, [], true])
      await expect(method(byPopulation, 'fetchPage')(ctx, { size: 2, after: cursor })).rejects.toThrow(refused('cursor', 'after'));
    expect(sent()).toEqual([]);
  });

  test('that somebody made up is refused before the server would refuse its values', async ({ ctx }) => {
    const { writeCursor } = await import('../../src/read/cursor.ts');
    const after = await cursorOf(ctx);
    const text = atob(after.replaceAll('-', '+').replaceAll('_', '/'));
    const [, fingerprint] = JSON.parse(text.slice(8)) as [number, string];
    for (const values of [
      ['abc', '1'],
      ['1.5', '1'],
      [null, '1'],
      ['1', null],
      ['1'],
      ['1', '2', '3'],
      ['2147483648', '1'],
      ['1', '1; DROP'],
    ])
      await expect(byPopulation.fetchPage(ctx, { size: 2, after: writeCursor(fingerprint, values) })).rejects.toThrow(
        refused('cursor', 'after'),
      );
    expect(sent()).toEqual([]);
    expect((await byPopulation.fetchPage(ctx, { size: 9, after: writeCursor(fingerprint, ['290', '2']) })).rows.map(nameOf)).toEqual([
      'Nuuk',
    ]);
  });
});

describe('what a page does not go with', () => {
  test('is said before anything is sent', async ({ ctx }) => {
    for (const size of [0, -1, 1.5, Number.NaN, 10_001, '2', undefined, null])
      await expect(method(byPopulation, 'fetchPage')(ctx, { size })).rejects.toThrow(refused('range', 'size'));
    for (const options of [undefined, null, 5])
      await expect(method(byPopulation, 'fetchPage')(ctx, options)).rejects.toThrow(refused('page'));
    const { next } = await byPopulation.fetchPage(ctx, { size: 1 });
    sent();
    await expect(byPopulation.fetchPage(ctx, { size: 1, after: next, before: next })).rejects.toThrow(refused('page'));
    for (const set of [byPopulation.limit(3), byPopulation.offset(1), byPopulation.distinct(), query(City).distinctOn((c) => c.country)])
      await expect(set.fetchPage(ctx, { size: 1 })).rejects.toThrow(refused('page'));
    await expect(byPopulation.forUpdate().fetchPage(ctx, { size: 1 })).rejects.toThrow(refused('lock'));
    await expect(method(untyped(byPopulation), 'fetchPage')(null, { size: 1 })).rejects.toThrow(refused('context', 'ctx'));
    expect(sent()).toEqual([]);
  });
});

class Article extends model('articles', { title: f.text(), words: f.int().nullable(), publishedAt: f.timestamptz().nullable() }) {
  static readonly computed = computed(Article, (a) => ({ length: coalesce(a.words, 0) }));
}
class Published extends proxy(Article, { filter: (a) => a.publishedAt.isNotNull(), orderBy: (a) => a.publishedAt.desc() }) {}
class Tally extends model(
  'tallies',
  { day: f.int(), name: f.text(), n: f.int() },
  { pk: pk.composite('day', 'name'), timestamps: false },
) {}
class Loose extends model('loose', { n: f.int() }, { pk: pk.none(), timestamps: false }) {}

const articles = djogiTest({ models: [Article, Tally, Loose] });

describe('pages of models', () => {
  articles('follow the ordering of a proxy, computed fields and ids that count down', async ({ ctx }) => {
    await query(Article).bulkCreate(
      ctx,
      Array.from({ length: 12 }, (_, n) => ({
        title: `t${n}`,
        words: n % 3 === 0 ? null : n,
        publishedAt: n % 4 === 0 ? null : new Date(n % 5),
      })),
    );
    for (const set of [
      query(Published),
      query(Published).orderBy((a) => a.length.asc()),
      query(Article).orderBy((a) => [a.length.desc(), a.id.asc()]),
    ]) {
      const pages = await through((after) => set.fetchPage(ctx, { size: 2, after }));
      const all = await set.orderBy((a) => a.id.desc()).fetchAll(ctx);
      expect(
        pages
          .flat()
          .map((row) => row.title)
          .sort(),
      ).toEqual(all.map((row) => row.title).sort());
    }
    const [first] = (await query(Published).fetchPage(ctx, { size: 1 })).rows;
    expect(first).toBeInstanceOf(Published);
  });

  articles('see rows of one millisecond apart, whose microseconds a Date does not have', async ({ ctx }) => {
    await query(Article).bulkCreate(ctx, [{ title: 'a' }, { title: 'b' }, { title: 'c' }, { title: 'd' }]);
    await rawSql(ctx, 'the column is older than its model and finer').script(
      `ALTER TABLE articles ALTER COLUMN published_at TYPE timestamptz(6);
       UPDATE articles SET published_at = timestamptz '2026-01-01 00:00:00.000100+00' + CASE title WHEN 'a' THEN interval '3 us' WHEN 'b' THEN interval '1 us' WHEN 'c' THEN interval '2 us' ELSE interval '2 us' END`,
    );
    const pages = await through((after) =>
      query(Article)
        .orderBy((a) => [a.publishedAt.asc(), a.title.asc()])
        .select((a) => ({ title: a.title }))
        .fetchPage(ctx, { size: 1, after }),
    );
    expect(pages.flat().map((row) => row.title)).toEqual(['b', 'c', 'd', 'a']);
  });

  articles('are told apart by all columns of a composite key, and refused without any key', async ({ ctx }) => {
    await query(Tally).bulkCreate(
      ctx,
      [1, 2].flatMap((day) => ['x', 'y', 'z'].map((name) => ({ day, name, n: 1 }))),
    );
    const pages = await through((after) =>
      query(Tally)
        .orderBy((t) => [t.n.asc(), t.name.desc()])
        .fetchPage(ctx, { size: 2, after }),
    );
    expect(pages.flat().map((row) => `${row.name}${row.day}`)).toEqual(['z2', 'z1', 'y2', 'y1', 'x2', 'x1']);
    await expect(query(Loose).fetchPage(ctx, { size: 2 })).rejects.toThrow(refused('page'));
  });
});

const Size = pgEnum('page_size', ['s', 'm', 'l']);
class Mixed extends model(
  'mixed',
  {
    group: f.int(),
    int: f.int().nullable(),
    big: f.bigint().nullable(),
    decimal: f.decimal(6, 2).nullable(),
    double: f.double().nullable(),
    text: f.text().nullable(),
    name: f.text(),
    flag: f.boolean().nullable(),
    at: f.timestamptz().nullable(),
    instant: f.instant().nullable(),
    day: f.date(),
    uuid: f.uuid().nullable(),
    bytes: f.bytea().nullable(),
    size: f.enum(Size).nullable(),
    gap: f.interval().nullable(),
    owner: f.id(pk.heerId()).nullable(),
  },
  { pk: pk.serial(), timestamps: false },
) {}

const POOLS: Readonly<Record<string, readonly unknown[]>> = {
  group: [0, 1],
  int: [-1, 0, 7],
  big: [-(2n ** 63n), 0n, 2n ** 53n + 1n],
  decimal: ['-1.50', '0.00', '10.01'],
  double: [Number.NaN, 0.1, -0, Number.POSITIVE_INFINITY, 1e300],
  text: ['', 'a', 'B', 'ä', '"\\,{}', 'NULL'],
  name: ['x', 'Y', 'ź'],
  flag: [true, false],
  at: [new Date(0), new Date('2026-01-01T00:00:00.001Z')],
  instant: ['2026-01-01T00:00:00.000001Z', '2026-01-01T00:00:00.000002Z'].map((text) => Temporal.Instant.from(text)),
  day: ['2026-01-01', '2025-12-31'].map((text) => Temporal.PlainDate.from(text)),
  uuid: ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  bytes: [new Uint8Array(), Uint8Array.of(0, 255)],
  size: ['s', 'm', 'l'],
  gap: ['P1M', 'PT0.000001S', '-P1D'].map((text) => Temporal.Duration.from(text)),
  owner: ['0', '9007199254740993'],
};
const NULLABLE = Object.keys(POOLS).filter((name) => !['group', 'name', 'day'].includes(name));

describe('a cursor of every kind of sort key', () => {
  let setup: TestSetup;
  beforeAll(async () => {
    setup = await setupTestDb({ models: [Specimen], extensions: ['citext'] });
    await query(Specimen).bulkCreate(
      setup.ctx,
      Array.from({ length: 2 * ROW_COUNT }, (_, at) => specimenInput(at % ROW_COUNT, `row ${at}`)),
    );
  });
  afterAll(() => setup?.dispose());

  /** Arrays and some ranges have none. */
  const ordered = Object.keys(KINDS).filter((name) => {
    let hasOrder = false;
    query(Specimen).filter((s) => {
      hasOrder = 'asc' in columnOf(s, name);
      return columnOf(s, name).isNull();
    });
    return hasOrder;
  });
  plain('is there for nearly all kinds', () => {
    expect(ordered.length).toBeGreaterThan(30);
  });
  for (const name of ordered)
    plain(`is one of ${name}, its edges and NULL`, async () => {
      const set = query(Specimen).orderBy((s) => columnOf(s, name).desc());
      const all = await set.orderBy((s) => s.id.desc()).fetchAll(setup.ctx);
      const pages = await through((after) => set.only('id').fetchPage(setup.ctx, { size: 3, after }));
      expect(pages.flat().map((row) => row.id)).toEqual(all.map((row) => row.id));
      expect(all).toHaveLength(2 * ROW_COUNT);
    });
});

describe('pages put together', () => {
  let setup: TestSetup;
  beforeAll(async () => {
    setup = await setupTestDb({ models: [Mixed] });
    const rows = fc.sample(
      fc.record(
        Object.fromEntries(
          Object.entries(POOLS).map(([name, values]) => [
            name,
            NULLABLE.includes(name) ? fc.option(fc.constantFrom(...values), { freq: 2 }) : fc.constantFrom(...values),
          ]),
        ),
      ),
      60,
    );
    await query(Mixed).bulkCreate(setup.ctx, rows as never);
  });
  afterAll(() => setup?.dispose());

  const terms = fc.array(
    fc.record({
      name: fc.constantFrom(...Object.keys(POOLS), 'id'),
      direction: fc.constantFrom('asc' as const, 'desc' as const),
      nulls: fc.constantFrom(undefined, 'nullsFirst' as const, 'nullsLast' as const),
    }),
    { maxLength: 4 },
  );

  plain(
    'are all rows in their order, whatever the keys, their directions and their NULLs',
    async () => {
      const { ctx } = setup;
      await fc.assert(
        fc.asyncProperty(terms, fc.integer({ min: 1, max: 25 }), async (keys, size) => {
          const set: QuerySet<typeof Mixed, Mixed> = query(Mixed).orderBy((m) =>
            keys.map(({ name, direction, nulls }) => {
              const order = columnOf(m, name)[direction]();
              return nulls === undefined ? order : order[nulls]();
            }),
          );
          const last = keys.at(-1)?.direction ?? 'asc';
          const all = (await set.orderBy((m) => m.id[last]()).fetchAll(ctx)).map((row) => row.id);
          const forward: number[] = [],
            starts: (string | null)[] = [];
          for (let after: string | null = null; ;) {
            const one: Page<Mixed> = await set.fetchPage(ctx, { size, after });
            forward.push(...one.rows.map((row) => row.id));
            starts.push(one.previous);
            expect(one.rows.length === size || one.next === null).toBe(true);
            if (one.next === null) break;
            after = one.next;
          }
          expect(forward).toEqual(all);
          const backward: number[] = [];
          for (let before: string | null = starts.at(-1)!; before !== null;) {
            const one: Page<Mixed> = await set.fetchPage(ctx, { size, before });
            backward.unshift(...one.rows.map((row) => row.id));
            before = one.previous;
          }
          expect(backward).toEqual(all.slice(0, backward.length));
          expect(backward.length).toBe((starts.length - 1) * size);
        }),
        { numRuns: 60 },
      );
    },
    60_000,
  );

  test('carries long keys, and is not made of those that are too long to be taken again', async ({ ctx }) => {
    await City.update(
      ctx,
      (
        await query(City)
          .filter((c) => c.name.eq('Oslo'))
          .fetchOne(ctx)
      ).id,
      { name: 'x'.repeat(100_000) },
    );
    const byName = query(City).orderBy((c) => c.name.desc());
    const { next } = await byName.fetchPage(ctx, { size: 1 });
    expect((await byName.fetchPage(ctx, { size: 9, after: next })).rows.map(nameOf)).toEqual(['Quito', 'Nuuk', 'Guayaquil', 'Bergen']);
    const long = query(City).orderBy((c) => c.name.repeat(10).desc());
    await expect(long.fetchPage(ctx, { size: 1 })).rejects.toThrow(refused('cursor_length', ''));
  });
});
