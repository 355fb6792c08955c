// What a queryset is before it becomes a statement: immutable facts over one source. Refining makes a new one that shares everything it did not change.

import {
  bagOf,
  nodes,
  runtimeOf,
  type Bag,
  type Lock,
  type ModelRuntime,
  type Node,
  type OrderTerm,
  type RowShape,
  type Source,
  type ValueKind,
} from '@djogi/core/extension';

import { NOTHING_RELATED, type Related } from './related.ts';

/** A chosen projection instead of whole rows. */
export interface Projection {
  readonly as: 'object' | 'tuple';
  readonly names: readonly string[];
  readonly nodes: readonly Node[];
}

/** Row locks as they were asked for. */
export interface RowLock extends Pick<Lock, 'strength' | 'wait'> {
  /** `OF` the set's own table. */
  readonly isOfSelf: boolean;
}

/** A column of the rows that a selection is over. */
export interface RowColumn {
  readonly column: string;
  readonly property: string;
  readonly valueKind: ValueKind;
  /** True where it is known to be never NULL. */
  readonly isRequired?: boolean;
}

/** What is known of the rows where the source is a query and not the table of the model. */
export interface DerivedRows {
  readonly columns: readonly RowColumn[];
  /** Columns that belong to no row and that expressions may use. */
  readonly extra: readonly RowColumn[];
  readonly bag: (source: Source) => Bag;
  /** Whether each is there once, and the key of the model tells it from all others. */
  readonly hasKey: boolean;
  /** Null where the rows are the model's own. Otherwise how they are built, with what tells that from other ways to read the same columns. */
  readonly built: { readonly shape: RowShape<unknown>; readonly salt: string } | null;
}

export interface Selection {
  readonly model: unknown;
  readonly runtime: ModelRuntime;
  readonly source: Source;
  readonly where: readonly Node[];
  readonly orderBy: readonly OrderTerm[];
  /** How many of the sort keys come first of a proxy's own accord: nobody asked for them, and `reorder` keeps them. */
  readonly orderPrefix: number;
  readonly limit: number | bigint | undefined;
  readonly offset: number | bigint | undefined;
  readonly distinct: true | readonly Node[] | undefined;
  readonly projection: Projection | undefined;
  readonly lock: RowLock | undefined;
  /** Rows of other models that come along. */
  readonly related: Related;
  /** Where the columns of the row come from, when that is not `source`: the end of a path from it. */
  readonly rowSource?: Source | undefined;
  /** Structurally empty: terminals answer without SQL. */
  readonly isNone: boolean;
  /** Absent over a table. */
  readonly derived?: DerivedRows | undefined;
}

/** The whole table, or the whole slice of a proxy, under a source of its own: two queries over one model never share a scope. */
export function wholeTable(model: unknown): Selection {
  const runtime = runtimeOf(model),
    source = nodes.source(runtime.table);
  const where = runtime.slice?.where(source) ?? null,
    orderBy = runtime.slice?.orderBy(source) ?? [];
  return {
    model,
    runtime,
    source,
    where: where === null ? [] : [where],
    orderBy,
    orderPrefix: orderBy.length,
    limit: undefined,
    offset: undefined,
    distinct: undefined,
    projection: undefined,
    lock: undefined,
    related: NOTHING_RELATED,
    isNone: false,
  };
}

/** Whether its rows are whole rows of the model. */
export const isWhole = ({ projection, derived }: Selection): boolean => projection === undefined && (derived?.built ?? null) === null;

/** The bag that callbacks receive. */
export const bagOver = ({ derived, model, source }: Selection): Bag => (derived === undefined ? bagOf(model, source) : derived.bag(source));

/** The columns of a whole row. */
export const columnsOf = ({ derived, runtime }: Pick<Selection, 'derived' | 'runtime'>): readonly RowColumn[] =>
  derived?.columns ?? runtime.fields;
