// Expressions of every type: functions, arithmetic, CASE, casts.

import type { Bounds, Term } from '../term.ts';
import type { TypeName } from '../value.ts';
import { POOLS } from '../world.ts';
import { Leaves } from './leaves.ts';
import { corners, deeper, hull, INTEGERS, isIn, LISTS, NUMBERS, PARTS, sizeOf, TEXT_LIMIT, WIDER, type Place } from './place.ts';

export abstract class Expressions extends Leaves {
  abstract predicate(place: Place): Term;
  protected abstract scalar(type: TypeName, place: Place): Term;

  /** An expression of a type. For enums and lists there must be a column. */
  term(type: TypeName, place: Place): Term {
    const { depth } = place;
    if (depth <= 0 || LISTS.has(type) || this.choices.chance(35)) return this.leaf(type, place);
    const inner = deeper(place);
    if (type === 'bool') return this.predicate(place);
    const kind = this.choices.below(8);
    if (kind === 0) return this.mixed(type, inner);
    if (kind === 1 && this.subqueries > 0 && type !== 'enum') return this.scalar(type, inner);
    if (NUMBERS.includes(type)) return this.number(type, inner);
    switch (type) {
      case 'text':
        return this.text(inner);
      case 'date':
        return this.made('truncDate', 'date', [this.term('date', inner)], {
          values: [this.choices.one(['month', 'week', 'quarter', 'year', 'day'])],
        });
      case 'at':
        return this.choices.chance(50)
          ? this.made('addTime', 'at', [this.term('at', inner)], { values: [this.choices.value([1, -90, 1440, 0])] })
          : this.made('truncAt', 'at', [this.term('at', inner)], {
              values: [this.choices.one(['hour', 'day', 'month', 'minute', 'second', 'week', 'year'])],
            });
      default:
        return this.leaf(type, place);
    }
  }

  /** Functions over several operands of a type. */
  protected mixed(type: TypeName, place: Place): Term {
    const choices = this.choices,
      isOrdered = !LISTS.has(type);
    const first = this.term(type, place);
    const more = (): Term => this.argument(type, place);
    const facts = (args: readonly Term[]): Partial<Term> => ({
      bounds: hull(...args.map(({ bounds }) => bounds)),
      isExact: args.every(({ isExact }) => isExact),
    });
    switch (choices.below(isOrdered ? 4 : 2)) {
      case 0: {
        const args = [first, ...Array.from({ length: 1 + choices.below(2) }, more)];
        return this.made('coalesce', type, args, { ...facts(args), isRequired: args.some((arg) => arg.isRequired) });
      }
      case 1: {
        const args: Term[] = [this.predicate(place), first];
        while (args.length < 6 && choices.chance(40)) args.push(this.predicate(place), this.arm(type, place));
        args.push(this.arm(type, place));
        const arms = args.filter((_, at) => at % 2 === 1 || at === args.length - 1);
        return this.made('case', type, args, {
          ...facts(arms.filter(({ op }) => op !== 'nothing')),
          isRequired: arms.every(({ isRequired }) => isRequired),
        });
      }
      case 2: {
        const args = [first, ...Array.from({ length: 1 + choices.below(2) }, more)];
        return this.made(choices.one(['greatest', 'least']), type, args, {
          ...facts(args),
          isRequired: args.some((arg) => arg.isRequired),
        });
      }
      default:
        return this.made('nullIf', type, [first, more()], { bounds: first.bounds, isExact: first.isExact, isRequired: false });
    }
  }
  protected arm(type: TypeName, place: Place): Term {
    return this.choices.chance(15) ? this.made('nothing', type, [], { isRequired: false }) : this.argument(type, place);
  }

  protected number(type: TypeName, place: Place): Term {
    const choices = this.choices;
    switch (choices.below(5)) {
      case 0:
        return this.single(type, place);
      case 1:
        return this.converted(type, place) ?? this.leaf(type, place);
      case 2:
        if (type === 'int') return this.counted(place);
        if (type === 'double') return this.measured(place);
        break;
    }
    return this.arithmetic(type, place);
  }

  protected arithmetic(type: TypeName, place: Place): Term {
    const choices = this.choices,
      narrower = WIDER.includes(type) ? WIDER.slice(0, WIDER.indexOf(type) + 1) : [type];
    const leftType = choices.chance(25) ? choices.one(narrower.toReversed()) : type;
    const left = this.term(leftType, place);
    const rightType = leftType === type ? choices.one(narrower.toReversed()) : type;
    // A value is of the type that it stands beside.
    const right = rightType === leftType && choices.chance(40) ? this.given('plain', rightType, true) : this.term(rightType, place);
    const op = choices.one(type === 'double' ? (['add', 'sub', 'mul', 'div'] as const) : (['add', 'sub', 'mul', 'div', 'mod'] as const));
    const bounds = left.bounds === null || right.bounds === null ? null : this.arithmeticBounds(op, left.bounds, right);
    if (bounds === null || !isIn(type, bounds)) return leftType === type ? left : this.leaf(type, place);
    return this.made(op, type, [left, op === 'div' || op === 'mod' ? this.nonZero(right) : right], {
      bounds,
      isExact: left.isExact && right.isExact && op !== 'div' && sizeOf(bounds) < 1e6,
    });
  }
  /** A divisor that is a value is none of the zeros. */
  protected nonZero(term: Term): Term {
    if (term.op !== 'plain') return term;
    const pool = POOLS[term.type][0]!.values.filter(
      (value) => Number(typeof value === 'object' && value !== null && 'digits' in value ? value.digits : value) !== 0,
    );
    return { ...term, value: this.choices.value(pool) };
  }
  protected arithmeticBounds(op: string, left: Bounds, { bounds, op: rightOp, type }: Term): Bounds | null {
    const right = bounds!;
    switch (op) {
      case 'add':
        return corners(left, right, (a, b) => a + b);
      case 'sub':
        return corners(left, right, (a, b) => a - b);
      case 'mul':
        return corners(left, right, (a, b) => a * b);
      default: {
        const isNonZero = rightOp === 'plain' || right.low > 0 || right.high < 0;
        if (!isNonZero) return null;
        if (op === 'mod') return { low: -sizeOf(right), high: sizeOf(right) };
        const smallest = type === 'dec' ? 100 : type === 'double' ? 2 : 1;
        return { low: -sizeOf(left) * smallest, high: sizeOf(left) * smallest };
      }
    }
  }

  protected single(type: TypeName, place: Place): Term {
    const choices = this.choices,
      of = this.term(type, place);
    if (of.bounds === null) return of;
    const size = sizeOf(of.bounds);
    const facts = { bounds: { low: -size - 1, high: size + 1 }, isExact: of.isExact };
    if (!isIn(type, facts.bounds)) return of;
    if (type !== 'double' && choices.chance(15)) {
      const digits = choices.one([0, 1, -1, 2, -2]);
      const bounds = { low: -size - 100, high: size + 100 };
      return isIn(type, bounds) ? this.made('roundTo', type, [of], { values: [digits], bounds }) : of;
    }
    const op = choices.one(['neg', 'abs', 'sign', 'ceil', 'floor', 'round']);
    return this.made(op, type, [of], op === 'abs' ? { ...facts, bounds: { low: 0, high: size } } : facts);
  }

  protected converted(type: TypeName, place: Place): Term | null {
    const from = this.choices.one(
      (
        {
          small: [],
          int: ['small', 'safe', 'big', 'dec', 'double', 'bool'],
          safe: [],
          big: ['int', 'small', 'safe', 'dec', 'double'],
          dec: ['int', 'small', 'safe', 'big', 'double'],
          double: ['int', 'small', 'dec', 'safe', 'big'],
        } as Readonly<Partial<Record<TypeName, readonly TypeName[]>>>
      )[type]!,
    );
    if (from === undefined) return null;
    const of = this.term(from, place);
    const isWidening =
      from === 'small' || from === 'bool' || (from === 'int' && type !== 'int') || (INTEGERS.includes(from) && type === 'dec');
    if (!isWidening && (of.bounds === null || !isIn(type, of.bounds))) return null;
    if (from === 'double' && !of.isExact) return null;
    // A double with few digits is written out as it is; a numeric has its own.
    return this.made('cast', type, [of], {
      bounds: from === 'bool' ? { low: 0, high: 1 } : of.bounds === null ? null : { low: of.bounds.low - 1, high: of.bounds.high + 1 },
      isExact: of.bounds !== null && from !== 'dec' && of.isExact,
    });
  }

  /** Integers about other things. */
  protected counted(place: Place): Term {
    const choices = this.choices,
      list = this.types(place, ['texts', 'ints']);
    if (list.length > 0 && choices.chance(40))
      return this.made('len', 'int', [this.term(choices.one(list), place)], { bounds: { low: 0, high: 5 } });
    const bounds = { low: 0, high: 100 };
    return choices.chance(50)
      ? this.made('length', 'int', [this.term('text', place)], { bounds })
      : this.made('position', 'int', [this.term('text', place)], { bounds, values: [choices.value(PARTS)] });
  }
  /** Doubles about other things. */
  protected measured(place: Place): Term {
    const choices = this.choices;
    switch (choices.below(4)) {
      case 0:
        return this.made('extractDate', 'double', [this.term('date', place)], {
          values: [choices.one(['year', 'month', 'day', 'dow', 'isodow', 'doy', 'quarter', 'week', 'isoyear'])],
          bounds: { low: 0, high: 3000 },
          isExact: true,
        });
      case 1:
        return this.made('extractAt', 'double', [this.term('at', place)], {
          values: [choices.one(['hour', 'epoch', 'second', 'minute', 'day', 'year', 'dow'])],
          bounds: { low: -1e10, high: 1e10 },
          isExact: false,
        });
      case 2: {
        const of = this.term(choices.one(INTEGERS), place);
        if (of.bounds === null || sizeOf(of.bounds) > 100) return this.leaf('double', place);
        return this.made('power', 'double', [of], {
          values: [choices.value([2, 0, 1, 3])],
          bounds: { low: -1e6, high: 1e6 },
          isExact: true,
        });
      }
      default: {
        const type = choices.one(NUMBERS),
          of = this.term(type, place);
        if (of.bounds === null || !isIn(type, of.bounds)) return this.leaf('double', place);
        const positive = this.made('abs', type, [of], { bounds: { low: 0, high: sizeOf(of.bounds) }, isExact: of.isExact });
        return this.made('sqrt', 'double', [positive], { bounds: { low: 0, high: sizeOf(of.bounds) + 1 }, isExact: false });
      }
    }
  }

  protected text(place: Place): Term {
    const choices = this.choices,
      part = (): string => choices.value(PARTS);
    const op = choices.one([
      'lower',
      'upper',
      'concat',
      'trim',
      'ltrim',
      'rtrim',
      'replace',
      'substr',
      'left',
      'right',
      'split',
      'reverse',
      'repeat',
      'lpad',
      'rpad',
      'md5',
      'cast',
    ] as const);
    const of = (): Term => this.term('text', place);
    switch (op) {
      case 'concat':
        return this.made(op, 'text', [of(), ...Array.from({ length: 1 + choices.below(2) }, () => this.argument('text', place))]);
      case 'trim':
      case 'ltrim':
      case 'rtrim':
        return this.made(op, 'text', [of()], choices.chance(50) ? { values: [part()] } : {});
      case 'replace':
        return this.made(op, 'text', [of()], { values: [part(), part()] });
      case 'substr': {
        const start = choices.value([1, 2, 0, -1, 5]);
        return this.made(op, 'text', [of()], { values: choices.chance(60) ? [start, choices.value([1, 0, 2, 9])] : [start] });
      }
      case 'left':
      case 'right':
        return this.made(op, 'text', [of()], { values: [choices.value([1, 0, 2, -1, -2, 9])] });
      case 'split':
        return this.made(op, 'text', [of()], { values: [part(), choices.value([1, 2, -1, 3])] });
      case 'repeat':
        return this.made(op, 'text', [of()], { values: [choices.value([0, 1, 2, -1])] });
      case 'lpad':
      case 'rpad': {
        const length = choices.value([0, 1, 3, -1, TEXT_LIMIT]);
        return this.made(op, 'text', [of()], { values: choices.chance(60) ? [length, part()] : [length] });
      }
      case 'cast': {
        const from = choices.one(this.types(place, ['int', 'small', 'safe', 'big', 'bool', 'uuid', 'enum', 'dec', 'date']));
        if (from === undefined) return of();
        // A decimal is written with the digits that it has, which are the column's.
        return this.made('cast', 'text', [
          from === 'dec' || from === 'date' ? this.columnTerm(choices.one(this.columns(from, place))) : this.term(from, place),
        ]);
      }
      default:
        return this.made(op, 'text', [of()]);
    }
  }
}
