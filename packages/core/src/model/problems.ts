// Collects what is wrong with a declaration, so that everything is reported at once.

import { ModelDefinitionError } from '../error/definition-error.ts';
import { isDjogiError } from '../error/error.ts';

export class Problems {
  readonly found: ModelDefinitionError[] = [];
  readonly model: string | undefined;

  constructor(model?: string) {
    this.model = model;
  }

  report(rule: string, message: string, field?: string): void {
    this.found.push(new ModelDefinitionError(rule, message, { model: this.model, field }));
  }

  /** Runs a part of a declaration; what it throws becomes a problem under `rule`. Other people's errors are kept as the cause. */
  attempt<Result>(rule: string, subject: string, run: () => Result, field?: string): Result | undefined {
    try {
      return run();
    } catch (error) {
      if (isDjogiError(error, 'MODEL_DEFINITION')) this.found.push(placed(error as ModelDefinitionError, subject, this.model, field));
      else
        this.found.push(
          new ModelDefinitionError(
            rule,
            `${subject}: ${error instanceof Error ? error.message : 'a callback threw'}`,
            { model: this.model, field },
            { cause: error },
          ),
        );
      return undefined;
    }
  }

  /** Throws the one problem, or one error that lists them all. */
  throwIfAny(): void {
    if (this.found.length === 1) throw this.found[0]!;
    if (this.found.length > 1) throw combined(this.found, this.model);
  }
}

/** An error from below that does not know where it happened, with its place. */
function placed(error: ModelDefinitionError, subject: string, model: string | undefined, field: string | undefined): ModelDefinitionError {
  if (error.model !== undefined || error.problems !== undefined) return error;
  return new ModelDefinitionError(
    error.rule,
    `${subject}: ${error.message.replace(/ \[MODEL_DEFINITION: \w+\]$/, '')}`,
    { model, field },
    { cause: error },
  );
}

export function combined(problems: readonly ModelDefinitionError[], model?: string): ModelDefinitionError {
  const [first] = problems;
  return new ModelDefinitionError(
    first!.rule,
    `${problems.length} problems were found:\n${problems.map((problem) => `- ${problem.message}`).join('\n')}\n`,
    { model, problems },
  );
}
