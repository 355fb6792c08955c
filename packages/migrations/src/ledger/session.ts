// The one connection of a run, and reading through it or through a context.

import { isDjogiError, type Context } from '@djogi/core';
import { arrayKind, executorOf, textKind, type CompiledStatement, type Connection, type Executor } from '@djogi/core/extension';
import { MigrationRunError } from '../error/run-error.ts';
import type { CatalogClient } from '../snapshot/from-catalog.ts';
import { SNAPSHOT_SEARCH_PATH } from '../snapshot/snapshot.ts';

/** Texts, NULLs, and lists of texts; the statement casts them. */
export type LedgerValue = string | null | readonly string[];

/** Reads rows as JSON. */
export interface LedgerReader {
  rows<Row>(query: string, values?: readonly LedgerValue[]): Promise<readonly Row[]>;
}

export interface LedgerSession extends LedgerReader {
  readonly connection: Connection;
  /** One statement, whose rows nobody looks at. */
  write(statement: string, values?: readonly LedgerValue[]): Promise<void>;
  /** Any number of statements without parameters, in the transaction that is open. */
  script(text: string): Promise<string>;
  /** One that refuses a transaction. The extended protocol itself refuses two. */
  alone(statement: string): Promise<void>;
  /** Refuses to go on when a proxy has given the run another backend, which does not hold its locks. */
  checkPinned(): Promise<void>;
}

const parametersOf = (values: readonly LedgerValue[]): CompiledStatement['parameters'] =>
  values.map((value) => (Array.isArray(value) ? arrayKind(textKind).codec : textKind.codec));

const statementOf = (text: string, values: readonly LedgerValue[], column: string): CompiledStatement<Record<string, string | null>> => ({
  text,
  parameters: parametersOf(values),
  rows: { columns: [{ name: column, codec: textKind.codec }] },
});

/** Of a statement whose rows nobody looks at. */
const unread: CompiledStatement['rows'] = (columns) => ({ columns: columns.map(({ name }) => ({ name, codec: textKind.codec })) });

const jsonOf = (query: string): string => `SELECT coalesce(json_agg(q), '[]')::text AS value FROM (${query}) q`;

function rowsOf<Row>(rows: readonly Record<string, string | null>[]): readonly Row[] {
  return JSON.parse(rows[0]?.['value'] ?? '[]') as readonly Row[];
}

/** Reading on a context: a statement on whatever connection the pool has. */
export function readerOf(ctx: Context, operation: string): LedgerReader {
  const executor: Executor = executorOf(ctx);
  return {
    async rows(query, values = []) {
      const { rows } = await executor.execute(statementOf(jsonOf(query), values, 'value'), values, { operation });
      return rowsOf(rows);
    },
  };
}

const SETTINGS: Readonly<Record<string, string>> = {
  search_path: SNAPSHOT_SEARCH_PATH,
  // Otherwise a policy could hide rows from a migration without a word.
  row_security: 'off',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
};

/** What a migration may have set for the session ends with it. */
export const resetSettings = (session: LedgerSession): Promise<void> =>
  session.write(
    `SELECT ${Object.keys(SETTINGS)
      .map((name, index) => `set_config('${name}', $${index + 1}::text, false)`)
      .join(', ')}`,
    Object.values(SETTINGS),
  );

/**
 * Lends a connection for a run and closes it afterwards: nothing of its settings and locks may reach the next user of a pool.
 *
 * Errors: MIGRATION_RUN with `in_transaction` on a context that is in one.
 */
export function withLedgerSession<Result>(
  ctx: Context,
  operation: string,
  use: (session: LedgerSession) => Promise<Result>,
): Promise<Result> {
  const executor = executorOf(ctx);
  if (ctx.inTransaction)
    throw new MigrationRunError(
      'in_transaction',
      `${operation} makes its own transactions and was given one that is open. Pass the context of the pool.`,
    );
  return executor.withConnection(
    async (connection) => {
      const session = await openSession(connection);
      try {
        await resetSettings(session);
        return await use(session);
      } catch (error) {
        throw asRunError(error);
      } finally {
        // Unlocked in so many words: the server notices a closed connection a little later.
        await session.write('SELECT pg_advisory_unlock_all()').catch(() => {});
        await connection.close().catch(() => {});
      }
    },
    { operation },
  );
}

/** A connection that was lost between two migrations; other errors as they are. */
export function asRunError(error: unknown): unknown {
  if (!isDjogiError(error, 'CONNECTION')) return error;
  return new MigrationRunError('session_lost', 'The connection was lost. migrationStatus says how far the run got.', {}, { cause: error });
}

async function openSession(connection: Connection): Promise<LedgerSession> {
  const backend = async (): Promise<string> =>
    (await connection.execute({ statement: statementOf('SELECT pg_backend_pid()::text AS value', [], 'value'), values: [] })).rows[0]![
      'value'
    ]!;
  const first = await backend();
  return {
    connection,
    async rows(query, values = []) {
      const { rows } = await connection.execute({ statement: statementOf(jsonOf(query), values, 'value'), values });
      return rowsOf(rows);
    },
    async write(text, values = []) {
      await connection.execute({ statement: { text, parameters: parametersOf(values), rows: unread }, values });
    },
    script: (text) => connection.script(text),
    async alone(text) {
      await connection.execute({ statement: { text, parameters: [], rows: unread, standsAlone: true }, values: [] });
    },
    async checkPinned() {
      if ((await backend()) === first) return;
      throw new MigrationRunError(
        'session_lost',
        'The run was given another backend than it began with, and its locks stayed behind: a proxy in transaction mode is in between. Give migrations a direct connection.',
      );
    },
  };
}

/** The session as a client that reads catalogs. */
export const catalogClientOf = ({ connection }: LedgerSession): CatalogClient => ({
  query(text, values) {
    const given = values as readonly LedgerValue[];
    return connection.execute({ statement: statementOf(text, given, 'document'), values: given });
  },
});
