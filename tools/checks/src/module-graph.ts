// The imports between the TypeScript sources of the workspace, read with a parser and resolved as Node resolves them under the
// `@djogi/source` condition. Knows nothing of what is allowed.
import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';
import type { Workspace } from './workspace.ts';

/** What an import specifier leads to. */
export type Target =
  | { readonly kind: 'file'; readonly path: string; /** Set when it was reached by a package name. */ readonly package?: string }
  | { readonly kind: 'builtin'; readonly name: string }
  | { readonly kind: 'external'; readonly package: string }
  | { readonly kind: 'unresolved'; readonly reason: string };

export interface Import {
  readonly from: string;
  readonly line: number;
  readonly specifier: string;
  /** True when nothing of it is left at run time. */
  readonly typeOnly: boolean;
  readonly target: Target;
}

/** Imports of each file, computed at most once; a graph is thrown away with the check that made it. */
export class ModuleGraph {
  readonly #workspace: Workspace;
  readonly #imports = new Map<string, readonly Import[]>();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** All imports, re-exports, dynamic imports and `import('…')` types of the file at the absolute `path`. */
  importsOf(path: string): readonly Import[] {
    let imports = this.#imports.get(path);
    if (imports === undefined) {
      imports = readImports(path).map((each) => ({ ...each, from: path, target: resolveImport(this.#workspace, path, each.specifier) }));
      this.#imports.set(path, imports);
    }
    return imports;
  }
}

/** The package part of a bare specifier: `@djogi/core` of `@djogi/core/pool`. */
export function packageName(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

/** Resolves `specifier` as seen from the file `from`. */
export function resolveImport(workspace: Workspace, from: string, specifier: string): Target {
  if (specifier.startsWith('.')) {
    const path = join(dirname(from), specifier);
    return existsSync(path) ? { kind: 'file', path } : { kind: 'unresolved', reason: 'there is no such file' };
  }
  if (isBuiltin(specifier)) return { kind: 'builtin', name: specifier };
  const name = packageName(specifier);
  const sibling = workspace.packages.find((each) => each.name === name);
  if (sibling === undefined) return { kind: 'external', package: name };
  const entry = sibling.manifest.exports?.[`.${specifier.slice(name.length)}`];
  const source = entry?.['@djogi/source'];
  if (source === undefined) return { kind: 'unresolved', reason: `${name} does not export it` };
  const path = join(sibling.folder, source);
  return existsSync(path)
    ? { kind: 'file', path, package: name }
    : { kind: 'unresolved', reason: `${name} exports ${source}, which does not exist` };
}

interface Found {
  readonly line: number;
  readonly specifier: string;
  readonly typeOnly: boolean;
}

function readImports(path: string): readonly Found[] {
  const text = readFileSync(path, 'utf8');
  const parsed = parseSync(path, text);
  const [failure] = parsed.errors;
  if (failure !== undefined) throw new SyntaxError(`${path} does not parse: ${failure.message}`);
  const found: Found[] = [];
  const add = (offset: number, specifier: string, typeOnly: boolean): void => {
    found.push({ line: lineAt(text, offset), specifier, typeOnly });
  };
  // `import { type X } from` counts as running: verbatimModuleSyntax keeps the import of the module.
  new Visitor({
    ImportDeclaration(node) {
      add(node.start, node.source.value, node.importKind === 'type');
    },
    ExportNamedDeclaration(node) {
      if (node.source !== null) add(node.start, node.source.value, node.exportKind === 'type');
    },
    ExportAllDeclaration(node) {
      add(node.start, node.source.value, node.exportKind === 'type');
    },
    ImportExpression(node) {
      const specifier = node.source.type === 'Literal' ? node.source.value : undefined;
      if (typeof specifier === 'string') add(node.start, specifier, false);
    },
    TSImportType(node) {
      add(node.start, node.source.value, true);
    },
  }).visit(parsed.program);
  return found.toSorted((a, b) => a.line - b.line);
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}
