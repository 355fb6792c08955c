import { describe, expect, test } from 'vitest';
import { ratios, spread } from '../src/measure/statistics.ts';

describe('spread', () => {
  test('the median of an odd number of values is the middle one', () => {
    expect(spread([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9 });
  });

  test('the median of an even number of values lies between the middle two', () => {
    expect(spread([4, 1, 2, 9]).median).toBe(3);
  });

  test('an empty list is refused', () => {
    expect(() => spread([])).toThrow(RangeError);
  });
});

test('ratios compare within a round', () => {
  expect(ratios([1, 6], [2, 3])).toEqual([0.5, 2]);
  expect(() => ratios([1], [1, 2])).toThrow(RangeError);
});
