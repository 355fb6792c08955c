// How one SQL type travels. A codec belongs to a type, not to a column; a column picks one through its field kind. Pure: the byte reader and
// writer are interfaces that the driver side implements.

/**
 * The bytes of a message, with the two string readers that make short values cheap. `Buffer` satisfies it. They are overwritten by the next
 * read: a decoder copies what it keeps.
 */
export interface WireBytes extends Uint8Array {
  utf8Slice(start: number, end: number): string;
  latin1Slice(start: number, end: number): string;
}

/** Writes the payload of one binary value. The length prefix is the caller's. All numbers are big-endian. */
export interface WireWriter {
  byte(value: number): void;
  int16(value: number): void;
  int32(value: number): void;
  float32(value: number): void;
  float64(value: number): void;
  bytes(value: Uint8Array): void;
  utf8(value: string): void;
  /** Leaves room for the int32 length of what follows; returns what `endSized` needs. For values inside a value, such as array elements. */
  beginSized(): number;
  /** Fills in the length of what was written since. */
  endSized(mark: number): void;
}

/** The binary representation, used only when the server says that the column or parameter has exactly this `oid`. */
export interface BinaryCodec<Value> {
  readonly oid: number;
  /** The OID of the array over this type; needed where values travel as binary arrays. */
  readonly arrayOid: number;
  /** Absent where the text form is at least as cheap to read (int8 as a string, numeric, uuid). */
  readonly decode?: (bytes: WireBytes, start: number, end: number) => Value;
  readonly encode?: (writer: WireWriter, value: Value) => void;
}

export interface TextCodec<Value> {
  readonly encode: (value: Value) => string;
  readonly decode: (text: string) => Value;
  /** A faster `decode` that reads the bytes itself, for values that are ASCII by definition. */
  readonly decodeBytes?: (bytes: WireBytes, start: number, end: number) => Value;
}

/**
 * How values of one SQL type are written and read.
 *
 * Shape: `text` is complete and always works: it is what the first execution of a statement uses, before the server has described it. `binary`
 * is the optional faster form. `literal` writes the value as SQL source for DDL, with its cast where the bare form would be ambiguous. `json`
 * is what `toJSON` writes and what JSON filters and payloads read. No function here sees null. A decoder throws any error for a value it cannot
 * represent; the caller adds table and column.
 */
export interface Codec<Value> {
  readonly text: TextCodec<Value>;
  readonly binary?: BinaryCodec<Value>;
  readonly literal: (value: Value) => string;
  readonly json: { readonly encode: (value: Value) => unknown; readonly decode: (json: unknown) => Value };
}
