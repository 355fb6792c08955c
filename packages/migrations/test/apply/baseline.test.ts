// Adopting a database that was there before its migrations.

import { check, f, index, model, type Field } from '@djogi/core';
import { fieldOf, keyTargetOf } from '@djogi/core/extension';
import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import {
  applyMigrations,
  baselineMigration,
  bootstrapMigration,
  fakeMigrations,
  makeSnapshot,
  migrationStatus,
  readCatalog,
  renderCreate,
  rollbackMigration,
  snapshotOf,
  writeMigration,
  type SchemaSnapshot,
} from '../../src/index.ts';
import { useServer, type TestDatabase } from '../database.ts';
import { at, project, step, together } from './project.ts';

const database = useServer();
const refusal = (rule: string, rest: object = {}) => expect.objectContaining({ code: 'MIGRATION_RUN', rule, ...rest });

/** A foreign key, without the package that queries along it. */
const reference = (target: object): Field<any> =>
  fieldOf({ stored: 'key', valueKind: () => keyTargetOf(target).valueKind, reference: { target } });

class Author extends model('authors', { name: f.text({ maxLength: 80 }).unique() }) {}
class Book extends model('books', { title: f.text().index(), pages: f.int().default(1), author: reference(Author) }) {
  static readonly tableObjects = [check(Book, 'pages', (b) => b.pages.gt(0)), index(Book, (b) => [b.pages.desc()])];
}

async function adopted(): Promise<TestDatabase> {
  const db = await database();
  await db.apply(renderCreate(snapshotOf([Author, Book])));
  return db;
}

/** What is in `public` and not the bootstrap's. */
const schemaOf = async (db: TestDatabase): Promise<SchemaSnapshot> => {
  const { snapshot } = await readCatalog(db.ctx);
  const isOwn = ({ name }: { readonly name: string }): boolean => !name.startsWith('heer_');
  return makeSnapshot({ ...snapshot, tables: snapshot.tables.filter(isOwn), sequences: snapshot.sequences.filter(isOwn) });
};

test('a baseline is recorded where the schema is, and makes the same schema where it is not', async () => {
  const old = await adopted();
  await old.apply(['CREATE VIEW long_books AS SELECT * FROM books WHERE pages > 500']);
  const files = await project();
  await writeMigration(files.directory, bootstrapMigration());
  const { migration, unsupported } = await baselineMigration(old.ctx, files.directory, {
    reason: 'it was here first',
    now: new Date('2026-01-05T00:00:00Z'),
  });
  expect(migration.version).toBe(at(5, 'baseline'));
  expect(unsupported).toContainEqual(expect.objectContaining({ kind: 'view' }));
  expect((await migrationStatus(old.ctx, files.directory)).entries[1]).toMatchObject({ state: 'baseline', reason: 'it was here first' });
  // What comes behind it is applied to both; the bootstrap is late and touches nothing of it.
  await files.write(at(6, 'column'), [together(step('add', 'ALTER TABLE books ADD isbn text;'))]);
  expect((await applyMigrations(old.ctx, files.directory)).applied.map(({ version }) => version.slice(17))).toEqual([
    'djogi_bootstrap',
    'column',
  ]);
  const empty = await database({ bootstrap: false });
  expect((await applyMigrations(empty.ctx, files.directory)).applied).toHaveLength(3);
  expect(await schemaOf(empty)).toEqual(await schemaOf(old));
  expect(await rollbackMigration(empty.ctx, files.directory).catch((error: unknown) => error)).toMatchObject({ rule: 'irreversible' });
});

test('another database of the same shape takes the same baseline, and one of another shape does not', async () => {
  const files = await project();
  const { migration } = await baselineMigration((await adopted()).ctx, files.directory, { reason: 'it was here first' });
  const names = await readdir(`${files.directory}/main/_global_`);
  const twin = await adopted();
  await baselineMigration(twin.ctx, files.directory, { version: migration.version, reason: 'the same' });
  expect((await migrationStatus(twin.ctx, files.directory)).entries).toMatchObject([{ state: 'baseline' }]);
  const other = await adopted();
  await other.apply(['ALTER TABLE books ADD isbn text']);
  await expect(baselineMigration(other.ctx, files.directory, { version: migration.version, reason: 'the same' })).rejects.toThrow(
    refusal('baseline_mismatch'),
  );
  expect((await migrationStatus(other.ctx, files.directory)).entries).toMatchObject([{ state: 'pending' }]);
  expect(await readdir(`${files.directory}/main/_global_`)).toEqual(names);
});

test('a baseline has only the tables that are named', async () => {
  const db = await adopted();
  const files = await project();
  const { migration } = await baselineMigration(db.ctx, files.directory, { reason: 'one of them', tables: ['authors'] });
  expect(migration.sidecar.touches).toEqual({ reads: [], writes: ['relation public.authors'] });
  expect(migration.up.segments[0]!.steps.some(({ sql }) => sql.includes('books'))).toBe(false);
});

test('a history that has begun, and a blank reason, take no baseline', async () => {
  const db = await adopted();
  const files = await project();
  await files.write(at(1, 'a'), [together(step('create', 'CREATE TABLE a ();'))]);
  await expect(baselineMigration(db.ctx, files.directory, { reason: ' ' })).rejects.toThrow(refusal('reason'));
  await fakeMigrations(db.ctx, files.directory, { reason: 'there' });
  await expect(baselineMigration(db.ctx, files.directory, { reason: 'late' })).rejects.toThrow(
    refusal('baseline_history', { version: at(1, 'a') }),
  );
});
