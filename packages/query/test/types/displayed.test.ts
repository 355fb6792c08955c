import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));
const compiler = fileURLToPath(import.meta.resolve('typescript/package.json')).replace('package.json', 'bin/tsc');

/** Runs the compiler; what it complains about is the error. */
const compile = (options: string[]): Promise<{ stdout: string }> =>
  promisify(execFile)(process.execPath, [compiler, ...options]).catch((error: { stdout: string }) => {
    throw new Error(error.stdout);
  });

/** What the compiler writes for the exports of the fixture: what an editor shows. */
async function displayed(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'djogi-displayed-'));
  try {
    await compile(['-p', join(here, 'displayed'), '--outDir', folder]);
    const text = await readFile(join(folder, 'query/test/types/displayed/fixture.d.ts'), 'utf8');
    return text.slice(text.indexOf('export declare const set'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('shows the common results of queries as a person would write them', async () => {
  expect(await displayed()).toBe(await readFile(join(here, 'displayed/expected.d.ts.txt'), 'utf8'));
}, 60_000);
