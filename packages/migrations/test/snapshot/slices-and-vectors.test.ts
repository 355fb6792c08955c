// What core derives rather than stores: proxies, which make no DDL, and columns and indexes that follow from expressions.

import { computed, f, index, model, opclass, pk, proxy } from '@djogi/core';
import { descriptorOf } from '@djogi/core/extension';
import { expect, test } from 'vitest';
import { readCatalog, renderCreate, snapshotOf } from '../../src/index.ts';
import { useServer } from '../database.ts';

class Entry extends model(
  'entries',
  { title: f.text(), body: f.text().nullable(), search: f.tsvector({ config: 'english', sources: { A: ['title'], B: ['body'] } }) },
  { pk: pk.serial(), timestamps: false },
) {
  static readonly computed = computed(Entry, (e) => ({ lowered: e.title.lower() }));
  static readonly tableObjects = [
    index(Entry, (e) => [e.lowered]),
    index(Entry, (e) => [opclass(e.title, 'gin_trgm_ops')], { using: 'gin' }),
  ];
}
class ShortEntry extends proxy(Entry, { filter: (e) => e.title.length().lt(10) }) {}

const database = useServer();

test('a proxy adds nothing to a snapshot, as a class or as a descriptor', () => {
  const alone = JSON.stringify(snapshotOf([Entry]));
  expect(JSON.stringify(snapshotOf([ShortEntry, Entry]))).toBe(alone);
  expect(JSON.stringify(snapshotOf([Entry, descriptorOf(ShortEntry)]))).toBe(alone);
  expect(snapshotOf([ShortEntry]).tables).toEqual([]);
});

test('computed fields make no column, and a vector makes one with its index', () => {
  const [table] = snapshotOf([Entry]).tables;
  expect(table!.columns.map((column) => column.name)).toEqual(['id', 'title', 'body', 'search']);
  expect(table!.indexes.map(({ name, method }) => [name, method])).toEqual([
    ['entries_expr_idx', 'btree'],
    ['entries_search_idx', 'gin'],
    ['entries_title_idx', 'gin'],
  ]);
});

test('the extension of an operator class is created before the index that needs it', async () => {
  const db = await database({ bootstrap: false });
  const statements = renderCreate(snapshotOf([Entry]));
  expect(statements[0]).toBe('CREATE EXTENSION IF NOT EXISTS "pg_trgm"');
  await db.apply(statements);
  const { snapshot, unsupported } = await readCatalog(db.ctx);
  expect(unsupported).toEqual([]);
  const search = snapshot.tables[0]!.columns.find((column) => column.name === 'search')!;
  expect([search.type, search.generated?.isStored, search.notNull === null]).toEqual(['tsvector', true, false]);
});
