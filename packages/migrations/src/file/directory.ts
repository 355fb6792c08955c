// The directory of migrations: which files belong together, and writing them so that a crash leaves all of them or none that counts.

import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MigrationFileError } from '../error/file-error.ts';
import { bucketName, bucketOf, GLOBAL_BUCKET, type BucketId } from './bucket.ts';
import {
  downFile,
  parseMigration,
  renderMigration,
  sealedSidecar,
  sidecarFile,
  upFile,
  type Migration,
  type MigrationDraft,
  type MigrationTexts,
} from './migration.ts';
import { renderSidecar } from './sidecar.ts';
import { byVersion, versionOf, versionParts } from './version.ts';

export interface ReadOptions {
  /** The database target whose folder is read. Default `main`. */
  readonly database?: string;
}

/** Folders beside the apps' own. */
const RESERVED = new Set(['live']);
const FILE = /^(V[^.]*)(\.sdjql|\.down\.sdjql|\.plan\.json|\.sql)$/;

/**
 * Reads every migration of a database target.
 *
 * Shape: in chronological order, then by bucket. A directory that is not there has none. Files that are not migrations are left alone.
 * Errors: MIGRATION_FILE, with file and line: also for a file without its siblings (`missing_file`), a `.sql` (`legacy_extension`), and digits that two
 * migrations of a bucket share (`duplicate_version`).
 */
export async function readMigrations(directory: string, { database = 'main' }: ReadOptions = {}): Promise<readonly Migration[]> {
  const migrations: Migration[] = [];
  for (const app of await foldersOf(join(directory, database))) {
    if (RESERVED.has(app)) continue;
    const bucket = bucketOf(`${database}/${app}`);
    for (const version of await versionsOf(directory, bucket)) migrations.push(await readOne(directory, bucket, version));
  }
  return migrations.sort(
    (left, right) => byVersion(left.version, right.version) || byVersion(bucketName(left.bucket), bucketName(right.bucket)),
  );
}

/** The versions of a bucket's folder, in order. Errors: as those of `readMigrations`. */
async function versionsOf(directory: string, bucket: BucketId): Promise<readonly string[]> {
  const files = await namesIn(join(directory, bucketName(bucket)));
  const found = new Map<string, Set<string>>();
  for (const name of files) {
    const match = FILE.exec(name);
    const place = { file: `${bucketName(bucket)}/${name}` };
    if (match === null) {
      if (name.endsWith('.sdjql'))
        throw new MigrationFileError('version', place, 'The name is no version: V, 14 digits, two underscores and a slug.');
      continue;
    }
    const [, version = '', ending = ''] = match;
    if (ending === '.sql') {
      throw new MigrationFileError(
        'legacy_extension',
        place,
        'Migrations end in .sdjql, so that nobody pastes one into a prompt that would not commit as it must. Rename it.',
      );
    }
    versionParts(version, place.file);
    found.set(version, (found.get(version) ?? new Set()).add(ending));
  }
  const versions = [...found.keys()].sort(byVersion);
  versions.forEach((version, index) => {
    const before = versions[index - 1];
    const place = { file: `${bucketName(bucket)}/${upFile(version)}` };
    if (before !== undefined && before.slice(0, 15) === version.slice(0, 15))
      throw new MigrationFileError(
        'duplicate_version',
        place,
        `${before} has the same digits, so their order is nobody's decision. Give one of them others.`,
      );
    const endings = found.get(version)!;
    if (!endings.has('.sdjql'))
      throw new MigrationFileError(
        'missing_file',
        place,
        'The migration has other files and not this one. Restore it, or delete the others.',
      );
    if (!endings.has('.plan.json'))
      throw new MigrationFileError(
        'missing_file',
        { file: `${bucketName(bucket)}/${sidecarFile(version)}` },
        'The migration has no plan sidecar. Restore it.',
      );
  });
  return versions;
}

async function readOne(directory: string, bucket: BucketId, version: string): Promise<Migration> {
  const folder = join(directory, bucketName(bucket));
  const text = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  const down = await text(downFile(version)).catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
  return parseMigration({ bucket, version }, { up: await text(upFile(version)), down, sidecar: await text(sidecarFile(version)) });
}

export interface WriteOptions {
  /** Replaces the files of this version. Default false. */
  readonly overwrite?: boolean;
}

/**
 * Writes the files of a migration and reads them back.
 *
 * Shape: each is written beside its place, synced and renamed; the up file, without which the others are nothing, comes last.
 * Errors: MIGRATION_FILE with `exists` for a version that is there, unless `overwrite`; and those of `renderMigration`.
 */
export async function writeMigration(
  directory: string,
  draft: MigrationDraft,
  { overwrite = false }: WriteOptions = {},
): Promise<Migration> {
  const { bucket = GLOBAL_BUCKET, version } = draft;
  bucketOf(bucketName(bucket));
  const texts = renderMigration(draft);
  const folder = join(directory, bucketName(bucket));
  await mkdir(folder, { recursive: true });
  const there = await namesIn(folder);
  const files = filesOf(version, texts);
  const taken = files.find(({ name }) => there.includes(name));
  if (taken !== undefined && !overwrite)
    throw new MigrationFileError(
      'exists',
      { file: `${bucketName(bucket)}/${taken.name}` },
      'The file is there. Take another version, or write with overwrite.',
    );
  await replaceAll(folder, files);
  if (overwrite && texts.down === null) await rm(join(folder, downFile(version)), { force: true });
  return readOne(directory, bucket, version);
}

const filesOf = (version: string, { up, down, sidecar }: MigrationTexts): readonly { readonly name: string; readonly text: string }[] => [
  ...(down === null ? [] : [{ name: downFile(version), text: down }]),
  { name: sidecarFile(version), text: sidecar },
  { name: upFile(version), text: up },
];

/** All of them are on the disk before the first takes its name. */
async function replaceAll(folder: string, files: readonly { readonly name: string; readonly text: string }[]): Promise<void> {
  const mark = randomBytes(6).toString('hex');
  const temporary = (name: string): string => join(folder, `.${name}.${mark}.tmp`);
  try {
    for (const { name, text } of files) {
      const file = await open(temporary(name), 'wx');
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
    }
    for (const { name } of files) await rename(temporary(name), join(folder, name));
  } catch (error) {
    for (const { name } of files) await rm(temporary(name), { force: true });
    throw error;
  }
}

export interface NewMigrationOptions {
  readonly bucket?: BucketId;
  /** The clock. Default now. */
  readonly now?: Date;
}

/**
 * Begins a migration by hand: files with one empty step each way, to be filled in and then sealed.
 *
 * Errors: MIGRATION_FILE, also for what is wrong with the bucket's other files.
 *
 * @example
 * const { version } = await newSqlMigration('migrations', 'fill slugs');
 */
export async function newSqlMigration(
  directory: string,
  name: string,
  { bucket = GLOBAL_BUCKET, now = new Date() }: NewMigrationOptions = {},
): Promise<Migration> {
  const version = versionOf(name, now, await versionsOf(directory, bucket));
  const { slug } = versionParts(version);
  return writeMigration(directory, {
    version,
    bucket,
    origin: 'custom',
    up: [{ kind: 'transactional', steps: [{ label: slug, sql: '-- Write the SQL here, then seal the migration.' }] }],
    down: [
      { kind: 'transactional', steps: [{ label: `undo ${slug}`, sql: '-- Write the way back here. Left like this, there is none.' }] },
    ],
  });
}

export interface SealOptions {
  readonly bucket?: BucketId;
  /** Labels of steps that lose something, as `lossy` or `destructive`: apply and rollback then ask why. */
  readonly effects?: Readonly<Record<string, 'safe' | 'lossy' | 'destructive'>>;
  /** What it reads and writes, so that it may be applied late. */
  readonly touches?: { readonly reads: readonly string[]; readonly writes: readonly string[] };
}

/**
 * Records what the files of a migration execute now in its sidecar: the end of writing one by hand, or of a reviewed edit.
 *
 * Errors: MIGRATION_FILE.
 */
export async function sealMigration(
  directory: string,
  version: string,
  { bucket = GLOBAL_BUCKET, effects = {}, touches }: SealOptions = {},
): Promise<Migration> {
  versionParts(version);
  const file = `${bucketName(bucket)}/${upFile(version)}`;
  if (!(await versionsOf(directory, bucket)).includes(version))
    throw new MigrationFileError('missing_file', { file }, 'There is no migration of this version.');
  const sealed = sealedSidecar(await readOne(directory, bucket, version));
  const withEffects = (segments: typeof sealed.up): typeof sealed.up =>
    segments.map(({ kind, steps }) => ({ kind, steps: steps.map((step) => ({ ...step, effect: effects[step.label] ?? step.effect })) }));
  const text = renderSidecar({ ...sealed, up: withEffects(sealed.up), down: withEffects(sealed.down), touches: touches ?? sealed.touches });
  await replaceAll(join(directory, bucketName(bucket)), [{ name: sidecarFile(version), text }]);
  return readOne(directory, bucket, version);
}

const isMissing = (error: unknown): boolean => (error as { readonly code?: unknown } | null)?.code === 'ENOENT';

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort(byVersion);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function foldersOf(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort(byVersion);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
