// From models to the snapshot, without a database: what follows from a set of models, and what is refused.

import { check, f, index, isDjogiError, model, pgEnum, pk, unique, type Field, type ModelDescriptor } from '@djogi/core';
import { derivedName, descriptorOf, fieldOf, keyTargetOf, type Extension, type OpaqueSchemaObject } from '@djogi/core/extension';
import { describe, expect, test } from 'vitest';
import { renderCreate, SchemaError, snapshotOf, type SchemaSnapshot, type SnapshotSource } from '../../src/index.ts';

function reference(target: object, options: Record<string, unknown> = {}): Field<any> {
  return fieldOf({ stored: 'key', valueKind: () => keyTargetOf(target).valueKind, reference: { target, ...options } });
}

class Person extends model('people', { name: f.text().unique() }) {}
class Vehicle extends model('vehicles', { owner: reference(Person), year: f.int() }) {}

const indexNames = (models: Iterable<SnapshotSource>, table: string): string[] =>
  snapshotOf(models)
    .tables.find(({ name }) => name === table)!
    .indexes.map(({ name }) => name);

function refusal(models: Iterable<SnapshotSource>): SchemaError {
  try {
    snapshotOf(models);
  } catch (error) {
    if (error instanceof SchemaError) return error;
    throw error;
  }
  throw new Error('the models were accepted');
}

/** A descriptor with some facts replaced, as another version or hand could have written it. */
const altered = (source: object, facts: Partial<ModelDescriptor>): ModelDescriptor => ({ ...descriptorOf(source), ...facts });

describe('a snapshot', () => {
  test('is the same bytes whatever the order of the models, and survives JSON', () => {
    const one = JSON.stringify(snapshotOf([Person, Vehicle]));
    expect(JSON.stringify(snapshotOf(new Set([Vehicle, Person, Vehicle])))).toBe(one);
    expect(renderCreate(JSON.parse(one) as SchemaSnapshot)).toEqual(renderCreate(snapshotOf([Person, Vehicle])));
  });

  test('is frozen to its leaves', () => {
    const snapshot = snapshotOf([Person]);
    expect(Object.isFrozen(snapshot.tables[0]!.columns[0]!.notNull)).toBe(true);
  });

  test('is the same from classes, from descriptors and from descriptors read from JSON', () => {
    const fromJson = [Person, Vehicle].map((each) => JSON.parse(JSON.stringify(descriptorOf(each))) as ModelDescriptor);
    expect(snapshotOf(fromJson)).toEqual(snapshotOf([Person, Vehicle]));
    expect(snapshotOf([...fromJson, Person, Vehicle])).toEqual(snapshotOf([Person, Vehicle]));
  });

  test('of no models is empty', () => {
    expect(snapshotOf([])).toEqual({ format: 1, extensions: [], enums: [], sequences: [], tables: [], objects: [] });
    expect(renderCreate(snapshotOf([]))).toEqual([]);
  });

  test('keeps declared text as it was written', () => {
    class Item extends model('items', { n: f.int() }) {
      static readonly tableObjects = [check(Item, 'n', (i) => i.n.in([1, 2]))];
    }
    const found = snapshotOf([Item]).tables[0]!.constraints.find(({ name }) => name === 'items_n_check');
    expect(found).toMatchObject({ expression: descriptorOf(Item).checks[0]!.expression });
  });

  test('lists the extensions that the types need once', () => {
    class A extends model('a', { x: f.citext(), y: f.array(f.citext()) }) {}
    class B extends model('b', { x: f.citext() }) {}
    expect(snapshotOf([A, B]).extensions).toEqual([{ name: 'citext', schema: null }]);
  });

  test('does not contain CONCURRENTLY, which is no fact', () => {
    class Item extends model('items', { n: f.int() }) {
      static readonly tableObjects = [index(Item, (i) => [i.n], { concurrently: true })];
    }
    expect(renderCreate(snapshotOf([Item])).join()).not.toContain('CONCURRENTLY');
  });
});

describe('the index of a foreign key', () => {
  test('is made when nothing leads with the column', () => {
    expect(indexNames([Person, Vehicle], 'vehicles')).toEqual(['vehicles_owner_id_idx']);
  });

  test('is left out when an index, a unique constraint or the key leads with it', () => {
    class ByIndex extends model('by_index', { owner: reference(Person), year: f.int() }) {
      static readonly tableObjects = [index(ByIndex, (v) => [v['owner'], v.year] as never)];
    }
    class ByUnique extends model('by_unique', { owner: reference(Person), year: f.int() }) {
      static readonly tableObjects = [unique(ByUnique, (v) => [v['owner'], v.year] as never)];
    }
    class ByKey extends model('by_key', { owner: reference(Person), year: f.int() }, { pk: pk.composite('owner', 'year') }) {}
    expect(indexNames([Person, ByIndex], 'by_index')).toEqual(['by_index_owner_id_year_idx']);
    expect(indexNames([Person, ByUnique], 'by_unique')).toEqual([]);
    expect(indexNames([Person, ByKey], 'by_key')).toEqual([]);
  });

  test('is made when an index has the column further back, or covers some rows only', () => {
    class Behind extends model('behind', { owner: reference(Person), year: f.int() }) {
      static readonly tableObjects = [index(Behind, (v) => [v.year, v['owner']] as never)];
    }
    class Partial extends model('partial', { owner: reference(Person), year: f.int() }) {
      static readonly tableObjects = [index(Partial, (v) => [v['owner']] as never, { where: (v) => v.year.gt(2000) })];
    }
    expect(indexNames([Person, Behind], 'behind')).toEqual(['behind_owner_id_idx', 'behind_year_owner_id_idx']);
    expect(indexNames([Person, Partial], 'partial')).toEqual(['partial_owner_id_fkey_idx', 'partial_owner_id_idx']);
  });

  test('is left out on request', () => {
    class Free extends model('free', { owner: reference(Person, { index: false }) }) {}
    expect(indexNames([Person, Free], 'free')).toEqual([]);
  });
});

describe('names', () => {
  test('over 63 bytes are cut with a digest, as core derives them', () => {
    const table = 'customer_subscription_entitlements_of_the_whole_organisation';
    class Long extends model(table, { externalReference: f.uint8() }) {}
    const names = snapshotOf([Long]).tables[0]!.constraints.map(({ name }) => name);
    expect(names).toContain(derivedName(table, ['external_reference'], 'check'));
    expect(names.every((name) => name.length <= 63)).toBe(true);
  });

  test('of types are spelled as the server prints them', () => {
    const Order = pgEnum('order', ['a']);
    const Plain = pgEnum('plain', ['a']);
    class Item extends model('items', { a: f.enum(Order), b: f.array(f.enum(Plain)) }, { timestamps: false }) {}
    expect(snapshotOf([Item]).tables[0]!.columns.map(({ type }) => type)).toEqual(['bigint', '"order"', 'plain[]']);
  });
});

describe('is refused', () => {
  test.each<[rule: string, object: string, models: () => SnapshotSource[]]>([
    ['descriptor_format', 'people', () => [altered(Person, { format: 2 as never })]],
    ['duplicate_table', 'people', () => [Person, altered(Person, { comment: 'another' })]],
    ['reference_target', 'vehicles', () => [Vehicle]],
    ['reference_target', 'vehicles', () => [altered(Person, { key: { ...descriptorOf(Person).key, columns: ['name'] } }), Vehicle]],
    [
      'reference_target',
      'vehicles',
      () => [
        Person,
        altered(Vehicle, {
          fields: descriptorOf(Vehicle).fields.map((field) => (field.name === 'owner' ? { ...field, sqlType: 'integer' } : field)),
        }),
      ],
    ],
    [
      'reference_target',
      'vehicles',
      () => [
        Person,
        altered(Vehicle, {
          fields: descriptorOf(Vehicle).fields.map((field) =>
            field.reference === null ? field : { ...field, reference: { ...field.reference, columns: ['nowhere'] } },
          ),
        }),
      ],
    ],
    ['reference_target', 'vehicles', () => [altered(Person, { partitionBy: { kind: 'hash', column: 'name', partitions: 2 } }), Vehicle]],
    ['name_collision', 'people', () => [Person, model('other', { n: f.enum(pgEnum('people', ['a'])) })]],
    ['name_collision', 'people_name_key', () => [Person, model('people_name_key', {})]],
    [
      'storage_params',
      'logs',
      () => [model('logs', { at: f.date() }, { partitionBy: { range: 'at' }, storageParams: { fillfactor: '70' } })],
    ],
    ['identifier', 'x'.repeat(62), () => [model('x'.repeat(62), { at: f.date() }, { partitionBy: { hash: 'at', partitions: 2 } })]],
    [
      'enum_conflict',
      'status',
      () => [model('a', { s: f.enum(pgEnum('status', ['x'])) }), model('b', { s: f.enum(pgEnum('status', ['y'])) })],
    ],
  ])('%s of %s', (rule, object, models) => {
    expect(refusal(models())).toMatchObject({ code: 'SCHEMA', rule, object });
  });

  test('with every problem at once', () => {
    const error = refusal([
      Vehicle,
      model('a', { s: f.enum(pgEnum('status', ['x'])) }),
      model('b', { s: f.enum(pgEnum('status', ['y'])) }),
    ]);
    expect(error.problems!.map(({ rule }) => rule)).toEqual(['enum_conflict', 'reference_target']);
    expect(isDjogiError(error, 'SCHEMA')).toBe(true);
  });

  test('one enum used by two models is no conflict', () => {
    const Status = pgEnum('status', ['x', 'y']);
    expect(snapshotOf([model('a', { s: f.enum(Status) }), model('b', { s: f.enum(Status) })]).enums).toEqual([
      { schema: 'public', name: 'status', labels: ['x', 'y'], comment: null },
    ]);
  });
});

describe('objects of extensions', () => {
  const object = (identity: string, dependsOn: readonly string[] = [], ddl = `DO '${identity}'`): OpaqueSchemaObject => ({
    kind: 'opaque',
    identity,
    ddl,
    dropDdl: 'DO',
    dependsOn,
  });
  const contributing = (name: string, ...objects: readonly unknown[]): Extension => ({
    name,
    names: [],
    section: () => null,
    schemaObjects: () => objects as readonly OpaqueSchemaObject[],
  });
  const with_ = (table: string, ...objects: readonly unknown[]): SnapshotSource =>
    model(table, { n: f.int() }, { use: [contributing('test', ...objects)] });

  test('come before the tables when they need none, after them when they do, each after what it needs', () => {
    const snapshot = snapshotOf([
      with_(
        'posts',
        object('c', ['table:posts']),
        object('a', ['c']),
        object('z', ['function:f']),
        object('function:f', []),
        object('b', ['column:posts.n', 'z']),
      ),
    ]);
    const order = renderCreate(snapshot).map((statement) =>
      statement.startsWith('DO') ? statement.slice(4, -1) : statement.split(' ')[1],
    );
    expect(order).toEqual(['function:f', 'z', 'TABLE', 'c', 'a', 'b']);
  });

  test('are made once when two models contribute the same', () => {
    expect(snapshotOf([with_('a', object('f')), with_('b', object('f'))]).objects).toHaveLength(1);
  });

  test.each<[rule: string, identity: string, models: () => SnapshotSource[]]>([
    ['object_conflict', 'f', () => [with_('a', object('f')), with_('b', object('f', [], 'DO 2'))]],
    ['missing_dependency', 'f', () => [with_('a', object('f', ['table:b']))]],
    ['dependency_cycle', 'f', () => [with_('a', object('f', ['g']), object('g', ['f']))]],
    ['unsupported_object', 'trigger:t', () => [with_('a', { kind: 'trigger', identity: 'trigger:t' })]],
  ])('are refused: %s of %s', (rule, identity, models) => {
    expect(refusal(models())).toMatchObject({ rule, object: identity });
  });
});
