// The unique index that a key takes over: built CONCURRENTLY first, and the constraint's own from then on.

import type { ConstraintSnapshot, IndexSnapshot, PrimaryKeySnapshot, UniqueSnapshot } from '../snapshot/snapshot.ts';

/** Reports whether the constraint can take over an index. One WITHOUT OVERLAPS stands on an exclusion, which Postgres builds in one go only. */
export const isBuiltAsIndex = (constraint: ConstraintSnapshot): constraint is PrimaryKeySnapshot | UniqueSnapshot =>
  (constraint.kind === 'primaryKey' || constraint.kind === 'unique') && !constraint.isWithoutOverlaps;

export const indexOf = (constraint: PrimaryKeySnapshot | UniqueSnapshot): IndexSnapshot => ({
  name: constraint.name,
  method: 'btree',
  isUnique: true,
  isNullsNotDistinct: constraint.kind === 'unique' && constraint.isNullsNotDistinct,
  elements: constraint.columns.map((column) => ({
    column,
    expression: null,
    collation: null,
    opclass: null,
    order: 'asc',
    nulls: 'last',
  })),
  include: constraint.include,
  where: null,
  storageParams: {},
  tablespace: null,
  comment: null,
});
