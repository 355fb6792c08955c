// The declarations of intervals, addresses and ranges: types, defaults, checks, indexes, and what is refused.

import { describe, expect, test } from 'vitest';
import { Temporal } from 'temporal-polyfill';
import { f, model, pk, Range } from '../../src/index.ts';
import { decimalKind } from '../../src/value/decimal.ts';
import { rulesOf } from '../model/support/definition.ts';

/** What a decimal column asks of its values, of a bound. */
const finite = decimalKind({}).check!;

test('a descriptor has their types, defaults and checks', () => {
  const { descriptor } = class extends model(
    't',
    {
      lasts: f.interval().default(Temporal.Duration.from('PT90M')),
      address: f.inet().default('10.0.0.1'),
      iface: f.inet({ prefix: true }).nullable(),
      net: f.cidr(),
      mac: f.macaddr(),
      seats: f.range('int4').default(Range.inclusiveExclusive(1, 5)),
      ids: f.range('int8'),
      price: f.range('num'),
      planned: f.range('ts'),
      during: f.range('tstz').default(Range.atLeast(Temporal.Instant.from('2024-01-01T00:00:00Z'))),
      days: f.range('date').default(Range.empty()),
    },
    { pk: pk.none(), timestamps: false },
  ) {};
  expect(
    descriptor.fields.map(({ name, kind, sqlType, default: byDefault, check }) => [
      name,
      kind,
      sqlType,
      byDefault === null ? null : (byDefault as { text: string }).text,
      check?.expression ?? null,
    ]),
  ).toEqual([
    ['lasts', 'interval', 'interval', "'P0M0DT1H30M0.000000S'::interval", null],
    ['address', 'inet', 'inet', "'10.0.0.1'::inet", null],
    ['iface', 'inet', 'inet', null, null],
    ['net', 'cidr', 'cidr', null, null],
    ['mac', 'macaddr', 'macaddr', null, null],
    ['seats', 'range', 'int4range', "'[1,5)'::int4range", null],
    ['ids', 'range', 'int8range', null, null],
    ['price', 'range', 'numrange', null, `(${finite('lower("price")')}) AND (${finite('upper("price")')})`],
    ['planned', 'range', 'tsrange', null, null],
    ['during', 'range', 'tstzrange', `'["2024-01-01 00:00:00+00",)'::tstzrange`, null],
    ['days', 'range', 'daterange', "'empty'::daterange", null],
  ]);
});

test('an index is GiST on a range, GIN on an array, and btree on the rest', () => {
  const { descriptor } = class extends model('t', {
    seats: f.range('int4').index(),
    ordered: f.range('int4').index('btree'),
    hosts: f.array(f.inet()).index(),
    address: f.inet().index(),
    lasts: f.interval().index(),
  }) {};
  expect(descriptor.indexes.map(({ name, method }) => [name, method])).toEqual([
    ['t_address_idx', 'btree'],
    ['t_hosts_idx', 'gin'],
    ['t_lasts_idx', 'btree'],
    ['t_ordered_idx', 'btree'],
    ['t_seats_idx', 'gist'],
  ]);
});

describe('what is refused', () => {
  test('unknown range types and options', () => {
    const fields = {
      a: f.range('int2' as never),
      b: f.range(undefined as never),
      c: f.range('toString' as never),
      d: f.inet({ prefixes: true } as never),
    };
    expect(rulesOf(class extends model('t', fields) {})).toEqual(['range_type a', 'range_type b', 'range_type c', 'unknown_option d']);
  });

  test('arrays of ranges, and none of the others', () => {
    const fields = {
      a: f.array(f.range('int4')),
      b: f.array(f.range('tstz')),
      c: f.array(f.interval()),
      d: f.array(f.inet({ prefix: true })),
      e: f.array(f.cidr()),
      g: f.array(f.macaddr()),
    };
    expect(rulesOf(class extends model('t', fields) {})).toEqual(['array_element a', 'array_element b']);
  });

  test('defaults that are no values of the field', () => {
    const fields = {
      a: f.interval().default('1 day' as never),
      b: f.inet().default('10.0.0.0/8'),
      c: f.cidr().default('10.0.0.1/8'),
      d: f.macaddr().default('0A:1B:2C:3D:4E:5F'),
      e: f.range('int4').default(Range.atLeast('1') as never),
      g: f.range('int4').default('[1,2)' as never),
      h: f.range('date').default(Range.inclusive(1, 2) as never),
    };
    expect(rulesOf(class extends model('t', fields) {})).toEqual(
      ['a', 'b', 'c', 'd', 'e', 'g', 'h'].map((name) => `default_value ${name}`),
    );
  });
});
