import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanupOrphanedTestDatabases, listOrphanedTestDatabases, setupTestDb, url } from '../../src/index.ts';
import { startEmbedded, type EmbeddedServer } from '../../src/provider/embedded.ts';
import { ask, databasesLike } from './ask.ts';

let server: EmbeddedServer;
beforeAll(async () => {
  server = await startEmbedded();
});
afterAll(async () => {
  await server.stop();
});

interface Holder {
  readonly names: string[];
  readonly kill: () => Promise<void>;
}

async function holdDatabases(count: number): Promise<Holder> {
  const script = fileURLToPath(new URL('../scripts/hold-database.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@djogi/source', '--no-warnings', script, String(count)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '', DATABASE_URL: server.url },
  });
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  const line = await new Promise<string>((done, reject) => {
    createInterface({ input: child.stdout })
      .once('line', done)
      .once('close', () => reject(new Error('the process ended without a word')));
  });
  return {
    names: JSON.parse(line) as string[],
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

const existing = (): Promise<string[]> => databasesLike(server.url, 'djogi\\_%');

describe('databases of a run on a server that outlives it', () => {
  it('are listed once their process was killed, and not before', async () => {
    const holder = await holdDatabases(2);
    expect(holder.names).toHaveLength(2);
    expect(await listOrphanedTestDatabases(server.url)).toEqual([]);
    await holder.kill();
    await expect
      .poll(() => listOrphanedTestDatabases(server.url))
      .toEqual([...[...holder.names].sort(), expect.stringMatching(/^djogi_template_[0-9a-f]{32}$/)]);
    const dropped = await cleanupOrphanedTestDatabases(server.url);
    expect(dropped).toHaveLength(3);
    expect(await existing()).toEqual([]);
  });

  it('are removed by the next run, which keeps the databases of living runs and fresh templates', async () => {
    const [dead, living] = await Promise.all([holdDatabases(1), holdDatabases(1)]);
    await dead.kill();
    await expect
      .poll(
        async () =>
          (
            await ask(server.url, `select count(*)::int as n from pg_stat_activity where application_name = left($1, 23)`, [dead.names[0]])
          )[0],
      )
      .toEqual({ n: 0 });
    const setup = await setupTestDb({ provider: url(server.url) });
    const left = await existing();
    expect(left).not.toContain(dead.names[0]);
    expect(left).toEqual(expect.arrayContaining([living.names[0], setup.db.name]));
    expect(left.filter((name) => name.startsWith('djogi_template_')).length).toBeGreaterThanOrEqual(2);
    await setup.dispose();
    await living.kill();
  });

  it('leave those alone whose names are only like theirs', async () => {
    await ask(server.url, 'create database "djogixtest_1"');
    await ask(server.url, 'create database "djogi_testing"');
    await ask(server.url, 'create database "djogi_test_by_hand"');
    expect((await listOrphanedTestDatabases(server.url)).filter((name) => !name.startsWith('djogi_template_'))).toContain(
      'djogi_test_by_hand',
    );
    await cleanupOrphanedTestDatabases(server.url);
    expect((await databasesLike(server.url, 'djogi%')).filter((name) => name !== 'djogi')).toEqual(['djogi_testing', 'djogixtest_1']);
  });
});
