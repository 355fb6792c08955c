// Inserts the rows of a query into a table, without taking them to the client: `INSERT INTO t (...) SELECT ... [ON CONFLICT ...]`.

import { ValidationError, type Context, type Expr, type ExprsOf, type Predicate, type TerminalOptions } from '@djogi/core';
import {
  bagOf,
  conjunctionOf,
  executorOf,
  isExpression,
  isModel,
  nodeOf,
  nodes,
  populated,
  predicateNode,
  retyped,
  runtimeOf,
  type Conflict as ConflictNode,
  type CreateOf,
  type IdOf,
  type InsertStatement,
  type ModelRuntime,
  type Node,
  type Returning,
  type RowShape,
  type SelectStatement,
  type StatementPurpose,
  type StoredField,
} from '@djogi/core/extension';
import { explainCompiled, type ExplainOptions } from '../read/terminals.ts';
import type { Executable } from '../set/lower.ts';
import { refuse as refuseSet, given } from '../set/refine.ts';
import { inScope } from '../set/scope.ts';
import type { Selection } from '../set/selection.ts';
import type { SqlText } from '../set/shape.ts';
import { columnOf, computed, overRows, valueNode, witness } from './conflict-action.ts';
import { conflictTarget, fieldNamed, refuse, type ConflictTarget } from './conflict-target.ts';
import type { SetOf } from './set-of.ts';

/** A model class as far as inserts care. */
type InsertTarget = { readonly $fields: any } & (abstract new () => any);

/** What the framework fills in by itself, unless it is told. */
type FrameworkValues<M> = {
  readonly createdAt?: Date | Expr<Date>;
  readonly updatedAt?: Date | Expr<Date>;
} & ([IdOf<M>] extends [never]
  ? unknown
  : 'id' extends keyof CreateOf<M>
    ? unknown
    : // The id of another model is what an archive keeps.
      { readonly id?: IdOf<M> | Expr<string | number | bigint> });

/** The literals of a callback are inferred as constants, lists and documents among them: they are not changed. */
type Constant<V> = V extends string | number | bigint | boolean | null | undefined | Date | ((...args: never[]) => unknown)
  ? V
  : { readonly [P in keyof V]: Constant<V[P]> };

/** A value or an expression for each field of a new row. What may be left out of `create` may be left out here. */
export type InsertValues<M> = {
  readonly [K in keyof CreateOf<M>]: Constant<CreateOf<M>[K]> | Expr<Exclude<CreateOf<M>[K], undefined>>;
} & FrameworkValues<M>;

/**
 * An insert of the rows of a query. Nothing is sent before a terminal; each is one statement and one round trip, and none for `none()`. Hooks do not run.
 * Extensions of the target take part.
 */
export interface InsertFrom<M extends InsertTarget> {
  readonly kind: 'write';
  /** Leaves out the rows that are there already: by any unique constraint, or by the one that is named. Replaces what was said of conflicts before. */
  onConflictDoNothing(target?: ConflictTarget<M>): InsertFrom<M>;
  /**
   * Updates the rows that are there already, with values and expressions over the stored row and the offered one (`EXCLUDED`): exactly those, so that `updatedAt` is
   * stamped where it is assigned. `where` leaves rows as they are for which it is not true. Replaces what was said of conflicts before.
   *
   * Errors: VALIDATION for a target that is none, no assignments, fields that are unknown or never written, values that do not fit.
   */
  onConflictDoUpdate(
    target: ConflictTarget<M>,
    set: (stored: ExprsOf<M>, offered: ExprsOf<M>) => SetOf<M['$fields']> & { readonly updatedAt?: Date | Expr<Date> },
    where?: (stored: ExprsOf<M>, offered: ExprsOf<M>) => Predicate,
  ): InsertFrom<M>;
  /** Inserts, and gives the number of rows that were inserted or updated. Errors: CONSTRAINT, LOCK_CONFLICT. One round trip. */
  execute(ctx: Context, options?: TerminalOptions): Promise<number>;
  /** Inserts, and gives these rows as stored, without those that a conflict left alone. All are held in memory; no order is promised. One round trip. */
  returning(ctx: Context, options?: TerminalOptions): Promise<InstanceType<M>[]>;
  /** As `returning`, each with the row as it was before: null for a new one. One round trip. */
  returningPairs(ctx: Context, options?: TerminalOptions): Promise<{ old: InstanceType<M> | null; new: InstanceType<M> }[]>;
  /** The statement of `execute`, without what extensions fill in from a context. No I/O. */
  toSql(): SqlText;
  /** EXPLAIN of the statement of `execute`, which is not run: text, or parsed JSON. Errors: VALIDATION with `analyze`, which would run it. One round trip. */
  explain(ctx: Context, options: Omit<ExplainOptions, 'analyze'> & { format: 'json' }): Promise<unknown>;
  explain(ctx: Context, options?: Omit<ExplainOptions, 'analyze'>): Promise<string>;
}

/** A query whose rows are to be inserted. */
export interface RowsToInsert {
  readonly selection: Selection;
  /** What the callback receives. */
  readonly bag: unknown;
  /** Checks an expression over it. */
  readonly checked: (node: Node) => Node;
  /** The query with these expressions as its columns. */
  readonly select: (projection: readonly Node[]) => SelectStatement;
}

/**
 * Errors, at the call: VALIDATION with `model` for a target that is none; `no_columns` for no values, `unknown_field`, `duplicate`, `read_only`, `required` for
 * fields of the target; those of values that do not fit, `undefined` included.
 */
export function insertInto(rows: RowsToInsert, target: unknown, values: unknown): InsertFromRows {
  const { selection } = rows;
  if (!isModel(target)) return refuseSet(selection, 'model', 'insertInto wants a model class made with model()');
  const runtime = runtimeOf(target),
    mapped = given(selection, values, rows.bag);
  if (typeof mapped !== 'object' || mapped === null || Array.isArray(mapped) || typeof (mapped as { then?: unknown }).then === 'function')
    return refuse(runtime, '', 'type', 'insertInto wants a function that gives an object of values or expressions by property');
  const sources: Sources = { into: nodes.source(runtime.table), offered: nodes.source(runtime.table) };
  const write = new InsertFromRows({ rows, model: target, runtime, mapped: mapped as Mapped, sources, conflict: undefined });
  write.check();
  return write;
}

type Mapped = Readonly<Record<string, unknown>>;

interface Insert {
  readonly rows: RowsToInsert;
  readonly model: unknown;
  readonly runtime: ModelRuntime;
  readonly mapped: Mapped;
  readonly sources: Sources;
  readonly conflict: ConflictNode | undefined;
}

interface Sources {
  readonly into: ReturnType<typeof nodes.source>;
  readonly offered: ReturnType<typeof nodes.source>;
}

interface Wanted<Row> {
  readonly returning: (into: Sources['into']) => Returning | null;
  readonly rows: RowShape<Row> | null;
  readonly salt?: string;
}

const COUNTED: Wanted<never> = { returning: () => null, rows: null };

/** Not thenable on purpose, as sets are not. */
export class InsertFromRows {
  readonly kind = 'write' as const;
  readonly #insert: Insert;

  constructor(insert: Insert) {
    this.#insert = insert;
  }

  onConflictDoNothing(target?: unknown): InsertFromRows {
    const { runtime, model } = this.#insert,
      node = target === undefined ? undefined : conflictTarget(runtime, model, target).node;
    return this.#with({ target: node, action: 'nothing' });
  }

  onConflictDoUpdate(target: unknown, set: unknown, where?: unknown): InsertFromRows {
    const { runtime, model, sources } = this.#insert,
      { into, offered } = sources,
      { node } = conflictTarget(runtime, model, target);
    if (typeof set !== 'function')
      refuse(runtime, 'update', 'callback', 'onConflictDoUpdate wants a function of the stored and the offered row');
    if (where !== undefined && typeof where !== 'function')
      refuse(runtime, 'where', 'callback', 'the condition of onConflictDoUpdate is a function of the stored and the offered row');
    const assigned = computed(runtime, model, set as never, into, offered, assignable);
    if (assigned.length === 0) refuse(runtime, 'update', 'empty_patch', 'assigns nothing: onConflictDoNothing leaves the row as it is');
    const conditions = conjunctionOf([...slice(runtime, into), ...guard(this.#insert, where)]);
    return this.#with({ target: node, action: { set: assigned, where: conditions, offered } });
  }

  async execute(ctx: Context, options?: TerminalOptions): Promise<number> {
    return (await this.#send(ctx, 'insertInto', COUNTED, options))?.rowCount ?? 0;
  }

  async returning(ctx: Context, options?: TerminalOptions): Promise<object[]> {
    const { fields, rowShape } = this.#insert.runtime;
    const wanted: Wanted<object> = { returning: (into) => ({ nodes: fields.map((field) => columnOf(into, field)) }), rows: rowShape };
    return (await this.#send(ctx, 'insertIntoReturning', wanted, options))?.rows ?? [];
  }

  async returningPairs(ctx: Context, options?: TerminalOptions): Promise<{ old: object | null; new: object }[]> {
    return (await this.#send(ctx, 'insertIntoReturningPairs', pairs(this.#insert.runtime), options))?.rows ?? [];
  }

  toSql(): SqlText {
    const { compiled, values } = this.#compiled(null, COUNTED);
    return { text: compiled.text, values };
  }

  async explain(ctx: Context, options: ExplainOptions = {}): Promise<unknown> {
    const { runtime } = this.#insert;
    if (options.analyze !== undefined && options.analyze !== false)
      refuse(runtime, 'analyze', 'analyze', 'would run the write: explain it without, or run it');
    return explainCompiled({ runtime }, ctx, this.#compiled(ctx, COUNTED), options);
  }

  /** Finds what is wrong before anybody asks for rows. */
  check(): void {
    this.#statement(null, COUNTED);
  }

  #with(conflict: Insert['conflict']): InsertFromRows {
    return new InsertFromRows({ ...this.#insert, conflict });
  }

  async #send<Row>(ctx: Context, operation: string, wanted: Wanted<Row>, options: TerminalOptions | undefined) {
    const executor = executorOf(ctx),
      { compiled, values } = this.#compiled(ctx, wanted);
    if (this.#insert.rows.selection.isNone) return null;
    return executor.execute(compiled, values, this.#purpose(operation, ctx), options);
  }

  /** What must precede statements of either model precedes this one. */
  #purpose(operation: string, ctx: Context): StatementPurpose {
    const { runtime, rows } = this.#insert,
      purpose = runtime.purpose(operation, ctx),
      source = rows.selection.runtime;
    const ofSource = source === runtime ? undefined : source.preamble?.(ctx);
    return ofSource === undefined ? purpose : { ...purpose, preamble: [...(purpose.preamble ?? []), ...ofSource] };
  }

  #compiled<Row>(ctx: Context | null, wanted: Wanted<Row>): Executable<Row> {
    const { runtime } = this.#insert;
    return runtime.shapes.compile<Row>(runtime.wrapWrite(this.#statement(ctx, wanted)), () => wanted.rows, wanted.salt);
  }

  /** Without a context, extensions fill in nothing. */
  #statement(ctx: Context | null, wanted: Wanted<unknown>): InsertStatement {
    const { rows, sources, conflict } = this.#insert,
      columns = mappedColumns(this.#insert, ctx);
    return {
      kind: 'insert',
      into: sources.into,
      columns: columns.map(([field]) => field.column),
      rows: { kind: 'select', select: rows.select(columns.map(([, node]) => node)) },
      ...(conflict === undefined ? {} : { conflict }),
      returning: wanted.returning(sources.into),
    };
  }
}

/** The columns that are written, in their order, and what is written. */
function mappedColumns({ rows, runtime, mapped }: Insert, ctx: Context | null): (readonly [StoredField, Node])[] {
  const draft = ctx === null ? mapped : populated(runtime, ctx, mapped),
    byField = new Map<StoredField, Node>();
  for (const [name, given_] of Object.entries(draft)) {
    const field = insertable(runtime, fieldNamed(runtime, name));
    if (byField.has(field)) refuse(runtime, field.property, 'duplicate', 'is given twice');
    byField.set(field, isExpression(given_) ? expressionFor(rows, field, nodeOf(given_)) : valueNode(runtime, field, given_));
  }
  if (byField.size === 0) refuse(runtime, '', 'no_columns', 'insertInto needs a value or an expression for at least one field');
  const missing = runtime.fields.filter(
    (field) => !byField.has(field) && isRequired(field) && !(ctx === null && field.descriptor.isFilled),
  );
  if (missing.length > 0)
    throw new ValidationError(
      missing.map(({ property, defaultFn }) => ({
        path: property,
        rule: 'required',
        message: defaultFn === null ? 'is required' : 'is required: its default is made in process, and the rows are not',
      })),
      { model: runtime.table },
    );
  return [...byField].toSorted(([left], [right]) => left.position - right.position);
}

const expressionFor = (rows: RowsToInsert, field: StoredField, node: Node): Node =>
  retyped(rows.checked(node), field.valueKind, { path: field.property, isAssigned: true });

function insertable(runtime: ModelRuntime, field: StoredField): StoredField {
  const { generated, role } = field.descriptor;
  return generated !== null || role === 'version' ? refuse(runtime, field.property, 'read_only', 'is never written by insertInto') : field;
}

/** The version and the key are the framework's, and what is written. */
function assignable(runtime: ModelRuntime, field: StoredField): StoredField {
  const { isReadOnly, role } = field.descriptor;
  return role === 'key' || (isReadOnly && role !== 'updatedAt')
    ? refuse(runtime, field.property, 'read_only', 'is never written by onConflictDoUpdate')
    : field;
}

/** A default that is made in process is none where the rows are made by the server. */
function isRequired({ descriptor: { isNullable, isReadOnly, default: byDefault, generated }, defaultFn }: StoredField): boolean {
  if (isReadOnly || generated !== null) return false;
  return defaultFn !== null || byDefault?.kind === 'function' || (byDefault === null && !isNullable);
}

function slice(runtime: ModelRuntime, into: Sources['into']): Node[] {
  const where = runtime.slice?.where(into) ?? null;
  return where === null ? [] : [where];
}

function guard({ runtime, model, sources: { into, offered } }: Insert, where: unknown): Node[] {
  if (where === undefined) return [];
  const node = predicateNode(
    inScope(into, () =>
      inScope(offered, () => (where as (stored: unknown, offered: unknown) => Predicate)(bagOf(model, into), bagOf(model, offered))),
    ),
  );
  return [overRows(runtime, node, [into, offered])];
}

/** The columns before, the columns after; the row before is all NULL where there was none. */
function pairs(runtime: ModelRuntime): Wanted<{ old: object | null; new: object }> {
  const { buildRow, fields, rowShape } = runtime,
    width = fields.length,
    at = witness(runtime).position;
  const before = nodes.source(runtime.table),
    after = nodes.source(runtime.table);
  function Pair(this: { old: object | null; new: object }, ...values: unknown[]): void {
    this.old = values[at] === null ? null : new buildRow(...values.slice(0, width));
    this.new = new buildRow(...values.slice(width));
  }
  return {
    returning: () => ({
      old: before,
      new: after,
      nodes: [...fields.map((field) => columnOf(before, field)), ...fields.map((field) => columnOf(after, field))],
    }),
    rows: {
      columns: [...rowShape.columns, ...rowShape.columns],
      build: Pair as unknown as new (...values: unknown[]) => { old: object | null; new: object },
    },
    salt: 'pairs',
  };
}
