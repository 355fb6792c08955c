// The key of a relation as an expression: it is compared with keys, as any column is with its values, and with loaded rows of the target.

import { ValidationError } from '../error/value-error.ts';
import type { Node } from '../expr/node.ts';
import { expressionOf, ScalarExpression } from '../expr/operations.ts';
import type { Predicate } from '../expr/expression.ts';
import { SubqueryRows } from '../expr/subquery.ts';
import type { ValueKind } from '../value/kind.ts';
import { declarationOf } from './declaration.ts';
import type { RelationRuntime } from './relation.ts';

type ToKey = (given: unknown) => unknown;
type KeyExpressionClass = new (node: Node, kind: ValueKind, toKey: ToKey) => object;

/** One for each class of expressions that a key may have. */
const classes = new WeakMap<object, KeyExpressionClass>();

/** `relation` is resolved when a row is met: the other model may not be there yet. */
export function keyExpression(node: Node, relation: () => RelationRuntime): object {
  const plain = expressionOf(node);
  if (!(plain instanceof ScalarExpression)) return plain;
  let Class = classes.get(plain.constructor);
  if (Class === undefined) {
    Class = comparingRows(plain.constructor as typeof ScalarExpression);
    classes.set(plain.constructor, Class);
  }
  return new Class(node, node.valueKind, (given) => keyGiven(relation, given));
}

function comparingRows(Plain: typeof ScalarExpression): KeyExpressionClass {
  const Base = Plain as unknown as new (node: Node, kind: ValueKind) => ScalarExpression;
  return class KeyExpression extends Base {
    readonly #toKey: ToKey;
    constructor(node: Node, kind: ValueKind, toKey: ToKey) {
      super(node, kind);
      this.#toKey = toKey;
    }
    override eq(other: unknown): Predicate {
      return super.eq(this.#toKey(other));
    }
    override neq(other: unknown): Predicate {
      return super.neq(this.#toKey(other));
    }
    override in(values: unknown): Predicate {
      return super.in(this.#toKeys(values));
    }
    override notIn(values: unknown): Predicate {
      return super.notIn(this.#toKeys(values));
    }
    #toKeys(values: unknown): unknown {
      if (typeof values !== 'object' || values === null || values instanceof SubqueryRows || !(Symbol.iterator in values)) return values;
      return [...(values as Iterable<unknown>)].map(this.#toKey);
    }
  };
}

/** Errors: VALIDATION with `related_row` for a row of another model, `required` for one that has no key yet. */
function keyGiven(relation: () => RelationRuntime, given: unknown): unknown {
  const declaration = typeof given === 'object' && given !== null ? declarationOf(given.constructor) : null;
  if (declaration === null) return given;
  const { target, remote, name } = relation();
  if (declaration.table !== target.table)
    throw new ValidationError([
      { path: name, rule: 'related_row', message: `is compared with a row of ${declaration.table}, and leads to rows of ${target.table}` },
    ]);
  const key = (given as Record<string, unknown>)[remote.property];
  if (key === undefined)
    throw new ValidationError([
      { path: name, rule: 'required', message: `is compared with a row that has no ${remote.property} yet: save it first` },
    ]);
  return key;
}
