import fc from 'fast-check';
import { expect, test } from 'vitest';
import { modelDatabase } from './support/database.ts';
import { Note, Page, people, tables } from './support/people.ts';

const db = modelDatabase(() => people, { clean: tables });

const text = fc.string({ unit: 'grapheme', maxLength: 8 }).map((value) => value.replaceAll('\0', ''));
const pagePatch = fc.record(
  {
    title: text,
    tags: fc.array(text, { maxLength: 3 }),
    at: fc.date({ min: new Date('1900-01-01'), max: new Date('2200-01-01'), noInvalidDate: true }),
    body: fc.uint8Array({ maxLength: 4 }),
    price: fc
      .tuple(fc.integer({ min: -99999, max: 99999 }), fc.nat(99))
      .map(([whole, cents]) => `${whole}.${String(cents).padStart(2, '0')}`),
    note: fc.option(text),
  },
  { requiredKeys: [] },
);

type Act = { readonly kind: 'assign' | 'update' | 'save' | 'mutate' | 'mark' | 'saveNote'; readonly patch: Record<string, unknown> };
const acts = fc.array(
  fc.record({ kind: fc.constantFrom<Act['kind']>('assign', 'update', 'save', 'mutate', 'mark', 'saveNote'), patch: pagePatch }),
  { maxLength: 8 },
);

const columns = (row: Page) => ({
  title: row.title,
  tags: [...row.tags],
  at: row.at.getTime(),
  body: [...row.body],
  price: row.price,
  note: row.note,
});

test('whatever was done to a tracked row, a save leaves the database with what the row says', async () => {
  await fc.assert(
    fc.asyncProperty(acts, async (steps) => {
      const row = await Page.create(db.ctx, { title: 'T', tags: ['a'], at: new Date(1000), body: Uint8Array.of(1, 2), price: '1.50' });
      for (const { kind, patch } of steps) {
        if (kind === 'assign') row.assign(patch);
        else if (kind === 'update' && Object.keys(patch).length > 0) await row.update(db.ctx, patch);
        else if (kind === 'save') await row.save(db.ctx);
        else if (kind === 'saveNote') await row.save(db.ctx, { fields: ['note'] });
        else if (kind === 'mark') row.markDirty('title');
        else {
          row.tags.push('pushed');
          row.at.setTime(row.at.getTime() + 1);
          if (row.body.length > 0) row.body[0]! ^= 255;
        }
      }
      await row.save(db.ctx);
      expect(columns(await row.reload(db.ctx))).toEqual(columns(row));
      expect(row.dirtyFields()).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('a row is dirty in exactly the fields that a save would change', async () => {
  await fc.assert(
    fc.asyncProperty(pagePatch, async (patch) => {
      const row = await Page.create(db.ctx, { title: 'T', tags: ['a'], at: new Date(1000), body: Uint8Array.of(1, 2), price: '1.50' });
      const before = columns(row);
      row.assign(patch);
      const after = columns(row),
        changed = Object.keys(before).filter((key) => JSON.stringify(before[key as 'title']) !== JSON.stringify(after[key as 'title']));
      expect(row.dirtyFields()).toEqual(changed);
      const { sent } = await db.record(() => row.save(db.ctx));
      expect(changed.every((key) => sent[0]!.sql.includes(`"${key}" = `))).toBe(true);
      expect(sent[0]!.values).toHaveLength(changed.length + 1);
    }),
    { numRuns: 60 },
  );
});

test('two sessions that change different tracked fields of one row both keep their change', async () => {
  await fc.assert(
    fc.asyncProperty(text, text, async (title, body) => {
      const mine = await Note.create(db.ctx, { title: 'T', body: 'B', tags: [] }),
        theirs = await mine.reload(db.ctx);
      mine.body = `mine ${body}`;
      theirs.tags.push(title);
      await mine.save(db.ctx);
      await theirs.save(db.ctx);
      expect(await mine.reload(db.ctx)).toMatchObject({ body: `mine ${body}`, tags: [title] });
    }),
    { numRuns: 20 },
  );
});
