// Where a run takes its migrations from, and finding one of them by name.

import { MigrationRunError } from '../error/run-error.ts';
import { bucketName } from '../file/bucket.ts';
import { readMigrations } from '../file/directory.ts';
import type { Migration } from '../file/migration.ts';

/** A directory, or migrations that were read already. A run writes no files. */
export type MigrationSource = string | readonly Migration[];

export const migrationsOf = async (source: MigrationSource, database: string): Promise<readonly Migration[]> =>
  typeof source === 'string' ? readMigrations(source, { database }) : source.filter(({ bucket }) => bucket.database === database);

export const keyOf = (app: string, version: string): string => `${app}/${version}`;
export const migrationKey = ({ bucket, version }: Pick<Migration, 'bucket' | 'version'>): string => keyOf(bucket.app, version);
export const shown = ({ bucket, version }: Pick<Migration, 'bucket' | 'version'>): string => `${bucketName(bucket)} ${version}`;

/** Refuses a blank reason; gives back a trimmed one. */
export function checkedReason(reason: string, what: string): string {
  const trimmed = reason.trim();
  if (trimmed === '') throw new MigrationRunError('reason', `${what} takes a reason, which the ledger keeps. Say why.`);
  return trimmed;
}

/**
 * The one that a full version or the beginning of one names.
 *
 * Errors: MIGRATION_RUN with `unknown_version`, `ambiguous_version`.
 */
export function namedBy<Item extends { readonly version: string }>(
  items: readonly Item[],
  name: string,
  shownAs: (item: Item) => string,
): Item {
  const exact = items.filter(({ version }) => version === name);
  const found = exact.length > 0 ? exact : items.filter(({ version }) => version.startsWith(name) || version.slice(1).startsWith(name));
  const [first, second] = found;
  if (first === undefined)
    throw new MigrationRunError(
      'unknown_version',
      `No migration is called ${JSON.stringify(name)}. Give its version, or the beginning of it.`,
      { version: name },
    );
  if (second !== undefined)
    throw new MigrationRunError(
      'ambiguous_version',
      `${JSON.stringify(name)} may be ${found.map(shownAs).join(' or ')}. Write more of it, or name the app.`,
      { version: name },
    );
  return first;
}
