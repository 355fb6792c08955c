// How much JavaScript heap a piece of work allocates, garbage included. The growth of the heap alone would miss what was collected meanwhile, so what every
// collection freed is added to it.

import { GCProfiler, getHeapStatistics } from 'node:v8';

/**
 * Bytes of JavaScript heap allocated while `work` ran, to the granularity of an allocation area (some tens of kB): give it work of a megabyte or more.
 *
 * A full collection sweeps after its pause, where nothing sees it. Run with a large young generation (`--min-semi-space-size`) so that there are few or none.
 * Memory outside the heap (the socket's buffers) is not counted.
 */
export async function allocatedBytes(work: () => Promise<unknown>): Promise<number> {
  const profiler = new GCProfiler();
  profiler.start();
  const before = getHeapStatistics().used_heap_size;
  await work();
  const after = getHeapStatistics().used_heap_size;
  const freed = profiler
    .stop()
    .statistics.reduce((sum, each) => sum + each.beforeGC.heapStatistics.usedHeapSize - each.afterGC.heapStatistics.usedHeapSize, 0);
  return after - before + freed;
}
