// Row level security of a table and its policies.

import { quoteIdentifier } from '@djogi/core/extension';
import type { QualifiedName } from '../snapshot/qualified-name.ts';
import type { PolicySnapshot, RowSecuritySnapshot } from '../snapshot/snapshot.ts';
import { parenthesised, qualified } from './fragment.ts';

/** The statements that switch row security from one state to the other. Locks: ACCESS EXCLUSIVE, without a scan. */
export function setRowSecurity(table: QualifiedName, from: RowSecuritySnapshot, to: RowSecuritySnapshot): string[] {
  const statements: string[] = [];
  const alter = (action: string): number => statements.push(`ALTER TABLE ${qualified(table)} ${action} ROW LEVEL SECURITY`);
  if (from.isEnabled !== to.isEnabled) alter(to.isEnabled ? 'ENABLE' : 'DISABLE');
  if (from.isForced !== to.isForced) alter(to.isForced ? 'FORCE' : 'NO FORCE');
  return statements;
}

/** Locks: ACCESS EXCLUSIVE, without a scan. */
export function createPolicy(table: QualifiedName, policy: PolicySnapshot): string {
  return (
    `CREATE POLICY ${quoteIdentifier(policy.name)} ON ${qualified(table)} AS ${policy.isPermissive ? 'PERMISSIVE' : 'RESTRICTIVE'} FOR ${policy.command.toUpperCase()}` +
    rolesAndExpressions(policy)
  );
}

/** Sets roles and expressions. It cannot take an expression away, nor change the command. Locks: ACCESS EXCLUSIVE, without a scan. */
export const alterPolicy = (table: QualifiedName, policy: PolicySnapshot): string =>
  `ALTER POLICY ${quoteIdentifier(policy.name)} ON ${qualified(table)}${rolesAndExpressions(policy)}`;

const rolesAndExpressions = ({ roles, using, withCheck }: PolicySnapshot): string =>
  ` TO ${roles.map((role) => (role === 'public' ? 'PUBLIC' : quoteIdentifier(role))).join(', ')}` +
  (using === null ? '' : ` USING ${parenthesised(using)}`) +
  (withCheck === null ? '' : ` WITH CHECK ${parenthesised(withCheck)}`);
