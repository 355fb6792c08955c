import { describe, expect, test } from 'vitest';
import { app, createRegistry, exclude, f, index, model, pgEnum, pk } from '../../src/index.ts';
import { definitionError } from './support/definition.ts';
import { link } from './support/link.ts';
import * as shop from './support/shop.ts';

const blog = app('blog'),
  shopApp = app('shop', { database: 'sales' });
class Zebra extends model('zebras', { name: f.text() }, { app: blog }) {}
class Ant extends model('ants', { name: f.text() }) {}
class Bee extends model('bees', { name: f.text() }, { app: shopApp }) {}

const rulesOf = (run: () => unknown): string[] => {
  const error = definitionError(run);
  return (error.problems ?? [error]).map(({ rule }) => rule);
};

describe('a registry', () => {
  test('lists models by app and table, whatever the order they came in', () => {
    for (const models of [[Zebra, Ant, Bee], new Set([Bee, Zebra, Ant]), { Bee, Ant, Zebra }])
      expect(createRegistry({ models }).models()).toEqual([Ant, Zebra, Bee]);
  });

  test('takes a module, and skips what is no model in it', () => {
    const registry = createRegistry({ models: shop });
    expect(registry.descriptors().map(({ table }) => table)).toEqual(['customers', 'order_lines']);
    expect(registry.model('customers')).toBe(shop.Customer);
    expect(registry.model('nobody')).toBeUndefined();
    expect(registry.enums()).toEqual([{ name: 'status', labels: ['open', 'paid'] }]);
  });

  test('names a model by its option, else by its export, else by its table', () => {
    class Line extends model('order_lines', { a: f.text() }) {}
    class Named extends model('named', { a: f.text() }, { name: 'Chosen' }) {}
    const exported = createRegistry({ models: { Position: Line, Other: Named } }),
      listed = createRegistry({ models: [Line, Named] });
    expect(['order_lines', 'named'].map((table) => exported.displayName(table))).toEqual(['Position', 'Chosen']);
    expect(['order_lines', 'named'].map((table) => listed.displayName(table))).toEqual(['OrderLines', 'Chosen']);
    expect(listed.displayName('unknown')).toBe('unknown');
  });

  test('takes the first name of a class that is exported twice, and never default', () => {
    for (const models of [
      { Emmet: Ant, Other: Ant },
      { default: Ant, Emmet: Ant },
      { Emmet: Ant, default: Ant },
    ])
      expect(createRegistry({ models }).displayName('ants')).toBe('Emmet');
    expect(createRegistry({ models: { default: Ant } }).displayName('ants')).toBe('Ants');
    expect(createRegistry({ models: [Ant, Ant] }).models()).toEqual([Ant]);
  });

  test('names every app, also one without a model', () => {
    expect(createRegistry({ models: [Zebra, Bee], apps: [app('empty')] }).apps()).toEqual([app('empty'), blog, shopApp]);
  });

  test('lists enums by name, each once', () => {
    const Mood = pgEnum('mood', ['a']),
      Day = pgEnum('day', ['b']);
    class A extends model('a', { m: f.enum(Mood), d: f.array(f.enum(Day)) }) {}
    class B extends model('b', { m: f.enum(pgEnum('mood', ['a'])) }) {}
    expect(createRegistry({ models: [A, B] }).enums()).toEqual([
      { name: 'day', labels: ['b'] },
      { name: 'mood', labels: ['a'] },
    ]);
  });

  test('is frozen, and two of them share nothing', () => {
    const first = createRegistry({ models: [Ant] }),
      second = createRegistry({ models: [Zebra] });
    expect(Object.isFrozen(first) && Object.isFrozen(first.descriptors())).toBe(true);
    (first.models() as unknown[]).push('x');
    expect([first.models().length, second.models().length]).toEqual([1, 1]);
  });

  test('says which constraints may be deferred', () => {
    class Target extends model('targets', { code: f.text().unique() }) {}
    class Table extends model('t', { a: link(Target, { deferrable: true }), b: link(Target) }) {
      static readonly tableObjects = [exclude(Table, 'x', 'gist', (t) => [{ of: t.a.id, with: '=' }], { deferrable: true })];
    }
    const registry = createRegistry({ models: [Target, Table] });
    expect(
      ['t_a_id_fkey', 't_b_id_fkey', 't_x_excl', 'targets_code_key', 'nobody'].map((name) => registry.constraints.deferrability(name)),
    ).toEqual(['deferrable', 'notDeferrable', 'deferrable', 'notDeferrable', undefined]);
  });
});

describe('sealing refuses', () => {
  test.each([
    ['undefined', undefined],
    ['a plain class', class {}],
    ['a descriptor', Ant.descriptor],
    ['a string', 'ants'],
  ])('%s in a list of models', (_, entry) => {
    expect(rulesOf(() => createRegistry({ models: [Ant, entry] }))).toEqual(['not_a_model']);
  });

  test('two models of one table', () => {
    class Other extends model('ants', { title: f.text() }) {}
    const error = definitionError(() => createRegistry({ models: [Ant, Other] }));
    expect(error).toMatchObject({ rule: 'duplicate_table', model: 'ants' });
  });

  test('two models of one name', () => {
    class Other extends model('others', { title: f.text() }, { name: 'Ants' }) {}
    expect(rulesOf(() => createRegistry({ models: [Ant, Other] }))).toEqual(['duplicate_name']);
    expect(createRegistry({ models: { Emmet: Ant, Other } }).displayName('ants')).toBe('Emmet');
  });

  test('two enums of one name with other labels, or another order', () => {
    class A extends model('a', { m: f.enum(pgEnum('mood', ['x', 'y'])) }) {}
    class B extends model('b', { m: f.enum(pgEnum('mood', ['y', 'x'])) }) {}
    expect(rulesOf(() => createRegistry({ models: [A, B] }))).toEqual(['enum_conflict']);
  });

  test('a reference to a model that is not listed', () => {
    class Table extends model('t', { ant: link(Ant) }) {}
    expect(rulesOf(() => createRegistry({ models: [Table] }))).toEqual(['reference_target']);
    expect(createRegistry({ models: [Table, Ant] }).models()).toHaveLength(2);
  });

  test('a reference to a column that is not unique', () => {
    class Target extends model('targets', { code: f.text(), key: f.text().unique(), part: f.text() }) {
      static readonly tableObjects = [index(Target, (t) => [t.part], { unique: true, where: (t) => t.code.eq('x') })];
    }
    class Table extends model('t', { code: link(Target, { targetField: 'code' }) }) {}
    class Partial extends model('p', { part: link(Target, { targetField: 'part' }) }) {}
    class Good extends model('g', { key: link(Target, { targetField: 'key' }) }) {}
    expect(rulesOf(() => createRegistry({ models: [Table, Target] }))).toEqual(['target_not_unique']);
    expect(rulesOf(() => createRegistry({ models: [Partial, Target] }))).toEqual(['target_not_unique']);
    expect(createRegistry({ models: [Good, Target] }).models()).toHaveLength(2);
  });

  test('a reference by id to a table that is partitioned by another column', () => {
    class Target extends model('targets', { make: f.text() }, { partitionBy: { range: 'make' } }) {}
    class Whole extends model('wholes', { make: f.text() }, { partitionBy: { hash: 'id', partitions: 2 } }) {}
    class Table extends model('t', { target: link(Target) }) {}
    class Other extends model('o', { whole: link(Whole) }) {}
    expect(rulesOf(() => createRegistry({ models: [Table, Target] }))).toEqual(['target_not_unique']);
    expect(createRegistry({ models: [Other, Whole] }).models()).toHaveLength(2);
  });

  test('two tables whose indexes would have one name', () => {
    class A extends model('a', { bC: f.text().index() }) {}
    class AB extends model('a_b', { c: f.text().index() }) {}
    class Named extends model('a_b_c_idx', { c: f.text() }) {}
    expect(rulesOf(() => createRegistry({ models: [A, AB] }))).toEqual(['duplicate_name']);
    expect(rulesOf(() => createRegistry({ models: [A, Named] }))).toEqual(['duplicate_name']);
  });

  test('one app in two databases', () => {
    class A extends model('a', { a: f.text() }, { app: app('x') }) {}
    class B extends model('b', { a: f.text() }, { app: app('x', { database: 'other' }) }) {}
    expect(rulesOf(() => createRegistry({ models: [A, B] }))).toEqual(['app']);
  });

  test('everything that is wrong at once', () => {
    class Wrong extends model('', { a: f.varchar(0) }) {}
    class Orphan extends model('t', { ant: link(Ant) }) {}
    const error = definitionError(() => createRegistry({ models: [Wrong, Orphan, 'x', undefined] }));
    expect(error.problems!.map(({ rule, model: table }) => [rule, table])).toEqual([
      ['identifier', ''],
      ['max_length', ''],
      ['not_a_model', undefined],
      ['not_a_model', undefined],
      ['reference_target', 't'],
    ]);
  });
});

describe('a cycle of references', () => {
  test('is resolved whichever model is described first', () => {
    const declare = () => {
      class Person extends model('people', {
        name: f.text(),
        get home() {
          return link(House).nullable();
        },
        get boss() {
          return link(Person).nullable();
        },
      }) {}
      class House extends model('houses', { name: f.text(), owner: link(Person) }, { pk: pk.serial() }) {}
      return { Person, House };
    };
    const forward = declare(),
      backward = declare();
    const descriptors = [forward.Person.descriptor, forward.House.descriptor],
      reversed = [backward.House.descriptor, backward.Person.descriptor].reverse();
    expect(JSON.stringify(reversed)).toBe(JSON.stringify(descriptors));
    expect(descriptors[0]!.fields.slice(-2).map(({ sqlType }) => sqlType)).toEqual(['integer', 'bigint']);
    expect(createRegistry({ models: forward }).descriptors()).toHaveLength(2);
  });
});

describe('a module that is evaluated twice', () => {
  test('declares models that do not collide', async () => {
    const specifier: string = './support/shop.ts?again';
    const again = (await import(specifier)) as typeof shop;
    expect(again.Customer).not.toBe(shop.Customer);
    const registry = createRegistry({ models: [shop.Customer, shop.OrderLine, again.Customer, again.OrderLine] });
    expect(registry.models()).toEqual([shop.Customer, shop.OrderLine]);
  });
});

test('an import registers nothing', () => {
  expect(createRegistry({ models: [] }).models()).toEqual([]);
});
