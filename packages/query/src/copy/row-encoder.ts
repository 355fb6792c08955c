// Rows of input as the data of a COPY, in one of Postgres's two row formats. Each row is checked as a whole before anything of it is written.
// Source of the formats: https://www.postgresql.org/docs/18/sql-copy.html, "File Formats".

import { isDjogiError, ValidationError, type Context, type Issue } from '@djogi/core';
import {
  isIgnored,
  mayBeOmitted,
  populated,
  refuseZero,
  valueIssues,
  type CopyEncoding,
  type ModelRuntime,
  type StoredField,
  type WireWriter,
} from '@djogi/core/extension';
import type { BinaryForm } from './column-types.ts';

type Row = Readonly<Record<string, unknown>>;

/** Stands for a value that the database makes by the column's default. */
const DEFAULT = Symbol('default');

/** What a text row has where the column's default is meant. No text value can be it: a backslash in a value is doubled. */
export const DEFAULT_MARKER = '\\D';

interface CopyColumn {
  readonly field: StoredField;
  readonly isId: boolean;
  readonly isKey: boolean;
  /** What a row without the key gets, where that is always the same. `undefined`: it is required. */
  readonly otherwise: unknown;
}

/** The columns of a COPY into a model: all that a create may write, whatever keys the single rows have. */
export class CopyColumns {
  readonly columns: readonly CopyColumn[];
  readonly fields: readonly StoredField[];
  /** Whether a row may ask for a default that only the database can evaluate, which the binary format cannot say. */
  readonly hasDefaults: boolean;

  constructor(runtime: ModelRuntime, hasIds: boolean) {
    this.columns = runtime.fields.flatMap((field): CopyColumn[] => {
      const { descriptor } = field,
        isKey = descriptor.role === 'key',
        isId = isKey && hasIds;
      if (descriptor.isReadOnly && !(isKey && (hasIds || field.defaultFn !== null))) return [];
      return [{ field, isId, isKey, otherwise: isId ? undefined : otherwiseOf(field) }];
    });
    this.fields = this.columns.map((column) => column.field);
    this.hasDefaults = this.columns.some((column) => column.otherwise === DEFAULT);
    if (this.columns.length === 0)
      throw new ValidationError([{ path: '', rule: 'no_columns', message: 'the model has no column that could be written' }], {
        model: runtime.table,
      });
  }
}

/** A default that is a value is written as such; SQL is left to the database. */
function otherwiseOf(field: StoredField): unknown {
  const declared = field.spec?.default;
  if (field.defaultFn !== null) return undefined;
  if (declared?.kind === 'value') return declared.value;
  if (field.descriptor.default !== null) return DEFAULT;
  return mayBeOmitted(field) ? null : undefined;
}

/** Turns rows into COPY data. Holds what belongs to one run: how many rows there were, and the id of the next. */
export class RowEncoder implements CopyEncoding<unknown> {
  /** The id of the row that is written next, where the caller chose the ids. */
  id: unknown;
  rowCount = 0;
  readonly #runtime: ModelRuntime;
  readonly #ctx: Context;
  readonly #columns: readonly CopyColumn[];
  readonly #forms: readonly BinaryForm[] | null;
  readonly #isPopulated: boolean;
  /** The values of the row at hand, in column order. */
  readonly #values: unknown[];

  constructor(runtime: ModelRuntime, ctx: Context, { columns }: CopyColumns, forms: readonly BinaryForm[] | null) {
    this.#runtime = runtime;
    this.#ctx = ctx;
    this.#columns = columns;
    this.#forms = forms;
    this.#isPopulated = runtime.extensions.some((extension) => extension.runtime?.populate !== undefined);
    this.#values = new Array<unknown>(columns.length).fill(null);
  }

  begin(writer: WireWriter): void {
    if (this.#forms === null) return;
    // The signature, no flags, and a header extension of no bytes.
    writer.bytes(SIGNATURE);
    writer.int32(0);
    writer.int32(0);
  }

  end(writer: WireWriter): void {
    if (this.#forms !== null) writer.int16(-1);
  }

  write(writer: WireWriter, row: unknown): void {
    this.#read(row);
    let at = 0;
    try {
      if (this.#forms === null) {
        let line = '';
        for (; at < this.#values.length; at++) line += at === 0 ? this.#text(at) : `\t${this.#text(at)}`;
        writer.utf8(`${line}\n`);
      } else {
        writer.int16(this.#values.length);
        for (; at < this.#values.length; at++) this.#binary(writer, at, this.#forms[at]!);
      }
    } catch (error) {
      if (isDjogiError(error)) throw error;
      const path = `[${this.rowCount}].${this.#columns[at]!.field.property}`;
      throw new ValidationError(
        [{ path, rule: 'encode', message: 'has no form in its SQL type' }],
        { model: this.#runtime.table },
        { cause: error },
      );
    }
    this.rowCount++;
  }

  #text(at: number): string {
    const value = this.#values[at];
    if (value === null) return '\\N';
    if (value === DEFAULT) return DEFAULT_MARKER;
    const text = this.#columns[at]!.field.valueKind.codec.text.encode(value);
    return NEEDS_ESCAPES.test(text) ? text.replace(/[\\\n\r\t]/g, escaped) : text;
  }

  #binary(writer: WireWriter, at: number, form: BinaryForm): void {
    const value = this.#values[at];
    if (value === null) {
      writer.int32(-1);
      return;
    }
    const { codec } = this.#columns[at]!.field.valueKind;
    const mark = writer.beginSized();
    if (form === 'binary') codec.binary!.encode!(writer, value);
    else writer.utf8(codec.text.encode(value));
    writer.endSized(mark);
  }

  /** Takes the values out of a row. Errors: VALIDATION with everything that is wrong with it. */
  #read(given: unknown): void {
    const runtime = this.#runtime,
      columns = this.#columns,
      values = this.#values;
    if (typeof given !== 'object' || given === null || Array.isArray(given))
      throw new ValidationError([{ path: `[${this.rowCount}]`, rule: 'type', message: 'must be an object' }], { model: runtime.table });
    const row = this.#isPopulated ? populated(runtime, this.#ctx, given as Row) : (given as Row);
    let issues: Issue[] | null = null,
      known = 0;
    for (let at = 0; at < columns.length; at++) {
      const { field, isId, isKey, otherwise } = columns[at]!,
        { property } = field;
      let value = row[property];
      if (value !== undefined || Object.hasOwn(row, property)) known++;
      if (isKey && (isId || field.descriptor.isReadOnly)) value = isId ? this.id : undefined;
      if (value === undefined) value = field.defaultFn === null || isId ? otherwise : field.defaultFn();
      values[at] = value;
      if (value === DEFAULT || (value !== null && value !== undefined && field.valueKind.validate(value) === null)) continue;
      if (value === null && field.descriptor.isNullable && !isId) continue;
      issues ??= [];
      const path = isId ? `ids[${this.rowCount}]` : `[${this.rowCount}].`;
      if (value === undefined || (isId && value === null))
        issues.push({ path: isId ? path : path + property, rule: 'required', message: 'is required' });
      else for (const issue of valueIssues(field, value)) issues.push({ ...issue, path: isId ? path : path + issue.path });
    }
    if (known !== Object.keys(row).length) issues = this.#unknown(row, issues);
    if (issues !== null) throw new ValidationError(issues, { model: runtime.table });
    if (this.id !== undefined) refuseZero(runtime, this.id);
  }

  /** What a row may carry besides the columns that are written: framework and read-only columns, and loaded relations. */
  #unknown(row: Row, issues: Issue[] | null): Issue[] | null {
    const runtime = this.#runtime;
    const unknown = Object.keys(row)
      .filter((property) => !runtime.byProperty.has(property) && !isIgnored(runtime, property))
      .map((property): Issue => ({ path: `[${this.rowCount}].${property}`, rule: 'unknown_field', message: 'is no field of the model' }));
    return unknown.length === 0 ? issues : [...(issues ?? []), ...unknown];
  }
}

/** `PGCOPY`, newline, 0xFF, carriage return, newline, zero. */
const SIGNATURE = Uint8Array.of(80, 71, 67, 79, 80, 89, 10, 255, 13, 10, 0);

const NEEDS_ESCAPES = /[\\\n\r\t]/;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const escaped = (character: string): string => ESCAPES[character]!;
