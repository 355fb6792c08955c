import { expect, test } from 'vitest';
import { checkCoverage, idsIn, judgeCoverage } from '../src/coverage.ts';
import { hasTest, testTitles } from '../src/test-names.ts';
import { lines, madeWorkspace } from './made-workspace.ts';

function page(rows: readonly string[], heading = ''): string {
  return ['# Coverage', `## Models ${heading}`, '| requirement | proof |', '|---|---|', ...rows].join('\n');
}

const names = { exact: new Set(['returns null when absent']), patterns: [/^refuses .+$/] };
const judge = (rows: readonly string[], heading = ''): readonly string[] =>
  lines(judgeCoverage(page(rows, heading), names, (path) => path === 'a.test-d.ts').problems);

test('accepts tests, patterns, files, superseded, later and unused rows, and counts them', () => {
  const rows = [
    '| M-1 | `returns null when absent` |',
    '| M-2 | `refuses 3.5`, `a.test-d.ts` |',
    '| M-3 | superseded by decision 9 |',
    '| M-4 | later: with relations |',
    '| M-5 | not used |',
  ];
  const { problems, counts } = judgeCoverage(page(rows, 'M-1…M-5'), names, (path) => path === 'a.test-d.ts');
  expect(problems).toEqual([]);
  expect(counts).toEqual({ tested: 2, superseded: 1, later: 1, unused: 1 });
});

test('reports a name that no test has', () => {
  expect(judge(['| M-1 | `returns null when gone` |'])).toEqual([
    'docs/coverage.md:5 M-1: no test is called "returns null when gone". Correct the name, or write the test.',
  ]);
});

test('reports a row without a proof', () => {
  expect(judge(['| M-1 | yes |'])).toEqual([expect.stringContaining('M-1: there is no proof')]);
});

test('reports a requirement of the heading without a row', () => {
  expect(judge(['| M-1, M-3 | `refuses x` |'], 'M-1…M-3')).toEqual([
    expect.stringContaining('M-2 is claimed by the heading and has no row'),
  ]);
});

test('reports a requirement with two rows', () => {
  expect(judge(['| M-1 | `refuses x` |', '| M-1 | `refuses y` |'], 'M-1')).toEqual([
    expect.stringContaining('M-1 is listed twice, first in line 5'),
  ]);
});

test('reports a workspace without the page', () => {
  expect(lines(checkCoverage(madeWorkspace()).problems)).toEqual([expect.stringContaining('The page is missing')]);
});

test('reads the tests of a workspace', () => {
  const workspace = madeWorkspace({
    'docs/coverage.md': page(['| M-1 | `adds` |', '| M-2 | `subtracts` |']),
    'packages/core/test/a.test.ts': "test('adds', () => {});\n",
  });
  expect(lines(checkCoverage(workspace).problems)).toEqual([expect.stringContaining('no test is called "subtracts"')]);
});

test('writes ranges of requirements out', () => {
  expect(idsIn('M-3…M-5, GEN-7 and 50/Q-1..2')).toEqual(['M-3', 'M-4', 'M-5', 'GEN-7', '50/Q-1', '50/Q-2']);
});

test('knows titles that are written out, made from cases, and made in a loop', () => {
  const titles = testTitles(
    'a.test.ts',
    "test('a', f); it.concurrent('b', f); test.for([1])('c %s', f); test(`d ${x} e`, f); describe('no', f); expect.soft('no');",
  );
  const found = {
    exact: new Set(titles.filter((each) => typeof each === 'string')),
    patterns: titles.filter((each) => typeof each !== 'string'),
  };
  expect(['a', 'b', 'c 1', 'd 2 e', 'no', 'c ', 'd 2'].map((name) => hasTest(found, name))).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
