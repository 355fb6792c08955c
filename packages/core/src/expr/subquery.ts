// What a query is to an expression: a column of rows to be compared with, or rows that exist or do not. Core carries the statement and never looks inside; the
// query package makes it.

import { ValidationError } from '../error/value-error.ts';
import type { Valued } from './expression.ts';
import type { Node, RowsStatement, SubqueryNode } from './node.ts';

/** One column of a query, for `in`, `notIn`, `anyOf` and `allOf`. Made by `asSubquery` of a set. */
export interface Subquery<Value> extends Valued<Value> {
  readonly kind: 'subquery';
}

/** ANY or ALL of a subquery, the right side of a comparison. */
export interface Quantified<Value> extends Valued<Value> {
  readonly kind: 'quantified';
}

/** Whether a node may be NULL, as far as is known: columns that may be, what is strictly made of them, and what gives NULL by itself, as a path into a document does. */
export function mayBeNull(node: Node): boolean {
  switch (node.kind) {
    case 'column':
      return !node.isRequired;
    case 'cast':
      return mayBeNull(node.operand);
    case 'operation':
      return node.operator.givesNull === true || (node.operator.nulls === 'strict' && node.operands.some(mayBeNull));
    default:
      return false;
  }
}

/** The class behind `Subquery`. `isNullable`: one of its values may be NULL, as far as is known. */
export class SubqueryRows {
  readonly kind = 'subquery' as const;
  readonly node: SubqueryNode;
  readonly isNullable: boolean;
  constructor(node: SubqueryNode, isNullable: boolean) {
    this.node = node;
    this.isNullable = isNullable;
  }
}

/** The class behind `Quantified`. */
export class QuantifiedRows {
  readonly kind = 'quantified' as const;
  readonly quantifier: 'ANY' | 'ALL';
  readonly node: SubqueryNode;
  constructor(quantifier: 'ANY' | 'ALL', node: SubqueryNode) {
    this.quantifier = quantifier;
    this.node = node;
  }
}

function quantifiedRows(quantifier: 'ANY' | 'ALL', rows: unknown): QuantifiedRows {
  if (rows instanceof SubqueryRows) return new QuantifiedRows(quantifier, rows.node);
  throw new ValidationError([
    { path: '', rule: 'subquery', message: `${quantifier} wants one column of a query: query(Model).asSubquery(m => m.column)` },
  ]);
}

/** `ANY (SELECT ...)`: true when the comparison holds for one of the values. `p.price.gt(anyOf(query(Offer).asSubquery(o => o.price)))` */
export function anyOf<Value>(rows: Subquery<Value>): Quantified<Value> {
  return quantifiedRows('ANY', rows) as unknown as Quantified<Value>;
}

/** `ALL (SELECT ...)`: true when the comparison holds for all of the values, and when there are none; NULL when one is NULL and none is against it. */
export function allOf<Value>(rows: Subquery<Value>): Quantified<Value> {
  return quantifiedRows('ALL', rows) as unknown as Quantified<Value>;
}

/** What `exists` asks a set for. A method of this name gives the statement and checks that it can stand in EXISTS. */
export const rowsKey: unique symbol = Symbol.for('djogi.rows') as never;

/** A set as far as `exists` is concerned. */
export interface RowsOwner {
  [rowsKey](): RowsStatement;
}
