// A PostgreSQL of its own for a test file, with the tables of its models and a pool whose statements are recorded.

import { startEmbedded, type EmbeddedServer } from '@djogi/testing/embedded';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { installHeer, seedDefaultNode } from '../../../src/db/heer-node.ts';
import { quoteIdentifier } from '../../../src/extension.ts';
import type { Context } from '../../../src/index.ts';
import { createPool, type Pool, type PoolOptions, type QueryEvent } from '../../../src/pool.ts';
import { rawSql } from '../../../src/raw.ts';
import { ddlOf } from './ddl.ts';

const REASON = 'a test looks behind the model';

export interface Sent {
  readonly sql: string;
  readonly values: readonly unknown[];
  readonly operation: string;
  readonly model: string | undefined;
}

/** What a piece of code cost: its result, what it sent, and how often it waited for the server. */
export interface Recorded<Result> {
  readonly result: Result;
  readonly sent: readonly Sent[];
  readonly roundTrips: number;
}

export interface ModelDatabase {
  readonly pool: Pool;
  readonly ctx: Context;
  readonly url: string;
  /** Runs `work` and reports its statements and round trips. */
  record<Result>(work: () => Promise<Result>): Promise<Recorded<Result>>;
  /** Rows of raw SQL, on a pool that is not recorded. */
  rows(text: string, ...values: unknown[]): Promise<Record<string, unknown>[]>;
  /** Runs a script behind the back of the pool. */
  script(text: string): Promise<void>;
}

/**
 * Starts the server for this file. `models` is called once it runs, so that a model may be declared anywhere in the file; tables in `clean` are emptied
 * before each test.
 */
export function modelDatabase(
  models: () => readonly unknown[],
  { setUp = '', clean = [], pool: poolOptions = {} }: { setUp?: string; clean?: readonly string[]; pool?: Partial<PoolOptions> } = {},
): ModelDatabase {
  let server: EmbeddedServer | undefined, pool: Pool | undefined, admin: Pool | undefined;
  const events: QueryEvent[] = [];
  beforeAll(async () => {
    server = await startEmbedded();
    admin = await createPool({ url: server.url, max: 2, heer: { nodeId: 1, ranjNodeId: 1 } });
    await installHeer(admin.context());
    await seedDefaultNode(admin.context());
    await rawSql(admin.context(), REASON).script(ddlOf(models()));
    if (setUp !== '') await rawSql(admin.context(), REASON).script(setUp);
    pool = await createPool({
      url: server.url,
      max: 4,
      heer: { nodeId: 1, ranjNodeId: 1 },
      includeValues: true,
      onQuery: (event) => events.push(event),
      ...poolOptions,
    });
  });
  beforeEach(async () => {
    if (clean.length > 0)
      await rawSql(admin!.context(), REASON).script(`TRUNCATE ${clean.map(quoteIdentifier).join(', ')} RESTART IDENTITY CASCADE`);
  });
  afterAll(async () => {
    await pool?.close();
    await admin?.close();
    await server?.stop();
  });
  return {
    get pool() {
      return pool!;
    },
    get ctx() {
      return pool!.context();
    },
    get url() {
      return server!.url;
    },
    async record(work) {
      const before = pool!.counters().roundTrips,
        first = events.length;
      const result = await work();
      return {
        result,
        roundTrips: pool!.counters().roundTrips - before,
        sent: events.slice(first).map(({ sql, values = [], operation, model }) => ({ sql, values, operation, model })),
      };
    },
    rows: (text, ...values) => rawSql(admin!.context(), REASON).rows<Record<string, unknown>>(text, values),
    async script(text) {
      await rawSql(admin!.context(), REASON).script(text);
    },
  };
}

/** What `promise` rejects with. Fails when it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<any> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('It resolved where it had to reject.');
}
