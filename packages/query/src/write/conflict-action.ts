// What happens to the row that is there already: which columns take which values. `EXCLUDED`, the row that was offered, is a source like any other.

import { ValidationError, type ExprsOf } from '@djogi/core';
import {
  bagOf,
  booleanKind,
  checkAggregates,
  isExpression,
  nodeOf,
  nodes,
  OPERATORS,
  retyped,
  valueIssues,
  type Assignment,
  type InsertStatement,
  type ModelRuntime,
  type Node,
  type RowShape,
  type Source,
  type StoredField,
} from '@djogi/core/extension';
import { inScope, outOfScope } from '../set/scope.ts';
import { frameworkAssignments, isPatch, SET } from './assignments.ts';
import { conflictTarget, fieldNamed, onceInOrder, refuse, type ConflictTarget, type Target } from './conflict-target.ts';
import type { SetOf } from './set-of.ts';

/** `update` names the fields to overwrite (all that were given when absent), or computes them from the stored row and the offered one (`EXCLUDED`). */
export interface Conflict<M extends { readonly $fields: any }> {
  /** Declared names of the fields of a unique constraint or key; or a partial unique index, or a constraint by its name. */
  readonly conflict: ConflictTarget<M>;
  readonly update?: readonly (keyof M['$fields'])[] | ((stored: ExprsOf<M>, offered: ExprsOf<M>) => SetOf<M['$fields']>);
}

/** Untyped form of `Conflict`. */
export interface ConflictInput {
  readonly conflict: unknown;
  readonly update?: readonly PropertyKey[] | ((stored: any, offered: any) => Readonly<Record<string, unknown>>);
}

export interface Upserted<Row> {
  readonly row: Row;
  readonly created: boolean;
}

/** Where the columns of an upsert come from: the stored row, the offered one, and the row as it was. */
export interface UpsertSources {
  readonly into: Source;
  readonly offered: Source;
  readonly before: Source;
}

const { column, operation, source, value } = nodes;

export const upsertSources = ({ table }: ModelRuntime): UpsertSources => ({
  into: source(table),
  offered: source(table),
  before: source(table),
});

export const columnOf = (from: Source, field: StoredField): Node => column(from, field.column, field.property, field.valueKind);

/** What is done in a conflict, as far as it is known before there are rows. */
export interface Action {
  readonly target: Target;
  /** Fields that take what was offered; `given` for those that the caller gave; computed ones otherwise. */
  readonly update: readonly StoredField[] | 'given' | NonNullable<Extract<ConflictInput['update'], (...bags: any[]) => unknown>>;
}

/** Errors: VALIDATION, as `conflictTarget`, and for fields to update that are unknown, read-only or named twice. */
export function actionOf(runtime: ModelRuntime, model: unknown, on: ConflictInput | null | undefined): Action {
  const target = conflictTarget(runtime, model, on?.conflict),
    update = on?.update;
  if (update === undefined) return { target, update: 'given' };
  if (typeof update === 'function') return { target, update };
  if (!Array.isArray(update)) refuse(runtime, 'update', 'type', 'update is a list of field names, or a function that gives the new values');
  const fields = (update as readonly PropertyKey[]).map((name) => writable(runtime, fieldNamed(runtime, name)));
  return { target, update: onceInOrder(runtime, fields, 'assigned') };
}

/** The fields that take what was offered, of those that the caller gave. */
export const overwritten = ({ target, update }: Action, given: readonly StoredField[]): readonly StoredField[] =>
  typeof update === 'object'
    ? update
    : given.filter((field) => field.descriptor.role === 'data' && target.fields?.includes(field) !== true);

/** `ON CONFLICT ... DO UPDATE SET ...`: `given` are the fields that the caller gave. */
export function conflictOf(
  runtime: ModelRuntime,
  model: unknown,
  action: Action,
  given: readonly StoredField[],
  sources: UpsertSources,
): NonNullable<InsertStatement['conflict']> {
  const { into, offered } = sources,
    { target, update } = action;
  return {
    target: target.node,
    action: {
      set: withFramework(
        runtime,
        typeof update === 'function'
          ? computed(runtime, model, (stored, row) => update(stored, row), into, offered)
          : overwritten(action, given).map((field) => ({ column: field.column, to: columnOf(offered, field) })),
        into,
        target.fields === null ? null : { column: target.fields[0]!.column, to: columnOf(offered, target.fields[0]!) },
      ),
      where: runtime.slice?.where(into) ?? null,
      offered,
    },
  };
}

/** The assignments with what an update writes by itself: version and stamp. DO NOTHING would return no row: writing a column again does, and changes nothing. */
function withFramework(runtime: ModelRuntime, chosen: readonly Assignment[], into: Source, nothing: Assignment | null): Assignment[] {
  const all = [...chosen, ...frameworkAssignments(runtime, into)];
  if (all.length > 0) return all;
  const any = runtime.fields.find((field) => field.descriptor.generated === null)!;
  return [nothing ?? { column: any.column, to: columnOf(into, any) }];
}

function writable(runtime: ModelRuntime, field: StoredField): StoredField {
  return field.descriptor.isReadOnly || field.descriptor.role === 'key'
    ? refuse(runtime, field.property, 'read_only', 'is never written by an upsert')
    : field;
}

/** What a callback over the stored and the offered row assigns, in column order. */
export function computed(
  runtime: ModelRuntime,
  model: unknown,
  update: (stored: any, offered: any) => unknown,
  into: Source,
  offered: Source,
  isWritable = writable,
): Assignment[] {
  const set = inScope(into, () => inScope(offered, () => update(bagOf(model, into), bagOf(model, offered))));
  if (!isPatch(set)) return refuse(runtime, 'update', 'type', 'update gives an object of values or expressions by property');
  const given = new Map(Object.entries(set).map(([name, to]) => [isWritable(runtime, fieldNamed(runtime, name)), to] as const));
  if (given.size !== Object.keys(set).length) refuse(runtime, 'update', 'duplicate', 'assigns a field twice');
  return onceInOrder(runtime, [...given.keys()], 'assigned').map((field) => ({
    column: field.column,
    to: assigned(runtime, field, given.get(field), [into, offered]),
  }));
}

/** A value or an expression as a column takes it. `visible` are the sources that it may read. */
function assigned(runtime: ModelRuntime, field: StoredField, given: unknown, visible: readonly Source[]): Node {
  if (isExpression(given)) {
    return retyped(overRows(runtime, nodeOf(given), visible), field.valueKind, { path: field.property, isAssigned: true });
  }
  return valueNode(runtime, field, given);
}

/** The node itself, which reads these rows and no others, one by one. */
export function overRows(runtime: ModelRuntime, node: Node, visible: readonly Source[]): Node {
  const stray = outOfScope(node, visible);
  if (stray !== null) refuse(runtime, stray.property, 'scope', 'belongs to another query');
  checkAggregates(node, SET);
  return node;
}

/** A value for a field, checked. Errors: VALIDATION, with `undefined` for what would silently become NULL. */
export function valueNode(runtime: ModelRuntime, field: StoredField, given: unknown): Node {
  if (given === undefined) return refuse(runtime, field.property, 'undefined', 'must not be undefined: leave the key out, or write null');
  const issues = valueIssues(field, given);
  if (issues.length > 0) throw new ValidationError(issues, { model: runtime.table });
  return value(given, field.valueKind);
}

/** The row before the write is all NULL exactly when there was none: a NOT NULL column of it tells. */
export function witness(runtime: ModelRuntime): StoredField {
  return (
    runtime.key ??
    runtime.fields.find((field) => !field.descriptor.isNullable) ??
    refuse(runtime, '', 'upsert', 'needs a column that is NOT NULL, to tell a new row from an old one')
  );
}

/** All columns, and whether the row is new. */
export function upsertReturning(runtime: ModelRuntime, { into, before }: UpsertSources): InsertStatement['returning'] {
  const isNew = operation(OPERATORS.isNull, [columnOf(before, witness(runtime))], booleanKind);
  return { old: before, nodes: [...runtime.fields.map((field) => columnOf(into, field)), isNew] };
}

export function upsertedShape(runtime: ModelRuntime): RowShape<Upserted<object>> {
  const { buildRow, rowShape } = runtime;
  function Result(this: { row: object; created: boolean }, ...values: unknown[]): void {
    this.created = values.pop() as boolean;
    this.row = new buildRow(...values);
  }
  return {
    columns: [...rowShape.columns, { name: 'created', codec: booleanKind.codec }],
    build: Result as unknown as new (...values: unknown[]) => Upserted<object>,
  };
}
