// The order of renames: a name is given away before another takes it, and names that are swapped go through a third.

import { MAX_IDENTIFIER_BYTES } from '@djogi/core/extension';
import { cutToBytes } from '../snapshot/qualified-name.ts';
import type { Operation } from '../operation/operation.ts';

export interface PlannedRename {
  readonly from: string;
  readonly to: string;
  /** The names it holds until it has run, and those it takes: keys of their namespaces. */
  readonly holds: readonly string[];
  readonly takes: readonly string[];
  operation(from: string, to: string): Operation;
}

const SWAP_SUFFIX = '__djogi_swap';

export function renamesInOrder(renames: readonly PlannedRename[]): readonly Operation[] {
  const waiting = [...renames];
  const operations: Operation[] = [];
  while (waiting.length > 0) {
    const next = waiting.findIndex((rename) =>
      waiting.every((other) => other === rename || !rename.takes.some((key) => other.holds.includes(key))),
    );
    const [rename] = waiting.splice(Math.max(next, 0), 1) as [PlannedRename];
    if (next >= 0) {
      operations.push(rename.operation(rename.from, rename.to));
      continue;
    }
    const third = cutToBytes(rename.from, MAX_IDENTIFIER_BYTES - SWAP_SUFFIX.length) + SWAP_SUFFIX;
    operations.push(rename.operation(rename.from, third));
    waiting.push({ ...rename, from: third, holds: [] });
  }
  return operations;
}
