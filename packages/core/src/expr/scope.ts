// Which sources an expression may refer to while it is built: its own query's, and those of the callbacks that are running around it. That is all there is
// to correlation: a nested query is written inside a callback and uses the bag of the callback around it.

import { nearest, type Source } from './node.ts';

/** The sources of the callbacks that are running now, outermost first. Empty between calls: callbacks are synchronous. */
const active: Source[] = [];

/** Runs a callback of the query over `source`. */
export function inScope<Result>(source: Source, run: () => Result): Result {
  active.push(source);
  try {
    return run();
  } finally {
    active.pop();
  }
}

/** True while a callback over `source`, or over the one that its path begins at, runs. */
export const isActive = (source: Source): boolean => nearest(source, (at) => active.includes(at)) !== null;
