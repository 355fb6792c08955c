// Constraints of the kinds p, u, f, c and x: their definition, inside CREATE TABLE and on their own.

import { quoteIdentifier } from '@djogi/core/extension';
import { refuseKind } from '../error/schema-error.ts';
import type { QualifiedName } from '../snapshot/qualified-name.ts';
import type { ConstraintSnapshot, ForeignKeySnapshot, ReferentialAction } from '../snapshot/snapshot.ts';
import { columnList, includeClause, indexElement, parenthesised, qualified, whereClause } from './fragment.ts';

/** `CONSTRAINT "posts_pkey" PRIMARY KEY ("id")` */
export const constraintDefinition = (constraint: ConstraintSnapshot): string =>
  `CONSTRAINT ${quoteIdentifier(constraint.name)} ${constraintBody(constraint)}`;

/**
 * Adds a constraint to a table that exists.
 *
 * Locks: ACCESS EXCLUSIVE while it scans the table; SHARE ROW EXCLUSIVE on both tables for a foreign key. With `notValid` (foreign keys and checks) nothing is
 * scanned, and VALIDATE CONSTRAINT follows later.
 */
export function addConstraint(table: QualifiedName, constraint: ConstraintSnapshot, options: { readonly notValid?: boolean } = {}): string {
  return `ALTER TABLE ${qualified(table)} ADD ${constraintDefinition(constraint)}${options.notValid === true ? ' NOT VALID' : ''}`;
}

function constraintBody(constraint: ConstraintSnapshot): string {
  switch (constraint.kind) {
    case 'primaryKey':
      return `PRIMARY KEY (${keyColumns(constraint.columns, constraint.isWithoutOverlaps)})${includeClause(constraint.include)}${deferrability(constraint)}`;
    case 'unique': {
      const nulls = constraint.isNullsNotDistinct ? ' NULLS NOT DISTINCT' : '';
      return `UNIQUE${nulls} (${keyColumns(constraint.columns, constraint.isWithoutOverlaps)})${includeClause(constraint.include)}${deferrability(constraint)}`;
    }
    case 'foreignKey':
      return foreignKeyBody(constraint);
    case 'check':
      return `CHECK ${parenthesised(constraint.expression)}${constraint.isNoInherit ? ' NO INHERIT' : ''}${constraint.isEnforced ? '' : ' NOT ENFORCED'}`;
    case 'exclusion': {
      const elements = constraint.elements.map((element) => `${indexElement(element)} WITH ${element.operator}`).join(', ');
      return `EXCLUDE USING ${quoteIdentifier(constraint.method)} (${elements})${includeClause(constraint.include)}${whereClause(constraint.where)}${deferrability(constraint)}`;
    }
    default:
      return refuseKind('constraint', (constraint as { name: string }).name, constraint);
  }
}

const keyColumns = (columns: readonly string[], isWithoutOverlaps: boolean): string =>
  columnList(columns) + (isWithoutOverlaps ? ' WITHOUT OVERLAPS' : '');

const ACTIONS: Readonly<Record<ReferentialAction, string>> = {
  noAction: 'NO ACTION',
  restrict: 'RESTRICT',
  cascade: 'CASCADE',
  setNull: 'SET NULL',
  setDefault: 'SET DEFAULT',
};

function foreignKeyBody(constraint: ForeignKeySnapshot): string {
  const { columns, references, isPeriod, match, onDelete, onDeleteColumns, onUpdate, isEnforced } = constraint;
  return (
    `FOREIGN KEY (${periodColumns(columns, isPeriod)}) REFERENCES ${qualified(references)} (${periodColumns(references.columns, isPeriod)})` +
    (match === 'full' ? ' MATCH FULL' : '') +
    ` ON DELETE ${ACTIONS[onDelete]}${onDeleteColumns.length === 0 ? '' : ` (${columnList(onDeleteColumns)})`}` +
    (onUpdate === 'noAction' ? '' : ` ON UPDATE ${ACTIONS[onUpdate]}`) +
    deferrability(constraint) +
    (isEnforced ? '' : ' NOT ENFORCED')
  );
}

/**
 * Changes the deferrability and the enforcement of a foreign key.
 *
 * Locks: ACCESS EXCLUSIVE on its table, and on the other one too when it is no longer enforced. Enforcing again takes SHARE ROW EXCLUSIVE there, and reads every row.
 */
export function alterForeignKey(table: QualifiedName, from: ForeignKeySnapshot, to: ForeignKeySnapshot): string {
  const isMoved = from.isDeferrable !== to.isDeferrable || from.isInitiallyDeferred !== to.isInitiallyDeferred;
  return (
    `ALTER TABLE ${qualified(table)} ALTER CONSTRAINT ${quoteIdentifier(to.name)}` +
    (isMoved ? deferrability(to) || ' NOT DEFERRABLE' : '') +
    (from.isEnforced === to.isEnforced ? '' : ` ${to.isEnforced ? '' : 'NOT '}ENFORCED`)
  );
}

const periodColumns = (columns: readonly string[], isPeriod: boolean): string =>
  columns
    .map((column, position) =>
      isPeriod && position === columns.length - 1 ? `PERIOD ${quoteIdentifier(column)}` : quoteIdentifier(column),
    )
    .join(', ');

const deferrability = ({
  isDeferrable,
  isInitiallyDeferred,
}: {
  readonly isDeferrable: boolean;
  readonly isInitiallyDeferred: boolean;
}): string => (isDeferrable ? ` DEFERRABLE${isInitiallyDeferred ? ' INITIALLY DEFERRED' : ''}` : '');
