// A run: graphs, rows and questions from one seed, for so many questions.

import type { Context } from '@djogi/core';
import { Choices } from './choices.ts';
import { QUESTIONS } from './ask.ts';
import { created, dropped, graphOf, type Graph } from './graph.ts';

export interface RunOptions {
  readonly seed: number;
  readonly questions: number;
  readonly perGraph?: number;
  readonly perRows?: number;
  /** Goes on after a failure, up to so many. */
  readonly failures?: number;
  readonly onProgress?: (done: number) => void;
}

export interface RunResult {
  readonly questions: number;
  readonly kinds: Readonly<Record<string, number>>;
  /** Questions whose answer had rows. */
  readonly answered: number;
  readonly failures: readonly string[];
}

const mixed = (seed: number, part: number): number => (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(part + 1, 0xc2b2ae35)) >>> 0;

/** The database of `ctx` has the extension citext, and no tables of a run with this seed. */
export async function run(ctx: Context, options: RunOptions): Promise<RunResult> {
  const { seed, questions, perGraph = 100, perRows = 20, failures: most = 1, onProgress } = options,
    kinds: Record<string, number> = {},
    failures: string[] = [],
    names = Object.keys(QUESTIONS);
  let answered = 0,
    asked = 0;
  for (let number = 0; asked < questions && failures.length < most; number++) {
    const graph = graphOf(Choices.random(mixed(seed, number)), `r${seed}_${number}`);
    await created(ctx, graph);
    for (let inGraph = 0; inGraph < perGraph && asked < questions && failures.length < most; inGraph++, asked++) {
      if (inGraph % perRows === 0) await graph.fill(ctx, Choices.random(mixed(seed, number * 1000 + inGraph + 7)));
      const choices = Choices.random(mixed(mixed(seed, number), inGraph)),
        kind = choices.one(names);
      kinds[kind] = (kinds[kind] ?? 0) + 1;
      try {
        if ((await QUESTIONS[kind]!(ctx, graph, choices)) > 0) answered += 1;
      } catch (failure) {
        failures.push(`seed ${seed}, graph ${number}, question ${inGraph} (${kind}): ${described(failure)}\n${graphInWords(graph)}`);
      }
      if (onProgress !== undefined && asked % 1000 === 999) onProgress(asked + 1);
    }
    await dropped(ctx, graph);
  }
  return { questions: asked, kinds, answered, failures };
}

function described(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  const { sqlState, sql, cause } = failure as { sqlState?: string; sql?: string; cause?: unknown };
  return `${failure.name === 'Disagreement' ? failure.message : failure.stack}${sqlState === undefined ? '' : ` [${sqlState}]`}${sql === undefined ? '' : `\n  ${sql}`}${cause instanceof Error ? `\n  cause: ${cause.message}` : ''}`;
}

const graphInWords = ({ nodes }: Graph): string =>
  nodes
    .map(
      ({ name, model, rows, relations }) =>
        `  ${name} = ${model.table}: ${rows.length} rows; ${relations.map((relation) => `${relation.name}${relation.isNullable ? '?' : ''} ${relation.kind} ${relation.target.name}`).join(', ')}`,
    )
    .join('\n');
