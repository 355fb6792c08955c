// Every form of statement and every option: its text, its placeholders, and that the server takes it.

import { beforeAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../src/db/port.ts';
import {
  column,
  derivedSource,
  operation,
  parameter,
  source,
  sqlText,
  subquery,
  value,
  type Node,
  type Source,
} from '../../src/expr/node.ts';
import { listKind } from '../../src/expr/operations.ts';
import { OPERATORS } from '../../src/expr/operators.ts';
import { renderLiteral } from '../../src/expr/render.ts';
import { MAX_PARAMETERS, renderStatement } from '../../src/statement/render-statement.ts';
import type { InsertStatement, SelectStatement, Statement } from '../../src/statement/statement.ts';
import { arrayKind } from '../../src/value/array.ts';
import { decimalKind } from '../../src/value/decimal.ts';
import { bigintKind, booleanKind, intKind } from '../../src/value/number.ts';
import { textKind } from '../../src/value/text.ts';
import { timestamptzKind } from '../../src/value/time.ts';
import type { ValueKind } from '../../src/value/kind.ts';
import { growth } from '../support/growth.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();
let connection: Connection;
beforeAll(async () => {
  connection = await server.open();
  await connection.script(`CREATE SCHEMA "odd ""schema"; CREATE TABLE "odd ""schema"."Order" (id integer PRIMARY KEY);
    CREATE TABLE t (id integer PRIMARY KEY, a integer DEFAULT 7, b text DEFAULT 'dflt', n numeric(6,2), tags text[], CONSTRAINT "t ab" UNIQUE (a, b)); INSERT INTO t (id, a, b) VALUES (1, 1, 'one'), (2, 2, 'two'), (3, 2, 'deux');
    CREATE FUNCTION some_keys(n integer) RETURNS SETOF integer LANGUAGE sql AS 'SELECT 100 + i FROM generate_series(1, n) AS i'`);
});

const t = source('t'),
  order = source('Order', 'odd "schema');
const col = (from: Source, name: string, kind: ValueKind): Node => column(from, name, name, kind);
const id = col(t, 'id', intKind),
  a = col(t, 'a', intKind),
  b = col(t, 'b', textKind);
const int = (worth: unknown): Node => value(worth, intKind),
  text = (worth: unknown): Node => value(worth, textKind);
const eq = (left: Node, right: Node): Node => operation(OPERATORS.eq, [left, right], booleanKind);
const select = (more: Partial<SelectStatement> = {}): SelectStatement => ({
  kind: 'select',
  from: t,
  projection: [id],
  where: null,
  orderBy: [],
  ...more,
});
const insert = (more: Partial<InsertStatement>): InsertStatement => ({
  kind: 'insert',
  into: t,
  columns: ['id'],
  rows: { kind: 'values', values: [int(9)] },
  returning: null,
  ...more,
});
const listOf = (kind: ValueKind, ...items: unknown[]): Node => value(items, listKind(kind));
const before = source('t'),
  after = source('t'),
  offered = source('t');

/** The values as they travel, and what the server says to the statement: rows, or the count of a write. Nothing is kept. */
async function run(statement: Statement): Promise<{ text: string; values: unknown[]; count: number }> {
  const { text: sql, placeholders } = renderStatement(statement);
  const values = placeholders.map((placeholder) => (placeholder.kind === 'value' ? placeholder.value : `slot ${placeholder.slot}`));
  await connection.script('BEGIN');
  try {
    const call = { statement: { text: sql, parameters: placeholders.map(({ valueKind }) => valueKind.codec), rows: null }, values };
    const { rowCount } = await connection.execute(call);
    return { text: sql, values, count: rowCount };
  } finally {
    await connection.script('ROLLBACK');
  }
}

type Fixture = [name: string, statement: Statement, text: string, values: unknown[], count: number];

describe('SELECT', () => {
  test.each<Fixture>([
    ['plain', select(), 'SELECT "id" FROM "t"', [], 3],
    [
      'of a table in a schema with odd names',
      { kind: 'select', from: order, projection: [col(order, 'id', intKind)], where: null, orderBy: [] },
      'SELECT "id" FROM "odd ""schema"."Order"',
      [],
      0,
    ],
    ['without FROM', select({ from: null, projection: [int(1), text('x')] }), 'SELECT $1::integer, $2::text', [1, 'x'], 1],
    ['of keyed columns', select({ projection: { key: 'row', nodes: () => [id, a] } }), 'SELECT "id", "a" FROM "t"', [], 3],
    [
      'of expressions',
      select({ projection: [operation(OPERATORS.add, [a, int(1)], intKind), int(5), eq(a, b)].slice(0, 2) }),
      'SELECT "a" + $1, $2::integer FROM "t"',
      [1, 5],
      3,
    ],
    ['where', select({ where: eq(a, int(2)) }), 'SELECT "id" FROM "t" WHERE "a" = $1', [2], 2],
    [
      'ordered',
      select({
        orderBy: [
          { by: a, direction: 'desc' },
          { by: id, direction: 'asc' },
        ],
      }),
      'SELECT "id" FROM "t" ORDER BY "a" DESC, "id" ASC',
      [],
      3,
    ],
    [
      'ordered with nulls',
      select({
        orderBy: [
          { by: a, direction: 'desc', nulls: 'last' },
          { by: b, direction: 'asc', nulls: 'first' },
        ],
      }),
      'SELECT "id" FROM "t" ORDER BY "a" DESC NULLS LAST, "b" ASC NULLS FIRST',
      [],
      3,
    ],
    [
      'ordered by an expression',
      select({ orderBy: [{ by: operation(OPERATORS.mod, [a, int(2)], intKind), direction: 'asc' }] }),
      'SELECT "id" FROM "t" ORDER BY "a" % $1 ASC',
      [2],
      3,
    ],
    ['a literal limit', select({ limit: 2 }), 'SELECT "id" FROM "t" LIMIT 2', [], 2],
    ['a limit of nothing', select({ limit: 0 }), 'SELECT "id" FROM "t" LIMIT 0', [], 0],
    ['a limit as a parameter', select({ limit: value(1001n, bigintKind) }), 'SELECT "id" FROM "t" LIMIT $1', [1001n], 3],
    ['an offset', select({ offset: value(2n, bigintKind) }), 'SELECT "id" FROM "t" OFFSET $1', [2n], 1],
    [
      'everything in its order',
      select({
        where: eq(a, int(2)),
        orderBy: [{ by: id, direction: 'asc' }],
        limit: value(1n, bigintKind),
        offset: value(1n, bigintKind),
        lock: { strength: 'update', wait: 'block' },
      }),
      'SELECT "id" FROM "t" WHERE "a" = $1 ORDER BY "id" ASC LIMIT $2 OFFSET $3 FOR UPDATE',
      [2, 1n, 1n],
      1,
    ],
    ['distinct', select({ distinct: true, projection: [a] }), 'SELECT DISTINCT "a" FROM "t"', [], 2],
    [
      'distinct on',
      select({
        distinct: [a],
        orderBy: [
          { by: a, direction: 'asc' },
          { by: id, direction: 'desc' },
        ],
      }),
      'SELECT DISTINCT ON ("a") "id" FROM "t" ORDER BY "a" ASC, "id" DESC',
      [],
      2,
    ],
    ['for share', select({ lock: { strength: 'share', wait: 'block' } }), 'SELECT "id" FROM "t" FOR SHARE', [], 3],
    [
      'for no key update nowait',
      select({ lock: { strength: 'noKeyUpdate', wait: 'nowait' } }),
      'SELECT "id" FROM "t" FOR NO KEY UPDATE NOWAIT',
      [],
      3,
    ],
    [
      'for key share skip locked of',
      select({ lock: { strength: 'keyShare', wait: 'skipLocked', of: [t] } }),
      'SELECT "id" FROM "t" FOR KEY SHARE OF "t" SKIP LOCKED',
      [],
      3,
    ],
    [
      'a lock of a table in a schema',
      {
        kind: 'select',
        from: order,
        projection: [col(order, 'id', intKind)],
        where: null,
        orderBy: [],
        lock: { strength: 'update', wait: 'block', of: [order] },
      },
      'SELECT "id" FROM "odd ""schema"."Order" FOR UPDATE OF "Order"',
      [],
      0,
    ],
  ])('%s', async (_, statement, text_, values, count) => {
    expect(await run(statement)).toEqual({ text: text_, values, count });
  });
});

describe('SELECT EXISTS and count', () => {
  test.each<Fixture>([
    ['exists', { kind: 'exists', of: select({ where: eq(a, int(9)) }) }, 'SELECT EXISTS(SELECT 1 FROM "t" WHERE "a" = $1 LIMIT 1)', [9], 1],
    [
      'exists drops projection and order',
      {
        kind: 'exists',
        of: select({
          projection: [operation(OPERATORS.add, [a, int(1)], intKind)],
          orderBy: [{ by: b, direction: 'asc' }],
          distinct: true,
        }),
      },
      'SELECT EXISTS(SELECT 1 FROM "t" LIMIT 1)',
      [],
      1,
    ],
    [
      'exists keeps a limit and an offset',
      { kind: 'exists', of: select({ limit: 0, offset: value(1n, bigintKind) }) },
      'SELECT EXISTS(SELECT 1 FROM "t" LIMIT 0 OFFSET $1)',
      [1n],
      1,
    ],
    [
      'exists beyond distinct rows',
      { kind: 'exists', of: select({ distinct: true, projection: [a], offset: value(1n, bigintKind) }) },
      'SELECT EXISTS(SELECT DISTINCT "a" FROM "t" LIMIT 1 OFFSET $1)',
      [1n],
      1,
    ],
    ['count', { kind: 'count', of: select({ where: eq(a, int(2)) }) }, 'SELECT count(*) FROM "t" WHERE "a" = $1', [2], 1],
    [
      'count ignores order, limit, offset and lock',
      {
        kind: 'count',
        of: select({
          orderBy: [{ by: id, direction: 'asc' }],
          limit: 1,
          offset: value(1n, bigintKind),
          lock: { strength: 'update', wait: 'block' },
        }),
      },
      'SELECT count(*) FROM "t"',
      [],
      1,
    ],
    [
      'count of distinct rows',
      { kind: 'count', of: select({ distinct: true, projection: [a] }) },
      'SELECT count(*) FROM (SELECT DISTINCT "a" FROM "t") AS "sub"',
      [],
      1,
    ],
    [
      'count of distinct on',
      { kind: 'count', of: select({ distinct: [a], orderBy: [{ by: a, direction: 'asc' }] }) },
      'SELECT count(*) FROM (SELECT DISTINCT ON ("a") "id" FROM "t" ORDER BY "a" ASC) AS "sub"',
      [],
      1,
    ],
  ])('%s', async (_, statement, text_, values, count) => {
    expect(await run(statement)).toEqual({ text: text_, values, count });
  });
});

describe('INSERT', () => {
  const n = decimalKind({ precision: 6, scale: 2 }),
    tags = arrayKind(textKind) as ValueKind;
  test.each<Fixture>([
    [
      'values',
      insert({
        columns: ['id', 'a', 'n', 'tags'],
        rows: { kind: 'values', values: [int(9), int(null), value('1.50', n), value(['x', 'y'], tags)] },
      }),
      'INSERT INTO "t" ("id", "a", "n", "tags") VALUES ($1, $2, $3, $4)',
      [9, null, '1.50', ['x', 'y']],
      1,
    ],
    [
      'an expression among them',
      insert({
        columns: ['id', 'b'],
        rows: { kind: 'values', values: [operation(OPERATORS.add, [int(4), int(5)], intKind), sqlText("'x' || 'y'", textKind)] },
      }),
      'INSERT INTO "t" ("id", "b") VALUES ($1::integer + $2::integer, \'x\' || \'y\')',
      [4, 5],
      1,
    ],
    [
      'the same value twice',
      insert({ columns: ['id', 'a'], rows: { kind: 'values', values: ((node) => [node, node])(int(9)) } }),
      'INSERT INTO "t" ("id", "a") VALUES ($1, $1)',
      [9],
      1,
    ],
    [
      'lists',
      insert({
        columns: ['id', 'b'],
        rows: { kind: 'lists', columns: [{ list: listOf(intKind, 8, 9) }, { list: listOf(textKind, 'x', null) }] },
      }),
      'INSERT INTO "t" ("id", "b") SELECT "c0", "c1" FROM unnest($1::integer[], $2::text[]) WITH ORDINALITY AS "r" ("c0", "c1", "ordinality") ORDER BY "ordinality"',
      [
        [8, 9],
        ['x', null],
      ],
      2,
    ],
    [
      'lists with keys that a function makes, one for each row',
      insert({
        columns: ['a'],
        rows: { kind: 'lists', columns: [{ list: listOf(intKind, 8, 9) }], keys: { column: 'id', by: 'some_keys' } },
      }),
      'INSERT INTO "t" ("id", "a") SELECT "k", "c0" FROM ROWS FROM (unnest($1::integer[]), "some_keys"(cardinality($1::integer[]))) WITH ORDINALITY AS "r" ("c0", "k", "ordinality") ORDER BY "ordinality"',
      [[8, 9]],
      2,
    ],
    [
      'lists that travel as text, with keys missing',
      insert({
        columns: ['id', 'tags', 'a'],
        rows: {
          kind: 'lists',
          columns: [
            { list: listOf(intKind, 8, 9) },
            { list: listOf(textKind, '{x}', '{}'), restore: 'text[]' },
            { list: listOf(intKind, 1, null), presence: { list: listOf(booleanKind, true, false), otherwise: '7' } },
          ],
        },
      }),
      'INSERT INTO "t" ("id", "tags", "a") SELECT "c0", "c1"::text[], CASE WHEN "p2" THEN "c2" ELSE 7 END FROM unnest($1::integer[], $2::text[], $3::integer[], $4::boolean[]) WITH ORDINALITY AS "r" ("c0", "c1", "c2", "p2", "ordinality") ORDER BY "ordinality"',
      [
        [8, 9],
        ['{x}', '{}'],
        [1, null],
        [true, false],
      ],
      2,
    ],
    [
      'a restored list with keys missing',
      insert({
        columns: ['id', 'n'],
        rows: {
          kind: 'lists',
          columns: [
            { list: listOf(intKind, 9) },
            { list: listOf(textKind, '1.5'), restore: 'numeric(6,2)', presence: { list: listOf(booleanKind, true), otherwise: 'NULL' } },
          ],
        },
      }),
      'INSERT INTO "t" ("id", "n") SELECT "c0", CASE WHEN "p1" THEN "c1"::numeric(6,2) ELSE NULL END FROM unnest($1::integer[], $2::text[], $3::boolean[]) WITH ORDINALITY AS "r" ("c0", "c1", "p1", "ordinality") ORDER BY "ordinality"',
      [[9], ['1.5'], [true]],
      1,
    ],
    [
      'the rows of a query',
      insert({
        columns: ['id'],
        rows: { kind: 'select', select: select({ projection: [operation(OPERATORS.add, [id, int(10)], intKind)], where: eq(a, int(1)) }) },
      }),
      'INSERT INTO "t" ("id") SELECT "id" + $1 FROM "t" WHERE "a" = $2',
      [10, 1],
      1,
    ],
    [
      'on any conflict nothing',
      insert({ rows: { kind: 'values', values: [int(1)] }, conflict: { action: 'nothing' } }),
      'INSERT INTO "t" ("id") VALUES ($1) ON CONFLICT DO NOTHING',
      [1],
      0,
    ],
    [
      'on a conflict of columns nothing',
      insert({ rows: { kind: 'values', values: [int(1)] }, conflict: { target: { columns: ['id'] }, action: 'nothing' } }),
      'INSERT INTO "t" ("id") VALUES ($1) ON CONFLICT ("id") DO NOTHING',
      [1],
      0,
    ],
    [
      'on a conflict in a partial index nothing, by bare names',
      insert({
        rows: { kind: 'values', values: [int(1)] },
        conflict: {
          target: {
            columns: ['id'],
            where: { of: before, node: operation(OPERATORS.isNotNull, [col(before, 'id', intKind)], booleanKind) },
          },
          action: 'nothing',
        },
      }),
      'INSERT INTO "t" ("id") VALUES ($1) ON CONFLICT ("id") WHERE "id" IS NOT NULL DO NOTHING',
      [1],
      0,
    ],
    [
      'on a constraint by name',
      insert({
        columns: ['id', 'a', 'b'],
        rows: { kind: 'values', values: [int(9), int(1), text('one')] },
        conflict: { target: { constraint: 't ab' }, action: 'nothing' },
      }),
      'INSERT INTO "t" ("id", "a", "b") VALUES ($1, $2, $3) ON CONFLICT ON CONSTRAINT "t ab" DO NOTHING',
      [9, 1, 'one'],
      0,
    ],
    [
      'on conflict update, with the row there and the one offered',
      insert({
        columns: ['id', 'a'],
        rows: { kind: 'values', values: [int(1), int(5)] },
        conflict: {
          target: { columns: ['id'] },
          action: {
            offered,
            set: [
              { column: 'a', to: operation(OPERATORS.add, [a, col(offered, 'a', intKind)], intKind) },
              { column: 'b', to: text('merged') },
            ],
            where: operation(OPERATORS.lt, [a, int(100)], booleanKind),
          },
        },
        returning: { nodes: [id, a] },
      }),
      'INSERT INTO "t" ("id", "a") VALUES ($1, $2) ON CONFLICT ("id") DO UPDATE SET "a" = "t"."a" + EXCLUDED."a", "b" = $3 WHERE "t"."a" < $4 RETURNING "id", "a"',
      [1, 5, 'merged', 100],
      1,
    ],
    [
      'returning',
      insert({ returning: { nodes: [id, operation(OPERATORS.upper, [b], textKind)] } }),
      'INSERT INTO "t" ("id") VALUES ($1) RETURNING "id", upper("b")',
      [9],
      1,
    ],
    [
      'returning old and new',
      insert({
        conflict: { target: { columns: ['id'] }, action: { offered, set: [{ column: 'b', to: text('x') }], where: null } },
        rows: { kind: 'values', values: [int(1)] },
        returning: { old: before, new: after, nodes: [col(before, 'b', textKind), col(after, 'b', textKind)] },
      }),
      'INSERT INTO "t" ("id") VALUES ($1) ON CONFLICT ("id") DO UPDATE SET "b" = $2 RETURNING WITH (OLD AS "__djogi_old", NEW AS "__djogi_new") "__djogi_old"."b", "__djogi_new"."b"',
      [1, 'x'],
      1,
    ],
  ])('%s', async (_, statement, text_, values, count) => {
    expect(await run(statement)).toEqual({ text: text_, values, count });
  });

  test('default values', () => {
    expect(renderStatement(insert({ columns: [], rows: { kind: 'defaults' }, returning: { nodes: [id] } }))).toEqual({
      text: 'INSERT INTO "t" DEFAULT VALUES RETURNING "id"',
      placeholders: [],
    });
  });
});

describe('UPDATE and DELETE', () => {
  const u = source('t');
  test.each<Fixture>([
    [
      'update',
      {
        kind: 'update',
        table: t,
        set: [
          { column: 'a', to: int(5) },
          { column: 'b', to: text(null) },
        ],
        where: eq(id, int(1)),
        returning: null,
      },
      'UPDATE "t" SET "a" = $1, "b" = $2 WHERE "id" = $3',
      [5, null, 1],
      1,
    ],
    [
      'update of all rows',
      { kind: 'update', table: t, set: [{ column: 'a', to: operation(OPERATORS.add, [a, id], intKind) }], where: null, returning: null },
      'UPDATE "t" SET "a" = "a" + "id"',
      [],
      3,
    ],
    [
      'update returning',
      { kind: 'update', table: t, set: [{ column: 'a', to: int(5) }], where: eq(id, int(1)), returning: { nodes: [id, a] } },
      'UPDATE "t" SET "a" = $1 WHERE "id" = $2 RETURNING "id", "a"',
      [5, 1],
      1,
    ],
    [
      'update returning old and new',
      {
        kind: 'update',
        table: t,
        set: [{ column: 'a', to: int(5) }],
        where: eq(id, int(1)),
        returning: { old: before, new: after, nodes: [col(before, 'a', intKind), col(after, 'a', intKind)] },
      },
      'UPDATE "t" SET "a" = $1 WHERE "id" = $2 RETURNING WITH (OLD AS "__djogi_old", NEW AS "__djogi_new") "__djogi_old"."a", "__djogi_new"."a"',
      [5, 1],
      1,
    ],
    [
      'update returning old',
      {
        kind: 'update',
        table: t,
        set: [{ column: 'a', to: int(5) }],
        where: null,
        returning: { old: before, nodes: [col(before, 'a', intKind), a] },
      },
      'UPDATE "t" SET "a" = $1 RETURNING WITH (OLD AS "__djogi_old") "__djogi_old"."a", "a"',
      [5],
      3,
    ],
    [
      'update from another appearance of the table',
      {
        kind: 'update',
        table: t,
        from: [u],
        set: [{ column: 'a', to: col(u, 'a', intKind) }],
        where: eq(a, col(u, 'id', intKind)),
        returning: null,
      },
      'UPDATE "t" SET "a" = "t_2"."a" FROM "t" AS "t_2" WHERE "t"."a" = "t_2"."id"',
      [],
      3,
    ],
    ['delete', { kind: 'delete', from: t, where: eq(a, int(2)), returning: null }, 'DELETE FROM "t" WHERE "a" = $1', [2], 2],
    ['delete of all rows', { kind: 'delete', from: t, where: null, returning: null }, 'DELETE FROM "t"', [], 3],
    [
      'delete returning',
      { kind: 'delete', from: t, where: eq(id, int(1)), returning: { nodes: [id] } },
      'DELETE FROM "t" WHERE "id" = $1 RETURNING "id"',
      [1],
      1,
    ],
    [
      'delete returning old',
      { kind: 'delete', from: t, where: eq(id, int(1)), returning: { old: before, nodes: [col(before, 'b', textKind)] } },
      'DELETE FROM "t" WHERE "id" = $1 RETURNING WITH (OLD AS "__djogi_old") "__djogi_old"."b"',
      [1],
      1,
    ],
  ])('%s', async (_, statement, text_, values, count) => {
    expect(await run(statement)).toEqual({ text: text_, values, count });
  });
});

describe('WITH', () => {
  const changed = source('changed rows');
  test.each<Fixture>([
    [
      'a query that is read',
      {
        kind: 'with',
        queries: [{ name: 'changed rows', statement: select({ where: eq(a, int(2)) }) }],
        body: {
          kind: 'select',
          from: changed,
          projection: [col(changed, 'id', intKind)],
          where: operation(OPERATORS.gt, [col(changed, 'id', intKind), int(2)], booleanKind),
          orderBy: [],
        },
      },
      'WITH "changed rows" AS (SELECT "id" FROM "t" WHERE "a" = $1) SELECT "id" FROM "changed rows" WHERE "id" > $2',
      [2, 2],
      1,
    ],
    [
      'a write whose rows are read, under other names',
      {
        kind: 'with',
        queries: [
          {
            name: 'changed rows',
            columns: ['was', 'is'],
            statement: {
              kind: 'update',
              table: t,
              set: [{ column: 'a', to: int(5) }],
              where: null,
              returning: { old: before, new: after, nodes: [col(before, 'a', intKind), col(after, 'a', intKind)] },
            },
          },
        ],
        body: {
          kind: 'select',
          from: changed,
          projection: [col(changed, 'was', intKind), col(changed, 'is', intKind)],
          where: null,
          orderBy: [],
        },
      },
      'WITH "changed rows" ("was", "is") AS (UPDATE "t" SET "a" = $1 RETURNING WITH (OLD AS "__djogi_old", NEW AS "__djogi_new") "__djogi_old"."a", "__djogi_new"."a") SELECT "was", "is" FROM "changed rows"',
      [5],
      3,
    ],
    [
      'two writes over one source',
      {
        kind: 'with',
        queries: [
          { name: 'x', statement: { kind: 'delete', from: t, where: eq(id, int(1)), returning: { nodes: [id] } } },
          { name: 'y', statement: insert({ rows: { kind: 'values', values: [int(9)] }, returning: { nodes: [id] } }) },
        ],
        body: select({ where: eq(id, int(2)) }),
      },
      'WITH "x" AS (DELETE FROM "t" WHERE "id" = $1 RETURNING "id"), "y" AS (INSERT INTO "t" ("id") VALUES ($2) RETURNING "id") SELECT "id" FROM "t" WHERE "id" = $3',
      [1, 9, 2],
      1,
    ],
  ])('%s', async (_, statement, text_, values, count) => {
    expect(await run(statement)).toEqual({ text: text_, values, count });
  });
});

describe('several sources', () => {
  const outer = source('t'),
    inner = source('t');
  const correlated: Statement = {
    kind: 'select',
    from: outer,
    projection: [col(outer, 'id', intKind)],
    orderBy: [{ by: col(outer, 'id', intKind), direction: 'asc' }],
    where: operation(
      OPERATORS.isNotNull,
      [
        subquery(
          {
            kind: 'select',
            from: inner,
            projection: [col(inner, 'id', intKind)],
            where: operation(
              OPERATORS.and,
              [
                eq(col(inner, 'a', intKind), col(outer, 'a', intKind)),
                operation(OPERATORS.gt, [col(inner, 'id', intKind), col(outer, 'id', intKind)], booleanKind),
              ],
              booleanKind,
            ),
            orderBy: [],
          } as never,
          intKind,
        ),
      ],
      booleanKind,
    ),
  };
  test('one table twice gets two names, and every column carries its own', async () => {
    expect(await run(correlated)).toEqual({
      text: 'SELECT "t"."id" FROM "t" WHERE (SELECT "t_2"."id" FROM "t" AS "t_2" WHERE "t_2"."a" = "t"."a" AND "t_2"."id" > "t"."id") IS NOT NULL ORDER BY "t"."id" ASC',
      values: [],
      count: 1,
    });
  });

  test('a derived table is parenthesised and named', async () => {
    const rows = derivedSource('d', {
      kind: 'select',
      from: t,
      projection: [id],
      outputs: ['key'],
      where: eq(a, int(2)),
      orderBy: [],
    } as never);
    expect(await run({ kind: 'select', from: rows, projection: [col(rows, 'key', intKind)], where: null, orderBy: [] })).toEqual({
      text: 'SELECT "key" FROM (SELECT "id" AS "key" FROM "t" WHERE "a" = $1) AS "d"',
      values: [2],
      count: 2,
    });
  });

  test.each([['é'.repeat(31)], ['😀'.repeat(15)], ['a'.repeat(63)]])(
    'names of 60 bytes and more stay apart and within the limit: %s',
    async (name) => {
      await connection.script(`CREATE TABLE IF NOT EXISTS "${name}" (id integer)`);
      const sources = [source(name), source(name), source(name)];
      const [first, second, third] = sources as [Source, Source, Source];
      const statement: Statement = {
        kind: 'select',
        from: first,
        joins: [
          { kind: 'inner', source: second, on: eq(col(second, 'id', intKind), col(first, 'id', intKind)) },
          { kind: 'left', source: third, on: eq(col(third, 'id', intKind), col(second, 'id', intKind)) },
        ],
        projection: sources.map((from) => col(from, 'id', intKind)),
        where: null,
        orderBy: [],
      };
      expect(renderStatement(statement).text.isWellFormed()).toBe(true);
      expect((await run(statement)).count).toBe(0);
    },
  );
});

describe('parameters', () => {
  const wide = (count: number): Statement =>
    select({
      from: null,
      projection: [
        operation(
          OPERATORS.and,
          Array.from({ length: count }, () => value(true, booleanKind)),
          booleanKind,
        ),
      ],
    });

  test(`of ${MAX_PARAMETERS} may be sent`, async () => {
    const { text: sql, placeholders } = renderStatement(wide(MAX_PARAMETERS));
    expect(placeholders).toHaveLength(65535);
    expect(sql.endsWith('$65535::boolean')).toBe(true);
    const { rows } = await connection.execute({
      statement: {
        text: sql,
        parameters: placeholders.map(() => booleanKind.codec),
        rows: { columns: [{ name: 'x', codec: booleanKind.codec }], as: 'value' },
      },
      values: placeholders.map(() => true),
    });
    expect(rows).toEqual([true]);
  });

  test('beyond are refused, with both numbers', () => {
    expect(() => renderStatement(wide(MAX_PARAMETERS + 1))).toThrow(
      expect.objectContaining({
        code: 'VALIDATION',
        issues: [expect.objectContaining({ rule: 'too_many_parameters', message: expect.stringMatching(/65536.*65535/) as string })],
      }),
    );
  });

  test('so many are numbered in time that grows with their number', () => {
    const rendering = (count: number) => {
      const statement = wide(count);
      return () => void renderStatement(statement);
    };
    // Linear is 1, quadratic 16.
    expect(growth(rendering, 64_000, 16)).toBeLessThan(6);
  });

  test('are numbered from left to right in the order of their first appearance, once per node', () => {
    const shared = int(2),
      { text: sql, placeholders } = renderStatement(
        select({
          projection: [operation(OPERATORS.add, [a, shared], intKind)],
          where: eq(a, int(1)),
          orderBy: [{ by: operation(OPERATORS.add, [a, shared], intKind), direction: 'asc' }],
        }),
      );
    expect(sql).toBe('SELECT "a" + $1 FROM "t" WHERE "a" = $2 ORDER BY "a" + $1 ASC');
    expect(placeholders).toHaveLength(2);
  });

  test('a shared value lets GROUP BY and DISTINCT see one expression', async () => {
    const bucket = operation(OPERATORS.mod, [a, int(2)], intKind);
    const grouped = select({
      projection: [bucket],
      groupBy: { kind: 'plain', keys: [bucket] },
      orderBy: [{ by: bucket, direction: 'asc' }],
    });
    expect(await run(grouped)).toEqual({ text: 'SELECT "a" % $1 FROM "t" GROUP BY "a" % $1 ORDER BY "a" % $1 ASC', values: [2], count: 2 });
    expect((await run(select({ distinct: true, projection: [bucket], orderBy: [{ by: bucket, direction: 'asc' }] }))).count).toBe(2);
  });

  test('that have no value yet are written as those that have', () => {
    expect(renderStatement(select({ where: eq(a, parameter(0, intKind)), limit: parameter(1, bigintKind) })).text).toBe(
      'SELECT "id" FROM "t" WHERE "a" = $1 LIMIT $2',
    );
  });
});

describe('literals, for declarations', () => {
  test('stand where parameters would', async () => {
    const check = operation(
      OPERATORS.and,
      [
        operation(OPERATORS.gt, [a, int(-5)], booleanKind),
        operation(OPERATORS.in, [b, listOf(textKind, "it's", 'a\\b', 'c,d')], booleanKind),
        operation(
          OPERATORS.between,
          [col(t, 'at', timestamptzKind), value(new Date(0), timestamptzKind), value(new Date('2100-01-01'), timestamptzKind)],
          booleanKind,
        ),
      ],
      booleanKind,
    );
    const sql = renderLiteral(check);
    expect(sql).toBe(
      `"a" > (-5) AND "b" = ANY(E'{it''s,"a\\\\\\\\b","c,d"}'::text[]) AND "at" BETWEEN '1970-01-01 00:00:00.000+00'::timestamp with time zone AND '2100-01-01 00:00:00.000+00'::timestamp with time zone`,
    );
    await connection.script(
      `CREATE TEMPORARY TABLE checked (a integer, b text, at timestamptz, CHECK (${sql})); CREATE INDEX ON checked (a) WHERE ${sql}; INSERT INTO checked VALUES (1, 'a\\b', now())`,
    );
    await expect(connection.script("INSERT INTO checked VALUES (1, 'b', now())")).rejects.toMatchObject({
      code: 'CONSTRAINT',
      kind: 'check',
    });
  });

  test('null carries its type', () => {
    expect(renderLiteral(int(null))).toBe('NULL::integer');
  });

  test('a placeholder has none, and is a defect where one is wanted', () => {
    expect(() => renderLiteral(eq(a, parameter(0, intKind)))).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });

  test('a subquery is refused', () => {
    expect(() => renderLiteral(subquery(select() as never, intKind))).toThrow(
      expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: 'subquery' })] }),
    );
  });
});
