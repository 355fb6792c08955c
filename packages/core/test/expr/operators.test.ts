// The operator table: every row has its text, and answers that the server and, where it has one, the in-memory form both give. A row that is added
// without a fixture here fails.

import { beforeAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../src/db/port.ts';
import { column, operation, source, subquery, value, type Node } from '../../src/expr/node.ts';
import { listKind } from '../../src/expr/operations.ts';
import { OPERATORS, PRECEDENCE, type Operator, type OperatorName } from '../../src/expr/operators.ts';
import { renderLiteral, renderNode, SqlWriter } from '../../src/expr/render.ts';
import { arrayKind } from '../../src/value/array.ts';
import type { ValueKind } from '../../src/value/kind.ts';
import { intervalKind } from '../../src/value/interval.ts';
import { addressOperandKind, cidrKind, inetWithPrefixKind } from '../../src/value/network.ts';
import { booleanKind, doubleKind, intKind, wholeNumericKind } from '../../src/value/number.ts';
import { Range, RANGE_KINDS } from '../../src/value/range.ts';
import { temporal } from '../../src/value/temporal.ts';
import { textKind } from '../../src/value/text.ts';
import { timestamptzKind } from '../../src/value/time.ts';
import { wireServer } from '../support/wire-server.ts';
import { appendListedRows, FUNCTION_FIXTURES, listedRows, rowsKind } from './function-fixtures.ts';
import { JSON_FIXTURES } from './json-fixtures.ts';
import { SEARCH_FIXTURES } from './search-fixtures.ts';

const server = wireServer();
let connection: Connection;
beforeAll(async () => {
  connection = await server.open();
  await connection.script('CREATE EXTENSION pg_trgm');
});

interface Fixture {
  /** Over columns a, b, c, with values as parameters where a column stands first: how a query is written. */
  readonly text: string;
  readonly kinds: readonly ValueKind[];
  readonly result?: ValueKind;
  /** Operands, then what it is worth. */
  readonly cases: readonly (readonly [...operands: unknown[], result: unknown])[];
}

const I = intKind,
  B = booleanKind,
  T = textKind,
  D = doubleKind,
  L = listKind(intKind),
  A = arrayKind(intKind) as ValueKind;
const NaN_ = Number.NaN;

const moment = (iso: string): Date => new Date(iso);
const duration = (iso: string) => temporal().Duration.from(iso);
const R = RANGE_KINDS.int4 as ValueKind,
  M = timestamptzKind,
  V = intervalKind,
  N = inetWithPrefixKind,
  O = addressOperandKind;
const { inclusiveExclusive: to, atLeast, lessThan } = Range;
const EMPTY = Range.empty();

const FIXTURES: Record<OperatorName, Fixture> = {
  ...FUNCTION_FIXTURES,
  ...JSON_FIXTURES,
  ...SEARCH_FIXTURES,
  eq: {
    text: '"a" = $1',
    kinds: [D, D],
    cases: [
      [1, 1, true],
      [1, 2, false],
      [NaN_, NaN_, true],
      [0, -0, true],
      [null, 1, null],
      [1, null, null],
      [null, null, null],
    ],
  },
  neq: {
    text: '"a" <> $1',
    kinds: [D, D],
    cases: [
      [1, 1, false],
      [1, 2, true],
      [NaN_, NaN_, false],
      [NaN_, 1, true],
      [null, 1, null],
      [null, null, null],
    ],
  },
  gt: {
    text: '"a" > $1',
    kinds: [D, D],
    cases: [
      [2, 1, true],
      [1, 1, false],
      [NaN_, Infinity, true],
      [NaN_, NaN_, false],
      [null, 1, null],
    ],
  },
  gte: {
    text: '"a" >= $1',
    kinds: [D, D],
    cases: [
      [1, 1, true],
      [0, 1, false],
      [-0, 0, true],
      [NaN_, NaN_, true],
      [1, null, null],
    ],
  },
  lt: {
    text: '"a" < $1',
    kinds: [D, D],
    cases: [
      [1, 2, true],
      [1, 1, false],
      [Infinity, NaN_, true],
      [-Infinity, 0, true],
      [null, null, null],
    ],
  },
  lte: {
    text: '"a" <= $1',
    kinds: [D, D],
    cases: [
      [1, 1, true],
      [2, 1, false],
      [NaN_, 1, false],
      [null, 1, null],
    ],
  },
  between: {
    text: '"a" BETWEEN $1 AND $2',
    kinds: [I, I, I],
    cases: [
      [2, 1, 3, true],
      [1, 1, 3, true],
      [3, 1, 3, true],
      [4, 1, 3, false],
      [2, 3, 1, false],
      [null, 1, 3, null],
      [0, 1, null, false],
      [9, null, 3, false],
      [2, null, 3, null],
      [2, 1, null, null],
      [2, null, null, null],
    ],
  },
  in: {
    text: '"a" = ANY($1::integer[])',
    kinds: [I, L],
    cases: [
      [1, [1, 2], true],
      [3, [1, 2], false],
      [1, [], false],
      [null, [], false],
      [null, [1], null],
      [1, [1, null], true],
      [2, [1, null], null],
      [1, null, null],
    ],
  },
  notIn: {
    text: '"a" <> ALL($1::integer[])',
    kinds: [I, L],
    cases: [
      [1, [1, 2], false],
      [3, [1, 2], true],
      [1, [], true],
      [null, [], true],
      [null, [1], null],
      [1, [1, null], false],
      [2, [1, null], null],
      [1, null, null],
    ],
  },
  isNull: {
    text: '"a" IS NULL',
    kinds: [I],
    cases: [
      [null, true],
      [0, false],
    ],
  },
  isNotNull: {
    text: '"a" IS NOT NULL',
    kinds: [I],
    cases: [
      [null, false],
      [0, true],
    ],
  },
  isDistinctFrom: {
    text: '"a" IS DISTINCT FROM $1',
    kinds: [D, D],
    cases: [
      [1, 1, false],
      [1, 2, true],
      [null, 1, true],
      [1, null, true],
      [null, null, false],
      [NaN_, NaN_, false],
      [0, -0, false],
    ],
  },
  isNotDistinctFrom: {
    text: '"a" IS NOT DISTINCT FROM $1',
    kinds: [D, D],
    cases: [
      [1, 1, true],
      [1, 2, false],
      [null, 1, false],
      [null, null, true],
      [NaN_, NaN_, true],
    ],
  },
  and: {
    text: '"a" AND $1::boolean AND $2::boolean',
    kinds: [B, B, B],
    cases: [
      [true, true, true, true],
      [true, false, true, false],
      [null, true, true, null],
      [null, false, true, false],
      [null, null, null, null],
    ],
  },
  or: {
    text: '"a" OR $1::boolean OR $2::boolean',
    kinds: [B, B, B],
    cases: [
      [false, false, false, false],
      [true, null, false, true],
      [null, false, false, null],
      [null, null, null, null],
    ],
  },
  not: {
    text: 'NOT "a"',
    kinds: [B],
    cases: [
      [true, false],
      [false, true],
      [null, null],
    ],
  },
  xor: {
    text: '"a" <> $1::boolean',
    kinds: [B, B],
    cases: [
      [true, false, true],
      [true, true, false],
      [false, false, false],
      [null, true, null],
      [false, null, null],
    ],
  },
  true: { text: 'TRUE', kinds: [], cases: [[true]] },
  false: { text: 'FALSE', kinds: [], cases: [[false]] },
  like: {
    text: '"a" LIKE $1',
    kinds: [T, T],
    cases: [
      ['abc', 'a%', true],
      ['abc', 'A%', false],
      ['a%c', 'a\\%c', true],
      ['abc', 'a\\%c', false],
      [null, 'a', null],
    ],
  },
  notLike: {
    text: '"a" NOT LIKE $1',
    kinds: [T, T],
    cases: [
      ['abc', 'a%', false],
      ['abc', 'A%', true],
      [null, 'a', null],
    ],
  },
  ilike: {
    text: '"a" ILIKE $1',
    kinds: [T, T],
    cases: [
      ['abc', 'A_C', true],
      ['abd', 'A_C', false],
      ['a', null, null],
    ],
  },
  notIlike: {
    text: '"a" NOT ILIKE $1',
    kinds: [T, T],
    cases: [
      ['abc', 'A_C', false],
      ['x', 'A%', true],
      [null, 'A', null],
    ],
  },
  regex: {
    text: '"a" ~ $1',
    kinds: [T, T],
    cases: [
      ['abc', '^a.c$', true],
      ['ABC', '^a', false],
      [null, 'a', null],
    ],
  },
  iregex: {
    text: '"a" ~* $1',
    kinds: [T, T],
    cases: [
      ['ABC', '^a.c$', true],
      ['b', '^a', false],
      [null, 'a', null],
    ],
  },
  iexact: {
    text: 'lower("a") = lower($1::text)',
    kinds: [T, T],
    cases: [
      ['aBc', 'AbC', true],
      ['a', 'b', false],
      [null, 'a', null],
    ],
  },
  lower: {
    text: 'lower("a")',
    kinds: [T],
    result: T,
    cases: [
      ['ÀB', 'àb'],
      [null, null],
    ],
  },
  upper: {
    text: 'upper("a")',
    kinds: [T],
    result: T,
    cases: [
      ['àb', 'ÀB'],
      [null, null],
    ],
  },
  length: {
    text: 'char_length("a")',
    kinds: [T],
    result: I,
    cases: [
      ['', 0],
      ['é😀', 2],
      [null, null],
    ],
  },
  concat: {
    text: '"a" || $1::text || $2::text',
    kinds: [T, T, T],
    result: T,
    cases: [
      ['a', 'b', 'c', 'abc'],
      ['', '', '', ''],
      ['a', null, 'c', null],
    ],
  },
  add: {
    text: '"a" + $1',
    kinds: [I, I],
    result: I,
    cases: [
      [1, 2, 3],
      [null, 1, null],
    ],
  },
  sub: {
    text: '"a" - $1',
    kinds: [I, I],
    result: I,
    cases: [
      [1, 2, -1],
      [1, -2, 3],
      [1, null, null],
    ],
  },
  mul: {
    text: '"a" * $1',
    kinds: [I, I],
    result: I,
    cases: [
      [3, -2, -6],
      [null, 1, null],
    ],
  },
  wholeDiv: {
    text: 'div("a", $1::numeric)',
    kinds: [wholeNumericKind, wholeNumericKind],
    result: wholeNumericKind,
    cases: [
      [7n, 2n, 3n],
      [-7n, 2n, -3n],
      [2n ** 70n, 2n, 2n ** 69n],
      [null, 1n, null],
    ],
  },
  div: {
    text: '"a" / $1',
    kinds: [I, I],
    result: I,
    cases: [
      [7, 2, 3],
      [-7, 2, -3],
      [1, null, null],
    ],
  },
  mod: {
    text: '"a" % $1',
    kinds: [I, I],
    result: I,
    cases: [
      [7, 3, 1],
      [-7, 3, -1],
      [null, 3, null],
    ],
  },
  neg: {
    text: '- "a"',
    kinds: [I],
    result: I,
    cases: [
      [1, -1],
      [-1, 1],
      [null, null],
    ],
  },
  arrayContains: {
    text: '"a" @> $1',
    kinds: [A, A],
    cases: [
      [[1, 2], [1], true],
      [[1], [1, 2], false],
      [[], [], true],
      [null, [], null],
    ],
  },
  arrayContainedBy: {
    text: '"a" <@ $1',
    kinds: [A, A],
    cases: [
      [[1], [1, 2], true],
      [[3], [1, 2], false],
      [[], [1], true],
      [[], null, null],
    ],
  },
  arrayOverlaps: {
    text: '"a" && $1',
    kinds: [A, A],
    cases: [
      [[1, 2], [2, 3], true],
      [[1], [2], false],
      [[], [], false],
      [null, [1], null],
    ],
  },
  arrayHas: {
    text: '$1::integer = ANY("a")',
    kinds: [A, I],
    cases: [
      [[1, 2], 2, true],
      [[1], 2, false],
      [[], 1, false],
      [null, 1, null],
    ],
  },
  cardinality: {
    text: 'cardinality("a")',
    kinds: [A],
    result: I,
    cases: [
      [[], 0],
      [[1, 2], 2],
      [null, null],
    ],
  },
  addInterval: {
    text: '"a" + $1::interval',
    kinds: [M, V],
    result: M,
    cases: [
      [moment('2024-01-31T10:00:00Z'), duration('P1M'), moment('2024-02-29T10:00:00Z')],
      [moment('2024-01-31T10:00:00Z'), duration('-PT0.5S'), moment('2024-01-31T09:59:59.500Z')],
      [null, duration('P1D'), null],
      [moment('2024-01-31T10:00:00Z'), null, null],
    ],
  },
  subInterval: {
    text: '"a" - $1::interval',
    kinds: [M, V],
    result: M,
    cases: [
      [moment('2024-03-31T10:00:00Z'), duration('P1M'), moment('2024-02-29T10:00:00Z')],
      [null, duration('P1D'), null],
    ],
  },
  mulInterval: {
    text: '"a" * $1::double precision',
    kinds: [V, D],
    result: T,
    cases: [
      [duration('P1DT1H'), 2, 'P2DT2H'],
      [duration('P1M'), 0.5, 'P15D'],
      [null, 1, null],
    ],
  },
  since: {
    text: '"a" - $1',
    kinds: [M, M],
    result: T,
    cases: [
      [moment('2024-03-01T10:00:00Z'), moment('2024-02-28T09:00:00.500Z'), 'P2DT59M59.5S'],
      [moment('2024-02-28T09:00:00Z'), moment('2024-03-01T10:00:00Z'), 'P-2DT-1H'],
      [null, moment('2024-03-01T10:00:00Z'), null],
    ],
  },
  rangeHas: {
    text: '"a" @> $1::integer',
    kinds: [R, I],
    cases: [
      [to(1, 5), 1, true],
      [to(1, 5), 5, false],
      [EMPTY, 1, false],
      [Range.all(), 1, true],
      [null, 1, null],
      [to(1, 5), null, null],
    ],
  },
  rangeContains: {
    text: '"a" @> $1::int4range',
    kinds: [R, R],
    cases: [
      [to(1, 5), Range.inclusive(1, 4), true],
      [to(1, 5), Range.inclusive(1, 5), false],
      [EMPTY, EMPTY, true],
      [null, EMPTY, null],
    ],
  },
  rangeContainedBy: {
    text: '"a" <@ $1::int4range',
    kinds: [R, R],
    cases: [
      [to(2, 3), to(1, 5), true],
      [to(0, 3), to(1, 5), false],
      [EMPTY, to(1, 5), true],
      [null, EMPTY, null],
    ],
  },
  rangeOverlaps: {
    text: '"a" && $1::int4range',
    kinds: [R, R],
    cases: [
      [to(1, 5), to(4, 9), true],
      [to(1, 5), to(5, 9), false],
      [to(1, 5), EMPTY, false],
      [to(1, 5), null, null],
    ],
  },
  rangeBefore: {
    text: '"a" << $1::int4range',
    kinds: [R, R],
    cases: [
      [to(1, 5), to(5, 9), true],
      [to(1, 6), to(5, 9), false],
      [to(1, 5), lessThan(9), false],
      [null, to(1, 5), null],
    ],
  },
  rangeAfter: {
    text: '"a" >> $1::int4range',
    kinds: [R, R],
    cases: [
      [to(5, 9), to(1, 5), true],
      [to(4, 9), to(1, 5), false],
      [atLeast(5), to(1, 5), true],
      [to(1, 5), null, null],
    ],
  },
  rangeNotRightOf: {
    text: '"a" &< $1::int4range',
    kinds: [R, R],
    cases: [
      [to(1, 5), to(3, 5), true],
      [to(1, 6), to(3, 5), false],
      [null, to(1, 5), null],
    ],
  },
  rangeNotLeftOf: {
    text: '"a" &> $1::int4range',
    kinds: [R, R],
    cases: [
      [to(3, 9), to(3, 5), true],
      [to(2, 9), to(3, 5), false],
      [null, to(1, 5), null],
    ],
  },
  rangeAdjacent: {
    text: '"a" -|- $1::int4range',
    kinds: [R, R],
    cases: [
      [to(1, 5), to(5, 9), true],
      [Range.inclusive(1, 4), Range.exclusive(4, 9), true],
      [to(1, 5), to(6, 9), false],
      [null, to(1, 5), null],
    ],
  },
  rangeIsEmpty: {
    text: 'isempty("a")',
    kinds: [R],
    cases: [
      [EMPTY, true],
      [to(3, 3), true],
      [to(3, 4), false],
      [null, null],
    ],
  },
  rangeLowerInclusive: {
    text: 'lower_inc("a")',
    kinds: [R],
    cases: [
      [to(1, 5), true],
      [lessThan(5), false],
      [null, null],
    ],
  },
  rangeUpperInclusive: {
    text: 'upper_inc("a")',
    kinds: [R],
    cases: [
      [Range.inclusive(1, 5), false],
      [atLeast(1), false],
      [null, null],
    ],
  },
  rangeLowerUnbounded: {
    text: 'lower_inf("a")',
    kinds: [R],
    cases: [
      [lessThan(5), true],
      [to(1, 5), false],
      [EMPTY, false],
      [null, null],
    ],
  },
  rangeUpperUnbounded: {
    text: 'upper_inf("a")',
    kinds: [R],
    cases: [
      [atLeast(5), true],
      [to(1, 5), false],
      [null, null],
    ],
  },
  networkContainedBy: {
    text: '"a" << $1::inet',
    kinds: [N, O],
    cases: [
      ['10.1.2.3', '10.0.0.0/8', true],
      ['10.0.0.0/8', '10.0.0.0/8', false],
      ['11.0.0.1', '10.0.0.0/8', false],
      ['10.1.2.3', '::/0', false],
      [null, '10.0.0.0/8', null],
    ],
  },
  networkContainedByOrEqual: {
    text: '"a" <<= $1::inet',
    kinds: [N, O],
    cases: [
      ['10.0.0.0/8', '10.0.0.0/8', true],
      ['10.0.0.1', '10.0.0.1/32', true],
      ['0.0.0.0/0', '10.0.0.0/8', false],
      [null, '10.0.0.0/8', null],
    ],
  },
  networkContains: {
    text: '"a" >> $1::inet',
    kinds: [N, O],
    cases: [
      ['10.0.0.0/8', '10.1.2.3', true],
      ['10.0.0.0/8', '10.0.0.0/8', false],
      ['2001:db8::/32', '2001:db8::1', true],
      [null, '10.1.2.3', null],
    ],
  },
  networkContainsOrEqual: {
    text: '"a" >>= $1::inet',
    kinds: [N, O],
    cases: [
      ['10.0.0.0/8', '10.0.0.0/8', true],
      ['10.0.0.0/9', '10.0.0.0/8', false],
      ['10.0.0.0/8', null, null],
    ],
  },
  networkOverlaps: {
    text: '"a" && $1::inet',
    kinds: [N, O],
    cases: [
      ['10.1.0.0/16', '10.0.0.0/8', true],
      ['10.0.0.0/8', '10.1.0.0/16', true],
      ['11.0.0.0/8', '10.0.0.0/8', false],
      [null, '10.0.0.0/8', null],
    ],
  },
  networkFamily: {
    text: 'family("a")',
    kinds: [N],
    result: I,
    cases: [
      ['10.0.0.1', 4],
      ['::1', 6],
      [null, null],
    ],
  },
  networkMasklen: {
    text: 'masklen("a")',
    kinds: [N],
    result: I,
    cases: [
      ['10.0.0.1', 32],
      ['10.0.0.1/8', 8],
      ['::1', 128],
      [null, null],
    ],
  },
  networkHost: {
    text: 'host("a")',
    kinds: [N],
    result: T,
    cases: [
      ['10.0.0.1/8', '10.0.0.1'],
      ['::1', '::1'],
      [null, null],
    ],
  },
  networkOf: {
    text: 'network("a")',
    kinds: [N],
    result: cidrKind,
    cases: [
      ['10.1.2.3/8', '10.0.0.0/8'],
      ['10.1.2.3', '10.1.2.3/32'],
      [null, null],
    ],
  },
};

describe('the table', () => {
  test('has a fixture for every row, and no other', () => {
    expect(Object.keys(FIXTURES).sort()).toEqual(Object.keys(OPERATORS).sort());
  });
  test('names every row by its key', () => {
    for (const [name, operator] of Object.entries(OPERATORS)) expect(operator.name).toBe(name);
  });
  test('is frozen, and its precedences are those of the scale', () => {
    expect(Object.isFrozen(OPERATORS)).toBe(true);
    for (const operator of Object.values(OPERATORS)) expect(Object.values(PRECEDENCE)).toContain(operator.precedence);
  });
  test('a row without null among its cases is one without operands', () => {
    expect(
      Object.entries(FIXTURES).filter(
        ([, { kinds, cases }]) =>
          kinds.some((kind) => kind !== rowsKind) && !cases.some((operands) => operands.slice(0, -1).includes(null)),
      ),
    ).toEqual([]);
  });
});

const table = source('t');
const NAMES = ['a', 'b', 'c'];
const newWriter = (): SqlWriter => new SqlWriter({ appendRows: appendListedRows });
const valueOf = (worth: unknown, kind: ValueKind): Node => (kind === rowsKind ? subquery(listedRows(worth), kind) : value(worth, kind));
const columnOf = (name: string, worth: unknown, kind: ValueKind): Node =>
  kind === rowsKind ? valueOf(worth, kind) : column(table, name, name, kind);

describe.each(Object.entries(FIXTURES) as [OperatorName, Fixture][])('%s', (name, { text, kinds, result = booleanKind, cases }) => {
  const operator: Operator = OPERATORS[name];
  test('is written as in the manual', () => {
    const operands = kinds.map((kind, at): Node => (at === 0 ? columnOf('a', cases[0]?.[at], kind) : valueOf(cases[0]![at], kind)));
    const writer = newWriter();
    renderNode(writer, operation(operator, operands, result));
    expect(writer.text).toBe(text);
  });

  test('is worth the same in the server, in every way its operands can arrive, and in memory', async () => {
    for (const operandsAndResult of cases) {
      const worths = operandsAndResult.slice(0, -1),
        wanted = operandsAndResult.at(-1);
      const columns = worths.map((worth, at) => columnOf(NAMES[at]!, worth, kinds[at]!)),
        values = worths.map((worth, at) => valueOf(worth, kinds[at]!)),
        stored = values.flatMap((node, at) => (kinds[at] === rowsKind ? [] : [`${renderLiteral(node)} AS "${NAMES[at]}"`]));
      const from = stored.length === 0 ? '' : ` FROM (SELECT ${stored.join(', ')}) AS t`;
      // Columns only, values only, a column first, a column last: each leaves the server other types to infer.
      for (const operands of [
        columns,
        values,
        worths.map((_, at) => (at === 0 ? columns : values)[at]!),
        worths.map((_, at) => (at === worths.length - 1 ? columns : values)[at]!),
      ]) {
        const writer = newWriter();
        writer.text = 'SELECT ';
        renderNode(writer, operation(operator, operands, result));
        writer.text += from;
        const statement = {
          text: writer.text,
          parameters: writer.placeholders.map(({ valueKind }) => valueKind.codec),
          rows: { columns: [{ name: 'x', codec: result.codec }], as: 'value' as const },
        };
        for (let use = 0; use < 2; use++) {
          const { rows } = await connection.execute({
            statement,
            values: writer.placeholders.map((placeholder) => (placeholder.kind === 'value' ? placeholder.value : null)),
          });
          expect([writer.text, worths, rows[0]]).toEqual([writer.text, worths, wanted]);
        }
      }
      const inMemory =
        operator.evaluate === 'sql'
          ? wanted
          : operator.nulls === 'strict' && worths.includes(null)
            ? null
            : operator.evaluate(worths, kinds);
      expect([worths, inMemory]).toEqual([worths, wanted]);
    }
  });
});
