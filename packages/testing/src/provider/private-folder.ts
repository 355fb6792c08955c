// Folders that only this OS user can write: the cache of prepared clusters, and one folder per running test server. What a killed run left is
// recognised and removed here.

import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { lock } from './file-lock.ts';
import { isAlive, stopStrayPostmaster } from './postmaster.ts';
import { canReach, type ServerUser } from './server-user.ts';
import { readServerRecord } from './server-record.ts';

/** A folder without a record of its owner is young or was left before the record could be written; after this long it is the latter. */
const UNOWNED_AFTER_MS = 10 * 60_000;
/** Process ids of another machine or container say nothing here. */
const FOREIGN_AFTER_MS = 24 * 3_600_000;

const ownUid = (): number | undefined => process.getuid?.();

/** The folder for what may be used again: `<tmp>/djogi-<uid>`, or a fresh one where that name was taken by somebody else. */
export function privateFolder(user: ServerUser): string {
  return privateFolderIn([tmpdir(), '/tmp', '/var/tmp'].find((path) => canReach(path, user)) ?? tmpdir(), user);
}

/**
 * The folder of temporary servers: in memory where there is room, unless TMPDIR names a place.
 *
 * ext4 does not give away an inode for some time after its file was deleted, and looks past all of them whenever it creates one. A run that makes and
 * drops hundreds of databases of 300 files each slows down by it: a clone takes 10 ms at first and 260 ms later. On tmpfs it stays at 10 ms.
 */
export function volatileFolder(user: ServerUser): string {
  return hasRoomInMemory(user) ? privateFolderIn(MEMORY, user) : privateFolder(user);
}

const MEMORY = '/dev/shm';
const TMPFS_MAGIC = 0x0102_1994;
/** Bytes. A server with a few small databases takes 60 MB; Docker's default of 64 MB for all is not enough. */
const ROOM_IN_MEMORY = 2 * 2 ** 30;

function hasRoomInMemory(user: ServerUser): boolean {
  if (process.platform !== 'linux' || (process.env['TMPDIR'] ?? '') !== '') return false;
  try {
    const { type, bavail, bsize } = statfsSync(MEMORY);
    accessSync(MEMORY, constants.W_OK | constants.X_OK);
    return (
      type === TMPFS_MAGIC && bavail * bsize >= ROOM_IN_MEMORY && process.availableMemory() >= ROOM_IN_MEMORY && canReach(MEMORY, user)
    );
  } catch {
    return false;
  }
}

/** Mode 0700, for root 0711: the server's user must pass. */
function privateFolderIn(base: string, user: ServerUser): string {
  const path = join(base, `djogi-${ownUid() ?? 'user'}`);
  try {
    mkdirSync(path, { mode: folderMode(user) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  // In a shared temporary folder anybody may have made it first.
  const stat = lstatSync(path);
  const isOurs = stat.isDirectory() && (ownUid() === undefined || (stat.uid === ownUid() && (stat.mode & 0o022) === 0));
  const folder = isOurs ? path : mkdtempSync(`${path}-`);
  chmodSync(folder, folderMode(user));
  return folder;
}

/** A fresh folder for one temporary server, after removing what killed runs left. */
export function temporaryServerFolder(user: ServerUser): string {
  const folder = mkdtempSync(join(sweptRunFolder(user), 's-'));
  own(folder, process.pid, user);
  return folder;
}

export interface RunFolderClaim {
  readonly folder: string;
  /** Empties the folder, for a new server in it. */
  renew(): void;
  release(): void;
}

/** The folder of the one server that belongs to the process `runner`, held until `release` so that one worker starts the server and the others find it. */
export async function claimRunFolder(user: ServerUser, runner: number): Promise<RunFolderClaim> {
  const folder = join(sweptRunFolder(user), `r-${runner}`);
  const release = await lock(`${folder}.lock`, folder);
  const renew = (): void => {
    removeServerFolder(folder);
    mkdirSync(folder);
    own(folder, runner, user);
  };
  return { folder, renew, release };
}

/** The parent of all temporary servers' folders, without what killed runs left. */
function sweptRunFolder(user: ServerUser): string {
  const run = join(volatileFolder(user), 'run');
  mkdirSync(run, { recursive: true });
  chmodSync(run, folderMode(user));
  // How much memory there is, and with it the place, may have been another before.
  for (const parent of new Set([run, join(privateFolder(user), 'run')])) {
    if (existsSync(parent))
      for (const name of readdirSync(parent)) if (isAbandoned(join(parent, name))) removeServerFolder(join(parent, name));
  }
  return run;
}

function own(folder: string, pid: number, user: ServerUser): void {
  writeFileSync(join(folder, 'owner.json'), JSON.stringify({ host: hostname(), pid }), { mode: 0o600 });
  chmodSync(folder, folderMode(user));
}

/** The server's user passes through; nobody else does. */
const folderMode = (user: ServerUser): number => (user.ids === undefined ? 0o700 : 0o711);

/** Stops a server that still runs in the folder, then removes it. Never throws: another process may be removing the same one. */
export function removeServerFolder(folder: string): void {
  try {
    stopStrayPostmaster(join(folder, 'cluster'));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  } catch {
    // Whoever comes next tries again.
  }
}

function isAbandoned(folder: string): boolean {
  try {
    const owner = readServerRecord(join(folder, 'owner.json')),
      server = readServerRecord(join(folder, 'server.json'));
    const ageMs = Date.now() - statSync(folder).mtimeMs;
    if (owner === undefined) return ageMs > UNOWNED_AFTER_MS;
    if (owner.host !== hostname()) return ageMs > FOREIGN_AFTER_MS;
    return !isAlive(owner.pid) && (server === undefined || !isAlive(server.pid));
  } catch {
    return false;
  }
}
