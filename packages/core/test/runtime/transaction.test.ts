import { describe, expect, test } from 'vitest';
import { executorOf, type Context, type TransactionContext } from '../../src/db/context.ts';
import { TransactionError } from '../../src/error/database-error.ts';
import type { Pool } from '../../src/pool.ts';
import { backend, int, intStatement, raw, rejection, run, runtimeServer, until } from '../support/runtime-server.ts';

const server = runtimeServer(`
  CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL CHECK (balance >= 0));
  CREATE TABLE employees (id int PRIMARY KEY, boss int CONSTRAINT employees_boss_fkey REFERENCES employees DEFERRABLE);
`);

const insert = (ctx: Context, id: number, balance = 0) => run(ctx, 'INSERT INTO accounts VALUES ($1::int, $2::int)', [id, balance]);
const count = (ctx: Context) => int(ctx, 'SELECT count(*)::int FROM accounts');

async function fresh(options: Parameters<typeof server.pool>[0] = { max: 2 }): Promise<{ pool: Pool; ctx: Context }> {
  const pool = await server.pool(options);
  const ctx = pool.context();
  await run(ctx, 'TRUNCATE accounts, employees');
  return { pool, ctx };
}

/** Round trips that `work` costs on the pool. */
async function roundTrips(pool: Pool, work: () => Promise<unknown>): Promise<number> {
  const before = pool.counters().roundTrips;
  await work();
  return pool.counters().roundTrips - before;
}

describe('atomic', () => {
  test('commits when the callback resolves, and resolves to its value', async () => {
    const { ctx } = await fresh();
    expect(
      await ctx.atomic(async (tx) => {
        await insert(tx, 1);
        return 'done';
      }),
    ).toBe('done');
    expect(await count(ctx)).toBe(1);
  });

  test('rolls back when the callback throws, and rejects with the very value', async () => {
    const { ctx } = await fresh();
    for (const thrown of [new Error('x'), 'text', undefined, 0]) {
      let caught: unknown = 'nothing';
      await ctx
        .atomic(async (tx) => {
          await insert(tx, 1);
          // oxlint-disable-next-line typescript/only-throw-error -- a callback may throw anything
          throw thrown;
        })
        .catch((error: unknown) => {
          caught = error;
        });
      expect(caught).toBe(thrown);
    }
    expect(await count(ctx)).toBe(0);
  });

  test('rolls back when the callback throws before it returns a promise', async () => {
    const { ctx } = await fresh();
    const thrown = new Error('early');
    expect(
      await rejection(
        ctx.atomic(() => {
          throw thrown;
        }),
      ),
    ).toBe(thrown);
  });

  test('sees nothing of itself outside before the commit', async () => {
    const { ctx } = await fresh();
    await ctx.atomic(async (tx) => {
      await insert(tx, 1);
      expect(await count(tx)).toBe(1);
      expect(await count(ctx)).toBe(0);
    });
  });

  test.each([
    ['readCommitted', 'read committed'],
    ['repeatableRead', 'repeatable read'],
    ['serializable', 'serializable'],
  ] as const)('opens with isolation %s', async (isolation, shown) => {
    const { ctx } = await fresh();
    expect(await ctx.atomic((tx) => raw(tx).scalar("SELECT current_setting('transaction_isolation')"), { isolation })).toBe(shown);
  });

  test('opens read only and deferrable', async () => {
    const { ctx } = await fresh();
    const modes = await ctx.atomic(
      (tx) =>
        raw(tx).one(
          "SELECT current_setting('transaction_read_only') AS \"readOnly\", current_setting('transaction_deferrable') AS deferrable",
        ),
      { isolation: 'serializable', readOnly: true, deferrable: true },
    );
    expect(modes).toEqual({ readOnly: 'on', deferrable: 'on' });
    expect(await rejection(ctx.atomic((tx) => insert(tx, 1), { readOnly: true }))).toMatchObject({ code: 'DATABASE', sqlState: '25006' });
  });

  test('refuses an unknown isolation and timeouts out of range before any SQL', async () => {
    const { pool, ctx } = await fresh();
    const before = pool.counters().statements;
    const error = await rejection(
      ctx.atomic((tx) => insert(tx, 1), { isolation: 'readUncommitted' as never, statementTimeoutMs: -1, lockTimeoutMs: 0.5 }),
    );
    expect(error).toMatchObject({
      code: 'VALIDATION',
      issues: [{ path: 'isolation' }, { path: 'statementTimeoutMs' }, { path: 'lockTimeoutMs' }],
    });
    expect(pool.counters().statements).toBe(before);
  });

  test('applies its timeouts to its own statements only', async () => {
    const { ctx } = await fresh({ max: 1 });
    expect(await rejection(ctx.atomic((tx) => run(tx, 'SELECT pg_sleep(10)'), { statementTimeoutMs: 30 }))).toMatchObject({
      code: 'DATABASE',
      sqlState: '57014',
    });
    expect(await ctx.atomic((tx) => raw(tx).scalar("SELECT current_setting('lock_timeout')"), { lockTimeoutMs: 70 })).toBe('70ms');
    expect(await raw(ctx).rows("SELECT current_setting('statement_timeout') AS s, current_setting('lock_timeout') AS l")).toEqual([
      { s: '0', l: '0' },
    ]);
  });

  test('runs its operations one at a time in call order, also when they are started at once', async () => {
    const { ctx } = await fresh();
    const order: number[] = [];
    const values = await ctx.atomic((tx) =>
      Promise.all(
        Array.from({ length: 10 }, async (_, at) => {
          const value = await int(tx, `SELECT ${at} FROM pg_sleep(${at === 0 ? 0.02 : 0})`);
          order.push(value);
          return value;
        }),
      ),
    );
    expect(values).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(order).toEqual(values);
  });
});

describe('round trips', () => {
  test('a transaction of n statements costs n + 1', async () => {
    const { pool, ctx } = await fresh();
    for (const n of [1, 2, 5]) {
      expect(
        await roundTrips(pool, () =>
          ctx.atomic(async (tx) => {
            for (let at = 0; at < n; at++) await insert(tx, 100 * n + at);
          }),
        ),
      ).toBe(n + 1);
    }
  });

  test('isolation and timeouts travel with the first statement', async () => {
    const { pool, ctx } = await fresh();
    expect(
      await roundTrips(pool, () =>
        ctx.atomic((tx) => insert(tx, 1), { isolation: 'serializable', statementTimeoutMs: 1000, lockTimeoutMs: 1000 }),
      ),
    ).toBe(2);
  });

  test('an empty transaction sends nothing and takes no connection', async () => {
    const pool = await server.pool({ lazy: true });
    expect(
      await roundTrips(pool, () =>
        pool.context().atomic(async (tx) => {
          await tx.atomic(async () => undefined);
        }),
      ),
    ).toBe(0);
    expect(pool.status().size).toBe(0);
  });

  test('a savepoint that succeeds costs none of its own', async () => {
    const { pool, ctx } = await fresh();
    const cost = await roundTrips(pool, () =>
      ctx.atomic(async (tx) => {
        await insert(tx, 1);
        await tx.atomic((inner) => insert(inner, 2));
        await tx.atomic((inner) => insert(inner, 3));
        await insert(tx, 4);
      }),
    );
    expect(cost).toBe(5);
    expect(await count(ctx)).toBe(4);
  });

  test('a savepoint that fails costs one to undo', async () => {
    const { pool, ctx } = await fresh();
    const cost = await roundTrips(pool, () =>
      ctx.atomic(async (tx) => {
        await insert(tx, 1);
        await tx.atomic((inner) => insert(inner, 1)).catch(() => undefined);
        await insert(tx, 2);
      }),
    );
    expect(cost).toBe(5);
    expect(await count(ctx)).toBe(2);
  });

  test('statements given together share one', async () => {
    const { pool, ctx } = await fresh();
    const calls = [1, 2, 3].map((id) => ({
      statement: { text: `INSERT INTO accounts VALUES (${id}, 0)`, parameters: [], rows: null },
      values: [],
    }));
    expect(await roundTrips(pool, () => ctx.atomic((tx) => executorOf(tx).executeAll(calls, { operation: 'test' })))).toBe(2);
    expect(await count(ctx)).toBe(3);
  });
});

describe('nested atomic', () => {
  test('that fails and is caught undoes its own work only, with a unique violation inside', async () => {
    const { ctx } = await fresh();
    await ctx.atomic(async (tx) => {
      await insert(tx, 1);
      expect(
        await rejection(
          tx.atomic(async (inner) => {
            await insert(inner, 2);
            await insert(inner, 1);
          }),
        ),
      ).toMatchObject({ code: 'CONSTRAINT', kind: 'unique' });
      await insert(tx, 3);
    });
    expect(await int(ctx, 'SELECT sum(id)::int FROM accounts')).toBe(4);
  });

  test('nests several levels deep', async () => {
    const { ctx } = await fresh();
    await ctx.atomic(async (tx) => {
      await tx.atomic(async (first) => {
        await insert(first, 1);
        await rejection(
          first.atomic(async (second) => {
            await insert(second, 2);
            await second.atomic((third) => insert(third, 3));
            throw new Error('no');
          }),
        );
        await insert(first, 4);
      });
    });
    expect(await int(ctx, 'SELECT sum(id)::int FROM accounts')).toBe(5);
  });

  test('undone by an outer savepoint takes its own deferred release with it', async () => {
    const { ctx } = await fresh();
    await ctx.atomic(async (tx) => {
      await rejection(
        tx.atomic(async (first) => {
          await first.atomic((second) => insert(second, 1));
          throw new Error('no');
        }),
      );
      await insert(tx, 2);
    });
    expect(await int(ctx, 'SELECT sum(id)::int FROM accounts')).toBe(2);
  });

  test('that swallowed a failed statement is undone and rejects with TRANSACTION_ABORTED', async () => {
    const { ctx } = await fresh();
    await ctx.atomic(async (tx) => {
      await insert(tx, 1);
      expect(await rejection(tx.atomic((inner) => rejection(insert(inner, 1))))).toMatchObject({ code: 'TRANSACTION_ABORTED' });
      await insert(tx, 2);
    });
    expect(await count(ctx)).toBe(2);
  });

  test('restores the timeouts of the scope around it, on success and on failure', async () => {
    const { ctx } = await fresh();
    const timeout = (tx: Context) => raw(tx).scalar("SELECT current_setting('statement_timeout')");
    await ctx.atomic(
      async (tx) => {
        expect(await timeout(tx)).toBe('5s');
        expect(await tx.atomic(timeout, { statementTimeoutMs: 900 })).toBe('900ms');
        expect(await timeout(tx)).toBe('5s');
        await rejection(
          tx.atomic(
            async (inner) => {
              await timeout(inner);
              throw new Error('no');
            },
            { statementTimeoutMs: 800 },
          ),
        );
        expect(await timeout(tx)).toBe('5s');
      },
      { statementTimeoutMs: 5000 },
    );
  });

  test.each([{ isolation: 'serializable' }, { readOnly: true }, { deferrable: true }] as const)(
    'refuses %o with ISOLATION_ON_NESTED_SCOPE before any SQL',
    async (options) => {
      const { pool, ctx } = await fresh();
      await ctx.atomic(async (tx) => {
        await run(tx, 'SELECT');
        const before = pool.counters().statements;
        expect(await rejection(tx.atomic((inner) => insert(inner, 1), options))).toMatchObject({
          code: 'ISOLATION_ON_NESTED_SCOPE',
          requested: 'isolation' in options ? 'serializable' : Object.keys(options)[0],
        });
        expect(pool.counters().statements).toBe(before);
        await insert(tx, 1);
      });
      expect(await count(ctx)).toBe(1);
    },
  );

  test('a value that cannot be encoded leaves the savepoint unopened, and both scopes usable', async () => {
    const { ctx } = await fresh();
    await ctx.atomic(async (tx) => {
      await tx.atomic(async (inner) => {
        await rejection(
          run(inner, 'SELECT $1::text', [
            {
              toString() {
                throw new Error('no text');
              },
            },
          ]),
        );
        await insert(inner, 1);
      });
      await rejection(
        tx.atomic(async (inner) => {
          await insert(inner, 2);
          throw new Error('no');
        }),
      );
    });
    expect(await int(ctx, 'SELECT sum(id)::int FROM accounts')).toBe(1);
  });
});

describe('what atomic guards against', () => {
  test('a swallowed SQL error rejects with TRANSACTION_ABORTED, and commit callbacks are dropped', async () => {
    const { ctx } = await fresh();
    let ran = false;
    const error = await rejection(
      ctx.atomic(async (tx) => {
        tx.onCommit(() => {
          ran = true;
        });
        await insert(tx, 1);
        await rejection(insert(tx, 1));
      }),
    );
    expect(error).toMatchObject({ code: 'TRANSACTION_ABORTED' });
    expect(ran).toBe(false);
    expect(await count(ctx)).toBe(0);
  });

  test('a statement after a failed one is refused without asking the server', async () => {
    const { pool, ctx } = await fresh();
    await rejection(
      ctx.atomic(async (tx) => {
        await rejection(run(tx, 'SELECT 1/0'));
        const before = pool.counters().roundTrips;
        expect(await rejection(run(tx, 'SELECT'))).toMatchObject({ code: 'TRANSACTION_ABORTED' });
        expect(await rejection(tx.atomic((inner) => run(inner, 'SELECT')))).toMatchObject({ code: 'TRANSACTION_ABORTED' });
        expect(pool.counters().roundTrips).toBe(before);
      }),
    );
  });

  test('a failing COMMIT rejects with the classified error, and commit callbacks are dropped', async () => {
    const { ctx } = await fresh();
    let ran = false;
    const error = await rejection(
      ctx.atomic(async (tx) => {
        tx.onCommit(() => {
          ran = true;
        });
        await tx.deferConstraints('all');
        await run(tx, 'INSERT INTO employees VALUES (1, 99)');
      }),
    );
    expect(error).toMatchObject({ code: 'CONSTRAINT', kind: 'foreignKey', constraint: 'employees_boss_fkey' });
    expect(ran).toBe(false);
  });

  test('a serialization failure at COMMIT rejects with LOCK_CONFLICT', async () => {
    const { ctx } = await fresh({ max: 2 });
    await insert(ctx, 1, 10);
    await insert(ctx, 2, 10);
    const both = Promise.withResolvers<void>();
    let arrived = 0;
    const transfer = (id: number) =>
      ctx.atomic(
        async (tx) => {
          const sum = await int(tx, 'SELECT sum(balance)::int FROM accounts');
          if (++arrived === 2) both.resolve();
          await both.promise;
          await run(tx, 'UPDATE accounts SET balance = $2::int WHERE id = $1::int', [id, sum]);
        },
        { isolation: 'serializable' },
      );
    const results = await Promise.allSettled([transfer(1), transfer(2)]);
    expect(results.filter((result) => result.status === 'rejected').map((result) => result.reason as unknown)).toEqual([
      expect.objectContaining({ code: 'LOCK_CONFLICT', reason: 'serialization', sqlState: '40001', isTransient: true }),
    ]);
  });

  test('raw SQL that ends the transaction behind its back is found at the end', async () => {
    const { ctx } = await fresh();
    const error = await rejection(ctx.atomic((tx) => raw(tx).withConnection((connection) => connection.script('COMMIT'))));
    expect(error).toMatchObject({ code: 'TRANSACTION_ABORTED' });
  });

  test('a backend terminated in the middle gives a typed error, and the pool is healthy', async () => {
    const { ctx } = await fresh({ max: 1 });
    let pid = 0;
    const error = await rejection(
      ctx.atomic(async (tx) => {
        await insert(tx, 1);
        pid = await backend(tx);
        await run(server.admin().context(), 'SELECT pg_terminate_backend($1)', [pid]);
        await insert(tx, 2);
      }),
    );
    expect(error.code).toMatch(/^(CONNECTION|TRANSACTION_ABORTED)$/);
    expect(await backend(ctx)).not.toBe(pid);
    expect(await count(ctx)).toBe(0);
  });

  test('a lost connection that the callback does not notice rejects at the commit', async () => {
    const { pool, ctx } = await fresh({ max: 1 });
    const error = await rejection(
      ctx.atomic(async (tx) => {
        const pid = await backend(tx);
        await run(server.admin().context(), 'SELECT pg_terminate_backend($1)', [pid]);
        await until(
          async () => (await int(server.admin().context(), 'SELECT count(*)::int FROM pg_stat_activity WHERE pid = $1', [pid])) === 0,
        );
      }),
    );
    expect(error.code).toMatch(/^(CONNECTION|TRANSACTION_ABORTED)$/);
    await run(ctx, 'SELECT');
    expect(pool.status().size).toBe(1);
  });
});

describe('ownership', () => {
  test('using the context after atomic resolved rejects with SCOPE_CLOSED', async () => {
    const { ctx } = await fresh();
    let leaked!: TransactionContext;
    await ctx.atomic(async (tx) => {
      leaked = tx;
      await insert(tx, 1);
    });
    expect(await rejection(insert(leaked, 2))).toMatchObject({ code: 'SCOPE_CLOSED' });
    expect(await rejection(leaked.atomic((tx) => insert(tx, 2)))).toMatchObject({ code: 'SCOPE_CLOSED' });
    expect(() => leaked.onCommit(() => undefined)).toThrow(expect.objectContaining({ code: 'SCOPE_CLOSED' }));
  });

  test('using the outer context inside a nested callback rejects with SCOPE_BUSY', async () => {
    const { ctx } = await fresh();
    await ctx.atomic(async (tx) => {
      await tx.atomic(async (inner) => {
        expect(await rejection(insert(tx, 1))).toMatchObject({ code: 'SCOPE_BUSY' });
        expect(() => tx.onCommit(() => undefined)).toThrow(expect.objectContaining({ code: 'SCOPE_BUSY' }));
        await insert(inner, 2);
      });
      await insert(tx, 3);
    });
    expect(await count(ctx)).toBe(2);
  });

  test('two nested scopes at once: the second rejects with SCOPE_BUSY', async () => {
    const { ctx } = await fresh();
    await ctx.atomic(async (tx) => {
      const [first, second] = await Promise.allSettled([tx.atomic((inner) => insert(inner, 1)), tx.atomic((inner) => insert(inner, 2))]);
      expect(first.status).toBe('fulfilled');
      expect(second).toMatchObject({ status: 'rejected', reason: { code: 'SCOPE_BUSY' } });
    });
  });

  test('operations started before a nested scope run before its savepoint', async () => {
    const { ctx } = await fresh();
    await ctx.atomic(async (tx) => {
      const early = [insert(tx, 1), insert(tx, 2)];
      await rejection(
        tx.atomic(async (inner) => {
          await insert(inner, 3);
          throw new Error('no');
        }),
      );
      await Promise.all(early);
    });
    expect(await int(ctx, 'SELECT sum(id)::int FROM accounts')).toBe(3);
  });

  test('an un-awaited write when the callback returns rolls back with PENDING_OPERATIONS', async () => {
    const { ctx } = await fresh();
    let floating!: Promise<unknown>;
    const error = await rejection(
      ctx.atomic(async (tx) => {
        floating = insert(tx, 1);
      }),
    );
    expect(error).toMatchObject({ code: 'PENDING_OPERATIONS' });
    await floating;
    expect(await count(ctx)).toBe(0);
  });

  test('operations still queued when the callback returns reject with SCOPE_CLOSED and are not sent', async () => {
    const { ctx } = await fresh();
    let floating!: Promise<PromiseSettledResult<unknown>[]>;
    await rejection(
      ctx.atomic(async (tx) => {
        floating = Promise.allSettled([insert(tx, 1), insert(tx, 2)]);
      }),
    );
    expect((await floating).map((result) => result.status)).toEqual(['fulfilled', 'rejected']);
    expect(((await floating)[1] as PromiseRejectedResult).reason).toMatchObject({ code: 'SCOPE_CLOSED' });
  });

  test('an un-awaited nested atomic rolls everything back with PENDING_OPERATIONS', async () => {
    const { ctx } = await fresh();
    let floating!: Promise<unknown>;
    const error = await rejection(
      ctx.atomic(async (tx) => {
        await insert(tx, 1);
        floating = rejection(
          tx.atomic(async (inner) => {
            await insert(inner, 2);
            await insert(inner, 3);
          }),
        );
      }),
    );
    expect(error).toMatchObject({ code: 'PENDING_OPERATIONS' });
    expect(await floating).toMatchObject({ code: 'SCOPE_CLOSED' });
    expect(await count(ctx)).toBe(0);
  });

  test('an operation that fails beside running ones rejects with its own error', async () => {
    const { ctx } = await fresh();
    const error = await rejection(ctx.atomic((tx) => Promise.all([run(tx, 'SELECT 1/0'), insert(tx, 1), insert(tx, 2)])));
    expect(error).toMatchObject({ code: 'DATABASE', sqlState: '22012' });
    expect(await count(ctx)).toBe(0);
  });

  test('a value that is no context is refused with VALIDATION', () => {
    expect(() => executorOf({} as never)).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
  });
});

describe('onCommit', () => {
  test('runs after the outermost commit, in order, one after the other, and is awaited', async () => {
    const { ctx } = await fresh();
    const events: string[] = [];
    await ctx.atomic(async (tx) => {
      tx.onCommit(async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        events.push(`a ${await count(ctx)}`);
      });
      await tx.atomic(async (inner) => {
        inner.onCommit(() => events.push('b'));
        await insert(inner, 1);
      });
      await rejection(
        tx.atomic(async (inner) => {
          inner.onCommit(() => events.push('dropped'));
          throw new Error('no');
        }),
      );
      tx.onCommit(() => events.push('c'));
      events.push('body');
    });
    expect(events).toEqual(['body', 'a 1', 'b', 'c']);
  });

  test('is dropped when the outer scope rolls back', async () => {
    const { ctx } = await fresh();
    let ran = false;
    await rejection(
      ctx.atomic(async (tx) => {
        await tx.atomic(async (inner) =>
          inner.onCommit(() => {
            ran = true;
          }),
        );
        throw new Error('no');
      }),
    );
    expect(ran).toBe(false);
  });

  test('runs after a transaction that sent nothing', async () => {
    const { ctx } = await fresh();
    let ran = false;
    await ctx.atomic(async (tx) =>
      tx.onCommit(() => {
        ran = true;
      }),
    );
    expect(ran).toBe(true);
  });

  test('a throwing callback stops neither the others nor the call, and goes to onCallbackError', async () => {
    const pool = await server.pool();
    const errors: unknown[] = [];
    const ctx = pool.context({
      onCallbackError: (error) => {
        errors.push(error);
        throw new Error('handler, too');
      },
    });
    const problem = new Error('mail');
    let ran = false;
    await ctx.atomic(async (tx) => {
      tx.onCommit(() => {
        throw problem;
      });
      tx.onCommit(() => {
        ran = true;
      });
      await run(tx, 'SELECT');
    });
    expect(errors).toEqual([problem]);
    expect(ran).toBe(true);
  });

  test('runs at once on a pool-backed context', async () => {
    const { ctx } = await fresh();
    let ran = false;
    ctx.onCommit(() => {
      ran = true;
    });
    expect(ran).toBe(true);
  });

  test('a callback that uses the finished transaction gets SCOPE_CLOSED', async () => {
    const { pool } = await fresh();
    const errors: unknown[] = [];
    await pool.context({ onCallbackError: (error) => errors.push(error) }).atomic(async (tx) => {
      tx.onCommit(() => insert(tx, 1));
      await run(tx, 'SELECT');
    });
    expect(errors).toEqual([expect.objectContaining({ code: 'SCOPE_CLOSED' })]);
  });
});

describe('abort', () => {
  test('a signal that has fired rejects before any SQL', async () => {
    const { pool, ctx } = await fresh();
    const before = pool.counters().statements;
    const signal = AbortSignal.abort('why');
    let ran = false;
    expect(
      await rejection(
        ctx.atomic(
          async () => {
            ran = true;
          },
          { signal },
        ),
      ),
    ).toMatchObject({ code: 'ABORTED', cause: 'why' });
    expect(await rejection(run(ctx, 'SELECT', [], { signal }))).toMatchObject({ code: 'ABORTED', cause: 'why' });
    expect(ran).toBe(false);
    expect(pool.counters().statements).toBe(before);
  });

  test('a client that disconnects aborts the transaction: the statement is cancelled, nothing leaks, the next request sees clean state', async () => {
    const { pool, ctx } = await fresh({ max: 1 });
    const controller = new AbortController();
    const reason = new Error('client gone');
    let pid = 0;
    let leaked!: TransactionContext;
    const running = rejection(
      ctx.atomic(
        async (tx) => {
          leaked = tx;
          await run(tx, 'SET LOCAL lock_timeout = 123');
          pid = await backend(tx);
          await insert(tx, 1);
          setTimeout(() => controller.abort(reason), 20);
          await run(tx, 'SELECT pg_sleep(30)');
        },
        { signal: controller.signal },
      ),
    );
    const error = await running;
    expect(error).toBeInstanceOf(TransactionError);
    expect(error).toMatchObject({ code: 'ABORTED' });
    expect(error.cause).toBe(reason);
    expect(await rejection(insert(leaked, 2))).toMatchObject({ code: 'SCOPE_CLOSED' });
    expect(await backend(ctx)).not.toBe(pid);
    expect(await count(ctx)).toBe(0);
    expect(pool.status()).toMatchObject({ size: 1, available: 1, waiting: 0 });
    await until(
      async () => (await int(server.admin().context(), 'SELECT count(*)::int FROM pg_stat_activity WHERE pid = $1', [pid])) === 0,
    );
  });

  test('rejects at once, even when the callback never settles', async () => {
    const { ctx } = await fresh({ max: 1 });
    const controller = new AbortController();
    const running = rejection(
      ctx.atomic(
        async (tx) => {
          await insert(tx, 1);
          setTimeout(() => controller.abort(), 5);
          await new Promise(() => undefined);
        },
        { signal: controller.signal },
      ),
    );
    expect(await running).toMatchObject({ code: 'ABORTED' });
    expect(await count(ctx)).toBe(0);
  });

  test('while a transaction waits for its connection, leaves the queue', async () => {
    const { pool, ctx } = await fresh({ max: 1 });
    await ctx.atomic(async (tx) => {
      await run(tx, 'SELECT');
      const controller = new AbortController();
      const waiting = rejection(ctx.atomic((inner) => insert(inner, 1), { signal: controller.signal }));
      await until(() => pool.status().waiting === 1);
      controller.abort();
      expect(await waiting).toMatchObject({ code: 'ABORTED' });
      await until(() => pool.status().waiting === 0);
    });
    await run(ctx, 'SELECT');
  });

  test('a nested scope that is aborted poisons the transaction', async () => {
    const { ctx } = await fresh({ max: 1 });
    const controller = new AbortController();
    const error = await rejection(
      ctx.atomic(async (tx) => {
        await insert(tx, 1);
        const nested = rejection(
          tx.atomic(
            async (inner) => {
              await insert(inner, 2);
              controller.abort();
              await new Promise(() => undefined);
            },
            { signal: controller.signal },
          ),
        );
        expect(await nested).toMatchObject({ code: 'ABORTED' });
        expect(await rejection(insert(tx, 3))).toMatchObject({ code: 'TRANSACTION_POISONED', reason: 'nested_atomic_cancelled' });
        expect(await rejection(raw(tx).withConnection(async () => undefined))).toMatchObject({ code: 'TRANSACTION_POISONED' });
      }),
    );
    expect(error).toMatchObject({ code: 'TRANSACTION_POISONED', reason: 'nested_atomic_cancelled', isTransient: false });
    expect(await count(ctx)).toBe(0);
  });

  test('an operation aborted in the middle of a transaction poisons it', async () => {
    const { ctx } = await fresh({ max: 1 });
    const controller = new AbortController();
    const error = await rejection(
      ctx.atomic(async (tx) => {
        await insert(tx, 1);
        setTimeout(() => controller.abort(), 10);
        expect(await rejection(run(tx, 'SELECT pg_sleep(30)', [], { signal: controller.signal }))).toMatchObject({ code: 'ABORTED' });
      }),
    );
    expect(error).toMatchObject({ code: 'TRANSACTION_POISONED', reason: 'operation_aborted' });
    expect(await count(ctx)).toBe(0);
  });

  test('an operation whose signal fires while it waits its turn harms nothing', async () => {
    const { ctx } = await fresh({ max: 1 });
    await ctx.atomic(async (tx) => {
      const controller = new AbortController();
      const first = run(tx, 'SELECT pg_sleep(0.02)');
      const second = rejection(insert(tx, 1).then(() => run(tx, 'SELECT', [], { signal: controller.signal })));
      controller.abort();
      await first;
      expect(await second).toMatchObject({ code: 'ABORTED' });
      await insert(tx, 2);
    });
    expect(await count(ctx)).toBe(2);
  });
});

describe('constraint modes', () => {
  test('two rows with reciprocal foreign keys go in after deferConstraints', async () => {
    const { ctx } = await fresh();
    for (const scope of ['all', ['employees_boss_fkey']] as const) {
      await run(ctx, 'TRUNCATE employees');
      await ctx.atomic(async (tx) => {
        await tx.deferConstraints(scope);
        await run(tx, 'INSERT INTO employees VALUES (1, 2)');
        await run(tx, 'INSERT INTO employees VALUES (2, 1)');
      });
      expect(await int(ctx, 'SELECT count(*)::int FROM employees')).toBe(2);
    }
  });

  test('setConstraintsImmediate checks now', async () => {
    const { ctx } = await fresh();
    await rejection(
      ctx.atomic(async (tx) => {
        await tx.deferConstraints('all');
        await run(tx, 'INSERT INTO employees VALUES (1, 2)');
        expect(await rejection(tx.setConstraintsImmediate('all'))).toMatchObject({ kind: 'foreignKey' });
      }),
    );
  });

  test('refuses an empty list, an unknown name and a name that is not deferrable, before any SQL', async () => {
    const constraints = {
      deferrability: (name: string) =>
        name === 'employees_boss_fkey' ? 'deferrable' : name === 'accounts_pkey' ? 'notDeferrable' : undefined,
    } as const;
    const { pool, ctx } = await fresh({ registry: { constraints } });
    const before = pool.counters().statements;
    await ctx.atomic(async (tx) => {
      expect(await rejection(tx.deferConstraints([]))).toMatchObject({ code: 'EMPTY_DEFER_SCOPE' });
      expect(await rejection(tx.deferConstraints(['nobody_fkey']))).toMatchObject({ code: 'UNKNOWN_CONSTRAINT', name: 'nobody_fkey' });
      expect(await rejection(tx.setConstraintsImmediate(['employees_boss_fkey', 'accounts_pkey']))).toMatchObject({
        code: 'CONSTRAINT_NOT_DEFERRABLE',
        name: 'accounts_pkey',
      });
    });
    expect(pool.counters().statements).toBe(before);
  });

  test('without a registry refuses a name that no constraint can have, and quotes the others', async () => {
    const { ctx } = await fresh();
    await rejection(
      ctx.atomic(async (tx) => {
        for (const name of ['', 'a\0b', '__djogi_x', 'x'.repeat(64)])
          expect(await rejection(tx.deferConstraints([name]))).toMatchObject({ code: 'UNKNOWN_CONSTRAINT' });
        expect(await rejection(tx.deferConstraints(['a"; DROP TABLE accounts; --']))).toMatchObject({ sqlState: '42704' });
      }),
    );
    expect(await count(ctx)).toBe(0);
  });

  test('is refused on a pool context', async () => {
    const { ctx } = await fresh();
    const plain = ctx as TransactionContext;
    expect(await rejection(plain.deferConstraints('all'))).toMatchObject({ code: 'CONSTRAINT_MODE_OUTSIDE_TRANSACTION' });
    expect(await rejection(plain.setConstraintsImmediate('all'))).toMatchObject({ code: 'CONSTRAINT_MODE_OUTSIDE_TRANSACTION' });
  });
});

describe('setRole', () => {
  test('lasts as long as the transaction', async () => {
    const { ctx } = await fresh({ max: 1 });
    await raw(ctx).script('DROP ROLE IF EXISTS clerk; CREATE ROLE clerk');
    expect(
      await ctx.atomic(async (tx) => {
        await tx.setRole('clerk');
        return raw(tx).scalar('SELECT current_user::text');
      }),
    ).toBe('clerk');
    expect(await raw(ctx).scalar('SELECT current_user::text')).not.toBe('clerk');
  });

  test('refuses a name that breaks the rule, before any SQL', async () => {
    const { pool, ctx } = await fresh();
    const before = pool.counters().statements;
    await ctx.atomic(async (tx) => {
      for (const name of ['a"; DROP', '', '1a', 'ä', '__djogi_x'])
        expect(await rejection(tx.setRole(name))).toMatchObject({ code: 'INVALID_ROLE_NAME', name });
    });
    expect(pool.counters().statements).toBe(before);
  });

  test('is refused on a pool context', async () => {
    const { ctx } = await fresh();
    expect(await rejection((ctx as TransactionContext).setRole('clerk'))).toMatchObject({ code: 'SET_ROLE_OUTSIDE_TRANSACTION' });
  });
});

describe('auth', () => {
  test('withAuth gives another context over the same pool or transaction, and nested scopes inherit', async () => {
    const { pool } = await fresh();
    const ctx = pool.context({ auth: 'ann' });
    const other = ctx.withAuth('bob');
    expect([ctx.auth, other.auth]).toEqual(['ann', 'bob']);
    await other.atomic(async (tx) => {
      expect(tx.auth).toBe('bob');
      const escalated = tx.withAuth('root');
      expect([tx.auth, escalated.auth, escalated.inTransaction]).toEqual(['bob', 'root', true]);
      await insert(escalated, 1);
      await tx.atomic(async (inner) => expect(inner.auth).toBe('bob'));
      expect(await count(tx)).toBe(1);
    });
  });
});

describe('cursors', () => {
  const open = (ctx: Context, rows = 10) =>
    executorOf(ctx).openCursor(intStatement(`SELECT generate_series(1, ${rows})::int`), [], { operation: 'stream' });

  test('read in batches, and give the transaction back when closed', async () => {
    const { ctx } = await fresh();
    await ctx.atomic(async (tx) => {
      const cursor = await open(tx);
      expect(await cursor.read(4)).toEqual([1, 2, 3, 4]);
      expect(await cursor.read(4)).toEqual([5, 6, 7, 8]);
      await cursor.close();
      await cursor.close();
      await insert(tx, 1);
    });
    expect(await count(ctx)).toBe(1);
  });

  test('while open, other operations reject with STREAM_IN_PROGRESS', async () => {
    const { ctx } = await fresh();
    await ctx.atomic(async (tx) => {
      const cursor = await open(tx);
      expect(await rejection(insert(tx, 1))).toMatchObject({ code: 'STREAM_IN_PROGRESS' });
      expect(await rejection(tx.atomic((inner) => insert(inner, 1)))).toMatchObject({ code: 'STREAM_IN_PROGRESS' });
      expect(await cursor.read(1)).toEqual([1]);
      await cursor.close();
    });
  });

  test('outside a transaction throw STREAM_OUTSIDE_TRANSACTION synchronously', async () => {
    const { ctx } = await fresh();
    expect(() => open(ctx)).toThrow(expect.objectContaining({ code: 'STREAM_OUTSIDE_TRANSACTION' }));
  });

  test('that are left open are closed by the end of the transaction', async () => {
    const { ctx } = await fresh({ max: 1 });
    const cursor = await ctx.atomic(async (tx) => {
      const opened = await open(tx);
      await opened.read(1);
      return opened;
    });
    expect(await rejection(cursor.read(1))).toMatchObject({ code: 'SCOPE_CLOSED' });
    await cursor.close();
    await run(ctx, 'SELECT');
  });

  test('whose statement fails give the scope back to a savepoint', async () => {
    const { ctx } = await fresh();
    await ctx.atomic(async (tx) => {
      await rejection(
        tx.atomic(async (inner) => {
          const cursor = await executorOf(inner).openCursor(intStatement('SELECT 1/(5 - g) FROM generate_series(1, 10) AS g'), [], {
            operation: 'stream',
          });
          await cursor.read(100);
        }),
      );
      await insert(tx, 1);
    });
    expect(await count(ctx)).toBe(1);
  });
});

describe('concurrency on the pool', () => {
  test('ten reads at once give ten answers', async () => {
    const { ctx } = await fresh({ max: 4 });
    expect(await Promise.all(Array.from({ length: 10 }, (_, at) => int(ctx, 'SELECT $1::int', [at])))).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
  });
});
