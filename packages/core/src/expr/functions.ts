// Functions of SQL that belong to no one type: those over several operands of one type, and those of time. What belongs to a type is a method.

import type { Temporal } from 'temporal-spec';
import { ValidationError } from '../error/value-error.ts';
import { doubleKind, intKind } from '../value/number.ts';
import { textKind } from '../value/text.ts';
import { dateKind, timestampKind, timestamptzKind } from '../value/time.ts';
import type { DateOps, Expr, MomentExpr, NumberExpr, Order, OrNull, Valued } from './expression.ts';
import { mixed } from './mixed.ts';
import { cast, constant, operation, sqlText, type Node } from './node.ts';
import { expressionOf, lift, nodeOf } from './operations.ts';
import { OPERATORS, type Operator } from './operators.ts';

/** What has an order, for the types. */
interface Sortable {
  asc(): Order;
}

function over(operator: Operator, given: readonly unknown[]): unknown {
  const { operands, kind } = mixed(given);
  return expressionOf(operation(operator, operator === OPERATORS.nullIf ? operands : operands.map(orNull), kind));
}

/** What is read as null is to be passed over as NULL is: what the types say of the result must hold. */
function orNull(node: Node): Node {
  const { nullLike } = node.valueKind;
  if (nullLike === undefined || node.kind === 'value') return node;
  return operation(OPERATORS.nullIf, [node, constant(nullLike, node.valueKind)], node.valueKind);
}

/**
 * `coalesce(a, b, ...)`: the first that is not NULL.
 *
 * Shape: in the type of the expressions, values take theirs. Not nullable when the last argument is not.
 *
 * @example
 * query(Post).orderBy(p => coalesce(p.rating, 0).desc())
 */
export function coalesce<Value, Of>(
  first: Of & Valued<Value>,
  ...rest: [
    ...(NoInfer<NonNullable<Value>> | Expr<NoInfer<Value> | null>)[],
    NoInfer<NonNullable<Value>> | Expr<NoInfer<NonNullable<Value>>>,
  ]
): Of & Valued<NonNullable<Value>>;
export function coalesce<Value, Of>(first: Of & Valued<Value>, ...rest: Expr<NoInfer<Value> | null>[]): Of & Valued<Value>;
export function coalesce(...given: unknown[]): unknown {
  return over(OPERATORS.coalesce, given);
}

/** `greatest(a, b, ...)`: NULLs are passed over; NULL only when all are. Not nullable when the last argument is not. */
export function greatest<Value, Of extends Sortable>(
  first: Of & Valued<Value>,
  ...rest: [
    ...(NoInfer<NonNullable<Value>> | Expr<NoInfer<Value> | null>)[],
    NoInfer<NonNullable<Value>> | Expr<NoInfer<NonNullable<Value>>>,
  ]
): Of & Valued<NonNullable<Value>>;
export function greatest<Value, Of extends Sortable>(first: Of & Valued<Value>, ...rest: Expr<NoInfer<Value> | null>[]): Of & Valued<Value>;
export function greatest(...given: unknown[]): unknown {
  return over(OPERATORS.greatest, given);
}

/** `least(a, b, ...)`: NULLs are passed over; NULL only when all are. Not nullable when the last argument is not. */
export function least<Value, Of extends Sortable>(
  first: Of & Valued<Value>,
  ...rest: [
    ...(NoInfer<NonNullable<Value>> | Expr<NoInfer<Value> | null>)[],
    NoInfer<NonNullable<Value>> | Expr<NoInfer<NonNullable<Value>>>,
  ]
): Of & Valued<NonNullable<Value>>;
export function least<Value, Of extends Sortable>(first: Of & Valued<Value>, ...rest: Expr<NoInfer<Value> | null>[]): Of & Valued<Value>;
export function least(...given: unknown[]): unknown {
  return over(OPERATORS.least, given);
}

/** `nullif(x, y)`: NULL where the two are equal, else `x`. */
export function nullIf<Value, Of extends Valued<any>>(
  value: Of & Valued<Value>,
  other: NoInfer<NonNullable<Value>> | Expr<NoInfer<Value> | null>,
): OrNull<Of>;
export function nullIf(...given: unknown[]): unknown {
  return over(OPERATORS.nullIf, given);
}

/** The start of the transaction as the database knows it, in milliseconds: `date_trunc('milliseconds', now())`. */
export function now(): MomentExpr<Date> {
  return expressionOf(operation(OPERATORS.now, [], timestamptzKind)) as unknown as MomentExpr<Date>;
}

/** `current_date`: the day in the time zone of the session. */
export function currentDate(): Expr<Temporal.PlainDate> & DateOps {
  return expressionOf(operation(OPERATORS.currentDate, [], dateKind)) as unknown as Expr<Temporal.PlainDate> & DateOps;
}

/** `extract(year FROM current_date)::integer`: the year in the time zone of the session. */
export function currentYear(): NumberExpr<number> {
  return expressionOf(operation(OPERATORS.currentYear, [], intKind)) as unknown as NumberExpr<number>;
}

/** Source: the manual, 9.9.2 date_trunc. */
const UNITS = [
  'microseconds',
  'milliseconds',
  'second',
  'minute',
  'hour',
  'day',
  'week',
  'month',
  'quarter',
  'year',
  'decade',
  'century',
  'millennium',
] as const;
export type DateUnit = (typeof UNITS)[number];

/** Source: the manual, 9.9.1 EXTRACT, date_part. */
const PARTS = [
  'century',
  'day',
  'decade',
  'dow',
  'doy',
  'epoch',
  'hour',
  'isodow',
  'isoyear',
  'julian',
  'microseconds',
  'millennium',
  'milliseconds',
  'minute',
  'month',
  'quarter',
  'second',
  'week',
  'year',
] as const;
export type DatePart = (typeof PARTS)[number];

/** For instants: the time zone that has the calendar. Default: that of the session. */
export interface TimeZoneOptions {
  readonly timeZone: string;
}

type Instantaneous = Date | Temporal.Instant | null;
type Calendrical = Instantaneous | Temporal.PlainDate | Temporal.PlainDateTime | Temporal.Duration;

/** A name that belongs to the structure of a statement: written into the text, where GROUP BY and expression indexes find it again. */
function nameIn(known: readonly string[], name: unknown, what: string): Node {
  if (typeof name === 'string' && known.includes(name)) return sqlText(`'${name}'`, textKind);
  throw new ValidationError([{ path: what, rule: 'type', message: `must be one of ${known.join(', ')}` }]);
}

function zoneIn(options: TimeZoneOptions | undefined, node: Node): Node[] {
  if (options === undefined) return [];
  if (node.valueKind.castType !== timestamptzKind.castType)
    throw new ValidationError([
      { path: 'timeZone', rule: 'type', message: `is for instants; ${node.valueKind.sqlType} has a calendar of its own` },
    ]);
  return [lift(options.timeZone, textKind, 'timeZone')];
}

/**
 * `date_trunc('month', x)`: the beginning of the unit that `x` lies in, of the same type as `x`.
 *
 * Errors: VALIDATION for an unknown unit and for a time zone with anything but an instant; DATABASE with `sqlState` 22023 for an unknown time zone.
 *
 * @example
 * query(Post).select(p => ({ month: dateTrunc('month', p.publishedAt, { timeZone: 'Europe/Oslo' }) }))
 */
export function dateTrunc<Value extends Instantaneous, Of>(unit: DateUnit, value: Of & Valued<Value>, options: TimeZoneOptions): Of;
export function dateTrunc<Value extends Calendrical, Of>(unit: DateUnit, value: Of & Valued<Value>): Of;
export function dateTrunc(unit: unknown, value: object, options?: TimeZoneOptions): unknown {
  const node = nodeOf(value),
    { valueKind } = node,
    name = nameIn(UNITS, unit, 'unit'),
    zone = zoneIn(options, node);
  // A date would become an instant by way of the session's time zone.
  if (valueKind.castType === dateKind.castType)
    return expressionOf(cast(operation(OPERATORS.dateTrunc, [name, cast(node, timestampKind)], timestampKind), valueKind));
  return expressionOf(operation(OPERATORS.dateTrunc, [name, node, ...zone], valueKind));
}

/**
 * `date_part('year', x)`: a part of a date or time as a number, in double precision.
 *
 * Shape: `second` has its fraction and `epoch` counts seconds; `dow` is 0 for Sunday, `isodow` 7.
 * Errors: VALIDATION for an unknown part and for a time zone with anything but an instant; DATABASE with `sqlState` 0A000 for a part that the type does not have.
 *
 * @example
 * query(Post).filter(p => extract('hour', p.publishedAt, { timeZone: 'Europe/Oslo' }).gte(18))
 */
export function extract<Value extends Instantaneous>(
  part: DatePart,
  value: Valued<Value>,
  options: TimeZoneOptions,
): NumberExpr<number, number | Extract<Value, null>>;
export function extract<Value extends Calendrical | Temporal.PlainTime>(
  part: DatePart,
  value: Valued<Value>,
): NumberExpr<number, number | Extract<Value, null>>;
export function extract(part: unknown, value: object, options?: TimeZoneOptions): unknown {
  const node = nodeOf(value),
    name = nameIn(PARTS, part, 'part'),
    [zone] = zoneIn(options, node);
  return expressionOf(
    operation(
      OPERATORS.datePart,
      [name, zone === undefined ? node : operation(OPERATORS.atTimeZone, [node, zone], timestampKind)],
      doubleKind,
    ),
  );
}
