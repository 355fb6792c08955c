// The public entry of @djogi/query. Pure: no driver and no `node:` module is reachable from here.

export { query } from './query/query.ts';
export { ancestors, descendants, walk, type Edge, type NoRows, type Walked, type WalkExprs, type WalkOptions } from './query/walk.ts';
export { batched, type Batched, type BatchedOptions } from './load/batched.ts';
export { cte, type Cte, type CteOptions } from './with/cte.ts';
export type { Combined, Combining, OutputColumn, OutputColumns } from './combine/combined-set.ts';
export type {
  ColumnFacts,
  ColumnModel,
  Either,
  ModelFacts,
  ModelOf,
  OtherColumns,
  RowFacts,
  QueryOf,
  RowsWith,
  SameColumns,
} from './set/row-facts.ts';
export type { AnyModelClass, KeyedPatch, ModelSet, Orderable, Projected, QuerySet, ReadSet } from './query/query-set.ts';
export type { Conflict } from './write/conflict-action.ts';
export type { ConflictTarget } from './write/conflict-target.ts';
export type { InsertFrom, InsertValues } from './write/insert-select.ts';
export type { SetOf } from './write/set-of.ts';
export type { Shape, SqlText, Values } from './set/shape.ts';
export type { CopyFromOptions } from './copy/copy-from.ts';
export type { CopyChunks, CopyToOptions } from './copy/copy-to.ts';
export type { AggregateShape, AggregateValues } from './group/aggregate.ts';
export type { Annotated, AnnotatedRow, Annotations } from './group/annotated.ts';
export type { ComputedRows } from './group/computed-set.ts';
export type { Grouped, GroupedRows, GroupedValues } from './group/grouped.ts';
export type { OrderByNameOptions } from './set/names.ts';
export { parseFilter, type FilterClause, type FilterJson, type ParsedFilter, type ParseFilterOptions } from './read/parse-filter.ts';
export type { Portability } from './read/portable.ts';
export type { LockOptions } from './set/lock.ts';
export type { ExplainOptions } from './read/terminals.ts';
export { MAX_PAGE_SIZE, type Page, type PageOptions } from './read/page.ts';
export { DEFAULT_BATCH_SIZE, type RowStream, type StreamOptions } from './read/stream.ts';
export type { WriteExplainOptions, WriteStatement } from './write/set-write.ts';
export { auditable } from './compose/auditable.ts';
export { idempotent } from './compose/idempotent.ts';
export { deleted, notDeleted, restore, softDeletable, softDelete, type SoftDeletableRow } from './compose/soft-delete.ts';
export { withTrgmThreshold } from './search/trigram-threshold.ts';
