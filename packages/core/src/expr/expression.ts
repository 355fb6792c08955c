// How expressions look to user code: typed by their value, with the operations of their field. Types only; `operations.ts` has the classes.

import type { Temporal } from 'temporal-spec';
import type { Range } from '../value/range.ts';
import type { Aggregate, Average, IntervalAggregate, MomentAggregate, NumberAggregate } from './aggregate.ts';
import type { Quantified, Subquery } from './subquery.ts';

declare const valueOf: unique symbol;

/** What a projection is checked and inferred against: one key, so that a shape is never compared with all of `Expr`. */
export interface Valued<Value> {
  readonly [valueOf]: Value;
}
/** The value of an expression, null included where it may be NULL. */
export type ValueOf<Of extends Valued<any>> = Of[typeof valueOf];
/** The same expression where it may be NULL as well: what a subquery without a row gives. */
export type OrNull<Of extends Valued<any>> = null extends ValueOf<Of> ? Of : Omit<Of, typeof valueOf> & Valued<ValueOf<Of> | null>;

/** An expression of SQL. `Value` is its JavaScript type, null included where it may be NULL. */
export interface Expr<Value> extends Valued<Value> {
  /** `x IS NULL` */
  isNull(): Predicate;
  /** `x IS NOT NULL` */
  isNotNull(): Predicate;
  /** `count(x)`: the number of rows where it is not NULL; with `.distinct()`, of different values. */
  count(): NumberAggregate<number>;
}

/** A boolean expression with SQL's three values: true, false, or NULL. A filter keeps the rows where it is true. */
export interface Predicate extends Expr<boolean | null> {
  /** `this AND a AND b` */
  and(...more: Predicate[]): Predicate;
  /** `this OR a OR b` */
  or(...more: Predicate[]): Predicate;
  /** True when exactly one of the two is; NULL when either is. */
  xor(other: Predicate): Predicate;
  /** `NOT this`; NULL stays NULL. */
  not(): Predicate;
  /** `this IS TRUE`: false where it is NULL. */
  isTrue(): Predicate;
  /** `this IS FALSE`: false where it is NULL. */
  isFalse(): Predicate;
  /** Rows where it is false come first, then those where it is true, then NULL. */
  asc(): Order;
  /** Rows where it is true come first when NULL is put last: `p.stars.gte(4).desc().nullsLast()`. */
  desc(): Order;
}

/** One sort key. */
export interface Order {
  readonly kind: 'order';
  nullsFirst(): Order;
  nullsLast(): Order;
}

/** A list for membership. A plain string is not one, although JavaScript could iterate it. */
export type ValueList<Value> = readonly Value[] | ReadonlySet<Value> | IterableIterator<Value>;

export interface Equality<Value> {
  /** `x = $1` */
  eq(other: Value | Expr<Value | null> | Quantified<Value | null>): Predicate;
  /** `x <> $1`; rows where `x` is NULL are not matched (see `isDistinctFrom`). */
  neq(other: Value | Expr<Value | null> | Quantified<Value | null>): Predicate;
  /** `x = ANY($1)`: one parameter whatever the length. Duplicates are dropped; an empty list matches nothing. With a subquery, `x IN (SELECT ...)`. */
  in(values: ValueList<Value> | Subquery<Value | null>): Predicate;
  /** `x <> ALL($1)`. An empty list matches every row. With a subquery, `x NOT IN (SELECT ...)`, over a column that is never NULL: one NULL would match no row at all. */
  notIn(values: ValueList<Value> | Subquery<Value>): Predicate;
  /** `x IS DISTINCT FROM $1`: like `neq`, with NULL as an ordinary value. */
  isDistinctFrom(other: Value | null | Expr<Value | null>): Predicate;
  /** `x IS NOT DISTINCT FROM $1` */
  isNotDistinctFrom(other: Value | null | Expr<Value | null>): Predicate;
}

/** What a nullable column has besides: comparison with the literal null, as IS NULL and IS NOT NULL. */
export interface NullEquality {
  /** `x IS NULL` */
  eq(other: null): Predicate;
  /** `x IS NOT NULL` */
  neq(other: null): Predicate;
}

export interface Ordering<Value> {
  gt(other: Value | Expr<Value | null> | Quantified<Value | null>): Predicate;
  gte(other: Value | Expr<Value | null> | Quantified<Value | null>): Predicate;
  lt(other: Value | Expr<Value | null> | Quantified<Value | null>): Predicate;
  lte(other: Value | Expr<Value | null> | Quantified<Value | null>): Predicate;
  /** `x BETWEEN $1 AND $2`, both ends included. */
  between(low: Value | Expr<Value | null>, high: Value | Expr<Value | null>): Predicate;
  /** Ascending; Postgres puts NULL last unless told otherwise. */
  asc(): Order;
  /** Descending; Postgres puts NULL first unless told otherwise. */
  desc(): Order;
  /** `min(x)`: the least value; null when there is none. */
  min(): Aggregate<Value, Value | null>;
  /** `max(x)`: the greatest value; null when there is none. */
  max(): Aggregate<Value, Value | null>;
}

/** Arithmetic in the type that Postgres promotes the operands to. Integer division truncates; a division by zero is the server's error 22012. */
export interface Arithmetic<Value> {
  add<Result>(this: Valued<Result>, other: Value | Expr<Value>): NumberExpr<Value, Result>;
  add(other: Expr<Value | null>): NumberExpr<Value, Value | null>;
  sub<Result>(this: Valued<Result>, other: Value | Expr<Value>): NumberExpr<Value, Result>;
  sub(other: Expr<Value | null>): NumberExpr<Value, Value | null>;
  mul<Result>(this: Valued<Result>, other: Value | Expr<Value>): NumberExpr<Value, Result>;
  mul(other: Expr<Value | null>): NumberExpr<Value, Value | null>;
  div<Result>(this: Valued<Result>, other: Value | Expr<Value>): NumberExpr<Value, Result>;
  div(other: Expr<Value | null>): NumberExpr<Value, Value | null>;
  mod<Result>(this: Valued<Result>, other: Value | Expr<Value>): NumberExpr<Value, Result>;
  mod(other: Expr<Value | null>): NumberExpr<Value, Value | null>;
  neg<Result>(this: Valued<Result>): NumberExpr<Value, Result>;
  /**
   * `sum(x)`; null when there is nothing to add. Exact, but for floating-point columns: the sum of numbers is read as one and fails with DECODE beyond 2^53, the
   * sum of bigints and decimals may have any size.
   */
  sum(): NumberAggregate<Value, Value | null>;
  /** `avg(x)`; null when there is none. In double precision for integers, exact for decimals; with `{ exact: true }` a decimal string for integers, too. */
  avg(): Average<Value>;
  avg(options: { readonly exact: true }): NumberAggregate<string, string | null>;
  /** `abs(x)` */
  abs<Result>(this: Valued<Result>): NumberExpr<Value, Result>;
  /** `sign(x)`: -1, 0 or 1. */
  sign<Result>(this: Valued<Result>): NumberExpr<Value, Result>;
  /** `ceil(x)`; an integer is its own. */
  ceil<Result>(this: Valued<Result>): NumberExpr<Value, Result>;
  /** `floor(x)`; an integer is its own. */
  floor<Result>(this: Valued<Result>): NumberExpr<Value, Result>;
  /**
   * `round(x, digits)`, to whole numbers when `digits` is absent, to tens and hundreds when it is negative. Decimals, and anything to digits, round half away
   * from zero; floating-point numbers to whole ones round half to even, as Postgres has it.
   */
  round<Result>(this: Valued<Result>, digits?: number): NumberExpr<Value, Result>;
  /** `power(x, y)`, in double precision whatever the type. */
  power<Result>(this: Valued<Result>, exponent: number | Expr<number>): NumberExpr<number, number | Extract<Result, null>>;
  power(exponent: Expr<number | null>): NumberExpr<number, number | null>;
  /** `sqrt(x)`, in double precision whatever the type. The root of a negative number is the server's error 2201F. */
  sqrt<Result>(this: Valued<Result>): NumberExpr<number, number | Extract<Result, null>>;
}

export interface NumberOps<Value> extends Equality<Value>, Ordering<Value>, Arithmetic<Value> {
  min(): NumberAggregate<Value, Value | null>;
  max(): NumberAggregate<Value, Value | null>;
}
export interface NumberExpr<Value, Result = Value> extends Expr<Result>, NumberOps<Value> {}

/** Pattern lookups escape `%`, `_` and `\` in what they are given, except `like`, `ilike` and the regular expressions, which take patterns. */
export interface TextSearch {
  /** `x LIKE '%…%'`, case-sensitive. */
  contains(part: string): Predicate;
  /** `x ILIKE '%…%'` */
  icontains(part: string): Predicate;
  /** `x LIKE '…%'` */
  startsWith(prefix: string): Predicate;
  /** `x ILIKE '…%'` */
  istartsWith(prefix: string): Predicate;
  /** `x LIKE '%…'` */
  endsWith(suffix: string): Predicate;
  /** `x ILIKE '%…'` */
  iendsWith(suffix: string): Predicate;
  /** `lower(x) = lower($1)` */
  iexact(text: string): Predicate;
  /** `x LIKE $1`: the argument is a pattern. */
  like(pattern: string): Predicate;
  /** `x ILIKE $1`: the argument is a pattern. */
  ilike(pattern: string): Predicate;
  /** `x ~ $1`: a POSIX regular expression, run by the server. A malformed one is the server's error 2201B. */
  regex(pattern: string): Predicate;
  /** `x ~* $1` */
  iregex(pattern: string): Predicate;
  /** `lower(x)` */
  lower<Result>(this: Valued<Result>): TextExpr<string | Extract<Result, null>>;
  /** `upper(x)` */
  upper<Result>(this: Valued<Result>): TextExpr<string | Extract<Result, null>>;
  /** `char_length(x)`, in characters. */
  length<Result>(this: Valued<Result>): NumberExpr<number, number | Extract<Result, null>>;
  /** `x || a || b`; NULL when any part is. */
  concat<Result>(this: Valued<Result>, ...parts: (string | Expr<string>)[]): TextExpr<string | Extract<Result, null>>;
  /** `btrim(x, characters)`: without these characters at both ends; spaces when absent. */
  trim<Result>(this: Valued<Result>, characters?: string | Expr<string>): TextExpr<string | Extract<Result, null>>;
  /** `ltrim(x, characters)` */
  ltrim<Result>(this: Valued<Result>, characters?: string | Expr<string>): TextExpr<string | Extract<Result, null>>;
  /** `rtrim(x, characters)` */
  rtrim<Result>(this: Valued<Result>, characters?: string | Expr<string>): TextExpr<string | Extract<Result, null>>;
  /** `replace(x, from, to)`: every occurrence. */
  replace<Result>(this: Valued<Result>, from: string | Expr<string>, to: string | Expr<string>): TextExpr<string | Extract<Result, null>>;
  /** `substr(x, start, length)`, in characters from 1; to the end when `length` is absent. A negative length is the server's error 22011. */
  substr<Result>(
    this: Valued<Result>,
    start: number | Expr<number>,
    length?: number | Expr<number>,
  ): TextExpr<string | Extract<Result, null>>;
  /** `left(x, count)`; all but the last `-count` characters when it is negative. */
  left<Result>(this: Valued<Result>, count: number | Expr<number>): TextExpr<string | Extract<Result, null>>;
  /** `right(x, count)`; all but the first `-count` characters when it is negative. */
  right<Result>(this: Valued<Result>, count: number | Expr<number>): TextExpr<string | Extract<Result, null>>;
  /** `split_part(x, separator, part)`: the parts are counted from 1, or from the end when negative; empty where there is none. */
  split<Result>(
    this: Valued<Result>,
    separator: string | Expr<string>,
    part: number | Expr<number>,
  ): TextExpr<string | Extract<Result, null>>;
  /** `strpos(x, part)`: where it begins, in characters from 1; 0 where it does not occur. */
  position<Result>(this: Valued<Result>, part: string | Expr<string>): NumberExpr<number, number | Extract<Result, null>>;
  /** `reverse(x)` */
  reverse<Result>(this: Valued<Result>): TextExpr<string | Extract<Result, null>>;
  /** `repeat(x, count)` */
  repeat<Result>(this: Valued<Result>, count: number | Expr<number>): TextExpr<string | Extract<Result, null>>;
  /** `lpad(x, length, fill)`: filled up, or cut, to `length` characters; with spaces when `fill` is absent. */
  lpad<Result>(this: Valued<Result>, length: number | Expr<number>, fill?: string | Expr<string>): TextExpr<string | Extract<Result, null>>;
  /** `rpad(x, length, fill)` */
  rpad<Result>(this: Valued<Result>, length: number | Expr<number>, fill?: string | Expr<string>): TextExpr<string | Extract<Result, null>>;
  /** `md5(x)`: 32 hexadecimal digits. */
  md5<Result>(this: Valued<Result>): TextExpr<string | Extract<Result, null>>;
}

export interface TextOps extends Equality<string>, Ordering<string>, TextSearch {}
export interface TextExpr<Result = string> extends Expr<Result>, TextOps {}

export interface ScalarOps<Value> extends Equality<Value>, Ordering<Value> {}

/** A boolean column is a predicate too: `p.active` where a predicate is wanted. */
export interface BooleanOps
  extends Equality<boolean>, Ordering<boolean>, Pick<Predicate, 'and' | 'or' | 'xor' | 'not' | 'isTrue' | 'isFalse'> {}

/**
 * Moments move by intervals. Days and months are counted on the calendar of the session's time zone, as Postgres does; the server refuses a result beyond
 * its range (22008).
 */
export interface MomentOps<Value> extends Equality<Value>, Ordering<Value> {
  /** `x + $1`, with an interval. */
  add<Result>(this: Valued<Result>, duration: Temporal.Duration | Expr<Temporal.Duration>): MomentExpr<Value, Result>;
  add(duration: Expr<Temporal.Duration | null>): MomentExpr<Value, Value | null>;
  /** `x - $1`, with an interval. */
  sub<Result>(this: Valued<Result>, duration: Temporal.Duration | Expr<Temporal.Duration>): MomentExpr<Value, Result>;
  sub(duration: Expr<Temporal.Duration | null>): MomentExpr<Value, Value | null>;
  /** `x - $1`, with an earlier moment: an interval of days, hours and less, negative when `$1` is the later one. */
  since<Result>(this: Valued<Result>, earlier: Value | Expr<Value>): IntervalExpr<Temporal.Duration | Extract<Result, null>>;
  since(earlier: Expr<Value | null>): IntervalExpr<Temporal.Duration | null>;
  min(): MomentAggregate<Value, Value | null>;
  max(): MomentAggregate<Value, Value | null>;
}
export interface MomentExpr<Value, Result = Value> extends Expr<Result>, MomentOps<Value> {}

/** A day moved by an interval is a timestamp. */
export interface DateOps extends Equality<Temporal.PlainDate>, Ordering<Temporal.PlainDate> {
  /** `x + $1`, with an interval. */
  add<Result>(
    this: Valued<Result>,
    duration: Temporal.Duration | Expr<Temporal.Duration>,
  ): MomentExpr<Temporal.PlainDateTime, Temporal.PlainDateTime | Extract<Result, null>>;
  add(duration: Expr<Temporal.Duration | null>): MomentExpr<Temporal.PlainDateTime, Temporal.PlainDateTime | null>;
  /** `x - $1`, with an interval. */
  sub<Result>(
    this: Valued<Result>,
    duration: Temporal.Duration | Expr<Temporal.Duration>,
  ): MomentExpr<Temporal.PlainDateTime, Temporal.PlainDateTime | Extract<Result, null>>;
  sub(duration: Expr<Temporal.Duration | null>): MomentExpr<Temporal.PlainDateTime, Temporal.PlainDateTime | null>;
}

/** Intervals are compared by length, in which a month has 30 days and a day 24 hours: `P1M` equals `P30D`. */
export interface IntervalOps extends Equality<Temporal.Duration>, Ordering<Temporal.Duration> {
  /** `x + $1`, part by part. A result with parts of both signs can be compared but not read. */
  add<Result>(this: Valued<Result>, duration: Temporal.Duration | Expr<Temporal.Duration>): IntervalExpr<Result>;
  add(duration: Expr<Temporal.Duration | null>): IntervalExpr<Temporal.Duration | null>;
  /** `x - $1`, part by part. */
  sub<Result>(this: Valued<Result>, duration: Temporal.Duration | Expr<Temporal.Duration>): IntervalExpr<Result>;
  sub(duration: Expr<Temporal.Duration | null>): IntervalExpr<Temporal.Duration | null>;
  /** `x * $1`; fractions of months and days spill into the smaller parts. */
  mul<Result>(this: Valued<Result>, factor: number | Expr<number>): IntervalExpr<Result>;
  mul(factor: Expr<number | null>): IntervalExpr<Temporal.Duration | null>;
  /** `- x` */
  neg<Result>(this: Valued<Result>): IntervalExpr<Result>;
  /** `sum(x)`, part by part; null when there is nothing to add. */
  sum(): IntervalAggregate<Temporal.Duration | null>;
  /** `avg(x)`; fractions of months and days spill into the smaller parts. */
  avg(): IntervalAggregate<Temporal.Duration | null>;
  min(): IntervalAggregate<Temporal.Duration | null>;
  max(): IntervalAggregate<Temporal.Duration | null>;
}
export interface IntervalExpr<Result = Temporal.Duration> extends Expr<Result>, IntervalOps {}

/** Addresses and networks, in the spelling of `f.inet` or `f.cidr`. */
export interface NetworkOps extends Equality<string>, Ordering<string> {
  /** `x << $1`: lies in the network and is smaller than it. */
  containedBy(network: string | Expr<string | null>): Predicate;
  /** `x <<= $1` */
  containedByOrEqual(network: string | Expr<string | null>): Predicate;
  /** `x >> $1`: the network has the address, or the smaller network, in it. */
  contains(address: string | Expr<string | null>): Predicate;
  /** `x >>= $1` */
  containsOrEqual(address: string | Expr<string | null>): Predicate;
  /** `x && $1`: one is in the other, or both are the same. */
  overlaps(network: string | Expr<string | null>): Predicate;
  /** `family(x)`: 4 or 6. */
  family<Result>(this: Valued<Result>): NumberExpr<number, number | Extract<Result, null>>;
  /** `masklen(x)`: the bits of the prefix. */
  masklen<Result>(this: Valued<Result>): NumberExpr<number, number | Extract<Result, null>>;
  /** `host(x)`: the address without its prefix, as text. */
  host<Result>(this: Valued<Result>): TextExpr<Result>;
  /** `network(x)`: the network that it is in, a cidr. */
  network<Result>(this: Valued<Result>): NetworkExpr<Result>;
}
export interface NetworkExpr<Result = string> extends Expr<Result>, NetworkOps {}

/** `BoundOps` is what can be done with a bound. Ranges are compared by what they contain, and ordered by lower bound, then upper bound; the empty range comes first. */
export interface RangeOps<Value, BoundOps = ScalarOps<Value>, Contained = Value> extends Equality<Range<Value>>, Ordering<Range<Value>> {
  /** `x @> $1`: has the value in it. */
  contains(value: Value | Expr<Contained | null>): Predicate;
  /** `x @> $1`, with a range. */
  containsRange(range: Range<Value> | Expr<Range<Value> | null>): Predicate;
  /** `x <@ $1` */
  containedBy(range: Range<Value> | Expr<Range<Value> | null>): Predicate;
  /** `x && $1`: there is a value that both have. */
  overlaps(range: Range<Value> | Expr<Range<Value> | null>): Predicate;
  /** `x << $1`: ends before the other begins. */
  strictlyLeftOf(range: Range<Value> | Expr<Range<Value> | null>): Predicate;
  /** `x >> $1`: begins after the other ends. */
  strictlyRightOf(range: Range<Value> | Expr<Range<Value> | null>): Predicate;
  /** `x &< $1`: does not end after the other. */
  notExtendsRightOf(range: Range<Value> | Expr<Range<Value> | null>): Predicate;
  /** `x &> $1`: does not begin before the other. */
  notExtendsLeftOf(range: Range<Value> | Expr<Range<Value> | null>): Predicate;
  /** `x -|- $1`: the two have nothing in common and nothing between them. */
  adjacentTo(range: Range<Value> | Expr<Range<Value> | null>): Predicate;
  /** `isempty(x)` */
  isEmpty(): Predicate;
  /** `lower_inc(x)` */
  isLowerInclusive(): Predicate;
  /** `upper_inc(x)` */
  isUpperInclusive(): Predicate;
  /** `lower_inf(x)`: has no lower bound. */
  isLowerUnbounded(): Predicate;
  /** `upper_inf(x)`: has no upper bound. */
  isUpperUnbounded(): Predicate;
  /** `lower(x)`: NULL where there is none, and for an empty range. */
  lower(): Expr<Value | null> & BoundOps;
  /** `upper(x)` */
  upper(): Expr<Value | null> & BoundOps;
}

export interface ArrayOps<Element> {
  eq(other: readonly Element[] | Expr<readonly Element[] | null>): Predicate;
  neq(other: readonly Element[] | Expr<readonly Element[] | null>): Predicate;
  isDistinctFrom(other: readonly Element[] | null | Expr<readonly Element[] | null>): Predicate;
  isNotDistinctFrom(other: readonly Element[] | null | Expr<readonly Element[] | null>): Predicate;
  /** `x @> $1`: has every one of the elements; true for an empty list. */
  contains(elements: readonly Element[]): Predicate;
  /** `x <@ $1`: has no element besides these. */
  containedBy(elements: readonly Element[]): Predicate;
  /** `x && $1`: has at least one of the elements. */
  overlaps(elements: readonly Element[]): Predicate;
  /** `$1 = ANY(x)` */
  any(element: Element): Predicate;
  /** `cardinality(x)`, 0 for an empty array. */
  len<Result>(this: Valued<Result>): NumberExpr<number, number | Extract<Result, null>>;
  /** `cardinality(x) = 0` */
  isEmpty(): Predicate;
}

/** Declared SQL text: defaults, generated columns, checks. Made by the `sql` tag, which takes no interpolated values. */
export interface Sql {
  readonly kind: 'sql';
  readonly text: string;
}
