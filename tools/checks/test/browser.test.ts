import { join } from 'node:path';
import { expect, test } from 'vitest';
import { proveBrowser } from '../src/browser-proof.ts';
import { lines, madeFolder } from './made-workspace.ts';

async function prove(files: Readonly<Record<string, string>>, sizeBoundBytes = 10_000): Promise<readonly string[]> {
  const folder = madeFolder(files);
  const { problems } = await proveBrowser({ entry: join(folder, 'app/models.ts'), folders: [join(folder, 'app')], sizeBoundBytes });
  return lines(problems);
}

test('runs the bundle and accepts it when no fact fails', async () => {
  expect(await prove({ 'app/models.ts': 'export const check = (): string[] => [];\n' })).toEqual([]);
});

test('reports the facts that fail in the page', async () => {
  expect(await prove({ 'app/models.ts': "export const check = () => ['one is two'];\n" })).toEqual([
    expect.stringContaining('it does not hold that one is two'),
  ]);
});

test.for(['process', 'Buffer', 'require', 'global', 'setImmediate'])('reports a bundle that needs %s', async (name) => {
  expect(await prove({ 'app/models.ts': `export const check = () => (${name}, []);\n` })).toEqual([
    expect.stringMatching(new RegExp(`does not run in a page: .*${name}`)),
  ]);
});

test('reports a module of Node that is left outside of the bundle', async () => {
  const text = "import { readFileSync } from 'node:fs';\nexport const check = () => [typeof readFileSync];\n";
  expect(await prove({ 'app/models.ts': text })).toEqual([expect.stringContaining("needs 'node:fs'")]);
});

test('reports code that comes from elsewhere', async () => {
  const files = {
    'app/models.ts': "import { drive } from '../driver/index.ts';\nexport const check = () => drive();\n",
    'driver/index.ts': 'export const drive = () => [Date.now()];\n',
  };
  expect(await prove(files)).toEqual([expect.stringMatching(/The bundle contains .*driver.index\.ts/)]);
});

test('reports a bundle above its bound', async () => {
  expect(await prove({ 'app/models.ts': 'export const check = () => [];\n' }, 10)).toEqual([
    expect.stringMatching(/The bundle has \d+ bytes; the bound is 10/),
  ]);
});
