// Proxies: a slice of a model under a class of its own. Same table, fields and row type; its own filter, order and hooks.

import { ModelDefinitionError } from '../error/definition-error.ts';
import { declaredNode, rebased } from '../expr/declared.ts';
import type { Order, Predicate } from '../expr/expression.ts';
import type { Node, OrderTerm, Source } from '../expr/node.ts';
import { OrderExpression, predicateNode } from '../expr/operations.ts';
import { unknownKeys } from '../field/argument.ts';
import type { Bag } from './bag.ts';
import { declarationOf, keepDeclaration, keyOf, type Declaration } from './declaration.ts';
import type { Problems } from './problems.ts';
import type { ExprsOf } from './row-type.ts';

/** What a proxy is made with. */
export interface ProxyOptions<M> {
  /** The rows that belong to it. Its values are constants of the SQL text, so that a partial index over the same condition is found. */
  readonly filter?: (m: ExprsOf<M>) => Predicate;
  /** The first sort keys of every query. `orderBy` appends to them. */
  readonly orderBy?: (m: ExprsOf<M>) => Order | readonly Order[];
  /** The name for people. */
  readonly name?: string;
}

/** The condition and the order of a proxy, over any source of its table. */
export interface Slice {
  where(source: Source): Node | null;
  orderBy(source: Source): readonly OrderTerm[];
}

/**
 * Declares a slice of a model: a class to extend, with the parent's table, fields, computed fields, extensions and row members.
 *
 * Shape: every query of it, with its count, exists, update, delete and upsert, carries the filter, and no call can drop it; so do `get`, `find`, `update`
 * by id, `refresh` and `reload`. `create` and what a row writes of itself do not check it. Rows are instances of the proxy's class. The parent's `hooks` and `tableObjects` are not
 * inherited: hooks of the proxy are its own, and a proxy makes no DDL.
 * Errors: MODEL_DEFINITION with `proxy_spec`: at once when the parent is no model; at first use for a proxy of a proxy or of a model without a key, and for a
 * filter or an order that is none.
 *
 * @example
 * export class PublishedPost extends proxy(Post, { filter: p => p.status.eq('published'), orderBy: p => p.publishedAt.desc() }) {}
 */
export function proxy<M extends { readonly $fields: any } & (new () => any)>(parent: M, slice: ProxyOptions<M> = {}): M {
  const declaration = declarationOf(parent);
  if (declaration === null)
    throw new ModelDefinitionError(
      'proxy_spec',
      'A proxy is a slice of a model class, and its parent is none. Name a class made with model(), from a module that is loaded before.',
    );
  const base = class extends (parent as new () => object) {};
  const { name: _name, ...options } = declaration.options;
  keepDeclaration(base, {
    table: declaration.table,
    fields: declaration.fields,
    options: { ...options, ...(slice?.name === undefined ? {} : { name: slice.name }) },
    // The condition of its own kind: a proxy of a proxy is refused where everything else about it is.
    proxy: { parent, slice: slice as ProxyOptions<any>, isNested: declaration.proxy !== undefined },
  });
  return base as unknown as M;
}

const OPTIONS = ['filter', 'orderBy', 'name'];

/** Runs the callbacks over `bag`, whose source is `source`. */
export function describeSlice(
  model: object,
  declaration: Declaration,
  { bag, source, problems }: { bag: Bag; source: Source; problems: Problems },
): Slice | null {
  const { table, proxy: declared } = declaration;
  if (declared === undefined) return null;
  const refuse = (message: string): void => problems.report('proxy_spec', `A proxy of ${table}: ${message}`);
  if (typeof declared.slice !== 'object' || declared.slice === null) {
    refuse('its second argument is an object with filter and orderBy.');
    return null;
  }
  const { filter, orderBy } = declared.slice;
  if (declared.isNested) refuse('its parent is a proxy itself. Name the model.');
  if (!('valueKind' in keyOf(declaration))) refuse('its parent has no single key, and its rows nothing to be addressed by.');
  for (const key of unknownKeys(declared.slice, OPTIONS)) refuse(`there is no option ${key}. The options are ${OPTIONS.join(', ')}.`);
  if (Object.hasOwn(model, 'tableObjects')) refuse('tableObjects belong to the model of the table. A proxy makes no DDL.');
  if (Object.hasOwn(model, 'computed')) refuse('computed fields belong to the model of the table. Its proxies have them, too.');
  const where =
    filter === undefined
      ? null
      : (problems.attempt('proxy_spec', `The filter of a proxy of ${table}`, () =>
          declaredNode(predicateNode(filter(bag as never)), source),
        ) ?? null);
  const order =
    orderBy === undefined
      ? []
      : (problems.attempt('proxy_spec', `The order of a proxy of ${table}`, () => orderTerms(orderBy(bag as never), source)) ?? []);
  return Object.freeze<Slice>({
    where: (to) => (where === null || to === source ? where : rebased(where, to)),
    orderBy: (to) => order.map((term) => ({ ...term, by: rebased(term.by, to) })),
  });
}

function orderTerms(given: Order | readonly Order[], source: Source): OrderTerm[] {
  const orders = Array.isArray(given) ? (given as readonly Order[]) : [given as Order];
  if (orders.length === 0) throw new TypeError('it is empty: leave orderBy out, or name a sort key');
  return orders.map((order) => {
    if (!(order instanceof OrderExpression)) throw new TypeError('it wants .asc() or .desc() of an expression');
    if (order.term.by.kind === 'value') throw new TypeError('ordering by a constant orders nothing');
    return { ...order.term, by: declaredNode(order.term.by, source) };
  });
}
