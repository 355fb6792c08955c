import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Temporal } from 'temporal-polyfill';
import { f, model, pgEnum, pk, Range, type Field } from '../../src/index.ts';
import { modelDatabase, rejection } from './support/database.ts';
import { point } from './support/point.ts';

const Odd = pgEnum('odd label', ['plain', 'two words', 'a,b', 'say "so"', "it's", '{curly}', 'back\\slash', 'NULL', 'ÄÖ']);

/** A decimal class as users bring one: made from a string, and printed by `toFixed`. */
class Money {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toFixed(): string {
    return this.text;
  }
}

const instant = (iso: string) => Temporal.Instant.from(iso),
  date = (iso: string) => Temporal.PlainDate.from(iso),
  time = (iso: string) => Temporal.PlainTime.from(iso),
  timestamp = (iso: string) => Temporal.PlainDateTime.from(iso),
  duration = (iso: string) => Temporal.Duration.from(iso);
const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
const texts = [
  '',
  ' ',
  'plain',
  "it's",
  '"double"',
  'back\\slash',
  'line\nbreak\ttab',
  'NULL',
  '{a,b}',
  'ünï©ode 🙂',
  '%_\\',
  '\u0001\u007f\ufeff',
  'x'.repeat(5000),
];

const KINDS: Record<string, { field: () => Field<any>; values: readonly unknown[] }> = {
  text: { field: () => f.text(), values: texts },
  limited: { field: () => f.text({ maxLength: 3 }), values: ['', 'abc', '🙂🙂🙂'] },
  varchar: { field: () => f.varchar(3), values: ['', 'abc', '🙂🙂🙂', 'ab '] },
  citext: { field: () => f.citext(), values: ['', 'MiXed', 'ß'] },
  smallint: { field: () => f.smallint(), values: [-32768, -1, 0, 32767] },
  int: { field: () => f.int(), values: [-2147483648, -1, 0, 1, 2147483647] },
  bigint: { field: () => f.bigint(), values: [-(2n ** 63n), -1n, 0n, 9007199254740993n, 2n ** 63n - 1n] },
  tinyint: { field: () => f.tinyint(), values: [-128, 0, 127] },
  uint8: { field: () => f.uint8(), values: [0, 255] },
  uint16: { field: () => f.uint16(), values: [0, 65535] },
  uint32: { field: () => f.uint32(), values: [0, 4294967295] },
  safeInt: { field: () => f.safeInt(), values: [Number.MIN_SAFE_INTEGER, -4294967296, 0, Number.MAX_SAFE_INTEGER] },
  uint64: { field: () => f.uint64(), values: [0n, 2n ** 63n, 2n ** 64n - 1n] },
  decimal: {
    field: () => f.decimal(),
    values: ['0', '-1', '1.50', '0.0000001', '-123456789012345678901234567890.123456789', '100000', '10000.0001', '0.00'],
  },
  money: { field: () => f.decimal(8, 2), values: ['0.00', '-0.01', '999999.99', '1234.50'] },
  class: { field: () => f.decimal(8, 2).as(Money), values: [new Money('1234.50'), new Money('-0.01')] },
  boolean: { field: () => f.boolean(), values: [true, false] },
  real: {
    field: () => f.real(),
    values: [0, -0, 0.5, Math.fround(0.1), Math.fround(3.4e38), Math.fround(1e-45), NaN, Infinity, -Infinity],
  },
  double: { field: () => f.double(), values: [0, -0, 0.1, Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53 + 2, NaN, Infinity, -Infinity] },
  timestamptz: {
    field: () => f.timestamptz(),
    values: [
      new Date(0),
      new Date(-1),
      new Date('2024-02-29T23:59:59.999Z'),
      new Date('0001-01-01T00:00:00Z'),
      new Date('-000043-03-15T12:00:00.001Z'),
      new Date('1582-10-10T00:00:00Z'),
      new Date('+010000-01-01T00:00:00.123Z'),
      new Date(8.64e15),
      new Date('-004713-11-24T00:00:00Z'),
    ],
  },
  instant: {
    field: () => f.instant(),
    values: [
      instant('1970-01-01T00:00:00Z'),
      instant('2024-02-29T23:59:59.999999Z'),
      instant('1969-12-31T23:59:59.999999Z'),
      instant('0001-01-01T00:00:00.000001Z'),
      instant('-000043-03-15T00:00:00Z'),
      instant('+012345-06-07T08:09:10.111213Z'),
    ],
  },
  date: {
    field: () => f.date(),
    values: [date('1970-01-01'), date('2024-02-29'), date('0001-01-01'), date('-000043-03-15'), date('+012345-06-07'), date('9999-12-31')],
  },
  time: { field: () => f.time(), values: [time('00:00'), time('23:59:59.999999'), time('12:00:00.5')] },
  timestamp: {
    field: () => f.timestamp(),
    values: [
      timestamp('1970-01-01T00:00'),
      timestamp('2024-03-31T02:30:00.000001'),
      timestamp('-000043-03-15T12:00:00'),
      timestamp('+012345-06-07T08:09:10.5'),
    ],
  },
  uuid: {
    field: () => f.uuid(),
    values: ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '550e8400-e29b-41d4-a716-446655440000'],
  },
  bytea: { field: () => f.bytea(), values: [new Uint8Array(0), bytes, new Uint8Array(70_000).fill(7)] },
  enum: { field: () => f.enum(Odd), values: Odd.labels },
  heerId: { field: () => f.id(pk.heerIdDesc()), values: ['0', '1', '9223372036854775807', '4194361386'] },
  ranjId: { field: () => f.id(pk.ranjId()), values: ['00000000-0000-8000-8000-000000000001', 'ffffffff-ffff-8fff-bfff-ffffffffffff'] },
  point: {
    field: () => point(),
    values: [
      { x: 0, y: -1.5 },
      { x: 1e300, y: 1e-300 },
    ],
  },
  textArray: { field: () => f.array(f.text()), values: [[], texts, ['null', 'NULL', '']] },
  intArray: { field: () => f.array(f.int()), values: [[], [0, -1, 2147483647]] },
  bigintArray: { field: () => f.array(f.bigint()), values: [[2n ** 63n - 1n, -1n]] },
  smallintArray: { field: () => f.array(f.smallint()), values: [[-32768, 7]] },
  uint8Array: { field: () => f.array(f.uint8()), values: [[0, 255]] },
  booleanArray: { field: () => f.array(f.boolean()), values: [[true, false]] },
  realArray: { field: () => f.array(f.real()), values: [[0.5, NaN, -Infinity]] },
  doubleArray: { field: () => f.array(f.double()), values: [[0.1, -0, NaN]] },
  decimalArray: { field: () => f.array(f.decimal(8, 2)), values: [['1.50', '-0.01']] },
  dateArray: { field: () => f.array(f.date()), values: [[date('2024-02-29'), date('-000043-03-15')]] },
  timestamptzArray: { field: () => f.array(f.timestamptz()), values: [[new Date(0), new Date('-000043-03-15T12:00:00.001Z')]] },
  instantArray: { field: () => f.array(f.instant()), values: [[instant('2024-02-29T23:59:59.999999Z')]] },
  timestampArray: { field: () => f.array(f.timestamp()), values: [[timestamp('2024-03-31T02:30:00.000001')]] },
  timeArray: { field: () => f.array(f.time()), values: [[time('23:59:59.999999')]] },
  uuidArray: { field: () => f.array(f.uuid()), values: [['550e8400-e29b-41d4-a716-446655440000']] },
  enumArray: { field: () => f.array(f.enum(Odd)), values: [[], Odd.labels] },
  heerIdArray: { field: () => f.array(f.id(pk.heerId())), values: [['0', '9223372036854775807']] },
  ranjIdArray: { field: () => f.array(f.id(pk.ranjIdDesc())), values: [['00000000-0000-8000-8000-000000000001']] },
  interval: {
    field: () => f.interval(),
    values: [duration('PT0S'), duration('P1Y2M3DT4H5M6.789012S'), duration('-P30DT0.5S'), duration('PT100H')],
  },
  inet: { field: () => f.inet(), values: ['10.0.0.1', '2001:db8::1'] },
  network: { field: () => f.inet({ prefix: true }), values: ['10.0.0.1/8', '::1'] },
  cidr: { field: () => f.cidr(), values: ['10.0.0.0/8', '::/0'] },
  macaddr: { field: () => f.macaddr(), values: ['0a:1b:2c:3d:4e:5f'] },
  intRange: { field: () => f.range('int4'), values: [Range.inclusiveExclusive(-1, 5), Range.all(), Range.empty()] },
  bigintRange: { field: () => f.range('int8'), values: [Range.atLeast(2n ** 53n + 1n), Range.lessThan(-1n)] },
  decimalRange: { field: () => f.range('num'), values: [Range.inclusive('-1.50', '2'), Range.exclusiveInclusive('0', '1.0')] },
  timestampRange: {
    field: () => f.range('ts'),
    values: [Range.exclusive(timestamp('-000043-03-15T12:00:00'), timestamp('2024-03-31T02:30:00.000001'))],
  },
  instantRange: {
    field: () => f.range('tstz'),
    values: [
      Range.inclusiveExclusive(instant('2024-02-29T23:59:59.999999Z'), instant('2024-03-01T00:00:00Z')),
      Range.atLeast(instant('1970-01-01T00:00:00Z')),
    ],
  },
  dateRange: { field: () => f.range('date'), values: [Range.inclusiveExclusive(date('-000043-03-15'), date('2024-02-29'))] },
  intervalArray: { field: () => f.array(f.interval()), values: [[], [duration('P1M'), duration('-PT0.000001S')]] },
  inetArray: { field: () => f.array(f.inet()), values: [['10.0.0.1', '::1']] },
  varcharArray: { field: () => f.array(f.varchar(3)), values: [['abc', '']] },
};

/** Deep equality in which Temporal values are their text, and -0 is not 0. */
const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null && Symbol.toStringTag in value && !(value instanceof Uint8Array))
    // oxlint-disable-next-line typescript/no-base-to-string, typescript/restrict-template-expressions -- a caller may hand in anything
    return `${value[Symbol.toStringTag as never]} ${String(value)}`;
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  return value;
};

/** JSON has one zero. */
const withoutNegativeZero = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(withoutNegativeZero) : Object.is(value, -0) ? 0 : value;

const tableOf = (kind: string): string => `k_${kind.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
const Models: Record<string, any> = Object.fromEntries(
  Object.entries(KINDS).map(([kind, { field }]) => [kind, class extends model(tableOf(kind), { v: field(), n: field().nullable() }) {}]),
);

// One connection: the first execution of a statement travels as text, the later ones in binary where the kind has it.
const db = modelDatabase(() => Object.values(Models), { pool: { max: 1 } });

describe.each(Object.keys(KINDS))('%s', (kind) => {
  const Model = Models[kind],
    { values } = KINDS[kind]!;

  test('comes back from create, get, update and save as it was given', async () => {
    for (let pass = 0; pass < 2; pass++) {
      for (const value of values) {
        const row = await Model.create(db.ctx, { v: value, n: value });
        expect(plain(row.v)).toStrictEqual(plain(value));
        const read = await Model.get(db.ctx, row.id);
        expect([plain(read.v), plain(read.n)]).toStrictEqual([plain(value), plain(value)]);
        const next = values[(values.indexOf(value) + 1) % values.length];
        const updated = await Model.update(db.ctx, row.id, { v: next, n: null });
        expect([plain(updated.v), updated.n]).toStrictEqual([plain(next), null]);
        updated.v = value;
        await updated.save(db.ctx);
        expect(plain((await Model.get(db.ctx, row.id)).v)).toStrictEqual(plain(value));
      }
    }
  });

  test('is JSON that its codec reads back', async () => {
    const { codec } = (await import('../../src/extension.ts')).runtimeOf(Model).byProperty.get('v')!.valueKind;
    for (const value of values) {
      const row = await Model.create(db.ctx, { v: value });
      const { v, n } = JSON.parse(JSON.stringify(row));
      expect(n).toBeNull();
      expect(plain(codec.json.decode(v))).toStrictEqual(plain(withoutNegativeZero(value)));
    }
  });

  test('is a default that the database makes of the literal', async () => {
    for (const [at, value] of values.entries()) {
      class Defaulted extends model(`d_${kind}_${at}`.toLowerCase(), { v: KINDS[kind]!.field().default(value) }) {}
      const made = Defaulted.descriptor.fields.at(-1)!.default as { text: string };
      await db.script(
        `CREATE TABLE "${Defaulted.table}" (id bigint PRIMARY KEY DEFAULT heerid_next_desc(), created_at timestamptz(3) NOT NULL DEFAULT now(), updated_at timestamptz(3) NOT NULL DEFAULT now(), v ${Defaulted.descriptor.fields.at(-1)!.sqlType} NOT NULL DEFAULT ${made.text})`,
      );
      expect(plain((await (Defaulted as any).create(db.ctx, {})).v)).toStrictEqual(plain(value));
    }
  });
});

describe('a bigint', () => {
  test('may be given as a safe integer, and comes back as a bigint', async () => {
    expect((await Models['bigint'].create(db.ctx, { v: 5 })).v).toBe(5n);
    expect((await Models['uint64'].create(db.ctx, { v: 5 })).v).toBe(5n);
  });
});

describe('a value that no column could give back is refused', () => {
  test.each<[string, unknown, string]>([
    ['smallint', 32768, 'v range'],
    ['tinyint', 128, 'v range'],
    ['uint8', -1, 'v range'],
    ['uint16', 65536, 'v range'],
    ['uint32', 2 ** 32, 'v range'],
    ['safeInt', 2 ** 53, 'v range'],
    ['uint64', -1n, 'v range'],
    ['uint64', 2n ** 64n, 'v range'],
    ['bigint', 2n ** 63n, 'v range'],
    ['bigint', 1.5, 'v type'],
    ['bigint', 2 ** 53, 'v type'],
    ['int', 1n, 'v type'],
    ['int', true, 'v type'],
    ['real', 0.1, 'v precision'],
    ['double', '1', 'v type'],
    ['boolean', 1, 'v type'],
    ['boolean', 't', 'v type'],
    ['decimal', 1.5, 'v type'],
    ['decimal', '1e5', 'v type'],
    ['decimal', 'NaN', 'v type'],
    ['decimal', '', 'v type'],
    ['money', '1.234', 'v scale'],
    ['money', '1000000.00', 'v range'],
    ['class', '1.50', 'v type'],
    ['timestamptz', '2024-01-01', 'v type'],
    ['timestamptz', new Date('-004800-01-01T00:00:00Z'), 'v range'],
    ['instant', instant('2024-01-01T00:00:00.000000001Z'), 'v precision'],
    ['instant', new Date(), 'v type'],
    ['date', '2024-01-01', 'v type'],
    ['date', new Date(), 'v type'],
    ['time', time('00:00:00.000000001'), 'v precision'],
    ['timestamp', timestamp('2024-01-01T00:00:00.000000001'), 'v precision'],
    ['uuid', '550E8400-E29B-41D4-A716-446655440000', 'v type'],
    ['uuid', 'x', 'v type'],
    ['bytea', 'x', 'v type'],
    ['bytea', [1], 'v type'],
    ['enum', 'two  words', 'v enum_label'],
    ['enum', 'toString', 'v enum_label'],
    ['heerId', 5, 'v id'],
    ['heerId', '05', 'v id'],
    ['ranjId', '550e8400-e29b-41d4-a716-446655440000', 'v id'],
    ['textArray', [undefined], 'v[0] not_null'],
    ['textArray', Object.assign([], { length: 1 }), 'v[0] not_null'],
    ['intArray', [1, '2'], 'v[1] type'],
    ['enumArray', ['plain', 'x'], 'v[1] enum_label'],
    ['varcharArray', ['abcd'], 'v[0] max_length'],
    ['interval', '1 day', 'v type'],
    ['interval', Temporal.Duration.from({ nanoseconds: 1 }), 'v precision'],
    ['inet', '10.0.0.1/8', 'v network'],
    ['cidr', '10.0.0.1/8', 'v network'],
    ['macaddr', '0A:1B:2C:3D:4E:5F', 'v network'],
    ['intRange', [1, 5], 'v type'],
    ['intRange', Range.atLeast('1'), 'v type'],
    ['intRange', Range.inclusive(1, 2147483647), 'v range_value'],
    ['dateRange', Range.inclusive(1, 2), 'v type'],
    ['instantRange', Range.atLeast(instant('2024-01-01T00:00:00.000000001Z')), 'v precision'],
    ['intervalArray', [duration('P1D'), 'P1D'], 'v[1] type'],
    ['uint8Array', [256], 'v[0] range'],
  ])('%s %s', async (kind, value, issue) => {
    const { issues } = await rejection(Models[kind].create(db.ctx, { v: value }));
    expect(issues.map(({ path, rule }: any) => `${path} ${rule}`)).toEqual([issue]);
  });
});

describe('a stored value that the field cannot represent', () => {
  test.each([
    ['timestamptz', `'infinity'`],
    ['instant', `'-infinity'`],
    ['date', `'infinity'`],
    ['time', `'24:00:00'`],
    ['timestamp', `'infinity'`],
    ['textArray', `ARRAY['a', NULL]`],
    ['textArray', `ARRAY[['a'], ['b']]`],
    ['textArray', `'[0:1]={a,b}'`],
    ['intArray', `'{1,NULL}'`],
    ['intArray', `'[2:3]={1,2}'`],
    ['interval', `'1 mon -1 day'`],
    ['interval', `'infinity'`],
    ['inet', `'10.0.0.1/8'`],
    ['instantRange', `'[2024-01-01,infinity)'`],
    ['dateRange', `'(-infinity,2024-01-01)'`],
    ['intervalArray', `ARRAY['1 mon -1 day']::interval[]`],
    ['heerId', '-1'],
    ['ranjId', `'550e8400-e29b-41d4-a716-446655440000'`],
  ])('%s %s is a decode failure that names the column', async (kind, literal) => {
    const table = tableOf(kind),
      { v } = await Models[kind].create(db.ctx, { v: KINDS[kind]!.values[0] });
    expect(v).toBeDefined();
    const [row] = await db.rows(`INSERT INTO ${table} (v) VALUES (${literal}) RETURNING id::text`);
    for (let pass = 0; pass < 2; pass++)
      expect(await rejection(Models[kind].get(db.ctx, row!['id']))).toMatchObject({
        code: 'DECODE',
        table,
        column: 'v',
        isTransient: false,
      });
  });

  test('an unknown label is one too, with its cause', async () => {
    await db.script(`ALTER TYPE "odd label" ADD VALUE IF NOT EXISTS 'newer'`);
    const [row] = await db.rows(`INSERT INTO k_enum (v) VALUES ('newer') RETURNING id::text`);
    expect(await rejection(Models['enum'].get(db.ctx, row!['id']))).toMatchObject({
      code: 'DECODE',
      column: 'v',
      cause: { enumName: 'odd label', label: 'newer' },
    });
  });

  test.each([
    ['uint8', '300'],
    ['decimal', `'NaN'`],
    ['decimal', `'Infinity'`],
    ['uint64', '-1'],
    ['safeInt', '9007199254740993'],
  ])('%s %s is one where the check of the type is missing', async (kind, literal) => {
    const table = tableOf(kind);
    await db.script(`ALTER TABLE ${table} DROP CONSTRAINT IF EXISTS ${table}_v_check`);
    const [row] = await db.rows(`INSERT INTO ${table} (v) VALUES (${literal}) RETURNING id::text`);
    for (let pass = 0; pass < 2; pass++)
      expect(await rejection(Models[kind].get(db.ctx, row!['id']))).toMatchObject({ code: 'DECODE', table, column: 'v' });
  });

  test('leaves the connection usable, and the row it was written by', async () => {
    await db.script(
      `CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.v := 'infinity'; RETURN NEW; END $$; CREATE TRIGGER never BEFORE INSERT ON k_date FOR EACH ROW EXECUTE FUNCTION never();`,
    );
    expect(await rejection(Models['date'].create(db.ctx, { v: date('2024-01-01') }))).toMatchObject({ code: 'DECODE' });
    expect((await Models['int'].create(db.ctx, { v: 1 })).v).toBe(1);
  });
});

describe('the zone of the process', () => {
  const before = process.env['TZ'];
  beforeAll(() => {
    process.env['TZ'] = 'America/Los_Angeles';
  });
  afterAll(() => {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  });

  test('moves no date, time or timestamp', async () => {
    expect(new Date(2024, 0, 1).getTimezoneOffset()).toBe(480);
    await db.script('DROP TRIGGER IF EXISTS never ON k_date');
    for (const [kind, value] of [
      ['date', date('2024-03-10')],
      ['timestamp', timestamp('2024-03-10T02:30')],
      ['time', time('02:30')],
      ['timestamptz', new Date('2024-03-10T10:30:00.001Z')],
    ] as const) {
      const row = await Models[kind].create(db.ctx, { v: value });
      expect(plain((await Models[kind].get(db.ctx, row.id)).v)).toStrictEqual(plain(value));
    }
    expect(await db.rows(`SELECT v::text FROM k_date ORDER BY created_at DESC LIMIT 1`)).toEqual([{ v: '2024-03-10' }]);
  });
});

test("values of Temporal from any implementation are written, and read values are the polyfill's or the runtime's own", async () => {
  const row = await Models['date'].create(db.ctx, { v: date('2024-01-02') });
  expect(row.v[Symbol.toStringTag]).toBe('Temporal.PlainDate');
});
