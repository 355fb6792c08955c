// One scope of a transaction: the transaction itself at depth 0, a savepoint below. Owns who may use it when, what must be sent before its first
// statement, and how it ends. A scope sends nothing of its own until it has a statement: BEGIN and SAVEPOINT travel in front of that one.

import type { AtomicOptions, Executor, StatementPurpose, TerminalOptions } from '../db/context.ts';
import type { Call, CompiledStatement, Connection, Cursor, Outcome } from '../db/port.ts';
import { TransactionError } from '../error/database-error.ts';
import { isDjogiError } from '../error/error.ts';
import { abortedError, orAborted } from './abort.ts';
import {
  beginCall, COMMIT, keepSettingCall, releaseCall, restoreSettingCall, ROLLBACK, rollbackToCall, savepointCall, setLocalCall, type TimeoutSetting,
} from './control-statement.ts';
import { isReusableAfterFailure, isReusableAfterRollback, isReusableAfterSuccess } from './lease.ts';
import type { TransactionEvent } from './diagnostics.ts';
import { ScopeCursor } from './scope-cursor.ts';
import { isServerError, withConstraintFields } from './sqlstate.ts';
import type { Transaction } from './transaction.ts';

type Work<Result> = (connection: Connection, prologue: readonly Call[]) => Promise<Result>;
interface RunOptions { readonly signal?: AbortSignal | undefined; readonly isCursorRead?: boolean }

const noCalls: readonly Call[] = Object.freeze([]);

export class Scope implements Executor {
  readonly isTransaction = true;
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
      return new TransactionError('SCOPE_CLOSED', 'The transaction context was used after its atomic had settled. Await everything inside the callback; use a pool-backed context afterwards.');
    }
    if (this.transaction.poison !== null) return this.transaction.poison;
    if (this.child !== null) {
      return new TransactionError('SCOPE_BUSY', 'The outer transaction context was used while a nested atomic is open. Use the context that the nested callback receives.');
    }
    return null;
  }

  execute<Row>(statement: CompiledStatement<Row>, values: readonly unknown[], purpose: StatementPurpose, options?: TerminalOptions): Promise<Outcome<Row>> {
    const observation = this.transaction.runtime.diagnostics.observe(statement.text, values, purpose, this.transaction.id);
    const running = this.#run<Outcome<Row>>((connection, prologue) => {
      observation?.sent();
      return executeAfter(connection, prologue, purpose.preamble, { statement, values });
    }, purpose, options);
    return observation === undefined ? running : running.then(
      outcome => {
        observation.succeeded(outcome.rowCount);
        return outcome;
      },
      (error: unknown) => {
        observation.failed(error);
        throw error;
      },
    );
  }

  executeAll(calls: readonly Call[], purpose: StatementPurpose, options?: TerminalOptions): Promise<Outcome[]> {
    if (calls.length === 0) return Promise.resolve([]);
    const { diagnostics } = this.transaction.runtime;
    const observations = diagnostics.observesQueries ? calls.map(call => diagnostics.observe(call.statement.text, call.values, purpose, this.transaction.id)) : [];
    const running = this.#run<Outcome[]>(async (connection, prologue) => {
      for (const observation of observations) observation?.sent();
      const before = [...prologue, ...(purpose.preamble ?? noCalls)];
      return (await connection.executeTogether([...before, ...calls])).slice(before.length);
    }, purpose, options);
    return observations.length === 0 ? running : running.then(
      outcomes => {
        observations.forEach((observation, index) => observation?.succeeded(outcomes[index]?.rowCount ?? 0));
        return outcomes;
      },
      (error: unknown) => {
        for (const observation of observations) observation?.failed(error);
        throw error;
      },
    );
  }

  async openCursor<Row>(statement: CompiledStatement<Row>, values: readonly unknown[], purpose: StatementPurpose, options?: TerminalOptions): Promise<Cursor<Row>> {
    const observation = this.transaction.runtime.diagnostics.observe(statement.text, values, purpose, this.transaction.id);
    try {
      const cursor = await this.#run(async (connection, prologue) => {
        observation?.sent();
        await flush(connection, [...prologue, ...(purpose.preamble ?? noCalls)]);
        const opened = await connection.openCursor({ statement, values });
        this.#openCursors++;
        return opened;
      }, purpose, options);
      return new ScopeCursor(this, cursor, observation, options?.signal);
    } catch (error) {
      observation?.failed(error);
      throw error;
    }
  }

  script(text: string, purpose: StatementPurpose, options?: TerminalOptions): Promise<string> {
    const observation = this.transaction.runtime.diagnostics.observe(text, noCalls, purpose, this.transaction.id);
    this.transaction.wasRaw = true;
    const running = this.#run(async (connection, prologue) => {
      observation?.sent();
      await flush(connection, prologue);
      return connection.script(text);
    }, purpose, options);
    if (observation !== undefined) running.then(() => observation.succeeded(0), observation.failed);
    return running;
  }

  withConnection<Result>(use: (connection: Connection) => Promise<Result>, purpose: StatementPurpose, options?: TerminalOptions): Promise<Result> {
    this.transaction.wasRaw = true;
    return this.#run(async (connection, prologue) => {
      await flush(connection, prologue);
      return use(connection);
    }, purpose, options);
  }

  /** A read of an open cursor, in turn with everything else. */
  readCursor<Row>(cursor: Cursor<Row>, count: number, signal: AbortSignal | undefined): Promise<Row[]> {
    return this.#run(() => cursor.read(count), undefined, { signal, isCursorRead: true });
  }

  /** Closes a cursor and lets the scope be used again. Where the scope has ended or its transaction failed, the portal is gone already. */
  async closeCursor(cursor: Cursor<unknown>): Promise<void> {
    const closing = this.#state === 'open' ? this.#run(() => cursor.close(), undefined, { isCursorRead: true }) : undefined;
    if (this.#openCursors > 0) this.#openCursors--;
    await closing?.catch(() => undefined);
  }

  #run<Result>(work: Work<Result>, purpose: StatementPurpose | undefined, options?: RunOptions): Promise<Result> {
    const refusal = this.refusalOfOperation(options);
    if (refusal !== null) return Promise.reject(refusal);
    if (purpose?.reason !== undefined) this.transaction.wasRaw = true;
    this.#pending++;
    return this.transaction.enqueue(() => this.#begin(work, options)).then(
      result => {
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
    if (this.#openCursors > 0 && options?.isCursorRead !== true) {
      return new TransactionError('STREAM_IN_PROGRESS', 'A stream is open on this transaction, which runs one thing at a time. Read it to its end, or break out of its loop, first.');
    }
    return options?.signal?.aborted === true ? abortedError(options.signal) : null;
  }

  /** The operation's turn has come; what was true when it was asked for may have changed since. */
  #begin<Result>(work: Work<Result>, options: RunOptions | undefined): Promise<Result> {
    // A nested atomic opened after this operation was asked for runs after it, so an open child is no reason to refuse here.
    if (this.#state !== 'open') return Promise.reject(this.refusal());
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
      throw this.refusal() ?? transaction.poison ?? new TransactionError('SCOPE_CLOSED', 'The transaction ended while this operation was waiting for a connection.');
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
      throw new TransactionError('PENDING_OPERATIONS', 'The callback of atomic returned while operations it had started were still running, so it was rolled back. Await every operation.');
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
      throw new TransactionError('TRANSACTION_ABORTED', 'The transaction had ended before atomic could commit it: raw SQL on its connection ended it. What it did before may be committed.');
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
    runtime.diagnostics.warn({ code: 'DJOGI_ROLLBACK_FAILED', message: `The rollback of transaction ${id} failed; its connection is dropped.`, cause });
  }
}

function lostError(): TransactionError {
  return new TransactionError('TRANSACTION_ABORTED', 'The connection of the transaction was lost, so the server rolled it back. Run it again as a whole.');
}

function failedError(): TransactionError {
  return new TransactionError(
    'TRANSACTION_ABORTED',
    'An earlier statement of the transaction failed and its error was swallowed, so the server accepts no more and rolls back. Let the error through, or wrap the statement that may fail in tx.atomic.',
  );
}

function eitherSignal(left: AbortSignal | undefined, right: AbortSignal | undefined): AbortSignal | undefined {
  return left === undefined || right === undefined ? (left ?? right) : AbortSignal.any([left, right]);
}

/** One round trip, whatever travels in front; two for a statement that must stand alone. */
async function executeAfterCalls<Row>(connection: Connection, before: readonly Call[], call: Call<Row>): Promise<Outcome<Row>> {
  const outcomes = await connection.executeTogether([...before, call]);
  return outcomes[outcomes.length - 1] as Outcome<Row>;
}

function executeAfter<Row>(connection: Connection, prologue: readonly Call[], preamble: readonly Call[] | undefined, call: Call<Row>): Promise<Outcome<Row>> {
  if (prologue.length === 0 && (preamble === undefined || preamble.length === 0)) return connection.execute(call);
  const before = preamble === undefined ? prologue : [...prologue, ...preamble];
  if (call.statement.standsAlone === true) return flush(connection, before).then(() => connection.execute(call));
  return executeAfterCalls(connection, before, call);
}

/** Sends what must precede something that cannot travel with it, and waits: a statement after a BEGIN that failed would commit by itself. */
async function flush(connection: Connection, calls: readonly Call[]): Promise<void> {
  if (calls.length > 0) await connection.executeTogether(calls);
}
