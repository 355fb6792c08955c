// Advisory locks: one for the ledger of a database, one for each bucket. Held by the session, so that a killed run gives them back.

import { sha256Hex } from '@djogi/core/extension';
import { MigrationRunError } from '../error/run-error.ts';
import { bucketName, type BucketId } from '../file/bucket.ts';
import type { LedgerReader, LedgerSession } from './session.ts';

/** Key of a bucket's lock: the first 8 bytes of SHA-256 over a text of its own, big-endian and signed. */
export const advisoryLockKey = ({ database, app }: BucketId): bigint => keyOf(`djogi:advisory_lock:${database}\0${app}`);

/** Of the ledger, the bootstrap and the order of a database target. */
export const databaseLockKey = (database: string): bigint => keyOf(`djogi:database_lock:${database}`);

const keyOf = (text: string): bigint => BigInt.asIntN(64, BigInt(`0x${sha256Hex(text).slice(0, 16)}`));

export interface LockWait {
  /** What it waits for: a bucket, or the ledger of a database target. */
  readonly lock: string;
  readonly waitedMs: number;
  /** Backends that hold it. */
  readonly pids: readonly number[];
}

export interface LockOptions {
  /** Milliseconds; default without end. */
  readonly lockWaitMs?: number | undefined;
  readonly onWait?: ((wait: LockWait) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const POLL_MS = 100;

/** Backends of this database that hold the lock. */
export async function holdersOf(reader: LedgerReader, key: bigint): Promise<readonly number[]> {
  const rows = await reader.rows<{ readonly pid: number }>(
    `SELECT l.pid FROM pg_catalog.pg_locks l
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND ((l.classid::bigint << 32) | l.objid::bigint) = $1::text::bigint
       AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database()) ORDER BY l.pid`,
    [String(key)],
  );
  return rows.map(({ pid }) => pid);
}

/**
 * Takes a lock, asking again and again.
 *
 * A session that slept inside `pg_advisory_lock` would keep a snapshot open, and CREATE INDEX CONCURRENTLY of the run that it waits for would wait for it in
 * turn. So it asks, and has nothing open in between.
 * Errors: MIGRATION_RUN with `lock_timeout` and the pids that hold it; `aborted`.
 */
async function takeLock(session: LedgerSession, key: bigint, lock: string, { lockWaitMs, onWait, signal }: LockOptions): Promise<void> {
  const began = performance.now();
  for (;;) {
    if (signal?.aborted === true)
      throw new MigrationRunError('aborted', `The run was aborted while it waited for the lock of ${lock}. Nothing was changed.`);
    const [row] = await session.rows<{ readonly taken: boolean }>('SELECT pg_try_advisory_lock($1::text::bigint) AS taken', [String(key)]);
    if (row?.taken === true) return;
    const waitedMs = Math.round(performance.now() - began);
    const pids = await holdersOf(session, key);
    if (lockWaitMs !== undefined && waitedMs >= lockWaitMs) {
      const who = pids.length === 0 ? 'somebody who has just gone' : `backend ${pids.join(', ')}`;
      throw new MigrationRunError(
        'lock_timeout',
        `The lock of ${lock} is held by ${who} for longer than ${lockWaitMs} ms: another run is at work. Wait for it, or see pg_stat_activity.`,
        { pids },
      );
    }
    onWait?.({ lock, waitedMs, pids });
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/**
 * Runs `prepare` under the lock of the database target, then takes the locks of the buckets in the order of their names, and lets go of the first.
 *
 * The buckets' locks are held until the session ends.
 */
export async function lockBuckets(
  session: LedgerSession,
  database: string,
  buckets: readonly BucketId[],
  options: LockOptions,
  prepare: () => Promise<void>,
): Promise<void> {
  await takeLock(session, databaseLockKey(database), `the ledger of ${database}`, options);
  await prepare();
  for (const bucket of [...buckets].sort((left, right) => (bucketName(left) < bucketName(right) ? -1 : 1)))
    await takeLock(session, advisoryLockKey(bucket), bucketName(bucket), options);
  await session.write('SELECT pg_advisory_unlock($1::text::bigint)', [String(databaseLockKey(database))]);
}
