// A run: worlds, rows and questions from one seed, for so many questions.

import type { Context } from '@djogi/core';
import { executorOf } from '@djogi/core/extension';
import { syncModels } from '@djogi/testing';
import { Choices } from './choices.ts';
import { Examining, questionOf, smallest } from './examine.ts';
import { questionInWords, type Question } from './term.ts';
import { filled, shownOwn, worldOf } from './world.ts';

export interface RunOptions {
  readonly seed: number;
  readonly questions: number;
  /** Questions of one world, and how many of them between two sets of rows. */
  readonly perWorld?: number;
  readonly perRows?: number;
  readonly onProgress?: (done: number) => void;
  /** Goes on after a failure, up to so many. */
  readonly failures?: number;
}

export interface RunResult {
  readonly questions: number;
  readonly statements: number;
  /** Of each kind of question. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Questions whose answer had rows. */
  readonly answered: number;
  readonly failures: readonly string[];
}

/** A seed of its own for each part of a run, so that a part can be repeated alone. */
const mixed = (seed: number, part: number): number => (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(part + 1, 0xc2b2ae35)) >>> 0;

/** The database of `ctx` is empty, but for worlds of other seeds. */
export async function run(ctx: Context, options: RunOptions): Promise<RunResult> {
  const { seed, questions, perWorld = 250, perRows = 25, failures: most = 1, onProgress } = options;
  const kinds: Record<string, number> = {},
    failures: string[] = [];
  let statements = 0,
    answered = 0,
    asked = 0;
  for (let number = 0; asked < questions && failures.length < most; number++) {
    const name = `w${seed}_${number}`,
      world = worldOf(mixed(seed, number), name);
    await syncModels(
      ctx,
      world.tables.map(({ model }) => model),
    );
    const examining = new Examining(world, ctx);
    for (let inWorld = 0; inWorld < perWorld && asked < questions && failures.length < most; inWorld++, asked++) {
      if (inWorld % perRows === 0) await filled(world, ctx, mixed(seed, number * 1000 + inWorld + 7));
      const choices = Choices.random(mixed(mixed(seed, number), inWorld));
      try {
        const { kind, size, statements: sent } = await examining.examine(choices);
        kinds[kind] = (kinds[kind] ?? 0) + 1;
        statements += sent;
        if (size > 0) answered += 1;
      } catch (failure) {
        const found = await smallest(examining, choices.taken, failure);
        const rows = world.tables.map(
          (table, at) =>
            `  t${at} (${table.columns.map((column) => `${column.name}${column.isNullable ? '?' : ''}`).join(', ')})\n${table.rows.map((row) => `    ${shownOwn(table, row)}`).join('\n')}`,
        );
        failures.push(
          `seed ${seed}, world ${number}, question ${inWorld}: ${described(found)}\n${rows.join('\n')}\n  as it was asked: ${wordsOf(() => questionOf(world, Choices.again(choices.taken.map((choice) => choice.number))))}`,
        );
      }
      if (onProgress !== undefined && asked % 1000 === 999) onProgress(asked + 1);
    }
    await executorOf(ctx).script(
      [...world.tables.map(({ model }) => `DROP TABLE "${model.table}";`), `DROP TYPE IF EXISTS "${name}_level";`].join('\n'),
      { operation: 'truth' },
    );
  }
  return { questions: asked, statements, kinds, answered, failures };
}

function wordsOf(make: () => Question): string {
  try {
    return questionInWords(make());
  } catch (error) {
    return String(error);
  }
}
function described(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  const { sqlState, sql, cause } = failure as { sqlState?: string; sql?: string; cause?: unknown };
  return `${failure.name === 'Disagreement' ? failure.message : failure.stack}${sqlState === undefined ? '' : ` [${sqlState}]`}${sql === undefined ? '' : `\n  ${sql}`}${cause instanceof Error ? `\n  cause: ${cause.message}` : ''}`;
}
