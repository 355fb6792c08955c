// What an earlier attempt at CREATE or DROP INDEX CONCURRENTLY left behind.

import { qualified } from '../render/fragment.ts';
import type { Operation } from '../operation/operation.ts';
import type { MigrationSession } from './session.ts';

/** Catalog only. `valid`, `invalid`, or no row. */
const STATE = `
SELECT CASE WHEN i.indisvalid THEN 'valid' ELSE 'invalid' END AS value
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1::text AND c.relname = $2::text`;

/**
 * Makes way for the operation, and reports whether there is nothing left to do.
 *
 * An INVALID index of the name is what a failed build leaves: it is dropped. A valid one is the operation's own only when a run goes on behind its start;
 * otherwise the server says that the name is taken.
 */
export async function isIndexState(session: MigrationSession, operation: Operation, isResumed: boolean): Promise<boolean> {
  if (operation.kind !== 'createIndex' && operation.kind !== 'dropIndex') return false;
  const { table, index } = operation;
  const state = await session.text(STATE, [table.schema, index.name]);
  if (operation.kind === 'dropIndex') return isResumed && state === null;
  if (state === 'invalid') await session.runAlone(`DROP INDEX CONCURRENTLY ${qualified({ schema: table.schema, name: index.name })}`);
  return isResumed && state === 'valid';
}
