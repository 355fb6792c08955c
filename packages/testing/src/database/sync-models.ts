// Tables straight from models: no ledger, no migration files, no locks.

import type { Context } from '@djogi/core';
import { executorOf } from '@djogi/core/extension';
import { renderCreate, snapshotOf, type SnapshotSource } from '@djogi/migrations';

/** Model classes, `registry.models()`, or descriptors as data. */
export type Models = Iterable<SnapshotSource>;

/**
 * Creates the tables, types, indexes and constraints of `models` in an empty database, as applying their first migration would.
 *
 * Errors: MODEL_DEFINITION for a declaration that does not hold; SCHEMA for the set as a whole, such as a foreign key to a model that is not in it; DATABASE.
 * Cost: one round trip. Locks: ACCESS EXCLUSIVE on what it creates.
 */
export async function syncModels(ctx: Context, models: Models): Promise<void> {
  const ddl = modelsDdl(models);
  if (ddl !== '') await executorOf(ctx).script(ddl, { operation: 'syncModels' });
}

/** @internal */
export function modelsDdl(models: Models): string {
  return renderCreate(snapshotOf(models))
    .map((statement) => `${statement};\n`)
    .join('');
}
