// The long run: node --conditions=@djogi/source test/truth/main.ts --queries 100000 --seed 7

import { createPool } from '@djogi/core/pool';
import { startEmbedded } from '@djogi/testing/embedded';
import { parseArgs } from 'node:util';
import { run } from './truth-run.ts';

const print = (line: string): unknown => process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: { queries: { type: 'string', default: '10000' }, seed: { type: 'string' }, failures: { type: 'string', default: '1' } },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31)),
  questions = Number(values.queries);

await using server = await startEmbedded();
const pool = await createPool({ url: server.url, max: 4 });
const start = performance.now();
const seconds = (): number => (performance.now() - start) / 1000;
try {
  print(`seed ${seed}, ${questions} queries`);
  const {
    failures,
    kinds,
    statements,
    answered,
    questions: asked,
  } = await run(pool.context(), {
    seed,
    questions,
    failures: Number(values.failures),
    onProgress: (done) => print(`${done} queries, ${Math.round(done / seconds())} a second`),
  });
  for (const failure of failures) print(`\n${failure}`);
  print(
    `\n${asked} queries (${statements} statements) in ${seconds().toFixed(1)} s, ${Math.round(asked / seconds())} a second; ${answered} with rows`,
  );
  print(
    Object.entries(kinds)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(', '),
  );
  print(failures.length === 0 ? 'no disagreement' : `${failures.length} disagreements`);
  process.exitCode = failures.length === 0 ? 0 : 1;
} finally {
  await pool.close();
}
