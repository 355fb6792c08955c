// Small codecs for the tests of the wire, each with the forms that a test is about: text only, a reader of bytes, both directions in binary.

import type { CompiledStatement, ResultColumn, RowShape } from '../../src/db/port.ts';
import type { Codec, WireBytes } from '../../src/value/codec.ts';

const same = (text: string): string => text;
const int32 = (bytes: WireBytes, at: number): number =>
  (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
const EPOCH_MS = 946_684_800_000;

function codec<Value>(parts: Pick<Codec<Value>, 'text' | 'binary'>): Codec<Value> {
  return { ...parts, literal: String, json: { encode: (value) => value, decode: (json) => json as Value } };
}

export const text = codec<string>({ text: { encode: same, decode: same } });
/** Text that says in which form it arrived. */
export const ascii = codec<string>({
  text: { encode: same, decode: same, decodeBytes: (bytes, start, end) => bytes.latin1Slice(start, end) },
});
export const int4 = codec<number>({
  text: { encode: String, decode: Number },
  binary: { oid: 23, arrayOid: 1007, decode: int32, encode: (writer, value) => writer.int32(value) },
});
export const bool = codec<boolean>({
  text: { encode: (value) => (value ? 't' : 'f'), decode: (value) => value === 't' },
  binary: { oid: 16, arrayOid: 1000, decode: (bytes, start) => bytes[start] === 1, encode: (writer, value) => writer.byte(value ? 1 : 0) },
});
const scratch = new DataView(new ArrayBuffer(8));
export const float8 = codec<number>({
  text: { encode: String, decode: Number },
  binary: {
    oid: 701,
    arrayOid: 1022,
    encode: (writer, value) => writer.float64(value),
    decode: (bytes, start) => {
      for (let at = 0; at < 8; at++) scratch.setUint8(at, bytes[start + at]!);
      return scratch.getFloat64(0);
    },
  },
});
export const timestamptz = codec<Date>({
  text: { encode: (value) => value.toISOString(), decode: (value) => new Date(value) },
  binary: {
    oid: 1184,
    arrayOid: 1185,
    decode: (bytes, start) => new Date(Math.floor((int32(bytes, start) * 4294967296 + (int32(bytes, start + 4) >>> 0)) / 1000) + EPOCH_MS),
    encode: (writer, value) => {
      const micros = (value.getTime() - EPOCH_MS) * 1000,
        high = Math.floor(micros / 4294967296);
      writer.int32(high);
      writer.int32((micros - high * 4294967296) | 0);
    },
  },
});
export const jsonb = codec<unknown>({
  text: { encode: (value) => JSON.stringify(value), decode: (value) => JSON.parse(value) as unknown },
});
export const bytea = codec<Uint8Array>({
  text: { encode: (value) => `\\x${Buffer.from(value).toString('hex')}`, decode: (value) => Buffer.from(value.slice(2), 'hex') },
  binary: {
    oid: 17,
    arrayOid: 1001,
    decode: (bytes, start, end) => Uint8Array.prototype.slice.call(bytes, start, end),
    encode: (writer, value) => writer.bytes(value),
  },
});
export const textArray = codec<string[]>({
  text: {
    encode: (value) => `{${value.map((item) => JSON.stringify(item)).join(',')}}`,
    decode: (value) => (value === '{}' ? [] : value.slice(1, -1).split(',')),
  },
  binary: {
    oid: 1009,
    arrayOid: 0,
    decode: (bytes, start) => {
      if (int32(bytes, start) === 0) return [];
      const items: string[] = [];
      let at = start + 20;
      for (let left = int32(bytes, start + 12); left > 0; left--) {
        const length = int32(bytes, at);
        items.push(bytes.utf8Slice(at + 4, at + 4 + length));
        at += 4 + length;
      }
      return items;
    },
  },
});

type Columns = Readonly<Record<string, Codec<any>>>;
type RowOf<C extends Columns> = { [Name in keyof C]: C[Name] extends Codec<infer Value> ? Value | null : never };

/** A projection to plain objects. */
export function shape<C extends Columns>(columns: C, table?: string, more: Partial<RowShape<any>> = {}): RowShape<RowOf<C>> {
  return { columns: Object.entries(columns).map(([name, of]): ResultColumn => ({ name, codec: of, table })), ...more };
}

/** A statement; `rows` null when nothing is read. */
export function statement<Row = unknown>(
  sql: string,
  parameters: readonly Codec<any>[] = [],
  rows: RowShape<Row> | null = null,
): CompiledStatement<Row> {
  return { text: sql, parameters, rows };
}
