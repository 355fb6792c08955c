// jsonb. The value is the document as parsed: unknown keys are simply there, and a schema only says whether a document may be written.

import { DecodeError } from '../error/value-error.ts';
import { quoteLiteral } from '../ident/identifier.ts';
import type { Codec } from './codec.ts';
import { copyDocument, documentProblems, jsonEquals, type Json } from './json-document.ts';
import {
  compareJsonNumbers,
  exactNumber,
  isAnyJsonNumber,
  isJsonNumber,
  jsonNull,
  numberText,
  parseExactly,
  type AnyJsonNumber,
} from './json-number.ts';
import type { ChangeTracking, Comparison, Problem, ValueKind } from './kind.ts';
import { doubleKind } from './number.ts';
import { schemaProblems, type SchemaOwner, type StandardSchema } from './standard-schema.ts';

/**
 * A number of sixteen characters and more in the text that the server writes, where one follows a space, a bracket or a sign. A string of digits, which ids
 * are, does not: `JSON.parse` alone is enough for it.
 *
 * Measured on a document of 270 characters: 0.2 µs, beside 1.0 µs for `JSON.parse` and 7.3 µs for a parse with a reviver.
 */
const LONG_NUMBER = /[ [-]\d[\d.]{15}/;

/** Parses jsonb's text. Numbers that a double would round keep their text. */
export function parseJsonb(text: string): unknown {
  return text.length > 15 && (LONG_NUMBER.test(text) || isDigit(text.charCodeAt(0))) ? parseExactly(text) : (JSON.parse(text) as unknown);
}

const isDigit = (unit: number): boolean => unit >= 48 && unit <= 57;

/** As `parseJsonb`, for text that the server did not write itself: JSON from anywhere, where numbers may have exponents. */
const ANY_LONG_NUMBER = /(?:^|[\s:,[-])\d(?:[\d.]{15}|[\d.]*[eE])/;
export function parseJson(text: string): unknown {
  return ANY_LONG_NUMBER.test(text) ? parseExactly(text) : (JSON.parse(text) as unknown);
}

/** jsonb's codec over `decode`. The binary form is a version byte and the text; reading it would gain nothing over the text. */
function codecOf(decode: (text: string) => unknown): Codec<unknown> {
  return Object.freeze<Codec<unknown>>({
    text: { encode: (document) => JSON.stringify(document), decode },
    binary: {
      oid: 3802,
      arrayOid: 3807,
      encode: (writer, document) => {
        writer.byte(1);
        writer.utf8(JSON.stringify(document));
      },
    },
    literal: (document) => `${quoteLiteral(JSON.stringify(document))}::jsonb`,
    json: { encode: (document) => document, decode: (json) => json },
  });
}

/** Equal as jsonb is. jsonb's order exists in the database only. */
const documentComparison: Comparison<unknown> = Object.freeze<Comparison<unknown>>({ equal: jsonEquals });

/** Documents are compared by their text first, and by value when that differs: the order of keys is no change. */
const documentTracking: ChangeTracking = Object.freeze<ChangeTracking>({
  state: (document) => {
    try {
      return JSON.stringify(document);
    } catch {
      // oxlint-disable-next-line typescript/no-unsafe-return -- the value is untyped at this seam
      return document;
    }
  },
  isSame: (before, now) => typeof before === 'string' && typeof now === 'string' && jsonEquals(parseExactly(before), parseExactly(now)),
  copy: copyDocument,
});

const asProblem = ([first, ...others]: readonly Problem[]): Problem | null =>
  first === undefined ? null : others.length === 0 ? first : { ...first, others };

const base = {
  sqlType: 'jsonb',
  castType: 'jsonb',
  comparison: documentComparison,
  isMutable: true,
  isArrayElement: false,
  tracking: documentTracking,
  defaultIndex: 'gin',
} as const;

export interface JsonbOptions {
  readonly validateOnRead?: boolean | undefined;
}

/**
 * Documents that a schema describes. `operations` are the caller's.
 *
 * Shape: a JSON null at the root is null like SQL NULL, and refused on reading where the schema does not take null.
 */
export function jsonbKind(
  schema: StandardSchema,
  { validateOnRead = false }: JsonbOptions,
  operations: ValueKind['operations'],
  of: SchemaOwner = {},
): ValueKind<unknown> {
  const decode = (text: string): unknown => {
    const document = parseJsonb(text);
    if (!validateOnRead && document !== null) return document;
    const [problem] = schemaProblems(schema, document, of);
    if (problem !== undefined)
      throw new DecodeError(
        `The stored document does not match the schema of its field: ${`${problem.path ?? ''} ${problem.message}`.trim()}.`,
        { rule: document === null ? 'json_null' : 'schema', expected: problem.message },
      );
    return document;
  };
  return Object.freeze<ValueKind<unknown>>({
    ...base,
    name: 'jsonb',
    operations,
    codec: codecOf(decode),
    validate: (document) => {
      const problems = documentProblems(document);
      return asProblem(problems.length > 0 ? problems : schemaProblems(schema, document, of));
    },
    nullLike: jsonNull,
    // A document that is a scalar as a whole is ordered as one.
    aggregation: { extremes: 'sorted' },
    ofField: (field) => jsonbKind(schema, { validateOnRead }, operations, field),
  });
}

/** What stands at a path of a document, or is compared with it: any JSON value. Missing is NULL, and JSON null reads as null too. */
export function jsonValueKind(operations: ValueKind['operations']): ValueKind<unknown> {
  return Object.freeze<ValueKind<unknown>>({
    ...base,
    name: 'jsonb',
    operations,
    codec: codecOf(parseJsonb),
    validate: (document) => asProblem(documentProblems(document)),
    nullLike: jsonNull,
    aggregation: { extremes: 'sorted' },
  });
}

/** Documents without a schema. SQL NULL is null, so JSON null at the root is `jsonNull`. */
export function rawJsonKind(operations: ValueKind['operations']): ValueKind<Json> {
  const decode = (text: string): unknown => (text === 'null' ? jsonNull : parseJsonb(text));
  return Object.freeze<ValueKind<Json>>({
    ...(base as unknown as Pick<
      ValueKind<Json>,
      'sqlType' | 'castType' | 'comparison' | 'isMutable' | 'isArrayElement' | 'tracking' | 'defaultIndex'
    >),
    name: 'rawJson',
    operations,
    codec: {
      ...codecOf(decode),
      json: { encode: (document) => document, decode: (json) => (json === null ? jsonNull : json) },
    } as Codec<Json>,
    validate: (document) => (document === jsonNull ? null : asProblem(documentProblems(document))),
  });
}

/**
 * A number at a path of a document, as the server compares it: numeric, which is what jsonb's numbers are. Nothing is rounded on either side, and no
 * stored number is too large to be looked at, as it would be for `double precision`.
 */
export const jsonNumberKind: ValueKind<AnyJsonNumber> = Object.freeze<ValueKind<AnyJsonNumber>>({
  name: 'jsonNumber',
  sqlType: 'numeric',
  castType: 'numeric',
  operations: 'number',
  validate: (value) =>
    typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value)) || isJsonNumber(value)
      ? null
      : { rule: 'type', message: 'must be a finite number' },
  comparison: { equal: (left, right) => compareJsonNumbers(left, right) === 0, compare: compareJsonNumbers, isOrderPortable: true },
  // An average has more digits than a number holds.
  aggregation: { average: () => ({ kind: doubleKind, isCast: true }) },
  codec: {
    text: { encode: numberText, decode: wholeDouble },
    literal: (value) => `'${numberText(value)}'::numeric`,
    json: {
      encode: (value) => (typeof value === 'bigint' ? String(value) : value),
      decode: (json) => {
        if (isAnyJsonNumber(json)) return json;
        throw new TypeError('a number is wanted');
      },
    },
  },
});

function wholeDouble(text: string): number {
  const value = exactNumber(text);
  if (typeof value === 'number') return value;
  throw new RangeError('a number cannot hold the value exactly');
}
