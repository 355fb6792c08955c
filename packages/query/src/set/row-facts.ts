// What the type of a query says about its rows, for the queries that are made of them. Types only: every generic carries what one query knows.

import type { Computed } from '@djogi/core';
import type { Modified } from './shape.ts';

export declare const factsOf: unique symbol;
export declare const rowOf: unique symbol;

/** The model whose rows they are; `columns` has chosen expressions by name where rows are not the model's. */
export interface RowFacts {
  readonly model: any;
  readonly columns?: unknown;
}
export interface ModelFacts<M> extends RowFacts {
  readonly model: M;
}
export interface ColumnFacts<M, R> extends RowFacts {
  readonly model: M;
  readonly columns: R;
}

/** A query that gives such rows. */
export interface QueryOf<T> {
  readonly [rowOf]: T;
}
export interface RowsWith<Facts extends RowFacts, T> extends QueryOf<T> {
  readonly [factsOf]: Facts;
}

/** Columns as a model that has nothing else. */
export interface ColumnModel<R> {
  readonly $fields: {};
  readonly computed: Computed<{ readonly [K in keyof R]: Modified<R[K]> }>;
}
/** The model that a query over the rows is about. */
export type ModelOf<Facts extends RowFacts> = Facts extends { readonly columns: infer R extends object } ? ColumnModel<R> : Facts['model'];

/** Rows of one shape or the other, which are one where the first may stand for the second. */
export type Either<T, U> = [U] extends [T] ? T : [T] extends [U] ? U : T | U;

type Nullable<T> = { [P in keyof T]: T[P] | null };
/** Why rows cannot be combined, as a property that no rows have. */
export interface OtherColumns {
  readonly 'the arms have other columns or other types': never;
}
/** No more than `unknown` where the rows have the same columns, of the same types but for null. */
export type SameColumns<T, U> = [Nullable<T>] extends [Nullable<U>]
  ? [Nullable<U>] extends [Nullable<T>]
    ? unknown
    : OtherColumns
  : OtherColumns;
