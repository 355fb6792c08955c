// @djogi/migrations: a schema as data, where it comes from, and the statements that create it.

export { MigrationError, type MigrationRule } from './error/migration-error.ts';
export { SchemaError, type SchemaRule } from './error/schema-error.ts';

export {
  SNAPSHOT_FORMAT,
  SNAPSHOT_SEARCH_PATH,
  type CheckSnapshot,
  type ColumnSnapshot,
  type ConstraintSnapshot,
  type EnumSnapshot,
  type ExclusionSnapshot,
  type ExtensionSnapshot,
  type ForeignKeySnapshot,
  type GrantSnapshot,
  type IndexElementSnapshot,
  type IndexSnapshot,
  type NotNullSnapshot,
  type OpaqueObjectSnapshot,
  type PartitioningSnapshot,
  type PartitionSnapshot,
  type PolicySnapshot,
  type PrimaryKeySnapshot,
  type ReferentialAction,
  type RowSecuritySnapshot,
  type SchemaSnapshot,
  type SequenceOptions,
  type SequenceSnapshot,
  type TableSnapshot,
  type UniqueSnapshot,
} from './snapshot/snapshot.ts';
export type { QualifiedName } from './snapshot/qualified-name.ts';
export { makeSnapshot } from './snapshot/make-snapshot.ts';
export { mapExpressions } from './snapshot/map-expressions.ts';
export { snapshotOf, type SnapshotOptions, type SnapshotSource } from './snapshot/from-descriptors.ts';
export { readCatalog, type CatalogClient, type CatalogOptions, type CatalogReading } from './snapshot/from-catalog.ts';
export type { UnsupportedObject } from './snapshot/catalog-document.ts';
export { renderCreate } from './render/render-create.ts';
export { hintsOf } from './snapshot/hints-of.ts';
export type { DiffHints, Rename } from './snapshot/hints.ts';
export { diffSnapshots, type SchemaDiff } from './diff/differ.ts';
export {
  costOf,
  effectOf,
  labelOf,
  OPERATION_KINDS,
  reversalOf,
  statementsOf,
  type Operation,
  type OperationKind,
} from './operation/operation.ts';
export type { LockMode, OperationCost, OperationEffect, RelationLock, Reversal, TableRef } from './operation/definition.ts';
export { PLAN_FORMAT, planMigration, type DownPlan, type MigrationPlan, type PlanOptions } from './plan/plan.ts';
export type { Finding, FindingRule } from './plan/gate.ts';
export type { PlanSegment, PlanStep } from './plan/segment.ts';
export { executePlan, type ExecuteOptions, type Execution, type Progress } from './run/execute.ts';
export type { MigrationSession, MigrationTarget } from './run/session.ts';
