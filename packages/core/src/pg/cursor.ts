// A named portal, read in pieces. The portal lives as long as its transaction; each read is Execute with a row limit and a Sync.

import type { Call, Cursor, TransactionStatus } from '../db/port.ts';
import { TransactionError } from '../error/database-error.ts';
import type { DjogiError } from '../error/error.ts';
import { ValidationError } from '../error/value-error.ts';
import type { WireBytes } from '../value/codec.ts';
import { writeClose, writeDescribeStatement, writeExecute, writeParse, writeSync } from './client-message.ts';
import { type Exchange, unanswered, type Wire } from './exchange.ts';
import { Execution, type RowReading } from './execution.ts';
import { decodeFailure } from './row-decoder.ts';
import { readColumns, readParameterOids, ServerMessage } from './server-message.ts';
import { errorOfServer, type ServerErrorFields } from './sqlstate.ts';

/** Runs an exchange of a cursor when the connection is free for it; rejects when it is closed. */
export type RunWhenFree = <Result>(run: () => Promise<Result>) => Promise<Result>;

const MAX_COUNT = 2147483647;

/**
 * Opens the portal `name`. One round trip; two when the connection does not know the statement yet, so that the many rows of a cursor come in the
 * described formats rather than as text.
 */
export async function openCursor<Row>(wire: Wire, call: Call<Row>, name: string, whenFree: RunWhenFree): Promise<Cursor<Row>> {
  const { text } = call.statement;
  if (wire.statements.usesNames && wire.statements.find(text) === undefined) await whenFree(() => prepare(wire, text));
  const execution = await whenFree(
    () => new Promise<Execution<Row>>((resolve, reject) => new PortalOpening(wire, call, resolve, reject).send(name)),
  );
  return new PortalCursor(wire, execution.reading, name, whenFree);
}

/** Parse, Describe and Sync under a name. */
function prepare(wire: Wire, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const { writer, statements } = wire;
    const prepared = statements.create(text);
    statements.writeCloses(writer);
    writeParse(writer, prepared.name, text, []);
    writeDescribeStatement(writer, prepared.name);
    writeSync(writer);
    statements.add(prepared);
    let parameterOids: readonly number[] = [];
    let failure: Error | null = null;
    wire.enqueue({
      isIndependent: true,
      row() {},
      message(type, bytes, start) {
        if (type === ServerMessage.parameterDescription) parameterOids = readParameterOids(bytes, start);
        else if (type === ServerMessage.rowDescription) prepared.describe(parameterOids, readColumns(bytes, start));
        else if (type === ServerMessage.noData) prepared.describe(parameterOids, []);
      },
      error(fields) {
        failure = errorOfServer(fields);
      },
      ready() {
        if (!prepared.isDescribed) statements.forget(prepared, true);
        if (failure === null) resolve();
        else reject(failure);
      },
      lose: reject,
    });
  });
}

class PortalOpening<Row> extends Execution<Row> implements Exchange {
  readonly #resolve: (execution: Execution<Row>) => void;
  readonly #reject: (error: unknown) => void;

  constructor(wire: Wire, call: Call<Row>, resolve: (execution: Execution<Row>) => void, reject: (error: unknown) => void) {
    super(wire, call);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  override get isIndependent(): boolean {
    return false;
  }

  send(name: string): void {
    const { writer, statements } = this.wire;
    statements.writeCloses(writer);
    const mark = writer.length;
    try {
      this.writePortal(name);
    } catch (error) {
      writer.length = mark;
      this.#reject(error);
      return;
    }
    writeSync(writer);
    this.wire.enqueue(this);
  }

  ready(status: TransactionStatus): void {
    this.settle();
    if (this.isStale) this.forgetStatement();
    const failure = this.failure === null ? null : this.failureToReport;
    if (failure !== null) this.#reject(failure);
    else if (!this.isBound) this.#reject(unanswered());
    // Outside a transaction the portal ended with the Sync.
    else if (status === 'idle')
      this.#reject(
        new TransactionError('STREAM_OUTSIDE_TRANSACTION', 'A cursor was opened outside a transaction. Open it inside ctx.atomic.'),
      );
    else this.#resolve(this);
  }

  lose(error: DjogiError): void {
    this.#reject(error);
  }
}

class PortalCursor<Row> implements Cursor<Row> {
  readonly #wire: Wire;
  readonly #reading: RowReading<Row>;
  readonly #name: string;
  readonly #whenFree: RunWhenFree;
  #isExhausted = false;
  #closing: Promise<void> | null = null;

  constructor(wire: Wire, reading: RowReading<Row>, name: string, whenFree: RunWhenFree) {
    this.#wire = wire;
    this.#reading = reading;
    this.#name = name;
    this.#whenFree = whenFree;
  }

  async read(count: number): Promise<Row[]> {
    if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT) {
      throw new ValidationError([{ path: 'count', rule: 'range', message: `must be an integer from 1 to ${MAX_COUNT}` }]);
    }
    if (this.#isExhausted || this.#closing !== null) return [];
    return this.#whenFree(
      () =>
        new Promise<Row[]>((resolve, reject) => {
          writeExecute(this.#wire.writer, this.#name, count);
          writeSync(this.#wire.writer);
          this.#wire.enqueue(
            new PortalReading(
              this.#reading,
              (rows, isSuspended) => {
                this.#isExhausted = !isSuspended;
                resolve(rows);
              },
              reject,
            ),
          );
        }),
    );
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    try {
      await this.#whenFree(
        () =>
          new Promise<void>((resolve, reject) => {
            writeClose(this.#wire.writer, 'P', this.#name);
            writeSync(this.#wire.writer);
            this.#wire.enqueue(new PortalReading({ shape: null, decode: null, formats: '' }, () => resolve(), reject));
          }),
      );
    } catch {
      // Close of a portal has one way to fail: the connection is gone, and the portal with it. Whoever uses the connection next is told.
    }
  }
}

/** The answer to Execute of a portal, or to its Close. */
class PortalReading<Row> implements Exchange {
  readonly isIndependent = false;
  readonly #reading: RowReading<Row>;
  readonly #resolve: (rows: Row[], isSuspended: boolean) => void;
  readonly #reject: (error: unknown) => void;
  readonly #rows: Row[] = [];
  #isSuspended = false;
  #failure: Error | null = null;

  constructor(reading: RowReading<Row>, resolve: (rows: Row[], isSuspended: boolean) => void, reject: (error: unknown) => void) {
    this.#reading = reading;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  row(bytes: WireBytes, start: number): void {
    const { shape, decode, formats } = this.#reading;
    if (decode === null || this.#failure !== null) return;
    try {
      this.#rows.push(decode(bytes, start));
    } catch (error) {
      this.#failure = decodeFailure(shape!, formats, bytes, start, error);
    }
  }

  message(type: number): void {
    if (type === ServerMessage.portalSuspended) this.#isSuspended = true;
  }

  error(fields: ServerErrorFields): void {
    this.#failure = errorOfServer(fields);
  }

  ready(): void {
    if (this.#failure === null) this.#resolve(this.#rows, this.#isSuspended);
    else this.#reject(this.#failure);
  }

  lose(error: DjogiError): void {
    this.#reject(error);
  }
}
