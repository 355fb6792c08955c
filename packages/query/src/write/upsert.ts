// Inserts a row, or updates the one that is there under a unique key. One statement, one round trip, and it says which of the two happened.

import { NotFoundError, type Context, type TerminalOptions } from '@djogi/core';
import {
  createValues,
  executable,
  executorOf,
  nodes,
  populated,
  type Executable,
  type InsertStatement,
  type ModelRuntime,
  type Node,
  type PreparedValues,
  type StoredField,
} from '@djogi/core/extension';
import {
  actionOf,
  conflictOf,
  upsertedShape,
  upsertReturning,
  upsertSources,
  type Action,
  type ConflictInput,
  type Upserted,
} from './conflict-action.ts';

type Input = Readonly<Record<string, unknown>>;

/** `INSERT ... VALUES ... ON CONFLICT (...) DO UPDATE SET ... RETURNING <columns>, <created>` */
export async function upsert(
  runtime: ModelRuntime,
  model: unknown,
  ctx: Context,
  row: Input,
  on: ConflictInput,
  options?: TerminalOptions,
): Promise<Upserted<object>> {
  const executor = executorOf(ctx);
  const action = actionOf(runtime, model, on);
  const prepared = createValues(runtime, populated(runtime, ctx, row));
  const { compiled, values } = upsertStatement(runtime, model, action, prepared, row);
  const { rows } = await executor.execute(compiled, values, runtime.purpose('upsert', ctx), options);
  return rows[0] ?? missing(runtime);
}

function missing({ table, slice }: ModelRuntime): never {
  throw new NotFoundError(
    table,
    slice === null
      ? `The upsert into ${table} returned no row: a trigger suppressed it.`
      : `The upsert into ${table} met a row outside the slice of the proxy. Upsert through the model to write it.`,
  );
}

/** Built once for each set of columns where the action is told by names; an action that is computed has its shape looked up. */
function upsertStatement(
  runtime: ModelRuntime,
  model: unknown,
  action: Action,
  { fields, values }: PreparedValues,
  row: Input,
): Executable<Upserted<object>> {
  // What a default or an extension filled in is for a new row only.
  const given = fields.filter((field) => row[field.property] !== undefined);
  const build = (slot: (index: number, kind: StoredField['valueKind']) => Node): InsertStatement => {
    const sources = upsertSources(runtime);
    return {
      kind: 'insert',
      into: sources.into,
      columns: fields.map((field) => field.column),
      rows:
        fields.length === 0 ? { kind: 'defaults' } : { kind: 'values', values: fields.map((field, index) => slot(index, field.valueKind)) },
      conflict: conflictOf(runtime, model, action, given, sources),
      returning: upsertReturning(runtime, sources),
    };
  };
  const shape = () => upsertedShape(runtime);
  const key = planKey(action, fields, given);
  return key === null
    ? runtime.shapes.compile(runtime.wrapWrite(build((index, kind) => nodes.value(values[index], kind))), shape)
    : executable(runtime, key, values, shape, build, true);
}

function planKey({ target, update }: Action, fields: readonly StoredField[], given: readonly StoredField[]): string | null {
  if (target.key === null || typeof update === 'function') return null;
  return `upsert${target.key};${positions(fields)};${update === 'given' ? `=${positions(given)}` : positions(update)}`;
}

const positions = (fields: readonly StoredField[]): string => {
  let key = '';
  for (const field of fields) key += `${field.position},`;
  return key;
};
