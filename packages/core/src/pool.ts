// @djogi/core/pool: the runtime over PostgreSQL.

export {
  createPool,
  DEFAULT_MAX,
  DEFAULT_VERIFY_AFTER_IDLE_MS,
  type ContextOptions,
  type NewConnection,
  type Pool,
  type PoolOptions,
  type PoolRegistry,
  type PoolTimeouts,
} from './pg/pool.ts';
export type { PoolStatus } from './pg/connection-pool.ts';
export type { CallbackErrorHandler } from './pg/context.ts';
export { onSlowQuery, type QueryEvent, type QueryHandler, type RuntimeWarning, type TransactionEvent } from './pg/diagnostics.ts';
export { baseDelayMs } from './pg/retry.ts';
