import { Client } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { SnippetServer } from '../src/snippet-database.ts';

/** Runs `text` on a connection of its own; the `n` of its row. */
async function ask(url: string, text: string): Promise<number | undefined> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<{ readonly n: number }>(text)).rows[0]?.n;
  } finally {
    await client.end();
  }
}

test('opens an empty database for each snippet and drops it when it is closed', async () => {
  const server = new SnippetServer();
  onTestFinished(() => server.stop());
  const first = await server.open();
  const second = await server.open();
  await ask(first.url, 'create table t ()');
  const tables = "select count(*)::int as n from pg_tables where schemaname = 'public'";
  expect([await ask(first.url, tables), await ask(second.url, tables)]).toEqual([1, 0]);
  await first.close();
  expect(await ask(second.url, "select count(*)::int as n from pg_database where datname like 'snippet\\_%'")).toBe(1);
});
