// `npm run test:node -- 22`: the published packages under another Node. Packs them, installs the tarballs and that Node in a temporary project, and
// runs fixtures/smoke/smoke.ts there. Not part of `npm test`: a Node is a download of about 100 MB.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from './packages.ts';
import { publishedPackages, readWorkspace } from './workspace.ts';

const MAINTAINED = ['22', '24', '26'];

const versions = process.argv.length > 2 ? process.argv.slice(2) : MAINTAINED;
if (versions.some((each) => !/^\d+(?:\.\d+){0,2}$/.test(each))) {
  console.error(`Name versions of Node, as in: npm run test:node -- ${MAINTAINED.join(' ')}`);
  process.exit(2);
}

const root = join(import.meta.dirname, '../../..');
const workspace = readWorkspace(root);
const run = (folder: string, command: string, ...words: readonly string[]): void => {
  execFileSync(command, words, { cwd: folder, stdio: 'inherit', env: { ...process.env, NODE_OPTIONS: '' } });
};

run(root, process.execPath, join(root, 'node_modules/nx/dist/bin/nx.js'), 'run-many', '-t', 'build', '--outputStyle=static');
const packed = publishedPackages(workspace).map((each) => ({
  name: each.name,
  file: `${each.name.replace('@djogi/', '')}.tgz`,
  bytes: pack(each),
}));
for (const version of versions) {
  const project = mkdtempSync(join(tmpdir(), 'djogi-smoke-'));
  try {
    for (const { file, bytes } of packed) writeFileSync(join(project, file), bytes);
    writeFileSync(join(project, 'package.json'), JSON.stringify(projectManifest(version)));
    copyFileSync(join(import.meta.dirname, '../fixtures/smoke/smoke.ts'), join(project, 'smoke.ts'));
    run(project, 'npm', 'install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error');
    run(project, join(project, 'node_modules/.bin/node'), 'smoke.ts');
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

function projectManifest(version: string): object {
  const { vitest } = workspace.manifest.devDependencies ?? {};
  return {
    name: 'smoke',
    private: true,
    type: 'module',
    dependencies: { ...Object.fromEntries(packed.map(({ name, file }) => [name, `file:${file}`])), node: version, vitest },
    allowScripts: workspace.manifest.allowScripts,
  };
}
