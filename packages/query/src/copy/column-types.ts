// What the database says about the columns of a COPY before it begins: whether their binary form is the one that the codecs write, and whether the
// caller's role may copy into the table at all.

import { CopyError, type Context, type TerminalOptions } from '@djogi/core';
import {
  booleanKind,
  countKind,
  executorOf,
  listKind,
  quoteIdentifier,
  textKind,
  type CompiledStatement,
  type ModelRuntime,
  type StoredField,
} from '@djogi/core/extension';

interface StoredColumn {
  readonly name: string;
  readonly oid: number;
  /** The binary form of the type is its text. */
  readonly isText: boolean;
  readonly hasRowSecurity: boolean;
}

/** The catalog is readable for everybody, also for a role that may only insert. */
const TYPES: CompiledStatement<StoredColumn> = {
  text:
    'SELECT a.attname::text AS "name", a.atttypid::bigint AS "oid", ' +
    "p.prosrc IN ('textrecv', 'varcharrecv', 'enum_recv', 'json_recv') AS \"isText\", row_security_active(a.attrelid) AS \"hasRowSecurity\" " +
    'FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid JOIN pg_proc AS p ON p.oid = t.typreceive ' +
    'WHERE a.attrelid = to_regclass($1) AND a.attname = ANY ($2::text[])',
  parameters: [textKind.codec, listKind(textKind).codec],
  rows: {
    columns: [
      { name: 'name', codec: textKind.codec },
      { name: 'oid', codec: countKind.codec },
      { name: 'isText', codec: booleanKind.codec },
      { name: 'hasRowSecurity', codec: booleanKind.codec },
    ],
  },
};

/** How a value is written in the binary form of its column. */
export type BinaryForm = 'binary' | 'text';

/**
 * The binary form of each field, or null when one of them has none that is certain: a column of another type than declared would read the bytes as
 * something else. One statement, one round trip.
 */
export async function binaryForms(
  runtime: ModelRuntime,
  ctx: Context,
  fields: readonly StoredField[],
  options: TerminalOptions | undefined,
): Promise<readonly BinaryForm[] | null> {
  const { table } = runtime;
  const values = [quoteIdentifier(table), fields.map((field) => field.column)];
  const { rows } = await executorOf(ctx).execute(TYPES, values, runtime.purpose('copyFrom', ctx), options);
  if (rows.some((column) => column.hasRowSecurity))
    throw new CopyError(
      table,
      'row_security',
      `Rows cannot be copied into ${table} by this role: row security applies to it there, and Postgres checks policies for INSERT only. Use bulkCreate, or a role that row security does not apply to.`,
    );
  const columns = new Map(rows.map((column) => [column.name, column]));
  const forms = fields.map(({ column, valueKind }): BinaryForm | null => {
    const stored = columns.get(column),
      { binary } = valueKind.codec;
    if (stored === undefined) return null;
    if (binary?.encode !== undefined && binary.oid === stored.oid) return 'binary';
    return stored.isText ? 'text' : null;
  });
  return forms.includes(null) ? null : (forms as BinaryForm[]);
}
