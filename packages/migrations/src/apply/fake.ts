// Records migrations without running them: the schema has them already.

import type { Context } from '@djogi/core';
import { MigrationRunError } from '../error/run-error.ts';
import { bucketName } from '../file/bucket.ts';
import { executionModeOf, unitsOf } from '../file/script.ts';
import { checkSealed } from '../file/migration.ts';
import { addEvent } from '../ledger/event.ts';
import { insertRow } from '../ledger/row.ts';
import { withLedgerSession } from '../ledger/session.ts';
import { openHistory, together, type RunOptions } from './apply.ts';
import { checkLate, lateOnes } from './order.ts';
import { newRunId } from './run-id.ts';
import { checkedReason, migrationKey, migrationsOf, namedBy, shown, type MigrationSource } from './source.ts';

export interface FakeOptions extends RunOptions {
  /** Why they are there already. */
  readonly reason: string;
  /** The one, or the beginning of its version. Default: all that are pending. */
  readonly version?: string;
  /** Why a migration may come behind later ones that touch the same things. */
  readonly allowOutOfOrder?: string;
}

export interface FakeResult {
  readonly runId: string;
  readonly faked: readonly { readonly bucket: string; readonly version: string }[];
}

/**
 * Records pending migrations as `faked`: no SQL of theirs runs, and nobody checks that the schema has what they do.
 *
 * Errors: MIGRATION_RUN with `reason`, `already_applied`, `unknown_version`, `ambiguous_version`, `out_of_order`, and those of a history that does not hold.
 * Cost: as an applying without migrations, and one transaction.
 */
export async function fakeMigrations(ctx: Context, source: MigrationSource, options: FakeOptions): Promise<FakeResult> {
  const reason = checkedReason(options.reason, 'A fake');
  const migrations = await migrationsOf(source, options.database ?? 'main');
  return withLedgerSession(ctx, 'fakeMigrations', async (session) => {
    const history = await openHistory(session, migrations, options);
    let run = history.pending;
    if (options.version !== undefined) {
      const named = namedBy(migrations, options.version, shown);
      const row = history.byKey.get(migrationKey(named));
      if (!run.includes(named)) {
        throw new MigrationRunError(
          'already_applied',
          `${shown(named)} is ${row?.status ?? 'not part of this run'} since ${row?.appliedAt ?? 'ever'}.`,
          {
            version: named.version,
            bucket: bucketName(named.bucket),
          },
        );
      }
      run = [named];
    }
    for (const migration of run) checkSealed(migration);
    const late = lateOnes(run, migrations, history.byKey);
    checkLate(late, options.allowOutOfOrder === undefined ? null : checkedReason(options.allowOutOfOrder, 'allowOutOfOrder'));
    const runId = newRunId();
    await together(session, async () => {
      for (const migration of run) {
        const total = unitsOf(migration.up).length;
        const isOutOfOrder = late.some((one) => one.migration === migration);
        await insertRow(session, migration, {
          status: 'faked',
          executionMode: executionModeOf(migration.up),
          total,
          done: total,
          isOutOfOrder,
          runId,
          reason,
        });
        await addEvent(session, migration, { event: 'faked', runId, detail: reason });
      }
    });
    return { runId, faked: run.map(({ bucket, version }) => ({ bucket: bucketName(bucket), version })) };
  });
}
