// What a cursor is: the sort key of one row, as text that callers pass around unread. Base64url over `<check><json>`, where the JSON is
// [version, fingerprint of the ordering, values] and the check is of the JSON, so that a cursor that was cut or changed is told from one of another ordering.
// Values travel as the server writes them, so that nothing of them is lost: not the microseconds of a timestamp, nor the digits of a numeric.

import { instantKind, quoteLiteral, refineKind, timestamptzKind, type Codec, type ValueKind } from '@djogi/core/extension';

const VERSION = 1;
const CHECK_LENGTH = 8;
/** Longer ones are not made, and so are not hashed when they come. */
export const MAX_CURSOR_LENGTH = 1_048_576;

/** What a cursor says of a row. Null is SQL's. */
export type KeyValues = readonly (string | null)[];

/** FNV-1a, 32 bits: no change of a single character keeps it. Whoever means to make a cursor up can, and gets no further than its values are of their kinds. */
function checkOf(json: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < json.length; at++) hash = Math.imul(hash ^ json.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(CHECK_LENGTH, '0');
}

function encoded(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

export function writeCursor(fingerprint: string, values: KeyValues): string {
  const json = JSON.stringify([VERSION, fingerprint, values]);
  return encoded(checkOf(json) + json);
}

/** The values, `damaged` for what no page gave, or `foreign` for a cursor of another ordering, model or version. */
export function readCursor(cursor: unknown, fingerprint: string): KeyValues | 'damaged' | 'foreign' {
  if (typeof cursor !== 'string' || cursor.length > MAX_CURSOR_LENGTH || !/^[\w-]+$/.test(cursor)) return 'damaged';
  const json = payloadOf(cursor);
  if (json === null) return 'damaged';
  const [version, ordering, values] = json;
  if (version !== VERSION || ordering !== fingerprint) return 'foreign';
  return Array.isArray(values) && values.every((value) => value === null || typeof value === 'string') ? (values as KeyValues) : 'damaged';
}

function payloadOf(cursor: string): readonly unknown[] | null {
  try {
    const bytes = Uint8Array.from(atob(cursor.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes),
      json = text.slice(CHECK_LENGTH);
    // The last character may have bits that stand for nothing.
    if (text.slice(0, CHECK_LENGTH) !== checkOf(json) || encoded(text) !== cursor) return null;
    const payload: unknown = JSON.parse(json);
    return Array.isArray(payload) ? payload : null;
  } catch {
    return null;
  }
}

/** Reads and writes the server's own text of a value. */
const AS_WRITTEN: Codec<string> = Object.freeze({
  text: Object.freeze({ encode: (text: string) => text, decode: (text: string) => text }),
  literal: quoteLiteral,
  json: Object.freeze({ encode: (text: string) => text, decode: String }),
});

const written = new WeakMap<ValueKind, ValueKind<string>>();

/** The kind with its values as the server writes them. */
export function asWritten(kind: ValueKind): ValueKind<string> {
  let same = written.get(kind);
  if (same === undefined) written.set(kind, (same = refineKind<string>(kind as ValueKind<string>, { codec: AS_WRITTEN })));
  return same;
}

/**
 * Whether the text is of a value of the kind. Documents are not held against their schema, which may have changed since they were stored. What is no field of the
 * row may be finer than a Date.
 */
export function isOfKind(text: string, kind: ValueKind): boolean {
  const { codec, comparison, validate } = kind.codec === timestamptzKind.codec ? instantKind : kind;
  try {
    const value: unknown = codec.text.decode(text);
    return comparison === null || validate(value) === null;
  } catch {
    return false;
  }
}
