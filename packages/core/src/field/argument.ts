// Checks of what builders are given that types alone cannot hold: a key that nobody reads is a setting that silently does nothing.

import type { FieldSpec } from './field-spec.ts';

/** The keys of `given` that are not among `known`. */
export function unknownKeys(given: unknown, known: readonly string[]): string[] {
  return typeof given === 'object' && given !== null ? Object.keys(given).filter((key) => !known.includes(key)) : [];
}

/** The problem of a builder whose options have unknown keys, as facts of a field; nothing where there is none. */
export function optionFacts(builder: string, given: unknown, known: readonly string[]): Pick<FieldSpec, 'problem'> {
  const [unknown] = unknownKeys(given, known);
  return unknown === undefined
    ? {}
    : { problem: { rule: 'unknown_option', message: `${builder} has no option ${unknown}: its options are ${known.join(', ')}` } };
}
