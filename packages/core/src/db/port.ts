// The one narrow seam between Djogi and a driver: what a physical connection can do. It exists so that the row path can be owned and measured.
// Nothing here imports a driver; `pg/` implements it, and the pure parts speak to it through contexts only.

import type { Codec, WireWriter } from '../value/codec.ts';

/** One output column: the codec that reads it and where it comes from, for errors. */
export interface ResultColumn {
  readonly name: string;
  readonly codec: Codec<any>;
  readonly table?: string | undefined;
}

/**
 * How the rows of a statement are built, decided once per projection.
 *
 * Shape: `build` is a constructor called as `new build(v0, v1, ...)` with the decoded columns in order; absent means an object literal
 * whose keys are the column names. NULL arrives as null and reaches no codec.
 */
export interface RowShape<Row = unknown> {
  readonly columns: readonly ResultColumn[];
  readonly build?: (new (...values: any[]) => Row) | undefined;
  /** `value`: the row is the single column's value itself; `tuple`: an array of the values. */
  readonly as?: 'object' | 'value' | 'tuple' | undefined;
}

/** What the server says about one output column when a statement is described. */
export interface DescribedColumn {
  readonly name: string;
  readonly oid: number;
  readonly typeModifier: number;
}

/**
 * Makes the shape of rows once the server has described them, for text whose columns are not known before (raw SQL).
 *
 * Shape: called once per statement and connection (and again after a cached plan was dropped) with the columns in order; the shape's columns
 * must have the same length and order. What it throws rejects the call as it is, after the statement has run.
 */
export type DescribeRows<Row = unknown> = (columns: readonly DescribedColumn[]) => RowShape<Row>;

/**
 * A statement whose text is final: rendered once per query shape and executed many times with other values.
 *
 * Shape: `parameters[i]` encodes `$<i+1>`; `rows` is null when nothing is returned, a function when the columns are known
 * only to the server (a statement that turns out to return none yields no rows, and the function is not called). Identity matters: a driver may keep what it learned about
 * the statement (formats, decoder) in a WeakMap keyed by this object, and the prepared name by its text.
 */
export interface CompiledStatement<Row = unknown> {
  readonly text: string;
  readonly parameters: readonly Codec<any>[];
  readonly rows: RowShape<Row> | DescribeRows<Row> | null;
  /** True for statements that refuse to run inside a transaction block (CREATE DATABASE, VACUUM, ...). They are never sent together with others. */
  readonly standsAlone?: boolean | undefined;
}

/** One execution. `values[i]` is the value of `$<i+1>`, null for NULL, never undefined. */
export interface Call<Row = unknown> {
  readonly statement: CompiledStatement<Row>;
  readonly values: readonly unknown[];
}

export interface Outcome<Row = unknown> {
  readonly rows: Row[];
  /** The count in the command tag; 0 for commands without one. */
  readonly rowCount: number;
  /** The command tag's words without the counts: `SELECT`, `COMMIT`, `ROLLBACK`, `CREATE TABLE`. */
  readonly command: string;
}

export interface Cursor<Row = unknown> {
  /** The next rows, at most `count` (int32, at least 1); empty when the portal is exhausted. One round trip. */
  read(count: number): Promise<Row[]>;
  /** Closes the portal. Idempotent. */
  close(): Promise<void>;
}

/** Where the data of a COPY ... FROM STDIN comes from, at the pace of the server. */
export type CopySource<Item> = AsyncIterable<Item> | Iterable<Item>;

/** How the items of a source become the data of a COPY, written where it is sent from. What a function throws aborts the copy. */
export interface CopyEncoding<Item> {
  readonly begin?: ((writer: WireWriter) => void) | undefined;
  /** One item. What it wrote before it threw is not sent. */
  readonly write: (writer: WireWriter, item: Item) => void;
  readonly end?: ((writer: WireWriter) => void) | undefined;
}

export interface Notification {
  readonly channel: string;
  readonly payload: string;
  readonly processId: number;
}

/** `idle` outside a transaction, `open` inside one, `failed` when only ROLLBACK is accepted. As reported by the last ReadyForQuery. */
export type TransactionStatus = 'idle' | 'open' | 'failed';

/** What a connection has sent and received so far. Round trips count Sync points and simple queries that were answered. */
export interface ConnectionCounters {
  readonly statements: number;
  readonly roundTrips: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/**
 * A physical connection. Calls may be issued without waiting for the earlier ones; they run in order and each has its own Sync unless sent
 * together. Failures are the classified errors of `error/database-error.ts`, after which the connection is usable again, except `ConnectionError`.
 */
export interface Connection {
  readonly processId: number;
  readonly isOpen: boolean;
  readonly transactionStatus: TransactionStatus;
  readonly counters: ConnectionCounters;
  /** The server's reported parameters: `server_version`, `TimeZone`, ... */
  readonly serverParameters: ReadonlyMap<string, string>;

  /** One prepared statement, Bind to Sync. One round trip, also on first use. */
  execute<Row>(call: Call<Row>): Promise<Outcome<Row>>;
  /**
   * Several statements before one Sync: one round trip, and outside a transaction block one implicit transaction. The first failure rejects
   * the whole; later statements were not run.
   */
  executeTogether(calls: readonly Call[]): Promise<Outcome[]>;
  /** The simple protocol: any number of statements, no parameters, no rows. Resolves to the command of the last one. */
  script(text: string): Promise<string>;
  /** Opens a portal. Must run inside a transaction, or under one it opened. */
  openCursor<Row>(call: Call<Row>): Promise<Cursor<Row>>;
  /**
   * COPY ... FROM STDIN. Resolves to the number of rows. A failing source aborts the copy, and so does `stop`, whose reason is then the error.
   * Errors: those of the server have `copyLine`, the line or row it was at, counted from 1, where it says so.
   */
  copyIn(text: string, source: CopySource<Uint8Array>): Promise<number>;
  copyIn<Item>(text: string, source: CopySource<Item>, encoding: CopyEncoding<Item>, stop?: AbortSignal): Promise<number>;
  /** COPY ... TO STDOUT, with back-pressure. Its pieces end anywhere; what it returns in the end is the number of rows. */
  copyOut(text: string): AsyncGenerator<Uint8Array, number | undefined, undefined>;
  onNotification(handler: (notification: Notification) => void): () => void;
  /** Called once when the socket is gone, with the reason when it was not `close`. */
  onClose(handler: (reason: Error | null) => void): void;
  /** Asks the server, over another socket, to cancel what is running. Best effort; resolves when the request was delivered. */
  cancel(): Promise<void>;
  /** Terminates politely. */
  close(): Promise<void>;
  /** Drops the socket at once; running calls reject with `ConnectionError`. */
  destroy(reason?: Error): void;
}
