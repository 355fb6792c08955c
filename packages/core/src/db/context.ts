// The context: what every terminal takes first. Types and `executorOf` only; `@djogi/core/pool` makes contexts. The pure packages run statements through `executorOf(ctx)`.

import { ValidationError } from '../error/value-error.ts';
import type { Call, CompiledStatement, Connection, CopyEncoding, CopySource, Cursor, Outcome } from './port.ts';

export type IsolationLevel = 'readCommitted' | 'repeatableRead' | 'serializable';

export interface AtomicOptions {
  /** Outermost scope only. Omitted: the server's default. */
  readonly isolation?: IsolationLevel;
  /** Outermost scope only: BEGIN ... READ ONLY. */
  readonly readOnly?: boolean;
  /** With `serializable` and `readOnly`: BEGIN ... DEFERRABLE. */
  readonly deferrable?: boolean;
  /** Milliseconds, applied with SET LOCAL for this scope. */
  readonly statementTimeoutMs?: number;
  /** Milliseconds, applied with SET LOCAL for this scope. */
  readonly lockTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface Backoff {
  /** Milliseconds before the second attempt; doubles each time. Defaults: 5 after a lock conflict, 50 after a pool timeout. */
  readonly initialMs?: number;
  /** Milliseconds, default 1000. */
  readonly maxMs?: number;
  /** Milliseconds of random extra, default 10. 0 is deterministic. */
  readonly jitterMs?: number;
}

export interface RetryOptions {
  readonly attempts: number;
  readonly backoff?: Backoff | 'none';
  readonly signal?: AbortSignal;
}

export interface TerminalOptions {
  readonly signal?: AbortSignal | undefined;
}

/** What packages may say besides. `isPartOfStream`: the statement belongs to the stream that is open, and may run between its reads. */
export interface StatementOptions extends TerminalOptions {
  readonly isPartOfStream?: boolean;
}

export type ConstraintScope = 'all' | readonly string[];

/** Where a terminal runs: on the pool, or in a transaction. Carries authentication, the commit queue, and nothing else. */
export interface Context {
  readonly kind: 'context';
  /** True for the context that `atomic` passes. */
  readonly inTransaction: boolean;
  /** One opaque value that `@djogi/auth` owns and extensions read. */
  readonly auth: unknown;
  /** A context over the same pool or transaction with another `auth`. */
  withAuth(auth: unknown): this;
  /** Runs `work` in a transaction, or in a savepoint when this context is in one. Commits when it resolves, rolls back when it throws. */
  atomic<Result>(work: (tx: TransactionContext) => Promise<Result>, options?: AtomicOptions): Promise<Result>;
  /** Runs `work` again, up to `attempts` times in all, after a transient error. */
  retry<Result>(work: (ctx: Context) => Promise<Result>, options: RetryOptions): Promise<Result>;
  /** Runs `callback` after the outermost commit; at once where there is no transaction to wait for. */
  onCommit(callback: () => unknown): void;
}

export interface TransactionContext extends Context {
  readonly inTransaction: true;
  /** SET CONSTRAINTS ... DEFERRED, by name, until the end of the transaction. */
  deferConstraints(scope: ConstraintScope): Promise<void>;
  /** SET CONSTRAINTS ... IMMEDIATE: checks now what was deferred. */
  setConstraintsImmediate(scope: ConstraintScope): Promise<void>;
  /** SET LOCAL ROLE. */
  setRole(role: string): Promise<void>;
}

/** What a statement is for: travels to `onQuery` and the diagnostics channels. Never carries values. */
export interface StatementPurpose {
  /** The table of the model the statement is about, when there is one. */
  readonly model?: string | undefined;
  /** `get`, `create`, `fetchAll`, ... or `raw`. */
  readonly operation: string;
  /** The reason given to `rawSql`. */
  readonly reason?: string | undefined;
  /** Statements that must run under the same Sync before this one (tenant settings). */
  readonly preamble?: readonly Call[] | undefined;
  /** Row properties of a constraint, for `ConstraintError.fields`. Called only on failure. */
  readonly constraintFields?: ((constraint: string, column: string | undefined) => readonly string[]) | undefined;
}

/** A COPY ... TO STDOUT. It takes no parameters, so its text has values in it, which observers are not to see. */
export interface CopyOut {
  readonly text: string;
  /** The same with placeholders, and their values: what observers hear of. Asked for only while there are any. */
  readonly observed: () => { readonly text: string; readonly values: readonly unknown[] };
}

/** How core and the packages run statements on a context. Internal to the packages: users call terminals. */
export interface Executor {
  readonly isTransaction: boolean;
  /** On the pool only: told of row locks that end with their statement. Warns, or throws LOCK_OUTSIDE_TRANSACTION where the pool was told to. */
  lockedOutsideTransaction?(table: string): void;
  execute<Row>(
    statement: CompiledStatement<Row>,
    values: readonly unknown[],
    purpose: StatementPurpose,
    options?: StatementOptions,
  ): Promise<Outcome<Row>>;
  /** Independent statements, pipelined. On the pool each commits by itself. Resolves in order; rejects with the first failure. */
  executeAll(calls: readonly Call[], purpose: StatementPurpose, options?: TerminalOptions): Promise<Outcome[]>;
  /** Only on a transaction: throws STREAM_OUTSIDE_TRANSACTION synchronously elsewhere. While open, the context refuses other statements with STREAM_IN_PROGRESS. */
  openCursor<Row>(
    statement: CompiledStatement<Row>,
    values: readonly unknown[],
    purpose: StatementPurpose,
    options?: TerminalOptions,
  ): Promise<Cursor<Row>>;
  /** The simple protocol, for DDL: several statements in one text. */
  script(text: string, purpose: StatementPurpose, options?: TerminalOptions): Promise<string>;
  /**
   * COPY ... FROM STDIN with the rows of `source`. Resolves to their number. After a failure nothing is stored, and the connection of a pool is used again.
   * A source is waited for, so a transaction refuses everything else meanwhile: STREAM_IN_PROGRESS.
   */
  copyIn<Item>(
    text: string,
    source: CopySource<Item>,
    encoding: CopyEncoding<Item>,
    purpose: StatementPurpose,
    options?: TerminalOptions,
  ): Promise<number>;
  /**
   * COPY ... TO STDOUT, sent at the first pull; returns the number of rows. Left early, a statement on the pool is cancelled, and one in a transaction read
   * to its end. Until then a transaction refuses everything else: STREAM_IN_PROGRESS.
   */
  copyOut(copy: CopyOut, purpose: StatementPurpose, options?: TerminalOptions): AsyncGenerator<Uint8Array, number | undefined, undefined>;
  /** Lends the connection: COPY, LISTEN. The lease is clean only when `use` resolves. */
  withConnection<Result>(
    use: (connection: Connection) => Promise<Result>,
    purpose: StatementPurpose,
    options?: TerminalOptions,
  ): Promise<Result>;
}

/** The symbol under which a context keeps its executor: from the global registry, so that it is found across two copies of core, which are then refused by name. */
export const executorKey: unique symbol = Symbol.for('djogi.executor') as never;

/** The executor of a context. Errors: VALIDATION with `context` when the first argument of a terminal is none. */
export function executorOf(ctx: Context): Executor {
  const executor = (ctx as (Context & { readonly [executorKey]?: Executor }) | null | undefined)?.[executorKey];
  if (executor === undefined)
    throw new ValidationError([{ path: 'ctx', rule: 'context', message: 'must be a context: take one from pool.context() or atomic' }]);
  return executor;
}
