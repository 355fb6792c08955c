// The pure entry: declaration, expressions, ids, errors and the types of contexts. No driver and no `node:` module is reachable from here.

export {
  model,
  type Instance,
  type KeylessInstance,
  type KeylessModelClass,
  type ModelClass,
  type RowPair,
  type Stamps,
} from './model/model.ts';
export { f, type BoundsOptions, type CustomKind, type DecimalField, type InetOptions } from './field/kinds.ts';
export type { Field } from './field/field.ts';
export type { JsonbOptions, RawJsonOptions } from './field/json-column.ts';
export type { StandardSchema } from './value/standard-schema.ts';
export { jsonEquals, type Json, type JsonType } from './value/json-document.ts';
export { isJsonNumber, jsonNull, jsonNumber, type JsonNull, type JsonNumber } from './value/json-number.ts';
export type {
  ArrayColumn,
  BigintColumn,
  BooleanColumn,
  ByteaColumn,
  Column,
  DateColumn,
  DecimalClassColumn,
  DecimalColumn,
  DefaultedState,
  EnumColumn,
  ExposedState,
  FieldState,
  GeneratedState,
  IdColumn,
  InstantColumn,
  JsonColumn,
  RawJsonColumn,
  InstantRangeColumn,
  IntervalColumn,
  MacaddrColumn,
  NetworkColumn,
  NullableRelation,
  NullableState,
  NumberColumn,
  RangeColumn,
  RangeColumns,
  TextColumn,
  TimeColumn,
  TimestampColumn,
  TimestamptzColumn,
  TsvectorColumn,
  UuidColumn,
  VersionColumn,
} from './field/field-state.ts';
export { pk, type CustomKey, type KeyKind, type KeylessKind, type KeyOptions } from './model/key.ts';
export { pgEnum, type InferEnum } from './model/pg-enum.ts';
export { Range, type RangeBound } from './value/range.ts';
export { Network } from './value/network.ts';
export type { PgEnum } from './value/enum.ts';
export { app, type App, type ModelOptions, type PartitionBy } from './model/options.ts';
export { hooks, type Hooks } from './model/hooks.ts';
export { computed, type Computed } from './model/computed.ts';
export { proxy, type ProxyOptions } from './model/proxy.ts';
export { visage, type VisageClass, type VisageInput, type VisageOptions } from './visage/visage.ts';
export { assertDerivedParity } from './visage/project.ts';
export {
  check,
  exclude,
  index,
  opclass,
  unique,
  type ExclusionElement,
  type ExclusionOptions,
  type IndexOptions,
  type OpclassElement,
  type TableObject,
} from './model/table-object.ts';
export { createRegistry, type ModelSet, type Registry } from './model/registry.ts';
export type { Create, CreateOf, ExprsOf, IdOf, Patch, Row } from './model/row-type.ts';
export type {
  CheckDescriptor,
  ComputedDescriptor,
  DefaultDescriptor,
  EnumDescriptor,
  ExclusionDescriptor,
  FieldDescriptor,
  FieldRole,
  IndexDescriptor,
  IndexElement,
  KeyDescriptor,
  ModelDescriptor,
  PartitionDescriptor,
  ReferenceDescriptor,
} from './model/descriptor.ts';

export type {
  Arithmetic,
  ArrayOps,
  BooleanOps,
  Equality,
  Expr,
  NullEquality,
  NumberExpr,
  NumberOps,
  Order,
  Ordering,
  OrNull,
  Predicate,
  ScalarOps,
  Sql,
  TextExpr,
  TextOps,
  TextSearch,
  Valued,
  ValueList,
  DateOps,
  IntervalExpr,
  IntervalOps,
  MomentExpr,
  MomentOps,
  NetworkExpr,
  NetworkOps,
  RangeOps,
} from './expr/expression.ts';
export { and, not, or, sql } from './expr/operations.ts';
export { caseWhen, type Case } from './expr/case.ts';
export { exists } from './expr/exists.ts';
export {
  coalesce,
  currentDate,
  currentYear,
  dateTrunc,
  extract,
  greatest,
  least,
  now,
  nullIf,
  type DatePart,
  type DateUnit,
  type TimeZoneOptions,
} from './expr/functions.ts';
export type { Plain, PlainExpr } from './expr/plain-value.ts';
export { allOf, anyOf, type Quantified, type Subquery } from './expr/subquery.ts';
export { cast, literal } from './field/typed-expression.ts';
export {
  headline,
  phraseSearch,
  plainSearch,
  searchVector,
  tsQuery,
  webSearch,
  type HeadlineOptions,
  type RankOptions,
  type SearchQuery,
  type SearchSources,
  type SearchVectorExpr,
  type SearchVectorOps,
  type SearchWeight,
} from './expr/search.ts';
export { trgmDistance, trgmSimilarity, trgmSimilarTo, trgmWordSimilarity, trgmWordSimilarTo } from './expr/trigram.ts';
export type { TsvectorOptions } from './field/search-column.ts';
export {
  jsonAsNumber,
  jsonAsText,
  jsonContains,
  jsonHasAllKeys,
  jsonHasAnyKey,
  jsonHasKey,
  jsonPathExists,
  jsonPathMatches,
} from './expr/json-functions.ts';
export type {
  JsonChildren,
  JsonLeaf,
  JsonList,
  JsonOps,
  JsonPart,
  JsonPath,
  JsonText,
  RawJson,
  RawJsonEquality,
  RawJsonOps,
  RawJsonOrdering,
  RawJsonPaths,
  RawJsonPoint,
} from './expr/json-path.ts';
export type {
  Aggregate,
  AggregateModifiers,
  Average,
  GroupedOnly,
  IntervalAggregate,
  MomentAggregate,
  NumberAggregate,
  OrderedSetAggregate,
  RowCount,
  RowValued,
  WindowExpr,
} from './expr/aggregate.ts';
export {
  arrayAgg,
  bitAnd,
  bitOr,
  bitXor,
  boolAnd,
  boolOr,
  corr,
  countAll,
  covarPop,
  covarSamp,
  cumeDistOf,
  denseRankOf,
  grouping,
  jsonAgg,
  jsonObjectAgg,
  mode,
  percentileCont,
  percentileDisc,
  percentRankOf,
  rankOf,
  regrAvgx,
  regrAvgy,
  regrCount,
  regrIntercept,
  regrR2,
  regrSlope,
  regrSxx,
  regrSxy,
  regrSyy,
  stddev,
  stddevPop,
  stddevSamp,
  stringAgg,
  variance,
  varPop,
  varSamp,
  type ArrayAggregate,
  type BooleanAggregate,
  type DocumentAggregate,
  type NumberValued,
  type OrderedValued,
  type Statistic,
  type TextAggregate,
  type TextValued,
} from './expr/aggregate-functions.ts';
export {
  cumeDist,
  denseRank,
  firstValue,
  lag,
  lastValue,
  lead,
  nthValue,
  ntile,
  percentRank,
  rank,
  rowNumber,
  type WindowFunction,
} from './expr/window-functions.ts';
export type { FrameOffset, Window, WindowFrame } from './expr/window-frame.ts';
export { evaluate, matches, portabilityProblem, toPredicate } from './expr/evaluate.ts';

export type { Id } from './id/brand.ts';
export { HeerId, HeerIdDesc } from './id/heer-id.ts';
export { RanjId, RanjIdDesc } from './id/ranj-id.ts';
export {
  checkConvertible,
  heerIdDescToRanjIdDesc,
  heerIdToRanjId,
  ranjIdDescsToHeerIdDescs,
  ranjIdDescToHeerIdDesc,
  ranjIdsToHeerIds,
  ranjIdToHeerId,
  type IdConversionConflict,
  type RanjPrecisionOption,
} from './id/conversion.ts';

export type {
  AtomicOptions,
  Backoff,
  ConstraintScope,
  Context,
  IsolationLevel,
  RetryOptions,
  TerminalOptions,
  TransactionContext,
} from './db/context.ts';

export { DjogiError, InternalError, isDjogiError, isTransient } from './error/error.ts';
export { ModelDefinitionError } from './error/definition-error.ts';
export { AliasCollisionError, UnsupportedAggregateError } from './error/aggregate-error.ts';
export { SetOpArmInvalidError, SetOpOuterOrderingInvalidError } from './error/set-operation-error.ts';
export { MissingIdempotencyKeyError } from './error/idempotency-error.ts';
export { DecodeError, MultipleObjectsError, NotFoundError, ValidationError, type Issue } from './error/value-error.ts';
export {
  ConnectionError,
  ConstraintError,
  CopyError,
  DatabaseError,
  LockConflictError,
  PoolError,
  RawSqlError,
  SchemaMismatchError,
  TransactionError,
  type ConstraintKind,
} from './error/database-error.ts';
export { IdError, InstanceError, PredicateError, VisageError } from './error/instance-error.ts';
export { EnumDecodeError } from './value/enum.ts';
export type { Codec } from './value/codec.ts';
export type { Problem } from './value/kind.ts';
export { TemporalUnavailableError } from './value/temporal.ts';
