// The process that one library has to itself. It does what the parent asks over IPC, one thing at a time, and never times its own start.

import { writeFileSync } from 'node:fs';
import type { Session } from './library/library.ts';
import { cpuProfile, selfTimes } from './measure/cpu-profile.ts';
import { allocatedBytes } from './measure/heap.ts';
import type { Answer, Answers, LibraryName, Request, Timing } from './run/request.ts';
import { SampleDigest } from './workload/normal-form.ts';
import { workloadNamed, type WorkloadName } from './workload/workload.ts';

let session: Session | undefined;

async function open(library: LibraryName, url: string): Promise<null> {
  // Each process loads the one library that it measures.
  if (library === 'djogi') session = await (await import('./library/djogi.ts')).openDjogi(url);
  else session = await (await import('./library/hand-written.ts')).openHandWritten(url, { viaPool: library === 'pg-pool' });
  return null;
}

function opened(): Session {
  if (session === undefined) throw new Error('The session was not opened.');
  return session;
}

/** Looks at each row where a workload streams, so that nobody is spared the loop. */
const rowsSeen = { count: 0 };
const see = (): void => {
  rowsSeen.count++;
};

async function run(workload: WorkloadName, first: number, count: number): Promise<void> {
  const operation = opened().operations[workload];
  for (let index = first; index < first + count; index++) await operation(index, see);
}

async function time(workload: WorkloadName, first: number, count: number): Promise<Timing> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await run(workload, first, count);
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1000 };
}

async function sample(workload: WorkloadName, index: number): Promise<Answers['sample']> {
  const digest = new SampleDigest(workloadNamed(workload).writes);
  const rows = await opened().operations[workload](index, (row) => digest.add(row));
  for (const row of rows ?? []) digest.add(row);
  return digest.sample();
}

async function answer(request: Request): Promise<Answers[Request['kind']]> {
  switch (request.kind) {
    case 'open':
      return open(request.library, request.url);
    case 'sample':
      return sample(request.workload, request.index);
    case 'time':
      return time(request.workload, request.first, request.count);
    case 'allocate':
      return allocatedBytes(() => run(request.workload, request.first, request.count));
    case 'profile': {
      const profile = await cpuProfile(() => run(request.workload, request.first, request.count));
      writeFileSync(request.file, JSON.stringify(profile));
      return selfTimes(profile);
    }
    case 'close':
      await opened().close();
      process.disconnect?.();
      return null;
  }
}

process.on('message', (request: Request) => {
  answer(request).then(
    (value) => reply({ ok: true, value }),
    (error: unknown) => reply({ ok: false, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});

function reply(message: Answer): void {
  if (process.connected) process.send!(message);
}
