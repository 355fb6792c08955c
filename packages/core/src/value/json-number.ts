// Numbers of JSON documents. A double holds most of them; one that it would round keeps its source text instead, as the raw JSON object that
// `JSON.stringify` writes back digit by digit.

import { ValidationError } from '../error/value-error.ts';

/**
 * A JSON number as its source text, where a double would round it: `9007199254740993`, or a hundred digits after the point.
 *
 * Shape: the frozen object that `JSON.rawJSON(text)` makes. `rawJSON` is the text; `JSON.stringify` writes it as it stands. It is recognised by an
 * internal mark, so a copy by spread or `structuredClone` is none.
 */
export interface JsonNumber {
  readonly rawJSON: string;
}

/** The part of ECMAScript's JSON object that the checker's library does not have yet. Source: TC39 proposal "JSON.parse source text access". */
interface SourceTextJson {
  rawJSON(text: string): JsonNumber;
  isRawJSON?(value: unknown): boolean;
  parse(text: string, reviver: (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown;
}
const sourceText = JSON as unknown as SourceTextJson;

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** What jsonb's numbers, which are of type numeric, can hold. Source: the manual, 8.1.2 Arbitrary Precision Numbers. */
const MAX_WHOLE_DIGITS = 131072,
  MAX_FRACTION_DIGITS = 16383;

/**
 * A number for a JSON document that a JavaScript number would round.
 *
 * Errors: VALIDATION with `json_number` for text that is no JSON number, or one beyond what Postgres holds.
 *
 * @example
 * jsonNumber(9007199254740993n)
 * jsonNumber('0.1000000000000000055511151231257827')
 */
export function jsonNumber(of: string | bigint): JsonNumber {
  const text = String(of);
  if (!isNumberText(text))
    throw new ValidationError([{ path: '', rule: 'json_number', message: 'the text is no JSON number that Postgres can hold' }]);
  return sourceText.rawJSON(text);
}

/** The JSON value null where plain null means SQL NULL: at the root of a raw document. `JSON.stringify` writes it as `null`. */
export interface JsonNull {
  readonly rawJSON: 'null';
}

// Browsers of before 2025 have no rawJSON: there, only what needs it fails.
export const jsonNull: JsonNull = (
  sourceText.isRawJSON === undefined ? Object.freeze({ rawJSON: 'null', toJSON: () => null }) : sourceText.rawJSON('null')
) as JsonNull;

export const isRawJson = (value: unknown): value is JsonNumber => value === jsonNull || sourceText.isRawJSON?.(value) === true;

/** True for a number that keeps its source text. */
export function isJsonNumber(value: unknown): value is JsonNumber {
  return isRawJson(value) && isNumberText(value.rawJSON);
}

function isNumberText(text: string): boolean {
  if (!NUMBER.test(text)) return false;
  const { digits, exponent } = decimalOf(text);
  return digits.length + exponent <= MAX_WHOLE_DIGITS && -exponent <= MAX_FRACTION_DIGITS;
}

/** A decimal number: `0.<digits> * 10^(digits.length + exponent)`, without zeros at either end; no digits for zero. */
interface Decimal {
  readonly isNegative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

function decimalOf(text: string): Decimal {
  const [mantissa, power = '0'] = text.split(/[eE]/) as [string, string?];
  const unsigned = mantissa.startsWith('-') ? mantissa.slice(1) : mantissa,
    point = unsigned.indexOf('.');
  const all = (point < 0 ? unsigned : unsigned.slice(0, point) + unsigned.slice(point + 1)).replace(/^0+/, ''),
    digits = all.replace(/0+$/, '');
  if (digits === '') return { isNegative: false, digits: '', exponent: 0 };
  return {
    isNegative: mantissa !== unsigned,
    digits,
    exponent: Number(power) - (point < 0 ? 0 : unsigned.length - point - 1) + all.length - digits.length,
  };
}

function compareDecimals(left: Decimal, right: Decimal): number {
  const leftSign = signOf(left),
    rightSign = signOf(right);
  if (leftSign !== rightSign) return leftSign - rightSign;
  const magnitude =
    left.digits.length + left.exponent - right.digits.length - right.exponent ||
    (left.digits < right.digits ? -1 : left.digits > right.digits ? 1 : 0);
  return magnitude === 0 ? 0 : leftSign * magnitude;
}

const signOf = ({ isNegative, digits }: Decimal): number => (digits === '' ? 0 : isNegative ? -1 : 1);

/** What a JSON number can be on this side. bigint only as an operand: a document reads back as numbers. */
export type AnyJsonNumber = number | bigint | JsonNumber;

export const isAnyJsonNumber = (value: unknown): value is AnyJsonNumber =>
  typeof value === 'number' || typeof value === 'bigint' || isJsonNumber(value);

/** The text of a finite number as JSON and numeric read it. */
export const numberText = (value: AnyJsonNumber): string =>
  typeof value === 'object' ? value.rawJSON : Object.is(value, -0) ? '0' : String(value);

/** Compares by value, exactly, as numeric does. */
export function compareJsonNumbers(left: AnyJsonNumber, right: AnyJsonNumber): number {
  // Two doubles are ordered as their shortest texts are.
  if (typeof left === 'number' && typeof right === 'number') return left < right ? -1 : left > right ? 1 : 0;
  return compareDecimals(decimalOf(numberText(left)), decimalOf(numberText(right)));
}

/** The double of this text, or the text where no double gives it back. */
export function exactNumber(text: string): number | JsonNumber {
  const value = Number(text);
  return Number.isFinite(value) && compareDecimals(decimalOf(text), decimalOf(String(value))) === 0 ? value : sourceText.rawJSON(text);
}

/** Fifteen significant digits always come through a double; sixteen characters may hold more. Exponents reach out of its range with fewer. */
const isDoubtful = (text: string): boolean => text.length > 15 || text.includes('e') || text.includes('E');

/** Parses JSON and keeps every number exact. Seven times the price of `JSON.parse` alone. */
export function parseExactly(text: string): unknown {
  return sourceText.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && isDoubtful(source!) ? exactNumber(source!) : value,
  );
}
