// A database of one test: cloned from a template, dropped with whatever is still connected to it.

import { isDjogiError } from '@djogi/core';
import { quoteIdentifier, type Connection } from '@djogi/core/extension';
import type { Pool } from '@djogi/core/pool';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { serverUrl } from '../provider/url.ts';
import type { AdminConnection } from './admin-connection.ts';
import type { Template } from './template.ts';

export const TEST_DATABASE_PREFIX = 'djogi_test_';

/** What connections have sent and received. */
export type Counters = Connection['counters'];

/** How long a pool may take to close by itself before its connections are cut. A test that timed out may hold one for ever. */
const CLOSE_WITHIN_MS = 500;

export class TestDatabase {
  /** `djogi_test_` and 32 lower-case hex digits. */
  readonly name: string;
  readonly #admin: AdminConnection;
  readonly #pools = new Set<Pool>();
  #dropping: Promise<void> | undefined;
  #onDropped: () => void = () => {};

  private constructor(name: string, admin: AdminConnection) {
    this.name = name;
    this.#admin = admin;
  }

  /** @internal Cost: two round trips; 10 ms and more, by the size of the template. */
  static async clone(admin: AdminConnection, template: Template): Promise<TestDatabase> {
    const name = `${TEST_DATABASE_PREFIX}${admin.worker}${randomBytes(10).toString('hex')}`;
    const create = async (): Promise<void> =>
      admin.run(
        `CREATE DATABASE ${quoteIdentifier(name)} TEMPLATE ${quoteIdentifier(await template.name())} STRATEGY ${admin.isVolatile ? 'FILE_COPY' : 'WAL_LOG'}`,
      );
    try {
      await create();
    } catch (error) {
      // Somebody cleaned up the templates of a server that is shared.
      if (!isDjogiError(error) || (error as { sqlState?: string }).sqlState !== '3D000') throw error;
      template.forget();
      await create();
    }
    // Settings belong to a database, not to its content: a clone does not have those of its template.
    await admin.run(template.settingsOf(name));
    return new TestDatabase(name, admin);
  }

  /** Connects to this database with the rights of the server's URL, for tests that open a pool of their own. */
  url(): string {
    return serverUrl(this.#admin.url, { database: this.name });
  }

  /** The sum over the pools that the harness opened on this database. */
  counters(): Counters {
    const sum = { statements: 0, roundTrips: 0, bytesSent: 0, bytesReceived: 0 };
    for (const pool of this.#pools) {
      const counters = pool.counters();
      for (const key of Object.keys(sum) as (keyof Counters)[]) sum[key] += counters[key];
    }
    return sum;
  }

  /** @internal The pool is closed with the database and counts for `counters`. */
  adopt(pool: Pool): Pool {
    this.#pools.add(pool);
    return pool;
  }

  /** @internal */
  get admin(): AdminConnection {
    return this.#admin;
  }

  /** @internal */
  onDropped(notify: () => void): void {
    this.#onDropped = notify;
  }

  /** Closes the harness's pools and drops the database, cutting every other connection. A failure is a warning: the test's result is what counts. Idempotent. */
  drop(): Promise<void> {
    return (this.#dropping ??= this.#drop().finally(this.#onDropped));
  }

  async #drop(): Promise<void> {
    const closed = Promise.allSettled([...this.#pools].map((pool) => pool.close()));
    await Promise.race([closed, delay(CLOSE_WITHIN_MS, undefined, { ref: false })]);
    try {
      await this.#admin.run(`DROP DATABASE IF EXISTS ${quoteIdentifier(this.name)} WITH (FORCE)`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      process.emitWarning(`The test database ${this.name} could not be dropped: ${reason} The next run removes it.`, {
        code: 'DJOGI_TEST_DATABASE_LEFT',
      });
    }
    await Promise.race([closed, delay(CLOSE_WITHIN_MS, undefined, { ref: false })]);
  }
}
