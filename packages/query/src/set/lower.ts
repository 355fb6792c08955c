// From a selection to a statement and its row shape.

import {
  conjunctionOf,
  bigintKind,
  nodes,
  type CompiledStatement,
  type Node,
  type RowShape,
  type SelectStatement,
} from '@djogi/core/extension';
import { lockOf } from './lock.ts';
import { checkDistinctOn } from './refine.ts';
import { joinedKey, joinedNodes, joinedShape } from './related.ts';
import { columnsOf, type Selection } from './selection.ts';

const { column, value } = nodes;

/**
 * Up to here a limit is written into the text: as a parameter of a named statement it can lead to a bad generic plan. Above it, a parameter keeps
 * the number of statement texts small.
 */
const MAX_LITERAL_LIMIT = 1000;

export function limitOf(limit: number | bigint | undefined): number | Node | undefined {
  if (limit === undefined) return undefined;
  return limit <= MAX_LITERAL_LIMIT ? Number(limit) : value(BigInt(limit), bigintKind);
}

/** What is left out, as a parameter. */
export const offsetOf = (offset: number | bigint): Node => value(BigInt(offset), bigintKind);

/** The SELECT of a selection. `limit` overrides the selection's own. */
export function selectStatement(selection: Selection, limit?: number | Node): SelectStatement {
  checkDistinctOn(selection);
  const { source, where, orderBy, projection, related, derived } = selection,
    lock = lockOf(selection);
  const chosenLimit = limit ?? limitOf(selection.limit);
  return {
    kind: 'select',
    from: source,
    projection:
      projection?.nodes ??
      ((derived?.built ?? null) === null ? { key: `row${joinedKey(related)}`, nodes: () => rowNodes(selection) } : rowNodes(selection)),
    where: conjunctionOf(where),
    orderBy,
    ...(selection.distinct === undefined ? {} : { distinct: selection.distinct }),
    ...(chosenLimit === undefined ? {} : { limit: chosenLimit }),
    ...(selection.offset === undefined ? {} : { offset: offsetOf(selection.offset) }),
    ...(lock === undefined ? {} : { lock }),
  };
}

/** The columns of the whole row and of the rows that are joined to it, or the chosen expressions. */
export const rowNodes = (selection: Selection): readonly Node[] => {
  const { projection, source, rowSource = source, related, runtime } = selection;
  return (
    projection?.nodes ?? [
      ...columnsOf(selection).map((of) => column(rowSource, of.column, of.property, of.valueKind)),
      ...runtime.derived.map((field) => field.over(rowSource)),
      ...joinedNodes(related),
    ]
  );
};

/** How the selection's rows are built. */
export function rowShape<Row>({ projection, runtime, related, derived }: Selection): RowShape<Row> {
  if (projection === undefined) return joinedShape((derived?.built?.shape ?? runtime.rowShape) as RowShape<Row>, related);
  return {
    columns: projection.nodes.map((node, at) => ({ name: projection.names[at]!, codec: node.valueKind.codec, table: runtime.table })),
    as: projection.as,
  };
}

/** Builds one row from the decoded values, for shapes that put more beside it. */
export function rowBuilder({ columns, build, as }: RowShape<unknown>): (values: unknown[]) => unknown {
  if (build !== undefined) return (values) => new build(...values);
  return as === 'tuple' ? (values) => values : (values) => Object.fromEntries(columns.map(({ name }, at) => [name, values[at]]));
}

export interface Executable<Row> {
  readonly compiled: CompiledStatement<Row>;
  readonly values: unknown[];
}

/** What the rows of a selection are beyond its text. The names of a projection are not in it, but they decide over the shape of the rows. */
export const saltOf = ({ projection, derived, related }: Selection): string =>
  projection === undefined ? `${joinedKey(related)}${derived?.built?.salt ?? ''}` : `${projection.as}${JSON.stringify(projection.names)}`;

/** Compiles the SELECT of a selection through its model's cache of shapes. */
export function compileSelect<Row>(selection: Selection, limit?: number): Executable<Row> {
  return selection.runtime.shapes.compile(selectStatement(selection, limit), () => rowShape<Row>(selection), saltOf(selection));
}
