// What a plan must be allowed, and what it warns of.

import { SchemaError } from '../error/schema-error.ts';
import { LOCK_MODES, type LockMode } from '../operation/definition.ts';
import { effectOf, labelOf, type Operation } from '../operation/operation.ts';
import { relationKey, shownName } from '../snapshot/qualified-name.ts';
import type { PlanSegment, PlanStep } from './segment.ts';

/**
 * - `loss`: the operation was allowed by name
 * - `blocks_writes`: it reads or writes a whole table that is there, while others cannot write to it
 * - `needs_empty_table`: it fails when the table has a row
 * - `irreversible`: there is no way back from it
 */
export type FindingRule = 'loss' | 'blocks_writes' | 'needs_empty_table' | 'irreversible';

export interface Finding {
  readonly rule: FindingRule;
  /** The label of the operation. */
  readonly step: string;
  readonly message: string;
}

/** Refuses every operation that loses something and is not named in `allow`, all of them in one error. */
export function checkLosses(operations: readonly Operation[], allow: readonly string[]): readonly Finding[] {
  const findings: Finding[] = [];
  const refused: SchemaError[] = [];
  for (const operation of operations) {
    const { kind, loss } = effectOf(operation);
    if (kind === 'safe') continue;
    const step = labelOf(operation);
    if (allow.includes(step)) findings.push({ rule: 'loss', step, message: `${step} is ${kind}: it loses ${loss}.` });
    else
      refused.push(
        new SchemaError(
          'needs_permission',
          step,
          `${step} is ${kind}: it loses ${loss}. If that is meant, name it: allow: [${JSON.stringify(step)}].`,
        ),
      );
  }
  if (refused.length === 1) throw refused[0]!;
  if (refused.length > 1) {
    const list = refused.map((problem) => `- ${problem.object}`).join('\n');
    throw new SchemaError(
      'needs_permission',
      refused[0]!.object,
      `${refused.length} operations lose something. Those that are meant are named in allow:\n${list}\n`,
      refused,
    );
  }
  return findings;
}

/** Locks under which nobody else can insert, update or delete. */
const BLOCKING: ReadonlySet<LockMode> = new Set(LOCK_MODES.slice(LOCK_MODES.indexOf('SHARE')));

/** Steps that keep writers out for as long as a table is large. `isNew` tells tables that the plan makes. */
export function blockingSteps(segments: readonly PlanSegment[], isNew: (relation: string) => boolean): readonly Finding[] {
  const findings: Finding[] = [];
  for (const step of segments.flatMap(({ steps }) => steps)) {
    const blocked = [...step.rewrites, ...step.scans].find(
      (relation) => !isNew(relationKey(relation)) && BLOCKING.has(lockOn(step, relationKey(relation)) ?? 'ACCESS SHARE'),
    );
    if (blocked === undefined) continue;
    const how = step.rewrites.includes(blocked) ? 'writes every row anew' : 'reads every row';
    findings.push({
      rule: 'blocks_writes',
      step: step.label,
      message: `${step.label} ${how} of ${shownName(blocked)} under ${lockOn(step, relationKey(blocked))}: nobody else can write to it until it is done.`,
    });
  }
  return findings;
}

const lockOn = (step: PlanStep, relation: string): LockMode | undefined =>
  step.locks.find((lock) => relationKey(lock.relation) === relation)?.mode;

/** A column without a value for the rows that are there. */
export function emptyTableFindings(operations: readonly Operation[]): readonly Finding[] {
  return operations.flatMap((operation): Finding[] => {
    if (operation.kind !== 'addColumn') return [];
    const { notNull, default: byDefault, identity, generated } = operation.column;
    if (notNull === null || byDefault !== null || identity !== null || generated !== null) return [];
    const step = labelOf(operation);
    return [
      {
        rule: 'needs_empty_table',
        step,
        message: `${step} is NOT NULL and has no default: it fails when ${shownName(operation.table)} has a row. Give it a default, or add it nullable, fill it, and make it NOT NULL.`,
      },
    ];
  });
}
