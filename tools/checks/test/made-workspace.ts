// A workspace in a temporary folder, made from a map of paths to texts, for checks to fail on.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { readWorkspace, type Workspace } from '../src/workspace.ts';

/** Writes `files` into a folder that is removed when the test ends, and returns its path. */
export function madeFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'djogi-checks-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** A workspace of the packages core and query with nothing wrong in it, overlaid with `files`. */
export function madeWorkspace(files: Readonly<Record<string, string>> = {}): Workspace {
  return readWorkspace(
    madeFolder({
      'package.json': JSON.stringify({ name: 'made', private: true, workspaces: ['packages/*'], devDependencies: { vitest: '*' } }),
      'README.md': 'Layers: core ← query\n',
      'packages/core/package.json': manifest('core'),
      'packages/core/README.md': 'Layers: expr ← model ← pg\n',
      'packages/core/src/index.ts': "export { model } from './model/model.ts';\n",
      'packages/core/src/expr/node.ts': 'export interface Node { readonly kind: string }\n',
      'packages/core/src/model/model.ts': "import type { Node } from '../expr/node.ts';\nexport const model = (node: Node) => node;\n",
      'packages/core/src/pg/socket.ts': "import { connect } from 'node:net';\nexport { connect };\n",
      'packages/query/package.json': manifest('query', { peerDependencies: { '@djogi/core': '^0.1.0' } }),
      'packages/query/src/index.ts': "export { model } from '@djogi/core';\n",
      ...files,
    }),
  );
}

/** The package.json of a published package with every promise kept, overlaid with `more`. */
export function manifest(name: string, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    name: `@djogi/${name}`,
    version: '0.1.0',
    description: 'A package made for a test',
    license: 'MIT',
    type: 'module',
    sideEffects: false,
    engines: { node: '>=22.18' },
    files: ['dist', 'src'],
    exports: { '.': { '@djogi/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' } },
    ...more,
  });
}

/** The problems as `where message` lines, for matching. */
export function lines(problems: readonly { readonly where: string; readonly message: string }[]): readonly string[] {
  return problems.map((each) => `${each.where} ${each.message}`);
}
