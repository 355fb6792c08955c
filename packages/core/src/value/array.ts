// One-dimensional arrays, as columns and as parameters (`= ANY($1::bigint[])`, `unnest($1::text[])`).

import type { BinaryCodec, Codec, WireBytes } from './codec.ts';
import type { Problem, ValueKind } from './kind.ts';
import { quoteLiteral } from '../ident/identifier.ts';

const codecs = new WeakMap<Codec<any>, Map<string, Codec<any>>>();

/**
 * The codec for arrays over `element`: one, so that columns of two models are read alike. NULL elements are written; reading one is a failure unless `allowsNull`.
 */
export function arrayCodec<Value>(element: Codec<Value>, castType: string, allowsNull = false): Codec<readonly (Value | null)[]> {
  let known = codecs.get(element);
  if (known === undefined) codecs.set(element, (known = new Map<string, Codec<any>>()));
  const key = `${castType} ${allowsNull}`;
  let codec = known.get(key) as Codec<readonly (Value | null)[]> | undefined;
  if (codec === undefined) known.set(key, (codec = listCodec(element, castType, allowsNull)));
  return codec;
}

function listCodec<Value>(element: Codec<Value>, castType: string, allowsNull: boolean): Codec<readonly (Value | null)[]> {
  const { binary } = element;
  const codec: Codec<readonly (Value | null)[]> = {
    text: { encode: (values) => encodeArray(values, element), decode: (text) => decodeArray(text, element, allowsNull) },
    literal: (values) => `${quoteLiteral(encodeArray(values, element))}::${castType}[]`,
    json: {
      encode: (values) => values.map((value) => (value === null ? null : element.json.encode(value))),
      decode: (json) => {
        if (!Array.isArray(json)) throw new TypeError('an array is wanted');
        return json.map((value) => (value === null ? (allowsNull ? null : nullElement()) : element.json.decode(value)));
      },
    },
    ...(binary === undefined ? {} : { binary: binaryArrayCodec(binary, allowsNull) }),
  };
  return Object.freeze(codec);
}

const int32At = (bytes: WireBytes, at: number): number =>
  (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;

/**
 * The binary form of an array: dimensions, a flag for NULLs, the element OID, then per dimension its length and lower bound, then the elements.
 * Source: `array_send` and `array_recv` in the server's src/backend/utils/adt/arrayfuncs.c.
 */
function binaryArrayCodec<Value>(element: BinaryCodec<Value>, allowsNull: boolean): BinaryCodec<readonly (Value | null)[]> {
  const { decode, encode } = element;
  return {
    oid: element.arrayOid,
    arrayOid: 0,
    ...(decode === undefined
      ? {}
      : {
          decode: (bytes, start) => {
            const dimensions = int32At(bytes, start);
            if (dimensions === 0) return [];
            if (dimensions !== 1 || int32At(bytes, start + 16) !== 1) notAList();
            const values = new Array<Value | null>(int32At(bytes, start + 12));
            let at = start + 20;
            for (let index = 0; index < values.length; index++) {
              const length = int32At(bytes, at);
              at += 4;
              if (length < 0) values[index] = allowsNull ? null : nullElement();
              else {
                values[index] = decode(bytes, at, at + length);
                at += length;
              }
            }
            return values;
          },
        }),
    ...(encode === undefined
      ? {}
      : {
          encode: (writer, values) => {
            writer.int32(values.length === 0 ? 0 : 1);
            writer.int32(values.includes(null) ? 1 : 0);
            writer.int32(element.oid);
            if (values.length === 0) return;
            writer.int32(values.length);
            writer.int32(1);
            for (const value of values) {
              if (value === null) writer.int32(-1);
              else {
                const mark = writer.beginSized();
                encode(writer, value);
                writer.endSized(mark);
              }
            }
          },
        }),
  };
}

function nullElement(): never {
  throw new TypeError('an array element is NULL, which the field does not allow');
}
function notAList(): never {
  throw new TypeError('the array has several dimensions or a lower bound other than 1');
}

/** Characters that force an element into quotes. Source: the manual, 8.15.6 Array Input and Output Syntax. */
const NEEDS_QUOTES = /[{}",\\\s]|^$|^null$/i;

const NEEDS_ESCAPES = /["\\]/;

/** A loop without `map` and `join`, and no `replace` where nothing is to be replaced: 106 ns for two short texts and writing them, against 262. */
function encodeArray<Value>(values: readonly (Value | null)[], element: Codec<Value>): string {
  let literal = '{';
  for (let index = 0; index < values.length; index++) {
    if (index > 0) literal += ',';
    const value = values[index]!;
    if (value === null) {
      literal += 'NULL';
      continue;
    }
    const text = element.text.encode(value);
    if (!NEEDS_QUOTES.test(text)) literal += text;
    else literal += `"${NEEDS_ESCAPES.test(text) ? text.replace(/["\\]/g, '\\$&') : text}"`;
  }
  return `${literal}}`;
}

function decodeArray<Value>(text: string, element: Codec<Value>, allowsNull: boolean): (Value | null)[] {
  if (text.charCodeAt(0) !== 123) notAList();
  const values: (Value | null)[] = [];
  const end = text.length - 1;
  for (let at = 1; at < end; at++) {
    let raw: string | null = '';
    if (text[at] === '"') {
      for (at++; text[at] !== '"'; at++) {
        if (text[at] === '\\') at++;
        raw += text[at]!;
      }
      at++;
    } else {
      if (text[at] === '{') notAList();
      let stop = text.indexOf(',', at);
      if (stop < 0) stop = end;
      raw = text.slice(at, stop);
      if (raw === 'NULL') raw = null;
      at = stop;
    }
    values.push(raw === null ? (allowsNull ? null : nullElement()) : element.text.decode(raw));
  }
  return values;
}

/** An array column. Elements are not NULL. */
export function arrayKind<Value>(element: ValueKind<Value>): ValueKind<readonly Value[]> {
  const validate = (value: unknown): Problem | null => {
    if (!Array.isArray(value)) return { rule: 'type', message: 'must be an array' };
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      if (item === null || item === undefined) return { rule: 'not_null', message: 'must not be null', index };
      const problem = element.validate(item);
      if (problem !== null) return { ...problem, index };
    }
    return null;
  };
  const { comparison } = element;
  return Object.freeze({
    name: 'array',
    sqlType: `${element.sqlType}[]`,
    castType: `${element.castType}[]`,
    operations: 'array',
    defaultIndex: 'gin',
    isMutable: true,
    isArrayElement: false,
    element,
    validate,
    codec: arrayCodec(element.codec, element.castType) as Codec<readonly Value[]>,
    comparison:
      comparison === null
        ? null
        : { equal: (left, right) => left.length === right.length && left.every((value, index) => comparison.equal(value, right[index]!)) },
    ...(element.extensions === undefined ? {} : { extensions: element.extensions }),
    ...(element.enumType === undefined ? {} : { enumType: element.enumType }),
  } satisfies ValueKind<readonly Value[]>);
}
