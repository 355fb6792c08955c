// The rows of a many-to-many relation around one row, and its writes, which are writes of the model between: none touches the targets.

import { exists, ValidationError, type Context, type TerminalOptions } from '@djogi/core';
import { createRow, type CreateOf, type ModelRuntime, type RelationRuntime, type State } from '@djogi/core/extension';
import type { AnyModelClass, QuerySet } from '@djogi/query';
import { fieldIn, holds, holdsOneOf, links, setOf, targetKey } from './match.ts';

type Declared = { readonly $fields: any };
type RowOf<M> = M extends abstract new () => infer Row ? Row : never;

/** What leads to a target: a loaded row of it, or the key that the model between holds. */
export type TargetOf<T, J extends Declared, To> = RowOf<T> | NonNullable<State<J['$fields'][To & keyof J['$fields']]>['value']>;

/** What a row of the model between has besides its two references. */
export type JunctionFields<J extends Declared, From, To> = CreateOf<{
  readonly $fields: Omit<J['$fields'], (From | To) & string>;
  readonly $supplied: J extends { readonly $supplied: infer Supplied } ? Supplied : unknown;
}>;

/** Left out where nothing of it is required. */
type Extra<Fields, Options> = {} extends Fields ? [fields?: Fields, options?: Options] : [fields: Fields, options?: Options];

export interface AddManyOptions extends TerminalOptions {
  /** Leaves out the targets that are there already, by a unique constraint of the model between. */
  readonly ignoreConflicts?: boolean;
}

/**
 * The rows of a many-to-many relation around one row: read as a set, and written through the model between, whose rows come back.
 *
 * Targets are given by loaded rows or by their ids. `fields` are what the model between has of its own, required where it requires them.
 * Errors of all writes: VALIDATION with `related_row` for a row of another model, `junction_key` for one of the two references among the fields, and what the
 * model between refuses; CONSTRAINT, for a target that is not there or one that is there twice where it must not be.
 */
export interface JunctionSet<T extends AnyModelClass, J extends Declared, From = string, To = string> {
  /** The targets, each once, in no order: `WHERE EXISTS (SELECT 1 FROM between WHERE ...)`. To be refined. */
  rows(): QuerySet<T, InstanceType<T>>;
  /** Whether the row leads to the target. One round trip. */
  has(ctx: Context, target: TargetOf<T, J, To>, options?: TerminalOptions): Promise<boolean>;
  /** Inserts a row of the model between, with its hooks, and gives it back. One round trip. */
  add(ctx: Context, target: TargetOf<T, J, To>, ...extra: Extra<JunctionFields<J, From, To>, TerminalOptions>): Promise<RowOf<J>>;
  /** Inserts a row of the model between for each target, in the same order, all with the same fields. No hooks run. One round trip, none for no targets. */
  addMany(
    ctx: Context,
    targets: readonly TargetOf<T, J, To>[],
    ...extra: Extra<JunctionFields<J, From, To>, AddManyOptions>
  ): Promise<RowOf<J>[]>;
  /** Deletes what leads to the target. Whether there was something. No hooks run. One round trip. */
  remove(ctx: Context, target: TargetOf<T, J, To>, options?: TerminalOptions): Promise<boolean>;
  /**
   * Makes the targets exactly these: what leads to others is deleted, what is missing is added with the fields, what is there stays as it is. All or nothing. No hooks run.
   *
   * Cost: one round trip where nothing changes, one more for deletes or inserts, and for both a transaction around the two. Of two writers at once, each adds
   * what it did not see: a unique constraint over the two references refuses the second one.
   */
  set(
    ctx: Context,
    targets: readonly TargetOf<T, J, To>[],
    ...extra: Extra<JunctionFields<J, From, To>, TerminalOptions>
  ): Promise<{ added: RowOf<J>[]; removed: number }>;
  /** Deletes all that leads from the row. How many there were. No hooks run. One round trip. */
  clear(ctx: Context, options?: TerminalOptions): Promise<number>;
}

type Values = Readonly<Record<string, unknown>>;

/** The set of targets of one key, null being the key of a row that leads to none. */
export function linkedRows(relation: RelationRuntime, through: NonNullable<RelationRuntime['through']>, key: unknown): QuerySet<any, any> {
  const targets = setOf(relation.model);
  if (key === null) return targets.none();
  return targets.filter((target: unknown) =>
    exists(setOf(through.model).filter(links(through.from, key, through.to, target, relation.remote))),
  );
}

/** The class behind `JunctionSet`. */
export class JunctionRows {
  readonly #relation: RelationRuntime;
  readonly #through: NonNullable<RelationRuntime['through']>;
  readonly #key: unknown;
  readonly #owner: ModelRuntime;

  constructor(owner: ModelRuntime, relation: RelationRuntime, through: NonNullable<RelationRuntime['through']>, key: unknown) {
    this.#owner = owner;
    this.#relation = relation;
    this.#through = through;
    this.#key = key;
  }

  rows(): QuerySet<any, any> {
    return linkedRows(this.#relation, this.#through, this.#key);
  }

  async has(ctx: Context, target: unknown, options?: TerminalOptions): Promise<boolean> {
    return this.#leadingTo(target).exists(ctx, options);
  }

  async add(ctx: Context, target: unknown, fields?: Values, options?: TerminalOptions): Promise<object> {
    return createRow(this.#through.runtime, ctx, this.#values([this.#targetKey(target, 'target')], fields)[0]!, options);
  }

  async addMany(ctx: Context, targets: readonly unknown[], fields?: Values, options?: AddManyOptions): Promise<object[]> {
    return setOf(this.#through.model).bulkCreate(ctx, this.#values(this.#targetKeys(targets), fields), options);
  }

  async remove(ctx: Context, target: unknown, options?: TerminalOptions): Promise<boolean> {
    return (await this.#leadingTo(target).delete().execute(ctx, options)) > 0;
  }

  async set(
    ctx: Context,
    targets: readonly unknown[],
    fields?: Values,
    options?: TerminalOptions,
  ): Promise<{ added: object[]; removed: number }> {
    const wanted = new Map(this.#targetKeys(targets).map((key) => [this.#identity(key), key])),
      leading = this.#leading(),
      { to } = this.#through;
    // What is wrong with the fields is said whether or not something is to be added.
    this.#values([], fields);
    const there = await leading.select((row: unknown) => ({ to: fieldIn(row, to) })).fetchAll(ctx, options),
      present = new Set((there as { to: unknown }[]).map((row) => this.#identity(row.to)));
    const missing = [...wanted].filter(([identity]) => !present.has(identity)).map(([, key]) => key),
      isOver = [...present].some((identity) => !wanted.has(identity));
    const remove = async (within: Context): Promise<number> =>
      isOver
        ? leading
            .exclude(holdsOneOf(to, [...wanted.values()]))
            .delete()
            .execute(within, options)
        : 0;
    const insert = async (within: Context): Promise<object[]> =>
      setOf(this.#through.model).bulkCreate(within, this.#values(missing, fields), options);
    if (!isOver || missing.length === 0) return { removed: await remove(ctx), added: await insert(ctx) };
    return ctx.atomic(async (tx) => ({ removed: await remove(tx), added: await insert(tx) }));
  }

  async clear(ctx: Context, options?: TerminalOptions): Promise<number> {
    return this.#leading().delete().execute(ctx, options);
  }

  /** The rows of the model between that lead from the row. */
  #leading(): QuerySet<any, any> {
    const { model, from } = this.#through;
    return this.#key === null ? setOf(model).none() : setOf(model).filter(holds(from, this.#key));
  }

  #leadingTo(target: unknown): QuerySet<any, any> {
    return this.#leading().filter(holds(this.#through.to, this.#targetKey(target, 'target')));
  }

  #targetKey(target: unknown, path: string): unknown {
    return targetKey(this.#relation, this.#through.to, target, path);
  }

  #targetKeys(targets: readonly unknown[]): unknown[] {
    if (!Array.isArray(targets)) return this.#refuse('targets', 'type', 'must be a list of rows or ids');
    return targets.map((target, at) => this.#targetKey(target, `targets[${at}]`));
  }

  /** One string for equal keys. */
  #identity(key: unknown): string {
    return String(this.#through.to.valueKind.codec.text.encode(key));
  }

  /** What is inserted: the fields, and the two references, which no caller gives. */
  #values(keys: readonly unknown[], fields: Values = {}): Values[] {
    const { from, to } = this.#through;
    if (typeof fields !== 'object' || fields === null) this.#refuse('', 'type', 'the fields of the model between must be an object');
    for (const { property } of [from, to])
      if (property in fields) this.#refuse(property, 'junction_key', 'is set by the relation: leave it out');
    if (this.#key === null)
      this.#refuse(this.#relation.name, 'relation_key', `${this.#relation.own.property} of the row is null, and leads to none`);
    return keys.map((key) => ({ ...fields, [from.property]: this.#key, [to.property]: key }));
  }

  #refuse(path: string, rule: string, message: string): never {
    throw new ValidationError([{ path, rule, message }], { model: this.#owner.table });
  }
}
