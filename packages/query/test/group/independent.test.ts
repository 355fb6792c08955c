// Random groups, conditions, aggregates and windows, asked of the server and computed here over the same rows by code that shares nothing with it.

import {
  countAll,
  denseRank,
  f,
  lag,
  model,
  pk,
  rank,
  rowNumber,
  type Context,
  type CreateOf,
  type ExprsOf,
  type Predicate,
} from '@djogi/core';
import { djogiTest } from '@djogi/testing';
import fc from 'fast-check';
import { expect } from 'vitest';
import { query } from '../../src/index.ts';

class Item extends model(
  'items',
  { a: f.int().nullable(), b: f.text(), x: f.int().nullable(), y: f.bigint(), z: f.double().nullable(), isOn: f.boolean() },
  { pk: pk.serial(), timestamps: false },
) {}
type Bag = ExprsOf<typeof Item>;
type Row = CreateOf<typeof Item> & { id: number; a: number | null; x: number | null; z: number | null; y: bigint };

const test = djogiTest({ models: [Item] });
const items = query(Item);

const rowsOf: fc.Arbitrary<Row[]> = fc
  .array(
    fc.record({
      a: fc.option(fc.integer({ min: 0, max: 2 })),
      b: fc.constantFrom('p', 'q'),
      x: fc.option(fc.integer({ min: -5, max: 5 })),
      y: fc.bigInt({ min: -9n, max: 9n }),
      // Sums of halves are exact.
      z: fc.option(fc.integer({ min: -8, max: 8 }).map((half) => half / 2)),
      isOn: fc.boolean(),
    }),
    { maxLength: 14 },
  )
  .map((rows) => rows.map((row, at) => ({ ...row, id: at + 1 })));

type Value = number | bigint | string | boolean | null;
const present = <T>(values: readonly (T | null)[]): T[] => values.filter((value): value is T => value !== null);
const compare = (left: Value, right: Value): number => (left === right ? 0 : left! < right! ? -1 : 1);

interface Aggregate {
  readonly sql: (s: Bag) => any;
  readonly here: (rows: readonly Row[]) => Value;
  /** Of different values: no window has it. */
  readonly isDistinct?: true;
}

const AGGREGATES: readonly Aggregate[] = [
  { sql: () => countAll(), here: (rows) => rows.length },
  { sql: (s) => s.x.count(), here: (rows) => present(rows.map((row) => row.x)).length },
  { sql: (s) => s.x.count().distinct(), here: (rows) => new Set(present(rows.map((row) => row.x))).size, isDistinct: true },
  { sql: (s) => s.x.sum(), here: (rows) => summed(present(rows.map((row) => row.x))) },
  { sql: (s) => s.x.sum().distinct(), here: (rows) => summed([...new Set(present(rows.map((row) => row.x)))]), isDistinct: true },
  { sql: (s) => s.y.sum(), here: (rows) => (rows.length === 0 ? null : rows.reduce((sum, row) => sum + row.y, 0n)) },
  { sql: (s) => s.z.sum(), here: (rows) => summed(present(rows.map((row) => row.z))) },
  { sql: (s) => s.x.add(s.a).sum(), here: (rows) => summed(present(rows.map(({ x, a }) => (x === null || a === null ? null : x + a)))) },
  { sql: (s) => s.x.min(), here: (rows) => extreme(rows, (row) => row.x, -1) },
  { sql: (s) => s.y.max(), here: (rows) => extreme(rows, (row) => row.y, 1) },
  { sql: (s) => s.b.max(), here: (rows) => extreme(rows, (row) => row.b, 1) },
  { sql: (s) => s.isOn.min(), here: (rows) => (rows.length === 0 ? null : rows.every((row) => row.isOn)) },
];

const summed = (values: readonly number[]): number | null => (values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0));
const extreme = (rows: readonly Row[], of: (row: Row) => Value, sign: number): Value =>
  present(rows.map(of)).reduce<Value>((best, value) => (best === null || compare(value, best) * sign > 0 ? value : best), null);

interface Condition {
  readonly sql: (s: Bag) => Predicate;
  readonly here: (row: Row) => boolean;
}
const CONDITIONS: readonly Condition[] = [
  { sql: (s) => s.isOn.eq(true), here: (row) => row.isOn },
  { sql: (s) => s.x.gt(0), here: (row) => row.x !== null && row.x > 0 },
  { sql: (s) => s.a.isNull().or(s.b.eq('p')), here: (row) => row.a === null || row.b === 'p' },
];

interface Key {
  readonly sql: (s: Bag) => any;
  readonly here: (row: Row) => Value;
}
const KEYS: readonly Key[] = [
  { sql: (s) => s.a, here: (row) => row.a },
  { sql: (s) => s.b, here: (row) => row.b },
  { sql: (s) => s.isOn, here: (row) => row.isOn },
  { sql: (s) => s.y.mod(3n), here: (row) => row.y % 3n },
  { sql: (s) => s.x.gt(1), here: (row) => (row.x === null ? null : row.x > 1) },
];

const maybe = <T>(of: readonly T[]): fc.Arbitrary<T | null> => fc.option(fc.constantFrom(...of), { freq: 2 });
const chosen = fc.record({ aggregate: fc.constantFrom(...AGGREGATES), filter: maybe(CONDITIONS) });
type Chosen = { readonly aggregate: Aggregate; readonly filter: Condition | null };
const sqlOf = ({ aggregate, filter }: Chosen, s: Bag): any => (filter === null ? aggregate.sql(s) : aggregate.sql(s).filter(filter.sql(s)));
const hereOf = ({ aggregate, filter }: Chosen, rows: readonly Row[]): Value =>
  aggregate.here(filter === null ? rows : rows.filter(filter.here));

const shown = (value: unknown): string => JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part));
/** In any order: what is compared has none. */
const asSet = (rows: readonly unknown[]): string[] => rows.map(shown).toSorted();

const RUNS = 150;
const parameters: fc.Parameters<any> = { numRuns: RUNS, seed: 20260101 };

type Shape = 'groupBy' | 'rollup' | 'cube';
/** The sets of keys, by position, that a shape has. */
const setsOf = (shape: Shape, count: number): number[][] => {
  const all = [...Array(count).keys()];
  if (shape === 'groupBy') return [all];
  if (shape === 'rollup') return all.map((at) => all.slice(0, count - at)).concat([[]]);
  return all.reduce<number[][]>((sets, at) => sets.concat(sets.map((set) => [...set, at])), [[]]);
};

test('groups, filters, totals and conditions on groups are those computed here', async ({ ctx }) => {
  await fc.assert(
    fc.asyncProperty(
      rowsOf,
      fc.uniqueArray(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 3 }),
      fc.array(chosen, { minLength: 1, maxLength: 4 }),
      maybe(CONDITIONS),
      fc.option(fc.record({ at: fc.nat({ max: 3 }), least: fc.integer({ min: 0, max: 4 }) })),
      fc.constantFrom<Shape>('groupBy', 'rollup', 'cube'),
      async (rows, keys, aggregates, where, having, shape) => {
        await replaced(ctx, rows);
        const filtered = where === null ? items : items.filter(where.sql);
        const named = (s: Bag): Record<string, any> => Object.fromEntries(keys.map((key, at) => [`k${at}`, key.sql(s)]));
        let groups = (filtered[shape](named) as any).annotate((s: Bag) => ({
          ...Object.fromEntries(aggregates.map((one, at) => [`v${at}`, sqlOf(one, s)])),
          n: countAll(),
        }));
        if (having !== null) groups = groups.having((g: any) => g.n.gt(having.least));
        const found = (await groups.fetchAll(ctx)) as object[];

        const kept = where === null ? rows : rows.filter(where.here);
        const expected = setsOf(shape, keys.length).flatMap((set) => {
          const byKeys = new Map<string, Row[]>(set.length === 0 ? [['[]', []]] : []);
          for (const row of kept) {
            const key = shown(set.map((at) => keys[at]!.here(row)));
            byKeys.set(key, [...(byKeys.get(key) ?? []), row]);
          }
          return [...byKeys.values()].map((group) => ({
            ...Object.fromEntries(keys.map((key, at) => [`k${at}`, set.includes(at) ? key.here(group[0]!) : null])),
            ...Object.fromEntries(aggregates.map((one, at) => [`v${at}`, hereOf(one, group)])),
            n: group.length,
          }));
        });
        expect(asSet(found)).toEqual(asSet(having === null ? expected : expected.filter(({ n }) => n > having.least)));
        expect(await groups.count(ctx)).toBe(found.length);
        expect(await groups.exists(ctx)).toBe(found.length > 0);
      },
    ),
    parameters,
  );
}, 120_000);

async function replaced(ctx: Context, rows: readonly Row[]): Promise<void> {
  for (const item of await items.fetchAll(ctx)) await item.delete(ctx);
  await items.bulkCreate(
    ctx,
    rows.map(({ id: _id, ...row }) => row),
    { ids: rows.map(({ id }) => id as Item['id']) },
  );
}

test('windows, frames and conditions on them are those computed here', async ({ ctx }) => {
  const end = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom('unbounded' as const, 'current' as const));
  const placed = (bound: number | string, unbounded: number): number =>
    bound === 'unbounded' ? unbounded : bound === 'current' ? 0 : Number(bound);
  await fc.assert(
    fc.asyncProperty(
      rowsOf,
      maybe(KEYS),
      chosen.filter(({ aggregate }) => aggregate.isDistinct !== true),
      fc.tuple(end, end).filter(([from, to]) => placed(from, -Infinity) <= placed(to, Infinity)),
      fc.boolean(),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 3 }),
      async (rows, key, one, [from, to], excludesCurrent, most, offset) => {
        await replaced(ctx, rows);
        const found = await items
          .annotate((s) => {
            const partitionBy = key === null ? [] : [key.sql(s)];
            const byId = { partitionBy, orderBy: [s.id.asc()] };
            return {
              framed: sqlOf(one, s).over({
                ...byId,
                frame: { unit: 'rows', from, to, ...(excludesCurrent ? { exclude: 'currentRow' } : {}) },
              }),
              whole: sqlOf(one, s).over({ partitionBy }),
              place: rowNumber().over(byId),
              rank: rank().over({ partitionBy, orderBy: [s.y.desc()] }),
              dense: denseRank().over({ partitionBy, orderBy: [s.y.desc()] }),
              before: lag(s.y, offset, 100n).over(byId),
            };
          })
          .qualify((a) => a.place.lte(most))
          .fetchAll(ctx);

        const parts = Map.groupBy(rows, (row) => shown(key?.here(row)));
        const expected = [...parts.values()].flatMap((part) =>
          part.slice(0, most).map((row, at) => {
            const frame = part.filter(
              (_, other) =>
                other - at >= placed(from, -Infinity) && other - at <= placed(to, Infinity) && !(excludesCurrent && other === at),
            );
            const larger = part.filter((other) => other.y > row.y);
            return {
              id: row.id,
              framed: hereOf(one, frame),
              whole: hereOf(one, part),
              place: at + 1,
              rank: larger.length + 1,
              dense: new Set(larger.map(({ y }) => y)).size + 1,
              before: part[at - offset]?.y ?? 100n,
            };
          }),
        );
        expect(
          asSet(
            found.map(({ row, framed, whole, place, rank: ranked, dense, before }) => ({
              id: row.id,
              framed,
              whole,
              place,
              rank: ranked,
              dense,
              before,
            })),
          ),
        ).toEqual(asSet(expected));
      },
    ),
    parameters,
  );
}, 120_000);
