import type { Context } from '@djogi/core';
import { executorOf } from '@djogi/core/extension';
import { afterAll, describe, expect } from 'vitest';
import { djogiTest, expectRoundTrips, expectStatements, measureCost } from '../../src/index.ts';
import { databasesLike } from '../database/ask.ts';

const test = djogiTest({ extensions: ['pg_trgm'] });
const script = (ctx: Context, sql: string): Promise<string> => executorOf(ctx).script(sql, { operation: 'test' });

const seen: string[] = [];
let adminUrl = '';
afterAll(async () => {
  // The last test's database is dropped before this hook runs.
  expect(new Set(seen).size).toBe(seen.length);
  const left = await databasesLike(adminUrl, 'djogi\\_test\\_%');
  expect(left.filter((name) => seen.includes(name))).toEqual([]);
});

describe('a test', () => {
  test.for([1, 2, 3])('has a database of its own (%i)', async (_, { ctx, db }) => {
    seen.push(db.name);
    const url = new URL(db.url());
    expect(url.pathname).toBe(`/${db.name}`);
    url.pathname = '/postgres';
    adminUrl = url.href;
    await script(ctx, 'CREATE TABLE one (id int)');
    await script(ctx, `DO $$ BEGIN ASSERT current_database() = '${db.name}'; ASSERT similarity('word', 'word') = 1; END $$`);
  });

  test('sees none of what the one before did', async ({ ctx, db }) => {
    seen.push(db.name);
    await script(ctx, 'CREATE TABLE one (id int)');
  });

  test('has its pool behind its context', async ({ ctx, pool, db }) => {
    seen.push(db.name);
    await script(ctx, 'SELECT 1');
    expect(pool.counters().statements).toBeGreaterThan(0);
    expect(db.counters()).toEqual(pool.counters());
  });

  test('that names no fixture makes no database', async () => {
    expect(await databasesLike(adminUrl, 'djogi\\_test\\_%')).toEqual([]);
  });
});

test('refuses an extension name when the test function is made', () => {
  expect(() => djogiTest({ extensions: ['post-gis'] })).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
});

describe('the cost of a piece of code', () => {
  test('passes when it is as expected, and gives the result', async ({ ctx }) => {
    expect(
      await expectStatements(2, async () => {
        await script(ctx, 'SELECT 1');
        await script(ctx, 'SELECT 2');
        return 'done';
      }),
    ).toBe('done');
    expect(await expectRoundTrips(1, () => script(ctx, 'SELECT 1'))).toBe('SELECT');
  });

  test('fails when it is not, with both numbers', async ({ ctx }) => {
    const work = (): Promise<string> => script(ctx, 'SELECT 1');
    await expect(expectStatements(2, work)).rejects.toMatchObject({
      code: 'EXPECTATION',
      expected: 2,
      actual: 1,
      message: 'Expected 2 statements, but it took 1 statement.',
    });
    await expect(expectRoundTrips(0, work)).rejects.toMatchObject({
      code: 'EXPECTATION',
      expected: 0,
      actual: 1,
      message: 'Expected 0 round trips, but it took 1 round trip.',
    });
  });

  test('passes on what the code throws', async ({ ctx }) => {
    await expect(expectStatements(1, () => script(ctx, 'SELECT nonsense'))).rejects.toMatchObject({ code: 'DATABASE' });
  });

  test('is known in bytes as well', async ({ ctx }) => {
    const small = await measureCost(() => script(ctx, 'SELECT 1'));
    const large = await measureCost(() => script(ctx, `SELECT repeat('x', 10000)`));
    expect(large.bytesReceived - small.bytesReceived).toBeGreaterThan(9_900);
    expect(large).toMatchObject({ roundTrips: 1, bytesSent: small.bytesSent + `SELECT repeat('x', 10000)`.length - 'SELECT 1'.length });
  });

  test('asks for the database where no test database is open', async () => {
    await expect(expectStatements(0, () => {})).rejects.toMatchObject({ code: 'EXPECTATION' });
  });
});
