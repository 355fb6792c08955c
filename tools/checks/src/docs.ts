// Every TypeScript snippet of the guides and READMEs compiles, and those that say so run. A fence is a module of its own:
//   ```ts               compiled
//   ```ts run           compiled and run, against an empty database of its own whose URL is in DATABASE_URL
//   ```ts file=blog.ts  the file that later snippets of the same page import as './blog.ts'
//   ```ts run file=test/blog.test.ts  run by Vitest instead of Node
//   ```ts continues     appended to the snippet before it
import { execFile } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { shown, type Problem, type Workspace } from './workspace.ts';

const execute = promisify(execFile);

export interface Snippet {
  /** Page it stands in, relative to the repository. */
  readonly page: string;
  /** Line of the page that holds the first line of the code. */
  readonly line: number;
  readonly code: string;
  /** Name of the file it is written to, unique within the page. */
  readonly file: string;
  readonly run: boolean;
}

/** An empty database for one snippet; `close` drops it. */
export interface SnippetDatabase {
  readonly url: string;
  close(): Promise<void>;
}

/** The pages whose snippets are held to compile: the repository's README, the guides and the packages' READMEs. */
export function documentPages(workspace: Workspace): readonly string[] {
  return ['README.md', 'docs/**/*.md', 'packages/*/README.md', 'apps/*/README.md']
    .flatMap((pattern) => globSync(pattern, { cwd: workspace.root }))
    .toSorted();
}

/** The snippets of one page, in order; mistakes in a fence's words are problems. */
export function extractSnippets(
  page: string,
  text: string,
): { readonly snippets: readonly Snippet[]; readonly problems: readonly Problem[] } {
  const snippets: Snippet[] = [];
  const problems: Problem[] = [];
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const fence = /^(\s*)(```+)\s*(?:ts|typescript)\b(.*)$/.exec(lines[index] ?? '');
    if (!fence) continue;
    const [, indent = '', ticks = '', words = ''] = fence;
    const start = index + 1;
    index = start;
    while (index < lines.length && (lines[index] ?? '').trim() !== ticks) index += 1;
    const code = lines
      .slice(start, index)
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
      .join('\n');
    const options = words
      .trim()
      .split(/\s+/)
      .filter((word) => word !== '');
    const named = options.find((word) => word.startsWith('file='))?.slice('file='.length);
    const unknown = options.filter((word) => word !== 'run' && word !== 'continues' && !word.startsWith('file='));
    if (unknown.length > 0)
      problems.push({ where: `${page}:${start}`, message: `The fence says "${unknown.join(' ')}". Use run, continues or file=<name>.ts.` });
    const run = options.includes('run');
    const last = snippets.at(-1);
    if (!options.includes('continues')) {
      snippets.push({ page, line: start + 1, code, file: named ?? `snippet-${start}.ts`, run });
    } else if (last === undefined) {
      problems.push({ where: `${page}:${start}`, message: 'The fence continues, and there is no snippet before it.' });
    } else {
      // Blank lines stand for the prose between the two, so that a line of the file is still a line of the page.
      const gap = start - (last.line - 1) - last.code.split('\n').length;
      snippets[snippets.length - 1] = { ...last, code: `${last.code}${'\n'.repeat(gap + 1)}${code}`, run: last.run || run };
    }
  }
  return { snippets, problems };
}

/** Writes the snippets of all pages below `folder`, one folder a page, ready for the compiler. */
export function writeSnippets(folder: string, snippets: readonly Snippet[]): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const root = relative(folder, join(import.meta.dirname, '../../..')).replaceAll('\\', '/');
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: `${root}/tsconfig.base.json`, compilerOptions: { moduleDetection: 'force' }, include: ['**/*.ts'] }),
  );
  for (const each of snippets) {
    const path = snippetPath(folder, each);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, `${each.code}\n`);
  }
}

/** Compiles what `writeSnippets` wrote; a compiler error is reported at its line of the page. */
export async function compileSnippets(folder: string, snippets: readonly Snippet[]): Promise<readonly Problem[]> {
  if (snippets.length === 0) return [];
  const compiler = join(import.meta.dirname, '../../../node_modules/typescript/bin/tsc');
  const output = await execute(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], { cwd: folder }).then(
    () => '',
    (error: unknown) => String((error as { readonly stdout?: unknown }).stdout ?? error),
  );
  return output.split('\n').flatMap((line) => {
    const diagnostic = /^(.+?)\((\d+),\d+\): error (TS\d+: .*)$/.exec(line);
    if (!diagnostic) return line.startsWith('error TS') ? [{ where: 'docs', message: line }] : [];
    const [, file = '', row = '1', message = ''] = diagnostic;
    const snippet = snippets.find((each) => relative(folder, snippetPath(folder, each)) === file.replaceAll('/', join('/')));
    return snippet === undefined ? [{ where: file, message }] : [{ where: `${snippet.page}:${snippet.line + Number(row) - 1}`, message }];
  });
}

/** Runs the snippets marked `run`, one after the other, each with a database of its own. */
export async function runSnippets(
  folder: string,
  snippets: readonly Snippet[],
  database: () => Promise<SnippetDatabase>,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const each of snippets.filter((snippet) => snippet.run)) {
    const opened = await database();
    try {
      await execute(process.execPath, commandOf(folder, each), {
        cwd: folder,
        env: { ...process.env, DATABASE_URL: opened.url, NODE_OPTIONS: '' },
        timeout: 60_000,
      });
    } catch (error) {
      const stderr = stripVTControlCharacters(String((error as { readonly stderr?: unknown }).stderr ?? error));
      const line = stderr.split('\n').find((text) => /^\w*Error\b/.test(text.trim())) ?? stderr.trim().split('\n').at(-1) ?? '';
      problems.push({ where: `${each.page}:${each.line}`, message: `The snippet does not run: ${line.trim()}` });
    } finally {
      await opened.close();
    }
  }
  return problems;
}

/** Vitest finds tests where the packages have them, in a folder `test`. */
function commandOf(folder: string, snippet: Snippet): readonly string[] {
  const path = snippetPath(folder, snippet);
  if (!snippet.file.endsWith('.test.ts')) return ['--conditions=@djogi/source', path];
  const root = join(import.meta.dirname, '../../..');
  const page = path.slice(0, -snippet.file.length);
  return [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', join(root, 'vitest.shared.ts'), '--root', page, path];
}

/** Extracts, compiles and runs. `database` is asked only when a snippet runs. */
export async function checkDocs(
  workspace: Workspace,
  folder: string,
  database: () => Promise<SnippetDatabase>,
): Promise<{ readonly problems: readonly Problem[]; readonly compiled: number; readonly ran: number }> {
  const pages = documentPages(workspace).map((page) => extractSnippets(page, readFileSync(join(workspace.root, page), 'utf8')));
  const snippets = pages.flatMap((each) => each.snippets);
  writeSnippets(folder, snippets);
  const mistakes = [...pages.flatMap((each) => each.problems), ...brokenLinks(workspace), ...(await compileSnippets(folder, snippets))];
  // What does not compile would only fail a second time.
  const failures = mistakes.length > 0 ? [] : await runSnippets(folder, snippets, database);
  return { problems: [...mistakes, ...failures], compiled: snippets.length, ran: snippets.filter((each) => each.run).length };
}

/** Relative links of the pages that lead to no file. */
export function brokenLinks(workspace: Workspace): readonly Problem[] {
  return documentPages(workspace).flatMap((page) =>
    readFileSync(join(workspace.root, page), 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        [...line.replaceAll(/`[^`]*`/g, '').matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].flatMap(([, target = '']) => {
          if (/^[a-z]+:/i.test(target)) return [];
          const path = join(workspace.root, page, '..', target);
          return existsSync(path)
            ? []
            : [{ where: `${page}:${index + 1}`, message: `The link leads to ${shown(workspace, path)}, which does not exist.` }];
        }),
      ),
  );
}

function snippetPath(folder: string, snippet: Snippet): string {
  return join(folder, snippet.page.replaceAll(/[^\w-]+/g, '-'), snippet.file);
}
