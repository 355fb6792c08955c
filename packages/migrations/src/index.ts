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

export { MigrationFileError, type MigrationFileRule } from './error/file-error.ts';
export { MigrationRunError, type MigrationRunFacts, type MigrationRunRule } from './error/run-error.ts';
export { bucketName, bucketOf, GLOBAL_BUCKET, type BucketId } from './file/bucket.ts';
export { slugOf, versionOf } from './file/version.ts';
export { checksumDownOf, checksumOf } from './file/checksum.ts';
export { parseScript, type ScriptIdentity } from './file/parse-script.ts';
export type { Direction, ExecutionMode, MigrationScript, ScriptSegment, ScriptStep, SegmentKind } from './file/script.ts';
export { SIDECAR_FORMAT, type JsonValue, type MigrationOrigin, type Sidecar, type StepEffect, type Touches } from './file/sidecar.ts';
export {
  checkSealed,
  parseMigration,
  renderMigration,
  type DraftSegment,
  type DraftStep,
  type Migration,
  type MigrationDraft,
  type MigrationTexts,
} from './file/migration.ts';
export {
  newSqlMigration,
  readMigrations,
  sealMigration,
  writeMigration,
  type NewMigrationOptions,
  type ReadOptions,
  type SealOptions,
  type WriteOptions,
} from './file/directory.ts';
export { planDraft, type PlanDraftOptions } from './file/from-plan.ts';
export { digestOf } from './file/digest.ts';
export { BOOTSTRAP_VERSION, bootstrapMigration, type BootstrapOptions } from './file/bootstrap.ts';
export { advisoryLockKey, type LockWait } from './ledger/lock.ts';
export { migrationEvents, type MigrationEvent, type MigrationEventKind } from './ledger/event.ts';
export type { LedgerRow, LedgerStatus } from './ledger/row.ts';
export type { MigrationSource } from './apply/source.ts';
export type { RunProgress, UnitOptions } from './apply/units.ts';
export {
  applyMigrations,
  type AppliedMigration,
  type ApplyOptions,
  type ApplyResult,
  type Profile,
  type RunOptions,
} from './apply/apply.ts';
export { rollbackMigration, type RollbackOptions, type RollbackResult } from './apply/rollback.ts';
export { fakeMigrations, type FakeOptions, type FakeResult } from './apply/fake.ts';
export { baselineMigration, type BaselineOptions, type BaselineResult } from './apply/baseline.ts';
export {
  migrationStatus,
  type MigrationState,
  type MigrationStatus,
  type MigrationStatusEntry,
  type StatusOptions,
} from './apply/status.ts';
export { verifyMigrations, type Verification, type VerifyProblem } from './apply/verify.ts';
export { repairMigration, type RepairOptions, type RepairReport, type Resolution } from './apply/repair.ts';
export type { HistoryProblem } from './apply/history.ts';
