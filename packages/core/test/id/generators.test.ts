import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deactivateNode, fetchEpoch, fetchNode, installHeer, registerNode, seedDefaultNode } from '../../src/db/heer-node.ts';
import { heerGrantsSql } from '../../src/id/grants.ts';
import { HeerId, HeerIdDesc } from '../../src/id/heer-id.ts';
import { KEY_GENERATORS } from '../../src/id/key-generator.ts';
import { BIND_HEER_NODE_SQL, heerNodeSettings } from '../../src/id/node-binding.ts';
import { RanjId, RanjIdDesc } from '../../src/id/ranj-id.ts';
import { idErrorOfSqlState } from '../../src/id/sqlstate.ts';
import { executorOver, startServer, type TestServer } from '../support/server.ts';
import { heerVectors, ranjVectors } from './vectors.ts';

let server: TestServer;
let admin: pg.Client;
const bound = (nodeId = 1, ranjNodeId = nodeId): Promise<pg.Client> => server.connect('postgres', heerNodeSettings({ nodeId, ranjNodeId }));

beforeAll(async () => {
  server = await startServer();
  admin = await server.connect();
  const executor = executorOver(admin);
  await installHeer(executor);
  await seedDefaultNode(executor);
  await registerNode(executor, { nodeId: 7, name: 'seven' });
  await registerNode(executor, { nodeId: 30_000, name: 'ranj only' });
});
afterAll(() => server?.stop());

async function codeOf(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => null,
    (failure: unknown) => failure as { code?: string; message: string },
  );
  return error === null ? 'nothing raised' : (idErrorOfSqlState(error.code ?? '', error)?.code ?? `${error.code}: ${error.message}`);
}

describe('the flips in SQL', () => {
  test('give the fixed vectors', async () => {
    for (const [, , , ascending, desc] of heerVectors) {
      const { rows } = await admin.query('SELECT heerid_to_desc($1::bigint) AS desc, heerid_to_asc($2::bigint) AS ascending', [
        ascending,
        desc,
      ]);
      expect(rows).toEqual([{ desc, ascending }]);
    }
    for (const [, , , , ascending, desc] of ranjVectors) {
      const { rows } = await admin.query('SELECT ranjid_to_desc($1::uuid) AS desc, ranjid_to_asc($2::uuid) AS ascending', [
        ascending,
        desc,
      ]);
      expect(rows).toEqual([{ desc, ascending }]);
    }
    expect((await admin.query('SELECT heerid_flip_mask() AS mask')).rows).toEqual([{ mask: '9223372036850589695' }]);
  });

  test('agree with the client on random ids', async () => {
    const heer = fc.sample(fc.bigInt(0n, 2n ** 63n - 1n), 500).map((bits) => HeerId.fromBigInt(bits));
    const flippedHeer = await admin.query<{ id: string }>(
      'SELECT heerid_to_desc(u.id) AS id FROM unnest($1::bigint[]) WITH ORDINALITY AS u(id, n) ORDER BY n',
      [heer],
    );
    expect(flippedHeer.rows.map((row) => row.id)).toEqual(HeerId.toDesc(heer));

    const ranj = fc
      .sample(fc.tuple(fc.bigInt(0n, 2n ** 89n - 1n), fc.constantFrom('us', 'ns', 'ps', 'fs'), fc.nat(32767), fc.nat(65535)), 500)
      .map(([timestamp, precision, nodeId, sequence]) => RanjId.fromParts({ timestamp, precision, nodeId, sequence }));
    const flippedRanj = await admin.query<{ id: string }>(
      'SELECT ranjid_to_desc(u.id) AS id FROM unnest($1::uuid[]) WITH ORDINALITY AS u(id, n) ORDER BY n',
      [ranj],
    );
    expect(flippedRanj.rows.map((row) => row.id)).toEqual(RanjId.toDesc(ranj));
  });

  test('sort as the client compares', async () => {
    const ids = fc.sample(fc.bigInt(0n, 2n ** 63n - 1n), 200).map((bits) => HeerIdDesc.fromBigInt(bits));
    const sorted = await admin.query<{ id: string }>('SELECT u.id FROM unnest($1::bigint[]) AS u(id) ORDER BY u.id', [ids]);
    expect(sorted.rows.map((row) => row.id)).toEqual([...ids].sort(HeerIdDesc.compare));
  });
});

describe('one id', () => {
  test('carries the moment, the bound node and a ticket, in every kind', async () => {
    const client = await bound(7, 30_000);
    const before = Date.now() - 1;
    const { rows } = await client.query(
      'SELECT heerid_next() AS a, heerid_next_desc() AS b, ranjid_next() AS c, ranjid_next_desc() AS d, generate_id() AS e, generate_ranjid() AS f',
    );
    const after = Date.now() + 1;
    const { a, b, c, d, e, f } = rows[0] as Record<string, string>;
    const read = [
      [HeerId, a],
      [HeerIdDesc, b],
      [RanjId, c],
      [RanjIdDesc, d],
      [HeerId, e],
      [RanjId, f],
    ] as const;
    for (const [codec, text] of read) {
      const id = codec.parse(text) as never;
      expect(codec.parts(id).nodeId).toBe(codec.kind.startsWith('heer') ? 7 : 30_000);
      expect(codec.toDate(id).getTime()).toBeGreaterThanOrEqual(before);
      expect(codec.toDate(id).getTime()).toBeLessThanOrEqual(after);
    }
    expect(RanjId.parts(RanjId.parse(c)).precision).toBe('us');
  });

  test('the statements of the generator table run', async () => {
    const client = await bound();
    await client.query('CREATE TEMPORARY TABLE numbered (id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY)');
    for (const generator of Object.values(KEY_GENERATORS)) {
      const own = generator.kind === 'serial' ? ['numbered', 'id'] : [];
      const one = await client.query<{ id: string }>(generator.oneSql, own);
      const many = await client.query<{ id: string }>(generator.batchSql, [...own, 5]);
      const ids = [...one.rows, ...many.rows].map((row) => row.id);
      expect(new Set(ids).size).toBe(6);
      for (const id of ids) expect(generator.value.validate(id)).toBeNull();
    }
  });

  test('a ticket taken before a stall is not used after it', async () => {
    const client = await bound();
    await client.query('SELECT heerid_next()');
    // ALTER SEQUENCE keeps nextval waiting, so the backend stalls between its two readings of the clock.
    await admin.query('BEGIN');
    await admin.query('ALTER SEQUENCE heer_sequence NO CYCLE');
    const pending = client.query<{ id: string }>('SELECT heerid_next() AS id');
    const waiting = async (): Promise<boolean> =>
      (await admin.query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'SELECT heerid_next%'")).rowCount ===
      1;
    while (!(await waiting()));
    const {
      rows: [moment],
    } = await admin.query<{ ms: string }>("SELECT pg_sleep(0.02), floor(date_part('epoch', clock_timestamp()) * 1000)::bigint AS ms");
    await admin.query('ROLLBACK');
    const made = HeerId.toDate(HeerId.parse((await pending).rows[0]!.id)).getTime();
    expect(made).toBeGreaterThanOrEqual(Number(moment!.ms));
  });

  test('the sequences cycle and keep nothing back in a backend', async () => {
    const { rows } = await admin.query(
      "SELECT sequencename AS name, min_value AS min, max_value AS max, cycle, cache_size AS cache FROM pg_sequences WHERE sequencename LIKE 'heer%' ORDER BY 1",
    );
    expect(rows).toEqual([
      { name: 'heer_ranj_sequence', min: '0', max: '65535', cycle: true, cache: '1' },
      { name: 'heer_sequence', min: '0', max: '8191', cycle: true, cache: '1' },
    ]);
  });
});

describe('batches', () => {
  const batches = [
    ['heerId', HeerId],
    ['heerIdDesc', HeerIdDesc],
    ['ranjId', RanjId],
    ['ranjIdDesc', RanjIdDesc],
  ] as const;
  test.each(batches)('20,000 ids of kind %s are distinct, of the node, and in logical order', async (kind, codec) => {
    const client = await bound(7);
    const { rows } = await client.query<{ id: string }>(KEY_GENERATORS[kind].batchSql, [20_000]);
    const ids = rows.map((row) => codec.parse(row.id) as never);
    expect(new Set(ids).size).toBe(20_000);
    const step = kind.endsWith('Desc') ? 1 : -1;
    for (let at = 1; at < ids.length; at++) if (codec.compare(ids[at - 1]!, ids[at]!) !== step) throw new Error(`not in order at ${at}`);
    expect(ids.every((id) => codec.parts(id).nodeId === 7)).toBe(true);
  });

  test('go on where the sequence starts again', async () => {
    const client = await bound();
    await admin.query("SELECT setval('heer_sequence', 8189), setval('heer_ranj_sequence', 65533)");
    const { rows } = await client.query<{ heer: string; ranj: string }>(
      'SELECT h.id AS heer, r.id AS ranj FROM generate_ids(6) WITH ORDINALITY AS h(id, n) JOIN generate_ranjids(6) WITH ORDINALITY AS r(id, n) USING (n)',
    );
    const heer = rows.map((row) => HeerId.parts(HeerId.parse(row.heer)).sequence),
      ranj = rows.map((row) => RanjId.parts(RanjId.parse(row.ranj)).sequence);
    // A ticket drawn across the end of a millisecond is dropped, so that which ones appear is not fixed.
    for (const [tickets, last] of [
      [heer, 8191],
      [ranj, 65535],
    ] as const) {
      expect(new Set(tickets).size).toBe(6);
      expect(tickets.every((ticket) => ticket <= 100 || (ticket > last - 2 && ticket <= last))).toBe(true);
      expect(Math.min(...tickets)).toBeLessThan(4);
    }
  });

  test('for another node leave the binding of the connection alone', async () => {
    const client = await bound(1);
    const { rows } = await client.query<{ id: string }>('SELECT id FROM generate_ids($1::integer, $2::integer)', [7, 3]);
    expect(rows.map((row) => HeerId.parts(HeerId.parse(row.id)).nodeId)).toEqual([7, 7, 7]);
    expect((await client.query('SELECT current_heer_node_id() AS node, current_heer_ranj_node_id() AS ranj')).rows).toEqual([
      { node: 1, ranj: 1 },
    ]);
    expect(
      (await client.query<{ id: string }>('SELECT generate_id(7) AS id')).rows.map((row) => HeerId.parts(HeerId.parse(row.id)).nodeId),
    ).toEqual([7]);
    expect(
      (await client.query<{ id: string }>('SELECT generate_ranjid(7) AS id')).rows.map((row) => RanjId.parts(RanjId.parse(row.id)).nodeId),
    ).toEqual([7]);
  });

  test('that may not span are of one tick, or refused', async () => {
    const client = await bound();
    for (const call of [
      'generate_ids($1::integer, false)',
      'generate_ids_desc($1::integer, false)',
      'generate_ids(1, $1::integer, false)',
    ]) {
      const { rows } = await client.query<{ id: string }>(`SELECT id FROM ${call}`, [20]);
      const codec = call.includes('desc') ? HeerIdDesc : HeerId;
      expect(new Set(rows.map((row) => codec.parts(codec.parse(row.id) as never).timestampMs)).size).toBe(1);
      expect(rows).toHaveLength(20);
      expect(await codeOf(client.query(`SELECT id FROM ${call}`, [9_000]))).toBe('ID_GEN_NO_SPAN_CAPACITY');
    }
    expect((await client.query('SELECT id FROM generate_ranjids(1, false)')).rows).toHaveLength(1);
    expect(await codeOf(client.query('SELECT id FROM generate_ranjids(70000, false)'))).toBe('ID_GEN_NO_SPAN_CAPACITY');
    expect(await codeOf(client.query('SELECT id FROM generate_ranjids_desc(1000, false)'))).toBe('ID_GEN_NO_SPAN_CAPACITY');
  });

  test.each(['generate_ids', 'generate_ids_desc', 'generate_ranjids', 'generate_ranjids_desc'])(
    '%s refuses a count below 1 and NULL',
    async (name) => {
      const client = await bound();
      for (const count of [0, -1, null]) {
        expect(await codeOf(client.query(`SELECT * FROM ${name}($1::integer)`, [count]))).toBe('ID_GEN_BAD_COUNT');
        expect(await codeOf(client.query(`SELECT * FROM ${name}(1, $1::integer)`, [count]))).toBe('ID_GEN_BAD_COUNT');
      }
    },
  );
});

describe('the binding', () => {
  const oneOfEach = [
    'heerid_next()',
    'heerid_next_desc()',
    'ranjid_next()',
    'ranjid_next_desc()',
    'generate_id()',
    'generate_ranjid()',
    '(SELECT count(*) FROM generate_ids(2))',
    '(SELECT count(*) FROM generate_ranjids_desc(2))',
  ];
  const codesOn = async (client: pg.Client): Promise<Set<string>> => {
    const codes = new Set<string>();
    for (const call of oneOfEach) codes.add(await codeOf(client.query(`SELECT ${call}`)));
    return codes;
  };

  test('is needed', async () => {
    const client = await server.connect();
    expect(await codesOn(client)).toEqual(new Set(['ID_GEN_NODE_NOT_SET']));
    expect(await codeOf(client.query('SELECT current_heer_node_id()'))).toBe('ID_GEN_NODE_NOT_SET');
    await client.query("BEGIN; SET LOCAL heer.node_id = '1'; SET LOCAL heer.ranj_node_id = '1'; COMMIT");
    expect(await codesOn(client)).toEqual(new Set(['ID_GEN_NODE_NOT_SET']));
  });

  test('fails an insert through the column default in the same way', async () => {
    const client = await server.connect();
    await client.query('CREATE TEMPORARY TABLE unbound (id bigint PRIMARY KEY DEFAULT heerid_next_desc(), n integer)');
    expect(await codeOf(client.query('INSERT INTO unbound (n) VALUES (1)'))).toBe('ID_GEN_NODE_NOT_SET');
  });

  test.each(['512', '40000', '-1', 'one', '1.5', '99999999999'])('to %s is out of range', async (node) => {
    const client = await server.connect();
    await client.query("SELECT set_config('heer.node_id', $1, false), set_config('heer.ranj_node_id', $2, false)", [
      node,
      node === '512' ? '32768' : node,
    ]);
    expect(await codesOn(client)).toEqual(new Set(['ID_GEN_NODE_OUT_OF_RANGE']));
  });

  test('refuses a node out of range, NULL, or unknown when it is set', async () => {
    const client = await server.connect();
    for (const [call, code] of [
      ['set_heer_node_id(512)', 'ID_GEN_NODE_OUT_OF_RANGE'],
      ['set_heer_node_id(-1)', 'ID_GEN_NODE_OUT_OF_RANGE'],
      ['set_heer_node_id(NULL)', 'ID_GEN_NODE_OUT_OF_RANGE'],
      ['set_heer_ranj_node_id(32768)', 'ID_GEN_NODE_OUT_OF_RANGE'],
      ['set_heer_ranj_node_id(NULL)', 'ID_GEN_NODE_OUT_OF_RANGE'],
      ['set_heer_node_id(99)', 'ID_GEN_NODE_INACTIVE'],
      ['set_heer_ranj_node_id(99)', 'ID_GEN_NODE_INACTIVE'],
      ['generate_id(NULL)', 'ID_GEN_NODE_OUT_OF_RANGE'],
      ['generate_id(512)', 'ID_GEN_NODE_OUT_OF_RANGE'],
      ['generate_id(99)', 'ID_GEN_NODE_INACTIVE'],
    ])
      expect(await codeOf(client.query(`SELECT ${call}`))).toBe(code);
    expect(await codesOn(client)).toEqual(new Set(['ID_GEN_NODE_NOT_SET']));
  });

  test('to a node that is not registered fails at the first id', async () => {
    expect(await codesOn(await bound(99))).toEqual(new Set(['ID_GEN_NODE_INACTIVE']));
  });

  test('names the node in the message, and nothing else', async () => {
    const error = await (await bound(99)).query('SELECT heerid_next()').catch((failure: unknown) => failure as Error);
    expect((error as Error).message).toBe('HeerId generation: node 99 is not registered in heer_nodes, or inactive.');
  });

  test('with verification is one statement', async () => {
    const client = await server.connect();
    await client.query(BIND_HEER_NODE_SQL, [7, 30_000]);
    expect((await client.query('SELECT current_heer_node_id() AS node, current_heer_ranj_node_id() AS ranj')).rows).toEqual([
      { node: 7, ranj: 30_000 },
    ]);
    expect(await codesOn(client)).toEqual(new Set(['nothing raised']));
    expect(await codeOf(client.query(BIND_HEER_NODE_SQL, [7, 99]))).toBe('ID_GEN_NODE_INACTIVE');
  });

  test('follows a change of the setting at once, SET LOCAL included', async () => {
    const client = await bound(1);
    const nodeNow = async (): Promise<number> =>
      HeerId.parts(HeerId.parse((await client.query<{ id: string }>('SELECT heerid_next() AS id')).rows[0]!.id)).nodeId;
    expect(await nodeNow()).toBe(1);
    await client.query("SET heer.node_id = '7'");
    expect(await nodeNow()).toBe(7);
    await client.query("BEGIN; SET LOCAL heer.node_id = '1'");
    expect(await nodeNow()).toBe(1);
    await client.query('ROLLBACK');
    expect(await nodeNow()).toBe(7);
    await client.query("SET heer.node_id = '99'");
    expect(await codeOf(client.query('SELECT heerid_next()'))).toBe('ID_GEN_NODE_INACTIVE');
  });

  test('survives a rolled back transaction in which the node was checked', async () => {
    const client = await bound(1);
    await client.query('BEGIN; SELECT heerid_next(), ranjid_next(); ROLLBACK');
    expect(await codesOn(client)).toEqual(new Set(['nothing raised']));
  });

  test('stops within a second when the node is deactivated, at once on a fresh connection', async () => {
    const executor = executorOver(admin);
    await registerNode(executor, { nodeId: 8, name: 'eight', description: 'short-lived' });
    const old = await bound(8);
    await old.query('SELECT heerid_next(), ranjid_next()');
    expect(await deactivateNode(executor, 8)).toBe(true);
    expect(await deactivateNode(executor, 8)).toBe(false);
    expect(await codesOn(await bound(8))).toEqual(new Set(['ID_GEN_NODE_INACTIVE']));
    expect(await codeOf(old.query('SELECT current_heer_node_id()'))).toBe('ID_GEN_NODE_INACTIVE');
    const until = Date.now() + 1_500;
    let code = '';
    while (Date.now() < until && code !== 'ID_GEN_NODE_INACTIVE') code = await codeOf(old.query('SELECT heerid_next()'));
    expect(code).toBe('ID_GEN_NODE_INACTIVE');
    await registerNode(executor, { nodeId: 8, name: 'eight again' });
    expect(await codesOn(old)).toEqual(new Set(['nothing raised']));
    expect(await fetchNode(executor, 8)).toEqual({ nodeId: 8, name: 'eight again', description: 'short-lived', isActive: true });
  });
});

describe('installation', () => {
  test('is idempotent, keeps the nodes, and says its epoch', async () => {
    const executor = executorOver(admin);
    await installHeer(executor);
    await seedDefaultNode(executor);
    expect(await fetchNode(executor, 1)).toEqual({ nodeId: 1, name: 'default', description: null, isActive: true });
    expect(await fetchNode(executor, 404)).toBeNull();
    expect(await fetchEpoch(executor)).toEqual(new Date('2026-01-01T00:00:00Z'));
  });

  test('by several sessions at once succeeds in each', async () => {
    await server.createDatabase('together');
    const clients = await Promise.all(Array.from({ length: 4 }, () => server.connect('together')));
    await Promise.all(clients.map((client) => installHeer(executorOver(client))));
    expect((await clients[0]!.query('SELECT count(*)::int AS rows FROM heer_config')).rows).toEqual([{ rows: 1 }]);
  });

  test('into another schema with another epoch works from there', async () => {
    await server.createDatabase('elsewhere');
    const client = await server.connect('elsewhere', heerNodeSettings({ nodeId: 1 }));
    const executor = executorOver(client),
      epoch = new Date('2020-06-01T00:00:00Z');
    await installHeer(executor, { schema: 'Ids', epoch });
    await seedDefaultNode(executor, { schema: 'Ids' });
    expect(await fetchEpoch(executor, { schema: 'Ids' })).toEqual(epoch);
    const { rows } = await client.query<{ heer: string; ranj: string }>(
      'SELECT "Ids".heerid_next_desc() AS heer, "Ids".ranjid_next() AS ranj',
    );
    for (const date of [
      HeerIdDesc.toDate(HeerIdDesc.parse(rows[0]!.heer), { epoch }),
      RanjId.toDate(RanjId.parse(rows[0]!.ranj), { epoch }),
    ]) {
      expect(Math.abs(date.getTime() - Date.now())).toBeLessThan(60_000);
    }
    expect((await client.query('SELECT count(*)::int AS n FROM "Ids".generate_ranjids_desc(10)')).rows).toEqual([{ n: 10 }]);
    expect((await client.query("SELECT count(*)::int AS n FROM pg_class WHERE relnamespace = 'public'::regnamespace")).rows).toEqual([
      { n: 0 },
    ]);
    await expect(installHeer(executor, { schema: 'Ids' })).rejects.toMatchObject({ code: '55000' });
    await client.query(`UPDATE "Ids".heer_config SET precision = 'ns'`);
    await expect(installHeer(executor, { schema: 'Ids', epoch })).rejects.toMatchObject({ code: '55000' });
  });

  test('with an epoch in the future is refused and leaves nothing', async () => {
    await server.createDatabase('future');
    const client = await server.connect('future');
    expect(await codeOf(installHeer(executorOver(client), { epoch: new Date('2999-01-01T00:00:00Z') }))).toBe('ID_GEN_TIMESTAMP_EXHAUSTED');
    expect((await client.query("SELECT count(*)::int AS n FROM pg_class WHERE relname LIKE 'heer%'")).rows).toEqual([{ n: 0 }]);
  });

  test('a clock before the epoch, or past the last tick, makes no id', async () => {
    const second = (iso: string): number => Date.parse(iso) / 1000;
    for (const [family, moment, code] of [
      ['HeerId', second('2025-12-31T23:59:59Z'), 'ID_GEN_TIMESTAMP_EXHAUSTED'],
      ['HeerId', second('2026-01-01T00:00:00Z'), 'nothing raised'],
      ['HeerId', second('2095-09-07T15:47:34Z'), 'nothing raised'],
      ['HeerId', second('2095-09-07T15:47:35Z'), 'ID_GEN_TIMESTAMP_EXHAUSTED'],
      ['RanjId', second('2025-12-31T23:59:59Z'), 'ID_GEN_TIMESTAMP_EXHAUSTED'],
      ['RanjId', second('2500-01-01T00:00:00Z'), 'nothing raised'],
    ] as const)
      expect(await codeOf(admin.query('SELECT heer_check_clock($1, $2)', [family, moment]))).toBe(code);
  });

  test('objects of the same name elsewhere on the search path are not used', async () => {
    const client = await bound(1);
    await client.query(`CREATE TEMPORARY TABLE heer_nodes (node_id integer, is_active boolean); CREATE SCHEMA shadow;
      CREATE FUNCTION shadow.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS 'SELECT timestamptz ''2001-01-01''';
      CREATE FUNCTION shadow.date_part(text, timestamptz) RETURNS double precision LANGUAGE sql AS 'SELECT 0::double precision';
      SET search_path = shadow, pg_catalog, public`);
    const { rows } = await client.query<{ id: string }>('SELECT heerid_next() AS id UNION ALL SELECT id FROM generate_ids(1)');
    for (const { id } of rows) expect(HeerId.toDate(HeerId.parse(id)).getTime()).toBeGreaterThan(Date.now() - 60_000);
    await client.query('DROP SCHEMA shadow CASCADE');
  });
});

describe('a role that owns nothing', () => {
  test('inserts through the defaults and generates ids with the documented grants only', async () => {
    await server.createDatabase('restricted');
    const owner = await server.connect('restricted');
    await installHeer(executorOver(owner));
    await seedDefaultNode(executorOver(owner));
    await owner.query(`REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC; CREATE ROLE app_user;
      CREATE TABLE a (id bigint PRIMARY KEY DEFAULT heerid_next_desc(), n integer); CREATE TABLE b (id bigint PRIMARY KEY DEFAULT heerid_next(), n integer);
      CREATE TABLE c (id uuid PRIMARY KEY DEFAULT ranjid_next(), n integer); CREATE TABLE d (id uuid PRIMARY KEY DEFAULT ranjid_next_desc(), n integer);
      GRANT SELECT, INSERT ON a, b, c, d TO app_user`);
    const asApp = async (): Promise<pg.Client> => {
      const client = await server.connect('restricted', heerNodeSettings({ nodeId: 1 }));
      await client.query('SET SESSION AUTHORIZATION app_user');
      return client;
    };
    const without = await asApp();
    await expect(without.query('INSERT INTO public.a (n) VALUES (1)')).rejects.toMatchObject({ code: '42501' });

    await owner.query(heerGrantsSql('app_user'));
    const app = await asApp();
    for (const table of ['a', 'b', 'c', 'd']) {
      await app.query(`INSERT INTO ${table} (n) VALUES (1)`);
      await app.query(`INSERT INTO ${table} (n) SELECT generate_series(1, 100)`);
      expect((await app.query(`SELECT count(DISTINCT id)::int AS ids FROM ${table}`)).rows).toEqual([{ ids: 101 }]);
    }
    await app.query(BIND_HEER_NODE_SQL, [1, 1]);
    for (const name of ['generate_ids', 'generate_ids_desc', 'generate_ranjids', 'generate_ranjids_desc']) {
      for (const call of [`${name}(2)`, `${name}(1, true)`, `${name}(1, 2)`, `${name}(1, 2, true)`])
        await app.query(`SELECT * FROM ${call}`);
    }
    await app.query(
      'SELECT generate_id(), generate_id(1), generate_ranjid(), generate_ranjid(1), heerid_flip_mask(), current_heer_node_id(), current_heer_ranj_node_id()',
    );
    await app.query("SELECT heerid_to_asc(heerid_to_desc(1)), ranjid_to_asc(ranjid_to_desc('00000000-0000-8000-8000-000000000000'))");
    await expect(app.query("INSERT INTO heer_nodes (node_id, name) VALUES (2, 'x')")).rejects.toMatchObject({ code: '42501' });
  });

  test('the grants name every function that the bootstrap creates', async () => {
    const { rows } = await admin.query<{ name: string }>(
      "SELECT oid::regprocedure::text AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
    );
    const granted = heerGrantsSql('app_user').match(/(?<="public"\.)[a-z_]+\([a-z, ]*\)/g)!;
    expect(granted.map((name) => name.replaceAll(', ', ',')).sort()).toEqual(rows.map((row) => row.name).sort());
  });
});

describe('registerNode', () => {
  test.each([
    { nodeId: -1, name: 'x' },
    { nodeId: 32768, name: 'x' },
    { nodeId: 1.5, name: 'x' },
    { nodeId: 1, name: ' ' },
    { nodeId: 1, name: 'x', schema: 'a"b' },
  ])('refuses %j before any SQL', async (node) => {
    await expect(registerNode(executorOver(admin), node)).rejects.toMatchObject({ code: 'VALIDATION' });
  });
});
