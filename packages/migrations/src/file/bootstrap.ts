// The bootstrap migration: the id generators and extensions, before everything else. Its SQL is core's, one constant per generator version.

import { HEER_BOOTSTRAP_SQL_V1 } from '@djogi/core/heer';
import { identifierProblem, quoteIdentifier } from '@djogi/core/extension';
import { MigrationFileError } from '../error/file-error.ts';
import { GLOBAL_BUCKET } from './bucket.ts';
import type { MigrationDraft } from './migration.ts';

export const BOOTSTRAP_VERSION = 'V00000000000000__djogi_bootstrap';

export interface BootstrapOptions {
  /** The database target. Default `main`. */
  readonly database?: string;
  readonly extensions?: readonly string[];
}

/**
 * The bootstrap of a database, as a draft for `writeMigration`. No node is in it: nodes are of a database, not of a repository.
 *
 * Errors: MIGRATION_FILE with `statement` for an extension that cannot be a name.
 */
export function bootstrapMigration({ database = GLOBAL_BUCKET.database, extensions = [] }: BootstrapOptions = {}): MigrationDraft {
  const bad = extensions.find((name) => identifierProblem(name) !== null);
  if (bad !== undefined)
    throw new MigrationFileError('statement', { file: BOOTSTRAP_VERSION }, `${JSON.stringify(bad)} cannot be the name of an extension.`);
  const names = [...new Set(extensions)].sort();
  return {
    version: BOOTSTRAP_VERSION,
    bucket: { database, app: '' },
    origin: 'bootstrap',
    touches: { reads: [], writes: ['djogi:bootstrap'] },
    up: [
      {
        kind: 'transactional',
        steps: [
          ...names.map((name) => ({ label: `createExtension ${name}`, sql: `CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(name)};` })),
          { label: 'installHeer 1', sql: HEER_BOOTSTRAP_SQL_V1.replace(/^\n+/, '') },
        ],
      },
    ],
  };
}
