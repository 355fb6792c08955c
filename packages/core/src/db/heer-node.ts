// Installing the id generators and keeping the list of nodes. Every function takes a context first, as terminals do; the SQL of the generators is id/bootstrap-sql.ts.

import { ValidationError } from '../error/value-error.ts';
import { heerBootstrapSql, schemaIssues, type HeerInstallOptions } from '../id/bootstrap-sql.ts';
import { rangeIssues } from '../id/node-binding.ts';
import { quoteIdentifier } from '../ident/identifier.ts';
import { booleanKind, countKind, intKind } from '../value/number.ts';
import { textKind } from '../value/text.ts';
import { executorOf, type Context, type StatementPurpose } from './context.ts';
import type { CompiledStatement } from './port.ts';

export interface HeerSchemaOption {
  /** The schema the generators were installed into. Default `public`. */
  readonly schema?: string;
}

export interface HeerNodeRegistration extends HeerSchemaOption {
  /** 0 to 32767; HeerIds need one below 512. */
  readonly nodeId: number;
  readonly name: string;
  readonly description?: string;
}

export interface RegisteredNode {
  readonly nodeId: number;
  readonly name: string;
  readonly description: string | null;
  readonly isActive: boolean;
}

const MAX_RANJ_NODE = 32_767;
const purpose = (operation: string): StatementPurpose => ({ operation });

/**
 * Installs, upgrades or replaces the generators. Idempotent, and safe when several processes do it at once. Ids that exist stay as they are, and so does the
 * allocator unless `allocator` names another.
 *
 * Cost: one round trip. Locks: an advisory lock until it is done; ACCESS EXCLUSIVE on what it creates, and once on heer_config; those of `useAllocator` when
 * the allocator changes. Errors: VALIDATION; DATABASE with `sqlState` 55000 when the database has generators of another epoch, precision or offset, or of a
 * later version.
 */
export async function installHeer(ctx: Context, options: HeerInstallOptions = {}): Promise<void> {
  // CREATE OR REPLACE FUNCTION fails with "tuple concurrently updated" when two sessions replace one function.
  const lock = `DO $djogi$ BEGIN PERFORM pg_advisory_xact_lock(hashtextextended('djogi.heer.install', 0)); END $djogi$;\n`;
  await executorOf(ctx).script(lock + heerBootstrapSql(options), purpose('installHeer'));
}

/** Adds a node, or makes an existing one active under this name. One round trip; locks the row of the node. Errors: VALIDATION. */
export async function registerNode(ctx: Context, node: HeerNodeRegistration): Promise<void> {
  const issues = rangeIssues('nodeId', node.nodeId, MAX_RANJ_NODE);
  if (node.name.trim() === '') issues.push({ path: 'name', rule: 'blank', message: 'must not be blank' });
  if (issues.length > 0) throw new ValidationError(issues);
  const statement: CompiledStatement = {
    text: `INSERT INTO ${schemaOf(node)}.heer_nodes AS n (node_id, name, description) VALUES ($1::integer, $2::text, $3::text)
ON CONFLICT (node_id) DO UPDATE SET name = EXCLUDED.name, description = coalesce(EXCLUDED.description, n.description), is_active = true`,
    parameters: [intKind.codec, textKind.codec, textKind.codec],
    rows: null,
  };
  await executorOf(ctx).execute(statement, [node.nodeId, node.name, node.description ?? null], purpose('registerNode'));
}

/** Forbids a node to make ids. Connections that made one in the current second go on until it is over. False when there is no such active node. One round trip. */
export async function deactivateNode(ctx: Context, nodeId: number, options: HeerSchemaOption = {}): Promise<boolean> {
  const statement: CompiledStatement = {
    text: `UPDATE ${schemaOf(options)}.heer_nodes SET is_active = false WHERE node_id = $1::integer AND is_active`,
    parameters: [intKind.codec],
    rows: null,
  };
  return (await executorOf(ctx).execute(statement, [nodeId], purpose('deactivateNode'))).rowCount === 1;
}

/** The node as registered; null when it is not. One round trip. */
export async function fetchNode(ctx: Context, nodeId: number, options: HeerSchemaOption = {}): Promise<RegisteredNode | null> {
  const statement: CompiledStatement<RegisteredNode> = {
    text: `SELECT node_id, name, description, is_active FROM ${schemaOf(options)}.heer_nodes WHERE node_id = $1::integer`,
    parameters: [intKind.codec],
    rows: {
      columns: [
        { name: 'nodeId', codec: intKind.codec },
        { name: 'name', codec: textKind.codec },
        { name: 'description', codec: textKind.codec },
        { name: 'isActive', codec: booleanKind.codec },
      ],
    },
  };
  return (await executorOf(ctx).execute(statement, [nodeId], purpose('fetchNode'))).rows[0] ?? null;
}

/** The epoch the generators were installed with; null when heer_config is empty. One round trip. */
export async function fetchEpoch(ctx: Context, options: HeerSchemaOption = {}): Promise<Date | null> {
  const statement: CompiledStatement<number> = {
    text: `SELECT (date_part('epoch', epoch) * 1000)::bigint FROM ${schemaOf(options)}.heer_config WHERE id = 1`,
    parameters: [],
    rows: { columns: [{ name: 'epoch', codec: countKind.codec }], as: 'value' },
  };
  const milliseconds = (await executorOf(ctx).execute(statement, [], purpose('fetchEpoch'))).rows[0];
  return milliseconds === undefined ? null : new Date(milliseconds);
}

/** Node 1, named `default`, with the state rows of the strict allocator: for development and tests. Leaves what exists as it is. One round trip. */
export async function seedDefaultNode(ctx: Context, options: HeerSchemaOption = {}): Promise<void> {
  const schema = schemaOf(options);
  await executorOf(ctx).script(
    `INSERT INTO ${schema}.heer_nodes (node_id, name) VALUES (1, 'default') ON CONFLICT DO NOTHING;
INSERT INTO ${schema}.heer_node_state (node_id) VALUES (1) ON CONFLICT DO NOTHING;
INSERT INTO ${schema}.heer_ranj_node_state (node_id) VALUES (1) ON CONFLICT DO NOTHING;`,
    purpose('seedDefaultNode'),
  );
}

/** @internal The quoted schema. Errors: VALIDATION for one that is no plain name. */
export function schemaOf({ schema = 'public' }: HeerSchemaOption): string {
  const issues = schemaIssues(schema);
  if (issues.length > 0) throw new ValidationError(issues);
  return quoteIdentifier(schema);
}
