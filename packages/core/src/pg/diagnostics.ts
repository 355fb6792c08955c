// What observers see of the runtime: one event per statement and per transaction, a handler of the pool's and the channels of
// `node:diagnostics_channel`. Nothing is measured or built while nobody listens, and no failure of an observer reaches a query.
//
// Channels: `djogi:query` carries a `QueryEvent`, `djogi:transaction` a `TransactionEvent`, `djogi:warning` a `RuntimeWarning`.

import { channel } from 'node:diagnostics_channel';
import type { StatementPurpose } from '../db/context.ts';
import { isDjogiError } from '../error/error.ts';

/** Characters of SQL that an event carries at most. */
const MAX_SQL_LENGTH = 4096;

/** One statement, after it succeeded or failed. Carries no values, unless the pool's handler asked for them with `includeValues`. */
export interface QueryEvent {
  readonly model?: string;
  /** `get`, `create`, `fetchAll`, ... or `raw`. */
  readonly operation: string;
  /** The text with placeholders, cut to 4,096 characters. */
  readonly sql: string;
  /** Milliseconds from sending to the last row, without `waitMs`. */
  readonly durationMs: number;
  /** Milliseconds until a connection, or the transaction's turn, was there. */
  readonly waitMs: number;
  /** The count of the command tag; 0 when the statement failed. */
  readonly rowCount: number;
  readonly context: 'pool' | 'transaction';
  readonly transactionId?: string;
  /** The reason given to `rawSql`. */
  readonly reason?: string;
  readonly errorCode?: string;
  readonly sqlState?: string;
  /** Only with `includeValues`, and never on the channel. */
  readonly values?: readonly unknown[];
}

/** A transaction or savepoint that ended. `depth` is 0 for the transaction itself. */
export interface TransactionEvent {
  readonly transactionId: string;
  readonly outcome: 'committed' | 'rolledBack' | 'aborted';
  readonly depth: number;
  readonly durationMs: number;
  readonly errorCode?: string;
}

/** Something that went wrong beside the caller's own call: a failed rollback, a throwing commit callback, a lock that protected nothing. */
export interface RuntimeWarning {
  readonly code: 'DJOGI_ROLLBACK_FAILED' | 'DJOGI_TRANSACTION_ABORTED' | 'DJOGI_COMMIT_CALLBACK' | 'DJOGI_LOCK_OUTSIDE_TRANSACTION';
  readonly message: string;
  readonly cause?: unknown;
}

export type QueryHandler = (event: QueryEvent) => void;

/**
 * A handler for `onQuery` that passes on only the statements which took `thresholdMs` milliseconds or more, without their wait.
 *
 * @example
 * const pool = await createPool({ url, onQuery: onSlowQuery(200, event => log.warn(event)) });
 */
export function onSlowQuery(thresholdMs: number, handler: QueryHandler): QueryHandler {
  return (event) => {
    if (event.durationMs >= thresholdMs) handler(event);
  };
}

/** Times one statement. Made only while somebody listens. */
export interface QueryObservation {
  /** The wait is over: the statement is being sent. */
  sent(): void;
  succeeded(rowCount: number): void;
  failed(error: unknown): void;
}

export class Diagnostics {
  readonly #handler: QueryHandler | undefined;
  readonly #includesValues: boolean;
  readonly #queries = channel('djogi:query');
  readonly #transactions = channel('djogi:transaction');
  readonly #warnings = channel('djogi:warning');

  constructor(handler: QueryHandler | undefined, includesValues: boolean) {
    this.#handler = handler;
    this.#includesValues = includesValues;
  }

  /** False while nobody would see a query event. */
  get observesQueries(): boolean {
    return this.#handler !== undefined || this.#queries.hasSubscribers;
  }

  get observesTransactions(): boolean {
    return this.#transactions.hasSubscribers;
  }

  /** Starts timing a statement; undefined while nobody listens. */
  observe(
    sql: string,
    values: readonly unknown[],
    purpose: StatementPurpose,
    transactionId: string | undefined,
  ): QueryObservation | undefined {
    if (!this.observesQueries) return undefined;
    const asked = performance.now();
    let sent = asked;
    const report = (rowCount: number, error: unknown): void => {
      const event: QueryEvent = {
        ...(purpose.model === undefined ? undefined : { model: purpose.model }),
        operation: purpose.operation,
        sql: sql.length > MAX_SQL_LENGTH ? `${sql.slice(0, MAX_SQL_LENGTH)}…` : sql,
        durationMs: performance.now() - sent,
        waitMs: sent - asked,
        rowCount,
        context: transactionId === undefined ? 'pool' : 'transaction',
        ...(transactionId === undefined ? undefined : { transactionId }),
        ...(purpose.reason === undefined ? undefined : { reason: purpose.reason }),
        ...errorFacts(error),
      };
      this.#publish(event, values);
    };
    return {
      sent() {
        sent = performance.now();
      },
      succeeded: (rowCount) => report(rowCount, undefined),
      failed: (error) => report(0, error),
    };
  }

  transaction(event: TransactionEvent): void {
    // A throwing subscriber is reported by the channel itself, as an uncaught exception on the next tick.
    this.#transactions.publish(event);
  }

  /** Tells subscribers of `djogi:warning`; without any, Node prints a process warning. */
  warn(warning: RuntimeWarning): void {
    if (this.#warnings.hasSubscribers) this.#warnings.publish(warning);
    else process.emitWarning(warning.message, { type: 'DjogiWarning', code: warning.code });
  }

  #publish(event: QueryEvent, values: readonly unknown[]): void {
    if (this.#queries.hasSubscribers) this.#queries.publish(event);
    if (this.#handler === undefined) return;
    try {
      const result: unknown = this.#handler(this.#includesValues ? { ...event, values } : event);
      // An asynchronous handler is not waited for; its failure must not end the process.
      if (result instanceof Promise) result.catch(() => undefined);
    } catch {
      // An observer never changes what it observes.
    }
  }
}

function errorFacts(error: unknown): { errorCode?: string; sqlState?: string } {
  if (error === undefined) return {};
  if (!isDjogiError(error)) return { errorCode: 'UNKNOWN' };
  const { sqlState } = error as { sqlState?: unknown };
  return { errorCode: error.code, ...(typeof sqlState === 'string' ? { sqlState } : undefined) };
}
