// interval, with the runtime's Temporal and with the polyfill.

import fc from 'fast-check';
import { Temporal as Polyfill } from 'temporal-polyfill';
import type { Temporal } from 'temporal-spec';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrayKind } from '../../src/value/array.ts';
import { intervalKind } from '../../src/value/interval.ts';
import { forgetTemporal, temporal, type TemporalNamespace } from '../../src/value/temporal.ts';
import { textKind } from '../../src/value/text.ts';
import { testValueKind, type ValueCases } from '../support/value-kind-suite.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();
const open = () => server.open();
const builtIn = (globalThis as { Temporal?: TemporalNamespace }).Temporal;

const MONTHS = 2 ** 31 - 1,
  DAYS = 2 ** 31 - 1,
  MICROS = 2n ** 63n - 1n;
const duration = (fields: Temporal.DurationLike | string): Temporal.Duration => temporal().Duration.from(fields);

const FIELDS = ['years', 'months', 'weeks', 'days', 'hours', 'minutes', 'seconds', 'milliseconds', 'microseconds', 'nanoseconds'] as const;
const fieldsOf = (value: Temporal.Duration): string => FIELDS.map((field) => (Object.is(value[field], -0) ? '-0' : value[field])).join(' ');

/** As Postgres prints it: what is read back exactly, field by field. */
function canonical(months: number, days: number, micros: bigint): Temporal.Duration {
  return duration({
    years: Math.trunc(months / 12),
    months: (months % 12) + 0,
    days,
    hours: Number(micros / 3_600_000_000n),
    minutes: Number((micros / 60_000_000n) % 60n),
    seconds: Number((micros / 1_000_000n) % 60n),
    milliseconds: Number((micros / 1000n) % 1000n),
    microseconds: Number(micros % 1000n),
  });
}

const magnitudes = fc
  .tuple(
    fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: MONTHS })),
    fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 70 }), fc.integer({ min: 0, max: DAYS })),
    fc.oneof(
      fc.constant(0n),
      fc.bigInt(0n, 4_000_000_000_000n),
      fc.bigInt(0n, MICROS),
      fc.constantFrom(2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 59_999_999n, 3_599_999_999n),
    ),
  )
  .filter(([months, days, micros]) => !(months === MONTHS && days === DAYS && micros === MICROS));
const durations = fc
  .tuple(magnitudes, fc.boolean())
  .map(([[months, days, micros], isNegative]) => (isNegative ? canonical(-months, -days, -micros) : canonical(months, days, micros)));
/** Lengths that meet: 30 days are a month, 24 hours a day. */
const close = fc
  .tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 61 }), fc.integer({ min: 0, max: 49 }))
  .map(([months, days, hours]) => duration({ months, days, hours }));

const cases = (): ValueCases<Temporal.Duration> => ({
  values: [
    duration('PT0S'),
    duration('P1M'),
    duration('P30D'),
    duration('P1D'),
    duration('PT24H'),
    duration('P1Y2M3DT4H5M6.789012S'),
    duration('-P1Y2M3DT4H5M6.789012S'),
    duration('PT0.000001S'),
    duration('-PT0.000001S'),
    duration('-PT0.5S'),
    duration('PT1.000001S'),
    duration('-PT59.999999S'),
    duration('P11M'),
    duration('P1Y'),
    duration('PT100H'),
    canonical(MONTHS, 0, 0n),
    canonical(-MONTHS - 1, 0, 0n),
    canonical(0, DAYS, 0n),
    canonical(0, -DAYS - 1, 0n),
    canonical(0, 0, MICROS),
    canonical(0, 0, -MICROS - 1n),
    canonical(MONTHS, DAYS, MICROS - 1n),
    canonical(-MONTHS, -DAYS, -MICROS),
  ],
  normalised: (
    [
      ['P14M', 'P1Y2M'],
      ['P1W', 'P7D'],
      ['P2W3D', 'P17D'],
      ['PT90M', 'PT1H30M'],
      ['PT3600S', 'PT1H'],
      ['-PT3661.5S', '-PT1H1M1.5S'],
      ['PT1440M', 'PT24H'],
      ['P25M', 'P2Y1M'],
    ] as const
  )
    .map(([written, read]) => [duration(written), duration(read)] as const)
    .concat([
      [duration({ milliseconds: 1500 }), duration('PT1.5S')],
      [duration({ microseconds: 3_600_000_001 }), duration('PT1H0.000001S')],
      [duration({ nanoseconds: 5000 }), duration('PT0.000005S')],
    ]),
  arbitrary: durations,
  refused: [
    [duration({ nanoseconds: 1 }), 'precision'],
    [duration({ seconds: -1, nanoseconds: -999 }), 'precision'],
    [duration({ months: MONTHS + 1 }), 'range'],
    [duration({ years: -178956971 }), 'range'],
    [duration({ days: DAYS + 1 }), 'range'],
    [duration({ weeks: 306783379 }), 'range'],
    [duration({ hours: 2562047789 }), 'range'],
    [canonical(MONTHS, DAYS, MICROS), 'range'],
    [canonical(-MONTHS - 1, -DAYS - 1, -MICROS - 1n), 'range'],
    ['P1D', 'type'],
    ['1 day', 'type'],
    [86400000, 'type'],
    [{ days: 1 }, 'type'],
    [new Date(0), 'type'],
  ],
  undecodable: [
    "'1 mon -1 day'::interval",
    "'-1 mon 1 day'::interval",
    "'1 day -00:00:00.000001'::interval",
    "'-1 day 1 hour'::interval",
    "'1 year -1 hour'::interval",
    "'infinity'::interval",
    "'-infinity'::interval",
  ],
  undecodableJson: ['', 'P', 'PT', 'P1DT', '1 day', 'P1M-1D', 'infinity', 'PT0.000000001S', 'P2147483648D', 1],
  pairs: fc.oneof(
    fc.tuple(durations, durations),
    fc.tuple(close, close),
    durations.map((value): [Temporal.Duration, Temporal.Duration] => [value, value]),
  ),
});

for (const [origin, install] of [
  [
    'the Temporal of the runtime',
    () => {
      Object.assign(globalThis, { Temporal: builtIn });
    },
  ],
  [
    'the polyfill',
    () => {
      Reflect.deleteProperty(globalThis, 'Temporal');
    },
  ],
] as const) {
  describe(`with ${origin}`, () => {
    beforeAll(() => {
      install();
      forgetTemporal();
    });
    afterAll(() => {
      Object.assign(globalThis, { Temporal: builtIn });
      forgetTemporal();
    });

    testValueKind('interval', intervalKind, cases, open, { runs: 80 });

    testValueKind(
      'array of interval',
      arrayKind(intervalKind),
      () => {
        const all = cases().values,
          list = fc.array(fc.constantFrom(...all), { maxLength: 5 });
        return {
          values: [[], [all[0]!], all],
          arbitrary: list,
          refused: [
            [[all[0], null], 'not_null', 1],
            [[duration({ nanoseconds: 1 })], 'precision', 0],
            [['P1D'], 'type', 0],
            [all[0], 'type'],
          ],
          undecodable: ['ARRAY[NULL]::interval[]', "ARRAY['1 day', '1 mon -1 day']::interval[]", "ARRAY['infinity']::interval[]"],
          undecodableJson: [[1], ['x']],
          pairs: fc
            .tuple(list, list)
            .chain(([left, right]) => fc.constantFrom<[Temporal.Duration[], Temporal.Duration[]]>([left, right], [left, [...left]])),
        };
      },
      open,
      { runs: 30 },
    );

    test('every field comes back, in text and in binary alike', async () => {
      const connection = await open(),
        { codec } = intervalKind,
        { binary: _binary, ...asText } = codec;
      for (const variant of [codec, asText]) {
        const statement = {
          text: `SELECT $1::interval AS v${variant === codec ? '' : ' -- text'}`,
          parameters: [variant],
          rows: { columns: [{ name: 'v', codec: variant }], as: 'value' as const },
        };
        await connection.execute({ statement, values: [null] });
        const send = async (value: Temporal.Duration): Promise<Temporal.Duration> =>
          (await connection.execute({ statement, values: [value] })).rows[0] as Temporal.Duration;
        for (const value of cases().values) expect(fieldsOf(await send(value))).toBe(fieldsOf(value));
        for (const [written, wanted] of cases().normalised!) expect(fieldsOf(await send(written))).toBe(fieldsOf(wanted));
        await fc.assert(
          fc.asyncProperty(durations, async (value) => {
            expect(fieldsOf(await send(value))).toBe(fieldsOf(value));
          }),
          { numRuns: 60 },
        );
      }
      await connection.close();
    });
  });
}

test('months, days and microseconds are what the server has, whatever fields they came from', async () => {
  const connection = await open(),
    { codec } = intervalKind;
  const statement = {
    text: "SELECT (extract(year from $1::interval) * 12 + extract(month from $1))::text || ' ' || extract(day from $1)::text || ' ' || (extract(hour from $1) * 3600000000 + extract(minute from $1) * 60000000 + extract(microsecond from $1))::bigint::text AS v",
    parameters: [codec],
    rows: { columns: [{ name: 'v', codec: textKind.codec }], as: 'value' as const },
  };
  const small = fc.integer({ min: 0, max: 5000 });
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(small, small, small, small, small, small, small, small, small, fc.constantFrom(1, -1)),
      async ([years, months, weeks, days, hours, minutes, seconds, milliseconds, microseconds, sign]) => {
        const value = new (temporal().Duration)(
          sign * years,
          sign * months,
          sign * weeks,
          sign * days,
          sign * hours,
          sign * minutes,
          sign * seconds,
          sign * milliseconds,
          sign * microseconds,
        );
        const micros = hours * 3_600_000_000 + minutes * 60_000_000 + seconds * 1_000_000 + milliseconds * 1000 + microseconds;
        const { rows } = await connection.execute({ statement, values: [value] });
        expect((rows[0] as string).replaceAll(/-0\b/g, '0')).toBe(
          [years * 12 + months, weeks * 7 + days, micros].map((part) => String(sign * part + 0)).join(' '),
        );
      },
    ),
    { numRuns: 100 },
  );
});

test('values of either origin are accepted, written and compared', () => {
  const ours = builtIn!.Duration.from('P1M2DT3.5S'),
    theirs = Polyfill.Duration.from('P1M2DT3.5S');
  for (const value of [ours, theirs]) {
    expect(intervalKind.validate(value)).toBeNull();
    expect(intervalKind.codec.literal(value)).toBe("'P1M2DT0H0M3.500000S'::interval");
  }
  expect(intervalKind.comparison!.equal(ours, theirs)).toBe(true);
});

test('one month and thirty days are equal in length and two different values', () => {
  const month = duration('P1M'),
    days = duration('P30D');
  expect(intervalKind.comparison!.equal(month, days)).toBe(true);
  expect(intervalKind.codec.text.encode(month)).not.toBe(intervalKind.codec.text.encode(days));
});

test('another style than ISO 8601 is refused instead of misread', () => {
  for (const text of ['1 mon 2 days', '@ 1 mon', '1-2 3 4:05:06', '01:02:03'])
    expect(() => intervalKind.codec.text.decode(text)).toThrow('IntervalStyle');
});

test("JSON is read in the server's form of signs and in Temporal's", () => {
  const { decode } = intervalKind.codec.json;
  expect(fieldsOf(decode('P-1Y-2M-3DT-4H-5M-6.5S'))).toBe(fieldsOf(decode('-P1Y2M3DT4H5M6.5S')));
  expect(String(decode('PT90M'))).toBe('PT90M');
});
