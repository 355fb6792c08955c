// Set operations: arms that cannot stand beside each other, and orderings that the combined rows do not have.

import { DjogiError } from './error.ts';

/**
 * An arm of a set operation cannot stand in it. `arm` counts the arms from 1, `side` is `left` for the first and `right` for all others; `table` is the arm's, `reason` the word for
 * what is wrong: `rows`, `model`, `columns`, `kind`, `lock`, `eager_loading`.
 */
export class SetOpArmInvalidError extends DjogiError {
  declare readonly arm: number;
  declare readonly side: 'left' | 'right';
  declare readonly table: string | undefined;
  declare readonly reason: string;
  constructor(message: string, facts: { readonly arm: number; readonly table: string | undefined; readonly reason: string }) {
    super('SET_OP_ARM_INVALID', message, { ...facts, side: facts.arm === 1 ? 'left' : 'right' });
  }
}

/** Combined rows can be ordered by their columns only. `column` is the name that is none of them, absent for an expression. */
export class SetOpOuterOrderingInvalidError extends DjogiError {
  declare readonly table: string;
  declare readonly column: string | undefined;
  constructor(message: string, facts: { readonly table: string; readonly column?: string | undefined }) {
    super('SET_OP_OUTER_ORDERING_INVALID', message, facts);
  }
}
