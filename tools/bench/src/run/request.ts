// What the parent asks of a client process, and what it answers.

import type { Sample } from '../workload/normal-form.ts';
import type { WorkloadName } from '../workload/workload.ts';
import type { SelfTime } from '../measure/cpu-profile.ts';

export const LIBRARY_NAMES = ['djogi', 'pg', 'pg-pool'] as const;
export type LibraryName = (typeof LIBRARY_NAMES)[number];

/** `first` is the index of the first operation, `count` how many follow one another. */
interface Stretch {
  readonly workload: WorkloadName;
  readonly first: number;
  readonly count: number;
}

export type Request =
  | { readonly kind: 'open'; readonly library: LibraryName; readonly url: string }
  | { readonly kind: 'sample'; readonly workload: WorkloadName; readonly index: number }
  | ({ readonly kind: 'time' } & Stretch)
  | ({ readonly kind: 'allocate' } & Stretch)
  | ({ readonly kind: 'profile'; readonly file: string } & Stretch)
  | { readonly kind: 'close' };

export interface Timing {
  readonly ms: number;
  /** User and system time of the client process. */
  readonly cpuMs: number;
}

export interface Answers {
  readonly open: null;
  readonly sample: Sample;
  readonly time: Timing;
  /** Bytes of JavaScript heap. */
  readonly allocate: number;
  readonly profile: readonly SelfTime[];
  readonly close: null;
}

export type Answer = { readonly ok: true; readonly value: Answers[Request['kind']] } | { readonly ok: false; readonly error: string };
