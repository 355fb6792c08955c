// What a library does for the benchmark: every workload as one function, over connections of its own.

import type { WorkloadName } from '../workload/workload.ts';

/**
 * One operation of a workload. `index` chooses the rows, so that no two operations of a run ask for the same.
 *
 * Shape: resolves to the rows, or to null where they were shown to `visit` one by one.
 */
export type Operation = (index: number, visit?: (row: object) => void) => Promise<readonly object[] | null>;

export interface Session {
  readonly operations: Readonly<Record<WorkloadName, Operation>>;
  close(): Promise<void>;
}

export interface Library {
  open(url: string): Promise<Session>;
}
