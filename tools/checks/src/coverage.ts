// docs/coverage.md says which test proves which requirement. This holds the page to its word: every name is the name of a test, and no
// requirement of a range that a heading claims is left out.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasTest, readTestNames, type TestNames } from './test-names.ts';
import type { Problem, Workspace } from './workspace.ts';

const PAGE = 'docs/coverage.md';

export interface Coverage {
  readonly problems: readonly Problem[];
  /** Rows by what their proof is. */
  readonly counts: Readonly<Record<'tested' | 'superseded' | 'later' | 'unused', number>>;
}

/** Checks the page of the workspace against the tests of the workspace. */
export function checkCoverage(workspace: Workspace): Coverage {
  const path = join(workspace.root, PAGE);
  if (!existsSync(path)) {
    return {
      problems: [{ where: PAGE, message: 'The page is missing. Write it: a row for each requirement, with the names of its tests.' }],
      counts: { tested: 0, superseded: 0, later: 0, unused: 0 },
    };
  }
  const isFile = (name: string): boolean => existsSync(join(workspace.root, name));
  return judgeCoverage(readFileSync(path, 'utf8'), readTestNames(workspace), isFile);
}

/**
 * Judges the text of the page.
 *
 * Shape: tables whose first cell is a requirement (`M-12`, a range `M-12…M-15`, several with commas, or the words of a bad input) and whose last cell is its proof:
 * names of tests in backticks (or the path of a `.test-d.ts`, for types, which only the compiler tests), `superseded by decision 9`, `later: why`, or `not used`.
 * A heading that ends in ranges (`## Models: M-1…M-138`) claims all of them, for the rows until the next heading of its level: areas number their
 * requirements each for itself, so that `T-1` of queries is not that of transactions. Where a heading claims, a row names tests and not their files, and no
 * requirement has two rows.
 */
export function judgeCoverage(page: string, names: TestNames, isFile: (path: string) => boolean): Coverage {
  const problems: Problem[] = [];
  const counts = { tested: 0, superseded: 0, later: 0, unused: 0 };
  let claimed = new Map<string, number>();
  let listed = new Map<string, number>();
  const closeArea = (): void => {
    for (const [id, line] of claimed) {
      if (!listed.has(id))
        problems.push({ where: `${PAGE}:${line}`, message: `${id} is claimed by the heading and has no row. Add the row.` });
    }
    claimed = new Map();
    listed = new Map();
  };
  page.split('\n').forEach((text, index) => {
    const where = `${PAGE}:${index + 1}`;
    if (text.startsWith('## ')) closeArea();
    if (text.startsWith('#')) for (const id of idsIn(text)) claimed.set(id, index + 1);
    const row = tableRow(text);
    if (row === undefined) return;
    for (const id of idsIn(row.subject)) {
      const first = listed.get(id);
      if (first !== undefined && claimed.has(id))
        problems.push({ where, message: `${id} is listed twice, first in line ${first}. Keep one row.` });
      listed.set(id, index + 1);
    }
    const mayBeFile = (path: string): boolean => (path.endsWith('.test-d.ts') || claimed.size === 0) && isFile(path);
    const judged = judgeProof(row.proof, names, mayBeFile);
    if (typeof judged === 'string') counts[judged] += 1;
    else problems.push(...judged.map((message) => ({ where, message: `${row.subject}: ${message}` })));
  });
  closeArea();
  return { problems, counts };
}

function judgeProof(proof: string, names: TestNames, isFile: (path: string) => boolean): keyof Coverage['counts'] | readonly string[] {
  if (/^superseded by decision M?\d+/i.test(proof)) return 'superseded';
  if (/^later: \S+/i.test(proof)) return 'later';
  if (/^not used\.?$/i.test(proof)) return 'unused';
  const quoted = [...proof.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
  if (quoted.length === 0)
    return ['there is no proof. Name a test in backticks, or write "superseded by decision n", "later: why" or "not used".'];
  const unknown = quoted.filter((name) => !hasTest(names, name) && !isFile(name));
  return unknown.length === 0 ? 'tested' : unknown.map((name) => `no test is called "${name}". Correct the name, or write the test.`);
}

function tableRow(text: string): { readonly subject: string; readonly proof: string } | undefined {
  if (!text.trimStart().startsWith('|')) return undefined;
  // A pipe inside a name is written \| in a table.
  const cells = text
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
  const [subject = ''] = cells;
  const proof = cells.at(-1) ?? '';
  const isFrame = cells.every((cell) => /^:?-+:?$/.test(cell)) || /^proof$/i.test(proof);
  return isFrame ? undefined : { subject, proof };
}

/** Requirement ids in a text, ranges written out: `M-3…M-5` is M-3, M-4, M-5. A page prefix (`50/Q-5`) is part of the id. */
export function idsIn(text: string): readonly string[] {
  const ids: string[] = [];
  for (const match of text.matchAll(/((?:\d\d\/)?[A-Z]{1,5})-(\d+)(?:\s*(?:…|\.\.|–|to)\s*(?:\1-)?(\d+))?/g)) {
    const first = Number(match[2]);
    const last = match[3] === undefined ? first : Number(match[3]);
    for (let number = first; number <= last; number += 1) ids.push(`${match[1]}-${number}`);
  }
  return ids;
}
