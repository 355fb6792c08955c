// The global setup of a Vitest run: one server for all workers and files.
//
//   test: { globalSetup: ['@djogi/testing/vitest'] }

import type { TestProject } from 'vitest/node';
import { AdminConnection } from './database/admin-connection.ts';
import { dropStaleDatabases } from './database/orphans.ts';
import { defaultProvider } from './harness/workbench.ts';
import type { DatabaseProvider } from './provider/provider.ts';

/** Starts the server that `DATABASE_URL` names, else an embedded one, and tells the workers where it is. Vitest calls the result at the end. */
export default function setup(project: TestProject): Promise<() => Promise<void>> {
  return provideServer(project, defaultProvider());
}

/**
 * The same with a provider of one's choice, for a setup file of one's own.
 *
 * @example
 * export default (project: TestProject) => provideServer(project, embedded({ maxConnections: 300 }));
 */
export async function provideServer(project: Pick<TestProject, 'provide'>, provider: DatabaseProvider): Promise<() => Promise<void>> {
  const server = await provider.start();
  try {
    if (provider.name !== 'embedded') {
      const admin = await AdminConnection.open(server.url);
      try {
        await dropStaleDatabases(admin);
      } finally {
        await admin.close();
      }
    }
    project.provide('djogi:server', server.url);
    return () => server.stop();
  } catch (error) {
    await server.stop();
    throw error;
  }
}
