// One scope of a transaction: the transaction itself at depth 0, a savepoint below. Owns who may use it when, what must be sent before its first
// statement, and how it ends. A scope sends nothing of its own until it has a statement: BEGIN and SAVEPOINT travel in front of that one.

import type { AtomicOptions, StatementPurpose } from '../db/context.ts';
import type { Call, Connection, Cursor, Outcome } from '../db/port.ts';
import type { TransactionError } from '../error/database-error.ts';
import { isDjogiError } from '../error/error.ts';
import { abortedError, orAborted } from './abort.ts';
import {
  beginCall,
  COMMIT,
  keepSettingCall,
  releaseCall,
  restoreSettingCall,
  ROLLBACK,
  rollbackToCall,
  savepointCall,
  setLocalCall,
  type TimeoutSetting,
} from './control-statement.ts';
import { isReusableAfterFailure, isReusableAfterRollback, isReusableAfterSuccess } from './lease.ts';
import type { TransactionEvent } from './diagnostics.ts';
import {
  busyError,
  closedError,
  copyingError,
  endedElsewhereError,
  failedError,
  lostError,
  pendingError,
  streamingError,
} from './scope-error.ts';
import { ScopeExecutor } from './scope-executor.ts';
import { isServerError, withConstraintFields } from './sqlstate.ts';
import type { Transaction } from './transaction.ts';

/** What an operation does with the connection, after sending `prologue` or together with it. */
export type Work<Result> = (connection: Connection, prologue: readonly Call[]) => Promise<Result>;
interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly isPartOfStream?: boolean;
  readonly isCopy?: boolean;
}

const noCalls: readonly Call[] = Object.freeze([]);

export class Scope {
  readonly executor = new ScopeExecutor(this);
  readonly transaction: Transaction;
  readonly parent: Scope | null;
  /** 0 for the transaction, n for SAVEPOINT sp_n. */
  readonly depth: number;
  readonly #options: AtomicOptions;
  /** Commit callbacks of this scope and of the scopes that succeeded in it, in order. */
  readonly callbacks: (() => unknown)[] = [];
  child: Scope | null = null;
  #openCursors = 0;
  #state: 'open' | 'ending' | 'committing' | 'closed' = 'open';
  /** Whether BEGIN or SAVEPOINT was sent. */
  #isOpened = false;
  #pending = 0;
  #isReported = false;
  readonly #startedAt = performance.now();

  constructor(transaction: Transaction, parent: Scope | null, options: AtomicOptions) {
    this.transaction = transaction;
    this.parent = parent;
    this.depth = parent === null ? 0 : parent.depth + 1;
    this.#options = options;
  }

  /** Why this scope may not be used now; null when it may. */
  refusal(): TransactionError | null {
    if (this.#state !== 'open') {
      return closedError();
    }
    if (this.transaction.poison !== null) return this.transaction.poison;
    if (this.child !== null) {
      return busyError();
    }
    return null;
  }

  /** Opens a cursor; from then on the scope refuses everything but its reads. */
  openCursor<Row>(work: Work<Cursor<Row>>, purpose: StatementPurpose, options?: RunOptions): Promise<Cursor<Row>> {
    return this.run(
      async (connection, prologue) => {
        const cursor = await work(connection, prologue);
        this.#openCursors++;
        return cursor;
      },
      purpose,
      options,
    );
  }

  /** A read of an open cursor, in turn with everything else. */
  readCursor<Row>(cursor: Cursor<Row>, count: number, signal: AbortSignal | undefined): Promise<Row[]> {
    return this.run(() => cursor.read(count), undefined, { signal, isPartOfStream: true });
  }

  /** Closes a cursor and lets the scope be used again. Where the scope has ended or its transaction failed, the portal is gone already. */
  async closeCursor(cursor: Cursor<unknown>): Promise<void> {
    const closing = this.#state === 'open' ? this.run(() => cursor.close(), undefined, { isPartOfStream: true }) : undefined;
    if (this.#openCursors > 0) this.#openCursors--;
    await closing?.catch(() => undefined);
  }

  /**
   * Runs a COPY, which goes on at the pace of somebody who may be waiting for this very transaction: it refuses everything else meanwhile. `ended` fires
   * when the scope ends first: its rollback must not wait for a caller that is gone.
   */
  async runCopy<Result>(
    work: (connection: Connection, prologue: readonly Call[], ended: AbortSignal) => Promise<Result>,
    purpose: StatementPurpose,
    options: RunOptions | undefined,
  ): Promise<Result> {
    const refusal = this.refusalOfOperation(options);
    if (refusal !== null) throw refusal;
    const ended = new AbortController();
    this.transaction.copy = ended;
    try {
      return await this.run((connection, prologue) => work(connection, prologue, ended.signal), purpose, { ...options, isCopy: true });
    } finally {
      this.transaction.copy = null;
    }
  }

  /** Runs `work` in its turn, with the calls that must be sent before its own. */
  run<Result>(work: Work<Result>, purpose: StatementPurpose | undefined, options?: RunOptions): Promise<Result> {
    const refusal = this.refusalOfOperation(options);
    if (refusal !== null) return Promise.reject(refusal);
    if (purpose?.reason !== undefined) this.transaction.wasRaw = true;
    this.#pending++;
    return this.transaction
      .enqueue(() => this.#begin(work, options))
      .then(
        (result) => {
          this.#pending--;
          return result;
        },
        (error: unknown) => {
          this.#pending--;
          throw withConstraintFields(error, purpose?.constraintFields);
        },
      );
  }

  /** As `refusal`, and also when a stream is open or the operation's own signal has fired. */
  refusalOfOperation(options: RunOptions | undefined): TransactionError | null {
    const refusal = this.refusal();
    if (refusal !== null) return refusal;
    if (this.transaction.copy !== null && options?.isCopy !== true) return copyingError();
    if (this.#openCursors > 0 && options?.isPartOfStream !== true) {
      return streamingError();
    }
    return options?.signal?.aborted === true ? abortedError(options.signal) : null;
  }

  /** The operation's turn has come; what was true when it was asked for may have changed since. */
  #begin<Result>(work: Work<Result>, options: RunOptions | undefined): Promise<Result> {
    // A nested atomic opened after this operation was asked for runs after it, so an open child is no reason to refuse here.
    if (this.#state !== 'open') return Promise.reject(this.refusal()!);
    if (this.transaction.poison !== null) return Promise.reject(this.transaction.poison);
    if (options?.signal?.aborted === true) return Promise.reject(abortedError(options.signal));
    const { connection } = this.transaction;
    return connection === null ? this.#connectThenSend(work, options) : this.#send(connection, work, options);
  }

  async #connectThenSend<Result>(work: Work<Result>, options: RunOptions | undefined): Promise<Result> {
    const { transaction } = this;
    const { pool } = transaction.runtime;
    const connection = pool.take() ?? (await pool.checkout(eitherSignal(transaction.signal, options?.signal)));
    if (transaction.hasEnded) {
      pool.giveBack(connection, true);
      throw transaction.poison ?? closedError();
    }
    transaction.connection = connection;
    return this.#send(connection, work, options);
  }

  #send<Result>(connection: Connection, work: Work<Result>, options: RunOptions | undefined): Promise<Result> {
    if (!connection.isOpen) return Promise.reject(lostError());
    if (connection.transactionStatus === 'failed') return Promise.reject(failedError());
    const isOpening = !this.#isOpened || this.transaction.deferred.length > 0;
    const running = isOpening ? this.#sendOpening(connection, work) : work(connection, noCalls);
    const signal = options?.signal;
    if (signal === undefined) return running;
    return orAborted(running, signal, 'operation', () => {
      this.transaction.poisonWith('operation_aborted', signal.reason);
      this.transaction.interrupt();
      return true;
    });
  }

  async #sendOpening<Result>(connection: Connection, work: Work<Result>): Promise<Result> {
    const { transaction } = this;
    const deferred = transaction.deferred;
    transaction.deferred = [];
    const opened: Scope[] = [];
    const prologue = [...deferred, ...this.#openingCalls(opened)];
    const { roundTrips } = connection.counters;
    try {
      return await work(connection, prologue);
    } catch (error) {
      // A value that could not be encoded fails before anything is sent: then the scopes are as unopened as before.
      if (!isServerError(error) && connection.counters.roundTrips === roundTrips) {
        for (const scope of opened) scope.#isOpened = false;
        transaction.deferred = [...deferred, ...transaction.deferred];
      }
      throw error;
    }
  }

  /** BEGIN or SAVEPOINT of every scope from the outermost to this one that has not sent it, with its settings. */
  #openingCalls(opened: Scope[]): Call[] {
    if (this.#isOpened) return [];
    const calls = this.parent === null ? [] : this.parent.#openingCalls(opened);
    this.#isOpened = true;
    opened.push(this);
    calls.push(this.parent === null ? beginCall(this.#options) : savepointCall(this.depth));
    for (const [setting, milliseconds] of this.#timeouts()) {
      if (this.parent !== null) calls.push(keepSettingCall(setting, this.depth));
      calls.push(setLocalCall(setting, milliseconds));
    }
    return calls;
  }

  #timeouts(): [TimeoutSetting, number][] {
    const { statementTimeoutMs, lockTimeoutMs } = this.#options;
    return [
      ...(statementTimeoutMs === undefined ? [] : [['statement_timeout', statementTimeoutMs] satisfies [TimeoutSetting, number]]),
      ...(lockTimeoutMs === undefined ? [] : [['lock_timeout', lockTimeoutMs] satisfies [TimeoutSetting, number]]),
    ];
  }

  /** Tells observers how the scope ended: the first to say so is right, as the callback of an aborted scope ends later. */
  report(outcome: TransactionEvent['outcome'], error?: unknown): void {
    const { diagnostics } = this.transaction.runtime;
    if (this.#isReported || !diagnostics.observesTransactions) return;
    this.#isReported = true;
    const errorCode = isDjogiError(error) ? error.code : error === undefined ? undefined : 'UNKNOWN';
    diagnostics.transaction({
      transactionId: this.transaction.id,
      outcome,
      depth: this.depth,
      durationMs: performance.now() - this.#startedAt,
      ...(errorCode === undefined ? undefined : { errorCode }),
    });
  }

  /** The callback resolved: COMMIT, or RELEASE. Errors: PENDING_OPERATIONS, TRANSACTION_POISONED, TRANSACTION_ABORTED, and what COMMIT throws. */
  async succeed(): Promise<void> {
    if (this.#state === 'closed') throw this.refusal()!;
    const hadPending = this.#pending > 0 || this.child !== null;
    this.#stopUse('ending');
    const { poison } = this.transaction;
    if (hadPending) {
      await this.#rollBack();
      throw pendingError();
    }
    if (poison !== null) {
      await this.#rollBack();
      throw poison;
    }
    if (this.parent === null) await this.#commit();
    else await this.#release(this.parent);
    this.#close();
  }

  /** The callback threw. Never throws: the caller's own error is the one to report. */
  async fail(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#stopUse('ending');
    await this.#rollBack();
  }

  /** The scope's signal fired. Returns false when COMMIT is under way, which must not be left in doubt. */
  abort(reason: unknown): boolean {
    if (this.#state === 'committing' || this.#state === 'closed') return false;
    const { transaction } = this;
    const wasRunning = this.#pending > 0;
    this.#stopUse('closed');
    if (this.parent === null) {
      transaction.interrupt();
      transaction.runtime.diagnostics.warn({
        code: 'DJOGI_TRANSACTION_ABORTED',
        message: `Transaction ${transaction.id} was aborted by its signal; its connection was dropped.`,
        cause: reason,
      });
    } else {
      transaction.poisonWith('nested_atomic_cancelled', reason);
      if (this.parent.child === this) this.parent.child = null;
      if (wasRunning) transaction.interrupt();
    }
    return true;
  }

  #stopUse(state: 'ending' | 'closed'): void {
    this.#state = state;
    this.#openCursors = 0;
    this.transaction.copy?.abort(closedError());
    if (this.child !== null) this.child.#stopUse('closed');
  }

  #close(): void {
    this.#state = 'closed';
    if (this.parent !== null && this.parent.child === this) this.parent.child = null;
  }

  async #commit(): Promise<void> {
    const { transaction } = this;
    const { connection } = transaction;
    if (connection === null || !this.#isOpened) return transaction.end(true);
    if (!connection.isOpen) {
      transaction.end(false);
      throw lostError();
    }
    if (connection.transactionStatus === 'idle') {
      transaction.end(false);
      throw endedElsewhereError();
    }
    this.#state = 'committing';
    let outcome: Outcome;
    try {
      // What is deferred (RELEASE) is implied by COMMIT.
      outcome = await connection.execute(COMMIT);
    } catch (error) {
      transaction.end(isReusableAfterFailure(connection, error, transaction.wasRaw));
      throw error;
    }
    // The server answers COMMIT of a failed transaction with the tag ROLLBACK and no error.
    if (outcome.command !== 'COMMIT') {
      transaction.end(isReusableAfterRollback(connection, transaction.wasRaw));
      throw failedError();
    }
    transaction.end(isReusableAfterSuccess(connection));
  }

  async #release(parent: Scope): Promise<void> {
    const { transaction } = this;
    if (this.#isOpened) {
      const { connection } = transaction;
      if (connection === null || !connection.isOpen) {
        this.#close();
        throw lostError();
      }
      if (connection.transactionStatus === 'failed') {
        await this.#rollBack();
        throw failedError();
      }
      for (const [setting] of this.#timeouts()) transaction.deferred.push(restoreSettingCall(setting, this.depth));
      // RELEASE cannot fail here, so it need not be waited for: it travels with the next statement.
      transaction.deferred.push(releaseCall(this.depth));
    }
    parent.callbacks.push(...this.callbacks);
  }

  /** Undoes the scope once the running operation has settled; those that wait are refused, because the scope is no longer open. */
  #rollBack(): Promise<void> {
    this.callbacks.length = 0;
    return this.transaction.enqueue(async () => {
      try {
        await (this.parent === null ? this.#rollBackTransaction() : this.#rollBackToSavepoint());
      } finally {
        this.#close();
      }
    });
  }

  async #rollBackTransaction(): Promise<void> {
    const { transaction } = this;
    const { connection } = transaction;
    if (connection === null || transaction.hasEnded) return transaction.end(true);
    if (!this.#isOpened) return transaction.end(isReusableAfterRollback(connection, transaction.wasRaw));
    if (!connection.isOpen) return transaction.end(false);
    try {
      await connection.execute(ROLLBACK);
      transaction.end(transaction.poison === null && isReusableAfterRollback(connection, transaction.wasRaw));
    } catch (error) {
      transaction.end(false);
      this.#warnOfRollback(error);
    }
  }

  async #rollBackToSavepoint(): Promise<void> {
    const { transaction } = this;
    const { connection } = transaction;
    if (connection === null || !connection.isOpen || !this.#isOpened || transaction.hasEnded || transaction.poison !== null) return;
    // Whatever is deferred here belongs to scopes inside this one: what came before was sent in front of this savepoint.
    transaction.deferred = [];
    try {
      await connection.executeTogether([rollbackToCall(this.depth), releaseCall(this.depth)]);
    } catch (error) {
      transaction.poisonWith('savepoint_rollback_failed', error);
      this.#warnOfRollback(error);
    }
  }

  #warnOfRollback(cause: unknown): void {
    const { id, runtime } = this.transaction;
    runtime.diagnostics.warn({
      code: 'DJOGI_ROLLBACK_FAILED',
      message: `The rollback of transaction ${id} failed; its connection is dropped.`,
      cause,
    });
  }
}

function eitherSignal(left: AbortSignal | undefined, right: AbortSignal | undefined): AbortSignal | undefined {
  return left === undefined || right === undefined ? (left ?? right) : AbortSignal.any([left, right]);
}
