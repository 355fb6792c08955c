// Operands that are to be of one type: the arms of a CASE, the arguments of COALESCE.

import { ValidationError } from '../error/value-error.ts';
import type { ValueKind } from '../value/kind.ts';
import { doubleKind, realKind } from '../value/number.ts';
import { cast, value as valueNode, type Node } from './node.ts';
import { isExpression, lift, nodeOf } from './operations.ts';
import { isPlain, plainNode, plainOf, retyped } from './plain-value.ts';
import { resultKind } from './result-kind.ts';

export interface Mixed {
  readonly operands: readonly Node[];
  readonly kind: ValueKind;
}

/**
 * Values and expressions as nodes of one kind: that of the expressions, promoted as Postgres does, or what the values suggest when there are values only.
 *
 * Errors: VALIDATION for undefined, for null unless `allowsNull`, and for a value of another type.
 */
export function mixed(given: readonly unknown[], { allowsNull = false }: { readonly allowsNull?: boolean } = {}): Mixed {
  if (!allowsNull && given.includes(null)) refuse('not_null', 'must not be null');
  const typed = given.flatMap((item) => (isExpression(item) && !isPlain(nodeOf(item)) ? [nodeOf(item).valueKind] : []));
  if (typed.length > 0) {
    const kind = resultKind(typed);
    return { operands: given.map((item) => operandOf(item, kind)), kind };
  }
  return plainly(given);
}

function operandOf(item: unknown, kind: ValueKind): Node {
  if (item === null) return valueNode(null, kind);
  return isExpression(item) ? widened(retyped(nodeOf(item), kind, { isAssigned: true }), kind) : lift(item, kind);
}

/** Postgres would make integers beside a `real` reals: told that it is double precision, it makes all of them that. */
const widened = (node: Node, kind: ValueKind): Node =>
  kind === doubleKind && node.valueKind.castType === realKind.castType ? cast(node, doubleKind) : node;

/** Without any type around: by what the values suggest. */
function plainly(given: readonly unknown[]): Mixed {
  const nodes = given.map((item) => (item === null ? null : isExpression(item) ? nodeOf(item) : plainNode(item)));
  const kinds = nodes.flatMap((node) => (node === null ? [] : [node.valueKind]));
  if (kinds.length === 0) refuse('literal_type', 'null alone has no type: name one, as in literal(null, f.text())');
  const kind = resultKind(kinds);
  if (kinds.some((other) => other.comparison !== kind.comparison)) refuse('literal_type', 'the values are of different types');
  return { operands: nodes.map((node) => retyped(node ?? plainOf(null, kind), kind, { isAssigned: true })), kind };
}

function refuse(rule: string, message: string): never {
  throw new ValidationError([{ path: '', rule, message }]);
}
