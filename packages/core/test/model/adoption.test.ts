// Tables that were there before: names that need quoting, names that are nearly too long, keys elsewhere, constraints that only SQL can say.

import { describe, expect, test } from 'vitest';
import { check, exclude, f, index, model, pk, sql, unique } from '../../src/index.ts';
import { modelDatabase, rejection } from './support/database.ts';
import { link } from './support/link.ts';

class Odd extends model(
  'Odd "table"',
  {
    order: f.text().column('Order'),
    "it's": f.int().default(1),
    text: f.text().column('toString').unique(),
    quoted: f.boolean().column('quo"ted').default(true),
    'with space': f.text().column('a b').nullable(),
  },
  { pk: pk.serial({ column: 'Key "column"' }), timestamps: false },
) {}

const LONG = 'a_column_whose_name_is_almost_as_long_as_postgres_will_take_it';
class Long extends model('longs', { first: f.text().column(`${LONG}1`), second: f.text().column(`${LONG}2`) }) {}

class Booking extends model('bookings', { room: f.int(), name: f.text(), email: f.text(), fromDay: f.int(), toDay: f.int() }) {
  static readonly tableObjects = [
    check(Booking, 'days_in_order', (b) => b.fromDay.lt(b.toDay)),
    unique(Booking, (b) => [b.email.lower(), b.room]),
    exclude(Booking, 'one_name_per_room', 'gist', (b) => [
      { of: b.room, with: '=' },
      { of: b.name, with: '<>' },
    ]),
    index(Booking, (b) => [b.name], { where: (b) => b.room.gt(5), unique: true }),
  ];
}

class Token extends model(
  'tokens',
  { name: f.text() },
  { pk: pk.custom({ name: 'token', field: f.uuid(), default: sql`gen_random_uuid()` }) },
) {}
class Use extends model('uses', { token: link(Token), code: link(Odd, { targetField: 'text' }).nullable() }) {}

class Slice extends model('slices', { day: f.int(), name: f.text() }, { partitionBy: { range: 'day' }, timestamps: false }) {}
class Whole extends model('wholes', { name: f.text() }, { partitionBy: { hash: 'id', partitions: 1 }, timestamps: false }) {}

const db = modelDatabase(() => [Odd, Long, Booking, Token, Use], {
  clean: ['Odd "table"', 'longs', 'bookings', 'uses', 'tokens'],
  setUp: `CREATE TABLE slices (id bigint NOT NULL DEFAULT heerid_next_desc(), day integer NOT NULL, name text NOT NULL, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE slices_all PARTITION OF slices DEFAULT;
CREATE TABLE wholes (id bigint PRIMARY KEY DEFAULT heerid_next_desc(), name text NOT NULL) PARTITION BY HASH (id);
CREATE TABLE wholes_0 PARTITION OF wholes FOR VALUES WITH (MODULUS 1, REMAINDER 0);`,
});

describe('names that need quoting', () => {
  test('are written, read, updated and deleted', async () => {
    const row = await Odd.create(db.ctx, { order: 'a', text: 'b', 'with space': null });
    expect({ ...row }).toEqual({ id: 1, order: 'a', "it's": 1, text: 'b', quoted: true, 'with space': null });
    expect(await Odd.nextIds(db.ctx, 2)).toEqual([2, 3]);
    row["it's"] = 5;
    await row.save(db.ctx);
    const { old, new: after } = await row.updateReturningPair(db.ctx);
    expect([old["it's"], after["it's"]]).toEqual([5, 5]);
    expect((await Odd.createWithId(db.ctx, after.id, { order: 'x', text: 'y' })).created).toBe(false);
    expect(JSON.parse(JSON.stringify(after))).toEqual({ id: 1, order: 'a', "it's": 5, text: 'b', quoted: true, 'with space': null });
    expect(await rejection(Odd.create(db.ctx, { order: 'a', text: 'b' }))).toMatchObject({
      code: 'CONSTRAINT',
      fields: ['text'],
      constraint: 'Odd "table"_toString_key',
    });
    expect(await after.delete(db.ctx)).toBe(true);
  });
});

describe('columns whose names differ after the fiftieth byte', () => {
  test('keep their values apart in returning pairs', async () => {
    const row = await Long.create(db.ctx, { first: 'a', second: 'b' });
    row.second = 'c';
    const { old, new: after } = await row.updateReturningPair(db.ctx);
    expect([old.first, old.second, after.first, after.second]).toEqual(['a', 'b', 'a', 'c']);
    expect((await after.deleteReturning(db.ctx)).second).toBe('c');
  });
});

describe('a violated constraint', () => {
  const booking = (values: object = {}) => Booking.create(db.ctx, { room: 1, name: 'Ada', email: 'a@b', fromDay: 1, toDay: 2, ...values });
  const facts = async (values: object) => {
    const { code, kind, constraint, fields } = await rejection(booking(values));
    return { code, kind, constraint, fields };
  };

  test('of the whole row names the fields it compares', async () => {
    expect(await facts({ toDay: 0 })).toEqual({
      code: 'CONSTRAINT',
      kind: 'check',
      constraint: 'bookings_days_in_order_check',
      fields: ['fromDay', 'toDay'],
    });
  });

  test('over an expression names the fields in it', async () => {
    await booking();
    expect(await facts({ email: 'A@B' })).toEqual({
      code: 'CONSTRAINT',
      kind: 'unique',
      constraint: 'bookings_expr_room_uidx',
      fields: ['email', 'room'],
    });
  });

  test('of exclusion names the fields it compares', async () => {
    await booking();
    expect(await facts({ name: 'Eve', email: 'c@d' })).toEqual({
      code: 'CONSTRAINT',
      kind: 'exclusion',
      constraint: 'bookings_one_name_per_room_excl',
      fields: ['room', 'name'],
    });
  });

  test('with a condition names the fields that must be unique, not those of the condition', async () => {
    await booking({ room: 6 });
    expect(await facts({ room: 7, email: 'c@d' })).toEqual({
      code: 'CONSTRAINT',
      kind: 'unique',
      constraint: 'bookings_name_uidx',
      fields: ['name'],
    });
  });

  test('that no model declares names no field', async () => {
    await db.script(
      'ALTER TABLE longs ADD CONSTRAINT unknown_to_us CHECK (id > 0) ; ALTER TABLE bookings ADD CONSTRAINT stranger CHECK (room < 100)',
    );
    expect(await facts({ room: 100 })).toMatchObject({ kind: 'check', constraint: 'stranger', fields: [] });
  });
});

describe('a reference', () => {
  test("to a custom key or to a unique field stores that key's value", async () => {
    const token = await Token.create(db.ctx, { name: 'x' });
    await Odd.create(db.ctx, { order: 'a', text: 'code' });
    const use = await Use.create(db.ctx, { tokenId: token.id, codeId: 'code' as never });
    expect([use.tokenId, use.codeId]).toEqual([token.id, 'code']);
    expect(await rejection(Use.create(db.ctx, { tokenId: token.id, codeId: 'none' as never }))).toMatchObject({
      kind: 'foreignKey',
      fields: ['codeId'],
    });
  });
});

describe('a partitioned table', () => {
  test('is written and read by id', async () => {
    const row = await Slice.create(db.ctx, { day: 1, name: 'a' });
    await row.update(db.ctx, { day: 2 });
    expect(await Slice.get(db.ctx, row.id)).toMatchObject({ day: 2, name: 'a' });
  });

  test('cannot create once under an id, unless it is partitioned by the id', async () => {
    expect(await rejection(Slice.createWithId(db.ctx, await Slice.nextId(db.ctx), { day: 1, name: 'a' }))).toMatchObject({
      code: 'VALIDATION',
      issues: [{ path: 'id', rule: 'partition_key' }],
    });
    const id = await Whole.nextId(db.ctx);
    expect([
      (await Whole.createWithId(db.ctx, id, { name: 'a' })).created,
      (await Whole.createWithId(db.ctx, id, { name: 'b' })).created,
    ]).toEqual([true, false]);
  });
});

describe('an aborted write', () => {
  test('leaves the row usable', async () => {
    const row = await Long.create(db.ctx, { first: 'a', second: 'b' });
    row.first = 'x';
    const signal = AbortSignal.abort();
    for (const operation of [
      () => row.save(db.ctx, { signal }),
      () => row.update(db.ctx, { second: 'y' }, { signal }),
      () => row.refresh(db.ctx, { signal }),
      () => row.delete(db.ctx, { signal }),
    ])
      expect(await rejection(operation())).toMatchObject({ code: 'ABORTED' });
    expect([row.first, row.second]).toEqual(['x', 'b']);
    expect((await row.save(db.ctx)).first).toBe('x');
  });
});
