// `related(row)`: what lies around one row, each relation a set of its own. Nothing is sent before a terminal of one of them.

import { relationOf, type fieldsOf, type ModelRuntime, type State } from '@djogi/core/extension';
import type { AnyModelClass, QuerySet, ReadSet } from '@djogi/query';
import { JunctionRows, linkedRows, type JunctionSet } from './junction-set.ts';
import { holds, ownKey, runtimeOfRow, setOf } from './match.ts';

/** The set of a relation around one row. Of a visage, that of its peer, which is only read. */
export type Around<S> = S extends {
  target: infer T extends AnyModelClass;
  through: infer J extends { readonly $fields: any };
  from: infer From;
  to: infer To;
}
  ? JunctionSet<T, J, From, To>
  : S extends { target: infer T extends AnyModelClass }
    ? T extends { readonly $visage: string }
      ? ReadSet<T, InstanceType<T>>
      : QuerySet<T, InstanceType<T>>
    : never;

/** The relations of a row by their names. One that is shown by its key alone leads nowhere, and is not there. */
export type AroundRow<F> = {
  readonly [K in keyof F as F[K] extends { readonly state: { target: abstract new () => any } } ? K : never]: Around<State<F[K]>>;
};

/**
 * The rows around one row: a set for each relation, which is refined and fetched as any other. A to-one relation is a set of at most one row, and `none()` where
 * its key is null; a many-to-many relation has its set in `rows()`, and writes besides.
 *
 * Shape: of a row of a visage the sets are those of the peers, and only read.
 * Errors: VALIDATION with `row` for what is no row, `relation` for a name that is none, `relation_key` for a row without the value that the relation is found by.
 * Cost: nothing is sent before a terminal, and nothing is kept: each terminal is a statement. In a loop over rows, load the relation with the rows instead.
 *
 * @example
 * const recent = await related(person).vehicles.filter(v => v.year.gte(2020)).fetchAll(ctx);
 * await related(post).tags.add(ctx, tag, { weight: 2 });
 */
export function related<F>(row: { readonly [fieldsOf]?: F }): AroundRow<F> {
  const runtime = runtimeOfRow(row, 'related');
  return new Proxy({} as AroundRow<F> & object, {
    get(target, name, receiver): unknown {
      if (typeof name === 'symbol' || name === 'then' || name === 'toJSON') return Reflect.get(target, name, receiver);
      return around(runtime, row, name);
    },
  });
}

function around(runtime: ModelRuntime, row: object, name: string): unknown {
  const relation = relationOf(runtime, name),
    { through } = relation,
    key = ownKey(relation, row, runtime);
  if (through !== null)
    return runtime.visage === null ? new JunctionRows(runtime, relation, through, key) : linkedRows(relation, through, key);
  return key === null ? setOf(relation.model).none() : setOf(relation.model).filter(holds(relation.remote, key));
}
