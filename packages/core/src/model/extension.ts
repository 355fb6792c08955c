// The contract between core and the packages that add a concern to a model. Data and pure functions only: an extension writes its own section of the
// descriptor, contributes schema objects, and may take part in a write. It adds no methods to rows, sets or contexts.

import type { Context } from '../db/context.ts';
import type { Statement } from '../statement/statement.ts';
import type { ModelDescriptor } from './descriptor.ts';
import type { ModelRuntime } from './runtime.ts';

/** A database object that the snapshot carries as it is: how to make it, how to remove it, and what it needs. */
export interface OpaqueSchemaObject {
  readonly kind: 'opaque';
  /** Unique in the database, stable: `policy:posts:tenant`. */
  readonly identity: string;
  readonly ddl: string;
  readonly dropDdl: string;
  /** Identities that must exist first: `table:posts`, `function:djogi.notify`. */
  readonly dependsOn: readonly string[];
}

export type SchemaObject = OpaqueSchemaObject;

/** How an extension takes part when a model runs. Every function is optional, and a model without any pays nothing. */
export interface ExtensionRuntime {
  /** Fills fields of a draft before the hooks and validation of `create`. May assign to the draft. */
  populate?(draft: Record<string, unknown>, ctx: Context): void;
  /** Statements that run under the same Sync before each statement of the model, in one round trip: settings that policies read. */
  preamble?(ctx: Context, model: ModelRuntime): readonly Statement[];
  /** Wraps a write: the result must return the same columns as the statement it was given. */
  aroundWrite?(statement: Statement, model: ModelRuntime): Statement;
}

/**
 * An extension of models, named in `use: [...]`.
 *
 * Shape: `Names` are the declared field names it refers to, checked by the types and again when the descriptor is made.
 */
export interface Extension<Names extends string = never> {
  /** Names the extension's section of the descriptor. One extension of a name per model. */
  readonly name: string;
  readonly names: readonly Names[];
  /** What the descriptor says about the extension: JSON data. May throw ModelDefinitionError. */
  section(model: ModelDescriptor): unknown;
  schemaObjects?(model: ModelDescriptor): readonly SchemaObject[];
  readonly runtime?: ExtensionRuntime;
}
