// What a query gives, as types: expressions by name, and the values behind them.

import type { Valued } from '@djogi/core';

/** Expressions by the name under which they come back. */
export type Shape = Record<string, Valued<any>>;
/** The values behind a shape. The empty intersection has editors show the object itself rather than this alias over expressions. */
export type Values<R> = { -readonly [P in keyof R]: R[P] extends Valued<infer V> ? V : never } & {};

/** An aggregate that can no longer be told anything: what it gives for a row. */
export type Modified<E> = E extends { over(): infer Windowed extends Valued<any> } ? Windowed : E;

/** Statement text with its values, as it would be sent. */
export interface SqlText {
  readonly text: string;
  readonly values: readonly unknown[];
}
