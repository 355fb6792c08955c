// Judges the browser bundle of fixtures/browser/models.ts: what went into it, how big it is, that it runs in a page, and that no source it
// is made of names a global that only Node has.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { bundleForBrowser, foreignModules, runAsPage } from './browser.ts';
import type { Problem, Workspace } from './workspace.ts';

/**
 * Minified bytes of a model file with everything of core and query that it reaches. A change that raises this is a deliberate line in the diff: a set carries all
 * that can be asked of one, so that writes of sets, set operations, walks, loading, visages and COPY count here whether they are used or not.
 */
export const SIZE_BOUND_BYTES = 320_000;

export interface BrowserCase {
  /** Absolute path of the module to bundle; its export `check()` returns the facts that do not hold in the page. */
  readonly entry: string;
  /** Folders whose code may be in the bundle. */
  readonly folders: readonly string[];
  readonly sizeBoundBytes: number;
}

/** The proof for this repository. The packages must have been built: the bundle is made from what is published. */
export async function checkBrowser(workspace: Workspace): Promise<{ readonly problems: readonly Problem[]; readonly summary: string }> {
  const fixtures = join(import.meta.dirname, '../fixtures/browser');
  const folders = [
    fixtures,
    ...[
      'packages/core/dist',
      'packages/query/dist',
      'packages/relations/dist',
      'node_modules/temporal-polyfill',
      'node_modules/temporal-utils',
    ].map((each) => join(workspace.root, each)),
  ];
  const proof = await proveBrowser({ entry: join(fixtures, 'models.ts'), folders, sizeBoundBytes: SIZE_BOUND_BYTES });
  return { problems: [...proof.problems, ...nodeGlobals(workspace.root, fixtures)], summary: proof.summary };
}

export async function proveBrowser({
  entry,
  folders,
  sizeBoundBytes,
}: BrowserCase): Promise<{ readonly problems: readonly Problem[]; readonly summary: string }> {
  const where = entry.split(/[\\/]/).slice(-3).join('/');
  const bundle = await bundleForBrowser(entry);
  const problems = [
    ...bundle.external.map(
      (each) => `The bundle needs '${each}', which a browser does not have. See which entry reaches it: check:layers names the way.`,
    ),
    ...foreignModules(bundle, folders).map(
      (path) => `The bundle contains ${path}. Only the pure entries and the Temporal polyfill belong there.`,
    ),
    ...(bundle.sizeBytes > sizeBoundBytes
      ? [`The bundle has ${bundle.sizeBytes} bytes; the bound is ${sizeBoundBytes}. Find what grew, or raise the bound and say why.`]
      : []),
  ];
  if (problems.length === 0) problems.push(...failedFacts(() => runAsPage(bundle)));
  const summary = `${bundle.sizeBytes} bytes minified, ${bundle.gzipBytes} compressed, ${bundle.modules.length} modules`;
  return { problems: problems.map((message) => ({ where, message })), summary };
}

function failedFacts(run: () => Readonly<Record<string, unknown>>): readonly string[] {
  try {
    const { check } = run();
    if (!isCheck(check)) return ['The bundle exports no check().'];
    return Array.from(check(), (fact) => `In the page it does not hold that ${String(fact)}.`);
  } catch (error) {
    return [`The bundle does not run in a page: ${String(error)}`];
  }
}

function isCheck(value: unknown): value is () => Iterable<unknown> {
  return typeof value === 'function';
}

/** Compiles the fixture with the web's types and without Node's: `Buffer` or `process` in a pure source does not compile. */
function nodeGlobals(root: string, fixtures: string): readonly Problem[] {
  try {
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', fixtures, '--pretty', 'false'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return [];
  } catch (error) {
    const output = String((error as { readonly stdout?: unknown }).stdout ?? error);
    return output
      .split('\n')
      .filter((line) => line.includes('error TS'))
      .map((line) => {
        const [where = '', message = line] = line.split(/: (?=error TS)/);
        return { where, message: `${message} (compiled with the types of the web only)` };
      });
  }
}
