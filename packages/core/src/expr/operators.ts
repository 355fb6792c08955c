// The operator table. A row says how an operation is spelled, how tightly it binds, what NULL does to it and what it computes in memory, or that
// only SQL can. Adding a lookup adds a row here and a method on an operations class.

import { isJsonNull, jsonAt, jsonContains, jsonHasKey, jsonTypeOf } from '../value/json-document.ts';
import { isAnyJsonNumber } from '../value/json-number.ts';
import type { Comparison, ValueKind } from '../value/kind.ts';

/** Computes the result for non-null operands. `kinds[i]` is the kind of the i-th operand. */
export type InMemory = (operands: readonly any[], kinds: readonly ValueKind[]) => unknown;

export interface Operator {
  readonly name: string;
  /** `$0`, `$1` are the operands; `$*` is all of them joined by ` || ` and the like (see `joinedBy`); `$1:type` is the operand cast to its type. */
  readonly template: string;
  /** For `$*`. */
  readonly joinedBy?: string;
  readonly precedence: number;
  /** `strict`: NULL when any operand is. `own`: `evaluate` is given nulls and decides. */
  readonly nulls: 'strict' | 'own';
  /** True where the result may be NULL although no operand is. */
  readonly givesNull?: true;
  /** True where a parameter's type follows from the other operand, so that it is written bare: `price >= $1`. Elsewhere it is cast. */
  readonly infersParameters: boolean;
  /** True where `a op b op c` means `(a op b) op c` and is written so. */
  readonly isLeftAssociative?: boolean;
  /** True where the operands are of different kinds on purpose and are not compared with each other. */
  readonly mixesKinds?: boolean;
  /** `sql`: no in-memory form. */
  readonly evaluate: InMemory | 'sql';
}

/** How tightly things bind, as in the manual's 4.1.6 Operator Precedence. An operand with a smaller number is parenthesised. */
export const PRECEDENCE = {
  or: 1,
  and: 2,
  not: 3,
  is: 4,
  comparison: 5,
  membership: 6,
  other: 7,
  additive: 8,
  multiplicative: 9,
  unary: 10,
  cast: 11,
  atom: 12,
} as const;

/** The comparison two operands share: the left one's, which is the column's side in `column = value`. */
function comparisonOf(kinds: readonly ValueKind[]): Comparison<any> {
  return (kinds[0]!.comparison ?? kinds[1]?.comparison)!;
}

const order =
  (accept: (sign: number) => boolean): InMemory =>
  ([left, right], kinds) =>
    accept(comparisonOf(kinds).compare!(left, right));
const equal: InMemory = ([left, right], kinds) => comparisonOf(kinds).equal(left, right);

function comparison(name: string, spelled: string, evaluate: InMemory): Operator {
  return { name, template: `$0 ${spelled} $1`, precedence: PRECEDENCE.comparison, nulls: 'strict', infersParameters: true, evaluate };
}

function pattern(name: string, spelled: string): Operator {
  return {
    name,
    template: `$0 ${spelled} $1`,
    precedence: PRECEDENCE.membership,
    nulls: 'strict',
    infersParameters: true,
    evaluate: 'sql',
  };
}

function infix(name: string, spelled: string, precedence: number): Operator {
  return { name, template: `$0 ${spelled} $1`, precedence, nulls: 'strict', infersParameters: true, evaluate: 'sql' };
}

/** As `infix`, with parameters cast: where the other operand does not say which type is meant. */
function cast(name: string, spelled: string, precedence: number): Operator {
  return { ...infix(name, spelled, precedence), infersParameters: false };
}

function call(name: string, template: string): Operator {
  return { name, template, precedence: PRECEDENCE.atom, nulls: 'strict', infersParameters: false, evaluate: 'sql' };
}

/** `x = ANY(list)`: false for an empty list even when x is NULL; unknown when only a NULL could have been equal. */
const isMember = ([needle, list]: readonly any[], kinds: readonly ValueKind[]): boolean | null => {
  const items = list as readonly unknown[] | null;
  if (items === null) return null;
  if (items.length === 0) return false;
  if (needle === null) return null;
  const { equal } = kinds[0]!.comparison!;
  return items.some((item) => item !== null && equal(needle, item)) ? true : items.includes(null) ? null : false;
};
const isNoMember: InMemory = (operands, kinds) => {
  const found = isMember(operands, kinds);
  return found === null ? null : !found;
};

/** GREATEST and LEAST pass over NULLs. */
const extreme =
  (isBetter: (sign: number) => boolean): InMemory =>
  (operands: readonly unknown[], kinds) => {
    const { compare } = comparisonOf(kinds);
    return operands.reduce(
      (best, operand) => (best === null || (operand !== null && isBetter(compare!(operand, best))) ? operand : best),
      null,
    );
  };

export const OPERATORS = Object.freeze({
  eq: comparison('eq', '=', equal),
  neq: comparison('neq', '<>', (operands, kinds) => !equal(operands, kinds)),
  gt: comparison(
    'gt',
    '>',
    order((sign) => sign > 0),
  ),
  gte: comparison(
    'gte',
    '>=',
    order((sign) => sign >= 0),
  ),
  lt: comparison(
    'lt',
    '<',
    order((sign) => sign < 0),
  ),
  lte: comparison(
    'lte',
    '<=',
    order((sign) => sign <= 0),
  ),
  between: {
    name: 'between',
    template: '$0 BETWEEN $1 AND $2',
    precedence: PRECEDENCE.membership,
    nulls: 'own',
    infersParameters: true,
    // x >= low AND x <= high, with AND's rule for NULL: one false side decides although the other is unknown.
    evaluate: ([value, low, high], kinds) => {
      const { compare } = kinds[0]!.comparison!;
      const above = value === null || low === null ? null : compare!(value, low) >= 0;
      const below = value === null || high === null ? null : compare!(value, high) <= 0;
      return above === false || below === false ? false : above === null || below === null ? null : true;
    },
  },
  // One statement text whatever the length of the list: it travels as one array.
  in: {
    name: 'in',
    template: '$0 = ANY($1:type)',
    precedence: PRECEDENCE.comparison,
    nulls: 'own',
    infersParameters: true,
    evaluate: isMember,
  },
  notIn: {
    name: 'notIn',
    template: '$0 <> ALL($1:type)',
    precedence: PRECEDENCE.comparison,
    nulls: 'own',
    infersParameters: true,
    evaluate: isNoMember,
  },
  // Over the rows of a query. NOT IN is no `<> ALL`: the planner hashes the rows of the one and reads those of the other again and again.
  inRows: {
    name: 'inRows',
    template: '$0 IN $1',
    precedence: PRECEDENCE.membership,
    nulls: 'own',
    infersParameters: false,
    evaluate: 'sql',
  },
  notInRows: {
    name: 'notInRows',
    template: '$0 NOT IN $1',
    precedence: PRECEDENCE.membership,
    nulls: 'own',
    infersParameters: false,
    evaluate: 'sql',
  },
  exists: { name: 'exists', template: 'EXISTS $0', precedence: PRECEDENCE.atom, nulls: 'own', infersParameters: false, evaluate: 'sql' },
  isNull: {
    name: 'isNull',
    template: '$0 IS NULL',
    precedence: PRECEDENCE.is,
    nulls: 'own',
    infersParameters: false,
    evaluate: ([value]) => value === null,
  },
  isNotNull: {
    name: 'isNotNull',
    template: '$0 IS NOT NULL',
    precedence: PRECEDENCE.is,
    nulls: 'own',
    infersParameters: false,
    evaluate: ([value]) => value !== null,
  },
  isDistinctFrom: {
    name: 'isDistinctFrom',
    template: '$0 IS DISTINCT FROM $1',
    precedence: PRECEDENCE.is,
    nulls: 'own',
    infersParameters: true,
    evaluate: (operands, kinds) => (operands[0] === null || operands[1] === null ? operands[0] !== operands[1] : !equal(operands, kinds)),
  },
  isNotDistinctFrom: {
    name: 'isNotDistinctFrom',
    template: '$0 IS NOT DISTINCT FROM $1',
    precedence: PRECEDENCE.is,
    nulls: 'own',
    infersParameters: true,
    evaluate: (operands, kinds) => (operands[0] === null || operands[1] === null ? operands[0] === operands[1] : equal(operands, kinds)),
  },

  and: {
    name: 'and',
    template: '$*',
    joinedBy: ' AND ',
    precedence: PRECEDENCE.and,
    nulls: 'own',
    infersParameters: false,
    evaluate: (operands) => (operands.includes(false) ? false : operands.includes(null) ? null : true),
  },
  or: {
    name: 'or',
    template: '$*',
    joinedBy: ' OR ',
    precedence: PRECEDENCE.or,
    nulls: 'own',
    infersParameters: false,
    evaluate: (operands) => (operands.includes(true) ? true : operands.includes(null) ? null : false),
  },
  not: {
    name: 'not',
    template: 'NOT $0',
    precedence: PRECEDENCE.not,
    nulls: 'strict',
    infersParameters: false,
    evaluate: ([operand]) => !operand,
  },
  xor: {
    name: 'xor',
    template: '$0 <> $1',
    precedence: PRECEDENCE.comparison,
    nulls: 'strict',
    infersParameters: false,
    evaluate: ([left, right]) => left !== right,
  },
  isTrue: {
    name: 'isTrue',
    template: '$0 IS TRUE',
    precedence: PRECEDENCE.is,
    nulls: 'own',
    infersParameters: false,
    evaluate: ([operand]) => operand === true,
  },
  isFalse: {
    name: 'isFalse',
    template: '$0 IS FALSE',
    precedence: PRECEDENCE.is,
    nulls: 'own',
    infersParameters: false,
    evaluate: ([operand]) => operand === false,
  },
  true: { name: 'true', template: 'TRUE', precedence: PRECEDENCE.atom, nulls: 'strict', infersParameters: false, evaluate: () => true },
  false: { name: 'false', template: 'FALSE', precedence: PRECEDENCE.atom, nulls: 'strict', infersParameters: false, evaluate: () => false },

  like: pattern('like', 'LIKE'),
  notLike: pattern('notLike', 'NOT LIKE'),
  ilike: pattern('ilike', 'ILIKE'),
  notIlike: pattern('notIlike', 'NOT ILIKE'),
  regex: infix('regex', '~', PRECEDENCE.other),
  iregex: infix('iregex', '~*', PRECEDENCE.other),
  iexact: { ...infix('iexact', '=', PRECEDENCE.comparison), template: 'lower($0) = lower($1:type)', infersParameters: false },

  lower: call('lower', 'lower($0)'),
  upper: call('upper', 'upper($0)'),
  length: call('length', 'char_length($0)'),
  concat: {
    name: 'concat',
    template: '$*',
    joinedBy: ' || ',
    precedence: PRECEDENCE.other,
    nulls: 'strict',
    infersParameters: false,
    evaluate: 'sql',
  },

  trim: call('trim', 'btrim($*)'),
  ltrim: call('ltrim', 'ltrim($*)'),
  rtrim: call('rtrim', 'rtrim($*)'),
  replace: call('replace', 'replace($*)'),
  substr: call('substr', 'substr($*)'),
  left: call('left', 'left($*)'),
  right: call('right', 'right($*)'),
  split: call('split', 'split_part($*)'),
  position: call('position', 'strpos($*)'),
  reverse: call('reverse', 'reverse($0)'),
  repeat: call('repeat', 'repeat($*)'),
  lpad: call('lpad', 'lpad($*)'),
  rpad: call('rpad', 'rpad($*)'),
  md5: call('md5', 'md5($0)'),

  coalesce: {
    name: 'coalesce',
    template: 'coalesce($*)',
    precedence: PRECEDENCE.atom,
    nulls: 'own',
    infersParameters: false,
    evaluate: (operands: readonly unknown[]) => operands.find((operand) => operand !== null) ?? null,
  },
  greatest: {
    name: 'greatest',
    template: 'greatest($*)',
    precedence: PRECEDENCE.atom,
    nulls: 'own',
    infersParameters: false,
    evaluate: extreme((sign) => sign > 0),
  },
  least: {
    name: 'least',
    template: 'least($*)',
    precedence: PRECEDENCE.atom,
    nulls: 'own',
    infersParameters: false,
    evaluate: extreme((sign) => sign < 0),
  },
  nullIf: {
    name: 'nullIf',
    template: 'nullif($*)',
    precedence: PRECEDENCE.atom,
    nulls: 'own',
    givesNull: true,
    infersParameters: false,
    evaluate: (operands: readonly unknown[], kinds) => (operands.includes(null) || !equal(operands, kinds) ? operands[0] : null),
  },

  // Milliseconds, so that it is a Date; the clock of the transaction's start, so that the planner may use an index.
  now: call('now', "date_trunc('milliseconds', now())"),
  currentDate: call('currentDate', 'current_date'),
  currentYear: { ...call('currentYear', 'extract(year FROM current_date)::integer'), precedence: PRECEDENCE.cast },
  dateTrunc: call('dateTrunc', 'date_trunc($*)'),
  datePart: call('datePart', 'date_part($*)'),
  atTimeZone: call('atTimeZone', 'timezone($1:type, $0)'),

  abs: call('abs', 'abs($0)'),
  sign: call('sign', 'sign($0)'),
  ceil: call('ceil', 'ceil($0)'),
  floor: call('floor', 'floor($0)'),
  round: call('round', 'round($*)'),
  power: call('power', 'power($*)'),
  sqrt: call('sqrt', 'sqrt($0)'),

  add: infix('add', '+', PRECEDENCE.additive),
  sub: infix('sub', '-', PRECEDENCE.additive),
  mul: infix('mul', '*', PRECEDENCE.multiplicative),
  div: infix('div', '/', PRECEDENCE.multiplicative),
  // numeric divides into fractions.
  wholeDiv: call('wholeDiv', 'div($0, $1)'),
  mod: infix('mod', '%', PRECEDENCE.multiplicative),
  // A space keeps two minus signs from becoming a comment.
  neg: { name: 'neg', template: '- $0', precedence: PRECEDENCE.unary, nulls: 'strict', infersParameters: false, evaluate: 'sql' },

  arrayContains: infix('arrayContains', '@>', PRECEDENCE.other),
  arrayContainedBy: infix('arrayContainedBy', '<@', PRECEDENCE.other),
  arrayOverlaps: infix('arrayOverlaps', '&&', PRECEDENCE.other),
  arrayHas: {
    name: 'arrayHas',
    template: '$1:type = ANY($0)',
    precedence: PRECEDENCE.comparison,
    nulls: 'strict',
    infersParameters: true,
    evaluate: 'sql',
  },
  cardinality: call('cardinality', 'cardinality($0)'),

  toTsvector: call('toTsvector', 'to_tsvector($0, $1)'),
  setWeight: call('setWeight', 'setweight($0, $1)'),
  // oxlint-disable-next-line typescript/no-unsafe-return -- the value is untyped at this seam
  textOrEmpty: { ...call('textOrEmpty', "coalesce($0, '')"), nulls: 'own', evaluate: ([text]) => text ?? '' },
  toTsquery: call('toTsquery', 'to_tsquery($0, $1)'),
  plainToTsquery: call('plainToTsquery', 'plainto_tsquery($0, $1)'),
  phraseToTsquery: call('phraseToTsquery', 'phraseto_tsquery($0, $1)'),
  websearchToTsquery: call('websearchToTsquery', 'websearch_to_tsquery($0, $1)'),
  searchMatches: cast('searchMatches', '@@', PRECEDENCE.other),
  tsRank: call('tsRank', 'ts_rank($*)'),
  tsRankCd: call('tsRankCd', 'ts_rank_cd($*)'),
  tsHeadline: call('tsHeadline', 'ts_headline($*)'),

  // An operator binds as its name does, whoever defines it: this `%` as tightly as the remainder.
  trgmSimilarTo: cast('trgmSimilarTo', '%', PRECEDENCE.multiplicative),
  trgmWordSimilarTo: cast('trgmWordSimilarTo', '<%', PRECEDENCE.other),
  trgmSimilarity: call('trgmSimilarity', 'similarity($0, $1)'),
  trgmWordSimilarity: call('trgmWordSimilarity', 'word_similarity($0, $1)'),
  trgmDistance: cast('trgmDistance', '<->', PRECEDENCE.other),

  // A bare parameter beside a moment would be taken for a moment, not for a duration.
  addInterval: cast('addInterval', '+', PRECEDENCE.additive),
  subInterval: cast('subInterval', '-', PRECEDENCE.additive),
  mulInterval: cast('mulInterval', '*', PRECEDENCE.multiplicative),
  since: infix('since', '-', PRECEDENCE.additive),

  rangeHas: cast('rangeHas', '@>', PRECEDENCE.other),
  rangeContains: cast('rangeContains', '@>', PRECEDENCE.other),
  rangeContainedBy: cast('rangeContainedBy', '<@', PRECEDENCE.other),
  rangeOverlaps: cast('rangeOverlaps', '&&', PRECEDENCE.other),
  rangeBefore: cast('rangeBefore', '<<', PRECEDENCE.other),
  rangeAfter: cast('rangeAfter', '>>', PRECEDENCE.other),
  rangeNotRightOf: cast('rangeNotRightOf', '&<', PRECEDENCE.other),
  rangeNotLeftOf: cast('rangeNotLeftOf', '&>', PRECEDENCE.other),
  rangeAdjacent: cast('rangeAdjacent', '-|-', PRECEDENCE.other),
  rangeIsEmpty: call('rangeIsEmpty', 'isempty($0)'),
  rangeLowerInclusive: call('rangeLowerInclusive', 'lower_inc($0)'),
  rangeUpperInclusive: call('rangeUpperInclusive', 'upper_inc($0)'),
  rangeLowerUnbounded: call('rangeLowerUnbounded', 'lower_inf($0)'),
  rangeUpperUnbounded: call('rangeUpperUnbounded', 'upper_inf($0)'),

  networkContainedBy: cast('networkContainedBy', '<<', PRECEDENCE.other),
  networkContainedByOrEqual: cast('networkContainedByOrEqual', '<<=', PRECEDENCE.other),
  networkContains: cast('networkContains', '>>', PRECEDENCE.other),
  networkContainsOrEqual: cast('networkContainsOrEqual', '>>=', PRECEDENCE.other),
  networkOverlaps: cast('networkOverlaps', '&&', PRECEDENCE.other),
  networkFamily: call('networkFamily', 'family($0)'),
  networkMasklen: call('networkMasklen', 'masklen($0)'),
  networkHost: call('networkHost', 'host($0)'),
  networkOf: call('networkOf', 'network($0)'),

  jsonGet: { ...cast('jsonGet', '->', PRECEDENCE.other), isLeftAssociative: true, givesNull: true },
  jsonGetText: { ...cast('jsonGetText', '->>', PRECEDENCE.other), isLeftAssociative: true, givesNull: true },
  // A scalar's text; JSON null has none.
  jsonText: {
    name: 'jsonText',
    template: "$0 #>> '{}'",
    precedence: PRECEDENCE.other,
    isLeftAssociative: true,
    nulls: 'strict',
    givesNull: true,
    infersParameters: false,
    evaluate: ([document]) => (isJsonNull(document) ? null : typeof document === 'string' ? document : JSON.stringify(document)),
  },
  jsonAt: {
    ...cast('jsonAt', '#>', PRECEDENCE.other),
    mixesKinds: true,
    givesNull: true,
    evaluate: ([document, path]) => jsonAt(document, path as string[]),
  },
  jsonTypeOf: { ...call('jsonTypeOf', 'jsonb_typeof($0)'), evaluate: ([document]) => jsonTypeOf(document) },
  jsonToNumber: {
    name: 'jsonToNumber',
    template: "($0 #>> '{}')::numeric",
    precedence: PRECEDENCE.cast,
    nulls: 'strict',
    infersParameters: false,
    evaluate: ([document]) => (isAnyJsonNumber(document) ? document : null),
  },
  jsonToBoolean: {
    name: 'jsonToBoolean',
    template: "($0 #>> '{}')::boolean",
    precedence: PRECEDENCE.cast,
    nulls: 'strict',
    infersParameters: false,
    evaluate: ([document]) => (typeof document === 'boolean' ? document : null),
  },
  jsonLength: {
    ...call('jsonLength', 'jsonb_array_length($0)'),
    evaluate: ([document]) => (Array.isArray(document) ? document.length : null),
  },
  jsonContains: { ...cast('jsonContains', '@>', PRECEDENCE.other), evaluate: ([document, part]) => jsonContains(document, part) },
  jsonHasKey: {
    ...cast('jsonHasKey', '?', PRECEDENCE.other),
    mixesKinds: true,
    evaluate: ([document, key]) => jsonHasKey(document, key as string),
  },
  jsonHasAnyKey: {
    ...cast('jsonHasAnyKey', '?|', PRECEDENCE.other),
    mixesKinds: true,
    evaluate: ([document, keys]) => (keys as string[]).some((key) => jsonHasKey(document, key)),
  },
  jsonHasAllKeys: {
    ...cast('jsonHasAllKeys', '?&', PRECEDENCE.other),
    mixesKinds: true,
    evaluate: ([document, keys]) => (keys as string[]).every((key) => jsonHasKey(document, key)),
  },
  jsonPathExists: cast('jsonPathExists', '@?', PRECEDENCE.other),
  jsonPathMatches: cast('jsonPathMatches', '@@', PRECEDENCE.other),
  jsonPathExistsWith: call('jsonPathExistsWith', 'jsonb_path_exists($0, $1, $2, TRUE)'),
  jsonPathMatchesWith: call('jsonPathMatchesWith', 'jsonb_path_match($0, $1, $2, TRUE)'),
  // Of an array that an aggregate made.
  firstElement: call('firstElement', '($0)[1]'),

  // Make a predicate two-valued.
  orFalse: {
    name: 'orFalse',
    template: 'COALESCE($0, FALSE)',
    precedence: PRECEDENCE.atom,
    nulls: 'own',
    infersParameters: false,
    // oxlint-disable-next-line typescript/no-unsafe-return -- the value is untyped at this seam
    evaluate: ([operand]) => operand ?? false,
  },
  whenTrue: {
    name: 'whenTrue',
    template: 'CASE WHEN $0 THEN $1 ELSE FALSE END',
    precedence: PRECEDENCE.atom,
    nulls: 'own',
    infersParameters: false,
    // oxlint-disable-next-line typescript/no-unsafe-return -- the value is untyped at this seam
    evaluate: ([condition, operand]) => (condition === true ? operand : false),
  },
} satisfies Record<string, Operator>);

export type OperatorName = keyof typeof OPERATORS;
