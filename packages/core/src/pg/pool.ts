// `createPool`: from options to a pool that is known to work. Owns the checks of the options and what happens to each physical connection before it is
// lent; lending is the connection pool's.

import type { ConnectionOptions } from 'node:tls';
import type { ConstraintDirectory } from '../db/constraint-directory.ts';
import type { Context, Executor } from '../db/context.ts';
import type { Connection, ConnectionCounters } from '../db/port.ts';
import { ConnectionError, DatabaseError } from '../error/database-error.ts';
import { ValidationError, type Issue } from '../error/value-error.ts';
import { BIND_HEER_NODE_SQL, heerNodeSettings, type HeerNode } from '../id/node-binding.ts';
import { intKind } from '../value/number.ts';
import { abortedError } from './abort.ts';
import { connect } from './connect.ts';
import { ConnectionPool, type PoolStatus } from './connection-pool.ts';
import { PoolContext, type CallbackErrorHandler } from './context.ts';
import { Diagnostics, type QueryHandler } from './diagnostics.ts';
import { optionIssues } from './option-check.ts';
import { PoolExecutor } from './pool-executor.ts';
import { rawStatement } from './raw-statement.ts';
import type { Runtime } from './transaction.ts';

export const DEFAULT_MAX = 10;
/** Milliseconds a connection may be idle before `timeoutMs.recycle` applies to it. */
export const DEFAULT_VERIFY_AFTER_IDLE_MS = 1_000;

/** Bounds of the phases of a checkout, in milliseconds. A phase that is left out waits without bound. */
export interface PoolTimeouts {
  /** All connections are in use. */
  readonly wait?: number;
  /** Connecting, authenticating, and `onConnect`. */
  readonly create?: number;
  /** The health check of a connection that was idle for `verifyAfterIdleMs`. Giving it turns the check on. */
  readonly recycle?: number;
}

/** What `onConnect` gets: just enough to prepare a session. */
export interface NewConnection {
  readonly processId: number;
  /** Runs one statement and resolves to its rows. One round trip. */
  query(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

/** What a pool asks of a registry; `createRegistry` makes such a value. */
export interface PoolRegistry {
  /** Compares models and database when the pool starts. What it throws rejects `createPool`. */
  checkAtStart?(executor: Executor): Promise<void>;
  readonly constraints?: ConstraintDirectory;
}

export interface PoolOptions {
  /** `postgres://user:password@host:port/database`. It is in no error and no event. */
  readonly url: string;
  /** The most physical connections, default 10. */
  readonly max?: number;
  /** Bounds for a checkout; a number bounds waiting and creating alike. Default: none. */
  readonly timeoutMs?: number | PoolTimeouts;
  /** Check a connection that was idle this long, with one round trip, before lending it. Default: 1000 when `timeoutMs.recycle` is given, else never. */
  readonly verifyAfterIdleMs?: number;
  /** Close a connection that was idle this long. Default: never. */
  readonly idleTimeoutMs?: number;
  /** Runs once per physical connection, before it is first lent, and is awaited. What it throws closes that connection and rejects the checkout. */
  readonly onConnect?: (connection: NewConnection) => unknown;
  /** The node that ids are generated for on these connections. `verify`: look it up in heer_nodes when the first connection opens. */
  readonly heer?: HeerNode & { readonly verify?: boolean };
  readonly registry?: PoolRegistry;
  /** The session's statement_timeout, in milliseconds; 0 for none. */
  readonly statementTimeoutMs?: number;
  /** The session's lock_timeout, in milliseconds; 0 for none. */
  readonly lockTimeoutMs?: number;
  /** Hears of each statement after it settled. What it throws is dropped. */
  readonly onQuery?: QueryHandler;
  /** Gives `onQuery` the parameter values. They may be secrets: for debugging only. */
  readonly includeValues?: boolean;
  /** What becomes of row locks taken outside a transaction, which protect nothing: a warning, once for the pool, or LOCK_OUTSIDE_TRANSACTION. Default `warn`. */
  readonly lockOutsideTransaction?: 'warn' | 'throw';
  /** Opens no connection until one is needed; then nothing is verified at start. */
  readonly lazy?: boolean;
  /** Prepared statements per connection, default 256. */
  readonly statementCacheSize?: number;
  /** False behind a proxy that gives each transaction another backend. Session settings of this page do not reach such backends: set them with ALTER ROLE or ALTER DATABASE. */
  readonly namedStatements?: boolean;
  readonly ssl?: boolean | ConnectionOptions;
  readonly applicationName?: string;
}

export interface ContextOptions {
  readonly auth?: unknown;
  /** Hears of `onCommit` callbacks that throw. Default: a process warning. */
  readonly onCallbackError?: CallbackErrorHandler;
}

/** A pool of connections to one database. Its sockets keep the process alive until it is closed. */
export interface Pool extends AsyncDisposable {
  /** A context over this pool: each operation takes a connection and commits by itself. Costs nothing. */
  context(options?: ContextOptions): Context;
  /** A snapshot; takes no connection. */
  status(): PoolStatus;
  /** What all connections of this pool have sent and received so far, closed ones included. */
  counters(): ConnectionCounters;
  /** Refuses new checkouts with POOL_CLOSED, waits for what is running, and closes all connections. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens a pool and, unless `lazy`, verifies one connection.
 *
 * Errors: VALIDATION for options; CONNECTION when the server cannot be reached, refuses, or is older than 18; DATABASE with a message that begins
 * `onConnect:` when the hook throws; ID_GEN_NODE_INACTIVE when `heer.verify` finds no such node.
 * Cost: the handshake; settings travel with it. `heer.verify` and `onConnect` add their own round trips.
 *
 * @example
 * const pool = await createPool({ url: process.env.DATABASE_URL!, timeoutMs: 5_000 });
 * try { await serve(pool.context()) } finally { await pool.close() }
 */
export async function createPool(options: PoolOptions): Promise<Pool> {
  checkPoolOptions(options);
  const timeouts: PoolTimeouts =
    typeof options.timeoutMs === 'number' ? { wait: options.timeoutMs, create: options.timeoutMs } : (options.timeoutMs ?? {});
  const pool = new ConnectionPool({
    max: options.max ?? DEFAULT_MAX,
    waitMs: timeouts.wait,
    createMs: timeouts.create,
    recycleMs: timeouts.recycle,
    verifyAfterIdleMs: options.verifyAfterIdleMs ?? (timeouts.recycle === undefined ? undefined : DEFAULT_VERIFY_AFTER_IDLE_MS),
    idleTimeoutMs: options.idleTimeoutMs,
    open: connectionOpener(options),
  });
  let transactions = 0;
  const runtime: Runtime = {
    pool,
    diagnostics: new Diagnostics(options.onQuery, options.includeValues === true),
    constraints: options.registry?.constraints,
    refusesLocks: options.lockOutsideTransaction === 'throw',
    nextTransactionId: () => `t${++transactions}`,
  };
  const executor = new PoolExecutor(runtime);
  if (options.lazy !== true) {
    try {
      pool.giveBack(await pool.checkout(), true);
      await options.registry?.checkAtStart?.(executor);
    } catch (error) {
      await pool.close();
      throw error;
    }
  }
  return {
    context: ({ auth, onCallbackError } = {}) => new PoolContext(runtime, executor, auth, onCallbackError),
    status: () => pool.status(),
    counters: () => pool.counters(),
    close: () => pool.close(),
    [Symbol.asyncDispose]: () => pool.close(),
  };
}

function connectionOpener(options: PoolOptions): (signal: AbortSignal) => Promise<Connection> {
  const { heer, onConnect } = options;
  // As startup settings they cost no round trip, and stay the session's defaults whatever RESET does.
  const settings: Record<string, string> = {
    ...(heer === undefined ? {} : heerNodeSettings(heer)),
    ...(options.statementTimeoutMs === undefined ? {} : { statement_timeout: String(options.statementTimeoutMs) }),
    ...(options.lockTimeoutMs === undefined ? {} : { lock_timeout: String(options.lockTimeoutMs) }),
  };
  let hasVerifiedNode = heer?.verify !== true;
  return async (signal) => {
    const connection = await connect({
      url: options.url,
      ssl: options.ssl,
      applicationName: options.applicationName,
      settings,
      statementCacheSize: options.statementCacheSize,
      namedStatements: options.namedStatements,
      signal,
    });
    const drop = (): void => connection.destroy();
    // A connection that hangs in its preparation is dropped, which rejects what it is waiting for.
    signal.addEventListener('abort', drop, { once: true });
    try {
      if (!hasVerifiedNode) {
        await verifyNode(connection, heer!);
        hasVerifiedNode = true;
      }
      if (onConnect !== undefined) await prepare(connection, onConnect, signal);
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    } finally {
      signal.removeEventListener('abort', drop);
    }
  };
}

async function verifyNode(connection: Connection, { nodeId, ranjNodeId = nodeId }: HeerNode): Promise<void> {
  const statement = { text: BIND_HEER_NODE_SQL, parameters: [intKind.codec, intKind.codec], rows: null };
  await connection.execute({ statement, values: [nodeId, ranjNodeId] });
}

async function prepare(connection: Connection, onConnect: (connection: NewConnection) => unknown, signal: AbortSignal): Promise<void> {
  const session: NewConnection = {
    processId: connection.processId,
    async query(text, values = []) {
      return (await connection.execute({ statement: rawStatement(text, values.length), values })).rows;
    },
  };
  try {
    await orStopped(Promise.resolve(onConnect(session)), signal);
  } catch (error) {
    throw hookError('it threw; the cause says what', error);
  }
  if (!connection.isOpen) throw hookError('the connection was lost while it ran', undefined);
  if (connection.transactionStatus !== 'idle') throw hookError('it left a transaction open. Commit or roll back what it begins', undefined);
}

/** A hook may wait for something else than the connection: it, too, is left when the phase is over. */
function orStopped(running: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(abortedError(signal));
    running.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
}

function hookError(what: string, cause: unknown): DatabaseError | ConnectionError {
  const message = `onConnect: the connection was closed, because ${what}.`;
  const options = cause === undefined ? undefined : { cause };
  const { sqlState } = (typeof cause === 'object' && cause !== null ? cause : {}) as { sqlState?: unknown };
  return typeof sqlState === 'string' ? new DatabaseError(message, { sqlState }, options) : new ConnectionError(message, {}, options);
}

function checkPoolOptions(options: PoolOptions): void {
  const { url, timeoutMs } = options;
  const issues: Issue[] = [
    ...(typeof url === 'string' && /^postgres(?:ql)?:\/\//.test(url)
      ? []
      : [{ path: 'url', rule: 'format', message: 'must be a postgres:// URL' }]),
    ...optionIssues('max', options.max, 1),
    ...(typeof timeoutMs === 'object' && timeoutMs !== null
      ? (['wait', 'create', 'recycle'] as const).flatMap((phase) => optionIssues(`timeoutMs.${phase}`, timeoutMs[phase], 1))
      : optionIssues('timeoutMs', timeoutMs, 1)),
    ...optionIssues('verifyAfterIdleMs', options.verifyAfterIdleMs, 0),
    ...optionIssues('idleTimeoutMs', options.idleTimeoutMs, 1),
    ...optionIssues('statementTimeoutMs', options.statementTimeoutMs, 0),
    ...optionIssues('lockTimeoutMs', options.lockTimeoutMs, 0),
    ...optionIssues('statementCacheSize', options.statementCacheSize, 0),
    ...([undefined, 'warn', 'throw'].includes(options.lockOutsideTransaction)
      ? []
      : [{ path: 'lockOutsideTransaction', rule: 'type', message: "is 'warn' or 'throw'" }]),
    ...(options.onConnect === undefined || typeof options.onConnect === 'function'
      ? []
      : [{ path: 'onConnect', rule: 'type', message: 'must be a function' }]),
    ...(options.onQuery === undefined || typeof options.onQuery === 'function'
      ? []
      : [{ path: 'onQuery', rule: 'type', message: 'must be a function' }]),
  ];
  if (issues.length > 0) throw new ValidationError(issues);
  if (options.heer !== undefined) heerNodeSettings(options.heer);
}
