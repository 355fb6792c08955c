// Walks along references: `WITH RECURSIVE`, from some rows to those they lead to, and on. A row that was met on the way ends that way, so a walk ends in any graph.

import {
  arrayKind,
  booleanKind,
  bagOf,
  conjunctionOf,
  intKind,
  nodeOf,
  nodes,
  OPERATORS,
  PRECEDENCE,
  predicateNode,
  expressionOf,
  refersOutside,
  type Bag,
  type NamedQuery,
  type Node,
  type Operator,
  type SearchClause,
  type SelectStatement,
  type Source,
  type StoredField,
} from '@djogi/core/extension';
import { AliasCollisionError } from '@djogi/core';
import { settled } from '../group/derived.ts';
import { countProblem, refuse, refuseRelated, scoped, type Callback } from '../set/refine.ts';
import { inScope } from '../set/scope.ts';
import { columnIn } from '../set/rows.ts';
import { isWhole, wholeTable, type RowColumn, type Selection } from '../set/selection.ts';

/** One way from a row to others: those whose `to` is the row's `from`. */
export interface AnyEdge {
  readonly from: Callback;
  readonly to: Callback;
}

export interface AnyWalkOptions {
  readonly where?: Callback | undefined;
  readonly maxDepth?: number | undefined;
  readonly each?: 'row' | 'path' | undefined;
  readonly breadthFirstBy?: Callback | undefined;
  readonly depthFirstBy?: Callback | undefined;
}

const DEPTH = '__djogi_depth',
  PATH = '__djogi_path',
  IS_CYCLE = '__djogi_is_cycle',
  CYCLE_PATH = '__djogi_cycle',
  SEQUENCE = '__djogi_sequence';

/** Depth is an int4. */
const MAX_DEPTH = 2147483647;

const SINGLE: Operator = {
  name: 'walkPath',
  template: 'ARRAY[$0]',
  precedence: PRECEDENCE.atom,
  nulls: 'own',
  infersParameters: false,
  evaluate: 'sql',
};
const APPENDED: Operator = { ...SINGLE, name: 'walkStep', template: 'array_append($0, $1)', mixesKinds: true };

/** The selection of all rows that are met, the first ones included. Callbacks over it have `walk.depth` and `walk.path` besides the fields. */
export function walked(start: Selection, edges: readonly AnyEdge[], options: AnyWalkOptions): Selection {
  const key = start.runtime.key ?? refuse(start, 'walk', 'a walk needs a model with a single key, to know the rows it has met');
  check(start, edges, options);
  const { model, runtime } = start,
    columns: readonly RowColumn[] = runtime.fields;
  const extra: readonly RowColumn[] = [
    { column: DEPTH, property: 'depth', valueKind: intKind, isRequired: true },
    { column: PATH, property: 'path', valueKind: arrayKind(key.valueKind), isRequired: true },
  ];
  const all = [...columns, ...extra];
  const search = searchOf(start, key, options);
  const query: NamedQuery = {
    kind: 'named',
    name: null,
    isRecursive: true,
    columns: all.map(({ column }) => column),
    get statement() {
      return statement;
    },
    search,
    cycle: { columns: [key.column], mark: IS_CYCLE, path: CYCLE_PATH },
  };
  const statement = {
    kind: 'setOperation',
    operator: 'UNION ALL',
    arms: [firstRows(start, key), nextRows(start, key, query, edges, options)],
    orderBy: [],
  } as const;
  if (refersOutside(statement))
    refuse(start, 'walk', 'a walk uses the argument of a callback around it, and is made before that has a value');

  const met = nodes.namedSource('__djogi_walk', query),
    of = (column: RowColumn): Node => columnIn(met, column);
  const sequence: RowColumn[] = search === undefined ? [] : [{ column: SEQUENCE, property: SEQUENCE, valueKind: intKind }];
  const depth = of(extra[0]!),
    path = of(extra[1]!);
  // Of several ways to a row, the shortest one; of several of those, always the same.
  const each: Partial<SelectStatement> =
    options.each === 'path'
      ? {}
      : {
          distinct: [of(key)],
          orderBy: [of(key), depth, path].map((by) => ({ by, direction: 'asc' })),
        };
  const source = nodes.derivedSource('__djogi_rows', {
    kind: 'select',
    from: met,
    projection: [...all, ...sequence].map(of),
    outputs: [...all, ...sequence].map(({ column }) => column),
    where: nodes.operation(OPERATORS.not, [nodes.column(met, IS_CYCLE, IS_CYCLE, booleanKind)], booleanKind),
    orderBy: [],
    ...each,
  });
  return {
    ...wholeTable(model),
    source,
    where: [],
    orderBy: sequence.map((column) => ({ by: columnIn(source, column), direction: 'asc' })),
    orderPrefix: 0,
    isNone: start.isNone,
    derived: {
      columns,
      hasKey: options.each !== 'path',
      extra: [...extra, ...sequence],
      bag: (over) => walkBag(model, over, extra),
      built: null,
    },
  };
}

function check(start: Selection, edges: readonly AnyEdge[], options: AnyWalkOptions): void {
  refuseRelated(start, 'walk');
  if (!isWhole(start)) refuse(start, 'walk', 'a walk starts from rows of a model: it does not go with select');
  if (edges.length === 0) refuse(start, 'walk', 'a walk needs at least one edge: { from, to }');
  const { maxDepth, each, breadthFirstBy, depthFirstBy } = options;
  if (maxDepth !== undefined) {
    if (typeof maxDepth !== 'number' || countProblem(maxDepth, 'maxDepth') !== null || maxDepth > MAX_DEPTH)
      refuse(start, 'range', 'maxDepth wants an integer that is not negative');
  }
  if (each !== undefined && each !== 'row' && each !== 'path') refuse(start, 'walk', "each is 'row' or 'path'");
  if (breadthFirstBy !== undefined && depthFirstBy !== undefined)
    refuse(start, 'walk', 'a walk has one order: breadthFirstBy or depthFirstBy');
  if (start.runtime.byProperty.has('walk'))
    throw new AliasCollisionError(
      'walk',
      `${start.runtime.table} has a field named walk, which is what a walk calls its depth and path. Give the field another name, with .column('walk').`,
    );
}

/** Whole rows of the model and what the walk knows of them. */
function walkBag(model: unknown, source: Source, extra: readonly RowColumn[]): Bag {
  const bag = bagOf(model, source);
  const walk = Object.fromEntries(extra.map((column) => [column.property, expressionOf(columnIn(source, column))]));
  return Object.defineProperty<Bag>(bag, 'walk', { value: walk, enumerable: true });
}

const rowOf = ({ runtime }: Selection, source: Source): Node[] =>
  runtime.fields.map((field) => nodes.column(source, field.column, field.property, field.valueKind));

/** What the walk starts from, at depth 0. Its order is of no account. */
function firstRows(start: Selection, key: StoredField): SelectStatement {
  const rows = settled(start, 'walk'),
    list = arrayKind(key.valueKind);
  const id = nodes.column(rows.source, key.column, key.property, key.valueKind);
  return {
    kind: 'select',
    from: rows.source,
    // Without the cast, the length of a varchar would be a part of the type of the first path and of no other.
    projection: [...rowOf(start, rows.source), nodes.constant(0, intKind), nodes.cast(nodes.operation(SINGLE, [id], list), list)],
    where: conjunctionOf(rows.where),
    orderBy: [],
  };
}

/** The rows that those met before lead to. */
function nextRows(
  start: Selection,
  key: StoredField,
  query: NamedQuery,
  edges: readonly AnyEdge[],
  options: AnyWalkOptions,
): SelectStatement {
  const next = wholeTable(start.model),
    met = nodes.namedSource('__djogi_walk', query);
  const list = arrayKind(key.valueKind),
    depth = nodes.column(met, DEPTH, 'depth', intKind),
    path = nodes.column(met, PATH, 'path', list);
  const over = (source: Source, callback: Callback): unknown => {
    if (typeof callback !== 'function') return refuse(start, 'callback', 'a walk wants functions of the model’s fields');
    return inScope(source, () => callback(bagOf(start.model, source)));
  };
  const on = edges.map(({ from, to }) =>
    nodes.operation(
      OPERATORS.eq,
      [one(next, nodeOf(over(next.source, to) as object)), one({ ...next, source: met }, nodeOf(over(met, from) as object))],
      booleanKind,
    ),
  );
  const isOn = on.length === 1 ? on[0]! : nodes.operation(OPERATORS.or, on, booleanKind);
  // What a path of the edge joins comes behind both, and can be named in WHERE only.
  const isBehind = hasPath(isOn);
  const where = [
    ...(isBehind ? [isOn] : []),
    ...next.where,
    ...(options.where === undefined ? [] : [one(next, predicateNode(over(next.source, options.where)))]),
    ...(options.maxDepth === undefined
      ? []
      : [nodes.operation(OPERATORS.lt, [depth, nodes.value(options.maxDepth, intKind)], booleanKind)]),
  ];
  const id = nodes.column(next.source, key.column, key.property, key.valueKind);
  return {
    kind: 'select',
    from: next.source,
    joins: [isBehind ? { kind: 'cross', source: met, on: null } : { kind: 'inner', source: met, on: isOn }],
    projection: [
      ...rowOf(start, next.source),
      nodes.operation(OPERATORS.add, [depth, nodes.constant(1, intKind)], intKind),
      nodes.operation(APPENDED, [path, id], list),
    ],
    where: conjunctionOf(where),
    orderBy: [],
  };
}

const hasPath = (node: Node): boolean => (node.kind === 'column' ? node.source.via !== undefined : nodes.operandsOf(node).some(hasPath));

const STEP = { name: 'a step of a walk', allowsAggregates: false, allowsWindows: false } as const;
const one = (selection: Selection, node: Node): Node => scoped(selection, node, STEP);

/** SEARCH takes columns, and sorts them ascending. */
function searchOf(start: Selection, key: StoredField, { breadthFirstBy, depthFirstBy }: AnyWalkOptions): SearchClause | undefined {
  const by = breadthFirstBy ?? depthFirstBy;
  if (by === undefined) return undefined;
  const source = nodes.source(start.runtime.table);
  if (typeof by !== 'function') refuse(start, 'callback', 'a walk wants functions of the model’s fields');
  const chosen: unknown = inScope(source, () => by(bagOf(start.model, source)));
  const columns = (Array.isArray(chosen) ? (chosen as unknown[]) : [chosen]).map((expression) => {
    const node = nodeOf(expression as object);
    return node.kind === 'column' && node.source === source
      ? node.column
      : refuse(start, 'walk', 'a walk is ordered by fields of its rows, not by expressions');
  });
  if (columns.length === 0) refuse(start, 'walk', 'a walk is ordered by at least one field');
  // Rows with the same values would be one step of a way, and what they lead to would be mixed.
  return {
    order: breadthFirstBy === undefined ? 'depth' : 'breadth',
    columns: columns.includes(key.column) ? columns : [...columns, key.column],
    sequence: SEQUENCE,
  };
}
