// Running a unit of work again after a transient error: how often, and how long to wait in between.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Backoff, Context, RetryOptions, TransactionContext } from '../db/context.ts';
import { LockConflictError } from '../error/database-error.ts';
import { isDjogiError, isTransient } from '../error/error.ts';
import { ValidationError } from '../error/value-error.ts';
import { abortedError } from './abort.ts';
import { optionIssues } from './option-check.ts';

const LOCK_CONFLICT_INITIAL_MS = 5;
const POOL_TIMEOUT_INITIAL_MS = 50;
const MAX_MS = 1_000;
const JITTER_MS = 10;
const MAX_EXPONENT = 31;

/**
 * The wait before the next attempt without its jitter; undefined for an error that another attempt cannot help. Pure.
 *
 * Units: milliseconds. `failures` counts the attempts that have failed, from 1.
 */
export function baseDelayMs(error: unknown, failures: number, backoff: Backoff = {}): number | undefined {
  if (!isTransient(error)) return undefined;
  const initialMs = backoff.initialMs ?? (isDjogiError(error, 'POOL_TIMEOUT') ? POOL_TIMEOUT_INITIAL_MS : LOCK_CONFLICT_INITIAL_MS);
  return Math.min(initialMs * 2 ** Math.min(failures - 1, MAX_EXPONENT), backoff.maxMs ?? MAX_MS);
}

/** Retries on the pool: each attempt gets the same context, and its own transaction where it opens one. */
export function retry<Result>(ctx: Context, work: (ctx: Context) => Promise<Result>, options: RetryOptions): Promise<Result> {
  return attempt(() => work(ctx), isTransient, options);
}

/**
 * Retries inside a transaction: each attempt runs in a savepoint, so that a failed one leaves the transaction usable.
 *
 * Serialization failures and deadlocks are rethrown at once: only the outermost transaction can be run again.
 */
export function retryInTransaction<Result>(
  tx: TransactionContext,
  work: (ctx: Context) => Promise<Result>,
  options: RetryOptions,
): Promise<Result> {
  return attempt(() => tx.atomic(work), isRetryableInTransaction, options);
}

function isRetryableInTransaction(error: unknown): boolean {
  if (error instanceof LockConflictError) return error.reason === 'lock' || error.reason === 'version';
  return isTransient(error);
}

async function attempt<Result>(
  work: () => Promise<Result>,
  isRetryable: (error: unknown) => boolean,
  options: RetryOptions,
): Promise<Result> {
  checkRetryOptions(options);
  const { attempts, backoff, signal } = options;
  for (let failures = 1; ; failures++) {
    if (signal?.aborted === true) throw abortedError(signal);
    try {
      return await work();
    } catch (error) {
      if (failures >= attempts || !isRetryable(error)) throw error;
      if (backoff !== 'none') await wait(baseDelayMs(error, failures, backoff) ?? 0, backoff?.jitterMs ?? JITTER_MS, signal);
    }
  }
}

/** Jitter is added after the cap, so that it spreads attempts however long they wait. */
async function wait(baseMs: number, jitterMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(baseMs + Math.random() * jitterMs, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted === true) throw abortedError(signal);
    throw error;
  }
}

function checkRetryOptions(options: RetryOptions): void {
  const backoff = typeof options.backoff === 'object' ? options.backoff : {};
  const issues = [
    ...(Number.isSafeInteger(options.attempts) && options.attempts >= 1
      ? []
      : [{ path: 'attempts', rule: 'range', message: 'must be an integer of at least 1' }]),
    ...optionIssues('backoff.initialMs', backoff.initialMs, 0),
    ...optionIssues('backoff.maxMs', backoff.maxMs, 0),
    ...optionIssues('backoff.jitterMs', backoff.jitterMs, 0),
  ];
  if (issues.length > 0) throw new ValidationError(issues);
}
