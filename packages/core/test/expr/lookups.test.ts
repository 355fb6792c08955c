// Every lookup: its text, its parameters, and the rows it finds.

import { beforeAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../src/db/port.ts';
import type { Predicate } from '../../src/expr/expression.ts';
import { column, source, type Source } from '../../src/expr/node.ts';
import { and, nodeOf, not, or } from '../../src/expr/operations.ts';
import { arrayKind } from '../../src/value/array.ts';
import { decimalKind } from '../../src/value/decimal.ts';
import { booleanKind, intKind } from '../../src/value/number.ts';
import { renderStatement } from '../../src/statement/render-statement.ts';
import { textKind, varcharKind } from '../../src/value/text.ts';
import { timestamptzKind } from '../../src/value/time.ts';
import type { ValueKind } from '../../src/value/kind.ts';
import { untyped, type Untyped } from '../support/sample-table.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();
let connection: Connection;

const cities: Source = source('cities');
const KINDS = {
  id: intKind,
  name: textKind,
  code: varcharKind(5),
  population: intKind,
  minimum: intKind,
  area: decimalKind({ precision: 10, scale: 2 }),
  capital: booleanKind,
  founded: timestamptzKind,
  tags: arrayKind(textKind),
} satisfies Record<string, ValueKind>;
const c = Object.fromEntries(Object.entries(KINDS).map(([name, kind]) => [name, untyped(column(cities, name, name, kind))])) as Record<
  keyof typeof KINDS,
  Untyped
>;

beforeAll(async () => {
  connection = await server.open();
  await connection.script(`
    CREATE TABLE cities (id integer PRIMARY KEY, name text, code varchar(5), population integer, minimum integer, area numeric(10,2), capital boolean, founded timestamptz(3), tags text[]);
    INSERT INTO cities VALUES
      (1, 'Berlin', 'BER', 3700000, 1000000, 891.70, true, '1237-10-28', '{river,big}'),
      (2, 'berlin', 'ber', 500, 1000, 1.00, false, '1950-01-01', '{}'),
      (3, '50%_off\\', 'x%', 0, 0, 0.00, NULL, NULL, '{river}'),
      (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
      (5, 'Köln', 'CGN', 1080000, 2000000, 405.15, false, '0050-01-01', '{river,"a,b","NULL"}'),
      (6, '50 off', 'y', -5, -5, -1.50, true, '2000-01-01', '{big}')`);
});

/** The WHERE clause, its parameters as they travel, and the ids of the rows, in text and in binary alike. */
async function look(predicate: Predicate): Promise<[text: string, values: unknown[], ids: number[]]> {
  const id = nodeOf(c.id);
  const { text, placeholders } = renderStatement({
    kind: 'select',
    from: cities,
    projection: [id],
    where: nodeOf(predicate),
    orderBy: [{ by: id, direction: 'asc' }],
  });
  const values = placeholders.map((placeholder) => (placeholder.kind === 'value' ? placeholder.value : null));
  const statement = {
    text,
    parameters: placeholders.map(({ valueKind }) => valueKind.codec),
    rows: { columns: [{ name: 'id', codec: intKind.codec }], as: 'value' as const },
  };
  const first = (await connection.execute({ statement, values })).rows,
    again = (await connection.execute({ statement, values })).rows;
  expect(again).toEqual(first);
  return [text.replace('SELECT "id" FROM "cities" WHERE ', '').replace(' ORDER BY "id" ASC', ''), values, first as unknown as number[]];
}

const day = new Date('1950-01-01T00:00:00Z');

describe('the lookups of every type', () => {
  test.each<[string, () => Predicate, string, unknown[], number[]]>([
    ['eq', () => c.population.eq(500), '"population" = $1', [500], [2]],
    ['eq null', () => c.population.eq(null), '"population" IS NULL', [], [4]],
    ['neq', () => c.population.neq(500), '"population" <> $1', [500], [1, 3, 5, 6]],
    ['neq null', () => c.population.neq(null), '"population" IS NOT NULL', [], [1, 2, 3, 5, 6]],
    ['gt', () => c.population.gt(500), '"population" > $1', [500], [1, 5]],
    ['gte', () => c.population.gte(500), '"population" >= $1', [500], [1, 2, 5]],
    ['lt', () => c.population.lt(0), '"population" < $1', [0], [6]],
    ['lte', () => c.population.lte(0), '"population" <= $1', [0], [3, 6]],
    ['between', () => c.population.between(0, 500), '"population" BETWEEN $1 AND $2', [0, 500], [2, 3]],
    ['between the wrong way round', () => c.population.between(500, 0), '"population" BETWEEN $1 AND $2', [500, 0], []],
    ['in', () => c.population.in([500, 0, 7]), '"population" = ANY($1::integer[])', [[500, 0, 7]], [2, 3]],
    ['in nothing', () => c.population.in([]), '"population" = ANY($1::integer[])', [[]], []],
    ['notIn', () => c.population.notIn([500, 0]), '"population" <> ALL($1::integer[])', [[500, 0]], [1, 5, 6]],
    ['notIn nothing', () => c.population.notIn([]), '"population" <> ALL($1::integer[])', [[]], [1, 2, 3, 4, 5, 6]],
    ['isNull', () => c.name.isNull(), '"name" IS NULL', [], [4]],
    ['isNotNull', () => c.name.isNotNull(), '"name" IS NOT NULL', [], [1, 2, 3, 5, 6]],
    ['isDistinctFrom', () => c.population.isDistinctFrom(500), '"population" IS DISTINCT FROM $1', [500], [1, 3, 4, 5, 6]],
    ['isDistinctFrom null', () => c.population.isDistinctFrom(null), '"population" IS NOT NULL', [], [1, 2, 3, 5, 6]],
    ['isNotDistinctFrom', () => c.population.isNotDistinctFrom(500), '"population" IS NOT DISTINCT FROM $1', [500], [2]],
    ['isNotDistinctFrom null', () => c.population.isNotDistinctFrom(null), '"population" IS NULL', [], [4]],
    ['another column', () => c.population.lt(c.minimum), '"population" < "minimum"', [], [2, 5]],
    ['a date', () => c.founded.eq(day), '"founded" = $1', [day], [2]],
    ['dates', () => c.founded.in([day]), '"founded" = ANY($1::timestamp with time zone[])', [[day]], [2]],
    ['decimals', () => c.area.in(['1', '891.7']), '"area" = ANY($1::numeric[])', [['1', '891.7']], [1, 2]],
    ['a decimal of another scale', () => c.area.eq('1.0'), '"area" = $1', ['1.0'], [2]],
    ['varchar', () => c.code.eq('BER'), '"code" = $1', ['BER'], [1]],
    ['varchars', () => c.code.in(['BER', 'ber']), '"code" = ANY($1::character varying[])', [['BER', 'ber']], [1, 2]],
    [
      'texts with quotes, commas and NULL',
      () => c.name.in(["it's", 'a,b', 'NULL', '"', '50%_off\\']),
      '"name" = ANY($1::text[])',
      [["it's", 'a,b', 'NULL', '"', '50%_off\\']],
      [3],
    ],
    ['a boolean column', () => c.capital, '"capital"', [], [1, 6]],
    ['not a boolean column', () => c.capital.not(), 'NOT "capital"', [], [2, 5]],
    ['a boolean column compared', () => c.capital.eq(false), '"capital" = $1', [false], [2, 5]],
  ])('%s', async (_, make, text, values, ids) => {
    expect(await look(make())).toEqual([text, values, ids]);
  });
});

describe('the lookups of text', () => {
  test.each<[string, () => Predicate, string, unknown[], number[]]>([
    ['contains', () => c.name.contains('erl'), '"name" LIKE $1', ['%erl%'], [1, 2]],
    ['contains, case-sensitive', () => c.name.contains('ERL'), '"name" LIKE $1', ['%ERL%'], []],
    ['icontains', () => c.name.icontains('BERL'), '"name" ILIKE $1', ['%BERL%'], [1, 2]],
    ['startsWith', () => c.name.startsWith('B'), '"name" LIKE $1', ['B%'], [1]],
    ['istartsWith', () => c.name.istartsWith('B'), '"name" ILIKE $1', ['B%'], [1, 2]],
    ['endsWith', () => c.name.endsWith('lin'), '"name" LIKE $1', ['%lin'], [1, 2]],
    ['iendsWith', () => c.name.iendsWith('LIN'), '"name" ILIKE $1', ['%LIN'], [1, 2]],
    ['iexact', () => c.name.iexact('BERLIN'), 'lower("name") = lower($1::text)', ['BERLIN'], [1, 2]],
    ['like', () => c.name.like('_erl%'), '"name" LIKE $1', ['_erl%'], [1, 2]],
    ['ilike', () => c.name.ilike('k%N'), '"name" ILIKE $1', ['k%N'], [5]],
    ['regex', () => c.name.regex('^B.*n$'), '"name" ~ $1', ['^B.*n$'], [1]],
    ['iregex', () => c.name.iregex('^b.*n$'), '"name" ~* $1', ['^b.*n$'], [1, 2]],
    ['contains everything', () => c.name.contains(''), '"name" LIKE $1', ['%%'], [1, 2, 3, 5, 6]],
    ['a percent sign, literally', () => c.name.contains('50%'), '"name" LIKE $1', ['%50\\%%'], [3]],
    ['an underscore, literally', () => c.name.contains('_'), '"name" LIKE $1', ['%\\_%'], [3]],
    ['a backslash, literally', () => c.name.endsWith('\\'), '"name" LIKE $1', ['%\\\\'], [3]],
    ['all of them, literally', () => c.name.icontains('50%_off\\'), '"name" ILIKE $1', ['%50\\%\\_off\\\\%'], [3]],
    ['a prefix of them', () => c.name.startsWith('50%_'), '"name" LIKE $1', ['50\\%\\_%'], [3]],
    ['on varchar', () => c.code.startsWith('x%'), '"code" LIKE $1', ['x\\%%'], [3]],
    ['lower', () => c.name.lower().eq('berlin'), 'lower("name") = $1', ['berlin'], [1, 2]],
    ['upper', () => c.name.upper().eq('KÖLN'), 'upper("name") = $1', ['KÖLN'], [5]],
    ['length', () => c.name.length().eq(4), 'char_length("name") = $1', [4], [5]],
    ['concat', () => c.name.concat('/', c.code).eq('Berlin/BER'), '"name" || $1::text || "code" = $2', ['/', 'Berlin/BER'], [1]],
  ])('%s', async (_, make, text, values, ids) => {
    expect(await look(make())).toEqual([text, values, ids]);
  });

  test("a malformed regular expression is the server's 2201B", async () => {
    await expect(look(c.name.regex('('))).rejects.toMatchObject({ code: 'DATABASE', sqlState: '2201B' });
  });

  test('a length beyond the column is compared, not refused: nothing is equal to it', async () => {
    expect(() => c.code.eq('too long')).toThrow(
      expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ path: 'code', rule: 'max_length' })] }),
    );
    expect((await look(c.code.contains('longer than five')))[2]).toEqual([]);
  });
});

describe('the lookups of arrays', () => {
  test.each<[string, () => Predicate, string, unknown[], number[]]>([
    ['contains', () => c.tags.contains(['river']), '"tags" @> $1', [['river']], [1, 3, 5]],
    ['contains several', () => c.tags.contains(['big', 'river']), '"tags" @> $1', [['big', 'river']], [1]],
    ['contains nothing', () => c.tags.contains([]), '"tags" @> $1', [[]], [1, 2, 3, 5, 6]],
    ['containedBy', () => c.tags.containedBy(['river', 'x']), '"tags" <@ $1', [['river', 'x']], [2, 3]],
    ['containedBy nothing', () => c.tags.containedBy([]), '"tags" <@ $1', [[]], [2]],
    ['overlaps', () => c.tags.overlaps(['big', 'x']), '"tags" && $1', [['big', 'x']], [1, 6]],
    ['overlaps nothing', () => c.tags.overlaps([]), '"tags" && $1', [[]], []],
    ['any', () => c.tags.any('big'), '$1::text = ANY("tags")', ['big'], [1, 6]],
    ['any with an odd element', () => c.tags.any('a,b'), '$1::text = ANY("tags")', ['a,b'], [5]],
    ['any NULL the word', () => c.tags.any('NULL'), '$1::text = ANY("tags")', ['NULL'], [5]],
    ['len', () => c.tags.len().eq(0), 'cardinality("tags") = $1', [0], [2]],
    ['isEmpty', () => c.tags.isEmpty(), 'cardinality("tags") = $1', [0], [2]],
    ['eq', () => c.tags.eq(['river']), '"tags" = $1', [['river']], [3]],
    ['eq nothing', () => c.tags.eq([]), '"tags" = $1', [[]], [2]],
    ['neq', () => c.tags.neq(['river']), '"tags" <> $1', [['river']], [1, 2, 5, 6]],
    ['isDistinctFrom', () => c.tags.isDistinctFrom(['river']), '"tags" IS DISTINCT FROM $1', [['river']], [1, 2, 4, 5, 6]],
    ['eq null', () => c.tags.eq(null), '"tags" IS NULL', [], [4]],
  ])('%s', async (_, make, text, values, ids) => {
    expect(await look(make())).toEqual([text, values, ids]);
  });
});

describe('arithmetic', () => {
  test.each<[string, () => Predicate, string, unknown[], number[]]>([
    ['add', () => c.population.add(5).eq(0), '"population" + $1 = $2', [5, 0], [6]],
    ['sub', () => c.population.sub(c.minimum).gt(0), '"population" - "minimum" > $1', [0], [1]],
    ['mul', () => c.population.mul(2).eq(1000), '"population" * $1 = $2', [2, 1000], [2]],
    ['div truncates', () => c.population.div(2).eq(-2), '"population" / $1 = $2', [2, -2], [6]],
    ['mod has the sign of the dividend', () => c.population.mod(3).eq(-2), '"population" % $1 = $2', [3, -2], [6]],
    ['neg', () => c.population.neg().eq(5), '- "population" = $1', [5], [6]],
    [
      'nested',
      () =>
        c.id
          .add(1)
          .mul(c.id.sub(c.id.sub(1)))
          .eq(3),
      '("id" + $1) * ("id" - ("id" - $2)) = $3',
      [1, 1, 3],
      [2],
    ],
    ['twice negative', () => c.population.neg().neg().eq(-5), '- (- "population") = $1', [-5], [6]],
    ['decimals stay exact', () => c.area.add('0.05').eq('405.20'), '"area" + $1 = $2', ['0.05', '405.20'], [5]],
  ])('%s', async (_, make, text, values, ids) => {
    expect(await look(make())).toEqual([text, values, ids]);
  });

  test("a division by zero is the server's 22012", async () => {
    await expect(look(c.population.div(0).eq(1))).rejects.toMatchObject({ code: 'DATABASE', sqlState: '22012' });
  });
});

describe('combinations', () => {
  test.each<[string, () => Predicate, string, unknown[], number[]]>([
    ['and', () => and(c.id.gt(1), c.id.lt(4)), '"id" > $1 AND "id" < $2', [1, 4], [2, 3]],
    ['or', () => or(c.id.eq(1), c.id.eq(4)), '"id" = $1 OR "id" = $2', [1, 4], [1, 4]],
    ['an OR under an AND', () => c.id.lt(3).and(or(c.id.eq(2), c.id.eq(5))), '"id" < $1 AND ("id" = $2 OR "id" = $3)', [3, 2, 5], [2]],
    ['an AND under an OR', () => or(c.id.eq(6), and(c.id.gt(1), c.id.lt(3))), '"id" = $1 OR "id" > $2 AND "id" < $3', [6, 1, 3], [2, 6]],
    ['nested ANDs flatten', () => and(c.id.gt(1), and(c.id.lt(4), c.id.neq(2))), '"id" > $1 AND "id" < $2 AND "id" <> $3', [1, 4, 2], [3]],
    ['nested ORs flatten', () => or(or(c.id.eq(1), c.id.eq(2)), c.id.eq(3)), '"id" = $1 OR "id" = $2 OR "id" = $3', [1, 2, 3], [1, 2, 3]],
    ['TRUE is the identity of AND', () => and(and(), c.id.eq(1), and()), '"id" = $1', [1], [1]],
    ['FALSE is the identity of OR', () => or(or(), c.id.eq(1)), '"id" = $1', [1], [1]],
    ['AND of nothing', () => and(), 'TRUE', [], [1, 2, 3, 4, 5, 6]],
    ['OR of nothing', () => or(), 'FALSE', [], []],
    ['FALSE under AND stays', () => and(or(), c.id.eq(1)), 'FALSE AND "id" = $1', [1], []],
    ['NOT binds looser than a comparison', () => not(c.id.eq(1)), 'NOT "id" = $1', [1], [2, 3, 4, 5, 6]],
    ['NOT of an AND', () => not(and(c.id.gt(1), c.id.lt(6))), 'NOT ("id" > $1 AND "id" < $2)', [1, 6], [1, 6]],
    ['NOT NOT', () => not(not(c.id.eq(1))), 'NOT NOT "id" = $1', [1], [1]],
    ['a negated comparison skips NULL', () => not(c.population.eq(500)), 'NOT "population" = $1', [500], [1, 3, 5, 6]],
    ['XOR', () => c.id.gt(2).xor(c.id.lt(5)), '("id" > $1) <> ("id" < $2)', [2, 5], [1, 2, 5, 6]],
    ['XOR of columns', () => c.capital.xor(c.id.eq(1)), '"capital" <> ("id" = $1)', [1], [6]],
    ['a predicate that is null', () => c.population.gt(5).isNull(), '"population" > $1 IS NULL', [5], [4]],
    ['a predicate compared', () => c.population.gt(5).eq(c.capital), '("population" > $1) = "capital"', [5], [1]],
    ['a predicate among others', () => c.capital.isDistinctFrom(c.id.gt(3)), '"capital" IS DISTINCT FROM "id" > $1', [3], [1, 3, 4, 5]],
  ])('%s', async (_, make, text, values, ids) => {
    expect(await look(make())).toEqual([text, values, ids]);
  });

  test('one value node has one placeholder wherever it is repeated', async () => {
    const sum = c.population.add(5);
    expect(await look(and(sum.eq(0), sum.lt(10)))).toEqual(['"population" + $1 = $2 AND "population" + $1 < $3', [5, 0, 10], [6]]);
  });

  test('an expression is not changed by what is built on it', () => {
    const base = c.id.gt(1),
      before = JSON.stringify(nodeOf(base));
    base.and(c.id.lt(3)).or(c.id.eq(7)).not();
    expect(JSON.stringify(nodeOf(base))).toBe(before);
  });
});

describe('lists', () => {
  const listOf = (predicate: Predicate): unknown => {
    const node = nodeOf(predicate);
    return node.kind === 'operation' && node.operands[1]!.kind === 'value' ? node.operands[1].value : null;
  };
  test('are arrays, sets, generators and iterators, read once, in order', () => {
    function* generate(): Generator<number> {
      yield 3;
      yield 1;
      yield 3;
      yield 2;
    }
    for (const list of [
      [3, 1, 3, 2],
      new Set([3, 1, 3, 2]),
      generate(),
      [3, 1, 2][Symbol.iterator](),
      new Map([
        [3, 0],
        [1, 0],
        [2, 0],
      ]).keys(),
      Int32Array.of(3, 1, 2),
    ])
      expect(listOf(c.id.in(list))).toEqual([3, 1, 2]);
    const once = generate(),
      predicate = c.id.notIn(once);
    expect(listOf(predicate)).toEqual([3, 1, 2]);
    expect([...once]).toEqual([]);
  });
  test('lose duplicates, also of values that are objects', () => {
    expect(listOf(c.founded.in([new Date(1), new Date(2), new Date(1)]))).toEqual([new Date(1), new Date(2)]);
    expect(listOf(c.area.in(['1.0', '1.0', '1.00']))).toEqual(['1.0', '1.00']);
    expect(listOf(c.name.in(['a', 'b', 'a']))).toEqual(['a', 'b']);
  });
  test('are copied when they are given: changing the array later changes nothing', () => {
    const list = [1, 2],
      predicate = c.id.in(list);
    list.push(3);
    expect(listOf(predicate)).toEqual([1, 2]);
  });
});

describe('refusals', () => {
  const refusal = (run: () => unknown): { rule: string; path: string }[] => {
    try {
      run();
    } catch (error) {
      expect(error).toMatchObject({ code: 'VALIDATION' });
      return (error as { issues: { rule: string; path: string }[] }).issues.map(({ rule, path }) => ({ rule, path }));
    }
    throw new Error('It was not refused.');
  };
  const one = (rule: string, path = ''): { rule: string; path: string }[] => [{ rule, path }];

  test('undefined, wherever a value is expected', () => {
    for (const method of [
      'eq',
      'neq',
      'gt',
      'gte',
      'lt',
      'lte',
      'isDistinctFrom',
      'isNotDistinctFrom',
      'in',
      'notIn',
      'add',
      'sub',
      'mul',
      'div',
      'mod',
    ] as const)
      expect([method, refusal(() => c.population[method](undefined))]).toEqual([method, one('undefined', 'population')]);
    for (const method of [
      'eq',
      'neq',
      'gt',
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
      'in',
    ] as const)
      expect([method, refusal(() => c.name[method](undefined))]).toEqual([method, one('undefined', 'name')]);
    for (const method of ['eq', 'neq', 'isDistinctFrom', 'contains', 'containedBy', 'overlaps', 'any'] as const)
      expect([method, refusal(() => c.tags[method](undefined))]).toEqual([method, one('undefined', 'tags')]);
    expect(refusal(() => c.population.between(undefined, 1))).toEqual(one('undefined', 'population'));
    expect(refusal(() => c.population.between(1, undefined))).toEqual(one('undefined', 'population'));
    expect(refusal(() => c.population.in([1, undefined, 3]))).toEqual(one('undefined', 'population[1]'));
    expect(refusal(() => c.tags.contains(['a', undefined]))).toEqual(one('not_null', 'tags[1]'));
    expect(refusal(() => c.name.concat('a', undefined))).toEqual(one('undefined'));
  });

  test('every method of every family that takes a value refuses undefined', () => {
    const takesNothing = new Set([
      'isNull',
      'isNotNull',
      'asc',
      'desc',
      'not',
      'neg',
      'lower',
      'upper',
      'length',
      'len',
      'isEmpty',
      'count',
      'min',
      'max',
      'sum',
      'avg',
      'abs',
      'sign',
      'ceil',
      'floor',
      'sqrt',
      'reverse',
      'md5',
      'isTrue',
      'isFalse',
      'constructor',
    ]);
    /** Any number of arguments, none included. */
    const variadic = new Set(['and', 'or', 'concat']);
    for (const expression of Object.values(c)) {
      for (
        let prototype: object = Object.getPrototypeOf(expression) as object;
        prototype !== Object.prototype;
        prototype = Object.getPrototypeOf(prototype) as object
      ) {
        for (const name of Object.getOwnPropertyNames(prototype)) {
          if (takesNothing.has(name)) continue;
          const call = (): unknown =>
            (expression as unknown as Record<string, (...operands: unknown[]) => unknown>)[name]!(undefined, undefined);
          expect([name, refusal(call)[0]!.rule]).toEqual([
            name,
            (variadic.has(name) && name !== 'concat') || name === 'xor' ? 'expression' : 'undefined',
          ]);
        }
      }
    }
  });

  test('null, except where it means IS NULL', () => {
    for (const method of ['gt', 'gte', 'lt', 'lte', 'add', 'sub'] as const)
      expect([method, refusal(() => c.population[method](null))]).toEqual([method, one('not_null', 'population')]);
    expect(refusal(() => c.population.between(null, 1))).toEqual(one('not_null', 'population'));
    expect(refusal(() => c.name.contains(null))).toEqual(one('not_null', 'name'));
    expect(refusal(() => c.name.concat(null))).toEqual(one('not_null'));
    expect(refusal(() => c.tags.any(null))).toEqual(one('not_null', 'tags'));
    expect(refusal(() => c.tags.contains(null))).toEqual(one('not_null', 'tags'));
  });

  test('null in a list, at its place in what was given', () => {
    expect(refusal(() => c.population.in([1, 1, null]))).toEqual(one('not_null', 'population[2]'));
    expect(refusal(() => c.population.notIn([null, 'x', 2 ** 31]))).toEqual([
      { rule: 'not_null', path: 'population[0]' },
      { rule: 'type', path: 'population[1]' },
      { rule: 'range', path: 'population[2]' },
    ]);
  });

  test('what is no list', () => {
    for (const wrong of ['abc', 7, true, null, {}, { length: 1, 0: 1 }, Symbol('list'), () => [1]])
      expect([typeof wrong, refusal(() => c.name.in(wrong))]).toEqual([typeof wrong, one('type', 'name')]);
    expect(refusal(() => c.tags.contains('river'))).toEqual(one('type', 'tags'));
    expect(refusal(() => c.tags.contains(new Set(['river'])))).toEqual(one('type', 'tags'));
  });

  test('values the column cannot hold, by the rule of the kind', () => {
    expect(refusal(() => c.population.eq('5'))).toEqual(one('type', 'population'));
    expect(refusal(() => c.population.eq(2 ** 31))).toEqual(one('range', 'population'));
    expect(refusal(() => c.population.eq(Number.NaN))).toEqual(one('type', 'population'));
    expect(refusal(() => c.population.add(0.5))).toEqual(one('type', 'population'));
    expect(refusal(() => c.founded.gt(new Date(Number.NaN)))).toEqual(one('invalid_date', 'founded'));
    expect(refusal(() => c.name.contains('a\0'))).toEqual(one('nul_char', 'name'));
    expect(refusal(() => c.name.eq('\uD800'))).toEqual(one('malformed_text', 'name'));
    expect(refusal(() => c.name.eq(['a']))).toEqual(one('type', 'name'));
    expect(refusal(() => c.name.contains(5))).toEqual(one('type', 'name'));
    expect(refusal(() => c.area.eq('0.001'))).toEqual(one('scale', 'area'));
    expect(refusal(() => c.tags.contains(['a', 5]))).toEqual(one('type', 'tags[1]'));
    expect(refusal(() => c.capital.eq(1))).toEqual(one('type', 'capital'));
  });

  test('an expression as a pattern, whose wildcards would depend on the row', () => {
    for (const method of ['contains', 'startsWith', 'like', 'regex', 'iexact'] as const)
      expect([method, refusal(() => c.name[method](c.code))]).toEqual([method, one('type', 'name')]);
  });

  test('what a callback may return by mistake, in place of a predicate', () => {
    for (const wrong of [undefined, null, true, false, 0, 'x', {}, [], Promise.resolve(c.id.eq(1)), () => c.id.eq(1)]) {
      expect(refusal(() => and(wrong as never))).toEqual(one('expression'));
      expect(refusal(() => or(c.id.eq(1), wrong as never))).toEqual(one('expression'));
      expect(refusal(() => not(wrong as never))).toEqual(one('expression'));
      expect(refusal(() => c.id.eq(1).xor(wrong as never))).toEqual(one('expression'));
      expect(refusal(() => c.id.eq(1).and(wrong as never))).toEqual(one('expression'));
    }
    for (const wrong of [c.id, c.name.lower(), c.tags]) {
      expect(refusal(() => and(wrong))).toEqual(one('predicate'));
      expect(refusal(() => not(wrong))).toEqual(one('predicate'));
      expect(refusal(() => c.capital.or(wrong))).toEqual(one('predicate'));
    }
  });

  test('the message says what a promise and an empty callback are about', () => {
    const messageOf = (wrong: unknown): string => {
      try {
        and(wrong as never);
      } catch (error) {
        return (error as Error).message;
      }
      return '';
    };
    expect(messageOf(Promise.resolve())).toContain('asynchronous');
    expect(messageOf(undefined)).toContain('return');
  });

  test('a message quotes no value', () => {
    expect(() => c.population.in(['secret-value'])).toThrow(expect.not.stringContaining('secret-value'));
  });
});
