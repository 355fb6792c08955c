// From the bytes of a DataRow to a row, in one generated function per projection and formats: no intermediate array, no loop over columns, no
// lookup of a codec. Owns the generated source and the search for the column when a codec throws.

import type { DescribedColumn, ResultColumn, RowShape } from '../db/port.ts';
import { isDjogiError } from '../error/error.ts';
import { DecodeError } from '../error/value-error.ts';
import type { WireBytes } from '../value/codec.ts';
import { int32At } from './server-message.ts';
import { readText } from './text-reader.ts';

/** Reads the payload of a DataRow that begins at `start`. */
export type RowDecoder<Row = unknown> = (bytes: WireBytes, start: number) => Row;

type ValueReader = (bytes: WireBytes, start: number, end: number) => unknown;

/** Two or three formats per shape at most: all text, and what the server's description allows. */
const decoders = new WeakMap<RowShape<any>, Map<string, RowDecoder<any>>>();

/** Formats of `count` columns that all arrive as text. */
export const textFormats = (count: number): string => '0'.repeat(count);

/** Which columns arrive in binary: those whose codec reads exactly the described type. One letter per column. */
export function resultFormats(shape: RowShape<any>, described: readonly DescribedColumn[]): string {
  let formats = '';
  shape.columns.forEach(({ codec }, index) => {
    formats += codec.binary?.decode !== undefined && codec.binary.oid === described[index]!.oid ? '1' : '0';
  });
  return formats;
}

/** The decoder of `shape` for these formats; generated at first use. */
export function rowDecoder<Row>(shape: RowShape<Row>, formats: string): RowDecoder<Row> {
  let ofShape = decoders.get(shape);
  if (ofShape === undefined) decoders.set(shape, (ofShape = new Map<string, RowDecoder<any>>()));
  let decoder = ofShape.get(formats) as RowDecoder<Row> | undefined;
  if (decoder === undefined) ofShape.set(formats, (decoder = generate(shape, formats)));
  return decoder;
}

function generate<Row>(shape: RowShape<Row>, formats: string): RowDecoder<Row> {
  const { columns, build } = shape,
    as = shape.as ?? 'object';
  const names = columns.map((_, index) => `v${index}`);
  const body = columns.map((column, index) => {
    const isText = formats[index] !== '1' && column.codec.text.decodeBytes === undefined;
    const read = isText ? `read${index}(text(b, p, e))` : `read${index}(b, p, e)`;
    return `let v${index} = null; l = (b[p] << 24) | (b[p + 1] << 16) | (b[p + 2] << 8) | b[p + 3]; p += 4; if (l >= 0) { e = p + l; v${index} = ${read}; p = e; }`;
  });
  const row =
    as === 'value'
      ? names[0]!
      : as === 'tuple'
        ? `[${names.join(', ')}]`
        : build !== undefined
          ? `new Build(${names.join(', ')})`
          : `{ ${columns.map(({ name }, index) => `${propertyKey(name)}: v${index}`).join(', ')} }`;
  const readers = columns.map(({ codec }, index) =>
    formats[index] === '1' ? codec.binary!.decode! : (codec.text.decodeBytes ?? codec.text.decode),
  );
  // The readers are arguments of the enclosing function, so that each call in the body always meets the same one and can be inlined.
  // The source holds column names as JSON strings and nothing else from outside.
  // oxlint-disable-next-line typescript/no-implied-eval
  const make = new Function(
    'text',
    'Build',
    ...names.map((_, index) => `read${index}`),
    `return function decodeRow(b, p) {\np += 2; let l = 0, e = 0;\n${body.join('\n')}\nreturn ${row};\n}`,
  ) as (...parts: unknown[]) => RowDecoder<Row>;
  return make(readText, build, ...readers);
}

/** `"__proto__": v` in a literal would set the prototype; a computed key does not. */
const propertyKey = (name: string): string => (name === '__proto__' ? '["__proto__"]' : JSON.stringify(name));

/** Finds the column that a decoder failed on by reading one value after the other. The value is in none of the texts. */
export function decodeFailure(shape: RowShape<any>, formats: string, bytes: WireBytes, start: number, cause: unknown): Error {
  let at = start + 2;
  for (const [index, column] of shape.columns.entries()) {
    const length = int32At(bytes, at);
    at += 4;
    if (length < 0) continue;
    try {
      valueReader(column, formats[index] === '1')(bytes, at, at + length);
    } catch (error) {
      return columnFailure(column, error);
    }
    at += length;
  }
  const table = shape.columns.find((column) => column.table !== undefined)?.table;
  return new DecodeError(
    `A row${table === undefined ? '' : ` of ${table}`} was read but its object could not be constructed; the cause says why.`,
    { table },
    { cause },
  );
}

function valueReader({ codec }: ResultColumn, isBinary: boolean): ValueReader {
  if (isBinary) return codec.binary!.decode!;
  return codec.text.decodeBytes ?? ((bytes, start, end) => codec.text.decode(readText(bytes, start, end)) as unknown);
}

function columnFailure({ name, table }: ResultColumn, cause: unknown): Error {
  // A codec that was declared wrongly says nothing about the stored value.
  if (isDjogiError(cause, 'MODEL_DEFINITION')) return cause;
  const { rule, expected } = isDjogiError(cause, 'DECODE')
    ? (cause as DecodeError & { expected?: string })
    : { rule: undefined, expected: undefined };
  const subject = table === undefined ? `Column ${name}` : `Column ${name} of ${table}`;
  return new DecodeError(
    `${subject} holds a value that its field cannot represent. Correct the stored value, or declare the field with the type of the column.`,
    { table, column: name, rule, expected },
    { cause },
  );
}
