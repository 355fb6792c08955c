// numeric. The value is an exact decimal string, or an instance of a class the user chose that is constructed from one.

import type { Codec, WireWriter } from './codec.ts';
import type { AggregateResult, Comparison, Problem, ValueKind } from './kind.ts';

/** A decimal class of the user's: decimal.js, big.js, bignumber.js. `toString` or `toFixed` must give plain digits. */
export interface DecimalClass<Value> {
  new (text: string): Value;
}

const DECIMAL = /^-?(\d+)(?:\.(\d+))?$/;

export const isDecimal = (text: string): boolean => DECIMAL.test(text);

/** What numeric without a precision holds. Source: the manual, 8.1.2 Arbitrary Precision Numbers. */
const MAX_WHOLE_DIGITS = 131072,
  MAX_FRACTION_DIGITS = 16383;

export interface DecimalShape {
  readonly precision?: number | undefined;
  readonly scale?: number | undefined;
}

export function decimalKind({ precision, scale }: DecimalShape): ValueKind<string> {
  const sqlType = precision === undefined ? 'numeric' : `numeric(${precision},${scale ?? 0})`;
  const validate = (value: unknown): Problem | null => {
    if (typeof value !== 'string') return { rule: 'type', message: 'must be a decimal string' };
    const match = DECIMAL.exec(value);
    if (match === null) return { rule: 'type', message: 'must be a plain decimal string such as "-12.50"' };
    const fraction = match[2] ?? '';
    if (precision === undefined) {
      if (fraction.length > MAX_FRACTION_DIGITS)
        return { rule: 'scale', message: `must have at most ${MAX_FRACTION_DIGITS} digits after the point` };
      // Leading zeros count for nothing, but few values are long enough to look.
      if (match[1]!.length > MAX_WHOLE_DIGITS && match[1]!.replace(/^0+/, '').length > MAX_WHOLE_DIGITS)
        return { rule: 'range', message: `must have at most ${MAX_WHOLE_DIGITS} digits before the point` };
      return null;
    }
    const whole = match[1]!.replace(/^0+/, ''),
      places = scale ?? 0;
    if (fraction.length > places && /[1-9]/.test(fraction.slice(places)))
      return { rule: 'scale', message: `must have at most ${places} digits after the point (values are not rounded)` };
    if (whole.length > precision - places)
      return { rule: 'range', message: `must have at most ${precision - places} digits before the point` };
    return null;
  };
  return Object.freeze({
    name: 'decimal',
    sqlType,
    castType: 'numeric',
    operations: 'number',
    validate,
    comparison: decimalComparison,
    identity: shortest,
    codec: decimalCodec,
    aggregation: { sum: anyDecimal, average: anyDecimal },
    // NaN is above everything; infinities do not fit where there is a precision.
    check: (column) =>
      precision === undefined ? `${column} > '-Infinity'::numeric AND ${column} < 'Infinity'::numeric` : `${column} <> 'NaN'::numeric`,
  } satisfies ValueKind<string>);
}

/** Sums and averages of decimals have more digits than the column. */
function anyDecimal(): AggregateResult {
  return { kind: unboundedDecimal, isCast: false };
}

/** Of one class there is one codec, whatever the precision of the column. */
const classCodecs = new WeakMap<object, Codec<any>>();

function classCodec<Value>(codec: Codec<string>, Class: DecimalClass<Value>, toText: (value: Value) => string): Codec<Value> {
  let own = classCodecs.get(Class) as Codec<Value> | undefined;
  if (own === undefined) {
    own = Object.freeze<Codec<Value>>({
      text: { encode: toText, decode: (text) => new Class(codec.text.decode(text)) },
      binary: {
        oid: codec.binary!.oid,
        arrayOid: codec.binary!.arrayOid,
        encode: (writer, value) => codec.binary!.encode!(writer, toText(value)),
      },
      literal: (value) => codec.literal(toText(value)),
      json: { encode: toText, decode: (json) => new Class(codec.json.decode(json)) },
    });
    classCodecs.set(Class, own);
  }
  return own;
}

/** The same column read into a class of the user's. Values are written through `toFixed()` where there is one (no exponent), else `toString()`. */
export function decimalClassKind<Value>(kind: ValueKind<string>, Class: DecimalClass<Value>): ValueKind<Value> {
  const toText = (value: Value): string => {
    const fixed = (value as { toFixed?: () => string }).toFixed;
    return typeof fixed === 'function' ? fixed.call(value) : String(value);
  };
  const { codec } = kind;
  let widest: ValueKind<Value> | undefined;
  const wide = (): AggregateResult => ({
    kind: kind === unboundedDecimal ? own : (widest ??= decimalClassKind(unboundedDecimal, Class)),
    isCast: false,
  });
  const own: ValueKind<Value> = Object.freeze({
    ...kind,
    aggregation: { sum: wide, average: wide },
    validate: (value) =>
      value instanceof Class
        ? kind.validate(toText(value))
        : { rule: 'type', message: `must be a ${(Class as { name?: string }).name ?? 'decimal'}` },
    comparison: {
      equal: (left, right) => compareDecimals(toText(left), toText(right)) === 0,
      compare: (left, right) => compareDecimals(toText(left), toText(right)),
      isOrderPortable: true,
    },
    identity: (value) => shortest(toText(value)),
    codec: classCodec(codec, Class, toText),
  } satisfies ValueKind<Value>);
  return own;
}

function finite(text: string): string {
  const first = text.charCodeAt(text.charCodeAt(0) === 45 ? 1 : 0);
  if (first < 48 || first > 57) throw new RangeError('NaN and infinities cannot be represented as a decimal');
  return text;
}

const decimalCodec: Codec<string> = Object.freeze({
  text: { encode: (value) => value, decode: finite, decodeBytes: (bytes, start, end) => finite(bytes.latin1Slice(start, end)) },
  binary: { oid: 1700, arrayOid: 1231, encode: writeNumeric },
  literal: (value) => `'${value}'::numeric`,
  json: {
    encode: (value) => value,
    decode: (json) => {
      if (typeof json === 'string' && DECIMAL.test(json)) return json;
      if (typeof json === 'number' && Number.isSafeInteger(json)) return String(json);
      throw new TypeError('a decimal string is wanted');
    },
  },
} satisfies Codec<string>);

/**
 * Writes numeric's binary form: groups of four decimal digits.
 * Source: `numeric_send` in the server's src/backend/utils/adt/numeric.c: count, weight of the first group, sign, display scale, groups.
 */
function writeNumeric(writer: WireWriter, value: string): void {
  const isNegative = value.charCodeAt(0) === 45,
    start = isNegative ? 1 : 0,
    end = value.length,
    found = value.indexOf('.'),
    point = found < 0 ? end : found;
  const scale = found < 0 ? 0 : end - point - 1,
    wholeGroups = (point - start + 3) >> 2,
    count = wholeGroups + ((scale + 3) >> 2);
  const group = (index: number): number =>
    index < wholeGroups
      ? groupBefore(value, start, point - (wholeGroups - 1 - index) * 4)
      : groupFrom(value, point + 1 + (index - wholeGroups) * 4);
  let first = 0,
    after = count;
  while (first < count && group(first) === 0) first++;
  while (after > first && group(after - 1) === 0) after--;
  const isZero = after === first;
  writer.int16(after - first);
  writer.int16(isZero ? 0 : wholeGroups - 1 - first);
  writer.int16(isNegative && !isZero ? 0x4000 : 0);
  writer.int16(scale);
  for (let index = first; index < after; index++) writer.int16(group(index));
}

/** The up to four digits that end before `to`. Digits are added up in place: 38 ns a value, where padding, slicing and `Number` took 102. */
function groupBefore(digits: string, start: number, to: number): number {
  let group = 0;
  for (let at = Math.max(start, to - 4); at < to; at++) group = group * 10 + digits.charCodeAt(at) - 48;
  return group;
}

/** The four digits from `from` on, with zeros past the end. */
function groupFrom(digits: string, from: number): number {
  let group = 0;
  for (let at = from; at < from + 4; at++) group = group * 10 + (at < digits.length ? digits.charCodeAt(at) - 48 : 0);
  return group;
}

/** Compares two decimal strings by numeric value: `1.0` equals `1.00`. */
export function compareDecimals(left: string, right: string): number {
  const a = scaled(left),
    b = scaled(right);
  const scale = Math.max(a.scale, b.scale);
  const x = a.digits * 10n ** BigInt(scale - a.scale),
    y = b.digits * 10n ** BigInt(scale - b.scale);
  return x < y ? -1 : x > y ? 1 : 0;
}

function scaled(text: string): { digits: bigint; scale: number } {
  const point = text.indexOf('.');
  return point < 0
    ? { digits: BigInt(text), scale: 0 }
    : { digits: BigInt(text.slice(0, point) + text.slice(point + 1)), scale: text.length - point - 1 };
}

/** `1.50` and `1.5` are one number. */
function shortest(text: string): string {
  if (!text.includes('.')) return text === '-0' ? '0' : text;
  const short = text.replace(/\.?0+$/, '');
  return short === '-0' ? '0' : short;
}

const decimalComparison: Comparison<string> = Object.freeze<Comparison<string>>({
  equal: (left, right) => compareDecimals(left, right) === 0,
  compare: compareDecimals,
  isOrderPortable: true,
});

const unboundedDecimal = decimalKind({});
