// The strict allocator: what it hands out from a state and a clock, what it refuses, and how it shares a node. The clock of a second database is a function of
// ours, put into the text of the bootstrap, so that the examples of the specification can be checked to the bit.

import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { installHeer, registerNode, seedDefaultNode } from '../../src/db/heer-node.ts';
import { heerBootstrapSql } from '../../src/id/bootstrap-sql.ts';
import { heerGrantsSql } from '../../src/id/grants.ts';
import { HeerId, HeerIdDesc } from '../../src/id/heer-id.ts';
import { KEY_GENERATORS } from '../../src/id/key-generator.ts';
import { heerNodeSettings } from '../../src/id/node-binding.ts';
import { RanjId, RanjIdDesc } from '../../src/id/ranj-id.ts';
import { idErrorOfSqlState } from '../../src/id/sqlstate.ts';
import { contextOver, startServer, type TestServer } from '../support/server.ts';

const EPOCH_US = 1_767_225_600_000_000n;

let server: TestServer;
let admin: pg.Client;
let timed: pg.Client;
const bound = (nodeId = 1, database = 'postgres'): Promise<pg.Client> => server.connect(database, heerNodeSettings({ nodeId }));

beforeAll(async () => {
  server = await startServer();
  admin = await server.connect();
  const ctx = contextOver(admin);
  await installHeer(ctx, { allocator: 'strict' });
  await seedDefaultNode(ctx);
  await registerNode(ctx, { nodeId: 7, name: 'seven' });
  await registerNode(ctx, { nodeId: 30_000, name: 'ranj only' });

  await server.createDatabase('timed');
  timed = await bound(1, 'timed');
  await timed.query(`CREATE TABLE test_clock (micros bigint NOT NULL); INSERT INTO test_clock VALUES (${EPOCH_US});
    CREATE FUNCTION test_clock() RETURNS timestamptz LANGUAGE sql VOLATILE
      RETURN (SELECT timestamptz 'epoch' + micros * interval '1 microsecond' FROM test_clock);
    ${heerBootstrapSql().replaceAll('clock_timestamp()', '"public".test_clock()')}
    INSERT INTO heer_nodes (node_id, name) VALUES (1, 'one')`);
  await setClock(0n);
  await timed.query("SELECT heer_use_allocator('strict')");
});
afterAll(() => server?.stop());

/** Microseconds since the epoch of the ids. */
const setClock = (micros: bigint): Promise<unknown> => timed.query('UPDATE test_clock SET micros = $1::bigint', [EPOCH_US + micros]);
const setState = (table: 'heer_node_state' | 'heer_ranj_node_state', time: bigint, sequence: number): Promise<unknown> =>
  timed.query(`UPDATE ${table} SET last_id_time = $1, last_sequence = $2 WHERE node_id = 1`, [time, sequence]);
async function stateOf(table: string, client = timed): Promise<[string, number]> {
  const { rows } = await client.query<{ time: string; sequence: number }>(
    `SELECT last_id_time::text AS time, last_sequence::integer AS sequence FROM ${table} WHERE node_id = 1`,
  );
  return [rows[0]!.time, rows[0]!.sequence];
}
const idsOf = async (client: pg.Client, call: string): Promise<string[]> =>
  (await client.query<{ id: string }>(`SELECT id FROM ${call}`)).rows.map((row) => row.id);

async function failureOf(run: Promise<unknown>): Promise<{ code: string; message: string; isTransient: boolean }> {
  const error = await run.then(
    () => null,
    (failure: unknown) => failure as { code?: string; message: string },
  );
  if (error === null) return { code: 'nothing raised', message: '', isTransient: false };
  const known = idErrorOfSqlState(error.code ?? '', error);
  return known === null ? { code: error.code ?? '', message: error.message, isTransient: false } : known;
}
const codeOf = async (run: Promise<unknown>): Promise<string> => (await failureOf(run)).code;

describe('what follows a state', () => {
  test('goes on in the tick of the clock, and then in the next', async () => {
    await setClock(1_000_000n);
    await setState('heer_node_state', 1000n, 8190);
    expect(await idsOf(timed, 'generate_ids(5)')).toEqual(['4194320383', '4198506496', '4198506497', '4198506498', '4198506499']);
    expect(await stateOf('heer_node_state')).toEqual(['1001', 3]);
  });

  test('goes on in the same way for RanjIds', async () => {
    await setClock(1_000_000n);
    await setState('heer_ranj_node_state', 1_000_000n, 65_534);
    expect(await idsOf(timed, 'generate_ranjids(2)')).toEqual([
      '00000000-0000-8000-8007-a1200001ffff',
      '00000000-0000-8000-8007-a12080010000',
    ]);
    expect(await stateOf('heer_ranj_node_state')).toEqual(['1000001', 0]);
  });

  test('of a used up tick is the next one, whatever may span', async () => {
    await setClock(1_000_000n);
    await setState('heer_node_state', 1000n, 8191);
    await setState('heer_ranj_node_state', 1_000_000n, 65_535);
    expect((await idsOf(timed, 'generate_ids(1)')).map((id) => HeerId.parts(HeerId.parse(id)))).toEqual([
      { timestampMs: 1001n, nodeId: 1, sequence: 0 },
    ]);
    expect((await idsOf(timed, 'generate_ranjids(1)')).map((id) => RanjId.parts(RanjId.parse(id)))).toMatchObject([
      { timestamp: 1_000_001n, sequence: 0 },
    ]);
  });

  test('of a later clock begins its tick at 0', async () => {
    await setClock(2_000_999n);
    await setState('heer_node_state', 1000n, 8190);
    expect(await idsOf(timed, 'generate_ids(2)')).toEqual(
      [0, 1].map((sequence) => HeerId.fromParts({ timestampMs: 2000n, nodeId: 1, sequence })),
    );
  });

  test('that may not span has to fit into what the tick has left', async () => {
    await setClock(1_000_000n);
    await setState('heer_node_state', 1000n, 8189);
    expect(await failureOf(timed.query('SELECT generate_ids(3, false)'))).toMatchObject({
      code: 'ID_GEN_NO_SPAN_CAPACITY',
      message: 'HeerId generation: node 1 cannot make 3 ids in one tick; this one has 2 left. [50015]',
    });
    expect(await stateOf('heer_node_state')).toEqual(['1000', 8189]);
    expect(await idsOf(timed, 'generate_ids(2, false)')).toHaveLength(2);
    await setClock(5_000_000n);
    expect(await idsOf(timed, 'generate_ids(8192, false)')).toHaveLength(8192);
    await setState('heer_ranj_node_state', 5_000_000n, 65_530);
    expect(await codeOf(timed.query('SELECT generate_ranjids(6, false)'))).toBe('ID_GEN_NO_SPAN_CAPACITY');
    expect(await idsOf(timed, 'generate_ranjids(5, false)')).toHaveLength(5);
  });

  test('ends where the timestamp of a HeerId does', async () => {
    // A clock beyond this second is refused before anything is made of it.
    await setClock(2_199_023_254_999_000n);
    await setState('heer_node_state', 2_199_023_254_999n, 8191);
    const most = 552 * 8192;
    expect(await codeOf(timed.query(`SELECT count(*) FROM generate_ids(${most + 1})`))).toBe('ID_GEN_TIMESTAMP_EXHAUSTED');
    // One less is not refused: the server is at work on four million ids when the timeout ends it.
    await timed.query("SET statement_timeout = '100ms'");
    expect(await codeOf(timed.query(`SELECT count(*) FROM generate_ids(${most})`))).toBe('57014');
    await timed.query('RESET statement_timeout');
    await setState('heer_node_state', 0n, 0);
    await setClock(-1n);
    expect(await codeOf(timed.query('SELECT generate_ids(1)'))).toBe('ID_GEN_TIMESTAMP_EXHAUSTED');
    expect(await codeOf(timed.query('SELECT generate_ranjids(1)'))).toBe('ID_GEN_TIMESTAMP_EXHAUSTED');
  });
});

describe('a clock behind the state', () => {
  beforeEach(() => setClock(10_000_000n));
  const heer = (ahead: bigint): Promise<unknown> => setState('heer_node_state', 10_000n + ahead, 5);
  const ranj = (ahead: bigint): Promise<unknown> => setState('heer_ranj_node_state', 10_000_000n + ahead, 5);

  test.each([
    [1n, 'ID_GEN_LOGICAL_DRIFT', true],
    [2n, 'ID_GEN_CLOCK_ROLLBACK', true],
    [49n, 'ID_GEN_CLOCK_ROLLBACK', true],
    [50n, 'ID_GEN_HARD_CLOCK_ROLLBACK', false],
    [2n ** 40n, 'ID_GEN_HARD_CLOCK_ROLLBACK', false],
  ] as const)('by %s ms is %s', async (ahead, code, isTransient) => {
    await heer(ahead);
    const before = await stateOf('heer_node_state');
    const failure = await failureOf(timed.query('SELECT heerid_next_desc()'));
    expect(failure).toMatchObject({ code, isTransient });
    expect(failure.message).toMatch(new RegExp(`node 1\\b`));
    expect(failure.message).toContain(`${ahead} ms`);
    expect(await stateOf('heer_node_state')).toEqual(before);
  });

  test.each([
    [1n, 'ID_GEN_LOGICAL_DRIFT'],
    [1_999n, 'ID_GEN_LOGICAL_DRIFT'],
    [2_000n, 'ID_GEN_CLOCK_ROLLBACK'],
    [49_999n, 'ID_GEN_CLOCK_ROLLBACK'],
    [50_000n, 'ID_GEN_HARD_CLOCK_ROLLBACK'],
    [10n ** 28n, 'ID_GEN_HARD_CLOCK_ROLLBACK'],
  ] as const)('by %s us is %s for RanjIds', async (ahead, code) => {
    await ranj(ahead);
    expect(await failureOf(timed.query('SELECT ranjid_next()'))).toMatchObject({
      code,
      message: expect.stringContaining(`${ahead} us`) as unknown,
    });
  });

  test('gives ids again once it has caught up', async () => {
    await heer(1n);
    expect(await codeOf(timed.query('SELECT heerid_next()'))).toBe('ID_GEN_LOGICAL_DRIFT');
    await setClock(10_001_000n);
    expect(HeerId.parts(HeerId.parse((await idsOf(timed, 'generate_ids(1)'))[0]))).toEqual({
      timestampMs: 10_001n,
      nodeId: 1,
      sequence: 6,
    });
  });

  test('fails an insert through the column default, which leaves no row', async () => {
    await timed.query('CREATE TABLE IF NOT EXISTS late (id bigint PRIMARY KEY DEFAULT heerid_next_desc(), n integer)');
    await heer(60n);
    expect(await codeOf(timed.query('INSERT INTO late (n) VALUES (1)'))).toBe('ID_GEN_HARD_CLOCK_ROLLBACK');
    expect((await timed.query('SELECT FROM late')).rowCount).toBe(0);
  });
});

describe('under the names of the generators', () => {
  const kinds = [
    ['heerId', HeerId],
    ['heerIdDesc', HeerIdDesc],
    ['ranjId', RanjId],
    ['ranjIdDesc', RanjIdDesc],
  ] as const;

  test.each(kinds)('20,000 ids of kind %s are consecutive, of the node, and in logical order', async (kind, codec) => {
    const client = await bound(7);
    const { rows } = await client.query<{ id: string }>(KEY_GENERATORS[kind].batchSql, [20_000]);
    const parts = rows.map(
      (row) => codec.parts(codec.parse(row.id) as never) as { timestampMs?: bigint; timestamp?: bigint; nodeId: number; sequence: number },
    );
    const capacity = BigInt(codec.MAX_SEQUENCE + 1);
    const places = parts.map((part) => (part.timestampMs ?? part.timestamp!) * capacity + BigInt(part.sequence));
    expect(places.every((place, at) => place === places[0]! + BigInt(at))).toBe(true);
    expect(parts.every((part) => part.nodeId === 7)).toBe(true);
    expect(places).toHaveLength(20_000);
    await client.end();
  });

  test.each(kinds)('one id of kind %s after another are increasing in logical order', async (kind, codec) => {
    const client = await bound(1);
    const ids: string[] = [];
    for (let n = 0; n < 50; n++) ids.push((await client.query<{ id: string }>(KEY_GENERATORS[kind].oneSql)).rows[0]!.id);
    const step = kind.endsWith('Desc') ? 1 : -1;
    for (let at = 1; at < ids.length; at++)
      expect(codec.compare(codec.parse(ids[at - 1]) as never, codec.parse(ids[at]) as never)).toBe(step);
    await client.end();
  });

  test('bindings, counts and nodes are checked as ever', async () => {
    const client = await server.connect();
    for (const call of ['heerid_next()', 'ranjid_next_desc()', 'generate_id()', 'generate_ids_desc(2)']) {
      expect(await codeOf(client.query(`SELECT ${call}`))).toBe('ID_GEN_NODE_NOT_SET');
    }
    for (const [call, code] of [
      ['generate_id(99)', 'ID_GEN_NODE_INACTIVE'],
      ['generate_id(512)', 'ID_GEN_NODE_OUT_OF_RANGE'],
      ['generate_id(NULL)', 'ID_GEN_NODE_OUT_OF_RANGE'],
      ['generate_ranjid(32768)', 'ID_GEN_NODE_OUT_OF_RANGE'],
      ['generate_ids(1, 0)', 'ID_GEN_BAD_COUNT'],
      ['generate_ranjids(1, NULL::integer)', 'ID_GEN_BAD_COUNT'],
      ['generate_ranjids(30000, 3)', 'nothing raised'],
    ] as const) {
      expect(await codeOf(client.query(`SELECT ${call}`))).toBe(code);
    }
    await client.end();
  });

  test('a call writes its state once', async () => {
    const client = await bound(1);
    await client.query('BEGIN');
    const versions = async (): Promise<string> =>
      (await client.query<{ n: string }>("SELECT n_tup_upd AS n FROM pg_stat_xact_user_tables WHERE relname = 'heer_node_state'")).rows[0]!
        .n;
    const before = Number(await versions());
    await client.query('SELECT count(*) FROM generate_ids(50000)');
    expect(Number(await versions()) - before).toBe(1);
    await client.query('COMMIT');
    // The batch is six milliseconds ahead.
    await client.query('SELECT pg_sleep(0.02)');
    await client.end();
  });

  test('ids of a transaction that was rolled back may be handed out again', async () => {
    await setClock(20_000_000n);
    await timed.query('BEGIN');
    const first = await idsOf(timed, 'generate_ids(3)');
    await timed.query('ROLLBACK');
    expect(await idsOf(timed, 'generate_ids(3)')).toEqual(first);
  });

  test('a role that owns nothing inserts with the documented grants, and chooses nothing', async () => {
    await admin.query(`REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC; CREATE ROLE clerk; ${heerGrantsSql('clerk')};
      CREATE TABLE clerks (id bigint PRIMARY KEY DEFAULT heerid_next_desc(), r uuid DEFAULT ranjid_next_desc(), n integer); GRANT INSERT ON clerks TO clerk`);
    const client = await bound(1);
    await client.query('SET SESSION AUTHORIZATION clerk');
    await client.query('INSERT INTO clerks (n) SELECT generate_series(1, 100)');
    await client.query('SELECT generate_id(), generate_ranjid(), count(*) FROM generate_ids_desc(10)');
    expect(await codeOf(client.query("SELECT heer_use_allocator('lockFree')"))).toBe('42501');
    await client.end();
  });
});

describe('a node that many share', () => {
  test('gives sixteen connections no id twice, and every batch without a gap', async () => {
    await admin.query('CREATE UNLOGGED TABLE shared (id bigint NOT NULL, batch integer NOT NULL)');
    const clients = await Promise.all(Array.from({ length: 16 }, () => bound(7)));
    await Promise.all(
      clients.map(async (client, at) => {
        for (let round = 0; round < 20; round++) {
          const insert = `INSERT INTO shared SELECT id, ${at * 100 + round} FROM generate_ids(500)`;
          // A batch leaves the clock behind by a tick at most; what comes then is told to try again.
          for (;;) {
            const code = await codeOf(client.query(insert));
            if (code === 'nothing raised') break;
            expect(code).toMatch(/^ID_GEN_(LOGICAL_DRIFT|CLOCK_ROLLBACK)$/);
          }
        }
      }),
    );
    await Promise.all(clients.map((client) => client.end()));
    const { rows } = await admin.query('SELECT count(*)::int AS made, count(DISTINCT id)::int AS distinct FROM shared');
    expect(rows).toEqual([{ made: 160_000, distinct: 160_000 }]);
    const gaps = await admin.query(`SELECT FROM (SELECT max(place) - min(place) + 1 - count(*) AS gap
      FROM (SELECT batch, heerid_timestamp_ms(id) * 8192 + heerid_sequence(id) AS place FROM shared) p GROUP BY batch) g WHERE gap <> 0`);
    expect(gaps.rowCount).toBe(0);
  }, 60_000);

  test('makes a second transaction wait for the first, and another node does not', async () => {
    const [first, second, third] = await Promise.all([bound(1), bound(1), bound(7)]);
    await first.query('BEGIN');
    await first.query('SELECT heerid_next()');
    await third.query("SET lock_timeout = '1s'");
    await third.query('SELECT heerid_next()');
    await second.query("SET lock_timeout = '50ms'");
    await expect(second.query('SELECT heerid_next()')).rejects.toMatchObject({ code: '55P03' });
    await first.query('COMMIT');
    await second.query('SELECT heerid_next()');
    await Promise.all([first, second, third].map((client) => client.end()));
  });

  test('is a serialization failure for a transaction with an older snapshot', async () => {
    const [old, other] = await Promise.all([bound(1), bound(1)]);
    await old.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
    await other.query('SELECT heerid_next()');
    await expect(old.query('SELECT heerid_next()')).rejects.toMatchObject({ code: '40001' });
    await old.query('ROLLBACK');
    await Promise.all([old, other].map((client) => client.end()));
  });

  test('gets its state at the first id, from several connections at once', async () => {
    await registerNode(contextOver(admin), { nodeId: 40, name: 'forty' });
    expect((await admin.query('SELECT FROM heer_node_state WHERE node_id = 40')).rowCount).toBe(0);
    const clients = await Promise.all(Array.from({ length: 6 }, () => bound(40)));
    const made = await Promise.all(
      clients.map(async (client) => (await client.query<{ id: string }>('SELECT heerid_next() AS id')).rows[0]!.id),
    );
    expect(new Set(made).size).toBe(6);
    await Promise.all(clients.map((client) => client.end()));
  });
});
