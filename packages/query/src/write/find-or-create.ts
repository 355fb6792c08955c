// The row that is there, or a new one. `createOrFind` inserts first, which is safe among many writers; `getOrCreate` and `updateOrCreate` look first.

import { MissingIdempotencyKeyError, NotFoundError, type Context, type TerminalOptions } from '@djogi/core';
import {
  booleanKind,
  createRow,
  createValues,
  executable,
  executorOf,
  nodes,
  OPERATORS,
  preparedDraft,
  resourced,
  type Executable,
  type ModelRuntime,
  type PreparedValues,
} from '@djogi/core/extension';
import { fetchRows, first } from '../read/terminals.ts';
import { refuse as refuseSet, refuseRelated, refuseVisage } from '../set/refine.ts';
import { isWhole, wholeTable, type Selection } from '../set/selection.ts';
import { columnOf, type Upserted } from './conflict-action.ts';
import { conflictTarget, refuse, type Target } from './conflict-target.ts';

type Input = Readonly<Record<string, unknown>>;

export interface CreateOrFindOptions extends TerminalOptions {
  /** By what the row is recognised. Default: the key that the model declares with `idempotent`. */
  readonly conflict?: unknown;
}

/** `INSERT ... ON CONFLICT (...) DO NOTHING RETURNING ...`, and only when it gives no row, `SELECT ... WHERE ... LIMIT 1`. The hooks of `create` run. */
export async function createOrFind(
  runtime: ModelRuntime,
  model: unknown,
  ctx: Context,
  input: Input,
  options: CreateOrFindOptions = {},
): Promise<Upserted<object>> {
  const executor = executorOf(ctx),
    target = keyOf(runtime, model, options.conflict);
  const prepared = createValues(runtime, await preparedDraft(runtime, ctx, input));
  const wanted = lookup(runtime, model, target, prepared);
  const { compiled, values } = insertStatement(runtime, target, prepared);
  const { rows } = await executor.execute(compiled, values, runtime.purpose('createOrFind', ctx), options);
  const created = rows[0];
  if (created !== undefined) {
    await runtime.hooks?.afterCreate?.(created, ctx);
    return { row: created, created: true };
  }
  const [found] = await fetchRows<object>(wanted, ctx, 'createOrFind', options, 1);
  if (found !== undefined) return { row: found, created: false };
  throw new NotFoundError(
    runtime.table,
    `A row of ${runtime.table} was in the way of a new one and cannot be found: it was deleted in between, or is not visible.`,
  );
}

function keyOf(runtime: ModelRuntime, model: unknown, conflict: unknown): Target {
  if (conflict !== undefined) return conflictTarget(runtime, model, conflict);
  const section = runtime.descriptor.sections['idempotent'] as { readonly fields: readonly string[] } | undefined;
  if (section === undefined) throw new MissingIdempotencyKeyError(runtime.table);
  return conflictTarget(runtime, model, section.fields);
}

/** The set of the row that is in the way. */
function lookup(runtime: ModelRuntime, model: unknown, { node, fields }: Target, prepared: PreparedValues): Selection {
  if (fields === null)
    return refuse(runtime, 'conflict', 'conflict', 'is a constraint whose fields the model does not say: name the fields');
  const whole = wholeTable(model),
    { source } = whole;
  const equal = fields.map((field) => {
    const at = prepared.fields.indexOf(field),
      given = at < 0 ? undefined : prepared.values[at];
    if (given === undefined || given === null) return refuse(runtime, field.property, 'required', 'is what the row is recognised by');
    return nodes.operation(OPERATORS.eq, [columnOf(source, field), nodes.value(given, field.valueKind)], booleanKind);
  });
  const partial = 'columns' in node && node.where !== undefined ? [resourced(node.where.node, node.where.of, source)] : [];
  return { ...whole, where: [...whole.where, ...equal, ...partial], orderBy: [], orderPrefix: 0 };
}

function insertStatement(runtime: ModelRuntime, { node, key }: Target, { fields, values }: PreparedValues): Executable<object> {
  const build: Parameters<typeof executable>[4] = (slot) => {
    const into = nodes.source(runtime.table);
    return {
      kind: 'insert',
      into,
      columns: fields.map((field) => field.column),
      rows: { kind: 'values', values: fields.map((field, at) => slot(at, field.valueKind)) },
      conflict: { target: node, action: 'nothing' },
      returning: { nodes: runtime.fields.map((field) => columnOf(into, field)) },
    };
  };
  const shape = () => runtime.rowShape;
  return key === null
    ? runtime.shapes.compile(runtime.wrapWrite(build((at, kind) => nodes.value(values[at], kind))), shape)
    : executable(runtime, `createOrFind${key};${fields.map((field) => field.position).join()}`, values, shape, build, true);
}

/** `first`, and `create` when it gives none. */
export async function getOrCreate(
  selection: Selection,
  ctx: Context,
  make: () => unknown,
  options?: TerminalOptions,
): Promise<Upserted<object>> {
  checkWhole(selection, 'getOrCreate');
  checkFunction(selection, make, 'getOrCreate wants a function that gives the new row');
  const found = await first<object>(selection, ctx, options);
  return found === null ? created(selection, ctx, make, options) : { row: found, created: false };
}

export interface UpdateOrCreateInput {
  readonly create: () => unknown;
  readonly update: (row: any) => unknown;
}

/** A row as far as it can be written. */
interface WritableRow {
  update(ctx: Context, patch: object, options?: TerminalOptions): Promise<object>;
}

/** `first`, then `row.update` or `create`. */
export async function updateOrCreate(
  selection: Selection,
  ctx: Context,
  factories: UpdateOrCreateInput,
  options?: TerminalOptions,
): Promise<Upserted<object>> {
  checkWhole(selection, 'updateOrCreate');
  if (selection.runtime.key === null)
    refuseSet(selection, 'key', 'updateOrCreate writes the row that it found by its key, and the model has no single one');
  const message = 'updateOrCreate wants { create, update }: functions that give the new row and the patch';
  checkFunction(selection, factories?.create, message);
  checkFunction(selection, factories?.update, message);
  const found = await first<object>(selection, ctx, options);
  if (found === null) return created(selection, ctx, factories.create, options);
  const patch = await factories.update(found);
  await (found as WritableRow).update(ctx, patch as object, options);
  return { row: found, created: false };
}

async function created({ runtime }: Selection, ctx: Context, make: () => unknown, options?: TerminalOptions): Promise<Upserted<object>> {
  return { row: await createRow(runtime, ctx, (await make()) as Input, options), created: true };
}

/** A new row comes without what a found one would bring along. */
function checkWhole(selection: Selection, method: string): void {
  refuseVisage(selection, method);
  refuseRelated(selection, method);
  if (!isWhole(selection)) refuseSet(selection, 'projection', `${method} gives whole rows: it does not go with select`);
}

function checkFunction(selection: Selection, given: unknown, message: string): void {
  if (typeof given !== 'function') refuseSet(selection, 'callback', message);
}
