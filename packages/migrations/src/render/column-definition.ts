// A column as CREATE TABLE and ADD COLUMN both spell it.

import { quoteIdentifier } from '@djogi/core/extension';
import { defaultSequenceOptions } from '../snapshot/make-snapshot.ts';
import type { ColumnSnapshot } from '../snapshot/snapshot.ts';
import { everySequenceOption, sequenceOptions } from './create-sequence.ts';
import { parenthesised } from './fragment.ts';

/** `"id" bigint DEFAULT heerid_next_desc() NOT NULL`. Rendered as validated: a new column has no row yet that could break it. */
export function columnDefinition({ name, type, collation, default: byDefault, identity, generated, notNull }: ColumnSnapshot): string {
  const parts = [`${quoteIdentifier(name)} ${type}`];
  if (collation !== null) parts.push(`COLLATE ${collation}`);
  if (generated !== null)
    parts.push(`GENERATED ALWAYS AS ${parenthesised(generated.expression)} ${generated.isStored ? 'STORED' : 'VIRTUAL'}`);
  if (identity !== null) parts.push(identityClause(identity, type));
  if (byDefault !== null) parts.push(`DEFAULT ${defaultExpression(byDefault)}`);
  if (notNull !== null) parts.push(notNull.isNoInherit ? 'NOT NULL NO INHERIT' : 'NOT NULL');
  return parts.join(' ');
}

/** `GENERATED ALWAYS AS IDENTITY`, with the options that differ from those of `type`, or with all where it is null. */
export function identityClause({ generation, sequence }: NonNullable<ColumnSnapshot['identity']>, type: string | null): string {
  const options = type === null ? everySequenceOption(sequence).join(' ') : sequenceOptions(sequence, defaultSequenceOptions(type));
  return `GENERATED ${generation === 'always' ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY${options === '' ? '' : ` (${options})`}`;
}

/** A call without arguments, a number, or a literal with a plain cast. */
const SIMPLE_DEFAULT = /^(?:[A-Za-z_][\w.]*\(\)|-?\d+(?:\.\d+)?|true|false|'(?:[^'\\]|'')*'(?:::(?:[\w.]+|"[^"]+"))?)$/;

/** DEFAULT takes a restricted expression, without `AT TIME ZONE`, AND or IN: parentheses lift that, and the simple ones read better without. */
export const defaultExpression = (text: string): string => (SIMPLE_DEFAULT.test(text) ? text : parenthesised(text));
