// CREATE INDEX.

import { quoteIdentifier } from '@djogi/core/extension';
import type { QualifiedName } from '../snapshot/qualified-name.ts';
import type { IndexSnapshot } from '../snapshot/snapshot.ts';
import { includeClause, indexElement, qualified, storageClause, tablespaceClause, whereClause } from './fragment.ts';

/**
 * Creates an index. Never IF NOT EXISTS, which would take an invalid leftover of the name for the index.
 *
 * Locks: SHARE on the table while it is built; SHARE UPDATE EXCLUSIVE with `concurrently`, which cannot run in a transaction block nor on a partitioned table.
 */
export function createIndex(table: QualifiedName, index: IndexSnapshot, options: { readonly concurrently?: boolean } = {}): string {
  return (
    `CREATE${index.isUnique ? ' UNIQUE' : ''} INDEX${options.concurrently === true ? ' CONCURRENTLY' : ''} ${quoteIdentifier(index.name)} ON ${qualified(table)}` +
    (index.method === 'btree' ? '' : ` USING ${quoteIdentifier(index.method)}`) +
    ` (${index.elements.map(indexElement).join(', ')})` +
    includeClause(index.include) +
    (index.isNullsNotDistinct ? ' NULLS NOT DISTINCT' : '') +
    storageClause(index.storageParams) +
    tablespaceClause(index.tablespace) +
    whereClause(index.where)
  );
}
