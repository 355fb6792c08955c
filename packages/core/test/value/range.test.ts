// Ranges: the six types, the constructors, and the forms in which they travel.

import fc from 'fast-check';
import type { Temporal } from 'temporal-spec';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { arrayCodec } from '../../src/value/array.ts';
import { booleanKind } from '../../src/value/number.ts';
import { Range, RANGE_KINDS, type RangeBound } from '../../src/value/range.ts';
import { temporal } from '../../src/value/temporal.ts';
import { textKind } from '../../src/value/text.ts';
import type { ValueKind } from '../../src/value/kind.ts';
import { testValueKind } from '../support/value-kind-suite.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();
const open = () => server.open();

const instant = (iso: string): Temporal.Instant => temporal().Instant.from(iso);
const date = (iso: string): Temporal.PlainDate => temporal().PlainDate.from(iso);
const timestamp = (iso: string): Temporal.PlainDateTime => temporal().PlainDateTime.from(iso);

const unbounded = { kind: 'unbounded' } as const;
const range = <Value>(
  kind: 'inclusive' | 'exclusive',
  lower: Value | null,
  upperKind: 'inclusive' | 'exclusive',
  upper: Value | null,
): Range<Value> =>
  Range.of<Value>(lower === null ? unbounded : { kind, value: lower }, upper === null ? unbounded : { kind: upperKind, value: upper });

/** Every combination of the bounds, smallest first; what is empty without saying so is left out. */
function rangesOf<Value>(values: readonly Value[], isSame: (left: Value, right: Value) => boolean): Range<Value>[] {
  const bounds = [null, ...values],
    kinds = ['inclusive', 'exclusive'] as const;
  return [
    Range.empty(),
    ...bounds.flatMap((lower, at) =>
      bounds.flatMap((upper, to) =>
        kinds.flatMap((lowerKind) =>
          kinds.flatMap((upperKind) => {
            if ((lower === null && lowerKind === 'inclusive') || (upper === null && upperKind === 'inclusive')) return [];
            if (
              lower !== null &&
              upper !== null &&
              (at > to || (isSame(lower, upper) && !(lowerKind === 'inclusive' && upperKind === 'inclusive')))
            )
              return [];
            return [range<Value>(lowerKind, lower, upperKind, upper)];
          }),
        ),
      ),
    ),
  ];
}

const REFUSED: readonly (readonly [unknown, string])[] = [
  [[1, 5], 'type'],
  ['[1,5)', 'type'],
  ['empty', 'type'],
  [{ lower: 1, upper: 5 }, 'type'],
  [{ lower: 1, isLowerInclusive: true, isUpperInclusive: false, isEmpty: false }, 'type'],
  [{ lower: 1, upper: 5, isLowerInclusive: 1, isUpperInclusive: 0, isEmpty: false }, 'type'],
  [{ lower: null, upper: null, isLowerInclusive: true, isUpperInclusive: false, isEmpty: false }, 'range_value'],
  [{ lower: null, upper: null, isLowerInclusive: false, isUpperInclusive: true, isEmpty: true }, 'range_value'],
];
const shaped = (lower: unknown, upper: unknown): object => ({
  lower,
  upper,
  isLowerInclusive: lower !== null,
  isUpperInclusive: false,
  isEmpty: false,
});

/** Types whose values have successors come back with an included lower and an excluded upper bound. */
function testDiscrete<Value>(
  title: string,
  kind: ValueKind<Range<Value>>,
  values: () => readonly Value[],
  next: (value: Value) => Value,
  last: () => Value,
  refused: () => readonly (readonly [unknown, string])[],
  undecodable: readonly string[] = [],
): void {
  testValueKind<Range<Value>>(
    title,
    kind,
    () => {
      const [first, second, third] = values() as [Value, Value, Value];
      const canonical = (lower: Value, upper: Value): Range<Value> => Range.inclusiveExclusive(lower, upper);
      const pairs = fc
        .tuple(fc.constantFrom(...values()), fc.constantFrom(...values()))
        .map(([a, b]) => (kind.bound!.comparison!.compare!(a, b) <= 0 ? ([a, b] as const) : ([b, a] as const)));
      return {
        values: [
          Range.empty(),
          Range.all(),
          canonical(first, second),
          canonical(second, third),
          canonical(first, last()),
          Range.atLeast(second),
          Range.atLeast(last()),
          Range.lessThan(second),
          Range.lessThan(last()),
          Range.lessThan(first),
        ],
        normalised: [
          [Range.inclusive(first, second), canonical(first, next(second))],
          [Range.exclusive(first, third), canonical(next(first), third)],
          [Range.exclusiveInclusive(first, second), canonical(next(first), next(second))],
          [Range.inclusive(second, second), canonical(second, next(second))],
          [canonical(second, second), Range.empty()],
          [Range.exclusive(second, next(second)), Range.empty()],
          [Range.exclusive(second, second), Range.empty()],
          [range<Value>('exclusive', second, 'exclusive', null), Range.atLeast(next(second))],
          [range<Value>('exclusive', null, 'inclusive', second), Range.lessThan(next(second))],
        ],
        arbitrary: fc.oneof(
          pairs.filter(([a, b]) => kind.bound!.comparison!.compare!(a, b) < 0).map(([a, b]) => canonical(a, b)),
          fc.constantFrom(...values()).map((value) => Range.atLeast(value)),
          fc.constantFrom(...values()).map((value) => Range.lessThan(value)),
          fc.constantFrom<Range<Value>>(Range.all(), Range.empty()),
        ),
        refused: [
          ...REFUSED,
          ...refused(),
          [shaped(second, first), 'range_value'],
          [{ ...shaped(first, second), isEmpty: true }, 'range_value'],
          [Range.inclusive(first, last()), 'range_value'],
          [range('exclusive', last(), 'exclusive', null), 'range_value'],
          [shaped(first, undefined), 'type'],
        ],
        undecodable,
        undecodableJson: ['[1', '(,', 1, [], { lower: 1 }, { ...shaped(null, null), isLowerInclusive: true }],
      };
    },
    open,
    { runs: 60 },
  );
}

testDiscrete(
  'int4range',
  RANGE_KINDS.int4,
  () => [-2147483648, 0, 5, 2147483646],
  (value) => value + 1,
  () => 2147483647,
  () => [
    [Range.inclusiveExclusive(1.5, 2), 'type'],
    [Range.atLeast(2 ** 31), 'range'],
    [Range.atLeast('1'), 'type'],
    [Range.atLeast(1n), 'type'],
  ],
);
testDiscrete(
  'int8range',
  RANGE_KINDS.int8,
  () => [-(2n ** 63n), 2n ** 53n, 2n ** 53n + 3n, 2n ** 63n - 2n],
  (value) => value + 1n,
  () => 2n ** 63n - 1n,
  () => [
    [Range.atLeast(2n ** 63n), 'range'],
    [Range.atLeast(1.5), 'type'],
    [Range.lessThan('1'), 'type'],
  ],
);
testDiscrete(
  'daterange',
  RANGE_KINDS.date,
  () => ['-004713-11-24', '-000043-03-15', '2024-02-28', '2024-12-31', '+012345-06-07'].map(date),
  (value) => value.add({ days: 1 }),
  () => date('+275760-09-13'),
  () => [
    [Range.atLeast(timestamp('2024-01-01T00:00')), 'type'],
    [Range.atLeast(date('-004713-11-23')), 'range'],
    [Range.atLeast('2024-01-01'), 'type'],
  ],
  ["'[2024-01-01,infinity)'::daterange", "'[-infinity,)'::daterange", "'[275760-09-14,)'::daterange"],
);

function testContinuous<Value>(
  title: string,
  kind: ValueKind<Range<Value>>,
  values: () => readonly Value[],
  refused: () => readonly (readonly [unknown, string])[],
  undecodable: readonly string[],
): void {
  testValueKind<Range<Value>>(
    title,
    kind,
    () => {
      const all = values(),
        compare = kind.bound!.comparison!.compare!,
        second = all[1]!;
      return {
        values: rangesOf(all, (left, right) => compare(left, right) === 0),
        normalised: [
          [Range.inclusiveExclusive(second, second), Range.empty()],
          [Range.exclusive(second, second), Range.empty()],
        ],
        arbitrary: fc.constantFrom(...rangesOf(all, (left, right) => compare(left, right) === 0)),
        refused: [
          ...REFUSED,
          ...refused(),
          [shaped(all[1], all[0]), 'range_value'],
          [{ ...shaped(all[0], all[1]), isEmpty: true }, 'range_value'],
        ],
        undecodable,
        undecodableJson: ['[1', 1, [], { lower: 1 }, { ...shaped(null, null), isUpperInclusive: true }],
      };
    },
    open,
    { runs: 60 },
  );
}

testContinuous(
  'numrange',
  RANGE_KINDS.num,
  () => ['-1.50', '0', '0.000', '10000.0001', '9'.repeat(60)],
  () => [
    [Range.atLeast('NaN'), 'type'],
    [Range.atLeast(1), 'type'],
    [Range.inclusive('1e5', '2e5'), 'type'],
  ],
  ["'[1,NaN]'::numrange", "'[NaN,)'::numrange", "'[1,infinity]'::numrange"],
);
testContinuous(
  'tsrange',
  RANGE_KINDS.ts,
  () => ['-000043-03-15T12:00', '1970-01-01T00:00', '2024-02-29T12:34:56.789012', '+012345-06-07T08:09:10.5'].map(timestamp),
  () => [
    [Range.atLeast(timestamp('2024-01-01T00:00:00.000000001')), 'precision'],
    [Range.atLeast(date('2024-01-01')), 'type'],
    [Range.atLeast(new Date(0)), 'type'],
  ],
  ["'[2024-01-01,infinity)'::tsrange", "'[-infinity,)'::tsrange"],
);
testContinuous(
  'tstzrange',
  RANGE_KINDS.tstz,
  () => ['-000043-03-15T12:00:00Z', '1969-12-31T23:59:59.999999Z', '2024-02-29T12:34:56.789012Z', '+012345-06-07T08:09:10.5Z'].map(instant),
  () => [
    [Range.lessThan(instant('2024-01-01T00:00:00.000000001Z')), 'precision'],
    [Range.atLeast(new Date(0)), 'type'],
  ],
  ["'[2024-01-01,infinity)'::tstzrange", "'(-infinity,infinity)'::tstzrange"],
);

describe('Range', () => {
  test('makes frozen plain objects', () => {
    const all: [Range<number>, Range<number>][] = [
      [Range.inclusive(1, 5), { lower: 1, upper: 5, isLowerInclusive: true, isUpperInclusive: true, isEmpty: false }],
      [Range.exclusive(1, 5), { lower: 1, upper: 5, isLowerInclusive: false, isUpperInclusive: false, isEmpty: false }],
      [Range.inclusiveExclusive(1, 5), { lower: 1, upper: 5, isLowerInclusive: true, isUpperInclusive: false, isEmpty: false }],
      [Range.exclusiveInclusive(1, 5), { lower: 1, upper: 5, isLowerInclusive: false, isUpperInclusive: true, isEmpty: false }],
      [Range.atLeast(1), { lower: 1, upper: null, isLowerInclusive: true, isUpperInclusive: false, isEmpty: false }],
      [Range.lessThan(5), { lower: null, upper: 5, isLowerInclusive: false, isUpperInclusive: false, isEmpty: false }],
      [Range.all(), { lower: null, upper: null, isLowerInclusive: false, isUpperInclusive: false, isEmpty: false }],
      [Range.empty(), { lower: null, upper: null, isLowerInclusive: false, isUpperInclusive: false, isEmpty: true }],
      [
        Range.of<number>({ kind: 'exclusive', value: 1 }, unbounded),
        { lower: 1, upper: null, isLowerInclusive: false, isUpperInclusive: false, isEmpty: false },
      ],
      [
        Range.of<number>(unbounded, { kind: 'inclusive', value: 5 }),
        { lower: null, upper: 5, isLowerInclusive: false, isUpperInclusive: true, isEmpty: false },
      ],
    ];
    for (const [made, wanted] of all) {
      expect(made).toStrictEqual(wanted);
      expect(Object.isFrozen(made)).toBe(true);
    }
    expect(structuredClone(Range.inclusive(1, 5))).toStrictEqual(Range.inclusive(1, 5));
  });

  test.each<[string, () => unknown]>([
    ['numbers', () => Range.inclusive(5, 1)],
    ['bigints', () => Range.exclusive(2n ** 63n, 2n ** 62n)],
    ['decimals, by value', () => Range.inclusive('10', '9')],
    ['instants', () => Range.inclusive(instant('2024-01-01T00:00:00.000001Z'), instant('2024-01-01T00:00:00Z'))],
    ['dates', () => Range.inclusiveExclusive(date('2024-01-02'), date('2024-01-01'))],
    ['timestamps', () => Range.exclusiveInclusive(timestamp('2024-01-02T00:00'), timestamp('2024-01-01T00:00'))],
    ['bounds', () => Range.of({ kind: 'inclusive', value: 2 }, { kind: 'inclusive', value: 1 })],
    ['a missing bound', () => Range.inclusive(1, undefined as never)],
    ['null for a bound', () => Range.inclusive<number | null>(null, 1)],
    ['a bound without value', () => Range.atLeast(undefined)],
    ['a null bound in of', () => Range.of({ kind: 'inclusive', value: null }, unbounded)],
  ])('refuses the wrong way round or nothing at all: %s', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: 'range_value' })] }));
  });

  test('takes a lower bound that is equal to the upper one', () => {
    expect(Range.inclusive('9', '9.0')).toMatchObject({ lower: '9', upper: '9.0' });
    expect(Range.inclusiveExclusive(5, 5).isEmpty).toBe(false);
  });

  test('equals compares bounds, by value, and not what they contain', () => {
    expect(Range.equals(Range.inclusive(1, 5), Range.inclusive(1, 5))).toBe(true);
    expect(Range.equals(Range.inclusive(1, 5), Range.inclusiveExclusive(1, 6))).toBe(false);
    expect(Range.equals(Range.inclusive('1.0', '5'), Range.inclusive('1.00', '5'))).toBe(true);
    expect(Range.equals(Range.atLeast(instant('2024-01-01T00:00:00Z')), Range.atLeast(instant('2024-01-01T00:00:00Z')))).toBe(true);
    expect(Range.equals(Range.atLeast(date('2024-01-01')), Range.atLeast(date('2024-01-02')))).toBe(false);
    expect(Range.equals(Range.atLeast(1), Range.all())).toBe(false);
    expect(Range.equals(Range.empty(), Range.empty())).toBe(true);
    expect(Range.equals(Range.empty(), Range.all())).toBe(false);
    expect(Range.equals(Range.inclusiveExclusive(5, 5), Range.empty())).toBe(false);
  });

  test('infers the type of its bounds', () => {
    expectTypeOf(Range.inclusive(1, 5)).toEqualTypeOf<Range<number>>();
    expectTypeOf(Range.atLeast('1.5')).toEqualTypeOf<Range<string>>();
    expectTypeOf(Range.empty()).toExtend<Range<bigint>>();
    expectTypeOf<RangeBound<number>>().toEqualTypeOf<
      { readonly kind: 'inclusive' | 'exclusive'; readonly value: number } | { readonly kind: 'unbounded' }
    >();
    // @ts-expect-error bounds of two types
    Range.inclusive(1, 'x' as const);
  });
});

test('equality in SQL is by content, and so has no in-memory form', async () => {
  const connection = await open(),
    { codec, comparison } = RANGE_KINDS.int4;
  const statement = {
    text: 'SELECT $1::int4range = $2::int4range AS equal',
    parameters: [codec, codec],
    rows: { columns: [{ name: 'equal', codec: booleanKind.codec }], as: 'value' as const },
  };
  expect((await connection.execute({ statement, values: [Range.inclusive(1, 5), Range.inclusiveExclusive(1, 6)] })).rows).toEqual([true]);
  expect(comparison).toBeNull();
});

test('bounds with quotes, backslashes, commas and brackets survive the text form', async () => {
  const connection = await open();
  await connection.script('CREATE TYPE pg_temp.textrange AS RANGE (subtype = text, collation = "C")');
  // The codec of a type that core does not have, to meet every character that the quoting rules know.
  const { text } = RANGE_KINDS.num.codec;
  const odd = ['a,b', '[', ')', '"', '\\', ' ', 'a"b\\c', '(x]', '\t'];
  for (const value of odd) {
    const statement = {
      text: 'SELECT pg_temp.textrange($1, NULL)::text AS v',
      parameters: [textKind.codec],
      rows: { columns: [{ name: 'v', codec: textKind.codec }], as: 'value' as const },
    };
    const printed = (await connection.execute({ statement, values: [value] })).rows[0] as string;
    expect(text.encode(Range.atLeast(value))).toBe(printed);
  }
});

test('a list of ranges is one parameter', async () => {
  const connection = await open(),
    kind = RANGE_KINDS.tstz,
    codec = arrayCodec(kind.codec, kind.castType, true);
  const statement = {
    text: 'SELECT u FROM unnest($1::tstzrange[]) WITH ORDINALITY AS t(u, n) ORDER BY n',
    parameters: [codec],
    rows: { columns: [{ name: 'u', codec: kind.codec }], as: 'value' as const },
  };
  const list = [Range.inclusive(instant('2024-01-01T00:00:00Z'), instant('2024-02-01T00:00:00.5Z')), null, Range.empty(), Range.all()];
  for (let use = 0; use < 2; use++) expect((await connection.execute({ statement, values: [list] })).rows).toEqual(list);
});

test('JSON has the shape of the value, and the text of the server is read as well', () => {
  const { encode, decode } = RANGE_KINDS.tstz.codec.json;
  const json = { lower: '2024-01-01T00:00:00Z', upper: null, isLowerInclusive: true, isUpperInclusive: false, isEmpty: false };
  expect(encode(Range.atLeast(instant('2024-01-01T00:00:00Z')))).toEqual(json);
  expect(decode(json)).toEqual(Range.atLeast(instant('2024-01-01T00:00:00Z')));
  expect(Object.isFrozen(decode(json))).toBe(true);
  expect(decode('["2024-01-01 00:00:00+00",)')).toEqual(Range.atLeast(instant('2024-01-01T00:00:00Z')));
  expect(encode(Range.empty())).toEqual({ lower: null, upper: null, isLowerInclusive: false, isUpperInclusive: false, isEmpty: true });
  expect(RANGE_KINDS.int8.codec.json.encode(Range.atLeast(2n ** 60n))).toMatchObject({ lower: '1152921504606846976' });
});
