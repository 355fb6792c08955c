// Values that were given without a type. They have one by their JavaScript type for as long as nothing better is known, and take the type of what they
// are compared with, mixed with or assigned to: the labels in a CASE are of the enum type that the column has, and not text.

import type { Temporal } from 'temporal-spec';
import { ValidationError } from '../error/value-error.ts';
import { byteaKind } from '../value/binary.ts';
import { intervalKind } from '../value/interval.ts';
import { issuesOf, type ValueKind } from '../value/kind.ts';
import { bigintKind, booleanKind, countKind, doubleKind, intKind } from '../value/number.ts';
import { isTemporal } from '../value/temporal.ts';
import { textKind } from '../value/text.ts';
import { dateKind, instantKind, timeKind, timestampKind, timestamptzKind } from '../value/time.ts';
import type { BooleanOps, DateOps, Expr, IntervalExpr, MomentExpr, NumberExpr, ScalarOps, TextExpr } from './expression.ts';
import { armOf, caseOf, cast, operation, value as valueNode, type Node, type ValueNode } from './node.ts';
import { OPERATORS } from './operators.ts';

/** Values whose SQL type is told by what they are. */
export type Plain =
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | Temporal.Instant
  | Temporal.PlainDate
  | Temporal.PlainTime
  | Temporal.PlainDateTime
  | Temporal.Duration;

/** The expression over such a value, null included. */
export type PlainExpr<Value> = [NonNullable<Value>] extends [string]
  ? TextExpr<Value>
  : [NonNullable<Value>] extends [number]
    ? NumberExpr<number, number | Extract<Value, null>>
    : [NonNullable<Value>] extends [bigint]
      ? NumberExpr<bigint, bigint | Extract<Value, null>>
      : [NonNullable<Value>] extends [boolean]
        ? Expr<boolean | Extract<Value, null>> & BooleanOps
        : [NonNullable<Value>] extends [Date]
          ? MomentExpr<Date, Value>
          : [NonNullable<Value>] extends [Temporal.Instant]
            ? MomentExpr<Temporal.Instant, Value>
            : [NonNullable<Value>] extends [Temporal.PlainDateTime]
              ? MomentExpr<Temporal.PlainDateTime, Value>
              : [NonNullable<Value>] extends [Temporal.PlainDate]
                ? Expr<Value> & DateOps
                : [NonNullable<Value>] extends [Temporal.Duration]
                  ? IntervalExpr<Value>
                  : Expr<Value> & ScalarOps<NonNullable<Value>>;

/** `'draft'` is a string and `1` a number, where any other will do as well. */
export type Widened<Value> = Value extends string
  ? string
  : Value extends number
    ? number
    : Value extends bigint
      ? bigint
      : Value extends boolean
        ? boolean
        : Value;

const BY_TYPEOF: Readonly<Record<string, ValueKind | undefined>> = { string: textKind, bigint: bigintKind, boolean: booleanKind };
const TEMPORALS = [
  ['Instant', instantKind],
  ['PlainDate', dateKind],
  ['PlainTime', timeKind],
  ['PlainDateTime', timestampKind],
  ['Duration', intervalKind],
] as const;

/** Integers are `integer` while they fit, then `bigint`; all other numbers are `double precision`. */
const numberKind = (given: number): ValueKind<number> =>
  !Number.isSafeInteger(given) ? doubleKind : given === (given | 0) ? intKind : countKind;

function plainKind(given: unknown): ValueKind | undefined {
  if (typeof given === 'number') return numberKind(given);
  if (given instanceof Date) return timestamptzKind;
  if (given instanceof Uint8Array) return byteaKind;
  return BY_TYPEOF[typeof given] ?? TEMPORALS.find(([name]) => isTemporal(given, name))?.[1];
}

function refuse(rule: string, message: string): never {
  throw new ValidationError([{ path: '', rule, message }]);
}

/** A value, or null, whose type may still change. */
export const plainOf = (given: unknown, kind: ValueKind): ValueNode => ({ ...valueNode(given, kind), isPlain: true });

/** A value as a node of the kind that its JavaScript type suggests. Throws VALIDATION for undefined, null, and what suggests none. */
export function plainNode(given: unknown): ValueNode {
  if (given === undefined) refuse('undefined', 'must not be undefined: it would silently become NULL');
  if (given === null) refuse('literal_type', 'null alone has no type: name one, as in literal(null, f.text())');
  const kind = plainKind(given) ?? refuse('literal_type', 'this value does not tell its type: name one, as in literal(value, f.text())');
  const problem = kind.validate(given);
  if (problem !== null) throw new ValidationError(issuesOf('', problem));
  return plainOf(given, kind);
}

const MIXES: ReadonlySet<unknown> = new Set([OPERATORS.coalesce, OPERATORS.greatest, OPERATORS.least, OPERATORS.nullIf]);

/** True for what consists of plain values only: their type may still change. */
export function isPlain(node: Node): boolean {
  if (node.kind === 'value') return node.isPlain === true;
  if (node.kind === 'case') return isPlain(node.otherwise) && node.branches.every(({ then }) => isPlain(then));
  return node.kind === 'operation' && MIXES.has(node.operator) && node.operands.every(isPlain);
}

/**
 * A plain node in the type of its surroundings; other nodes as they are. A number that the type cannot hold stays what it is beside an operand (`p.views.gt(literal(2.5))`
 * compares as double precision), unless `isAssigned`: the server would round it.
 *
 * Errors: VALIDATION for a value that is none of `kind`.
 */
export function retyped(
  node: Node,
  kind: ValueKind,
  { path = '', isAssigned = false }: { readonly path?: string; readonly isAssigned?: boolean } = {},
): Node {
  if (!isPlain(node) || node.valueKind === kind) return node;
  const problem =
    valuesOf(node)
      .map((item) => kind.validate(item))
      .find((found) => found !== null) ?? null;
  if (problem === null) return mapped(node, kind);
  if (
    !isAssigned &&
    node.valueKind.operations === 'number' &&
    kind.operations === 'number' &&
    node.valueKind.comparison === kind.comparison
  )
    // Bare, its type would be taken from its neighbour.
    return node.kind === 'value' ? cast(node, node.valueKind) : node;
  throw new ValidationError(issuesOf(path, problem));
}

function valuesOf(node: Node): unknown[] {
  if (node.kind === 'value') return node.value === null ? [] : [node.value];
  if (node.kind === 'case') return [...node.branches.map(({ then }) => then), node.otherwise].flatMap(valuesOf);
  return node.kind === 'operation' ? node.operands.flatMap(valuesOf) : [];
}

function mapped(node: Node, kind: ValueKind): Node {
  if (node.kind === 'value') return plainOf(node.value, kind);
  if (node.kind === 'case')
    return caseOf(
      node.branches.map(({ when, then }) => armOf(when, mapped(then, kind))),
      mapped(node.otherwise, kind),
      kind,
    );
  return node.kind === 'operation'
    ? operation(
        node.operator,
        node.operands.map((operand) => mapped(operand, kind)),
        kind,
      )
    : node;
}
