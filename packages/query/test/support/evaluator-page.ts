// What a page of an application would have: random questions about random rows, answered in memory. Bundled by a test, which compares the answers.

import { evaluate } from '@djogi/core';
import { query } from '../../src/index.ts';
import { begin, Probe, probeInputs, question } from './probes.ts';

/** Each question in words, with its value for every row. */
export function answers(seed: number, rows: number, questions: number): readonly string[] {
  begin(seed);
  const inputs = probeInputs(rows);
  return Array.from({ length: questions }, () => {
    const asked = question(3),
      predicate = query(Probe).filter(asked.build).predicate();
    return `${asked.words}: ${inputs.map((row) => String(evaluate(predicate, row))).join()}`;
  });
}
