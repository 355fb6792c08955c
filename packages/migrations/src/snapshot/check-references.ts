// Foreign keys against their targets: the target must be there, with a unique constraint over exactly the columns that are named.

import { SchemaError } from '../error/schema-error.ts';
import { shownName } from './qualified-name.ts';
import type { ForeignKeySnapshot, SchemaSnapshot, TableSnapshot } from './snapshot.ts';

/** Adds to `problems` each foreign key that Postgres would refuse. */
export function checkReferences({ tables }: SchemaSnapshot, problems: SchemaError[]): void {
  const byName = new Map(tables.map((table) => [shownName(table), table]));
  for (const table of tables) {
    for (const constraint of table.constraints) {
      if (constraint.kind !== 'foreignKey') continue;
      const message = referenceProblem(table, constraint, byName.get(shownName(constraint.references)));
      if (message !== null) problems.push(new SchemaError('reference_target', table.name, message));
    }
  }
}

function referenceProblem(
  table: TableSnapshot,
  { columns, references }: ForeignKeySnapshot,
  target: TableSnapshot | undefined,
): string | null {
  const from = `${shownName(table)}.${columns.join(', ')}`;
  const to = `${shownName(references)}.${references.columns.join(', ')}`;
  if (target === undefined) return `${from} refers to ${shownName(references)}, which is not among the models. Add its model.`;
  const referenced = references.columns.map((name) => target.columns.find((column) => column.name === name));
  if (referenced.includes(undefined) || columns.length !== references.columns.length)
    return `${from} refers to ${to}, which is no column. Name a column of ${shownName(target)}.`;
  if (!isUniqueOver(target, references.columns)) {
    return target.partitioning === null
      ? `${from} refers to ${to}, which is not unique. A foreign key needs a unique target: add .unique() there, or refer to the key.`
      : `${from} refers to ${to}, which is not unique alone, because ${shownName(target)} is partitioned. Partition by the referenced column, or keep the id without a foreign key.`;
  }
  for (const [position, column] of columns.entries()) {
    const own = table.columns.find((candidate) => candidate.name === column)!.type;
    const other = referenced[position]!.type;
    if (own !== other) return `${from} is ${own} and refers to ${to}, which is ${other}. Give both one type.`;
  }
  return null;
}

function isUniqueOver(target: TableSnapshot, columns: readonly string[]): boolean {
  const isSame = (others: readonly (string | null)[]): boolean =>
    others.length === columns.length && columns.every((column) => others.includes(column));
  return (
    target.constraints.some(
      (constraint) =>
        (constraint.kind === 'primaryKey' || constraint.kind === 'unique') && !constraint.isDeferrable && isSame(constraint.columns),
    ) || target.indexes.some((index) => index.isUnique && index.where === null && isSame(index.elements.map((element) => element.column)))
  );
}
