// One column of a table in two snapshots.

import { byteLength, MAX_IDENTIFIER_BYTES, sha256Hex } from '@djogi/core/extension';
import type { TableRef } from '../operation/definition.ts';
import type { Operation } from '../operation/operation.ts';
import { cutToBytes } from '../snapshot/qualified-name.ts';
import type { ColumnSnapshot, NotNullSnapshot } from '../snapshot/snapshot.ts';
import { isEqual } from './facts.ts';
import type { Rebuilt } from './rebuilt.ts';

export interface ColumnDiff {
  readonly table: TableRef;
  readonly old: ColumnSnapshot;
  readonly next: ColumnSnapshot;
  readonly rebuilt: Rebuilt;
  readonly using: string | null;
  readonly keys: readonly (readonly string[])[];
}

export function columnOperations({ table, old, next, rebuilt, using, keys }: ColumnDiff): readonly Operation[] {
  const column = next.name;
  if (rebuilt.isReadded(table, column)) {
    return [
      { kind: 'dropColumn', table, column: old },
      { kind: 'addColumn', table, column: next },
    ];
  }
  const operations: Operation[] = [];
  const isRetyped = rebuilt.isRetyped(table, column);
  if (old.type !== next.type || old.collation !== next.collation) {
    const type = ({ type: name, collation }: ColumnSnapshot): { type: string; collation: string | null } => ({ type: name, collation });
    operations.push({ kind: 'setColumnType', table, column, from: type(old), to: type(next), using, keys });
  }
  if (old.generated !== null && next.generated === null)
    operations.push({ kind: 'dropGenerated', table, column, from: old.generated.expression });
  if (old.generated !== null && next.generated !== null && old.generated.expression !== next.generated.expression)
    operations.push({ kind: 'setGenerated', table, column, from: old.generated.expression, to: next.generated.expression });
  operations.push(...defaultOperations(table, old, next, isRetyped));
  if (!isEqual(old.identity, next.identity) || (isRetyped && old.identity !== null))
    operations.push({ kind: 'setIdentity', table, column, from: old.identity, to: next.identity });
  operations.push(...notNullOperations(table, column, old.notNull, next.notNull));
  if (old.comment !== next.comment) {
    const { schema, name } = table;
    operations.push({
      kind: 'setComment',
      target: { kind: 'column', of: { schema, name }, part: column },
      from: old.comment,
      to: next.comment,
    });
  }
  return operations;
}

/** A default is of the old type: it steps aside while the type changes. */
function defaultOperations(table: TableRef, old: ColumnSnapshot, next: ColumnSnapshot, isRetyped: boolean): Operation[] {
  const set = (from: string | null, to: string | null): Operation => ({ kind: 'setDefault', table, column: next.name, from, to });
  if (isRetyped && old.default !== null) return [set(old.default, null), ...(next.default === null ? [] : [set(null, next.default)])];
  return old.default === next.default ? [] : [set(old.default, next.default)];
}

function notNullOperations(table: TableRef, column: string, old: NotNullSnapshot | null, next: NotNullSnapshot | null): Operation[] {
  const loose = (notNull: NotNullSnapshot): string | null =>
    notNull.isValidated ? null : (notNull.name ?? notNullName(table.name, column));
  const add = (notNull: NotNullSnapshot): Operation => ({
    kind: 'setNotNull',
    table,
    column,
    isNoInherit: notNull.isNoInherit,
    notValid: loose(notNull),
  });
  const drop = (notNull: NotNullSnapshot): Operation => ({
    kind: 'dropNotNull',
    table,
    column,
    isNoInherit: notNull.isNoInherit,
    notValid: loose(notNull),
  });
  if (old === null) return next === null ? [] : [add(next)];
  if (next === null) return [drop(old)];
  if (old.isNoInherit !== next.isNoInherit || (old.isValidated && !next.isValidated)) return [drop(old), add(next)];
  if (!old.isValidated && next.isValidated)
    return [{ kind: 'validateConstraint', table, constraint: old.name ?? notNullName(table.name, column), references: null }];
  return [];
}

/** The name that Postgres would give it, cut with a digest where it is too long. */
export function notNullName(table: string, column: string): string {
  const name = `${table}_${column}_not_null`;
  if (byteLength(name) <= MAX_IDENTIFIER_BYTES) return name;
  const digest = `_${sha256Hex(name).slice(0, 8)}`;
  return cutToBytes(name, MAX_IDENTIFIER_BYTES - digest.length) + digest;
}
