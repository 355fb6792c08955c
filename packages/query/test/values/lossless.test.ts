// Every kind of field comes back as it was written, on every path that a row can take: the first execution of a statement, whose result is read
// as text, and the later ones, whose result is read in binary where the kind has a binary form.

import { arrayAgg, caseWhen, countAll, f, firstValue, literal, mode, type Context, type Predicate } from '@djogi/core';
import { setupTestDb, type TestSetup } from '@djogi/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { query, type Page } from '../../src/index.ts';
import { KINDS, ROW_COUNT, shown, shownRow, Specimen, specimenInput, usedBuilders } from '../support/specimen.ts';
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

/** Rows with nothing in them but labels, and what belongs into them. */
const blankRows = (ctx: Context): Promise<Specimen[]> =>
  query(Specimen).bulkCreate(
    ctx,
    fresh().map(({ label }) => ({ label })),
  );
function valuesAt(at: number): Record<string, unknown> {
  const { label: _label, ...values } = inputs[at]!;
  return values;
}

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
  fetchPage: async (ctx) => {
    const rows: unknown[] = [];
    for (let after: string | null = null; ;) {
      const page: Page<Specimen> = await specimens.filter((s) => s.id.in(ids)).fetchPage(ctx, { size: 5, after });
      rows.push(...page.rows);
      if (page.next === null) return rows;
      after = page.next;
    }
  },
  defer: (ctx) =>
    specimens
      .filter((s) => s.id.in(ids))
      .defer('label')
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
  find: async (ctx) => Promise.all(ids.map((id) => Specimen.find(ctx, id))),
  'Model.update': async (ctx) => {
    const blank = await blankRows(ctx);
    return Promise.all(blank.map((row, at) => Specimen.update(ctx, row.id, valuesAt(at))));
  },
  'row.update': async (ctx) => {
    const blank = await blankRows(ctx);
    return Promise.all(blank.map((row, at) => row.update(ctx, valuesAt(at))));
  },
  'refresh and reload': async (ctx) => {
    const blank = await blankRows(ctx);
    return Promise.all(
      blank.map(async (row, at) => {
        await Specimen.update(ctx, row.id, valuesAt(at));
        return at % 2 === 0 ? row.refresh(ctx) : row.reload(ctx);
      }),
    );
  },
  'updateReturningPair, as the new row': async (ctx) => {
    const blank = await blankRows(ctx);
    return Promise.all(blank.map(async (row, at) => (await row.assign(valuesAt(at)).updateReturningPair(ctx)).new));
  },
  'updateReturningPair, as the old row': async (ctx) => {
    const rows = await query(Specimen).bulkCreate(ctx, fresh());
    const nothing = Object.fromEntries(names.map((name) => [name, null]));
    return Promise.all(rows.map(async (row) => (await row.assign(nothing).updateReturningPair(ctx)).old));
  },
  bulkUpdateRows: async (ctx) => {
    const blank = await blankRows(ctx);
    const rows = blank.map(({ id }, at) => ({ id, ...valuesAt(at) }));
    await query(Specimen).bulkUpdateRows(ctx, rows, { fields: names as never });
    return query(Specimen)
      .filter((s) => s.id.in(blank.map(({ id }) => id)))
      .orderBy((s) => s.id.asc())
      .fetchAll(ctx);
  },
  'bulkUpsert of new rows': async (ctx) => (await query(Specimen).bulkUpsert(ctx, fresh(), { conflict: ['label'] })).map(({ row }) => row),
  'bulkUpsert of stored rows': async (ctx) => {
    const blank = await blankRows(ctx);
    const rows = blank.map(({ label }, at) => ({ label, ...valuesAt(at) }));
    return (await query(Specimen).bulkUpsert(ctx, rows, { conflict: ['label'] })).map(({ row }) => row);
  },
  'update of a set, returning': async (ctx) => {
    const blank = await blankRows(ctx);
    return Promise.all(
      blank.map(async (row, at) => {
        const [updated] = await query(Specimen)
          .filter((s) => s.id.eq(row.id))
          .update(valuesAt(at))
          .returning(ctx);
        return updated;
      }),
    );
  },
  'update of a set, returning pairs': async (ctx) => {
    const blank = await blankRows(ctx);
    return Promise.all(
      blank.map(async (row, at) => {
        const [pair] = await query(Specimen)
          .filter((s) => s.id.eq(row.id))
          .update(valuesAt(at))
          .returningPairs(ctx);
        return pair!.new;
      }),
    );
  },
  'update of a set, returning what was': async (ctx) => {
    const rows = await query(Specimen).bulkCreate(ctx, fresh());
    const nothing = Object.fromEntries(names.map((name) => [name, null]));
    return Promise.all(
      rows.map(async (row) => {
        const [was] = await query(Specimen)
          .filter((s) => s.id.eq(row.id))
          .update(nothing)
          .returning(ctx, (_, old) => Object.fromEntries(names.map((name) => [name, columnOf(old, name)])));
        return was;
      }),
    );
  },
  'update of a set by columns': async (ctx) => {
    const rows = await query(Specimen).bulkCreate(ctx, fresh());
    return Promise.all(
      rows.map(async (row) => {
        const [same] = await query(Specimen)
          .filter((s) => s.id.eq(row.id))
          .update((s) => Object.fromEntries(names.map((name) => [name, columnOf(s, name)])) as never)
          .returning(ctx);
        return same;
      }),
    );
  },
  'delete of a set, returning': async (ctx) => {
    const rows = await query(Specimen).bulkCreate(ctx, fresh());
    const deleted = await query(Specimen)
      .filter((s) => s.id.in(rows.map(({ id }) => id)))
      .delete()
      .returning(ctx);
    return deleted.toSorted((left, right) => Number(BigInt(left.id) - BigInt(right.id)));
  },
  deleteReturning: async (ctx) => {
    const rows = await query(Specimen).bulkCreate(ctx, fresh());
    return Promise.all(rows.map((row) => row.deleteReturning(ctx)));
  },
  'upsert of stored rows': async (ctx) => {
    const blank = await blankRows(ctx);
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
    const blank = await blankRows(ctx);
    return Promise.all(blank.map((row, at) => row.assign(valuesAt(at)).save(ctx)));
  },
};

/** Every column, as something else that has its value. */
const each = (bag: object, of: (column: any, name: string) => unknown): Record<string, any> =>
  Object.fromEntries(names.map((name) => [name, of(columnOf(bag, name), name)]));
const isOrderedKind = (name: string): boolean => {
  let is = false;
  query(Specimen).orderBy((s) => {
    is = isOrdered(columnOf(s, name));
    return s.id.asc();
  });
  return is;
};
const isOrdered = (column: any): boolean => typeof column.min === 'function';
/** Values are in groups of one row each. */
const ofGroups = (of: (column: any, name: string) => unknown) => async (ctx: Context) =>
  query(Specimen)
    .filter((s) => s.id.in(ids))
    .groupBy((s) => ({ key: s.id }))
    .annotate((s) => each(s, of))
    .orderBy((g) => g.key.asc())
    .fetchAll(ctx);
/** Values stand beside rows. */
const besideRows = (rows: readonly object[]): unknown[] => rows.map((row) => row);

/** Where a value is no column of a row: each path gives objects with all names. */
const computedPaths: Readonly<Record<string, (ctx: Context) => Promise<readonly unknown[]>>> = {
  'columns beside rows': async (ctx) =>
    besideRows(
      await set()
        .annotate((s) => each(s, (column) => column))
        .fetchAll(ctx),
    ),
  'rows beside columns': async (ctx) =>
    (
      await set()
        .annotate((s) => each(s, (column) => column))
        .fetchAll(ctx)
    ).map(({ row }) => row),
  'rows behind a condition on windows': async (ctx) =>
    (
      await set()
        .annotate((s) => ({ n: countAll().over({ partitionBy: [s.id] }) }))
        .qualify((a) => a.n.eq(1))
        .fetchAll(ctx)
    ).map(({ row }) => row),
  'columns of a limited set': async (ctx) =>
    besideRows(
      await set()
        .limit(1000)
        .annotate((s) => each(s, (column) => column))
        .fetchAll(ctx),
    ),
  'rows of a limited set': async (ctx) =>
    (
      await set()
        .limit(1001)
        .annotate(() => ({ n: countAll() }))
        .fetchAll(ctx)
    ).map(({ row }) => row),
  'a window function': async (ctx) =>
    besideRows(
      await set()
        .annotate((s) => each(s, (column) => firstValue(column).over({ partitionBy: [s.id], orderBy: [s.id.asc()] })))
        .fetchAll(ctx),
    ),
  'streamed columns beside rows': (ctx) =>
    ctx.atomic(async (tx) =>
      gathered(
        set()
          .annotate((s) => each(s, (column) => column))
          .stream(tx, { batchSize: 3 }),
      ),
    ),
  'min, or a column of the only row': ofGroups((column) => (isOrdered(column) ? column.min() : column)),
  'max, or a column of the only row': ofGroups((column) => (isOrdered(column) ? column.max() : column)),
  'mode, or a column of the only row': ofGroups((column) => (isOrdered(column) ? mode(column) : column)),
  'keys of groups': async (ctx) =>
    query(Specimen)
      .filter((s) => s.id.in(ids))
      .groupBy((s) => ({ key: s.id, ...each(s, (column) => column) }))
      .annotate(() => ({ n: countAll() }))
      .orderBy((g) => g.key.asc())
      .fetchAll(ctx),
  'streamed keys of groups': (ctx) =>
    ctx.atomic(async (tx) =>
      gathered(
        query(Specimen)
          .filter((s) => s.id.in(ids))
          .groupBy((s) => ({ key: s.id, ...each(s, (column) => column) }))
          .annotate(() => ({ n: countAll() }))
          .orderBy((g) => g.key.asc())
          .stream(tx, { batchSize: 3 }),
      ),
    ),
  array_agg: async (ctx) =>
    (
      await ofGroups((column, name) =>
        KINDS[name]!.values.some(Array.isArray) && KINDS[name]!.isDocument !== true ? column : arrayAgg(column),
      )(ctx)
    ).map((row) =>
      Object.fromEntries(
        Object.entries(row as AnyRow).map(([name, value]) => [
          name,
          name !== 'key' && (!KINDS[name]!.values.some(Array.isArray) || KINDS[name]!.isDocument === true)
            ? (value as unknown[])[0]
            : value,
        ]),
      ),
    ),
  'scalar subqueries': (ctx) =>
    set()
      .select((s) =>
        each(s, (_, name) =>
          query(Specimen)
            .filter((t) => t.id.eq(s.id))
            .asScalar((t) => columnOf(t, name)),
        ),
      )
      .fetchAll(ctx),
  'a set operation of rows': (ctx) =>
    set()
      .union(set())
      .orderBy((o) => o.id.asc())
      .fetchAll(ctx),
  'a set operation of columns': (ctx) => {
    const columns = query(Specimen)
      .filter((s) => s.id.in(ids))
      .select((s) => ({ id: s.id, ...each(s, (column) => column) }));
    return columns
      .intersect(columns)
      .orderBy((o: any) => o.id.asc())
      .fetchAll(ctx);
  },
  'a streamed set operation': (ctx) =>
    ctx.atomic(async (tx) =>
      gathered(
        set()
          .except(query(Specimen).filter((s) => s.label.eq('none')))
          .orderBy((o) => o.id.asc())
          .stream(tx, { batchSize: 3 }),
      ),
    ),
  CASE: (ctx) =>
    set()
      .select((s) => each(s, (column) => caseWhen(s.id.isNull(), null).otherwise(column)))
      .fetchAll(ctx),
  distinct: (ctx) => set().distinct().fetchAll(ctx),
  distinctOn: (ctx) =>
    specimens
      .filter((s) => s.id.in(ids))
      .distinctOn((s) => s.id)
      .fetchAll(ctx),
  'values of the query': (ctx) =>
    Promise.all(
      inputs.map(async (input, at) => {
        const [row] = await query(Specimen)
          .filter((s) => s.id.eq(ids[at]!))
          .select((s) => each(s, (_, name) => literal(input[name] as never, KINDS[name]!.field)))
          .fetchAll(ctx);
        return row;
      }),
    ),
  pages: async (ctx) => {
    const rows: unknown[] = [];
    let after: string | null = null;
    do {
      const page: { rows: Specimen[]; next: string | null } = await set().fetchPage(ctx, { size: 4, after });
      rows.push(...page.rows);
      after = page.next;
    } while (after !== null);
    return rows;
  },
};
const set = () => specimens.filter((s) => s.id.in(ids));

describe('every kind of field', () => {
  test('that there is has its values here', () => {
    expect(Object.keys(f).filter((builder) => !usedBuilders.has(builder))).toEqual(['tsvector']);
  });

  for (const [path, run] of Object.entries({ ...paths, ...computedPaths })) {
    test(`survives ${path}, the first time and later`, async () => {
      // One connection, so that the second time is really later.
      await setup.ctx.atomic(async (tx) => {
        for (let time = 0; time < 3; time++) expect([time, rowsOf(await run(tx))]).toEqual([time, expected]);
      });
    });
  }

  test('survives aggregate, where there is one of it', async () => {
    const isListed = (name: string): boolean => KINDS[name]!.values.some(Array.isArray) && KINDS[name]!.isDocument !== true;
    const shape = (bag: object): Record<string, any> =>
      Object.fromEntries(
        names
          .filter((name) => !isListed(name))
          .map((name) => {
            const column: any = columnOf(bag, name);
            return [name, isOrdered(column) ? column.max() : arrayAgg(column)];
          }),
      );
    await setup.ctx.atomic(async (tx) => {
      for (let time = 0; time < 3; time++)
        for (const [at, id] of ids.entries()) {
          const one = query(Specimen).filter((s) => s.id.eq(id));
          const found: AnyRow = await one.aggregate(tx, shape);
          const kinds = Object.keys(found).map((name) => [
            name,
            isOrderedKind(name) ? shown(found[name]) : shown((found[name] as unknown[])[0]),
          ]);
          expect([time, at, Object.fromEntries(kinds)]).toEqual([
            time,
            at,
            Object.fromEntries(Object.keys(found).map((name) => [name, expected[at]![name]])),
          ]);
        }
    });
  });

  test('keeps its place in pages that are sorted by it', async () => {
    const lost: string[] = [];
    for (const name of names.filter(isOrderedKind))
      for (const direction of ['asc', 'desc'] as const) {
        const sorted = query(Specimen)
          .filter((s) => s.id.in(ids))
          .orderBy((s) => [columnOf(s, name)[direction](), s.id.asc()]);
        const whole = (await sorted.fetchAll(setup.ctx)).map(({ id }) => id);
        const paged: Specimen['id'][] = [];
        let after: string | null = null;
        do {
          const page: { rows: Specimen[]; next: string | null } = await sorted.fetchPage(setup.ctx, { size: 2, after });
          paged.push(...page.rows.map(({ id }) => id));
          after = page.next;
        } while (after !== null && paged.length <= whole.length);
        if (paged.join() !== whole.join()) lost.push(`${name} ${direction}`);
      }
    expect(lost).toEqual([]);
  });

  test('is found again by its own value', async () => {
    const idsOf = async (...where: ((s: object) => Predicate)[]): Promise<unknown[]> => {
      const found = await query(Specimen)
        .filter((s) => s.id.in(ids), ...where)
        .select((s) => ({ id: s.id }))
        .fetchAll(setup.ctx);
      return found.map((row) => row.id);
    };
    const lost: string[] = [];
    for (const [name, { values, isDocument }] of Object.entries(KINDS)) {
      if (isDocument === true) continue;
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
