// Filters from JSON: the same SQL as the callback that says the same, every kind of value through its codec, and the number of the clause with what is wrong.

import { f, isDjogiError, model, pk, proxy, type Predicate, type ValidationError } from '@djogi/core';
import { runtimeOf } from '@djogi/core/extension';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { parseFilter, query, type FilterJson, type SqlText } from '../../src/index.ts';
import { City, nameOf, sent, test } from '../support/cities.ts';
import { KINDS, Specimen } from '../support/specimen.ts';
import { columnOf, method, untyped } from '../support/untyped.ts';

type Clauses = readonly { readonly field: string; readonly op: string; readonly value?: unknown }[];
const filtered = (...clauses: Clauses): SqlText => query(City).filter(parseFilter(City, { clauses })).toSql();
const written = (...where: ((c: any) => Predicate)[]): unknown =>
  query(City)
    .filter(...where)
    .toSql();

function issuesOf(json: unknown, options?: object): readonly [string, string][] {
  try {
    untyped(parseFilter)(City, json, options);
  } catch (error) {
    if (isDjogiError(error, 'VALIDATION')) return (error as ValidationError).issues.map((issue) => [issue.path, issue.rule]);
    throw error;
  }
  return [];
}
const clauseIssues = (...clauses: readonly unknown[]): readonly [string, string][] => issuesOf({ clauses });

describe('a filter from JSON', () => {
  test('is the statement of the callback that says the same, and its rows', async ({ ctx }) => {
    const json = JSON.parse(
      '{"model":"cities","clauses":[{"field":"country","op":"in","value":["NO","EC"]},{"field":"population","op":"between","value":[200,2000]},{"field":"area","op":"isNotNull"}]}',
    ) as unknown;
    const set = query(City)
      .filter(parseFilter(City, json))
      .orderBy((c) => c.name.asc());
    expect(set.toSql()).toEqual(
      query(City)
        .filter(
          (c) => c.country.in(['NO', 'EC']),
          (c) => c.population.between(200, 2000),
          (c) => c.area.isNotNull(),
        )
        .orderBy((c) => c.name.asc())
        .toSql(),
    );
    expect((await set.fetchAll(ctx)).map(nameOf)).toEqual(['Bergen', 'Oslo']);
    expect(sent()).toHaveLength(1);
  });

  test('has every operator of the columns', () => {
    const scalar = [
      ['eq', 5],
      ['neq', 5],
      ['gt', 5],
      ['gte', 5],
      ['lt', 5],
      ['lte', 5],
      ['isDistinctFrom', 5],
      ['isNotDistinctFrom', 5],
      ['in', [5, 6]],
      ['notIn', []],
    ] as const;
    for (const [op, value] of scalar) expect(filtered({ field: 'population', op, value })).toEqual(written((c) => c.population[op](value)));
    for (const op of [
      'contains',
      'icontains',
      'startsWith',
      'istartsWith',
      'endsWith',
      'iendsWith',
      'iexact',
      'like',
      'ilike',
      'regex',
      'iregex',
    ])
      expect(filtered({ field: 'name', op, value: '50%_\\' })).toEqual(written((c) => c.name[op]('50%_\\')));
    for (const op of ['contains', 'containedBy', 'overlaps', 'eq'])
      expect(filtered({ field: 'tags', op, value: ['a'] })).toEqual(written((c) => c.tags[op](['a'])));
    expect(filtered({ field: 'tags', op: 'any', value: 'a' })).toEqual(written((c) => c.tags.any('a')));
    expect(filtered({ field: 'tags', op: 'isEmpty' })).toEqual(written((c) => c.tags.isEmpty()));
    expect(filtered({ field: 'area', op: 'isNull' })).toEqual(written((c) => c.area.isNull()));
    expect(filtered({ field: 'population', op: 'between', value: [1, 2] })).toEqual(written((c) => c.population.between(1, 2)));
    expect(filtered({ field: 'population', op: 'inList', value: [1] })).toEqual(written((c) => c.population.in([1])));
  });

  test('takes null for what can be null', () => {
    expect(filtered({ field: 'area', op: 'eq', value: null })).toEqual(written((c) => c.area.isNull()));
    expect(filtered({ field: 'area', op: 'neq', value: null })).toEqual(written((c) => c.area.isNotNull()));
    expect(clauseIssues({ field: 'name', op: 'eq', value: null })).toEqual([['clauses[0].value', 'not_null']]);
  });

  test('without clauses keeps every row, and one clause stands alone', async ({ ctx }) => {
    expect(filtered().text).not.toContain('WHERE');
    expect(filtered({ field: 'isCapital', op: 'eq', value: true }).text).toContain(' WHERE "is_capital" = $1');
    expect(
      await query(City)
        .filter(parseFilter(City, { clauses: [] }))
        .count(ctx),
    ).toBe(5);
  });

  test('joins other filters and goes with exclude, proxies and subqueries', async ({ ctx }) => {
    class Capital extends proxy(City, { filter: (c) => c.isCapital.eq(true) }) {}
    const cold = parseFilter(City, { clauses: [{ field: 'climate', op: 'eq', value: 'polar' }] });
    expect(await query(City).exclude(cold).count(ctx)).toBe(4);
    expect(
      await query(Capital)
        .filter(parseFilter(Capital, { model: 'cities', clauses: [{ field: 'name', op: 'lt', value: 'P' }] }))
        .count(ctx),
    ).toBe(2);
    const inner = query(City)
      .filter(cold)
      .asSubquery((c) => c.id);
    expect(
      (
        await query(City)
          .filter((c) => c.id.in(inner))
          .fetchAll(ctx)
      ).map(nameOf),
    ).toEqual(['Nuuk']);
  });

  test('has one text, whatever its values', () => {
    const texts = [1, 2, 3].map((n) => filtered({ field: 'population', op: 'in', value: Array(n).fill(n) }).text);
    expect(new Set(texts).size).toBe(1);
  });

  test('is stored as what it was read from', () => {
    const json: FilterJson = {
      model: 'cities',
      clauses: [
        { field: 'createdAt', op: 'gte', value: '2026-01-01T00:00:00.000Z' },
        { field: 'area', op: 'isNull' },
      ],
    };
    const filter = parseFilter(City, json);
    expect(JSON.parse(JSON.stringify(filter))).toEqual(json);
    expect(JSON.parse(JSON.stringify({ search: filter }))).toEqual({ search: json });
    expect(filter.toJSON()).toEqual(json);
    expect(parseFilter(City, { clauses: [{ field: 'population', op: 'inList', value: [1] }] }).toJSON()).toEqual({
      model: 'cities',
      clauses: [{ field: 'population', op: 'in', value: [1] }],
    });
  });
});

describe('a filter from JSON over every kind of column', () => {
  const { byProperty } = runtimeOf(Specimen);
  const json = (name: string, value: unknown): unknown =>
    JSON.parse(JSON.stringify(byProperty.get(name)!.valueKind.codec.json.encode(value)));
  const OPS = ['eq', 'neq', 'gt', 'lte', 'in', 'notIn', 'between', 'isNull', 'isNotNull', 'isDistinctFrom', 'contains'] as const;
  /** What the bag has under a name. */
  const expressionOf = (name: string): object => {
    let found: object = {};
    query(Specimen).filter((s) => {
      found = columnOf(s, name);
      return columnOf(s, name).isNull();
    });
    return found;
  };
  /** `contains` of ranges and networks takes other values than those of the column. */
  const takes = (name: string, op: string): boolean =>
    op in expressionOf(name) && (op !== 'contains' || byProperty.get(name)!.valueKind.operations === 'array');
  const clause = fc
    .record({ name: fc.constantFrom(...Object.keys(KINDS)), op: fc.constantFrom(...OPS), at: fc.nat(20), other: fc.nat(20) })
    .filter(({ name, op }) => takes(name, op))
    .map(({ name, op, at, other }) => {
      const { values } = KINDS[name]!,
        value = values[at % values.length],
        second = values[other % values.length];
      const operands: readonly unknown[] =
        op === 'in' || op === 'notIn'
          ? [[value, second]]
          : op === 'between'
            ? [value, second]
            : op.startsWith('isN') && op.length < 10
              ? []
              : [value];
      const asJson =
        op === 'in' || op === 'notIn'
          ? [json(name, value), json(name, second)]
          : op === 'between'
            ? operands.map((each) => json(name, each))
            : json(name, value);
      return { name, op, operands, json: operands.length === 0 ? { field: name, op } : { field: name, op, value: asJson } };
    });

  test('has the values that the callback has, and comes back from its JSON as it was', () => {
    fc.assert(
      fc.property(fc.array(clause, { maxLength: 4 }), (clauses) => {
        const given = { model: 'specimens', clauses: clauses.map((each) => each.json) };
        const filter = parseFilter(Specimen, given);
        const direct = query(Specimen).filter(
          ...clauses.map(
            ({ name, op, operands }) =>
              (s: object) =>
                method(columnOf(s, name), op)(...operands) as unknown as Predicate,
          ),
        );
        const parsed = query(Specimen).filter(filter);
        expect(parsed.toSql().text).toBe(direct.toSql().text);
        // JSON has no zero that is negative, nor has SQL's equality.
        const encoded = (set: typeof direct): unknown =>
          JSON.stringify(set.toSql().values, (_, value: unknown) =>
            typeof value === 'bigint' ? `${value}n` : Object.is(value, -0) ? 0 : value,
          );
        expect(encoded(parsed)).toBe(encoded(direct));
        const again = parseFilter(Specimen, JSON.parse(JSON.stringify(filter)));
        expect(again.toJSON()).toEqual(filter.toJSON());
        expect(encoded(query(Specimen).filter(again))).toBe(encoded(parsed));
        expect(query(Specimen).filter(again).toSql().text).toBe(parsed.toSql().text);
      }),
      { numRuns: 400 },
    );
  });
});

describe('a filter from JSON is refused', () => {
  test('with the number of the clause, all of them at once', () => {
    expect(
      clauseIssues(
        { field: 'name', op: 'eq', value: 'x' },
        { field: 'nmae', op: 'eq', value: 'x' },
        { field: 'name', op: 'equals', value: 'x' },
        { field: 'population', op: 'contains', value: 'x' },
        { field: 'population', op: 'eq', value: '700' },
        { field: 'population', op: 'eq', value: 1.5 },
        { field: 'population', op: 'gt', value: 2 ** 31 },
        { field: 'createdAt', op: 'gt', value: 'yesterday' },
        { field: 'climate', op: 'eq', value: 'arid' },
        { field: 'population', op: 'in', value: 5 },
        { field: 'population', op: 'in', value: [1, 'x'] },
        { field: 'population', op: 'in', value: [1, null] },
        { field: 'population', op: 'between', value: [1] },
        { field: 'population', op: 'gt', value: null },
        { field: 'area', op: 'isNull', value: false },
        { field: 'name', op: 'contains', value: ['x'] },
        { field: 'tags', op: 'contains', value: 'x' },
        { field: 'tags', op: 'in', value: [['x']] },
        { field: 'population', op: 'eq' },
        { field: 'name', op: 'eq', value: 'a\0b' },
        { field: 'name', op: 'eq', value: 'x', negate: true },
        'name',
        null,
      ),
    ).toEqual([
      ['clauses[1].field', 'unknown_field'],
      ['clauses[2].op', 'unknown_operator'],
      ['clauses[3].op', 'operator'],
      ['clauses[4].value', 'type'],
      ['clauses[5].value', 'type'],
      ['clauses[6].value', 'type'],
      ['clauses[7].value', 'type'],
      ['clauses[8].value', 'type'],
      ['clauses[9].value', 'type'],
      ['clauses[10].value', 'type'],
      ['clauses[11].value[1]', 'not_null'],
      ['clauses[12].value', 'type'],
      ['clauses[13].value', 'not_null'],
      ['clauses[14].value', 'type'],
      ['clauses[15].value', 'type'],
      ['clauses[16].value', 'type'],
      ['clauses[17].op', 'operator'],
      ['clauses[18].value', 'type'],
      ['clauses[19].value', 'nul_char'],
      ['clauses[20].negate', 'unknown_key'],
      ['clauses[21]', 'type'],
      ['clauses[22]', 'type'],
    ]);
  });

  test('of names that every object has', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'save', 'label', 'is_capital', ''])
      expect(clauseIssues({ field: name, op: 'eq', value: 1 })).toEqual([['clauses[0].field', 'unknown_field']]);
    for (const op of ['__proto__', 'constructor', 'toString', 'asc', 'count', 'min', 'upper', 'add', ''])
      expect(clauseIssues({ field: 'population', op, value: 1 })).toEqual([['clauses[0].op', 'unknown_operator']]);
    expect(clauseIssues({ field: ['name'], op: 'eq', value: 'x' })).toEqual([['clauses[0].field', 'unknown_field']]);
  });

  test('of a field that is not on the list, and takes one that is', () => {
    const json = {
      clauses: [
        { field: 'name', op: 'eq', value: 'Oslo' },
        { field: 'population', op: 'gt', value: 1 },
      ],
    };
    expect(issuesOf(json, { allow: ['name', 'country'] })).toEqual([['clauses[1].field', 'field_not_allowed']]);
    expect(issuesOf(json, { allow: ['name', 'population'] })).toEqual([]);
    expect(issuesOf(json, { allow: [] })).toEqual([
      ['clauses[0].field', 'field_not_allowed'],
      ['clauses[1].field', 'field_not_allowed'],
    ]);
    expect(issuesOf(json, { allow: ['name', 'nmae'] })).toEqual([['allow[1]', 'unknown_field']]);
    expect(issuesOf(json, { allow: 'name' })).toEqual([['allow', 'type']]);
  });

  test('of another model, and where there is no filter', () => {
    expect(issuesOf({ model: 'towns', clauses: [] })).toEqual([['model', 'model']]);
    expect(issuesOf({ model: 5, clauses: [{ field: 'x', op: 'eq' }] })).toEqual([
      ['model', 'model'],
      ['clauses[0].field', 'unknown_field'],
    ]);
    for (const json of [null, undefined, [], 'x', {}, { clauses: {} }]) expect(issuesOf(json)).toEqual([['clauses', 'type']]);
    expect(issuesOf({ clauses: [], where: [] })).toEqual([['where', 'unknown_key']]);
    expect(() => untyped(parseFilter)({}, { clauses: [] })).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
  });

  /** A schema of no library: it takes every document. */
  const anything = {
    '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value: value as { readonly eq: number } }) },
  } as const;

  test('of documents, whose keys are no lookups, but for whether there is one', () => {
    class Machine extends model(
      'machines',
      {
        raw: f.rawJson({ justification: 'what the makers of machines send' }).nullable(),
        parts: f.jsonb(anything).nullable(),
      },
      { pk: pk.serial() },
    ) {}
    const missing = parseFilter(Machine, {
      clauses: [
        { field: 'raw', op: 'isNull' },
        { field: 'parts', op: 'isNotNull' },
      ],
    });
    expect(query(Machine).filter(missing).toSql().text).toContain(' WHERE "raw" IS NULL AND "parts" IS NOT NULL');
    for (const field of ['raw', 'parts'])
      expect(() => parseFilter(Machine, { clauses: [{ field, op: 'eq', value: 1 }] })).toThrow(
        expect.objectContaining({ code: 'VALIDATION' }),
      );
  });
});
