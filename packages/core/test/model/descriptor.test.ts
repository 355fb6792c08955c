import { describe, expect, test } from 'vitest';
import {
  app,
  check,
  exclude,
  f,
  index,
  model,
  opclass,
  pgEnum,
  pk,
  sql,
  unique,
  type FieldDescriptor,
  type ModelDescriptor,
} from '../../src/index.ts';
import { bagOf, isModel, nodeOf, nodes, renderNode, SqlWriter } from '../../src/extension.ts';
import { ledger } from './support/ledger.ts';
import { link, links } from './support/link.ts';
import { point } from './support/point.ts';

const Mood = pgEnum('mood', ['fine', 'so-so', "it's"]);

function declareEverything() {
  class Person extends model(
    'people',
    {
      name: f.text({ maxLength: 80 }).comment("the person's name").expose('public', 'admin').rationale('shown everywhere'),
      age: f
        .int()
        .nullable()
        .check(sql`age > 0`)
        .protected({ sensitivity: 'pii', rationale: 'a person' }),
      mood: f.enum(Mood).default('fine'),
      moods: f.array(f.enum(Mood)).default(['fine', "it's"]).index(),
      email: f.citext().unique().renamedFrom('mail'),
      level: f.uint8().default(3),
      editor: f.text().filled(),
      place: point().nullable(),
      token: f.uuid().defaultFn(() => '00000000-0000-4000-8000-000000000000'),
      since: f.timestamptz().default(sql`now()`),
      initials: f.text().generated(sql`left(name, 2)`),
      revision: f.version(),
      tags: f.array(f.text()).tracked().column('labels'),
      get mentor() {
        return link(Person, { onDelete: 'setNull', deferrable: true }).nullable();
      },
      get pupils() {
        return links(Person, 'mentor');
      },
    },
    {
      name: 'Human',
      app: app('hr', { database: 'staff' }),
      movedFromApp: app('old'),
      renamedFrom: 'persons',
      comment: 'everybody',
      rationale: 'one table',
      storageParams: { fillfactor: 70 },
      tablespace: 'fast',
      use: [ledger('editor')],
    },
  ) {
    static readonly tableObjects = [
      index(Person, (p) => [p.name, p.age.desc().nullsLast()], {
        where: (p) => p.mood.eq("it's"),
        include: (p) => [p.level],
        concurrently: true,
      }),
      unique(Person, (p) => [p.mentor.id, p.name]),
      unique(Person, (p) => [p.name.lower()], { name: 'people_lower_name' }),
      check(Person, 'adult', (p) => p.age.gte(18).or(p.age.isNull())),
      exclude(Person, 'same_name', 'gist', (p) => [{ of: p.name, with: '=' }], {
        where: (p) => p.age.gt(1),
        deferrable: true,
        initiallyDeferred: true,
      }),
    ];
  }
  return Person;
}

const field = (descriptor: ModelDescriptor, name: string): FieldDescriptor =>
  descriptor.fields.find((candidate) => candidate.name === name)!;

describe('a descriptor', () => {
  const { descriptor } = declareEverything();

  test('is frozen at every depth', () => {
    const loose: string[] = [];
    const walk = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return;
      if (!Object.isFrozen(value)) loose.push(path);
      for (const [key, inner] of Object.entries(value)) walk(inner, `${path}.${key}`);
    };
    walk(descriptor, 'descriptor');
    expect(loose).toEqual([]);
  });

  test('is JSON data and nothing else', () => {
    expect(JSON.parse(JSON.stringify(descriptor))).toEqual(descriptor);
  });

  test('has the same bytes for the same declaration', () => {
    expect(JSON.stringify(declareEverything().descriptor)).toBe(JSON.stringify(descriptor));
  });

  test('is made once', () => {
    const Person = declareEverything();
    expect(Person.descriptor).toBe(Person.descriptor);
  });

  test('has a format number', () => {
    expect(descriptor.format).toBe(1);
  });

  test('says what the options said', () => {
    expect(descriptor).toMatchObject({
      table: 'people',
      name: 'Human',
      app: { label: 'hr', database: 'staff' },
      movedFromApp: 'old',
      renamedFrom: 'persons',
      comment: 'everybody',
      rationale: 'one table',
      storageParams: { fillfactor: '70' },
      tablespace: 'fast',
      tracking: 'fields',
      partitionBy: null,
      hasTimestamps: true,
    });
  });

  test('lists framework fields first, then the order of the declaration', () => {
    expect(descriptor.fields.map(({ name, property, column, role }) => [name, property, column, role])).toEqual([
      ['id', 'id', 'id', 'key'],
      ['createdAt', 'createdAt', 'created_at', 'createdAt'],
      ['updatedAt', 'updatedAt', 'updated_at', 'updatedAt'],
      ['name', 'name', 'name', 'data'],
      ['age', 'age', 'age', 'data'],
      ['mood', 'mood', 'mood', 'data'],
      ['moods', 'moods', 'moods', 'data'],
      ['email', 'email', 'email', 'data'],
      ['level', 'level', 'level', 'data'],
      ['editor', 'editor', 'editor', 'data'],
      ['place', 'place', 'place', 'data'],
      ['token', 'token', 'token', 'data'],
      ['since', 'since', 'since', 'data'],
      ['initials', 'initials', 'initials', 'data'],
      ['revision', 'revision', 'revision', 'version'],
      ['tags', 'tags', 'labels', 'data'],
      ['mentor', 'mentorId', 'mentor_id', 'data'],
      ['pupils', 'pupils', null, 'data'],
    ]);
  });

  test('describes framework fields as the database makes them', () => {
    expect(descriptor.key).toEqual({
      kind: 'heerIdDesc',
      columns: ['id'],
      defaultSql: 'heerid_next_desc()',
      identity: null,
      isSupplied: false,
      direction: 'desc',
    });
    expect(field(descriptor, 'id')).toMatchObject({
      sqlType: 'bigint',
      isReadOnly: true,
      default: { kind: 'sql', text: 'heerid_next_desc()' },
    });
    for (const name of ['createdAt', 'updatedAt']) {
      expect(field(descriptor, name)).toMatchObject({
        sqlType: 'timestamp(3) with time zone',
        isNullable: false,
        isReadOnly: true,
        default: { kind: 'sql', text: "date_trunc('milliseconds', now())" },
      });
    }
  });

  test('joins the check of the type and the declared one under one name', () => {
    expect(field(descriptor, 'name').check).toEqual({ name: 'people_name_check', expression: 'char_length("name") <= 80' });
    expect(field(descriptor, 'age').check).toEqual({ name: 'people_age_check', expression: 'age > 0' });
    class Both extends model('t', { level: f.uint8().check(sql`level <> 7`) }) {}
    expect(field(Both.descriptor, 'level').check).toEqual({
      name: 't_level_check',
      expression: '("level" >= 0 AND "level" <= 255) AND (level <> 7)',
    });
  });

  test('writes defaults as SQL, and says where they are made in process', () => {
    expect(
      ['mood', 'moods', 'level', 'since', 'token', 'revision', 'editor', 'initials'].map((name) => field(descriptor, name).default),
    ).toEqual([
      { kind: 'sql', text: `'fine'::"mood"` },
      { kind: 'sql', text: `'{fine,it''s}'::"mood"[]` },
      { kind: 'sql', text: "'3'::smallint" },
      { kind: 'sql', text: 'now()' },
      { kind: 'function' },
      { kind: 'sql', text: '0' },
      null,
      null,
    ]);
  });

  test('keeps what every modifier said', () => {
    expect(field(descriptor, 'name')).toMatchObject({
      comment: "the person's name",
      expose: ['public', 'admin'],
      rationale: 'shown everywhere',
      maxLength: 80,
      isNullable: false,
      isReadOnly: false,
    });
    expect(field(descriptor, 'age')).toMatchObject({ isNullable: true, protected: { sensitivity: 'pii', rationale: 'a person' } });
    expect(field(descriptor, 'email')).toMatchObject({ renamedFrom: 'mail', sqlType: 'citext' });
    expect(field(descriptor, 'editor')).toMatchObject({ isFilled: true });
    expect(field(descriptor, 'initials')).toMatchObject({ generated: 'left(name, 2)', isReadOnly: true });
    expect(field(descriptor, 'revision')).toMatchObject({ role: 'version', isReadOnly: true, sqlType: 'integer' });
    expect(field(descriptor, 'tags')).toMatchObject({ isTracked: true, sqlType: 'text[]' });
    expect(field(descriptor, 'mood')).toMatchObject({ kind: 'enum', enumType: 'mood', sqlType: '"mood"' });
  });

  test("describes a reference by its target's key", () => {
    expect(field(descriptor, 'mentor')).toMatchObject({
      sqlType: 'bigint',
      kind: 'heerIdDesc',
      isNullable: true,
      sections: { link: { many: false } },
      reference: {
        table: 'people',
        columns: ['id'],
        constraint: 'people_mentor_id_fkey',
        onDelete: 'setNull',
        onUpdate: 'noAction',
        isDeferrable: true,
        isInitiallyDeferred: false,
        isIndexed: true,
      },
    });
    expect(field(descriptor, 'pupils')).toMatchObject({ column: null, sqlType: '', sections: { link: { many: true, via: 'mentor' } } });
  });

  test('lists enums and the extensions that types and exclusions need', () => {
    expect(descriptor.enums).toEqual([{ name: 'mood', labels: ['fine', 'so-so', "it's"] }]);
    expect(descriptor.requiredExtensions).toEqual(['btree_gist', 'citext']);
  });

  test('sorts indexes by name', () => {
    expect(descriptor.indexes.map(({ name, kind, method }) => [name, kind, method])).toEqual([
      ['people_email_key', 'uniqueConstraint', 'btree'],
      ['people_lower_name', 'uniqueIndex', 'btree'],
      ['people_mentor_id_name_key', 'uniqueConstraint', 'btree'],
      ['people_moods_idx', 'index', 'gin'],
      ['people_name_age_idx', 'index', 'btree'],
    ]);
  });

  test('renders conditions and checks with literals', () => {
    expect(descriptor.indexes.at(-1)).toEqual({
      name: 'people_name_age_idx',
      kind: 'index',
      method: 'btree',
      elements: [{ column: 'name' }, { column: 'age', order: 'desc', nulls: 'last' }],
      include: ['level'],
      where: `"mood" = 'it''s'::"mood"`,
      nullsNotDistinct: false,
      isConcurrent: true,
    });
    expect(descriptor.indexes[1]!.elements).toEqual([{ expression: 'lower("name")' }]);
    expect(descriptor.checks).toEqual([{ name: 'people_adult_check', expression: '"age" >= 18 OR "age" IS NULL' }]);
    expect(descriptor.exclusions).toEqual([
      {
        name: 'people_same_name_excl',
        method: 'gist',
        elements: [{ expression: '"name"', operator: '=' }],
        where: '"age" > 1',
        isDeferrable: true,
        isInitiallyDeferred: true,
      },
    ]);
  });
});

describe('a column is named after its property', () => {
  test.each([
    ['modelName', 'model_name'],
    ['userID', 'user_id'],
    ['HTMLBody', 'html_body'],
    ['address2Line', 'address2_line'],
    ['x', 'x'],
    ['aB', 'a_b'],
    ['ABC', 'abc'],
    ['already_snake', 'already_snake'],
    ['parseHTMLNow', 'parse_html_now'],
    ['größeCm', 'größe_cm'],
  ])('%s is %s', (property, column) => {
    expect(class extends model('t', { [property]: f.text() }) {}.descriptor.fields.at(-1)!.column).toBe(column);
  });

  test('and .column() takes its place', () => {
    const { fields } = class extends model('t', { modelName: f.text().column('Model Name') }) {}.descriptor;
    expect(fields.at(-1)).toMatchObject({ name: 'modelName', property: 'modelName', column: 'Model Name' });
  });

  test('and a reference appends _id, unless .column() takes its place', () => {
    class Target extends model('targets', { name: f.text() }) {}
    const { fields } = class extends model('t', { mainOwner: link(Target), second: link(Target).column('other') }) {}.descriptor;
    expect(fields.slice(-2).map(({ name, property, column }) => [name, property, column])).toEqual([
      ['mainOwner', 'mainOwnerId', 'main_owner_id'],
      ['second', 'secondId', 'other'],
    ]);
  });
});

test('a model is named by its option, else by its table in PascalCase, never by its class', () => {
  class Whatever extends model('order_lines', { a: f.text() }) {}
  class Named extends model('order_lines', { a: f.text() }, { name: 'Line' }) {}
  expect([Whatever.descriptor.name, Named.descriptor.name]).toEqual(['OrderLines', 'Line']);
});

describe('a unique index', () => {
  const kindOf = (make: (Table: any) => unknown): [string, string] => {
    class Table extends model('t', { a: f.text(), b: f.text().nullable() }) {
      static readonly tableObjects: any = [make(Table)];
    }
    const [made] = Table.descriptor.indexes;
    return [made!.kind, made!.name];
  };

  test('over plain columns is a constraint', () => {
    expect(kindOf((T) => unique(T, (t: any) => [t.a, t.b]))).toEqual(['uniqueConstraint', 't_a_b_key']);
    expect(kindOf((T) => unique(T, (t: any) => [t.a.asc()]))).toEqual(['uniqueConstraint', 't_a_key']);
    expect(kindOf((T) => index(T, (t: any) => [t.a], { unique: true }))).toEqual(['uniqueConstraint', 't_a_key']);
  });

  test.each<[string, (T: any) => unknown]>([
    ['a condition', (T) => unique(T, (t: any) => [t.a], { where: (t: any) => t.b.isNull() })],
    ['further columns', (T) => unique(T, (t: any) => [t.a], { include: (t: any) => [t.b] })],
    ['nullsNotDistinct', (T) => unique(T, (t: any) => [t.a], { nullsNotDistinct: true })],
    ['concurrently', (T) => unique(T, (t: any) => [t.a], { concurrently: true })],
    ['an operator class', (T) => unique(T, (t: any) => [opclass(t.a, 'text_pattern_ops')])],
    ['a descending column', (T) => unique(T, (t: any) => [t.a.desc()])],
    ['nulls first', (T) => unique(T, (t: any) => [t.a.asc().nullsFirst()])],
    ['nulls last', (T) => unique(T, (t: any) => [t.a.asc().nullsLast()])],
  ])('with %s stays an index', (_, make) => {
    expect(kindOf(make)).toEqual(['uniqueIndex', 't_a_uidx']);
  });

  test('over an expression stays an index', () => {
    expect(kindOf((T) => unique(T, (t: any) => [t.a.lower(), t.b]))).toEqual(['uniqueIndex', 't_expr_b_uidx']);
  });

  test('of a field with nullsNotDistinct stays an index', () => {
    const { indexes } = class extends model('t', { a: f.text().nullable().unique({ nullsNotDistinct: true }), b: f.text().unique() }) {}
      .descriptor;
    expect(indexes.map(({ name, kind, nullsNotDistinct }) => [name, kind, nullsNotDistinct])).toEqual([
      ['t_a_uidx', 'uniqueIndex', true],
      ['t_b_key', 'uniqueConstraint', false],
    ]);
  });
});

describe('an index', () => {
  test('keeps the order of its columns', () => {
    class Table extends model('t', { b: f.text(), a: f.text() }) {
      static readonly tableObjects = [
        index(Table, (t) => [t.b, t.a.desc(), opclass(t.b.lower(), 'text_pattern_ops'), opclass(t.a.desc(), 'text_ops')], {
          using: 'btree',
        }),
      ];
    }
    expect(Table.descriptor.indexes[0]!.elements).toEqual([
      { column: 'b' },
      { column: 'a', order: 'desc' },
      { expression: 'lower("b")', opclass: 'text_pattern_ops' },
      { column: 'a', order: 'desc', opclass: 'text_ops' },
    ]);
  });

  test('of a field has the method of its type, unless one is named', () => {
    const { indexes } = class extends model('t', {
      a: f.text().index(),
      b: f.array(f.int()).index(),
      c: f.text().index('hash'),
      d: f.timestamptz().index('brin'),
    }) {}.descriptor;
    expect(indexes.map(({ name, method }) => [name, method])).toEqual([
      ['t_a_idx', 'btree'],
      ['t_b_idx', 'gin'],
      ['t_c_idx', 'hash'],
      ['t_d_idx', 'brin'],
    ]);
  });

  test('reaches a reference through its id', () => {
    class Target extends model('targets', { name: f.text() }) {}
    class Table extends model('t', { owner: link(Target), a: f.text() }) {
      static readonly tableObjects = [index(Table, (t) => [t.owner.id, t.a])];
    }
    expect(Table.descriptor.indexes.map(({ name, elements }) => [name, elements])).toEqual([
      ['t_owner_id_a_idx', [{ column: 'owner_id' }, { column: 'a' }]],
    ]);
  });

  test('with a long name is cut with a digest, so that two never meet', () => {
    const table = 'a_table_with_a_name_that_is_long_enough_to_be_cut';
    class Table extends model(table, { firstColumnOfMany: f.text().index(), firstColumnOfMost: f.text().index() }) {}
    const names = Table.descriptor.indexes.map(({ name }) => name);
    for (const name of names) expect(name).toMatch(/^a_table_with_a_name_that_is_long_enough_to_be_cut_firs_[0-9a-f]{8}$/);
    expect(new Set(names).size).toBe(2);
    expect(names.every((name) => new TextEncoder().encode(name).length <= 63)).toBe(true);
  });
});

describe('an exclusion', () => {
  test('of operators that ranges bring needs no extension', () => {
    class Table extends model('t', { a: f.int() }) {
      static readonly tableObjects = [exclude(Table, 'x', 'gist', (t) => [{ of: t.a, with: '&&' }])];
    }
    expect(Table.descriptor.requiredExtensions).toEqual([]);
    expect(Table.descriptor.exclusions[0]).toMatchObject({ isDeferrable: false, isInitiallyDeferred: false, where: null });
  });
});

describe('a key kind', () => {
  test.each([
    [
      'heerIdDesc',
      pk.heerIdDesc(),
      { kind: 'heerIdDesc', columns: ['id'], defaultSql: 'heerid_next_desc()', identity: null, isSupplied: false, direction: 'desc' },
      'bigint',
    ],
    [
      'heerId',
      pk.heerId(),
      { kind: 'heerId', columns: ['id'], defaultSql: 'heerid_next()', identity: null, isSupplied: false, direction: 'asc' },
      'bigint',
    ],
    [
      'ranjId',
      pk.ranjId(),
      { kind: 'ranjId', columns: ['id'], defaultSql: 'ranjid_next()', identity: null, isSupplied: false, direction: 'asc' },
      'uuid',
    ],
    [
      'ranjIdDesc',
      pk.ranjIdDesc(),
      { kind: 'ranjIdDesc', columns: ['id'], defaultSql: 'ranjid_next_desc()', identity: null, isSupplied: false, direction: 'desc' },
      'uuid',
    ],
    [
      'serial',
      pk.serial(),
      { kind: 'serial', columns: ['id'], defaultSql: null, identity: 'byDefault', isSupplied: false, direction: 'asc' },
      'integer',
    ],
    [
      'bigserial',
      pk.bigserial(),
      { kind: 'bigserial', columns: ['id'], defaultSql: null, identity: 'byDefault', isSupplied: false, direction: 'asc' },
      'bigint',
    ],
    [
      'custom that the caller supplies',
      pk.custom({ name: 'sku', field: f.varchar(12) }),
      { kind: 'sku', columns: ['id'], defaultSql: null, identity: null, isSupplied: true, direction: null },
      'character varying(12)',
    ],
    [
      'custom with a default',
      pk.custom({ name: 'uuidv7', field: f.uuid(), default: sql`uuidv7()` }),
      { kind: 'uuidv7', columns: ['id'], defaultSql: 'uuidv7()', identity: null, isSupplied: false, direction: null },
      'uuid',
    ],
    [
      'custom made in process',
      pk.custom({ name: 'random', field: f.uuid(), generate: () => 'x' }),
      { kind: 'random', columns: ['id'], defaultSql: null, identity: null, isSupplied: false, direction: null },
      'uuid',
    ],
    [
      'custom in a column of its own',
      pk.custom({ name: 'sku', field: f.text(), column: 'sku' }),
      { kind: 'sku', columns: ['sku'], defaultSql: null, identity: null, isSupplied: true, direction: null },
      'text',
    ],
    [
      'serial in a column of its own',
      pk.serial({ column: 'nr' }),
      { kind: 'serial', columns: ['nr'], defaultSql: null, identity: 'byDefault', isSupplied: false, direction: 'asc' },
      'integer',
    ],
  ])('%s is described', (_, key, expected, sqlType) => {
    const { descriptor } = class extends model('t', { a: f.text() }, { pk: key as ReturnType<typeof pk.heerId> }) {};
    expect(descriptor.key).toEqual(expected);
    expect(descriptor.fields[0]).toMatchObject({
      name: 'id',
      property: 'id',
      column: expected.columns[0],
      sqlType,
      isReadOnly: !expected.isSupplied,
    });
  });

  test('none leaves no key', () => {
    const None = class extends model('t', { a: f.text() }, { pk: pk.none() }) {};
    expect(None.descriptor.key).toEqual({ kind: 'none', columns: [], defaultSql: null, identity: null, isSupplied: true, direction: null });
    expect(None.descriptor.fields.map(({ name }) => name)).toEqual(['createdAt', 'updatedAt', 'a']);
    for (const member of ['create', 'get', 'find', 'update', 'createWithId', 'build', 'nextId', 'nextIds'])
      expect(member in None).toBe(false);
    for (const member of ['save', 'update', 'delete', 'refresh', 'reload']) expect(member in None.prototype).toBe(false);
  });

  test('composite is made of declared fields, in order', () => {
    class Target extends model('targets', { name: f.text() }) {}
    const { descriptor } = class extends model(
      't',
      { b: f.int().column('second'), owner: link(Target) },
      { pk: pk.composite('owner', 'b'), timestamps: false },
    ) {};
    expect(descriptor.key).toEqual({
      kind: 'composite',
      columns: ['owner_id', 'second'],
      defaultSql: null,
      identity: null,
      isSupplied: true,
      direction: null,
    });
    expect(descriptor.fields.map(({ name, role }) => [name, role])).toEqual([
      ['b', 'data'],
      ['owner', 'data'],
    ]);
  });

  test('may be the type of any field', () => {
    const { descriptor } = class extends model('t', {
      a: f.id(pk.heerId()),
      b: f.id(pk.ranjIdDesc()).nullable(),
      c: f.id(pk.serial()),
      d: f.array(f.id(pk.heerIdDesc())),
      e: f.id(pk.custom({ name: 'sku', field: f.varchar(9) })),
    }) {};
    expect(descriptor.fields.slice(3).map(({ sqlType, default: made }) => [sqlType, made])).toEqual([
      ['bigint', null],
      ['uuid', null],
      ['integer', null],
      ['bigint[]', null],
      ['character varying(9)', null],
    ]);
  });

  test('is what a reference to it travels as', () => {
    class Sku extends model('skus', { name: f.text() }, { pk: pk.custom({ name: 'sku', field: f.varchar(12), column: 'code' }) }) {}
    class Serial extends model('serials', { name: f.text(), code: f.varchar(3).unique().column('Code') }, { pk: pk.serial() }) {}
    const { descriptor } = class extends model('t', {
      sku: link(Sku),
      serial: link(Serial),
      code: link(Serial, { targetField: 'code' }),
    }) {};
    expect(
      descriptor.fields.slice(3).map(({ sqlType, default: made, reference }) => [sqlType, made, reference!.table, reference!.columns]),
    ).toEqual([
      ['character varying(12)', null, 'skus', ['code']],
      ['integer', null, 'serials', ['id']],
      ['character varying(3)', null, 'serials', ['Code']],
    ]);
  });
});

describe('an adopted table', () => {
  test('has no timestamps when it says so', () => {
    const { descriptor } = class extends model('t', { a: f.text() }, { timestamps: false }) {};
    expect(descriptor.hasTimestamps).toBe(false);
    expect(descriptor.fields.map(({ name }) => name)).toEqual(['id', 'a']);
  });

  test('has no checks on its integers when it says so', () => {
    const unbounded = { bounds: false };
    const { descriptor } = class extends model('t', {
      a: f.tinyint(unbounded),
      b: f.uint8(unbounded),
      c: f.uint16(unbounded),
      d: f.uint32(unbounded),
      e: f.safeInt(unbounded),
      g: f.uint64(unbounded),
    }) {};
    expect(descriptor.fields.slice(3).map(({ kind, sqlType, check: made }) => [kind, sqlType, made])).toEqual([
      ['tinyint', 'smallint', null],
      ['uint8', 'smallint', null],
      ['uint16', 'integer', null],
      ['uint32', 'bigint', null],
      ['safeInt', 'bigint', null],
      ['uint64', 'numeric', null],
    ]);
  });
});

test('the check of a bounded integer has its range', () => {
  const { descriptor } = class extends model('t', {
    a: f.tinyint(),
    b: f.uint8(),
    c: f.uint16(),
    d: f.uint32(),
    e: f.safeInt(),
    g: f.uint64(),
    h: f.smallint(),
    i: f.int(),
    j: f.bigint(),
  }) {};
  expect(descriptor.fields.slice(3).map(({ check: made }) => made?.expression ?? null)).toEqual([
    '"a" >= -128 AND "a" <= 127',
    '"b" >= 0 AND "b" <= 255',
    '"c" >= 0 AND "c" <= 65535',
    '"d" >= 0 AND "d" <= 4294967295',
    '"e" >= -9007199254740991 AND "e" <= 9007199254740991',
    '"g" >= 0 AND "g" <= 18446744073709551615 AND "g" = trunc("g")',
    null,
    null,
    null,
  ]);
});

describe('a bag', () => {
  const Person = declareEverything();
  const bag = bagOf(Person, nodes.source('people'));

  test('has the declared names, and a reference under its id', () => {
    expect(nodeOf(bag['tags'])).toMatchObject({ kind: 'column', column: 'labels', property: 'tags' });
    expect(nodeOf(bag['mentor'].id)).toMatchObject({ kind: 'column', column: 'mentor_id', property: 'mentorId' });
    expect(nodeOf(bag['id'])).toMatchObject({ column: 'id' });
    expect(nodeOf(bag['createdAt'])).toMatchObject({ column: 'created_at' });
    expect(bag['pupils']).toEqual({ via: 'mentor' });
  });

  test('refuses a name that is not there, instead of giving undefined', () => {
    expect(() => bag['nmae']).toThrow(
      expect.objectContaining({
        code: 'VALIDATION',
        model: 'people',
        issues: [expect.objectContaining({ path: 'nmae', rule: 'unknown_field' })],
      }),
    );
    expect(() => bag['mentorId']).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
  });

  test('can be returned from an asynchronous function and printed', async () => {
    expect(await Promise.resolve(bag)).toBe(bag);
    // oxlint-disable-next-line typescript/no-base-to-string -- a caller may hand in anything
    expect(String(bag)).toBe('[object Object]');
  });

  test('has the operations that a kind brought, and only those', () => {
    const writer = new SqlWriter();
    renderNode(writer, nodeOf(bag['place'].distanceTo({ x: 1, y: 2 }).lt(5)));
    expect(writer.text).toBe('"place" <-> $1::point < $2');
    expect(bag['place'].eq).toBeUndefined();
    expect(() => bag['place'].isLeftOf({ x: 1 })).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
  });
});

test('a model is known as one, and nothing else is', () => {
  class A extends model('a', {}) {}
  expect([A, model('b', {}), class {}, {}, null, undefined, 'a', () => 1].map(isModel)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
    false,
    false,
  ]);
});
