// A session with the server as `Connection`: the queue of what was sent, the answers in order, the one write per tick, and the end of the socket
// in all its forms. What single exchanges say is theirs.

import type { ConnectionOptions } from 'node:tls';
import type {
  Call,
  Connection,
  ConnectionCounters,
  CopyEncoding,
  CopySource,
  Cursor,
  Notification,
  Outcome,
  TransactionStatus,
} from '../db/port.ts';
import { ConnectionError } from '../error/database-error.ts';
import type { WireBytes } from '../value/codec.ts';
import { cancelRequest } from './cancel.ts';
import { writeTerminate } from './client-message.ts';
import { bytes, copyIn } from './copy-in.ts';
import { copyOut } from './copy-out.ts';
import { openCursor } from './cursor.ts';
import { ExchangeQueue } from './exchange-queue.ts';
import type { Exchange, Wire } from './exchange.ts';
import { execute, executeTogether } from './execute.ts';
import type { FrameSink } from './frame-reader.ts';
import type { Session } from './handshake.ts';
import { MessageWriter } from './message-writer.ts';
import { script } from './script.ts';
import {
  endsSession,
  readNotification,
  readParameterStatus,
  readServerFields,
  ServerMessage,
  transactionStatusAt,
} from './server-message.ts';
import { errorOfServer, type ServerErrorFields } from './sqlstate.ts';
import { StatementCache } from './statement-cache.ts';
import { Turns } from './turn.ts';

/** Where the session is, as configured: a cancel request goes there again. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly ssl: boolean | ConnectionOptions;
  readonly sslNegotiation: 'postgres' | 'direct';
}

export interface WireOptions {
  /** 0: statements without names. */
  readonly statementCacheSize: number;
  readonly onNotice: ((notice: ServerErrorFields) => void) | undefined;
}

export class WireConnection implements Connection, Wire, FrameSink {
  readonly processId: number;
  readonly serverParameters: Map<string, string>;
  readonly writer = new MessageWriter();
  readonly statements: StatementCache;
  transactionStatus: TransactionStatus;
  readonly #session: Session;
  readonly #endpoint: Endpoint;
  readonly #onNotice: WireOptions['onNotice'];
  readonly #queue = new ExchangeQueue();
  readonly #notificationHandlers = new Set<(notification: Notification) => void>();
  readonly #closeHandlers: ((reason: Error | null) => void)[] = [];
  readonly #sendScheduled = (): void => {
    this.flush();
  };
  #isScheduled = false;
  readonly #turns = new Turns();
  #drainWaiters: (() => void)[] = [];
  #portals = 0;
  #statementCount = 0;
  #roundTrips = 0;
  #bytesSent = 0;
  #bytesReceived = 0;
  /** Why there is no connection any more; `reason` is null after a polite close. */
  #ended: { readonly reason: Error | null } | null = null;
  #closing: Promise<void> | null = null;
  readonly #socketClosed = Promise.withResolvers<void>();
  #socketFailure: NodeJS.ErrnoException | null = null;

  constructor(session: Session, endpoint: Endpoint, options: WireOptions) {
    this.processId = session.processId;
    this.serverParameters = session.parameters;
    this.transactionStatus = session.transactionStatus;
    this.statements = new StatementCache(options.statementCacheSize);
    this.#session = session;
    this.#endpoint = endpoint;
    this.#onNotice = options.onNotice;
    session.connection.on('error', (error: Error) => {
      this.#socketFailure ??= error;
    });
    session.connection.on('end', () => this.#onSocketClosed());
    session.connection.stream.on('drain', () => this.#releaseDrainWaiters());
  }

  get isOpen(): boolean {
    return this.#ended === null && this.#closing === null;
  }

  get counters(): ConnectionCounters {
    return {
      statements: this.#statementCount,
      roundTrips: this.#roundTrips,
      bytesSent: this.#bytesSent,
      bytesReceived: this.#bytesReceived,
    };
  }

  execute<Row>(call: Call<Row>): Promise<Outcome<Row>> {
    // The checks of `#whenFree` without its closure: this is the hot path.
    if (this.#turns.isFree && this.isOpen) return execute(this, call);
    return this.#whenFree(() => execute(this, call));
  }

  executeTogether(calls: readonly Call[]): Promise<Outcome[]> {
    return this.#whenFree(() => executeTogether(this, calls));
  }

  script(text: string): Promise<string> {
    return this.#whenFree(() => script(this, text));
  }

  openCursor<Row>(call: Call<Row>): Promise<Cursor<Row>> {
    return openCursor(this, call, `c${++this.#portals}`, (run) => this.#whenFree(run));
  }

  copyIn(text: string, source: CopySource<any>, encoding: CopyEncoding<any> = bytes, stop?: AbortSignal): Promise<number> {
    return this.#whenFree(() => this.#turns.occupy(copyIn(this, text, { source, encoding, stop })));
  }

  async *copyOut(text: string): AsyncGenerator<Uint8Array, number | undefined, undefined> {
    return yield* await this.#whenFree(async () => copyOut(this, text, () => this.#hastenCopyOut()));
  }

  /**
   * A copy that nobody reads on is cancelled where that harms nobody: in a transaction the cancel would fail it, and with something waiting behind it
   * the cancel might hit that.
   */
  async #hastenCopyOut(): Promise<void> {
    const { current } = this.#queue;
    if (this.transactionStatus !== 'idle' || current === null || !this.#queue.isLast(current)) return;
    await this.#turns.occupy(this.cancel().catch(() => {}));
  }

  onNotification(handler: (notification: Notification) => void): () => void {
    this.#notificationHandlers.add(handler);
    return () => {
      this.#notificationHandlers.delete(handler);
    };
  }

  onClose(handler: (reason: Error | null) => void): void {
    const ended = this.#ended;
    if (ended === null) this.#closeHandlers.push(handler);
    else queueMicrotask(() => handler(ended.reason));
  }

  cancel(): Promise<void> {
    const { processId, secretKey, connection } = this.#session;
    return cancelRequest({ ...this.#endpoint, processId, secretKey, address: connection.stream.remoteAddress });
  }

  close(): Promise<void> {
    if (this.#ended !== null) return this.#socketClosed.promise;
    if (this.#closing !== null) return this.#closing;
    const goodbye = this.#inTurn(async () => {
      writeTerminate(this.writer);
      this.flush();
      this.#session.connection.stream.end();
    });
    return (this.#closing = goodbye.catch(() => {}).then(() => this.#socketClosed.promise));
  }

  destroy(reason?: Error): void {
    const error = new ConnectionError(
      'The connection was destroyed while it was in use.',
      {},
      reason === undefined ? undefined : { cause: reason },
    );
    this.#end(error, reason ?? error);
    this.#session.connection.stream.destroy();
  }

  // What exchanges use.

  enqueue(exchange: Exchange): void {
    if (this.#ended !== null) {
      this.writer.length = 0;
      exchange.lose(this.#closedError());
      return;
    }
    this.#queue.add(exchange);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(this.#sendScheduled);
  }

  get hasOnlyIndependentWaiting(): boolean {
    return this.#queue.every((exchange) => exchange.isIndependent);
  }

  countStatement(): void {
    this.#statementCount++;
  }

  flush(): void {
    this.#isScheduled = false;
    if (this.writer.length === 0 || this.#ended !== null) return;
    const bytes = this.writer.take();
    this.#bytesSent += bytes.length;
    this.#session.connection.stream.write(bytes);
  }

  drained(): Promise<void> {
    if (this.#ended !== null || !this.#session.connection.stream.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => this.#drainWaiters.push(resolve));
  }

  pause(): void {
    this.#session.connection.stream.pause();
  }

  resume(): void {
    this.#session.connection.stream.resume();
  }

  // What arrives.

  message(type: number, bytes: WireBytes, start: number, end: number): void {
    this.#bytesReceived += end - start + 5;
    if (this.#ended !== null) return;
    const { current } = this.#queue;
    switch (type) {
      case ServerMessage.dataRow:
        current?.row(bytes, start);
        return;
      case ServerMessage.readyForQuery:
        this.transactionStatus = transactionStatusAt(bytes, start);
        this.#roundTrips++;
        this.#queue.advance()?.ready(this.transactionStatus);
        return;
      case ServerMessage.error:
        this.#onServerError(readServerFields(bytes, start, end));
        return;
      case ServerMessage.parameterStatus:
        this.serverParameters.set(...readParameterStatus(bytes, start, end));
        return;
      case ServerMessage.notification:
        this.#notify(readNotification(bytes, start, end));
        return;
      case ServerMessage.notice:
        if (this.#onNotice !== undefined) queueMicrotask(this.#onNotice.bind(undefined, readServerFields(bytes, start, end)));
        return;
      default:
        current?.message(type, bytes, start, end);
    }
  }

  /** Handlers run outside of the reading, so that one that throws is reported as its own failure and harms no answer. */
  #notify(notification: Notification): void {
    for (const handler of this.#notificationHandlers) queueMicrotask(() => handler(notification));
  }

  #onServerError(fields: ServerErrorFields): void {
    if (!endsSession(fields)) {
      this.#queue.current?.error(fields);
      return;
    }
    const classified = errorOfServer(fields);
    const error =
      classified instanceof ConnectionError
        ? classified
        : new ConnectionError(`The server ended the session. [${fields.code}]`, { sqlState: fields.code }, { cause: fields });
    this.#end(error, error);
    this.#session.connection.stream.destroy();
  }

  #onSocketClosed(): void {
    const isPolite = this.#closing !== null && this.#queue.isEmpty && this.#socketFailure === null;
    const code = this.#socketFailure?.code;
    const error = new ConnectionError(
      `The connection to the server was lost${code === undefined ? '' : ` (${code})`}. Whether a statement in flight took effect is unknown.`,
      {},
      this.#socketFailure === null ? undefined : { cause: this.#socketFailure },
    );
    this.#end(error, isPolite ? null : error);
    this.#socketClosed.resolve();
  }

  #end(error: ConnectionError, reason: Error | null): void {
    if (this.#ended !== null) return;
    this.#ended = { reason };
    for (let lost = this.#queue.advance(); lost !== null; lost = this.#queue.advance()) {
      lost.lose(new ConnectionError(error.message, { sqlState: error.sqlState }, { cause: error.cause ?? error }));
    }
    this.#releaseDrainWaiters();
    this.#notificationHandlers.clear();
    for (const handler of this.#closeHandlers.splice(0)) queueMicrotask(() => handler(reason));
  }

  #releaseDrainWaiters(): void {
    const waiters = this.#drainWaiters;
    this.#drainWaiters = [];
    for (const resolve of waiters) resolve();
  }

  #closedError(): ConnectionError {
    const cause = this.#ended?.reason ?? null;
    return new ConnectionError('The connection is closed: take another one from the pool.', {}, cause === null ? undefined : { cause });
  }

  /** Runs in its turn, or is refused where the connection is closed. Calls made before `close` still have their turn. */
  #whenFree<Result>(run: () => Promise<Result>): Promise<Result> {
    return this.isOpen ? this.#inTurn(run) : Promise.reject(this.#closedError());
  }

  #inTurn<Result>(run: () => Promise<Result>): Promise<Result> {
    return this.#turns.take(() => (this.#ended === null ? run() : Promise.reject(this.#closedError())));
  }
}
