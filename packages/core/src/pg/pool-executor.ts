// Statements on the pool: each takes a connection of its own, commits by itself, and gives the connection back.

import type { CopyOut, Executor, StatementPurpose, TerminalOptions } from '../db/context.ts';
import type { Call, CompiledStatement, Connection, CopyEncoding, CopySource, Cursor, Outcome } from '../db/port.ts';
import { TransactionError } from '../error/database-error.ts';
import { abortedError, interrupt, orAborted } from './abort.ts';
import { COMMIT } from './control-statement.ts';
import { beginAfter, isAborted, piecesOf, rollBack } from './pool-copy.ts';
import { isReusableAfterFailure, isReusableAfterSuccess } from './lease.ts';
import { withConstraintFields } from './sqlstate.ts';
import type { Runtime } from './transaction.ts';

interface LeaseUse {
  readonly purpose: StatementPurpose;
  readonly options: TerminalOptions | undefined;
  /** Whether a failure may have left session state behind. */
  readonly isRaw: boolean;
  /** Whether a failure of the caller's own leaves the connection as it was: a COPY is over before it is reported. */
  readonly isCopy?: boolean;
  /** Told when the wait for the connection is over. */
  readonly sent?: () => void;
}

export class PoolExecutor implements Executor {
  readonly isTransaction = false;
  readonly #runtime: Runtime;
  #warnsOfLocks = true;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  lockedOutsideTransaction(table: string): void {
    const { diagnostics, refusesLocks } = this.#runtime;
    const error = new TransactionError(
      'LOCK_OUTSIDE_TRANSACTION',
      `Rows of ${table} were to be locked outside a transaction, where their locks end with the statement and protect nothing. Use the set inside ctx.atomic.`,
      { model: table },
    );
    if (refusesLocks) throw error;
    if (!this.#warnsOfLocks) return;
    this.#warnsOfLocks = false;
    diagnostics.warn({ code: 'DJOGI_LOCK_OUTSIDE_TRANSACTION', message: `${error.message}${callSite(error)}`, cause: error });
  }

  execute<Row>(
    statement: CompiledStatement<Row>,
    values: readonly unknown[],
    purpose: StatementPurpose,
    options?: TerminalOptions,
  ): Promise<Outcome<Row>> {
    const { pool, diagnostics } = this.#runtime;
    if (options?.signal === undefined && purpose.preamble === undefined && !diagnostics.observesQueries) {
      const connection = pool.take();
      // The path of nearly every statement: two promises, the connection's and the one that gives it back; one more where a connection is waited for.
      if (connection !== undefined) return this.#executeOn(connection, { statement, values }, purpose);
      return pool.checkout().then((lent) => this.#executeOn(lent, { statement, values }, purpose));
    }
    return this.#executeObserved({ statement, values }, purpose, options);
  }

  #executeOn<Row>(connection: Connection, call: Call<Row>, purpose: StatementPurpose): Promise<Outcome<Row>> {
    const { pool } = this.#runtime;
    return connection.execute(call).then(
      (outcome) => {
        pool.giveBack(connection, isReusableAfterSuccess(connection));
        return outcome;
      },
      (error: unknown) => {
        pool.giveBack(connection, isReusableAfterFailure(connection, error, purpose.reason !== undefined));
        throw withConstraintFields(error, purpose.constraintFields);
      },
    );
  }

  async executeAll(calls: readonly Call[], purpose: StatementPurpose, options?: TerminalOptions): Promise<Outcome[]> {
    if (calls.length === 0) return [];
    const { diagnostics } = this.#runtime;
    const observations = diagnostics.observesQueries
      ? calls.map((call) => diagnostics.observe(call.statement.text, call.values, purpose, undefined))
      : [];
    const sent = (): void => {
      for (const observation of observations) observation?.sent();
    };
    const isRaw = purpose.reason !== undefined;
    let settled: PromiseSettledResult<Outcome>[] = [];
    try {
      await this.#lend({ purpose, options, isRaw, sent }, async (connection) => {
        // All are on their way before the first answer, each under a Sync of its own; the lease ends when all have settled.
        settled = await Promise.allSettled(calls.map((call) => executeWithPreamble(connection, purpose.preamble, call)));
        const failures = settled.filter((result) => result.status === 'rejected').map((result) => result.reason as unknown);
        // Ends the lease as dirty; which failure the caller hears of is decided below.
        for (const failure of failures) if (!isReusableAfterFailure(connection, failure, isRaw)) throw failure;
      });
    } catch (error) {
      if (settled.length === 0) {
        for (const observation of observations) observation?.failed(error);
        throw error;
      }
    }
    settled.forEach((result, index) => {
      if (result.status === 'fulfilled') observations[index]?.succeeded(result.value.rowCount);
      else observations[index]?.failed(result.reason);
    });
    return settled.map((result) => {
      if (result.status === 'fulfilled') return result.value;
      throw withConstraintFields(result.reason, purpose.constraintFields);
    });
  }

  openCursor<Row>(): Promise<Cursor<Row>> {
    throw new TransactionError(
      'STREAM_OUTSIDE_TRANSACTION',
      'A stream was asked for outside a transaction, where its cursor could not live. Use it inside ctx.atomic.',
    );
  }

  async script(text: string, purpose: StatementPurpose, options?: TerminalOptions): Promise<string> {
    const observation = this.#runtime.diagnostics.observe(text, [], purpose, undefined);
    try {
      const result = await this.#lend({ purpose, options, isRaw: true, sent: () => observation?.sent() }, (connection) =>
        connection.script(text),
      );
      observation?.succeeded(0);
      return result;
    } catch (error) {
      observation?.failed(error);
      throw error;
    }
  }

  async copyIn<Item>(
    text: string,
    source: CopySource<Item>,
    encoding: CopyEncoding<Item>,
    purpose: StatementPurpose,
    options?: TerminalOptions,
  ): Promise<number> {
    const observation = this.#runtime.diagnostics.observe(text, [], purpose, undefined);
    try {
      const rowCount = await this.#lend(
        { purpose, options, isRaw: false, isCopy: true, sent: () => observation?.sent() },
        async (connection) => {
          await beginAfter(connection, purpose.preamble);
          try {
            const rows = await connection.copyIn(text, source, encoding);
            if (connection.transactionStatus !== 'idle') await connection.execute(COMMIT);
            return rows;
          } finally {
            await rollBack(connection);
          }
        },
      );
      observation?.succeeded(rowCount);
      return rowCount;
    } catch (error) {
      observation?.failed(error);
      throw error;
    }
  }

  async *copyOut(
    copy: CopyOut,
    purpose: StatementPurpose,
    options?: TerminalOptions,
  ): AsyncGenerator<Uint8Array, number | undefined, undefined> {
    const { pool, diagnostics } = this.#runtime;
    const signal = options?.signal;
    if (signal?.aborted === true) throw abortedError(signal);
    const shown = diagnostics.observesQueries ? copy.observed() : undefined;
    const observation = shown === undefined ? undefined : diagnostics.observe(shown.text, shown.values, purpose, undefined);
    let connection: Connection | undefined;
    let isOver = false;
    const abort = (): void => interrupt(connection!);
    try {
      connection = pool.take() ?? (await pool.checkout(signal));
      signal?.addEventListener('abort', abort, { once: true });
      observation?.sent();
      await beginAfter(connection, purpose.preamble);
      const rowCount = yield* piecesOf(connection, copy.text, signal);
      isOver = true;
      observation?.succeeded(rowCount ?? 0);
      return rowCount;
    } catch (error) {
      isOver = true;
      const reported = isAborted(signal) ? abortedError(signal) : withConstraintFields(error, purpose.constraintFields);
      observation?.failed(reported);
      throw reported;
    } finally {
      if (!isOver) observation?.succeeded(0);
      signal?.removeEventListener('abort', abort);
      if (connection !== undefined) {
        await rollBack(connection);
        pool.giveBack(connection, isReusableAfterSuccess(connection));
      }
    }
  }

  withConnection<Result>(
    use: (connection: Connection) => Promise<Result>,
    purpose: StatementPurpose,
    options?: TerminalOptions,
  ): Promise<Result> {
    return this.#lend({ purpose, options, isRaw: true }, use);
  }

  async #executeObserved<Row>(call: Call<Row>, purpose: StatementPurpose, options: TerminalOptions | undefined): Promise<Outcome<Row>> {
    const observation = this.#runtime.diagnostics.observe(call.statement.text, call.values, purpose, undefined);
    try {
      const outcome = await this.#lend(
        { purpose, options, isRaw: purpose.reason !== undefined, sent: () => observation?.sent() },
        (connection) => executeWithPreamble(connection, purpose.preamble, call),
      );
      observation?.succeeded(outcome.rowCount);
      return outcome;
    } catch (error) {
      observation?.failed(error);
      throw error;
    }
  }

  async #lend<Result>(
    { purpose, options, isRaw, isCopy, sent }: LeaseUse,
    use: (connection: Connection) => Promise<Result>,
  ): Promise<Result> {
    const { pool } = this.#runtime;
    const signal = options?.signal;
    if (signal?.aborted === true) throw abortedError(signal);
    const connection = pool.take() ?? (await pool.checkout(signal));
    sent?.();
    let isEnded = false;
    const end = (isReusable: boolean): void => {
      if (isEnded) return;
      isEnded = true;
      pool.giveBack(connection, isReusable);
    };
    const abort = (): boolean => {
      interrupt(connection);
      end(false);
      return true;
    };
    try {
      const running = use(connection);
      const result = signal === undefined ? await running : await orAborted(running, signal, 'operation', abort);
      end(isReusableAfterSuccess(connection));
      return result;
    } catch (error) {
      end(isCopy === true ? isReusableAfterSuccess(connection) : isReusableAfterFailure(connection, error, isRaw));
      throw withConstraintFields(error, purpose.constraintFields);
    }
  }
}

/** The preamble and the statement share one Sync, hence one round trip and one implicit transaction; a statement that stands alone goes without. */
async function executeWithPreamble<Row>(
  connection: Connection,
  preamble: readonly Call[] | undefined,
  call: Call<Row>,
): Promise<Outcome<Row>> {
  if (preamble === undefined || preamble.length === 0 || call.statement.standsAlone === true) return connection.execute(call);
  const outcomes = await connection.executeTogether([...preamble, call]);
  return outcomes[outcomes.length - 1] as Outcome<Row>;
}

const OWN_FRAME = /[\\/](?:@djogi|packages)[\\/](?:core|query)[\\/](?:src|dist)[\\/]/;

/** ` Called at <function> (<file>:<line>:<column>).`: the first frame that is none of the packages', where the stack has one. */
function callSite({ stack = '' }: Error): string {
  const frame = stack.split('\n').find((line) => /^\s+at /.test(line) && !OWN_FRAME.test(line));
  return frame === undefined ? '' : ` Called ${frame.trim()}.`;
}
