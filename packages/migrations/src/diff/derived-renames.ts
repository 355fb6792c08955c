// Constraints, indexes and partitions that are the same thing under another name, as when their table or column was renamed. The end is the same as
// dropping and making them, without the work: nothing is guessed, because equal structure is all there is to them.

import type { Operation } from '../operation/operation.ts';
import { refOf } from '../operation/table-operations.ts';
import { makeSnapshot } from '../snapshot/make-snapshot.ts';
import { relationKey } from '../snapshot/qualified-name.ts';
import type { ConstraintSnapshot, SchemaSnapshot, TableSnapshot } from '../snapshot/snapshot.ts';
import { facts } from './facts.ts';
import type { Renamed } from './hinted-renames.ts';
import { renamesInOrder, type PlannedRename } from './rename-order.ts';

interface Candidate extends PlannedRename {
  readonly table: string;
  readonly part: 'constraints' | 'indexes' | 'partitions';
}

/** `from` has the names that were hinted already. */
export function pairDerived(from: SchemaSnapshot, to: SchemaSnapshot): Renamed {
  const next = new Map(to.tables.map((table) => [relationKey(table), table]));
  let candidates = from.tables.flatMap((table) => {
    const other = next.get(relationKey(table));
    return other === undefined ? [] : candidatesOf(table, other);
  });
  // A name that something else holds, and does not give away in the same way, is not free: then the object is dropped and made.
  const held = new Set(from.tables.flatMap(heldNames).concat(from.sequences.map((sequence) => `r ${relationKey(sequence)}`)));
  for (;;) {
    const given = new Set(candidates.flatMap((candidate) => candidate.holds));
    const free = candidates.filter((candidate) => candidate.takes.every((key) => !held.has(key) || given.has(key)));
    if (free.length === candidates.length) break;
    candidates = free;
  }
  if (candidates.length === 0) return { snapshot: from, operations: [] };
  const renamed = new Map(candidates.map(({ table, part, from: old, to: name }) => [JSON.stringify([table, part, old]), name]));
  const tables = from.tables.map((table): TableSnapshot => {
    const named = <Part extends { readonly name: string }>(part: Candidate['part'], each: Part): Part => {
      const name = renamed.get(JSON.stringify([relationKey(table), part, each.name]));
      return name === undefined ? each : { ...each, name };
    };
    return {
      ...table,
      constraints: table.constraints.map((each) => named('constraints', each)),
      indexes: table.indexes.map((each) => named('indexes', each)),
      partitioning:
        table.partitioning === null
          ? null
          : { ...table.partitioning, partitions: table.partitioning.partitions.map((each) => named('partitions', each)) },
    };
  });
  return { snapshot: makeSnapshot({ ...from, tables }), operations: renamesInOrder(candidates) };
}

const ownsIndex = ({ kind }: ConstraintSnapshot): boolean => kind === 'primaryKey' || kind === 'unique' || kind === 'exclusion';

const heldNames = (table: TableSnapshot): string[] => [
  `r ${relationKey(table)}`,
  ...(table.partitioning?.partitions ?? []).map((partition) => `r ${relationKey(partition)}`),
  ...table.indexes.map(({ name }) => `r ${table.schema}.${name}`),
  ...table.constraints.flatMap((constraint) => constraintKeys(table, constraint, constraint.name)),
];

const constraintKeys = (table: TableSnapshot, constraint: ConstraintSnapshot, name: string): string[] => [
  `c ${relationKey(table)}.${name}`,
  ...(ownsIndex(constraint) ? [`r ${table.schema}.${name}`] : []),
];

function candidatesOf(table: TableSnapshot, next: TableSnapshot): Candidate[] {
  const at = relationKey(table);
  const ref = refOf(table);
  const relation = (name: string): string[] => [`r ${table.schema}.${name}`];
  return [
    ...pairs(table.constraints, next.constraints, ['name', 'comment']).map(([old, renamed]): Candidate => ({
      table: at,
      part: 'constraints',
      from: old.name,
      to: renamed.name,
      holds: constraintKeys(table, old, old.name),
      takes: constraintKeys(table, old, renamed.name),
      operation: (from, to): Operation => ({ kind: 'renameConstraint', table: ref, from, to }),
    })),
    ...pairs(table.indexes, next.indexes, ['name', 'comment', 'storageParams']).map(([old, renamed]): Candidate => ({
      table: at,
      part: 'indexes',
      from: old.name,
      to: renamed.name,
      holds: relation(old.name),
      takes: relation(renamed.name),
      operation: (from, to): Operation => ({ kind: 'renameIndex', from: { schema: table.schema, name: from }, to }),
    })),
    ...pairs(table.partitioning?.partitions ?? [], next.partitioning?.partitions ?? [], ['name', 'storageParams', 'tablespace']).map(
      ([old, renamed]): Candidate => ({
        table: at,
        part: 'partitions',
        from: old.name,
        to: renamed.name,
        holds: [`r ${relationKey(old)}`],
        takes: [`r ${relationKey(renamed)}`],
        operation: (from, to): Operation => ({ kind: 'renameTable', from: { schema: old.schema, name: from, partitions: null }, to }),
      }),
    ),
  ];
}

/** Parts of equal structure and other name, once those are set aside that are equal in name too. */
function pairs<Part extends { readonly name: string }>(
  before: readonly Part[],
  after: readonly Part[],
  without: readonly string[],
): readonly (readonly [Part, Part])[] {
  const structure = (part: Part): string => facts(part, without);
  const same = new Set(
    before.filter((old) => after.some((next) => next.name === old.name && structure(next) === structure(old))).map(({ name }) => name),
  );
  const open = after.filter(({ name }) => !same.has(name));
  return before.flatMap((old) => {
    if (same.has(old.name)) return [];
    const at = open.findIndex((next) => structure(next) === structure(old));
    return at < 0 ? [] : [[old, open.splice(at, 1)[0]!] as const];
  });
}
