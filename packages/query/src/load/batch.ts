// `prefetch`: the rows of a relation in one statement for all rows at once, whatever their number.

import type { Context, TerminalOptions } from '@djogi/core';
import { rowNumber } from '@djogi/core';
import {
  bigintKind,
  booleanKind,
  expressionOf,
  identityOf,
  listKind,
  nodeOf,
  nodes,
  OPERATORS,
  OrderExpression,
  relationOf,
  resourced,
  type Node,
  type OrderTerm,
  type RelationRuntime,
  type Source,
  type StoredField,
} from '@djogi/core/extension';
import { AnnotatedSet } from '../group/annotated.ts';
import { fetchRows } from '../read/terminals.ts';
import { refuse, refuseVisage } from '../set/refine.ts';
import { missing, movedRelated, type Batch } from '../set/related.ts';
import { isWhole, wholeTable, type Selection } from '../set/selection.ts';
import { refined, relationNames, without, type Sets } from './sets.ts';

const { column, operation, value } = nodes;

/** The selection with further statements after it: several relations by name, or one whose rows the callback refines. */
export function prefetch(selection: Selection, given: readonly unknown[], sets: Sets): Selection {
  refuseVisage(selection, 'prefetch');
  if (!isWhole(selection)) refuse(selection, 'prefetch', 'prefetch is about whole rows: it does not go with select');
  const { names, callback } = relationNames(selection, given, 'prefetch');
  return names.reduce((to, name) => {
    const batch = batchOf(to, name, callback, sets),
      others = without(to.related, name);
    return { ...to, related: { ...others, batches: [...others.batches, batch] } };
  }, selection);
}

/** All rows of a model, or of a visage with the rows that it shows of others. */
export function wholeRows(model: unknown): Selection {
  const whole = wholeTable(model),
    peers = [...(whole.runtime.visage?.peers.keys() ?? [])];
  return peers.length === 0
    ? whole
    : { ...whole, related: { joins: [], batches: peers.map((name) => batchOf(whole, name, undefined, null)) } };
}

function batchOf(selection: Selection, name: string, callback: unknown, sets: Sets | null): Batch {
  const relation = relationOf(selection.runtime, name),
    whole = wholeRows(relation.model);
  const rows = callback === undefined || sets === null ? whole : refined(selection, whole, callback, sets, 'prefetch');
  const problem =
    rows.distinct !== undefined
      ? 'distinct: each row is loaded once anyway'
      : !relation.isMany && (rows.limit !== undefined || rows.offset !== undefined)
        ? 'limit and offset: there is one row for each'
        : !relation.isMany && !relation.isNullable && (rows.isNone || rows.where.length > whole.where.length)
          ? 'filter: each row has one, and would be without it'
          : rows.lock !== undefined && (rows.limit !== undefined || rows.offset !== undefined)
            ? 'a lock with limit or offset, which count for each row: lock the rows in a query of their own'
            : null;
  if (problem !== null) refuse(selection, 'prefetch', `the callback of prefetch('${name}') cannot take ${problem}`);
  return { relation, load: (owners, ctx, options) => load(relation, rows, owners as readonly Loaded[], ctx, options) };
}

type Loaded = Record<string, unknown>;

async function load(
  relation: RelationRuntime,
  rows: Selection,
  owners: readonly Loaded[],
  ctx: Context,
  options: TerminalOptions | undefined,
): Promise<void> {
  const { name, own, isMany, isNullable } = relation,
    { property, valueKind } = own;
  const keys = new Map<unknown, unknown>();
  for (const owner of owners) {
    const key = owner[property];
    if (key === undefined) refuse(rows, 'prefetch', `${name} is found by ${property}, which these rows do not have`);
    if (key !== null) keys.set(identityOf(valueKind, key), key);
  }
  const found = keys.size === 0 || rows.isNone ? [] : await relatedRows(relation, rows, [...keys.values()], ctx, options);
  if (isMany) {
    const byKey = new Map<unknown, unknown[]>();
    for (const { key, row } of found) {
      const identity = identityOf(valueKind, key),
        list = byKey.get(identity);
      if (list === undefined) byKey.set(identity, [row]);
      else list.push(row);
    }
    // Two appearances of one row have lists of their own.
    const taken = new Set<unknown>();
    for (const owner of owners) {
      const identity = identityOf(valueKind, owner[property]),
        list = byKey.get(identity);
      owner[name] = list === undefined ? [] : taken.has(identity) ? [...list] : list;
      if (list !== undefined) taken.add(identity);
    }
    return;
  }
  const byKey = new Map<unknown, unknown>();
  for (const { key, row } of found) byKey.set(identityOf(valueKind, key), row);
  for (const owner of owners) {
    const key = owner[property],
      target = (key === null ? null : byKey.get(identityOf(valueKind, key))) ?? null;
    if (target === null && !isNullable) missing(relation);
    owner[name] = target;
  }
}

export interface Keyed {
  readonly key: unknown;
  readonly row: unknown;
}

/** The related rows of all keys, each with the one that it belongs to. */
export async function relatedRows(
  relation: RelationRuntime,
  rows: Selection,
  keys: readonly unknown[],
  ctx: Context,
  options: TerminalOptions | undefined,
): Promise<readonly Keyed[]> {
  const { remote, through } = relation;
  const { selection, key } = through === null ? { selection: rows, key: of(rows.source, remote) } : throughModel(relation, through, rows);
  const among = operation(OPERATORS.in, [key, value(keys, listKind(key.valueKind))], booleanKind),
    wanted: Selection = { ...selection, where: [...selection.where, among] };
  // A visage may have rows without the field that they are found by.
  const hasKey = rows.projection === undefined && rows.runtime.byProperty.has(remote.property);
  if (through === null && hasKey && rows.limit === undefined && rows.offset === undefined) {
    const found = await fetchRows<Loaded>(wanted, ctx, 'prefetch', options);
    return found.map((row) => ({ key: row[remote.property], row }));
  }
  const found = (await keyedRows(wanted, key).fetchAll(ctx, options)) as readonly Keyed[];
  return through === null || !hasKey ? found : shared(found, remote);
}

/** The rows with their keys; with a limit, that many for each key. */
function keyedRows(wanted: Selection, key: Node): AnnotatedSet {
  const { limit, offset, orderBy, ...rest } = wanted;
  if (limit === undefined && offset === undefined)
    return new AnnotatedSet({ selection: wanted, outputs: { names: ['key'], nodes: [key], expressions: {} }, qualified: [] });
  const position = positionIn(wanted, key, orderBy),
    first = offset === undefined ? 0n : BigInt(offset);
  const compared = (operator: Parameters<typeof operation>[0], to: bigint): Node =>
    operation(operator, [position, value(to, bigintKind)], booleanKind);
  return new AnnotatedSet({
    selection: { ...rest, limit: undefined, offset: undefined, orderBy: [{ by: position, direction: 'asc' }], orderPrefix: 0 },
    outputs: { names: ['key', 'position'], nodes: [key, position], expressions: {} },
    qualified: [
      ...(offset === undefined ? [] : [compared(OPERATORS.gt, first)]),
      ...(limit === undefined ? [] : [compared(OPERATORS.lte, first + BigInt(limit))]),
    ],
  });
}

/** `row_number() OVER (PARTITION BY key ORDER BY ...)`, by the rows' own key where no order was asked for. */
function positionIn({ runtime, rowSource, source }: Selection, key: Node, orderBy: readonly OrderTerm[]): Node {
  const { key: own } = runtime,
    terms: readonly OrderTerm[] = orderBy.length > 0 || own === null ? orderBy : [{ by: of(rowSource ?? source, own), direction: 'asc' }];
  return nodeOf(
    rowNumber().over({
      partitionBy: [expressionOf(key) as never],
      orderBy: terms.map(
        ({ by, direction, nulls }) => new OrderExpression({ by, direction, ...(nulls === undefined ? {} : { nulls }) }),
      ) as never,
    }),
  );
}

/** The rows at the end of the path from the model between the two: `FROM memberships JOIN clubs AS club ON ... WHERE memberships.person_id = ANY($1)`. */
function throughModel(
  { remote, target }: RelationRuntime,
  { runtime, from, to }: NonNullable<RelationRuntime['through']>,
  rows: Selection,
): { readonly selection: Selection; readonly key: Node } {
  const between = nodes.source(runtime.table),
    end = nodes.pathSource(target.table, {
      from: between,
      relation: to.descriptor.name,
      column: to.column,
      key: remote.column,
      valueKind: to.valueKind,
    });
  const move = (node: Node): Node => resourced(node, rows.source, end),
    isThere = operation(OPERATORS.eq, [of(end, remote), of(between, to)], booleanKind),
    slice = runtime.slice?.where(between);
  return {
    key: of(between, from),
    selection: {
      ...rows,
      source: between,
      rowSource: end,
      // A row without a target, or with one that is not visible, is none of these.
      where: [isThere, ...(slice == null ? [] : [slice]), ...rows.where.map(move)],
      orderBy: rows.orderBy.map((term) => ({ ...term, by: move(term.by) })),
      projection: rows.projection === undefined ? undefined : { ...rows.projection, nodes: rows.projection.nodes.map(move) },
      related: movedRelated(rows.related, new Map([[rows.source, end]])),
    },
  };
}

const of = (source: Source, field: StoredField): Node => column(source, field.column, field.property, field.valueKind);

/** One object for each row, however many lead to it. */
function shared(found: readonly Keyed[], remote: StoredField): Keyed[] {
  const byKey = new Map<unknown, unknown>();
  return found.map(({ key, row }) => {
    const own = identityOf(remote.valueKind, (row as Loaded)[remote.property]);
    if (!byKey.has(own)) byKey.set(own, row);
    return { key, row: byKey.get(own) };
  });
}
