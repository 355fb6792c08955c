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
import type { Selection } from './selection.ts';

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

/** The columns of the whole row and of the rows that are joined to it, or the chosen expressions. */
export const rowNodes = ({ projection, runtime, source, rowSource = source, related }: Selection): readonly Node[] =>
  projection?.nodes ?? [
    ...runtime.fields.map((field) => column(rowSource, field.column, field.property, field.valueKind)),
    ...joinedNodes(related),
  ];

/** The SELECT of a selection. `limit` overrides the selection's own. */
export function selectStatement(selection: Selection, limit?: number | Node): SelectStatement {
  checkDistinctOn(selection);
  const { source, where, orderBy, projection, related } = selection,
    lock = lockOf(selection);
  const chosenLimit = limit ?? limitOf(selection.limit);
  return {
    kind: 'select',
    from: source,
    projection: projection?.nodes ?? { key: `row${joinedKey(related)}`, nodes: () => rowNodes(selection) },
    where: conjunctionOf(where),
    orderBy,
    ...(selection.distinct === undefined ? {} : { distinct: selection.distinct }),
    ...(chosenLimit === undefined ? {} : { limit: chosenLimit }),
    ...(selection.offset === undefined ? {} : { offset: value(BigInt(selection.offset), bigintKind) }),
    ...(lock === undefined ? {} : { lock }),
  };
}

/** How the selection's rows are built. */
export function rowShape<Row>({ projection, runtime, related }: Selection): RowShape<Row> {
  if (projection === undefined) return joinedShape(runtime.rowShape as RowShape<Row>, related);
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

/** Compiles the SELECT of a selection through its model's cache of shapes. */
export function compileSelect<Row>(selection: Selection, limit?: number): Executable<Row> {
  const { projection, runtime } = selection;
  // The names of a projection are not in the text, but they decide over the shape of the rows.
  const salt = projection === undefined ? '' : `${projection.as}${JSON.stringify(projection.names)}`;
  return runtime.shapes.compile(selectStatement(selection, limit), () => rowShape<Row>(selection), salt);
}
