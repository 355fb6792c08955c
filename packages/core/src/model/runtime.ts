// What a model is while a program runs: its descriptor together with the behaviour that is not data. Made once, at first use, by `describe.ts`; reached
// through `runtimeOf(Model)`.

import type { Call, RowShape } from '../db/port.ts';
import type { Context, StatementPurpose } from '../db/context.ts';
import type { Node, Source } from '../expr/node.ts';
import type { FieldSpec } from '../field/field-spec.ts';
import type { FixedStatement, ShapeCache } from '../statement/compile.ts';
import type { Statement } from '../statement/statement.ts';
import type { ValueKind } from '../value/kind.ts';
import type { FieldDescriptor, ModelDescriptor } from './descriptor.ts';
import type { Extension } from './extension.ts';
import type { HookSet } from './hooks.ts';
import type { KeySpec } from './key.ts';
import type { Slice } from './proxy.ts';

/** A stored field: its descriptor and the facets of its kind. */
export interface StoredField {
  readonly descriptor: FieldDescriptor;
  readonly property: string;
  readonly column: string;
  readonly valueKind: ValueKind;
  /** Position among the stored fields, which is the order of every column list. */
  readonly position: number;
  /** A value made in process when create input has no key. */
  readonly defaultFn: (() => unknown) | null;
  /** The field builder's own facts, for packages with facets of their own. Null for framework fields. */
  readonly spec: FieldSpec | null;
}

/** A model class as far as the machinery cares. */
export interface AnyModel {
  readonly table: string;
  readonly prototype: object;
}

/** An expression that comes with each row, over whatever source the row has. */
export interface DerivedField {
  readonly name: string;
  readonly valueKind: ValueKind;
  readonly over: (source: Source) => Node;
}

/** What a visage is besides a narrower model: whom it is for, and how it shows relations. */
export interface VisageFacts {
  readonly audience: string;
  /** The relations that are shown as rows, by declared name, with the class of those rows: another visage, or a model. */
  readonly peers: ReadonlyMap<string, unknown>;
}

export interface ModelRuntime {
  readonly model: AnyModel;
  readonly table: string;
  readonly descriptor: ModelDescriptor;
  /** Stored fields in column order. */
  readonly fields: readonly StoredField[];
  readonly byProperty: ReadonlyMap<string, StoredField>;
  readonly byColumn: ReadonlyMap<string, StoredField>;
  /** Declared names of all fields, also those without a column. */
  readonly byName: ReadonlyMap<string, { readonly spec: FieldSpec; readonly descriptor: FieldDescriptor }>;
  readonly key: StoredField | null;
  readonly keySpec: KeySpec;
  readonly version: StoredField | null;
  readonly updatedAt: StoredField | null;
  readonly extensions: readonly Extension<string>[];
  readonly hooks: HookSet | null;
  /** For a proxy: what every query of it begins with. Null for a model. */
  readonly slice: Slice | null;
  /** The source that single-row statements read and write. */
  readonly source: Source;
  /** All columns of `source`, in order. */
  readonly columns: readonly Node[];
  /** Expressions behind the columns of a row. None for a model. */
  readonly derived: readonly DerivedField[];
  /** For a visage: an audience's view of a model, which is only read. Null for a model. */
  readonly visage: VisageFacts | null;
  /** How a full row is built. */
  readonly rowShape: RowShape<object>;
  /** The constructor behind `rowShape`, called with the values in column order. Its prototype is the model's. */
  readonly buildRow: new (...values: any[]) => object;
  /** Single-row statements by what they write. */
  readonly plans: Map<string, FixedStatement<any>>;
  /** Compiled shapes of this model's queries and of wrapped writes. */
  readonly shapes: ShapeCache;
  /** True when an extension wraps writes: then statements are built with their values and compiled by shape. */
  readonly wrapsWrites: boolean;
  wrapWrite(statement: Statement): Statement;
  /** The calls that must precede each statement under the same Sync; undefined when no extension asks for any. */
  readonly preamble: ((ctx: Context) => readonly Call[] | undefined) | undefined;
  /** The row properties that a constraint is about. */
  constraintFields(constraint: string, column: string | undefined): readonly string[];
  /** The purpose of a statement of this model, without a preamble one frozen object per operation. */
  purpose(operation: string, ctx: Context): StatementPurpose;
}
