// What makes ids of two models, or of two kinds, different types although both are strings at run time.

declare const keyOf: unique symbol;

/** A key value branded by its kind and its table. The brand exists in the type only. */
export type Id<Kind extends string, V, Table extends string> = V & { readonly [keyOf]: readonly [Kind, Table] };

/** What `safeParse` answers. */
export type ParsedId<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: Error & { readonly code: string } };
