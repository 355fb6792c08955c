// Dependencies point one way: between packages, between the folders of a package, and between files at run time.
// The allowed orders are read from the line `Layers: lowest ← … ← highest` of the repository's and of each package's README.
import { readdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ModuleGraph, packageName, type Import } from './module-graph.ts';
import { publishedPackages, readLayers, shown, typescriptFiles, type Problem, type Workspace, type WorkspacePackage } from './workspace.ts';

/** Runs every rule of this file. Cost: parses each source, test and benchmark of the workspace once. */
export function checkLayers(workspace: Workspace): readonly Problem[] {
  const graph = new ModuleGraph(workspace);
  return [
    ...packageOrder(workspace),
    ...workspace.packages.flatMap((each) => [...importedPackages(workspace, graph, each), ...folderOrder(workspace, graph, each)]),
    ...runtimeCycles(workspace, graph),
  ];
}

/** A published package depends only on packages left of it in the root README's `Layers:` line; on private ones never. */
function packageOrder(workspace: Workspace): readonly Problem[] {
  const published = publishedPackages(workspace);
  const order = readLayers(workspace.root);
  if (order === undefined) return [{ where: 'README.md', message: 'There is no line "Layers: …" with the order of the packages. Add it.' }];
  const problems: Problem[] = [];
  const rank = new Map(order.map((name, index) => [`@djogi/${name}`, index]));
  for (const name of rank.keys()) {
    if (!published.some((each) => each.name === name))
      problems.push({ where: 'README.md', message: `The layer ${name} is no package. Remove it from the line.` });
  }
  for (const each of published) {
    const where = shown(workspace, join(each.folder, 'package.json'));
    const own = rank.get(each.name);
    if (own === undefined) {
      problems.push({ where, message: `${each.name} is missing in the "Layers:" line of README.md. Add it where it belongs.` });
      continue;
    }
    for (const name of runtimeDependencies(each)) {
      if (!workspace.packages.some((other) => other.name === name)) continue;
      const other = rank.get(name);
      if (other === undefined || other >= own) {
        problems.push({
          where,
          message: `${each.name} depends on ${name}, which is not left of it in the "Layers:" line of README.md. Turn the dependency round.`,
        });
      }
    }
  }
  return problems;
}

/** What a file imports is declared by its package; siblings are imported by name, from a public entry. */
function importedPackages(workspace: Workspace, graph: ModuleGraph, owner: WorkspacePackage): readonly Problem[] {
  const runtime = new Set([...runtimeDependencies(owner), owner.name]);
  const development = new Set([
    ...runtime,
    ...Object.keys(owner.manifest.devDependencies ?? {}),
    ...Object.keys(workspace.manifest.devDependencies ?? {}),
  ]);
  const problems: Problem[] = [];
  for (const part of ['src', 'test', 'bench']) {
    const declared = part === 'src' ? runtime : development;
    for (const file of typescriptFiles(owner.folder, part)) {
      for (const each of graph.importsOf(file)) {
        const where = `${shown(workspace, file)}:${each.line}`;
        if (each.target.kind === 'unresolved') {
          problems.push({ where, message: `'${each.specifier}' cannot be resolved: ${each.target.reason}.` });
        } else if (each.specifier.startsWith('.')) {
          if (each.target.kind === 'file' && leaves(workspace, owner, part, each.target.path)) {
            problems.push({
              where,
              message: `'${each.specifier}' leaves the package. Import the sibling by its name, from a public entry.`,
            });
          }
        } else if (each.target.kind !== 'builtin') {
          const name = packageName(each.specifier);
          // Types of a package without its own are declared by @types/<name>, which is then the dependency.
          const isDeclared =
            declared.has(name) || (each.typeOnly && development.has(name)) || (each.typeOnly && development.has(`@types/${name}`));
          if (!isDeclared)
            problems.push({ where, message: `'${name}' is not declared in the package.json of ${owner.name}. Declare it, or do without.` });
        }
      }
    }
  }
  return problems;
}

/** The files directly in the repository's folder are configuration that a test may share; a source may not. */
function leaves(workspace: Workspace, owner: WorkspacePackage, part: string, path: string): boolean {
  return relative(owner.folder, path).startsWith('..') && (part === 'src' || dirname(path) !== workspace.root);
}

/** Inside a package, an import goes to the same folder or to one left of it; the files directly in src/ are entries that no folder imports. */
function folderOrder(workspace: Workspace, graph: ModuleGraph, owner: WorkspacePackage): readonly Problem[] {
  const source = join(owner.folder, 'src');
  const files = typescriptFiles(owner.folder, 'src');
  const folders = [...new Set(files.map((file) => folderOf(source, file)).filter((name) => name !== undefined))];
  if (folders.length === 0) return [];
  const readme = shown(workspace, join(owner.folder, 'README.md'));
  const order = readLayers(owner.folder);
  if (order === undefined)
    return [{ where: readme, message: 'There is no line "Layers: …" with the order of the folders of src/. Add it.' }];
  const existing = new Set(readdirSync(source).filter((name) => statSync(join(source, name)).isDirectory()));
  const problems: Problem[] = [
    ...order
      .filter((name) => !existing.has(name))
      .map((name) => ({ where: readme, message: `The layer '${name}' has no folder in src/. Remove it from the line.` })),
    ...folders
      .filter((name) => !order.includes(name))
      .map((name) => ({ where: readme, message: `The folder src/${name} is missing in the "Layers:" line. Add it where it belongs.` })),
  ];
  for (const file of files) {
    const from = folderOf(source, file);
    if (from === undefined) continue;
    for (const each of graph.importsOf(file)) {
      if (each.target.kind !== 'file' || relative(source, each.target.path).startsWith('..')) continue;
      const to = folderOf(source, each.target.path);
      const where = `${shown(workspace, file)}:${each.line}`;
      if (to === undefined) {
        problems.push({ where, message: `'${each.specifier}' is an entry of the package. Import the file that has the thing.` });
      } else if (from !== to && order.includes(from) && order.includes(to) && order.indexOf(to) > order.indexOf(from)) {
        problems.push({
          where,
          message: `'${from}' imports '${to}', which is right of it in the "Layers:" line. Move the thing down, or pass it in.`,
        });
      }
    }
  }
  return problems;
}

/** Files that import each other at run time, each group reported once with one way round. */
function runtimeCycles(workspace: Workspace, graph: ModuleGraph): readonly Problem[] {
  const problems: Problem[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const onPath = new Set<string>();
  const visit = (file: string): void => {
    path.push(file);
    onPath.add(file);
    for (const each of graph.importsOf(file)) {
      if (!runs(each)) continue;
      const next = each.target.path;
      if (onPath.has(next)) {
        const round = [...path.slice(path.indexOf(next)), next].map((one) => shown(workspace, one));
        problems.push({
          where: `${shown(workspace, file)}:${each.line}`,
          message: `Files import each other: ${round.join(' → ')}. Break the cycle.`,
        });
      } else if (!done.has(next)) {
        visit(next);
      }
    }
    path.pop();
    onPath.delete(file);
    done.add(file);
  };
  for (const each of workspace.packages) {
    for (const file of typescriptFiles(each.folder, 'src')) if (!done.has(file)) visit(file);
  }
  return problems;
}

function runs(each: Import): each is Import & { readonly target: { readonly kind: 'file'; readonly path: string } } {
  return !each.typeOnly && each.target.kind === 'file' && each.target.path.endsWith('.ts');
}

function folderOf(source: string, file: string): string | undefined {
  const parts = relative(source, file).split(/[\\/]/);
  return parts.length > 1 ? parts[0] : undefined;
}

function runtimeDependencies(each: WorkspacePackage): readonly string[] {
  const { dependencies, peerDependencies, optionalDependencies } = each.manifest;
  return Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies });
}
