// Comments of what exists. New objects bring theirs.

import { commentOn, type CommentTarget } from '../render/comment-on.ts';
import { shownName } from '../snapshot/qualified-name.ts';
import { back, cost, inTransaction, locksOn, NO_COST, order, RANK, relationOf, SAFE, type OperationDefinition } from './definition.ts';

export interface SetComment {
  readonly kind: 'setComment';
  readonly target: CommentTarget;
  readonly from: string | null;
  readonly to: string | null;
}

export const setCommentDefinition: OperationDefinition<SetComment> = {
  label: ({ target }) => `setComment ${target.kind} ${shownName(target.of)}${'part' in target ? `.${target.part}` : ''}`,
  forward: ({ target, to }) => [commentOn(target, to)],
  reverse: ({ target, from, to }) => back({ kind: 'setComment', target, from: to, to: from }),
  cost({ target }) {
    if (target.kind === 'type') return NO_COST;
    const isPart = target.kind === 'constraint' || target.kind === 'policy';
    return cost(locksOn([relationOf(target.of)], isPart ? 'ACCESS SHARE' : 'SHARE UPDATE EXCLUSIVE'));
  },
  effect: () => SAFE,
  order: () => order(RANK.comment),
  standsAlone: inTransaction,
};
