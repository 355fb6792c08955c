// Inserts a row, or updates the one that is there under a unique key. One statement, one round trip, and it says which of the two happened.

import { NotFoundError, ValidationError, type Context, type TerminalOptions } from '@djogi/core';
import {
  bagOf,
  booleanKind,
  createValues,
  executorOf,
  intKind,
  NOW_MS,
  nodes,
  OPERATORS,
  patchValues,
  populated,
  isExpression,
  nodeOf,
  retyped,
  type Assignment,
  type InsertStatement,
  type ModelRuntime,
  type Node,
  type RowShape,
  type Source,
  type StoredField,
} from '@djogi/core/extension';

import { inScope, outOfScope } from '../set/scope.ts';

type Input = Readonly<Record<string, unknown>>;

/** Untyped form of `Conflict`. */
export interface ConflictInput {
  readonly conflict: readonly PropertyKey[];
  readonly update?: readonly PropertyKey[] | ((stored: any, offered: any) => Input);
}

export interface Upserted<Row> {
  readonly row: Row;
  readonly created: boolean;
}

const { column, operation, source, sqlText, value } = nodes;

function refuse(runtime: ModelRuntime, path: string, rule: string, message: string): never {
  throw new ValidationError([{ path, rule, message }], { model: runtime.table });
}

/** A declared field name is meant; the row property and, for the key, `id` are understood too. */
function fieldNamed(runtime: ModelRuntime, name: PropertyKey): StoredField {
  const property = runtime.byName.get(String(name))?.descriptor.property ?? String(name);
  return runtime.byProperty.get(property) ?? refuse(runtime, String(name), 'unknown_field', 'is no field of the model');
}

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
  const conflict = conflictFields(runtime, on);
  const prepared = createValues(runtime, populated(runtime, ctx, row));
  const into = source(runtime.table),
    offered = source(runtime.table),
    before = source(runtime.table);
  const insert: InsertStatement = {
    kind: 'insert',
    into,
    columns: prepared.fields.map((field) => field.column),
    rows:
      prepared.fields.length === 0
        ? { kind: 'defaults' }
        : { kind: 'values', values: prepared.fields.map((field, at) => value(prepared.values[at], field.valueKind)) },
    conflict: {
      target: { columns: conflict.map((field) => field.column) },
      action: {
        set: assignments(runtime, model, on, { conflict, written: prepared.fields, into, offered }),
        where: runtime.slice?.where(into) ?? null,
        offered,
      },
    },
    returning: returning(runtime, into, before),
  };
  const { compiled, values } = runtime.shapes.compile<Upserted<object>>(runtime.wrapWrite(insert), () => upsertedShape(runtime));
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

function conflictFields(runtime: ModelRuntime, on: ConflictInput): StoredField[] {
  if (!Array.isArray(on?.conflict) || on.conflict.length === 0)
    refuse(runtime, 'conflict', 'conflict', 'names the fields of a unique constraint: at least one');
  return on.conflict.map((name: PropertyKey) => fieldNamed(runtime, name));
}

interface SetParts {
  readonly conflict: readonly StoredField[];
  readonly written: readonly StoredField[];
  readonly into: Source;
  readonly offered: Source;
}

function assignments(
  runtime: ModelRuntime,
  model: unknown,
  on: ConflictInput,
  { conflict, written, into, offered }: SetParts,
): Assignment[] {
  const fromOffered = (field: StoredField): Assignment => ({ column: field.column, to: columnOf(offered, field) });
  const { update } = on;
  const chosen =
    typeof update === 'function'
      ? computed(runtime, model, update, into, offered)
      : (update === undefined
          ? written.filter((field) => !conflict.includes(field) && field.descriptor.role === 'data')
          : named(runtime, update)
        ).map(fromOffered);
  const { version, updatedAt } = runtime;
  const framework: Assignment[] = [
    ...(version === null
      ? []
      : [{ column: version.column, to: operation(OPERATORS.add, [columnOf(into, version), sqlText('1', intKind)], version.valueKind) }]),
    ...(updatedAt === null ? [] : [{ column: updatedAt.column, to: sqlText(NOW_MS, updatedAt.valueKind) }]),
  ];
  const all = [...chosen, ...framework];
  // DO NOTHING would return no row: writing the key again does, and changes nothing.
  return all.length > 0 ? all : [fromOffered(conflict[0]!)];
}

/** The fields of these names in column order, so that the order of the names makes no further statement text. */
function named(runtime: ModelRuntime, names: readonly PropertyKey[]): StoredField[] {
  if (!Array.isArray(names)) refuse(runtime, 'update', 'type', 'update is a list of field names, or a function that gives the new values');
  return onceInOrder(
    runtime,
    names.map((name: PropertyKey) => writable(runtime, fieldNamed(runtime, name))),
  );
}

function onceInOrder(runtime: ModelRuntime, fields: StoredField[]): StoredField[] {
  const twice = fields.find((field, at) => fields.indexOf(field) !== at);
  if (twice !== undefined) refuse(runtime, twice.property, 'duplicate', 'is assigned twice');
  return fields.sort((left, right) => left.position - right.position);
}

const columnOf = (from: Source, field: StoredField): Node => column(from, field.column, field.property, field.valueKind);

function writable(runtime: ModelRuntime, field: StoredField): StoredField {
  return field.descriptor.isReadOnly || field.descriptor.role === 'key'
    ? refuse(runtime, field.property, 'read_only', 'is never written by an upsert')
    : field;
}

function computed(
  runtime: ModelRuntime,
  model: unknown,
  update: (stored: any, offered: any) => Input,
  into: Source,
  offered: Source,
): Assignment[] {
  const set = inScope(into, () => inScope(offered, () => update(bagOf(model, into), bagOf(model, offered))));
  if (typeof set !== 'object' || set === null)
    refuse(runtime, 'update', 'type', 'update gives an object of values or expressions by property');
  const given = new Map(Object.entries(set).map(([name, to]) => [writable(runtime, fieldNamed(runtime, name)), to] as const));
  if (given.size !== Object.keys(set).length) refuse(runtime, 'update', 'duplicate', 'assigns a field twice');
  return onceInOrder(runtime, [...given.keys()]).map((field) => ({
    column: field.column,
    to: assigned(runtime, field, given.get(field), into, offered),
  }));
}

function assigned(runtime: ModelRuntime, field: StoredField, given: unknown, into: Source, offered: Source): Node {
  if (isExpression(given)) {
    const node = checked(runtime, nodeOf(given), into, offered);
    return retyped(node, field.valueKind, { path: field.property, isAssigned: true });
  }
  const [to] = patchValues(runtime, { [field.property]: given }).values;
  return value(to, field.valueKind);
}

function checked(runtime: ModelRuntime, node: Node, into: Source, offered: Source): Node {
  const stray = outOfScope(node, [into, offered]);
  return stray === null ? node : refuse(runtime, stray.property, 'scope', 'belongs to another query');
}

/** The row before the write is all NULL exactly when there was none: a NOT NULL column of it tells. */
function returning(runtime: ModelRuntime, into: Source, before: Source): InsertStatement['returning'] {
  const witness = runtime.key ?? runtime.fields.find((field) => !field.descriptor.isNullable);
  if (witness === undefined) return refuse(runtime, '', 'upsert', 'needs a column that is NOT NULL, to tell a new row from an old one');
  return {
    old: before,
    nodes: [...runtime.fields.map((field) => columnOf(into, field)), operation(OPERATORS.isNull, [columnOf(before, witness)], booleanKind)],
  };
}

function upsertedShape(runtime: ModelRuntime): RowShape<Upserted<object>> {
  const { buildRow, rowShape } = runtime;
  function Result(this: { row: object; created: boolean }, ...values: unknown[]): void {
    this.created = values.pop() as boolean;
    this.row = new buildRow(...values);
  }
  return {
    columns: [...rowShape.columns, { name: 'created', codec: booleanKind.codec }],
    build: Result as unknown as new (...values: unknown[]) => Upserted<object>,
  };
}
