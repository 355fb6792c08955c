import { f, hooks, model, pgEnum, pk, sql, type Context, type StandardSchema } from '@djogi/core';
import type { Extension } from '@djogi/core/extension';
import { rawSql } from '@djogi/core/raw';
import { djogiTest, expectRoundTrips, expectStatements, measureCost } from '@djogi/testing';
import { afterEach, describe, expect } from 'vitest';
import { query } from '../../src/index.ts';
import { logged, LogEntry } from '../support/logged.ts';
import { untyped } from '../support/untyped.ts';

const Size = pgEnum('parcel_size', ['small', 'large']);
let made = 0;
const hooked: string[] = [];
const sent: { text: string; values: readonly unknown[] }[] = [];
afterEach(() => {
  sent.length = 0;
  hooked.length = 0;
  made = 0;
});

/** Fills a field and wraps the write, as a tenant or an outbox would. */
const stamped: Extension<'source'> = {
  name: 'stamped',
  names: ['source'],
  section: () => null,
  runtime: {
    populate(draft) {
      draft['source'] ??= 'extension';
    },
  },
};

class Parcel extends model(
  'parcels',
  {
    code: f.text({ maxLength: 8 }).unique(),
    weight: f.decimal(6, 2),
    size: f.enum(Size).default('small'),
    count: f.int().default(2000),
    note: f.text().nullable(),
    tags: f.array(f.text()).default(["it's", 'default']),
    sizes: f.array(f.enum(Size)).nullable(),
    serial: f.int().defaultFn(() => ++made),
    shippedAt: f
      .timestamptz()
      .nullable()
      .default(sql`'2024-01-02T03:04:05Z'`),
    source: f.text().filled(),
    revision: f.version(),
  },
  { use: [stamped] },
) {
  static readonly hooks = hooks(Parcel, {
    beforeCreate() {
      hooked.push('before');
    },
    afterCreate() {
      hooked.push('after');
    },
  });
}

/** As a validator gives it: a problem for each value of another type. */
const letterBody: StandardSchema<{ to: string; copies: number }> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate(value) {
      const { to, copies } = value as Record<string, unknown>;
      const issues = [
        ...(typeof to === 'string' ? [] : [{ path: ['to'], message: 'wants text' }]),
        ...(typeof copies === 'number' ? [] : [{ path: ['copies'], message: 'wants a number' }]),
      ];
      return issues.length > 0 ? { issues } : { value: value as { to: string; copies: number } };
    },
  },
};
class Letter extends model('letters', { body: f.jsonb(letterBody) }) {}
class Pair extends model(
  'pairs',
  { left: f.int(), right: f.int(), note: f.text().nullable() },
  { pk: pk.composite('left', 'right'), timestamps: false },
) {}
class Sku extends model('skus', { name: f.text() }, { pk: pk.custom({ name: 'sku', field: f.text() }) }) {}
class Token extends model(
  'tokens',
  { name: f.text() },
  { pk: pk.custom({ name: 'token', field: f.int(), generate: () => 100 + ++made }) },
) {}
/** A key of which only the type and the default are known. */
class Voucher extends model(
  'vouchers',
  { percent: f.int() },
  { pk: pk.custom({ name: 'voucher', field: f.text(), default: sql`'v-' || gen_random_uuid()` }) },
) {}
class Draft extends model('drafts', { title: f.text().nullable(), stars: f.int().default(3) }, { pk: pk.serial() }) {}
class Bare extends model('bares', {}, { pk: pk.serial() }) {}
class Reading extends model('readings', { value: f.double() }, { pk: pk.none(), timestamps: false }) {}
class Wrapped extends model('wrapped', { name: f.text(), size: f.int().nullable() }, { pk: pk.serial(), use: [logged] }) {}
class Order extends model(
  'order',
  { group: f.int().column('Group By'), computed: f.int().generated(sql`"Group By" * 2`) },
  { pk: pk.serial() },
) {}

const test = djogiTest({
  models: [Parcel, Letter, Pair, Sku, Voucher, Token, Draft, Bare, Reading, Order, Wrapped, LogEntry],
  pool: {
    includeValues: true,
    onQuery: (event) => {
      if (event.operation !== 'raw') sent.push({ text: event.sql, values: event.values ?? [] });
    },
  },
});
const raw = (ctx: Context): ReturnType<typeof rawSql> => rawSql(ctx, 'looks behind the models in a test');

describe('bulkCreate', () => {
  test('inserts all rows in one statement and gives them back in input order, as instances', async ({ ctx }) => {
    const input = Array.from({ length: 50 }, (_, at) => ({ code: `c${(at * 37) % 50}`, weight: `${at}.50` }));
    const rows = await expectStatements(1, () => expectRoundTrips(1, () => query(Parcel).bulkCreate(ctx, input)));
    expect(rows.map((row) => row.code)).toEqual(input.map((row) => row.code));
    expect(rows.map((row) => row.weight)).toEqual(input.map((row) => row.weight));
    expect(rows.every((row) => row instanceof Parcel)).toBe(true);
    const stored = await query(Parcel)
      .orderBy((p) => p.id.desc())
      .fetchAll(ctx);
    // The ids of a batch follow its order; the key kind sorts the newest first.
    expect(stored.map((row) => row.code)).toEqual(input.map((row) => row.code));
    expect(stored.map((row) => JSON.stringify(row))).toEqual(rows.map((row) => JSON.stringify(row)));
  });

  test('writes one list per column, with casts where a list travels as text', async ({ ctx }) => {
    await query(Parcel).bulkCreate(ctx, [{ code: 'a', weight: '1.00', size: 'large', tags: ['x'], sizes: null, note: null, count: 1 }]);
    expect(sent[0]!.text).toBe(
      'INSERT INTO "parcels" ("id", "code", "weight", "size", "count", "note", "tags", "sizes", "serial", "source") ' +
        'SELECT "k", "c0", "c1", "c2"::"parcel_size", "c3", "c4", "c5"::text[], "c6"::"parcel_size"[], "c7", "c8" ' +
        'FROM ROWS FROM (unnest($1::text[], $2::numeric[], $3::text[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::integer[], $9::text[]), "generate_ids_desc"(cardinality($1::text[]))) ' +
        'WITH ORDINALITY AS "r" ("c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "k", "ordinality") ORDER BY "ordinality" ' +
        'RETURNING "id", "created_at", "updated_at", "code", "weight", "size", "count", "note", "tags", "sizes", "serial", "shipped_at", "source", "revision"',
    );
    expect(sent[0]!.values).toEqual([['a'], ['1.00'], ['large'], [1], [null], [['x']], [null], [1], ['extension']]);
  });

  test('has one text for any number of rows', async ({ ctx }) => {
    for (const length of [1, 2, 17])
      await query(Draft).bulkCreate(
        ctx,
        Array.from({ length }, (_, at) => ({ title: `t${at}` })),
      );
    expect(new Set(sent.map((statement) => statement.text)).size).toBe(1);
  });

  test('stores ten thousand rows in one round trip', async ({ ctx }) => {
    const rows = await expectRoundTrips(1, () =>
      query(Draft).bulkCreate(
        ctx,
        Array.from({ length: 10_000 }, (_, at) => ({ title: `title ${at}`, stars: at })),
      ),
    );
    expect(rows.map((row) => row.stars)).toEqual(Array.from({ length: 10_000 }, (_, at) => at));
    expect(await query(Draft).count(ctx)).toBe(10_000);
  });

  test('of no rows sends nothing', async ({ ctx }) => {
    expect(await expectStatements(0, () => query(Parcel).bulkCreate(ctx, []))).toEqual([]);
  });

  test('gives a row whose key is missing the default, and an explicit null null', async ({ ctx }) => {
    const rows = await query(Parcel).bulkCreate(ctx, [
      { code: 'a', weight: '1', size: 'large', count: 1, tags: ['own'], sizes: ['large', 'small'], note: 'n', shippedAt: null },
      { code: 'b', weight: '1' },
      { code: 'c', weight: '1', count: 3, note: null, shippedAt: new Date(5), tags: [] },
    ]);
    expect(rows.map(({ size, count, note, tags, sizes, shippedAt }) => ({ size, count, note, tags, sizes, shippedAt }))).toEqual([
      { size: 'large', count: 1, note: 'n', tags: ['own'], sizes: ['large', 'small'], shippedAt: null },
      { size: 'small', count: 2000, note: null, tags: ["it's", 'default'], sizes: null, shippedAt: new Date('2024-01-02T03:04:05Z') },
      { size: 'small', count: 3, note: null, tags: [], sizes: null, shippedAt: new Date(5) },
    ]);
    expect(sent[0]!.text).toContain('CASE WHEN "p2" THEN "c2"::"parcel_size" ELSE ');
    expect(sent[0]!.text).not.toContain('CASE WHEN "p0"');
  });

  test('takes an undefined key as a missing one', async ({ ctx }) => {
    const [row] = await query(Draft).bulkCreate(ctx, [{ title: 'a', stars: undefined } as never]);
    expect(row!.stars).toBe(3);
  });

  test('inserts rows that leave everything to the database', async ({ ctx }) => {
    const rows = await query(Draft).bulkCreate(ctx, [{}, {}, {}]);
    expect(rows.map((row) => [row.title, row.stars])).toEqual([
      [null, 3],
      [null, 3],
      [null, 3],
    ]);
    expect(rows.map((row) => row.id)).toEqual([1, 2, 3]);
  });

  test('refuses a model without a column that could be written', async ({ ctx }) => {
    await expect(query(Bare).bulkCreate(ctx, [{}])).rejects.toMatchObject({ code: 'VALIDATION', issues: [{ rule: 'no_columns' }] });
  });

  test('makes values in process once for each row that lacks them', async ({ ctx }) => {
    const rows = await query(Parcel).bulkCreate(ctx, [
      { code: 'a', weight: '1' },
      { code: 'b', weight: '1', serial: 77 },
      { code: 'c', weight: '1' },
    ]);
    expect(rows.map((row) => row.serial)).toEqual([1, 77, 2]);
    expect((await query(Token).bulkCreate(ctx, [{ name: 'a' }, { name: 'b' }])).map((row) => row.id)).toEqual([103, 104]);
  });

  test('lets extensions fill fields and runs no hooks', async ({ ctx }) => {
    const [row] = await query(Parcel).bulkCreate(ctx, [{ code: 'a', weight: '1' }]);
    expect(row!.source).toBe('extension');
    expect(hooked).toEqual([]);
  });

  test('never changes what it was given', async ({ ctx }) => {
    const input = Object.freeze([Object.freeze({ code: 'a', weight: '1' })]);
    await query(Parcel).bulkCreate(ctx, input);
    expect(input).toEqual([{ code: 'a', weight: '1' }]);
  });

  test('ignores id, timestamps, version and generated columns in a row, so that rows can be spread', async ({ ctx }) => {
    const [one] = await query(Parcel).bulkCreate(ctx, [{ code: 'a', weight: '1' }]);
    const [two] = await query(Parcel).bulkCreate(ctx, [{ ...one!, code: 'b' }]);
    expect(two!.id).not.toBe(one!.id);
    const [order] = await query(Order).bulkCreate(ctx, [{ group: 2 }]);
    expect(order!.computed).toBe(4);
    expect((await query(Order).bulkCreate(ctx, [{ ...order!, group: 5 }]))[0]!.computed).toBe(10);
  });

  test('takes the ids that the caller chose', async ({ ctx }) => {
    const ids = await Parcel.nextIds(ctx, 3);
    const rows = await expectRoundTrips(1, () =>
      query(Parcel).bulkCreate(
        ctx,
        ['a', 'b', 'c'].map((code) => ({ code, weight: '1' })),
        { ids },
      ),
    );
    expect(rows.map((row) => row.id)).toEqual(ids);
    expect(rows.map((row) => row.code)).toEqual(['a', 'b', 'c']);
  });

  test('takes keys that the caller supplies by declaration, and composite ones', async ({ ctx }) => {
    const skus = await query(Sku).bulkCreate(ctx, [
      { id: 'B-2', name: 'b' },
      { id: 'A-1', name: 'a' },
    ]);
    expect(skus.map((row) => row.id)).toEqual(['B-2', 'A-1']);
    await expect(query(Sku).bulkCreate(ctx, [{ name: 'x' } as never])).rejects.toMatchObject({
      code: 'VALIDATION',
      issues: [{ path: '[0].id', rule: 'required' }],
    });
    const pairs = await query(Pair).bulkCreate(ctx, [
      { left: 1, right: 2, note: 'x' },
      { left: 1, right: 1 },
    ]);
    expect(pairs.map((row) => row.toJSON())).toEqual([
      { left: 1, right: 2, note: 'x' },
      { left: 1, right: 1, note: null },
    ]);
    expect((await query(Reading).bulkCreate(ctx, [{ value: 1.5 }, { value: 2.5 }])).map((row) => row.value)).toEqual([1.5, 2.5]);
  });

  test('leaves keys with a default in SQL to the database, and takes those that are given', async ({ ctx }) => {
    const rows = Array.from({ length: 500 }, (_, percent) => ({ percent }));
    const made = await expectStatements(1, () => query(Voucher).bulkCreate(ctx, rows));
    expect(new Set(made.map((row) => row.id)).size).toBe(500);
    expect(made.every((row, at) => row.percent === at && row.id.startsWith('v-'))).toBe(true);
    const ids = ['v-a', 'v-b'] as Voucher['id'][];
    expect((await query(Voucher).bulkCreate(ctx, rows.slice(0, 2), { ids })).map((row) => row.id)).toEqual(ids);
  });

  test('reports every problem of every row at once, by position and property', async ({ ctx }) => {
    const error = await expectStatements(0, () =>
      query(Parcel)
        .bulkCreate(ctx, [
          { code: 'fine', weight: '1' },
          { code: 'much too long', weight: '1.234', count: 1.5 },
          { weight: 'NaN', tags: ['a', null], colour: 'red' },
          { code: null, weight: '1', size: 'huge', sizes: ['large', 'huge'] },
        ] as never)
        .then(
          () => undefined,
          (thrown: unknown) => thrown,
        ),
    );
    expect(error).toMatchObject({ code: 'VALIDATION', model: 'parcels' });
    expect(
      (error as { issues: { path: string; rule: string }[] }).issues
        .map(({ path, rule }) => [path, rule])
        .toSorted(([left], [right]) => (left! < right! ? -1 : 1)),
    ).toEqual([
      ['[1].code', 'max_length'],
      ['[1].count', 'type'],
      ['[1].weight', 'scale'],
      ['[2].code', 'required'],
      ['[2].colour', 'unknown_field'],
      ['[2].tags[1]', 'not_null'],
      ['[2].weight', 'type'],
      ['[3].code', 'not_null'],
      ['[3].size', 'enum_label'],
      ['[3].sizes[1]', 'enum_label'],
    ]);
  });

  test('reports a hundred problems of ten thousand', async ({ ctx }) => {
    const error = await query(Draft)
      .bulkCreate(ctx, Array.from({ length: 10_000 }, () => ({ stars: 'x' })) as never)
      .catch((thrown: unknown) => thrown);
    expect((error as { issues: unknown[] }).issues).toHaveLength(100);
  });

  test('refuses what is no list of objects, and ids that do not fit', async ({ ctx }) => {
    const set = untyped(query(Parcel)),
      row = { code: 'a', weight: '1' };
    await expectStatements(0, async () => {
      for (const rows of [undefined, null, row, 'rows', [row, null], [undefined], [1], [[]]])
        await expect(set.bulkCreate(ctx, rows)).rejects.toMatchObject({ code: 'VALIDATION' });
      for (const ids of [[], ['1', '2'], ['x'], [undefined], [1], 'a', null, ['0']])
        await expect(set.bulkCreate(ctx, [row], { ids })).rejects.toThrow(
          expect.objectContaining({ code: ids?.[0] === '0' ? 'ID_ZERO_SENTINEL' : 'VALIDATION' }),
        );
      await expect(set.bulkCreate(ctx, [row, row], { ids: ['5', 'x'] })).rejects.toMatchObject({ issues: [{ path: 'ids[1]' }] });
      await expect(untyped(query(Pair)).bulkCreate(ctx, [{ left: 1, right: 1 }], { ids: [1] })).rejects.toMatchObject({
        issues: [{ path: 'ids', rule: 'key' }],
      });
    });
  });

  test('reports every problem of a document', async ({ ctx }) => {
    await expect(
      untyped(query(Letter)).bulkCreate(ctx, [{ body: { to: 'a', copies: 1 } }, { body: { to: 1, copies: 'x' } }]),
    ).rejects.toMatchObject({
      issues: [
        { path: '[1].body.to', rule: 'schema' },
        { path: '[1].body.copies', rule: 'schema' },
      ],
    });
  });

  test('leaves out the rows that are there already, when told to', async ({ ctx }) => {
    await query(Parcel).bulkCreate(ctx, [{ code: 'b', weight: '1' }]);
    sent.length = 0;
    const input = ['a', 'b', 'c', 'a'].map((code) => ({ code, weight: '2' }));
    const rows = await expectRoundTrips(1, () => query(Parcel).bulkCreate(ctx, input, { ignoreConflicts: true }));
    expect(rows.map((row) => row.code)).toEqual(['a', 'c']);
    expect(sent[0]!.text).toContain('ORDER BY "ordinality" ON CONFLICT DO NOTHING RETURNING "id", ');
    expect(await query(Parcel).bulkCreate(ctx, input, { ignoreConflicts: ['code'] })).toEqual([]);
    expect(sent[1]!.text).toContain('ON CONFLICT ("code") DO NOTHING RETURNING');
    const named = { ignoreConflicts: { constraint: 'parcels_code_key' } } as const;
    expect((await query(Parcel).bulkCreate(ctx, [...input, { code: 'd', weight: '1' }], named)).map((row) => row.code)).toEqual(['d']);
    await expect(query(Parcel).bulkCreate(ctx, input, { ignoreConflicts: false })).rejects.toMatchObject({ code: 'CONSTRAINT' });
    // A conflict of another constraint than the one that is named is none to be ignored.
    await raw(ctx).script('CREATE UNIQUE INDEX ON parcels (serial)');
    await expect(
      query(Parcel).bulkCreate(ctx, [{ code: 'z', weight: '1', serial: rows[0]!.serial }], { ignoreConflicts: ['code'] }),
    ).rejects.toMatchObject({ code: 'CONSTRAINT' });
  });

  test('refuses conflict targets that are none', async ({ ctx }) => {
    await expectStatements(0, async () => {
      for (const [ignoreConflicts, rule] of [
        [[], 'conflict'],
        [['colour'], 'unknown_field'],
        [['code', 'code'], 'duplicate'],
        ['code', 'conflict'],
        [null, 'conflict'],
        [{ constraint: 1 }, 'conflict'],
      ] as const)
        await expect(untyped(query(Parcel)).bulkCreate(ctx, [], { ignoreConflicts })).rejects.toMatchObject({
          code: 'VALIDATION',
          issues: [{ rule }],
        });
    });
  });

  test('stores all rows or none', async ({ ctx }) => {
    const rows = [
      { code: 'a', weight: '1' },
      { code: 'b', weight: '1' },
      { code: 'a', weight: '1' },
    ];
    await expect(query(Parcel).bulkCreate(ctx, rows)).rejects.toMatchObject({
      code: 'CONSTRAINT',
      kind: 'unique',
      fields: ['code'],
      sqlState: '23505',
    });
    expect(await query(Parcel).count(ctx)).toBe(0);
  });

  test('takes part in its transaction', async ({ ctx }) => {
    await expect(
      ctx.atomic(async (tx) => {
        await query(Draft).bulkCreate(tx, [{ title: 'a' }]);
        throw new Error('undone');
      }),
    ).rejects.toThrow('undone');
    expect(await query(Draft).count(ctx)).toBe(0);
  });

  test('quotes whatever a column is called', async ({ ctx }) => {
    await query(Order).bulkCreate(ctx, [{ group: 1 }]);
    expect(sent[0]!.text).toMatch(/^INSERT INTO "order" \("Group By"\) SELECT/);
    expect(await raw(ctx).scalar('SELECT "Group By" FROM "order"')).toBe(1);
  });

  test('costs the same number of statements in a transaction', async ({ ctx }) => {
    await ctx.atomic(async (tx) => {
      await query(Draft).count(tx);
      const cost = await measureCost(() => query(Draft).bulkCreate(tx, [{ title: 'a' }, { title: 'b' }]));
      expect([cost.statements, cost.roundTrips]).toEqual([1, 1]);
    });
  });
});

describe('bulkCreate with a write that an extension wraps', () => {
  test('gives the same rows in the same order, and is still one statement', async ({ ctx }) => {
    const input = Array.from({ length: 30 }, (_, at) => (at % 3 === 0 ? { name: `n${at}` } : { name: `n${at}`, size: at }));
    const rows = await expectRoundTrips(1, () => query(Wrapped).bulkCreate(ctx, input));
    expect(rows.map((row) => [row.name, row.size, row instanceof Wrapped])).toEqual(
      input.map((row, at) => [row.name, at % 3 === 0 ? null : at, true]),
    );
    expect(sent[0]!.text).toMatch(/^WITH "written" .* AS \(INSERT INTO "wrapped" .*\), "logged" AS \(INSERT INTO "log_entries"/);
    expect(await query(LogEntry).count(ctx)).toBe(30);
    expect(await expectStatements(0, () => query(Wrapped).bulkCreate(ctx, []))).toEqual([]);
  });
});
