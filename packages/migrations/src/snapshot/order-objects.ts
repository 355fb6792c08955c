// The order of what extensions contributed: after what each object depends on, and before the tables where it needs none of them, since a check or a
// default may call it.

import { SchemaError } from '../error/schema-error.ts';
import { byText, MODEL_SCHEMA } from './qualified-name.ts';
import type { OpaqueObjectSnapshot, SchemaSnapshot } from './snapshot.ts';

export interface OrderedObjects {
  readonly beforeTables: readonly OpaqueObjectSnapshot[];
  readonly afterTables: readonly OpaqueObjectSnapshot[];
}

/**
 * Orders the opaque objects of a snapshot, ties by identity.
 *
 * Shape: a dependency is the identity of another object, or `extension:<name>`, `enum:<name>`, `sequence:<name>`, `table:<name>`, `column:<table>.<column>`,
 * `index:<name>`, `constraint:<table>.<name>`; names outside `public` are `<schema>.<name>`.
 * Errors: SCHEMA with `missing_dependency` and `dependency_cycle`.
 */
export function orderObjects(snapshot: SchemaSnapshot): OrderedObjects {
  const schemaIdentities = identitiesOf(snapshot);
  const byIdentity = new Map(snapshot.objects.map((object) => [object.identity, object]));
  const beforeTables: OpaqueObjectSnapshot[] = [];
  const afterTables: OpaqueObjectSnapshot[] = [];
  const needsTables = new Map<string, boolean>();
  const path: string[] = [];

  const visit = (object: OpaqueObjectSnapshot): boolean => {
    const known = needsTables.get(object.identity);
    if (known !== undefined) return known;
    if (path.includes(object.identity)) {
      const cycle = [...path.slice(path.indexOf(object.identity)), object.identity].join(' → ');
      throw new SchemaError(
        'dependency_cycle',
        object.identity,
        `Schema objects need each other: ${cycle}. Break the cycle in the extension that contributes them.`,
      );
    }
    path.push(object.identity);
    let needs = false;
    for (const identity of object.dependsOn.toSorted(byText)) {
      const dependency = byIdentity.get(identity);
      if (dependency !== undefined) needs = visit(dependency) || needs;
      else if (schemaIdentities.has(identity)) needs ||= schemaIdentities.get(identity)!;
      else
        throw new SchemaError(
          'missing_dependency',
          object.identity,
          `${object.identity} needs ${identity}, which is not in the schema. Add the model or extension that has it.`,
        );
    }
    path.pop();
    needsTables.set(object.identity, needs);
    (needs ? afterTables : beforeTables).push(object);
    return needs;
  };
  for (const object of snapshot.objects) visit(object);
  return { beforeTables, afterTables };
}

/** What an object may depend on, and whether that exists only once the tables do. */
function identitiesOf({ extensions, enums, sequences, tables }: SchemaSnapshot): Map<string, boolean> {
  const identities = new Map<string, boolean>();
  const add = (kind: string, schema: string, name: string, isOfTable: boolean): void => {
    identities.set(`${kind}:${schema}.${name}`, isOfTable);
    if (schema === MODEL_SCHEMA) identities.set(`${kind}:${name}`, isOfTable);
  };
  for (const { name } of extensions) identities.set(`extension:${name}`, false);
  for (const { schema, name } of enums) add('enum', schema, name, false);
  for (const { schema, name } of sequences) add('sequence', schema, name, false);
  for (const table of tables) {
    add('table', table.schema, table.name, true);
    for (const { name } of table.columns) add('column', table.schema, `${table.name}.${name}`, true);
    for (const { name } of table.constraints) add('constraint', table.schema, `${table.name}.${name}`, true);
    for (const { name } of table.indexes) add('index', table.schema, name, true);
  }
  return identities;
}
