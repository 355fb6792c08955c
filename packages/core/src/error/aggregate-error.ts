// Aggregates and the names of what they give.

import { DjogiError } from './error.ts';

/** An aggregate or window function was modified or placed in a way that SQL does not have. `op` is its name in SQL, `reason` the word for what is wrong. */
export class UnsupportedAggregateError extends DjogiError {
  declare readonly op: string;
  declare readonly reason: string;
  constructor(op: string, reason: string, message: string) {
    super('UNSUPPORTED_AGGREGATE', message, { op, reason });
  }
}

/** Two outputs of a query would have one name, or a name is taken. */
export class AliasCollisionError extends DjogiError {
  declare readonly alias: string;
  constructor(alias: string, message: string) {
    super('ALIAS_COLLISION', message, { alias });
  }
}
