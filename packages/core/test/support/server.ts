// A PostgreSQL 18 of its own for a test file, with plain `pg` clients: for what lies below contexts.

import { startEmbedded } from '@djogi/testing/embedded';
import pg from 'pg';
import { executorKey, type Context, type Executor } from '../../src/db/context.ts';
import type { Codec } from '../../src/value/codec.ts';

export interface TestServer {
  /** A connection to the database, closed with the server. `settings` are sent when it opens. */
  connect(database?: string, settings?: Readonly<Record<string, string>>): Promise<pg.Client>;
  createDatabase(name: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startServer(): Promise<TestServer> {
  const server = await startEmbedded();
  const open = new Set<pg.Client>();
  const connect: TestServer['connect'] = async (database = 'postgres', settings = {}) => {
    const url = new URL(server.url);
    url.pathname = database;
    const options = Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' ');
    const client = new pg.Client({ connectionString: url.href, ...(options === '' ? {} : { options }) });
    await client.connect();
    open.add(client);
    client.once('end', () => open.delete(client));
    return client;
  };
  return {
    connect,
    async createDatabase(name) {
      const client = await connect();
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
    },
    async stop() {
      await Promise.all([...open].map((client) => client.end()));
      await server.stop();
    },
  };
}

/** A context over one `pg` client, through the text form of the codecs. */
export function contextOver(client: pg.Client): Context {
  return { [executorKey]: executorOver(client) } as unknown as Context;
}

function executorOver(client: pg.Client): Executor {
  const refuse = (): never => {
    throw new Error('not available on this executor');
  };
  return {
    isTransaction: false,
    async execute(statement, values) {
      const encoded = values.map((value, at) => (value === null ? null : (statement.parameters[at] as Codec<unknown>).text.encode(value)));
      const result = await client.query({
        text: statement.text,
        values: encoded,
        rowMode: 'array',
        types: { getTypeParser: () => (text: string) => text },
      });
      const shape = statement.rows;
      if (typeof shape === 'function') return refuse();
      const rows = (result.rows as (string | null)[][]).map((row) => {
        const decoded = row.map((text, at) => (text === null ? null : (shape!.columns[at]!.codec.text.decode(text) as unknown)));
        return shape!.as === 'value' ? decoded[0] : Object.fromEntries(decoded.map((value, at) => [shape!.columns[at]!.name, value]));
      });
      return { rows: rows as never[], rowCount: result.rowCount ?? 0, command: result.command };
    },
    async script(text) {
      await client.query(text);
      return '';
    },
    executeAll: refuse,
    openCursor: refuse,
    withConnection: refuse,
    copyIn: refuse,
    copyOut: refuse,
  };
}
