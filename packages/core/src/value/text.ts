// Character types. A value is a string that Postgres can hold: well-formed and without U+0000.

import type { Codec } from './codec.ts';
import type { Comparison, Problem, ValueKind } from './kind.ts';
import { quoteLiteral } from '../ident/identifier.ts';

const same = (text: string): string => text;

/** A codec whose text form is the value itself. */
export function textCodec(oid: number, arrayOid: number, type: string): Codec<string> {
  return Object.freeze({
    text: { encode: same, decode: same },
    binary: { oid, arrayOid, encode: (writer, value) => writer.utf8(value) },
    literal: (value) => `${quoteLiteral(value)}::${type}`,
    json: { encode: same, decode: expectString },
  } satisfies Codec<string>);
}

/** A string out of JSON; throws a `TypeError` for anything else. */
export function expectString(json: unknown): string {
  if (typeof json !== 'string') throw new TypeError('a string is wanted');
  return json;
}

/** What is wrong with a text value, or null. */
export function textProblem(value: unknown): Problem | null {
  if (typeof value !== 'string') return { rule: 'type', message: 'must be a string' };
  if (value.includes('\0')) return { rule: 'nul_char', message: 'must not contain U+0000, which Postgres text cannot hold' };
  if (!value.isWellFormed()) return { rule: 'malformed_text', message: 'must not contain a lone surrogate' };
  return null;
}

/** Code points, which is what Postgres counts for `varchar(n)` and `char_length`. */
export function codePointLength(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length - 1; at++) if ((text.charCodeAt(at) & 0xfc00) === 0xd800) length--;
  return length;
}

function limitedTextProblem(maxLength: number): (value: unknown) => Problem | null {
  return (value) => {
    const problem = textProblem(value);
    if (problem !== null) return problem;
    const text = value as string;
    if (text.length > maxLength && codePointLength(text) > maxLength)
      return { rule: 'max_length', message: `must have at most ${maxLength} characters` };
    return null;
  };
}

/** Equality of text is portable; its order depends on the collation. */
export const textComparison: Comparison<string> = Object.freeze<Comparison<string>>({
  equal: (left, right) => left === right,
  compare: compareCodePoints,
  isOrderPortable: false,
});

/** Order by code point, as collation `C` has it in UTF-8. UTF-16 order differs for characters above U+FFFF. */
export function compareCodePoints(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const a = left.charCodeAt(at),
      b = right.charCodeAt(at);
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/** Surrogates stand for characters above all others of the basic plane. */
const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

export const textKind: ValueKind<string> = Object.freeze({
  name: 'text',
  sqlType: 'text',
  castType: 'text',
  codec: textCodec(25, 1009, 'text'),
  comparison: textComparison,
  operations: 'text',
  validate: textProblem,
} satisfies ValueKind<string>);

/** Text with a length check. */
export function limitedTextKind(maxLength: number): ValueKind<string> {
  return Object.freeze({
    ...textKind,
    validate: limitedTextProblem(maxLength),
    check: (column) => `char_length(${column}) <= ${maxLength}`,
  } satisfies ValueKind<string>);
}

/** One for all lengths: they are read in the same way. */
const varcharCodec = textCodec(1043, 1015, 'character varying');

export function varcharKind(maxLength: number): ValueKind<string> {
  return Object.freeze({
    name: 'varchar',
    sqlType: `character varying(${maxLength})`,
    castType: 'character varying',
    codec: varcharCodec,
    comparison: textComparison,
    operations: 'text',
    validate: limitedTextProblem(maxLength),
  } satisfies ValueKind<string>);
}

/** Case-insensitive text of the extension `citext`. Its OID differs per database, so it always travels as text; its comparison is the server's. */
export const citextKind: ValueKind<string> = Object.freeze({
  name: 'citext',
  sqlType: 'citext',
  castType: 'citext',
  codec: {
    text: { encode: same, decode: same },
    literal: (value) => `${quoteLiteral(value)}::citext`,
    json: { encode: same, decode: expectString },
  },
  comparison: null,
  identity: (text) => text.toLowerCase(),
  operations: 'text',
  validate: textProblem,
  extensions: ['citext'],
} satisfies ValueKind<string>);
