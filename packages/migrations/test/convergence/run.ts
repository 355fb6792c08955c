// The long run: `npm run converge -w @djogi/migrations -- --pairs 10000 --seed 1`. Prints the seed of each pair that failed; exits with 1 if one did.

import { parseArgs } from 'node:util';
import { createPool } from '@djogi/core/pool';
import { rawPool } from '@djogi/core/raw';
import { startEmbedded } from '@djogi/testing/embedded';
import { runPair } from './converge.ts';

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    simple: { type: 'boolean', default: false },
  },
});
const print = (what: unknown): boolean => process.stdout.write(`${typeof what === 'string' ? what : JSON.stringify(what)}\n`);
const [pairs, seed] = [Number(values.pairs), Number(values.seed)];

const server = await startEmbedded();
const admin = await createPool({ url: server.url, max: 1 });
for (const name of ['main', 'scratch']) await rawPool(admin, 'databases for the long run').execute(`CREATE DATABASE ${name}`);
await admin.close();
const [main, scratch] = await Promise.all(
  ['main', 'scratch'].map((name) => createPool({ url: server.url.replace(/\/[^/]*$/, `/${name}`), max: 2 })),
);
const kinds = new Map<string, number>();
let [failed, reversible] = [0, 0];
const startedAt = performance.now();
for (let number = 0; number < pairs; number++) {
  try {
    const outcome = await runPair({ ctx: main!.context(), scratch: scratch!.context() }, seed + number, values.simple);
    if (outcome.isReversible) reversible++;
    for (const kind of outcome.kinds) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  } catch (error) {
    failed++;
    print(error instanceof Error ? error.message : String(error));
  }
  if ((number + 1) % 500 === 0) print(`${number + 1} pairs, ${failed} failed, ${Math.round(performance.now() - startedAt)} ms`);
}
print(`${pairs} pairs from seed ${seed}: ${failed} failed, ${reversible} reversible, ${Math.round(performance.now() - startedAt)} ms`);
print(Object.fromEntries([...kinds].sort(([, left], [, right]) => right - left)));
await Promise.all([main!.close(), scratch!.close()]);
await server.stop();
process.exitCode = failed === 0 ? 0 : 1;
