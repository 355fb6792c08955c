import { expect, test } from 'vitest';
import { checkPureEntries } from '../src/pure.ts';
import { lines, madeWorkspace, manifest } from './made-workspace.ts';

const extension = {
  './extension': { '@djogi/source': './src/extension.ts', types: './dist/extension.d.ts', default: './dist/extension.js' },
};
const core = manifest('core', { exports: { ...(JSON.parse(manifest('core')) as { exports: object }).exports, ...extension } });
const pure = { 'packages/core/package.json': core, 'packages/core/src/extension.ts': 'export const extension = 1;\n' };

test('finds nothing where only an impure folder reaches Node', () => {
  expect(checkPureEntries(madeWorkspace(pure))).toEqual([]);
});

test('reports a built-in module with the way to it', () => {
  const workspace = madeWorkspace({ ...pure, 'packages/core/src/model/model.ts': "export { connect as model } from '../pg/socket.ts';\n" });
  expect(lines(checkPureEntries(workspace))).toEqual([
    expect.stringMatching(
      /socket\.ts:1 'node:net' is reached from the pure entry @djogi\/core \(packages\/core\/src\/index\.ts → .*model\.ts → .*socket\.ts\)/,
    ),
    // Query is pure as well, and reaches the same file through core.
    expect.stringContaining("'node:net' is reached from the pure entry @djogi/query"),
  ]);
});

test('reports a built-in module without the node: prefix', () => {
  const workspace = madeWorkspace({ ...pure, 'packages/core/src/extension.ts': "import 'fs';\n" });
  expect(lines(checkPureEntries(workspace))).toEqual([
    expect.stringContaining("'fs' is reached from the pure entry @djogi/core/extension"),
  ]);
});

test('reports a driver, even when only its types are imported', () => {
  const workspace = madeWorkspace({ ...pure, 'packages/query/src/index.ts': "export type { Client } from 'pg';\n" });
  expect(lines(checkPureEntries(workspace))).toEqual([
    expect.stringContaining("packages/query/src/index.ts:1 'pg' is reached from the pure entry @djogi/query"),
  ]);
});

test('accepts the Temporal polyfill', () => {
  const workspace = madeWorkspace({
    ...pure,
    'packages/core/src/extension.ts': "export const temporal = () => import('temporal-polyfill');\n",
  });
  expect(checkPureEntries(workspace)).toEqual([]);
});

test('reports a pure entry whose source does not exist', () => {
  const workspace = madeWorkspace({ 'packages/core/package.json': core });
  expect(lines(checkPureEntries(workspace))).toEqual([expect.stringContaining('@djogi/core/extension The pure entry cannot be walked')]);
});
