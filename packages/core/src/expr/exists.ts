// EXISTS over a set of the query package.

import { ValidationError } from '../error/value-error.ts';
import { booleanKind } from '../value/number.ts';
import type { Predicate } from './expression.ts';
import { operation, subquery } from './node.ts';
import { BooleanExpression } from './operations.ts';
import { OPERATORS } from './operators.ts';
import { rowsKey, type RowsOwner } from './subquery.ts';

/**
 * `EXISTS (SELECT 1 FROM ... WHERE ...)`. Inside the callback of another query the nested one may use the callback's bag: that is a correlated subquery.
 *
 * Shape: never NULL. `not(exists(...))` is the anti-join, which unlike `notIn` does not mind NULLs.
 * Errors: VALIDATION with `subquery` for what is no set, and for an ordering, limit, offset, distinct or lock on it, none of which EXISTS would heed.
 *
 * @example
 * query(Person).filter(a => exists(query(Post).filter(p => p.author.id.eq(a.id))))
 */
export function exists(rows: { readonly kind: 'queryset' }): Predicate {
  const owner = rows as Partial<RowsOwner> | null | undefined;
  if (typeof owner?.[rowsKey] !== 'function')
    throw new ValidationError([{ path: '', rule: 'subquery', message: 'exists wants a set: query(Model), refined as needed' }]);
  return new BooleanExpression(operation(OPERATORS.exists, [subquery(owner[rowsKey](), booleanKind)], booleanKind)) as unknown as Predicate;
}
