// The names of migrations: `V20260425010203__add_horsepower`. In ASCII, so that their order is the same everywhere.

import { MigrationFileError } from '../error/file-error.ts';

const VERSION = /^V(\d{14})__([a-z_][a-z0-9_]{0,62})$/;
const MAX_SLUG = 63;

/** A slug of any text. Shape: `[a-z_][a-z0-9_]*`, up to 63 bytes; `migration` when nothing is left. Pure. */
export function slugOf(text: string): string {
  const trimmed = (value: string): string => value.replace(/^_+|_+$/g, '');
  const plain = text
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replace(/[ \t\r\n.-]/g, '_')
    .replace(/[^a-z0-9_]/g, '')
    .replace(/_+/g, '_');
  const slug = trimmed(plain);
  return trimmed((/^\d/.test(slug) ? `m_${slug}` : slug).slice(0, MAX_SLUG)) || 'migration';
}

/** The 14 digits of an instant in UTC. */
const digitsOf = (instant: Date): string => instant.toISOString().replace(/\D/g, '').slice(0, 14);

/**
 * A version id for a new migration.
 *
 * Shape: `V`, 14 UTC digits, `__`, the slug. The clock is moved on, second by second, past the versions that are `taken`, so that the digits are the bucket's own.
 */
export function versionOf(name: string, now: Date, taken: Iterable<string> = []): string {
  const digits = new Set([...taken].map((version) => version.slice(1, 15)));
  for (let at = now.getTime(); ; at += 1000) {
    const own = digitsOf(new Date(at));
    if (!digits.has(own)) return `V${own}__${slugOf(name)}`;
  }
}

export interface VersionParts {
  readonly digits: string;
  readonly slug: string;
  /** RFC 3339 in seconds; null where the digits are no date, as in the bootstrap's. */
  readonly generatedAt: string | null;
}

/** The parts of a version id. Errors: MIGRATION_FILE with `version`. */
export function versionParts(version: string, file: string = version): VersionParts {
  const match = VERSION.exec(version);
  if (match === null)
    throw new MigrationFileError(
      'version',
      { file },
      `${JSON.stringify(version)} is no version: V, 14 digits, two underscores and a slug of a-z, 0-9 and _.`,
    );
  const digits = match[1]!;
  const at = digits.replace(/(....)(..)(..)(..)(..)(..)/, '$1-$2-$3T$4:$5:$6Z');
  const time = new Date(at);
  return { digits, slug: match[2]!, generatedAt: Number.isNaN(time.getTime()) || digitsOf(time) !== digits ? null : at };
}

/** Chronological, by bytes. */
export const byVersion = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
