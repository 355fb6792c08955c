// A folder that the caller named for a development server: claimed by one process at a time while it starts or joins the server there.

import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TestingError } from '../error/testing-error.ts';
import { lock } from './file-lock.ts';
import { isAlive, stopStrayPostmaster } from './postmaster.ts';
import type { ServerRecord } from './server-record.ts';
import { canReach, type ServerUser } from './server-user.ts';

export interface DataFolderClaim {
  /** Where the cluster is: the named folder, or a stand-in when the server's user cannot enter that one. */
  readonly folder: string;
  /** Waits for a supervisor that is on its way out, and stops a postmaster whose supervisor was killed. */
  clearRemains(record: ServerRecord | undefined): Promise<void>;
  lastPort(): number | undefined;
  rememberPort(port: number): void;
  release(): void;
}

const STOPPING_WITHIN_MS = 30_000;
const OUR_FILES = new Set(['cluster', 'cluster.partial', 'password', 'server.json', 'port', 'lock', 'crash.log', 'elsewhere']);
/** Where root keeps the data of folders that no other user may enter, such as those below its home. */
const ELSEWHERE = '/var/lib/djogi';

/** Errors: EMBEDDED_FOLDER when the folder holds something else, EMBEDDED_LOCKED when another process keeps starting there for a minute. */
export async function claimDataFolder(named: string, user: ServerUser): Promise<DataFolderClaim> {
  const mode = user.ids === undefined ? 0o700 : 0o711;
  if (!existsSync(named)) mkdirSync(named, { recursive: true, mode });
  // Names with `.lock` are locks on their way out.
  const stranger = readdirSync(named).find((name) => !OUR_FILES.has(name) && !name.startsWith('lock.'));
  if (stranger !== undefined) {
    throw new TestingError(
      'EMBEDDED_FOLDER',
      `${named} holds ${stranger}, which is not part of a data folder of ours. Name a folder that is empty or does not exist.`,
      { folder: named },
    );
  }
  const releaseLock = await lock(join(named, 'lock'), named);
  try {
    // Whoever may enter the folder above may be let into this one, which holds nothing but ours.
    const folder = canReach(dirname(named), user) ? named : standIn(named);
    if (user.ids !== undefined && folder === named) chmodSync(folder, mode);
    refuseOtherVersion(folder);
    return {
      folder,
      clearRemains: (record) => clearRemains(folder, record),
      lastPort: () => {
        try {
          return Number(readFileSync(join(folder, 'port'), 'utf8')) || undefined;
        } catch {
          return undefined;
        }
      },
      rememberPort: (port) => writeFileSync(join(folder, 'port'), String(port), { mode: 0o600 }),
      release: releaseLock,
    };
  } catch (error) {
    releaseLock();
    throw error;
  }
}

/** The named folder keeps a pointer. Without one, data of the same name is left over from a folder that was deleted since. */
function standIn(named: string): string {
  const folder = join(ELSEWHERE, createHash('sha256').update(named).digest('hex').slice(0, 16));
  const pointer = join(named, 'elsewhere');
  if (!existsSync(pointer)) {
    stopStrayPostmaster(join(folder, 'cluster'));
    rmSync(folder, { recursive: true, force: true });
  }
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  for (const path of [ELSEWHERE, folder]) chmodSync(path, 0o711);
  writeFileSync(pointer, folder);
  return folder;
}

function refuseOtherVersion(folder: string): void {
  const file = join(folder, 'cluster', 'PG_VERSION');
  const version = existsSync(file) ? readFileSync(file, 'utf8').trim() : '18';
  if (version !== '18')
    throw new TestingError(
      'EMBEDDED_FOLDER',
      `${folder} holds a cluster of PostgreSQL ${version}, and the embedded server is 18. Name another folder, or dump and restore.`,
      { folder, version },
    );
}

async function clearRemains(folder: string, record: ServerRecord | undefined): Promise<void> {
  const until = Date.now() + STOPPING_WITHIN_MS;
  while (
    record !== undefined &&
    record.host === hostname() &&
    isAlive(record.pid) &&
    existsSync(join(folder, 'server.json')) &&
    Date.now() < until
  )
    await delay(20);
  stopStrayPostmaster(join(folder, 'cluster'));
  rmSync(join(folder, 'server.json'), { force: true });
}
