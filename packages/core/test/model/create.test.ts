import { describe, expect, test } from 'vitest';
import { HeerIdDesc, RanjId } from '../../src/index.ts';
import { createPool } from '../../src/pool.ts';
import { modelDatabase, rejection } from './support/database.ts';
import { Account, Blank, Counter, Country, Event, people, Person, tables, Ticket, Token } from './support/people.ts';

const db = modelDatabase(() => people, {
  clean: tables,
  setUp: `CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.name = 'whisper' THEN NEW.name := 'WHISPER'; ELSIF NEW.name = 'nobody' THEN RETURN NULL; END IF; RETURN NEW; END $$;
CREATE TRIGGER shout BEFORE INSERT OR UPDATE ON people FOR EACH ROW EXECUTE FUNCTION shout();`,
});

const RETURNING = '"id", "created_at", "updated_at", "name", "age", "email", "mood", "tags", "since", "token", "initial", "mentor_id"';
const issuesOf = async (promise: Promise<unknown>): Promise<string[]> =>
  (await rejection(promise)).issues.map((issue: any) => `${issue.path} ${issue.rule}`);

describe('create', () => {
  test('inserts the given columns and gives back the row as stored, in one round trip', async () => {
    const { result, sent, roundTrips } = await db.record(() => Person.create(db.ctx, { name: 'Ada', age: 36, tags: ['a', 'b'] }));
    expect(sent).toEqual([
      {
        sql: `INSERT INTO "people" ("name", "age", "tags", "token") VALUES ($1, $2, $3, $4) RETURNING ${RETURNING}`,
        values: ['Ada', 36, ['a', 'b'], 'made'],
        operation: 'create',
        model: 'people',
      },
    ]);
    expect(roundTrips).toBe(1);
    expect(HeerIdDesc.parse(result.id)).toBe(result.id);
    expect(result).toMatchObject({
      name: 'Ada',
      age: 36,
      email: null,
      mood: 'fine',
      tags: ['a', 'b'],
      since: null,
      token: 'made',
      initial: 'A',
      mentorId: null,
    });
    expect(result.createdAt).toEqual(result.updatedAt);
    expect(Math.abs(result.createdAt.getTime() - Date.now())).toBeLessThan(60_000);
    expect(await db.rows('SELECT name, age, tags FROM people')).toEqual([{ name: 'Ada', age: 36, tags: ['a', 'b'] }]);
  });

  test('leaves an omitted column to its default, and writes an explicit null', async () => {
    const { sent } = await db.record(() => Person.create(db.ctx, { name: 'Ada', age: null }));
    expect(sent[0]!.sql).toContain('("name", "age", "token")');
    expect(sent[0]!.values).toEqual(['Ada', null, 'made']);
  });

  test('takes undefined for an omitted key', async () => {
    const { sent } = await db.record(() => Person.create(db.ctx, { name: 'Ada', mood: undefined, token: undefined } as never));
    expect(sent[0]!.values).toEqual(['Ada', 'made']);
  });

  test('inserts default values when nothing is given', async () => {
    const { sent, result } = await db.record(() => Blank.create(db.ctx, {}));
    expect(sent[0]!.sql).toBe('INSERT INTO "blanks" DEFAULT VALUES RETURNING "id", "created_at", "updated_at", "note"');
    expect(result.note).toBeNull();
  });

  test('makes one statement text for one set of keys, whatever their order and values', async () => {
    const { sent } = await db.record(async () => {
      await Person.create(db.ctx, { name: 'A', age: 1 });
      await Person.create(db.ctx, { age: 2, name: 'B' });
    });
    expect(new Set(sent.map(({ sql }) => sql)).size).toBe(1);
  });

  test('makes a new row of a spread one, ignoring what the framework writes', async () => {
    const first = await Person.create(db.ctx, { name: 'Ada', age: 36, tags: ['x'] });
    const copy = await Person.create(db.ctx, { ...first, name: 'Copy' });
    expect(copy.id).not.toBe(first.id);
    expect(copy).toMatchObject({ name: 'Copy', age: 36, tags: ['x'], initial: 'C' });
  });

  test('accepts a row itself, and a version and a generated value in the input are ignored', async () => {
    const account = await Account.create(db.ctx, { owner: 'Ada', revision: 7 } as never);
    expect(account.revision).toBe(0);
    expect((await Account.create(db.ctx, account)).owner).toBe('Ada');
    expect((await Person.create(db.ctx, { name: 'Bo', initial: 'Z' } as never)).initial).toBe('B');
  });

  test('ignores a loaded relation that a row carries', async () => {
    const mentor = await Person.create(db.ctx, { name: 'M' });
    const row = await Person.create(db.ctx, { name: 'P', mentorId: mentor.id, mentor } as never);
    expect(row.mentorId).toBe(mentor.id);
  });

  test('does not change its input', async () => {
    const input = Object.freeze({ name: 'Ada', tags: Object.freeze(['x']) as unknown as string[] });
    const row = await Person.create(db.ctx, input);
    expect(row.tags).toEqual(['x']);
    expect(row.tags).not.toBe(input.tags);
    expect(input).toEqual({ name: 'Ada', tags: ['x'] });
  });

  test('gives back what a trigger changed', async () => {
    expect((await Person.create(db.ctx, { name: 'whisper' })).name).toBe('WHISPER');
  });

  test('says so when a trigger suppressed the row', async () => {
    expect(await rejection(Person.create(db.ctx, { name: 'nobody' }))).toMatchObject({ code: 'NOT_FOUND', table: 'people' });
  });

  test('reports every problem of a row at once, before any SQL', async () => {
    const input: any = { age: 3.5, email: 7, mood: 'sad', tags: ['x', null], since: new Date(NaN), colour: 'red', token: 'a\0b' };
    const { result, sent } = await db.record(() => issuesOf(Person.create(db.ctx, input)));
    expect(result).toEqual([
      'name required',
      'age type',
      'email type',
      'mood enum_label',
      'tags[1] not_null',
      'since invalid_date',
      'token nul_char',
      'colour unknown_field',
    ]);
    expect(sent).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['a string for an int', { name: 'x', age: '3' }, 'age type'],
    ['2147483648 for an int', { name: 'x', age: 2 ** 31 }, 'age range'],
    ['null for NOT NULL', { name: null }, 'name not_null'],
    ['null for a column with a default', { name: 'x', mood: null }, 'mood not_null'],
    ['a lone surrogate', { name: '\ud800' }, 'name malformed_text'],
    ['41 characters', { name: 'x'.repeat(41) }, 'name max_length'],
    ['a string for an array', { name: 'x', tags: 'a' }, 'tags type'],
    ['a key with another spelling', { name: 'x', Age: 1 }, 'Age unknown_field'],
    ['a column name', { name: 'x', mentor_id: '1' }, 'mentor_id unknown_field'],
    ['a malformed id', { name: 'x', mentorId: '007' }, 'mentorId id'],
  ])('refuses %s', async (_, input, issue) => {
    expect(await issuesOf(Person.create(db.ctx, input as never))).toEqual([issue]);
  });

  test('counts code points, not UTF-16 units', async () => {
    expect((await Person.create(db.ctx, { name: '🙂'.repeat(40) })).name).toHaveLength(80);
    expect(await issuesOf(Person.create(db.ctx, { name: '🙂'.repeat(41) }))).toEqual(['name max_length']);
  });

  test.each([[null], [undefined], ['x'], [3]])('refuses %j as the values of a row', async (input) => {
    expect(await issuesOf(Person.create(db.ctx, input as never))).toEqual([' type']);
  });

  test('wants a context first', async () => {
    for (const ctx of [undefined, null, {}, { name: 'Ada' }])
      expect(await rejection(Promise.resolve().then(() => Person.create(ctx as never, { name: 'Ada' })))).toMatchObject({
        code: 'VALIDATION',
        issues: [{ rule: 'context' }],
      });
  });

  test('quotes no value in its refusals', async () => {
    const error = await rejection(Person.create(db.ctx, { name: 'x'.repeat(41), email: 12345678 } as never));
    expect(JSON.stringify(error)).not.toMatch(/xxxx|12345678/);
  });

  test('says which properties a violated constraint is about', async () => {
    await Person.create(db.ctx, { name: 'A', email: 'a@b' });
    const facts = (values: any) =>
      rejection(Person.create(db.ctx, values)).then(({ code, kind, constraint, fields, sqlState }) => ({
        code,
        kind,
        constraint,
        fields,
        sqlState,
      }));
    expect(await facts({ name: 'B', email: 'a@b' })).toEqual({
      code: 'CONSTRAINT',
      kind: 'unique',
      constraint: 'people_email_key',
      fields: ['email'],
      sqlState: '23505',
    });
    expect(await facts({ name: 'B', age: -1 })).toEqual({
      code: 'CONSTRAINT',
      kind: 'check',
      constraint: 'people_age_check',
      fields: ['age'],
      sqlState: '23514',
    });
    expect(await facts({ name: 'B', mentorId: '1' })).toMatchObject({ kind: 'foreignKey', fields: ['mentorId'] });
    await Country.create(db.ctx, { id: 'DE', name: 'x' });
    expect(await rejection(Country.create(db.ctx, { id: 'DE', name: 'y' }))).toMatchObject({
      kind: 'unique',
      constraint: 'countries_pkey',
      fields: ['id'],
    });
  });

  test('names the property of a column that the database alone knows to be NOT NULL', async () => {
    await db.script('ALTER TABLE blanks ALTER COLUMN note SET NOT NULL');
    try {
      expect(await rejection(Blank.create(db.ctx, {}))).toMatchObject({ kind: 'notNull', column: 'note', fields: ['note'] });
    } finally {
      await db.script('ALTER TABLE blanks ALTER COLUMN note DROP NOT NULL');
    }
  });

  test('is undone with the transaction it runs in', async () => {
    await rejection(
      db.ctx.atomic(async (tx) => {
        await Person.create(tx, { name: 'gone' });
        throw new Error('no');
      }),
    );
    expect(await db.rows('SELECT 1 FROM people')).toEqual([]);
  });

  test('stops when its signal is aborted', async () => {
    expect(await rejection(Person.create(db.ctx, { name: 'x' }, { signal: AbortSignal.abort() }))).toMatchObject({ code: 'ABORTED' });
    expect(await db.rows('SELECT 1 FROM people')).toEqual([]);
  });
});

describe('a key', () => {
  test('is made by the database for the built-in kinds', async () => {
    const counters = [await Counter.create(db.ctx, { name: 'a' }), await Counter.create(db.ctx, { name: 'b' })];
    expect(counters.map(({ id }) => id)).toEqual([1, 2]);
    const event = await Event.create(db.ctx, { name: 'a' });
    expect(RanjId.parse(event.id)).toBe(event.id);
    expect((await Token.create(db.ctx, { name: 'a' })).id).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('that the caller supplies is required, and checked', async () => {
    expect((await Country.create(db.ctx, { id: 'DE', name: 'Germany' })).id).toBe('DE');
    for (const [id, issue] of [
      [undefined, 'id required'],
      [null, 'id required'],
      ['DEU', 'id max_length'],
      [3, 'id type'],
    ] as const)
      expect(await issuesOf(Country.create(db.ctx, { id, name: 'x' } as never))).toEqual([issue]);
  });

  test('that is made in process is made once per row', async () => {
    const { result, sent } = await db.record(async () => [
      await Ticket.create(db.ctx, { name: 'a' }),
      await Ticket.create(db.ctx, { name: 'b', id: 'ignored' } as never),
    ]);
    expect(result.map(({ id }) => id)).toEqual([expect.stringMatching(/^T-\d+$/), expect.stringMatching(/^T-\d+$/)]);
    expect(sent[0]!.sql).toBe('INSERT INTO "tickets" ("id", "name") VALUES ($1, $2) RETURNING "id", "name"');
  });

  test('in a column of its own is read and written under it', async () => {
    const { sent } = await db.record(async () => Country.get(db.ctx, (await Country.create(db.ctx, { id: 'FR', name: 'France' })).id));
    expect(sent.map(({ sql }) => sql)).toEqual([
      'INSERT INTO "countries" ("code", "name") VALUES ($1, $2) RETURNING "code", "name"',
      'SELECT "code", "name" FROM "countries" WHERE "code" = $1',
    ]);
  });

  test('of a pool without a node is refused by the generator', async () => {
    const pool = await createPool({ url: db.url, max: 1 });
    try {
      expect(await rejection(Person.create(pool.context(), { name: 'x' }))).toMatchObject({ code: 'ID_GEN_NODE_NOT_SET' });
      expect(await rejection(Person.nextId(pool.context()))).toMatchObject({ code: 'ID_GEN_NODE_NOT_SET' });
      expect((await Counter.create(pool.context(), { name: 'x' })).id).toBe(1);
    } finally {
      await pool.close();
    }
  });

  test('sorts the newest first by default', async () => {
    const ids = [];
    for (const name of ['a', 'b', 'c']) ids.push((await Person.create(db.ctx, { name })).id);
    expect((await db.rows('SELECT name FROM people ORDER BY id')).map(({ name }) => name)).toEqual(['c', 'b', 'a']);
    const row = await Person.get(db.ctx, ids[0]!);
    expect(JSON.parse(JSON.stringify(row)).id).toBe(ids[0]);
  });
});

describe('createWithId', () => {
  test('inserts under an id from nextId, in one round trip', async () => {
    const id = await Person.nextId(db.ctx);
    const { result, sent, roundTrips } = await db.record(() => Person.createWithId(db.ctx, id, { name: 'Ada' }));
    expect(sent).toEqual([
      {
        sql: `INSERT INTO "people" ("id", "name", "token") VALUES ($1, $2, $3) ON CONFLICT ("id") DO NOTHING RETURNING ${RETURNING}`,
        values: [id, 'Ada', 'made'],
        operation: 'createWithId',
        model: 'people',
      },
    ]);
    expect(roundTrips).toBe(1);
    expect(result.created).toBe(true);
    expect(result.row.id).toBe(id);
  });

  test("gives back the stored row, never the caller's values, when the id is taken", async () => {
    const id = await Person.nextId(db.ctx);
    await Person.createWithId(db.ctx, id, { name: 'first' });
    const { result, roundTrips } = await db.record(() => Person.createWithId(db.ctx, id, { name: 'second' }));
    expect(roundTrips).toBe(2);
    expect([result.created, result.row.name]).toEqual([false, 'first']);
    expect(await db.rows('SELECT name FROM people')).toEqual([{ name: 'first' }]);
  });

  test('twice at once creates one row, and both see it', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await Person.nextId(db.ctx);
      const results = await Promise.all([1, 2].map((n) => Person.createWithId(db.ctx, id, { name: `n${n}` })));
      // oxlint-disable-next-line typescript/require-array-sort-compare -- the value is untyped at this seam
      expect(results.map(({ created }) => created).sort()).toEqual([false, true]);
      expect(results[0]!.row.name).toBe(results[1]!.row.name);
    }
    expect(await db.rows('SELECT count(*)::int AS n FROM people')).toEqual([{ n: 5 }]);
  });

  test('refuses the placeholder for rows without an id', async () => {
    expect(await rejection(Person.createWithId(db.ctx, '0' as never, { name: 'x' }))).toMatchObject({ code: 'ID_ZERO_SENTINEL' });
  });

  test('refuses a malformed or missing id', async () => {
    for (const id of ['abc', '-1', '9223372036854775808', 5, null, undefined])
      expect((await issuesOf(Person.createWithId(db.ctx, id as never, { name: 'x' })))[0]).toMatch(/^id /);
  });

  test('still reports another unique constraint', async () => {
    await Person.create(db.ctx, { name: 'A', email: 'a@b' });
    expect(await rejection(Person.createWithId(db.ctx, await Person.nextId(db.ctx), { name: 'B', email: 'a@b' }))).toMatchObject({
      code: 'CONSTRAINT',
      fields: ['email'],
    });
  });

  test('works for every kind with a key', async () => {
    expect((await Country.createWithId(db.ctx, 'DE' as never, { name: 'x' })).row.id).toBe('DE');
    expect((await Counter.createWithId(db.ctx, 500 as never, { name: 'x' })).row.id).toBe(500);
    const ticket = await Ticket.nextId(db.ctx);
    expect((await Ticket.createWithId(db.ctx, ticket, { name: 'x' })).row.id).toBe(ticket);
  });
});

describe('nextId', () => {
  test('costs one round trip, and none for keys made in process', async () => {
    expect(await db.record(() => Person.nextId(db.ctx))).toMatchObject({
      roundTrips: 1,
      sent: [{ operation: 'nextIds', model: 'people' }],
    });
    expect(await db.record(() => Ticket.nextId(db.ctx))).toMatchObject({ roundTrips: 0 });
  });

  test('of a list costs one round trip, gives distinct ids oldest first, and none for none', async () => {
    const { result, roundTrips } = await db.record(() => Person.nextIds(db.ctx, 2000));
    expect(roundTrips).toBe(1);
    expect(new Set(result).size).toBe(2000);
    // Newest first in the column: what was made later is smaller.
    const numbers = result.map(BigInt);
    expect(numbers.every((id, at) => at === 0 || id < numbers[at - 1]!)).toBe(true);
    expect(await db.record(() => Person.nextIds(db.ctx, 0))).toMatchObject({ result: [], roundTrips: 0 });
  });

  test('of each kind gives as many as asked for', async () => {
    for (const Model of [Event, Counter, Token, Ticket]) expect(new Set(await (Model as typeof Event).nextIds(db.ctx, 50)).size).toBe(50);
  });

  test.each([-1, 1.5, NaN, 2 ** 31, '3'])('refuses %j as a count, before any SQL', async (count) => {
    const { sent } = await db.record(() =>
      rejection(Person.nextIds(db.ctx, count as number)).then((error) => expect(error).toMatchObject({ code: 'ID_GEN_BAD_COUNT' })),
    );
    expect(sent).toEqual([]);
  });

  test('of a kind that the caller supplies says so', async () => {
    expect(await issuesOf(Country.nextId(db.ctx))).toEqual(['id key_generator']);
  });

  test('of a serial key goes on where create goes on', async () => {
    const ids = await Counter.nextIds(db.ctx, 3);
    expect(ids).toEqual([1, 2, 3]);
    expect((await Counter.create(db.ctx, { name: 'x' })).id).toBe(4);
  });
});

describe('build', () => {
  test('gives an unsaved row with values and functions as defaults, and no id', async () => {
    const { result, roundTrips } = await db.record(async () => Person.build({ name: 'Ada' }));
    expect(roundTrips).toBe(0);
    expect(result).toBeInstanceOf(Person);
    expect({ ...result }).toEqual({
      id: undefined,
      createdAt: undefined,
      updatedAt: undefined,
      name: 'Ada',
      age: undefined,
      email: undefined,
      mood: 'fine',
      tags: [],
      since: undefined,
      token: 'made',
      initial: undefined,
      mentorId: undefined,
    });
    expect(result.label).toBe('Ada (?)');
  });

  test('is accepted by create', async () => {
    const draft = Person.build({ name: 'Ada' });
    draft.age = 5;
    const row = await Person.create(db.ctx, draft);
    expect(row).toMatchObject({ name: 'Ada', age: 5, mood: 'fine', tags: [] });
    expect(row.id).toMatch(/^\d+$/);
  });

  test('shares no default between two rows', () => {
    const first = Person.build({ name: 'A' });
    first.tags.push('x');
    expect(Person.build({ name: 'B' }).tags).toEqual([]);
  });

  test('takes a spread row, and refuses what is no field', async () => {
    const row = await Person.create(db.ctx, { name: 'Ada', tags: ['x'] });
    const draft = Person.build({ ...row, mentor: null } as never);
    expect([draft.id, draft.name, draft.tags]).toEqual([undefined, 'Ada', ['x']]);
    expect(() => Person.build({ colour: 'red' } as never)).toThrow(
      expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ path: 'colour', rule: 'unknown_field' })] }),
    );
    expect(() => Person.build(null as never)).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
  });

  test('keeps a key that the caller supplies', async () => {
    const draft = Country.build({ id: 'DE', name: 'x' });
    expect((await Country.create(db.ctx, draft)).id).toBe('DE');
  });

  test('cannot be saved, deleted or read again: it has no id', async () => {
    const draft = Person.build({ name: 'Ada' });
    for (const operation of [
      () => draft.save(db.ctx),
      () => draft.delete(db.ctx),
      () => draft.refresh(db.ctx),
      () => draft.reload(db.ctx),
      () => draft.update(db.ctx, { name: 'x' }),
    ])
      expect(await issuesOf(operation())).toEqual(['id required']);
  });
});
