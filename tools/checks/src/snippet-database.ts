// Databases for the snippets that run: one embedded server, started when the first snippet asks, and an empty database for each.
import { startEmbedded, type EmbeddedServer } from '@djogi/testing/embedded';
import { Client } from 'pg';
import type { SnippetDatabase } from './docs.ts';

export class SnippetServer {
  #server: Promise<EmbeddedServer> | undefined;
  #opened = 0;

  async open(): Promise<SnippetDatabase> {
    this.#server ??= startEmbedded();
    const server = await this.#server;
    this.#opened += 1;
    const name = `snippet_${this.#opened}`;
    await administer(server.url, `create database ${name}`);
    const url = new URL(server.url);
    url.pathname = `/${name}`;
    return { url: url.href, close: () => administer(server.url, `drop database ${name} with (force)`) };
  }

  async stop(): Promise<void> {
    await (await this.#server)?.stop();
  }
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
