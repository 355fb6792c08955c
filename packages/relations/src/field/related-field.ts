// Fields that lead to the rows on the other side: no column of this table, but a name for what another table's references say.

import { fieldOf, type Field } from '@djogi/core/extension';
import { sliceProblem } from './slice-problem.ts';

export interface HasManyState<M> {
  value: never;
  ops: unknown;
  optional: true;
  nullable: false;
  column: 'none';
  expose: never;
  target: M;
  many: true;
}

export interface HasOneState<M> {
  value: never;
  ops: unknown;
  optional: true;
  nullable: true;
  column: 'none';
  expose: never;
  target: M;
  many: false;
}

/** `From` and `To` are the names of the two references of the model between. */
export interface ManyToManyState<M, J, From, To> extends HasManyState<M> {
  through: J;
  from: From;
  to: To;
}

/**
 * The rows of `target` whose reference `via` leads to this one. `via` is the field as it is declared there: `'owner'`.
 *
 * Shape: in a bag `some`, `every`, `none`, `count` and `aggregate`; on a row after `prefetch`; `related(row).vehicles` is a set. Always a getter, unless the other class is declared above.
 * Errors: at first use, MODEL_DEFINITION with `relation_target` or `relation_via`.
 *
 * @example
 * get vehicles() { return hasMany(Vehicle, 'owner') }
 */
export function hasMany<M>(target: M, via: string): Field<HasManyState<M>> {
  return fieldOf<HasManyState<M>>({ stored: 'none', relation: { kind: 'hasMany', target, via } });
}

/**
 * The one row of `target` whose reference `via`, a `oneToOne`, leads to this one; null where there is none.
 *
 * Shape: in a bag a path, `u.profile.to.bio`, since no row is joined twice.
 * Errors: as `hasMany`; `relation_not_unique` when a registry is sealed and `via` is not unique.
 *
 * @example
 * get profile() { return hasOne(Profile, 'user') }
 */
export function hasOne<M>(target: M, via: string): Field<HasOneState<M>> {
  const problem = sliceProblem('hasOne', target);
  return fieldOf<HasOneState<M>>({
    stored: 'none',
    relation: { kind: 'hasOne', target, via },
    ...(problem === undefined ? {} : { problem }),
  });
}

/**
 * The rows of `target` that the rows of an explicit model between the two lead to: its reference `from` to this model, its reference `to` to the target.
 *
 * Shape: each direction is declared on its own. The model between is an ordinary one, may have fields of its own and is queried like any other.
 * Errors: at first use, MODEL_DEFINITION with `relation_target` or `relation_through`.
 *
 * @example
 * get tags() { return manyToMany(Tag, { through: PostTag, from: 'post', to: 'tag' }) }
 */
export function manyToMany<M, J, const From extends string, const To extends string>(
  target: M,
  { through, from, to }: { readonly through: J; readonly from: From; readonly to: To },
): Field<ManyToManyState<M, J, From, To>> {
  return fieldOf<ManyToManyState<M, J, From, To>>({ stored: 'none', relation: { kind: 'manyToMany', target, through, from, to } });
}
