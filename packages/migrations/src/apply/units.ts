// Runs one way of a migration, unit by unit, with the ledger's word for each in the same transaction where there is one.

import { isDjogiError } from '@djogi/core';
import { MigrationRunError } from '../error/run-error.ts';
import { bucketName } from '../file/bucket.ts';
import { isExecutable } from '../file/fragment.ts';
import { scriptPlace, type Migration } from '../file/migration.ts';
import { unitsOf, type Direction, type ScriptStep, type ScriptUnit } from '../file/script.ts';
import { resetSettings, type LedgerSession } from '../ledger/session.ts';
import { dropInvalid } from './concurrent-index.ts';
import { shown } from './source.ts';

export type RunProgress =
  | { readonly kind: 'waiting'; readonly lock: string; readonly waitedMs: number; readonly pids: readonly number[] }
  | { readonly kind: 'migration'; readonly bucket: string; readonly version: string; readonly direction: Direction; readonly units: number }
  | { readonly kind: 'step'; readonly version: string; readonly unit: number; readonly label: string }
  | {
      readonly kind: 'retry';
      readonly version: string;
      readonly unit: number;
      readonly attempt: number;
      readonly delayMs: number;
      readonly sqlState: string;
    }
  | { readonly kind: 'unit'; readonly version: string; readonly unit: number; readonly of: number }
  | { readonly kind: 'done'; readonly bucket: string; readonly version: string; readonly direction: Direction };

export interface UnitOptions {
  /** Milliseconds that a statement of a transactional segment waits for a lock, before the segment is tried again. Default 2000. Patient ones wait on. */
  readonly lockTimeoutMs?: number;
  /** Milliseconds for a statement of a transactional segment that is not patient; a file's own header wins. Default one hour. */
  readonly statementTimeoutMs?: number;
  /** How often a segment is tried in all when somebody holds a lock. Default 5. */
  readonly attempts?: number;
  /** Milliseconds before the second attempt; doubles each time. Default 1000. */
  readonly retryDelayMs?: number;
  /** Milliseconds to wait for another run; default without end. */
  readonly lockWaitMs?: number;
  readonly onProgress?: (progress: RunProgress) => void;
  /** A transaction in flight is cancelled; a statement that stands alone is waited for. */
  readonly signal?: AbortSignal;
}

/** What the ledger is told. Positions count from 1. */
export interface UnitRecorder {
  /** In the transaction of the unit, or behind one that stood alone. */
  completed(unit: number, isLast: boolean): Promise<void>;
  /** Before a unit that stands alone, committed. */
  claimed(unit: number): Promise<void>;
}

const DEFAULTS = { lockTimeoutMs: 2000, statementTimeoutMs: 3_600_000, attempts: 5, retryDelayMs: 1000 } as const;
/** Somebody else held a lock for too long, or both waited for each other. The transaction is gone, so all of it may run again. */
const RETRIED: ReadonlySet<string> = new Set(['55P03', '40P01']);

/** The step that was running, for errors. */
export interface Place {
  step: ScriptStep | null;
  unit: number;
}

/**
 * Runs the units behind the first `from`.
 *
 * Errors: MIGRATION_RUN with `step_failed`, `aborted`, `session_lost`; `done` says how many units are behind it.
 */
export async function runUnits(
  session: LedgerSession,
  migration: Migration,
  direction: Direction,
  from: number,
  options: UnitOptions,
  recorder: UnitRecorder,
): Promise<void> {
  const script = migration[direction];
  const units = script === null ? [] : unitsOf(script);
  const { onProgress = (): void => {}, attempts = DEFAULTS.attempts, retryDelayMs = DEFAULTS.retryDelayMs } = options;
  const { version } = migration;
  await session.checkPinned();
  await resetSettings(session);
  onProgress({ kind: 'migration', bucket: bucketName(migration.bucket), version, direction, units: units.length });
  for (let index = from; index < units.length; index++) {
    const unit = units[index]!;
    const number = index + 1;
    for (let attempt = 1; ; attempt++) {
      const place: Place = { step: null, unit: number };
      try {
        if (options.signal?.aborted === true) throw abortedBefore(migration, index, units.length);
        const run = unit.kind === 'transactional' ? runTogether : runAlone;
        await run(session, migration, unit, options, script?.statementTimeoutMs ?? null, recorder, place, number === units.length);
        break;
      } catch (error) {
        const sqlState = sqlStateOf(error);
        if (sqlState === null || !RETRIED.has(sqlState) || attempt >= attempts)
          throw failureOf(error, migration, direction, place, index, units.length, options.signal);
        const delayMs = retryDelayMs * 2 ** (attempt - 1);
        onProgress({ kind: 'retry', version, unit: number, attempt, delayMs, sqlState });
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
    }
    onProgress({ kind: 'unit', version, unit: number, of: units.length });
  }
  onProgress({ kind: 'done', bucket: bucketName(migration.bucket), version, direction });
}

async function runTogether(
  session: LedgerSession,
  { version }: Migration,
  unit: ScriptUnit,
  options: UnitOptions,
  fileTimeoutMs: number | null,
  recorder: UnitRecorder,
  place: Place,
  isLast: boolean,
): Promise<void> {
  const { lockTimeoutMs = DEFAULTS.lockTimeoutMs, statementTimeoutMs = DEFAULTS.statementTimeoutMs, onProgress, signal } = options;
  const timeout = fileTimeoutMs ?? (unit.isPatient ? 0 : statementTimeoutMs);
  const cancel = (): void => void session.connection.cancel().catch(() => {});
  signal?.addEventListener('abort', cancel);
  try {
    await session.script(
      `BEGIN; SET LOCAL lock_timeout = ${unit.isPatient ? 0 : whole(lockTimeoutMs)}; SET LOCAL statement_timeout = ${whole(timeout)}`,
    );
    for (const step of unit.steps) {
      place.step = step;
      if (!isExecutable(step.sql)) continue;
      onProgress?.({ kind: 'step', version, unit: place.unit, label: step.label });
      await session.script(step.sql);
    }
    await recorder.completed(place.unit, isLast);
    const command = await session.script('COMMIT');
    // A transaction that had failed without a word is rolled back by COMMIT.
    if (command !== 'COMMIT')
      throw new MigrationRunError('step_failed', `The transaction of ${version} was not committed: the server answered ${command}.`);
  } catch (error) {
    if (session.connection.isOpen) await session.script('ROLLBACK').catch(() => {});
    throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

async function runAlone(
  session: LedgerSession,
  { version }: Migration,
  unit: ScriptUnit,
  { onProgress }: UnitOptions,
  fileTimeoutMs: number | null,
  recorder: UnitRecorder,
  place: Place,
  isLast: boolean,
): Promise<void> {
  const step = unit.steps[0]!;
  place.step = step;
  onProgress?.({ kind: 'step', version, unit: place.unit, label: step.label });
  if (isExecutable(step.sql)) {
    await dropInvalid(session, step.sql);
    await recorder.claimed(place.unit);
    await session.write("SELECT set_config('statement_timeout', $1::text, false)", [String(fileTimeoutMs ?? 0)]);
    await session.alone(step.sql);
    await resetSettings(session);
  }
  await recorder.completed(place.unit, isLast);
}

const whole = (ms: number): number => Math.max(0, Math.trunc(ms));

const abortedBefore = (migration: Migration, done: number, total: number): MigrationRunError =>
  new MigrationRunError('aborted', `The run was aborted when ${done} of ${total} units of ${shown(migration)} were done.`, {
    version: migration.version,
    bucket: bucketName(migration.bucket),
    done,
    total,
  });

function sqlStateOf(error: unknown): string | null {
  const state = (error as { readonly sqlState?: unknown } | null)?.sqlState;
  return typeof state === 'string' ? state : null;
}

function failureOf(
  error: unknown,
  migration: Migration,
  direction: Direction,
  place: Place,
  done: number,
  total: number,
  signal: AbortSignal | undefined,
): MigrationRunError {
  if (error instanceof MigrationRunError) return error;
  const facts = {
    version: migration.version,
    bucket: bucketName(migration.bucket),
    file: scriptPlace(migration, direction),
    step: place.step?.label,
    line: place.step?.line,
    done,
    total,
  };
  const where = place.step === null ? `unit ${place.unit}` : `${place.step.label} (${facts.file}:${place.step.line})`;
  if (isDjogiError(error, 'CONNECTION')) {
    return new MigrationRunError(
      'session_lost',
      `The connection was lost at ${where} of ${shown(migration)}. migrationStatus says how far it got.`,
      facts,
      { cause: error },
    );
  }
  if (signal?.aborted === true && sqlStateOf(error) === '57014')
    return new MigrationRunError('aborted', `The run was aborted at ${where} of ${shown(migration)}, which was rolled back.`, facts, {
      cause: error,
    });
  const said = error instanceof Error ? error.message : 'an unknown error';
  return new MigrationRunError('step_failed', `${where} of ${shown(migration)} failed: ${said}`, facts, { cause: error });
}
