// The rows of the operator table for functions, conditions and subqueries, as `operators.test.ts` wants them.

import type { RowsStatement } from '../../src/expr/node.ts';
import { listKind } from '../../src/expr/operations.ts';
import type { SqlWriter } from '../../src/expr/render.ts';
import { decimalKind } from '../../src/value/decimal.ts';
import { refineKind } from '../../src/value/kind.ts';
import { booleanKind as B, bigintKind, doubleKind as D, intKind as I } from '../../src/value/number.ts';
import { textKind as T } from '../../src/value/text.ts';
import { dateKind, timestamptzKind as M } from '../../src/value/time.ts';

/** Operands of this kind are subqueries: `(SELECT unnest('{1,2}'::integer[]))`. */
export const rowsKind = refineKind(listKind(I), { name: 'rows' });

interface ListedRows extends RowsStatement {
  readonly list: readonly (number | null)[];
}
export const listedRows = (list: unknown): ListedRows => ({ kind: 'listed', list: list as ListedRows['list'] });
export const appendListedRows = (writer: SqlWriter, rows: RowsStatement): void => {
  writer.text += `SELECT unnest(${rowsKind.codec.literal((rows as ListedRows).list)})`;
};

const N = decimalKind({});
const moment = (iso: string): Date => new Date(iso);

export const FUNCTION_FIXTURES = {
  inRows: {
    text: `"a" IN (SELECT unnest('{1,2}'::integer[]))`,
    kinds: [I, rowsKind],
    cases: [
      [1, [1, 2], true],
      [3, [1, 2], false],
      [3, [1, null], null],
      [1, [1, null], true],
      [1, [], false],
      [null, [], false],
      [null, [1], null],
    ],
  },
  notInRows: {
    text: `"a" NOT IN (SELECT unnest('{1,2}'::integer[]))`,
    kinds: [I, rowsKind],
    cases: [
      [1, [1, 2], false],
      [3, [1, 2], true],
      [3, [1, null], null],
      [1, [], true],
      [null, [], true],
      [null, [1], null],
    ],
  },
  exists: {
    text: `EXISTS (SELECT unnest('{1}'::integer[]))`,
    kinds: [rowsKind],
    cases: [
      [[1], true],
      [[null], true],
      [[], false],
    ],
  },
  isTrue: {
    text: '"a" IS TRUE',
    kinds: [B],
    cases: [
      [true, true],
      [false, false],
      [null, false],
    ],
  },
  isFalse: {
    text: '"a" IS FALSE',
    kinds: [B],
    cases: [
      [true, false],
      [false, true],
      [null, false],
    ],
  },
  trim: {
    text: 'btrim("a", $1::text)',
    kinds: [T, T],
    result: T,
    cases: [
      ['xaxbyx', 'xy', 'axb'],
      ['  a ', ' ', 'a'],
      [null, ' ', null],
      ['a', null, null],
    ],
  },
  ltrim: {
    text: 'ltrim("a", $1::text)',
    kinds: [T, T],
    result: T,
    cases: [
      ['xyax', 'xy', 'ax'],
      [null, ' ', null],
    ],
  },
  rtrim: {
    text: 'rtrim("a", $1::text)',
    kinds: [T, T],
    result: T,
    cases: [
      ['xaxy', 'xy', 'xa'],
      [null, ' ', null],
    ],
  },
  replace: {
    text: 'replace("a", $1::text, $2::text)',
    kinds: [T, T, T],
    result: T,
    cases: [
      ['banana', 'an', 'o', 'booa'],
      ['a%b', '%', '', 'ab'],
      ['a', 'a', null, null],
    ],
  },
  substr: {
    text: 'substr("a", $1::integer, $2::integer)',
    kinds: [T, I, I],
    result: T,
    cases: [
      ['héllo', 2, 3, 'éll'],
      ['abc', 0, 2, 'a'],
      ['abc', 9, 1, ''],
      [null, 1, 1, null],
    ],
  },
  left: {
    text: 'left("a", $1::integer)',
    kinds: [T, I],
    result: T,
    cases: [
      ['😀bc', 2, '😀b'],
      ['abc', -1, 'ab'],
      [null, 1, null],
    ],
  },
  right: {
    text: 'right("a", $1::integer)',
    kinds: [T, I],
    result: T,
    cases: [
      ['abc', 2, 'bc'],
      ['abc', -1, 'bc'],
      [null, 1, null],
    ],
  },
  split: {
    text: 'split_part("a", $1::text, $2::integer)',
    kinds: [T, T, I],
    result: T,
    cases: [
      ['a-b-c', '-', 2, 'b'],
      ['a-b-c', '-', -1, 'c'],
      ['a', '-', 2, ''],
      [null, '-', 1, null],
    ],
  },
  position: {
    text: 'strpos("a", $1::text)',
    kinds: [T, T],
    result: I,
    cases: [
      ['éab', 'a', 2],
      ['abc', 'x', 0],
      [null, 'a', null],
    ],
  },
  reverse: {
    text: 'reverse("a")',
    kinds: [T],
    result: T,
    cases: [
      ['ab😀', '😀ba'],
      [null, null],
    ],
  },
  repeat: {
    text: 'repeat("a", $1::integer)',
    kinds: [T, I],
    result: T,
    cases: [
      ['ab', 3, 'ababab'],
      ['ab', -1, ''],
      ['ab', null, null],
    ],
  },
  lpad: {
    text: 'lpad("a", $1::integer, $2::text)',
    kinds: [T, I, T],
    result: T,
    cases: [
      ['7', 3, '0', '007'],
      ['abcd', 2, ' ', 'ab'],
      [null, 1, ' ', null],
    ],
  },
  rpad: {
    text: 'rpad("a", $1::integer, $2::text)',
    kinds: [T, I, T],
    result: T,
    cases: [
      ['7', 3, 'xy', '7xy'],
      [null, 1, ' ', null],
    ],
  },
  md5: {
    text: 'md5("a")',
    kinds: [T],
    result: T,
    cases: [
      ['', 'd41d8cd98f00b204e9800998ecf8427e'],
      [null, null],
    ],
  },
  coalesce: {
    text: 'coalesce("a", $1::integer, $2::integer)',
    kinds: [I, I, I],
    result: I,
    cases: [
      [1, 2, 3, 1],
      [null, 2, 3, 2],
      [null, null, 0, 0],
      [null, null, null, null],
    ],
  },
  greatest: {
    text: 'greatest("a", $1::double precision, $2::double precision)',
    kinds: [D, D, D],
    result: D,
    cases: [
      [1, 3, 2, 3],
      [null, -1, -2, -1],
      [Number.NaN, Infinity, 0, Number.NaN],
      [null, null, null, null],
      [-5, null, null, -5],
    ],
  },
  least: {
    text: 'least("a", $1::double precision, $2::double precision)',
    kinds: [D, D, D],
    result: D,
    cases: [
      [1, 3, 2, 1],
      [null, -1, -2, -2],
      [Number.NaN, Infinity, null, Infinity],
      [null, null, null, null],
    ],
  },
  nullIf: {
    text: 'nullif("a", $1::double precision)',
    kinds: [D, D],
    result: D,
    cases: [
      [1, 1, null],
      [1, 2, 1],
      [Number.NaN, Number.NaN, null],
      [null, 1, null],
      [1, null, 1],
    ],
  },
  // What they are worth changes: functions.test.ts asks for that.
  now: { text: "date_trunc('milliseconds', now())", kinds: [], result: M, cases: [] },
  currentDate: { text: 'current_date', kinds: [], result: dateKind, cases: [] },
  currentYear: { text: 'extract(year FROM current_date)::integer', kinds: [], result: I, cases: [] },
  dateTrunc: {
    text: 'date_trunc("a", $1::timestamp with time zone, $2::text)',
    kinds: [T, M, T],
    result: M,
    cases: [
      ['day', moment('2024-02-29T23:30:00Z'), 'Europe/Oslo', moment('2024-02-29T23:00:00Z')],
      ['hour', moment('2024-02-29T23:30:00Z'), 'UTC', moment('2024-02-29T23:00:00Z')],
      ['hour', null, 'UTC', null],
    ],
  },
  datePart: {
    text: 'date_part("a", $1::timestamp with time zone)',
    kinds: [T, M],
    result: D,
    cases: [
      ['epoch', moment('1970-01-01T00:00:01.5Z'), 1.5],
      ['year', null, null],
    ],
  },
  // Read as text: two values of a class without properties would look alike.
  atTimeZone: {
    text: 'timezone($1::text, "a")',
    kinds: [M, T],
    result: T,
    cases: [
      [moment('2024-02-29T23:30:00Z'), 'Europe/Oslo', '2024-03-01 00:30:00'],
      [null, 'UTC', null],
    ],
  },
  abs: {
    text: 'abs("a")',
    kinds: [bigintKind],
    result: bigintKind,
    cases: [
      [-(2n ** 62n), 2n ** 62n],
      [null, null],
    ],
  },
  sign: {
    text: 'sign("a")',
    kinds: [D],
    result: D,
    cases: [
      [-2.5, -1],
      [0, 0],
      [null, null],
    ],
  },
  ceil: {
    text: 'ceil("a")',
    kinds: [N],
    result: N,
    cases: [
      ['-1.5', '-1'],
      ['1.01', '2'],
      [null, null],
    ],
  },
  floor: {
    text: 'floor("a")',
    kinds: [N],
    result: N,
    cases: [
      ['-1.5', '-2'],
      [null, null],
    ],
  },
  round: {
    text: 'round("a", $1::integer)',
    kinds: [N, I],
    result: N,
    cases: [
      ['2.345', 2, '2.35'],
      ['-2.5', 0, '-3'],
      ['1250', -2, '1300'],
      [null, 1, null],
    ],
  },
  power: {
    text: 'power("a", $1::double precision)',
    kinds: [D, D],
    result: D,
    cases: [
      [2, 10, 1024],
      [4, -0.5, 0.5],
      [null, 1, null],
    ],
  },
  sqrt: {
    text: 'sqrt("a")',
    kinds: [D],
    result: D,
    cases: [
      [9, 3],
      [null, null],
    ],
  },
} as const;
