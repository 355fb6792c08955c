// The input of the workloads that write several rows, or one row twice.

import { entryAt, type EntryInput } from '../workload/rows.ts';

export const rowsFrom = (index: number, count: number): EntryInput[] =>
  Array.from({ length: count }, (_, at) => entryAt(index * count + at));

/** Half of them are the second half of the list before, with another quantity. */
export const upsertedRows = (index: number, count: number): EntryInput[] =>
  Array.from({ length: count }, (_, at) => ({ ...entryAt((index * count) / 2 + at), quantity: (index + at) % 1000 }));

/** Every second upsert meets the row of the one before. */
export const upserted = (index: number): EntryInput => ({ ...entryAt(index - (index % 2)), quantity: index % 1000 });
