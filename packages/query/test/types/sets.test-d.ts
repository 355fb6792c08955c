// What must and what must not compile. Checked by `tsc`, never run.

// What must not compile has no type that a linter could call safe, and is never run.
/* oxlint-disable typescript/await-thenable, eslint/no-unused-vars */

import { and, f, model, not, or, pgEnum, pk, type Context, type Predicate, type TransactionContext } from '@djogi/core';
import type { Temporal } from 'temporal-spec';
import { idempotent, query, type ModelSet, type QuerySet, type RowStream } from '../../src/index.ts';

const Climate = pgEnum('climate', ['polar', 'temperate']);

class City extends model('cities', {
  name: f.text(),
  population: f.int(),
  area: f.double().nullable(),
  total: f.bigint(),
  price: f.decimal(10, 2),
  climate: f.enum(Climate).default('polar'),
  isCapital: f.boolean(),
  tags: f.array(f.text()),
  founded: f.date().nullable(),
  seenAt: f.instant(),
  revision: f.version(),
  note: f.text().nullable(),
}) {
  get label(): string {
    return this.name;
  }
}
class Town extends model('towns', { name: f.text() }, { pk: pk.serial() }) {}
class Reading extends model('readings', { value: f.double() }, { pk: pk.none(), timestamps: false }) {}
class Score extends model('scores', { player: f.text(), level: f.int(), points: f.int() }, { pk: pk.composite('player', 'level') }) {}
class Sku extends model('skus', { name: f.text() }, { pk: pk.custom({ name: 'sku', field: f.text() }) }) {}

type Same<Left, Right> = (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;
declare function same<Left>(): <Right>(right: Right, isSame: Same<Left, Right>) => void;

declare const ctx: Context;
declare const tx: TransactionContext;

const cities = query(City);

export async function compiles(): Promise<void> {
  cities satisfies ModelSet<typeof City, City>;
  const refined = cities
    .filter(
      (c) => c.name.eq('a'),
      (c) => c.isCapital,
      (c) => and(),
      (c) => or(c.area.isNull(), not(c.isCapital)),
    )
    .exclude((c) => c.population.gt(1))
    .orderBy((c) => c.name.asc())
    .orderBy((c) => [c.area.desc().nullsLast()])
    .reorder(() => [])
    .limit(1)
    .limit(1n)
    .offset(2)
    .distinct()
    .distinctOn((c) => [c.name, c.area])
    .distinctOn((c) => c.name)
    .none();
  same<QuerySet<typeof City, City>>()(refined, true);

  // rows
  same<City[]>()(await refined.fetchAll(ctx), true);
  same<City>()(await cities.fetchOne(ctx), true);
  same<City | null>()(await cities.first(ctx), true);
  same<City | null>()(await cities.fetchOptional(tx, { signal: new AbortController().signal }), true);
  same<number>()(await cities.count(ctx), true);
  same<boolean>()(await cities.exists(ctx), true);
  same<Map<City['id'], City>>()(await cities.inBulk(ctx, new Set<City['id']>()), true);
  same<RowStream<City>>()(cities.stream(tx, { batchSize: 5 }), true);
  for await (const city of cities.stream(tx)) city.label satisfies string;
  same<string>()(await cities.explain(ctx), true);
  same<string>()(await cities.explain(ctx, { analyze: true, format: 'text' }), true);
  same<unknown>()(await cities.explain(ctx, { format: 'json' }), true);
  cities.toSql() satisfies { readonly text: string; readonly values: readonly unknown[] };
  cities.predicate() satisfies Predicate;

  // projections and their nullability
  const objects = cities.select((c) => ({
    id: c.id,
    name: c.name,
    area: c.area,
    total: c.total,
    price: c.price,
    climate: c.climate,
    isCapital: c.isCapital,
    tags: c.tags,
    founded: c.founded,
    seenAt: c.seenAt,
    createdAt: c.createdAt,
    shout: c.name.upper(),
    size: c.name.length(),
    noteSize: c.note.length(),
    noted: c.note.concat('x'),
    more: c.population.add(1),
    wide: c.area.mul(2),
    both: c.population.add(c.population),
    isLarge: c.population.gt(5),
    count: c.tags.len(),
  }));
  const [object] = await objects.fetchAll(ctx);
  same<{
    id: City['id'];
    name: string;
    area: number | null;
    total: bigint;
    price: string;
    climate: 'polar' | 'temperate';
    isCapital: boolean;
    tags: string[];
    founded: Temporal.PlainDate | null;
    seenAt: Temporal.Instant;
    createdAt: Date;
    shout: string;
    size: number;
    noteSize: number | null;
    noted: string | null;
    more: number;
    wide: number | null;
    both: number;
    isLarge: boolean | null;
    count: number;
  }>()(object!, true);
  same<[string, number | null]>()(await cities.selectTuple((c) => [c.name, c.area]).fetchOne(ctx), true);
  same<{ a: string } | null>()(
    await cities
      .select((c) => ({ a: c.name }))
      .distinct()
      .first(ctx),
    true,
  );
  for await (const [name] of cities.selectTuple((c) => [c.name]).stream(tx)) name satisfies string;
  const later = cities
    .select((c) => ({ a: c.name }))
    .filter((c) => c.isCapital)
    .orderBy((c) => c.area.asc())
    .selectTuple((c) => [c.area]);
  same<QuerySet<typeof City, [number | null]>>()(later, true);

  // lists
  cities.filter(
    (c) => c.name.in(['a', 'b']),
    (c) => c.name.in(new Set(['a'])),
    (c) => c.population.notIn([1].values()),
  );
  // an expression of a compatible type
  cities.filter(
    (c) => c.population.gt(c.population),
    (c) => c.name.eq(c.note),
    (c) => c.area.lt(c.area.mul(2)),
  );
  cities.filter(
    (c) => c.area.eq(null),
    (c) => c.note.neq(null),
    (c) => c.name.isDistinctFrom(null),
  );

  // writes
  same<City[]>()(
    await cities.bulkCreate(ctx, [{ name: 'a', population: 1, total: 1n, price: '1', isCapital: true, tags: [], seenAt: null! }]),
    true,
  );
  await cities.bulkCreate(ctx, [], { ids: [] as City['id'][], signal: AbortSignal.abort() });
  await query(Sku).bulkCreate(ctx, [{ id: 'x', name: 'y' }]);
  const { row, created } = await query(Town).upsert(ctx, { name: 'a' }, { conflict: ['name'] });
  same<Town>()(row, true);
  same<boolean>()(created, true);
  await query(Town).upsert(ctx, { name: 'a' }, { conflict: ['name', 'id'], update: ['name'] });
  await query(Town).upsert(
    ctx,
    { name: 'a' },
    { conflict: ['name'], update: (stored, offered) => ({ name: stored.name.concat(offered.name) }) },
  );
  await query(Town).upsert(ctx, { name: 'a' }, { conflict: ['name'], update: () => ({ name: 'fixed' }) });
  await query(Reading).bulkCreate(ctx, [{ value: 1 }]);
  await query(Town).bulkCreate(ctx, [{ name: 'a' }], { ignoreConflicts: true });
  await query(Town).bulkCreate(ctx, [{ name: 'a' }], { ignoreConflicts: ['name'] });
  same<{ row: Town; created: boolean }[]>()(
    await query(Town).bulkUpsert(
      ctx,
      [{ name: 'a' }],
      { conflict: { constraint: 'towns_name_key' }, update: (s, o) => ({ name: s.name.concat(o.name) }) },
      { signal: AbortSignal.abort() },
    ),
    true,
  );
  await cities.bulkUpsert(ctx, [], { conflict: { fields: ['name', 'id'], where: (c) => c.isCapital }, update: ['area'] });
  same<number>()(await query(Town).bulkUpdateRows(ctx, [{ id: row.id, name: 'b' }], { fields: ['name'] }), true);
  await query(Town).bulkUpdateRows(ctx, await query(Town).fetchAll(ctx), { fields: ['name'], checkVersion: true });
  await query(Score).bulkUpdateRows(ctx, [{ player: 'a', level: 1, points: 2 }], { fields: ['points'] });
  same<{ row: Town; created: boolean }>()(await query(Town).createOrFind(ctx, { name: 'a' }), true);
  await query(Town).createOrFind(ctx, { name: 'a' }, { conflict: ['name'] });
  same<{ row: City; created: boolean }>()(
    await cities
      .filter((c) => c.isCapital)
      .getOrCreate(ctx, () => ({ name: 'a', population: 1, total: 1n, price: '1', isCapital: true, tags: [], seenAt: null! })),
    true,
  );
  const { row: town } = await query(Town)
    .filter((t) => t.name.eq('a'))
    .updateOrCreate(ctx, { create: async () => ({ name: 'a' }), update: async (found) => ({ name: `${found.name}!` }) });
  same<Town>()(town, true);
}

export async function refused(id: Town['id']): Promise<void> {
  // @ts-expect-error a misspelt field
  cities.filter((c) => c.nmae.eq('a'));
  // @ts-expect-error a value of another type
  cities.filter((c) => c.population.eq('1'));
  // @ts-expect-error a number for a bigint
  cities.filter((c) => c.total.eq(1));
  // @ts-expect-error text lookups are for text
  cities.filter((c) => c.population.startsWith('1'));
  // @ts-expect-error arithmetic is for numbers
  cities.filter((c) => c.name.add(1).eq(1));
  // @ts-expect-error an unknown label
  cities.filter((c) => c.climate.eq('arid'));
  // @ts-expect-error an id of another model
  cities.filter((c) => c.id.eq(id));
  // @ts-expect-error never null
  cities.filter((c) => c.name.eq(null));
  // @ts-expect-error undefined is no value
  cities.filter((c) => c.name.eq(undefined));
  // @ts-expect-error undefined may be in the variable
  cities.filter((c) => c.population.gt(undefined as number | undefined));
  // @ts-expect-error undefined in a list
  cities.filter((c) => c.population.in([1, undefined]));
  // @ts-expect-error null in a list
  cities.filter((c) => c.area.in([1, null]));
  // @ts-expect-error a string is no list of strings
  cities.filter((c) => c.name.in('abc'));
  // @ts-expect-error membership is for scalars
  cities.filter((c) => c.tags.in([['a']]));
  // @ts-expect-error null has no order
  cities.filter((c) => c.area.gt(null));
  // @ts-expect-error a predicate is wanted
  cities.filter((c) => c.population.add(1));
  // @ts-expect-error a boolean of JavaScript is no predicate
  cities.filter(() => true);
  // @ts-expect-error nothing is no predicate
  cities.filter((c) => {
    c.isCapital;
  });
  // @ts-expect-error a promise is no predicate
  cities.filter(async (c) => c.isCapital);
  // @ts-expect-error a callback is wanted
  cities.filter(undefined);
  // @ts-expect-error a direction is wanted
  cities.orderBy((c) => c.name);
  // @ts-expect-error an array has no order
  cities.orderBy((c) => c.tags.asc());
  // @ts-expect-error a count is a number
  cities.limit('1');
  // @ts-expect-error a count is no undefined
  cities.limit(undefined);
  // @ts-expect-error an expression is wanted
  cities.select(() => ({ a: 1 }));
  // @ts-expect-error an object is wanted
  cities.select((c) => c.name);
  // @ts-expect-error a list is wanted
  cities.selectTuple((c) => ({ a: c.name }));
  // @ts-expect-error a column that was not selected
  (await cities.select((c) => ({ a: c.name })).fetchOne(ctx)).population;
  // @ts-expect-error a selection has no row methods
  await (await cities.select((c) => ({ a: c.name })).fetchOne(ctx)).save(ctx);
  // @ts-expect-error may be null
  (await cities.first(ctx)).name;
  // @ts-expect-error a terminal wants a context
  await cities.fetchAll();
  // @ts-expect-error ids of another model
  await cities.inBulk(ctx, [id]);
  // @ts-expect-error a set cannot be iterated
  for (const city of cities) city;
  // @ts-expect-error nor asynchronously: stream says that it takes a transaction
  for await (const city of cities) city;
  // @ts-expect-error a set is not thenable
  cities.then();
  // @ts-expect-error only the whole set inserts
  await cities.filter((c) => c.isCapital).bulkCreate(ctx, []);
  const towns = query(Town).filter((t) => t.name.eq('x'));
  // @ts-expect-error only the whole set inserts
  await towns.upsert(ctx, { name: 'x' }, { conflict: ['name'] });
  // @ts-expect-error name is required
  await query(Town).bulkCreate(ctx, [{}]);
  // @ts-expect-error an unknown field
  await query(Town).bulkCreate(ctx, [{ name: 'a', colour: 'red' }]);
  const whole = { name: 'a', population: 1, total: 1n, price: '1', isCapital: true, tags: [], seenAt: null! };
  // @ts-expect-error undefined is no value of an optional key
  await cities.bulkCreate(ctx, [{ ...whole, note: undefined }]);
  // @ts-expect-error a version is never written
  await cities.upsert(ctx, whole, { conflict: ['name'], update: () => ({ revision: 1 }) });
  // @ts-expect-error an unknown conflict field
  await query(Town).upsert(ctx, { name: 'a' }, { conflict: ['nmae'] });
  // @ts-expect-error the conflict is required
  await query(Town).upsert(ctx, { name: 'a' }, {});
  // @ts-expect-error a value of another type
  await query(Town).upsert(ctx, { name: 'a' }, { conflict: ['name'], update: () => ({ name: 1 }) });
  // @ts-expect-error an expression of another type
  await query(Town).upsert(ctx, { name: 'a' }, { conflict: ['name'], update: (t) => ({ name: t.name.length() }) });
  // @ts-expect-error the caller supplies this key
  await query(Sku).bulkCreate(ctx, [{ name: 'y' }]);
  // @ts-expect-error only the whole set inserts
  await towns.bulkUpsert(ctx, [{ name: 'x' }], { conflict: ['name'] });
  // @ts-expect-error only the whole set inserts
  await towns.createOrFind(ctx, { name: 'x' });
  // @ts-expect-error only the whole set writes rows by key
  await towns.bulkUpdateRows(ctx, [], { fields: ['name'] });
  // @ts-expect-error an unknown conflict field
  await query(Town).bulkUpsert(ctx, [{ name: 'a' }], { conflict: ['nmae'] });
  // @ts-expect-error an unknown conflict field
  await query(Town).bulkCreate(ctx, [{ name: 'a' }], { ignoreConflicts: ['nmae'] });
  // @ts-expect-error fields beside a constraint
  await query(Town).createOrFind(ctx, { name: 'a' }, { conflict: { constraint: 'x', where: (t) => t.name.eq('a') } });
  // @ts-expect-error an unknown field to update
  await query(Town).bulkUpsert(ctx, [{ name: 'a' }], { conflict: ['name'], update: ['nmae'] });
  // @ts-expect-error a value of another type
  await query(Town).bulkUpsert(ctx, [{ name: 'a' }], { conflict: ['name'], update: () => ({ name: 1 }) });
  // @ts-expect-error a row without its key
  await query(Town).bulkUpdateRows(ctx, [{ name: 'a' }], { fields: ['name'] });
  // @ts-expect-error the id of another model
  await cities.bulkUpdateRows(ctx, [{ id, name: 'a' }], { fields: ['name'] });
  // @ts-expect-error a field that is none
  await query(Town).bulkUpdateRows(ctx, [], { fields: ['nmae'] });
  // @ts-expect-error the fields are required
  await query(Town).bulkUpdateRows(ctx, []);
  // @ts-expect-error name is required
  await query(Town).getOrCreate(ctx, () => ({}));
  // @ts-expect-error a value is no factory
  await query(Town).getOrCreate(ctx, { name: 'a' });
  // @ts-expect-error a patch of another type
  await query(Town).updateOrCreate(ctx, { create: () => ({ name: 'a' }), update: () => ({ name: 1 }) });
  // @ts-expect-error both are needed
  await query(Town).updateOrCreate(ctx, { create: () => ({ name: 'a' }) });
  // @ts-expect-error no field of this model
  model('wrong', { name: f.text() }, { use: [idempotent('nmae')] });
  // @ts-expect-error no model
  query(class {});
  // @ts-expect-error no model
  query({ $fields: {} });
  // @ts-expect-error an instance is no model
  query(await cities.fetchOne(ctx));
}
