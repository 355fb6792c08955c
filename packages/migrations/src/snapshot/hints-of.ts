// The hints that models carry: `renamedFrom` of a model and of a field.

import type { ModelDescriptor } from '@djogi/core';
import { descriptorOf } from '@djogi/core/extension';
import type { SnapshotSource } from './from-descriptors.ts';
import type { DiffHints } from './hints.ts';
import { MODEL_SCHEMA } from './qualified-name.ts';

/** The renames that the models declare, for `diffSnapshots`. Pure. */
export function hintsOf(models: Iterable<SnapshotSource>): DiffHints {
  const descriptors = [...models]
    .map((source) => (typeof source === 'function' ? descriptorOf(source) : (source as ModelDescriptor)))
    .filter((descriptor) => descriptor.proxyFor === null || descriptor.proxyFor === undefined);
  return {
    tables: descriptors.flatMap(({ table, renamedFrom }) =>
      renamedFrom === null || renamedFrom === undefined
        ? []
        : [{ from: { schema: MODEL_SCHEMA, name: renamedFrom }, to: { schema: MODEL_SCHEMA, name: table } }],
    ),
    columns: descriptors.flatMap(({ table, fields }) =>
      fields.flatMap(({ column, renamedFrom }) =>
        column === null || renamedFrom === null || renamedFrom === undefined
          ? []
          : [{ table: { schema: MODEL_SCHEMA, name: table }, from: renamedFrom, to: column }],
      ),
    ),
  };
}
