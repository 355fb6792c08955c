// The rows of a COPY as they are pulled: looked at once before anything is sent, and in step with the ids that the caller chose for them.

import { ValidationError } from '@djogi/core';

export type Rows = Iterable<unknown> | AsyncIterable<unknown>;
type Items = Iterator<unknown> | AsyncIterator<unknown>;

const isAsync = (rows: Rows): rows is AsyncIterable<unknown> => Symbol.asyncIterator in rows;

/** Whether a value can be iterated over item by item. A string is one value. */
export const isRows = (value: unknown): value is Rows =>
  typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value);

const itemsOf = (rows: Rows): Items => (isAsync(rows) ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]());

/** An iterable with its first item taken: `isEmpty` is known, and iterating begins with that item. */
export class OpenedRows {
  readonly isEmpty: boolean;
  readonly #items: Items;
  readonly #isAsync: boolean;
  #first: IteratorResult<unknown> | null;
  #isOver: boolean;

  private constructor(items: Items, isLater: boolean, first: IteratorResult<unknown>) {
    this.#items = items;
    this.#isAsync = isLater;
    this.#first = first;
    this.isEmpty = this.#isOver = first.done === true;
  }

  static async open(rows: Rows): Promise<OpenedRows> {
    const items = itemsOf(rows);
    return new OpenedRows(items, isAsync(rows), await items.next());
  }

  /** Once, to its end or until it is left. */
  source(): Rows {
    const items = {
      next: (): any => {
        const first = this.#first;
        this.#first = null;
        if (first !== null) return this.#isAsync ? Promise.resolve(first) : first;
        return this.#items.next();
      },
      return: (): any => {
        this.leave();
        return this.#isAsync ? Promise.resolve(OVER) : OVER;
      },
    };
    return this.#isAsync ? { [Symbol.asyncIterator]: () => items } : { [Symbol.iterator]: () => items };
  }

  /** Tells the source, once, that no more of it is wanted. It may be waiting for something that never comes, so it is not waited for. */
  leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    try {
      Promise.resolve(this.#items.return?.()).catch(() => undefined);
    } catch {
      // It was left all the same.
    }
  }
}

const OVER: IteratorResult<unknown> = { done: true, value: undefined };

/**
 * The rows, each after `give` was called with its id. A list of ids must be as long as there are rows; other iterables may have more.
 *
 * Errors: VALIDATION with `length` for a list that is longer.
 */
export function withIds(rows: Rows, ids: Rows, give: (id: unknown) => void): Rows {
  const check = (count: number): void => {
    if (Array.isArray(ids) && ids.length !== count)
      throw new ValidationError([{ path: 'ids', rule: 'length', message: `there are ${ids.length} ids for ${count} rows` }]);
  };
  return isAsync(rows) || isAsync(ids)
    ? pairedLater(rows, itemsOf(ids), give, check)
    : paired(rows, itemsOf(ids) as Iterator<unknown>, give, check);
}

function* paired(
  rows: Iterable<unknown>,
  ids: Iterator<unknown>,
  give: (id: unknown) => void,
  check: (count: number) => void,
): Generator<unknown> {
  let count = 0;
  try {
    for (const row of rows) {
      const id: IteratorResult<unknown, unknown> = ids.next();
      give(id.done === true ? null : id.value);
      count++;
      yield row;
    }
    check(count);
  } finally {
    ids.return?.();
  }
}

async function* pairedLater(rows: Rows, ids: Items, give: (id: unknown) => void, check: (count: number) => void): AsyncGenerator<unknown> {
  let count = 0;
  try {
    for await (const row of rows) {
      const id: IteratorResult<unknown, unknown> = await ids.next();
      give(id.done === true ? null : id.value);
      count++;
      yield row;
    }
    check(count);
  } finally {
    await ids.return?.();
  }
}
