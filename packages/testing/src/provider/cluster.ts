// A database cluster on disk. `initdb` runs once per version and OS user; every further cluster is a copy of that one (initdb 400 ms, copy 50 ms).

import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, chownSync, constants, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestingError } from '../error.ts';
import type { NativeBinaries } from './native-binaries.ts';
import type { ServerUser } from './server-user.ts';
import { serverEnvironment } from './supervisor.ts';

export const SUPERUSER = 'djogi';

// The builtin provider sorts by code point and maps case by Unicode, in the same way on every machine. One SCRAM iteration is enough for a password
// of 192 random bits, and keeps a connection at 2 ms.
const INITDB_PARAMETERS = [
  '--username', SUPERUSER, '--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', '--auth', 'scram-sha-256', '--no-sync', '--no-instructions',
  '--set', 'scram_iterations=1', '--set', 'timezone=UTC', '--set', 'log_timezone=UTC', '--set', 'lc_messages=C',
];

/** Makes `<folder>/cluster` from the prepared one and returns the superuser's password, which is also kept in `<folder>/password`. */
export async function createCluster(folder: string, binaries: NativeBinaries, user: ServerUser, cacheFolder: string): Promise<string> {
  const prepared = await preparedCluster(binaries, user, cacheFolder);
  const password = readFileSync(join(prepared, 'password'), 'utf8');
  writeFileSync(join(folder, 'password'), password, { mode: 0o600 });
  // Under another name first: a copy that was cut short must not be taken for a cluster.
  const work = join(folder, 'cluster.partial');
  rmSync(work, { recursive: true, force: true });
  copyFolder(join(prepared, 'cluster'), work, user);
  renameSync(work, join(folder, 'cluster'));
  return password;
}

async function preparedCluster(binaries: NativeBinaries, user: ServerUser, cacheFolder: string): Promise<string> {
  const key = createHash('sha256').update(JSON.stringify([binaries.version, INITDB_PARAMETERS, user.ids])).digest('hex').slice(0, 12);
  const prepared = join(cacheFolder, `cluster-${key}`);
  if (existsSync(prepared)) return prepared;
  const work = mkdtempSync(`${prepared}-`);
  try {
    const password = randomBytes(24).toString('base64url');
    const passwordFile = join(work, 'password');
    writeFileSync(passwordFile, password, { mode: 0o600 });
    mkdirSync(join(work, 'cluster'), { mode: 0o700 });
    if (user.ids !== undefined) {
      chmodSync(work, 0o711);
      for (const path of [passwordFile, join(work, 'cluster')]) chownSync(path, user.ids.uid, user.ids.gid);
    }
    await runInitdb(binaries, join(work, 'cluster'), passwordFile, user);
    if (user.ids !== undefined) chownSync(passwordFile, 0, 0);
    renameSync(work, prepared);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    // Another process was first; its cluster is as good.
    if (!existsSync(prepared)) throw error;
  }
  return prepared;
}

function runInitdb(binaries: NativeBinaries, cluster: string, passwordFile: string, user: ServerUser): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(binaries.initdb, ['--pgdata', cluster, '--pwfile', passwordFile, ...INITDB_PARAMETERS],
      { ...user.ids, cwd: cluster, stdio: ['ignore', 'ignore', 'pipe'], env: serverEnvironment(), windowsHide: true });
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => { log += text; });
    const fail = (cause?: Error): void => reject(new TestingError('EMBEDDED_START',
      `initdb could not make a cluster${cause === undefined ? '' : `: ${cause.message}`}. Its output is in the error's log; a PostgreSQL 18 server of your own can be used through DATABASE_URL instead.`,
      { log: log.trim() }, cause === undefined ? undefined : { cause }));
    child.once('error', fail);
    child.once('close', code => (code === 0 ? resolve() : fail()));
  });
}

/** Copies a stopped cluster, by reference where the file system can, and gives it to the server's user. */
function copyFolder(source: string, target: string, user: ServerUser): void {
  mkdirSync(target, { mode: 0o700 });
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const from = join(source, entry.name), to = join(target, entry.name);
    if (entry.isDirectory()) {
      copyFolder(from, to, user);
    } else {
      copyFileSync(from, to, constants.COPYFILE_FICLONE);
      if (user.ids !== undefined) chownSync(to, user.ids.uid, user.ids.gid);
    }
  }
  if (user.ids !== undefined) chownSync(target, user.ids.uid, user.ids.gid);
}
