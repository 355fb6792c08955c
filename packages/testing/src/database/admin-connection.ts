// The one connection a worker keeps to the server's maintenance database: it makes and drops databases, and its presence marks them as in use.

import { executorOf, type CompiledStatement, type Connection } from '@djogi/core/extension';
import { createPool } from '@djogi/core/pool';
import { randomBytes } from 'node:crypto';
import { parseServerUrl, serverUrl } from '../provider/url.ts';
import { catalogText } from './catalog-text.ts';

export class AdminConnection {
  readonly url: string;
  /** Twelve hex digits. They begin the names of this worker's databases and end the application name of this session, so that anybody can tell which databases are in use. */
  readonly worker: string;
  /** True when the server does not wait for the disk: copying files is then cheaper than logging pages. */
  readonly isVolatile: boolean;
  readonly #connection: Connection;
  readonly #end: () => Promise<void>;
  #exclusive: Promise<void> = Promise.resolve();

  private constructor(url: string, worker: string, connection: Connection, isVolatile: boolean, end: () => Promise<void>) {
    this.url = url;
    this.worker = worker;
    this.isVolatile = isVolatile;
    this.#connection = connection;
    this.#end = end;
  }

  /** Errors: VALIDATION for the URL; CONNECTION, also for a server older than 18. Cost: one connection and one round trip. */
  static async open(url: string): Promise<AdminConnection> {
    const worker = randomBytes(6).toString('hex');
    const database = decodeURIComponent(parseServerUrl(url).pathname.slice(1)) || 'postgres';
    const pool = await createPool({ url: serverUrl(url, { database }), applicationName: `djogi_test_${worker}`, max: 1 });
    const lent = Promise.withResolvers<Connection>(),
      done = Promise.withResolvers<void>();
    const held = executorOf(pool.context()).withConnection(
      (connection) => {
        lent.resolve(connection);
        return done.promise;
      },
      { operation: 'admin' },
    );
    held.catch(lent.reject);
    const end = async (): Promise<void> => {
      done.resolve();
      await held.catch(() => {});
      await pool.close();
    };
    try {
      const connection = await lent.promise;
      const [fsync] = await columnOf(connection, `SELECT current_setting('fsync')`, []);
      return new AdminConnection(url, worker, connection, fsync === 'off', end);
    } catch (error) {
      await end();
      throw error;
    }
  }

  /** Runs a script, or one statement that refuses to be in a transaction. One round trip. */
  async run(sql: string): Promise<void> {
    await this.#connection.script(sql);
  }

  /** The one column of a query, as text, null for NULL. One round trip. */
  column(sql: string, parameters: readonly string[] = []): Promise<(string | null)[]> {
    return columnOf(this.#connection, sql, parameters);
  }

  /** Runs `work` while nobody else on the server does work under the same name. Not to be nested. Locks: a session advisory lock. */
  exclusively<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    // The server would give the lock to the same session twice, and a wait for it holds up the whole connection.
    const turn = this.#exclusive.then(() => this.#locked(name, work));
    this.#exclusive = turn.then(
      () => {},
      () => {},
    );
    return turn;
  }

  async #locked<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    await this.column(`SELECT pg_advisory_lock(hashtextextended($1, 0))`, [`djogi_test ${name}`]);
    try {
      return await work();
    } finally {
      await this.column(`SELECT pg_advisory_unlock(hashtextextended($1, 0))`, [`djogi_test ${name}`]).catch(() => {});
    }
  }

  close(): Promise<void> {
    return this.#end();
  }
}

async function columnOf(connection: Connection, text: string, values: readonly string[]): Promise<(string | null)[]> {
  const statement: CompiledStatement<string | null> = {
    text,
    parameters: values.map(() => catalogText),
    rows: { as: 'value', columns: [{ name: 'value', codec: catalogText }] },
  };
  return (await connection.execute({ statement, values })).rows;
}
