// A PostgreSQL 18 of its own for the tests of the wire, and connections to it that are closed when the test file is done.

import { afterAll, beforeAll } from 'vitest';
import { startEmbedded, type EmbeddedServer } from '@djogi/testing/embedded';
import type { Connection } from '../../src/db/port.ts';
import { connect, type ConnectOptions } from '../../src/pg/connect.ts';

export interface WireServer {
  readonly url: string;
  readonly dataDirectory: string;
  /** A connection that is destroyed after the file when the test has not closed it. */
  open(options?: ConnectOptions): Promise<Connection>;
}

/** Starts the server before the tests of a file and stops it after them. */
export function wireServer(): WireServer {
  let server: EmbeddedServer | undefined;
  const connections: Connection[] = [];
  beforeAll(async () => {
    server = await startEmbedded();
  });
  afterAll(async () => {
    for (const connection of connections) connection.destroy();
    await server?.stop();
  });
  return {
    get url() {
      return server!.url;
    },
    get dataDirectory() {
      return server!.dataDirectory;
    },
    async open(options = {}) {
      const connection = await connect({ url: server!.url, ...options });
      connections.push(connection);
      return connection;
    },
  };
}
