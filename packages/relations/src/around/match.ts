// A row of one model matched with rows of another, by the columns that a relation names.

import { and, ValidationError, type Expr, type Predicate } from '@djogi/core';
import {
  booleanKind,
  expressionOf,
  isModel,
  isVisage,
  listKind,
  nodes,
  OPERATORS,
  runtimeOf,
  sourceOf,
  valueIssue,
  type Bag,
  type ModelRuntime,
  type Node,
  type Operator,
  type RelationRuntime,
  type StoredField,
} from '@djogi/core/extension';
import { query, type ModelSet } from '@djogi/query';

const { column, operation, value } = nodes;

/** A set of whatever model or visage: what is typed is what the callers give back. */
export const setOf = (model: unknown): ModelSet<any, object> => query(model as never) as unknown as ModelSet<any, object>;

const columnOf = (bag: Bag, { column: name, property, valueKind }: StoredField): Node => column(sourceOf(bag), name, property, valueKind);

/** The field of the row that a callback is given. */
export const fieldIn = (bag: unknown, field: StoredField): Expr<unknown> =>
  expressionOf(columnOf(bag as Bag, field)) as unknown as Expr<unknown>;

/** As predicates that a filter takes. */
const asPredicate = (node: Node): Predicate => expressionOf(node) as unknown as Predicate;

const compare = (operator: Operator, ...operands: readonly Node[]): Predicate => asPredicate(operation(operator, operands, booleanKind));

type Condition = (bag: unknown) => Predicate;

/** `field = $1`, or `field IS NULL` */
export const holds =
  (field: StoredField, key: unknown): Condition =>
  (bag) =>
    key === null
      ? compare(OPERATORS.isNull, columnOf(bag as Bag, field))
      : compare(OPERATORS.eq, columnOf(bag as Bag, field), value(key, field.valueKind));

/** `field <> $1` */
export const holdsNot =
  (field: StoredField, key: unknown): Condition =>
  (bag) =>
    compare(OPERATORS.neq, columnOf(bag as Bag, field), value(key, field.valueKind));

/** `field = other`, of the same row. */
export const holdsSame =
  (field: StoredField, other: StoredField): Condition =>
  (bag) =>
    compare(OPERATORS.eq, columnOf(bag as Bag, field), columnOf(bag as Bag, other));

/** `field = ANY($1)` */
export const holdsOneOf =
  (field: StoredField, keys: readonly unknown[]): Condition =>
  (bag) =>
    compare(OPERATORS.in, columnOf(bag as Bag, field), value(keys, listKind(field.valueKind)));

/** `field = $1 AND other = outer.column` */
export const links =
  (field: StoredField, key: unknown, other: StoredField, outer: unknown, outerField: StoredField): Condition =>
  (bag) =>
    and(holds(field, key)(bag), compare(OPERATORS.eq, columnOf(bag as Bag, other), columnOf(outer as Bag, outerField)));

/** The model or visage that a row is of. Errors: VALIDATION with `row`. */
export function runtimeOfRow(row: unknown, what: string): ModelRuntime {
  const made = madeBy(row);
  if (made === null)
    throw new ValidationError([{ path: '', rule: 'row', message: `${what} wants a row of a model or a visage, as a query gives it` }]);
  return runtimeOf(made);
}

function madeBy(row: unknown): unknown {
  if (typeof row !== 'object' || row === null) return null;
  const made: unknown = row.constructor;
  return isModel(made) || isVisage(made) ? made : null;
}

/** What a row is found by over a relation. Null where it leads to nothing. Errors: VALIDATION with `relation_key` for a row that lacks it. */
export function ownKey({ own, name }: RelationRuntime, row: object, { table }: ModelRuntime): unknown {
  const key = (row as Record<string, unknown>)[own.property];
  if (key === undefined)
    throw new ValidationError(
      [{ path: name, rule: 'relation_key', message: `is found by ${own.property}, which this row does not have yet: save it first` }],
      { model: table },
    );
  return key;
}

/** The key that leads to a target, given by the key itself or by a loaded row. Errors: VALIDATION with `related_row` for a row of another model. */
export function targetKey({ target, remote, name }: RelationRuntime, reference: StoredField, given: unknown, path: string): unknown {
  const made = madeBy(given);
  if (made !== null && runtimeOf(made).table !== target.table)
    throw new ValidationError(
      [{ path, rule: 'related_row', message: `is a row of ${runtimeOf(made).table}, and ${name} leads to rows of ${target.table}` }],
      { model: target.table },
    );
  const key = made === null ? given : (given as Record<string, unknown>)[remote.property];
  const issue =
    key === undefined || key === null
      ? { rule: 'required', message: made === null ? 'is required' : `has no ${remote.property} yet: save it first` }
      : valueIssue(reference, key);
  if (issue !== null) throw new ValidationError([{ path, rule: issue.rule, message: issue.message }], { model: target.table });
  return key;
}
