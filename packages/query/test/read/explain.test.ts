import { describe, expect } from 'vitest';
import { expectRoundTrips } from '@djogi/testing';
import { query } from '../../src/index.ts';
import { City, CITY_COLUMNS, sent, test } from '../support/cities.ts';
import { untyped } from '../support/untyped.ts';

const set = query(City)
  .filter((c) => c.name.eq('Oslo'))
  .limit(3);
const select = `SELECT ${CITY_COLUMNS} FROM "cities" WHERE "name" = $1 LIMIT 3`;

describe('explain', () => {
  test('gives the plan as text and does not run the statement', async ({ ctx }) => {
    const plan = await expectRoundTrips(1, () => set.explain(ctx));
    expect(plan).toMatch(/^Limit .*\n\s+-> {2}Seq Scan on cities/);
    expect(plan).not.toContain('actual');
    expect(sent()).toEqual([{ text: `EXPLAIN (FORMAT TEXT) ${select}`, values: ['Oslo'], operation: 'explain', context: 'pool' }]);
  });

  test('runs the statement and reports on it when told to', async ({ ctx }) => {
    const plan = await set.explain(ctx, { analyze: true, buffers: true, verbose: true, settings: true });
    expect(plan).toContain('actual time');
    expect(plan).toContain('Output: id, created_at');
    expect(sent()[0]!.text).toBe(`EXPLAIN (ANALYZE, BUFFERS, VERBOSE, SETTINGS, FORMAT TEXT) ${select}`);
  });

  test('parses the JSON form', async ({ ctx }) => {
    const [plan] = (await set.explain(ctx, { format: 'json' })) as [{ Plan: Record<string, unknown> }];
    expect(plan.Plan).toMatchObject({ 'Node Type': 'Limit', Plans: [expect.objectContaining({ 'Relation Name': 'cities' })] });
  });

  test('explains projections, orderings and distinct rows', async ({ ctx }) => {
    expect(
      await query(City)
        .select((c) => ({ a: c.country }))
        .distinct()
        .orderBy((c) => c.country.asc())
        .explain(ctx),
    ).toMatch(/Unique|HashAggregate/);
  });

  test('refuses an unknown format and switches that are none', async ({ ctx }) => {
    for (const options of [{ format: 'yaml' }, { analyze: 'yes' }, { buffers: 1 }])
      await expect(untyped(set).explain(ctx, options)).rejects.toMatchObject({ code: 'VALIDATION' });
    expect(sent()).toEqual([]);
  });

  test('leaves the analysed read in its transaction usable', async ({ ctx }) => {
    await ctx.atomic(async (tx) => {
      await set.explain(tx, { analyze: true });
      expect(await set.count(tx)).toBe(1);
    });
  });
});
