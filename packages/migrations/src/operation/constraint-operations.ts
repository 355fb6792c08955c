// Constraints of tables that exist, at once and in stages.

import { quoteIdentifier } from '@djogi/core/extension';
import { commentOn } from '../render/comment-on.ts';
import { addConstraint, alterForeignKey } from '../render/constraint.ts';
import { qualified } from '../render/fragment.ts';
import { shownName, type QualifiedName } from '../snapshot/qualified-name.ts';
import type { ConstraintSnapshot, ForeignKeySnapshot } from '../snapshot/snapshot.ts';
import {
  back,
  cost,
  inTransaction,
  locksOn,
  lossy,
  order,
  RANK,
  relationsOf,
  SAFE,
  storesOf,
  type OperationCost,
  type OperationDefinition,
  type TableRef,
} from './definition.ts';
import { constraintId, constraintIdentities, relationId } from './identity.ts';

interface OfConstraint {
  readonly table: TableRef;
  readonly constraint: ConstraintSnapshot;
  /** The target of a foreign key. */
  readonly references: TableRef | null;
}

export interface AddConstraint extends OfConstraint {
  readonly kind: 'addConstraint';
  /** Rows that are there are left to a `validateConstraint`. Checks and foreign keys. */
  readonly notValid?: boolean;
  /** The unique index that becomes the constraint's own, and takes its name. Primary keys and unique constraints. */
  readonly usingIndex?: string;
}
export interface DropConstraint extends OfConstraint {
  readonly kind: 'dropConstraint';
}
export interface RenameConstraint {
  readonly kind: 'renameConstraint';
  readonly table: TableRef;
  readonly from: string;
  readonly to: string;
}
/** Reads the rows of a constraint that is NOT VALID. */
export interface ValidateConstraint {
  readonly kind: 'validateConstraint';
  readonly table: TableRef;
  readonly constraint: string;
  readonly references: TableRef | null;
}
/** Deferrability and enforcement of a foreign key. */
export interface AlterConstraint {
  readonly kind: 'alterConstraint';
  readonly table: TableRef;
  readonly references: TableRef;
  readonly from: ForeignKeySnapshot;
  readonly to: ForeignKeySnapshot;
}

const place = ({ table, constraint }: OfConstraint): string => `${shownName(table)}.${constraint.name}`;
const referenced = (references: TableRef | null): readonly QualifiedName[] => (references === null ? [] : relationsOf(references));
const quoted = (name: string): string => quoteIdentifier(name);

/** A constraint that Postgres does not hold rows to, or not yet. */
const isLoose = (constraint: ConstraintSnapshot): boolean =>
  (constraint.kind === 'check' || constraint.kind === 'foreignKey') && (!constraint.isValidated || !constraint.isEnforced);

function addCost({ table, constraint, references, notValid, usingIndex }: AddConstraint): OperationCost {
  const scans = notValid === true || usingIndex !== undefined || isLoose(constraint) ? [] : storesOf(table);
  if (constraint.kind !== 'foreignKey') return cost(locksOn(relationsOf(table), 'ACCESS EXCLUSIVE'), { scans });
  return cost(locksOn([...relationsOf(table), ...referenced(references)], 'SHARE ROW EXCLUSIVE'), {
    scans: scans.length === 0 ? [] : scans,
  });
}

export const addConstraintDefinition: OperationDefinition<AddConstraint> = {
  label: (operation) => `addConstraint ${place(operation)}`,
  forward({ table, constraint, notValid = false, usingIndex }) {
    const comment =
      constraint.comment === null ? [] : [commentOn({ kind: 'constraint', of: table, part: constraint.name }, constraint.comment)];
    if (usingIndex === undefined) {
      const isNotValid = notValid || (isLoose(constraint) && (constraint as { isEnforced?: boolean }).isEnforced === true);
      return [addConstraint(table, constraint, { notValid: isNotValid }), ...comment];
    }
    const deferrability =
      'isDeferrable' in constraint && constraint.isDeferrable
        ? ` DEFERRABLE${constraint.isInitiallyDeferred ? ' INITIALLY DEFERRED' : ''}`
        : '';
    const kind = constraint.kind === 'primaryKey' ? 'PRIMARY KEY' : 'UNIQUE';
    return [
      `ALTER TABLE ${qualified(table)} ADD CONSTRAINT ${quoted(constraint.name)} ${kind} USING INDEX ${quoted(usingIndex)}${deferrability}`,
      ...comment,
    ];
  },
  reverse: ({ table, constraint, references }) => back({ kind: 'dropConstraint', table, constraint, references }),
  cost: addCost,
  effect: () => SAFE,
  order({ table, constraint }) {
    const { own, needs } = constraintIdentities(table, constraint);
    return order(constraint.kind === 'foreignKey' ? RANK.reference : RANK.key, { creates: own, needs });
  },
  standsAlone: inTransaction,
};

export const dropConstraintDefinition: OperationDefinition<DropConstraint> = {
  label: (operation) => `dropConstraint ${place(operation)}`,
  forward: ({ table, constraint }) => [`ALTER TABLE ${qualified(table)} DROP CONSTRAINT ${quoted(constraint.name)}`],
  reverse: ({ table, constraint, references }) => back({ kind: 'addConstraint', table, constraint, references }),
  cost: ({ table, references }) => cost(locksOn([...relationsOf(table), ...referenced(references)], 'ACCESS EXCLUSIVE')),
  effect: () => SAFE,
  order({ table, constraint }) {
    const { own, needs } = constraintIdentities(table, constraint);
    return order(constraint.kind === 'foreignKey' ? RANK.dropReference : RANK.dropKey, { removes: own, frees: needs });
  },
  standsAlone: inTransaction,
};

export const renameConstraintDefinition: OperationDefinition<RenameConstraint> = {
  label: ({ table, from, to }) => `renameConstraint ${shownName(table)}.${from} to ${to}`,
  forward: ({ table, from, to }) => [`ALTER TABLE ${qualified(table)} RENAME CONSTRAINT ${quoted(from)} TO ${quoted(to)}`],
  reverse: ({ table, from, to }) => back({ kind: 'renameConstraint', table, from: to, to: from }),
  cost: ({ table }) => cost(locksOn(relationsOf(table), 'ACCESS EXCLUSIVE')),
  effect: () => SAFE,
  order: () => order(RANK.rename),
  standsAlone: inTransaction,
};

export const validateConstraintDefinition: OperationDefinition<ValidateConstraint> = {
  label: ({ table, constraint }) => `validateConstraint ${shownName(table)}.${constraint}`,
  forward: ({ table, constraint }) => [`ALTER TABLE ${qualified(table)} VALIDATE CONSTRAINT ${quoted(constraint)}`],
  reverse: () => ({ irreversible: 'Postgres keeps no constraint that was validated and is not valid any more' }),
  cost: ({ table, references }) =>
    cost([...locksOn(relationsOf(table), 'SHARE UPDATE EXCLUSIVE'), ...locksOn(referenced(references), 'ROW SHARE')], {
      scans: storesOf(table),
    }),
  effect: () => SAFE,
  order: ({ table, constraint }) => order(RANK.reference, { needs: [relationId(table), constraintId(table, constraint)] }),
  standsAlone: inTransaction,
};

export const alterConstraintDefinition: OperationDefinition<AlterConstraint> = {
  label: ({ table, to }) => `alterConstraint ${shownName(table)}.${to.name}`,
  forward: ({ table, from, to }) => [alterForeignKey(table, from, to)],
  reverse: ({ table, references, from, to }) => back({ kind: 'alterConstraint', table, references, from: to, to: from }),
  cost({ table, references, from, to }) {
    if (from.isEnforced === to.isEnforced) return cost(locksOn(relationsOf(table), 'ACCESS EXCLUSIVE'));
    const others = locksOn(relationsOf(references), to.isEnforced ? 'SHARE ROW EXCLUSIVE' : 'ACCESS EXCLUSIVE');
    return cost([...locksOn(relationsOf(table), 'ACCESS EXCLUSIVE'), ...others], { scans: to.isEnforced ? storesOf(table) : [] });
  },
  effect: ({ table, to }) => (to.isEnforced ? SAFE : lossy(`the enforcement of ${shownName(table)}.${to.name}`)),
  order: ({ table, to }) => order(RANK.reference, { needs: [constraintId(table, to.name)] }),
  standsAlone: inTransaction,
};
