// Statements that build or drop an index CONCURRENTLY: the ones of which the catalog can tell afterwards how far they got.

import { quoteIdentifier } from '@djogi/core/extension';
import type { LedgerReader, LedgerSession } from '../ledger/session.ts';

const NAME = String.raw`(?:"(?:[^"]|"")+"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`;
const QUALIFIED = String.raw`${NAME}(?:\s*\.\s*${NAME})?`;
const CREATE = new RegExp(
  String.raw`^CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?(${NAME})\s+ON\s+(?:ONLY\s+)?(${QUALIFIED})`,
  'i',
);
const DROP = new RegExp(String.raw`^DROP\s+INDEX\s+CONCURRENTLY\s+(?:IF\s+EXISTS\s+)?(${QUALIFIED})\s*(?:CASCADE|RESTRICT)?\s*;?\s*$`, 'i');
const VALIDATE = /^ALTER\s+TABLE\s+[\s\S]*\sVALIDATE\s+CONSTRAINT\s/i;

export type IndexStatement =
  | { readonly kind: 'create'; readonly index: string; readonly table: string }
  | { readonly kind: 'drop'; readonly index: string };

const withoutLead = (sql: string): string => sql.replace(/^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, '');

/** The statement as far as its names; null for another one. Names as they are written. */
export function indexStatementOf(sql: string): IndexStatement | null {
  const text = withoutLead(sql);
  const created = CREATE.exec(text);
  if (created !== null) return { kind: 'create', index: created[1]!, table: created[2]! };
  const dropped = DROP.exec(text);
  return dropped === null ? null : { kind: 'drop', index: dropped[1]! };
}

/** Whether running the statement again after it has run changes nothing. */
export const isRepeatable = (sql: string): boolean => VALIDATE.test(withoutLead(sql));

/** `absent`, or what `pg_index` says of it. */
export type IndexState = 'absent' | 'invalid' | 'valid';

const unquoted = (name: string): string => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase());

interface FoundIndex {
  readonly schema: string;
  readonly name: string;
  readonly valid: boolean;
}

async function find(reader: LedgerReader, statement: IndexStatement): Promise<FoundIndex | undefined> {
  const found = `SELECT n.nspname AS schema, c.relname AS name, i.indisvalid AS valid
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`;
  const [row] =
    statement.kind === 'create'
      ? await reader.rows<FoundIndex>(`${found} WHERE i.indrelid = to_regclass($1::text) AND c.relname = $2::text`, [
          statement.table,
          unquoted(statement.index),
        ])
      : await reader.rows<FoundIndex>(`${found} WHERE i.indexrelid = to_regclass($1::text)`, [statement.index]);
  return row;
}

export async function indexState(reader: LedgerReader, statement: IndexStatement): Promise<IndexState> {
  const row = await find(reader, statement);
  return row === undefined ? 'absent' : row.valid ? 'valid' : 'invalid';
}

/** Drops what a failed build left under the name. An INVALID index serves no query, and costs every write. */
export async function dropInvalid(session: LedgerSession, sql: string): Promise<void> {
  const statement = indexStatementOf(sql);
  if (statement?.kind !== 'create') return;
  const row = await find(session, statement);
  if (row !== undefined && !row.valid)
    await session.alone(`DROP INDEX CONCURRENTLY ${quoteIdentifier(row.schema)}.${quoteIdentifier(row.name)}`);
}
