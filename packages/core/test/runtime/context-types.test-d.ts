// What the types of contexts and pools allow, and what they keep from being written.

import type { Context, TransactionContext } from '../../src/db/context.ts';
import { createPool, type Pool } from '../../src/pool.ts';
import { rawSql } from '../../src/raw.ts';

declare const ctx: Context;
declare const pool: Pool;

export async function allowed(): Promise<void> {
  const made: Pool = await createPool({
    url: 'postgres://localhost/x',
    max: 5,
    timeoutMs: { wait: 100 },
    onConnect: (connection) => connection.query('SELECT 1'),
  });
  const value: number = await made.context({ auth: { user: 1 } }).atomic(
    async (tx) => {
      await tx.deferConstraints('all');
      await tx.setRole('clerk');
      const inner: TransactionContext = tx.withAuth('other');
      return inner.atomic(async () => 1, { statementTimeoutMs: 5 });
    },
    { isolation: 'serializable' },
  );
  const rows: { id: number }[] = await rawSql(ctx, 'a reason that is long enough').rows<{ id: number }>('SELECT 1 AS id');
  void [value, rows];
}

export async function refused(): Promise<void> {
  // @ts-expect-error Property 'deferConstraints' does not exist on type 'Context'.
  void ctx.deferConstraints;
  // @ts-expect-error Property 'setRole' does not exist on type 'Context'.
  void ctx.setRole;
  // @ts-expect-error A function that requires a transaction does not take a context that has none.
  await ((tx: TransactionContext) => tx.setRole('x'))(ctx);
  // @ts-expect-error '"readUncommitted"' is not an isolation level.
  await ctx.atomic(async () => 1, { isolation: 'readUncommitted' });
  // @ts-expect-error Property 'query' does not exist on type 'Pool'.
  void pool.query;
  // @ts-expect-error Raw SQL asks for a reason.
  rawSql(ctx);
  // @ts-expect-error Property 'url' is missing.
  await createPool({ max: 5 });
}
