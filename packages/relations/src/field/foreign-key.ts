// Fields that lead to one row of another model: a key column of this table, and the way over it.

import type { Predicate, ScalarOps } from '@djogi/core';
import { fieldOf, keyTargetOf, type Field, type FieldSpec, type IdOf, type ReferentialAction, type State } from '@djogi/core/extension';
import { sliceProblem } from './slice-problem.ts';

type RowOf<M> = M extends abstract new () => infer Row ? Row : never;

/** What a key has besides: comparison with loaded rows of the target, by the field that it refers to. */
export interface RowEquality<M> {
  eq(row: RowOf<M>): Predicate;
  neq(row: RowOf<M>): Predicate;
  in(rows: readonly RowOf<M>[]): Predicate;
  notIn(rows: readonly RowOf<M>[]): Predicate;
}

/** A key of the model M. `owner: foreignKey(Person)` is the column `owner_id`, the property `ownerId`, and in a bag `v.owner.id` and `v.owner.to`. */
export interface ForeignKeyColumn<M> {
  value: IdOf<M>;
  ops: ScalarOps<IdOf<M>> & RowEquality<M>;
  optional: false;
  nullable: false;
  column: 'id';
  expose: never;
  target: M;
  many: false;
}

type ValueOfField<M, K> = M extends { readonly $fields: infer F } ? (K extends keyof F ? State<F[K]>['value'] : never) : never;

/** A reference to a unique field of M other than its key. */
export interface ForeignKeyToColumn<M, K> {
  value: ValueOfField<M, K>;
  ops: ScalarOps<ValueOfField<M, K>> & RowEquality<M>;
  optional: false;
  nullable: false;
  column: 'id';
  expose: never;
  target: M;
  many: false;
}

export interface ReferenceOptions {
  /**
   * What a delete of the target does to this row: `restrict` (the default) refuses it, `cascade` deletes this row, too, `setNull` and `setDefault` let go of the
   * target, `noAction` refuses it at the end of the statement, or of the transaction where the constraint is deferred.
   */
  readonly onDelete?: ReferentialAction;
  /** The same for a change of the target's key. Default `noAction`. */
  readonly onUpdate?: ReferentialAction;
  /** The constraint may be checked at the end of the transaction: `tx.deferConstraints(...)`. */
  readonly deferrable?: boolean;
  /** It is, unless a transaction asks otherwise. Needs `deferrable`. */
  readonly initiallyDeferred?: boolean;
  /** False: no index is made for the key column, which loading and deleting the other side would use. */
  readonly index?: boolean;
}

/** The key of the other model, and no other field, is what a reference leads to. */
export interface KeyReferenceOptions extends ReferenceOptions {
  readonly to?: never;
}

const OPTIONS = ['onDelete', 'onUpdate', 'deferrable', 'initiallyDeferred', 'index', 'to'];
const ACTIONS: readonly ReferentialAction[] = ['noAction', 'restrict', 'cascade', 'setNull', 'setDefault'];

/** A fact of the arguments that the types could not hold. The field's name is known where it is reported. */
function problemOf(builder: string, target: unknown, options: Record<string, unknown>): NonNullable<FieldSpec['problem']> | undefined {
  const slice = sliceProblem(builder, target);
  if (slice !== undefined) return slice;
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined)
    return { rule: 'unknown_option', message: `${builder} has no option ${unknown}: its options are ${OPTIONS.join(', ')}` };
  const action = (['onDelete', 'onUpdate'] as const).find(
    (name) => options[name] !== undefined && !ACTIONS.includes(options[name] as ReferentialAction),
  );
  return action === undefined ? undefined : { rule: 'on_delete', message: `${builder}: ${action} is one of ${ACTIONS.join(', ')}` };
}

function referenceSpec(builder: string, target: unknown, options: ReferenceOptions & { readonly to?: string }): FieldSpec {
  const { to, onDelete = 'restrict', ...rest } = options,
    problem = problemOf(builder, target, options as Record<string, unknown>);
  return {
    stored: 'key',
    valueKind: () => keyTargetOf(target, to).valueKind,
    reference: { target, targetField: to, onDelete, ...rest },
    ...(problem === undefined ? {} : { problem }),
  };
}

/**
 * A reference to one row of another model, by its key or by another unique field (`to`).
 *
 * A target in another module, or one that refers back, goes in a getter: `get owner() { return foreignKey(Person) }`. Unconstrained on purpose: a constraint would
 * be checked too early inside a reference cycle.
 * Shape: the column `<name>_id`, NOT NULL unless `.nullable()`, an index on it, and a FOREIGN KEY constraint.
 * Errors: at first use, MODEL_DEFINITION with `reference_target` for what is no model or has no single key, `modifier_conflict` for `onDelete: 'setNull'`
 * without `.nullable()`, `on_delete` and `unknown_option`.
 *
 * @example
 * owner: foreignKey(Person, { onDelete: 'cascade' })
 */
export function foreignKey<M>(target: M, options?: KeyReferenceOptions): Field<ForeignKeyColumn<M>>;
export function foreignKey<M, const K extends string>(
  target: M,
  options: ReferenceOptions & { readonly to: K },
): Field<ForeignKeyToColumn<M, K>>;
export function foreignKey(target: unknown, options: ReferenceOptions & { readonly to?: string } = {}): unknown {
  return fieldOf(referenceSpec('foreignKey', target, options));
}

/**
 * A foreign key that no two rows share: `foreignKey` with a UNIQUE constraint. The other side declares it as `hasOne`.
 *
 * @example
 * user: oneToOne(User, { onDelete: 'cascade' })
 */
export function oneToOne<M>(target: M, options?: KeyReferenceOptions): Field<ForeignKeyColumn<M>>;
export function oneToOne<M, const K extends string>(
  target: M,
  options: ReferenceOptions & { readonly to: K },
): Field<ForeignKeyToColumn<M, K>>;
export function oneToOne(target: unknown, options: ReferenceOptions & { readonly to?: string } = {}): unknown {
  // The unique constraint has an index already.
  return fieldOf({ ...referenceSpec('oneToOne', target, { index: false, ...options }), unique: { nullsNotDistinct: false } });
}
