// Expressions that belong to a declaration: computed fields, the slices of proxies, generated columns. They are built once, over the model's own source, and
// moved to the source of each query that uses them.

import { unreachable } from '../error/error.ts';
import { caseOf, cast, column, constant, operation, quantified, type ColumnNode, type Node, type Source, type ValueNode } from './node.ts';

/**
 * The node as a declaration keeps it: its values are constants of the text.
 *
 * Errors: a TypeError for what is not an expression over one row of `from`: aggregates, windows, subqueries, and columns of another source.
 */
export function declaredNode(node: Node, from: Source): Node {
  return mapLeaves(node, (leaf) => {
    if (leaf.kind === 'value') return constant(leaf.value, leaf.valueKind);
    if (leaf.source !== from) throw new TypeError(`it names ${leaf.property} of another model or query`);
    return leaf;
  });
}

/** A declared node over another source of the same table. */
export function rebased(node: Node, to: Source): Node {
  return mapLeaves(node, (leaf) =>
    leaf.kind === 'column' ? column(to, leaf.column, leaf.property, leaf.valueKind, leaf.isRequired) : leaf,
  );
}

function mapLeaves(node: Node, map: (leaf: ColumnNode | ValueNode) => Node): Node {
  const inside = (inner: Node): Node => mapLeaves(inner, map);
  switch (node.kind) {
    case 'column':
    case 'value':
      return map(node);
    case 'constant':
    case 'sql':
      return node;
    case 'operation':
      return operation(node.operator, node.operands.map(inside), node.valueKind);
    case 'cast':
      return cast(inside(node.operand), node.valueKind);
    case 'case':
      return caseOf(
        // oxlint-disable-next-line unicorn/no-thenable -- the name is the point here
        node.branches.map(({ when, then }) => ({ when: inside(when), then: inside(then) })),
        inside(node.otherwise),
        node.valueKind,
      );
    case 'quantified':
      return quantified(node.quantifier, inside(node.of));
    case 'subquery':
    case 'aggregate':
    case 'window':
    case 'parameter':
      throw new TypeError('it is about one row, and takes no aggregate, window or subquery');
    default:
      return unreachable(node);
  }
}
