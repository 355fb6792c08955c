// What an update gives back, and what extensions of the model do to writes of sets.

import { f, model, pk } from '@djogi/core';
import { booleanKind, conjunctionOf, nodes, OPERATORS, type Extension, type Statement } from '@djogi/core/extension';
import { djogiTest } from '@djogi/testing';
import { afterEach, describe, expect } from 'vitest';
import { auditable, notDeleted, query, softDeletable } from '../../src/index.ts';
import { logged, LogEntry } from '../support/logged.ts';
import { sent, STAMPS, Task, tasks, TASK_COLUMNS, test, Worker } from '../support/tasks.ts';

const ofAda = query(Task).filter((t) => t.worker.eq('ada'));
const byId = (left: { id: unknown }, right: { id: unknown }): number => Number(left.id) - Number(right.id);

describe('what an update gives back', () => {
  test('are the rows as they are stored now', async ({ ctx }) => {
    const rows = await ofAda.update((t) => ({ points: t.points.add(1), title: t.title.upper() })).returning(ctx);
    expect(sent()).toEqual([
      {
        text: `UPDATE "tasks" SET "title" = upper("title"), "points" = "points" + $1, ${STAMPS} WHERE "worker" = $2 RETURNING ${TASK_COLUMNS}`,
        values: [1, 'ada'],
        operation: 'updateReturning',
      },
    ]);
    rows.sort(byId);
    expect(rows.map(({ title, points, revision, slug, shout }) => [title, points, revision, slug, shout])).toEqual([
      ['PLAN', 4, 1, 'plan', 'PLAN'],
      ['BUILD', 9, 1, 'build', 'BUILD'],
    ]);
    expect(rows[0]).toBeInstanceOf(Task);
    // It is the row of now: it can go on from here.
    await rows[0]!.update(ctx, { rank: 3 });
    expect(
      await query(Task)
        .filter((t) => t.rank.eq(3))
        .count(ctx),
    ).toBe(1);
  });

  test('are chosen expressions, of the row as it is and as it was', async ({ ctx }) => {
    const changes = await ofAda
      .update((t) => ({ points: t.points.mul(2), rank: null }))
      .returning(ctx, (t, old) => ({
        id: t.id,
        was: old.points,
        is: t.points,
        gained: t.points.sub(old.points),
        rank: old.rank,
        plus: t.points.add(5),
      }));
    expect(sent().map(({ text, values }) => ({ text, values }))).toEqual([
      {
        text:
          `UPDATE "tasks" SET "points" = "points" * $1, "rank" = $2, ${STAMPS} WHERE "worker" = $3 ` +
          'RETURNING WITH (OLD AS "__djogi_old") "id", "__djogi_old"."points", "points", "points" - "__djogi_old"."points", "__djogi_old"."rank", "points" + $4',
        values: [2, null, 'ada', 5],
      },
    ]);
    expect(changes.sort(byId)).toEqual([
      { id: 1, was: 3, is: 6, gained: 3, rank: null, plus: 11 },
      { id: 2, was: 8, is: 16, gained: 8, rank: 1, plus: 21 },
    ]);
  });

  test('does not name the row before where nothing of it is chosen, and keeps names apart that have the same columns', async ({ ctx }) => {
    const one = query(Task)
      .filter((t) => t.id.eq(1 as Task['id']))
      .update({ points: 2 });
    expect(await one.returning(ctx, (t) => ({ a: t.points }))).toEqual([{ a: 2 }]);
    expect(await one.returning(ctx, (t) => ({ b: t.points }))).toEqual([{ b: 2 }]);
    expect(new Set(sent().map(({ text }) => text))).toEqual(
      new Set([`UPDATE "tasks" SET "points" = $1, ${STAMPS} WHERE "id" = $2 RETURNING "points"`]),
    );
  });

  test('may have subqueries over both', async ({ ctx }) => {
    const rows = await query(Worker)
      .filter((w) => w.name.eq('bob'))
      .update({ name: 'rob', boss: 'cy' })
      .returning(ctx, (w, old) => ({
        name: w.name,
        most: query(Task)
          .filter((t) => t.worker.eq(old.name))
          .asScalar((t) => t.points.max()),
        boss: query(Worker)
          .filter((other) => other.name.eq(w.boss as never))
          .asScalar((other) => other.load),
      }));
    expect(rows).toEqual([{ name: 'rob', most: 5, boss: 7 }]);
    expect(sent()[0]!.text).toBe(
      'UPDATE "workers" SET "name" = $1, "boss" = $2 WHERE "workers"."name" = $3 RETURNING WITH (OLD AS "__djogi_old") "workers"."name", ' +
        '(SELECT max("tasks"."points") FROM "tasks" WHERE "tasks"."worker" = "__djogi_old"."name"), ' +
        '(SELECT "workers_2"."load" FROM "workers" AS "workers_2" WHERE "workers_2"."name" = "workers"."boss")',
    );
  });

  test('are pairs of the row before and after', async ({ ctx }) => {
    const pairs = await ofAda.update((t) => ({ points: t.points.add(1), status: 'done' })).returningPairs(ctx);
    const of = (name: string): string =>
      TASK_COLUMNS.split(', ')
        .map((column) => `"${name}".${column}`)
        .join(', ');
    expect(sent()).toEqual([
      {
        text:
          `UPDATE "tasks" SET "status" = $1, "points" = "points" + $2, ${STAMPS} WHERE "worker" = $3 ` +
          `RETURNING WITH (OLD AS "__djogi_old", NEW AS "__djogi_new") ${of('__djogi_old')}, ${of('__djogi_new')}`,
        values: ['done', 1, 'ada'],
        operation: 'updateReturningPairs',
      },
    ]);
    pairs.sort((left, right) => byId(left.old, right.old));
    expect(
      pairs.map((pair) => [pair.old.status, pair.new.status, pair.old.points, pair.new.points, pair.old.revision, pair.new.revision]),
    ).toEqual([
      ['open', 'done', 3, 4, 0, 1],
      ['open', 'done', 8, 9, 0, 1],
    ]);
    expect(pairs[0]!.old).toBeInstanceOf(Task);
    expect(pairs[0]!.new).toBeInstanceOf(Task);
    expect(pairs[0]!.old.updatedAt.getTime()).toBeLessThan(pairs[0]!.new.updatedAt.getTime());
    // The row after is a row like any other.
    await pairs[0]!.new.update(ctx, { points: 0 });
    expect((await tasks(ctx, 'points'))[0]).toEqual([0]);
  });

  test('is nothing where no row matches', async ({ ctx }) => {
    const none = ofAda.filter((t) => t.points.gt(100)).update({ points: 0 });
    expect(await none.returning(ctx)).toEqual([]);
    expect(await none.returning(ctx, (t) => ({ id: t.id }))).toEqual([]);
    expect(await none.returningPairs(ctx)).toEqual([]);
  });
});

/** Counts the rows of every write, also where none come back: one statement, and the same number of rows. */
const tallied: Extension = {
  name: 'tallied',
  names: [],
  section: () => null,
  runtime: {
    aroundWrite(statement, runtime): Statement {
      if (statement.kind !== 'update' && statement.kind !== 'delete') return statement;
      const written = nodes.source('written'),
        source = statement.kind === 'update' ? statement.table : statement.from,
        key = nodes.column(source, runtime.key!.column, 'id', runtime.key!.valueKind),
        asked = statement.returning?.nodes ?? [],
        columns = ['key', ...asked.map((_, at) => `c${at}`)];
      return {
        kind: 'with',
        queries: [
          { name: 'written', columns, statement: { ...statement, returning: { ...statement.returning, nodes: [key, ...asked] } } },
          {
            name: 'tallied',
            statement: {
              kind: 'insert',
              into: nodes.source('tallies'),
              columns: ['row'],
              returning: null,
              rows: {
                kind: 'select',
                select: {
                  kind: 'select',
                  from: written,
                  projection: [nodes.column(written, 'key', 'key', runtime.key!.valueKind)],
                  where: null,
                  orderBy: [],
                },
              },
            },
          },
        ],
        body: {
          kind: 'select',
          from: written,
          projection: asked.map((node, at) => nodes.column(written, `c${at}`, `c${at}`, node.valueKind)),
          where: null,
          orderBy: [],
        },
      };
    },
  },
};
/** Keeps rows whose flag is set from being written. */
const guarded: Extension<'isLocked'> = {
  name: 'guarded',
  names: ['isLocked'],
  section: () => null,
  runtime: {
    aroundWrite(statement, runtime): Statement {
      if (statement.kind !== 'update' && statement.kind !== 'delete') return statement;
      const source = statement.kind === 'update' ? statement.table : statement.from,
        { column, valueKind } = runtime.byProperty.get('isLocked')!;
      const isFree = nodes.operation(OPERATORS.not, [nodes.column(source, column, 'isLocked', valueKind)], booleanKind);
      return { ...statement, where: conjunctionOf([...(statement.where === null ? [] : [statement.where]), isFree]) };
    },
  },
};

class Tally extends model('tallies', { row: f.int() }, { pk: pk.none(), timestamps: false }) {}
class Setting extends model('settings', { key: f.text(), value: f.text().nullable() }, { pk: pk.serial(), use: [logged] }) {}
class Counted extends model(
  'counted',
  { key: f.text(), hits: f.int().default(0) },
  { pk: pk.serial(), timestamps: false, use: [tallied] },
) {}
class Door extends model('doors', { name: f.text(), isLocked: f.boolean().default(false) }, { pk: pk.serial(), use: [guarded] }) {}
class Page extends model(
  'pages',
  { title: f.text(), createdBy: f.text().nullable(), deletedAt: f.timestamptz().nullable() },
  { pk: pk.serial(), use: [auditable(), softDeletable()] },
) {}

const statements: string[] = [];
afterEach(() => {
  statements.length = 0;
});
const extended = djogiTest({
  models: [Setting, LogEntry, Counted, Tally, Door, Page],
  pool: {
    onQuery: (event) => {
      statements.push(event.sql);
    },
  },
});

describe('an extension', () => {
  extended('that wraps writes wraps those of sets, in one statement', async ({ ctx }) => {
    await query(Setting).bulkCreate(ctx, [{ key: 'a' }, { key: 'b' }, { key: 'c' }]);
    statements.length = 0;
    const set = query(Setting).filter((s) => s.key.in(['a', 'b']));
    const rows = await set.update({ value: 'x' }).returning(ctx);
    expect(rows.map((row) => [row.key, row.value])).toEqual([
      ['a', 'x'],
      ['b', 'x'],
    ]);
    expect(rows[0]).toBeInstanceOf(Setting);
    expect(await set.update((s) => ({ value: s.value.upper() })).returning(ctx, (s, old) => ({ is: s.value, was: old.value }))).toEqual([
      { is: 'X', was: 'x' },
      { is: 'X', was: 'x' },
    ]);
    const pairs = await set.update({ value: null }).returningPairs(ctx);
    expect(pairs.map((pair) => [pair.old.value, pair.new.value])).toEqual([
      ['X', null],
      ['X', null],
    ]);
    expect((await set.delete().returning(ctx)).length).toBe(2);
    expect(statements).toHaveLength(4);
    // Three rows were created, and four writes were of two rows each.
    expect(await query(LogEntry).count(ctx)).toBe(11);
  });

  extended('sees a write of which only the number of rows is asked, and the number stays that of the rows written', async ({ ctx }) => {
    await query(Counted).bulkCreate(ctx, [{ key: 'a' }, { key: 'b' }, { key: 'c' }]);
    const set = query(Counted).filter((c) => c.key.neq('c'));
    expect(await set.update((c) => ({ hits: c.hits.add(1) })).execute(ctx)).toBe(2);
    expect(await set.delete().execute(ctx)).toBe(2);
    expect(await set.delete().execute(ctx)).toBe(0);
    expect(
      await query(Tally)
        .orderBy((t) => t.row.asc())
        .selectTuple((t) => [t.row])
        .fetchAll(ctx),
    ).toEqual([[1], [1], [2], [2]]);
    expect(set.delete().toSql().text).toContain('WITH "written" ("key") AS (DELETE FROM "counted"');
  });

  extended('may keep rows from being written', async ({ ctx }) => {
    await query(Door).bulkCreate(ctx, [{ name: 'front' }, { name: 'vault', isLocked: true }]);
    expect(await query(Door).update({ name: 'open' }).execute(ctx)).toBe(1);
    expect(
      await query(Door)
        .filter((d) => d.name.neq(''))
        .delete()
        .execute(ctx),
    ).toBe(1);
    expect(
      await query(Door)
        .select((d) => ({ name: d.name }))
        .fetchAll(ctx),
    ).toEqual([{ name: 'vault' }]);
  });

  extended('that fills new rows leaves updates alone, and soft deletion of a set is an update of its field', async ({ ctx }) => {
    const ada = ctx.withAuth({ userId: 'ada' }),
      bob = ctx.withAuth({ userId: 'bob' });
    await query(Page).bulkCreate(ada, [{ title: 'a' }, { title: 'b' }]);
    expect(
      await notDeleted(Page)
        .filter((p) => p.title.eq('a'))
        .update({ deletedAt: new Date(0) })
        .execute(bob),
    ).toBe(1);
    expect(
      (
        await query(Page)
          .orderBy((p) => p.id.asc())
          .fetchAll(ctx)
      ).map(({ createdBy, deletedAt }) => [createdBy, deletedAt]),
    ).toEqual([
      ['ada', new Date(0)],
      ['ada', null],
    ]);
    // The row is not gone until it is deleted.
    expect(await query(Page).delete().execute(ctx)).toBe(2);
  });
});
