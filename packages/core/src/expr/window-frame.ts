// The window of an aggregate or window function: which rows belong together, in which order, and which of them the function sees.

import type { Temporal } from 'temporal-spec';
import { ValidationError } from '../error/value-error.ts';
import { intervalKind } from '../value/interval.ts';
import type { ValueKind } from '../value/kind.ts';
import { bigintKind } from '../value/number.ts';
import type { Order, Valued } from './expression.ts';
import { value, type AggregateNode, type Frame, type FrameBound, type Node, type OrderTerm, type WindowNode } from './node.ts';

/** A distance from the current row, negative before it and positive after it. */
export type FrameOffset = number | Temporal.Duration;

/** The rows of the window that the function sees. */
export interface WindowFrame {
  /** `rows` counts rows, `groups` counts groups of rows that are equal in the ordering, `range` goes by the value of the one sort key. */
  readonly unit: 'rows' | 'range' | 'groups';
  /** The first one: an offset, the first of all, or the current row. */
  readonly from: FrameOffset | 'unbounded' | 'current';
  /** The last one. Default: the current row. */
  readonly to?: FrameOffset | 'unbounded' | 'current';
  /** Rows left out: the current one, its whole group of equals, or its equals but not itself. */
  readonly exclude?: 'currentRow' | 'group' | 'ties';
}

/**
 * `OVER (PARTITION BY ... ORDER BY ... frame)`. Empty: one window of all rows.
 *
 * Without a frame, a function sees all rows of its partition, or with an ordering those up to the current row and its equals.
 */
export interface Window {
  readonly partitionBy?: readonly Valued<any>[];
  readonly orderBy?: readonly Order[];
  readonly frame?: WindowFrame;
}

/** How a caller's expressions become nodes; given by whoever knows the expression classes. */
export interface Reading {
  readonly nodeOf: (expression: object) => Node;
  readonly predicateNode: (predicate: unknown) => Node;
}

function refuse(rule: string, path: string, message: string): never {
  throw new ValidationError([{ path, rule, message }]);
}

/** `of OVER (...)`. Throws VALIDATION for a window that is none. */
export function windowNode(of: AggregateNode, window: unknown, { nodeOf }: Reading): WindowNode {
  if (typeof window !== 'object' || window === null || Array.isArray(window))
    refuse('window', 'over', 'wants an object: { partitionBy, orderBy, frame }');
  const odd = Object.keys(window).find((key) => key !== 'partitionBy' && key !== 'orderBy' && key !== 'frame');
  if (odd !== undefined) refuse('window', `over.${odd}`, 'is no part of a window: partitionBy, orderBy and frame are');
  const { partitionBy = [], orderBy = [], frame } = window as Window;
  if (!Array.isArray(partitionBy)) refuse('window', 'over.partitionBy', 'wants a list of expressions');
  const terms = orderTerms(orderBy, 'over.orderBy');
  return {
    kind: 'window',
    of,
    partitionBy: partitionBy.map((expression: object) => nodeOf(expression)),
    orderBy: terms,
    frame: frame === undefined ? null : frameNode(frame, terms),
    valueKind: of.valueKind,
  };
}

/** The sort keys of a list of orders. */
export function orderTerms(orders: unknown, path: string): OrderTerm[] {
  if (!Array.isArray(orders)) refuse('order', path, 'wants a list of .asc() or .desc() of expressions');
  return orders.map((order: unknown) => {
    const { kind, term } = (order ?? {}) as { kind?: unknown; term?: OrderTerm };
    return kind === 'order' && term !== undefined ? term : refuse('order', path, 'wants .asc() or .desc() of an expression');
  });
}

const UNITS = ['rows', 'range', 'groups'];
const EXCLUDES = { currentRow: 'current row', group: 'group', ties: 'ties' } as const;

function frameNode(frame: WindowFrame, orderBy: readonly OrderTerm[]): Frame {
  if (typeof frame !== 'object' || frame === null) refuse('frame', 'over.frame', 'wants an object: { unit, from, to, exclude }');
  const { unit, from, to = 'current', exclude } = frame;
  if (!UNITS.includes(unit)) refuse('frame', 'over.frame.unit', "is 'rows', 'range' or 'groups'");
  if (exclude !== undefined && !Object.hasOwn(EXCLUDES, exclude))
    refuse('frame', 'over.frame.exclude', "is 'currentRow', 'group' or 'ties'");
  if (unit === 'groups' && orderBy.length === 0) refuse('frame', 'over.frame', 'of groups wants an orderBy: it says which rows are equal');
  const hasOffset = typeof from !== 'string' || typeof to !== 'string';
  if (unit === 'range' && hasOffset && orderBy.length !== 1)
    refuse('frame', 'over.frame', 'of a range with an offset wants exactly one sort key, from whose value it is counted');
  const offsetKind = unit === 'range' && orderBy[0] !== undefined ? distanceKind(orderBy[0].by.valueKind) : bigintKind;
  const bounds = { from: boundNode(from, 'from', offsetKind, unit), to: boundNode(to, 'to', offsetKind, unit) };
  checkOrder(from, to);
  return { unit, ...bounds, ...(exclude === undefined ? {} : { exclude: EXCLUDES[exclude] }) };
}

function boundNode(bound: WindowFrame['from'], end: 'from' | 'to', kind: ValueKind, unit: WindowFrame['unit']): FrameBound {
  const path = `over.frame.${end}`;
  if (bound === 'unbounded') return end === 'from' ? 'unbounded preceding' : 'unbounded following';
  if (bound === 'current') return 'current row';
  const sign = signOf(bound, path);
  if (sign === 0) return 'current row';
  const distance = typeof bound === 'number' ? Math.abs(bound) : sign < 0 ? bound.negated() : bound;
  const node = unit === 'range' ? rangeOffset(distance, kind, path) : rowOffset(distance, path);
  return sign < 0 ? { preceding: node } : { following: node };
}

function signOf(bound: unknown, path: string): number {
  if (typeof bound === 'number' && !Number.isNaN(bound)) return Math.sign(bound);
  if (intervalKind.validate(bound) === null) return (bound as Temporal.Duration).sign;
  return refuse('frame', path, "is an offset, negative before the current row and positive after it, 'unbounded' or 'current'");
}

function rowOffset(distance: FrameOffset, path: string): Node {
  if (!Number.isSafeInteger(distance)) refuse('frame', path, 'counts rows: it must be an integer');
  return value(BigInt(distance as number), bigintKind);
}

/** What is between two values of a kind: as wide as the type, whatever the bounds of the column. The type of a sum, which for bigint would be numeric and is no distance. */
const distanceKind = (kind: ValueKind): ValueKind =>
  kind.castType === bigintKind.castType ? bigintKind : (kind.aggregation?.sum?.().kind ?? kind);

/** A distance between two values of the sort key: a duration between moments, and between numbers one of their kind, which for decimals is written in text. */
function rangeOffset(distance: FrameOffset, kind: ValueKind, path: string): Node {
  if (typeof distance !== 'number') return value(distance, intervalKind);
  const fitting = [distance, String(distance)].find((candidate) => kind.operations === 'number' && kind.validate(candidate) === null);
  return fitting === undefined ? refuse('frame', path, `is no distance between values of type ${kind.sqlType}`) : value(fitting, kind);
}

/** Ends that are known to be the wrong way round. Durations are compared by the server. */
function checkOrder(from: WindowFrame['from'], to: WindowFrame['from']): void {
  const first = placeOf(from, -Infinity),
    last = placeOf(to, Infinity);
  if (first !== null && last !== null && first > last) refuse('frame', 'over.frame', 'ends before it begins');
}

const placeOf = (bound: WindowFrame['from'], unbounded: number): number | null =>
  bound === 'unbounded' ? unbounded : bound === 'current' ? 0 : typeof bound === 'number' ? bound : null;
