// Proof that models run in a browser: bundles a file of models from the built packages as an application would, and runs the bundle in a
// context that has JavaScript and the web's globals, and nothing of Node.
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

export interface BrowserBundle {
  readonly code: string;
  /** Files that left code in the bundle, absolute. */
  readonly modules: readonly string[];
  /** Specifiers that the bundler could not put into the bundle: a browser would have to load them, and cannot. */
  readonly external: readonly string[];
  readonly sizeBytes: number;
  readonly gzipBytes: number;
}

/** What a page has beside the language. Taken from Node, where they are the same interfaces. */
const WEB_GLOBALS = {
  AbortController,
  AbortSignal,
  TextDecoder,
  TextEncoder,
  URL,
  atob,
  btoa,
  crypto,
  performance,
  queueMicrotask,
  structuredClone,
};

/** Bundles the module at `entry` for browsers, minified, into one script that leaves its exports in the global `bundle`. */
export async function bundleForBrowser(entry: string): Promise<BrowserBundle> {
  const build = await rolldown({
    input: entry,
    platform: 'browser',
    resolve: { conditionNames: ['browser', 'import', 'default'] },
    logLevel: 'silent',
  });
  try {
    const { output } = await build.generate({ format: 'iife', name: 'bundle', minify: true, codeSplitting: false });
    const chunks = output.filter((each) => each.type === 'chunk');
    const code = chunks.map((each) => each.code).join('\n');
    return {
      code,
      modules: chunks
        .flatMap((each) => Object.entries(each.modules).flatMap(([path, module]) => (module.renderedLength > 0 ? [path] : [])))
        .toSorted(),
      external: [...new Set(chunks.flatMap((each) => [...each.imports, ...each.dynamicImports]))].toSorted(),
      sizeBytes: Buffer.byteLength(code),
      gzipBytes: gzipSync(code).byteLength,
    };
  } finally {
    await build.close();
  }
}

/** Runs the bundle where `process`, `Buffer`, `require` and `global` do not exist, and returns what it exports. */
export function runAsPage(bundle: BrowserBundle): Readonly<Record<string, unknown>> {
  const page = createContext({ ...WEB_GLOBALS });
  runInContext(bundle.code, page, { filename: 'bundle.js', timeout: 5000 });
  return runInContext('bundle', page) as Readonly<Record<string, unknown>>;
}

/** Modules of a bundle that come from none of `folders`. */
export function foreignModules(bundle: BrowserBundle, folders: readonly string[]): readonly string[] {
  return bundle.modules.filter((path) => !path.startsWith('\0') && !folders.some((folder) => path.startsWith(join(folder, '/'))));
}
