import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, test } from 'vitest';
import { executorOf } from '../../src/db/context.ts';
import { onSlowQuery, type QueryEvent, type TransactionEvent } from '../../src/pool.ts';
import { int, intStatement, raw, rejection, run, runtimeServer } from '../support/runtime-server.ts';

const server = runtimeServer('CREATE TABLE accounts (id int PRIMARY KEY)');

const unsubscribes: (() => void)[] = [];
afterEach(() => {
  for (const leave of unsubscribes.splice(0)) leave();
});

function listen<Event>(name: string): Event[] {
  const events: Event[] = [];
  const handler = (event: unknown): void => void events.push(event as Event);
  subscribe(name, handler);
  unsubscribes.push(() => unsubscribe(name, handler));
  return events;
}

describe('onQuery', () => {
  test('hears of each statement of a pool context, without values', async () => {
    const events: QueryEvent[] = [];
    const ctx = (await server.pool({ onQuery: (event) => events.push(event) })).context();
    await run(ctx, 'SELECT $1::text, pg_sleep(0.02)', ['hunter2']);
    expect(events).toHaveLength(1);
    const { durationMs, waitMs, ...rest } = events[0]!;
    expect(rest).toEqual({ model: 'accounts', operation: 'test', sql: 'SELECT $1::text, pg_sleep(0.02)', rowCount: 1, context: 'pool' });
    expect(durationMs).toBeGreaterThanOrEqual(15);
    expect(waitMs).toBeGreaterThanOrEqual(0);
    expect(JSON.stringify(events)).not.toContain('hunter2');
  });

  test('hears the values only when asked to', async () => {
    const events: QueryEvent[] = [];
    const ctx = (await server.pool({ includeValues: true, onQuery: (event) => events.push(event) })).context();
    const channel = listen<QueryEvent>('djogi:query');
    await run(ctx, 'SELECT $1::text', ['hunter2']);
    expect(events[0]!.values).toEqual(['hunter2']);
    expect(channel).toHaveLength(1);
    expect(JSON.stringify(channel)).not.toContain('hunter2');
  });

  test('hears the reason of raw SQL, and the transaction a statement ran in', async () => {
    const events: QueryEvent[] = [];
    const ctx = (await server.pool({ onQuery: (event) => events.push(event) })).context();
    await ctx.atomic(async (tx) => {
      await run(tx, 'SELECT 1');
      await raw(tx).rows('SELECT 2 AS two');
      await raw(tx).script('SELECT 3');
    });
    await ctx.atomic((tx) => run(tx, 'SELECT 4'));
    expect(events.map(({ operation, context, reason, transactionId }) => ({ operation, context, reason, transactionId }))).toEqual([
      { operation: 'test', context: 'transaction', reason: undefined, transactionId: 't1' },
      { operation: 'raw', context: 'transaction', reason: 'test of the runtime itself', transactionId: 't1' },
      { operation: 'raw', context: 'transaction', reason: 'test of the runtime itself', transactionId: 't1' },
      { operation: 'test', context: 'transaction', reason: undefined, transactionId: 't2' },
    ]);
  });

  test('hears failures with their codes', async () => {
    const events: QueryEvent[] = [];
    const ctx = (await server.pool({ onQuery: (event) => events.push(event) })).context();
    await rejection(run(ctx, 'SELECT 1/0'));
    await rejection(int(ctx, "SELECT 'x'"));
    await rejection(ctx.atomic((tx) => run(tx, 'SELECT 1/0')));
    expect(events.map(({ errorCode, sqlState, rowCount }) => ({ errorCode, sqlState, rowCount }))).toEqual([
      { errorCode: 'DATABASE', sqlState: '22012', rowCount: 0 },
      { errorCode: 'DECODE', sqlState: undefined, rowCount: 0 },
      { errorCode: 'DATABASE', sqlState: '22012', rowCount: 0 },
    ]);
  });

  test('hears of the wait for a connection apart from the duration', async () => {
    const events: QueryEvent[] = [];
    const ctx = (await server.pool({ max: 1, onQuery: (event) => events.push(event) })).context();
    await Promise.all([run(ctx, 'SELECT pg_sleep(0.05)'), run(ctx, 'SELECT 1')]);
    const waited = events.find((event) => event.sql === 'SELECT 1')!;
    expect(waited.waitMs).toBeGreaterThanOrEqual(40);
    expect(waited.durationMs).toBeLessThan(40);
  });

  test('hears of each statement given together, and of a cursor once, with all its rows', async () => {
    const events: QueryEvent[] = [];
    const ctx = (await server.pool({ onQuery: (event) => events.push(event) })).context();
    const calls = ['SELECT 1', 'SELECT 2 UNION SELECT 3'].map((text) => ({ statement: { text, parameters: [], rows: null }, values: [] }));
    await executorOf(ctx).executeAll(calls, { operation: 'all' });
    await ctx.atomic(async (tx) => {
      await executorOf(tx).executeAll(calls, { operation: 'all' });
      const cursor = await executorOf(tx).openCursor(intStatement('SELECT generate_series(1, 5)'), [], { operation: 'stream' });
      await cursor.read(3);
      await cursor.read(3);
      await cursor.close();
    });
    expect(events.map(({ operation, rowCount }) => [operation, rowCount])).toEqual([
      ['all', 1],
      ['all', 2],
      ['all', 1],
      ['all', 2],
      ['stream', 5],
    ]);
  });

  test('that throws or rejects changes nothing', async () => {
    const thrower = (
      await server.pool({
        onQuery: () => {
          throw new Error('observer');
        },
      })
    ).context();
    expect(await int(thrower, 'SELECT 1')).toBe(1);
    const asynchronous: (event: QueryEvent) => unknown = () => Promise.reject(new Error('observer'));
    const rejecter = (await server.pool({ onQuery: asynchronous })).context();
    expect(await int(rejecter, 'SELECT 1')).toBe(1);
  });

  test('gets long texts cut', async () => {
    const events: QueryEvent[] = [];
    const ctx = (await server.pool({ onQuery: (event) => events.push(event) })).context();
    await run(ctx, `SELECT 1 -- ${'x'.repeat(10_000)}`);
    expect(events[0]!.sql.length).toBe(4097);
  });

  test('through onSlowQuery hears only of statements above the threshold', async () => {
    const events: QueryEvent[] = [];
    const ctx = (await server.pool({ onQuery: onSlowQuery(30, (event) => events.push(event)) })).context();
    await run(ctx, 'SELECT 1');
    await run(ctx, 'SELECT pg_sleep(0.04)');
    expect(events.map((event) => event.sql)).toEqual(['SELECT pg_sleep(0.04)']);
  });
});

describe('channels', () => {
  test('djogi:query carries statements of every pool while somebody listens', async () => {
    const ctx = (await server.pool()).context();
    await run(ctx, 'SELECT 1');
    const events = listen<QueryEvent>('djogi:query');
    await run(ctx, 'SELECT 2');
    expect(events.map((event) => event.sql)).toEqual(['SELECT 2']);
  });

  test('djogi:transaction tells how each scope ended', async () => {
    const ctx = (await server.pool()).context();
    const events = listen<TransactionEvent>('djogi:transaction');
    await ctx.atomic(async (tx) => {
      await run(tx, 'SELECT 1');
      await tx.atomic((inner) => run(inner, 'SELECT 2'));
      await rejection(tx.atomic((inner) => run(inner, 'SELECT 1/0')));
    });
    await rejection(
      ctx.atomic(async () => {
        throw new Error('no');
      }),
    );
    expect(events.map(({ outcome, depth, errorCode }) => ({ outcome, depth, errorCode }))).toEqual([
      { outcome: 'committed', depth: 1, errorCode: undefined },
      { outcome: 'rolledBack', depth: 1, errorCode: 'DATABASE' },
      { outcome: 'committed', depth: 0, errorCode: undefined },
      { outcome: 'rolledBack', depth: 0, errorCode: 'UNKNOWN' },
    ]);
    expect(new Set(events.map((event) => event.transactionId)).size).toBe(2);
  });

  test('djogi:warning carries an aborted transaction once', async () => {
    const ctx = (await server.pool()).context();
    const warnings = listen<{ code: string }>('djogi:warning');
    const transactions = listen<TransactionEvent>('djogi:transaction');
    const controller = new AbortController();
    await rejection(
      ctx.atomic(
        async (tx) => {
          await run(tx, 'SELECT 1');
          controller.abort();
          await run(tx, 'SELECT 2');
        },
        { signal: controller.signal },
      ),
    );
    expect(warnings.map((warning) => warning.code)).toEqual(['DJOGI_TRANSACTION_ABORTED']);
    await new Promise((resolve) => setImmediate(resolve));
    expect(transactions.map((event) => event.outcome)).toEqual(['aborted']);
  });
});
