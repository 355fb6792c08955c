// The expression IR: few node kinds, immutable, printable. What an operation means lives in the operator table; what a value means in its kind.

import type { ValueKind } from '../value/kind.ts';
import type { Operator } from './operators.ts';

/**
 * Where columns come from: one appearance of a table in a statement. Identity is scope: two queries over one table have two sources, and a column
 * belongs to exactly one of them, which is how correlation by closure works.
 */
export interface Source {
  readonly kind: 'source';
  /** The table's name, the name of a WITH query, or the alias of a derived table. */
  readonly name: string;
  readonly schema?: string | undefined;
  /** A derived table: the statement whose rows it is. */
  readonly rows?: RowsStatement | undefined;
  /** The row that a to-one relation of another source leads to. No query names such a source: a column of it brings the join with it. */
  readonly via?: PathStep | undefined;
  /** The rows of a query that stands in the WITH of the statement, which is put there when the statement is compiled. */
  readonly named?: NamedRows | undefined;
}

/** One step of a path over to-one relations: from the row of `from` to the one row whose `key` equals its `column`. */
export interface PathStep {
  readonly from: Source;
  /** The relation's name, which is the join's, too. */
  readonly relation: string;
  readonly column: string;
  readonly key: string;
  readonly valueKind: ValueKind;
}

/** A query of a WITH as far as expressions care: its identity. `statement/` knows what is inside. */
export interface NamedRows {
  readonly kind: 'named';
}

/** A statement that gives rows, as far as expressions care: they only carry it. `statement/` knows what is inside. */
export interface RowsStatement {
  readonly kind: string;
}

/** A stored column. `property` is the row's property, which the evaluator reads. `isRequired`: declared NOT NULL, so that comparing it with null is a mistake. */
export interface ColumnNode {
  readonly kind: 'column';
  readonly source: Source;
  readonly column: string;
  readonly property: string;
  readonly valueKind: ValueKind;
  readonly isRequired: boolean;
}

/** A value of one call. One node has one placeholder, wherever it is repeated. `isPlain`: it was given without a type and takes that of its surroundings. */
export interface ValueNode {
  readonly kind: 'value';
  readonly value: unknown;
  readonly valueKind: ValueKind;
  readonly isPlain?: true;
}

/** A value that belongs to a declaration and not to a call. It is written into the text, so that an expression index or a partial index declared with the same expression is found. */
export interface ConstantNode {
  readonly kind: 'constant';
  readonly value: unknown;
  readonly text: string;
  readonly valueKind: ValueKind;
}

/** A placeholder of a statement that is compiled before its values are known. `slot` orders them. */
export interface ParameterNode {
  readonly kind: 'parameter';
  readonly slot: number;
  readonly valueKind: ValueKind;
}

/** An operator of the table with its arguments. */
export interface OperationNode {
  readonly kind: 'operation';
  readonly operator: Operator;
  readonly operands: readonly Node[];
  readonly valueKind: ValueKind;
}

/** Declared SQL text: defaults, generated columns, checks. Never part of a query that users compose. */
export interface SqlNode {
  readonly kind: 'sql';
  readonly text: string;
  readonly valueKind: ValueKind;
}

/** `(SELECT ...)` as a value, or behind EXISTS, IN, ANY and ALL. */
export interface SubqueryNode {
  readonly kind: 'subquery';
  readonly rows: RowsStatement;
  readonly valueKind: ValueKind;
}

/** `ANY (SELECT ...)` or `ALL (SELECT ...)`, the right side of a comparison. */
export interface QuantifiedNode {
  readonly kind: 'quantified';
  readonly quantifier: 'ANY' | 'ALL';
  readonly of: Node;
  readonly valueKind: ValueKind;
}

/** `CASE WHEN ... THEN ... ELSE ... END` */
export interface CaseNode {
  readonly kind: 'case';
  readonly branches: readonly { readonly when: Node; readonly then: Node }[];
  readonly otherwise: Node;
  readonly valueKind: ValueKind;
}

/** `x::type`, to the type of `valueKind`. */
export interface CastNode {
  readonly kind: 'cast';
  readonly operand: Node;
  readonly valueKind: ValueKind;
}

/** An aggregate, or a window function when it stands in a `WindowNode`. `operands` null means `*`. */
export interface AggregateNode {
  readonly kind: 'aggregate';
  readonly name: string;
  readonly operands: readonly Node[] | null;
  readonly isDistinct: boolean;
  readonly orderBy: readonly OrderTerm[];
  /** `WITHIN GROUP (ORDER BY ...)`, for ordered-set aggregates. */
  readonly within: readonly OrderTerm[];
  /** `FILTER (WHERE ...)` */
  readonly filter: Node | null;
  readonly valueKind: ValueKind;
}

export type FrameBound =
  | 'unbounded preceding'
  | 'current row'
  | 'unbounded following'
  | { readonly preceding: Node }
  | { readonly following: Node };
export interface Frame {
  readonly unit: 'rows' | 'range' | 'groups';
  readonly from: FrameBound;
  readonly to: FrameBound;
  readonly exclude?: 'current row' | 'group' | 'ties' | undefined;
}

/** `f(...) OVER (PARTITION BY ... ORDER BY ... frame)` */
export interface WindowNode {
  readonly kind: 'window';
  readonly of: AggregateNode;
  readonly partitionBy: readonly Node[];
  readonly orderBy: readonly OrderTerm[];
  readonly frame: Frame | null;
  readonly valueKind: ValueKind;
}

export type Node =
  | ColumnNode
  | ValueNode
  | ConstantNode
  | ParameterNode
  | OperationNode
  | SqlNode
  | SubqueryNode
  | QuantifiedNode
  | CaseNode
  | CastNode
  | AggregateNode
  | WindowNode;

export type Direction = 'asc' | 'desc';
/** One sort key. `nulls` absent leaves it to Postgres: last when ascending, first when descending. */
export interface OrderTerm {
  readonly by: Node;
  readonly direction: Direction;
  readonly nulls?: 'first' | 'last' | undefined;
}

export const source = (name: string, schema?: string): Source => Object.freeze({ kind: 'source', name, schema });

const paths = new WeakMap<Source, Map<string, Source>>();

/** The source at the end of one step: the same one each time, so that however often a path is written, there is one join. */
export function pathSource(target: string, step: PathStep): Source {
  let steps = paths.get(step.from);
  if (steps === undefined) {
    steps = new Map();
    paths.set(step.from, steps);
  }
  let end = steps.get(step.relation);
  if (end === undefined) {
    end = Object.freeze({ kind: 'source', name: target, via: step });
    steps.set(step.relation, end);
  }
  return end;
}

/** The source, or the nearest one on the way to it, that satisfies the test; null when none does. */
export function nearest(from: Source, isWanted: (source: Source) => boolean): Source | null {
  for (let at: Source | undefined = from; at !== undefined; at = at.via?.from) if (isWanted(at)) return at;
  return null;
}

/** The same steps from another source. */
export function movedPath(from: Source, places: ReadonlyMap<Source, Source>): Source {
  const place = places.get(from);
  if (place !== undefined) return place;
  if (from.via === undefined) return from;
  const start = movedPath(from.via.from, places);
  return start === from.via.from ? from : pathSource(from.name, { ...from.via, from: start });
}

export const column = (from: Source, name: string, property: string, valueKind: ValueKind, isRequired = false): ColumnNode => ({
  kind: 'column',
  source: from,
  column: name,
  property,
  valueKind,
  // At the end of a path there may be no row, and then every column of it is NULL.
  isRequired: isRequired && from.via === undefined,
});
export const value = (of: unknown, valueKind: ValueKind): ValueNode => ({ kind: 'value', value: of, valueKind });
export const constant = (of: unknown, valueKind: ValueKind): ConstantNode => ({
  kind: 'constant',
  value: of,
  text: of === null ? `NULL::${valueKind.castType}` : valueKind.codec.literal(of),
  valueKind,
});
export const parameter = (slot: number, valueKind: ValueKind): ParameterNode => ({ kind: 'parameter', slot, valueKind });
export const operation = (operator: Operator, operands: readonly Node[], valueKind: ValueKind): OperationNode => ({
  kind: 'operation',
  operator,
  operands,
  valueKind,
});
export const sqlText = (text: string, valueKind: ValueKind): SqlNode => ({ kind: 'sql', text, valueKind });
export const derivedSource = (alias: string, rows: RowsStatement): Source => Object.freeze({ kind: 'source', name: alias, rows });
/** One appearance of a query of a WITH. */
export const namedSource = (name: string, named: NamedRows): Source => Object.freeze({ kind: 'source', name, named });
/** Another appearance of the same rows. */
export const sameSource = (of: Source): Source => Object.freeze({ ...of });
export const subquery = (rows: RowsStatement, valueKind: ValueKind): SubqueryNode => ({ kind: 'subquery', rows, valueKind });
export const quantified = (quantifier: 'ANY' | 'ALL', of: Node): QuantifiedNode => ({
  kind: 'quantified',
  quantifier,
  of,
  valueKind: of.valueKind,
});
/** One arm of a CASE. Never awaited: `then` is SQL's word. */
// oxlint-disable-next-line unicorn/no-thenable
export const armOf = (when: Node, value: Node): CaseNode['branches'][number] => ({ when, then: value });
export const caseOf = (branches: CaseNode['branches'], otherwise: Node, valueKind: ValueKind): CaseNode => ({
  kind: 'case',
  branches,
  otherwise,
  valueKind,
});
export const cast = (operand: Node, valueKind: ValueKind): CastNode => ({ kind: 'cast', operand, valueKind });

const NONE: readonly Node[] = [];

/** The nodes directly inside a node, in the order they are rendered. What is inside a subquery is not among them. */
export function operandsOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'operation':
      return node.operands;
    case 'quantified':
      return [node.of];
    case 'case':
      return [...node.branches.flatMap((branch) => [branch.when, branch.then]), node.otherwise];
    case 'cast':
      return [node.operand];
    case 'aggregate':
      // Nearly every one is no more than its name and what it is given.
      if (node.filter === null && node.orderBy.length === 0 && node.within.length === 0) return node.operands ?? NONE;
      return [
        ...(node.operands ?? []),
        ...node.orderBy.map((term) => term.by),
        ...node.within.map((term) => term.by),
        ...(node.filter === null ? [] : [node.filter]),
      ];
    case 'window':
      return [node.of, ...node.partitionBy, ...node.orderBy.map((term) => term.by), ...boundNodes(node.frame)];
    default:
      return NONE;
  }
}

function boundNodes(frame: Frame | null): readonly Node[] {
  if (frame === null) return [];
  return [frame.from, frame.to].flatMap((bound) =>
    typeof bound === 'string' ? [] : ['preceding' in bound ? bound.preceding : bound.following],
  );
}
