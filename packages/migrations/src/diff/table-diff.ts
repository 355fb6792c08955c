// One table in two snapshots of the same name.

import { SchemaError } from '../error/schema-error.ts';
import { relationOf, type TableRef } from '../operation/definition.ts';
import type { Operation } from '../operation/operation.ts';
import { refOf } from '../operation/table-operations.ts';
import type { CommentTarget } from '../render/comment-on.ts';
import type { DiffHints } from '../snapshot/hints.ts';
import { relationKey, shownName, type QualifiedName } from '../snapshot/qualified-name.ts';
import type {
  ConstraintSnapshot,
  ForeignKeySnapshot,
  IndexSnapshot,
  PolicySnapshot,
  SchemaSnapshot,
  TableSnapshot,
} from '../snapshot/snapshot.ts';
import { columnOperations } from './column-diff.ts';
import { grantOperations } from './grant-diff.ts';
import { facts, isEqual } from './facts.ts';
import { keysOver, type Rebuilt } from './rebuilt.ts';

export interface TablesDiff {
  readonly from: SchemaSnapshot;
  readonly to: SchemaSnapshot;
  readonly hints: DiffHints;
  readonly rebuilt: Rebuilt;
}

const find = <Name extends QualifiedName>(list: readonly Name[], name: QualifiedName): Name | undefined =>
  list.find((each) => each.schema === name.schema && each.name === name.name);

export function tableOperations(diff: TablesDiff): readonly Operation[] {
  const { from, to } = diff;
  const operations: Operation[] = [];
  const created = to.tables.filter((table) => find(from.tables, table) === undefined);
  const dropped = from.tables.filter((table) => find(to.tables, table) === undefined);
  for (const table of created) {
    operations.push({ kind: 'createTable', table: withoutReferences(table) });
    for (const constraint of table.constraints) if (constraint.kind === 'foreignKey') operations.push(add(diff.to, table, constraint));
  }
  for (const table of dropped) operations.push(...dropOperations(from, table, dropped));
  const lost = lostKeys(diff);
  for (const old of from.tables) {
    const next = find(to.tables, old);
    if (next !== undefined) operations.push(...pairOperations(diff, old, next, lost));
  }
  return operations;
}

const withoutReferences = (table: TableSnapshot): TableSnapshot => ({
  ...table,
  constraints: table.constraints.filter(({ kind }) => kind !== 'foreignKey'),
});

/** Foreign keys between tables that go together are dropped first: their tables may refer to each other. */
function dropOperations(from: SchemaSnapshot, table: TableSnapshot, dropped: readonly TableSnapshot[]): Operation[] {
  const isBetween = (constraint: ConstraintSnapshot): constraint is ForeignKeySnapshot =>
    constraint.kind === 'foreignKey' &&
    relationKey(constraint.references) !== relationKey(table) &&
    find(dropped, constraint.references) !== undefined;
  const between = table.constraints.filter(isBetween);
  return [
    ...between.map((constraint) => drop(from, table, constraint)),
    { kind: 'dropTable', table: { ...table, constraints: table.constraints.filter((constraint) => !isBetween(constraint)) } },
  ];
}

function referencesOf(snapshot: SchemaSnapshot, constraint: ConstraintSnapshot): TableRef | null {
  if (constraint.kind !== 'foreignKey') return null;
  const target = find(snapshot.tables, constraint.references);
  return target === undefined ? { ...relationOf(constraint.references), partitions: null } : refOf(target);
}

const add = (snapshot: SchemaSnapshot, table: TableSnapshot, constraint: ConstraintSnapshot): Operation => ({
  kind: 'addConstraint',
  table: refOf(table),
  constraint,
  references: referencesOf(snapshot, constraint),
});

const drop = (snapshot: SchemaSnapshot, table: TableSnapshot, constraint: ConstraintSnapshot): Operation => ({
  kind: 'dropConstraint',
  table: refOf(table),
  constraint,
  references: referencesOf(snapshot, constraint),
});

type LostKeys = (constraint: ForeignKeySnapshot) => boolean;

/** Reports whether something unique under a foreign key goes away, for a while or for good: Postgres does not say on which one the foreign key stands. */
function lostKeys({ from, to, rebuilt }: TablesDiff): LostKeys {
  const lost = new Set<string>();
  // An index over a column of another type is built anew, and the foreign keys on it do not let go of the old one.
  const isRetyped = (table: QualifiedName, columns: readonly string[]): boolean =>
    columns.some((column) => rebuilt.isRetyped(table, column));
  const key = (table: QualifiedName, columns: readonly string[]): string => `${relationKey(table)} ${JSON.stringify(columns.toSorted())}`;
  for (const table of from.tables) {
    const next = find(to.tables, table);
    for (const constraint of table.constraints) {
      if (constraint.kind !== 'primaryKey' && constraint.kind !== 'unique') continue;
      const other = next?.constraints.find(({ name }) => name === constraint.name);
      const stays = other !== undefined && facts(other, ['comment']) === facts(constraint, ['comment']);
      const isRebuilt = rebuilt.touchesConstraint(table, constraint) || isRetyped(table, [...constraint.columns, ...constraint.include]);
      if (!stays || isRebuilt) lost.add(key(table, constraint.columns));
    }
    for (const index of table.indexes) {
      const columns = index.elements.flatMap(({ column }) => column ?? []);
      if (!index.isUnique || index.where !== null || columns.length < index.elements.length) continue;
      const other = next?.indexes.find(({ name }) => name === index.name);
      const isRebuilt = rebuilt.touchesIndex(table, index) || isRetyped(table, [...columns, ...index.include]);
      if (other === undefined || !isSameIndex(index, other) || isRebuilt) lost.add(key(table, columns));
    }
  }
  return ({ references }) => lost.has(key(references, references.columns));
}

const isSameIndex = (old: IndexSnapshot, next: IndexSnapshot): boolean =>
  facts(old, ['comment', 'storageParams']) === facts(next, ['comment', 'storageParams']);

function pairOperations(diff: TablesDiff, old: TableSnapshot, next: TableSnapshot, lost: LostKeys): Operation[] {
  const table = refOf(old);
  return [
    ...partitionOperations(diff, table, old, next),
    ...columnsOperations(diff, table, old, next),
    ...constraintOperations(diff, old, next, lost),
    ...indexOperations(diff, table, old, next),
    ...propertyOperations(table, old, next),
    ...policyOperations(diff, table, old, next),
    ...comments({ kind: 'table', of: relationOf(next) }, old, next),
  ];
}

function partitionOperations({ rebuilt }: TablesDiff, table: TableRef, old: TableSnapshot, next: TableSnapshot): Operation[] {
  const key = ({ partitioning }: TableSnapshot): string =>
    partitioning === null ? '' : facts({ strategy: partitioning.strategy, key: partitioning.key });
  const isRebuilt = (old.partitioning?.key ?? []).some(
    ({ column }) => column !== null && (rebuilt.isRetyped(old, column) || rebuilt.isReadded(old, column)),
  );
  if (key(old) !== key(next) || isRebuilt) {
    throw new SchemaError(
      'unsupported_change',
      shownName(next),
      `${shownName(next)} would be partitioned in another way, which Postgres has no statement for. Make a new table, copy the rows, and rename it.`,
    );
  }
  const operations: Operation[] = [];
  const [before, after] = [old.partitioning?.partitions ?? [], next.partitioning?.partitions ?? []];
  const hasSame = (list: typeof before, { schema, name, bound }: (typeof before)[number]): boolean =>
    find(list, { schema, name })?.bound === bound;
  for (const partition of before) if (!hasSame(after, partition)) operations.push({ kind: 'dropPartition', table, partition });
  for (const partition of after) {
    if (!hasSame(before, partition)) {
      operations.push({ kind: 'createPartition', table, partition });
      continue;
    }
    const other = find(before, partition)!;
    const own: TableRef = { ...relationOf(partition), partitions: null };
    operations.push(...storageOperations(own, other, partition));
  }
  return operations;
}

function columnsOperations({ rebuilt, hints }: TablesDiff, table: TableRef, old: TableSnapshot, next: TableSnapshot): Operation[] {
  const operations: Operation[] = [];
  const named = (list: TableSnapshot['columns'], name: string): TableSnapshot['columns'][number] | undefined =>
    list.find((column) => column.name === name);
  for (const column of next.columns) {
    const other = named(old.columns, column.name);
    if (other === undefined) operations.push({ kind: 'addColumn', table, column });
    else {
      const hint = hints.typeChanges?.find((each) => relationKey(each.table) === relationKey(next) && each.column === column.name);
      operations.push(
        ...columnOperations({ table, old: other, next: column, rebuilt, using: hint?.using ?? null, keys: keysOver(old, column.name) }),
      );
    }
  }
  for (const column of old.columns)
    if (named(next.columns, column.name) === undefined) operations.push({ kind: 'dropColumn', table, column });
  return operations;
}

function constraintOperations({ from, to, rebuilt }: TablesDiff, old: TableSnapshot, next: TableSnapshot, lost: LostKeys): Operation[] {
  const operations: Operation[] = [];
  for (const constraint of old.constraints) {
    const other = next.constraints.find(({ name }) => name === constraint.name);
    const steps = other === undefined ? null : inPlace(from, old, constraint, other);
    const isTouched =
      rebuilt.touchesConstraint(old, constraint) ||
      (other !== undefined && rebuilt.touchesConstraint(next, other)) ||
      (constraint.kind === 'foreignKey' && lost(constraint));
    if (steps !== null && !isTouched) operations.push(...steps);
    else {
      operations.push(drop(from, old, constraint));
      if (other !== undefined) operations.push(add(to, next, other));
    }
  }
  for (const constraint of next.constraints)
    if (!old.constraints.some(({ name }) => name === constraint.name)) operations.push(add(to, next, constraint));
  // Refs of the new snapshot may name partitions that are not there yet.
  return operations.map((operation) =>
    'table' in operation && operation.kind === 'addConstraint' ? { ...operation, table: refOf(old) } : operation,
  );
}

/** The operations that change a constraint where it is; null when it must be made anew. */
function inPlace(from: SchemaSnapshot, table: TableSnapshot, old: ConstraintSnapshot, next: ConstraintSnapshot): Operation[] | null {
  const operations: Operation[] = [];
  const isValidatable = (old.kind === 'foreignKey' || old.kind === 'check') && old.kind === next.kind;
  const without = ['comment', ...(isValidatable ? ['isValidated'] : [])];
  if (old.kind === 'foreignKey' && next.kind === 'foreignKey') {
    const altered = ['isDeferrable', 'isInitiallyDeferred', 'isEnforced'];
    if (facts(old, [...without, ...altered]) !== facts(next, [...without, ...altered])) return null;
    if (facts(old, without) !== facts(next, without)) {
      // Enforcing again validates, and no longer enforcing forgets it.
      const isValidated = old.isEnforced === next.isEnforced ? old.isValidated : next.isEnforced;
      if (isValidated !== next.isValidated && isValidated) return null;
      operations.push({
        kind: 'alterConstraint',
        table: refOf(table),
        references: referencesOf(from, old)!,
        from: old,
        to: { ...next, isValidated },
      });
      if (!isValidated && next.isValidated) operations.push(validate(from, table, next));
      return [...operations, ...comments({ kind: 'constraint', of: relationOf(table), part: next.name }, old, next)];
    }
  } else if (facts(old, without) !== facts(next, without)) return null;
  if (isValidatable && old.isValidated !== next.isValidated) {
    if (old.isValidated) return null;
    operations.push(validate(from, table, old));
  }
  return [...operations, ...comments({ kind: 'constraint', of: relationOf(table), part: next.name }, old, next)];
}

const validate = (from: SchemaSnapshot, table: TableSnapshot, constraint: ConstraintSnapshot): Operation => ({
  kind: 'validateConstraint',
  table: refOf(table),
  constraint: constraint.name,
  references: referencesOf(from, constraint),
});

function indexOperations({ rebuilt }: TablesDiff, table: TableRef, old: TableSnapshot, next: TableSnapshot): Operation[] {
  const operations: Operation[] = [];
  for (const index of old.indexes) {
    const other = next.indexes.find(({ name }) => name === index.name);
    const name = { schema: old.schema, name: index.name };
    if (other === undefined || !isSameIndex(index, other) || rebuilt.touchesIndex(old, index) || rebuilt.touchesIndex(next, other)) {
      operations.push({ kind: 'dropIndex', table, index });
      if (other !== undefined) operations.push({ kind: 'createIndex', table, index: other });
      continue;
    }
    if (!isEqual(index.storageParams, other.storageParams))
      operations.push({ kind: 'setIndexParams', index: name, method: index.method, from: index.storageParams, to: other.storageParams });
    operations.push(...comments({ kind: 'index', of: name }, index, other));
  }
  for (const index of next.indexes)
    if (!old.indexes.some(({ name }) => name === index.name)) operations.push({ kind: 'createIndex', table, index });
  return operations;
}

function storageOperations(
  table: TableRef,
  old: Pick<TableSnapshot, 'storageParams' | 'tablespace'>,
  next: Pick<TableSnapshot, 'storageParams' | 'tablespace'>,
): Operation[] {
  const operations: Operation[] = [];
  if (!isEqual(old.storageParams, next.storageParams))
    operations.push({ kind: 'setStorageParams', table: relationOf(table), from: old.storageParams, to: next.storageParams });
  if (old.tablespace !== next.tablespace) operations.push({ kind: 'setTablespace', table, from: old.tablespace, to: next.tablespace });
  return operations;
}

function propertyOperations(table: TableRef, old: TableSnapshot, next: TableSnapshot): Operation[] {
  const operations = storageOperations(table, old, next);
  if (old.isUnlogged !== next.isUnlogged) operations.push({ kind: 'setUnlogged', table, to: next.isUnlogged });
  if (!isEqual(old.rowSecurity, next.rowSecurity))
    operations.push({ kind: 'setRowSecurity', table, from: old.rowSecurity, to: next.rowSecurity });
  return [...operations, ...grantOperations({ kind: 'table', schema: next.schema, name: next.name }, old.grants, next.grants)];
}

function policyOperations({ rebuilt }: TablesDiff, table: TableRef, old: TableSnapshot, next: TableSnapshot): Operation[] {
  const operations: Operation[] = [];
  for (const policy of old.policies) {
    const other = next.policies.find(({ name }) => name === policy.name);
    if (other === undefined) {
      operations.push({ kind: 'dropPolicy', table, policy, isReplaced: false });
      continue;
    }
    const isSame = facts(policy, ['comment']) === facts(other, ['comment']);
    if (rebuilt.touchesPolicy(policy) || rebuilt.touchesPolicy(other) || (!isSame && !isAlterable(policy, other))) {
      operations.push({ kind: 'dropPolicy', table, policy, isReplaced: true }, { kind: 'createPolicy', table, policy: other });
      continue;
    }
    if (!isSame) operations.push({ kind: 'alterPolicy', table, from: policy, to: other });
    operations.push(...comments({ kind: 'policy', of: relationOf(next), part: other.name }, policy, other));
  }
  for (const policy of next.policies)
    if (!old.policies.some(({ name }) => name === policy.name)) operations.push({ kind: 'createPolicy', table, policy });
  return operations;
}

/** ALTER POLICY takes no expression away, and the way back must take away none either. */
const isAlterable = (old: PolicySnapshot, next: PolicySnapshot): boolean =>
  old.command === next.command &&
  old.isPermissive === next.isPermissive &&
  (old.using === null) === (next.using === null) &&
  (old.withCheck === null) === (next.withCheck === null);

const comments = (
  target: CommentTarget,
  old: { readonly comment: string | null },
  next: { readonly comment: string | null },
): Operation[] => (old.comment === next.comment ? [] : [{ kind: 'setComment', target, from: old.comment, to: next.comment }]);
