// Which OS user runs the server. PostgreSQL refuses to run as root, so a root process (containers, CI) hands it to an unprivileged user.

import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { TestingError } from '../error/testing-error.ts';

/** `ids` is set only when the server runs as another user than this process. */
export interface ServerUser {
  readonly ids?: { readonly uid: number; readonly gid: number };
}

/** The user of our own that is created when a root process finds no `postgres` user. */
const OWN_USER = 'djogi';

/**
 * Decides the OS user of the server: this process's own, or for root `postgres`, else `djogi` (created as a system user when possible), else `nobody`.
 * Errors: EMBEDDED_USER when root has nobody to hand the server to.
 */
export function serverUser(): ServerUser {
  if (process.platform === 'win32' || process.getuid?.() !== 0) return {};
  const ids = lookUp('postgres') ?? lookUp(OWN_USER) ?? create(OWN_USER) ?? lookUp('nobody');
  if (ids !== undefined) return { ids };
  throw new TestingError(
    'EMBEDDED_USER',
    'PostgreSQL does not run as root, and there is no unprivileged user to run it: neither postgres nor nobody exists and no user could be created. ' +
      'Create a user named postgres, run as another user, or set DATABASE_URL.',
  );
}

function lookUp(name: string): ServerUser['ids'] {
  const id = (flag: string): number | undefined => {
    const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' });
    return status === 0 && /^-?\d+\s*$/.test(stdout) ? Number(stdout) : undefined;
  };
  const uid = id('-u'),
    gid = uid === undefined ? undefined : id('-g');
  return uid === undefined || gid === undefined || uid === 0 ? undefined : { uid, gid };
}

function create(name: string): ServerUser['ids'] {
  // First the form of shadow-utils, then the one of BusyBox; both make a system user without home and shell.
  const attempts: readonly (readonly [string, readonly string[]])[] = [
    ['useradd', ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin', name]],
    ['adduser', ['-S', '-D', '-H', '-h', '/nonexistent', '-s', '/sbin/nologin', name]],
  ];
  for (const [command, parameters] of attempts) {
    spawnSync(command, parameters, { stdio: 'ignore' });
    const ids = lookUp(name);
    if (ids !== undefined) return ids;
  }
  return undefined;
}

/** Says whether the server's user may enter `path`, by the modes of it and of every folder above. This process's own user always may. */
export function canReach(path: string, user: ServerUser): boolean {
  if (user.ids === undefined) return true;
  const { uid, gid } = user.ids;
  for (let at = resolve(path); ; at = dirname(at)) {
    const stat = statSync(at, { throwIfNoEntry: false });
    // What does not exist yet will be created by this process with a mode that lets the user in.
    if (stat !== undefined) {
      const bit = stat.uid === uid ? 0o100 : stat.gid === gid ? 0o010 : 0o001;
      if ((stat.mode & bit) === 0) return false;
    }
    if (at === dirname(at)) return true;
  }
}
