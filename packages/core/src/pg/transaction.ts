// A transaction as a physical thing: the connection it holds from its first statement on, the queue that runs one operation at a time, and what has
// gone wrong with it. Scopes (`scope.ts`) decide what is sent; contexts (`context.ts`) are what users hold.

import type { ConstraintDirectory } from '../db/constraint-directory.ts';
import type { Call, Connection } from '../db/port.ts';
import { TransactionError } from '../error/database-error.ts';
import { interrupt } from './abort.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { Diagnostics } from './diagnostics.ts';

/** What contexts and transactions of one pool share. */
export interface Runtime {
  readonly pool: ConnectionPool;
  readonly diagnostics: Diagnostics;
  readonly constraints: ConstraintDirectory | undefined;
  /** Row locks outside a transaction throw; otherwise they warn. */
  readonly refusesLocks: boolean;
  nextTransactionId(): string;
}

export type PoisonReason = 'nested_atomic_cancelled' | 'operation_aborted' | 'savepoint_rollback_failed';

export class Transaction {
  readonly runtime: Runtime;
  readonly id: string;
  /** Aborts the wait for a connection, too. */
  readonly signal: AbortSignal | undefined;
  connection: Connection | null = null;
  /** Set when the transaction can no longer commit what the code believes it did. */
  poison: TransactionError | null = null;
  /** True once raw SQL ran: then a rollback does not prove that the connection is as it was. */
  wasRaw = false;
  /** RELEASE SAVEPOINT and the like of scopes that succeeded: they travel in front of the next statement, or not at all. */
  deferred: Call[] = [];
  hasEnded = false;
  /** While a COPY runs, which may wait for its caller: what tells it that nobody waits for it any more. */
  copy: AbortController | null = null;
  #isBusy = false;
  readonly #queue: (() => void)[] = [];

  constructor(runtime: Runtime, signal: AbortSignal | undefined) {
    this.runtime = runtime;
    this.id = runtime.nextTransactionId();
    this.signal = signal;
  }

  /** Runs `work` when everything asked for earlier has settled. */
  enqueue<Result>(work: () => Promise<Result>): Promise<Result> {
    if (!this.#isBusy) {
      this.#isBusy = true;
      return this.#settled(work());
    }
    return new Promise((resolve, reject) => {
      this.#queue.push(() => {
        this.#settled(work()).then(resolve, reject);
      });
    });
  }

  #settled<Result>(running: Promise<Result>): Promise<Result> {
    return running.then(
      (result) => {
        this.#next();
        return result;
      },
      (error: unknown) => {
        this.#next();
        throw error;
      },
    );
  }

  #next(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#isBusy = false;
    else next();
  }

  poisonWith(reason: PoisonReason, cause?: unknown): void {
    this.poison ??= new TransactionError(
      'TRANSACTION_POISONED',
      `The transaction can no longer be used (${reason}) and will be rolled back. Run it again as a whole.`,
      { reason },
      cause === undefined ? undefined : { cause },
    );
  }

  /** Drops the connection in the middle of whatever it does. */
  interrupt(): void {
    if (this.connection !== null) interrupt(this.connection);
    this.end(false);
  }

  /** Gives the connection back, once. */
  end(isReusable: boolean): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    if (this.connection !== null) this.runtime.pool.giveBack(this.connection, isReusable);
  }
}
