// Names against each other. Tables, indexes, sequences and the indexes behind constraints share one namespace per schema; types share one with tables;
// constraints have one per table.

import { SchemaError } from '../error/schema-error.ts';
import { shownName, type QualifiedName } from './qualified-name.ts';
import type { SchemaSnapshot, TableSnapshot } from './snapshot.ts';

/** Adds to `problems` each pair of objects that Postgres could not keep apart. */
export function checkNames({ tables, enums, sequences }: SchemaSnapshot, problems: SchemaError[]): void {
  const relations = new Namespace(problems);
  const types = new Namespace(problems);
  for (const table of tables) {
    for (const relation of [table, ...(table.partitioning?.partitions ?? [])]) {
      relations.claim(relation, `the table ${shownName(relation)}`);
      types.claim(relation, `the table ${shownName(relation)}`);
    }
  }
  for (const sequence of sequences) {
    relations.claim(sequence, `the sequence ${shownName(sequence)}`);
    types.claim(sequence, `the sequence ${shownName(sequence)}`);
  }
  for (const type of enums) types.claim(type, `the enum ${shownName(type)}`);
  for (const table of tables) claimOfTable(table, relations, problems);
}

function claimOfTable(table: TableSnapshot, relations: Namespace, problems: SchemaError[]): void {
  const at = shownName(table);
  const own = new Namespace(problems);
  for (const { kind, name } of table.constraints) {
    const object = { schema: table.schema, name };
    own.claim(object, `the constraint ${name} of ${at}`);
    if (kind === 'primaryKey' || kind === 'unique' || kind === 'exclusion') relations.claim(object, `the constraint ${name} of ${at}`);
  }
  for (const { name } of table.indexes) relations.claim({ schema: table.schema, name }, `the index ${name} of ${at}`);
}

class Namespace {
  readonly #holders = new Map<string, string>();
  readonly #problems: SchemaError[];

  constructor(problems: SchemaError[]) {
    this.#problems = problems;
  }

  claim(object: QualifiedName, holder: string): void {
    const key = JSON.stringify([object.schema, object.name]);
    const other = this.#holders.get(key);
    if (other === undefined) this.#holders.set(key, holder);
    else
      this.#problems.push(
        new SchemaError(
          'name_collision',
          object.name,
          `The name ${shownName(object)} is taken twice: by ${other} and by ${holder}. Give one another name.`,
        ),
      );
  }
}
