// The single-row statements of a model. Each is compiled once per set of columns; where an extension wraps writes, the statement carries its values
// and is compiled by its shape instead.

import type { CompiledStatement, RowShape } from '../db/port.ts';
import { column, parameter, source, sqlText, value, type Node, operation } from '../expr/node.ts';
import { conjunctionOf } from '../expr/operations.ts';
import { OPERATORS } from '../expr/operators.ts';
import { quoteIdentifier } from '../ident/identifier.ts';
import { compileFixed, orderedValues } from '../statement/compile.ts';
import type { Assignment, Returning, Statement } from '../statement/statement.ts';
import { booleanKind } from '../value/number.ts';
import type { ValueKind } from '../value/kind.ts';
import { NOW_MS } from './describe.ts';
import type { ModelRuntime, StoredField } from './runtime.ts';

export interface Executable<Row> {
  readonly compiled: CompiledStatement<Row>;
  readonly values: readonly unknown[];
}

/** A node for the n-th value of a statement. */
export type Slot = (index: number, kind: ValueKind) => Node;

/** Compiles a statement of the model under `key`, which must say everything that `build` depends on besides the values. */
export function executable<Row>(
  runtime: ModelRuntime,
  key: string,
  values: readonly unknown[],
  rows: () => RowShape<Row> | null,
  build: (slot: Slot) => Statement,
  isWrite: boolean,
): Executable<Row> {
  if (isWrite && runtime.wrapsWrites) {
    const statement = runtime.wrapWrite(build((index, kind) => value(values[index], kind)));
    return runtime.shapes.compile(statement, rows, 'write:');
  }
  let plan = runtime.plans.get(key);
  if (plan === undefined) {
    plan = compileFixed(build(parameter), rows());
    runtime.plans.set(key, plan);
  }
  return { compiled: plan.compiled as CompiledStatement<Row>, values: orderedValues(plan, values) };
}

const allColumns = (runtime: ModelRuntime): Returning => ({ nodes: runtime.columns });

const equals = (field: StoredField, runtime: ModelRuntime, node: Node): Node =>
  operation(OPERATORS.eq, [runtime.columns[field.position]!, node], booleanKind);

const positions = (fields: readonly StoredField[]): string => {
  let key = '';
  for (const field of fields) key += `${field.position},`;
  return key;
};

/** `SELECT <columns> FROM t WHERE id = $1`; of a proxy, within its slice unless the row is only read back. */
export function selectByKey(runtime: ModelRuntime, id: unknown, inSlice = true): Executable<object> {
  return executable(
    runtime,
    inSlice ? 'get' : 'get*',
    [id],
    () => runtime.rowShape,
    (slot) => ({
      kind: 'select',
      from: runtime.source,
      projection: runtime.columns,
      where: targetNode(runtime, { id, inSlice }, slot, 0),
      orderBy: [],
    }),
    false,
  );
}

/** `INSERT INTO t (...) VALUES (...) RETURNING <columns>`, or DEFAULT VALUES; with `ignoreExisting`, ON CONFLICT (id) DO NOTHING. */
export function insertRow(
  runtime: ModelRuntime,
  fields: readonly StoredField[],
  values: readonly unknown[],
  ignoreExisting = false,
): Executable<object> {
  return executable(
    runtime,
    `insert${ignoreExisting ? '!' : ''}${positions(fields)}`,
    values,
    () => runtime.rowShape,
    (slot) => ({
      kind: 'insert',
      into: runtime.source,
      columns: fields.map((field) => field.column),
      rows:
        fields.length === 0 ? { kind: 'defaults' } : { kind: 'values', values: fields.map((field, index) => slot(index, field.valueKind)) },
      ...(ignoreExisting ? { conflict: { target: { columns: [runtime.key!.column] }, action: 'nothing' as const } } : {}),
      returning: allColumns(runtime),
    }),
    true,
  );
}

/** What an update writes by itself: the stamp and the version. */
function frameworkAssignments(runtime: ModelRuntime): Assignment[] {
  const { updatedAt, version } = runtime;
  return [
    ...(version === null ? [] : [{ column: version.column, to: sqlText(`${quoteIdentifier(version.column)} + 1`, version.valueKind) }]),
    ...(updatedAt === null ? [] : [{ column: updatedAt.column, to: sqlText(NOW_MS, updatedAt.valueKind) }]),
  ];
}

/** Which row a statement is about: its key, its version where that is checked, and for a proxy whether the row must be of its slice. */
export interface Target {
  readonly id: unknown;
  readonly version?: unknown;
  readonly inSlice?: boolean;
}

function targetNode(runtime: ModelRuntime, target: Target, slot: Slot, first: number): Node | null {
  const key = equals(runtime.key!, runtime, slot(first, runtime.key!.valueKind));
  const slice = target.inSlice === true ? (runtime.slice?.where(runtime.source) ?? null) : null;
  const version = target.version === undefined ? [] : [equals(runtime.version!, runtime, slot(first + 1, runtime.version!.valueKind))];
  return conjunctionOf([...(slice === null ? [] : [slice]), key, ...version]);
}

const targetValues = (target: Target): unknown[] => (target.version === undefined ? [target.id] : [target.id, target.version]);

/** `UPDATE t SET ..., version = version + 1, updated_at = ... WHERE id = $n [AND version = $m] RETURNING <columns>` */
export function updateRow(
  runtime: ModelRuntime,
  fields: readonly StoredField[],
  values: readonly unknown[],
  target: Target,
): Executable<object> {
  const key = `update${target.version === undefined ? '' : 'v'}${target.inSlice === true ? 's' : ''}${positions(fields)}`;
  return executable(
    runtime,
    key,
    [...values, ...targetValues(target)],
    () => runtime.rowShape,
    (slot) => updateStatement(runtime, fields, target, slot, allColumns(runtime)),
    true,
  );
}

function updateStatement(
  runtime: ModelRuntime,
  fields: readonly StoredField[],
  target: Target,
  slot: Slot,
  returning: Returning,
): Statement {
  const assignments = [
    ...fields.map((field, index) => ({ column: field.column, to: slot(index, field.valueKind) })),
    ...frameworkAssignments(runtime),
  ];
  return {
    kind: 'update',
    table: runtime.source,
    set: assignments.length > 0 ? assignments : [nothing(runtime)],
    where: targetNode(runtime, target, slot, fields.length),
    returning,
  };
}

/** SET needs an assignment: the key to itself. */
const nothing = ({ key, columns }: ModelRuntime): Assignment => ({ column: key!.column, to: columns[key!.position]! });

export interface RowPair {
  readonly old: object;
  readonly new: object;
}

const columnsOf = (runtime: ModelRuntime, from: ReturnType<typeof source>): Node[] =>
  runtime.fields.map((field) => column(from, field.column, field.property, field.valueKind));

/** As `updateRow`, with the row before and after. */
export function updateRowReturningPair(
  runtime: ModelRuntime,
  fields: readonly StoredField[],
  values: readonly unknown[],
  target: Target,
): Executable<RowPair> {
  const key = `pair${target.version === undefined ? '' : 'v'}${positions(fields)}`;
  const before = source(runtime.table),
    after = source(runtime.table);
  const returning: Returning = { old: before, new: after, nodes: [...columnsOf(runtime, before), ...columnsOf(runtime, after)] };
  return executable(
    runtime,
    key,
    [...values, ...targetValues(target)],
    () => pairShape(runtime),
    (slot) => updateStatement(runtime, fields, target, slot, returning),
    true,
  );
}

/** Rows of twice the columns: the values before, then the values after. */
function pairShape(runtime: ModelRuntime): RowShape<RowPair> {
  const { buildRow, rowShape } = runtime,
    width = rowShape.columns.length;
  function Pair(this: { old: object; new: object }, ...values: unknown[]): void {
    this.old = new buildRow(...values.slice(0, width));
    this.new = new buildRow(...values.slice(width));
  }
  return { columns: [...rowShape.columns, ...rowShape.columns], build: Pair as unknown as new (...values: unknown[]) => RowPair };
}

/** `DELETE FROM t WHERE id = $1 [AND version = $2]` */
export function deleteRow(runtime: ModelRuntime, target: Target): Executable<unknown> {
  return executable(
    runtime,
    target.version === undefined ? 'delete' : 'deletev',
    targetValues(target),
    () => null,
    (slot) => ({ kind: 'delete', from: runtime.source, where: targetNode(runtime, target, slot, 0), returning: null }),
    true,
  );
}

/** As `deleteRow`, with the row as it was. */
export function deleteRowReturning(runtime: ModelRuntime, target: Target): Executable<object> {
  const before = source(runtime.table);
  return executable(
    runtime,
    'deleteReturning',
    targetValues(target),
    () => runtime.rowShape,
    (slot) => ({
      kind: 'delete',
      from: runtime.source,
      where: targetNode(runtime, target, slot, 0),
      returning: { old: before, nodes: columnsOf(runtime, before) },
    }),
    true,
  );
}
