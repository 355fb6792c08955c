// HeerId: 63 bits of time, node and sequence in a signed 64-bit integer, carried as a canonical decimal string. Pure; owns the bit layout, the
// flip to the newest-first form, and the checks of the text form. Generating ids is the database's work.
//
// Source: bits 62-22 milliseconds since the epoch, 21-13 node, 12-0 sequence; bit 63 is always 0.

import { IdError } from '../error/instance-error.ts';
import { expectBitField } from './bit-field.ts';
import type { Id, ParsedId } from './brand.ts';
import { millisecondsOf, type EpochOption } from './epoch.ts';

export type HeerIdKind = 'heerIdDesc' | 'heerId';

/** 64 bits as a canonical decimal string, branded by table and order. The default order is newest first; user code mostly writes `Person['id']`. */
export type HeerId<Table extends string = string, Order extends HeerIdKind = 'heerIdDesc'> = Id<Order, string, Table>;
/** The newest-first form, spelled like its codec. */
export type HeerIdDesc<Table extends string = string> = HeerId<Table, 'heerIdDesc'>;

/** What an id says, un-flipped. Units: `timestampMs` in milliseconds since the epoch of the installation. */
export interface HeerIdParts {
  readonly timestampMs: bigint;
  readonly nodeId: number;
  readonly sequence: number;
}

export interface HeerIdCodec<Order extends HeerIdKind> {
  readonly kind: Order;
  readonly ZERO: HeerId<never, Order>;
  readonly MAX_TIMESTAMP: bigint;
  readonly MAX_NODE: number;
  readonly MAX_SEQUENCE: number;
  /** Errors: ID_TIMESTAMP_OUT_OF_RANGE, ID_NODE_OUT_OF_RANGE, ID_SEQUENCE_OUT_OF_RANGE, each with `value` and `bits`. Never masks. */
  fromParts<Table extends string = string>(parts: HeerIdParts): HeerId<Table, Order>;
  parts(id: HeerId<string, Order>): HeerIdParts;
  /** Accepts ASCII digits, with leading zeros, up to 2^63 - 1, or a safe non-negative integer. Errors: ID_NEGATIVE, ID_INVALID_STRING. */
  parse<Table extends string = string>(value: unknown): HeerId<Table, Order>;
  safeParse<Table extends string = string>(value: unknown): ParsedId<HeerId<Table, Order>>;
  /** True for the canonical form only. */
  is(value: unknown): value is HeerId<string, Order>;
  /** Errors: ID_NEGATIVE, ID_INVALID_STRING above 2^63 - 1. */
  fromBigInt<Table extends string = string>(bits: bigint): HeerId<Table, Order>;
  toBigInt(id: HeerId<string, Order>): bigint;
  /** In stored order: -1, 0 or 1. Never compare ids with `<`, which compares text. */
  compare(left: HeerId<string, Order>, right: HeerId<string, Order>): -1 | 0 | 1;
  equals(left: HeerId<string, Order>, right: HeerId<string, Order>): boolean;
  isZero(id: HeerId<string, Order>): boolean;
  /** When the id was made. The epoch is 2026-01-01 unless the installation chose another. */
  toDate(id: HeerId<string, Order>, options?: EpochOption): Date;
}

export interface AscendingHeerIdCodec extends HeerIdCodec<'heerId'> {
  /** The newest-first form of the same moment, node and sequence. */
  toDesc<Table extends string>(id: HeerId<Table, 'heerId'>): HeerId<Table, 'heerIdDesc'>;
  toDesc<Table extends string>(ids: readonly HeerId<Table, 'heerId'>[]): HeerId<Table, 'heerIdDesc'>[];
}

export interface DescendingHeerIdCodec extends HeerIdCodec<'heerIdDesc'> {
  /** The oldest-first form of the same moment, node and sequence. */
  toAscending<Table extends string>(id: HeerId<Table, 'heerIdDesc'>): HeerId<Table, 'heerId'>;
  toAscending<Table extends string>(ids: readonly HeerId<Table, 'heerIdDesc'>[]): HeerId<Table, 'heerId'>[];
}

/** Time and sequence are inverted, node and sign kept: so a flipped id is never negative, and ties in time stay ordered by node. */
export const HEER_FLIP_MASK = 0x7fff_ffff_ffc0_1fffn;
const MAX_TIMESTAMP = 2n ** 41n - 1n,
  MAX_NODE = 511,
  MAX_SEQUENCE = 8191;
/** 2^63 - 1. */
export const MAX_HEER_ID_TEXT = '9223372036854775807';

/**
 * Says whether `value` is a HeerId in canonical decimal form.
 *
 * Cost: one pass over the digits, no allocation and no bigint; 19 digits are compared as text, which for equal lengths is the numeric order.
 */
export function isHeerIdText(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  const { length } = value;
  if (length === 0 || length > 19) return false;
  for (let at = 0; at < length; at++) {
    const digit = value.charCodeAt(at);
    if (digit < 48 || digit > 57) return false;
  }
  return (length === 1 || value.charCodeAt(0) !== 48) && (length < 19 || value <= MAX_HEER_ID_TEXT);
}

/** Negative, zero or positive, in the numeric order of two canonical ids. */
export function compareHeerIds(left: string, right: string): -1 | 0 | 1 {
  if (left === right) return 0;
  return (left.length === right.length ? left < right : left.length < right.length) ? -1 : 1;
}

/** The canonical text of `value`, or the error to throw. */
export function readHeerId(value: unknown): string | IdError {
  if (isHeerIdText(value)) return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value < 0 ? negative() : String(value + 0);
  if (typeof value === 'string') {
    if (/^-[0-9]+$/.test(value)) return negative();
    const digits = /^0+([0-9]+)$/.exec(value)?.[1];
    if (digits !== undefined) {
      const canonical = digits.replace(/^0+(?=[0-9])/, '');
      if (isHeerIdText(canonical)) return canonical;
    }
  }
  return new IdError(
    'ID_INVALID_STRING',
    'A HeerId is a decimal integer from 0 to 2^63 - 1, as a string of digits without sign or spaces. Numbers beyond 2^53 have lost digits: pass a string.',
  );
}

const negative = (): IdError =>
  new IdError('ID_NEGATIVE', 'A HeerId is never negative. Check where the value came from: bit 63 of an id is always 0.');

function heerIdCodec<Order extends HeerIdKind>(kind: Order, mask: bigint): HeerIdCodec<Order> {
  type Brand = HeerId<any, Order>;
  return {
    kind,
    ZERO: '0' as HeerId<never, Order>,
    MAX_TIMESTAMP,
    MAX_NODE,
    MAX_SEQUENCE,
    fromParts({ timestampMs, nodeId, sequence }) {
      expectBitField('HeerId', 'TIMESTAMP', timestampMs, 41);
      expectBitField('HeerId', 'NODE', nodeId, 9);
      expectBitField('HeerId', 'SEQUENCE', sequence, 13);
      return String(((timestampMs << 22n) | BigInt(nodeId * 8192 + sequence)) ^ mask) as Brand;
    },
    parts(id) {
      const bits = BigInt(id) ^ mask,
        low = Number(bits & 0x3f_ffffn);
      return { timestampMs: bits >> 22n, nodeId: low >> 13, sequence: low & 8191 };
    },
    parse(value) {
      const text = readHeerId(value);
      if (typeof text !== 'string') throw text;
      return text as Brand;
    },
    safeParse(value) {
      const text = readHeerId(value);
      return typeof text === 'string' ? { ok: true, value: text as Brand } : { ok: false, error: text };
    },
    is: (value): value is Brand => isHeerIdText(value),
    fromBigInt(bits) {
      const text = readHeerId(String(bits));
      if (typeof text !== 'string') throw text;
      return text as Brand;
    },
    toBigInt: (id) => BigInt(id),
    compare: compareHeerIds,
    equals: (left, right) => left === right,
    isZero: (id) => id === '0',
    toDate: (id, options) => millisecondsOf((BigInt(id) ^ mask) >> 22n, options),
  };
}

function flip(ids: string | readonly string[]): any {
  const flipOne = (id: string): string => String(BigInt(id) ^ HEER_FLIP_MASK);
  return typeof ids === 'string' ? flipOne(ids) : ids.map(flipOne);
}

/** The codec of ascending HeerIds (kind `heerId`): stored order is oldest first. */
export const HeerId: AscendingHeerIdCodec = Object.freeze({ ...heerIdCodec('heerId', 0n), toDesc: flip });

/** The codec of newest-first HeerIds (kind `heerIdDesc`, the default key). `parts` are the logical ones. */
export const HeerIdDesc: DescendingHeerIdCodec = Object.freeze({ ...heerIdCodec('heerIdDesc', HEER_FLIP_MASK), toAscending: flip });
