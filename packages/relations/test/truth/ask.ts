// The questions. Each asks the packages in one way or several and a loop over the graph in another, and throws where they differ.

import { evaluate, type Context } from '@djogi/core';
import { query as typedQuery } from '@djogi/query';
import { measureCost } from '@djogi/testing';
import type { Choices } from './choices.ts';
import { shown } from '../support/kinds.ts';
import {
  bagAt,
  expressionOf,
  followed,
  inWords,
  predicateOf,
  randomCondition,
  randomValue,
  truthOf,
  valueOf,
  wayOf,
  type Condition,
  type Way,
} from './condition.ts';
import type { Graph, Node, Row } from './graph.ts';
import {
  chosenRows,
  expectedOf,
  givenOf,
  inOrder,
  isUnordered,
  mostStatements,
  planInWords,
  randomPlan,
  refinedBy,
  sharing,
  type Load,
  type Plan,
} from './plan.ts';

/** The models are no types here. */
const query = (made: unknown): any => typedQuery(made as never);

export class Disagreement extends Error {
  override readonly name = 'Disagreement';
}

function agree(what: string, given: unknown, expected: unknown): void {
  const left = JSON.stringify(given),
    right = JSON.stringify(expected);
  if (left !== right) throw new Disagreement(`${what}\n  given    ${left}\n  expected ${right}`);
}

const ranks = (rows: readonly Row[]): number[] => rows.map((row) => row['rank'] as number).sort((left, right) => left - right);
const byRank = (m: any): unknown => m.rank.asc();

type Ask = (ctx: Context, graph: Graph, choices: Choices) => Promise<number>;

/** Resolve to the number of rows that the answer was about. */
export const QUESTIONS: Readonly<Record<string, Ask>> = {
  async filter(ctx, graph, choices) {
    const node = choices.one(graph.nodes),
      condition = randomCondition(node, choices, 3),
      expected = ranks(node.rows.filter((row) => truthOf(condition, row) === true)),
      set = query(node.model).filter((m: any) => predicateOf(condition, m)),
      what = `${node.name} filter ${inWords(condition)}`;
    agree(what, ranks((await set.fetchAll(ctx)) as Row[]), expected);
    agree(`${what} count`, await set.count(ctx), expected.length);
    agree(`${what} exists`, await set.exists(ctx), expected.length > 0);
    const others = ranks(node.rows.filter((row) => truthOf(condition, row) === false));
    agree(
      `${what} exclude`,
      ranks(
        (await query(node.model)
          .exclude((m: any) => predicateOf(condition, m))
          .fetchAll(ctx)) as Row[],
      ),
      others,
    );
    return expected.length;
  },

  async load(ctx, graph, choices) {
    let plan = randomPlan(choices.one(graph.nodes), choices, 3, 'root');
    if (isUnordered(plan)) plan = ordered(plan);
    const what = planInWords(plan),
      set = refinedBy(plan, query(plan.node.model)),
      expected = chosenRows(plan, plan.node.rows).map((row) => expectedOf(plan, row));
    let rows: Row[] = [];
    const cost = await measureCost(async () => {
      rows = (await set.fetchAll(ctx)) as Row[];
    });
    agree(
      what,
      inOrder(plan, rows).map((row) => givenOf(plan, row)),
      expected,
    );
    if (cost.statements > mostStatements(plan)) throw new Disagreement(`${what}: ${cost.statements} statements`);
    agree(`${what} sharing`, sharing(plan, rows), []);
    if (choices.chance(30)) {
      const size = 1 + choices.below(4);
      const streamed = await ctx.atomic(async (tx) => {
        const all: Row[] = [];
        for await (const row of set.stream(tx, { batchSize: size })) all.push(row as Row);
        return all;
      });
      agree(
        `${what} streamed by ${size}`,
        inOrder(plan, streamed).map((row) => givenOf(plan, row)),
        expected,
      );
    }
    if (choices.chance(30) && plan.limit === null && plan.offset === null) {
      const size = 1 + choices.below(3),
        paged: Row[] = [];
      for (let after: string | null = null, pages = 0; pages === 0 || after !== null; pages++) {
        const page: { rows: Row[]; next: string | null } = await set.fetchPage(ctx, { size, after });
        paged.push(...page.rows);
        after = page.next;
        if (pages > 30) throw new Disagreement(`${what}: pages without end`);
      }
      agree(
        `${what} paged by ${size}`,
        inOrder(plan, paged).map((row) => givenOf(plan, row)),
        expected,
      );
    }
    if (choices.chance(30)) {
      const condition = randomValue(plan.node, choices, 1);
      const beside = (await set.annotate((m: any) => ({ beside: expressionOf(condition, m) })).fetchAll(ctx)) as {
        row: Row;
        beside: unknown;
      }[];
      const placed = inOrder(
        plan,
        beside.map(({ row }) => row),
      );
      agree(
        `${what} annotated`,
        placed.map((row) => givenOf(plan, row)),
        expected,
      );
      const values = new Map(beside.map(({ row, beside: value }) => [row['rank'], value]));
      agree(
        `${what} annotated with ${inWords(condition)}`,
        placed.map((row) => values.get(row['rank'])),
        chosenRows(plan, plan.node.rows).map((row) => valueOf(condition, row)),
      );
    }
    return rows.length;
  },

  async select(ctx, graph, choices) {
    const node = choices.one(graph.nodes),
      condition = choices.chance(50) ? randomCondition(node, choices, 2) : null,
      kept = node.rows.filter((row) => condition === null || truthOf(condition, row) === true),
      set = condition === null ? query(node.model) : query(node.model).filter((m: any) => predicateOf(condition, m));
    const values = [randomValue(node, choices, 2), randomValue(node, choices, 2)];
    // Every field at the end of a path, whatever its kind.
    const { way, end } = wayOf(node, choices, 3),
      fields = ['label', 'code', ...end.kinds];
    const rows = (await set
      .select((m: any) => ({
        ...Object.fromEntries(values.map((value, at) => [`v${at}`, expressionOf(value, m)])),
        ...Object.fromEntries(fields.map((field) => [field, bagAt(way, m)[field]])),
        id: bagAt(way, m).id,
        rank: m.rank,
      }))
      .fetchAll(ctx)) as Row[];
    agree(
      `${node.name} select ${inWords(values)}, ${inWords({ way })}: ${fields.join()}${condition === null ? '' : ` where ${inWords(condition)}`}`,
      rows.toSorted((left, right) => left['rank'] - right['rank']).map((row) => shown({ ...row })),
      kept.map((row) => {
        const at = followed(way, row);
        return shown({
          ...Object.fromEntries(values.map((value, index) => [`v${index}`, valueOf(value, row)])),
          ...Object.fromEntries(fields.map((field) => [field, at?.[field] ?? null])),
          id: at?.['id'] ?? null,
          rank: row['rank'],
        });
      }),
    );
    return rows.length;
  },

  async group(ctx, graph, choices) {
    const node = choices.one(graph.nodes),
      { way } = wayOf(node, choices),
      value = randomValue(node, choices, 0);
    const rows = (await query(node.model)
      .groupBy((m: any) => ({ label: bagAt(way, m).label }))
      .annotate((m: any) => ({ n: m.rank.count(), most: expressionOf(value, m).max() }))
      .fetchAll(ctx)) as Row[];
    const groups = new Map<string | null, Row[]>();
    for (const row of node.rows) {
      const label = (followed(way, row)?.['label'] ?? null) as string | null;
      groups.set(label, [...(groups.get(label) ?? []), row]);
    }
    const expected = [...groups].map(([label, members]) => {
      const numbers = members.map((row) => valueOf(value, row)).filter((n) => n !== null);
      return JSON.stringify([label, members.length, numbers.length === 0 ? null : Math.max(...numbers)]);
    });
    agree(
      `${node.name} group by ${inWords({ way })} max ${inWords(value)}`,
      rows.map((row) => JSON.stringify([row['label'], row['n'], row['most']])).sort(),
      expected.sort(),
    );
    return rows.length;
  },

  async write(ctx, graph, choices) {
    const node = choices.one(graph.nodes),
      condition = randomCondition(node, choices, 2),
      value = randomValue(node, choices, 1),
      expected = node.rows.filter((row) => truthOf(condition, row) === true).map((row) => [row['rank'], valueOf(value, row)]);
    const given = await undone(ctx, async (tx) => {
      const rows = (await query(node.model)
        .filter((m: any) => predicateOf(condition, m))
        .update((m: any) => ({ n: expressionOf(value, m) }))
        .returning(tx)) as Row[];
      return rows.map((row) => [row['rank'], row['n']]).sort((left, right) => (left[0] as number) - (right[0] as number));
    });
    agree(`${node.name} update n = ${inWords(value)} where ${inWords(condition)}`, given, expected);
    return expected.length;
  },

  /** Rows that are loaded as far as the condition looks, by joins and batches alike. */
  async evaluate(ctx, graph, choices) {
    const node = choices.one(graph.nodes),
      condition = randomCondition(node, choices, 3, true),
      plan = planFor(node, waysIn(condition), choices);
    const rows = (await refinedBy(plan, query(node.model)).orderBy(byRank).fetchAll(ctx)) as Row[],
      predicate = query(node.model)
        .filter((m: any) => predicateOf(condition, m))
        .predicate();
    agree(
      `${node.name} evaluate ${inWords(condition)} over ${planInWords(plan)}`,
      rows.map((row) => evaluate(predicate, row)),
      node.rows.map((row) => truthOf(condition, row)),
    );
    return rows.length;
  },
};

/** A plan whose chosen values are in an order. */
const ordered = (plan: Plan): Plan => ({
  ...plan,
  order: plan.order ?? (plan.chosen === null ? null : 'rank'),
  loads: plan.loads.map((load): Load => ({
    ...load,
    rows: load.how === 'batch' ? ordered(load.rows) : { ...load.rows, loads: ordered(load.rows).loads },
  })),
});

/** Undoes what was done. */
async function undone<Result>(ctx: Context, act: (tx: Context) => Promise<Result>): Promise<Result> {
  const stop = new Error('undone');
  let result: Result;
  await ctx
    .atomic(async (tx) => {
      result = await act(tx);
      throw stop;
    })
    .catch((error: unknown) => {
      if (error !== stop) throw error;
    });
  return result!;
}

/** The ways that anything in the condition goes. */
function waysIn(of: unknown): Way[] {
  if (typeof of !== 'object' || of === null) return [];
  if (Array.isArray(of)) return of.flatMap(waysIn);
  const { way, ...rest } = of as { way?: Way };
  return [...(way === undefined ? [] : [way]), ...Object.values(rest).flatMap(waysIn)];
}

function planFor(node: Node, ways: readonly Way[], choices: Choices): Plan {
  const heads = [...new Set(ways.flatMap((way) => way.slice(0, 1)))];
  return {
    node,
    where: null,
    order: null,
    limit: null,
    offset: null,
    chosen: null,
    loads: heads.map((relation) => ({
      relation,
      how: choices.chance(50) ? 'batch' : 'join',
      rows: planFor(
        relation.target,
        ways.filter((way) => way[0] === relation).map((way) => way.slice(1)),
        choices,
      ),
    })),
  };
}

export type { Condition };
