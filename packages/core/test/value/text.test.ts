// Character types.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { citextKind, codePointLength, compareCodePoints, limitedTextKind, textKind, varcharKind } from '../../src/value/text.ts';
import { testValueKind, type ValueCases } from '../support/value-kind-suite.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();
const open = () => server.open();

const unicode = fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !text.includes('\0') && text.isWellFormed());
const nasty = fc.string({
  unit: fc.constantFrom(
    "'",
    '"',
    '\\',
    '{',
    '}',
    ',',
    ' ',
    '\n',
    '\t',
    '$',
    '%',
    '_',
    'é',
    '😀',
    '\u{10FFFF}',
    '\uFEFF',
    '\uFFFD',
    '\u0001',
    '\u007F',
    '\u0085',
    '\u2028',
    'a',
    'A',
  ),
  maxLength: 30,
});

const texts = [
  '',
  ' ',
  'a',
  "it's",
  '"quoted"',
  'back\\slash',
  '\\',
  "\\'",
  '\\x41',
  "E'x'",
  '$1',
  '$$',
  'NULL',
  'null',
  '{}',
  '{a,b}',
  '\r\n\t',
  'ﬀ ẞ İ ı',
  'e\u0301',
  '😀',
  '👩‍👩‍👧‍👦',
  '\u{10FFFF}',
  '\uFEFFbom',
  '\uFFFD',
  '\u0001\u007F',
  'x'.repeat(5000),
  'é'.repeat(5000),
];

const cases = (): ValueCases<string> => ({
  values: texts,
  arbitrary: fc.oneof(unicode, nasty),
  refused: [
    ['a\0b', 'nul_char'],
    ['\0', 'nul_char'],
    ['\uD800', 'malformed_text'],
    ['\uDC00', 'malformed_text'],
    ['a\uD83D', 'malformed_text'],
    ['\uDE00\uD83D', 'malformed_text'],
    [1, 'type'],
    [true, 'type'],
    [1n, 'type'],
    [['a'], 'type'],
    [Object('a'), 'type'],
    [new Date(), 'type'],
  ],
  undecodableJson: [1, true, ['a']],
});

testValueKind('text', textKind, cases, open);
testValueKind('citext', citextKind, cases, open, { setUp: 'SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS citext' });

const limited = (): ValueCases<string> => ({
  values: ['', 'abc', '😀😀😀', 'é😀a', '\'\\"', '   '],
  arbitrary: fc
    .string({ unit: 'binary', maxLength: 3 })
    .filter((text) => !text.includes('\0') && text.isWellFormed() && codePointLength(text) <= 3),
  refused: [
    ['abcd', 'max_length'],
    ['😀😀😀😀', 'max_length'],
    ['abc\0', 'nul_char'],
    ['abc\uD800', 'malformed_text'],
    [3, 'type'],
  ],
});
testValueKind('varchar', varcharKind(3), limited, open);
testValueKind('text with a length', limitedTextKind(3), limited, open);

describe('length', () => {
  test('counts an astral character as one', () => {
    expect(['', 'a', '😀', 'a😀', '😀a', '😀😀', 'e\u0301', '👩‍👩‍👧'].map(codePointLength)).toEqual([0, 1, 1, 2, 2, 2, 2, 5]);
  });
  test('is what iteration by code point counts', () => {
    fc.assert(
      fc.property(unicode, (text) => {
        expect(codePointLength(text)).toBe(Array.from(text).length);
      }),
    );
  });
  test('accepts as many astral characters as the column holds', () => {
    expect(varcharKind(10).validate('😀'.repeat(10))).toBeNull();
    expect(varcharKind(10).validate('😀'.repeat(11))?.rule).toBe('max_length');
  });
});

describe('order by code point', () => {
  test('puts characters above U+FFFF after all others, where UTF-16 does not', () => {
    expect(['\uFF5E', '\u{1F600}'].sort()).toEqual(['\u{1F600}', '\uFF5E']);
    expect(['\u{1F600}', '\uFF5E'].sort(compareCodePoints)).toEqual(['\uFF5E', '\u{1F600}']);
    expect(Math.sign(compareCodePoints('\u{1F600}', '\uFF5E'))).toBe(1);
    expect(Math.sign(compareCodePoints('\uFF5E', '\u{1F600}'))).toBe(-1);
  });
  test('is the order of the bytes in UTF-8, as collation "C" has it', () => {
    fc.assert(
      fc.property(fc.oneof(unicode, nasty), fc.oneof(unicode, nasty), (left, right) => {
        expect(Math.sign(compareCodePoints(left, right))).toBe(Buffer.compare(Buffer.from(left), Buffer.from(right)));
      }),
    );
  });
  test("is not claimed for columns, whose collation is the database's", () => {
    expect(textKind.comparison!.isOrderPortable).toBe(false);
    expect(varcharKind(3).comparison!.isOrderPortable).toBe(false);
    expect(citextKind.comparison).toBeNull();
  });
});
