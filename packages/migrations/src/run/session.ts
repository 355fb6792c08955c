// One connection that a plan runs on: lent by a context, or a client of any driver.

import type { Context } from '@djogi/core';
import { executorOf, textKind, type Connection } from '@djogi/core/extension';
import type { CatalogClient } from '../snapshot/from-catalog.ts';
import { MigrationError } from '../error/migration-error.ts';

export interface MigrationSession {
  /** One statement, in the transaction that is open or in one of its own. */
  run(statement: string): Promise<void>;
  /** One that refuses a transaction block. */
  runAlone(statement: string): Promise<void>;
  /** The one value of the first row; null when there is none. */
  text(query: string, values?: readonly string[]): Promise<string | null>;
}

/** A context, or one connection of any driver: `pg`'s Client fits. Not a pool of another driver, which would take another connection for each statement. */
export type MigrationTarget = Context | CatalogClient;

export function withSession<Result>(target: MigrationTarget, use: (session: MigrationSession) => Promise<Result>): Promise<Result> {
  if ('query' in target) return use(clientSession(target));
  if (target.inTransaction) {
    const message = 'A plan makes its own transactions and was given one that is open. Pass the context of the pool.';
    throw new MigrationError('in_transaction', message, { completed: 0 });
  }
  return executorOf(target).withConnection((connection) => use(connectionSession(connection)), { operation: 'executePlan' });
}

const clientSession = (client: CatalogClient): MigrationSession => ({
  run: async (statement) => void (await client.query(statement, [])),
  runAlone: async (statement) => void (await client.query(statement, [])),
  async text(query, values = []) {
    const [row] = (await client.query(query, [...values])).rows as readonly { readonly value: string | null }[];
    return row?.value ?? null;
  },
});

const connectionSession = (connection: Connection): MigrationSession => ({
  run: async (statement) => void (await connection.script(statement)),
  // The extended protocol refuses a text with two statements, which would share a transaction.
  runAlone: async (statement) =>
    void (await connection.execute({ statement: { text: statement, parameters: [], rows: null, standsAlone: true }, values: [] })),
  async text(query, values = []) {
    const { rows } = await connection.execute<{ readonly value: string | null }>({
      statement: {
        text: query,
        parameters: values.map(() => textKind.codec),
        rows: { columns: [{ name: 'value', codec: textKind.codec }] },
      },
      values,
    });
    return rows[0]?.value ?? null;
  },
});
