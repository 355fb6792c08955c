// A server for a test file and databases on it: each empty but for the id generators, as migrations find them after the bootstrap.

import { HEER_BOOTSTRAP_SQL_V1 } from '@djogi/core/heer';
import { createPool } from '@djogi/core/pool';
import { rawPool, type RawSql } from '@djogi/core/raw';
import type { Context } from '@djogi/core';
import { startEmbedded } from '@djogi/testing/embedded';
import { afterAll, beforeAll, expect } from 'vitest';

export interface TestDatabase {
  readonly url: string;
  readonly ctx: Context;
  readonly raw: RawSql;
  /** Applies statements as one script. */
  apply(statements: readonly string[]): Promise<void>;
}

const REASON = 'a test looks at the catalog itself';

/** Waits until a session of the database is in `pg_sleep`. */
export const untilAsleep = (db: TestDatabase): Promise<void> =>
  expect
    .poll(() => db.raw.rows("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"))
    .toHaveLength(1);

/** Starts a server before the tests of the file, and stops it after them. The function makes a database. */
export function useServer(): (options?: { readonly bootstrap?: boolean }) => Promise<TestDatabase> {
  let server: Awaited<ReturnType<typeof startEmbedded>>;
  const closing: (() => Promise<void>)[] = [];
  let count = 0;
  beforeAll(async () => {
    server = await startEmbedded();
  });
  afterAll(async () => {
    for (const close of closing) await close();
    await server.stop();
  });
  return async ({ bootstrap = true } = {}) => {
    const name = `schema_${count++}`;
    const admin = await createPool({ url: server.url, max: 1 });
    await rawPool(admin, REASON).execute(`CREATE DATABASE ${name}`);
    await admin.close();
    const url = server.url.replace(/\/[^/]*$/, `/${name}`);
    const pool = await createPool({ url, max: 2, heer: { nodeId: 1 } });
    closing.push(() => pool.close());
    const raw = rawPool(pool, REASON);
    if (bootstrap) await raw.script(`${HEER_BOOTSTRAP_SQL_V1};\nINSERT INTO heer_nodes (node_id, name) VALUES (1, 'test')`);
    return { url, ctx: pool.context(), raw, apply: (statements) => raw.script(statements.join(';\n')) };
  };
}
