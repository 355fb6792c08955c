// Every kind of field comes back as it was written, on every path that a row can take: the first execution of a statement, whose result is read
// as text, and the later ones, whose result is read in binary where the kind has a binary form.

import type { Context, Predicate } from '@djogi/core';
import { setupTestDb, type TestSetup } from '@djogi/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { query } from '../../src/index.ts';
import { KINDS, ROW_COUNT, shownRow, Specimen, specimenInput } from '../support/specimen.ts';
import { columnOf } from '../support/untyped.ts';

type AnyRow = Readonly<Record<string, unknown>>;

const inputs = Array.from({ length: ROW_COUNT }, (_, at) => specimenInput(at));
const expected = inputs.map(shownRow);
const names = Object.keys(KINDS);
const specimens = query(Specimen).orderBy((s) => s.id.asc());

let setup: TestSetup;
let ids: Specimen['id'][];
beforeAll(async () => {
  setup = await setupTestDb({ models: [Specimen], extensions: ['citext'] });
  const rows = await query(Specimen).bulkCreate(setup.ctx, inputs);
  ids = rows.map((row) => row.id);
});
afterAll(() => setup.dispose());

const rowsOf = (rows: readonly unknown[]): unknown[] => rows.map((row) => shownRow(row as AnyRow));

async function gathered(rows: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

let serial = 0;
const fresh = (): ReturnType<typeof specimenInput>[] => inputs.map((input, at) => ({ ...input, label: `again ${serial++} ${at}` }));

/** Each path gives the rows in order, as objects. */
const paths: Readonly<Record<string, (ctx: Context) => Promise<readonly unknown[]>>> = {
  get: async (ctx) => Promise.all(ids.map((id) => Specimen.get(ctx, id))),
  fetchAll: (ctx) => specimens.filter((s) => s.id.in(ids)).fetchAll(ctx),
  fetchOne: async (ctx) =>
    Promise.all(
      ids.map((id) =>
        query(Specimen)
          .filter((s) => s.id.eq(id))
          .fetchOne(ctx),
      ),
    ),
  inBulk: async (ctx) => {
    const rows = await query(Specimen).inBulk(ctx, ids);
    return ids.map((id) => rows.get(id));
  },
  select: (ctx) =>
    specimens
      .filter((s) => s.id.in(ids))
      .select((s) => Object.fromEntries(names.map((name) => [name, columnOf(s, name)])))
      .fetchAll(ctx),
  selectTuple: async (ctx) => {
    const tuples = await specimens
      .filter((s) => s.id.in(ids))
      .selectTuple((s) => names.map((name) => columnOf(s, name)))
      .fetchAll(ctx);
    return tuples.map((tuple: readonly unknown[]) => Object.fromEntries<unknown>(tuple.map((value, at) => [names[at]!, value])));
  },
  stream: (ctx) => ctx.atomic((tx) => gathered(specimens.filter((s) => s.id.in(ids)).stream(tx, { batchSize: 4 }))),
  'streamed selection': (ctx) =>
    ctx.atomic((tx) =>
      gathered(
        specimens
          .filter((s) => s.id.in(ids))
          .select((s) => Object.fromEntries(names.map((name) => [name, columnOf(s, name)])))
          .stream(tx, { batchSize: 4 }),
      ),
    ),
  create: async (ctx) => Promise.all(fresh().map((input) => Specimen.create(ctx, input))),
  bulkCreate: (ctx) => query(Specimen).bulkCreate(ctx, fresh()),
  'bulkCreate of rows apart': async (ctx) => (await Promise.all(fresh().map((input) => query(Specimen).bulkCreate(ctx, [input])))).flat(),
  'upsert of new rows': async (ctx) =>
    Promise.all(fresh().map(async (input) => (await query(Specimen).upsert(ctx, input, { conflict: ['label'] })).row)),
  'upsert of stored rows': async (ctx) => {
    const blank = await query(Specimen).bulkCreate(
      ctx,
      fresh().map(({ label }) => ({ label })),
    );
    return Promise.all(
      blank.map(async (row, at) => (await query(Specimen).upsert(ctx, { ...inputs[at], label: row.label }, { conflict: ['label'] })).row),
    );
  },
  'update of a set': async (ctx) => {
    const blank = await query(Specimen).bulkCreate(
      ctx,
      fresh().map(({ label }) => ({ label })),
    );
    return Promise.all(
      blank.map(async (row, at) => {
        const { label: _label, ...values } = inputs[at]!;
        const [updated] = await query(Specimen)
          .filter((s) => s.id.eq(row.id))
          .update(values)
          .returning(ctx);
        return updated;
      }),
    );
  },
  'update of a set out of another row': async (ctx) => {
    const blank = await query(Specimen).bulkCreate(
      ctx,
      fresh().map(({ label }) => ({ label })),
    );
    return Promise.all(
      blank.map(async (row, at) => {
        const of = query(Specimen).filter((s) => s.id.eq(ids[at]!));
        const copied = Object.fromEntries(names.map((name) => [name, of.asScalar((s) => columnOf(s, name))]));
        const [pair] = await query(Specimen)
          .filter((s) => s.id.eq(row.id))
          .update(() => copied as {})
          .returningPairs(ctx);
        return pair!.new;
      }),
    );
  },
  'delete of a set': async (ctx) => {
    const stored = await query(Specimen).bulkCreate(ctx, fresh());
    return Promise.all(
      stored.map(
        async (row) =>
          (
            await query(Specimen)
              .filter((s) => s.id.eq(row.id))
              .delete()
              .returning(ctx)
          )[0],
      ),
    );
  },
  save: async (ctx) => {
    const blank = await query(Specimen).bulkCreate(
      ctx,
      fresh().map(({ label }) => ({ label })),
    );
    return Promise.all(
      blank.map((row, at) => {
        const { label: _label, ...values } = inputs[at]!;
        return row.assign(values).save(ctx);
      }),
    );
  },
};

describe('every kind of field', () => {
  for (const [path, run] of Object.entries(paths)) {
    test(`survives ${path}, the first time and later`, async () => {
      // One connection, so that the second time is really later.
      await setup.ctx.atomic(async (tx) => {
        for (let time = 0; time < 3; time++) expect([time, rowsOf(await run(tx))]).toEqual([time, expected]);
      });
    });
  }

  test('is found again by its own value', async () => {
    const idsOf = async (...where: ((s: object) => Predicate)[]): Promise<unknown[]> => {
      const found = await query(Specimen)
        .filter((s) => s.id.in(ids), ...where)
        .select((s) => ({ id: s.id }))
        .fetchAll(setup.ctx);
      return found.map((row) => row.id);
    };
    const lost: string[] = [];
    for (const [name, { values }] of Object.entries(KINDS)) {
      for (const [at, value] of values.entries()) {
        const lookups: Record<string, ((s: object) => Predicate)[]> = { eq: [(s) => columnOf(s, name).eq(value)] };
        if (!Array.isArray(value)) lookups['in'] = [(s) => columnOf(s, name).in([value])];
        else if (value.length > 0) {
          const [element] = value as unknown[];
          lookups['any and contains'] = [(s) => columnOf(s, name).any(element), (s) => columnOf(s, name).contains([element])];
        }
        for (const [lookup, where] of Object.entries(lookups))
          if (!(await idsOf(...where)).includes(ids[at])) lost.push(`${name} ${lookup} value ${at}`);
      }
    }
    expect(lost).toEqual([]);
  });
});
