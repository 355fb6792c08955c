// The pool of physical connections: at most `max`, lent in the order they were asked for, reused last in, first out. Owns the three phases of a
// checkout (wait, create, recycle) and their bounds. Contexts decide what a connection is used for and whether it may come back.

import type { Connection, ConnectionCounters } from '../db/port.ts';
import { PoolError } from '../error/database-error.ts';
import { abortedError } from './abort.ts';

export interface ConnectionPoolOptions {
  readonly max: number;
  /** Milliseconds; undefined waits without bound. */
  readonly waitMs: number | undefined;
  readonly createMs: number | undefined;
  readonly recycleMs: number | undefined;
  /** A connection idle for this many milliseconds is checked with one round trip before it is lent; undefined never checks. */
  readonly verifyAfterIdleMs: number | undefined;
  /** A connection idle for this many milliseconds is closed; undefined keeps it. */
  readonly idleTimeoutMs: number | undefined;
  /** Opens a connection that is ready to be lent. Settles soon after `signal` fires. */
  readonly open: (signal: AbortSignal) => Promise<Connection>;
}

/** A snapshot. Shape: `size` counts physical connections, those being opened included; `available` the idle ones; `waiting` the unserved checkouts. */
export interface PoolStatus {
  readonly max: number;
  readonly size: number;
  readonly available: number;
  readonly waiting: number;
}

interface Waiter {
  readonly serve: (connection: Connection) => void;
  readonly refuse: (error: unknown) => void;
  /** The wait phase is over: a connection is being opened for it, and that phase has a bound of its own. */
  readonly stopWaiting: () => void;
  /** The connection being opened on behalf of this checkout. The waiters that have one are always the first ones of the queue. */
  creation: Creation | null;
}

interface Creation {
  waiter: Waiter | null;
  /** Whether a failure is the waiter's: not when the creation was begun for somebody who has been served otherwise. */
  isOwnFailure: boolean;
}

/** A statement for the health check: no columns, no values. */
const probe = Object.freeze({ statement: Object.freeze({ text: 'SELECT', parameters: [], rows: null }), values: [] });

export class ConnectionPool {
  readonly #options: ConnectionPoolOptions;
  readonly #connections = new Set<Connection>();
  /** A stack: the most recently used connection is lent first, so that the others can be closed. */
  readonly #idle: Connection[] = [];
  readonly #idleSince = new Map<Connection, number>();
  readonly #tracksIdleTime: boolean;
  /** In the order of arrival; a Set because a waiter may leave from the middle. */
  readonly #waiters = new Set<Waiter>();
  #opening = 0;
  #closing: PromiseWithResolvers<void> | null = null;
  #idleTimer: NodeJS.Timeout | null = null;
  #retired: ConnectionCounters = { statements: 0, roundTrips: 0, bytesSent: 0, bytesReceived: 0 };

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
    this.#tracksIdleTime = options.verifyAfterIdleMs !== undefined || options.idleTimeoutMs !== undefined;
  }

  /** An idle connection at once, when there is one that needs no check; the fast path of every pool-backed statement. */
  take(): Connection | undefined {
    if (this.#options.verifyAfterIdleMs !== undefined) return undefined;
    return this.#popIdle();
  }

  /** A connection, after as long as it takes. Errors: POOL_TIMEOUT with its phase, POOL_CLOSED, ABORTED, and what opening a connection throws. */
  checkout(signal?: AbortSignal): Promise<Connection> {
    if (this.#closing !== null) return Promise.reject(closedError());
    if (signal?.aborted === true) return Promise.reject(abortedError(signal));
    const { verifyAfterIdleMs } = this.#options;
    const since = this.#idle.length === 0 ? undefined : this.#idleSince.get(this.#idle[this.#idle.length - 1]!);
    const idle = this.#popIdle();
    if (idle === undefined) return this.#wait(signal);
    if (verifyAfterIdleMs === undefined || since === undefined || performance.now() - since < verifyAfterIdleMs)
      return Promise.resolve(idle);
    return this.#verify(idle, signal);
  }

  /** Ends a lease. A reusable connection goes to the first waiter, or becomes idle; any other is destroyed and its slot used for a waiter. */
  giveBack(connection: Connection, isReusable: boolean): void {
    if (!isReusable || !connection.isOpen) {
      this.#retire(connection);
      connection.destroy();
    } else if (this.#closing !== null) {
      this.#closeGently(connection);
    } else {
      this.#offer(connection);
    }
  }

  status(): PoolStatus {
    return { max: this.#options.max, size: this.#size, available: this.#idle.length, waiting: this.#waiters.size };
  }

  /** The sum over all connections there have been. */
  counters(): ConnectionCounters {
    let sum = this.#retired;
    for (const connection of this.#connections) sum = add(sum, connection.counters);
    return sum;
  }

  /** Refuses new and waiting checkouts, waits for leased connections, closes all. Idempotent. */
  close(): Promise<void> {
    if (this.#closing !== null) return this.#closing.promise;
    this.#closing = Promise.withResolvers<void>();
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    for (const waiter of this.#waiters) waiter.refuse(closedError());
    for (const connection of this.#idle.splice(0)) this.#closeGently(connection);
    this.#settleClose();
    return this.#closing.promise;
  }

  get #size(): number {
    return this.#connections.size + this.#opening;
  }

  #popIdle(): Connection | undefined {
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined) return undefined;
      if (this.#tracksIdleTime) this.#idleSince.delete(connection);
      if (connection.isOpen) return connection;
      this.#retire(connection);
    }
  }

  #wait(signal: AbortSignal | undefined): Promise<Connection> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const leave = (): void => {
        this.#waiters.delete(waiter);
        clearTimeout(timer);
        this.#reassign(waiter);
        signal?.removeEventListener('abort', abort);
      };
      const waiter: Waiter = {
        serve(connection) {
          leave();
          resolve(connection);
        },
        refuse(error) {
          leave();
          reject(error);
        },
        stopWaiting: () => clearTimeout(timer),
        creation: null,
      };
      const abort = (): void => waiter.refuse(abortedError(signal!));
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiters.add(waiter);
      this.#openForWaiters();
      const { waitMs } = this.#options;
      if (waiter.creation === null && waitMs !== undefined) timer = setTimeout(() => waiter.refuse(timeoutError('wait', waitMs)), waitMs);
    });
  }

  /** Opens connections for waiters that have none on the way, as far as there are slots. */
  #openForWaiters(): void {
    if (this.#closing !== null) return;
    for (const waiter of this.#waiters) {
      if (this.#size >= this.#options.max) return;
      if (waiter.creation === null) this.#openFor(waiter);
    }
  }

  #openFor(waiter: Waiter): void {
    const creation: Creation = { waiter, isOwnFailure: true };
    waiter.creation = creation;
    waiter.stopWaiting();
    this.#opening++;
    const controller = new AbortController();
    const { createMs } = this.#options;
    let hasTimedOut = false;
    const timer =
      createMs === undefined
        ? undefined
        : setTimeout(() => {
            hasTimedOut = true;
            controller.abort();
          }, createMs);
    this.#options.open(controller.signal).then(
      (connection) => {
        clearTimeout(timer);
        this.#opening--;
        if (creation.waiter !== null) creation.waiter.creation = null;
        this.#adopt(connection);
      },
      (error: unknown) => {
        clearTimeout(timer);
        this.#opening--;
        const { waiter: owner } = creation;
        if (owner !== null) {
          owner.creation = null;
          if (creation.isOwnFailure) owner.refuse(hasTimedOut ? timeoutError('create', createMs!) : error);
        }
        this.#openForWaiters();
        this.#settleClose();
      },
    );
  }

  /** A checkout that was served or left no longer needs the connection being opened for it: the next waiter does. */
  #reassign({ creation }: Waiter): void {
    if (creation === null) return;
    creation.waiter = null;
    creation.isOwnFailure = false;
    for (const waiter of this.#waiters) {
      if (waiter.creation !== null) continue;
      waiter.creation = creation;
      creation.waiter = waiter;
      return;
    }
  }

  #adopt(connection: Connection): void {
    this.#connections.add(connection);
    // A server that drops an idle connection is no event for anybody: the connection leaves the stack.
    connection.onClose(() => {
      const at = this.#idle.indexOf(connection);
      if (at < 0) return;
      this.#idle.splice(at, 1);
      this.#retire(connection);
    });
    this.giveBack(connection, true);
  }

  #offer(connection: Connection): void {
    for (const waiter of this.#waiters) {
      waiter.serve(connection);
      return;
    }
    this.#idle.push(connection);
    if (this.#tracksIdleTime) {
      this.#idleSince.set(connection, performance.now());
      this.#scheduleIdleClose();
    }
  }

  async #verify(connection: Connection, signal: AbortSignal | undefined): Promise<Connection> {
    const { recycleMs } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const expiry = new Promise<'expired'>((resolve) => {
      if (recycleMs !== undefined) timer = setTimeout(resolve, recycleMs, 'expired');
    });
    const answer = connection.execute(probe).then(
      () => 'alive' as const,
      () => 'dead' as const,
    );
    const verdict = await Promise.race([answer, expiry]);
    clearTimeout(timer);
    if (verdict === 'alive' && signal?.aborted !== true) return connection;
    this.giveBack(connection, verdict === 'alive');
    if (verdict === 'expired') throw timeoutError('recycle', recycleMs!);
    return this.checkout(signal);
  }

  /** Forgets a connection and lets its slot be used. */
  #retire(connection: Connection): void {
    if (!this.#connections.delete(connection)) return;
    this.#idleSince.delete(connection);
    this.#retired = add(this.#retired, connection.counters);
    this.#openForWaiters();
    this.#settleClose();
  }

  #closeGently(connection: Connection): void {
    const retire = (): void => this.#retire(connection);
    connection.close().then(retire, () => {
      connection.destroy();
      retire();
    });
  }

  #settleClose(): void {
    if (this.#closing !== null && this.#size === 0) this.#closing.resolve();
  }

  #scheduleIdleClose(): void {
    const { idleTimeoutMs } = this.#options;
    if (idleTimeoutMs === undefined || this.#idleTimer !== null) return;
    this.#idleTimer = setTimeout(() => {
      this.#idleTimer = null;
      const oldest = performance.now() - idleTimeoutMs;
      // The bottom of the stack has been idle longest.
      while (this.#idle.length > 0 && (this.#idleSince.get(this.#idle[0]!) ?? 0) <= oldest) this.#closeGently(this.#idle.shift()!);
      if (this.#idle.length > 0) this.#scheduleIdleClose();
    }, idleTimeoutMs);
    this.#idleTimer.unref();
  }
}

function add(left: ConnectionCounters, right: ConnectionCounters): ConnectionCounters {
  return {
    statements: left.statements + right.statements,
    roundTrips: left.roundTrips + right.roundTrips,
    bytesSent: left.bytesSent + right.bytesSent,
    bytesReceived: left.bytesReceived + right.bytesReceived,
  };
}

function closedError(): PoolError {
  return new PoolError('POOL_CLOSED', 'The pool is closed. Create a new one, or close it later.');
}

const phaseWords = {
  wait: 'all connections were in use',
  create: 'opening a connection took too long',
  recycle: 'an idle connection did not answer its health check',
} as const;

function timeoutError(phase: 'wait' | 'create' | 'recycle', timeoutMs: number): PoolError {
  return new PoolError(
    'POOL_TIMEOUT',
    `No connection within ${timeoutMs} ms: ${phaseWords[phase]}. Raise max or timeoutMs, or hold connections for less time.`,
    { phase },
  );
}
