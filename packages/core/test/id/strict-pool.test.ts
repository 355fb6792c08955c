// The strict allocator as an application meets it: through a pool, models and their errors.

import { beforeAll, describe, expect, test } from 'vitest';
import { checkHeer, fetchInstallation, useAllocator } from '../../src/db/heer-installation.ts';
import { installHeer, registerNode, seedDefaultNode } from '../../src/db/heer-node.ts';
import { isTransient } from '../../src/error/error.ts';
import { f, HeerIdDesc, model } from '../../src/index.ts';
import type { Pool } from '../../src/pool.ts';
import { raw, rejection, runtimeServer } from '../support/runtime-server.ts';

class Letter extends model('letters', { text: f.text() }, { timestamps: false }) {}

const server = runtimeServer();
const strictPool = (): Promise<Pool> => server.pool({ heer: { nodeId: 1, verify: true } });

beforeAll(async () => {
  const ctx = server.admin().context();
  await installHeer(ctx, { allocator: 'strict' });
  await seedDefaultNode(ctx);
  await registerNode(ctx, { nodeId: 2, name: 'two' });
  await raw(ctx).script('CREATE TABLE letters (id bigint PRIMARY KEY DEFAULT heerid_next_desc(), text text NOT NULL)');
});

const shift = (milliseconds: number): Promise<unknown> =>
  raw(server.admin().context()).script(
    `UPDATE heer_node_state SET last_id_time = (date_part('epoch', clock_timestamp()) * 1000)::bigint - 1767225600000 + ${milliseconds} WHERE node_id = 1`,
  );

describe('through a pool the strict allocator', () => {
  test('is what a pool with heer.verify finds, and refuses a node that is not registered', async () => {
    const ctx = (await strictPool()).context();
    expect(await fetchInstallation(ctx)).toMatchObject({ allocator: 'strict' });
    expect(await checkHeer(ctx, { allocator: 'strict' })).toEqual([]);
    expect(await rejection(server.pool({ heer: { nodeId: 3, verify: true } }))).toMatchObject({ code: 'ID_GEN_NODE_INACTIVE' });
  });

  test('gives 20,000 ids in order, and create goes on once the clock has caught up', async () => {
    const ctx = (await strictPool()).context();
    const ids = await Letter.nextIds(ctx, 20_000);
    expect(new Set(ids).size).toBe(20_000);
    expect(ids.every((id, at) => at === 0 || HeerIdDesc.compare(ids[at - 1]!, id) === 1)).toBe(true);
    const letter = await ctx.retry((again) => Letter.create(again, { text: 'after many' }), { attempts: 5 });
    expect(HeerIdDesc.compare(ids.at(-1)!, letter.id)).toBe(1);
  });

  test('a clock that was set back is an IdError of its own, from a create and from nextId', async () => {
    const ctx = (await strictPool()).context();
    await shift(60_000);
    const failures = [await rejection(Letter.create(ctx, { text: 'late' })), await rejection(Letter.nextId(ctx))];
    for (const failure of failures) {
      expect(failure).toMatchObject({ name: 'IdError', code: 'ID_GEN_HARD_CLOCK_ROLLBACK', sqlState: '50022' });
      expect(isTransient(failure)).toBe(false);
    }
    // Another node is not concerned.
    const other = (await server.pool({ heer: { nodeId: 2 } })).context();
    expect((await Letter.create(other, { text: 'in time' })).text).toBe('in time');
    await shift(-1_000);
    expect((await Letter.create(ctx, { text: 'again' })).text).toBe('again');
  });

  test('is left with ctx.retry, and chosen again, without a change to the model', async () => {
    const ctx = (await strictPool()).context();
    await Letter.nextIds(ctx, 50_000);
    await ctx.retry((again) => useAllocator(again, 'lockFree'), { attempts: 10 });
    const between = await Letter.create(ctx, { text: 'between' });
    await useAllocator(ctx, 'strict');
    const after = await Letter.create(ctx, { text: 'after' });
    expect(HeerIdDesc.compare(between.id, after.id)).toBe(1);
  });

  test('an allocator that does not exist is refused before any SQL', async () => {
    const pool = await strictPool();
    const before = pool.counters().roundTrips;
    await expect(useAllocator(pool.context(), 'fast' as 'strict')).rejects.toMatchObject({ code: 'VALIDATION' });
    expect(pool.counters().roundTrips).toBe(before);
  });
});
