// The tables of the atlas: made where they are missing, and made anew, all of them, where another version of the atlas made one. They refer to each other, and hold
// nothing but what packages ship.

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
 * Makes the tables where one is missing or of another version. Resolves to their names; to none when all are there.
 *
 * Errors: when there are tables of these names in another form and `mayReplace` is false: they could be somebody else's.
 */
export async function makeTables(ctx: Context, { mayReplace }: { readonly mayReplace: boolean }): Promise<string[]> {
  const wanted = snapshotOf(models);
  return ctx.atomic(async (tx) => {
    const found = (await readCatalog(tx)).snapshot;
    const present = new Map(found.tables.map((table) => [table.name, table]));
    const there = wanted.tables.filter(({ name }) => present.has(name)),
      other = there.filter((table) => outlineOf(present.get(table.name)!) !== outlineOf(table));
    if (other.length === 0 && there.length === wanted.tables.length) return [];
    if (there.length > 0 && !mayReplace)
      throw new Error(
        `The database has tables of these names that this version of the atlas did not make: ${(other.length > 0 ? other : there).map(({ name }) => name).join(', ')}. Drop them, or give the atlas a database of its own.`,
      );
    const drops = there.map(({ name }) => `DROP TABLE "${name}" CASCADE`);
    await rawSql(tx, REASON).script([...drops, ...renderCreate(partOf(wanted, found))].join(';\n'));
    return wanted.tables.map(({ name }) => name);
  });
}

/** Without the types and extensions that are there already. */
function partOf(wanted: SchemaSnapshot, found: SchemaSnapshot): SchemaSnapshot {
  const isNew = (present: readonly { readonly name: string }[]) => (one: { readonly name: string }) =>
    !present.some(({ name }) => name === one.name);
  return makeSnapshot({
    ...wanted,
    enums: wanted.enums.filter(isNew(found.enums)),
    extensions: wanted.extensions.filter(isNew(found.extensions)),
  });
}
