// The server of a run: PostgreSQL of its own with the tables filled, pinned to the clients' CPU where that is possible.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { heerBootstrapSql } from '@djogi/core/heer';
import { startEmbedded } from '@djogi/testing/embedded';
import pg from 'pg';
import { DIGEST_SQL, RESET_SQL, SCHEMA_SQL } from '../workload/rows.ts';

export interface BenchServer {
  readonly url: string;
  /** The CPU that server and clients share; undefined where they are not pinned. */
  readonly cpu: number | undefined;
  /** Empties the written tables. */
  reset(): Promise<void>;
  /** Count and digest of the written tables. */
  written(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts it on `cpu`, unless that is undefined or the system has no `taskset`. */
export async function startBenchServer(cpu: number | undefined): Promise<BenchServer> {
  const server = await startEmbedded();
  try {
    const pinned = cpu !== undefined && pin(server.dataDirectory, cpu) ? cpu : undefined;
    // After the pinning: a backend inherits the CPU of the process that starts it.
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    await admin.query(heerBootstrapSql());
    await admin.query("insert into heer_nodes (node_id, name) values (1, 'bench')");
    await admin.query("alter database postgres set heer.node_id = '1'");
    await admin.query(SCHEMA_SQL);
    await admin.query('vacuum analyze items');
    return {
      url: server.url,
      cpu: pinned,
      async reset() {
        await admin.query(RESET_SQL);
      },
      async written() {
        return JSON.stringify((await admin.query<{ count: number; digest: string }>(DIGEST_SQL)).rows[0]);
      },
      async stop() {
        await admin.end();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function pin(dataDirectory: string, cpu: number): boolean {
  try {
    const processId = readFileSync(join(dataDirectory, 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0]!;
    return spawnSync('taskset', ['-a', '-cp', String(cpu), processId]).status === 0;
  } catch {
    return false;
  }
}
