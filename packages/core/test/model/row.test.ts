import { afterEach, describe, expect, test } from 'vitest';
import { f, hooks, model } from '../../src/index.ts';
import { rawSql } from '../../src/raw.ts';
import { modelDatabase, rejection } from './support/database.ts';
import { Account, Blank, Country, log, people, Person, Post, script, tables, Ticket } from './support/people.ts';

const db = modelDatabase(() => people, {
  clean: tables,
  setUp: `CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.name = 'whisper' THEN NEW.name := 'WHISPER'; NEW.age := 99; END IF; RETURN NEW; END $$;
CREATE TRIGGER shout BEFORE INSERT OR UPDATE ON people FOR EACH ROW EXECUTE FUNCTION shout();`,
});

const COLUMNS = '"id", "created_at", "updated_at", "name", "age", "email", "mood", "tags", "since", "token", "initial", "mentor_id"';
const ALL = '"name" = $1, "age" = $2, "email" = $3, "mood" = $4, "tags" = $5, "since" = $6, "token" = $7, "mentor_id" = $8';
const STAMP = `"updated_at" = date_trunc('milliseconds', now())`;
const issuesOf = async (promise: Promise<unknown>): Promise<string[]> =>
  (await rejection(promise)).issues.map((issue: any) => `${issue.path} ${issue.rule}`);
const ada = () => Person.create(db.ctx, { name: 'Ada', age: 36, tags: ['a'] });

/** Holds the row's lock while `during` runs, so that a statement about it is in flight for sure. */
async function whileLocked<Result>(table: string, send: () => Promise<Result>, during: () => void): Promise<Result> {
  let flying!: Promise<Result>;
  await db.ctx.atomic(async (tx) => {
    await rawSql(tx, 'holds a lock for a test').execute(`SELECT 1 FROM ${table} FOR UPDATE`);
    flying = send();
    during();
  });
  return flying;
}

describe('get and find', () => {
  test('read one row by its id in one round trip', async () => {
    const { id } = await ada();
    const { result, sent, roundTrips } = await db.record(() => Person.get(db.ctx, id));
    expect(sent).toEqual([{ sql: `SELECT ${COLUMNS} FROM "people" WHERE "id" = $1`, values: [id], operation: 'get', model: 'people' }]);
    expect(roundTrips).toBe(1);
    expect(result).toBeInstanceOf(Person);
    expect((await db.record(() => Person.find(db.ctx, id))).sent).toMatchObject([{ operation: 'find', values: [id] }]);
  });

  test('differ where there is no row: an error, and null', async () => {
    expect(await rejection(Person.get(db.ctx, '5' as never))).toMatchObject({ code: 'NOT_FOUND', table: 'people' });
    expect(await Person.find(db.ctx, '5' as never)).toBeNull();
  });

  test.each([undefined, null, 'abc', 5, '01', ''])('refuse %j as an id, before any SQL', async (id) => {
    const { sent } = await db.record(() =>
      rejection(Person.find(db.ctx, id as never)).then((error) =>
        expect(error).toMatchObject({ code: 'VALIDATION', issues: [{ path: 'id' }] }),
      ),
    );
    expect(sent).toEqual([]);
  });

  test('work in a transaction as they do on the pool', async () => {
    await db.ctx.atomic(async (tx) => {
      const { id } = await Person.create(tx, { name: 'Ada' });
      expect((await Person.get(tx, id)).name).toBe('Ada');
      expect(await Person.find(db.ctx, id)).toBeNull();
    });
  });
});

describe('a row', () => {
  test('has exactly the columns as own enumerable properties, in order', async () => {
    const row = await ada();
    expect(Object.keys(row)).toEqual([
      'id',
      'createdAt',
      'updatedAt',
      'name',
      'age',
      'email',
      'mood',
      'tags',
      'since',
      'token',
      'initial',
      'mentorId',
    ]);
    expect(Reflect.ownKeys(row)).toEqual(Object.keys(row));
  });

  test('is JSON without a replacer, spreads and clones', async () => {
    const row = await ada();
    expect(JSON.parse(JSON.stringify(row))).toEqual({
      ...row,
      createdAt: row.createdAt.toISOString(),
      updatedAt: row.updatedAt.toISOString(),
    });
    expect({ ...row }.name).toBe('Ada');
    expect(structuredClone(row)).toEqual({ ...row });
    expect(row.toJSON()).toEqual(JSON.parse(JSON.stringify(row)));
  });

  test('has the members of its class', async () => {
    const row = await ada();
    expect([row.label, row.shout(), row.constructor]).toEqual(['Ada (36)', 'ADA', Person]);
    expect(Object.keys(Object.getPrototypeOf(row))).toEqual([]);
  });
});

describe('save', () => {
  test('writes the full row but for what the framework writes, in one round trip', async () => {
    const row = await ada();
    row.age = 37;
    const { result, sent, roundTrips } = await db.record(() => row.save(db.ctx));
    expect(sent).toEqual([
      {
        sql: `UPDATE "people" SET ${ALL}, ${STAMP} WHERE "id" = $9 RETURNING ${COLUMNS}`,
        values: ['Ada', 37, null, 'fine', ['a'], null, 'made', null, row.id],
        operation: 'save',
        model: 'people',
      },
    ]);
    expect(roundTrips).toBe(1);
    expect(result).toBe(row);
    expect(await db.rows('SELECT age FROM people')).toEqual([{ age: 37 }]);
  });

  test('takes back what the database stored', async () => {
    const row = await ada(),
      { createdAt, updatedAt } = row;
    row.name = 'whisper';
    await row.save(db.ctx);
    expect(row).toMatchObject({ name: 'WHISPER', age: 99, initial: 'W', createdAt });
    expect(row.updatedAt.getTime()).toBeGreaterThanOrEqual(updatedAt.getTime());
  });

  test('never writes the id, the timestamps or generated columns from the instance', async () => {
    const row = await ada(),
      loose = row as any,
      { createdAt } = row;
    loose.createdAt = new Date(0);
    loose.initial = 'Z';
    await row.save(db.ctx);
    expect(row).toMatchObject({ createdAt, initial: 'A' });
  });

  test('writes the named fields only, by property or declared name', async () => {
    const row = await ada();
    row.age = 40;
    row.name = 'Eve';
    const { sent } = await db.record(() => row.save(db.ctx, { fields: ['age', 'mentor'] }));
    expect(sent[0]!.sql).toContain(`SET "age" = $1, "mentor_id" = $2, ${STAMP} WHERE "id" = $3`);
    expect(row.name).toBe('Eve');
    expect(await db.rows('SELECT name, age FROM people')).toEqual([{ name: 'Ada', age: 40 }]);
    expect((await db.record(() => row.save(db.ctx, { fields: ['mentorId' as never] }))).sent[0]!.sql).toContain('SET "mentor_id" = $1,');
  });

  test('with no field stamps the row', async () => {
    const row = await ada();
    expect((await db.record(() => row.save(db.ctx, { fields: [] }))).sent[0]!.sql).toContain(
      `UPDATE "people" SET ${STAMP} WHERE "id" = $1`,
    );
  });

  test('refuses to name a field that is not there or not written', async () => {
    const row = await ada();
    expect(await issuesOf(row.save(db.ctx, { fields: ['colour' as never] }))).toEqual(['colour unknown_field']);
    expect(await issuesOf(row.save(db.ctx, { fields: ['initial'] }))).toEqual(['initial read_only']);
    expect(await issuesOf(row.save(db.ctx, { fields: ['id' as never] }))).toEqual(['id read_only']);
  });

  test('reports every problem of the row at once, and leaves it as it is', async () => {
    const row = await ada(),
      loose = row as any;
    loose.name = undefined;
    loose.age = 'x';
    loose.mood = null;
    loose.tags = [1];
    const { result, sent } = await db.record(() => issuesOf(row.save(db.ctx)));
    expect(result).toEqual(['name undefined', 'age type', 'mood not_null', 'tags[0] type']);
    expect(sent).toEqual([]);
    expect(loose.age).toBe('x');
  });

  test('of a row that is gone is NOT_FOUND, and can be tried again', async () => {
    const row = await ada();
    await db.script('DELETE FROM people');
    expect(await rejection(row.save(db.ctx))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await rejection(row.save(db.ctx))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('that fails leaves the row as it is, and usable', async () => {
    await Person.create(db.ctx, { name: 'B', email: 'a@b' });
    const row = await ada();
    row.email = 'a@b';
    expect(await rejection(row.save(db.ctx))).toMatchObject({ code: 'CONSTRAINT', fields: ['email'] });
    expect(row.email).toBe('a@b');
    row.email = 'c@d';
    expect((await row.save(db.ctx)).email).toBe('c@d');
  });

  test('of a table where nothing is left to write reads the row', async () => {
    const ticket = await Ticket.create(db.ctx, { name: 'a' });
    await db.script(`UPDATE tickets SET name = 'b'`);
    const { sent, roundTrips } = await db.record(() => ticket.save(db.ctx));
    expect(sent[0]!.sql).toBe('SELECT "id", "name" FROM "tickets" WHERE "id" = $1');
    expect(roundTrips).toBe(1);
    expect(ticket.name).toBe('b');
  });
});

describe('a write in flight', () => {
  test('sends the values of the moment it was called, also where they change in place', async () => {
    const row = await ada();
    row.since = new Date(1000);
    await whileLocked(
      'people',
      () => row.save(db.ctx),
      () => {
        row.tags.push('later');
        row.since!.setTime(2000);
      },
    );
    expect(await db.rows(`SELECT tags, extract(epoch FROM since)::int AS since FROM people`)).toEqual([{ tags: ['a'], since: 1 }]);
  });

  test('sends them also when it had to wait for a connection', async () => {
    const row = await ada();
    const gate = Promise.withResolvers<void>(),
      arrived = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
    const holders = arrived.map(({ resolve }) =>
      db.ctx.atomic(async (tx) => {
        await Person.find(tx, row.id);
        resolve();
        await gate.promise;
      }),
    );
    await Promise.all(arrived.map(({ promise }) => promise));
    const saving = row.save(db.ctx),
      { waiting } = db.pool.status();
    row.tags.push('later');
    row.name = 'Later';
    gate.resolve();
    await Promise.all([saving, ...holders]);
    expect(waiting).toBe(1);
    expect(await db.rows('SELECT tags, name FROM people')).toEqual([{ tags: ['a'], name: 'Ada' }]);
    expect(row).toMatchObject({ tags: ['a', 'later'], name: 'Later' });
  });

  test('keeps what was assigned meanwhile, and takes the rest from the database', async () => {
    const row = await ada();
    row.name = 'whisper';
    await whileLocked(
      'people',
      () => row.save(db.ctx),
      () => {
        row.mood = 'so-so';
        row.tags.push('later');
      },
    );
    expect(row).toMatchObject({ name: 'WHISPER', age: 99, mood: 'so-so', tags: ['a', 'later'] });
    await row.save(db.ctx);
    expect(await db.rows('SELECT mood::text, tags FROM people')).toEqual([{ mood: 'so-so', tags: ['a', 'later'] }]);
  });

  test('keeps what was assigned meanwhile by update too', async () => {
    const row = await ada();
    await whileLocked(
      'people',
      () => row.update(db.ctx, { age: 1, tags: ['b'] }),
      () => {
        row.age = 2;
        row.tags.push('c');
      },
    );
    expect(row).toMatchObject({ age: 2, tags: ['b', 'c'] });
    expect(await db.rows('SELECT age, tags FROM people')).toEqual([{ age: 1, tags: ['b'] }]);
  });

  test.each(['save', 'update', 'delete', 'refresh', 'updateReturningPair', 'deleteReturning'] as const)(
    'lets no %s of the same row begin',
    async (name) => {
      const row = await ada();
      const first = row.save(db.ctx);
      const second = name === 'update' ? row.update(db.ctx, { age: 1 }) : row[name](db.ctx);
      expect(await rejection(second)).toMatchObject({ code: 'INSTANCE_BUSY', model: 'people' });
      await first;
      await row.save(db.ctx);
    },
  );

  // oxlint-disable-next-line vitest/expect-expect -- it fails by throwing
  test('lets another instance of the same row be', async () => {
    const row = await ada(),
      other = await row.reload(db.ctx);
    await Promise.all([row.save(db.ctx), other.save(db.ctx), row.reload(db.ctx)]);
  });
});

describe('update', () => {
  test('of a row writes exactly the patch, in one round trip', async () => {
    const row = await ada();
    row.name = 'unsaved';
    const { result, sent, roundTrips } = await db.record(() => row.update(db.ctx, { mood: 'so-so', age: 40 }));
    expect(sent).toEqual([
      {
        sql: `UPDATE "people" SET "age" = $1, "mood" = $2, ${STAMP} WHERE "id" = $3 RETURNING ${COLUMNS}`,
        values: [40, 'so-so', row.id],
        operation: 'update',
        model: 'people',
      },
    ]);
    expect(roundTrips).toBe(1);
    expect(result).toBe(row);
    expect(row).toMatchObject({ age: 40, mood: 'so-so', name: 'unsaved', initial: 'A' });
  });

  test('of a model does the same by id, and gives the new row', async () => {
    const row = await ada();
    const { result, sent, roundTrips } = await db.record(() => Person.update(db.ctx, row.id, { name: 'whisper' }));
    expect(sent[0]!.sql).toBe(`UPDATE "people" SET "name" = $1, ${STAMP} WHERE "id" = $2 RETURNING ${COLUMNS}`);
    expect(roundTrips).toBe(1);
    expect(result).toMatchObject({ name: 'WHISPER', age: 99 });
    expect(result).not.toBe(row);
    expect(row.name).toBe('Ada');
  });

  test('has one statement text whatever the order of the keys', async () => {
    const row = await ada();
    const { sent } = await db.record(async () => {
      await row.update(db.ctx, { name: 'A', age: 1 });
      await row.update(db.ctx, { age: 2, name: 'B' });
    });
    expect(new Set(sent.map(({ sql }) => sql)).size).toBe(1);
    expect(sent.map(({ values }) => values.slice(0, 2))).toEqual([
      ['A', 1],
      ['B', 2],
    ]);
  });

  test.each<[string, object, string[]]>([
    ['undefined', { name: undefined }, ['name undefined']],
    ['an unknown key', { colour: 'x' }, ['colour unknown_field']],
    ['the id', { id: '5' }, ['id read_only']],
    ['a timestamp', { createdAt: new Date(), updatedAt: new Date() }, ['createdAt read_only', 'updatedAt read_only']],
    ['a generated column', { initial: 'x' }, ['initial read_only']],
    ['null for NOT NULL', { name: null }, ['name not_null']],
    ['nothing', {}, [' empty_patch']],
    ['null', null as never, [' type']],
    ['every wrong value at once', { age: 'x', mood: 'x', tags: [null] }, ['age type', 'mood enum_label', 'tags[0] not_null']],
    ['a declared name for a property', { mentor: '1' }, ['mentor unknown_field']],
  ])('refuses a patch with %s', async (_, patch, issues) => {
    const row = await ada();
    const { sent } = await db.record(async () => {
      expect(await issuesOf(row.update(db.ctx, patch as never))).toEqual(issues);
      expect(await issuesOf(Person.update(db.ctx, row.id, patch as never))).toEqual(issues);
    });
    expect(sent).toEqual([]);
    expect(row).toMatchObject({ name: 'Ada', age: 36 });
  });

  test('writes null where the column allows it', async () => {
    expect((await Person.update(db.ctx, (await ada()).id, { age: null })).age).toBeNull();
  });

  test('that fails leaves the row as it was', async () => {
    await Person.create(db.ctx, { name: 'B', email: 'a@b' });
    const row = await ada();
    expect(await rejection(row.update(db.ctx, { email: 'a@b', age: 1 }))).toMatchObject({ code: 'CONSTRAINT', fields: ['email'] });
    expect(row).toMatchObject({ email: null, age: 36 });
  });

  test('of a row that is gone is NOT_FOUND', async () => {
    const row = await ada();
    await db.script('DELETE FROM people');
    expect(await rejection(row.update(db.ctx, { age: 1 }))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await rejection(Person.update(db.ctx, row.id, { age: 1 }))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('needs no timestamps', async () => {
    await Country.create(db.ctx, { id: 'DE', name: 'x' });
    const { result, sent } = await db.record(() => Country.update(db.ctx, 'DE' as never, { name: 'y' }));
    expect(sent[0]!.sql).toBe('UPDATE "countries" SET "name" = $1 WHERE "code" = $2 RETURNING "code", "name"');
    expect(result).toEqual(expect.objectContaining({ id: 'DE', name: 'y' }));
  });
});

describe('delete', () => {
  test('removes the row in one round trip, and says so', async () => {
    const row = await ada();
    const { result, sent, roundTrips } = await db.record(() => row.delete(db.ctx));
    expect(sent).toEqual([{ sql: 'DELETE FROM "people" WHERE "id" = $1', values: [row.id], operation: 'delete', model: 'people' }]);
    expect([result, roundTrips]).toEqual([true, 1]);
    expect(await db.rows('SELECT 1 FROM people')).toEqual([]);
  });

  test('resolves to false where there was none', async () => {
    const row = await ada();
    await db.script('DELETE FROM people');
    expect(await row.delete(db.ctx)).toBe(false);
  });

  test('spends the instance: its values can be read, and nothing else', async () => {
    const row = await ada();
    await row.delete(db.ctx);
    expect(row.name).toBe('Ada');
    for (const operation of [
      () => row.save(db.ctx),
      () => row.update(db.ctx, { age: 1 }),
      () => row.delete(db.ctx),
      () => row.refresh(db.ctx),
      () => row.reload(db.ctx),
      () => row.updateReturningPair(db.ctx),
      () => row.deleteReturning(db.ctx),
    ]) {
      expect(await rejection(operation())).toMatchObject({ code: 'INSTANCE_DELETED', model: 'people' });
    }
    expect(JSON.parse(JSON.stringify(row)).name).toBe('Ada');
  });

  test('that fails leaves the row usable', async () => {
    const mentor = await ada(),
      pupil = await Person.create(db.ctx, { name: 'P', mentorId: mentor.id });
    expect(await rejection(mentor.delete(db.ctx))).toMatchObject({ code: 'CONSTRAINT', kind: 'foreignKey' });
    await pupil.delete(db.ctx);
    expect(await mentor.delete(db.ctx)).toBe(true);
  });
});

describe('refresh and reload', () => {
  test('refresh reads the row again into this instance, dropping unsaved changes', async () => {
    const row = await ada();
    await db.script(`UPDATE people SET age = 50`);
    row.name = 'unsaved';
    const { result, sent } = await db.record(() => row.refresh(db.ctx));
    expect(result).toBe(row);
    expect(row).toMatchObject({ age: 50, name: 'Ada' });
    expect(sent).toMatchObject([{ sql: `SELECT ${COLUMNS} FROM "people" WHERE "id" = $1`, operation: 'refresh' }]);
  });

  test('reload gives a new instance, and leaves this one as it is', async () => {
    const row = await ada();
    row.name = 'unsaved';
    const fresh = await row.reload(db.ctx);
    expect([fresh.name, row.name, fresh === row]).toEqual(['Ada', 'unsaved', false]);
    expect(fresh).toBeInstanceOf(Person);
  });

  test('are NOT_FOUND when the row is gone', async () => {
    const row = await ada();
    await db.script('DELETE FROM people');
    expect(await rejection(row.refresh(db.ctx))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await rejection(row.reload(db.ctx))).toMatchObject({ code: 'NOT_FOUND' });
    expect(row.name).toBe('Ada');
  });
});

describe('assign', () => {
  test('sets several fields, and gives back the row', async () => {
    const row = await ada();
    expect(row.assign({ name: 'Eve', age: null, mentorId: row.id })).toBe(row);
    expect(row).toMatchObject({ name: 'Eve', age: null, mentorId: row.id });
  });

  test('sets none when one is refused', async () => {
    const row = await ada();
    for (const patch of [
      { name: 'Eve', age: 'x' },
      { name: 'Eve', id: '1' },
      { name: 'Eve', colour: 1 },
      { name: 'Eve', mood: undefined },
    ])
      expect(() => row.assign(patch as never)).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
    expect(row.name).toBe('Ada');
  });
});

describe('returning pairs', () => {
  test('give the row before and after in one statement, and consume the instance', async () => {
    const row = await ada();
    row.name = 'whisper';
    const { result, sent, roundTrips } = await db.record(() => row.updateReturningPair(db.ctx));
    const columns = (alias: string): string => COLUMNS.replaceAll(/"\w+"/g, (column) => `"__djogi_${alias}".${column}`);
    expect(sent[0]!.sql).toBe(
      `UPDATE "people" SET ${ALL}, ${STAMP} WHERE "id" = $9 RETURNING WITH (OLD AS "__djogi_old", NEW AS "__djogi_new") ${columns('old')}, ${columns('new')}`,
    );
    expect([roundTrips, sent[0]!.operation]).toEqual([1, 'updateReturningPair']);
    expect([result.old.name, result.old.age, result.new.name, result.new.age]).toEqual(['Ada', 36, 'WHISPER', 99]);
    expect([result.old, result.new].every((each) => each instanceof Person)).toBe(true);
    expect(await rejection(row.save(db.ctx))).toMatchObject({ code: 'INSTANCE_DELETED' });
    result.new.age = 5;
    await result.new.save(db.ctx);
    expect(await db.rows('SELECT age FROM people')).toEqual([{ age: 5 }]);
  });

  test('of a row that is gone is NOT_FOUND, and does not consume it', async () => {
    const row = await ada();
    await db.script('DELETE FROM people');
    expect(await rejection(row.updateReturningPair(db.ctx))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await rejection(row.save(db.ctx))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('of a table where nothing is left to write still give the row twice', async () => {
    const ticket = await Ticket.create(db.ctx, { name: 'a' });
    const { result, sent } = await db.record(() => ticket.updateReturningPair(db.ctx));
    expect(sent[0]!.sql).toContain('UPDATE "tickets" SET "id" = "id" WHERE "id" = $1 RETURNING WITH');
    expect([result.old.name, result.new.name]).toEqual(['a', 'a']);
  });

  test('check the version as save does', async () => {
    const account = await Account.create(db.ctx, { owner: 'A' }),
      stale = await account.reload(db.ctx);
    await account.save(db.ctx);
    expect(await rejection(stale.updateReturningPair(db.ctx))).toMatchObject({ code: 'LOCK_CONFLICT' });
    const { old, new: after } = await account.updateReturningPair(db.ctx);
    expect([old.revision, after.revision]).toEqual([1, 2]);
  });

  test('deleteReturning gives the row as it was', async () => {
    const row = await ada();
    await db.script(`UPDATE people SET age = 50`);
    const { result, sent, roundTrips } = await db.record(() => row.deleteReturning(db.ctx));
    expect(sent[0]!.sql).toMatch(/^DELETE FROM "people" WHERE "id" = \$1 RETURNING WITH \(OLD AS "__djogi_old"\) "__djogi_old"\."id"/);
    expect([roundTrips, result.age, result instanceof Person]).toEqual([1, 50, true]);
    expect(await rejection(row.refresh(db.ctx))).toMatchObject({ code: 'INSTANCE_DELETED' });
    const gone = await ada();
    await db.script('DELETE FROM people');
    expect(await rejection(gone.deleteReturning(db.ctx))).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('the version', () => {
  const open = () => Account.create(db.ctx, { owner: 'Ada' });

  test('begins at 0, and is checked and counted by every save', async () => {
    const account = await open();
    expect(account.revision).toBe(0);
    const { sent } = await db.record(() => account.save(db.ctx));
    expect(sent[0]).toMatchObject({
      sql: `UPDATE "accounts" SET "owner" = $1, "cents" = $2, "revision" = "revision" + 1, ${STAMP} WHERE "id" = $3 AND "revision" = $4 RETURNING "id", "created_at", "updated_at", "owner", "cents", "revision"`,
      values: ['Ada', 0, account.id, 0],
    });
    expect(account.revision).toBe(1);
    await account.save(db.ctx);
    expect(account.revision).toBe(2);
  });

  test('that is stale refuses the save, and leaves the instance', async () => {
    const mine = await open(),
      theirs = await mine.reload(db.ctx);
    theirs.cents = 5;
    await theirs.save(db.ctx);
    mine.cents = 7;
    expect(await rejection(mine.save(db.ctx))).toMatchObject({
      code: 'LOCK_CONFLICT',
      reason: 'version',
      table: 'accounts',
      expected: 0,
      isTransient: true,
    });
    expect(mine).toMatchObject({ cents: 7, revision: 0 });
    expect(await db.rows('SELECT cents FROM accounts')).toEqual([{ cents: 5 }]);
  });

  test('that was assigned is refused by every write that checks it, before any SQL, until the row is refreshed', async () => {
    const mine = await open(),
      loose = mine as any;
    await (await mine.reload(db.ctx)).save(db.ctx);
    loose.revision = 1;
    loose.owner = null;
    const { sent } = await db.record(async () => {
      expect(await issuesOf(mine.save(db.ctx))).toEqual(['revision read_only', 'owner not_null']);
      loose.owner = 'Eve';
      expect(await issuesOf(mine.update(db.ctx, { cents: 1 }))).toEqual(['revision read_only']);
      expect(await issuesOf(mine.updateReturningPair(db.ctx))).toEqual(['revision read_only']);
      expect(await issuesOf(mine.delete(db.ctx, { checkVersion: true }))).toEqual(['revision read_only']);
    });
    expect(sent).toEqual([]);
    expect(mine).toMatchObject({ owner: 'Eve', cents: 0, revision: 1 });
    await mine.refresh(db.ctx);
    expect(mine).toMatchObject({ owner: 'Ada', revision: 1 });
    await mine.save(db.ctx);
    expect(mine.revision).toBe(2);
    await mine.save(db.ctx);
    expect(mine.revision).toBe(3);
  });

  test('that a hook assigns is refused likewise', async () => {
    class Eager extends model('accounts', { owner: f.text(), cents: f.int().default(0), revision: f.version() }) {
      static readonly hooks = hooks(Eager, {
        beforeSave: (row) => {
          (row as any).revision += 1;
        },
      });
    }
    expect(await issuesOf((await Eager.create(db.ctx, { owner: 'Ada' })).save(db.ctx))).toEqual(['revision read_only']);
  });

  test('is remembered where nobody sees it', async () => {
    const account = await open();
    expect(Reflect.ownKeys(account)).toEqual(['id', 'createdAt', 'updatedAt', 'owner', 'cents', 'revision']);
    expect(structuredClone(account)).toEqual({ ...account });
    expect(Object.keys(account.toJSON())).toEqual(Reflect.ownKeys(account));
  });

  test('is checked by the update of a row', async () => {
    const mine = await open(),
      theirs = await mine.reload(db.ctx);
    await theirs.update(db.ctx, { cents: 5 });
    expect(theirs.revision).toBe(1);
    expect(await rejection(mine.update(db.ctx, { cents: 6 }))).toMatchObject({ code: 'LOCK_CONFLICT' });
    expect(mine.cents).toBe(0);
  });

  test('is counted by the update of a model, and checked when it is given', async () => {
    const { id } = await open();
    expect((await Account.update(db.ctx, id, { cents: 1 })).revision).toBe(1);
    expect((await Account.update(db.ctx, id, { cents: 2 }, { version: 1 })).revision).toBe(2);
    expect(await rejection(Account.update(db.ctx, id, { cents: 3 }, { version: 1 }))).toMatchObject({ code: 'LOCK_CONFLICT', expected: 1 });
    expect(await rejection(Account.update(db.ctx, '5' as never, { cents: 3 }))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await issuesOf(Person.update(db.ctx, '5' as never, { name: 'x' }, { version: 1 }))).toEqual([' version']);
  });

  test('is checked by delete only when asked', async () => {
    const mine = await open(),
      theirs = await mine.reload(db.ctx);
    await theirs.save(db.ctx);
    const { sent } = await db.record(() =>
      rejection(mine.delete(db.ctx, { checkVersion: true })).then((error) => expect(error).toMatchObject({ code: 'LOCK_CONFLICT' })),
    );
    expect(sent[0]!.sql).toBe('DELETE FROM "accounts" WHERE "id" = $1 AND "revision" = $2');
    expect(await mine.delete(db.ctx)).toBe(true);
  });

  test('is checked by a save that has nothing else to write', async () => {
    const mine = await open(),
      theirs = await mine.reload(db.ctx);
    await theirs.save(db.ctx, { fields: [] });
    expect(await rejection(mine.save(db.ctx, { fields: [], onlyIfDirty: true }))).toMatchObject({ code: 'LOCK_CONFLICT' });
  });

  test('lets retry succeed when each attempt reads again', async () => {
    const { id } = await open();
    await Promise.all(
      [1, 2, 3, 4].map(() =>
        db.ctx.retry(
          async (ctx) => {
            const account = await Account.get(ctx, id);
            account.cents += 10;
            await account.save(ctx);
          },
          { attempts: 20, backoff: { initialMs: 1, jitterMs: 5 } },
        ),
      ),
    );
    expect(await Account.get(db.ctx, id)).toMatchObject({ cents: 40, revision: 4 });
  });
});

describe('hooks', () => {
  afterEach(() => {
    log.length = 0;
    for (const name of Object.keys(script)) delete script[name as keyof typeof script];
  });
  const created = async (): Promise<Post> => {
    const post = await Post.create(db.ctx, { title: 'Hello World' });
    log.length = 0;
    return post;
  };

  test('of create run before and after, and what they fill is written', async () => {
    const { result, roundTrips } = await db.record(() => Post.create(db.ctx, { title: 'Hello World' }));
    expect([result.slug, roundTrips]).toEqual(['hello-world', 1]);
    expect(log).toEqual(['beforeCreate Hello World', 'afterCreate hello-world']);
    expect(await db.rows('SELECT slug FROM posts')).toEqual([{ slug: 'hello-world' }]);
  });

  test("of create see a draft of their own, never the caller's object", async () => {
    const input = Object.freeze({ title: 'Hello' });
    await Post.create(db.ctx, input);
    expect(input).toEqual({ title: 'Hello' });
  });

  test('of create are validated after', async () => {
    script.beforeCreate = (draft) => {
      draft.views = 'many';
      draft.colour = 1;
    };
    expect(await issuesOf(Post.create(db.ctx, { title: 'x' }))).toEqual(['views type', 'colour unknown_field']);
    script.beforeCreate = (draft) => {
      delete draft.slug;
    };
    expect(await issuesOf(Post.create(db.ctx, { title: 'x' }))).toEqual(['slug required']);
  });

  test('of save may change the row, which is written', async () => {
    const post = await created();
    script.beforeSave = (row) => {
      row.slug = 'saved';
      row.tags.push('x');
    };
    await post.save(db.ctx);
    expect(log).toEqual(['beforeSave Hello World', 'afterSave Hello World']);
    expect(await db.rows('SELECT slug, tags FROM posts')).toEqual([{ slug: 'saved', tags: ['x'] }]);
  });

  test('of save run for the update of a row, and what they change is written beside the patch', async () => {
    const post = await created();
    script.beforeSave = (row) => {
      row.slug = row.title.toLowerCase();
      row.tags.push('x');
    };
    const { sent } = await db.record(() => post.update(db.ctx, { title: 'New' }));
    expect(sent[0]!.sql).toContain(`SET "title" = $1, "slug" = $2, "tags" = $3, ${STAMP}`);
    expect(log).toEqual(['beforeSave New', 'afterSave New']);
    expect(await db.rows('SELECT title, slug, tags FROM posts')).toEqual([{ title: 'New', slug: 'new', tags: ['x'] }]);
  });

  test('run for no update of a model', async () => {
    const { id } = await created();
    await Post.update(db.ctx, id, { title: 'x' });
    expect(log).toEqual([]);
  });

  test('of delete run before and after', async () => {
    const post = await created();
    await post.delete(db.ctx);
    expect(log).toEqual(['beforeDelete Hello World', 'afterDelete Hello World']);
  });

  test('after a delete run only when there was a row', async () => {
    const post = await created();
    await db.script('DELETE FROM posts');
    expect(await post.delete(db.ctx)).toBe(false);
    expect(log).toEqual(['beforeDelete Hello World']);
  });

  test('of returning pairs see the new row, and the deleted one', async () => {
    const post = await created();
    post.title = 'Changed';
    let seen: unknown;
    script.afterSave = (row) => {
      seen = row;
    };
    const pair = await post.updateReturningPair(db.ctx);
    expect(seen).toBe(pair.new);
    script.afterDelete = (row) => {
      seen = row;
    };
    expect(await pair.new.deleteReturning(db.ctx)).toBe(seen);
    expect(log).toEqual(['beforeSave Changed', 'afterSave Changed', 'beforeDelete Changed', 'afterDelete Changed']);
  });

  test('after createWithId run only when the row is new', async () => {
    const id = await Post.nextId(db.ctx);
    await Post.createWithId(db.ctx, id, { title: 'A' });
    await Post.createWithId(db.ctx, id, { title: 'B' });
    expect(log).toEqual(['beforeCreate A', 'afterCreate a', 'beforeCreate B']);
  });

  test('that throw before the SQL send nothing', async () => {
    const boom = new Error('boom');
    script.beforeCreate = () => {
      throw boom;
    };
    script.beforeDelete = () => Promise.reject(boom);
    const { sent } = await db.record(async () => expect(await rejection(Post.create(db.ctx, { title: 'x' }))).toBe(boom));
    expect(sent).toEqual([]);
    expect(log).toEqual(['beforeCreate x']);
    delete script.beforeCreate;
    const post = await created();
    script.beforeSave = () => {
      throw boom;
    };
    const later = await db.record(async () => {
      expect(await rejection(post.save(db.ctx))).toBe(boom);
      expect(await rejection(post.update(db.ctx, { title: 'y' }))).toBe(boom);
      expect(await rejection(post.delete(db.ctx))).toBe(boom);
      expect(await rejection(post.updateReturningPair(db.ctx))).toBe(boom);
      expect(await rejection(post.deleteReturning(db.ctx))).toBe(boom);
    });
    expect(later.sent).toEqual([]);
    expect(post.title).toBe('Hello World');
    expect(log.every((line) => line.startsWith('before'))).toBe(true);
  });

  test('whose failed update changed more than the patch leave the row as it was', async () => {
    const post = await created();
    script.beforeSave = (row) => {
      row.slug = 'from the hook';
      row.views = 'x';
    };
    expect(await issuesOf(post.update(db.ctx, { title: 'New' }))).toEqual(['views type']);
    expect(post).toMatchObject({ title: 'Hello World', slug: 'hello-world', views: 0 });
  });

  test('that throw after the SQL leave the row outside a transaction, and none inside', async () => {
    script.afterCreate = () => {
      throw new Error('boom');
    };
    await rejection(Post.create(db.ctx, { title: 'stays' }));
    await rejection(db.ctx.atomic((tx) => Post.create(tx, { title: 'goes' })));
    expect(await db.rows('SELECT title FROM posts')).toEqual([{ title: 'stays' }]);
  });

  test('get the context of the operation, with its commit queue', async () => {
    const done: string[] = [];
    script.afterCreate = (row, ctx) =>
      ctx.onCommit(() => {
        done.push(row.title);
      });
    await db.ctx.atomic(async (tx) => {
      await Post.create(tx, { title: 'inside' });
      expect(done).toEqual([]);
    });
    expect(done).toEqual(['inside']);
    script.beforeCreate = async (draft, ctx) => {
      draft.title += ` of ${(ctx.auth as { name: string }).name}`;
    };
    expect((await Post.create(db.pool.context({ auth: { name: 'Ada' } }), { title: 'x' })).title).toBe('x of Ada');
  });

  test('may use the row they are given, but not write it again while its operation runs', async () => {
    const post = await created();
    script.beforeSave = (row) => row.save(db.ctx);
    expect(await rejection(post.save(db.ctx))).toMatchObject({ code: 'INSTANCE_BUSY' });
    delete script.beforeSave;
    expect(await post.save(db.ctx)).toBe(post);
  });
});

test('a model without timestamps or anything else to write still deletes and reads', async () => {
  const blank = await Blank.create(db.ctx, {});
  await blank.save(db.ctx);
  expect(await blank.delete(db.ctx)).toBe(true);
});
