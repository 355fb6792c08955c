// For tests that go where the types do not let anybody go: sets, bags and expressions as plain JavaScript sees them.

import type { Expr, Order, Predicate } from '@djogi/core';

type Member =
  | 'area'
  | 'climate'
  | 'createdAt'
  | 'isCapital'
  | 'name'
  | 'nmae'
  | 'population'
  | 'size'
  | 'tags'
  | 'total'
  | 'uses'
  | 'add'
  | 'and'
  | 'any'
  | 'asc'
  | 'between'
  | 'contains'
  | 'desc'
  | 'eq'
  | 'gt'
  | 'in'
  | 'isDistinctFrom'
  | 'isNotDistinctFrom'
  | 'isNotNull'
  | 'isNull'
  | 'lt'
  | 'neq'
  | 'notIn'
  | 'nullsFirst'
  | 'nullsLast'
  | 'bulkCreate'
  | 'delete'
  | 'bulkUpdateRows'
  | 'bulkUpsert'
  | 'createOrFind'
  | 'copyFrom'
  | 'copyTo'
  | 'distinctOn'
  | 'exclude'
  | 'explain'
  | 'getOrCreate'
  | 'filter'
  | 'inBulk'
  | 'insertInto'
  | 'limit'
  | 'onConflictDoNothing'
  | 'onConflictDoUpdate'
  | 'execute'
  | 'returning'
  | 'offset'
  | 'orderBy'
  | 'select'
  | 'selectTuple'
  | 'stream'
  | 'toSql'
  | 'update'
  | 'updateOrCreate'
  | 'upsert'
  | 'values';

/** Anything that can be called and asked for members. */
export type Untyped = ((...args: unknown[]) => Untyped) & { readonly [Name in Member]: Untyped };

export const untyped = (value: unknown): Untyped => value as Untyped;

/** A member whose name is known at run time only. */
export const member = (value: unknown, name: string): Untyped => (value as Readonly<Record<string, Untyped>>)[name]!;

/** The method of this name, bound to its object. */
export const method = (value: unknown, name: string): ((...args: unknown[]) => Untyped) =>
  member(value, name).bind(value) as (...args: unknown[]) => Untyped;

/** A column of any kind, where a test chooses it at random: every lookup, of every value. */
export interface AnyColumn extends Expr<unknown> {
  eq(other: unknown): Predicate;
  neq(other: unknown): Predicate;
  isDistinctFrom(other: unknown): Predicate;
  isNotDistinctFrom(other: unknown): Predicate;
  in(values: readonly unknown[]): Predicate;
  notIn(values: readonly unknown[]): Predicate;
  gt(other: unknown): Predicate;
  gte(other: unknown): Predicate;
  lt(other: unknown): Predicate;
  lte(other: unknown): Predicate;
  between(low: unknown, high: unknown): Predicate;
  any(element: unknown): Predicate;
  contains(elements: readonly unknown[]): Predicate;
  asc(): Order;
  desc(): Order;
}

export const columnOf = (bag: unknown, name: string): AnyColumn => (bag as Readonly<Record<string, AnyColumn>>)[name]!;
