// Keys of statement shapes: equal exactly where the text and the parameters' codecs are, whatever names hold; and the cache that lives on them.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  caseOf,
  cast,
  column,
  operation,
  parameter,
  quantified,
  source,
  sqlText,
  subquery,
  value,
  type AggregateNode,
  type CaseNode,
  type Node,
  type OrderTerm,
  type Source,
} from '../../src/expr/node.ts';
import { listKind } from '../../src/expr/operations.ts';
import { OPERATORS, type OperatorName } from '../../src/expr/operators.ts';
import { compileFixed, orderedValues, ShapeCache } from '../../src/statement/compile.ts';
import { Fingerprint } from '../../src/statement/fingerprint.ts';
import { renderStatement } from '../../src/statement/render-statement.ts';
import type { SelectStatement, Statement } from '../../src/statement/statement.ts';
import { bigintKind, booleanKind, intKind } from '../../src/value/number.ts';
import { textKind } from '../../src/value/text.ts';
import { growth } from '../support/growth.ts';

const keyOf = (statement: Statement): string => {
  const fingerprint = new Fingerprint();
  fingerprint.statement(statement);
  return fingerprint.key;
};

/** What a cache entry holds: the text, and the codec of each parameter. */
const codecs = new Map<object, number>();
function contentOf(statement: Statement): string {
  const { text, placeholders } = renderStatement(statement);
  return `${text}\n${placeholders
    .map(({ valueKind: { codec } }) => {
      if (!codecs.has(codec)) codecs.set(codec, codecs.size);
      return codecs.get(codec);
    })
    .join()}`;
}

/** Names made of what keys are made of. */
const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b') },
  {
    weight: 2,
    arbitrary: fc.string({
      unit: fc.constantFrom('"', '[', ']', '.', '0', '1', '2', ';', '<', '>', '(', ')', '{', '}', 'W', 'D', 'R', ',', ':'),
      minLength: 1,
      maxLength: 6,
    }),
  },
);
const kinds = fc.constantFrom(intKind, bigintKind, textKind);

/** Builds the same shape anew, with values of its own, over the sources it is given. */
type Build<Built> = (sources: readonly Source[], shared: Map<number, Node>) => Built;
const pickSource = (sources: readonly Source[], at: number): Source => sources[at % sources.length]!;
let counter = 0;

// oxlint-disable-next-line unicorn/no-thenable -- a branch of CASE, which is never awaited
const branch = (when: Node, then: Node): CaseNode['branches'][number] => ({ when, then });

const nodes = fc.letrec<{ node: Build<Node> }>((tie) => {
  const node = tie('node');
  return {
    node: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      fc.tuple(fc.nat(1), name, kinds).map(
        ([at, of, kind]): Build<Node> =>
          (sources) =>
            column(pickSource(sources, at), of, of, kind),
      ),
      kinds.map(
        (kind): Build<Node> =>
          () =>
            value(counter++, kind),
      ),
      // Few numbers, so that a node is often repeated.
      fc.nat(1).map((number): Build<Node> => (_, shared) => {
        let known = shared.get(number);
        if (known === undefined) shared.set(number, (known = value(counter++, intKind)));
        return known;
      }),
      name.map(
        (text): Build<Node> =>
          () =>
            sqlText(text, intKind),
      ),
      fc.tuple(fc.constantFrom<OperatorName>('eq', 'neq', 'add', 'lt', 'isDistinctFrom'), node, node).map(
        ([of, left, right]): Build<Node> =>
          (sources, shared) =>
            operation(OPERATORS[of], [left(sources, shared), right(sources, shared)], intKind),
      ),
      fc.tuple(fc.constantFrom<OperatorName>('and', 'or', 'concat'), fc.array(node, { minLength: 1, maxLength: 3 })).map(
        ([of, all]): Build<Node> =>
          (sources, shared) =>
            operation(
              OPERATORS[of],
              all.map((build) => build(sources, shared)),
              intKind,
            ),
      ),
      fc.tuple(fc.constantFrom<OperatorName>('isNull', 'not', 'neg', 'lower'), node).map(
        ([of, operand]): Build<Node> =>
          (sources, shared) =>
            operation(OPERATORS[of], [operand(sources, shared)], intKind),
      ),
      fc.tuple(kinds, node).map(
        ([kind, operand]): Build<Node> =>
          (sources, shared) =>
            cast(operand(sources, shared), kind),
      ),
      fc.tuple(node, node, node).map(
        ([condition, result, otherwise]): Build<Node> =>
          (sources, shared) =>
            caseOf([branch(condition(sources, shared), result(sources, shared))], otherwise(sources, shared), intKind),
      ),
      fc
        .tuple(fc.constantFrom('sum', 'sumd', 'sum1'), fc.boolean(), fc.array(node, { maxLength: 2 }))
        .map(([of, isDistinct, all]): Build<Node> => (sources, shared): AggregateNode => ({
          kind: 'aggregate',
          name: of,
          operands: all.map((build) => build(sources, shared)),
          isDistinct,
          orderBy: [],
          within: [],
          filter: null,
          valueKind: intKind,
        })),
    ),
  };
}).node;

const optional = <Value>(from: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> => fc.option(from, { nil: undefined });
const list = (minLength = 0): fc.Arbitrary<Build<Node[]>> =>
  fc.array(nodes, { minLength, maxLength: 3 }).map((all) => (sources, shared) => all.map((build) => build(sources, shared)));
const order: fc.Arbitrary<Build<OrderTerm[]>> = fc
  .array(fc.tuple(nodes, fc.constantFrom('asc', 'desc'), fc.constantFrom(undefined, 'first', 'last')), { maxLength: 2 })
  .map((terms) => (sources, shared) => terms.map(([by, direction, nulls]): OrderTerm => ({ by: by(sources, shared), direction, nulls })));
const tables = fc.tuple(name, optional(name));

const selects: fc.Arbitrary<() => Statement> = fc
  .record({
    table: tables,
    projection: list(1),
    where: optional(nodes),
    orderBy: order,
    limit: optional(fc.oneof(fc.nat(12), fc.constant('node'))),
    offset: fc.boolean(),
    distinct: optional(fc.oneof(fc.constant(true as const), list(1))),
    lock: optional(
      fc.record({
        strength: fc.constantFrom('update', 'noKeyUpdate', 'share', 'keyShare'),
        wait: fc.constantFrom('block', 'nowait', 'skipLocked'),
        isNamed: fc.boolean(),
      }),
    ),
    outputs: fc.boolean(),
    form: fc.constantFrom('select', 'select', 'count'),
  })
  .map(({ table, projection, where, orderBy, limit, offset, distinct, lock, outputs, form }) => () => {
    const from = source(...table),
      sources = [from],
      shared = new Map<number, Node>(),
      chosen = projection(sources, shared);
    const select: SelectStatement = {
      kind: 'select',
      from,
      projection: chosen,
      where: where?.(sources, shared) ?? null,
      orderBy: form === 'count' && distinct === undefined ? [] : orderBy(sources, shared),
      ...(outputs ? { outputs: chosen.map((_, at) => `o${at}`) } : {}),
      ...(limit === undefined || form === 'count'
        ? {}
        : { limit: typeof limit === 'number' ? limit : value(BigInt(counter++), bigintKind) }),
      ...(offset && form !== 'count' ? { offset: value(BigInt(counter++), bigintKind) } : {}),
      ...(distinct === undefined ? {} : { distinct: distinct === true ? true : distinct(sources, shared) }),
      ...(lock === undefined || form === 'count'
        ? {}
        : { lock: { strength: lock.strength, wait: lock.wait, ...(lock.isNamed ? { of: [from] } : {}) } }),
    };
    return form === 'count' ? { kind: 'count', of: select } : select;
  });

const assignments: fc.Arbitrary<Build<{ column: string; to: Node }[]>> = fc
  .array(fc.tuple(name, nodes), { minLength: 1, maxLength: 2 })
  .map((all) => (sources, shared) => all.map(([of, to]) => ({ column: of, to: to(sources, shared) })));
const returnings = optional(fc.tuple(fc.boolean(), fc.boolean(), list(1)));
const returning = (made: [boolean, boolean, Build<Node[]>] | undefined, from: Source, shared: Map<number, Node>) => {
  if (made === undefined) return null;
  const [old, fresh, all] = made,
    before = source(from.name, from.schema),
    after = source(from.name, from.schema);
  return {
    ...(old ? { old: before } : {}),
    ...(fresh ? { new: after } : {}),
    nodes: all([from, ...(old ? [before] : []), ...(fresh ? [after] : [])], shared),
  };
};

const updates: fc.Arbitrary<() => Statement> = fc
  .tuple(tables, assignments, optional(nodes), returnings)
  .map(([table, set, where, back]) => () => {
    const from = source(...table),
      shared = new Map<number, Node>();
    return {
      kind: 'update',
      table: from,
      set: set([from], shared),
      where: where?.([from], shared) ?? null,
      returning: returning(back, from, shared),
    };
  });
const deletes: fc.Arbitrary<() => Statement> = fc.tuple(tables, optional(nodes), returnings).map(([table, where, back]) => () => {
  const from = source(...table),
    shared = new Map<number, Node>();
  return { kind: 'delete', from, where: where?.([from], shared) ?? null, returning: returning(back, from, shared) };
});
const plainNode: fc.Arbitrary<() => Node> = kinds.map((kind) => () => value(counter++, kind));
const insertions: fc.Arbitrary<() => Statement> = fc
  .record({
    table: tables,
    columns: fc.array(fc.tuple(name, plainNode, optional(name), optional(name)), { minLength: 1, maxLength: 2 }),
    form: fc.constantFrom('values', 'lists', 'defaults'),
    conflict: optional(
      fc.record({
        target: optional(fc.oneof(fc.array(name, { minLength: 1, maxLength: 2 }), name)),
        update: optional(fc.tuple(assignments, optional(nodes))),
      }),
    ),
    back: returnings,
  })
  .map(({ table, columns, form, conflict, back }) => () => {
    const into = source(...table),
      offered = source(...table),
      shared = new Map<number, Node>(),
      sources = [into, offered];
    return {
      kind: 'insert',
      into,
      columns: form === 'defaults' ? [] : columns.map(([of]) => of),
      rows:
        form === 'defaults'
          ? { kind: 'defaults' }
          : form === 'values'
            ? { kind: 'values', values: columns.map(([, make]) => make()) }
            : {
                kind: 'lists',
                columns: columns.map(([, make, restore, otherwise]) => ({
                  list: make(),
                  ...(restore === undefined ? {} : { restore }),
                  ...(otherwise === undefined ? {} : { presence: { list: value([true], listKind(booleanKind)), otherwise } }),
                })),
              },
      ...(conflict === undefined
        ? {}
        : {
            conflict: {
              ...(conflict.target === undefined
                ? {}
                : { target: typeof conflict.target === 'string' ? { constraint: conflict.target } : { columns: conflict.target } }),
              action:
                conflict.update === undefined
                  ? ('nothing' as const)
                  : { offered, set: conflict.update[0](sources, shared), where: conflict.update[1]?.(sources, shared) ?? null },
            },
          }),
      returning: returning(back, into, shared),
    };
  });
const single = fc.oneof(selects, updates, deletes, insertions);
const withs: fc.Arbitrary<() => Statement> = fc
  .tuple(
    fc.array(fc.tuple(name, optional(fc.array(name, { minLength: 1, maxLength: 2 })), single), { minLength: 1, maxLength: 2 }),
    selects,
  )
  .map(([queries, body]) => () => ({
    kind: 'with',
    queries: queries.map(([of, columns, statement]) => ({ name: of, columns, statement: statement() })),
    body: body(),
  }));
const statements = fc.oneof({ weight: 4, arbitrary: single }, { weight: 1, arbitrary: withs });

describe('keys', () => {
  test('that are equal mean equal text and codecs, whatever names hold', () => {
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(statements, (build) => {
        const statement = build(),
          key = keyOf(statement),
          content = contentOf(statement);
        expect(seen.get(key) ?? content).toBe(content);
        seen.set(key, content);
      }),
      { numRuns: 6000 },
    );
  });

  /** Where one text has several trees: declared text may be spelled like anything else, a value may be cast as one stands anyway, chains lose their parentheses, a count its projection. */
  const isAmbiguous = (statement: Statement): boolean =>
    /"kind":"(sql|count|cast)"|"name":"(and|or|concat)"/.test(
      JSON.stringify(statement, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)),
    );

  test('are equal where text and codecs are', () => {
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(statements, (build) => {
        const statement = build();
        if (isAmbiguous(statement)) return;
        const key = keyOf(statement),
          content = contentOf(statement);
        expect([content, seen.get(content) ?? key]).toEqual([content, key]);
        seen.set(content, key);
      }),
      { numRuns: 4000 },
    );
  });

  test('do not depend on values or on the identity of sources', () => {
    fc.assert(
      fc.property(statements, (build) => {
        const first = build(),
          second = build();
        expect([keyOf(first), contentOf(first)]).toEqual([keyOf(second), contentOf(second)]);
      }),
      { numRuns: 1500 },
    );
  });

  const t = source('t'),
    id = column(t, 'id', 'id', intKind);
  const select = (more: Partial<SelectStatement>): SelectStatement => ({
    kind: 'select',
    from: t,
    projection: [id],
    where: null,
    orderBy: [],
    ...more,
  });
  const of = (...names: string[]): SelectStatement => select({ projection: names.map((each) => column(t, each, each, intKind)) });
  const tableOf = (from: Source): SelectStatement => ({
    kind: 'select',
    from,
    projection: [sqlText('1', intKind)],
    where: null,
    orderBy: [],
  });

  test.each<[string, Statement, Statement]>([
    ['a column named like two', of('a"0"b'), of('a', 'b')],
    ['a schema with a dot and a table with one', tableOf(source('c', 'a.b')), tableOf(source('b.c', 'a'))],
    ['no schema and a name with a dot', tableOf(source('b', 'a')), tableOf(source('a.b'))],
    [
      'declared text of two expressions',
      select({ projection: [sqlText('a}{b', intKind)] }),
      select({ projection: [sqlText('a', intKind), sqlText('b', intKind)] }),
    ],
    ['limits of 1 and 11', select({ limit: 1 }), select({ limit: 11 })],
    ['a limit and an offset', select({ limit: value(1n, bigintKind) }), select({ offset: value(1n, bigintKind) })],
    ['DISTINCT of two and DISTINCT ON one', select({ distinct: true, projection: [id, id] }), select({ distinct: [id], projection: [id] })],
    [
      'a name of a WITH query that holds a key',
      { kind: 'with', queries: [{ name: 'x"[null]', statement: select({}) }], body: select({}) },
      { kind: 'with', queries: [{ name: 'x', columns: ['null'], statement: select({}) }], body: select({}) },
    ],
    [
      'one value twice and two values',
      select({ projection: ((node) => [node, node])(value(1, intKind)) }),
      select({ projection: [value(1, intKind), value(1, intKind)] }),
    ],
    [
      'kinds of one name',
      select({ projection: [value(1, intKind)] }),
      select({ projection: [value(1, { ...intKind, codec: textKind.codec as never })] }),
    ],
    [
      'operators of one name',
      select({ projection: [operation(OPERATORS.add, [id, id], intKind)] }),
      select({ projection: [operation({ ...OPERATORS.add, template: '$0 plus $1' }, [id, id], intKind)] }),
    ],
    [
      'ANY and ALL',
      select({ where: operation(OPERATORS.eq, [id, quantified('ANY', subquery(select({}), intKind))], booleanKind) }),
      select({ where: operation(OPERATORS.eq, [id, quantified('ALL', subquery(select({}), intKind))], booleanKind) }),
    ],
    ['restored types', lists('text[]'), lists('text')],
    ['the condition of a partial index', conflict('id', null), conflict('id', 'id')],
    ['conditions of partial indexes', conflict('id', 'id'), conflict('id', 'n')],
    ['a column and a constraint of one name', conflict('id', null), conflict(null, null)],
    ['keys of lists, and what makes them', keyed('id', 'f'), keyed('id', 'g')],
    ['a column of keys', keyed('id', 'f'), keyed('n', 'f')],
    ['names of the columns of lists', listRows('a'), listRows('b')],
    ['what absent keys get', lists('text', 'NULL'), lists('text', '7')],
    ['a restored type and what absent keys get', lists('text!0', undefined), lists('text', '0')],
    [
      'defaults and no lists',
      { kind: 'insert', into: t, columns: [], rows: { kind: 'defaults' }, returning: null },
      { kind: 'insert', into: t, columns: [], rows: { kind: 'lists', columns: [] }, returning: null },
    ],
    [
      'an aggregate whose name ends like DISTINCT',
      select({ projection: [aggregate('sumd', false)] }),
      select({ projection: [aggregate('sum', true)] }),
    ],
  ])('differ for %s', (_, left, right) => {
    expect(contentOf(left)).not.toBe(contentOf(right));
    expect(keyOf(left)).not.toBe(keyOf(right));
  });

  function conflict(target: string | null, condition: string | null): Statement {
    const of = source('t'),
      where =
        condition === null
          ? undefined
          : { of, node: operation(OPERATORS.isNull, [column(of, condition, condition, intKind)], booleanKind) };
    return {
      kind: 'insert',
      into: t,
      columns: [],
      rows: { kind: 'defaults' },
      conflict: { target: target === null ? { constraint: 'id' } : { columns: [target], where }, action: 'nothing' },
      returning: null,
    };
  }
  function keyed(key: string, by: string): Statement {
    return {
      kind: 'insert',
      into: t,
      columns: ['a'],
      rows: { kind: 'lists', columns: [{ list: value([1], listKind(intKind)) }], keys: { column: key, by } },
      returning: null,
    };
  }
  function listRows(of: string): Statement {
    return { kind: 'lists', columns: [{ list: value([1], listKind(intKind)) }], names: [of] };
  }
  function lists(restore: string, otherwise?: string): Statement {
    return {
      kind: 'insert',
      into: t,
      columns: ['a'],
      rows: {
        kind: 'lists',
        columns: [
          {
            list: value([1], listKind(intKind)),
            restore,
            ...(otherwise === undefined ? {} : { presence: { list: value([true], listKind(booleanKind)), otherwise } }),
          },
        ],
      },
      returning: null,
    };
  }
  function aggregate(of_: string, isDistinct: boolean): AggregateNode {
    return { kind: 'aggregate', name: of_, operands: [id], isDistinct, orderBy: [], within: [], filter: null, valueKind: intKind };
  }

  test('a column of a query that is not around is refused, with what to do', () => {
    expect(() => keyOf(select({ where: column(source('other'), 'x', 'x', booleanKind) }))).toThrow(
      expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: 'scope' })] }),
    );
  });
});

describe('the cache of shapes', () => {
  const t = source('t'),
    id = column(t, 'id', 'id', intKind),
    name_ = column(t, 'name', 'name', textKind);
  const where = (...tests: Node[]): SelectStatement => ({
    kind: 'select',
    from: t,
    projection: [id],
    where: operation(OPERATORS.and, tests, booleanKind),
    orderBy: [],
  });
  const eq = (left: Node, right: Node): Node => operation(OPERATORS.eq, [left, right], booleanKind);

  test('gives the compiled statement of a shape, and the values of the call in the order of its placeholders', () => {
    const cache = new ShapeCache();
    let asked = 0;
    const rows = (): null => {
      asked++;
      return null;
    };
    const first = cache.compile(where(eq(id, value(1, intKind)), eq(name_, value('a', textKind))), rows),
      second = cache.compile(where(eq(id, value(2, intKind)), eq(name_, value('b', textKind))), rows);
    expect(second.compiled).toBe(first.compiled);
    expect(first.compiled).toMatchObject({
      text: 'SELECT "id" FROM "t" WHERE "id" = $1 AND "name" = $2',
      parameters: [intKind.codec, textKind.codec],
    });
    expect([first.values, second.values]).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
    expect([asked, cache.size]).toEqual([1, 1]);
  });

  test('gives a repeated value once', () => {
    const cache = new ShapeCache();
    const make = (worth: number): Statement => {
      const node = value(worth, intKind);
      return where(eq(id, node), operation(OPERATORS.lt, [node, id], booleanKind));
    };
    expect(cache.compile(make(1), () => null)).toMatchObject({
      compiled: { text: 'SELECT "id" FROM "t" WHERE "id" = $1 AND $1 < "id"' },
      values: [1],
    });
    expect(cache.compile(make(2), () => null).values).toEqual([2]);
  });

  test('gives the values of any statement as its placeholders want them, also when the entry was made by another', () => {
    const cache = new ShapeCache();
    fc.assert(
      fc.property(statements, (build) => {
        cache.compile(build(), () => null);
        const statement = build(),
          { compiled, values } = cache.compile(statement, () => null),
          { text, placeholders } = renderStatement(statement);
        expect(compiled.text).toBe(text);
        expect(values).toEqual(placeholders.map((placeholder) => (placeholder as { value?: unknown }).value));
      }),
      { numRuns: 800 },
    );
  });

  test('keeps values of the projection and the order apart from those that EXISTS leaves out', () => {
    const cache = new ShapeCache();
    const statement: Statement = {
      kind: 'exists',
      of: {
        ...where(eq(id, value(3, intKind))),
        projection: [value('dropped', textKind)],
        orderBy: [{ by: operation(OPERATORS.add, [id, value(9, intKind)], intKind), direction: 'asc' }],
      },
    };
    expect(cache.compile(statement, () => null)).toMatchObject({
      compiled: { text: 'SELECT EXISTS(SELECT 1 FROM "t" WHERE "id" = $1 LIMIT 1)' },
      values: [3],
    });
  });

  test('keeps shapes apart that another reader of rows asks for', () => {
    const cache = new ShapeCache(),
      statement = where(eq(id, value(1, intKind)));
    const left = cache.compile(statement, () => null, 'object["a"]'),
      right = cache.compile(statement, () => null, 'object["b"]');
    expect(left.compiled).not.toBe(right.compiled);
    expect(left.compiled.text).toBe(right.compiled.text);
  });

  test('does not grow without end, and works on after the oldest shape was dropped', () => {
    const cache = new ShapeCache();
    const shape = (limit: number) => cache.compile({ ...where(eq(id, value(limit, intKind))), limit }, () => null);
    const first = shape(0);
    for (let limit = 1; limit <= 2500; limit++) shape(limit);
    expect(cache.size).toBe(1000);
    const again = shape(0);
    expect(again.compiled).not.toBe(first.compiled);
    expect([again.compiled.text, again.values]).toEqual([first.compiled.text, [0]]);
    expect(cache.size).toBe(1000);
  });

  test('refuses statements whose values are still to come', () => {
    expect(() => new ShapeCache().compile(where(eq(id, parameter(0, intKind))), () => null)).toThrow(
      expect.objectContaining({ code: 'INTERNAL' }),
    );
  });

  test('takes thousands of values in time that grows with their number', () => {
    const cache = new ShapeCache();
    const make = (count: number): Statement => where(...Array.from({ length: count }, (_, at) => eq(id, value(at, intKind))));
    const { values } = cache.compile(make(20_000), () => null);
    expect(values).toEqual(Array.from({ length: 20_000 }, (_, at) => at));
    const compiling = (count: number) => {
      const statement = make(count);
      return () => void cache.compile(statement, () => null);
    };
    // Linear is 1, quadratic 16.
    expect(growth(compiling, 32_000, 16)).toBeLessThan(6);
  });
});

describe('fixed statements', () => {
  const t = source('t'),
    id = column(t, 'id', 'id', intKind),
    name_ = column(t, 'name', 'name', textKind);
  test('take their values by slot, in whatever order the text needs them', () => {
    const build = (first: number, second: number): Statement => ({
      kind: 'update',
      table: t,
      set: [{ column: 'name', to: parameter(first, textKind) }],
      where: operation(OPERATORS.eq, [id, parameter(second, intKind)], booleanKind),
      returning: { nodes: [name_] },
    });
    const inOrder = compileFixed(build(0, 1), null),
      reversed = compileFixed(build(1, 0), null);
    expect(inOrder).toMatchObject({
      slots: null,
      compiled: {
        text: 'UPDATE "t" SET "name" = $1 WHERE "id" = $2 RETURNING "name"',
        parameters: [textKind.codec, intKind.codec],
        rows: null,
      },
    });
    expect(orderedValues(inOrder, ['x', 7])).toEqual(['x', 7]);
    expect(reversed.slots).toEqual([1, 0]);
    expect(orderedValues(reversed, [7, 'x'])).toEqual(['x', 7]);
  });
  test('have no value in them', () => {
    expect(() => compileFixed({ kind: 'select', from: t, projection: [value(1, intKind)], where: null, orderBy: [] }, null)).toThrow(
      expect.objectContaining({ code: 'INTERNAL' }),
    );
  });
});
