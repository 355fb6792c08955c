// Files, sidecars and ledger held to each other, all of it at once.

import type { Context } from '@djogi/core';
import { MigrationFileError } from '../error/file-error.ts';
import { bucketName } from '../file/bucket.ts';
import { checkSealed, type Migration } from '../file/migration.ts';
import { readRows } from '../ledger/row.ts';
import { readerOf } from '../ledger/session.ts';
import { hasLedger } from '../ledger/tables.ts';
import { historyProblems, type HistoryProblem } from './history.ts';
import { inOrder, lateOnes } from './order.ts';
import { keyOf, migrationKey, migrationsOf, shown, type MigrationSource } from './source.ts';
import type { StatusOptions } from './status.ts';

export interface VerifyProblem {
  /** `checksum`: a file is not what its sidecar was sealed for. `out_of_order`: a pending file that would be refused. The others: ledger and files differ. */
  readonly rule: HistoryProblem['rule'] | 'checksum' | 'out_of_order';
  readonly bucket: string;
  readonly version: string;
  readonly message: string;
}

export interface Verification {
  /** Empty when everything holds. */
  readonly problems: readonly VerifyProblem[];
  /** Files that the database does not have yet, in the order in which they would run. No problem in itself. */
  readonly pending: readonly Migration[];
}

/**
 * Checks every file against its sidecar, and the ledger against the files. Whether the schema is what the history says is not asked here.
 *
 * Errors: MIGRATION_FILE for files that cannot be read at all; DATABASE.
 * Cost: two round trips. No lock, no writing.
 */
export async function verifyMigrations(
  ctx: Context,
  source: MigrationSource,
  { database = 'main' }: StatusOptions = {},
): Promise<Verification> {
  const migrations = await migrationsOf(source, database);
  const reader = readerOf(ctx, 'verifyMigrations');
  const rows = (await hasLedger(reader)) ? await readRows(reader) : [];
  const byKey = new Map(rows.map((row) => [keyOf(row.app, row.version), row]));
  const pending = inOrder(
    migrations.filter((migration) => ['rolled_back', undefined].includes(byKey.get(migrationKey(migration))?.status)),
  );
  const late = lateOnes(pending, migrations, byKey).filter(({ conflicts }) => conflicts);
  return {
    problems: [
      ...migrations.flatMap(sealProblem),
      ...historyProblems(database, migrations, rows),
      ...late.map(({ migration, peer }): VerifyProblem => ({
        rule: 'out_of_order',
        bucket: bucketName(migration.bucket),
        version: migration.version,
        message: `${shown(migration)} comes before ${peer.version}, which is applied, and the two may touch the same things.`,
      })),
    ],
    pending,
  };
}

function sealProblem(migration: Migration): readonly VerifyProblem[] {
  try {
    checkSealed(migration);
    return [];
  } catch (error) {
    if (!(error instanceof MigrationFileError)) throw error;
    return [{ rule: 'checksum', bucket: bucketName(migration.bucket), version: migration.version, message: error.message }];
  }
}
