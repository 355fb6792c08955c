// `undefined` is nowhere a value: it would silently become NULL, or leave a condition out. Each call here is a compile error, which the comment above it proves, and is
// refused before anything is sent where there is no compiler.

import * as core from '@djogi/core';
import {
  and,
  caseWhen,
  coalesce,
  countAll,
  f,
  lag,
  literal,
  model,
  or,
  pk,
  rowNumber,
  type Context,
  type StandardSchema,
} from '@djogi/core';
import type { QueryEvent } from '@djogi/core/pool';
import { djogiTest } from '@djogi/testing';
import { beforeEach, describe, expect } from 'vitest';
import { query, type ModelSet } from '../../src/index.ts';

interface Document {
  size: number;
  name: string;
}
const schema: StandardSchema<Document> = {
  '~standard': { version: 1, vendor: 'tests', validate: (value) => ({ value: value as Document }) },
};

class Thing extends model(
  'things',
  {
    name: f.text().unique(),
    size: f.int().nullable(),
    price: f.decimal(8, 2).default('0'),
    isOn: f.boolean().default(true),
    at: f.timestamptz().nullable(),
    day: f.date().nullable(),
    took: f.interval().nullable(),
    tags: f.array(f.text()).default([]),
    span: f.range('int4').nullable(),
    host: f.inet().nullable(),
    doc: f.jsonb(schema).nullable(),
    raw: f.rawJson({ justification: 'documents for the test of undefined' }).nullable(),
  },
  { pk: pk.serial(), timestamps: false },
) {}

let things: ModelSet<typeof Thing, Thing>;
const none = undefined;
beforeEach(() => {
  things = query(Thing);
});

/** What is given to a lookup or an operation, each in a filter of its own. */
const lookups: Readonly<Record<string, () => unknown>> = {
  // @ts-expect-error undefined
  eq: () => things.filter((t) => t.size.eq(none)),
  // @ts-expect-error undefined
  neq: () => things.filter((t) => t.name.neq(none)),
  // @ts-expect-error undefined
  gt: () => things.filter((t) => t.size.gt(none)),
  // @ts-expect-error undefined
  gte: () => things.filter((t) => t.price.gte(none)),
  // @ts-expect-error undefined
  lt: () => things.filter((t) => t.at.lt(none)),
  // @ts-expect-error undefined
  lte: () => things.filter((t) => t.day.lte(none)),
  // @ts-expect-error undefined
  'between, from': () => things.filter((t) => t.size.between(none, 3)),
  // @ts-expect-error undefined
  'between, to': () => things.filter((t) => t.size.between(3, none)),
  // @ts-expect-error undefined
  in: () => things.filter((t) => t.size.in(none)),
  // @ts-expect-error undefined
  'in a list': () => things.filter((t) => t.size.in([1, none])),
  // @ts-expect-error undefined
  notIn: () => things.filter((t) => t.name.notIn(none)),
  // @ts-expect-error undefined
  'notIn a list': () => things.filter((t) => t.name.notIn([none])),
  // @ts-expect-error undefined
  isDistinctFrom: () => things.filter((t) => t.size.isDistinctFrom(none)),
  // @ts-expect-error undefined
  isNotDistinctFrom: () => things.filter((t) => t.took.isNotDistinctFrom(none)),
  // @ts-expect-error undefined
  contains: () => things.filter((t) => t.name.contains(none)),
  // @ts-expect-error undefined
  icontains: () => things.filter((t) => t.name.icontains(none)),
  // @ts-expect-error undefined
  startsWith: () => things.filter((t) => t.name.startsWith(none)),
  // @ts-expect-error undefined
  istartsWith: () => things.filter((t) => t.name.istartsWith(none)),
  // @ts-expect-error undefined
  endsWith: () => things.filter((t) => t.name.endsWith(none)),
  // @ts-expect-error undefined
  iendsWith: () => things.filter((t) => t.name.iendsWith(none)),
  // @ts-expect-error undefined
  iexact: () => things.filter((t) => t.name.iexact(none)),
  // @ts-expect-error undefined
  like: () => things.filter((t) => t.name.like(none)),
  // @ts-expect-error undefined
  ilike: () => things.filter((t) => t.name.ilike(none)),
  // @ts-expect-error undefined
  regex: () => things.filter((t) => t.name.regex(none)),
  // @ts-expect-error undefined
  iregex: () => things.filter((t) => t.name.iregex(none)),
  // @ts-expect-error undefined
  and: () => things.filter((t) => t.isOn.and(none)),
  // @ts-expect-error undefined
  or: () => things.filter((t) => t.size.gt(1).or(none)),
  // @ts-expect-error undefined
  xor: () => things.filter((t) => t.size.gt(1).xor(none)),
  // @ts-expect-error undefined
  'the and of all': () => things.filter((t) => and(t.isOn.isTrue(), none)),
  // @ts-expect-error undefined
  'the or of any': () => things.filter(() => or(none)),
  // @ts-expect-error undefined
  'the not of one': () => things.filter(() => core.not(none)),
  // @ts-expect-error undefined
  exists: () => things.filter(() => core.exists(none)),
  // @ts-expect-error undefined
  anyOf: () => things.filter((t) => t.size.gt(core.anyOf(none))),
  // @ts-expect-error undefined
  allOf: () => things.filter((t) => t.size.gt(core.allOf(none))),
  // @ts-expect-error undefined
  'equality of lists': () => things.filter((t) => t.tags.eq(none)),
  // @ts-expect-error undefined
  'elements of a list': () => things.filter((t) => t.tags.contains([none])),
  // @ts-expect-error undefined
  'all elements': () => things.filter((t) => t.tags.containedBy(none)),
  // @ts-expect-error undefined
  overlaps: () => things.filter((t) => t.tags.overlaps(none)),
  // @ts-expect-error undefined
  'an element': () => things.filter((t) => t.tags.any(none)),
  // @ts-expect-error undefined
  'a value in a range': () => things.filter((t) => t.span.contains(none)),
  // @ts-expect-error undefined
  'a range': () => things.filter((t) => t.span.overlaps(none)),
  // @ts-expect-error undefined
  'a network': () => things.filter((t) => t.host.containedBy(none)),
  // @ts-expect-error undefined
  'a place in a document': () => things.filter((t) => t.doc.size.eq(none)),
  // @ts-expect-error undefined
  'a list for a place in a document': () => things.filter((t) => t.doc.name.in([none])),
  // @ts-expect-error undefined
  'a document': () => things.filter((t) => core.jsonContains(t.doc, none)),
  // @ts-expect-error undefined
  'a key of a document': () => things.filter((t) => core.jsonHasKey(t.doc, none)),
};

const operations: Readonly<Record<string, () => unknown>> = {
  // @ts-expect-error undefined
  add: () => things.select((t) => ({ x: t.size.add(none) })),
  // @ts-expect-error undefined
  sub: () => things.select((t) => ({ x: t.size.sub(none) })),
  // @ts-expect-error undefined
  mul: () => things.select((t) => ({ x: t.price.mul(none) })),
  // @ts-expect-error undefined
  div: () => things.select((t) => ({ x: t.size.div(none) })),
  // @ts-expect-error undefined
  mod: () => things.select((t) => ({ x: t.size.mod(none) })),
  // @ts-expect-error undefined
  power: () => things.select((t) => ({ x: t.size.power(none) })),
  // An argument that may be left out: the types cannot tell the two apart.
  round: () => things.select((t) => ({ x: t.price.round(none) })),
  // @ts-expect-error undefined
  concat: () => things.select((t) => ({ x: t.name.concat('a', none) })),
  // @ts-expect-error undefined
  replace: () => things.select((t) => ({ x: t.name.replace(none, 'a') })),
  // @ts-expect-error undefined
  substr: () => things.select((t) => ({ x: t.name.substr(none) })),
  // @ts-expect-error undefined
  left: () => things.select((t) => ({ x: t.name.left(none) })),
  // @ts-expect-error undefined
  split: () => things.select((t) => ({ x: t.name.split(',', none) })),
  // @ts-expect-error undefined
  position: () => things.select((t) => ({ x: t.name.position(none) })),
  // @ts-expect-error undefined
  repeat: () => things.select((t) => ({ x: t.name.repeat(none) })),
  // @ts-expect-error undefined
  lpad: () => things.select((t) => ({ x: t.name.lpad(none) })),
  // @ts-expect-error undefined
  'a moment moved': () => things.select((t) => ({ x: t.at.add(none) })),
  // @ts-expect-error undefined
  'the time since': () => things.select((t) => ({ x: t.at.since(none) })),
  // @ts-expect-error undefined
  'an interval': () => things.select((t) => ({ x: t.took.mul(none) })),
  // @ts-expect-error undefined
  coalesce: () => things.select((t) => ({ x: coalesce(t.size, none) })),
  // @ts-expect-error undefined
  greatest: () => things.select((t) => ({ x: core.greatest(t.size, none) })),
  // @ts-expect-error undefined
  least: () => things.select((t) => ({ x: core.least(t.size, none) })),
  // @ts-expect-error undefined
  nullIf: () => things.select((t) => ({ x: core.nullIf(t.size, none) })),
  // @ts-expect-error undefined
  'the condition of a CASE': () => things.select(() => ({ x: caseWhen(none, 1).otherwise(2) })),
  // @ts-expect-error undefined
  'an arm of a CASE': () => things.select((t) => ({ x: caseWhen(t.isOn.isTrue(), t.size).otherwise(none) })),
  // @ts-expect-error undefined
  literal: () => things.select(() => ({ x: literal(none) })),
  // @ts-expect-error undefined
  'a typed literal': () => things.select(() => ({ x: literal(none, f.int()) })),
  // @ts-expect-error undefined
  cast: () => things.select((t) => ({ x: core.cast(t.size, none) })),
  // @ts-expect-error undefined
  'a unit': () => things.select((t) => ({ x: core.dateTrunc(none, t.at) })),
  // @ts-expect-error undefined
  'a time zone': () => things.select((t) => ({ x: core.extract('hour', t.at, { timeZone: none }) })),
};

const groups = () => things.groupBy((t) => ({ name: t.name })).annotate(() => ({ n: countAll() }));

const builders: Readonly<Record<string, () => unknown>> = {
  // @ts-expect-error undefined
  filter: () => things.filter(none),
  // @ts-expect-error undefined
  'what filter is given': () => things.filter(() => none),
  // @ts-expect-error undefined
  exclude: () => things.exclude(() => none),
  // @ts-expect-error undefined
  orderBy: () => things.orderBy(() => none),
  // @ts-expect-error undefined
  'a key of orderBy': () => things.orderBy((t) => [t.name.asc(), none]),
  // @ts-expect-error undefined
  reorder: () => things.reorder(() => none),
  // @ts-expect-error undefined
  limit: () => things.limit(none),
  // @ts-expect-error undefined
  offset: () => things.offset(none),
  // @ts-expect-error undefined
  distinctOn: () => things.distinctOn(() => none),
  // @ts-expect-error undefined
  select: () => things.select(() => none),
  // @ts-expect-error undefined
  'a value of select': () => things.select((t) => ({ name: t.name, size: none })),
  // @ts-expect-error undefined
  'a value of selectTuple': () => things.selectTuple((t) => [t.name, none]),
  // @ts-expect-error undefined
  annotate: () => things.annotate(() => none),
  // @ts-expect-error undefined
  'an annotation': () => things.annotate(() => ({ n: none })),
  // @ts-expect-error undefined
  qualify: () => things.annotate(() => ({ n: countAll() })).qualify(() => none),
  // @ts-expect-error undefined
  'a condition on an annotation': () => things.annotate(() => ({ n: countAll() })).qualify((a) => a.n.gt(none)),
  // @ts-expect-error undefined
  groupBy: () => things.groupBy(() => none),
  // @ts-expect-error undefined
  'a key of a group': () => things.groupBy(() => ({ name: none })),
  // @ts-expect-error undefined
  'a value of a group': () => things.groupBy((t) => ({ name: t.name })).annotate(() => ({ n: none })),
  // @ts-expect-error undefined
  having: () => groups().having(() => none),
  // @ts-expect-error undefined
  'a condition on a group': () => groups().having((g) => g.n.gt(none)),
  // @ts-expect-error undefined
  'an order of groups': () => groups().orderBy(() => none),
  // @ts-expect-error undefined
  rollup: () => things.rollup(() => ({ name: none })),
  // @ts-expect-error undefined
  groupingSets: () => things.groupingSets((t) => ({ name: t.name }), none),
  // @ts-expect-error undefined
  'a grouping set': () => things.groupingSets((t) => ({ name: t.name }), [none]),
  // @ts-expect-error undefined
  'a filter of an aggregate': () => things.annotate((t) => ({ n: t.size.sum().filter(none) })),
  // @ts-expect-error undefined
  'an order of an aggregate': () => things.groupBy((t) => ({ n: t.name })).annotate((t) => ({ a: core.arrayAgg(t.size).orderBy(none) })),
  // @ts-expect-error undefined
  'a separator': () => things.groupBy((t) => ({ n: t.size })).annotate((t) => ({ a: core.stringAgg(t.name, none) })),
  // @ts-expect-error undefined
  'a fraction': () => things.groupBy((t) => ({ n: t.name })).annotate((t) => ({ a: core.percentileCont(none, t.size) })),
  // @ts-expect-error undefined
  'a hypothetical value': () => things.groupBy((t) => ({ n: t.name })).annotate((t) => ({ a: core.rankOf(none, t.size) })),
  // @ts-expect-error undefined
  'a partition': () => things.annotate(() => ({ n: rowNumber().over({ partitionBy: [none] }) })),
  // @ts-expect-error undefined
  'an order of a window': () => things.annotate(() => ({ n: rowNumber().over({ orderBy: [none] }) })),
  // @ts-expect-error undefined
  'a frame': () => things.annotate((t) => ({ n: t.size.sum().over({ orderBy: [t.id.asc()], frame: { unit: 'rows', from: none } }) })),
  // @ts-expect-error undefined
  'a fallback': () => things.annotate((t) => ({ n: lag(t.size, 1, none).over({ orderBy: [t.id.asc()] }) })),
  // @ts-expect-error undefined
  asSubquery: () => things.filter((t) => t.size.in(things.asSubquery(() => none))),
  // @ts-expect-error undefined
  asScalar: () => things.select(() => ({ x: things.asScalar(() => none) })),
  // @ts-expect-error undefined
  'a model': () => query(none),
  // @ts-expect-error undefined
  update: () => things.update(none),
  // @ts-expect-error undefined
  'a value of update': () => things.update({ size: none }),
  // @ts-expect-error undefined
  'an expression of update': () => things.update(() => ({ size: none })),
  // @ts-expect-error undefined
  union: () => things.union(none),
  // @ts-expect-error undefined
  exceptAll: () => things.exceptAll(things, none),
  // @ts-expect-error undefined
  'an order of a union': () => things.union(things).orderBy(() => none),
  // @ts-expect-error undefined
  insertInto: () => things.insertInto(none, () => ({})),
  // @ts-expect-error undefined
  'a value of insertInto': () => things.insertInto(Thing, (t) => ({ name: t.name, size: none })),
};

/** A new row: what may be left out is left out, as a key without a value is for those without a compiler. */
const newRows: Readonly<Record<string, (ctx: Context) => Promise<unknown>>> = {
  // @ts-expect-error undefined
  create: (ctx) => Thing.create(ctx, { name: 'a', price: none }),
  // @ts-expect-error undefined
  bulkCreate: (ctx) => things.bulkCreate(ctx, [{ name: 'b', price: none }, { name: 'c' }]),
  // @ts-expect-error undefined
  upsert: (ctx) => things.upsert(ctx, { name: 'd', price: none }, { conflict: ['name'] }),
};

/** What is sent is written, or asks for values: these take a context. */
const terminals: Readonly<Record<string, (ctx: Context, id: Thing['id']) => Promise<unknown>>> = {
  // @ts-expect-error undefined
  create: (ctx) => Thing.create(ctx, { name: none }),
  // @ts-expect-error undefined
  'Model.update': (ctx, id) => Thing.update(ctx, id, { size: none }),
  // @ts-expect-error undefined
  'Model.update of nothing': (ctx, id) => Thing.update(ctx, id, none),
  // @ts-expect-error undefined
  'row.update': async (ctx, id) => (await Thing.get(ctx, id)).update(ctx, { size: none }),
  // @ts-expect-error undefined
  get: (ctx) => Thing.get(ctx, none),
  // @ts-expect-error undefined
  find: (ctx) => Thing.find(ctx, none),
  // @ts-expect-error undefined
  bulkCreate: (ctx) => things.bulkCreate(ctx, [{ name: 'a' }, { name: none }]),
  // @ts-expect-error undefined
  'bulkCreate of nothing': (ctx) => things.bulkCreate(ctx, none),
  // @ts-expect-error undefined
  'bulkCreate of no row': (ctx) => things.bulkCreate(ctx, [none]),
  // @ts-expect-error undefined
  'ids of bulkCreate': (ctx) => things.bulkCreate(ctx, [{ name: 'a' }], { ids: [none] }),
  // @ts-expect-error undefined
  'what upsert updates': (ctx) => things.upsert(ctx, { name: 'a' }, { conflict: ['name'], update: () => ({ size: none }) }),
  // @ts-expect-error undefined
  'what upsert is about': (ctx) => things.upsert(ctx, { name: 'a' }, { conflict: [none] }),
  // @ts-expect-error undefined
  inBulk: (ctx) => things.inBulk(ctx, none),
  // @ts-expect-error undefined
  'ids of inBulk': (ctx) => things.inBulk(ctx, [none]),
  // @ts-expect-error undefined
  aggregate: (ctx) => things.aggregate(ctx, () => none),
  // @ts-expect-error undefined
  'a value of aggregate': (ctx) => things.aggregate(ctx, () => ({ n: none })),
  // @ts-expect-error undefined
  'the size of a page': (ctx) => things.fetchPage(ctx, { size: none }),
  // @ts-expect-error undefined
  'a page': (ctx) => things.fetchPage(ctx, none),
  // @ts-expect-error undefined
  'rows of bulkUpsert': (ctx) => things.bulkUpsert(ctx, none, { conflict: ['name'] }),
  // @ts-expect-error undefined
  'a row of bulkUpsert': (ctx) => things.bulkUpsert(ctx, [none], { conflict: ['name'] }),
  // @ts-expect-error undefined
  copyFrom: (ctx) => things.copyFrom(ctx, none),
  // @ts-expect-error undefined
  'a row of copyFrom': (ctx) => things.copyFrom(ctx, [none]),
  // @ts-expect-error undefined
  'a value of copyFrom': (ctx) => things.copyFrom(ctx, [{ name: none }]),
  // @ts-expect-error undefined
  'what bulkUpsert is about': (ctx) => things.bulkUpsert(ctx, [{ name: 'a' }], none),
  // @ts-expect-error undefined
  'a value of bulkUpdateRows': (ctx, id) => things.bulkUpdateRows(ctx, [{ id, size: none }], { fields: ['size'] }),
  // @ts-expect-error undefined
  'the fields of bulkUpdateRows': (ctx, id) => things.bulkUpdateRows(ctx, [{ id, size: 1 }], { fields: [none] }),
  // @ts-expect-error undefined
  'what getOrCreate makes': (ctx) => things.filter((t) => t.name.eq('new')).getOrCreate(ctx, none),
  // @ts-expect-error undefined
  'the row of createOrFind': (ctx) => things.createOrFind(ctx, none, { conflict: ['name'] }),
  // @ts-expect-error undefined
  context: () => things.fetchAll(none),
};

const log: string[] = [];
const test = djogiTest({
  models: [Thing],
  pool: { onQuery: (event: QueryEvent) => void (event.operation !== 'raw' && log.push(event.sql)) },
});

const isRefusal = (error: unknown): boolean =>
  core.isDjogiError(error) &&
  ['VALIDATION', 'UNSUPPORTED_AGGREGATE', 'PREDICATE', 'NOT_FOUND', 'SET_OP_ARM_INVALID', 'SET_OP_OUTER_ORDERING_INVALID'].includes(
    error.code,
  );

describe('undefined', () => {
  for (const [kind, cases] of Object.entries({ lookups, operations, builders }))
    test(`is refused by ${kind}, where it is given`, () => {
      const taken = Object.entries(cases).filter(([, act]) => {
        try {
          act();
          return true;
        } catch (error) {
          if (!isRefusal(error)) throw error;
          return false;
        }
      });
      expect(taken.map(([name]) => name)).toEqual([]);
    });

  test('is refused by terminals and writes, which send nothing', async ({ ctx }) => {
    const { id } = await Thing.create(ctx, { name: 'stored', size: 1 });
    log.length = 0;
    const taken: string[] = [],
      odd: unknown[] = [];
    for (const [name, act] of Object.entries(terminals))
      await act(ctx, id).then(
        () => taken.push(name),
        (error: unknown) => isRefusal(error) || odd.push([name, error]),
      );
    expect([taken, odd]).toEqual([[], []]);
    // `row.update` has to fetch its row first, and COPY has begun when a row of it turns out to be none: it stores nothing.
    expect(log.filter((text) => !/^(?:SELECT|COPY) /.test(text))).toEqual([]);
    expect((await things.fetchAll(ctx)).map(({ name, size }) => [name, size])).toEqual([['stored', 1]]);
  });

  test('leaves out of a new row what may be left out', async ({ ctx }) => {
    for (const act of Object.values(newRows)) await act(ctx);
    const prices = await things.orderBy((t) => t.name.asc()).fetchAll(ctx);
    expect(prices.map(({ name, price }) => [name, price])).toEqual(['a', 'b', 'c', 'd'].map((name) => [name, '0.00']));
  });
});
