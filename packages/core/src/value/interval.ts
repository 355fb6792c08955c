// interval. Postgres keeps three numbers apart: months, days and microseconds. A Temporal.Duration has ten fields, of which these three are made without
// loss: a year is twelve months, a week seven days, an hour sixty minutes, always. A day is not 24 hours and a month not 30 days, so those stay apart.

import type { Temporal } from 'temporal-spec';
import type { BinaryCodec, Codec, WireBytes } from './codec.ts';
import type { Comparison, Problem, ValueKind } from './kind.ts';
import { expectString } from './text.ts';
import { isTemporal, temporal } from './temporal.ts';

const MIN_INT32 = -(2 ** 31),
  MAX_INT32 = 2 ** 31 - 1;
const MIN_INT64 = -(2n ** 63n),
  MAX_INT64 = 2n ** 63n - 1n;
const MICROS_PER_HOUR = 3_600_000_000,
  MICROS_PER_MINUTE = 60_000_000,
  MICROS_PER_DAY = 86_400_000_000n;

interface Parts {
  readonly months: number;
  readonly days: number;
  readonly nanos: bigint;
}

function partsOf(duration: Temporal.Duration): Parts {
  const { years, months, weeks, days, hours, minutes, seconds, milliseconds, microseconds, nanoseconds } = duration;
  return {
    months: years * 12 + months,
    days: weeks * 7 + days,
    nanos:
      ((BigInt(hours) * 60n + BigInt(minutes)) * 60n + BigInt(seconds)) * 1_000_000_000n +
      BigInt(milliseconds) * 1_000_000n +
      BigInt(microseconds) * 1000n +
      BigInt(nanoseconds),
  };
}

const microsOf = (parts: Parts): bigint => parts.nanos / 1000n;

function durationProblem(value: unknown): Problem | null {
  if (!isTemporal(value, 'Duration')) return { rule: 'type', message: 'must be a Temporal.Duration' };
  const parts = partsOf(value as Temporal.Duration),
    { months, days, nanos } = parts;
  if (nanos % 1000n !== 0n) return { rule: 'precision', message: 'must have no nanoseconds, which Postgres would round away' };
  const micros = microsOf(parts);
  const isInRange =
    months >= MIN_INT32 && months <= MAX_INT32 && days >= MIN_INT32 && days <= MAX_INT32 && micros >= MIN_INT64 && micros <= MAX_INT64;
  // All three at their ends is how Postgres writes infinity.
  return isInRange && !isInfinite(months, days, micros)
    ? null
    : { rule: 'range', message: 'must have months and days that fit in 32 bits, and microseconds that fit in 64' };
}

const isInfinite = (months: number, days: number, micros: bigint): boolean =>
  (months === MAX_INT32 && days === MAX_INT32 && micros === MAX_INT64) ||
  (months === MIN_INT32 && days === MIN_INT32 && micros === MIN_INT64);

function infinite(): never {
  throw new RangeError('an infinite interval cannot be represented');
}
function mixed(): never {
  throw new RangeError('the interval has parts of both signs, which a Temporal.Duration cannot hold');
}

/**
 * The form that is read back, which is also the one that Postgres prints: months below twelve, minutes and seconds below sixty, no weeks. `micros` is the
 * part below the hour.
 */
function durationOf(months: number, days: number, hours: number, micros: number): Temporal.Duration {
  const isNegative = months < 0 || days < 0 || hours < 0 || micros < 0;
  if (isNegative && (months > 0 || days > 0 || hours > 0 || micros > 0)) mixed();
  const { trunc } = Math;
  return new (temporal().Duration)(
    trunc(months / 12),
    months % 12,
    0,
    days,
    hours,
    trunc(micros / MICROS_PER_MINUTE),
    trunc(micros / 1_000_000) % 60,
    trunc(micros / 1000) % 1000,
    micros % 1000,
  );
}

/** Every number may have a sign of its own, as the server prints them; a sign before the P turns all of them, as Temporal prints them. */
const ISO =
  /^([-+]?)P(?:([-+]?\d+)Y)?(?:([-+]?\d+)M)?(?:([-+]?\d+)W)?(?:([-+]?\d+)D)?(?:T(?:([-+]?\d+)H)?(?:([-+]?\d+)M)?(?:([-+]?)(\d+)(?:[.,](\d{1,9}))?S)?)?$/;

/** Reads the server's text and Temporal's alike. */
function parseDuration(text: string): Temporal.Duration {
  if (text === 'infinity' || text === '-infinity') infinite();
  const match = ISO.exec(text);
  if (match === null || text.endsWith('T') || text.endsWith('P'))
    throw new TypeError('the interval arrived in a form other than ISO 8601: set IntervalStyle to iso_8601');
  const sign = match[1] === '-' ? -1 : 1,
    secondSign = match[8] === '-' ? -sign : sign;
  const part = (index: number): number => sign * Number(match[index] ?? 0);
  const fraction = (match[10] ?? '').padEnd(9, '0'),
    below = (from: number): number => secondSign * Number(fraction.slice(from, from + 3));
  const fields = [
    part(2),
    part(3),
    part(4),
    part(5),
    part(6),
    part(7),
    secondSign * Number(match[9] ?? 0),
    below(0),
    below(3),
    below(6),
  ] as const;
  if (fields.some((field) => field > 0) && fields.some((field) => field < 0)) mixed();
  return new (temporal().Duration)(...fields);
}

function encodeDuration(duration: Temporal.Duration): string {
  const parts = partsOf(duration),
    micros = microsOf(parts);
  const isNegative = micros < 0n,
    magnitude = isNegative ? -micros : micros,
    sign = isNegative ? '-' : '';
  const fraction = String(magnitude % 1_000_000n).padStart(6, '0'),
    seconds = magnitude / 1_000_000n;
  // Whole hours and minutes apart: the server reads each number as a double, which a long count of seconds with six decimals does not fit.
  return `P${parts.months}M${parts.days}DT${sign}${seconds / 3600n}H${sign}${(seconds / 60n) % 60n}M${sign}${seconds % 60n}.${fraction}S`;
}

const int32At = (bytes: WireBytes, at: number): number =>
  (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;

/** Source: `interval_send` in the server's src/backend/utils/adt/timestamp.c: microseconds as int8, days and months as int4. */
const binary: BinaryCodec<Temporal.Duration> = {
  oid: 1186,
  arrayOid: 1187,
  decode: (bytes, start) => {
    const high = int32At(bytes, start),
      low = int32At(bytes, start + 4) >>> 0,
      days = int32At(bytes, start + 8),
      months = int32At(bytes, start + 12);
    // Within 2^53 a double holds the count exactly; 285 years of microseconds and more take the long way.
    if (high >= -0x200000 && high < 0x200000) {
      const micros = high * 4294967296 + low,
        hours = Math.trunc(micros / MICROS_PER_HOUR);
      return durationOf(months, days, hours, micros - hours * MICROS_PER_HOUR);
    }
    const micros = (BigInt(high) << 32n) | BigInt(low),
      perHour = BigInt(MICROS_PER_HOUR);
    if (isInfinite(months, days, micros)) infinite();
    return durationOf(months, days, Number(micros / perHour), Number(micros % perHour));
  },
  encode: (writer, duration) => {
    const parts = partsOf(duration),
      micros = BigInt.asUintN(64, microsOf(parts));
    writer.int32(Number(micros >> 32n) | 0);
    writer.int32(Number(micros & 0xffffffffn) | 0);
    writer.int32(parts.days);
    writer.int32(parts.months);
  },
};

const codec: Codec<Temporal.Duration> = {
  text: { encode: encodeDuration, decode: parseDuration },
  binary,
  literal: (duration) => `'${encodeDuration(duration)}'::interval`,
  json: {
    encode: (duration) => duration.toString(),
    decode: (json) => {
      const duration = parseDuration(expectString(json));
      if (durationProblem(duration) !== null) throw new RangeError('an interval of Postgres is wanted');
      return duration;
    },
  },
};

/** How SQL compares intervals: by a length in which a month has 30 days and a day 24 hours. One month and thirty days are equal. */
function lengthOf(duration: Temporal.Duration): bigint {
  const parts = partsOf(duration);
  return BigInt(parts.months * 30 + parts.days) * MICROS_PER_DAY + microsOf(parts);
}

function compareLengths(left: Temporal.Duration, right: Temporal.Duration): number {
  const a = lengthOf(left),
    b = lengthOf(right);
  return a < b ? -1 : a > b ? 1 : 0;
}

const comparison: Comparison<Temporal.Duration> = {
  equal: (left, right) => compareLengths(left, right) === 0,
  compare: compareLengths,
  isOrderPortable: true,
};

/**
 * `interval` as a Temporal.Duration.
 *
 * Shape: months, days and microseconds are exact. What is read back is balanced as Postgres prints it: `PT90M` comes back as `PT1H30M`, `P14M` as `P1Y2M`,
 * `P1W` as `P7D`; each is the same interval. Nanoseconds are refused. An infinite interval, and one with parts of both signs (`1 mon -1 day`), has no
 * Duration and fails to decode.
 */
export const intervalKind: ValueKind<Temporal.Duration> = Object.freeze({
  name: 'interval',
  sqlType: 'interval',
  castType: 'interval',
  operations: 'interval',
  validate: durationProblem,
  comparison: Object.freeze(comparison),
  identity: lengthOf,
  codec: Object.freeze(codec),
} satisfies ValueKind<Temporal.Duration>);
