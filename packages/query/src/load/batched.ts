// `batched(Model, ctx)`: the gets of one tick in one statement. For resolvers, which ask one by one for what a query would load at once.

import { NotFoundError, ValidationError, type Context, type TerminalOptions } from '@djogi/core';
import {
  booleanKind,
  checkKey,
  executorOf,
  listKind,
  nodes,
  OPERATORS,
  relationOf,
  type IdOf,
  type ModelRuntime,
  type RelationRuntime,
  type State,
  type StoredField,
} from '@djogi/core/extension';
import { fetchRows } from '../read/terminals.ts';
import { refuse } from '../set/refine.ts';
import { missing } from '../set/related.ts';
import type { Selection } from '../set/selection.ts';
import { relatedRows, wholeRows } from './batch.ts';
import type { Held, RelationName } from './loaded.ts';

const { column, operation, value } = nodes;

export interface BatchedOptions extends TerminalOptions {
  /** Keeps the rows that were found for as long as the loader lives, until `clear`. What was missing, or failed, is asked for again. Default false. */
  readonly cache?: boolean;
}

type RowOf<M> = M extends abstract new () => infer Row ? Row : never;

/** Asks for single rows, and sends what was asked for in one tick as one statement. */
export interface Batched<M extends { readonly $fields: any }, T> {
  /** The row with this id. Errors: NOT_FOUND, VALIDATION; that of the statement, which all callers of the tick get. */
  get(id: IdOf<M>): Promise<T>;
  /** The row with this id, or null. */
  find(id: IdOf<M>): Promise<T | null>;
  /**
   * The rows of a relation of one row: a list of many; one, or null where there may be none. One statement a relation and tick, none for keys that are null. Puts
   * nothing on the row.
   *
   * Errors: VALIDATION with `relation`; DECODE with `related_row_missing` where a required row is not there or not visible.
   */
  related<const K extends RelationName<M['$fields']>>(
    relation: K,
    row: object & T,
  ): Promise<State<M['$fields'][K]> extends { target: infer Target } ? Held<State<M['$fields'][K]>, RowOf<Target>> : never>;
  /** Forgets the rows that `cache` kept: this one, or all. */
  clear(id?: IdOf<M>): void;
}

/**
 * A loader of single rows over one context: the gets of one tick are one statement, `WHERE id = ANY($1)`, and the same id asked for twice is one row.
 * Make one for each request, as its context is. Nothing is kept beyond the tick unless `cache` says so.
 *
 * Shape: a tick ends when some turns of the queue of promises have brought no further call, so that calls a few awaits apart still meet.
 * Errors: VALIDATION with `batched` for a model without a single key.
 * Cost: one round trip a tick, whatever the number of calls.
 *
 * @example
 * const people = batched(Person, ctx);
 * const [ada, ben] = await Promise.all([people.get(adaId), people.find(benId)]);
 */
export function batched<M extends { readonly $fields: any } & (abstract new () => any)>(
  model: M,
  ctx: Context,
  options: BatchedOptions = {},
): Batched<M, InstanceType<M>> {
  return new RowLoader(wholeRows(model), ctx, options) as unknown as Batched<M, InstanceType<M>>;
}

/** How many turns without a further call end a tick: more awaits than lie between the resolvers of one level. */
const QUIET_TURNS = 8;

/** Gathers keys until nobody asks for more, and answers for all of them at once. */
class Gathering<Answer> {
  readonly #fetch: (keys: readonly unknown[]) => Promise<(identity: unknown) => Answer>;
  #keys = new Map<unknown, unknown>();
  #answer: Promise<(identity: unknown) => Answer> | null = null;

  constructor(fetch: (keys: readonly unknown[]) => Promise<(identity: unknown) => Answer>) {
    this.#fetch = fetch;
  }

  async ask(identity: unknown, key: unknown): Promise<Answer> {
    this.#keys.set(identity, key);
    this.#answer ??= this.#gathered();
    return (await this.#answer)(identity);
  }

  async #gathered(): Promise<(identity: unknown) => Answer> {
    for (let quiet = 0, known = 0; quiet < QUIET_TURNS; quiet++) {
      await Promise.resolve();
      if (this.#keys.size === known) continue;
      known = this.#keys.size;
      quiet = 0;
    }
    const keys = [...this.#keys.values()];
    this.#keys = new Map();
    this.#answer = null;
    return this.#fetch(keys);
  }
}

type Loaded = Readonly<Record<string, unknown>>;

class RowLoader {
  readonly #selection: Selection;
  readonly #key: StoredField;
  readonly #ctx: Context;
  readonly #options: BatchedOptions;
  readonly #kept = new Map<unknown, object>();
  readonly #rows: Gathering<object | null>;
  readonly #relations = new Map<string, { readonly relation: RelationRuntime; readonly rows: Gathering<readonly object[]> }>();

  constructor(selection: Selection, ctx: Context, options: BatchedOptions) {
    executorOf(ctx);
    this.#key = selection.runtime.key ?? refuse(selection, 'batched', 'batched wants a model with a single key, to tell its rows apart by');
    this.#selection = selection;
    this.#ctx = ctx;
    this.#options = options;
    this.#rows = new Gathering(async (ids) => this.#fetch(ids));
  }

  async get(id: unknown): Promise<object> {
    const { table } = this.#selection.runtime;
    return (
      (await this.find(id)) ??
      fail(new NotFoundError(table, `No row of ${table} has this id, or none is visible. Use find where a missing row is expected.`))
    );
  }

  async find(id: unknown): Promise<object | null> {
    checkKey(this.#selection.runtime, id);
    const identity = identityOf(this.#key, id);
    return this.#kept.get(identity) ?? this.#rows.ask(identity, id);
  }

  async related(name: string, row: Loaded): Promise<unknown> {
    const { relation, rows } = this.#relation(name),
      { own, isMany, isNullable } = relation,
      key = keyOf(this.#selection.runtime, relation, row);
    const found = key === null ? [] : await rows.ask(identityOf(own, key), key);
    // Each caller has a list of its own.
    if (isMany) return [...found];
    return found[0] ?? (isNullable ? null : missing(relation));
  }

  clear(id?: unknown): void {
    if (id === undefined) this.#kept.clear();
    else this.#kept.delete(identityOf(this.#key, id));
  }

  async #fetch(ids: readonly unknown[]): Promise<(identity: unknown) => object | null> {
    const key = this.#key,
      { where, source } = this.#selection;
    const among = operation(
      OPERATORS.in,
      [column(source, key.column, key.property, key.valueKind), value(ids, listKind(key.valueKind))],
      booleanKind,
    );
    const rows = await fetchRows<object>({ ...this.#selection, where: [...where, among] }, this.#ctx, 'batched', this.#options);
    const byKey = new Map(rows.map((row) => [identityOf(key, (row as Loaded)[key.property]), row]));
    if (this.#options.cache === true) for (const [identity, row] of byKey) this.#kept.set(identity, row);
    return (identity) => byKey.get(identity) ?? null;
  }

  #relation(name: string): { readonly relation: RelationRuntime; readonly rows: Gathering<readonly object[]> } {
    let known = this.#relations.get(name);
    if (known === undefined) {
      const relation = relationOf(this.#selection.runtime, name),
        whole = wholeRows(relation.model);
      const rows = new Gathering(async (keys) => {
        const found = await relatedRows(relation, whole, keys, this.#ctx, this.#options);
        const byKey = Map.groupBy(found, (of) => identityOf(relation.own, of.key));
        return (identity) => (byKey.get(identity) ?? []).map((of) => of.row as object);
      });
      known = { relation, rows };
      this.#relations.set(name, known);
    }
    return known;
  }
}

function fail(error: Error): never {
  throw error;
}

function keyOf({ table }: ModelRuntime, { name, own }: RelationRuntime, row: Loaded): unknown {
  const key = typeof row === 'object' && row !== null ? row[own.property] : undefined;
  if (key === undefined)
    throw new ValidationError(
      [{ path: name, rule: 'relation_key', message: `is found by ${own.property}, which this row does not have` }],
      {
        model: table,
      },
    );
  return key;
}

/** Equal for equal keys: a value that is no primitive has a text that is. */
const identityOf = ({ valueKind }: StoredField, key: unknown): unknown =>
  typeof key === 'object' && key !== null ? `${String(valueKind.codec.text.encode(key))}` : key;
