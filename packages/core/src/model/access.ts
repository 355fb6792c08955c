// How other packages get from a model class to what they need of it.

import type { Source } from '../expr/node.ts';
import type { Bag } from './bag.ts';
import { declarationOf } from './declaration.ts';
import { describedModel, runtimeOf } from './describe.ts';
import type { ModelDescriptor } from './descriptor.ts';
import type { SchemaObject } from './extension.ts';

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
