import { expect, test } from 'vitest';
import { allocatedBytes } from '../src/measure/heap.ts';

test('memory that was collected meanwhile is counted', async () => {
  const bytes = await allocatedBytes(async () => {
    // 200 MB in all, far more than the young generation holds; nothing of it is kept.
    for (let round = 0; round < 200; round++) new Array<number>(125_000).fill(round + 0.5);
  });
  expect(bytes).toBeGreaterThan(150_000_000);
});
