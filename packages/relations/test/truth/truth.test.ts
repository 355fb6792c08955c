// Random models, rows and questions: what joins, batches, paths and conditions over the many give is what loops over the rows give. The seed is the same every time
// unless DJOGI_SEED is another; DJOGI_QUERIES makes the run longer.

import { setupTestDb, type TestSetup } from '@djogi/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { QUESTIONS } from './ask.ts';
import { run } from './truth-run.ts';

const seed = Number(process.env['DJOGI_SEED'] ?? 20261125),
  questions = Number(process.env['DJOGI_QUERIES'] ?? 300);

let setup: TestSetup;
beforeAll(async () => {
  setup = await setupTestDb({ extensions: ['citext'] });
});
afterAll(() => setup.dispose());

describe(`questions about related rows (DJOGI_SEED=${seed})`, () => {
  test(
    'are answered by joins, batches, paths and subqueries as loops over the rows answer them',
    async () => {
      const { failures, answered, kinds } = await run(setup.ctx, {
        seed,
        questions,
        perGraph: 50,
        failures: Number(process.env['DJOGI_FAILURES'] ?? 1),
        ...(questions > 1000 ? { onProgress: (done: number) => process.stdout.write(`${done}\n`) } : {}),
      });
      expect(failures.join('\n\n')).toBe('');
      expect(answered).toBeGreaterThan(questions / 3);
      for (const kind of Object.keys(QUESTIONS)) expect([kind, (kinds[kind] ?? 0) > questions / 20]).toEqual([kind, true]);
    },
    Math.max(60_000, questions * 50),
  );
});
