// Native PostgreSQL 18 from npm as a server of one's own: temporary for tests, or in a folder that is kept for development.

import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { TestingError } from '../error/testing-error.ts';
import { copyCluster, createCluster, SUPERUSER } from './cluster.ts';
import { claimDataFolder } from './data-folder.ts';
import { locateBinaries, type NativeBinaries } from './native-binaries.ts';
import { claimRunFolder, privateFolder, removeServerFolder, temporaryServerFolder } from './private-folder.ts';
import type { DatabaseProvider, DatabaseServer } from './provider.ts';
import { readServerRecord, type RunningServerRecord } from './server-record.ts';
import { serverUser, type ServerUser } from './server-user.ts';
import { serverEnvironment, type SupervisorAnswer, type SupervisorOrder } from './supervisor.ts';

export interface EmbeddedOptions {
  /** A folder to keep the data in. It is created when missing, used again by the next start, and shared by processes that name it at the same time. Omitted: a temporary folder that goes with the server. */
  readonly dataDirectory?: string;
  /** Connections the server accepts. Default 100. */
  readonly maxConnections?: number;
  /** True: data survives a power cut, at the usual cost of fsync. Default: false without `dataDirectory`, true with one. */
  readonly durable?: boolean;
  /** Further server settings, by name: `{ log_statement: 'all' }`. They win over the ones above. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedServer extends DatabaseServer {
  /** The folder that holds the cluster. */
  readonly dataDirectory: string;
}

/** Milliseconds. A cold start on an idle machine takes under 600, a warm one under 200; a loaded one may take long. */
const START_WITHIN_MS = 60_000;

// What a crash may cost is irrelevant to a test, so nothing waits for the disk. `mmap` keeps dynamic shared memory inside the data folder, where it
// is removed with it. Statistics that change in the background would make plans differ from run to run, hence no autovacuum.
const TEMPORARY_SETTINGS: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '256MB',
  shared_buffers: '64MB',
  autovacuum: 'off',
  jit: 'off',
};
const COMMON_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  dynamic_shared_memory_type: process.platform === 'win32' ? 'windows' : 'mmap',
  log_destination: 'stderr',
  logging_collector: 'off',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
};

/**
 * Starts PostgreSQL 18, or joins the one that already runs in `dataDirectory`.
 *
 * Shape: `url` connects as superuser to the database `postgres`, over loopback, on a port that was free; `stop()` ends this process's use of the server,
 * which stops when nobody uses it any more. When the process dies without calling it, the server stops all the same.
 * Errors: EMBEDDED_UNSUPPORTED, EMBEDDED_USER, EMBEDDED_FOLDER, EMBEDDED_LOCKED, EMBEDDED_START.
 * Cost: about 150 ms once the cluster has been prepared; `initdb` (about 400 ms) the first time.
 */
export async function startEmbedded(options: EmbeddedOptions = {}): Promise<EmbeddedServer> {
  const settings = serverSettings(options);
  const { user, cacheFolder, binaries } = await prepare();
  const executables = { postgres: binaries.postgres, pgCtl: binaries.pgCtl, ids: user.ids, settings };

  if (options.dataDirectory === undefined) {
    const folder = temporaryServerFolder(user);
    return startTemporary({ ...executables, folder, isTemporary: true }, (folder) => copyCluster(folder, binaries, user, cacheFolder));
  }

  const claim = await claimDataFolder(resolve(options.dataDirectory), user);
  try {
    const { folder } = claim;
    const password = existsSync(join(folder, 'cluster'))
      ? readFileSync(join(folder, 'password'), 'utf8')
      : await createCluster(folder, binaries, user);
    const running = readServerRecord<RunningServerRecord>(join(folder, 'server.json'));
    const joined = running === undefined ? undefined : await joinRunning(running, folder, password);
    if (joined !== undefined) return joined;
    await claim.clearRemains(running);
    return await startSupervised(
      spawnSupervisor(),
      { ...executables, folder, isTemporary: false, preferredPort: running?.port ?? claim.lastPort() },
      password,
      (port) => claim.rememberPort(port),
    );
  } finally {
    claim.release();
  }
}

/**
 * Starts a temporary server that lives as long as the process `runner`, or joins the one that was started for it before: what the workers of one test run share
 * without any of them being its owner.
 *
 * Errors: as `startEmbedded`. Cost: as there the first time, one connection afterwards.
 * @internal
 */
export async function startEmbeddedForRun(runner: number): Promise<DatabaseServer> {
  const settings = serverSettings({});
  const { user, cacheFolder, binaries } = await prepare();
  const claim = await claimRunFolder(user, runner);
  try {
    const { folder } = claim;
    const running = readServerRecord<RunningServerRecord>(join(folder, 'server.json'));
    const joined = running === undefined ? undefined : await joinRunning(running, folder, readFileSync(join(folder, 'password'), 'utf8'));
    if (joined !== undefined) return joined;
    // Of an earlier process with the same id.
    claim.renew();
    return await startTemporary(
      { folder, postgres: binaries.postgres, pgCtl: binaries.pgCtl, ids: user.ids, settings, isTemporary: true, runner },
      async (folder) => {
        const password = await copyCluster(folder, binaries, user, cacheFolder);
        writeFileSync(join(folder, 'password'), password, { mode: 0o600 });
        return password;
      },
    );
  } finally {
    claim.release();
  }
}

interface Preparation {
  readonly user: ServerUser;
  readonly cacheFolder: string;
  readonly binaries: NativeBinaries;
}

async function prepare(): Promise<Preparation> {
  const user = serverUser(),
    cacheFolder = join(privateFolder(user), 'cache');
  mkdirSync(cacheFolder, { recursive: true, mode: user.ids === undefined ? 0o700 : 0o711 });
  return { user, cacheFolder, binaries: await locateBinaries(user, cacheFolder) };
}

async function startTemporary(order: SupervisorOrder, makeCluster: (folder: string) => Promise<string>): Promise<EmbeddedServer> {
  // Started first: it loads on another core while the cluster is copied on this one.
  const supervisor = spawnSupervisor();
  try {
    return await startSupervised(supervisor, order, await makeCluster(order.folder));
  } catch (error) {
    supervisor.stdin.end();
    removeServerFolder(order.folder);
    throw error;
  }
}

/** The `embedded` provider of the harness: a temporary server, unless a folder is given. */
export function embedded(options: EmbeddedOptions = {}): DatabaseProvider {
  return { name: 'embedded', start: () => startEmbedded(options) };
}

function serverSettings(options: EmbeddedOptions): string[] {
  const { maxConnections = 100 } = options;
  if (!Number.isSafeInteger(maxConnections) || maxConnections < 1)
    throw new TestingError('EMBEDDED_START', 'maxConnections must be a positive whole number.');
  const isDurable = options.durable ?? options.dataDirectory !== undefined;
  const all = {
    ...COMMON_SETTINGS,
    ...(isDurable ? { scram_iterations: '4096' } : TEMPORARY_SETTINGS),
    max_connections: String(maxConnections),
    ...options.settings,
  };
  for (const name of Object.keys(all))
    if (!/^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/i.test(name))
      throw new TestingError('EMBEDDED_START', `${JSON.stringify(name)} is not the name of a server setting.`);
  return Object.entries(all).map(([name, value]) => `${name}=${value}`);
}

const serverUrl = (port: number, password: string): string => `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`;

type Supervisor = ChildProcessByStdio<Writable, Readable, null>;

function spawnSupervisor(): Supervisor {
  const script = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './supervisor.ts' : './supervisor.js', import.meta.url));
  // `detached`: Ctrl-C in a terminal reaches the whole process group, and the owner must get to finish its work on the server first.
  const child = spawn(process.execPath, [script], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: serverEnvironment(),
    windowsHide: true,
    cwd: tmpdir(),
  });
  child.stdin.on('error', () => {});
  return child;
}

async function startSupervised(
  child: Supervisor,
  order: SupervisorOrder,
  password: string,
  onPort: (port: number) => void = () => {},
): Promise<EmbeddedServer> {
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  child.stdin.write(`${JSON.stringify(order)}\n`);
  const lines = createInterface({ input: child.stdout });
  let timer: NodeJS.Timeout | undefined;
  const answer = await new Promise<SupervisorAnswer>((done, reject) => {
    child.once('error', reject);
    lines.once('line', (line) => done(JSON.parse(line) as SupervisorAnswer));
    lines.once('close', () => done({ failed: 'The supervising process ended.', log: '' }));
    timer = setTimeout(() => {
      child.stdin.end();
      done({ failed: `It was not ready within ${START_WITHIN_MS} ms.`, log: '' });
    }, START_WITHIN_MS);
  }).finally(() => clearTimeout(timer));
  if (!('port' in answer)) {
    await ended;
    const { failed, log } = answer as { failed: string; log: string };
    throw new TestingError(
      'EMBEDDED_START',
      `PostgreSQL did not start. ${failed} What it wrote is in the error's log; a server of your own can be used through DATABASE_URL instead.`,
      { log: log.trim() },
    );
  }
  onPort(answer.port);
  const released = new Promise<void>((done) => lines.once('line', () => done()));
  // The server must not keep its owner's process alive.
  const handles = [child, child.stdin, child.stdout] as unknown as readonly { ref(): void; unref(): void }[];
  for (const handle of handles) handle.unref();
  let stopping: Promise<void> | undefined;
  return withDisposal({
    url: serverUrl(answer.port, password),
    dataDirectory: order.folder,
    stop: () =>
      (stopping ??= (async () => {
        for (const handle of handles) handle.ref();
        child.stdin.end();
        await Promise.race([ended, released]);
        for (const handle of handles) handle.unref();
      })()),
  });
}

/** Takes a lease on a server that another process started; undefined when it is gone or going. */
function joinRunning(record: RunningServerRecord, folder: string, password: string): Promise<EmbeddedServer | undefined> {
  return new Promise((done) => {
    const socket = connect(record.controlPort, '127.0.0.1', () => socket.write(`${record.token}\n`));
    socket.setTimeout(2_000, () => socket.destroy()).on('error', () => {});
    const closed = new Promise<void>((gone) => socket.once('close', () => gone()));
    void closed.then(() => done(undefined));
    socket.once('data', () => {
      socket.setTimeout(0).unref();
      done(
        withDisposal({
          url: serverUrl(record.port, password),
          dataDirectory: folder,
          stop: async () => {
            socket.ref().destroy();
            await closed;
          },
        }),
      );
    });
  });
}

function withDisposal(server: Omit<EmbeddedServer, typeof Symbol.asyncDispose>): EmbeddedServer {
  return { ...server, [Symbol.asyncDispose]: () => server.stop() };
}
