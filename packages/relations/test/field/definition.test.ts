// What a relation says in the descriptor, what it makes in the database, and which declarations are refused.

import { app, check, createRegistry, f, index, model, proxy } from '@djogi/core';
import { descriptorOf } from '@djogi/core/extension';
import { djogiTest } from '@djogi/testing';
import { describe, expect, test as plain } from 'vitest';
import { foreignKey, hasMany, hasOne, manyToMany, oneToOne } from '../../src/index.ts';
import { Club, Country, Membership, models, Passport, Person, Vehicle } from '../support/garage.ts';
import { people } from '../support/people.ts';

/** A slice of people. */
class Adult extends proxy(Person, { filter: (p) => p.age.gte(18) }) {}

const test = djogiTest({ models });
const field = (of: unknown, name: string) => descriptorOf(of).fields.find((candidate) => candidate.name === name)!;

describe('a reference', () => {
  plain('is a column, a property, a constraint and an index', () => {
    expect(field(Vehicle, 'owner')).toMatchObject({
      property: 'ownerId',
      column: 'owner_id',
      sqlType: 'integer',
      isNullable: false,
      reference: { table: 'people', columns: ['id'], constraint: 'vehicles_owner_id_fkey', onDelete: 'cascade', isIndexed: true },
      relation: { kind: 'foreignKey', table: 'people', column: 'owner_id', targetColumn: 'id' },
    });
    expect(field(Vehicle, 'country')).toMatchObject({ sqlType: 'text', relation: { table: 'countries', targetColumn: 'code' } });
    expect(field(Passport, 'holder')).toMatchObject({ reference: { isIndexed: false }, relation: { kind: 'oneToOne' } });
    expect(descriptorOf(Passport).indexes.map((index) => index.name)).toEqual(['passports_holder_id_key']);
  });
  plain('restricts the delete of its target unless it says otherwise', () => {
    class Note extends model('notes', { of: foreignKey(Country) }) {}
    expect(field(Note, 'of').reference).toMatchObject({ onDelete: 'restrict', onUpdate: 'noAction', isDeferrable: false });
  });
  test('cascades, sets null and refuses as it was declared', async ({ ctx }) => {
    const { ben, dee, no } = await people(ctx);
    await dee.delete(ctx);
    expect((await Vehicle.get(ctx, (await Vehicle.create(ctx, { vin: 'x', ownerId: ben.id })).id)).driverId).toBeNull();
    await ben.delete(ctx);
    expect(await Person.find(ctx, ben.id)).toBeNull();
    await expect(no.delete(ctx)).rejects.toMatchObject({ code: 'CONSTRAINT', kind: 'foreignKey' });
  });
  test('takes the id of a row that is there, and names the field where it is not', async ({ ctx }) => {
    await people(ctx);
    await expect(Vehicle.create(ctx, { vin: 'z', ownerId: 999_999 as Person['id'] })).rejects.toMatchObject({
      code: 'CONSTRAINT',
      constraint: 'vehicles_owner_id_fkey',
      fields: ['ownerId'],
    });
  });
  plain('may be deferred to the end of the transaction', () => {
    class Left extends model('lefts', {
      get right() {
        return foreignKey(Right, { deferrable: true, initiallyDeferred: true });
      },
    }) {}
    class Right extends model('rights', { left: foreignKey(Left, { deferrable: true }) }) {}
    expect(field(Left, 'right').reference).toMatchObject({ isDeferrable: true, isInitiallyDeferred: true });
    expect(createRegistry({ models: [Left, Right] }).constraints.deferrability('rights_left_id_fkey')).toBe('deferrable');
  });
});

describe('the other side', () => {
  plain('has no column, and says which columns are matched', () => {
    expect(field(Person, 'vehicles')).toMatchObject({
      column: null,
      relation: { kind: 'hasMany', table: 'vehicles', via: 'owner', column: 'id', targetColumn: 'owner_id' },
    });
    expect(field(Person, 'passport').relation).toEqual({
      kind: 'hasOne',
      table: 'passports',
      via: 'holder',
      column: 'id',
      targetColumn: 'holder_id',
    });
    expect(field(Club, 'members').relation).toEqual({
      kind: 'manyToMany',
      table: 'people',
      through: 'memberships',
      from: 'club',
      to: 'person',
      column: 'id',
      fromColumn: 'club_id',
      toColumn: 'person_id',
      targetColumn: 'id',
    });
    expect(JSON.parse(JSON.stringify(descriptorOf(Person)))).toEqual(descriptorOf(Person));
  });
  plain('is sealed with models that refer to each other and to themselves', () => {
    expect(createRegistry({ models }).models()).toHaveLength(6);
  });
});

describe('a declaration', () => {
  const refusal = (rule: string, words: RegExp) =>
    expect.objectContaining({ code: 'MODEL_DEFINITION', rule, message: expect.stringMatching(words) }) as Error;
  const described = (fields: Record<string, unknown>) => () => descriptorOf(class Odd extends model('odd', fields as object) {});

  plain.each([
    ['a target that is still loading', { a: foreignKey(undefined) }, 'reference_target', /getter/],
    ['a target that is no model', { a: foreignKey(Date) }, 'reference_target', /no model class/],
    ['a reference to a proxy', { a: foreignKey(Adult) }, 'reference_target', /name the model/],
    ['setNull on a key that is never null', { a: foreignKey(Person, { onDelete: 'setNull' }) }, 'modifier_conflict', /nullable/],
    ['an unknown action', { a: foreignKey(Person, { onDelete: 'explode' as never }) }, 'on_delete', /cascade/],
    ['an unknown option', { a: foreignKey(Person, { ondelete: 'cascade' } as never) }, 'unknown_option', /ondelete/],
    ['a field of the target that is not there', { a: foreignKey(Country, { to: 'name' }) }, 'reference_target', /"name"/],
    ['initiallyDeferred without deferrable', { a: foreignKey(Person, { initiallyDeferred: true }) }, 'modifier_conflict', /deferrable/],
    ['another side that is still loading', { a: hasMany(undefined, 'x') }, 'relation_target', /getter/],
    ['another side that is no model', { a: hasOne({}, 'x') }, 'relation_target', /no model class/],
    ['a via that is no field', { a: hasMany(Vehicle, 'ownerId') }, 'relation_via', /'owner', not 'ownerId'/],
    ['a via that is no reference', { a: hasMany(Vehicle, 'vin') }, 'relation_via', /no reference "vin"/],
    ['a via that refers to another model', { a: hasMany(Vehicle, 'owner') }, 'relation_via', /refers to people, not to odd/],
    [
      'a model between without the reference',
      { a: manyToMany(Club, { through: Membership, from: 'person', to: 'role' }) },
      'relation_through',
      /refers to people|no reference "role"/,
    ],
    [
      'one field for both ends',
      { a: manyToMany(Person, { through: Membership, from: 'person', to: 'person' }) },
      'relation_through',
      /two/,
    ],
    ['a column modifier on the other side', { a: hasMany(Vehicle, 'owner').unique() }, 'modifier_conflict', /unique/],
    ['a relation named like a property', { b: foreignKey(Person), bId: hasMany(Vehicle, 'owner') }, 'relation_via', /refers to people/],
  ])('with %s is refused', (_, fields, rule, words) => expect(described(fields)).toThrow(refusal(rule, words)));

  plain('of a single side in a proxy is refused', () => {
    class Whole extends model('wholes', {
      get part() {
        return hasOne(SpecialPart, 'whole');
      },
    }) {}
    class Part extends model('parts', { whole: oneToOne(Whole), isSpecial: f.boolean() }) {}
    class SpecialPart extends proxy(Part, { filter: (p) => p.isSpecial }) {}
    expect(() => descriptorOf(Whole)).toThrow(refusal('reference_target', /name the model/));
  });
  plain('with a relation named like a property of the row is refused', () => {
    class Twice extends model('twice', {
      get b() {
        return foreignKey(Twice).nullable();
      },
      get bId() {
        return hasMany(Twice, 'b');
      },
    }) {}
    expect(() => descriptorOf(Twice)).toThrow(refusal('relation_collision', /bId/));
  });
  plain('of a single side over a field that is not unique is refused when a registry is sealed', () => {
    class Desk extends model('desks', { owner: foreignKey(Country) }) {}
    class Room extends model('rooms', {
      get plan() {
        return hasOne(Plan, 'room');
      },
    }) {}
    class Plan extends model('plans', {
      get room() {
        return foreignKey(Room);
      },
    }) {}
    expect(() => createRegistry({ models: [Room, Plan] })).toThrow(refusal('relation_not_unique', /oneToOne/));
    expect(() => createRegistry({ models: [Desk] })).toThrow(refusal('reference_target', /countries/));
  });
  plain('that leads out of the registry or into another database is refused when it is sealed', () => {
    class Book extends model('books', {
      get pages() {
        return hasMany(Page, 'book');
      },
    }) {}
    class Page extends model('pages', {
      get book() {
        return foreignKey(Book);
      },
    }) {}
    expect(() => createRegistry({ models: [Book] })).toThrow(refusal('relation_target', /pages/));
    class Far extends model('far', {}, { app: app('far', { database: 'elsewhere' }) }) {}
    class Near extends model('near', { far: foreignKey(Far) }, { app: app('near') }) {}
    expect(() => createRegistry({ models: [Far, Near] })).toThrow(refusal('cross_database_reference', /elsewhere/));
  });
  plain('of an index takes the key of a relation, and that of a check no path', () => {
    class Seat extends model('seats', { owner: foreignKey(Person), row: f.int() }) {
      static readonly tableObjects = [index(Seat, (s) => [s.owner.id, s.row])];
    }
    expect(descriptorOf(Seat).indexes.map(({ elements }) => elements)).toEqual([[{ column: 'owner_id' }, { column: 'row' }]]);
    class Grown extends model('grown', { owner: foreignKey(Person) }) {
      static readonly tableObjects = [check(Grown, 'adult', (g) => g.owner.to.age.gte(18))];
    }
    expect(() => descriptorOf(Grown)).toThrow(refusal('check_spec', /age of another model/));
  });
});
