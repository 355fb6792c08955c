// `groupBy`, `rollup`, `cube` and `groupingSets`: one row for each group.

import {
  conjunctionOf,
  intKind,
  nodes,
  predicateNode,
  type Node,
  type OrderTerm,
  type Place,
  type SelectStatement,
} from '@djogi/core/extension';
import type { ExprsOf, Order, Predicate, Valued } from '@djogi/core';
import { refuseLock } from '../set/lock.ts';
import { selectStatement } from '../set/lower.ts';
import { alone, given, limited, orderTerms, refuse, refuseVisage, scoped, skipped, type Callback } from '../set/refine.ts';
import { bagOver, type Selection } from '../set/selection.ts';
import { columnBag, outputColumns, rowsOf, type Rows, type RowsSupplier } from '../set/rows.ts';
import type { ColumnFacts, RowsWith } from '../set/row-facts.ts';
import type { Shape } from '../set/shape.ts';
import { ComputedSet, type ComputedRows, type Lowering } from './computed-set.ts';
import { checkGrouped } from '../set/group-check.ts';
import { insertInto, type InsertFrom, type InsertFromRows, type InsertValues } from '../write/insert-select.ts';
import type { OnlyKeys } from '../write/set-of.ts';
import { checkDistinctNames, outputsOf, type Outputs } from './outputs.ts';

/** The keys with what is computed of each group. `Nullable` is null where a key may stand for all its values. */
export type GroupedValues<K, A, Nullable> = {
  -readonly [P in keyof (K & A)]: (K & A)[P] extends Valued<infer Value> ? Value | (P extends keyof K ? Nullable : never) : never;
} & {};

/** Groups before it is said what is computed of them. */
export interface Grouped<M extends { readonly $fields: any }, K extends Shape, Nullable = never> {
  /**
   * What is computed of each group: aggregates, the keys (the second argument), and expressions over both.
   *
   * Errors: ALIAS_COLLISION for a name that a key has; VALIDATION with `ungrouped` for a field that is no key.
   */
  annotate<const A extends Shape & { readonly [P in keyof K]?: never }>(
    shape: (m: NoInfer<ExprsOf<M>>, keys: NoInfer<K>) => A,
  ): GroupedRows<K & A, GroupedValues<K, A, Nullable>>;
}

/** One row for each group. Every method but the terminals returns a new query. */
export interface GroupedRows<S extends Shape, T> extends ComputedRows<T>, RowsWith<ColumnFacts<never, S>, T> {
  /** `HAVING ...`: keeps the groups for which it is true. Replaces an earlier condition. */
  having(where: (g: S) => Predicate): GroupedRows<S, T>;
  /** Appends sort keys, over keys and aggregates. */
  orderBy(by: (g: S) => Order | readonly Order[]): GroupedRows<S, T>;
  /** At most this many groups. Replaces an earlier limit. */
  limit(count: number | bigint): GroupedRows<S, T>;
  /** Leaves out this many groups first. */
  offset(count: number | bigint): GroupedRows<S, T>;
  /**
   * An insert of a row for each group, to be sent by one of its terminals: `insertInto(DailyHits, g => ({ day: g.day, hits: g.n }))`. As `insertInto` of a set, with
   * the keys and annotations, or expressions over them.
   */
  insertInto<Into extends { readonly $fields: any } & (abstract new () => any), const V extends InsertValues<Into>>(
    into: Into,
    values: (g: NoInfer<S>) => V & OnlyKeys<V, InsertValues<Into>>,
  ): InsertFrom<Into>;
}

type Kind = 'plain' | 'rollup' | 'cube' | 'sets';

interface Grouping {
  readonly selection: Selection;
  readonly kind: Kind;
  readonly keys: Outputs;
  /** For grouping sets: positions among the keys. */
  readonly sets: readonly (readonly number[])[];
}

interface Groups extends Grouping {
  readonly outputs: Outputs;
  readonly having: Node | null;
  readonly orderBy: readonly OrderTerm[];
}

const METHODS: Record<Kind, string> = { plain: 'groupBy', rollup: 'rollup', cube: 'cube', sets: 'groupingSets' };
const KEY: Place = { name: 'a group key', allowsAggregates: false, allowsWindows: false };
const GROUP: Place = { name: 'annotate', allowsAggregates: true, allowsWindows: true };
const HAVING: Place = { name: 'having', allowsAggregates: true, allowsWindows: false };

export function grouped(of: Selection, kind: Kind, keys: Callback, sets?: unknown): GroupedSet {
  const selection = ungroupedRows(of, METHODS[kind]);
  const outputs = outputsOf(selection, given(selection, keys), KEY, METHODS[kind]);
  if (outputs.names.length === 0 && kind !== 'sets')
    refuse(selection, 'group_by', `${METHODS[kind]} needs at least one key: all rows as one group is what aggregate gives`);
  return new GroupedSet({ selection, kind, keys: outputs, sets: kind === 'sets' ? positions(selection, outputs, sets) : [] });
}

/** The rows to be grouped. What was said about the rows of the result has no meaning for them; the ordering of a proxy was nobody's wish. */
function ungroupedRows(of: Selection, method: string): Selection {
  const selection = alone(of, method);
  const { orderBy, orderPrefix, limit, offset, distinct, projection } = selection;
  const odd = [
    [orderBy.length > orderPrefix, 'orderBy'],
    [limit !== undefined, 'limit'],
    [offset !== undefined, 'offset'],
    [distinct !== undefined, 'distinct'],
    [projection !== undefined, 'select'],
  ] as const;
  refuseLock(selection, method);
  const found = odd.find(([isThere]) => isThere);
  if (found !== undefined)
    refuse(selection, 'group_by', `${method} groups all rows and comes before ${found[1]}: order and limit the groups, after annotate`);
  return { ...selection, orderBy: [], orderPrefix: 0 };
}

function positions(selection: Selection, { names }: Outputs, sets: unknown): number[][] {
  if (!Array.isArray(sets) || sets.length === 0 || !sets.every(Array.isArray))
    return refuse(selection, 'group_by', "groupingSets wants lists of the names of keys: [['a', 'b'], ['a'], []]");
  const found = (sets as unknown[][]).map((set) =>
    set.map((name) => {
      const at = names.indexOf(String(name));
      return at < 0 ? refuse(selection, 'group_by', `groupingSets names ${String(name)}, which is no key`) : at;
    }),
  );
  const unused = names.find((_, at) => !found.some((set) => set.includes(at)));
  if (unused !== undefined) refuse(selection, 'group_by', `groupingSets has the key ${unused} in none of its sets`);
  return found;
}

export class GroupedSet {
  readonly #grouping: Grouping;
  constructor(grouping: Grouping) {
    this.#grouping = grouping;
  }

  annotate(shape: Callback): GroupedRowSet {
    const { selection, keys } = this.#grouping;
    const asked = outputsOf(selection, given(selection, shape, bagOver(selection), keys.expressions), GROUP, 'annotate');
    if (asked.names.length + keys.names.length === 0) refuse(selection, 'projection', 'a group needs at least one key or annotation');
    checkDistinctNames(asked.names, keys.names, 'a key');
    for (const node of asked.nodes) checkOfGroup(this.#grouping, node, 'annotate');
    const outputs: Outputs = {
      names: [...keys.names, ...asked.names],
      nodes: [...keys.nodes, ...asked.nodes],
      expressions: { ...keys.expressions, ...asked.expressions },
    };
    return new GroupedRowSet({ ...this.#grouping, outputs, having: null, orderBy: [] });
  }
}

/** A group of one key of the table is one row, of which the server knows every column. */
function checkOfGroup({ selection, kind, keys }: Grouping, node: Node, method: string): void {
  const { key } = selection.runtime;
  const isByRow =
    kind === 'plain' &&
    key !== null &&
    selection.derived === undefined &&
    keys.nodes.some((one) => one.kind === 'column' && one.source === selection.source && one.column === key.column);
  if (!isByRow) checkGrouped(selection, node, keys.nodes, method);
}

export class GroupedRowSet extends ComputedSet implements RowsSupplier {
  readonly #groups: Groups;
  constructor(groups: Groups) {
    super();
    this.#groups = groups;
  }

  having(where: Callback): GroupedRowSet {
    const { selection, outputs } = this.#groups;
    const node = scoped(selection, predicateNode(given(selection, where, outputs.expressions)), HAVING);
    checkOfGroup(this.#groups, node, 'having');
    return this.#with({ having: node });
  }
  orderBy(by: Callback): GroupedRowSet {
    const { selection, outputs, orderBy } = this.#groups;
    const terms = orderTerms(selection, given(selection, by, outputs.expressions), GROUP);
    for (const term of terms) checkOfGroup(this.#groups, term.by, 'orderBy');
    return this.#with({ orderBy: [...orderBy, ...terms] });
  }
  limit(count: unknown): GroupedRowSet {
    return this.#with({ selection: limited(this.#groups.selection, count) });
  }
  offset(count: unknown): GroupedRowSet {
    return this.#with({ selection: skipped(this.#groups.selection, count) });
  }

  insertInto(target: unknown, values: Callback): InsertFromRows {
    const { selection, outputs } = this.#groups;
    refuseVisage(selection, 'insertInto');
    return insertInto(
      {
        selection,
        bag: outputs.expressions,
        checked: (node) => {
          scoped(selection, node, GROUP);
          checkOfGroup(this.#groups, node, 'insertInto');
          return node;
        },
        select: (projection) => this.#select(projection),
      },
      target,
      values,
    );
  }

  #with(facts: Partial<Groups>): GroupedRowSet {
    return new GroupedRowSet({ ...this.#groups, ...facts });
  }

  #select(projection: readonly Node[], most?: number): SelectStatement {
    const { orderBy, selection } = this.#groups;
    return { ...selectStatement(selection, most), ...this.#grouped(), projection, orderBy };
  }

  protected lowering(): Lowering<unknown> {
    const { outputs, selection } = this.#groups,
      { runtime, isNone, limit } = selection;
    return {
      runtime,
      isNone,
      limit,
      salt: `group${JSON.stringify(outputs.names)}`,
      select: (most) => this.#select(outputs.nodes, most),
      counted: () => this.#counted(),
      shape: () => ({
        columns: outputs.nodes.map(({ valueKind }, at) => ({ name: outputs.names[at]!, codec: valueKind.codec, table: runtime.table })),
        as: 'object',
      }),
    };
  }

  [rowsOf](): Rows {
    const { kind, outputs, selection } = this.#groups,
      { salt, select, shape } = this.lowering();
    // In totals, keys are NULL whatever they are elsewhere.
    const columns = outputColumns(outputs.names, outputs.nodes).map((of) => (kind === 'plain' ? of : { ...of, isRequired: false }));
    const statement = (isNamed: boolean): SelectStatement => ({
      ...(select() as SelectStatement),
      ...(isNamed ? { outputs: columns.map((of) => of.column) } : {}),
    });
    return {
      model: selection.model,
      runtime: selection.runtime,
      as: 'object',
      columns,
      extra: [],
      hasKey: false,
      isNone: selection.isNone,
      shape,
      salt,
      bag: (source) => columnBag(columns, source),
      statement,
      source: () => nodes.derivedSource('__djogi_rows', statement(true)),
    };
  }

  #grouped(): Pick<SelectStatement, 'groupBy' | 'having'> {
    const { kind, keys, sets, having } = this.#groups;
    return {
      groupBy: kind === 'sets' ? { kind, keys: keys.nodes, sets } : { kind, keys: keys.nodes },
      ...(having === null ? {} : { having }),
    };
  }

  /** Groups are counted without computing anything of them. */
  #counted(): SelectStatement {
    const { source, where } = this.#groups.selection;
    return {
      kind: 'select',
      from: source,
      projection: [nodes.constant(1, intKind)],
      where: conjunctionOf(where),
      ...this.#grouped(),
      orderBy: [],
    };
  }
}
