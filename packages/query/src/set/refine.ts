// How a selection is refined: by filters, order, limits, distinct and projections. All checks happen here, before any SQL.

import { OPERATORS, OrderExpression, booleanKind, nodeOf, nodes, predicateNode, type Node, type OrderTerm } from '@djogi/core/extension';
import { ValidationError } from '@djogi/core';
import { inScope, outOfScope } from './scope.ts';
import { bagOver, type Projection, type Selection } from './selection.ts';

const { operation } = nodes;

export type Callback = (bag: any) => unknown;

function refuse(selection: Selection, rule: string, message: string): never {
  throw new ValidationError([{ path: '', rule, message }], { model: selection.runtime.table });
}

/** What a callback gives for the selection's bag. */
export function given(selection: Selection, callback: unknown): unknown {
  if (typeof callback !== 'function')
    return refuse(
      selection,
      'callback',
      `a function of the model's fields is wanted here, not ${callback === null ? 'null' : typeof callback}`,
    );
  return inScope(selection.source, () => (callback as Callback)(bagOver(selection)));
}

const listOf = (one: unknown): readonly unknown[] => (Array.isArray(one) ? one : [one]);

/** The node itself, which may read the rows of its own query and of those around it. */
export function scoped(selection: Selection, node: Node): Node {
  const stray = outOfScope(node, [selection.source]);
  return stray === null
    ? node
    : refuse(
        selection,
        'scope',
        `a callback uses ${stray.property} of another query: a bag belongs to the query that gave it, and to those nested in its callbacks`,
      );
}

export function filtered(selection: Selection, callbacks: readonly Callback[], isExcluded: boolean): Selection {
  const added = callbacks.map((callback) => {
    const node = scoped(selection, predicateNode(given(selection, callback)));
    return isExcluded ? operation(OPERATORS.not, [node], booleanKind) : node;
  });
  return { ...selection, where: [...selection.where, ...added] };
}

export function ordered(selection: Selection, by: Callback, replaces: boolean): Selection {
  const terms = listOf(given(selection, by)).map((order): OrderTerm => {
    if (!(order instanceof OrderExpression)) return refuse(selection, 'order', 'orderBy wants .asc() or .desc() of an expression');
    if (order.term.by.kind === 'value') return refuse(selection, 'order', 'ordering by a constant orders nothing');
    scoped(selection, order.term.by);
    return order.term;
  });
  return {
    ...selection,
    orderBy: replaces ? [...selection.orderBy.slice(0, selection.orderPrefix), ...terms] : [...selection.orderBy, ...terms],
  };
}

const MAX_INT64 = 2n ** 63n - 1n;

function checkCount(selection: Selection, count: unknown, name: string): number | bigint {
  const isCount = typeof count === 'bigint' ? count >= 0n && count <= MAX_INT64 : Number.isSafeInteger(count) && (count as number) >= 0;
  return isCount ? (count as number | bigint) : refuse(selection, 'range', `${name} wants an integer that is not negative`);
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
  const by = listOf(given(selection, on)).map((expression) => scoped(selection, nodeOf(expression as object)));
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
  const leading = orderBy.findIndex((term) => !distinct.some((node) => isSame(node, term.by)));
  if (leading < 0) return;
  const hasAll = distinct.every((node) => orderBy.slice(0, leading).some((term) => isSame(node, term.by)));
  if (!hasAll) refuse(selection, 'distinct_on', 'the expressions of distinctOn must come first in orderBy');
}

function isSame(left: Node, right: Node): boolean {
  if (left === right) return true;
  if (left.kind === 'column') return right.kind === 'column' && left.source === right.source && left.column === right.column;
  if (left.kind === 'sql') return right.kind === 'sql' && left.text === right.text;
  if (left.kind === 'cast')
    return right.kind === 'cast' && left.valueKind.castType === right.valueKind.castType && isSame(left.operand, right.operand);
  if (left.kind !== 'operation' || right.kind !== 'operation') return false;
  return (
    left.operator === right.operator &&
    left.operands.length === right.operands.length &&
    left.operands.every((operand, at) => isSame(operand, right.operands[at]!))
  );
}

export function projected(selection: Selection, shape: Callback, as: Projection['as']): Selection {
  const chosen = given(selection, shape) as Record<string, unknown> | readonly unknown[] | null;
  if (typeof chosen !== 'object' || chosen === null || Array.isArray(chosen) !== (as === 'tuple'))
    return refuse(
      selection,
      'projection',
      as === 'tuple' ? 'selectTuple wants a list of expressions' : 'select wants an object of expressions',
    );
  const names = Object.keys(chosen);
  if (names.length === 0) refuse(selection, 'projection', 'select needs at least one expression');
  const expressions = Object.values(chosen).map((expression) => scoped(selection, nodeOf(expression as object)));
  return { ...selection, projection: { as, names, nodes: expressions } };
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
  isNone: true,
});
