// The arms of a set operation: whether rows of several queries can be rows of one.

import { SetOpArmInvalidError } from '@djogi/core';
import { hasRows, rowsOf, type Rows } from '../set/rows.ts';

/** The rows of each arm. Throws SET_OP_ARM_INVALID for one that cannot stand beside the first. */
export function armsOf(first: Rows, others: readonly unknown[], method: string): Rows[] {
  if (others.length === 0)
    throw new SetOpArmInvalidError(`${method} was given no other set. Give it at least one.`, {
      arm: 2,
      table: undefined,
      reason: 'rows',
    });
  check(first, first, 1, method);
  return others.reduce<Rows[]>(
    (arms, other, at) => {
      const arm = rowsOfArm(other, at + 2, method);
      check(first, arm, at + 2, method);
      return [...arms, arm];
    },
    [first],
  );
}

function rowsOfArm(of: unknown, arm: number, method: string): Rows {
  if (hasRows(of)) return of[rowsOf]();
  throw new SetOpArmInvalidError(`Arm ${arm} of ${method} is no rows of a query. Give it a set, a projection, groups or combined sets.`, {
    arm,
    table: undefined,
    reason: 'rows',
  });
}

function check(first: Rows, arm: Rows, at: number, method: string): void {
  const refuse = (reason: string, message: string): never => {
    throw new SetOpArmInvalidError(`Arm ${at} of ${method}, over ${arm.runtime.table}, ${message}`, {
      arm: at,
      table: arm.runtime.table,
      reason,
    });
  };
  if (arm.hasRelated === true)
    refuse('eager_loading', 'has relations to load, which a set operation does not do. Load what the rows of the result need.');
  if (arm.lock !== undefined)
    refuse('lock', `is locked with ${arm.lock}, which a set operation does not allow. Lock the rows in a query of their own.`);
  if (first.as !== arm.as || (arm.as === 'row' && first.model !== arm.model))
    refuse('model', 'has rows of another kind than the first. Choose the same columns in each with select.');
  if (arm.as === 'row') return;
  if (first.columns.length !== arm.columns.length || first.columns.some((of, index) => of.property !== arm.columns[index]!.property))
    refuse('columns', `has other columns than the first: ${names(arm)} where ${names(first)} are. Choose the same, in the same order.`);
  const odd = first.columns.findIndex((of, index) => !isReadAlike(of.valueKind, arm.columns[index]!.valueKind));
  if (odd >= 0) {
    const [wanted, given] = [first, arm].map((rows) => rows.columns[odd]!.valueKind);
    refuse(
      'kind',
      `has ${given!.sqlType} (${given!.name}) in ${arm.columns[odd]!.property}, where the first has ${wanted!.sqlType} (${wanted!.name}). Cast one of them.`,
    );
  }
}

const names = ({ columns }: Rows): string => columns.map(({ property }) => property).join(', ');

type Kind = Rows['columns'][number]['valueKind'];

/** Whether the first arm's way to read a column reads the other's values as what they are. Lengths and precisions may differ. */
const isReadAlike = (first: Kind, other: Kind): boolean =>
  first.castType === other.castType &&
  (first.codec === other.codec ||
    isSameList(first, other) ||
    // Every field of an enum has a codec of its own, over one list of labels.
    (first.enumType !== undefined && other.enumType !== undefined));

/** Arrays are read alike where their elements are. */
const isSameList = ({ element: first }: Kind, { element: other }: Kind): boolean =>
  first !== undefined && other !== undefined && isReadAlike(first, other);
