// From models to files to a database and back: what was planned is what the files do, and two branches that do not meet end equal in either order.

import { check, f, index, model, pgEnum, type Field } from '@djogi/core';
import { fieldOf, keyTargetOf } from '@djogi/core/extension';
import { expect, test } from 'vitest';
import {
  applyMigrations,
  diffSnapshots,
  executePlan,
  hintsOf,
  makeSnapshot,
  migrationStatus,
  planDraft,
  planMigration,
  readCatalog,
  repairMigration,
  rollbackMigration,
  snapshotOf,
  writeMigration,
  type SchemaSnapshot,
} from '../../src/index.ts';
import { useServer, type TestDatabase } from '../database.ts';
import { at, project } from './project.ts';

const database = useServer();
const refusal = (rule: string, rest: object = {}) => expect.objectContaining({ code: 'MIGRATION_RUN', rule, ...rest });
const reference = (target: object): Field<any> =>
  fieldOf({ stored: 'key', valueKind: () => keyTargetOf(target).valueKind, reference: { target } });

class Author extends model('authors', { name: f.text() }) {}
class Book extends model('books', { title: f.text(), pages: f.int().nullable(), isbn: f.text().nullable() }) {}

class WideBook extends model('books', { title: f.text().unique(), pages: f.bigint(), author: reference(Author) }) {
  static readonly tableObjects = [check(WideBook, 'pages', (b) => b.pages.gt(0n)), index(WideBook, (b) => [b.pages.desc()])];
}

const nothing = makeSnapshot({});
const first = snapshotOf([Author, Book]);
const second = snapshotOf([Author, WideBook]);

const catalogOf = async (db: TestDatabase): Promise<SchemaSnapshot> => {
  const { snapshot } = await readCatalog(db.ctx);
  const isOwn = ({ name }: { readonly name: string }): boolean => !name.startsWith('heer_');
  return makeSnapshot({ ...snapshot, tables: snapshot.tables.filter(isOwn), sequences: snapshot.sequences.filter(isOwn) });
};
/** What a diff finds between two databases. */
const difference = (from: SchemaSnapshot, to: SchemaSnapshot) => diffSnapshots(from, to).operations;

const allow = ['dropColumn books.isbn', 'setColumnType books.pages', 'setNotNull books.pages'];
function draftOf(version: string, from: SchemaSnapshot, to: SchemaSnapshot, justification?: string) {
  const diff = diffSnapshots(from, to);
  return planDraft(diff, planMigration(diff, { allow }), { version, ...(justification === undefined ? {} : { justification }) });
}

test('the files of a plan do what the plan does, and take it back', async () => {
  const db = await database();
  const { directory } = await project();
  await writeMigration(directory, draftOf(at(1, 'initial'), nothing, first));
  await applyMigrations(db.ctx, directory);
  const before = await catalogOf(db);
  const { up, sidecar } = await writeMigration(directory, draftOf(at(2, 'wide'), first, second, 'nobody reads isbn'));
  expect(up.segments.map(({ kind, isPatient }) => `${kind} ${isPatient}`)).toEqual(
    expect.arrayContaining(['transactional false', 'non_transactional true', 'transactional true']),
  );
  expect(sidecar).toMatchObject({
    origin: 'composed',
    operations: expect.arrayContaining([expect.objectContaining({ kind: 'dropColumn' })]),
  });
  await applyMigrations(db.ctx, directory);

  const planned = await database();
  for (const [from, to] of [
    [nothing, first],
    [first, second],
  ] as const)
    await executePlan(planned.ctx, planMigration(diffSnapshots(from, to), { allow }));
  expect(difference(await catalogOf(db), await catalogOf(planned))).toEqual([]);

  await rollbackMigration(db.ctx, directory, { allowLoss: 'nothing is in it' });
  expect(difference(await catalogOf(db), before)).toEqual([]);
  await applyMigrations(db.ctx, directory);
  expect(difference(await catalogOf(db), await catalogOf(planned))).toEqual([]);
});

test('what loses something is refused until its file says why', async () => {
  const db = await database();
  const { directory } = await project();
  await writeMigration(directory, draftOf(at(1, 'initial'), nothing, first));
  await writeMigration(directory, draftOf(at(2, 'wide'), first, second));
  await expect(applyMigrations(db.ctx, directory)).rejects.toThrow(refusal('justification', { version: at(2, 'wide') }));
  expect((await migrationStatus(db.ctx, directory)).entries.map(({ state }) => state)).toEqual(['pending', 'pending']);
});

test('a plan without a way back has a down file that says so', async () => {
  const db = await database();
  const { directory } = await project();
  class Mood extends model('moods', { value: f.enum(pgEnum('mood', ['glad'])) }) {}
  class MoreMood extends model('moods', { value: f.enum(pgEnum('mood', ['glad', 'sad'])) }) {}
  await writeMigration(directory, draftOf(at(1, 'initial'), nothing, snapshotOf([Mood])));
  const { down, checksumDown } = await writeMigration(directory, draftOf(at(2, 'sad'), snapshotOf([Mood]), snapshotOf([MoreMood])));
  expect(down!.segments[0]!.steps[0]!.sql).toContain('-- DJOGI WARNING: addEnumLabel');
  expect(checksumDown).toBeNull();
  await applyMigrations(db.ctx, directory);
  await expect(rollbackMigration(db.ctx, directory)).rejects.toThrow(refusal('irreversible'));
});

test('a unique index that meets duplicates fails, is told, and is finished when they are gone', async () => {
  const db = await database();
  const { directory } = await project();
  class Unique extends model('authors', { name: f.text().unique() }) {}
  await writeMigration(directory, draftOf(at(1, 'initial'), nothing, snapshotOf([Author])));
  await writeMigration(directory, draftOf(at(2, 'unique'), snapshotOf([Author]), snapshotOf([Unique])));
  await applyMigrations(db.ctx, directory, { to: at(1, 'initial') });
  await db.raw.script("INSERT INTO authors (name) VALUES ('Ada'), ('Ada')");
  await expect(applyMigrations(db.ctx, directory)).rejects.toThrow(refusal('step_failed'));
  expect((await migrationStatus(db.ctx, directory)).invalidIndexes).toHaveLength(1);
  await db.raw.script('DELETE FROM authors WHERE id = (SELECT max(id) FROM authors)');
  expect(await repairMigration(db.ctx, directory, { isConfirmed: true })).toMatchObject({ done: 'resume' });
  const [authors] = (await catalogOf(db)).tables;
  expect(authors!.constraints.some(({ kind }) => kind === 'unique')).toBe(true);
});

test('two branches that do not meet end equal in either order; two that meet are refused with both names', async () => {
  class Tag extends model('tags', { label: f.text() }) {}
  class NamedAuthor extends model('authors', { name: f.text(), born: f.date().nullable() }) {}
  class OtherAuthor extends model('authors', { name: f.text(), died: f.date().nullable() }) {}
  class RenamedAuthor extends model('writers', { name: f.text() }, { renamedFrom: 'authors' }) {}
  const base = snapshotOf([Author]);
  const branches = {
    tags: snapshotOf([Author, Tag]),
    born: snapshotOf([NamedAuthor]),
    died: snapshotOf([OtherAuthor]),
  };
  const initial = draftOf(at(1, 'initial'), nothing, base);
  const early = draftOf(at(2, 'born'), base, branches.born);
  for (const later of [draftOf(at(3, 'tags'), base, branches.tags), draftOf(at(3, 'died'), base, branches.died)]) {
    const [inOrder, late] = [await database(), await database()];
    const { directory } = await project();
    await writeMigration(directory, initial);
    await writeMigration(directory, later);
    await applyMigrations(late.ctx, directory);
    await writeMigration(directory, early);
    expect((await applyMigrations(late.ctx, directory)).applied).toMatchObject([{ version: at(2, 'born'), isOutOfOrder: true }]);
    expect((await applyMigrations(inOrder.ctx, directory)).applied).toHaveLength(3);
    expect(difference(await catalogOf(late), await catalogOf(inOrder))).toEqual([]);
  }
  const db = await database();
  const { directory } = await project();
  await writeMigration(directory, initial);
  const rename = diffSnapshots(base, snapshotOf([RenamedAuthor]), hintsOf([RenamedAuthor]));
  await writeMigration(directory, planDraft(rename, planMigration(rename), { version: at(3, 'rename') }));
  await applyMigrations(db.ctx, directory);
  await writeMigration(directory, early);
  await expect(applyMigrations(db.ctx, directory)).rejects.toThrow(
    refusal('out_of_order', { version: at(2, 'born'), other: at(3, 'rename') }),
  );
});
