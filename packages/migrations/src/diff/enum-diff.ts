// Enums of two snapshots.

import type { Operation } from '../operation/operation.ts';
import { refOf } from '../operation/table-operations.ts';
import { relationKey } from '../snapshot/qualified-name.ts';
import type { EnumSnapshot, SchemaSnapshot } from '../snapshot/snapshot.ts';
import { isOfType, keysOver } from './rebuilt.ts';

export interface EnumChange {
  readonly from: EnumSnapshot;
  readonly to: EnumSnapshot;
  /** Labels are gone or in another order, for which Postgres has no form: the type is made anew. */
  readonly isReplaced: boolean;
}

/** Enums that both have and that differ in their labels. */
export function enumChanges(from: SchemaSnapshot, to: SchemaSnapshot): readonly EnumChange[] {
  return from.enums.flatMap((old) => {
    const next = to.enums.find((type) => relationKey(type) === relationKey(old));
    if (next === undefined || JSON.stringify(old.labels) === JSON.stringify(next.labels)) return [];
    const kept = next.labels.filter((label) => old.labels.includes(label));
    return [{ from: old, to: next, isReplaced: JSON.stringify(kept) !== JSON.stringify(old.labels) }];
  });
}

export function enumOperations(from: SchemaSnapshot, to: SchemaSnapshot, changes: readonly EnumChange[]): readonly Operation[] {
  const operations: Operation[] = [];
  const has = (list: readonly EnumSnapshot[], type: EnumSnapshot): boolean => list.some((each) => relationKey(each) === relationKey(type));
  for (const type of to.enums) if (!has(from.enums, type)) operations.push({ kind: 'createEnum', enum: type });
  for (const type of from.enums) if (!has(to.enums, type)) operations.push({ kind: 'dropEnum', enum: type });
  for (const change of changes) operations.push(...labelOperations(from, to, change));
  for (const old of from.enums) {
    const next = to.enums.find((type) => relationKey(type) === relationKey(old));
    if (next === undefined || next.comment === old.comment) continue;
    if (changes.some((change) => change.isReplaced && change.to === next)) continue;
    operations.push({
      kind: 'setComment',
      target: { kind: 'type', of: { schema: next.schema, name: next.name } },
      from: old.comment,
      to: next.comment,
    });
  }
  return operations;
}

function labelOperations(from: SchemaSnapshot, to: SchemaSnapshot, { from: old, to: next, isReplaced }: EnumChange): Operation[] {
  if (isReplaced) {
    const columns = from.tables.flatMap((table) => {
      const other = to.tables.find((each) => relationKey(each) === relationKey(table));
      return table.columns.flatMap((column) => {
        const later = other?.columns.find(({ name }) => name === column.name);
        const stays =
          later !== undefined && isOfType(column, old) && isOfType(later, old) && column.generated === null && later.generated === null;
        return stays
          ? [{ table: refOf(table), column: column.name, isArray: column.type.endsWith('[]'), keys: keysOver(table, column.name) }]
          : [];
      });
    });
    return [{ kind: 'replaceEnum', from: old, to: next, columns }];
  }
  const { schema, name } = next;
  return next.labels.flatMap((label, position): Operation[] => {
    if (old.labels.includes(label)) return [];
    const following = next.labels.slice(position + 1).find((each) => old.labels.includes(each));
    const anchor =
      following === undefined
        ? position === 0
          ? null
          : { position: 'after' as const, label: next.labels[position - 1]! }
        : { position: 'before' as const, label: following };
    return [{ kind: 'addEnumLabel', enum: { schema, name }, label, anchor }];
  });
}
