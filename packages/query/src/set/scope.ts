// Which sources an expression may refer to while it is built: its own query's, and those of the callbacks that are running around it. That is all there is
// to correlation: a nested query is written inside a callback and uses the bag of the callback around it.

import { strayColumn, type Node, type Source } from '@djogi/core/extension';

/** The sources of the callbacks that are running now, outermost first. Empty between calls: callbacks are synchronous. */
const active: Source[] = [];

/** Runs a callback of the query over `source`. */
export function inScope<Result>(source: Source, run: () => Result): Result {
  active.push(source);
  try {
    return run();
  } finally {
    active.pop();
  }
}

/** True while a callback over `source` runs. */
export const isActive = (source: Source): boolean => active.includes(source);

/** The first column of `node`, subqueries included, that is neither of one of `own` nor of a query around it, or null. */
export function outOfScope(node: Node, own: readonly Source[]): (Node & { kind: 'column' }) | null {
  return strayColumn(node, (source) => own.includes(source) || active.includes(source));
}
