// What it costs to load a library in a fresh process, and to install it. Measured on what is published: the compiled packages, built into a folder of their own.

import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ratios, spread, type Spread } from '../measure/statistics.ts';
import { GENERATED, publishInto, ROOT } from '../published/packages.ts';

export interface ImportCost {
  /** Of the time from the first import to the last, ours to `pg` alone. */
  readonly ratio: Spread;
  readonly ms: readonly [ours: Spread, theirs: Spread];
  /** Bytes of the published files, with what they depend on. */
  readonly installedBytes: readonly [ours: number, theirs: number];
}

const OURS = ['@djogi/core', '@djogi/core/pool', '@djogi/query'];
const THEIRS = ['pg'];

/** Whole processes are started; a round takes about a quarter of a second. */
export function measureImports(rounds: number, cpu: number | undefined): ImportCost {
  const folder = join(GENERATED, 'imports');
  publishInto(folder);
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds + 1; round++) {
    for (const who of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const ms = importMs(folder, who === 0 ? OURS : THEIRS, cpu);
      // The first one reads the files from the disk.
      if (round > 0) times[who].push(ms);
    }
  }
  return {
    ratio: spread(ratios(...times)),
    ms: [spread(times[0]), spread(times[1])],
    installedBytes: [installedBytes(['@djogi/core', '@djogi/query'], folder), installedBytes(['pg'], folder)],
  };
}

function importMs(folder: string, specifiers: readonly string[], cpu: number | undefined): number {
  const source = `const start = performance.now();\n${specifiers.map((each) => `await import(${JSON.stringify(each)});`).join('\n')}\nprocess.stdout.write(String(performance.now() - start));`;
  const command = [process.execPath, '--input-type=module', '--eval', source];
  const [file, ...args] = cpu === undefined ? command : ['taskset', '-c', String(cpu), ...command];
  const { status, stdout, stderr } = spawnSync(file!, args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`Importing ${specifiers.join(', ')} failed: ${stderr}`);
  return Number(stdout);
}

interface PackageJson {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
}

/** The files of the packages and, once each, of what they depend on. Optional and peer dependencies do not count. */
function installedBytes(names: readonly string[], folder: string): number {
  const counted = new Set<string>();
  const add = (name: string): number => {
    if (counted.has(name)) return 0;
    counted.add(name);
    const own = join(folder, 'node_modules', name);
    const at = existsSync(own) ? own : join(ROOT, 'node_modules', name);
    const { dependencies = {} } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')) as PackageJson;
    const files = globSync('**/*', { cwd: at, exclude: (path) => path.includes('node_modules') });
    const bytes = files.map((path) => statSync(join(at, path))).reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
    return bytes + Object.keys(dependencies).reduce((sum, each) => sum + add(each), 0);
  };
  return names.reduce((sum, name) => sum + add(name), 0);
}
