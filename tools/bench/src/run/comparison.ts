// One workload, both libraries: first that they give the same, then the rounds, then what cannot be timed (turns, bytes, allocations).

import { ratios, spread, type Spread } from '../measure/statistics.ts';
import type { WireProxy } from '../measure/wire-proxy.ts';
import type { Workload } from '../workload/workload.ts';
import type { BenchServer } from './bench-server.ts';
import type { ClientProcess } from './client-process.ts';

/** Two of everything: ours first. */
export type Pair<Thing> = readonly [ours: Thing, theirs: Thing];

/** What one operation of a library costs beside time. */
export interface Footprint {
  readonly turns: number;
  readonly bytesToServer: number;
  readonly bytesToClient: number;
  /** Bytes of JavaScript heap for each row, garbage included. */
  readonly heapPerRow: number;
}

export interface Comparison {
  readonly workload: Workload;
  readonly rounds: number;
  /** Of wall time, ours to theirs, within a round. */
  readonly ratio: Spread;
  /** Of client CPU. */
  readonly cpuRatio: Spread;
  /** Milliseconds of one operation. */
  readonly ms: Pair<Spread>;
  readonly footprint: Pair<Footprint> | null;
}

/** Rounds that count for nothing: the compilers are still at work. */
const WARM_UP_ROUNDS = 3;

/** Throws unless both libraries give the same rows and leave the same behind. */
export async function requireEqualResults(server: BenchServer, clients: Pair<ClientProcess>, { name, writes }: Workload): Promise<void> {
  // The second time, the statements are known to the connection and travel in other formats.
  const given: string[][] = [];
  for (const client of clients) {
    await server.reset();
    const seen: string[] = [];
    for (const index of [0, 1, 2]) seen.push(JSON.stringify(await client.ask({ kind: 'sample', workload: name, index })));
    if (writes) seen.push(await server.written());
    given.push(seen);
  }
  const [ours, theirs] = given as [string[], string[]];
  const difference = ours.findIndex((each, at) => each !== theirs[at]);
  if (difference < 0) return;
  throw new Error(
    `The results of ${name} differ, so nothing is timed.\n${clients[0].library}: ${ours[difference]}\n${clients[1].library}: ${theirs[difference]}`,
  );
}

export async function compare(server: BenchServer, clients: Pair<ClientProcess>, workload: Workload, wanted: number): Promise<Comparison> {
  const { name, operations, writes } = workload;
  const rounds = Math.min(wanted, workload.maxRounds ?? wanted);
  const times: [number[], number[]] = [[], []];
  const cpuTimes: [number[], number[]] = [[], []];
  for (let round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
    // Who goes first changes, so that what the machine does at the start of a round meets both.
    for (const who of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      if (writes) await server.reset();
      const { ms, cpuMs } = await clients[who].ask({ kind: 'time', workload: name, first: round * operations, count: operations });
      if (round < WARM_UP_ROUNDS) continue;
      times[who].push(ms / operations);
      cpuTimes[who].push(cpuMs);
    }
  }
  return {
    workload,
    rounds,
    ratio: spread(ratios(...times)),
    cpuRatio: spread(ratios(...cpuTimes)),
    ms: [spread(times[0]), spread(times[1])],
    footprint: null,
  };
}

/** Some thousands of rows, so that the granularity of the heap's figures does not show. */
const ROWS_COUNTED = 20_000;

/** Counts through the relay, with the statements known to the connection and the functions compiled. */
export async function footprint(
  server: BenchServer,
  client: ClientProcess,
  proxy: WireProxy,
  { name, rows, writes }: Workload,
): Promise<Footprint> {
  const count = Math.min(500, Math.max(1, Math.round(ROWS_COUNTED / rows)));
  if (writes) await server.reset();
  await client.ask({ kind: 'time', workload: name, first: 0, count });
  if (writes) await server.reset();
  proxy.take();
  const heap = await client.ask({ kind: 'allocate', workload: name, first: count, count });
  const { turns, bytesToServer, bytesToClient } = proxy.take();
  return {
    turns: turns / count,
    bytesToServer: bytesToServer / count,
    bytesToClient: bytesToClient / count,
    heapPerRow: heap / count / rows,
  };
}
