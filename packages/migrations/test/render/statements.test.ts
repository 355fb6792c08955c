// The text of single statements, and kinds that the renderer does not know.

import { expect, test } from 'vitest';
import { makeSnapshot, renderCreate, SchemaError, type SchemaSnapshot, type TableSnapshot } from '../../src/index.ts';
import { columnDefinition } from '../../src/render/column-definition.ts';
import { commentOn } from '../../src/render/comment-on.ts';
import { addConstraint } from '../../src/render/constraint.ts';
import { createIndex } from '../../src/render/create-index.ts';
import { column as partColumn, exclusion, table as partTable } from '../parts.ts';

const posts = { schema: 'public', name: 'posts' };
const column = {
  name: 'n',
  type: 'integer',
  collation: null,
  default: null,
  identity: null,
  generated: null,
  notNull: null,
  comment: null,
};
const table: TableSnapshot = {
  ...posts,
  columns: [column],
  constraints: [],
  indexes: [],
  policies: [],
  rowSecurity: { isEnabled: false, isForced: false },
  grants: [],
  partitioning: null,
  storageParams: {},
  tablespace: null,
  isUnlogged: false,
  comment: null,
};
const check = {
  kind: 'check',
  name: 'c',
  expression: 'n > 0',
  isNoInherit: false,
  isValidated: true,
  isEnforced: true,
  comment: null,
} as const;

test.each([
  ['heerid_next_desc()', 'heerid_next_desc()'],
  ["'draft'::status", "'draft'::status"],
  ['\'draft\'::"Status"', '\'draft\'::"Status"'],
  ['-7', '-7'],
  ["now() AT TIME ZONE 'UTC'", "(now() AT TIME ZONE 'UTC')"],
  ["'2020-01-01'::timestamp AT TIME ZONE 'UTC'", "('2020-01-01'::timestamp AT TIME ZONE 'UTC')"],
  ['a() + b()', '(a() + b())'],
])('the default %s is rendered as %s', (text, rendered) => {
  expect(columnDefinition({ ...column, default: text })).toBe(`"n" integer DEFAULT ${rendered}`);
});

test('a table is one definition per line, its key first', () => {
  const key = {
    kind: 'primaryKey',
    name: 'z',
    columns: ['n'],
    include: [],
    isWithoutOverlaps: false,
    isDeferrable: false,
    isInitiallyDeferred: false,
    comment: null,
  } as const;
  expect(renderCreate(makeSnapshot({ tables: [{ ...table, constraints: [check, key], comment: 'Posts' }] }))).toEqual([
    'CREATE TABLE "public"."posts" (\n    "n" integer,\n    CONSTRAINT "z" PRIMARY KEY ("n"),\n    CONSTRAINT "c" CHECK (n > 0)\n)',
    'COMMENT ON TABLE "public"."posts" IS \'Posts\'',
  ]);
});

test('the forms that later operations need: NOT VALID, CONCURRENTLY, a comment removed', () => {
  expect(addConstraint(posts, check, { notValid: true })).toBe('ALTER TABLE "public"."posts" ADD CONSTRAINT "c" CHECK (n > 0) NOT VALID');
  const index = {
    name: 'i',
    method: 'btree',
    isUnique: true,
    isNullsNotDistinct: false,
    elements: [{ column: 'n', expression: null, collation: null, opclass: null, order: 'asc', nulls: 'last' }],
    include: [],
    where: null,
    storageParams: {},
    tablespace: null,
    comment: null,
  } as const;
  expect(createIndex(posts, index, { concurrently: true })).toBe('CREATE UNIQUE INDEX CONCURRENTLY "i" ON "public"."posts" ("n")');
  expect(commentOn({ kind: 'column', of: posts, part: 'n' }, null)).toBe('COMMENT ON COLUMN "public"."posts"."n" IS NULL');
});

test.each<[what: string, snapshot: SchemaSnapshot]>([
  [
    'a constraint kind of another version',
    makeSnapshot({ tables: [{ ...table, constraints: [{ kind: 'assertion', name: 'a' } as never] }] }),
  ],
  ['a snapshot of another format', { ...makeSnapshot({}), format: 2 as never }],
])('%s is refused by name', (_, snapshot) => {
  let error: unknown;
  try {
    renderCreate(snapshot);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(SchemaError);
  expect(error).toMatchObject({ code: 'SCHEMA', rule: 'unsupported_object' });
  expect((error as Error).message).toMatch(/"assertion"|format 2/);
});

test('a second exclusion over the same elements is added by itself, for CREATE TABLE would take the two for one', () => {
  const twice = partTable('t', [partColumn('span', 'int4range')], { constraints: [exclusion('a', 'span'), exclusion('b', 'span')] });
  expect(renderCreate(makeSnapshot({ tables: [twice] }))).toEqual([
    'CREATE TABLE "public"."t" (\n    "span" int4range,\n    CONSTRAINT "a" EXCLUDE USING "gist" ("span" WITH &&)\n)',
    'ALTER TABLE "public"."t" ADD CONSTRAINT "b" EXCLUDE USING "gist" ("span" WITH &&)',
  ]);
});
