// Folders that only this OS user can write: the cache of prepared clusters, and one folder per running test server. What a killed run left is
// recognised and removed here.

import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive, stopStrayPostmaster } from './postmaster.ts';
import { canReach, type ServerUser } from './server-user.ts';
import { readServerRecord } from './server-record.ts';

/** A folder without a record of its owner is young or was left before the record could be written; after this long it is the latter. */
const UNOWNED_AFTER_MS = 10 * 60_000;
/** Process ids of another machine or container say nothing here. */
const FOREIGN_AFTER_MS = 24 * 3_600_000;

const ownUid = (): number | undefined => process.getuid?.();

/** `<tmp>/djogi-<uid>`, or a fresh folder where that name was taken by somebody else. Mode 0700, for root 0711: the server's user must pass. */
export function privateFolder(user: ServerUser): string {
  const base = [tmpdir(), '/tmp', '/var/tmp'].find(path => canReach(path, user)) ?? tmpdir();
  const mode = user.ids === undefined ? 0o700 : 0o711;
  const path = join(base, `djogi-${ownUid() ?? 'user'}`);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  // In a shared temporary folder anybody may have made it first.
  const stat = lstatSync(path);
  const isOurs = stat.isDirectory() && (ownUid() === undefined || (stat.uid === ownUid() && (stat.mode & 0o022) === 0));
  const folder = isOurs ? path : mkdtempSync(`${path}-`);
  chmodSync(folder, mode);
  return folder;
}

/** A fresh folder for one temporary server, after removing what killed runs left. */
export function temporaryServerFolder(user: ServerUser, root: string): string {
  const run = join(root, 'run');
  mkdirSync(run, { recursive: true });
  for (const name of readdirSync(run)) if (isAbandoned(join(run, name))) removeServerFolder(join(run, name));
  const folder = mkdtempSync(join(run, 's-'));
  writeFileSync(join(folder, 'owner.json'), JSON.stringify({ host: hostname(), pid: process.pid }), { mode: 0o600 });
  for (const path of [run, folder]) chmodSync(path, user.ids === undefined ? 0o700 : 0o711);
  return folder;
}

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
    const owner = readServerRecord(join(folder, 'owner.json')), server = readServerRecord(join(folder, 'server.json'));
    const ageMs = Date.now() - statSync(folder).mtimeMs;
    if (owner === undefined) return ageMs > UNOWNED_AFTER_MS;
    if (owner.host !== hostname()) return ageMs > FOREIGN_AFTER_MS;
    return !isAlive(owner.pid) && (server === undefined || !isAlive(server.pid));
  } catch {
    return false;
  }
}
