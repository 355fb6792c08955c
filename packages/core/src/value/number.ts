// Integer and floating-point types. Each kind reads and writes exactly the range it declares; a stored value outside it is a decode failure, never narrowed.

import type { BinaryCodec, Codec, WireBytes, WireWriter } from './codec.ts';
import type { AggregateResult, Comparison, Problem, ValueKind } from './kind.ts';

const int16At = (bytes: WireBytes, at: number): number => ((bytes[at]! << 24) >> 16) | bytes[at + 1]!;
const int32At = (bytes: WireBytes, at: number): number =>
  (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;

/** int8 as a number; exact up to 2^53, and beyond that the caller's range check refuses it. */
const int64At = (bytes: WireBytes, at: number): number => int32At(bytes, at) * 4294967296 + (int32At(bytes, at + 4) >>> 0);

/** Writes a safe integer as int8. */
export function writeInt64(writer: WireWriter, value: number): void {
  const high = Math.floor(value / 4294967296);
  writer.int32(high);
  writer.int32((value - high * 4294967296) | 0);
}

function outOfRange(): never {
  throw new RangeError('the integer is outside the range of the field');
}

interface IntegerSpec {
  name: string;
  sqlType: 'smallint' | 'integer' | 'bigint';
  min: number;
  max: number;
  hasCheck: boolean;
}

const WIRE = {
  smallint: {
    oid: 21,
    arrayOid: 1005,
    min: -32768,
    max: 32767,
    read: int16At,
    write: (writer: WireWriter, value: number) => writer.int16(value),
  },
  integer: {
    oid: 23,
    arrayOid: 1007,
    min: -2147483648,
    max: 2147483647,
    read: int32At,
    write: (writer: WireWriter, value: number) => writer.int32(value),
  },
  bigint: { oid: 20, arrayOid: 1016, min: -(2 ** 63), max: 2 ** 63, read: int64At, write: writeInt64 },
} as const;

/** A negative literal needs parentheses before its cast: `-1::smallint` is `-(1::smallint)`. */
const integerLiteral = (value: number | bigint, type: string): string =>
  type === 'integer' ? (value < 0 ? `(${value})` : `${value}`) : `'${value}'::${type}`;

/** `avg` of integers is numeric by itself. */
function averageAsDouble(): AggregateResult {
  return { kind: doubleKind, isCast: true };
}

/** One codec for one range: columns of two models are read alike when they hold the same integers. As many as there are builders. */
const integerCodecs = new Map<string, Codec<number>>();

export function integerKind({ name, sqlType, min, max, hasCheck }: IntegerSpec): ValueKind<number> {
  const validate = (value: unknown): Problem | null => {
    if (typeof value !== 'number' || !Number.isInteger(value)) return { rule: 'type', message: 'must be an integer' };
    return value >= min && value <= max ? null : { rule: 'range', message: `must be from ${min} to ${max}` };
  };
  const key = `${sqlType} ${min} ${max}`;
  let codec = integerCodecs.get(key);
  if (codec === undefined) integerCodecs.set(key, (codec = integerCodec(sqlType, min, max, validate)));
  return Object.freeze({
    name,
    sqlType,
    castType: sqlType,
    codec,
    comparison: numberComparison,
    operations: 'number',
    validate,
    // The sum of bigints is numeric, of smaller integers bigint.
    aggregation: { sum: () => ({ kind: countKind, isCast: sqlType === 'bigint' }), average: averageAsDouble },
    ...(hasCheck ? { check: (column: string) => `${column} >= ${min} AND ${column} <= ${max}` } : {}),
  } satisfies ValueKind<number>);
}

function integerCodec(
  sqlType: IntegerSpec['sqlType'],
  min: number,
  max: number,
  validate: (value: unknown) => Problem | null,
): Codec<number> {
  const wire = WIRE[sqlType],
    { read } = wire;
  // Not a question of the CHECK: an adopted table without it may hold what the field cannot.
  const isWholeType = min <= wire.min && max >= wire.max;
  const inRange = (value: number): number => (value >= min && value <= max ? value : outOfRange());
  const binary: BinaryCodec<number> = {
    oid: wire.oid,
    arrayOid: wire.arrayOid,
    encode: wire.write,
    decode: isWholeType ? (bytes, start) => read(bytes, start) : (bytes, start) => inRange(read(bytes, start)),
  };
  return Object.freeze<Codec<number>>({
    text: { encode: String, decode: (text) => inRange(Number(text)) },
    binary,
    literal: (value) => integerLiteral(value, sqlType),
    json: {
      encode: (value) => value,
      decode: (json) => {
        if (validate(json) !== null) throw new TypeError('an integer is wanted');
        return json as number;
      },
    },
  });
}

/** Numbers as Postgres compares them: -0 equals 0, NaN equals NaN and is above everything. */
export const numberComparison: Comparison<number> = Object.freeze({
  equal: (left, right) => left === right || (left !== left && right !== right),
  compare: (left, right) =>
    left < right ? -1 : left > right ? 1 : left === right ? 0 : (left !== left ? 1 : 0) - (right !== right ? 1 : 0),
  isOrderPortable: true,
} satisfies Comparison<number>);

export const smallintKind = integerKind({ name: 'smallint', sqlType: 'smallint', min: -32768, max: 32767, hasCheck: false });
export const intKind = integerKind({ name: 'int', sqlType: 'integer', min: -2147483648, max: 2147483647, hasCheck: false });
export const safeIntSpec = { name: 'safeInt', sqlType: 'bigint', min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER } as const;
/** bigint results that are numbers by promise: counts and the like. Outside the safe range they fail to decode. */
export const countKind = integerKind({ ...safeIntSpec, name: 'safeInt', hasCheck: false });

const MIN_INT64 = -(2n ** 63n),
  MAX_INT64 = 2n ** 63n - 1n;
const scratchBytes = new Uint8Array(8);
const scratchBigInt = new BigInt64Array(scratchBytes.buffer),
  scratchFloat64 = new Float64Array(scratchBytes.buffer),
  scratchFloat32 = new Float32Array(scratchBytes.buffer, 0, 1);

/** Typed arrays have the byte order of the machine, and every machine Node runs on is little-endian but for s390x. */
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function loadScratch(bytes: WireBytes, start: number, length: number): void {
  if (IS_LITTLE_ENDIAN) for (let at = 0; at < length; at++) scratchBytes[length - 1 - at] = bytes[start + at]!;
  else for (let at = 0; at < length; at++) scratchBytes[at] = bytes[start + at]!;
}

const bigintProblem = (value: unknown): Problem | null => {
  if (typeof value === 'bigint') return value >= MIN_INT64 && value <= MAX_INT64 ? null : { rule: 'range', message: 'must fit in 64 bits' };
  if (typeof value === 'number' && Number.isSafeInteger(value)) return null;
  return { rule: 'type', message: 'must be a bigint (or a number that is a safe integer)' };
};

/** The digits of an integer out of JSON. `BigInt` alone would read '' as 0, and hexadecimal. */
function integerOfJson(json: unknown): bigint {
  if (typeof json === 'string' ? /^-?\d+$/.test(json) : Number.isSafeInteger(json)) return BigInt(json as string | number);
  throw new TypeError('an integer is wanted');
}

/** A number is accepted on write, so that one of the two may be one; `<` and `>` take both. */
const compareIntegers = (left: bigint, right: bigint): number => (left < right ? -1 : left > right ? 1 : 0);

/** `bigint` in JavaScript. A safe integer `number` is accepted on write; the value read back is always a bigint. */
export const bigintKind: ValueKind<bigint> = Object.freeze({
  name: 'bigint',
  sqlType: 'bigint',
  castType: 'bigint',
  operations: 'number',
  validate: bigintProblem,
  aggregation: { sum: sumOfWholes, average: averageAsDouble },
  comparison: { equal: (left, right) => compareIntegers(left, right) === 0, compare: compareIntegers, isOrderPortable: true },
  codec: {
    text: { encode: String, decode: BigInt },
    binary: {
      oid: 20,
      arrayOid: 1016,
      decode: (bytes, start) => {
        loadScratch(bytes, start, 8);
        return scratchBigInt[0]!;
      },
      encode: (writer, value) => {
        const bits = BigInt.asUintN(64, BigInt(value));
        writer.int32(Number(bits >> 32n) | 0);
        writer.int32(Number(bits & 0xffffffffn) | 0);
      },
    },
    literal: (value) => integerLiteral(value, 'bigint'),
    json: {
      encode: String,
      decode: (json) => {
        const value = integerOfJson(json);
        return value >= MIN_INT64 && value <= MAX_INT64 ? value : outOfRange();
      },
    },
  },
} satisfies ValueKind<bigint>);

/** bigint and numeric add up to numeric. */
function sumOfWholes(): AggregateResult {
  return { kind: wholeNumericKind, isCast: false };
}

const wholeDigits = (text: string): bigint => BigInt(text.replace(/\.0+$/, ''));

const wholeProblem = (value: unknown): Problem | null =>
  typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value))
    ? null
    : { rule: 'type', message: 'must be a bigint (or a number that is a safe integer)' };

/** Whole numbers of any size: what bigints add up to. */
export const wholeNumericKind: ValueKind<bigint> = Object.freeze({
  name: 'wholeNumeric',
  sqlType: 'numeric',
  castType: 'numeric',
  operations: 'number',
  isWhole: true,
  validate: wholeProblem,
  aggregation: { sum: sumOfWholes, average: averageAsDouble },
  comparison: bigintKind.comparison,
  codec: {
    text: { encode: String, decode: wholeDigits },
    literal: (value) => `'${value}'::numeric`,
    json: { encode: String, decode: integerOfJson },
  },
} satisfies ValueKind<bigint>);

const MAX_UINT64 = 2n ** 64n - 1n;

const inUint64 = (value: bigint): bigint => (value >= 0n && value <= MAX_UINT64 ? value : outOfRange());
const uint64Codec: Codec<bigint> = Object.freeze<Codec<bigint>>({
  text: { encode: String, decode: (text) => inUint64(wholeDigits(text)) },
  literal: (value) => `'${value}'::numeric`,
  json: { encode: String, decode: (json) => inUint64(integerOfJson(json)) },
});

/** The full unsigned 64-bit range, which only `numeric` holds. */
export function uint64Kind(hasCheck: boolean): ValueKind<bigint> {
  return Object.freeze({
    name: 'uint64',
    sqlType: 'numeric',
    castType: 'numeric',
    operations: 'number',
    isWhole: true,
    aggregation: { sum: sumOfWholes, average: averageAsDouble },
    validate: (value) => {
      const problem = wholeProblem(value);
      if (problem !== null) return problem;
      return (value as bigint) >= 0 && (value as bigint) <= MAX_UINT64
        ? null
        : { rule: 'range', message: `must be from 0 to ${MAX_UINT64}` };
    },
    comparison: bigintKind.comparison,
    codec: uint64Codec,
    ...(hasCheck ? { check: (column: string) => `${column} >= 0 AND ${column} <= ${MAX_UINT64} AND ${column} = trunc(${column})` } : {}),
  } satisfies ValueKind<bigint>);
}

/** Postgres spells the specials this way; JavaScript's `String` agrees, and `Number` reads them back. */
const floatLiteral = (value: number, type: string): string => `'${Object.is(value, -0) ? '-0' : value}'::${type}`;

/** JSON has no NaN and no infinities: they travel as strings. */
const floatJson: Codec<number>['json'] = {
  encode: (value) => (Number.isFinite(value) ? value : String(value)),
  decode: (json) => {
    if (typeof json === 'number') return json;
    if (json === 'NaN' || json === 'Infinity' || json === '-Infinity') return Number(json);
    throw new TypeError('a number is wanted');
  },
};

const encodeFloat = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

export const doubleKind: ValueKind<number> = Object.freeze({
  name: 'double',
  sqlType: 'double precision',
  castType: 'double precision',
  operations: 'number',
  comparison: numberComparison,
  validate: (value) => (typeof value === 'number' ? null : { rule: 'type', message: 'must be a number' }),
  codec: {
    text: { encode: encodeFloat, decode: Number },
    binary: {
      oid: 701,
      arrayOid: 1022,
      encode: (writer, value) => writer.float64(value),
      decode: (bytes, start) => {
        loadScratch(bytes, start, 8);
        return scratchFloat64[0]!;
      },
    },
    literal: (value) => floatLiteral(value, 'double precision'),
    json: floatJson,
  },
} satisfies ValueKind<number>);

export const realKind: ValueKind<number> = Object.freeze({
  name: 'real',
  sqlType: 'real',
  castType: 'real',
  operations: 'number',
  aggregation: { average: () => ({ kind: doubleKind, isCast: false }) },
  comparison: numberComparison,
  validate: (value) => {
    if (typeof value !== 'number') return { rule: 'type', message: 'must be a number' };
    return Object.is(Math.fround(value), value)
      ? null
      : { rule: 'precision', message: 'must be exact in 32 bits (use Math.fround, or f.double)' };
  },
  codec: {
    // The shortest decimal that identifies the float is what the server prints; rounding it to 32 bits gives the float back.
    text: { encode: encodeFloat, decode: (text) => Math.fround(Number(text)) },
    binary: {
      oid: 700,
      arrayOid: 1021,
      encode: (writer, value) => writer.float32(value),
      decode: (bytes, start) => {
        loadScratch(bytes, start, 4);
        return scratchFloat32[0]!;
      },
    },
    literal: (value) => floatLiteral(value, 'real'),
    json: floatJson,
  },
} satisfies ValueKind<number>);

export const booleanKind: ValueKind<boolean> = Object.freeze({
  name: 'boolean',
  sqlType: 'boolean',
  castType: 'boolean',
  operations: 'boolean',
  aggregation: { extremes: { min: 'bool_and', max: 'bool_or' } },
  validate: (value) => (typeof value === 'boolean' ? null : { rule: 'type', message: 'must be true or false' }),
  comparison: { equal: (left, right) => left === right, compare: (left, right) => Number(left) - Number(right), isOrderPortable: true },
  codec: {
    text: { encode: (value) => (value ? 't' : 'f'), decode: (text) => text === 't' || text === 'true' },
    binary: {
      oid: 16,
      arrayOid: 1000,
      decode: (bytes, start) => bytes[start] === 1,
      encode: (writer, value) => writer.byte(value ? 1 : 0),
    },
    literal: (value) => (value ? 'true' : 'false'),
    json: {
      encode: (value) => value,
      decode: (json) => {
        if (typeof json !== 'boolean') throw new TypeError('a boolean is wanted');
        return json;
      },
    },
  },
} satisfies ValueKind<boolean>);
