// Names of schema objects: the pair that keys them, their order, and how Postgres itself spells them.

import { byteLength, quoteIdentifier } from '@djogi/core/extension';

export interface QualifiedName {
  readonly schema: string;
  readonly name: string;
}

/** Where models live. */
export const MODEL_SCHEMA = 'public';

/** For messages and as a key: `posts`, `billing.invoices`. */
export const shownName = ({ schema, name }: QualifiedName): string => (schema === MODEL_SCHEMA ? name : `${schema}.${name}`);

/** By code units, as every list of a snapshot is ordered: a locale would order it differently on another machine. */
export const byText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
export const byQualifiedName = (left: QualifiedName, right: QualifiedName): number =>
  byText(left.schema, right.schema) || byText(left.name, right.name);
export const byName = (left: { readonly name: string }, right: { readonly name: string }): number => byText(left.name, right.name);

// The key words of PostgreSQL 18 that are not unreserved: what quote_identifier puts in quotes. Source: pg_get_keywords(), catcode other than U.
const QUOTED_WORDS: ReadonlySet<string> = new Set(
  (
    'all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast char character check coalesce collate collation ' +
    'column concurrently constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp current_user dec decimal default ' +
    'deferrable desc distinct do else end except exists extract false fetch float for foreign freeze from full grant greatest group grouping having ilike in initially inner ' +
    'inout int integer intersect interval into is isnull join json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize ' +
    'json_table json_value lateral leading least left like limit localtime localtimestamp merge_action national natural nchar none normalize not notnull null nullif numeric ' +
    'offset on only or order out outer overlaps overlay placing position precision primary real references returning right row select session_user setof similar smallint ' +
    'some substring symmetric system_user table tablesample then time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when where ' +
    'window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable'
  ).split(' '),
);

/** Spells an identifier as Postgres prints it: in quotes only where it needs them. */
export function printedIdentifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !QUOTED_WORDS.has(name) ? name : quoteIdentifier(name);
}

/** Spells the quoted identifiers inside a type as `format_type` does: `"status"[]` is `status[]`, `"order"` stays. */
export function printedType(type: string): string {
  return type.replaceAll(/"((?:[^"]|"")+)"/g, (_, inner: string) => printedIdentifier(inner.replaceAll('""', '"')));
}

/** Spells a qualified name as Postgres prints it under the search path of snapshots. */
export const printedName = ({ schema, name }: QualifiedName): string =>
  schema === MODEL_SCHEMA ? printedIdentifier(name) : `${printedIdentifier(schema)}.${printedIdentifier(name)}`;

/** The longest beginning of `name` that fits into `bytes`, cut between characters. */
export function cutToBytes(name: string, bytes: number): string {
  let kept = '';
  for (const character of name) {
    if (byteLength(kept + character) > bytes) break;
    kept += character;
  }
  return kept;
}

/** As a key. */
export const relationKey = ({ schema, name }: QualifiedName): string => `${schema}.${name}`;
