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

/** Creates the table with its columns and every constraint that concerns it alone. Foreign keys are added later, when every table exists. */
export function createTable(table: TableSnapshot): string {
  const inline = table.constraints
    .filter((constraint) => constraint.kind !== 'foreignKey')
    .sort((left, right) => INLINE_RANK[left.kind] - INLINE_RANK[right.kind]);
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
