// Functions, CASE, literals and casts: the text, the parameters and what the server makes of them, read by the kind that the expression says it has.

import { beforeAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../src/db/port.ts';
import { caseWhen } from '../../src/expr/case.ts';
import { evaluate, portabilityProblem } from '../../src/expr/evaluate.ts';
import type { Expr, Predicate } from '../../src/expr/expression.ts';
import { coalesce, currentDate, currentYear, dateTrunc, extract, greatest, least, now, nullIf } from '../../src/expr/functions.ts';
import { column, source } from '../../src/expr/node.ts';
import { conjunctionOf, expressionOf, nodeOf } from '../../src/expr/operations.ts';
import { retyped } from '../../src/expr/plain-value.ts';
import { f } from '../../src/field/kinds.ts';
import { cast, literal } from '../../src/field/typed-expression.ts';
import { renderStatement } from '../../src/statement/render-statement.ts';
import { decimalKind } from '../../src/value/decimal.ts';
import { enumKind } from '../../src/value/enum.ts';
import { intervalKind } from '../../src/value/interval.ts';
import type { ValueKind } from '../../src/value/kind.ts';
import { bigintKind, booleanKind, doubleKind, integerKind, intKind, realKind, smallintKind } from '../../src/value/number.ts';
import { textKind, varcharKind } from '../../src/value/text.ts';
import { dateKind, instantKind, timestampKind, timestamptzKind } from '../../src/value/time.ts';
import { untyped, type Untyped } from '../support/sample-table.ts';
import { wireServer } from '../support/wire-server.ts';

const server = wireServer();
let connection: Connection;

const things = source('things');
const Status = { name: 'status', labels: ['draft', 'done'], is: {} } as never;
const KINDS = {
  id: intKind,
  name: textKind,
  code: varcharKind(5),
  small: smallintKind,
  byte: integerKind({ name: 'uint8', sqlType: 'smallint', min: 0, max: 255, hasCheck: true }),
  views: intKind,
  big: bigintKind,
  price: decimalKind({ precision: 10, scale: 2 }),
  weight: doubleKind,
  ratio: realKind,
  flag: booleanKind,
  status: enumKind(Status),
  at: timestamptzKind,
  instant: instantKind,
  day: dateKind,
  local: timestampKind,
  span: intervalKind,
} satisfies Record<string, ValueKind>;
const t = Object.fromEntries(Object.entries(KINDS).map(([name, kind]) => [name, untyped(column(things, name, name, kind))])) as Record<
  keyof typeof KINDS,
  Untyped
>;

/** For functions, whose types want to know the value. */
const of = <Value>(expression: Untyped): Expr<Value> & { asc(): never } => expression as never;

beforeAll(async () => {
  connection = await server.open({ settings: { TimeZone: 'UTC' } });
  await connection.script(`
    CREATE TYPE status AS ENUM ('draft', 'done');
    CREATE TABLE things (id integer, name text, code varchar(5), small smallint, byte smallint, views integer, big bigint, price numeric(10,2), weight double precision, ratio real,
      flag boolean, status status, at timestamptz(3), instant timestamptz(6), day date, local timestamp, span interval);
    INSERT INTO things VALUES
      (1, '  Ada Lovelace ', 'abc', -7, 200, 1250, 9007199254740993, 12.35, 2.5, 0.1, true, 'draft', '2024-02-29 23:30:00.123Z', '2024-02-29 23:30:00.123456Z', '2024-02-29', '2024-02-29 23:30', '1 day 02:30'),
      (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`);
});

/** The expression's text, its parameters, and its values for both rows: those of text and of binary must agree. */
async function ask(expression: object): Promise<[text: string, parameters: unknown[], ...rows: unknown[]]> {
  const node = nodeOf(expression),
    id = nodeOf(t.id);
  const { text, placeholders } = renderStatement({
    kind: 'select',
    from: things,
    projection: [node],
    where: null,
    orderBy: [{ by: id, direction: 'asc' }],
  });
  const parameters = placeholders.map((placeholder) => (placeholder.kind === 'value' ? placeholder.value : null));
  const statement = {
    text,
    parameters: placeholders.map(({ valueKind }) => valueKind.codec),
    rows: { columns: [{ name: 'x', codec: node.valueKind.codec }], as: 'value' as const },
  };
  const first = (await connection.execute({ statement, values: parameters })).rows,
    again = (await connection.execute({ statement, values: parameters })).rows;
  expect(again.map(String)).toEqual(first.map(String));
  return [text.slice('SELECT '.length, text.indexOf(' FROM "things"')), parameters, ...first.map(shown)];
}

/** Temporal values have no properties to compare. */
const shown = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !(value instanceof Date) ? (value as { toString(): string }).toString() : value;

type Case = readonly [name: string, make: () => object, text: string, parameters: unknown[], first: unknown, second: unknown];
const each = (cases: readonly Case[]): void => {
  test.each(cases)('%s', async (_, make, ...wanted) => {
    expect(await ask(make())).toEqual(wanted);
  });
};

describe('numbers', () => {
  each([
    ['abs', () => t.small.abs(), 'abs("small")', [], 7, null],
    ['abs of a decimal', () => t.price.neg().abs(), 'abs(- "price")', [], '12.35', null],
    ['sign stays in the type', () => t.small.sign(), 'sign("small")::smallint', [], -1, null],
    ['sign of a decimal', () => t.price.sign(), 'sign("price")', [], '1', null],
    ['ceil', () => t.weight.ceil(), 'ceil("weight")', [], 3, null],
    ['floor of a real', () => t.ratio.floor(), 'floor("ratio")::real', [], 0, null],
    [
      'floor of an integer is the integer, also where double precision could not hold it',
      () => t.big.floor(),
      '"big"',
      [],
      9007199254740993n,
      null,
    ],
    ['round to whole numbers, of floats half to even', () => t.weight.round(), 'round("weight")', [], 2, null],
    ['round of a decimal', () => t.price.round(), 'round("price")', [], '12', null],
    ['round to digits', () => t.price.round(1), 'round("price", $1::integer)', [1], '12.4', null],
    ['round of a float to digits', () => t.weight.round(0), 'round("weight"::numeric, $1::integer)::double precision', [0], 3, null],
    ['round of an integer to hundreds', () => t.views.round(-2), 'round("views"::numeric, $1::integer)::integer', [-2], 1300, null],
    ['round of an integer to digits is the integer', () => t.views.round(2), '"views"', [], 1250, null],
    ['power', () => t.weight.power(2), 'power("weight", $1::double precision)', [2], 6.25, null],
    [
      'power of integers, in double precision',
      () => t.small.power(t.small.abs()),
      'power("small"::double precision, abs("small")::double precision)',
      [],
      -823543,
      null,
    ],
    ['sqrt of a decimal, in double precision', () => t.price.mul('0').sqrt(), 'sqrt(("price" * $1)::double precision)', ['0'], 0, null],
    ['a sum out of the bounds of its columns', () => t.byte.add(t.byte), '"byte" + "byte"', [], 400, null],
    ['a difference below the bounds of its column', () => t.byte.sub(255), '"byte" - $1', [255], -55, null],
    ['a factor with more digits than its column', () => t.price.mul('1.0725'), '"price" * $1', ['1.0725'], '13.245375', null],
    ['an integer and a float', () => t.views.add(t.weight), '"views" + "weight"', [], 1252.5, null],
    ['a real and an integer, in double precision as Postgres has it', () => t.small.add(t.weight), '"small" + "weight"', [], -4.5, null],
  ]);
});

describe('text', () => {
  each([
    ['trim', () => t.name.trim(), 'btrim("name")', [], 'Ada Lovelace', null],
    ['trim of characters', () => t.name.trim(' A'), 'btrim("name", $1::text)', [' A'], 'da Lovelace', null],
    ['ltrim', () => t.name.ltrim(), 'ltrim("name")', [], 'Ada Lovelace ', null],
    ['rtrim', () => t.name.rtrim(), 'rtrim("name")', [], '  Ada Lovelace', null],
    ['replace', () => t.name.replace('a', t.code), 'replace("name", $1::text, "code")', ['a'], '  Adabc Lovelabcce ', null],
    ['substr to the end', () => t.code.substr(2), 'substr("code", $1::integer)', [2], 'bc', null],
    [
      'substr with a length from a column of another type',
      () => t.code.substr(1, t.byte.div(100)),
      'substr("code", $1::integer, ("byte" / $2)::integer)',
      [1, 100],
      'ab',
      null,
    ],
    ['left and right', () => t.code.left(2).right(1), 'right(left("code", $1::integer), $2::integer)', [2, 1], 'b', null],
    ['split', () => t.name.trim().split(' ', -1), 'split_part(btrim("name"), $1::text, $2::integer)', [' ', -1], 'Lovelace', null],
    ['position', () => t.code.position('c'), 'strpos("code", $1::text)', ['c'], 3, null],
    ['reverse', () => t.code.reverse(), 'reverse("code")', [], 'cba', null],
    ['repeat', () => t.code.repeat(2), 'repeat("code", $1::integer)', [2], 'abcabc', null],
    ['lpad with spaces', () => t.code.lpad(4), 'lpad("code", $1::integer)', [4], ' abc', null],
    ['rpad', () => t.code.rpad(5, '*'), 'rpad("code", $1::integer, $2::text)', [5, '*'], 'abc**', null],
    ['md5', () => t.code.md5(), 'md5("code")', [], '900150983cd24fb0d6963f7d28e17f72', null],
    [
      'a result is text, whatever the column',
      () => t.code.concat('defg').eq('abcdefg'),
      '"code" || $1::text = $2',
      ['defg', 'abcdefg'],
      true,
      null,
    ],
  ]);
});

describe('the first, the greatest, the least', () => {
  each([
    ['coalesce with a value', () => coalesce(of<number | null>(t.views), 0), 'coalesce("views", $1::integer)', [0], 1250, 0],
    [
      'coalesce of columns, in the wider type',
      () => coalesce(of<number | null>(t.byte), of<number>(t.views), -1),
      'coalesce("byte", "views", $1::integer)',
      [-1],
      200,
      -1,
    ],
    [
      'coalesce of a real and an integer loses no digits',
      () => coalesce(of<number | null>(t.ratio), of<number>(t.id)),
      'coalesce("ratio"::double precision, "id")',
      [],
      Math.fround(0.1),
      2,
    ],
    [
      'coalesce of an enum takes its labels',
      () => coalesce(of<string | null>(t.status), 'done'),
      'coalesce("status", $1::"status")',
      ['done'],
      'draft',
      'done',
    ],
    ['greatest', () => greatest(of<number | null>(t.views), 2000), 'greatest("views", $1::integer)', [2000], 2000, 2000],
    [
      'least over NULLs',
      () => least(of<string | null>(t.price), '10', of<string>(t.price)),
      'least("price", $1::numeric, "price")',
      ['10'],
      '10',
      '10',
    ],
    ['nullIf', () => nullIf(of<number | null>(t.views), 1250), 'nullif("views", $1::integer)', [1250], null, null],
    [
      'has the operations of its type',
      () => (coalesce(of<number | null>(t.views), 0) as unknown as Untyped).add(1).gt(1),
      'coalesce("views", $1::integer) + $2 > $3',
      [0, 1, 1],
      true,
      false,
    ],
  ]);

  test('refuse null, undefined and values of another type', () => {
    const rules = (run: () => unknown): string[] => {
      try {
        run();
      } catch (error) {
        return (error as { issues: { rule: string }[] }).issues.map(({ rule }) => rule);
      }
      throw new Error('It was not refused.');
    };
    const loosely = coalesce as unknown as (...given: unknown[]) => unknown;
    expect(rules(() => loosely(t.views, null))).toEqual(['not_null']);
    expect(rules(() => loosely(t.views, undefined))).toEqual(['undefined']);
    expect(rules(() => loosely(t.views, '1'))).toEqual(['type']);
    expect(rules(() => loosely(t.status, 'gone'))).toEqual(['enum_label']);
    expect(rules(() => loosely(1, 'a'))).toEqual(['literal_type']);
  });
});

describe('CASE', () => {
  const big = () => t.views.gte(1000);
  each([
    [
      'the first condition that is true',
      () => caseWhen(big(), 'hot').when(t.views.gte(100), 'warm').otherwise('cold'),
      'CASE WHEN "views" >= $1 THEN $2::text WHEN "views" >= $3 THEN $4::text ELSE $5::text END',
      [1000, 'hot', 100, 'warm', 'cold'],
      'hot',
      'cold',
    ],
    [
      'numbers of one type',
      () => caseWhen(big(), 1).otherwise(0.5),
      'CASE WHEN "views" >= $1 THEN $2::double precision ELSE $3::double precision END',
      [1000, 1, 0.5],
      1,
      0.5,
    ],
    [
      'a value takes the type of the expressions',
      () => caseWhen(big(), 'done').otherwise(of<string>(t.status)),
      'CASE WHEN "views" >= $1 THEN $2::"status" ELSE "status" END',
      [1000, 'done'],
      'done',
      null,
    ],
    [
      'null',
      () => caseWhen(big(), null).otherwise(2),
      'CASE WHEN "views" >= $1 THEN $2::integer ELSE $3::integer END',
      [1000, null, 2],
      null,
      2,
    ],
    [
      'compared, it takes the type of what it is compared with',
      () => t.status.eq(caseWhen(big(), 'draft').otherwise('done')),
      '"status" = CASE WHEN "views" >= $1 THEN $2::"status" ELSE $3::"status" END',
      [1000, 'draft', 'done'],
      true,
      null,
    ],
    [
      'inside another',
      () => caseWhen(big(), caseWhen(t.flag.isTrue(), 1).otherwise(2)).otherwise(of<number>(t.weight)),
      'CASE WHEN "views" >= $1 THEN CASE WHEN "flag" IS TRUE THEN $2::double precision ELSE $3::double precision END ELSE "weight" END',
      [1000, 1, 2],
      1,
      null,
    ],
    [
      'as a predicate',
      () => caseWhen(big(), true).otherwise(false),
      'CASE WHEN "views" >= $1 THEN $2::boolean ELSE $3::boolean END',
      [1000, true, false],
      true,
      false,
    ],
  ]);

  test('cannot be left without ELSE, and refuses arms of another type', () => {
    expect(() => t.views.eq(caseWhen(big(), 1))).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
    expect(() => caseWhen(big(), 1).otherwise('a' as never)).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ rule: 'literal_type' })] }),
    );
    expect(() => caseWhen(big(), null).otherwise(null)).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ rule: 'literal_type' })] }),
    );
    expect(() => caseWhen(big(), of<number>(t.views)).otherwise('a' as never)).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ rule: 'type' })] }),
    );
    expect(() => caseWhen(big(), undefined).otherwise(1 as never)).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ rule: 'undefined' })] }),
    );
    expect(() => caseWhen(true as never, 1)).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
  });

  test('of values only, it can be assigned to a column of any type that has them', async () => {
    for (const [name, hot, cold] of [
      ['small', 1, 2],
      ['views', 1, 2],
      ['big', 1, 2],
      ['price', '1.50', '2'],
      ['weight', 1, 2],
      ['status', 'draft', 'done'],
      ['code', 'a', 'b'],
      ['flag', true, false],
      ['at', new Date(0), new Date(1)],
    ] as const) {
      const kind: ValueKind = KINDS[name],
        to = retyped(nodeOf(caseWhen(t.views.gt(5), hot as number).otherwise(cold as number)), kind, { isAssigned: true });
      const { text, placeholders } = renderStatement({
        kind: 'update',
        table: things,
        set: [{ column: name, to }],
        where: conjunctionOf([nodeOf(t.id.eq(3))]),
        returning: null,
      });
      await connection.execute({
        statement: { text, parameters: placeholders.map(({ valueKind }) => valueKind.codec), rows: null },
        values: placeholders.map((placeholder) => (placeholder.kind === 'value' ? placeholder.value : null)),
      });
      expect(text).toBe(
        `UPDATE "things" SET "${name}" = CASE WHEN "views" > $1 THEN $2::${kind.castType} ELSE $3::${kind.castType} END WHERE "id" = $4`,
      );
    }
    expect(() => retyped(nodeOf(caseWhen(t.views.gt(5), 1).otherwise(0.5)), intKind, { path: 'views', isAssigned: true })).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ path: 'views', rule: 'type' })] }),
    );
  });
});

describe('literals', () => {
  each([
    ['text', () => literal('a'), '$1::text', ['a'], 'a', 'a'],
    ['an integer', () => literal(5), '$1::integer', [5], 5, 5],
    ['an integer beyond 32 bits', () => literal(5e9), '$1::bigint', [5e9], 5e9, 5e9],
    ['a number', () => literal(0.5), '$1::double precision', [0.5], 0.5, 0.5],
    ['a bigint', () => literal(5n), '$1::bigint', [5n], 5n, 5n],
    ['a boolean', () => literal(true), '$1::boolean', [true], true, true],
    ['a date', () => literal(new Date(5)), '$1::timestamp with time zone', [new Date(5)], new Date(5), new Date(5)],
    ['of a type', () => literal('5.10', f.decimal(10, 2)), '$1::numeric', ['5.10'], '5.10', '5.10'],
    ['null of a type', () => literal(null, f.int()), '$1::integer', [null], null, null],
    ['beside a column it is of its type', () => t.status.eq(literal('draft')), '"status" = $1', ['draft'], true, null],
    [
      'a number that the column cannot hold is compared as what it is',
      () => t.views.gt(literal(1249.5)),
      '"views" > $1::double precision',
      [1249.5],
      true,
      null,
    ],
  ]);
  test('tell their type or are told one', () => {
    for (const wrong of [null, undefined, {}, [], Symbol.iterator])
      expect(() => literal(wrong as never)).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
    expect(() => literal('a', f.int() as never)).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
    expect(() => literal(1, 'int' as never)).toThrow(expect.objectContaining({ issues: [expect.objectContaining({ path: 'type' })] }));
    expect(() => literal('\0')).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
  });
});

describe('casts', () => {
  each([
    [
      'to text, with its operations',
      () => cast(of<number | null>(t.views), f.text()).startsWith('12'),
      '"views"::text LIKE $1',
      ['12%'],
      true,
      null,
    ],
    ['of an operation', () => cast(of<number>(t.views.add(1)), f.bigint()), '("views" + $1)::bigint', [1], 1251n, null],
    [
      'to the whole type: numeric(4,1) rounds',
      () => cast(of<string | null>(t.price), f.decimal(4, 1)),
      '"price"::numeric(4,1)',
      [],
      '12.4',
      null,
    ],
    ['to varchar cuts', () => cast(of<string | null>(t.code), f.varchar(2)), '"code"::character varying(2)', [], 'ab', null],
    [
      'of a moment to milliseconds',
      () => cast(of<Date | null>(t.instant), f.timestamptz()),
      '"instant"::timestamp(3) with time zone',
      [],
      new Date('2024-02-29T23:30:00.123Z'),
      null,
    ],
    ['of a value keeps the value first', () => cast(literal(true), f.text()), '$1::boolean::text', [true], 'true', 'true'],
    ['to a number', () => cast(literal('42'), f.int()).add(1), '$1::text::integer + $2', ['42', 1], 43, 43],
  ]);
  test('want a field', () => {
    expect(() => cast(of<number>(t.views), 'text' as never)).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ path: 'type' })] }),
    );
    expect(() => cast(of<number>(t.views), f.varchar(0))).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
  });
  test('refused by the server are errors with its code', async () => {
    await expect(ask(cast(of<string>(t.name), f.int()))).rejects.toMatchObject({ sqlState: '22P02' });
  });
});

describe('time', () => {
  const at = of<Date | null>(t.at);
  each([
    ['date_trunc', () => dateTrunc('hour', at), `date_trunc('hour', "at")`, [], new Date('2024-02-29T23:00:00Z'), null],
    [
      'date_trunc in a time zone',
      () => dateTrunc('day', at, { timeZone: 'Europe/Oslo' }),
      `date_trunc('day', "at", $1::text)`,
      ['Europe/Oslo'],
      new Date('2024-02-29T23:00:00Z'),
      null,
    ],
    [
      'date_trunc of a date is a date',
      () => dateTrunc('month', of<null>(t.day)),
      `date_trunc('month', "day"::timestamp without time zone)::date`,
      [],
      '2024-02-01',
      null,
    ],
    [
      'date_trunc of a local time',
      () => dateTrunc('day', of<null>(t.local)),
      `date_trunc('day', "local")`,
      [],
      '2024-02-29T00:00:00',
      null,
    ],
    [
      'date_trunc of an instant',
      () => dateTrunc('second', of<null>(t.instant)),
      `date_trunc('second', "instant")`,
      [],
      '2024-02-29T23:30:00Z',
      null,
    ],
    ['date_trunc of an interval', () => dateTrunc('hour', of<null>(t.span)), `date_trunc('hour', "span")`, [], 'P1DT2H', null],
    ['extract', () => extract('year', at), `date_part('year', "at")`, [], 2024, null],
    ['extract with a fraction', () => extract('second', at), `date_part('second', "at")`, [], 0.123, null],
    [
      'extract in a time zone',
      () => extract('day', at, { timeZone: 'Europe/Oslo' }),
      `date_part('day', timezone($1::text, "at"))`,
      ['Europe/Oslo'],
      1,
      null,
    ],
    ['extract of a date', () => extract('isodow', of<null>(t.day)), `date_part('isodow', "day")`, [], 4, null],
    ['extract of an interval', () => extract('epoch', of<null>(t.span)), `date_part('epoch', "span")`, [], 95400, null],
    ['a comparison with now', () => t.at.lt(now()), `"at" < date_trunc('milliseconds', now())`, [], true, null],
    ['a comparison with today', () => t.day.eq(currentDate()), '"day" = current_date', [], false, null],
    [
      'the year',
      () => (currentYear() as unknown as Untyped).sub(extract('year', at)).gte(1),
      `extract(year FROM current_date)::integer - date_part('year', "at") >= $1`,
      [1],
      true,
      null,
    ],
  ]);

  test('now is the clock of the server in milliseconds, and today the day of the session', async () => {
    const [, , instant] = await ask(now()),
      [, , today] = await ask(currentDate()),
      [, , year] = await ask(currentYear());
    expect(Math.abs((instant as Date).getTime() - Date.now())).toBeLessThan(60_000);
    expect(String(today)).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(year).toBe(Number(String(today).slice(0, 4)));
  });

  test('units, parts and time zones are checked', () => {
    expect(() => dateTrunc('fortnight' as never, at)).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ path: 'unit' })] }),
    );
    expect(() => extract("year'" as never, at)).toThrow(expect.objectContaining({ issues: [expect.objectContaining({ path: 'part' })] }));
    expect(() => dateTrunc('day', of<Date>(t.day), { timeZone: 'UTC' })).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ path: 'timeZone' })] }),
    );
    expect(() => dateTrunc('day', at, {} as never)).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ path: 'timeZone', rule: 'undefined' })] }),
    );
  });
  test('an unknown time zone is the error of the server', async () => {
    await expect(ask(dateTrunc('day', at, { timeZone: 'Mars/Olympus' }))).rejects.toMatchObject({ sqlState: '22023' });
  });
});

describe('in memory', () => {
  const row = { views: 5, flag: null, weight: null, status: 'draft' };
  test('COALESCE, NULLIF, GREATEST, CASE, IS TRUE have the value that Postgres gives', () => {
    expect(evaluate((coalesce(of<number | null>(t.weight), 2) as unknown as Untyped).eq(2), row)).toBe(true);
    expect(evaluate((nullIf(of<number | null>(t.views), 5) as unknown as Untyped).isNull(), row)).toBe(true);
    expect(evaluate((greatest(of<number | null>(t.weight), of<number>(t.views)) as unknown as Untyped).eq(5), row)).toBe(true);
    expect(evaluate(t.flag.isTrue(), row)).toBe(false);
    expect(evaluate(t.flag.isFalse(), row)).toBe(false);
    expect(evaluate(t.status.eq(caseWhen(t.views.gt(1), 'draft').otherwise('done')), row)).toBe(true);
    expect(evaluate(caseWhen(t.flag.isTrue(), false).otherwise(t.views.eq(5) as never) as unknown as Predicate, row)).toBe(true);
  });
  test.each<[string, () => Predicate]>([
    ['functions of numbers', () => t.views.abs().eq(1)],
    ['functions of text', () => t.name.trim().eq('a')],
    ['casts', () => cast(of<number>(t.views), f.text()).eq('5')],
    ['functions of time', () => t.at.lt(now())],
    ['CASE with such a condition', () => caseWhen(t.name.contains('a'), true).otherwise(false)],
    ['the greatest of texts', () => (greatest(of<string>(t.name), 'a') as unknown as Untyped).eq('a')],
  ])('%s are for the database', (_, make) => {
    expect(portabilityProblem(make())).toMatchObject({ code: 'PREDICATE' });
    expect(() => evaluate(make(), { ...row, name: 'a', at: new Date() })).toThrow(expect.objectContaining({ code: 'PREDICATE' }));
  });
});

test('an expression over any node has the methods of its kind', () => {
  expect(expressionOf(nodeOf(coalesce(of<string | null>(t.name), 'x')))).toHaveProperty('startsWith');
});
