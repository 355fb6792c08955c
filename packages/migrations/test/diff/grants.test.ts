// Grants: of the application's role from models, read back, and changed.

import { f, model } from '@djogi/core';
import { expect, test } from 'vitest';
import {
  diffSnapshots,
  executePlan,
  makeSnapshot,
  planMigration,
  readCatalog,
  renderCreate,
  snapshotOf,
  type GrantSnapshot,
  type SchemaSnapshot,
} from '../../src/index.ts';
import { useServer } from '../database.ts';
import { column, sequence, table } from '../parts.ts';

const database = useServer();

const of = (...grants: GrantSnapshot[]): SchemaSnapshot =>
  makeSnapshot({ tables: [table('posts', [column('n', 'integer')], { grants })], sequences: [sequence('numbers', { grants })] });
const grant = (privileges: string[], more: Partial<GrantSnapshot> = {}): GrantSnapshot => ({
  role: 'pg_monitor',
  privileges,
  isGrantable: false,
  ...more,
});

test('the role of the application may read and write the rows of every table', () => {
  class Post extends model('posts', { title: f.text() }) {}
  expect(snapshotOf([Post]).tables[0]!.grants).toEqual([]);
  expect(snapshotOf([Post], { appRole: 'app' }).tables[0]!.grants).toEqual([
    { role: 'app', privileges: ['delete', 'insert', 'select', 'update'], isGrantable: false },
  ]);
  expect(renderCreate(snapshotOf([Post], { appRole: 'app' })).at(-1)).toBe(
    'GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE "public"."posts" TO "app"',
  );
});

test('grants are read of the roles that are named, and of no other', async () => {
  const db = await database({ bootstrap: false });
  await db.apply([...renderCreate(of(grant(['select', 'update']))), 'GRANT SELECT ON posts TO pg_read_all_data']);
  const read = async (roles?: string[]): Promise<SchemaSnapshot> =>
    (await readCatalog(db.ctx, roles === undefined ? {} : { roles })).snapshot;
  expect((await read()).tables[0]!.grants).toEqual([]);
  expect(diffSnapshots(await read(['pg_monitor']), of(grant(['select', 'update']))).operations).toEqual([]);
});

test('only what differs is granted and revoked, and the way back undoes it', async () => {
  const db = await database({ bootstrap: false });
  const [from, to] = [of(grant(['select', 'update'])), of(grant(['select'], { isGrantable: true }), grant(['update'], { role: 'public' }))];
  await db.apply(renderCreate(from));
  const plan = planMigration(diffSnapshots(from, to));
  expect(plan.segments.flatMap(({ steps }) => steps.flatMap(({ statements }) => statements))).toEqual([
    'REVOKE SELECT, UPDATE ON SEQUENCE "public"."numbers" FROM "pg_monitor"',
    'GRANT SELECT ON SEQUENCE "public"."numbers" TO "pg_monitor" WITH GRANT OPTION',
    'GRANT UPDATE ON SEQUENCE "public"."numbers" TO PUBLIC',
    'REVOKE SELECT, UPDATE ON TABLE "public"."posts" FROM "pg_monitor"',
    'GRANT SELECT ON TABLE "public"."posts" TO "pg_monitor" WITH GRANT OPTION',
    'GRANT UPDATE ON TABLE "public"."posts" TO PUBLIC',
  ]);
  const read = async (): Promise<SchemaSnapshot> => (await readCatalog(db.ctx, { roles: ['pg_monitor', 'public'] })).snapshot;
  await executePlan(db.ctx, plan);
  expect(diffSnapshots(await read(), to).operations).toEqual([]);
  await executePlan(db.ctx, plan, { direction: 'down' });
  expect(diffSnapshots(await read(), from).operations).toEqual([]);
});
