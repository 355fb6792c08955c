// Single-row operations by key: create, get, find, update, ids. The statics of a model class call these.

import type { CompiledStatement } from '../db/port.ts';
import { LockConflictError } from '../error/database-error.ts';
import { NotFoundError, ValidationError } from '../error/value-error.ts';
import { checkBatchCount, checkBatchResult, refuseZeroKey } from '../id/key-generator.ts';
import { quoteIdentifier } from '../ident/identifier.ts';
import { intKind } from '../value/number.ts';
import { textKind } from '../value/text.ts';
import { executorOf, type Context, type TerminalOptions } from '../db/context.ts';
import { checkKey, createValues, isIgnored, patchValues } from './input.ts';
import type { ModelRuntime, StoredField } from './runtime.ts';
import { insertRow, selectByKey, updateRow } from './write-statement.ts';

type Input = Readonly<Record<string, unknown>>;

/** One statement, one round trip. Null when no row has the key, or none is visible, or for a proxy none in its slice. */
export async function findRow(
  runtime: ModelRuntime,
  ctx: Context,
  id: unknown,
  operation: string,
  options?: TerminalOptions,
  inSlice = true,
): Promise<object | null> {
  checkKey(runtime, id);
  const { compiled, values } = selectByKey(runtime, id, inSlice);
  const { rows } = await executorOf(ctx).execute(compiled, values, runtime.purpose(operation, ctx), options);
  return rows[0] ?? null;
}

export async function getRow(
  runtime: ModelRuntime,
  ctx: Context,
  id: unknown,
  operation: string,
  options?: TerminalOptions,
  inSlice = true,
): Promise<object> {
  const row = await findRow(runtime, ctx, id, operation, options, inSlice);
  if (row === null)
    throw new NotFoundError(
      runtime.table,
      `No row of ${runtime.table} has this id, or none is visible. Use find where a missing row is expected.`,
    );
  return row;
}

/** What extensions and hooks do to a draft before it is validated. The caller's object is not changed. */
export async function preparedDraft(runtime: ModelRuntime, ctx: Context, input: Input): Promise<Input> {
  const { extensions, hooks } = runtime;
  if (hooks?.beforeCreate === undefined && !extensions.some((extension) => extension.runtime?.populate !== undefined)) return input;
  const draft: Record<string, unknown> = { ...populated(runtime, ctx, input) };
  await hooks?.beforeCreate?.(draft, ctx);
  return draft;
}

/** What extensions alone do to a draft: what set writes use, which run no hooks. */
export function populated(runtime: ModelRuntime, ctx: Context, input: Input): Input {
  const populators = runtime.extensions.filter((extension) => extension.runtime?.populate !== undefined);
  if (populators.length === 0) return input;
  const draft: Record<string, unknown> = { ...input };
  for (const extension of populators) extension.runtime!.populate!(draft, ctx);
  return draft;
}

export async function createRow(runtime: ModelRuntime, ctx: Context, input: Input, options?: TerminalOptions): Promise<object> {
  const executor = executorOf(ctx);
  const draft = runtime.hooks === null && runtime.extensions.length === 0 ? input : await preparedDraft(runtime, ctx, input);
  const prepared = createValues(runtime, draft);
  const { compiled, values } = insertRow(runtime, prepared.fields, prepared.values);
  const { rows } = await executor.execute(compiled, values, runtime.purpose('create', ctx), options);
  const row = rows[0];
  if (row === undefined)
    throw new NotFoundError(runtime.table, `The insert into ${runtime.table} returned no row: a trigger suppressed it.`);
  if (runtime.hooks?.afterCreate !== undefined) await runtime.hooks.afterCreate(row, ctx);
  return row;
}

/** One statement when the id is new, two when it is taken: then the stored row is returned, never the caller's values. */
export async function createRowWithId(
  runtime: ModelRuntime,
  ctx: Context,
  id: unknown,
  input: Input,
  options?: TerminalOptions,
): Promise<{ row: object; created: boolean }> {
  const executor = executorOf(ctx);
  checkKey(runtime, id);
  refuseZero(runtime, id);
  const prepared = createValues(runtime, await preparedDraft(runtime, ctx, input), id);
  const { compiled, values } = insertRow(runtime, prepared.fields, prepared.values, true);
  const { rows } = await executor.execute(compiled, values, runtime.purpose('createWithId', ctx), options);
  const row = rows[0];
  if (row === undefined) return { row: await getRow(runtime, ctx, id, 'createWithId', options), created: false };
  await runtime.hooks?.afterCreate?.(row, ctx);
  return { row, created: true };
}

/** Refuses the placeholder of the model's key kind. Errors: ID_ZERO_SENTINEL. */
export function refuseZero(runtime: ModelRuntime, id: unknown): void {
  if (runtime.keySpec.generator !== null) refuseZeroKey(runtime.keySpec.generator, id);
  const { partitionBy } = runtime.descriptor;
  // The primary key of such a table is the id together with the partition column: nothing in the database holds the id alone to be unique.
  if (partitionBy !== null && partitionBy.column !== runtime.keySpec.column)
    throw new ValidationError(
      [
        {
          path: 'id',
          rule: 'partition_key',
          message: `is unique per ${partitionBy.column} only, so that nobody can tell whether it is taken`,
        },
      ],
      { model: runtime.table },
    );
}

export interface UpdateOptions extends TerminalOptions {
  /** Refuses with LOCK_CONFLICT when the stored version is another. */ readonly version?: number;
}

/** Exactly the patch, in one statement. */
export async function updateById(
  runtime: ModelRuntime,
  ctx: Context,
  id: unknown,
  patch: Input,
  options: UpdateOptions = {},
): Promise<object> {
  const executor = executorOf(ctx);
  checkKey(runtime, id);
  const { fields, values } = patchValues(runtime, patch);
  if (fields.length === 0)
    throw new ValidationError([{ path: '', rule: 'empty_patch', message: 'a patch must name at least one field' }], {
      model: runtime.table,
    });
  if (options.version !== undefined && runtime.version === null)
    throw new ValidationError([{ path: '', rule: 'version', message: 'the model has no version field to check' }], {
      model: runtime.table,
    });
  const statement = updateRow(runtime, fields, values, { id, version: options.version, inSlice: true });
  const { rows } = await executor.execute(statement.compiled, statement.values, runtime.purpose('update', ctx), options);
  return rows[0] ?? missing(runtime, options.version);
}

/** Why an update met no row: the key, or the version it was told to check. */
export function missing(runtime: ModelRuntime, version: unknown): never {
  if (version !== undefined) {
    throw new LockConflictError(
      `The row of ${runtime.table} was changed or deleted since it was read. Read it again and repeat the change.`,
      { reason: 'version', table: runtime.table, expected: version },
    );
  }
  throw new NotFoundError(runtime.table, `No row of ${runtime.table} has this id, or none is visible.`);
}

/** An unsaved row: what was given, values and functions as defaults, no id. */
export function buildDraft(runtime: ModelRuntime, input: Input): object {
  if (typeof input !== 'object' || input === null)
    throw new ValidationError([{ path: '', rule: 'type', message: 'the values of a row must be an object' }], { model: runtime.table });
  const values = runtime.fields.map((field) => {
    if (field.descriptor.isReadOnly) return undefined;
    const given = input[field.property];
    if (given !== undefined) return given;
    const spec = field.spec?.default;
    return spec?.kind === 'value' ? ownValue(field, spec.value) : field.descriptor.role === 'key' ? undefined : field.defaultFn?.();
  });
  const unknown = Object.keys(input).filter((property) => !runtime.byProperty.has(property) && !isIgnored(runtime, property));
  if (unknown.length > 0)
    throw new ValidationError(
      unknown.map((path) => ({ path, rule: 'unknown_field', message: 'is no field of the model' })),
      { model: runtime.table },
    );
  return new runtime.buildRow(...values);
}

/** A value of a kind that changes in place is copied: the default of one row must not become the next one's. */
const ownValue = ({ valueKind: { isMutable, codec } }: StoredField, value: unknown): unknown =>
  isMutable === true && value !== null ? codec.text.decode(codec.text.encode(value)) : value;

/** `count` keys without inserting, in logical order: one round trip, none for 0 or for kinds that are made in process. */
export async function nextKeys(runtime: ModelRuntime, ctx: Context, count: number, options?: TerminalOptions): Promise<unknown[]> {
  checkBatchCount(count);
  const executor = executorOf(ctx);
  const { generate } = runtime.keySpec;
  if (count === 0) return [];
  if (generate !== null) return Array.from({ length: count }, () => generate());
  const { statement, values } = batchStatement(runtime, count);
  const { rows } = await executor.execute(statement, values, runtime.purpose('nextIds', ctx), options);
  checkBatchResult(rows, count);
  return rows;
}

function batchStatement(runtime: ModelRuntime, count: number): { statement: CompiledStatement<unknown>; values: readonly unknown[] } {
  const { keySpec, key, plans, table } = runtime;
  const needsSequence = keySpec.identity !== null;
  let plan = plans.get('nextIds');
  if (plan === undefined) {
    const rows = { columns: [{ name: 'id', codec: key!.valueKind.codec, table }], as: 'value' as const };
    const text = needsSequence
      ? `SELECT nextval(pg_get_serial_sequence($1::text, $2::text))::${key!.valueKind.castType} FROM generate_series(1, $3::integer)`
      : (keySpec.batchSql ?? (keySpec.defaultSql === null ? null : `SELECT (${keySpec.defaultSql}) FROM generate_series(1, $1::integer)`));
    if (text === null)
      throw new ValidationError(
        [{ path: 'id', rule: 'key_generator', message: 'is supplied by the caller: this key kind generates nothing' }],
        { model: table },
      );
    plan = {
      compiled: { text, parameters: needsSequence ? [textKind.codec, textKind.codec, intKind.codec] : [intKind.codec], rows },
      slots: null,
    };
    plans.set('nextIds', plan);
  }
  return { statement: plan.compiled, values: needsSequence ? [quoteIdentifier(table), keySpec.column, count] : [count] };
}
