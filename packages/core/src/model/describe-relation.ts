// From a relation as declared to what the descriptor says of it: tables and columns. The other models are read as declarations, never described, so that two
// that refer to each other can both be.

import { ModelDefinitionError } from '../error/definition-error.ts';
import type { FieldSpec, RelationSpec } from '../field/field-spec.ts';
import { specOf } from '../field/field.ts';
import { columnOf, declarationOf, keyTargetOf, type Declaration } from './declaration.ts';
import type { RelationDescriptor } from './descriptor.ts';

/** What a key column leads to. */
export function describeReferenced(spec: FieldSpec, column: string): RelationDescriptor {
  const target = keyTargetOf(spec.reference!.target, spec.reference!.targetField);
  return { kind: spec.unique === undefined ? 'foreignKey' : 'oneToOne', table: target.table, column, targetColumn: target.column };
}

/**
 * What a field without a column leads to, from the model of `table`.
 *
 * Errors: MODEL_DEFINITION with `relation_target` for what is no model, `relation_via` for a name that is no reference to this model, `relation_through` for a
 * model between the two without the two references.
 */
export function describeRelated(table: string, relation: RelationSpec): RelationDescriptor {
  const target = relatedModel(relation.target, 'target');
  if (relation.kind !== 'manyToMany') {
    const { column, referenced } = referenceTo(table, target, relation.via, 'relation_via');
    return { kind: relation.kind, table: target.table, via: relation.via, column: referenced, targetColumn: column };
  }
  const through = relatedModel(relation.through, 'through');
  if (relation.from === relation.to)
    throw new ModelDefinitionError('relation_through', `from and to are one field, ${JSON.stringify(relation.from)}. They are two.`);
  const from = referenceTo(table, through, relation.from, 'relation_through'),
    to = referenceTo(target.table, through, relation.to, 'relation_through');
  return {
    kind: 'manyToMany',
    table: target.table,
    through: through.table,
    from: relation.from,
    to: relation.to,
    column: from.referenced,
    fromColumn: from.column,
    toColumn: to.column,
    targetColumn: to.referenced,
  };
}

function relatedModel(model: unknown, role: string): Declaration {
  const declaration = declarationOf(model);
  if (declaration !== null) return declaration;
  throw new ModelDefinitionError(
    'relation_target',
    model === undefined
      ? `The ${role} of a relation is undefined: its module is still loading. Write the field as a getter: get vehicles() { return hasMany(Vehicle, 'owner') }.`
      : `The ${role} of a relation is no model class. Name a class made with model().`,
  );
}

/** The column behind the field `name` of a model, which must refer to `table`, and the column it refers to. */
function referenceTo(
  table: string,
  { table: owner, fields }: Declaration,
  name: string,
  rule: string,
): { column: string; referenced: string } {
  const spec = Object.hasOwn(fields, name) ? specOf(fields[name]) : null;
  if (spec?.reference === undefined)
    throw new ModelDefinitionError(
      rule,
      `${owner} has no reference ${JSON.stringify(name)}. Name the field as it is declared: 'owner', not 'ownerId' or the column.`,
    );
  const target = keyTargetOf(spec.reference.target, spec.reference.targetField);
  if (target.table !== table) throw new ModelDefinitionError(rule, `${owner}.${name} refers to ${target.table}, not to ${table}.`);
  return { column: columnOf(name, spec), referenced: target.column };
}
