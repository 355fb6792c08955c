// A field of every kind, with a few values of each that are not like those of others: what relations carry must come out as it went in.

import { f as fields, jsonNull, jsonNumber, pgEnum, pk, Range, type Codec, type Field, type StandardSchema } from '@djogi/core';
import { Temporal } from 'temporal-polyfill';

/** A stand-in for decimal.js and its like. */
export class Money {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  toString(): string {
    return this.#text;
  }
}

/** The builders that were used: none may be forgotten here. */
export const usedBuilders = new Set<string>();
const f = new Proxy(fields, {
  get: (target, name: keyof typeof fields) => {
    usedBuilders.add(name);
    return target[name];
  },
});

const rangeText: Codec<string> = {
  text: { encode: (value) => value, decode: (text) => text },
  literal: (value) => `'${value}'::int4multirange`,
  json: { encode: (value) => value, decode: String },
};
const anything: StandardSchema<any> = { '~standard': { version: 1, vendor: 'tests', validate: (value: unknown) => ({ value }) } } as never;

export const Mood = pgEnum('mood', ['sad', 'it\'s "fine", {ok}\\', 'glücklich']);

const date = (iso: string): Temporal.PlainDate => Temporal.PlainDate.from(iso),
  instant = (iso: string): Temporal.Instant => Temporal.Instant.from(iso),
  timestamp = (iso: string): Temporal.PlainDateTime => Temporal.PlainDateTime.from(iso),
  duration = (iso: string): Temporal.Duration => Temporal.Duration.from(iso),
  moment = (iso: string): Date => new Date(iso);

interface Kind {
  readonly field: Field<any>;
  readonly values: readonly unknown[];
  /** JSON. */
  readonly isDocument?: true;
}

const of = (field: Field<any>, ...values: readonly unknown[]): Kind => ({ field, values });
const document = (field: Field<any>, ...values: readonly unknown[]): Kind => ({ field, values, isDocument: true });

const EXACT = { exact: jsonNumber('12345678901234567890.123456789'), list: [jsonNumber('9007199254740993')] };
const NESTED = { a: { b: [1, -0.5, 1e300, null, true, { deep: 'ß 🦊 "quoted" \\' }] }, '': 0 };
const DATES = [date('2024-02-29'), date('-004712-01-01'), date('+275760-09-13')];
const INSTANTS = [instant('2024-02-29T23:59:59.999999Z'), instant('-000001-06-01T12:00:00Z'), instant('+100000-01-01T00:00:00.5Z')];
const MOMENTS = [moment('2024-02-29T23:59:59.999Z'), moment('1969-12-31T23:59:59.001Z'), new Date(8.64e15)];
const DOUBLES = [0.1, -0, Number.NaN, Number.NEGATIVE_INFINITY, 5e-324, Number.MAX_VALUE];
const REALS = [0.5, -0, Math.fround(0.1), Number.NaN, Number.POSITIVE_INFINITY];
const DURATIONS = [duration('P1M'), duration('P30D'), duration('-P1Y2M3DT4H5M6.789012S')];
const UUIDS = ['00000000-0000-0000-0000-000000000000', '0191a2b3-c4d5-7e6f-8a9b-0c1d2e3f4a5b'];
const DECIMALS = ['0', '1.10', '-0.1', '123456789012345678901234567890.123456789'];
const TEXTS = ['', "it's", '"quoted", {braced} \\ %_', 'NULL', '\n\t', 'ß é ﷽ 🦊\u{10FFFF}', 'x'.repeat(70_000)];
const BIGS = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n];

export const KINDS: Readonly<Record<string, Kind>> = {
  text: of(f.text(), ...TEXTS),
  varchar: of(f.varchar(5), 'abcde', '     ', '🦊🦊🦊🦊🦊'),
  citext: of(f.citext(), 'MiXed', ''),
  smallint: of(f.smallint(), -32768, 32767),
  int: of(f.int(), -(2 ** 31), 2 ** 31 - 1),
  bigint: of(f.bigint(), ...BIGS),
  tinyint: of(f.tinyint(), -128, 127),
  uint8: of(f.uint8(), 0, 255),
  uint16: of(f.uint16(), 65535),
  uint32: of(f.uint32(), 4294967295),
  safeInt: of(f.safeInt(), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
  uint64: of(f.uint64(), 2n ** 64n - 1n),
  decimal: of(f.decimal(), ...DECIMALS),
  money: of(f.decimal(12, 2), '-9999999999.99', '0.01'),
  moneyClass: of(f.decimal(12, 2).as(Money), new Money('1234.50'), new Money('0.00')),
  boolean: of(f.boolean(), true, false),
  real: of(f.real(), ...REALS),
  double: of(f.double(), ...DOUBLES),
  timestamptz: of(f.timestamptz(), ...MOMENTS),
  instant: of(f.instant(), ...INSTANTS),
  date: of(f.date(), ...DATES),
  time: of(f.time(), Temporal.PlainTime.from('23:59:59.999999'), Temporal.PlainTime.from('00:00:00')),
  timestamp: of(f.timestamp(), timestamp('2024-02-29T12:00:00.000001'), timestamp('-000001-02-03T04:05:06')),
  uuid: of(f.uuid(), ...UUIDS),
  bytea: of(f.bytea(), new Uint8Array(), Uint8Array.from([0, 1, 127, 128, 255, 92, 39])),
  mood: of(f.enum(Mood), ...Mood.labels),
  heerId: of(f.id(pk.heerId()), '0', '9223372036854775807'),
  ranjId: of(f.id(pk.ranjIdDesc()), '01234567-89ab-8def-8123-456789abcdef'),
  custom: of(f.custom<string>({ sqlType: 'int4multirange', codec: rangeText }), '{[1,3),[5,9)}', '{}'),
  interval: of(f.interval(), ...DURATIONS),
  inet: of(f.inet(), '10.0.0.1', '2001:db8::1'),
  inetWithPrefix: of(f.inet({ prefix: true }), '10.0.0.1/8', '::1/64'),
  cidr: of(f.cidr(), '10.0.0.0/8', '::/0'),
  macaddr: of(f.macaddr(), '0a:1b:2c:3d:4e:5f'),
  int4range: of(f.range('int4'), Range.inclusiveExclusive(-1, 5), Range.atLeast(0), Range.all(), Range.empty()),
  int8range: of(f.range('int8'), Range.atLeast(2n ** 53n + 1n)),
  numrange: of(f.range('num'), Range.inclusive('-1.50', '1.50'), Range.exclusive('0.000', '1')),
  tsrange: of(f.range('ts'), Range.exclusiveInclusive(timestamp('-000001-02-03T04:05:06'), timestamp('2024-02-29T12:00:00.000001'))),
  tstzrange: of(f.range('tstz'), Range.atLeast(INSTANTS[1]!), Range.empty()),
  daterange: of(f.range('date'), Range.inclusiveExclusive(DATES[1]!, DATES[2]!)),
  document: document(f.jsonb(anything), {}, NESTED, [], 'text', 0, false, EXACT),
  rawDocument: document(f.rawJson({ justification: 'documents of every form, for the test' }), {}, NESTED, [], 'text', EXACT, jsonNull),
  texts: of(f.array(f.text()), [], TEXTS),
  ints: of(f.array(f.int()), [], [0, -(2 ** 31)]),
  smallints: of(f.array(f.smallint()), [-32768, 32767]),
  bigints: of(f.array(f.bigint()), BIGS),
  booleans: of(f.array(f.boolean()), [true, false]),
  reals: of(f.array(f.real()), REALS),
  doubles: of(f.array(f.double()), [], DOUBLES),
  decimals: of(f.array(f.decimal()), DECIMALS),
  moments: of(f.array(f.timestamptz()), MOMENTS),
  instants: of(f.array(f.instant()), INSTANTS),
  dates: of(f.array(f.date()), DATES),
  uuids: of(f.array(f.uuid()), [], UUIDS),
  moods: of(f.array(f.enum(Mood)), [...Mood.labels]),
  intervals: of(f.array(f.interval()), DURATIONS),
  inets: of(f.array(f.inet()), ['10.0.0.1', '::1']),
  cidrs: of(f.array(f.cidr()), ['10.0.0.0/8', '::/0']),
  macaddrs: of(f.array(f.macaddr()), ['0a:1b:2c:3d:4e:5f']),
};

/** One more than the kind with most values has: the last row is NULL throughout. */
export const ROW_COUNT = Math.max(...Object.values(KINDS).map(({ values }) => values.length)) + 1;

/** What tells two values of any kind apart: class, sign of zero, precision, zone and all. */
export function shown(value: unknown): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Object.is(value, -0) ? 'number -0' : `number ${value}`;
  if (typeof value === 'bigint') return `bigint ${value}`;
  if (Array.isArray(value)) return value.map(shown);
  if (value instanceof Date) return `Date ${value.getTime()}`;
  if (value instanceof Uint8Array) return `${value.constructor.name} ${Array.from(value).join(' ')}`;
  // A JSON number with its source text, and the null of JSON.
  if (Object.getPrototypeOf(value) === null) return `json ${JSON.stringify(value)}`;
  if (Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, shown(inner)]));
  // oxlint-disable-next-line typescript/no-base-to-string -- Temporal and Money have forms of their own
  return `${(value as object).constructor.name} ${String(value)}`;
}

/** The fields of every kind of a row. */
export const shownRow = (row: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.keys(KINDS).map((name) => [name, shown(row[name])]));
