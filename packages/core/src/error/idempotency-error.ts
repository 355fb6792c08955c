// A row was to be created once, and nothing says by which field it is recognised.

import { DjogiError } from './error.ts';

/** `createOrFind` on a model without an idempotency key. `model` is the table. */
export class MissingIdempotencyKeyError extends DjogiError {
  declare readonly model: string;
  constructor(model: string) {
    super(
      'MISSING_IDEMPOTENCY_KEY',
      `${model} has no idempotency key to recognise a row by. Declare one with use: [idempotent('field')], or name the fields of a unique constraint in the call: { conflict: ['field'] }.`,
      { model },
    );
  }
}
