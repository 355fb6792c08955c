// `model()`: from a declaration to a class whose instances are the rows. One name is both the value and the row type.

import type { Context, TerminalOptions } from '../db/context.ts';
import type { Id } from '../id/brand.ts';
import type { ModelDescriptor } from './descriptor.ts';
import { keepDeclaration } from './declaration.ts';
import { runtimeOf } from './describe.ts';
import type { Hooks } from './hooks.ts';
import type { KeyKind, KeylessKind } from './key.ts';
import type { ModelOptions } from './options.ts';
import {
  assignInstance,
  deleteInstance,
  deleteInstanceReturning,
  dirtyProperties,
  mark,
  refreshInstance,
  reloadInstance,
  rowToJson,
  saveRow,
  unmark,
  updateInstance,
  updateInstanceReturningPair,
  type DeleteOptions,
} from './row-operations.ts';
import type { Create, Patch, Row } from './row-type.ts';
import { buildDraft, createRow, createRowWithId, findRow, getRow, nextKeys, updateById, type UpdateOptions } from './single-row.ts';
import type { TableObject } from './table-object.ts';

/** In types only: the fields of the model that a row is of. */
export declare const fieldsOf: unique symbol;

export interface Stamps {
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The built-in members of a row; few, because their names are taken from the user. `fieldsOf` exists in the type only. */
export interface Instance<I, F> {
  readonly [fieldsOf]?: F;
  readonly id: I;
  /**
   * Writes the row: every field but those that are tracked and unchanged, or the named ones. Takes back what the database stored.
   *
   * Errors: VALIDATION; NOT_FOUND when the row is gone; LOCK_CONFLICT when the model has a version field and the stored one is another.
   * Cost: one round trip; none with `onlyIfDirty` on a clean row whose fields are all tracked.
   */
  save(ctx: Context, options?: { fields?: readonly (keyof F)[]; onlyIfDirty?: boolean; signal?: AbortSignal }): Promise<this>;
  /** Writes exactly the patch (and what `beforeSave` changes). One round trip. Errors as `save`. */
  update(ctx: Context, patch: Patch<F>, options?: TerminalOptions): Promise<this>;
  /** Deletes the row; resolves to whether there was one. The instance is spent. One round trip. */
  delete(ctx: Context, options?: DeleteOptions): Promise<boolean>;
  /** Reads the row again into this instance, dropping unsaved changes. NOT_FOUND when it is gone. One round trip. */
  refresh(ctx: Context, options?: TerminalOptions): Promise<this>;
  /** Reads the row again as a new instance. NOT_FOUND when it is gone. One round trip. */
  reload(ctx: Context, options?: TerminalOptions): Promise<this>;
  /** Sets several fields at once. VALIDATION when one is unknown, read-only or refused by its type; then none is set. */
  assign(patch: Patch<F>): this;
  /** Whether a tracked field, or this one, differs from what was loaded. */
  isDirty(property?: keyof Patch<F>): boolean;
  /** The tracked properties that differ from what was loaded. */
  dirtyFields(): string[];
  /** Has the next save write a tracked property although it is unchanged. */
  markDirty(property: keyof Patch<F>): void;
  /** Takes the present value of one tracked property, or of all, as saved. */
  markClean(property?: keyof Patch<F>): void;
  /** As `save`, with the row before and after in one statement. Consumes this instance: go on with `new`. */
  updateReturningPair(ctx: Context, options?: TerminalOptions): Promise<RowPair<this>>;
  /** Deletes the row and gives it back as it was. NOT_FOUND when it is gone. */
  deleteReturning(ctx: Context, options?: TerminalOptions): Promise<this>;
  /** The columns as JSON data: bigints, ids and decimals as strings, bytes as base64. */
  toJSON(): Record<string, unknown>;
}

/** A row before and after a write. */
export interface RowPair<Row> {
  readonly old: Row;
  readonly new: Row;
}

/** A row without a key: it is read and inserted, and has nothing to be addressed by. */
export interface KeylessInstance<F> {
  readonly [fieldsOf]?: F;
  toJSON(): Record<string, unknown>;
}

interface ModelStatics<N extends string, F, I, C, T> {
  readonly $fields: F;
  readonly $id: I;
  readonly $supplied: C;
  readonly $stamps: T;
  /** The table: the model's identity everywhere. */
  readonly table: N;
  /** The descriptor, made at first use. Throws MODEL_DEFINITION when the declaration cannot hold. */
  readonly descriptor: ModelDescriptor;
  // Declared here so that a wrong type is an error on the class.
  readonly tableObjects?: readonly TableObject[];
  readonly hooks?: Hooks;
}

/** A model class with a key. */
export interface ModelClass<N extends string, F, I, C = unknown, T extends boolean = true> extends ModelStatics<N, F, I, C, T> {
  new (): Row<F> & Instance<I, F> & (T extends true ? Stamps : unknown);
  /**
   * Inserts a row and gives it back as the database stored it. `id` of generated kinds and timestamps in `values` are ignored, so that a row can be
   * spread into a new one.
   *
   * Errors: VALIDATION with every problem of the row; CONSTRAINT. Cost: one round trip.
   */
  create<R>(this: new () => R, ctx: Context, values: Create<F> & C, options?: TerminalOptions): Promise<R>;
  /** The row with this id. Errors: NOT_FOUND. Cost: one round trip. */
  get<R>(this: new () => R, ctx: Context, id: I, options?: TerminalOptions): Promise<R>;
  /** The row with this id, or null. Cost: one round trip. */
  find<R>(this: new () => R, ctx: Context, id: I, options?: TerminalOptions): Promise<R | null>;
  /** Exactly the patch, one statement, the new row back. Errors: NOT_FOUND; LOCK_CONFLICT with `version`. Cost: one round trip. */
  update<R>(this: new () => R, ctx: Context, id: I, patch: Patch<F>, options?: UpdateOptions): Promise<R>;
  /** Inserts under an id from `nextId`, once: when the id is taken, the stored row comes back with `created: false`. One or two round trips. */
  createWithId<R>(
    this: new () => R,
    ctx: Context,
    id: I,
    values: Create<F>,
    options?: TerminalOptions,
  ): Promise<{ row: R; created: boolean }>;
  /** An unsaved row with defaults filled in, which `create` accepts. No I/O. */
  build<R>(this: new () => R, values: Partial<Create<F> & C>): R;
  /** An id for a row that is not there yet. One round trip. */
  nextId(ctx: Context, options?: TerminalOptions): Promise<I>;
  /** `count` distinct ids in logical order, oldest first. One round trip. Errors: ID_GEN_BAD_COUNT. */
  nextIds(ctx: Context, count: number, options?: TerminalOptions): Promise<I[]>;
}

/** A model class without a key: queries and bulk writes only. */
export interface KeylessModelClass<N extends string, F, T extends boolean = true> extends ModelStatics<N, F, never, unknown, T> {
  new (): Row<F> & KeylessInstance<F> & (T extends true ? Stamps : unknown);
}

type Terminal = TerminalOptions | undefined;

/** The members of every row class. The fields come from the generated constructor, never from here. */
class KeylessRowBase {
  static get descriptor(): ModelDescriptor {
    return runtimeOf(this).descriptor;
  }
  toJSON(): Record<string, unknown> {
    return rowToJson(this);
  }
}

class RowBase extends KeylessRowBase {
  static create(ctx: Context, values: Record<string, unknown>, options?: Terminal): Promise<object> {
    return createRow(runtimeOf(this), ctx, values, options);
  }
  static get(ctx: Context, id: unknown, options?: Terminal): Promise<object> {
    return getRow(runtimeOf(this), ctx, id, 'get', options);
  }
  static find(ctx: Context, id: unknown, options?: Terminal): Promise<object | null> {
    return findRow(runtimeOf(this), ctx, id, 'find', options);
  }
  static update(ctx: Context, id: unknown, patch: Record<string, unknown>, options?: UpdateOptions): Promise<object> {
    return updateById(runtimeOf(this), ctx, id, patch, options);
  }
  static createWithId(
    ctx: Context,
    id: unknown,
    values: Record<string, unknown>,
    options?: Terminal,
  ): Promise<{ row: object; created: boolean }> {
    return createRowWithId(runtimeOf(this), ctx, id, values, options);
  }
  static build(values: Record<string, unknown>): object {
    return buildDraft(runtimeOf(this), values);
  }
  static async nextId(ctx: Context, options?: Terminal): Promise<unknown> {
    return (await nextKeys(runtimeOf(this), ctx, 1, options))[0];
  }
  static async nextIds(ctx: Context, count: number, options?: Terminal): Promise<unknown[]> {
    return nextKeys(runtimeOf(this), ctx, count, options);
  }

  save(ctx: Context, options?: { fields?: readonly PropertyKey[]; onlyIfDirty?: boolean; signal?: AbortSignal }): Promise<object> {
    return saveRow(this, ctx, options);
  }
  update(ctx: Context, patch: Record<string, unknown>, options?: Terminal): Promise<object> {
    return updateInstance(this, ctx, patch, options);
  }
  delete(ctx: Context, options?: DeleteOptions): Promise<boolean> {
    return deleteInstance(this, ctx, options);
  }
  refresh(ctx: Context, options?: Terminal): Promise<object> {
    return refreshInstance(this, ctx, options);
  }
  reload(ctx: Context, options?: Terminal): Promise<object> {
    return reloadInstance(this, ctx, options);
  }
  assign(patch: Record<string, unknown>): object {
    return assignInstance(this, patch);
  }
  isDirty(property?: string): boolean {
    const dirty = dirtyProperties(this);
    return property === undefined ? dirty.length > 0 : dirty.includes(property);
  }
  dirtyFields(): string[] {
    return dirtyProperties(this);
  }
  markDirty(property: string): void {
    mark(this, property);
  }
  markClean(property?: string): void {
    unmark(this, property);
  }
  updateReturningPair(ctx: Context, options?: Terminal): Promise<{ old: object; new: object }> {
    return updateInstanceReturningPair(this, ctx, options);
  }
  deleteReturning(ctx: Context, options?: Terminal): Promise<object> {
    return deleteInstanceReturning(this, ctx, options);
  }
}

/**
 * Declares a model: a class to extend, whose instances are the rows of `table`.
 *
 * Shape: `fields` by property name, each from a builder (`f.text()`); `id`, `createdAt` and `updatedAt` come by themselves. Nothing is read or checked
 * here: the descriptor is made at first use, or when a registry is sealed. Fields that name a class in another module, or one that refers back, are getters.
 * The class body takes getters, methods and statics. Rows are built without running its constructor, so it has no fields, and no private members (`#x`).
 * Errors: at first use, MODEL_DEFINITION with a `rule` and, when there are several, all `problems`.
 *
 * @example
 * export class Country extends model('countries', { name: f.text(), population: f.int().nullable() }) {
 *   get label() { return `${this.name} (${this.population ?? '?'})` }
 * }
 */
export function model<const N extends string, F, const T extends boolean = true>(
  table: N,
  fields: F,
  options: ModelOptions<KeylessKind, keyof F, T> & { pk: KeylessKind },
): KeylessModelClass<N, F, T>;
export function model<
  const N extends string,
  F,
  Kind extends string = 'heerIdDesc',
  V = string,
  Supplied extends boolean = false,
  const T extends boolean = true,
>(
  table: N,
  fields: F,
  options?: ModelOptions<KeyKind<Kind, V, Supplied>, keyof F, T>,
): ModelClass<N, F, Id<Kind, V, N>, Supplied extends true ? { id: Id<Kind, V, N> | V } : unknown, T>;
export function model(
  table: string,
  fields: Record<string, unknown>,
  options: ModelOptions<KeyKind<string, unknown, boolean> | KeylessKind, PropertyKey, boolean> = {},
): unknown {
  const hasKey = options.pk === undefined || 'valueKind' in options.pk;
  const base = hasKey ? class extends RowBase {} : class extends KeylessRowBase {};
  Object.defineProperty(base, 'table', { value: table, enumerable: true });
  keepDeclaration(base, { table, fields, options });
  return base;
}
