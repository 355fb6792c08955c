// What a query refers to outside of itself. A subquery may name columns of the queries around it; these functions look into subqueries, which the
// expression layer carries unopened.

import {
  column,
  derivedSource,
  movedPath,
  nearest,
  operandsOf,
  type ColumnNode,
  type Node,
  type OrderTerm,
  type Source,
} from '../expr/node.ts';
import { substituted } from '../expr/substitution.ts';
import type { SelectStatement, Statement } from './statement.ts';

type IsVisible = (source: Source) => boolean;

/** The first column in `node`, subqueries included, of a source that is neither visible there nor one of a subquery's own; null when there is none. */
export function strayColumn(node: Node, isVisible: IsVisible): ColumnNode | null {
  if (node.kind === 'column') return nearest(node.source, isVisible) === null ? node : null;
  if (node.kind === 'subquery') return strayIn(node.rows as Statement, isVisible);
  return firstOf(operandsOf(node), (operand) => strayColumn(operand, isVisible));
}

/** Whether a statement names columns of queries around it. */
export const refersOutside = (statement: Statement): boolean => strayIn(statement, () => false) !== null;

function firstOf<Item>(items: readonly Item[], find: (item: Item) => ColumnNode | null): ColumnNode | null {
  for (const item of items) {
    const found = find(item);
    if (found !== null) return found;
  }
  return null;
}

function strayIn(statement: Statement, isVisible: IsVisible): ColumnNode | null {
  switch (statement.kind) {
    case 'select': {
      const own = sourcesOf(statement),
        isInside: IsVisible = (source) => own.includes(source) || isVisible(source);
      return (
        firstOf(own, (source) => (source.rows === undefined ? null : strayIn(source.rows as Statement, isInside))) ??
        firstOf(nodesOf(statement), (node) => strayColumn(node, isInside))
      );
    }
    case 'setOperation':
      return firstOf(statement.arms, (arm) => strayIn(arm, isVisible));
    case 'with':
      return firstOf([...statement.queries.map((query) => query.statement), statement.body], (inner) => strayIn(inner, isVisible));
    // What remains is no subquery.
    default:
      return null;
  }
}

/** The sources that a SELECT names. */
export const sourcesOf = ({ from, joins = [] }: SelectStatement): Source[] => [
  ...(from === null ? [] : [from]),
  ...joins.map((join) => join.source),
];

/** The nodes of a SELECT. A whole row is columns of its own source. */
export function nodesOf({ projection, joins = [], where, groupBy, having, orderBy, distinct }: SelectStatement): Node[] {
  const optional = [where, having, ...joins.map((join) => join.on)].filter((node) => node !== null && node !== undefined);
  return [
    ...('nodes' in projection ? [] : projection),
    ...optional,
    ...(groupBy?.keys ?? []),
    ...orderBy.map((term) => term.by),
    ...(Array.isArray(distinct) ? (distinct as readonly Node[]) : []),
  ];
}

/** The node with `to` in the place of `from`, in subqueries too: the same expression over another appearance of the same table. */
export function resourced(node: Node, from: Source, to: Source): Node {
  return mapped(node, movedTo(new Map([[from, to]])));
}

/** How a statement is rebuilt: other sources in the places of some, and what stands in the place of a column, or null where it stays. */
export interface Move {
  readonly places: ReadonlyMap<Source, Source>;
  readonly column: (node: ColumnNode) => Node | null;
}

const movedTo = (places: ReadonlyMap<Source, Source>): Move => ({
  places,
  column: (node) => {
    const place = movedPath(node.source, places);
    return place === node.source ? null : column(place, node.column, node.property, node.valueKind, node.isRequired);
  },
});

/** The node with its columns mapped, in subqueries too. */
export function mapped(node: Node, move: Move): Node {
  return substituted(node, (inner) => {
    if (inner.kind === 'subquery') return { ...inner, rows: mappedStatement(inner.rows as Statement, move) };
    return inner.kind === 'column' ? move.column(inner) : null;
  });
}

function mappedStatement<Mapped extends Statement>(statement: Mapped, move: Move): Mapped {
  switch (statement.kind) {
    case 'select':
      return mappedSelect(statement, move) as Mapped;
    case 'setOperation':
      return { ...statement, arms: statement.arms.map((arm) => mappedStatement(arm, move)) };
    case 'with':
      return {
        ...statement,
        queries: statement.queries.map((query) => ({ ...query, statement: mappedStatement(query.statement, move) })),
        body: mappedStatement(statement.body, move),
      };
    default:
      return statement;
  }
}

function mappedSelect(statement: SelectStatement, outer: Move): SelectStatement {
  const { from, joins, projection, where, groupBy, having, orderBy, distinct, lock } = statement;
  // A derived table that refers outwards becomes another one, and its columns those of the other.
  const places = new Map(outer.places),
    isOuter = (source: Source): boolean => outer.places.has(source);
  let move = outer;
  for (const source of sourcesOf(statement)) {
    if (source.rows === undefined || strayIn(source.rows as Statement, (named) => nearest(named, isOuter) === null) === null) continue;
    places.set(source, derivedSource(source.name, mappedStatement(source.rows as Statement, outer)));
    move = { places, column: (node) => movedTo(places).column(node) ?? outer.column(node) };
  }
  const at = (source: Source): Source => places.get(source) ?? source;
  const inside = (node: Node): Node => mapped(node, move);
  const orNull = <Absent extends null | undefined>(node: Node | Absent): Node | Absent =>
    node === null || node === undefined ? node : inside(node);
  const term = (of: OrderTerm): OrderTerm => ({ ...of, by: inside(of.by) });
  return {
    ...statement,
    from: from === null ? null : at(from),
    joins: joins?.map((join) => ({ ...join, source: at(join.source), on: orNull(join.on) })),
    projection: 'nodes' in projection ? projection : projection.map(inside),
    where: orNull(where),
    groupBy: groupBy === undefined ? undefined : { ...groupBy, keys: groupBy.keys.map(inside) },
    having: orNull(having),
    orderBy: orderBy.map(term),
    distinct: Array.isArray(distinct) ? (distinct as readonly Node[]).map(inside) : distinct,
    lock: lock?.of === undefined ? lock : { ...lock, of: lock.of.map(at) },
  };
}
