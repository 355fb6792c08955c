// What can be asked of a range. Every operand is cast: `@>`, `<@` and `&&` are spelled alike for arrays, ranges, multiranges and elements, and the server
// guesses wrong for a bare parameter.

import { refineKind, type ValueKind } from '../value/kind.ts';
import { booleanKind } from '../value/number.ts';
import { RANGE_KINDS, type RangeType } from '../value/range.ts';
import type { Predicate } from './expression.ts';
import { operation, type Node } from './node.ts';
import { BooleanExpression, expressionOf, lift, nodeOf, OrderedExpression, type Expression } from './operations.ts';
import { OPERATORS, type Operator } from './operators.ts';

export class RangeExpression extends OrderedExpression {
  contains(value: unknown): Predicate {
    const node = nodeOf(this);
    return predicate(OPERATORS.rangeHas, node, lift(value, node.valueKind.bound!, pathOf(node)));
  }
  containsRange(range: unknown): Predicate {
    return this.#against(OPERATORS.rangeContains, range);
  }
  containedBy(range: unknown): Predicate {
    return this.#against(OPERATORS.rangeContainedBy, range);
  }
  overlaps(range: unknown): Predicate {
    return this.#against(OPERATORS.rangeOverlaps, range);
  }
  strictlyLeftOf(range: unknown): Predicate {
    return this.#against(OPERATORS.rangeBefore, range);
  }
  strictlyRightOf(range: unknown): Predicate {
    return this.#against(OPERATORS.rangeAfter, range);
  }
  notExtendsRightOf(range: unknown): Predicate {
    return this.#against(OPERATORS.rangeNotRightOf, range);
  }
  notExtendsLeftOf(range: unknown): Predicate {
    return this.#against(OPERATORS.rangeNotLeftOf, range);
  }
  adjacentTo(range: unknown): Predicate {
    return this.#against(OPERATORS.rangeAdjacent, range);
  }

  isEmpty(): Predicate {
    return predicate(OPERATORS.rangeIsEmpty, nodeOf(this));
  }
  isLowerInclusive(): Predicate {
    return predicate(OPERATORS.rangeLowerInclusive, nodeOf(this));
  }
  isUpperInclusive(): Predicate {
    return predicate(OPERATORS.rangeUpperInclusive, nodeOf(this));
  }
  isLowerUnbounded(): Predicate {
    return predicate(OPERATORS.rangeLowerUnbounded, nodeOf(this));
  }
  isUpperUnbounded(): Predicate {
    return predicate(OPERATORS.rangeUpperUnbounded, nodeOf(this));
  }
  lower(): Expression {
    return this.#bound(OPERATORS.lower);
  }
  upper(): Expression {
    return this.#bound(OPERATORS.upper);
  }

  #against(operator: Operator, range: unknown): Predicate {
    const node = nodeOf(this);
    return predicate(operator, node, lift(range, node.valueKind, pathOf(node)));
  }
  #bound(operator: Operator): Expression {
    const node = nodeOf(this);
    return expressionOf(operation(operator, [node], node.valueKind.bound!));
  }
}

const pathOf = (node: Node): string => (node.kind === 'column' ? node.property : '');

function predicate(operator: Operator, ...operands: Node[]): Predicate {
  return new BooleanExpression(operation(operator, operands, booleanKind)) as unknown as Predicate;
}

const withOperations = (kind: ValueKind): ValueKind => refineKind(kind, { operations: RangeExpression });

/** The range kinds with their operations, which only this layer knows. */
export const RANGE_FIELD_KINDS: Readonly<Record<RangeType, ValueKind>> = Object.freeze({
  int4: withOperations(RANGE_KINDS.int4),
  int8: withOperations(RANGE_KINDS.int8),
  num: withOperations(RANGE_KINDS.num),
  ts: withOperations(RANGE_KINDS.ts),
  tstz: withOperations(RANGE_KINDS.tstz),
  date: withOperations(RANGE_KINDS.date),
});
