// The database of the atlas: a PostgreSQL 18 that came with the packages, in a folder that is kept, or the one that DATABASE_URL names.

import type { Context } from '@djogi/core';
import { createPool, type Pool, type QueryEvent } from '@djogi/core/pool';
import { installHeer, seedDefaultNode } from '@djogi/core/heer';
import { startEmbedded } from '@djogi/testing';
import { makeTables } from './tables.ts';

export interface AtlasDatabase {
  readonly pool: Pool;
  readonly ctx: Context;
  /** The tables that were made at this start. */
  readonly made: readonly string[];
  close(): Promise<void>;
}

/** Opens the database and makes what is missing or of another version: the server's data folder, the id generators, the tables. */
export async function openDatabase(dataDirectory: string, onQuery: (event: QueryEvent) => void): Promise<AtlasDatabase> {
  const given = process.env['DATABASE_URL'];
  const server = given === undefined ? await startEmbedded({ dataDirectory, durable: true }) : null;
  try {
    const pool = await createPool({ url: given ?? server!.url, applicationName: 'atlas', heer: { nodeId: 1 }, onQuery });
    const ctx = pool.context();
    await installHeer(ctx);
    await seedDefaultNode(ctx);
    const made = await makeTables(ctx, { mayReplace: given === undefined });
    return {
      pool,
      ctx,
      made,
      async close() {
        await pool.close();
        await server?.stop();
      },
    };
  } catch (error) {
    await server?.stop();
    throw error;
  }
}
