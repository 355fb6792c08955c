import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from '../../src/provider/embedded.ts';
import { databasesLike } from '../database/ask.ts';

interface Report {
  readonly testResults: readonly { readonly assertionResults: readonly { readonly title: string; readonly status: string }[] }[];
}
interface Outcome {
  readonly statuses: Record<string, string>;
  readonly databases: Set<string>;
  readonly ports: Set<string>;
  readonly output: string;
}

/** Runs test/stories in a Vitest of its own. */
async function runStories(environment: NodeJS.ProcessEnv): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'djogi-story-'));
  const notes = join(folder, 'notes'),
    report = join(folder, 'report.json');
  writeFileSync(notes, '');
  try {
    const cli = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
    const config = fileURLToPath(new URL('../stories/vitest.config.ts', import.meta.url));
    // A worker's own variables would make the inner Vitest believe it is one.
    const inherited = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST') && name !== 'NODE_OPTIONS' && name !== 'DATABASE_URL'),
    );
    const output = await new Promise<string>((done) => {
      execFile(
        process.execPath,
        [cli, 'run', '--config', config, '--configLoader=runner', '--reporter=json', `--outputFile=${report}`],
        { env: { ...inherited, ...environment, STORY_NOTES: notes } },
        (_, stdout, stderr) => done(stdout + stderr),
      );
    });
    if (!existsSync(report)) throw new Error(`Vitest wrote no report: ${output}`);
    const results = (JSON.parse(readFileSync(report, 'utf8')) as Report).testResults.flatMap((file) => file.assertionResults);
    const used = readFileSync(notes, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' ') as [string, string]);
    return {
      output,
      statuses: Object.fromEntries(results.map(({ title, status }) => [title, status])),
      databases: new Set(used.map(([database]) => database)),
      ports: new Set(used.map(([, port]) => port)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const EXPECTED = {
  passes: 'passed',
  fails: 'failed',
  throws: 'failed',
  'times out with a statement under way': 'failed',
  'times out before it has its database': 'failed',
  'fails once and is tried again': 'passed',
  'runs beside another (a)': 'passed',
  'runs beside another (b)': 'passed',
  'has the server of the run (1)': 'passed',
  'has the server of the run (2)': 'passed',
  'has the server of the run (3)': 'passed',
};

// The test that is tried again has one database for each attempt.
const DATABASES = 11;

describe('a Vitest run', () => {
  it.each(['forks', 'threads'])(
    'of two files in parallel (%s) gives every test, however it ends, another database on the server that is named, and leaves none',
    async (pool) => {
      const server = await startEmbedded();
      try {
        const { statuses, databases, ports, output } = await runStories({ DATABASE_URL: server.url, STORY_POOL: pool });
        expect(statuses).toEqual(EXPECTED);
        expect([databases.size, [...ports]]).toEqual([DATABASES, [new URL(server.url).port]]);
        expect(await databasesLike(server.url, 'djogi\\_test\\_%')).toEqual([]);
        expect(await databasesLike(server.url, 'djogi\\_template\\_%')).toHaveLength(1);
        expect(output).not.toContain('could not be dropped');
      } finally {
        await server.stop();
      }
    },
  );

  it.each(['forks', 'threads'])('shares one embedded server among its workers (%s), which is gone afterwards', async (pool) => {
    const { statuses, databases, ports } = await runStories({ STORY_POOL: pool });
    expect(statuses).toEqual(EXPECTED);
    expect([databases.size, ports.size]).toEqual([DATABASES, 1]);
    await expect.poll(() => accepts(Number([...ports][0])), { timeout: 10_000 }).toBe(false);
  });

  it('shares the server of its global setup, which is gone afterwards', async () => {
    const { statuses, databases, ports } = await runStories({ STORY_SETUP: 'global' });
    expect(statuses).toEqual(EXPECTED);
    expect([databases.size, ports.size]).toEqual([DATABASES, 1]);
    await expect.poll(() => accepts(Number([...ports][0])), { timeout: 10_000 }).toBe(false);
  });
});

function accepts(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      done(true);
    }).once('error', () => done(false));
  });
}
