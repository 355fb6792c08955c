// Reading a catalog: what is named as outside the vocabulary, and what happens to the session.

import { createPool } from '@djogi/core/pool';
import { rawPool, rawSql } from '@djogi/core/raw';
import { expect, test } from 'vitest';
import { readCatalog, SchemaError, type CatalogClient } from '../../src/index.ts';
import { printedIdentifier } from '../../src/snapshot/qualified-name.ts';
import { useServer, type TestDatabase } from '../database.ts';

const database = useServer();
const empty = (): Promise<TestDatabase> => database({ bootstrap: false });

test('names every object kind that a snapshot has no place for', async () => {
  const db = await empty();
  await db.raw.script(
    `
    CREATE TABLE t (id int PRIMARY KEY WITH (fillfactor = 50), body text STORAGE EXTERNAL, a int, b int);
    CREATE VIEW v AS SELECT 1 AS one;
    CREATE MATERIALIZED VIEW m AS SELECT 1 AS one;
    CREATE TYPE composite AS (a int);
    CREATE DOMAIN d AS int;
    CREATE TYPE r AS RANGE (subtype = int);
    CREATE TABLE child () INHERITS (t);
    CREATE TABLE typed OF composite;
    CREATE TABLE parent (k int, l int) PARTITION BY RANGE (k);
    CREATE TABLE parent_sub PARTITION OF parent FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (k);
    CREATE TABLE parent_own PARTITION OF parent FOR VALUES FROM (10) TO (20);
    CREATE INDEX own_index ON parent_own (l);
    ALTER TABLE parent_own ADD CONSTRAINT own_check CHECK (l > 0);
    CREATE TABLE keyed (k int) PARTITION BY RANGE ((k + 1), (k + 2));
    CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
    CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
    CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);
    CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION g();
    CREATE RULE w AS ON DELETE TO t DO INSTEAD NOTHING;
    CREATE STATISTICS s ON a, b FROM t;
    ALTER TABLE t REPLICA IDENTITY FULL;
    CREATE EXTENSION pg_trgm;
    CREATE INDEX trgm ON t USING gist (body gist_trgm_ops (siglen = 32));
    CREATE FOREIGN DATA WRAPPER w;
    CREATE SERVER s FOREIGN DATA WRAPPER w;
    CREATE FOREIGN TABLE ft (a int) SERVER s;
  `,
  );
  await db.raw.execute('INSERT INTO t (id, a) VALUES (1, 1), (2, 1)');
  await expect(db.raw.execute('CREATE UNIQUE INDEX CONCURRENTLY broken ON t (a)')).rejects.toMatchObject({ code: 'CONSTRAINT' });
  const { unsupported, snapshot } = await readCatalog(db.ctx);
  expect(unsupported.map(({ kind, object }) => `${kind} ${object}`)).toEqual([
    'aggregate public.total(integer)',
    'column storage public.child.body',
    'column storage public.t.body',
    'composite type public.composite',
    'constraint of a partition public.parent_own.own_check',
    'domain public.d',
    'extended statistics public.s',
    'foreign table public.ft',
    'function public.f(integer)',
    'function public.g()',
    'index of a partition public.own_index',
    'inherited table public.child',
    'invalid index public.broken',
    'materialized view public.m',
    'operator class parameters public.trgm',
    'parameters of a constraint index public.t_pkey',
    'partition key public.keyed',
    'procedure public.p()',
    'range type public.r',
    'replica identity public.t',
    'rule public.t.w',
    'sub-partitioned table public.parent_sub',
    'trigger public.t.g',
    'typed table public.typed',
    'view public.v',
  ]);
  expect(snapshot.tables.find(({ name }) => name === 't')!.indexes.map(({ name }) => name)).toEqual(['trgm']);
});

test('what belongs to an extension is the extension', async () => {
  const db = await empty();
  await db.raw.script('CREATE SCHEMA ext; CREATE EXTENSION citext; CREATE EXTENSION hstore SCHEMA ext');
  const { snapshot, unsupported } = await readCatalog(db.ctx, { schemas: ['public', 'ext'] });
  expect(unsupported).toEqual([]);
  expect(snapshot).toMatchObject({
    extensions: [
      { name: 'citext', schema: null },
      { name: 'hstore', schema: 'ext' },
    ],
    tables: [],
  });
});

test('reads only the schemas that are named', async () => {
  const db = await empty();
  await db.raw.script('CREATE SCHEMA other; CREATE TABLE other.t (); CREATE TABLE t ()');
  const schemas = async (named?: string[]): Promise<string[]> =>
    (await readCatalog(db.ctx, named === undefined ? {} : { schemas: named })).snapshot.tables.map(({ schema }) => schema);
  expect(await schemas()).toEqual(['public']);
  expect(await schemas(['other'])).toEqual(['other']);
});

test('spells names the same whatever the search path, and puts the path back', async () => {
  const db = await empty();
  await db.raw.script("CREATE SCHEMA other; CREATE TYPE other.e AS ENUM ('a'); CREATE TABLE t (e other.e)");
  await db.ctx.atomic(async (tx) => {
    const raw = rawSql(tx, 'a test of the search path');
    await raw.execute('SET LOCAL search_path = other');
    const { snapshot } = await readCatalog(tx);
    expect(snapshot.tables[0]!.columns[0]!.type).toBe('other.e');
    expect(await raw.scalar("SELECT current_setting('search_path')")).toBe('other');
  });
});

test('reads over one connection of any driver, and refuses a client that changes connections', async () => {
  const db = await empty();
  await db.raw.script('CREATE TABLE t ()');
  const pools = await Promise.all([1, 2].map(() => createPool({ url: db.url, max: 1 })));
  try {
    const clientOf = (choose: (turn: number) => number): CatalogClient => {
      let turn = 0;
      return {
        query: async (text, values) => ({ rows: await rawPool(pools[choose(turn++)]!, 'a client made for a test').rows(text, values) }),
      };
    };
    expect((await readCatalog(clientOf(() => 0))).snapshot.tables.map(({ name }) => name)).toEqual(['t']);
    const error: unknown = await readCatalog(clientOf((turn) => turn % 2)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SchemaError);
    expect(error).toMatchObject({ rule: 'catalog_session' });
  } finally {
    for (const pool of pools) await pool.close();
  }
});

test('a failed reading reports what failed', async () => {
  const db = await empty();
  const reading = db.ctx.atomic(async (tx) => {
    await rawSql(tx, 'a test of a failing statement').execute("SET LOCAL statement_timeout = '1ms'");
    await readCatalog(tx);
  });
  await expect(reading).rejects.toMatchObject({ sqlState: '57014' });
  expect((await readCatalog(db.ctx)).snapshot.tables).toEqual([]);
});

test('identifiers are quoted exactly where the server quotes them', async () => {
  const db = await empty();
  const words = await db.raw.rows<{ word: string; quoted: string }>(
    "SELECT word, quote_ident(word) AS quoted FROM pg_get_keywords() UNION ALL SELECT w, quote_ident(w) FROM unnest(ARRAY['plain', 'Mixed', 'a b', '1st', '_x', 'x$', 'é', 'quo\"te']) AS w",
  );
  expect(words.length).toBeGreaterThan(400);
  for (const { word, quoted } of words) expect(printedIdentifier(word)).toBe(quoted);
});
