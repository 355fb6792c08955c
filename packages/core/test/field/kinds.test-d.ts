// What compiles and what must not: intervals, addresses and ranges, and the moments they move.

import { f, model, Range, type Context, type Expr, type ExprsOf, type Predicate } from '@djogi/core';
import type { Temporal } from 'temporal-spec';

class Visit extends model('visits', {
  lasts: f.interval(),
  pause: f.interval().nullable(),
  address: f.inet(),
  iface: f.inet({ prefix: true }).nullable(),
  net: f.cidr(),
  mac: f.macaddr(),
  seats: f.range('int4'),
  ids: f.range('int8').nullable(),
  price: f.range('num').default(Range.atLeast('0')),
  planned: f.range('ts'),
  during: f.range('tstz'),
  days: f.range('date'),
  startsAt: f.timestamptz(),
  endsAt: f.timestamptz().nullable(),
  exactly: f.instant(),
  local: f.timestamp(),
  day: f.date(),
  pauses: f.array(f.interval()),
  hosts: f.array(f.inet()),
}) {}

declare const ctx: Context;
declare const visit: Visit;
declare const v: ExprsOf<typeof Visit>;
declare const duration: Temporal.Duration;
declare const instant: Temporal.Instant;

visit.lasts satisfies Temporal.Duration;
visit.pause satisfies Temporal.Duration | null;
visit.address satisfies string;
visit.seats satisfies Range<number>;
visit.ids satisfies Range<bigint> | null;
visit.price satisfies Range<string>;
visit.planned satisfies Range<Temporal.PlainDateTime>;
visit.during satisfies Range<Temporal.Instant>;
visit.days satisfies Range<Temporal.PlainDate>;
visit.during.lower satisfies Temporal.Instant | null;
visit.hosts satisfies string[];
await visit.update(ctx, { lasts: duration, seats: Range.inclusive(1, 2), during: Range.empty(), ids: null });
await visit.update(ctx, { seats: { lower: 1, upper: null, isLowerInclusive: true, isUpperInclusive: false, isEmpty: false } });

declare function valueOf<Value>(expression: Expr<Value>): Value;

valueOf(v.startsAt.add(duration)) satisfies Date;
valueOf(v.startsAt.add(v.lasts).sub(duration)) satisfies Date;
valueOf(v.endsAt.add(duration)) satisfies Date | null;
valueOf(v.startsAt.add(v.pause)) satisfies Date | null;
valueOf(v.createdAt.sub(duration)) satisfies Date;
valueOf(v.exactly.add(duration)) satisfies Temporal.Instant;
valueOf(v.local.add(duration)) satisfies Temporal.PlainDateTime;
valueOf(v.day.add(duration)) satisfies Temporal.PlainDateTime;
valueOf(v.startsAt.since(v.createdAt)) satisfies Temporal.Duration;
valueOf(v.startsAt.since(v.endsAt)) satisfies Temporal.Duration | null;
valueOf(v.endsAt.since(v.startsAt)) satisfies Temporal.Duration | null;
valueOf(v.lasts.add(duration).mul(2).neg()) satisfies Temporal.Duration;
valueOf(v.lasts.sub(v.pause)) satisfies Temporal.Duration | null;
valueOf(v.net.masklen()) satisfies number;
valueOf(v.iface.network()) satisfies string | null;
valueOf(v.iface.host()) satisfies string | null;
valueOf(v.seats.lower()) satisfies number | null;
valueOf(v.seats.upper().sub(1)) satisfies number | null;
valueOf(v.during.upper().since(v.during.lower())) satisfies Temporal.Duration | null;
valueOf(v.days.lower().add(duration)) satisfies Temporal.PlainDateTime | null;
v.startsAt.add(duration).gte(new Date()) satisfies Predicate;
v.startsAt.since(v.createdAt).lt(duration) satisfies Predicate;
v.lasts.eq(duration) satisfies Predicate;
v.pause.eq(null) satisfies Predicate;
v.address.containedBy(v.net) satisfies Predicate;
v.seats.contains(5) satisfies Predicate;
v.seats.containsRange(Range.empty()) satisfies Predicate;
v.during.contains(instant) satisfies Predicate;
v.during.contains(v.exactly) satisfies Predicate;
v.during.contains(v.createdAt) satisfies Predicate;
v.during.overlaps(v.during) satisfies Predicate;
v.during.in([Range.all()]) satisfies Predicate;
v.seats.lower().gte(5) satisfies Predicate;

// @ts-expect-error The result may be null.
valueOf(v.endsAt.add(duration)) satisfies Date;
// @ts-expect-error Adding what may be null may give null.
valueOf(v.startsAt.add(v.pause)) satisfies Date;
// @ts-expect-error A day later by an interval is a moment.
valueOf(v.day.add(duration)) satisfies Temporal.PlainDate;
// @ts-expect-error The bound of a range may be absent.
valueOf(v.seats.lower()) satisfies number;
// @ts-expect-error Milliseconds are no interval.
v.startsAt.add(1000);
// @ts-expect-error Moments of two types have nothing between them.
v.startsAt.since(v.local);
// @ts-expect-error A time of day stays where it is.
v.address.add(duration);
// @ts-expect-error A MAC address is in no network.
v.mac.containedBy('10.0.0.0/8');
// @ts-expect-error A bigint is no bound of int4.
v.seats.contains(5n);
// @ts-expect-error A Date is no instant.
v.during.contains(new Date());
// @ts-expect-error A range, where a value is wanted.
v.seats.contains(Range.inclusive(1, 2));
// @ts-expect-error A range of another type.
v.seats.overlaps(Range.inclusive('1', '2'));
// @ts-expect-error A range of another column's type.
v.seats.overlaps(v.during);
// @ts-expect-error A column that is NOT NULL is never null.
v.lasts.eq(null);
// @ts-expect-error There is no such range type.
f.range('int2');
// @ts-expect-error The text of a range is no range.
f.range('int4').default('[1,2)');
// @ts-expect-error There is no such option.
f.inet({ prefixes: true });
// @ts-expect-error An interval is a Duration.
f.interval().default('1 day');
// @ts-expect-error A range does not change.
visit.seats.lower = 1;
