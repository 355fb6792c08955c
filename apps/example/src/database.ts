// The database of the atlas: a PostgreSQL 18 that came with the packages, in a folder that is kept, or the one that DATABASE_URL names.

import { isDjogiError, type Context, type DatabaseError } from '@djogi/core';
import { createPool, type Pool, type QueryEvent } from '@djogi/core/pool';
import { query } from '@djogi/query';
import { installHeer, seedDefaultNode } from '@djogi/core/heer';
import { startEmbedded, syncModels } from '@djogi/testing';
import { Country, models } from './models.ts';

export interface AtlasDatabase {
  readonly pool: Pool;
  readonly ctx: Context;
  close(): Promise<void>;
}

/** Opens the database and makes what is missing: the server's data folder, the id generators, the tables. */
export async function openDatabase(dataDirectory: string, onQuery: (event: QueryEvent) => void): Promise<AtlasDatabase> {
  const given = process.env['DATABASE_URL'];
  const server = given === undefined ? await startEmbedded({ dataDirectory, durable: true }) : null;
  try {
    const pool = await createPool({ url: given ?? server!.url, applicationName: 'atlas', heer: { nodeId: 1 }, onQuery });
    const ctx = pool.context();
    if (!(await hasTables(ctx))) {
      await installHeer(ctx);
      await seedDefaultNode(ctx);
      await syncModels(ctx, models);
    }
    return {
      pool,
      ctx,
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

/** 42P01 is undefined_table. */
async function hasTables(ctx: Context): Promise<boolean> {
  try {
    await query(Country).exists(ctx);
    return true;
  } catch (error) {
    if (isDjogiError(error, 'DATABASE') && (error as DatabaseError).sqlState === '42P01') return false;
    throw error;
  }
}
