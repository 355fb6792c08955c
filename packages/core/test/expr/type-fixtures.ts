// The rows of the operator table for intervals, ranges and network addresses, as `operators.test.ts` wants them. Results are read as the server prints
// them, because objects of these types have no properties of their own that an assertion could compare.

import type { Temporal } from 'temporal-spec';
import { intervalKind as D } from '../../src/value/interval.ts';
import { addressOperandKind as O, inetWithPrefixKind as N } from '../../src/value/network.ts';
import { doubleKind as F, intKind as I } from '../../src/value/number.ts';
import { Range, RANGE_KINDS } from '../../src/value/range.ts';
import { temporal } from '../../src/value/temporal.ts';
import { textKind as T } from '../../src/value/text.ts';
import { timestampKind as M } from '../../src/value/time.ts';

const R = RANGE_KINDS.int4;
const at = (text: string): Temporal.PlainDateTime => temporal().PlainDateTime.from(text);
const duration = (text: string): Temporal.Duration => temporal().Duration.from(text);
/** `[lower,upper)` */
const range = (lower: number, upper: number): Range<number> => Range.inclusiveExclusive(lower, upper);
const none = Range.empty<number>(),
  all = Range.all<number>();

const INTERVALS = {
  addInterval: {
    text: '"a" + $1::interval',
    kinds: [M, D],
    result: T,
    cases: [
      [at('2024-01-31T12:00'), duration('P1M'), '2024-02-29 12:00:00'],
      [null, duration('P1D'), null],
    ],
  },
  subInterval: {
    text: '"a" - $1::interval',
    kinds: [M, D],
    result: T,
    cases: [
      [at('2024-03-31T12:00'), duration('P1MT1H'), '2024-02-29 11:00:00'],
      [at('2024-03-31T12:00'), null, null],
    ],
  },
  mulInterval: {
    text: '"a" * $1::double precision',
    kinds: [D, F],
    result: T,
    cases: [
      [duration('PT1H'), 1.5, 'PT1H30M'],
      [null, 2, null],
    ],
  },
  since: {
    text: '"a" - $1',
    kinds: [M, M],
    result: T,
    cases: [
      [at('2024-03-02T00:00'), at('2024-02-28T12:00'), 'P2DT12H'],
      [null, at('2024-03-01T00:00'), null],
    ],
  },
} as const;

const RANGES = {
  rangeHas: {
    text: '"a" @> $1::integer',
    kinds: [R, I],
    cases: [
      [range(1, 5), 1, true],
      [range(1, 5), 5, false],
      [none, 1, false],
      [all, 1, true],
      [null, 1, null],
    ],
  },
  rangeContains: {
    text: '"a" @> $1::int4range',
    kinds: [R, R],
    cases: [
      [range(1, 5), range(2, 3), true],
      [range(1, 5), range(2, 6), false],
      [range(1, 5), none, true],
      [null, none, null],
    ],
  },
  rangeContainedBy: {
    text: '"a" <@ $1::int4range',
    kinds: [R, R],
    cases: [
      [range(2, 3), range(1, 5), true],
      [all, range(1, 5), false],
      [none, null, null],
    ],
  },
  rangeOverlaps: {
    text: '"a" && $1::int4range',
    kinds: [R, R],
    cases: [
      [range(1, 3), range(2, 5), true],
      [range(1, 2), range(2, 5), false],
      [null, all, null],
    ],
  },
  rangeBefore: {
    text: '"a" << $1::int4range',
    kinds: [R, R],
    cases: [
      [range(1, 2), range(2, 5), true],
      [range(1, 3), range(2, 5), false],
      [null, all, null],
    ],
  },
  rangeAfter: {
    text: '"a" >> $1::int4range',
    kinds: [R, R],
    cases: [
      [range(2, 5), range(1, 2), true],
      [range(2, 5), range(1, 3), false],
      [all, null, null],
    ],
  },
  rangeNotRightOf: {
    text: '"a" &< $1::int4range',
    kinds: [R, R],
    cases: [
      [range(1, 5), range(3, 5), true],
      [range(1, 6), range(3, 5), false],
      [null, all, null],
    ],
  },
  rangeNotLeftOf: {
    text: '"a" &> $1::int4range',
    kinds: [R, R],
    cases: [
      [range(3, 9), range(3, 5), true],
      [range(2, 9), range(3, 5), false],
      [null, all, null],
    ],
  },
  rangeAdjacent: {
    text: '"a" -|- $1::int4range',
    kinds: [R, R],
    cases: [
      [range(1, 3), range(3, 5), true],
      [range(1, 3), range(4, 5), false],
      [null, all, null],
    ],
  },
  rangeIsEmpty: {
    text: 'isempty("a")',
    kinds: [R],
    cases: [
      [none, true],
      [range(1, 2), false],
      [null, null],
    ],
  },
  rangeLowerInclusive: {
    text: 'lower_inc("a")',
    kinds: [R],
    cases: [
      [range(1, 2), true],
      [Range.lessThan(2), false],
      [null, null],
    ],
  },
  rangeUpperInclusive: {
    text: 'upper_inc("a")',
    kinds: [R],
    cases: [
      [range(1, 2), false],
      [null, null],
    ],
  },
  rangeLowerUnbounded: {
    text: 'lower_inf("a")',
    kinds: [R],
    cases: [
      [Range.lessThan(2), true],
      [range(1, 2), false],
      [null, null],
    ],
  },
  rangeUpperUnbounded: {
    text: 'upper_inf("a")',
    kinds: [R],
    cases: [
      [Range.atLeast(2), true],
      [range(1, 2), false],
      [null, null],
    ],
  },
} as const;

const NETWORKS = {
  networkContainedBy: {
    text: '"a" << $1::inet',
    kinds: [N, O],
    cases: [
      ['10.1.2.3', '10.0.0.0/8', true],
      ['10.0.0.0/8', '10.0.0.0/8', false],
      [null, '10.0.0.0/8', null],
    ],
  },
  networkContainedByOrEqual: {
    text: '"a" <<= $1::inet',
    kinds: [N, O],
    cases: [
      ['10.0.0.0/8', '10.0.0.0/8', true],
      ['11.0.0.1', '10.0.0.0/8', false],
      [null, '10.0.0.0/8', null],
    ],
  },
  networkContains: {
    text: '"a" >> $1::inet',
    kinds: [N, O],
    cases: [
      ['10.0.0.0/8', '10.1.2.3', true],
      ['10.0.0.0/8', '10.0.0.0/8', false],
      [null, '10.0.0.1', null],
    ],
  },
  networkContainsOrEqual: {
    text: '"a" >>= $1::inet',
    kinds: [N, O],
    cases: [
      ['10.0.0.0/8', '10.0.0.0/8', true],
      ['10.0.0.0/8', '11.0.0.1', false],
      ['10.0.0.0/8', null, null],
    ],
  },
  networkOverlaps: {
    text: '"a" && $1::inet',
    kinds: [N, O],
    cases: [
      ['10.0.0.0/8', '10.1.0.0/16', true],
      ['10.0.0.0/8', '11.0.0.0/8', false],
      [null, '10.0.0.1', null],
    ],
  },
  networkFamily: {
    text: 'family("a")',
    kinds: [N],
    result: I,
    cases: [
      ['10.0.0.1', 4],
      ['::1', 6],
      [null, null],
    ],
  },
  networkMasklen: {
    text: 'masklen("a")',
    kinds: [N],
    result: I,
    cases: [
      ['10.0.0.0/8', 8],
      ['10.0.0.1', 32],
      [null, null],
    ],
  },
  networkHost: {
    text: 'host("a")',
    kinds: [N],
    result: T,
    cases: [
      ['10.1.2.3/8', '10.1.2.3'],
      ['::1', '::1'],
      [null, null],
    ],
  },
  networkOf: {
    text: 'network("a")',
    kinds: [N],
    result: T,
    cases: [
      ['10.1.2.3/8', '10.0.0.0/8'],
      [null, null],
    ],
  },
} as const;

export const TYPE_FIXTURES = { ...INTERVALS, ...RANGES, ...NETWORKS };
