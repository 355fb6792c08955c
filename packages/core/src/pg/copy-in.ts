// COPY ... FROM STDIN: data flows from a source to the server at the pace of the slower of the two. Until it is over the server accepts nothing
// else, so the connection keeps other calls back.

import type { CopyEncoding, CopySource } from '../db/port.ts';
import { DatabaseError } from '../error/database-error.ts';
import type { DjogiError } from '../error/error.ts';
import type { WireBytes } from '../value/codec.ts';
import { beginCopyData, writeCopyDone, writeCopyFail, writeQuery } from './client-message.ts';
import type { Exchange, Wire } from './exchange.ts';
import { ServerMessage, tagRowCount } from './server-message.ts';
import { errorOfServer, type ServerErrorFields } from './sqlstate.ts';

/** Size of a piece handed to the socket, in bytes. */
const PIECE = 1 << 16;
/** After so many pieces everything else in the process has its turn, however fast source and socket are. */
const PIECES_PER_TURN = 16;

/** The data as it is. */
export const bytes: CopyEncoding<Uint8Array> = Object.freeze<CopyEncoding<Uint8Array>>({ write: (writer, piece) => writer.bytes(piece) });

interface Feed {
  readonly source: CopySource<any>;
  readonly encoding: CopyEncoding<any>;
  readonly stop: AbortSignal | undefined;
}
type Failure = { readonly error: unknown } | null;

/** Runs the copy; resolves to the number of rows. A source that throws aborts it, and its error is the one that is reported. */
export async function copyIn(wire: Wire, text: string, feed: Feed): Promise<number> {
  const exchange = new CopyInExchange(wire);
  writeQuery(wire.writer, text);
  wire.countStatement();
  wire.enqueue(exchange);
  await exchange.started;
  if (exchange.isOver) {
    leave(iteratorOf(feed.source));
    return exchange.rowCount;
  }
  const stopped = (): void => exchange.stop({ error: feed.stop!.reason });
  feed.stop?.addEventListener('abort', stopped, { once: true });
  if (feed.stop?.aborted === true) stopped();
  const sourceFailure = await pump(wire, exchange, feed);
  feed.stop?.removeEventListener('abort', stopped);
  try {
    return await exchange.rowCount;
  } catch (error) {
    // Where the source failed the server merely repeats that.
    throw sourceFailure === null ? error : sourceFailure.error;
  }
}

type Items = Iterator<unknown> | AsyncIterator<unknown>;

const iteratorOf = (source: CopySource<unknown>): Items =>
  Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();

/** The source may be waiting for something that never comes: it is told, and not waited for. */
function leave(items: Items): void {
  try {
    Promise.resolve(items.return?.()).catch(() => {});
  } catch {
    // It was left all the same.
  }
}

async function pump(wire: Wire, exchange: CopyInExchange, { source, encoding }: Feed): Promise<Failure> {
  const { writer } = wire;
  let failure: Failure = null;
  let waiting: NodeJS.Immediate | null = null;
  let items: Items | null = null;
  let pieces = 0;
  /** The CopyData message that is being filled, as the position of its start. */
  let message = -1;
  const flush = (): void => {
    waiting = null;
    wire.flush();
  };
  const open = (): void => {
    if (message < 0) message = beginCopyData(writer);
  };
  const close = (): void => {
    if (message >= 0) writer.end(message);
    message = -1;
  };
  const send = async (): Promise<void> => {
    close();
    wire.flush();
    await wire.drained();
    if (++pieces % PIECES_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  };
  /** What was begun by a function that throws is not sent. */
  const write = (part: () => void): void => {
    open();
    const mark = writer.length;
    try {
      part();
    } catch (error) {
      writer.length = mark;
      throw error;
    }
  };
  try {
    items = iteratorOf(source);
    if (encoding.begin !== undefined) write(() => encoding.begin!(writer));
    for (;;) {
      const step = items.next();
      let next: IteratorResult<unknown> | null;
      if (step instanceof Promise) {
        close();
        // What a slow source has given so far is not held back until a piece is full; a quick one answers before this runs.
        if (writer.length > 0) waiting ??= setImmediate(flush);
        next = await exchange.orOver(step);
      } else next = step;
      if (next === null || exchange.isOver || exchange.stopped !== null) {
        leave(items);
        if (exchange.isOver) return null;
        failure = exchange.stopped;
        break;
      }
      if (next.done === true) {
        items = null;
        break;
      }
      const { value } = next;
      if (encoding === bytes) {
        const piece = value as Uint8Array;
        for (let at = 0; at < piece.length; at += PIECE) {
          open();
          writer.bytes(piece.subarray(at, at + PIECE));
          if (writer.length >= PIECE) await send();
        }
      } else {
        open();
        const mark = writer.length;
        try {
          encoding.write(writer, value);
        } catch (error) {
          writer.length = mark;
          leave(items);
          throw error;
        }
        if (writer.length >= PIECE) await send();
      }
    }
    if (failure === null && encoding.end !== undefined) write(() => encoding.end!(writer));
  } catch (error) {
    failure = { error };
  } finally {
    if (waiting !== null) clearImmediate(waiting);
  }
  close();
  if (exchange.isOver) {
    writer.length = 0;
    return failure;
  }
  if (failure === null) writeCopyDone(writer);
  else writeCopyFail(writer, 'the source of the data failed');
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
  /** Why no more is to be taken from the source. */
  stopped: Failure = null;
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

  /** What `step` gives, or null when the exchange is over or stopped first. One slot instead of `Promise.race`, which would pile up reactions. */
  orOver<Value>(step: Promise<Value>): Promise<Value | null> {
    return new Promise((resolve, reject) => {
      this.#onOver = () => resolve(null);
      if (this.isOver || this.stopped !== null) resolve(null);
      step.then(resolve, reject);
    });
  }

  stop(failure: NonNullable<Failure>): void {
    this.stopped ??= failure;
    this.#onOver?.();
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
    this.#failure = withLine(errorOfServer(fields), fields.where);
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

/** The line or row that the server was at, as a fact of the error: `COPY cities, line 3, column name: ...`. The rest of it may quote values. */
function withLine(error: Error, where: string | undefined): Error {
  const line = where === undefined ? null : /^COPY .*?, line (\d+)/m.exec(where);
  return line === null ? error : Object.defineProperty(error, 'copyLine', { value: Number(line[1]), enumerable: true, configurable: true });
}
