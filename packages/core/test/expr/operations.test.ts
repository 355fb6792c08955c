// Expressions as objects: what each kind offers, required columns, sort keys, declared SQL, and the numbering of nodes.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { column, source, value } from '../../src/expr/node.ts';
import { Numbering } from '../../src/expr/numbering.ts';
import { conjunctionOf, and, isExpression, listKind, nodeOf, or, type OrderExpression, sql } from '../../src/expr/operations.ts';
import { renderOrder, SqlWriter } from '../../src/expr/render.ts';
import { intKind } from '../../src/value/number.ts';
import { textKind } from '../../src/value/text.ts';
import { sample, SAMPLE_NAMES, samples, untyped } from '../support/sample-table.ts';

const t = source('t');
const required = untyped(column(t, 'n', 'count', intKind, true)),
  optional = untyped(column(t, 'n', 'count', intKind));

describe('what a kind offers', () => {
  /** Every method of an expression, inherited ones included. */
  function methodsOf(expression: object): string[] {
    const names = new Set<string>();
    for (
      let prototype = Object.getPrototypeOf(expression) as object;
      prototype !== Object.prototype;
      prototype = Object.getPrototypeOf(prototype) as object
    )
      for (const name of Object.getOwnPropertyNames(prototype)) names.add(name);
    names.delete('constructor');
    return [...names].sort();
  }
  const every = ['isNotNull', 'isNull'],
    equality = ['eq', 'in', 'isDistinctFrom', 'isNotDistinctFrom', 'neq', 'notIn'],
    ordering = ['asc', 'between', 'desc', 'gt', 'gte', 'lt', 'lte'];
  const families: Record<string, string[]> = {
    ordered: [...every, ...equality, ...ordering],
    number: [...every, ...equality, ...ordering, 'add', 'sub', 'mul', 'div', 'mod', 'neg'],
    boolean: [...every, ...equality, ...ordering, 'and', 'or', 'xor', 'not'],
    text: [
      ...every,
      ...equality,
      ...ordering,
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
      'lower',
      'upper',
      'length',
      'concat',
    ],
    array: [...every, 'eq', 'neq', 'isDistinctFrom', 'isNotDistinctFrom', 'contains', 'containedBy', 'overlaps', 'any', 'len', 'isEmpty'],
  };
  test.each(SAMPLE_NAMES)('%s has the operations of its family', (name) => {
    const methods = methodsOf(sample(name));
    // A family that is not listed is one of ordered values with more.
    expect(methods).toEqual(expect.arrayContaining(families[samples[name].kind.operations as string] ?? families['ordered']!));
    // The right ones only: no pattern on a number, no remainder of a text, no membership in a list of arrays.
    const { operations } = samples[name].kind;
    expect([methods.includes('startsWith'), methods.includes('mod'), methods.includes('in')]).toEqual([
      operations === 'text',
      operations === 'number',
      operations !== 'array',
    ]);
  });

  test('an expression is told from everything else', () => {
    expect(isExpression(optional)).toBe(true);
    for (const other of [null, undefined, 1, 'x', {}, [], () => optional, nodeOf(optional), Object.create(null)])
      expect(isExpression(other)).toBe(false);
  });

  test('an expression has no `then`: awaiting one by mistake gives it back', async () => {
    expect(await Promise.resolve(optional)).toBe(optional);
  });
});

describe('a required column', () => {
  test('is never compared with null by eq or neq', () => {
    for (const method of ['eq', 'neq'] as const)
      expect(() => required[method](null)).toThrow(
        expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ path: 'count', rule: 'not_null' })] }),
      );
  });
  test('may be tested for null on purpose, as the far side of a join is', () => {
    for (const method of ['isNull', 'isNotNull'] as const) expect(nodeOf(required[method]())).toMatchObject({ operator: { name: method } });
    expect(nodeOf(required.isDistinctFrom(null))).toMatchObject({ operator: { name: 'isNotNull' } });
    expect(nodeOf(optional.eq(null))).toMatchObject({ operator: { name: 'isNull' } });
  });
});

describe('sort keys', () => {
  const text = (...orders: object[]): string => {
    const writer = new SqlWriter();
    renderOrder(
      writer,
      orders.map((order) => (order as OrderExpression).term),
    );
    return writer.text;
  };
  test('are written with their direction, and NULLS only where asked', () => {
    expect(text(optional.asc())).toBe('"n" ASC');
    expect(text(optional.desc().nullsLast(), optional.asc().nullsFirst())).toBe('"n" DESC NULLS LAST, "n" ASC NULLS FIRST');
    expect(text(optional.asc().nullsFirst().nullsLast())).toBe('"n" ASC NULLS LAST');
    expect(text(optional.add(1).desc())).toBe('"n" + $1 DESC');
  });
  test('are not changed by what is made of them', () => {
    const order = optional.asc() as OrderExpression;
    order.nullsFirst();
    expect(order.term).toEqual({ by: nodeOf(optional), direction: 'asc' });
  });
});

describe('conjunctions as nodes', () => {
  const p = optional.gt(1),
    q = optional.lt(9);
  test('of nothing to test are null', () => {
    expect(conjunctionOf([])).toBeNull();
    expect(conjunctionOf([nodeOf(and()), nodeOf(and())])).toBeNull();
  });
  test('of one are that one, of several are flat', () => {
    expect(conjunctionOf([nodeOf(p)])).toBe(nodeOf(p));
    expect(conjunctionOf([nodeOf(and(p, q)), nodeOf(p)])).toMatchObject({
      operator: { name: 'and' },
      operands: [nodeOf(p), nodeOf(q), nodeOf(p)],
    });
    expect(conjunctionOf([nodeOf(or(p, q)), nodeOf(p)])).toMatchObject({ operands: [nodeOf(or(p, q)), nodeOf(p)] });
    expect(conjunctionOf([nodeOf(or())])).toMatchObject({ operator: { name: 'false' } });
  });
});

describe('declared SQL', () => {
  test('is the text without the space around it', () => {
    expect(sql`  price > 0
    `).toEqual({ kind: 'sql', text: 'price > 0' });
    expect(Object.isFrozen(sql`now()`)).toBe(true);
  });

  test('keeps its backslashes, which SQL has a use for', () => {
    expect(sql`code ~ '^\d+$'`.text).toBe(String.raw`code ~ '^\d+$'`);
  });
  test('takes no values', () => {
    const column_ = 'x; drop table t';
    expect(() => (sql as (text: TemplateStringsArray, ...values: unknown[]) => unknown)`${column_} > 0`).toThrow(
      expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule: 'interpolation' })] }),
    );
  });
  test('is not empty', () => {
    for (const make of [
      () => sql``,
      () => sql`   `,
      () => sql`
    `,
    ])
      expect(make).toThrow(expect.objectContaining({ code: 'MODEL_DEFINITION', rule: 'empty_sql' }));
  });
});

describe('kinds of lists', () => {
  test('are made once per kind, so that they have one identity in keys', () => {
    expect(listKind(intKind)).toBe(listKind(intKind));
    expect(listKind(intKind)).not.toBe(listKind(textKind));
    expect(listKind(intKind).castType).toBe('integer[]');
  });
});

describe('numbering', () => {
  test('gives every node its place by identity, however many there are', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 200 }), (picks) => {
        const pool = Array.from({ length: 61 }, (_, at) => value(at % 7, intKind)),
          numbering = new Numbering<object>(),
          known: object[] = [];
        for (const pick of picks) {
          const node = pool[pick]!;
          expect(numbering.positionOf(node)).toBe(known.indexOf(node));
          if (known.includes(node)) continue;
          known.push(node);
          expect(numbering.add(node)).toBe(known.length - 1);
        }
        expect(numbering.nodes).toEqual(known);
      }),
      { numRuns: 300 },
    );
  });
});
