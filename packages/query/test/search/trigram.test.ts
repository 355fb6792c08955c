import {
  f,
  index,
  model,
  opclass,
  pk,
  trgmDistance,
  trgmSimilarity,
  trgmSimilarTo,
  trgmWordSimilarity,
  trgmWordSimilarTo,
} from '@djogi/core';
import { rawSql } from '@djogi/core/raw';
import { djogiTest } from '@djogi/testing';
import { describe, expect } from 'vitest';
import { query, withTrgmThreshold } from '../../src/index.ts';

class Profile extends model(
  'profiles',
  { name: f.text(), bio: f.text().nullable(), age: f.int() },
  { pk: pk.serial(), timestamps: false },
) {
  static readonly tableObjects = [
    index(Profile, (p) => [opclass(p.bio, 'gin_trgm_ops')], { using: 'gin' }),
    index(Profile, (p) => [opclass(p.name, 'gist_trgm_ops')], { using: 'gist' }),
  ];
}
class Bare extends model('bare', { name: f.text() }, { pk: pk.serial(), timestamps: false }) {}

const base = djogiTest({ models: [Profile] });
const test = base.extend<{ profiles: void }>({
  profiles: [
    async ({ ctx }, use) => {
      await query(Profile).bulkCreate(ctx, [
        { name: 'Jonathan', bio: 'machine learning and tea', age: 1 },
        { name: 'Jon', bio: null, age: 2 },
        { name: 'Maria', bio: 'machines that learn', age: 3 },
      ]);
      await use();
    },
    { auto: true },
  ],
}) as unknown as typeof base;
const bare = djogiTest({ models: [Bare] });

// oxlint-disable-next-line typescript/require-array-sort-compare -- the value is untyped at this seam
const ages = (rows: readonly { age: number }[]): number[] => rows.map((row) => row.age).sort();
const whereOf = (set: { toSql(): { text: string } }): string => set.toSql().text.replace(/^.* WHERE /, '');

describe('trigram search', () => {
  test('has the extension from the operator class of an index', () => {
    expect(Profile.descriptor.requiredExtensions).toEqual(['pg_trgm']);
    expect(Bare.descriptor.requiredExtensions).toEqual([]);
  });

  test('finds what is similar enough', async ({ ctx }) => {
    const set = query(Profile).filter((p) => trgmSimilarTo(p.bio, 'machine learning'));
    expect([whereOf(set), set.toSql().values]).toEqual(['"bio" % $1::text', ['machine learning']]);
    expect(ages(await set.fetchAll(ctx))).toEqual([1, 3]);
  });

  test('finds a similar part', async ({ ctx }) => {
    const set = query(Profile).filter((p) => trgmWordSimilarTo(p.bio, 'learnin'));
    expect(whereOf(set)).toBe('$1::text <% "bio"');
    expect(ages(await set.fetchAll(ctx))).toEqual([1, 3]);
  });

  test('compares and selects how similar', async ({ ctx }) => {
    const set = query(Profile).filter((p) => trgmSimilarity(p.name, 'Jon').gte(0.3));
    expect([whereOf(set), set.toSql().values]).toEqual(['similarity("name", $1::text) >= $2', ['Jon', 0.3]]);
    expect(ages(await set.fetchAll(ctx))).toEqual([1, 2]);
    const scores = await query(Profile)
      .orderBy((p) => p.age.asc())
      .select((p) => ({ name: trgmSimilarity(p.name, 'Jon'), bio: trgmWordSimilarity(p.bio, 'tea') }))
      .fetchAll(ctx);
    expect(scores).toEqual([
      { name: expect.closeTo(0.3, 5), bio: 1 },
      { name: 1, bio: null },
      { name: 0, bio: expect.any(Number) },
    ]);
    scores satisfies { name: number; bio: number | null }[];
  });

  test('gives the nearest first', async ({ ctx }) => {
    const set = query(Profile)
      .orderBy((p) => trgmDistance(p.name, 'Mario').asc())
      .limit(1);
    expect(set.toSql().text).toMatch(/ORDER BY "name" <-> \$1::text ASC LIMIT 1$/);
    expect((await set.fetchAll(ctx))[0]?.name).toBe('Maria');
  });

  test('compares two columns', async ({ ctx }) => {
    expect(
      ages(
        await query(Profile)
          .filter((p) => trgmSimilarity(p.bio, p.name).lt(0.9))
          .fetchAll(ctx),
      ),
    ).toEqual([1, 3]);
  });

  test('binds as tightly as the operators it is spelled with', async ({ ctx }) => {
    const set = query(Profile).filter((p) => trgmSimilarTo(p.name.concat(' ', p.name), 'Jon').not());
    expect(whereOf(set)).toBe('NOT ("name" || $1::text || "name") % $2::text');
    expect(ages(await set.fetchAll(ctx))).toEqual([3]);
  });

  test('uses a GIN index with its operator class', async ({ ctx }) => {
    const plan = await ctx.atomic(async (tx) => {
      await rawSql(tx, 'three rows are read faster without an index').script('SET LOCAL enable_seqscan = off');
      return query(Profile)
        .filter((p) => trgmSimilarTo(p.bio, 'machine learning'))
        .explain(tx);
    });
    expect(plan).toContain('profiles_bio_idx');
  });

  test('refuses thresholds outside 0 to 1, and what is no text', () => {
    const refused = (rule: string) => expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule })] });
    for (const threshold of [1.5, -0.1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => query(Profile).filter((p) => trgmSimilarity(p.name, 'x').gte(threshold))).toThrow(refused('range'));
    expect(() => query(Profile).filter((p) => trgmSimilarTo(p.age as never, 'x'))).toThrow(refused('type'));
    expect(() => query(Profile).filter((p) => trgmSimilarTo(p.name, p.age as never))).toThrow(refused('type'));
    expect(() => query(Profile).filter((p) => trgmSimilarTo(p.name, 5 as never))).toThrow(refused('type'));
    expect(() => query(Profile).filter((p) => trgmSimilarTo(p.name, undefined as never))).toThrow(refused('undefined'));
  });

  test('takes its threshold for a transaction', async ({ ctx }) => {
    const found = (at: typeof ctx) =>
      query(Profile)
        .filter((p) => trgmSimilarTo(p.name, 'Jonathon'))
        .count(at);
    expect(await found(ctx)).toBe(2);
    await ctx.atomic(async (tx) => {
      await withTrgmThreshold(tx, 0.9);
      expect(await found(tx)).toBe(0);
      await withTrgmThreshold(tx, 0.5);
      expect(await found(tx)).toBe(1);
      await withTrgmThreshold(tx, 0.99, { of: 'wordSimilarity' });
      expect(
        await query(Profile)
          .filter((p) => trgmWordSimilarTo(p.bio, 'learnin'))
          .count(tx),
      ).toBe(0);
    });
    expect(await found(ctx)).toBe(2);
  });

  test('refuses a threshold outside a transaction, outside 0 to 1, or of something else', async ({ ctx }) => {
    await expect(withTrgmThreshold(ctx, 0.5)).rejects.toMatchObject({ code: 'VALIDATION', issues: [{ path: 'ctx', rule: 'transaction' }] });
    await ctx.atomic(async (tx) => {
      for (const threshold of [2, -1, Number.NaN, '0.5'])
        await expect(withTrgmThreshold(tx, threshold as number)).rejects.toMatchObject({
          code: 'VALIDATION',
          issues: [{ path: 'threshold' }],
        });
      await expect(withTrgmThreshold(tx, 0.5, { of: 'toString' as never })).rejects.toMatchObject({
        code: 'VALIDATION',
        issues: [{ path: 'of' }],
      });
    });
  });

  bare('without the extension is an error of the server', async ({ ctx }) => {
    await expect(
      query(Bare)
        .filter((b) => trgmSimilarity(b.name, 'x').gte(0.3))
        .fetchAll(ctx),
    ).rejects.toMatchObject({ code: 'DATABASE', sqlState: '42883' });
    await expect(
      query(Bare)
        .filter((b) => trgmSimilarTo(b.name, 'x'))
        .fetchAll(ctx),
    ).rejects.toMatchObject({ code: 'DATABASE', sqlState: '42883' });
  });
});
