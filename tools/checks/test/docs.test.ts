import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { brokenLinks, compileSnippets, extractSnippets, runSnippets, writeSnippets } from '../src/docs.ts';
import { lines, madeWorkspace } from './made-workspace.ts';

const fence = (words: string, ...code: readonly string[]): string => ['```' + words, ...code, '```'].join('\n');
const noDatabase = (): Promise<never> => Promise.reject(new Error('No database was expected.'));

/** Snippets are written inside the repository, where the compiler finds the packages. */
function snippetFolder(): string {
  const folder = mkdtempSync(join(import.meta.dirname, '../.snippets-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('extracting', () => {
  test('takes the TypeScript fences with their lines, and no others', () => {
    const { snippets } = extractSnippets(
      'a.md',
      ['intro', fence('ts', 'const a = 1;'), fence('sh', 'ls'), fence('ts run', 'run();')].join('\n'),
    );
    expect(snippets.map(({ line, code, run }) => ({ line, code, run }))).toEqual([
      { line: 3, code: 'const a = 1;', run: false },
      { line: 9, code: 'run();', run: true },
    ]);
  });

  test('appends a continuation so that its lines stay those of the page', () => {
    const { snippets } = extractSnippets('a.md', [fence('ts', 'const a = 1;'), 'prose', 'prose', fence('ts continues', 'a;')].join('\n'));
    expect(snippets).toHaveLength(1);
    expect(snippets[0]?.code.split('\n').indexOf('a;')).toBe(5);
  });

  test('takes the indentation of a fence in a list away', () => {
    expect(extractSnippets('a.md', '- item\n  ```ts\n  a;\n  ```').snippets[0]?.code).toBe('a;');
  });

  test('reports a word that a fence does not know, and a continuation of nothing', () => {
    const { problems } = extractSnippets('a.md', fence('ts continues'));
    expect(lines(problems)).toEqual([expect.stringContaining('there is no snippet before it')]);
    expect(lines(extractSnippets('a.md', fence('ts ignore', '')).problems)).toEqual([expect.stringContaining('The fence says "ignore"')]);
  });
});

describe('compiling', () => {
  test('reports an error at its line of the page', async () => {
    const folder = snippetFolder();
    const { snippets } = extractSnippets(
      'docs/a.md',
      ['intro', fence('ts', 'const a = 1;', "const b: number = 'x';", 'export { a, b };')].join('\n'),
    );
    writeSnippets(folder, snippets);
    expect(lines(await compileSnippets(folder, snippets))).toEqual([expect.stringMatching(/^docs\/a\.md:4 TS2322/)]);
  });

  test('lets a snippet import a file that the page names', async () => {
    const folder = snippetFolder();
    const { snippets } = extractSnippets(
      'docs/a.md',
      [fence('ts file=blog.ts', 'export const a: number = 1;'), fence('ts', "import { a } from './blog.ts';", 'a satisfies number;')].join(
        '\n',
      ),
    );
    writeSnippets(folder, snippets);
    expect(await compileSnippets(folder, snippets)).toEqual([]);
  });
});

describe('running', () => {
  test('gives each snippet the database that it closes afterwards, and reports one that throws', async () => {
    const folder = snippetFolder();
    const { snippets } = extractSnippets(
      'docs/a.md',
      [
        fence('ts run', "if (process.env['DATABASE_URL'] !== 'db-1') throw new Error('which?');"),
        fence('ts run', "throw new RangeError('too far');"),
      ].join('\n'),
    );
    writeSnippets(folder, snippets);
    let opened = 0;
    let closed = 0;
    const problems = await runSnippets(folder, snippets, async () => {
      opened += 1;
      return { url: `db-${opened}`, close: async () => void (closed += 1) };
    });
    expect(lines(problems)).toEqual(['docs/a.md:5 The snippet does not run: RangeError: too far']);
    expect([opened, closed]).toEqual([2, 2]);
  });

  test('hands a test file to Vitest, and reports a test that fails', async () => {
    const folder = snippetFolder();
    const { snippets } = extractSnippets(
      'docs/a.md',
      [
        fence('ts run file=test/good.test.ts', "import { expect, test } from 'vitest';", "test('adds', () => expect(1 + 1).toBe(2));"),
        fence('ts run file=test/bad.test.ts', "import { expect, test } from 'vitest';", "test('adds', () => expect(1 + 1).toBe(3));"),
      ].join('\n'),
    );
    writeSnippets(folder, snippets);
    const problems = await runSnippets(folder, snippets, async () => ({ url: 'none', close: async () => {} }));
    expect(lines(problems)).toEqual([expect.stringMatching(/^docs\/a\.md:6 The snippet does not run: AssertionError: expected 2 to be 3/)]);
  });

  test('runs nothing that is not marked', async () => {
    const folder = snippetFolder();
    const { snippets } = extractSnippets('docs/a.md', fence('ts', "throw new Error('never');"));
    expect(await runSnippets(folder, snippets, noDatabase)).toEqual([]);
  });
});

test('reports a relative link that leads nowhere', () => {
  const workspace = madeWorkspace({
    'docs/a.md': 'See [core](../packages/core/README.md), [the web](https://example.org/x) and [gone](gone.md).\n',
  });
  expect(lines(brokenLinks(workspace))).toEqual([expect.stringMatching(/^docs\/a\.md:1 The link leads to docs\/gone\.md/)]);
});
