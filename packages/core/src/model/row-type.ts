// The types that follow from a declaration: the row, its create and patch inputs, and the bag of expressions over it. Types only. Every generic
// carries one model's type and never a union of all, which is what keeps the cost per model constant.

import type { Expr, Order, Predicate, MomentOps, NumberOps, Ordering, ScalarOps, Valued } from '../expr/expression.ts';
import type { FieldState } from '../field/field-state.ts';
import type { Computed } from './computed.ts';

export type State<F> = F extends { readonly state: infer S extends FieldState } ? S : never;

/** The value type of a field, asked for by itself: the whole state need not be held against what a state is. */
type Value<F> = F extends { readonly state: { value: infer V } } ? V : never;

/** `owner: foreignKey(...)` is the row property `ownerId`; a reverse relation is no property until it is loaded. */
export type Property<K, F> = F extends { readonly state: { column: 'none' } }
  ? never
  : F extends { readonly state: { column: 'id' } }
    ? `${K & string}Id`
    : K;
export type InputProperty<K, F> = F extends { readonly state: { column: 'self' } }
  ? K
  : F extends { readonly state: { column: 'id' } }
    ? `${K & string}Id`
    : never;
type RequiredProperty<K, F> = F extends { readonly state: { optional: false } } ? InputProperty<K, F> : never;
type OptionalProperty<K, F> = F extends { readonly state: { optional: true } } ? InputProperty<K, F> : never;

/** Version and generated columns: read, never assigned. */
type ReadonlyProperty<K, F> = F extends { readonly state: { column: 'readonly' } } ? K : never;

// A field behind a getter is a readonly member of the declaration, and an ordinary property of the row: hence -readonly.
export type Row<F> = { -readonly [K in keyof F as InputProperty<K, F[K]>]: Value<F[K]> } & {
  readonly [K in keyof F as ReadonlyProperty<K, F[K]>]: Value<F[K]>;
};

// Create and Patch are plain object types in the end. A mapped type that renames its keys is worked through again for every property of every literal that
// is checked against it: some 300 instantiations for a create of seven properties, where a plain one costs nothing beyond its first use.
export type Create<F> = { -readonly [K in keyof F as RequiredProperty<K, F[K]>]: Value<F[K]> } & {
  -readonly [K in keyof F as OptionalProperty<K, F[K]>]?: Value<F[K]>;
} extends infer P
  ? { [K in keyof P]: P[K] }
  : never;
export type Patch<F> = { -readonly [K in keyof F as InputProperty<K, F[K]>]?: Value<F[K]> } extends infer P
  ? { [K in keyof P]: P[K] }
  : never;
export type CreateOf<M> = M extends { readonly $fields: infer F; readonly $supplied: infer C } ? Create<F> & C : never;

export type IdOf<M> = M extends { readonly $id: infer I } ? I : never;

/** The properties of a row that are columns: what can be named where a row is asked for in part. */
export type StoredProperty<M> =
  | (M extends { readonly $fields: infer F } ? { [K in keyof F]: Property<K, F[K]> }[keyof F] : never)
  | FrameworkProperty<M>;
type FrameworkProperty<M> =
  | (M extends { readonly $id: infer I } ? ([I] extends [never] ? never : 'id') : never)
  | (M extends { readonly $stamps: true } ? 'createdAt' | 'updatedAt' : never);
type RowOf<M> = M extends abstract new () => infer R ? R : never;
/** Mapped over an object and not over names, so that editors show the object itself and not an alias of it. */
type Shown<T> = { -readonly [K in keyof T]: T[K] } & {};
/** These properties of a row. */
export type StoredValues<M, P extends PropertyKey> = Shown<Pick<RowOf<M>, P & keyof RowOf<M>>>;

type ExprsByProperty<M> = (M extends { readonly $fields: infer F }
  ? { readonly [K in keyof F as Property<K, F[K]>]: Expr<State<F[K]>['value']> & State<F[K]>['ops'] }
  : unknown) &
  FrameworkExprs<M, never>;
/** The expressions over these properties, as columns of a query that reads them. */
export type StoredExprs<M, P extends PropertyKey> = { readonly [K in P]: ExprsByProperty<M>[K & keyof ExprsByProperty<M>] };

/** N is null or never: the nullability gathered along the path so far. */
export type FieldExpr<S extends FieldState, N> = S extends { target: infer M; many: infer Y }
  ? Y extends true
    ? RelatedRows<M>
    : RelationExpr<M, N | (S['nullable'] extends true ? null : never), S>
  : Expr<S['value'] | N> & S['ops'];

/** The value of an aggregate, which is over the related rows already and takes no filter or window of its own any more. */
type OverRelated<E> = E extends { over(): infer Windowed extends Valued<any> } ? Windowed : E;

/** A to-many relation has no path, so that a join cannot multiply rows unseen: each of these is one correlated subquery. */
export interface RelatedRows<M> {
  /** `EXISTS (SELECT 1 FROM ... WHERE ... AND condition)`: whether there is a related row, for which the condition holds. */
  some(where?: (m: ExprsOf<M>) => Predicate): Predicate;
  /** Whether the condition holds for all related rows: `NOT EXISTS (... AND NOT condition IS TRUE)`. True where there are none. */
  every(where: (m: ExprsOf<M>) => Predicate): Predicate;
  /** Whether there is no related row, for which the condition holds. */
  none(where?: (m: ExprsOf<M>) => Predicate): Predicate;
  /** `(SELECT count(*) FROM ...)`: how many related rows there are, for which the condition holds. */
  count(where?: (m: ExprsOf<M>) => Predicate): Expr<number> & NumberOps<number>;
  /**
   * `(SELECT aggregate FROM ...)`: an aggregate over the related rows, NULL as it is over none. `p.vehicles.aggregate(v => v.year.max())`
   *
   * Errors: VALIDATION with `aggregate` for what is none.
   */
  aggregate<E extends Valued<any>>(of: (m: NoInfer<ExprsOf<M>>) => E): OverRelated<E>;
}
/** A to-one relation: the key, and the way to the other row. Each relation on a way is joined once. */
export interface RelationExpr<M, N, S extends FieldState = FieldState> {
  /** The key of the other row. For a foreign key it is a column of this one, and nothing is joined. */
  readonly id: Expr<S['value'] | N> & S['ops'];
  /** The expressions over the other row, all of them NULL where there is none. */
  readonly to: ExprsOf<M, N>;
}

export interface KeyExprs<I, N> {
  readonly id: Expr<I | N> & ScalarOps<I>;
}
export interface StampExprs<N> {
  readonly createdAt: Expr<Date | N> & MomentOps<Date>;
  readonly updatedAt: Expr<Date | N> & MomentOps<Date>;
}
/** `$framework` picks the framework's own expressions of a model: key and timestamps, or less where it was declared without them. */
type FrameworkExprs<M, N> = (M extends { readonly $id: infer I } ? ([I] extends [never] ? unknown : KeyExprs<I, N>) : unknown) &
  (M extends { readonly $stamps: true } ? StampExprs<N> : unknown);
export type BaseExprs<M, N = never> = M extends { readonly $fields: infer F }
  ? { readonly [K in keyof F]: FieldExpr<State<F[K]>, N> } & FrameworkExprs<M, N>
  : never;
type Through<E, N> = [N] extends [never] ? E : E extends Expr<infer V> ? Omit<E, keyof Expr<any>> & Expr<V | N> : never;
type ComputedOf<M, N> = M extends { readonly computed: Computed<infer C> } ? { readonly [K in keyof C]: Through<C[K], N> } : unknown;
/** The bag of expressions over a row of M: `f => f.year.gte(2000)`. */
export type ExprsOf<M, N = never> = BaseExprs<M, N> & ComputedOf<M, N>;

export type { Order, Ordering };
