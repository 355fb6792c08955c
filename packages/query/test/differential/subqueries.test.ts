// Random predicates with subqueries in subqueries, correlated with any query around them: Postgres answers them through sets, and plain loops over the rows
// with three-valued logic written out answer them here.

import { allOf, anyOf, exists, f, model, not, pk, type Predicate } from '@djogi/core';
import { setupTestDb, type TestSetup } from '@djogi/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { query } from '../../src/index.ts';

class Node extends model('nodes', { one: f.int(), two: f.int().nullable() }, { pk: pk.none(), timestamps: false }) {}
class Link extends model(
  'links',
  { one: f.int(), two: f.int().nullable(), far: f.int().nullable() },
  { pk: pk.none(), timestamps: false },
) {}

type Table = 'nodes' | 'links';
type Row = Readonly<Record<string, number | null>>;
const ROWS: Readonly<Record<Table, readonly Row[]>> = {
  nodes: [
    { one: 1, two: null },
    { one: 2, two: 1 },
    { one: 3, two: 1 },
    { one: 4, two: 3 },
    { one: 5, two: 5 },
  ],
  links: [
    { one: 1, two: 2, far: null },
    { one: 2, two: null, far: 4 },
    { one: 3, two: 3, far: 1 },
    { one: 4, two: 1, far: 5 },
  ],
};
const COLUMNS: Readonly<Record<Table, readonly string[]>> = { nodes: ['one', 'two'], links: ['one', 'two', 'far'] };

/** Each table's whole set, used again and again, also inside its own callbacks. */
const SHARED: Readonly<Record<Table, any>> = { nodes: query(Node), links: query(Link) };
const fresh = (table: Table): any => (table === 'nodes' ? query(Node) : query(Link));

// What is asked, as data. `at` says how many queries outwards, of those there are.
type Column = { readonly at: number; readonly name: number };
type Operator = 'eq' | 'neq' | 'gt' | 'gte' | 'lt' | 'lte';
interface Sub {
  readonly table: Table;
  readonly isShared: boolean;
  readonly where: Asked;
  readonly column: number;
}
type Asked =
  | { readonly kind: 'compare'; readonly left: Column; readonly operator: Operator; readonly right: Column | number }
  | { readonly kind: 'isNull'; readonly left: Column }
  | { readonly kind: 'among'; readonly left: Column; readonly sub: Sub; readonly isNot: boolean }
  | { readonly kind: 'quantified'; readonly left: Column; readonly operator: Operator; readonly isAll: boolean; readonly sub: Sub }
  | { readonly kind: 'scalar'; readonly left: Column; readonly operator: Operator; readonly sub: Sub }
  | { readonly kind: 'exists'; readonly sub: Sub }
  | { readonly kind: 'both' | 'either'; readonly a: Asked; readonly b: Asked }
  | { readonly kind: 'not'; readonly a: Asked };

const column = fc.record({ at: fc.nat(2), name: fc.nat(5) });
const operator = fc.constantFrom<Operator>('eq', 'neq', 'gt', 'gte', 'lt', 'lte');
const { asked } = fc.letrec<{ asked: Asked; sub: Sub }>((tie) => ({
  sub: fc.record({ table: fc.constantFrom<Table>('nodes', 'links'), isShared: fc.boolean(), where: tie('asked'), column: fc.nat(5) }),
  asked: fc.oneof(
    { maxDepth: 4, depthSize: 'medium', withCrossShrink: true },
    fc.record({ kind: fc.constant('compare' as const), left: column, operator, right: fc.oneof(column, fc.integer({ min: 0, max: 6 })) }),
    fc.record({ kind: fc.constant('isNull' as const), left: column }),
    fc.record({ kind: fc.constant('exists' as const), sub: tie('sub') }),
    fc.record({ kind: fc.constant('among' as const), left: column, sub: tie('sub'), isNot: fc.boolean() }),
    fc.record({ kind: fc.constant('quantified' as const), left: column, operator, isAll: fc.boolean(), sub: tie('sub') }),
    fc.record({ kind: fc.constant('scalar' as const), left: column, operator, sub: tie('sub') }),
    fc.record({ kind: fc.constantFrom('both' as const, 'either' as const), a: tie('asked'), b: tie('asked') }),
    fc.record({ kind: fc.constant('not' as const), a: tie('asked') }),
  ),
}));

/** The queries around, outermost first, each with what a column is taken from: a bag or a row. */
type Scope<Of> = readonly { readonly table: Table; readonly of: Of }[];

function pick<Of>(scope: Scope<Of>, { at, name }: Column): any {
  const { table, of } = scope[scope.length - 1 - (at % scope.length)]!;
  return (of as any)[COLUMNS[table][name % COLUMNS[table].length]!];
}
const ownColumn = ({ table, column: at }: Sub, isRequired = false): string =>
  isRequired ? 'one' : COLUMNS[table][at % COLUMNS[table].length]!;

function build(given: Asked, scope: Scope<unknown>): Predicate {
  const rows = (sub: Sub): any =>
    (sub.isShared ? SHARED[sub.table] : fresh(sub.table)).filter((bag: unknown) =>
      build(sub.where, [...scope, { table: sub.table, of: bag }]),
    );
  switch (given.kind) {
    case 'compare':
      return pick(scope, given.left)[given.operator](typeof given.right === 'number' ? given.right : pick(scope, given.right));
    case 'isNull':
      return pick(scope, given.left).isNull();
    case 'exists':
      return exists(rows(given.sub));
    case 'among':
      return pick(scope, given.left)[given.isNot ? 'notIn' : 'in'](
        rows(given.sub).asSubquery((bag: any) => bag[ownColumn(given.sub, given.isNot)]),
      );
    case 'quantified':
      return pick(scope, given.left)[given.operator](
        (given.isAll ? allOf : anyOf)(rows(given.sub).asSubquery((bag: any) => bag[ownColumn(given.sub)])),
      );
    case 'scalar':
      return pick(scope, given.left)[given.operator](
        rows(given.sub)
          .orderBy((bag: any) => bag.one.desc())
          .limit(1)
          .asScalar((bag: any) => bag[ownColumn(given.sub)]),
      );
    case 'both':
      return build(given.a, scope).and(build(given.b, scope));
    case 'either':
      return build(given.a, scope).or(build(given.b, scope));
    case 'not':
      return not(build(given.a, scope));
  }
}

type Truth = boolean | null;
const both = (a: Truth, b: Truth): Truth => (a === false || b === false ? false : a === null || b === null ? null : true);
const either = (a: Truth, b: Truth): Truth => (a === true || b === true ? true : a === null || b === null ? null : false);
const opposite = (a: Truth): Truth => (a === null ? null : !a);
const COMPARE: Readonly<Record<Operator, (a: number, b: number) => boolean>> = {
  eq: (a, b) => a === b,
  neq: (a, b) => a !== b,
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
};
const compare = (by: Operator, a: number | null, b: number | null): Truth => (a === null || b === null ? null : COMPARE[by](a, b));

function answer(given: Asked, scope: Scope<Row>): Truth {
  const rows = (sub: Sub): readonly Row[] =>
    ROWS[sub.table].filter((row) => answer(sub.where, [...scope, { table: sub.table, of: row }]) === true);
  switch (given.kind) {
    case 'compare':
      return compare(given.operator, pick(scope, given.left), typeof given.right === 'number' ? given.right : pick(scope, given.right));
    case 'isNull':
      return pick(scope, given.left) === null;
    case 'exists':
      return rows(given.sub).length > 0;
    case 'among': {
      const left = pick(scope, given.left) as number | null;
      const found = rows(given.sub).reduce<Truth>(
        (sofar, row) => either(sofar, compare('eq', left, row[ownColumn(given.sub, given.isNot)]!)),
        false,
      );
      return given.isNot ? opposite(found) : found;
    }
    case 'quantified': {
      const left = pick(scope, given.left) as number | null;
      const all = rows(given.sub).map((row) => compare(given.operator, left, row[ownColumn(given.sub)]!));
      return given.isAll ? all.reduce<Truth>(both, true) : all.reduce<Truth>(either, false);
    }
    case 'scalar': {
      const last = rows(given.sub).at(-1);
      return compare(given.operator, pick(scope, given.left), last === undefined ? null : last[ownColumn(given.sub)]!);
    }
    case 'both':
      return both(answer(given.a, scope), answer(given.b, scope));
    case 'either':
      return either(answer(given.a, scope), answer(given.b, scope));
    case 'not':
      return opposite(answer(given.a, scope));
  }
}

/** The structure: what is asked, without its numbers. */
const structureOf = (given: Asked): string =>
  JSON.stringify(given, (key, part: unknown) => (key === 'right' && typeof part === 'number' ? '?' : part));

let setup: TestSetup;
beforeAll(async () => {
  setup = await setupTestDb({ models: [Node, Link] });
  await query(Node).bulkCreate(setup.ctx, ROWS.nodes as never);
  await query(Link).bulkCreate(setup.ctx, ROWS.links as never);
});
afterAll(() => setup.dispose());

test('sets in sets match the rows that loops find, and count and exist as many', async () => {
  const texts = new Map<string, string>();
  await fc.assert(
    fc.asyncProperty(asked, fc.constantFrom<Table>('nodes', 'links'), fc.boolean(), async (given, table, isShared) => {
      const set = (isShared ? SHARED[table] : fresh(table)).filter((bag: unknown) => build(given, [{ table, of: bag }]));
      const wanted = ROWS[table].filter((row) => answer(given, [{ table, of: row }]) === true);
      const found: Row[] = await set.orderBy((bag: any) => bag.one.asc()).fetchAll(setup.ctx);
      expect(found.map((row) => row['one'])).toEqual(wanted.map((row) => row['one']));
      expect(await set.count(setup.ctx)).toBe(wanted.length);
      expect(await set.exists(setup.ctx)).toBe(wanted.length > 0);
      // One structure is one text.
      const structure = `${table} ${structureOf(given)}`,
        { text } = set.toSql();
      expect(texts.get(structure) ?? text).toBe(text);
      texts.set(structure, text);
    }),
    { numRuns: 600 },
  );
}, 120_000);
