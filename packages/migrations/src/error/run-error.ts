// Why a run over migration files and the ledger stopped, or did not begin.

import { DjogiError } from '@djogi/core';

/**
 * Refusals, which changed nothing:
 *
 * - `in_transaction`: the runner makes its own transactions, and was given one
 * - `reason`: a reason is required and blank
 * - `justification`: a migration loses something, and nobody said why that is meant
 * - `unknown_version`, `ambiguous_version`: no migration, or several, of that name
 * - `already_applied`, `not_applied`, `not_last`: the ledger has the version in another state than the call needs
 * - `out_of_order`: a late migration that touches what later ones touched
 * - `dependency`: it waits for a migration that is not applied
 * - `checksum_mismatch`: the file is not what was applied
 * - `file_missing`: an applied migration has no file
 * - `unfinished`, `failed`: an earlier run did not get to its end
 * - `irreversible`: there is no way back
 * - `baseline_history`, `baseline_mismatch`: the database has a history already, or another schema than the baseline
 * - `lock_timeout`: another run holds the lock
 * - `resolution`: a repair that the state does not allow, or one that nobody but you can decide
 *
 * Failures, after which the ledger says how far it got:
 *
 * - `step_failed`: the server refused a statement
 * - `aborted`: the signal was raised
 * - `session_lost`: the connection was lost, or is another than it was
 */
export type MigrationRunRule =
  | 'in_transaction'
  | 'reason'
  | 'justification'
  | 'unknown_version'
  | 'ambiguous_version'
  | 'already_applied'
  | 'not_applied'
  | 'not_last'
  | 'out_of_order'
  | 'dependency'
  | 'checksum_mismatch'
  | 'file_missing'
  | 'unfinished'
  | 'failed'
  | 'irreversible'
  | 'baseline_history'
  | 'baseline_mismatch'
  | 'lock_timeout'
  | 'resolution'
  | 'step_failed'
  | 'aborted'
  | 'session_lost';

export interface MigrationRunFacts {
  readonly version?: string | undefined;
  readonly bucket?: string | undefined;
  /** The other migration, where there are two to the matter. */
  readonly other?: string | undefined;
  /** The label of the step that failed, and where it is. */
  readonly step?: string | undefined;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  /** Units that are done, of how many. */
  readonly done?: number | undefined;
  readonly total?: number | undefined;
  /** Migrations that this run completed before. */
  readonly applied?: readonly string[] | undefined;
  /** Backends that hold the lock. */
  readonly pids?: readonly number[] | undefined;
}

/**
 * A run over the ledger refused or failed.
 *
 * Shape: `code` is `MIGRATION_RUN`; `rule` says why; the facts name the migration and how far it got; what the server said is the `cause`.
 */
export class MigrationRunError extends DjogiError {
  declare readonly rule: MigrationRunRule;
  declare readonly version: string | undefined;
  declare readonly bucket: string | undefined;
  declare readonly other: string | undefined;
  declare readonly step: string | undefined;
  declare readonly file: string | undefined;
  declare readonly line: number | undefined;
  declare readonly done: number | undefined;
  declare readonly total: number | undefined;
  declare readonly applied: readonly string[] | undefined;
  declare readonly pids: readonly number[] | undefined;

  constructor(rule: MigrationRunRule, message: string, facts: MigrationRunFacts = {}, options?: ErrorOptions) {
    super('MIGRATION_RUN', `${message} [MIGRATION_RUN: ${rule}]`, { rule, ...facts }, options);
  }
}
