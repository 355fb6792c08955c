// numeric, as decimal strings and as instances of a class.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareDecimals, decimalClassKind, decimalKind } from '../../src/value/decimal.ts';
import { testValueKind, type ValueCases } from '../support/value-kind-suite.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();
const open = () => server.open();

const digits = (min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...Array.from('0123456789')), minLength: min, maxLength: max });
/** As the server prints it: no leading zeros, no negative zero. */
const canonical = (sign: string, whole: string, fraction: string): string => {
  const text = `${whole.replace(/^0+(?=\d)/, '')}${fraction === '' ? '' : `.${fraction}`}`;
  return sign !== '' && /[1-9]/.test(text) ? sign + text : text;
};
const decimal = (whole: number, fraction: number) =>
  fc.tuple(fc.constantFrom('', '-'), digits(1, whole), digits(0, fraction)).map((parts) => canonical(...parts));
const decimals = fc.oneof(decimal(3, 3), decimal(20, 20), decimal(200, 200));

const notDecimals: [unknown, string][] = [
  '',
  ' ',
  '.5',
  '5.',
  '+1',
  '1e3',
  '1E-3',
  '0x1',
  'NaN',
  'Infinity',
  '-Infinity',
  '1,000',
  '1_000',
  ' 1',
  '1 ',
  '1\n',
  '--1',
  '-',
  '١٢',
  '1.2.3',
  "1'; drop table x; --",
].map((text) => [text, 'type']);

testValueKind(
  'decimal',
  decimalKind({}),
  (): ValueCases<string> => ({
    values: [
      '0',
      '1',
      '-1',
      '0.0',
      '0.000',
      '1.0',
      '1.00',
      '-1.50',
      '10000',
      '9999',
      '10000.0001',
      '0.0001',
      '0.00001',
      '0.00010000',
      '123456789.123456789',
      '100000000',
      '-0.5',
      '1234567890123456789012345678901234567890',
      `1${'0'.repeat(999)}`,
      '9'.repeat(1000),
      `-${'1234567890'.repeat(100)}.${'0987654321'.repeat(100)}`,
      `0.${'0'.repeat(999)}1`,
      `0.${'0'.repeat(1000)}`,
      '9'.repeat(131072),
      `0.${'0'.repeat(16382)}1`,
      `0.${'9'.repeat(16383)}`,
    ],
    normalised: [
      ['-0', '0'],
      ['-0.00', '0.00'],
      ['007', '7'],
      ['-000.50', '-0.50'],
      ['00000000', '0'],
      [`${'0'.repeat(200000)}7`, '7'],
    ],
    refused: [
      ...notDecimals,
      [1, 'type'],
      [1.5, 'type'],
      [1n, 'type'],
      [true, 'type'],
      [['1'], 'type'],
      ['9'.repeat(131073), 'range'],
      [`1${'0'.repeat(200000)}`, 'range'],
      [`0.${'0'.repeat(16384)}`, 'scale'],
    ],
    undecodable: ["'NaN'::numeric", "'Infinity'::numeric", "'-Infinity'::numeric"],
    undecodableJson: ['', 'NaN', '1e3', 1.5, 2 ** 53, true, ['1']],
    arbitrary: decimals,
    pairs: fc.oneof(
      fc.tuple(decimals, decimals),
      decimals.map((text): [string, string] => [text, text.includes('.') ? `${text}0` : `${text}.0`]),
    ),
  }),
  open,
);

testValueKind(
  'decimal(10, 2)',
  decimalKind({ precision: 10, scale: 2 }),
  (): ValueCases<string> => ({
    values: ['0.00', '1.00', '-12.50', '99999999.99', '-99999999.99', '0.01'],
    normalised: [],
    refused: [
      ...notDecimals,
      ['0.001', 'scale'],
      ['1.234', 'scale'],
      ['100000000', 'range'],
      ['-100000000.00', 'range'],
      ['99999999.995', 'scale'],
      [1, 'type'],
    ],
    undecodable: ["'NaN'::numeric(10,2)"],
    arbitrary: fc
      .integer({ min: -9_999_999_999, max: 9_999_999_999 })
      .map((cents) =>
        canonical(cents < 0 ? '-' : '', String(Math.trunc(Math.abs(cents) / 100)), String(Math.abs(cents) % 100).padStart(2, '0')),
      ),
  }),
  open,
);

test('decimal(10, 2) accepts other spellings of what it holds exactly', async () => {
  const kind = decimalKind({ precision: 10, scale: 2 }),
    connection = await open();
  await connection.script('CREATE TEMPORARY TABLE prices (price numeric(10,2))');
  const statement = {
    text: 'INSERT INTO prices VALUES ($1) RETURNING price',
    parameters: [kind.codec],
    rows: { columns: [{ name: 'price', codec: kind.codec }], as: 'value' as const },
  };
  for (const [written, wanted] of [
    ['7', '7.00'],
    ['7.5', '7.50'],
    ['7.500000', '7.50'],
    ['-0', '0.00'],
    ['0000000000007', '7.00'],
  ]) {
    expect([written, kind.validate(written)]).toEqual([written, null]);
    for (let use = 0; use < 2; use++) expect((await connection.execute({ statement, values: [written] })).rows).toEqual([wanted]);
  }
});

testValueKind(
  'decimal(5, 5)',
  decimalKind({ precision: 5, scale: 5 }),
  (): ValueCases<string> => ({
    values: ['0.00000', '0.99999', '-0.00001'],
    refused: [
      ['1', 'range'],
      ['0.000001', 'scale'],
    ],
    arbitrary: fc
      .integer({ min: -99999, max: 99999 })
      .map((value) => canonical(value < 0 ? '-' : '', '0', String(Math.abs(value)).padStart(5, '0'))),
  }),
  open,
);

testValueKind(
  'decimal(3)',
  decimalKind({ precision: 3 }),
  (): ValueCases<string> => ({
    values: ['0', '999', '-999'],
    refused: [
      ['1000', 'range'],
      ['0.5', 'scale'],
    ],
    arbitrary: fc.integer({ min: -999, max: 999 }).map(String),
  }),
  open,
);

/** The smallest class that can stand for decimal.js: made from a string, prints plain digits with toFixed, something else with toString. */
class Money {
  readonly #text: string;
  constructor(text: string) {
    if (!/^-?\d+(\.\d+)?$/.test(text)) throw new TypeError('not a decimal');
    this.#text = text;
  }
  toFixed(): string {
    return this.#text;
  }
  toString(): string {
    return `${this.#text}e+0`;
  }
  toJSON(): string {
    return this.#text;
  }
}

/** Without toFixed: a class of the user's that only prints itself. */
class Amount {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

for (const [title, Class] of [
  ['with toFixed', Money],
  ['with toString only', Amount],
] as const) {
  const make = (text: string): Money | Amount => new Class(text);
  testValueKind(
    `decimal(12, 4) of a class ${title}`,
    decimalClassKind<Money | Amount>(decimalKind({ precision: 12, scale: 4 }), Class),
    () => ({
      values: ['0.0000', '1.5000', '-99999999.9999'].map(make),
      refused: [
        ['1.5', 'type'],
        [1.5, 'type'],
        [make('0.00001'), 'scale'],
        [make('100000000'), 'range'],
      ],
      undecodable: ["'NaN'::numeric"],
      undecodableJson: [1.5, ''],
      arbitrary: fc
        .integer({ min: -1e9, max: 1e9 })
        .map((value) =>
          make(canonical(value < 0 ? '-' : '', String(Math.trunc(Math.abs(value) / 1e4)), String(Math.abs(value) % 1e4).padStart(4, '0'))),
        ),
    }),
    open,
  );
}

test('a class that holds NaN is refused', () => {
  expect(decimalClassKind(decimalKind({}), Amount).validate(new Amount('NaN'))?.rule).toBe('type');
});

describe('comparison', () => {
  test('is by numeric value, whatever the spelling', () => {
    expect(compareDecimals('1.0', '1.00')).toBe(0);
    expect(compareDecimals('-0', '0.000')).toBe(0);
    expect(compareDecimals('0010', '9')).toBe(1);
    expect(compareDecimals('-0.5', '-0.25')).toBe(-1);
    expect(compareDecimals('-0.5', '0.25')).toBe(-1);
  });
});
