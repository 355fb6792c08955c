// `visage()`: an audience's view of a model. A field reaches an audience only by being exposed to it, in memory and in SQL alike.

import type { Expr, ValueOf } from '../expr/expression.ts';
import type { FieldState } from '../field/field-state.ts';
import { ModelDefinitionError } from '../error/definition-error.ts';
import { describeWith } from '../model/describe.ts';
import { declarationOf } from '../model/declaration.ts';
import type { fieldsOf } from '../model/model.ts';
import type { ExprsOf, IdOf, Property, State } from '../model/row-type.ts';
import { describeVisage } from './describe-visage.ts';
import { keepVisage } from './declaration.ts';
import { parseVisage, projectRow, visageToJson } from './project.ts';

type Declared = { readonly $fields: any };

/** The key and the timestamps, as far as the model has them. */
type Framework<M> = (M extends { readonly $id: infer I } ? ([I] extends [never] ? unknown : { readonly id: I }) : unknown) &
  (M extends { readonly $stamps: true } ? { readonly createdAt: Date; readonly updatedAt: Date } : unknown);

/** The exposed columns of a row. */
type Shown<F, A> = {
  -readonly [
    K in keyof F as F[K] extends { readonly state: { column: 'none' } }
      ? never
      : A extends State<F[K]>['expose']
        ? Property<K, F[K]>
        : never
  ]: State<F[K]>['value'];
};

/** What a relation is as rows of its peer. */
type Held<S, Row> = S extends { many: infer Many; nullable: infer Nullable }
  ? Many extends true
    ? Row[]
    : Row | (Nullable extends true ? null : never)
  : never;
type RowOf<V> = V extends abstract new () => infer Row ? Row : never;
type Peers<F, P> = { [K in keyof P]: K extends keyof F ? Held<State<F[K]>, RowOf<P[K]>> : never };

/** What a row must be for `from`: with the relations loaded that the peers show. */
export type VisageInput<V> = V extends { readonly $input?: infer Input } ? NonNullable<Input> : RowOf<V>;
type Input<M, P> = RowOf<M> &
  (M extends { readonly $fields: infer F }
    ? { readonly [K in keyof P]: K extends keyof F ? Held<State<F[K]>, VisageInput<P[K]>> : never }
    : unknown);

/** The other model of a relation that is shown by its key alone: nothing leads on from there. */
export interface Hidden {
  readonly $fields: Record<never, never>;
  readonly $id: never;
}
/** A relation as an audience may go over it: to the peer and what it shows, or nowhere, and never to the model between two. */
type Bounded<S extends FieldState, Peer> = S extends { target: any } ? Omit<S, 'target' | 'through'> & { target: Peer } : S;
// Only the state is what expressions are made of; a field's builder has no place here.
type ExposedFields<F, A, P> = {
  [
    K in keyof F as F[K] extends { readonly state: { column: 'none' } }
      ? K extends keyof P
        ? K
        : never
      : A extends State<F[K]>['expose']
        ? K
        : never
  ]: { readonly state: Bounded<State<F[K]>, K extends keyof P ? P[K] : Hidden> };
};

/** Expressions by name, whose values come with each row. */
type Derived = Record<string, Expr<any>>;
type DerivedValues<D> = { readonly [K in keyof D]: D[K] extends Expr<any> ? ValueOf<D[K]> : never };

/** What belongs to a visage beside its fields. */
export interface VisageOptions<M, P, D extends Derived> {
  /** Expressions over the model's row, hidden fields included, whose values this audience sees: a narrower form of a document, a name made of two. */
  readonly derived?: (m: NoInfer<ExprsOf<M>>) => D;
  /** How they are computed in memory, where the expression itself cannot be. Must give what the database gives: `assertDerivedParity` compares. */
  readonly compute?: { readonly [K in keyof NoInfer<D>]?: (row: Input<M, P>) => ValueOf<NoInfer<D>[K]> };
}

/** What every row of a visage has besides its fields. */
export interface VisageRow<F> {
  readonly [fieldsOf]?: F;
  toJSON(): Record<string, unknown>;
}

/** An audience's view of a model: a class to extend, whose instances are plain data. */
export interface VisageClass<M, F, A extends string, P, D> {
  new (): Framework<M> & Shown<F, A> & Peers<F, P> & DerivedValues<D> & VisageRow<ExposedFields<F, A, P>>;
  readonly $fields: ExposedFields<F, A, P>;
  readonly $id: IdOf<M>;
  readonly $stamps: M extends { readonly $stamps: infer T } ? T : false;
  /** In the type only. */
  readonly $input?: Input<M, P>;
  /** The audience. */
  readonly $visage: A;
  /** The table of the model. */
  readonly table: string;
  /**
   * The view of a row in memory. A relation that a peer shows must be loaded, which the type demands. Copies; sends nothing.
   *
   * Errors: VISAGE with `unresolvedRelation`, from untyped code.
   */
  from<T>(this: new () => T, row: Input<M, P>): T;
  /**
   * The view that `JSON.stringify` of one gave, checked and decoded. Keys that the visage does not have are left out.
   *
   * Errors: VALIDATION, with paths such as `author.name`.
   */
  parse<T>(this: new () => T, json: unknown): T;
}

/** The members of every visage. The fields come from the generated constructor. */
class VisageBase {
  static from(row: object): object {
    return projectRow(this, row);
  }
  static parse(json: unknown): object {
    return parseVisage(this, json, '');
  }
  toJSON(): Record<string, unknown> {
    return visageToJson(this);
  }
}

/**
 * Declares an audience's view of a model: a class to extend, with the key, the timestamps and the fields that are exposed to the audience.
 *
 * Shape: `peers` say how an exposed relation is shown, by the visage of the other model, or for `admin` and `selfView` by the model itself; without one a to-one
 * relation is its key, and a to-many relation is not shown. `query(Visage)` selects these columns and no others, and only reads.
 * Errors: MODEL_DEFINITION, at once for what is no model, else at first use: `visage_audience` for an audience that nothing is exposed to, `visage_peer` for a peer of a field that is no
 * exposed relation or of another model, `visage_derived` for a derived field that is no expression or has no form in memory.
 *
 * @example
 * class PersonPublic extends visage(Person, 'public') {}
 * class PostCard extends visage(Post, 'public', { author: PersonPublic }) {}
 */
export function visage<
  M extends Declared & (abstract new () => any),
  const A extends string,
  P = Record<never, never>,
  const D extends Derived = Record<never, never>,
>(model: M, audience: A, peers?: P, options?: VisageOptions<M, P, D>): VisageClass<M, M['$fields'], A, P, D> {
  const declaration = declarationOf(model);
  if (declaration === null)
    throw new ModelDefinitionError(
      'visage_model',
      'A visage is a view of a model class, and its first argument is none. Name a class made with model(), from a module that is loaded before.',
    );
  const base = class extends VisageBase {};
  Object.defineProperty(base, 'table', { value: declaration.table, enumerable: true });
  Object.defineProperty(base, '$visage', { value: audience, enumerable: true });
  keepVisage(base, {
    model,
    audience,
    peers: new Map(Object.entries(peers ?? {})),
    derived: options?.derived,
    compute: options?.compute ?? {},
  });
  describeWith(base, describeVisage);
  return base as unknown as VisageClass<M, M['$fields'], A, P, D>;
}
