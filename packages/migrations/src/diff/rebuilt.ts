// Which columns change so deeply that what stands on them must make room: those with another type, and those that only dropping and adding can change.

import { columnId } from '../operation/identity.ts';
import { printedName, relationKey, type QualifiedName } from '../snapshot/qualified-name.ts';
import type {
  ColumnSnapshot,
  ConstraintSnapshot,
  IndexSnapshot,
  PolicySnapshot,
  SchemaSnapshot,
  TableSnapshot,
} from '../snapshot/snapshot.ts';
import { namesIn } from '../snapshot/sql-names.ts';
import type { EnumChange } from './enum-diff.ts';

export interface Rebuilt {
  isReadded(table: QualifiedName, column: string): boolean;
  isRetyped(table: QualifiedName, column: string): boolean;
  touchesConstraint(table: TableSnapshot, constraint: ConstraintSnapshot): boolean;
  touchesIndex(table: TableSnapshot, index: IndexSnapshot): boolean;
  touchesPolicy(policy: PolicySnapshot): boolean;
}

/** A column of the enum, or of arrays of it. */
export const isOfType = (column: ColumnSnapshot, type: QualifiedName): boolean =>
  column.type === printedName(type) || column.type === `${printedName(type)}[]`;

/** The columns of the unique keys whose index has the column, as key or included. */
export function keysOver(table: TableSnapshot, column: string): readonly (readonly string[])[] {
  return [
    ...table.constraints.flatMap((constraint) =>
      (constraint.kind === 'primaryKey' || constraint.kind === 'unique') && [...constraint.columns, ...constraint.include].includes(column)
        ? [constraint.columns]
        : [],
    ),
    ...table.indexes.flatMap(({ isUnique, elements, include }) => {
      const columns = elements.flatMap((element) => element.column ?? []);
      return isUnique && [...columns, ...include].includes(column) ? [columns] : [];
    }),
  ];
}

/** Reports what only dropping the column and adding it can change. */
function mustBeReadded(old: ColumnSnapshot, next: ColumnSnapshot): boolean {
  if (old.generated === null) return next.generated !== null;
  if (next.generated === null) return !old.generated.isStored;
  if (old.generated.isStored !== next.generated.isStored) return true;
  if (old.type !== next.type || old.collation !== next.collation) return true;
  return !old.generated.isStored && old.generated.expression !== next.generated.expression;
}

export function rebuiltColumns(from: SchemaSnapshot, to: SchemaSnapshot, enums: readonly EnumChange[]): Rebuilt {
  const readded = new Set<string>();
  const retyped = new Set<string>();
  const names = new Set<string>();
  const newTables = new Map(to.tables.map((table) => [relationKey(table), table]));
  for (const table of from.tables) {
    const next = newTables.get(relationKey(table));
    if (next === undefined) continue;
    const pairs = table.columns.flatMap((column) => {
      const other = next.columns.find(({ name }) => name === column.name);
      return other === undefined ? [] : [[column, other] as const];
    });
    for (const [old, other] of pairs) {
      const hasNewEnum = enums.some(({ isReplaced, to: type }) => isReplaced && isOfType(old, type) && isOfType(other, type));
      if (mustBeReadded(old, other) || (old.generated !== null && hasNewEnum)) readded.add(columnId(table, old.name));
      else if (old.type !== other.type || old.collation !== other.collation || hasNewEnum) retyped.add(columnId(table, old.name));
      else continue;
      names.add(old.name);
    }
    for (const [old, other] of pairs) {
      if (old.generated === null || other.generated === null) continue;
      const id = columnId(table, old.name);
      const reads = [...namesIn(old.generated.expression), ...namesIn(other.generated.expression)].map((name) => columnId(table, name));
      if (readded.has(id) || !reads.some((column) => readded.has(column) || retyped.has(column))) continue;
      readded.add(id);
      names.add(old.name);
    }
  }

  const isChanged = (id: string): boolean => readded.has(id) || retyped.has(id);
  const reads = (table: QualifiedName, sql: string | null): boolean =>
    sql !== null && [...namesIn(sql)].some((name) => isChanged(columnId(table, name)));
  const hasReadded = (table: QualifiedName, columns: readonly (string | null)[]): boolean =>
    columns.some((column) => column !== null && readded.has(columnId(table, column)));
  const hasChanged = (table: QualifiedName, columns: readonly string[]): boolean =>
    columns.some((column) => isChanged(columnId(table, column)));
  return {
    isReadded: (table, column) => readded.has(columnId(table, column)),
    isRetyped: (table, column) => retyped.has(columnId(table, column)),
    touchesConstraint(table, constraint) {
      switch (constraint.kind) {
        case 'primaryKey':
        case 'unique':
          // Postgres builds the index again for another type.
          return hasReadded(table, [...constraint.columns, ...constraint.include]);
        case 'foreignKey':
          return hasChanged(table, constraint.columns) || hasChanged(constraint.references, constraint.references.columns);
        case 'check':
          return reads(table, constraint.expression);
        default:
          return (
            hasChanged(table, [...constraint.elements.flatMap(({ column }) => column ?? []), ...constraint.include]) ||
            constraint.elements.some(({ expression }) => reads(table, expression)) ||
            reads(table, constraint.where)
          );
      }
    },
    touchesIndex: (table, index) =>
      hasReadded(table, [...index.elements.map(({ column }) => column), ...index.include]) ||
      index.elements.some(({ expression }) => reads(table, expression)) ||
      reads(table, index.where),
    touchesPolicy: ({ using, withCheck }) => [...namesIn(`${using ?? ''} ${withCheck ?? ''}`)].some((name) => names.has(name)),
  };
}
