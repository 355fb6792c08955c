// Inserts many rows, or updates those that are there, in one statement.

import { NotFoundError, ValidationError, type Context, type Issue, type TerminalOptions } from '@djogi/core';
import { executorOf, type InsertStatement, type ModelRuntime, type StoredField } from '@djogi/core/extension';
import { checkRows, columnLists, insertedRows, populatedRows, type ColumnList } from './column-lists.ts';
import {
  actionOf,
  conflictOf,
  upsertedShape,
  upsertReturning,
  upsertSources,
  type Action,
  type ConflictInput,
  type Upserted,
} from './conflict-action.ts';
import { distinctKey } from './distinct-key.ts';

type Input = Readonly<Record<string, unknown>>;

/**
 * `INSERT INTO t (...) SELECT ... FROM unnest(...) ... ON CONFLICT (...) DO UPDATE SET ... RETURNING <columns>, <created>`, in input order. All rows or none:
 * through a proxy, which leaves the rows outside of its slice alone, in a transaction.
 */
export async function bulkUpsert(
  runtime: ModelRuntime,
  model: unknown,
  ctx: Context,
  given: readonly Input[],
  on: ConflictInput,
  options?: TerminalOptions,
): Promise<Upserted<object>[]> {
  executorOf(ctx);
  const action = actionOf(runtime, model, on),
    rows = checkRows(runtime, given, 'bulkUpsert');
  if (rows.length === 0) return [];
  const lists = columnLists(runtime, populatedRows(runtime, ctx, rows), undefined);
  checkDistinct(runtime, action, lists, rows.length);
  const sources = upsertSources(runtime);
  const insert: InsertStatement = {
    kind: 'insert',
    into: sources.into,
    columns: lists.map((list) => list.field.column),
    rows: insertedRows(runtime, lists),
    conflict: conflictOf(runtime, model, action, action.update === 'given' ? givenFields(runtime, action, lists, rows) : [], sources),
    returning: upsertReturning(runtime, sources),
  };
  const { compiled, values } = runtime.shapes.compile<Upserted<object>>(runtime.wrapWrite(insert), () => upsertedShape(runtime));
  const run = async (within: Context): Promise<Upserted<object>[]> => {
    const outcome = await executorOf(within).execute(compiled, values, runtime.purpose('bulkUpsert', within), options);
    return outcome.rows.length === rows.length ? outcome.rows : missing(runtime, rows.length - outcome.rows.length);
  };
  return runtime.slice === null ? run(ctx) : ctx.atomic(run);
}

function missing({ table, slice }: ModelRuntime, count: number): never {
  throw new NotFoundError(
    table,
    slice === null
      ? `The upsert into ${table} returned ${count} rows less than it was given: a trigger suppressed them. The others were written.`
      : `The upsert into ${table} met ${count} rows outside the slice of the proxy, and nothing was written. Upsert through the model to write them.`,
  );
}

/** Two rows of one key in one statement are refused by the server (21000), which does not say which they are. */
function checkDistinct(runtime: ModelRuntime, { target }: Action, lists: readonly ColumnList[], count: number): void {
  if (!target.isTotal || target.fields === null) return;
  const keys = target.fields.map((field) => lists.find((list) => list.field === field));
  // What the database fills in, nobody knows yet.
  if (keys.includes(undefined)) return;
  const issues = distinctKey(keys as ColumnList[], count).map(([at, first]): Issue => ({
    path: `[${at}]`,
    rule: 'duplicate',
    message: `has the same ${names(target.fields!)} as row ${first}`,
  }));
  if (issues.length > 0) throw new ValidationError(issues.slice(0, 100), { model: runtime.table });
}

const names = (fields: readonly StoredField[]): string => fields.map((field) => field.property).join(', ');

/**
 * The fields that the caller gave, which are overwritten where nothing else was said. One that some rows have and others lack is refused: in a conflict the
 * database knows the default in its place and not that it was absent, and would overwrite what is stored.
 */
function givenFields(runtime: ModelRuntime, { target }: Action, lists: readonly ColumnList[], rows: readonly Input[]): StoredField[] {
  const issues: Issue[] = [];
  const fields = lists.flatMap(({ field }): StoredField[] => {
    const { property, descriptor } = field;
    if (descriptor.role !== 'data' || target.fields?.includes(field) === true) return [];
    const count = rows.reduce((sum, row) => (row[property] === undefined ? sum : sum + 1), 0);
    if (count > 0 && count < rows.length)
      issues.push({
        path: property,
        rule: 'uneven',
        message:
          'is given in some rows and not in others, and would be overwritten with its default: give it in all, or say with update what is written',
      });
    return count === 0 ? [] : [field];
  });
  if (issues.length > 0) throw new ValidationError(issues, { model: runtime.table });
  return fields;
}
