// Which connections come back: with one connection, the backend's process id tells.

import { describe, expect, test } from 'vitest';
import { executorOf } from '../../src/db/context.ts';
import { intKind } from '../../src/value/number.ts';
import { backend, int, raw, rejection, run, runtimeServer } from '../support/runtime-server.ts';

const server = runtimeServer(
  'CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL CHECK (balance >= 0)); INSERT INTO accounts VALUES (1, 100)',
);

const single = async () => {
  const ctx = (await server.pool({ max: 1 })).context();
  return { ctx, pid: await backend(ctx) };
};

describe('a pool-backed connection is kept', () => {
  test('after success', async () => {
    const { ctx, pid } = await single();
    await run(ctx, 'SELECT 1');
    expect(await backend(ctx)).toBe(pid);
  });

  test('after a constraint violation of a typed statement', async () => {
    const { ctx, pid } = await single();
    expect(await rejection(run(ctx, 'INSERT INTO accounts VALUES (1, 1)'))).toMatchObject({ code: 'CONSTRAINT', kind: 'unique' });
    expect(await backend(ctx)).toBe(pid);
  });

  test('after a constraint violation of a typed statement with a preamble, whose setting is gone', async () => {
    const { ctx, pid } = await single();
    const preamble = [{ statement: { text: "SELECT set_config('djogi.tenant_id', '7', true)", parameters: [], rows: null }, values: [] }];
    const statement = { text: 'INSERT INTO accounts VALUES (1, 1)', parameters: [], rows: null };
    expect(await rejection(executorOf(ctx).execute(statement, [], { operation: 'create', preamble }))).toMatchObject({ kind: 'unique' });
    expect(await backend(ctx)).toBe(pid);
    expect(await raw(ctx).scalar("SELECT coalesce(current_setting('djogi.tenant_id', true), '')")).toBe('');
  });

  test('after a typed statement among several fails', async () => {
    const { ctx, pid } = await single();
    const call = (text: string) => ({ statement: { text, parameters: [], rows: null }, values: [] });
    const calls = [
      call('INSERT INTO accounts VALUES (2, 1)'),
      call('INSERT INTO accounts VALUES (1, 1)'),
      call('INSERT INTO accounts VALUES (3, 1)'),
    ];
    expect(await rejection(executorOf(ctx).executeAll(calls, { operation: 'test' }))).toMatchObject({ kind: 'unique' });
    expect(await backend(ctx)).toBe(pid);
    expect(await int(ctx, 'SELECT count(*)::int FROM accounts WHERE id IN (2, 3)')).toBe(2);
    await run(ctx, 'DELETE FROM accounts WHERE id IN (2, 3)');
  });

  test('after a typed transaction that threw and was rolled back', async () => {
    const { ctx, pid } = await single();
    await rejection(
      ctx.atomic(async (tx) => {
        await run(tx, 'UPDATE accounts SET balance = 5 WHERE id = 1');
        throw new Error('no');
      }),
    );
    expect(await backend(ctx)).toBe(pid);
    expect(await int(ctx, 'SELECT balance FROM accounts WHERE id = 1')).toBe(100);
  });

  test('after COMMIT that failed', async () => {
    const { ctx, pid } = await single();
    await raw(ctx).script('CREATE TABLE IF NOT EXISTS children (id int REFERENCES accounts DEFERRABLE INITIALLY DEFERRED)');
    expect(await rejection(ctx.atomic((tx) => run(tx, 'INSERT INTO children VALUES (99)')))).toMatchObject({
      code: 'CONSTRAINT',
      kind: 'foreignKey',
    });
    expect(await backend(ctx)).toBe(pid);
  });

  test('after a raw statement that succeeded, with the session state it set', async () => {
    const { ctx, pid } = await single();
    await raw(ctx).execute("SET application_name = 'kept'");
    expect(await backend(ctx)).toBe(pid);
    expect(await raw(ctx).scalar("SELECT current_setting('application_name')")).toBe('kept');
  });
});

describe('a pool-backed connection is destroyed', () => {
  test('after raw SQL that failed, with the session state it had set', async () => {
    const { ctx, pid } = await single();
    expect(await rejection(raw(ctx).script("SET application_name = 'leaked'; SELECT 1/0"))).toMatchObject({ sqlState: '22012' });
    expect(await backend(ctx)).not.toBe(pid);
    expect(await raw(ctx).scalar("SELECT current_setting('application_name')")).not.toBe('leaked');
  });

  test('after one of several statements could not be decoded, and the first failure is the one reported', async () => {
    const { ctx, pid } = await single();
    const call = (text: string) => ({
      statement: { text, parameters: [], rows: { columns: [{ name: 'value', codec: intKind.codec }] } },
      values: [],
    });
    const calls = [call('SELECT 1'), call('SELECT 1/0'), call("SELECT 'x'")];
    expect(await rejection(executorOf(ctx).executeAll(calls, { operation: 'test' }))).toMatchObject({ sqlState: '22012' });
    expect(await backend(ctx)).not.toBe(pid);
  });

  test('after one of several raw statements failed', async () => {
    const { ctx, pid } = await single();
    const call = (text: string) => ({ statement: { text, parameters: [], rows: null }, values: [] });
    const calls = [call("SET application_name = 'leaked'"), call('SELECT 1/0')];
    expect(await rejection(executorOf(ctx).executeAll(calls, { operation: 'raw', reason: 'a test of the lease' }))).toMatchObject({
      sqlState: '22012',
    });
    expect(await backend(ctx)).not.toBe(pid);
  });

  test('after raw SQL that succeeded and could not be decoded', async () => {
    const { ctx, pid } = await single();
    const query = raw(ctx).query(
      { columns: [{ name: 'value', codec: intKind.codec }], as: 'value' },
      "SELECT set_config('application_name', 'leaked', false)",
    );
    expect(await rejection(query)).toMatchObject({ code: 'DECODE', column: 'value' });
    expect(await backend(ctx)).not.toBe(pid);
    expect(await raw(ctx).scalar("SELECT current_setting('application_name')")).not.toBe('leaked');
  });

  test('after a typed value that could not be decoded', async () => {
    const { ctx, pid } = await single();
    expect(await rejection(int(ctx, "SELECT 'x'"))).toMatchObject({ code: 'DECODE' });
    expect(await backend(ctx)).not.toBe(pid);
  });

  test('after raw SQL that left a transaction open', async () => {
    const { ctx, pid } = await single();
    await raw(ctx).execute('BEGIN');
    expect(await backend(ctx)).not.toBe(pid);
  });

  test('after a callback of withConnection threw, whatever it ran', async () => {
    const { ctx, pid } = await single();
    const problem = new Error('mine');
    const lent = raw(ctx).withConnection(async (connection) => {
      await connection.script('CREATE ROLE visitor; SET ROLE visitor; BEGIN');
      throw problem;
    });
    expect(await rejection(lent)).toBe(problem);
    expect(await backend(ctx)).not.toBe(pid);
    expect(await raw(ctx).rows('SELECT current_setting($1) AS role', ['role'])).toEqual([{ role: 'none' }]);
  });

  test('after a transaction with raw SQL threw, even though it was rolled back', async () => {
    const { ctx, pid } = await single();
    await rejection(
      ctx.atomic(async (tx) => {
        await raw(tx).execute('SELECT pg_advisory_lock(1)');
        throw new Error('no');
      }),
    );
    expect(await backend(ctx)).not.toBe(pid);
  });

  test('after an abort in the middle of a statement', async () => {
    const { ctx, pid } = await single();
    const controller = new AbortController();
    const running = rejection(run(ctx, 'SELECT pg_sleep(30)', [], { signal: controller.signal }));
    setTimeout(() => controller.abort(), 30);
    expect(await running).toMatchObject({ code: 'ABORTED' });
    expect(await backend(ctx)).not.toBe(pid);
  });
});
