// The rows of a set as what is inserted elsewhere.

import { refuse, refuseRelated, refuseVisage, ROW, scoped } from '../set/refine.ts';
import { selectStatement } from '../set/lower.ts';
import { bagOver, type Selection } from '../set/selection.ts';
import type { RowsToInsert } from './insert-select.ts';

/**
 * Errors: VALIDATION with `modifier` for a projection, which the mapping is itself, for distinct, which would be about the columns that are inserted, and for a lock
 * on rows that nobody gets to see; with `related` for rows that would be loaded.
 */
export function rowsToInsert(selection: Selection): RowsToInsert {
  const modifier = modifierOf(selection);
  refuseVisage(selection, 'insertInto');
  refuseRelated(selection, 'insertInto');
  if (modifier !== null) refuse(selection, 'modifier', `insertInto takes each row as it is and says what it gives: leave ${modifier} out`);
  return {
    selection,
    bag: bagOver(selection),
    checked: (node) => scoped(selection, node, ROW),
    select: (chosen) => ({ ...selectStatement(selection), projection: chosen }),
  };
}

function modifierOf({ projection, distinct, lock }: Selection): string | null {
  if (projection !== undefined) return 'select';
  if (distinct !== undefined) return distinct === true ? 'distinct' : 'distinctOn';
  return lock === undefined ? null : 'the row lock';
}
