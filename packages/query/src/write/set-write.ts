// Updates and deletes of all rows of a set, as statements that are sent by their terminals: one statement and one round trip, whatever the number of rows.

import {
  bagOf,
  conjunctionOf,
  executorOf,
  nodes,
  strayColumn,
  type Assignment,
  type Node,
  type Place,
  type Returning,
  type RowShape,
  type Source,
  type Statement,
} from '@djogi/core/extension';
import { ValidationError, type Context, type ExprsOf, type TerminalOptions } from '@djogi/core';
import { explainCompiled, type ExplainOptions } from '../read/terminals.ts';
import { rowShape, type Executable } from '../set/lower.ts';
import { modifierOf } from '../set/modifier.ts';
import { given, projectionOf, refuse, refuseVisage, type Callback } from '../set/refine.ts';
import { inScope } from '../set/scope.ts';
import type { Selection } from '../set/selection.ts';
import type { Shape, SqlText, Values } from '../set/shape.ts';
import { assignments, frameworkAssignments } from './assignments.ts';

/** What can be asked of the plan of a write: it is not run, so nothing is measured. */
export type WriteExplainOptions = Omit<ExplainOptions, 'analyze'>;

/**
 * An update or a delete of all rows of a set. Nothing is sent before a terminal; each is one statement and one round trip, and none for `none()` or an empty
 * patch. Hooks do not run, and no version is checked. Extensions of the model take part.
 *
 * Shape: `T` is the row, `M` the model, `New` what a row is afterwards: null when it was deleted.
 */
export interface WriteStatement<T, M extends { readonly $fields: any } = any, New = T> {
  readonly kind: 'write';
  /** Writes, and gives the number of rows that were written. Errors: CONSTRAINT, LOCK_CONFLICT. One round trip. */
  execute(ctx: Context, options?: TerminalOptions): Promise<number>;
  /** Writes, and gives every row as it was stored: after an update, or before a delete. All of them are held in memory; no order is promised. One round trip. */
  returning(ctx: Context, options?: TerminalOptions): Promise<T[]>;
  /** Writes, and gives these expressions of each row. The second argument is the row as it was before: `(m, old) => ({ id: m.id, before: old.total })`. One round trip. */
  returning<const R extends Shape>(
    ctx: Context,
    shape: (m: NoInfer<ExprsOf<M>>, old: NoInfer<ExprsOf<M>>) => R,
    options?: TerminalOptions,
  ): Promise<Values<R>[]>;
  /** Writes, and gives every row as it was and as it is. All of them are held in memory; no order is promised. One round trip. */
  returningPairs(ctx: Context, options?: TerminalOptions): Promise<{ old: T; new: New }[]>;
  /** The statement of `execute`. No I/O. Errors: VALIDATION with `empty_patch` when there is none. */
  toSql(): SqlText;
  /** EXPLAIN of the statement of `execute`, which is not run: text, or parsed JSON. Errors: VALIDATION with `analyze`, which would run it, and with `empty_patch`. One round trip. */
  explain(ctx: Context, options: WriteExplainOptions & { format: 'json' }): Promise<unknown>;
  explain(ctx: Context, options?: WriteExplainOptions): Promise<string>;
}

/** `UPDATE t SET ..., version = version + 1, updated_at = ... WHERE ...` */
export function updateOf(selection: Selection, patch: unknown): SetWrite {
  refuseModifiers(selection, 'update');
  return new SetWrite(selection, assignments(selection, patch));
}

/** `DELETE FROM t WHERE ...` */
export function deleteOf(selection: Selection): SetWrite {
  refuseModifiers(selection, 'delete');
  return new SetWrite(selection, null);
}

/** UPDATE and DELETE have no order and no limit: what would be dropped is refused, also where nothing would be sent. */
function refuseModifiers(selection: Selection, method: 'update' | 'delete'): void {
  refuseVisage(selection, method);
  if (selection.derived !== undefined)
    refuse(
      selection,
      'modifier',
      `${method} is about rows of a table, and these are the rows of another query. Filter the model by their ids`,
    );
  const modifier = selection.projection === undefined ? modifierOf(selection) : 'select';
  if (modifier === null) return;
  refuse(
    selection,
    'modifier',
    modifier === 'select'
      ? `${method} is about whole rows: leave select out, and choose what comes back in returning`
      : `${method} is about all rows of the set: leave ${modifier} out, it would not be heeded. To write some rows, filter by the ids of a query that chooses them`,
  );
}

const RETURNING: Place = { name: 'returning', allowsAggregates: false, allowsWindows: false };

interface Write<Row> {
  readonly returning: Returning | null;
  readonly rows: RowShape<Row> | null;
  /** What tells shapes of rows apart that have the same columns. */
  readonly salt?: string;
}

const COUNTED: Write<never> = { returning: null, rows: null };

/** Not thenable on purpose, as sets are not. */
export class SetWrite {
  readonly kind = 'write' as const;
  readonly #selection: Selection;
  /** Null for a delete. */
  readonly #set: readonly Assignment[] | null;

  constructor(selection: Selection, set: readonly Assignment[] | null) {
    this.#selection = selection;
    this.#set = set;
  }

  async execute(ctx: Context, options?: TerminalOptions): Promise<number> {
    return (await this.#send(ctx, '', COUNTED, options))?.rowCount ?? 0;
  }

  async returning(ctx: Context, first?: Callback | TerminalOptions, second?: TerminalOptions): Promise<unknown[]> {
    const [write, options] = typeof first === 'function' ? [this.#shaped(first), second] : [this.#whole(), first];
    return (await this.#send(ctx, 'Returning', write, options))?.rows ?? [];
  }

  async returningPairs(ctx: Context, options?: TerminalOptions): Promise<{ old: object; new: object | null }[]> {
    return (await this.#send(ctx, 'ReturningPairs', this.#pairs(), options))?.rows ?? [];
  }

  toSql(): SqlText {
    const { compiled, values } = this.#something(COUNTED);
    return { text: compiled.text, values };
  }

  async explain(ctx: Context, options: ExplainOptions = {}): Promise<unknown> {
    if (options.analyze !== undefined && options.analyze !== false)
      throw new ValidationError([{ path: 'analyze', rule: 'analyze', message: 'would run the write: explain it without, or run it' }], {
        model: this.#selection.runtime.table,
      });
    return explainCompiled(this.#selection, ctx, this.#something(COUNTED), options);
  }

  #whole(): Write<object> {
    const { runtime, source } = this.#selection;
    return { returning: { nodes: columnsOf(this.#selection, source) }, rows: runtime.rowShape };
  }

  #shaped(shape: Callback): Write<unknown> {
    const { model, source } = this.#selection,
      before = nodes.source(source.name, source.schema);
    const chosen = inScope(before, () => given(this.#selection, shape, bagOf(model, source), bagOf(model, before)));
    const projection = projectionOf(this.#selection, chosen, 'object', { method: 'returning', place: RETURNING, others: [before] });
    // The row at the end of a path is one of the row that the path begins at.
    const isBefore = (node: Node): boolean => strayColumn(node, (from) => from !== before && from.via === undefined) !== null;
    return {
      returning: { nodes: projection.nodes, ...(projection.nodes.some(isBefore) ? { old: before } : {}) },
      rows: rowShape({ ...this.#selection, projection }),
      salt: JSON.stringify(projection.names),
    };
  }

  #pairs(): Write<{ old: object; new: object | null }> {
    const { runtime, source } = this.#selection,
      before = nodes.source(source.name, source.schema),
      after = nodes.source(source.name, source.schema),
      old = columnsOf(this.#selection, before);
    return this.#set === null
      ? { returning: { old: before, nodes: old }, rows: pairShape(runtime, false), salt: 'pairs' }
      : {
          returning: { old: before, new: after, nodes: [...old, ...columnsOf(this.#selection, after)] },
          rows: pairShape(runtime, true),
          salt: 'pairs',
        };
  }

  /** Null where nothing would be written, and so nothing is sent. */
  async #send<Row>(ctx: Context, variant: string, write: Write<Row>, options: TerminalOptions | undefined) {
    const executor = executorOf(ctx),
      { isNone, runtime } = this.#selection;
    const executable = this.#compiled(write);
    if (executable === null || isNone) return null;
    const name = `${this.#set === null ? 'delete' : 'update'}${variant}`;
    return executor.execute(executable.compiled, executable.values, runtime.purpose(name, ctx), options);
  }

  /** The statement of a patch that has something in it. */
  #something<Row>(write: Write<Row>): Executable<Row> {
    return this.#compiled(write) ?? refuse(this.#selection, 'empty_patch', 'the patch is empty: there is no statement to show');
  }

  /** Null for an empty patch, which also leaves the version and the time as they are. */
  #compiled<Row>({ returning, rows, salt = '' }: Write<Row>): Executable<Row> | null {
    const { runtime, source, where } = this.#selection,
      set = this.#set;
    if (set?.length === 0) return null;
    const statement: Statement =
      set === null
        ? { kind: 'delete', from: source, where: conjunctionOf(where), returning }
        : {
            kind: 'update',
            table: source,
            set: [...set, ...frameworkAssignments(runtime, source)],
            where: conjunctionOf(where),
            returning,
          };
    return runtime.shapes.compile(runtime.wrapWrite(statement), () => rows, salt);
  }
}

const columnsOf = ({ runtime }: Selection, of: Source): Node[] =>
  runtime.fields.map((field) => nodes.column(of, field.column, field.property, field.valueKind));

/** The values before, then the values after where there are any. */
function pairShape(
  { buildRow, rowShape: { columns } }: Selection['runtime'],
  hasNew: boolean,
): RowShape<{ old: object; new: object | null }> {
  const width = columns.length;
  function Pair(this: { old: object; new: object | null }, ...values: unknown[]): void {
    this.old = new buildRow(...values.slice(0, width));
    this.new = hasNew ? new buildRow(...values.slice(width)) : null;
  }
  return {
    columns: hasNew ? [...columns, ...columns] : columns,
    build: Pair as unknown as new (...values: unknown[]) => { old: object; new: object | null },
  };
}
