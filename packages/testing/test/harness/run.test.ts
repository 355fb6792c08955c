import { execFile, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from '../../src/provider/embedded.ts';
import { ask, databasesLike } from '../database/ask.ts';

interface Report {
  readonly testResults: readonly { readonly assertionResults: readonly { readonly title: string; readonly status: string }[] }[];
}
interface Outcome {
  readonly statuses: Record<string, string>;
  readonly databases: Set<string>;
  readonly ports: Set<string>;
  readonly output: string;
}

/** How test/stories is run in a Vitest of its own, with its report and its notes in `folder`. */
function storyCommand(folder: string, environment: NodeJS.ProcessEnv): { readonly words: string[]; readonly env: NodeJS.ProcessEnv } {
  const cli = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const config = fileURLToPath(new URL('../stories/vitest.config.ts', import.meta.url));
  // A worker's own variables would make the inner Vitest believe it is one.
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST') && name !== 'NODE_OPTIONS' && name !== 'DATABASE_URL'),
  );
  writeFileSync(join(folder, 'notes'), '');
  return {
    words: [cli, 'run', '--config', config, '--configLoader=runner', '--reporter=json', `--outputFile=${join(folder, 'report.json')}`],
    env: { ...inherited, ...environment, STORY_NOTES: join(folder, 'notes') },
  };
}

/** The databases that the stories had so far, with the ports of their servers. */
const notesIn = (folder: string): [database: string, port: string][] =>
  readFileSync(join(folder, 'notes'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' ') as [string, string]);

async function runStories(environment: NodeJS.ProcessEnv): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'djogi-story-'));
  const report = join(folder, 'report.json');
  try {
    const { words, env } = storyCommand(folder, environment);
    const output = await new Promise<string>((done) => {
      execFile(process.execPath, words, { env }, (_, stdout, stderr) => done(stdout + stderr));
    });
    if (!existsSync(report)) throw new Error(`Vitest wrote no report: ${output}`);
    const results = (JSON.parse(readFileSync(report, 'utf8')) as Report).testResults.flatMap((file) => file.assertionResults);
    const used = notesIn(folder);
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

/** Starts the stories, and kills all their processes at once when `isTime`, which is asked with what they noted so far. */
async function killStories(
  environment: NodeJS.ProcessEnv,
  isTime: (notes: readonly [database: string, port: string][]) => Promise<boolean> | boolean,
): Promise<readonly [database: string, port: string][]> {
  const folder = mkdtempSync(join(tmpdir(), 'djogi-story-'));
  try {
    const { words, env } = storyCommand(folder, { ...environment, STORY_POOL: 'forks' });
    // A process group of its own, so that one signal reaches its workers as well.
    const child = spawn(process.execPath, words, { env, detached: true, stdio: 'ignore' });
    const ended = new Promise<void>((done) => child.once('close', () => done()));
    try {
      await expect.poll(() => isTime(notesIn(folder)), { timeout: 20_000, interval: 20 }).toBe(true);
    } finally {
      process.kill(-child.pid!, 'SIGKILL');
      await ended;
    }
    return notesIn(folder);
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

  it('that is killed leaves nothing on the server that the next run does not clean up', async () => {
    const server = await startEmbedded();
    try {
      let busy: unknown;
      const used = await killStories({ DATABASE_URL: server.url }, async () => {
        const [row] = await ask(server.url, `select datname from pg_stat_activity where query = 'SELECT pg_sleep(60)'`);
        busy = row?.['datname'];
        return busy !== undefined;
      });
      expect(used.map(([database]) => database)).toContain(busy);
      expect(await databasesLike(server.url, 'djogi\\_test\\_%')).toContain(busy);
      const { statuses } = await runStories({ DATABASE_URL: server.url, STORY_POOL: 'forks' });
      expect(statuses).toEqual(EXPECTED);
      expect(await databasesLike(server.url, 'djogi\\_test\\_%')).toEqual([]);
      expect(await databasesLike(server.url, 'djogi\\_template\\_%')).toHaveLength(1);
    } finally {
      await server.stop();
    }
  });

  it('that is killed takes its embedded server along', async () => {
    const ports = new Set((await killStories({}, (notes) => notes.length > 0)).map(([, port]) => Number(port)));
    expect(ports.size).toBe(1);
    await expect.poll(() => accepts([...ports][0]!), { timeout: 10_000 }).toBe(false);
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
