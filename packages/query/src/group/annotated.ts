// `annotate`: rows with computed values beside them.

import {
  conjunctionOf,
  expressionOf,
  nodes,
  overAllRows,
  checkAggregates,
  predicateNode,
  type Node,
  type Place,
  type RowShape,
  type SelectStatement,
} from '@djogi/core/extension';
import type { ExprsOf, Order, Predicate, RowValued, Valued } from '@djogi/core';
import { rowBuilder, rowNodes, rowShape, saltOf, selectStatement } from '../set/lower.ts';
import { given, limited, ordered, refuse, ROW, scoped, skipped, type Callback } from '../set/refine.ts';
import { completeRows, hasRelated } from '../set/related.ts';
import { bagOver, type Selection } from '../set/selection.ts';
import type { Shape } from '../set/shape.ts';
import { ComputedSet, type ComputedRows, type Lowering } from './computed-set.ts';
import { InnerColumns, outerColumn, outerOrder, outside, settled } from './derived.ts';
import { checkDistinctNames, outputsOf, type Outputs } from './outputs.ts';

/** Expressions beside single rows: no aggregates that order a whole group, and none named `row`. */
export type Annotations = Record<string, RowValued> & { readonly row?: never };

/** A row with its annotations. */
export type AnnotatedRow<T, S> = {
  -readonly [P in keyof ({ row: T } & S)]: P extends 'row' ? T : S[P & keyof S] extends Valued<infer Value> ? Value : never;
} & {};

/** Rows with computed values beside them: `row` is the model's, the rest are the annotations. Every method but the terminals returns a new query. */
export interface Annotated<M extends { readonly $fields: any }, T, S extends Shape> extends ComputedRows<AnnotatedRow<T, S>> {
  /**
   * Keeps the rows whose annotations satisfy the predicate, once all of them are computed: the query becomes one over a derived table. Repeated calls are joined with AND.
   */
  qualify(where: (a: S) => Predicate): Annotated<M, T, S>;
  /** Appends sort keys, over the fields and the annotations; an annotation hides the field of its name. */
  orderBy(by: (m: ExprsOf<M> & S) => Order | readonly Order[]): Annotated<M, T, S>;
  /** At most this many rows, of which the annotations know nothing. Replaces an earlier limit. */
  limit(count: number | bigint): Annotated<M, T, S>;
  /** Leaves out this many rows first. */
  offset(count: number | bigint): Annotated<M, T, S>;
}

interface Annotation {
  readonly selection: Selection;
  readonly outputs: Outputs;
  /** Over the nodes of the outputs, as if they stood there. */
  readonly qualified: readonly Node[];
}

/** Aggregates are made windows before they are checked. */
const ANNOTATION: Place = { name: 'annotate', allowsAggregates: true, allowsWindows: true };
const QUALIFY: Place = { name: 'qualify', allowsAggregates: false, allowsWindows: false };

export function annotated(selection: Selection, shape: Callback): AnnotatedSet {
  const rows = settled(selection, 'annotate'),
    asked = outputsOf(rows, given(rows, shape), ANNOTATION, 'annotate');
  if (asked.names.length === 0) refuse(selection, 'projection', 'annotate needs at least one expression');
  checkDistinctNames(asked.names, ['row'], 'the property that holds the row');
  const windowed = asked.nodes.map(overAllRows);
  for (const node of windowed) checkAggregates(node, ROW);
  const expressions = Object.fromEntries(
    asked.names.map((name, at) => [name, windowed[at] === asked.nodes[at] ? asked.expressions[name] : expressionOf(windowed[at]!)]),
  );
  return new AnnotatedSet({ selection: rows, outputs: { names: asked.names, nodes: windowed, expressions }, qualified: [] });
}

export class AnnotatedSet extends ComputedSet {
  readonly #annotation: Annotation;
  constructor(annotation: Annotation) {
    super();
    this.#annotation = annotation;
  }

  qualify(where: Callback): AnnotatedSet {
    const { selection, outputs, qualified } = this.#annotation;
    // What windows an annotation has is looked at when it has become a column.
    const node = scoped(selection, predicateNode(given(selection, where, outputs.expressions)), ROW);
    return this.#with({ qualified: [...qualified, node] });
  }
  orderBy(by: Callback): AnnotatedSet {
    const { selection, outputs } = this.#annotation;
    const bag: unknown = Object.create(bagOver(selection), Object.getOwnPropertyDescriptors(outputs.expressions));
    return this.#with({ selection: ordered(selection, by, false, bag) });
  }
  limit(count: unknown): AnnotatedSet {
    return this.#with({ selection: limited(this.#annotation.selection, count) });
  }
  offset(count: unknown): AnnotatedSet {
    return this.#with({ selection: skipped(this.#annotation.selection, count) });
  }

  #with(facts: Partial<Annotation>): AnnotatedSet {
    return new AnnotatedSet({ ...this.#annotation, ...facts });
  }

  protected lowering(): Lowering<unknown> {
    const { selection, outputs } = this.#annotation,
      { runtime, isNone, limit, related } = selection;
    return {
      runtime,
      isNone,
      limit,
      salt: `annotate${JSON.stringify([saltOf(selection), outputs.names])}`,
      select: (most) => this.#select(most),
      counted: () => this.#counted(),
      shape: () => annotatedShape(rowShape<unknown>(selection), outputs, runtime.table),
      complete: hasRelated(related)
        ? (rows, ctx, options) =>
            completeRows(
              rows.map((row) => (row as { row: unknown }).row),
              related,
              ctx,
              options,
            )
        : undefined,
    };
  }

  #select(limit?: number): SelectStatement {
    const { selection, outputs, qualified } = this.#annotation;
    if (qualified.length > 0) return this.#wrapped(limit);
    return { ...selectStatement(selection, limit), projection: [...rowNodes(selection), ...outputs.nodes] };
  }

  /** `SELECT ... FROM (SELECT <row>, <annotations> FROM ... WHERE ...) WHERE <qualified> ORDER BY ... LIMIT ...` */
  #wrapped(limit?: number): SelectStatement {
    const { selection, outputs, qualified } = this.#annotation;
    const columns = new InnerColumns(),
      rows = rowNodes(selection);
    const names = [
      ...rows.map((node) => columns.nameOf(node)),
      ...outputs.nodes.map((node, at) => columns.nameOf(node, outputs.names[at])),
    ];
    const order = outerOrder(columns, selection.orderBy);
    const inner = columns.select({ ...selection, orderBy: [], limit: undefined, offset: undefined });
    const derived = nodes.derivedSource('__djogi_q', inner);
    const where = qualified.map((node) => outside(node, columns, derived));
    for (const node of where) checkAggregates(node, QUALIFY);
    return {
      ...selectStatement({ ...selection, source: derived, where: [], orderBy: order(derived) }, limit),
      projection: [...rows, ...outputs.nodes].map((node, at) => outerColumn(derived, names[at]!, node)),
      where: conjunctionOf(where),
    };
  }

  #counted(): SelectStatement {
    const {
      limit: _limit,
      offset: _offset,
      ...counted
    } = this.#annotation.qualified.length > 0 ? this.#wrapped() : selectStatement(this.#annotation.selection);
    return { ...counted, orderBy: [] };
  }
}

/** How a row with its annotations is built: a plain object around whatever the row is. */
function annotatedShape(row: RowShape<unknown>, { names, nodes: computed }: Outputs, table: string): RowShape<unknown> {
  const { columns } = row,
    count = columns.length,
    rowOf = rowBuilder(row);
  function Built(...values: unknown[]): object {
    const result: Record<string, unknown> = { row: rowOf(values.slice(0, count)) };
    for (let at = 0; at < names.length; at++) result[names[at]!] = values[count + at];
    return result;
  }
  return {
    columns: [...columns, ...computed.map(({ valueKind }, at) => ({ name: names[at]!, codec: valueKind.codec, table }))],
    build: Built as unknown as new (...values: unknown[]) => unknown,
  };
}
