// The packages as they are published: compiled into a folder of the benchmark's own, so that neither a stale build nor the sources are measured.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../../../..');
/** Everything that is made here and may be removed at any time. */
export const GENERATED = join(import.meta.dirname, '../../.generated');
/** The compiler that the repository pins. */
export const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** In the order in which they depend on each other. */
const PACKAGES = ['core', 'query', 'relations'];

/** Compiles them into `<folder>/node_modules`, from where they resolve by name. Errors: when they do not compile. */
export function publishInto(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  for (const name of PACKAGES) {
    const source = join(ROOT, 'packages', name);
    const target = join(folder, 'node_modules/@djogi', name);
    mkdirSync(target, { recursive: true });
    const config = join(target, 'tsconfig.json');
    writeFileSync(config, JSON.stringify(buildConfig(folder, source, target)));
    const { status, stdout } = spawnSync(process.execPath, [TSC, '-p', config], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`@djogi/${name} does not compile:\n${stdout}`);
    rmSync(config);
    writeFileSync(join(target, 'package.json'), readFileSync(join(source, 'package.json')));
  }
}

/** The package's own build, with the packages compiled before in the place of those in the workspace. */
function buildConfig(folder: string, source: string, target: string): object {
  const published = PACKAGES.map((name) => [name, join(folder, 'node_modules/@djogi', name, 'dist')] as const);
  return {
    extends: join(source, 'tsconfig.build.json'),
    compilerOptions: {
      rootDir: join(source, 'src'),
      outDir: join(target, 'dist'),
      sourceMap: false,
      declarationMap: false,
      typeRoots: [join(ROOT, 'node_modules/@types')],
      paths: Object.fromEntries(
        published.flatMap(([name, dist]) => [
          [`@djogi/${name}`, [join(dist, 'index.d.ts')]],
          [`@djogi/${name}/*`, [join(dist, '*.d.ts')]],
        ]),
      ),
    },
    include: [join(source, 'src')],
  };
}
