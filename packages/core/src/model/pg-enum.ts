// Declares enum types.

import { ModelDefinitionError } from '../error/definition-error.ts';
import { byteLength, identifierProblem } from '../ident/identifier.ts';
import type { PgEnum } from '../value/enum.ts';

/** The union of an enum's labels: `type Status = InferEnum<typeof Status>`. */
export type InferEnum<E> = E extends PgEnum<infer Label> ? Label : never;

/**
 * Declares a Postgres enum type. The value of a field of it is the label itself.
 *
 * Shape: labels keep their order, which is how Postgres sorts them; `Status.is.draft` is the label `'draft'`.
 * Errors: MODEL_DEFINITION with `identifier` or `reserved_prefix` (name), `enum_spec` (no label, a duplicate, an empty one, over 63 bytes).
 *
 * @example
 * export const Status = pgEnum('status', ['draft', 'published']);
 * export type Status = InferEnum<typeof Status>;
 */
export function pgEnum<const Label extends string>(name: string, labels: readonly Label[]): PgEnum<Label> {
  const problem = identifierProblem(name);
  if (problem !== null)
    throw new ModelDefinitionError(
      problem,
      `The enum name ${JSON.stringify(name)} cannot be used. Names have 1 to 63 bytes and do not begin with __djogi_.`,
    );
  const refuse = (message: string): never => {
    throw new ModelDefinitionError('enum_spec', `Enum ${name}: ${message}`);
  };
  if (!Array.isArray(labels) || labels.length === 0) refuse('at least one label is needed.');
  for (const label of labels)
    if (typeof label !== 'string' || label === '' || label.includes('\0') || byteLength(label) > 63) refuse('labels have 1 to 63 bytes.');
  if (new Set(labels).size !== labels.length) refuse('a label appears twice.');
  return Object.freeze({
    name,
    labels: Object.freeze([...labels]),
    is: Object.freeze(Object.fromEntries(labels.map((label) => [label, label]))) as PgEnum<Label>['is'],
  });
}
