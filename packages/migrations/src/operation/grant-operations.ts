// What a role may do with a table or sequence.

import { grant, revoke, type GrantTarget } from '../render/grant.ts';
import { shownName } from '../snapshot/qualified-name.ts';
import type { GrantSnapshot } from '../snapshot/snapshot.ts';
import { back, cost, inTransaction, locksOn, order, RANK, relationOf, SAFE, type OperationDefinition } from './definition.ts';
import { relationId } from './identity.ts';

export interface Grant {
  readonly kind: 'grant';
  readonly on: GrantTarget;
  readonly grant: GrantSnapshot;
}
export interface Revoke {
  readonly kind: 'revoke';
  readonly on: GrantTarget;
  readonly grant: GrantSnapshot;
}

/** Revoked before it is granted: a privilege may change its grant option. */
const grantId = ({ on, grant: granted }: Grant | Revoke): string => `grant ${on.schema}.${on.name} ${granted.role}`;

const described = ({ on, grant: granted }: Grant | Revoke): string => `${granted.privileges.join(' ')} on ${shownName(on)}`;

export const grantDefinition: OperationDefinition<Grant> = {
  label: (operation) => `grant ${described(operation)} to ${operation.grant.role}`,
  forward: (operation) => [grant(operation.on, operation.grant)],
  reverse: (operation) => back({ ...operation, kind: 'revoke' }),
  cost: ({ on }) => cost(locksOn([relationOf(on)], 'ACCESS SHARE')),
  effect: () => SAFE,
  order: (operation) => order(RANK.security, { creates: [grantId(operation)], needs: [relationId(operation.on)] }),
  standsAlone: inTransaction,
};

export const revokeDefinition: OperationDefinition<Revoke> = {
  label: (operation) => `revoke ${described(operation)} from ${operation.grant.role}`,
  forward: (operation) => [revoke(operation.on, operation.grant)],
  reverse: (operation) => back({ ...operation, kind: 'grant' }),
  cost: ({ on }) => cost(locksOn([relationOf(on)], 'ACCESS SHARE')),
  effect: () => SAFE,
  order: (operation) => order(RANK.security, { removes: [grantId(operation)] }),
  standsAlone: inTransaction,
};
