// Dates and times, with the runtime's Temporal and with the polyfill.

import fc from 'fast-check';
import { Temporal as Polyfill } from 'temporal-polyfill';
import type { Temporal } from 'temporal-spec';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CompiledStatement, Connection } from '../../src/db/port.ts';
import { forgetTemporal, temporal, type TemporalNamespace } from '../../src/value/temporal.ts';
import { dateKind, instantKind, timeKind, timestampKind, timestamptzKind } from '../../src/value/time.ts';
import type { ValueKind } from '../../src/value/kind.ts';
import { textKind } from '../../src/value/text.ts';
import { testValueKind, type ValueCases } from '../support/value-kind-suite.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();
const open = () => server.open();

const FIRST = -210866803200000,
  LAST = 8640000000000000;
const at = (iso: string): Date => new Date(iso);
const milliseconds = fc.oneof(
  fc
    .integer({ min: FIRST / 1000, max: LAST / 1000 })
    .chain((second) => fc.integer({ min: 0, max: 999 }).map((ms) => Math.min(second * 1000 + ms, LAST))),
  fc.integer({ min: 0, max: 4102444800000 }),
  fc.integer({ min: -62135596800000 - 1000, max: -62135596800000 + 1000 }),
  fc.constantFrom(FIRST, FIRST + 1, LAST, LAST - 1, 946684800000, 946684799999, -1, 0),
);
const dates = milliseconds.map((ms) => new Date(ms));

const timestamptzCases = (): ValueCases<Date> => ({
  values: [
    at('2024-02-29T12:34:56.789Z'),
    new Date(0),
    new Date(-1),
    new Date(1),
    at('2000-01-01T00:00:00.000Z'),
    at('1999-12-31T23:59:59.999Z'),
    at('0001-01-01T00:00:00.000Z'),
    at('0000-12-31T23:59:59.999Z'),
    at('0000-01-01T00:00:00Z'),
    at('-000001-12-31T00:00:00Z'),
    at('-000043-03-15T00:00:00.001Z'),
    at('0099-06-01T00:00:00Z'),
    at('9999-12-31T23:59:59.999Z'),
    at('+010000-01-01T00:00:00Z'),
    at('+099999-12-31T23:59:59.999Z'),
    at('+100000-01-01T00:00:00.000Z'),
    at('+275760-09-13T00:00:00.000Z'),
    at('+275760-09-12T23:59:59.999Z'),
    new Date(FIRST),
    new Date(FIRST + 1),
    at('1715-01-01T00:00:00.001Z'),
    at('2285-12-31T23:59:59.999Z'),
    at('+148140-01-01T00:00:00.001Z'),
    at('+200000-01-01T00:00:00.003Z'),
  ],
  arbitrary: dates,
  refused: [
    [new Date(Number.NaN), 'invalid_date'],
    [new Date(FIRST - 1), 'range'],
    [new Date(-LAST), 'range'],
    [0, 'type'],
    ['2024-02-29T12:34:56Z', 'type'],
    [Polyfill.Instant.from('2024-02-29T12:34:56Z'), 'type'],
  ],
  undecodable: [
    "'infinity'::timestamptz",
    "'-infinity'::timestamptz",
    "'2024-02-29 12:34:56.789012+00'::timestamptz",
    "'2024-02-29 12:34:56.000001+00'::timestamptz",
    "'1969-12-31 23:59:59.999999+00'::timestamptz",
    "'0044-03-15 00:00:00.0001+00 BC'::timestamptz",
    "'275760-09-13 00:00:00.001+00'::timestamptz",
    "'275761-01-01 00:00:00+00'::timestamptz",
    "'294276-12-31 23:59:59.999+00'::timestamptz",
    "'294276-12-31 23:59:59.999999+00'::timestamptz",
  ],
  undecodableJson: ['', 'tomorrow', 0, true],
  pairs: fc
    .tuple(milliseconds, milliseconds)
    .chain(([left, right]) => fc.constantFrom<[Date, Date]>([new Date(left), new Date(right)], [new Date(left), new Date(left)])),
});

testValueKind('timestamptz', timestamptzKind, timestamptzCases, open);

describe('timestamptz in other time zones', () => {
  const ask = async (zone: string): Promise<Connection> => {
    const connection = await server.open({ settings: { TimeZone: zone } });
    return connection;
  };
  const { binary: _binary, ...asText } = timestamptzKind.codec;

  test.each([
    'UTC',
    'Europe/Amsterdam',
    'America/New_York',
    'Asia/Kolkata',
    'Pacific/Kiritimati',
    'Pacific/Marquesas',
    'Africa/Monrovia',
    'Australia/Lord_Howe',
    'America/St_Johns',
  ])('reads the offsets of %s, those with seconds as well', async (zone) => {
    const connection = await ask(zone);
    const statement: CompiledStatement<Date> = {
      text: 'SELECT $1::timestamptz AS t',
      parameters: [asText],
      rows: { columns: [{ name: 't', codec: asText }], as: 'value' },
    };
    const inInstants: CompiledStatement<Temporal.Instant> = {
      ...statement,
      rows: { columns: [{ name: 't', codec: instantKind.codec }], as: 'value' },
    };
    const check = async (value: Date): Promise<void> => {
      const { rows } = await connection.execute({ statement, values: [value] });
      expect([value.toISOString(), rows[0]!.getTime()]).toEqual([value.toISOString(), value.getTime()]);
      const instants = await connection.execute({ statement: inInstants, values: [value] });
      expect(instants.rows[0]!.epochMilliseconds).toBe(value.getTime());
    };
    for (const value of timestamptzCases().values) await check(value);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          dates,
          fc.integer({ min: -5364662400000, max: 2000000000000 }).map((ms) => new Date(ms)),
        ),
        check,
      ),
      { numRuns: 60 },
    );
    await connection.close();
  });

  test('meets an offset with seconds on the way', async () => {
    const connection = await ask('Africa/Monrovia');
    const { rows } = await connection.execute({
      statement: {
        text: "SELECT '1900-01-01 00:00:00+00'::timestamptz::text AS t",
        parameters: [],
        rows: { columns: [{ name: 't', codec: textKind.codec }], as: 'value' },
      },
      values: [],
    });
    expect(rows[0]).toMatch(/-00:\d\d:\d\d$/);
    await connection.close();
  });
});

describe('milliseconds out of 64-bit microseconds', () => {
  test('are exact over the whole range, and microseconds below them are noticed', () => {
    const read = timestamptzKind.codec.binary!.decode!,
      bytes = Buffer.alloc(8);
    const readMs = (micros: bigint): number => {
      bytes.writeBigInt64BE(micros);
      return read(bytes as never, 0, 8).getTime();
    };
    const sinceEpoch = (ms: number): bigint => BigInt(ms - 946684800000) * 1000n;
    fc.assert(
      fc.property(milliseconds, (ms) => {
        expect(readMs(sinceEpoch(ms))).toBe(ms);
      }),
      { numRuns: 20_000 },
    );
    fc.assert(
      fc.property(milliseconds, fc.bigInt(1n, 999n), (ms, micros) => {
        expect(() => readMs(sinceEpoch(Math.min(ms, LAST - 1)) + micros)).toThrow('microseconds');
      }),
      { numRuns: 5000 },
    );
  });

  test('agree with the server where a double of the whole count is off by one', async () => {
    const connection = await open(),
      { codec } = timestamptzKind;
    const statement = {
      text: 'SELECT $1::timestamptz AS t, $1::timestamptz::text AS s',
      parameters: [codec],
      rows: {
        columns: [
          { name: 't', codec },
          { name: 's', codec: textKind.codec },
        ],
      },
    };
    const far = fc.integer({ min: 4611686018427388 + 946684800000, max: LAST });
    await fc.assert(
      fc.asyncProperty(far, async (ms) => {
        const {
          rows: [row],
        } = await connection.execute({ statement, values: [new Date(ms)] });
        const { t, s } = row as { t: Date; s: string };
        expect(t.getTime()).toBe(ms);
        expect(s).toContain(`:${new Date(ms).toISOString().slice(-10, -8)}:${new Date(ms).toISOString().slice(-7, -5)}`);
      }),
      { numRuns: 300 },
    );
    await connection.close();
  });
});

const builtIn = (globalThis as { Temporal?: TemporalNamespace }).Temporal;
const microsOfDay = fc.bigInt(0n, 86_399_999_999n);
const two = (value: bigint, digits = 2): string => String(value).padStart(digits, '0');
const timeText = (micros: bigint): string =>
  `${two(micros / 3_600_000_000n)}:${two((micros / 60_000_000n) % 60n)}:${two((micros / 1_000_000n) % 60n)}.${two(micros % 1_000_000n, 6)}`;

interface From<Value> {
  from(text: string): Value;
  fromEpochNanoseconds(ns: bigint): Temporal.Instant;
}

/** Every kind that needs Temporal, under one origin of it. */
function testTemporalKinds(origin: string, install: () => void): void {
  describe(`${origin}`, () => {
    beforeAll(() => {
      install();
      forgetTemporal();
    });
    afterAll(() => {
      Object.assign(globalThis, { Temporal: builtIn });
      forgetTemporal();
    });

    const { Instant, PlainDate, PlainTime, PlainDateTime } = new Proxy({} as TemporalNamespace, {
      get: (_, name: 'Instant') => ({
        from: (text: string) => temporal()[name].from(text),
        fromEpochNanoseconds: (ns: bigint) => temporal().Instant.fromEpochNanoseconds(ns),
      }),
    }) as unknown as {
      Instant: From<Temporal.Instant>;
      PlainDate: From<Temporal.PlainDate>;
      PlainTime: From<Temporal.PlainTime>;
      PlainDateTime: From<Temporal.PlainDateTime>;
    };

    const micros = fc.oneof(
      fc.bigInt(BigInt(FIRST) * 1000n, BigInt(LAST) * 1000n),
      fc.bigInt(0n, 4102444800000000n),
      fc.constantFrom(BigInt(FIRST) * 1000n, BigInt(LAST) * 1000n, -1n, 0n, 1n),
    );
    const instants = micros.map((count) => Instant.fromEpochNanoseconds(count * 1000n));
    testValueKind<Temporal.Instant>(
      'instant',
      instantKind,
      () => ({
        values: [
          '1970-01-01T00:00:00Z',
          '2024-02-29T12:34:56.789012Z',
          '2024-02-29T12:34:56.000001Z',
          '2024-02-29T12:34:56.1Z',
          '1969-12-31T23:59:59.999999Z',
          '0001-01-01T00:00:00Z',
          '0000-12-31T23:59:59.999999Z',
          '-000043-03-15T00:00:00.5Z',
          '9999-12-31T23:59:59.999999Z',
          '+010000-01-01T00:00:00Z',
          '+275760-09-13T00:00:00Z',
          '-004713-11-24T00:00:00Z',
        ].map(Instant.from),
        arbitrary: instants,
        refused: [
          [Instant.from('2024-01-01T00:00:00.000000001Z'), 'precision'],
          [Instant.from('1969-12-31T23:59:59.999999999Z'), 'precision'],
          [Instant.from('-004713-11-23T23:59:59.999999Z'), 'range'],
          [Instant.from('-271821-04-20T00:00:00Z'), 'range'],
          [new Date(0), 'type'],
          ['2024-01-01T00:00:00Z', 'type'],
          [PlainDate.from('2024-01-01'), 'type'],
          [0n, 'type'],
        ],
        undecodable: [
          "'infinity'::timestamptz",
          "'-infinity'::timestamptz",
          "'275760-09-13 00:00:00.000001+00'::timestamptz",
          "'294276-12-31 23:59:59.999999+00'::timestamptz",
        ],
        undecodableJson: ['', 'x', 0, '2024-01-01'],
        pairs: fc
          .tuple(instants, instants)
          .chain(([left, right]) => fc.constantFrom<[Temporal.Instant, Temporal.Instant]>([left, right], [left, left])),
      }),
      open,
      { runs: 60 },
    );

    const days = fc.oneof(
      fc.integer({ min: FIRST / 86400000, max: LAST / 86400000 }),
      fc.integer({ min: 0, max: 40000 }),
      fc.integer({ min: -719530, max: -719520 }),
    );
    const plainDate = (day: number): Temporal.PlainDate => {
      const date = new Date(day * 86400000);
      return PlainDate.from(date.toISOString().slice(0, -14));
    };
    testValueKind<Temporal.PlainDate>(
      'date',
      dateKind,
      () => ({
        values: [
          '1970-01-01',
          '2024-02-29',
          '0001-01-01',
          '0000-12-31',
          '0000-02-29',
          '-000043-03-15',
          '9999-12-31',
          '+010000-01-01',
          '+099999-12-31',
          '+275760-09-13',
          '-004713-11-24',
        ].map(PlainDate.from),
        arbitrary: days.map(plainDate),
        refused: [
          [PlainDate.from('-004713-11-23'), 'range'],
          [PlainDate.from('-271821-04-19'), 'range'],
          [PlainDateTime.from('2024-01-01T00:00'), 'type'],
          [new Date(0), 'type'],
          ['2024-01-01', 'type'],
          [{ year: 2024, month: 1, day: 1 }, 'type'],
        ],
        undecodable: ["'infinity'::date", "'-infinity'::date", "'275760-09-14'::date", "'5874897-12-31'::date"],
        undecodableJson: ['', 'x', 0],
        pairs: fc
          .tuple(days, days)
          .chain(([left, right]) => fc.constantFrom<[number, number]>([left, right], [left, left]))
          .map(([left, right]): [Temporal.PlainDate, Temporal.PlainDate] => [plainDate(left), plainDate(right)]),
      }),
      open,
      { runs: 60 },
    );

    const times = microsOfDay.map((count) => PlainTime.from(timeText(count)));
    testValueKind<Temporal.PlainTime>(
      'time',
      timeKind,
      () => ({
        values: ['00:00', '23:59:59.999999', '12:34:56', '12:34:56.1', '00:00:00.000001', '12:00'].map(PlainTime.from),
        arbitrary: times,
        refused: [
          [PlainTime.from('00:00:00.000000001'), 'precision'],
          ['12:00', 'type'],
          [PlainDateTime.from('2024-01-01T00:00'), 'type'],
          [0, 'type'],
        ],
        undecodable: ["'24:00:00'::time"],
        undecodableJson: ['', 'x', 0],
      }),
      open,
      { runs: 60 },
    );

    const dateTimes = fc.tuple(days, microsOfDay).map(([day, count]) => PlainDateTime.from(`${String(plainDate(day))}T${timeText(count)}`));
    testValueKind<Temporal.PlainDateTime>(
      'timestamp',
      timestampKind,
      () => ({
        values: [
          '1970-01-01T00:00',
          '2024-02-29T12:34:56.789012',
          '0001-01-01T00:00',
          '0000-12-31T23:59:59.999999',
          '-000043-03-15T01:02:03',
          '9999-12-31T23:59:59.999999',
          '+010000-01-01T00:00',
          '+275760-09-13T23:59:59.999999',
          '-004713-11-24T00:00',
        ].map(PlainDateTime.from),
        arbitrary: dateTimes,
        refused: [
          [PlainDateTime.from('2024-01-01T00:00:00.000000001'), 'precision'],
          [PlainDateTime.from('-004713-11-23T23:59:59.999999'), 'range'],
          [Instant.from('2024-01-01T00:00:00Z'), 'type'],
          ['2024-01-01T00:00', 'type'],
          [new Date(0), 'type'],
        ],
        undecodable: [
          "'infinity'::timestamp",
          "'-infinity'::timestamp",
          "'275760-09-14 00:00:00'::timestamp",
          "'294276-12-31 23:59:59.999999'::timestamp",
        ],
        undecodableJson: ['', 'x', 0],
      }),
      open,
      { runs: 60 },
    );
  });
}

describe('a runtime that has Temporal', () => {
  test('is what these tests run on', () => {
    expect(builtIn).toBeDefined();
  });
});
testTemporalKinds('with the Temporal of the runtime', () => {
  Object.assign(globalThis, { Temporal: builtIn });
});
testTemporalKinds('with the polyfill', () => {
  Reflect.deleteProperty(globalThis, 'Temporal');
});

describe('where Temporal comes from', () => {
  afterAll(() => {
    Object.assign(globalThis, { Temporal: builtIn });
    forgetTemporal();
  });

  test('the runtime, where it has one', () => {
    forgetTemporal();
    expect(temporal()).toBe(builtIn);
  });
  test('the polyfill elsewhere, chosen at first use', () => {
    forgetTemporal();
    Reflect.deleteProperty(globalThis, 'Temporal');
    const chosen = temporal();
    expect(chosen).toBe(Polyfill);
    Object.assign(globalThis, { Temporal: builtIn });
    expect(temporal()).toBe(chosen);
  });

  const values: [string, ValueKind, (from: TemporalNamespace) => unknown, string][] = [
    [
      'instant',
      instantKind,
      (from) => from.Instant.from('2024-02-29T12:34:56.789012Z'),
      "'2024-02-29 12:34:56.789012+00'::timestamp with time zone",
    ],
    ['date', dateKind, (from) => from.PlainDate.from('2024-02-29'), "'2024-02-29'::date"],
    ['time', timeKind, (from) => from.PlainTime.from('12:34:56.789012'), "'12:34:56.789012'::time without time zone"],
    [
      'timestamp',
      timestampKind,
      (from) => from.PlainDateTime.from('2024-02-29T12:34:56.789012'),
      "'2024-02-29 12:34:56.789012'::timestamp without time zone",
    ],
  ];
  test.each(values)('%s values of either origin are accepted, written and compared', (_, kind, make, literal) => {
    const ours = make(builtIn!),
      theirs = make(Polyfill);
    forgetTemporal();
    for (const value of [ours, theirs]) {
      expect(kind.validate(value)).toBeNull();
      expect(kind.codec.literal(value)).toBe(literal);
    }
    expect(kind.comparison!.equal(ours, theirs)).toBe(true);
    expect(kind.comparison!.equal(theirs, ours)).toBe(true);
    expect(kind.comparison!.compare!(theirs, ours)).toBe(0);
  });
});

describe('other calendars', () => {
  test('are written in the ISO calendar', () => {
    const date = builtIn!.PlainDate.from('2024-02-29').withCalendar('hebrew');
    expect(dateKind.validate(date)).toBeNull();
    expect(dateKind.codec.literal(date)).toBe("'2024-02-29'::date");
    expect(dateKind.codec.json.encode(date)).toBe('2024-02-29');
    const at = builtIn!.PlainDateTime.from('2024-02-29T01:02').withCalendar('japanese');
    expect(timestampKind.codec.literal(at)).toBe("'2024-02-29 01:02:00'::timestamp without time zone");
    expect(timestampKind.codec.json.encode(at)).toBe('2024-02-29T01:02:00');
    expect(dateKind.validate(builtIn!.PlainDate.from('-004713-11-23').withCalendar('gregory'))?.rule).toBe('range');
  });
});

test('times in another style than ISO are refused instead of misread', () => {
  for (const text of ['02/29/2024', 'Thu Feb 29 12:34:56 2024 UTC', '29.02.2024 12:34:56'])
    expect(() => timestamptzKind.codec.text.decode(text)).toThrow('DateStyle');
});
