// Where a random question comes from: a generator of numbers that a seed repeats (mulberry32).

export class Choices {
  #state: number;
  private constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  static random(seed: number): Choices {
    return new Choices(seed);
  }
  /** A number from 0 up to, but not with, `count`. */
  below(count: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * count);
  }
  one<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}
