// Integers, floats and booleans.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bigintKind,
  booleanKind,
  countKind,
  doubleKind,
  integerKind,
  intKind,
  realKind,
  safeIntSpec,
  smallintKind,
  uint64Kind,
} from '../../src/value/number.ts';
import type { ValueKind } from '../../src/value/kind.ts';
import { testValueKind, type ValueCases } from '../support/value-kind-suite.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();
const open = () => server.open();

function integers(min: number, max: number, undecodable: readonly string[] = []): () => ValueCases<number> {
  const near = fc.constantFrom(min, min + 1, -1, 0, 1, max - 1, max).filter((value) => value >= min && value <= max);
  const arbitrary = fc
    .oneof(
      near,
      fc.maxSafeInteger().map((value) => min + (((value % (max - min + 1)) + (max - min + 1)) % (max - min + 1))),
    )
    .filter((value) => Number.isSafeInteger(value) && value >= min && value <= max);
  return () => ({
    values: [min, min + 1, 0, 1, 7, max - 1, max],
    normalised: [[-0, 0]],
    arbitrary,
    refused: [
      [min - 1, Number.isSafeInteger(min) && min - 1 === min ? 'type' : 'range'],
      [max + 1, 'range'],
      [1e300, 'range'],
      [3.5, 'type'],
      [Number.NaN, 'type'],
      [Infinity, 'type'],
      [-Infinity, 'type'],
      ['3', 'type'],
      [3n, 'type'],
      [true, 'type'],
      [new Date(3), 'type'],
      [[3], 'type'],
      [Object(3), 'type'],
    ],
    undecodable,
    undecodableJson: ['3', 3.5, max + 1, min - 1, true, [3]],
    pairs: fc.tuple(arbitrary, fc.oneof(arbitrary, near)),
  });
}

const bounded = (name: string, sqlType: 'smallint' | 'integer' | 'bigint', min: number, max: number): ValueKind<number> =>
  integerKind({ name, sqlType, min, max, hasCheck: true });

testValueKind('smallint', smallintKind, integers(-32768, 32767), open);
testValueKind('int', intKind, integers(-2147483648, 2147483647), open);
testValueKind('tinyint', bounded('tinyint', 'smallint', -128, 127), integers(-128, 127, ["'128'::smallint", "'-129'::smallint"]), open);
testValueKind('uint8', bounded('uint8', 'smallint', 0, 255), integers(0, 255, ["'256'::smallint", "'-1'::smallint"]), open);
testValueKind('uint16', bounded('uint16', 'integer', 0, 65535), integers(0, 65535, ['65536', '-1']), open);
testValueKind(
  'uint32',
  bounded('uint32', 'bigint', 0, 4294967295),
  integers(0, 4294967295, ["'4294967296'::bigint", "'-1'::bigint", "'9223372036854775807'::bigint"]),
  open,
);

const beyondSafe = [
  '9007199254740992',
  '9007199254740993',
  '-9007199254740992',
  '-9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
].map((text) => `'${text}'::bigint`);
testValueKind(
  'safeInt',
  integerKind({ ...safeIntSpec, hasCheck: true }),
  integers(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, beyondSafe),
  open,
);
testValueKind('count', countKind, integers(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, beyondSafe), open);

const int64 = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
testValueKind(
  'bigint',
  bigintKind,
  () => ({
    values: [
      0n,
      1n,
      -1n,
      2n ** 31n,
      -(2n ** 31n),
      2n ** 32n,
      2n ** 53n - 1n,
      2n ** 53n,
      2n ** 53n + 1n,
      -(2n ** 53n) - 1n,
      2n ** 63n - 1n,
      -(2n ** 63n),
    ],
    normalised: [
      [7 as never, 7n],
      [-0 as never, 0n],
      [Number.MAX_SAFE_INTEGER as never, 9007199254740991n],
      [Number.MIN_SAFE_INTEGER as never, -9007199254740991n],
    ],
    refused: [
      [2n ** 63n, 'range'],
      [-(2n ** 63n) - 1n, 'range'],
      [2 ** 53, 'type'],
      [1.5, 'type'],
      [Number.NaN, 'type'],
      [Infinity, 'type'],
      ['7', 'type'],
      [true, 'type'],
      [[7n], 'type'],
    ],
    undecodableJson: [
      '',
      ' ',
      ' 7',
      '7 ',
      '0x10',
      '1e3',
      '7n',
      '1.0',
      1.5,
      2 ** 53,
      true,
      [],
      '9223372036854775808',
      '-9223372036854775809',
    ],
    arbitrary: fc.oneof(int64, fc.bigInt(-1000n, 1000n), fc.bigInt(2n ** 53n - 5n, 2n ** 53n + 5n)),
    pairs: fc
      .tuple(int64, int64)
      .chain(([left, right]) => fc.constantFrom<[bigint, bigint]>([left, right], [left, left], [left, left > 0n ? left - 1n : left + 1n])),
  }),
  open,
);

const uint64Cases = (): ValueCases<bigint> => ({
  values: [0n, 1n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n],
  normalised: [
    [7 as never, 7n],
    [-0 as never, 0n],
  ],
  refused: [
    [-1n, 'range'],
    [-1, 'range'],
    [2n ** 64n, 'range'],
    [2 ** 53, 'type'],
    [0.5, 'type'],
    ['7', 'type'],
    [Number.NaN, 'type'],
  ],
  undecodable: ["'-1'::numeric", "'18446744073709551616'::numeric", "'1.5'::numeric", "'NaN'::numeric", "'Infinity'::numeric"],
  undecodableJson: ['', ' ', '-1', '0x10', '1.5', 1.5, '18446744073709551616', true],
  arbitrary: fc.oneof(fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(0n, 100n)),
});
testValueKind('uint64', uint64Kind(true), uint64Cases, open);
test('uint64 reads a stored scale of zeros', () => {
  const { decode } = uint64Kind(false).codec.text;
  expect([decode('7.000'), decode('0.0'), decode('100'), decode('100.00')]).toEqual([7n, 0n, 100n, 100n]);
});

const specials = [
  0,
  -0,
  1,
  -1,
  0.1,
  1 / 3,
  Number.NaN,
  Infinity,
  -Infinity,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  Number.MIN_VALUE,
  -Number.MIN_VALUE,
  Number.EPSILON,
  2 ** 53 + 2,
  1e21,
  1e-7,
  1.7976931348623157e308,
];
testValueKind(
  'double',
  doubleKind,
  () => ({
    values: specials,
    arbitrary: fc.double(),
    refused: [
      ['1.5', 'type'],
      [1n, 'type'],
      [true, 'type'],
      [[1.5], 'type'],
      [new Date(1), 'type'],
    ],
    undecodableJson: ['1.5', 'nan', 'Inf', true, [1]],
    pairs: fc.oneof(fc.tuple(fc.double(), fc.double()), fc.tuple(fc.constantFrom(...specials), fc.constantFrom(...specials))),
  }),
  open,
);

const floats = specials.map(Math.fround);
testValueKind(
  'real',
  realKind,
  () => ({
    values: [...new Set(floats), -0, 2 ** -149, -(2 ** -149), 3.4028234663852886e38, 16777216],
    arbitrary: fc.float(),
    refused: [
      [0.1, 'precision'],
      [1 / 3, 'precision'],
      [16777217, 'precision'],
      [Number.MAX_VALUE, 'precision'],
      [Number.MIN_VALUE, 'precision'],
      ['1', 'type'],
      [1n, 'type'],
    ],
    undecodableJson: ['1', true],
    pairs: fc.oneof(fc.tuple(fc.float(), fc.float()), fc.tuple(fc.constantFrom(...floats), fc.constantFrom(...floats))),
  }),
  open,
);

testValueKind(
  'boolean',
  booleanKind,
  () => ({
    values: [true, false],
    arbitrary: fc.boolean(),
    refused: [
      [1, 'type'],
      [0, 'type'],
      ['true', 'type'],
      ['', 'type'],
      [Object(true), 'type'],
    ],
    undecodableJson: [1, 'true'],
  }),
  open,
);

describe('integers in JSON', () => {
  test('a bigint is written as a string', () => {
    expect(bigintKind.codec.json.encode(2n ** 60n)).toBe('1152921504606846976');
  });
  test('floats that JSON does not have are written as strings', () => {
    expect([Number.NaN, Infinity, -Infinity, 1.5].map((value) => doubleKind.codec.json.encode(value))).toEqual([
      'NaN',
      'Infinity',
      '-Infinity',
      1.5,
    ]);
  });
});
