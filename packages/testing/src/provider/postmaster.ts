// Postmasters that outlived their supervisor, recognised by their data folder and never by a process id alone: ids are reused.

import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const STOP_WITHIN_MS = 5_000;

/** Says whether a process of this machine has the id. One of another user counts; one that ended and waits to be reaped does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Stops the postmaster that still runs on `cluster`, when there is one, and removes its lock file. Blocks for up to some seconds. */
export function stopStrayPostmaster(cluster: string): void {
  const lock = join(cluster, 'postmaster.pid');
  let lines: string[];
  try {
    lines = readFileSync(lock, 'utf8').split('\n');
  } catch {
    return;
  }
  const pid = Number(lines[0]);
  if (Number.isSafeInteger(pid) && pid > 1 && runsIn(pid, cluster)) {
    const until = Date.now() + STOP_WITHIN_MS;
    signal(pid, 'SIGINT');
    while (runsIn(pid, cluster) && Date.now() < until - STOP_WITHIN_MS / 2) sleep(10);
    if (runsIn(pid, cluster)) signal(pid, 'SIGQUIT');
    while (runsIn(pid, cluster) && Date.now() < until) sleep(10);
    if (runsIn(pid, cluster)) signal(pid, 'SIGKILL');
  }
  releaseSharedMemory(lines[6]);
  rmSync(lock, { force: true });
}

/** A postmaster changes into its data folder and stays there. */
function runsIn(pid: number, cluster: string): boolean {
  if (!isAlive(pid)) return false;
  try {
    const folder = realpathSync(cluster);
    if (process.platform === 'linux') return readlinkSync(`/proc/${pid}/cwd`) === folder;
    const { stdout } = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return stdout.includes('postgres') && (stdout.includes(folder) || stdout.includes(cluster));
  } catch {
    return false;
  }
}

/**
 * A postmaster killed with SIGKILL leaves its System V interlock segment, named by key and id in line 7 of the lock file; nothing else would ever
 * free it. Ids are reused after a reboot, so the key must agree and nobody may be attached.
 */
function releaseSharedMemory(line: string | undefined): void {
  const [key, id] = line?.trim().split(/\s+/) ?? [];
  if (key === undefined || id === undefined || process.platform !== 'linux') return;
  try {
    const segments = readFileSync('/proc/sysvipc/shm', 'latin1')
      .split('\n')
      .slice(1)
      .map((row) => row.trim().split(/\s+/));
    const isFree = segments.some(
      ([ownKey, ownId, , , , , attached]) => ownKey === String(Number(key) | 0) && ownId === id && attached === '0',
    );
    if (isFree) spawnSync('ipcrm', ['-m', id], { stdio: 'ignore' });
  } catch {
    // No System V memory here: nothing to free.
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended in between.
  }
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
