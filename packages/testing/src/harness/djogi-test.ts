// The test function: Vitest's own, with a database for every test.

import type { Context, Registry } from '@djogi/core';
import { createPool, type Pool, type PoolOptions } from '@djogi/core/pool';
import { test as base, type TestAPI } from 'vitest';
import { requireExtensionNames, type TemplateOptions } from '../database/template.ts';
import type { TestDatabase } from '../database/test-database.ts';
import type { DatabaseProvider } from '../provider/provider.ts';
import { watchDatabase } from './cost.ts';
import { leaseWorkbench, type Workbench } from './workbench.ts';

export interface TestDatabaseOptions extends TemplateOptions {
  /** Where the server comes from. Default: the one of the run (`@djogi/testing/vitest`), else `DATABASE_URL`, else an embedded one for this worker. */
  readonly provider?: DatabaseProvider;
  /** Options of the pool behind `ctx`. */
  readonly pool?: Omit<PoolOptions, 'url' | 'registry'>;
  /** Its models, unless `models` says otherwise; the pool compares them with the database when it starts. */
  readonly registry?: Registry;
}

export interface TestFixtures {
  /** The test's own database. */
  readonly db: TestDatabase;
  /** The pool behind `ctx`; closed after the test. */
  readonly pool: Pool;
  /** A context on the test's own database. */
  readonly ctx: Context;
}

/**
 * Makes a Vitest test function whose tests each have a database of their own, with the tables of `models`, gone afterwards however the test ends.
 *
 * Shape: everything Vitest's `test` has (`only`, `skip`, `each`, `describe`, `extend`); a test pays only for the fixtures it names.
 * Errors: VALIDATION for an extension name that is none, before anything is created; the rest fails the test that asked for the database.
 * Cost: about 30 ms a test; the first of a run also makes the template (about 100 ms).
 *
 * @example
 * const test = djogiTest({ models: [Person], extensions: ['pg_trgm'] });
 * test('finds by name', async ({ ctx }) => { await Person.create(ctx, { name: 'Ada' }); });
 */
export function djogiTest(options: TestDatabaseOptions = {}): TestAPI<TestFixtures> {
  const template = templateOptions(options);
  const test = base.extend<TestFixtures & { workbench: Workbench }>({
    workbench: [
      // oxlint-disable-next-line no-empty-pattern -- Vitest reads the names of the fixtures from the pattern
      async ({}, use) => {
        const lease = await leaseWorkbench(options.provider);
        try {
          await use(lease.workbench);
        } finally {
          await lease.release();
        }
      },
      { scope: 'worker' },
    ],
    db: async ({ workbench }, use) => {
      const db = await workbench.createDatabase(template);
      const unwatch = watchDatabase(db);
      try {
        await use(db);
      } finally {
        unwatch();
        await db.drop();
      }
    },
    pool: async ({ db }, use) => use(await openPool(db, options)),
    ctx: async ({ pool }, use) => use(pool.context()),
  });
  // The workbench is ours alone.
  return test as TestAPI<TestFixtures>;
}

export interface TestSetup extends TestFixtures, AsyncDisposable {
  /** Closes the pool and drops the database. Idempotent. */
  dispose(): Promise<void>;
}

/** A test database without a test function: for hooks, other runners and scripts. Dispose of it, or use `await using`. */
export async function setupTestDb(options: TestDatabaseOptions = {}): Promise<TestSetup> {
  const template = templateOptions(options);
  const lease = await leaseWorkbench(options.provider);
  let db: TestDatabase | undefined;
  try {
    db = await lease.workbench.createDatabase(template);
    const pool = await openPool(db, options);
    const made = db,
      unwatch = watchDatabase(made);
    let disposing: Promise<void> | undefined;
    const dispose = (): Promise<void> =>
      (disposing ??= (async () => {
        unwatch();
        await made.drop();
        await lease.release();
      })());
    return { db, pool, ctx: pool.context(), dispose, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await db?.drop();
    await lease.release();
    throw error;
  }
}

function templateOptions({ registry, models = registry?.models() ?? [], extensions = [], node }: TestDatabaseOptions): TemplateOptions {
  requireExtensionNames(extensions);
  return { models, extensions, ...(node === undefined ? {} : { node }) };
}

async function openPool(db: TestDatabase, { pool = {}, registry }: TestDatabaseOptions): Promise<Pool> {
  return db.adopt(
    await createPool({ lockOutsideTransaction: 'throw', ...pool, ...(registry === undefined ? {} : { registry }), url: db.url() }),
  );
}
