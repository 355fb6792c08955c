// Any schema becomes any other: planned, run, read back, and the way back.

import { createPool } from '@djogi/core/pool';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OPERATION_KINDS, type OperationKind } from '../../src/index.ts';
import { runPair, type Workplace } from '../convergence/converge.ts';
import { useServer } from '../database.ts';

// The same pairs for everybody, and others through the variable. A failure names its own seed.
const SEED = Number(process.env['DJOGI_CONVERGENCE_SEED'] ?? 20261125);
const PAIRS = 200;

const database = useServer();
let place: Workplace;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  const pools = await Promise.all(
    [await database({ bootstrap: false }), await database({ bootstrap: false })].map(({ url }) => createPool({ url, max: 1 })),
  );
  closing.push(...pools.map((pool) => () => pool.close()));
  place = { ctx: pools[0]!.context(), scratch: pools[1]!.context() };
});
afterAll(async () => {
  for (const close of closing) await close();
});

test('a plan leaves nothing to do, and its way back ends where it began', { timeout: 240_000 }, async () => {
  process.stdout.write(`convergence: ${PAIRS} pairs from seed ${SEED}\n`);
  const seen = new Set<OperationKind>();
  let reversible = 0;
  for (let number = 0; number < PAIRS; number++) {
    // Every fourth pair in the forms for databases that nobody uses.
    const { kinds, isReversible } = await runPair(place, SEED + number, number % 4 === 3);
    for (const kind of kinds) seen.add(kind);
    if (isReversible) reversible++;
  }
  expect(reversible).toBeGreaterThan(PAIRS / 2);
  // What the generator does not reach at all is not shown by it: a kind that stops appearing is noticed.
  expect(OPERATION_KINDS.length - seen.size).toBeLessThan(OPERATION_KINDS.length / 3);
});
