// Names on their way to SQL: what may be declared, how a column name follows from a property, how derived names stay within 63 bytes. Every
// package asks here. Identifiers are always quoted when rendered, so mixed case and reserved words are legal when declared explicitly.

import { sha256Hex } from './sha256.ts';

/** Postgres cuts identifiers here, in bytes. */
export const MAX_IDENTIFIER_BYTES = 63;

const encoder = new TextEncoder();
/** A byte order mark is a character of the name. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
export const byteLength = (text: string): number => encoder.encode(text).length;

export type IdentifierProblem = 'identifier' | 'reserved_prefix';

/** Says what is wrong with a declared name of a table, column, enum, index or constraint; null when it may be used. 1 to 63 bytes, no NUL, no `__djogi_` prefix. */
export function identifierProblem(name: unknown): IdentifierProblem | null {
  if (
    typeof name !== 'string' ||
    name.length === 0 ||
    name.includes('\0') ||
    !name.isWellFormed() ||
    byteLength(name) > MAX_IDENTIFIER_BYTES
  )
    return 'identifier';
  return hasReservedPrefix(name) ? 'reserved_prefix' : null;
}

/** Says what is wrong with an alias, a role or a setting name, for which the strict rule holds: ASCII letter or `_`, then letters, digits, `_`. */
export function strictIdentifierProblem(name: unknown): IdentifierProblem | null {
  if (typeof name !== 'string' || name.length === 0 || name.length > MAX_IDENTIFIER_BYTES) return 'identifier';
  for (let at = 0; at < name.length; at++) {
    const byte = name.charCodeAt(at);
    const isLetter = (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte === 95;
    if (!isLetter && (at === 0 || byte < 48 || byte > 57)) return 'identifier';
  }
  return hasReservedPrefix(name) ? 'reserved_prefix' : null;
}

const hasReservedPrefix = (name: string): boolean => name.slice(0, 8).toLowerCase() === '__djogi_';

/** Quotes an identifier for SQL: `"` doubled, in double quotes. */
export function quoteIdentifier(name: string): string {
  return name.includes('"') ? `"${name.replaceAll('"', '""')}"` : `"${name}"`;
}

/** Quotes a text literal for DDL, where a parameter cannot stand. Backslashes are doubled in an `E''` string, so `standard_conforming_strings` does not matter. */
export function quoteLiteral(text: string): string {
  const doubled = text.replaceAll("'", "''");
  return doubled.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
}

/** The column name of a property: `modelName` is `model_name`, `userID` is `user_id`, `HTMLBody` is `html_body`, `address2Line` is `address2_line`. */
export function columnNameOf(property: string): string {
  return property
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}

/** The display name of a table: `order_lines` is `OrderLines`; never singularised. */
export function displayNameOf(table: string): string {
  return table
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .map((word) => word.replace(/^./u, (first) => first.toUpperCase()))
    .join('');
}

export type DerivedSuffix = 'pkey' | 'key' | 'fkey' | 'check' | 'excl' | 'uidx' | 'idx';

/**
 * The name of a constraint or index: `<table>_<parts>_<suffix>`, as the runtime, the snapshot and the DDL all spell it.
 * Over 63 bytes: 54 bytes cut at a character boundary, `_`, and 8 hex digits of the SHA-256 of the full name, so two long names never meet.
 */
export function derivedName(table: string, parts: readonly string[], suffix: DerivedSuffix): string {
  const full = [table, ...parts, suffix].join('_');
  if (byteLength(full) <= MAX_IDENTIFIER_BYTES) return full;
  return `${cutToBytes(full, 54)}_${sha256Hex(full).slice(0, 8)}`;
}

/** The longest beginning of `name` that has at most `limit` bytes and ends between characters. */
export function cutToBytes(name: string, limit: number): string {
  const bytes = encoder.encode(name);
  if (bytes.length <= limit) return name;
  let cut = limit;
  // 10xxxxxx continues a character.
  while ((bytes[cut]! & 0xc0) === 0x80) cut--;
  return decoder.decode(bytes.subarray(0, cut));
}
