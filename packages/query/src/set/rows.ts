// The rows of a query as something other queries are made of: an arm of a set operation, a derived table, a query of a WITH. Every kind of query says here what
// its rows are; what reads them asks nothing else.

import {
  bagOf,
  expressionOf,
  identifierProblem,
  nodes,
  type Bag,
  type ModelRuntime,
  type Node,
  type QueryStatement,
  type RowShape,
  type Source,
} from '@djogi/core/extension';
import { ValidationError } from '@djogi/core';
import { METHODS } from './lock.ts';
import { rowShape, saltOf, selectStatement } from './lower.ts';
import { mayBeNull } from './nullability.ts';
import { refuseVisage } from './refine.ts';
import { hasRelated, NOTHING_RELATED } from './related.ts';
import { columnsOf, isWhole, type DerivedRows, type RowColumn, type Selection } from './selection.ts';

const { column, derivedSource } = nodes;

/** A method of this name gives the rows. */
export const rowsOf: unique symbol = Symbol('djogi.rowsOf');

export interface RowsSupplier {
  [rowsOf](): Rows;
}

/** What the rows of a query are. */
export interface Rows {
  readonly model: unknown;
  readonly runtime: ModelRuntime;
  /** `row`: rows of the model, `object` and `tuple`: chosen expressions. */
  readonly as: 'row' | 'object' | 'tuple';
  /** In order. `column` is the name that a named statement gives it. */
  readonly columns: readonly RowColumn[];
  readonly extra: readonly RowColumn[];
  /** Whether rows of other models come along. */
  readonly hasRelated?: boolean | undefined;
  /** By which method they would be locked. */
  readonly lock?: string | undefined;
  /** Where they are those of one selection. */
  readonly selection?: Selection | undefined;
  /** Whether they are rows of the model, each once. */
  readonly hasKey: boolean;
  readonly isNone: boolean;
  readonly shape: () => RowShape<unknown>;
  readonly salt: string;
  /** What callbacks receive over a source of these rows. */
  readonly bag: (source: Source) => Bag;
  /** `isNamed`: its columns have the names, and the extra ones are among them. */
  readonly statement: (isNamed: boolean) => QueryStatement;
  /** One more appearance of the rows. */
  readonly source: () => Source;
}

/** Chosen expressions go by their names, where those are names in SQL too. */
export const outputColumns = (names: readonly string[], chosen: readonly Node[]): RowColumn[] =>
  names.map((name, at) => ({
    column: identifierProblem(name) === null ? name : `__djogi_${at}`,
    property: name,
    valueKind: chosen[at]!.valueKind,
    isRequired: !mayBeNull(chosen[at]!),
  }));

/** The column over a source of the rows. */
export const columnIn = (source: Source, of: RowColumn): Node => column(source, of.column, of.property, of.valueKind, of.isRequired);

/** Expressions over columns by their names. Another name is refused instead of being undefined. */
export function columnBag(columns: readonly RowColumn[], source: Source): Bag {
  const bag = new Proxy<Bag>(
    {},
    {
      get(target, name, receiver): unknown {
        if (typeof name === 'symbol' || name === 'then' || name === 'toJSON' || name in target) return Reflect.get(target, name, receiver);
        throw new ValidationError([{ path: name, rule: 'unknown_field', message: 'is no column of the rows' }]);
      },
    },
  );
  for (const of of columns)
    Object.defineProperty(bag, of.property, {
      enumerable: true,
      value: expressionOf(columnIn(source, of)),
    });
  return bag;
}

/** The extra columns of a selection. */
export const extraNodes = ({ derived, source }: Selection): Node[] => (derived?.extra ?? []).map((of) => columnIn(source, of));

/** The rows of a selection. */
export function rowsOfSelection(selection: Selection): Rows {
  refuseVisage(selection, 'a query over its rows');
  const { model, runtime, projection, derived, isNone } = selection,
    isRow = isWhole(selection);
  const columns = projection === undefined ? columnsOf(selection) : outputColumns(projection.names, projection.nodes),
    extra = isRow ? (derived?.extra ?? []) : [];
  // Of a derived table, nobody sees an order that chooses nothing.
  const isOrderSeen = selection.limit !== undefined || selection.offset !== undefined || Array.isArray(selection.distinct);
  const statement = (isNamed: boolean, isOrdered = true): QueryStatement => {
    const plain = selectStatement(isOrdered ? selection : { ...selection, orderBy: [] });
    // A whole row has the names of its columns already.
    if (!isNamed || (isRow && extra.length === 0)) return plain;
    const chosen = 'nodes' in plain.projection ? plain.projection.nodes() : plain.projection;
    return {
      ...plain,
      projection: [...chosen, ...(isRow ? extraNodes(selection) : [])],
      outputs: [...columns, ...extra].map((of) => of.column),
    };
  };
  return {
    model,
    runtime,
    as: isRow ? 'row' : (projection?.as ?? 'object'),
    columns,
    extra,
    selection,
    hasRelated: hasRelated(selection.related),
    lock: selection.lock === undefined ? undefined : METHODS[selection.lock.strength],
    hasKey: isRow && (derived?.hasKey ?? true),
    isNone,
    shape: () => rowShape(selection),
    salt: saltOf(selection),
    bag: isRow ? (derived?.bag ?? ((source) => bagOf(model, source))) : (source) => columnBag(columns, source),
    statement,
    source: () => derivedSource('__djogi_rows', statement(true, isOrderSeen)),
  };
}

/** A selection of all the rows, in no order. Errors: VALIDATION with `rows` for tuples, whose columns have no names. */
export function selectionOver(rows: Rows): Selection {
  const { model, runtime, columns, extra, as, hasKey, isNone, bag, shape, salt } = rows;
  refuseBurdened(rows);
  if (as === 'tuple')
    throw new ValidationError([
      { path: '', rule: 'rows', message: 'a query over tuples could not name their columns: choose them with select' },
    ]);
  const derived: DerivedRows = { columns, extra, bag, hasKey, built: as === 'row' ? null : { shape: shape(), salt } };
  return {
    model,
    runtime,
    source: rows.source(),
    where: [],
    orderBy: [],
    orderPrefix: 0,
    limit: undefined,
    offset: undefined,
    distinct: undefined,
    projection: undefined,
    lock: undefined,
    related: NOTHING_RELATED,
    isNone,
    derived,
  };
}

/** The rows of a derived table are not those of the table, and nothing comes along with them. */
export function refuseBurdened({ lock, hasRelated: isLoading, runtime }: Rows): void {
  if (isLoading === true)
    throw new ValidationError(
      [
        {
          path: '',
          rule: 'related',
          message: 'another query reads these rows alone: leave selectRelated and prefetch out, and load what the result needs',
        },
      ],
      { model: runtime.table },
    );
  if (lock !== undefined)
    throw new ValidationError(
      [
        {
          path: '',
          rule: 'lock',
          message: `${lock} locks rows of the table: lock them in a query of their own, not where another query reads them`,
        },
      ],
      { model: runtime.table },
    );
}

export const hasRows = (of: unknown): of is RowsSupplier => typeof of === 'object' && of !== null && rowsOf in of;

/** The rows behind what a user gave. `method` is for messages. */
export function rowsGiven(given: unknown, method: string): Rows {
  if (hasRows(given)) return given[rowsOf]();
  throw new ValidationError([
    { path: '', rule: 'rows', message: `${method} wants rows: a set, a projection, groups, combined sets or a cte` },
  ]);
}
