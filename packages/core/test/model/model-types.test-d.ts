// What the types of a model allow, and what they refuse. Compiled, never run.

import type { Temporal } from 'temporal-spec';
import {
  check,
  createRegistry,
  exclude,
  f,
  hooks,
  index,
  model,
  opclass,
  pgEnum,
  pk,
  sql,
  unique,
  type Context,
  type Create,
  type CreateOf,
  type ExprsOf,
  type HeerId,
  type IdOf,
  type InferEnum,
  type Patch,
  type Predicate,
} from '../../src/index.ts';
import type { Extension } from '../../src/extension.ts';
import { ledger } from './support/ledger.ts';
import { link, links } from './support/link.ts';
import { point, type Point } from './support/point.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => {};

declare const ctx: Context;

const Mood = pgEnum('mood', ['fine', 'so-so']);
type Mood = InferEnum<typeof Mood>;
same<Mood, 'fine' | 'so-so'>(true);
Mood.is['so-so'] satisfies 'so-so';
// @ts-expect-error no label of this name
Mood.is.bad;

class Money {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

class Person extends model('people', {
  name: f.text(),
  age: f.int().nullable(),
  mood: f.enum(Mood).default('fine'),
  moods: f.array(f.enum(Mood)),
  big: f.bigint(),
  at: f.timestamptz(),
  price: f.decimal(8, 2),
  money: f.decimal(8, 2).as(Money),
  bytes: f.bytea(),
  active: f.boolean(),
  day: f.date(),
  moment: f.instant(),
  clock: f.time(),
  plain: f.timestamp(),
  uuid: f.uuid(),
  slug: f.text().filled(),
  token: f.text().defaultFn(() => 'x'),
  initial: f.text().generated(sql`left(name, 1)`),
  revision: f.version(),
  place: point(),
  get mentor() {
    return link(Person).nullable();
  },
  get pupils() {
    return links(Person, 'mentor');
  },
}) {
  get label() {
    return `${this.name}`;
  }
}
class Vehicle extends model('vehicles', {
  vin: f
    .text()
    .unique()
    .index()
    .comment('x')
    .column('v')
    .check(sql`true`)
    .tracked()
    .rationale('x'),
  owner: link(Person),
}) {}
class Country extends model('countries', { name: f.text() }, { pk: pk.custom({ name: 'iso', field: f.varchar(2) }), timestamps: false }) {}
class Counter extends model('counters', { name: f.text() }, { pk: pk.serial() }) {}
class Big extends model('bigs', { name: f.text() }, { pk: pk.bigserial() }) {}
class Made extends model('mades', { name: f.text() }, { pk: pk.custom({ name: 'made', field: f.uuid(), generate: () => 'x' }) }) {}
class Token extends model('tokens', { name: f.text() }, { pk: pk.custom({ name: 'token', field: f.uuid(), default: sql`uuidv7()` }) }) {}
class Keyless extends model('keyless', { name: f.text() }, { pk: pk.none() }) {}
class Pair extends model('pairs', { a: f.int(), b: f.int() }, { pk: pk.composite('a', 'b') }) {}
class Plain extends model('plains', { name: f.text() }, { timestamps: false }) {}

// ---------- rows

declare const person: Person;
same<typeof person.name, string>(true);
same<typeof person.age, number | null>(true);
same<typeof person.mood, Mood>(true);
same<typeof person.moods, Mood[]>(true);
same<typeof person.big, bigint>(true);
same<typeof person.at, Date>(true);
same<typeof person.price, string>(true);
same<typeof person.money, Money>(true);
same<typeof person.bytes, Uint8Array>(true);
same<typeof person.active, boolean>(true);
same<typeof person.day, Temporal.PlainDate>(true);
same<typeof person.moment, Temporal.Instant>(true);
same<typeof person.clock, Temporal.PlainTime>(true);
same<typeof person.plain, Temporal.PlainDateTime>(true);
same<typeof person.revision, number>(true);
same<typeof person.initial, string>(true);
same<typeof person.place, Point>(true);
same<typeof person.createdAt, Date>(true);
same<typeof person.mentorId, Person['id'] | null>(true);
person.id satisfies HeerId<'people'>;
person.label satisfies string;
// @ts-expect-error the id is not assigned
person.id = person.id;
// @ts-expect-error timestamps are not assigned
person.createdAt = new Date();
// @ts-expect-error a version is not assigned
person.revision = 3;
// @ts-expect-error a generated column is not assigned
person.initial = 'x';
// @ts-expect-error not loaded, so nothing to read
person.mentor;
// @ts-expect-error a reverse relation is no property
person.pupils;
// @ts-expect-error no field of this name
person.nmae;
// @ts-expect-error strict about null
person.name = null;

// ---------- ids

declare const vehicle: Vehicle;
declare const country: Country;
same<typeof vehicle.ownerId, Person['id']>(true);
same<IdOf<typeof Person>, Person['id']>(true);
void Person.get(ctx, vehicle.ownerId);
country.id satisfies string;
declare const counter: Counter;
counter.id satisfies number;
declare const big: Big;
big.id satisfies bigint;
// @ts-expect-error an id of another model
void Person.get(ctx, vehicle.id);
// @ts-expect-error a plain string is no id
void Person.find(ctx, '5');
// @ts-expect-error an id of another model in a patch
void Vehicle.update(ctx, vehicle.id, { ownerId: vehicle.id });
// @ts-expect-error an ascending id is none that descends, although the bits are the same
const wrongOrder: HeerId<'people', 'heerId'> = person.id;
// @ts-expect-error a plain number is no serial id
void Counter.get(ctx, 5);

// ---------- create

same<keyof CreateOf<typeof Vehicle>, 'vin' | 'ownerId'>(true);
same<CreateOf<typeof Country>['id'] extends string ? true : false, true>(true);
declare const input: Create<(typeof Person)['$fields']>;
void Person.create(ctx, { ...input, name: 'x' });
void Person.create(ctx, { ...input });
void Vehicle.create(ctx, { vin: 'x', ownerId: person.id });
void Vehicle.create(ctx, { ...vehicle, vin: 'y' });
void Vehicle.create(ctx, vehicle);
(await Vehicle.create(ctx, { vin: 'x', ownerId: person.id })) satisfies Vehicle;
// @ts-expect-error the owner is required
void Vehicle.create(ctx, { vin: 'x' });
// @ts-expect-error the vin is required
void Vehicle.create(ctx, { ownerId: person.id });
// @ts-expect-error no field of this name
void Vehicle.create(ctx, { vin: 'x', ownerId: person.id, colour: 'red' });
// @ts-expect-error the id is made by the database
void Vehicle.create(ctx, { vin: 'x', ownerId: person.id, id: vehicle.id });
// @ts-expect-error an id of another model
void Vehicle.create(ctx, { vin: 'x', ownerId: vehicle.id });
// @ts-expect-error the property is ownerId
void Vehicle.create(ctx, { vin: 'x', owner: person.id });
// @ts-expect-error wrong type
void Vehicle.create(ctx, { vin: 5, ownerId: person.id });
// @ts-expect-error null in NOT NULL
void Vehicle.create(ctx, { vin: null, ownerId: person.id });
// @ts-expect-error a version is never written
void Person.create(ctx, { ...input, revision: 1 });
// @ts-expect-error a generated column is never written
void Person.create(ctx, { ...input, initial: 'x' });
// @ts-expect-error an unknown label
void Person.create(ctx, { ...input, mood: 'bad' });
// @ts-expect-error an unknown label in an array
void Person.create(ctx, { ...input, moods: ['fine', 'bad'] });
// @ts-expect-error a decimal is a string
void Person.create(ctx, { ...input, price: 1.5 });
// @ts-expect-error the context comes first
void Vehicle.create({ vin: 'x', ownerId: person.id });
void Country.create(ctx, { id: 'DE', name: 'x' });
void Country.create(ctx, country);
// @ts-expect-error the caller supplies this key
void Country.create(ctx, { name: 'x' });
void Made.create(ctx, { name: 'x' });
void Token.create(ctx, { name: 'x' });
// @ts-expect-error made in process
void Made.create(ctx, { name: 'x', id: 'x' });
void Person.createWithId(ctx, await Person.nextId(ctx), input);
// @ts-expect-error an id of another model
void Person.createWithId(ctx, await Vehicle.nextId(ctx), input);
(await Person.createWithId(ctx, person.id, input)).row satisfies Person;
(await Person.nextIds(ctx, 3)) satisfies Person['id'][];
Person.build({ name: 'x' }) satisfies Person;
// @ts-expect-error no field of this name
Person.build({ nmae: 'x' });

// ---------- update, save, find

type PersonPatch = Patch<(typeof Person)['$fields']>;
same<'revision' extends keyof PersonPatch ? true : false, false>(true);
same<'initial' extends keyof PersonPatch ? true : false, false>(true);
same<'id' extends keyof PersonPatch ? true : false, false>(true);
(await Person.update(ctx, person.id, { age: null, mentorId: person.id })) satisfies Person;
(await Person.find(ctx, person.id)) satisfies Person | null;
(await person.update(ctx, { name: 'x' })) satisfies Person;
(await person.save(ctx, { fields: ['name', 'mentor'], onlyIfDirty: true })) satisfies Person;
(await person.delete(ctx)) satisfies boolean;
(await person.updateReturningPair(ctx)).new satisfies Person;
(await person.deleteReturning(ctx)) satisfies Person;
person.assign({ age: 3 }).isDirty('age') satisfies boolean;
person.toJSON() satisfies Record<string, unknown>;
// @ts-expect-error may be null
(await Person.find(ctx, person.id)).name;
// @ts-expect-error a version is never written
void Person.update(ctx, person.id, { revision: 1 });
// @ts-expect-error null in NOT NULL
void person.update(ctx, { name: null });
// @ts-expect-error undefined is no value
void person.update(ctx, { name: undefined });
// @ts-expect-error undefined is no value of a nullable column either
void person.update(ctx, { age: undefined });
// @ts-expect-error no field of this name
void person.update(ctx, { nmae: 'x' });
// @ts-expect-error no field of this name
void person.save(ctx, { fields: ['nmae'] });
// @ts-expect-error not written
person.assign({ createdAt: new Date() });
// @ts-expect-error a version is a number
void Person.update(ctx, person.id, { name: 'x' }, { version: '1' });

// ---------- models without a key, without timestamps

declare const keyless: Keyless;
keyless.name satisfies string;
keyless.createdAt satisfies Date;
// @ts-expect-error no key
keyless.id;
// @ts-expect-error no key to save by
keyless.save(ctx);
// @ts-expect-error no key to get by
void Keyless.get(ctx, 1);
// @ts-expect-error rows come from queries
void Keyless.create(ctx, { name: 'x' });
// @ts-expect-error no key to get by
void Pair.find(ctx, 1);
declare const plain: Plain;
plain.id satisfies HeerId<'plains'>;
// @ts-expect-error declared without timestamps
plain.createdAt;
// @ts-expect-error declared without timestamps
country.updatedAt;

// ---------- expressions

declare const p: ExprsOf<typeof Person>;
declare const v: ExprsOf<typeof Vehicle>;
p.age.eq(null) satisfies Predicate;
p.age.eq(3).and(p.name.startsWith('A'), p.active) satisfies Predicate;
p.mentor.id.eq(person.id) satisfies Predicate;
p.moods.contains(['fine']) satisfies Predicate;
p.mood.in(['fine']) satisfies Predicate;
p.place.isLeftOf({ x: 1, y: 2 }) satisfies Predicate;
p.place.distanceTo({ x: 1, y: 2 }).lt(5) satisfies Predicate;
p.createdAt.gte(new Date()) satisfies Predicate;
p.id.in([person.id]) satisfies Predicate;
v.owner.id.eq(p.id) satisfies Predicate;
p.price.add('1.5').gt('2') satisfies Predicate;
// @ts-expect-error null only where the column may be NULL
p.name.eq(null);
// @ts-expect-error a number has no text lookups
p.age.startsWith('1');
// @ts-expect-error text has no arithmetic
p.name.add('x');
// @ts-expect-error a boolean has no arithmetic
p.active.add(true);
// @ts-expect-error bytes are no text
p.bytes.contains('x');
// @ts-expect-error an unknown label
p.mood.eq('bad');
// @ts-expect-error an unknown label in an array
p.moods.any('bad');
// @ts-expect-error an array has no order
p.moods.asc();
// @ts-expect-error this kind has no equality
p.place.eq({ x: 1, y: 2 });
// @ts-expect-error this kind has no order
p.place.desc();
// @ts-expect-error an id of another model
v.owner.id.eq(vehicle.id);
// @ts-expect-error the key is owner.id
v.ownerId;
// @ts-expect-error no field of this name
p.nmae;
// @ts-expect-error a decimal is compared with a string
p.price.gt(2);
// @ts-expect-error a string is no list
p.name.in('abc');
declare const q: ExprsOf<typeof Plain>;
// @ts-expect-error declared without timestamps
q.createdAt;
declare const k: ExprsOf<typeof Keyless>;
// @ts-expect-error no key
k.id;
class OwnId extends model('own_ids', { id: f.int() }, { pk: pk.none() }) {}
declare const own: ExprsOf<typeof OwnId>;
own.id.add(1).gt(3) satisfies Predicate;

// ---------- declarations

f.text({ maxLength: 3 }).nullable().default(null);
// @ts-expect-error no option of this name
f.text({ maxLenght: 3 });
// @ts-expect-error no option of this name
f.uint8({ check: false });
// @ts-expect-error no option of this name
f.text().unique({ nullsDistinct: true });
// @ts-expect-error no index method of this name
f.text().index('rtree');
// @ts-expect-error a default of another type
f.int().default('3');
// @ts-expect-error null only after nullable
f.int().default(null);
// @ts-expect-error a default of another type
f.int().defaultFn(() => 'x');
// @ts-expect-error an unknown label
f.enum(Mood).default('bad');
// @ts-expect-error SQL is tagged, so that it can be found
f.int().check('x > 0');
// @ts-expect-error values are not interpolated into declared SQL
f.int().check(sql`x > ${3}`);
// @ts-expect-error an array is of a field
f.array('text');
// @ts-expect-error no sensitivity of this name
f.text().protected({ sensitivity: 'top' });

// @ts-expect-error no option of this name
model('t', { name: f.text() }, { indexes: [] });
// @ts-expect-error tracking is fields or all
model('t', { name: f.text() }, { tracking: 'none' });
// @ts-expect-error the partition field is not there
model('t', { name: f.text() }, { partitionBy: { range: 'gone' } });
model('t', { name: f.text() }, { partitionBy: { range: 'createdAt' }, storageParams: { fillfactor: 70 }, tracking: 'all' });
// @ts-expect-error hash needs a number of partitions
model('t', { name: f.text() }, { partitionBy: { hash: 'name' } });
class Logged extends model('logged', { editor: f.text() }, { use: [ledger('editor')] }) {}
// @ts-expect-error the extension names a field that is not there
class Unlogged extends model('unlogged', { name: f.text() }, { use: [ledger('editor')] }) {}
declare const plainExtension: Extension;
model('t', { name: f.text() }, { use: [plainExtension] });

class Post extends model('posts', { title: f.text(), views: f.int(), tags: f.array(f.text()), editor: link(Person) }) {
  static readonly tableObjects = [
    index(Post, (post) => [post.title, post.views.desc().nullsLast(), opclass(post.title.lower(), 'text_pattern_ops'), post.editor.id], {
      where: (post) => post.views.gt(0),
      include: (post) => [post.views],
      using: 'btree',
      concurrently: true,
    }),
    unique(Post, (post) => [post.title], { nullsNotDistinct: true }),
    check(Post, 'x', (post) => post.views.gte(0)),
    exclude(Post, 'y', 'gist', (post) => [{ of: post.title, with: '=' }]),
  ];
  static readonly hooks = hooks(Post, {
    beforeCreate(draft, context) {
      draft.title satisfies string;
      context satisfies Context;
      draft.views = 3;
    },
    async afterSave(post) {
      post satisfies Post;
    },
  });
}
// @ts-expect-error no option of this name
index(Post, (post) => [post.title], { predicate: 'x' });
// @ts-expect-error no field of this name
index(Post, (post) => [post.nmae]);
// @ts-expect-error a condition is a predicate
index(Post, (post) => [post.title], { where: (post) => post.views });
// @ts-expect-error a check is a predicate
check(Post, 'x', (post) => post.title);
// @ts-expect-error no model
index(class {}, () => []);
// @ts-expect-error no hook of this name
hooks(Post, { beforeInsert() {} });
hooks(Post, {
  beforeCreate(draft) {
    // @ts-expect-error no field of this name
    draft.nmae = 'x';
  },
});
// @ts-expect-error tableObjects are table objects
class BadObjects extends model('t', { name: f.text() }) {
  static readonly tableObjects = ['x'];
}
// @ts-expect-error hooks are hooks
class BadHooks extends model('t', { name: f.text() }) {
  static readonly hooks = { beforeSave() {} };
}
createRegistry({ models: [Person, Vehicle, Keyless], apps: [] });
createRegistry({ models: { Person, other: 3 } });

void [Logged, Unlogged, BadObjects, BadHooks, wrongOrder];
