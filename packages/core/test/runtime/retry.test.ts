import { describe, expect, test } from 'vitest';
import { LockConflictError, PoolError } from '../../src/error/database-error.ts';
import { baseDelayMs } from '../../src/pool.ts';
import { int, raw, rejection, run, runtimeServer } from '../support/runtime-server.ts';

const server = runtimeServer('CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL CHECK (balance >= 0))');

const conflict = (reason: 'serialization' | 'deadlock' | 'lock' | 'version' = 'serialization') => new LockConflictError('x', { reason });

describe('ctx.retry', () => {
  test('resolves with the first success and calls no more', async () => {
    const ctx = (await server.pool()).context();
    let calls = 0;
    expect(
      await ctx.retry(
        async (again) => {
          calls++;
          expect(again).toBe(ctx);
          if (calls < 3) throw conflict();
          return calls;
        },
        { attempts: 5, backoff: 'none' },
      ),
    ).toBe(3);
  });

  test('rethrows the last transient error after all attempts', async () => {
    const ctx = (await server.pool()).context();
    const errors = [conflict(), conflict()];
    let calls = 0;
    expect(await rejection(ctx.retry(() => Promise.reject(errors[calls++]!), { attempts: 2, backoff: 'none' }))).toBe(errors[1]);
    expect(calls).toBe(2);
  });

  test('rethrows a terminal error at once', async () => {
    const ctx = (await server.pool()).context();
    let calls = 0;
    expect(
      await rejection(
        ctx.retry(
          (ctx) => {
            calls++;
            return run(ctx, 'SELECT 1/0');
          },
          { attempts: 5 },
        ),
      ),
    ).toMatchObject({ sqlState: '22012' });
    expect(calls).toBe(1);
  });

  test.each([0, -1, 1.5, Number.NaN, '3', Infinity])('refuses attempts %s with VALIDATION', async (attempts) => {
    const ctx = (await server.pool({ lazy: true })).context();
    expect(await rejection(ctx.retry(async () => 1, { attempts: attempts as number }))).toMatchObject({
      code: 'VALIDATION',
      issues: [{ path: 'attempts' }],
    });
  });

  test('refuses delays out of range with VALIDATION', async () => {
    const ctx = (await server.pool({ lazy: true })).context();
    const error = await rejection(ctx.retry(async () => 1, { attempts: 1, backoff: { initialMs: -1, maxMs: 0.5, jitterMs: Number.NaN } }));
    expect(error.issues.map((issue) => issue.path)).toEqual(['backoff.initialMs', 'backoff.maxMs', 'backoff.jitterMs']);
  });

  test('a signal interrupts the wait', async () => {
    const ctx = (await server.pool({ lazy: true })).context();
    const controller = new AbortController();
    const started = performance.now();
    const running = rejection(
      ctx.retry(
        () => {
          setTimeout(() => controller.abort('enough'), 5);
          return Promise.reject(conflict());
        },
        { attempts: 9, backoff: { initialMs: 60_000, maxMs: 60_000 }, signal: controller.signal },
      ),
    );
    expect(await running).toMatchObject({ code: 'ABORTED', cause: 'enough' });
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test('fifty serializable transfers at once keep the total', { timeout: 60_000 }, async () => {
    const ctx = (await server.pool({ max: 8 })).context();
    await run(ctx, 'TRUNCATE accounts');
    await run(ctx, 'INSERT INTO accounts SELECT g, 100 FROM generate_series(1, 5) AS g');
    let attempts = 0;
    const transfer = (from: number, to: number) =>
      ctx.retry(
        (c) =>
          c.atomic(
            async (tx) => {
              attempts++;
              const balance = await int(tx, 'SELECT balance FROM accounts WHERE id = $1::int', [from]);
              const other = await int(tx, 'SELECT balance FROM accounts WHERE id = $1::int', [to]);
              await run(tx, 'UPDATE accounts SET balance = $2::int WHERE id = $1::int', [from, balance - 1]);
              await run(tx, 'UPDATE accounts SET balance = $2::int WHERE id = $1::int', [to, other + 1]);
            },
            { isolation: 'serializable' },
          ),
        { attempts: 200, backoff: { initialMs: 1, maxMs: 20, jitterMs: 10 } },
      );
    await Promise.all(Array.from({ length: 50 }, (_, at) => transfer(1 + (at % 5), 1 + ((at + 1) % 5))));
    expect(await int(ctx, 'SELECT sum(balance)::int FROM accounts')).toBe(500);
    expect(attempts).toBeGreaterThan(50);
  });

  test('each attempt has its own transaction and its own commit callbacks', async () => {
    const ctx = (await server.pool()).context();
    const committed: number[] = [];
    let attempt = 0;
    await ctx.retry(
      (c) =>
        c.atomic(async (tx) => {
          const mine = ++attempt;
          tx.onCommit(() => committed.push(mine));
          await run(tx, 'SELECT');
          if (mine < 3) throw conflict();
        }),
      { attempts: 3, backoff: 'none' },
    );
    expect(committed).toEqual([3]);
  });
});

describe('tx.retry', () => {
  test('retries a lock that was not available in a savepoint, and the transaction goes on', async () => {
    const ctx = (await server.pool({ max: 2 })).context();
    await run(ctx, 'TRUNCATE accounts');
    await run(ctx, 'INSERT INTO accounts VALUES (1, 1)');
    const held = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const holder = ctx.atomic(async (tx) => {
      await run(tx, 'UPDATE accounts SET balance = 2 WHERE id = 1');
      held.resolve();
      await release.promise;
    });
    await held.promise;
    let attempts = 0;
    const balance = await ctx.atomic(async (tx) => {
      await run(tx, 'INSERT INTO accounts VALUES (2, 1)');
      const seen = await tx.retry(
        async (inner) => {
          if (++attempts === 2) {
            release.resolve();
            await holder;
          }
          return int(inner, 'SELECT balance FROM accounts WHERE id = 1 FOR UPDATE NOWAIT');
        },
        { attempts: 3, backoff: 'none' },
      );
      await run(tx, 'INSERT INTO accounts VALUES (3, 1)');
      return seen;
    });
    expect({ balance, attempts }).toEqual({ balance: 2, attempts: 2 });
    expect(await int(ctx, 'SELECT count(*)::int FROM accounts')).toBe(3);
  });

  test.each(['serialization', 'deadlock'] as const)('rethrows %s without a retry', async (reason) => {
    const ctx = (await server.pool()).context();
    let calls = 0;
    await rejection(
      ctx.atomic(async (tx) => {
        await run(tx, 'SELECT');
        await tx.retry(
          () => {
            calls++;
            return Promise.reject(conflict(reason));
          },
          { attempts: 5, backoff: 'none' },
        );
      }),
    );
    expect(calls).toBe(1);
  });

  test('retries a transient failure of the id generators', async () => {
    const ctx = (await server.pool()).context();
    await raw(ctx).script(`CREATE SEQUENCE IF NOT EXISTS tries; CREATE OR REPLACE FUNCTION flaky() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
      IF nextval('tries') < 3 THEN RAISE EXCEPTION 'node 1 is 1 ms ahead' USING ERRCODE = '50021'; END IF; RETURN 7; END $$`);
    expect(await ctx.atomic((tx) => tx.retry((inner) => int(inner, 'SELECT flaky()'), { attempts: 5, backoff: { initialMs: 1 } }))).toBe(7);
  });
});

describe('baseDelayMs', () => {
  test('doubles from the initial delay of its kind up to the cap', () => {
    expect([1, 2, 3, 9].map((failures) => baseDelayMs(conflict(), failures))).toEqual([5, 10, 20, 1000]);
    expect([1, 2, 6].map((failures) => baseDelayMs(new PoolError('POOL_TIMEOUT', 'x', { phase: 'wait' }), failures))).toEqual([
      50, 100, 1000,
    ]);
    expect(baseDelayMs(conflict(), 3, { initialMs: 1, maxMs: 3 })).toBe(3);
  });

  test('stays finite however many attempts have failed', () => {
    expect(baseDelayMs(conflict(), 5000, { initialMs: 1, maxMs: 2 ** 31 - 1 })).toBe(2 ** 31 - 1);
  });

  test('is undefined for terminal errors', () => {
    expect(baseDelayMs(new PoolError('POOL_CLOSED', 'x'), 1)).toBeUndefined();
    expect(baseDelayMs(new Error('x'), 1)).toBeUndefined();
  });
});
