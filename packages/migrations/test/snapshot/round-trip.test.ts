// The renderer and the reader against each other: what was rendered and applied is read back as it was.

import { check, exclude, f, index, model, opclass, pgEnum, pk, Range, sql, unique, type Field } from '@djogi/core';
import { fieldOf, instantKind, intervalKind, keyTargetOf } from '@djogi/core/extension';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  makeSnapshot,
  mapExpressions,
  readCatalog,
  renderCreate,
  snapshotOf,
  type ColumnSnapshot,
  type ConstraintSnapshot,
  type IndexElementSnapshot,
  type IndexSnapshot,
  type SchemaSnapshot,
  type TableSnapshot,
} from '../../src/index.ts';
import { useServer, type TestDatabase } from '../database.ts';

const database = useServer();

/** The names of NOT NULL constraints are never compared. */
const withoutNotNullNames = (snapshot: SchemaSnapshot): SchemaSnapshot =>
  makeSnapshot({
    ...snapshot,
    tables: snapshot.tables.map((table) => ({
      ...table,
      columns: table.columns.map((column) => ({ ...column, notNull: column.notNull === null ? null : { ...column.notNull, name: null } })),
    })),
  });

/** What a snapshot says beside the spelling of its expressions, as bytes. */
const facts = (snapshot: SchemaSnapshot): string =>
  JSON.stringify(
    mapExpressions(withoutNotNullNames(snapshot), () => ''),
    null,
    1,
  );
const bytes = (snapshot: SchemaSnapshot): string => JSON.stringify(withoutNotNullNames(snapshot), null, 1);

/** The id generators are the bootstrap's, and no part of a model's schema. */
const withoutBootstrap = (snapshot: SchemaSnapshot): SchemaSnapshot =>
  makeSnapshot({
    ...snapshot,
    tables: snapshot.tables.filter(({ name }) => !name.startsWith('heer_')),
    sequences: snapshot.sequences.filter(({ name }) => !name.startsWith('heer_')),
  });

async function read(db: TestDatabase, snapshot: SchemaSnapshot): Promise<SchemaSnapshot> {
  const schemas = new Set(['public', ...snapshot.tables.map(({ schema }) => schema)]);
  return withoutBootstrap((await readCatalog(db.ctx, { schemas: [...schemas] })).snapshot);
}

/** Applies the snapshot, reads it, applies what was read, and reads again. */
async function expectRoundTrip(declared: SchemaSnapshot, options?: { readonly bootstrap: boolean }): Promise<SchemaSnapshot> {
  const first = await database(options);
  await first.apply(renderCreate(declared));
  const deparsed = await read(first, declared);
  expect(facts(deparsed)).toBe(facts(declared));
  const second = await database(options);
  await second.apply(renderCreate(deparsed));
  expect(bytes(await read(second, declared))).toBe(bytes(deparsed));
  return deparsed;
}

const Status = pgEnum('status', ['draft', 'published', "it's"]);
const Select = pgEnum('select', ['a']);

function reference(target: object, options: Record<string, unknown> = {}): Field<any> {
  return fieldOf({ stored: 'key', valueKind: () => keyTargetOf(target).valueKind, reference: { target, ...options } });
}

test('models of every kind come back as they were declared', async () => {
  class Person extends model(
    'people',
    {
      name: f.text({ maxLength: 80 }).unique(),
      email: f.citext().nullable().index(),
      born: f.date().nullable(),
      score: f.decimal(10, 2).default('0'),
      small: f.uint8().check(sql`small <> 7`),
      big: f.uint64({ bounds: false }),
      ratio: f.double().default(1.5),
      photo: f.bytea().nullable(),
      tags: f.array(f.text()).index(),
      states: f.array(f.enum(Status)).nullable(),
      state: f.enum(Status).default("it's"),
      odd: f.enum(Select).nullable(),
      doubled: f.int().generated(sql`length(name) * 2`),
      seen: f.instant().default(sql`now()`),
      revision: f.version(),
      class: f.text().nullable().unique({ nullsNotDistinct: true }).comment("it's \\ quoted"),
      get boss() {
        return reference(Person, { onDelete: 'setNull' }).nullable();
      },
      get home() {
        return reference(House, { onDelete: 'cascade', onUpdate: 'cascade', deferrable: true, initiallyDeferred: true }).nullable();
      },
    },
    { comment: 'People', storageParams: { fillfactor: '70', 'toast.autovacuum_enabled': 'off' } },
  ) {
    static readonly tableObjects = [
      index(Person, (p) => [p.state, p.seen.desc()], { where: (p) => p.small.gt(1), include: (p) => [p.name], concurrently: true }),
      index(Person, (p) => [opclass(p.name, 'text_pattern_ops')], { name: 'people_name_pattern' }),
      index(Person, (p) => [p.name.lower()]),
      index(Person, (p) => [p.seen.desc().nullsLast()], { name: 'people_seen' }),
      unique(Person, (p) => [p.state, p.small]),
      unique(Person, (p) => [p.name], { where: (p) => p.state.in(['draft', 'published']) }),
      check(Person, 'sane', (p) => p.small.lt(200).or(p.state.eq('draft'))),
      exclude(
        Person,
        'one',
        'gist',
        (p) => [
          { of: p.small, with: '=' },
          { of: p.name.lower(), with: '=' },
        ],
        { where: (p) => p.small.gt(5), deferrable: true },
      ),
    ];
  }
  class House extends model(
    'houses',
    {
      get owner() {
        return reference(Person, { index: false });
      },
    },
    { pk: pk.ranjId() },
  ) {}
  class Country extends model('countries', { name: f.varchar(90) }, { pk: pk.serial(), timestamps: false }) {}
  class Stay extends model(
    'stays',
    {
      get house() {
        return reference(House);
      },
      get country() {
        return reference(Country);
      },
    },
    { pk: pk.composite('country', 'house'), timestamps: false },
  ) {}
  class Event extends model(
    'events',
    { org: f.int(), at: f.timestamptz() },
    { partitionBy: { hash: 'org', partitions: 2 }, storageParams: { fillfactor: '80' } },
  ) {}
  class Log extends model('logs', { at: f.timestamptz() }, { pk: pk.none(), timestamps: false, partitionBy: { range: 'at' } }) {}
  const declared = snapshotOf([Person, House, Country, Stay, Event, Log]);
  const deparsed = await expectRoundTrip(declared);
  expect(deparsed.tables.map(({ name }) => name)).toEqual(['countries', 'events', 'houses', 'logs', 'people', 'stays']);
});

const instant = instantKind.codec.json.decode,
  duration = intervalKind.codec.json.decode;

test('intervals, addresses and ranges come back with their defaults, checks, indexes and exclusions', async () => {
  class Booking extends model('bookings', {
    room: f.int(),
    during: f.range('tstz').index(),
    since: f.range('tstz').default(Range.atLeast(instant('2024-01-01T00:00:00.5Z'))),
    seats: f.range('int4').default(Range.inclusiveExclusive(1, 5)).index('btree'),
    price: f.range('num').nullable(),
    days: f.range('date').default(Range.empty()),
    notice: f.interval().default(duration('-P1Y2M3DT4H5M6.789S')),
    address: f.inet({ prefix: true }).default('10.0.0.1/8'),
    net: f.cidr().default('10.0.0.0/8'),
    mac: f.macaddr().default('0a:1b:2c:3d:4e:5f'),
    pauses: f.array(f.interval()).default([duration('PT90M')]),
    nets: f.array(f.cidr()).index(),
  }) {
    static readonly tableObjects = [
      exclude(Booking, 'one_at_a_time', 'gist', (b) => [
        { of: b.room, with: '=' },
        { of: b.during, with: '&&' },
      ]),
      check(Booking, 'bounded', (b) => b.during.overlaps(Range.lessThan(instant('2100-01-01T00:00:00Z'))).and(b.seats.contains(0).not())),
      check(Booking, 'reachable', (b) => b.address.containedByOrEqual(b.net).and(b.notice.add(duration('P1D')).lt(duration('P1Y')))),
      index(Booking, (b) => [b.during.lower()], { where: (b) => b.seats.isEmpty().not() }),
      index(Booking, (b) => [opclass(b.address, 'inet_ops')], { using: 'gist', name: 'bookings_address' }),
    ];
  }
  const deparsed = await expectRoundTrip(snapshotOf([Booking]));
  expect(deparsed.tables[0]!.columns.map(({ type }) => type)).toEqual(
    expect.arrayContaining([
      'tstzrange',
      'int4range',
      'numrange',
      'daterange',
      'interval',
      'inet',
      'cidr',
      'macaddr',
      'interval[]',
      'cidr[]',
    ]),
  );
});

const plain = { isDeferrable: false, isInitiallyDeferred: false, comment: null } as const;
const valid = { isValidated: true, isEnforced: true } as const;
const column = (name: string, type: string, more: Partial<ColumnSnapshot> = {}): ColumnSnapshot => ({
  name,
  type,
  collation: null,
  default: null,
  identity: null,
  generated: null,
  notNull: null,
  comment: null,
  ...more,
});
const notNull = { name: null, isValidated: true, isNoInherit: false };
const on = (name: string, more: Partial<IndexElementSnapshot> = {}): IndexElementSnapshot => ({
  column: name,
  expression: null,
  collation: null,
  opclass: null,
  order: 'asc',
  nulls: 'last',
  ...more,
});
const table = (name: string, columns: readonly ColumnSnapshot[], more: Partial<TableSnapshot> = {}): TableSnapshot => ({
  schema: 'public',
  name,
  columns,
  constraints: [],
  indexes: [],
  policies: [],
  rowSecurity: { isEnabled: false, isForced: false },
  grants: [],
  partitioning: null,
  storageParams: {},
  tablespace: null,
  isUnlogged: false,
  comment: null,
  ...more,
});
const anIndex = (name: string, elements: readonly IndexElementSnapshot[], more: Partial<IndexSnapshot> = {}): IndexSnapshot => ({
  name,
  method: 'btree',
  isUnique: false,
  isNullsNotDistinct: false,
  elements,
  include: [],
  where: null,
  storageParams: {},
  tablespace: null,
  comment: null,
  ...more,
});

test('what models do not say comes back too: schemas, sequences, composite and temporal keys, policies, identity options, list partitions', async () => {
  const sequence = { start: '-1', increment: '-2', min: '-100', max: '-1', cache: '5', isCyclic: true };
  const declared = makeSnapshot({
    extensions: [
      { name: 'btree_gist', schema: 'ext' },
      { name: 'citext', schema: null },
    ],
    enums: [{ schema: 'Billing', name: 'State', labels: ['x', 'y'], comment: 'an enum' }],
    sequences: [
      { schema: 'public', name: 'numbers', type: 'bigint', options: sequence, ownedBy: null, grants: [], comment: 'numbers' },
      {
        schema: 'public',
        name: 'owned',
        type: 'integer',
        options: { ...sequence, increment: '3', min: '1', max: '2147483647', start: '7', isCyclic: false },
        ownedBy: { schema: 'public', name: 'parents', column: 'n' },
        grants: [],
        comment: null,
      },
    ],
    tables: [
      table(
        'parents',
        [
          column('a', 'integer', {
            notNull,
            identity: {
              generation: 'always',
              sequence: { start: '10', increment: '2', min: '10', max: '2147483647', cache: '1', isCyclic: false },
            },
          }),
          column('b', 'text', { notNull, collation: '"C"' }),
          column('n', 'integer', { default: "nextval('owned'::regclass)", notNull: { ...notNull, isNoInherit: true } }),
          column('v', 'integer', { generated: { expression: 'n + 1', isStored: false } }),
          column('valid', 'daterange', { notNull }),
        ],
        {
          isUnlogged: true,
          constraints: [
            {
              kind: 'primaryKey',
              name: 'parents_pkey',
              columns: ['a', 'b'],
              include: ['n'],
              isWithoutOverlaps: false,
              ...plain,
              comment: 'the key',
            },
            {
              kind: 'unique',
              name: 'u',
              columns: ['n'],
              include: [],
              isNullsNotDistinct: true,
              isWithoutOverlaps: false,
              ...plain,
              isDeferrable: true,
            },
            {
              kind: 'unique',
              name: 'over',
              columns: ['a', 'valid'],
              include: [],
              isNullsNotDistinct: false,
              isWithoutOverlaps: true,
              ...plain,
            },
            { kind: 'check', name: 'c', expression: 'n > 0', isNoInherit: true, isValidated: true, isEnforced: true, comment: null },
            { kind: 'check', name: 'loose', expression: 'n > 0', isNoInherit: false, isValidated: false, isEnforced: false, comment: null },
          ],
          indexes: [
            anIndex('brin', [on('n')], { method: 'brin', storageParams: { pages_per_range: '16' }, comment: 'small' }),
            anIndex('collated', [on('b', { collation: '"de-x-icu"', order: 'desc', nulls: 'last' }), on('n', { nulls: 'first' })], {
              isUnique: true,
              isNullsNotDistinct: true,
              include: ['v'].slice(1),
            }),
            anIndex('mixed', [{ ...on('n'), column: null, expression: 'n + 1' }, on('n')], { where: 'n > 1' }),
          ],
          rowSecurity: { isEnabled: true, isForced: true },
          policies: [
            { name: 'all', command: 'all', isPermissive: true, roles: ['public'], using: 'n > 1', withCheck: null, comment: 'yes' },
            {
              name: 'In "quotes"',
              command: 'insert',
              isPermissive: false,
              roles: ['pg_read_all_data', 'pg_write_all_data'],
              using: null,
              withCheck: 'n < 9',
              comment: null,
            },
          ],
        },
      ),
      table(
        'children',
        [
          column('x', 'integer', { notNull }),
          column('y', 'text', { collation: '"C"' }),
          column('z', '"Billing"."State"'),
          column('during', 'daterange'),
        ],
        {
          schema: 'Billing',
          isUnlogged: true,
          constraints: [
            {
              kind: 'foreignKey',
              name: 'f',
              columns: ['x', 'y'],
              references: { schema: 'public', name: 'parents', columns: ['a', 'b'] },
              match: 'full',
              onDelete: 'noAction',
              onUpdate: 'cascade',
              onDeleteColumns: [],
              isPeriod: false,
              ...valid,
              ...plain,
              isDeferrable: true,
              isInitiallyDeferred: true,
            },
            {
              kind: 'foreignKey',
              name: 'g',
              columns: ['x', 'y'],
              references: { schema: 'public', name: 'parents', columns: ['a', 'b'] },
              match: 'simple',
              onDelete: 'setNull',
              onUpdate: 'noAction',
              onDeleteColumns: ['y'],
              isPeriod: false,
              isValidated: false,
              isEnforced: false,
              ...plain,
            },
            {
              kind: 'foreignKey',
              name: 'p',
              columns: ['x', 'during'],
              references: { schema: 'public', name: 'parents', columns: ['a', 'valid'] },
              match: 'simple',
              onDelete: 'noAction',
              onUpdate: 'noAction',
              onDeleteColumns: [],
              isPeriod: true,
              ...valid,
              ...plain,
            },
            {
              kind: 'exclusion',
              name: 'e',
              method: 'gist',
              elements: [
                { ...on('during'), operator: '&&' },
                { ...on('x'), operator: '=' },
              ],
              include: ['y'],
              where: 'x > 3',
              ...plain,
            },
          ],
        },
      ),
      table('listed', [column('kind', 'text', { notNull }), column('n', 'integer')], {
        partitioning: {
          strategy: 'list',
          key: [{ column: null, expression: 'lower(kind)' }],
          partitions: [
            { schema: 'Billing', name: 'rest', bound: 'DEFAULT', storageParams: { fillfactor: '50' }, tablespace: null },
            { schema: 'public', name: 'listed_a', bound: "FOR VALUES IN ('a', 'b')", storageParams: {}, tablespace: null },
          ],
        },
        indexes: [anIndex('listed_n', [on('n')])],
        constraints: [{ kind: 'check', name: 'listed_c', expression: 'n > 0', isNoInherit: false, ...valid, comment: null }],
      }),
      table('nothing', []),
    ],
  });
  const deparsed = await expectRoundTrip(declared, { bootstrap: false });
  expect(deparsed.tables.map(({ name }) => name)).toEqual(['children', 'listed', 'nothing', 'parents']);
});

// ---------- any schema out of a grammar

const NAMES = ['a', 'order', 'Mixed', 'with space', 'quo"te', 'ümläut', "apo'strophe", 'back\\slash', '1st'];
const TYPES = [
  'integer',
  'bigint',
  'text',
  'numeric(10,2)',
  'timestamp(3) with time zone',
  'uuid',
  'character varying(20)',
  'integer[]',
  'boolean',
];
const DEFAULTS: Readonly<Record<string, readonly string[]>> = {
  integer: ['7', '-7', '1 + 2'],
  text: ["'x'", "'it''s'", "upper('a') || 'b'"],
  boolean: ['true', 'NOT false'],
  uuid: ['gen_random_uuid()'],
};

const anyColumn = (name: string): fc.Arbitrary<ColumnSnapshot> =>
  fc.constantFrom(...TYPES).chain((type) =>
    fc
      .record({
        byDefault: fc.constantFrom(null, ...(DEFAULTS[type] ?? [])),
        isNotNull: fc.boolean(),
        comment: fc.constantFrom(null, "it's", 'a \\ b', 'two\nlines'),
      })
      .map(({ byDefault, isNotNull, comment }) => column(name, type, { default: byDefault, notNull: isNotNull ? notNull : null, comment })),
  );

const anyElement = (columns: readonly ColumnSnapshot[]): fc.Arbitrary<IndexElementSnapshot> =>
  fc
    .record({
      of: fc.constantFrom(...columns),
      order: fc.constantFrom('asc' as const, 'desc' as const),
      nulls: fc.constantFrom('first' as const, 'last' as const),
      pattern: fc.boolean(),
    })
    .map(({ of, order, nulls, pattern }) =>
      on(of.name, { order, nulls, opclass: pattern && of.type === 'text' ? 'text_pattern_ops' : null }),
    );

const anyTable = (tableName: string): fc.Arbitrary<TableSnapshot> =>
  fc
    .uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 6 })
    .chain((names) => fc.tuple(...names.map(anyColumn)))
    .chain((columns) => {
      const some = fc.subarray(
        columns.map(({ name }) => name),
        { minLength: 1 },
      );
      const constraints = fc.record({
        key: fc.option(some),
        unique: fc.option(some),
        nulls: fc.boolean(),
        deferrable: fc.boolean(),
        deferred: fc.boolean(),
      });
      const indexes = fc.array(
        fc.record({ elements: fc.array(anyElement(columns), { minLength: 1, maxLength: 3 }), isUnique: fc.boolean(), where: fc.boolean() }),
        { maxLength: 3 },
      );
      return fc.tuple(constraints, indexes, fc.constantFrom({}, { fillfactor: '60' })).map(([made, described, storageParams]) => {
        const list: ConstraintSnapshot[] = [];
        if (made.key !== null)
          list.push({ kind: 'primaryKey', name: `${tableName} pkey`, columns: made.key, include: [], isWithoutOverlaps: false, ...plain });
        if (made.unique !== null)
          list.push({
            kind: 'unique',
            name: `${tableName} "key"`,
            columns: made.unique,
            include: [],
            isNullsNotDistinct: made.nulls,
            isWithoutOverlaps: false,
            isDeferrable: made.deferrable,
            isInitiallyDeferred: made.deferrable && made.deferred,
            comment: null,
          });
        const isKey = (name: string): boolean => made.key?.includes(name) ?? false;
        return table(
          tableName,
          columns.map((each) => (isKey(each.name) ? { ...each, notNull } : each)),
          {
            constraints: list,
            storageParams,
            indexes: described.map(({ elements, isUnique, where }, position) =>
              anIndex(`${tableName} idx ${position}`, elements, {
                isUnique,
                where: where ? `"${columns[0]!.name.replaceAll('"', '""')}" IS NOT NULL` : null,
              }),
            ),
          },
        );
      });
    });

test('any schema of tables, keys and indexes comes back as it was', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc
        .uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 })
        .chain((names) => fc.tuple(...names.map((name) => anyTable(`t ${name}`)))),
      async (tables) => {
        const declared = makeSnapshot({ tables });
        const db = await database({ bootstrap: false });
        await db.apply(renderCreate(declared));
        const { snapshot, unsupported } = await readCatalog(db.ctx);
        expect(unsupported).toEqual([]);
        expect(facts(snapshot)).toBe(facts(declared));
      },
    ),
    { numRuns: 25, seed: 20260101 },
  );
});
