// That both libraries do the same work in every workload, which is what makes their times comparable.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDjogi } from '../src/library/djogi.ts';
import { openHandWritten } from '../src/library/hand-written.ts';
import type { Session } from '../src/library/library.ts';
import { startBenchServer, type BenchServer } from '../src/run/bench-server.ts';
import { SampleDigest } from '../src/workload/normal-form.ts';
import { WORKLOADS, type Workload } from '../src/workload/workload.ts';

let server: BenchServer;
let ours: Session;
let theirs: Session;

beforeAll(async () => {
  server = await startBenchServer(undefined);
  ours = await openDjogi(server.url);
  theirs = await openHandWritten(server.url);
});
afterAll(async () => {
  await ours.close();
  await theirs.close();
  await server.stop();
});

async function samples(session: Session, { name, writes }: Workload): Promise<unknown[]> {
  await server.reset();
  const seen: unknown[] = [];
  for (const index of name === 'stream' ? [0] : [0, 1]) {
    const digest = new SampleDigest(writes);
    for (const row of (await session.operations[name](index, (each) => digest.add(each))) ?? []) digest.add(row);
    seen.push(digest.sample());
  }
  return [...seen, writes ? await server.written() : null];
}

describe('workloads', () => {
  test.each(WORKLOADS)('$name gives the same rows and leaves the same behind', async (workload) => {
    const [first, ...rest] = await samples(ours, workload);
    expect([first, ...rest]).toEqual(await samples(theirs, workload));
    expect((first as { count: number }).count).toBeGreaterThanOrEqual(workload.rows);
  });
});
