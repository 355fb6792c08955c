// Before there is a session: encryption, authentication, settings, and everything that can go wrong, told without secrets.

import { chownSync, copyFileSync, chmodSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, refuseOldServer } from '../../src/pg/connect.ts';
import { int4, shape, statement, text } from '../support/wire-codecs.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();
const tlsFolder = fileURLToPath(new URL('../support/tls/', import.meta.url));
const ca = readFileSync(join(tlsFolder, 'server.crt'), 'utf8');

const failureOf = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => {
      throw new Error('it succeeded');
    },
    (reason) => reason as Error,
  );
/** Waits until the server runs pg_sleep for the connection: a cancel request before that would cancel nothing. */
async function untilSleeping(processId: number): Promise<void> {
  const watcher = await server.open();
  const activity = statement(
    `select 1 as n from pg_stat_activity where pid = ${processId} and wait_event = 'PgSleep'`,
    [],
    shape({ n: int4 }),
  );
  await expect.poll(async () => (await watcher.execute({ statement: activity, values: [] })).rows.length, { timeout: 10_000 }).toBe(1);
  await watcher.close();
}

const setting = (name: string) => ({ statement: statement(`select current_setting('${name}') as s`, [], shape({ s: text })), values: [] });
const partsOf = (url: string): { host: string; port: number; user: string; password: string; database: string } => {
  const { hostname, port, username, password, pathname } = new URL(url);
  return { host: hostname, port: Number(port), user: username, password, database: pathname.slice(1) };
};

/** Where postgresql.conf lies: the data directory, or a folder in it. */
function clusterFolder(): string {
  const root = server.dataDirectory;
  return readdirSync(root).includes('PG_VERSION') ? root : join(root, 'cluster');
}

beforeAll(async () => {
  const folder = clusterFolder(),
    { uid, gid } = statSync(join(folder, 'PG_VERSION'));
  for (const file of ['server.crt', 'server.key']) {
    const target = join(folder, file);
    copyFileSync(join(tlsFolder, file), target);
    chmodSync(target, 0o600);
    chownSync(target, uid, gid);
  }
  const administrator = await connect({ url: server.url });
  await administrator.script("create role scram_user login password 'correct horse'; create role tls_only login password 'battery staple'");
  await administrator.script("set password_encryption = 'md5'; create role md5_user login password 'old school'");
  const rules = readFileSync(join(folder, 'pg_hba.conf'), 'utf8');
  writeFileSync(
    join(folder, 'pg_hba.conf'),
    `hostssl all tls_only all scram-sha-256\nhostnossl all tls_only all reject\nhost all scram_user all scram-sha-256\nhost all md5_user all md5\n${rules}`,
  );
  for (const change of [
    "alter system set ssl = 'on'",
    "alter system set ssl_cert_file = 'server.crt'",
    "alter system set ssl_key_file = 'server.key'",
  ])
    await administrator.script(change);
  await administrator.script('select pg_reload_conf()');
  // A new session shows what the postmaster has read.
  for (let isOn = false; !isOn;) {
    const probe = await connect({ url: server.url });
    isOn = (await probe.execute(setting('ssl'))).rows[0]!.s === 'on';
    await probe.close();
  }
  await administrator.close();
});

describe('encryption', () => {
  const encrypted = {
    statement: statement('select version as s from pg_stat_ssl where pid = pg_backend_pid() and ssl', [], shape({ s: text })),
    values: [],
  };
  const tlsUser = (): { host: string; port: number; user: string; password: string; database: string } => ({
    ...partsOf(server.url),
    user: 'tls_only',
    password: 'battery staple',
  });

  test('TLS with SCRAM gives a connection on which everything runs', async () => {
    const connection = await server.open({ url: undefined, ...tlsUser(), ssl: { ca } });
    for (let use = 0; use < 2; use++) expect((await connection.execute(encrypted)).rows).toEqual([{ s: 'TLSv1.3' }]);
    const { rows } = await connection.execute({
      statement: statement("select repeat('é', 500000) as s, n::int4 as n from generate_series(1, 4) n", [], shape({ s: text, n: int4 })),
      values: [],
    });
    expect(rows.map(({ s, n }) => [s!.length, n])).toEqual([1, 2, 3, 4].map((n) => [500_000, n]));
    await connection.close();
  });

  test('what is large travels encrypted in both directions, at the pace of the slower', async () => {
    const connection = await server.open({ url: undefined, ...tlsUser(), ssl: { ca } });
    await connection.script('create temporary table t (n int4)');
    const lines = Array.from({ length: 300 }, (_, n) => Buffer.from(`${n}\n`.repeat(1000)));
    expect(await connection.copyIn('copy t from stdin', lines)).toBe(300_000);
    let size = 0;
    for await (const piece of connection.copyOut('copy t to stdout')) {
      size += piece.length;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(size).toBe(Buffer.concat(lines).length);
  });

  test('a cancel request is encrypted as its connection is', async () => {
    const connection = await server.open({ url: undefined, ...tlsUser(), ssl: { ca } });
    const sleeping = failureOf(connection.execute({ statement: statement('select pg_sleep(60)'), values: [] }));
    await untilSleeping(connection.processId);
    await connection.cancel();
    expect(await sleeping).toMatchObject({ sqlState: '57014' });
  });

  test('the name is checked against the certificate, at the connection and at the cancel request', async () => {
    const connection = await server.open({ url: undefined, ...tlsUser(), host: 'localhost', ssl: { ca } });
    const sleeping = failureOf(connection.execute({ statement: statement('select pg_sleep(60)'), values: [] }));
    await untilSleeping(connection.processId);
    await connection.cancel();
    expect(await sleeping).toMatchObject({ sqlState: '57014' });
    expect(await failureOf(connect({ ...tlsUser(), ssl: { ca, servername: 'elsewhere.example' } }))).toMatchObject({
      code: 'CONNECTION',
      message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID') as unknown,
    });
  });

  test('destroy ends an encrypted session, and so does its backend', async () => {
    const connection = await server.open({ url: undefined, ...tlsUser(), ssl: { ca } }),
      reasons: (Error | null)[] = [];
    connection.onClose((reason) => reasons.push(reason));
    const sleeping = failureOf(connection.execute({ statement: statement('select pg_sleep(60)'), values: [] }));
    connection.destroy();
    expect(await sleeping).toMatchObject({ code: 'CONNECTION' });
    const other = await server.open({ url: undefined, ...tlsUser(), ssl: { ca } });
    const ended = failureOf(other.execute({ statement: statement('select pg_terminate_backend(pg_backend_pid())'), values: [] }));
    expect(await ended).toMatchObject({ code: 'CONNECTION', sqlState: '57P01' });
    await connection.close();
    expect(reasons).toHaveLength(1);
  });

  test('a certificate that nobody vouches for is refused', async () => {
    expect(await failureOf(connect({ ...tlsUser(), ssl: true }))).toMatchObject({
      code: 'CONNECTION',
      message: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT') as unknown,
    });
  });

  test('a plain connection is refused where the server wants TLS', async () => {
    expect(await failureOf(connect({ ...tlsUser(), ssl: false }))).toMatchObject({ code: 'CONNECTION', sqlState: '28000' });
  });
});

describe('authentication', () => {
  test.each([
    ['scram_user', 'correct horse'],
    ['md5_user', 'old school'],
  ])('%s connects with its password', async (user, password) => {
    const connection = await server.open({ url: undefined, ...partsOf(server.url), user, password });
    expect(
      (await connection.execute({ statement: statement('select current_user::text as s', [], shape({ s: text })), values: [] })).rows,
    ).toEqual([{ s: user }]);
  });

  test('a function is asked for the password at each connection', async () => {
    let asked = 0;
    const password = async (): Promise<string> => {
      asked++;
      return 'correct horse';
    };
    for (let time = 0; time < 2; time++) await server.open({ url: undefined, ...partsOf(server.url), user: 'scram_user', password });
    expect(asked).toBe(2);
  });

  test.each(['scram_user', 'md5_user'])('a wrong password of %s gives a typed error without the password', async (user) => {
    const error = await failureOf(connect({ ...partsOf(server.url), user, password: 'hunter2-wrong' }));
    expect(error).toMatchObject({ code: 'CONNECTION', sqlState: '28P01' });
    expect(inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error)).not.toContain('hunter2');
  });

  test('a password function that throws gives a typed error with its own as cause', async () => {
    const cause = new Error('the vault is closed');
    expect(
      await failureOf(
        connect({
          ...partsOf(server.url),
          user: 'scram_user',
          password: () => {
            throw cause;
          },
        }),
      ),
    ).toMatchObject({ code: 'CONNECTION', cause });
  });

  test('a database that does not exist is a connection error with its state', async () => {
    expect(await failureOf(connect({ ...partsOf(server.url), database: 'nowhere' }))).toMatchObject({
      code: 'CONNECTION',
      sqlState: '3D000',
    });
  });
});

describe('settings', () => {
  test('of the session are those that the codecs rely on, whatever is asked for', async () => {
    const connection = await server.open({ settings: { DateStyle: 'German', TimeZone: 'Asia/Kathmandu' }, applicationName: 'wire test' });
    for (const [name, value] of [
      ['DateStyle', 'ISO'],
      ['IntervalStyle', 'iso_8601'],
      ['client_encoding', 'UTF8'],
      ['TimeZone', 'Asia/Kathmandu'],
      ['application_name', 'wire test'],
    ] as const) {
      expect((await connection.execute(setting(name))).rows[0]!.s).toContain(value);
    }
    expect(connection.serverParameters.get('TimeZone')).toBe('Asia/Kathmandu');
    expect(connection.serverParameters.get('server_version')).toMatch(/^18/);
  });

  test('that the server reports are kept up to date', async () => {
    const connection = await server.open();
    await connection.script("set application_name = 'renamed'");
    expect(connection.serverParameters.get('application_name')).toBe('renamed');
  });

  test('an unknown one is refused by the server', async () => {
    expect(await failureOf(connect({ url: server.url, settings: { no_such_setting: '1' } }))).toMatchObject({
      code: 'CONNECTION',
      sqlState: '42704',
    });
  });
});

describe('versions', () => {
  test.each(['18.4', '18beta1', '19devel', '18.4 (Debian 18.4-1.pgdg12+1)'])('%s is accepted', (version) => {
    expect(refuseOldServer(version)).toBeNull();
  });

  test.each(['17.6', '9.6.24', ''])('%s is refused with what to do', (version) => {
    expect(refuseOldServer(version)).toMatchObject({
      code: 'CONNECTION',
      message: expect.stringContaining('upgrade the server') as unknown,
    });
  });
});

describe('a server that is not there, or not one', () => {
  const sockets = new Set<Socket>();
  let silent: Server;
  let port = 0;
  let greeting: Buffer | null = null;

  beforeAll(async () => {
    silent = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('data', () => {
        if (greeting !== null) socket.write(greeting);
      });
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    port = (silent.address() as { port: number }).port;
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  test('a refused connection says where, and keeps the cause', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port: unused } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    expect(await failureOf(connect({ host: '127.0.0.1', port: unused, user: 'u', password: 'hunter2', database: 'd' }))).toMatchObject({
      code: 'CONNECTION',
      message: expect.stringContaining('ECONNREFUSED') as unknown,
      cause: { code: 'ECONNREFUSED' },
    });
  });

  test('silence ends after the time limit', async () => {
    greeting = null;
    const start = performance.now();
    expect(await failureOf(connect({ host: '127.0.0.1', port, user: 'u', database: 'd', timeoutMs: 100 }))).toMatchObject({
      code: 'CONNECTION',
      message: expect.stringContaining('within 100 ms') as unknown,
    });
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  test('an abort ends the attempt, with its reason as cause, and one that came before sends nothing', async () => {
    greeting = null;
    const controller = new AbortController(),
      reason = new Error('changed my mind');
    const attempt = failureOf(connect({ host: '127.0.0.1', port, user: 'u', database: 'd', signal: controller.signal }));
    setTimeout(() => controller.abort(reason), 50);
    expect(await attempt).toMatchObject({ code: 'ABORTED', cause: reason });
    expect(await failureOf(connect({ host: '127.0.0.1', port, user: 'u', database: 'd', signal: controller.signal }))).toMatchObject({
      code: 'ABORTED',
      cause: reason,
    });
  });

  test('something that speaks another protocol is a connection error', async () => {
    greeting = Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n');
    expect(await failureOf(connect({ host: '127.0.0.1', port, user: 'u', database: 'd' }))).toMatchObject({
      code: 'CONNECTION',
      cause: { name: 'FramingError' },
    });
    greeting = Buffer.from([82, 0, 0, 0, 1]);
    expect(await failureOf(connect({ host: '127.0.0.1', port, user: 'u', database: 'd', timeoutMs: 2_000 }))).toMatchObject({
      code: 'CONNECTION',
      cause: { name: 'FramingError' },
    });
  });

  test('a server without TLS is a connection error where TLS is asked for', async () => {
    greeting = Buffer.from('N');
    expect(await failureOf(connect({ host: '127.0.0.1', port, user: 'u', database: 'd', ssl: true, timeoutMs: 2_000 }))).toMatchObject({
      code: 'CONNECTION',
    });
  });
});
