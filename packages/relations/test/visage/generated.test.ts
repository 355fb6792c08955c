// Random models with a secret in each, and views of them that show the views of others: no statement of any way to read a view names a secret, a query gives what
// `from` gives, and what JSON carries comes back the same.

import { exists, f, pk, visage, model, type Context } from '@djogi/core';
import { query as typedQuery } from '@djogi/query';
import { setupTestDb, type TestSetup } from '@djogi/testing';
import { createPool, type QueryEvent } from '@djogi/core/pool';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Choices } from '../truth/choices.ts';
import { KINDS, shown } from '../support/kinds.ts';
import { foreignKey, hasMany, hasOne, manyToMany, oneToOne } from '../../src/index.ts';

const seed = Number(process.env['DJOGI_SEED'] ?? 20261125);
const query = (made: unknown): any => typedQuery(made as never);

interface View {
  readonly visage: any;
  readonly model: any;
  /** The relations that it shows by peers, with theirs. */
  readonly peers: Readonly<Record<string, View>>;
  readonly many: ReadonlySet<string>;
}

interface Generated {
  readonly models: readonly any[];
  readonly tables: readonly any[];
  readonly views: readonly View[];
  readonly fill: (ctx: Context) => Promise<void>;
}

/** Models in a row: each refers to those before it, which have the way back. */
function generated(choices: Choices, prefix: string): Generated {
  const kinds = Object.keys(KINDS).filter((kind) => !kind.startsWith('mood')),
    models: any[] = [],
    between: any[] = [],
    count = 3;
  const facts = Array.from({ length: count }, (_, at) => ({
    isUnique: choices.chance(40),
    isNullable: choices.chance(50),
    to: at === 0 ? 0 : choices.below(at),
    kinds: [choices.one(kinds), choices.one(kinds)],
    key: choices.one([() => pk.serial(), () => pk.heerIdDesc(), () => pk.ranjId()]),
  }));
  facts.forEach((fact, at) => {
    const fields: Record<string, unknown> = {
      rank: f.int().expose('public'),
      name: f.text().expose('public'),
      ...Object.fromEntries(fact.kinds.map((kind) => [kind, KINDS[kind]!.field.nullable().expose('public')])),
      topSecret: f.text().default('hush'),
    };
    const add = (name: string, make: () => any): void => {
      Object.defineProperty(fields, name, { enumerable: true, get: () => make().expose('public') });
    };
    if (at > 0)
      add('parent', () =>
        ((made) => (fact.isNullable ? made.nullable() : made))((fact.isUnique ? oneToOne : foreignKey)(models[fact.to]) as any),
      );
    facts.forEach((other, from) => {
      if (from > at && other.to === at) add(`from${from}`, () => (other.isUnique ? hasOne : hasMany)(models[from], 'parent'));
    });
    add('mates', () => manyToMany(models[(at + 1) % count], { through: between[at], from: 'left', to: 'right' }));
    class Made extends (model as any)(`${prefix}_m${at}`, fields, { pk: fact.key() }) {}
    models.push(Made);
  });
  models.forEach((left, at) => {
    class Between extends (model as any)(
      `${prefix}_b${at}`,
      { left: foreignKey(left), right: foreignKey(models[(at + 1) % count]), topSecret: f.text().default('hush') },
      { pk: pk.serial() },
    ) {}
    between.push(Between);
  });
  const namesOf = (at: number): [name: string, target: number, isMany: boolean][] => [
    ...(at > 0 ? [['parent', facts[at]!.to, false] as [string, number, boolean]] : []),
    ...facts.flatMap((other, from): [string, number, boolean][] =>
      from > at && other.to === at ? [[`from${from}`, from, !other.isUnique]] : [],
    ),
    ['mates', (at + 1) % count, true],
  ];
  const viewOf = (at: number, depth: number): View => {
    const shownRelations = depth === 0 ? [] : namesOf(at).filter(() => choices.chance(70)),
      peers = Object.fromEntries(shownRelations.map(([name, target]) => [name, viewOf(target, depth - 1)]));
    const made = class extends (visage as any)(
      models[at],
      'public',
      Object.fromEntries(Object.entries(peers).map(([name, peer]) => [name, peer.visage])),
      choices.chance(50)
        ? { derived: (m: any) => ({ shout: m.name.upper() }), compute: { shout: (row: any) => row.name.toUpperCase() } }
        : {},
    ) {};
    return { visage: made, model: models[at], peers, many: new Set(shownRelations.filter(([, , isMany]) => isMany).map(([name]) => name)) };
  };
  return {
    models,
    tables: [...models, ...between],
    views: models.flatMap((_, at) => [viewOf(at, 0), viewOf(at, 1), viewOf(at, 2)]),
    async fill(ctx) {
      const rows: any[][] = [];
      for (const [at, fact] of facts.entries()) {
        const inputs = Array.from({ length: 4 }, (_, rank) => ({
          rank,
          name: choices.one(['ada', 'ben', 'cyd']),
          ...Object.fromEntries(
            fact.kinds.map((kind) => [
              kind,
              choices.chance(25)
                ? null
                : choices.one(
                    KINDS[kind]!.values.filter(
                      (value) => KINDS[kind]!.isDocument !== true || !JSON.stringify(shown(value)).includes('json'),
                    ),
                  ),
            ]),
          ),
          ...(at === 0 ? {} : { parentId: fact.isNullable && choices.chance(40) ? null : rows[fact.to]![rank].id }),
        }));
        rows.push((await query(models[at]).bulkCreate(ctx, inputs)) as any[]);
      }
      for (const [at, made] of between.entries()) {
        const others = rows[(at + 1) % count]!;
        await query(made).bulkCreate(
          ctx,
          rows[at]!.flatMap((one) => others.filter(() => choices.chance(40)).map((other) => ({ leftId: one.id, rightId: other.id }))),
        );
      }
    },
  };
}

const byRank = (m: any): unknown => m.rank.asc();
/** The rows with what the view shows of others, at every depth. */
const loadedFor = (view: View, set: any): any =>
  Object.entries(view.peers).reduce(
    (to, [name, peer]) => to.prefetch(name, (inner: any) => loadedFor(peer, view.many.has(name) ? inner.orderBy(byRank) : inner)),
    set,
  );

/** Everything of a view that can be compared, lists in the order of their ranks. */
function seen(view: View, made: any): unknown {
  return Object.fromEntries(
    Object.entries(made as object).map(([name, value]) => {
      const peer = view.peers[name];
      if (peer === undefined || value === null) return [name, shown(value)];
      return [
        name,
        Array.isArray(value) ? value.toSorted((left, right) => left.rank - right.rank).map((one) => seen(peer, one)) : seen(peer, value),
      ];
    }),
  );
}

// Where a field may be NULL, JSON has one null for that and for the null of a document; and its zero has no sign, as Postgres compares none.
const carried = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(shown(value)).replaceAll('"json null"', 'null').replaceAll('number -0', 'number 0'));

const statements = (view: View): number => Object.values(view.peers).reduce((sum, peer) => sum + statements(peer), 1);

const schemas = Array.from({ length: 4 }, (_, at) => generated(Choices.random(seed + at), `v${at}`));
const views = schemas.flatMap((schema) => schema.views);

let setup: TestSetup;
let pool: Awaited<ReturnType<typeof createPool>> | undefined;
let ctx: Context;
const texts: string[] = [];
beforeAll(async () => {
  setup = await setupTestDb({ models: schemas.flatMap((schema) => schema.tables) as never, extensions: ['citext'] });
  for (const schema of schemas) await schema.fill(setup.ctx);
  pool = await createPool({ url: setup.db.url(), onQuery: (event: QueryEvent) => texts.push(event.sql) });
  ctx = pool.context();
});
afterAll(async () => {
  await pool?.close();
  await setup.dispose();
});

/** Every way to read, by name. */
const WAYS: Readonly<Record<string, (set: any, view: View) => Promise<unknown>>> = {
  fetchAll: (set) => set.fetchAll(ctx),
  first: (set) => set.orderBy(byRank).first(ctx),
  fetchOne: (set) => set.filter((m: any) => m.rank.eq(0)).fetchOne(ctx),
  count: (set) => set.count(ctx),
  exists: (set) => set.exists(ctx),
  fetchPage: (set) => set.orderBy(byRank).fetchPage(ctx, { size: 2 }),
  stream: (set) =>
    ctx.atomic(async (tx) => {
      for await (const row of set.stream(tx, { batchSize: 3 })) expect(row.rank).toBeTypeOf('number');
    }),
  inBulk: async (set) => set.inBulk(ctx, [(await set.first(ctx)).id]),
  select: (set) => set.select((m: any) => ({ id: m.id, name: m.name })).fetchAll(ctx),
  selectTuple: (set) => set.selectTuple((m: any) => [m.rank, m.name]).fetchAll(ctx),
  annotate: (set) => set.annotate((m: any) => ({ upper: m.name.upper() })).fetchAll(ctx),
  qualify: (set) =>
    set
      .annotate((m: any) => ({ most: m.rank.max().over({ partitionBy: [m.name] }) }))
      .qualify((a: any) => a.most.gte(0))
      .fetchAll(ctx),
  groupBy: (set) =>
    set
      .groupBy((m: any) => ({ name: m.name }))
      .annotate((m: any) => ({ n: m.rank.count() }))
      .fetchAll(ctx),
  aggregate: (set) => set.aggregate(ctx, (m: any) => ({ most: m.rank.max() })),
  'aggregate after a limit': (set) =>
    set
      .orderBy(byRank)
      .limit(2)
      .aggregate(ctx, (m: any) => m.rank.max()),
  distinct: (set) =>
    set
      .distinctOn((m: any) => m.name)
      .orderBy((m: any) => m.name.asc())
      .fetchAll(ctx),
  explain: (set) => set.explain(ctx, { verbose: false }),
  asSubquery: (set, { model: made }) =>
    query(made)
      .filter((m: any) => m.id.in(set.asSubquery((inner: any) => inner.id)))
      .count(ctx),
  'in exists': (set, { model: made }) =>
    query(made)
      .filter((m: any) => exists(set.filter((inner: any) => inner.id.eq(m.id))))
      .count(ctx),
  asScalar: (set, { model: made }) =>
    query(made)
      .select((m: any) => ({
        id: m.id,
        rank: set
          .filter((inner: any) => inner.id.eq(m.id))
          .limit(1)
          .asScalar((inner: any) => inner.rank),
      }))
      .fetchAll(ctx),
  'over its relations': async (set, view) => {
    for (const name of Object.keys(view.peers))
      await (
        view.many.has(name)
          ? set.filter((m: any) =>
              m[name]
                .some((one: any) => one.rank.gte(0))
                .and(m[name].count().gte(0), m[name].aggregate((one: any) => one.rank.max()).gte(0)),
            )
          : set.filter((m: any) => m[name].to.name.isNotNull()).orderBy((m: any) => m[name].to.rank.desc())
      ).fetchAll(ctx);
  },
};

describe(`views of generated models (DJOGI_SEED=${seed})`, () => {
  test.each(Object.entries(WAYS))('never name a secret: %s', async (way, act) => {
    for (const view of views) {
      texts.length = 0;
      try {
        await act(query(view.visage), view);
      } catch (error) {
        throw new Error(`${way} of ${view.visage.table} with ${Object.keys(view.peers).join()}`, { cause: error });
      }
      // The rows around a subquery are whole ones, and of a model: what they select is their own affair.
      const inside = texts.map((text) => (['in exists', 'asScalar'].includes(way) ? text.slice(text.indexOf(' FROM ')) : text));
      expect(inside.join('\n')).not.toMatch(/secret/);
      expect(way === 'over its relations' || texts.length > 0).toBe(true);
    }
  });

  test('are by a query what they are of a row, by one statement for each relation shown', async () => {
    let shownRows = 0;
    for (const view of views) {
      const rows = (await loadedFor(view, query(view.model)).orderBy(byRank).fetchAll(setup.ctx)) as object[],
        made = rows.map((row) => view.visage.from(row));
      texts.length = 0;
      const fetched = (await query(view.visage).orderBy(byRank).fetchAll(ctx)) as object[];
      expect(texts.length).toBeLessThanOrEqual(statements(view));
      expect(fetched.map((one) => seen(view, one))).toEqual(made.map((one) => seen(view, one)));
      for (const one of fetched) expect(one).toBeInstanceOf(view.visage);
      shownRows += made.length;
    }
    expect(shownRows).toBe(views.length * 4);
  });

  test('are the same again after JSON', async () => {
    for (const view of views)
      for (const one of (await query(view.visage).fetchAll(ctx)) as object[]) {
        const text = JSON.stringify(one);
        expect(text).not.toContain('hush');
        expect(carried(seen(view, view.visage.parse(JSON.parse(text))))).toEqual(carried(seen(view, one)));
      }
  });
});

const exposed = Object.fromEntries(Object.entries(KINDS).map(([name, { field }]) => [name, field.nullable().expose('public')]));
class Open extends model('open', { label: f.text().expose('public'), ...exposed }, { pk: pk.heerId() }) {}
class OpenView extends visage(Open, 'public') {}

describe('a view of a field of any kind', () => {
  const stamp = new Date('2026-01-01T00:00:00.123Z');
  // Whoever parses JSON rounds the numbers of a document that a double cannot hold.
  const isCarried = (value: unknown): boolean => !/rawJSON|\d{17}/.test(JSON.stringify(shown(value)));
  const rowOf = fc.record(
    Object.fromEntries(
      Object.entries(KINDS).map(([name, { values, isDocument }]) => [
        name,
        fc.constantFrom(...(isDocument === true ? values.filter(isCarried) : values), null),
      ]),
    ),
  );

  test('is the same again after JSON', () => {
    fc.assert(
      fc.property(rowOf, fc.string(), (values, label) => {
        const view = (OpenView as any).from({ id: '1', createdAt: stamp, updatedAt: stamp, label, ...values }),
          again = (OpenView as any).parse(JSON.parse(JSON.stringify(view)));
        expect(carried({ ...again })).toEqual(carried({ ...view }));
        expect(again).toBeInstanceOf(OpenView);
      }),
      { seed, numRuns: 200 },
    );
  });
  test('shares nothing that can change with the row', () => {
    const bare = {
      id: '1',
      createdAt: stamp,
      updatedAt: stamp,
      label: '',
      ...Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, null])),
    };
    const canChange = (value: unknown): boolean =>
      !Object.isFrozen(value) &&
      (Array.isArray(value) || value instanceof Uint8Array || value instanceof Date || Object.getPrototypeOf(value) === Object.prototype);
    const shared = Object.entries(KINDS).filter(([name, { values }]) =>
      values.some((value) => canChange(value) && (OpenView as any).from({ ...bare, [name]: value })[name] === value),
    );
    expect(shared.map(([name]) => name)).toEqual([]);
  });
});
