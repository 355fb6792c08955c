// What users will try with single rows and ids, told as somebody would write it: the scenarios of the specification that no other test tells as a whole.

import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createRegistry, f, HeerId, HeerIdDesc, jsonNumber, model, pgEnum, pk, RanjId, RanjIdDesc, sql } from '../../src/index.ts';
import { rawSql } from '../../src/raw.ts';
import { modelDatabase, rejection } from '../model/support/database.ts';
import { link } from '../model/support/link.ts';

class Ledger extends model('ledgers', { total: f.bigint(), payload: f.jsonb(z.looseObject({ total: z.any() })) }) {}
class Newest extends model('newest', { name: f.text() }) {}
class Oldest extends model('oldest', { name: f.text() }, { pk: pk.heerId() }) {}
class Wide extends model('wide', { name: f.text() }, { pk: pk.ranjId() }) {}
class WideNewest extends model('wide_newest', { name: f.text() }, { pk: pk.ranjIdDesc() }) {}
class Region extends model('regions', { name: f.text() }) {}
/** A key of which only the type and the default are known. */
class Coupon extends model(
  'coupons',
  { percent: f.int() },
  { pk: pk.custom({ name: 'coupon', field: f.text(), default: sql`'c-' || gen_random_uuid()` }) },
) {}
class Redemption extends model('redemptions', { coupon: link(Coupon) }) {}

const db = modelDatabase(() => [Ledger, Newest, Oldest, Wide, WideNewest, Region, Coupon, Redemption]);

describe('models', () => {
  test('a number with more digits than a double is exact in a bigint column and inside a document', async () => {
    const beyond = 9007199254740993n;
    const { id } = await Ledger.create(db.ctx, { total: beyond, payload: { total: beyond.toString() } });
    // Another program wrote the number as a number.
    await rawSql(db.ctx, 'a test writes as another program does').execute(
      `UPDATE ledgers SET payload = '{"total": 9007199254740993, "more": [0.1000000000000000055511151231257827]}' WHERE id = $1::bigint`,
      [id],
    );
    const row = await Ledger.get(db.ctx, id);
    expect(row.total).toBe(beyond);
    expect(row.payload.total).toEqual(jsonNumber(beyond));
    row.total += 2n;
    await row.save(db.ctx);
    expect(await db.rows('SELECT total::text, payload::text FROM ledgers')).toEqual([
      { total: '9007199254740995', payload: '{"more": [0.1000000000000000055511151231257827], "total": 9007199254740993}' },
    ]);
    const json = JSON.stringify(row);
    expect(json).toContain('"total":"9007199254740995"');
    expect(json).toContain('"total":9007199254740993');
  });

  test('a reference of the schema is printed from a registry, without a database', () => {
    const Mood = pgEnum('mood', ['fine', 'so-so']);
    class Person extends model('people', { name: f.text(), mood: f.enum(Mood).default('fine'), born: f.date().nullable() }) {}
    class Pet extends model('pets', { owner: link(Person), name: f.varchar(40).unique() }, { comment: 'Cats, mostly.' }) {}
    const registry = createRegistry({ models: { Pet, Person } });
    const lines = registry
      .descriptors()
      .flatMap(({ table, comment, fields }) => [
        `${registry.displayName(table)} (${table})${comment === null ? '' : `: ${comment}`}`,
        ...fields.map(({ column, sqlType, isNullable }) => `  ${column} ${sqlType}${isNullable ? '' : ' NOT NULL'}`),
      ]);
    expect(lines).toEqual([
      'Person (people)',
      '  id bigint NOT NULL',
      '  created_at timestamp(3) with time zone NOT NULL',
      '  updated_at timestamp(3) with time zone NOT NULL',
      '  name text NOT NULL',
      '  mood "mood" NOT NULL',
      '  born date',
      'Pet (pets): Cats, mostly.',
      '  id bigint NOT NULL',
      '  created_at timestamp(3) with time zone NOT NULL',
      '  updated_at timestamp(3) with time zone NOT NULL',
      '  owner_id bigint NOT NULL',
      '  name character varying(40) NOT NULL',
    ]);
    expect(registry.enums()).toEqual([{ name: 'mood', labels: ['fine', 'so-so'] }]);
  });
});

describe('ids', () => {
  test.for([
    ['heerId', Oldest, HeerId, 1],
    ['heerIdDesc', Newest, HeerIdDesc, -1],
    ['ranjId', Wide, RanjId, 1],
    ['ranjIdDesc', WideNewest, RanjIdDesc, -1],
  ] as const)('20,000 of kind %s come oldest first in one round trip, and create goes on at once', async ([, Model, codec, direction]) => {
    const Table = Model as typeof Newest,
      compare = codec.compare as (left: string, right: string) => number;
    const { result: ids, roundTrips } = await db.record(() => Table.nextIds(db.ctx, 20_000));
    expect(roundTrips).toBe(1);
    expect(new Set(ids).size).toBe(20_000);
    expect(ids.every((id, at) => at === 0 || Math.sign(compare(id, ids[at - 1]!)) === direction)).toBe(true);
    const after = await Table.create(db.ctx, { name: 'after' });
    expect(Math.sign(compare(after.id, ids.at(-1)!))).toBe(direction);
    expect((await Table.createWithId(db.ctx, ids[0]!, { name: 'first' })).created).toBe(true);
  });

  test('an id that is taken by a row which the caller may not see is NOT_FOUND, and shows nothing of it', async () => {
    await db.script(`
      CREATE ROLE visitor; GRANT ALL ON regions TO visitor;
      ALTER TABLE regions ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own ON regions USING (name <> 'secret') WITH CHECK (true)`);
    const hidden = await Region.create(db.ctx, { name: 'secret' });
    const error = await rejection(
      db.ctx.atomic(async (tx) => {
        await tx.setRole('visitor');
        expect(await Region.find(tx, hidden.id)).toBeNull();
        return Region.createWithId(tx, hidden.id, { name: 'mine' });
      }),
    );
    expect(error).toMatchObject({ code: 'NOT_FOUND', table: 'regions' });
    expect(JSON.stringify(error)).not.toContain('secret');
  });

  test('a key of which only type and default are known is made by the database, and references carry it', async () => {
    const first = await Coupon.create(db.ctx, { percent: 10 }),
      second = await Coupon.create(db.ctx, { percent: 20 });
    const ids = [first.id, second.id, ...(await Coupon.nextIds(db.ctx, 2))];
    expect(ids).toEqual(Array.from({ length: 4 }, () => expect.stringMatching(/^c-[0-9a-f-]{36}$/)));
    expect(new Set(ids).size).toBe(4);
    expect((await Redemption.create(db.ctx, { couponId: second.id })).couponId).toBe(second.id);
    // @ts-expect-error -- the id of another model
    const wrong = Redemption.create(db.ctx, { couponId: (await Newest.create(db.ctx, { name: 'x' })).id });
    expect(await rejection(wrong)).toMatchObject({ code: 'CONSTRAINT', kind: 'foreignKey', fields: ['couponId'] });
  });
});
