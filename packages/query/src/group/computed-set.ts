// The terminals of queries whose rows are not a model's alone: groups, and rows with values beside them. Each is one statement and one round trip.

import {
  booleanKind,
  countKind,
  executorOf,
  type ModelRuntime,
  type RowShape,
  type SelectStatement,
  type SetOperationStatement,
} from '@djogi/core/extension';
import { MultipleObjectsError, NotFoundError, ValidationError, type Context, type TerminalOptions } from '@djogi/core';
import { copyTo, type CopyChunks, type CopyToOptions } from '../copy/copy-to.ts';
import { besideStream, streamOf, type RowStream, type StreamOptions } from '../read/stream.ts';
import { explainCompiled, type ExplainOptions } from '../read/terminals.ts';
import type { Executable } from '../set/lower.ts';
import type { SqlText } from '../set/shape.ts';

/** What is asked of every such query. */
export interface ComputedRows<Row> {
  /** All rows, in memory at once. One round trip. */
  fetchAll(ctx: Context, options?: TerminalOptions): Promise<Row[]>;
  /** The one row. Errors: NOT_FOUND, MULTIPLE_OBJECTS. One round trip. */
  fetchOne(ctx: Context, options?: TerminalOptions): Promise<Row>;
  /** The first row by the ordering (none is added), or null. One round trip. */
  first(ctx: Context, options?: TerminalOptions): Promise<Row | null>;
  /** The number of rows, whatever ordering, limit and offset. Errors: DECODE above 2^53 - 1. One round trip. */
  count(ctx: Context, options?: TerminalOptions): Promise<number>;
  /** Whether there is a row. One round trip. */
  exists(ctx: Context, options?: TerminalOptions): Promise<boolean>;
  /** The rows one by one through a cursor, in a transaction. Errors: STREAM_OUTSIDE_TRANSACTION, thrown at the call. One round trip a batch, besides opening and closing. */
  stream(ctx: Context, options?: StreamOptions): RowStream<Row>;
  /** The rows as a file: csv, text or binary. One statement, sent at the first pull. */
  copyTo(ctx: Context, options?: CopyToOptions): CopyChunks;
  /** The SELECT of `fetchAll`. No I/O. */
  toSql(): SqlText;
  /** EXPLAIN of the SELECT of `fetchAll`: text, or parsed JSON. One round trip. */
  explain(ctx: Context, options: ExplainOptions & { format: 'json' }): Promise<unknown>;
  explain(ctx: Context, options?: ExplainOptions): Promise<string>;
}

/** A query as the terminals see it. `limit` overrides the query's own. */
export interface Lowering<Row> {
  readonly runtime: ModelRuntime;
  readonly isNone: boolean;
  readonly limit: number | bigint | undefined;
  /** What the names and kinds of the outputs add to the shape of the statement. */
  readonly salt: string;
  readonly select: (limit?: number) => SelectStatement | SetOperationStatement;
  /** The rows that `count` and `exists` are about. */
  readonly counted: () => SelectStatement;
  readonly shape: () => RowShape<Row>;
  /** Finishes rows that came, where more comes along with them. */
  readonly complete?: ((rows: readonly Row[], ctx: Context, options: TerminalOptions | undefined) => Promise<void>) | undefined;
}

const COUNT: RowShape<number> = { columns: [{ name: 'count', codec: countKind.codec }], as: 'value' };
const EXISTS: RowShape<boolean> = { columns: [{ name: 'exists', codec: booleanKind.codec }], as: 'value' };

/** Not thenable on purpose, as sets are not. */
export abstract class ComputedSet {
  protected abstract lowering(): Lowering<any>;

  async fetchAll(ctx: Context, options?: TerminalOptions): Promise<unknown[]> {
    return rowsOf(this.lowering(), ctx, 'fetchAll', options);
  }
  async fetchOne(ctx: Context, options?: TerminalOptions): Promise<unknown> {
    const lowering = this.lowering(),
      rows = await rowsOf(lowering, ctx, 'fetchOne', options, 2),
      { table } = lowering.runtime;
    if (rows.length > 1) throw new MultipleObjectsError(table);
    if (rows.length === 0) throw new NotFoundError(table);
    return rows[0];
  }
  async first(ctx: Context, options?: TerminalOptions): Promise<unknown> {
    const lowering = this.lowering(),
      { limit } = lowering;
    return (await rowsOf(lowering, ctx, 'first', options, limit === undefined || limit > 0 ? 1 : 0))[0] ?? null;
  }
  async count(ctx: Context, options?: TerminalOptions): Promise<number> {
    const executor = executorOf(ctx),
      { runtime, isNone, counted } = this.lowering();
    const { compiled, values } = runtime.shapes.compile<number>({ kind: 'count', of: counted() }, () => COUNT);
    if (isNone) return 0;
    return (await executor.execute(compiled, values, runtime.purpose('count', ctx), options)).rows[0]!;
  }
  async exists(ctx: Context, options?: TerminalOptions): Promise<boolean> {
    const executor = executorOf(ctx),
      { runtime, isNone, select, counted } = this.lowering();
    const { limit, offset } = select(),
      of: SelectStatement = { ...counted(), ...(limit === undefined ? {} : { limit }), ...(offset === undefined ? {} : { offset }) };
    const { compiled, values } = runtime.shapes.compile<boolean>({ kind: 'exists', of }, () => EXISTS);
    if (isNone) return false;
    return (await executor.execute(compiled, values, runtime.purpose('exists', ctx), options)).rows[0]!;
  }
  stream(ctx: Context, options?: StreamOptions): RowStream<unknown> {
    const lowering = this.lowering(),
      { runtime, isNone, complete } = lowering;
    return streamOf(
      { runtime, isNone, complete: complete === undefined ? undefined : (rows) => complete(rows, ctx, besideStream(options)) },
      () => compiledOf(lowering),
      ctx,
      options,
    );
  }
  copyTo(ctx: Context, options?: CopyToOptions): CopyChunks {
    const { runtime, isNone, select, shape, complete } = this.lowering();
    if (complete !== undefined)
      throw new ValidationError(
        [
          {
            path: '',
            rule: 'related',
            message: 'copyTo does not give the rows that selectRelated and prefetch would load: leave them out',
          },
        ],
        { model: runtime.table },
      );
    return copyTo({ runtime, isNone, statement: select(), names: shape().columns.map((column) => column.name) }, ctx, options);
  }
  async explain(ctx: Context, options: ExplainOptions = {}): Promise<unknown> {
    const lowering = this.lowering();
    return explainCompiled(lowering, ctx, compiledOf(lowering), options);
  }
  toSql(): SqlText {
    const { compiled, values } = compiledOf(this.lowering());
    return { text: compiled.text, values };
  }
}

const compiledOf = ({ runtime, select, shape, salt }: Lowering<unknown>, limit?: number): Executable<unknown> =>
  runtime.shapes.compile<unknown>(select(limit), shape, salt);

async function rowsOf(
  lowering: Lowering<unknown>,
  ctx: Context,
  operation: string,
  options: TerminalOptions | undefined,
  limit?: number,
): Promise<unknown[]> {
  const executor = executorOf(ctx),
    { runtime, isNone } = lowering,
    { compiled, values } = compiledOf(lowering, limit);
  if (isNone) return [];
  const { rows } = await executor.execute(compiled, values, runtime.purpose(operation, ctx), options);
  await lowering.complete?.(rows, ctx, options);
  return rows;
}
