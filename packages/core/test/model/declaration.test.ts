import { describe, expect, test } from 'vitest';
import { app, check, exclude, f, hooks, index, model, opclass, pgEnum, pk, sql, unique } from '../../src/index.ts';
import { bagOf, nodes } from '../../src/extension.ts';
import { definitionError, rulesOf } from './support/definition.ts';
import { link, links } from './support/link.ts';

const loose = (value: unknown): any => value;

describe('a table name', () => {
  test.each([
    ['', 'identifier'],
    ['a'.repeat(64), 'identifier'],
    ['ü'.repeat(32), 'identifier'],
    ['a\0b', 'identifier'],
    ['__djogi_x', 'reserved_prefix'],
    ['__Djogi_x', 'reserved_prefix'],
  ])('%j is refused as %s', (table, rule) => {
    expect(rulesOf(class extends model(table, { name: f.text() }) {})).toEqual([rule]);
  });

  test.each(['Orders', 'order', '1abc', 'with "quotes"', 'ü'.repeat(31), '__other_x'])(
    '%j is accepted, because identifiers are quoted',
    (table) => {
      expect(class extends model(table, { name: f.text() }) {}.descriptor.table).toBe(table);
    },
  );

  test('of 63 bytes is accepted', () => {
    expect(class extends model('a'.repeat(63), { name: f.text() }) {}.descriptor.table).toHaveLength(63);
  });
});

describe('a column name', () => {
  test.each([
    ['', 'identifier'],
    ['a'.repeat(64), 'identifier'],
    ['__DJOGI_x', 'reserved_prefix'],
  ])('%j is refused as %s', (column, rule) => {
    expect(rulesOf(class extends model('t', { name: f.text().column(column) }) {})).toEqual([`${rule} name`]);
  });

  test('that follows from a property is checked too', () => {
    expect(rulesOf(class extends model('t', { ['x'.repeat(64)]: f.text(), __djogi_search: f.text() }) {})).toEqual([
      `identifier ${'x'.repeat(64)}`,
      'reserved_prefix __djogi_search',
    ]);
  });

  test('may be a reserved word', () => {
    expect(
      class extends model('t', { order: f.text(), group: f.text().column('select') }) {}.descriptor.fields.map((field) => field.column),
    ).toEqual(['id', 'created_at', 'updated_at', 'order', 'select']);
  });

  test('may not be a former name that no column can have', () => {
    expect(rulesOf(class extends model('t', { name: f.text().renamedFrom('') }) {})).toEqual(['identifier name']);
  });
});

describe('a field name', () => {
  test.each(['id', 'createdAt', 'updatedAt'])("%s is the framework's", (name) => {
    expect(rulesOf(class extends model('t', loose({ [name]: f.text() })) {})).toEqual([`reserved_field ${name}`]);
  });

  test.each([
    'save',
    'update',
    'delete',
    'refresh',
    'reload',
    'assign',
    'isDirty',
    'dirtyFields',
    'markDirty',
    'markClean',
    'updateReturningPair',
    'deleteReturning',
    'toJSON',
    'then',
    'constructor',
    'prototype',
    '__proto__',
    'toString',
    'valueOf',
    'hasOwnProperty',
    'toLocaleString',
    'isPrototypeOf',
  ])('%s is taken by every row', (name) => {
    expect(rulesOf(class extends model('t', loose({ [name]: f.text() })) {})).toEqual([`reserved_property ${name}`]);
  });

  test('id is free without a key, and the timestamps without timestamps', () => {
    const { descriptor } = class extends model('t', loose({ id: f.int(), createdAt: f.text(), updatedAt: f.text() }), {
      pk: pk.none(),
      timestamps: false,
    }) {};
    expect(descriptor.fields.map((field) => [field.name, field.role])).toEqual([
      ['id', 'data'],
      ['createdAt', 'data'],
      ['updatedAt', 'data'],
    ]);
  });
});

describe('two fields', () => {
  test('may not be stored in one column', () => {
    expect(rulesOf(class extends model('t', { userID: f.text(), userId: f.text() }) {})).toEqual(['duplicate_column userId']);
    expect(rulesOf(class extends model('t', { name: f.text(), title: f.text().column('name') }) {})).toEqual(['duplicate_column title']);
    expect(rulesOf(class extends model('t', { since: f.text().column('created_at') }) {})).toEqual(['duplicate_column since']);
    expect(rulesOf(class extends model('t', { key: f.text().column('id') }) {})).toEqual(['duplicate_column key']);
  });

  test('may not be one property of the row', () => {
    class Target extends model('targets', { name: f.text() }) {}
    expect(rulesOf(class extends model('t', { owner: link(Target), ownerId: f.text().column('other') }) {})).toEqual([
      'duplicate_property ownerId',
    ]);
  });
});

describe('a field', () => {
  test.each([[undefined], [null], ['text'], [{ text: true }], [f.text]])('that is %j is refused', (field) => {
    expect(rulesOf(class extends model('t', loose({ name: field })) {})).toEqual(['field name']);
  });

  test('whose getter throws is refused, with the cause', () => {
    class Broken extends model('t', {
      get name(): ReturnType<typeof f.text> {
        throw new TypeError('no builder today');
      },
    }) {}
    const error = definitionError(() => Broken.descriptor);
    expect(error).toMatchObject({ rule: 'field', field: 'name', model: 't', cause: { message: 'no builder today' } });
  });

  test('with a length that no type has is refused', () => {
    const fields = {
      a: f.varchar(0),
      b: f.varchar(20_000_000),
      c: f.varchar(1.5),
      d: f.text({ maxLength: 0 }),
      e: f.text({ maxLength: -1 }),
      ok: f.varchar(10_485_760),
    };
    expect(rulesOf(class extends model('t', fields) {})).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => `max_length ${name}`));
  });

  test('with a precision that numeric cannot have is refused', () => {
    const fields = {
      a: f.decimal(0),
      b: f.decimal(1001),
      c: f.decimal(5, 6),
      d: f.decimal(5, -1),
      e: f.decimal(undefined, 2),
      ok: f.decimal(1000, 1000),
    };
    expect(rulesOf(class extends model('t', fields) {})).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => `precision ${name}`));
  });

  test('that is an array of what cannot be an element is refused', () => {
    const fields = {
      a: f.array(f.array(f.text())),
      b: f.array(f.bytea()),
      c: f.array(f.text().nullable()),
      d: f.array(f.text().unique()),
      e: f.array(loose('text')),
      g: f.array(f.varchar(0)),
      ok: f.array(f.text({ maxLength: 3 })),
    };
    expect(rulesOf(class extends model('t', fields) {})).toEqual([
      'array_element a',
      'array_element b',
      'array_element c',
      'array_element d',
      'array_element e',
      'max_length g',
    ]);
  });

  test('with an option that its builder does not have is refused', () => {
    const fields = {
      a: f.text(loose({ maxLenght: 3 })),
      b: f.uint8(loose({ bound: false })),
      c: f.uint64(loose({ check: false })),
      d: f.text().unique(loose({ nullsDistinct: true })),
    };
    expect(rulesOf(class extends model('t', fields) {})).toEqual(['a', 'b', 'c', 'd'].map((name) => `unknown_option ${name}`));
  });

  test('with an index method that Postgres does not have is refused', () => {
    expect(rulesOf(class extends model('t', { name: f.text().index(loose('rtree')) }) {})).toEqual(['index_spec name']);
  });

  test('without a column takes no modifier about one', () => {
    class Target extends model('targets', { name: f.text() }) {}
    expect(rulesOf(class extends model('t', { many: links(Target, 'x').unique().comment('x') }) {})).toEqual(['modifier_conflict many']);
  });
});

describe('a version field', () => {
  test('is possible once', () => {
    expect(rulesOf(class extends model('t', { a: f.version(), b: f.version() }) {})).toEqual(['version_duplicate b']);
  });

  test.each([
    ['nullable', f.version().nullable()],
    ['a default', f.version().default(3)],
    ['a default in SQL', f.version().default(sql`3`)],
    ['a default made in process', f.version().defaultFn(() => 3)],
    ['tracking', f.version().tracked()],
    ['a generated expression', f.version().generated(sql`1`)],
    ['filling', f.version().filled()],
  ])('excludes %s', (_, field) => {
    expect(new Set(rulesOf(class extends model('t', { v: field }) {}))).toEqual(new Set(['modifier_conflict v']));
  });
});

describe('a generated field', () => {
  test.each([
    [
      'a default',
      f
        .int()
        .default(1)
        .generated(sql`1`),
    ],
    [
      'a default given after it',
      f
        .int()
        .generated(sql`1`)
        .default(1),
    ],
    [
      'tracking',
      f
        .int()
        .generated(sql`1`)
        .tracked(),
    ],
    [
      'filling',
      f
        .int()
        .generated(sql`1`)
        .filled(),
    ],
  ])('excludes %s', (_, field) => {
    expect(rulesOf(class extends model('t', { total: field }) {})).toEqual(['modifier_conflict total']);
  });
});

describe('modifiers', () => {
  test('that say nothing about a column without NULL are refused', () => {
    expect(rulesOf(class extends model('t', { a: f.text().unique({ nullsNotDistinct: true }) }) {})).toEqual(['modifier_conflict a']);
  });

  test('of a reference must agree with each other', () => {
    class Target extends model('targets', { name: f.text() }) {}
    const fields = {
      a: link(Target, { initiallyDeferred: true }),
      b: link(Target, { onDelete: 'setNull' }),
      ok: link(Target, { onDelete: 'setNull', deferrable: true, initiallyDeferred: true }).nullable(),
    };
    expect(rulesOf(class extends model('t', fields) {})).toEqual(['modifier_conflict a', 'modifier_conflict b']);
  });

  test('with an empty text are refused', () => {
    expect(
      rulesOf(
        class extends model('t', { a: f.text().comment(' '), b: f.text().rationale('') }, { comment: '', rationale: '\n', name: ' ' }) {},
      ),
    ).toEqual(['empty_sql', 'empty_sql', 'empty_sql', 'empty_sql a', 'empty_sql b']);
  });

  test.each([
    ['check', () => f.text().check(sql``)],
    ['generated', () => f.int().generated(sql`  `)],
    [
      'default',
      () =>
        f.int().default(sql`
  `),
    ],
  ])('with empty SQL in %s are refused', (_, make) => {
    expect(definitionError(make).rule).toBe('empty_sql');
  });

  test('take no interpolated values into their SQL', () => {
    const bound = 5;
    expect(() => loose(sql)`x > ${bound}`).toThrow(
      expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: 'interpolation' })] }),
    );
  });
});

describe('a default', () => {
  const Mood = pgEnum('mood', ['fine', 'so-so']);
  test.each([
    ['2147483648 of int', f.int().default(2 ** 31)],
    ['3.5 of int', f.int().default(3.5)],
    ['a string of int', f.int().default(loose('3'))],
    ['256 of uint8', f.uint8().default(256)],
    ['an unknown label', f.enum(Mood).default(loose('bad'))],
    ['a text that is too long', f.varchar(2).default('abc')],
    ['a decimal of a larger scale', f.decimal(5, 2).default('1.234')],
    ['an invalid date', f.timestamptz().default(new Date(NaN))],
    ['null of a column that is NOT NULL', f.text().default(loose(null))],
    ['undefined', f.text().default(loose(undefined))],
    ['an array with null', f.array(f.int()).default(loose([1, null]))],
    ['no function', f.text().defaultFn(loose('x'))],
  ])('%s is refused', (_, field) => {
    expect(rulesOf(class extends model('t', { value: field }) {})).toEqual(['default_value value']);
  });

  test('of a nullable column may be null', () => {
    expect(class extends model('t', { value: f.text().nullable().default(null) }) {}.descriptor.fields.at(-1)!.default).toEqual({
      kind: 'sql',
      text: 'NULL',
    });
  });
});

describe('exposure', () => {
  test.each([
    ['no audience', f.text().expose()],
    ['an empty one', f.text().expose('')],
    ['one twice', f.text().expose('a', 'a')],
    ['none with another', f.text().expose('none', 'a')],
  ])('to %s is refused', (_, field) => {
    expect(rulesOf(class extends model('t', { value: field }) {})).toEqual(['expose_scope value']);
  });
});

describe('protection', () => {
  test.each([
    ['a secret without a rationale', { sensitivity: 'secret' }],
    ['a blank rationale', { sensitivity: 'pii', rationale: ' ' }],
    ['none with a setting', { sensitivity: 'none', rationale: 'x' }],
    ['hashId on text', { sensitivity: 'pii', rationale: 'a person', redaction: 'hashId' }],
    ['an unknown sensitivity', { sensitivity: 'top', rationale: 'x' }],
    ['an unknown setting', { sensitivity: 'pii', rationale: 'x', codec: 'rot13' }],
  ])('with %s is refused', (_, protection) => {
    expect(rulesOf(class extends model('t', { value: f.text().protected(loose(protection)) }) {})).toEqual(['protected_spec value']);
  });

  test('may hash an id', () => {
    class Target extends model('targets', { name: f.text() }) {}
    const { descriptor } = class extends model('t', {
      owner: link(Target).protected({ sensitivity: 'pii', rationale: 'a person', redaction: 'hashId' }),
      ref: f.id(pk.ranjId()).protected({ sensitivity: 'pii', rationale: 'a person', redaction: 'hashId' }),
    }) {};
    expect(descriptor.fields.at(-1)!.protected).toEqual({ sensitivity: 'pii', rationale: 'a person', redaction: 'hashId' });
  });

  test("leaves the caller's object as it is", () => {
    const protection = { sensitivity: 'pii' as const, rationale: 'a person' };
    class Owned extends model('t', { value: f.text().protected(protection) }) {}
    void Owned.descriptor;
    protection.rationale = 'changed';
    expect(Owned.descriptor.fields.at(-1)!.protected!.rationale).toBe('a person');
  });
});

describe('an option', () => {
  test('that does not exist is refused', () => {
    expect(rulesOf(class extends model('t', { a: f.text() }, loose({ indexes: [], softDeletable: true })) {})).toEqual([
      'unknown_option',
      'unknown_option',
    ]);
  });

  test.each([
    ['tracking', { tracking: 'none' }, 'unknown_option'],
    ['renamedFrom', { renamedFrom: '' }, 'identifier'],
    ['tablespace', { tablespace: '' }, 'identifier'],
    ['storageParams', { storageParams: { 'fill factor': '70' } }, 'storage_params'],
    ['app', { app: { label: 'a b', database: 'main' } }, 'app'],
    ['app as a string', { app: 'blog' }, 'app'],
    ['movedFromApp', { movedFromApp: {} }, 'app'],
    ['use', { use: 'outbox' }, 'extension'],
    ['use with no extension in it', { use: [{}] }, 'extension'],
    ['use with an extension without names', { use: [{ name: 'x', section: () => null }] }, 'extension'],
  ])('%s with a wrong value is refused', (_, options, rule) => {
    expect(rulesOf(class extends model('t', { a: f.text() }, loose(options)) {})).toEqual([rule]);
  });

  test('app has names that are plain identifiers', () => {
    expect(definitionError(() => app('a b')).rule).toBe('app');
    expect(definitionError(() => app('a', { database: '1x' })).rule).toBe('app');
    expect(definitionError(() => app('__djogi_x')).rule).toBe('app');
    expect(app('blog')).toEqual({ label: 'blog', database: 'main' });
  });

  test('storageParams takes numbers and booleans too', () => {
    expect(
      class extends model('t', { a: f.text() }, { storageParams: { fillfactor: 70, autovacuum_enabled: false } }) {}.descriptor
        .storageParams,
    ).toEqual({ fillfactor: '70', autovacuum_enabled: 'false' });
  });

  test('fields of a model must be an object', () => {
    expect(rulesOf(class extends model('t', loose(undefined)) {})).toEqual(['field']);
  });
});

describe('an enum', () => {
  test.each([
    ['without labels', 'e', [], 'enum_spec'],
    ['with a label twice', 'e', ['a', 'a'], 'enum_spec'],
    ['with an empty label', 'e', [''], 'enum_spec'],
    ['with a label of 64 bytes', 'e', ['a'.repeat(64)], 'enum_spec'],
    ['with a label of 63 characters and more bytes', 'e', [`${'a'.repeat(62)}ü`], 'enum_spec'],
    ['without a name', '', ['a'], 'identifier'],
    ['with a reserved name', '__djogi_e', ['a'], 'reserved_prefix'],
  ])('%s is refused', (_, name, labels, rule) => {
    expect(definitionError(() => pgEnum(name, labels)).rule).toBe(rule);
  });

  test('may have labels with spaces, commas, quotes and capitals', () => {
    const Odd = pgEnum('Odd "name"', ['a b', 'c,d', 'it\'s "so"', 'UPPER', '{}']);
    expect(Odd.is['c,d']).toBe('c,d');
    expect(Object.isFrozen(Odd.labels)).toBe(true);
  });

  test('of one name and other labels may not stand beside it in a model', () => {
    expect(rulesOf(class extends model('t', { a: f.enum(pgEnum('e', ['x'])), b: f.enum(pgEnum('e', ['y'])) }) {})).toEqual([
      'enum_conflict',
    ]);
  });
});

describe('a partitioned table', () => {
  const options = (partitionBy: object): any => ({ partitionBy });
  test.each([
    ['a field that is not there', { range: 'gone' }],
    ['a nullable one', { range: 'soldAt' }],
    ['no partitions', { hash: 'make', partitions: 0 }],
    ['a fraction of one', { hash: 'make', partitions: 1.5 }],
    ['nothing', {}],
  ])('by %s is refused', (_, partitionBy) => {
    expect(rulesOf(class extends model('t', { make: f.text(), soldAt: f.timestamptz().nullable() }, options(partitionBy)) {})).toEqual([
      'partition_key',
    ]);
  });

  test('needs the partition column in every unique constraint', () => {
    expect(rulesOf(class extends model('t', { make: f.text(), vin: f.text().unique() }, { partitionBy: { range: 'make' } }) {})).toEqual([
      'partition_key',
    ]);
  });

  test('may be divided by a framework column', () => {
    expect(class extends model('t', { make: f.text() }, { partitionBy: { range: 'createdAt' } }) {}.descriptor.partitionBy).toEqual({
      kind: 'range',
      column: 'created_at',
    });
    expect(class extends model('t', { make: f.text() }, { partitionBy: { hash: 'id', partitions: 4 } }) {}.descriptor.partitionBy).toEqual({
      kind: 'hash',
      column: 'id',
      partitions: 4,
    });
  });
});

describe('a key', () => {
  test.each([
    ['custom without a name', () => pk.custom({ name: ' ', field: f.text() })],
    ['custom with the name of a built-in kind', () => pk.custom({ name: 'serial', field: f.text() })],
    ['custom over a modified field', () => pk.custom({ name: 'k', field: f.text().unique() })],
    ['custom over no field', () => pk.custom({ name: 'k', field: loose({}) })],
    ['composite without fields', () => pk.composite()],
    ['composite of an unknown field', () => pk.composite('gone')],
    ['composite of a nullable field', () => pk.composite('note')],
    ['composite of a field twice', () => pk.composite('a', 'a')],
  ])('%s is refused', (_, make) => {
    expect(rulesOf(class extends model('t', { a: f.text(), note: f.text().nullable() }, loose({ pk: make() })) {})[0]).toMatch(/^key_spec/);
  });

  test('whose column has no valid name is refused', () => {
    expect(rulesOf(class extends model('t', { a: f.text() }, { pk: pk.serial({ column: '' }) }) {})).toEqual(['identifier']);
  });
});

describe('the class body', () => {
  test('may not declare a column as a field', () => {
    class Shadow extends model('t', { name: f.text() }) {
      override name = 'x';
    }
    expect(rulesOf(Shadow)).toEqual(['shadowed_column name']);
  });

  test('may not declare a column as a field without a value', () => {
    class Shadow extends model('t', { name: f.text() }) {
      override name!: string;
    }
    expect(rulesOf(Shadow)).toEqual(['shadowed_column name']);
  });

  test('may say the type of a column with declare', () => {
    class Narrow extends model('t', { name: f.text() }) {
      declare name: 'a' | 'b';
    }
    expect(Narrow.descriptor.table).toBe('t');
  });

  test('may not declare a column as a getter or a method', () => {
    const Base = model('t', { name: f.text(), age: f.int() });
    class Shadow extends Base {}
    Object.defineProperty(Shadow.prototype, 'name', { get: () => 'x' });
    Object.defineProperty(Shadow.prototype, 'age', {
      value() {
        return 1;
      },
    });
    expect(rulesOf(Shadow)).toEqual(['shadowed_column name', 'shadowed_column age']);
  });

  test('may not declare what a loaded relation will be called', () => {
    class Target extends model('targets', { name: f.text() }) {}
    class Shadow extends model('t', { owner: link(Target), many: links(Target, 'x') }) {
      get owner(): string {
        return 'x';
      }
      many(): string {
        return 'x';
      }
    }
    expect(rulesOf(Shadow)).toEqual(['shadowed_column owner', 'shadowed_column many']);
  });

  test('may not declare a property that is no column', () => {
    class Extra extends model('t', { name: f.text() }) {
      cache = new Map();
    }
    expect(rulesOf(Extra)).toEqual(['instance_property cache']);
  });

  test('that throws when it is constructed is refused, with the cause', () => {
    class Broken extends model('t', { name: f.text() }) {
      constructor() {
        super();
        throw new TypeError('not today');
      }
    }
    expect(definitionError(() => Broken.descriptor)).toMatchObject({ rule: 'instance_property', cause: { message: 'not today' } });
  });

  test('may have methods, getters, setters and statics of its own', () => {
    class Full extends model('t', { name: f.text() }) {
      static readonly limit = 3;
      static of(): string {
        return 'x';
      }
      get label(): string {
        return this.name;
      }
      set label(label: string) {
        this.name = label;
      }
      shout(): string {
        return this.name.toUpperCase();
      }
    }
    expect(Full.descriptor.table).toBe('t');
  });
});

describe('the hierarchy', () => {
  test('has one class per model', () => {
    class Vehicle extends model('vehicles', { name: f.text() }) {}
    class Truck extends Vehicle {}
    expect(Vehicle.descriptor.table).toBe('vehicles');
    expect(rulesOf(Truck)).toEqual(['extends_model']);
  });

  test("needs no class of the user's own", () => {
    expect(model('t', { name: f.text() }).descriptor.name).toBe('T');
  });
});

describe('static members', () => {
  test('with a declaration under an unknown name are refused', () => {
    class A extends model('a', { name: f.text() }) {
      static readonly indexes: unknown = [index(A, (a) => [a.name])];
    }
    class B extends model('b', { name: f.text() }) {
      static readonly check: unknown = check(B, 'x', (b) => b.name.eq('x'));
    }
    class C extends model('c', { name: f.text() }) {
      static readonly hook: unknown = hooks(C, {});
    }
    class D extends model('d', { name: f.text() }) {
      static readonly tableObjects = [] as never[];
      static readonly tabelObjects: unknown = [exclude(D, 'x', 'gist', (d) => [{ of: d.name, with: '=' }])];
    }
    expect([A, B, C, D].map(rulesOf)).toEqual([['unknown_static'], ['unknown_static'], ['unknown_static'], ['unknown_static']]);
  });

  test("with another model's declaration under an unknown name are refused", () => {
    class A extends model('a', { name: f.text() }) {}
    class B extends model('b', { name: f.text() }) {
      static readonly indexes: unknown = [index(A, (a) => [a.name])];
    }
    expect(rulesOf(B)).toEqual(['unknown_static']);
  });

  test("with a declaration under the other one's name are refused", () => {
    class A extends model('a', { name: f.text() }) {}
    Object.defineProperty(A, 'hooks', { value: index(A, (a) => [a.name]) });
    class B extends model('b', { name: f.text() }) {}
    Object.defineProperty(B, 'tableObjects', { value: hooks(B, {}) });
    expect(rulesOf(A)).toEqual(['unknown_static']);
    expect(rulesOf(B)).toEqual(['unknown_static']);
  });

  test('may list table objects of the model itself only', () => {
    class A extends model('a', { name: f.text() }) {}
    class B extends model('b', { name: f.text() }) {
      static readonly tableObjects = [index(A, (a) => [a.name])];
    }
    class C extends model('c', { name: f.text() }) {
      static readonly tableObjects: any = [undefined, { kind: 'index' }, 'x'];
    }
    class D extends model('d', { name: f.text() }) {
      static readonly tableObjects: any = 'x';
    }
    expect([B, C, D].map(rulesOf)).toEqual([['table_object'], ['table_object', 'table_object', 'table_object'], ['table_object']]);
  });

  test('hooks are of the model itself', () => {
    class A extends model('a', { name: f.text() }) {
      static readonly hooks = hooks(A, {});
    }
    class B extends model('b', { name: f.text() }) {
      static readonly hooks = A.hooks;
    }
    class C extends model('c', { name: f.text() }) {
      static readonly hooks: any = { beforeSave() {} };
    }
    expect(A.descriptor.table).toBe('a');
    expect([B, C].map(rulesOf)).toEqual([['hook'], ['hook']]);
  });

  test('hooks with an unknown name or no function are refused where they are written', () => {
    class A extends model('a', { name: f.text() }) {}
    expect(definitionError(() => hooks(A, loose({ beforeInsert() {} }))).rule).toBe('hook');
    expect(definitionError(() => hooks(A, loose({ beforeSave: 'x' }))).rule).toBe('hook');
  });
});

describe('an index', () => {
  const ruleOf = (make: (Model: any) => unknown): string[] => {
    class Table extends model('t', { name: f.text(), age: f.int(), tags: f.array(f.text()) }) {
      static readonly tableObjects: any = [make(Table)];
    }
    return rulesOf(Table);
  };
  test.each<[string, (M: any) => unknown]>([
    ['over nothing', (M) => index(M, () => [])],
    ['over an unknown field', (M) => index(M, (m) => [loose(m).gone])],
    ['over no expression', (M) => index(M, () => loose(['name']))],
    ['whose callback returns none', (M) => index(M, () => loose(undefined))],
    ['unique and gin', (M) => unique(M, (m) => [loose(m).tags], { using: 'gin' })],
    ['unique and hash', (M) => index(M, (m) => [loose(m).name], { unique: true, using: 'hash' })],
    ['with an unknown method', (M) => index(M, (m) => [loose(m).name], { using: loose('rtree') })],
    ['hash over two columns', (M) => index(M, (m) => [loose(m).name, loose(m).age], { using: 'hash' })],
    ['hash with a condition', (M) => index(M, (m) => [loose(m).name], { using: 'hash', where: (m) => loose(m).age.gt(1) })],
    ['hash with further columns', (M) => index(M, (m) => [loose(m).name], { using: 'hash', include: (m) => [loose(m).age] })],
    ['hash over an expression', (M) => index(M, (m) => [loose(m).name.lower()], { using: 'hash' })],
    ['nullsNotDistinct without unique', (M) => index(M, (m) => [loose(m).name], { nullsNotDistinct: true })],
    ['including an expression', (M) => index(M, (m) => [loose(m).name], { include: (m) => [loose(m).name.lower()] })],
    ['whose condition is no predicate', (M) => index(M, (m) => [loose(m).name], { where: (m) => loose(m).age })],
    ['with a name that is too long', (M) => index(M, (m) => [loose(m).name], { name: 'x'.repeat(64) })],
    ['with an empty name', (M) => index(M, (m) => [loose(m).name], { name: '' })],
    ['with an operator class without a name', (M) => index(M, (m) => [opclass(loose(m).name, '')])],
    ['with an unknown option', (M) => index(M, (m) => [loose(m).name], loose({ predicate: 'x' }))],
    [
      'whose callback throws',
      (M) =>
        index(M, () => {
          throw new RangeError('x');
        }),
    ],
  ])('%s is refused', (_, make) => {
    expect(new Set(ruleOf(make))).toEqual(new Set(['index_spec']));
  });

  test('named like another is refused', () => {
    class A extends model('t', { name: f.text().index() }) {
      static readonly tableObjects: any = [index(A, (a) => [a.name], { where: (a) => a.name.eq('x') })];
    }
    class B extends model('t', { name: f.text() }) {
      static readonly tableObjects: any = [index(B, (b) => [b.name], { name: 't_pkey' })];
    }
    class C extends model('t', { name: f.text({ maxLength: 3 }) }) {
      static readonly tableObjects: any = [check(C, 'name', (c) => c.name.neq('x'))];
    }
    expect([A, B, C].map(rulesOf)).toEqual([['duplicate_name'], ['duplicate_name'], ['duplicate_name']]);
  });
});

describe('a check', () => {
  test.each<[string, (M: any) => unknown]>([
    ['without a name', (M) => check(M, '', (m) => loose(m).name.eq('x'))],
    ['that is no predicate', (M) => check(M, 'x', (m) => loose(m).name)],
    ['that returns nothing', (M) => check(M, 'x', () => loose(undefined))],
    [
      'that is asynchronous',
      (M) =>
        check(
          M,
          'x',
          loose(async () => true),
        ),
    ],
    ['over an unknown field', (M) => check(M, 'x', (m) => loose(m).gone.eq(1))],
    [
      'over the bag of another model',
      (M) => check(M, 'x', () => loose(bagOf(class extends model('other', { name: f.text() }) {}, nodes.source('other')))['name'].eq('x')),
    ],
  ])('%s is refused', (_, make) => {
    class Table extends model('t', { name: f.text() }) {
      static readonly tableObjects: any = [make(Table)];
    }
    expect(rulesOf(Table)).toEqual(['check_spec']);
  });
});

describe('an exclusion', () => {
  test.each<[string, (M: any) => unknown]>([
    ['without elements', (M) => exclude(M, 'x', 'gist', () => [])],
    ['without a name', (M) => exclude(M, '', 'gist', (m) => [{ of: loose(m).name, with: '=' }])],
    ['without an operator', (M) => exclude(M, 'x', 'gist', (m) => [{ of: loose(m).name, with: '' }])],
    ['with something else than an operator', (M) => exclude(M, 'x', 'gist', (m) => [{ of: loose(m).name, with: '=) , (1' }])],
    [
      'initially deferred and not deferrable',
      (M) => exclude(M, 'x', 'gist', (m) => [{ of: loose(m).name, with: '=' }], { initiallyDeferred: true }),
    ],
    ['without a method', (M) => exclude(M, 'x', loose(undefined), (m) => [{ of: loose(m).name, with: '=' }])],
    ['with an unknown option', (M) => exclude(M, 'x', 'gist', (m) => [{ of: loose(m).name, with: '=' }], loose({ when: 1 }))],
  ])('%s is refused', (_, make) => {
    class Table extends model('t', { name: f.text() }) {
      static readonly tableObjects: any = [make(Table)];
    }
    expect(rulesOf(Table)).toEqual(['exclusion_spec']);
  });
});

describe('a reference', () => {
  test('to a class that is not there yet advises a getter', () => {
    class Table extends model('t', { owner: link(undefined) }) {}
    const error = definitionError(() => Table.descriptor);
    expect(error).toMatchObject({ rule: 'reference_target', model: 't', field: 'owner' });
    expect(error.message).toMatch(/getter: get owner\(\)/);
  });

  test.each([
    ['null', null],
    ['a plain class', class {}],
    ['a string', 'people'],
    ['a thunk', () => class extends model('x', {}) {}],
  ])('to %s is refused', (_, target) => {
    expect(rulesOf(class extends model('t', { owner: link(target) }) {})).toEqual(['reference_target owner']);
  });

  test('to a model without a single key is refused', () => {
    class None extends model('nones', { a: f.text() }, { pk: pk.none() }) {}
    class Pair extends model('pairs', { a: f.text(), b: f.text() }, { pk: pk.composite('a', 'b') }) {}
    expect(rulesOf(class extends model('t', { x: link(None), y: link(Pair) }) {})).toEqual(['reference_target x', 'reference_target y']);
  });

  test('to a field that is not there is refused', () => {
    class Target extends model('targets', {
      code: f.text().unique(),
      get back() {
        return links(Target, 'x');
      },
    }) {}
    expect(
      rulesOf(
        class extends model('t', {
          x: link(Target, { targetField: 'gone' }),
          y: link(Target, { targetField: 'back' }),
          z: link(Target, { targetField: 'toString' }),
        }) {},
      ),
    ).toEqual(['reference_target x', 'reference_target y', 'reference_target z']);
  });
});

describe('several problems', () => {
  test('are reported at once, each with its rule, model and field', () => {
    class Wrong extends model(
      '',
      { id: f.text(), name: f.varchar(0).comment(''), age: f.int().default(0.5), gone: undefined } as any,
      loose({ colour: 'red' }),
    ) {}
    const error = definitionError(() => Wrong.descriptor);
    expect(error.problems!.map((problem) => [problem.rule, problem.field])).toEqual([
      ['identifier', undefined],
      ['unknown_option', undefined],
      ['reserved_field', 'id'],
      ['max_length', 'name'],
      ['empty_sql', 'name'],
      ['default_value', 'age'],
      ['field', 'gone'],
    ]);
    expect(error.rule).toBe('identifier');
    expect(error.message).toContain('7 problems were found');
    for (const problem of error.problems!) expect(error.message).toContain(problem.message);
  });

  test('of table objects, extensions and hooks are reported together', () => {
    class Wrong extends model(
      't',
      { name: f.text() },
      loose({
        use: [
          {
            name: 'x',
            names: ['gone'],
            section: () => {
              throw new RangeError('no');
            },
          },
          { name: 'x', names: [], section: () => 1 },
        ],
      }),
    ) {
      static readonly tableObjects = [index(Wrong, () => []), check(Wrong, '', (w) => w.name.eq('x'))];
      static readonly hooks: any = {};
    }
    expect(rulesOf(Wrong)).toEqual(['index_spec', 'check_spec', 'unknown_field', 'extension', 'extension', 'hook']);
  });

  test('are found again at every use', () => {
    class Wrong extends model('', { name: f.text() }) {}
    expect([1, 2].map(() => definitionError(() => Wrong.descriptor).rule)).toEqual(['identifier', 'identifier']);
  });

  test('quote no value', () => {
    const error = definitionError(() => class extends model('t', { pin: f.varchar(3).default('secret-pin') }) {}.descriptor);
    expect(JSON.stringify(error)).not.toContain('secret-pin');
  });
});

test('nothing is read or checked before the first use', () => {
  let reads = 0;
  class Lazy extends model('', {
    get name() {
      reads++;
      return f.text();
    },
  }) {}
  expect(reads).toBe(0);
  expect(rulesOf(Lazy)).toEqual(['identifier']);
  expect(reads).toBe(1);
});
