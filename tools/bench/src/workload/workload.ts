// What is measured: the workloads by name, how often each runs within a round, and the ratio to hand-written `pg` that it is to stay below.

export const WORKLOAD_NAMES = [
  'get',
  'page',
  'list-1000',
  'list-10000',
  'group-by',
  'nested-join',
  'nested-prefetch',
  'nested-many',
  'insert',
  'bulk-1000',
  'bulk-10000',
  'upsert',
  'upsert-1000',
  'transaction',
  'concurrent-gets',
  'batched-gets',
  'stream',
] as const;
export type WorkloadName = (typeof WORKLOAD_NAMES)[number];

export interface Workload {
  readonly name: WorkloadName;
  readonly title: string;
  /** Operations within a round: some 100 ms of them. */
  readonly operations: number;
  /** Rows that one operation reads or writes: what bytes and allocations are divided by. */
  readonly rows: number;
  /** The highest acceptable ratio to hand-written `pg`; null where none was set. */
  readonly goal: number | null;
  /** The written tables are emptied before each run, so that every run meets the same. */
  readonly writes: boolean;
  /** Rounds, where a round is too long for the usual number. */
  readonly maxRounds?: number;
}

/** Gets that one operation of `concurrent-gets` has under way at once, over a pool of `POOL_SIZE`, and that `batched-gets` brings together. */
export const CONCURRENT_GETS = 32;
export const POOL_SIZE = 8;
export const STREAM_ROWS = 200_000;
/** Rows of one owner: what a list of 1,000 reads. */
export const OWNER_ROWS = 1000;
export const OWNERS = STREAM_ROWS / OWNER_ROWS;

export const WORKLOADS: readonly Workload[] = [
  { name: 'get', title: 'get by key', operations: 800, rows: 1, goal: 0.85, writes: false },
  { name: 'page', title: 'filter + order + limit 50', operations: 250, rows: 50, goal: 0.65, writes: false },
  { name: 'list-1000', title: 'list of 1,000 wide rows', operations: 25, rows: 1000, goal: 0.55, writes: false },
  { name: 'list-10000', title: 'list of 10,000 wide rows', operations: 3, rows: 10_000, goal: 0.55, writes: false },
  { name: 'group-by', title: 'report of 8 groups over 1,000 rows', operations: 100, rows: 8, goal: 1, writes: false },
  { name: 'nested-join', title: '1,000 rows with their owner, joined', operations: 15, rows: 1000, goal: 0.65, writes: false },
  { name: 'nested-prefetch', title: '1,000 rows with their owner, by prefetch', operations: 15, rows: 1000, goal: 0.65, writes: false },
  { name: 'nested-many', title: '100 owners with 20 rows each, by prefetch', operations: 10, rows: 2100, goal: 0.65, writes: false },
  { name: 'insert', title: 'insert returning', operations: 500, rows: 1, goal: 0.85, writes: true },
  { name: 'bulk-1000', title: 'bulk insert of 1,000', operations: 5, rows: 1000, goal: 0.65, writes: true },
  { name: 'bulk-10000', title: 'bulk insert of 10,000', operations: 1, rows: 10_000, goal: 0.65, writes: true, maxRounds: 9 },
  { name: 'upsert', title: 'upsert of one row', operations: 500, rows: 1, goal: null, writes: true },
  { name: 'upsert-1000', title: 'upsert of 1,000 rows', operations: 5, rows: 1000, goal: 0.75, writes: true },
  { name: 'transaction', title: 'transaction of 5 statements', operations: 150, rows: 1, goal: 0.85, writes: true },
  {
    name: 'concurrent-gets',
    title: `${CONCURRENT_GETS} concurrent gets, pool of ${POOL_SIZE}`,
    operations: 40,
    rows: CONCURRENT_GETS,
    goal: 0.7,
    writes: false,
  },
  {
    name: 'batched-gets',
    title: `${CONCURRENT_GETS} gets of one tick, one statement`,
    operations: 150,
    rows: CONCURRENT_GETS,
    goal: null,
    writes: false,
  },
  { name: 'stream', title: 'streaming 200,000 rows', operations: 1, rows: STREAM_ROWS, goal: 0.65, writes: false, maxRounds: 5 },
];

export function workloadNamed(name: WorkloadName): Workload {
  return WORKLOADS.find((each) => each.name === name)!;
}

export function isWorkloadName(name: string): name is WorkloadName {
  return (WORKLOAD_NAMES as readonly string[]).includes(name);
}
