// From a snapshot to the statements that create it in an empty database, in an order in which each finds what it needs.

import { SchemaError } from '../error/schema-error.ts';
import { orderObjects } from '../snapshot/order-objects.ts';
import { schemasOf } from '../snapshot/schemas-of.ts';
import { SNAPSHOT_FORMAT, type SchemaSnapshot } from '../snapshot/snapshot.ts';
import { commentOn, tableComments, type CommentTarget } from './comment-on.ts';
import { addConstraint } from './constraint.ts';
import { createEnum } from './create-enum.ts';
import { createExtension, createSchema } from './create-extension.ts';
import { createIndex } from './create-index.ts';
import { createSequence, ownSequence } from './create-sequence.ts';
import { createPartition, createTable, splitConstraints } from './create-table.ts';
import { grants } from './grant.ts';
import { createPolicy, setRowSecurity } from './row-security.ts';

/**
 * The statements that create everything in `snapshot`.
 *
 * Shape: one statement each, without a closing semicolon, in the order schemas, extensions, enums, sequences, contributed objects that need no table, tables
 * with the constraints of their own, indexes, foreign keys, row security, grants, the other contributed objects, comments. The tables are new and empty, so indexes
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
      ...setRowSecurity(table, { isEnabled: false, isForced: false }, table.rowSecurity),
      ...table.policies.map((policy) => createPolicy(table, policy)),
      ...grants('table', table),
    ]),
    ...sequences.flatMap((sequence) => grants('sequence', sequence)),
    ...afterTables.map((object) => object.ddl),
    ...comments(snapshot),
  ];
}

function comments({ enums, sequences, tables }: SchemaSnapshot): string[] {
  const made: string[] = [];
  const add = (comment: string | null, target: CommentTarget): void => {
    if (comment !== null) made.push(commentOn(target, comment));
  };
  for (const type of enums) add(type.comment, { kind: 'type', of: type });
  for (const sequence of sequences) add(sequence.comment, { kind: 'sequence', of: sequence });
  return [...made, ...tables.flatMap(tableComments)];
}
