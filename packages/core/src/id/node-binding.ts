// Which node a connection generates ids for: two settings, bound when a physical connection opens. Node identity is configuration, so nothing
// of it is in the bootstrap SQL.

import { ValidationError } from '../error/value-error.ts';

export interface HeerNode {
  /** 0 to 511. */
  readonly nodeId: number;
  /** 0 to 32767; the same as `nodeId` when absent. */
  readonly ranjNodeId?: number | undefined;
}

const MAX_NODE = 511,
  MAX_RANJ_NODE = 32_767;

/** The settings to bind, as a startup packet or `SET` takes them. Nothing is verified by setting them: the first id is. Errors: VALIDATION for a node out of range. */
export function heerNodeSettings(node: HeerNode): { readonly 'heer.node_id': string; readonly 'heer.ranj_node_id': string } {
  const ranjNodeId = node.ranjNodeId ?? node.nodeId;
  const issues = [...rangeIssues('nodeId', node.nodeId, MAX_NODE), ...rangeIssues('ranjNodeId', ranjNodeId, MAX_RANJ_NODE)];
  if (issues.length > 0) throw new ValidationError(issues);
  return { 'heer.node_id': String(node.nodeId), 'heer.ranj_node_id': String(ranjNodeId) };
}

/** Binds both families and verifies that the nodes are registered and active. $1 nodeId, $2 ranjNodeId. One round trip; takes no row lock. */
export const BIND_HEER_NODE_SQL = 'SELECT set_heer_node_id($1::integer), set_heer_ranj_node_id($2::integer)';

/** The node named by `HEER_NODE_ID`; undefined when it is unset or blank. Errors: VALIDATION when it is not an integer from 0 to 511. */
export function heerNodeFromEnv(env: Readonly<Record<string, string | undefined>>): HeerNode | undefined {
  const text = env['HEER_NODE_ID']?.trim();
  if (text === undefined || text === '') return undefined;
  const nodeId = /^[0-9]{1,4}$/.test(text) ? Number(text) : Number.NaN;
  const issues = rangeIssues('HEER_NODE_ID', nodeId, MAX_NODE);
  if (issues.length > 0) throw new ValidationError(issues);
  return { nodeId };
}

/** @internal */
export function rangeIssues(path: string, node: unknown, max: number): { path: string; rule: string; message: string }[] {
  const isInRange = typeof node === 'number' && Number.isInteger(node) && node >= 0 && node <= max;
  return isInRange ? [] : [{ path, rule: 'range', message: `must be an integer from 0 to ${max}` }];
}
