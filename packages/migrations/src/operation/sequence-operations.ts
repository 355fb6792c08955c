// Sequences of their own.

import { quoteIdentifier } from '@djogi/core/extension';
import { commentOn } from '../render/comment-on.ts';
import { createSequence, everySequenceOption, ownSequence } from '../render/create-sequence.ts';
import { grants } from '../render/grant.ts';
import { qualified } from '../render/fragment.ts';
import { shownName, type QualifiedName } from '../snapshot/qualified-name.ts';
import type { SequenceSnapshot } from '../snapshot/snapshot.ts';
import {
  back,
  cost,
  destructive,
  inTransaction,
  locksOn,
  NO_COST,
  order,
  RANK,
  relationOf,
  SAFE,
  type OperationDefinition,
} from './definition.ts';
import { columnId, ownerId, relationId, typeId } from './identity.ts';

export interface CreateSequence {
  readonly kind: 'createSequence';
  readonly sequence: SequenceSnapshot;
}
export interface DropSequence {
  readonly kind: 'dropSequence';
  readonly sequence: SequenceSnapshot;
}
export interface RenameSequence {
  readonly kind: 'renameSequence';
  readonly from: QualifiedName;
  readonly to: string;
}
/** Type and options. */
export interface AlterSequence {
  readonly kind: 'alterSequence';
  readonly from: SequenceSnapshot;
  readonly to: SequenceSnapshot;
}
export interface SetSequenceOwner {
  readonly kind: 'setSequenceOwner';
  readonly sequence: QualifiedName;
  readonly from: SequenceSnapshot['ownedBy'];
  readonly to: SequenceSnapshot['ownedBy'];
}

export const createSequenceDefinition: OperationDefinition<CreateSequence> = {
  label: ({ sequence }) => `createSequence ${shownName(sequence)}`,
  forward: ({ sequence }) => [
    createSequence(sequence),
    ...grants('sequence', sequence),
    ...(sequence.comment === null ? [] : [commentOn({ kind: 'sequence', of: sequence }, sequence.comment)]),
  ],
  reverse: ({ sequence }) => back({ kind: 'dropSequence', sequence }),
  cost: () => NO_COST,
  effect: () => SAFE,
  order: ({ sequence }) => order(RANK.sequence, { creates: [relationId(sequence), typeId(sequence.name)] }),
  standsAlone: inTransaction,
};

export const dropSequenceDefinition: OperationDefinition<DropSequence> = {
  label: ({ sequence }) => `dropSequence ${shownName(sequence)}`,
  forward: ({ sequence }) => [`DROP SEQUENCE ${qualified(sequence)}`],
  reverse: ({ sequence }) => back({ kind: 'createSequence', sequence }),
  cost: ({ sequence }) => cost(locksOn([relationOf(sequence)], 'ACCESS EXCLUSIVE')),
  effect: ({ sequence }) => destructive(`the position of ${shownName(sequence)}`),
  order: ({ sequence }) => order(RANK.dropSequence, { removes: [relationId(sequence), typeId(sequence.name)] }),
  standsAlone: inTransaction,
};

export const renameSequenceDefinition: OperationDefinition<RenameSequence> = {
  label: ({ from, to }) => `renameSequence ${shownName(from)} to ${to}`,
  forward: ({ from, to }) => [`ALTER SEQUENCE ${qualified(from)} RENAME TO ${quoteIdentifier(to)}`],
  reverse: ({ from, to }) => back({ kind: 'renameSequence', from: { schema: from.schema, name: to }, to: from.name }),
  cost: ({ from }) => cost(locksOn([relationOf(from)], 'ACCESS EXCLUSIVE')),
  effect: () => SAFE,
  order: () => order(RANK.rename),
  standsAlone: inTransaction,
};

export const alterSequenceDefinition: OperationDefinition<AlterSequence> = {
  label: ({ to }) => `alterSequence ${shownName(to)}`,
  forward: ({ to }) => [`ALTER SEQUENCE ${qualified(to)} AS ${to.type} ${everySequenceOption(to.options).join(' ')}`],
  reverse: ({ from, to }) => back({ kind: 'alterSequence', from: to, to: from }),
  cost: ({ to }) => cost(locksOn([relationOf(to)], 'SHARE ROW EXCLUSIVE')),
  effect: () => SAFE,
  order: () => order(RANK.sequence),
  standsAlone: inTransaction,
};

export const setSequenceOwnerDefinition: OperationDefinition<SetSequenceOwner> = {
  label: ({ sequence, to }) => `setSequenceOwner ${shownName(sequence)}${to === null ? ' to none' : ` to ${shownName(to)}.${to.column}`}`,
  forward: ({ sequence, to }) => [to === null ? `ALTER SEQUENCE ${qualified(sequence)} OWNED BY NONE` : ownSequence(sequence, to)],
  reverse: ({ sequence, from, to }) => back({ kind: 'setSequenceOwner', sequence, from: to, to: from }),
  cost: ({ sequence, to }) =>
    cost([...locksOn([relationOf(sequence)], 'SHARE ROW EXCLUSIVE'), ...(to === null ? [] : locksOn([relationOf(to)], 'ACCESS SHARE'))]),
  effect: () => SAFE,
  order: ({ sequence, from, to }) =>
    order(RANK.property, {
      creates: to === null ? [] : [ownerId(sequence)],
      removes: from === null || to !== null ? [] : [ownerId(sequence)],
      needs: to === null ? [] : [relationId(sequence), relationId(to), columnId(to, to.column)],
      frees: from === null ? [] : [relationId(sequence), relationId(from), columnId(from, from.column)],
    }),
  standsAlone: inTransaction,
};
