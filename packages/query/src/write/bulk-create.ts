// Inserts many rows in one statement, in input order.

import { ValidationError, type Context, type Issue, type TerminalOptions } from '@djogi/core';
import { executorOf, nodes, refuseZero, type InsertStatement, type ModelRuntime } from '@djogi/core/extension';
import { checkRows, columnLists, insertedRows, populatedRows } from './column-lists.ts';
import { conflictTarget } from './conflict-target.ts';

export interface BulkCreateOptions extends TerminalOptions {
  /** The rows' ids, in the same order: from `Model.nextIds`, so that rows can refer to each other before they exist. */
  readonly ids?: readonly unknown[];
  /** Leaves out the rows that are there already: by any unique constraint, or by this one. */
  readonly ignoreConflicts?: unknown;
}

/** `INSERT INTO t (...) SELECT ... FROM unnest($1, $2, ...) WITH ORDINALITY ORDER BY ordinality [ON CONFLICT DO NOTHING] RETURNING <columns>`. One round trip. */
export async function bulkCreate(
  runtime: ModelRuntime,
  model: unknown,
  ctx: Context,
  given: readonly Readonly<Record<string, unknown>>[],
  options: BulkCreateOptions = {},
): Promise<object[]> {
  const executor = executorOf(ctx),
    rows = checkRows(runtime, given, 'bulkCreate');
  const { ids, ignoreConflicts = false } = options;
  if (ids !== undefined) checkIds(runtime, rows, ids);
  const target = typeof ignoreConflicts === 'boolean' ? undefined : conflictTarget(runtime, model, ignoreConflicts).node;
  if (rows.length === 0) return [];
  const lists = columnLists(runtime, populatedRows(runtime, ctx, rows), ids);
  const { source, fields } = { source: nodes.source(runtime.table), fields: runtime.fields };
  const insert: InsertStatement = {
    kind: 'insert',
    into: source,
    columns: lists.map((list) => list.field.column),
    rows: insertedRows(runtime, lists),
    ...(ignoreConflicts === false ? {} : { conflict: { target, action: 'nothing' } }),
    returning: { nodes: fields.map((field) => nodes.column(source, field.column, field.property, field.valueKind)) },
  };
  const { compiled, values } = runtime.shapes.compile<object>(runtime.wrapWrite(insert), () => runtime.rowShape);
  const outcome = await executor.execute(compiled, values, runtime.purpose('bulkCreate', ctx), options);
  return outcome.rows;
}

function checkIds(runtime: ModelRuntime, rows: readonly unknown[], ids: readonly unknown[]): void {
  if (runtime.key === null)
    throw new ValidationError([{ path: 'ids', rule: 'key', message: 'the model has no single key' }], { model: runtime.table });
  if (!Array.isArray(ids))
    throw new ValidationError([{ path: 'ids', rule: 'type', message: 'wants a list of ids' }], { model: runtime.table });
  if (ids.length !== rows.length)
    throw new ValidationError([{ path: 'ids', rule: 'length', message: `there are ${ids.length} ids for ${rows.length} rows` }], {
      model: runtime.table,
    });
  const issues = ids.flatMap((id, at): Issue[] => {
    const problem = id === undefined || id === null ? { rule: 'required', message: 'is required' } : runtime.key!.valueKind.validate(id);
    return problem === null ? [] : [{ path: `ids[${at}]`, rule: problem.rule, message: problem.message }];
  });
  if (issues.length > 0) throw new ValidationError(issues, { model: runtime.table });
  for (const id of ids) refuseZero(runtime, id);
}
