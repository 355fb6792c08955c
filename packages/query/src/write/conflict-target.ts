// By what a row is taken to be there already: the fields of a unique constraint or index, the predicate of a partial one, or the name of a constraint.

import { ValidationError, type ExprsOf, type Predicate } from '@djogi/core';
import {
  bagOf,
  declaredNode,
  identifierProblem,
  nodes,
  predicateNode,
  type ConflictTarget as TargetNode,
  type ModelRuntime,
  type StoredField,
} from '@djogi/core/extension';
import { inScope } from '../set/scope.ts';

/** Declared names of fields, and `id`. */
type Names<M extends { readonly $fields: any }> = readonly (keyof M['$fields'] | 'id')[];

/**
 * What tells that a row is there already: declared names of the fields of a unique constraint or index; with `where`, the condition of a partial unique index; or
 * the name of a constraint.
 */
export type ConflictTarget<M extends { readonly $fields: any }> =
  | Names<M>
  | { readonly fields: Names<M>; readonly where: (m: ExprsOf<M>) => Predicate }
  | { readonly constraint: string; readonly fields?: never; readonly where?: never };

/** A target as statements and checks need it. */
export interface Target {
  readonly node: TargetNode;
  /** The fields in column order. Null where a constraint is named that the model does not declare. */
  readonly fields: readonly StoredField[] | null;
  /** Whether two rows with equal values in the fields are in conflict for certain. */
  readonly isTotal: boolean;
  /** Says all of it, for a cache of plans; null where that would take a walk over the predicate. */
  readonly key: string | null;
}

export function refuse(runtime: ModelRuntime, path: string, rule: string, message: string): never {
  throw new ValidationError([{ path, rule, message }], { model: runtime.table });
}

/** A declared field name is meant; the row property and, for the key, `id` are understood too. */
export function fieldNamed(runtime: ModelRuntime, name: PropertyKey): StoredField {
  const property = runtime.byName.get(String(name))?.descriptor.property ?? String(name);
  return runtime.byProperty.get(property) ?? refuse(runtime, String(name), 'unknown_field', 'is no field of the model');
}

/** Refuses a field that is named twice, and puts the others in column order, so that the order of names makes no further statement text. */
export function onceInOrder(runtime: ModelRuntime, fields: readonly StoredField[], verb: string): StoredField[] {
  const twice = fields.find((field, at) => fields.indexOf(field) !== at);
  if (twice !== undefined) refuse(runtime, twice.property, 'duplicate', `is ${verb} twice`);
  return fields.toSorted((left, right) => left.position - right.position);
}

/** Errors: VALIDATION with `conflict` for what is no target, `unknown_field` and `duplicate` for its fields. */
export function conflictTarget(runtime: ModelRuntime, model: unknown, given: unknown): Target {
  if (Array.isArray(given)) {
    const fields = targetFields(runtime, given);
    return { node: { columns: columnsOf(fields) }, fields, isTotal: true, key: fields.map((field) => field.position).join() };
  }
  const { fields: names, where, constraint } = (typeof given === 'object' && given !== null ? given : {}) as Record<string, unknown>;
  if (constraint !== undefined && names === undefined && where === undefined) return namedConstraint(runtime, constraint);
  if (constraint !== undefined || !Array.isArray(names) || typeof where !== 'function')
    return refuse(
      runtime,
      'conflict',
      'conflict',
      'names the fields of a unique constraint: at least one. A partial index is { fields, where }, a constraint by its name { constraint }',
    );
  const fields = targetFields(runtime, names);
  const of = nodes.source(runtime.table),
    predicate = predicateNode(inScope(of, () => (where as (bag: unknown) => object)(bagOf(model, of)) as unknown as Predicate));
  return {
    node: { columns: columnsOf(fields), where: { of, node: constants(runtime, predicate, of) } },
    fields,
    isTotal: false,
    key: null,
  };
}

const columnsOf = (fields: readonly StoredField[]): string[] => fields.map((field) => field.column);

function targetFields(runtime: ModelRuntime, names: readonly PropertyKey[]): StoredField[] {
  if (names.length === 0) refuse(runtime, 'conflict', 'conflict', 'names the fields of a unique constraint: at least one');
  return onceInOrder(
    runtime,
    names.map((name) => fieldNamed(runtime, name)),
    'named',
  );
}

/** The server looks for an index whose predicate follows from this one, which it cannot tell of a parameter. */
function constants(runtime: ModelRuntime, predicate: Parameters<typeof declaredNode>[0], of: Parameters<typeof declaredNode>[1]) {
  try {
    return declaredNode(predicate, of);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return refuse(runtime, 'conflict', 'conflict', `has a predicate that no index can have: ${error.message}`);
  }
}

function namedConstraint(runtime: ModelRuntime, constraint: unknown): Target {
  if (typeof constraint !== 'string' || identifierProblem(constraint) !== null)
    return refuse(runtime, 'conflict', 'conflict', 'wants the name of a constraint');
  const declared = runtime.descriptor.indexes.find((index) => index.kind === 'uniqueConstraint' && index.name === constraint);
  const fields = declared?.elements.map((element) => runtime.byColumn.get(element.column ?? ''));
  return {
    node: { constraint },
    fields: fields === undefined || fields.includes(undefined) ? null : (fields as StoredField[]),
    isTotal: declared !== undefined,
    key: null,
  };
}
