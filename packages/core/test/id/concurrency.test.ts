// What the lock-free generators promise under load: no id twice, and no writer waiting for another. 16 connections on the two cores of a small machine
// interleave at every point; the whole file takes a few seconds.

import type pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { installHeer, registerNode, seedDefaultNode } from '../../src/db/heer-node.ts';
import { HeerIdDesc } from '../../src/id/heer-id.ts';
import { heerNodeSettings } from '../../src/id/node-binding.ts';
import { contextOver, startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let admin: pg.Client;
let open: pg.Client[] = [];

async function connections(count: number, nodeId = 1): Promise<pg.Client[]> {
  const clients = await Promise.all(Array.from({ length: count }, () => server.connect('postgres', heerNodeSettings({ nodeId }))));
  open.push(...clients);
  return clients;
}

beforeAll(async () => {
  server = await startServer();
  admin = await server.connect();
  await installHeer(contextOver(admin));
  await seedDefaultNode(contextOver(admin));
});
afterEach(async () => {
  await Promise.all(open.map((client) => client.end()));
  open = [];
});
afterAll(() => server?.stop());

test('a million HeerIds from sixteen connections on one node are distinct', async () => {
  // No primary key: every id is kept, so that a duplicate would be counted.
  await admin.query('CREATE UNLOGGED TABLE many (id bigint NOT NULL DEFAULT heerid_next_desc(), n integer NOT NULL)');
  await Promise.all(
    (await connections(16)).map(async (client) => {
      for (let round = 0; round < 25; round++) await client.query('INSERT INTO many (n) SELECT generate_series(1, 2500)');
    }),
  );
  const { rows } = await admin.query('SELECT count(*)::int AS made, count(DISTINCT id)::int AS distinct FROM many');
  expect(rows).toEqual([{ made: 1_000_000, distinct: 1_000_000 }]);
}, 120_000);

test('two hundred thousand RanjIds from sixteen connections on one node are distinct', async () => {
  await admin.query('CREATE UNLOGGED TABLE many_ranj (id uuid NOT NULL DEFAULT ranjid_next(), n integer NOT NULL)');
  await Promise.all(
    (await connections(16)).map(async (client) => {
      for (let round = 0; round < 5; round++) await client.query('INSERT INTO many_ranj (n) SELECT generate_series(1, 2500)');
    }),
  );
  const { rows } = await admin.query('SELECT count(*)::int AS made, count(DISTINCT id)::int AS distinct FROM many_ranj');
  expect(rows).toEqual([{ made: 200_000, distinct: 200_000 }]);
}, 60_000);

test('single ids, batches and column defaults of eight connections are distinct together', async () => {
  await admin.query('CREATE UNLOGGED TABLE mixed (id bigint NOT NULL DEFAULT heerid_next())');
  await Promise.all(
    (await connections(8)).map(async (client, at) => {
      for (let round = 0; round < 100; round++) {
        if (at % 2 === 0) await client.query('INSERT INTO mixed DEFAULT VALUES');
        else await client.query('INSERT INTO mixed SELECT id FROM generate_ids(100)');
      }
    }),
  );
  const { rows } = await admin.query('SELECT count(*)::int AS made, count(DISTINCT id)::int AS distinct FROM mixed');
  expect(rows).toEqual([{ made: 40_400, distinct: 40_400 }]);
});

test('sixty-four transactions on one node that insert and then idle for 50 ms overlap', async () => {
  await admin.query('CREATE TABLE slow (id bigint PRIMARY KEY DEFAULT heerid_next_desc(), n integer NOT NULL)');
  const clients = await connections(64);
  const started = performance.now();
  await Promise.all(
    clients.map(async (client, n) => {
      await client.query('BEGIN');
      await client.query('INSERT INTO slow (n) VALUES ($1::integer)', [n]);
      await new Promise((done) => setTimeout(done, 50));
      await client.query('INSERT INTO slow (n) VALUES ($1::integer)', [n]);
      await client.query('COMMIT');
    }),
  );
  const elapsedMs = performance.now() - started;
  expect((await admin.query('SELECT count(*)::int AS rows FROM slow')).rows).toEqual([{ rows: 128 }]);
  // One after the other they would take at least 3,200 ms.
  expect(elapsedMs).toBeLessThan(64 * 50 * 0.5);
});

test('a transaction that made ids holds no row lock and has written no row of the generators', async () => {
  const [client] = await connections(1);
  await client!.query('BEGIN');
  await client!.query('SELECT heerid_next(), ranjid_next(), count(*) FROM generate_ids(10000)');
  const { rows } = await admin.query<{ lock: string }>(
    "SELECT relation::regclass || ' ' || mode AS lock FROM pg_locks WHERE pid = $1 AND locktype = 'relation' AND relation::regclass::text LIKE 'heer%' ORDER BY 1",
    [(client as unknown as { processID: number }).processID],
  );
  // RowExclusiveLock is what nextval takes on its sequence; it conflicts with ALTER SEQUENCE and with no other nextval.
  expect(rows.map((row) => row.lock)).toEqual([
    'heer_nodes AccessShareLock',
    'heer_nodes_pkey AccessShareLock',
    'heer_ranj_sequence RowExclusiveLock',
    'heer_sequence RowExclusiveLock',
  ]);
  await client!.query('COMMIT');
  expect((await admin.query('SELECT count(*)::int AS rows FROM heer_node_state WHERE last_id_time <> 0')).rows).toEqual([{ rows: 0 }]);
});

test('in the natural order of the default kind the newest row is first', async () => {
  await admin.query(
    "CREATE TABLE ordered (id bigint PRIMARY KEY DEFAULT heerid_next_desc(), n integer NOT NULL); SELECT setval('heer_sequence', 0)",
  );
  const [client] = await connections(1);
  for (let n = 0; n < 200; n++) await client!.query('INSERT INTO ordered (n) VALUES ($1::integer)', [n]);
  const { rows } = await admin.query<{ id: string; n: number }>('SELECT id, n FROM ordered ORDER BY id');
  expect(rows.map((row) => row.n)).toEqual(Array.from({ length: 200 }, (_, at) => 199 - at));
  expect(HeerIdDesc.parts(HeerIdDesc.parse(rows[0]!.id)).timestampMs).toBeGreaterThanOrEqual(
    HeerIdDesc.parts(HeerIdDesc.parse(rows[199]!.id)).timestampMs,
  );
});

test('under serializable isolation concurrent writers do not disturb each other', async () => {
  await registerNode(contextOver(admin), { nodeId: 9, name: 'nine' });
  await admin.query('CREATE TABLE serial_writers (id bigint PRIMARY KEY DEFAULT heerid_next_desc(), n integer NOT NULL)');
  await Promise.all(
    (await connections(8, 9)).map(async (client) => {
      await client.query('BEGIN ISOLATION LEVEL SERIALIZABLE');
      await client.query('INSERT INTO serial_writers (n) SELECT generate_series(1, 10)');
      await client.query('COMMIT');
    }),
  );
  expect((await admin.query('SELECT count(*)::int AS rows FROM serial_writers')).rows).toEqual([{ rows: 80 }]);
});
