// What a user of a published package gets: its manifest, and its tarball as `npm pack` makes it, judged by publint and arethetypeswrong.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData, type Package, type Problem as TypesProblem } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { publishedPackages, shown, type Manifest, type Problem, type Workspace, type WorkspacePackage } from './workspace.ts';

/** The oldest Node that runs TypeScript without a flag (decision 23). */
export const SUPPORTED_NODE = '>=22.18';

/** Packs every published package and checks manifest, tarball, types, and that each entry imports. The packages must have been built. */
export async function checkPackages(workspace: Workspace): Promise<readonly Problem[]> {
  const published = publishedPackages(workspace);
  const problems = await Promise.all(
    published.map(async (each) => [
      ...manifestProblems(workspace, each),
      ...entryProblems(workspace, each),
      ...(await tarballProblems(workspace, each)),
    ]),
  );
  return problems.flat();
}

/** Packs `owner` as `npm publish` would and hands over the bytes. Costs a child process; leaves nothing behind. */
export function pack(owner: WorkspacePackage): Uint8Array<ArrayBuffer> {
  const folder = mkdtempSync(join(tmpdir(), 'djogi-pack-'));
  try {
    execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
      cwd: owner.folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [file] = readdirSync(folder);
    if (file === undefined) throw new Error(`npm pack made no tarball of ${owner.name}.`);
    return new Uint8Array(readFileSync(join(folder, file)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The promises that every package.json makes alike. */
export function manifestProblems(workspace: Workspace, owner: WorkspacePackage): readonly Problem[] {
  const { manifest } = owner;
  const where = shown(workspace, join(owner.folder, 'package.json'));
  const expectations: readonly (readonly [boolean, string])[] = [
    [manifest.type === 'module', 'Set "type": "module": packages are ESM only.'],
    [manifest.sideEffects === false, 'Set "sideEffects": false: importing a package does nothing.'],
    [manifest.engines?.['node'] === SUPPORTED_NODE, `Set "engines": { "node": "${SUPPORTED_NODE}" }.`],
    [manifest.license === 'MIT', 'Set "license": "MIT".'],
    [(manifest.description ?? '').length > 10, 'Write a "description".'],
    [manifest.exports?.['.'] !== undefined, 'Export the entry ".".'],
    [
      owner.name === '@djogi/core' || manifest.dependencies?.['@djogi/core'] === undefined,
      'Make @djogi/core a peer dependency: an application has one copy of it.',
    ],
  ];
  const problems = expectations.flatMap(([holds, message]) => (holds ? [] : [{ where, message }]));
  return [...problems, ...exportProblems(where, manifest), ...siblingVersionProblems(workspace, where, manifest)];
}

/** What must and must not be in the tarball, and what publint and arethetypeswrong say about it. */
export async function tarballProblems(workspace: Workspace, owner: WorkspacePackage): Promise<readonly Problem[]> {
  const where = shown(workspace, owner.folder);
  const bytes = pack(owner);
  const tarball = createPackageFromTarballData(bytes);
  const lint = await publint({ pack: { tarball: bytes.buffer }, level: 'warning' });
  const types = await checkPackage(tarball);
  return [
    ...contentProblems(where, owner, tarball),
    ...lint.messages.map((each) => ({ where, message: `publint: ${formatMessage(each, lint.pkg, { color: false }) ?? each.code}` })),
    ...(types.types === false
      ? [{ where, message: 'arethetypeswrong: the tarball has no types.' }]
      : [...new Set(types.problems.filter(concernsModules).map(describeTypesProblem))].map((each) => ({
          where,
          message: `arethetypeswrong: ${each}`,
        }))),
  ];
}

function exportProblems(where: string, manifest: Manifest): readonly Problem[] {
  return Object.entries(manifest.exports ?? {}).flatMap(([entry, conditions]) => {
    if (entry === './package.json') return [];
    if (entry.includes('*'))
      return [{ where, message: `The export "${entry}" is a pattern. List each entry, so that what is not listed is not public.` }];
    const name = entry === '.' ? 'index' : entry.slice(2);
    const wanted = { '@djogi/source': `./src/${name}.ts`, types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` };
    const same = JSON.stringify(conditions) === JSON.stringify(wanted);
    return same ? [] : [{ where, message: `The export "${entry}" should be ${JSON.stringify(wanted)}, in this order.` }];
  });
}

/** A range that the sibling in this repository does not satisfy would install a published copy instead. Caret ranges of 0.x only. */
function siblingVersionProblems(workspace: Workspace, where: string, manifest: Manifest): readonly Problem[] {
  const ranges = { ...manifest.devDependencies, ...manifest.dependencies, ...manifest.peerDependencies };
  return workspace.packages.flatMap((sibling) => {
    const range = ranges[sibling.name];
    const wanted = `^${sibling.manifest.version}`;
    return range === undefined || range === wanted
      ? []
      : [{ where, message: `${sibling.name} is at ${sibling.manifest.version}: write "${wanted}" instead of "${range}".` }];
  });
}

function contentProblems(where: string, owner: WorkspacePackage, tarball: Package): readonly Problem[] {
  const prefix = `/node_modules/${owner.name}/`;
  const files = new Set(tarball.listFiles().map((path) => path.slice(prefix.length)));
  const missing = ['README.md', 'LICENSE'].filter((file) => !files.has(file)).map((file) => `The tarball has no ${file}.`);
  const stray = [...files]
    .filter((file) => !/^(?:dist\/|src\/|README\.md$|LICENSE$|package\.json$|CHANGELOG\.md$)/.test(file))
    .map((file) => `${file} does not belong in the tarball.`);
  const stale = [...files]
    .filter(
      (file) => file.startsWith('dist/') && file.endsWith('.js') && !files.has(file.replace(/^dist\//, 'src/').replace(/\.js$/, '.ts')),
    )
    .map((file) => `${file} has no source any more. Build again.`);
  const undeclared = [...files]
    .filter((file) => file.startsWith('dist/') && file.endsWith('.js') && !files.has(file.replace(/\.js$/, '.d.ts')))
    .map((file) => `${file} has no declaration file.`);
  return [...missing, ...stray, ...stale, ...undeclared].map((message) => ({ where, message }));
}

/** Packages are for `import` only, so what arethetypeswrong finds for `require` and for resolvers older than "exports" is no fault. */
function concernsModules(problem: TypesProblem): boolean {
  if ('resolutionKind' in problem) return problem.resolutionKind === 'node16-esm' || problem.resolutionKind === 'bundler';
  if ('resolutionOption' in problem) return problem.resolutionOption !== 'node10';
  return true;
}

function describeTypesProblem(problem: TypesProblem): string {
  if ('entrypoint' in problem) return `${problem.kind} at "${problem.entrypoint}" (${problem.resolutionKind})`;
  if ('moduleSpecifier' in problem) return `${problem.kind}: '${problem.moduleSpecifier}' in ${problem.fileName}`;
  if ('typesFileName' in problem) return `${problem.kind}: ${problem.typesFileName}`;
  return `${problem.kind}: ${problem.fileName}`;
}

/** Each entry is imported from its build by a Node without conditions, as an application does it. */
function entryProblems(workspace: Workspace, owner: WorkspacePackage): readonly Problem[] {
  const where = shown(workspace, owner.folder);
  return Object.keys(owner.manifest.exports ?? {})
    .filter((entry) => entry !== './package.json')
    .flatMap((entry) => {
      const specifier = `${owner.name}${entry.slice(1)}`;
      try {
        execFileSync(process.execPath, ['--input-type=module', '--eval', `await import(${JSON.stringify(specifier)})`], {
          cwd: owner.folder,
          env: { ...process.env, NODE_OPTIONS: '' },
          stdio: ['ignore', 'ignore', 'pipe'],
          encoding: 'utf8',
        });
        return [];
      } catch (error) {
        const stderr = (error as { readonly stderr?: string }).stderr ?? '';
        const line = stderr.split('\n').find((each) => /Error\b/.test(each)) ?? 'it failed';
        return [{ where, message: `'${specifier}' does not import from its build: ${line.trim()}` }];
      }
    });
}
