// What a change of a column's type does to the rows that are there: whether Postgres must write them anew, and whether every value is kept.

/** `character varying(20)` apart: its name, its modifiers, whether it is an array. */
interface TypeParts {
  readonly base: string;
  readonly modifiers: readonly number[];
  readonly isArray: boolean;
}

function partsOf(type: string): TypeParts {
  const isArray = type.endsWith('[]');
  const scalar = isArray ? type.slice(0, -2) : type;
  const modifiers = /\((\d+(?:,-?\d+)*)\)/.exec(scalar)?.[1]?.split(',').map(Number) ?? [];
  return { base: scalar.replace(/\([^)]*\)/, ''), modifiers, isArray };
}

/** Types whose values are stored alike, so that one is read as the other. */
const ALIKE: readonly (readonly [string, string])[] = [
  ['character varying', 'text'],
  ['text', 'character varying'],
  ['citext', 'text'],
  ['citext', 'character varying'],
  ['cidr', 'inet'],
];

/** Where more room only lifts a limit. */
const LENGTHS: ReadonlySet<string> = new Set(['character varying', 'bit varying']);
const PRECISIONS: ReadonlySet<string> = new Set([
  'timestamp without time zone',
  'timestamp with time zone',
  'time without time zone',
  'time with time zone',
]);
/** What a type without a modifier keeps: microseconds. */
const FULL_PRECISION = 6;

/** Reports whether the rows stay as they are. */
export function isFreeTypeChange(from: string, to: string): boolean {
  if (from === to) return true;
  const [old, next] = [partsOf(from), partsOf(to)];
  // Postgres looks through a cast of scalars only.
  if (old.isArray || next.isArray) return false;
  if (old.base !== next.base) {
    return next.modifiers.length === 0 && ALIKE.some(([left, right]) => left === old.base && right === next.base);
  }
  if (LENGTHS.has(old.base)) return next.modifiers.length === 0 || (old.modifiers.length > 0 && old.modifiers[0]! <= next.modifiers[0]!);
  if (PRECISIONS.has(old.base)) return (old.modifiers[0] ?? FULL_PRECISION) <= (next.modifiers[0] ?? FULL_PRECISION);
  if (old.base === 'numeric') {
    if (next.modifiers.length === 0) return true;
    return old.modifiers.length > 0 && old.modifiers[0]! <= next.modifiers[0]! && (old.modifiers[1] ?? 0) === (next.modifiers[1] ?? 0);
  }
  return false;
}

const NUMBERS: readonly string[] = ['smallint', 'integer', 'bigint', 'numeric'];
const FLOATS: readonly string[] = ['real', 'double precision'];

/** Reports whether every value of `from` is one of `to`, and comes back from it. */
export function isWidening(from: string, to: string): boolean {
  if (isFreeTypeChange(from, to)) return true;
  const [old, next] = [partsOf(from), partsOf(to)];
  if (old.isArray !== next.isArray) return false;
  if (old.isArray) return isWidening(from.slice(0, -2), to.slice(0, -2));
  if (next.base === 'text') return old.base !== 'character';
  if (next.modifiers.length > 0) return false;
  const isWider = (list: readonly string[]): boolean => list.includes(old.base) && list.indexOf(next.base) > list.indexOf(old.base);
  return isWider(NUMBERS) || isWider(FLOATS);
}
