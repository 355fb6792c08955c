// What SET of an UPDATE consists of: values and expressions by property, and what the model writes by itself.

import {
  isExpression,
  nodeOf,
  nodes,
  NOW_MS,
  OPERATORS,
  intKind,
  patchValues,
  retyped,
  type Assignment,
  type Node,
  type ModelRuntime,
  type Place,
  type Source,
  type StoredField,
} from '@djogi/core/extension';
import { given, refuse, scoped } from '../set/refine.ts';
import type { Selection } from '../set/selection.ts';

const { column, constant, operation, sqlText, value } = nodes;

/** What a column of a row may be set to. */
export const SET: Place = { name: 'update', allowsAggregates: false, allowsWindows: false };

/**
 * The assignments of a patch, or of what a callback of the selection's fields gives for one, in column order: one text for each set of properties.
 *
 * Errors: VALIDATION as for the patch of one row; `scope` and the like for its expressions.
 */
export function assignments(selection: Selection, patch: unknown): readonly Assignment[] {
  const wanted = typeof patch === 'function' ? given(selection, patch) : patch;
  if (!isPatch(wanted))
    refuse(selection, 'type', 'update wants an object of values or expressions by property, or a function that gives one');
  const { fields, values } = patchValues(selection.runtime, wanted, isExpression);
  return fields.map((field, at) => ({ column: field.column, to: assigned(selection, field, values[at]) }));
}

/** A list, a Promise or a Date has no properties that could be meant, and would pass for an empty patch. */
export function isPatch(wanted: unknown): wanted is Readonly<Record<string, unknown>> {
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) return false;
  const prototype: unknown = Object.getPrototypeOf(wanted);
  return prototype === Object.prototype || prototype === null || Object.keys(wanted).length > 0;
}

function assigned(selection: Selection, field: StoredField, to: unknown): Node {
  if (!isExpression(to)) return value(to, field.valueKind);
  return retyped(scoped(selection, nodeOf(to), SET), field.valueKind, { path: field.property, isAssigned: true });
}

/** What every update of a model writes by itself: the version, one higher, and last the time. */
export function frameworkAssignments({ version, updatedAt }: ModelRuntime, of: Source): Assignment[] {
  const all: Assignment[] = [];
  if (version !== null) {
    const before = column(of, version.column, version.property, version.valueKind);
    all.push({ column: version.column, to: operation(OPERATORS.add, [before, constant(1, intKind)], version.valueKind) });
  }
  if (updatedAt !== null) all.push({ column: updatedAt.column, to: sqlText(NOW_MS, updatedAt.valueKind) });
  return all;
}
