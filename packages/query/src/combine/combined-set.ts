// UNION, INTERSECT and EXCEPT of the rows of queries: `(SELECT ...) UNION (SELECT ...)`, ordered and cut as a whole.

import {
  bagOf,
  intKind,
  nodes,
  OrderExpression,
  type OutputOrder,
  type SelectStatement,
  type SetOperationStatement,
  type SetOperator,
} from '@djogi/core/extension';
import { SetOpOuterOrderingInvalidError, ValidationError, type Order } from '@djogi/core';
import { ComputedSet, type ComputedRows, type Lowering } from '../group/computed-set.ts';
import { limitOf, offsetOf } from '../set/lower.ts';
import { countProblem, type Callback } from '../set/refine.ts';
import { columnBag, rowsOf, type Rows, type RowsSupplier } from '../set/rows.ts';
import { armsOf } from './arms.ts';
import type { Either, QueryOf, RowFacts, RowsWith, SameColumns } from '../set/row-facts.ts';

/** A column of combined rows, which can be ordered by and nothing else. */
export interface OutputColumn {
  /** Ascending; Postgres puts NULL last unless told otherwise. */
  asc(): Order;
  /** Descending; Postgres puts NULL first unless told otherwise. */
  desc(): Order;
}
export type OutputColumns<T> = { readonly [P in keyof T]: OutputColumn };

/** What makes one set of the rows of several. Each gives a new one and sends nothing. */
export interface Combining<Facts extends RowFacts, T> {
  /**
   * `(a) UNION (b)`: the rows of each, every one once. The arms keep their own order, limit and offset.
   *
   * Shape: rows of one model, or projections with the same columns in the same order.
   * Errors: SET_OP_ARM_INVALID for an arm with other columns or of other kinds.
   */
  union<U>(...others: (QueryOf<U> & SameColumns<T, U>)[]): Combined<Facts, Either<T, U>>;
  /** `(a) UNION ALL (b)`: the rows of each, as often as they occur. */
  unionAll<U>(...others: (QueryOf<U> & SameColumns<T, U>)[]): Combined<Facts, Either<T, U>>;
  /** `(a) INTERSECT (b)`: the rows that are in each, every one once. */
  intersect<U>(...others: (QueryOf<U> & SameColumns<T, U>)[]): Combined<Facts, T>;
  /** `(a) INTERSECT ALL (b)`: the rows that are in each, as often as in the one that has them least. */
  intersectAll<U>(...others: (QueryOf<U> & SameColumns<T, U>)[]): Combined<Facts, T>;
  /** `(a) EXCEPT (b)`: the rows that are in none of the others, every one once. */
  except<U>(...others: (QueryOf<U> & SameColumns<T, U>)[]): Combined<Facts, T>;
  /** `(a) EXCEPT ALL (b)`: the rows, each as often as it is left when every other has taken its own. */
  exceptAll<U>(...others: (QueryOf<U> & SameColumns<T, U>)[]): Combined<Facts, T>;
}

/** The rows of several queries as one. Every method but the terminals returns a new query. */
export interface Combined<Facts extends RowFacts, T> extends ComputedRows<T>, Combining<Facts, T>, RowsWith<Facts, T> {
  /** Appends sort keys, over the columns of the rows. Errors: SET_OP_OUTER_ORDERING_INVALID for an expression, and for what is no column. */
  orderBy(by: (o: OutputColumns<T>) => Order | readonly Order[]): Combined<Facts, T>;
  /** At most this many rows of the result. Replaces an earlier limit. */
  limit(count: number | bigint): Combined<Facts, T>;
  /** Leaves out this many rows of the result first. */
  offset(count: number | bigint): Combined<Facts, T>;
}

interface Combination {
  readonly operator: SetOperator;
  readonly arms: readonly Rows[];
  readonly orderBy: readonly OutputOrder[];
  readonly limit: number | bigint | undefined;
  readonly offset: number | bigint | undefined;
}

const OPERATORS = {
  union: 'UNION',
  unionAll: 'UNION ALL',
  intersect: 'INTERSECT',
  intersectAll: 'INTERSECT ALL',
  except: 'EXCEPT',
  exceptAll: 'EXCEPT ALL',
} as const satisfies Record<keyof Combining<RowFacts, unknown>, SetOperator>;

export function combined(first: Rows, method: keyof typeof OPERATORS, others: readonly unknown[]): CombinedSet {
  return new CombinedSet({
    operator: OPERATORS[method],
    arms: armsOf(first, others, method),
    orderBy: [],
    limit: undefined,
    offset: undefined,
  });
}

export class CombinedSet extends ComputedSet implements RowsSupplier {
  readonly kind = 'combined' as const;
  readonly #combination: Combination;
  constructor(combination: Combination) {
    super();
    this.#combination = combination;
  }

  union(...others: unknown[]): CombinedSet {
    return combined(this[rowsOf](), 'union', others);
  }
  unionAll(...others: unknown[]): CombinedSet {
    return combined(this[rowsOf](), 'unionAll', others);
  }
  intersect(...others: unknown[]): CombinedSet {
    return combined(this[rowsOf](), 'intersect', others);
  }
  intersectAll(...others: unknown[]): CombinedSet {
    return combined(this[rowsOf](), 'intersectAll', others);
  }
  except(...others: unknown[]): CombinedSet {
    return combined(this[rowsOf](), 'except', others);
  }
  exceptAll(...others: unknown[]): CombinedSet {
    return combined(this[rowsOf](), 'exceptAll', others);
  }

  orderBy(by: Callback): CombinedSet {
    const { arms, orderBy } = this.#combination;
    return this.#with({ orderBy: [...orderBy, ...outputOrders(arms[0]!, by)] });
  }
  limit(count: unknown): CombinedSet {
    return this.#with({ limit: this.#checked(count, 'limit') });
  }
  offset(count: unknown): CombinedSet {
    return this.#with({ offset: this.#checked(count, 'offset') });
  }

  #checked(count: unknown, name: string): number | bigint {
    const problem = countProblem(count, name);
    if (problem !== null) throw new ValidationError([problem], { model: this.#combination.arms[0]!.runtime.table });
    return count as number | bigint;
  }
  #with(facts: Partial<Combination>): CombinedSet {
    return new CombinedSet({ ...this.#combination, ...facts });
  }

  /** The columns are named by the first arm. */
  #statement(isNamed: boolean, most?: number): SetOperationStatement {
    const { operator, arms, orderBy, offset } = this.#combination,
      limit = most ?? limitOf(this.#combination.limit);
    return {
      kind: 'setOperation',
      operator,
      arms: arms.map((arm, at) => arm.statement(isNamed && at === 0)),
      orderBy,
      ...(limit === undefined ? {} : { limit }),
      ...(offset === undefined ? {} : { offset: offsetOf(offset) }),
    };
  }

  protected lowering(): Lowering<unknown> {
    const { arms, limit } = this.#combination,
      first = arms[0]!;
    return {
      runtime: first.runtime,
      isNone: this.#isNone(),
      limit,
      salt: `combine${first.salt}`,
      select: (most) => this.#statement(false, most),
      counted: () => this.#counted(),
      shape: first.shape,
    };
  }

  /** Known to be empty when what it is made of is. */
  #isNone(): boolean {
    const { operator, arms } = this.#combination;
    if (operator.startsWith('UNION')) return arms.every((arm) => arm.isNone);
    return operator.startsWith('EXCEPT') ? arms[0]!.isNone : arms.some((arm) => arm.isNone);
  }

  #counted(): SelectStatement {
    const { limit: _limit, offset: _offset, ...all } = this.#statement(false),
      unordered: SetOperationStatement = { ...all, orderBy: [] };
    return {
      kind: 'select',
      from: nodes.derivedSource('sub', unordered),
      projection: [nodes.constant(1, intKind)],
      where: null,
      orderBy: [],
    };
  }

  [rowsOf](): Rows {
    const { operator, arms } = this.#combination,
      first = arms[0]!,
      { model } = first;
    // A column may be NULL where it may be in one arm.
    const columns = first.columns.map((of, at) => ({ ...of, isRequired: arms.every((arm) => arm.columns[at]!.isRequired) }));
    // What only some arms have besides their rows is no column of the result.
    return {
      ...first,
      columns,
      selection: undefined,
      extra: [],
      hasKey: operator === 'UNION ALL' ? false : operator.endsWith(' ALL') ? first.hasKey : first.as === 'row',
      bag: first.as === 'row' ? (source) => bagOf(model, source) : (source) => columnBag(columns, source),
      isNone: this.#isNone(),
      statement: (isNamed) => this.#statement(isNamed),
      source: () => nodes.derivedSource('__djogi_rows', this.#statement(true)),
    };
  }
}

/** What a callback orders by, as positions among the columns. */
function outputOrders({ columns, runtime: { table } }: Rows, by: unknown): OutputOrder[] {
  if (typeof by !== 'function')
    throw new ValidationError([{ path: '', rule: 'callback', message: 'orderBy wants a function of the columns' }], { model: table });
  const source = nodes.source('');
  const output = (name: string): OutputColumn => {
    const of = columns.find(({ property }) => property === name);
    if (of === undefined)
      throw new SetOpOuterOrderingInvalidError(
        `Combined rows are ordered by ${name}, which is none of their columns: ${columns.map(({ property }) => property).join(', ')}. Order by one of these.`,
        { table, column: name },
      );
    const node = nodes.column(source, of.column, of.property, of.valueKind);
    return {
      asc: () => new OrderExpression({ by: node, direction: 'asc' }),
      desc: () => new OrderExpression({ by: node, direction: 'desc' }),
    };
  };
  const bag = new Proxy({}, { get: (_, name) => (typeof name === 'symbol' ? undefined : output(name)) });
  const chosen: unknown = (by as (bag: unknown) => unknown)(bag);
  return (Array.isArray(chosen) ? (chosen as unknown[]) : [chosen]).map((order): OutputOrder => {
    const term = order instanceof OrderExpression ? order.term : null;
    if (term?.by.kind !== 'column' || term.by.source !== source)
      throw new SetOpOuterOrderingInvalidError(
        'Combined rows are ordered by something other than one of their columns, which SQL does not have. Compute it in each arm with select, and order by its name.',
        { table },
      );
    const { property } = term.by;
    return {
      position: columns.findIndex((of) => of.property === property) + 1,
      direction: term.direction,
      ...(term.nulls === undefined ? {} : { nulls: term.nulls }),
    };
  });
}
