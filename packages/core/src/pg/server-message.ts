// What the server's messages say: their type codes and the readers of their payloads. Rows are the row decoder's.
// Source: https://www.postgresql.org/docs/18/protocol-message-formats.html

import type { DescribedColumn, Notification, TransactionStatus } from '../db/port.ts';
import type { WireBytes } from '../value/codec.ts';
import type { ServerErrorFields } from './sqlstate.ts';

/** Type bytes of the messages that arrive after the handshake. */
export const ServerMessage = Object.freeze({
  parseComplete: 49,
  bindComplete: 50,
  closeComplete: 51,
  notification: 65,
  commandComplete: 67,
  dataRow: 68,
  error: 69,
  copyIn: 71,
  copyOut: 72,
  emptyQuery: 73,
  backendKey: 75,
  notice: 78,
  parameterStatus: 83,
  rowDescription: 84,
  readyForQuery: 90,
  copyDone: 99,
  copyData: 100,
  noData: 110,
  portalSuspended: 115,
  parameterDescription: 116,
} as const);

export const int16At = (bytes: WireBytes, at: number): number => ((bytes[at]! << 24) >> 16) | bytes[at + 1]!;
export const int32At = (bytes: WireBytes, at: number): number =>
  (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;

export function transactionStatusAt(bytes: WireBytes, at: number): TransactionStatus {
  return bytes[at] === 73 ? 'idle' : bytes[at] === 84 ? 'open' : 'failed';
}

/** ErrorResponse and NoticeResponse: fields of one type byte and a string each. */
export function readServerFields(bytes: WireBytes, start: number, end: number): ServerErrorFields {
  const fields: { -readonly [Name in keyof ServerErrorFields]: string } = {};
  let at = start;
  while (at < end && bytes[at] !== 0) {
    const zero = bytes.indexOf(0, at + 1);
    const name = fieldNames[bytes[at]!];
    if (name !== undefined) fields[name] = bytes.utf8Slice(at + 1, zero);
    at = zero + 1;
  }
  return Object.freeze(fields);
}

/** `V` (the severity that is never translated) comes after `S` and replaces it. */
const fieldNames: Readonly<Record<number, keyof ServerErrorFields>> = {
  83: 'severity',
  86: 'severity',
  67: 'code',
  77: 'message',
  68: 'detail',
  72: 'hint',
  80: 'position',
  115: 'schema',
  116: 'table',
  99: 'column',
  110: 'constraint',
  82: 'routine',
  87: 'where',
};

/** The session ends with such an error: the server closes the socket after it. */
export const endsSession = (fields: ServerErrorFields): boolean => fields.severity === 'FATAL' || fields.severity === 'PANIC';

export function readParameterOids(bytes: WireBytes, start: number): readonly number[] {
  const count = int16At(bytes, start);
  return Array.from({ length: count }, (_, index) => int32At(bytes, start + 2 + index * 4) >>> 0);
}

/** RowDescription. */
export function readColumns(bytes: WireBytes, start: number): readonly DescribedColumn[] {
  const count = int16At(bytes, start);
  const columns = new Array<DescribedColumn>(count);
  let at = start + 2;
  for (let index = 0; index < count; index++) {
    // After the name: table OID, attribute number, type OID, size, modifier, format: 4 + 2 + 4 + 2 + 4 + 2 bytes.
    const nameEnd = bytes.indexOf(0, at);
    columns[index] = {
      name: bytes.utf8Slice(at, nameEnd),
      oid: int32At(bytes, nameEnd + 7) >>> 0,
      typeModifier: int32At(bytes, nameEnd + 13),
    };
    at = nameEnd + 19;
  }
  return columns;
}

export function readNotification(bytes: WireBytes, start: number, end: number): Notification {
  const channelEnd = bytes.indexOf(0, start + 4);
  return {
    processId: int32At(bytes, start),
    channel: bytes.utf8Slice(start + 4, channelEnd),
    payload: bytes.utf8Slice(channelEnd + 1, end - 1),
  };
}

export function readParameterStatus(bytes: WireBytes, start: number, end: number): readonly [name: string, value: string] {
  const nameEnd = bytes.indexOf(0, start);
  return [bytes.utf8Slice(start, nameEnd), bytes.utf8Slice(nameEnd + 1, end - 1)];
}

/** The last number of a command tag (`INSERT 0 5`, `SELECT 5`), 0 where it has none. */
export function tagRowCount(bytes: WireBytes, start: number, end: number): number {
  let count = 0,
    unit = 1;
  for (let at = end - 2; at >= start; at--) {
    const digit = bytes[at]! - 48;
    if (digit < 0 || digit > 9) break;
    count += digit * unit;
    unit *= 10;
  }
  return count;
}

/** The words of a command tag without its numbers. Frequent ones are compared in place: a string made from bytes costs more than the whole reading. */
export function tagCommand(bytes: WireBytes, start: number, end: number): string {
  let last = end - 2;
  while (last > start && (isDigit(bytes[last]!) || bytes[last] === 32)) last--;
  const length = last + 1 - start;
  for (const command of frequentCommands) if (command.length === length && equalsAscii(bytes, start, command)) return command;
  return bytes.latin1Slice(start, last + 1);
}

const frequentCommands = [
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'BEGIN',
  'COMMIT',
  'ROLLBACK',
  'MERGE',
  'SAVEPOINT',
  'RELEASE',
  'SET',
  'FETCH',
  'COPY',
];

const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;

function equalsAscii(bytes: WireBytes, start: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) if (bytes[start + index] !== text.charCodeAt(index)) return false;
  return true;
}
