// What a query loads, at random: as data, as a query, and as what a loop over the graph gives. Every row has its rank, so that every order here is a total one.

import type { Choices } from './choices.ts';
import { shown } from '../support/kinds.ts';
import {
  inWords,
  predicateOf,
  randomCondition,
  randomValue,
  truthOf,
  valueOf,
  expressionOf,
  type Condition,
  type Value,
} from './condition.ts';
import type { Node, Relation, Row } from './graph.ts';

export interface Load {
  readonly relation: Relation;
  readonly how: 'join' | 'batch';
  readonly rows: Plan;
}

export interface Plan {
  readonly node: Node;
  readonly loads: readonly Load[];
  readonly where: Condition | null;
  /** By this first, then by rank. */
  readonly order: { readonly by: Value; readonly descending: boolean; readonly nulls: 'first' | 'last' } | 'rank' | null;
  readonly limit: number | null;
  readonly offset: number | null;
  /** Values in the place of the whole row. */
  readonly chosen: readonly Value[] | null;
}

export function randomPlan(node: Node, choices: Choices, depth: number, at: 'root' | 'join' | 'many' | 'one' | 'required'): Plan {
  const isRefined = at !== 'join',
    chosen =
      (at === 'many' || at === 'one' || at === 'required') && choices.chance(15)
        ? [randomValue(node, choices, 1), randomValue(node, choices, 0)]
        : null;
  const loads: Load[] = [];
  if (chosen === null && depth > 0)
    for (const relation of node.relations) {
      if (!choices.chance(depth === 1 ? 35 : 50)) continue;
      const how = relation.isMany || choices.chance(45) ? 'batch' : 'join',
        inner = how === 'join' ? 'join' : relation.isMany ? 'many' : relation.isNullable ? 'one' : 'required';
      // What is below a join can be joined or brought by a batch of its own.
      loads.push({ relation, how, rows: randomPlan(relation.target, choices, depth - 1, inner) });
    }
  const order =
    isRefined && choices.chance(60)
      ? choices.chance(60)
        ? ({ by: randomValue(node, choices, 1), descending: choices.chance(50), nulls: choices.one(['first', 'last'] as const) } as const)
        : ('rank' as const)
      : null;
  const isCut = order !== null && (at === 'many' || at === 'root');
  return {
    node,
    loads,
    where: isRefined && at !== 'required' && choices.chance(50) ? randomCondition(node, choices, 2) : null,
    order,
    limit: isCut && choices.chance(50) ? choices.below(4) : null,
    offset: isCut && choices.chance(25) ? choices.below(3) : null,
    chosen,
  };
}

export const planInWords = ({ node, loads, where, order, limit, offset, chosen }: Plan): string =>
  `${node.name}${where === null ? '' : ` where ${inWords(where)}`}${order === null ? '' : ` order ${inWords(order)}`}${limit === null ? '' : ` limit ${limit}`}${offset === null ? '' : ` offset ${offset}`}${chosen === null ? '' : ` select ${inWords(chosen)}`}${loads.length === 0 ? '' : ` { ${loads.map(({ relation, how, rows }) => `${how} ${relation.name} (${relation.kind}): ${planInWords(rows)}`).join('; ')} }`}`;

// As a query.

export function refinedBy(plan: Plan, set: any): any {
  const { loads, where, order, limit, offset, chosen } = plan;
  let refined = set;
  if (where !== null) refined = refined.filter((m: any) => predicateOf(where, m));
  for (const { relation, how, rows } of loads)
    refined =
      how === 'join'
        ? refined.selectRelated(relation.name, (inner: any) => refinedBy(rows, inner))
        : refined.prefetch(relation.name, (inner: any) => refinedBy(rows, inner));
  if (order === 'rank') refined = refined.orderBy((m: any) => m.rank.asc());
  else if (order !== null)
    refined = refined.orderBy((m: any) => {
      const by = expressionOf(order.by, m),
        term = order.descending ? by.desc() : by.asc();
      return [order.nulls === 'first' ? term.nullsFirst() : term.nullsLast(), m.rank.asc()];
    });
  if (limit !== null) refined = refined.limit(limit);
  if (offset !== null) refined = refined.offset(offset);
  if (chosen !== null)
    refined = refined.select((m: any) => Object.fromEntries(chosen.map((value, at) => [`v${at}`, expressionOf(value, m)])));
  return refined;
}

/** The statements that the plan costs at most: one for the rows, and one for each batch. */
export const mostStatements = ({ loads }: Plan): number =>
  loads.reduce((sum, { how, rows }) => sum + (how === 'join' ? mostStatements(rows) - 1 : mostStatements(rows)), 1);

// By hand.

const compare = (left: number, right: number): number => (left < right ? -1 : left > right ? 1 : 0);

export function chosenRows({ where, order, limit, offset }: Plan, rows: readonly Row[]): Row[] {
  const kept = rows.filter((row) => where === null || truthOf(where, row) === true);
  const placed = kept.map((row) => ({ row, key: order === null || order === 'rank' ? 0 : valueOf(order.by, row) }));
  placed.sort((left, right) => {
    if (order !== null && order !== 'rank' && left.key !== right.key) {
      if (left.key === null || right.key === null) return (left.key === null) === (order.nulls === 'first') ? -1 : 1;
      return order.descending ? -compare(left.key, right.key) : compare(left.key, right.key);
    }
    return compare(left.row['rank'] as number, right.row['rank'] as number);
  });
  const from = offset ?? 0;
  return placed.map(({ row }) => row).slice(from, limit === null ? undefined : from + limit);
}

/** A row with what the plan loads, as something to be compared. */
export function expectedOf(plan: Plan, row: Row): unknown {
  if (plan.chosen !== null) return Object.fromEntries(plan.chosen.map((value, at) => [`v${at}`, shown(valueOf(value, row))]));
  const result = columnsOf(row);
  for (const { relation, rows } of plan.loads) {
    const targets = chosenRows(rows, relation.follow(row)).map((target) => expectedOf(rows, target));
    result[relation.name] = relation.isMany ? targets : (targets[0] ?? null);
  }
  return result;
}

const columnsOf = (row: Row): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, shown(value)]));

/** What came back, in the same form. Lists without an order of their own are put in that of the ranks. */
export function givenOf(plan: Plan, row: Row): unknown {
  if (plan.chosen !== null) return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, shown(value)]));
  const names = new Set(plan.loads.map(({ relation }) => relation.name)),
    result = columnsOf(Object.fromEntries(Object.entries(row).filter(([name]) => !names.has(name))));
  for (const { relation, rows } of plan.loads) {
    const held = row[relation.name] as Row[] | Row | null | undefined;
    if (held === undefined) result[relation.name] = 'not loaded';
    else if (held === null) result[relation.name] = null;
    else if (Array.isArray(held)) result[relation.name] = inOrder(rows, held).map((one) => givenOf(rows, one));
    else result[relation.name] = givenOf(rows, held);
  }
  return result;
}

export const inOrder = ({ order, chosen }: Plan, rows: readonly Row[]): readonly Row[] =>
  order !== null || chosen !== null ? rows : rows.toSorted((left, right) => compare(left['rank'] as number, right['rank'] as number));

/** Chosen values without an order: nobody can say which came first. */
export const isUnordered = (plan: Plan): boolean =>
  (plan.chosen !== null && plan.order === null) ||
  plan.loads.some(({ relation, rows }) => relation.isMany && isUnordered(rows)) ||
  plan.loads.some(({ relation, rows }) => !relation.isMany && rows.chosen === null && isUnordered(rows));

/** The rows of one relation that were loaded together and are the same row are one object. Empty when that holds. */
export function sharing(plan: Plan, rows: readonly Row[]): string[] {
  const problems: string[] = [];
  for (const { relation, rows: inner } of plan.loads) {
    if (inner.chosen !== null) continue;
    const known = new Map<string, Row>(),
      held = rows.flatMap((row) => (row[relation.name] ?? []) as Row | Row[]);
    for (const target of held) {
      const id = String(target['id']),
        before = known.get(id);
      if (before !== undefined && before !== target) problems.push(`${relation.name}: ${id} is there twice`);
      known.set(id, target);
    }
    problems.push(...sharing(inner, [...new Set(held)]));
  }
  return problems;
}
