// One call of each public method, so that each has a number of its own. A generated file proves that none is missing.

import type { TypeProject } from './compiler.ts';
import { modelsFile } from './generated-models.ts';

export interface PublicMethod {
  /** `QuerySet.filter`, `Model.create`, `row.save`. */
  readonly name: string;
  /** An expression statement; `n` makes each call another one. */
  readonly call: (n: number) => string;
}

const values = `{ name: 'a', weight: 1, price: '1.00', token: 't', tags: ['a'], total: 1n, ownerId: 'o' as never }`;

const querySet: Readonly<Record<string, (n: number) => string>> = {
  filter: (n) => `set.filter(m => m.quantity.gte(${n}))`,
  exclude: (n) => `set.exclude(m => m.quantity.gte(${n}))`,
  orderBy: () => `set.orderBy(m => m.quantity.desc())`,
  reorder: () => `set.reorder(m => [m.quantity.desc(), m.id.asc()])`,
  orderByName: () => `set.orderByName('name', 'desc')`,
  reverse: () => `set.reverse()`,
  limit: (n) => `set.limit(${n})`,
  offset: (n) => `set.offset(${n})`,
  distinct: () => `set.distinct()`,
  distinctOn: () => `set.distinctOn(m => m.name)`,
  distinctOnNames: () => `set.distinctOnNames(['name'])`,
  none: () => `set.none()`,
  select: () => `set.select(m => ({ name: m.name, seenAt: m.seenAt, total: m.total }))`,
  only: () => `set.only('name', 'seenAt', 'total')`,
  defer: () => `set.defer('name', 'seenAt', 'total')`,
  forUpdate: () => `set.forUpdate({ wait: 'skipLocked' })`,
  forNoKeyUpdate: () => `set.forNoKeyUpdate()`,
  forShare: () => `set.forShare()`,
  forKeyShare: () => `set.forKeyShare()`,
  asSubquery: () => `set.asSubquery(m => m.name)`,
  asScalar: () => `set.asScalar(m => m.quantity)`,
  selectTuple: () => `set.selectTuple(m => [m.name, m.seenAt, m.total])`,
  annotate: () => `set.annotate(m => ({ n: countAll(), most: m.quantity.max() }))`,
  groupBy: () => `set.groupBy(m => ({ name: m.name, seenAt: m.seenAt }))`,
  rollup: () => `set.rollup(m => ({ name: m.name, seenAt: m.seenAt }))`,
  cube: () => `set.cube(m => ({ name: m.name, seenAt: m.seenAt }))`,
  groupingSets: () => `set.groupingSets(m => ({ name: m.name, seenAt: m.seenAt }), [['name'], ['seenAt'], []])`,
  aggregate: () => `set.aggregate(ctx, m => ({ n: countAll(), total: m.total.sum() }))`,
  update: (n) => `set.filter(m => m.quantity.gt(${n})).update(m => ({ quantity: m.quantity.add(1), name: 'a', seenAt: null }))`,
  delete: () => `set.delete()`,
  union: () => `set.union(set)`,
  unionAll: () => `set.unionAll(set)`,
  intersect: () => `set.intersect(set)`,
  intersectAll: () => `set.intersectAll(set)`,
  except: () => `set.except(set)`,
  exceptAll: () => `set.exceptAll(set)`,
  fetchAll: () => `set.fetchAll(ctx)`,
  fetchOne: () => `set.fetchOne(ctx)`,
  first: () => `set.first(ctx)`,
  fetchOptional: () => `set.fetchOptional(ctx)`,
  last: () => `set.last(ctx)`,
  earliest: () => `set.earliest(ctx, m => m.seenAt)`,
  latest: () => `set.latest(ctx, m => m.quantity)`,
  fetchPage: () => `set.fetchPage(ctx, { size: 50, after: null })`,
  count: () => `set.count(ctx)`,
  countBig: () => `set.countBig(ctx)`,
  contains: () => `set.contains(ctx, row)`,
  exists: () => `set.exists(ctx)`,
  inBulk: () => `set.inBulk(ctx, [id])`,
  stream: () => `set.stream(ctx)`,
  toSql: () => `set.toSql()`,
  explain: () => `set.explain(ctx, { format: 'json' })`,
  predicate: () => `set.predicate()`,
  tryPortable: () => `set.tryPortable()`,
  getOrCreate: () => `set.getOrCreate(ctx, () => (${values}))`,
  insertInto: () =>
    `set.insertInto(Model0, m => ({ name: m.name, weight: 1, price: m.price, token: m.token, tags: m.tags, total: m.total, ownerId: 'o' as never }))`,
  updateOrCreate: (n) => `set.updateOrCreate(ctx, { create: () => (${values}), update: row => ({ quantity: row.quantity + ${n} }) })`,
  copyTo: () => `set.copyTo(ctx, { format: 'csv' })`,
  bulkCreate: () => `set.bulkCreate(ctx, [${values}])`,
  copyFrom: () => `set.copyFrom(ctx, [${values}])`,
  upsert: () =>
    `set.upsert(ctx, ${values}, { conflict: ['name'], update: (stored, offered) => ({ quantity: stored.quantity.add(offered.quantity) }) })`,
  bulkUpsert: () =>
    `set.bulkUpsert(ctx, [${values}], { conflict: ['name'], update: (stored, offered) => ({ quantity: stored.quantity.add(offered.quantity) }) })`,
  bulkUpdateRows: (n) => `set.bulkUpdateRows(ctx, [{ id, quantity: ${n} }], { fields: ['quantity'] })`,
  createOrFind: () => `set.createOrFind(ctx, ${values}, { conflict: ['name'] })`,
  selectRelated: () => `cars.selectRelated('owner')`,
  prefetch: () => `people.prefetch('cars', 'clubs')`,
};

/** The terminals that annotated rows and groups have in common with sets; each goes by the calls of its own. */
const terminals = (of: string): Readonly<Record<string, (n: number) => string>> => ({
  fetchAll: () => `${of}.fetchAll(ctx)`,
  fetchOne: () => `${of}.fetchOne(ctx)`,
  first: () => `${of}.first(ctx)`,
  count: () => `${of}.count(ctx)`,
  exists: () => `${of}.exists(ctx)`,
  stream: () => `${of}.stream(ctx)`,
  copyTo: () => `${of}.copyTo(ctx, { format: 'csv' })`,
  toSql: () => `${of}.toSql()`,
  explain: () => `${of}.explain(ctx, { format: 'json' })`,
});

const annotated: Readonly<Record<string, (n: number) => string>> = {
  qualify: (n) => `annotated.qualify(a => a.place.lte(${n}))`,
  orderBy: () => `annotated.orderBy(a => [a.place.asc(), a.name.desc()])`,
  limit: (n) => `annotated.limit(${n})`,
  offset: (n) => `annotated.offset(${n})`,
  ...terminals('annotated'),
};

const combined: Readonly<Record<string, (n: number) => string>> = {
  union: () => `combined.union(projected)`,
  unionAll: () => `combined.unionAll(projected)`,
  intersect: () => `combined.intersect(projected)`,
  intersectAll: () => `combined.intersectAll(projected)`,
  except: () => `combined.except(projected)`,
  exceptAll: () => `combined.exceptAll(projected)`,
  orderBy: () => `combined.orderBy(o => [o.name.asc(), o.total.desc()])`,
  limit: (n) => `combined.limit(${n})`,
  offset: (n) => `combined.offset(${n})`,
  ...terminals('combined'),
};

const functions: Readonly<Record<string, (n: number) => string>> = {
  'query(rows)': () => `query(set)`,
  'query(projection)': () => `query(projected)`,
  cte: () => `cte('named', projected)`,
  walk: () => `walk(set, { from: m => m.quantity, to: m => m.weight })`,
  descendants: () => `descendants(set, m => m.id)`,
  ancestors: () => `ancestors(set, m => m.id)`,
};

const grouped: Readonly<Record<string, (n: number) => string>> = {
  annotate: (n) => `grouped.annotate(m => ({ n: countAll(), large: countAll().filter(m.quantity.gt(${n})), total: m.total.sum() }))`,
};

const groups: Readonly<Record<string, (n: number) => string>> = {
  having: (n) => `groups.having(g => g.n.gt(${n}))`,
  orderBy: () => `groups.orderBy(g => g.n.desc())`,
  limit: (n) => `groups.limit(${n})`,
  offset: (n) => `groups.offset(${n})`,
  insertInto: () =>
    `groups.insertInto(Model0, g => ({ name: g.name, weight: 1, price: '1', token: 't', tags: ['a'], total: coalesce(g.total, 1n), ownerId: 'o' as never }))`,
  ...terminals('groups'),
};

const writes: Readonly<Record<string, (n: number) => string>> = {
  execute: () => `write.execute(ctx)`,
  returning: () => `write.returning(ctx, (m, old) => ({ name: m.name, before: old.quantity }))`,
  returningPairs: () => `write.returningPairs(ctx)`,
  toSql: () => `write.toSql()`,
  explain: () => `write.explain(ctx, { format: 'json' })`,
};

const statics: Readonly<Record<string, (n: number) => string>> = {
  create: () => `Model0.create(ctx, ${values})`,
  get: () => `Model0.get(ctx, id)`,
  find: () => `Model0.find(ctx, id)`,
  update: (n) => `Model0.update(ctx, id, { quantity: ${n} })`,
  createWithId: () => `Model0.createWithId(ctx, id, ${values})`,
  build: (n) => `Model0.build({ quantity: ${n} })`,
  nextId: () => `Model0.nextId(ctx)`,
  nextIds: (n) => `Model0.nextIds(ctx, ${n})`,
};

const members: Readonly<Record<string, (n: number) => string>> = {
  save: () => `row.save(ctx, { fields: ['name'] })`,
  update: (n) => `row.update(ctx, { quantity: ${n} })`,
  delete: () => `row.delete(ctx)`,
  refresh: () => `row.refresh(ctx)`,
  reload: () => `row.reload(ctx)`,
  assign: (n) => `row.assign({ quantity: ${n} })`,
  isDirty: () => `row.isDirty('name')`,
  dirtyFields: () => `row.dirtyFields()`,
  markDirty: () => `row.markDirty('name')`,
  markClean: () => `row.markClean('name')`,
  updateReturningPair: () => `row.updateReturningPair(ctx)`,
  deleteReturning: () => `row.deleteReturning(ctx)`,
  toJSON: () => `row.toJSON()`,
};

/** What stands beside a set. */
const beside: Readonly<Record<string, (n: number) => string>> = {
  parseFilter: () => `set.filter(parseFilter(Model0, {}, { allow: ['name', 'quantity'] }))`,
};

/** What stands beside a model; each is a function of core. */
const declarations: Readonly<Record<string, (n: number) => string>> = {
  index: (n) => `index(Model0, m => [m.name, m.seenAt.desc()], { where: m => m.quantity.gte(${n}) })`,
  unique: () => `unique(Model0, m => [m.name, m.owner.id])`,
  check: (n) => `check(Model0, 'least', m => m.quantity.gte(${n}))`,
  exclude: () => `exclude(Model0, 'apart', 'gist', m => [{ of: m.name, with: '=' }])`,
  coalesce: (n) => `coalesce(m.quantity, ${n})`,
  nullIf: (n) => `nullIf(m.quantity, ${n})`,
  greatest: (n) => `greatest(m.quantity, ${n})`,
  least: (n) => `least(m.quantity, m.quantity, ${n})`,
  caseWhen: (n) => `caseWhen(m.quantity.gt(${n}), 'a').otherwise('b')`,
  literal: (n) => `literal(${n})`,
  cast: () => `cast(m.quantity, f.text())`,
  now: () => `now()`,
  currentDate: () => `currentDate()`,
  currentYear: () => `currentYear()`,
  dateTrunc: () => `dateTrunc('day', m.createdAt)`,
  extract: () => `extract('year', m.createdAt)`,
  exists: () => `exists(set)`,
  anyOf: () => `m.name.eq(anyOf(set.asSubquery(m => m.name)))`,
  allOf: () => `m.name.eq(allOf(set.asSubquery(m => m.name)))`,
  countAll: (n) => `countAll().filter(m.quantity.gt(${n}))`,
  'x.count': () => `m.name.count().distinct()`,
  'x.sum': () => `m.quantity.sum()`,
  'x.avg': () => `m.quantity.avg()`,
  'x.max': () => `m.seenAt.max()`,
  'x.over': () => `m.quantity.sum().over({ partitionBy: [m.name], orderBy: [m.id.asc()] })`,
  stringAgg: () => `stringAgg(m.name, ',').orderBy(m.id.asc())`,
  arrayAgg: () => `arrayAgg(m.name)`,
  jsonAgg: () => `jsonAgg(m.name)`,
  boolOr: (n) => `boolOr(m.quantity.gt(${n}))`,
  stddev: () => `stddev(m.quantity)`,
  corr: () => `corr(m.quantity, m.weight)`,
  percentileCont: () => `percentileCont(0.5, m.quantity)`,
  percentileDisc: () => `percentileDisc(0.5, m.name)`,
  mode: () => `mode(m.name)`,
  rankOf: (n) => `rankOf(${n}, m.quantity)`,
  grouping: () => `grouping(m.name, m.seenAt)`,
  rowNumber: () => `rowNumber().over({ orderBy: [m.id.asc()] })`,
  rank: () => `rank().over({ partitionBy: [m.name], orderBy: [m.id.asc()] })`,
  lag: (n) => `lag(m.quantity, ${n}, 0).over({ orderBy: [m.id.asc()] })`,
  hooks: () => `hooks(Model0, { beforeCreate(draft) { draft.name = 'a'; }, afterCreate(row) { void row.id; } })`,
};

/** Paths into the documents of a JSON column, of a model of its own. */
const documents: Readonly<Record<string, (n: number) => string>> = {
  path: (n) => `d.doc.turbo.boost.gte(${n})`,
  'path in a list': (n) => `d.doc.maker.in(['a', '${n}'])`,
  'path of a text': (n) => `d.doc.maker.startsWith('${n}')`,
  'path of a list': (n) => `d.doc.tags.len().gt(${n})`,
  'path in an order': () => `d.doc.turbo.boost.desc().nullsLast()`,
  'path in filter': (n) => `documents.filter(d => d.doc.turbo.boost.gte(${n}))`,
  'path in select': () => `documents.select(d => ({ boost: d.doc.turbo.boost, maker: d.doc.maker }))`,
  'path in groupBy': () => `documents.groupBy(d => ({ maker: d.doc.maker })).annotate(d => ({ most: d.doc.turbo.boost.max() }))`,
  jsonContains: (n) => `jsonContains(d.doc, { turbo: { boost: ${n} } })`,
  jsonAsNumber: (n) => `jsonAsNumber(d.doc.turbo.boost).add(${n})`,
  jsonAsText: () => `jsonAsText(d.doc.maker)`,
  'raw path': (n) => `d.raw.path('a.b').number().gt(${n})`,
};

/** Relations, between models of their own. */
const relations: Readonly<Record<string, (n: number) => string>> = {
  'path in filter': (n) => `cars.filter(c => c.owner.to.age.gte(${n}))`,
  some: (n) => `people.filter(p => p.cars.some(c => c.year.gte(${n})))`,
  count: () => `people.orderBy(p => p.cars.count().desc())`,
  aggregate: () => `people.orderBy(p => p.cars.aggregate(c => c.year.max()).desc())`,
  'selectRelated with a callback': () => `cars.selectRelated('owner', o => o.selectRelated('mentor'))`,
  'prefetch with a callback': (n) => `people.prefetch('cars', c => c.filter(x => x.year.gte(${n})).limit(3))`,
  'key of a row': () => `cars.filter(c => c.owner.id.eq(person))`,
  related: (n) => `related(person).cars.filter(c => c.year.gte(${n}))`,
  'related add': () => `related(person).clubs.add(ctx, club, { role: 'a' })`,
  'related addMany': () => `related(person).clubs.addMany(ctx, [club], { role: 'a' })`,
  'related set': () => `related(person).clubs.set(ctx, [club], { role: 'a' })`,
  'related remove': () => `related(person).clubs.remove(ctx, club)`,
  tree: () => `tree(Person, 'mentor')`,
  'tree descendants': (n) => `mentors.descendants(person, { maxDepth: ${n} }).filter(p => p.walk.depth.gt(${n}))`,
  'tree siblings': () => `mentors.siblings(person)`,
  batched: () => `batched(Person, ctx)`,
  'batched get': () => `loader.get(person.id)`,
  'batched related': () => `loader.related('cars', person)`,
};

const named = (owner: string, calls: Readonly<Record<string, (n: number) => string>>): PublicMethod[] =>
  Object.entries(calls).map(([name, call]) => ({ name: `${owner}.${name}`, call }));

export const PUBLIC_METHODS: readonly PublicMethod[] = [
  ...named('QuerySet', querySet),
  ...named('Annotated', annotated),
  ...named('Combined', combined),
  ...named('query', functions),
  ...named('Grouped', grouped),
  ...named('GroupedRows', groups),
  ...named('WriteStatement', writes),
  ...named('Model', statics),
  ...named('row', members),
  ...named('query', beside),
  ...named('core', declarations),
  ...named('json', documents),
  ...named('relations', relations),
];

const header = (statements: string): string => `import {
  allOf, anyOf, caseWhen, cast, check, coalesce, currentDate, currentYear, dateTrunc, exclude, exists, extract, f, greatest, hooks, index, least, literal, now, nullIf, unique,
  arrayAgg, boolOr, corr, countAll, grouping, jsonAgg, lag, mode, percentileCont, percentileDisc, rank, rankOf, rowNumber, stddev, stringAgg,
  type Context, type ExprsOf,
} from '@djogi/core';
import { jsonAsNumber, jsonAsText, jsonContains, model, pk, type StandardSchema } from '@djogi/core';
import { foreignKey, hasMany, manyToMany, related, tree } from '@djogi/relations';
import type { Batched } from '@djogi/query';
import { ancestors, batched, cte, descendants, parseFilter, query, walk } from '@djogi/query';
import { Model0 } from './models.ts';
class Person extends model('people', {
  name: f.text(),
  age: f.int(),
  get mentor() { return foreignKey(Person).nullable(); },
  get cars() { return hasMany(Car, 'owner'); },
  get clubs() { return manyToMany(Club, { through: Membership, from: 'person', to: 'club' }); },
}, { pk: pk.serial() }) {}
class Car extends model('cars', { vin: f.text(), year: f.int(), owner: foreignKey(Person) }, { pk: pk.serial() }) {}
class Club extends model('clubs', { title: f.text() }, { pk: pk.serial() }) {}
class Membership extends model('memberships', { person: foreignKey(Person), club: foreignKey(Club), role: f.text() }, { pk: pk.serial() }) {}
const people = query(Person), cars = query(Car);
declare const person: Person, club: Club;
declare const loader: Batched<typeof Person, Person>;
const mentors = tree(Person, 'mentor');
void [people.kind, cars.kind, person.id, club.id, related, mentors, loader, batched];
declare const spec: StandardSchema<{ maker: string; power: number; tags: string[]; turbo?: { boost?: number; label: string | null } }>;
class Documents extends model('documents', { doc: f.jsonb(spec), raw: f.rawJson({ justification: 'sent by somebody else' }) }, { pk: pk.serial() }) {}
declare const d: ExprsOf<typeof Documents>;
const documents = query(Documents);
void [d, documents, jsonAsNumber, jsonAsText, jsonContains];
declare const ctx: Context;
declare const row: Model0;
declare const id: Model0['id'];
declare const m: ExprsOf<typeof Model0>;
const set = query(Model0);
const annotated = set.annotate(m => ({ place: rowNumber().over({ partitionBy: [m.name], orderBy: [m.id.asc()] }) }));
const projected = set.select(m => ({ name: m.name, total: m.total }));
const combined = projected.union(projected);
const grouped = set.groupBy(m => ({ name: m.name, seenAt: m.seenAt }));
const groups = grouped.annotate(m => ({ n: countAll(), total: m.total.sum() }));
const write = set.update({ name: 'a' });
void [parseFilter, allOf, anyOf, caseWhen, cast, check, coalesce, currentDate, currentYear, dateTrunc, exclude, exists, extract, f, greatest, hooks, index, least, literal, now, nullIf, unique, arrayAgg, boolOr, corr, countAll, grouping, jsonAgg, lag, mode, percentileCont, percentileDisc, rank, rankOf, rowNumber, stddev, stringAgg, ancestors, cte, descendants, walk, annotated, combined, grouped, groups, write, m, set.kind, row.id, Model0.table];
${statements}
`;

/** Writes the model that all calls are about. */
export function writeMethodModel(project: TypeProject): void {
  project.write('methods/models.ts', modelsFile([0], 1));
}

/** Writes one file with `count` calls; returns its name. */
export function writeCalls(project: TypeProject, name: string, count: number, call: (n: number) => string): string {
  const file = `methods/${name.replaceAll(/\W/g, '-')}-${count}.ts`;
  project.write(file, header(Array.from({ length: count }, (_, at) => `void ${call(at + 1)};`).join('\n')));
  return file;
}

/** A file that does not compile when a public method has no call here: the compiler names it. */
export function writeCompleteness(project: TypeProject): string {
  const known = (calls: object): string => JSON.stringify(Object.fromEntries(Object.keys(calls).map((name) => [name, 0])));
  project.write(
    'methods/complete.ts',
    `import type { Instance, ModelClass } from '@djogi/core';
import type { Annotated, Combined, Grouped, GroupedRows, ModelSet, RowFacts, WriteStatement } from '@djogi/query';
import type { Model0 } from './models.ts';
type Methods<T> = { [K in keyof T as T[K] extends (...args: never[]) => unknown ? K : never]: 0 };
(${known(querySet)}) satisfies Methods<ModelSet<typeof Model0, Model0>>;
(${known(annotated)}) satisfies Methods<Annotated<typeof Model0, Model0, {}>>;
(${known(combined)}) satisfies Methods<Combined<RowFacts, {}>>;
(${known(grouped)}) satisfies Methods<Grouped<typeof Model0, {}>>;
(${known(groups)}) satisfies Methods<GroupedRows<{}, {}>>;
(${known(writes)}) satisfies Methods<WriteStatement<Model0, typeof Model0>>;
(${known(statics)}) satisfies Methods<ModelClass<'t', {}, string>>;
(${known(members)}) satisfies Methods<Instance<string, {}>>;
`,
  );
  return 'methods/complete.ts';
}
