// What SQL asks of everything that is computed of a group: a column outside of an aggregate must be a key. Said here, with the name of the field.

import { isSameNode, nodes, type ColumnNode, type Node } from '@djogi/core/extension';
import { refuse } from './refine.ts';
import type { Selection } from './selection.ts';

/** Refuses a column that is neither a key nor inside of an aggregate, and `grouping` of something that is no key. `method` is for messages. */
export function checkGrouped(selection: Selection, node: Node, keys: readonly Node[], method: string): void {
  const found = ungrouped(node, keys, selection);
  if (found === null) return;
  if (found.kind === 'column')
    refuse(
      selection,
      'ungrouped',
      `${method} uses ${found.property} of single rows, of which a group has many: make it a key, take that key from the second argument of annotate, or aggregate it`,
    );
  refuse(selection, 'grouping', 'grouping is about the keys of groupBy: take them from the second argument of annotate');
}

type Found = ColumnNode | (Node & { readonly kind: 'aggregate' });

function ungrouped(node: Node, keys: readonly Node[], selection: Selection): Found | null {
  if (keys.some((key) => isSameNode(key, node))) return null;
  if (node.kind === 'aggregate') {
    if (node.name !== 'grouping') return null;
    return node.operands!.every((operand) => keys.some((key) => isSameNode(key, operand))) ? null : node;
  }
  if (node.kind === 'column') return nodes.nearest(node.source, (source) => source === selection.source) === null ? null : node;
  // A window is laid over the groups: what the function is given and what the window is made of are of groups, too.
  const inner = node.kind === 'window' ? [...nodes.operandsOf(node.of), ...nodes.operandsOf(node).slice(1)] : nodes.operandsOf(node);
  for (const operand of inner) {
    const found = ungrouped(operand, keys, selection);
    if (found !== null) return found;
  }
  return null;
}
