// Trees and other graphs of rows that refer to each other: what rows lead to, however far, in one statement.

import type { ArrayOps, Computed, Expr, ExprsOf, NumberExpr, Predicate, Valued } from '@djogi/core';
import type { IdOf } from '@djogi/core/extension';
import { rowsGiven, selectionOver } from '../set/rows.ts';
import type { RowFacts, RowsWith } from '../set/row-facts.ts';
import { walked, type AnyEdge, type AnyWalkOptions } from '../with/recursion.ts';
import { setOver } from './query.ts';
import type { QuerySet } from './query-set.ts';

/** One way from a row to others: to those whose `to` is the row's `from`. */
export interface Edge<M, V> {
  readonly from: (m: NoInfer<ExprsOf<M>>) => Valued<V>;
  readonly to: (m: NoInfer<ExprsOf<M>>) => Valued<NoInfer<V> | null>;
}

export interface WalkOptions<M> {
  /** Which rows may be stepped on: what lies behind another is not reached through it. The rows of the start are not asked. */
  readonly where?: (m: ExprsOf<M>) => Predicate;
  /** How many steps away from the start at most; 0 is the start alone. */
  readonly maxDepth?: number;
  /** `row`, the default: every row once, by a shortest way to it. `path`: once for every way that meets no row twice. */
  readonly each?: 'row' | 'path';
  /** In the order of the depth, and by these fields, ascending, among rows of one depth. */
  readonly breadthFirstBy?: (m: ExprsOf<M>) => Expr<any> | readonly Expr<any>[];
  /** Every row before those it leads to, and by these fields, ascending, among rows that one row leads to. */
  readonly depthFirstBy?: (m: ExprsOf<M>) => Expr<any> | readonly Expr<any>[];
}

/** What a walk knows of a row. */
export interface WalkExprs<Id> {
  /** Steps from the start; 0 for a row of the start. */
  readonly depth: NumberExpr<number>;
  /** The ids on the way from the start to the row, both included. */
  readonly path: Expr<Id[]> & ArrayOps<Id>;
}

type ComputedExprs<M> = M extends { readonly computed: Computed<infer Expressions> } ? Expressions : {};
/** A model whose callbacks have `walk` besides the fields. */
export interface Walked<M> {
  readonly $fields: M extends { readonly $fields: infer Fields } ? Fields : never;
  readonly $id: IdOf<M>;
  readonly $stamps: M extends { readonly $stamps: infer Stamps } ? Stamps : false;
  readonly computed: Computed<ComputedExprs<M> & { readonly walk: WalkExprs<IdOf<M>> }>;
}

/** Why a projection starts no walk, as a property that no rows have. */
export interface NoRows {
  readonly 'a walk starts from rows of a model': never;
}
/** Rows of a model: a projection has no edges. */
type Start<Facts extends RowFacts, T> = RowsWith<Facts, T> & (Facts extends { readonly columns: object } ? NoRows : unknown);

/**
 * The rows of `start` and all that they lead to, along one or several edges, as a set like any other: `WITH RECURSIVE`, in one statement. A walk ends in every
 * graph, cycles included: a row that was met on the way ends the way there.
 *
 * Shape: whole rows, each once, in no order unless one is asked for. Callbacks over the set have `walk.depth` and `walk.path` besides the fields:
 * `.orderBy(c => c.walk.depth.asc())`, `.annotate(c => ({ depth: c.walk.depth }))`. Filters of the set choose among the rows that were met; `where` says which
 * rows lead on.
 * Errors: VALIDATION with `walk` for a model without a single key, a start that is no whole rows, and an order by something other than fields; `range` for
 * a `maxDepth`; ALIAS_COLLISION for a model with a field named `walk`.
 * Cost: follows every way that meets no row twice, also where each row is given once: few in a tree, where one way leads to a row, and exponentially many in a
 * dense graph. Give those a `maxDepth`. Wants an index on what `to` names.
 *
 * @example
 * const reports = walk(query(Person).filter(p => p.id.eq(id)), { from: p => p.id, to: p => p.boss });
 */
export function walk<Facts extends RowFacts, T, V>(
  start: Start<Facts, T>,
  edges: Edge<Facts['model'], V> | readonly Edge<Facts['model'], V>[],
  options: WalkOptions<Facts['model']> = {},
): QuerySet<Walked<Facts['model']>, T> {
  return walkOver(start, edges, options) as QuerySet<Walked<Facts['model']>, T>;
}

/**
 * The rows of `start`, the rows that have one of them as their parent, and so on: a subtree, whose root has depth 0. `parent` is the field with the id of the
 * parent. All else as `walk`.
 *
 * @example
 * const subtree = await descendants(query(Category).filter(c => c.id.eq(id)), c => c.parent, { depthFirstBy: c => c.name }).fetchAll(ctx);
 */
export function descendants<Facts extends RowFacts, T>(
  start: Start<Facts, T>,
  parent: (m: NoInfer<ExprsOf<Facts['model']>>) => Valued<IdOf<Facts['model']> | null>,
  options: WalkOptions<Facts['model']> = {},
): QuerySet<Walked<Facts['model']>, T> {
  return walkOver(start, { from: keyIn, to: parent }, options) as QuerySet<Walked<Facts['model']>, T>;
}

/**
 * The rows of `start`, their parents, the parents of those, and so on. `parent` is the field with the id of the parent. All else as `walk`.
 *
 * @example
 * const trail = await ancestors(query(Category).filter(c => c.id.eq(id)), c => c.parent).orderBy(c => c.walk.depth.desc()).fetchAll(ctx);
 */
export function ancestors<Facts extends RowFacts, T>(
  start: Start<Facts, T>,
  parent: (m: NoInfer<ExprsOf<Facts['model']>>) => Valued<IdOf<Facts['model']> | null>,
  options: WalkOptions<Facts['model']> = {},
): QuerySet<Walked<Facts['model']>, T> {
  return walkOver(start, { from: parent, to: keyIn }, options) as QuerySet<Walked<Facts['model']>, T>;
}

/** The key is `id` in every bag, whatever its column. */
const keyIn = (bag: { readonly id: unknown }): unknown => bag.id;

function walkOver(start: unknown, edges: AnyEdge | readonly AnyEdge[], options: AnyWalkOptions): unknown {
  const rows = rowsGiven(start, 'walk');
  const list = (Array.isArray(edges) ? edges : [edges]) as readonly AnyEdge[];
  return setOver(walked(rows.selection ?? selectionOver(rows), list, options));
}
