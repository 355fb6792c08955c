import { countAll, f, model, now, pgEnum, pk, proxy, sql } from '@djogi/core';
import type { Extension } from '@djogi/core/extension';
import { rawSql } from '@djogi/core/raw';
import { djogiTest, expectRoundTrips, expectStatements } from '@djogi/testing';
import { afterEach, describe, expect } from 'vitest';
import { query } from '../../src/index.ts';
import { logged, LogEntry } from '../support/logged.ts';
import { member, untyped, type Untyped } from '../support/untyped.ts';

const sent: { text: string; values: readonly unknown[] }[] = [];
afterEach(() => {
  sent.length = 0;
});

const filling: Extension<'origin'> = {
  name: 'filling',
  names: ['origin'],
  section: () => null,
  runtime: {
    populate(draft) {
      draft['origin'] ??= 'extension';
    },
  },
};
const Stage = pgEnum('order_stage', ['open', 'done']);
class Order extends model(
  'orders',
  { title: f.text(), stage: f.enum(Stage).default('open'), total: f.decimal(8, 2), day: f.text(), tags: f.array(f.text()).default([]) },
  { pk: pk.serial() },
) {}
class OpenOrder extends proxy(Order, { filter: (o) => o.stage.eq('open'), orderBy: (o) => o.id.desc() }) {}
class Archive extends model(
  'archive',
  {
    orderId: f.int().unique(),
    title: f.text(),
    stage: f.enum(Stage),
    total: f.decimal(8, 2).default('0'),
    note: f.text().nullable(),
    tags: f.array(f.text()).default(['none']),
    origin: f.text().filled(),
    shout: f.text().generated(sql`upper(title)`),
    revision: f.version(),
  },
  { pk: pk.serial(), use: [filling] },
) {}
class ArchivedOpen extends proxy(Archive, { filter: (a) => a.stage.eq('open') }) {}
class Daily extends model('daily', { day: f.text().unique(), hits: f.int(), total: f.decimal(10, 2).nullable() }, { pk: pk.serial() }) {}
class Stamped extends model('stamped', { name: f.text(), token: f.text().defaultFn(() => 'made here') }, { pk: pk.serial() }) {}
class Watched extends model('watched', { name: f.text() }, { pk: pk.serial(), use: [logged] }) {}

const base = djogiTest({
  models: [Order, Archive, Daily, Stamped, Watched, LogEntry],
  pool: {
    includeValues: true,
    onQuery: (event) => {
      if (event.operation !== 'raw') sent.push({ text: event.sql, values: event.values ?? [] });
    },
  },
});
const test = base.extend<{ orders: void }>({
  orders: [
    async ({ ctx }, use) => {
      await query(Order).bulkCreate(ctx, [
        { title: 'a', stage: 'done', total: '1.50', day: 'mon', tags: ['x', 'y z'] },
        { title: 'b', stage: 'done', total: '2.00', day: 'mon', tags: [] },
        { title: 'c', stage: 'open', total: '4.00', day: 'tue', tags: ['t'] },
      ]);
      sent.length = 0;
      await use();
    },
    { auto: true },
  ],
});
const done = query(Order).filter((o) => o.stage.eq('done'));
const archived = () =>
  done.insertInto(Archive, (o) => ({ orderId: o.id, title: o.title, stage: o.stage, total: o.total.mul('2'), note: 'archived' }));

describe('insertInto', () => {
  test('inserts the rows of a query in one statement, and counts them', async ({ ctx }) => {
    expect(await expectStatements(1, () => expectRoundTrips(1, () => archived().execute(ctx)))).toBe(2);
    expect(sent[0]).toEqual({
      text:
        'INSERT INTO "archive" ("order_id", "title", "stage", "total", "note", "origin") ' +
        'SELECT "id", "title", "stage", "total" * $1, $2::text, $3::text FROM "orders" WHERE "stage" = $4',
      values: ['2', 'archived', 'extension', 'done'],
    });
    const rows = await query(Archive)
      .orderBy((a) => a.orderId.asc())
      .fetchAll(ctx);
    expect(
      rows.map(({ orderId, title, stage, total, note, tags, origin, shout, revision }) => [
        orderId,
        title,
        stage,
        total,
        note,
        tags,
        origin,
        shout,
        revision,
      ]),
    ).toEqual([
      [1, 'a', 'done', '3.00', 'archived', ['none'], 'extension', 'A', 0],
      [2, 'b', 'done', '4.00', 'archived', ['none'], 'extension', 'B', 0],
    ]);
  });

  test('has one text whatever the values and the order of the keys', async ({ ctx }) => {
    for (const note of ['a', 'b']) await done.insertInto(Daily, (o) => ({ day: o.title.concat(note), hits: 1 })).execute(ctx);
    await done.insertInto(Daily, (o) => ({ hits: 2, day: o.title.concat('c') })).execute(ctx);
    expect(new Set(sent.map((statement) => statement.text)).size).toBe(1);
  });

  test('writes values, null, lists and what the framework fills in otherwise', async ({ ctx }) => {
    const at = new Date(86_400_000);
    const rows = await done
      .insertInto(Archive, (o) => ({
        id: o.id,
        createdAt: at,
        updatedAt: o.createdAt,
        orderId: o.id,
        title: 'fixed',
        stage: 'open',
        note: null,
        tags: o.tags,
        origin: 'here',
      }))
      .returning(ctx);
    const sorted = rows.toSorted((left, right) => left.id - right.id);
    expect(sorted.every((row) => row instanceof Archive)).toBe(true);
    expect(sorted.map(({ id, createdAt, title, stage, note, tags, origin }) => [id, createdAt, title, stage, note, tags, origin])).toEqual([
      [1, at, 'fixed', 'open', null, ['x', 'y z'], 'here'],
      [2, at, 'fixed', 'open', null, [], 'here'],
    ]);
    expect(sorted[0]!.updatedAt).toEqual(
      (
        await query(Order)
          .filter((o) => o.title.eq('a'))
          .fetchOne(ctx)
      ).createdAt,
    );
  });

  test('heeds ordering, limit and offset, and the slice of a proxy', async ({ ctx }) => {
    await query(Order)
      .orderBy((o) => o.total.desc())
      .limit(1)
      .offset(1)
      .insertInto(Daily, (o) => ({ day: o.title, hits: 1 }))
      .execute(ctx);
    expect(sent[0]!.text).toContain('ORDER BY "total" DESC LIMIT 1 OFFSET $');
    await query(OpenOrder)
      .insertInto(Daily, (o) => ({ day: o.title, hits: 1 }))
      .execute(ctx);
    expect(
      await query(Daily)
        .orderBy((d) => d.id.asc())
        .selectTuple((d) => [d.day])
        .fetchAll(ctx),
    ).toEqual([['b'], ['c']]);
  });

  test('copies rows within one table', async ({ ctx }) => {
    await done.insertInto(Order, (o) => ({ title: o.title.concat(' again'), total: o.total, day: o.day })).execute(ctx);
    expect(
      await query(Order)
        .filter((o) => o.title.endsWith('again'))
        .count(ctx),
    ).toBe(2);
  });

  test('takes subqueries that use the row', async ({ ctx }) => {
    await query(Order)
      .insertInto(Daily, (o) => ({
        day: o.title,
        hits: 0,
        total: query(Order)
          .filter((other) => other.day.eq(o.day))
          .asScalar((other) => other.total.sum()),
      }))
      .execute(ctx);
    expect(
      await query(Daily)
        .orderBy((d) => d.day.asc())
        .selectTuple((d) => [d.total])
        .fetchAll(ctx),
    ).toEqual([['3.50'], ['3.50'], ['4.00']]);
  });

  test('sends nothing for a set without rows, and nothing before a terminal', async ({ ctx }) => {
    await expectStatements(0, async () => {
      const write = done.none().insertInto(Daily, (o) => ({ day: o.title, hits: 1 }));
      expect(await write.execute(ctx)).toBe(0);
      expect(await write.returning(ctx)).toEqual([]);
      expect(await write.returningPairs(ctx)).toEqual([]);
      expect(archived()).not.toHaveProperty('then');
    });
  });

  test('shows its statement and its plan', async ({ ctx }) => {
    const write = done.insertInto(Daily, (o) => ({ day: o.title, hits: 1 })).onConflictDoNothing();
    expect(write.toSql()).toEqual({
      text: 'INSERT INTO "daily" ("day", "hits") SELECT "title", $1::integer FROM "orders" WHERE "stage" = $2 ON CONFLICT DO NOTHING',
      values: [1, 'done'],
    });
    expect(await write.explain(ctx)).toContain('Insert on daily');
    expect(await query(Daily).count(ctx)).toBe(0);
    await expect(write.explain(ctx, { analyze: true } as never)).rejects.toMatchObject({ issues: [{ rule: 'analyze' }] });
    expect(archived().toSql().text).not.toContain('origin');
  });

  test('is wrapped by the extensions of its target', async ({ ctx }) => {
    const rows = await expectRoundTrips(1, () => done.insertInto(Watched, (o) => ({ name: o.title })).returning(ctx));
    expect(rows.map((row) => row.name).toSorted()).toEqual(['a', 'b']);
    expect(await query(LogEntry).count(ctx)).toBe(2);
  });

  test('takes part in its transaction', async ({ ctx }) => {
    await expect(
      ctx.atomic(async (tx) => {
        await archived().execute(tx);
        throw new Error('undone');
      }),
    ).rejects.toThrow('undone');
    expect(await query(Archive).count(ctx)).toBe(0);
  });
});

describe('insertInto of groups', () => {
  const counters = () =>
    query(Order)
      .groupBy((o) => ({ day: o.day }))
      .annotate((o) => ({ n: countAll(), total: o.total.sum() }));

  test('keeps daily counters, with what is there and what is offered, and stamps nothing by itself', async ({ ctx }) => {
    const at = new Date(5);
    await counters()
      .insertInto(Daily, (g) => ({ day: g.day, hits: g.n, total: g.total, updatedAt: at }))
      .execute(ctx);
    const again = counters()
      .having((g) => g.n.gt(1))
      .insertInto(Daily, (g) => ({ day: g.day, hits: g.n, total: g.total }));
    const write = again.onConflictDoUpdate(['day'], (stored, offered) => ({ hits: stored.hits.add(offered.hits) }));
    expect(await expectStatements(1, () => write.execute(ctx))).toBe(1);
    expect(sent.at(-1)!.text).toBe(
      'INSERT INTO "daily" ("day", "hits", "total") SELECT "day", count(*), sum("total") FROM "orders" GROUP BY "day" HAVING count(*) > $1 ' +
        'ON CONFLICT ("day") DO UPDATE SET "hits" = "daily"."hits" + EXCLUDED."hits"',
    );
    const rows = await query(Daily)
      .orderBy((d) => d.day.asc())
      .fetchAll(ctx);
    expect(rows.map((row) => [row.day, row.hits, row.total, row.updatedAt])).toEqual([
      ['mon', 4, '3.50', at],
      ['tue', 1, '4.00', at],
    ]);
    await again.onConflictDoUpdate(['day'], () => ({ updatedAt: now() })).execute(ctx);
    expect(
      (
        await query(Daily)
          .filter((d) => d.day.eq('mon'))
          .fetchOne(ctx)
      ).updatedAt.getTime(),
    ).toBeGreaterThan(5);
  });

  test('computes over keys and annotations, and refuses fields of single rows', async ({ ctx }) => {
    let row: Untyped;
    query(Order)
      .groupBy((o) => {
        row = untyped(o);
        return { day: o.day };
      })
      .annotate(() => ({ n: countAll() }));
    await counters()
      .orderBy((g) => g.n.desc())
      .limit(1)
      .insertInto(Daily, (g) => ({ day: g.day.concat('!'), hits: g.n.mul(10) }))
      .execute(ctx);
    expect((await query(Daily).fetchOne(ctx)).toJSON()).toMatchObject({ day: 'mon!', hits: 20 });
    expect(() => untyped(counters()).insertInto(Daily, () => ({ day: member(row, 'title'), hits: 1 }))).toThrow(
      expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: 'scope' })] }),
    );
  });
});

describe('onConflict', () => {
  const daily = (hits: number, day = 'mon') =>
    query(Order)
      .filter((o) => o.title.eq('a'))
      .insertInto(Daily, () => ({ day, hits }));

  test('does nothing for rows that are there, which returning leaves out', async ({ ctx }) => {
    await daily(1).execute(ctx);
    for (const target of [undefined, ['day'], { constraint: 'daily_day_key' }] as const)
      expect(
        await daily(2)
          .onConflictDoNothing(target as never)
          .returning(ctx),
      ).toEqual([]);
    expect(sent.slice(1).map(({ text }) => /ON CONFLICT.*DO NOTHING/.exec(text)![0])).toEqual([
      'ON CONFLICT DO NOTHING',
      'ON CONFLICT ("day") DO NOTHING',
      'ON CONFLICT ON CONSTRAINT "daily_day_key" DO NOTHING',
    ]);
    expect(await daily(2).onConflictDoNothing(['day']).execute(ctx)).toBe(0);
  });

  test('updates where its condition is true, and leaves the others out', async ({ ctx }) => {
    await daily(5).execute(ctx);
    const larger = (hits: number) =>
      daily(hits).onConflictDoUpdate(
        ['day'],
        (_, offered) => ({ hits: offered.hits }),
        (stored, offered) => offered.hits.gt(stored.hits),
      );
    expect(await larger(3).returning(ctx)).toEqual([]);
    expect((await larger(9).returning(ctx)).map((row) => row.hits)).toEqual([9]);
    expect(sent.at(-1)!.text).toContain('DO UPDATE SET "hits" = EXCLUDED."hits" WHERE EXCLUDED."hits" > "daily"."hits" RETURNING');
  });

  test('gives the row as it was: null for a new one', async ({ ctx }) => {
    const write = (hits: number) => daily(hits).onConflictDoUpdate(['day'], (_, offered) => ({ hits: offered.hits, total: null }));
    const [one] = await write(1).returningPairs(ctx);
    const [two] = await write(2).returningPairs(ctx);
    expect([one!.old, one!.new.hits, two!.old!.hits, two!.new.hits, two!.new instanceof Daily]).toEqual([null, 1, 1, 2, true]);
  });

  test('finds a partial unique index, and keeps to the slice of a proxy', async ({ ctx }) => {
    await rawSql(ctx, 'prepares a table behind the models').script('CREATE UNIQUE INDEX ON archive (title) WHERE note IS NULL');
    const put = (into: typeof Archive, orderId: number, stage: 'open' | 'done') =>
      query(Order)
        .filter((o) => o.title.eq('a'))
        .insertInto(into, (o) => ({ orderId, title: o.title, stage }))
        .onConflictDoUpdate({ fields: ['title'], where: (a) => a.note.isNull() }, (_, offered) => ({ orderId: offered.orderId }));
    expect(await put(Archive, 1, 'done').execute(ctx)).toBe(1);
    expect(await put(Archive, 2, 'done').execute(ctx)).toBe(1);
    expect(await put(ArchivedOpen, 3, 'open').execute(ctx)).toBe(0);
    expect((await query(Archive).fetchOne(ctx)).orderId).toBe(2);
  });
});

describe('insertInto refuses', () => {
  const orders = untyped(query(Order)),
    fine = { day: 'a', hits: 1 };
  const refusals: readonly [string, () => unknown, string, string?][] = [
    ['a target that is no model', () => orders.insertInto(class {}, () => fine), 'model'],
    ['no function', () => orders.insertInto(Daily, fine), 'callback'],
    ['a function that gives nothing', () => orders.insertInto(Daily, () => undefined), 'type'],
    ['a list', () => orders.insertInto(Daily, () => [fine]), 'type'],
    ['an asynchronous function', () => orders.insertInto(Daily, async () => fine), 'type'],
    ['no values', () => orders.insertInto(Daily, () => ({})), 'no_columns'],
    ['an unknown field', () => orders.insertInto(Daily, () => ({ ...fine, colour: 1 })), 'unknown_field', 'colour'],
    ['a missing field', () => orders.insertInto(Daily, () => ({ day: 'a' })), 'required', 'hits'],
    ['undefined', () => orders.insertInto(Daily, () => ({ ...fine, total: undefined })), 'undefined', 'total'],
    ['null for a required field', () => orders.insertInto(Daily, () => ({ ...fine, hits: null })), 'not_null', 'hits'],
    ['a value that does not fit', () => orders.insertInto(Daily, () => ({ ...fine, hits: 1.5 })), 'type', 'hits'],
    ['a generated field', () => orders.insertInto(Archive, () => ({ shout: 'A' })), 'read_only', 'shout'],
    ['the version', () => orders.insertInto(Archive, () => ({ revision: 1 })), 'read_only', 'revision'],
    ['a default that is made in process', () => orders.insertInto(Stamped, () => ({ name: 'a' })), 'required', 'token'],
    ['distinct', () => untyped(query(Order).distinct()).insertInto(Daily, () => fine), 'modifier'],
    ['distinctOn', () => untyped(query(Order).distinctOn((o) => o.day)).insertInto(Daily, () => fine), 'modifier'],
    ['a row lock', () => untyped(query(Order).forUpdate()).insertInto(Daily, () => fine), 'modifier'],
    ['select', () => untyped(query(Order).select((o) => ({ a: o.day }))).insertInto(Daily, () => fine), 'modifier'],
    ['all that on a set without rows, too', () => untyped(query(Order).none()).insertInto(Daily, () => ({ day: 'a' })), 'required', 'hits'],
    ['an aggregate of single rows', () => orders.insertInto(Daily, (o: any) => ({ day: 'a', hits: o.total.sum() })), ''],
    ['an empty conflict target', () => orders.insertInto(Daily, () => fine).onConflictDoNothing([]), 'conflict', 'conflict'],
    ['an unknown conflict field', () => orders.insertInto(Daily, () => fine).onConflictDoNothing(['dya']), 'unknown_field', 'dya'],
    [
      'an update without a target',
      () => orders.insertInto(Daily, () => fine).onConflictDoUpdate(undefined, () => ({ hits: 1 })),
      'conflict',
    ],
    ['an update that is no function', () => orders.insertInto(Daily, () => fine).onConflictDoUpdate(['day'], { hits: 1 }), 'callback'],
    ['no assignments', () => orders.insertInto(Daily, () => fine).onConflictDoUpdate(['day'], () => ({})), 'empty_patch'],
    [
      'undefined in an update',
      () => orders.insertInto(Daily, () => fine).onConflictDoUpdate(['day'], () => ({ hits: undefined })),
      'undefined',
      'hits',
    ],
    ['the key in an update', () => orders.insertInto(Daily, () => fine).onConflictDoUpdate(['day'], () => ({ id: 1 })), 'read_only', 'id'],
    [
      'createdAt in an update',
      () => orders.insertInto(Daily, () => fine).onConflictDoUpdate(['day'], () => ({ createdAt: new Date() })),
      'read_only',
      'createdAt',
    ],
    [
      'an aggregate in an update',
      () => orders.insertInto(Daily, () => fine).onConflictDoUpdate(['day'], (t: any) => ({ hits: t.hits.sum() })),
      '',
    ],
    [
      'an aggregate in a condition',
      () =>
        orders
          .insertInto(Daily, () => fine)
          .onConflictDoUpdate(
            ['day'],
            () => ({ hits: 1 }),
            (t: any) => t.hits.sum().gt(1),
          ),
      '',
    ],
    [
      'a condition that is no function',
      () => orders.insertInto(Daily, () => fine).onConflictDoUpdate(['day'], () => ({ hits: 1 }), true),
      'callback',
    ],
  ];
  test.each(refusals)('%s, at the call', (_, call, rule, path) => {
    let error: { code?: string; issues?: { rule: string; path: string }[] } = {};
    try {
      call();
    } catch (thrown) {
      error = thrown as typeof error;
    }
    if (rule === '') expect(error.code).toBe('UNSUPPORTED_AGGREGATE');
    else expect(error).toMatchObject({ code: 'VALIDATION', issues: [{ rule, ...(path === undefined ? {} : { path }) }] });
  });

  test('the bag of another query, in values, updates and conditions', () => {
    let other: Untyped;
    query(Daily).filter((d) => {
      other = untyped(d);
      return d.day.isNotNull();
    });
    const write = orders.insertInto(Daily, () => fine);
    for (const call of [
      () => orders.insertInto(Daily, () => ({ day: (other as any).day, hits: 1 })),
      () => write.onConflictDoUpdate(['day'], () => ({ hits: (other as any).hits })),
      () =>
        write.onConflictDoUpdate(
          ['day'],
          () => ({ hits: 1 }),
          () => (other as any).hits.gt(1),
        ),
    ])
      expect(call).toThrow(expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: 'scope' })] }));
  });

  test('a filled field that no extension fills, when it is sent', async ({ ctx }) => {
    class Unfilled extends model('archive', { orderId: f.int(), title: f.text(), origin: f.text().filled() }, { pk: pk.serial() }) {}
    const write = query(Order).insertInto(Unfilled, (o) => ({ orderId: o.id, title: o.title }));
    await expectStatements(0, () => expect(write.execute(ctx)).rejects.toMatchObject({ issues: [{ path: 'origin', rule: 'required' }] }));
  });
});
