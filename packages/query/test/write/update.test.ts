// `set.update(...)`: what is sent, and what becomes of the rows.

import { caseWhen, coalesce, countAll, dateTrunc, exists, literal, now } from '@djogi/core';
import { rawSql } from '@djogi/core/raw';
import { expectRoundTrips, expectStatements } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { query } from '../../src/index.ts';
import { expectWrite, OpenTask, ran, sent, STAMPS, Task, tasks, TASK_COLUMNS, test, Worker } from '../support/tasks.ts';

const ofAda = query(Task).filter((t) => t.worker.eq('ada'));

describe('update', () => {
  test('writes values to the rows of the set, counts the version up and stamps the time', async ({ ctx }) => {
    const before = await Task.get(ctx, 1 as Task['id']);
    await expectWrite(ctx, ofAda.update({ status: 'done', points: 4 }), {
      text: `UPDATE "tasks" SET "status" = $1, "points" = $2, ${STAMPS} WHERE "worker" = $3`,
      values: ['done', 4, 'ada'],
      count: 2,
    });
    expect(await tasks(ctx, 'title', 'status', 'points', 'revision')).toEqual([
      ['Plan', 'done', 4, 1],
      ['Build', 'done', 4, 1],
      ['Test', 'done', 5, 0],
      ['Ship', 'open', 1, 0],
      ['Rest', 'dropped', 0, 0],
    ]);
    const after = await Task.get(ctx, 1 as Task['id']);
    expect(after.createdAt).toEqual(before.createdAt);
    expect(after.updatedAt.getTime()).toBeGreaterThan(before.updatedAt.getTime());
  });

  test('computes what a column gets out of the row', async ({ ctx }) => {
    await expectWrite(
      ctx,
      ofAda.update((t) => ({ points: t.points.add(1), rank: t.points, price: t.price.mul('1.10'), title: t.title.upper() })),
      {
        text: `UPDATE "tasks" SET "title" = upper("title"), "points" = "points" + $1, "rank" = "points", "price" = "price" * $2, ${STAMPS} WHERE "worker" = $3`,
        values: [1, '1.10', 'ada'],
        count: 2,
      },
    );
    // The right-hand sides see the row as it was: rank is the old number of points.
    expect((await tasks(ctx, 'title', 'points', 'rank', 'price')).slice(0, 2)).toEqual([
      ['PLAN', 4, 3, '11.00'],
      ['BUILD', 9, 8, '22.55'],
    ]);
  });

  test('takes expressions without a callback, and values beside expressions', async ({ ctx }) => {
    await expectWrite(ctx, ofAda.update({ dueAt: now(), worker: null, tags: ['a', 'b'] }), {
      text: `UPDATE "tasks" SET "worker" = $1, "due_at" = date_trunc('milliseconds', now()), "tags" = $2, ${STAMPS} WHERE "worker" = $3`,
      values: [null, ['a', 'b'], 'ada'],
      count: 2,
    });
    const [plan] = await tasks(ctx, 'worker', 'tags', 'dueAt', 'updatedAt');
    expect(plan!.slice(0, 2)).toEqual([null, ['a', 'b']]);
    expect(plan![2]).toEqual(plan![3]);
  });

  test('is about all rows without a filter', async ({ ctx }) => {
    await expectWrite(ctx, query(Worker).update({ load: 1 }), { text: 'UPDATE "workers" SET "load" = $1', values: [1], count: 3 });
  });

  test('gives 0 where no row matches', async ({ ctx }) => {
    expect(
      await ofAda
        .filter((t) => t.points.gt(100))
        .update({ points: 0 })
        .execute(ctx),
    ).toBe(0);
  });

  test('has one text whatever the values and the order of the keys', () => {
    const texts = new Set([
      ...Array.from({ length: 30 }, (_, at) => ofAda.update({ points: at, title: `t${at}` }).toSql().text),
      ...Array.from({ length: 30 }, (_, at) => ofAda.update({ title: `t${at}`, points: at }).toSql().text),
      ofAda.update(() => ({ title: 'x', points: 0 })).toSql().text,
      ofAda.update(() => ({ title: 'x', points: literal(0) })).toSql().text,
    ]);
    expect(texts.size).toBe(1);
    const computed = new Set(Array.from({ length: 30 }, (_, at) => ofAda.update((t) => ({ points: t.points.add(at) })).toSql().text));
    expect(computed.size).toBe(1);
  });

  test('of fifty at once loses none: the server increments', async ({ ctx }) => {
    const one = query(Task).filter((t) => t.title.eq('Rest'));
    await Promise.all(Array.from({ length: 50 }, () => one.update((t) => ({ points: t.points.add(1) })).execute(ctx)));
    expect(await one.select((t) => ({ points: t.points, revision: t.revision })).fetchOne(ctx)).toEqual({ points: 50, revision: 50 });
  });

  test('costs one statement and one round trip', async ({ ctx }) => {
    await expectStatements(1, () => expectRoundTrips(1, () => ofAda.update({ points: 1 }).execute(ctx)));
    await expectStatements(1, () => expectRoundTrips(1, () => ofAda.update({ points: 1 }).returning(ctx)));
    await expectStatements(1, () => expectRoundTrips(1, () => ofAda.update({ points: 1 }).returningPairs(ctx)));
  });

  test('makes a save of a row that was read before conflict', async ({ ctx }) => {
    const stale = await Task.get(ctx, 1 as Task['id']);
    await ofAda.update({ points: 9 }).execute(ctx);
    await expect(stale.update(ctx, { title: 'Late' })).rejects.toMatchObject({ code: 'LOCK_CONFLICT', reason: 'version' });
  });

  test('runs no hooks', async ({ ctx }) => {
    await ofAda.update({ points: 1 }).execute(ctx);
    await ofAda.update({ points: 1 }).returning(ctx);
    expect(ran()).toEqual([]);
  });

  test('is one statement that may be sent more than once, and leaves its set as it is', async ({ ctx }) => {
    const increment = ofAda.update((t) => ({ points: t.points.add(1) }));
    expect(increment).not.toHaveProperty('then');
    // oxlint-disable-next-line typescript/await-thenable -- a mistake that people make: it must be harmless
    expect(await increment).toBe(increment);
    expect(sent()).toEqual([]);
    await increment.execute(ctx);
    await increment.execute(ctx);
    expect((await tasks(ctx, 'points')).slice(0, 2)).toEqual([[5], [10]]);
    expect(ofAda.toSql().text).toBe(`SELECT ${TASK_COLUMNS} FROM "tasks" WHERE "worker" = $1`);
  });

  test('takes part in its transaction', async ({ ctx }) => {
    await ctx
      .atomic(async (tx) => {
        await ofAda.update({ points: 100 }).execute(tx);
        expect(
          await query(Task)
            .filter((t) => t.points.eq(100))
            .count(tx),
        ).toBe(2);
        throw new Error('undone');
      })
      .catch(() => null);
    expect((await tasks(ctx, 'points')).flat()).toEqual([3, 8, 5, 1, 0]);
  });

  test('of a proxy is about its slice, whose order is not asked for by anybody', async ({ ctx }) => {
    await expectWrite(
      ctx,
      query(OpenTask)
        .filter((t) => t.points.gt(1))
        .update({ rank: 7 }),
      {
        text: `UPDATE "tasks" SET "rank" = $1, ${STAMPS} WHERE "status" = 'open'::"status" AND "points" > $2`,
        values: [7, 1],
        count: 2,
      },
    );
    expect((await tasks(ctx, 'rank')).flat()).toEqual([7, 7, null, 2, null]);
    const [first] = await query(OpenTask)
      .update((t) => ({ points: t.points.add(1) }))
      .returning(ctx);
    expect(first).toBeInstanceOf(OpenTask);
  });

  test('names the constraint that it violates', async ({ ctx }) => {
    await expect(query(Worker).update({ name: 'ada' }).execute(ctx)).rejects.toMatchObject({
      code: 'CONSTRAINT',
      kind: 'unique',
      fields: ['name'],
    });
    await expect(
      query(Task)
        .update((t) => ({ points: t.rank as never }))
        .execute(ctx),
    ).rejects.toMatchObject({ code: 'CONSTRAINT', kind: 'notNull', fields: ['points'] });
    expect(
      await query(Worker)
        .filter((w) => w.name.eq('ada'))
        .count(ctx),
    ).toBe(1);
  });

  test('whose signal has fired sends nothing, and a waiting one is cancelled', async ({ ctx }) => {
    const fired = { signal: AbortSignal.abort() },
      aborted = { code: 'ABORTED' },
      update = ofAda.update({ points: 1 });
    await expectStatements(0, async () => {
      await expect(update.execute(ctx, fired)).rejects.toMatchObject(aborted);
      await expect(update.returning(ctx, fired)).rejects.toMatchObject(aborted);
      await expect(update.returning(ctx, (t) => ({ id: t.id }), fired)).rejects.toMatchObject(aborted);
      await expect(update.explain(ctx, fired)).rejects.toMatchObject(aborted);
      await expect(ofAda.delete().execute(ctx, fired)).rejects.toMatchObject(aborted);
      await expect(ofAda.delete().returningPairs(ctx, fired)).rejects.toMatchObject(aborted);
    });
    await ctx.atomic(async (tx) => {
      await update.execute(tx);
      const abort = new AbortController();
      const outcome = ofAda
        .update({ points: 2 })
        .execute(ctx, { signal: abort.signal })
        .catch((error: unknown) => error);
      const waits = async (): Promise<boolean> =>
        (await rawSql(ctx, 'looks whether the update waits for its row').rows(WAITING)).length > 0;
      while (!(await waits()));
      abort.abort();
      expect(await outcome).toMatchObject(aborted);
      // The call is over at once; the server hears of it a moment later.
      while (await waits());
    });
    expect((await tasks(ctx, 'points')).flat()).toEqual([1, 1, 5, 1, 0]);
  });
});

const WAITING = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'UPDATE "tasks"%'`;

describe('a CASE', () => {
  test('with literal arms only has the type of the column: integers, labels and decimals', async ({ ctx }) => {
    await expectWrite(
      ctx,
      query(Task).update((t) => ({
        points: caseWhen(t.points.gt(4), 10).when(t.points.gt(2), 20).otherwise(30),
        status: caseWhen(t.worker.isNull(), 'dropped').otherwise('open'),
        price: caseWhen(t.points.eq(0), '1.50').otherwise('2.25'),
      })),
      {
        text:
          'UPDATE "tasks" SET "status" = CASE WHEN "worker" IS NULL THEN $1::"status" ELSE $2::"status" END, ' +
          '"points" = CASE WHEN "points" > $3 THEN $4::integer WHEN "points" > $5 THEN $6::integer ELSE $7::integer END, ' +
          `"price" = CASE WHEN "points" = $8 THEN $9::numeric ELSE $10::numeric END, ${STAMPS}`,
        values: ['dropped', 'open', 4, 10, 2, 20, 30, 0, '1.50', '2.25'],
        count: 5,
      },
    );
    expect(await tasks(ctx, 'points', 'status', 'price')).toEqual([
      [20, 'open', '2.25'],
      [10, 'open', '2.25'],
      [10, 'open', '2.25'],
      [30, 'open', '2.25'],
      [30, 'dropped', '1.50'],
    ]);
  });

  test('with columns among its arms is promoted, and assigned', async ({ ctx }) => {
    await query(Task)
      .update((t) => ({ points: caseWhen(t.rank.isNotNull(), coalesce(t.rank, 0)).otherwise(t.points) }))
      .execute(ctx);
    expect((await tasks(ctx, 'points')).flat()).toEqual([3, 1, 5, 2, 0]);
  });
});

describe('a subquery', () => {
  test('gives a column its value, row by row', async ({ ctx }) => {
    const workload = query(Worker).update((w) => ({
      load: coalesce(
        query(Task)
          .filter((t) => t.worker.eq(w.name))
          .asScalar(() => countAll()),
        0,
      ),
    }));
    await expectWrite(ctx, workload, {
      text: 'UPDATE "workers" SET "load" = coalesce((SELECT count(*) FROM "tasks" WHERE "tasks"."worker" = "workers"."name"), $1::bigint)',
      values: [0],
      count: 3,
    });
    const loads = await query(Worker)
      .orderBy((w) => w.id.asc())
      .selectTuple((w) => [w.name, w.load])
      .fetchAll(ctx);
    expect(loads).toEqual([
      ['ada', 2],
      ['bob', 2],
      ['cy', 0],
    ]);
  });

  test('over the same table has another name inside', async ({ ctx }) => {
    const ranked = query(Task)
      .filter((t) => t.worker.isNotNull())
      .update((t) => ({
        rank: query(Task)
          .filter((other) => other.points.gt(t.points))
          .asScalar(() => countAll()),
      }));
    await expectWrite(ctx, ranked, {
      text:
        'UPDATE "tasks" SET "rank" = (SELECT count(*) FROM "tasks" AS "tasks_2" WHERE "tasks_2"."points" > "tasks"."points"), ' +
        '"revision" = "tasks"."revision" + 1, "updated_at" = date_trunc(\'milliseconds\', now()) WHERE "tasks"."worker" IS NOT NULL',
      count: 4,
    });
    expect((await tasks(ctx, 'rank')).flat()).toEqual([2, 0, 1, 3, null]);
  });

  test('chooses the rows, and what is chosen by one can be written and deleted', async ({ ctx }) => {
    const busy = query(Worker).filter((w) =>
      exists(
        query(Task).filter(
          (t) => t.worker.eq(w.name),
          (t) => t.points.gt(4),
        ),
      ),
    );
    await expectWrite(ctx, busy.update({ load: 5 }), {
      text: 'UPDATE "workers" SET "load" = $1 WHERE EXISTS (SELECT 1 FROM "tasks" WHERE "tasks"."worker" = "workers"."name" AND "tasks"."points" > $2)',
      values: [5, 4],
      count: 2,
    });
    const bosses = query(Worker).filter((w) =>
      w.name.in(
        query(Worker)
          .filter((other) => other.boss.isNotNull())
          .asSubquery((other) => other.boss),
      ),
    );
    await expectWrite(ctx, bosses.delete(), {
      text: 'DELETE FROM "workers" WHERE "workers"."name" IN (SELECT "workers_2"."boss" FROM "workers" AS "workers_2" WHERE "workers_2"."boss" IS NOT NULL)',
      count: 1,
    });
    expect(
      await query(Worker)
        .filter((w) => w.load.eq(5))
        .count(ctx),
    ).toBe(1);
  });

  test('stands inside of expressions, in both places at once', async ({ ctx }) => {
    const most = query(Task).asScalar((t) => t.points.max());
    const raised = query(Task)
      .filter((t) =>
        t.points.lt(
          coalesce(
            query(Task).asScalar((other) => other.points.max()),
            0,
          ),
        ),
      )
      .update((t) => ({ points: coalesce(most, 0).sub(t.points), dueAt: dateTrunc('day', t.createdAt) }));
    expect(await raised.execute(ctx)).toBe(4);
    expect((await tasks(ctx, 'points')).flat()).toEqual([5, 8, 3, 7, 8]);
  });
});

describe('explain of a write', () => {
  test('gives the plan and writes nothing', async ({ ctx }) => {
    expect(await ofAda.update({ points: 100 }).explain(ctx)).toContain('Update on tasks');
    expect(await ofAda.delete().explain(ctx, { verbose: true })).toContain('Delete on public.tasks');
    expect(await ofAda.delete().explain(ctx, { format: 'json', analyze: false } as never)).toMatchObject([
      { Plan: { 'Node Type': 'ModifyTable', Operation: 'Delete' } },
    ]);
    expect(sent().map(({ operation }) => operation)).toEqual(['explain', 'explain', 'explain']);
    expect((await tasks(ctx, 'points')).flat()).toEqual([3, 8, 5, 1, 0]);
  });

  test('refuses analyze, which would run it', async ({ ctx }) => {
    for (const write of [ofAda.update({ points: 100 }), ofAda.delete()]) {
      await expect(write.explain(ctx, { analyze: true } as never)).rejects.toMatchObject({
        code: 'VALIDATION',
        issues: [{ path: 'analyze', rule: 'analyze' }],
      });
    }
    expect(sent()).toEqual([]);
    expect(await query(Task).count(ctx)).toBe(5);
  });
});
