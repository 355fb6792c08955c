import { describe, expect, test } from 'vitest';
import { checkLayers } from '../src/layers.ts';
import { lines, madeWorkspace, manifest } from './made-workspace.ts';

describe('between packages', () => {
  test('finds nothing in a workspace whose dependencies point left', () => {
    expect(checkLayers(madeWorkspace())).toEqual([]);
  });

  test('reports a dependency on a package to the right', () => {
    const workspace = madeWorkspace({ 'packages/core/package.json': manifest('core', { dependencies: { '@djogi/query': '^0.1.0' } }) });
    expect(lines(checkLayers(workspace))).toEqual([
      expect.stringMatching(/^packages\/core\/package\.json @djogi\/core depends on @djogi\/query/),
    ]);
  });

  test('reports a package that the order does not name, and a name without a package', () => {
    const workspace = madeWorkspace({ 'README.md': 'Layers: core ← relations\n' });
    expect(lines(checkLayers(workspace))).toEqual([
      expect.stringContaining('The layer @djogi/relations is no package'),
      expect.stringContaining('@djogi/query is missing in the "Layers:" line'),
    ]);
  });

  test('reports a root README without an order', () => {
    expect(lines(checkLayers(madeWorkspace({ 'README.md': 'nothing' })))).toEqual([
      expect.stringContaining('There is no line "Layers: …"'),
    ]);
  });

  test('reports an import of a package that package.json does not declare', () => {
    const workspace = madeWorkspace({ 'packages/core/src/expr/node.ts': "import { z } from 'zod';\nexport const node = z;\n" });
    expect(lines(checkLayers(workspace))).toEqual([expect.stringContaining("packages/core/src/expr/node.ts:1 'zod' is not declared")]);
  });

  test('reports a development dependency imported by a source, not by a test', () => {
    const text = "import { expect } from 'vitest';\nexport const e = expect;\n";
    const workspace = madeWorkspace({ 'packages/core/src/expr/node.ts': text, 'packages/core/test/node.test.ts': text });
    expect(lines(checkLayers(workspace))).toEqual([expect.stringContaining("packages/core/src/expr/node.ts:1 'vitest' is not declared")]);
  });

  test('reports an import of something a sibling does not export', () => {
    const workspace = madeWorkspace({ 'packages/query/src/index.ts': "export * from '@djogi/core/src/model/model.ts';\n" });
    expect(lines(checkLayers(workspace))).toEqual([expect.stringContaining('@djogi/core does not export it')]);
  });

  test('reports a relative import that leaves the package', () => {
    const workspace = madeWorkspace({ 'packages/query/src/index.ts': "export * from '../../core/src/model/model.ts';\n" });
    expect(lines(checkLayers(workspace))).toEqual([expect.stringContaining('leaves the package')]);
  });
});

describe('shared configuration', () => {
  const files = { 'vitest.shared.ts': 'export const shared = 1;\n' };
  const text = "export { shared } from '../../../vitest.shared.ts';\n";

  test('may be imported by a test', () => {
    expect(checkLayers(madeWorkspace({ ...files, 'packages/core/test/vitest.config.ts': text }))).toEqual([]);
  });

  test('is reported in a source', () => {
    expect(lines(checkLayers(madeWorkspace({ ...files, 'packages/core/src/shared.ts': text })))).toEqual([
      expect.stringContaining('leaves the package'),
    ]);
  });
});

describe('between folders', () => {
  test.for([
    ["import type { model } from '../model/model.ts';", 'a type'],
    ["export { model } from '../model/model.ts';", 'a re-export'],
    ["export const later = () => import('../model/model.ts');", 'a dynamic import'],
    ["export type Model = typeof import('../model/model.ts').model;", 'a type written as an import'],
  ] as const)('reports %s that points right: %s', ([text]) => {
    const workspace = madeWorkspace({ 'packages/core/src/expr/node.ts': `${text}\nexport interface Node { readonly kind: string }\n` });
    expect(lines(checkLayers(workspace))).toContainEqual(
      expect.stringMatching(/^packages\/core\/src\/expr\/node\.ts:1 'expr' imports 'model'/),
    );
  });

  test('reports a folder that the order does not name, and a name without a folder', () => {
    const workspace = madeWorkspace({ 'packages/core/README.md': 'Layers: expr ← field ← model\n' });
    expect(lines(checkLayers(workspace))).toEqual([
      expect.stringContaining("The layer 'field' has no folder"),
      expect.stringContaining('The folder src/pg is missing'),
    ]);
  });

  test('reports a folder that imports an entry of its package', () => {
    const workspace = madeWorkspace({
      'packages/core/src/pg/socket.ts': "import type { model } from '../index.ts';\nexport type Model = typeof model;\n",
    });
    expect(lines(checkLayers(workspace))).toEqual([
      expect.stringContaining("packages/core/src/pg/socket.ts:1 '../index.ts' is an entry of the package"),
    ]);
  });

  test('reports an import of a file that does not exist', () => {
    const workspace = madeWorkspace({ 'packages/core/src/index.ts': "export * from './gone.ts';\n" });
    expect(lines(checkLayers(workspace))).toEqual([expect.stringContaining("packages/core/src/index.ts:1 './gone.ts' cannot be resolved")]);
  });
});

describe('between files', () => {
  const cycle = (word: string): Readonly<Record<string, string>> => ({
    'packages/core/src/expr/a.ts': "import { b } from './b.ts';\nexport const a = () => b;\n",
    'packages/core/src/expr/b.ts': `import ${word}{ a } from './a.ts';\nexport const b = (): typeof a | undefined => undefined;\n`,
  });

  test('reports files that import each other at run time, with the way round', () => {
    expect(lines(checkLayers(madeWorkspace(cycle(''))))).toEqual([
      expect.stringContaining('packages/core/src/expr/a.ts → packages/core/src/expr/b.ts → packages/core/src/expr/a.ts'),
    ]);
  });

  test('accepts a cycle of which one import is of types only', () => {
    expect(checkLayers(madeWorkspace(cycle('type ')))).toEqual([]);
  });
});
