// Typed paths: their text, their parameters, and the rows they find.

import { beforeAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../src/db/port.ts';
import type { Order, Predicate } from '../../src/expr/expression.ts';
import { hasAggregate } from '../../src/expr/aggregate.ts';
import { column, operation, source, type Node } from '../../src/expr/node.ts';
import { OPERATORS } from '../../src/expr/operators.ts';
import { renderNode, SqlWriter } from '../../src/expr/render.ts';
import type { OrderExpression } from '../../src/expr/operations.ts';
import { expressionOf, isExpression, nodeOf } from '../../src/expr/operations.ts';
import { JsonExpression, jsonTextOf } from '../../src/expr/json-expression.ts';
import {
  coalesce,
  evaluate,
  greatest,
  jsonAsNumber,
  jsonAsText,
  jsonContains,
  jsonHasAllKeys,
  jsonHasAnyKey,
  jsonHasKey,
  jsonNumber,
  jsonPathExists,
  jsonPathMatches,
  matches,
} from '../../src/index.ts';
import { renderStatement } from '../../src/statement/render-statement.ts';
import { jsonbKind } from '../../src/value/json.ts';
import { booleanKind, intKind } from '../../src/value/number.ts';
import { textKind } from '../../src/value/text.ts';
import { wireServer } from '../support/wire-server.ts';
import { engineSchema } from './support.ts';

const server = wireServer();
let connection: Connection;

const cars = source('cars');
const of = (name: string, kind: typeof intKind | typeof textKind | typeof booleanKind | ReturnType<typeof jsonbKind>): any =>
  expressionOf(column(cars, name, name, kind as typeof intKind));
const c = {
  id: of('id', intKind),
  limit: of('limit', intKind),
  word: of('word', textKind),
  yes: of('yes', booleanKind),
  engine: of('engine', jsonbKind(engineSchema, {}, JsonExpression)),
};

const ENGINES = [
  '{"cylinders": 4, "horsepower": 75.5, "label": "Diesel", "tags": ["old", "loud"], "turbo": {"boostPsi": 15, "manufacturer": "Garrett", "in": "k", "isNull": true}}',
  '{"cylinders": 6, "horsepower": 9, "label": null, "tags": [], "turbo": {"boostPsi": 9.5, "manufacturer": "50%_off\\\\", "in": "x", "isNull": false}}',
  '{"cylinders": 12, "horsepower": 100, "label": "diesel"}',
  '{"cylinders": 9007199254740993, "in": {"eq": 7}, "a\'b\\\\": {"": 1}, "0": "zero", "__proto__": {"constructor": 1}, "then": 2}',
  null,
];

beforeAll(async () => {
  connection = await server.open();
  await connection.script(`CREATE TABLE cars (id integer PRIMARY KEY, "limit" integer, word text, yes boolean, engine jsonb)`);
  for (const [at, engine] of ENGINES.entries())
    await connection.script(
      `INSERT INTO cars VALUES (${at + 1}, 6, 'Garrett', true, ${engine === null ? 'NULL' : `'${engine.replaceAll("'", "''")}'`})`,
    );
});

/** The WHERE clause, its parameters, and the ids of the rows, in text and in binary alike. */
async function look(predicate: Predicate, orderBy?: Order): Promise<[text: string, values: unknown[], ids: number[]]> {
  const id = nodeOf(c.id),
    order = orderBy === undefined ? [] : [(orderBy as OrderExpression).term];
  const { text, placeholders } = renderStatement({
    kind: 'select',
    from: cars,
    projection: [id],
    where: nodeOf(predicate),
    orderBy: [...order, { by: id, direction: 'asc' }],
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
  return [text.replace('SELECT "id" FROM "cars" WHERE ', '').replace(/(, | ORDER BY )"id" ASC$/, ''), values, first as unknown as number[]];
}

async function worth(node: Node): Promise<unknown[]> {
  const { text, placeholders } = renderStatement({
    kind: 'select',
    from: cars,
    projection: [node],
    where: null,
    orderBy: hasAggregate(node) ? [] : [{ by: nodeOf(c.id), direction: 'asc' }],
  });
  const statement = {
    text,
    parameters: placeholders.map(({ valueKind }) => valueKind.codec),
    rows: { columns: [{ name: 'x', codec: node.valueKind.codec }], as: 'value' as const },
  };
  return (
    await connection.execute({
      statement,
      values: placeholders.map((placeholder) => (placeholder.kind === 'value' ? placeholder.value : null)),
    })
  ).rows;
}

const boost = "(\"engine\" -> 'turbo' ->> 'boostPsi')::numeric";

describe('a comparison casts as its operand is', () => {
  test.each<[string, () => Predicate, string, unknown[], number[]]>([
    ['a number', () => c.engine.turbo.boostPsi.gte(15), `${boost} >= $1`, [15], [1]],
    ['a number, as a number and not as text', () => c.engine.horsepower.gt(9), '("engine" ->> \'horsepower\')::numeric > $1', [9], [1, 3]],
    ['eq', () => c.engine.turbo.boostPsi.eq(9.5), `${boost} = $1`, [9.5], [2]],
    ['neq, where there is a value', () => c.engine.turbo.boostPsi.neq(9.5), `${boost} <> $1`, [9.5], [1]],
    ['between', () => c.engine.cylinders.between(5, 12), '("engine" ->> \'cylinders\')::numeric BETWEEN $1 AND $2', [5, 12], [2, 3]],
    ['in', () => c.engine.cylinders.in([4, 12]), '("engine" ->> \'cylinders\')::numeric = ANY($1::numeric[])', [[4, 12]], [1, 3]],
    [
      'notIn',
      () => c.engine.cylinders.notIn(new Set([4, 12])),
      '("engine" ->> \'cylinders\')::numeric <> ALL($1::numeric[])',
      [[4, 12]],
      [2, 4],
    ],
    ['in nothing', () => c.engine.cylinders.in([]), '"engine" ->> \'cylinders\' = ANY($1::text[])', [[]], []],
    ['notIn nothing', () => c.engine.cylinders.notIn([]), '"engine" ->> \'cylinders\' <> ALL($1::text[])', [[]], [1, 2, 3, 4, 5]],
    [
      'a number that a double rounds',
      () => c.engine.cylinders.eq(9007199254740992),
      '("engine" ->> \'cylinders\')::numeric = $1',
      [9007199254740992],
      [],
    ],
    ['a bigint', () => c.engine.cylinders.eq(9007199254740993n), '("engine" ->> \'cylinders\')::numeric = $1', [9007199254740993n], [4]],
    [
      'an exact number',
      () => c.engine.cylinders.gte(jsonNumber('9007199254740993')),
      '("engine" ->> \'cylinders\')::numeric >= $1',
      [jsonNumber('9007199254740993')],
      [4],
    ],
    ['a string', () => c.engine.turbo.manufacturer.eq('Garrett'), "\"engine\" -> 'turbo' ->> 'manufacturer' = $1", ['Garrett'], [1]],
    ['strings', () => c.engine.label.in(['Diesel', 'x']), '"engine" ->> \'label\' = ANY($1::text[])', [['Diesel', 'x']], [1]],
    ['a boolean', () => c.engine.turbo.isNull.eq(false), "(\"engine\" -> 'turbo' ->> 'isNull')::boolean = $1", [false], [2]],
    [
      'isDistinctFrom',
      () => c.engine.label.isDistinctFrom('Diesel'),
      '"engine" ->> \'label\' IS DISTINCT FROM $1',
      ['Diesel'],
      [2, 3, 4, 5],
    ],
    ['isDistinctFrom null', () => c.engine.label.isDistinctFrom(null), '"engine" ->> \'label\' IS NOT NULL', [], [1, 3]],
    ['eq null', () => c.engine.label.eq(null), '"engine" ->> \'label\' IS NULL', [], [2, 4, 5]],
    ['an integer column', () => c.engine.horsepower.gt(c.limit), '("engine" ->> \'horsepower\')::numeric > "limit"', [], [1, 2, 3]],
    ['a text column', () => c.engine.turbo.manufacturer.eq(c.word), '"engine" -> \'turbo\' ->> \'manufacturer\' = "word"', [], [1]],
    ['a boolean column', () => c.engine.turbo.isNull.eq(c.yes), '("engine" -> \'turbo\' ->> \'isNull\')::boolean = "yes"', [], [1]],
    [
      'another path',
      () => c.engine.horsepower.gt(c.engine.cylinders),
      '"engine" -> \'horsepower\' > "engine" -> \'cylinders\'',
      [],
      [1, 2, 3],
    ],
    [
      'a document',
      () => c.engine.turbo.eq({ in: 'k', isNull: true, manufacturer: 'Garrett', boostPsi: 15.0 }),
      '"engine" -> \'turbo\' = $1',
      [{ in: 'k', isNull: true, manufacturer: 'Garrett', boostPsi: 15 }],
      [1],
    ],
  ])('%s', async (_name, build, text, values, ids) => {
    // Without parentheses where Postgres needs none: `->>` binds tighter than a comparison.
    expect(await look(build())).toEqual([text, values, ids]);
  });
});

describe('without an operand', () => {
  test.each<[string, () => Predicate, string, number[]]>([
    ['isNull is for missing and for JSON null', () => c.engine.label.isNull(), '"engine" ->> \'label\' IS NULL', [2, 4, 5]],
    ['isNotNull', () => c.engine.turbo.isNotNull(), '"engine" ->> \'turbo\' IS NOT NULL', [1, 2]],
    ['isNull of the column is SQL NULL', () => c.engine.isNull(), '"engine" IS NULL', [5]],
  ])('%s', async (_name, build, text, ids) => expect(await look(build())).toEqual([text, [], ids]));

  test('the jsonb value orders numbers as numbers', async () => {
    expect(await look(c.engine.horsepower.isNotNull(), c.engine.horsepower.asc())).toEqual([
      '"engine" ->> \'horsepower\' IS NOT NULL ORDER BY "engine" -> \'horsepower\' ASC',
      [],
      [2, 1, 3],
    ]);
    expect((await look(c.engine.horsepower.isNotNull(), c.engine.horsepower.desc().nullsLast()))[2]).toEqual([3, 1, 2]);
  });
  test('the jsonb value is what is read', async () => {
    expect(await worth(nodeOf(c.engine.cylinders))).toEqual([4, 6, 12, jsonNumber('9007199254740993'), null]);
    expect(await worth(nodeOf(c.engine.label))).toEqual(['Diesel', null, 'diesel', null, null]);
    expect((await worth(nodeOf(c.engine.turbo)))[0]).toEqual({ boostPsi: 15, manufacturer: 'Garrett', in: 'k', isNull: true });
  });
  test('min, max and count pass over JSON null', async () => {
    expect(await worth(nodeOf(c.engine.label.min()))).toEqual(['Diesel']);
    expect(await worth(nodeOf(c.engine.label.count()))).toEqual([2]);
    expect(await worth(nodeOf(c.engine.label.max().filter(c.engine.cylinders.lt(12))))).toEqual(['Diesel']);
    expect(await worth(nodeOf(c.engine.label.max().filter(c.engine.cylinders.eq(6))))).toEqual([null]);
    expect(await worth(nodeOf(c.engine.count()))).toEqual([4]);
  });
  test('the extremes are compared as a path is, and have its keys', async () => {
    const text = (node: Node): string => {
      const writer = new SqlWriter();
      renderNode(writer, node);
      return writer.text;
    };
    expect(text(nodeOf(c.engine.horsepower.max().gt(9)))).toMatch(/^\(\(array_agg\(.*\)\[1\] #>> '\{\}'\)::numeric > \$1$/);
    expect(text(nodeOf(c.engine.filter.eq(1)))).toBe('("engine" ->> \'filter\')::numeric = $1');
    expect(() => c.engine.label.max().filter(1)).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
  });
  test('coalesce, greatest and least pass over JSON null', async () => {
    expect(await worth(nodeOf(coalesce(c.engine.label, 'none')))).toEqual(['Diesel', 'none', 'diesel', 'none', 'none']);
    expect((await worth(nodeOf(greatest(c.engine.label, c.engine.turbo.manufacturer)))).slice(0, 3)).toEqual([
      'Garrett',
      '50%_off\\',
      'diesel',
    ]);
  });
  test('a path keeps its parentheses in a chain', async () => {
    const joined = expressionOf(
      operation(OPERATORS.concat, [nodeOf(c.word), jsonTextOf(nodeOf(c.engine.label)), nodeOf(c.word)], textKind),
    );
    const writer = new SqlWriter();
    renderNode(writer, nodeOf(joined));
    expect(writer.text).toBe('"word" || ("engine" ->> \'label\') || "word"');
    expect((await worth(nodeOf(joined)))[0]).toBe('GarrettDieselGarrett');
    const first = expressionOf(operation(OPERATORS.concat, [jsonTextOf(nodeOf(c.engine.label)), nodeOf(c.word)], textKind));
    expect((await worth(nodeOf(first)))[0]).toBe('DieselGarrett');
  });
  test('min and max are aggregates in the order of jsonb', async () => {
    expect(await worth(nodeOf(c.engine.horsepower.max()))).toEqual([100]);
    expect(await worth(nodeOf(c.engine.horsepower.min()))).toEqual([9]);
    expect(await worth(nodeOf(c.engine.nothing.max()))).toEqual([null]);
  });
});

describe('texts and lists', () => {
  test.each<[string, () => Predicate, string, unknown[], number[]]>([
    ['startsWith', () => c.engine.label.startsWith('D'), '"engine" ->> \'label\' LIKE $1', ['D%'], [1]],
    ['icontains', () => c.engine.label.icontains('IES'), '"engine" ->> \'label\' ILIKE $1', ['%IES%'], [1, 3]],
    [
      'contains, with wildcards taken literally',
      () => c.engine.turbo.manufacturer.contains('%_off\\'),
      "\"engine\" -> 'turbo' ->> 'manufacturer' LIKE $1",
      ['%\\%\\_off\\\\%'],
      [2],
    ],
    ['iexact', () => c.engine.label.iexact('DIESEL'), 'lower("engine" ->> \'label\') = lower($1::text)', ['DIESEL'], [1, 3]],
    ['lower', () => c.engine.label.lower().eq('diesel'), 'lower("engine" ->> \'label\') = $1', ['diesel'], [1, 3]],
    ['contains of a list', () => c.engine.tags.contains(['loud']), '("engine" -> \'tags\') @> $1::jsonb', [['loud']], [1]],
    ['len', () => c.engine.tags.len().eq(0), 'jsonb_array_length("engine" -> \'tags\') = $1', [0], [2]],
  ])('%s', async (_name, build, text, values, ids) => expect(await look(build())).toEqual([text, values, ids]));
});

describe('a key', () => {
  test.each<[string, () => Predicate, string, unknown[], number[]]>([
    [
      'named like a lookup is the key when it is followed by one',
      () => c.engine.turbo.in.eq('k'),
      "\"engine\" -> 'turbo' ->> 'in' = $1",
      ['k'],
      [1],
    ],
    [
      'and the lookup when it is called',
      () => c.engine.turbo.in.in(['k']),
      "\"engine\" -> 'turbo' ->> 'in' = ANY($1::text[])",
      [['k']],
      [1],
    ],
    ['also twice in a row', () => c.engine.in.eq.eq(7), "(\"engine\" -> 'in' ->> 'eq')::numeric = $1", [7], [4]],
    ['is any text, quoted as a literal', () => c.engine["a'b\\"][''].eq(1), "(\"engine\" -> E'a''b\\\\' ->> '')::numeric = $1", [1], [4]],
    ['of digits is a key', () => c.engine[0].eq('zero'), '"engine" ->> \'0\' = $1', ['zero'], [4]],
    [
      'named like a member of every object',
      () => c.engine.__proto__.constructor.eq(1),
      "(\"engine\" -> '__proto__' ->> 'constructor')::numeric = $1",
      [1],
      [4],
    ],
    ['named then', () => c.engine.then.eq(2), '("engine" ->> \'then\')::numeric = $1', [2], [4]],
  ])('%s', async (_name, build, text, values, ids) => {
    const [found, ...rest] = await look(build());
    expect(found.replace(/ ?E'a''b\\\\'/, " E'a''b\\\\'")).toBe(text.replace(/ ?E'a''b\\\\'/, " E'a''b\\\\'"));
    expect(rest).toEqual([values, ids]);
  });
  test('named like a lookup is an expression by itself', async () => {
    expect(isExpression(c.engine.turbo.in)).toBe(true);
    expect(await worth(nodeOf(c.engine.turbo.in))).toEqual(['k', 'x', null, null, null]);
    expect((await look(c.engine.turbo.manufacturer.neq(c.engine.turbo.in)))[2]).toEqual([1, 2]);
  });
  test('does not make a promise of a path', async () => {
    expect(isExpression(await Promise.resolve(c.engine.turbo))).toBe(true);
  });
  test('that Postgres cannot hold is refused', () => {
    for (const key of ['\0', '\ud800']) expect(() => c.engine.turbo[key]).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
  });
});

describe('what is refused', () => {
  test.each<[string, () => unknown, string]>([
    ['undefined', () => c.engine.cylinders.eq(undefined), 'undefined'],
    ['not a number', () => c.engine.cylinders.gt(Number.NaN), 'type'],
    ['numbers mixed with strings', () => c.engine.cylinders.in([1, '2']), 'type'],
    ['no list', () => c.engine.cylinders.in(4), 'type'],
    ['null in a list', () => c.engine.cylinders.in([1, null]), 'not_null'],
    ['a date', () => c.engine.turbo.eq(new Date(0)), 'type'],
    ['a function over no JSON', () => jsonContains(c.limit, 1), 'type'],
    ['a part that JSON cannot hold', () => jsonContains(c.engine, { a: 1n }), 'type'],
    ['keys that are no list', () => jsonHasAnyKey(c.engine, 'a' as never), 'type'],
    ['arithmetic on a path', () => `${c.engine.cylinders}`, ''],
  ])('%s', (_name, build, rule) => {
    // oxlint-disable-next-line vitest/no-conditional-expect -- which of the two is expected is part of the case
    if (rule === '') expect(build).toThrow(TypeError);
    // oxlint-disable-next-line vitest/no-conditional-expect -- which of the two is expected is part of the case
    else expect(build).toThrow(expect.objectContaining({ code: 'VALIDATION', issues: [expect.objectContaining({ rule })] }));
  });
  test("a stored string that is no number is the server's 22P02", async () => {
    await expect(look(c.engine.label.gt(1))).rejects.toMatchObject({ sqlState: '22P02' });
  });
  test('in memory, what only the database can answer', () => {
    expect(() => evaluate(c.engine.turbo.boostPsi.gte(15), { engine: {} })).toThrow(expect.objectContaining({ code: 'PREDICATE' }));
  });
});

describe('functions over documents', () => {
  test.each<[string, () => Predicate, string, unknown[], number[]]>([
    [
      'jsonContains',
      () => jsonContains(c.engine, { turbo: { manufacturer: 'Garrett' } }),
      '"engine" @> $1::jsonb',
      [{ turbo: { manufacturer: 'Garrett' } }],
      [1],
    ],
    ['jsonContains at a path', () => jsonContains(c.engine.tags, ['old'] as never), '("engine" -> \'tags\') @> $1::jsonb', [['old']], [1]],
    ['jsonHasKey', () => jsonHasKey(c.engine, 'turbo'), '"engine" ? $1::text', ['turbo'], [1, 2]],
    ['jsonHasAnyKey', () => jsonHasAnyKey(c.engine, ['then', 'turbo']), '"engine" ?| $1::text[]', [['then', 'turbo']], [1, 2, 4]],
    ['jsonHasAllKeys', () => jsonHasAllKeys(c.engine, ['tags', 'turbo']), '"engine" ?& $1::text[]', [['tags', 'turbo']], [1, 2]],
    [
      'jsonPathExists',
      () => jsonPathExists(c.engine, '$.turbo.boostPsi ? (@ > 10)'),
      '"engine" @? $1::jsonpath',
      ['$.turbo.boostPsi ? (@ > 10)'],
      [1],
    ],
    [
      'jsonPathExists with variables',
      () => jsonPathExists(c.engine, '$.turbo.boostPsi ? (@ < $max)', { max: 10 }),
      'jsonb_path_exists("engine", $1::jsonpath, $2::jsonb, TRUE)',
      ['$.turbo.boostPsi ? (@ < $max)', { max: 10 }],
      [2],
    ],
    ['jsonPathMatches', () => jsonPathMatches(c.engine, '$.cylinders >= 12'), '"engine" @@ $1::jsonpath', ['$.cylinders >= 12'], [3, 4]],
    [
      'jsonPathMatches with variables',
      () => jsonPathMatches(c.engine, '$.cylinders == $n', { n: 6 }),
      'jsonb_path_match("engine", $1::jsonpath, $2::jsonb, TRUE)',
      ['$.cylinders == $n', { n: 6 }],
      [2],
    ],
    ['jsonAsText', () => jsonAsText(c.engine.horsepower).eq('75.5'), '"engine" ->> \'horsepower\' = $1', ['75.5'], [1]],
    [
      'jsonAsNumber',
      () => jsonAsNumber(c.engine.horsepower).mul(2).gt(100),
      '("engine" ->> \'horsepower\')::numeric * $1 > $2',
      [2, 100],
      [1, 3],
    ],
  ])('%s', async (_name, build, text, values, ids) => expect(await look(build())).toEqual([text, values, ids]));

  test("a malformed jsonpath is the server's 42601", async () => {
    await expect(look(jsonPathExists(c.engine, '$['))).rejects.toMatchObject({ sqlState: '42601' });
  });
  test('jsonAsNumber is read exactly or not at all', async () => {
    expect((await worth(nodeOf(jsonAsNumber(c.engine.horsepower)))).slice(0, 3)).toEqual([75.5, 9, 100]);
    await expect(worth(nodeOf(jsonAsNumber(c.engine.cylinders)))).rejects.toMatchObject({ code: 'DECODE' });
  });
  test('containment and keys have an in-memory form', () => {
    const row = { engine: { cylinders: 4, turbo: { boostPsi: 15, manufacturer: 'Garrett' } } };
    expect(matches(jsonContains(c.engine, { turbo: { manufacturer: 'Garrett' } }), row)).toBe(true);
    expect(matches(jsonHasAllKeys(c.engine, ['cylinders', 'tags']), row)).toBe(false);
    expect(evaluate(jsonHasKey(c.engine, 'turbo'), { engine: null })).toBe(null);
  });
});
