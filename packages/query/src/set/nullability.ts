// Whether an expression may be NULL, as far as its form tells. What is not known may be.

import { OPERATORS, type Node, type Operator } from '@djogi/core/extension';

/** Operators that give a value for every operand that is one. */
const TOTAL: ReadonlySet<Operator> = new Set([
  OPERATORS.add,
  OPERATORS.sub,
  OPERATORS.mul,
  OPERATORS.neg,
  OPERATORS.abs,
  OPERATORS.lower,
  OPERATORS.upper,
  OPERATORS.length,
  OPERATORS.concat,
]);

/** True where NULL cannot be ruled out. */
export function mayBeNull(node: Node): boolean {
  switch (node.kind) {
    case 'column':
      return !node.isRequired;
    case 'value':
    case 'constant':
      return node.value === null;
    case 'cast':
      return mayBeNull(node.operand);
    case 'operation':
      if (node.operator === OPERATORS.coalesce) return node.operands.every(mayBeNull);
      return !TOTAL.has(node.operator) || node.operands.some(mayBeNull);
    default:
      return true;
  }
}
