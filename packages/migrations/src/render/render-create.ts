// From a snapshot to the statements that create it in an empty database, in an order in which each finds what it needs.

import { SchemaError } from '../error/schema-error.ts';
import { orderObjects } from '../snapshot/order-objects.ts';
import { byText, MODEL_SCHEMA } from '../snapshot/qualified-name.ts';
import { SNAPSHOT_FORMAT, type SchemaSnapshot, type TableSnapshot } from '../snapshot/snapshot.ts';
import { commentOn, type CommentTarget } from './comment-on.ts';
import { addConstraint } from './constraint.ts';
import { createEnum } from './create-enum.ts';
import { createExtension, createSchema } from './create-extension.ts';
import { createIndex } from './create-index.ts';
import { createSequence, ownSequence } from './create-sequence.ts';
import { createPartition, createTable, splitConstraints } from './create-table.ts';
import { createPolicy, enableRowSecurity } from './row-security.ts';

/**
 * The statements that create everything in `snapshot`.
 *
 * Shape: one statement each, without a closing semicolon, in the order schemas, extensions, enums, sequences, contributed objects that need no table, tables
 * with the constraints of their own, indexes, foreign keys, row security, the other contributed objects, comments. The tables are new and empty, so indexes
 * are built plainly, never CONCURRENTLY, and constraints are valid from the start. All of it can run in one transaction, under the search path
 * `SNAPSHOT_SEARCH_PATH`. Functions that defaults call (the id functions) must exist.
 * Errors: SCHEMA with `unsupported_object` for a kind or format that this version does not know, `missing_dependency` and `dependency_cycle`.
 * Locks: none that anybody could wait for; foreign keys take SHARE ROW EXCLUSIVE on tables of the same snapshot.
 */
export function renderCreate(snapshot: SchemaSnapshot): readonly string[] {
  const format: number = snapshot.format;
  if (format !== SNAPSHOT_FORMAT) {
    throw new SchemaError(
      'unsupported_object',
      'snapshot',
      `The snapshot has format ${format}, and this version renders format ${SNAPSHOT_FORMAT}. Upgrade @djogi/migrations.`,
    );
  }
  const { extensions, enums, sequences, tables } = snapshot;
  const { beforeTables, afterTables } = orderObjects(snapshot);
  const later = tables.flatMap((table) => splitConstraints(table.constraints).later.map((constraint) => [table, constraint] as const));
  return [
    ...schemasOf(snapshot).map(createSchema),
    ...extensions.map(createExtension),
    ...enums.map(createEnum),
    ...sequences.map(createSequence),
    ...beforeTables.map((object) => object.ddl),
    ...tables.flatMap((table) => [
      createTable(table),
      ...(table.partitioning?.partitions ?? []).map((partition) => createPartition(table, partition)),
    ]),
    ...sequences.flatMap((sequence) => (sequence.ownedBy === null ? [] : [ownSequence(sequence, sequence.ownedBy)])),
    ...later.filter(([, constraint]) => constraint.kind !== 'foreignKey').map(([table, constraint]) => addConstraint(table, constraint)),
    ...tables.flatMap((table) => table.indexes.map((index) => createIndex(table, index))),
    // Last, because a target may be unique through any of the above.
    ...later.filter(([, constraint]) => constraint.kind === 'foreignKey').map(([table, constraint]) => addConstraint(table, constraint)),
    ...tables.flatMap((table) => [
      ...enableRowSecurity(table, table.rowSecurity),
      ...table.policies.map((policy) => createPolicy(table, policy)),
    ]),
    ...afterTables.map((object) => object.ddl),
    ...comments(snapshot),
  ];
}

/** The schemas that something is put in, without `public`, which every database has. */
function schemasOf({ extensions, enums, sequences, tables }: SchemaSnapshot): readonly string[] {
  const partitions = tables.flatMap((table) => table.partitioning?.partitions ?? []);
  const named = new Set([...extensions, ...enums, ...sequences, ...tables, ...partitions].flatMap(({ schema }) => schema ?? []));
  return [...named].filter((schema) => schema !== MODEL_SCHEMA && schema !== 'pg_catalog').sort(byText);
}

function comments({ enums, sequences, tables }: SchemaSnapshot): string[] {
  const made: string[] = [];
  const add = (comment: string | null, target: CommentTarget): void => {
    if (comment !== null) made.push(commentOn(target, comment));
  };
  for (const type of enums) add(type.comment, { kind: 'type', of: type });
  for (const sequence of sequences) add(sequence.comment, { kind: 'sequence', of: sequence });
  for (const table of tables) tableComments(table, add);
  return made;
}

function tableComments(table: TableSnapshot, add: (comment: string | null, target: CommentTarget) => void): void {
  add(table.comment, { kind: 'table', of: table });
  for (const column of table.columns) add(column.comment, { kind: 'column', of: table, part: column.name });
  for (const constraint of table.constraints) add(constraint.comment, { kind: 'constraint', of: table, part: constraint.name });
  for (const index of table.indexes) add(index.comment, { kind: 'index', of: { schema: table.schema, name: index.name } });
  for (const policy of table.policies) add(policy.comment, { kind: 'policy', of: table, part: policy.name });
}
