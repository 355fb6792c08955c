import net from 'node:net';
import { describe, expect, test } from 'vitest';
import { isDjogiError } from '../../src/error/error.ts';
import { createPool, type NewConnection } from '../../src/pool.ts';
import { backend, int, raw, rejection, run, runtimeServer, until } from '../support/runtime-server.ts';

const server = runtimeServer('CREATE TABLE heer_nodes (node_id int PRIMARY KEY)');

/** Holds a connection of the context until `release` is called. */
function hold(ctx: Parameters<typeof raw>[0]): { release: () => void; done: Promise<void>; held: Promise<void> } {
  const held = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const done = raw(ctx).withConnection(async () => {
    held.resolve();
    await gate.promise;
  });
  return { release: gate.resolve, done, held: held.promise };
}

describe('options', () => {
  test.each([0, -1, 1.5, Number.NaN, '5', 2 ** 53])('refuses max %s with VALIDATION', async (max) => {
    const error = await rejection(createPool({ url: 'postgres://localhost/x', max: max as number }));
    expect(error).toMatchObject({ code: 'VALIDATION', issues: [{ path: 'max', rule: 'range' }] });
  });

  test('reports every wrong option at once, without the URL', async () => {
    const options = {
      url: 'mysql://user:hunter2@host/x',
      timeoutMs: -1,
      statementTimeoutMs: 1.5,
      lockTimeoutMs: 'x',
      idleTimeoutMs: 0,
      lockOutsideTransaction: 'refuse',
    };
    const error = await rejection(createPool(options as never));
    expect(error.issues.map((issue) => issue.path)).toEqual([
      'url',
      'timeoutMs',
      'idleTimeoutMs',
      'statementTimeoutMs',
      'lockTimeoutMs',
      'lockOutsideTransaction',
    ]);
    expect(JSON.stringify(error) + String(error)).not.toContain('hunter2');
  });

  test('refuses a node out of range before connecting', async () => {
    const error = await rejection(createPool({ url: 'postgres://127.0.0.1:1/x', heer: { nodeId: 512 } }));
    expect(error).toMatchObject({ code: 'VALIDATION', issues: [{ path: 'nodeId' }] });
  });
});

describe('start', () => {
  test('verifies one connection unless lazy', async () => {
    expect((await server.pool()).status()).toEqual({ max: 10, size: 1, available: 1, waiting: 0 });
    expect((await server.pool({ lazy: true, max: 3 })).status()).toEqual({ max: 3, size: 0, available: 0, waiting: 0 });
  });

  test('rejects with CONNECTION when nobody listens, without the password', async () => {
    const error = await rejection(createPool({ url: 'postgres://postgres:hunter2@127.0.0.1:1/postgres' }));
    expect(error).toMatchObject({ code: 'CONNECTION' });
    expect(JSON.stringify(error) + error.message).not.toContain('hunter2');
  });

  test('rejects with CONNECTION and the SQLSTATE when the database does not exist', async () => {
    const url = new URL(server.url);
    url.pathname = '/nowhere';
    expect(await rejection(createPool({ url: url.href }))).toMatchObject({ code: 'CONNECTION', sqlState: '3D000' });
  });

  test('lets a registry look at the database, and rejects with what it throws', async () => {
    const problem = new Error('the models do not fit');
    const seen: number[] = [];
    await server.pool({
      registry: {
        checkAtStart: async (executor) =>
          void seen.push((await executor.execute({ text: 'SELECT 1', parameters: [], rows: null }, [], { operation: 'check' })).rowCount),
      },
    });
    expect(seen).toEqual([1]);
    expect(await rejection(server.pool({ registry: { checkAtStart: () => Promise.reject(problem) } }))).toBe(problem);
  });
});

describe('session settings', () => {
  test('binds node, timeouts and application name to every connection without a round trip', async () => {
    const pool = await server.pool({
      max: 2,
      heer: { nodeId: 7, ranjNodeId: 70 },
      statementTimeoutMs: 4000,
      lockTimeoutMs: 3000,
      applicationName: 'djogi-test',
    });
    expect(pool.counters().roundTrips).toBeLessThanOrEqual(1);
    const names = ['heer.node_id', 'heer.ranj_node_id', 'statement_timeout', 'lock_timeout', 'application_name'];
    const read = (name: string): Promise<unknown> => raw(pool.context()).scalar('SELECT current_setting($1)', [name]);
    expect(await Promise.all(names.map(read))).toEqual(['7', '70', '4s', '3s', 'djogi-test']);
  });

  test('heer.verify refuses a node that the database does not accept', async () => {
    await raw(server.admin().context()).script(`
      CREATE FUNCTION set_heer_node_id(node_id int) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
        IF node_id <> 3 THEN RAISE EXCEPTION 'node % is not registered', node_id USING ERRCODE = '50011'; END IF; END $$;
      CREATE FUNCTION set_heer_ranj_node_id(node_id int) RETURNS void LANGUAGE sql AS ''`);
    await server.pool({ heer: { nodeId: 3, verify: true } });
    expect(await rejection(server.pool({ heer: { nodeId: 4, verify: true } }))).toMatchObject({
      code: 'ID_GEN_NODE_INACTIVE',
      sqlState: '50011',
    });
  });
});

describe('checkout', () => {
  test('never opens more than max connections, however many operations run at once', async () => {
    const pool = await server.pool({ max: 2 });
    const ctx = pool.context();
    const pids = await Promise.all(Array.from({ length: 40 }, () => backend(ctx)));
    expect(new Set(pids).size).toBeLessThanOrEqual(2);
    await until(() => pool.status().available === pool.status().size);
    expect(pool.status()).toMatchObject({ max: 2, waiting: 0 });
  });

  test('lends the connection that was used last', async () => {
    const pool = await server.pool({ max: 3 });
    const ctx = pool.context();
    await Promise.all([run(ctx, 'SELECT pg_sleep(0.05)'), run(ctx, 'SELECT pg_sleep(0.05)'), run(ctx, 'SELECT pg_sleep(0.05)')]);
    const last = await backend(ctx);
    for (let at = 0; at < 5; at++) expect(await backend(ctx)).toBe(last);
  });

  test('serves waiters in the order they came', async () => {
    const pool = await server.pool({ max: 1 });
    const ctx = pool.context();
    const order: number[] = [];
    const held = hold(ctx);
    await held.held;
    const waiting = [0, 1, 2, 3].map(async (at) => {
      await run(ctx, 'SELECT');
      order.push(at);
    });
    expect(pool.status()).toEqual({ max: 1, size: 1, available: 0, waiting: 4 });
    held.release();
    await Promise.all([held.done, ...waiting]);
    expect(order).toEqual([0, 1, 2, 3]);
  });

  test('a saturated pool rejects with POOL_TIMEOUT in the wait phase, and the slot goes to the next live waiter', async () => {
    const pool = await server.pool({ max: 1, timeoutMs: { wait: 60 } });
    const ctx = pool.context();
    const held = hold(ctx);
    await held.held;
    const error = await rejection(run(ctx, 'SELECT'));
    expect(error).toMatchObject({ code: 'POOL_TIMEOUT', phase: 'wait', isTransient: true });
    expect(pool.status().waiting).toBe(0);
    const third = run(ctx, 'SELECT');
    held.release();
    await held.done;
    await third;
  });

  test('a server that does not answer rejects with POOL_TIMEOUT in the create phase and frees the slot', async () => {
    const silent = net.createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as net.AddressInfo;
    const pool = await createPool({ url: `postgres://postgres@127.0.0.1:${port}/postgres`, lazy: true, max: 1, timeoutMs: { create: 60 } });
    try {
      expect(await rejection(run(pool.context(), 'SELECT'))).toMatchObject({ code: 'POOL_TIMEOUT', phase: 'create' });
      expect(pool.status()).toMatchObject({ size: 0, waiting: 0 });
    } finally {
      await pool.close();
      silent.close();
    }
  });

  test('an idle connection whose server process hangs rejects with POOL_TIMEOUT in the recycle phase', async () => {
    const pool = await server.pool({ max: 1, timeoutMs: { recycle: 80 }, verifyAfterIdleMs: 0 });
    const ctx = pool.context();
    const pid = await backend(ctx);
    process.kill(pid, 'SIGSTOP');
    try {
      expect(await rejection(backend(ctx))).toMatchObject({ code: 'POOL_TIMEOUT', phase: 'recycle' });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    expect(await backend(ctx)).not.toBe(pid);
  });

  test('a checked idle connection costs one more round trip', async () => {
    const pool = await server.pool({ max: 1, verifyAfterIdleMs: 0 });
    const before = pool.counters().roundTrips;
    await run(pool.context(), 'SELECT');
    expect(pool.counters().roundTrips - before).toBe(2);
  });

  test('an aborted wait leaves the queue', async () => {
    const pool = await server.pool({ max: 1 });
    const ctx = pool.context();
    const held = hold(ctx);
    await held.held;
    const controller = new AbortController();
    const waiting = rejection(run(ctx, 'SELECT', [], { signal: controller.signal }));
    controller.abort(new Error('gone'));
    expect(await waiting).toMatchObject({ code: 'ABORTED', cause: { message: 'gone' } });
    expect(pool.status().waiting).toBe(0);
    held.release();
    await held.done;
    await run(ctx, 'SELECT');
  });

  test('a connection being opened goes to whoever waits longest, and a released one does not wait for it', async () => {
    const gate = Promise.withResolvers<void>();
    let connections = 0;
    const pool = await server.pool({ max: 2, onConnect: () => (++connections === 2 ? gate.promise : undefined) });
    const ctx = pool.context();
    const held = hold(ctx);
    await held.held;
    const second = backend(ctx);
    await until(() => connections === 2);
    held.release();
    await held.done;
    const pid = await second;
    expect(pid).toBe(await backend(ctx));
    gate.resolve();
    await until(() => pool.status().available === 2);
  });

  test('a connection that cannot be opened rejects its own checkout only', async () => {
    let connections = 0;
    const pool = await server.pool({
      max: 2,
      onConnect: () => {
        if (++connections === 2) throw new Error('no');
      },
    });
    const ctx = pool.context();
    // While the first connection is held, a second one has to be opened.
    const held = hold(ctx);
    await held.held;
    const running = Promise.allSettled([run(ctx, 'SELECT'), run(ctx, 'SELECT'), run(ctx, 'SELECT')]);
    await until(() => connections === 2);
    held.release();
    await held.done;
    expect((await running).filter((result) => result.status === 'rejected')).toHaveLength(1);
  });
});

describe('onConnect', () => {
  test('runs once per physical connection, before its first use', async () => {
    const seen = new Map<number, number>();
    const pool = await server.pool({
      max: 2,
      onConnect: async (connection) => {
        seen.set(connection.processId, (seen.get(connection.processId) ?? 0) + 1);
        await connection.query("SELECT set_config('application_name', 'hooked', false)");
      },
    });
    const ctx = pool.context();
    for (let at = 0; at < 50; at++) await run(ctx, 'SELECT');
    const names = await Promise.all(Array.from({ length: 50 }, () => raw(ctx).scalar("SELECT current_setting('application_name')")));
    expect(new Set(names)).toEqual(new Set(['hooked']));
    expect(seen.size).toBeLessThanOrEqual(2);
    expect([...seen.values()].every((count) => count === 1)).toBe(true);
  });

  test('its query takes values and gives rows', async () => {
    const rows: unknown[] = [];
    await server.pool({
      onConnect: async (connection: NewConnection) => void rows.push(...(await connection.query('SELECT $1::int + 1 AS sum', [41]))),
    });
    expect(rows).toEqual([{ sum: 42 }]);
  });

  test('a throwing hook closes the connection and rejects with a message that begins onConnect:', async () => {
    const cause = new Error('no such schema');
    const error = await rejection(
      server.pool({
        onConnect: () => {
          throw cause;
        },
      }),
    );
    expect(error.message).toMatch(/^onConnect: /);
    expect(error.cause).toBe(cause);
    expect(isDjogiError(error, 'CONNECTION')).toBe(true);
  });

  test('a statement that fails in the hook keeps its SQLSTATE, and the pool stays usable', async () => {
    let isBroken = false;
    const pool = await server.pool({ max: 2, onConnect: (connection) => (isBroken ? connection.query('SELECT 1/0') : undefined) });
    const ctx = pool.context();
    isBroken = true;
    const held = hold(ctx);
    await held.held;
    const error = await rejection(run(ctx, 'SELECT'));
    expect(error).toMatchObject({ code: 'DATABASE', sqlState: '22012' });
    expect(error.message).toMatch(/^onConnect: /);
    expect(pool.status().size).toBe(1);
    isBroken = false;
    await run(ctx, 'SELECT');
    held.release();
    await held.done;
  });

  test('a hook that leaves a transaction open is refused', async () => {
    expect((await rejection(server.pool({ onConnect: (connection) => connection.query('BEGIN') }))).message).toMatch(
      /^onConnect: .*transaction/,
    );
  });

  test('a hook that hangs runs into the create phase', async () => {
    const pool = await server.pool({ lazy: true, max: 1, timeoutMs: { create: 100 }, onConnect: () => new Promise(() => undefined) });
    expect(await rejection(run(pool.context(), 'SELECT'))).toMatchObject({ code: 'POOL_TIMEOUT', phase: 'create' });
    expect(pool.status().size).toBe(0);
  });
});

describe('lost connections', () => {
  test('an idle connection ended by the server is discarded without an event', async () => {
    const pool = await server.pool({ max: 1 });
    const ctx = pool.context();
    const pid = await backend(ctx);
    await run(server.admin().context(), 'SELECT pg_terminate_backend($1)', [pid]);
    await until(() => pool.status().size === 0);
    expect(await backend(ctx)).not.toBe(pid);
  });

  test('a connection ended in the middle of a statement rejects with CONNECTION, and the pool is healthy', async () => {
    const pool = await server.pool({ max: 1 });
    const ctx = pool.context();
    const pid = await backend(ctx);
    const running = rejection(run(ctx, 'SELECT pg_sleep(30)'));
    await until(
      async () =>
        (await int(server.admin().context(), "SELECT count(*)::int FROM pg_stat_activity WHERE pid = $1 AND state = 'active'", [pid])) ===
        1,
    );
    await run(server.admin().context(), 'SELECT pg_terminate_backend($1)', [pid]);
    expect(await running).toMatchObject({ code: 'CONNECTION', sqlState: '57P01', isTransient: false });
    expect(await backend(ctx)).not.toBe(pid);
  });
});

describe('idle connections', () => {
  test('are closed after idleTimeoutMs', async () => {
    const pool = await server.pool({ max: 2, idleTimeoutMs: 50 });
    await Promise.all([run(pool.context(), 'SELECT pg_sleep(0.01)'), run(pool.context(), 'SELECT pg_sleep(0.01)')]);
    expect(pool.status().size).toBe(2);
    await until(() => pool.status().size === 0);
    await run(pool.context(), 'SELECT');
  });
});

describe('close', () => {
  test('waits for leased connections, refuses waiting and new checkouts, and is idempotent', async () => {
    const pool = await server.pool({ max: 1 });
    const ctx = pool.context();
    const held = hold(ctx);
    await held.held;
    const waiting = rejection(run(ctx, 'SELECT'));
    let isClosed = false;
    const closing = pool.close().then(() => {
      isClosed = true;
    });
    expect(await waiting).toMatchObject({ code: 'POOL_CLOSED', isTransient: false });
    expect(await rejection(run(ctx, 'SELECT'))).toMatchObject({ code: 'POOL_CLOSED' });
    expect(isClosed).toBe(false);
    held.release();
    await Promise.all([held.done, closing, pool.close(), pool[Symbol.asyncDispose]()]);
    expect(pool.status()).toMatchObject({ size: 0, available: 0 });
  });

  test('leaves no session on the server', async () => {
    const pool = await server.pool({ max: 3, applicationName: 'to-be-closed' });
    const holds = [1, 2, 3].map(() => hold(pool.context()));
    await Promise.all(holds.map(({ held }) => held));
    for (const { release } of holds) release();
    await Promise.all(holds.map(({ done }) => done));
    const sessions = (): Promise<number> =>
      int(server.admin().context(), "SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'to-be-closed'");
    expect(await sessions()).toBe(3);
    await pool.close();
    await until(async () => (await sessions()) === 0);
  });
});

describe('counters', () => {
  test('sum over live and closed connections', async () => {
    const pool = await server.pool({ max: 1 });
    const ctx = pool.context();
    const before = pool.counters();
    await run(ctx, 'SELECT');
    await run(ctx, 'SELECT');
    const used = pool.counters();
    expect(used.roundTrips - before.roundTrips).toBe(2);
    expect(used.statements - before.statements).toBe(2);
    expect(used.bytesSent).toBeGreaterThan(before.bytesSent);
    await rejection(raw(ctx).execute('SELECT 1/0'));
    expect(pool.status().size).toBe(0);
    expect(pool.counters().roundTrips - used.roundTrips).toBe(1);
  });
});
