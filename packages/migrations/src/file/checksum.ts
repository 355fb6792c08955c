// Checksums over what is executed: comments between the steps, headers and names may be edited, the fragments may not.

import { sha256Hex } from '@djogi/core/extension';
import { MigrationFileError } from '../error/file-error.ts';
import { isExecutable, normalized } from './fragment.ts';

export const CHECKSUM_PREFIX = 'V1:';

/** `V1:` and 64 hex digits: SHA-256 of the fragments in the order in which they run, normalized and joined by a newline. */
export const checksumOf = (fragments: readonly string[]): string => `${CHECKSUM_PREFIX}${sha256Hex(fragments.map(normalized).join('\n'))}`;

/** The same of a way back; null when it executes nothing. */
export const checksumDownOf = (fragments: readonly string[]): string | null =>
  fragments.some(isExecutable) ? checksumOf(fragments) : null;

/** Refuses what cannot be a checksum. Errors: MIGRATION_FILE with `checksum_format`. */
export function checkChecksum(value: string, place: { readonly file: string; readonly line?: number }): void {
  const refuse = (message: string): never => {
    throw new MigrationFileError('checksum_format', place, `${message} A checksum is ${CHECKSUM_PREFIX} and 64 lower-case hex digits.`);
  };
  if (!value.startsWith(CHECKSUM_PREFIX)) {
    refuse(/^V\d+:/.test(value) ? 'The checksum is of a kind that this version does not know.' : 'The checksum has no V1: before it.');
  }
  const digits = value.slice(CHECKSUM_PREFIX.length);
  if (digits.length !== 64) refuse(`The checksum has ${digits.length} digits.`);
  const stray = digits.search(/[^0-9a-f]/);
  if (stray >= 0) refuse(`The checksum has another character at offset ${CHECKSUM_PREFIX.length + stray}.`);
}
