// Streaming: a cursor behind an async iterator. At most one batch is in memory, and the cursor is closed however the loop ends.

import { executorOf, type Cursor, type StatementOptions } from '@djogi/core/extension';
import { TransactionError, ValidationError, type Context, type TerminalOptions } from '@djogi/core';
import { compileSelect, type Executable } from '../set/lower.ts';
import { completeRows, hasRelated } from '../set/related.ts';
import type { Selection } from '../set/selection.ts';

export const DEFAULT_BATCH_SIZE = 1000;
const MAX_BATCH_SIZE = 2147483647;

export interface StreamOptions extends TerminalOptions {
  /** Rows per round trip, default 1000. */
  readonly batchSize?: number;
}

/** An async iterable over rows, once. Also disposable, for loops that are left in other ways. */
export interface RowStream<Row> extends AsyncIterableIterator<Row, undefined, undefined>, AsyncDisposable {
  next(): Promise<IteratorResult<Row, undefined>>;
  /** Closes the cursor. What a loop calls when it is left early. */
  return(): Promise<IteratorResult<Row, undefined>>;
  [Symbol.asyncIterator](): this;
}

/** Opens nothing yet: the first pull does. Throws at once outside a transaction, where a cursor cannot live. */
export function stream<Row>(selection: Selection, ctx: Context, options: StreamOptions = {}): RowStream<Row> {
  const { related, runtime, isNone } = selection;
  const complete = hasRelated(related)
    ? (rows: readonly Row[]): Promise<void> => completeRows(rows, related, ctx, besideStream(options))
    : undefined;
  return streamOf({ runtime, isNone, complete }, () => compileSelect<Row>(selection), ctx, options);
}

/** For statements that belong to a stream: the transaction, which runs one thing at a time, runs them between its reads. */
export const besideStream = (options: TerminalOptions | undefined): StatementOptions => ({ signal: options?.signal, isPartOfStream: true });

/** The same over any statement. `complete` finishes the rows of a batch. */
export function streamOf<Row>(
  {
    runtime,
    isNone,
    complete,
  }: Pick<Selection, 'runtime' | 'isNone'> & { readonly complete?: ((rows: readonly Row[]) => Promise<void>) | undefined },
  compile: () => Executable<Row>,
  ctx: Context,
  options: StreamOptions = {},
): RowStream<Row> {
  const executor = executorOf(ctx);
  const batchSize = options.batchSize === undefined ? DEFAULT_BATCH_SIZE : options.batchSize;
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > MAX_BATCH_SIZE)
    throw new ValidationError([{ path: 'batchSize', rule: 'range', message: 'must be a positive integer' }]);
  if (!executor.isTransaction)
    throw new TransactionError(
      'STREAM_OUTSIDE_TRANSACTION',
      'A stream was asked for outside a transaction, where its cursor could not live. Use it inside ctx.atomic.',
    );
  const { compiled, values } = compile();
  return new CursorStream(
    isNone ? null : () => executor.openCursor(compiled, values, runtime.purpose('stream', ctx), options),
    batchSize,
    complete,
  );
}

class CursorStream<Row> implements RowStream<Row> {
  readonly #open: (() => Promise<Cursor<Row>>) | null;
  readonly #batchSize: number;
  #cursor: Cursor<Row> | undefined;
  #batch: Row[] = [];
  #at = 0;
  /** What was asked for last: pulls that were not awaited take their turns, so that no cursor is opened twice. */
  #last: Promise<unknown> = Promise.resolve();
  #isDone = false;

  readonly #complete: ((rows: readonly Row[]) => Promise<void>) | undefined;

  constructor(
    open: (() => Promise<Cursor<Row>>) | null,
    batchSize: number,
    complete: ((rows: readonly Row[]) => Promise<void>) | undefined,
  ) {
    this.#open = open;
    this.#batchSize = batchSize;
    this.#complete = complete;
    this.#isDone = open === null;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Row, undefined>> {
    // Nearly every row comes out of the batch, without a further turn of an asynchronous function.
    if (this.#at < this.#batch.length) return Promise.resolve({ done: false, value: this.#batch[this.#at++]! });
    return this.#inTurn(() => this.#nextBatch());
  }

  #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(act);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #nextBatch(): Promise<IteratorResult<Row, undefined>> {
    // Another pull may have brought the batch meanwhile.
    if (this.#at < this.#batch.length) return { done: false, value: this.#batch[this.#at++]! };
    if (this.#isDone) {
      this.#batch = [];
      return { done: true, value: undefined };
    }
    try {
      this.#cursor ??= await this.#open!();
      const batch = await this.#cursor.read(this.#batchSize);
      await this.#complete?.(batch);
      this.#batch = batch;
    } catch (error) {
      await this.#finish();
      throw error;
    }
    this.#at = 0;
    // A short batch is the last one: asking for the next would cost a round trip to learn that.
    if (this.#batch.length < this.#batchSize) await this.#close();
    if (this.#batch.length === 0) {
      await this.#finish();
      return { done: true, value: undefined };
    }
    return { done: false, value: this.#batch[this.#at++]! };
  }

  async #finish(): Promise<void> {
    this.#batch = [];
    this.#at = 0;
    await this.#close();
  }

  async #close(): Promise<void> {
    this.#isDone = true;
    const cursor = this.#cursor;
    this.#cursor = undefined;
    await cursor?.close();
  }

  async return(): Promise<IteratorResult<Row, undefined>> {
    await this.#inTurn(() => this.#finish());
    return { done: true, value: undefined };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#inTurn(() => this.#finish());
  }
}
