// Expressions whose type is named by a field builder: `f.int()` says everything about a type, in SQL and in TypeScript.

import { ValidationError } from '../error/value-error.ts';
import type { Expr, Valued } from '../expr/expression.ts';
import { cast as castNode, value as valueNode } from '../expr/node.ts';
import { expressionOf, lift, nodeOf } from '../expr/operations.ts';
import { plainNode, type Plain, type PlainExpr, type Widened } from '../expr/plain-value.ts';
import { refineKind, type ValueKind } from '../value/kind.ts';
import { specOf, type Field } from './field.ts';
import type { FieldState } from './field-state.ts';

function kindOf(field: unknown, subject: string): ValueKind {
  const spec = specOf(field);
  const kind = typeof spec?.valueKind === 'function' ? spec.valueKind() : spec?.valueKind;
  if (kind !== undefined && spec?.problem === undefined) return kind;
  throw new ValidationError([
    { path: 'type', rule: 'type', message: spec?.problem?.message ?? `${subject} wants a field with the type, such as f.text()` },
  ]);
}

/**
 * A value as an expression.
 *
 * Shape: without a type, by what it is: a string is text, an integer `integer` or `bigint`, any other number double precision; and it takes the type of what it is
 * compared with. With a field, of the field's type; null is allowed then.
 * Errors: VALIDATION for undefined, for null without a type, and for a value that is none of the type.
 *
 * @example
 * query(Post).select(p => ({ title: p.title, source: literal('blog'), rank: literal(1, f.smallint()) }))
 */
export function literal<State extends FieldState>(
  value: NonNullable<State['value']>,
  type: Field<State>,
): Expr<NonNullable<State['value']>> & State['ops'];
export function literal<State extends FieldState>(value: null, type: Field<State>): Expr<State['value'] | null> & State['ops'];
export function literal<Value extends Plain>(value: Value): PlainExpr<Widened<Value>>;
export function literal(value: unknown, type?: unknown): unknown {
  if (type === undefined) return expressionOf(plainNode(value));
  const kind = kindOf(type, 'literal');
  return expressionOf(value === null ? valueNode(null, kind) : lift(value, kind));
}

/** An explicit cast is to the whole type: `numeric(10,2)` rounds and `varchar(5)` cuts, as CAST does. */
const castKinds = new WeakMap<ValueKind, ValueKind>();

function wholeType(kind: ValueKind): ValueKind {
  if (kind.castType === kind.sqlType) return kind;
  let whole = castKinds.get(kind);
  if (whole === undefined) castKinds.set(kind, (whole = refineKind(kind, { castType: kind.sqlType })));
  return whole;
}

/**
 * `x::type`: the expression in another type, with the operations of that type.
 *
 * Errors: DATABASE when the server refuses a value (22P02, 22003) or the conversion (42846); DECODE for a result outside of what the field holds.
 *
 * @example
 * query(Post).filter(p => cast(p.views, f.text()).startsWith('1'))
 */
export function cast<Value, State extends FieldState>(
  expression: Valued<Value>,
  type: Field<State>,
): Expr<NonNullable<State['value']> | Extract<Value, null>> & State['ops'] {
  return expressionOf(castNode(nodeOf(expression), wholeType(kindOf(type, 'cast')))) as unknown as ReturnType<typeof cast<Value, State>>;
}
