// What a row can do: save, update, delete, refresh and the rest. State that belongs to the object and not to the data (busy, deleted, tracking) is kept
// beside it.

import { InstanceError } from '../error/instance-error.ts';
import { NotFoundError, ValidationError, type Issue } from '../error/value-error.ts';
import { runtimeOf } from './describe.ts';
import { executorOf, type Context, type TerminalOptions } from '../db/context.ts';
import { checkKey, patchValues, rowValues } from './input.ts';
import { loadedVersion, renewVersion } from './loaded-version.ts';
import type { ModelRuntime, StoredField } from './runtime.ts';
import { getRow, missing } from './single-row.ts';
import { comparable, dirtyProperties, isTracked, mark, renewBaseline, unmark } from './tracking.ts';
import { deleteRow, deleteRowReturning, updateRow, updateRowReturningPair, type RowPair, type Target } from './write-statement.ts';

type Values = Record<string, unknown>;

const states = new WeakMap<object, 'busy' | 'deleted'>();

const runtimeOfRow = (row: object): ModelRuntime => runtimeOf(row.constructor);

const spent = ({ table }: ModelRuntime): InstanceError =>
  new InstanceError('INSTANCE_DELETED', `This row of ${table} was deleted or consumed. Its values can be read, and nothing else.`, {
    model: table,
  });

/** Runs one operation on an instance at a time. */
async function exclusively<Result>(row: object, runtime: ModelRuntime, run: () => Promise<Result>): Promise<Result> {
  const state = states.get(row);
  if (state === 'deleted') throw spent(runtime);
  if (state === 'busy')
    throw new InstanceError('INSTANCE_BUSY', `Another operation on this row of ${runtime.table} is still running. Await it first.`, {
      model: runtime.table,
    });
  states.set(row, 'busy');
  try {
    return await run();
  } finally {
    if (states.get(row) === 'busy') states.delete(row);
  }
}

/** The values that a caller can change, at one moment: for kinds that change in place their encoded form. */
function captured(row: object, fields: readonly StoredField[]): ReadonlyMap<StoredField, unknown> {
  const moment = new Map<StoredField, unknown>();
  for (const field of fields) if (!field.descriptor.isReadOnly) moment.set(field, comparable(field, (row as Values)[field.property]));
  return moment;
}

const isAsCaptured = (row: object, field: StoredField, moment: ReadonlyMap<StoredField, unknown>): boolean =>
  Object.is(comparable(field, (row as Values)[field.property]), moment.get(field));

/** Copies of values that can be changed in place, so that a statement that waits for a connection still sends what it was called with. */
function ownValues(fields: readonly StoredField[], values: readonly unknown[]): readonly unknown[] {
  return values.map((value, at) => {
    const { isMutable, tracking, codec } = fields[at]!.valueKind;
    if (isMutable !== true || value === null) return value;
    return tracking === undefined ? (codec.text.decode(codec.text.encode(value)) as unknown) : tracking.copy(value);
  });
}

/** Takes the stored values into the instance, but for what was assigned since the statement was sent. */
function rehydrate(
  row: object,
  runtime: ModelRuntime,
  stored: object,
  moment: ReadonlyMap<StoredField, unknown>,
  fields: readonly StoredField[],
): void {
  const into = row as Values,
    from = stored as Values;
  for (const field of fields)
    if (field.descriptor.isReadOnly || isAsCaptured(row, field, moment)) into[field.property] = from[field.property];
  renewBaseline(row, stored, new Set(fields.map((field) => field.property)));
  if (runtime.version !== null) renewVersion(row, from[runtime.version.property]);
}

/** An assigned version would choose which stored version the statement overwrites. */
function versionIssues(row: object, { version }: ModelRuntime): readonly Issue[] {
  if (version === null || Object.is((row as Values)[version.property], loadedVersion(row))) return [];
  return [{ path: version.property, rule: 'read_only', message: 'is counted by the database and never assigned: refresh the row' }];
}

function targetOf(row: Values, runtime: ModelRuntime, checksVersion: boolean): Target {
  checkKey(runtime, row['id']);
  return { id: row['id'], version: checksVersion && runtime.version !== null ? row[runtime.version.property] : undefined };
}

const isWritable = ({ descriptor }: StoredField): boolean => !descriptor.isReadOnly && descriptor.role !== 'key';

export interface SaveOptions extends TerminalOptions {
  /** Row properties or declared names to write; default: all but the tracked ones that did not change. */
  readonly fields?: readonly PropertyKey[];
  /** Sends nothing when every writable field is tracked and clean. */
  readonly onlyIfDirty?: boolean;
}

function fieldsToSave(row: object, runtime: ModelRuntime, names: readonly PropertyKey[] | undefined): readonly StoredField[] {
  if (names === undefined) {
    const dirty = new Set(dirtyProperties(row));
    return runtime.fields.filter((field) => isWritable(field) && (!isTracked(row, field.property) || dirty.has(field.property)));
  }
  const chosen = new Set(
    names.map((name) => {
      const field =
        runtime.byProperty.get(name as string) ?? runtime.byProperty.get(runtime.byName.get(name as string)?.descriptor.property ?? '');
      if (field === undefined)
        throw new ValidationError([{ path: String(name), rule: 'unknown_field', message: 'is no field of the model' }], {
          model: runtime.table,
        });
      if (!isWritable(field))
        throw new ValidationError([{ path: field.property, rule: 'read_only', message: 'is never written by save' }], {
          model: runtime.table,
        });
      return field;
    }),
  );
  return runtime.fields.filter((field) => chosen.has(field));
}

/** Sends an update and gives back the stored row. */
async function sendUpdate(
  row: object,
  runtime: ModelRuntime,
  ctx: Context,
  fields: readonly StoredField[],
  operation: string,
  options: TerminalOptions,
): Promise<object> {
  const target = targetOf(row as Values, runtime, true);
  const values = ownValues(fields, rowValues(runtime, row as Values, fields, versionIssues(row, runtime)).values);
  if (fields.length === 0 && runtime.updatedAt === null && runtime.version === null)
    return getRow(runtime, ctx, target.id, operation, options, false);
  const statement = updateRow(runtime, fields, values, target);
  const { rows } = await executorOf(ctx).execute(statement.compiled, statement.values, runtime.purpose(operation, ctx), options);
  return rows[0] ?? missing(runtime, target.version);
}

export function saveRow(row: object, ctx: Context, options: SaveOptions = {}): Promise<object> {
  const runtime = runtimeOfRow(row);
  return exclusively(row, runtime, async () => {
    if (runtime.hooks?.beforeSave !== undefined) await runtime.hooks.beforeSave(row, ctx);
    const fields = fieldsToSave(row, runtime, options.fields);
    const isClean =
      fields.length === 0 &&
      runtime.version === null &&
      runtime.fields.every((field) => !isWritable(field) || isTracked(row, field.property));
    if (options.onlyIfDirty === true && isClean) return row;
    const moment = captured(row, runtime.fields);
    const stored = await sendUpdate(row, runtime, ctx, fields, 'save', options);
    rehydrate(row, runtime, stored, moment, options.fields === undefined ? runtime.fields : written(runtime, fields));
    if (runtime.hooks?.afterSave !== undefined) await runtime.hooks.afterSave(row, ctx);
    return row;
  });
}

/** The fields that a partial write may take from the stored row: what it wrote, and what the caller never writes. */
const written = (runtime: ModelRuntime, fields: readonly StoredField[]): StoredField[] =>
  runtime.fields.filter((field) => fields.includes(field) || field.descriptor.isReadOnly);

/** Writes exactly the patch, and what `beforeSave` changed. The instance is as before when it fails. */
export function updateInstance(row: object, ctx: Context, patch: Values, options: TerminalOptions = {}): Promise<object> {
  const runtime = runtimeOfRow(row);
  return exclusively(row, runtime, async () => {
    const prepared = patchValues(runtime, patch);
    if (prepared.fields.length === 0)
      throw new ValidationError([{ path: '', rule: 'empty_patch', message: 'a patch must name at least one field' }], {
        model: runtime.table,
      });
    const before = { ...row } as Values,
      into = row as Values;
    prepared.fields.forEach((field, at) => {
      into[field.property] = prepared.values[at];
    });
    const patched = captured(row, runtime.fields);
    let sent = patched,
      fields: readonly StoredField[] = prepared.fields;
    try {
      if (runtime.hooks?.beforeSave !== undefined) {
        await runtime.hooks.beforeSave(row, ctx);
        fields = runtime.fields.filter(
          (field) => isWritable(field) && (prepared.fields.includes(field) || !isAsCaptured(row, field, patched)),
        );
        sent = captured(row, runtime.fields);
      }
      const stored = await sendUpdate(row, runtime, ctx, fields, 'update', options);
      rehydrate(row, runtime, stored, sent, written(runtime, fields));
    } catch (error) {
      for (const field of fields) if (isAsCaptured(row, field, sent)) into[field.property] = before[field.property];
      throw error;
    }
    if (runtime.hooks?.afterSave !== undefined) await runtime.hooks.afterSave(row, ctx);
    return row;
  });
}

export interface DeleteOptions extends TerminalOptions {
  /** Refuses with LOCK_CONFLICT when the stored version is another than the row's. */ readonly checkVersion?: boolean;
}

export function deleteInstance(row: object, ctx: Context, options: DeleteOptions = {}): Promise<boolean> {
  const runtime = runtimeOfRow(row);
  return exclusively(row, runtime, async () => {
    if (options.checkVersion === true && runtime.version === null)
      throw new ValidationError([{ path: '', rule: 'version', message: 'the model has no version field to check' }], {
        model: runtime.table,
      });
    if (runtime.hooks?.beforeDelete !== undefined) await runtime.hooks.beforeDelete(row, ctx);
    const issues = options.checkVersion === true ? versionIssues(row, runtime) : [];
    if (issues.length > 0) throw new ValidationError(issues, { model: runtime.table });
    const target = targetOf(row as Values, runtime, options.checkVersion === true);
    const { compiled, values } = deleteRow(runtime, target);
    const { rowCount } = await executorOf(ctx).execute(compiled, values, runtime.purpose('delete', ctx), options);
    if (rowCount === 0 && target.version !== undefined) missing(runtime, target.version);
    states.set(row, 'deleted');
    if (rowCount > 0 && runtime.hooks?.afterDelete !== undefined) await runtime.hooks.afterDelete(row, ctx);
    return rowCount > 0;
  });
}

export function deleteInstanceReturning(row: object, ctx: Context, options: TerminalOptions = {}): Promise<object> {
  const runtime = runtimeOfRow(row);
  return exclusively(row, runtime, async () => {
    if (runtime.hooks?.beforeDelete !== undefined) await runtime.hooks.beforeDelete(row, ctx);
    const { compiled, values } = deleteRowReturning(runtime, targetOf(row as Values, runtime, false));
    const { rows } = await executorOf(ctx).execute(compiled, values, runtime.purpose('deleteReturning', ctx), options);
    const deleted = rows[0];
    if (deleted === undefined) throw new NotFoundError(runtime.table, `No row of ${runtime.table} has this id, or none is visible.`);
    states.set(row, 'deleted');
    if (runtime.hooks?.afterDelete !== undefined) await runtime.hooks.afterDelete(deleted, ctx);
    return deleted;
  });
}

export function updateInstanceReturningPair(row: object, ctx: Context, options: TerminalOptions = {}): Promise<RowPair> {
  const runtime = runtimeOfRow(row);
  return exclusively(row, runtime, async () => {
    if (runtime.hooks?.beforeSave !== undefined) await runtime.hooks.beforeSave(row, ctx);
    const fields = fieldsToSave(row, runtime, undefined),
      target = targetOf(row as Values, runtime, true);
    const values = ownValues(fields, rowValues(runtime, row as Values, fields, versionIssues(row, runtime)).values);
    const statement = updateRowReturningPair(runtime, fields, values, target);
    const { rows } = await executorOf(ctx).execute(
      statement.compiled,
      statement.values,
      runtime.purpose('updateReturningPair', ctx),
      options,
    );
    const pair = rows[0] ?? missing(runtime, target.version);
    states.set(row, 'deleted');
    if (runtime.hooks?.afterSave !== undefined) await runtime.hooks.afterSave(pair.new, ctx);
    return pair;
  });
}

export function refreshInstance(row: object, ctx: Context, options: TerminalOptions = {}): Promise<object> {
  const runtime = runtimeOfRow(row);
  return exclusively(row, runtime, async () => {
    const stored = await getRow(runtime, ctx, (row as Values)['id'], 'refresh', options);
    for (const { property } of runtime.fields) (row as Values)[property] = (stored as Values)[property];
    unmark(row);
    if (runtime.version !== null) renewVersion(row, (stored as Values)[runtime.version.property]);
    return row;
  });
}

export function reloadInstance(row: object, ctx: Context, options: TerminalOptions = {}): Promise<object> {
  const runtime = runtimeOfRow(row);
  if (states.get(row) === 'deleted') return Promise.reject(spent(runtime));
  return getRow(runtime, ctx, (row as Values)['id'], 'reload', options);
}

/** Sets several fields at once, all or none. */
export function assignInstance(row: object, patch: Values): object {
  const { fields, values } = patchValues(runtimeOfRow(row), patch);
  fields.forEach((field, at) => {
    (row as Values)[field.property] = values[at];
  });
  return row;
}

/** The columns as JSON data, in their order, then whatever else the row carries (loaded relations). */
export function rowToJson(row: object): Record<string, unknown> {
  const { byProperty } = runtimeOfRow(row),
    json: Record<string, unknown> = {};
  for (const [property, value] of Object.entries(row)) {
    const field = byProperty.get(property);
    json[property] = value === null || value === undefined || field === undefined ? value : field.valueKind.codec.json.encode(value);
  }
  return json;
}

export { dirtyProperties, mark, unmark };
