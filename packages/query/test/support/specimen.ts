// One model with a field of every kind, and for each kind the values at its edges.

import { f as fields, jsonNull, jsonNumber, model, pgEnum, pk, Range, type Codec, type Field, type StandardSchema } from '@djogi/core';
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

const inetCodec: Codec<string> = {
  text: { encode: (value) => value, decode: (text) => text },
  literal: (value) => `'${value}'::inet`,
  json: { encode: (value) => value, decode: String },
};

/** The builders that were used: none may be forgotten here. */
export const usedBuilders = new Set<string>();
const f = new Proxy(fields, {
  get: (target, name: keyof typeof fields) => {
    usedBuilders.add(name);
    return target[name];
  },
});

/** Takes whatever JSON there is. */
const anything: StandardSchema<any> = { '~standard': { version: 1, vendor: 'tests', validate: (value: unknown) => ({ value }) } } as never;

const DOCUMENTS = [
  {},
  { a: { b: [1, -0.5, 1e300, null, true, { deep: 'ß 🦊 "quoted" \\' }] }, '': 0, __proto_: [] },
  [],
  'text',
  0,
  false,
  { exact: jsonNumber('12345678901234567890.123456789'), list: [jsonNumber('9007199254740993')] },
];

export const Mood = pgEnum('mood', ['sad', 'it\'s "fine", {ok}\\', 'glücklich']);

const date = (iso: string): Temporal.PlainDate => Temporal.PlainDate.from(iso);
const instant = (iso: string): Temporal.Instant => Temporal.Instant.from(iso);
const timestamp = (iso: string): Temporal.PlainDateTime => Temporal.PlainDateTime.from(iso);
const duration = (iso: string): Temporal.Duration => Temporal.Duration.from(iso);
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

interface Kind {
  readonly field: Field<any>;
  readonly values: readonly unknown[];
  /** What comes back where it is not what was written. */ readonly read?: readonly unknown[];
  /** JSON, whose lookups are about what is in it. */ readonly isDocument?: true;
}

const TEXTS = [
  '',
  ' ',
  'a',
  "it's",
  '"quoted", {braced} \\ %_',
  'NULL',
  '{}',
  '\n\t\r\b',
  'ß é ﷽ 🦊\u{10FFFF}',
  '\\x00',
  'x'.repeat(70_000),
];
const DATES = ['2024-02-29', '0001-01-01', '0000-12-31', '-004712-01-01', '9999-12-31', '+010000-01-01', '+275760-09-13'];
const DURATIONS = [
  'PT0S',
  'P1M',
  'P30D',
  'PT24H',
  'P1Y2M3DT4H5M6.789012S',
  '-P1Y2M3DT4H5M6.789012S',
  '-PT0.000001S',
  'PT2562047788H54.775807S',
];
const TIMES = ['00:00:00', '23:59:59.999999', '12:30:00.5', '00:00:00.000001'];
const DOUBLES = [
  0,
  -0,
  1.5,
  0.1,
  5e-324,
  Number.MAX_VALUE,
  Number.EPSILON,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
  2 ** 53,
];
const REALS = [
  0,
  -0,
  0.5,
  Math.fround(0.1),
  Math.fround(3.4028234663852886e38),
  Math.fround(1.401298464324817e-45),
  Number.NaN,
  Number.NEGATIVE_INFINITY,
];
const MOMENTS = [
  new Date(0),
  new Date('2024-02-29T23:59:59.999Z'),
  new Date(-1),
  new Date('1969-12-31T23:59:59.001Z'),
  new Date('0001-01-01T00:00:00Z'),
  new Date(-62167219200001),
  new Date(8.64e15),
  new Date('9999-12-31T23:59:59.999Z'),
];
const INSTANTS = [
  '1970-01-01T00:00:00Z',
  '2024-02-29T23:59:59.999999Z',
  '1969-12-31T23:59:59.999999Z',
  '0001-01-01T00:00:00.000001Z',
  '-000001-06-01T12:00:00Z',
  '+100000-01-01T00:00:00.5Z',
].map(instant);
const UUIDS = ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '0191a2b3-c4d5-7e6f-8a9b-0c1d2e3f4a5b'];
const DECIMALS = [
  '0',
  '-0.1',
  '1.10',
  '123456789012345678901234567890.123456789',
  '-99999999999999999999',
  '0.000000000000000000001',
  '10000000000000000',
  `1${'0'.repeat(200)}`,
];

export const KINDS: Readonly<Record<string, Kind>> = {
  text: { field: f.text(), values: TEXTS },
  limited: { field: f.text({ maxLength: 3 }), values: ['', 'abc', '🦊🦊🦊'] },
  varchar: { field: f.varchar(5), values: ['', 'abcde', '     ', '🦊🦊🦊🦊🦊'] },
  citext: { field: f.citext(), values: ['MiXed', '', "it's"] },
  smallint: { field: f.smallint(), values: [0, -32768, 32767] },
  int: { field: f.int(), values: [0, -1, -(2 ** 31), 2 ** 31 - 1] },
  bigint: { field: f.bigint(), values: [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 32n, -(2n ** 32n) - 1n] },
  tinyint: { field: f.tinyint(), values: [-128, 127] },
  uint8: { field: f.uint8(), values: [0, 255] },
  uint16: { field: f.uint16(), values: [0, 65535] },
  uint32: { field: f.uint32(), values: [0, 4294967295] },
  safeInt: { field: f.safeInt(), values: [0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 32, -(2 ** 32) - 1] },
  uint64: { field: f.uint64(), values: [0n, 2n ** 64n - 1n] },
  decimal: { field: f.decimal(), values: DECIMALS },
  money: { field: f.decimal(12, 2), values: ['0.00', '-9999999999.99', '0.01'] },
  moneyClass: { field: f.decimal(12, 2).as(Money), values: ['0.00', '1234.50'].map((text) => new Money(text)) },
  boolean: { field: f.boolean(), values: [true, false] },
  real: { field: f.real(), values: REALS },
  double: { field: f.double(), values: DOUBLES },
  timestamptz: { field: f.timestamptz(), values: MOMENTS },
  instant: { field: f.instant(), values: INSTANTS },
  date: { field: f.date(), values: DATES.map(date) },
  time: { field: f.time(), values: TIMES.map((text) => Temporal.PlainTime.from(text)) },
  timestamp: {
    field: f.timestamp(),
    values: ['2024-02-29T12:00:00.000001', '0001-01-01T00:00:00', '+010000-01-01T23:59:59.999999', '-000001-02-03T04:05:06'].map((text) =>
      Temporal.PlainDateTime.from(text),
    ),
  },
  uuid: { field: f.uuid(), values: UUIDS },
  bytea: { field: f.bytea(), values: [bytes(), bytes(0), bytes(0, 1, 127, 128, 255, 92, 39), new Uint8Array(5000).fill(7)] },
  mood: { field: f.enum(Mood), values: [...Mood.labels] },
  heerId: { field: f.id(pk.heerId()), values: ['0', '1', '9007199254740993', '9223372036854775807'] },
  ranjId: { field: f.id(pk.ranjIdDesc()), values: ['00000000-0000-8000-8000-000000000000', '01234567-89ab-8def-8123-456789abcdef'] },
  custom: { field: f.custom<string>({ sqlType: 'inet', codec: inetCodec }), values: ['10.0.0.1', '10.0.0.0/8', '::1'] },
  interval: { field: f.interval(), values: DURATIONS.map(duration) },
  inet: { field: f.inet(), values: ['10.0.0.1', '::', '2001:db8::1', '::ffff:10.0.0.1'] },
  inetWithPrefix: { field: f.inet({ prefix: true }), values: ['10.0.0.1', '10.0.0.1/8', '::1/64'] },
  cidr: { field: f.cidr(), values: ['10.0.0.0/8', '10.0.0.1/32', '::/0'] },
  macaddr: { field: f.macaddr(), values: ['00:00:00:00:00:00', '0a:1b:2c:3d:4e:5f'] },
  int4range: {
    field: f.range('int4'),
    values: [Range.inclusiveExclusive(-(2 ** 31), 2 ** 31 - 1), Range.atLeast(0), Range.lessThan(0), Range.all(), Range.empty()],
  },
  int8range: { field: f.range('int8'), values: [Range.inclusiveExclusive(-(2n ** 63n), 2n ** 63n - 1n), Range.atLeast(2n ** 53n + 1n)] },
  numrange: {
    field: f.range('num'),
    values: [Range.inclusive('-1.50', '1.50'), Range.exclusive('0.000', '1'), Range.inclusive('1', '1.0')],
  },
  tsrange: {
    field: f.range('ts'),
    values: [Range.exclusiveInclusive(timestamp('-000001-02-03T04:05:06'), timestamp('2024-02-29T12:00:00.000001'))],
  },
  tstzrange: {
    field: f.range('tstz'),
    values: [
      Range.inclusiveExclusive(INSTANTS[3]!, INSTANTS[1]!),
      Range.atLeast(INSTANTS[4]!),
      Range.lessThan(INSTANTS[5]!),
      Range.empty(),
    ],
  },
  daterange: { field: f.range('date'), values: [Range.inclusiveExclusive(date('-004712-01-01'), date('+275760-09-13')), Range.all()] },
  document: { field: f.jsonb(anything), values: DOCUMENTS, isDocument: true },
  rawDocument: {
    field: f.rawJson({ justification: 'documents of every form, for the test' }),
    values: [...DOCUMENTS, jsonNull],
    isDocument: true,
  },
  texts: { field: f.array(f.text()), values: [[], TEXTS] },
  ints: { field: f.array(f.int()), values: [[], [0, -(2 ** 31), 2 ** 31 - 1]] },
  smallints: { field: f.array(f.smallint()), values: [[], [-32768, 32767]] },
  bigints: { field: f.array(f.bigint()), values: [[], [2n ** 63n - 1n, -(2n ** 63n)]] },
  booleans: { field: f.array(f.boolean()), values: [[], [true, false]] },
  reals: { field: f.array(f.real()), values: [[], REALS] },
  doubles: { field: f.array(f.double()), values: [[], DOUBLES] },
  decimals: { field: f.array(f.decimal()), values: [[], DECIMALS] },
  moments: { field: f.array(f.timestamptz()), values: [[], MOMENTS] },
  instants: { field: f.array(f.instant()), values: [[], INSTANTS] },
  dates: { field: f.array(f.date()), values: [[], DATES.map(date)] },
  uuids: { field: f.array(f.uuid()), values: [[], UUIDS] },
  moods: { field: f.array(f.enum(Mood)), values: [[], [...Mood.labels]] },
  intervals: { field: f.array(f.interval()), values: [[], DURATIONS.map(duration)] },
  inets: { field: f.array(f.inet()), values: [[], ['10.0.0.1', '::1']] },
  cidrs: { field: f.array(f.cidr()), values: [[], ['10.0.0.0/8', '::/0']] },
  macaddrs: { field: f.array(f.macaddr()), values: [[], ['00:00:00:00:00:00', '0a:1b:2c:3d:4e:5f']] },
};

const nullable = Object.fromEntries(Object.entries(KINDS).map(([name, { field }]) => [name, field.nullable()]));

/** Every kind, nullable, beside a unique key for upserts. The fields' types are those of no particular kind: the values are the subject here. */
export class Specimen extends model('specimens', { label: f.text().unique(), ...nullable, tick: f.version() }, { pk: pk.heerId() }) {}

/** One more than the kind with most values has: the last row is NULL throughout. */
export const ROW_COUNT = Math.max(...Object.values(KINDS).map((kind) => kind.values.length)) + 1;

/** Row `at` has the `at`-th value of every kind, and NULL where a kind has no more. */
export function specimenInput(at: number, label = `row ${at}`): { label: string } & Record<string, unknown> {
  return { label, ...Object.fromEntries(Object.entries(KINDS).map(([name, { values }]) => [name, values[at] ?? null])) };
}

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

export const shownRow = (row: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.keys(KINDS).map((name) => [name, shown(row[name])]));
