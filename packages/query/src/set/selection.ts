// What a queryset is before it becomes a statement: immutable facts over one source. Refining makes a new one that shares everything it did not change.

import { nodes, type Bag, type ModelRuntime, type Node, type OrderTerm, type Source } from '@djogi/core/extension';
import { bagOf, runtimeOf } from '@djogi/core/extension';

/** A chosen projection instead of whole rows. */
export interface Projection { readonly as: 'object' | 'tuple'; readonly names: readonly string[]; readonly nodes: readonly Node[] }

export interface Selection {
  readonly model: unknown;
  readonly runtime: ModelRuntime;
  readonly source: Source;
  readonly where: readonly Node[];
  readonly orderBy: readonly OrderTerm[];
  readonly limit: number | bigint | undefined;
  readonly offset: number | bigint | undefined;
  readonly distinct: true | readonly Node[] | undefined;
  readonly projection: Projection | undefined;
  /** Structurally empty: terminals answer without SQL. */
  readonly isNone: boolean;
}

/** The whole table, under a source of its own: two queries over one model never share a scope. */
export function wholeTable(model: unknown): Selection {
  const runtime = runtimeOf(model);
  return { model, runtime, source: nodes.source(runtime.table), where: [], orderBy: [], limit: undefined, offset: undefined, distinct: undefined, projection: undefined, isNone: false };
}

/** The bag that callbacks receive. */
export const bagOver = (selection: Selection): Bag => bagOf(selection.model, selection.source);
