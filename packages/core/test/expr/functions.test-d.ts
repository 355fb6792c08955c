// The types of functions, CASE, literals and casts. Checked by `tsc`, never run.

import type { Temporal } from 'temporal-spec';
import {
  caseWhen,
  cast,
  coalesce,
  currentDate,
  currentYear,
  dateTrunc,
  extract,
  f,
  greatest,
  least,
  literal,
  model,
  not,
  now,
  nullIf,
  pgEnum,
  type Expr,
  type ExprsOf,
  type Predicate,
  type Valued,
} from '../../src/index.ts';

const Status = pgEnum('status', ['draft', 'done']);
class Post extends model('posts', {
  title: f.text(),
  note: f.text().nullable(),
  views: f.int(),
  rating: f.double().nullable(),
  price: f.decimal(10, 2).nullable(),
  total: f.bigint(),
  status: f.enum(Status),
  flag: f.boolean().nullable(),
  at: f.timestamptz(),
  seen: f.timestamptz().nullable(),
  instant: f.instant(),
  day: f.date(),
  span: f.interval(),
  clock: f.time(),
  tags: f.array(f.text()),
}) {}
declare const p: ExprsOf<typeof Post>;

type Same<Left, Right> = (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;
type ValueIn<E> = E extends Valued<infer V> ? V : never;
declare function value<V>(): <E>(of: E, isSame: Same<ValueIn<E>, V>) => void;

export function compiles(): void {
  // nullability
  value<number>()(coalesce(p.rating, 0), true);
  value<number>()(coalesce(p.rating, p.views), true);
  value<number | null>()(coalesce(p.rating, p.rating), true);
  value<number>()(coalesce(p.rating, p.rating, 1), true);
  value<string>()(coalesce(p.note, p.title), true);
  value<'draft' | 'done'>()(coalesce(p.status, 'done'), true);
  value<number>()(greatest(p.views, p.rating, 3), true);
  value<number | null>()(least(p.rating, p.rating), true);
  value<number | null>()(nullIf(p.views, 0), true);
  value<number | null>()(nullIf(p.rating, p.views), true);
  value<Date>()(coalesce(p.seen, now()), true);
  // with the operations of the type
  coalesce(p.rating, 0).gt(3) satisfies Predicate;
  coalesce(p.note, '').startsWith('a') satisfies Predicate;
  nullIf(p.title, '').isNull() satisfies Predicate;
  nullIf(p.views, 0).desc();
  value<number | null>()(nullIf(p.views, 0).add(1), true);
  value<number>()(coalesce(p.rating, 0).add(1), true);

  // numbers and text
  value<number>()(p.views.abs(), true);
  value<number | null>()(p.rating.round(2), true);
  value<string | null>()(p.price.ceil(), true);
  value<number | null>()(p.price.sqrt(), true);
  value<bigint>()(p.total.floor().sign(), true);
  value<number>()(p.total.power(2), true);
  value<number | null>()(p.total.power(p.rating), true);
  value<string | null>()(p.note.trim().replace('a', 'b').substr(1, 2).lpad(5), true);
  value<string>()(p.title.left(2).right(1).split('-', 1).reverse().repeat(2).md5().rpad(1, ' '), true);
  value<number | null>()(p.note.position('a'), true);
  p.flag.isTrue() satisfies Predicate;
  not(p.views.gt(1)).isFalse() satisfies Predicate;

  // time
  value<Date>()(now(), true);
  value<Temporal.PlainDate>()(currentDate(), true);
  value<number>()(currentYear(), true);
  value<Date | null>()(dateTrunc('month', p.seen), true);
  value<Date>()(dateTrunc('day', p.at, { timeZone: 'UTC' }), true);
  value<Temporal.PlainDate>()(dateTrunc('month', p.day), true);
  value<Temporal.Duration>()(dateTrunc('hour', p.span), true);
  value<number>()(extract('year', p.day), true);
  value<number>()(extract('hour', p.clock), true);
  value<number | null>()(extract('hour', p.seen, { timeZone: 'UTC' }), true);
  p.at.lt(now());
  dateTrunc('day', p.at).eq(p.at);

  // CASE
  value<'a' | 'b' | 'c'>()(caseWhen(p.flag, 'a').when(p.views.gt(1), 'b').otherwise('c'), true);
  value<number>()(caseWhen(p.flag, 1).otherwise(2), true);
  value<number | null>()(caseWhen(p.flag, 1).otherwise(null), true);
  value<number>()(caseWhen(p.flag, p.views).otherwise(2), true);
  value<number | null>()(caseWhen(p.flag, p.views).otherwise(p.rating), true);
  value<number | null>()(caseWhen(p.flag, p.views).when(p.flag, null).otherwise(2), true);
  value<number>()(caseWhen(p.flag, 2).otherwise(p.views), true);
  value<'draft' | 'done'>()(caseWhen(p.flag, p.status).otherwise('done'), true);
  value<number>()(caseWhen(p.flag, p.views).otherwise(2).add(1), true);
  value<string>()(caseWhen(p.flag, 'a').otherwise('b').upper(), true);
  value<number>()(caseWhen(p.flag, 1).otherwise(2).mul(3), true);
  p.status.eq(caseWhen(p.flag, 'draft').otherwise('done'));
  caseWhen(p.flag, 'draft').otherwise('done') satisfies Expr<'draft' | 'done'>;
  caseWhen(p.flag, true).otherwise(false) satisfies Predicate;
  caseWhen(p.flag, new Date(0)).otherwise(p.at).desc();

  // literals and casts
  value<string>()(literal('a'), true);
  value<number>()(literal(1).add(2), true);
  value<Date>()(literal(new Date(0)), true);
  value<'draft' | 'done'>()(literal('draft', f.enum(Status)), true);
  value<string | null>()(literal(null, f.text()), true);
  value<string>()(cast(p.views, f.text()), true);
  value<string | null>()(cast(p.rating, f.text()), true);
  value<bigint>()(cast(p.views, f.bigint()).add(1n), true);
  cast(p.views, f.text()).startsWith('1') satisfies Predicate;
}

export function refused(): void {
  // @ts-expect-error a value of another type
  coalesce(p.rating, 'a');
  // @ts-expect-error an expression of another type
  coalesce(p.rating, p.title);
  // @ts-expect-error not a label
  coalesce(p.status, 'gone');
  // @ts-expect-error null is no fallback
  coalesce(p.rating, null);
  // @ts-expect-error arrays have no order
  greatest(p.tags, ['a']);
  // @ts-expect-error a CASE without ELSE is no expression
  p.views.eq(caseWhen(p.flag, 1));
  // @ts-expect-error there is no CASE without WHEN
  caseWhen.otherwise(1);
  // @ts-expect-error arms of one type
  caseWhen(p.flag, 1).otherwise('a');
  // @ts-expect-error arms of the type of the first expression
  caseWhen(p.flag, p.views).otherwise('a');
  // @ts-expect-error not a label
  caseWhen(p.flag, p.status).otherwise('gone');
  // @ts-expect-error not a label
  p.status.eq(caseWhen(p.flag, 'draft').otherwise('gone'));
  // @ts-expect-error a condition is a predicate
  caseWhen(p.views, 1);
  // @ts-expect-error text has no root
  p.title.sqrt();
  // @ts-expect-error numbers are not trimmed
  p.views.trim();
  // @ts-expect-error the digits are a number of this program
  p.views.round(p.views);
  // @ts-expect-error a time has no month to begin
  dateTrunc('month', p.clock);
  // @ts-expect-error a date has no time zone
  dateTrunc('month', p.day, { timeZone: 'UTC' });
  // @ts-expect-error no such unit
  dateTrunc('fortnight', p.at);
  // @ts-expect-error text has no year
  extract('year', p.title);
  // @ts-expect-error microseconds are no Date
  p.instant.lt(now());
  // @ts-expect-error null alone has no type
  literal(null);
  // @ts-expect-error a value of the type
  literal('a', f.int());
  // @ts-expect-error a type is a field
  cast(p.views, 'text');
}
