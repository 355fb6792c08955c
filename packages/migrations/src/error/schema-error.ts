// What is wrong with a schema as data: models that cannot share a database, names that meet, objects that cannot be put in order.

import { DjogiError } from '@djogi/core';

/**
 * The rule that was broken:
 *
 * - `descriptor_format`: a descriptor of another format than this package reads
 * - `duplicate_table`: two models with one table
 * - `enum_conflict`: two enums of one name with different labels
 * - `reference_target`: a foreign key to a table or columns that cannot take it
 * - `name_collision`: two objects of one namespace with one name
 * - `identifier`: a derived name that does not fit
 * - `storage_params`: parameters where Postgres takes none
 * - `object_conflict`: two schema objects of one identity that differ
 * - `missing_dependency`, `dependency_cycle`: schema objects without an order
 * - `unsupported_object`: an object kind outside the vocabulary of the snapshot
 * - `stale_rename`: a rename that was done already
 * - `rename_conflict`: a rename to a name that is taken, from one that is claimed twice, or into another schema
 * - `unsupported_change`: a difference that Postgres has no form for
 * - `needs_permission`: operations that lose something and were not allowed by name
 * - `blocks_writes`: operations that keep others from writing for as long as a table is large
 * - `catalog_session`: a reading that lost its session, as through a pool
 */
export type SchemaRule =
  | 'descriptor_format'
  | 'duplicate_table'
  | 'enum_conflict'
  | 'reference_target'
  | 'name_collision'
  | 'identifier'
  | 'storage_params'
  | 'object_conflict'
  | 'missing_dependency'
  | 'dependency_cycle'
  | 'unsupported_object'
  | 'stale_rename'
  | 'rename_conflict'
  | 'unsupported_change'
  | 'needs_permission'
  | 'blocks_writes'
  | 'catalog_session';

/**
 * A schema cannot be made, rendered or read as asked.
 *
 * Shape: `code` is `SCHEMA`; `rule` names what was broken, `object` the table, enum, index or object it is about; `problems` lists every error found when
 * several were.
 */
export class SchemaError extends DjogiError {
  declare readonly rule: SchemaRule;
  declare readonly object: string;
  declare readonly problems: readonly SchemaError[] | undefined;

  constructor(rule: SchemaRule, object: string, message: string, problems?: readonly SchemaError[]) {
    super('SCHEMA', `${message} [SCHEMA: ${rule}]`, { rule, object, problems });
  }
}

/** Throws the one problem, or one error that lists them all under the rule of the first. */
export function throwIfAny(problems: readonly SchemaError[]): void {
  const [first] = problems;
  if (first === undefined) return;
  if (problems.length === 1) throw first;
  throw new SchemaError(
    first.rule,
    first.object,
    `${problems.length} problems were found:\n${problems.map((problem) => `- ${problem.message}`).join('\n')}\n`,
    problems,
  );
}

/** Refuses, by name, a kind that the vocabulary does not have: data of a newer version, or of another hand. The types rule it out. */
export function refuseKind(what: string, object: string, value: never): never {
  const { kind } = value as { kind?: unknown };
  throw new SchemaError(
    'unsupported_object',
    object,
    `${object} has a ${what} of the kind ${JSON.stringify(kind ?? value)}, which this version does not know. Upgrade @djogi/migrations, or leave the object out.`,
  );
}
