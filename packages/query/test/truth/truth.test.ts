// Random models, rows and questions: what the packages give is what loops over the rows give. The seed is the same every time unless DJOGI_SEED is another; DJOGI_QUERIES makes the run longer; a run of
// any length without Vitest is `npm run truth -w @djogi/query -- --queries 100000 --seed 1`.

import { setupTestDb, type TestSetup } from '@djogi/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Choices, shrunk } from './choices.ts';
import { questionOf } from './examine.ts';
import { questionInWords } from './term.ts';
import { run } from './truth-run.ts';
import { worldOf } from './world.ts';

const seed = Number(process.env['DJOGI_SEED'] ?? 20261125),
  questions = Number(process.env['DJOGI_QUERIES'] ?? 2000);

let setup: TestSetup;
beforeAll(async () => {
  setup = await setupTestDb();
});
afterAll(() => setup.dispose());

describe(`questions of every kind (DJOGI_SEED=${seed})`, () => {
  test(
    'are answered by the server as loops over the rows answer them',
    async () => {
      const { failures, answered, kinds } = await run(setup.ctx, { seed, questions, perWorld: 125 });
      expect(failures.join('\n\n')).toBe('');
      // They are no empty questions.
      expect(answered).toBeGreaterThan(questions / 4);
      for (const kind of ['rows', 'select', 'annotate', 'group', 'aggregate', 'write', 'combine'])
        expect([kind, (kinds[kind] ?? 0) > questions / 12]).toEqual([kind, true]);
    },
    Math.max(120_000, questions * 50),
  );
});

describe('a generated question', () => {
  const world = worldOf(5, 'w');
  test('is the same for the same seed, and again from its choices', () => {
    for (let at = 0; at < 200; at++) {
      const choices = Choices.random(at),
        words = questionInWords(questionOf(world, choices));
      expect(questionInWords(questionOf(world, Choices.random(at)))).toBe(words);
      expect(questionInWords(questionOf(world, Choices.again(choices.taken.map(({ number }) => number))))).toBe(words);
    }
  });

  test('has every operation, aggregate and window function in some', () => {
    const words = Array.from({ length: 4000 }, (_, at) => questionInWords(questionOf(worldOf(at % 40, 'w'), Choices.random(at)))).join(
      '\n',
    );
    const missing = [...OPERATIONS_ASKED].filter((operation) => !new RegExp(`\\b${operation}\\b`).test(words));
    expect(missing).toEqual([]);
  }, 60_000);

  test('that fails is made smaller for as long as it fails', async () => {
    const numbers = Array.from({ length: 60 }, (_, at) => (at * 7) % 50);
    const small = await shrunk(numbers, async (candidate) => candidate.reduce((sum, number) => sum + number, 0) >= 40);
    expect(small.reduce((sum, number) => sum + number, 0)).toBe(40);
    expect(small.length).toBeLessThanOrEqual(2);
  });
});

const OPERATIONS_ASKED = new Set(
  `eq neq gt gte lt lte between isDistinctFrom isNotDistinctFrom eqNull neqNull isNull isNotNull in notIn and or andThen orElse not negated xor isTrue isFalse
   add sub mul div mod neg abs sign ceil floor round roundTo power sqrt coalesce greatest least nullIf case cast lower upper length concat trim ltrim rtrim replace
   substr left right split position reverse repeat lpad rpad md5 contains icontains startsWith istartsWith endsWith iendsWith iexact like ilike regex iregex
   hasAll within overlaps any len isEmpty extractDate extractAt truncDate truncAt addTime exists inRows notInRows anyOf allOf scalar total
   countAll count sum avg avgExact min max boolAnd boolOr bitAnd bitOr bitXor stringAgg arrayAgg mode percentileDisc percentileCont variance varPop rankOf denseRankOf
   percentRankOf cumeDistOf regrCount rowNumber rank denseRank percentRank cumeDist ntile lag lead firstValue lastValue nthValue
   groupBy rollup cube groupingSets grouping having qualify distinct filter exclude shared limit offset
   union unionAll intersect intersectAll except exceptAll update delete execute returning shape pairs`.split(/\s+/),
);
