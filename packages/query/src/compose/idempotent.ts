// By what a request that arrives twice is recognised: an extension that vouches for unique fields.

import { ModelDefinitionError, type FieldDescriptor } from '@djogi/core';
import type { Extension } from '@djogi/core/extension';

/**
 * Names the fields by which `createOrFind` recognises a row.
 *
 * Shape: declared names of fields that together are unique, by `.unique()`, a unique index without a condition, or the key.
 * Errors: at first use of the model, MODEL_DEFINITION with `composition_field` when they are not unique.
 *
 * @example
 * class Payment extends model('payments', { requestId: f.uuid().unique(), amount: f.decimal(12, 2) }, { use: [idempotent('requestId')] }) {}
 */
export function idempotent<const Field extends string>(...fields: readonly [Field, ...Field[]]): Extension<Field> {
  return Object.freeze<Extension<Field>>({
    name: 'idempotent',
    names: fields,
    section({ table, fields: all, indexes, key }) {
      const columns = fields.map((name) => all.find((field: FieldDescriptor) => field.name === name)?.column);
      const isSame = (names: readonly (string | undefined)[]): boolean =>
        names.length === columns.length && columns.every((column) => column != null && names.includes(column));
      const isUnique =
        isSame(key.columns) ||
        indexes.some(
          ({ kind, where, elements }) => kind !== 'index' && where === null && isSame(elements.map((element) => element.column)),
        );
      if (isUnique) return { fields };
      throw new ModelDefinitionError(
        'composition_field',
        `${table}: idempotent needs fields that are unique together, and ${fields.join(', ')} is not: declare it .unique(), or a unique index over all of them.`,
        { model: table, field: fields[0] },
      );
    },
  });
}
