// The evaluator in a page gives the answers of Postgres: the same random questions about the same random rows are asked of both. The page is a bundle for browsers
// that runs in a context of its own, which has the language and a few of the web's globals, and nothing of Node.

import { setupTestDb } from '@djogi/testing';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { rolldown } from 'rolldown';
import { expect, test } from 'vitest';
import { query } from '../../src/index.ts';
import { begin, Probe, probeInputs, question } from '../support/probes.ts';

const SEED = Number(process.env['DJOGI_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const ROWS = 60,
  QUESTIONS = 300;

interface Page {
  answers(seed: number, rows: number, questions: number): readonly string[];
}

async function openPage(entry: string): Promise<Page> {
  const build = await rolldown({
    input: entry,
    platform: 'browser',
    resolve: { conditionNames: ['@djogi/source', 'browser', 'import', 'default'] },
    logLevel: 'silent',
  });
  try {
    const { output } = await build.generate({ format: 'iife', name: 'page', codeSplitting: false });
    const chunks = output.filter((each) => each.type === 'chunk');
    expect(chunks.flatMap((each) => [...each.imports, ...each.dynamicImports])).toEqual([]);
    const context = createContext({ atob, btoa, TextDecoder, TextEncoder });
    runInContext(chunks.map((each) => each.code).join('\n'), context, { filename: 'page.js' });
    expect(runInContext("['process', 'Buffer', 'require', 'global'].filter((name) => name in globalThis).join()", context)).toBe('');
    return runInContext('page', context) as Page;
  } finally {
    await build.close();
  }
}

test('a page without anything of Node answers random questions as Postgres does', async () => {
  const setup = await setupTestDb({ models: [Probe] });
  const stored: string[] = [];
  try {
    begin(SEED);
    await query(Probe).bulkCreate(setup.ctx, probeInputs(ROWS));
    const rows = query(Probe).orderBy((p) => p.id.asc());
    for (let round = 0; round < QUESTIONS; round++) {
      const asked = question(3);
      const truths = await rows.selectTuple((p) => [asked.build(p)]).fetchAll(setup.ctx);
      stored.push(`${asked.words}: ${truths.map(([truth]) => String(truth)).join()}`);
    }
  } finally {
    await setup.dispose();
  }
  const page = await openPage(join(import.meta.dirname, '../support/evaluator-page.ts'));
  // An array of the page is of another realm.
  expect([`DJOGI_SEED=${SEED}`, ...page.answers(SEED, ROWS, QUESTIONS)]).toEqual([`DJOGI_SEED=${SEED}`, ...stored]);
}, 60_000);
