import { expect, test } from 'vitest';
import { checkCoverage, idsIn, judgeCoverage } from '../src/coverage.ts';
import { hasTest, testNames } from '../src/test-names.ts';
import { lines, madeWorkspace } from './made-workspace.ts';

function page(rows: readonly string[], heading = ''): string {
  return ['# Coverage', `## Models ${heading}`, '| requirement | proof |', '|---|---|', ...rows].join('\n');
}

const names = testNames('a.test.ts', "test('returns null when absent', f); test.each(['x', 'y', 3.5])('refuses %s', f);");
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

test('reports a file of tests in the place of a name, where the heading claims its requirements', () => {
  expect(judgeCoverage(page(['| M-1 | `a.test.ts` |']), names, () => true).problems).toEqual([]);
  const found = judgeCoverage(page(['| M-1 | `a.test.ts` |'], 'M-1'), names, () => true).problems;
  expect(lines(found)).toEqual([expect.stringContaining('no test is called "a.test.ts"')]);
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

test('keeps requirements of one name in two areas apart', () => {
  const two = [
    page(['| M-1 | `refuses x` |'], 'M-1'),
    page(['| M-1 | `refuses y` |'], 'M-1'),
    page(['### Bad input', '| words | `refuses x` |'], 'M-1'),
  ].join('\n');
  expect(lines(judgeCoverage(two, names, () => false).problems)).toEqual([
    'docs/coverage.md:12 M-1 is claimed by the heading and has no row. Add the row.',
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

test('knows names that are written out, and those of test functions with a name of their own', () => {
  const found = testNames(
    'a.test.ts',
    "const seeded = djogiTest({}); const asAda = seeded.extend({}); test('a', f); it.concurrent('b', f); seeded('c', f); asAda('d', f); expect.soft('no');",
  );
  expect(['a', 'b', 'c', 'd', 'no'].map((name) => hasTest(found, name))).toEqual([true, true, true, true, false]);
});

test('knows names with the suites around them, and not with others', () => {
  const found = testNames(
    'a.test.ts',
    "describe('a pool', () => { describe('at start', () => { test('opens', f); }); test('closes', f); }); describe('a set', () => { test('stays', f); });",
  );
  expect(
    ['opens', 'at start > opens', 'a pool > at start > opens', 'a pool > closes', 'a pool > opens', 'a set > closes', 'a pool'].map(
      (name) => hasTest(found, name),
    ),
  ).toEqual([true, true, true, true, false, false, false]);
});

test('knows a name made of cases as the source spells it, and filled with words of its file', () => {
  const found = testNames(
    'a.test.ts',
    "describe('a size', () => { test.for([['zero', 0], ['half', 0.5]])('of %s is refused', f); test.for(['x y'])('%j', f); }); for (const unit of [kb]) test(`in ${unit}`, f); describe('a lock is refused', () => { for (const what of ['with groups']) test(what, f); });",
  );
  expect(['of %s is refused', 'of zero is refused', 'of two is refused', 'of  is refused'].map((name) => hasTest(found, name))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(['%j', 'a size > %j', '"x y"', 'a size > x y', 'a size > "x z"'].map((name) => hasTest(found, name))).toEqual([
    false,
    true,
    true,
    true,
    false,
  ]);
  expect(
    ['with groups', 'a lock is refused > with groups', 'a lock is refused > with joins', '${what}'].map((name) => hasTest(found, name)),
  ).toEqual([true, true, false, false]);
  expect(['in ${unit}', 'in kb', 'in mb'].map((name) => hasTest(found, name))).toEqual([true, true, false]);
});
