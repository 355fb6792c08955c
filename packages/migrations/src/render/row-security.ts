// Row level security of a table and its policies.

import { quoteIdentifier } from '@djogi/core/extension';
import type { QualifiedName } from '../snapshot/qualified-name.ts';
import type { PolicySnapshot, RowSecuritySnapshot } from '../snapshot/snapshot.ts';
import { parenthesised, qualified } from './fragment.ts';

/** The statements that switch on what a new table does not have. Locks: ACCESS EXCLUSIVE, without a scan. */
export function enableRowSecurity(table: QualifiedName, { isEnabled, isForced }: RowSecuritySnapshot): string[] {
  const statements: string[] = [];
  if (isEnabled) statements.push(`ALTER TABLE ${qualified(table)} ENABLE ROW LEVEL SECURITY`);
  if (isForced) statements.push(`ALTER TABLE ${qualified(table)} FORCE ROW LEVEL SECURITY`);
  return statements;
}

/** Locks: ACCESS EXCLUSIVE, without a scan. */
export function createPolicy(table: QualifiedName, policy: PolicySnapshot): string {
  const roles = policy.roles.map((role) => (role === 'public' ? 'PUBLIC' : quoteIdentifier(role))).join(', ');
  return (
    `CREATE POLICY ${quoteIdentifier(policy.name)} ON ${qualified(table)} AS ${policy.isPermissive ? 'PERMISSIVE' : 'RESTRICTIVE'} FOR ${policy.command.toUpperCase()} TO ${roles}` +
    (policy.using === null ? '' : ` USING ${parenthesised(policy.using)}`) +
    (policy.withCheck === null ? '' : ` WITH CHECK ${parenthesised(policy.withCheck)}`)
  );
}
