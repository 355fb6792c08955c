// uuid and bytea.

import type { ValueKind } from './kind.ts';
import { quoteLiteral } from '../ident/identifier.ts';
import { compareCodePoints, expectString } from './text.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A UUID as its canonical lower-case text. Any version is accepted; upper case is refused rather than changed silently. */
export const uuidKind: ValueKind<string> = Object.freeze({
  name: 'uuid',
  sqlType: 'uuid',
  castType: 'uuid',
  operations: 'ordered',
  aggregation: { extremes: { min: 'min', max: 'max', isCast: true, asText: true } },
  validate: (value) =>
    typeof value === 'string' && UUID.test(value) ? null : { rule: 'type', message: 'must be a UUID in lower-case hyphenated form' },
  comparison: { equal: (left, right) => left === right, compare: compareCodePoints, isOrderPortable: true },
  codec: {
    text: { encode: (value) => value, decode: (text) => text, decodeBytes: (bytes, start, end) => bytes.latin1Slice(start, end) },
    binary: {
      oid: 2950,
      arrayOid: 2951,
      encode: (writer, value) => {
        writer.int32((hex16(value, 0) << 16) | hex16(value, 4));
        writer.int32((hex16(value, 9) << 16) | hex16(value, 14));
        writer.int32((hex16(value, 19) << 16) | hex16(value, 24));
        writer.int32((hex16(value, 28) << 16) | hex16(value, 32));
      },
    },
    literal: (value) => `'${value}'::uuid`,
    json: { encode: (value) => value, decode: expectString },
  },
} satisfies ValueKind<string>);

/** Four lower-case hexadecimal digits. A letter has bit 6 set and counts from 1, a digit from 0. In all 56 ns a UUID; `Number.parseInt` byte by byte took 375. */
function hex16(text: string, at: number): number {
  const a = text.charCodeAt(at),
    b = text.charCodeAt(at + 1),
    c = text.charCodeAt(at + 2),
    d = text.charCodeAt(at + 3);
  return (
    (((a & 15) + (a >> 6) * 9) << 12) | (((b & 15) + (b >> 6) * 9) << 8) | (((c & 15) + (c >> 6) * 9) << 4) | ((d & 15) + (d >> 6) * 9)
  );
}

function hexOf(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) hex += (byte < 16 ? '0' : '') + byte.toString(16);
  return hex;
}

function bytesOfHex(text: string): Uint8Array {
  if (!text.startsWith('\\x')) throw new TypeError('bytea arrived in escape format: set bytea_output to hex');
  const bytes = new Uint8Array((text.length - 2) / 2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(text.slice(2 + at * 2, 4 + at * 2), 16);
  return bytes;
}

/** A plain Uint8Array of its own: `slice` of a Buffer would be a Buffer, which prints itself otherwise in JSON. */
function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start);
  copy.set(bytes.subarray(start, end));
  return copy;
}

function base64Of(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}

/** bytea. The array read back is a copy of its own, never a view of a network buffer. In JSON: base64. */
export const byteaKind: ValueKind<Uint8Array> = Object.freeze({
  name: 'bytea',
  sqlType: 'bytea',
  castType: 'bytea',
  operations: 'ordered',
  isMutable: true,
  isArrayElement: false,
  validate: (value) => (value instanceof Uint8Array ? null : { rule: 'type', message: 'must be a Uint8Array' }),
  comparison: { equal: (left, right) => compareBytes(left, right) === 0, compare: compareBytes, isOrderPortable: true },
  codec: {
    text: { encode: (value) => `\\x${hexOf(value)}`, decode: bytesOfHex },
    binary: { oid: 17, arrayOid: 1001, decode: copyOf, encode: (writer, value) => writer.bytes(value) },
    literal: (value) => `${quoteLiteral(`\\x${hexOf(value)}`)}::bytea`,
    json: { encode: base64Of, decode: (json) => Uint8Array.from(atob(expectString(json)), (char) => char.charCodeAt(0)) },
  },
} satisfies ValueKind<Uint8Array>);

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) if (left[at] !== right[at]) return left[at]! - right[at]!;
  return left.length - right.length;
}
