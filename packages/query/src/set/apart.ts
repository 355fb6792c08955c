// A set used inside its own callback: `base.filter(a => exists(base.filter(b => b.boss.eq(a.id))))`. The two appearances of its table need a source each, or
// `a` and `b` would be one.

import { resourced, nodes, type Node, type OrderTerm } from '@djogi/core/extension';
import { movedRelated } from './related.ts';
import { isActive } from './scope.ts';
import type { Selection } from './selection.ts';

/** The selection, over a source of its own where a callback over its source is running. */
export function apart(selection: Selection): Selection {
  if (!isActive(selection.source)) return selection;
  const to = nodes.sameSource(selection.source);
  const move = (node: Node): Node => resourced(node, selection.source, to);
  const { where, orderBy, distinct, projection, related } = selection;
  return {
    ...selection,
    source: to,
    related: movedRelated(related, new Map([[selection.source, to]])),
    where: where.map(move),
    orderBy: orderBy.map((term): OrderTerm => ({ ...term, by: move(term.by) })),
    distinct: distinct === undefined || distinct === true ? distinct : distinct.map(move),
    projection: projection === undefined ? undefined : { ...projection, nodes: projection.nodes.map(move) },
  };
}
