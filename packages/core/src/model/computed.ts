// Computed fields: named expressions over a row, in every bag and on no row. A static member of the finished class; the callback runs once, when the
// descriptor is made.

import type { Expr } from '../expr/expression.ts';
import { declaredNode } from '../expr/declared.ts';
import type { Node, Source } from '../expr/node.ts';
import { isExpression, nodeOf } from '../expr/operations.ts';
import { renderLiteral } from '../expr/render.ts';
import type { Bag } from './bag.ts';
import { RESERVED_PROPERTIES } from './describe-field.ts';
import type { ComputedDescriptor } from './descriptor.ts';
import type { Problems } from './problems.ts';
import type { BaseExprs } from './row-type.ts';

/** What `static readonly computed` holds. `$expressions` exists in the type only. */
export interface Computed<Expressions> {
  readonly kind: 'computed';
  readonly model: unknown;
  readonly shape: (bag: any) => unknown;
  readonly $expressions?: Expressions;
}

/**
 * Declares a model's computed fields: expressions over its stored fields, not over each other.
 *
 * Shape: each is in every bag of the model (`filter`, `orderBy`, `select`, indexes, checks) as the expression it stands for, and in no row, create or patch.
 * It can be evaluated in memory where its expression can. Values in it are constants of the SQL text, so that an index over it is found.
 * Errors: at first use, MODEL_DEFINITION with `computed_name` for a name that is taken, and `computed_spec` for what is no expression over one row.
 *
 * @example
 * static readonly computed = computed(Post, p => ({ searchable: p.title.concat(' ', p.slug).lower() }));
 */
export function computed<M extends { readonly $fields: any }, const C extends Record<string, Expr<any>>>(
  model: M,
  shape: (m: NoInfer<BaseExprs<M>>) => C,
): Computed<C> {
  return Object.freeze({ kind: 'computed', model, shape });
}

/** A described computed field. `node` is over the source that it was described with. */
export interface ComputedField {
  readonly name: string;
  readonly node: Node;
}

/** Runs the callback over `bag`, whose source is `source`. `taken` are the names of the fields and of their properties. */
export function describeComputed(
  table: string,
  model: unknown,
  { bag, source, taken, problems }: { bag: Bag; source: Source; taken: ReadonlySet<string>; problems: Problems },
): ComputedField[] {
  if (!Object.hasOwn(model as object, 'computed')) return [];
  const declared = (model as { computed?: Partial<Computed<unknown>> | null }).computed;
  if (declared?.kind !== 'computed' || declared.model !== model || typeof declared.shape !== 'function') {
    problems.report('computed_spec', `${table}: the static member computed must be computed(${table}'s class, m => ({ ... })).`);
    return [];
  }
  const { shape } = declared;
  const expressions = problems.attempt('computed_spec', `The computed fields of ${table}`, () => {
    const given = shape(bag);
    if (typeof given !== 'object' || given === null || isExpression(given))
      throw new TypeError('an object of expressions by name is wanted');
    return given;
  });
  return Object.entries(expressions ?? {}).flatMap(([name, expression]) => {
    if (taken.has(name) || name === '' || RESERVED_PROPERTIES.has(name)) {
      problems.report(
        'computed_name',
        `${table}: a computed field cannot be named ${JSON.stringify(name)}: a field or every row has that name. Give it another.`,
        name,
      );
      return [];
    }
    const node = problems.attempt(
      'computed_spec',
      `The computed field ${name} of ${table}`,
      () => declaredNode(nodeOf(expression as object), source),
      name,
    );
    return node === undefined ? [] : [{ name, node }];
  });
}

export function computedDescriptor({ name, node }: ComputedField): ComputedDescriptor {
  return { name, kind: node.valueKind.name, sqlType: node.valueKind.sqlType, expression: renderLiteral(node) };
}
