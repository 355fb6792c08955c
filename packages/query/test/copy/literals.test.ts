// COPY takes no parameters, so values are written as literals. A literal means what the parameter means: the same filter finds the same rows, for every kind
// and every value.

import { exists, literal, type Context, type Predicate } from '@djogi/core';
import { runtimeOf } from '@djogi/core/extension';
import { setupTestDb, type TestSetup } from '@djogi/testing';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { query, type QuerySet } from '../../src/index.ts';
import { KINDS, ROW_COUNT, Specimen, specimenInput } from '../support/specimen.ts';
import { columnOf } from '../support/untyped.ts';

type Row = Readonly<Record<string, unknown>>;
type Where = (s: object) => Predicate;

const rows = Array.from({ length: ROW_COUNT }, (_, at) => specimenInput(at));

let setup: TestSetup;
beforeAll(async () => {
  setup = await setupTestDb({ models: [Specimen], extensions: ['citext'] });
  await query(Specimen).copyFrom(setup.ctx, rows);
});
afterAll(() => setup.dispose());

async function copied(ctx: Context, set: QuerySet<any, any>): Promise<string[]> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of set.copyTo(ctx, { format: 'text' })) text += decoder.decode(piece, { stream: true });
  return text.split('\n').slice(0, -1);
}

/** The labels of the rows, by COPY and by a statement with parameters. */
async function bothWays(...where: Where[]): Promise<{ copied: string[]; fetched: string[] }> {
  const set = query(Specimen)
    .filter(...where)
    .orderBy((s) => s.id.asc())
    .select((s) => ({ label: s.label }));
  return { copied: await copied(setup.ctx, set), fetched: (await set.fetchAll(setup.ctx)).map((row) => row.label) };
}

/** What kinds of columns are compared with, chosen at random. */
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => text.isWellFormed() && !text.includes('\0')),
  fc
    .array(fc.constantFrom("'", '"', '\\', '\\\\', "''", '$1', '%', '_', '\n', ';', '--', '/*', 'E', '🦊', 'NULL', '{', '}', ','), {
      maxLength: 8,
    })
    .map((parts) => parts.join('')),
);
const instants = fc
  .bigInt({ min: -60_000_000_000_000_000n, max: 8_000_000_000_000_000n })
  .map((micros) => Temporal.Instant.fromEpochNanoseconds(micros * 1000n));
const ARBITRARY: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  text: texts,
  varchar: texts.filter((text) => [...text].length <= 5),
  citext: texts,
  smallint: fc.integer({ min: -32768, max: 32767 }),
  int: fc.integer(),
  bigint: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  safeInt: fc.maxSafeInteger(),
  decimal: fc.tuple(fc.bigInt(), fc.nat(20)).map(([digits, scale]) => {
    const whole = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
    const text = scale === 0 ? whole : `${whole.slice(0, -scale)}.${whole.slice(-scale)}`;
    return digits < 0n ? `-${text}` : text;
  }),
  double: fc.double(),
  real: fc.float(),
  timestamptz: fc.date({ min: new Date('0001-01-01'), noInvalidDate: true }),
  instant: instants,
  date: instants.map((instant) => instant.toZonedDateTimeISO('UTC').toPlainDate()),
  time: instants.map((instant) => instant.toZonedDateTimeISO('UTC').toPlainTime()),
  timestamp: instants.map((instant) => instant.toZonedDateTimeISO('UTC').toPlainDateTime()),
  uuid: fc.uuid(),
  bytea: fc.uint8Array({ maxLength: 12 }),
};
const LOOKUPS = ['eq', 'neq', 'isDistinctFrom', 'in', 'notIn', 'gt', 'lte', 'between'] as const;

function predicate(column: string, lookup: (typeof LOOKUPS)[number], values: readonly [unknown, unknown]): Where {
  return (s) => {
    const of = columnOf(s, column);
    if (lookup === 'in' || lookup === 'notIn') return of[lookup](values);
    if (lookup === 'between') return of.between(...values);
    return of[lookup](values[0]);
  };
}

describe('literals', () => {
  test('find every value that is stored', async () => {
    const lost: string[] = [];
    for (const [name, { values, isDocument }] of Object.entries(KINDS)) {
      // Lookups of documents are about what is in them: below.
      if (isDocument === true) continue;
      for (const [at, value] of values.entries()) {
        const wheres: Record<string, Where> = { eq: (s) => columnOf(s, name).eq(value) };
        if (!Array.isArray(value)) wheres['in'] = (s) => columnOf(s, name).in([value]);
        else if (value.length > 0) wheres['contains'] = (s) => columnOf(s, name).contains([(value as unknown[])[0]]);
        for (const [lookup, where] of Object.entries(wheres)) {
          const found = await bothWays(where);
          if (!found.copied.includes(`row ${at}`) || found.copied.join() !== found.fetched.join())
            lost.push(`${name} ${lookup} value ${at}`);
        }
      }
    }
    expect(lost).toEqual([]);
  });

  test('find what is in documents', async () => {
    const text = 'ß 🦊 "quoted" \\ it\'s';
    const row: Row & { label: string } = { label: 'documents', document: { deep: { text } } };
    await query(Specimen).copyFrom(setup.ctx, [row]);
    const found = await bothWays((s) => (columnOf(s, 'document') as any).deep.text.eq(text));
    expect(found).toEqual({ copied: ['documents'], fetched: ['documents'] });
  });

  test('are the values that they stand for', async () => {
    for (const [name, arbitrary] of Object.entries(ARBITRARY)) {
      const { valueKind } = runtimeOf(Specimen).byProperty.get(name)!;
      await fc.assert(
        fc.asyncProperty(arbitrary, async (value) => {
          // Written as a literal and compared, in the database, with what a parameter stored.
          const row: Row = { label: 'probe', [name]: value };
          await query(Specimen).upsert(setup.ctx, row as never, { conflict: ['label'] });
          const found = await bothWays(
            (s) => columnOf(s, name).eq(value),
            (s) => columnOf(s, 'label').eq('probe'),
          );
          expect([valueKind.name, found]).toEqual([valueKind.name, { copied: ['probe'], fetched: ['probe'] }]);
        }),
        { numRuns: 40 },
      );
    }
    await query(Specimen).upsert(setup.ctx, { label: 'probe' }, { conflict: ['label'] });
  });

  test('filter as parameters do', async () => {
    const cases = fc.constantFrom(...Object.keys(ARBITRARY)).chain((column) =>
      fc.record({
        column: fc.constant(column),
        lookup: fc.constantFrom(...LOOKUPS),
        values: fc.tuple(
          fc.oneof(ARBITRARY[column]!, fc.constantFrom(...KINDS[column]!.values)),
          fc.oneof(ARBITRARY[column]!, fc.constantFrom(...KINDS[column]!.values)),
        ),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(cases, { minLength: 1, maxLength: 3 }), async (chosen) => {
        const found = await bothWays(...chosen.map(({ column, lookup, values }) => predicate(column, lookup, values)));
        expect(found.copied).toEqual(found.fetched);
      }),
      { numRuns: 300 },
    );
  });

  test('stand in projections, subqueries, limits and offsets, too', async () => {
    const { ctx } = setup;
    const text = 'it\'s \\ $1 "x"';
    const set = query(Specimen)
      .filter((s) =>
        exists(
          query(Specimen).filter(
            (other) => columnOf(other, 'text').eq(columnOf(s, 'text')),
            (other) => other.label.neq(text),
          ),
        ),
      )
      .orderBy((s) => s.id.asc())
      .limit(5000)
      .offset(2)
      .select((s) => ({ label: s.label, text: literal(text), n: literal(2) }));
    const fetched = await set.fetchAll(ctx);
    expect(fetched.length).toBeGreaterThan(5);
    expect(await copied(ctx, set)).toEqual(fetched.map((row) => `${row.label}\t${row.text.replaceAll('\\', '\\\\')}\t${row.n}`));
  });
});
