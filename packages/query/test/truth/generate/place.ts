// Where a term stands, and what is known about types and terms while questions are made.

import { inWords, partsOf, type Bounds, type Term } from '../term.ts';
import type { TypeName } from '../value.ts';

/** Where a term stands: the tables of the queries around, outermost first, and how deep it may be. */
export interface Place {
  readonly tables: readonly number[];
  readonly depth: number;
  /** Aggregates must be of their own query: one over columns of an outer query alone is, in SQL, an aggregate of that query. */
  readonly isOwn?: true;
}
export const deeper = (place: Place): Place => ({ ...place, depth: place.depth - 1 });

export const INTEGERS: readonly TypeName[] = ['small', 'int', 'safe', 'big'];
export const NUMBERS: readonly TypeName[] = [...INTEGERS, 'dec', 'double'];
/** From narrow to wide, as far as one is made into the next without being asked. */
export const WIDER: readonly TypeName[] = ['small', 'int', 'safe', 'double'];
export const LISTS: ReadonlySet<TypeName> = new Set(['texts', 'ints']);
export const SORTABLE: readonly TypeName[] = ['int', 'text', 'bool', 'small', 'safe', 'big', 'dec', 'double', 'enum', 'date', 'at', 'uuid'];
export const LIMITS: Readonly<Partial<Record<TypeName, number>>> = {
  small: 32767,
  int: 2 ** 31 - 1,
  safe: 2 ** 53 - 1,
  big: 2 ** 53,
  dec: 1e12,
  double: 1e12,
};

export const isIn = (type: TypeName, { low, high }: Bounds): boolean => Math.max(Math.abs(low), Math.abs(high)) <= LIMITS[type]!;
export const sizeOf = ({ low, high }: Bounds): number => Math.max(Math.abs(low), Math.abs(high));
export const hull = (...all: readonly (Bounds | null)[]): Bounds | null =>
  all.reduce((a, b) => (a === null || b === null ? null : { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) }));
export function corners(a: Bounds, b: Bounds, by: (a: number, b: number) => number): Bounds {
  const all = [by(a.low, b.low), by(a.low, b.high), by(a.high, b.low), by(a.high, b.high)];
  return { low: Math.min(...all), high: Math.max(...all) };
}

export const TEXT_LIMIT = 12;
export const PATTERNS = ['a%', '%b', '_', '%', '', 'A_', '%\\%%', '\\_b', 'a\\b', '%🦊%'] as const;
export const REGEXES = ['^a', 'b$', 'a.?b', '[ab]+', 'A|b', '^$', '^.$', '(ab)?a'] as const;
export const PARTS = ['a', 'b', '', 'B', 'ab', '%', '_', '\\', '🦊', ' '] as const;

/** Whether a column of the term's own query is in it. */
export const hasOwnColumn = (term: Term): boolean =>
  term.column?.at === 0 || (term.rows === undefined ? partsOf(term) : subjectsOf(term)).some(hasOwnColumn);
/** What stands outside of a subquery: the value that its rows are compared with. */
const subjectsOf = ({ op, args }: Term): readonly Term[] =>
  ['inRows', 'notInRows', 'anyOf', 'allOf'].includes(op) ? args.slice(0, 1) : [];

/** What the packages make of a term: a whole number rounded is itself, and so is a predicate joined with nothing. */
export function asMade(term: Term): Term {
  const args = term.args.map(asMade),
    { op, type, values } = term;
  const [only] = args;
  if (['ceil', 'floor', 'round'].includes(op) || (op === 'roundTo' && (values![0] as number) >= 0))
    return INTEGERS.includes(type) ? only! : { ...term, args };
  return JUNCTIONS.has(op) && args.length === 1 ? only! : { ...term, args };
}
const JUNCTIONS: ReadonlySet<string> = new Set(['and', 'or', 'andThen', 'orElse']);
export const isConstant = (term: Term): boolean => asMade(term).op === 'literal';
/** Each expression once. Two with values in them are two, whatever the values. */
export const distinctTerms = (terms: readonly Term[]): Term[] => [
  ...new Map(terms.map((term, at) => [hasValue(term) ? at : inWords(asMade(term)), term])).values(),
];
const hasValue = (term: Term): boolean =>
  term.value !== undefined || term.values !== undefined || term.rows !== undefined || partsOf(term).some(hasValue);
