// Sequences: their options, CREATE SEQUENCE, and the column that owns one.

import { quoteIdentifier } from '@djogi/core/extension';
import { defaultSequenceOptions } from '../snapshot/make-snapshot.ts';
import type { QualifiedName } from '../snapshot/qualified-name.ts';
import type { SequenceOptions, SequenceSnapshot } from '../snapshot/snapshot.ts';
import { qualified } from './fragment.ts';

/** The options that differ from `usual`: `INCREMENT BY 2 MINVALUE 10 START WITH 10`. */
export function sequenceOptions(options: SequenceOptions, usual: SequenceOptions): string {
  const parts: string[] = [];
  if (options.increment !== usual.increment) parts.push(`INCREMENT BY ${options.increment}`);
  if (options.min !== usual.min) parts.push(`MINVALUE ${options.min}`);
  if (options.max !== usual.max) parts.push(`MAXVALUE ${options.max}`);
  // Without START a sequence begins at its own MINVALUE (MAXVALUE when it descends), which is not the usual start then.
  if (options.start !== usual.start || parts.length > 0) parts.push(`START WITH ${options.start}`);
  if (options.cache !== usual.cache) parts.push(`CACHE ${options.cache}`);
  if (options.isCyclic) parts.push('CYCLE');
  // A descending sequence has other bounds unless they are written.
  if (options.increment.startsWith('-')) {
    if (options.min === usual.min) parts.push(`MINVALUE ${options.min}`);
    if (options.max === usual.max) parts.push(`MAXVALUE ${options.max}`);
  }
  return parts.join(' ');
}

/** All of them, for ALTER SEQUENCE and the options of an identity: what is not said there stays as it was. */
export const everySequenceOption = ({ start, increment, min, max, cache, isCyclic }: SequenceOptions): readonly string[] => [
  `INCREMENT BY ${increment}`,
  `MINVALUE ${min}`,
  `MAXVALUE ${max}`,
  `START WITH ${start}`,
  `CACHE ${cache}`,
  isCyclic ? 'CYCLE' : 'NO CYCLE',
];

export function createSequence(sequence: SequenceSnapshot): string {
  const options = sequenceOptions(sequence.options, defaultSequenceOptions(sequence.type));
  return `CREATE SEQUENCE ${qualified(sequence)} AS ${sequence.type}${options === '' ? '' : ` ${options}`}`;
}

/** Makes the column the owner: dropping it drops the sequence. */
export const ownSequence = (sequence: QualifiedName, owner: NonNullable<SequenceSnapshot['ownedBy']>): string =>
  `ALTER SEQUENCE ${qualified(sequence)} OWNED BY ${qualified(owner)}.${quoteIdentifier(owner.column)}`;
