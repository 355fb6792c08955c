// Parts of snapshots with everything at its usual, for tests that are about one thing.

import { defaultSequenceOptions } from '../src/snapshot/make-snapshot.ts';
import type {
  CheckSnapshot,
  ColumnSnapshot,
  ExclusionSnapshot,
  ForeignKeySnapshot,
  IndexElementSnapshot,
  IndexSnapshot,
  PolicySnapshot,
  PrimaryKeySnapshot,
  QualifiedName,
  SequenceSnapshot,
  TableRef,
  TableSnapshot,
  UniqueSnapshot,
} from '../src/index.ts';

export const named = (name: string): QualifiedName => ({ schema: 'public', name });
export const ref = (name: string, partitions: readonly string[] | null = null): TableRef => ({
  ...named(name),
  partitions: partitions === null ? null : partitions.map(named),
});
export const notNull = { name: null, isValidated: true, isNoInherit: false } as const;
export const column = (name: string, type: string, more: Partial<ColumnSnapshot> = {}): ColumnSnapshot => ({
  name,
  type,
  collation: null,
  default: null,
  identity: null,
  generated: null,
  notNull: null,
  comment: null,
  ...more,
});
export const identity = (type: string): NonNullable<ColumnSnapshot['identity']> => ({
  generation: 'byDefault',
  sequence: defaultSequenceOptions(type),
});
export const table = (name: string, columns: readonly ColumnSnapshot[], more: Partial<TableSnapshot> = {}): TableSnapshot => ({
  ...named(name),
  columns,
  constraints: [],
  indexes: [],
  policies: [],
  rowSecurity: { isEnabled: false, isForced: false },
  grants: [],
  partitioning: null,
  storageParams: {},
  tablespace: null,
  isUnlogged: false,
  comment: null,
  ...more,
});
const plain = { isDeferrable: false, isInitiallyDeferred: false, comment: null } as const;
export const primaryKey = (name: string, columns: readonly string[]): PrimaryKeySnapshot => ({
  kind: 'primaryKey',
  name,
  columns,
  include: [],
  isWithoutOverlaps: false,
  ...plain,
});
export const unique = (name: string, columns: readonly string[], more: Partial<UniqueSnapshot> = {}): UniqueSnapshot => ({
  kind: 'unique',
  name,
  columns,
  include: [],
  isNullsNotDistinct: false,
  isWithoutOverlaps: false,
  ...plain,
  ...more,
});
export const check = (name: string, expression: string, more: Partial<CheckSnapshot> = {}): CheckSnapshot => ({
  kind: 'check',
  name,
  expression,
  isNoInherit: false,
  isValidated: true,
  isEnforced: true,
  comment: null,
  ...more,
});
export const foreignKey = (
  name: string,
  columns: readonly string[],
  target: string,
  more: Partial<ForeignKeySnapshot> = {},
): ForeignKeySnapshot => ({
  kind: 'foreignKey',
  name,
  columns,
  references: { ...named(target), columns: ['id'] },
  match: 'simple',
  onDelete: 'restrict',
  onUpdate: 'noAction',
  onDeleteColumns: [],
  isPeriod: false,
  isValidated: true,
  isEnforced: true,
  ...plain,
  ...more,
});
export const element = (name: string, more: Partial<IndexElementSnapshot> = {}): IndexElementSnapshot => ({
  column: name,
  expression: null,
  collation: null,
  opclass: null,
  order: 'asc',
  nulls: 'last',
  ...more,
});
export const exclusion = (name: string, over: string): ExclusionSnapshot => ({
  kind: 'exclusion',
  name,
  method: 'gist',
  elements: [{ ...element(over), operator: '&&' }],
  include: [],
  where: null,
  ...plain,
});
export const index = (name: string, columns: readonly string[], more: Partial<IndexSnapshot> = {}): IndexSnapshot => ({
  name,
  method: 'btree',
  isUnique: false,
  isNullsNotDistinct: false,
  elements: columns.map((each) => element(each)),
  include: [],
  where: null,
  storageParams: {},
  tablespace: null,
  comment: null,
  ...more,
});
export const policy = (name: string, using: string, more: Partial<PolicySnapshot> = {}): PolicySnapshot => ({
  name,
  command: 'all',
  isPermissive: true,
  roles: ['public'],
  using,
  withCheck: null,
  comment: null,
  ...more,
});
export const sequence = (name: string, more: Partial<SequenceSnapshot> = {}): SequenceSnapshot => ({
  ...named(name),
  type: 'bigint',
  options: defaultSequenceOptions('bigint'),
  ownedBy: null,
  grants: [],
  comment: null,
  ...more,
});
