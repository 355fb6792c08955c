// After a run that did not end: looks at the row, the claim and the catalog, says what happened, and does what is asked.

import type { Context } from '@djogi/core';
import { MigrationRunError } from '../error/run-error.ts';
import { bucketName } from '../file/bucket.ts';
import { checkSealed, type Migration } from '../file/migration.ts';
import { unitsOf, type ScriptUnit } from '../file/script.ts';
import { addEvent } from '../ledger/event.ts';
import { changeRow, readRows, type LedgerRow } from '../ledger/row.ts';
import { withLedgerSession, type LedgerSession } from '../ledger/session.ts';
import { finishUp, lockRun, together, type RunOptions } from './apply.ts';
import { indexState, indexStatementOf, isRepeatable } from './concurrent-index.ts';
import { historyProblems } from './history.ts';
import { finishDown } from './rollback.ts';
import { newRunId } from './run-id.ts';
import { checkedReason, keyOf, migrationKey, migrationsOf, namedBy, type MigrationSource } from './source.ts';

/**
 * - `resume`: run the unit that was begun, and what is behind it
 * - `resume_behind`: the unit that was begun has run; go on behind it
 * - `applied`, `rolled_back`: somebody has brought the schema there by hand; record it
 * - `accept_file`: the edited file stands for what was applied
 */
export type Resolution = 'resume' | 'resume_behind' | 'applied' | 'rolled_back' | 'accept_file';

export interface RepairOptions extends RunOptions {
  /** The version, or the beginning of one. Default: the one that needs it. */
  readonly version?: string;
  /** Does it. Without, the report only proposes. Default false. */
  readonly isConfirmed?: boolean;
  /** Default: what is proposed. */
  readonly resolution?: Resolution;
  /** Why; required for everything but the proposals `resume` and `resume_behind`. */
  readonly reason?: string;
}

export interface RepairReport {
  readonly bucket: string;
  readonly version: string;
  /** What happened, in words. */
  readonly finding: string;
  /** Null when only you can know: say it in `resolution`. */
  readonly proposal: Resolution | null;
  /** All that the state allows. */
  readonly choices: readonly Resolution[];
  /** What was done; null when nothing was. */
  readonly done: Resolution | null;
}

/**
 * Brings a migration that was cut off, failed, or was edited after it was applied, back into a state that runs go on from.
 *
 * Shape: null when nothing needs it. The report says what was found and what is proposed; with `isConfirmed` it is done.
 * Errors: MIGRATION_RUN with `resolution` when the state does not allow what was asked, or when only you can decide and did not; `reason`; `checksum_mismatch`
 * when the file is not what was begun; those of running. MIGRATION_FILE.
 * Cost: as applying.
 */
export async function repairMigration(ctx: Context, source: MigrationSource, options: RepairOptions = {}): Promise<RepairReport | null> {
  const { database = 'main' } = options;
  const migrations = await migrationsOf(source, database);
  return withLedgerSession(ctx, 'repairMigration', async (session) => {
    await lockRun(session, migrations, options);
    const rows = (await readRows(session)).filter(({ app }) => options.apps?.includes(app) ?? true);
    const row = rowInNeed(rows, migrations, database, options.version);
    if (row === null) return null;
    const migration = migrations.find((one) => migrationKey(one) === keyOf(row.app, row.version));
    const finding = migration === undefined ? withoutFile(row) : await findingOf(session, migration, row);
    const report = {
      bucket: bucketName({ database, app: row.app }),
      version: row.version,
      finding: finding.text,
      proposal: finding.proposal,
      choices: finding.choices,
    };
    if (options.isConfirmed !== true) return { ...report, done: null };
    const resolution = options.resolution ?? finding.proposal;
    const facts = { version: row.version, bucket: report.bucket, done: row.done, total: row.total };
    if (resolution === null)
      throw new MigrationRunError(
        'resolution',
        `${finding.text} Only you can know. Say it in resolution: ${finding.choices.join(', ')}.`,
        facts,
      );
    if (migration === undefined || !finding.choices.includes(resolution))
      throw new MigrationRunError(
        'resolution',
        `${finding.text} ${resolution} is no way on from here${finding.choices.length === 0 ? '' : `; there are: ${finding.choices.join(', ')}`}.`,
        facts,
      );
    await resolve(session, migration, row, resolution, options);
    return { ...report, done: resolution };
  });
}

/** The row that is named, or the first that needs a repair. */
function rowInNeed(
  rows: readonly LedgerRow[],
  migrations: readonly Migration[],
  database: string,
  name: string | undefined,
): LedgerRow | null {
  const shownAs = ({ app, version }: LedgerRow): string => `${bucketName({ database, app })} ${version}`;
  if (name !== undefined) return namedBy(rows, name, shownAs);
  const [problem] = historyProblems(database, migrations, rows);
  return (
    rows.find(
      (row) => problem !== undefined && row.version === problem.version && bucketName({ database, app: row.app }) === problem.bucket,
    ) ?? null
  );
}

interface Finding {
  readonly text: string;
  readonly proposal: Resolution | null;
  readonly choices: readonly Resolution[];
}

const withoutFile = (row: LedgerRow): Finding => ({
  text: `${row.version} is ${row.status} and has no file here. Restore the file first.`,
  proposal: null,
  choices: [],
});

async function findingOf(session: LedgerSession, migration: Migration, row: LedgerRow): Promise<Finding> {
  const isEdited = migration.checksumUp !== row.checksumUp || migration.checksumDown !== row.checksumDown;
  if (row.status !== 'pending' && row.status !== 'failed') {
    if (!isEdited || row.status === 'rolled_back')
      return { text: `${row.version} is ${row.status}, and nothing is open about it.`, proposal: null, choices: [] };
    return { text: `${row.version} is ${row.status}, and its file was edited since.`, proposal: null, choices: ['accept_file'] };
  }
  const way = row.direction === 'up' ? 'to apply' : 'to roll back';
  const script = row.direction === 'up' ? migration.up : migration.down;
  const units = script === null ? [] : unitsOf(script);
  const how = row.status === 'failed' ? `failed: ${row.note ?? 'nothing is known why'}` : 'was cut off';
  const text = `The run ${way} ${row.version} ${how}. ${row.done} of ${row.total} units are committed.`;
  const byHand: readonly Resolution[] = ['applied', 'rolled_back'];
  if (isEdited || units.length !== row.total) {
    return {
      text: `${text} Its file was edited since, so it cannot go on from there. Restore the file, or finish by hand.`,
      proposal: null,
      choices: byHand,
    };
  }
  const claimed = row.claim === null ? undefined : units[row.claim - 1];
  if (claimed === undefined)
    return { text: `${text} Nothing of the next one is left.`, proposal: 'resume', choices: ['resume', ...byHand] };
  return withClaim(session, claimed, `${text} Unit ${row.claim}, ${claimed.steps[0]!.label}, was begun outside a transaction`, byHand);
}

/** What the catalog says of a statement that was begun alone. */
async function withClaim(session: LedgerSession, { steps }: ScriptUnit, text: string, byHand: readonly Resolution[]): Promise<Finding> {
  const { sql } = steps[0]!;
  const statement = indexStatementOf(sql);
  const choices: readonly Resolution[] = ['resume', 'resume_behind', ...byHand];
  if (statement === null) {
    if (isRepeatable(sql)) return { text: `${text}. Running it twice changes nothing.`, proposal: 'resume', choices };
    return { text: `${text}, and nothing tells whether it has run.`, proposal: null, choices };
  }
  const state = await indexState(session, statement);
  if (statement.kind === 'create') {
    if (state === 'valid') return { text: `${text} and has run: the index is valid.`, proposal: 'resume_behind', choices };
    if (state === 'invalid')
      return { text: `${text} and left an INVALID index, which is dropped and built again.`, proposal: 'resume', choices };
    return { text: `${text} and has not run: there is no index.`, proposal: 'resume', choices };
  }
  if (state === 'absent') return { text: `${text} and has run: the index is gone.`, proposal: 'resume_behind', choices };
  return { text: `${text} and has not run to its end: the index is there.`, proposal: 'resume', choices };
}

async function resolve(
  session: LedgerSession,
  migration: Migration,
  row: LedgerRow,
  resolution: Resolution,
  options: RepairOptions,
): Promise<void> {
  const runId = newRunId();
  const isByHand = resolution !== 'resume' && resolution !== 'resume_behind';
  const reason = isByHand || options.reason !== undefined ? checkedReason(options.reason ?? '', `The resolution ${resolution}`) : null;
  const note = (): Promise<void> =>
    addEvent(session, migration, {
      event: 'repaired',
      runId,
      direction: row.direction,
      detail: `${resolution}${reason === null ? '' : `: ${reason}`}`,
    });
  if (isByHand) {
    await together(session, async () => {
      if (resolution === 'accept_file')
        await changeRow(session, migration, { checksumUp: migration.checksumUp, checksumDown: migration.checksumDown, reason });
      else await changeRow(session, migration, { status: resolution === 'applied' ? 'applied' : 'rolled_back', claim: null, reason });
      await note();
    });
    return;
  }
  checkSealed(migration);
  const from = resolution === 'resume_behind' ? (row.claim ?? row.done) : row.done;
  await together(session, async () => {
    await changeRow(session, migration, { status: 'pending', done: from, claim: null, note: null });
    await note();
  });
  const began = performance.now();
  const elapsed = (): number => row.executionMs + Math.round(performance.now() - began);
  if (row.direction === 'up') await finishUp(session, migration, from, { ...options, runId }, elapsed);
  else await finishDown(session, migration, from, { ...options, runId });
}
