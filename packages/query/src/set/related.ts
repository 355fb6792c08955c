// Related rows that come with the rows of a set: joined into the same statement, or brought by a statement of their own once the rows are there.

import {
  identityOf,
  nestedRowConstructor,
  nodes,
  type ModelRuntime,
  type Node,
  type RelationRuntime,
  type RowPart,
  type RowShape,
  type Source,
} from '@djogi/core/extension';
import { DecodeError, type Context, type TerminalOptions } from '@djogi/core';

/** A to-one relation whose row is joined. `source` is where its columns come from. */
export interface Joined {
  readonly relation: RelationRuntime;
  readonly source: Source;
  readonly related: Related;
}

/** A relation whose rows are brought by one statement for all owners, which it is then put on. */
export interface Batch {
  readonly relation: RelationRuntime;
  readonly load: (owners: readonly object[], ctx: Context, options: TerminalOptions | undefined) => Promise<void>;
}

export interface Related {
  readonly joins: readonly Joined[];
  readonly batches: readonly Batch[];
}

export const NOTHING_RELATED: Related = Object.freeze({ joins: [], batches: [] });

export const hasRelated = ({ joins, batches }: Related): boolean => joins.length > 0 || batches.length > 0;

const { column } = nodes;

/** What a row of a model is made of, over one source. */
export const rowColumns = ({ fields, derived }: ModelRuntime, source: Source): Node[] => [
  ...fields.map((field) => column(source, field.column, field.property, field.valueKind)),
  ...derived.map((field) => field.over(source)),
];

/** The columns of the joined rows, parents first. */
export const joinedNodes = ({ joins }: Related): Node[] =>
  joins.flatMap((join) => [...rowColumns(join.relation.target, join.source), ...joinedNodes(join.related)]);

/** What the joins add to the key of a projection. */
export const joinedKey = ({ joins }: Related): string =>
  joins.map(({ relation, related }) => `+${relation.name.length}${relation.name}(${joinedKey(related)})`).join('');

/** The shape of rows with the joined ones inside. */
export function joinedShape<Row>(outer: RowShape<Row>, related: Related): RowShape<Row> {
  if (related.joins.length === 0) return outer;
  const parts: RowPart[] = [],
    columns = [...outer.columns];
  const add = (joins: readonly Joined[], owner: number): void => {
    for (const { relation, related: further } of joins) {
      const { target, remote, name } = relation,
        start = columns.length;
      columns.push(...target.rowShape.columns);
      parts.push({ build: target.buildRow, name, owner, start, count: target.rowShape.columns.length, key: start + remote.position });
      add(further.joins, parts.length);
    }
  };
  add(related.joins, 0);
  return { columns, build: nestedRowConstructor(outer.build as never, outer.columns.length, parts) as never };
}

/** The same joins to rows that come from elsewhere. */
export const movedRelated = ({ joins, batches }: Related, places: ReadonlyMap<Source, Source>): Related => ({
  batches,
  joins: joins.map((join) => ({ ...join, source: nodes.movedPath(join.source, places), related: movedRelated(join.related, places) })),
});

type Loaded = Record<string, unknown>;

/**
 * Completes rows that came from the database: rows with the same target share it, and what is loaded by statements of its own is put on them.
 *
 * Errors: DECODE with `related_row_missing` where a required target is not there, or not visible.
 */
export async function completeRows(
  owners: readonly unknown[],
  { joins, batches }: Related,
  ctx: Context,
  options: TerminalOptions | undefined,
): Promise<void> {
  if (owners.length === 0) return;
  const nested = joins.map(({ relation, related }) => ({ targets: shared(owners as readonly Loaded[], relation), related }));
  const pending = [
    ...nested.map(({ targets, related }) => completeRows(targets, related, ctx, options)),
    ...batches.map((batch) => batch.load(owners as readonly object[], ctx, options)),
  ];
  // All of them are over before the first error leaves: none may still be running when a transaction ends.
  for (const outcome of await Promise.allSettled(pending)) if (outcome.status === 'rejected') throw outcome.reason;
}

/** The distinct joined rows. Equal ones become one object. */
function shared(owners: readonly Loaded[], relation: RelationRuntime): Loaded[] {
  const { name, remote } = relation,
    byKey = new Map<unknown, Loaded>();
  for (const owner of owners) {
    const target = owner[name] as Loaded | null;
    if (target === null) {
      if (!relation.isNullable) missing(relation);
      continue;
    }
    const key = identityOf(remote.valueKind, target[remote.property]),
      known = byKey.get(key);
    if (known === undefined) byKey.set(key, target);
    else owner[name] = known;
  }
  return [...byKey.values()];
}

/** A reference that holds leads to a row: if it does not come, row security hides it, or the constraint is not there. */
export function missing({ name, remote, target }: RelationRuntime): never {
  throw new DecodeError(
    `The relation ${name} leads to a row of ${target.table} that is not there or not visible. Make the relation nullable where that is expected, or see to it that whoever reads the row may read the other.`,
    { table: target.table, column: remote.column, rule: 'related_row_missing' },
  );
}
