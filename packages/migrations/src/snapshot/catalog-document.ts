// The document that the catalog statement returns, and how its records become those of a snapshot. Its lists are null where nothing was found.

import type { QualifiedName } from './qualified-name.ts';
import type {
  ColumnSnapshot,
  ConstraintSnapshot,
  EnumSnapshot,
  ExtensionSnapshot,
  GrantSnapshot,
  IndexElementSnapshot,
  IndexSnapshot,
  NotNullSnapshot,
  PartitioningSnapshot,
  PolicySnapshot,
  ReferentialAction,
  RowSecuritySnapshot,
  SequenceOptions,
  SequenceSnapshot,
  TableSnapshot,
} from './snapshot.ts';

/** An object that the snapshot has no place for: `view`, `public.active_posts`. */
export interface UnsupportedObject {
  readonly kind: string;
  readonly object: string;
}

export interface CatalogDocument {
  readonly searchPath: string;
  readonly extensions: readonly ExtensionSnapshot[] | null;
  readonly enums: readonly EnumSnapshot[] | null;
  readonly sequences: readonly SequenceRecord[] | null;
  readonly tables: readonly TableRecord[] | null;
  readonly unsupported: readonly UnsupportedObject[] | null;
}

interface Storage {
  readonly reloptions: readonly string[] | null;
  readonly toastOptions: readonly string[] | null;
  readonly tablespace: string | null;
}

type SequenceRecord = Omit<SequenceSnapshot, 'grants'> & { readonly grants: readonly GrantSnapshot[] | null };

interface TableRecord extends QualifiedName, Storage {
  readonly columns: readonly ColumnRecord[] | null;
  readonly constraints: readonly ConstraintRecord[] | null;
  readonly indexes: readonly IndexRecord[] | null;
  readonly policies: readonly PolicyRecord[] | null;
  readonly rowSecurity: RowSecuritySnapshot;
  readonly grants: readonly GrantSnapshot[] | null;
  readonly partitioning: PartitioningRecord | null;
  readonly isUnlogged: boolean;
  readonly comment: string | null;
}

interface ColumnRecord {
  readonly name: string;
  readonly type: string;
  readonly collation: string | null;
  /** The default, or the expression of a generated column. */
  readonly expression: string | null;
  /** `s` stored, `v` virtual, empty for neither. */
  readonly generated: string;
  /** `a` always, `d` by default, empty for neither. */
  readonly identity: string;
  readonly sequence: SequenceOptions | null;
  readonly notNull: NotNullSnapshot | null;
  readonly comment: string | null;
}

interface IndexRecord extends Omit<IndexSnapshot, 'storageParams'> {
  readonly reloptions: readonly string[] | null;
}

interface ConstraintRecord {
  readonly kind: 'p' | 'u' | 'f' | 'c' | 'x';
  readonly name: string;
  readonly columns: readonly string[];
  readonly index: IndexRecord | null;
  readonly expression: string | null;
  readonly isDeferrable: boolean;
  readonly isInitiallyDeferred: boolean;
  readonly isValidated: boolean;
  readonly isEnforced: boolean;
  readonly isNoInherit: boolean;
  readonly isPeriod: boolean;
  readonly references: (QualifiedName & { readonly columns: readonly string[] }) | null;
  readonly match: string;
  readonly onDelete: string;
  readonly onUpdate: string;
  readonly onDeleteColumns: readonly string[];
  readonly operators: readonly string[] | null;
  readonly comment: string | null;
}

interface PolicyRecord extends Omit<PolicySnapshot, 'command'> {
  readonly command: string;
}

interface PartitioningRecord {
  readonly strategy: string;
  readonly columns: readonly (string | null)[];
  readonly expression: string | null;
  readonly partitions: readonly (QualifiedName & Storage & { readonly bound: string })[] | null;
}

export function tableFromCatalog(record: TableRecord): TableSnapshot {
  return {
    schema: record.schema,
    name: record.name,
    columns: (record.columns ?? []).map(columnFromCatalog),
    constraints: (record.constraints ?? []).map(constraintFromCatalog),
    indexes: (record.indexes ?? []).map(indexFromCatalog),
    policies: (record.policies ?? []).map(policyFromCatalog),
    rowSecurity: { isEnabled: record.rowSecurity.isEnabled, isForced: record.rowSecurity.isForced },
    grants: (record.grants ?? []).map(grantFromCatalog),
    partitioning: record.partitioning === null ? null : partitioningFromCatalog(record.partitioning),
    storageParams: storageParams(record),
    tablespace: record.tablespace,
    isUnlogged: record.isUnlogged,
    comment: record.comment,
  };
}

function columnFromCatalog({
  name,
  type,
  collation,
  expression,
  generated,
  identity,
  sequence,
  notNull,
  comment,
}: ColumnRecord): ColumnSnapshot {
  return {
    name,
    type,
    collation,
    default: generated === '' ? expression : null,
    identity: sequence === null ? null : { generation: identity === 'a' ? 'always' : 'byDefault', sequence: sequenceOptions(sequence) },
    generated: generated === '' || expression === null ? null : { expression, isStored: generated === 's' },
    notNull: notNull === null ? null : { name: notNull.name, isValidated: notNull.isValidated, isNoInherit: notNull.isNoInherit },
    comment,
  };
}

// jsonb orders keys by itself; a snapshot has them in the order of its types, so that equal schemas are equal bytes.
const sequenceOptions = ({ start, increment, min, max, cache, isCyclic }: SequenceOptions): SequenceOptions => ({
  start,
  increment,
  min,
  max,
  cache,
  isCyclic,
});

export const enumFromCatalog = ({ schema, name, labels, comment }: EnumSnapshot): EnumSnapshot => ({ schema, name, labels, comment });

export const extensionFromCatalog = ({ name, schema }: ExtensionSnapshot): ExtensionSnapshot => ({ name, schema });

const grantFromCatalog = ({ role, privileges, isGrantable }: GrantSnapshot): GrantSnapshot => ({ role, privileges, isGrantable });

export const sequenceFromCatalog = ({ schema, name, type, options, ownedBy, grants, comment }: SequenceRecord): SequenceSnapshot => ({
  schema,
  name,
  type,
  options: sequenceOptions(options),
  ownedBy: ownedBy === null ? null : { schema: ownedBy.schema, name: ownedBy.name, column: ownedBy.column },
  grants: (grants ?? []).map(grantFromCatalog),
  comment,
});

const ACTIONS: Readonly<Record<string, ReferentialAction>> = { a: 'noAction', r: 'restrict', c: 'cascade', n: 'setNull', d: 'setDefault' };

function constraintFromCatalog(record: ConstraintRecord): ConstraintSnapshot {
  const { name, columns, isDeferrable, isInitiallyDeferred, isValidated, isEnforced, isNoInherit, isPeriod, comment } = record;
  const include = record.index?.include ?? [];
  switch (record.kind) {
    case 'p':
      return { kind: 'primaryKey', name, columns, include, isWithoutOverlaps: isPeriod, isDeferrable, isInitiallyDeferred, comment };
    case 'u': {
      const isNullsNotDistinct = record.index?.isNullsNotDistinct ?? false;
      return {
        kind: 'unique',
        name,
        columns,
        include,
        isNullsNotDistinct,
        isWithoutOverlaps: isPeriod,
        isDeferrable,
        isInitiallyDeferred,
        comment,
      };
    }
    case 'f': {
      const { schema, name: table, columns: referenced } = record.references!;
      return {
        kind: 'foreignKey',
        name,
        columns,
        references: { schema, name: table, columns: referenced },
        match: record.match === 'f' ? 'full' : 'simple',
        onDelete: ACTIONS[record.onDelete]!,
        onUpdate: ACTIONS[record.onUpdate]!,
        onDeleteColumns: record.onDeleteColumns,
        isPeriod,
        isValidated,
        isEnforced,
        isDeferrable,
        isInitiallyDeferred,
        comment,
      };
    }
    case 'c':
      return { kind: 'check', name, expression: record.expression!, isNoInherit, isValidated, isEnforced, comment };
    default: {
      const { method, elements, where } = record.index!;
      return {
        kind: 'exclusion',
        name,
        method,
        elements: elements.map((element, position) => ({ ...elementFromCatalog(element), operator: record.operators![position]! })),
        include,
        where,
        isDeferrable,
        isInitiallyDeferred,
        comment,
      };
    }
  }
}

const elementFromCatalog = ({ column, expression, collation, opclass, order, nulls }: IndexElementSnapshot): IndexElementSnapshot => ({
  column,
  expression,
  collation,
  opclass,
  order,
  nulls,
});

function indexFromCatalog({
  name,
  method,
  isUnique,
  isNullsNotDistinct,
  elements,
  include,
  where,
  reloptions,
  tablespace,
  comment,
}: IndexRecord): IndexSnapshot {
  return {
    name,
    method,
    isUnique,
    isNullsNotDistinct,
    elements: elements.map(elementFromCatalog),
    include,
    where,
    storageParams: optionRecord(reloptions),
    tablespace,
    comment,
  };
}

const COMMANDS: Readonly<Record<string, PolicySnapshot['command']>> = { '*': 'all', r: 'select', a: 'insert', w: 'update', d: 'delete' };

const policyFromCatalog = ({ name, command, isPermissive, roles, using, withCheck, comment }: PolicyRecord): PolicySnapshot => ({
  name,
  command: COMMANDS[command]!,
  isPermissive,
  roles,
  using,
  withCheck,
  comment,
});

const STRATEGIES: Readonly<Record<string, PartitioningSnapshot['strategy']>> = { r: 'range', l: 'list', h: 'hash' };

const partitioningFromCatalog = ({ strategy, columns, expression, partitions }: PartitioningRecord): PartitioningSnapshot => ({
  strategy: STRATEGIES[strategy]!,
  // At most one expression: a key with several is reported as unsupported.
  key: columns.map((column) => ({ column, expression: column === null ? expression : null })),
  partitions: (partitions ?? []).map((partition) => ({
    schema: partition.schema,
    name: partition.name,
    bound: partition.bound,
    storageParams: storageParams(partition),
    tablespace: partition.tablespace,
  })),
});

const storageParams = ({ reloptions, toastOptions }: Storage): Record<string, string> => ({
  ...optionRecord(reloptions),
  ...optionRecord(toastOptions, 'toast.'),
});

/** `fillfactor=70`, split at the first equals sign. */
function optionRecord(options: readonly string[] | null, prefix = ''): Record<string, string> {
  return Object.fromEntries(
    (options ?? []).map((option) => {
      const at = option.indexOf('=');
      return [prefix + option.slice(0, at), option.slice(at + 1)];
    }),
  );
}
