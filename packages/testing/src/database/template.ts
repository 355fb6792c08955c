// Template databases: one per bootstrap, extensions and models, made once per server however many workers and files ask for it.

import { DatabaseError, isDjogiError, ValidationError, type Context } from '@djogi/core';
import { executorOf, quoteIdentifier, quoteLiteral, strictIdentifierProblem } from '@djogi/core/extension';
import { heerBootstrapSql, heerNodeSettings, installHeer, registerNode, seedDefaultNode } from '@djogi/core/heer';
import { createPool } from '@djogi/core/pool';
import { createHash } from 'node:crypto';
import { serverUrl } from '../provider/url.ts';
import type { AdminConnection } from './admin-connection.ts';
import { modelsDdl, type Models } from './sync-models.ts';

export const TEMPLATE_PREFIX = 'djogi_template_';

export interface TemplateOptions {
  /** The models whose tables, types, indexes and constraints the database has from the start. */
  readonly models?: Models;
  /** Installed before the models: `pg_trgm`, `citext`, ... Strict identifiers only. */
  readonly extensions?: readonly string[];
  /** The node that generated ids carry. Default 1. */
  readonly node?: HeerNode;
}

export interface Template {
  /** The database to clone, made now if need be. Errors: DATABASE (names the extension or the statement that failed; nothing stays behind). */
  name(): Promise<string>;
  /** Makes the next `name()` look again. */
  forget(): void;
  /** The statements that give a clone its settings. */
  settingsOf(database: string): string;
}

const DEFAULT_NODE: HeerNode = { nodeId: 1 };

/** Errors: VALIDATION for an extension name, before anything is created; MODEL_DEFINITION for the models. */
export function templateOf(admin: AdminConnection, { models = [], extensions = [], node = DEFAULT_NODE }: TemplateOptions): Template {
  requireExtensionNames(extensions);
  const settings = Object.entries(heerNodeSettings(node)),
    ddl = modelsDdl(models),
    wanted = [...new Set(extensions)].sort();
  const steps: readonly Step[] = [
    { what: 'the id generators', run: (ctx) => installHeer(ctx) },
    { what: 'its node', run: (ctx) => registerNodes(ctx, node) },
    ...wanted.map((extension): Step => ({
      what: `the extension ${extension}`,
      run: (ctx) => executorOf(ctx).script(`CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(extension)}`, PURPOSE),
    })),
    {
      what: 'its models',
      run: async (ctx) => {
        if (ddl !== '') await executorOf(ctx).script(ddl, PURPOSE);
      },
    },
  ];
  const name = `${TEMPLATE_PREFIX}${createHash('sha256')
    .update(JSON.stringify([heerBootstrapSql(), settings, wanted, ddl]))
    .digest('hex')
    .slice(0, 32)}`;
  const settingsOf = (database: string): string =>
    settings.map(([setting, value]) => `ALTER DATABASE ${quoteIdentifier(database)} SET ${setting} = ${quoteLiteral(value)}`).join('; ');
  let made: Promise<string> | undefined;
  return {
    name: () =>
      (made ??= makeTemplate(admin, name, steps, settingsOf(name)).then(
        () => name,
        (error) => {
          made = undefined;
          throw error;
        },
      )),
    forget: () => {
      made = undefined;
    },
    settingsOf,
  };
}

export function requireExtensionNames(extensions: readonly string[]): void {
  const issues = extensions.flatMap((extension, at) =>
    strictIdentifierProblem(extension) === null
      ? []
      : [
          {
            path: `extensions[${at}]`,
            rule: 'identifier',
            message: 'must be the name of an extension: a letter or _, then letters, digits and _',
          },
        ],
  );
  if (issues.length > 0) throw new ValidationError(issues);
}

type HeerNode = Parameters<typeof heerNodeSettings>[0];

interface Step {
  readonly what: string;
  readonly run: (ctx: Context) => Promise<unknown>;
}
const PURPOSE = { operation: 'template' };

/** Locks: a session advisory lock on the template's name, held while it is made. */
async function makeTemplate(admin: AdminConnection, name: string, steps: readonly Step[], settings: string): Promise<void> {
  const state = async (): Promise<string | null | undefined> =>
    (await admin.column('SELECT datistemplate::text FROM pg_database WHERE datname = $1', [name]))[0];
  if ((await state()) === 'true') return;
  await admin.exclusively(name, async () => {
    const found = await state();
    if (found === 'true') return;
    // One without the mark was left by a process that died while making it.
    if (found !== undefined) await admin.run(`DROP DATABASE ${quoteIdentifier(name)} WITH (FORCE)`);
    await admin.run(`CREATE DATABASE ${quoteIdentifier(name)} TEMPLATE template0 STRATEGY ${admin.isVolatile ? 'FILE_COPY' : 'WAL_LOG'}`);
    try {
      await admin.run(settings);
      await fill(serverUrl(admin.url, { database: name }), steps);
      // Autovacuum stays away from a database that takes no connections, and so does everybody who would block the cloning.
      await admin.run(
        `COMMENT ON DATABASE ${quoteIdentifier(name)} IS ${quoteLiteral(new Date().toISOString())}; ALTER DATABASE ${quoteIdentifier(name)} ALLOW_CONNECTIONS false IS_TEMPLATE true`,
      );
    } catch (error) {
      await admin.run(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`).catch(() => {});
      throw error;
    }
  });
}

async function fill(url: string, steps: readonly Step[]): Promise<void> {
  const pool = await createPool({ url, max: 1 });
  try {
    for (const { what, run } of steps) {
      try {
        await run(pool.context());
      } catch (error) {
        if (!isDjogiError(error)) throw error;
        const { sqlState = '', hint } = error as Partial<DatabaseError>;
        throw new DatabaseError(`A test database could not get ${what}: ${error.message}`, { sqlState, hint }, { cause: error });
      }
    }
  } finally {
    await pool.close();
  }
}

async function registerNodes(ctx: Context, { nodeId, ranjNodeId = nodeId }: HeerNode): Promise<void> {
  await seedDefaultNode(ctx);
  for (const id of new Set([nodeId, ranjNodeId])) if (id !== 1) await registerNode(ctx, { nodeId: id, name: `test ${id}` });
}
