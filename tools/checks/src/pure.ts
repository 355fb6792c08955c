// The pure entries reach no driver and no `node:` module (decision 30), so that models, expressions and queries run in a browser.
import { ModuleGraph, packageName, resolveImport, type Import } from './module-graph.ts';
import { shown, type Problem, type Workspace } from './workspace.ts';

/** Entries that promise to be pure. */
export const PURE_ENTRIES = ['@djogi/core', '@djogi/core/extension', '@djogi/query', '@djogi/relations'] as const;

/** The third-party packages a pure entry may reach: they are pure themselves. */
const PURE_PACKAGES: ReadonlySet<string> = new Set(['temporal-polyfill', 'temporal-spec', '@standard-schema/spec']);

/**
 * Walks every import, types included, from the pure entries that the workspace has. Types count because a declaration
 * file that names a driver's types asks every user to install them.
 */
export function checkPureEntries(workspace: Workspace): readonly Problem[] {
  const graph = new ModuleGraph(workspace);
  return PURE_ENTRIES.flatMap((entry) => {
    if (!workspace.packages.some((each) => each.name === packageName(entry))) return [];
    const start = resolveImport(workspace, workspace.root, entry);
    if (start.kind === 'file') return impureImports(workspace, graph, entry, start.path);
    return [{ where: entry, message: `The pure entry cannot be walked: ${start.kind === 'unresolved' ? start.reason : start.kind}.` }];
  });
}

function impureImports(workspace: Workspace, graph: ModuleGraph, entry: string, start: string): readonly Problem[] {
  const problems: Problem[] = [];
  const cameFrom = new Map<string, Import | undefined>([[start, undefined]]);
  for (const file of cameFrom.keys()) {
    for (const each of graph.importsOf(file)) {
      const { target } = each;
      if (target.kind === 'file') {
        if (!cameFrom.has(target.path)) cameFrom.set(target.path, each);
      } else if (target.kind === 'builtin' || (target.kind === 'external' && !PURE_PACKAGES.has(target.package))) {
        const way = wayTo(workspace, cameFrom, file);
        problems.push({
          where: `${shown(workspace, file)}:${each.line}`,
          message: `'${each.specifier}' is reached from the pure entry ${entry} (${way}). Import it behind an entry that is not pure.`,
        });
      }
    }
  }
  return problems;
}

function wayTo(workspace: Workspace, cameFrom: ReadonlyMap<string, Import | undefined>, file: string): string {
  const way: string[] = [];
  for (let at: string | undefined = file; at !== undefined; at = cameFrom.get(at)?.from) way.unshift(shown(workspace, at));
  return way.join(' → ');
}
