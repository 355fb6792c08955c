// Grants of one table or sequence in two snapshots.

import type { Operation } from '../operation/operation.ts';
import type { GrantTarget } from '../render/grant.ts';
import type { GrantSnapshot } from '../snapshot/snapshot.ts';

export function grantOperations(on: GrantTarget, before: readonly GrantSnapshot[], after: readonly GrantSnapshot[]): readonly Operation[] {
  const missing = (from: readonly GrantSnapshot[], to: readonly GrantSnapshot[]): GrantSnapshot[] =>
    from.flatMap((grant) => {
      const other = to.find(({ role, isGrantable }) => role === grant.role && isGrantable === grant.isGrantable);
      const privileges = grant.privileges.filter((privilege) => !(other?.privileges.includes(privilege) ?? false));
      return privileges.length === 0 ? [] : [{ ...grant, privileges }];
    });
  return [
    ...missing(before, after).map((grant): Operation => ({ kind: 'revoke', on, grant })),
    ...missing(after, before).map((grant): Operation => ({ kind: 'grant', on, grant })),
  ];
}
