// The two figures that a generator of ids without locks is judged by: transactions that wait do not make each other wait, and many connections at once
// never make the same id twice.

import { createPool } from '@djogi/core/pool';
import { Entry } from '../library/djogi.ts';
import { entryAt } from '../workload/rows.ts';

export interface LoadFigures {
  readonly transactions: number;
  readonly idleMs: number;
  /** Wall time of all of them, started at once, each with an insert before it idles. */
  readonly overlapMs: number;
  readonly ids: number;
  readonly connections: number;
  readonly duplicates: number;
  readonly idsPerSecond: number;
}

const TRANSACTIONS = 64;
const IDLE_MS = 50;
const IDS = 1_000_000;
const CONNECTIONS = 16;
/** Ids of one call: small enough for the connections to be at it at the same time all along. */
const BATCH = 12_500;

export async function measureLoad(url: string): Promise<LoadFigures> {
  const overlapMs = await overlap(url);
  return { transactions: TRANSACTIONS, idleMs: IDLE_MS, overlapMs, ids: IDS, connections: CONNECTIONS, ...(await manyIds(url)) };
}

async function overlap(url: string): Promise<number> {
  const pool = await createPool({ url, max: TRANSACTIONS });
  try {
    const ctx = pool.context();
    const all = (first: number): Promise<unknown> =>
      Promise.all(
        Array.from({ length: TRANSACTIONS }, (_, at) =>
          ctx.atomic(async (tx) => {
            await Entry.create(tx, entryAt(first + at));
            await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
          }),
        ),
      );
    // The first time, the connections are opened.
    await all(1_000_000);
    const start = performance.now();
    await all(2_000_000);
    return performance.now() - start;
  } finally {
    await pool.close();
  }
}

async function manyIds(url: string): Promise<{ duplicates: number; idsPerSecond: number }> {
  const pool = await createPool({ url, max: CONNECTIONS });
  try {
    const ctx = pool.context();
    const made = new Set<string>();
    const start = performance.now();
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        for (let done = 0; done < IDS / CONNECTIONS; done += BATCH)
          for (const id of await Entry.nextIds(ctx, Math.min(BATCH, IDS / CONNECTIONS - done))) made.add(id);
      }),
    );
    return { duplicates: IDS - made.size, idsPerSecond: Math.round(IDS / ((performance.now() - start) / 1000)) };
  } finally {
    await pool.close();
  }
}
