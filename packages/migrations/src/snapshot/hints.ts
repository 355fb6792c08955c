// What a diff cannot know from two snapshots: that something of another name is the same thing, and how values become another type.

import type { QualifiedName } from './qualified-name.ts';

export interface Rename {
  readonly from: string;
  readonly to: string;
}

/** Every name that is not a `from` is one of the new snapshot. */
export interface DiffHints {
  readonly tables?: readonly { readonly from: QualifiedName; readonly to: QualifiedName }[];
  readonly columns?: readonly (Rename & { readonly table: QualifiedName })[];
  readonly enums?: readonly { readonly from: QualifiedName; readonly to: QualifiedName }[];
  readonly labels?: readonly (Rename & { readonly enum: QualifiedName })[];
  readonly sequences?: readonly { readonly from: QualifiedName; readonly to: QualifiedName }[];
  /** How a column's values become the new type: an expression over the old columns. Default: a cast. */
  readonly typeChanges?: readonly { readonly table: QualifiedName; readonly column: string; readonly using: string }[];
}
