// Several calls at once: their order, whose failure is whose, and what one Sync holds together.

import { expect, test } from 'vitest';
import type { Call } from '../../src/db/port.ts';
import { int4, shape, statement } from '../support/wire-codecs.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();

const number = statement('select $1::int4 as n', [int4], shape({ n: int4 }));
const divide = statement('select 1 / $1::int4 as n', [int4], shape({ n: int4 }));
const numbered = (n: number): Call<{ n: number | null }> => ({ statement: number, values: [n] });

test("answers come in order, and a failure in the middle is that call's alone", async () => {
  const connection = await server.open();
  await connection.execute(numbered(0));
  const order: number[] = [];
  const calls = Array.from({ length: 30 }, (_, n) =>
    connection.execute(n === 13 ? { statement: divide, values: [0] } : numbered(n)).finally(() => order.push(n)),
  );
  const settled = await Promise.allSettled(calls);
  expect(order).toEqual(Array.from({ length: 30 }, (_, n) => n));
  const failed = { status: 'rejected', reason: { code: 'DATABASE', sqlState: '22012' } };
  expect(settled).toMatchObject(settled.map((_, n) => (n === 13 ? failed : { status: 'fulfilled', value: { rows: [{ n }] } })));
});

test('a failing first use does not harm a second use that was sent behind it', async () => {
  const connection = await server.open();
  const results = await Promise.allSettled([
    connection.execute({ statement: divide, values: [0] }),
    connection.execute({ statement: divide, values: [1] }),
  ]);
  expect(results).toMatchObject([
    { status: 'rejected', reason: { sqlState: '22012' } },
    { status: 'fulfilled', value: { rows: [{ n: 1 }] } },
  ]);
});

test('calls of one tick share one write', async () => {
  const connection = await server.open();
  await connection.execute(numbered(0));
  const { bytesSent } = connection.counters;
  const calls = Promise.all(Array.from({ length: 10 }, (_, n) => connection.execute(numbered(n))));
  expect(connection.counters.bytesSent).toBe(bytesSent);
  await Promise.resolve();
  const sent = connection.counters.bytesSent - bytesSent;
  await calls;
  expect(connection.counters.bytesSent - bytesSent).toBe(sent);
});

test('more calls than the queue compacts at are all answered', async () => {
  const connection = await server.open();
  const outcomes = await Promise.all(Array.from({ length: 5000 }, (_, n) => connection.execute(numbered(n))));
  expect(outcomes.every(({ rows }, n) => rows[0]!.n === n)).toBe(true);
});

test('statements sent together are one implicit transaction', async () => {
  const connection = await server.open();
  await connection.script('drop table if exists atomic_together; create table atomic_together (n int primary key)');
  const insert = statement('insert into atomic_together values ($1)', [int4]);
  const count = { statement: statement('select count(*)::int4 as n from atomic_together', [], shape({ n: int4 })), values: [] };
  const error = await connection.executeTogether([1, 2, 1, 3].map((n) => ({ statement: insert, values: [n] }))).then(
    () => null,
    (reason) => reason as object,
  );
  expect(error).toMatchObject({ code: 'CONSTRAINT', kind: 'unique', callIndex: 2 });
  expect((await connection.execute(count)).rows).toEqual([{ n: 0 }]);
  await connection.executeTogether([1, 2, 3].map((n) => ({ statement: insert, values: [n] })));
  expect((await connection.execute(count)).rows).toEqual([{ n: 3 }]);
});

test('a constraint that is checked at the commit of several rejects them', async () => {
  const connection = await server.open();
  await connection.script('drop table if exists deferred; create table deferred (n int unique deferrable initially deferred)');
  const insert = { statement: statement('insert into deferred values (1)'), values: [] };
  await expect(connection.executeTogether([insert, insert])).rejects.toMatchObject({ code: 'CONSTRAINT', callIndex: 1 });
  await connection.execute(insert);
  await expect(connection.execute(insert)).rejects.toMatchObject({ code: 'CONSTRAINT' });
  expect((await connection.execute(numbered(1))).rows).toEqual([{ n: 1 }]);
});

test('a transaction-local setting ends with the statements it was sent with', async () => {
  const connection = await server.open();
  const set = { statement: statement("select set_config('djogi.tenant_id', '42', true)"), values: [] };
  const read = {
    statement: statement("select nullif(current_setting('djogi.tenant_id', true), '')::int4 as n", [], shape({ n: int4 })),
    values: [],
  };
  expect((await connection.executeTogether([set, read]))[1]!.rows).toEqual([{ n: 42 }]);
  expect((await connection.execute(read)).rows).toEqual([{ n: null }]);
});

test('the transaction status is that of the last answer', async () => {
  const connection = await server.open();
  expect(connection.transactionStatus).toBe('idle');
  await connection.script('begin');
  expect(connection.transactionStatus).toBe('open');
  await connection.execute({ statement: divide, values: [0] }).catch(() => {});
  expect(connection.transactionStatus).toBe('failed');
  expect(await connection.script('commit')).toBe('ROLLBACK');
  expect(connection.transactionStatus).toBe('idle');
});

test('a script runs many statements and gives the command of the last', async () => {
  const connection = await server.open();
  expect(
    await connection.script(
      'create temporary table scripted (n int); insert into scripted values (1), (2); select * from scripted; update scripted set n = 3',
    ),
  ).toBe('UPDATE');
  await expect(connection.script('select 1; select 1 / 0; select 2')).rejects.toMatchObject({ sqlState: '22012' });
  expect(await connection.script('')).toBe('');
});

test('COPY as a statement is refused with the way to do it, and the connection stays usable', async () => {
  const connection = await server.open();
  await connection.script('create temporary table copied (n int)');
  for (const run of [
    (sql: string) => connection.execute({ statement: statement(sql), values: [] }),
    (sql: string) => connection.script(sql),
  ]) {
    const refused = await run('copy copied from stdin').then(
      () => null,
      (reason) => reason as Error & { cause: { message: string } },
    );
    expect(refused).toMatchObject({ code: 'DATABASE', cause: { message: expect.stringContaining('needs copyIn') as unknown } });
    await expect(run('copy (select 1) to stdout')).rejects.toThrow(/copyOut/);
    expect((await connection.execute(numbered(1))).rows).toEqual([{ n: 1 }]);
  }
});

test('notifications reach their handlers until they are taken off, and one that throws harms no answer', async () => {
  const connection = await server.open(),
    other = await server.open();
  const received: unknown[] = [];
  const stop = connection.onNotification((notification) => received.push(notification));
  await connection.script('listen "Some Channel"');
  await other.script(`notify "Some Channel", 'größe'`);
  await expect.poll(() => received).toEqual([{ channel: 'Some Channel', payload: 'größe', processId: other.processId }]);
  stop();
  await other.script(`notify "Some Channel"`);
  await connection.execute(numbered(1));
  expect(received).toHaveLength(1);
});

test('notices go to the handler of the connection', async () => {
  const notices: (string | undefined)[] = [];
  const connection = await server.open({ onNotice: (notice) => notices.push(notice.message) });
  await connection.script("do $$ begin raise notice 'mind the gap'; end $$");
  expect(notices).toEqual(['mind the gap']);
});
