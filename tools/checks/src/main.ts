// Runs the checks named on the command line, prints what each found, and fails when any found something: node src/main.ts layers docs
import { join } from 'node:path';
import { checkBrowser } from './browser-proof.ts';
import { checkCoverage } from './coverage.ts';
import { checkDocs } from './docs.ts';
import { checkErrorCodes } from './error-codes.ts';
import { checkLayers } from './layers.ts';
import { checkPackages } from './packages.ts';
import { checkPureEntries } from './pure.ts';
import { readWorkspace, type Problem, type Workspace } from './workspace.ts';

interface Report {
  readonly problems: readonly Problem[];
  /** What was looked at, with its numbers. */
  readonly summary: string;
}

const CHECKS: Readonly<Record<string, (workspace: Workspace) => Report | Promise<Report>>> = {
  layers: (workspace) => ({
    problems: [...checkLayers(workspace), ...checkPureEntries(workspace)],
    summary: `${workspace.packages.length} packages`,
  }),
  browser: checkBrowser,
  packages: async (workspace) => ({ problems: await checkPackages(workspace), summary: 'packed tarballs' }),
  coverage: (workspace) => {
    const { problems, counts } = checkCoverage(workspace);
    return {
      problems,
      summary: `${counts.tested} tested, ${counts.superseded} superseded, ${counts.later} later, ${counts.unused} not used`,
    };
  },
  docs: async (workspace) => {
    // The other checks need no database, nor what it takes to start one.
    const { SnippetServer } = await import('./snippet-database.ts');
    const server = new SnippetServer();
    try {
      const { problems, compiled, ran } = await checkDocs(workspace, join(import.meta.dirname, '../.snippets'), () => server.open());
      return { problems: [...checkErrorCodes(workspace), ...problems], summary: `${compiled} snippets compiled, ${ran} run` };
    } finally {
      await server.stop();
    }
  },
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => CHECKS[name] === undefined);
if (names.length === 0 || unknown.length > 0) {
  console.error(`Name one or more of: ${Object.keys(CHECKS).join(', ')}.`);
  process.exit(2);
}
const workspace = readWorkspace(join(import.meta.dirname, '../../..'));
for (const name of names) {
  const report = await CHECKS[name]?.(workspace);
  if (report === undefined) continue;
  for (const { where, message } of report.problems) console.error(`${where}  ${message}`);
  console.log(`${name}: ${report.problems.length === 0 ? 'no problems' : `${report.problems.length} problems`} (${report.summary})`);
  if (report.problems.length > 0) process.exitCode = 1;
}
