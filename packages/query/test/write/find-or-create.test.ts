import { f, hooks, model, MissingIdempotencyKeyError, pk, proxy } from '@djogi/core';
import { descriptorOf } from '@djogi/core/extension';
import { rawSql } from '@djogi/core/raw';
import { djogiTest, expectRoundTrips, expectStatements } from '@djogi/testing';
import { afterEach, describe, expect } from 'vitest';
import { idempotent, query } from '../../src/index.ts';
import { logged, LogEntry } from '../support/logged.ts';
import { untyped } from '../support/untyped.ts';

const sent: string[] = [];
const hooked: string[] = [];
afterEach(() => {
  sent.length = 0;
  hooked.length = 0;
});

class Payment extends model(
  'payments',
  { requestId: f.text().unique(), amount: f.int(), note: f.text().nullable(), kind: f.text().default('card'), revision: f.version() },
  { pk: pk.serial(), use: [idempotent('requestId')] },
) {
  static readonly hooks = hooks(Payment, {
    beforeCreate(draft) {
      draft.note ??= 'hooked';
      hooked.push('beforeCreate');
    },
    afterCreate() {
      hooked.push('afterCreate');
    },
    beforeSave() {
      hooked.push('beforeSave');
    },
  });
}
class CardPayment extends proxy(Payment, { filter: (p) => p.kind.eq('card') }) {}
class Tag extends model(
  'tags',
  { name: f.text().unique(), uses: f.int().default(1), slug: f.text().nullable().unique() },
  { pk: pk.serial() },
) {}
class Seat extends model(
  'seats',
  { row: f.text(), place: f.int() },
  { pk: pk.composite('row', 'place'), timestamps: false, use: [idempotent('row', 'place')] },
) {}
class Entry extends model('entries', { code: f.text().unique() }, { pk: pk.serial(), use: [logged] }) {}

const test = djogiTest({
  models: [Payment, Tag, Seat, Entry, LogEntry],
  pool: {
    onQuery: (event) => {
      if (event.operation !== 'raw') sent.push(event.sql);
    },
  },
});
const script = (ctx: Parameters<typeof rawSql>[0], text: string): Promise<void> =>
  rawSql(ctx, 'prepares a table behind the models').script(text);

describe('createOrFind', () => {
  test('inserts in one statement, and finds what is there in two', async ({ ctx }) => {
    const one = await expectStatements(1, () => expectRoundTrips(1, () => query(Payment).createOrFind(ctx, { requestId: 'r', amount: 5 })));
    expect([one.created, one.row.amount, one.row instanceof Payment]).toEqual([true, 5, true]);
    const two = await expectStatements(2, () => query(Payment).createOrFind(ctx, { requestId: 'r', amount: 99 }));
    expect([two.created, two.row.amount, two.row.id]).toEqual([false, 5, one.row.id]);
    expect(sent[0]).toMatch(
      /^INSERT INTO "payments" \("request_id", "amount", "note"\) VALUES \(\$1, \$2, \$3\) ON CONFLICT \("request_id"\) DO NOTHING RETURNING "id", /,
    );
    expect(sent[2]).toMatch(/^SELECT "id", .* FROM "payments" WHERE "request_id" = \$1 LIMIT 1$/);
    expect(await query(Payment).count(ctx)).toBe(1);
  });

  test('runs the hooks of create, and those after it only for a new row', async ({ ctx }) => {
    const { row } = await query(Payment).createOrFind(ctx, { requestId: 'r', amount: 5 });
    expect(row.note).toBe('hooked');
    expect(hooked).toEqual(['beforeCreate', 'afterCreate']);
    await query(Payment).createOrFind(ctx, { requestId: 'r', amount: 5 });
    expect(hooked).toEqual(['beforeCreate', 'afterCreate', 'beforeCreate']);
  });

  test('creates once when many try at once', async ({ ctx }) => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, at) => query(Payment).createOrFind(ctx, { requestId: 'race', amount: at })),
    );
    expect(outcomes.filter((outcome) => outcome.created)).toHaveLength(1);
    expect(new Set(outcomes.map((outcome) => outcome.row.id)).size).toBe(1);
  });

  test('recognises a row by fields that the call names, by several, and by a partial index', async ({ ctx }) => {
    await query(Tag).createOrFind(ctx, { name: 'a', uses: 2 }, { conflict: ['name'] });
    const { row, created } = await query(Tag).createOrFind(ctx, { name: 'a', uses: 3 }, { conflict: ['name'] });
    expect([created, row.uses]).toEqual([false, 2]);
    expect((await query(Seat).createOrFind(ctx, { row: 'a', place: 1 })).created).toBe(true);
    expect((await query(Seat).createOrFind(ctx, { row: 'a', place: 1 })).created).toBe(false);
    expect((await query(Seat).createOrFind(ctx, { row: 'a', place: 2 })).created).toBe(true);
    await script(ctx, 'ALTER TABLE tags DROP CONSTRAINT tags_name_key; CREATE UNIQUE INDEX ON tags (name) WHERE uses > 10');
    const many = { conflict: { fields: ['name'], where: (t: { uses: { gt(n: number): any } }) => t.uses.gt(10) } } as const;
    expect((await query(Tag).createOrFind(ctx, { name: 'a', uses: 20 }, many)).created).toBe(true);
    const found = await query(Tag).createOrFind(ctx, { name: 'a', uses: 21 }, many);
    expect([found.created, found.row.uses]).toEqual([false, 20]);
    expect(sent.at(-2)).toContain('ON CONFLICT ("name") WHERE "uses" > 10 DO NOTHING');
  });

  test('leaves other constraints to the caller', async ({ ctx }) => {
    await query(Tag).createOrFind(ctx, { name: 'a', slug: 's' }, { conflict: ['name'] });
    await expect(query(Tag).createOrFind(ctx, { name: 'b', slug: 's' }, { conflict: ['name'] })).rejects.toMatchObject({
      code: 'CONSTRAINT',
      fields: ['slug'],
    });
  });

  test('is NOT_FOUND where the row in the way cannot be seen', async ({ ctx }) => {
    await query(Payment).createOrFind(ctx, { requestId: 'r', amount: 5, kind: 'cash' });
    await expect(query(CardPayment).createOrFind(ctx, { requestId: 'r', amount: 5 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      table: 'payments',
    });
  });

  test('is wrapped by an extension like any other write', async ({ ctx }) => {
    const one = await query(Entry).createOrFind(ctx, { code: 'a' }, { conflict: ['code'] });
    const two = await query(Entry).createOrFind(ctx, { code: 'a' }, { conflict: ['code'] });
    expect([one.created, two.created, two.row.id]).toEqual([true, false, one.row.id]);
    expect(await query(LogEntry).count(ctx)).toBe(1);
  });

  test('refuses a model without an idempotency key', async ({ ctx }) => {
    const error = await expectStatements(0, () =>
      query(Tag)
        .createOrFind(ctx, { name: 'a' })
        .then(
          () => undefined,
          (thrown: unknown) => thrown,
        ),
    );
    expect(error).toBeInstanceOf(MissingIdempotencyKeyError);
    expect(error).toMatchObject({ code: 'MISSING_IDEMPOTENCY_KEY', model: 'tags' });
  });

  test('refuses a row without its key, and targets that say no fields', async ({ ctx }) => {
    const tags = untyped(query(Tag));
    await expectStatements(0, async () => {
      for (const [row, conflict, rule] of [
        [{ name: 'a' }, ['slug'], 'required'],
        [{ name: 'a', slug: null }, ['slug'], 'required'],
        [{ name: 'a' }, [], 'conflict'],
        [{ name: 'a' }, ['nmae'], 'unknown_field'],
        [{ name: 'a' }, { constraint: 'unknown' }, 'conflict'],
        [{ name: undefined }, ['name'], 'required'],
        [{ name: 'a', colour: 1 }, ['name'], 'unknown_field'],
        [null, ['name'], 'type'],
      ] as const)
        await expect(tags.createOrFind(ctx, row, { conflict })).rejects.toMatchObject({ code: 'VALIDATION', issues: [{ rule }] });
    });
  });
});

describe('idempotent', () => {
  test('refuses fields that are not unique together, when the model is first used', () => {
    class Wrong extends model('wrong', { a: f.text(), b: f.text().unique() }, { use: [idempotent('a')] }) {}
    class Half extends model('half', { a: f.text(), b: f.text().unique() }, { use: [idempotent('a', 'b')] }) {}
    for (const Odd of [Wrong, Half])
      expect(() => descriptorOf(Odd)).toThrow(expect.objectContaining({ code: 'MODEL_DEFINITION', rule: 'composition_field' }));
  });
  test('is written into the descriptor', () => {
    expect(descriptorOf(Seat).sections['idempotent']).toEqual({ fields: ['row', 'place'] });
  });
});

describe('getOrCreate', () => {
  const named = (name: string) => query(Tag).filter((t) => t.name.eq(name));

  test('finds in one statement, and creates in two, with hooks', async ({ ctx }) => {
    let made = 0;
    const get = () => named('a').getOrCreate(ctx, () => ({ name: 'a', uses: ++made }));
    const one = await expectStatements(2, get);
    const two = await expectStatements(1, get);
    expect([one.created, one.row.uses, two.created, two.row.id, made]).toEqual([true, 1, false, one.row.id, 1]);
    await query(Payment).getOrCreate(ctx, () => ({ requestId: 'r', amount: 1 }));
    expect(hooked).toEqual(['beforeCreate', 'afterCreate']);
  });

  test('awaits its factory, and runs it for a set without rows', async ({ ctx }) => {
    const result = await expectStatements(1, () =>
      query(Tag)
        .none()
        .getOrCreate(ctx, async () => ({ name: 'a' })),
    );
    expect([result.created, result.row instanceof Tag]).toEqual([true, true]);
  });

  test('tells the loser of a race by the constraint', async ({ ctx }) => {
    await query(Tag).bulkCreate(ctx, [{ name: 'a' }]);
    await expect(named('b').getOrCreate(ctx, () => ({ name: 'a' }))).rejects.toMatchObject({ code: 'CONSTRAINT', fields: ['name'] });
  });

  test('refuses a projection, what is no function, and what is no row', async ({ ctx }) => {
    await expect(untyped(query(Tag).select((t) => ({ name: t.name }))).getOrCreate(ctx, () => ({ name: 'a' }))).rejects.toMatchObject({
      issues: [{ rule: 'projection' }],
    });
    for (const [make, rule] of [
      [undefined, 'callback'],
      [{ name: 'a' }, 'callback'],
      [() => undefined, 'type'],
      [() => ({ name: undefined }), 'required'],
    ] as const)
      await expect(untyped(query(Tag)).getOrCreate(ctx, make)).rejects.toMatchObject({ code: 'VALIDATION', issues: [{ rule }] });
  });
});

describe('updateOrCreate', () => {
  test('creates on a miss and updates what it finds, in two statements each, with hooks and version', async ({ ctx }) => {
    const pay = () =>
      query(Payment)
        .filter((p) => p.requestId.eq('r'))
        .updateOrCreate(ctx, { create: () => ({ requestId: 'r', amount: 1 }), update: (row) => ({ amount: row.amount + 10 }) });
    const one = await expectStatements(2, pay);
    const two = await expectStatements(2, pay);
    expect([one.created, one.row.amount, two.created, two.row.amount, two.row.revision]).toEqual([true, 1, false, 11, 1]);
    expect(hooked).toEqual(['beforeCreate', 'afterCreate', 'beforeSave']);
  });

  test('checks the version of what it found', async ({ ctx }) => {
    await Payment.create(ctx, { requestId: 'r', amount: 1 });
    await expect(
      query(Payment).updateOrCreate(ctx, {
        create: () => ({ requestId: 'x', amount: 0 }),
        async update(row) {
          await Payment.update(ctx, row.id, { amount: 50 });
          return { amount: row.amount + 1 };
        },
      }),
    ).rejects.toMatchObject({ code: 'LOCK_CONFLICT', reason: 'version' });
  });

  test('runs only the factory that is needed, and creates for a set without rows', async ({ ctx }) => {
    const never = (): never => {
      throw new Error('not needed');
    };
    const { created } = await query(Tag)
      .none()
      .updateOrCreate(ctx, { create: async () => ({ name: 'a' }), update: never });
    const found = await query(Tag).updateOrCreate(ctx, { create: never, update: async () => ({ uses: 9 }) });
    expect([created, found.created, found.row.uses]).toEqual([true, false, 9]);
  });

  test('refuses missing factories, a projection, a wrong patch, and a model without a single key', async ({ ctx }) => {
    await query(Tag).bulkCreate(ctx, [{ name: 'a' }]);
    const make = () => ({ name: 'b' });
    for (const [factories, rule] of [
      [undefined, 'callback'],
      [{ create: make }, 'callback'],
      [{ update: make }, 'callback'],
      [{ create: make, update: () => undefined }, 'type'],
      [{ create: make, update: () => ({ uses: undefined }) }, 'undefined'],
      [{ create: make, update: () => ({}) }, 'empty_patch'],
    ] as const)
      await expect(untyped(query(Tag)).updateOrCreate(ctx, factories)).rejects.toMatchObject({ code: 'VALIDATION', issues: [{ rule }] });
    const both = { create: make, update: make };
    await expect(untyped(query(Tag).select((t) => ({ name: t.name }))).updateOrCreate(ctx, both)).rejects.toMatchObject({
      issues: [{ rule: 'projection' }],
    });
    await expect(untyped(query(Seat)).updateOrCreate(ctx, both)).rejects.toMatchObject({ issues: [{ rule: 'key' }] });
  });
});
