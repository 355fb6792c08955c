// The process between an owner and its server. It runs the postmaster for as long as somebody holds a lease: the pipe that is its standard input, or
// a connection to its control port. Both end with their process, however that ends, so that not even SIGKILL leaves a server behind. The server of
// a test run has the run's process watched instead.
//
// Started as a script by `embedded.ts`, with one line of JSON on standard input; answers with one line of JSON on standard output.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { isAlive } from './postmaster.ts';
import type { RunningServerRecord } from './server-record.ts';

export interface SupervisorOrder {
  readonly folder: string;
  readonly postgres: string;
  readonly pgCtl: string;
  readonly ids?: { readonly uid: number; readonly gid: number } | undefined;
  readonly settings: readonly string[];
  /** Tried first, so that a development server keeps its port. */
  readonly preferredPort?: number | undefined;
  /** Temporary servers are stopped without a checkpoint and their folder is removed. */
  readonly isTemporary: boolean;
  /** The server is this process's, not its starter's: it stops when the process is gone, and only then. */
  readonly runner?: number | undefined;
}

export type SupervisorAnswer = { readonly port: number } | { readonly failed: string; readonly log: string } | { readonly released: true };

const PORT_ATTEMPTS = 20;
/** How long a checkpoint at shutdown may take before the server is stopped the hard way; it recovers from its log at the next start. */
const FAST_STOP_WITHIN_MS = 20_000;
const IMMEDIATE_STOP_WITHIN_MS = 5_000;
const LOG_TAIL_CHARACTERS = 8_192;
const RUNNER_CHECK_MS = 250;

interface RunningPostmaster {
  readonly port: number;
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
}

async function supervise(): Promise<void> {
  for (const name of ['SIGINT', 'SIGHUP'] as const) process.on(name, () => {});
  // Whoever reads the answer may be gone.
  process.stdout.on('error', () => {});
  const input = createInterface({ input: process.stdin });
  const order = await new Promise<SupervisorOrder | undefined>((resolve) => {
    input.once('line', (line) => resolve(JSON.parse(line) as SupervisorOrder));
    input.once('close', () => resolve(undefined));
  });
  if (order === undefined) return;

  const log = new LogTail();
  const starting = startPostmaster(order, log);
  let leases = order.runner === undefined ? 1 : 2;
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    (stopping ??= (async () => {
      control.close();
      // A postmaster that is still starting cannot be left: its folder is about to go.
      const postmaster = await starting.catch(() => undefined);
      if (postmaster !== undefined) await stopPostmaster(order, postmaster);
      rmSync(join(order.folder, order.isTemporary ? '' : 'server.json'), { recursive: true, force: true, maxRetries: 5 });
      process.exit(0);
    })());
  const release = (): void => {
    leases -= 1;
    if (leases === 0) void stop();
    else void answer({ released: true });
  };
  const token = randomBytes(24).toString('base64url');
  const control = createServer((socket) =>
    holdLease(socket, token, {
      isOpen: () => stopping === undefined,
      take: () => {
        leases += 1;
      },
      release,
    }),
  );
  input.once('close', release);
  process.on('SIGTERM', () => void stop());
  const { runner } = order;
  // It is not our parent and holds no pipe of ours, so it can only be watched.
  if (runner !== undefined)
    setInterval(() => {
      if (!isAlive(runner)) void stop();
    }, RUNNER_CHECK_MS);

  try {
    const controlPort = await new Promise<number>((resolve, reject) =>
      control.on('error', reject).listen(0, '127.0.0.1', () => resolve((control.address() as AddressInfo).port)),
    );
    const postmaster = await starting;
    if (stopping !== undefined) return;
    const record: RunningServerRecord = { host: hostname(), pid: process.pid, port: postmaster.port, controlPort, token };
    writeFileSync(join(order.folder, 'server.json'), JSON.stringify(record), { mode: 0o600 });
    void postmaster.ended.then(() => {
      if (stopping === undefined && !order.isTemporary) writeFileSync(join(order.folder, 'crash.log'), log.text, { mode: 0o600 });
      return stop();
    });
    await answer({ port: postmaster.port });
  } catch (error) {
    await answer({ failed: error instanceof Error ? error.message : String(error), log: log.text });
    await stop();
  }
}

function answer(message: SupervisorAnswer): Promise<void> {
  return new Promise((done) => {
    process.stdout.write(`${JSON.stringify(message)}\n`, () => done());
  });
}

interface Leases {
  readonly isOpen: () => boolean;
  readonly take: () => void;
  readonly release: () => void;
}

/** A connection that says the token holds a lease until it closes. */
function holdLease(socket: Socket, token: string, leases: Leases): void {
  let holds = false,
    said = '';
  socket.setEncoding('utf8').on('error', () => {});
  socket.on('data', (text: string) => {
    if (holds) return;
    said += text;
    if (said.trimEnd() === token && leases.isOpen()) {
      holds = true;
      leases.take();
      socket.write('leased\n');
    } else if (said.length > token.length) {
      socket.destroy();
    }
  });
  socket.on('close', () => {
    if (holds) leases.release();
  });
}

async function startPostmaster(order: SupervisorOrder, log: LogTail): Promise<RunningPostmaster> {
  for (let attempt = 0; ; attempt++) {
    // Between choosing a port and binding it somebody else may take it. The postmaster then ends at once, and the next port is tried.
    const port = attempt === 0 && order.preferredPort !== undefined ? order.preferredPort : await freePort();
    log.text = '';
    const child = spawn(
      order.postgres,
      ['-D', join(order.folder, 'cluster'), '-p', String(port), ...order.settings.flatMap((setting) => ['-c', setting])],
      {
        ...order.ids,
        cwd: join(order.folder, 'cluster'),
        stdio: ['ignore', 'ignore', 'pipe'],
        env: serverEnvironment(),
        windowsHide: true,
      },
    );
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const outcome = await new Promise<'ready' | 'ended' | Error>((resolve) => {
      child.once('error', resolve);
      child.once('close', () => resolve('ended'));
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        log.append(text);
        if (log.text.includes('database system is ready to accept connections')) resolve('ready');
      });
    });
    if (outcome === 'ready') return { port, child, ended };
    if (outcome !== 'ended') throw outcome;
    if (attempt + 1 >= PORT_ATTEMPTS || !/could not (bind|create any TCP\/IP)|Address already in use/i.test(log.text))
      throw new Error('The server ended before it was ready.');
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
      .on('error', reject)
      .listen(0, '127.0.0.1', () => {
        const { port } = probe.address() as AddressInfo;
        probe.close(() => resolve(port));
      });
  });
}

async function stopPostmaster(order: SupervisorOrder, { child, ended }: RunningPostmaster): Promise<void> {
  const within = (ms: number): Promise<boolean> => {
    let timer: NodeJS.Timeout | undefined;
    return Promise.race([
      ended.then(() => true),
      new Promise<boolean>((resolve) => {
        timer = setTimeout(resolve, ms, false);
      }),
    ]).finally(() => clearTimeout(timer));
  };
  if (!order.isTemporary) {
    signal(order, child, 'SIGINT', 'fast');
    if (await within(FAST_STOP_WITHIN_MS)) return;
  }
  signal(order, child, 'SIGQUIT', 'immediate');
  if (await within(IMMEDIATE_STOP_WITHIN_MS)) return;
  child.kill('SIGKILL');
  await ended;
}

function signal(order: SupervisorOrder, child: ChildProcess, name: NodeJS.Signals, mode: 'fast' | 'immediate'): void {
  // Windows has no such signals; pg_ctl speaks to the postmaster through its pipe.
  if (process.platform === 'win32')
    spawnSync(order.pgCtl, ['stop', '-W', '-D', join(order.folder, 'cluster'), '-m', mode], { stdio: 'ignore', windowsHide: true });
  else child.kill(name);
}

/** The messages of the start are recognised by their text, so they must not be translated; libpq's variables must not reach the server. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG$|LANGUAGE$|NODE_OPTIONS$|TZ$)/.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

/** The last lines of what the server wrote. */
class LogTail {
  text = '';
  append(more: string): void {
    this.text = (this.text + more).slice(-LOG_TAIL_CHARACTERS);
  }
}

// As a module it only exports; as the script of a process it supervises.
if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await supervise();
