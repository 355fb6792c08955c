// What a field builder keeps: plain data and the kind's facets. Nothing is checked here; a descriptor is made from it once the whole model is known.

import type { Sql } from '../expr/expression.ts';
import type { ColumnNode, Node } from '../expr/node.ts';
import type { ValueKind } from '../value/kind.ts';

export const INDEX_METHODS = ['btree', 'gin', 'gist', 'brin', 'hash', 'spgist'] as const;
export type IndexMethod = (typeof INDEX_METHODS)[number];
export type ReferentialAction = 'noAction' | 'restrict' | 'cascade' | 'setNull' | 'setDefault';

/** Where a key column points. The target is a model class, read when the descriptor is made; inside a cycle the field itself is a getter. */
export interface ReferenceSpec {
  readonly target: unknown;
  /** The declared name of the referenced field; absent means the target's key. */
  readonly targetField?: string | undefined;
  readonly onDelete?: ReferentialAction | undefined;
  readonly onUpdate?: ReferentialAction | undefined;
  readonly deferrable?: boolean | undefined;
  readonly initiallyDeferred?: boolean | undefined;
  /** False: no index is made for the column. */
  readonly index?: boolean | undefined;
}

/**
 * The rows on the other side: those of `target` whose field `via` refers to this model, or those that the field `to` of a model between the two refers to, where
 * its field `from` refers to this model. Fields are named as they are declared; classes are read when the descriptor is made.
 */
export type RelationSpec =
  | { readonly kind: 'hasMany' | 'hasOne'; readonly target: unknown; readonly via: string }
  | { readonly kind: 'manyToMany'; readonly target: unknown; readonly through: unknown; readonly from: string; readonly to: string };

export type DefaultSpec =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'sql'; readonly sql: Sql }
  | { readonly kind: 'function'; readonly make: () => unknown };

/** How sensitive a field is and how it is shown and kept. Plain data for the packages that act on it. */
export interface Protection {
  readonly sensitivity: 'none' | 'internal' | 'pii' | 'sensitive' | 'secret';
  readonly rationale?: string;
  readonly redaction?: 'none' | 'hashId' | 'mask' | 'drop';
  readonly retention?: 'transient' | 'standard' | 'extended' | 'archival';
}

export interface FieldSpec {
  /**
   * The value type; a function where it follows from another model's key and must not be read before that model exists. Absent for a field
   * without a column.
   */
  readonly valueKind?: ValueKind | (() => ValueKind) | undefined;
  /** `key`: the property is `<name>Id` and the column `<name>_id`. `none`: no column. */
  readonly stored: 'self' | 'key' | 'none';
  readonly isNullable?: boolean;
  readonly isVersion?: boolean;
  readonly default?: DefaultSpec;
  readonly unique?: { readonly nullsNotDistinct: boolean };
  readonly index?: IndexMethod;
  readonly column?: string;
  readonly renamedFrom?: string;
  readonly comment?: string;
  readonly check?: Sql;
  readonly generated?: Sql;
  readonly expose?: readonly string[];
  readonly protected?: Protection;
  readonly isTracked?: boolean;
  readonly rationale?: string;
  readonly isFilled?: boolean;
  readonly maxLength?: number;
  /** A column that the database keeps: queries may name it, and no row has it. */
  readonly isHidden?: boolean;
  /** The expression of a generated column that follows from other fields of the model. `columnOf` throws for a name that is none. */
  readonly generatedFrom?: (columnOf: (name: string) => ColumnNode) => Node;
  readonly reference?: ReferenceSpec;
  /** What a field without a column leads to. */
  readonly relation?: RelationSpec;
  /** A kind's problem with its own arguments, reported when the descriptor is made, where the field's name is known. */
  readonly problem?: { readonly rule: string; readonly message: string };
  /** Sections of other packages about this field, by package: JSON data. */
  readonly sections?: Readonly<Record<string, unknown>>;
  /** Behaviour of other packages that is not data. Never in the descriptor. */
  readonly facets?: Readonly<Record<string, unknown>>;
}
