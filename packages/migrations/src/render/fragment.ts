// The fragments that several statements share: qualified names, lists of columns, expressions in parentheses, parameters, index elements.

import { quoteIdentifier, quoteLiteral } from '@djogi/core/extension';
import type { IndexElementSnapshot } from '../snapshot/snapshot.ts';
import type { QualifiedName } from '../snapshot/qualified-name.ts';

/** `"public"."posts"`: qualified always, so that no search path decides where an object goes. */
export const qualified = ({ schema, name }: QualifiedName): string => `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;

/** `"a", "b"` */
export const columnList = (columns: readonly string[]): string => columns.map(quoteIdentifier).join(', ');

/** `(expression)`. One that has a line comment ends its line first, or the comment would take the parenthesis. */
export const parenthesised = (expression: string): string => `(${expression}${expression.includes('--') ? '\n' : ''})`;

/** `include` in front of a comma list, nothing for an empty one. */
export const includeClause = (columns: readonly string[]): string => (columns.length === 0 ? '' : ` INCLUDE (${columnList(columns)})`);

/** ` WITH ("fillfactor" = '70')`, nothing without parameters. Values are literals: Postgres reads every parameter from text. */
export function storageClause(params: Readonly<Record<string, string>>): string {
  const entries = Object.entries(params).map(
    ([name, value]) => `${name.split('.').map(quoteIdentifier).join('.')} = ${quoteLiteral(value)}`,
  );
  return entries.length === 0 ? '' : ` WITH (${entries.join(', ')})`;
}

export const tablespaceClause = (tablespace: string | null): string =>
  tablespace === null ? '' : ` TABLESPACE ${quoteIdentifier(tablespace)}`;

export const whereClause = (where: string | null): string => (where === null ? '' : ` WHERE ${parenthesised(where)}`);

/** A key of an index: `"name" text_pattern_ops DESC`, `(lower("name"))`. What Postgres takes by itself is left out. */
export function indexElement({ column, expression, collation, opclass, order, nulls }: IndexElementSnapshot): string {
  const key = column === null ? parenthesised(expression ?? '') : quoteIdentifier(column);
  const usualNulls = order === 'desc' ? 'first' : 'last';
  return (
    key +
    (collation === null ? '' : ` COLLATE ${collation}`) +
    (opclass === null ? '' : ` ${opclass}`) +
    (order === 'desc' ? ' DESC' : '') +
    (nulls === usualNulls ? '' : ` NULLS ${nulls.toUpperCase()}`)
  );
}
