// Conditions and values over rows and what they lead to: as data, as an expression, and as what a loop over the graph gives. A row that is not there is null.

import { and, caseWhen, coalesce, not, or } from '@djogi/core';
import type { Choices } from './choices.ts';
import type { Node, Relation, Row } from './graph.ts';

/** The way to a row: relations to one. */
export type Way = readonly Relation[];

export type Value =
  | { readonly of: 'n'; readonly way: Way }
  | { readonly of: 'rank'; readonly way: Way }
  | { readonly of: 'count'; readonly way: Way; readonly relation: Relation; readonly where: Condition | null }
  | { readonly of: 'aggregate'; readonly way: Way; readonly relation: Relation; readonly name: 'max' | 'min' | 'sum'; readonly inner: Way }
  | { readonly of: 'coalesce'; readonly value: Value; readonly otherwise: number }
  | { readonly of: 'case'; readonly when: Condition; readonly value: Value; readonly otherwise: number };

export type Condition =
  | { readonly is: 'compared'; readonly value: Value; readonly by: 'eq' | 'neq' | 'gt' | 'lte'; readonly to: number }
  | { readonly is: 'between'; readonly value: Value; readonly low: number; readonly high: number }
  | { readonly is: 'both'; readonly left: Value; readonly right: Value }
  | { readonly is: 'in' | 'notIn'; readonly value: Value; readonly list: readonly number[] }
  | { readonly is: 'null' | 'notNull'; readonly value: Value }
  | { readonly is: 'distinct'; readonly value: Value; readonly from: number }
  | { readonly is: 'label'; readonly way: Way; readonly label: string }
  | { readonly is: 'flag'; readonly way: Way }
  | { readonly is: 'keyNull'; readonly way: Way; readonly relation: Relation }
  | { readonly is: 'some' | 'none' | 'every'; readonly way: Way; readonly relation: Relation; readonly where: Condition | null }
  | { readonly is: 'and' | 'or'; readonly all: readonly Condition[] }
  | { readonly is: 'not'; readonly of: Condition }
  | { readonly is: 'isTrue'; readonly of: Condition };

type Truth = boolean | null;

// What a loop gives.

export const followed = (way: Way, row: Row | null): Row | null =>
  way.reduce<Row | null>((at, relation) => (at === null ? null : (relation.follow(at)[0] ?? null)), row);

export function valueOf(value: Value, row: Row | null): number | null {
  switch (value.of) {
    case 'n':
    case 'rank':
      return (followed(value.way, row)?.[value.of] ?? null) as number | null;
    case 'count': {
      const at = followed(value.way, row);
      return at === null ? 0 : related(value, at).length;
    }
    case 'aggregate': {
      const at = followed(value.way, row);
      const numbers = (at === null ? [] : value.relation.follow(at))
        .map((one) => (followed(value.inner, one)?.['n'] ?? null) as number | null)
        .filter((n) => n !== null);
      if (numbers.length === 0) return null;
      return value.name === 'sum' ? numbers.reduce((sum, n) => sum + n, 0) : Math[value.name](...numbers);
    }
    case 'coalesce':
      return valueOf(value.value, row) ?? value.otherwise;
    default:
      return truthOf(value.when, row) === true ? valueOf(value.value, row) : value.otherwise;
  }
}

const related = ({ relation, where }: { relation: Relation; where: Condition | null }, row: Row): Row[] =>
  relation.follow(row).filter((one) => where === null || truthOf(where, one) === true);

export function truthOf(condition: Condition, row: Row | null): Truth {
  switch (condition.is) {
    case 'compared': {
      const value = valueOf(condition.value, row),
        { to } = condition;
      if (value === null) return null;
      return condition.by === 'eq'
        ? value === to
        : condition.by === 'neq'
          ? value !== to
          : condition.by === 'gt'
            ? value > to
            : value <= to;
    }
    case 'between': {
      const value = valueOf(condition.value, row);
      return value === null ? null : value >= condition.low && value <= condition.high;
    }
    case 'both': {
      const left = valueOf(condition.left, row),
        right = valueOf(condition.right, row);
      return left === null || right === null ? null : left < right;
    }
    case 'in':
    case 'notIn': {
      const value = valueOf(condition.value, row);
      if (condition.list.length === 0) return condition.is === 'notIn';
      return value === null ? null : condition.list.includes(value) === (condition.is === 'in');
    }
    case 'null':
      return valueOf(condition.value, row) === null;
    case 'notNull':
      return valueOf(condition.value, row) !== null;
    case 'distinct':
      return valueOf(condition.value, row) !== condition.from;
    case 'label': {
      const at = followed(condition.way, row);
      return at === null ? null : at['label'] === condition.label;
    }
    case 'flag':
      return (followed(condition.way, row)?.['flag'] ?? null) as Truth;
    case 'keyNull': {
      const at = followed(condition.way, row);
      return at === null || condition.relation.follow(at).length === 0;
    }
    case 'some':
    case 'none': {
      const at = followed(condition.way, row);
      return (at !== null && related(condition, at).length > 0) === (condition.is === 'some');
    }
    case 'every': {
      const at = followed(condition.way, row);
      return at === null || condition.relation.follow(at).every((one) => truthOf(condition.where!, one) === true);
    }
    case 'and': {
      const all = condition.all.map((one) => truthOf(one, row));
      return all.includes(false) ? false : all.includes(null) ? null : true;
    }
    case 'or': {
      const all = condition.all.map((one) => truthOf(one, row));
      return all.includes(true) ? true : all.includes(null) ? null : false;
    }
    case 'isTrue':
      return truthOf(condition.of, row) === true;
    default: {
      const of = truthOf(condition.of, row);
      return of === null ? null : !of;
    }
  }
}

// What the packages are asked.

export const bagAt = (way: Way, bag: any): any => way.reduce((at, { name }) => at[name].to, bag);

export function expressionOf(value: Value, bag: any): any {
  switch (value.of) {
    case 'n':
    case 'rank':
      return bagAt(value.way, bag)[value.of];
    case 'count': {
      const rows = bagAt(value.way, bag)[value.relation.name],
        { where } = value;
      return where === null ? rows.count() : rows.count((one: any) => predicateOf(where, one));
    }
    case 'aggregate':
      return bagAt(value.way, bag)[value.relation.name].aggregate((one: any) => bagAt(value.inner, one).n[value.name]());
    case 'coalesce':
      return coalesce(expressionOf(value.value, bag), value.otherwise);
    default:
      return caseWhen(predicateOf(value.when, bag), expressionOf(value.value, bag)).otherwise(value.otherwise as never);
  }
}

export function predicateOf(condition: Condition, bag: any): any {
  switch (condition.is) {
    case 'compared':
      return expressionOf(condition.value, bag)[condition.by](condition.to);
    case 'between':
      return expressionOf(condition.value, bag).between(condition.low, condition.high);
    case 'both':
      return expressionOf(condition.left, bag).lt(expressionOf(condition.right, bag));
    case 'in':
    case 'notIn':
      return expressionOf(condition.value, bag)[condition.is](condition.list);
    case 'null':
      return expressionOf(condition.value, bag).isNull();
    case 'notNull':
      return expressionOf(condition.value, bag).isNotNull();
    case 'distinct':
      return expressionOf(condition.value, bag).isDistinctFrom(condition.from);
    case 'label':
      return bagAt(condition.way, bag).label.eq(condition.label);
    case 'flag':
      return bagAt(condition.way, bag).flag;
    case 'keyNull':
      return bagAt(condition.way, bag)[condition.relation.name].id.isNull();
    case 'some':
    case 'none':
    case 'every': {
      const rows = bagAt(condition.way, bag)[condition.relation.name],
        { where } = condition;
      return where === null ? rows[condition.is]() : rows[condition.is]((one: any) => predicateOf(where, one));
    }
    case 'and':
      return and(...condition.all.map((one) => predicateOf(one, bag)));
    case 'or':
      return or(...condition.all.map((one) => predicateOf(one, bag)));
    case 'isTrue':
      return predicateOf(condition.of, bag).isTrue();
    default:
      return not(predicateOf(condition.of, bag));
  }
}

// At random. `isPlain`: what can be evaluated in memory, over rows that are loaded.

export function wayOf(node: Node, choices: Choices, most = 2): { readonly way: Way; readonly end: Node } {
  const way: Relation[] = [];
  let end = node;
  for (let step = 0; step < most && choices.chance(55); step++) {
    const ones = end.relations.filter(({ isMany }) => !isMany);
    if (ones.length === 0) break;
    const relation = choices.one(ones);
    way.push(relation);
    end = relation.target;
  }
  return { way, end };
}

export function randomValue(node: Node, choices: Choices, depth: number, isPlain = false): Value {
  const { way, end } = wayOf(node, choices),
    many = end.relations.filter(({ isMany }) => isMany);
  const form = choices.below(isPlain || depth <= 0 ? 2 : 8);
  if (form === 2 && many.length > 0) {
    const relation = choices.one(many);
    return { of: 'count', way, relation, where: choices.chance(50) ? randomCondition(relation.target, choices, depth - 1) : null };
  }
  if (form === 3 && many.length > 0) {
    const relation = choices.one(many);
    return {
      of: 'aggregate',
      way,
      relation,
      name: choices.one(['max', 'min', 'sum'] as const),
      inner: wayOf(relation.target, choices, 1).way,
    };
  }
  if (form === 4) return { of: 'coalesce', value: randomValue(node, choices, depth - 1), otherwise: choices.one([0, 1, 99]) };
  if (form === 5)
    return {
      of: 'case',
      when: randomCondition(node, choices, depth - 1),
      value: { of: 'n', way },
      otherwise: choices.one([0, 1, 99]),
    };
  return { of: form === 1 ? 'rank' : 'n', way };
}

export function randomCondition(node: Node, choices: Choices, depth: number, isPlain = false): Condition {
  if (depth > 0 && choices.chance(50)) {
    const inner = (): Condition => randomCondition(node, choices, depth - 1, isPlain);
    const form = choices.below(4);
    if (form === 3) return { is: 'not', of: inner() };
    if (form === 2) return { is: 'isTrue', of: inner() };
    return { is: form === 0 ? 'and' : 'or', all: [inner(), inner()] };
  }
  const { way, end } = wayOf(node, choices),
    many = end.relations.filter(({ isMany }) => isMany),
    value = (): Value => randomValue(node, choices, depth, isPlain),
    small = (): number => choices.one([0, 1, 2, -1, 5]);
  switch (choices.below(isPlain || many.length === 0 ? 9 : 12)) {
    case 0:
      return { is: 'compared', value: value(), by: choices.one(['eq', 'neq', 'gt', 'lte'] as const), to: small() };
    case 1:
      return { is: 'label', way, label: choices.one(['a', 'b', 'ab', '']) };
    case 2:
      return { is: choices.one(['null', 'notNull'] as const), value: { of: 'n', way } };
    case 3:
      return { is: choices.one(['in', 'notIn'] as const), value: value(), list: choices.one([[0, 1], [], [2, 5, 7]]) };
    case 4:
      return { is: 'both', left: value(), right: value() };
    case 5:
      return { is: 'flag', way };
    case 6:
      return { is: 'distinct', value: value(), from: small() };
    case 7:
      return { is: 'between', value: value(), low: -1, high: small() };
    case 8: {
      const keys = isPlain ? [] : end.relations.filter(({ isMany }) => !isMany);
      return keys.length === 0 ? { is: 'flag', way } : { is: 'keyNull', way, relation: choices.one(keys) };
    }
    default: {
      const relation = choices.one(many),
        is = choices.one(['some', 'none', 'every'] as const);
      return {
        is,
        way,
        relation,
        where: is === 'every' || choices.chance(60) ? randomCondition(relation.target, choices, depth - 1) : null,
      };
    }
  }
}

/** For a report. */
export const inWords = (of: unknown): string =>
  JSON.stringify(of, (key, value: unknown) =>
    key === 'relation'
      ? (value as Relation).name
      : key === 'way' || key === 'inner'
        ? (value as Way).map(({ name }) => name).join('.')
        : value,
  );
