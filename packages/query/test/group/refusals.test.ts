// What is refused before anything is sent, and with which facts.

import {
  arrayAgg,
  bitAnd,
  boolAnd,
  countAll,
  grouping,
  lag,
  mode,
  nthValue,
  ntile,
  percentileCont,
  percentileDisc,
  rankOf,
  rowNumber,
  stringAgg,
  type ExprsOf,
} from '@djogi/core';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { query } from '../../src/index.ts';
import { refusal, Sale } from '../support/sales.ts';

type Bag = ExprsOf<typeof Sale>;
const sales = query(Sale);
/** What only JavaScript can ask for. */
const odd = (value: unknown): any => value;
const unsupported = (op: string, reason: string) => ({ code: 'UNSUPPORTED_AGGREGATE', op, reason });
const invalid = (...rules: string[]) => expect.objectContaining({ code: 'VALIDATION', rules }) as unknown;

describe('a modifier is refused', () => {
  test.for<[string, (s: Bag) => unknown, object]>([
    ['distinct of count(*)', () => odd(countAll()).distinct(), unsupported('count', 'distinct')],
    ['an order of count(*)', (s) => odd(countAll()).orderBy(s.id.asc()), unsupported('count', 'order')],
    ['distinct of an ordered-set aggregate', (s) => odd(mode(s.product)).distinct(), unsupported('mode', 'distinct')],
    ['an order of an ordered-set aggregate', (s) => odd(mode(s.product)).orderBy(s.id.asc()), unsupported('mode', 'order')],
    ['a window of an ordered-set aggregate', (s) => odd(percentileCont(0.5, s.quantity)).over(), unsupported('percentile_cont', 'window')],
    ['a window of distinct values', (s) => s.quantity.sum().distinct().over(), unsupported('sum', 'distinct')],
    ['a window of ordered values', (s) => stringAgg(s.product, ',').orderBy(s.id.asc()).over(), unsupported('string_agg', 'order')],
    ['a window of the least range', (s) => s.span.min().over(), unsupported('array_agg', 'order')],
    ['an exact average in floating point', (s) => s.weight.avg({ exact: true }), unsupported('avg', 'inexact')],
    ['an array of arrays', (s) => arrayAgg(s.tags), unsupported('array_agg', 'element')],
    ['bits of doubles', (s) => bitAnd(s.weight), unsupported('bit_and', 'type')],
    ['truth of numbers', (s) => boolAnd(odd(s.quantity)), unsupported('bool_and', 'type')],
    ['an order that is none', (s) => s.quantity.sum().orderBy(odd(s.id)), invalid('order') as object],
    ['a filter that is no predicate', (s) => s.quantity.sum().filter(odd(s.quantity)), invalid('predicate') as object],
    ['a filter that is nothing', (s) => s.quantity.sum().filter(odd(undefined)), invalid('expression') as object],
  ])('%s', ([, of, facts]) => {
    expect(refusal(() => sales.groupBy((s) => ({ region: s.region })).annotate((s) => ({ value: odd(of(s)) })))).toEqual(facts);
  });

  test('distinct stringAgg without its own order, or with another one', () => {
    const asked = (of: (s: Bag) => unknown): unknown =>
      refusal(() => sales.groupBy((s) => ({ region: s.region })).annotate((s) => ({ value: odd(of(s)) })));
    expect(asked((s) => stringAgg(s.product, ',').distinct())).toEqual(unsupported('string_agg', 'distinct'));
    expect(asked((s) => stringAgg(s.product, ',').distinct().orderBy(s.id.asc()))).toEqual(unsupported('string_agg', 'distinct'));
    expect(asked((s) => arrayAgg(s.level).distinct().orderBy(s.id.asc()))).toEqual(unsupported('array_agg', 'distinct'));
  });
});

describe('an argument is refused', () => {
  test.for<[string, (s: Bag) => unknown, string]>([
    ['a fraction below 0', (s) => percentileCont(-0.1, s.quantity), 'range'],
    ['a fraction above 1', (s) => percentileDisc(1.1, s.quantity), 'range'],
    ['a fraction that is no number', (s) => percentileCont(Number.NaN, s.quantity), 'range'],
    ['a direction that is none', (s) => mode(s.product, odd('up')), 'type'],
    ['a hypothetical value of another type', (s) => rankOf(odd('1'), s.quantity), 'type'],
    ['no bucket', () => ntile(0), 'range'],
    ['half a row', (s) => lag(s.quantity, 0.5), 'range'],
    ['rows backwards', (s) => lag(s.quantity, -1), 'range'],
    ['a fallback of another type', (s) => lag(s.quantity, 1, odd('x')), 'type'],
    ['a fallback that is undefined', (s) => lag(s.quantity, 1, odd(undefined)), 'undefined'],
    ['the row before the first', (s) => nthValue(s.quantity, 0), 'range'],
    ['a separator that is no text', (s) => stringAgg(s.product, odd(1)), 'type'],
    ['a separator that is undefined', (s) => stringAgg(s.product, odd(undefined)), 'undefined'],
    ['grouping of nothing', () => grouping(), 'grouping'],
    ['grouping of 32 keys', (s) => grouping(...Array.from({ length: 32 }, () => s.region)), 'grouping'],
    ['an aggregate of no expression', () => arrayAgg(odd('x')), 'expression'],
  ])('%s', ([, of, rule]) => {
    expect(refusal(() => sales.annotate((s) => ({ value: odd(of(s)) })))).toEqual(invalid(rule));
  });
});

describe('a window is refused', () => {
  const rows = { unit: 'rows', from: 'unbounded' } as const;
  test.for<[string, (s: Bag) => unknown, string]>([
    ['that is no object', () => 'region', 'window'],
    ['that is null', () => null, 'window'],
    ['with an unknown part', () => ({ partition: [] }), 'window'],
    ['with one partition key without a list', (s) => ({ partitionBy: s.region }), 'window'],
    ['with a partition key that is no expression', () => ({ partitionBy: ['region'] }), 'expression'],
    ['with one sort key without a list', (s) => ({ orderBy: s.id.asc() }), 'order'],
    ['with a sort key without direction', (s) => ({ orderBy: [s.id] }), 'order'],
    ['with an unknown unit', () => ({ frame: { ...rows, unit: 'pages' } }), 'frame'],
    ['with an unknown exclusion', () => ({ frame: { ...rows, exclude: 'others' } }), 'frame'],
    ['with a frame that is no object', () => ({ frame: 'rows' }), 'frame'],
    ['with half a row', () => ({ frame: { ...rows, from: -0.5 } }), 'frame'],
    ['with an offset that is no number', () => ({ frame: { ...rows, from: '1' } }), 'frame'],
    ['with NaN', () => ({ frame: { ...rows, from: Number.NaN } }), 'frame'],
    ['without a beginning', () => ({ frame: { unit: 'rows' } }), 'frame'],
    ['that ends before it begins', () => ({ frame: { unit: 'rows', from: 2, to: 1 } }), 'frame'],
    ['that begins after the current row and ends there', () => ({ frame: { unit: 'rows', from: 1 } }), 'frame'],
    ['of groups without an order', () => ({ frame: { unit: 'groups', from: -1 } }), 'frame'],
    ['of a range without an order', () => ({ frame: { unit: 'range', from: -1 } }), 'frame'],
    ['of a range over two sort keys', (s) => ({ orderBy: [s.id.asc(), s.day.asc()], frame: { unit: 'range', from: -1 } }), 'frame'],
    ['of a range of texts', (s) => ({ orderBy: [s.product.asc()], frame: { unit: 'range', from: -1 } }), 'frame'],
    ['of a range of moments by a number', (s) => ({ orderBy: [s.soldAt.asc()], frame: { unit: 'range', from: -1 } }), 'frame'],
    ['of a range of integers by a fraction', (s) => ({ orderBy: [s.quantity.asc()], frame: { unit: 'range', from: -1.5 } }), 'frame'],
    ['of rows by a duration', () => ({ frame: { unit: 'rows', from: Temporal.Duration.from('-PT1H') } }), 'frame'],
  ])('%s', ([, window, rule]) => {
    expect(refusal(() => sales.annotate((s) => ({ value: rowNumber().over(odd(window(s))) })))).toEqual(invalid(rule));
  });
});

describe('a place is refused', () => {
  const group = sales.groupBy((s) => ({ region: s.region }));
  test.for<[string, () => unknown, object]>([
    ['an aggregate in filter', () => sales.filter((s) => s.quantity.sum().gt(1)), unsupported('sum', 'place')],
    ['an aggregate in exclude', () => sales.exclude(() => countAll().gt(1)), unsupported('count', 'place')],
    ['an aggregate in orderBy', () => sales.orderBy((s) => s.quantity.max().asc()), unsupported('max', 'place')],
    ['an aggregate in select', () => sales.select(() => ({ n: countAll() })), unsupported('count', 'place')],
    ['an aggregate in distinctOn', () => sales.distinctOn((s) => s.quantity.max()), unsupported('max', 'place')],
    ['an aggregate in a group key', () => sales.groupBy((s) => ({ n: s.quantity.sum() })), unsupported('sum', 'place')],
    ['a window in filter', () => sales.filter(() => rowNumber().over({}).eq(1)), unsupported('row_number', 'place')],
    ['a window in a group key', () => sales.rollup(() => ({ n: rowNumber().over({}) })), unsupported('row_number', 'place')],
    [
      'a window in having',
      () => group.annotate(() => ({ n: rowNumber().over({}) })).having((g) => g.n.eq(1)),
      unsupported('row_number', 'place'),
    ],
    ['an aggregate of an aggregate', () => group.annotate((s) => ({ n: s.quantity.sum().sum() })), unsupported('sum', 'nested')],
    [
      'an aggregate in the filter of one',
      () => group.annotate((s) => ({ n: countAll().filter(s.quantity.max().gt(1)) })),
      unsupported('count', 'nested'),
    ],
    [
      'a window of a window',
      () => group.annotate(() => ({ n: countAll().over({ partitionBy: [rowNumber().over({})] }) })),
      unsupported('count', 'nested'),
    ],
    [
      'a window of an aggregate beside single rows',
      () => sales.annotate((s) => ({ n: s.quantity.sum().sum().over() })),
      unsupported('sum', 'nested'),
    ],
    [
      'distinct values beside single rows',
      () => sales.annotate((s) => ({ n: s.quantity.count().distinct() })),
      unsupported('count', 'distinct'),
    ],
    [
      'an ordered-set aggregate beside single rows',
      () => sales.annotate((s) => odd({ n: mode(s.product) })),
      unsupported('mode', 'window'),
    ],
    [
      'a hypothetical rank in an expression beside single rows',
      () => sales.annotate((s) => ({ n: odd(rankOf(1, s.quantity)).add(1) })),
      unsupported('rank', 'window'),
    ],
    ['grouping beside single rows', () => sales.annotate((s) => odd({ n: grouping(s.region) })), unsupported('grouping', 'window')],
    [
      'an unannotated window in qualify',
      () =>
        sales
          .annotate(() => ({ n: countAll() }))
          .qualify(() => rowNumber().over({}).eq(1))
          .toSql(),
      unsupported('row_number', 'place'),
    ],
    [
      'an aggregate in qualify',
      () => sales.annotate(() => ({ n: countAll() })).qualify(() => countAll().eq(1)),
      unsupported('count', 'place'),
    ],
  ])('%s', ([, act, facts]) => {
    expect(refusal(act)).toEqual(facts);
  });
});

describe('a name is refused', () => {
  const collision = (alias: string) => ({ code: 'ALIAS_COLLISION', alias });
  test.for<[string, () => unknown, object]>([
    ['row, which is the row itself', () => sales.annotate(() => odd({ row: countAll() })), collision('row')],
    ['of a key', () => sales.groupBy((s) => ({ region: s.region })).annotate(() => odd({ region: countAll() })), collision('region')],
    ['with the reserved prefix', () => sales.annotate(() => ({ __djogi_x: countAll() })), collision('__djogi_x')],
    ['with the reserved prefix in capitals', () => sales.groupBy((s) => ({ __DJOGI_K: s.region })), collision('__DJOGI_K')],
    ['that names no property', () => sales.annotate(() => ({ ['__proto__']: countAll() })), collision('__proto__')],
  ])('%s', ([, act, facts]) => {
    expect(refusal(act)).toEqual(facts);
  });
});

describe('a group is refused', () => {
  const key = (s: Bag) => ({ region: s.region });
  test.for<[string, () => unknown, string]>([
    ['after an ordering', () => sales.orderBy((s) => s.id.asc()).groupBy(key), 'group_by'],
    ['after a limit', () => sales.limit(3).groupBy(key), 'group_by'],
    ['after an offset', () => sales.offset(3).rollup(key), 'group_by'],
    ['after distinct', () => sales.distinct().cube(key), 'group_by'],
    ['after select', () => sales.select((s) => ({ a: s.product })).groupBy(key), 'group_by'],
    ['without a key', () => sales.groupBy(() => ({})), 'group_by'],
    ['without a key and an annotation', () => sales.groupingSets(() => ({}), [[]]).annotate(() => ({})), 'projection'],
    ['with keys in a list', () => sales.groupBy((s) => odd([s.region])), 'projection'],
    ['with a key that is no expression', () => sales.groupBy(() => odd({ a: 'region' })), 'expression'],
    ['with a key of another query', () => sales.groupBy(() => ({ a: outside().region })), 'scope'],
    ['without a callback', () => sales.groupBy(odd({})), 'callback'],
    ['without sets', () => sales.groupingSets(key, []), 'group_by'],
    ['with sets that are no lists', () => sales.groupingSets(key, odd(['region'])), 'group_by'],
    ['with a set of an unknown key', () => sales.groupingSets(key, odd([['place']])), 'group_by'],
    ['with a key in no set', () => sales.groupingSets(key, [[]]), 'group_by'],
    ['with a field that is no key', () => sales.groupBy(key).annotate((s) => ({ a: s.product })), 'ungrouped'],
    [
      'with a key written anew',
      () => sales.groupBy((s) => ({ a: s.quantity.add(1) })).annotate((s) => ({ b: s.quantity.add(1) })),
      'ungrouped',
    ],
    [
      'with a condition on a field that is no key',
      () =>
        sales
          .groupBy(key)
          .annotate(() => ({ n: countAll() }))
          .having(() => outside().quantity.eq(1)),
      'scope',
    ],
    ['with a row of a rollup by its id', () => sales.rollup((s) => ({ id: s.id })).annotate((s) => ({ a: s.product })), 'ungrouped'],
    [
      'with a window over a field that is no key',
      () => sales.groupBy(key).annotate((s) => ({ a: rowNumber().over({ orderBy: [s.id.asc()] }) })),
      'ungrouped',
    ],
    ['with grouping of what is no key', () => sales.rollup(key).annotate((s) => ({ a: grouping(s.product) })), 'grouping'],
    [
      'with an ordering without direction',
      () =>
        sales
          .groupBy(key)
          .annotate(() => ({}))
          .orderBy((g) => odd(g.region)),
      'order',
    ],
    [
      'with a limit below 0',
      () =>
        sales
          .groupBy(key)
          .annotate(() => ({}))
          .limit(-1),
      'range',
    ],
    [
      'with half an offset',
      () =>
        sales
          .groupBy(key)
          .annotate(() => ({}))
          .offset(0.5),
      'range',
    ],
    [
      'with a having that is no predicate',
      () =>
        sales
          .groupBy(key)
          .annotate(() => ({ n: countAll() }))
          .having((g) => odd(g.n)),
      'predicate',
    ],
  ])('%s', ([, act, rule]) => {
    expect(refusal(act)).toEqual(invalid(rule));
  });
});

/** The bag of a query that is not running. */
function outside(): Bag {
  let bag!: Bag;
  query(Sale).filter((s) => {
    bag = s;
    return s.isPaid;
  });
  return bag;
}

describe('an annotation is refused', () => {
  test.for<[string, () => unknown, string]>([
    ['of nothing', () => sales.annotate(() => ({})), 'projection'],
    ['in a list', () => sales.annotate(() => odd([countAll()])), 'projection'],
    ['that is no expression', () => sales.annotate(() => odd({ a: 1 })), 'expression'],
    ['of a promise', () => sales.annotate(odd(async () => ({ a: countAll() }))), 'projection'],
    ['of another query', () => sales.annotate(() => ({ a: outside().quantity })), 'scope'],
    [
      'after select and a limit',
      () =>
        sales
          .select((s) => ({ a: s.product }))
          .limit(1)
          .annotate(() => ({ n: countAll() })),
      'projection',
    ],
    ['with a condition that is no predicate', () => sales.annotate(() => ({ n: countAll() })).qualify((a) => odd(a.n)), 'predicate'],
    ['with a limit below 0', () => sales.annotate(() => ({ n: countAll() })).limit(-1), 'range'],
  ])('%s', ([, act, rule]) => {
    expect(refusal(act)).toEqual(invalid(rule));
  });
});
