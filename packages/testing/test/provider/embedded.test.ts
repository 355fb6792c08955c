import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync, readdirSync, mkdirSync, existsSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { startEmbedded, startEmbeddedForRun } from '../../src/provider/embedded.ts';
import { serverUser } from '../../src/provider/server-user.ts';
import {
  eventually,
  foldersOf,
  holdServer,
  postmastersWithoutFolder,
  spawnHolder,
  isGone,
  processesOf,
  unprivilegedUser,
} from './held-server.ts';

const ask = async (url: string, sql: string): Promise<Record<string, string>> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows[0] as Record<string, string>;
  } finally {
    await client.end();
  }
};

const folders: string[] = [];
const emptyFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'djogi-test-'));
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe('a temporary server', () => {
  it('answers as PostgreSQL 18 with UTF8 text, code point order, Unicode case and UTC', async () => {
    await using server = await startEmbedded();
    const facts = await ask(
      server.url,
      `select current_setting('server_version_num') version, current_setting('server_encoding') encoding, current_setting('TimeZone') zone,
      upper('é') upper, string_agg(x, '' order by x) sorted from unnest(array['b', 'A', 'a', 'B', 'é']) x`,
    );
    expect(Number(facts['version'])).toBeGreaterThanOrEqual(180000);
    expect(facts).toMatchObject({ encoding: 'UTF8', zone: 'UTC', upper: 'É', sorted: 'ABabé' });
  });

  it('refuses a connection without its password', async () => {
    await using server = await startEmbedded();
    const url = new URL(server.url);
    url.password = 'guess';
    await expect(ask(url.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('listens on loopback only and leaves no socket file', async () => {
    await using server = await startEmbedded();
    expect(
      await ask(server.url, `select current_setting('listen_addresses') addresses, current_setting('unix_socket_directories') sockets`),
    ).toEqual({ addresses: '127.0.0.1', sockets: '' });
  });

  it('is gone with its folder and its processes after stop', async () => {
    const server = await startEmbedded();
    const { postmaster, supervisor } = processesOf(server.dataDirectory);
    await server.stop();
    expect([existsSync(server.dataDirectory), isGone(postmaster), isGone(supervisor)]).toEqual([false, true, true]);
    await server.stop();
  });

  it('takes settings and a number of connections', async () => {
    await using server = await startEmbedded({ maxConnections: 7, settings: { work_mem: '3MB' } });
    expect(
      await ask(
        server.url,
        `select current_setting('max_connections') connections, current_setting('work_mem') memory, current_setting('fsync') fsync`,
      ),
    ).toEqual({ connections: '7', memory: '3MB', fsync: 'off' });
  });

  it('reports what the server wrote when a setting is refused, and leaves no folder', async () => {
    await expect(startEmbedded({ settings: { work_mem: 'plenty' } })).rejects.toMatchObject({
      code: 'EMBEDDED_START',
      log: expect.stringContaining('work_mem') as unknown,
    });
    expect(foldersOf(process.pid)).toEqual([]);
  });

  it.each(['a b', 'x=1', '-c', ''])('refuses the setting name %j before anything is started', async (name) => {
    await expect(startEmbedded({ settings: { [name]: '1' } })).rejects.toMatchObject({ code: 'EMBEDDED_START' });
  });

  it('runs several at once, each on its own port', async () => {
    const servers = await Promise.all([startEmbedded(), startEmbedded(), startEmbedded()]);
    try {
      expect(new Set(servers.map((server) => new URL(server.url).port)).size).toBe(3);
      for (const server of servers) expect(await ask(server.url, 'select 1 as one')).toEqual({ one: 1 });
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  });
});

describe('as root and not as root', () => {
  it('runs the server as an unprivileged user', async () => {
    await using server = await startEmbedded();
    const owner = statSync(join(server.dataDirectory, 'cluster')).uid;
    expect(owner).not.toBe(0);
    expect(owner).toBe(serverUser().ids?.uid ?? process.getuid?.());
  });

  it('starts for a process that is not root', async () => {
    const held = await holdServer({ user: unprivilegedUser() });
    try {
      expect(held.uid).not.toBe(0);
      expect(await ask(held.url, 'select 1 as one')).toEqual({ one: 1 });
    } finally {
      await held.release();
    }
    expect(existsSync(held.dataDirectory)).toBe(false);
  });
});

describe('a killed owner', () => {
  it.each([
    ['this user', false],
    ['an unprivileged user', true],
  ])('of %s leaves no server, no supervisor and no folder', async (_, unprivileged) => {
    const held = await holdServer(unprivileged ? { user: unprivilegedUser() } : {});
    const { postmaster, supervisor } = processesOf(held.dataDirectory);
    const client = new pg.Client({ connectionString: held.url });
    client.on('error', () => {});
    await client.connect();
    await client.query('create database left_behind');
    await held.kill();
    await eventually('the server stops', () => isGone(postmaster) && isGone(supervisor));
    expect(existsSync(held.dataDirectory)).toBe(false);
    await client.end().catch(() => {});
  });

  it('and a killed supervisor leave a server that the next start stops and removes', async () => {
    const held = await holdServer();
    const { postmaster, supervisor } = processesOf(held.dataDirectory);
    process.kill(supervisor, 'SIGKILL');
    await held.kill();
    await eventually('the supervisor ends', () => isGone(supervisor));
    expect(isGone(postmaster)).toBe(false);
    await using next = await startEmbedded();
    expect(next.dataDirectory).not.toBe(held.dataDirectory);
    expect([isGone(postmaster), existsSync(held.dataDirectory)]).toEqual([true, false]);
  });

  it.each([60, 140, 220, 300, 400])(
    'that dies %i ms into the start leaves nothing that the next start does not remove',
    async (delayMs) => {
      const child = spawnHolder();
      await new Promise((done) => setTimeout(done, delayMs));
      await child.kill();
      const remains = (): string[] => foldersOf(child.pid);
      await eventually(
        'no postmaster runs in its folders',
        () =>
          remains().every((folder) => !existsSync(join(folder, 'cluster', 'postmaster.pid'))) && postmastersWithoutFolder().length === 0,
      );
      await using next = await startEmbedded();
      expect(next.dataDirectory).toBeTruthy();
      await eventually('its folders are gone', () => remains().length === 0);
    },
  );

  it('does not take the server of somebody else along', async () => {
    await using mine = await startEmbedded();
    const held = await holdServer();
    await held.kill();
    await using other = await startEmbedded();
    expect(await ask(mine.url, 'select 1 as one')).toEqual({ one: 1 });
    expect(await ask(other.url, 'select 1 as one')).toEqual({ one: 1 });
  });
});

describe('the server of a test run', () => {
  it('is one for all who ask, and stops when the process of the run is killed', async () => {
    const runner = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const ended = once(runner, 'exit');
    const [first, second] = await Promise.all([startEmbeddedForRun(runner.pid!), startEmbeddedForRun(runner.pid!)]);
    expect(second.url).toBe(first.url);
    await Promise.all([first.stop(), second.stop()]);
    expect(await ask(first.url, 'select 1 as one')).toEqual({ one: 1 });
    const [folder = ''] = foldersOf(runner.pid!);
    const { postmaster, supervisor } = processesOf(folder);
    runner.kill('SIGKILL');
    await ended;
    await eventually('the server stops', () => isGone(postmaster) && isGone(supervisor));
    expect(existsSync(folder)).toBe(false);
  });

  it('is started anew when a process with the id of an earlier run asks', async () => {
    const runner = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const ended = once(runner, 'exit');
    const first = await startEmbeddedForRun(runner.pid!);
    const [folder = ''] = foldersOf(runner.pid!);
    const { postmaster, supervisor } = processesOf(folder);
    process.kill(supervisor, 'SIGKILL');
    await eventually('the supervisor ends', () => isGone(supervisor));
    const second = await startEmbeddedForRun(runner.pid!);
    expect(isGone(postmaster)).toBe(true);
    expect(await ask(second.url, 'select 1 as one')).toEqual({ one: 1 });
    await Promise.all([first.stop(), second.stop()]);
    runner.kill('SIGKILL');
    await ended;
    await eventually('its folder goes', () => !existsSync(folder));
  });
});

describe('a server in a folder that is kept', () => {
  it('has its data, its password and its port again after a restart', async () => {
    const dataDirectory = join(emptyFolder(), 'deep', 'data');
    const first = await startEmbedded({ dataDirectory });
    await ask(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    await using second = await startEmbedded({ dataDirectory });
    expect(second.url).toBe(first.url);
    expect(await ask(second.url, 'select answer from kept')).toEqual({ answer: 42 });
    expect(await ask(second.url, `select current_setting('fsync') as fsync`)).toEqual({ fsync: 'on' });
  });

  it('is shared by processes that use it at the same time, and stays until the last one is done', async () => {
    const dataDirectory = emptyFolder();
    const [first, second] = await Promise.all([holdServer({ dataDirectory }), holdServer({ dataDirectory })]);
    expect(second.url).toBe(first.url);
    const { postmaster } = processesOf(first.dataDirectory);
    await first.release();
    expect(await ask(second.url, 'select 1 as one')).toEqual({ one: 1 });
    await second.release();
    await eventually('the server stops', () => isGone(postmaster));
  });

  it('stays for the others when the process that started it is killed', async () => {
    const dataDirectory = emptyFolder();
    const first = await holdServer({ dataDirectory });
    const second = await startEmbedded({ dataDirectory });
    await first.kill();
    expect(await ask(second.url, 'select 1 as one')).toEqual({ one: 1 });
    const { postmaster } = processesOf(second.dataDirectory);
    await second.stop();
    await eventually('the server stops', () => isGone(postmaster));
  });

  it('starts again with its data after everything was killed', async () => {
    const dataDirectory = emptyFolder();
    const held = await holdServer({ dataDirectory });
    await ask(held.url, 'create table kept as select 42 as answer');
    const { postmaster, supervisor } = processesOf(held.dataDirectory);
    for (const pid of [supervisor, postmaster]) process.kill(pid, 'SIGKILL');
    await held.kill();
    await eventually('all end', () => isGone(postmaster) && isGone(supervisor));
    await using next = await startEmbedded({ dataDirectory });
    expect(await ask(next.url, 'select answer from kept')).toEqual({ answer: 42 });
  });

  it('takes over the lock of a process that was killed while starting', async () => {
    const dataDirectory = emptyFolder();
    const held = await holdServer();
    await held.kill();
    writeFileSync(join(dataDirectory, 'lock'), JSON.stringify({ host: (await import('node:os')).hostname(), pid: held.child.pid }));
    await using server = await startEmbedded({ dataDirectory });
    expect(await ask(server.url, 'select 1 as one')).toEqual({ one: 1 });
  });

  it('works below a folder that the unprivileged user cannot enter', async () => {
    const locked = emptyFolder();
    chmodSync(locked, 0o700);
    const dataDirectory = join(locked, 'data');
    const first = await startEmbedded({ dataDirectory });
    await ask(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    const second = await startEmbedded({ dataDirectory });
    expect(await ask(second.url, 'select answer from kept')).toEqual({ answer: 42 });
    await second.stop();
    // A folder of the same name that is made anew starts empty.
    rmSync(dataDirectory, { recursive: true });
    await using third = await startEmbedded({ dataDirectory });
    expect(await ask(third.url, `select to_regclass('kept') as kept`)).toEqual({ kept: null });
    if (third.dataDirectory !== dataDirectory) folders.push(third.dataDirectory);
  });

  it('refuses a folder with something else in it', async () => {
    const dataDirectory = emptyFolder();
    writeFileSync(join(dataDirectory, 'notes.txt'), 'mine');
    await expect(startEmbedded({ dataDirectory })).rejects.toMatchObject({ code: 'EMBEDDED_FOLDER' });
    expect(readdirSync(dataDirectory)).toEqual(['notes.txt']);
  });

  it('refuses a cluster of another version', async () => {
    const dataDirectory = emptyFolder();
    mkdirSync(join(dataDirectory, 'cluster'));
    writeFileSync(join(dataDirectory, 'cluster', 'PG_VERSION'), '17\n');
    await expect(startEmbedded({ dataDirectory })).rejects.toMatchObject({ code: 'EMBEDDED_FOLDER', version: '17' });
  });
});
