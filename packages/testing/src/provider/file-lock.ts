// Mutual exclusion between processes by a file, for the moments in which a server is started or found.

import { linkSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { TestingError } from '../error/testing-error.ts';
import { isAlive } from './postmaster.ts';
import { readServerRecord, type ServerRecord } from './server-record.ts';

const LOCK_WITHIN_MS = 60_000;

/** A lock file with the id of its holder, taken over when that process is gone. Resolves to what releases it. Errors: EMBEDDED_LOCKED after a minute. */
export async function lock(path: string, folder: string): Promise<() => void> {
  const until = Date.now() + LOCK_WITHIN_MS;
  // Written aside and linked into place: the lock is never seen without its content.
  const own = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(own, JSON.stringify({ host: hostname(), pid: process.pid, name: own }), { mode: 0o600 });
  try {
    for (;;) {
      try {
        linkSync(own, path);
        return () => rmSync(path, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = readServerRecord(path);
      if (holder !== undefined && !(holder.host === hostname() && isAlive(holder.pid))) takeAway(path, holder);
      else if (Date.now() > until)
        throw new TestingError(
          'EMBEDDED_LOCKED',
          `Another process (${holder?.pid ?? 'unknown'}) is starting a server in ${folder} and does not finish. Wait for it or end it.`,
          { folder },
        );
      else await delay(15);
    }
  } finally {
    unlinkSync(own);
  }
}

/** Removes the lock of a dead process, and puts back one that somebody else took in between. */
function takeAway(path: string, dead: ServerRecord): void {
  const aside = `${path}.dead.${process.pid}.${Math.random().toString(36).slice(2)}`;
  try {
    renameSync(path, aside);
    if (JSON.stringify(readServerRecord(aside)) !== JSON.stringify(dead)) linkSync(aside, path);
  } catch {
    // It was released or replaced meanwhile: the next round looks again.
  } finally {
    rmSync(aside, { force: true });
  }
}
