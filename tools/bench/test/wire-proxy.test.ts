import { createServer, type Server } from 'node:net';
import { startEmbedded } from '@djogi/testing/embedded';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWireProxy, type WireProxy } from '../src/measure/wire-proxy.ts';

let server: Awaited<ReturnType<typeof startEmbedded>>;
let proxy: WireProxy;

beforeAll(async () => {
  server = await startEmbedded();
  proxy = await startWireProxy(server.url);
});
afterAll(async () => {
  await proxy.close();
  await server.stop();
});

test('each statement that waits for the one before is a turn, and a large answer is one', async () => {
  const client = new pg.Client({ connectionString: proxy.url });
  await client.connect();
  proxy.take();
  await client.query('select 1');
  await client.query("select repeat('x', 100000)");
  const { turns, bytesToServer, bytesToClient } = proxy.take();
  await client.end();
  expect(turns).toBe(2);
  expect(bytesToServer).toBeLessThan(100);
  expect(bytesToClient).toBeGreaterThan(100_000);
});

test('statements that travel together are one turn', async () => {
  const { createPool } = await import('@djogi/core/pool');
  const { rawSql } = await import('@djogi/core/raw');
  const pool = await createPool({ url: proxy.url, max: 1 });
  const ctx = pool.context();
  proxy.take();
  // BEGIN travels with the first statement; COMMIT is the second turn.
  await ctx.atomic((tx) => rawSql(tx, 'counts the turns of a transaction').execute('select 1'));
  const { turns } = proxy.take();
  await pool.close();
  expect(turns).toBe(2);
});

test('a server that is not there closes the client', async () => {
  const nobody: Server = createServer();
  await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve));
  const { port } = nobody.address() as { port: number };
  await new Promise((resolve) => nobody.close(resolve));
  const lonely = await startWireProxy(`postgres://nobody@127.0.0.1:${port}/none`);
  const client = new pg.Client({ connectionString: lonely.url });
  client.on('error', () => {});
  await expect(client.connect()).rejects.toThrow('terminated');
  await lonely.close();
});
