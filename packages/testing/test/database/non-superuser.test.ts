import type { Context } from '@djogi/core';
import { executorOf } from '@djogi/core/extension';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectAsNonSuperuser, embedded, setupTestDb, type TestSetup } from '../../src/index.ts';
import { ask } from './ask.ts';

const provider = embedded();
let setup: TestSetup;
beforeAll(async () => {
  setup = await setupTestDb({ provider });
});
afterAll(async () => {
  await setup.dispose();
});

const script = (ctx: Context, sql: string): Promise<string> => executorOf(ctx).script(sql, { operation: 'test' });

const SCHEMA = `
  CREATE TABLE notes (id bigint PRIMARY KEY DEFAULT generate_id(), owner text NOT NULL, counter serial);
  CREATE SCHEMA other; CREATE TABLE other.things (id int);
  CREATE FUNCTION other.twice(i int) RETURNS int LANGUAGE sql AS 'SELECT i * 2'; REVOKE EXECUTE ON FUNCTION other.twice FROM public;
  INSERT INTO notes (owner) VALUES ('ada'), ('grace');
  ALTER TABLE notes ENABLE ROW LEVEL SECURITY; ALTER TABLE notes FORCE ROW LEVEL SECURITY;
  CREATE POLICY own ON notes USING (owner = current_setting('test.owner', true))`;

describe('a context of a user without privileges', () => {
  it('has none of the attributes that go past row security, even if the role had them before', async () => {
    const { db } = setup;
    await script(
      setup.ctx,
      'DO $$ BEGIN CREATE ROLE djogi_test_user; EXCEPTION WHEN duplicate_object THEN NULL; END $$; ALTER ROLE djogi_test_user SUPERUSER BYPASSRLS CREATEDB CREATEROLE REPLICATION',
    );
    const ctx = await connectAsNonSuperuser(db);
    await script(ctx, 'SELECT 1');
    expect(
      await ask(
        db.url(),
        `select rolcanlogin login, rolsuper super, rolcreatedb db, rolcreaterole role, rolreplication replication, rolbypassrls bypass from pg_roles where rolname = 'djogi_test_user'`,
      ),
    ).toEqual([{ login: true, super: false, db: false, role: false, replication: false, bypass: false }]);
    await expect(script(ctx, 'CREATE DATABASE mine')).rejects.toMatchObject({ code: 'DATABASE', sqlState: '42501' });
  });

  it('sees the rows its policy allows and no others', async () => {
    const { db } = setup;
    await script(setup.ctx, SCHEMA);
    const ctx = await connectAsNonSuperuser(db);
    // A failing assertion in the database keeps the test free of a row decoder.
    const assertCount = (owner: string, count: number): string =>
      `BEGIN; SET LOCAL test.owner = '${owner}'; DO $$ BEGIN IF (SELECT count(*) FROM notes) <> ${count} THEN RAISE 'saw %', (SELECT count(*) FROM notes); END IF; END $$; COMMIT`;
    await expect(script(ctx, assertCount('ada', 1))).resolves.toBe('COMMIT');
    await expect(script(ctx, assertCount('nobody', 0))).resolves.toBe('COMMIT');
    await expect(script(setup.ctx, assertCount('nobody', 2))).resolves.toBe('COMMIT');
  });

  it('sees more when the policy is taken away, so that a test of it fails', async () => {
    const own = await setupTestDb({ provider });
    try {
      await script(own.ctx, SCHEMA);
      const ctx = await connectAsNonSuperuser(own.db);
      const seesTwo = `DO $$ BEGIN IF (SELECT count(*) FROM notes) <> 2 THEN RAISE 'saw %', (SELECT count(*) FROM notes); END IF; END $$`;
      await expect(script(ctx, seesTwo)).rejects.toMatchObject({ code: 'DATABASE' });
      await script(own.ctx, 'ALTER TABLE notes DISABLE ROW LEVEL SECURITY');
      await expect(script(ctx, seesTwo)).resolves.toBe('DO');
    } finally {
      await own.dispose();
    }
  });

  it('may write rows, use sequences, generate ids and call functions in every schema', async () => {
    const ctx = await connectAsNonSuperuser(setup.db);
    await script(
      ctx,
      `BEGIN; SET LOCAL test.owner = 'ada'; INSERT INTO notes (owner) VALUES ('ada'); UPDATE notes SET counter = counter; DELETE FROM notes; COMMIT`,
    );
    await script(ctx, 'INSERT INTO other.things SELECT other.twice(2); UPDATE other.things SET id = 1; DELETE FROM other.things');
    await expect(script(ctx, 'CREATE TABLE public.mine (id int)')).rejects.toMatchObject({ sqlState: '42501' });
  });

  it('can be opened by several workers at the same time', async () => {
    const setups = await Promise.all([1, 2, 3, 4].map(() => setupTestDb({ provider })));
    const contexts = await Promise.all(setups.map(({ db }) => connectAsNonSuperuser(db)));
    for (const ctx of contexts) expect(await script(ctx, 'SELECT 1')).toBe('SELECT');
    await Promise.all(setups.map((each) => each.dispose()));
  });
});
