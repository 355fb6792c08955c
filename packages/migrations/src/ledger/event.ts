// The event log: what was done to which migration, by whom and why. It is only added to.

import type { Context } from '@djogi/core';
import type { BucketId } from '../file/bucket.ts';
import type { Direction } from '../file/script.ts';
import { readerOf, type LedgerSession } from './session.ts';
import { hasLedger } from './tables.ts';

export type MigrationEventKind = 'begun' | 'applied' | 'rolled_back' | 'failed' | 'faked' | 'baseline' | 'repaired';

export interface MigrationEvent {
  /** In UTC. */
  readonly at: string;
  readonly runId: string;
  readonly app: string;
  readonly version: string;
  readonly event: MigrationEventKind;
  readonly direction: Direction;
  /** The label of the step, where it is about one. */
  readonly step: string | null;
  /** The reason that was given, or what the server said. */
  readonly detail: string | null;
  /** The role. */
  readonly by: string;
}

export async function addEvent(
  session: LedgerSession,
  migration: { readonly bucket: BucketId; readonly version: string },
  event: Pick<MigrationEvent, 'event' | 'runId'> & Partial<Pick<MigrationEvent, 'direction' | 'step' | 'detail'>>,
): Promise<void> {
  await session.write(
    `INSERT INTO djogi.djogi_migration_events (run_id, app_label, version, event, direction, step, detail)
     VALUES ($1::text::bigint, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text)`,
    [event.runId, migration.bucket.app, migration.version, event.event, event.direction ?? 'up', event.step ?? null, event.detail ?? null],
  );
}

/**
 * What happened to migrations, oldest first; empty where there is no ledger.
 *
 * Cost: two round trips.
 */
export async function migrationEvents(ctx: Context, { version }: { readonly version?: string } = {}): Promise<readonly MigrationEvent[]> {
  const reader = readerOf(ctx, 'migrationEvents');
  if (!(await hasLedger(reader))) return [];
  return reader.rows(
    `SELECT to_char(e.happened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at, e.run_id::text AS "runId", e.app_label AS app, e.version,
      e.event, e.direction, e.step, e.detail, e.done_by AS by
     FROM djogi.djogi_migration_events e WHERE $1::text IS NULL OR e.version = $1::text ORDER BY e.id`,
    [version ?? null],
  );
}
