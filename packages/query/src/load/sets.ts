// What loading needs of sets: which relations were named, and what a callback made of the set of the other model.

import type { Related } from '../set/related.ts';
import { refuse } from '../set/refine.ts';
import type { Selection } from '../set/selection.ts';

/** The class of sets, which is made of these functions and not known here. */
export interface Sets {
  open(selection: Selection): unknown;
  /** The selection of a set, or null for anything else. */
  selectionOf(set: unknown): Selection | null;
}

/** Names alone, or one name and a callback. */
export function relationNames(
  selection: Selection,
  given: readonly unknown[],
  method: string,
): { readonly names: readonly string[]; readonly callback: unknown } {
  const [name, callback, ...others] = given;
  const hasCallback = given.length === 2 && typeof callback !== 'string',
    names = hasCallback ? [name] : [name, callback, ...others].slice(0, given.length);
  if (hasCallback && typeof callback !== 'function')
    refuse(selection, 'callback', `the second argument of ${method} is another relation, or a function of the set to load`);
  if (names.length === 0) refuse(selection, 'relation', `${method} wants the name of a relation`);
  const odd = names.find((one) => typeof one !== 'string');
  if (odd !== undefined || names.includes(undefined))
    refuse(selection, 'relation', `${method} wants names of relations, in quotes, as they are declared`);
  return { names: names as string[], callback: hasCallback ? callback : undefined };
}

/** The set of the other model as the callback leaves it. */
export function refined(selection: Selection, whole: Selection, callback: unknown, sets: Sets, method: string): Selection {
  const given = (callback as (set: unknown) => unknown)(sets.open(whole)),
    chosen = sets.selectionOf(given);
  if (chosen === null || chosen.runtime !== whole.runtime || chosen.source !== whole.source)
    return refuse(selection, 'callback', `the callback of ${method} gives the set it was given, refined: rows => rows.filter(...)`);
  return chosen;
}

/** What is loaded besides the relation: a relation that is asked for again is loaded as it was asked for last. */
export const without = ({ joins, batches }: Related, name: string): Related => ({
  joins: joins.filter(({ relation }) => relation.name !== name),
  batches: batches.filter(({ relation }) => relation.name !== name),
});
