// Functions that exist over a window only: places in an order, and values of other rows.

import { ValidationError } from '../error/value-error.ts';
import type { ValueKind } from '../value/kind.ts';
import { countKind, doubleKind, intKind } from '../value/number.ts';
import type { WindowExpr } from './aggregate.ts';
import type { NumberExpr, Valued } from './expression.ts';
import { value, type AggregateNode, type Node } from './node.ts';
import { expressionOf, lift, nodeOf, predicateNode } from './operations.ts';
import { windowNode, type Window } from './window-frame.ts';

/** A window function before it is told its window. */
export interface WindowFunction<Result> {
  /** `f(...) OVER (...)`. Errors: VALIDATION with `window` or `frame`. */
  over(window: Window): Result;
}

function windowFunction<Result>(name: string, operands: readonly Node[], valueKind: ValueKind): WindowFunction<Result> {
  const of: AggregateNode = { kind: 'aggregate', name, operands, isDistinct: false, orderBy: [], within: [], filter: null, valueKind };
  return Object.freeze({ over: (window: Window) => expressionOf(windowNode(of, window, { nodeOf, predicateNode })) as Result });
}

/** `row_number()`: 1, 2, 3, ... in the window's order. */
export const rowNumber = (): WindowFunction<NumberExpr<number>> => windowFunction('row_number', [], countKind);
/** `rank()`: equals have the same rank, and leave a gap. */
export const rank = (): WindowFunction<NumberExpr<number>> => windowFunction('rank', [], countKind);
/** `dense_rank()`: equals have the same rank, without gaps. */
export const denseRank = (): WindowFunction<NumberExpr<number>> => windowFunction('dense_rank', [], countKind);
/** `percent_rank()`: `(rank - 1) / (rows - 1)`, 0 for a single row. */
export const percentRank = (): WindowFunction<NumberExpr<number>> => windowFunction('percent_rank', [], doubleKind);
/** `cume_dist()`: the fraction of the rows at or before this one. */
export const cumeDist = (): WindowFunction<NumberExpr<number>> => windowFunction('cume_dist', [], doubleKind);

const MAX_INT32 = 2 ** 31 - 1;

function countNode(count: unknown, path: string, least: number): Node {
  if (!Number.isInteger(count) || (count as number) < least || (count as number) > MAX_INT32)
    throw new ValidationError([{ path, rule: 'range', message: `must be an integer from ${least} to ${MAX_INT32}` }]);
  return value(count, intKind);
}

/** `ntile(buckets)`: the bucket of the row, from 1, when all are spread over so many as evenly as possible. */
export const ntile = (buckets: number): WindowFunction<NumberExpr<number>> =>
  windowFunction('ntile', [countNode(buckets, 'buckets', 1)], intKind);

function ofNeighbour(name: string, expression: object, offset: number, fallback: readonly unknown[]): WindowFunction<never> {
  const node = nodeOf(expression);
  const instead = fallback.length === 0 ? [] : [lift(fallback[0], node.valueKind, 'fallback')];
  return windowFunction(name, [node, countNode(offset, 'offset', 0), ...instead], node.valueKind);
}

/** `lag(x, offset, fallback)`: the value of the row so many places before; `fallback`, or null, where there is none. */
export function lag<Value>(expression: Valued<Value>, offset?: number): WindowFunction<WindowExpr<NonNullable<Value>, Value | null>>;
export function lag<Value>(
  expression: Valued<Value>,
  offset: number,
  fallback: NonNullable<NoInfer<Value>>,
): WindowFunction<WindowExpr<NonNullable<Value>, Value>>;
export function lag(expression: object, offset = 1, ...fallback: unknown[]): WindowFunction<never> {
  return ofNeighbour('lag', expression, offset, fallback);
}

/** `lead(x, offset, fallback)`: the value of the row so many places after; `fallback`, or null, where there is none. */
export function lead<Value>(expression: Valued<Value>, offset?: number): WindowFunction<WindowExpr<NonNullable<Value>, Value | null>>;
export function lead<Value>(
  expression: Valued<Value>,
  offset: number,
  fallback: NonNullable<NoInfer<Value>>,
): WindowFunction<WindowExpr<NonNullable<Value>, Value>>;
export function lead(expression: object, offset = 1, ...fallback: unknown[]): WindowFunction<never> {
  return ofNeighbour('lead', expression, offset, fallback);
}

function ofFrame<Value>(
  name: string,
  expression: Valued<Value>,
  ...more: Node[]
): WindowFunction<WindowExpr<NonNullable<Value>, Value | null>> {
  const node = nodeOf(expression);
  return windowFunction(name, [node, ...more], node.valueKind);
}

/** `first_value(x)`: of the first row of the frame; null when the frame is empty. */
export const firstValue = <Value>(expression: Valued<Value>): WindowFunction<WindowExpr<NonNullable<Value>, Value | null>> =>
  ofFrame('first_value', expression);
/** `last_value(x)`: of the last row of the frame, which without one is the last that equals the current one. */
export const lastValue = <Value>(expression: Valued<Value>): WindowFunction<WindowExpr<NonNullable<Value>, Value | null>> =>
  ofFrame('last_value', expression);
/** `nth_value(x, n)`: of the n-th row of the frame, counted from 1; null when there are fewer. */
export const nthValue = <Value>(expression: Valued<Value>, n: number): WindowFunction<WindowExpr<NonNullable<Value>, Value | null>> =>
  ofFrame('nth_value', expression, countNode(n, 'n', 1));
