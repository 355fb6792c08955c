// The staged forms: how an operation is done on a table that others are writing to. One operation becomes several, each of the same vocabulary, so that
// what the plan says of locks is what each of them declares.

import { MAX_IDENTIFIER_BYTES } from '@djogi/core/extension';
import { notNullName } from '../diff/column-diff.ts';
import { notNullId } from '../operation/identity.ts';
import { orderOf, type Operation } from '../operation/operation.ts';
import { cutToBytes, relationKey, type QualifiedName } from '../snapshot/qualified-name.ts';
import { indexOf, isBuiltAsIndex } from './key-index.ts';
import { withoutGaps } from './replacement.ts';

/** Names of constraints that a table has: a new one for NOT NULL keeps clear of them. */
export type TakenNames = (table: QualifiedName) => ReadonlySet<string>;

/** Replaces operations by their staged forms, in place; the reading of rows that nothing waits for comes last. Tables that the plan creates have no rows and no readers. */
export function inStages(unstaged: readonly Operation[], taken: TakenNames): readonly Operation[] {
  const operations = withoutGaps(unstaged);
  const created = new Set(operations.flatMap((operation) => (operation.kind === 'createTable' ? [relationKey(operation.table)] : [])));
  const now: Operation[] = [];
  const last: Operation[] = [];
  operations.forEach((operation, position) => {
    // On the way back, renames come at the end, and what is validated is called by the name it has before.
    if (operation.kind.startsWith('rename')) now.push(...last.splice(0));
    if ('table' in operation && created.has(relationKey(operation.table))) {
      now.push(operation);
      return;
    }
    const [first, ...rest] = stagesOf(operation, taken);
    now.push(first!);
    for (const stage of rest)
      (isAwaited(operation, operations.slice(position + 1)) || stage.kind !== 'validateConstraint' ? now : last).push(stage);
  });
  return [...now, ...last];
}

/** A primary key wants its columns' NOT NULL valid. */
function isAwaited(operation: Operation, later: readonly Operation[]): boolean {
  if (operation.kind !== 'setNotNull') return false;
  const id = notNullId(operation.table, operation.column);
  return later.some((other) => orderOf(other).needs.includes(id));
}

function stagesOf(operation: Operation, taken: TakenNames): readonly Operation[] {
  switch (operation.kind) {
    case 'addConstraint':
      return constraintStages(operation);
    case 'createIndex':
      return indexStages(operation);
    case 'dropIndex':
      return operation.table.partitions === null ? [{ ...operation, isConcurrent: true }] : [operation];
    case 'setNotNull': {
      const { table, column, isNoInherit, notValid } = operation;
      if (table.partitions !== null || notValid !== null || isNoInherit) return [operation];
      const name = freeName(notNullName(table.name, column), taken(table));
      return [
        { ...operation, notValid: name },
        { kind: 'validateConstraint', table, constraint: name, references: null },
      ];
    }
    default:
      return [operation];
  }
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let number = 1, free = name; ; free = `${cutToBytes(name, MAX_IDENTIFIER_BYTES - 3)}${number++}`) if (!taken.has(free)) return free;
}

function constraintStages(operation: Extract<Operation, { kind: 'addConstraint' }>): readonly Operation[] {
  const { table, constraint, references, usingIndex } = operation;
  if (usingIndex !== undefined) return [operation];
  if (isBuiltAsIndex(constraint) && table.partitions === null) {
    const index = indexOf(constraint);
    return [
      { kind: 'createIndex', table, index, isConcurrent: true },
      { ...operation, usingIndex: index.name },
    ];
  }
  switch (constraint.kind) {
    case 'check':
    case 'foreignKey':
      if (!constraint.isValidated || !constraint.isEnforced) return [operation];
      return [
        { ...operation, notValid: true },
        { kind: 'validateConstraint', table, constraint: constraint.name, references },
      ];
    default:
      // Postgres builds an exclusion constraint in one go only, and the index of a partitioned table.
      return [operation];
  }
}

function indexStages(operation: Extract<Operation, { kind: 'createIndex' }>): readonly Operation[] {
  const { table, index } = operation;
  if (table.partitions !== null || operation.isConcurrent === true) return [operation];
  const { comment } = index;
  return [
    { ...operation, index: { ...index, comment: null }, isConcurrent: true },
    ...(comment === null
      ? []
      : [
          {
            kind: 'setComment' as const,
            target: { kind: 'index' as const, of: { schema: table.schema, name: index.name } },
            from: null,
            to: comment,
          },
        ]),
  ];
}
