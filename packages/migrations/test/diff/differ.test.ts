// The differ on its own: what it calls a change, what it calls a rename, what it refuses, and in which order things come.

import { f, index as modelIndex, model } from '@djogi/core';
import { describe, expect, test } from 'vitest';
import {
  diffSnapshots,
  hintsOf,
  labelOf,
  makeSnapshot,
  snapshotOf,
  statementsOf,
  type DiffHints,
  type SchemaSnapshot,
  type TableSnapshot,
} from '../../src/index.ts';
import { check, column, foreignKey, index, named, notNull, policy, primaryKey, sequence, table, unique } from '../parts.ts';

const schema = (...tables: TableSnapshot[]): SchemaSnapshot => makeSnapshot({ tables });
const labels = (from: SchemaSnapshot, to: SchemaSnapshot, hints?: DiffHints): string[] =>
  diffSnapshots(from, to, hints).operations.map(labelOf);
const id = column('id', 'bigint', { notNull });
const posts = (...columns: Parameters<typeof table>[1]): TableSnapshot => table('posts', [id, ...columns]);
const title = column('title', 'text');
const byText = (left: string, right: string): number => (left < right ? -1 : 1);
const refusal = (from: SchemaSnapshot, to: SchemaSnapshot, hints?: DiffHints): string => {
  try {
    diffSnapshots(from, to, hints);
  } catch (error) {
    return (error as { rule: string }).rule;
  }
  return 'none';
};

describe('what is a difference', () => {
  test('equal schemas have none', () => {
    expect(labels(schema(posts(title)), schema(posts(title)))).toEqual([]);
  });

  test('the order of columns and the names of NOT NULL constraints are none', () => {
    const other = table('posts', [title, column('id', 'bigint', { notNull: { ...notNull, name: 'odd' } })]);
    expect(labels(schema(posts(title)), schema(other))).toEqual([]);
  });

  test('the order of keys in a record is none', () => {
    const reversed = Object.fromEntries(Object.entries(check('c', 'id > 0')).reverse()) as unknown as ReturnType<typeof check>;
    expect(
      labels(
        schema(table('posts', [id], { constraints: [check('c', 'id > 0')] })),
        schema(table('posts', [id], { constraints: [reversed] })),
      ),
    ).toEqual([]);
  });

  test('each property of a column has its operation', () => {
    const next = column('title', 'text', { default: "'x'", notNull, comment: 'shown', collation: '"C"' });
    expect(labels(schema(posts(title)), schema(posts(next)))).toEqual([
      'setColumnType posts.title',
      'setDefault posts.title',
      'setNotNull posts.title',
      'setComment column posts.title',
    ]);
  });

  test('a default steps aside while the type changes', () => {
    const from = schema(posts(column('n', 'integer', { default: '1' })));
    const to = schema(posts(column('n', 'bigint', { default: '1' })));
    expect(labels(from, to)).toEqual(['setDefault posts.n to none', 'setColumnType posts.n', 'setDefault posts.n']);
  });

  test('checks, policies and generated columns step aside while the type they read changes', () => {
    const of = (type: string): SchemaSnapshot =>
      schema(
        table('posts', [column('n', type), column('twice', 'integer', { generated: { expression: 'n * 2', isStored: true } }), title], {
          constraints: [check('positive', 'n > 0'), check('titled', "title <> ''")],
          policies: [policy('own', 'n > 1')],
          indexes: [index('plain', ['n']), index('partial', ['title'], { where: 'n > 3' })],
        }),
      );
    const found = labels(of('integer'), of('smallint'));
    expect(found.toSorted(byText)).toEqual(
      [
        'addColumn posts.twice',
        'addConstraint posts.positive',
        'createIndex partial',
        'createPolicy posts.own',
        'dropColumn posts.twice',
        'dropConstraint posts.positive',
        'dropIndex partial',
        'dropPolicy posts.own',
        'setColumnType posts.n',
      ].toSorted(byText),
    );
    const at = found.indexOf('setColumnType posts.n');
    expect(found.slice(0, at).every((label) => label.startsWith('drop'))).toBe(true);
    expect(found.slice(at + 1).some((label) => label.startsWith('drop'))).toBe(false);
  });

  test('a foreign key steps aside for a key that is replaced under it', () => {
    const notes = table('notes', [column('post_id', 'bigint')], { constraints: [foreignKey('f', ['post_id'], 'posts')] });
    const of = (name: string): SchemaSnapshot =>
      schema(table('posts', [id], { constraints: [unique(name, ['id'], { isDeferrable: false })], indexes: [] }), notes);
    const to = schema(table('posts', [id], { constraints: [primaryKey('posts_pkey', ['id'])] }), notes);
    const found = labels(of('k'), to);
    expect(found.toSorted(byText)).toEqual([
      'addConstraint notes.f',
      'addConstraint posts.posts_pkey',
      'dropConstraint notes.f',
      'dropConstraint posts.k',
    ]);
    expect(found.indexOf('dropConstraint notes.f')).toBeLessThan(found.indexOf('dropConstraint posts.k'));
    // Behind both: it would stand on the key that goes.
    expect(found.at(-1)).toBe('addConstraint notes.f');
  });

  test('a foreign key steps aside for the type of a column that its key includes', () => {
    const notes = table('notes', [column('post_id', 'bigint')], { constraints: [foreignKey('f', ['post_id'], 'posts')] });
    const of = (type: string): SchemaSnapshot =>
      schema(table('posts', [id, column('n', type)], { constraints: [{ ...primaryKey('posts_pkey', ['id']), include: ['n'] }] }), notes);
    expect(labels(of('integer'), of('bigint'))).toEqual(['dropConstraint notes.f', 'setColumnType posts.n', 'addConstraint notes.f']);
  });

  test('a new foreign key does not stand on the one of two keys that goes', () => {
    const of = (keys: TableSnapshot['constraints'], own: TableSnapshot['constraints']): SchemaSnapshot =>
      schema(table('posts', [id], { constraints: keys }), table('notes', [column('post_id', 'bigint')], { constraints: own }));
    const [kept, gone] = [unique('kept', ['id']), unique('gone', ['id'])];
    expect(labels(of([kept, gone], []), of([kept], [foreignKey('f', ['post_id'], 'posts')]))).toEqual([
      'dropConstraint posts.gone',
      'addConstraint notes.f',
    ]);
  });

  test('a table lets go of its primary key before it gets another', () => {
    const of = (name: string, columns: string[]): SchemaSnapshot =>
      schema(table('t', [id, column('n', 'integer', { notNull })], { constraints: [primaryKey(name, columns)] }));
    expect(labels(of('z', ['id']), of('a', ['n']))).toEqual(['dropConstraint t.z', 'addConstraint t.a']);
  });

  test('a composite key survives two of its columns changing at once', () => {
    const of = (names: string[], type: string): SchemaSnapshot =>
      makeSnapshot({
        enums: [{ ...named('state'), labels: names, comment: null }],
        tables: [
          table('t', [column('s', 'state', { notNull }), column('n', type, { notNull })], {
            constraints: [primaryKey('t_pkey', ['s', 'n'])],
          }),
        ],
      });
    expect(labels(of(['a', 'b'], 'integer'), of(['b', 'a'], 'bigint')).toSorted(byText)).toEqual([
      'replaceEnum state',
      'setColumnType t.n',
    ]);
  });

  test('policies step aside for an enum that is replaced', () => {
    const of = (...names: string[]): SchemaSnapshot =>
      makeSnapshot({
        enums: [{ ...named('state'), labels: names, comment: null }],
        tables: [table('t', [column('s', 'state')], { policies: [policy('p', 's IS NOT NULL')] })],
      });
    expect(labels(of('a', 'b'), of('b', 'a'))).toEqual(['dropPolicy t.p', 'replaceEnum state', 'createPolicy t.p']);
  });

  test('a name of many bytes has room for what is added to it', () => {
    const name = 'ü'.repeat(31);
    const of = (...names: string[]): SchemaSnapshot => makeSnapshot({ enums: [{ ...named(name), labels: names, comment: null }] });
    const [rename] = diffSnapshots(of('a', 'b'), of('b', 'a')).operations.flatMap(statementsOf);
    expect(rename).toBe(`ALTER TYPE "public"."${name}" RENAME TO "${'ü'.repeat(26)}__djogi_old"`);
  });

  test('tables that refer to each other are made and dropped all the same', () => {
    const left = table('left', [id, column('right_id', 'bigint')], {
      constraints: [primaryKey('left_pkey', ['id']), foreignKey('l', ['right_id'], 'right')],
    });
    const right = table('right', [id, column('left_id', 'bigint')], {
      constraints: [primaryKey('right_pkey', ['id']), foreignKey('r', ['left_id'], 'left')],
    });
    expect(labels(schema(), schema(left, right))).toEqual([
      'createTable left',
      'createTable right',
      'addConstraint left.l',
      'addConstraint right.r',
    ]);
    expect(labels(schema(left, right), schema())).toEqual([
      'dropConstraint left.l',
      'dropConstraint right.r',
      'dropTable left',
      'dropTable right',
    ]);
  });

  test('labels are added at their place, and only gone or moved ones replace the type', () => {
    const type = (...names: string[]): SchemaSnapshot => makeSnapshot({ enums: [{ ...named('state'), labels: names, comment: null }] });
    const statements = (from: SchemaSnapshot, to: SchemaSnapshot): string[] => diffSnapshots(from, to).operations.flatMap(statementsOf);
    expect(statements(type('a', 'd'), type('z', 'a', 'b', 'c', 'd', 'e', 'f'))).toEqual([
      `ALTER TYPE "public"."state" ADD VALUE 'z' BEFORE 'a'`,
      `ALTER TYPE "public"."state" ADD VALUE 'b' BEFORE 'd'`,
      `ALTER TYPE "public"."state" ADD VALUE 'c' BEFORE 'd'`,
      `ALTER TYPE "public"."state" ADD VALUE 'e' AFTER 'd'`,
      `ALTER TYPE "public"."state" ADD VALUE 'f' AFTER 'e'`,
    ]);
    expect(labels(type('a', 'b'), type('b', 'a'))).toEqual(['replaceEnum state']);
    expect(labels(type('a', 'b'), type('a'))).toEqual(['replaceEnum state']);
  });

  test('the deferrability of a foreign key is altered, its action replaces it', () => {
    const of = (more: Parameters<typeof foreignKey>[3]): SchemaSnapshot =>
      schema(posts(), table('notes', [column('post_id', 'bigint')], { constraints: [foreignKey('f', ['post_id'], 'posts', more)] }));
    expect(labels(of({}), of({ isDeferrable: true }))).toEqual(['alterConstraint notes.f']);
    expect(labels(of({}), of({ onDelete: 'cascade' }))).toEqual(['dropConstraint notes.f', 'addConstraint notes.f']);
    expect(labels(of({ isValidated: false }), of({}))).toEqual(['validateConstraint notes.f']);
  });

  test('an object that changes takes along what stands on it', () => {
    const object = (identity: string, ddl: string, dependsOn: string[] = []): SchemaSnapshot['objects'][number] => ({
      identity,
      ddl,
      dropDdl: `drop ${identity}`,
      dependsOn,
    });
    const of = (ddl: string): SchemaSnapshot =>
      makeSnapshot({ objects: [object('function:f', ddl), object('trigger:t', 'make t', ['function:f']), object('x:other', 'x')] });
    expect(labels(of('one'), of('two'))).toEqual([
      'dropObject trigger:t',
      'dropObject function:f',
      'createObject function:f',
      'createObject trigger:t',
    ]);
  });

  test('a sequence is owned when its column is there, and let go before its column goes', () => {
    const owned = makeSnapshot({
      tables: [posts(column('n', 'bigint', { default: "nextval('s'::regclass)" }))],
      sequences: [sequence('s', { ownedBy: { ...named('posts'), column: 'n' } })],
    });
    expect(labels(schema(posts()), owned)).toEqual(['createSequence s', 'addColumn posts.n', 'setSequenceOwner s to posts.n']);
    expect(labels(owned, schema(posts()))).toEqual(['setSequenceOwner s to none', 'dropColumn posts.n', 'dropSequence s']);
  });
});

describe('renames', () => {
  const before = schema(
    table('posts', [id, title], {
      constraints: [primaryKey('posts_pkey', ['id']), unique('posts_title_key', ['title']), check('posts_title_check', "title <> ''")],
      indexes: [index('posts_title_idx', ['title'], { where: 'title IS NOT NULL' })],
    }),
    table('notes', [column('post_id', 'bigint')], { constraints: [foreignKey('notes_post_id_fkey', ['post_id'], 'posts')] }),
  );
  const after = schema(
    table('articles', [id, column('name', 'text')], {
      constraints: [primaryKey('articles_pkey', ['id']), unique('articles_name_key', ['name']), check('articles_name_check', "name <> ''")],
      indexes: [index('articles_name_idx', ['name'], { where: 'name IS NOT NULL' })],
    }),
    table('notes', [column('post_id', 'bigint')], { constraints: [foreignKey('notes_post_id_fkey', ['post_id'], 'articles')] }),
  );
  const hints: DiffHints = {
    tables: [{ from: named('posts'), to: named('articles') }],
    columns: [{ table: named('articles'), from: 'title', to: 'name' }],
  };

  test('everything that is derived from a name follows it, and nothing is made anew', () => {
    expect(diffSnapshots(before, after, hints).operations.flatMap(statementsOf)).toEqual([
      'ALTER TABLE "public"."posts" RENAME TO "articles"',
      'ALTER TABLE "public"."articles" RENAME COLUMN "title" TO "name"',
      'ALTER TABLE "public"."articles" RENAME CONSTRAINT "posts_pkey" TO "articles_pkey"',
      'ALTER TABLE "public"."articles" RENAME CONSTRAINT "posts_title_check" TO "articles_name_check"',
      'ALTER TABLE "public"."articles" RENAME CONSTRAINT "posts_title_key" TO "articles_name_key"',
      'ALTER INDEX "public"."posts_title_idx" RENAME TO "articles_name_idx"',
    ]);
  });

  test('without a hint another name is another thing', () => {
    expect(labels(before, after)).toContain('dropTable posts');
    expect(labels(before, after)).toContain('createTable articles');
  });

  test('names that are swapped go through a third, derived names included', () => {
    const of = (left: string, right: string): SchemaSnapshot =>
      schema(
        table(left, [column('x', 'integer')], { indexes: [index(`${left}_x_idx`, ['x'])] }),
        table(right, [column('x', 'text')], { indexes: [index(`${right}_x_idx`, ['x'])] }),
      );
    const swap = {
      tables: [
        { from: named('a'), to: named('b') },
        { from: named('b'), to: named('a') },
      ],
    };
    expect(labels(of('a', 'b'), of('b', 'a'), swap)).toEqual(
      ['renameTable a to a__djogi_swap', 'renameTable b to a', 'renameTable a__djogi_swap to b'].concat([
        'renameIndex b_x_idx to b_x_idx__djogi_swap',
        'renameIndex a_x_idx to b_x_idx',
        'renameIndex b_x_idx__djogi_swap to a_x_idx',
      ]),
    );
  });

  test('two columns of one table swap names', () => {
    const of = (left: string, right: string): SchemaSnapshot => schema(table('t', [column(left, 'integer'), column(right, 'text')]));
    const columns = [
      { table: named('t'), from: 'a', to: 'b' },
      { table: named('t'), from: 'b', to: 'a' },
    ];
    expect(labels(of('a', 'b'), of('b', 'a'), { columns })).toEqual([
      'renameColumn t.a to a__djogi_swap',
      'renameColumn t.b to a',
      'renameColumn t.a__djogi_swap to b',
    ]);
  });

  test('a label that is renamed keeps the defaults that name it, declared or read', () => {
    const of = (label: string, byDefault: string): SchemaSnapshot =>
      makeSnapshot({
        enums: [{ ...named('state'), labels: [label, 'live'], comment: null }],
        tables: [posts(column('state', 'state', { default: byDefault }))],
      });
    const hint = { labels: [{ enum: named('state'), from: 'new', to: 'draft' }] };
    expect(labels(of('new', "'new'"), of('draft', "'draft'"), hint)).toEqual(['renameEnumLabel state new to draft']);
    expect(labels(of('new', "'new'::state"), of('draft', "'draft'::state"), hint)).toEqual(['renameEnumLabel state new to draft']);
  });

  test('a function of the name of a renamed column is left alone', () => {
    const of = (name: string, expression: string): SchemaSnapshot =>
      schema(table('t', [column(name, 'text')], { constraints: [check('c', expression)] }));
    const columns = [{ table: named('t'), from: 'lower', to: 'upper' }];
    expect(labels(of('lower', "(lower(lower) = 'lower'::text)"), of('upper', "(lower(upper) = 'lower'::text)"), { columns })).toEqual([
      'renameColumn t.lower to upper',
    ]);
  });

  test('a hint that was followed already is stale', () => {
    expect(refusal(schema(posts()), schema(posts()), { tables: [{ from: named('old'), to: named('posts') }] })).toBe('stale_rename');
    expect(refusal(schema(posts(title)), schema(posts(title)), { columns: [{ table: named('posts'), from: 'old', to: 'title' }] })).toBe(
      'stale_rename',
    );
  });

  test('a hint on a fresh database is no work', () => {
    expect(labels(schema(), schema(posts()), { tables: [{ from: named('old'), to: named('posts') }] })).toEqual(['createTable posts']);
  });

  test.for<[string, SchemaSnapshot, SchemaSnapshot, DiffHints]>([
    [
      'to a name that is there',
      schema(posts(), table('old', [id])),
      schema(posts()),
      { tables: [{ from: named('old'), to: named('posts') }] },
    ],
    ['to itself', schema(posts()), schema(posts()), { tables: [{ from: named('posts'), to: named('posts') }] }],
    ['into another schema', schema(posts()), schema(), { tables: [{ from: named('posts'), to: { schema: 'blog', name: 'posts' } }] }],
    ['to what is not wanted', schema(posts()), schema(), { tables: [{ from: named('posts'), to: named('articles') }] }],
    [
      'of one column to two',
      schema(posts(title)),
      schema(posts(column('a', 'text'), column('b', 'text'))),
      {
        columns: [
          { table: named('posts'), from: 'title', to: 'a' },
          { table: named('posts'), from: 'title', to: 'b' },
        ],
      },
    ],
  ])('a rename %s is refused', ([, from, to, hint]) => {
    expect(refusal(from, to, hint)).toBe('rename_conflict');
  });

  test('models say what they were called', () => {
    class Before extends model('posts', { title: f.text() }) {
      static readonly tableObjects = [modelIndex(Before, (p) => [p.title])];
    }
    class After extends model('articles', { name: f.text().renamedFrom('title') }, { renamedFrom: 'posts' }) {
      static readonly tableObjects = [modelIndex(After, (p) => [p.name])];
    }
    const models = [After];
    expect(labels(snapshotOf([Before]), snapshotOf(models), hintsOf(models))).toEqual([
      'renameTable posts to articles',
      'renameColumn articles.title to name',
      'renameConstraint articles.posts_pkey to articles_pkey',
      'renameIndex posts_title_idx to articles_name_idx',
    ]);
  });
});

describe('refusals', () => {
  const parted = (name: string): SchemaSnapshot =>
    schema(
      table('events', [column('at', 'date'), column('org', 'integer')], {
        partitioning: { strategy: 'range', key: [{ column: name, expression: null }], partitions: [] },
      }),
    );

  test('another partition key is refused by name', () => {
    expect(refusal(parted('at'), parted('org'))).toBe('unsupported_change');
    expect(() => diffSnapshots(parted('at'), parted('org'))).toThrow(/events would be partitioned in another way/);
  });

  test('another type of the partition key is refused', () => {
    const to = schema(
      table('events', [column('at', 'timestamp with time zone'), column('org', 'integer')], {
        partitioning: { strategy: 'range', key: [{ column: 'at', expression: null }], partitions: [] },
      }),
    );
    expect(refusal(parted('at'), to)).toBe('unsupported_change');
  });

  test('a snapshot of another format is refused', () => {
    expect(refusal({ ...schema(), format: 2 as 1 }, schema())).toBe('unsupported_object');
  });
});

test('a diff is frozen JSON', () => {
  const diff = diffSnapshots(schema(), schema(posts(title)));
  expect(Object.isFrozen(diff.operations[0])).toBe(true);
  expect(JSON.parse(JSON.stringify(diff))).toEqual(diff);
});
