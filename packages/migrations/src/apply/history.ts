// Files and ledger held to each other: what stops a run, and what verify reports.

import { MigrationRunError } from '../error/run-error.ts';
import { bucketName } from '../file/bucket.ts';
import type { Migration } from '../file/migration.ts';
import { isInSchema, type LedgerRow } from '../ledger/row.ts';
import { keyOf, migrationKey } from './source.ts';

export interface HistoryProblem {
  readonly rule: 'checksum_mismatch' | 'file_missing' | 'unfinished' | 'failed';
  readonly bucket: string;
  readonly version: string;
  readonly message: string;
}

/** What is wrong between ledger and files, in the order of the ledger. */
export function historyProblems(database: string, migrations: readonly Migration[], rows: readonly LedgerRow[]): readonly HistoryProblem[] {
  const files = new Map(migrations.map((migration) => [migrationKey(migration), migration]));
  return rows.flatMap((row): HistoryProblem[] => {
    const bucket = bucketName({ database, app: row.app });
    const problem = (rule: HistoryProblem['rule'], message: string): HistoryProblem[] => [
      { rule, bucket, version: row.version, message: `${bucket} ${row.version} ${message}` },
    ];
    if (row.status === 'pending' || row.status === 'failed') {
      const way = row.direction === 'up' ? 'apply' : 'roll back';
      const how = row.status === 'failed' ? 'failed' : 'was begun and not ended, as when a run is killed';
      return problem(
        row.status === 'failed' ? 'failed' : 'unfinished',
        `${how}: the run to ${way} it committed ${row.done} of ${row.total} units${row.note === null ? '' : ` (${row.note})`}. repairMigration says what to do.`,
      );
    }
    if (!isInSchema(row)) return [];
    const file = files.get(keyOf(row.app, row.version));
    if (file === undefined)
      return problem('file_missing', `is ${row.status} here and has no file (M015). Restore it, or deploy the revision that has it.`);
    if (file.checksumUp !== row.checksumUp || file.checksumDown !== row.checksumDown)
      return problem(
        'checksum_mismatch',
        `is not what was ${row.status} here: the file that goes ${file.checksumUp === row.checksumUp ? 'down' : 'up'} was edited since. Undo the edit and write another migration; repairMigration accepts the edit.`,
      );
    return [];
  });
}

/** Refuses to go on over a history that does not hold. Errors: MIGRATION_RUN with the rule of the first problem. */
export function checkHistory(problems: readonly HistoryProblem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const more =
    problems.length === 1
      ? ''
      : ` ${problems.length - 1} more: ${problems
          .slice(1)
          .map(({ version, rule }) => `${version} (${rule})`)
          .join(', ')}.`;
  throw new MigrationRunError(first.rule, `${first.message}${more}`, { version: first.version, bucket: first.bucket });
}
