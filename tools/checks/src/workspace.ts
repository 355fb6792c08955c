// The repository as the checks see it: its workspace packages, their manifests and their files. Reads only; judges nothing.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** The parts of a package.json that the checks read. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly license?: string;
  readonly type?: string;
  readonly sideEffects?: unknown;
  readonly engines?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly workspaces?: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

export interface WorkspacePackage {
  readonly name: string;
  /** Absolute folder of the package. */
  readonly folder: string;
  readonly manifest: Manifest;
}

export interface Workspace {
  /** Absolute folder of the repository. */
  readonly root: string;
  readonly manifest: Manifest;
  /** Sorted by name. */
  readonly packages: readonly WorkspacePackage[];
}

/** One thing a check found wrong: where (`path` or `path:line`, relative to the repository), what, and what to do next. */
export interface Problem {
  readonly where: string;
  readonly message: string;
}

/** Reads the workspace whose root package.json stands in `root`. */
export function readWorkspace(root: string): Workspace {
  const absolute = resolve(root);
  const manifest = readManifest(absolute);
  const folders = (manifest.workspaces ?? []).flatMap((pattern) => globSync(join(pattern, 'package.json'), { cwd: absolute }));
  const packages = folders.map((path) => {
    const folder = join(absolute, dirname(path));
    const own = readManifest(folder);
    return { name: own.name, folder, manifest: own };
  });
  return { root: absolute, manifest, packages: packages.toSorted((a, b) => a.name.localeCompare(b.name, 'en')) };
}

/** Packages that are published; the others (the example, the tools) are private. */
export function publishedPackages(workspace: Workspace): readonly WorkspacePackage[] {
  return workspace.packages.filter((each) => each.manifest.private !== true);
}

/** TypeScript files below `folder/<part>`, absolute, sorted; none when the part does not exist. */
export function typescriptFiles(folder: string, part: string): readonly string[] {
  const start = join(folder, part);
  if (!existsSync(start)) return [];
  return globSync('**/*.ts', { cwd: start, exclude: (name) => name === 'node_modules' || name === 'dist' })
    .map((path) => join(start, path))
    .toSorted();
}

/** `path` as it is written in a report: relative to the repository, with forward slashes. */
export function shown(workspace: Workspace, path: string): string {
  return relative(workspace.root, path).replaceAll('\\', '/');
}

/** The names after `Layers:` in the README of `folder`, lowest first; undefined when there is no such line. */
export function readLayers(folder: string): readonly string[] | undefined {
  const readme = join(folder, 'README.md');
  if (!existsSync(readme)) return undefined;
  const line = readFileSync(readme, 'utf8')
    .split('\n')
    .find((each) => /^\W*Layers\W*:/.test(each));
  if (line === undefined) return undefined;
  return line
    .slice(line.indexOf(':') + 1)
    .replaceAll(/[`*]/g, ' ')
    .split(/←|◀|<-/)
    .map((name) => name.trim().replace(/\.$/, ''))
    .filter((name) => name !== '');
}

function readManifest(folder: string): Manifest {
  // The shape is the package manager's to enforce; the checks look at single keys and report what is missing.
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}
