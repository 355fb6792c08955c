// JSON columns in queries: what is sent for paths in every clause, what comes back, and what writes of many rows do with documents.

import {
  coalesce,
  computed,
  countAll,
  f,
  anyOf,
  allOf,
  grouping,
  index,
  jsonAsNumber,
  jsonAsText,
  jsonContains,
  jsonHasKey,
  model,
  pk,
  rowNumber,
  unique,
  type Context,
  type TextExpr,
} from '@djogi/core';
import { rawSql } from '@djogi/core/raw';
import type { QueryEvent } from '@djogi/core/pool';
import { djogiTest, expectRoundTrips, expectStatements } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { z } from 'zod';
import { query } from '../../src/index.ts';

const spec = z.object({
  maker: z.string(),
  power: z.number(),
  label: z.string().nullable().optional(),
  turbo: z.object({ boost: z.number().optional(), in: z.string().optional() }).optional(),
  tags: z.array(z.string()).optional(),
});

class Car extends model(
  'cars',
  {
    name: f.text().unique(),
    weight: f.int().default(1000),
    spec: f.jsonb(spec),
    extra: f.jsonb(z.object({ note: z.string() })).nullable(),
    raw: f.rawJson({ justification: 'as the dealers send it' }).nullable(),
  },
  { pk: pk.serial(), timestamps: false },
) {
  static readonly computed = computed(Car, (c) => ({
    boost: c.spec.turbo.boost,
    title: c.name.concat('/', jsonAsText(c.spec.maker) as TextExpr),
    ratio: jsonAsNumber(c.spec.power).mul(1000).div(c.weight),
  }));
  static readonly tableObjects = [
    index(Car, (c) => [c.spec.turbo.boost]),
    index(Car, (c) => [jsonAsText(c.spec.maker), jsonAsNumber(c.spec.power).desc()], { where: (c) => c.spec.power.gt(0) }),
    unique(Car, (c) => [jsonAsText(c.spec.turbo.in)]),
  ];
}
class Maker extends model('makers', { name: f.text(), most: f.int() }, { pk: pk.serial(), timestamps: false }) {}

const log: { readonly text: string; readonly values: readonly unknown[] }[] = [];
const onQuery = (event: QueryEvent): void => {
  if (event.operation !== 'raw') log.push({ text: event.sql, values: event.values ?? [] });
};
const test = djogiTest({ models: [Car, Maker], pool: { onQuery, includeValues: true } });
const sent = (): { readonly text: string; readonly values: readonly unknown[] }[] => log.splice(0);

/** Powers of 9, 10 and 100: text would order them otherwise. */
async function fill(ctx: Context): Promise<void> {
  await query(Car).bulkCreate(ctx, [
    { name: 'golf', spec: { maker: 'vw', power: 10, turbo: { boost: 2, in: 'k' }, tags: ['a', 'b'] }, raw: { seats: [1, 2] } },
    { name: 'polo', spec: { maker: 'vw', power: 9, label: null, turbo: { boost: 30 } }, raw: 5 },
    { name: 'panda', spec: { maker: 'fiat', power: 100, label: 'old' }, extra: { note: 'rust' } },
  ]);
  sent();
}
const byName = query(Car).orderBy((c) => c.name.asc());
const cars = 'SELECT "id", "name", "weight", "spec", "extra", "raw" FROM "cars"';

describe('a path', () => {
  test('filters by what its operand is', async ({ ctx }) => {
    await fill(ctx);
    const fast = query(Car).filter(
      (c) => c.spec.turbo.boost.gte(2),
      (c) => c.spec.maker.startsWith('v'),
    );
    const rows = await expectStatements(1, () => expectRoundTrips(1, () => fast.orderBy((c) => c.id.asc()).fetchAll(ctx)));
    expect(rows.map(({ name }) => name)).toEqual(['golf', 'polo']);
    expect(sent()).toEqual([
      {
        text: `${cars} WHERE ("spec" -> 'turbo' ->> 'boost')::numeric >= $1 AND "spec" ->> 'maker' LIKE $2 ORDER BY "id" ASC`,
        values: [2, 'v%'],
      },
    ]);
  });

  test('orders numbers as numbers, and puts JSON null before them', async ({ ctx }) => {
    await fill(ctx);
    const ordered = query(Car).orderBy((c) => c.spec.power.asc());
    expect((await ordered.fetchAll(ctx)).map(({ spec: { power } }) => power)).toEqual([9, 10, 100]);
    const labelled = query(Car).orderBy((c) => c.spec.label.asc());
    expect((await labelled.fetchAll(ctx)).map(({ name }) => name)).toEqual(['polo', 'panda', 'golf']);
    expect(sent().map(({ text }) => text)).toEqual([`${cars} ORDER BY "spec" -> 'power' ASC`, `${cars} ORDER BY "spec" -> 'label' ASC`]);
  });

  test('is selected as the value that stands there, null where there is none', async ({ ctx }) => {
    await fill(ctx);
    const shaped = byName.select((c) => ({ power: c.spec.power, boost: c.spec.turbo.boost, turbo: c.spec.turbo, label: c.spec.label }));
    expect(await shaped.fetchAll(ctx)).toEqual([
      { power: 10, boost: 2, turbo: { boost: 2, in: 'k' }, label: null },
      { power: 100, boost: null, turbo: null, label: 'old' },
      { power: 9, boost: 30, turbo: { boost: 30 }, label: null },
    ]);
    expect(sent()).toEqual([
      {
        text: `SELECT "spec" -> 'power', "spec" -> 'turbo' -> 'boost', "spec" -> 'turbo', "spec" -> 'label' FROM "cars" ORDER BY "name" ASC`,
        values: [],
      },
    ]);
  });

  test('has one statement text whatever it is compared with, of one type', () => {
    const texts = (values: readonly number[]): Set<string> =>
      new Set(
        values.map(
          (value) =>
            query(Car)
              .filter(
                (c) => c.spec.power.in([value, value + 1]),
                (c) => c.spec.turbo.boost.gt(value),
              )
              .toSql().text,
        ),
      );
    expect(texts([1, 2, 30, 0.5, 1e21]).size).toBe(1);
  });

  test('is a key of groups, in groupBy, rollup and over windows', async ({ ctx }) => {
    await fill(ctx);
    const groups = query(Car)
      .groupBy((c) => ({ maker: c.spec.maker }))
      .annotate((c) => ({ n: countAll(), most: c.spec.power.max(), power: jsonAsNumber(c.spec.power).sum(), named: c.spec.label.count() }))
      .having((g) => g.most.gte(10))
      .orderBy((g) => g.power.desc());
    expect(await expectStatements(1, () => groups.fetchAll(ctx))).toEqual([
      { maker: 'fiat', n: 1, most: 100, power: 100, named: 1 },
      { maker: 'vw', n: 2, most: 10, power: 19, named: 0 },
    ]);
    const extreme = `(array_agg("spec" -> 'power' ORDER BY "spec" -> 'power' DESC) FILTER (WHERE "spec" ->> 'power' IS NOT NULL))[1]`;
    expect(sent()).toEqual([
      {
        text:
          `SELECT "spec" -> 'maker', count(*), ${extreme}, sum(("spec" ->> 'power')::numeric), count(nullif("spec" -> 'label', 'null'::jsonb)) ` +
          `FROM "cars" GROUP BY "spec" -> 'maker' HAVING (${extreme} #>> '{}')::numeric >= $1 ORDER BY sum(("spec" ->> 'power')::numeric) DESC`,
        values: [10],
      },
    ]);
    const totals = query(Car)
      .rollup((c) => ({ maker: c.spec.maker }))
      .annotate((_c, k) => ({ n: countAll(), isTotal: grouping(k.maker) }))
      .orderBy((g) => [g.isTotal.asc(), g.maker.asc()]);
    expect(await totals.fetchAll(ctx)).toEqual([
      { maker: 'fiat', n: 1, isTotal: 0 },
      { maker: 'vw', n: 2, isTotal: 0 },
      { maker: null, n: 3, isTotal: 1 },
    ]);
    const best = query(Car)
      .annotate((c) => ({ place: rowNumber().over({ partitionBy: [c.spec.maker], orderBy: [c.spec.power.desc()] }) }))
      .qualify((a) => a.place.eq(1))
      .orderBy((c) => c.name.asc());
    expect((await best.fetchAll(ctx)).map(({ row }) => row.name)).toEqual(['golf', 'panda']);
  });

  test('that leads nowhere and one that leads to JSON null are two groups', async ({ ctx }) => {
    await fill(ctx);
    const byLabel = query(Car)
      .groupBy((c) => ({ label: c.spec.label }))
      .annotate(() => ({ n: countAll() }));
    expect(await byLabel.count(ctx)).toBe(3);
    const byText = query(Car)
      .groupBy((c) => ({ label: jsonAsText(c.spec.label) }))
      .annotate(() => ({ n: countAll() }));
    expect(await byText.orderBy((g) => g.label.asc()).fetchAll(ctx)).toEqual([
      { label: 'old', n: 1 },
      { label: null, n: 2 },
    ]);
  });

  test('is aggregated: extremes by the order of jsonb, sums and averages as numbers', async ({ ctx }) => {
    await fill(ctx);
    const totals = await expectRoundTrips(1, () =>
      query(Car).aggregate(ctx, (c) => ({
        least: c.spec.power.min(),
        most: c.spec.power.max().filter(c.spec.maker.eq('vw')),
        label: c.spec.label.min(),
        makers: c.spec.maker.count().distinct(),
        power: jsonAsNumber(c.spec.power).sum(),
        mean: jsonAsNumber(c.spec.power).avg(),
        exact: jsonAsNumber(c.spec.power).avg({ exact: true }),
        none: c.spec.power.max().filter(c.spec.maker.eq('audi')),
      })),
    );
    expect(totals).toEqual({
      least: 9,
      most: 10,
      label: 'old',
      makers: 2,
      power: 119,
      mean: 119 / 3,
      exact: '39.6666666666666667',
      none: null,
    });
    expect(await query(Car).aggregate(ctx, (c) => c.spec.power.max())).toBe(100);
    expect(
      await query(Car)
        .none()
        .aggregate(ctx, (c) => ({ most: c.spec.power.max(), n: c.spec.label.count() })),
    ).toEqual({ most: null, n: 0 });
  });

  test('takes another value where there is none, JSON null included', async ({ ctx }) => {
    await fill(ctx);
    const shaped = byName.select((c) => ({ boost: coalesce(c.spec.turbo.boost, 0), label: coalesce(c.spec.label, 'none') }));
    const rows = await shaped.fetchAll(ctx);
    rows[0]!.boost satisfies number;
    rows[0]!.label satisfies string;
    expect(rows).toEqual([
      { boost: 2, label: 'none' },
      { boost: 0, label: 'old' },
      { boost: 30, label: 'none' },
    ]);
    expect(sent()[0]).toMatchObject({ values: [0, 'none'] });
  });

  test('is compared with rows of another query as their column is', async ({ ctx }) => {
    await fill(ctx);
    await query(Maker).bulkCreate(ctx, [
      { name: 'vw', most: 9 },
      { name: 'audi', most: 100 },
    ]);
    sent();
    const names = async (set: typeof byName): Promise<string[]> => (await set.fetchAll(ctx)).map(({ name }) => name);
    expect(await names(byName.filter((c) => c.spec.maker.in(query(Maker).asSubquery((m) => m.name))))).toEqual(['golf', 'polo']);
    expect(await names(byName.filter((c) => c.spec.power.in(query(Maker).asSubquery((m) => m.most))))).toEqual(['panda', 'polo']);
    expect(await names(byName.filter((c) => c.spec.power.gt(allOf(query(Maker).asSubquery((m) => m.most)))))).toEqual([]);
    expect(await names(byName.filter((c) => c.spec.power.eq(anyOf(query(Maker).asSubquery((m) => m.most)))))).toEqual(['panda', 'polo']);
    expect(await names(byName.filter((c) => c.spec.power.in(query(Car).asSubquery((o) => o.spec.turbo.boost))))).toEqual([]);
    expect(await names(byName.filter((c) => c.spec.power.notIn(query(Maker).asSubquery((m) => m.most))))).toEqual(['golf']);
    expect(sent()[1]!.text).toContain(`("cars"."spec" ->> 'power')::numeric IN (SELECT "makers"."most" FROM "makers")`);
    expect(() => byName.filter((c) => c.spec.power.notIn(query(Car).asSubquery((o) => o.spec.power) as never))).toThrow(
      expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: 'not_null' })] }),
    );
  });

  test('of distinctOn is the same as one of the ordering when all of its keys are', async ({ ctx }) => {
    await fill(ctx);
    const largest = query(Car)
      .distinctOn((c) => c.spec.maker)
      .orderBy((c) => [c.spec.maker.asc(), c.spec.power.desc()]);
    expect((await largest.fetchAll(ctx)).map(({ name }) => name)).toEqual(['panda', 'golf']);
    sent();
    for (const by of [
      query(Car)
        .distinctOn((c) => c.spec.maker)
        .orderBy((c) => c.spec.power.asc()),
      query(Car)
        .distinctOn((c) => c.spec.turbo.boost)
        .orderBy((c) => c.spec.turbo.in.asc()),
      query(Car)
        .distinctOn((c) => [c.spec.maker, c.spec.power])
        .orderBy((c) => [c.spec.maker.asc(), c.spec.label.asc(), c.spec.power.asc()]),
      query(Car)
        .distinctOn((c) => jsonAsText(c.spec.maker))
        .orderBy((c) => c.spec.maker.asc()),
    ]) {
      await expect(by.fetchAll(ctx)).rejects.toMatchObject({ code: 'VALIDATION', issues: [{ rule: 'distinct_on' }] });
    }
    expect(sent()).toEqual([]);
  });

  test('in a computed field is selected, filtered by and ordered by', async ({ ctx }) => {
    await fill(ctx);
    const set = query(Car)
      .filter((c) => c.boost.gte(2))
      .orderBy((c) => c.title.desc())
      .select((c) => ({ title: c.title, boost: c.boost, ratio: c.ratio }));
    expect(await set.fetchAll(ctx)).toEqual([
      { title: 'polo/vw', boost: 30, ratio: 9 },
      { title: 'golf/vw', boost: 2, ratio: 10 },
    ]);
    expect(sent()).toEqual([
      {
        text:
          `SELECT "name" || '/'::text || ("spec" ->> 'maker'), "spec" -> 'turbo' -> 'boost', (("spec" ->> 'power')::numeric * '1000'::numeric) / "weight" ` +
          `FROM "cars" WHERE ("spec" -> 'turbo' ->> 'boost')::numeric >= $1 ORDER BY "name" || '/'::text || ("spec" ->> 'maker') DESC`,
        values: [2],
      },
    ]);
  });

  test('with an index over the same path is looked up in it', async ({ ctx }) => {
    const plans = await ctx.atomic(async (tx) => {
      await rawSql(tx, 'a table without rows is read through no index otherwise').execute('SET LOCAL enable_seqscan = off');
      return [
        await query(Car)
          .orderBy((c) => c.spec.turbo.boost.asc())
          .explain(tx),
        await query(Car)
          .filter(
            (c) => c.spec.maker.eq('vw'),
            (c) => jsonAsNumber(c.spec.power).gt(0),
          )
          .explain(tx),
        await query(Car)
          .filter((c) => c.spec.turbo.in.eq('k'))
          .explain(tx),
      ];
    });
    expect(plans[0]).toContain('Index Scan using cars_expr_idx');
    expect(plans[1]).toMatch(/Index Cond: \(\(spec ->> 'maker'::text\) = 'vw'::text\)/);
    expect(plans[2]).toContain('cars_expr_uidx');
  });

  test('under a unique index is refused twice, by the name of the index', async ({ ctx }) => {
    await fill(ctx);
    await expect(Car.create(ctx, { name: 'copy', spec: { maker: 'vw', power: 1, turbo: { in: 'k' } } })).rejects.toMatchObject({
      code: 'CONSTRAINT',
      kind: 'unique',
      constraint: 'cars_expr_uidx',
    });
  });
});

describe('a whole document', () => {
  test('is searched by what it contains', async ({ ctx }) => {
    await fill(ctx);
    const set = byName.filter(
      (c) => jsonContains(c.spec, { tags: ['b'] }),
      (c) => jsonHasKey(c.spec, 'turbo'),
      (c) => c.spec.tags.len().eq(2),
      (c) => c.raw.path('seats').arrayLength().gte(2),
    );
    expect((await set.fetchAll(ctx)).map(({ name }) => name)).toEqual(['golf']);
    expect(sent()[0]!.values).toEqual([{ tags: ['b'] }, 'turbo', 2, ['seats'], 2]);
  });

  test('comes back from every terminal', async ({ ctx }) => {
    await fill(ctx);
    const panda = { maker: 'fiat', power: 100, label: 'old' };
    const set = query(Car).filter((c) => c.name.eq('panda'));
    expect((await set.first(ctx))!.spec).toEqual(panda);
    expect((await set.fetchOne(ctx)).extra).toEqual({ note: 'rust' });
    expect([...(await query(Car).inBulk(ctx, [(await set.fetchOne(ctx)).id])).values()][0]!.spec).toEqual(panda);
    expect(await set.selectTuple((c) => [c.spec, c.extra, c.raw]).fetchAll(ctx)).toEqual([[panda, { note: 'rust' }, null]]);
    const streamed = await ctx.atomic(async (tx) => {
      const found: unknown[] = [];
      for await (const row of byName.stream(tx, { batchSize: 1 })) found.push([row.spec.power, row.raw]);
      return found;
    });
    expect(streamed).toEqual([
      [10, { seats: [1, 2] }],
      [100, null],
      [9, 5],
    ]);
  });

  test('from a query is tracked: untouched it is not written', async ({ ctx }) => {
    await fill(ctx);
    const golf = await query(Car)
      .filter((c) => c.name.eq('golf'))
      .fetchOne(ctx);
    sent();
    golf.weight = 900;
    await golf.save(ctx);
    expect(sent()[0]!.text).not.toContain('"spec" =');
    golf.spec.power = 11;
    expect(golf.dirtyFields()).toEqual(['spec']);
    await golf.save(ctx);
    expect(sent()[0]!.text).toContain('"spec" =');
    expect(
      await byName
        .filter((c) => c.spec.power.eq(11))
        .select((c) => ({ boost: c.spec.turbo.boost }))
        .fetchAll(ctx),
    ).toEqual([{ boost: 2 }]);
  });
});

describe('writes of many rows', () => {
  test('insert documents in one statement with one text, and keep keys the schema does not know', async ({ ctx }) => {
    const rows = (count: number): never[] =>
      Array.from({ length: count }, (_, at) => ({
        name: `${count}/${at}`,
        spec: { maker: 'x', power: at, later: { deep: [at] } },
      })) as never[];
    sent();
    for (const count of [1, 3]) {
      const made = await expectStatements(1, () => query(Car).bulkCreate(ctx, rows(count)));
      expect(made.map((row) => row.spec)).toEqual(rows(count).map((row: { spec: object }) => row.spec));
    }
    expect([...new Set(sent().map(({ text }) => text))]).toHaveLength(1);
    expect(
      await query(Car)
        .filter((c) => jsonContains(c.spec, { later: { deep: [2] } } as never))
        .count(ctx),
    ).toBe(1);
  });

  test('take null for a column and refuse what the schema refuses, before SQL', async ({ ctx }) => {
    const [row] = await query(Car).bulkCreate(ctx, [{ name: 'a', spec: { maker: 'x', power: 1 }, extra: null, raw: null }]);
    expect([row!.extra, row!.raw]).toEqual([null, null]);
    sent();
    const failure = await query(Car)
      .bulkCreate(ctx, [
        { name: 'b', spec: { maker: 'x', power: 1 } },
        { name: 'c', spec: { maker: 'x', power: 'strong' as never } },
      ])
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'VALIDATION', model: 'cars', issues: [{ path: '[1].spec.power', rule: 'schema' }] });
    expect(sent()).toEqual([]);
  });

  test('upsert documents: as offered, or by an expression', async ({ ctx }) => {
    await fill(ctx);
    const offered = { name: 'golf', spec: { maker: 'seat', power: 1 } };
    const first = await expectRoundTrips(1, () => query(Car).upsert(ctx, offered, { conflict: ['name'] }));
    expect([first.created, first.row.spec]).toEqual([false, { maker: 'seat', power: 1 }]);
    const second = await query(Car).upsert(ctx, offered, {
      conflict: ['name'],
      update: (stored, given) => ({ extra: { note: 'again' }, weight: stored.weight.add(1), spec: given.spec }),
    });
    expect([second.row.extra, second.row.weight, second.row.spec]).toEqual([{ note: 'again' }, 1001, { maker: 'seat', power: 1 }]);
    await expect(
      query(Car).upsert(ctx, offered, { conflict: ['name'], update: () => ({ extra: { note: 1 } as never }) }),
    ).rejects.toMatchObject({ code: 'VALIDATION', issues: [{ path: 'extra.note', rule: 'schema' }] });
  });

  test('update documents of a set, found by their paths, and refuse what the schema refuses before SQL', async ({ ctx }) => {
    await fill(ctx);
    const weak = query(Car).filter((c) => c.spec.power.lt(50));
    expect(await expectRoundTrips(1, () => weak.update({ spec: { maker: 'vw', power: 75 } }).execute(ctx))).toBe(2);
    expect(sent()).toEqual([
      {
        text: `UPDATE "cars" SET "spec" = $1 WHERE ("spec" ->> 'power')::numeric < $2`,
        values: [{ maker: 'vw', power: 75 }, 50],
      },
    ]);
    expect((await byName.fetchAll(ctx)).map((row) => row.spec.power)).toEqual([75, 100, 75]);
    await query(Car)
      .filter((c) => c.extra.note.eq('rust'))
      .update((c) => ({ weight: jsonAsNumber(c.spec.power).mul(2) as never, extra: null }))
      .execute(ctx);
    expect(
      await byName
        .filter(
          (c) => c.weight.eq(200),
          (c) => c.extra.isNull(),
        )
        .count(ctx),
    ).toBe(1);
    sent();
    await expect((async () => weak.update({ spec: { maker: 'vw', power: 'strong' as never } }).execute(ctx))()).rejects.toMatchObject({
      code: 'VALIDATION',
      issues: [{ path: 'spec.power', rule: 'schema' }],
    });
    expect(sent()).toEqual([]);
  });
});
