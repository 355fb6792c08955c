// COMMENT ON, for every object of a snapshot that can have one.

import { quoteIdentifier, quoteLiteral } from '@djogi/core/extension';
import type { QualifiedName } from '../snapshot/qualified-name.ts';
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
