// The runtime benchmark: `npm start -w @djogi/bench`. What is measured and how is in the README.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startWireProxy } from './measure/wire-proxy.ts';
import { GENERATED } from './published/packages.ts';
import { startBenchServer, type BenchServer } from './run/bench-server.ts';
import { measureBuilding } from './run/building.ts';
import { ClientProcess } from './run/client-process.ts';
import { compare, footprint, requireEqualResults, type Comparison, type Footprint, type Pair } from './run/comparison.ts';
import { measureImports } from './run/imports.ts';
import { measureLoad } from './run/load.ts';
import { readOptions, USAGE, type Options } from './run/options.ts';
import type { LibraryName } from './run/request.ts';
import { aligned, buildingLine, comparisonTable, importLines, loadLines } from './run/table.ts';
import type { Workload } from './workload/workload.ts';

// A young generation that holds what a count allocates, so that no collection hides a part of it.
const COUNTING = ['--min-semi-space-size=256', '--max-semi-space-size=256'];

/** A profile takes as long as this many rounds. */
const PROFILED_ROUNDS = 15;

let options: Options;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  process.exit(2);
}

if (options.help) {
  console.log(USAGE);
  process.exit();
}

const server = await startBenchServer(options.cpu);
try {
  if (options.cpu !== undefined && server.cpu === undefined)
    console.error('Not pinned: this system has no taskset. Compare the client CPU rather than the time.');
  if (options.profile !== undefined) await profile(server, options.profile);
  else await measure(server);
} finally {
  await server.stop();
}

/** Text appears as it is measured; JSON comes as a whole. */
async function measure(bench: BenchServer): Promise<void> {
  const say = (text: string): void => {
    if (!options.json) console.log(text);
  };
  const where = bench.cpu === undefined ? 'not pinned' : `client and server on CPU ${bench.cpu}`;
  say(`Node ${process.version}, ${where}, ${options.rounds} interleaved rounds; ratios to ${options.baseline}, median of the rounds`);
  const comparisons =
    options.workloads.length === 0 ? [] : await withClients(bench.url, bench.cpu, [], (clients) => compareAll(bench, clients));
  const footprints = options.footprint && comparisons.length > 0 ? await countAll(bench) : [];
  const results = comparisons.map((each, at): Comparison => ({ ...each, footprint: footprints[at] ?? null }));
  if (results.length > 0) say(comparisonTable(results));
  const load = options.load ? await measureLoad(bench.url) : undefined;
  if (load !== undefined) say(loadLines(load));
  const building = options.building ? measureBuilding(options.rounds) : undefined;
  if (building !== undefined) say(buildingLine(building));
  const imports = options.imports ? measureImports(options.rounds, bench.cpu) : undefined;
  if (imports !== undefined) say(importLines(imports));
  if (options.json) {
    const facts = { node: process.version, cpu: bench.cpu ?? null, baseline: options.baseline };
    console.log(JSON.stringify({ ...facts, comparisons: results, imports, load, building }, null, 2));
  }
}

async function compareAll(bench: BenchServer, clients: Pair<ClientProcess>): Promise<Comparison[]> {
  for (const workload of options.workloads) await requireEqualResults(bench, clients, workload);
  const comparisons: Comparison[] = [];
  for (const workload of options.workloads) {
    if (!options.json) console.error(`${workload.title} ...`);
    comparisons.push(await compare(bench, clients, workload, options.rounds));
  }
  return comparisons;
}

async function countAll(bench: BenchServer): Promise<Pair<Footprint>[]> {
  const proxy = await startWireProxy(bench.url);
  try {
    return await withClients(proxy.url, bench.cpu, COUNTING, async (clients) => {
      const footprints: Pair<Footprint>[] = [];
      for (const workload of options.workloads) {
        footprints.push([await footprint(bench, clients[0], proxy, workload), await footprint(bench, clients[1], proxy, workload)]);
      }
      return footprints;
    });
  } finally {
    await proxy.close();
  }
}

/** Runs with a process for each library, ours first, and ends them. */
async function withClients<Result>(
  url: string,
  cpu: number | undefined,
  nodeOptions: readonly string[],
  use: (clients: Pair<ClientProcess>) => Promise<Result>,
): Promise<Result> {
  const started: ClientProcess[] = [];
  try {
    for (const library of ['djogi', options.baseline] satisfies LibraryName[])
      started.push(await ClientProcess.start({ library, url, cpu, nodeOptions }));
    return await use([started[0]!, started[1]!]);
  } finally {
    await Promise.all(started.map((client) => client.stop()));
  }
}

async function profile(bench: BenchServer, workload: Workload): Promise<void> {
  mkdirSync(GENERATED, { recursive: true });
  const { name, operations, writes } = workload;
  await withClients(bench.url, bench.cpu, [], async (clients) => {
    await requireEqualResults(bench, clients, workload);
    for (const client of clients) {
      if (writes) await bench.reset();
      await client.ask({ kind: 'time', workload: name, first: 0, count: operations * 2 });
      if (writes) await bench.reset();
      const file = join(GENERATED, `${name}-${client.library}.cpuprofile`);
      const count = operations * (workload.maxRounds === undefined ? PROFILED_ROUNDS : 3);
      const times = await client.ask({ kind: 'profile', workload: name, first: operations * 2, count, file });
      const busy = times.reduce((sum, each) => sum + each.ms, 0);
      console.log(`\n${client.library}, ${workload.title}: ${((busy * 1000) / count).toFixed(1)} us of CPU an operation; ${file}`);
      console.log(
        aligned(
          times.slice(0, 30).map(({ where, ms, share }) => [where, ((ms * 1000) / count).toFixed(2), `${(share * 100).toFixed(1)} %`]),
        ),
      );
    }
  });
}
