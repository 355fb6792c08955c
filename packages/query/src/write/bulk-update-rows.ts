// Writes other values into each of many rows, in one statement.

import { LockConflictError, ValidationError, type Context, type Issue, type TerminalOptions } from '@djogi/core';
import {
  booleanKind,
  conjunctionOf,
  executorOf,
  nodes,
  OPERATORS,
  valueIssues,
  type Assignment,
  type ModelRuntime,
  type Node,
  type StoredField,
  type UpdateStatement,
} from '@djogi/core/extension';
import { checkRows, listedColumn, type ColumnList } from './column-lists.ts';
import { frameworkAssignments } from './assignments.ts';
import { columnOf } from './conflict-action.ts';
import { fieldNamed, onceInOrder, refuse } from './conflict-target.ts';
import { distinctKey } from './distinct-key.ts';

type Input = Readonly<Record<string, unknown>>;

export interface BulkUpdateRowsInput extends TerminalOptions {
  readonly fields: readonly PropertyKey[];
  readonly checkVersion?: boolean;
}

const { derivedSource, operation, source } = nodes;

/** The name under which the statement knows the new values. */
const ROWS = '__djogi_rows';

/**
 * `UPDATE t SET a = rows.a, ... FROM (SELECT ... FROM unnest($1, $2, ...)) AS rows WHERE t.id = rows.id`: one text for any number of rows.
 *
 * With `checkVersion`, all rows or none: in a transaction, LOCK_CONFLICT where one of them is of another version.
 */
export async function bulkUpdateRows(runtime: ModelRuntime, ctx: Context, given: unknown, options: BulkUpdateRowsInput): Promise<number> {
  executorOf(ctx);
  const rows = checkRows(runtime, given, 'bulkUpdateRows'),
    keys = keyFields(runtime),
    fields = fieldsToWrite(runtime, keys, options?.fields);
  const checksVersion = options.checkVersion === true,
    version = checksVersion ? (runtime.version ?? refuse(runtime, '', 'version', 'the model has no version field to check')) : null;
  const lists = listsOf(runtime, rows, { keys, fields, version });
  if (rows.length === 0) return 0;
  const { compiled, values } = runtime.shapes.compile<unknown>(
    runtime.wrapWrite(updateStatement(runtime, lists, { keys, fields, version })),
    () => null,
  );
  const run = async (within: Context): Promise<number> => {
    const { rowCount } = await executorOf(within).execute(compiled, values, runtime.purpose('bulkUpdateRows', within), options);
    if (!checksVersion || rowCount === rows.length) return rowCount;
    throw new LockConflictError(
      `${rows.length - rowCount} of ${rows.length} rows of ${runtime.table} were changed or deleted since they were read, and nothing was written. Read them again and repeat the change.`,
      { reason: 'version', table: runtime.table },
    );
  };
  return checksVersion ? ctx.atomic(run) : run(ctx);
}

interface Fields {
  readonly keys: readonly StoredField[];
  readonly fields: readonly StoredField[];
  /** Null where it is not checked. */
  readonly version: StoredField | null;
}

function keyFields(runtime: ModelRuntime): readonly StoredField[] {
  const keys = runtime.key === null ? runtime.keySpec.fields.map((name) => fieldNamed(runtime, name)) : [runtime.key];
  return keys.length > 0 ? keys : refuse(runtime, '', 'key', 'the model has no key to tell the rows by');
}

function fieldsToWrite(runtime: ModelRuntime, keys: readonly StoredField[], names: readonly PropertyKey[] | undefined): StoredField[] {
  if (!Array.isArray(names) || names.length === 0)
    return refuse(runtime, 'fields', 'fields', 'names the fields that are written: at least one');
  const fields = (names as readonly PropertyKey[]).map((name) => {
    const field = fieldNamed(runtime, name);
    return field.descriptor.isReadOnly || keys.includes(field)
      ? refuse(runtime, field.property, 'read_only', 'is never written by bulkUpdateRows')
      : field;
  });
  return onceInOrder(runtime, fields, 'named');
}

/** The values as lists: of the keys, the fields, and the version. Every problem of every row is reported, up to a hundred. */
function listsOf(runtime: ModelRuntime, rows: readonly Input[], { keys, fields, version }: Fields): ColumnList[] {
  const issues: Issue[] = [];
  const lists = [...keys, ...fields, ...(version === null ? [] : [version])].map((field): ColumnList => ({
    field,
    presence: null,
    values: rows.map((row, at) => checked(field, row, at, issues)),
  }));
  if (issues.length === 0)
    for (const [at, first] of distinctKey(lists.slice(0, keys.length), rows.length))
      issues.push({ path: `[${at}].${keys[0]!.property}`, rule: 'duplicate', message: `is the key of row ${first} already` });
  if (issues.length > 0) throw new ValidationError(issues.slice(0, 100), { model: runtime.table });
  return lists;
}

function checked(field: StoredField, row: Input, at: number, issues: Issue[]): unknown {
  const given = row[field.property],
    path = `[${at}].${field.property}`;
  if (given === undefined)
    issues.push({ path, rule: 'undefined', message: 'must not be undefined: every row has its key and all the fields' });
  else for (const issue of valueIssues(field, given)) issues.push({ ...issue, path: `[${at}].${issue.path}` });
  return given ?? null;
}

function updateStatement(runtime: ModelRuntime, lists: readonly ColumnList[], { keys, fields, version }: Fields): UpdateStatement {
  const table = source(runtime.table),
    rows = derivedSource(ROWS, { kind: 'lists', columns: lists.map(listedColumn), names: lists.map((list) => list.field.column) } as {
      kind: string;
    });
  const slice = runtime.slice?.where(table) ?? null;
  const same = (field: StoredField): Node => operation(OPERATORS.eq, [columnOf(table, field), columnOf(rows, field)], booleanKind);
  return {
    kind: 'update',
    table,
    from: [rows],
    set: [
      ...fields.map((field): Assignment => ({ column: field.column, to: columnOf(rows, field) })),
      ...frameworkAssignments(runtime, table),
    ],
    where: conjunctionOf([...(slice === null ? [] : [slice]), ...keys.map(same), ...(version === null ? [] : [same(version)])]),
    returning: null,
  };
}
