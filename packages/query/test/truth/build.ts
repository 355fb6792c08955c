// A question as the packages are asked it, through what an application imports. Which expression is where is only known here, so that the types are out of the way.

import {
  allOf,
  anyOf,
  arrayAgg,
  bitAnd,
  bitOr,
  bitXor,
  boolAnd,
  boolOr,
  countAll,
  cumeDist,
  cumeDistOf,
  denseRank,
  denseRankOf,
  exists,
  firstValue,
  grouping,
  lag,
  lastValue,
  lead,
  mode,
  nthValue,
  ntile,
  percentileCont,
  percentileDisc,
  percentRank,
  percentRankOf,
  rank,
  rankOf,
  regrCount,
  rowNumber,
  stringAgg,
  variance,
  varPop,
} from '@djogi/core';
import { query } from '../../src/index.ts';
import { OPERATIONS } from './operations.ts';
import type { Key, Question, Rows, Tail, Term, WindowTerm, Write } from './term.ts';
import { toJs, type Placing } from './value.ts';
import type { World } from './world.ts';

/** What callbacks received, outermost query first. */
type Bags = readonly any[];

const untypedFunctions: Readonly<Record<string, (...args: any[]) => any>> = {
  arrayAgg,
  bitAnd,
  bitOr,
  bitXor,
  boolAnd,
  boolOr,
  mode,
  percentileCont: (of, fraction, direction) => percentileCont(fraction, of, direction),
  percentileDisc: (of, fraction, direction) => percentileDisc(fraction, of, direction),
  rankOf: (of, value, direction) => rankOf(value, of, direction),
  denseRankOf: (of, value, direction) => denseRankOf(value, of, direction),
  percentRankOf: (of, value, direction) => percentRankOf(value, of, direction),
  cumeDistOf: (of, value, direction) => cumeDistOf(value, of, direction),
  regrCount: (of, other) => regrCount(of, other),
  stringAgg,
  variance,
  varPop,
  rowNumber,
  rank,
  denseRank,
  percentRank,
  cumeDist,
  ntile,
  lag,
  lead,
  firstValue,
  lastValue,
  nthValue,
};

export class Building {
  readonly #world: World;
  constructor(world: World) {
    this.#world = world;
  }

  /** `own` is what terms of a later step refer to: outputs by place, keys by place. */
  expression(term: Term, bags: Bags, own: { readonly outputs?: readonly any[]; readonly keys?: readonly any[] } = {}): any {
    const build = (part: Term): any => this.expression(part, bags, own);
    switch (term.op) {
      case 'column':
        return bags[bags.length - 1 - term.column!.at][term.column!.name];
      case 'output':
        return own.outputs![term.values![0] as number];
      case 'key':
        return own.keys![term.values![0] as number];
      case 'grouping':
        return grouping(...own.keys!);
      case 'exists':
        return exists(this.rows(term.rows!, bags));
      case 'inRows':
        return build(term.args[0]!).in(this.#column(term, bags));
      case 'notInRows':
        return build(term.args[0]!).notIn(this.#column(term, bags));
      case 'anyOf':
      case 'allOf': {
        const rows = this.#column(term, bags);
        return build(term.args[0]!)[term.values![0] as string](term.op === 'anyOf' ? anyOf(rows) : allOf(rows));
      }
      case 'scalar':
      case 'total':
        return this.rows(term.rows!, bags).asScalar((bag: any) => this.expression(term.args[0]!, [...bags, bag]));
      case 'aggregate':
      case 'windowed':
        return this.#aggregate(term, build);
      default:
        return OPERATIONS[term.op]!.build(term.args.map(build), term);
    }
  }

  #column({ rows, args }: Term, bags: Bags): any {
    return this.rows(rows!, bags).asSubquery((bag: any) => this.expression(args[1]!, [...bags, bag]));
  }

  #aggregate(term: Term, build: (part: Term) => any): any {
    const { name, filter, isDistinct, orderBy } = term.aggregate!,
      args = term.args.map(build);
    const values = (term.values ?? []).map((value, at) =>
      at === 0 && name.endsWith('Of') ? toJs(term.args[0]!.type, value as never) : value,
    );
    let built: any;
    if (name === 'countAll') built = countAll();
    else if (name === 'avgExact') built = args[0].avg({ exact: true });
    else if (name in untypedFunctions)
      built = untypedFunctions[name]!(
        ...(name === 'lag' || name === 'lead' ? [args[0], ...values, ...args.slice(1)] : [...args, ...values]),
      );
    else built = args[0][name]();
    if (isDistinct) built = built.distinct();
    if (filter !== null) built = built.filter(build(filter));
    if (orderBy.length > 0) built = built.orderBy(...orderBy.map((key) => orderOf(key, build(key.by))));
    return term.window === undefined ? built : built.over(windowOf(term.window, build));
  }

  /** The set, or the shared one, refined. */
  rows({ table, isShared, where, orderBy, distinct, limit, offset }: Rows, bags: Bags = []): any {
    let set: any = isShared ? this.#world.tables[table]!.shared : query(this.#world.tables[table]!.model);
    for (const { isExcluded, terms } of where)
      set = set[isExcluded ? 'exclude' : 'filter'](...terms.map((term) => (bag: any) => this.expression(term, [...bags, bag])));
    if (distinct === 'all') set = set.distinct();
    // Said first, the sort keys are those of the same expressions.
    let chosen: any[] = [];
    if (Array.isArray(distinct))
      set = set.distinctOn((bag: any) => (chosen = distinct.map((term) => this.expression(term, [...bags, bag]))));
    if (orderBy.length > 0)
      set = set.orderBy((bag: any) =>
        orderBy.map((key) => {
          const at = Array.isArray(distinct) ? distinct.indexOf(key.by) : -1;
          return orderOf(key, at < 0 ? this.expression(key.by, [...bags, bag]) : chosen[at]);
        }),
      );
    return paged(set, { limit, offset });
  }

  /** The query, which is nothing but `aggregate` where it is one: that is a terminal. */
  question(question: Question): any {
    switch (question.kind) {
      case 'rows':
      case 'aggregate':
        return this.rows(question);
      case 'combine': {
        const { operator, arms, tail } = question,
          [first, ...others] = arms.map((arm) => this.question(arm));
        let set = first[operator](...others);
        if (tail.orderBy.length > 0)
          set = set.orderBy((columns: any) => tail.orderBy.map(({ name, ...placing }) => ordered(placing, columns[name])));
        return paged(set, tail);
      }
      case 'write': {
        const { assignments, isPlain } = question,
          set = this.rows(question);
        if (assignments === null) return set.delete();
        const patch = (bags: Bags): object => Object.fromEntries(assignments.map(({ name, to }) => [name, this.expression(to, bags)]));
        return set.update(isPlain ? patch([]) : (bag: any) => patch([bag]));
      }
      case 'select': {
        const { terms, isTuple, orderBy, ...rest } = question;
        const isDistinct = question.distinct === 'all';
        let built: any[] = [];
        let set = this.rows({
          ...rest,
          orderBy: isDistinct ? [] : orderBy,
          distinct: isDistinct ? 'none' : rest.distinct,
          limit: undefined,
          offset: undefined,
        });
        const chosen = (bag: any): any[] => (built = terms.map((term) => this.expression(term, [bag])));
        set = isTuple ? set.selectTuple(chosen) : set.select((bag: any) => named(chosen(bag)));
        if (isDistinct) {
          set = set.distinct();
          if (orderBy.length > 0) set = set.orderBy(() => orderBy.map((key) => orderOf(key, built[terms.indexOf(key.by)])));
        }
        return paged(set, question);
      }
      case 'annotate': {
        const { terms, qualify, tail } = question;
        let set = this.rows(question).annotate((bag: any) => named(terms.map((term) => this.expression(term, [bag]))));
        for (const term of qualify)
          set = set.qualify((outputs: any) => this.expression(term, [], { outputs: terms.map((_, at) => outputs[`v${at}`]) }));
        if (tail.orderBy.length > 0)
          set = set.orderBy((bag: any) =>
            tail.orderBy.map((key) => orderOf(key, this.expression(key.by, [bag], { outputs: terms.map((_, at) => bag[`v${at}`]) }))),
          );
        return paged(set, tail);
      }
      case 'group': {
        const { grouping: shape, keys, sets, terms, having, tail } = question;
        const names = sets.map((set) => set.map((at) => `k${at}`));
        const outputsOf = (given: any): any[] => [...keys.map((_, at) => given[`k${at}`]), ...terms.map((_, at) => given[`v${at}`])];
        const keysOf = (bag: any): object => Object.fromEntries(keys.map((key, at) => [`k${at}`, this.expression(key, [bag])]));
        let set = this.rows(question)
          [shape](keysOf, ...(shape === 'groupingSets' ? [names] : []))
          .annotate((bag: any, given: any) =>
            named(terms.map((term) => this.expression(term, [bag], { keys: keys.map((_, at) => given[`k${at}`]) }))),
          );
        if (having !== null) set = set.having((given: any) => this.expression(having, [], { outputs: outputsOf(given) }));
        if (tail.orderBy.length > 0)
          set = set.orderBy((given: any) =>
            tail.orderBy.map((key) => orderOf(key, this.expression(key.by, [], { outputs: outputsOf(given) }))),
          );
        return paged(set, tail);
      }
    }
  }

  /** What `returning` is given. */
  returned({ terms, oldTerms }: Write): (bag: any, old: any) => any {
    return (bag, old) =>
      named([...terms.map((term) => this.expression(term, [bag])), ...oldTerms.map((term) => this.expression(term, [old]))]);
  }

  /** What `aggregate` is given. */
  totals({ terms, isSingle }: Question & { kind: 'aggregate' }): (bag: any) => any {
    return (bag) => (isSingle ? this.expression(terms[0]!, [bag]) : named(terms.map((term) => this.expression(term, [bag]))));
  }
}

const named = (expressions: readonly any[]): object => Object.fromEntries(expressions.map((expression, at) => [`v${at}`, expression]));

const orderOf = (key: Key, by: any): any => ordered(key, by);
function ordered({ direction, nulls }: Placing, by: any): any {
  const order = by[direction]();
  return nulls === undefined ? order : nulls === 'first' ? order.nullsFirst() : order.nullsLast();
}

function windowOf({ partitionBy, orderBy, frame }: WindowTerm, build: (part: Term) => any): any {
  return {
    ...(partitionBy.length === 0 ? {} : { partitionBy: partitionBy.map(build) }),
    ...(orderBy.length === 0 ? {} : { orderBy: orderBy.map((key) => orderOf(key, build(key.by))) }),
    ...(frame === null ? {} : { frame }),
  };
}

function paged(set: any, { limit, offset }: Pick<Tail, 'limit' | 'offset'>): any {
  let found = set;
  if (limit !== undefined) found = found.limit(limit);
  if (offset !== undefined) found = found.offset(offset);
  return found;
}
