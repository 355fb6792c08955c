// Rows of the ledger: one for each migration of a bucket, through its life.

import type { Direction, ExecutionMode } from '../file/script.ts';
import { TOOL_VERSION } from '../file/tool-version.ts';
import { SIDECAR_FORMAT } from '../file/sidecar.ts';
import type { Migration } from '../file/migration.ts';
import { versionParts } from '../file/version.ts';
import type { LedgerReader, LedgerSession } from './session.ts';

/**
 * - `pending`: a run has begun and not ended, or was killed
 * - `failed`: it ended with an error, after something of it had committed
 * - `applied`, `faked`, `baseline`: the schema has it, by running, by assertion, by adoption
 * - `rolled_back`: the schema has it no more
 */
export type LedgerStatus = 'pending' | 'applied' | 'baseline' | 'faked' | 'rolled_back' | 'failed';

export interface LedgerRow {
  /** In the order in which they came, as decimal text. */
  readonly id: string;
  readonly version: string;
  readonly app: string;
  readonly checksumUp: string;
  readonly checksumDown: string | null;
  readonly executionMode: ExecutionMode;
  readonly status: LedgerStatus;
  /** What `done`, `total` and `claim` are about. */
  readonly direction: Direction;
  /** When the row was written, in UTC. */
  readonly appliedAt: string;
  readonly appliedBy: string;
  readonly executionMs: number;
  readonly isOutOfOrder: boolean;
  /** Units that have committed, of how many. */
  readonly done: number;
  readonly total: number;
  /** The unit, from 1, that was begun outside a transaction and not heard of since. */
  readonly claim: number | null;
  readonly note: string | null;
  readonly runId: string;
  readonly justification: string | null;
  readonly reason: string | null;
}

export const isInSchema = ({ status }: Pick<LedgerRow, 'status'>): boolean =>
  status === 'applied' || status === 'faked' || status === 'baseline';

const UTC = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

export const readRows = (reader: LedgerReader): Promise<readonly LedgerRow[]> =>
  reader.rows<LedgerRow>(`SELECT m.id::text AS id, m.version, m.app_label AS app, m.checksum_up AS "checksumUp", m.checksum_down AS "checksumDown",
    m.execution_mode AS "executionMode", m.status, m.direction, to_char(m.applied_at AT TIME ZONE 'UTC', ${UTC}) AS "appliedAt",
    m.applied_by AS "appliedBy", m.execution_time_ms AS "executionMs", m.out_of_order_flag AS "isOutOfOrder", m.applied_steps_count AS done,
    m.total_steps AS total, m.claim_step AS claim, m.partial_apply_note AS note, m.run_id::text AS "runId", m.justification, m.reason
    FROM djogi.djogi_schema_migrations m ORDER BY m.id`);

export interface NewRow {
  readonly status: LedgerStatus;
  readonly runId: string;
  readonly executionMode: ExecutionMode;
  readonly total: number;
  readonly done: number;
  readonly isOutOfOrder: boolean;
  readonly executionMs?: number;
  readonly justification?: string | null | undefined;
  readonly reason?: string | null | undefined;
}

/** Writes the row of a migration; one of an earlier life, rolled back, makes way. */
export async function insertRow(session: LedgerSession, migration: Migration, row: NewRow): Promise<void> {
  const { version, bucket, checksumUp, checksumDown } = migration;
  await session.write(
    "DELETE FROM djogi.djogi_schema_migrations WHERE app_label = $1::text AND version = $2::text AND status = 'rolled_back'",
    [bucket.app, version],
  );
  await session.write(
    `INSERT INTO djogi.djogi_schema_migrations (version, description, app_label, checksum_up, checksum_down, execution_mode, status, execution_time_ms,
      out_of_order_flag, applied_steps_count, total_steps, run_id, snapshot_version, tool_version, justification, reason)
     VALUES ($1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text::bigint, $9::text::boolean, $10::text::int, $11::text::int,
      $12::text::bigint, $13::text, $14::text, $15::text, $16::text)`,
    [
      version,
      versionParts(version).slug,
      bucket.app,
      checksumUp,
      checksumDown,
      row.executionMode,
      row.status,
      String(row.executionMs ?? 0),
      String(row.isOutOfOrder),
      String(row.done),
      String(row.total),
      row.runId,
      SIDECAR_FORMAT,
      TOOL_VERSION,
      row.justification ?? null,
      row.reason ?? null,
    ],
  );
}

/** What may change in a row. */
export interface RowChange {
  readonly status?: LedgerStatus;
  readonly direction?: Direction;
  readonly done?: number;
  readonly total?: number;
  readonly claim?: number | null;
  readonly note?: string | null;
  readonly executionMs?: number;
  readonly checksumUp?: string;
  readonly checksumDown?: string | null;
  readonly reason?: string | null;
}

const COLUMNS: Readonly<Record<keyof RowChange, readonly [column: string, type: string]>> = {
  status: ['status', 'text'],
  direction: ['direction', 'text'],
  done: ['applied_steps_count', 'int'],
  total: ['total_steps', 'int'],
  claim: ['claim_step', 'int'],
  note: ['partial_apply_note', 'text'],
  executionMs: ['execution_time_ms', 'bigint'],
  checksumUp: ['checksum_up', 'text'],
  checksumDown: ['checksum_down', 'text'],
  reason: ['reason', 'text'],
};

export async function changeRow(
  session: LedgerSession,
  { bucket, version }: Pick<Migration, 'bucket' | 'version'>,
  change: RowChange,
): Promise<void> {
  const entries = Object.entries(change) as [keyof RowChange, string | number | null][];
  const sets = entries.map(([name], index) => `${COLUMNS[name][0]} = $${index + 3}::text::${COLUMNS[name][1]}`);
  await session.write(`UPDATE djogi.djogi_schema_migrations SET ${sets.join(', ')} WHERE app_label = $1::text AND version = $2::text`, [
    bucket.app,
    version,
    ...entries.map(([, value]) => (value === null ? null : String(value))),
  ]);
}
