import { expect, test } from 'vitest';
import { addUp, readTaskRuns, type TaskRun } from '../src/outcome.ts';

const run = (project: string, target: string, succeeded = true, cached = false): TaskRun => ({ project, target, succeeded, cached });

function report(numbers: {
  readonly passed?: number;
  readonly failed?: number;
  readonly skipped?: number;
  readonly unloaded?: number;
}): string {
  return JSON.stringify({
    numPassedTests: numbers.passed ?? 0,
    numFailedTests: numbers.failed ?? 0,
    numPendingTests: numbers.skipped ?? 0,
    numTodoTests: 0,
    testResults: Array.from({ length: numbers.unloaded ?? 0 }, () => ({ status: 'failed', assertionResults: [] })),
  });
}

test('adds up the tests of all packages, cached ones included', () => {
  const reports: Readonly<Record<string, string>> = { a: report({ passed: 3 }), b: report({ passed: 4 }) };
  const { passed, failed, lines } = addUp(
    [run('a', 'test', true, true), run('b', 'test'), run('a', 'lint')],
    (project) => reports[project],
  );
  expect({ passed, failed }).toEqual({ passed: 7, failed: 0 });
  expect(lines).toEqual(['a test: 3 passed, 0 failed (from the cache)', 'b test: 4 passed, 0 failed']);
});

test('counts failed tests once, not again as a failed task', () => {
  expect(addUp([run('a', 'test', false)], () => report({ passed: 3, failed: 2 }))).toMatchObject({ passed: 3, failed: 2 });
});

test('counts a failed task without tests', () => {
  expect(addUp([run('a', 'test'), run('a', 'typecheck', false)], () => report({ passed: 3 }))).toMatchObject({ passed: 3, failed: 1 });
});

test('counts a test file that does not load', () => {
  expect(addUp([run('a', 'test', false)], () => report({ passed: 3, unloaded: 1 }))).toMatchObject({ passed: 3, failed: 1 });
});

test('counts a test task that fails although its tests pass', () => {
  expect(addUp([run('a', 'test', false)], () => report({ passed: 3 }))).toMatchObject({ passed: 3, failed: 1 });
});

test('counts a test task that leaves no report', () => {
  expect(addUp([run('a', 'test')], () => undefined)).toMatchObject({ passed: 0, failed: 1 });
  expect(addUp([run('a', 'test', false)], () => undefined)).toMatchObject({ passed: 0, failed: 1 });
});

test('counts a skipped test as failed', () => {
  expect(addUp([run('a', 'test')], () => report({ passed: 3, skipped: 1 }))).toMatchObject({ passed: 3, failed: 1 });
});

test('counts a run without tasks as failed', () => {
  expect(addUp([], () => undefined)).toMatchObject({ passed: 0, failed: 1 });
});

test("reads the record of Nx's last run", () => {
  const record = {
    tasks: [
      { projectName: 'a', target: 'test', status: 0, cacheStatus: 'local-cache-hit' },
      { projectName: 'b', target: 'lint', status: 1, cacheStatus: 'cache-miss' },
    ],
  };
  expect(readTaskRuns(JSON.stringify(record))).toEqual([run('a', 'test', true, true), run('b', 'lint', false)]);
});
