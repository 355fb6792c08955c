// Raw SQL as compiled statements: parameters encoded by what they are in JavaScript, rows decoded by what the server says they are.

import type { CompiledStatement, DescribeRows, DescribedColumn, RowShape } from '../db/port.ts';
import type { RawSqlError } from '../error/database-error.ts';
import { DecodeError, ValidationError } from '../error/value-error.ts';
import { byteaKind } from '../value/binary.ts';
import type { Codec } from '../value/codec.ts';
import { encodeRange, isRange } from '../value/range.ts';
import { isTemporal } from '../value/temporal.ts';
import { timestamptzKind } from '../value/time.ts';
import { codecOfOid } from './oid-codec.ts';
import { refusalInTransaction } from './raw-preflight.ts';

export type RawRow = Record<string, unknown>;

/** Codecs for single columns, by name, in place of those of their types. */
export type ColumnCodecs = Readonly<Record<string, Codec<any>>>;

/** A statement whose rows are objects keyed by column, typed by the server's description. The same object for the same text and number of values. */
export function rawStatement(text: string, valueCount: number): CompiledStatement<RawRow> {
  return cached(`r${valueCount}:${text}`, () => compile(text, valueCount, describedRows)) as CompiledStatement<RawRow>;
}

/** A statement whose rows, if it returns any, are not wanted. */
export function rawCommand(text: string, valueCount: number): CompiledStatement {
  return cached(`c${valueCount}:${text}`, () => compile(text, valueCount, null));
}

/** A statement with rows of a shape of the caller's. Errors: DECODE when `codecs` names a column that the statement does not return. */
export function shapedStatement<Row>(text: string, valueCount: number, rows: RowShape<Row> | ColumnCodecs): CompiledStatement<Row> {
  const isShape = Array.isArray((rows as RowShape).columns);
  return compile(text, valueCount, isShape ? (rows as RowShape<Row>) : (describedWith(rows as ColumnCodecs) as DescribeRows<Row>));
}

/** Refuses what cannot be a parameter, before anything is sent. */
export function checkRawValues(values: readonly unknown[]): void {
  const issues = values.flatMap((value, index) => {
    const path = `values[${index}]`;
    if (value === undefined) return [{ path, rule: 'undefined', message: 'is undefined: pass null for NULL' }];
    if (typeof value === 'function' || typeof value === 'symbol')
      return [{ path, rule: 'type', message: `is a ${typeof value}, which has no SQL form` }];
    if (value instanceof Date && Number.isNaN(value.getTime())) return [{ path, rule: 'invalid_date', message: 'is an invalid Date' }];
    return [];
  });
  if (issues.length > 0) throw new ValidationError(issues);
}

/** Why the text may not run in a transaction; null when it may. Scanned once per text while the text is cached. */
export function refusalOf(statement: CompiledStatement<any>): RawSqlError | null {
  let refusal = refusals.get(statement);
  if (refusal === undefined) refusals.set(statement, (refusal = { of: refusalInTransaction(statement.text) }));
  return refusal.of;
}

const refusals = new WeakMap<CompiledStatement<any>, { readonly of: RawSqlError | null }>();

/** Least recently used out first: a Map keeps the order of insertion. */
const statements = new Map<string, CompiledStatement<any>>();
const MAX_STATEMENTS = 256;

function cached(key: string, make: () => CompiledStatement<any>): CompiledStatement<any> {
  const statement = statements.get(key) ?? make();
  statements.delete(key);
  statements.set(key, statement);
  if (statements.size > MAX_STATEMENTS) statements.delete(statements.keys().next().value!);
  return statement;
}

function compile<Row>(text: string, valueCount: number, rows: CompiledStatement<Row>['rows']): CompiledStatement<Row> {
  return Object.freeze({ text, parameters: Object.freeze(Array.from({ length: valueCount }, () => rawParameter)), rows });
}

function describedRows(columns: readonly DescribedColumn[]): RowShape<RawRow> {
  return describedWith({})(columns);
}

function describedWith(codecs: ColumnCodecs): DescribeRows<RawRow> {
  return (columns) => {
    const names = new Set<string>();
    for (const { name } of columns) {
      if (names.has(name))
        throw new DecodeError(
          `The statement returns two columns named "${name}", of which an object can hold one. Give one of them an alias.`,
          { column: name, rule: 'duplicate_column' },
        );
      names.add(name);
    }
    for (const name of Object.keys(codecs)) {
      if (!names.has(name))
        throw new DecodeError(
          `The statement returns no column "${name}", for which a codec was given. Correct the name, or select the column.`,
          { column: name, rule: 'missing_column' },
        );
    }
    return {
      columns: columns.map(({ name, oid, typeModifier }) => ({
        name,
        codec: Object.hasOwn(codecs, name) ? codecs[name]! : codecOfOid(oid, typeModifier),
      })),
    };
  };
}

/** Travels as text, so that the server decides on the type from where the parameter stands. */
const rawParameter: Codec<unknown> = Object.freeze({
  text: { encode: encodeRaw, decode: (text: string) => text },
  literal: (value: unknown) => `'${encodeRaw(value).replaceAll("'", "''")}'`,
  json: { encode: (value: unknown) => value, decode: (json: unknown) => json },
});

function encodeRaw(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Date) return timestamptzKind.codec.text.encode(value);
  if (value instanceof Uint8Array) return byteaKind.codec.text.encode(value);
  if (Array.isArray(value)) return encodeArray(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (isRange(value)) return encodeRange(value, encodeRaw);
  // Temporal, decimal classes and the like say in toJSON how they are written; a plain object is a JSON document.
  const json: unknown = typeof (value as { toJSON?: unknown }).toJSON === 'function' ? (value as { toJSON(): unknown }).toJSON() : value;
  if (typeof json !== 'string') return JSON.stringify(json);
  return isTemporal(value, 'Duration') ? signedParts(json) : json;
}

/** A negative duration as Postgres reads it: Temporal writes one sign before the P, where the server reads none. */
function signedParts(iso: string): string {
  return iso.startsWith('-') ? iso.slice(1).replaceAll(/[\d.]+/g, '-$&') : iso;
}

/** An array literal of any depth. Elements are quoted, so that none reads as NULL or as a delimiter. */
function encodeArray(values: readonly unknown[]): string {
  const elements = values.map((value) => {
    if (value === null || value === undefined) return 'NULL';
    if (Array.isArray(value)) return encodeArray(value);
    return `"${encodeRaw(value).replace(/["\\]/g, '\\$&')}"`;
  });
  return `{${elements.join(',')}}`;
}
