// Validators of other libraries, through the interface they share. Copied by structure, so that core depends on none of them.
// Source: https://standardschema.dev, version 1.

import { ModelDefinitionError } from '../error/definition-error.ts';
import { problemPath, type Problem } from './kind.ts';

/** A Standard Schema validator: zod, Valibot, ArkType and others. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}
export type SchemaResult<Output> = { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

export function isStandardSchema(candidate: unknown): candidate is StandardSchema {
  // ArkType's schemas are functions.
  if ((typeof candidate !== 'object' && typeof candidate !== 'function') || candidate === null) return false;
  return typeof (candidate as { '~standard'?: { validate?: unknown } })['~standard']?.validate === 'function';
}

/** Whose schema it is, for errors. */
export interface SchemaOwner {
  readonly model?: string;
  readonly field?: string;
}

/**
 * What the schema says against a value. Its output is left aside.
 *
 * Errors: MODEL_DEFINITION with `async_schema` when it answers with a promise: a row is checked in one go, before its statement is sent.
 */
export function schemaProblems(schema: StandardSchema, value: unknown, of: SchemaOwner = {}): readonly Problem[] {
  const result = schema['~standard'].validate(value);
  if (typeof (result as { then?: unknown }).then === 'function') {
    // Its outcome is of no interest, and its failure must not end the process.
    (result as Promise<unknown>).then(undefined, () => undefined);
    throw new ModelDefinitionError(
      'async_schema',
      `The schema of ${of.model === undefined ? 'a JSON column' : `${of.model}.${of.field}`} validates asynchronously. Take asynchronous refinements and transforms out of it, and do in a hook what must wait.`,
      of,
    );
  }
  return ((result as SchemaResult<unknown>).issues ?? []).map(({ message, path = [] }) => ({
    rule: 'schema',
    message,
    path: problemPath(path.map((segment) => (typeof segment === 'object' ? segment.key : segment))),
  }));
}
