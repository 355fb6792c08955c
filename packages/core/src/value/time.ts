// Dates and times. A value type round-trips its column exactly: `Date` with timestamptz(3), Temporal.Instant with timestamptz(6), and the plain types
// with the columns that have no zone. Nothing is rounded; infinities have no value and fail to decode.

import type { Temporal } from 'temporal-spec';
import type { Codec, WireBytes, WireWriter } from './codec.ts';
import type { Problem, ValueKind } from './kind.ts';
import { expectString } from './text.ts';
import { isTemporal, temporal } from './temporal.ts';

/** Postgres counts from 2000-01-01, JavaScript from 1970-01-01. Milliseconds. */
const POSTGRES_EPOCH_MS = 946684800000;

const int32At = (bytes: WireBytes, at: number): number =>
  (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;

function infinite(): never {
  throw new RangeError('an infinite date or time cannot be represented');
}
function tooPrecise(): never {
  throw new RangeError('the stored time has microseconds, which a Date cannot hold: use f.instant()');
}

/** Where a Date ends, on either side of 1970. Postgres goes on to the year 294276. */
const MAX_DATE_MS = 8640000000000000;

/** Wrapped in a Date, such a value would be an Invalid Date: neither null nor a time. */
function dateOf(ms: number): Date {
  if (!(Math.abs(ms) <= MAX_DATE_MS)) throw new RangeError('the stored time is after the year 275760, which a Date cannot hold');
  return new Date(ms);
}

/**
 * timestamptz as milliseconds since 1970. The 64-bit count of microseconds is wider than a double, so it is never put together: 2^32 is
 * 4294967 * 1000 + 296, and both `high * 4294967` and the rest are exact. A quotient of the whole, rounded, is wrong by one in places after the
 * year 148000.
 */
function readTimestampMs(bytes: WireBytes, start: number): number {
  const high = int32At(bytes, start),
    low = int32At(bytes, start + 4) >>> 0;
  if ((high === 0x7fffffff && low === 0xffffffff) || (high === -0x80000000 && low === 0)) infinite();
  const rest = high * 296 + low;
  if (rest % 1000 !== 0) tooPrecise();
  return high * 4294967 + rest / 1000 + POSTGRES_EPOCH_MS;
}

function writeTimestampMs(writer: WireWriter, ms: number): void {
  const sinceEpoch = ms - POSTGRES_EPOCH_MS;
  // Up to 2^53 the product is exact in a double; beyond that (before 1715 and after 2285) bigint carries it.
  if (Math.abs(sinceEpoch) <= 9007199254740) {
    const micros = sinceEpoch * 1000,
      high = Math.floor(micros / 4294967296);
    writer.int32(high);
    writer.int32((micros - high * 4294967296) | 0);
  } else {
    const bits = BigInt.asUintN(64, BigInt(sinceEpoch) * 1000n);
    writer.int32(Number(bits >> 32n) | 0);
    writer.int32(Number(bits & 0xffffffffn) | 0);
  }
}

const ISO = /^(\d{4,7})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?)?( BC)?$/;

/** The server's ISO text in parts. Years before Christ arrive as `0044-03-15 BC`, which is astronomical year -43. */
function parseIso(text: string): {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  micros: number;
  offsetSeconds: number;
} {
  if (text === 'infinity' || text === '-infinity') infinite();
  const match = ISO.exec(text);
  if (match === null) throw new TypeError('the time arrived in a form other than ISO: set DateStyle to ISO');
  const part = (index: number): number => Number(match[index] ?? 0);
  return {
    year: match[12] === undefined ? part(1) : 1 - part(1),
    month: part(2),
    day: part(3),
    hour: part(4),
    minute: part(5),
    second: part(6),
    micros: Number((match[7] ?? '').padEnd(6, '0')),
    offsetSeconds: (part(9) * 3600 + part(10) * 60 + part(11)) * (match[8] === '-' ? -1 : 1),
  };
}

function utcMs(parts: ReturnType<typeof parseIso>): number {
  // Date.UTC reads the years 0 to 99 as 1900 to 1999.
  const date = new Date(0);
  date.setUTCFullYear(parts.year, parts.month - 1, parts.day);
  return date.getTime() + (parts.hour * 3600 + parts.minute * 60 + parts.second - parts.offsetSeconds) * 1000;
}

/** A year as Postgres reads it: at least four digits, and BC for the years up to 0. */
function yearText(year: number): { digits: string; suffix: string } {
  return year > 0 ? { digits: String(year).padStart(4, '0'), suffix: '' } : { digits: String(1 - year).padStart(4, '0'), suffix: ' BC' };
}

const two = (value: number): string => String(value).padStart(2, '0');

function dateText(date: Date): string {
  const { digits, suffix } = yearText(date.getUTCFullYear());
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}.${String(date.getUTCMilliseconds()).padStart(3, '0')}`;
  return `${digits}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())} ${time}+00${suffix}`;
}

/** 4714-11-24 BC 00:00 UTC, the first instant Postgres holds; a Date reaches further back, but not past Postgres's end in 294276. */
const FIRST_TIMESTAMP_MS = -210866803200000;

export const timestamptzKind: ValueKind<Date> = Object.freeze({
  name: 'timestamptz',
  sqlType: 'timestamp(3) with time zone',
  castType: 'timestamp with time zone',
  operations: 'moment',
  isMutable: true,
  validate: (value) => {
    if (!(value instanceof Date)) return { rule: 'type', message: 'must be a Date' };
    const ms = value.getTime();
    if (Number.isNaN(ms)) return { rule: 'invalid_date', message: 'must be a valid Date' };
    return ms >= FIRST_TIMESTAMP_MS ? null : { rule: 'range', message: 'must not be before 4714 BC' };
  },
  comparison: {
    equal: (left, right) => left.getTime() === right.getTime(),
    compare: (left, right) => left.getTime() - right.getTime(),
    isOrderPortable: true,
  },
  codec: {
    text: {
      encode: dateText,
      decode: (text) => {
        const parts = parseIso(text);
        if (parts.micros % 1000 !== 0) tooPrecise();
        return dateOf(utcMs(parts) + parts.micros / 1000);
      },
    },
    binary: {
      oid: 1184,
      arrayOid: 1185,
      decode: (bytes, start) => dateOf(readTimestampMs(bytes, start)),
      encode: (writer, value) => writeTimestampMs(writer, value.getTime()),
    },
    literal: (value) => `'${dateText(value)}'::timestamp with time zone`,
    json: {
      encode: (value) => value.toISOString(),
      decode: (json) => {
        const date = new Date(expectString(json));
        if (Number.isNaN(date.getTime())) throw new TypeError('an ISO date is wanted');
        return date;
      },
    },
  },
} satisfies ValueKind<Date>);

/** A codec and validation for a Temporal class, whose values print themselves in ISO form. */
function temporalKind<Value extends { toString(options?: object): string }>(spec: {
  name: string;
  sqlType: string;
  castType: string;
  className: 'Instant' | 'PlainDate' | 'PlainTime' | 'PlainDateTime';
  parse: (iso: string) => Value;
  encode: (value: Value) => string;
  decode: (text: string) => Value;
  compare: (left: Value, right: Value) => number;
  nanosecond: (value: Value) => number;
  operations: 'moment' | 'date' | 'ordered';
  /** Before the first that Postgres holds; its last is beyond Temporal's. */
  isTooEarly: (value: Value) => boolean;
}): ValueKind<Value> {
  const validate = (value: unknown): Problem | null => {
    if (!isTemporal(value, spec.className)) return { rule: 'type', message: `must be a Temporal.${spec.className}` };
    if (spec.nanosecond(value as Value) !== 0)
      return { rule: 'precision', message: 'must have no nanoseconds, which Postgres would round away' };
    return spec.isTooEarly(value as Value) ? { rule: 'range', message: 'must not be before 4714 BC' } : null;
  };
  const codec: Codec<Value> = {
    text: { encode: spec.encode, decode: spec.decode },
    literal: (value) => `'${spec.encode(value)}'::${spec.castType}`,
    json: { encode: (value) => value.toString({ calendarName: 'never' }), decode: (json) => spec.parse(expectString(json)) },
  };
  return Object.freeze({
    name: spec.name,
    sqlType: spec.sqlType,
    castType: spec.castType,
    operations: spec.operations,
    validate,
    codec,
    comparison: { equal: (left, right) => spec.compare(left, right) === 0, compare: spec.compare, isOrderPortable: true },
  } satisfies ValueKind<Value>);
}

const isoYear = (year: number): string =>
  year < 0 || year > 9999 ? `${year < 0 ? '-' : '+'}${String(Math.abs(year)).padStart(6, '0')}` : String(year).padStart(4, '0');
const isoDate = (parts: { year: number; month: number; day: number }): string =>
  `${isoYear(parts.year)}-${two(parts.month)}-${two(parts.day)}`;
const isoTime = (parts: { hour: number; minute: number; second: number; micros: number }): string =>
  `${two(parts.hour)}:${two(parts.minute)}:${two(parts.second)}${parts.micros === 0 ? '' : `.${String(parts.micros).padStart(6, '0')}`}`;

interface PlainDateParts {
  year: number;
  month: number;
  day: number;
}

/** Temporal prints years outside 0 to 9999 with a sign and six digits, which Postgres does not read. */
const pgDate = (value: PlainDateParts): { text: string; suffix: string } => {
  const { digits, suffix } = yearText(value.year);
  return { text: `${digits}-${two(value.month)}-${two(value.day)}`, suffix };
};

/** 4714-11-24 BC is astronomical -4713-11-24, the first day Postgres holds. */
function isTooEarly(value: Temporal.PlainDate | Temporal.PlainDateTime): boolean {
  const { year, month, day } = value.withCalendar('iso8601');
  return year < -4713 || (year === -4713 && (month < 11 || (month === 11 && day < 24)));
}

export const instantKind: ValueKind<Temporal.Instant> = temporalKind<Temporal.Instant>({
  name: 'instant',
  sqlType: 'timestamp(6) with time zone',
  castType: 'timestamp with time zone',
  className: 'Instant',
  operations: 'moment',
  parse: (iso) => temporal().Instant.from(iso),
  encode: (value) => {
    const zoned = value.toZonedDateTimeISO('UTC'),
      { text, suffix } = pgDate(zoned);
    return `${text} ${zoned.toPlainTime().toString()}+00${suffix}`;
  },
  decode: (text) => {
    const parts = parseIso(text);
    return temporal().Instant.fromEpochNanoseconds(BigInt(utcMs(parts)) * 1000000n + BigInt(parts.micros) * 1000n);
  },
  compare: (left, right) => temporal().Instant.compare(left, right),
  nanosecond: (value) => Number(value.epochNanoseconds % 1000n),
  isTooEarly: (value) => value.epochMilliseconds < FIRST_TIMESTAMP_MS,
});

export const dateKind: ValueKind<Temporal.PlainDate> = temporalKind<Temporal.PlainDate>({
  name: 'date',
  sqlType: 'date',
  castType: 'date',
  className: 'PlainDate',
  operations: 'date',
  parse: (iso) => temporal().PlainDate.from(iso),
  encode: (value) => {
    const { text, suffix } = pgDate(value.withCalendar('iso8601'));
    return text + suffix;
  },
  decode: (text) => {
    const parts = parseIso(text);
    return new (temporal().PlainDate)(parts.year, parts.month, parts.day);
  },
  compare: (left, right) => temporal().PlainDate.compare(left, right),
  nanosecond: () => 0,
  isTooEarly,
});

export const timeKind: ValueKind<Temporal.PlainTime> = temporalKind<Temporal.PlainTime>({
  name: 'time',
  sqlType: 'time without time zone',
  castType: 'time without time zone',
  className: 'PlainTime',
  operations: 'ordered',
  parse: (iso) => temporal().PlainTime.from(iso),
  encode: (value) => value.toString(),
  decode: (text) => {
    if (text.startsWith('24')) throw new RangeError('24:00:00 cannot be represented as a PlainTime');
    return temporal().PlainTime.from(text);
  },
  compare: (left, right) => temporal().PlainTime.compare(left, right),
  nanosecond: (value) => value.nanosecond,
  isTooEarly: () => false,
});

export const timestampKind: ValueKind<Temporal.PlainDateTime> = temporalKind<Temporal.PlainDateTime>({
  name: 'timestamp',
  sqlType: 'timestamp without time zone',
  castType: 'timestamp without time zone',
  className: 'PlainDateTime',
  operations: 'moment',
  parse: (iso) => temporal().PlainDateTime.from(iso),
  encode: (value) => {
    const { text, suffix } = pgDate(value.withCalendar('iso8601'));
    return `${text} ${value.toPlainTime().toString()}${suffix}`;
  },
  decode: (text) => {
    const parts = parseIso(text);
    return temporal().PlainDateTime.from(`${isoDate(parts)}T${isoTime(parts)}`);
  },
  compare: (left, right) => temporal().PlainDateTime.compare(left, right),
  nanosecond: (value) => value.nanosecond,
  isTooEarly,
});
