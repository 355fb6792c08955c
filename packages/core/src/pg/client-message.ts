// The messages that a connection sends after the handshake, one function each, and the parameter values of Bind.
// Source: https://www.postgresql.org/docs/18/protocol-message-formats.html

import type { Codec } from '../value/codec.ts';
import { InternalError, isDjogiError } from '../error/error.ts';
import { ValidationError } from '../error/value-error.ts';
import type { MessageWriter } from './message-writer.ts';

const NUL = '\0';

export function writeParse(writer: MessageWriter, name: string, text: string, parameterOids: readonly number[]): void {
  refuseNul(text);
  const start = writer.begin(80);
  writer.cstring(name);
  writer.cstring(text);
  writer.int16(parameterOids.length);
  for (const oid of parameterOids) writer.int32(oid);
  writer.end(start);
}

export function writeDescribeStatement(writer: MessageWriter, name: string): void {
  const start = writer.begin(68);
  writer.byte(83);
  writer.cstring(name);
  writer.end(start);
}

/** Closes a prepared statement (`S`) or a portal (`P`). Closing one that does not exist is not an error, also in a failed transaction. */
export function writeClose(writer: MessageWriter, kind: 'S' | 'P', name: string): void {
  const start = writer.begin(67);
  writer.byte(kind.charCodeAt(0));
  writer.cstring(name);
  writer.end(start);
}

/** `maxRows` 0 is all of them. */
export function writeExecute(writer: MessageWriter, portal: string, maxRows: number): void {
  const start = writer.begin(69);
  writer.cstring(portal);
  writer.int32(maxRows);
  writer.end(start);
}

export function writeSync(writer: MessageWriter): void {
  writer.end(writer.begin(83));
}

/** The simple protocol. */
export function writeQuery(writer: MessageWriter, text: string): void {
  refuseNul(text);
  const start = writer.begin(81);
  writer.cstring(text);
  writer.end(start);
}

/** Begins CopyData; `writer.end` of what it returns ends it. */
export const beginCopyData = (writer: MessageWriter): number => writer.begin(100);

export function writeCopyDone(writer: MessageWriter): void {
  writer.end(writer.begin(99));
}

export function writeCopyFail(writer: MessageWriter, reason: string): void {
  const start = writer.begin(102);
  writer.cstring(reason);
  writer.end(start);
}

export function writeTerminate(writer: MessageWriter): void {
  writer.end(writer.begin(88));
}

/** How a parameter travels. `true` is the binary form of its codec. */
export type ParameterFormats = readonly boolean[];

/** Portal, statement and parameter formats of a Bind: everything before the count of the values. */
export function writeBindHead(writer: MessageWriter, portal: string, name: string, formats: ParameterFormats): number {
  const start = writer.begin(66);
  writer.cstring(portal);
  writer.cstring(name);
  if (formats.includes(true)) {
    writer.int16(formats.length);
    for (const isBinary of formats) writer.int16(isBinary ? 1 : 0);
  } else writer.int16(0);
  writer.int16(formats.length);
  return start;
}

/**
 * The values of a Bind, each with its length.
 *
 * Errors: what a codec throws when it is an error of ours, else `ValidationError` with that as cause; `path` is the placeholder.
 */
export function writeValues(
  writer: MessageWriter,
  codecs: readonly Codec<any>[],
  formats: ParameterFormats,
  values: readonly unknown[],
): void {
  let index = 0;
  try {
    for (; index < codecs.length; index++) {
      const value = values[index];
      if (value === null) {
        writer.int32(-1);
        continue;
      }
      if (value === undefined) throw new InternalError(`The value of $${index + 1} is undefined.`);
      const codec = codecs[index]!;
      const mark = writer.beginSized();
      if (formats[index] === true) codec.binary!.encode!(writer, value);
      else writer.utf8(codec.text.encode(value));
      writer.endSized(mark);
    }
  } catch (error) {
    if (isDjogiError(error)) throw error;
    throw new ValidationError([{ path: `$${index + 1}`, rule: 'encode', message: 'has no form in its SQL type' }], {}, { cause: error });
  }
}

/** The result formats of a Bind: one letter per column, `1` for binary. */
export function writeResultFormats(writer: MessageWriter, formats: string): void {
  if (!formats.includes('1')) return writer.int16(0);
  writer.int16(formats.length);
  for (let index = 0; index < formats.length; index++) writer.int16(formats.charCodeAt(index) - 48);
}

/** A zero byte would end the text early and let its rest be read as the next field. */
function refuseNul(text: string): void {
  if (text.includes(NUL)) throw new InternalError('A statement text contains U+0000.');
}
