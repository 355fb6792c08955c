// The differ: two snapshots in, the operations between them out. It knows Postgres and nothing of models.

import { SchemaError } from '../error/schema-error.ts';
import type { Operation } from '../operation/operation.ts';
import type { DiffHints } from '../snapshot/hints.ts';
import { deepFreeze } from '../snapshot/make-snapshot.ts';
import { SNAPSHOT_FORMAT, type SchemaSnapshot } from '../snapshot/snapshot.ts';
import { pairDerived } from './derived-renames.ts';
import { enumChanges, enumOperations } from './enum-diff.ts';
import { applyHints } from './hinted-renames.ts';
import { foundationOperations, objectOperations, sequenceOperations } from './object-diff.ts';
import { inOrder } from './order.ts';
import { rebuiltColumns } from './rebuilt.ts';
import { tableOperations } from './table-diff.ts';

/** What turns one schema into another. */
export interface SchemaDiff {
  readonly from: SchemaSnapshot;
  readonly to: SchemaSnapshot;
  /** In an order in which each finds what it needs: renames first, then by dependency. Empty for equal schemas. */
  readonly operations: readonly Operation[];
}

/**
 * The operations that turn `from` into `to`.
 *
 * Shape: objects are matched by name, those in `hints` by their old one. Nothing is guessed: without a hint, another name is a drop and an add. Constraints,
 * indexes and partitions of equal structure are renamed, which needs no guess. The order of columns does not count, and expressions are compared as texts: both
 * snapshots must be of one kind, declared or read. What a change must push aside (a check on a column whose type changes, a foreign key on a key that is
 * replaced) is dropped and made again. Pure; equal snapshots give no operation.
 * Errors: SCHEMA with `stale_rename` or `rename_conflict` for hints, `unsupported_change` for what Postgres has no form for, `unsupported_object` for another
 * format, `dependency_cycle`.
 *
 * @example
 * const { operations } = diffSnapshots(before, snapshotOf(models), hintsOf(models));
 */
export function diffSnapshots(from: SchemaSnapshot, to: SchemaSnapshot, hints: DiffHints = {}): SchemaDiff {
  for (const { format } of [from, to] as { readonly format: number }[]) {
    if (format !== SNAPSHOT_FORMAT)
      throw new SchemaError(
        'unsupported_object',
        'snapshot',
        `The snapshot has format ${format}, and this version compares format ${SNAPSHOT_FORMAT}. Upgrade @djogi/migrations.`,
      );
  }
  const hinted = applyHints(from, to, hints);
  const derived = pairDerived(hinted.snapshot, to);
  const old = derived.snapshot;
  const enums = enumChanges(old, to);
  const rebuilt = rebuiltColumns(old, to, enums);
  const operations = inOrder([
    ...foundationOperations(old, to),
    ...enumOperations(old, to, enums),
    ...sequenceOperations(old, to, rebuilt),
    ...objectOperations(old, to),
    ...tableOperations({ from: old, to, hints, rebuilt }),
  ]);
  return deepFreeze({ from, to, operations: [...hinted.operations, ...derived.operations, ...operations] });
}
