// CREATE TABLE, with the constraints of its own statement, and the partitions of a partitioned one.

import { quoteIdentifier } from '@djogi/core/extension';
import type { ConstraintSnapshot, PartitioningSnapshot, PartitionSnapshot, TableSnapshot } from '../snapshot/snapshot.ts';
import type { QualifiedName } from '../snapshot/qualified-name.ts';
import { columnDefinition } from './column-definition.ts';
import { constraintDefinition } from './constraint.ts';
import { parenthesised, qualified, storageClause, tablespaceClause } from './fragment.ts';

/** Constraints go in this order, whatever their names: the key first, as people expect it. */
const INLINE_RANK: Readonly<Record<ConstraintSnapshot['kind'], number>> = {
  primaryKey: 0,
  unique: 1,
  exclusion: 2,
  check: 3,
  foreignKey: 4,
};

/**
 * Splits the constraints of a new table: those of its own statement, and those that are added when every table exists.
 *
 * Foreign keys wait because tables may need each other; a unique or exclusion constraint over the same as another one waits because CREATE TABLE would take the two for one.
 */
export function splitConstraints(constraints: readonly ConstraintSnapshot[]): {
  readonly inline: readonly ConstraintSnapshot[];
  readonly later: readonly ConstraintSnapshot[];
} {
  const inline: ConstraintSnapshot[] = [];
  const later: ConstraintSnapshot[] = [];
  const keys = new Set<string>();
  for (const constraint of constraints.toSorted((left, right) => INLINE_RANK[left.kind] - INLINE_RANK[right.kind])) {
    const key = mergedBy(constraint);
    const waits = constraint.kind === 'foreignKey' || (key !== null && keys.has(key));
    if (key !== null) keys.add(key);
    (waits ? later : inline).push(constraint);
  }
  return { inline, later };
}

/** What CREATE TABLE takes two constraints for one by. */
function mergedBy(constraint: ConstraintSnapshot): string | null {
  if (constraint.kind === 'primaryKey' || constraint.kind === 'unique') return JSON.stringify(constraint.columns);
  return constraint.kind === 'exclusion' ? JSON.stringify([constraint.method, constraint.elements]) : null;
}

/** Creates the table with its columns and the constraints of the same statement: see `splitConstraints` for the others. */
export function createTable(table: TableSnapshot): string {
  const { inline } = splitConstraints(table.constraints);
  const lines = [...table.columns.map(columnDefinition), ...inline.map(constraintDefinition)];
  const body = lines.length === 0 ? '()' : `(\n${lines.map((line) => `    ${line}`).join(',\n')}\n)`;
  const partitioning = table.partitioning === null ? '' : ` PARTITION BY ${partitionKey(table.partitioning)}`;
  return `CREATE${table.isUnlogged ? ' UNLOGGED' : ''} TABLE ${qualified(table)} ${body}${partitioning}${storageClause(table.storageParams)}${tablespaceClause(table.tablespace)}`;
}

const partitionKey = ({ strategy, key }: PartitioningSnapshot): string =>
  `${strategy.toUpperCase()} (${key.map(({ column, expression }) => (column === null ? parenthesised(expression ?? '') : quoteIdentifier(column))).join(', ')})`;

/** Creates a partition of `parent`. Locks: ACCESS EXCLUSIVE on the parent. */
export const createPartition = (parent: QualifiedName, partition: PartitionSnapshot): string =>
  `CREATE TABLE ${qualified(partition)} PARTITION OF ${qualified(parent)} ${partition.bound}${storageClause(partition.storageParams)}${tablespaceClause(partition.tablespace)}`;
