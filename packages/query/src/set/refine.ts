// How a selection is refined: by filters, order, limits, distinct and projections. All checks happen here, before any SQL.

import {
  checkAggregates,
  isSameNode,
  OPERATORS,
  OrderExpression,
  booleanKind,
  nodeOf,
  nodes,
  predicateNode,
  strayColumn,
  type Node,
  type OrderTerm,
  type Place,
  type Source,
} from '@djogi/core/extension';
import { UnsupportedAggregateError, ValidationError, type Issue } from '@djogi/core';
import { hasRelated, NOTHING_RELATED } from './related.ts';
import { inScope, isActive, outOfScope } from './scope.ts';
import { bagOver, type Projection, type Selection } from './selection.ts';

const { operation } = nodes;

const FILTER: Place = { name: 'filter', allowsAggregates: false, allowsWindows: false };
/** Whatever is computed for single rows, after the filter. */
export const ROW: Place = { name: 'a single row', allowsAggregates: false, allowsWindows: true };

export type Callback = (bag: any) => unknown;

export function refuse(selection: Selection, rule: string, message: string): never {
  throw new ValidationError([{ path: '', rule, message }], { model: selection.runtime.table });
}

/** What a callback gives for the selection's bag, or for other ones over the same source. */
export function given(selection: Selection, callback: unknown, ...bags: readonly unknown[]): unknown {
  if (typeof callback !== 'function')
    return refuse(
      selection,
      'callback',
      `a function of the model's fields is wanted here, not ${callback === null ? 'null' : typeof callback}`,
    );
  const [first = bagOver(selection), ...others] = bags;
  return inScope(selection.source, () => (callback as (...bags: unknown[]) => unknown)(first, ...others));
}

const listOf = (one: unknown): readonly unknown[] => (Array.isArray(one) ? one : [one]);

/** The node itself, which may read the rows of its own query, of those around it, and of `others`. */
export function scoped(selection: Selection, node: Node, place: Place, others: readonly Source[] = []): Node {
  checkAggregates(node, place);
  checkOwnAggregates(selection, node);
  const stray = outOfScope(node, [selection.source, ...others]);
  return stray === null
    ? node
    : refuse(
        selection,
        'scope',
        `a callback uses ${stray.property} of another query: a bag belongs to the query that gave it, and to those nested in its callbacks`,
      );
}

/** In SQL, an aggregate over columns of an outer query alone is one of that query, wherever it is written: nobody who writes it here means that. */
function checkOwnAggregates(selection: Selection, node: Node): void {
  if (node.kind === 'aggregate') {
    const isOwn = strayColumn(node, (source) => source !== selection.source) !== null,
      stray = strayColumn(node, (source) => source === selection.source);
    if (!isOwn && stray !== null && isActive(stray.source))
      throw new UnsupportedAggregateError(
        node.name,
        'scope',
        `${node.name} in a query over ${selection.runtime.table} uses ${stray.property} of a query around it and nothing of its own: SQL computes it over the rows of that one. Compute it there.`,
      );
    return;
  }
  // A window function may be given whatever it likes.
  const inner = node.kind === 'window' ? [...nodes.operandsOf(node.of), ...nodes.operandsOf(node).slice(1)] : nodes.operandsOf(node);
  for (const operand of inner) checkOwnAggregates(selection, operand);
}

export function filtered(selection: Selection, callbacks: readonly Callback[], isExcluded: boolean): Selection {
  const added = callbacks.map((callback) => {
    const node = scoped(selection, predicateNode(given(selection, callback)), FILTER);
    return isExcluded ? operation(OPERATORS.not, [node], booleanKind) : node;
  });
  return { ...selection, where: [...selection.where, ...added] };
}

/** The sort keys among what a callback gave. */
export function orderTerms(selection: Selection, orders: unknown, place: Place): OrderTerm[] {
  return listOf(orders).map((order): OrderTerm => {
    if (!(order instanceof OrderExpression)) return refuse(selection, 'order', 'orderBy wants .asc() or .desc() of an expression');
    if (order.term.by.kind === 'value') return refuse(selection, 'order', 'ordering by a constant orders nothing');
    scoped(selection, order.term.by, place);
    return order.term;
  });
}

/** `bag` is what the callback receives, where that is more than the fields. */
export function ordered(selection: Selection, by: Callback, replaces: boolean, ...bag: readonly unknown[]): Selection {
  const terms = orderTerms(selection, given(selection, by, ...bag), ROW);
  return {
    ...selection,
    orderBy: replaces ? [...selection.orderBy.slice(0, selection.orderPrefix), ...terms] : [...selection.orderBy, ...terms],
  };
}

/** The sort key from its other end. */
export const reversedTerm = ({ by, direction, nulls }: OrderTerm): OrderTerm => ({
  by,
  direction: direction === 'asc' ? 'desc' : 'asc',
  ...(nulls === undefined ? {} : { nulls: nulls === 'first' ? 'last' : 'first' }),
});

/** The other way round, NULLs included. `method` is for messages. */
export function reversed(selection: Selection, method: string): Selection {
  if (selection.orderBy.length === 0) refuse(selection, 'order', `${method} needs an ordering to turn round: call orderBy first`);
  return { ...selection, orderBy: selection.orderBy.map(reversedTerm) };
}

const MAX_INT64 = 2n ** 63n - 1n;

/** What is wrong with a number of rows, or null. */
export function countProblem(count: unknown, name: string): Issue | null {
  const isCount = typeof count === 'bigint' ? count >= 0n && count <= MAX_INT64 : Number.isSafeInteger(count) && (count as number) >= 0;
  return isCount ? null : { path: '', rule: 'range', message: `${name} wants an integer that is not negative` };
}

export function checkCount(selection: Selection, count: unknown, name: string): number | bigint {
  const problem = countProblem(count, name);
  return problem === null ? (count as number | bigint) : refuse(selection, problem.rule, problem.message);
}

export const limited = (selection: Selection, count: unknown): Selection => ({
  ...selection,
  limit: checkCount(selection, count, 'limit'),
});
export const skipped = (selection: Selection, count: unknown): Selection => ({
  ...selection,
  offset: checkCount(selection, count, 'offset'),
});
export const distinctRows = (selection: Selection): Selection => ({ ...selection, distinct: true });

export function distinctOn(selection: Selection, on: Callback): Selection {
  const by = listOf(given(selection, on)).map((expression) => scoped(selection, nodeOf(expression as object), ROW));
  if (by.length === 0) refuse(selection, 'distinct_on', 'distinctOn needs at least one expression');
  return { ...selection, distinct: by };
}

/**
 * Postgres wants the DISTINCT ON expressions first in the ordering (42P10); said here, with the cause. An ordering that ends before all of them
 * have come is fine: the rest are sorted by after it.
 */
export function checkDistinctOn(selection: Selection): void {
  const { distinct, orderBy } = selection;
  if (distinct === undefined || distinct === true || orderBy.length === 0) return;
  const leading = orderBy.findIndex((term) => !distinct.some((node) => isSameNode(node, term.by)));
  if (leading < 0) return;
  const hasAll = distinct.every((node) => orderBy.slice(0, leading).some((term) => isSameNode(node, term.by)));
  if (!hasAll) refuse(selection, 'distinct_on', 'the expressions of distinctOn must come first in orderBy');
}

/** An audience reads, and decides nothing about the rows. */
export function refuseVisage(selection: Selection, method: string): void {
  if (selection.runtime.visage !== null)
    refuse(selection, 'visage', `a visage is only read, and shows what it shows: ${method} belongs to query(Model)`);
}

/** What was asked to come along with the rows does not with anything else. The peers of a visage nobody asked for. */
export function refuseRelated(selection: Selection, method: string): void {
  const { joins, batches } = selection.related;
  if (selection.runtime.visage !== null) return;
  if (joins.length > 0) refuse(selection, 'related', `${method} does not give the rows that selectRelated would load for: leave it out`);
  if (batches.length > 0) refuse(selection, 'related', `${method} does not give the rows that prefetch would load for: leave it out`);
}

/** The rows without anything beside them. Refuses what was asked to come along; the peers of a visage stay behind. */
export function alone(selection: Selection, method: string): Selection {
  refuseRelated(selection, method);
  return hasRelated(selection.related) ? { ...selection, related: NOTHING_RELATED } : selection;
}

export function projected(selection: Selection, shape: Callback, as: Projection['as']): Selection {
  const method = as === 'tuple' ? 'selectTuple' : 'select',
    rows = alone(selection, method);
  return { ...rows, projection: projectionOf(rows, given(rows, shape), as, { method, place: ROW }) };
}

/** What is chosen by an object or a list of expressions. `others` are sources that they may read besides that of the selection. */
export function projectionOf(
  selection: Selection,
  chosen: unknown,
  as: Projection['as'],
  { method, place, others }: { readonly method: string; readonly place: Place; readonly others?: readonly Source[] },
): Projection {
  if (typeof chosen !== 'object' || chosen === null || Array.isArray(chosen) !== (as === 'tuple'))
    return refuse(selection, 'projection', `${method} wants ${as === 'tuple' ? 'a list' : 'an object'} of expressions`);
  const names = Object.keys(chosen);
  if (names.length === 0) refuse(selection, 'projection', `${method} needs at least one expression`);
  const expressions = Object.values(chosen).map((expression) => scoped(selection, nodeOf(expression as object), place, others));
  return { as, names, nodes: expressions };
}

const NEVER = operation(OPERATORS.false, [], booleanKind);

/** Drops what was chained so far. FALSE stands in the filter for `toSql`, `explain` and `predicate`; the terminals send nothing. */
export const emptied = (selection: Selection): Selection => ({
  ...selection,
  where: [NEVER],
  orderBy: [],
  orderPrefix: 0,
  limit: undefined,
  offset: undefined,
  distinct: undefined,
  lock: undefined,
  isNone: true,
});
