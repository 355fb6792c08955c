// Rows into a table by COPY ... FROM STDIN: one statement that takes any number of rows as they come, and gives nothing back but their number.

import { CopyError, ValidationError, type Context, type TerminalOptions } from '@djogi/core';
import { executorOf, nodes, quoteIdentifier, quoteLiteral, type InsertStatement, type ModelRuntime } from '@djogi/core/extension';
import { binaryForms } from './column-types.ts';
import { CopyColumns, DEFAULT_MARKER, RowEncoder } from './row-encoder.ts';
import { isRows, OpenedRows, withIds, type Rows } from './row-source.ts';

export interface CopyFromOptions<Id = unknown> extends TerminalOptions {
  /** The rows' ids, in the same order. Pulled in step with the rows, so they may be made in batches while the rows are copied. */
  readonly ids?: Iterable<Id> | AsyncIterable<Id>;
}

/** `COPY t (...) FROM STDIN`. Two round trips besides the data, none without rows. */
export async function copyFrom(runtime: ModelRuntime, ctx: Context, rows: unknown, options: CopyFromOptions = {}): Promise<number> {
  const executor = executorOf(ctx);
  const { ids } = options;
  checkRows(runtime, rows, ids);
  refuseModel(runtime);
  const columns = new CopyColumns(runtime, ids !== undefined);
  let encoder: RowEncoder | undefined;
  let firstId: unknown;
  const opened = await OpenedRows.open(
    ids === undefined
      ? rows
      : withIds(rows, ids, (id) => {
          if (encoder === undefined) firstId = id;
          else encoder.id = id;
        }),
  );
  if (opened.isEmpty) return 0;
  try {
    const types = await binaryForms(runtime, ctx, columns.fields, options);
    const forms = columns.hasDefaults ? null : types;
    encoder = new RowEncoder(runtime, ctx, columns, forms);
    encoder.id = firstId;
    const text = copyText(runtime, columns, forms === null);
    return await executor.copyIn(text, opened.source(), encoder, runtime.purpose('copyFrom', ctx), options);
  } catch (error) {
    opened.leave();
    throw withRow(error);
  }
}

function copyText({ table }: ModelRuntime, { fields, hasDefaults }: CopyColumns, isText: boolean): string {
  const options = isText ? `FORMAT text${hasDefaults ? `, DEFAULT ${quoteLiteral(DEFAULT_MARKER)}` : ''}` : 'FORMAT binary';
  return `COPY ${quoteIdentifier(table)} (${fields.map((field) => quoteIdentifier(field.column)).join(', ')}) FROM STDIN WITH (${options})`;
}

function checkRows(runtime: ModelRuntime, rows: unknown, ids: unknown): asserts rows is Rows {
  const refuse = (path: string, rule: string, message: string): never => {
    throw new ValidationError([{ path, rule, message }], { model: runtime.table });
  };
  if (!isRows(rows)) refuse('', 'type', 'copyFrom wants rows: a list, or anything that gives them one by one');
  if (ids === undefined) return;
  if (runtime.key === null) refuse('ids', 'key', 'the model has no single key');
  if (!isRows(ids)) refuse('ids', 'type', 'wants ids: a list, or anything that gives them one by one');
  if (Array.isArray(rows) && Array.isArray(ids) && rows.length !== ids.length)
    refuse('ids', 'length', `there are ${ids.length} ids for ${rows.length} rows`);
}

/** What an insert of these rows would do and COPY does not. */
function refuseModel(runtime: ModelRuntime): void {
  const { table } = runtime;
  if (runtime.slice !== null)
    throw new CopyError(
      table,
      'slice',
      `Rows cannot be copied through a proxy of ${table}: COPY does not check its filter. Copy into the model itself.`,
    );
  if (!runtime.wrapsWrites) return;
  const insert: InsertStatement = {
    kind: 'insert',
    into: nodes.source(table),
    columns: [],
    rows: { kind: 'defaults' },
    returning: { nodes: runtime.columns },
  };
  if (runtime.wrapWrite(insert) === insert) return;
  const names = runtime.extensions.filter((extension) => extension.runtime?.aroundWrite !== undefined).map((extension) => extension.name);
  throw new CopyError(
    table,
    'wrapped_write',
    `Rows cannot be copied into ${table}: its writes do more than write the row (${names.join(', ')}), and COPY can do nothing else. Use bulkCreate.`,
  );
}

/** The position of the row that the server refused, counted as rows are in issues. */
function withRow(error: unknown): unknown {
  const { copyLine } = (error ?? {}) as { copyLine?: unknown };
  if (typeof copyLine !== 'number') return error;
  return Object.defineProperty(error as object, 'rowIndex', { value: copyLine - 1, enumerable: true, configurable: true });
}
