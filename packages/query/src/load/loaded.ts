// What the compiler knows of rows whose relations are loaded. Types only.

import type { State } from '@djogi/core/extension';

/** The declared names of a model's relations. */
export type RelationName<F> = { [K in keyof F]: F[K] extends { readonly state: { target: any } } ? K : never }[keyof F];
/** Those that lead to one row at most. */
export type ToOneName<F> = { [K in keyof F]: F[K] extends { readonly state: { target: any; many: false } } ? K : never }[keyof F];

/** The rows of a relation as a loaded property holds them: a list of many; one, or null where it may be missing. */
export type Held<S, Row> = S extends { many: infer Many; nullable: infer Nullable }
  ? Many extends true
    ? Row[]
    : Row | (Nullable extends true ? null : never)
  : never;

/** A row with relations loaded as they are. */
export type WithRelated<T, F, K extends keyof F> = T & {
  [P in K]: State<F[P]> extends { target: infer M } ? (M extends abstract new () => infer Row ? Held<State<F[P]>, Row> : never) : never;
};

/** A row with one relation loaded as a callback refined it. */
export type WithRefined<T, F, K extends keyof F, Row> = T & { [P in K]: Held<State<F[P]>, Row> };
