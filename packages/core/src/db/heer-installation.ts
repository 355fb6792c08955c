// What a database has of the id generators: which version, which allocator, and whether everything is as it was installed. Reads the catalog; only
// `useAllocator` changes something.

import { heerAllocatorSql, HEER_VERSION, type HeerAllocator } from '../id/bootstrap-sql.ts';
import { heerFunctions } from '../id/grants.ts';
import { quoteLiteral } from '../ident/identifier.ts';
import { booleanKind, countKind, intKind } from '../value/number.ts';
import { textKind } from '../value/text.ts';
import { executorOf, type Context } from './context.ts';
import { schemaOf, type HeerSchemaOption } from './heer-node.ts';

export interface HeerInstallation {
  /** The version of the bootstrap. `HEER_VERSION` is the latest that this package knows. */
  readonly version: number;
  readonly allocator: HeerAllocator;
  readonly epoch: Date;
}

export interface HeerCheckOptions extends HeerSchemaOption {
  /** The allocator that the application counts on. Absent: either. */
  readonly allocator?: HeerAllocator;
}

/**
 * Something that is not as it was installed.
 *
 * `kind`: `absent` (there is no installation), `version` (an earlier or a later one), `allocator` (the database has chosen another than asked for),
 * `generators` (their bodies are not those of the chosen allocator), `sequence` (cannot hand out what uniqueness rests on), `missing` (a function is).
 */
export interface HeerProblem {
  readonly kind: 'absent' | 'version' | 'allocator' | 'generators' | 'sequence' | 'missing';
  readonly message: string;
}

const AGAIN = 'Run installHeer, or the bootstrap migration, again.';

/** Chooses the allocator of the database, for its owner. One round trip. Waits for the transactions that have made ids, as `heerAllocatorSql` says. Errors: as there; ID_GEN_NOT_CONFIGURED. */
export async function useAllocator(ctx: Context, allocator: HeerAllocator, options: HeerSchemaOption = {}): Promise<void> {
  await executorOf(ctx).script(heerAllocatorSql(allocator, options), { operation: 'useAllocator' });
}

/** What is installed; null when nothing is, or heer_config is empty. Two round trips, one where there is nothing. */
export async function fetchInstallation(ctx: Context, options: HeerSchemaOption = {}): Promise<HeerInstallation | null> {
  const schema = schemaOf(options),
    purpose = { operation: 'fetchInstallation' };
  const present = {
    text: `SELECT to_regclass(${quoteLiteral(`${schema}.heer_config`)}) IS NOT NULL`,
    parameters: [],
    rows: { columns: [{ name: 'present', codec: booleanKind.codec }], as: 'value' as const },
  };
  if ((await executorOf(ctx).execute<boolean>(present, [], purpose)).rows[0] !== true) return null;
  // Version 1 has no columns for what version 2 records: as JSON the row may lack them.
  const stored = {
    text: `SELECT coalesce((r.row ->> 'bootstrap_version')::integer, 1), coalesce(r.row ->> 'allocator', 'lockFree'), r.epoch_ms
FROM (SELECT to_jsonb(c) AS row, (date_part('epoch', c.epoch) * 1000)::bigint AS epoch_ms FROM ${schema}.heer_config c WHERE c.id = 1) r`,
    parameters: [],
    rows: {
      columns: [
        { name: 'version', codec: intKind.codec },
        { name: 'allocator', codec: textKind.codec },
        { name: 'epochMs', codec: countKind.codec },
      ],
    },
  };
  const row = (await executorOf(ctx).execute<{ version: number; allocator: HeerAllocator; epochMs: number }>(stored, [], purpose)).rows[0];
  return row === undefined ? null : { version: row.version, allocator: row.allocator, epoch: new Date(row.epochMs) };
}

/**
 * Compares what a database has with what this package installs. Empty when the generators are complete, up to date and those of the chosen allocator.
 *
 * Cost: three round trips; takes no lock beyond reading the catalog. For the start of a service, or a health check; nodes are checked by `heer.verify` of the pool.
 */
export async function checkHeer(ctx: Context, options: HeerCheckOptions = {}): Promise<readonly HeerProblem[]> {
  const installed = await fetchInstallation(ctx, options);
  if (installed === null)
    return [{ kind: 'absent', message: 'The database has no id generators. Run installHeer, or the bootstrap migrations.' }];
  const problems: HeerProblem[] = [];
  if (installed.version !== HEER_VERSION) {
    const advice = installed.version < HEER_VERSION ? AGAIN : 'Use a later @djogi/core.';
    problems.push({
      kind: 'version',
      message: `The id generators have the version ${installed.version}, and ${HEER_VERSION} is expected. ${advice}`,
    });
  }
  if (options.allocator !== undefined && options.allocator !== installed.allocator) {
    problems.push({
      kind: 'allocator',
      message: `The database makes its ids with the allocator ${installed.allocator}, and ${options.allocator} is expected. Choose it with useAllocator.`,
    });
  }
  const found = (
    await executorOf(ctx).execute<{ kind: HeerProblem['kind']; name: string }>(differences(options, installed), [], {
      operation: 'checkHeer',
    })
  ).rows;
  for (const { kind, name } of found) problems.push({ kind, message: messageOf(kind, name, installed.allocator) });
  return problems;
}

function messageOf(kind: HeerProblem['kind'], name: string, allocator: HeerAllocator): string {
  if (kind === 'missing') return `The function ${name} is missing. ${AGAIN}`;
  if (kind === 'sequence')
    return `The sequence ${name} is missing or has other properties than the allocator ${allocator} needs. Choose the allocator again.`;
  return `The function ${name} is not that of the allocator ${allocator}. ${AGAIN}`;
}

/** Functions that are missing, generators of the other allocator, and sequences that do not fit: one row for each. */
function differences(options: HeerSchemaOption, { version, allocator }: HeerInstallation) {
  const schema = schemaOf(options),
    isStrict = allocator === 'strict';
  const list = (names: readonly string[]): string => names.map((name) => quoteLiteral(name)).join(', ');
  const owned = version < 2 ? [] : ['heer_use_allocator(text)'];
  const generators = [
    'heerid_next()',
    'heer_ranjid_draw(bigint, bigint)',
    'generate_ids(integer, integer, boolean)',
    'generate_ranjids(integer, integer, boolean)',
  ];
  return {
    text: `SELECT 'missing', f.name FROM unnest(ARRAY[${list([...heerFunctions(Math.min(version, HEER_VERSION)), ...owned])}]) AS f(name)
WHERE to_regprocedure(${quoteLiteral(`${schema}.`)} || f.name) IS NULL
UNION ALL
SELECT 'generators', g.name FROM unnest(ARRAY[${list(generators)}]) AS g(name)
JOIN pg_proc p ON p.oid = to_regprocedure(${quoteLiteral(`${schema}.`)} || g.name)
WHERE (strpos(p.prosrc, 'heer_strict_') > 0) <> ${isStrict}
UNION ALL
SELECT 'sequence', w.name FROM (VALUES ('heer_sequence', 8191), ('heer_ranj_sequence', 65535)) AS w(name, last)
LEFT JOIN pg_sequence s ON s.seqrelid = to_regclass(${quoteLiteral(`${schema}.`)} || w.name)
WHERE (s.seqcycle = ${!isStrict} AND s.seqcache = 1 AND s.seqincrement = 1 AND s.seqmin = 0 AND s.seqmax = w.last) IS NOT TRUE`,
    parameters: [],
    rows: {
      columns: [
        { name: 'kind', codec: textKind.codec },
        { name: 'name', codec: textKind.codec },
      ],
    },
  };
}
