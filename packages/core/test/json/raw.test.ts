// Raw JSON: the text of every predicate, and that each answers the same in memory and in the database, true or false and never NULL.

import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CompiledStatement, Connection } from '../../src/db/port.ts';
import type { Predicate } from '../../src/expr/expression.ts';
import type { RawJsonOps } from '../../src/expr/json-path.ts';
import { column, source } from '../../src/expr/node.ts';
import {
  and,
  evaluate,
  isJsonNumber,
  jsonNull,
  jsonNumber,
  not,
  or,
  portabilityProblem,
  type Json,
  // oxlint-disable-next-line eslint/no-unused-vars -- the value is untyped at this seam
  type JsonType,
} from '../../src/index.ts';
import { expressionOf, nodeOf } from '../../src/expr/operations.ts';
import { RawJsonExpression } from '../../src/expr/raw-json-expression.ts';
import { renderNode, SqlWriter } from '../../src/expr/render.ts';
import { JSON_TYPES } from '../../src/value/json-document.ts';
import { rawJsonKind } from '../../src/value/json.ts';
import { booleanKind } from '../../src/value/number.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();
let connection: Connection;
beforeAll(async () => {
  connection = await server.open();
});

const kind = rawJsonKind(RawJsonExpression);
const p = expressionOf(column(source('t'), 'payload', 'payload', kind)) as unknown as RawJsonOps;

function textOf(predicate: Predicate): [text: string, values: unknown[]] {
  const writer = new SqlWriter();
  renderNode(writer, nodeOf(predicate));
  return [writer.text, writer.placeholders.map((placeholder) => (placeholder.kind === 'value' ? placeholder.value : null))];
}

/** What the server says of the predicates for a document; null stands for SQL NULL. */
async function answers(predicates: readonly Predicate[], payload: unknown): Promise<unknown[]> {
  const writer = new SqlWriter();
  predicates.forEach((predicate, at) => {
    writer.text += at === 0 ? 'SELECT ARRAY[' : ', ';
    renderNode(writer, nodeOf(predicate));
  });
  const parameters = writer.placeholders.map(({ valueKind }) => valueKind.codec),
    values = writer.placeholders.map((placeholder) => (placeholder.kind === 'value' ? placeholder.value : null));
  const statement: CompiledStatement<string> = {
    text: `${writer.text}]::text FROM (SELECT $${values.length + 1}::jsonb AS payload) AS t`,
    parameters: [...parameters, kind.codec],
    rows: {
      columns: [
        {
          name: 'x',
          codec: { ...booleanKind.codec, text: { encode: String, decode: (text: string) => text }, binary: undefined } as never,
        },
      ],
      as: 'value',
    },
  };
  const text = (await connection.execute({ statement, values: [...values, payload] })).rows[0]!;
  return text
    .slice(1, -1)
    .split(',')
    .map((one) => (one === 'NULL' ? null : one === 't'));
}

const a = p.path('a.b'),
  j = '"payload" #> $1::text[]';

describe('the text', () => {
  test.each<[string, () => Predicate, string, unknown[]]>([
    ['exists', () => a.exists(), `${j} IS NOT NULL`, [['a', 'b']]],
    ['missing', () => a.missing(), `${j} IS NULL`, [['a', 'b']]],
    ['exists at the root', () => p.json.exists(), '"payload" IS NOT NULL', []],
    ['isJsonNull', () => p.json.isJsonNull(), 'COALESCE("payload" = $1, FALSE)', [jsonNull]],
    ['isNotJsonNull', () => a.isNotJsonNull(), `COALESCE(${j} <> $2, FALSE)`, [['a', 'b'], jsonNull]],
    ['isType', () => a.isType('array'), `COALESCE(jsonb_typeof(${j}) = $2, FALSE)`, [['a', 'b'], 'array']],
    ['hasKey', () => a.hasKey('k'), `COALESCE(jsonb_typeof(${j}) = 'object'::text AND (${j}) ? $2::text, FALSE)`, [['a', 'b'], 'k']],
    [
      'hasAnyKey',
      () => a.hasAnyKey(['k', 'l']),
      `COALESCE(jsonb_typeof(${j}) = 'object'::text AND (${j}) ?| $2::text[], FALSE)`,
      [
        ['a', 'b'],
        ['k', 'l'],
      ],
    ],
    [
      'hasAllKeys',
      () => a.hasAllKeys(['k', 'l']),
      `COALESCE(jsonb_typeof(${j}) = 'object'::text AND (${j}) ?& $2::text[], FALSE)`,
      [
        ['a', 'b'],
        ['k', 'l'],
      ],
    ],
    ['jsonEq', () => p.json.jsonEq({ a: 1 }), 'COALESCE("payload" = $1, FALSE)', [{ a: 1 }]],
    ['jsonNeq', () => p.json.jsonNeq(null), 'COALESCE("payload" <> $1, FALSE)', [jsonNull]],
    [
      'arrayContains',
      () => p.json.arrayContains({ a: 1 }),
      'COALESCE(jsonb_typeof("payload") = \'array\'::text AND "payload" @> $1::jsonb, FALSE)',
      [[{ a: 1 }]],
    ],
    [
      'arrayLength',
      () => p.json.arrayLength().gte(2),
      'CASE WHEN jsonb_typeof("payload") = \'array\'::text THEN jsonb_array_length("payload") >= $1 ELSE FALSE END',
      [2],
    ],
    [
      'number',
      () => a.number().between(1, 2n),
      `CASE WHEN jsonb_typeof(${j}) = 'number'::text THEN ((${j}) #>> '{}')::numeric BETWEEN $2 AND $3 ELSE FALSE END`,
      [['a', 'b'], 1, 2n],
    ],
    [
      'string',
      () => p.key('content-type').string().in(['x', 'y']),
      `CASE WHEN jsonb_typeof(${j}) = 'string'::text THEN ${j} #>> '{}' = ANY($2::text[]) ELSE FALSE END`,
      [['content-type'], ['x', 'y']],
    ],
    [
      'boolean',
      () => p.key('a').key('b').boolean().neq(true),
      `CASE WHEN jsonb_typeof(${j}) = 'boolean'::text THEN ((${j}) #>> '{}')::boolean <> $2 ELSE FALSE END`,
      [['a', 'b'], true],
    ],
    [
      'a path of odd keys',
      () => p.pathSegments(['a.b', '0', 'é', '']).path('x').exists(),
      `${j} IS NOT NULL`,
      [['a.b', '0', 'é', '', 'x']],
    ],
  ])('of %s', (_name, build, text, values) => expect(textOf(build())).toEqual([text, values]));
});

describe('what is refused', () => {
  test.each<[string, () => unknown, string]>([
    ['an empty path', () => p.path(''), 'json_path'],
    ['a path with an empty key', () => p.path('a..b'), 'json_path'],
    ['a path that is no text', () => p.path(1 as never), 'json_path'],
    ['a key with U+0000', () => p.key('a\0'), 'nul_char'],
    ['segments that are no list', () => p.pathSegments('a' as never), 'type'],
    ['a segment that is no text', () => p.pathSegments([0 as never]), 'type'],
    ['a type that JSON has not', () => a.isType('integer' as never), 'json_type'],
    ['a key that is no text', () => a.hasKey(1 as never), 'type'],
    ['a value that JSON cannot hold', () => a.jsonEq({ at: new Date(0) } as never), 'type'],
    ['undefined', () => a.jsonEq(undefined as never), 'undefined'],
    ['a number that is none', () => a.number().gt(Number.NaN), 'type'],
    ['a string for a number', () => a.number().gt('1' as never), 'type'],
    ['null for a string', () => a.string().eq(null as never), 'not_null'],
    ['a fraction as a length', () => a.arrayLength().eq(1.5), 'type'],
  ])('%s', (_name, build, rule) =>
    expect(build).toThrow(expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule })] })),
  );
  test('strings have no order, and the whole column no equality', () => {
    expect((a.string() as unknown as Record<string, unknown>)['gt']).toBe(undefined);
    expect((p as unknown as Record<string, unknown>)['eq']).toBe(undefined);
  });
});

// Few keys and few values, so that paths hit and comparisons are close.
const key = fc.constantFrom('a', 'b', '0', '-1', ' 1', 'a.b', '', '__proto__', 'toString', 'é');
const number = fc.oneof(
  fc.constantFrom(0, -0, 1, 1.5, -1, 2 ** 53, 1e21, 5e-324),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom('9007199254740993', '1.0', '1.50', '1e400', '-1e400', '18446744073709551615').map(jsonNumber),
);
const scalar = fc.oneof(number, fc.constantFrom('', 'a', 'b', '1', 'true', 'null', 'é', '\u{10FFFF}'), fc.boolean(), fc.constant(null));
const { document } = fc.letrec<{ document: Json }>((tie) => ({
  document: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar as fc.Arbitrary<Json>,
    fc.array(tie('document'), { maxLength: 3 }),
    fc.array(fc.tuple(key, tie('document')), { maxLength: 3 }).map((entries) => Object.fromEntries(entries) as Json),
  ),
}));
const root = fc
  .oneof({ weight: 8, arbitrary: document }, { weight: 1, arbitrary: fc.constant(null) })
  .map((value) => (value === null ? jsonNull : value));
const segments = fc.array(key, { maxLength: 3 });

const bigintOf = (value: unknown): unknown => (typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value);
const numbers = fc.oneof(number, number.map(bigintOf)) as fc.Arbitrary<number>;
const leaf = fc
  .record({
    path: segments,
    one: scalar,
    number: numbers,
    other: numbers,
    numbers: fc.array(numbers, { maxLength: 3 }),
    texts: fc.array(fc.constantFrom('', 'a', '1', 'true', 'é'), { maxLength: 3 }),
    keys: fc.array(key, { maxLength: 3 }),
    part: document,
    type: fc.constantFrom(...JSON_TYPES),
    length: fc.integer({ min: -1, max: 3 }),
    flag: fc.boolean(),
  })
  .chain((given) => {
    const at = p.pathSegments(given.path),
      text = given.texts[0] ?? 'a';
    return fc.constantFrom<Predicate[]>(
      at.exists(),
      at.missing(),
      at.isJsonNull(),
      at.isNotJsonNull(),
      at.isType(given.type),
      at.hasKey(given.keys[0] ?? 'a'),
      at.hasAnyKey(given.keys),
      at.hasAllKeys(given.keys),
      at.jsonEq(given.part),
      at.jsonNeq(given.part),
      at.arrayContains(given.part),
      at.arrayLength().eq(given.length),
      at.arrayLength().lt(given.length),
      at.arrayLength().in([given.length, 1]),
      at.number().eq(given.number),
      at.number().neq(given.number),
      at.number().gt(given.number),
      at.number().gte(given.number),
      at.number().lt(given.number),
      at.number().lte(given.number),
      at.number().between(given.number, given.other),
      at.number().in(given.numbers),
      at.number().notIn(given.numbers),
      at.string().eq(text),
      at.string().neq(text),
      at.string().in(given.texts),
      at.string().notIn(given.texts),
      at.boolean().eq(given.flag),
      at.boolean().neq(given.flag),
      at.boolean().in([given.flag]),
    );
  });
const { predicate } = fc.letrec<{ predicate: Predicate }>((tie) => ({
  predicate: fc.oneof(
    { maxDepth: 3 },
    { weight: 4, arbitrary: leaf },
    { weight: 1, arbitrary: tie('predicate').map(not) },
    { weight: 1, arbitrary: fc.tuple(tie('predicate'), tie('predicate')).map((both) => and(...both)) },
    { weight: 1, arbitrary: fc.tuple(tie('predicate'), tie('predicate')).map((both) => or(...both)) },
    { weight: 1, arbitrary: fc.tuple(tie('predicate'), tie('predicate')).map(([left, right]) => left.xor(right)) },
  ),
}));

describe('in memory and in the database', () => {
  test('every predicate is portable, and answers the same: true or false, never unknown', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(predicate, { minLength: 8, maxLength: 8 }),
        fc.oneof({ weight: 9, arbitrary: root }, { weight: 1, arbitrary: fc.constant(null) }),
        async (predicates, payload) => {
          const inMemory = predicates.map((one) => {
            expect(portabilityProblem(one)).toBe(null);
            return evaluate(one, { payload });
          });
          const asked = await answers(predicates, payload);
          predicates.forEach((one, at) => expect([...textOf(one), inMemory[at]]).toEqual([...textOf(one), asked[at]]));
          expect(inMemory).not.toContain(null);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('SQL NULL is missing, and nothing else', async () => {
    const all = [
      p.json.exists(),
      p.json.missing(),
      p.json.isJsonNull(),
      p.json.isNotJsonNull(),
      p.json.isType('null'),
      p.json.jsonNeq(1),
      p.json.number().notIn([]),
      p.key('a').missing(),
      not(p.json.string().eq('x')),
    ];
    const wanted = [false, true, false, false, false, false, false, true, true];
    expect(all.map((one) => evaluate(one, { payload: null }))).toEqual(wanted);
    expect(await answers(all, null)).toEqual(wanted);
  });
  test('JSON null is a value', async () => {
    const all = [p.json.exists(), p.json.isJsonNull(), p.json.isType('null'), p.json.isNotJsonNull(), p.json.jsonEq(null)];
    const wanted = [true, true, true, false, true];
    expect(all.map((one) => evaluate(one, { payload: jsonNull }))).toEqual(wanted);
    expect(await answers(all, jsonNull)).toEqual(wanted);
  });
  test('an unsigned 64-bit operand is compared exactly', async () => {
    const payload = { id: jsonNumber('18446744073709551615') };
    const all = [
      p.key('id').number().eq(18446744073709551615n),
      p.key('id').number().gt(18446744073709551614n),
      p.key('id').number().eq(18446744073709551616),
    ];
    expect(isJsonNumber(payload.id)).toBe(true);
    expect(all.map((one) => evaluate(one, { payload }))).toEqual([true, true, false]);
    expect(await answers(all, payload)).toEqual([true, true, false]);
  });
});
