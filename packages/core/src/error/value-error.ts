// A value that does not fit its column: refused on the way in (ValidationError), not representable on the way out (DecodeError).

import { DjogiError } from './error.ts';

/** One thing wrong with one value. `path` is the row property, with an index for array elements (`tags[3]`). Carries no value. */
export interface Issue {
  readonly path: string;
  readonly rule: string;
  readonly message: string;
}

/**
 * Input was refused before any SQL was sent. All problems of a row are reported at once, in `issues`.
 *
 * Shape: `issues` is never empty; `model` is the table when one is involved; `reason` a machine-readable word where the issue is not about one field.
 */
export class ValidationError extends DjogiError {
  declare readonly issues: readonly Issue[];
  declare readonly model: string | undefined;

  constructor(issues: readonly Issue[], facts: { model?: string | undefined } = {}, options?: ErrorOptions) {
    const subject = facts.model === undefined ? 'The input' : `The input for ${facts.model}`;
    super(
      'VALIDATION',
      `${subject} was refused: ${issues.map((issue) => (issue.path === '' ? issue.message : `${issue.path} ${issue.message}`)).join('; ')}.`,
      { issues, ...facts },
      options,
    );
  }
}

/** A stored value cannot be represented by the field's value type. Nothing is narrowed or rounded silently. `column` is the column's name. */
export class DecodeError extends DjogiError {
  declare readonly table: string | undefined;
  declare readonly column: string | undefined;
  declare readonly rule: string | undefined;

  constructor(
    message: string,
    facts: { table?: string | undefined; column?: string | undefined; rule?: string | undefined; expected?: string | undefined } = {},
    options?: ErrorOptions,
  ) {
    super('DECODE', message, facts, options);
  }
}

/** No row has this key, or none is visible. */
export class NotFoundError extends DjogiError {
  declare readonly table: string;
  constructor(table: string, message = `No row of ${table} matches. Use find or first where a missing row is expected.`) {
    super('NOT_FOUND', message, { table });
  }
}

/** A query that promises one row met at least two. `countSeen` is always 2: no count is run. */
export class MultipleObjectsError extends DjogiError {
  declare readonly table: string;
  declare readonly countSeen: 2;
  constructor(table: string) {
    super(
      'MULTIPLE_OBJECTS',
      `More than one row of ${table} matches where one was promised. Narrow the filter, or use first or fetchAll.`,
      { table, countSeen: 2 },
    );
  }
}
