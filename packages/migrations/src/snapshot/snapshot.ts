// The schema of a database as data, in Postgres's own terms: what the catalog says and nothing else. Descriptors and the live catalog are two ways to
// make one; the differ and the renderer read no other form. Hints (renames, USING of a type change, CONCURRENTLY) are no facts and are not here.
//
// Expressions are kept as they were written or as the server printed them, never rewritten: the one function that touches them is `mapExpressions`.

import type { QualifiedName } from './qualified-name.ts';

/** Raised when a reader could misunderstand an older or newer snapshot. */
export const SNAPSHOT_FORMAT = 1;

/**
 * The search path under which a snapshot is meant: names of types, collations and operator classes are spelled as Postgres prints them under it, and
 * statements that were rendered from a snapshot are run under it. Functions in expressions are found on it too.
 */
export const SNAPSHOT_SEARCH_PATH = 'public';

/** Lists are sorted by schema and name, or identity; columns, enum labels and elements keep their order. Deep-frozen, JSON-serialisable, deterministic. */
export interface SchemaSnapshot {
  readonly format: typeof SNAPSHOT_FORMAT;
  readonly extensions: readonly ExtensionSnapshot[];
  readonly enums: readonly EnumSnapshot[];
  /** Sequences of their own. The sequence of an identity column belongs to the column. */
  readonly sequences: readonly SequenceSnapshot[];
  readonly tables: readonly TableSnapshot[];
  readonly objects: readonly OpaqueObjectSnapshot[];
}

/** `schema` is null where CREATE EXTENSION would put it by itself: `public`, or the schema that the extension insists on. */
export interface ExtensionSnapshot {
  readonly name: string;
  readonly schema: string | null;
}

export interface EnumSnapshot extends QualifiedName {
  /** In the order of the type, which is how its values sort. */
  readonly labels: readonly string[];
  readonly comment: string | null;
}

/** Units: 64-bit integers as decimal strings, so that JSON keeps them. */
export interface SequenceOptions {
  readonly start: string;
  readonly increment: string;
  readonly min: string;
  readonly max: string;
  readonly cache: string;
  readonly isCyclic: boolean;
}

export interface SequenceSnapshot extends QualifiedName {
  /** `smallint`, `integer` or `bigint`. */
  readonly type: string;
  readonly options: SequenceOptions;
  /** The column with which the sequence is dropped. */
  readonly ownedBy: (QualifiedName & { readonly column: string }) | null;
  readonly grants: readonly GrantSnapshot[];
  readonly comment: string | null;
}

/** What a role that the schema is responsible for may do. The owner's own privileges are no part of a schema. */
export interface GrantSnapshot {
  /** `public` is PUBLIC. */
  readonly role: string;
  /** `select`, `insert`, ...: sorted. */
  readonly privileges: readonly string[];
  /** The role may pass them on. */
  readonly isGrantable: boolean;
}

export interface TableSnapshot extends QualifiedName {
  readonly columns: readonly ColumnSnapshot[];
  /** Of the kinds p, u, f, c and x. Kind n is on its column: a column has at most one, and its name is never compared. */
  readonly constraints: readonly ConstraintSnapshot[];
  /** Without those that a constraint owns. */
  readonly indexes: readonly IndexSnapshot[];
  readonly policies: readonly PolicySnapshot[];
  readonly rowSecurity: RowSecuritySnapshot;
  readonly grants: readonly GrantSnapshot[];
  readonly partitioning: PartitioningSnapshot | null;
  /** Reloptions, by name; those of the TOAST table as `toast.<name>`. */
  readonly storageParams: Readonly<Record<string, string>>;
  readonly tablespace: string | null;
  readonly isUnlogged: boolean;
  readonly comment: string | null;
}

export interface ColumnSnapshot {
  readonly name: string;
  /** As `format_type` prints it, modifiers included. */
  readonly type: string;
  /** Null for the type's own. */
  readonly collation: string | null;
  /** An expression; null without one, and for DEFAULT NULL, which Postgres does not keep. */
  readonly default: string | null;
  readonly identity: { readonly generation: 'always' | 'byDefault'; readonly sequence: SequenceOptions } | null;
  readonly generated: { readonly expression: string; readonly isStored: boolean } | null;
  readonly notNull: NotNullSnapshot | null;
  readonly comment: string | null;
}

/** A constraint of kind n. The name is known when it was read from a catalog; it is neither compared nor rendered. */
export interface NotNullSnapshot {
  readonly name: string | null;
  readonly isValidated: boolean;
  readonly isNoInherit: boolean;
}

export type ConstraintSnapshot = PrimaryKeySnapshot | UniqueSnapshot | ForeignKeySnapshot | CheckSnapshot | ExclusionSnapshot;

interface NamedConstraint {
  readonly name: string;
  readonly comment: string | null;
}

interface Deferrability {
  readonly isDeferrable: boolean;
  readonly isInitiallyDeferred: boolean;
}

export interface PrimaryKeySnapshot extends NamedConstraint, Deferrability {
  readonly kind: 'primaryKey';
  readonly columns: readonly string[];
  readonly include: readonly string[];
  /** The last column is a range, and keys of overlapping ranges collide. */
  readonly isWithoutOverlaps: boolean;
}

export interface UniqueSnapshot extends NamedConstraint, Deferrability {
  readonly kind: 'unique';
  readonly columns: readonly string[];
  readonly include: readonly string[];
  readonly isNullsNotDistinct: boolean;
  readonly isWithoutOverlaps: boolean;
}

export type ReferentialAction = 'noAction' | 'restrict' | 'cascade' | 'setNull' | 'setDefault';

export interface ForeignKeySnapshot extends NamedConstraint, Deferrability {
  readonly kind: 'foreignKey';
  readonly columns: readonly string[];
  readonly references: QualifiedName & { readonly columns: readonly string[] };
  readonly match: 'simple' | 'full';
  readonly onDelete: ReferentialAction;
  readonly onUpdate: ReferentialAction;
  /** The columns that SET NULL or SET DEFAULT touches on delete; empty for all. */
  readonly onDeleteColumns: readonly string[];
  /** The last column is a PERIOD. */
  readonly isPeriod: boolean;
  readonly isValidated: boolean;
  readonly isEnforced: boolean;
}

export interface CheckSnapshot extends NamedConstraint {
  readonly kind: 'check';
  readonly expression: string;
  readonly isNoInherit: boolean;
  readonly isValidated: boolean;
  readonly isEnforced: boolean;
}

export interface ExclusionSnapshot extends NamedConstraint, Deferrability {
  readonly kind: 'exclusion';
  readonly method: string;
  /** `operator` as SQL spells it: `&&`, or `OPERATOR(schema.&&)`. */
  readonly elements: readonly (IndexElementSnapshot & { readonly operator: string })[];
  readonly include: readonly string[];
  readonly where: string | null;
}

/** One of `column` and `expression` is null. */
export interface IndexElementSnapshot {
  readonly column: string | null;
  readonly expression: string | null;
  /** Null for the column's own. */
  readonly collation: string | null;
  /** Null for the default of the type and method. */
  readonly opclass: string | null;
  readonly order: 'asc' | 'desc';
  readonly nulls: 'first' | 'last';
}

export interface IndexSnapshot {
  readonly name: string;
  readonly method: string;
  readonly isUnique: boolean;
  readonly isNullsNotDistinct: boolean;
  readonly elements: readonly IndexElementSnapshot[];
  readonly include: readonly string[];
  readonly where: string | null;
  readonly storageParams: Readonly<Record<string, string>>;
  readonly tablespace: string | null;
  readonly comment: string | null;
}

export interface RowSecuritySnapshot {
  readonly isEnabled: boolean;
  readonly isForced: boolean;
}

export interface PolicySnapshot {
  readonly name: string;
  readonly command: 'all' | 'select' | 'insert' | 'update' | 'delete';
  readonly isPermissive: boolean;
  /** Sorted; `public` is PUBLIC. */
  readonly roles: readonly string[];
  readonly using: string | null;
  readonly withCheck: string | null;
  readonly comment: string | null;
}

export interface PartitioningSnapshot {
  readonly strategy: 'range' | 'list' | 'hash';
  /** One of `column` and `expression` is null. */
  readonly key: readonly { readonly column: string | null; readonly expression: string | null }[];
  readonly partitions: readonly PartitionSnapshot[];
}

/** A partition has the columns, constraints and indexes of its parent and none of its own. */
export interface PartitionSnapshot extends QualifiedName {
  /** `FOR VALUES WITH (modulus 4, remainder 0)`, as the server prints it. */
  readonly bound: string;
  readonly storageParams: Readonly<Record<string, string>>;
  readonly tablespace: string | null;
}

/** An object that an extension contributed: how to make it, how to remove it, and the identities that must exist first. */
export interface OpaqueObjectSnapshot {
  readonly identity: string;
  readonly ddl: string;
  readonly dropDdl: string;
  readonly dependsOn: readonly string[];
}
