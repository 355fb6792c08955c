// From a diff to a plan: the operations in their staged forms, grouped into what commits together, with the way back, and only if what is lost was allowed.

import type { SchemaDiff } from '../diff/differ.ts';
import { SchemaError } from '../error/schema-error.ts';
import { labelOf, reversalOf, type Operation } from '../operation/operation.ts';
import { deepFreeze } from '../snapshot/make-snapshot.ts';
import { relationKey } from '../snapshot/qualified-name.ts';
import { blockingSteps, checkLosses, emptyTableFindings, type Finding } from './gate.ts';
import { segmentsOf, type PlanSegment } from './segment.ts';
import { inStages, type TakenNames } from './stage.ts';

/** Raised when a reader could misunderstand an older or newer plan. */
export const PLAN_FORMAT = 1;

export interface MigrationPlan {
  readonly format: typeof PLAN_FORMAT;
  /** In order. Empty for equal schemas. */
  readonly segments: readonly PlanSegment[];
  readonly down: DownPlan;
  readonly findings: readonly Finding[];
}

export interface DownPlan {
  /** The way back, of those operations that have one. */
  readonly segments: readonly PlanSegment[];
  /** Operations without one, by their labels. Empty means that running both ends where it began. */
  readonly irreversible: readonly { readonly step: string; readonly reason: string }[];
}

export interface PlanOptions {
  /** The labels of operations that may lose something: `dropColumn posts.title`. */
  readonly allow?: readonly string[];
  /** One statement for each operation, where staged forms would spare others: for databases that nobody uses. Default false. */
  readonly isSimple?: boolean;
  /** What to do about steps that keep others from writing for as long as a table is large. Default `warn`. */
  readonly onlineSafety?: 'refuse' | 'warn' | 'off';
  /** Why such steps are accepted all the same: the way on under `refuse`. */
  readonly acceptLock?: string;
}

/**
 * Plans a diff.
 *
 * Shape: frozen JSON. On tables that exist, foreign keys and checks come NOT VALID and are validated in a segment of their own, NOT NULL likewise, indexes are built and
 * dropped CONCURRENTLY, unique constraints and keys take over an index that was built so. Partitioned tables take the plain forms, since Postgres has no others
 * for them, and so do exclusion constraints. Each step says which relations it locks and how, and whether it rewrites or scans. Pure.
 * Errors: SCHEMA with `needs_permission` for what loses something and is not in `allow`; `blocks_writes` under `onlineSafety: 'refuse'` without `acceptLock`.
 *
 * @example
 * const plan = planMigration(diffSnapshots(before, after), { allow: ['dropColumn posts.subtitle'] });
 */
export function planMigration(diff: SchemaDiff, options: PlanOptions = {}): MigrationPlan {
  const { allow = [], isSimple = false, onlineSafety = 'warn', acceptLock } = options;
  const { operations } = diff;
  const losses = checkLosses(operations, allow);
  const taken = takenNames(diff);
  const stage = (list: readonly Operation[]): readonly PlanSegment[] => segmentsOf(isSimple ? list : inStages(list, taken));
  const segments = stage(operations);
  const created = new Set(operations.flatMap((operation) => (operation.kind === 'createTable' ? [relationKey(operation.table)] : [])));
  const blocking = onlineSafety === 'off' ? [] : blockingSteps(segments, (relation) => created.has(relation));
  const [first] = blocking;
  if (first !== undefined && onlineSafety === 'refuse' && (acceptLock ?? '').trim() === '') {
    throw new SchemaError(
      'blocks_writes',
      first.step,
      `${blocking.map(({ message }) => message).join(' ')} Change it in smaller steps, or give a reason in acceptLock.`,
    );
  }
  const way = wayBack(operations);
  const findings = [
    ...losses,
    ...blocking,
    ...emptyTableFindings(operations),
    ...way.irreversible.map(({ step, reason }): Finding => ({
      rule: 'irreversible',
      step,
      message: `${step} has no way back: ${reason}.`,
    })),
  ];
  return deepFreeze({ format: PLAN_FORMAT, segments, down: { segments: stage(way.operations), irreversible: way.irreversible }, findings });
}

function wayBack(operations: readonly Operation[]): {
  readonly operations: readonly Operation[];
  readonly irreversible: DownPlan['irreversible'];
} {
  const back: Operation[] = [];
  const irreversible: { step: string; reason: string }[] = [];
  for (const operation of operations.toReversed()) {
    const reversal = reversalOf(operation);
    if ('operations' in reversal) back.push(...reversal.operations);
    else irreversible.push({ step: labelOf(operation), reason: reversal.irreversible });
  }
  return { operations: back, irreversible: irreversible.reverse() };
}

/** Of both schemas, under either name of a table: what a new constraint must not be called. */
function takenNames({ from, to }: SchemaDiff): TakenNames {
  const all = new Set(
    [from, to].flatMap(({ tables }) =>
      tables.flatMap(({ constraints, columns }) => [
        ...constraints.map(({ name }) => name),
        ...columns.flatMap(({ notNull }) => notNull?.name ?? []),
      ]),
    ),
  );
  return () => all;
}
