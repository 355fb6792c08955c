// What intervals, moments, networks and ranges can be asked: the text, the parameters, and the rows that are found.

import { beforeAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../src/db/port.ts';
import { portabilityProblem } from '../../src/expr/evaluate.ts';
import type { Order, Predicate } from '../../src/expr/expression.ts';
import { column, source, type Source } from '../../src/expr/node.ts';
import type { OrderExpression } from '../../src/expr/operations.ts';
import { and, nodeOf } from '../../src/expr/operations.ts';
import { specOf } from '../../src/field/field.ts';
import { f } from '../../src/field/kinds.ts';
import { renderStatement } from '../../src/statement/render-statement.ts';
import type { ValueKind } from '../../src/value/kind.ts';
import { intKind } from '../../src/value/number.ts';
import { Range } from '../../src/value/range.ts';
import { temporal } from '../../src/value/temporal.ts';
import { untyped, type Untyped } from '../support/sample-table.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();
let connection: Connection;

const FIELDS = {
  id: f.int(),
  startsAt: f.timestamptz(),
  exactly: f.instant(),
  local: f.timestamp(),
  day: f.date(),
  lasts: f.interval(),
  pause: f.interval(),
  address: f.inet(),
  iface: f.inet({ prefix: true }),
  net: f.cidr(),
  mac: f.macaddr(),
  seats: f.range('int4'),
  ids: f.range('int8'),
  price: f.range('num'),
  planned: f.range('ts'),
  during: f.range('tstz'),
  days: f.range('date'),
};
const visits: Source = source('visits');
const v = Object.fromEntries(
  Object.entries(FIELDS).map(([name, field]) => [name, untyped(column(visits, name, name, specOf(field)!.valueKind as ValueKind))]),
) as Record<keyof typeof FIELDS, Untyped>;

const date = (iso: string) => temporal().PlainDate.from(iso),
  instant = (iso: string) => temporal().Instant.from(iso),
  local = (iso: string) => temporal().PlainDateTime.from(iso),
  duration = (iso: string) => temporal().Duration.from(iso);

beforeAll(async () => {
  connection = await server.open({ settings: { TimeZone: 'UTC' } });
  await connection.script(`
    CREATE TABLE visits (id integer PRIMARY KEY, "startsAt" timestamptz(3), exactly timestamptz(6), local timestamp, day date, lasts interval, pause interval, address inet, iface inet, net cidr, mac macaddr,
      seats int4range, ids int8range, price numrange, planned tsrange, during tstzrange, days daterange);
    INSERT INTO visits VALUES
      (1, '2024-01-31 10:00+00', '2024-01-31 10:00:00.000001+00', '2024-01-31 10:00', '2024-01-31', '1 month', '30 days', '10.1.2.3', '10.1.2.3/8', '10.0.0.0/8', '08:00:2b:01:02:03',
        '[1,5)', '[10,20]', '[1.5,2.5]', '[2024-01-01,2024-02-01)', '[2024-01-01 00:00+00,2024-02-01 00:00+00)', '[2024-01-01,2024-01-31]'),
      (2, '2024-02-29 23:00+00', '2024-02-29 23:00+00', '2024-02-29 23:00', '2024-02-29', '01:30:00', '1 day', '192.168.0.1', '192.168.0.1/24', '192.168.0.0/16', 'ff:ff:ff:ff:ff:ff',
        '[5,9)', '(,5)', '(2.5,)', '[2024-02-01,2024-03-01)', '[2024-02-01 00:00+00,)', '[2024-02-01,)'),
      (3, '1999-12-31 00:00+00', '1999-12-31 00:00+00', '1999-12-31 00:00', '1999-12-31', '-1 day', '-24:00:00', '2001:db8::1', '2001:db8::1/64', '2001:db8::/32', '00:00:00:00:00:01',
        'empty', 'empty', '(,)', 'empty', '(,2000-01-01 00:00+00]', 'empty'),
      (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`);
});

async function look(predicate: Predicate, order: Order = v.id.asc()): Promise<[text: string, values: unknown[], ids: number[]]> {
  const { text, placeholders } = renderStatement({
    kind: 'select',
    from: visits,
    projection: [nodeOf(v.id)],
    where: nodeOf(predicate),
    orderBy: [(order as OrderExpression).term],
  });
  const values = placeholders.map((placeholder) => (placeholder.kind === 'value' ? placeholder.value : null));
  const statement = {
    text,
    parameters: placeholders.map(({ valueKind }) => valueKind.codec),
    rows: { columns: [{ name: 'id', codec: intKind.codec }], as: 'value' as const },
  };
  const first = (await connection.execute({ statement, values })).rows,
    again = (await connection.execute({ statement, values })).rows;
  expect(again).toEqual(first);
  return [text.replace('SELECT "id" FROM "visits" WHERE ', '').replace(/ ORDER BY .*/, ''), values, first as unknown as number[]];
}

type Row = [name: string, make: () => Predicate, text: string, values: unknown[], ids: number[]];
const check = (rows: Row[]): void => {
  test.each(rows)('%s', async (_, make, text, values, ids) => {
    expect(await look(make())).toEqual([text, values, ids]);
  });
};

const HOUR = duration('PT1H'),
  MONTH = duration('P1M'),
  JAN = new Date('2024-01-31T10:00:00Z');

describe('intervals', () => {
  check([
    ['are equal by length', () => v.lasts.eq(duration('P30D')), '"lasts" = $1', [duration('P30D')], [1]],
    [
      'are found among others by length',
      () => v.lasts.in([duration('P30D'), duration('PT90M')]),
      '"lasts" = ANY($1::interval[])',
      [[duration('P30D'), duration('PT90M')]],
      [1, 2],
    ],
    ['are ordered by length', () => v.lasts.lt(HOUR), '"lasts" < $1', [HOUR], [3]],
    [
      'lie between others',
      () => v.pause.between(duration('-PT24H'), duration('PT24H')),
      '"pause" BETWEEN $1 AND $2',
      [duration('-PT24H'), duration('PT24H')],
      [2, 3],
    ],
    ['are compared with a column', () => v.lasts.eq(v.pause), '"lasts" = "pause"', [], [1, 3]],
    ['are distinct from', () => v.lasts.isDistinctFrom(MONTH), '"lasts" IS DISTINCT FROM $1', [MONTH], [2, 3, 4]],
    ['are added', () => v.lasts.add(HOUR).gt(duration('PT2H')), '"lasts" + $1::interval > $2', [HOUR, duration('PT2H')], [1, 2]],
    ['are added to a column', () => v.lasts.add(v.pause).eq(duration('P2M')), '"lasts" + "pause" = $1', [duration('P2M')], [1]],
    ['are subtracted', () => v.lasts.sub(HOUR).eq(duration('PT30M')), '"lasts" - $1::interval = $2', [HOUR, duration('PT30M')], [2]],
    ['are multiplied', () => v.lasts.mul(2).eq(duration('PT3H')), '"lasts" * $1::double precision = $2', [2, duration('PT3H')], [2]],
    ['are negated', () => v.lasts.neg().eq(duration('P1D')), '- "lasts" = $1', [duration('P1D')], [3]],
  ]);

  test('are sorted by length', async () => {
    expect((await look(v.lasts.isNotNull(), v.lasts.desc()))[2]).toEqual([1, 2, 3]);
  });
});

describe('moments', () => {
  check([
    [
      'a timestamptz later by an interval',
      () => v.startsAt.add(MONTH).eq(new Date('2024-02-29T10:00:00Z')),
      '"startsAt" + $1::interval = $2',
      [MONTH, new Date('2024-02-29T10:00:00Z')],
      [1],
    ],
    [
      'a timestamptz earlier by an interval',
      () => v.startsAt.sub(HOUR).eq(new Date('2024-01-31T09:00:00Z')),
      '"startsAt" - $1::interval = $2',
      [HOUR, new Date('2024-01-31T09:00:00Z')],
      [1],
    ],
    ['by an interval of the row', () => v.startsAt.add(v.lasts).gt(JAN), '"startsAt" + "lasts" > $1', [JAN], [1, 2]],
    ['compared with a moved column', () => v.exactly.lt(v.exactly.add(v.lasts)), '"exactly" < "exactly" + "lasts"', [], [1, 2]],
    [
      'an instant, to the microsecond',
      () => v.exactly.sub(duration('PT0.000001S')).eq(instant('2024-01-31T10:00:00Z')),
      '"exactly" - $1::interval = $2',
      [duration('PT0.000001S'), instant('2024-01-31T10:00:00Z')],
      [1],
    ],
    [
      'a timestamp',
      () => v.local.add(HOUR).eq(local('2024-03-01T00:00')),
      '"local" + $1::interval = $2',
      [HOUR, local('2024-03-01T00:00')],
      [2],
    ],
    [
      'a date moves to a timestamp',
      () => v.day.add(HOUR).eq(local('2024-01-31T01:00')),
      '"day" + $1::interval = $2',
      [HOUR, local('2024-01-31T01:00')],
      [1],
    ],
    [
      'a date moves back',
      () => v.day.sub(MONTH).eq(local('2024-01-29T00:00')),
      '"day" - $1::interval = $2',
      [MONTH, local('2024-01-29T00:00')],
      [2],
    ],
    [
      'the time between two',
      () => v.startsAt.since(JAN).eq(duration('P29DT13H')),
      '"startsAt" - $1 = $2',
      [JAN, duration('P29DT13H')],
      [2],
    ],
    [
      'between two columns',
      () => v.exactly.since(v.exactly).eq(duration('PT0S')),
      '"exactly" - "exactly" = $1',
      [duration('PT0S')],
      [1, 2, 3],
    ],
    [
      'between timestamps',
      () => v.local.since(local('2024-01-01T00:00')).gt(MONTH),
      '"local" - $1 > $2',
      [local('2024-01-01T00:00'), MONTH],
      [1, 2],
    ],
    [
      'twice moved',
      () => v.startsAt.add(HOUR).sub(MONTH).gte(JAN),
      '("startsAt" + $1::interval) - $2::interval >= $3',
      [HOUR, MONTH, JAN],
      [2],
    ],
    ['moved by a difference', () => v.startsAt.add(v.startsAt.since(JAN)).eq(JAN), '"startsAt" + ("startsAt" - $1) = $2', [JAN, JAN], [1]],
  ]);

  test("a result beyond the server's range is its 22008", async () => {
    await expect(look(v.startsAt.add(duration('P1000000Y')).isNotNull())).rejects.toMatchObject({ code: 'DATABASE', sqlState: '22008' });
  });

  test.each<[string, () => unknown, string]>([
    ['a number of milliseconds', () => v.startsAt.add(1000), 'type'],
    ['an interval in words', () => v.day.add('1 day'), 'type'],
    ['nanoseconds', () => v.local.sub(temporal().Duration.from({ nanoseconds: 1 })), 'precision'],
    ['null', () => v.lasts.add(null), 'not_null'],
    ['undefined', () => v.startsAt.since(undefined), 'undefined'],
    ['a day since', () => v.startsAt.since(date('2024-01-01')), 'type'],
  ])('%s is refused', (_, make, rule) => {
    expect(make).toThrow(expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule })] }));
  });
});

describe('addresses and networks', () => {
  check([
    ['eq', () => v.address.eq('10.1.2.3'), '"address" = $1', ['10.1.2.3'], [1]],
    ['eq of a network', () => v.net.eq('10.0.0.0/8'), '"net" = $1', ['10.0.0.0/8'], [1]],
    ['in', () => v.address.in(['10.1.2.3', '2001:db8::1']), '"address" = ANY($1::inet[])', [['10.1.2.3', '2001:db8::1']], [1, 3]],
    ['in networks', () => v.net.in(['10.0.0.0/8']), '"net" = ANY($1::cidr[])', [['10.0.0.0/8']], [1]],
    ['notIn MAC addresses', () => v.mac.notIn(['ff:ff:ff:ff:ff:ff']), '"mac" <> ALL($1::macaddr[])', [['ff:ff:ff:ff:ff:ff']], [1, 3]],
    ['gt', () => v.address.gt('10.1.2.3'), '"address" > $1', ['10.1.2.3'], [2, 3]],
    ['gt of MAC addresses', () => v.mac.gt('08:00:2b:01:02:03'), '"mac" > $1', ['08:00:2b:01:02:03'], [2]],
    ['containedBy a network', () => v.address.containedBy('10.0.0.0/8'), '"address" << $1::inet', ['10.0.0.0/8'], [1]],
    ['containedBy the network of the row', () => v.address.containedBy(v.net), '"address" << "net"', [], [1, 2, 3]],
    ['containedBy leaves the network itself out', () => v.net.containedBy('10.0.0.0/8'), '"net" << $1::inet', ['10.0.0.0/8'], []],
    ['containedByOrEqual', () => v.net.containedByOrEqual('10.0.0.0/8'), '"net" <<= $1::inet', ['10.0.0.0/8'], [1]],
    [
      'containedByOrEqual one host, as a cidr has it',
      () => v.address.containedByOrEqual('10.1.2.3/32'),
      '"address" <<= $1::inet',
      ['10.1.2.3/32'],
      [1],
    ],
    ['contains an address', () => v.net.contains('192.168.7.7'), '"net" >> $1::inet', ['192.168.7.7'], [2]],
    ['contains a column', () => v.net.contains(v.iface), '"net" >> "iface"', [], [2, 3]],
    ['containsOrEqual', () => v.net.containsOrEqual('192.168.0.0/16'), '"net" >>= $1::inet', ['192.168.0.0/16'], [2]],
    ['overlaps', () => v.net.overlaps('10.5.0.0/16'), '"net" && $1::inet', ['10.5.0.0/16'], [1]],
    ['family', () => v.address.family().eq(6), 'family("address") = $1', [6], [3]],
    ['masklen', () => v.iface.masklen().lte(24), 'masklen("iface") <= $1', [24], [1, 2]],
    ['host', () => v.iface.host().startsWith('192.'), 'host("iface") LIKE $1', ['192.%'], [2]],
    ['network', () => v.iface.network().eq('10.0.0.0/8'), 'network("iface") = $1', ['10.0.0.0/8'], [1]],
    [
      'network, and what it contains',
      () => v.iface.network().contains('192.168.0.77'),
      'network("iface") >> $1::inet',
      ['192.168.0.77'],
      [2],
    ],
  ]);

  test.each<[string, () => unknown, string]>([
    ['another spelling', () => v.address.eq('010.1.2.3'), 'network'],
    ['a network for a host', () => v.address.eq('10.0.0.0/8'), 'network'],
    ['no network', () => v.address.containedBy('10/8'), 'network'],
    ['a number', () => v.net.contains(8), 'type'],
    ['null', () => v.net.overlaps(null), 'not_null'],
  ])('%s is refused', (_, make, rule) => {
    expect(make).toThrow(expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule })] }));
  });

  test("containment is the database's alone", () => {
    expect(portabilityProblem(v.address.containedBy('10.0.0.0/8'))).toMatchObject({ kind: 'unsupportedLookup' });
    expect(portabilityProblem(v.address.eq('10.0.0.1'))).toBeNull();
  });
});

describe('ranges', () => {
  const small = Range.inclusive(1, 4),
    noon = instant('2024-01-15T12:00:00Z'),
    january = Range.inclusiveExclusive(instant('2024-01-01T00:00:00Z'), instant('2024-02-01T00:00:00Z'));
  check([
    ['eq, by content', () => v.seats.eq(small), '"seats" = $1', [small], [1]],
    ['eq empty', () => v.seats.eq(Range.empty()), '"seats" = $1', [Range.empty()], [3]],
    ['neq', () => v.seats.neq(small), '"seats" <> $1', [small], [2, 3]],
    ['eq null', () => v.seats.eq(null), '"seats" IS NULL', [], [4]],
    ['isDistinctFrom', () => v.seats.isDistinctFrom(small), '"seats" IS DISTINCT FROM $1', [small], [2, 3, 4]],
    ['in', () => v.seats.in([small, Range.empty()]), '"seats" = ANY($1::int4range[])', [[small, Range.empty()]], [1, 3]],
    ['gt', () => v.seats.gt(small), '"seats" > $1', [small], [2]],
    ['contains a number', () => v.seats.contains(4), '"seats" @> $1::integer', [4], [1]],
    ['contains a bigint', () => v.ids.contains(-(2n ** 60n)), '"ids" @> $1::bigint', [-(2n ** 60n)], [2]],
    ['contains a decimal', () => v.price.contains('2.50'), '"price" @> $1::numeric', ['2.50'], [1, 3]],
    [
      'contains a timestamp',
      () => v.planned.contains(local('2024-02-01T00:00')),
      '"planned" @> $1::timestamp without time zone',
      [local('2024-02-01T00:00')],
      [2],
    ],
    ['contains an instant', () => v.during.contains(noon), '"during" @> $1::timestamp with time zone', [noon], [1]],
    ['contains a day', () => v.days.contains(date('2024-01-31')), '"days" @> $1::date', [date('2024-01-31')], [1]],
    ['contains a column', () => v.during.contains(v.startsAt), '"during" @> "startsAt"', [], [1, 2, 3]],
    ['containsRange', () => v.during.containsRange(january), '"during" @> $1::tstzrange', [january], [1]],
    ['containsRange empty', () => v.seats.containsRange(Range.empty()), '"seats" @> $1::int4range', [Range.empty()], [1, 2, 3]],
    ['containedBy', () => v.seats.containedBy(Range.lessThan(6)), '"seats" <@ $1::int4range', [Range.lessThan(6)], [1, 3]],
    ['overlaps', () => v.during.overlaps(Range.atLeast(noon)), '"during" && $1::tstzrange', [Range.atLeast(noon)], [1, 2]],
    ['overlaps a column', () => v.seats.overlaps(v.seats), '"seats" && "seats"', [], [1, 2]],
    ['strictlyLeftOf', () => v.seats.strictlyLeftOf(Range.atLeast(5)), '"seats" << $1::int4range', [Range.atLeast(5)], [1]],
    ['strictlyRightOf', () => v.seats.strictlyRightOf(small), '"seats" >> $1::int4range', [small], [2]],
    ['notExtendsRightOf', () => v.seats.notExtendsRightOf(Range.inclusive(3, 4)), '"seats" &< $1::int4range', [Range.inclusive(3, 4)], [1]],
    ['notExtendsLeftOf', () => v.seats.notExtendsLeftOf(Range.inclusive(3, 4)), '"seats" &> $1::int4range', [Range.inclusive(3, 4)], [2]],
    ['adjacentTo', () => v.seats.adjacentTo(Range.inclusive(5, 6)), '"seats" -|- $1::int4range', [Range.inclusive(5, 6)], [1]],
    ['isEmpty', () => v.days.isEmpty(), 'isempty("days")', [], [3]],
    ['isLowerInclusive', () => v.price.isLowerInclusive(), 'lower_inc("price")', [], [1]],
    ['isUpperInclusive', () => v.price.isUpperInclusive(), 'upper_inc("price")', [], [1]],
    ['isLowerUnbounded', () => v.ids.isLowerUnbounded(), 'lower_inf("ids")', [], [2]],
    ['isUpperUnbounded', () => v.days.isUpperUnbounded(), 'upper_inf("days")', [], [2]],
    ['lower', () => v.seats.lower().gte(5), 'lower("seats") >= $1', [5], [2]],
    ['upper', () => v.ids.upper().eq(21n), 'upper("ids") = $1', [21n], [1]],
    [
      'the length of a booking',
      () => v.during.upper().since(v.during.lower()).lt(duration('P32D')),
      'upper("during") - lower("during") < $1',
      [duration('P32D')],
      [1],
    ],
    [
      'with other predicates',
      () => and(v.seats.contains(4).not(), v.seats.isEmpty().not()),
      'NOT "seats" @> $1::integer AND NOT isempty("seats")',
      [4],
      [2],
    ],
  ]);

  test('are sorted, the empty one first', async () => {
    expect((await look(v.seats.isNotNull(), v.seats.asc()))[2]).toEqual([3, 1, 2]);
  });

  test.each<[string, () => unknown, string]>([
    ['a value of another type', () => v.seats.contains('4'), 'type'],
    ['a range where a value is wanted', () => v.seats.contains(small), 'type'],
    ['a value where a range is wanted', () => v.seats.overlaps(4), 'type'],
    ['a range of another type', () => v.seats.overlaps(january), 'type'],
    ['a Date', () => v.during.contains(JAN), 'type'],
    ['null', () => v.seats.contains(null), 'not_null'],
    ['undefined', () => v.seats.overlaps(undefined), 'undefined'],
    ['bounds the wrong way round', () => v.seats.overlaps({ ...small, lower: 9 }), 'range_value'],
    ['the last value of the type, counted on from', () => v.seats.eq(Range.inclusive(1, 2147483647)), 'range_value'],
  ])('%s is refused', (_, make, rule) => {
    expect(make).toThrow(expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule })] }));
  });

  test('are compared by the database alone, null checks apart', () => {
    expect(portabilityProblem(v.seats.eq(small))).toMatchObject({ kind: 'unsupportedFieldType' });
    expect(portabilityProblem(v.seats.contains(1))).toMatchObject({ kind: 'unsupportedLookup' });
    expect(portabilityProblem(v.seats.overlaps(small))).toMatchObject({ kind: 'unsupportedLookup' });
    expect(portabilityProblem(v.seats.isNull())).toBeNull();
  });
});
