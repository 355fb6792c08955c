// HeerId and RanjId as value types: how they travel, compare and are checked. They read as text, which needs no work beyond a copy out of the
// buffer, and are written in binary where the server has described the parameter.

import { IdError } from '../error/instance-error.ts';
import type { Codec, WireBytes, WireWriter } from '../value/codec.ts';
import type { ValueKind } from '../value/kind.ts';
import { compareHeerIds, isHeerIdText, MAX_HEER_ID_TEXT, readHeerId, type HeerIdKind } from './heer-id.ts';
import { compareRanjIds, isRanjIdText, layoutProblem, readRanjId, type RanjIdKind } from './ranj-id.ts';

function canonical(id: string | IdError): string {
  if (typeof id !== 'string') throw id;
  return id;
}

/** The server writes int8 canonically, so that only the sign is left to check. */
function storedHeerId(text: string): string {
  return text.charCodeAt(0) === 45 ? canonical(readHeerId(text)) : text;
}

/**
 * Writes a canonical HeerId as int8.
 *
 * Cost: one pass that checks and reads the digits, without a bigint or a substring: 59 ns for 19 digits; a check and BigInt 65 to 98 ns and an allocation
 * (bench/id-generation.ts). The id is `head * 10^9 + tail`; head * 10^9 does not fit in 53 bits, so head is split once more, and every product below is an exact double.
 */
function writeHeerId(writer: WireWriter, id: string): void {
  const { length } = id,
    split = length > 9 ? length - 9 : 0;
  let head = 0,
    tail = 0,
    at = 0,
    isNumeric = length > 0 && length <= 19;
  // Unsigned, what is below '0' is large too.
  for (; at < split; at++) {
    const digit = id.charCodeAt(at) - 48;
    if (digit >>> 0 > 9) isNumeric = false;
    head = head * 10 + digit;
  }
  for (; at < length; at++) {
    const digit = id.charCodeAt(at) - 48;
    if (digit >>> 0 > 9) isNumeric = false;
    tail = (tail * 10 + digit) | 0;
  }
  if (!isNumeric || (length === 19 && id > MAX_HEER_ID_TEXT) || (length > 1 && id.charCodeAt(0) === 48)) throw refused(id);
  const headHigh = Math.floor(head / 0x2_0000);
  // id = upper * 2^17 + lower, with upper below 2^47 and lower below 2^48.
  const upper = headHigh * 1e9,
    lower = (head - headHigh * 0x2_0000) * 1e9 + tail;
  const upperHigh = Math.floor(upper / 0x8000);
  const rest = (upper - upperHigh * 0x8000) * 0x2_0000 + lower;
  const carry = Math.floor(rest / 0x1_0000_0000);
  writer.int32((upperHigh + carry) | 0);
  writer.int32((rest - carry * 0x1_0000_0000) | 0);
}

/** What is wrong with an id that only its canonical form would allow to be written. */
function refused(id: string): IdError {
  const read = readHeerId(id);
  return typeof read === 'string'
    ? new IdError('ID_INVALID_STRING', 'A HeerId is written in canonical form, without leading zeros. Parse it with HeerId.parse first.')
    : read;
}

const heerIdCodec: Codec<string> = Object.freeze({
  text: {
    encode: (id) => {
      if (!isHeerIdText(id)) throw refused(id);
      return id;
    },
    decode: storedHeerId,
    decodeBytes: (bytes: WireBytes, start: number, end: number) => storedHeerId(bytes.latin1Slice(start, end)),
  },
  binary: { oid: 20, arrayOid: 1016, encode: writeHeerId },
  literal: (id) => `'${canonical(readHeerId(id))}'::bigint`,
  json: { encode: (id) => id, decode: (json) => canonical(readHeerId(json)) },
} satisfies Codec<string>);

/** The server writes UUIDs in canonical form, so that only version and variant are left to check. */
function storedRanjId(text: string): string {
  const variant = text.charCodeAt(19);
  if (text.charCodeAt(14) === 56 && (variant === 56 || variant === 57 || variant === 97 || variant === 98)) return text;
  throw layoutProblem(text) ?? refusedUuid(text);
}

/** What is wrong with a UUID that only its canonical form would allow to be written. */
function refusedUuid(id: string): IdError {
  const read = readRanjId(id);
  return typeof read === 'string'
    ? new IdError('ID_INVALID_STRING', 'A RanjId is written in canonical form, in lower case. Parse it with RanjId.parse first.')
    : read;
}

const nibble = (text: string, at: number): number => {
  const code = text.charCodeAt(at);
  return code < 58 ? code - 48 : code - 87;
};

function writeRanjId(writer: WireWriter, id: string): void {
  if (!isRanjIdText(id)) throw refusedUuid(id);
  for (let at = 0; at < 36; at += 2) {
    if (id.charCodeAt(at) === 45) at++;
    writer.byte((nibble(id, at) << 4) | nibble(id, at + 1));
  }
}

const ranjIdCodec: Codec<string> = Object.freeze({
  text: {
    encode: (id) => {
      if (!isRanjIdText(id)) throw refusedUuid(id);
      return id;
    },
    decode: storedRanjId,
    decodeBytes: (bytes: WireBytes, start: number, end: number) => storedRanjId(bytes.latin1Slice(start, end)),
  },
  binary: { oid: 2950, arrayOid: 2951, encode: writeRanjId },
  literal: (id) => `'${canonical(readRanjId(id))}'::uuid`,
  json: { encode: (id) => id, decode: (json) => canonical(readRanjId(json)) },
} satisfies Codec<string>);

const equal = (left: string, right: string): boolean => left === right;

const heerIdKind = (name: HeerIdKind): ValueKind<string> =>
  Object.freeze({
    name,
    sqlType: 'bigint',
    castType: 'bigint',
    operations: 'ordered',
    codec: heerIdCodec,
    validate: (value) =>
      isHeerIdText(value) ? null : { rule: 'id', message: 'must be a HeerId: a decimal string from 0 to 2^63 - 1, without leading zeros' },
    comparison: { equal, compare: compareHeerIds, isOrderPortable: true },
  } satisfies ValueKind<string>);

const ranjIdKind = (name: RanjIdKind): ValueKind<string> =>
  Object.freeze({
    name,
    sqlType: 'uuid',
    castType: 'uuid',
    operations: 'ordered',
    aggregation: { extremes: { min: 'min', max: 'max', isCast: true, asText: true } },
    codec: ranjIdCodec,
    validate: (value) =>
      isRanjIdText(value) ? null : { rule: 'id', message: 'must be a RanjId: a UUID of version 8 in lower-case hyphenated form' },
    comparison: { equal, compare: compareRanjIds, isOrderPortable: true },
  } satisfies ValueKind<string>);

/** The value types of the four kinds. Values are branded strings; the kinds do not read the brand. Only canonical forms are valid on write. */
export const ID_VALUE_KINDS: { readonly [Kind in HeerIdKind | RanjIdKind]: ValueKind<string> } = Object.freeze({
  heerIdDesc: heerIdKind('heerIdDesc'),
  heerId: heerIdKind('heerId'),
  ranjId: ranjIdKind('ranjId'),
  ranjIdDesc: ranjIdKind('ranjIdDesc'),
});
