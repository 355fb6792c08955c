// Trees: rows of one model that refer to their parents. Each question is a set, and one statement; the walk itself is the query package's.

import { ValidationError } from '@djogi/core';
import { relationOf, runtimeOf, type IdOf, type ModelRuntime, type RelationRuntime, type State } from '@djogi/core/extension';
import { walk, type AnyModelClass, type ModelSet, type QuerySet, type Walked, type WalkOptions } from '@djogi/query';
import { fieldIn, holds, holdsNot, holdsSame, ownKey, setOf, targetKey } from '../around/match.ts';

/** The references of a model to itself. */
export type ParentName<M extends { readonly $fields: any }> = {
  [K in keyof M['$fields']]: M['$fields'][K] extends { readonly state: { column: 'id'; target: infer T } }
    ? [IdOf<T>] extends [IdOf<M>]
      ? K
      : never
    : never;
}[keyof M['$fields']];

/** A loaded row, or the key that its children refer to it by. */
export type NodeOf<M extends AnyModelClass, K extends keyof M['$fields']> = InstanceType<M> | NonNullable<State<M['$fields'][K]>['value']>;

/** Where rows stand in the tree of one reference. All of these are sets, to be refined and fetched as any other. */
export interface Tree<M extends AnyModelClass, K extends keyof M['$fields']> {
  /** The rows without a parent: `WHERE parent_id IS NULL`. Where a parent is required, those that are their own. */
  roots(): QuerySet<M, InstanceType<M>>;
  /** The rows whose parent it is. */
  children(of: NodeOf<M, K>): QuerySet<M, InstanceType<M>>;
  /** The other rows of its parent; of a row without one, the other roots. By the parent that the row was loaded with. */
  siblings(of: InstanceType<M>): QuerySet<M, InstanceType<M>>;
  /**
   * The row, its children, theirs, and so on: a subtree, each row once, also where the data has a cycle. In callbacks `walk.depth` is 0 for the row itself:
   * `.filter(c => c.walk.depth.gt(0))` leaves it out.
   *
   * Shape: in no order unless `depthFirstBy` or `breadthFirstBy` asks for one. `where` says which rows lead on, `maxDepth` how far.
   * Errors: those of `walk`. Cost: one statement, `WITH RECURSIVE`, by the index on the reference.
   */
  descendants(of: NodeOf<M, K>, options?: WalkOptions<M>): QuerySet<Walked<M>, InstanceType<M>>;
  /** The row, its parent, the parent of that, and so on. All else as `descendants`; `.orderBy(c => c.walk.depth.desc())` begins at the root. */
  ancestors(of: NodeOf<M, K>, options?: WalkOptions<M>): QuerySet<Walked<M>, InstanceType<M>>;
}

/**
 * The tree that a reference of a model to itself makes. A model with several such references has a tree for each. Sends nothing.
 *
 * Errors: VALIDATION with `relation` for a name that is none, `tree` for a relation that does not lead from a row to one of the same model; at its methods,
 * `related_row` for a row of another model.
 *
 * @example
 * const categories = tree(Category, 'parent');
 * const lines = await categories.descendants(root, { depthFirstBy: c => c.name }).annotate(c => ({ depth: c.walk.depth })).fetchAll(ctx);
 */
export function tree<M extends AnyModelClass, const K extends ParentName<M>>(model: M, parent: K): Tree<M, K> {
  const runtime = runtimeOf(model),
    relation = relationOf(runtime, parent as string);
  if (!relation.isForward || relation.target.table !== runtime.table)
    refuse(parent as string, 'is no parent: a tree is made of a reference from a row to one of the same model', runtime);
  if (runtime.visage !== null) refuse('', 'a visage has no tree: take that of the model', runtime);
  return new RowTree(model, runtime, relation) as unknown as Tree<M, K>;
}

function refuse(path: string, message: string, { table }: ModelRuntime): never {
  throw new ValidationError([{ path, rule: 'tree', message }], { model: table });
}

class RowTree {
  readonly #model: unknown;
  readonly #runtime: ModelRuntime;
  readonly #relation: RelationRuntime;

  constructor(model: unknown, runtime: ModelRuntime, relation: RelationRuntime) {
    this.#model = model;
    this.#runtime = runtime;
    this.#relation = relation;
  }

  roots(): QuerySet<any, object> {
    const { own, remote, isNullable } = this.#relation;
    return this.#all().filter(isNullable ? holds(own, null) : holdsSame(own, remote));
  }

  children(of: unknown): QuerySet<any, object> {
    return this.#all().filter(holds(this.#relation.own, this.#keyOf(of)));
  }

  siblings(of: object): QuerySet<any, object> {
    const { own, remote } = this.#relation;
    const key = this.#keyOf(of);
    return this.#all().filter(holds(own, ownKey(this.#relation, of, this.#runtime)), holdsNot(remote, key));
  }

  descendants(of: unknown, options?: WalkOptions<any>): unknown {
    const { own, remote } = this.#relation;
    return walk(this.#one(of), { from: (row) => fieldIn(row, remote), to: (row) => fieldIn(row, own) }, options);
  }

  ancestors(of: unknown, options?: WalkOptions<any>): unknown {
    const { own, remote } = this.#relation;
    return walk(this.#one(of), { from: (row) => fieldIn(row, own), to: (row) => fieldIn(row, remote) }, options);
  }

  #all(): ModelSet<any, object> {
    return setOf(this.#model);
  }

  #one(of: unknown): QuerySet<any, object> {
    return this.#all().filter(holds(this.#relation.remote, this.#keyOf(of)));
  }

  #keyOf(of: unknown): unknown {
    return targetKey(this.#relation, this.#relation.own, of, 'of');
  }
}
