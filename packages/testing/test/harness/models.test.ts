import { createRegistry, f, index, model, pgEnum, unique, type ModelDescriptor } from '@djogi/core';
import { descriptorOf } from '@djogi/core/extension';
import { describe, expect } from 'vitest';
import { djogiTest, expectStatements, syncModels } from '../../src/index.ts';
import { ask } from '../database/ask.ts';

const Mood = pgEnum('mood', ['calm', 'busy']);

class Person extends model('people', { name: f.text(), mood: f.enum(Mood).default('calm'), email: f.text().nullable() }) {
  static override tableObjects = [unique(Person, (p) => [p.email]), index(Person, (p) => [p.name])];
}

class Place extends model('places', { title: f.text({ maxLength: 10 }) }) {}

const test = djogiTest({ models: [Person, Place] });

describe('a database with models', () => {
  test('has their tables from the start, and generates their ids', async ({ ctx }) => {
    const ada = await Person.create(ctx, { name: 'Ada' });
    const found = await expectStatements(1, () => Person.get(ctx, ada.id));
    expect(found).toMatchObject({ id: ada.id, name: 'Ada', mood: 'calm', email: null });
  });

  test('is empty again for the next test', async ({ ctx, db }) => {
    expect(await ask(db.url(), 'select count(*)::int as n from people')).toEqual([{ n: 0 }]);
    await Place.create(ctx, { title: 'here' });
  });
});

const plain = djogiTest();

describe('syncModels', () => {
  plain('makes the same tables in an empty database', async ({ ctx, db }) => {
    await syncModels(ctx, [Person, Place]);
    await Person.create(ctx, { name: 'Grace', email: 'g@example.org' });
    await expect(Person.create(ctx, { name: 'Other', email: 'g@example.org' })).rejects.toMatchObject({
      code: 'CONSTRAINT',
      kind: 'unique',
      fields: ['email'],
    });
    expect(await ask(db.url(), `select count(*)::int as n from pg_indexes where tablename = 'people'`)).toEqual([{ n: 3 }]);
  });

  plain('does nothing for no models', async ({ ctx }) => {
    await expectStatements(0, () => syncModels(ctx, []));
  });

  plain('takes descriptors that were read from JSON', async ({ ctx }) => {
    await syncModels(ctx, [JSON.parse(JSON.stringify(descriptorOf(Place))) as ModelDescriptor]);
    expect((await Place.create(ctx, { title: 'there' })).title).toBe('there');
  });
});

const registered = djogiTest({ registry: createRegistry({ models: [Place] }) });

registered('has the models of a registry', async ({ ctx }) => {
  expect((await Place.create(ctx, { title: 'here' })).title).toBe('here');
});
