// Which columns an expression of a query may use: those of its own rows, and of the queries around it, whose callbacks are running.

import { inScope, isActive, strayColumn, type Node, type Source } from '@djogi/core/extension';

export { inScope, isActive };

/** The first column of `node`, subqueries included, that is neither of one of `own` nor of a query around it, or null. */
export function outOfScope(node: Node, own: readonly Source[]): (Node & { kind: 'column' }) | null {
  return strayColumn(node, (source) => own.includes(source) || isActive(source));
}
