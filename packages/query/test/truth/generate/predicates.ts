// Predicates: every lookup, and what joins them.

import type { Term } from '../term.ts';
import type { TypeName, Value } from '../value.ts';
import { POOLS } from '../world.ts';
import { Expressions } from './expressions.ts';
import { deeper, LISTS, PARTS, PATTERNS, REGEXES, SORTABLE, WIDER, type Place } from './place.ts';

export abstract class Predicates extends Expressions {
  protected abstract nested(place: Place): Term;

  predicate(place: Place): Term {
    const choices = this.choices,
      inner = deeper(place);
    const kind = place.depth <= 0 ? 0 : choices.below(10);
    if (kind <= 4) return this.lookup(place.depth <= 0 ? place : inner);
    if (kind <= 6 && this.subqueries > 0) return this.nested(inner);
    if (kind === 7) {
      const of = this.predicate(inner);
      const op = choices.one(['not', 'negated', 'isTrue', 'isFalse', 'isNull', 'isNotNull'] as const);
      return this.made(op, 'bool', [of], op === 'not' || op === 'negated' ? {} : { isRequired: true });
    }
    const op = choices.one(['and', 'or', 'andThen', 'orElse', 'xor'] as const);
    const least = op === 'and' || op === 'or' ? 0 : 1;
    const args = Array.from({ length: op === 'xor' ? 2 : Math.max(least, choices.one([2, 1, 3, 0])) }, () => this.predicate(inner));
    return this.made(op, 'bool', args, { isRequired: args.every((arg) => arg.isRequired) });
  }

  protected lookup(place: Place): Term {
    const choices = this.choices,
      types = this.types(place, [...SORTABLE, 'texts', 'ints']);
    const type = choices.one(types.length === 0 ? (['int'] as const) : types);
    if (type === 'bool' && choices.chance(50)) return this.leaf('bool', { ...place, depth: 0 });
    const subject = type === 'bool' ? this.leaf('bool', place) : this.term(type, place);
    if (choices.chance(15)) return this.nullTest(subject);
    if (LISTS.has(type)) return this.listLookup(subject, place);
    if (type === 'text' && choices.chance(45)) return this.search(subject);
    return this.compared(subject, (of) => this.argument(of, place, 40));
  }
  protected nullTest(subject: Term): Term {
    // `eq(null)` is for what may be null.
    const isTold = !subject.isRequired && subject.op === 'column' && this.choices.chance(50);
    return this.made(isTold ? this.choices.one(['eqNull', 'neqNull']) : this.choices.one(['isNull', 'isNotNull']), 'bool', [subject], {
      isRequired: true,
    });
  }
  protected search(subject: Term): Term {
    const op = this.choices.one([
      'contains',
      'icontains',
      'startsWith',
      'istartsWith',
      'endsWith',
      'iendsWith',
      'iexact',
      'like',
      'ilike',
      'regex',
      'iregex',
    ] as const);
    const patterns = op === 'like' || op === 'ilike' ? PATTERNS : op === 'regex' || op === 'iregex' ? REGEXES : PARTS;
    return this.made(op, 'bool', [subject], { values: [this.choices.value<string>(patterns)] });
  }
  protected listLookup(subject: Term, place: Place): Term {
    const choices = this.choices,
      { type } = subject;
    switch (choices.below(3)) {
      case 0: {
        const op = choices.one(['eq', 'neq', 'isDistinctFrom', 'isNotDistinctFrom'] as const);
        const other = choices.chance(30) ? this.term(type, place) : this.given('plain', type);
        return this.made(op, 'bool', [subject, other], op === 'eq' || op === 'neq' ? {} : { isRequired: true });
      }
      case 1:
        return choices.chance(30)
          ? this.made('isEmpty', 'bool', [subject])
          : this.made(choices.one(['hasAll', 'within', 'overlaps']), 'bool', [subject], { value: choices.value(POOLS[type][0]!.values) });
      default:
        return this.made('any', 'bool', [subject], {
          value: choices.value<Value>(type === 'texts' ? ['a', 'b', '', 'c'] : [0, 1, 2, -5, 9]),
        });
    }
  }

  /** A comparison of the subject with others of its type. */
  compared(subject: Term, other: (type: TypeName) => Term): Term {
    const choices = this.choices,
      { type } = subject;
    switch (choices.below(4)) {
      case 0: {
        const pool = choices.one(POOLS[type]).values;
        return this.made(choices.one(['in', 'notIn']), 'bool', [subject], {
          values: Array.from({ length: 4 }, () => choices.value(pool)).slice(0, choices.valueBelow(5)),
          isRequired: false,
        });
      }
      case 1:
        return this.made('between', 'bool', [subject, other(type), other(type)]);
      case 2: {
        const op = choices.one(['isDistinctFrom', 'isNotDistinctFrom'] as const);
        return this.made(op, 'bool', [subject, other(type)], { isRequired: true });
      }
      default: {
        // Another type of number now and then, where one is made into the other.
        const others = WIDER.filter((wider) => wider !== type && WIDER.includes(type));
        const right = others.length > 0 && choices.chance(15) ? null : other(type);
        return this.made(choices.one(['eq', 'neq', 'gt', 'gte', 'lt', 'lte']), 'bool', [subject, right ?? this.otherNumber(others, other)]);
      }
    }
  }
  protected otherNumber(types: readonly TypeName[], other: (type: TypeName) => Term): Term {
    const found = other(this.choices.one(types));
    return found.op === 'plain' ? { ...found, op: 'literal' } : found;
  }
}
