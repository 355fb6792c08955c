import { describe, expect, test } from 'vitest';
import { modelDatabase, rejection } from './support/database.ts';
import { Note, Page, people, Person, tables, Ticket } from './support/people.ts';

const db = modelDatabase(() => people, { clean: tables });

const STAMP = `"updated_at" = date_trunc('milliseconds', now())`;
const page = () => Page.create(db.ctx, { title: 'T', tags: ['a'], at: new Date(1000), body: Uint8Array.of(1, 2), price: '1.50' });
const note = () => Note.create(db.ctx, { title: 'T', body: 'B', tags: [] });
const setOf = async (work: () => Promise<unknown>): Promise<string> => {
  const { sent } = await db.record(work);
  return sent[0]?.sql.match(/SET (.*) WHERE/)?.[1] ?? 'nothing';
};

describe('without tracking', () => {
  test('a save writes every field, and nothing is dirty', async () => {
    const row = await Person.create(db.ctx, { name: 'Ada' });
    row.name = 'Eve';
    expect([row.isDirty(), row.isDirty('name'), row.dirtyFields()]).toEqual([false, false, []]);
    expect(await setOf(() => row.save(db.ctx))).toContain('"name" = $1, "age" = $2');
  });
});

describe('with every field tracked', () => {
  test('a row is clean when it was created, read, saved or refreshed', async () => {
    const row = await page();
    const states = [row.dirtyFields(), (await Page.get(db.ctx, row.id)).dirtyFields()];
    row.title = 'x';
    states.push((await row.save(db.ctx)).dirtyFields());
    row.title = 'y';
    states.push((await row.refresh(db.ctx)).dirtyFields());
    expect(states).toEqual([[], [], [], []]);
  });

  test('a save writes what changed, and the stamp', async () => {
    const row = await page();
    row.title = 'x';
    row.note = 'n';
    expect([row.isDirty(), row.isDirty('title'), row.isDirty('tags'), row.dirtyFields()]).toEqual([true, true, false, ['title', 'note']]);
    expect(await setOf(() => row.save(db.ctx))).toBe(`"title" = $1, "note" = $2, ${STAMP}`);
    expect(await db.rows('SELECT title, note FROM pages')).toEqual([{ title: 'x', note: 'n' }]);
  });

  test('a save of a clean row writes the stamp, and nothing at all with onlyIfDirty', async () => {
    const row = await page();
    expect(await setOf(() => row.save(db.ctx))).toBe(STAMP);
    const { result, sent, roundTrips } = await db.record(() => row.save(db.ctx, { onlyIfDirty: true }));
    expect([result === row, sent, roundTrips]).toEqual([true, [], 0]);
    row.title = 'x';
    expect(await setOf(() => row.save(db.ctx, { onlyIfDirty: true }))).toBe(`"title" = $1, ${STAMP}`);
  });

  test.each<[string, (row: Page) => void]>([
    [
      'tags',
      (row) => {
        row.tags.push('b');
      },
    ],
    [
      'tags',
      (row) => {
        row.tags[0] = 'z';
      },
    ],
    [
      'tags',
      (row) => {
        row.tags.length = 0;
      },
    ],
    [
      'at',
      (row) => {
        row.at.setFullYear(2000);
      },
    ],
    [
      'body',
      (row) => {
        row.body[0] = 9;
      },
    ],
    [
      'note',
      (row) => {
        row.note = '';
      },
    ],
  ])('a change of %s in place counts', async (property, change) => {
    const row = await page();
    change(row);
    expect(row.dirtyFields()).toEqual([property]);
    const written = { ...row };
    expect(await setOf(() => row.save(db.ctx))).toBe(`"${property}" = $1, ${STAMP}`);
    expect((await row.reload(db.ctx))[property as 'tags']).toEqual(written[property as 'tags']);
    expect(row.dirtyFields()).toEqual([]);
  });

  test.each<[string, (row: Page) => void]>([
    [
      'the same text',
      (row) => {
        row.title = 'T';
      },
    ],
    [
      'an equal array',
      (row) => {
        row.tags = ['a'];
      },
    ],
    [
      'an equal date',
      (row) => {
        row.at = new Date(1000);
      },
    ],
    [
      'equal bytes',
      (row) => {
        row.body = Uint8Array.of(1, 2);
      },
    ],
    [
      'a value and back',
      (row) => {
        row.title = 'x';
        row.title = 'T';
      },
    ],
    [
      'null for null',
      (row) => {
        row.note = null;
      },
    ],
  ])('an assignment of %s does not', async (_, change) => {
    const row = await page();
    change(row);
    expect(row.dirtyFields()).toEqual([]);
  });

  test('a decimal of another text is written, because it is stored differently', async () => {
    const row = await page();
    row.price = '1.5';
    expect(row.dirtyFields()).toEqual(['price']);
    await row.save(db.ctx);
    expect(row.price).toBe('1.50');
    expect(row.isDirty()).toBe(false);
  });

  test('a value that its type refuses is dirty, and refused by save', async () => {
    const row = await page(),
      loose = row as any;
    loose.title = 5;
    loose.tags = 'x';
    loose.at = new Date(NaN);
    loose.body = 'x';
    loose.price = {};
    loose.note = undefined;
    expect(row.dirtyFields()).toEqual(['title', 'tags', 'at', 'body', 'price', 'note']);
    expect((await rejection(row.save(db.ctx))).issues.map(({ path, rule }: any) => `${path} ${rule}`)).toEqual([
      'title type',
      'tags type',
      'at invalid_date',
      'body type',
      'price type',
      'note undefined',
    ]);
  });

  test('a failed save leaves it dirty', async () => {
    const row = await page();
    row.title = 'x';
    await db.script('DELETE FROM pages');
    await rejection(row.save(db.ctx));
    expect(row.dirtyFields()).toEqual(['title']);
  });

  test('what changed while a save was in flight stays dirty', async () => {
    const row = await page();
    row.title = 'x';
    const saving = row.save(db.ctx);
    row.title = 'y';
    row.tags.push('b');
    await saving;
    expect(row.dirtyFields()).toEqual(['title', 'tags']);
    expect(await db.rows('SELECT title, tags FROM pages')).toEqual([{ title: 'x', tags: ['a'] }]);
    await row.save(db.ctx);
    expect(await db.rows('SELECT title, tags FROM pages')).toEqual([{ title: 'y', tags: ['a', 'b'] }]);
  });

  test('an update writes its patch only, and leaves what else is dirty', async () => {
    const row = await page();
    row.title = 'x';
    expect(await setOf(() => row.update(db.ctx, { note: 'n' }))).toBe(`"note" = $1, ${STAMP}`);
    expect(row.dirtyFields()).toEqual(['title']);
  });

  test('a save of named fields leaves what else is dirty', async () => {
    const row = await page();
    row.title = 'x';
    row.note = 'n';
    expect(await setOf(() => row.save(db.ctx, { fields: ['note'] }))).toBe(`"note" = $1, ${STAMP}`);
    expect(row.dirtyFields()).toEqual(['title']);
  });

  test('markDirty has the next save write a field that did not change', async () => {
    const row = await page();
    row.markDirty('tags');
    expect(row.dirtyFields()).toEqual(['tags']);
    expect(await setOf(() => row.save(db.ctx))).toBe(`"tags" = $1, ${STAMP}`);
    expect(row.dirtyFields()).toEqual([]);
  });

  test('markClean keeps a change out of the next save', async () => {
    const row = await page();
    row.title = 'x';
    row.note = 'n';
    row.markClean('title');
    expect(row.dirtyFields()).toEqual(['note']);
    expect(await setOf(() => row.save(db.ctx))).toBe(`"note" = $1, ${STAMP}`);
    row.title = 'a';
    row.note = 'b';
    row.markClean();
    expect(row.isDirty()).toBe(false);
    row.title = 'c';
    expect(row.dirtyFields()).toEqual(['title']);
  });

  test('is no part of the row', async () => {
    const row = await page();
    row.title = 'x';
    expect(Reflect.ownKeys(row)).toEqual(['id', 'createdAt', 'updatedAt', 'title', 'tags', 'at', 'body', 'price', 'note']);
    expect(JSON.parse(JSON.stringify(row))).toMatchObject({ title: 'x', body: 'AQI=', price: '1.50', at: '1970-01-01T00:00:01.000Z' });
    expect(structuredClone({ ...row }).title).toBe('x');
  });

  test('create writes every given field', async () => {
    const { sent } = await db.record(page);
    expect(sent[0]!.sql).toContain('("title", "tags", "at", "body", "price")');
  });

  test('a key that is made in process is no field that changes', async () => {
    const ticket = await Ticket.create(db.ctx, { name: 'a' });
    (ticket as any).id = 'other';
    expect(ticket.dirtyFields()).toEqual([]);
  });

  test("a pair's new row begins clean", async () => {
    const row = await page();
    row.title = 'x';
    const { old, new: after } = await row.updateReturningPair(db.ctx);
    expect([old.dirtyFields(), after.dirtyFields(), after.title]).toEqual([[], [], 'x']);
    after.title = 'y';
    expect(after.dirtyFields()).toEqual(['title']);
  });
});

describe('with some fields tracked', () => {
  test('a save writes the untracked ones always, and the tracked ones when they changed', async () => {
    const row = await note();
    expect(await setOf(() => row.save(db.ctx))).toBe(`"title" = $1, ${STAMP}`);
    row.tags.push('x');
    expect([row.isDirty(), row.dirtyFields()]).toEqual([true, ['tags']]);
    expect(await setOf(() => row.save(db.ctx))).toBe(`"title" = $1, "tags" = $2, ${STAMP}`);
    row.title = 'x';
    expect(row.isDirty()).toBe(false);
  });

  test('onlyIfDirty still writes the untracked ones', async () => {
    const row = await note();
    expect(await setOf(() => row.save(db.ctx, { onlyIfDirty: true }))).toBe(`"title" = $1, ${STAMP}`);
  });

  test('a column that another session changed is not overwritten while it is clean', async () => {
    const row = await note();
    await db.script(`UPDATE notes SET body = 'theirs'`);
    row.title = 'mine';
    await row.save(db.ctx);
    expect(row).toMatchObject({ title: 'mine', body: 'theirs' });
    expect(row.isDirty()).toBe(false);
  });
});
