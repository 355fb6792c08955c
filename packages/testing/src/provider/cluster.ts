// A database cluster on disk. A kept one is made by `initdb`. For temporary ones `initdb` runs once per version and OS user, and each is a copy of
// that one (initdb 400 ms, copy 50 ms on an idle machine).

import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { TestingError } from '../error/testing-error.ts';
import type { NativeBinaries } from './native-binaries.ts';
import type { ServerUser } from './server-user.ts';
import { serverEnvironment } from './supervisor.ts';

export const SUPERUSER = 'djogi';

// The builtin provider sorts by code point and maps case by Unicode, in the same way on every machine. One SCRAM iteration is enough for a password
// of 192 random bits, and keeps a connection at 2 ms.
const INITDB_PARAMETERS = [
  '--username',
  SUPERUSER,
  '--encoding',
  'UTF8',
  '--locale',
  'C',
  '--locale-provider',
  'builtin',
  '--builtin-locale',
  'C.UTF-8',
  '--auth',
  'scram-sha-256',
  '--no-sync',
  '--no-instructions',
  '--set',
  'scram_iterations=1',
  '--set',
  'timezone=UTC',
  '--set',
  'log_timezone=UTC',
  '--set',
  'lc_messages=C',
];

// Segments of 1 MB instead of 16: less to copy.
const TEMPORARY_PARAMETERS = [...INITDB_PARAMETERS, '--wal-segsize', '1'];

/** Makes `<folder>/cluster` for a server that is kept, and returns the superuser's password, which is also in `<folder>/password`. */
export async function createCluster(
  folder: string,
  binaries: NativeBinaries,
  user: ServerUser,
  parameters: readonly string[] = INITDB_PARAMETERS,
): Promise<string> {
  // Under another name first: a cluster that was cut short must not be taken for one.
  const work = join(folder, 'cluster.partial');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { mode: 0o700 });
  const password = randomBytes(24).toString('base64url'),
    passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user.ids !== undefined) for (const path of [passwordFile, work]) chownSync(path, user.ids.uid, user.ids.gid);
  await runInitdb(binaries, work, passwordFile, user, parameters);
  if (user.ids !== undefined) chownSync(passwordFile, 0, 0);
  renameSync(work, join(folder, 'cluster'));
  return password;
}

/** Makes `<folder>/cluster` for a temporary server as a copy of the prepared one, whose password it shares: both are this OS user's alone. */
export async function copyCluster(folder: string, binaries: NativeBinaries, user: ServerUser, cacheFolder: string): Promise<string> {
  const prepared = await preparedCluster(binaries, user, cacheFolder);
  copyFolder(join(prepared, 'cluster'), join(folder, 'cluster'), user);
  return readFileSync(join(prepared, 'password'), 'utf8');
}

async function preparedCluster(binaries: NativeBinaries, user: ServerUser, cacheFolder: string): Promise<string> {
  const key = createHash('sha256')
    .update(JSON.stringify([binaries.version, TEMPORARY_PARAMETERS, user.ids]))
    .digest('hex')
    .slice(0, 12);
  const prepared = join(cacheFolder, `cluster-${key}`);
  if (existsSync(prepared)) return prepared;
  const work = mkdtempSync(`${prepared}-`);
  try {
    if (user.ids !== undefined) chmodSync(work, 0o711);
    await createCluster(work, binaries, user, TEMPORARY_PARAMETERS);
    renameSync(work, prepared);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    // Another process was first; its cluster is as good.
    if (!existsSync(prepared)) throw error;
  }
  return prepared;
}

function runInitdb(
  binaries: NativeBinaries,
  cluster: string,
  passwordFile: string,
  user: ServerUser,
  parameters: readonly string[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(binaries.initdb, ['--pgdata', cluster, '--pwfile', passwordFile, ...parameters], {
      ...user.ids,
      cwd: cluster,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: serverEnvironment(),
      windowsHide: true,
    });
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    const fail = (cause?: Error): void =>
      reject(
        new TestingError(
          'EMBEDDED_START',
          `initdb could not make a cluster${cause === undefined ? '' : `: ${cause.message}`}. Its output is in the error's log; a PostgreSQL 18 server of your own can be used through DATABASE_URL instead.`,
          { log: log.trim() },
          cause === undefined ? undefined : { cause },
        ),
      );
    child.once('error', fail);
    child.once('close', (code) => (code === 0 ? resolve() : fail()));
  });
}

/** Copies a stopped cluster and gives it to the server's user. */
function copyFolder(source: string, target: string, user: ServerUser): void {
  mkdirSync(target, { mode: 0o700 });
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const from = join(source, entry.name),
      to = join(target, entry.name);
    if (entry.isDirectory()) {
      copyFolder(from, to, user);
    } else {
      copyFile(from, to);
      if (user.ids !== undefined) chownSync(to, user.ids.uid, user.ids.gid);
    }
  }
  if (user.ids !== undefined) chownSync(target, user.ids.uid, user.ids.gid);
}

/** APFS clones by reference. On Linux a plain write costs the same as the kernel's copy, and what is removed before it reaches the disk goes four times faster. */
function copyFile(from: string, to: string): void {
  if (process.platform === 'darwin') copyFileSync(from, to, constants.COPYFILE_FICLONE);
  else writeFileSync(to, readFileSync(from), { mode: 0o600 });
}
