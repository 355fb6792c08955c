// A set as a question about rows in memory: whether a row would be among its rows.

import { matches, PredicateError, portabilityProblem, type Predicate } from '@djogi/core';
import { booleanKind, conjunctionOf, expressionOf, nodes, OPERATORS } from '@djogi/core/extension';
import type { Selection } from '../set/selection.ts';

/** A predicate that gives in memory what SQL gives, or why there is none. */
export type Portability =
  | { readonly ok: true; readonly predicate: Predicate; readonly matches: (row: object) => boolean }
  | { readonly ok: false; readonly reason: PredicateError };

/** The filter as a predicate; true without one. */
export function predicateOf({ where }: Selection): Predicate {
  const node = conjunctionOf(where) ?? nodes.operation(OPERATORS.true, [], booleanKind);
  return expressionOf(node) as unknown as Predicate;
}

/** All of the filter, or nothing of it. Which rows a limit leaves is nothing that a row knows of itself. */
export function portabilityOf(selection: Selection): Portability {
  const { limit, offset, distinct, derived } = selection;
  if (derived !== undefined)
    return {
      ok: false,
      reason: new PredicateError(
        'unsupportedSource',
        'Which rows a query over another one has is known to the database only. Ask about the filter of that one.',
      ),
    };
  const modifier =
    limit !== undefined
      ? 'limit'
      : offset !== undefined
        ? 'offset'
        : distinct === undefined
          ? null
          : distinct === true
            ? 'distinct'
            : 'distinctOn';
  if (modifier !== null)
    return {
      ok: false,
      reason: new PredicateError(
        'unsupportedModifier',
        `Which rows ${modifier} leaves is known to the database only. Leave it out, and ask about the filter.`,
      ),
    };
  const predicate = predicateOf(selection),
    reason = portabilityProblem(predicate);
  return reason === null ? { ok: true, predicate, matches: (row) => matches(predicate, row) } : { ok: false, reason };
}
