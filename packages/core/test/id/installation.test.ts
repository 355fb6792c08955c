// Versions of the bootstrap on top of each other, and the choice between the allocators on a database in use.

import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkHeer, fetchInstallation, useAllocator } from '../../src/db/heer-installation.ts';
import { installHeer, registerNode, seedDefaultNode } from '../../src/db/heer-node.ts';
import { HEER_VERSION, heerBootstraps, type HeerAllocator, type HeerBootstrap } from '../../src/id/bootstrap-sql.ts';
import { heerFunctions } from '../../src/id/grants.ts';
import { HeerId } from '../../src/id/heer-id.ts';
import { heerNodeSettings } from '../../src/id/node-binding.ts';
import { idErrorOfSqlState } from '../../src/id/sqlstate.ts';
import { contextOver, startServer, type TestServer } from '../support/server.ts';

const [version1, version2] = [...heerBootstraps()] as [HeerBootstrap, HeerBootstrap];

let server: TestServer;
let count = 0;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.stop());

interface Fresh {
  readonly client: pg.Client;
  connect(nodeId?: number): Promise<pg.Client>;
}

async function freshDatabase(...scripts: string[]): Promise<Fresh> {
  const name = `installation_${count++}`;
  await server.createDatabase(name);
  const connect = (nodeId = 1): Promise<pg.Client> => server.connect(name, heerNodeSettings({ nodeId }));
  const client = await connect();
  for (const script of scripts) await client.query(script);
  return { client, connect };
}

/** Every function of version 1 as the catalog spells it. */
async function definitions(client: pg.Client, version = 1): Promise<Record<string, string>> {
  const { rows } = await client.query<{ name: string; text: string }>(
    'SELECT name, pg_get_functiondef(to_regprocedure(name)) AS text FROM unnest($1::text[]) AS f(name)',
    [heerFunctions(version)],
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.text]));
}

const allocatorOf = async (client: pg.Client): Promise<string> =>
  (await client.query<{ allocator: string }>('SELECT allocator FROM heer_config')).rows[0]!.allocator;
/** The first id of the strict allocator after a choice is of the next tick, and the second may have to wait for it. */
async function nextId(client: pg.Client): Promise<string> {
  for (;;) {
    try {
      return (await client.query<{ id: string }>('SELECT heerid_next() AS id')).rows[0]!.id;
    } catch (error) {
      if ((error as { code?: string }).code !== '50021') throw error;
    }
  }
}

async function codeOf(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => null,
    (failure: unknown) => failure as { code?: string; message: string },
  );
  return error === null ? 'nothing raised' : (idErrorOfSqlState(error.code ?? '', error)?.code ?? `${error.code}`);
}

/** Waits until a backend of the database waits for a relation. Not from pg_stat_activity, which stays as it is within a transaction. */
async function untilSomebodyWaits(client: pg.Client): Promise<void> {
  const waiting = async (): Promise<boolean> =>
    (
      await client.query(
        "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'relation' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
      )
    ).rowCount! > 0;
  while (!(await waiting()));
}

describe('version 2', () => {
  test('upgrades a database of version 1, whose rows and generators stay as they are', async () => {
    const { client } = await freshDatabase(version1.sql);
    const ctx = contextOver(client);
    await registerNode(ctx, { nodeId: 1, name: 'one' });
    await client.query('CREATE TABLE notes (id bigint PRIMARY KEY DEFAULT heerid_next_desc(), n integer)');
    await client.query('INSERT INTO notes (n) SELECT generate_series(1, 500)');
    const rows = (await client.query('SELECT * FROM notes ORDER BY id')).rows;
    const before = await definitions(client);
    expect(await fetchInstallation(ctx)).toEqual({ version: 1, allocator: 'lockFree', epoch: new Date('2026-01-01T00:00:00Z') });
    expect(await checkHeer(ctx)).toMatchObject([{ kind: 'version' }]);

    await client.query(version2.sql);
    expect((await client.query('SELECT * FROM notes ORDER BY id')).rows).toEqual(rows);
    expect(await definitions(client)).toEqual(before);
    expect(await fetchInstallation(ctx)).toEqual({ version: HEER_VERSION, allocator: 'lockFree', epoch: new Date('2026-01-01T00:00:00Z') });
    expect(await checkHeer(ctx)).toEqual([]);
    await client.query('INSERT INTO notes (n) VALUES (501)');
  });

  test('is idempotent', async () => {
    const { client } = await freshDatabase(version1.sql, version2.sql);
    const before = await definitions(client, 2);
    await client.query(version2.sql);
    expect(await definitions(client, 2)).toEqual(before);
    expect(await checkHeer(contextOver(client))).toEqual([]);
  });

  test('wants version 1, the epoch of the database, and no later version', async () => {
    const { client: empty } = await freshDatabase();
    expect(await codeOf(empty.query(version2.sql))).toBe('55000');
    const { client } = await freshDatabase(version1.sql);
    expect(await codeOf(client.query(heerBootstraps({ after: 1, epoch: new Date('2020-01-01T00:00:00Z') })[0]!.sql))).toBe('55000');
    await client.query(version2.sql);
    await client.query('UPDATE heer_config SET bootstrap_version = 3');
    expect(await codeOf(client.query(version2.sql))).toBe('55000');
    await expect(installHeer(contextOver(client))).rejects.toMatchObject({ code: '55000' });
    expect(await checkHeer(contextOver(client))).toMatchObject([{ kind: 'version' }]);
    await client.query('DELETE FROM heer_config');
    expect(await codeOf(client.query(version2.sql))).toBe('ID_GEN_NOT_CONFIGURED');
    expect(await fetchInstallation(contextOver(client))).toBeNull();
  });

  test('goes into another schema, and waits for nobody who reads the configuration when it runs again', async () => {
    const { client, connect } = await freshDatabase();
    const ctx = contextOver(client);
    await installHeer(ctx, { schema: 'Ids', allocator: 'strict' });
    await seedDefaultNode(ctx, { schema: 'Ids' });
    expect(await fetchInstallation(ctx, { schema: 'Ids' })).toMatchObject({ version: HEER_VERSION, allocator: 'strict' });
    expect(await checkHeer(ctx, { schema: 'Ids', allocator: 'strict' })).toEqual([]);
    expect((await client.query("SELECT FROM pg_proc WHERE pronamespace = 'public'::regnamespace")).rowCount).toBe(0);
    const reader = await connect();
    await reader.query('BEGIN; SELECT "Ids".heerid_next()');
    await client.query("SET lock_timeout = '2s'");
    await installHeer(ctx, { schema: 'Ids' });
    await reader.query('COMMIT');
    expect(await fetchInstallation(ctx)).toBeNull();
    expect(await checkHeer(ctx)).toMatchObject([{ kind: 'absent' }]);
  });
});

describe('the choice of an allocator', () => {
  const fresh = async (allocator?: HeerAllocator): Promise<Fresh> => {
    const database = await freshDatabase();
    await installHeer(contextOver(database.client), allocator === undefined ? {} : { allocator });
    await seedDefaultNode(contextOver(database.client));
    return database;
  };
  /** Retries what the strict allocator refuses while it is ahead of the clock. */
  const choose = async (client: pg.Client, allocator: HeerAllocator): Promise<void> => {
    for (;;) {
      const code = await codeOf(useAllocator(contextOver(client), allocator));
      if (code === 'nothing raised') return;
      expect(code).toMatch(/^ID_GEN_(LOGICAL_DRIFT|CLOCK_ROLLBACK)$/);
    }
  };

  test('there and back leaves every function as version 1 made it, and the defaults of columns in place', async () => {
    const { client } = await fresh();
    await client.query('CREATE TABLE t (id bigint PRIMARY KEY DEFAULT heerid_next_desc(), r uuid DEFAULT ranjid_next_desc(), n integer)');
    const before = await definitions(client);
    const insert = 'INSERT INTO t (n) SELECT generate_series(1, 1000)';
    await client.query(insert);
    await choose(client, 'strict');
    expect(
      Object.entries(await definitions(client))
        .filter(([name, text]) => before[name] !== text)
        .map(([name]) => name)
        .sort(),
    ).toEqual([
      'generate_ids(integer, integer, boolean)',
      'generate_ranjids(integer, integer, boolean)',
      'heer_ranjid_draw(bigint, bigint)',
      'heerid_next()',
    ]);
    expect(await checkHeer(contextOver(client), { allocator: 'strict' })).toEqual([]);
    await client.query(insert);
    await choose(client, 'lockFree');
    expect(await definitions(client)).toEqual(before);
    expect(await checkHeer(contextOver(client), { allocator: 'lockFree' })).toEqual([]);
    await client.query(insert);
    expect((await client.query('SELECT count(DISTINCT id)::int AS ids, count(DISTINCT r)::int AS ranj FROM t')).rows).toEqual([
      { ids: 3000, ranj: 3000 },
    ]);
  });

  test('is kept by another installation, and by version 1 and 2 run again', async () => {
    const { client } = await fresh('strict');
    await installHeer(contextOver(client));
    expect(await checkHeer(contextOver(client), { allocator: 'strict' })).toEqual([]);
    await client.query(version1.sql);
    // Version 1 knows of no choice. Its generators cannot work here: no id is made that the strict allocator might make too.
    expect(await checkHeer(contextOver(client))).toMatchObject(Array.from({ length: 4 }, () => ({ kind: 'generators' })));
    expect(await codeOf(client.query('SELECT heerid_next()'))).toBe('2200H');
    expect(await codeOf(client.query('SELECT ranjid_next()'))).toBe('2200H');
    await client.query(version2.sql);
    expect(await checkHeer(contextOver(client), { allocator: 'strict' })).toEqual([]);
    await nextId(client);
  });

  test('of the strict one begins after what the lock-free one made, and the way back after the clock', async () => {
    const { client } = await fresh();
    const ids: bigint[] = [];
    for (const allocator of ['strict', 'lockFree', 'strict', 'lockFree'] as const) {
      for (let n = 0; n < 20; n++) ids.push(BigInt(await nextId(client)));
      await choose(client, allocator);
    }
    for (let n = 0; n < 20; n++) ids.push(BigInt(await nextId(client)));
    const ticks = ids.map((id) => id >> 22n);
    expect(new Set(ids).size).toBe(ids.length);
    // Between two allocators the tick is a later one.
    for (let at = 20; at < ids.length; at += 20) expect(ticks[at]! > ticks[at - 1]!).toBe(true);
  });

  test('of the lock-free one is refused while the strict one is ahead of the clock', async () => {
    const { client } = await fresh('strict');
    await nextId(client);
    const ahead = async (ms: number): Promise<unknown> =>
      client.query(
        "UPDATE heer_node_state SET last_id_time = (date_part('epoch', clock_timestamp()) * 1000)::bigint - 1767225600000 + $1::integer",
        [ms],
      );
    await ahead(10_000);
    expect(await codeOf(useAllocator(contextOver(client), 'lockFree'))).toBe('ID_GEN_HARD_CLOCK_ROLLBACK');
    expect(await allocatorOf(client)).toBe('strict');
    await ahead(40);
    await choose(client, 'lockFree');
    expect(await allocatorOf(client)).toBe('lockFree');
  });

  test('waits for transactions that have made ids, whose next statement uses the other', async () => {
    const { client, connect } = await fresh();
    const writer = await connect(),
      chooser = await connect();
    for (const [chosen, other] of [
      ['strict', 'lockFree'],
      ['lockFree', 'strict'],
    ] as const) {
      await writer.query('BEGIN');
      await nextId(writer);
      const choice = choose(chooser, chosen);
      await untilSomebodyWaits(client);
      expect(await allocatorOf(client)).toBe(other);
      await writer.query('COMMIT');
      await choice;
      expect(await allocatorOf(client)).toBe(chosen);
      await nextId(writer);
      // An error would end the transaction of the next round.
      await client.query('SELECT pg_sleep(0.005)');
    }
  });

  test('a statement that began with the other allocator makes no id with it', async () => {
    const { client, connect } = await fresh();
    const late = await connect();
    for (const [chosen, code] of [
      ['strict', '2200H'],
      ['lockFree', 'ID_GEN_NOT_CONFIGURED'],
    ] as const) {
      // The late statement is inside the generator's body, waiting for the lock that the choice holds.
      await client.query('BEGIN');
      for (;;) {
        await client.query('SAVEPOINT s');
        const done = (await codeOf(client.query('SELECT heer_use_allocator($1)', [chosen]))) === 'nothing raised';
        if (done) break;
        await client.query('ROLLBACK TO s');
      }
      const pending = codeOf(late.query('SELECT heerid_next()'));
      await untilSomebodyWaits(client);
      await client.query('COMMIT');
      expect(await pending).toBe(code);
      await nextId(late);
    }
  });

  test('does not let the one that is not chosen be called by its own name', async () => {
    const { client } = await fresh();
    expect(await codeOf(client.query('SELECT heer_strict_ids(1, 1)'))).toBe('ID_GEN_NOT_CONFIGURED');
    expect(await codeOf(client.query('SELECT heer_strict_ranjids(1, 1)'))).toBe('ID_GEN_NOT_CONFIGURED');
  });

  test('of another name, or without a configuration, is an error', async () => {
    const { client } = await fresh();
    for (const name of ['strictest', null]) expect(await codeOf(client.query('SELECT heer_use_allocator($1)', [name]))).toBe('22023');
    await client.query('DELETE FROM heer_config');
    expect(await codeOf(useAllocator(contextOver(client), 'strict'))).toBe('ID_GEN_NOT_CONFIGURED');
  });

  test('under load gives nobody an id twice', async () => {
    const { client, connect } = await fresh();
    await client.query('CREATE UNLOGGED TABLE loaded (id bigint NOT NULL, r uuid NOT NULL)');
    const writers = await Promise.all(Array.from({ length: 6 }, () => connect()));
    const known = /^(nothing raised|2200H|40P01|ID_GEN_(LOGICAL_DRIFT|CLOCK_ROLLBACK|NOT_CONFIGURED))$/;
    let isOver = false,
      attempts = 0,
      attempted = (): void => undefined;
    const writing = writers.map(async (writer) => {
      while (!isOver) {
        expect(await codeOf(writer.query('INSERT INTO loaded SELECT heerid_next(), ranjid_next() FROM generate_series(1, 20)'))).toMatch(
          known,
        );
        attempts++;
        attempted();
      }
    });
    for (let round = 0; round < 6; round++) {
      const chosen = round % 2 === 0 ? 'strict' : 'lockFree';
      for (;;) {
        const code = await codeOf(useAllocator(contextOver(client), chosen));
        expect(code).toMatch(known);
        if (code === 'nothing raised') break;
      }
      // Everybody has written with the allocator that was chosen before the next one is.
      for (const enough = attempts + 3 * writers.length; attempts < enough;) await new Promise<void>((done) => (attempted = done));
    }
    isOver = true;
    await Promise.all(writing);
    const { rows } = await client.query<{ made: number; ids: number; ranj: number }>(
      'SELECT count(*)::int AS made, count(DISTINCT id)::int AS ids, count(DISTINCT r)::int AS ranj FROM loaded',
    );
    expect(rows[0]!.made).toBeGreaterThan(100);
    expect(rows[0]).toEqual({ made: rows[0]!.made, ids: rows[0]!.made, ranj: rows[0]!.made });
  });
});

describe('checkHeer', () => {
  test('names what is missing or changed', async () => {
    const { client } = await freshDatabase(version1.sql, version2.sql);
    const ctx = contextOver(client);
    expect(await checkHeer(ctx, { allocator: 'strict' })).toMatchObject([{ kind: 'allocator' }]);
    await client.query(
      'DROP FUNCTION heerid_to_asc(bigint) CASCADE; ALTER SEQUENCE heer_sequence CACHE 10; ALTER SEQUENCE heer_ranj_sequence NO CYCLE',
    );
    const problems = await checkHeer(ctx);
    expect(problems.map(({ kind, message }) => `${kind} ${/(heer|ranj)[a-z_]+/.exec(message)![0]}`).sort()).toEqual([
      'missing heerid_desc_date',
      'missing heerid_desc_to_ranjid_desc',
      'missing heerid_to_asc',
      'sequence heer_ranj_sequence',
      'sequence heer_sequence',
    ]);
    await client.query(`ALTER SEQUENCE heer_sequence CACHE 1; ALTER SEQUENCE heer_ranj_sequence CYCLE`);
    await installHeer(ctx);
    expect(await checkHeer(ctx)).toEqual([]);
    await expect(checkHeer(ctx, { schema: 'a"b' })).rejects.toMatchObject({ code: 'VALIDATION' });
  });
});

test('ids of a strict database are read like all others', async () => {
  const { client } = await freshDatabase();
  await installHeer(contextOver(client), { allocator: 'strict' });
  await seedDefaultNode(contextOver(client));
  const id = HeerId.parse(await nextId(client));
  expect(HeerId.parts(id).nodeId).toBe(1);
  expect(Math.abs(HeerId.toDate(id).getTime() - Date.now())).toBeLessThan(60_000);
});
