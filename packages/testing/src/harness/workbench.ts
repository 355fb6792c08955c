// What a worker needs in order to make test databases: a server, the connection that administers it, and the templates it has seen. Opened at first
// use and kept while somebody uses it.

import { isMainThread } from 'node:worker_threads';
import { inject } from 'vitest';
import { AdminConnection } from '../database/admin-connection.ts';
import { dropStaleDatabases } from '../database/orphans.ts';
import { templateOf, type Template, type TemplateOptions } from '../database/template.ts';
import { TestDatabase } from '../database/test-database.ts';
import { embedded, startEmbeddedForRun } from '../provider/embedded.ts';
import type { DatabaseProvider, DatabaseServer } from '../provider/provider.ts';
import { DATABASE_URL, url } from '../provider/url.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The URL of the server that `@djogi/testing/vitest` started for the run. */
    'djogi:server': string;
  }
}

/** `DATABASE_URL` when it is set, else the embedded server. */
export function defaultProvider(): DatabaseProvider {
  return (process.env[DATABASE_URL] ?? '') === '' ? embedded() : url();
}

export class Workbench {
  readonly #admin: AdminConnection;
  readonly #templates = new WeakMap<TemplateOptions, Template>();
  readonly #databases = new Set<Promise<TestDatabase>>();

  constructor(admin: AdminConnection) {
    this.#admin = admin;
  }

  /** `options` is one object per suite: the template is looked up by it. */
  createDatabase(options: TemplateOptions): Promise<TestDatabase> {
    let template = this.#templates.get(options);
    if (template === undefined) this.#templates.set(options, (template = templateOf(this.#admin, options)));
    const creation = TestDatabase.clone(this.#admin, template);
    this.#databases.add(creation);
    creation.then(
      (db) => db.onDropped(() => this.#databases.delete(creation)),
      () => this.#databases.delete(creation),
    );
    return creation;
  }

  /** Drops what is left first: a test that times out while its database is being made never hears of it. */
  async close(): Promise<void> {
    for (const creation of await Promise.allSettled(this.#databases)) if (creation.status === 'fulfilled') await creation.value.drop();
    await this.#admin.close();
  }
}

/** Servers this process uses, by provider. They end with the process: see the supervisor. */
const ownServers = new WeakMap<DatabaseProvider, Promise<DatabaseServer>>();
/** Workbenches in use, by server. Emptied as they are released. */
const open = new Map<string, { readonly workbench: Promise<Workbench>; users: number }>();
let fallback: DatabaseProvider | undefined;

export interface WorkbenchLease {
  readonly workbench: Workbench;
  release(): Promise<void>;
}

/** Errors: those of the provider; VALIDATION, CONNECTION. */
export async function leaseWorkbench(provider?: DatabaseProvider): Promise<WorkbenchLease> {
  const server = await serverFor(provider);
  let entry = open.get(server.url);
  if (entry === undefined) open.set(server.url, (entry = { workbench: openWorkbench(server), users: 0 }));
  entry.users += 1;
  const release = async (): Promise<void> => {
    entry.users -= 1;
    if (entry.users > 0) return;
    if (open.get(server.url) === entry) open.delete(server.url);
    await (await entry.workbench).close();
  };
  try {
    return { workbench: await entry.workbench, release };
  } catch (error) {
    if (open.get(server.url) === entry) open.delete(server.url);
    throw error;
  }
}

interface Server {
  readonly url: string;
  readonly isFresh: boolean;
}

async function openWorkbench({ url, isFresh }: Server): Promise<Workbench> {
  const admin = await AdminConnection.open(url);
  // The run's own server is empty, or was cleaned when the run began.
  if (!isFresh) await dropStaleDatabases(admin);
  return new Workbench(admin);
}

async function serverFor(provider: DatabaseProvider | undefined): Promise<Server> {
  if (provider === undefined) {
    const provided = providedUrl();
    if (provided !== undefined) return { url: provided, isFresh: true };
  }
  const chosen = provider ?? (fallback ??= workerProvider());
  let server = ownServers.get(chosen);
  if (server === undefined) ownServers.set(chosen, (server = chosen.start()));
  try {
    return { url: (await server).url, isFresh: chosen.name === 'embedded' };
  } catch (error) {
    ownServers.delete(chosen);
    throw error;
  }
}

/** The default provider, except that the workers of one Vitest run share an embedded server: a worker lives for one file only. */
function workerProvider(): DatabaseProvider {
  const isWorker = process.env['VITEST_POOL_ID'] !== undefined;
  if (!isWorker || (process.env[DATABASE_URL] ?? '') !== '') return defaultProvider();
  return { name: 'embedded', start: () => startEmbeddedForRun(isMainThread ? process.ppid : process.pid) };
}

function providedUrl(): string | undefined {
  try {
    return inject('djogi:server');
  } catch {
    // Not in a Vitest worker.
    return undefined;
  }
}
