// What a declaration is refused with: the rule and the field, of one problem or of several.

import type { ModelDefinitionError } from '../../../src/index.ts';
import { isDjogiError } from '../../../src/index.ts';

/** The error that `run` throws; fails when it throws none, or one of another family. */
export function definitionError(run: () => unknown): ModelDefinitionError {
  try {
    run();
  } catch (error) {
    if (isDjogiError(error, 'MODEL_DEFINITION')) return error as ModelDefinitionError;
    throw error;
  }
  throw new Error('It was accepted where it had to be refused.');
}

/** The rules that a model is refused for, as `rule` or `rule field`, in the order of the report. */
export function rulesOf(model: { readonly descriptor: unknown }): string[] {
  const error = definitionError(() => model.descriptor);
  return (error.problems ?? [error]).map((problem) => (problem.field === undefined ? problem.rule : `${problem.rule} ${problem.field}`));
}
