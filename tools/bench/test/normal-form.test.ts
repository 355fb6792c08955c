import { expect, test } from 'vitest';
import { normalRow } from '../src/workload/normal-form.ts';

test('a row of a model and a row of the driver have one form', () => {
  const date = new Date('2026-01-01T00:00:00.000Z');
  expect(normalRow({ id: '1', ownerId: '2', seenAt: date }, false)).toBe(normalRow({ seen_at: date, id: '1', owner_id: '2' }, false));
});

test('another value, another type and a missing column are differences', () => {
  const row = normalRow({ id: '1', quantity: 1 }, false);
  expect(normalRow({ id: '1', quantity: 2 }, false)).not.toBe(row);
  expect(normalRow({ id: '1', quantity: '1' }, false)).not.toBe(row);
  expect(normalRow({ id: '1' }, false)).not.toBe(row);
});

test('what the server makes is left out of written rows only', () => {
  expect(normalRow({ id: '1', name: 'a' }, true)).toBe(normalRow({ id: '2', name: 'a' }, true));
  expect(normalRow({ id: '1', name: 'a' }, false)).not.toBe(normalRow({ id: '2', name: 'a' }, false));
});
