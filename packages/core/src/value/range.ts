// Ranges: the value, its constructors, and the six range types of Postgres. A range is a frozen plain object; what is read back is the form that Postgres
// keeps, in which ranges of whole numbers and days run from an included to an excluded bound.

import { ValidationError } from '../error/value-error.ts';
import { quoteLiteral } from '../ident/identifier.ts';
import type { BinaryCodec, Codec, WireBytes } from './codec.ts';
import { compareDecimals, decimalKind, isDecimal } from './decimal.ts';
import type { Problem, ValueKind } from './kind.ts';
import { bigintKind, intKind } from './number.ts';
import { isTemporal, temporal } from './temporal.ts';
import { dateKind, instantKind, timestampKind } from './time.ts';

/**
 * A range of values, as the column of an `f.range` holds it.
 *
 * Shape: `lower` and `upper` are null where the range has no end on that side, and in an empty range, as `lower(r)` and `upper(r)` are NULL in SQL. An
 * absent bound is not inclusive.
 */
export interface Range<Value> {
  readonly lower: Value | null;
  readonly upper: Value | null;
  readonly isLowerInclusive: boolean;
  readonly isUpperInclusive: boolean;
  readonly isEmpty: boolean;
}

/** One end of a range, for `Range.of`. */
export type RangeBound<Value> = { readonly kind: 'inclusive' | 'exclusive'; readonly value: Value } | { readonly kind: 'unbounded' };

function rangeOf<Value>(lower: Value | null, upper: Value | null, isLowerInclusive: boolean, isUpperInclusive: boolean): Range<Value> {
  return Object.freeze({ lower, upper, isLowerInclusive, isUpperInclusive, isEmpty: false });
}

const EMPTY: Range<never> = Object.freeze({ lower: null, upper: null, isLowerInclusive: false, isUpperInclusive: false, isEmpty: true });

/** A range whose bounds are the right way round. */
function ordered<Value>(lower: Value, upper: Value, isLowerInclusive: boolean, isUpperInclusive: boolean): Range<Value> {
  for (const bound of [lower, upper])
    if (bound === undefined || bound === null)
      refuse('must have two bounds: Range.atLeast, Range.lessThan and Range.of make ranges with one or none');
  if (compareBounds(lower, upper) > 0) refuse('must not have a lower bound above its upper bound');
  return rangeOf(lower, upper, isLowerInclusive, isUpperInclusive);
}

function refuse(message: string): never {
  throw new ValidationError([{ path: '', rule: 'range_value', message }]);
}

/** The order of two bounds of any range type; zero for what is no bound, which the field refuses later. */
function compareBounds(left: unknown, right: unknown): number {
  if (typeof left === 'string' && typeof right === 'string')
    return isDecimal(left) && isDecimal(right) ? compareDecimals(left, right) : left === right ? 0 : -1;
  for (const name of ['Instant', 'PlainDate', 'PlainDateTime'] as const) {
    if (isTemporal(left, name) && isTemporal(right, name))
      return (temporal()[name].compare as (left: unknown, right: unknown) => number)(left, right);
  }
  // oxlint-disable-next-line eslint/eqeqeq -- a number and a bigint of one value are one bound
  return (left as number) < (right as number) ? -1 : (left as number) > (right as number) ? 1 : left == right ? 0 : -1;
}

const boundParts = <Value>(bound: RangeBound<Value>): readonly [Value | null, boolean] =>
  bound.kind === 'unbounded' ? [null, false] : [bound.value, bound.kind === 'inclusive'];

/** Whether two bounds are the same one. */
const isSameBound = (left: unknown, right: unknown): boolean =>
  left === null || right === null ? left === right : compareBounds(left, right) === 0;

/**
 * Makes ranges.
 *
 * Errors: VALIDATION with `range_value` when the lower bound is above the upper one, or a bound is missing.
 *
 * @example
 * Range.inclusiveExclusive(1, 5)   // [1,5): 1, 2, 3 and 4
 * Range.atLeast('9.99')            // [9.99,)
 */
export const Range = Object.freeze({
  /** `[lower,upper]` */
  inclusive: <Value>(lower: Value, upper: Value): Range<Value> => ordered(lower, upper, true, true),
  /** `(lower,upper)` */
  exclusive: <Value>(lower: Value, upper: Value): Range<Value> => ordered(lower, upper, false, false),
  /** `[lower,upper)`, the form for what follows one another without a gap. */
  inclusiveExclusive: <Value>(lower: Value, upper: Value): Range<Value> => ordered(lower, upper, true, false),
  /** `(lower,upper]` */
  exclusiveInclusive: <Value>(lower: Value, upper: Value): Range<Value> => ordered(lower, upper, false, true),
  /** `[lower,)` */
  atLeast: <Value>(lower: Value): Range<Value> => Range.of<Value>({ kind: 'inclusive', value: lower }, { kind: 'unbounded' }),
  /** `(,upper)` */
  lessThan: <Value>(upper: Value): Range<Value> => Range.of<Value>({ kind: 'unbounded' }, { kind: 'exclusive', value: upper }),
  /** `(,)`, which contains everything. */
  all: <Value = never>(): Range<Value> => rangeOf<Value>(null, null, false, false),
  /** The range that contains nothing. */
  empty: <Value = never>(): Range<Value> => EMPTY,
  /** Any combination of bounds. */
  of<Value>(lower: RangeBound<Value>, upper: RangeBound<Value>): Range<Value> {
    const [from, isLowerInclusive] = boundParts(lower),
      [to, isUpperInclusive] = boundParts(upper);
    if (from !== null && to !== null) return ordered(from, to, isLowerInclusive, isUpperInclusive);
    if (
      from === undefined ||
      to === undefined ||
      (from === null && lower.kind !== 'unbounded') ||
      (to === null && upper.kind !== 'unbounded')
    )
      refuse("must have a value for every bound that is not { kind: 'unbounded' }");
    return rangeOf(from, to, isLowerInclusive, isUpperInclusive);
  },
  /**
   * Whether two ranges have the same bounds: `[1,5]` and `[1,6)` are two ranges here, and one for Postgres, whose `=` compares what they contain.
   */
  equals: (left: Range<unknown>, right: Range<unknown>): boolean =>
    left.isEmpty === right.isEmpty &&
    left.isLowerInclusive === right.isLowerInclusive &&
    left.isUpperInclusive === right.isUpperInclusive &&
    isSameBound(left.lower, right.lower) &&
    isSameBound(left.upper, right.upper),
});

/** Whether something has the shape of a range, whatever its bounds are. */
export function isRange(value: unknown): value is Range<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const { lower, upper, isLowerInclusive, isUpperInclusive, isEmpty } = value as Partial<Range<unknown>>;
  return (
    lower !== undefined &&
    upper !== undefined &&
    typeof isLowerInclusive === 'boolean' &&
    typeof isUpperInclusive === 'boolean' &&
    typeof isEmpty === 'boolean'
  );
}

/** Characters that force a bound into quotes. Source: `range_bound_escape` in the server's src/backend/utils/adt/rangetypes.c. */
const NEEDS_QUOTES = /[()[\],"\\\s]|^$/;
const boundText = (text: string): string => (NEEDS_QUOTES.test(text) ? `"${text.replace(/["\\]/g, '$&$&')}"` : text);

/** The text of a range, with bounds written by `encode`. */
export function encodeRange<Value>(
  { lower, upper, isLowerInclusive, isUpperInclusive, isEmpty }: Range<Value>,
  encode: (value: Value) => string,
): string {
  if (isEmpty) return 'empty';
  return `${isLowerInclusive ? '[' : '('}${lower === null ? '' : boundText(encode(lower))},${upper === null ? '' : boundText(encode(upper))}${isUpperInclusive ? ']' : ')'}`;
}

/** `["2024-01-01 00:00:00+00",)`. Source: the manual, 8.17.5 Range Input/Output. */
const RANGE = /^([[(])((?:[^",]|"(?:[^"\\]|""|\\[^])*")*),((?:[^",]|"(?:[^"\\]|""|\\[^])*")*)([\])])$/;

function decodeRange<Value>(text: string, decode: (text: string) => Value): Range<Value> {
  if (text === 'empty') return EMPTY;
  const match = RANGE.exec(text);
  if (match === null) throw new TypeError('a range is wanted');
  const bound = (raw: string): Value | null =>
    raw === ''
      ? null
      : decode(
          raw.includes('"')
            ? raw.replace(/"((?:[^"\\]|""|\\[^])*)"/g, (_, quoted: string) =>
                quoted.replace(/""|\\([^])/g, (_pair, escaped?: string) => escaped ?? '"'),
              )
            : raw,
        );
  return rangeOf(bound(match[2]!), bound(match[3]!), match[1] === '[', match[4] === ']');
}

const int32At = (bytes: WireBytes, at: number): number =>
  (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;

/** Bits of the first byte. Source: the server's src/include/utils/rangetypes.h. */
const IS_EMPTY = 1,
  LOWER_INCLUSIVE = 2,
  UPPER_INCLUSIVE = 4,
  LOWER_INFINITE = 8,
  UPPER_INFINITE = 16;

/**
 * Reads the binary form: a byte of flags, then each bound that there is, with its length.
 * Source: `range_send` in the server's src/backend/utils/adt/rangetypes.c.
 */
function readRange<Value>(bytes: WireBytes, start: number, decode: NonNullable<BinaryCodec<Value>['decode']>): Range<Value> {
  const flags = bytes[start]!;
  if ((flags & IS_EMPTY) !== 0) return EMPTY;
  let at = start + 1;
  const bound = (isInfinite: boolean): Value | null => {
    if (isInfinite) return null;
    const from = at + 4,
      end = from + int32At(bytes, at);
    at = end;
    return decode(bytes, from, end);
  };
  const lower = bound((flags & LOWER_INFINITE) !== 0),
    upper = bound((flags & UPPER_INFINITE) !== 0);
  return rangeOf(lower, upper, (flags & LOWER_INCLUSIVE) !== 0, (flags & UPPER_INCLUSIVE) !== 0);
}

interface RangeSpec<Value> {
  readonly type: string;
  readonly oid: number;
  readonly arrayOid: number;
  readonly bound: ValueKind<Value>;
  /**
   * For types whose values have successors: whether a value is the last one. A range that includes it, or begins after it, has no canonical form: Postgres
   * would count on from it.
   */
  readonly isLast?: (value: Value) => boolean;
}

function rangeProblem<Value>(value: unknown, { bound, isLast }: RangeSpec<Value>): Problem | null {
  if (!isRange(value)) return { rule: 'type', message: 'must be a range, made by Range.inclusiveExclusive and the like' };
  const { lower, upper, isLowerInclusive, isUpperInclusive, isEmpty } = value as Range<Value>;
  if ((lower === null && isLowerInclusive) || (upper === null && isUpperInclusive))
    return { rule: 'range_value', message: 'must not include a bound that it does not have' };
  if (isEmpty) return lower === null && upper === null ? null : { rule: 'range_value', message: 'must have no bounds when it is empty' };
  for (const [side, end] of [
    ['lower', lower],
    ['upper', upper],
  ] as const) {
    const problem = end === null ? null : bound.validate(end);
    if (problem !== null) return { rule: problem.rule, message: `has a bound (${side}) that ${problem.message}` };
  }
  if (lower !== null && upper !== null && bound.comparison!.compare!(lower, upper) > 0)
    return { rule: 'range_value', message: 'must not have a lower bound above its upper bound' };
  if (
    isLast !== undefined &&
    ((upper !== null && isUpperInclusive && isLast(upper)) || (lower !== null && !isLowerInclusive && isLast(lower)))
  ) {
    return {
      rule: 'range_value',
      message: 'must not count on from the last value of its type: leave that side unbounded, or the bound exclusive',
    };
  }
  return null;
}

function rangeKind<Value>(spec: RangeSpec<Value>): ValueKind<Range<Value>> {
  const { type, oid, arrayOid, bound } = spec,
    { text, json, binary } = bound.codec,
    decodeBound = binary?.decode;
  const validate = (value: unknown): Problem | null => rangeProblem(value, spec);
  const decode = (from: string): Range<Value> => decodeRange(from, text.decode);
  const codec: Codec<Range<Value>> = {
    text: { encode: (range) => encodeRange(range, text.encode), decode },
    // Written as text everywhere: in bulk, too, ranges travel as text (decision 14).
    binary: { oid, arrayOid, ...(decodeBound === undefined ? {} : { decode: (bytes, start) => readRange(bytes, start, decodeBound) }) },
    literal: (range) => `${quoteLiteral(encodeRange(range, text.encode))}::${type}`,
    json: {
      encode: (range) => ({
        ...range,
        lower: range.lower === null ? null : json.encode(range.lower),
        upper: range.upper === null ? null : json.encode(range.upper),
      }),
      decode: (from) => {
        // A payload that was written in SQL has the range as the server prints it.
        if (typeof from === 'string') return decode(from);
        if (!isRange(from)) throw new TypeError('a range is wanted');
        const range = rangeOf(
          from.lower === null ? null : json.decode(from.lower),
          from.upper === null ? null : json.decode(from.upper),
          from.isLowerInclusive,
          from.isUpperInclusive,
        );
        const read = from.isEmpty ? Object.freeze({ ...range, isEmpty: true }) : range;
        if (validate(read) !== null) throw new TypeError('a range is wanted');
        return read;
      },
    },
  };
  return Object.freeze({
    name: 'range',
    sqlType: type,
    castType: type,
    operations: 'ordered',
    aggregation: { extremes: 'sorted' },
    isArrayElement: false,
    defaultIndex: 'gist',
    bound,
    validate,
    codec: Object.freeze(codec),
    // What two ranges contain, which is what SQL compares, is the server's business.
    comparison: null,
    ...(bound.check === undefined
      ? {}
      : { check: (column) => `(${bound.check!(`lower(${column})`)}) AND (${bound.check!(`upper(${column})`)})` }),
  } satisfies ValueKind<Range<Value>>);
}

/** Where Temporal.PlainDate ends; the date of Postgres goes on. */
const isLastDate = ({ year, month, day }: { year: number; month: number; day: number }): boolean =>
  year === 275760 && month === 9 && day === 13;

/** The range types by the names that `f.range` takes. Source of the OIDs: src/include/catalog/pg_type.dat and pg_range.dat of the server. */
export const RANGE_KINDS = Object.freeze({
  int4: rangeKind({ type: 'int4range', oid: 3904, arrayOid: 3905, bound: intKind, isLast: (value) => value === 2147483647 }),
  int8: rangeKind({ type: 'int8range', oid: 3926, arrayOid: 3927, bound: bigintKind, isLast: (value) => value === 2n ** 63n - 1n }),
  num: rangeKind({ type: 'numrange', oid: 3906, arrayOid: 3907, bound: decimalKind({}) }),
  ts: rangeKind({ type: 'tsrange', oid: 3908, arrayOid: 3909, bound: timestampKind }),
  tstz: rangeKind({ type: 'tstzrange', oid: 3910, arrayOid: 3911, bound: instantKind }),
  date: rangeKind({
    type: 'daterange',
    oid: 3912,
    arrayOid: 3913,
    bound: dateKind,
    isLast: (value) => isLastDate(value.withCalendar('iso8601')),
  }),
});

/** What `f.range` takes. */
export type RangeType = keyof typeof RANGE_KINDS;
