// Turns rows of input into one list per column, which is how many rows travel in one statement of constant text.

import { ValidationError, type Codec, type Context, type Issue } from '@djogi/core';
import {
  arrayCodec,
  booleanKind,
  listKind,
  mayBeOmitted,
  nodes,
  populated,
  textKind,
  valueIssues,
  type InsertRows,
  type ListedColumn,
  type ModelRuntime,
  type StoredField,
  type ValueKind,
} from '@djogi/core/extension';

type Input = Readonly<Record<string, unknown>>;

/** The values of one field, a row each. */
export interface ColumnList {
  readonly field: StoredField;
  readonly values: unknown[];
  /** Which rows have the key; null while all do. */ presence: boolean[] | null;
}

/** How many problems are reported before the rest is left out: ten thousand rows with one mistake each help nobody. */
const MAX_ISSUES = 100;

/** The rows of a bulk write as a list. Errors: VALIDATION with `type`. */
export function checkRows(runtime: ModelRuntime, rows: unknown, method: string): readonly Input[] {
  const refuse = (path: string, message: string): never => {
    throw new ValidationError([{ path, rule: 'type', message }], { model: runtime.table });
  };
  if (!Array.isArray(rows)) return refuse('', `${method} wants a list of rows`);
  const odd = rows.findIndex((row) => typeof row !== 'object' || row === null);
  return odd < 0 ? (rows as Input[]) : refuse(`[${odd}]`, 'must be an object');
}

/** The rows with what extensions fill in. */
export function populatedRows(runtime: ModelRuntime, ctx: Context, rows: readonly Input[]): readonly Input[] {
  const isPopulated = runtime.extensions.some((extension) => extension.runtime?.populate !== undefined);
  return isPopulated ? rows.map((row) => populated(runtime, ctx, row)) : rows;
}

/** Checks all rows and gives the columns that at least one of them has. `ids` are the keys where the caller chooses them. */
export function columnLists(runtime: ModelRuntime, rows: readonly Input[], ids: readonly unknown[] | undefined): readonly ColumnList[] {
  const issues: Issue[] = [];
  const lists: ColumnList[] = [];
  let isKnown = 0;
  const known = new Array<number>(rows.length).fill(0);
  for (const field of runtime.fields) {
    const { descriptor, property } = field;
    const isKey = descriptor.role === 'key';
    if (descriptor.isReadOnly && !(isKey && (ids !== undefined || field.defaultFn !== null))) continue;
    const list = listOf(field, rows, isKey ? ids : undefined, property, known, issues);
    if (list !== null) lists.push(list);
    isKnown++;
  }
  rows.forEach((row, at) => {
    if (known[at] !== Object.keys(row).length) checkKeys(runtime, row, at, issues);
  });
  if (issues.length > 0) throw new ValidationError(issues.slice(0, MAX_ISSUES), { model: runtime.table });
  if (isKnown === 0)
    throw new ValidationError([{ path: '', rule: 'no_columns', message: 'the model has no column that could be written' }], {
      model: runtime.table,
    });
  // Rows that leave everything to the database still need one column to be counted by.
  if (lists.length === 0)
    lists.push(
      absentList(
        runtime.fields.find((field) => !field.descriptor.isReadOnly)!,
        rows.length,
      ),
    );
  return lists;
}

const absentList = (field: StoredField, length: number): ColumnList => ({
  field,
  values: new Array<unknown>(length).fill(null),
  presence: new Array<boolean>(length).fill(false),
});

function listOf(
  field: StoredField,
  rows: readonly Input[],
  ids: readonly unknown[] | undefined,
  property: string,
  known: number[],
  issues: Issue[],
): ColumnList | null {
  const values = new Array<unknown>(rows.length),
    { validate } = field.valueKind,
    { defaultFn } = field,
    isOptional = mayBeOmitted(field);
  let presence: boolean[] | null = null,
    isPresent = false;
  for (let at = 0; at < rows.length; at++) {
    let given = rows[at]![property];
    if (given !== undefined || Object.hasOwn(rows[at]!, property)) known[at]!++;
    if (ids !== undefined) given = ids[at];
    if (given === undefined && defaultFn !== null) given = defaultFn();
    if (given === undefined) {
      if (!isOptional) issues.push({ path: `[${at}].${property}`, rule: 'required', message: 'is required' });
      presence ??= new Array<boolean>(rows.length).fill(true);
      presence[at] = false;
      values[at] = null;
      continue;
    }
    isPresent = true;
    if (given === null || validate(given) !== null) {
      for (const issue of valueIssues(field, given)) issues.push({ ...issue, path: `[${at}].${issue.path}` });
    }
    values[at] = given;
  }
  return isPresent ? { field, values, presence } : null;
}

/** What a row may carry besides the columns that are written: framework and read-only columns, and loaded relations. */
function checkKeys(runtime: ModelRuntime, row: Input, at: number, issues: Issue[]): void {
  for (const property of Object.keys(row)) {
    const isIgnored =
      runtime.byProperty.has(property) || property === 'id' || (runtime.byName.get(property)?.descriptor.property ?? property) !== property;
    if (!isIgnored) issues.push({ path: `[${at}].${property}`, rule: 'unknown_field', message: 'is no field of the model' });
  }
}

const asText = new WeakMap<ValueKind, ValueKind>();

/** Types without a binary form, and arrays, which `unnest` would flatten, travel as text and are cast back row by row. */
function transportKind(kind: ValueKind): { list: ValueKind; restore: string | undefined } {
  if (kind.codec.binary?.encode !== undefined && kind.element === undefined) return { list: listKind(kind), restore: undefined };
  let list = asText.get(kind);
  if (list === undefined) {
    const { encode } = kind.codec.text;
    const element: Codec<unknown> = {
      text: { encode, decode: (text) => text },
      binary: { oid: 25, arrayOid: 1009, encode: (writer, value) => writer.utf8(encode(value)) },
      literal: textKind.codec.literal as Codec<unknown>['literal'],
      json: textKind.codec.json as Codec<unknown>['json'],
    };
    list = Object.freeze<ValueKind>({ ...listKind(textKind), codec: arrayCodec(element, 'text', true) });
    asText.set(kind, list);
  }
  return { list, restore: kind.castType };
}

/**
 * The rows of an INSERT. Keys that the database generates are made by one call for all rows, in the order of the rows, where there is a function for it: a third
 * of the cost of the column's default, which is half of the server's time for a plain table.
 */
export function insertedRows(runtime: ModelRuntime, lists: readonly ColumnList[]): InsertRows {
  const { key, keySpec } = runtime,
    by = keySpec.generator?.batchFunction ?? null;
  const isGiven = key === null || by === null || lists.some((list) => list.field === key);
  return { kind: 'lists', columns: lists.map(listedColumn), ...(isGiven ? {} : { keys: { column: key.column, by } }) };
}

/** The list as a statement takes it. */
export function listedColumn({ field, values, presence }: ColumnList): ListedColumn {
  const { list, restore } = transportKind(field.valueKind);
  const { default: byDefault } = field.descriptor;
  return {
    list: nodes.value(values, list),
    restore,
    ...(presence === null
      ? {}
      : {
          presence: { list: nodes.value(presence, listKind(booleanKind)), otherwise: byDefault?.kind === 'sql' ? byDefault.text : 'NULL' },
        }),
  };
}
