// Schemas and Postgres extensions: what everything else stands on.

import { quoteIdentifier } from '@djogi/core/extension';
import type { ExtensionSnapshot } from '../snapshot/snapshot.ts';

/** Idempotent: an administrator may have made it for an owner who must not. */
export const createSchema = (name: string): string => `CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(name)}`;

/** Idempotent for the same reason. An extension that is there already stays in its schema. */
export const createExtension = ({ name, schema }: ExtensionSnapshot): string =>
  `CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(name)}${schema === null ? '' : ` WITH SCHEMA ${quoteIdentifier(schema)}`}`;
