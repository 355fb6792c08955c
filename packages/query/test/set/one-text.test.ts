// Decision 11, for every method of a set: whatever the values and however many rows, one statement text.

import { countAll, f, model, pk, type Context, type Id } from '@djogi/core';
import type { QueryEvent } from '@djogi/core/pool';
import { djogiTest } from '@djogi/testing';
import { describe, expect, test as plain } from 'vitest';
import { cte, descendants, query } from '../../src/index.ts';

type PartId = Id<'serial', number, 'parts'>;
const key = pk.serial();
class Part extends model(
  'parts',
  { name: f.text().unique(), size: f.int().default(0), note: f.text().nullable(), of: f.id<PartId>(key).nullable(), revision: f.version() },
  { pk: key },
) {}

const log: { readonly text: string; readonly values: readonly unknown[] }[] = [];
const test = djogiTest({
  models: [Part],
  pool: {
    includeValues: true,
    onQuery: (event: QueryEvent) => {
      if (event.operation !== 'raw') log.push({ text: event.sql, values: event.values ?? [] });
    },
  },
});

const parts = query(Part);
const sized = (n: number) => parts.filter((p) => p.size.gte(n));
const id = (n: number): PartId => n as PartId;
const made = (n: number, prefix: string) => Array.from({ length: n }, (_, at) => ({ name: `${prefix}${n}-${at}`, size: n }));

interface Writing {
  toSql(): { text: string };
}
/** What is asked with the number, or a statement that shows itself. */
type Asked = (n: number, ctx: Context) => Promise<unknown> | Writing;

/** By method; each for 1, 2 and 3. */
const methods: Readonly<Record<string, Asked>> = {
  filter: (n) =>
    parts.filter(
      (p) => p.size.gt(n),
      (p) => p.name.in(Array.from({ length: n }, String)),
    ),
  exclude: (n) => parts.exclude((p) => p.size.between(n, n + 1)),
  orderBy: (n) => parts.orderBy((p) => p.size.mod(n).desc()),
  reorder: (n) => parts.reorder((p) => p.size.add(n).asc()),
  reverse: (n) => parts.orderBy((p) => p.size.mod(n).desc()).reverse(),
  limit: (n) => parts.limit(1000 + n),
  offset: (n) => parts.offset(n),
  distinctOn: (n) => parts.distinctOn((p) => p.size.mod(n)),
  select: (n) => parts.select((p) => ({ more: p.size.add(n) })),
  selectTuple: (n) => parts.selectTuple((p) => [p.size.add(n)]),
  annotate: (n) => parts.annotate((p) => ({ larger: p.size.gt(n), all: p.size.sum() })).qualify((a) => a.all.gt(n)),
  groupBy: (n) =>
    parts
      .groupBy((p) => ({ bucket: p.size.div(n) }))
      .annotate((p) => ({ n: countAll(), most: p.size.max() }))
      .having((g) => g.n.gt(n))
      .orderBy((g) => g.most.sub(n).desc()),
  rollup: (n) => parts.rollup((p) => ({ bucket: p.size.div(n) })).annotate(() => ({ n: countAll() })),
  cube: (n) => parts.cube((p) => ({ bucket: p.size.div(n), note: p.note })).annotate(() => ({ n: countAll() })),
  groupingSets: (n) => parts.groupingSets((p) => ({ bucket: p.size.div(n) }), [['bucket'], []]).annotate(() => ({ n: countAll() })),
  union: (n) =>
    sized(n)
      .union(sized(n + 1))
      .offset(n),
  unionAll: (n) => sized(n).unionAll(sized(n + 1)),
  intersect: (n) => sized(n).intersect(sized(n + 1)),
  intersectAll: (n) => sized(n).intersectAll(sized(n + 1)),
  except: (n) => sized(n).except(sized(n + 1)),
  exceptAll: (n) => sized(n).exceptAll(sized(n + 1)),
  asSubquery: (n) => parts.filter((p) => p.id.in(sized(n).asSubquery((q) => q.id))),
  asScalar: (n) =>
    parts.select((p) => ({
      most: sized(n)
        .filter((q) => q.size.lt(p.size))
        .asScalar((q) => q.size.max()),
    })),
  update: (n) => sized(n).update((p) => ({ size: p.size.add(n), note: 'x'.repeat(n) })),
  delete: (n) => sized(n).delete(),
  insertInto: (n) =>
    sized(n)
      .insertInto(Part, (p) => ({ name: p.name.concat(`-${n}`), size: n }))
      .onConflictDoUpdate(
        ['name'],
        (t) => ({ size: t.size.add(n) }),
        (t) => t.size.lt(n),
      ),
  fetchAll: (n, ctx) => sized(n).fetchAll(ctx),
  fetchOne: (n, ctx) =>
    sized(100 + n)
      .fetchOne(ctx)
      .catch(() => null),
  first: (n, ctx) => sized(n).first(ctx),
  fetchOptional: (n, ctx) => sized(n).fetchOptional(ctx),
  last: (n, ctx) =>
    sized(n)
      .orderBy((p) => p.name.asc())
      .last(ctx),
  earliest: (n, ctx) => parts.earliest(ctx, (p) => p.size.mod(n)),
  latest: (n, ctx) => parts.latest(ctx, (p) => p.size.mod(n)),
  count: (n, ctx) => sized(n).count(ctx),
  countBig: (n, ctx) => sized(n).countBig(ctx),
  contains: (n, ctx) => parts.contains(ctx, { id: id(n) }),
  exists: (n, ctx) => sized(n).exists(ctx),
  inBulk: (n, ctx) =>
    parts.inBulk(
      ctx,
      Array.from({ length: n }, (_, at) => id(at + 1)),
    ),
  aggregate: (n, ctx) => sized(n).aggregate(ctx, (p) => ({ n: countAll(), more: p.size.add(n).max() })),
  explain: (n, ctx) => sized(n).explain(ctx),
  stream: (n, ctx) =>
    ctx.atomic(async (tx) => {
      for await (const row of sized(n).stream(tx)) row.name satisfies string;
    }),
  getOrCreate: (n, ctx) => parts.filter((p) => p.name.eq(`got${n}`)).getOrCreate(ctx, () => ({ name: `got${n}` })),
  updateOrCreate: (n, ctx) =>
    parts.filter((p) => p.name.eq('a0')).updateOrCreate(ctx, { create: () => ({ name: 'a0' }), update: () => ({ size: n }) }),
  bulkCreate: (n, ctx) => parts.bulkCreate(ctx, made(n, 'made')),
  upsert: (n, ctx) =>
    parts.upsert(ctx, { name: `up${n}`, size: n }, { conflict: ['name'], update: (t, o) => ({ size: t.size.add(o.size).add(n) }) }),
  bulkUpsert: (n, ctx) => parts.bulkUpsert(ctx, made(n, 'put'), { conflict: ['name'] }),
  bulkUpdateRows: (n, ctx) =>
    parts.bulkUpdateRows(
      ctx,
      Array.from({ length: n }, (_, at) => ({ id: id(at + 1), size: n })),
      { fields: ['size'] },
    ),
  createOrFind: (n, ctx) => parts.createOrFind(ctx, { name: `cf${n}`, size: n }, { conflict: ['name'] }),
};

/** Queries over rows of queries. */
const queries: Readonly<Record<string, Asked>> = {
  'the rows of another query': (n) => query(parts.select((p) => ({ more: p.size.add(n) }))).filter((r) => r.more.gt(n)),
  'a cte': (n) => query(cte('some', sized(n))).filter((p) => p.size.lt(n)),
  'a walk': (n) =>
    descendants(
      parts.filter((p) => p.id.eq(id(n))),
      (p) => p.of,
      { maxDepth: n, where: (p) => p.size.gt(n) },
    ),
};

/** Those that take nothing that could be a value, or that send nothing. */
const OF_STRUCTURE = ['orderByName', 'distinct', 'distinctOnNames', 'none', 'only', 'defer', 'predicate', 'tryPortable', 'toSql'];
const LOCKS = ['forUpdate', 'forNoKeyUpdate', 'forShare', 'forKeyShare'];
/** Tested where there are relations, pages and rows to copy. */
const ELSEWHERE = ['selectRelated', 'prefetch', 'fetchPage', 'copyFrom', 'copyTo'];

plain('every method of a set is asked, or has nothing but structure', () => {
  const names = new Set<string>();
  for (let at: object = Object.getPrototypeOf(parts) as object; at !== Object.prototype; at = Object.getPrototypeOf(at) as object)
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (typeof value === 'function' && name !== 'constructor') names.add(name);
  const known = new Set([...Object.keys(methods), ...OF_STRUCTURE, ...LOCKS, ...ELSEWHERE]);
  expect([...names].filter((name) => !known.has(name))).toEqual([]);
});

describe('one text for any values', () => {
  test.for(Object.entries({ ...methods, ...queries }))('of %s', async ([, asked], { ctx }) => {
    await parts.bulkCreate(
      ctx,
      Array.from({ length: 5 }, (_, at) => ({ name: `a${at}`, size: at })),
    );
    const texts: string[][] = [],
      values: string[] = [];
    for (const n of [1, 2, 3]) {
      log.length = 0;
      const result = asked(n, ctx);
      const shown = 'toSql' in result ? [result.toSql() as (typeof log)[number]] : (await result, [...log]);
      texts.push(shown.map(({ text }) => text));
      values.push(
        JSON.stringify(
          shown.map((each) => each.values),
          (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value),
        ),
      );
    }
    expect(texts[0]!.length).toBeGreaterThan(0);
    expect(new Set(texts.map((each) => each.join('\n'))).size).toBe(1);
    // Otherwise nothing would be shown by it.
    expect(new Set(values).size).toBe(3);
  });

  test('of pages from any cursor', async ({ ctx }) => {
    await parts.bulkCreate(
      ctx,
      Array.from({ length: 9 }, (_, at) => ({ name: `a${at}`, size: at % 3 })),
    );
    const set = parts.orderBy((p) => p.size.desc());
    let after = (await set.fetchPage(ctx, { size: 2 })).next;
    log.length = 0;
    while (after !== null) ({ next: after } = await set.fetchPage(ctx, { size: 2, after }));
    expect(log).toHaveLength(4);
    expect(new Set(log.map(({ text }) => text)).size).toBe(1);
  });
});
