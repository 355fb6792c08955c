// RanjId: 89 bits of time, 15 of node and 16 of sequence in a UUID of version 8, carried as lower-case hyphenated text. Pure; owns the bit layout,
// the flip to the newest-first form, and the checks of the text and byte forms. Generating ids is the database's work.
//
// Source: RFC 9562 section 5.8 for version 8. From bit 127: time 88-41 (48 bits), version, time 40-29 (12), variant, precision (2), time 28-0
// (29), node (15), sequence (16). Ids are chronological only among those of one precision.

import { IdError } from '../error/instance-error.ts';
import { expectBitField } from './bit-field.ts';
import type { Id, ParsedId } from './brand.ts';
import { millisecondsOf, type EpochOption } from './epoch.ts';

export type RanjIdKind = 'ranjIdDesc' | 'ranjId';

/** A UUID as lower-case text, branded by table and order. */
export type RanjId<Table extends string = string, Order extends RanjIdKind = 'ranjId'> = Id<Order, string, Table>;
/** The newest-first form, spelled like its codec. */
export type RanjIdDesc<Table extends string = string> = RanjId<Table, 'ranjIdDesc'>;

/** The unit of an id's timestamp: micro-, nano-, pico- or femtoseconds. */
export type RanjIdPrecision = 'us' | 'ns' | 'ps' | 'fs';

/** Units: `timestamp` counts units of `precision` since the epoch of the installation. */
export interface RanjIdFields {
  readonly timestamp: bigint;
  readonly precision: RanjIdPrecision;
  readonly nodeId: number;
  readonly sequence: number;
}

/** What an id says, un-flipped. */
export interface RanjIdParts extends RanjIdFields {
  /** The same moment in whole microseconds, rounded down. */
  readonly timestampMicros: bigint;
}

export interface RanjEpochOption extends EpochOption {
  /** The `ranj_epoch_offset` of the installation, in microseconds: how far its ticks run ahead of the epoch. Default 0. */
  readonly epochOffsetMicros?: bigint;
}

export interface RanjIdCodec<Order extends RanjIdKind> {
  readonly kind: Order;
  /** The nil UUID: a placeholder in memory, which no parser accepts. */
  readonly ZERO: RanjId<never, Order>;
  readonly MAX_TIMESTAMP: bigint;
  readonly MAX_NODE: number;
  readonly MAX_SEQUENCE: number;
  /** Errors: ID_TIMESTAMP_OUT_OF_RANGE, ID_NODE_OUT_OF_RANGE, ID_SEQUENCE_OUT_OF_RANGE, ID_PRECISION_UNKNOWN, each with `value` and `bits`. Never masks. */
  fromParts<Table extends string = string>(parts: RanjIdFields): RanjId<Table, Order>;
  parts(id: RanjId<string, Order>): RanjIdParts;
  /** Accepts the hyphenated form in any case. Errors: ID_INVALID_STRING, ID_INVALID_VERSION, ID_INVALID_VARIANT. */
  parse<Table extends string = string>(value: unknown): RanjId<Table, Order>;
  safeParse<Table extends string = string>(value: unknown): ParsedId<RanjId<Table, Order>>;
  /** True for the canonical lower-case form only. */
  is(value: unknown): value is RanjId<string, Order>;
  /** From 16 bytes, big-endian, which are copied. Errors: ID_INVALID_LENGTH, ID_INVALID_VERSION, ID_INVALID_VARIANT. */
  fromBytes<Table extends string = string>(bytes: Uint8Array): RanjId<Table, Order>;
  /** 16 fresh bytes, big-endian. */
  toBytes(id: RanjId<string, Order>): Uint8Array<ArrayBuffer>;
  /** In stored order: -1, 0 or 1. */
  compare(left: RanjId<string, Order>, right: RanjId<string, Order>): -1 | 0 | 1;
  equals(left: RanjId<string, Order>, right: RanjId<string, Order>): boolean;
  isZero(id: RanjId<string, Order>): boolean;
  /** When the id was made, rounded down to milliseconds. Errors: ID_TIMESTAMP_OUT_OF_RANGE beyond the years a Date can hold. */
  toDate(id: RanjId<string, Order>, options?: RanjEpochOption): Date;
}

export interface AscendingRanjIdCodec extends RanjIdCodec<'ranjId'> {
  /** The newest-first form of the same moment, node and sequence. */
  toDesc<Table extends string>(id: RanjId<Table, 'ranjId'>): RanjId<Table, 'ranjIdDesc'>;
  toDesc<Table extends string>(ids: readonly RanjId<Table, 'ranjId'>[]): RanjId<Table, 'ranjIdDesc'>[];
}

export interface DescendingRanjIdCodec extends RanjIdCodec<'ranjIdDesc'> {
  /** The oldest-first form of the same moment, node and sequence. */
  toAscending<Table extends string>(id: RanjId<Table, 'ranjIdDesc'>): RanjId<Table, 'ranjId'>;
  toAscending<Table extends string>(ids: readonly RanjId<Table, 'ranjIdDesc'>[]): RanjId<Table, 'ranjId'>[];
}

/** Time and sequence are inverted; version, variant, precision and node kept: so a flipped id is still a UUID of version 8. */
export const RANJ_FLIP_MASK = 0xffff_ffff_ffff_0fff_0fff_ffff_8000_ffffn;
const MAX_TIMESTAMP = 2n ** 89n - 1n,
  MAX_NODE = 32767,
  MAX_SEQUENCE = 65535;
const NIL = '00000000-0000-0000-0000-000000000000';

const PRECISIONS: readonly RanjIdPrecision[] = ['us', 'ns', 'ps', 'fs'];
const UNITS_PER_MICROSECOND = { us: 1n, ns: 1_000n, ps: 1_000_000n, fs: 1_000_000_000n } as const;

const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const SHAPE = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Says whether `value` is a RanjId in canonical form: lower case, version 8, variant 10. */
export const isRanjIdText = (value: unknown): value is string => typeof value === 'string' && CANONICAL.test(value);

/** The canonical text of `value`, or the error to throw. */
export function readRanjId(value: unknown): string | IdError {
  if (isRanjIdText(value)) return value;
  if (typeof value !== 'string' || !SHAPE.test(value))
    return new IdError('ID_INVALID_STRING', 'A RanjId is a UUID in hyphenated form: 8-4-4-4-12 hexadecimal digits.');
  return layoutProblem(value) ?? value.toLowerCase();
}

/** What is wrong with the version or the variant of a UUID, given in hyphenated form. */
export function layoutProblem(uuid: string): IdError | null {
  if (uuid[14] !== '8')
    return new IdError(
      'ID_INVALID_VERSION',
      'A RanjId is a UUID of version 8. This UUID has another version: it was not made by the ranjid generators.',
    );
  const variant = uuid.charCodeAt(19) | 32;
  const isRfc = variant === 56 || variant === 57 || variant === 97 || variant === 98;
  return isRfc
    ? null
    : new IdError(
        'ID_INVALID_VARIANT',
        'A RanjId has the UUID variant of RFC 9562 (bits 10). This UUID has another: it was not made by the ranjid generators.',
      );
}

/** -1, 0 or 1: the text order of canonical UUIDs is the order of their bytes. */
export const compareRanjIds = (left: string, right: string): -1 | 0 | 1 => (left === right ? 0 : left < right ? -1 : 1);

const bitsOf = (uuid: string): bigint => BigInt(`0x${uuid.replaceAll('-', '')}`);

function textOf(bits: bigint): string {
  const hex = bits.toString(16).padStart(32, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function bitsOfParts({ timestamp, precision, nodeId, sequence }: RanjIdFields): bigint {
  expectBitField('RanjId', 'TIMESTAMP', timestamp, 89);
  expectBitField('RanjId', 'NODE', nodeId, 15);
  expectBitField('RanjId', 'SEQUENCE', sequence, 16);
  const precisionBits = PRECISIONS.indexOf(precision);
  if (precisionBits < 0)
    throw new IdError('ID_PRECISION_UNKNOWN', 'The precision of a RanjId is one of us, ns, ps and fs.', { value: precision, bits: 2 });
  const high = ((timestamp >> 41n) << 16n) | 0x8000n | ((timestamp >> 29n) & 0xfffn);
  const low = (0b10n << 62n) | (BigInt(precisionBits) << 60n) | ((timestamp & 0x1fff_ffffn) << 31n) | BigInt(nodeId * 65536 + sequence);
  return (high << 64n) | low;
}

function partsOfBits(bits: bigint): RanjIdParts {
  const timestamp = ((bits >> 80n) << 41n) | (((bits >> 64n) & 0xfffn) << 29n) | ((bits >> 31n) & 0x1fff_ffffn);
  const precision = PRECISIONS[Number((bits >> 60n) & 3n)]!;
  const low = Number(bits & 0x7fff_ffffn);
  return { timestamp, precision, nodeId: low >>> 16, sequence: low & 65535, timestampMicros: timestamp / UNITS_PER_MICROSECOND[precision] };
}

/** Rounds towards the past on both sides of the epoch. */
const floorToMilliseconds = (micros: bigint): bigint => (micros >= 0n ? micros / 1000n : -((-micros + 999n) / 1000n));

function ranjIdCodec<Order extends RanjIdKind>(kind: Order, mask: bigint): RanjIdCodec<Order> {
  type Brand = RanjId<any, Order>;
  const branded = (text: string | IdError): Brand => {
    if (typeof text !== 'string') throw text;
    return text as Brand;
  };
  return {
    kind,
    ZERO: NIL as RanjId<never, Order>,
    MAX_TIMESTAMP,
    MAX_NODE,
    MAX_SEQUENCE,
    fromParts: (parts) => textOf(bitsOfParts(parts) ^ mask) as Brand,
    parts: (id) => partsOfBits(bitsOf(id) ^ mask),
    parse: (value) => branded(readRanjId(value)),
    safeParse(value) {
      const text = readRanjId(value);
      return typeof text === 'string' ? { ok: true, value: text as Brand } : { ok: false, error: text };
    },
    is: (value): value is Brand => isRanjIdText(value),
    fromBytes(bytes) {
      if (!(bytes instanceof Uint8Array) || bytes.length !== 16)
        throw new IdError('ID_INVALID_LENGTH', 'A RanjId has exactly 16 bytes.', { length: bytes?.length });
      let bits = 0n;
      for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
      return branded(readRanjId(textOf(bits)));
    },
    toBytes(id) {
      const bytes = new Uint8Array(16);
      for (let at = 0, from = 0; at < 16; at++, from += 2) {
        if (id.charCodeAt(from) === 45) from++;
        bytes[at] = Number.parseInt(id.slice(from, from + 2), 16);
      }
      return bytes;
    },
    compare: compareRanjIds,
    equals: (left, right) => left === right,
    isZero: (id) => id === NIL,
    toDate: (id, options) =>
      millisecondsOf(floorToMilliseconds(partsOfBits(bitsOf(id) ^ mask).timestampMicros - (options?.epochOffsetMicros ?? 0n)), options),
  };
}

function flip(ids: string | readonly string[]): any {
  const flipOne = (id: string): string => textOf(bitsOf(id) ^ RANJ_FLIP_MASK);
  return typeof ids === 'string' ? flipOne(ids) : ids.map(flipOne);
}

/** The codec of ascending RanjIds (kind `ranjId`): stored order is oldest first. */
export const RanjId: AscendingRanjIdCodec = Object.freeze({ ...ranjIdCodec('ranjId', 0n), toDesc: flip });

/** The codec of newest-first RanjIds (kind `ranjIdDesc`). `parts` are the logical ones. */
export const RanjIdDesc: DescendingRanjIdCodec = Object.freeze({ ...ranjIdCodec('ranjIdDesc', RANJ_FLIP_MASK), toAscending: flip });
