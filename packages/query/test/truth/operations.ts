// Every operation twice: as the packages have it, and as plain JavaScript computes it. An operation answers null to a null unless it says otherwise.

import { and, caseWhen, cast, coalesce, dateTrunc, extract, greatest, least, literal, not, nullIf, or } from '@djogi/core';
import { createHash } from 'node:crypto';
import { Temporal } from 'temporal-polyfill';
import type { Term } from './term.ts';
import { decimalOf, DECIMALS, decimalText, doubleOf, isEqual, toJs, TYPES, type Dec, type TypeName, type Value } from './value.ts';

export interface Operation {
  /** Arguments are expressions, or JavaScript values for plain ones. */
  readonly build: (args: any[], term: Term) => any;
  readonly answer: (args: any[], term: Term) => Value;
  /** Is given nulls. */
  readonly takesNulls?: true;
}

const method = (name: string, answer: Operation['answer']): Operation => ({
  build: ([subject, ...rest], { values = [] }) => subject[name](...rest, ...values),
  answer: (args, term) => answer([...args, ...(term.values ?? [])], term),
});
const own = (operation: Operation): Operation => ({ ...operation, takesNulls: true });

type Truth = boolean | null;
export const conjunction = (truths: readonly Truth[]): Truth => (truths.includes(false) ? false : truths.includes(null) ? null : true);
export const disjunction = (truths: readonly Truth[]): Truth => (truths.includes(true) ? true : truths.includes(null) ? null : false);
export const negation = (truth: Truth): Truth => (truth === null ? null : !truth);

const typeOf = (term: Term): TypeName => term.args[0]!.type;
const sign = ([left, right]: any[], term: Term): number => TYPES[typeOf(term)].compare(left, right);

export const COMPARISONS: Readonly<Record<string, (sign: number) => boolean>> = {
  eq: (found) => found === 0,
  neq: (found) => found !== 0,
  gt: (found) => found > 0,
  gte: (found) => found >= 0,
  lt: (found) => found < 0,
  lte: (found) => found <= 0,
};

const ordered = Object.fromEntries(
  Object.entries(COMPARISONS).map(([name, accepts]) => [name, method(name, (args, term) => accepts(sign(args, term)))]),
);
const isSame = (left: Value, right: Value, type: TypeName): boolean =>
  left === null || right === null ? left === right : isEqual(type, left, right);

const NUMERIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
};
const BIGINT: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  mod: (a, b) => a % b,
};
function arithmetic(name: 'add' | 'sub' | 'mul' | 'div' | 'mod'): Operation {
  return method(name, ([left, right], { type }) => {
    if (type === 'dec') return DECIMALS[name](left, right);
    if (type === 'big') return BIGINT[name]!(left, right);
    if (name === 'div') return type === 'double' ? left / right : Math.trunc(left / right);
    return name === 'mod' ? left % right : NUMERIC[name]!(left, right);
  });
}
/** By family: decimals, bigints, numbers. */
const alone = (name: string, ofDec: (dec: Dec) => Dec, ofBig: (big: bigint) => bigint, ofNumber: (number: number) => number): Operation =>
  method(name, ([value], { type }) => (type === 'dec' ? ofDec(value) : type === 'big' ? ofBig(value) : ofNumber(value)));

const halfToEven = (value: number): number => {
  const below = Math.floor(value),
    rest = value - below;
  return rest === 0.5 ? (below % 2 === 0 ? below : below + 1) : Math.round(value);
};

const letters = (text: string): string[] => Array.from(text);
const lower = (text: string): string => text.toLowerCase();
const upper = (text: string): string => text.toUpperCase();

/** A pattern of LIKE, as a regular expression. A backslash takes the next letter literally. */
function likePattern(pattern: string): RegExp {
  let source = '';
  for (const [, escaped, letter] of pattern.matchAll(/\\(.)|(.)/gsu))
    source +=
      letter === '%' ? '.*' : letter === '_' ? '.' : (escaped ?? letter)!.replace(/[.*+?^${}()|[\]\\/-]/gu, '\\$&').replace(/^\\-$/u, '-');
  return new RegExp(`^${source}$`, 'su');
}
const stripped = (text: string, characters: string, ends: readonly ('start' | 'end')[]): string => {
  const all = letters(text),
    set = new Set(letters(characters));
  let from = 0,
    to = all.length;
  if (ends.includes('start')) while (from < to && set.has(all[from]!)) from++;
  if (ends.includes('end')) while (to > from && set.has(all[to - 1]!)) to--;
  return all.slice(from, to).join('');
};
const padded = (text: string, length: number, fill: string): string[] => {
  const missing = Math.max(length, 0) - letters(text).length,
    fills = letters(fill);
  return missing <= 0 || fills.length === 0 ? [] : Array.from({ length: missing }, (_, at) => fills[at % fills.length]!);
};
const cut = (text: string, length: number): string => letters(text).slice(0, Math.max(length, 0)).join('');

const date = (value: string): Temporal.PlainDate => Temporal.PlainDate.from(value);
const moment = (ms: number): Temporal.PlainDateTime =>
  Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO('UTC').toPlainDateTime();

function partOf(part: string, day: Temporal.PlainDate | Temporal.PlainDateTime): number {
  switch (part) {
    case 'dow':
      return day.dayOfWeek % 7;
    case 'isodow':
      return day.dayOfWeek;
    case 'doy':
      return day.dayOfYear;
    case 'quarter':
      return Math.ceil(day.month / 3);
    case 'week':
      return day.weekOfYear!;
    case 'isoyear':
      return day.yearOfWeek!;
    case 'second':
      return ((day as Temporal.PlainDateTime).second * 1_000_000 + (day as Temporal.PlainDateTime).millisecond * 1000) / 1_000_000;
    default:
      return (day as unknown as Record<string, number>)[part]!;
  }
}
function beginningOf(unit: string, day: Temporal.PlainDate): Temporal.PlainDate {
  switch (unit) {
    case 'week':
      return day.subtract({ days: day.dayOfWeek - 1 });
    case 'month':
      return day.with({ day: 1 });
    case 'quarter':
      return day.with({ day: 1, month: day.month - ((day.month - 1) % 3) });
    case 'year':
      return day.with({ day: 1, month: 1 });
    default:
      return day;
  }
}

const CASTS: Readonly<Record<string, (value: any, from: TypeName) => Value>> = {
  text: (value: any, from) => (from === 'dec' ? decimalText(value) : String(value)),
  int: (value: any, from) =>
    from === 'dec'
      ? Number(DECIMALS.round(value, 0).digits)
      : from === 'double'
        ? halfToEven(value)
        : from === 'bool'
          ? Number(value)
          : Number(value),
  big: (value: any, from) => (from === 'dec' ? DECIMALS.round(value, 0).digits : BigInt(from === 'double' ? halfToEven(value) : value)),
  dec: (value: any, from) => (from === 'double' ? decimal15(value) : decimalOf(value)),
  double: (value: any, from) => (from === 'dec' ? doubleOf(value) : Number(value)),
  bool: (value: any) => value !== 0,
};
/** Of doubles with few digits only. */
function decimal15(value: number): Dec {
  const [whole, fraction = ''] = String(value).split('.');
  return { digits: BigInt(`${whole}${fraction}`), scale: fraction.length };
}

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  literal: {
    build: (_, { value, type, values }) => literal(toJs(type, value!) as never, (values?.[0] ?? TYPES[type].field()) as never),
    answer: (_, { value }) => value!,
  },
  plain: { build: (_, { value, type }) => toJs(type, value!), answer: (_, { value }) => value! },
  /** A value without a type, as an expression. */
  untyped: { build: (_, { value, type }) => literal(toJs(type, value!) as never), answer: (_, { value }) => value! },
  /** A null where an arm of a CASE may be one. */
  nothing: { build: () => null, answer: () => null },

  ...ordered,
  between: own(
    method('between', ([value, low, high], term) =>
      conjunction([
        value === null || low === null ? null : sign([value, low], term) >= 0,
        value === null || high === null ? null : sign([value, high], term) <= 0,
      ]),
    ),
  ),
  isDistinctFrom: own(method('isDistinctFrom', ([left, right], term) => !isSame(left, right, typeOf(term)))),
  isNotDistinctFrom: own(method('isNotDistinctFrom', ([left, right], term) => isSame(left, right, typeOf(term)))),
  eqNull: own({ build: ([subject]) => subject.eq(null), answer: ([value]) => value === null }),
  neqNull: own({ build: ([subject]) => subject.neq(null), answer: ([value]) => value !== null }),
  isNull: own(method('isNull', ([value]) => value === null)),
  isNotNull: own(method('isNotNull', ([value]) => value !== null)),
  in: own({
    build: ([subject], term) => subject.in(term.values!.map((value) => toJs(typeOf(term), value as Value))),
    answer: ([value], term) => isMember(value, term),
  }),
  notIn: own({
    build: ([subject], term) => subject.notIn(new Set(term.values!.map((value) => toJs(typeOf(term), value as Value)))),
    answer: ([value], term) => negation(isMember(value, term)),
  }),

  and: own({ build: (args) => and(...args), answer: conjunction }),
  or: own({ build: (args) => or(...args), answer: disjunction }),
  andThen: own({ build: ([first, ...rest]) => first.and(...rest), answer: conjunction }),
  orElse: own({ build: ([first, ...rest]) => first.or(...rest), answer: disjunction }),
  not: { build: ([predicate]) => not(predicate), answer: ([truth]) => !truth },
  negated: method('not', ([truth]) => !truth),
  xor: method('xor', ([left, right]) => left !== right),
  isTrue: own(method('isTrue', ([truth]) => truth === true)),
  isFalse: own(method('isFalse', ([truth]) => truth === false)),

  add: arithmetic('add'),
  sub: arithmetic('sub'),
  mul: arithmetic('mul'),
  div: arithmetic('div'),
  mod: arithmetic('mod'),
  neg: alone(
    'neg',
    DECIMALS.neg,
    (big) => -big,
    (number) => -number,
  ),
  abs: alone(
    'abs',
    ({ digits, scale }) => ({ digits: digits < 0n ? -digits : digits, scale }),
    (big) => (big < 0n ? -big : big),
    Math.abs,
  ),
  sign: alone(
    'sign',
    ({ digits }) => decimalOf(Number(digits > 0n) - Number(digits < 0n)),
    (big) => BigInt(Number(big > 0n) - Number(big < 0n)),
    Math.sign,
  ),
  ceil: alone(
    'ceil',
    (dec) => DECIMALS.neg(DECIMALS.floor(DECIMALS.neg(dec))),
    (big) => big,
    Math.ceil,
  ),
  floor: alone('floor', DECIMALS.floor, (big) => big, Math.floor),
  round: alone(
    'round',
    (dec) => DECIMALS.round(dec, 0),
    (big) => big,
    halfToEven,
  ),
  /** To digits of an integer or decimal. */
  roundTo: {
    build: ([subject], { values }) => subject.round(values![0]),
    answer: ([value], { type, values }) => {
      const digits = values![0] as number;
      if (type === 'dec') return DECIMALS.round(value, digits);
      const { digits: whole } = DECIMALS.round(decimalOf(value), Math.min(digits, 0));
      return type === 'big' ? whole : Number(whole);
    },
  },
  power: method('power', ([value, exponent], term) => Math.pow(typeOf(term) === 'dec' ? doubleOf(value) : Number(value), exponent)),
  sqrt: method('sqrt', ([value], term) => Math.sqrt(typeOf(term) === 'dec' ? doubleOf(value) : Number(value))),

  coalesce: own({
    build: ([first, ...rest]) => (coalesce as any)(first, ...rest),
    answer: (args) => args.find((value) => value !== null) ?? null,
  }),
  greatest: own({ build: ([first, ...rest]) => (greatest as any)(first, ...rest), answer: (args, term) => extreme(args, term, 1) }),
  least: own({ build: ([first, ...rest]) => (least as any)(first, ...rest), answer: (args, term) => extreme(args, term, -1) }),
  nullIf: own({
    build: ([value, other]) => (nullIf as any)(value, other),
    answer: ([value, other], term) => (value !== null && other !== null && isEqual(typeOf(term), value, other) ? null : value),
  }),
  /** Conditions and values by turns, and what is there otherwise. */
  case: own({
    build: (args) => {
      let built: any = caseWhen(args[0], args[1]);
      for (let at = 2; at < args.length - 1; at += 2) built = built.when(args[at], args[at + 1]);
      return built.otherwise(args.at(-1));
    },
    answer: (args) => {
      for (let at = 0; at < args.length - 1; at += 2) if (args[at] === true) return args[at + 1];
      return args.at(-1);
    },
  }),
  cast: {
    build: ([subject], { type }) => cast(subject, TYPES[type].field()),
    answer: ([value], term) => CASTS[term.type]!(value, typeOf(term)),
  },

  lower: method('lower', ([text]) => lower(text)),
  upper: method('upper', ([text]) => upper(text)),
  length: method('length', ([text]) => letters(text).length),
  concat: method('concat', (args) => args.join('')),
  trim: method('trim', ([text, characters = ' ']) => stripped(text, characters, ['start', 'end'])),
  ltrim: method('ltrim', ([text, characters = ' ']) => stripped(text, characters, ['start'])),
  rtrim: method('rtrim', ([text, characters = ' ']) => stripped(text, characters, ['end'])),
  replace: method('replace', ([text, from, to]) => (from === '' ? text : text.replaceAll(from, () => to))),
  substr: method('substr', ([text, start, length]) => {
    const from = start - 1,
      to = length === undefined ? Infinity : from + length;
    return letters(text).slice(Math.max(from, 0), Math.max(to, 0)).join('');
  }),
  left: method('left', ([text, count]) => letters(text).slice(0, count).join('')),
  right: method('right', ([text, count]) => (count === 0 ? '' : letters(text).slice(-count).join(''))),
  split: method('split', ([text, separator, part]) => {
    const parts: string[] = separator === '' || text === '' ? [text] : text.split(separator);
    return (part > 0 ? parts[part - 1] : parts.at(part)) ?? '';
  }),
  position: method('position', ([text, part]) => {
    const at = text.indexOf(part);
    return at < 0 ? 0 : letters(text.slice(0, at)).length + 1;
  }),
  reverse: method('reverse', ([text]) => letters(text).reverse().join('')),
  repeat: method('repeat', ([text, count]) => text.repeat(Math.max(count, 0))),
  lpad: method('lpad', ([text, length, fill = ' ']) => [...padded(text, length, fill), cut(text, length)].join('')),
  rpad: method('rpad', ([text, length, fill = ' ']) => [cut(text, length), ...padded(text, length, fill)].join('')),
  md5: method('md5', ([text]) => createHash('md5').update(text).digest('hex')),

  contains: method('contains', ([text, part]) => text.includes(part)),
  icontains: method('icontains', ([text, part]) => lower(text).includes(lower(part))),
  startsWith: method('startsWith', ([text, part]) => text.startsWith(part)),
  istartsWith: method('istartsWith', ([text, part]) => lower(text).startsWith(lower(part))),
  endsWith: method('endsWith', ([text, part]) => text.endsWith(part)),
  iendsWith: method('iendsWith', ([text, part]) => lower(text).endsWith(lower(part))),
  iexact: method('iexact', ([text, other]) => lower(text) === lower(other)),
  like: method('like', ([text, pattern]) => likePattern(pattern).test(text)),
  ilike: method('ilike', ([text, pattern]) => likePattern(lower(pattern)).test(lower(text))),
  regex: method('regex', ([text, pattern]) => new RegExp(pattern, 'u').test(text)),
  iregex: method('iregex', ([text, pattern]) => new RegExp(pattern, 'iu').test(text)),

  hasAll: {
    build: ([list], { value }) => list.contains(value),
    answer: ([list], { value }) => (value as Value[]).every((item) => list.includes(item)),
  },
  within: {
    build: ([list], { value }) => list.containedBy(value),
    answer: ([list], { value }) => list.every((item: Value) => (value as Value[]).includes(item)),
  },
  overlaps: {
    build: ([list], { value }) => list.overlaps(value),
    answer: ([list], { value }) => (value as Value[]).some((item) => list.includes(item)),
  },
  any: { build: ([list], { value }) => list.any(value), answer: ([list], { value }) => list.includes(value) },
  len: method('len', ([list]) => list.length),
  isEmpty: method('isEmpty', ([list]) => list.length === 0),

  extractDate: {
    build: ([day], { values }) => (extract as any)(values![0], day),
    answer: ([day], { values }) => partOf(values![0] as string, date(day)),
  },
  extractAt: {
    build: ([at], { values }) => (extract as any)(values![0], at, { timeZone: 'UTC' }),
    answer: ([at], { values }) => (values![0] === 'epoch' ? (at * 1000) / 1_000_000 : partOf(values![0] as string, moment(at))),
  },
  truncDate: {
    build: ([day], { values }) => (dateTrunc as any)(values![0], day),
    answer: ([day], { values }) => beginningOf(values![0] as string, date(day)).toString(),
  },
  truncAt: {
    build: ([at], { values }) => (dateTrunc as any)(values![0], at, { timeZone: 'UTC' }),
    answer: ([at], { values }) => {
      const [unit] = values as [string],
        length = ({ second: 1000, minute: 60_000, hour: 3_600_000 } as Record<string, number>)[unit];
      if (length !== undefined) return Math.floor(at / length) * length;
      return date(beginningOf(unit, moment(at).toPlainDate()).toString()).toZonedDateTime('UTC').epochMilliseconds;
    },
  },
  addTime: {
    build: ([at], { values }) => at.add(Temporal.Duration.from({ minutes: values![0] as number })),
    answer: ([at], { values }) => at + (values![0] as number) * 60_000,
  },
};

function isMember(value: Value, term: Term): boolean | null {
  const list = term.values as readonly Value[];
  if (list.length === 0) return false;
  return value === null ? null : list.some((item) => isEqual(typeOf(term), value, item));
}

function extreme(args: readonly Value[], { type }: Term, wanted: 1 | -1): Value {
  return args.reduce(
    (best, value) => (best === null || (value !== null && TYPES[type].compare(value, best) * wanted > 0) ? value : best),
    null,
  );
}
