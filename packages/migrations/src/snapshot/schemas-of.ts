// The schemas that a snapshot needs: it has no list of them, because an empty one is no fact about models.

import { byText, MODEL_SCHEMA } from './qualified-name.ts';
import type { SchemaSnapshot } from './snapshot.ts';

/** The schemas that something is put in, sorted, without `public`, which every database has. */
export function schemasOf({ extensions, enums, sequences, tables }: SchemaSnapshot): readonly string[] {
  const partitions = tables.flatMap((table) => table.partitioning?.partitions ?? []);
  const named = new Set([...extensions, ...enums, ...sequences, ...tables, ...partitions].flatMap(({ schema }) => schema ?? []));
  return [...named].filter((schema) => schema !== MODEL_SCHEMA && schema !== 'pg_catalog').sort(byText);
}
