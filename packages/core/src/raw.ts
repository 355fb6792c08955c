// @djogi/core/raw: the raw SQL escape hatch, an entry of its own so that its use is seen in the imports.

export { DEFAULT_BATCH_SIZE, MIN_REASON_LENGTH, rawPool, rawSql, type RawSql, type RawStreamOptions } from './pg/raw-sql.ts';
export type { ColumnCodecs, RawRow } from './pg/raw-statement.ts';
export type { Connection, Notification } from './db/port.ts';
