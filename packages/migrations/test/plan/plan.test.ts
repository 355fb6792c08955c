// Plans: the staged forms, what commits together, what must be allowed, and the way back.

import { describe, expect, test } from 'vitest';
import {
  diffSnapshots,
  labelOf,
  makeSnapshot,
  OPERATION_KINDS,
  planMigration,
  type DiffHints,
  type MigrationPlan,
  type PlanOptions,
  type SchemaError,
  type SchemaSnapshot,
  type TableSnapshot,
} from '../../src/index.ts';
import { isFreeTypeChange, isWidening } from '../../src/operation/type-change.ts';
import { check, column, exclusion, foreignKey, index, named, notNull, primaryKey, table, unique } from '../parts.ts';

const schema = (...tables: TableSnapshot[]): SchemaSnapshot => makeSnapshot({ tables });
const id = column('id', 'bigint', { notNull });
const plan = (from: SchemaSnapshot, to: SchemaSnapshot, options?: PlanOptions, hints?: DiffHints): MigrationPlan =>
  planMigration(diffSnapshots(from, to, hints), options);
/** Segments with their statements; `!` marks those that stand alone, `~` patient ones. */
const shown = (segments: MigrationPlan['segments']): string[][] =>
  segments.map(({ kind, isPatient, steps }) => [
    kind === 'alone' ? '!' : isPatient ? '~' : '',
    ...steps.flatMap(({ statements }) => statements).map((statement) => statement.replaceAll('"public".', '').replaceAll('"', '')),
  ]);
const refusal = (run: () => unknown): SchemaError => {
  try {
    run();
  } catch (error) {
    return error as SchemaError;
  }
  throw new Error('nothing was refused');
};

const posts = (more: Partial<TableSnapshot> = {}, ...columns: TableSnapshot['columns']): TableSnapshot =>
  table('posts', [id, column('title', 'text'), ...columns], {
    ...more,
    constraints: [primaryKey('posts_pkey', ['id']), ...(more.constraints ?? [])],
  });

describe('staged forms', () => {
  test('a check comes NOT VALID and is validated in a segment of its own', () => {
    expect(shown(plan(schema(posts()), schema(posts({ constraints: [check('c', 'id > 0')] }))).segments)).toEqual([
      ['', 'ALTER TABLE posts ADD CONSTRAINT c CHECK (id > 0) NOT VALID'],
      ['~', 'ALTER TABLE posts VALIDATE CONSTRAINT c'],
    ]);
  });

  test('so does a foreign key', () => {
    const notes = (constraints: TableSnapshot['constraints']): TableSnapshot =>
      table('notes', [column('post_id', 'bigint')], { constraints });
    expect(shown(plan(schema(posts(), notes([])), schema(posts(), notes([foreignKey('f', ['post_id'], 'posts')]))).segments)).toEqual([
      ['', 'ALTER TABLE notes ADD CONSTRAINT f FOREIGN KEY (post_id) REFERENCES posts (id) ON DELETE RESTRICT NOT VALID'],
      ['~', 'ALTER TABLE notes VALIDATE CONSTRAINT f'],
    ]);
  });

  test('so does NOT NULL, under a name of its own', () => {
    const to = schema(table('posts', [id, column('title', 'text', { notNull })], { constraints: [primaryKey('posts_pkey', ['id'])] }));
    expect(shown(plan(schema(posts()), to).segments)).toEqual([
      ['', 'ALTER TABLE posts ADD CONSTRAINT posts_title_not_null NOT NULL title NOT VALID'],
      ['~', 'ALTER TABLE posts VALIDATE CONSTRAINT posts_title_not_null'],
    ]);
  });

  test('the name of a NOT NULL keeps clear of names that are taken', () => {
    const taken = [check('posts_title_not_null', 'id > 0')];
    const to = schema(
      table('posts', [id, column('title', 'text', { notNull })], { constraints: [primaryKey('posts_pkey', ['id']), ...taken] }),
    );
    expect(shown(plan(schema(posts({ constraints: taken })), to).segments)[0]![1]).toContain('CONSTRAINT posts_title_not_null1 NOT NULL');
  });

  test('an index is built and dropped CONCURRENTLY, its comment behind it', () => {
    const from = schema(posts({ indexes: [index('old', ['id'])] }));
    const to = schema(posts({ indexes: [index('new', ['title'], { comment: 'by title' })] }));
    expect(shown(plan(from, to).segments)).toEqual([
      ['!', 'CREATE INDEX CONCURRENTLY new ON posts (title)'],
      ['', "COMMENT ON INDEX new IS 'by title'"],
      ['!', 'DROP INDEX CONCURRENTLY old'],
    ]);
  });

  test('a unique constraint takes over an index that was built CONCURRENTLY', () => {
    expect(
      shown(plan(schema(posts()), schema(posts({ constraints: [unique('u', ['title'], { isNullsNotDistinct: true })] }))).segments),
    ).toEqual([
      ['!', 'CREATE UNIQUE INDEX CONCURRENTLY u ON posts (title) NULLS NOT DISTINCT'],
      ['', 'ALTER TABLE posts ADD CONSTRAINT u UNIQUE USING INDEX u'],
    ]);
  });

  test('a primary key waits for the NOT NULL of its columns', () => {
    const from = schema(table('t', [column('n', 'integer')]));
    const to = schema(table('t', [column('n', 'integer', { notNull })], { constraints: [primaryKey('t_pkey', ['n'])] }));
    expect(shown(plan(from, to).segments)).toEqual([
      ['', 'ALTER TABLE t ADD CONSTRAINT t_n_not_null NOT NULL n NOT VALID'],
      ['~', 'ALTER TABLE t VALIDATE CONSTRAINT t_n_not_null'],
      ['!', 'CREATE UNIQUE INDEX CONCURRENTLY t_pkey ON t (n)'],
      ['', 'ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY USING INDEX t_pkey'],
    ]);
  });

  test('an index that is replaced under its name is never missing', () => {
    const of = (...columns: string[]): SchemaSnapshot => schema(posts({ indexes: [index('i', columns, { comment: 'c' })] }));
    expect(shown(plan(of('id'), of('title')).segments)).toEqual([
      ['!', 'CREATE INDEX CONCURRENTLY i__djogi_new ON posts (title)'],
      ['!', 'DROP INDEX CONCURRENTLY i'],
      ['', 'ALTER INDEX i__djogi_new RENAME TO i', "COMMENT ON INDEX i IS 'c'"],
    ]);
  });

  test('a primary key is replaced in one transaction, on an index that is ready', () => {
    const of = (name: string, columns: string[]): SchemaSnapshot =>
      schema(table('t', [id, column('n', 'integer', { notNull })], { constraints: [primaryKey(name, columns)] }));
    expect(shown(plan(of('a', ['id']), of('b', ['id', 'n'])).segments)).toEqual([
      ['!', 'CREATE UNIQUE INDEX CONCURRENTLY b__djogi_new ON t (id, n)'],
      ['', 'ALTER TABLE t DROP CONSTRAINT a', 'ALTER TABLE t ADD CONSTRAINT b PRIMARY KEY USING INDEX b__djogi_new'],
    ]);
  });

  test('a new table takes the plain forms', () => {
    const to = schema(
      posts({ indexes: [index('i', ['title'])], constraints: [check('c', 'id > 0')] }),
      table('notes', [column('post_id', 'bigint')], { constraints: [foreignKey('f', ['post_id'], 'posts')] }),
    );
    const { segments } = plan(schema(), to);
    expect(segments.map(({ kind }) => kind)).toEqual(['transactional']);
    expect(shown(segments).flat().join('\n')).not.toMatch(/CONCURRENTLY|NOT VALID/);
  });

  test('isSimple gives one statement each', () => {
    const to = schema(posts({ indexes: [index('i', ['title'])], constraints: [check('c', 'id > 0')] }));
    expect(shown(plan(schema(posts()), to, { isSimple: true }).segments)).toEqual([
      ['', 'ALTER TABLE posts ADD CONSTRAINT c CHECK (id > 0)', 'CREATE INDEX i ON posts (title)'],
    ]);
  });

  test('partitioned tables take the plain form of an index, since there is no other', () => {
    const of = (indexes: TableSnapshot['indexes']): SchemaSnapshot =>
      schema(
        table('events', [id], {
          indexes,
          partitioning: { strategy: 'hash', key: [{ column: 'id', expression: null }], partitions: [] },
        }),
      );
    expect(shown(plan(of([]), of([index('i', ['id'])])).segments)).toEqual([['', 'CREATE INDEX i ON events (id)']]);
  });
});

describe('segments', () => {
  test('a label commits before something uses it, and only then', () => {
    const of = (labels: string[], byDefault: string | null): SchemaSnapshot =>
      makeSnapshot({
        enums: [{ ...named('state'), labels, comment: null }],
        tables: [table('t', [column('s', 'state', { default: byDefault })])],
      });
    expect(shown(plan(of(['a'], null), of(['a', 'b'], "'b'::state")).segments)).toEqual([
      ['', "ALTER TYPE state ADD VALUE 'b' AFTER 'a'"],
      ['', "ALTER TABLE t ALTER COLUMN s SET DEFAULT 'b'::state"],
    ]);
    expect(plan(of(['a'], null), of(['a', 'b'], "'a'::state")).segments).toHaveLength(1);
  });

  test('equal schemas need none', () => {
    expect(plan(schema(posts()), schema(posts())).segments).toEqual([]);
  });
});

describe('gates', () => {
  const from = schema(posts({}, column('subtitle', 'text')), table('old', [id]));
  const to = schema(posts());

  test('what loses something is refused, all of it in one error', () => {
    const error = refusal(() => plan(from, to));
    expect(error).toMatchObject({ code: 'SCHEMA', rule: 'needs_permission' });
    expect(error.problems?.map(({ object }) => object).sort()).toEqual(['dropColumn posts.subtitle', 'dropTable old']);
  });

  test('one that is left says how to allow it', () => {
    expect(refusal(() => plan(from, to, { allow: ['dropTable old'] })).message).toBe(
      'dropColumn posts.subtitle is destructive: it loses the values of posts.subtitle. If that is meant, name it: allow: ["dropColumn posts.subtitle"]. [SCHEMA: needs_permission]',
    );
  });

  test('what is allowed stays on record', () => {
    const { findings } = plan(from, to, { allow: ['dropTable old', 'dropColumn posts.subtitle'] });
    expect(findings.map(({ rule, step }) => `${rule} ${step}`).sort()).toEqual(['loss dropColumn posts.subtitle', 'loss dropTable old']);
  });

  test('a rewrite is a warning, a refusal where asked, and accepted with a reason', () => {
    const wide = (type: string): SchemaSnapshot => schema(table('t', [column('n', type)]));
    const change = [wide('integer'), wide('bigint')] as const;
    expect(plan(...change).findings).toMatchObject([{ rule: 'blocks_writes', step: 'setColumnType t.n' }]);
    expect(refusal(() => plan(...change, { onlineSafety: 'refuse' }))).toMatchObject({
      rule: 'blocks_writes',
      object: 'setColumnType t.n',
    });
    expect(refusal(() => plan(...change, { onlineSafety: 'refuse', acceptLock: '  ' })).rule).toBe('blocks_writes');
    expect(plan(...change, { onlineSafety: 'refuse', acceptLock: 'ten rows' }).findings).toHaveLength(1);
    expect(plan(...change, { onlineSafety: 'off' }).findings).toEqual([]);
  });

  test('an exclusion on a table that is there blocks, for Postgres has no other form', () => {
    const of = (constraints: TableSnapshot['constraints']): SchemaSnapshot =>
      schema(table('t', [column('span', 'int4range')], { constraints }));
    expect(plan(of([]), of([exclusion('e', 'span')])).findings.map(({ rule }) => rule)).toEqual(['blocks_writes']);
  });

  test('the staged forms do not block', () => {
    const next = schema(posts({ indexes: [index('i', ['title'])], constraints: [check('c', 'id > 0'), unique('u', ['title'])] }));
    expect(plan(schema(posts()), next).findings).toEqual([]);
    expect(plan(schema(posts()), next, { isSimple: true }).findings).toHaveLength(3);
  });

  test('a column without a value for old rows is pointed out', () => {
    const next = schema(posts({}, column('n', 'integer', { notNull })));
    expect(plan(schema(posts()), next).findings.map(({ rule }) => rule)).toContain('needs_empty_table');
  });

  test.for([
    ['integer', 'bigint', true],
    ['bigint', 'integer', false],
    ['smallint', 'numeric', true],
    ['integer', 'numeric(3,0)', false],
    ['text', 'integer', false],
    ['integer', 'text', true],
    ['character(3)', 'text', false],
    ['character varying(20)', 'character varying(40)', true],
    ['character varying(40)', 'character varying(20)', false],
    ['numeric(10,2)', 'numeric(12,2)', true],
    ['numeric(10,2)', 'numeric(12,3)', false],
    ['real', 'double precision', true],
    ['integer[]', 'bigint[]', true],
    ['integer', 'integer[]', false],
  ] as const)('%s to %s keeps every value: %s', ([from_, to_, isKept]) => {
    expect(isWidening(from_, to_)).toBe(isKept);
  });

  test('a change of type that is free keeps every value', () => {
    const types = [
      'text',
      'character varying',
      'character varying(9)',
      'numeric',
      'numeric(4,2)',
      'integer',
      'cidr',
      'inet',
      'citext',
      'text[]',
    ];
    const free = types.flatMap((left) => types.filter((right) => isFreeTypeChange(left, right)).map((right) => [left, right] as const));
    expect(free.length).toBeGreaterThan(types.length);
    expect(free.filter(([left, right]) => !isWidening(left, right))).toEqual([]);
  });
});

describe('the way back', () => {
  test('is staged, too, and runs the other way round', () => {
    const from = schema(posts({ indexes: [index('i', ['title'])] }));
    const { down } = plan(from, schema(posts({}, column('n', 'integer'))));
    expect(shown(down.segments)).toEqual([
      ['!', 'CREATE INDEX CONCURRENTLY i ON posts (title)'],
      ['', 'ALTER TABLE posts DROP COLUMN n'],
    ]);
    expect(down.irreversible).toEqual([]);
  });

  test('names what has none, and says so in the findings', () => {
    const of = (...labels: string[]): SchemaSnapshot => makeSnapshot({ enums: [{ ...named('state'), labels, comment: null }] });
    const { down, findings } = plan(of('a'), of('a', 'b'));
    expect(down.segments).toEqual([]);
    expect(down.irreversible).toEqual([
      { step: 'addEnumLabel state b', reason: 'Postgres cannot remove a label from an enum, and rows may have it by then' },
    ]);
    expect(findings.map(({ rule }) => rule)).toEqual(['irreversible']);
  });

  test('validates under the name that a table has before it gets its old one', () => {
    const from = schema(table('a', [column('n', 'integer')], { constraints: [check('c', 'n > 0')] }));
    const to = schema(table('b', [column('n', 'integer')], { constraints: [check('c', 'n > 1')] }));
    const { down } = plan(from, to, {}, { tables: [{ from: named('a'), to: named('b') }] });
    expect(shown(down.segments)).toEqual([
      ['', 'ALTER TABLE b DROP CONSTRAINT c', 'ALTER TABLE b ADD CONSTRAINT c CHECK (n > 0) NOT VALID'],
      ['~', 'ALTER TABLE b VALIDATE CONSTRAINT c'],
      ['', 'ALTER TABLE b RENAME TO a'],
    ]);
  });
});

test('a plan is frozen JSON that names locks, rewrites and scans', () => {
  const made = plan(schema(table('t', [column('n', 'integer')])), schema(table('t', [column('n', 'bigint')])));
  expect(JSON.parse(JSON.stringify(made))).toEqual(made);
  expect(Object.isFrozen(made.segments[0]!.steps[0]!.locks)).toBe(true);
  expect(made.segments[0]!.steps[0]).toMatchObject({
    label: 'setColumnType t.n',
    locks: [{ relation: named('t'), mode: 'ACCESS EXCLUSIVE' }],
    rewrites: [named('t')],
    scans: [],
    effect: { kind: 'safe', loss: null },
  });
});

test('labels begin with the kind of the operation', () => {
  const { operations } = diffSnapshots(schema(), schema(posts({ constraints: [foreignKey('f', ['id'], 'posts')] })));
  for (const operation of operations) expect(labelOf(operation).split(' ')[0]).toBe(operation.kind);
  expect(OPERATION_KINDS.length).toBeGreaterThan(40);
});
