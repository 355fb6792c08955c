// COPY ... FROM STDIN: data flows from a source to the server at the pace of the slower of the two. Until it is over the server accepts nothing
// else, so the connection keeps other calls back.

import { DatabaseError } from '../error/database-error.ts';
import type { DjogiError } from '../error/error.ts';
import type { WireBytes } from '../value/codec.ts';
import { writeCopyData, writeCopyDone, writeCopyFail, writeQuery } from './client-message.ts';
import type { Exchange, Wire } from './exchange.ts';
import { ServerMessage, tagRowCount } from './server-message.ts';
import { errorOfServer, type ServerErrorFields } from './sqlstate.ts';

/** Size of a piece handed to the socket, in bytes. */
const PIECE = 1 << 16;

type Source = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Runs the copy; resolves to the number of rows. A source that throws aborts it, and its error is the one that is reported. */
export async function copyIn(wire: Wire, text: string, source: Source): Promise<number> {
  const exchange = new CopyInExchange(wire);
  writeQuery(wire.writer, text);
  wire.countStatement();
  wire.enqueue(exchange);
  await exchange.started;
  if (exchange.isOver) return exchange.rowCount;
  const sourceFailure = await pump(wire, exchange, source);
  try {
    return await exchange.rowCount;
  } catch (error) {
    // Where the source failed the server merely repeats that.
    throw sourceFailure === null ? error : sourceFailure.error;
  }
}

async function pump(wire: Wire, exchange: CopyInExchange, source: Source): Promise<{ readonly error: unknown } | null> {
  let failure: { readonly error: unknown } | null = null;
  let waiting: NodeJS.Immediate | null = null;
  const flush = (): void => {
    waiting = null;
    wire.flush();
  };
  try {
    const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    for (;;) {
      const step = iterator.next();
      // What a slow source has given so far is not held back until a piece is full; a quick one answers before this runs.
      if (step instanceof Promise && wire.writer.length > 0) waiting ??= setImmediate(flush);
      const next = step instanceof Promise ? await exchange.orOver(step) : (step as IteratorResult<Uint8Array>);
      if (next === null || exchange.isOver) {
        // The source may be waiting for something that never comes: it is told, and not waited for.
        Promise.resolve(iterator.return?.()).catch(() => {});
        return null;
      }
      if (next.done === true) break;
      for (let at = 0; at < next.value.length; at += PIECE) {
        writeCopyData(wire.writer, next.value.subarray(at, at + PIECE));
        if (wire.writer.length < PIECE) continue;
        wire.flush();
        await wire.drained();
      }
    }
  } catch (error) {
    failure = { error };
  } finally {
    if (waiting !== null) clearImmediate(waiting);
  }
  if (exchange.isOver) return failure;
  if (failure === null) writeCopyDone(wire.writer);
  else writeCopyFail(wire.writer, 'the source of the data failed');
  exchange.isSent = true;
  wire.flush();
  return failure;
}

class CopyInExchange implements Exchange {
  readonly isIndependent = false;
  /** The server asks for data, or has ended the exchange without. */
  readonly started: Promise<void>;
  readonly rowCount: Promise<number>;
  isOver = false;
  isSent = false;
  readonly #wire: Wire;
  readonly #start: () => void;
  readonly #resolve: (rows: number) => void;
  readonly #reject: (error: unknown) => void;
  #hasAsked = false;
  #rows = 0;
  #failure: Error | null = null;
  #onOver: (() => void) | null = null;

  constructor(wire: Wire) {
    this.#wire = wire;
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const { promise: rowCount, resolve, reject } = Promise.withResolvers<number>();
    rowCount.catch(() => {}); // awaited later than it may reject
    this.started = started;
    this.rowCount = rowCount;
    this.#start = start;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** What `step` gives, or null when the exchange is over first. One slot instead of `Promise.race`, which would pile up reactions. */
  orOver<Value>(step: Promise<Value>): Promise<Value | null> {
    return new Promise((resolve, reject) => {
      this.#onOver = () => resolve(null);
      step.then(resolve, reject);
    });
  }

  row(): void {}

  message(type: number, bytes: WireBytes, start: number, end: number): void {
    if (type === ServerMessage.copyIn) {
      if (this.isSent) {
        // A second COPY in the same text: there is one source only.
        writeCopyFail(this.#wire.writer, 'one text holds several COPY ... FROM STDIN');
        this.#wire.flush();
      }
      this.#hasAsked = true;
      this.#start();
    } else if (type === ServerMessage.commandComplete) this.#rows = tagRowCount(bytes, start, end);
  }

  error(fields: ServerErrorFields): void {
    this.#failure = errorOfServer(fields);
  }

  ready(): void {
    const misuse = this.#hasAsked ? null : new DatabaseError('The text given to copyIn is not COPY ... FROM STDIN.', { sqlState: '08P01' });
    this.#end(this.#failure ?? misuse);
  }

  lose(error: DjogiError): void {
    this.#end(error);
  }

  #end(failure: Error | null): void {
    this.isOver = true;
    if (failure === null) this.#resolve(this.#rows);
    else this.#reject(failure);
    this.#start();
    this.#onOver?.();
  }
}
