// The descriptor: what every other package reads. Frozen, JSON-serialisable, deterministic: one declaration always yields the same bytes.

import type { IndexMethod, Protection, ReferentialAction } from '../field/field-spec.ts';

/** Raised when a reader could misunderstand an older or newer descriptor. Packages check it when they read one. */
export const DESCRIPTOR_FORMAT = 1;

export interface KeyDescriptor {
  /** `heerIdDesc`, `heerId`, `ranjId`, `ranjIdDesc`, `serial`, `bigserial`, `none`, `composite`, or the name of a custom kind. */
  readonly kind: string;
  /** The key's columns: one, several for `composite`, none for `none`. */
  readonly columns: readonly string[];
  readonly defaultSql: string | null;
  readonly identity: 'byDefault' | 'always' | null;
  readonly isSupplied: boolean;
  /** What ORDER BY key ASC gives first; null where the order has no meaning. */
  readonly direction: 'asc' | 'desc' | null;
}

export type DefaultDescriptor = { readonly kind: 'sql'; readonly text: string } | { readonly kind: 'function' };

export interface ReferenceDescriptor {
  readonly table: string;
  readonly columns: readonly string[];
  readonly constraint: string;
  readonly onDelete: ReferentialAction;
  readonly onUpdate: ReferentialAction;
  readonly isDeferrable: boolean;
  readonly isInitiallyDeferred: boolean;
  readonly isIndexed: boolean;
}

/** What a field leads to, in tables and columns. */
export type RelationDescriptor =
  | {
      /** A key column of this table, and whether it is unique. */
      readonly kind: 'foreignKey' | 'oneToOne';
      readonly table: string;
      readonly column: string;
      readonly targetColumn: string;
    }
  | {
      /** The other side of a reference: `via` is the field of the target, `targetColumn` its column. */
      readonly kind: 'hasMany' | 'hasOne';
      readonly table: string;
      readonly via: string;
      readonly column: string;
      readonly targetColumn: string;
    }
  | {
      /** Over the rows of `through`, whose column `fromColumn` holds this table's `column`, and `toColumn` the target's. */
      readonly kind: 'manyToMany';
      readonly table: string;
      readonly through: string;
      readonly from: string;
      readonly to: string;
      readonly column: string;
      readonly fromColumn: string;
      readonly toColumn: string;
      readonly targetColumn: string;
    };

/** What a field is to the framework. */
export type FieldRole = 'key' | 'createdAt' | 'updatedAt' | 'version' | 'data';

export interface FieldDescriptor {
  /** The declared name. */
  readonly name: string;
  /** The row's property: the name, with `Id` appended for a key column of a relation. */
  readonly property: string;
  /** The column; null for a field without one. */
  readonly column: string | null;
  readonly role: FieldRole;
  readonly kind: string;
  readonly sqlType: string;
  readonly isNullable: boolean;
  /** Never written by the caller: key of a generated kind, timestamps, version, generated columns. */
  readonly isReadOnly: boolean;
  readonly isFilled: boolean;
  /** A column that no row has: the database keeps it, and queries may name it. */
  readonly isHidden: boolean;
  readonly default: DefaultDescriptor | null;
  readonly generated: string | null;
  /** The CHECK of the column: what the type implies AND what was declared, or null. */
  readonly check: { readonly name: string; readonly expression: string } | null;
  readonly maxLength: number | null;
  readonly enumType: string | null;
  readonly reference: ReferenceDescriptor | null;
  readonly relation: RelationDescriptor | null;
  readonly isTracked: boolean;
  readonly expose: readonly string[];
  readonly protected: Protection | null;
  readonly renamedFrom: string | null;
  readonly comment: string | null;
  readonly rationale: string | null;
  readonly sections: Readonly<Record<string, unknown>>;
}

export interface IndexElement {
  /** A column, or an expression in SQL. */
  readonly column?: string;
  readonly expression?: string;
  readonly opclass?: string;
  readonly order?: 'asc' | 'desc';
  readonly nulls?: 'first' | 'last';
}

export interface IndexDescriptor {
  readonly name: string;
  readonly kind: 'index' | 'uniqueConstraint' | 'uniqueIndex';
  readonly method: IndexMethod;
  readonly elements: readonly IndexElement[];
  readonly include: readonly string[];
  readonly where: string | null;
  readonly nullsNotDistinct: boolean;
  readonly isConcurrent: boolean;
}

/** An expression by name: in every bag, on no row. */
export interface ComputedDescriptor {
  readonly name: string;
  readonly kind: string;
  readonly sqlType: string;
  /** In SQL, over the columns of one row. */
  readonly expression: string;
}

export interface CheckDescriptor {
  readonly name: string;
  readonly expression: string;
}

export interface ExclusionDescriptor {
  readonly name: string;
  readonly method: IndexMethod;
  readonly elements: readonly { readonly expression: string; readonly operator: string }[];
  readonly where: string | null;
  readonly isDeferrable: boolean;
  readonly isInitiallyDeferred: boolean;
}

export interface EnumDescriptor {
  readonly name: string;
  readonly labels: readonly string[];
}

export type PartitionDescriptor =
  | { readonly kind: 'range'; readonly column: string }
  | { readonly kind: 'hash'; readonly column: string; readonly partitions: number };

export interface ModelDescriptor {
  readonly format: typeof DESCRIPTOR_FORMAT;
  /** Identity everywhere. */
  readonly table: string;
  /** For a proxy, the table of its parent, which is its own; null for a model. Proxies make no DDL. */
  readonly proxyFor: string | null;
  /** For people: options.name, else PascalCase of the table. A registry may know a better one, the export's. */
  readonly name: string;
  readonly app: { readonly label: string; readonly database: string } | null;
  readonly movedFromApp: string | null;
  readonly renamedFrom: string | null;
  readonly key: KeyDescriptor;
  readonly hasTimestamps: boolean;
  /** Framework fields first, then the order of the declaration. */
  readonly fields: readonly FieldDescriptor[];
  readonly computed: readonly ComputedDescriptor[];
  readonly indexes: readonly IndexDescriptor[];
  readonly checks: readonly CheckDescriptor[];
  readonly exclusions: readonly ExclusionDescriptor[];
  readonly enums: readonly EnumDescriptor[];
  /** Postgres extensions that the types need. */
  readonly requiredExtensions: readonly string[];
  readonly partitionBy: PartitionDescriptor | null;
  readonly storageParams: Readonly<Record<string, string>>;
  readonly tablespace: string | null;
  readonly comment: string | null;
  readonly rationale: string | null;
  readonly tracking: 'fields' | 'all';
  /** What extensions wrote, by extension name. */
  readonly sections: Readonly<Record<string, unknown>>;
}
