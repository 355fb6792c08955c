// `npm test`: everything that must hold, in one command. Nx runs the tasks and restores those whose inputs did not change; this adds up what
// they found and ends with one line that any continuous integration can read: `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { addUp, readTaskRuns, type Outcome } from './outcome.ts';
import { readWorkspace } from './workspace.ts';

const TARGETS = [
  'lint',
  'format:check',
  'typecheck',
  'build',
  'test',
  'check:layers',
  'check:browser',
  'check:packages',
  'check:coverage',
  'check:docs',
  'check:types',
];

const workspace = readWorkspace(join(import.meta.dirname, '../../..'));
const runFile = join(workspace.root, '.nx/cache/run.json');
const resultFile = (folder: string): string => join(folder, '.test-results.json');

// Nx asks every task for colours, also when a file or a pipe is reading.
const colours = process.stdout.isTTY || process.env['FORCE_COLOR'] !== undefined ? {} : { FORCE_COLOR: '0' };

// Results of an earlier run must not be counted for a task that did not run in this one; Nx restores those that are cached.
rmSync(runFile, { force: true });
for (const each of workspace.packages) rmSync(resultFile(each.folder), { force: true });

spawnSync(
  process.execPath,
  [join(workspace.root, 'node_modules/nx/dist/bin/nx.js'), 'run-many', '-t', ...TARGETS, '--outputStyle=static', ...process.argv.slice(2)],
  {
    cwd: workspace.root,
    stdio: 'inherit',
    env: { ...process.env, ...colours, NX_DAEMON: 'false', NX_NO_CLOUD: 'true' },
  },
);

const outcome = readOutcome();
for (const line of outcome.lines) console.log(line);
console.log(`\n${outcome.passed} passed, ${outcome.failed} failed`);
process.exitCode = outcome.failed === 0 ? 0 : 1;

function readOutcome(): Outcome {
  let runs: string;
  try {
    runs = readFileSync(runFile, 'utf8');
  } catch {
    return { passed: 0, failed: 1, lines: ['Nx did not run the tasks; its message is above.'] };
  }
  return addUp(readTaskRuns(runs), (project) => {
    const folder = workspace.packages.find((each) => each.name === project)?.folder;
    try {
      return folder === undefined ? undefined : readFileSync(resultFile(folder), 'utf8');
    } catch {
      return undefined;
    }
  });
}
