// Random models with random rows. A world is some tables that questions are asked of, and what stands in them.

import { f, model, pk, type Context } from '@djogi/core';
import { executorOf } from '@djogi/core/extension';
import { query } from '../../src/index.ts';
import { Choices } from './choices.ts';
import { decimal, fromJs, keyOf, Level, LEVELS, toJs, type TypeName, type Value } from './value.ts';

export type Row = Readonly<Record<string, Value>>;

export interface Column {
  readonly name: string;
  readonly type: TypeName;
  readonly isNullable: boolean;
  /** Few values, so that rows meet. */
  readonly pool: readonly Value[];
  /** For numbers of a modest size. */
  readonly bounds: { readonly low: number; readonly high: number } | null;
  readonly isExact: boolean;
}

export interface Table {
  readonly model: any;
  readonly hasKey: boolean;
  /** The key among them, first. */
  readonly columns: readonly Column[];
  rows: readonly Row[];
  /** `query(model)`, once. */
  readonly shared: any;
  /** A row as the application has it. */
  readonly inMemory: (row: Row) => object;
}

export interface World {
  readonly tables: readonly Table[];
}

interface Pool {
  readonly values: readonly Value[];
  readonly isModest: boolean;
}
const modest = (...values: Value[]): Pool => ({ values, isModest: true });
const edge = (...values: Value[]): Pool => ({ values, isModest: false });

export const POOLS: Readonly<Record<TypeName, readonly Pool[]>> = {
  small: [modest(0, 1, -1, 2, 3, 7), edge(-32768, -1, 0, 32767)],
  int: [modest(0, 1, -1, 2, 5, 10, 100), edge(-(2 ** 31), -1, 0, 1, 2 ** 31 - 1)],
  safe: [modest(0, 1, -1, 3, 40_000, 3_000_000_000), edge(Number.MIN_SAFE_INTEGER, -1, 0, 2 ** 32, Number.MAX_SAFE_INTEGER)],
  big: [modest(0n, 1n, -1n, 2n, 7n, 5_000_000_000n), edge(-(2n ** 63n), -1n, 0n, 2n ** 53n + 1n, 2n ** 53n + 2n, 2n ** 63n - 1n)],
  dec: [
    modest(...['0.00', '1.50', '-1.50', '2.25', '10.00', '0.01', '-3.33'].map(decimal)),
    edge(...['9999999999.99', '-9999999999.99', '0.00', '0.01'].map(decimal)),
  ],
  double: [
    modest(0, 1, 0.5, -0.5, 2.5, -1.5, 3.5, 8),
    edge(0, -0, 0.1, -0.1, 1e300, 5e-324, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  ],
  bool: [modest(false, true)],
  text: [modest('a', '', 'b', 'ab', 'A', 'aB', 'ba'), edge('a', 'a%', '_b', '\\', ' a ', '🦊', '中a', '\uffff', "it's", '-0,"{}')],
  enum: [modest(...LEVELS)],
  date: [modest('2024-02-29', '2024-03-01', '2023-12-31', '2025-01-01', '0001-01-01')],
  at: [modest(0, -1, 1, Date.UTC(2024, 1, 29, 12, 30, 15, 123), Date.UTC(2024, 1, 29, 23, 59, 59, 999), Date.UTC(1999, 11, 31))],
  uuid: [
    modest(
      '00000000-0000-0000-0000-000000000000',
      '7fffffff-0000-4000-8000-000000000000',
      '80000000-0000-4000-8000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
    ),
  ],
  texts: [modest([], ['a'], ['a', 'b'], ['b', 'a'], ['', '🦊'])],
  ints: [modest([], [0], [1, 2], [2, 1], [1, 1, -5])],
};

const NUMBERS: ReadonlySet<TypeName> = new Set(['small', 'int', 'safe', 'big', 'dec', 'double']);
const asNumber = (value: Value): number =>
  typeof value === 'object' && value !== null && 'digits' in value ? Number(value.digits) / 10 ** value.scale : Number(value);

export function boundsOf(type: TypeName, { values, isModest }: Pool): Column['bounds'] {
  if (!isModest || !NUMBERS.has(type)) return null;
  const numbers = values.map(asNumber);
  return { low: Math.min(...numbers), high: Math.max(...numbers) };
}

const SCALARS: readonly TypeName[] = ['int', 'text', 'bool', 'small', 'safe', 'big', 'dec', 'double', 'enum', 'date', 'at', 'uuid'];
const ALL: readonly TypeName[] = [...SCALARS, 'texts', 'ints'];

const FIELDS: Readonly<Record<TypeName, () => any>> = {
  small: () => f.smallint(),
  int: () => f.int(),
  safe: () => f.safeInt(),
  big: () => f.bigint(),
  dec: () => f.decimal(12, 2),
  double: () => f.double(),
  bool: () => f.boolean(),
  text: () => f.text(),
  enum: () => f.text(),
  date: () => f.date(),
  at: () => f.timestamptz(),
  uuid: () => f.uuid(),
  texts: () => f.array(f.text()),
  ints: () => f.array(f.int()),
};

/** `name` makes the tables and types of this world different from those of others in one database. */
export function worldOf(seed: number, name: string): World {
  const choices = Choices.random(seed),
    level = Level(`${name}_level`);
  const tables = Array.from({ length: 2 + choices.below(2) }, (_, at): Table => {
    const hasKey = at === 0 || !choices.chance(30);
    const columns: Column[] = [];
    if (hasKey)
      columns.push({ name: 'id', type: 'int', isNullable: false, pool: [1, 2, 3, 5, 9], bounds: { low: 1, high: 20 }, isExact: true });
    for (let made = 0; made < 4 + choices.below(5); made++) {
      const type = choices.one(hasKey ? ALL : SCALARS),
        pool = choices.one(POOLS[type]);
      columns.push({
        name: `${type}${made}`,
        type,
        isNullable: choices.chance(60),
        pool: pool.values,
        bounds: boundsOf(type, pool),
        isExact: pool.isModest,
      });
    }
    const fields = Object.fromEntries(
      columns
        .filter(({ name: column }) => column !== 'id')
        .map(({ name: column, type, isNullable }) => {
          const field = type === 'enum' ? f.enum(level) : FIELDS[type]();
          return [column, isNullable ? field.nullable() : field];
        }),
    );
    const options = { pk: hasKey ? pk.serial() : pk.none(), timestamps: false } as const;
    class Made extends (model as any)(`${name}_t${at}`, fields, options) {}
    const inMemory = (row: Row): object => Object.fromEntries(columns.map(({ name: column, type }) => [column, toJs(type, row[column]!)]));
    return { model: Made, hasKey, columns, rows: [], shared: query(Made as any), inMemory };
  });
  return { tables };
}

/** Other rows: none now and then, duplicates often. Read back, they are what was written. */
export async function filled(world: World, ctx: Context, seed: number): Promise<void> {
  const choices = Choices.random(seed);
  for (const table of world.tables) {
    const rows: Row[] = [];
    const count = choices.chance(8) ? 0 : 2 + choices.below(11);
    for (let at = 0; at < count; at++) {
      const before = rows[at - 1];
      const columns = table.columns.filter(({ name }) => name !== 'id');
      const row =
        before !== undefined && choices.chance(15)
          ? before
          : Object.fromEntries(
              columns.map(({ name, isNullable, pool }) => [name, isNullable && choices.chance(25) ? null : choices.one(pool)]),
            );
      rows.push(table.hasKey ? { ...row, id: at + 1 } : { ...row });
    }
    table.rows = rows;
    await emptied(table, ctx);
    const inputs = rows.map(({ id: _id, ...row }) => jsRow(table, row));
    await (query(table.model) as any).bulkCreate(ctx, inputs, table.hasKey ? { ids: rows.map((row) => row['id']) } : {});
  }
}

const emptied = async (table: Table, ctx: Context): Promise<void> => {
  await executorOf(ctx).script(`DELETE FROM "${table.model.table}";`, { operation: 'truth' });
};

export const jsRow = (table: Table, row: Row): Record<string, unknown> =>
  Object.fromEntries(table.columns.filter(({ name }) => name in row).map(({ name, type }) => [name, toJs(type, row[name]!)]));

/** A row that came back, as text. */
export const shownRow = (table: Table, given: Readonly<Record<string, unknown>>): string =>
  table.columns.map(({ name, type }) => keyOf(type, fromJs(type, given[name]))).join(' | ');
/** A row of the independent answer, as text. */
export const shownOwn = (table: Table, row: Row): string => table.columns.map(({ name, type }) => keyOf(type, row[name]!)).join(' | ');
