// Inserts many rows in one statement, in input order.

import { ValidationError, type Context, type Issue, type TerminalOptions } from '@djogi/core';
import { executorOf, nodes, populated, refuseZero, type InsertStatement, type ModelRuntime } from '@djogi/core/extension';
import { columnLists } from './column-lists.ts';

export interface BulkCreateOptions extends TerminalOptions {
  /** The rows' ids, in the same order: from `Model.nextIds`, so that rows can refer to each other before they exist. */
  readonly ids?: readonly unknown[];
}

/** `INSERT INTO t (...) SELECT ... FROM unnest($1, $2, ...) WITH ORDINALITY ORDER BY ordinality RETURNING <columns>`. One round trip. */
export async function bulkCreate(
  runtime: ModelRuntime,
  ctx: Context,
  rows: readonly Readonly<Record<string, unknown>>[],
  options: BulkCreateOptions = {},
): Promise<object[]> {
  const executor = executorOf(ctx);
  const refuse = (path: string, rule: string, message: string): never => {
    throw new ValidationError([{ path, rule, message }], { model: runtime.table });
  };
  if (!Array.isArray(rows)) refuse('', 'type', 'bulkCreate wants a list of rows');
  if (rows.some((row) => typeof row !== 'object' || row === null)) refuse('', 'type', 'every row must be an object');
  const { ids } = options;
  if (ids !== undefined) checkIds(runtime, rows, ids);
  if (rows.length === 0) return [];
  const isPopulated = runtime.extensions.some((extension) => extension.runtime?.populate !== undefined);
  const drafts = isPopulated ? rows.map((row) => populated(runtime, ctx, row)) : rows;
  const { columns, lists } = columnLists(runtime, drafts, ids);
  const { source, fields } = { source: nodes.source(runtime.table), fields: runtime.fields };
  const insert: InsertStatement = {
    kind: 'insert',
    into: source,
    columns,
    rows: { kind: 'lists', columns: lists },
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
