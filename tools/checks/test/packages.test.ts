import { join } from 'node:path';
import { expect, test } from 'vitest';
import { manifestProblems, tarballProblems } from '../src/packages.ts';
import type { Workspace, WorkspacePackage } from '../src/workspace.ts';
import { lines, madeWorkspace, manifest } from './made-workspace.ts';

const built = {
  'packages/core/LICENSE': 'MIT',
  'packages/core/dist/index.js': 'export const one = 1;\n',
  'packages/core/dist/index.d.ts': 'export declare const one: number;\n',
  'packages/core/src/index.ts': 'export const one = 1;\n',
};

function core(workspace: Workspace): WorkspacePackage {
  const found = workspace.packages.find((each) => each.name === '@djogi/core');
  if (found === undefined) throw new Error('The made workspace has no core.');
  return found;
}

test('finds nothing wrong with a manifest that keeps every promise', () => {
  const workspace = madeWorkspace();
  expect(manifestProblems(workspace, core(workspace))).toEqual([]);
});

test.for([
  ['type', 'commonjs', '"type": "module"'],
  ['sideEffects', true, '"sideEffects": false'],
  ['engines', { node: '>=18' }, '"engines"'],
  ['license', 'ISC', '"license": "MIT"'],
  ['description', '', '"description"'],
  ['exports', { './pool': { default: './dist/pool.js' } }, 'Export the entry "."'],
  ['exports', { './*': { default: './dist/*.js' } }, 'is a pattern'],
  ['exports', { '.': { default: './dist/index.js', types: './dist/index.d.ts' } }, 'The export "." should be'],
  ['peerDependencies', { '@djogi/query': '^0.0.1' }, 'write "^0.1.0" instead of "^0.0.1"'],
] as const)('reports %s set to %j', ([key, value, message]) => {
  const workspace = madeWorkspace({ 'packages/core/package.json': manifest('core', { [key]: value }) });
  expect(lines(manifestProblems(workspace, core(workspace)))).toContainEqual(expect.stringContaining(message));
});

test('reports core as an ordinary dependency', () => {
  const workspace = madeWorkspace({ 'packages/query/package.json': manifest('query', { dependencies: { '@djogi/core': '^0.1.0' } }) });
  const query = workspace.packages.find((each) => each.name === '@djogi/query');
  expect(query && lines(manifestProblems(workspace, query))).toEqual([expect.stringContaining('a peer dependency')]);
});

test('finds nothing wrong with a complete tarball', async () => {
  const workspace = madeWorkspace(built);
  expect(await tarballProblems(workspace, core(workspace))).toEqual([]);
});

test('reports a build that the sources have left behind', async () => {
  const workspace = madeWorkspace({ ...built, 'packages/core/dist/old.js': 'export {};\n', 'packages/core/dist/old.d.ts': 'export {};\n' });
  expect(lines(await tarballProblems(workspace, core(workspace)))).toEqual([
    'packages/core dist/old.js has no source any more. Build again.',
  ]);
});

test('reports a missing licence and a file that does not belong there', async () => {
  const { 'packages/core/LICENSE': _, ...unlicensed } = built;
  const workspace = madeWorkspace({
    ...unlicensed,
    'packages/core/package.json': manifest('core', { files: ['dist', 'src', 'test'] }),
    'packages/core/test/a.ts': 'export {};\n',
  });
  expect(lines(await tarballProblems(workspace, core(workspace)))).toEqual(
    expect.arrayContaining(['packages/core The tarball has no LICENSE.', 'packages/core test/a.ts does not belong in the tarball.']),
  );
});

test('reports an export without its file, through publint', async () => {
  const workspace = madeWorkspace({ ...built, 'packages/core/package.json': manifest('core', { files: ['src'] }) });
  expect(lines(await tarballProblems(workspace, core(workspace)))).toContainEqual(
    expect.stringMatching(/^packages\/core publint: .*dist\/index\.js/),
  );
});

test('reports declarations that an importer cannot resolve, through arethetypeswrong', async () => {
  const workspace = madeWorkspace({
    ...built,
    'packages/core/dist/index.d.ts': "export { one } from './missing.js';\n",
    [join('packages/core/dist', 'index.js')]: 'export const one = 1;\n',
  });
  expect(lines(await tarballProblems(workspace, core(workspace)))).toContainEqual(
    expect.stringMatching(/arethetypeswrong: InternalResolutionError: '\.\/missing\.js'/),
  );
});
