// The types of the generated models as the independent answer knows them: how values are compared, what stands for them in JavaScript, and exact arithmetic of decimals.
// Nothing here comes from the packages under test but the field builders.

import { f, pgEnum } from '@djogi/core';
import { Temporal } from 'temporal-polyfill';

export type TypeName =
  | 'small'
  | 'int'
  | 'safe'
  | 'big'
  | 'dec'
  | 'double'
  | 'bool'
  | 'text'
  | 'enum'
  | 'date'
  | 'at'
  | 'uuid'
  | 'texts'
  | 'ints';

/** A decimal: digits without their point, and how many stand after it. */
export interface Dec {
  readonly digits: bigint;
  readonly scale: number;
}

/** A value of the independent answer. Dates are their ISO text, moments milliseconds. */
export type Value = null | number | bigint | boolean | string | Dec | readonly Value[];

const ten = (exponent: number): bigint => 10n ** BigInt(exponent);
const rescaled = ({ digits, scale }: Dec, to: number): bigint => digits * ten(to - scale);
const absolute = (digits: bigint): bigint => (digits < 0n ? -digits : digits);

/** The quotient rounded half away from zero. */
function roundedQuotient(dividend: bigint, divisor: bigint): bigint {
  const twice = absolute(dividend) * 2n + absolute(divisor),
    quotient = twice / (absolute(divisor) * 2n);
  return dividend < 0n !== divisor < 0n ? -quotient : quotient;
}

export function decimal(text: string): Dec {
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)!;
  return { digits: BigInt(`${sign}${whole}${fraction}`), scale: fraction.length };
}
export function decimalText({ digits, scale }: Dec): string {
  const text = absolute(digits)
    .toString()
    .padStart(scale + 1, '0');
  return `${digits < 0n ? '-' : ''}${text.slice(0, text.length - scale)}${scale === 0 ? '' : `.${text.slice(-scale)}`}`;
}
export const decimalOf = (integer: number | bigint): Dec => ({ digits: BigInt(integer), scale: 0 });
/** The double nearest to it. */
export const doubleOf = (dec: Dec): number => Number(decimalText(dec));

export const DECIMALS = {
  add: (a: Dec, b: Dec): Dec => {
    const scale = Math.max(a.scale, b.scale);
    return { digits: rescaled(a, scale) + rescaled(b, scale), scale };
  },
  neg: ({ digits, scale }: Dec): Dec => ({ digits: -digits, scale }),
  sub: (a: Dec, b: Dec): Dec => DECIMALS.add(a, DECIMALS.neg(b)),
  mul: (a: Dec, b: Dec): Dec => ({ digits: a.digits * b.digits, scale: a.scale + b.scale }),
  mod: (a: Dec, b: Dec): Dec => {
    const scale = Math.max(a.scale, b.scale);
    return { digits: rescaled(a, scale) % rescaled(b, scale), scale };
  },
  /** With as many digits as the server keeps. Source: `select_div_scale` in the server's src/backend/utils/adt/numeric.c. */
  div: (a: Dec, b: Dec): Dec => {
    const left = leadingGroup(a),
      right = leadingGroup(b);
    const weight = left.weight - right.weight - (left.group <= right.group ? 1 : 0);
    const scale = Math.min(Math.max(16 - weight * 4, a.scale, b.scale, 0), 1000);
    return { digits: roundedQuotient(a.digits * ten(scale + b.scale - a.scale), b.digits), scale };
  },
  round: (a: Dec, places: number): Dec => {
    const scale = Math.max(places, 0);
    if (places >= a.scale) return { digits: rescaled(a, places), scale: places };
    return { digits: roundedQuotient(a.digits, ten(a.scale - places)) * ten(scale - places), scale };
  },
  floor: ({ digits, scale }: Dec): Dec => {
    const unit = ten(scale),
      whole = digits / unit;
    return { digits: digits < 0n && digits % unit !== 0n ? whole - 1n : whole, scale: 0 };
  },
  compare: (a: Dec, b: Dec): number => {
    const scale = Math.max(a.scale, b.scale),
      left = rescaled(a, scale),
      right = rescaled(b, scale);
    return left < right ? -1 : left > right ? 1 : 0;
  },
};

/** The first group of four digits that is not zero, and its place: 0 has the group before the point. Zero is all zeros. */
function leadingGroup(dec: Dec): { weight: number; group: number } {
  const [whole = '', fraction = ''] = decimalText({ ...dec, digits: absolute(dec.digits) }).split('.');
  const groups = whole.padStart(Math.ceil(whole.length / 4) * 4, '0') + fraction.padEnd(Math.ceil(fraction.length / 4) * 4, '0');
  for (let at = 0; at < groups.length; at += 4) {
    const group = Number(groups.slice(at, at + 4));
    if (group !== 0) return { weight: Math.ceil(whole.length / 4) - 1 - at / 4, group };
  }
  return { weight: 0, group: 0 };
}

/** By code point, which is how the servers of the tests sort text. */
function compareTexts(left: string, right: string): number {
  const a = Array.from(left, (letter) => letter.codePointAt(0)!),
    b = Array.from(right, (letter) => letter.codePointAt(0)!);
  for (let at = 0; at < Math.min(a.length, b.length); at++) if (a[at] !== b[at]) return a[at]! - b[at]!;
  return a.length - b.length;
}
/** NaN is above everything and equal to itself. */
const compareNumbers = (left: number, right: number): number =>
  left < right ? -1 : left > right ? 1 : left === right ? 0 : Number(Number.isNaN(left)) - Number(Number.isNaN(right));

export const Level = (name: string) => pgEnum(name, LEVELS);
/** Not in the order of the alphabet. */
export const LEVELS = ['zulu', 'alpha', 'mike'] as const;

interface Type {
  readonly compare: (left: any, right: any) => number;
  /** What the packages are given. */
  readonly toJs: (value: any) => unknown;
  /** What the packages gave; throws for a value of another JavaScript type. */
  readonly fromJs: (given: any) => Value;
  /** For `literal` and `cast`. */
  readonly field: () => any;
  /** A text per value: two are the same exactly when the values are. */
  readonly key: (value: any) => string;
}

function wanted(given: unknown, type: string): never {
  throw new TypeError(`${typeof given} ${String(given)} came back where a ${type} was expected`);
}
const numberType = (field: () => any, isWhole: boolean): Type => ({
  compare: compareNumbers,
  toJs: (value) => value,
  fromJs: (given) => (typeof given === 'number' && (!isWhole || Number.isSafeInteger(given)) ? given : wanted(given, 'number')),
  field,
  key: (value: number) => String(value + 0),
});
const stringType = (field: () => any, compare: (left: string, right: string) => number): Type => ({
  compare,
  toJs: (value) => value,
  fromJs: (given) => (typeof given === 'string' ? given : wanted(given, 'string')),
  field,
  key: (value) => JSON.stringify(value),
});
const listType = (field: () => any, element: TypeName): Type => ({
  compare: (left: Value[], right: Value[]) => {
    for (let at = 0; at < Math.min(left.length, right.length); at++) {
      const sign = TYPES[element].compare(left[at], right[at]);
      if (sign !== 0) return sign;
    }
    return left.length - right.length;
  },
  toJs: (value) => value,
  fromJs: (given) =>
    Array.isArray(given) ? given.map((item: unknown) => (item === null ? null : TYPES[element].fromJs(item))) : wanted(given, 'list'),
  field,
  key: (value: Value[]) => `[${value.map((item) => keyOf(element, item)).join(', ')}]`,
});
const byPlace = (left: string, right: string): number => LEVELS.indexOf(left as never) - LEVELS.indexOf(right as never);
const plainOrder = (left: string | number | bigint, right: string | number | bigint): number => (left < right ? -1 : left > right ? 1 : 0);

export const TYPES: Readonly<Record<TypeName, Type>> = {
  small: numberType(() => f.smallint(), true),
  int: numberType(() => f.int(), true),
  safe: numberType(() => f.safeInt(), true),
  big: {
    compare: plainOrder,
    toJs: (value) => value,
    fromJs: (given) => (typeof given === 'bigint' ? given : wanted(given, 'bigint')),
    field: () => f.bigint(),
    key: (value: bigint) => `${value}n`,
  },
  dec: {
    compare: DECIMALS.compare,
    toJs: decimalText,
    fromJs: (given) => (typeof given === 'string' ? decimal(given) : wanted(given, 'decimal string')),
    field: () => f.decimal(),
    key: (value: Dec) => `${decimalText(value).replace(/^-(?=[0.]*$)|(?:\.0*|(?<=\.\d*?[1-9])0+)$/g, '')}d`,
  },
  double: numberType(() => f.double(), false),
  bool: {
    compare: (left: boolean, right: boolean) => Number(left) - Number(right),
    toJs: (value) => value,
    fromJs: (given) => (typeof given === 'boolean' ? given : wanted(given, 'boolean')),
    field: () => f.boolean(),
    key: String,
  },
  text: stringType(() => f.text(), compareTexts),
  // The field is the world's own.
  enum: stringType(() => f.text(), byPlace),
  date: {
    compare: plainOrder,
    toJs: (value: string) => Temporal.PlainDate.from(value),
    fromJs: (given) => (given instanceof Temporal.PlainDate ? given.toString() : wanted(given, 'PlainDate')),
    field: () => f.date(),
    key: (value) => `date ${value}`,
  },
  at: {
    compare: plainOrder,
    toJs: (value: number) => new Date(value),
    fromJs: (given) => (given instanceof Date ? given.getTime() : wanted(given, 'Date')),
    field: () => f.timestamptz(),
    key: (value) => `at ${value}`,
  },
  uuid: stringType(() => f.uuid(), plainOrder),
  texts: listType(() => f.array(f.text()), 'text'),
  ints: listType(() => f.array(f.int()), 'int'),
};

export const keyOf = (type: TypeName, value: Value): string => (value === null ? 'null' : TYPES[type].key(value));
export const toJs = (type: TypeName, value: Value): unknown => (value === null ? null : TYPES[type].toJs(value));
export const fromJs = (type: TypeName, given: unknown): Value => (given === null ? null : TYPES[type].fromJs(given));
export const isEqual = (type: TypeName, left: Value, right: Value): boolean => TYPES[type].compare(left, right) === 0;

export interface Placing {
  readonly direction: 'asc' | 'desc';
  readonly nulls: 'first' | 'last' | undefined;
}
/** As ORDER BY has it: NULL is last when ascending and first when descending, unless told. */
export function placed(type: TypeName, left: Value, right: Value, { direction, nulls }: Placing): number {
  if (left === null || right === null) {
    if (left === right) return 0;
    return (left === null) === ((nulls ?? (direction === 'asc' ? 'last' : 'first')) === 'first') ? -1 : 1;
  }
  const sign = TYPES[type].compare(left, right);
  return direction === 'asc' ? sign : -sign;
}
