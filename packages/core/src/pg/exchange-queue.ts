// The exchanges of a connection in the order in which they were written: the first is being answered.

import type { Exchange } from './exchange.ts';

/** Answered entries are dropped in one go when there are this many. */
const COMPACT_AT = 1024;

export class ExchangeQueue {
  /** The exchange being answered, null when nothing is under way. */
  current: Exchange | null = null;
  #entries: (Exchange | null)[] = [];
  #head = 0;

  get isEmpty(): boolean {
    return this.current === null;
  }

  add(exchange: Exchange): void {
    this.#entries.push(exchange);
    this.current ??= exchange;
  }

  /** Takes the first out; the next becomes current. */
  advance(): Exchange | null {
    const first = this.current;
    if (first === null) return null;
    this.#entries[this.#head++] = null;
    if (this.#head === this.#entries.length) {
      this.#entries.length = this.#head = 0;
      this.current = null;
      return first;
    }
    if (this.#head >= COMPACT_AT) {
      this.#entries.splice(0, this.#head);
      this.#head = 0;
    }
    this.current = this.#entries[this.#head]!;
    return first;
  }

  every(test: (exchange: Exchange) => boolean): boolean {
    for (let index = this.#head; index < this.#entries.length; index++) if (!test(this.#entries[index]!)) return false;
    return true;
  }

  isLast(exchange: Exchange): boolean {
    return this.current === exchange && this.#entries.length - this.#head === 1;
  }
}
