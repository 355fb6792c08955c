// Applies what is pending.

import type { Context } from '@djogi/core';
import { MigrationRunError } from '../error/run-error.ts';
import { bucketName, type BucketId } from '../file/bucket.ts';
import { checkSealed, lossesOf, type Migration } from '../file/migration.ts';
import { executionModeOf, unitsOf } from '../file/script.ts';
import { addEvent } from '../ledger/event.ts';
import { lockBuckets } from '../ledger/lock.ts';
import { changeRow, insertRow, readRows, type LedgerRow } from '../ledger/row.ts';
import { asRunError, withLedgerSession, type LedgerSession } from '../ledger/session.ts';
import { installLedger } from '../ledger/tables.ts';
import { checkHistory, historyProblems } from './history.ts';
import { checkDependencies, checkLate, inOrder, lateOnes } from './order.ts';
import { newRunId } from './run-id.ts';
import { checkedReason, keyOf, migrationKey, migrationsOf, namedBy, shown, type MigrationSource } from './source.ts';
import { runUnits, type UnitOptions } from './units.ts';

export type Profile = 'development' | 'staging' | 'production';

export interface RunOptions extends UnitOptions {
  /** The database target. Default `main`. */
  readonly database?: string;
  /** Labels of the apps that take part; `''` is the one of models without an app. Default all that have files. */
  readonly apps?: readonly string[];
}

export interface ApplyOptions extends RunOptions {
  /** The last version, or the beginning of one. Default all. */
  readonly to?: string;
  /** Why what is lost may be lost, for migrations whose files do not say it. */
  readonly justification?: string;
  /** Why a migration may come behind later ones that touch the same things. */
  readonly allowOutOfOrder?: string;
  /** What the database is for: remembered in it. */
  readonly profile?: Profile;
  /** Checks everything, changes no schema, and says what would be applied. The ledger's tables are made. Default false. */
  readonly isDryRun?: boolean;
}

export interface AppliedMigration {
  readonly bucket: string;
  readonly version: string;
  readonly executionMs: number;
  /** It came behind a later one. */
  readonly isOutOfOrder: boolean;
}

export interface ApplyResult {
  readonly runId: string;
  readonly applied: readonly AppliedMigration[];
  /** What would be applied by a dry run, in order; else empty. */
  readonly pending: readonly Migration[];
  /** Late migrations that came through, each with the later one. */
  readonly warnings: readonly string[];
}

/**
 * Applies the migrations that the ledger does not have.
 *
 * Shape: everything that can be refused is refused before the first statement. A migration of one transaction commits with its ledger row; of another, every unit
 * commits with its count. Runs of one bucket come one after the other, and the second finds nothing to do.
 * Errors: MIGRATION_FILE; MIGRATION_RUN with `checksum_mismatch`, `file_missing`, `unfinished`, `failed`, `out_of_order`, `dependency`, `justification`,
 * `lock_timeout` before anything ran, and `step_failed`, `aborted`, `session_lost` after `applied` did.
 * Cost: a connection of its own, which is closed afterwards; about ten round trips, four for each transactional segment and one for each statement.
 *
 * @example
 * const { applied } = await applyMigrations(pool.context(), 'migrations');
 */
export async function applyMigrations(ctx: Context, source: MigrationSource, options: ApplyOptions = {}): Promise<ApplyResult> {
  const { database = 'main' } = options;
  const migrations = await migrationsOf(source, database);
  return withLedgerSession(ctx, 'applyMigrations', async (session) => {
    const history = await openHistory(session, migrations, options);
    const late = checkRun(history.pending, history, options);
    const warnings = late.map(({ migration, peer }) => `${shown(migration)} came behind ${peer.version}.`);
    const runId = newRunId();
    if (options.isDryRun === true) return { runId, applied: [], pending: history.pending, warnings };
    await noteProfile(session, options.profile);
    const applied: AppliedMigration[] = [];
    for (const migration of history.pending) {
      try {
        const isOutOfOrder = late.some((one) => one.migration === migration);
        const executionMs = await applyOne(session, migration, { ...options, runId, isOutOfOrder });
        applied.push({ bucket: bucketName(migration.bucket), version: migration.version, executionMs, isOutOfOrder });
      } catch (error) {
        throw withApplied(error, applied);
      }
    }
    return { runId, applied, pending: [], warnings };
  });
}

export interface History {
  /** All files of the target. */
  readonly migrations: readonly Migration[];
  readonly rows: readonly LedgerRow[];
  readonly byKey: ReadonlyMap<string, LedgerRow>;
  /** In the order in which they would run. */
  readonly pending: readonly Migration[];
}

/** Takes the locks, makes the ledger, and reads it. Refuses a history that does not hold. */
export async function openHistory(session: LedgerSession, migrations: readonly Migration[], options: ApplyOptions): Promise<History> {
  const { database = 'main', to } = options;
  const takesPart = (app: string): boolean => options.apps?.includes(app) ?? true;
  await lockRun(session, migrations, options);
  const rows = await readRows(session);
  checkHistory(
    historyProblems(
      database,
      migrations,
      rows.filter(({ app }) => takesPart(app)),
    ),
  );
  const byKey = new Map(rows.map((row) => [keyOf(row.app, row.version), row]));
  const last =
    to === undefined
      ? undefined
      : namedBy(
          migrations.filter(({ bucket }) => takesPart(bucket.app)),
          to,
          shown,
        ).version;
  const isPending = (migration: Migration): boolean => {
    const status = byKey.get(migrationKey(migration))?.status;
    return (
      takesPart(migration.bucket.app) &&
      (status === undefined || status === 'rolled_back') &&
      (last === undefined || migration.version <= last)
    );
  };
  return { migrations, rows, byKey, pending: inOrder(migrations.filter(isPending)) };
}

/** Locks the buckets of the files, and makes the ledger first. */
export async function lockRun(
  session: LedgerSession,
  migrations: readonly Migration[],
  { database = 'main', apps, ...options }: RunOptions,
): Promise<void> {
  const labels = apps ?? [...new Set(['', ...migrations.map(({ bucket }) => bucket.app)])];
  const buckets = labels.map((app): BucketId => ({ database, app }));
  const { lockWaitMs, onProgress, signal } = options;
  const onWait =
    onProgress === undefined
      ? undefined
      : (wait: { lock: string; waitedMs: number; pids: readonly number[] }): void => onProgress({ kind: 'waiting', ...wait });
  await lockBuckets(session, database, buckets, { lockWaitMs, onWait, signal }, () => installLedger(session));
}

/** Everything that refuses a run, before its first statement. */
export function checkRun(run: readonly Migration[], { migrations, byKey }: History, options: ApplyOptions): ReturnType<typeof lateOnes> {
  for (const migration of run) checkSealed(migration);
  checkDependencies(run, migrations, byKey);
  const late = lateOnes(run, migrations, byKey);
  checkLate(late, options.allowOutOfOrder === undefined ? null : checkedReason(options.allowOutOfOrder, 'allowOutOfOrder'));
  for (const migration of run) {
    const losses = lossesOf(migration, 'up');
    if (losses.length > 0 && justificationOf(migration, options) === null) {
      throw new MigrationRunError(
        'justification',
        `${shown(migration)} loses something: ${losses.join(', ')}. If that is meant, say why in justification, or in the file: -- djogi-justify: …`,
        { version: migration.version, bucket: bucketName(migration.bucket), step: losses[0] },
      );
    }
  }
  return late;
}

const justificationOf = ({ up }: Migration, { justification = '' }: ApplyOptions): string | null =>
  up.justification ?? (justification.trim() === '' ? null : justification.trim());

async function noteProfile(session: LedgerSession, profile: Profile | undefined): Promise<void> {
  if (profile === undefined) return;
  await session.write(
    'INSERT INTO djogi.environment (profile) VALUES ($1::text) ON CONFLICT (id) DO UPDATE SET profile = excluded.profile, noted_at = clock_timestamp()',
    [profile],
  );
}

interface OneRun extends ApplyOptions {
  readonly runId: string;
  readonly isOutOfOrder: boolean;
}

/** Applies one migration; resolves to milliseconds. */
async function applyOne(session: LedgerSession, migration: Migration, options: OneRun): Promise<number> {
  const { runId, isOutOfOrder } = options;
  const total = unitsOf(migration.up).length;
  const executionMode = executionModeOf(migration.up);
  const began = performance.now();
  const elapsed = (): number => Math.round(performance.now() - began);
  const row = {
    executionMode,
    runId,
    isOutOfOrder,
    total,
    justification: lossesOf(migration, 'up').length > 0 ? justificationOf(migration, options) : null,
    reason: isOutOfOrder ? (options.allowOutOfOrder?.trim() ?? null) : null,
  };
  if (executionMode === 'transactional') {
    const record = async (): Promise<void> => {
      await insertRow(session, migration, { ...row, status: 'applied', done: total, executionMs: elapsed() });
      await addEvent(session, migration, { event: 'applied', runId, detail: row.justification ?? row.reason });
    };
    try {
      await runUnits(session, migration, 'up', 0, options, { completed: record, claimed: record });
      // One that executes nothing has no transaction of its own.
      if (total === 0) await together(session, record);
    } catch (error) {
      await noteFailure(session, migration, 'up', runId, error, false);
      throw error;
    }
    return elapsed();
  }
  await together(session, async () => {
    await insertRow(session, migration, { ...row, status: 'pending', done: 0 });
    await addEvent(session, migration, { event: 'begun', runId, detail: row.justification ?? row.reason });
  });
  await finishUp(session, migration, 0, { ...options, runId }, elapsed);
  return elapsed();
}

/** Runs the units of a migration that has a row, behind the first `from`. */
export async function finishUp(
  session: LedgerSession,
  migration: Migration,
  from: number,
  options: UnitOptions & { readonly runId: string },
  elapsed: () => number,
): Promise<void> {
  const { runId } = options;
  const total = unitsOf(migration.up).length;
  const finish = async (): Promise<void> => {
    await changeRow(session, migration, { status: 'applied', claim: null, note: null, done: total, executionMs: elapsed() });
    await addEvent(session, migration, { event: 'applied', runId });
  };
  try {
    await runUnits(session, migration, 'up', from, options, {
      claimed: (unit) => changeRow(session, migration, { claim: unit }),
      completed: (unit, isLast) =>
        isLast ? withinTransaction(session, finish) : changeRow(session, migration, { done: unit, claim: null }),
    });
    if (from >= total) await together(session, finish);
  } catch (error) {
    await noteFailure(session, migration, 'up', runId, error, true);
    throw error;
  }
}

export const together = async (session: LedgerSession, write: () => Promise<void>): Promise<void> => {
  await session.script('BEGIN');
  try {
    await write();
    await session.script('COMMIT');
  } catch (error) {
    await session.script('ROLLBACK').catch(() => {});
    throw error;
  }
};

/** In the transaction that is open, or in one of its own. */
export const withinTransaction = (session: LedgerSession, write: () => Promise<void>): Promise<void> =>
  session.connection.transactionStatus === 'idle' ? together(session, write) : write();

/** What the ledger says of a failure. Best effort: with the connection gone, the row stays as it is, which says the same. */
export async function noteFailure(
  session: LedgerSession,
  migration: Migration,
  direction: 'up' | 'down',
  runId: string,
  error: unknown,
  hasRow: boolean,
): Promise<void> {
  if (!session.connection.isOpen) return;
  const failure = error instanceof MigrationRunError ? error : null;
  const detail = error instanceof Error ? error.message : 'an unknown error';
  try {
    await together(session, async () => {
      // The server has said that the statement failed, so nothing is open about it.
      if (hasRow) await changeRow(session, migration, { status: 'failed', claim: null, note: detail });
      await addEvent(session, migration, { event: 'failed', runId, direction, step: failure?.step ?? null, detail });
    });
  } catch {
    // The first error is the one to tell.
  }
}

/** The same error, with what this run had applied before. */
export function withApplied(thrown: unknown, applied: readonly { readonly version: string }[]): unknown {
  const error = asRunError(thrown);
  if (!(error instanceof MigrationRunError) || applied.length === 0) return error;
  const { rule, version, bucket, other, step, file, line, done, total, pids, cause } = error;
  const message = error.message.replace(/ \[MIGRATION_RUN: \w+\]$/, '');
  const versions = applied.map((one) => one.version);
  return new MigrationRunError(
    rule,
    `${message} Before it were applied: ${versions.join(', ')}.`,
    { version, bucket, other, step, file, line, done, total, pids, applied: versions },
    { cause },
  );
}
