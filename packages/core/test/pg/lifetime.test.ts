// The end of a connection in all its forms, and cancelling.

import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/db/port.ts';
import { cancelRequest } from '../../src/pg/cancel.ts';
import { int4, shape, statement, text } from '../support/wire-codecs.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();

const one = { statement: statement('select 1 as n', [], shape({ n: int4 })), values: [] };
const sleep = { statement: statement("select 'slept' as s from pg_sleep(60)", [], shape({ s: text })), values: [] };

async function terminate(connection: Connection): Promise<void> {
  const administrator = await server.open();
  await administrator.execute({ statement: statement('select pg_terminate_backend($1::int4)', [int4]), values: [connection.processId] });
  await administrator.close();
}

/** Resolves when the backend runs what it was sent. */
async function untilRunning(connection: Connection): Promise<void> {
  const observer = await server.open();
  const state = {
    statement: statement('select state as s from pg_stat_activity where pid = $1', [int4], shape({ s: text })),
    values: [connection.processId],
  };
  await expect.poll(async () => (await observer.execute(state)).rows).toEqual([{ s: 'active' }]);
  await observer.close();
}

function closings(connection: Connection): (Error | null)[] {
  const reasons: (Error | null)[] = [];
  connection.onClose((reason) => reasons.push(reason));
  return reasons;
}

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'it succeeded',
    (reason) => reason as unknown,
  );

describe('cancel', () => {
  test('ends a running statement with 57014, and the connection goes on', async () => {
    const connection = await server.open();
    const sleeping = failureOf(connection.execute(sleep));
    await untilRunning(connection);
    await connection.cancel();
    expect(await sleeping).toMatchObject({ code: 'DATABASE', sqlState: '57014' });
    expect((await connection.execute(one)).rows).toEqual([{ n: 1 }]);
  });

  test('does nothing to an idle connection', async () => {
    const connection = await server.open();
    for (let time = 0; time < 20; time++) {
      await connection.cancel();
      expect((await connection.execute(one)).rows).toEqual([{ n: 1 }]);
    }
  });

  test('rejects when the request cannot be delivered', async () => {
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as { port: number };
    await new Promise((resolve) => listener.close(resolve));
    const target = {
      host: '127.0.0.1',
      port,
      address: undefined,
      ssl: false,
      sslNegotiation: 'postgres',
      processId: 1,
      secretKey: 1,
    } as const;
    await expect(cancelRequest(target)).rejects.toMatchObject({ code: 'CONNECTION', cause: { code: 'ECONNREFUSED' } });
  });
});

describe('a backend that is terminated', () => {
  test('while idle: the reason is told once and later calls reject', async () => {
    const connection = await server.open();
    const reasons = closings(connection);
    await terminate(connection);
    await expect.poll(() => reasons).toMatchObject([{ code: 'CONNECTION', sqlState: '57P01' }]);
    expect(connection.isOpen).toBe(false);
    await expect(connection.execute(one)).rejects.toMatchObject({ code: 'CONNECTION' });
    await expect(connection.script('select 1')).rejects.toMatchObject({ code: 'CONNECTION' });
    await expect(connection.executeTogether([one])).rejects.toMatchObject({ code: 'CONNECTION' });
    await expect(connection.openCursor(one)).rejects.toMatchObject({ code: 'CONNECTION' });
    await expect(connection.copyIn('copy t from stdin', [])).rejects.toMatchObject({ code: 'CONNECTION' });
    await expect(connection.copyOut('copy t to stdout')[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'CONNECTION' });
    expect(reasons).toHaveLength(1);
  });

  test('during a statement: it and everything behind it reject', async () => {
    const connection = await server.open();
    const reasons = closings(connection);
    const pending = [
      connection.execute(sleep),
      connection.execute(one),
      connection.script('select 1'),
      connection.executeTogether([one, one]),
    ].map(failureOf);
    await untilRunning(connection);
    await terminate(connection);
    for (const failure of await Promise.all(pending)) expect(failure).toMatchObject({ code: 'CONNECTION', sqlState: '57P01' });
    expect(reasons).toMatchObject([{ sqlState: '57P01' }]);
  });

  test('during a transaction with an open cursor: reading rejects and closing does not', async () => {
    const connection = await server.open();
    await connection.script('begin');
    const cursor = await connection.openCursor({
      statement: statement('select n::int4 as n from generate_series(1, 1000000) n', [], shape({ n: int4 })),
      values: [],
    });
    await cursor.read(10);
    await terminate(connection);
    expect(await failureOf(cursor.read(10))).toMatchObject({ code: 'CONNECTION' });
    await cursor.close();
    expect(await failureOf(connection.script('commit'))).toMatchObject({ code: 'CONNECTION' });
  });

  test('during a copy out: what was read stays read, then it rejects', async () => {
    const connection = await server.open();
    const pieces = connection.copyOut('copy (select generate_series(1, 100000000)) to stdout')[Symbol.asyncIterator]();
    await pieces.next();
    await terminate(connection);
    const reading = (async () => {
      for (let step = await pieces.next(); step.done !== true; step = await pieces.next());
    })();
    expect(await failureOf(reading)).toMatchObject({ code: 'CONNECTION' });
  });
});

describe('destroy', () => {
  test('rejects what runs, with the reason as cause, and tells it once', async () => {
    const connection = await server.open();
    const reasons = closings(connection),
      reason = new Error('enough');
    const failures = [connection.execute(sleep), connection.execute(one)].map(failureOf);
    connection.destroy(reason);
    connection.destroy(new Error('again'));
    for (const failure of await Promise.all(failures)) expect(failure).toMatchObject({ code: 'CONNECTION', cause: reason });
    expect(reasons).toEqual([reason]);
    expect(connection.isOpen).toBe(false);
  });

  test('has a reason of its own when none is given', async () => {
    const connection = await server.open();
    const reasons = closings(connection);
    connection.destroy();
    await expect.poll(() => reasons).toMatchObject([{ code: 'CONNECTION' }]);
  });
});

describe('close', () => {
  test('answers what was called before it, ends the session and gives no reason', async () => {
    const connection = await server.open();
    const { processId } = connection,
      reasons = closings(connection);
    const before = connection.execute(one),
      closed = connection.close();
    expect(connection.isOpen).toBe(false);
    await expect(connection.execute(one)).rejects.toMatchObject({ code: 'CONNECTION' });
    expect((await before).rows).toEqual([{ n: 1 }]);
    await Promise.all([closed, connection.close()]);
    expect(reasons).toEqual([null]);
    const observer = await server.open();
    const present = {
      statement: statement('select count(*)::int4 as n from pg_stat_activity where pid = $1', [int4], shape({ n: int4 })),
      values: [processId],
    };
    await expect.poll(async () => (await observer.execute(present)).rows).toEqual([{ n: 0 }]);
  });

  test('a handler that comes too late is told all the same', async () => {
    const connection = await server.open();
    await connection.close();
    const reasons = closings(connection);
    await expect.poll(() => reasons).toEqual([null]);
  });

  test('of a connection that is gone resolves', async () => {
    const connection = await server.open();
    connection.destroy();
    await expect(connection.close()).resolves.toBeUndefined();
  });
});

test('nothing of all that is left to the process as an unhandled error', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => {
    unhandled.push(error);
  };
  process.on('uncaughtException', note).on('unhandledRejection', note);
  try {
    const connections = await Promise.all([server.open(), server.open(), server.open()]);
    const failures = connections.map((connection) => failureOf(connection.execute(sleep)));
    await terminate(connections[0]);
    connections[1].destroy();
    await terminate(connections[2]);
    await Promise.all(failures);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(unhandled).toEqual([]);
  } finally {
    process.off('uncaughtException', note).off('unhandledRejection', note);
  }
});
