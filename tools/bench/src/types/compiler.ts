// Runs the TypeScript compiler over generated files and reads what it says about itself.

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { publishInto, ROOT, TSC } from '../published/packages.ts';

export interface CompilerRun {
  readonly instantiations: number;
  readonly types: number;
  readonly checkMs: number;
  readonly memoryKb: number;
  /** Diagnostics, one a line; none when the files compile. */
  readonly errors: readonly string[];
}

/** As strict as the repository itself, without the types of Node: models run in browsers too. */
const COMPILER_OPTIONS = {
  target: 'es2024',
  lib: ['es2024', 'esnext.disposable', 'esnext.collection'],
  module: 'nodenext',
  moduleResolution: 'nodenext',
  types: [],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  verbatimModuleSyntax: true,
  allowImportingTsExtensions: true,
  noEmit: true,
  skipLibCheck: true,
  typeRoots: [join(ROOT, 'node_modules/@types')],
};

/** A folder in which generated files see the published packages, as an application would. */
export class TypeProject {
  readonly folder: string;
  #runs = 0;

  /** Cost: compiles the packages. Errors: when they do not compile. */
  constructor(folder: string) {
    publishInto(folder);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    this.folder = folder;
  }

  write(name: string, text: string): void {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  /**
   * Checks the files in one thread: several checkers would each count what they share.
   *
   * Errors: when the compiler itself fails; what it finds wrong in the files is in `errors`.
   */
  check(files: readonly string[], options: { readonly traceInto?: string } = {}): CompilerRun {
    return this.#compile(files, {}, options.traceInto === undefined ? [] : ['--generateTrace', options.traceInto]);
  }

  /** Emits declarations only, into `outDir`. */
  declare(files: readonly string[], outDir: string): CompilerRun {
    return this.#compile(files, { noEmit: false, declaration: true, emitDeclarationOnly: true, outDir, rootDir: this.folder }, []);
  }

  #compile(files: readonly string[], changes: object, flags: readonly string[]): CompilerRun {
    const config = join(this.folder, `tsconfig.${++this.#runs}.json`);
    writeFileSync(config, JSON.stringify({ compilerOptions: { ...COMPILER_OPTIONS, ...changes }, files }));
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [TSC, '-p', config, '--singleThreaded', '--extendedDiagnostics', '--pretty', 'false', ...flags],
      {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      },
    );
    return readDiagnostics(stdout, stderr);
  }
}

/** Reads the output of `tsc --extendedDiagnostics`. Errors: when there are no figures in it. */
export function readDiagnostics(stdout: string, stderr = ''): CompilerRun {
  const figure = (name: string): number => {
    const found = new RegExp(`^${name}:\\s+([\\d.]+)`, 'm').exec(stdout)?.[1];
    if (found === undefined) throw new Error(`The compiler said nothing about ${name}:\n${stdout}${stderr}`);
    return Number(found);
  };
  return {
    instantiations: figure('Instantiations'),
    types: figure('Types'),
    checkMs: figure('Check time') * 1000,
    memoryKb: figure('Memory used'),
    errors: stdout.split('\n').filter((line) => /\berror TS\d+/.test(line)),
  };
}
