// What is wrong with a migration as files: names, headers, directives, statements, sidecars.

import { DjogiError } from '@djogi/core';

/**
 * - `version`, `slug`, `bucket`: a name that is none
 * - `header`: a header that is missing, or says something else than the file is
 * - `directive`: an unknown directive, or one in the wrong place
 * - `text`: SQL outside every step
 * - `statement`: a fragment that is not what its segment can run: unfinished, or not exactly one statement
 * - `transaction_control`: BEGIN, COMMIT or ROLLBACK, which belong to the runner
 * - `not_transactional`: a statement that refuses a transaction, in a transactional segment (M012)
 * - `sidecar`: a plan sidecar that cannot be read
 * - `disagreement`: the files of one migration contradict each other
 * - `checksum`: what is executed is not what the sidecar was sealed for
 * - `checksum_format`: a checksum that is none
 * - `missing_file`, `exists`, `duplicate_version`, `legacy_extension`: what is, or is not, in the directory
 */
export type MigrationFileRule =
  | 'version'
  | 'slug'
  | 'bucket'
  | 'header'
  | 'directive'
  | 'text'
  | 'statement'
  | 'transaction_control'
  | 'not_transactional'
  | 'sidecar'
  | 'disagreement'
  | 'checksum'
  | 'checksum_format'
  | 'missing_file'
  | 'exists'
  | 'duplicate_version'
  | 'legacy_extension';

/**
 * A migration file cannot be read, written or trusted. Nothing was run.
 *
 * Shape: `code` is `MIGRATION_FILE`; `rule` names what was broken, `file` the file as it was named to the reader, `line` counts from 1 where one is to blame.
 */
export class MigrationFileError extends DjogiError {
  declare readonly rule: MigrationFileRule;
  declare readonly file: string;
  declare readonly line: number | undefined;

  constructor(
    rule: MigrationFileRule,
    place: { readonly file: string; readonly line?: number | undefined },
    message: string,
    options?: ErrorOptions,
  ) {
    const where = place.line === undefined ? place.file : `${place.file}:${place.line}`;
    super('MIGRATION_FILE', `${where}: ${message} [MIGRATION_FILE: ${rule}]`, { rule, file: place.file, line: place.line }, options);
  }
}
