// COPY ... TO STDOUT as an async iterable. Rows are gathered into pieces; when the consumer falls behind, the socket is not read, which makes the
// server wait.

import { DatabaseError } from '../error/database-error.ts';
import type { DjogiError } from '../error/error.ts';
import type { WireBytes } from '../value/codec.ts';
import { writeCopyFail, writeQuery } from './client-message.ts';
import type { Exchange, Wire } from './exchange.ts';
import { ServerMessage, tagRowCount } from './server-message.ts';
import { errorOfServer, type ServerErrorFields } from './sqlstate.ts';

/** Size of a piece, in bytes; a larger row makes a larger piece. */
const PIECE = 1 << 16;
/** Unread bytes at which the socket is paused. */
const HIGH_WATER = PIECE * 4;

/** Starts the copy; gives its data in pieces whose boundaries mean nothing, and in the end the number of rows. Ending early discards the rest; `stop` may hasten that. */
export function copyOut(wire: Wire, text: string, stop: () => Promise<void>): AsyncGenerator<Uint8Array, number | undefined, undefined> {
  const exchange = new CopyOutExchange(wire);
  writeQuery(wire.writer, text);
  wire.countStatement();
  wire.enqueue(exchange);
  return read(exchange, stop);
}

async function* read(exchange: CopyOutExchange, stop: () => Promise<void>): AsyncGenerator<Uint8Array, number | undefined, undefined> {
  try {
    for (let piece = await exchange.take(); piece !== null; piece = await exchange.take()) yield piece;
    return exchange.rowCount;
  } finally {
    if (!exchange.isOver) {
      exchange.discard();
      await Promise.all([stop(), exchange.over]);
    }
  }
}

class CopyOutExchange implements Exchange {
  readonly isIndependent = false;
  isOver = false;
  rowCount = 0;
  /** Resolves when the exchange is over, whichever way. */
  readonly over: Promise<void>;
  readonly #wire: Wire;
  readonly #setOver: () => void;
  readonly #pieces: Uint8Array[] = [];
  #piece: Buffer | null = null;
  #filled = 0;
  #unreadBytes = 0;
  #isPaused = false;
  #isDiscarding = false;
  #hasBegun = false;
  #failure: Error | null = null;
  #waiting: (() => void) | null = null;

  constructor(wire: Wire) {
    this.#wire = wire;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.over = promise;
    this.#setOver = resolve;
  }

  /** The next piece, null at the end; throws the failure of the copy after what arrived before it. */
  async take(): Promise<Uint8Array | null> {
    for (;;) {
      if (this.#pieces.length === 0) this.#cut();
      const piece = this.#pieces.shift();
      if (piece !== undefined) {
        this.#unreadBytes -= piece.length;
        if (this.#isPaused && this.#unreadBytes < HIGH_WATER / 2) this.#resume();
        return piece;
      }
      if (this.isOver) {
        if (this.#failure !== null) throw this.#failure;
        return null;
      }
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  /** The consumer wants no more. */
  discard(): void {
    this.#isDiscarding = true;
    this.#piece = null;
    this.#pieces.length = 0;
    if (this.#isPaused) this.#resume();
  }

  row(): void {}

  message(type: number, bytes: WireBytes, start: number, end: number): void {
    if (type === ServerMessage.copyData) this.#add(bytes, start, end);
    else if (type === ServerMessage.copyOut) this.#hasBegun = true;
    else if (type === ServerMessage.commandComplete) this.rowCount = tagRowCount(bytes, start, end);
    else if (type === ServerMessage.copyIn) {
      writeCopyFail(this.#wire.writer, 'COPY ... FROM STDIN needs copyIn');
      this.#wire.flush();
    }
  }

  #add(bytes: WireBytes, start: number, end: number): void {
    if (this.#isDiscarding) return;
    const size = end - start;
    if (this.#piece !== null && this.#filled + size > this.#piece.length) this.#cut();
    this.#piece ??= Buffer.allocUnsafeSlow(Math.max(size, PIECE));
    this.#piece.set(bytes.subarray(start, end), this.#filled);
    this.#filled += size;
    this.#unreadBytes += size;
    if (this.#unreadBytes >= HIGH_WATER && !this.#isPaused) {
      this.#isPaused = true;
      this.#wire.pause();
    }
    this.#wake();
  }

  /** Ends the piece that is being filled. */
  #cut(): void {
    if (this.#piece === null) return;
    this.#pieces.push(this.#piece.subarray(0, this.#filled));
    this.#piece = null;
    this.#filled = 0;
  }

  #resume(): void {
    this.#isPaused = false;
    this.#wire.resume();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.();
  }

  error(fields: ServerErrorFields): void {
    this.#failure = errorOfServer(fields);
  }

  ready(): void {
    if (!this.#hasBegun) this.#failure ??= new DatabaseError('The text given to copyOut is not COPY ... TO STDOUT.', { sqlState: '08P01' });
    this.#end();
  }

  lose(error: DjogiError): void {
    this.#failure = error;
    this.#end();
  }

  #end(): void {
    this.isOver = true;
    this.#setOver();
    this.#wake();
  }
}
