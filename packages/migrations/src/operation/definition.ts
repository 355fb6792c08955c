// What every operation declares about itself, as data: its statements, its way back, what it costs whom, what it may destroy, and what must come before it.

import type { QualifiedName } from '../snapshot/qualified-name.ts';
import type { Operation } from './operation.ts';

/** Postgres's names of table locks, weakest first. */
export const LOCK_MODES = [
  'ACCESS SHARE',
  'ROW SHARE',
  'ROW EXCLUSIVE',
  'SHARE UPDATE EXCLUSIVE',
  'SHARE',
  'SHARE ROW EXCLUSIVE',
  'EXCLUSIVE',
  'ACCESS EXCLUSIVE',
] as const;
export type LockMode = (typeof LOCK_MODES)[number];

export interface RelationLock {
  readonly relation: QualifiedName;
  /** The strongest one that the operation takes on the relation. */
  readonly mode: LockMode;
}

/** A table an operation works on. An operation on a partitioned table works on its partitions too. */
export interface TableRef extends QualifiedName {
  /** Null for a table that is not partitioned. */
  readonly partitions: readonly QualifiedName[] | null;
}

/** What others feel, on relations that exist before the operation. */
export interface OperationCost {
  /** Tables, and the index or sequence that the operation is about. Indexes and sequences of a locked table follow it and are not listed. */
  readonly locks: readonly RelationLock[];
  /** Tables whose rows are all written anew. */
  readonly rewrites: readonly QualifiedName[];
  /** Tables whose rows are all read, and not rewritten. */
  readonly scans: readonly QualifiedName[];
}

/**
 * What becomes of the data.
 *
 * - `safe`: every value is kept
 * - `lossy`: values may come out different, or the operation may refuse rows that are there
 * - `destructive`: data, or what guarded it, is gone
 */
export interface OperationEffect {
  readonly kind: 'safe' | 'lossy' | 'destructive';
  /** What would be lost; null when nothing is. */
  readonly loss: string | null;
}

export const SAFE: OperationEffect = { kind: 'safe', loss: null };
export const lossy = (loss: string): OperationEffect => ({ kind: 'lossy', loss });
export const destructive = (loss: string): OperationEffect => ({ kind: 'destructive', loss });

/** The way back: other operations, in order, or the reason why there is none. */
export type Reversal = { readonly operations: readonly Operation[] } | { readonly irreversible: string };

/** Identities by which operations are put in order. */
export interface OperationOrder {
  /** Ties are broken by it: what exists for others first, what removes last. */
  readonly rank: number;
  readonly creates: readonly string[];
  readonly removes: readonly string[];
  /** What must be there when the operation has run. */
  readonly needs: readonly string[];
  /** What the operation lets go of: its removal comes later. */
  readonly frees: readonly string[];
}

export interface OperationDefinition<Op> {
  /** `addColumn posts.title`: unique in a diff, and what `allow` names. */
  label(operation: Op): string;
  /** One statement each, without a closing semicolon. */
  forward(operation: Op): readonly string[];
  reverse(operation: Op): Reversal;
  cost(operation: Op): OperationCost;
  effect(operation: Op): OperationEffect;
  order(operation: Op): OperationOrder;
  /** True when its only statement refuses a transaction block. */
  standsAlone(operation: Op): boolean;
}

export const RANK = {
  rename: 0,
  foundation: 1,
  type: 2,
  sequence: 3,
  object: 4,
  table: 5,
  column: 6,
  property: 7,
  key: 8,
  reference: 9,
  security: 10,
  lateObject: 11,
  comment: 12,
  dropSecurity: 13,
  dropReference: 14,
  dropKey: 15,
  dropColumn: 16,
  dropTable: 17,
  dropSequence: 18,
  dropType: 19,
  dropFoundation: 20,
} as const;

export const order = (rank: number, parts: Partial<Omit<OperationOrder, 'rank'>> = {}): OperationOrder => ({
  rank,
  creates: parts.creates ?? [],
  removes: parts.removes ?? [],
  needs: parts.needs ?? [],
  frees: parts.frees ?? [],
});

export const relationOf = ({ schema, name }: QualifiedName): QualifiedName => ({ schema, name });
/** The table and its partitions. */
export const relationsOf = (table: TableRef): readonly QualifiedName[] => [relationOf(table), ...(table.partitions ?? []).map(relationOf)];
/** Where the rows of a table are: a partitioned one has none of its own. */
export const storesOf = (table: TableRef): readonly QualifiedName[] =>
  table.partitions === null ? [relationOf(table)] : table.partitions.map(relationOf);

export const locksOn = (relations: readonly QualifiedName[], mode: LockMode): readonly RelationLock[] =>
  relations.map((relation) => ({ relation, mode }));

export const cost = (
  locks: readonly RelationLock[],
  { rewrites = [], scans = [] }: { readonly rewrites?: readonly QualifiedName[]; readonly scans?: readonly QualifiedName[] } = {},
): OperationCost => ({ locks: strongest(locks), rewrites: once(rewrites), scans: once(scans) });

const keyOf = ({ schema, name }: QualifiedName): string => JSON.stringify([schema, name]);

const once = (relations: readonly QualifiedName[]): readonly QualifiedName[] => [
  ...new Map(relations.map((relation) => [keyOf(relation), relation])).values(),
];

/** One lock per relation: a table that refers to itself is locked once. */
function strongest(locks: readonly RelationLock[]): readonly RelationLock[] {
  const found = new Map<string, RelationLock>();
  for (const lock of locks) {
    const key = keyOf(lock.relation);
    const other = found.get(key);
    if (other === undefined || LOCK_MODES.indexOf(lock.mode) > LOCK_MODES.indexOf(other.mode)) found.set(key, lock);
  }
  return [...found.values()];
}

export const NO_COST: OperationCost = { locks: [], rewrites: [], scans: [] };
export const inTransaction = (): boolean => false;
export const back = (...operations: readonly Operation[]): Reversal => ({ operations });
