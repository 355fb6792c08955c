// Statements as data: what a query or a write lowers to, and what an extension may wrap. The renderer reads nothing else.

import type { Direction, NamedRows, Node, OrderTerm, Source } from '../expr/node.ts';

export type LockStrength = 'update' | 'noKeyUpdate' | 'share' | 'keyShare';
export interface Lock {
  readonly strength: LockStrength;
  readonly wait: 'block' | 'nowait' | 'skipLocked';
  readonly of?: readonly Source[] | undefined;
}

/** The columns of a whole row, known by a key: they are walked and rendered only when the shape is new. */
export interface KeyedProjection {
  readonly key: string;
  readonly nodes: () => readonly Node[];
}

export interface Join {
  readonly kind: 'inner' | 'left' | 'cross';
  readonly source: Source;
  readonly on: Node | null;
  /** The joined rows may refer to the sources before them. */
  readonly isLateral?: boolean | undefined;
}

export type Grouping =
  | { readonly kind: 'plain' | 'rollup' | 'cube'; readonly keys: readonly Node[] }
  | { readonly kind: 'sets'; readonly keys: readonly Node[]; readonly sets: readonly (readonly number[])[] };

export interface SelectStatement {
  readonly kind: 'select';
  /** Null: no FROM, one row of expressions, as `SELECT set_config(...)` needs it. */
  readonly from: Source | null;
  readonly projection: readonly Node[] | KeyedProjection;
  /** Names for the columns of the projection, where something outside refers to them. */
  readonly outputs?: readonly string[] | undefined;
  readonly joins?: readonly Join[] | undefined;
  readonly groupBy?: Grouping | undefined;
  readonly having?: Node | null | undefined;
  /** true: DISTINCT; nodes: DISTINCT ON. */
  readonly distinct?: true | readonly Node[] | undefined;
  readonly where: Node | null;
  readonly orderBy: readonly OrderTerm[];
  /** A number is written into the text, a node is a parameter. */
  readonly limit?: number | Node | undefined;
  readonly offset?: Node | undefined;
  readonly lock?: Lock | undefined;
}

export type SetOperator = 'UNION' | 'UNION ALL' | 'INTERSECT' | 'INTERSECT ALL' | 'EXCEPT' | 'EXCEPT ALL';

/** A sort key of a set operation: one of its output columns, by position from 1. */
export interface OutputOrder {
  readonly position: number;
  readonly direction: Direction;
  readonly nulls?: 'first' | 'last' | undefined;
}

/** `(arm) UNION (arm) ...`, ordered and cut as a whole. */
export interface SetOperationStatement {
  readonly kind: 'setOperation';
  readonly operator: SetOperator;
  readonly arms: readonly QueryStatement[];
  readonly orderBy: readonly OutputOrder[];
  readonly limit?: number | Node | undefined;
  readonly offset?: Node | undefined;
}

/** What gives rows and may be nested: in a set operation, a derived table, a subquery, a WITH. */
export type QueryStatement = SelectStatement | SetOperationStatement | WithStatement | ListsStatement;

/** `SELECT EXISTS(SELECT 1 ...)`: the projection and ordering of `of` are ignored. */
export interface ExistsStatement {
  readonly kind: 'exists';
  readonly of: SelectStatement;
}

/** `SELECT count(*)` over the rows of `of`: over a derived table when it is distinct, else directly. */
export interface CountStatement {
  readonly kind: 'count';
  readonly of: SelectStatement;
}

export interface Assignment {
  readonly column: string;
  readonly to: Node;
}

/** One list per column, one row per position. `restore` casts each element back to the column's type when it travelled as text. */
export interface ListedColumn {
  readonly list: Node;
  readonly restore?: string | undefined;
  /** A list of booleans saying which rows have the key, and what the others get. */
  readonly presence?: { readonly list: Node; readonly otherwise: string } | undefined;
}

/** Rows made of lists, as a derived table: one column for each list, under these names. */
export interface ListsStatement {
  readonly kind: 'lists';
  readonly columns: readonly ListedColumn[];
  readonly names: readonly string[];
}

export type InsertRows =
  | { readonly kind: 'values'; readonly values: readonly Node[] }
  | { readonly kind: 'defaults' }
  /** The rows of a query, as a write that logs another one needs it. */
  | { readonly kind: 'select'; readonly select: QueryStatement }
  /** `keys`: one more column, the first, filled by a function that gives as many values as it is asked for, in order. */
  | {
      readonly kind: 'lists';
      readonly columns: readonly ListedColumn[];
      readonly keys?: { readonly column: string; readonly by: string } | undefined;
    };

/** Columns of a unique constraint or index, or the name of a constraint. `where` is the predicate of a partial index, over a source of its own and without parameters. */
export type ConflictTarget =
  | { readonly columns: readonly string[]; readonly where?: { readonly of: Source; readonly node: Node } | undefined }
  | { readonly constraint: string };

export interface Conflict {
  /** Absent means any. */
  readonly target?: ConflictTarget | undefined;
  readonly action: 'nothing' | { readonly set: readonly Assignment[]; readonly where: Node | null; readonly offered: Source };
}

/** What a write gives back. `old` and `new` are the sources whose columns mean the row before and after. */
export interface Returning {
  readonly nodes: readonly Node[];
  readonly old?: Source | undefined;
  readonly new?: Source | undefined;
}

export interface InsertStatement {
  readonly kind: 'insert';
  readonly into: Source;
  readonly columns: readonly string[];
  readonly rows: InsertRows;
  readonly conflict?: Conflict | undefined;
  readonly returning: Returning | null;
}
/** `UPDATE t SET ... FROM joins WHERE ...`: a join of an update names further sources and is told in WHERE. */
export interface UpdateStatement {
  readonly kind: 'update';
  readonly table: Source;
  readonly set: readonly Assignment[];
  readonly from?: readonly Source[] | undefined;
  readonly where: Node | null;
  readonly returning: Returning | null;
}
export interface DeleteStatement {
  readonly kind: 'delete';
  readonly from: Source;
  readonly where: Node | null;
  readonly returning: Returning | null;
}

/** `CYCLE columns SET mark USING path`: ends a recursion at a row it has seen on the way. */
export interface CycleClause {
  readonly columns: readonly string[];
  readonly mark: string;
  readonly path: string;
}

/** `SEARCH BREADTH FIRST BY columns SET sequence`: a column to order what a recursion gives by. */
export interface SearchClause {
  readonly order: 'breadth' | 'depth';
  readonly columns: readonly string[];
  readonly sequence: string;
}

/**
 * A query that stands in the WITH of every statement with a source over it, once however many sources there are. `name` null leaves the name to the statement.
 * `statement` refers to nothing outside of itself, but to the query itself where it is recursive.
 */
export interface NamedQuery extends NamedRows {
  readonly name: string | null;
  readonly statement: QueryStatement;
  readonly columns?: readonly string[] | undefined;
  readonly isRecursive?: boolean | undefined;
  readonly isMaterialized?: boolean | undefined;
  readonly search?: SearchClause | undefined;
  readonly cycle?: CycleClause | undefined;
}

/** One query of a WITH. `columns` renames what it returns: needed where two of its columns have one name, as with the row before and after. */
export interface WithQuery {
  readonly name: string;
  readonly columns?: readonly string[] | undefined;
  readonly statement: Statement;
  readonly isMaterialized?: boolean | undefined;
  readonly search?: SearchClause | undefined;
  readonly cycle?: CycleClause | undefined;
  /** The query that sources know it by. */
  readonly of?: NamedRows | undefined;
}

/** `WITH a AS (...), b AS (...) <body>`. A source named like a query reads its rows. */
export interface WithStatement {
  readonly kind: 'with';
  readonly isRecursive?: boolean | undefined;
  readonly queries: readonly WithQuery[];
  readonly body: Statement;
}

export type WriteStatementNode = InsertStatement | UpdateStatement | DeleteStatement;
export type Statement =
  | SelectStatement
  | SetOperationStatement
  | ListsStatement
  | ExistsStatement
  | CountStatement
  | WriteStatementNode
  | WithStatement;
