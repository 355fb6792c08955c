// What went wrong while a plan ran. What is wrong with a plan or a schema before anything ran is a SchemaError.

import { DjogiError } from '@djogi/core';

/**
 * - `in_transaction`: a plan makes its own transactions, and was given one
 * - `step_failed`: the server refused a statement; the segment was rolled back, and those before it stay
 * - `aborted`: the signal was raised between two segments
 * - `irreversible`: the way back has operations that have none
 * - `segment`: there is no segment of that number to go on from
 */
export type MigrationRule = 'in_transaction' | 'step_failed' | 'aborted' | 'irreversible' | 'segment';

/**
 * A plan did not run to its end.
 *
 * Shape: `code` is `MIGRATION`; `completed` counts the segments that are done, so that `resumeAt: completed` goes on; `step` is the label of the operation
 * that failed; the server's error is the `cause`.
 */
export class MigrationError extends DjogiError {
  declare readonly rule: MigrationRule;
  declare readonly completed: number;
  declare readonly step: string | undefined;

  constructor(rule: MigrationRule, message: string, facts: { readonly completed: number; readonly step?: string }, options?: ErrorOptions) {
    super('MIGRATION', `${message} [MIGRATION: ${rule}]`, { rule, ...facts }, options);
  }
}
