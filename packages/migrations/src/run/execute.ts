// Runs a plan: segment by segment, each in a transaction of its own or alone, with short waits for locks and new attempts.

import { MigrationError } from '../error/migration-error.ts';
import type { MigrationPlan } from '../plan/plan.ts';
import { checkLosses } from '../plan/gate.ts';
import type { PlanSegment, PlanStep } from '../plan/segment.ts';
import { SNAPSHOT_SEARCH_PATH } from '../snapshot/snapshot.ts';
import { watchBlockers } from './blockers.ts';
import { withSession, type MigrationSession, type MigrationTarget } from './session.ts';
import { isIndexState } from './index-state.ts';

/** Positions count from 0. */
export type Progress =
  | { readonly kind: 'segment'; readonly segment: number; readonly of: number; readonly isPatient: boolean; readonly attempt: number }
  | { readonly kind: 'step'; readonly segment: number; readonly step: string }
  | { readonly kind: 'retry'; readonly segment: number; readonly attempt: number; readonly delayMs: number; readonly sqlState: string }
  /** A patient segment waits for these processes of the server. Told about once a second; not by clients of other drivers. */
  | { readonly kind: 'blocked'; readonly segment: number; readonly by: readonly number[] }
  | { readonly kind: 'done'; readonly segment: number };

export interface ExecuteOptions {
  /** Default `up`. */
  readonly direction?: 'up' | 'down';
  /** The number of segments that an earlier run completed: `completed` of its error. Default 0. */
  readonly resumeAt?: number;
  /** Labels of operations of the way back that may lose something. Those of the way up were allowed when it was planned. */
  readonly allow?: readonly string[];
  /** How long a statement waits for a lock before the segment is tried again, in milliseconds. Default 2000. Patient segments wait for as long as it takes. */
  readonly lockTimeoutMs?: number;
  /** How often a segment is tried in all. Default 10. */
  readonly attempts?: number;
  /** Milliseconds before the second attempt; doubles each time, up to 10 seconds. Default 250. */
  readonly retryDelayMs?: number;
  readonly onProgress?: (progress: Progress) => void;
  /** Runs in the transaction of each transactional segment before it commits, and behind each one that stands alone: where a ledger writes. */
  readonly record?: (session: MigrationSession, segment: number) => Promise<void>;
  /** Looked at between segments and before new attempts. */
  readonly signal?: AbortSignal;
}

export interface Execution {
  /** Segments that this run completed. */
  readonly completed: number;
}

/**
 * Runs a plan, or its way back.
 *
 * Shape: a segment commits as a whole. When one fails, those before it stay, and `resumeAt: error.completed` goes on from there; an index that a failed or killed
 * attempt left INVALID is dropped first. Runs under the search path of snapshots, with `row_security = off`; the session's settings are put back. Two runs at
 * once are not kept apart here.
 * Errors: MIGRATION with `step_failed`, whose `cause` is what the server said; `aborted`, `irreversible`, `segment`, `in_transaction`. SCHEMA with
 * `needs_permission` for a way back that loses something.
 * Cost: one round trip for each statement and three for each segment.
 * Locks: what the steps of the plan say.
 */
export function executePlan(target: MigrationTarget, plan: MigrationPlan, options: ExecuteOptions = {}): Promise<Execution> {
  const { direction = 'up', allow = [], resumeAt = 0 } = options;
  const segments = direction === 'up' ? plan.segments : plan.down.segments;
  if (direction === 'down') {
    const [first] = plan.down.irreversible;
    if (first !== undefined)
      throw new MigrationError('irreversible', `There is no way back from ${first.step}: ${first.reason}. Write the way back by hand.`, {
        completed: 0,
        step: first.step,
      });
    checkLosses(
      segments.flatMap(({ steps }) => steps.map(({ operation }) => operation)),
      allow,
    );
  }
  if (!Number.isInteger(resumeAt) || resumeAt < 0 || resumeAt > segments.length) {
    const message = `The plan has ${segments.length} segments, and none to go on from at ${resumeAt}. Pass the number that are completed.`;
    throw new MigrationError('segment', message, { completed: 0 });
  }
  return withSession(target, async (session) => {
    const settings = await adoptSettings(session);
    try {
      for (let number = resumeAt; number < segments.length; number++) {
        const stop = segments[number]!.isPatient ? watch(target, settings.processId, number, options) : null;
        try {
          await runSegment(session, segments, number, options);
        } finally {
          stop?.();
        }
      }
    } catch (error) {
      // The connection may be gone; what matters is the first error.
      await settings.restore().catch(() => {});
      throw error;
    }
    await settings.restore();
    return { completed: segments.length - resumeAt };
  });
}

const SETTINGS: Readonly<Record<string, string>> = {
  search_path: SNAPSHOT_SEARCH_PATH,
  // Otherwise a policy could hide rows from a validation or a rewrite without a word.
  row_security: 'off',
  statement_timeout: '0',
  lock_timeout: '0',
  client_min_messages: 'warning',
};

const BLOCKERS_EVERY_MS = 1000;

function watch(target: MigrationTarget, processId: string, segment: number, { onProgress }: ExecuteOptions): (() => void) | null {
  if (onProgress === undefined) return null;
  return watchBlockers(target, processId, BLOCKERS_EVERY_MS, (by) => onProgress({ kind: 'blocked', segment, by }));
}

async function adoptSettings(session: MigrationSession): Promise<{ readonly processId: string; restore(): Promise<void> }> {
  const before: [string, string][] = [];
  const set = (name: string, value: string): Promise<string | null> =>
    session.text('SELECT set_config($1::text, $2::text, false) AS value', [name, value]);
  for (const [name, value] of Object.entries(SETTINGS)) {
    before.push([name, (await session.text('SELECT current_setting($1::text) AS value', [name])) ?? '']);
    await set(name, value);
  }
  const processId = (await session.text('SELECT pg_backend_pid()::text AS value')) ?? '';
  return {
    processId,
    async restore() {
      for (const [name, value] of before) await set(name, value);
    },
  };
}

const MAX_DELAY_MS = 10_000;
/** Somebody else held a lock for too long, or both waited for each other. */
const RETRIED: ReadonlySet<string> = new Set(['55P03', '40P01', '40001']);

async function runSegment(
  session: MigrationSession,
  segments: readonly PlanSegment[],
  number: number,
  options: ExecuteOptions,
): Promise<void> {
  const { attempts = 10, retryDelayMs = 250, onProgress = (): void => {}, signal, resumeAt = 0 } = options;
  const segment = segments[number]!;
  for (let attempt = 1; ; attempt++) {
    if (signal?.aborted === true)
      throw new MigrationError(
        'aborted',
        `The run was aborted after ${number} of ${segments.length} segments. Go on with resumeAt: ${number}.`,
        {
          completed: number,
        },
      );
    onProgress({ kind: 'segment', segment: number, of: segments.length, isPatient: segment.isPatient, attempt });
    const at: { step: PlanStep | null } = { step: null };
    try {
      await (segment.kind === 'alone' ? runAlone : runTogether)(session, segment, number, options, at, number === resumeAt && resumeAt > 0);
      onProgress({ kind: 'done', segment: number });
      return;
    } catch (error) {
      const sqlState = sqlStateOf(error);
      if (attempt >= attempts || sqlState === null || !RETRIED.has(sqlState))
        throw failure(error, at.step, segment, segments.length, number);
      const delayMs = Math.min(retryDelayMs * 2 ** (attempt - 1), MAX_DELAY_MS);
      onProgress({ kind: 'retry', segment: number, attempt, delayMs, sqlState });
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }
}

type Place = { step: PlanStep | null };

async function runTogether(
  session: MigrationSession,
  segment: PlanSegment,
  number: number,
  { lockTimeoutMs = 2000, onProgress, record }: ExecuteOptions,
  at: Place,
): Promise<void> {
  await session.run('BEGIN');
  try {
    await session.run(`SET LOCAL lock_timeout = ${segment.isPatient ? 0 : Math.max(0, Math.trunc(lockTimeoutMs))}`);
    for (const step of segment.steps) {
      at.step = step;
      onProgress?.({ kind: 'step', segment: number, step: step.label });
      for (const statement of step.statements) await session.run(statement);
    }
    at.step = null;
    await record?.(session, number);
    await session.run('COMMIT');
  } catch (error) {
    await session.run('ROLLBACK').catch(() => {});
    throw error;
  }
}

async function runAlone(
  session: MigrationSession,
  segment: PlanSegment,
  number: number,
  { onProgress, record }: ExecuteOptions,
  at: Place,
  isResumed: boolean,
): Promise<void> {
  for (const step of segment.steps) {
    at.step = step;
    onProgress?.({ kind: 'step', segment: number, step: step.label });
    // A run that was killed may have finished the statement and not have said so.
    if (!(await isIndexState(session, step.operation, isResumed)))
      for (const statement of step.statements) await session.runAlone(statement);
  }
  at.step = null;
  await record?.(session, number);
}

function sqlStateOf(error: unknown): string | null {
  const { sqlState, code } = (error ?? {}) as { readonly sqlState?: unknown; readonly code?: unknown };
  const state = sqlState ?? code;
  return typeof state === 'string' && /^[0-9A-Z]{5}$/.test(state) ? state : null;
}

function failure(error: unknown, step: PlanStep | null, { kind }: PlanSegment, count: number, completed: number): MigrationError {
  if (error instanceof MigrationError) return error;
  const where = step === null ? 'The end of a segment' : step.label;
  const said = error instanceof Error ? error.message : 'an unknown error';
  return new MigrationError(
    'step_failed',
    `${where} failed in segment ${completed + 1} of ${count}${kind === 'alone' ? '' : ', which was rolled back'}: ${said} Remove the cause and go on with resumeAt: ${completed}.`,
    { completed, ...(step === null ? {} : { step: step.label }) },
    { cause: error },
  );
}
