// Random rows and random questions about them, each with an answer that is worked out here, without core: from plain JavaScript values and three-valued logic
// written out. Pure, so that a page can ask them, too; one seed gives the same rows and questions wherever it runs.

import { and, f, model, not, or, pgEnum, pk, type Predicate } from '@djogi/core';
import { Temporal } from 'temporal-polyfill';
import { columnOf } from './untyped.ts';

const Level = pgEnum('level', ['zulu', 'alpha', 'mike']);

export class Probe extends model(
  'probes',
  {
    int: f.int().nullable(),
    small: f.smallint().nullable(),
    big: f.bigint().nullable(),
    decimal: f.decimal(12, 3).nullable(),
    double: f.double().nullable(),
    real: f.real().nullable(),
    flag: f.boolean().nullable(),
    text: f.text().nullable(),
    level: f.enum(Level).nullable(),
    uuid: f.uuid().nullable(),
    at: f.timestamptz().nullable(),
    instant: f.instant().nullable(),
    day: f.date().nullable(),
    clock: f.time().nullable(),
    moment: f.timestamp().nullable(),
    bytes: f.bytea().nullable(),
    owner: f.id(pk.heerId()).nullable(),
    tags: f.array(f.text()).nullable(),
  },
  { pk: pk.serial(), timestamps: false },
) {}

/** A generator of its own, so that a seed repeats a run: mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

let random = randomOf(0);
/** Begins the same rows and questions again. */
export function begin(seed: number): void {
  random = randomOf(seed);
}
export const below = (count: number): number => Math.floor(random() * count);
export const one = <Item>(items: readonly Item[]): Item => items[below(items.length)]!;

interface Column {
  /** Few values, so that rows meet. */
  readonly pool: readonly unknown[];
  /** Postgres's order as a number or a list of numbers, worked out without core; null for types whose order is a matter of collation. */
  readonly rank: ((value: unknown) => readonly (number | bigint)[]) | null;
  readonly equal?: ((left: unknown, right: unknown) => boolean) | undefined;
}

const dayNumber = (date: Temporal.PlainDate): number => date.year * 10_000 + date.month * 100 + date.day;
const clockNumber = (time: Temporal.PlainTime): number =>
  ((time.hour * 60 + time.minute) * 60 + time.second) * 1_000_000 + time.millisecond * 1000 + time.microsecond;
/** NaN is above everything and equal to itself, and -0 is 0. */
const floatRank = (value: number): readonly number[] => (Number.isNaN(value) ? [1, 0] : [0, value + 0]);
const thousandths = (text: string): bigint => {
  const [whole, fraction = ''] = text.replace('-', '').split('.');
  return (text.startsWith('-') ? -1n : 1n) * (BigInt(whole!) * 1000n + BigInt(fraction.padEnd(3, '0')));
};

/** A column whose functions know the type of its values. */
const columnFor = <Value>(column: {
  readonly pool: readonly Value[];
  readonly rank: ((value: Value) => readonly (number | bigint)[]) | null;
  readonly equal?: (left: Value, right: Value) => boolean;
}): Column => column as unknown as Column;

export const COLUMNS: Readonly<Record<string, Column>> = {
  int: columnFor({ pool: [-2, -1, 0, 1, 7, 2 ** 31 - 1, -(2 ** 31)], rank: (value) => [value] }),
  small: columnFor({ pool: [-32768, 0, 3, 32767], rank: (value) => [value] }),
  big: columnFor({ pool: [-(2n ** 63n), -1n, 0n, 5n, 2n ** 53n + 1n, 2n ** 53n + 2n, 2n ** 63n - 1n], rank: (value) => [BigInt(value)] }),
  decimal: columnFor({
    pool: ['0', '0.000', '-1.5', '-1.500', '2.001', '2.01', '100', '99999999.999'],
    rank: (value) => [thousandths(value)],
  }),
  double: columnFor({ pool: [0, -0, 0.1, -0.1, 1e300, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], rank: floatRank }),
  real: columnFor({ pool: [0, -0, 0.5, Math.fround(0.1), Number.NaN, Number.NEGATIVE_INFINITY], rank: floatRank }),
  flag: columnFor({ pool: [true, false], rank: (value) => [value ? 1 : 0] }),
  text: columnFor({ pool: ['', 'a', 'A', 'ä', 'b%', '_', '\\', '🦊', '\uffff'], rank: null, equal: Object.is }),
  level: columnFor({ pool: ['zulu', 'alpha', 'mike'], rank: (value) => [['zulu', 'alpha', 'mike'].indexOf(value)] }),
  uuid: columnFor({
    pool: [
      '00000000-0000-0000-0000-000000000000',
      '7fffffff-0000-4000-8000-000000000000',
      '80000000-0000-4000-8000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
    ],
    rank: (value) => [BigInt(`0x${value.replaceAll('-', '')}`)],
  }),
  at: columnFor({
    pool: [new Date(-1), new Date(0), new Date(1), new Date('2024-02-29T12:00:00.123Z'), new Date(8.64e15)],
    rank: (value) => [value.getTime()],
  }),
  instant: columnFor({
    pool: ['1969-12-31T23:59:59.999999Z', '1970-01-01T00:00:00Z', '2024-02-29T12:00:00.000001Z', '2024-02-29T12:00:00.000002Z'].map(
      (text) => Temporal.Instant.from(text),
    ),
    rank: (value) => [value.epochNanoseconds],
  }),
  day: columnFor({
    pool: ['0001-01-01', '2024-02-28', '2024-02-29', '2024-03-01'].map((text) => Temporal.PlainDate.from(text)),
    rank: (value) => [dayNumber(value)],
  }),
  clock: columnFor({
    pool: ['00:00:00', '12:00:00', '12:00:00.000001', '23:59:59.999999'].map((text) => Temporal.PlainTime.from(text)),
    rank: (value) => [clockNumber(value)],
  }),
  moment: columnFor({
    pool: ['2024-02-29T00:00:00', '2024-02-29T00:00:00.000001', '2023-12-31T23:59:59'].map((text) => Temporal.PlainDateTime.from(text)),
    rank: (value) => [dayNumber(value.toPlainDate()), clockNumber(value.toPlainTime())],
  }),
  bytes: columnFor({
    pool: [[0].slice(1), [0], [0, 0], [1], [127, 255], [128]].map((list) => Uint8Array.from(list)),
    rank: (value) => [...value, -1],
  }),
  owner: columnFor({ pool: ['0', '9', '10', '9007199254740993', '9223372036854775807'], rank: (value) => [BigInt(value)] }),
  tags: columnFor({
    pool: [[] as string[], ['a'], ['a', 'b'], ['b', 'a'], ['']],
    rank: null,
    equal: (left, right) => left.length === right.length && left.every((item, at) => item === right[at]),
  }),
};
export const NAMES = Object.keys(COLUMNS);

function compared(column: Column, left: unknown, right: unknown): number {
  const lefts = column.rank!(left),
    rights = column.rank!(right);
  for (let at = 0; at < Math.max(lefts.length, rights.length); at++) {
    const a = lefts[at]!,
      b = rights[at]!;
    if (a !== b) return a < b ? -1 : 1;
  }
  return 0;
}
export const isEqual = (column: Column, left: unknown, right: unknown): boolean =>
  column.equal === undefined ? compared(column, left, right) === 0 : column.equal(left, right);

type Truth = boolean | null;
export type Row = Readonly<Record<string, unknown>>;
/** A predicate as the query has it, and as it is answered here. */
export interface Question {
  readonly build: (bag: object) => Predicate;
  readonly answer: (row: Row) => Truth;
  readonly words: string;
}

const negated = (truth: Truth): Truth => (truth === null ? null : !truth);
const words = (value: unknown): string =>
  Array.isArray(value)
    ? `[${value.map(words).join(', ')}]`
    : typeof value === 'string'
      ? JSON.stringify(value)
      : Object.is(value, -0)
        ? '-0'
        : String(value);

const ORDERED: readonly ['gt' | 'gte' | 'lt' | 'lte', (sign: number) => boolean][] = [
  ['gt', (sign) => sign > 0],
  ['gte', (sign) => sign >= 0],
  ['lt', (sign) => sign < 0],
  ['lte', (sign) => sign <= 0],
];

/** The other side: mostly a value, now and then the column of the same kind, which is the column itself. */
function leaf(): Question {
  const name = one(NAMES),
    column = COLUMNS[name]!,
    isArray = name === 'tags';
  const value = one(column.pool);
  const strict = (row: Row, test: (stored: unknown) => boolean): Truth => (row[name] === null ? null : test(row[name]));
  const choices: (() => Question)[] = [
    () => ({ build: (bag) => columnOf(bag, name).isNull(), answer: (row) => row[name] === null, words: `${name} isNull` }),
    () => ({ build: (bag) => columnOf(bag, name).isNotNull(), answer: (row) => row[name] !== null, words: `${name} isNotNull` }),
    () => ({ build: (bag) => columnOf(bag, name).eq(null), answer: (row) => row[name] === null, words: `${name} eq null` }),
    () => ({
      build: (bag) => columnOf(bag, name).eq(value),
      answer: (row) => strict(row, (stored) => isEqual(column, stored, value)),
      words: `${name} eq ${words(value)}`,
    }),
    () => ({
      build: (bag) => columnOf(bag, name).neq(value),
      answer: (row) => strict(row, (stored) => !isEqual(column, stored, value)),
      words: `${name} neq ${words(value)}`,
    }),
    () => ({
      build: (bag) => columnOf(bag, name).isDistinctFrom(value),
      answer: (row) => row[name] === null || !isEqual(column, row[name], value),
      words: `${name} isDistinctFrom ${words(value)}`,
    }),
    () => ({
      build: (bag) => columnOf(bag, name).isNotDistinctFrom(value),
      answer: (row) => row[name] !== null && isEqual(column, row[name], value),
      words: `${name} isNotDistinctFrom ${words(value)}`,
    }),
    () => ({
      build: (bag) => columnOf(bag, name).isDistinctFrom(null),
      answer: (row) => row[name] !== null,
      words: `${name} isDistinctFrom null`,
    }),
    () => ({
      build: (bag) => columnOf(bag, name).eq(columnOf(bag, name)),
      answer: (row) => (row[name] === null ? null : true),
      words: `${name} eq itself`,
    }),
  ];
  if (!isArray) {
    const list = Array.from({ length: below(4) }, () => one(column.pool));
    choices.push(
      () => ({
        build: (bag) => columnOf(bag, name).in(list),
        answer: (row) => (list.length === 0 ? false : strict(row, (stored) => list.some((item) => isEqual(column, stored, item)))),
        words: `${name} in ${words(list)}`,
      }),
      () => ({
        build: (bag) => columnOf(bag, name).notIn(list),
        answer: (row) => (list.length === 0 ? true : strict(row, (stored) => !list.some((item) => isEqual(column, stored, item)))),
        words: `${name} notIn ${words(list)}`,
      }),
    );
  }
  if (column.rank !== null) {
    const [operator, accepts] = one(ORDERED),
      other = one(column.pool);
    choices.push(
      () => ({
        build: (bag) => columnOf(bag, name)[operator](value),
        answer: (row) => strict(row, (stored) => accepts(compared(column, stored, value))),
        words: `${name} ${operator} ${words(value)}`,
      }),
      () => ({
        build: (bag) => columnOf(bag, name).between(value, other),
        answer: (row) => strict(row, (stored) => compared(column, stored, value) >= 0 && compared(column, stored, other) <= 0),
        words: `${name} between ${words(value)} and ${words(other)}`,
      }),
    );
  }
  if (name === 'flag')
    choices.push(() => ({
      build: (bag) => columnOf(bag, 'flag') as unknown as Predicate,
      answer: (row) => row['flag'] as Truth,
      words: 'flag',
    }));
  return one(choices)();
}

export function question(depth: number): Question {
  if (depth === 0 || random() < 0.25) return leaf();
  const kind = one(['and', 'or', 'not', 'xor', 'fluent'] as const);
  if (kind === 'not') {
    const inner = question(depth - 1);
    return { build: (bag) => not(inner.build(bag)), answer: (row) => negated(inner.answer(row)), words: `not(${inner.words})` };
  }
  const parts = Array.from({ length: kind === 'xor' ? 2 : below(4) + (kind === 'fluent' ? 1 : 0) }, () => question(depth - 1));
  const text = `${kind}(${parts.map((part) => part.words).join(', ')})`;
  const answers = (row: Row): Truth[] => parts.map((part) => part.answer(row));
  const conjunction = (truths: Truth[]): Truth => (truths.includes(false) ? false : truths.includes(null) ? null : true);
  const disjunction = (truths: Truth[]): Truth => (truths.includes(true) ? true : truths.includes(null) ? null : false);
  switch (kind) {
    case 'and':
      return { build: (bag) => and(...parts.map((part) => part.build(bag))), answer: (row) => conjunction(answers(row)), words: text };
    case 'or':
      return { build: (bag) => or(...parts.map((part) => part.build(bag))), answer: (row) => disjunction(answers(row)), words: text };
    case 'xor':
      return {
        build: (bag) => parts[0]!.build(bag).xor(parts[1]!.build(bag)),
        answer: (row) => {
          const [a, b] = answers(row);
          return a === null || b === null ? null : a !== b;
        },
        words: text,
      };
    case 'fluent':
      return {
        build: (bag) =>
          parts[0]!
            .build(bag)
            .or(...parts.slice(1).map((part) => part.build(bag)))
            .not(),
        answer: (row) => negated(disjunction(answers(row))),
        words: text,
      };
  }
}

export interface Key {
  readonly name: string;
  readonly direction: 'asc' | 'desc';
  readonly nulls: 'first' | 'last' | undefined;
}

export function ordering(): Key[] {
  const sortable = NAMES.filter((name) => COLUMNS[name]!.rank !== null);
  return Array.from({ length: below(4) }, () => ({
    name: one(sortable),
    direction: one(['asc', 'desc'] as const),
    nulls: one(['first', 'last', undefined] as const),
  }));
}

export function inOrder(rows: readonly Row[], keys: readonly Key[]): Row[] {
  return [...rows].sort((left, right) => {
    for (const { name, direction, nulls } of keys) {
      const a = left[name],
        b = right[name],
        areFirst = (nulls ?? (direction === 'asc' ? 'last' : 'first')) === 'first';
      if (a === null || b === null) {
        if (a !== b) return (a === null) === areFirst ? -1 : 1;
        continue;
      }
      const sign = compared(COLUMNS[name]!, a, b);
      if (sign !== 0) return direction === 'asc' ? sign : -sign;
    }
    return (left['id'] as number) - (right['id'] as number);
  });
}

/** Rows to be stored, and to be asked about in memory. */
export const probeInputs = (count: number): Record<string, unknown>[] =>
  Array.from({ length: count }, () => Object.fromEntries(NAMES.map((name) => [name, random() < 0.2 ? null : one(COLUMNS[name]!.pool)])));
