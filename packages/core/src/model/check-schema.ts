// Compares the tables of a database with the models when a pool starts, so that a forgotten migration is found at start and not at the first query.

import type { Executor } from '../db/context.ts';
import type { CompiledStatement } from '../db/port.ts';
import { SchemaMismatchError } from '../error/database-error.ts';
import { quoteIdentifier } from '../ident/identifier.ts';
import { arrayCodec } from '../value/array.ts';
import { booleanKind } from '../value/number.ts';
import { textKind } from '../value/text.ts';
import type { ModelDescriptor } from './descriptor.ts';

interface FoundColumn {
  readonly table: string;
  readonly column: string | null;
  readonly type: string | null;
  readonly isKey: boolean | null;
}

/** The columns of the named tables as the search path finds them, and one row with a NULL column for a table that is not there. Reads the catalog only. */
const COLUMNS: CompiledStatement<FoundColumn> = {
  text: `SELECT wanted.name, a.attname::text, format_type(a.atttypid, a.atttypmod),
  EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey))
FROM unnest($1::text[], $2::text[]) AS wanted (name, quoted)
LEFT JOIN pg_attribute a ON a.attrelid = to_regclass(wanted.quoted) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY wanted.name, a.attnum`,
  parameters: [arrayCodec(textKind.codec, 'text'), arrayCodec(textKind.codec, 'text')],
  rows: {
    columns: [
      { name: 'table', codec: textKind.codec },
      { name: 'column', codec: textKind.codec },
      { name: 'type', codec: textKind.codec },
      { name: 'isKey', codec: booleanKind.codec },
    ],
  },
};

/** One round trip. Errors: SCHEMA_MISMATCH with everything that was found: missing tables and columns, other column types, other keys. */
export async function checkSchema(executor: Executor, descriptors: readonly ModelDescriptor[]): Promise<void> {
  const tables = descriptors.map((descriptor) => descriptor.table);
  const { rows } = await executor.execute(COLUMNS, [tables, tables.map(quoteIdentifier)], { operation: 'checkAtStart' });
  const byTable = Map.groupBy(rows, (row) => row.table);
  const problems = descriptors.flatMap((descriptor) => tableProblems(descriptor, byTable.get(descriptor.table) ?? []));
  if (problems.length > 0) throw new SchemaMismatchError(problems);
}

function tableProblems({ table, fields, key, partitionBy }: ModelDescriptor, rows: readonly FoundColumn[]): string[] {
  const found = new Map(rows.flatMap((row) => (row.column === null ? [] : [[row.column, row]])));
  if (found.size === 0) return [`the table ${table} does not exist`];
  const columns = fields.flatMap(({ column, sqlType }) => {
    if (column === null) return [];
    const actual = found.get(column);
    if (actual === undefined) return [`${table} has no column ${column}`];
    return sameType(actual.type!, sqlType) ? [] : [`${table}.${column} is of type ${actual.type}, not ${sqlType}`];
  });
  const keys = [...found.values()].filter((column) => column.isKey === true).map((column) => column.column);
  // Postgres wants the partition column in every key of a partitioned table.
  const wanted = [...new Set([...key.columns, ...(partitionBy === null ? [] : [partitionBy.column])])];
  const isSameKey = keys.length === wanted.length && wanted.every((column) => keys.includes(column));
  return isSameKey || key.kind === 'none'
    ? columns
    : [...columns, `the primary key of ${table} is ${keys.length === 0 ? 'missing' : `(${keys.join(', ')})`}, not (${wanted.join(', ')})`];
}

/** `format_type` quotes an enum's name only where it must, and qualifies what is not on the search path. */
function sameType(actual: string, declared: string): boolean {
  const bare = (type: string): string => type.replaceAll('"', '').replace(/^[^.(]+\./, '');
  return bare(actual) === bare(declared);
}
