// What an extension of this folder asks of the field that it works with.

import { ModelDefinitionError, type FieldDescriptor, type ModelDescriptor } from '@djogi/core';

/** Refuses the model unless `field` is nullable and its type is wanted. */
export function checkComposedField(
  model: ModelDescriptor,
  // oxlint-disable-next-line typescript/unbound-method -- kept as data, never called through the object
  { extension, field, wanted, isOfType }: { extension: string; field: string; wanted: string; isOfType(found: FieldDescriptor): boolean },
): void {
  const found = model.fields.find((candidate) => candidate.name === field);
  if (found?.column != null && found.isNullable && isOfType(found)) return;
  throw new ModelDefinitionError(
    'composition_field',
    `${model.table}: ${extension} needs the field ${field} to be ${wanted} and nullable.`,
    { model: model.table, field },
  );
}
