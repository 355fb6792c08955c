// The tables of the atlas: made where they are missing, and made anew where another version of the atlas made them. They hold nothing but what packages ship.

import type { Context } from '@djogi/core';
import { rawSql } from '@djogi/core/raw';
import { makeSnapshot, readCatalog, renderCreate, snapshotOf, type SchemaSnapshot, type TableSnapshot } from '@djogi/migrations';
import { models } from './models.ts';

const REASON = 'the tables of the atlas are made by itself, before its models are used';

/** What two versions of a table differ in. Expressions are left aside: the server prints them in its own way. */
const outlineOf = ({ columns, constraints, indexes }: TableSnapshot): string =>
  JSON.stringify([
    columns.map(({ name, type, notNull }) => `${name} ${type} ${notNull === null}`).sort(),
    constraints.map(({ name }) => name).sort(),
    indexes.map(({ name }) => name).sort(),
  ]);

/**
 * Makes the tables that are missing or of another version. Resolves to their names.
 *
 * Errors: when there are tables of another form and `mayReplace` is false: they could be somebody else's.
 */
export async function makeTables(ctx: Context, { mayReplace }: { readonly mayReplace: boolean }): Promise<string[]> {
  const wanted = snapshotOf(models);
  return ctx.atomic(async (tx) => {
    const found = (await readCatalog(tx)).snapshot;
    const present = new Map(found.tables.map((table) => [table.name, table]));
    const missing = wanted.tables.filter(({ name }) => !present.has(name)),
      other = wanted.tables.filter((table) => present.has(table.name) && outlineOf(present.get(table.name)!) !== outlineOf(table)),
      names = other.map(({ name }) => name);
    if (other.length > 0 && !mayReplace)
      throw new Error(
        `The database has tables of these names that this version of the atlas did not make: ${names.join(', ')}. Drop them, or give the atlas a database of its own.`,
      );
    const statements = [...names.map((name) => `DROP TABLE "${name}"`), ...renderCreate(partOf(wanted, found, [...missing, ...other]))];
    if (statements.length > 0) await rawSql(tx, REASON).script(statements.join(';\n'));
    return [...missing, ...other].map(({ name }) => name);
  });
}

/** The tables, with the types and extensions that are not there yet. */
function partOf(wanted: SchemaSnapshot, found: SchemaSnapshot, tables: readonly TableSnapshot[]): SchemaSnapshot {
  const isNew = (present: readonly { readonly name: string }[]) => (one: { readonly name: string }) =>
    !present.some(({ name }) => name === one.name);
  return makeSnapshot({
    ...wanted,
    tables,
    enums: wanted.enums.filter(isNew(found.enums)),
    extensions: wanted.extensions.filter(isNew(found.extensions)),
  });
}
