// Documents as values: parsing, exactness, equality, and what is refused.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { isJsonNumber, jsonEquals, jsonNull, jsonNumber } from '../../src/index.ts';
import { copyDocument, documentProblems, jsonAt, jsonTypeOf } from '../../src/value/json-document.ts';
import { compareJsonNumbers } from '../../src/value/json-number.ts';
import { jsonbKind, parseJson, parseJsonb } from '../../src/value/json.ts';
import { schemaProblems, type StandardSchema } from '../../src/value/standard-schema.ts';

const back = (text: string): string => JSON.stringify(parseJsonb(text));

describe('numbers', () => {
  test.each([
    '0',
    '-1',
    '1.5',
    '9007199254740991',
    '0.1',
    '123456789012345',
    '-0.000001',
    '1000000000000000000000',
    '1180591620717411300000',
  ])('%s is a JavaScript number', (text) => {
    expect(typeof parseJsonb(text)).toBe('number');
    expect(typeof (parseJsonb(`{"a": ${text}}`) as { a: unknown }).a).toBe('number');
  });
  test.each([
    '9007199254740993',
    '-9007199254740993',
    '0.1000000000000000055511151231257827',
    '123456789012345678901234567890',
    `1${'0'.repeat(400)}`,
    `0.${'0'.repeat(400)}1`,
  ])('%s keeps its text, wherever it stands', (text) => {
    for (const [whole, at] of [
      [text, []],
      [`{"a": ${text}}`, ['a']],
      [`{"a": [1, ${text}, {"b": ${text}}]}`, ['a', '1']],
    ] as const) {
      const found = jsonAt(parseJsonb(whole), at);
      expect(isJsonNumber(found)).toBe(true);
      expect(found).toEqual(jsonNumber(text));
      expect(back(whole)).toBe(whole.replaceAll(' ', ''));
    }
  });
  test('a string of digits is a string, and costs no exact parse', () => {
    expect(parseJsonb('{"id": "9007199254740993"}')).toEqual({ id: '9007199254740993' });
  });
  test('JSON from elsewhere may have exponents', () => {
    expect(JSON.stringify(parseJson('{"a":1e400,"b":1e3,"c":[12345678901234567890]}'))).toBe(
      '{"a":1e400,"b":1000,"c":[12345678901234567000]}'.replace('12345678901234567000', '12345678901234567890'),
    );
  });
  test('every double comes back as itself', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(parseJson(JSON.stringify({ value }))).toEqual({ value: value === 0 ? 0 : value });
      }),
    );
  });
  test('every decimal text is a number of the same value', () => {
    const digits = fc.stringMatching(/^(0|[1-9]\d{0,30})(\.\d{1,30})?([eE][+-]?\d{1,3})?$/);
    fc.assert(
      fc.property(digits, fc.boolean(), (text, isNegative) => {
        const source = isNegative ? `-${text}` : text,
          parsed = parseJson(`[${source}]`) as [number];
        expect(compareJsonNumbers(parsed[0], jsonNumber(source))).toBe(0);
      }),
    );
  });
  test('compare by value', () => {
    expect(jsonEquals(1, jsonNumber('1.0'))).toBe(true);
    expect(jsonEquals(jsonNumber('1e2'), jsonNumber('100.00'))).toBe(true);
    expect(jsonEquals(9007199254740992, jsonNumber('9007199254740993'))).toBe(false);
    expect(jsonEquals(0, jsonNumber('-0.0'))).toBe(true);
    const ordered = [
      '-1e400',
      '-9007199254740993',
      '-1',
      '0',
      '1e-400',
      '0.5',
      '1',
      '1.0000000000000000001',
      '9007199254740992',
      '9007199254740993',
      '1e400',
    ].map(jsonNumber);
    ordered.forEach((left, at) =>
      ordered.forEach((right, other) => expect(Math.sign(compareJsonNumbers(left, right))).toBe(Math.sign(at - other))),
    );
  });
  test.each(['', '01', '+1', '.5', '1.', 'NaN', 'null', '"1"', '0x1', '1e131073', '1e-16384', ' 1'])('jsonNumber refuses %j', (text) => {
    expect(() => jsonNumber(text)).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
  });
});

describe('documents', () => {
  const problems = (document: unknown): string[] => documentProblems(document).map(({ path = '', rule }) => `${path} ${rule}`.trim());

  test('what JSON holds is accepted', () => {
    const document = { a: [1, 'x', true, null, { b: undefined }], big: jsonNumber(9007199254740993n), ['__proto__']: { x: 1 } };
    expect(problems(document)).toEqual([]);
    expect(problems(Object.assign(Object.create(null), { a: 1 }))).toEqual([]);
  });
  test('what JSON.stringify would drop, change or throw over is refused, with its path', () => {
    class Point {
      x = 1;
    }
    expect(
      problems({
        a: {
          nan: Number.NaN,
          inf: -Infinity,
          big: 1n,
          date: new Date(0),
          map: new Map(),
          point: new Point(),
          f: () => 1,
          s: Symbol('s'),
          bytes: new Uint8Array(1),
        },
      }),
    ).toEqual([
      '.a.nan type',
      '.a.inf type',
      '.a.big type',
      '.a.date type',
      '.a.map type',
      '.a.point type',
      '.a.f type',
      '.a.s type',
      '.a.bytes type',
    ]);
    expect(problems([1, undefined])).toEqual(['[1] undefined']);
    expect(problems(undefined)).toEqual(['undefined']);
    // oxlint-disable-next-line no-sparse-arrays
    expect(problems({ a: [1, , 3] })).toEqual(['.a[1] undefined']);
    expect(problems({ 'a b': { c: 'x\0' } })).toEqual(['["a b"].c nul_char']);
    expect(problems(['\ud800'])).toEqual(['[0] malformed_text']);
    expect(problems({ 'x\0': 1 })).toEqual(['nul_char']);
    expect(problems({ a: (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON('"text"') })).toEqual(['.a type']);
    expect(problems({ a: jsonNull })).toEqual(['.a type']);
  });
  test('one that contains itself is refused, and soon', () => {
    const loop: Record<string, unknown> = {};
    loop['left'] = loop;
    loop['right'] = [loop, loop];
    expect(documentProblems(loop).map(({ rule }) => rule)).toEqual(['depth']);
  });
  test('are equal as jsonb is', () => {
    expect(jsonEquals({ a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1.0, d: undefined })).toBe(true);
    expect(jsonEquals({ ['__proto__']: 1 }, {})).toBe(false);
    expect(jsonEquals({}, { ['__proto__']: 1 })).toBe(false);
    expect(jsonEquals([1, 2], [2, 1])).toBe(false);
    expect(jsonEquals({ a: null }, {})).toBe(false);
    expect(jsonEquals(jsonNull, null)).toBe(true);
    expect(jsonEquals('1', 1)).toBe(false);
    expect(jsonEquals({}, [])).toBe(false);
  });
  test('are equal to themselves, to their copies and to what is read back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (document) => {
        const copy = copyDocument(document);
        expect(jsonEquals(document, copy)).toBe(true);
        expect(jsonEquals(document, parseJson(JSON.stringify(document)))).toBe(true);
        // oxlint-disable-next-line vitest/no-conditional-expect -- which of the two is expected is part of the case
        if (typeof document === 'object' && document !== null) expect(copy).not.toBe(document);
      }),
    );
  });
  test('have the types of jsonb_typeof', () => {
    expect([{}, [], 'a', 1, jsonNumber('1e400'), true, null, jsonNull].map(jsonTypeOf)).toEqual([
      'object',
      'array',
      'string',
      'number',
      'number',
      'boolean',
      'null',
      'null',
    ]);
  });
  test('a number that keeps its text does not survive structuredClone unnoticed', () => {
    expect(() => structuredClone({ big: jsonNumber('9007199254740993') })).toThrow('could not be cloned');
    expect(structuredClone(parseJsonb('{"a": [1.5, "x"]}'))).toEqual({ a: [1.5, 'x'] });
  });
});

describe('a schema', () => {
  const schema = z.object({ turbo: z.object({ manufacturer: z.string().min(1) }), items: z.array(z.object({ qty: z.number() })) });

  test('reports every issue with its path', () => {
    const found = schemaProblems(schema, { turbo: { manufacturer: '' }, items: [{ qty: 1 }, { qty: 'x' }] });
    expect(found.map(({ rule, path }) => [rule, path])).toEqual([
      ['schema', '.turbo.manufacturer'],
      ['schema', '.items[1].qty'],
    ]);
  });
  test('may name its path by segments', () => {
    const segments: StandardSchema = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: () => ({ issues: [{ message: 'no', path: [{ key: 'a b' }, { key: 0 }, 'c'] }, { message: 'whole' }] }),
      },
    };
    expect(schemaProblems(segments, {})).toEqual([
      { rule: 'schema', message: 'no', path: '["a b"][0].c' },
      { rule: 'schema', message: 'whole', path: '' },
    ]);
  });
  test('that answers asynchronously is a definition error, also when it would fail later', () => {
    const late: StandardSchema = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: async () => {
          throw new Error('late');
        },
      },
    };
    for (const schema of [late, z.object({ a: z.string().refine(async () => true) })]) {
      expect(() => schemaProblems(schema, { a: 'x' })).toThrow(expect.objectContaining({ code: 'MODEL_DEFINITION', rule: 'async_schema' }));
    }
  });
  test('is asked before any encoding, and not changed by what it gives back', () => {
    const kind = jsonbKind(z.object({ a: z.string().transform((text) => text.length), b: z.string().default('x') }), {}, 'scalar');
    const document = { a: 'abc', extra: { deep: [1] } };
    expect(kind.validate(document)).toBe(null);
    expect(kind.codec.text.encode(document)).toBe('{"a":"abc","extra":{"deep":[1]}}');
  });
  test('sees only what JSON can hold', () => {
    const kind = jsonbKind(z.object({ at: z.date() }), {}, 'scalar');
    expect(kind.validate({ at: new Date(0) })).toMatchObject({ rule: 'type', path: '.at' });
  });
  test('says whether JSON null may stand at the root', () => {
    expect(() => jsonbKind(schema, {}, 'scalar').codec.text.decode('null')).toThrow(
      expect.objectContaining({ code: 'DECODE', rule: 'json_null' }),
    );
    expect(jsonbKind(schema.nullable(), {}, 'scalar').codec.text.decode('null')).toBe(null);
  });
});
