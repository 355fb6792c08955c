// Rebuilds expressions with other nodes in the places of some: what has no such node inside is the same object afterwards.

import { armOf, operandsOf, type Frame, type FrameBound, type Node, type OrderTerm } from './node.ts';

/**
 * The node with `replace` applied from the outside in: what it gives stands as it is, and where it gives null the operands are looked at. Subqueries are not
 * looked into. Value nodes keep their identity, and with it their placeholders.
 */
export function substituted(node: Node, replace: (node: Node) => Node | null): Node {
  const replacement = replace(node);
  if (replacement !== null) return replacement;
  const operands = operandsOf(node);
  if (operands.length === 0) return node;
  const substitutes = operands.map((operand) => substituted(operand, replace));
  return substitutes.every((substitute, at) => substitute === operands[at]) ? node : withOperands(node, substitutes);
}

/** The node over other operands, which are in the order of `operandsOf`. */
function withOperands(node: Node, operands: readonly Node[]): Node {
  let at = 0;
  const next = (): Node => operands[at++]!;
  const terms = (of: readonly OrderTerm[]): OrderTerm[] => of.map((term) => ({ ...term, by: next() }));
  switch (node.kind) {
    case 'operation':
      return { ...node, operands };
    case 'quantified':
      return { ...node, of: next() };
    case 'cast':
      return { ...node, operand: next() };
    case 'case':
      return { ...node, branches: node.branches.map(() => armOf(next(), next())), otherwise: next() };
    case 'aggregate': {
      const given = node.operands?.map(next) ?? null,
        orderBy = terms(node.orderBy),
        within = terms(node.within);
      return { ...node, operands: given, orderBy, within, filter: node.filter === null ? null : next() };
    }
    case 'window': {
      const of = next(),
        partitionBy = node.partitionBy.map(next),
        orderBy = terms(node.orderBy);
      // A window function over something else than an aggregate has no meaning: whoever replaces one replaces the whole.
      return {
        ...node,
        of: of.kind === 'aggregate' ? of : node.of,
        partitionBy,
        orderBy,
        frame: node.frame === null ? null : frameOf(node.frame, next),
      };
    }
    default:
      return node;
  }
}

function frameOf(frame: Frame, next: () => Node): Frame {
  const bound = (of: FrameBound): FrameBound =>
    typeof of === 'string' ? of : 'preceding' in of ? { preceding: next() } : { following: next() };
  return { ...frame, from: bound(frame.from), to: bound(frame.to) };
}
