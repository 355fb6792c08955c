// The terminals that read. Each is one statement and one round trip; on a structurally empty set, none.

import {
  bigintKind,
  countKind,
  booleanKind,
  executorOf,
  listKind,
  nodes,
  OPERATORS,
  textKind,
  type CompiledStatement,
  type RowShape,
  type SelectStatement,
  type StoredField,
} from '@djogi/core/extension';
import { MultipleObjectsError, NotFoundError, ValidationError, type Context, type TerminalOptions } from '@djogi/core';
import { compileSelect, selectStatement } from '../set/lower.ts';
import { warnOfLock } from '../set/lock.ts';
import { completeRows, hasRelated } from '../set/related.ts';
import type { Selection } from '../set/selection.ts';

const { column, operation, value } = nodes;

export async function fetchRows<Row>(
  selection: Selection,
  ctx: Context,
  operationName: string,
  options: TerminalOptions | undefined,
  limit?: number,
): Promise<Row[]> {
  const executor = executorOf(ctx);
  const { compiled, values } = compileSelect<Row>(selection, limit);
  warnOfLock(selection, executor);
  if (selection.isNone) return [];
  const { rows } = await executor.execute(compiled, values, selection.runtime.purpose(operationName, ctx), options);
  if (hasRelated(selection.related)) await completeRows(rows, selection.related, ctx, options);
  return rows;
}

/** LIMIT 2 tells one row from several without counting them. */
export async function fetchOne<Row>(selection: Selection, ctx: Context, options?: TerminalOptions): Promise<Row> {
  const rows = await fetchRows<Row>(selection, ctx, 'fetchOne', options, 2);
  if (rows.length > 1) throw new MultipleObjectsError(selection.runtime.table);
  if (rows.length === 0) throw new NotFoundError(selection.runtime.table);
  return rows[0]!;
}

export async function first<Row>(selection: Selection, ctx: Context, options?: TerminalOptions): Promise<Row | null> {
  if (selection.limit === 0 || selection.limit === 0n) return (await fetchRows<Row>(selection, ctx, 'first', options, 0))[0] ?? null;
  return (await fetchRows<Row>(selection, ctx, 'first', options, 1))[0] ?? null;
}

const COUNT: RowShape<number> = { columns: [{ name: 'count', codec: countKind.codec }], as: 'value' };
const COUNT_BIG: RowShape<bigint> = { columns: [{ name: 'count', codec: bigintKind.codec }], as: 'value' };
const EXISTS: RowShape<boolean> = { columns: [{ name: 'exists', codec: booleanKind.codec }], as: 'value' };

/** Ignores ordering, limit and offset; counts distinct rows where the set is distinct. */
export const count = (selection: Selection, ctx: Context, options?: TerminalOptions): Promise<number> =>
  counted(selection, ctx, 'count', COUNT, 0, options);

/** The same as a bigint, for counts that no number holds. */
export const countBig = (selection: Selection, ctx: Context, options?: TerminalOptions): Promise<bigint> =>
  counted(selection, ctx, 'countBig', COUNT_BIG, 0n, options);

async function counted<Count extends number | bigint>(
  selection: Selection,
  ctx: Context,
  operationName: string,
  shape: RowShape<Count>,
  none: Count,
  options: TerminalOptions | undefined,
): Promise<Count> {
  const executor = executorOf(ctx);
  const { limit: _limit, offset: _offset, ...rows } = selectStatement({ ...selection, lock: undefined });
  // DISTINCT ON chooses by the ordering but counts the same without it.
  const of: SelectStatement = { ...rows, orderBy: [] };
  const { compiled, values } = selection.runtime.shapes.compile<Count>({ kind: 'count', of }, () => shape, operationName);
  if (selection.isNone) return none;
  const { rows: found } = await executor.execute(compiled, values, selection.runtime.purpose(operationName, ctx), options);
  return found[0]!;
}

export async function exists(selection: Selection, ctx: Context, options?: TerminalOptions, operationName = 'exists'): Promise<boolean> {
  const executor = executorOf(ctx);
  const { compiled, values } = selection.runtime.shapes.compile<boolean>(
    { kind: 'exists', of: { ...selectStatement({ ...selection, lock: undefined }), orderBy: [] } },
    () => EXISTS,
  );
  if (selection.isNone) return false;
  const { rows } = await executor.execute(compiled, values, selection.runtime.purpose(operationName, ctx), options);
  return rows[0]!;
}

/** The rows of these ids by id, in one statement with one parameter for all of them. */
export async function inBulk<Row>(
  selection: Selection,
  ctx: Context,
  ids: Iterable<unknown>,
  options?: TerminalOptions,
): Promise<Map<unknown, Row>> {
  const executor = executorOf(ctx);
  const { runtime, source } = selection;
  const refuse = (message: string): never => {
    throw new ValidationError([{ path: '', rule: 'in_bulk', message }], { model: runtime.table });
  };
  const key = (selection.derived?.built == null ? runtime.key : null) ?? refuse('the rows have no single key to look them up by');
  if (selection.projection !== undefined) refuse('inBulk gives whole rows: it does not go with select');
  if (selection.limit !== undefined || selection.offset !== undefined)
    refuse('inBulk gives all rows of the ids: it does not go with limit or offset');
  if (typeof ids !== 'object' || ids === null || !(Symbol.iterator in ids)) refuse('inBulk wants a list of ids');
  const distinct = [...new Set(ids)];
  checkIds(key, distinct, runtime.table);
  if (selection.isNone || distinct.length === 0) return new Map();
  const among = operation(
    OPERATORS.in,
    [column(source, key.column, key.property, key.valueKind), value(distinct, listKind(key.valueKind))],
    booleanKind,
  );
  const { compiled, values } = compileSelect<Row>({ ...selection, where: [...selection.where, among] });
  warnOfLock(selection, executor);
  const { rows } = await executor.execute(compiled, values, runtime.purpose('inBulk', ctx), options);
  await completeRows(rows, selection.related, ctx, options);
  return new Map(rows.map((row) => [(row as { id: unknown }).id, row]));
}

function checkIds(key: StoredField, ids: readonly unknown[], table: string): void {
  const issues = ids.flatMap((id, index) => {
    const problem = id === undefined || id === null ? { rule: 'required', message: 'must be an id' } : key.valueKind.validate(id);
    return problem === null ? [] : [{ path: `ids[${index}]`, rule: problem.rule, message: problem.message }];
  });
  if (issues.length > 0) throw new ValidationError(issues, { model: table });
}

export interface ExplainOptions extends TerminalOptions {
  /** Runs the statement and reports what happened. Reads only. */
  readonly analyze?: boolean;
  readonly buffers?: boolean;
  readonly verbose?: boolean;
  readonly settings?: boolean;
  /** `json` is parsed. Default `text`. */
  readonly format?: 'text' | 'json';
}

/** The plan of the statement that `fetchAll` would run. */
export async function explain(selection: Selection, ctx: Context, options: ExplainOptions = {}): Promise<unknown> {
  const { compiled, values } = compileSelect(selection);
  return explainCompiled(selection, ctx, { compiled, values }, options);
}

const FLAGS = ['analyze', 'buffers', 'verbose', 'settings'] as const;

/** The plan of any statement. */
export async function explainCompiled(
  { runtime }: Pick<Selection, 'runtime'>,
  ctx: Context,
  { compiled, values }: { compiled: CompiledStatement; values: readonly unknown[] },
  options: ExplainOptions,
): Promise<unknown> {
  const executor = executorOf(ctx);
  const format = options.format ?? 'text';
  if (format !== 'text' && format !== 'json') throw new ValidationError([{ path: 'format', rule: 'type', message: "is 'text' or 'json'" }]);
  const odd = FLAGS.find((flag) => options[flag] !== undefined && typeof options[flag] !== 'boolean');
  if (odd !== undefined) throw new ValidationError([{ path: odd, rule: 'type', message: 'is true or false' }]);
  const settings = [...FLAGS.filter((flag) => options[flag] === true).map((flag) => flag.toUpperCase()), `FORMAT ${format.toUpperCase()}`];
  const statement: CompiledStatement<string> = {
    text: `EXPLAIN (${settings.join(', ')}) ${compiled.text}`,
    parameters: compiled.parameters,
    rows: { columns: [{ name: 'plan', codec: textKind.codec }], as: 'value' },
  };
  const { rows } = await executor.execute(statement, values, runtime.purpose('explain', ctx), options);
  return format === 'json' ? JSON.parse(rows.join('\n')) : rows.join('\n');
}
