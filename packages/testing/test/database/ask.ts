// Plain questions to a server, past everything that is under test.

import pg from 'pg';

export async function ask(url: string, sql: string, parameters: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, parameters)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

export async function databasesLike(url: string, pattern: string): Promise<string[]> {
  return (await ask(url, 'select datname from pg_database where datname like $1 order by datname collate "C"', [pattern])).map(
    (row) => row['datname'] as string,
  );
}
