// How the database makes the keys of each built-in kind: column type, default, and the statements that ask for ids without inserting.

import { IdError } from '../error/instance-error.ts';
import { intKind } from '../value/number.ts';
import type { ValueKind } from '../value/kind.ts';
import { ID_VALUE_KINDS } from './key-kind.ts';
import type { HeerIdKind } from './heer-id.ts';
import type { RanjIdKind } from './ranj-id.ts';

export type GeneratedKeyKind = HeerIdKind | RanjIdKind | 'serial';

export interface KeyGenerator {
  readonly kind: GeneratedKeyKind;
  /** The type of the key column, and of the columns that refer to it. */
  readonly columnType: 'bigint' | 'uuid' | 'integer';
  /** The DEFAULT of the key column; null where the column is an identity column. */
  readonly defaultSql: string | null;
  readonly identity: 'byDefault' | null;
  /** One id, as the column `id`. Without parameters; for `serial`: $1 is the quoted name of the table, $2 the name of the column. */
  readonly oneSql: string;
  /** `n` distinct ids in logical order (oldest first), as the column `id`. $1 is the count; for `serial` it follows as $3. */
  readonly batchSql: string;
  /** The function of the count behind it, where there is one; it can stand beside `unnest` in a FROM. Cheaper for each id than the default of the column. */
  readonly batchFunction: string | null;
  /** Which rows `ORDER BY id ASC` gives first: `asc` the oldest, `desc` the newest. */
  readonly direction: 'asc' | 'desc';
  /** What a value out of jsonb is cast to. */
  readonly jsonbCast: 'int8' | 'uuid' | 'int4';
  readonly value: ValueKind<any>;
  /** The placeholder that may not be written as a key; null where there is none. */
  readonly zero: string | null;
}

function heer(kind: HeerIdKind, suffix: '' | '_desc'): KeyGenerator {
  return Object.freeze({
    kind,
    columnType: 'bigint',
    defaultSql: `heerid_next${suffix}()`,
    identity: null,
    oneSql: `SELECT heerid_next${suffix}() AS id`,
    batchSql: `SELECT id FROM generate_ids${suffix}($1::integer)`,
    batchFunction: `generate_ids${suffix}`,
    direction: suffix === '' ? 'asc' : 'desc',
    jsonbCast: 'int8',
    value: ID_VALUE_KINDS[kind],
    zero: '0',
  });
}

function ranj(kind: RanjIdKind, suffix: '' | '_desc'): KeyGenerator {
  return Object.freeze({
    kind,
    columnType: 'uuid',
    defaultSql: `ranjid_next${suffix}()`,
    identity: null,
    oneSql: `SELECT ranjid_next${suffix}() AS id`,
    batchSql: `SELECT id FROM generate_ranjids${suffix}($1::integer)`,
    batchFunction: null,
    direction: suffix === '' ? 'asc' : 'desc',
    jsonbCast: 'uuid',
    value: ID_VALUE_KINDS[kind],
    zero: '00000000-0000-0000-0000-000000000000',
  });
}

/**
 * The built-in key kinds. Statements run outside a transaction hand out ids that are never issued again; the lock-free generators keep that inside
 * one too, since nothing they use is rolled back.
 */
export const KEY_GENERATORS: { readonly [Kind in GeneratedKeyKind]: KeyGenerator } = Object.freeze({
  heerIdDesc: heer('heerIdDesc', '_desc'),
  heerId: heer('heerId', ''),
  ranjId: ranj('ranjId', ''),
  ranjIdDesc: ranj('ranjIdDesc', '_desc'),
  serial: Object.freeze({
    kind: 'serial',
    columnType: 'integer',
    defaultSql: null,
    identity: 'byDefault',
    oneSql: 'SELECT nextval(pg_get_serial_sequence($1::text, $2::text))::integer AS id',
    batchSql: 'SELECT nextval(pg_get_serial_sequence($1::text, $2::text))::integer AS id FROM generate_series(1, $3::integer)',
    batchFunction: null,
    direction: 'asc',
    jsonbCast: 'int4',
    value: intKind,
    zero: null,
  }),
});

const MAX_BATCH = 2_147_483_647;

/** Checks how many ids are asked for, before any SQL. 0 is allowed: the caller answers it with an empty list. Errors: ID_GEN_BAD_COUNT. */
export function checkBatchCount(count: number): void {
  if (Number.isInteger(count) && count >= 0 && count <= MAX_BATCH) return;
  throw new IdError('ID_GEN_BAD_COUNT', `The number of ids to generate is an integer from 0 to ${MAX_BATCH}.`);
}

/** Checks that a generator answered with as many ids as it was asked for. Errors: ID_GEN_ROW_COUNT. */
export function checkBatchResult(ids: readonly unknown[], count: number): void {
  if (ids.length === count) return;
  throw new IdError(
    'ID_GEN_ROW_COUNT',
    `The generator returned ${ids.length} ids where ${count} were asked for. Check the batch statement of the key kind.`,
    { expected: count, received: ids.length },
  );
}

/** Refuses the placeholder of the kind as a key. Errors: ID_ZERO_SENTINEL. */
export function refuseZeroKey(generator: KeyGenerator, id: unknown): void {
  if (generator.zero === null || id !== generator.zero) return;
  throw new IdError(
    'ID_ZERO_SENTINEL',
    `The key is ${generator.kind}'s ZERO, a placeholder for rows that have no id yet. Leave the id out, or take one from nextId.`,
  );
}
