// From the models of one database to its expected schema. Everything that is wrong with the set as a whole is reported in one error.

import type { EnumDescriptor, ModelDescriptor } from '@djogi/core';
import { DESCRIPTOR_FORMAT, descriptorOf, schemaObjectsOf, type AnyModel, type SchemaObject } from '@djogi/core/extension';
import { SchemaError, throwIfAny } from '../error/schema-error.ts';
import { checkNames } from './check-names.ts';
import { checkReferences } from './check-references.ts';
import { makeSnapshot } from './make-snapshot.ts';
import { orderObjects } from './order-objects.ts';
import { MODEL_SCHEMA } from './qualified-name.ts';
import type { EnumSnapshot, GrantSnapshot, OpaqueObjectSnapshot, SchemaSnapshot } from './snapshot.ts';
import { tableFromDescriptor } from './table-from-descriptor.ts';

/** A model class, or its descriptor as data. A descriptor alone brings no schema objects of extensions: those are made by their code. */
export type SnapshotSource = AnyModel | ModelDescriptor;

export interface SnapshotOptions {
  /** The role that the application connects as, when it is not the owner: it may read and write the rows of every table. Default none. */
  readonly appRole?: string;
}

/**
 * The schema that the models ask for.
 *
 * Shape: `models` is every model of one database, in any order: model classes, `registry.models`, or descriptors read from JSON. The same models give the
 * same bytes. Objects go to the schema `public`. Pure: no database is asked.
 * Errors: SCHEMA with `rule` `descriptor_format`, `duplicate_table`, `enum_conflict`, `reference_target`, `name_collision`, `identifier`, `storage_params`,
 * `object_conflict`, `missing_dependency`, `dependency_cycle`, `unsupported_object`; several at once in `problems`. MODEL_DEFINITION for a model that is wrongly declared.
 *
 * @example
 * renderCreate(snapshotOf([Person, Vehicle]))
 */
export function snapshotOf(models: Iterable<SnapshotSource>, { appRole }: SnapshotOptions = {}): SchemaSnapshot {
  const problems: SchemaError[] = [];
  const described = describedModels(models, problems);
  throwIfAny(problems);

  const descriptors = [...described.keys()];
  const tables = descriptors.map((descriptor) => tableFromDescriptor(descriptor, problems));
  const snapshot = makeSnapshot({
    extensions: [...new Set(descriptors.flatMap((descriptor) => descriptor.requiredExtensions))].map((name) => ({ name, schema: null })),
    enums: enumsOf(descriptors, problems),
    tables: appRole === undefined ? tables : tables.map((table) => ({ ...table, grants: [grantTo(appRole)] })),
    objects: objectsOf([...described.values()].flat(), problems),
  });
  checkReferences(snapshot, problems);
  checkNames(snapshot, problems);
  throwIfAny(problems);
  orderObjects(snapshot);
  return snapshot;
}

/** What an application does with rows. */
const grantTo = (role: string): GrantSnapshot => ({ role, privileges: ['delete', 'insert', 'select', 'update'], isGrantable: false });

/** One descriptor per table, with the schema objects of its extensions. */
function describedModels(models: Iterable<SnapshotSource>, problems: SchemaError[]): Map<ModelDescriptor, readonly SchemaObject[]> {
  const byTable = new Map<string, ModelDescriptor>();
  const described = new Map<ModelDescriptor, readonly SchemaObject[]>();
  for (const source of models) {
    const isClass = typeof source === 'function';
    const descriptor = isClass ? descriptorOf(source) : (source as ModelDescriptor);
    // A proxy is a slice of a table that its model declares.
    if (descriptor.proxyFor !== null && descriptor.proxyFor !== undefined) continue;
    const other = byTable.get(descriptor.table);
    const format: number = descriptor.format;
    if (format !== DESCRIPTOR_FORMAT) {
      const message = `The descriptor of ${descriptor.table} has format ${format}, and this version reads format ${DESCRIPTOR_FORMAT}. Use versions of @djogi/core and @djogi/migrations that belong together.`;
      problems.push(new SchemaError('descriptor_format', descriptor.table, message));
    } else if (other !== undefined && other !== descriptor && JSON.stringify(other) !== JSON.stringify(descriptor)) {
      problems.push(
        new SchemaError(
          'duplicate_table',
          descriptor.table,
          `Two models have the table ${descriptor.table}. Give one of them another table.`,
        ),
      );
    } else if (other === undefined || (isClass && other !== descriptor)) {
      // A class knows more than its descriptor read from JSON: it brings the objects of its extensions.
      if (other !== undefined) described.delete(other);
      byTable.set(descriptor.table, descriptor);
      described.set(descriptor, isClass ? schemaObjectsOf(source) : []);
    }
  }
  return described;
}

function enumsOf(descriptors: readonly ModelDescriptor[], problems: SchemaError[]): EnumSnapshot[] {
  const found = new Map<string, { readonly type: EnumDescriptor; readonly table: string }>();
  for (const { enums, table } of descriptors) {
    for (const type of enums) {
      const other = found.get(type.name);
      if (other === undefined) found.set(type.name, { type, table });
      else if (JSON.stringify(other.type.labels) !== JSON.stringify(type.labels)) {
        const message = `The enum ${type.name} has different labels in ${other.table} and ${table}. Declare it once with pgEnum and use it in both.`;
        problems.push(new SchemaError('enum_conflict', type.name, message));
      }
    }
  }
  return [...found.values()].map(({ type: { name, labels } }) => ({ schema: MODEL_SCHEMA, name, labels, comment: null }));
}

/** Several models may contribute the same object, a function that their policies share: it is made once. */
function objectsOf(objects: readonly SchemaObject[], problems: SchemaError[]): OpaqueObjectSnapshot[] {
  const found = new Map<string, OpaqueObjectSnapshot>();
  for (const object of objects) {
    if (object.kind !== 'opaque') {
      const { kind, identity } = object as { kind: string; identity: string };
      const message = `An extension contributes ${identity} of the kind ${JSON.stringify(kind)}, which this version does not know. Upgrade @djogi/migrations.`;
      problems.push(new SchemaError('unsupported_object', identity, message));
      continue;
    }
    const { identity, ddl, dropDdl, dependsOn } = object;
    const other = found.get(identity);
    if (other === undefined) found.set(identity, { identity, ddl, dropDdl, dependsOn });
    else if (other.ddl !== ddl || other.dropDdl !== dropDdl) {
      problems.push(
        new SchemaError(
          'object_conflict',
          identity,
          `Two extensions define ${identity} differently. Use versions of them that belong together.`,
        ),
      );
    }
  }
  return [...found.values()];
}
