// A field kind as another package would bring it: Postgres's own `point`, with operations that no other kind has and none of the usual ones.

import {
  Expression,
  fieldOf,
  lift,
  nodes,
  doubleKind,
  booleanKind,
  expressionOf,
  nodeOf,
  PRECEDENCE,
  type Field,
  type Node,
  type Operator,
  type ValueKind,
} from '../../../src/extension.ts';
import type { Column, Expr, NumberExpr, Predicate } from '../../../src/index.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

const strict = { nulls: 'strict', infersParameters: false, evaluate: 'sql' } as const;
export const IS_LEFT_OF: Operator = { ...strict, name: 'point.isLeftOf', template: '$0 << $1', precedence: PRECEDENCE.other };
export const DISTANCE: Operator = { ...strict, name: 'point.distance', template: '$0 <-> $1', precedence: PRECEDENCE.other };

export interface PointOps {
  isLeftOf(other: Point | Expr<Point>): Predicate;
  distanceTo(other: Point | Expr<Point>): NumberExpr<number>;
}

class PointExpression extends Expression {
  readonly kind: ValueKind<Point>;
  constructor(node: Node, kind: ValueKind<Point>) {
    super(node);
    this.kind = kind;
  }
  isLeftOf(other: unknown): Expression {
    return expressionOf(nodes.operation(IS_LEFT_OF, [nodeOf(this), lift(other, this.kind)], booleanKind));
  }
  distanceTo(other: unknown): Expression {
    return expressionOf(nodes.operation(DISTANCE, [nodeOf(this), lift(other, this.kind)], doubleKind));
  }
}

const decode = (text: string): Point => {
  const [x, y] = text.slice(1, -1).split(',');
  return { x: Number(x), y: Number(y) };
};
const encode = ({ x, y }: Point): string => `(${x},${y})`;

export const pointKind: ValueKind<Point> = Object.freeze({
  name: 'point',
  sqlType: 'point',
  castType: 'point',
  comparison: null,
  operations: PointExpression,
  isMutable: true,
  validate: (value: unknown) => {
    const { x, y } = (value ?? {}) as Partial<Point>;
    return Number.isFinite(x) && Number.isFinite(y) ? null : { rule: 'point', message: 'must have a finite x and y' };
  },
  codec: {
    text: { encode, decode },
    literal: (value: Point) => `'${encode(value)}'::point`,
    json: { encode: ({ x, y }: Point) => ({ x, y }), decode: (json: unknown) => json as Point },
  },
} satisfies ValueKind<Point>);

export interface PointColumn extends Column<Point, PointOps> {}

export const point = (): Field<PointColumn> => fieldOf<PointColumn>({ valueKind: pointKind, stored: 'self' });
