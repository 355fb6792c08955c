// What is wrong with a declaration: found when a descriptor is made or a registry sealed, before any database is involved.

import { DjogiError } from './error.ts';

/**
 * A model, field, key, enum or extension is declared in a way that cannot hold.
 *
 * Shape: `rule` names what was broken (`identifier`, `duplicate_column`, `default_value`, ...), `model` the table, `field` the declared field name;
 * `problems` lists every error found when several were, each with the same three facts.
 */
export class ModelDefinitionError extends DjogiError {
  declare readonly rule: string;
  declare readonly model: string | undefined;
  declare readonly field: string | undefined;
  declare readonly problems: readonly ModelDefinitionError[] | undefined;

  constructor(
    rule: string,
    message: string,
    facts: { model?: string | undefined; field?: string | undefined; problems?: readonly ModelDefinitionError[] } = {},
    options?: ErrorOptions,
  ) {
    super('MODEL_DEFINITION', `${message} [MODEL_DEFINITION: ${rule}]`, { rule, ...facts }, options);
  }
}
