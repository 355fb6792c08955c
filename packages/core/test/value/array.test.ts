// One-dimensional arrays: as columns of every allowed element type, and as parameters.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Temporal } from 'temporal-spec';
import { ID_VALUE_KINDS } from '../../src/id/key-kind.ts';
import { quoteLiteral } from '../../src/ident/identifier.ts';
import { arrayCodec, arrayKind } from '../../src/value/array.ts';
import { uuidKind } from '../../src/value/binary.ts';
import { decimalClassKind, decimalKind } from '../../src/value/decimal.ts';
import { enumKind } from '../../src/value/enum.ts';
import type { ValueKind } from '../../src/value/kind.ts';
import { bigintKind, booleanKind, doubleKind, integerKind, intKind, realKind, smallintKind, uint64Kind } from '../../src/value/number.ts';
import { temporal } from '../../src/value/temporal.ts';
import { citextKind, limitedTextKind, textKind, varcharKind } from '../../src/value/text.ts';
import { dateKind, instantKind, timeKind, timestampKind, timestamptzKind } from '../../src/value/time.ts';
import { testValueKind } from '../support/value-kind-suite.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();
const open = () => server.open();

function testArrayOf<Value>(
  title: string,
  element: ValueKind<Value>,
  elements: () => readonly Value[],
  refused: readonly [unknown, string][],
  undecodable: readonly string[] = [],
  setUp = '',
): void {
  testValueKind(
    `array of ${title}`,
    arrayKind(element),
    () => {
      const all = elements(),
        list = fc.array(fc.constantFrom(...all), { maxLength: 6 });
      return {
        values: [[], ...all.map((item) => [item]), all, [...all, ...all]],
        arbitrary: list,
        refused: [
          ...refused.map(([item, rule]): [unknown, string, number] => [[all[0], item], rule, 1]),
          [[null], 'not_null', 0],
          [[all[0], undefined], 'not_null', 1],
          [[all[0], all[0], null], 'not_null', 2],
          [all[0], 'type'],
          [{ length: 0 }, 'type'],
          [new Set(all), 'type'],
          ['{}', 'type'],
        ],
        undecodable: [`ARRAY[NULL]::${element.castType}[]`, ...undecodable],
        undecodableJson: [{}, 'a', 1, [null]],
        pairs: fc.tuple(list, list).chain(([left, right]) => fc.constantFrom<[Value[], Value[]]>([left, right], [left, [...left]])),
      };
    },
    open,
    { runs: 40, setUp },
  );
}

const texts = [
  '',
  ' ',
  'a',
  'NULL',
  'null',
  'Null',
  'a,b',
  '{',
  '}',
  '{}',
  '"',
  '""',
  '\\',
  '\\\\',
  "'",
  'a"b\\c',
  ' lead',
  'trail ',
  '\t',
  '\n',
  '\u00a0',
  '\v',
  'é',
  '😀',
  '\u{10FFFF}',
  '$1',
  ';',
  '[1:2]={}',
  '\uFEFF',
];
testArrayOf(
  'text',
  textKind,
  () => texts,
  [
    ['\0', 'nul_char'],
    ['\uD800', 'malformed_text'],
    [1, 'type'],
    [['a'], 'type'],
  ],
  ["ARRAY[ARRAY['a']]::text[]", "'[0:0]={a}'::text[]", "'[2:3]={a,b}'::text[]", "'[0:1]={NULL,b}'::text[]", "ARRAY['a', NULL, 'b']"],
);
testArrayOf('text with a length', limitedTextKind(3), () => ['', 'abc', '😀😀😀'], [['abcd', 'max_length']]);
testArrayOf('varchar', varcharKind(3), () => ['', 'abc', '😀😀😀'], [['abcd', 'max_length']]);
testArrayOf(
  'citext',
  citextKind,
  () => texts,
  [['\0', 'nul_char']],
  [],
  'SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS citext',
);
testArrayOf(
  'smallint',
  smallintKind,
  () => [0, -1, 32767, -32768],
  [
    [32768, 'range'],
    ['1', 'type'],
  ],
  ['ARRAY[ARRAY[1]]::smallint[]'],
);
testArrayOf(
  'int',
  intKind,
  () => [0, -1, 2147483647, -2147483648],
  [
    [2147483648, 'range'],
    [1.5, 'type'],
  ],
  ['ARRAY[[1,2],[3,4]]', "'[0:1]={1,2}'::integer[]", "'[2:2]={1}'::integer[]", "'[-5:-5]={1}'::integer[]"],
);
testArrayOf(
  'uint8',
  integerKind({ name: 'uint8', sqlType: 'smallint', min: 0, max: 255, hasCheck: false }),
  () => [0, 255],
  [
    [256, 'range'],
    [-1, 'range'],
  ],
  ['ARRAY[256]::smallint[]'],
);
testArrayOf(
  'safeInt',
  integerKind({ name: 'safeInt', sqlType: 'bigint', min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER, hasCheck: false }),
  () => [0, Number.MAX_SAFE_INTEGER],
  [[2 ** 53, 'range']],
  ['ARRAY[9007199254740992]::bigint[]'],
);
testArrayOf('bigint', bigintKind, () => [0n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)], [
  [2n ** 63n, 'range'],
  ['1', 'type'],
]);
testArrayOf('uint64', uint64Kind(false), () => [0n, 2n ** 64n - 1n], [[-1n, 'range']], ['ARRAY[-1]::numeric[]']);
testArrayOf(
  'decimal',
  decimalKind({}),
  () => ['0', '-1.50', '10000.0001', '9'.repeat(100)],
  [
    ['NaN', 'type'],
    [1, 'type'],
  ],
  ["ARRAY['NaN']::numeric[]"],
);
testArrayOf('decimal(6, 2)', decimalKind({ precision: 6, scale: 2 }), () => ['0.00', '-1.50', '9999.99'], [
  ['0.001', 'scale'],
  ['10000', 'range'],
]);
class Money {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}
testArrayOf('a decimal class', decimalClassKind(decimalKind({}), Money), () => ['0', '-1.50'].map((text) => new Money(text)), [
  ['1', 'type'],
]);
testArrayOf('boolean', booleanKind, () => [true, false], [
  [1, 'type'],
  ['t', 'type'],
]);
testArrayOf('double', doubleKind, () => [0, -0, 0.1, Number.NaN, Infinity, -Infinity, Number.MIN_VALUE, Number.MAX_VALUE], [['1', 'type']]);
testArrayOf('real', realKind, () => [0, -0, 1.5, Number.NaN, Infinity, -Infinity, 2 ** -149], [[0.1, 'precision']]);
testArrayOf('uuid', uuidKind, () => ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'], [['x', 'type']]);
testArrayOf(
  'timestamptz',
  timestamptzKind,
  () => [new Date(0), new Date(-1), new Date('2024-02-29T12:34:56.789Z'), new Date('-000043-03-15T00:00:00Z')],
  [
    [new Date(Number.NaN), 'invalid_date'],
    ['2024', 'type'],
  ],
  ["ARRAY['infinity']::timestamptz[]", "ARRAY['2024-01-01 00:00:00.000001+00']::timestamptz[]"],
);
testArrayOf(
  'instant',
  instantKind,
  () => ['1970-01-01T00:00:00Z', '2024-02-29T12:34:56.789012Z'].map((text) => temporal().Instant.from(text)),
  [[new Date(), 'type']],
  ["ARRAY['-infinity']::timestamptz[]"],
);
testArrayOf<Temporal.PlainDate>(
  'date',
  dateKind,
  () => ['2024-02-29', '0001-01-01', '-000043-03-15', '+010000-01-01'].map((text) => temporal().PlainDate.from(text)),
  [['2024-02-29', 'type']],
  ["ARRAY['infinity']::date[]"],
);
testArrayOf(
  'time',
  timeKind,
  () => ['00:00', '23:59:59.999999'].map((text) => temporal().PlainTime.from(text)),
  [['12:00', 'type']],
  ["ARRAY['24:00']::time[]"],
);
testArrayOf(
  'timestamp',
  timestampKind,
  () => ['2024-02-29T12:34:56.789012', '-000043-03-15T01:02:03'].map((text) => temporal().PlainDateTime.from(text)),
  [[new Date(), 'type']],
  ["ARRAY['infinity']::timestamp[]"],
);
const labels = ['a', 'NULL', 'x,y', '"', '\\', "it's", '{}'] as const;
testArrayOf(
  'enum',
  enumKind({ name: 'Odd Enum', labels, is: {} as never }),
  () => labels,
  [['b', 'enum_label']],
  [],
  `DO $$ BEGIN CREATE TYPE "Odd Enum" AS ENUM (${labels.map(quoteLiteral).join(', ')}); EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
);
testArrayOf(
  'heerId',
  ID_VALUE_KINDS.heerId,
  () => ['0', '1', '9223372036854775807'],
  [
    ['01', 'id'],
    [1, 'id'],
  ],
  ['ARRAY[-1]::bigint[]'],
);
testArrayOf('heerIdDesc', ID_VALUE_KINDS.heerIdDesc, () => ['0', '1', '9223372036854775807'], [['-1', 'id']]);
const ranj = ['018f4d1e-8c3a-8b2d-9e5f-0a1b2c3d4e5f', 'ffffffff-ffff-8fff-bfff-ffffffffffff'];
testArrayOf('ranjId', ID_VALUE_KINDS.ranjId, () => ranj, [['018f4d1e-8c3a-7b2d-9e5f-0a1b2c3d4e5f', 'id']]);
testArrayOf('ranjIdDesc', ID_VALUE_KINDS.ranjIdDesc, () => ranj, [['x', 'id']]);

describe('a list as a parameter', () => {
  test('carries NULL elements in text and in binary', async () => {
    const connection = await open(),
      codec = arrayCodec(intKind.codec, 'integer', true);
    const statement = {
      text: 'SELECT $1::integer[] AS list',
      parameters: [codec],
      rows: { columns: [{ name: 'list', codec }], as: 'value' as const },
    };
    for (let use = 0; use < 3; use++)
      expect((await connection.execute({ statement, values: [[1, null, 3]] })).rows).toEqual([[1, null, 3]]);
  });

  test('is unnested in order', async () => {
    const connection = await open(),
      codec = arrayCodec(textKind.codec, 'text', true);
    const statement = {
      text: 'SELECT u FROM unnest($1::text[]) WITH ORDINALITY AS t(u, n) ORDER BY n',
      parameters: [codec],
      rows: { columns: [{ name: 'u', codec: textKind.codec }], as: 'value' as const },
    };
    const list = [...texts, null, ...texts];
    for (let use = 0; use < 2; use++) expect((await connection.execute({ statement, values: [list] })).rows).toEqual(list);
  });

  test('may have very many elements', async () => {
    const connection = await open(),
      codec = arrayCodec(bigintKind.codec, 'bigint', true);
    const statement = {
      text: 'SELECT sum(u)::bigint AS s FROM unnest($1::bigint[]) AS t(u)',
      parameters: [codec],
      rows: { columns: [{ name: 's', codec: bigintKind.codec }], as: 'value' as const },
    };
    const list = Array.from({ length: 200_000 }, (_, at) => BigInt(at));
    for (let use = 0; use < 2; use++) expect((await connection.execute({ statement, values: [list] })).rows).toEqual([19_999_900_000n]);
  });
});

test('arrays of dates can be changed in place, and so say that they are mutable', () => {
  expect(arrayKind(timestamptzKind).isMutable).toBe(true);
});
