// Where a random question comes from: a list of numbers. A seed makes one, the same list makes the same question again, and a shorter list a smaller one, which is
// all there is to shrinking: nothing that generates needs to know of it. What comes first in a list of alternatives is the simplest.

/** A generator of random numbers from 0 to 1 that a seed repeats: mulberry32. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** One choice: the number, and whether it is a value of the question, which changes nothing about its structure. */
export interface Choice {
  readonly number: number;
  readonly isValue: boolean;
}

export class Choices {
  readonly taken: Choice[] = [];
  readonly #next: (at: number, count: number, isValue: boolean) => number;

  constructor(next: (at: number, count: number, isValue: boolean) => number) {
    this.#next = next;
  }

  static random(seed: number): Choices {
    const random = randomOf(seed);
    return new Choices((_, count) => Math.floor(random() * count));
  }
  /** What was chosen once; where that ends, the simplest. */
  static again(numbers: readonly number[]): Choices {
    return new Choices((at, count) => Math.min(numbers[at] ?? 0, count - 1));
  }
  /** The same structure with other values. */
  static withOtherValues(taken: readonly Choice[], seed: number): Choices {
    const random = randomOf(seed);
    return new Choices((at, count, isValue) => (isValue ? Math.floor(random() * count) : Math.min(taken[at]?.number ?? 0, count - 1)));
  }

  #choose(count: number, isValue: boolean): number {
    const number = this.#next(this.taken.length, count, isValue);
    this.taken.push({ number, isValue });
    return number;
  }
  /** A number from 0 up to, but not with, `count`. */
  below(count: number): number {
    return this.#choose(count, false);
  }
  one<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }
  /** False is the simpler one. */
  chance(percent: number): boolean {
    return this.below(100) >= 100 - percent;
  }
  /** A number that is a value of the question. */
  valueBelow(count: number): number {
    return this.#choose(count, true);
  }
  value<Item>(items: readonly Item[]): Item {
    return items[this.valueBelow(items.length)]!;
  }
}

/** The smallest list found that still fails: blocks are left out and numbers made smaller for as long as that helps, up to so many attempts. */
export async function shrunk(
  numbers: readonly number[],
  fails: (numbers: readonly number[]) => Promise<boolean>,
): Promise<readonly number[]> {
  let best = numbers,
    attempts = 600;
  const helps = async (candidate: readonly number[]): Promise<boolean> => {
    if (attempts-- <= 0 || !(await fails(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let isBetter = true; isBetter && attempts > 0;) {
    isBetter = false;
    for (let size = Math.max(1, best.length >> 1); size >= 1; size >>= 1)
      for (let at = 0; at < best.length && attempts > 0;)
        if (await helps([...best.slice(0, at), ...best.slice(at + size)])) isBetter = true;
        else at += size;
    for (let at = 0; at < best.length && attempts > 0; at++) {
      const number = best[at]!;
      for (const smaller of new Set([0, number >> 1, number - 1]))
        if (smaller >= 0 && smaller < best[at]! && (await helps(best.with(at, smaller)))) {
          isBetter = true;
          break;
        }
    }
  }
  return best;
}
