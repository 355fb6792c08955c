// Bookings of rooms: a range of time, a constraint that keeps two of them apart, and what is asked about them.

import { exclude, f, model, pk, Range } from '@djogi/core';
import { djogiTest } from '@djogi/testing';
import { Temporal } from 'temporal-polyfill';
import { describe, expect } from 'vitest';
import { query } from '../../src/index.ts';

class Booking extends model(
  'bookings',
  {
    room: f.int(),
    guest: f.text(),
    during: f.range('tstz').index(),
    notice: f.interval().default(Temporal.Duration.from('P1D')),
    from: f.inet().nullable(),
  },
  { pk: pk.serial() },
) {
  static readonly tableObjects = [
    exclude(Booking, 'one_at_a_time', 'gist', (b) => [
      { of: b.room, with: '=' },
      { of: b.during, with: '&&' },
    ]),
  ];
}

const test = djogiTest({ models: [Booking], extensions: ['btree_gist'] });

const at = (time: string): Temporal.Instant => Temporal.Instant.from(`2024-05-01T${time}:00Z`);
const between = (from: string, to: string): Range<Temporal.Instant> => Range.inclusiveExclusive(at(from), at(to));
const MORNING = between('09:00', '12:00');

describe('a booking', () => {
  test('comes back with the range it was made with', async ({ ctx }) => {
    const booking = await Booking.create(ctx, { room: 1, guest: 'Ada', during: MORNING, from: '2001:db8::1' });
    expect(booking.during).toEqual(MORNING);
    expect(Object.isFrozen(booking.during)).toBe(true);
    expect(booking.notice.toString()).toBe('P1D');
    expect(JSON.parse(JSON.stringify(booking))).toMatchObject({
      during: {
        lower: '2024-05-01T09:00:00Z',
        upper: '2024-05-01T12:00:00Z',
        isLowerInclusive: true,
        isUpperInclusive: false,
        isEmpty: false,
      },
      notice: 'P1D',
      from: '2001:db8::1',
    });
  });

  test('that overlaps another of its room is refused, by name', async ({ ctx }) => {
    await Booking.create(ctx, { room: 1, guest: 'Ada', during: MORNING });
    const overlapping = { room: 1, guest: 'Grace', during: between('11:00', '13:00') };
    await expect(Booking.create(ctx, overlapping)).rejects.toMatchObject({
      code: 'CONSTRAINT',
      kind: 'exclusion',
      constraint: 'bookings_one_at_a_time_excl',
    });
    await expect(query(Booking).bulkCreate(ctx, [{ ...overlapping, room: 2 }, overlapping])).rejects.toMatchObject({
      kind: 'exclusion',
      constraint: 'bookings_one_at_a_time_excl',
    });
    expect(await query(Booking).count(ctx)).toBe(1);
  });

  test('may follow another without a gap, and stand beside it in another room', async ({ ctx }) => {
    await query(Booking).bulkCreate(ctx, [
      { room: 1, guest: 'Ada', during: MORNING },
      { room: 1, guest: 'Grace', during: between('12:00', '14:00') },
      { room: 2, guest: 'Joan', during: MORNING },
      { room: 3, guest: 'Nobody', during: Range.empty() },
    ]);
    expect(await query(Booking).count(ctx)).toBe(4);
    const adjacent = query(Booking)
      .filter((b) => b.during.adjacentTo(MORNING))
      .select((b) => ({ guest: b.guest }));
    expect(await adjacent.fetchAll(ctx)).toEqual([{ guest: 'Grace' }]);
  });

  test('cannot be moved onto another', async ({ ctx }) => {
    await Booking.create(ctx, { room: 1, guest: 'Ada', during: MORNING });
    const later = await Booking.create(ctx, { room: 1, guest: 'Grace', during: between('12:00', '14:00') });
    await expect(later.update(ctx, { during: between('11:59', '14:00') })).rejects.toMatchObject({ kind: 'exclusion' });
    expect((await later.update(ctx, { during: Range.atLeast(at('12:00')) })).during.upper).toBeNull();
  });

  test('is refused before the database is asked when its bounds are no range of instants', async ({ ctx }) => {
    const wrong = { room: 1, guest: 'Ada', during: { ...MORNING, lower: new Date(0) } };
    await expect(Booking.create(ctx, wrong as never)).rejects.toMatchObject({
      code: 'VALIDATION',
      issues: [{ path: 'during', rule: 'type' }],
    });
    expect(() => between('12:00', '09:00')).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
  });
});

describe('bookings', () => {
  test('are found by an instant, by a stretch of time, and by their own parts', async ({ ctx }) => {
    await query(Booking).bulkCreate(ctx, [
      { room: 1, guest: 'Ada', during: MORNING, from: '10.0.0.7' },
      { room: 1, guest: 'Grace', during: Range.atLeast(at('14:00')), from: '192.168.1.1' },
      { room: 2, guest: 'Joan', during: between('10:00', '10:30') },
    ]);
    const guests = async (set: typeof all): Promise<string[]> => (await set.fetchAll(ctx)).map((b) => b.guest);
    const all = query(Booking).orderBy((b) => b.guest.asc());
    expect(await guests(all.filter((b) => b.during.contains(at('10:15'))))).toEqual(['Ada', 'Joan']);
    expect(await guests(all.filter((b) => b.during.overlaps(between('11:00', '15:00'))))).toEqual(['Ada', 'Grace']);
    expect(await guests(all.filter((b) => b.during.isUpperUnbounded()))).toEqual(['Grace']);
    expect(await guests(all.filter((b) => b.during.lower().lt(at('10:00'))))).toEqual(['Ada']);
    expect(await guests(all.filter((b) => b.from.containedBy('10.0.0.0/8')))).toEqual(['Ada']);
    expect(await guests(all.filter((b) => b.createdAt.add(b.notice).gt(b.createdAt.add(Temporal.Duration.from('PT23H')))))).toEqual([
      'Ada',
      'Grace',
      'Joan',
    ]);
  });

  test('give their bounds, and moments that are moved, in a selection', async ({ ctx }) => {
    const { createdAt } = await Booking.create(ctx, { room: 1, guest: 'Ada', during: MORNING, from: '10.0.0.7' });
    const rows = await query(Booking)
      .select((b) => ({
        from: b.during.lower(),
        to: b.during.upper(),
        soon: b.createdAt.add(Temporal.Duration.from('PT1H')),
        age: b.createdAt.since(b.createdAt),
        net: b.from.network(),
        bits: b.from.masklen(),
      }))
      .fetchAll(ctx);
    expect(rows).toEqual([
      {
        from: MORNING.lower,
        to: MORNING.upper,
        soon: new Date(createdAt.getTime() + 3_600_000),
        age: Temporal.Duration.from('PT0S'),
        net: '10.0.0.7/32',
        bits: 32,
      },
    ]);
    expect(rows[0]!.age.toString()).toBe('PT0S');
  });
});

test('an index on a range is a GiST index unless another is asked for', () => {
  expect(Booking.descriptor.indexes.map(({ method, elements }) => [method, elements])).toEqual([['gist', [{ column: 'during' }]]]);
});
