// GRANT and REVOKE on tables and sequences.

import { quoteIdentifier } from '@djogi/core/extension';
import type { QualifiedName } from '../snapshot/qualified-name.ts';
import type { GrantSnapshot } from '../snapshot/snapshot.ts';
import { qualified } from './fragment.ts';

export interface GrantTarget extends QualifiedName {
  readonly kind: 'table' | 'sequence';
}

const privileges = (grant: GrantSnapshot): string => grant.privileges.map((privilege) => privilege.toUpperCase()).join(', ');
const role = (grant: GrantSnapshot): string => (grant.role === 'public' ? 'PUBLIC' : quoteIdentifier(grant.role));

/** Locks: ACCESS SHARE. */
export const grant = (on: GrantTarget, granted: GrantSnapshot): string =>
  `GRANT ${privileges(granted)} ON ${on.kind.toUpperCase()} ${qualified(on)} TO ${role(granted)}${granted.isGrantable ? ' WITH GRANT OPTION' : ''}`;

/** Locks: ACCESS SHARE. */
export const revoke = (on: GrantTarget, granted: GrantSnapshot): string =>
  `REVOKE ${privileges(granted)} ON ${on.kind.toUpperCase()} ${qualified(on)} FROM ${role(granted)}`;

export const grants = (kind: GrantTarget['kind'], on: QualifiedName & { readonly grants: readonly GrantSnapshot[] }): string[] =>
  on.grants.map((each) => grant({ kind, schema: on.schema, name: on.name }, each));
