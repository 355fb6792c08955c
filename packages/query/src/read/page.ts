// Pages by cursor: each begins behind the last row of the one before, whatever was inserted or deleted meanwhile, and costs the same however deep it is.

import { executorOf, sha256Hex, type OrderTerm, type RowShape, type SelectStatement } from '@djogi/core/extension';
import { ValidationError, type Context, type TerminalOptions } from '@djogi/core';
import { refuseLock } from '../set/lock.ts';
import { limitOf, rowBuilder, rowNodes, rowShape, saltOf, selectStatement } from '../set/lower.ts';
import { mayBeNull } from '../set/nullability.ts';
import { refuse, reversedTerm } from '../set/refine.ts';
import { completeRows } from '../set/related.ts';
import type { Selection } from '../set/selection.ts';
import { asWritten, isOfKind, MAX_CURSOR_LENGTH, readCursor, writeCursor, type KeyValues } from './cursor.ts';
import { beyond, pageKeys } from './keyset.ts';

/** The most rows of a page. More of them are what `stream` is for. */
export const MAX_PAGE_SIZE = 10_000;

export interface PageOptions extends TerminalOptions {
  /** Rows, from 1 to 10,000. */
  readonly size: number;
  /** The `next` of another page: the rows behind it. Null, as the last page has it, or absent: the first page. */
  readonly after?: string | null | undefined;
  /** The `previous` of another page: the rows before it. */
  readonly before?: string | null | undefined;
}

/** Some rows of an ordering, and where to go on. */
export interface Page<T> {
  readonly rows: T[];
  /** For `after`. Null when no row follows. */
  readonly next: string | null;
  /** For `before`. Null on the first page, and on a page without rows. */
  readonly previous: string | null;
}

/** A row with the values of its sort keys. */
interface Placed<Row> {
  readonly row: Row;
  readonly keys: KeyValues;
}

export async function fetchPage<Row>(selection: Selection, ctx: Context, options: PageOptions): Promise<Page<Row>> {
  const executor = executorOf(ctx);
  const { size, cursor, isBackward } = checkOptions(selection, options);
  refuseModifiers(selection);
  const keys = pageKeys(selection),
    fingerprint = orderingOf(selection, keys);
  const from = cursor === null ? null : valuesOf(selection, cursor, isBackward ? 'before' : 'after', fingerprint, keys);
  const terms = isBackward ? keys.map(reversedTerm) : keys;
  const { runtime, where } = selection;
  const placed: Selection = { ...selection, orderBy: terms, where: from === null ? where : [...where, beyond(terms, from)] };
  const { compiled, values } = runtime.shapes.compile(
    // One more than is given tells whether there are more.
    pageStatement(placed, size + 1),
    () => pageShape<Row>(placed),
    `page${saltOf(selection)}`,
  );
  if (selection.isNone) return { rows: [], next: null, previous: null };
  const { rows: found } = await executor.execute(compiled, values, runtime.purpose('fetchPage', ctx), options);
  const hasMore = found.length > size;
  if (hasMore) found.length = size;
  if (isBackward) found.reverse();
  const rows = found.map((row) => row.row);
  await completeRows(rows, selection.related, ctx, options);
  const at = (row: Placed<Row> | undefined): string | null => {
    const cursor = row === undefined ? null : writeCursor(fingerprint, row.keys);
    if (cursor !== null && cursor.length > MAX_CURSOR_LENGTH)
      refuse(
        selection,
        'cursor_length',
        'the sort keys of a row are too long for a cursor: sort by something shorter, such as how they begin',
      );
    return cursor;
  };
  const [first] = found;
  return {
    rows,
    // There was a row at the cursor when it was made, so there is something on its other side.
    next: isBackward || hasMore ? at(found.at(-1)) : null,
    previous: isBackward ? (hasMore ? at(first) : null) : from === null ? null : at(first),
  };
}

function checkOptions(selection: Selection, options: PageOptions): { size: number; cursor: string | null; isBackward: boolean } {
  if (typeof options !== 'object' || options === null)
    return refuse(selection, 'page', 'fetchPage wants an object with the size of the page');
  const { size, after = null, before = null } = options;
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE_SIZE)
    throw new ValidationError([{ path: 'size', rule: 'range', message: `must be an integer from 1 to ${MAX_PAGE_SIZE}` }], {
      model: selection.runtime.table,
    });
  if (after !== null && before !== null) refuse(selection, 'page', 'fetchPage goes after a cursor or before one, not both');
  return { size, cursor: after ?? before, isBackward: before !== null };
}

/** What cuts the rows elsewhere, or makes them others than the table's. */
function refuseModifiers(selection: Selection): void {
  const { limit, offset, distinct } = selection;
  const modifier =
    limit !== undefined
      ? 'limit'
      : offset !== undefined
        ? 'offset'
        : distinct === true
          ? 'distinct'
          : distinct === undefined
            ? null
            : 'distinctOn';
  if (modifier !== null) refuse(selection, 'page', `fetchPage cuts the rows into pages by their ordering: it does not go with ${modifier}`);
  // The row behind the page would be locked, too, and nobody would know of it.
  refuseLock(selection, 'fetchPage');
}

/** By the statement that has them and nothing else. */
const orderings = new WeakMap<object, string>();

/** Tells orderings apart: by their text, the values in it and the table. The filter may change between two pages, for what is left of the rows is still in order. */
function orderingOf(selection: Selection, keys: readonly OrderTerm[]): string {
  const { runtime, source } = selection;
  const statement: SelectStatement = { kind: 'select', from: source, projection: keys.map((key) => key.by), where: null, orderBy: keys };
  const { compiled, values } = runtime.shapes.compile(statement, () => null, 'ordering');
  // Hashed once for each ordering without values, which nearly all are: 50 microseconds.
  let known = orderings.get(compiled);
  if (known === undefined) orderings.set(compiled, (known = digest([runtime.table, compiled.text])));
  if (values.length === 0) return known;
  return digest([known, ...values.map((value, at) => (value === null ? null : compiled.parameters[at]!.text.encode(value)))]);
}

const digest = (facts: readonly unknown[]): string => sha256Hex(JSON.stringify(facts)).slice(0, 16);

function valuesOf(selection: Selection, cursor: string, path: string, fingerprint: string, keys: readonly OrderTerm[]): KeyValues {
  const values = readCursor(cursor, fingerprint);
  const refused = (rule: string, message: string): ValidationError =>
    new ValidationError([{ path, rule, message }], { model: selection.runtime.table });
  if (values === 'foreign')
    throw refused(
      'cursor_ordering',
      'is a cursor of another ordering, model or version: begin with the first page, whenever the ordering changes',
    );
  const isWhole =
    values !== 'damaged' &&
    values.length === keys.length &&
    keys.every(({ by }, at) => {
      const text = values[at]!;
      return text === null ? mayBeNull(by) : isOfKind(text, by.valueKind);
    });
  if (!isWhole) throw refused('cursor', 'is no cursor of a page: pass on what a page gave, unchanged');
  return values;
}

function pageStatement(selection: Selection, count: number): SelectStatement {
  const chosen = limitOf(count);
  return {
    ...selectStatement(selection, chosen),
    projection: [...rowNodes(selection), ...selection.orderBy.map((term) => term.by)],
  };
}

function pageShape<Row>(selection: Selection): RowShape<Placed<Row>> {
  const row = rowShape<unknown>(selection),
    rowOf = rowBuilder(row),
    count = row.columns.length;
  function Built(...values: unknown[]): Placed<Row> {
    return { row: rowOf(values.slice(0, count)) as Row, keys: values.slice(count) as (string | null)[] };
  }
  const keys = selection.orderBy.map(({ by }, at) => ({
    name: `key ${at + 1}`,
    codec: asWritten(by.valueKind).codec,
    table: selection.runtime.table,
  }));
  return { columns: [...row.columns, ...keys], build: Built as unknown as new (...values: unknown[]) => Placed<Row> };
}
