// How other packages get from a model class to what they need of it.

import type { Source } from '../expr/node.ts';
import type { Bag } from './bag.ts';
import { declarationOf } from './declaration.ts';
import { describedModel, runtimeOf } from './describe.ts';
import type { ModelDescriptor } from './descriptor.ts';
import type { SchemaObject } from './extension.ts';
import { relationIn, type RelationRuntime } from './relation.ts';
import type { ModelRuntime } from './runtime.ts';

/** True for a class made with `model()`. */
export const isModel = (candidate: unknown): boolean => declarationOf(candidate) !== null;

/** The descriptor of a model class, made at first use. */
export const descriptorOf = (model: unknown): ModelDescriptor => runtimeOf(model).descriptor;

/** The bag of expressions of a model over one source. */
export const bagOf = (model: unknown, source: Source): Bag => new (describedModel(model).Bag)(source);

/** The database objects that a model's extensions need. */
export function schemaObjectsOf(model: unknown): readonly SchemaObject[] {
  const { extensions, descriptor } = runtimeOf(model);
  return extensions.flatMap((extension) => extension.schemaObjects?.(descriptor) ?? []);
}

/**
 * The relation of a model by its declared name.
 *
 * Errors: VALIDATION with `relation` when the model has none of that name.
 */
export const relationOf = (runtime: ModelRuntime, name: string): RelationRuntime => relationIn(runtime, name, runtimeOf);

/** The relations of a model, in the order of the declaration. */
export const relationsOf = (runtime: ModelRuntime): RelationRuntime[] =>
  runtime.descriptor.fields.flatMap((field) => (field.relation === null ? [] : [relationOf(runtime, field.name)]));
