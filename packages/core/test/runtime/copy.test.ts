// COPY on contexts: what it holds, what travels in front of it, and what is left when it fails or is left.

import { describe, expect, test } from 'vitest';
import { executorOf, type Context, type CopyOut } from '../../src/db/context.ts';
import type { Call, CopyEncoding } from '../../src/db/port.ts';
import { backend, int, raw, rejection, run, runtimeServer } from '../support/runtime-server.ts';

const server = runtimeServer(
  "CREATE TABLE copied (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, owner text DEFAULT current_setting('djogi.tenant_id', true), label text)",
);

const single = async (): Promise<{ ctx: Context; pid: number }> => {
  const ctx = (await server.pool({ max: 1 })).context();
  await run(ctx, 'DELETE FROM copied');
  return { ctx, pid: await backend(ctx) };
};

const preamble: readonly Call[] = [
  { statement: { text: "SELECT set_config('djogi.tenant_id', '7', true)", parameters: [], rows: null }, values: [] },
];
const lines: CopyEncoding<number> = { write: (writer, id) => writer.utf8(`${id}\tlabel\n`) };
const INTO = 'COPY copied (id, label) FROM STDIN';
const copyIn = (ctx: Context, ids: Iterable<number> | AsyncIterable<number>, before?: readonly Call[]): Promise<number> =>
  executorOf(ctx).copyIn(INTO, ids, lines, { operation: 'copyFrom', preamble: before });

const copyOf = (text: string): CopyOut => ({ text, observed: () => ({ text, values: [] }) });
const large = copyOf("COPY (SELECT n, repeat('x', 100) FROM generate_series(1, 2000000) AS n) TO STDOUT");
const copyOut = (ctx: Context, copy: CopyOut, before?: readonly Call[]): AsyncGenerator<Uint8Array, number | undefined, undefined> =>
  executorOf(ctx).copyOut(copy, { operation: 'copyTo', preamble: before });

async function text(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  let all = '';
  for await (const piece of pieces) all += Buffer.from(piece).toString();
  return all;
}

const settingNow = (ctx: Context): Promise<unknown> => raw(ctx).scalar("SELECT coalesce(current_setting('djogi.tenant_id', true), '')");

describe('a copy on the pool', () => {
  test('commits by itself, and keeps its connection after every kind of failure', async () => {
    const { ctx, pid } = await single();
    expect(await copyIn(ctx, [1, 2, 3])).toBe(3);
    const failure = new Error('no more');
    const failing = function* (): Generator<number> {
      yield 4;
      throw failure;
    };
    expect(await rejection(copyIn(ctx, failing()))).toBe(failure);
    expect(await rejection(copyIn(ctx, [5, 1]))).toMatchObject({ code: 'CONSTRAINT', kind: 'unique' });
    expect(await rejection(copyIn(ctx, [Number.NaN]))).toMatchObject({ code: 'DATABASE', copyLine: 1 });
    expect([await int(ctx, 'SELECT count(*)::int FROM copied'), await backend(ctx)]).toEqual([3, pid]);
  });

  test('runs in a transaction of its own after a preamble, whose settings are gone with it', async () => {
    const { ctx, pid } = await single();
    expect(await copyIn(ctx, [1, 2], preamble)).toBe(2);
    expect(await text(copyOut(ctx, copyOf('COPY (SELECT id, owner FROM copied ORDER BY id) TO STDOUT')))).toBe('1\t7\n2\t7\n');
    expect(await text(copyOut(ctx, copyOf("COPY (SELECT current_setting('djogi.tenant_id')) TO STDOUT"), preamble))).toBe('7\n');
    // A deferred constraint fails at the COMMIT.
    expect(await rejection(copyIn(ctx, [3, 1], preamble))).toMatchObject({ code: 'CONSTRAINT' });
    expect(await rejection(copyIn(ctx, [Number.NaN], preamble))).toMatchObject({ code: 'DATABASE' });
    const wrong: readonly Call[] = [...preamble, { statement: { text: 'SELECT 1 / 0', parameters: [], rows: null }, values: [] }];
    expect(await rejection(copyIn(ctx, [4], wrong))).toMatchObject({ sqlState: '22012' });
    expect(await rejection(text(copyOut(ctx, large, wrong)))).toMatchObject({ sqlState: '22012' });
    expect([await int(ctx, 'SELECT count(*)::int FROM copied'), await settingNow(ctx), await backend(ctx)]).toEqual([2, '', pid]);
  });

  test('left early is cancelled, with and without a preamble', async () => {
    const { ctx, pid } = await single();
    for (const before of [undefined, preamble, undefined, preamble]) {
      const start = performance.now();
      for await (const piece of copyOut(ctx, large, before)) {
        expect(piece.length).toBeGreaterThan(0);
        break;
      }
      expect(performance.now() - start).toBeLessThan(3_000);
      expect([await backend(ctx), await settingNow(ctx)]).toEqual([pid, '']);
    }
  });

  test('that was never pulled from sends nothing', async () => {
    const { ctx, pid } = await single();
    await copyOut(ctx, copyOf('COPY (SELECT 1 / 0) TO STDOUT')).return(undefined);
    expect(await backend(ctx)).toBe(pid);
  });

  test('whose signal fires drops its connection', async () => {
    const { ctx, pid } = await single();
    const abort = new AbortController();
    const pieces = executorOf(ctx).copyOut(large, { operation: 'copyTo' }, { signal: abort.signal });
    await pieces.next();
    abort.abort();
    expect(await rejection(pieces.next())).toMatchObject({ code: 'ABORTED' });
    expect(await backend(ctx)).not.toBe(pid);
  });
});

describe('a copy in a transaction', () => {
  test('comes after BEGIN, preambles and what was asked for before it', async () => {
    const { ctx } = await single();
    await ctx.atomic(async (tx) => {
      const [, count] = await Promise.all([run(tx, 'INSERT INTO copied (id) VALUES (10)'), copyIn(tx, [1, 2], preamble)]);
      expect(count).toBe(2);
      expect(await text(copyOut(tx, copyOf('COPY (SELECT id, owner FROM copied ORDER BY id) TO STDOUT')))).toBe('1\t7\n2\t7\n10\t\\N\n');
    });
    expect(await int(ctx, 'SELECT count(*)::int FROM copied')).toBe(3);
  });

  test('is undone with it, and the connection is kept', async () => {
    const { ctx, pid } = await single();
    await rejection(
      ctx.atomic(async (tx) => {
        await copyIn(tx, [1, 2]);
        throw new Error('undone');
      }),
    );
    expect([await int(ctx, 'SELECT count(*)::int FROM copied'), await backend(ctx)]).toEqual([0, pid]);
  });

  test('refuses everything else until it is over', async () => {
    const { ctx } = await single();
    await ctx.atomic(async (tx) => {
      const pieces = copyOut(tx, copyOf('COPY (SELECT 1) TO STDOUT'));
      await pieces.next();
      for (const act of [
        () => run(tx, 'SELECT 1'),
        () => tx.atomic(() => run(tx, 'SELECT 1')),
        () => copyIn(tx, [1]),
        () => text(copyOut(tx, large)),
      ])
        expect(await rejection(act())).toMatchObject({ code: 'STREAM_IN_PROGRESS', message: expect.stringContaining('A COPY is running') });
      expect(await pieces.next()).toEqual({ done: true, value: 1 });
      await run(tx, 'SELECT 1');
    });
  });

  test('does not hold up the end of its transaction, in a savepoint or not', async () => {
    const { ctx } = await single();
    const stuck = async function* (isStuck: () => void): AsyncGenerator<number> {
      yield 1;
      isStuck();
      await new Promise(() => {});
    };
    for (const isNested of [false, true]) {
      const errors: Promise<unknown>[] = [];
      let pieces: AsyncGenerator<Uint8Array, number | undefined, undefined> | undefined;
      const leaving = async (on: Context): Promise<void> => {
        await new Promise<void>((isStuck) => errors.push(rejection(copyIn(on, stuck(isStuck)))));
      };
      const reading = async (on: Context): Promise<void> => {
        pieces = copyOut(on, large);
        await pieces.next();
      };
      for (const work of [leaving, reading]) {
        const ending = ctx.atomic(async (tx) => (isNested ? tx.atomic(work) : work(tx)));
        expect(await rejection(ending)).toMatchObject({ code: 'PENDING_OPERATIONS' });
      }
      expect(await errors[0]).toMatchObject({ code: 'SCOPE_CLOSED' });
      expect(await rejection(pieces!.next())).toMatchObject({ code: 'SCOPE_CLOSED' });
    }
    expect(await int(ctx, 'SELECT count(*)::int FROM copied')).toBe(0);
  });
});
