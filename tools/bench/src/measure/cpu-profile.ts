// Samples the CPU while a piece of work runs, and adds up where the time went.

import { Session, type Profiler } from 'node:inspector/promises';

/** Microseconds between samples. */
const INTERVAL = 100;

export async function cpuProfile(work: () => Promise<unknown>): Promise<Profiler.Profile> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: INTERVAL });
    await session.post('Profiler.start');
    await work();
    return (await session.post('Profiler.stop')).profile;
  } finally {
    session.disconnect();
  }
}

export interface SelfTime {
  /** `name file:line`, or the engine's own label such as `(garbage collector)`. */
  readonly where: string;
  readonly ms: number;
  /** Of the time that was not idle. */
  readonly share: number;
}

/** The engine puts waiting for the socket down to whoever asked for the profile. */
const WAITING = /^\(idle\)|^post node:inspector/;

/** Functions by the time spent in themselves, most first, without the time that nothing was to do. A write includes what the kernel does with it at once. */
export function selfTimes({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): readonly SelfTime[] {
  const names = new Map(nodes.map((node) => [node.id, label(node.callFrame)]));
  const totals = new Map<string, number>();
  let busy = 0;
  samples.forEach((id, index) => {
    const name = names.get(id) ?? '(unknown)';
    if (WAITING.test(name)) return;
    const ms = (timeDeltas[index] ?? 0) / 1000;
    busy += ms;
    totals.set(name, (totals.get(name) ?? 0) + ms);
  });
  return [...totals].map(([where, ms]) => ({ where, ms, share: busy === 0 ? 0 : ms / busy })).toSorted((left, right) => right.ms - left.ms);
}

function label({ functionName, url, lineNumber }: Profiler.Profile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  const path = url.split('/').slice(-3).join('/');
  return `${name} ${path}:${lineNumber + 1}`;
}
