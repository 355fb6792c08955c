// Aggregates that are functions: those over all rows, over several expressions, and those that are not for every number or text. Only what is imported is paid for.

import { UnsupportedAggregateError } from '../error/aggregate-error.ts';
import { ValidationError } from '../error/value-error.ts';
import { intervalKind } from '../value/interval.ts';
import { jsonValueKind } from '../value/json.ts';
import { issuesOf, refineKind, type AggregateResult, type ValueKind } from '../value/kind.ts';
import { booleanKind, countKind, doubleKind, intKind } from '../value/number.ts';
import { textKind } from '../value/text.ts';
import {
  aggregateCall,
  countCall,
  type AggregateModifiers,
  type GroupedOnly,
  type NumberAggregate,
  type OrderedSetAggregate,
  type RowCount,
} from './aggregate.ts';
import type { ArrayOps, BooleanOps, Expr, NumberExpr, TextExpr, Valued } from './expression.ts';
import { value, type AggregateNode, type Direction, type Node } from './node.ts';
import { aggregateOf, Expression, expressionOf, lift, listKind, nodeOf, OrderedExpression } from './operations.ts';

/** An expression over numbers: what has arithmetic. */
export interface NumberValued<Value> extends Valued<Value> {
  div(other: never): unknown;
}
/** An expression over text. */
export interface TextValued extends Valued<string | null> {
  concat(...parts: never[]): unknown;
}
/** An expression with an order. */
export interface OrderedValued<Value> extends Valued<Value> {
  asc(): unknown;
}

export interface BooleanAggregate extends Expr<boolean | null>, BooleanOps, AggregateModifiers<Expr<boolean | null> & BooleanOps> {}
export interface TextAggregate extends TextExpr<string | null>, AggregateModifiers<TextExpr<string | null>> {}
export interface ArrayAggregate<Element>
  extends Expr<Element[] | null>, ArrayOps<Element>, AggregateModifiers<Expr<Element[] | null> & ArrayOps<Element>> {}
export interface DocumentAggregate<Result> extends Expr<Result | null>, AggregateModifiers<Expr<Result | null>> {}

const native = (kind: ValueKind): AggregateResult => ({ kind, isCast: false });
const DOUBLE: AggregateResult = { kind: doubleKind, isCast: true };

function made<Result>(
  name: string,
  operands: readonly Node[] | null,
  result: AggregateResult,
  facts?: Parameters<typeof aggregateCall>[3],
): Result {
  return aggregateOf(aggregateCall(name, operands, result, facts)) as Result;
}

/** `count(*)`: the number of rows. */
export function countAll(): RowCount {
  return aggregateOf(countCall(null)) as unknown as RowCount;
}

/** `string_agg(x, separator)`: the texts that are not NULL, joined; NULL when there are none. `orderBy` says in which order. */
export function stringAgg(text: TextValued, separator: string): TextAggregate {
  return made('string_agg', [nodeOf(text), lift(separator, textKind, 'separator')], native(textKind));
}

/**
 * `array_agg(x)`: all values in a list, NULL included; NULL when there are no rows.
 *
 * Errors: UNSUPPORTED_AGGREGATE with `element` for arrays, which would become one of two dimensions.
 */
export function arrayAgg<Value>(expression: Valued<Value>): ArrayAggregate<Value> {
  const node = nodeOf(expression);
  if (node.valueKind.element !== undefined)
    throw new UnsupportedAggregateError(
      'array_agg',
      'element',
      'array_agg of arrays gives an array of two dimensions, and fails when they differ in length. Use jsonAgg.',
    );
  return made('array_agg', [node], native(listKind(node.valueKind)));
}

/** A document as parsed, without operations of its own. */
const documentKind = (): ValueKind => (document ??= jsonValueKind(Expression));
let document: ValueKind | undefined;

/** `jsonb_agg(x)`: all values in a JSON array, as `to_jsonb` has them (dates are strings); NULL when there are no rows. */
export function jsonAgg(expression: Valued<any>): DocumentAggregate<unknown[]> {
  return made('jsonb_agg', [nodeOf(expression)], native(documentKind()));
}

/** `jsonb_object_agg(key, x)`: a JSON object; the last value of a key wins. NULL when there are no rows; a NULL key is the server's error 22023. */
export function jsonObjectAgg(key: Valued<any>, expression: Valued<any>): DocumentAggregate<Record<string, unknown>> {
  return made('jsonb_object_agg', [nodeOf(key), nodeOf(expression)], native(documentKind()));
}

function booleans(name: string, condition: Valued<boolean | null>): BooleanAggregate {
  const node = nodeOf(condition);
  if (node.valueKind.castType !== booleanKind.castType)
    throw new UnsupportedAggregateError(
      name,
      'type',
      `${name} wants booleans, not values of type ${node.valueKind.sqlType}. Give it a predicate.`,
    );
  return made(name, [node], native(booleanKind));
}

/** `bool_and(p)`: whether it is true for every row where it is not NULL; NULL when there are none. */
export const boolAnd = (condition: Valued<boolean | null>): BooleanAggregate => booleans('bool_and', condition);
/** `bool_or(p)`: whether it is true for a row; NULL when it is NULL for all, or there are none. */
export const boolOr = (condition: Valued<boolean | null>): BooleanAggregate => booleans('bool_or', condition);

const INTEGERS: ReadonlySet<string> = new Set(['smallint', 'integer', 'bigint']);

function bits<Value>(name: string, integers: NumberValued<Value>): NumberAggregate<NonNullable<Value>, Value | null> {
  const node = nodeOf(integers);
  if (!INTEGERS.has(node.valueKind.castType))
    throw new UnsupportedAggregateError(
      name,
      'type',
      `${name} wants integers, not values of type ${node.valueKind.sqlType}. Cast them, or use another aggregate.`,
    );
  return made(name, [node], native(node.valueKind));
}

/** `bit_and(x)`, of integers. Errors: UNSUPPORTED_AGGREGATE with `type`. */
export const bitAnd = <Value>(integers: NumberValued<Value>): NumberAggregate<NonNullable<Value>, Value | null> =>
  bits('bit_and', integers);
/** `bit_or(x)`, of integers. Errors: UNSUPPORTED_AGGREGATE with `type`. */
export const bitOr = <Value>(integers: NumberValued<Value>): NumberAggregate<NonNullable<Value>, Value | null> => bits('bit_or', integers);
/** `bit_xor(x)`, of integers: a checksum that does not depend on the order. Errors: UNSUPPORTED_AGGREGATE with `type`. */
export const bitXor = <Value>(integers: NumberValued<Value>): NumberAggregate<NonNullable<Value>, Value | null> =>
  bits('bit_xor', integers);

/** A statistic over pairs of numbers, of which those with a NULL are left out. */
export type Statistic = NumberAggregate<number, number | null>;

const spread = (name: string, numbers: NumberValued<any>): Statistic => made(name, [nodeOf(numbers)], DOUBLE);

/** `stddev_samp(x)`: of a sample; NULL for fewer than two values. In double precision, as all statistics are. */
export const stddev = (numbers: NumberValued<any>): Statistic => spread('stddev_samp', numbers);
/** `stddev_samp(x)`: the same as `stddev`. */
export const stddevSamp = (numbers: NumberValued<any>): Statistic => spread('stddev_samp', numbers);
/** `stddev_pop(x)`: of the whole population. */
export const stddevPop = (numbers: NumberValued<any>): Statistic => spread('stddev_pop', numbers);
/** `var_samp(x)`: the square of `stddev`. */
export const variance = (numbers: NumberValued<any>): Statistic => spread('var_samp', numbers);
/** `var_samp(x)`: the same as `variance`. */
export const varSamp = (numbers: NumberValued<any>): Statistic => spread('var_samp', numbers);
/** `var_pop(x)`: the square of `stddevPop`. */
export const varPop = (numbers: NumberValued<any>): Statistic => spread('var_pop', numbers);

const pairs = (name: string, dependent: NumberValued<any>, independent: NumberValued<any>): Statistic =>
  made(name, [nodeOf(dependent), nodeOf(independent)], native(doubleKind));

/** `covar_pop(y, x)` */
export const covarPop = (y: NumberValued<any>, x: NumberValued<any>): Statistic => pairs('covar_pop', y, x);
/** `covar_samp(y, x)` */
export const covarSamp = (y: NumberValued<any>, x: NumberValued<any>): Statistic => pairs('covar_samp', y, x);
/** `corr(y, x)`: the correlation, from -1 to 1. */
export const corr = (y: NumberValued<any>, x: NumberValued<any>): Statistic => pairs('corr', y, x);
/** `regr_avgx(y, x)` */
export const regrAvgx = (y: NumberValued<any>, x: NumberValued<any>): Statistic => pairs('regr_avgx', y, x);
/** `regr_avgy(y, x)` */
export const regrAvgy = (y: NumberValued<any>, x: NumberValued<any>): Statistic => pairs('regr_avgy', y, x);
/** `regr_intercept(y, x)`: of the line through the pairs that fits best. */
export const regrIntercept = (y: NumberValued<any>, x: NumberValued<any>): Statistic => pairs('regr_intercept', y, x);
/** `regr_r2(y, x)` */
export const regrR2 = (y: NumberValued<any>, x: NumberValued<any>): Statistic => pairs('regr_r2', y, x);
/** `regr_slope(y, x)`: of the line through the pairs that fits best. */
export const regrSlope = (y: NumberValued<any>, x: NumberValued<any>): Statistic => pairs('regr_slope', y, x);
/** `regr_sxx(y, x)` */
export const regrSxx = (y: NumberValued<any>, x: NumberValued<any>): Statistic => pairs('regr_sxx', y, x);
/** `regr_sxy(y, x)` */
export const regrSxy = (y: NumberValued<any>, x: NumberValued<any>): Statistic => pairs('regr_sxy', y, x);
/** `regr_syy(y, x)` */
export const regrSyy = (y: NumberValued<any>, x: NumberValued<any>): Statistic => pairs('regr_syy', y, x);
/** `regr_count(y, x)`: the number of pairs of which neither is NULL. */
export const regrCount = (y: NumberValued<any>, x: NumberValued<any>): NumberAggregate<number> =>
  made('regr_count', [nodeOf(y), nodeOf(x)], native(countKind));

function ordered<Result>(name: string, direct: readonly Node[], by: Node, direction: unknown, kind: ValueKind): Result {
  if (direction !== 'asc' && direction !== 'desc')
    throw new ValidationError([{ path: 'direction', rule: 'type', message: "is 'asc' or 'desc'" }]);
  return made(name, direct, native(kind), { within: [{ by, direction }] });
}

/** Values with the operations of an order and no more: those of another package may not be a class that aggregates can extend. */
const orderedKind = (kind: ValueKind): ValueKind =>
  typeof kind.operations === 'string' ? kind : refineKind(kind, { operations: OrderedExpression });

function fractionNode(fraction: unknown): Node {
  if (typeof fraction !== 'number' || !(fraction >= 0 && fraction <= 1))
    throw new ValidationError([{ path: 'fraction', rule: 'range', message: 'must be from 0 to 1' }]);
  return value(fraction, doubleKind);
}

/**
 * `percentile_cont(fraction) WITHIN GROUP (ORDER BY x)`: the value at this fraction of all, between two values where it falls between them. 0.5 is the median.
 *
 * Errors: VALIDATION with `range` for a fraction outside of 0 to 1.
 */
export function percentileCont(
  fraction: number,
  numbers: NumberValued<any>,
  direction: Direction = 'asc',
): OrderedSetAggregate<number, number | null> {
  const by = nodeOf(numbers);
  return ordered(
    'percentile_cont',
    [fractionNode(fraction)],
    by,
    direction,
    by.valueKind.operations === 'interval' ? intervalKind : doubleKind,
  );
}

/**
 * `percentile_disc(fraction) WITHIN GROUP (ORDER BY x)`: the first value that has this fraction of all at or before it. For whatever has an order.
 *
 * Errors: VALIDATION with `range` for a fraction outside of 0 to 1.
 */
export function percentileDisc<Value>(
  fraction: number,
  expression: OrderedValued<Value>,
  direction: Direction = 'asc',
): OrderedSetAggregate<NonNullable<Value>, Value | null> {
  const by = nodeOf(expression);
  return ordered('percentile_disc', [fractionNode(fraction)], by, direction, orderedKind(by.valueKind));
}

/** `mode() WITHIN GROUP (ORDER BY x)`: the most frequent value; among equally frequent ones the first by `direction`. */
export function mode<Value>(
  expression: OrderedValued<Value>,
  direction: Direction = 'asc',
): OrderedSetAggregate<NonNullable<Value>, Value | null> {
  const by = nodeOf(expression);
  return ordered('mode', [], by, direction, orderedKind(by.valueKind));
}

/** A value that need not be there, and what it would be among those that are. */
function hypothetical(name: string, kind: ValueKind, given: unknown, among: object, direction: Direction): OrderedSetAggregate<number> {
  const by = nodeOf(among),
    { valueKind } = by,
    problem = valueKind.validate(given);
  if (problem !== null) throw new ValidationError(issuesOf('value', problem));
  return ordered(name, [value(given, valueKind)], by, direction, kind);
}

/** `rank(value) WITHIN GROUP (ORDER BY x)`: the place that the value would have, with gaps after equals. */
export const rankOf = <Value>(
  of: NonNullable<Value>,
  among: OrderedValued<Value>,
  direction: Direction = 'asc',
): OrderedSetAggregate<number> => hypothetical('rank', countKind, of, among, direction);
/** `dense_rank(value) WITHIN GROUP (ORDER BY x)`: the same without gaps. */
export const denseRankOf = <Value>(
  of: NonNullable<Value>,
  among: OrderedValued<Value>,
  direction: Direction = 'asc',
): OrderedSetAggregate<number> => hypothetical('dense_rank', countKind, of, among, direction);
/** `percent_rank(value) WITHIN GROUP (ORDER BY x)`: from 0 to 1. */
export const percentRankOf = <Value>(
  of: NonNullable<Value>,
  among: OrderedValued<Value>,
  direction: Direction = 'asc',
): OrderedSetAggregate<number> => hypothetical('percent_rank', doubleKind, of, among, direction);
/** `cume_dist(value) WITHIN GROUP (ORDER BY x)`: the fraction of values at or before it. */
export const cumeDistOf = <Value>(
  of: NonNullable<Value>,
  among: OrderedValued<Value>,
  direction: Direction = 'asc',
): OrderedSetAggregate<number> => hypothetical('cume_dist', doubleKind, of, among, direction);

/**
 * `grouping(a, b, ...)`, for rollup, cube and grouping sets: a bit for each key, the last one lowest, set where this row is a total over all values of the key. It tells
 * the NULL of a total from a NULL in the data.
 *
 * Errors: VALIDATION with `grouping` without a key or with more than 31.
 */
export function grouping(...keys: Valued<any>[]): NumberExpr<number> & GroupedOnly {
  if (keys.length === 0 || keys.length > 31)
    throw new ValidationError([{ path: '', rule: 'grouping', message: 'grouping wants one to 31 keys' }]);
  const node: AggregateNode = {
    kind: 'aggregate',
    name: 'grouping',
    operands: keys.map((key) => nodeOf(key)),
    isDistinct: false,
    orderBy: [],
    within: [],
    filter: null,
    valueKind: intKind,
  };
  return expressionOf(node) as unknown as NumberExpr<number> & GroupedOnly;
}
