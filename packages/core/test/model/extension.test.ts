import { describe, expect, test } from 'vitest';
import { f, hooks, model, ModelDefinitionError } from '../../src/index.ts';
import { nodes, OPERATORS, runtimeOf, schemaObjectsOf, ShapeCache, textKind, type Extension, type Operator } from '../../src/extension.ts';
import { rawSql } from '../../src/raw.ts';
import { definitionError, rulesOf } from './support/definition.ts';
import { modelDatabase, rejection } from './support/database.ts';
import { ledger } from './support/ledger.ts';
import { link } from './support/link.ts';
import { point } from './support/point.ts';

const order: string[] = [];

class Owner extends model('owners', { name: f.text() }) {}
class Plot extends model(
  'plots',
  {
    owner: link(Owner),
    place: point(),
    corners: f.array(f.int()).default([]),
    editor: f.text().filled(),
    note: f.text().nullable(),
    revision: f.version(),
  },
  { use: [ledger('editor')] },
) {
  static readonly hooks = hooks(Plot, {
    beforeCreate(draft) {
      order.push(`hook sees ${draft.editor}`);
    },
  });
}

const db = modelDatabase(() => [Owner, Plot], { clean: ['plots', 'owners', 'ledger'] });
const as = (name: string) => db.pool.context({ auth: { name } });
const owner = () => Owner.create(db.ctx, { name: 'O' });
const plot = async (name = 'ada') => Plot.create(as(name), { ownerId: (await owner()).id, place: { x: 1, y: 2 } });
const recorded = () => db.rows(`SELECT verb, actor, "row" FROM ledger ORDER BY id`);

describe('an extension', () => {
  test('writes its own section, as JSON data and frozen', () => {
    expect(Plot.descriptor.sections).toEqual({ ledger: { editor: 'editor', table: 'ledger', columns: 9 } });
    expect(Object.isFrozen(Plot.descriptor.sections['ledger'])).toBe(true);
  });

  test('is given a descriptor that it cannot change', () => {
    const vandal: Extension = {
      name: 'vandal',
      names: [],
      section: (descriptor) => {
        (descriptor as { table: string }).table = 'mine';
        return {};
      },
    };
    class Table extends model('t', { a: f.text() }, { use: [vandal] }) {}
    expect(definitionError(() => Table.descriptor)).toMatchObject({ rule: 'extension', cause: expect.any(TypeError) });
  });

  test('cannot keep a hand on what it wrote', () => {
    const section = { list: [1] };
    class Table extends model('t', { a: f.text() }, { use: [{ name: 'x', names: [], section: () => section }] }) {}
    expect(Table.descriptor.sections['x']).toEqual({ list: [1] });
    section.list.push(2);
    expect(Table.descriptor.sections['x']).toEqual({ list: [1] });
  });

  test('may say nothing, and may not say what is no JSON', () => {
    class Quiet extends model('t', { a: f.text() }, { use: [{ name: 'x', names: [], section: () => undefined }] }) {}
    expect(Quiet.descriptor.sections).toEqual({ x: null });
    class Big extends model('t', { a: f.text() }, { use: [{ name: 'x', names: [], section: () => ({ n: 1n }) }] }) {}
    expect(rulesOf(Big)).toEqual(['extension']);
  });

  test('may refuse the model with a rule of its own', () => {
    const picky: Extension<'editor'> = {
      name: 'picky',
      names: ['editor'],
      section: () => {
        throw new ModelDefinitionError('editor_type', 'An editor is text.');
      },
    };
    class Table extends model('t', { editor: f.int() }, { use: [picky] }) {}
    expect(definitionError(() => Table.descriptor)).toMatchObject({ rule: 'editor_type', model: 't' });
  });

  test('names fields of the model', () => {
    class Table extends model('t', { a: f.text() }, { use: [ledger('gone') as never] }) {}
    expect(rulesOf(Table)).toEqual(['unknown_field']);
  });

  test('stands once in a model', () => {
    class Table extends model('t', { editor: f.text() }, { use: [ledger('editor'), ledger('editor')] }) {}
    expect(rulesOf(Table)).toEqual(['extension']);
  });

  test('contributes database objects', () => {
    expect(schemaObjectsOf(Plot)).toMatchObject([{ kind: 'opaque', identity: 'table:ledger' }]);
    expect(schemaObjectsOf(Owner)).toEqual([]);
  });

  test("is reached by its package through the runtime, with its fields' facets", () => {
    const runtime = runtimeOf(Plot);
    expect(runtime.extensions.map(({ name }) => name)).toEqual(['ledger']);
    expect(runtime.byName.get('owner')!.spec.reference!.target).toBe(Owner);
    expect([runtime.wrapsWrites, runtimeOf(Owner).wrapsWrites, runtimeOf(Owner).preamble]).toEqual([true, false, undefined]);
  });
});

describe('a create', () => {
  test('is filled before the hooks and the validation', async () => {
    order.length = 0;
    const row = await plot('ada');
    expect(order).toEqual(['hook sees ada']);
    expect(row.editor).toBe('ada');
    expect((await Plot.create(as('ada'), { ownerId: row.ownerId, place: { x: 1, y: 1 }, editor: 'explicit' })).editor).toBe('explicit');
    expect((await Plot.create(db.ctx, { ownerId: row.ownerId, place: { x: 1, y: 1 } })).editor).toBe('nobody');
  });

  test('is recorded by the same statement, with the setting sent before it, in one round trip', async () => {
    const { id: ownerId } = await owner();
    const { result, sent, roundTrips } = await db.record(() =>
      Plot.create(as('ada'), { ownerId, place: { x: 1.5, y: -2 }, corners: [1, 2] }),
    );
    expect(roundTrips).toBe(1);
    expect(sent).toHaveLength(1);
    expect(sent[0]!.sql).toBe(
      'WITH "written" ("id_0", "created_at_1", "updated_at_2", "owner_id_3", "place_4", "corners_5", "editor_6", "note_7", "revision_8") AS (INSERT INTO "plots" ("owner_id", "place", "corners", "editor") ' +
        'VALUES ($1, $2, $3, $4) RETURNING "id", "created_at", "updated_at", "owner_id", "place", "corners", "editor", "note", "revision"), ' +
        `"recorded" AS (INSERT INTO "ledger" ("verb", "actor", "row") SELECT $5::text, current_setting('ledger.actor', true), to_jsonb("written") FROM "written") ` +
        'SELECT "id_0", "created_at_1", "updated_at_2", "owner_id_3", "place_4", "corners_5", "editor_6", "note_7", "revision_8" FROM "written"',
    );
    expect(result).toBeInstanceOf(Plot);
    expect(result).toMatchObject({ place: { x: 1.5, y: -2 }, corners: [1, 2], note: null, revision: 0 });
    expect(await recorded()).toMatchObject([
      { verb: 'insert', actor: 'ada', row: { editor_6: 'ada', place_4: '(1.5,-2)', revision_8: 0 } },
    ]);
  });

  test('that fails records nothing', async () => {
    expect(await rejection(Plot.create(as('ada'), { ownerId: '5' as never, place: { x: 1, y: 1 } }))).toMatchObject({
      code: 'CONSTRAINT',
      fields: ['ownerId'],
    });
    expect(await recorded()).toEqual([]);
  });

  test('with an id records only the row that is new', async () => {
    const id = await Plot.nextId(db.ctx),
      { id: ownerId } = await owner();
    const results = [
      await Plot.createWithId(as('ada'), id, { ownerId, place: { x: 1, y: 1 } }),
      await Plot.createWithId(as('eve'), id, { ownerId, place: { x: 2, y: 2 } }),
    ];
    expect(results.map(({ created, row }) => [created, row.editor])).toEqual([
      [true, 'ada'],
      [false, 'ada'],
    ]);
    expect(await recorded()).toHaveLength(1);
  });
});

describe('the other writes', () => {
  test('are recorded likewise, each in one round trip', async () => {
    const row = await plot('ada');
    const costs: number[] = [];
    const spend = async (work: () => Promise<unknown>): Promise<void> => {
      costs.push((await db.record(work)).roundTrips);
    };
    row.note = 'saved';
    await spend(() => row.save(as('eve')));
    await spend(() => row.update(as('bob'), { note: 'updated' }));
    await spend(() => Plot.update(as('kim'), row.id, { note: 'by id' }));
    await row.refresh(db.ctx);
    const pair = await row.updateReturningPair(as('pat'));
    expect([pair.old.revision, pair.new.revision, pair.new.note]).toEqual([3, 4, 'by id']);
    await spend(() => pair.new.delete(as('zoe')));
    expect(costs).toEqual([1, 1, 1, 1]);
    expect((await recorded()).map(({ verb, actor, row: written }) => [verb, actor, (written as any).note_7])).toEqual([
      ['insert', 'ada', null],
      ['update', 'eve', 'saved'],
      ['update', 'bob', 'updated'],
      ['update', 'kim', 'by id'],
      ['update', 'pat', 'by id'],
      ['delete', 'zoe', undefined],
    ]);
  });

  test('count the rows they wrote: a delete says whether there was one', async () => {
    const row = await plot(),
      other = await row.reload(db.ctx);
    expect(await row.delete(as('ada'))).toBe(true);
    expect(await other.delete(as('ada'))).toBe(false);
    expect((await recorded()).filter(({ verb }) => verb === 'delete')).toHaveLength(1);
    const third = await plot();
    expect((await third.deleteReturning(as('ada'))).place).toEqual({ x: 1, y: 2 });
  });

  test('that meet a stale version record nothing', async () => {
    const row = await plot(),
      stale = await row.reload(db.ctx);
    await row.save(db.ctx);
    expect(await rejection(stale.save(db.ctx))).toMatchObject({ code: 'LOCK_CONFLICT' });
    expect((await recorded()).map(({ verb }) => verb)).toEqual(['insert', 'update']);
  });

  test('are undone with their transaction, and so is what they recorded', async () => {
    await rejection(
      db.pool.context({ auth: { name: 'ada' } }).atomic(async (tx) => {
        await Plot.create(tx, { ownerId: (await Owner.create(tx, { name: 'O' })).id, place: { x: 1, y: 1 } });
        throw new Error('no');
      }),
    );
    expect(await recorded()).toEqual([]);
  });

  test('have one text for one shape, whatever the values', async () => {
    const row = await plot();
    const { sent } = await db.record(async () => {
      for (const note of ['a', 'b', null]) await row.update(as('x'), { note });
    });
    expect(new Set(sent.map(({ sql }) => sql)).size).toBe(1);
    expect(runtimeOf(Plot).shapes.size).toBeLessThan(12);
  });
});

describe('a setting before each statement', () => {
  test('costs reads no round trip, and belongs to its context', async () => {
    const row = await plot();
    expect((await db.record(() => Plot.get(as('ada'), row.id))).roundTrips).toBe(1);
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => Plot.update(as(name), row.id, { note: name })));
    expect((await recorded()).every(({ verb, actor, row: written }) => verb === 'insert' || actor === (written as any).note_7)).toBe(true);
  });

  test('does not stay on the connection', async () => {
    await plot('ada');
    const rows = await db.record(() => Promise.all(Array.from({ length: 4 }, () => Owner.find(db.ctx, '5' as never))));
    expect(rows.sent.every(({ sql }) => !sql.includes('ledger'))).toBe(true);
    await db.ctx.atomic(async (tx) => {
      expect(await rawSql(tx, 'reads the setting of a test').scalar(`SELECT coalesce(current_setting('ledger.actor', true), '')`)).toBe('');
    });
  });

  test('is sent in a transaction too', async () => {
    await db.pool.context({ auth: { name: 'ada' } }).atomic(async (tx) => {
      const { id: ownerId } = await Owner.create(tx, { name: 'O' });
      await Plot.create(tx, { ownerId, place: { x: 1, y: 1 } });
    });
    expect(await recorded()).toMatchObject([{ actor: 'ada' }]);
  });
});

describe('two extensions', () => {
  test('both fill, set and wrap, in the order of use', async () => {
    const calls: string[] = [];
    const marker = (name: string): Extension => ({
      name,
      names: [],
      section: () => name,
      runtime: {
        populate: () => {
          calls.push(`populate ${name}`);
        },
        aroundWrite: (statement) => {
          calls.push(`wrap ${name} ${statement.kind}`);
          return statement;
        },
        preamble: () => {
          calls.push(`preamble ${name}`);
          return [
            {
              kind: 'select',
              from: null,
              projection: [nodes.sqlText(`'${name}'`, runtimeOf(Owner).fields[3]!.valueKind)],
              where: null,
              orderBy: [],
            },
          ];
        },
      },
    });
    class Two extends model('owners', { name: f.text() }, { use: [marker('a'), marker('b')] }) {}
    const { roundTrips } = await db.record(() => Two.create(db.ctx, { name: 'x' }));
    expect(calls).toEqual(['populate a', 'populate b', 'wrap a insert', 'wrap b insert', 'preamble a', 'preamble b']);
    expect(roundTrips).toBe(1);
  });
});

describe('an operator of another package', () => {
  test("with the name of one of core's has a statement of its own", () => {
    const cache = new ShapeCache(),
      mine: Operator = { ...OPERATORS.lower, template: 'my_lower($0)' };
    const textOf = (operator: Operator): string =>
      cache.compile(
        {
          kind: 'select',
          from: null,
          projection: [nodes.operation(operator, [nodes.value('x', textKind)], textKind)],
          where: null,
          orderBy: [],
        },
        () => null,
      ).compiled.text;
    expect([OPERATORS.lower, mine, OPERATORS.lower, mine].map(textOf)).toEqual([
      'SELECT lower($1::text)',
      'SELECT my_lower($1::text)',
      'SELECT lower($1::text)',
      'SELECT my_lower($1::text)',
    ]);
    expect(cache.size).toBe(2);
  });
});

describe('a field kind of another package', () => {
  test('is written, read, defaulted and refused like any other', async () => {
    const row = await plot();
    expect(row.place).toEqual({ x: 1, y: 2 });
    row.place = { x: -0.5, y: 1e10 };
    await row.save(db.ctx);
    expect((await row.reload(db.ctx)).place).toEqual({ x: -0.5, y: 1e10 });
    expect((await rejection(Plot.update(db.ctx, row.id, { place: { x: NaN, y: 1 } }))).issues).toMatchObject([
      { path: 'place', rule: 'point' },
    ]);
    expect(JSON.parse(JSON.stringify(row)).place).toEqual({ x: -0.5, y: 1e10 });
    expect(class extends model('t', { p: point().default({ x: 1, y: 2 }) }) {}.descriptor.fields.at(-1)!.default).toEqual({
      kind: 'sql',
      text: "'(1,2)'::point",
    });
  });
});
