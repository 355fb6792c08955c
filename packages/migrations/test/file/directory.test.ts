// The directory of migrations: what belongs together, what is refused by name, and writing all files or none.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  BOOTSTRAP_VERSION,
  bootstrapMigration,
  checkSealed,
  newSqlMigration,
  readMigrations,
  sealMigration,
  writeMigration,
  type MigrationDraft,
} from '../../src/index.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'djogi-migrations-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const draft = (version: string, rest: Partial<MigrationDraft> = {}): MigrationDraft => ({
  version,
  up: [{ kind: 'transactional', steps: [{ label: 'add a', sql: 'CREATE TABLE a ();' }] }],
  down: [{ kind: 'transactional', steps: [{ label: 'drop a', sql: 'DROP TABLE a;', effect: 'destructive' }] }],
  ...rest,
});
const first = 'V20260101000000__first';
const main = (...parts: string[]): string => join(directory, 'main', '_global_', ...parts);
const edit = async (name: string, change: (text: string) => string): Promise<void> =>
  writeFile(main(name), change(await readFile(main(name), 'utf8')));
const refusal = (rule: string, file: string, line?: number) =>
  expect.objectContaining({ code: 'MIGRATION_FILE', rule, file: `main/_global_/${file}`, ...(line === undefined ? {} : { line }) });

test('migrations are read in the order of time, then of buckets', async () => {
  await writeMigration(directory, draft('V20260103000000__third'));
  await writeMigration(directory, draft('V20260102000000__second', { bucket: { database: 'main', app: 'billing' } }));
  await writeMigration(directory, draft(first));
  await writeMigration(directory, draft('V20260101000000__other', { bucket: { database: 'audit', app: '' } }));
  await mkdir(join(directory, 'main', 'live'));
  await writeFile(main('README.md'), 'for people');
  await writeFile(main('schema_snapshot.json'), '{}');
  expect((await readMigrations(directory)).map(({ bucket, version }) => [bucket.app, version])).toEqual([
    ['', first],
    ['billing', 'V20260102000000__second'],
    ['', 'V20260103000000__third'],
  ]);
  expect(await readMigrations(directory, { database: 'audit' })).toHaveLength(1);
  expect(await readMigrations(join(directory, 'nowhere'))).toEqual([]);
});

test('writing leaves the three files and nothing else, and the same bytes every time', async () => {
  await writeMigration(directory, draft(first));
  const names = [`${first}.down.sdjql`, `${first}.plan.json`, `${first}.sdjql`];
  expect(await readdir(main())).toEqual(names);
  const before = await Promise.all(names.map((name) => readFile(main(name), 'utf8')));
  await writeMigration(directory, draft(first), { overwrite: true });
  expect(await Promise.all(names.map((name) => readFile(main(name), 'utf8')))).toEqual(before);
  expect(before[2]).toBe(`-- Migration: V20260101000000__first
-- Bucket: main/_global_
-- Direction: UP
-- Execution-Mode: transactional
-- Snapshot-Base: none
-- Depends-On: (none)
-- Generated: 2026-01-01T00:00:00Z

-- djogi:segment transactional
-- djogi:step add a
CREATE TABLE a ();
`);
});

test('a version that is there is written over only when asked', async () => {
  await writeMigration(directory, draft(first));
  await expect(writeMigration(directory, draft(first))).rejects.toThrow(refusal('exists', `${first}.down.sdjql`));
  const { down: _, ...upOnly } = draft(first);
  expect((await writeMigration(directory, upOnly, { overwrite: true })).down).toBeNull();
  expect(await readdir(main())).toHaveLength(2);
});

describe('a directory is refused', () => {
  test('for a .sql file', async () => {
    await writeMigration(directory, draft(first));
    await writeFile(main('V20260102000000__x.sql'), '');
    await expect(readMigrations(directory)).rejects.toThrow(refusal('legacy_extension', 'V20260102000000__x.sql'));
  });

  test.for(['V2026__x.sdjql', 'V20260102000000__X.sdjql', 'next.sdjql'])('for a name that is no version: %s', async (name) => {
    await writeMigration(directory, draft(first));
    await writeFile(main(name), '');
    await expect(readMigrations(directory)).rejects.toThrow(refusal('version', name));
  });

  test.for(['.sdjql', '.plan.json'])('for a migration without its %s', async (ending) => {
    await writeMigration(directory, draft(first));
    await rm(main(`${first}${ending}`));
    await expect(readMigrations(directory)).rejects.toThrow(refusal('missing_file', `${first}${ending}`));
  });

  test('for digits that two migrations share', async () => {
    await writeMigration(directory, draft(first));
    await writeMigration(directory, draft('V20260101000000__second')).catch(() => {});
    await expect(readMigrations(directory)).rejects.toThrow(refusal('duplicate_version', 'V20260101000000__second.sdjql'));
  });

  test('for a sidecar of another migration', async () => {
    await writeMigration(directory, draft(first));
    await edit(`${first}.plan.json`, (text) => text.replace('__first', '__other'));
    await expect(readMigrations(directory)).rejects.toThrow(refusal('disagreement', `${first}.plan.json`));
  });

  test.for<[string, (text: string) => string, string]>([
    ['no JSON', () => '{', 'no JSON'],
    ['conflict markers', (text) => text.replace('  "origin"', '<<<<<<< HEAD\n  "origin"'), 'conflict markers'],
    ['another format', (text) => text.replace('"format_version": "1"', '"format_version": "2", "new": 1'), 'reads "1"'],
    ['an unknown key', (text) => text.replace('"origin"', '"author": "x",\n"origin"'), 'author is unknown'],
    ['a missing key', (text) => text.replace('  "origin": "custom",\n', ''), 'origin is missing'],
    ['a value of another shape', (text) => text.replace('"depends_on": []', '"depends_on": {}'), 'depends_on must be a list'],
    ['a word that is none of its own', (text) => text.replace('"destructive"', '"bad"'), 'must be one of safe'],
  ])('for a sidecar with %s', async ([, change, words]) => {
    await writeMigration(directory, draft(first));
    await edit(`${first}.plan.json`, change);
    await expect(readMigrations(directory)).rejects.toThrow(refusal('sidecar', `${first}.plan.json`));
    await expect(readMigrations(directory)).rejects.toThrow(words);
  });

  test('for a checksum that is none', async () => {
    await writeMigration(directory, draft(first));
    await edit(`${first}.plan.json`, (text) => text.replace(/V1:.{64}/, 'V1:abc'));
    await expect(readMigrations(directory)).rejects.toThrow(refusal('checksum_format', `${first}.plan.json`));
  });
});

test('a conflict marker is named with its line', async () => {
  await writeMigration(directory, draft(first));
  await edit(`${first}.plan.json`, (text) => `<<<<<<< HEAD\n${text}`);
  await expect(readMigrations(directory)).rejects.toThrow(refusal('sidecar', `${first}.plan.json`, 1));
});

describe('an edit', () => {
  test('of a comment is none', async () => {
    await writeMigration(directory, draft(first));
    await edit(`${first}.sdjql`, (text) => text.replace('\n\n-- djogi:segment', '\n\n-- reviewed\n-- djogi:segment'));
    const [migration] = await readMigrations(directory);
    expect(() => checkSealed(migration!)).not.toThrow();
  });

  test.for([
    ['SQL', (text: string) => text.replace('TABLE a', 'TABLE b'), 11],
    ['a label', (text: string) => text.replace('add a', 'add b'), 11],
    [
      'the kind of a segment',
      (text: string) =>
        text.replace('segment transactional', 'segment non_transactional').replace('Mode: transactional', 'Mode: non_transactional'),
      11,
    ],
    ['a step more', (text: string) => `${text}-- djogi:step more\nSELECT 1;\n`, 13],
  ] as const)('of %s is refused with the line of the step, until it is sealed', async ([, change, line]) => {
    await writeMigration(directory, draft(first));
    await edit(`${first}.sdjql`, change);
    const [migration] = await readMigrations(directory);
    expect(() => checkSealed(migration!)).toThrow(refusal('checksum', `${first}.sdjql`, line));
    checkSealed(await sealMigration(directory, first));
  });

  test('of the way back is refused too, and sealing keeps what steps lose', async () => {
    await writeMigration(directory, draft(first));
    await edit(`${first}.down.sdjql`, (text) => text.replace('DROP TABLE a', 'DROP TABLE IF EXISTS a'));
    const [migration] = await readMigrations(directory);
    expect(() => checkSealed(migration!)).toThrow(refusal('checksum', `${first}.down.sdjql`));
    expect((await sealMigration(directory, first)).sidecar.down[0]!.steps[0]!.effect).toBe('destructive');
  });
});

test('a migration by hand begins as files that do nothing, and is sealed when it is written', async () => {
  const now = new Date('2026-02-03T04:05:06Z');
  const { version } = await newSqlMigration(directory, 'Fill slugs', { now });
  expect(version).toBe('V20260203040506__fill_slugs');
  expect((await newSqlMigration(directory, 'again', { now })).version).toBe('V20260203040507__again');
  await edit(`${version}.sdjql`, (text) =>
    text.replace('-- Write the SQL here, then seal the migration.', 'UPDATE posts SET slug = id::text;'),
  );
  const sealed = await sealMigration(directory, version, {
    effects: { fill_slugs: 'lossy' },
    touches: { reads: [], writes: ['table posts'] },
  });
  checkSealed(sealed);
  expect(sealed.checksumDown).toBeNull();
  expect(sealed.sidecar).toMatchObject({
    origin: 'custom',
    touches: { reads: [], writes: ['table posts'] },
    up: [{ steps: [{ effect: 'lossy' }] }],
  });
  await expect(sealMigration(directory, first)).rejects.toThrow(refusal('missing_file', `${first}.sdjql`));
});

test('the bootstrap sorts first and names no node', async () => {
  const written = await writeMigration(directory, bootstrapMigration({ extensions: ['pg_trgm', 'citext', 'citext'] }));
  await writeMigration(directory, draft(first));
  expect((await readMigrations(directory))[0]!.version).toBe(BOOTSTRAP_VERSION);
  expect(written.up.segments[0]!.steps.map(({ label }) => label)).toEqual([
    'createExtension citext',
    'createExtension pg_trgm',
    'installHeer 1',
  ]);
  expect(written.up.segments[0]!.steps[2]!.sql).not.toContain('INSERT INTO "public".heer_nodes');
  expect(() => bootstrapMigration({ extensions: [''] })).toThrow(expect.objectContaining({ rule: 'statement' }));
});
