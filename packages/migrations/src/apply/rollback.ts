// Takes back the migration that came last.

import type { Context } from '@djogi/core';
import { MigrationRunError } from '../error/run-error.ts';
import { bucketName } from '../file/bucket.ts';
import { checkSealed, lossesOf, type Migration } from '../file/migration.ts';
import { executionModeOf, unitsOf } from '../file/script.ts';
import { addEvent } from '../ledger/event.ts';
import { changeRow, isInSchema, readRows, type LedgerRow } from '../ledger/row.ts';
import { withLedgerSession, type LedgerSession } from '../ledger/session.ts';
import { lockRun, noteFailure, together, withinTransaction, type RunOptions } from './apply.ts';
import { checkHistory, historyProblems } from './history.ts';
import { newRunId } from './run-id.ts';
import { checkedReason, keyOf, migrationKey, migrationsOf, namedBy, shown, type MigrationSource } from './source.ts';
import { runUnits, type UnitOptions } from './units.ts';

export interface RollbackOptions extends RunOptions {
  /** The version that is expected to be the last, or the beginning of it. Default: the one that came last. */
  readonly version?: string;
  /** Why data may be lost, where the way back loses some. */
  readonly allowLoss?: string;
}

export interface RollbackResult {
  readonly runId: string;
  readonly bucket: string;
  readonly version: string;
  readonly executionMs: number;
}

/**
 * Rolls back the migration that came last: by the time it was applied, not by its version.
 *
 * Shape: gives back the shape of the schema, not the data that the migration had lost.
 * Errors: MIGRATION_RUN with `not_applied`, `not_last` (naming the one that is), `irreversible`, `justification` for a way back that loses data without a
 * reason, those of a history that does not hold, `step_failed`, `aborted`, `session_lost`; MIGRATION_FILE.
 * Cost: as applying.
 */
export async function rollbackMigration(ctx: Context, source: MigrationSource, options: RollbackOptions = {}): Promise<RollbackResult> {
  const { database = 'main' } = options;
  const migrations = await migrationsOf(source, database);
  return withLedgerSession(ctx, 'rollbackMigration', async (session) => {
    await lockRun(session, migrations, options);
    const rows = (await readRows(session)).filter(({ app }) => options.apps?.includes(app) ?? true);
    checkHistory(historyProblems(database, migrations, rows));
    const row = lastOf(rows, options.version, database);
    const migration = migrations.find((one) => migrationKey(one) === keyOf(row.app, row.version))!;
    checkSealed(migration);
    const detail = checkWayBack(migration, row, options);
    const began = performance.now();
    const elapsed = (): number => Math.round(performance.now() - began);
    const runId = newRunId();
    const total = unitsOf(migration.down!).length;
    if (executionModeOf(migration.down!) === 'transactional') {
      const record = async (): Promise<void> => {
        await changeRow(session, migration, { status: 'rolled_back', direction: 'down', done: total, total });
        await addEvent(session, migration, { event: 'rolled_back', direction: 'down', runId, detail });
      };
      try {
        await runUnits(session, migration, 'down', 0, options, { completed: record, claimed: record });
      } catch (error) {
        await noteFailure(session, migration, 'down', runId, error, false);
        throw error;
      }
    } else {
      await together(session, async () => {
        await changeRow(session, migration, { status: 'pending', direction: 'down', done: 0, total, claim: null, note: null });
        await addEvent(session, migration, { event: 'begun', direction: 'down', runId, detail });
      });
      await finishDown(session, migration, 0, { ...options, runId });
    }
    return { runId, bucket: bucketName(migration.bucket), version: migration.version, executionMs: elapsed() };
  });
}

/** The row that came last, which must be the one that is named. */
function lastOf(rows: readonly LedgerRow[], name: string | undefined, database: string): LedgerRow {
  const present = rows.filter(isInSchema);
  const last = present.at(-1);
  const named = name === undefined ? last : namedBy(rows, name, ({ app, version }) => `${bucketName({ database, app })} ${version}`);
  if (named === undefined) throw new MigrationRunError('not_applied', 'Nothing is applied, so there is nothing to roll back.');
  const facts = { version: named.version, bucket: bucketName({ database, app: named.app }), other: last?.version };
  if (!isInSchema(named)) throw new MigrationRunError('not_applied', `${named.version} is ${named.status} in this database.`, facts);
  if (named !== last)
    throw new MigrationRunError(
      'not_last',
      `${named.version} is not the last: ${last!.version} came behind it (D624). Roll that back first.`,
      facts,
    );
  if (named.status !== 'applied')
    throw new MigrationRunError(
      'not_applied',
      `${named.version} is ${named.status}: it was never run here, so there is nothing to take back.`,
      facts,
    );
  return named;
}

/** Refuses what cannot be taken back; resolves to the reason for what it loses. */
function checkWayBack(migration: Migration, row: LedgerRow, { allowLoss }: RollbackOptions): string | null {
  const facts = { version: migration.version, bucket: bucketName(migration.bucket) };
  if (migration.down === null || row.checksumDown === null)
    throw new MigrationRunError('irreversible', `${shown(migration)} has no way back. Write a migration that goes on from here.`, facts);
  const losses = lossesOf(migration, 'down');
  if (losses.length > 0 && allowLoss === undefined) {
    throw new MigrationRunError(
      'justification',
      `The way back of ${shown(migration)} loses data: ${losses.join(', ')}. If that is meant, say why in allowLoss.`,
      {
        ...facts,
        step: losses[0],
      },
    );
  }
  return losses.length > 0 ? checkedReason(allowLoss ?? '', 'allowLoss') : null;
}

/** Runs the units of a way back that has begun, behind the first `from`. */
export async function finishDown(
  session: LedgerSession,
  migration: Migration,
  from: number,
  options: UnitOptions & { readonly runId: string },
): Promise<void> {
  const { runId } = options;
  const total = unitsOf(migration.down ?? { segments: [] }).length;
  const finish = async (): Promise<void> => {
    await changeRow(session, migration, { status: 'rolled_back', claim: null, note: null, done: total });
    await addEvent(session, migration, { event: 'rolled_back', direction: 'down', runId });
  };
  try {
    await runUnits(session, migration, 'down', from, options, {
      claimed: (unit) => changeRow(session, migration, { claim: unit }),
      completed: (unit, isLast) =>
        isLast ? withinTransaction(session, finish) : changeRow(session, migration, { done: unit, claim: null }),
    });
    if (from >= total) await together(session, finish);
  } catch (error) {
    await noteFailure(session, migration, 'down', runId, error, true);
    throw error;
  }
}
