// The raw SQL escape hatch: visible where it is used, with a reason that travels to whoever watches the queries. Everything runs through the context's
// executor, so leases, transactions and diagnostics are the same as for typed statements.
//
// What the caller must undo: session state changed by a raw call that succeeded stays on the connection and goes back to the pool with it; session-level
// advisory locks and LISTEN survive even ROLLBACK. Prefer SET LOCAL, set_config(..., true) and pg_advisory_xact_lock.

import { executorOf, type Context, type Executor, type StatementPurpose, type TerminalOptions } from '../db/context.ts';
import type { CompiledStatement, Connection, Cursor, RowShape } from '../db/port.ts';
import { RawSqlError, TransactionError } from '../error/database-error.ts';
import { MultipleObjectsError, NotFoundError, ValidationError } from '../error/value-error.ts';
import type { Pool } from './pool.ts';
import { checkRawValues, rawCommand, rawStatement, refusalOf, shapedStatement, type ColumnCodecs, type RawRow } from './raw-statement.ts';
import { refusalInTransaction } from './raw-preflight.ts';

export const MIN_REASON_LENGTH = 12;
export const DEFAULT_BATCH_SIZE = 1_000;

export interface RawStreamOptions extends TerminalOptions {
  /** Rows fetched per round trip, default 1000. */
  readonly batchSize?: number;
}

/**
 * Raw SQL on one context.
 *
 * Values are parameters `$1`, `$2`, ...: strings, numbers, bigints, booleans, Dates, bytes, arrays (as Postgres arrays), objects (as JSON), null.
 * In a transaction, statements that would end it or outlive it are refused before they are sent: TRANSACTION_CONTROL_IN_TRANSACTION and
 * SESSION_STATEMENT_IN_TRANSACTION. Every method costs one round trip, unless it says otherwise.
 */
export interface RawSql {
  /**
   * The rows as objects keyed by column. Typed by the server's description: `bigint` and `numeric` are strings, `timestamptz` a `Temporal.Instant`, and a
   * `Date` where the column is `timestamptz(3)`. Errors: DECODE with `duplicate_column` when two columns have one name.
   */
  rows<Row extends object = RawRow>(text: string, values?: readonly unknown[], options?: TerminalOptions): Promise<Row[]>;
  /** The rows in a shape of your own: a `RowShape` matched by position, or codecs by column name for columns that their type alone does not tell how to read. */
  query<Row = RawRow>(
    shape: RowShape<Row> | ColumnCodecs,
    text: string,
    values?: readonly unknown[],
    options?: TerminalOptions,
  ): Promise<Row[]>;
  /** The one row there is. Errors: NOT_FOUND, MULTIPLE_OBJECTS. */
  one<Row extends object = RawRow>(text: string, values?: readonly unknown[], options?: TerminalOptions): Promise<Row>;
  /** The first column of the one row there is. Errors: NOT_FOUND, MULTIPLE_OBJECTS. */
  scalar<Value = unknown>(text: string, values?: readonly unknown[], options?: TerminalOptions): Promise<Value>;
  /** The number of rows in the command tag; 0 for commands without one. */
  execute(text: string, values?: readonly unknown[], options?: TerminalOptions): Promise<number>;
  /** Any number of statements without parameters, for DDL. Outside a transaction they are one implicit transaction. */
  script(text: string, options?: TerminalOptions): Promise<void>;
  /** The rows one by one, over a cursor; one round trip per batch. Errors: STREAM_OUTSIDE_TRANSACTION at once on a pool-backed context. */
  stream<Row extends object = RawRow>(text: string, values?: readonly unknown[], options?: RawStreamOptions): AsyncIterableIterator<Row>;
  /** Lends the connection, for COPY and LISTEN. It returns to the pool only when `use` resolves and leaves no transaction open. Costs what `use` does. */
  withConnection<Result>(use: (connection: Connection) => Promise<Result>, options?: TerminalOptions): Promise<Result>;
}

/**
 * Opens the raw entry on a context.
 *
 * Errors: RAW_SQL_REASON when `reason`, trimmed, has fewer than 12 characters.
 *
 * @example
 * const raw = rawSql(ctx, 'pg_stat_statements has no model');
 * const slowest = await raw.rows('SELECT query, mean_exec_time FROM pg_stat_statements ORDER BY 2 DESC LIMIT $1', [10]);
 */
export function rawSql(ctx: Context, reason: string): RawSql {
  return new ExecutorRawSql(executorOf(ctx), checkedReason(reason));
}

/** The same on a pool, for where there is no context yet. */
export function rawPool(pool: Pool, reason: string): RawSql {
  return rawSql(pool.context(), reason);
}

function checkedReason(reason: unknown): string {
  const trimmed = typeof reason === 'string' ? reason.trim() : '';
  if (trimmed.length >= MIN_REASON_LENGTH) return trimmed;
  throw new RawSqlError(
    'RAW_SQL_REASON',
    `Raw SQL needs a reason of at least ${MIN_REASON_LENGTH} characters. Say why the statement cannot be written with models.`,
  );
}

class ExecutorRawSql implements RawSql {
  readonly #executor: Executor;
  readonly #purpose: StatementPurpose;

  constructor(executor: Executor, reason: string) {
    this.#executor = executor;
    this.#purpose = Object.freeze({ operation: 'raw', reason });
  }

  async rows<Row extends object>(text: string, values: readonly unknown[] = [], options?: TerminalOptions): Promise<Row[]> {
    return this.#run(rawStatement(text, values.length), values, options) as Promise<Row[]>;
  }

  async query<Row>(
    shape: RowShape<Row> | ColumnCodecs,
    text: string,
    values: readonly unknown[] = [],
    options?: TerminalOptions,
  ): Promise<Row[]> {
    return this.#run(shapedStatement(text, values.length, shape), values, options);
  }

  async one<Row extends object>(text: string, values: readonly unknown[] = [], options?: TerminalOptions): Promise<Row> {
    const rows = await this.rows<Row>(text, values, options);
    if (rows.length === 0)
      throw new NotFoundError('(raw)', 'The raw statement returned no row where one was promised. Use rows where none is expected.');
    if (rows.length > 1) throw new MultipleObjectsError('(raw)');
    return rows[0]!;
  }

  async scalar<Value>(text: string, values: readonly unknown[] = [], options?: TerminalOptions): Promise<Value> {
    return Object.values(await this.one(text, values, options))[0] as Value;
  }

  async execute(text: string, values: readonly unknown[] = [], options?: TerminalOptions): Promise<number> {
    const statement = rawCommand(text, values.length);
    this.#check(statement, values);
    return (await this.#executor.execute(statement, values, this.#purpose, options)).rowCount;
  }

  async script(text: string, options?: TerminalOptions): Promise<void> {
    const refusal = this.#executor.isTransaction ? refusalInTransaction(text) : null;
    if (refusal !== null) throw refusal;
    await this.#executor.script(text, this.#purpose, options);
  }

  stream<Row extends object>(text: string, values: readonly unknown[] = [], options: RawStreamOptions = {}): AsyncIterableIterator<Row> {
    const { batchSize = DEFAULT_BATCH_SIZE } = options;
    if (!this.#executor.isTransaction) {
      throw new TransactionError(
        'STREAM_OUTSIDE_TRANSACTION',
        'A stream was asked for outside a transaction, where its cursor could not live. Use it inside ctx.atomic.',
      );
    }
    if (!Number.isSafeInteger(batchSize) || batchSize < 1)
      throw new ValidationError([{ path: 'batchSize', rule: 'range', message: 'must be an integer of at least 1' }]);
    const statement = rawStatement(text, values.length) as CompiledStatement<Row>;
    checkRawValues(values);
    const open = (): Promise<Cursor<Row>> => this.#executor.openCursor(statement, values, this.#purpose, options);
    return readAll(open, batchSize);
  }

  withConnection<Result>(use: (connection: Connection) => Promise<Result>, options?: TerminalOptions): Promise<Result> {
    return this.#executor.withConnection(use, this.#purpose, options);
  }

  async #run<Row>(statement: CompiledStatement<Row>, values: readonly unknown[], options: TerminalOptions | undefined): Promise<Row[]> {
    this.#check(statement, values);
    return (await this.#executor.execute(statement, values, this.#purpose, options)).rows;
  }

  #check(statement: CompiledStatement<any>, values: readonly unknown[]): void {
    const refusal = this.#executor.isTransaction ? refusalOf(statement) : null;
    if (refusal !== null) throw refusal;
    checkRawValues(values);
  }
}

async function* readAll<Row>(open: () => Promise<Cursor<Row>>, batchSize: number): AsyncGenerator<Row, void, undefined> {
  const cursor = await open();
  try {
    for (;;) {
      const rows = await cursor.read(batchSize);
      yield* rows;
      // A short batch is the last one: the portal is exhausted.
      if (rows.length < batchSize) return;
    }
  } finally {
    await cursor.close();
  }
}
