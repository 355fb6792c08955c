// Rows of every kind of field through every way to load them, and relations by keys of every kind.

import { f, model, pk } from '@djogi/core';
import { query } from '@djogi/query';
import { setupTestDb, type TestSetup } from '@djogi/testing';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS, Money, ROW_COUNT, shownRow, usedBuilders } from '../support/kinds.ts';
import { foreignKey, hasMany, manyToMany } from '../../src/index.ts';

const nullable = Object.fromEntries(Object.entries(KINDS).map(([name, { field }]) => [name, field.nullable()]));

class Crate extends model(
  'crates',
  {
    get samples() {
      return hasMany(Sample, 'crate');
    },
    get shared() {
      return manyToMany(Sample, { through: Share, from: 'crate', to: 'sample' });
    },
  },
  { pk: pk.serial() },
) {}
class Sample extends model('samples', { rank: f.int(), crate: foreignKey(Crate), ...nullable }, { pk: pk.serial() }) {}
class Holder extends model('holders', { sample: foreignKey(Sample), spare: foreignKey(Sample).nullable() }, { pk: pk.serial() }) {}
class Share extends model('shares', { crate: foreignKey(Crate), sample: foreignKey(Sample) }, { pk: pk.serial() }) {}

/** Kinds of a key, with two spellings of one value where Postgres takes them for equal. */
const KEYS = {
  date: [Temporal.PlainDate.from('2024-02-29'), Temporal.PlainDate.from('2024-02-29')],
  timestamptz: [new Date(86_400_001), new Date(86_400_001)],
  instant: [Temporal.Instant.from('2024-02-29T23:59:59.999999Z'), Temporal.Instant.from('2024-02-29T23:59:59.999999Z')],
  interval: [Temporal.Duration.from('P1M'), Temporal.Duration.from('P30D')],
  decimal: ['100.50', '100.5'],
  whole: ['100', '100.00'],
  zero: ['0', '0.000'],
  money: [new Money('100.50'), new Money('100.5')],
  bytea: [Uint8Array.from([0, 255]), Uint8Array.from([0, 255])],
  citext: ['MiXed', 'mixeD'],
  bigint: [2n ** 62n, 2n ** 62n],
  double: [0, -0],
  nan: [Number.NaN, Number.NaN],
} as const;
const FIELDS = {
  date: () => f.date(),
  timestamptz: () => f.timestamptz(),
  instant: () => f.instant(),
  interval: () => f.interval(),
  decimal: () => f.decimal(),
  whole: () => f.decimal(),
  zero: () => f.decimal(),
  money: () => f.decimal().as(Money),
  bytea: () => f.bytea(),
  citext: () => f.citext(),
  bigint: () => f.bigint(),
  double: () => f.double(),
  nan: () => f.double(),
};
const pairs = Object.entries(FIELDS).map(([name, make]) => {
  class Target extends (model as any)(
    `target_${name}`,
    {
      code: make().unique(),
      get sources() {
        return hasMany(Source, 'target');
      },
    },
    { pk: pk.serial(), timestamps: false },
  ) {}
  class Source extends (model as any)(
    `source_${name}`,
    {
      target: foreignKey(Target as any, { to: 'code' } as never),
      spare: (foreignKey(Target as any, { to: 'code' } as never) as any).nullable(),
    },
    { pk: pk.serial(), timestamps: false },
  ) {}
  return { name, Target, Source };
});

let setup: TestSetup;
beforeAll(async () => {
  setup = await setupTestDb({
    models: [Crate, Sample, Holder, Share, ...pairs.flatMap(({ Target, Source }) => [Target, Source])] as never,
    extensions: ['citext'],
  });
});
afterAll(() => setup.dispose());

describe('rows of every kind of field', () => {
  test('leave no kind of field out', () => {
    // A version is never written, and a search vector is made of the others.
    const others = ['version', 'tsvector'];
    expect(Object.keys(f).filter((builder) => !usedBuilders.has(builder) && !others.includes(builder))).toEqual([]);
  });
  test('are the same by a plain query, by a join, by a batch, over a model between and at the end of a path', async () => {
    const { ctx } = setup;
    const crate = await Crate.create(ctx, {});
    const inputs = Array.from({ length: ROW_COUNT }, (_, at) => ({
      rank: at,
      crateId: crate.id,
      ...Object.fromEntries(Object.entries(KINDS).map(([name, { values }]) => [name, values[at] ?? null])),
    }));
    const made = (await query(Sample).bulkCreate(ctx, inputs)) as any[];
    await query(Holder).bulkCreate(ctx, made.map((row, at) => ({ sampleId: row.id, spareId: at === 0 ? null : row.id })) as never);
    await query(Share).bulkCreate(ctx, made.map((row) => ({ sampleId: row.id, crateId: crate.id })) as never);
    const byRank = (m: any) => m.rank.asc(),
      plain = ((await query(Sample).orderBy(byRank).fetchAll(ctx)) as any[]).map(shownRow);
    expect(plain).toHaveLength(ROW_COUNT);

    const joined = (await query(Holder)
      .selectRelated('sample', 'spare')
      .orderBy((h) => h.id.asc())
      .fetchAll(ctx)) as any[];
    expect(joined.map((row) => shownRow(row.sample))).toEqual(plain);
    expect(joined.slice(1).map((row) => shownRow(row.spare))).toEqual(plain.slice(1));
    expect(joined[0].spare).toBeNull();
    const batched = (await query(Holder)
      .prefetch('sample')
      .orderBy((h) => h.id.asc())
      .fetchAll(ctx)) as any[];
    expect(batched.map((row) => shownRow(row.sample))).toEqual(plain);
    const [many] = (await query(Crate)
      .prefetch('samples', (s: any) => s.orderBy(byRank))
      .prefetch('shared', (s: any) => s.orderBy(byRank))
      .fetchAll(ctx)) as any[];
    expect(many.samples.map(shownRow)).toEqual(plain);
    expect(many.shared.map(shownRow)).toEqual(plain);
    const [limited] = (await query(Crate)
      .prefetch('samples', (s: any) => s.orderBy(byRank).limit(3))
      .fetchAll(ctx)) as any[];
    expect(limited.samples.map(shownRow)).toEqual(plain.slice(0, 3));
    const path = (await query(Holder)
      .orderBy((h) => h.id.asc())
      .select((h: any) => Object.fromEntries(Object.keys(KINDS).map((name) => [name, h.sample.to[name]])) as any)
      .fetchAll(ctx)) as any[];
    expect(path.map(shownRow)).toEqual(plain);
  });
});

describe('a relation by a key of any kind', () => {
  test.each(pairs)('finds the rows in both directions: $name', async ({ name, Target, Source }) => {
    const { ctx } = setup;
    const [stored, given] = KEYS[name as keyof typeof KEYS],
      sets = (made: unknown): any => query(made as never);
    const [target] = await sets(Target).bulkCreate(ctx, [{ code: stored }]);
    await sets(Source).bulkCreate(ctx, [
      { targetId: given, spareId: stored },
      { targetId: stored, spareId: null },
    ]);
    const batched = await sets(Source)
      .orderBy((s: any) => s.id.asc())
      .prefetch('target', 'spare')
      .fetchAll(ctx);
    expect(batched.map((row: any) => [row.target.id, row.spare?.id ?? null])).toEqual([
      [target.id, target.id],
      [target.id, null],
    ]);
    expect(batched[0].target).toBe(batched[1].target);
    const joined = await sets(Source)
      .orderBy((s: any) => s.id.asc())
      .selectRelated('target', 'spare')
      .fetchAll(ctx);
    expect(joined.map((row: any) => [row.target.id, row.spare?.id ?? null])).toEqual([
      [target.id, target.id],
      [target.id, null],
    ]);
    expect(joined[0].target).toBe(joined[1].target);
    const [back] = await sets(Target)
      .prefetch('sources', (s: any) => s.orderBy((one: any) => one.id.asc()))
      .fetchAll(ctx);
    expect(back.sources).toHaveLength(2);
    expect(
      await sets(Target)
        .select((t: any) => ({ n: t.sources.count() }))
        .fetchAll(ctx),
    ).toEqual([{ n: 2 }]);
  });
});
