// How querysets look to user code. Types only; every generic carries one model's type.

import type { Context, Expr, ExprsOf, Order, OrNull, Predicate, Subquery, TerminalOptions, Valued } from '@djogi/core';
import type { CreateOf, IdOf, InputProperty, State } from '@djogi/core/extension';
import type { ExplainOptions } from '../read/terminals.ts';
import type { RowStream, StreamOptions } from '../read/stream.ts';

/** A model class as far as queries care. */
export type AnyModelClass = { readonly $fields: any } & (abstract new () => any);

/** Expressions by the name under which they come back. */
export type Shape = Record<string, Valued<any>>;
/** The values behind a shape. The empty intersection has editors show the object itself rather than this alias over expressions. */
export type Values<R> = { -readonly [P in keyof R]: R[P] extends Valued<infer V> ? V : never } & {};

/** Statement text with its values, as it would be sent. */
export interface SqlText {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Values or expressions for the writable properties of a model. */
export type SetOf<F> = { [K in keyof F as InputProperty<K, F[K]>]?: State<F[K]>['value'] | Expr<State<F[K]>['value']> } extends infer P
  ? { [K in keyof P]: P[K] }
  : never;

/** `update` names the fields to overwrite (all that were given when absent), or computes them from the stored row and the offered one (`EXCLUDED`). */
export interface Conflict<M extends { readonly $fields: any }> {
  /** Declared names of the fields of a unique constraint or key. */
  readonly conflict: readonly (keyof M['$fields'] | 'id')[];
  readonly update?: readonly (keyof M['$fields'])[] | ((stored: ExprsOf<M>, offered: ExprsOf<M>) => SetOf<M['$fields']>);
}

/** What can only be read. Every method but the terminals returns a new set and sends nothing. */
export interface QuerySet<M extends { readonly $fields: any }, T> {
  readonly kind: 'queryset';

  /** Keeps the rows for which every predicate is true. Repeated calls are joined with AND. */
  filter(...where: ((m: ExprsOf<M>) => Predicate)[]): QuerySet<M, T>;
  /** Keeps the rows for which NOT of each predicate is true: rows where it is NULL are left out too. */
  exclude(...where: ((m: ExprsOf<M>) => Predicate)[]): QuerySet<M, T>;
  /** Appends sort keys. */
  orderBy(by: (m: ExprsOf<M>) => Order | readonly Order[]): QuerySet<M, T>;
  /** Replaces the sort keys. */
  reorder(by: (m: ExprsOf<M>) => Order | readonly Order[]): QuerySet<M, T>;
  /** At most this many rows. Replaces an earlier limit. */
  limit(count: number | bigint): QuerySet<M, T>;
  /** Leaves out this many rows first; slow on deep pages, since the server reads what it skips. */
  offset(count: number | bigint): QuerySet<M, T>;
  /** SELECT DISTINCT. */
  distinct(): QuerySet<M, T>;
  /** SELECT DISTINCT ON (...): the first row of each group by the ordering, which must begin with the same expressions. */
  distinctOn(on: (m: ExprsOf<M>) => Expr<any> | readonly Expr<any>[]): QuerySet<M, T>;
  /** A set without rows, whose terminals send nothing. */
  none(): QuerySet<M, T>;
  /** Chooses expressions instead of whole rows: an object with their values. */
  select<const R extends Shape>(shape: (m: NoInfer<ExprsOf<M>>) => R): QuerySet<M, Values<R>>;
  /** Chooses expressions instead of whole rows: a tuple of their values. */
  selectTuple<const R extends readonly Valued<any>[]>(shape: (m: NoInfer<ExprsOf<M>>) => R): QuerySet<M, Values<R>>;

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
  asScalar<E extends Valued<any>>(column: (m: NoInfer<ExprsOf<M>>) => E): OrNull<E>;

  /** All rows, in memory at once. One round trip. */
  fetchAll(ctx: Context, options?: TerminalOptions): Promise<T[]>;
  /** The one row. Errors: NOT_FOUND, MULTIPLE_OBJECTS. One round trip. */
  fetchOne(ctx: Context, options?: TerminalOptions): Promise<T>;
  /** The first row by the set's ordering (none is added), or null. One round trip. */
  first(ctx: Context, options?: TerminalOptions): Promise<T | null>;
  /** The same as `first`. */
  fetchOptional(ctx: Context, options?: TerminalOptions): Promise<T | null>;
  /** The number of rows, whatever ordering, limit and offset. Errors: DECODE above 2^53 - 1. One round trip. */
  count(ctx: Context, options?: TerminalOptions): Promise<number>;
  /** Whether there is a row. One round trip. */
  exists(ctx: Context, options?: TerminalOptions): Promise<boolean>;
  /** The rows of these ids, by id; ids without a row are absent. One round trip, none for no ids. */
  inBulk(ctx: Context, ids: Iterable<IdOf<M>>, options?: TerminalOptions): Promise<Map<IdOf<M>, T>>;
  /** The rows one by one through a cursor, in a transaction. Errors: STREAM_OUTSIDE_TRANSACTION, thrown at the call. One round trip a batch, besides opening and closing. */
  stream(ctx: Context, options?: StreamOptions): RowStream<T>;
  /** The SELECT of `fetchAll`. No I/O. */
  toSql(): SqlText;
  /** EXPLAIN of the SELECT of `fetchAll`: text, or parsed JSON. One round trip. */
  explain(ctx: Context, options: ExplainOptions & { format: 'json' }): Promise<unknown>;
  explain(ctx: Context, options?: ExplainOptions): Promise<string>;
  /** The filter as a predicate, for `evaluate` and `matches`; true for an unfiltered set. */
  predicate(): Predicate;
}

/** What `query(Model)` gives: the only set that can insert. */
export interface ModelSet<M extends { readonly $fields: any }, T> extends QuerySet<M, T> {
  /**
   * Inserts the rows and gives them back in the same order, in one statement whose text does not depend on their number. Hooks do not run.
   *
   * Errors: VALIDATION, with paths such as `[3].name`; CONSTRAINT. One round trip, none for no rows.
   */
  bulkCreate(ctx: Context, rows: readonly CreateOf<M>[], options?: TerminalOptions & { readonly ids?: readonly IdOf<M>[] }): Promise<T[]>;
  /** Inserts the row, or updates the one that has the same values in the conflict fields. Hooks do not run. One round trip. */
  upsert(ctx: Context, row: CreateOf<M>, on: Conflict<M>, options?: TerminalOptions): Promise<{ row: T; created: boolean }>;
}
