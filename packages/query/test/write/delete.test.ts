// `set.delete()`: what is sent, and which rows are gone.

import { expectRoundTrips, expectStatements } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { query } from '../../src/index.ts';
import { expectWrite, OpenTask, ran, sent, Task, tasks, TASK_COLUMNS, test, Worker } from '../support/tasks.ts';

const ofAda = query(Task).filter((t) => t.worker.eq('ada'));

describe('delete', () => {
  test('removes the rows of the set and gives their number', async ({ ctx }) => {
    await expectWrite(ctx, ofAda.delete(), { text: 'DELETE FROM "tasks" WHERE "worker" = $1', values: ['ada'], count: 2 });
    expect((await tasks(ctx, 'title')).flat()).toEqual(['Test', 'Ship', 'Rest']);
    expect(await ofAda.delete().execute(ctx)).toBe(0);
  });

  test('removes all rows without a filter', async ({ ctx }) => {
    await expectWrite(ctx, query(Task).delete(), { text: 'DELETE FROM "tasks"', count: 5 });
  });

  test('has one text whatever the values', () => {
    const texts = new Set(
      Array.from(
        { length: 50 },
        (_, at) =>
          query(Task)
            .filter(
              (t) => t.points.gt(at),
              (t) => t.worker.in([`w${at}`]),
            )
            .delete()
            .toSql().text,
      ),
    );
    expect(texts.size).toBe(1);
  });

  test('costs one statement and one round trip, whatever comes back', async ({ ctx }) => {
    await expectStatements(1, () => expectRoundTrips(1, () => ofAda.delete().execute(ctx)));
    await expectStatements(1, () =>
      expectRoundTrips(1, () =>
        query(Task)
          .filter((t) => t.points.gt(4))
          .delete()
          .returning(ctx),
      ),
    );
    await expectStatements(1, () => expectRoundTrips(1, () => query(Task).delete().returningPairs(ctx)));
  });

  test('runs no hooks', async ({ ctx }) => {
    await ofAda.delete().execute(ctx);
    await query(Task).delete().returning(ctx);
    expect(ran()).toEqual([]);
  });

  test('of a proxy removes its slice only', async ({ ctx }) => {
    await expectWrite(ctx, query(OpenTask).delete(), { text: `DELETE FROM "tasks" WHERE "status" = 'open'::"status"`, count: 3 });
    expect((await tasks(ctx, 'title')).flat()).toEqual(['Test', 'Rest']);
  });

  test('takes part in its transaction', async ({ ctx }) => {
    await ctx
      .atomic(async (tx) => {
        expect(await query(Task).delete().execute(tx)).toBe(5);
        expect(await query(Task).count(tx)).toBe(0);
        throw new Error('undone');
      })
      .catch(() => null);
    expect(await query(Task).count(ctx)).toBe(5);
  });
});

describe('what a delete gives back', () => {
  test('are the rows as they were stored', async ({ ctx }) => {
    sent();
    const rows = await ofAda.delete().returning(ctx);
    expect(sent()).toEqual([
      { text: `DELETE FROM "tasks" WHERE "worker" = $1 RETURNING ${TASK_COLUMNS}`, values: ['ada'], operation: 'deleteReturning' },
    ]);
    rows.sort((left, right) => left.title.localeCompare(right.title));
    expect(rows.map(({ title, tags, slug, shout }) => [title, tags, slug, shout])).toEqual([
      ['Build', ['big'], 'build', 'BUILD'],
      ['Plan', [], 'plan', 'PLAN'],
    ]);
    expect(rows[0]).toBeInstanceOf(Task);
    expect(await query(OpenTask).delete().returning(ctx)).toEqual([expect.any(OpenTask)]);
  });

  test('are chosen expressions, by name', async ({ ctx }) => {
    const titles = await query(Task)
      .filter((t) => t.title.eq('Plan'))
      .delete()
      .returning(ctx, (t, old) => ({ title: t.title, more: old.points.add(10) }));
    expect(titles).toEqual([{ title: 'Plan', more: 13 }]);
    expect(sent().map(({ text }) => text)).toEqual([
      'DELETE FROM "tasks" WHERE "title" = $1 RETURNING WITH (OLD AS "__djogi_old") "title", "__djogi_old"."points" + $2',
    ]);
  });

  test('are pairs without another side', async ({ ctx }) => {
    const pairs = await query(Worker)
      .filter((w) => w.name.eq('cy'))
      .delete()
      .returningPairs(ctx);
    expect(pairs).toEqual([{ old: expect.any(Worker) as Worker, new: null }]);
    expect(pairs[0]!.old).toMatchObject({ name: 'cy', load: 7 });
    expect(await query(Worker).count(ctx)).toBe(2);
  });
});
