// Aggregates: what they look like to user code, how they are called, and where they may stand. The functions that make them are in `aggregate-functions.ts`;
// those that are methods of expressions are called from `operations.ts`.

import type { Temporal } from 'temporal-spec';
import { UnsupportedAggregateError } from '../error/aggregate-error.ts';
import { decimalKind } from '../value/decimal.ts';
import type { AggregateResult, OperationClass, ValueKind } from '../value/kind.ts';
import { booleanKind, countKind } from '../value/number.ts';
import { textKind } from '../value/text.ts';
import type { Expr, IntervalExpr, MomentExpr, NumberExpr, Order, Predicate, ScalarOps, Valued } from './expression.ts';
import { cast, operation, operandsOf, type AggregateNode, type ColumnNode, type Node, type WindowNode } from './node.ts';
import { OPERATORS } from './operators.ts';
import { substituted } from './substitution.ts';
import { orderTerms, windowNode, type Reading, type Window } from './window-frame.ts';

/** What an aggregate can be told before it is used. Each gives a new one. */
export interface AggregateModifiers<Windowed> {
  /** `FILTER (WHERE ...)`: only the rows for which it is true. The last one counts. */
  filter(where: Predicate): this;
  /** `f(DISTINCT x)`: each value once. Errors: UNSUPPORTED_AGGREGATE together with `over`. */
  distinct(): this;
  /** `f(x ORDER BY ...)`: in which order the values are taken, where that matters. Errors: UNSUPPORTED_AGGREGATE together with `over`. */
  orderBy(...by: Order[]): this;
  /** `f(x) OVER (...)`: for each row, over the rows of its window; without an argument, over all rows. Errors: VALIDATION with `window` or `frame`. */
  over(window?: Window): Windowed;
}

/** What a window function, or an aggregate over a window, gives for a row. */
export interface WindowExpr<Value, Result = Value> extends Expr<Result>, ScalarOps<Value> {}

/** One value for many rows. `Value` is what it is compared with, `Result` what is read, null included. */
export interface Aggregate<Value, Result = Value> extends Expr<Result>, ScalarOps<Value>, AggregateModifiers<WindowExpr<Value, Result>> {}
export interface NumberAggregate<Value, Result = Value> extends NumberExpr<Value, Result>, AggregateModifiers<NumberExpr<Value, Result>> {}
export interface MomentAggregate<Value, Result = Value> extends MomentExpr<Value, Result>, AggregateModifiers<MomentExpr<Value, Result>> {}
export interface IntervalAggregate<Result = Temporal.Duration> extends IntervalExpr<Result>, AggregateModifiers<IntervalExpr<Result>> {}
/** The number of rows: there is nothing to be distinct or in order. */
export interface RowCount extends NumberExpr<number>, Pick<AggregateModifiers<NumberExpr<number>>, 'over'> {
  /** `FILTER (WHERE ...)`: only the rows for which it is true. The last one counts. */
  filter(where: Predicate): this;
}

declare const groupedOnly: unique symbol;
/** What has no meaning for a single row: aggregates that order a whole group, and `grouping`. */
export interface GroupedOnly {
  readonly [groupedOnly]: true;
}
/** What may be annotated to single rows. */
export interface RowValued extends Valued<any> {
  readonly [groupedOnly]?: never;
}
export interface OrderedSetAggregate<Value, Result = Value> extends Expr<Result>, ScalarOps<Value>, GroupedOnly {
  /** `FILTER (WHERE ...)`: only the rows for which it is true. The last one counts. */
  filter(where: Predicate): this;
}

/** Averages of integers are doubles; those of decimals are exact, as the column is. */
export type Average<Value> = [Value] extends [number | bigint]
  ? NumberAggregate<number, number | null>
  : NumberAggregate<Value, Value | null>;

/**
 * An aggregate on its way: the node, what stands around it in the end (a cast, which must come after FILTER and OVER), and a filter of its own that every other
 * one is added to.
 */
export interface AggregateCall {
  readonly aggregate: AggregateNode;
  readonly wrap: (node: AggregateNode | WindowNode) => Node;
  readonly required: Node | null;
}

const unwrapped = (node: Node): Node => node;

/** `name(operands)`, cast to the type of the result where Postgres gives another one. */
export function aggregateCall(
  name: string,
  operands: readonly Node[] | null,
  { kind, isCast }: AggregateResult,
  facts: Partial<Pick<AggregateNode, 'orderBy' | 'within' | 'filter'>> = {},
): AggregateCall {
  const aggregate: AggregateNode = {
    kind: 'aggregate',
    name,
    operands,
    isDistinct: false,
    orderBy: [],
    within: [],
    filter: null,
    valueKind: kind,
    ...facts,
  };
  return { aggregate, wrap: isCast ? (node) => cast(node, kind) : unwrapped, required: aggregate.filter };
}

const native = (kind: ValueKind): AggregateResult => ({ kind, isCast: false });

export const countCall = (operands: readonly Node[] | null): AggregateCall => aggregateCall('count', operands, native(countKind));

export const sumCall = (node: Node): AggregateCall =>
  aggregateCall('sum', [node], node.valueKind.aggregation?.sum?.() ?? native(node.valueKind));

/** `exact`: numeric, which is what the average of integers is before it is made a double. */
export function averageCall(node: Node, { exact = false }: { readonly exact?: boolean } = {}): AggregateCall {
  const average = node.valueKind.aggregation?.average?.() ?? native(node.valueKind),
    anyDecimal = decimalKind({});
  if (!exact || average.kind.castType === anyDecimal.castType) return aggregateCall('avg', [node], average);
  // What is no cast is computed in floating point from the start.
  if (!average.isCast)
    throw new UnsupportedAggregateError(
      'avg',
      'inexact',
      `The average of ${node.valueKind.sqlType} is computed in floating point and has no exact form. Leave { exact: true } out.`,
    );
  return aggregateCall('avg', [node], native(anyDecimal));
}

export function extremeCall(which: 'min' | 'max', node: Node): AggregateCall {
  const { valueKind } = node,
    extremes = valueKind.aggregation?.extremes ?? { min: 'min', max: 'max' };
  if (extremes === 'sorted') return firstCall(node, which === 'min' ? 'asc' : 'desc');
  return aggregateCall(extremes[which], [extremes.asText === true ? cast(node, textKind) : node], {
    kind: valueKind,
    isCast: extremes.isCast === true,
  });
}

/** `(array_agg(x ORDER BY x) FILTER (WHERE x IS NOT NULL))[1]` */
function firstCall(node: Node, direction: 'asc' | 'desc'): AggregateCall {
  const sorted = aggregateCall('array_agg', [node], native(node.valueKind), {
    orderBy: [{ by: node, direction }],
    filter: operation(OPERATORS.isNotNull, [node], booleanKind),
  });
  return { ...sorted, wrap: (all) => operation(OPERATORS.firstElement, [all], node.valueKind) };
}

const callKey: unique symbol = Symbol.for('djogi.aggregate') as never;

/** A class of expressions that are aggregates: constructed over a call. */
export type AggregateClass = new (call: AggregateCall) => object;
const classes = new WeakMap<OperationClass, AggregateClass>();

/** The aggregates among the expressions of `Base`: the operations of the result, and the modifiers. */
export function aggregateClass(Base: OperationClass, reading: Reading): AggregateClass {
  let known = classes.get(Base);
  if (known === undefined) classes.set(Base, (known = madeClass(Base, reading)));
  return known;
}

function madeClass(Base: OperationClass, reading: Reading): AggregateClass {
  class AggregateExpression extends Base {
    readonly [callKey]: AggregateCall;
    constructor(call: AggregateCall) {
      const node = call.wrap(call.aggregate);
      super(node, node.valueKind);
      this[callKey] = call;
    }
    filter(where: unknown): object {
      const { required } = this[callKey],
        given = reading.predicateNode(where);
      return this.#with({ filter: required === null ? given : operation(OPERATORS.and, [required, given], booleanKind) });
    }
    distinct(): object {
      const { name, operands, within } = this[callKey].aggregate;
      if (within.length > 0)
        throw new UnsupportedAggregateError(name, 'distinct', `${name} takes all values of the group. Leave distinct out.`);
      if (operands === null)
        throw new UnsupportedAggregateError(
          name,
          'distinct',
          `${name}(*) counts rows, which are never the same. Count an expression: m.field.count().distinct().`,
        );
      return this.#with({ isDistinct: true });
    }
    orderBy(...by: unknown[]): object {
      const { name, operands, within, orderBy } = this[callKey].aggregate;
      if (within.length > 0)
        throw new UnsupportedAggregateError(name, 'order', `${name} is told its order when it is made. Leave orderBy out.`);
      if (operands === null)
        throw new UnsupportedAggregateError(name, 'order', `${name}(*) counts rows, in whatever order. Leave orderBy out.`);
      return this.#with({ orderBy: [...orderBy, ...orderTerms(by, 'orderBy')] });
    }
    over(window: unknown = {}): object {
      const { aggregate, wrap } = this[callKey],
        problem = windowProblem(aggregate);
      if (problem !== null) throw problem;
      const node = wrap(windowNode(aggregate, window, reading));
      return new Base(node, node.valueKind);
    }
    #with(facts: Partial<AggregateNode>): object {
      const call = this[callKey];
      return new AggregateExpression({ ...call, aggregate: { ...call.aggregate, ...facts } });
    }
  }
  return AggregateExpression;
}

/** Why an aggregate cannot be asked for each row, or null. */
function windowProblem({ name, isDistinct, orderBy, within }: AggregateNode): UnsupportedAggregateError | null {
  const refused = (reason: string, what: string): UnsupportedAggregateError =>
    new UnsupportedAggregateError(
      name,
      reason,
      `${name} ${what} cannot be computed over a window, which is what it is beside single rows. Use it with groupBy or aggregate.`,
    );
  if (name === 'grouping') return refused('window', 'speaks of groups and');
  if (within.length > 0) return refused('window', 'orders a whole group and');
  return isDistinct ? refused('distinct', 'of distinct values') : orderBy.length > 0 ? refused('order', 'with an order of its own') : null;
}

/** The expression with each aggregate in it over a window of all rows: how an aggregate stands beside single rows. Errors: UNSUPPORTED_AGGREGATE. */
export function overAllRows(node: Node): Node {
  return substituted(node, (inner) => {
    if (inner.kind === 'window') return inner;
    if (inner.kind !== 'aggregate') return null;
    const problem = windowProblem(inner);
    if (problem !== null) throw problem;
    return { kind: 'window', of: inner, partitionBy: [], orderBy: [], frame: null, valueKind: inner.valueKind };
  });
}

/** Whether there is an aggregate in it that is no window's: then it is of a group and not of a row. */
export function hasAggregate(node: Node): boolean {
  if (node.kind === 'window') return [...operandsOf(node.of), ...operandsOf(node).slice(1)].some(hasAggregate);
  return node.kind === 'aggregate' || operandsOf(node).some(hasAggregate);
}

/** Where an expression stands: which functions SQL has there. `name` is for messages: `filter`, `a group key`. */
export interface Place {
  readonly name: string;
  readonly allowsAggregates: boolean;
  readonly allowsWindows: boolean;
}

/**
 * Refuses aggregates and window functions where SQL does not have them, inside each other, or modified in a way that the server would refuse.
 *
 * Errors: UNSUPPORTED_AGGREGATE, with the reason `place`, `nested` or `distinct`.
 */
export function checkAggregates(node: Node, place: Place): void {
  switch (node.kind) {
    case 'aggregate':
      if (!place.allowsAggregates)
        refuse(
          node.name,
          'place',
          `${node.name} is an aggregate, and ${place.name} is asked of single rows. Use it in annotate, aggregate or having.`,
        );
      checkDistinct(node);
      for (const operand of operandsOf(node)) checkInside(operand, node.name, false);
      return;
    case 'window':
      if (!place.allowsWindows)
        refuse(
          node.of.name,
          'place',
          `${node.of.name} over a window is not known before ${place.name}. Annotate it, and put a condition on it in qualify.`,
        );
      // A window is laid over the groups when there are any, so that aggregates of these may be inside.
      for (const operand of [...operandsOf(node.of), ...operandsOf(node).slice(1)])
        checkInside(operand, node.of.name, place.allowsAggregates);
      return;
    default:
      for (const operand of operandsOf(node)) checkAggregates(operand, place);
  }
}

function checkInside(node: Node, outer: string, allowsAggregates: boolean): void {
  if (node.kind === 'window' || (node.kind === 'aggregate' && !allowsAggregates))
    refuse(
      outer,
      'nested',
      `${(node.kind === 'window' ? node.of : node).name} stands inside of ${outer}, and SQL does not nest them here. Compute the inner one in a query of its own.`,
    );
  if (node.kind === 'aggregate') checkAggregates(node, { name: outer, allowsAggregates, allowsWindows: false });
  else for (const operand of operandsOf(node)) checkInside(operand, outer, allowsAggregates);
}

function refuse(op: string, reason: string, message: string): never {
  throw new UnsupportedAggregateError(op, reason, message);
}

function checkDistinct({ name, isDistinct, operands, orderBy }: AggregateNode): void {
  if (!isDistinct) return;
  const isOrdered = orderBy.length > 0,
    [first] = operands ?? [];
  if (name === 'string_agg' && !isOrdered)
    refuse(name, 'distinct', 'string_agg of distinct values has no order unless it is told one. Add orderBy with the same expression.');
  if (isOrdered && !orderBy.every(({ by }) => first !== undefined && isSameNode(by, first)))
    refuse(name, 'distinct', `${name} of distinct values can only be ordered by these values. Order by the expression that it is given.`);
}

/** Whether two nodes are the same expression: what Postgres asks of a group key, too. Values are the same only when they are one node. */
export function isSameNode(left: Node, right: Node): boolean {
  if (left === right) return true;
  if (left.kind !== right.kind) return false;
  if (left.kind === 'column') return left.source === (right as ColumnNode).source && left.column === (right as ColumnNode).column;
  if (left.kind === 'constant' || left.kind === 'sql') return left.text === (right as typeof left).text;
  const inner = operandsOf(left),
    others = operandsOf(right);
  if (inner.length !== others.length || !inner.every((operand, at) => isSameNode(operand, others[at]!))) return false;
  switch (left.kind) {
    case 'operation':
      return left.operator === (right as typeof left).operator;
    case 'cast':
      return left.valueKind.castType === right.valueKind.castType;
    case 'case':
      return left.branches.length === (right as typeof left).branches.length;
    default:
      return false;
  }
}

/**
 * What an aggregate gives when there is no row at all, as far as it is known without asking: 0 for a count, null for all others. undefined for everything else,
 * an expression over aggregates included.
 */
export function valueOfNoRows(node: Node): 0 | null | undefined {
  const aggregate =
    node.kind === 'cast' || (node.kind === 'operation' && node.operator === OPERATORS.firstElement) ? operandsOf(node)[0]! : node;
  if (aggregate.kind !== 'aggregate') return undefined;
  if (aggregate.name === 'count' || aggregate.name === 'regr_count') return 0;
  return aggregate.within.length > 0 && aggregate.name !== 'mode' && !aggregate.name.startsWith('percentile_') ? undefined : null;
}
