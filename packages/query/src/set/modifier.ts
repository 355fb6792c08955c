// What was asked of a set besides which rows it has. Where rows have no order and cannot be cut, that would be dropped, and is refused by its name instead.

import { METHODS } from './lock.ts';
import type { Selection } from './selection.ts';

/** The method that asked for it, or null when the set says no more than which rows it has. The order of a proxy is nobody's wish, nor are the peers of a visage. */
export function modifierOf({ orderBy, orderPrefix, limit, offset, distinct, lock, related, runtime }: Selection): string | null {
  if (related.joins.length > 0) return 'selectRelated';
  if (related.batches.length > 0 && runtime.visage === null) return 'prefetch';
  if (lock !== undefined) return METHODS[lock.strength];
  if (orderBy.length > orderPrefix) return 'orderBy';
  if (limit !== undefined) return 'limit';
  if (offset !== undefined) return 'offset';
  if (distinct === undefined) return null;
  return distinct === true ? 'distinct' : 'distinctOn';
}
