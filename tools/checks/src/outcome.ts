// Adds up a run: the tests of every package from Vitest's JSON reports, and the tasks that failed beside them.

export interface TaskRun {
  readonly project: string;
  readonly target: string;
  readonly succeeded: boolean;
  readonly cached: boolean;
}

export interface Outcome {
  /** Tests that passed. */
  readonly passed: number;
  /** Tests that failed, test files that did not load, and failed tasks that no failed test explains. Zero means that everything holds. */
  readonly failed: number;
  /** For people: a line for each package with tests and for each failed task. */
  readonly lines: readonly string[];
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly { readonly status: string }[] }[];
}

/** Reads the record that Nx keeps of its last run. */
export function readTaskRuns(json: string): readonly TaskRun[] {
  const record = JSON.parse(json) as {
    readonly tasks: readonly {
      readonly projectName: string;
      readonly target: string;
      readonly status: number;
      readonly cacheStatus: string;
    }[];
  };
  return record.tasks.map((each) => ({
    project: each.projectName,
    target: each.target,
    succeeded: each.status === 0,
    cached: each.cacheStatus !== 'cache-miss',
  }));
}

/** `report` gives the Vitest report of a project, undefined when its test task left none. */
export function addUp(runs: readonly TaskRun[], report: (project: string) => string | undefined): Outcome {
  if (runs.length === 0) return { passed: 0, failed: 1, lines: ['No task was run.'] };
  let passed = 0;
  let failed = 0;
  const lines: string[] = [];
  for (const run of runs.toSorted((a, b) => a.project.localeCompare(b.project, 'en') || a.target.localeCompare(b.target, 'en'))) {
    const name = `${run.project} ${run.target}`;
    const text = run.target === 'test' ? report(run.project) : undefined;
    let explained = 0;
    if (text !== undefined) {
      const tests = JSON.parse(text) as VitestReport;
      const unloaded = tests.testResults.filter(
        (file) => file.status === 'failed' && file.assertionResults.every((each) => each.status !== 'failed'),
      ).length;
      // A test that does not run proves nothing, so a skipped one is not passed over in silence.
      const skipped = tests.numPendingTests + tests.numTodoTests;
      explained = tests.numFailedTests + unloaded + skipped;
      passed += tests.numPassedTests;
      failed += explained;
      const details = [
        `${tests.numPassedTests} passed`,
        `${tests.numFailedTests} failed`,
        ...(unloaded > 0 ? [`${unloaded} files not loaded`] : []),
        ...(skipped > 0 ? [`${skipped} skipped`] : []),
      ];
      lines.push(`${name}: ${details.join(', ')}${run.cached ? ' (from the cache)' : ''}`);
    } else if (run.target === 'test' && run.succeeded) {
      failed += 1;
      lines.push(`${name}: left no report, so its tests cannot be counted`);
    }
    if (!run.succeeded && explained === 0) {
      failed += 1;
      lines.push(`${name}: failed`);
    }
  }
  return { passed, failed, lines };
}
