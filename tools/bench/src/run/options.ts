// The command line of the benchmark.

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isWorkloadName, WORKLOAD_NAMES, WORKLOADS, type Workload } from '../workload/workload.ts';
import type { LibraryName } from './request.ts';

export const USAGE = `node --conditions=@djogi/source src/main.ts [options]
  --only get,page        workloads: ${WORKLOAD_NAMES.join(', ')}; also import, load, build
  --rounds 15            timed rounds of each workload
  --baseline pg          pg: one client; pg-pool: each statement through a pool
  --profile get          no rounds: a CPU profile of both libraries in one workload
  --no-footprint         times only, without turns, bytes and allocations
  --cpu 1, --unpinned    the CPU that server and clients share (default: the last one)
  --help                 this text
  --json                 everything as JSON, with each round's spread`;

export interface Options {
  readonly workloads: readonly Workload[];
  readonly imports: boolean;
  readonly load: boolean;
  readonly building: boolean;
  readonly rounds: number;
  readonly baseline: Exclude<LibraryName, 'djogi'>;
  readonly profile: Workload | undefined;
  readonly footprint: boolean;
  readonly cpu: number | undefined;
  readonly json: boolean;
  /** Only the usage is wanted. */
  readonly help: boolean;
}

/** Errors: what is wrong with the line, followed by the usage. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parse(args);
  const only = values.only?.split(',') ?? [...WORKLOAD_NAMES, 'import', 'load', 'build'];
  const unknown = only.find((name) => !isWorkloadName(name) && !['import', 'load', 'build'].includes(name));
  if (unknown !== undefined) throw refusal(`There is no workload ${unknown}.`);
  const { baseline, profile } = values;
  if (baseline !== 'pg' && baseline !== 'pg-pool') throw refusal(`There is no baseline ${baseline}.`);
  if (profile !== undefined && !isWorkloadName(profile)) throw refusal(`There is no workload ${profile}.`);
  return {
    workloads: WORKLOADS.filter((each) => only.includes(each.name)),
    imports: only.includes('import'),
    load: only.includes('load'),
    building: only.includes('build'),
    rounds: count('rounds', values.rounds, 1),
    baseline,
    profile: WORKLOADS.find((each) => each.name === profile),
    footprint: !values['no-footprint'],
    cpu: values.unpinned ? undefined : count('cpu', values.cpu, 0),
    json: values.json,
    help: values.help,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        rounds: { type: 'string', default: '15' },
        baseline: { type: 'string', default: 'pg' },
        profile: { type: 'string' },
        'no-footprint': { type: 'boolean', default: false },
        cpu: { type: 'string', default: String(availableParallelism() - 1) },
        unpinned: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw refusal((error as Error).message);
  }
}

function count(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw refusal(`--${name} wants a whole number from ${least} on.`);
  return value;
}

const refusal = (message: string): Error => new Error(`${message}\n\n${USAGE}`);
