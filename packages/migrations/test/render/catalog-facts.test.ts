// Each field kind, key kind and option, through real models to a real table: what the server's catalog says of it.

import { check, exclude, f, index, model, opclass, pgEnum, pk, sql, unique, type Field } from '@djogi/core';
import { describe, expect, test } from 'vitest';
import { fieldOf, keyTargetOf } from '@djogi/core/extension';
import { renderCreate, snapshotOf } from '../../src/index.ts';
import { useServer, type TestDatabase } from '../database.ts';

const database = useServer();

const Status = pgEnum('status', ['draft', 'published']);
const Odd = pgEnum('Odd Name', ['a', "b'c"]);

/** The reference of a key column, as the relations package makes it. */
function reference(target: object, options: Record<string, unknown> = {}): Field<any> {
  return fieldOf({ stored: 'key', valueKind: () => keyTargetOf(target).valueKind, reference: { target, ...options } });
}

async function create(...models: readonly any[]): Promise<TestDatabase> {
  const db = await database();
  await db.apply(renderCreate(snapshotOf(models)));
  return db;
}

const COLUMNS = `
  SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS "notNull", pg_get_expr(d.adbin, d.adrelid) AS "default",
    a.attidentity::text AS identity, a.attgenerated::text AS generated
  FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attrelid = $1::regclass AND a.attnum > 0 ORDER BY a.attnum`;

interface Column {
  name: string;
  type: string;
  notNull: boolean;
  default: string | null;
  identity: string;
  generated: string;
}
const columns = (db: TestDatabase, table: string): Promise<Column[]> => db.raw.rows<Column>(COLUMNS.replace('$1', `'"${table}"'`));

async function constraints(db: TestDatabase, table: string): Promise<Record<string, string>> {
  const rows = await db.raw.rows<{ name: string; definition: string }>(
    `SELECT conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conrelid = '"${table}"'::regclass AND contype <> 'n' ORDER BY conname`,
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.definition]));
}

async function indexes(db: TestDatabase, table: string): Promise<Record<string, string>> {
  const rows = await db.raw.rows<{ name: string; definition: string }>(
    `SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE i.indrelid = '"${table}"'::regclass AND NOT EXISTS (SELECT FROM pg_constraint n WHERE n.conindid = i.indexrelid) ORDER BY c.relname`,
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.definition]));
}

describe('field kinds', () => {
  const kinds: [name: string, field: Field<any>, type: string, check: string | null][] = [
    ['text', f.text(), 'text', null],
    ['text with maxLength', f.text({ maxLength: 5 }), 'text', 'CHECK ((char_length(c) <= 5))'],
    ['varchar', f.varchar(120), 'character varying(120)', null],
    ['citext', f.citext(), 'citext', null],
    ['smallint', f.smallint(), 'smallint', null],
    ['int', f.int(), 'integer', null],
    ['bigint', f.bigint(), 'bigint', null],
    ['tinyint', f.tinyint(), 'smallint', "CHECK (((c >= '-128'::integer) AND (c <= 127)))"],
    ['uint8', f.uint8(), 'smallint', 'CHECK (((c >= 0) AND (c <= 255)))'],
    ['uint16', f.uint16(), 'integer', 'CHECK (((c >= 0) AND (c <= 65535)))'],
    ['uint32', f.uint32(), 'bigint', "CHECK (((c >= 0) AND (c <= '4294967295'::bigint)))"],
    ['safeInt', f.safeInt(), 'bigint', "CHECK (((c >= '-9007199254740991'::bigint) AND (c <= '9007199254740991'::bigint)))"],
    ['uint64', f.uint64(), 'numeric', "CHECK (((c >= (0)::numeric) AND (c <= '18446744073709551615'::numeric) AND (c = trunc(c))))"],
    ['uint8 without bounds', f.uint8({ bounds: false }), 'smallint', null],
    ['decimal', f.decimal(), 'numeric', "CHECK (((c > '-Infinity'::numeric) AND (c < 'Infinity'::numeric)))"],
    ['decimal with scale', f.decimal(10, 2), 'numeric(10,2)', "CHECK ((c <> 'NaN'::numeric))"],
    ['boolean', f.boolean(), 'boolean', null],
    ['real', f.real(), 'real', null],
    ['double', f.double(), 'double precision', null],
    ['timestamptz', f.timestamptz(), 'timestamp(3) with time zone', null],
    ['instant', f.instant(), 'timestamp(6) with time zone', null],
    ['date', f.date(), 'date', null],
    ['time', f.time(), 'time without time zone', null],
    ['timestamp', f.timestamp(), 'timestamp without time zone', null],
    ['interval', f.interval(), 'interval', null],
    ['inet', f.inet(), 'inet', null],
    ['cidr', f.cidr(), 'cidr', null],
    ['macaddr', f.macaddr(), 'macaddr', null],
    ['int4range', f.range('int4'), 'int4range', null],
    ['int8range', f.range('int8'), 'int8range', null],
    [
      'numrange',
      f.range('num'),
      'numrange',
      "CHECK (((lower(c) > '-Infinity'::numeric) AND (lower(c) < 'Infinity'::numeric) AND ((upper(c) > '-Infinity'::numeric) AND (upper(c) < 'Infinity'::numeric))))",
    ],
    ['tsrange', f.range('ts'), 'tsrange', null],
    ['tstzrange', f.range('tstz'), 'tstzrange', null],
    ['daterange', f.range('date'), 'daterange', null],
    ['array of intervals', f.array(f.interval()), 'interval[]', null],
    ['uuid', f.uuid(), 'uuid', null],
    ['bytea', f.bytea(), 'bytea', null],
    ['enum', f.enum(Status), 'status', null],
    ['enum with an odd name', f.enum(Odd), '"Odd Name"', null],
    ['array', f.array(f.text()), 'text[]', null],
    ['array of enums', f.array(f.enum(Status)), 'status[]', null],
    ['id', f.id(pk.ranjId()), 'uuid', null],
    ['version', f.version(), 'integer', null],
  ];

  test.each(kinds)('%s is the column that its snapshot says', async (_, field, type, check) => {
    class Kind extends model('kinds', { c: field }, { timestamps: false }) {}
    const snapshot = snapshotOf([Kind]);
    const db = await create(Kind);
    const column = (await columns(db, 'kinds')).find(({ name }) => name === 'c')!;
    expect(column.type).toBe(snapshot.tables[0]!.columns.find(({ name }) => name === 'c')!.type);
    expect(column.type).toBe(type);
    expect(column.notNull).toBe(true);
    expect((await constraints(db, 'kinds'))['kinds_c_check'] ?? null).toBe(check);
  });

  test('custom types are taken as they are spelled', async () => {
    class Place extends model('places', { at: f.custom({ sqlType: 'point', codec: f.text as never }) }, { timestamps: false }) {}
    const db = await create(Place);
    expect((await columns(db, 'places')).map(({ type }) => type)).toEqual(['bigint', 'point']);
  });
});

describe('keys', () => {
  test.each([
    ['heerIdDesc', pk.heerIdDesc(), 'bigint', 'heerid_next_desc()', ''],
    ['heerId', pk.heerId(), 'bigint', 'heerid_next()', ''],
    ['ranjId', pk.ranjId(), 'uuid', 'ranjid_next()', ''],
    ['ranjIdDesc', pk.ranjIdDesc(), 'uuid', 'ranjid_next_desc()', ''],
    ['serial', pk.serial(), 'integer', null, 'd'],
    ['bigserial', pk.bigserial({ column: 'ID' }), 'bigint', null, 'd'],
    ['custom', pk.custom({ name: 'sku', field: f.text(), default: sql`gen_random_uuid()::text` }), 'text', '(gen_random_uuid())::text', ''],
  ] as const)('%s', async (_, key, type, byDefault, identity) => {
    class Keyed extends model('keyed', {}, { pk: key as never, timestamps: false }) {}
    const db = await create(Keyed);
    const [column] = await columns(db, 'keyed');
    expect(column).toMatchObject({ type, default: byDefault, identity, notNull: true });
    expect(await constraints(db, 'keyed')).toEqual({ keyed_pkey: `PRIMARY KEY (${column!.name === 'ID' ? '"ID"' : 'id'})` });
  });

  test('a composite key keeps its order', async () => {
    class Line extends model('lines', { a: f.int(), b: f.int() }, { pk: pk.composite('b', 'a'), timestamps: false }) {}
    expect(await constraints(await create(Line), 'lines')).toEqual({ lines_pkey: 'PRIMARY KEY (b, a)' });
  });

  test('a model without key has no primary key', async () => {
    class Log extends model('logs', { a: f.int() }, { pk: pk.none(), timestamps: false }) {}
    expect(await constraints(await create(Log), 'logs')).toEqual({});
  });
});

describe('modifiers', () => {
  test('nullable, default, generated, column and comment', async () => {
    class Item extends model(
      'items',
      {
        a: f.text().nullable(),
        b: f.text().default("it's"),
        c: f.int().default(-3),
        d: f.text().default(sql`upper('x') || 'y'`),
        e: f.int().nullable().default(null),
        g: f.int().generated(sql`c * 2`),
        h: f.text().column('Order').comment("the user's \\ own"),
        i: f.timestamptz().default(sql`now() AT TIME ZONE 'UTC' AT TIME ZONE 'UTC'`),
        j: f.enum(Status).default('draft'),
        k: f.array(f.int()).default([1, 2]),
        l: f.boolean().default(true),
      },
      { comment: 'Things' },
    ) {}
    const db = await create(Item);
    const found = Object.fromEntries((await columns(db, 'items')).map((column) => [column.name, column]));
    expect(found['a']).toMatchObject({ notNull: false, default: null });
    expect(found['b']).toMatchObject({ default: "'it''s'::text", notNull: true });
    expect(found['c']!.default).toBe("'-3'::integer");
    expect(found['d']!.default).toBe("(upper('x'::text) || 'y'::text)");
    expect(found['e']).toMatchObject({ notNull: false, default: null });
    expect(found['g']).toMatchObject({ generated: 's', default: '(c * 2)' });
    expect(found['i']!.default).toContain('now()');
    expect(found['j']!.default).toBe("'draft'::status");
    expect(found['k']!.default).toBe("'{1,2}'::integer[]");
    expect(found['l']!.default).toBe('true');
    expect(found['created_at']).toMatchObject({
      type: 'timestamp(3) with time zone',
      notNull: true,
      default: "date_trunc('milliseconds'::text, now())",
    });
    const comments = await db.raw.one(
      `SELECT obj_description('items'::regclass, 'pg_class') AS of, col_description('items'::regclass, attnum) AS part FROM pg_attribute WHERE attrelid = 'items'::regclass AND attname = 'Order'`,
    );
    expect(comments).toEqual({ of: 'Things', part: "the user's \\ own" });
  });

  test('unique, index and check, with a line comment in the SQL', async () => {
    class Item extends model('items', {
      a: f.text().unique(),
      b: f.text().nullable().unique({ nullsNotDistinct: true }),
      c: f.text().index(),
      d: f.array(f.int()).index(),
      e: f.uint8().check(sql`e <> 7`),
      g: f.int().check(sql`g <> 7 -- unlucky`),
    }) {}
    const db = await create(Item);
    expect(await constraints(db, 'items')).toEqual({
      items_a_key: 'UNIQUE (a)',
      items_e_check: 'CHECK (((e >= 0) AND (e <= 255) AND (e <> 7)))',
      items_g_check: 'CHECK ((g <> 7))',
      items_pkey: 'PRIMARY KEY (id)',
    });
    expect(await indexes(db, 'items')).toEqual({
      items_b_uidx: 'CREATE UNIQUE INDEX items_b_uidx ON public.items USING btree (b) NULLS NOT DISTINCT',
      items_c_idx: 'CREATE INDEX items_c_idx ON public.items USING btree (c)',
      items_d_idx: 'CREATE INDEX items_d_idx ON public.items USING gin (d)',
    });
  });
});

test('table objects are what they say', async () => {
  class Post extends model('posts', {
    slug: f.text(),
    views: f.int(),
    room: f.int(),
    at: f.timestamptz().nullable(),
    status: f.enum(Status),
  }) {
    static readonly tableObjects = [
      index(Post, (p) => [p.room, p.at.desc()], { where: (p) => p.status.eq('published'), concurrently: true }),
      index(Post, (p) => [opclass(p.slug, 'text_pattern_ops')], { name: 'Pattern' }),
      index(Post, (p) => [p.slug.lower()]),
      index(Post, (p) => [p.room], { using: 'hash', name: 'posts_room_hash' }),
      index(Post, (p) => [p.at.asc().nullsFirst()], { include: (p) => [p.views] }),
      unique(Post, (p) => [p.slug, p.room]),
      unique(Post, (p) => [p.slug], { where: (p) => p.views.gt(0) }),
      check(Post, 'views', (p) => p.views.gte(0)),
      exclude(
        Post,
        'room',
        'gist',
        (p) => [
          { of: p.room, with: '=' },
          { of: p.slug.lower(), with: '=' },
        ],
        { where: (p) => p.views.gt(5), deferrable: true, initiallyDeferred: true },
      ),
    ];
  }
  const db = await create(Post);
  expect(await constraints(db, 'posts')).toEqual({
    posts_pkey: 'PRIMARY KEY (id)',
    posts_room_excl: 'EXCLUDE USING gist (room WITH =, lower(slug) WITH =) WHERE ((views > 5)) DEFERRABLE INITIALLY DEFERRED',
    posts_slug_room_key: 'UNIQUE (slug, room)',
    posts_views_check: 'CHECK ((views >= 0))',
  });
  expect(await indexes(db, 'posts')).toEqual({
    Pattern: 'CREATE INDEX "Pattern" ON public.posts USING btree (slug text_pattern_ops)',
    posts_at_idx: 'CREATE INDEX posts_at_idx ON public.posts USING btree (at NULLS FIRST) INCLUDE (views)',
    posts_expr_idx: 'CREATE INDEX posts_expr_idx ON public.posts USING btree (lower(slug))',
    posts_room_at_idx: "CREATE INDEX posts_room_at_idx ON public.posts USING btree (room, at DESC) WHERE (status = 'published'::status)",
    posts_room_hash: 'CREATE INDEX posts_room_hash ON public.posts USING hash (room)',
    posts_slug_uidx: 'CREATE UNIQUE INDEX posts_slug_uidx ON public.posts USING btree (slug) WHERE (views > 0)',
  });
});

test('foreign keys keep their actions, and tables that need each other are created', async () => {
  class Person extends model('people', {
    get boss() {
      return reference(Person, { onDelete: 'setNull' }).nullable();
    },
    get home() {
      return reference(House, { onDelete: 'cascade', onUpdate: 'restrict', deferrable: true, initiallyDeferred: true }).nullable();
    },
  }) {}
  class House extends model('houses', {
    get owner() {
      return reference(Person, { onDelete: 'restrict', index: false });
    },
  }) {}
  const db = await create(Person, House);
  expect(await constraints(db, 'people')).toEqual({
    people_boss_id_fkey: 'FOREIGN KEY (boss_id) REFERENCES people(id) ON DELETE SET NULL',
    people_home_id_fkey: 'FOREIGN KEY (home_id) REFERENCES houses(id) ON UPDATE RESTRICT ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED',
    people_pkey: 'PRIMARY KEY (id)',
  });
  expect(Object.keys(await indexes(db, 'people'))).toEqual(['people_boss_id_idx', 'people_home_id_idx']);
  expect((await constraints(db, 'houses'))['houses_owner_id_fkey']).toBe('FOREIGN KEY (owner_id) REFERENCES people(id) ON DELETE RESTRICT');
  expect(await indexes(db, 'houses')).toEqual({});
});

test('a hash-partitioned table has its partitions, their parameters and a key that contains the partition column', async () => {
  class Event extends model(
    'events',
    { org: f.int(), at: f.timestamptz().index() },
    { partitionBy: { hash: 'org', partitions: 3 }, storageParams: { fillfactor: '70' } },
  ) {}
  const db = await create(Event);
  expect(await constraints(db, 'events')).toEqual({ events_pkey: 'PRIMARY KEY (id, org)' });
  const partitions = await db.raw.rows(
    `SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound, c.reloptions[1] AS option FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid WHERE h.inhparent = 'events'::regclass ORDER BY 1`,
  );
  expect(partitions).toEqual(
    [0, 1, 2].map((n) => ({ name: `events_p${n}`, bound: `FOR VALUES WITH (modulus 3, remainder ${n})`, option: 'fillfactor=70' })),
  );
  await db.raw.execute('INSERT INTO events (org, at) SELECT n, now() FROM generate_series(1, 20) AS n');
  expect(await db.raw.scalar('SELECT count(*)::int FROM events')).toBe(20);
});

test('a range-partitioned table takes partitions that are made for it', async () => {
  class Event extends model('events', { at: f.timestamptz() }, { partitionBy: { range: 'at' } }) {}
  const db = await create(Event);
  await db.raw.execute("CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')");
  expect(await constraints(db, 'events_2026')).toEqual({ events_2026_pkey: 'PRIMARY KEY (id, at)' });
});

test('storage parameters reach the table and its TOAST table', async () => {
  class Doc extends model('docs', { body: f.text() }, { storageParams: { fillfactor: '70', 'toast.autovacuum_enabled': 'false' } }) {}
  const db = await create(Doc);
  const options = await db.raw.one(
    "SELECT c.reloptions::text AS own, t.reloptions::text AS toast FROM pg_class c JOIN pg_class t ON t.oid = c.reltoastrelid WHERE c.oid = 'docs'::regclass",
  );
  expect(options).toEqual({ own: '{fillfactor=70}', toast: '{autovacuum_enabled=false}' });
});

test('names that need quotes stay as they were declared', async () => {
  class Order extends model('Select "x"', {
    user: f
      .int()
      .column('from "here"')
      .unique()
      .check(sql`"from ""here""" > 0`),
  }) {}
  const db = await create(Order);
  const names = await db.raw.rows<{ name: string }>(
    `SELECT conname AS name FROM pg_constraint WHERE conrelid = (SELECT oid FROM pg_class WHERE relname = 'Select "x"') AND contype <> 'n' ORDER BY 1`,
  );
  expect(names.map(({ name }) => name)).toEqual(['Select "x"_from "here"_check', 'Select "x"_from "here"_key', 'Select "x"_pkey']);
});
