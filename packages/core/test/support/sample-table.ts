// A table with two columns of every kind, the expressions over them, and small pools of values that meet each other often.

import type { Temporal } from 'temporal-spec';
import type { Order, Predicate } from '../../src/expr/expression.ts';
import { column, source, type Node } from '../../src/expr/node.ts';
import { expressionOf, nodeOf } from '../../src/expr/operations.ts';
import { renderNode, SqlWriter, type Placeholder } from '../../src/expr/render.ts';
import { ID_VALUE_KINDS } from '../../src/id/key-kind.ts';
import { quoteIdentifier, quoteLiteral } from '../../src/ident/identifier.ts';
import { arrayKind } from '../../src/value/array.ts';
import { byteaKind, uuidKind } from '../../src/value/binary.ts';
import { decimalClassKind, decimalKind } from '../../src/value/decimal.ts';
import { enumKind } from '../../src/value/enum.ts';
import { intervalKind } from '../../src/value/interval.ts';
import type { ValueKind } from '../../src/value/kind.ts';
import { cidrKind, inetWithPrefixKind, macaddrKind } from '../../src/value/network.ts';
import { bigintKind, booleanKind, countKind, doubleKind, intKind, realKind, smallintKind, uint64Kind } from '../../src/value/number.ts';
import { temporal } from '../../src/value/temporal.ts';
import { textKind, varcharKind } from '../../src/value/text.ts';
import { dateKind, instantKind, timeKind, timestampKind, timestamptzKind } from '../../src/value/time.ts';

/** A decimal class that compares by nothing of its own. */
export class Money {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

/** Not in the order of the alphabet. */
export const MOODS = ['low', 'high', 'Mid', 'NULL'] as const;

interface Sample {
  readonly kind: ValueKind;
  readonly values: readonly unknown[];
}
const sampleOf = <Value>(kind: ValueKind<Value>, ...values: Value[]): Sample => ({ kind, values });

/** Every kind that can be evaluated in memory, with values that are equal in other spellings, at edges, or next to each other. */
export const samples = {
  smallint: sampleOf(smallintKind, -32768, -1, 0, 1, 32767),
  int: sampleOf(intKind, -2147483648, -1, 0, -0, 1, 2, 2147483647),
  safeInt: sampleOf(countKind, Number.MIN_SAFE_INTEGER, 0, 1, 2, Number.MAX_SAFE_INTEGER),
  bigint: sampleOf(bigintKind, -(2n ** 63n), -1n, 0n, 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, 1 as never),
  uint64: sampleOf(uint64Kind(false), 0n, 1n, 2n ** 53n + 1n, 2n ** 64n - 1n),
  decimal: sampleOf(
    decimalKind({}),
    '0',
    '-0',
    '0.00',
    '1.0',
    '1.00',
    '-1.5',
    '1.50',
    '1.500',
    '99999999999999999999.1',
    '99999999999999999999.2',
  ),
  price: sampleOf(decimalKind({ precision: 12, scale: 3 }), '1', '1.0', '1.000000', '-1.5', '123456789.123'),
  money: sampleOf(decimalClassKind(decimalKind({}), Money), new Money('1.0'), new Money('1.00'), new Money('-2')),
  double: sampleOf(doubleKind, 0, -0, 1, 0.1, 1.5, Number.NaN, Infinity, -Infinity, Number.MIN_VALUE),
  real: sampleOf(realKind, 0, -0, 1, Math.fround(0.1), 1.5, Number.NaN, Infinity, -Infinity),
  boolean: sampleOf(booleanKind, true, false),
  text: sampleOf(textKind, '', 'a', 'A', 'b', 'é', 'e\u0301', '\uFF5E', '😀', "it's", '\\', '50%_off\\'),
  varchar: sampleOf(varcharKind(8), '', 'a', 'A', 'a '),
  uuid: sampleOf(
    uuidKind,
    '00000000-0000-0000-0000-000000000000',
    '0fffffff-ffff-ffff-ffff-ffffffffffff',
    'f0000000-0000-0000-0000-000000000000',
    '00000000-0000-0000-0000-00000000000a',
  ),
  bytea: sampleOf(byteaKind, new Uint8Array(), Uint8Array.of(0), Uint8Array.of(0, 1), Uint8Array.of(255), Uint8Array.of(127, 0)),
  timestamptz: sampleOf(
    timestamptzKind,
    new Date(0),
    new Date(-1),
    new Date(1),
    new Date('2024-02-29T12:00:00.123Z'),
    new Date('-000043-03-15T00:00:00Z'),
  ),
  instant: sampleOf<Temporal.Instant>(
    instantKind,
    ...[
      '1970-01-01T00:00:00Z',
      '1970-01-01T00:00:00.000001Z',
      '2024-02-29T12:00:00.123456Z',
      '2024-02-29T12:00:00.123457Z',
      '0000-01-01T00:00:00Z',
    ].map((text) => temporal().Instant.from(text)),
  ),
  date: sampleOf<Temporal.PlainDate>(
    dateKind,
    ...['1970-01-01', '2024-02-29', '2024-03-01', '-000043-03-15', '+010000-01-01'].map((text) => temporal().PlainDate.from(text)),
  ),
  time: sampleOf<Temporal.PlainTime>(
    timeKind,
    ...['00:00', '12:00', '12:00:00.000001', '23:59:59.999999'].map((text) => temporal().PlainTime.from(text)),
  ),
  timestamp: sampleOf<Temporal.PlainDateTime>(
    timestampKind,
    ...['1970-01-01T00:00', '2024-02-29T12:00:00.123456', '-000043-03-15T00:00'].map((text) => temporal().PlainDateTime.from(text)),
  ),
  interval: sampleOf<Temporal.Duration>(
    intervalKind,
    ...['PT0S', 'P1M', 'P30D', 'PT720H', 'P1D', 'PT24H', '-P1D', 'PT0.000001S', 'P1Y', 'P12M', 'P360D'].map((text) =>
      temporal().Duration.from(text),
    ),
  ),
  inet: sampleOf(
    inetWithPrefixKind,
    '10.0.0.0',
    '10.0.0.1',
    '10.0.0.0/8',
    '10.0.0.1/8',
    '0.0.0.0/0',
    '::',
    '::1',
    '::1/64',
    '::ffff:10.0.0.1',
  ),
  cidr: sampleOf(cidrKind, '10.0.0.0/8', '10.0.0.0/32', '10.0.0.1/32', '0.0.0.0/0', '::/0', '::1/128'),
  macaddr: sampleOf(macaddrKind, '00:00:00:00:00:00', '0a:00:00:00:00:00', 'a0:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff'),
  enum: sampleOf(enumKind({ name: 'sample mood', labels: MOODS, is: {} as never }), ...MOODS),
  heerId: sampleOf(ID_VALUE_KINDS.heerId, '0', '9', '10', '9007199254740993', '9223372036854775807'),
  heerIdDesc: sampleOf(ID_VALUE_KINDS.heerIdDesc, '0', '9', '10', '9223372036854775807'),
  ranjId: sampleOf(
    ID_VALUE_KINDS.ranjId,
    '00000000-0000-8000-8000-000000000000',
    'ffffffff-ffff-8fff-bfff-ffffffffffff',
    '0fffffff-ffff-8fff-bfff-ffffffffffff',
  ),
  texts: sampleOf(arrayKind(textKind) as ValueKind, [], ['a'], ['a', 'b'], ['b', 'a'], ['NULL'], ['']),
  ints: sampleOf(arrayKind(intKind) as ValueKind, [], [0], [1, 2], [2, 1]),
  doubles: sampleOf(arrayKind(doubleKind) as ValueKind, [], [Number.NaN], [0], [-0]),
} satisfies Record<string, Sample>;

export type SampleName = keyof typeof samples;
export const SAMPLE_NAMES = Object.keys(samples) as SampleName[];

export const samplesSource = source('samples');

/** The columns `<kind>_a` and `<kind>_b`; properties are `<kind>A` and `<kind>B`. */
export const sampleColumn = (name: SampleName, side: 'A' | 'B'): Node =>
  column(samplesSource, `${name}_${side.toLowerCase()}`, `${name}${side}`, samples[name].kind);

type Method =
  | 'abs'
  | 'sign'
  | 'ceil'
  | 'floor'
  | 'round'
  | 'power'
  | 'sqrt'
  | 'trim'
  | 'ltrim'
  | 'rtrim'
  | 'replace'
  | 'substr'
  | 'left'
  | 'right'
  | 'split'
  | 'position'
  | 'reverse'
  | 'repeat'
  | 'lpad'
  | 'rpad'
  | 'md5'
  | 'eq'
  | 'neq'
  | 'gt'
  | 'gte'
  | 'lt'
  | 'lte'
  | 'between'
  | 'in'
  | 'notIn'
  | 'isDistinctFrom'
  | 'isNotDistinctFrom'
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'mod'
  | 'neg'
  | 'contains'
  | 'icontains'
  | 'startsWith'
  | 'istartsWith'
  | 'endsWith'
  | 'iendsWith'
  | 'iexact'
  | 'like'
  | 'ilike'
  | 'regex'
  | 'iregex'
  | 'lower'
  | 'upper'
  | 'length'
  | 'concat'
  | 'containedBy'
  | 'overlaps'
  | 'any'
  | 'len'
  | 'isEmpty'
  | 'since'
  | 'containedByOrEqual'
  | 'containsOrEqual'
  | 'family'
  | 'masklen'
  | 'host'
  | 'network'
  | 'containsRange'
  | 'strictlyLeftOf'
  | 'strictlyRightOf'
  | 'notExtendsRightOf'
  | 'notExtendsLeftOf'
  | 'adjacentTo'
  | 'isLowerInclusive'
  | 'isUpperInclusive'
  | 'isLowerUnbounded'
  | 'isUpperUnbounded';

/** An expression as plain JavaScript sees it: any method with any operands, so that a test can give what the types refuse. */
export interface Untyped extends Predicate, Record<Method, (...operands: unknown[]) => Untyped> {
  asc(): Order;
  desc(): Order;
}

export const untyped = (node: Node): Untyped => expressionOf(node) as unknown as Untyped;

/** The expression over a column of the table. */
export const sample = (name: SampleName, side: 'A' | 'B' = 'A'): Untyped => untyped(sampleColumn(name, side));

export const CREATE_SAMPLES = `
  CREATE TYPE "sample mood" AS ENUM (${MOODS.map(quoteLiteral).join(', ')});
  CREATE TABLE samples (id integer PRIMARY KEY, ${SAMPLE_NAMES.flatMap((name) => ['a', 'b'].map((side) => `${quoteIdentifier(`${name}_${side}`)} ${samples[name].kind.sqlType}`)).join(', ')});`;

/** A node as parameters, with what they are. */
export function rendered(expression: object): { text: string; placeholders: readonly Placeholder[]; values: readonly unknown[] } {
  const writer = new SqlWriter();
  renderNode(writer, nodeOf(expression));
  return {
    text: writer.text,
    placeholders: writer.placeholders,
    values: writer.placeholders.map((placeholder) => (placeholder.kind === 'value' ? placeholder.value : `slot ${placeholder.slot}`)),
  };
}
