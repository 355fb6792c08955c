// How querysets look to user code. Types only; every generic carries one model's type.

import type { Context, Expr, ExprsOf, Order, OrNull, Predicate, Subquery, TerminalOptions, Valued } from '@djogi/core';
import type { CreateOf, IdOf, InputProperty, Patch, State, StoredExprs, StoredProperty, StoredValues } from '@djogi/core/extension';
import type { CopyFromOptions } from '../copy/copy-from.ts';
import type { CopyChunks, CopyToOptions } from '../copy/copy-to.ts';
import type { ExplainOptions } from '../read/terminals.ts';
import type { Page, PageOptions } from '../read/page.ts';
import type { Portability } from '../read/portable.ts';
import type { RowStream, StreamOptions } from '../read/stream.ts';
import type { AggregateShape, AggregateValues } from '../group/aggregate.ts';
import type { Annotated, Annotations } from '../group/annotated.ts';
import type { Grouped } from '../group/grouped.ts';
import type { Combined } from '../combine/combined-set.ts';
import type { ColumnFacts, Either, factsOf, ModelFacts, QueryOf, rowOf, SameColumns } from '../set/row-facts.ts';
import type { OrderByNameOptions } from '../set/names.ts';
import type { LockOptions } from '../set/lock.ts';
import type { RelationName, ToOneName, WithRefined, WithRelated } from '../load/loaded.ts';
import type { Modified, Shape, SqlText, Values } from '../set/shape.ts';
import type { Conflict } from '../write/conflict-action.ts';
import type { ConflictTarget } from '../write/conflict-target.ts';
import type { InsertFrom, InsertValues } from '../write/insert-select.ts';
import type { OnlyKeys } from '../write/set-of.ts';
import type { WriteStatement } from '../write/set-write.ts';

/** A model class as far as queries care. */
export type AnyModelClass = { readonly $fields: any } & (abstract new () => any);

/** As `SetOf`, of a model. */
type Assignable<M extends { readonly $fields: any }> = {
  [K in keyof M['$fields'] as InputProperty<K, M['$fields'][K]>]?: State<M['$fields'][K]>['value'] | Expr<State<M['$fields'][K]>['value']>;
};
/** A plain object type in the end, which is cheap to check literals against, and one that messages of the compiler call by its name. */
type Flat<P> = { [K in keyof P]: P[K] };

/** All rows of the model that a relation leads to, as a callback of loading receives them. */
export type SetAround<S> = S extends { target: infer Target extends AnyModelClass } ? QuerySet<Target, InstanceType<Target>> : never;
/** A set as far as its rows matter. */
export interface RowsOf<Row> {
  readonly kind: 'queryset';
  fetchAll(ctx: Context): Promise<Row[]>;
}

/** The rows of an audience: what a set of a model has to read with, bounded by what the audience sees. Every method but the terminals returns a new set. */
export interface ReadSet<M extends { readonly $fields: any }, T> {
  readonly kind: 'queryset';
  /** As of a model's set, over the exposed fields. */
  filter(...where: ((m: ExprsOf<M>) => Predicate)[]): ReadSet<M, T>;
  exclude(...where: ((m: ExprsOf<M>) => Predicate)[]): ReadSet<M, T>;
  orderBy(by: (m: ExprsOf<M>) => Order | readonly Order[]): ReadSet<M, T>;
  reorder(by: (m: ExprsOf<M>) => Order | readonly Order[]): ReadSet<M, T>;
  limit(count: number | bigint): ReadSet<M, T>;
  offset(count: number | bigint): ReadSet<M, T>;
  distinct(): ReadSet<M, T>;
  orderByName(name: string, direction?: 'asc' | 'desc', options?: OrderByNameOptions): ReadSet<M, T>;
  reverse(): ReadSet<M, T>;
  distinctOn(on: (m: ExprsOf<M>) => Expr<any> | readonly Expr<any>[]): ReadSet<M, T>;
  distinctOnNames(names: readonly string[]): ReadSet<M, T>;
  none(): ReadSet<M, T>;
  /** Exposed fields, or expressions over them, instead of the view: without its peers and derived fields. */
  select<const R extends Shape>(shape: (m: NoInfer<ExprsOf<M>>) => R): ReadSet<M, Values<R>>;
  selectTuple<const R extends readonly Valued<any>[]>(shape: (m: NoInfer<ExprsOf<M>>) => R): ReadSet<M, Values<R>>;
  only<const P extends StoredProperty<M>>(...properties: readonly P[]): ReadSet<M, StoredValues<M, P>>;
  defer<const P extends StoredProperty<M> = never>(...properties: readonly P[]): ReadSet<M, StoredValues<M, Exclude<StoredProperty<M>, P>>>;
  annotate<const S extends Annotations>(shape: (m: NoInfer<ExprsOf<M>>) => S): Annotated<M, T, S>;
  groupBy<const K extends Shape>(keys: (m: NoInfer<ExprsOf<M>>) => K): Grouped<M, K>;
  rollup<const K extends Shape>(keys: (m: NoInfer<ExprsOf<M>>) => K): Grouped<M, K, null>;
  cube<const K extends Shape>(keys: (m: NoInfer<ExprsOf<M>>) => K): Grouped<M, K, null>;
  groupingSets<const K extends Shape>(
    keys: (m: NoInfer<ExprsOf<M>>) => K,
    sets: readonly (readonly (keyof NoInfer<K>)[])[],
  ): Grouped<M, K, null>;
  aggregate<const A extends AggregateShape>(
    ctx: Context,
    shape: (m: NoInfer<ExprsOf<M>>) => A,
    options?: TerminalOptions,
  ): Promise<AggregateValues<A>>;
  asSubquery<V>(column: (m: NoInfer<ExprsOf<M>>) => Valued<V>): Subquery<V>;
  asScalar<E extends Valued<any>>(column: (m: NoInfer<ExprsOf<M>>) => E): OrNull<Modified<E>>;
  /** All rows as the audience sees them. One round trip, and one more for each relation that is shown by a peer. */
  fetchAll(ctx: Context, options?: TerminalOptions): Promise<T[]>;
  fetchOne(ctx: Context, options?: TerminalOptions): Promise<T>;
  first(ctx: Context, options?: TerminalOptions): Promise<T | null>;
  fetchOptional(ctx: Context, options?: TerminalOptions): Promise<T | null>;
  last(ctx: Context, options?: TerminalOptions): Promise<T | null>;
  earliest(ctx: Context, by: (m: ExprsOf<M>) => Orderable, options?: TerminalOptions): Promise<T | null>;
  latest(ctx: Context, by: (m: ExprsOf<M>) => Orderable, options?: TerminalOptions): Promise<T | null>;
  fetchPage(ctx: Context, page: PageOptions): Promise<Page<T>>;
  count(ctx: Context, options?: TerminalOptions): Promise<number>;
  countBig(ctx: Context, options?: TerminalOptions): Promise<bigint>;
  contains(ctx: Context, row: { readonly id: IdOf<M> }, options?: TerminalOptions): Promise<boolean>;
  exists(ctx: Context, options?: TerminalOptions): Promise<boolean>;
  inBulk(ctx: Context, ids: Iterable<IdOf<M>>, options?: TerminalOptions): Promise<Map<IdOf<M>, T>>;
  stream(ctx: Context, options?: StreamOptions): RowStream<T>;
  toSql(): SqlText;
  explain(ctx: Context, options: ExplainOptions & { format: 'json' }): Promise<unknown>;
  explain(ctx: Context, options?: ExplainOptions): Promise<string>;
  predicate(): Predicate;
  tryPortable(): Portability;
}

/** What has an order. */
export interface Orderable {
  asc(): Order;
  desc(): Order;
}

/** What can only be read. Every method but the terminals returns a new set and sends nothing. */
export interface QuerySet<M extends { readonly $fields: any }, T> {
  readonly kind: 'queryset';
  readonly [factsOf]: ModelFacts<M>;
  readonly [rowOf]: T;

  /** Keeps the rows for which every predicate is true. Repeated calls are joined with AND. */
  filter(...where: ((m: ExprsOf<M>) => Predicate)[]): QuerySet<M, T>;
  /** Keeps the rows for which NOT of each predicate is true: rows where it is NULL are left out too. */
  exclude(...where: ((m: ExprsOf<M>) => Predicate)[]): QuerySet<M, T>;
  /** Appends sort keys. */
  orderBy(by: (m: ExprsOf<M>) => Order | readonly Order[]): QuerySet<M, T>;
  /** Replaces the sort keys. */
  reorder(by: (m: ExprsOf<M>) => Order | readonly Order[]): QuerySet<M, T>;
  /**
   * Appends a sort key that is named by data: a property of the row, or a computed field.
   *
   * Errors: VALIDATION with `unknown_field` for another name, `order` for a field that has no order.
   */
  orderByName(name: string, direction?: 'asc' | 'desc', options?: OrderByNameOptions): QuerySet<M, T>;
  /** Turns every sort key round, and where its NULLs are. Errors: VALIDATION with `order` without an ordering. */
  reverse(): QuerySet<M, T>;
  /** At most this many rows. Replaces an earlier limit. */
  limit(count: number | bigint): QuerySet<M, T>;
  /** Leaves out this many rows first; slow on deep pages, since the server reads what it skips. */
  offset(count: number | bigint): QuerySet<M, T>;
  /** SELECT DISTINCT. */
  distinct(): QuerySet<M, T>;
  /** SELECT DISTINCT ON (...): the first row of each group by the ordering, which must begin with the same expressions. */
  distinctOn(on: (m: ExprsOf<M>) => Expr<any> | readonly Expr<any>[]): QuerySet<M, T>;
  /** As `distinctOn`, by names that are data: properties of the row, or computed fields. Errors: VALIDATION with `unknown_field`. */
  distinctOnNames(names: readonly string[]): QuerySet<M, T>;
  /** A set without rows, whose terminals send nothing. */
  none(): QuerySet<M, T>;
  /** Plain objects with these properties of the row, and without its methods: what was not loaded cannot be read, saved or compared. */
  only<const P extends StoredProperty<M>>(...properties: readonly P[]): Projected<M, StoredValues<M, P>, StoredExprs<M, P>>;
  /** Plain objects with all properties of the row but these, and without its methods. */
  defer<const P extends StoredProperty<M> = never>(
    ...properties: readonly P[]
  ): Projected<M, StoredValues<M, Exclude<StoredProperty<M>, P>>, StoredExprs<M, Exclude<StoredProperty<M>, P>>>;
  /**
   * Locks the rows until the transaction ends, so that nobody else changes, deletes or locks them. Replaces an earlier lock; `count` and `exists` take none. Outside a
   * transaction the lock ends with its statement, of which the pool warns.
   *
   * Locks: ROW SHARE on the table, FOR UPDATE on the rows.
   * Errors: LOCK_CONFLICT, which is transient, with `wait: 'nowait'` for a row that is held; VALIDATION with `lock` for what it does not go with: `distinct`,
   * `annotate`, groups, aggregates, pages.
   */
  forUpdate(options?: LockOptions): QuerySet<M, T>;
  /** As `forUpdate`, for changes that leave the keys alone: rows that refer to these may still be written. FOR NO KEY UPDATE. */
  forNoKeyUpdate(options?: LockOptions): QuerySet<M, T>;
  /** Keeps others from changing and deleting the rows, but not from locking them likewise. FOR SHARE. */
  forShare(options?: LockOptions): QuerySet<M, T>;
  /** Keeps others from deleting the rows and from changing their keys. FOR KEY SHARE. */
  forKeyShare(options?: LockOptions): QuerySet<M, T>;
  /** Chooses expressions instead of whole rows: an object with their values. */
  select<const R extends Shape>(shape: (m: NoInfer<ExprsOf<M>>) => R): Projected<M, Values<R>, R>;
  /** Chooses expressions instead of whole rows: a tuple of their values. */
  selectTuple<const R extends readonly Valued<any>[]>(shape: (m: NoInfer<ExprsOf<M>>) => R): QuerySet<M, Values<R>>;
  /**
   * Joins the row of to-one relations: `row.owner` is there, and in the type. One statement, whatever the number of rows and relations.
   *
   * Shape: LEFT JOIN; null where a nullable relation has no row. Rows with the same target share one object. A callback loads relations of the joined row, and refines nothing.
   * Errors: VALIDATION with `relation` for a name that is none, `select_related` for a to-many relation; DECODE with `related_row_missing` where a required row is not
   * there or not visible.
   */
  selectRelated<const K extends ToOneName<M['$fields']>>(...relations: readonly K[]): QuerySet<M, WithRelated<T, M['$fields'], K>>;
  selectRelated<const K extends ToOneName<M['$fields']>, Row>(
    relation: K,
    rows: (set: SetAround<State<M['$fields'][K]>>) => RowsOf<Row>,
  ): QuerySet<M, WithRefined<T, M['$fields'], K, Row>>;
  /**
   * Loads the rows of relations by one further statement each, whatever the number of rows: `row.vehicles` is there, and in the type.
   *
   * Shape: an empty list, or null where a nullable relation has no row. A callback refines what is loaded: filter, order, projection, limit and offset for each row, further relations.
   * Errors: VALIDATION with `relation` for a name that is none, `prefetch` for what a callback cannot ask for; DECODE as `selectRelated`.
   * Cost: one round trip a relation, side by side; none for a relation without a key among the rows.
   */
  prefetch<const K extends RelationName<M['$fields']>>(...relations: readonly K[]): QuerySet<M, WithRelated<T, M['$fields'], K>>;
  prefetch<const K extends RelationName<M['$fields']>, Row>(
    relation: K,
    rows: (set: SetAround<State<M['$fields'][K]>>) => RowsOf<Row>,
  ): QuerySet<M, WithRefined<T, M['$fields'], K, Row>>;

  /**
   * Computes expressions beside each row: `{ row, ...values }`. Aggregates without a window are over all rows; a limit, offset or distinct before it limits the rows
   * that they see.
   *
   * Errors: ALIAS_COLLISION for the name `row`; UNSUPPORTED_AGGREGATE for aggregates that have no meaning beside single rows.
   */
  annotate<const S extends Annotations>(shape: (m: NoInfer<ExprsOf<M>>) => S): Annotated<M, T, S>;
  /**
   * One group for each combination of the keys; `annotate` says what is computed of each.
   *
   * Errors: VALIDATION with `group_by` after an ordering, limit, offset, distinct or projection: those of groups come after `annotate`.
   */
  groupBy<const K extends Shape>(keys: (m: NoInfer<ExprsOf<M>>) => K): Grouped<M, K>;
  /** Groups, and totals over the last key, over the last two, and so on to all rows. Keys are null in totals: `grouping` tells those from nulls in the data. */
  rollup<const K extends Shape>(keys: (m: NoInfer<ExprsOf<M>>) => K): Grouped<M, K, null>;
  /** Groups, and totals over every subset of the keys. */
  cube<const K extends Shape>(keys: (m: NoInfer<ExprsOf<M>>) => K): Grouped<M, K, null>;
  /** Groups by several sets of keys at once, each a list of names; an empty list is all rows. */
  groupingSets<const K extends Shape>(
    keys: (m: NoInfer<ExprsOf<M>>) => K,
    sets: readonly (readonly (keyof NoInfer<K>)[])[],
  ): Grouped<M, K, null>;
  /**
   * Aggregates over all rows: an object of values, or the value of a single aggregate. After a limit, offset or distinct, over those rows. On `none()` nothing is sent:
   * counts are 0 and all else null. One round trip.
   */
  aggregate<const A extends AggregateShape>(
    ctx: Context,
    shape: (m: NoInfer<ExprsOf<M>>) => A,
    options?: TerminalOptions,
  ): Promise<AggregateValues<A>>;

  // Written out, here and in projections: a base interface with these costs the compiler about 15 instantiations per model more.
  /**
   * `(a) UNION (b)`: the rows of each, every one once. The arms keep their own order, limit and offset.
   *
   * Shape: rows of one model, or projections with the same columns in the same order.
   * Errors: SET_OP_ARM_INVALID for an arm with other columns or of other kinds.
   */
  union<U>(...others: (QueryOf<U> & SameColumns<T, U>)[]): Combined<ModelFacts<M>, Either<T, U>>;
  /** `(a) UNION ALL (b)`: the rows of each, as often as they occur. Otherwise as `union`. */
  unionAll<U>(...others: (QueryOf<U> & SameColumns<T, U>)[]): Combined<ModelFacts<M>, Either<T, U>>;
  /** `(a) INTERSECT (b)`: the rows that are in each, every one once. Otherwise as `union`. */
  intersect<U>(...others: (QueryOf<U> & SameColumns<T, U>)[]): Combined<ModelFacts<M>, T>;
  /** `(a) INTERSECT ALL (b)`: the rows that are in each, as often as in the one that has them least. Otherwise as `union`. */
  intersectAll<U>(...others: (QueryOf<U> & SameColumns<T, U>)[]): Combined<ModelFacts<M>, T>;
  /** `(a) EXCEPT (b)`: the rows that are in none of the others, every one once. Otherwise as `union`. */
  except<U>(...others: (QueryOf<U> & SameColumns<T, U>)[]): Combined<ModelFacts<M>, T>;
  /** `(a) EXCEPT ALL (b)`: the rows, each as often as it is left when every other has taken its own. Otherwise as `union`. */
  exceptAll<U>(...others: (QueryOf<U> & SameColumns<T, U>)[]): Combined<ModelFacts<M>, T>;

  /**
   * An UPDATE of all rows of the set, to be sent by one of its terminals: `update({ status: 'done' }).execute(ctx)`. The patch has values, or expressions of the
   * row: `update(m => ({ total: m.total.add(1) }))`. `updatedAt` is stamped and the version counted up. Hooks do not run.
   *
   * Errors: VALIDATION at the call: with `modifier` for an ordering, limit, offset, distinct or projection; as the patch of one row, `undefined` included.
   */
  update<S>(
    patch: Flat<Assignable<M>> | ((m: NoInfer<ExprsOf<M>>) => S & Flat<Assignable<M>> & OnlyKeys<S, Flat<Assignable<M>>>),
  ): WriteStatement<T, M>;
  /**
   * A DELETE of all rows of the set, to be sent by one of its terminals: `delete().execute(ctx)`. Without a filter, all rows of the table. Hooks do not run.
   *
   * Errors: VALIDATION with `modifier` as `update`.
   */
  delete(): WriteStatement<T, M, null>;

  /**
   * One column of the rows, for `in`, `notIn`, `anyOf` and `allOf` of another query: `p.author.in(query(Person).asSubquery(a => a.name))`.
   *
   * Errors: VALIDATION with `subquery` for an ordering, limit, offset or distinct, none of which would be heeded. Sends nothing.
   */
  asSubquery<V>(column: (m: NoInfer<ExprsOf<M>>) => Valued<V>): Subquery<V>;
  /**
   * One value as an expression of another query, `(SELECT column FROM ... ORDER BY ... LIMIT ...)`, with the operations of the column; NULL without a row.
   *
   * Errors: DATABASE with `sqlState` 21000 when there are several rows: limit to one. Sends nothing.
   */
  asScalar<E extends Valued<any>>(column: (m: NoInfer<ExprsOf<M>>) => E): OrNull<Modified<E>>;

  /** All rows, in memory at once. One round trip. */
  fetchAll(ctx: Context, options?: TerminalOptions): Promise<T[]>;
  /** The one row of the set, whatever its limit: a limit would make one of many. Errors: NOT_FOUND, MULTIPLE_OBJECTS. One round trip. */
  fetchOne(ctx: Context, options?: TerminalOptions): Promise<T>;
  /** The first row by the set's ordering (none is added), or null. One round trip. */
  first(ctx: Context, options?: TerminalOptions): Promise<T | null>;
  /** The same as `first`. */
  fetchOptional(ctx: Context, options?: TerminalOptions): Promise<T | null>;
  /** The last row by the set's ordering, which it must have, or null. Errors: VALIDATION with `order` without one, or after a limit, offset or `distinctOn`. One round trip. */
  last(ctx: Context, options?: TerminalOptions): Promise<T | null>;
  /** The row with the least value, whatever the ordering, or null. Rows without a value come last. Errors: VALIDATION with `order` after a limit, offset or `distinctOn`. One round trip. */
  earliest(ctx: Context, by: (m: ExprsOf<M>) => Orderable, options?: TerminalOptions): Promise<T | null>;
  /** The row with the greatest value; else as `earliest`. */
  latest(ctx: Context, by: (m: ExprsOf<M>) => Orderable, options?: TerminalOptions): Promise<T | null>;
  /**
   * A page of the ordering, behind or before a cursor that another page gave. The model's key is added to the ordering where it is not there, so that each row has its
   * place; rows that are inserted or deleted between two pages move none of the others, and deep pages cost what the first one does. NULLs have their places, too.
   *
   * Shape: `next` and `previous` are opaque, and null where there is nothing more. They belong to the table and the ordering, whatever the filter.
   * Errors: VALIDATION with `cursor` for a cursor that is none, `cursor_ordering` for one of another ordering or model, `cursor_length` when the sort keys of a row
   * do not fit into one, `page` after a limit, offset or distinct.
   * Cost: one round trip. An index over the ordering and the key is searched where no sort key can be NULL and all have one direction; otherwise, an index that begins
   * with the first sort key, unless that can be NULL.
   */
  fetchPage(ctx: Context, page: PageOptions): Promise<Page<T>>;
  /** The number of rows, whatever ordering, limit and offset. Errors: DECODE above 2^53 - 1. One round trip. */
  count(ctx: Context, options?: TerminalOptions): Promise<number>;
  /** As `count`, for tables of more than 2^53 rows. One round trip. */
  countBig(ctx: Context, options?: TerminalOptions): Promise<bigint>;
  /** Whether a row, known by its id, is among those of the set. Errors: VALIDATION with `order` after a limit, offset or `distinctOn`. One round trip. */
  contains(ctx: Context, row: { readonly id: IdOf<M> }, options?: TerminalOptions): Promise<boolean>;
  /** Whether there is a row. One round trip. */
  exists(ctx: Context, options?: TerminalOptions): Promise<boolean>;
  /** The rows of these ids, by id; ids without a row are absent. One round trip, none for no ids. */
  inBulk(ctx: Context, ids: Iterable<IdOf<M>>, options?: TerminalOptions): Promise<Map<IdOf<M>, T>>;
  /** The rows one by one through a cursor, in a transaction. Errors: STREAM_OUTSIDE_TRANSACTION, thrown at the call. One round trip a batch, besides opening and closing. */
  stream(ctx: Context, options?: StreamOptions): RowStream<T>;
  /**
   * The rows as a file, csv, text or binary, written by the server: an async iterable of bytes, once, at the pace of its reader. Values are literals of the
   * text, since COPY takes no parameters.
   *
   * Errors: VALIDATION with `copy_option`, thrown at the call. One statement, sent at the first pull; none for `none()`.
   */
  copyTo(ctx: Context, options?: CopyToOptions): CopyChunks;
  /** The SELECT of `fetchAll`. No I/O. */
  toSql(): SqlText;
  /** EXPLAIN of the SELECT of `fetchAll`: text, or parsed JSON. One round trip. */
  explain(ctx: Context, options: ExplainOptions & { format: 'json' }): Promise<unknown>;
  explain(ctx: Context, options?: ExplainOptions): Promise<string>;
  /**
   * The first row, or a new one of what `make` gives; its hooks run. Between the two statements another writer may insert the same: the loser gets CONSTRAINT.
   * `createOrFind` is safe there, as are a lock and `ctx.retry`.
   *
   * Errors: VALIDATION with `projection` after `select` and `related` after `selectRelated` or `prefetch`; those of `create`. One round trip when there is a row, else two.
   */
  getOrCreate(
    ctx: Context,
    make: () => CreateOf<M> | Promise<CreateOf<M>>,
    options?: TerminalOptions,
  ): Promise<{ row: T; created: boolean }>;
  /**
   * The first row after `row.update` with the patch that `update` gives, or a new one of what `create` gives; hooks run, and the version is checked. Not safe
   * among several writers, as `getOrCreate`; `upsert` is.
   *
   * Errors: those of `getOrCreate`, and of `row.update`. Two round trips.
   */
  updateOrCreate(
    ctx: Context,
    factories: {
      create(): CreateOf<M> | Promise<CreateOf<M>>;
      update(row: T): Patch<M['$fields']> | Promise<Patch<M['$fields']>>;
    },
    options?: TerminalOptions,
  ): Promise<{ row: T; created: boolean }>;
  /**
   * An insert of the set's rows into another table, or its own, to be sent by one of its terminals: the rows do not come to the client.
   * `query(Order).filter(o => o.doneAt.lt(day)).insertInto(Archive, o => ({ orderId: o.id, title: o.title, note: 'archived' })).execute(ctx)`. The set's ordering,
   * limit and offset are heeded. Hooks do not run.
   *
   * Errors: VALIDATION at the call: with `modifier` after `select`, `distinct` or a lock; for fields of the target that are missing, unknown or never written.
   */
  insertInto<Into extends AnyModelClass, const S extends InsertValues<Into>>(
    into: Into,
    values: (m: NoInfer<ExprsOf<M>>) => S & OnlyKeys<S, InsertValues<Into>>,
  ): InsertFrom<Into>;
  /** The filter as a predicate, for `evaluate` and `matches`; true for an unfiltered set. */
  predicate(): Predicate;
  /** The filter for rows in memory, as a predicate and as a function of a row, or the reason why only the database can answer it. No I/O. */
  tryPortable(): Portability;
}

/** A set of chosen expressions, which go on as columns when another query reads its rows. */
export interface Projected<M extends { readonly $fields: any }, T, R> extends QuerySet<M, T> {
  readonly [factsOf]: ColumnFacts<M, R>;
  filter(...where: ((m: ExprsOf<M>) => Predicate)[]): Projected<M, T, R>;
  exclude(...where: ((m: ExprsOf<M>) => Predicate)[]): Projected<M, T, R>;
  orderBy(by: (m: ExprsOf<M>) => Order | readonly Order[]): Projected<M, T, R>;
  reorder(by: (m: ExprsOf<M>) => Order | readonly Order[]): Projected<M, T, R>;
  orderByName(name: string, direction?: 'asc' | 'desc', options?: OrderByNameOptions): Projected<M, T, R>;
  reverse(): Projected<M, T, R>;
  limit(count: number | bigint): Projected<M, T, R>;
  offset(count: number | bigint): Projected<M, T, R>;
  distinct(): Projected<M, T, R>;
  distinctOn(on: (m: ExprsOf<M>) => Expr<any> | readonly Expr<any>[]): Projected<M, T, R>;
  distinctOnNames(names: readonly string[]): Projected<M, T, R>;
  none(): Projected<M, T, R>;
  union<U>(...others: (QueryOf<U> & SameColumns<T, U>)[]): Combined<ColumnFacts<M, R>, Either<T, U>>;
  unionAll<U>(...others: (QueryOf<U> & SameColumns<T, U>)[]): Combined<ColumnFacts<M, R>, Either<T, U>>;
  intersect<U>(...others: (QueryOf<U> & SameColumns<T, U>)[]): Combined<ColumnFacts<M, R>, T>;
  intersectAll<U>(...others: (QueryOf<U> & SameColumns<T, U>)[]): Combined<ColumnFacts<M, R>, T>;
  except<U>(...others: (QueryOf<U> & SameColumns<T, U>)[]): Combined<ColumnFacts<M, R>, T>;
  exceptAll<U>(...others: (QueryOf<U> & SameColumns<T, U>)[]): Combined<ColumnFacts<M, R>, T>;
}

/** A patch with the key of its row: `id`, or the fields of a composite key. */
export type KeyedPatch<M extends { readonly $fields: any }> = Patch<M['$fields']> &
  ([IdOf<M>] extends [never] ? unknown : { readonly id: IdOf<M> });

/** What `query(Model)` gives: the only set that can insert. */
export interface ModelSet<M extends { readonly $fields: any }, T> extends QuerySet<M, T> {
  /**
   * Inserts the rows and gives them back in the same order, in one statement whose text does not depend on their number. Hooks do not run.
   *
   * `ignoreConflicts` leaves out the rows that are there already, by any unique constraint or by the one it names: the result has only the new ones.
   *
   * Errors: VALIDATION, with paths such as `[3].name`; CONSTRAINT. One round trip, none for no rows.
   */
  bulkCreate(
    ctx: Context,
    rows: readonly CreateOf<M>[],
    options?: TerminalOptions & { readonly ids?: readonly IdOf<M>[]; readonly ignoreConflicts?: boolean | ConflictTarget<M> },
  ): Promise<T[]>;
  /**
   * Inserts any number of rows by COPY, as they come, and gives their number: nothing of them is kept in memory. All are stored or none. Hooks do not run.
   *
   * Errors: VALIDATION, with paths such as `[3].name`; CONSTRAINT; COPY_REFUSED for a proxy, for a model whose extension wraps inserts, and where row security
   * applies. Two round trips besides the data, none without rows.
   */
  copyFrom(ctx: Context, rows: Iterable<CreateOf<M>> | AsyncIterable<CreateOf<M>>, options?: CopyFromOptions<IdOf<M>>): Promise<number>;
  /** Inserts the row, or updates the one that has the same values in the conflict fields. Hooks do not run. One round trip. */
  upsert(ctx: Context, row: CreateOf<M>, on: Conflict<M>, options?: TerminalOptions): Promise<{ row: T; created: boolean }>;
  /**
   * Inserts the rows, or updates those that have the same values in the conflict fields, and says of each, in the same order, which of the two happened. Hooks do
   * not run. Through a proxy, in a transaction: a row outside of its slice is NOT_FOUND, and nothing is written.
   *
   * Errors: VALIDATION with `duplicate` for two rows of one key, with `uneven` for a field that only some rows have while `update` is not given; CONSTRAINT. One
   * round trip, none for no rows.
   */
  bulkUpsert(
    ctx: Context,
    rows: readonly CreateOf<M>[],
    on: Conflict<M>,
    options?: TerminalOptions,
  ): Promise<{ row: T; created: boolean }[]>;
  /**
   * Writes the named fields of each row into the row of its key, and gives the number of rows that there were. The version counts up; with `checkVersion` each row
   * must still have the one it carries, or nothing is written. Hooks do not run.
   *
   * Errors: VALIDATION, with paths such as `[3].name`, `duplicate` for two rows of one key; LOCK_CONFLICT with `checkVersion`; CONSTRAINT. One round trip, none for
   * no rows; with `checkVersion` in a transaction.
   */
  bulkUpdateRows(
    ctx: Context,
    rows: readonly KeyedPatch<M>[],
    options: TerminalOptions & { readonly fields: readonly (keyof M['$fields'])[]; readonly checkVersion?: boolean },
  ): Promise<number>;
  /**
   * Inserts the row, or finds the one that is there by the key that the model declares with `idempotent`, or by `conflict`. Safe among several writers; what is
   * found is returned as it is. The hooks of `create` run.
   *
   * Errors: MISSING_IDEMPOTENCY_KEY; VALIDATION with `required` when the row lacks its key; NOT_FOUND when the row in the way vanished or is not visible; CONSTRAINT
   * for other constraints. One round trip when the row is new, else two.
   */
  createOrFind(
    ctx: Context,
    row: CreateOf<M>,
    options?: TerminalOptions & { readonly conflict?: ConflictTarget<M> },
  ): Promise<{ row: T; created: boolean }>;
}
