// What installs the id generators: one constant for each version, never edited once released. A database is bootstrapped by migrations whose text must not
// change, and a newer version is a further migration on top. No node identity in it.
//
// The epoch is a constant in the functions: reading heer_config at every id costs as much as checking the node. heer_config keeps it for readers, and
// an installation over another epoch, precision or offset is refused.
//
// search_path: PL/pgSQL functions pin it (0.25 us); SQL functions have a parsed body, whose names are resolved once, when it is created. The latter are
// inlined into column defaults.

import { ValidationError } from '../error/value-error.ts';
import { quoteIdentifier, strictIdentifierProblem } from '../ident/identifier.ts';
import { HEER_BOOTSTRAP_SQL_V1 } from './bootstrap-sql-v1.ts';
import { HEER_BOOTSTRAP_SQL_V2 } from './bootstrap-sql-v2.ts';
import { DEFAULT_EPOCH_MS } from './epoch.ts';

/** Which allocator the generators of a database are made of. */
export type HeerAllocator = 'lockFree' | 'strict';

export interface HeerSqlOptions {
  /** Where the tables and functions go. Default `public`. Column defaults call the functions unqualified: the schema must be on the search path of who creates tables. */
  readonly schema?: string;
  /** Set once, at install: whole seconds, not before 1970. Default 2026-01-01T00:00:00Z. A database that has ids keeps the epoch it has. */
  readonly epoch?: Date;
}

export interface HeerInstallOptions extends HeerSqlOptions {
  /** The allocator to choose. Absent: the one that the database has, which is `lockFree` when it is new. */
  readonly allocator?: HeerAllocator;
}

export interface HeerBootstrap {
  readonly version: number;
  /** A script for the simple protocol; it needs the versions before it. */
  readonly sql: string;
}

const BOOTSTRAPS: readonly string[] = [HEER_BOOTSTRAP_SQL_V1, HEER_BOOTSTRAP_SQL_V2];

/** The version of the generators that this package installs. */
export const HEER_VERSION = 2;

const LAST_EPOCH_MS = 253_402_300_799_000;

/**
 * The versions after `after`, oldest first: each is the text of one bootstrap migration. The same arguments give the same texts in every release.
 *
 * Errors: VALIDATION for a schema that is no plain name, an epoch that is no whole second from 1970 to 9999, or an `after` that is no version.
 */
export function heerBootstraps(options: HeerSqlOptions & { readonly after?: number } = {}): readonly HeerBootstrap[] {
  const { schema = 'public', after = 0 } = options,
    epochMs = options.epoch?.getTime() ?? DEFAULT_EPOCH_MS;
  const issues = schemaIssues(schema);
  if (!(epochMs >= 0 && epochMs <= LAST_EPOCH_MS && epochMs % 1000 === 0))
    issues.push({ path: 'epoch', rule: 'range', message: 'must be a whole second from 1970 to 9999' });
  if (!(Number.isInteger(after) && after >= 0 && after <= HEER_VERSION))
    issues.push({ path: 'after', rule: 'range', message: `must be a version from 0 to ${HEER_VERSION}` });
  if (issues.length > 0) throw new ValidationError(issues);
  return BOOTSTRAPS.map((text, at) => {
    // The number of seconds also begins the number of microseconds, so that one replacement sets both.
    const sql = text.replaceAll('1767225600', () => String(epochMs / 1000));
    if (schema === 'public') return { version: at + 1, sql };
    const inSchema = sql.replaceAll('"public"', () => quoteIdentifier(schema));
    return { version: at + 1, sql: at === 0 ? `CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)};\n\n${inSchema}` : inSchema };
  }).slice(after);
}

/**
 * All versions as one script, and the choice of an allocator where one is given. Idempotent; brings a database of any version before to this one.
 *
 * Errors: VALIDATION, as of `heerBootstraps` and `heerAllocatorSql`.
 */
export function heerBootstrapSql(options: HeerInstallOptions = {}): string {
  const scripts = heerBootstraps(options).map(({ sql }) => sql);
  if (options.allocator !== undefined) scripts.push(`${heerAllocatorSql(options.allocator, options)}\n`);
  return scripts.join('\n');
}

/**
 * Chooses the allocator of a database: the text of a migration, whose way back is the other allocator. Needs version 2.
 *
 * Waits until the transactions that have made ids are over, and lets those that want ids wait. In the database: 50021 or 50020, transient, when the
 * strict allocator has run ahead of the clock. Errors: VALIDATION for an unknown allocator or a schema that is no plain name.
 */
export function heerAllocatorSql(allocator: HeerAllocator, options: { readonly schema?: string } = {}): string {
  const { schema = 'public' } = options;
  const issues = schemaIssues(schema);
  if (allocator !== 'lockFree' && allocator !== 'strict')
    issues.push({ path: 'allocator', rule: 'choice', message: "must be 'lockFree' or 'strict'" });
  if (issues.length > 0) throw new ValidationError(issues);
  return `SELECT ${quoteIdentifier(schema)}.heer_use_allocator('${allocator}');`;
}

/** @internal */
export function schemaIssues(schema: string): { path: string; rule: string; message: string }[] {
  if (strictIdentifierProblem(schema) === null) return [];
  return [
    {
      path: 'schema',
      rule: 'identifier',
      message: 'must start with an ASCII letter or _, followed by letters, digits and _, and have at most 63 bytes',
    },
  ];
}
