// Policies of row security.

import { quoteIdentifier } from '@djogi/core/extension';
import { commentOn } from '../render/comment-on.ts';
import { qualified } from '../render/fragment.ts';
import { alterPolicy, createPolicy } from '../render/row-security.ts';
import { shownName } from '../snapshot/qualified-name.ts';
import type { PolicySnapshot } from '../snapshot/snapshot.ts';
import {
  back,
  cost,
  destructive,
  inTransaction,
  locksOn,
  order,
  RANK,
  relationOf,
  SAFE,
  type OperationDefinition,
  type TableRef,
} from './definition.ts';
import { policyIdentities } from './identity.ts';

export interface CreatePolicy {
  readonly kind: 'createPolicy';
  readonly table: TableRef;
  readonly policy: PolicySnapshot;
}
export interface DropPolicy {
  readonly kind: 'dropPolicy';
  readonly table: TableRef;
  readonly policy: PolicySnapshot;
  /** It is made again in the same diff. */
  readonly isReplaced: boolean;
}
/** Roles and expressions. */
export interface AlterPolicy {
  readonly kind: 'alterPolicy';
  readonly table: TableRef;
  readonly from: PolicySnapshot;
  readonly to: PolicySnapshot;
}

const exclusive = ({ table }: { readonly table: TableRef }): ReturnType<typeof cost> =>
  cost(locksOn([relationOf(table)], 'ACCESS EXCLUSIVE'));

export const createPolicyDefinition: OperationDefinition<CreatePolicy> = {
  label: ({ table, policy }) => `createPolicy ${shownName(table)}.${policy.name}`,
  forward: ({ table, policy }) => [
    createPolicy(table, policy),
    ...(policy.comment === null ? [] : [commentOn({ kind: 'policy', of: table, part: policy.name }, policy.comment)]),
  ],
  reverse: ({ table, policy }) => back({ kind: 'dropPolicy', table, policy, isReplaced: false }),
  cost: exclusive,
  effect: () => SAFE,
  order({ table, policy }) {
    const { own, needs } = policyIdentities(table, policy);
    return order(RANK.security, { creates: own, needs });
  },
  standsAlone: inTransaction,
};

export const dropPolicyDefinition: OperationDefinition<DropPolicy> = {
  label: ({ table, policy }) => `dropPolicy ${shownName(table)}.${policy.name}`,
  forward: ({ table, policy }) => [`DROP POLICY ${quoteIdentifier(policy.name)} ON ${qualified(table)}`],
  reverse: ({ table, policy }) => back({ kind: 'createPolicy', table, policy }),
  cost: exclusive,
  effect: ({ table, policy, isReplaced }) =>
    isReplaced ? SAFE : destructive(`what ${shownName(table)}.${policy.name} allowed or refused`),
  order({ table, policy }) {
    const { own, needs } = policyIdentities(table, policy);
    return order(RANK.dropSecurity, { removes: own, frees: needs });
  },
  standsAlone: inTransaction,
};

export const alterPolicyDefinition: OperationDefinition<AlterPolicy> = {
  label: ({ table, to }) => `alterPolicy ${shownName(table)}.${to.name}`,
  forward: ({ table, to }) => [alterPolicy(table, to)],
  reverse: ({ table, from, to }) => back({ kind: 'alterPolicy', table, from: to, to: from }),
  cost: exclusive,
  effect: () => SAFE,
  order({ table, from, to }) {
    const { own, needs } = policyIdentities(table, to);
    return order(RANK.security, { creates: own, removes: own, needs, frees: policyIdentities(table, from).needs });
  },
  standsAlone: inTransaction,
};
