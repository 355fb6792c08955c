// Terminals about an end of an ordering, and about one row.

import { booleanKind, isExpression, nodeOf, nodes, OPERATORS } from '@djogi/core/extension';
import { ValidationError, type Context, type Order, type TerminalOptions } from '@djogi/core';
import { mayBeNull } from '../set/nullability.ts';
import { given, ordered, refuse, reversed, type Callback } from '../set/refine.ts';
import type { Selection } from '../set/selection.ts';
import { exists, fetchRows } from './terminals.ts';

const { column, operation, value } = nodes;

/** The last row of the ordering: the first of the reversed one. */
export async function last<Row>(selection: Selection, ctx: Context, options?: TerminalOptions): Promise<Row | null> {
  refuseCuts(selection, 'last');
  return (await fetchRows<Row>(reversed(selection, 'last'), ctx, 'last', options, 1))[0] ?? null;
}

/** The row with the least value, or with the greatest one. Rows without a value come behind all others. */
export async function extreme<Row>(
  selection: Selection,
  ctx: Context,
  method: 'earliest' | 'latest',
  by: Callback,
  options?: TerminalOptions,
): Promise<Row | null> {
  refuseCuts(selection, method);
  const direction = method === 'earliest' ? 'asc' : 'desc';
  const key = given(selection, by);
  if (!isExpression(key) || !(direction in key)) return refuse(selection, 'order', `${method} wants an expression that has an order`);
  const order = (key as unknown as Readonly<Record<string, () => Order>>)[direction]!();
  // Where there is no NULL the plain order is that of an index.
  const term = direction === 'desc' && mayBeNull(nodeOf(key)) ? order.nullsLast() : order;
  const only = ordered({ ...selection, orderBy: [], orderPrefix: 0 }, () => term, false);
  return (await fetchRows<Row>(only, ctx, method, options, 1))[0] ?? null;
}

/** Whether the row, known by its id, is among those of the set. */
export async function contains(selection: Selection, ctx: Context, row: unknown, options?: TerminalOptions): Promise<boolean> {
  const { runtime, source } = selection;
  const key =
    (selection.derived?.built == null ? runtime.key : null) ??
    refuse(selection, 'contains', 'the rows have no single key to look one up by');
  refuseCuts(selection, 'contains');
  const id = typeof row === 'object' && row !== null ? (row as { readonly id?: unknown }).id : undefined;
  const problem = id === undefined || id === null ? { rule: 'required', message: 'must be the id of a row' } : key.valueKind.validate(id);
  if (problem !== null) throw new ValidationError([{ path: 'id', rule: problem.rule, message: problem.message }], { model: runtime.table });
  const same = operation(
    OPERATORS.eq,
    [column(source, key.column, key.property, key.valueKind, true), value(id, key.valueKind)],
    booleanKind,
  );
  return exists({ ...selection, where: [...selection.where, same] }, ctx, options, 'contains');
}

/** What chooses rows by the ordering that these terminals replace. */
function refuseCuts(selection: Selection, method: string): void {
  const { limit, offset, distinct } = selection;
  const modifier =
    limit !== undefined ? 'limit' : offset !== undefined ? 'offset' : distinct !== undefined && distinct !== true ? 'distinctOn' : null;
  if (modifier !== null) refuse(selection, 'order', `${method} is about all rows of the set: it does not go with ${modifier}`);
}
