// Queries over the rows of a query: `SELECT ... FROM (SELECT ...)`. They keep the meaning of a limit, offset or distinct that came before an aggregate, and let a
// condition see what a window function gave.

import { isSameNode, nodes, substituted, type Node, type OrderTerm, type SelectStatement, type Source } from '@djogi/core/extension';
import { rowNodes, selectStatement } from '../set/lower.ts';
import { refuseLock } from '../set/lock.ts';
import { extraNodes } from '../set/rows.ts';
import { refuse } from '../set/refine.ts';
import { movedRelated, NOTHING_RELATED } from '../set/related.ts';
import type { Selection } from '../set/selection.ts';

const { column, derivedSource } = nodes;

/** The outputs of an inner query, by what they compute. Names are those of the columns, or the wished one while nothing else has it. */
export class InnerColumns {
  readonly nodes: Node[] = [];
  readonly names: string[] = [];

  /** The name under which the outer query finds the node, which is added when it is new. */
  nameOf(node: Node, wished?: string): string {
    const at = this.nodes.findIndex((known) => isSameNode(known, node));
    if (at >= 0) return this.names[at]!;
    const name = node.kind === 'column' ? node.column : wished;
    const free = name === undefined || this.names.includes(name) ? `__djogi_${this.nodes.length}` : name;
    this.nodes.push(node);
    this.names.push(free);
    return free;
  }

  /** The inner query over these columns. */
  select(of: Selection): SelectStatement {
    return { ...selectStatement(of), projection: this.nodes, outputs: this.names };
  }
}

/** What an inner node is outside: a column of the derived table. */
export const outerColumn = (derived: Source, name: string, { valueKind }: Node): Node => column(derived, name, name, valueKind);

/** Sort keys of the inner query as columns of the outer one. They are computed inside, so that they mean there what they meant before. */
export const outerOrder = (columns: InnerColumns, orderBy: readonly OrderTerm[]): ((derived: Source) => OrderTerm[]) => {
  const names = orderBy.map((term) => columns.nameOf(term.by));
  return (derived) => orderBy.map((term, at) => ({ ...term, by: outerColumn(derived, names[at]!, term.by) }));
};

/** The node with everything that the inner query gives as a column of the derived table. */
export function outside(node: Node, columns: InnerColumns, derived: Source): Node {
  return substituted(node, (inner) => {
    if (inner.kind === 'value') return inner;
    const at = columns.nodes.findIndex((known) => isSameNode(known, inner));
    return at < 0 ? null : outerColumn(derived, columns.names[at]!, inner);
  });
}

/**
 * The selection over a derived table where it has a limit, offset or distinct, so that what is computed next sees those rows and no others. Otherwise itself.
 * `method` is for messages.
 */
export function settled(selection: Selection, method: string): Selection {
  const { limit, offset, distinct, projection, orderBy } = selection;
  refuseLock(selection, method);
  if (limit === undefined && offset === undefined && distinct === undefined) return selection;
  if (projection !== undefined)
    return refuse(selection, 'projection', `${method} after limit, offset or distinct is about whole rows: it does not go with select`);
  const columns = new InnerColumns(),
    alone = { ...selection, related: NOTHING_RELATED };
  for (const node of [...rowNodes(alone), ...extraNodes(selection)]) columns.nameOf(node);
  // What is derived of a row is derived again outside, of columns that the row itself may not show.
  for (const { over } of selection.runtime.derived) for (const node of columnsIn(over(selection.source))) columns.nameOf(node);
  const order = outerOrder(columns, orderBy);
  const derived = derivedSource('__djogi_rows', columns.select(alone));
  return {
    ...selection,
    source: derived,
    // What is joined to the rows is joined to those that are left.
    related: movedRelated(selection.related, new Map([[selection.source, derived]])),
    where: [],
    orderBy: order(derived),
    orderPrefix: 0,
    limit: undefined,
    offset: undefined,
    distinct: undefined,
  };
}

const columnsIn = (node: Node): Node[] => (node.kind === 'column' ? [node] : nodes.operandsOf(node).flatMap(columnsIn));
