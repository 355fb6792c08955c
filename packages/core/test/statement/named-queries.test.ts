// Queries that stand in the WITH of whatever reads them, and derived tables that refer to what is around them.

import { describe, expect, test } from 'vitest';
import {
  column,
  constant,
  derivedSource,
  namedSource,
  operation,
  sameSource,
  source,
  subquery,
  value,
  type Node,
  type Source,
} from '../../src/expr/node.ts';
import { OPERATORS } from '../../src/expr/operators.ts';
import { ShapeCache } from '../../src/statement/compile.ts';
import { renderStatement } from '../../src/statement/render-statement.ts';
import type { NamedQuery, QueryStatement, SelectStatement, Statement } from '../../src/statement/statement.ts';
import { booleanKind, intKind } from '../../src/value/number.ts';

const id = (of: Source): Node => column(of, 'id', 'id', intKind);
const equal = (left: Node, right: Node): Node => operation(OPERATORS.eq, [left, right], booleanKind);
const select = (from: Source, where: Node | null = null): SelectStatement => ({
  kind: 'select',
  from,
  projection: [id(from)],
  where,
  orderBy: [],
});
const named = (name: string | null, statement: QueryStatement, facts: Partial<NamedQuery> = {}): NamedQuery => ({
  kind: 'named',
  name,
  statement,
  ...facts,
});
const reading = (query: NamedQuery): Source => namedSource(query.name ?? 'w', query);
const compiled = (statement: Statement): { text: string; values: unknown[] } => {
  const { compiled: of, values } = new ShapeCache().compile(statement, () => null);
  return { text: of.text, values };
};

describe('a query that is read by name', () => {
  const limited = (most: number): SelectStatement => {
    const from = source('t');
    return select(from, operation(OPERATORS.lt, [id(from), value(most, intKind)], booleanKind));
  };
  test('is put into one WITH, once, with its parameters first', () => {
    const few = named('few', limited(5));
    const from = reading(few);
    const again = reading(few);
    expect(compiled(select(from, operation(OPERATORS.in, [id(from), subquery(select(again), intKind)], booleanKind))).text).toBe(
      'WITH "few" AS (SELECT "id" FROM "t" WHERE "id" < $1) SELECT "few"."id" FROM "few" WHERE "few"."id" = ANY((SELECT "few_2"."id" FROM "few" AS "few_2"))',
    );
    expect(compiled(select(from, equal(id(from), value(3, intKind)))).values).toEqual([5, 3]);
  });
  test('comes after those it reads itself', () => {
    const inner = named('inner', limited(5)),
      outer = named('outer', select(reading(inner)));
    expect(compiled(select(reading(outer))).text).toBe(
      'WITH "inner" AS (SELECT "id" FROM "t" WHERE "id" < $1), "outer" AS (SELECT "id" FROM "inner") SELECT "id" FROM "outer"',
    );
  });
  test('is read by counts, arms and writes alike', () => {
    const few = named('few', limited(5));
    const head = 'WITH "few" AS (SELECT "id" FROM "t" WHERE "id" < $1) ';
    expect(compiled({ kind: 'count', of: select(reading(few)) }).text).toBe(`${head}SELECT count(*) FROM "few"`);
    expect(
      compiled({ kind: 'setOperation', operator: 'UNION', arms: [select(reading(few)), select(reading(few))], orderBy: [] }).text,
    ).toBe(`${head}(SELECT "id" FROM "few") UNION (SELECT "id" FROM "few")`);
    const from = source('u');
    expect(
      compiled({
        kind: 'delete',
        from,
        where: operation(OPERATORS.exists, [subquery(select(reading(few)), booleanKind)], booleanKind),
        returning: null,
      }).text,
    ).toBe(`${head}DELETE FROM "u" WHERE EXISTS (SELECT "few"."id" FROM "few")`);
  });
  test('joins the WITH that a statement has', () => {
    const few = named('few', limited(5));
    const written = source('written');
    expect(
      compiled({
        kind: 'with',
        queries: [
          { name: 'written', statement: { kind: 'delete', from: source('u'), where: null, returning: null } },
          { name: 'read', statement: select(reading(few)) },
        ],
        body: select(written),
      }).text,
    ).toBe(
      'WITH "few" AS (SELECT "id" FROM "t" WHERE "id" < $1), "written" AS (DELETE FROM "u"), "read" AS (SELECT "id" FROM "few") SELECT "id" FROM "written"',
    );
  });
  test('may read itself, in a search that ends in cycles', () => {
    const walk: NamedQuery = {
      kind: 'named',
      name: null,
      isRecursive: true,
      isMaterialized: true,
      columns: ['id'],
      search: { order: 'breadth', columns: ['id'], sequence: 'seq' },
      cycle: { columns: ['id'], mark: 'is_cycle', path: 'path' },
      get statement() {
        return statement;
      },
    };
    const next = source('t'),
      met = reading(walk);
    const statement: QueryStatement = {
      kind: 'setOperation',
      operator: 'UNION ALL',
      arms: [limited(1), { ...select(next), joins: [{ kind: 'inner', source: met, on: equal(id(next), id(met)) }] }],
      orderBy: [],
    };
    expect(compiled(select(reading(walk))).text).toBe(
      'WITH RECURSIVE "__djogi_with_1" ("id") AS MATERIALIZED ((SELECT "id" FROM "t" WHERE "id" < $1) UNION ALL (SELECT "t"."id" FROM "t" JOIN "__djogi_with_1" AS "w" ON "t"."id" = "w"."id")) SEARCH BREADTH FIRST BY "id" SET "seq" CYCLE "id" SET "is_cycle" USING "path" SELECT "id" FROM "__djogi_with_1"',
    );
  });
  test('has a name of its own in its statement, and hides no table', () => {
    const twice = select(
      reading(named('a', limited(1))),
      equal(constant(1, intKind), subquery(select(reading(named('A', limited(1)))), intKind)),
    );
    expect(() => compiled(twice)).toThrow(expect.objectContaining({ code: 'VALIDATION' }) as Error);
    expect(() => compiled(select(reading(named('t', limited(1)))))).toThrow(/reads a table of this name/);
  });
  test('is another shape with another name, hint, order or end, and not with other values', () => {
    const shapes = new ShapeCache();
    const add = (name: string, most: number, facts: Partial<NamedQuery> = {}): number => {
      shapes.compile(select(reading(named(name, limited(most), facts))), () => null);
      return shapes.size;
    };
    expect(add('a', 1)).toBe(1);
    expect(add('a', 2)).toBe(1);
    expect(add('b', 1)).toBe(2);
    expect(add('a', 1, { isMaterialized: true })).toBe(3);
    expect(add('a', 1, { isMaterialized: false })).toBe(4);
    expect(add('a', 1, { columns: ['x'] })).toBe(5);
    expect(add('a', 1, { cycle: { columns: ['id'], mark: 'm', path: 'p' } })).toBe(6);
    expect(add('a', 1, { search: { order: 'depth', columns: ['id'], sequence: 's' } })).toBe(7);
    expect(add('a', 1, { search: { order: 'breadth', columns: ['id'], sequence: 's' } })).toBe(8);
  });
});

describe('a derived table', () => {
  test('inside a subquery names its table apart from one of the same name around it', () => {
    const outer = source('t'),
      inner = source('t');
    const derived = derivedSource('d', select(inner, equal(id(inner), id(outer))));
    const rows = subquery(select(derived, null), booleanKind);
    expect(renderStatement(select(outer, operation(OPERATORS.exists, [rows], booleanKind))).text).toBe(
      'SELECT "t"."id" FROM "t" WHERE EXISTS (SELECT "d"."id" FROM (SELECT "t_2"."id" FROM "t" AS "t_2" WHERE "t_2"."id" = "t"."id") AS "d")',
    );
  });
  test('of a set operation does so in every arm, and in what is derived inside of it', () => {
    const outer = source('t'),
      inner = source('t'),
      other = source('t');
    const deep = derivedSource('e', select(inner, equal(id(inner), id(outer))));
    const derived = derivedSource('d', {
      kind: 'setOperation',
      operator: 'UNION',
      arms: [select(deep), select(other, equal(id(other), id(outer)))],
      orderBy: [],
    } as QueryStatement);
    const rows = subquery(select(derived), booleanKind);
    expect(renderStatement(select(outer, operation(OPERATORS.exists, [rows], booleanKind))).text).toBe(
      'SELECT "t"."id" FROM "t" WHERE EXISTS (SELECT "d"."id" FROM ((SELECT "e"."id" FROM (SELECT "t_2"."id" FROM "t" AS "t_2" WHERE "t_2"."id" = "t"."id") AS "e") UNION (SELECT "t_2"."id" FROM "t" AS "t_2" WHERE "t_2"."id" = "t"."id")) AS "d")',
    );
  });
  test('that refers to nothing outside keeps its columns bare', () => {
    const outer = source('t');
    const derived = derivedSource('d', select(source('t')));
    const rows = subquery(select(derived, equal(id(derived), id(outer))), booleanKind);
    expect(renderStatement(select(outer, operation(OPERATORS.exists, [rows], booleanKind))).text).toBe(
      'SELECT "t"."id" FROM "t" WHERE EXISTS (SELECT "d"."id" FROM (SELECT "id" FROM "t") AS "d" WHERE "d"."id" = "t"."id")',
    );
  });
});

test('a source that appears in two arms is named in each by itself', () => {
  const shared = source('t'),
    other = source('t');
  const arms = [select(shared, equal(id(shared), subquery(select(other), intKind))), select(shared)];
  expect(renderStatement({ kind: 'setOperation', operator: 'EXCEPT', arms, orderBy: [] }).text).toBe(
    '(SELECT "t"."id" FROM "t" WHERE "t"."id" = (SELECT "t_2"."id" FROM "t" AS "t_2")) EXCEPT (SELECT "id" FROM "t")',
  );
});

test('another appearance of a source has the same rows', () => {
  const query = named('a', select(source('t')));
  expect(sameSource(reading(query))).toEqual(reading(query));
  expect(sameSource(source('t', 's'))).not.toBe(source('t', 's'));
});
