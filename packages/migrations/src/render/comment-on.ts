// COMMENT ON, for every object of a snapshot that can have one.

import { quoteIdentifier, quoteLiteral } from '@djogi/core/extension';
import type { QualifiedName } from '../snapshot/qualified-name.ts';
import type { TableSnapshot } from '../snapshot/snapshot.ts';
import { qualified } from './fragment.ts';

/** What a comment is on. `part` is the column, constraint or policy of the table `of`. */
export type CommentTarget =
  | { readonly kind: 'table' | 'index' | 'sequence' | 'type'; readonly of: QualifiedName }
  | { readonly kind: 'column' | 'constraint' | 'policy'; readonly of: QualifiedName; readonly part: string };

/** Sets the comment, or removes it when `text` is null. Locks: SHARE UPDATE EXCLUSIVE on a table or index. */
export function commentOn(target: CommentTarget, text: string | null): string {
  const value = text === null ? 'NULL' : quoteLiteral(text);
  if (!('part' in target)) return `COMMENT ON ${target.kind.toUpperCase()} ${qualified(target.of)} IS ${value}`;
  if (target.kind === 'column') return `COMMENT ON COLUMN ${qualified(target.of)}.${quoteIdentifier(target.part)} IS ${value}`;
  return `COMMENT ON ${target.kind.toUpperCase()} ${quoteIdentifier(target.part)} ON ${qualified(target.of)} IS ${value}`;
}

/** The comments of a table and of everything it has. */
export function tableComments(table: TableSnapshot): string[] {
  const made: string[] = [];
  const add = (comment: string | null, target: CommentTarget): void => {
    if (comment !== null) made.push(commentOn(target, comment));
  };
  add(table.comment, { kind: 'table', of: table });
  for (const column of table.columns) add(column.comment, { kind: 'column', of: table, part: column.name });
  for (const constraint of table.constraints) add(constraint.comment, { kind: 'constraint', of: table, part: constraint.name });
  for (const index of table.indexes) add(index.comment, { kind: 'index', of: { schema: table.schema, name: index.name } });
  for (const policy of table.policies) add(policy.comment, { kind: 'policy', of: table, part: policy.name });
  return made;
}
