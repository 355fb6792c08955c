// Indexes, unique constraints, checks and exclusions: static members of the finished class, so that a reference cycle cannot bite. Their callbacks run
// when the descriptor is made.

import type { Expr, Order, Predicate } from '../expr/expression.ts';
import type { IndexMethod } from '../field/field-spec.ts';
import type { ExprsOf } from './row-type.ts';

type Declared = { readonly $fields: any };

/** Options of an index over a bag of expressions. */
export interface IndexFacts<Bag> {
  /** Makes it unique: a constraint where Postgres can hold it as one, else a unique index. */
  readonly unique?: boolean;
  /** Default btree. */
  readonly using?: IndexMethod;
  /** A partial index. */
  readonly where?: (m: Bag) => Predicate;
  /** Further columns that the index carries. */
  readonly include?: (m: Bag) => readonly Expr<any>[];
  /** With `unique`: two NULLs collide. */
  readonly nullsNotDistinct?: boolean;
  /** Built by migrations without blocking writers. */
  readonly concurrently?: boolean;
  /** Default: `<table>_<columns>_idx`, `_key` or `_uidx`. */
  readonly name?: string;
}

export interface IndexOptions<M> extends IndexFacts<ExprsOf<M>> {}

/** Options of an exclusion over a bag of expressions. */
export interface ExclusionFacts<Bag> {
  readonly where?: (m: Bag) => Predicate;
  readonly deferrable?: boolean;
  readonly initiallyDeferred?: boolean;
}

export interface ExclusionOptions<M> extends ExclusionFacts<ExprsOf<M>> {}

/** A column or expression with an operator class: `opclass(p.name, 'text_pattern_ops')`. */
export interface OpclassElement {
  readonly kind: 'opclass';
  readonly of: Expr<any> | Order;
  readonly opclass: string;
}

/** What `static readonly tableObjects` lists. `describe` runs the callbacks, whose bags were typed by the model where they were written: here they are of any. */
export type TableObject =
  | { readonly kind: 'index'; readonly model: unknown; readonly on: (bag: any) => readonly unknown[]; readonly options: IndexFacts<any> }
  | { readonly kind: 'check'; readonly model: unknown; readonly name: string; readonly holds: (bag: any) => Predicate }
  | {
      readonly kind: 'exclusion';
      readonly model: unknown;
      readonly name: string;
      readonly using: IndexMethod;
      readonly elements: (bag: any) => readonly ExclusionElement[];
      readonly options: ExclusionFacts<any>;
    };

export interface ExclusionElement {
  readonly of: Expr<any>;
  readonly with: string;
}

/**
 * An index over columns and expressions, in order.
 *
 * @example
 * index(Post, p => [p.authorId, p.publishedAt.desc()], { where: p => p.status.eq('published') })
 */
export function index<M extends Declared>(
  model: M,
  on: (m: ExprsOf<M>) => readonly (Expr<any> | Order | OpclassElement)[],
  options: IndexOptions<M> = {},
): TableObject {
  return Object.freeze({ kind: 'index', model, on, options });
}

/** A unique constraint, or a unique index where a constraint cannot say it (partial, expression, descending, covering, operator class). */
export function unique<M extends Declared>(
  model: M,
  on: (m: ExprsOf<M>) => readonly (Expr<any> | Order | OpclassElement)[],
  options: Omit<IndexOptions<M>, 'unique'> = {},
): TableObject {
  return Object.freeze({ kind: 'index', model, on, options: { ...options, unique: true } });
}

/** A CHECK over the row, named `<table>_<name>_check`. */
export function check<M extends Declared>(model: M, name: string, holds: (m: ExprsOf<M>) => Predicate): TableObject {
  return Object.freeze({ kind: 'check', model, name, holds });
}

/** An EXCLUDE constraint: no two rows for which every pair of elements compares true with its operator. */
export function exclude<M extends Declared>(
  model: M,
  name: string,
  using: IndexMethod,
  elements: (m: ExprsOf<M>) => readonly ExclusionElement[],
  options: ExclusionOptions<M> = {},
): TableObject {
  return Object.freeze({ kind: 'exclusion', model, name, using, elements, options });
}

/** An element of an index with an operator class. */
export function opclass(of: Expr<any> | Order, name: string): OpclassElement {
  return Object.freeze({ kind: 'opclass', of, opclass: name });
}
