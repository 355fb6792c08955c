// From a live database to its schema: the session around the one statement that reads it.

import type { Context } from '@djogi/core';
import { arrayKind, executorOf, textKind, type CompiledStatement } from '@djogi/core/extension';
import { SchemaError } from '../error/schema-error.ts';
import {
  enumFromCatalog,
  extensionFromCatalog,
  sequenceFromCatalog,
  tableFromCatalog,
  type CatalogDocument,
  type UnsupportedObject,
} from './catalog-document.ts';
import { CATALOG_SQL } from './catalog-sql.ts';
import { makeSnapshot } from './make-snapshot.ts';
import { byText, MODEL_SCHEMA } from './qualified-name.ts';
import { SNAPSHOT_SEARCH_PATH, type SchemaSnapshot } from './snapshot.ts';

/** One connection of any driver: `pg`'s Client fits. Not a pool, which would take another connection for each statement. */
export interface CatalogClient {
  query(text: string, values: unknown[]): Promise<{ readonly rows: readonly object[] }>;
}

export interface CatalogOptions {
  /** Default `['public']`. */
  readonly schemas?: readonly string[];
  /** The roles whose grants belong to the schema: the application's. Default none. */
  readonly roles?: readonly string[];
}

export interface CatalogReading {
  readonly snapshot: SchemaSnapshot;
  /**
   * What the schemas have beside it, by name, sorted: views, triggers, functions, domains, what else a snapshot has no place for. Empty means that the
   * snapshot is all there is, grants of other roles, owners and planner statistics apart.
   */
  readonly unsupported: readonly UnsupportedObject[];
}

/**
 * Reads the schema of a database.
 *
 * Shape: expressions as the server prints them under the search path `SNAPSHOT_SEARCH_PATH`. Invalid indexes, which a failed CONCURRENTLY leaves, are not in
 * the snapshot but in `unsupported`. Contributed objects are never in it: the catalog has no record of their DDL.
 * Errors: SCHEMA with `catalog_session` when the client is a pool; DATABASE for what the server says.
 * Cost: four round trips, and on a pool-backed context a transaction around them. The search path of the session is put back.
 */
export function readCatalog(source: Context | CatalogClient, options: CatalogOptions = {}): Promise<CatalogReading> {
  const values = [[...(options.schemas ?? [MODEL_SCHEMA])], [...(options.roles ?? [])]];
  return 'query' in source ? readOver(source, values) : source.atomic((tx) => readOver(clientOf(tx), values));
}

async function readOver(client: CatalogClient, values: readonly string[][]): Promise<CatalogReading> {
  const before = await scalar(client, "SELECT current_setting('search_path') AS document", []);
  await setSearchPath(client, SNAPSHOT_SEARCH_PATH);
  let document: string;
  try {
    document = await scalar(client, CATALOG_SQL, [...values]);
  } catch (error) {
    // In a transaction that has failed the path comes back with its rollback, and only the first error says what happened.
    await setSearchPath(client, before).catch(() => {});
    throw error;
  }
  await setSearchPath(client, before);
  return readingOf(JSON.parse(document) as CatalogDocument);
}

const setSearchPath = (client: CatalogClient, path: string): Promise<string> =>
  scalar(client, "SELECT set_config('search_path', $1::text, false) AS document", [path]);

async function scalar(client: CatalogClient, text: string, values: unknown[]): Promise<string> {
  const { rows } = await client.query(text, values);
  return (rows[0] as { readonly document: string }).document;
}

function readingOf({ searchPath, extensions, enums, sequences, tables, unsupported }: CatalogDocument): CatalogReading {
  if (searchPath !== SNAPSHOT_SEARCH_PATH) {
    throw new SchemaError(
      'catalog_session',
      'catalog',
      'The catalog was read under another search path than was set: the client gave each statement another connection. Pass one connection, not a pool.',
    );
  }
  return {
    snapshot: makeSnapshot({
      extensions: (extensions ?? []).map(extensionFromCatalog),
      enums: (enums ?? []).map(enumFromCatalog),
      sequences: (sequences ?? []).map(sequenceFromCatalog),
      tables: (tables ?? []).map(tableFromCatalog),
    }),
    unsupported: Object.freeze(
      (unsupported ?? [])
        .map(({ kind, object }) => Object.freeze({ kind, object }))
        .sort((left, right) => byText(left.kind, right.kind) || byText(left.object, right.object)),
    ),
  };
}

/** The statements of a reading take text, or lists of texts. */
function clientOf(tx: Context): CatalogClient {
  const executor = executorOf(tx);
  return {
    query(text, values) {
      const statement: CompiledStatement<object> = {
        text,
        parameters: values.map((value) => (Array.isArray(value) ? arrayKind(textKind).codec : textKind.codec)),
        rows: { columns: [{ name: 'document', codec: textKind.codec }] },
      };
      return executor.execute(statement, values, { operation: 'readCatalog' });
    },
  };
}
