// JSON columns on rows: what is written and when, what comes back, and what is refused.

import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { f, isJsonNumber, jsonNull, jsonNumber, model, pk, sql } from '../../src/index.ts';
import { rawSql } from '../../src/raw.ts';
import { modelDatabase, rejection } from '../model/support/database.ts';
import { rulesOf } from '../model/support/definition.ts';
import { Car, type Engine } from './support.ts';

const strictSchema = z.object({ a: z.number() });
class Checked extends model('checked', { doc: f.jsonb(strictSchema, { validateOnRead: true }) }, { pk: pk.serial() }) {}
class Note extends model(
  'notes',
  {
    body: f.jsonb(z.object({ text: z.string() })).default({ text: "it's \\ default" }),
    raw: f.rawJson({ justification: 'imported from elsewhere' }).default([1, null]),
  },
  { pk: pk.serial(), timestamps: false },
) {}
const lateSchema = z.object({ a: z.string().refine(async () => true) });
class Late extends model('late', { doc: f.jsonb(lateSchema) }, { pk: pk.serial() }) {}
class LateOnRead extends model('late_on_read', { doc: f.jsonb(lateSchema, { validateOnRead: true }) }, { pk: pk.serial() }) {}
class Derived extends model(
  'derived',
  { text: f.text(), doc: f.jsonb(z.object({ n: z.number() })).generated(sql`'{"n": 1}'::jsonb`) },
  { pk: pk.serial() },
) {}

const db = modelDatabase(() => [Car, Checked, Note, Late, LateOnRead, Derived], { clean: ['cars', 'checked', 'notes'] });

/** As a newer service wrote it: keys that the schema does not know, at every depth, a number beyond a double, a key that would be a prototype. */
const STORED = `{"cylinders": 4, "turbo": {"boostPsi": 15.5, "manufacturer": "Garrett", "wheel": {"mm": 52, "exact": 0.1000000000000000055511151231257827}}, "items": [{"qty": 1, "sku": "x"}], "serial": 9007199254740993, "__proto__": {"polluted": true}, "new": null}`;

async function stored(): Promise<Car> {
  const [row] = await db.rows(`INSERT INTO cars (name, engine) VALUES ('Golf', '${STORED}') RETURNING id`);
  return Car.get(db.ctx, row!['id'] as Car['id']);
}
const isAsStored = async (of: string = STORED): Promise<unknown> =>
  (await db.rows(`SELECT engine = $1::jsonb AS same, engine::text AS text FROM cars`, of))[0]!['same'];

describe('a document', () => {
  test('is the value itself, with unknown keys simply there', async () => {
    const { engine } = await stored();
    expect(engine.turbo!.boostPsi).toBe(15.5);
    expect(Object.keys(engine)).toEqual(expect.arrayContaining(['cylinders', 'turbo', 'items', 'serial', '__proto__', 'new']));
    const loose = engine as Engine & { serial: unknown; turbo: { wheel: { mm: number; exact: unknown } } };
    expect(loose.serial).toEqual(jsonNumber(9007199254740993n));
    expect(isJsonNumber(loose.turbo.wheel.exact)).toBe(true);
    expect(({} as { polluted?: boolean }).polluted).toBe(undefined);
  });

  test('keeps them through a change in place and a save, at every depth', async () => {
    const car = await stored();
    car.engine.turbo!.boostPsi = 18;
    car.engine.items![0]!.qty = 2;
    await car.save(db.ctx);
    expect(await isAsStored(STORED.replace('15.5', '18').replace('"qty": 1', '"qty": 2'))).toBe(true);
    expect((car.engine as unknown as { serial: unknown }).serial).toEqual(jsonNumber(9007199254740993n));
  });

  test('keeps them through a spread', async () => {
    const car = await stored();
    await car.update(db.ctx, { engine: { ...car.engine, horsepower: 300 } });
    expect(await isAsStored(STORED.replace('{', '{"horsepower": 300, '))).toBe(true);
  });

  test('is written exactly by JSON.stringify of the row', async () => {
    const text = JSON.stringify(await stored());
    expect(text).toContain('"serial":9007199254740993');
    expect(text).toContain('"exact":0.1000000000000000055511151231257827');
  });

  test('is what raw SQL reads too', async () => {
    await stored();
    const [row] = await rawSql(db.ctx, 'a test compares raw SQL with the model').rows<{ engine: { serial: unknown } }>(
      'SELECT engine FROM cars',
    );
    expect(row!.engine.serial).toEqual(jsonNumber('9007199254740993'));
  });
});

describe('tracking', () => {
  test('leaves an untouched document out of a save, unread and unchecked', async () => {
    await db.rows(`INSERT INTO cars (name, engine) VALUES ('Old', '{"cylinders": "of an older schema"}')`);
    const car = await Car.get(db.ctx, (await db.rows('SELECT id FROM cars'))[0]!['id'] as Car['id']);
    car.name = 'Renamed';
    const { sent } = await db.record(() => car.save(db.ctx));
    expect(sent.map(({ sql: text }) => text)).toEqual([expect.stringContaining('SET "name" = $1, "updated_at"')]);
    expect(await isAsStored('{"cylinders": "of an older schema"}')).toBe(true);
  });

  test('finds a change in place, at any depth, and forgets it with the save', async () => {
    const car = await stored();
    expect(car.dirtyFields()).toEqual([]);
    car.engine.items!.push({ qty: 9 });
    expect(car.dirtyFields()).toEqual(['engine']);
    const { sent } = await db.record(() => car.save(db.ctx));
    expect(sent[0]!.sql).toContain('"engine" = $2');
    expect(car.dirtyFields()).toEqual([]);
    expect((await db.record(() => car.save(db.ctx))).sent[0]!.sql).not.toContain('"engine" =');
  });

  test('takes another order of keys and another spelling of a number for no change', async () => {
    const car = await stored();
    car.engine = Object.fromEntries(Object.entries(car.engine).reverse()) as Engine;
    expect(car.isDirty()).toBe(false);
    (car.engine as unknown as { serial: unknown }).serial = jsonNumber('9007199254740993.0');
    expect(car.isDirty()).toBe(false);
    (car.engine as unknown as { serial: unknown }).serial = 9007199254740992;
    expect(car.isDirty()).toBe(true);
  });

  test('follows null to a document and back', async () => {
    const car = await stored();
    car.extra = { a: 1 };
    expect(car.dirtyFields()).toEqual(['extra']);
    await car.save(db.ctx);
    car.extra = null;
    expect(car.dirtyFields()).toEqual(['extra']);
    await car.save(db.ctx);
    expect(await db.rows('SELECT extra FROM cars')).toEqual([{ extra: null }]);
  });

  test('sends what the document was at the call', async () => {
    const car = await stored();
    car.engine.cylinders = 6;
    const saving = car.save(db.ctx);
    car.engine.cylinders = 8;
    await saving;
    expect(await isAsStored(STORED.replace('"cylinders": 4', '"cylinders": 6'))).toBe(true);
    expect([car.engine.cylinders, car.dirtyFields()]).toEqual([8, ['engine']]);
  });

  test('is a fact of the descriptor, but not of a generated column', () => {
    expect(Car.descriptor.fields.filter((field) => field.isTracked).map((field) => field.name)).toEqual(['engine', 'extra', 'payload']);
    expect(Derived.descriptor.fields.filter((field) => field.isTracked)).toEqual([]);
  });
});

describe('validation', () => {
  const invalid = {
    cylinders: 4.5,
    horsepower: 3000,
    turbo: { boostPsi: 1, manufacturer: '' },
    items: [{ qty: 1 }, { qty: 'two' }],
  } as unknown as Engine;
  const paths = ['engine.cylinders', 'engine.horsepower', 'engine.turbo.manufacturer', 'engine.items[1].qty'];

  test('reports every problem with its path, and sends nothing', async () => {
    const { result, sent } = await db.record(() => rejection(Car.create(db.ctx, { name: 'x', engine: invalid })));
    expect(result).toMatchObject({ code: 'VALIDATION', model: 'cars' });
    expect(result.issues.map((issue: { path: string; rule: string }) => [issue.path, issue.rule])).toEqual(
      paths.map((path) => [path, 'schema']),
    );
    expect(sent).toEqual([]);
  });
  test('is the same in patches, updates and saves of what was touched', async () => {
    const car = await stored();
    for (const write of [
      () => Car.update(db.ctx, car.id, { engine: invalid }),
      () => car.update(db.ctx, { engine: invalid }),
      () => {
        car.engine = invalid;
        return car.save(db.ctx);
      },
    ]) {
      expect((await rejection(write())).issues).toHaveLength(4);
    }
    expect(await isAsStored()).toBe(true);
  });
  test('names what JSON cannot hold before the schema is asked', async () => {
    const failure = await rejection(Car.create(db.ctx, { name: 'x', engine: { cylinders: 4, at: new Date(0), 'a b': [1n] } as never }));
    expect(failure.issues.map((issue: { path: string; rule: string }) => [issue.path, issue.rule])).toEqual([
      ['engine.at', 'type'],
      ['engine["a b"][0]', 'type'],
    ]);
  });
  test('takes null where the column does', async () => {
    expect((await rejection(Car.create(db.ctx, { name: 'x', engine: null as never }))).issues).toMatchObject([
      { path: 'engine', rule: 'not_null' },
    ]);
    expect((await Car.create(db.ctx, { name: 'x', engine: { cylinders: 1 }, extra: null })).extra).toBe(null);
  });
  test('leaves undefined keys out', async () => {
    const car = await Car.create(db.ctx, { name: 'x', engine: { cylinders: 1, horsepower: undefined } as never });
    expect(car.engine).toEqual({ cylinders: 1 });
  });
  test('by a schema that answers asynchronously is a definition error', async () => {
    const wanted = { code: 'MODEL_DEFINITION', rule: 'async_schema', model: 'late', field: 'doc' };
    expect(await rejection(Late.create(db.ctx, { doc: { a: 'x' } }))).toMatchObject(wanted);
    expect((await rejection(Late.update(db.ctx, 1 as Late['id'], { doc: { a: 'x' } }))).message).toContain(
      'late.doc validates asynchronously',
    );
    await db.rows(`INSERT INTO late_on_read (doc) VALUES ('{"a": "x"}')`);
    expect(await rejection(LateOnRead.get(db.ctx, 1 as LateOnRead['id']))).toMatchObject({ ...wanted, model: 'late_on_read' });
    class LateDefault extends model('late_default', { doc: f.jsonb(lateSchema).default({ a: 'x' }) }) {}
    expect(() => LateDefault.descriptor).toThrow(expect.objectContaining({ ...wanted, model: 'late_default' }));
  });
  test('by one schema in two fields names each', async () => {
    class Twice extends model('twice', { one: f.jsonb(lateSchema).nullable(), two: f.jsonb(lateSchema).nullable() }) {}
    for (const field of ['one', 'two'] as const)
      expect(await rejection(Twice.create(db.ctx, { [field]: { a: 'x' } }))).toMatchObject({ model: 'twice', field });
  });
});

describe('reading', () => {
  test('does not ask the schema', async () => {
    await db.rows(`INSERT INTO cars (name, engine) VALUES ('Odd', '[1, 2]')`);
    const [{ id } = {}] = await db.rows('SELECT id FROM cars');
    expect((await Car.get(db.ctx, id as Car['id'])).engine).toEqual([1, 2]);
  });
  test('asks it with validateOnRead, and names the column and the rule', async () => {
    await db.rows(`INSERT INTO checked (doc) VALUES ('{"a": 1, "b": 2}'), ('{"a": "x"}')`);
    const ids = (await db.rows('SELECT id FROM checked ORDER BY id')).map((row) => row['id'] as Checked['id']);
    expect((await Checked.get(db.ctx, ids[0]!)).doc).toEqual({ a: 1, b: 2 });
    for (let time = 0; time < 3; time++)
      expect(await rejection(Checked.get(db.ctx, ids[1]!))).toMatchObject({
        code: 'DECODE',
        table: 'checked',
        column: 'doc',
        rule: 'schema',
      });
  });
  test('refuses JSON null at the root where the schema has none, and takes SQL NULL', async () => {
    await db.rows(`INSERT INTO cars (name, engine, extra) VALUES ('Null', '{"cylinders": 1}', 'null')`);
    const [{ id } = {}] = await db.rows('SELECT id FROM cars');
    expect(await rejection(Car.get(db.ctx, id as Car['id']))).toMatchObject({ code: 'DECODE', column: 'extra', rule: 'json_null' });
    await db.rows('UPDATE cars SET extra = NULL');
    expect((await Car.get(db.ctx, id as Car['id'])).extra).toBe(null);
  });
});

describe('raw JSON', () => {
  test('tells JSON null from SQL NULL, both ways', async () => {
    const json = await Car.create(db.ctx, { name: 'json', engine: { cylinders: 1 }, payload: jsonNull });
    const none = await Car.create(db.ctx, { name: 'sql', engine: { cylinders: 1 }, payload: null });
    expect([json.payload, none.payload]).toEqual([jsonNull, null]);
    expect(await db.rows('SELECT payload IS NULL AS null, jsonb_typeof(payload) AS type FROM cars ORDER BY id')).toEqual([
      { null: false, type: 'null' },
      { null: true, type: null },
    ]);
    expect(JSON.parse(JSON.stringify(json))).toMatchObject({ payload: null });
    expect(json.isDirty()).toBe(false);
    json.payload = null;
    expect(json.dirtyFields()).toEqual(['payload']);
  });
  test('takes any JSON and refuses the rest', async () => {
    for (const payload of [1, 'x', true, [], { a: [null, jsonNumber('1e400')] }, jsonNumber('9007199254740993')]) {
      expect((await Car.create(db.ctx, { name: 'x', engine: { cylinders: 1 }, payload })).payload).toEqual(
        payload instanceof Object && !Array.isArray(payload) && 'a' in payload ? { a: [null, jsonNumber(`1${'0'.repeat(400)}`)] } : payload,
      );
    }
    expect((await rejection(Car.create(db.ctx, { name: 'x', engine: { cylinders: 1 }, payload: { a: Number.NaN } }))).issues).toMatchObject(
      [{ path: 'payload.a', rule: 'type' }],
    );
  });
});

describe('declaration', () => {
  test('a default is written as a literal of the table', async () => {
    const note = await Note.create(db.ctx, {});
    expect([note.body, note.raw]).toEqual([{ text: "it's \\ default" }, [1, null]]);
    expect(Note.descriptor.fields.find((field) => field.name === 'raw')!.default).toEqual({ kind: 'sql', text: "'[1,null]'::jsonb" });
  });
  test('a default that the schema refuses is refused', () => {
    class Wrong extends model('wrong', { doc: f.jsonb(strictSchema).default({ a: 'x' } as never) }) {}
    expect(rulesOf(Wrong)).toEqual(['default_value doc']);
  });
  test('an index is a GIN index', () => {
    class Indexed extends model('indexed', { doc: f.jsonb(strictSchema).index() }) {}
    expect(Indexed.descriptor.indexes.map(({ method }) => method)).toEqual(['gin']);
  });
  test('jsonb wants a schema, and no justification', () => {
    class NoSchema extends model('no_schema', { doc: f.jsonb({ a: 'string' } as never) }) {}
    expect(rulesOf(NoSchema)).toEqual(['json_schema doc']);
    class Justified extends model('justified', { doc: f.jsonb(strictSchema, { justification: 'because it is so' } as never) }) {}
    expect(rulesOf(Justified)).toEqual(['unknown_option doc']);
  });
  test.each([
    '',
    '   ',
    'too short',
    'TODO',
    'todo: write this down',
    'TBD',
    'FIXME later on',
    '????????????',
    'n/a',
    'see comment',
    '"12 bytes"'.slice(1, 9),
    '.............',
  ])('%j is no justification', (justification) => {
    class Raw extends model('raw', { doc: f.rawJson({ justification }) }) {}
    expect(rulesOf(Raw)).toEqual(['justification doc']);
  });
  test('a justification is wanted, and appears in the descriptor', () => {
    class None extends model('none', { doc: f.rawJson(undefined as never) }) {}
    expect(rulesOf(None)).toEqual(['justification doc']);
    expect(Car.descriptor.fields.find((field) => field.name === 'payload')!.sections).toEqual({
      rawJson: { justification: 'whatever the dealer sends along' },
    });
    expect(Car.descriptor.fields.filter((field) => field.sqlType === 'jsonb').map(({ kind }) => kind)).toEqual([
      'jsonb',
      'jsonb',
      'rawJson',
    ]);
  });
});
