// Row locks: what `forUpdate` and its kin ask for, and what they do not go with.

import type { Executor, Lock } from '@djogi/core/extension';
import { refuse, refuseVisage } from './refine.ts';
import type { RowLock, Selection } from './selection.ts';

export interface LockOptions {
  /** What to do about rows that another transaction holds: wait for them, fail with LOCK_CONFLICT, or leave them out. Default `block`. */
  readonly wait?: 'block' | 'nowait' | 'skipLocked';
  /** Whose rows: `self` is the set's own table. Default: those of every table that the query reads. */
  readonly of?: 'self' | readonly 'self'[];
}

/** The methods by the strength of their locks. */
export const METHODS: Readonly<Record<RowLock['strength'], string>> = {
  update: 'forUpdate',
  noKeyUpdate: 'forNoKeyUpdate',
  share: 'forShare',
  keyShare: 'forKeyShare',
};
const WAITS: readonly unknown[] = ['block', 'nowait', 'skipLocked'];
const OPTIONS: readonly string[] = ['wait', 'of'];

/** The selection with this lock instead of an earlier one. */
export function locked(selection: Selection, strength: RowLock['strength'], options: LockOptions = {}): Selection {
  const method = METHODS[strength];
  refuseVisage(selection, method);
  if (typeof options !== 'object' || options === null) return refuse(selection, 'lock', `${method} takes an object of options`);
  if (selection.derived !== undefined)
    refuse(
      selection,
      'lock',
      `${method} locks rows of a table, and this is a query over the rows of another: lock them in a query of their own`,
    );
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) refuse(selection, 'lock', `${method} has no option ${unknown}: it takes wait and of`);
  const { wait = 'block', of } = options;
  if (!WAITS.includes(wait)) refuse(selection, 'lock', `${method} waits by 'block', 'nowait' or 'skipLocked'`);
  const tables: readonly unknown[] = of === undefined ? [] : Array.isArray(of) ? of : [of];
  if ((of !== undefined && tables.length === 0) || tables.some((table) => table !== 'self'))
    refuse(selection, 'lock', `${method} locks rows of 'self', the set's own table`);
  return { ...selection, lock: { strength, wait, isOfSelf: tables.length > 0 } };
}

/** The lock as the statement has it. Postgres refuses it beside DISTINCT (0A000); said here, with the cause. */
export function lockOf(selection: Selection): Lock | undefined {
  const { lock, distinct, source, rowSource = source } = selection;
  if (lock === undefined) return undefined;
  if (distinct !== undefined) refuseLock(selection, distinct === true ? 'distinct' : 'distinctOn');
  const { strength, wait, isOfSelf } = lock;
  // Rows at the end of a path are these, and not those of the table that the path begins at.
  return { strength, wait, ...(isOfSelf || selection.rowSource !== undefined ? { of: [rowSource] } : {}) };
}

/** Refuses a lock where the rows of the result are not those of the table. `method` is for messages. */
export function refuseLock(selection: Selection, method: string): void {
  if (selection.lock !== undefined)
    refuse(
      selection,
      'lock',
      `${METHODS[selection.lock.strength]} locks rows of the table and does not go with ${method}: lock the rows in a query of their own`,
    );
}

/** Outside a transaction, a lock ends with its statement. */
export function warnOfLock({ lock, runtime }: Selection, executor: Executor): void {
  if (lock !== undefined) executor.lockedOutsideTransaction?.(runtime.table);
}
