// Every aggregate and window function by its text, the facets of kinds that decide about it, and the rebuilding of expressions. A function that is added
// without a text here does not compile.

import { describe, expect, test } from 'vitest';
import { isSameNode, overAllRows, valueOfNoRows } from '../../src/expr/aggregate.ts';
import * as aggregates from '../../src/expr/aggregate-functions.ts';
import {
  caseOf,
  cast,
  column,
  constant,
  operation,
  quantified,
  source,
  sqlText,
  subquery,
  value,
  type AggregateNode,
  type Node,
} from '../../src/expr/node.ts';
import { aggregateOf, expressionOf, nodeOf } from '../../src/expr/operations.ts';
import { OPERATORS } from '../../src/expr/operators.ts';
import { renderNode, SqlWriter } from '../../src/expr/render.ts';
import { substituted } from '../../src/expr/substitution.ts';
import * as windows from '../../src/expr/window-functions.ts';
import { decimalClassKind, decimalKind } from '../../src/value/decimal.ts';
import type { ValueKind } from '../../src/value/kind.ts';
import {
  bigintKind,
  booleanKind,
  countKind,
  doubleKind,
  intKind,
  integerKind,
  realKind,
  smallintKind,
  uint64Kind,
  wholeNumericKind,
} from '../../src/value/number.ts';
import { textKind } from '../../src/value/text.ts';

const from = source('t');
const of = (name: string, kind: ValueKind): any => expressionOf(column(from, name, name, kind));
const i = of('i', intKind),
  d = of('d', doubleKind),
  s = of('s', textKind),
  b = of('b', booleanKind);

function text(node: Node): string {
  const writer = new SqlWriter();
  renderNode(writer, node);
  return writer.text;
}
const shown = (expression: object): string => text(nodeOf(expression));

const AGGREGATES: Record<keyof typeof aggregates, readonly [expression: () => object, text: string]> = {
  arrayAgg: [() => aggregates.arrayAgg(i), 'array_agg("i")'],
  bitAnd: [() => aggregates.bitAnd(i), 'bit_and("i")'],
  bitOr: [() => aggregates.bitOr(i), 'bit_or("i")'],
  bitXor: [() => aggregates.bitXor(i), 'bit_xor("i")'],
  boolAnd: [() => aggregates.boolAnd(b), 'bool_and("b")'],
  boolOr: [() => aggregates.boolOr(b), 'bool_or("b")'],
  corr: [() => aggregates.corr(i, d), 'corr("i", "d")'],
  countAll: [() => aggregates.countAll(), 'count(*)'],
  covarPop: [() => aggregates.covarPop(i, d), 'covar_pop("i", "d")'],
  covarSamp: [() => aggregates.covarSamp(i, d), 'covar_samp("i", "d")'],
  cumeDistOf: [() => aggregates.cumeDistOf(1, i), 'cume_dist($1::integer) WITHIN GROUP (ORDER BY "i" ASC)'],
  denseRankOf: [() => aggregates.denseRankOf(1, i, 'desc'), 'dense_rank($1::integer) WITHIN GROUP (ORDER BY "i" DESC)'],
  grouping: [() => aggregates.grouping(i, s), 'grouping("i", "s")'],
  jsonAgg: [() => aggregates.jsonAgg(s), 'jsonb_agg("s")'],
  jsonObjectAgg: [() => aggregates.jsonObjectAgg(s, i), 'jsonb_object_agg("s", "i")'],
  mode: [() => aggregates.mode(s), 'mode() WITHIN GROUP (ORDER BY "s" ASC)'],
  percentRankOf: [() => aggregates.percentRankOf(1, i), 'percent_rank($1::integer) WITHIN GROUP (ORDER BY "i" ASC)'],
  percentileCont: [() => aggregates.percentileCont(0.5, i), 'percentile_cont($1::double precision) WITHIN GROUP (ORDER BY "i" ASC)'],
  percentileDisc: [() => aggregates.percentileDisc(0.5, s), 'percentile_disc($1::double precision) WITHIN GROUP (ORDER BY "s" ASC)'],
  rankOf: [() => aggregates.rankOf(1, i), 'rank($1::integer) WITHIN GROUP (ORDER BY "i" ASC)'],
  regrAvgx: [() => aggregates.regrAvgx(i, d), 'regr_avgx("i", "d")'],
  regrAvgy: [() => aggregates.regrAvgy(i, d), 'regr_avgy("i", "d")'],
  regrCount: [() => aggregates.regrCount(i, d), 'regr_count("i", "d")'],
  regrIntercept: [() => aggregates.regrIntercept(i, d), 'regr_intercept("i", "d")'],
  regrR2: [() => aggregates.regrR2(i, d), 'regr_r2("i", "d")'],
  regrSlope: [() => aggregates.regrSlope(i, d), 'regr_slope("i", "d")'],
  regrSxx: [() => aggregates.regrSxx(i, d), 'regr_sxx("i", "d")'],
  regrSxy: [() => aggregates.regrSxy(i, d), 'regr_sxy("i", "d")'],
  regrSyy: [() => aggregates.regrSyy(i, d), 'regr_syy("i", "d")'],
  stddev: [() => aggregates.stddev(i), 'stddev_samp("i")::double precision'],
  stddevPop: [() => aggregates.stddevPop(i), 'stddev_pop("i")::double precision'],
  stddevSamp: [() => aggregates.stddevSamp(i), 'stddev_samp("i")::double precision'],
  stringAgg: [() => aggregates.stringAgg(s, ','), 'string_agg("s", $1::text)'],
  varPop: [() => aggregates.varPop(i), 'var_pop("i")::double precision'],
  varSamp: [() => aggregates.varSamp(i), 'var_samp("i")::double precision'],
  variance: [() => aggregates.variance(i), 'var_samp("i")::double precision'],
};

const WINDOWS: Record<keyof typeof windows, readonly [call: () => windows.WindowFunction<any>, text: string]> = {
  cumeDist: [() => windows.cumeDist(), 'cume_dist()'],
  denseRank: [() => windows.denseRank(), 'dense_rank()'],
  firstValue: [() => windows.firstValue(i), 'first_value("i")'],
  lag: [() => windows.lag(i), 'lag("i", $1::integer)'],
  lastValue: [() => windows.lastValue(i), 'last_value("i")'],
  lead: [() => windows.lead(i, 2, 3 as never), 'lead("i", $1::integer, $2::integer)'],
  nthValue: [() => windows.nthValue(i, 2), 'nth_value("i", $1::integer)'],
  ntile: [() => windows.ntile(4), 'ntile($1::integer)'],
  percentRank: [() => windows.percentRank(), 'percent_rank()'],
  rank: [() => windows.rank(), 'rank()'],
  rowNumber: [() => windows.rowNumber(), 'row_number()'],
};

describe('functions', () => {
  test.for(Object.entries(AGGREGATES))('render %s', ([, [expression, expected]]) => {
    expect(shown(expression())).toBe(expected);
  });
  test.for(Object.entries(WINDOWS))('render %s over a window', ([, [call, expected]]) => {
    expect(shown(call().over({ partitionBy: [s], orderBy: [i.desc()] }))).toBe(`${expected} OVER (PARTITION BY "s" ORDER BY "i" DESC)`);
    expect(shown(call().over({}))).toBe(`${expected} OVER ()`);
  });
});

describe('modifiers', () => {
  test('give a new aggregate and leave the old one as it is', () => {
    const sum = i.sum(),
      filtered = sum.filter(b);
    expect([shown(sum), shown(filtered), shown(filtered.distinct()), shown(filtered.over())]).toEqual([
      'sum("i")',
      'sum("i") FILTER (WHERE "b")',
      'sum(DISTINCT "i") FILTER (WHERE "b")',
      'sum("i") FILTER (WHERE "b") OVER ()',
    ]);
  });
  test('put the cast behind everything else', () => {
    expect(
      shown(
        i
          .avg()
          .filter(b)
          .over({ orderBy: [s.asc()] }),
      ),
    ).toBe('avg("i") FILTER (WHERE "b") OVER (ORDER BY "s" ASC)::double precision');
  });
  test('leave the operations of the result', () => {
    expect(shown(i.sum().add(1).gt(2))).toBe('sum("i") + $1 > $2');
    expect(shown(s.max().lower())).toBe('lower(max("s"))');
    expect(shown(aggregates.boolOr(b).over().not())).toBe('NOT bool_or("b") OVER ()');
    expect(shown(aggregates.arrayAgg(i).len())).toBe('cardinality(array_agg("i"))');
  });
});

class Money {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

describe('kinds', () => {
  const price = decimalKind({ precision: 10, scale: 2 }),
    money = decimalClassKind(price, Money);
  test.for<[string, ValueKind, sum: string, sumKind: string, average: string, averageKind: string]>([
    ['smallint', smallintKind, 'sum("x")', 'safeInt', 'avg("x")::double precision', 'double'],
    ['int', intKind, 'sum("x")', 'safeInt', 'avg("x")::double precision', 'double'],
    [
      'bounded integers',
      integerKind({ name: 'uint8', sqlType: 'smallint', min: 0, max: 255, hasCheck: true }),
      'sum("x")',
      'safeInt',
      'avg("x")::double precision',
      'double',
    ],
    ['safe integers', countKind, 'sum("x")::bigint', 'safeInt', 'avg("x")::double precision', 'double'],
    ['bigint', bigintKind, 'sum("x")', 'wholeNumeric', 'avg("x")::double precision', 'double'],
    ['sums of bigints', wholeNumericKind, 'sum("x")', 'wholeNumeric', 'avg("x")::double precision', 'double'],
    ['uint64', uint64Kind(true), 'sum("x")', 'wholeNumeric', 'avg("x")::double precision', 'double'],
    ['real', realKind, 'sum("x")', 'real', 'avg("x")', 'double'],
    ['double', doubleKind, 'sum("x")', 'double', 'avg("x")', 'double'],
    ['decimals', price, 'sum("x")', 'decimal', 'avg("x")', 'decimal'],
    ['decimals of a class', money, 'sum("x")', 'decimal', 'avg("x")', 'decimal'],
  ])('add up and average %s', ([, kind, sum, sumKind, average, averageKind]) => {
    const x = of('x', kind);
    expect([shown(x.sum()), nodeOf(x.sum()).valueKind.name, shown(x.avg()), nodeOf(x.avg()).valueKind.name]).toEqual([
      sum,
      sumKind,
      average,
      averageKind,
    ]);
  });
  test('widen decimals of a class to values of the class', () => {
    const { valueKind } = nodeOf(of('x', money).sum());
    expect(valueKind.validate(new Money('123456789012.345'))).toBe(null);
    expect(valueKind.codec.text.decode('1.5')).toBeInstanceOf(Money);
    expect(nodeOf((expressionOf(column(from, 'y', 'y', valueKind)) as any).sum()).valueKind).toBe(valueKind);
  });
  test('keep what a min and max are of', () => {
    for (const kind of [intKind, price, textKind]) expect(nodeOf(of('x', kind).min()).valueKind).toBe(kind);
    expect(shown(b.min())).toBe('bool_and("b")');
  });
});

describe('over all rows', () => {
  test('is every aggregate that has no window, wherever it stands', () => {
    const node = nodeOf(
      i
        .sum()
        .mul(100)
        .div(i.sum().over({ partitionBy: [s] }))
        .add(aggregates.countAll()),
    );
    expect(text(overAllRows(node))).toBe('(sum("i") OVER () * $1) / sum("i") OVER (PARTITION BY "s") + count(*) OVER ()');
    expect(text(overAllRows(nodeOf(d.avg().gt(1))))).toBe('avg("d") OVER () > $1');
    expect(text(overAllRows(nodeOf(i.avg())))).toBe('avg("i") OVER ()::double precision');
  });
  test('is the same object where there is none', () => {
    const node = nodeOf(i.add(1));
    expect(overAllRows(node)).toBe(node);
  });
});

const a = column(from, 'a', 'a', intKind),
  other = column(from, 'z', 'z', intKind),
  one = value(1, intKind);
const rows = { kind: 'select' };
const sum: AggregateNode = {
  kind: 'aggregate',
  name: 'sum',
  operands: [a],
  isDistinct: true,
  orderBy: [{ by: a, direction: 'desc', nulls: 'last' }],
  within: [{ by: a, direction: 'asc' }],
  filter: operation(OPERATORS.gt, [a, one], booleanKind),
  valueKind: countKind,
};
/** Each node kind with operands, `a` in the place of every one. */
const NODES: Record<string, readonly [Node, string]> = {
  operation: [operation(OPERATORS.add, [a, one], intKind), '"z" + $1'],
  cast: [cast(a, textKind), '"z"::text'],
  case: [
    // oxlint-disable-next-line unicorn/no-thenable -- a branch has a THEN and nobody awaits it
    caseOf([{ when: operation(OPERATORS.gt, [a, one], booleanKind), then: a }], a, intKind),
    'CASE WHEN "z" > $1 THEN "z" ELSE "z" END',
  ],
  quantified: [quantified('ANY', a), 'ANY "z"'],
  aggregate: [sum, 'sum(DISTINCT "z" ORDER BY "z" DESC NULLS LAST) WITHIN GROUP (ORDER BY "z" ASC) FILTER (WHERE "z" > $1)'],
  'aggregate of nothing': [{ ...sum, operands: null, isDistinct: false, orderBy: [], within: [], filter: a }, 'sum(*) FILTER (WHERE "z")'],
  window: [
    {
      kind: 'window',
      of: { ...sum, isDistinct: false, orderBy: [], within: [], filter: null },
      partitionBy: [a, one],
      orderBy: [{ by: a, direction: 'asc' }],
      frame: { unit: 'rows', from: { preceding: a }, to: { following: a }, exclude: 'ties' },
      valueKind: countKind,
    },
    'sum("z") OVER (PARTITION BY "z", $1::integer ORDER BY "z" ASC ROWS BETWEEN "z" PRECEDING AND "z" FOLLOWING EXCLUDE TIES)',
  ],
};

describe('substitution', () => {
  test.for(Object.entries(NODES))('reaches every operand of %s', ([, [node, expected]]) => {
    const changed = substituted(node, (inner) => (inner === a ? other : null));
    expect(text(changed)).toBe(expected);
    expect(changed.valueKind).toBe(node.valueKind);
    expect(substituted(node, () => null)).toBe(node);
  });
  test('takes what replaces a node as it is', () => {
    expect(substituted(cast(a, textKind), (inner) => (inner.kind === 'cast' ? cast(cast(a, intKind), textKind) : null))).toEqual(
      cast(cast(a, intKind), textKind),
    );
  });
});

describe('the same expression', () => {
  test.for(Object.entries(NODES))('is one with the same nodes: %s', ([, [node]]) => {
    const copied = substituted(node, (inner) => (inner.kind === 'column' ? { ...inner } : null));
    expect(isSameNode(node, node)).toBe(true);
    expect(
      isSameNode(
        node,
        substituted(node, (inner) => (inner === a ? other : null)),
      ),
    ).toBe(false);
    // Aggregates and the right side of a comparison are never looked for.
    expect(isSameNode(node, copied)).toBe(['operation', 'cast', 'case'].includes(node.kind));
  });
  test('differs in the operator, the type, the constant and the value', () => {
    const add = operation(OPERATORS.add, [a, one], intKind);
    expect(isSameNode(add, operation(OPERATORS.sub, [a, one], intKind))).toBe(false);
    expect(isSameNode(add, operation(OPERATORS.add, [a, value(1, intKind)], intKind))).toBe(false);
    expect(isSameNode(cast(a, textKind), cast(a, doubleKind))).toBe(false);
    expect(isSameNode(cast(a, textKind), add)).toBe(false);
    expect(isSameNode(constant(1, intKind), constant(1, intKind))).toBe(true);
    expect(isSameNode(constant(1, intKind), constant(2, intKind))).toBe(false);
    expect(isSameNode(a, column(source('t'), 'a', 'a', intKind))).toBe(false);
    expect(isSameNode(sqlText('now()', textKind), sqlText('now()', textKind))).toBe(true);
    expect(isSameNode(subquery(rows, intKind), subquery(rows, intKind))).toBe(false);
    expect(isSameNode(operation(OPERATORS.true, [], booleanKind), operation(OPERATORS.true, [], booleanKind))).toBe(true);
  });
});

describe('no rows', () => {
  test('are worth 0 to counts, null to others, and are asked about where it is not known', () => {
    const of_ = (expression: object): unknown => valueOfNoRows(nodeOf(expression));
    expect([of_(aggregates.countAll()), of_(i.count()), of_(aggregates.regrCount(i, d))]).toEqual([0, 0, 0]);
    expect([of_(i.sum()), of_(i.avg()), of_(aggregates.mode(s)), of_(aggregates.percentileDisc(0.5, s))]).toEqual([null, null, null, null]);
    expect([of_(aggregates.rankOf(1, i)), of_(i.sum().add(1)), of_(i)]).toEqual([undefined, undefined, undefined]);
  });
  test('of an aggregate made by hand are null', () => {
    expect(valueOfNoRows(nodeOf(aggregateOf({ aggregate: { ...sum, within: [] }, wrap: (node) => node, required: null })))).toBe(null);
  });
});
