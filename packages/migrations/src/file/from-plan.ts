// From a plan to a migration: its segments become those of the files, and what its operations declare goes into the sidecar.

import type { SchemaDiff } from '../diff/differ.ts';
import { relationId } from '../operation/identity.ts';
import { costOf, orderOf, type Operation } from '../operation/operation.ts';
import type { MigrationPlan } from '../plan/plan.ts';
import type { PlanSegment, PlanStep } from '../plan/segment.ts';
import { digestOf } from './digest.ts';
import type { DraftSegment, DraftStep, MigrationDraft } from './migration.ts';
import type { JsonValue, Touches } from './sidecar.ts';

export interface PlanDraftOptions extends Pick<MigrationDraft, 'version' | 'bucket' | 'dependsOn' | 'justification' | 'descriptors'> {}

/**
 * The migration that does what a plan does.
 *
 * Shape: a draft for `writeMigration`. When an operation has no way back, the down file says which and why, and executes nothing. The sidecar has the operations
 * of the difference, the digests of both schemas, and what is read and written, so that the migration may come late where nothing meets it. Pure.
 *
 * @example
 * const diff = diffSnapshots(before, snapshotOf(models), hintsOf(models));
 * await writeMigration('migrations', planDraft(diff, planMigration(diff), { version: versionOf('add slugs', new Date()) }));
 */
export function planDraft(diff: SchemaDiff, plan: MigrationPlan, options: PlanDraftOptions): MigrationDraft {
  const { segments, irreversible } = plan.down;
  const noWayBack = irreversible.map(({ step, reason }) => ({ label: step, sql: `-- DJOGI WARNING: ${step} has no way back: ${reason}.` }));
  return {
    ...options,
    origin: 'composed',
    up: plan.segments.map(segmentOf),
    down: noWayBack.length > 0 ? [{ kind: 'metadata_only', steps: noWayBack }] : segments.map(segmentOf),
    touches: touchesOf(diff.operations),
    operations: diff.operations as unknown as readonly JsonValue[],
    beforeDigest: digestOf(diff.from),
    afterDigest: digestOf(diff.to),
  };
}

const segmentOf = ({ kind, isPatient, steps }: PlanSegment): DraftSegment => ({
  kind: kind === 'alone' ? 'non_transactional' : 'transactional',
  isPatient,
  steps: steps.map(stepOf),
});

const stepOf = ({ label, statements, effect }: PlanStep): DraftStep => ({
  label,
  sql: statements.map((statement) => `${statement};`).join('\n'),
  effect: effect.kind,
});

/**
 * What an operation makes or removes it writes; what it needs or locks it reads; one that alters in place writes what it needs. Behind a rename nobody finds
 * anything by the old name, also in expressions and types that spell it, so nothing is said of what a plan with one touches.
 */
function touchesOf(operations: readonly Operation[]): Touches | null {
  if (operations.some(({ kind }) => kind.startsWith('rename'))) return null;
  const reads = new Set<string>();
  const writes = new Set<string>();
  for (const operation of operations) {
    const { creates, removes, needs, frees } = orderOf(operation);
    const own = [...creates, ...removes];
    const needed = [...needs, ...frees];
    for (const name of [...needed, ...costOf(operation).locks.map(({ relation }) => relationId(relation))]) reads.add(name);
    for (const name of own.length > 0 ? own : needed) writes.add(name);
  }
  return { reads: [...reads].sort(), writes: [...writes].sort() };
}
