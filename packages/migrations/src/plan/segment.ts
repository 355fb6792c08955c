// Segments: what commits together. A crash leaves whole segments behind and nothing of the next.

import { quoteLiteral } from '@djogi/core/extension';
import type { OperationCost, OperationEffect } from '../operation/definition.ts';
import { costOf, effectOf, labelOf, standsAlone, statementsOf, type Operation } from '../operation/operation.ts';

export interface PlanStep extends OperationCost {
  readonly label: string;
  readonly operation: Operation;
  /** Without closing semicolons. */
  readonly statements: readonly string[];
  readonly effect: OperationEffect;
}

export interface PlanSegment {
  /** `alone`: the one statement of its one step refuses a transaction block. */
  readonly kind: 'transactional' | 'alone';
  /** It reads or builds for as long as the table is large, and blocks no reader or writer: it runs without timeouts. */
  readonly isPatient: boolean;
  readonly steps: readonly PlanStep[];
}

const stepOf = (operation: Operation): PlanStep => ({
  label: labelOf(operation),
  operation,
  statements: statementsOf(operation),
  effect: effectOf(operation),
  ...costOf(operation),
});

export function segmentsOf(operations: readonly Operation[]): readonly PlanSegment[] {
  const segments: { kind: PlanSegment['kind']; isPatient: boolean; steps: PlanStep[] }[] = [];
  let isOpen = false;
  operations.forEach((operation, position) => {
    const step = stepOf(operation);
    if (step.statements.length === 0) return;
    const isAlone = standsAlone(operation);
    const isPatient = isAlone || operation.kind === 'validateConstraint';
    if (isPatient || !isOpen) segments.push({ kind: isAlone ? 'alone' : 'transactional', isPatient, steps: [] });
    segments.at(-1)!.steps.push(step);
    isOpen = !isPatient && !mustCommit(operation, operations.slice(position + 1));
  });
  return segments;
}

/** A label of an enum can be used only when the transaction that added it has committed: 55P04. */
function mustCommit(operation: Operation, later: readonly Operation[]): boolean {
  if (operation.kind !== 'addEnumLabel') return false;
  const label = quoteLiteral(operation.label);
  return later.some((other) => other.kind !== 'addEnumLabel' && statementsOf(other).some((statement) => statement.includes(label)));
}
