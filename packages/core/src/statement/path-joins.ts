// The joins that paths over to-one relations bring with them. Nobody writes them: a column at the end of a path says what it needs, and each step is joined once,
// however often it is used. A write has no joins to give, so there a path is a subquery.

import { column, nearest, operandsOf, operation, subquery, type ColumnNode, type Node, type PathStep, type Source } from '../expr/node.ts';
import { OPERATORS } from '../expr/operators.ts';
import { booleanKind } from '../value/number.ts';
import { mapped, nodesOf, sourcesOf, type Move } from './correlation.ts';
import type { Join, SelectStatement, Statement } from './statement.ts';

/** By the source that a path begins at. */
type PathJoins = ReadonlyMap<Source, readonly Join[]>;

const NONE: PathJoins = new Map();
const known = new WeakMap<SelectStatement, PathJoins>();

/** The joins of a SELECT that follow from its columns and from those of the subqueries in it, parents first. */
export function pathJoins(statement: SelectStatement): PathJoins {
  let joins = known.get(statement);
  if (joins === undefined) {
    joins = joinsOf(statement);
    known.set(statement, joins);
  }
  return joins;
}

function joinsOf(statement: SelectStatement): PathJoins {
  const own = sourcesOf(statement),
    isOwn = (source: Source): boolean => own.includes(source),
    steps = new Map<Source, Set<Source>>();
  const add = (end: Source): void => {
    const root = nearest(end, isOwn);
    if (root === null || root === end) return;
    add(end.via!.from);
    const found = steps.get(root) ?? new Set();
    steps.set(root, found.add(end));
  };
  visitColumns(statement, (node) => add(node.source));
  if (steps.size === 0) return NONE;
  const conjuncts = statement.where === null ? [] : [statement.where];
  return new Map(
    [...steps].map(([root, ends]) => [
      root,
      [...ends].map((end): Join => {
        // Where the filter drops a row without a target anyway, the planner may begin at either side.
        const isInner = conjuncts.some((node) => rejectsNull(node, end));
        return { kind: isInner ? 'inner' : 'left', source: end, on: stepCondition(end.via!, end) };
      }),
    ]),
  );
}

const stepCondition = ({ from, column: own, key, valueKind }: PathStep, end: Source): Node =>
  operation(OPERATORS.eq, [column(from, own, own, valueKind), column(end, key, key, valueKind)], booleanKind);

/** Whether the condition cannot be true where the row of `end` is missing. */
function rejectsNull(node: Node, end: Source): boolean {
  if (node.kind === 'operation' && node.operator === OPERATORS.and) return node.operands.some((operand) => rejectsNull(operand, end));
  if (node.kind === 'operation' && node.operator === OPERATORS.or) return node.operands.every((operand) => rejectsNull(operand, end));
  return isNullWithout(node, end);
}

/** Whether the expression is surely NULL where the row of `end` is missing. */
function isNullWithout(node: Node, end: Source): boolean {
  switch (node.kind) {
    case 'column':
      return nearest(node.source, (source) => source === end) !== null;
    case 'cast':
      return isNullWithout(node.operand, end);
    case 'operation': {
      // Of functions that only the server knows, nobody has looked whether a NULL argument makes all of them NULL.
      const { nulls, evaluate, infersParameters } = node.operator;
      // A comparison with ALL of no rows is true of NULL, too, and one with ANY of none false.
      if (node.operands.some((operand) => operand.kind === 'quantified')) return false;
      return nulls === 'strict' && (evaluate !== 'sql' || infersParameters) && node.operands.some((operand) => isNullWithout(operand, end));
    }
    default:
      return false;
  }
}

function visitColumns(statement: Statement, visit: (node: ColumnNode) => void): void {
  const inside = (node: Node): void => {
    if (node.kind === 'column') visit(node);
    else if (node.kind === 'subquery') visitColumns(node.rows as Statement, visit);
    else for (const operand of operandsOf(node)) inside(operand);
  };
  switch (statement.kind) {
    case 'select':
      for (const source of sourcesOf(statement)) if (source.rows !== undefined) visitColumns(source.rows as Statement, visit);
      if ('nodes' in statement.projection) statement.projection.nodes().forEach(inside);
      return nodesOf(statement).forEach(inside);
    case 'exists':
    case 'count':
      return visitColumns(statement.of, visit);
    case 'setOperation':
      return statement.arms.forEach((arm) => visitColumns(arm, visit));
    case 'with':
      return [...statement.queries.map((query) => query.statement), statement.body].forEach((inner) => visitColumns(inner, visit));
    // Writes are no part of a query.
    default:
  }
}

/** The write with a subquery in the place of each column at the end of a path. */
export function withoutPaths<Written extends Statement>(statement: Written): Written {
  switch (statement.kind) {
    case 'update': {
      const { set, where, returning } = statement,
        move = subqueries([statement.table, ...(statement.from ?? []), ...rowsOf(returning)]);
      return { ...statement, set: assigned(set, move), where: orNull(where, move), returning: returned(returning, move) };
    }
    case 'delete': {
      const { from, where, returning } = statement,
        move = subqueries([from, ...rowsOf(returning)]);
      return { ...statement, where: orNull(where, move), returning: returned(returning, move) };
    }
    case 'insert': {
      const { conflict, returning, into } = statement,
        action = conflict?.action ?? 'nothing',
        move = subqueries([into, ...(action === 'nothing' ? [] : [action.offered]), ...rowsOf(returning)]);
      return {
        ...statement,
        conflict:
          conflict === undefined || action === 'nothing'
            ? conflict
            : { ...conflict, action: { ...action, set: assigned(action.set, move), where: orNull(action.where, move) } },
        returning: returned(returning, move),
      };
    }
    default:
      return statement;
  }
}

type Returned = (Statement & { readonly kind: 'update' })['returning'];
type Assigned = (Statement & { readonly kind: 'update' })['set'];

const rowsOf = (returning: Returned): Source[] => [returning?.old, returning?.new].filter((source) => source !== undefined);
const orNull = (node: Node | null, move: Move): Node | null => (node === null ? null : mapped(node, move));
const assigned = (set: Assigned, move: Move): Assigned => set.map(({ column: name, to }) => ({ column: name, to: mapped(to, move) }));
const returned = (returning: Returned, move: Move): Returned =>
  returning === null ? null : { ...returning, nodes: returning.nodes.map((node) => mapped(node, move)) };

const NOWHERE: ReadonlyMap<Source, Source> = new Map();

/** `(SELECT name FROM owners AS owner WHERE owner.id = vehicles.owner_id)`; further steps are joins of that subquery. */
function subqueries(own: readonly Source[]): Move {
  const isOwn = (source: Source): boolean => own.includes(source);
  return {
    places: NOWHERE,
    column(node) {
      const root = nearest(node.source, isOwn);
      if (root === null || root === node.source) return null;
      const first = nearest(node.source, (source) => source.via?.from === root)!;
      const select: SelectStatement = {
        kind: 'select',
        from: first,
        projection: [node],
        where: stepCondition(first.via!, first),
        orderBy: [],
      };
      return subquery(select, node.valueKind);
    },
  };
}
