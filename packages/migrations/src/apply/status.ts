// What of the migrations a database has, and what it would take to have all.

import type { Context } from '@djogi/core';
import { bucketName } from '../file/bucket.ts';
import type { Migration } from '../file/migration.ts';
import { unitsOf, type Direction } from '../file/script.ts';
import { migrationEvents } from '../ledger/event.ts';
import { advisoryLockKey, holdersOf } from '../ledger/lock.ts';
import { isInSchema, readRows, type LedgerRow } from '../ledger/row.ts';
import { readerOf } from '../ledger/session.ts';
import { hasLedger } from '../ledger/tables.ts';
import { historyProblems, type HistoryProblem } from './history.ts';
import { inOrder, lateOnes } from './order.ts';
import { keyOf, migrationKey, migrationsOf, type MigrationSource } from './source.ts';

/**
 * - `pending`: a file without a row, or one that was rolled back and may be applied again (`rolled_back`)
 * - `running`: begun, and a session holds the bucket's lock
 * - `interrupted`: begun, and nobody is at it any more
 * - `failed`: it ended with an error after something had committed
 * - `applied`, `faked`, `baseline`: the database has it
 */
export type MigrationState = 'pending' | 'running' | 'interrupted' | 'failed' | 'applied' | 'faked' | 'baseline' | 'rolled_back';

export interface MigrationStatusEntry {
  readonly bucket: string;
  readonly version: string;
  readonly state: MigrationState;
  /** One sentence: what the state is, and what to do about it. */
  readonly explanation: string;
  /** Units that committed, of how many, and which way it was going. */
  readonly done: number;
  readonly total: number;
  readonly direction: Direction;
  /** The unit, from 1, that may or may not have run. */
  readonly claim: number | null;
  readonly isOutOfOrder: boolean;
  /** In UTC; null for what has no row. */
  readonly appliedAt: string | null;
  readonly reason: string | null;
  /** What the last attempt ended with, when it failed and left nothing behind. */
  readonly lastFailure: string | null;
}

export interface MigrationStatus {
  /** In the order of versions. */
  readonly entries: readonly MigrationStatusEntry[];
  readonly pending: readonly Migration[];
  readonly problems: readonly HistoryProblem[];
  /** Indexes that serve no query: what a failed CONCURRENTLY left. Each with the statement that removes it. */
  readonly invalidIndexes: readonly { readonly index: string; readonly remedy: string }[];
  /** The profile that was noted last; null when none was. */
  readonly profile: string | null;
}

export interface StatusOptions {
  /** The database target. Default `main`. */
  readonly database?: string;
}

/**
 * Reports the state of every migration, without a lock and without writing: also on a replica, and where there is no ledger yet.
 *
 * Errors: MIGRATION_FILE; DATABASE.
 * Cost: up to seven round trips.
 */
export async function migrationStatus(
  ctx: Context,
  source: MigrationSource,
  { database = 'main' }: StatusOptions = {},
): Promise<MigrationStatus> {
  const migrations = await migrationsOf(source, database);
  const reader = readerOf(ctx, 'migrationStatus');
  const isInstalled = await hasLedger(reader);
  const rows = isInstalled ? await readRows(reader) : [];
  const byKey = new Map(rows.map((row) => [keyOf(row.app, row.version), row]));
  const files = new Map(migrations.map((migration) => [migrationKey(migration), migration]));
  const failures = new Map<string, string>();
  for (const { app, version, event, detail } of isInstalled ? await migrationEvents(ctx) : []) {
    if (event === 'failed') failures.set(keyOf(app, version), detail ?? '');
    else if (event !== 'begun') failures.delete(keyOf(app, version));
  }
  const running = new Set<string>();
  for (const app of new Set(rows.filter(({ status }) => status === 'pending').map((row) => row.app)))
    if ((await holdersOf(reader, advisoryLockKey({ database, app }))).length > 0) running.add(app);
  const keys = [...new Set([...files.keys(), ...byKey.keys()])];
  const entries = keys
    .map((key) => entryOf(database, files.get(key), byKey.get(key), failures.get(key) ?? null, running))
    .sort((left, right) => (left.version < right.version ? -1 : left.version > right.version ? 1 : left.bucket < right.bucket ? -1 : 1));
  const pending = inOrder(
    migrations.filter((migration) => ['rolled_back', undefined].includes(byKey.get(migrationKey(migration))?.status)),
  );
  const [environment] = isInstalled ? await reader.rows<{ readonly profile: string }>('SELECT e.profile FROM djogi.environment e') : [];
  return {
    entries: entries.map((entry) => ({ ...entry, explanation: withLateness(entry, pending, migrations, byKey) })),
    pending,
    problems: historyProblems(database, migrations, rows),
    invalidIndexes: await reader.rows(
      `SELECT format('%I.%I', n.nspname, c.relname) AS index, format('DROP INDEX CONCURRENTLY %I.%I;', n.nspname, c.relname) AS remedy
       FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE NOT i.indisvalid AND n.nspname NOT LIKE 'pg\\_%' ORDER BY 1`,
    ),
    profile: environment?.profile ?? null,
  };
}

function entryOf(
  database: string,
  file: Migration | undefined,
  row: LedgerRow | undefined,
  lastFailure: string | null,
  running: ReadonlySet<string>,
): MigrationStatusEntry {
  const bucket = bucketName(file?.bucket ?? { database, app: row?.app ?? '' });
  const version = file?.version ?? row?.version ?? '';
  const state: MigrationState =
    row === undefined ? 'pending' : row.status === 'pending' ? (running.has(row.app) ? 'running' : 'interrupted') : row.status;
  const facts = {
    bucket,
    version,
    state,
    done: row?.done ?? 0,
    total: row?.total ?? (file === undefined ? 0 : unitsOf(file.up).length),
    direction: row?.direction ?? 'up',
    claim: row?.claim ?? null,
    isOutOfOrder: row?.isOutOfOrder ?? false,
    appliedAt: row?.appliedAt ?? null,
    reason: row?.reason ?? null,
    lastFailure: row === undefined || isInSchema(row) ? lastFailure : null,
  } as const;
  return { ...facts, explanation: explanationOf(facts, row, file === undefined) };
}

function explanationOf(entry: Omit<MigrationStatusEntry, 'explanation'>, row: LedgerRow | undefined, isFileMissing: boolean): string {
  const { state, done, total, direction, claim, lastFailure } = entry;
  const way = direction === 'up' ? 'applying it' : 'rolling it back';
  const progress = `${done} of ${total} units of ${way} are committed${claim === null ? '' : `, and unit ${claim} may or may not have run`}`;
  const missing = isFileMissing ? ' Its file is missing: restore it.' : '';
  switch (state) {
    case 'pending':
      return lastFailure === null ? 'Not applied yet.' : `Not applied: the last attempt failed and was rolled back. ${lastFailure}`;
    case 'running':
      return `A run is at work: ${progress}.`;
    case 'interrupted':
      return `A run was cut off: ${progress}. repairMigration goes on from there.${missing}`;
    case 'failed':
      return `A run failed: ${progress}. ${row?.note ?? ''} Remove the cause, then repairMigration.${missing}`;
    case 'applied':
      return `Applied at ${entry.appliedAt}${lastFailure === null ? '' : '; an attempt to roll it back failed and changed nothing'}.${missing}`;
    case 'faked':
      return `Recorded without running, at ${entry.appliedAt}: ${entry.reason}.${missing}`;
    case 'baseline':
      return `Was there when the database was adopted, at ${entry.appliedAt}: ${entry.reason}.${missing}`;
    case 'rolled_back':
      return isFileMissing ? 'Rolled back, and its file is gone.' : 'Rolled back. It may be applied again.';
  }
}

/** A pending one that comes late says so. */
function withLateness(
  entry: MigrationStatusEntry,
  pending: readonly Migration[],
  all: readonly Migration[],
  rows: ReadonlyMap<string, LedgerRow>,
): string {
  const migration = pending.find((one) => one.version === entry.version && bucketName(one.bucket) === entry.bucket);
  const [late] = migration === undefined ? [] : lateOnes([migration], all, rows);
  if (late === undefined) return entry.explanation;
  return `${entry.explanation} It comes late: ${late.peer.version} is applied${late.conflicts ? ', and the two may touch the same things' : ' and touches other things'}.`;
}
