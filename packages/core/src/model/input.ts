// Checks what callers hand in for a row, before any SQL: unknown keys, missing and null values, types and ranges. All problems of a row are reported at once.

import { ValidationError, type Issue } from '../error/value-error.ts';
import { issuesOf } from '../value/kind.ts';
import type { ModelRuntime, StoredField } from './runtime.ts';

/** The columns that a statement writes, with their values in the same order. */
export interface PreparedValues {
  readonly fields: readonly StoredField[];
  readonly values: readonly unknown[];
}

type Input = Readonly<Record<string, unknown>>;

/** What is wrong with a value for a field. */
export function valueIssues(field: StoredField, value: unknown): Issue[] {
  if (value === null) return field.descriptor.isNullable ? [] : [{ path: field.property, rule: 'not_null', message: 'must not be null' }];
  const problem = field.valueKind.validate(value);
  return problem === null ? [] : issuesOf(field.property, problem);
}

/** The first thing that is wrong with a value for a field, or null. */
export const valueIssue = (field: StoredField, value: unknown): Issue | null => valueIssues(field, value)[0] ?? null;

function check(field: StoredField, value: unknown, issues: Issue[]): void {
  issues.push(...valueIssues(field, value));
}

/** True when create input may leave the field out. */
export const mayBeOmitted = ({ descriptor }: StoredField): boolean =>
  descriptor.isNullable || descriptor.default !== null || descriptor.generated !== null;

/** The values of an INSERT. Framework fields and read-only columns in the input are ignored, so that a row can be spread into a new one. */
export function createValues(runtime: ModelRuntime, input: Input, id?: unknown): PreparedValues {
  const issues: Issue[] = [],
    fields: StoredField[] = [],
    values: unknown[] = [];
  if (typeof input !== 'object' || input === null)
    throw new ValidationError([{ path: '', rule: 'type', message: 'the values of a row must be an object' }], { model: runtime.table });
  for (const field of runtime.fields) {
    const { descriptor } = field;
    let value: unknown;
    if (descriptor.role === 'key') {
      value = id ?? (descriptor.isReadOnly ? undefined : input[field.property]) ?? field.defaultFn?.();
      if (value === undefined && descriptor.isReadOnly) continue;
    } else {
      if (descriptor.isReadOnly) continue;
      value = input[field.property];
      if (value === undefined && field.defaultFn !== null) value = field.defaultFn();
    }
    if (value === undefined) {
      if (!mayBeOmitted(field)) issues.push({ path: field.property, rule: 'required', message: 'is required' });
      continue;
    }
    check(field, value, issues);
    fields.push(field);
    values.push(value);
  }
  for (const property of Object.keys(input))
    if (!runtime.byProperty.has(property) && !isIgnored(runtime, property)) issues.push(unknownField(property));
  if (issues.length > 0) throw new ValidationError(issues, { model: runtime.table });
  return { fields, values };
}

const unknownField = (property: string): Issue => ({ path: property, rule: 'unknown_field', message: 'is no field of the model' });

/** What a row of the same model carries besides its columns: loaded relations, under the field's declared name. */
export const isIgnored = (runtime: ModelRuntime, property: string): boolean =>
  property === 'id' || (runtime.byName.has(property) && runtime.byName.get(property)!.descriptor.property !== property);

/**
 * The values of a patch: exactly its keys. `undefined` is refused, because it would silently become NULL or nothing. What `isComputed` is true for comes through
 * as it is: the database makes the value.
 */
export function patchValues(runtime: ModelRuntime, patch: Input, isComputed?: (value: unknown) => boolean): PreparedValues {
  const issues: Issue[] = [],
    fields: StoredField[] = [],
    values: unknown[] = [];
  if (typeof patch !== 'object' || patch === null)
    throw new ValidationError([{ path: '', rule: 'type', message: 'a patch must be an object' }], { model: runtime.table });
  for (const property of Object.keys(patch)) {
    const field = runtime.byProperty.get(property),
      value = patch[property];
    if (field === undefined) issues.push(unknownField(property));
    else if (field.descriptor.isReadOnly || field.descriptor.role === 'key')
      issues.push({ path: property, rule: 'read_only', message: 'is never written by a patch' });
    else if (value === undefined)
      issues.push({ path: property, rule: 'undefined', message: 'must not be undefined: leave the key out, or write null' });
    else {
      if (isComputed?.(value) !== true) check(field, value, issues);
      fields.push(field);
      values.push(value);
    }
  }
  if (issues.length > 0) throw new ValidationError(issues, { model: runtime.table });
  // Column order, not the order of the keys: one statement text per set of columns.
  if (fields.length > 1) {
    const order = fields.map((_, at) => at).sort((left, right) => fields[left]!.position - fields[right]!.position);
    return { fields: order.map((at) => fields[at]!), values: order.map((at) => values[at]) };
  }
  return { fields, values };
}

/** The present values of some of a row's fields, checked. `known` is what is wrong with the row besides. */
export function rowValues(runtime: ModelRuntime, row: Input, fields: readonly StoredField[], known: readonly Issue[]): PreparedValues {
  const issues: Issue[] = [...known];
  const values = fields.map((field) => {
    const value = row[field.property];
    if (value === undefined) issues.push({ path: field.property, rule: 'undefined', message: 'must not be undefined' });
    else check(field, value, issues);
    return value;
  });
  if (issues.length > 0) throw new ValidationError(issues, { model: runtime.table });
  return { fields, values };
}

/** Checks a key value. */
export function checkKey(runtime: ModelRuntime, id: unknown): void {
  const problem = id === undefined || id === null ? { rule: 'required', message: 'is required' } : runtime.key!.valueKind.validate(id);
  if (problem !== null) throw new ValidationError([{ path: 'id', rule: problem.rule, message: problem.message }], { model: runtime.table });
}
