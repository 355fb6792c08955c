// A set as part of an expression of another query: one column of it, one value of it, or whether it has rows. Inside a callback the nested set may use the
// bag of that callback, which makes the subquery a correlated one.

import {
  conjunctionOf,
  expressionOf,
  hasAggregate,
  intKind,
  mayBeNull,
  nodeOf,
  nodes,
  SubqueryRows,
  type Node,
  type Place,
  type SelectStatement,
} from '@djogi/core/extension';
import { ValidationError } from '@djogi/core';
import { selectStatement } from '../set/lower.ts';
import { refuseLock } from '../set/lock.ts';
import { checkGrouped } from '../set/group-check.ts';
import { modifierOf } from '../set/modifier.ts';
import { alone, given, scoped, type Callback } from '../set/refine.ts';
import type { Selection } from '../set/selection.ts';

const { sqlText, subquery } = nodes;

/** `SELECT 1 FROM ... WHERE ...`, for EXISTS. */
export function existsStatement(selection: Selection): SelectStatement {
  refuseModifiers(selection, 'exists asks whether there is a row');
  return bare(selection, sqlText('1', intKind));
}

/** One column of all rows, for IN, ANY and ALL. */
export function asSubquery(selection: Selection, column: Callback): SubqueryRows {
  refuseModifiers(selection, 'asSubquery is about all rows, in no order');
  const node = chosen(selection, column, 'asSubquery');
  return new SubqueryRows(subquery(bare(selection, node), node.valueKind), mayBeNull(node));
}

/** `(SELECT column FROM ... ORDER BY ... LIMIT ...)`, NULL without a row; an aggregate is over all rows. */
export function asScalar(of: Selection, column: Callback): unknown {
  const selection = alone(of, 'a subquery');
  const node = chosen(selection, column, 'asScalar');
  if (hasAggregate(node)) {
    refuseModifiers(selection, 'asScalar of an aggregate is about all rows');
    return expressionOf(subquery(bare(selection, node), node.valueKind));
  }
  refuseLock(selection, 'asScalar');
  const statement = selectStatement({ ...selection, projection: { as: 'tuple', names: ['0'], nodes: [node] } });
  return expressionOf(subquery(statement, node.valueKind));
}

const VALUE: Place = { name: 'a subquery', allowsAggregates: true, allowsWindows: true };

function chosen(selection: Selection, column: Callback, method: string): Node {
  const node = scoped(selection, nodeOf(given(selection, column) as object), VALUE);
  if (hasAggregate(node)) checkGrouped(selection, node, [], method);
  return node;
}

/** The order of a proxy is nobody's wish here. */
function bare({ source, where }: Selection, projection: Node): SelectStatement {
  return { kind: 'select', from: source, projection: [projection], where: conjunctionOf(where), orderBy: [] };
}

/** What would be dropped is refused: it was written for a reason that would not come true. */
function refuseModifiers(selection: Selection, about: string): void {
  const modifier = modifierOf(alone(selection, 'a subquery'));
  if (modifier === null) return;
  throw new ValidationError(
    [{ path: '', rule: 'subquery', message: `${about}: leave ${modifier} out, it would change nothing or be wrong` }],
    {
      model: selection.runtime.table,
    },
  );
}
