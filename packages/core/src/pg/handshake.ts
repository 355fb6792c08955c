// From a socket to a session. The driver authenticates (SCRAM, MD5, password functions, pgpass) and sets up TLS; the messages pass through our
// frame reader from the first byte on, so that at the first ReadyForQuery the rest of the stream, down to the middle of a read, goes to the new owner.

import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { TransactionStatus } from '../db/port.ts';
import type { WireBytes } from '../value/codec.ts';
import { DriverConnection } from './driver-connection.ts';
import { ANY_LENGTH, FrameReader, type FrameSink } from './frame-reader.ts';
import { int32At, readParameterStatus, ServerMessage, transactionStatusAt } from './server-message.ts';

/** What the handshake hands over. */
export interface Session {
  /** Emits `error` and `end` only from now on. */
  readonly connection: DriverConnection;
  readonly processId: number;
  readonly secretKey: number;
  readonly parameters: Map<string, string>;
  readonly transactionStatus: TransactionStatus;
}

export interface HandshakeOptions {
  readonly ssl: boolean | ConnectionOptions;
  readonly sslNegotiation: 'postgres' | 'direct';
  /** Sent with the startup message beside user and database. */
  readonly startup: Readonly<Record<string, string>>;
  readonly keepAliveDelayMs: number;
  /** Called at the first ReadyForQuery. What it returns receives all later messages. */
  readonly takeOver: (session: Session) => FrameSink;
}

/** One buffer per connection for all its reads; the size of one read of libuv. */
const READ_BYTES = 1 << 16;
/** No message of the handshake comes near it; the greeting of another protocol, read as a length, is far above. */
const MAX_HANDSHAKE_MESSAGE = 1 << 16;

export class HandshakeConnection extends DriverConnection implements FrameSink {
  readonly #reader: FrameReader;
  readonly #receive: (bytes: Buffer, length: number) => void;
  readonly #options: HandshakeOptions;
  /** Where the driver's own parser listens. */
  readonly #driverFeed = new EventEmitter();
  readonly #parameters = new Map<string, string>();
  #processId = 0;
  #secretKey = 0;

  constructor(options: HandshakeOptions) {
    const reader = new FrameReader({ message: (type, bytes, start, end) => this.message(type, bytes, start, end) }, MAX_HANDSHAKE_MESSAGE);
    // Nothing may escape into the event loop from here: a stream that cannot be read ends the connection, with the reason.
    const receive = (bytes: Buffer, length: number): void => {
      try {
        reader.push(bytes, length);
      } catch (error) {
        this.stream.destroy(error as Error);
      }
    };
    const { ssl, sslNegotiation, keepAliveDelayMs } = options;
    super({
      ssl,
      sslNegotiation,
      keepAlive: true,
      keepAliveInitialDelayMillis: keepAliveDelayMs,
      stream: ssl === false ? socketReadingInto(receive) : new Socket(),
    });
    this.#reader = reader;
    this.#receive = receive;
    this.#options = options;
  }

  override startup(parameters: Readonly<Record<string, string>>): void {
    super.startup({ ...parameters, ...this.#options.startup });
  }

  override attachListeners(stream: Socket): void {
    super.attachListeners(this.#driverFeed);
    // A plain socket delivers through its own buffer and emits no data.
    if (this.#options.ssl !== false) stream.on('data', (chunk: Buffer) => this.#receive(chunk, chunk.length));
  }

  message(type: number, bytes: WireBytes, start: number, end: number): void {
    if (type === ServerMessage.parameterStatus) this.#parameters.set(...readParameterStatus(bytes, start, end));
    else if (type === ServerMessage.backendKey) {
      this.#processId = int32At(bytes, start);
      this.#secretKey = int32At(bytes, start + 4);
    }
    // The driver keeps slices of what it parses.
    this.#driverFeed.emit('data', Buffer.from(bytes.subarray(start - 5, end)));
    if (type === ServerMessage.readyForQuery) this.#handOver(transactionStatusAt(bytes, start));
  }

  #handOver(transactionStatus: TransactionStatus): void {
    this.removeAllListeners();
    this.#driverFeed.removeAllListeners();
    this.#reader.maxLength = ANY_LENGTH;
    this.#reader.sink = this.#options.takeOver({
      connection: this,
      processId: this.#processId,
      secretKey: this.#secretKey,
      parameters: this.#parameters,
      transactionStatus,
    });
  }
}

/** Reads of such a socket allocate nothing and do not pass through the machinery of streams. */
function socketReadingInto(receive: (bytes: Buffer, length: number) => void): Socket {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const callback = (length: number): boolean => {
    receive(buffer, length);
    return true;
  };
  return new Socket({ onread: { buffer, callback } });
}
