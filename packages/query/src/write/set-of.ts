// What an assignment looks like in user code.

import type { Expr } from '@djogi/core';
import type { InputProperty, State } from '@djogi/core/extension';

/** Values or expressions for the writable properties of a model. */
export type SetOf<F> = {
  -readonly [K in keyof F as InputProperty<K, F[K]>]?: State<F[K]>['value'] | Expr<State<F[K]>['value']>;
} extends infer P
  ? { [K in keyof P]: P[K] }
  : never;

/** Refuses keys that `Wanted` does not have: what a callback gives is not checked for them by itself. */
export type OnlyKeys<S, Wanted> = { readonly [K in Exclude<keyof S, keyof Wanted>]: never };
