// Aggregates, with their filters and orders.

import type { AggregateTerm, Term } from '../term.ts';
import type { TypeName } from '../value.ts';
import { POOLS } from '../world.ts';
import { hasOwnColumn, isIn, LISTS, NUMBERS, SORTABLE, type Place } from './place.ts';
import { Subqueries } from './subqueries.ts';

export abstract class Aggregates extends Subqueries {
  protected own(type: TypeName, place: Place): Term | null {
    if ((type === 'enum' || LISTS.has(type)) && this.columns(type, place).length === 0) return null;
    const of = this.term(type, place);
    if (place.tables.length === 1 || hasOwnColumn(of)) return of;
    const columns = this.columns(type, { ...place, isOwn: true });
    return columns.length === 0 ? null : this.columnTerm(this.choices.one(columns));
  }

  /** `isWindowed`: of what a window has, which is no aggregate of distinct values or in an order. */
  aggregate(place: Place, isWindowed: boolean): Term {
    for (let attempt = 0; attempt < 3; attempt++) {
      const found = this.aggregateOf(
        this.choices.one(['safe', 'int', 'big', 'dec', 'double', 'text', 'bool', 'texts', 'ints', 'date', 'uuid', 'enum', 'at', 'small']),
        place,
        isWindowed,
      );
      if (found !== null) return found;
    }
    return this.aggregateTerm('countAll', 'safe', [], place, true, { bounds: { low: 0, high: 100 }, isRequired: true });
  }

  protected aggregateTerm(
    name: string,
    type: TypeName,
    args: readonly Term[],
    place: Place,
    isPlain: boolean,
    facts: Partial<Term> = {},
    modifiers: Partial<AggregateTerm> = {},
  ): Term {
    const choices = this.choices;
    const isDistinct = !isPlain && choices.chance(20),
      wanted = choices.chance(25) ? this.predicate({ ...place, depth: Math.min(place.depth, 2) }) : null;
    const filter = wanted === null || place.tables.length === 1 || args.length > 0 || hasOwnColumn(wanted) ? wanted : null;
    return {
      ...this.made('aggregate', type, args, facts),
      isRequired: name === 'count' || name === 'countAll' || name === 'regrCount' || name.endsWith('Of'),
      aggregate: { name, filter, isDistinct, orderBy: [], ...modifiers },
    };
  }

  protected aggregateOf(type: TypeName, given: Place, isWindowed = false): Term | null {
    const choices = this.choices,
      place: Place = { ...given, depth: Math.min(given.depth, 2) };
    // Of each as many as there are reasons to ask for it.
    const kind = choices.below(6);
    if (LISTS.has(type)) {
      if (isWindowed) return null;
      const element: TypeName = type === 'texts' ? 'text' : 'int',
        of = this.own(element, place);
      if (of === null) return null;
      const isDistinct = of.op === 'column' && choices.chance(30);
      return this.aggregateTerm('arrayAgg', type, [of], place, true, { isRequired: false }, { isDistinct, orderBy: [this.keyOf(of)] });
    }
    if (type === 'safe' && kind <= 2) {
      const bounds = { low: 0, high: 100 };
      if (kind === 0)
        return place.tables.length > 1 || choices.chance(50) ? this.aggregateTerm('countAll', 'safe', [], place, true, { bounds }) : null;
      const types = this.types({ ...place, isOwn: true }, [...SORTABLE, 'texts', 'ints']);
      if (kind === 1 && !isWindowed && choices.chance(40)) return this.hypothetical(place, ['rankOf', 'denseRankOf'], 'safe', { bounds });
      if (kind === 1 && choices.chance(20)) {
        const [left, right] = [this.own('int', place), this.own('double', place)];
        return left === null || right === null ? null : this.aggregateTerm('regrCount', 'safe', [left, right], place, true, { bounds });
      }
      const of = this.own(choices.one(types), place);
      return of === null ? null : this.aggregateTerm('count', 'safe', [of], place, isWindowed, { bounds });
    }
    if (type === 'bool' && kind <= 3) {
      const of = this.predicate(place);
      if (place.tables.length > 1 && !hasOwnColumn(of)) return null;
      return this.aggregateTerm(choices.one(['boolAnd', 'boolOr']), 'bool', [of], place, true);
    }
    if (type === 'text' && kind <= 1 && !isWindowed) {
      const of = this.own('text', place);
      if (of === null) return null;
      const isDistinct = of.op === 'column' && choices.chance(30);
      return this.aggregateTerm(
        'stringAgg',
        'text',
        [of],
        place,
        true,
        { values: [choices.value([',', '', '; '])] },
        { isDistinct, orderBy: [this.keyOf(of)] },
      );
    }
    if (NUMBERS.includes(type) && kind <= 3) {
      const found = this.numberAggregate(type, place, isWindowed);
      if (found !== null) return found;
    }
    const of = this.own(type, place);
    if (of === null) return null;
    const facts = { bounds: of.bounds, isExact: of.isExact };
    if (kind === 5 && !isWindowed && type !== 'bool' && choices.chance(60)) {
      const direction = choices.one(['asc', 'desc']);
      return choices.chance(50)
        ? this.aggregateTerm('mode', type, [of], place, true, { ...facts, values: [direction] }, {})
        : this.aggregateTerm('percentileDisc', type, [of], place, true, {
            ...facts,
            values: [choices.value([0.5, 0, 1, 0.25, 0.9]), direction],
          });
    }
    return this.aggregateTerm(choices.one(['min', 'max']), type, [of], place, isWindowed, facts);
  }

  protected numberAggregate(type: TypeName, place: Place, isWindowed: boolean): Term | null {
    const choices = this.choices;
    const summed = (of: Term | null): Term | null => {
      if (of?.bounds == null || !of.isExact || !isIn(type, { low: of.bounds.low * 20, high: of.bounds.high * 20 })) return null;
      return this.aggregateTerm('sum', type, [of], place, isWindowed, {
        bounds: { low: Math.min(of.bounds.low * 20, 0), high: Math.max(of.bounds.high * 20, 0) },
        isExact: true,
      });
    };
    const whole = (): Term | null => this.own(choices.one(['int', 'small', 'safe', 'big'] as const), place);
    switch (type) {
      case 'safe':
        return summed(this.own(choices.one(['int', 'small', 'safe'] as const), place));
      case 'big': {
        if (choices.chance(50)) return summed(this.own('big', place));
        // Not of sums of bigints, which are numeric.
        const of = this.own('big', { ...place, depth: 0 });
        return of === null ? null : this.aggregateTerm(choices.one(['bitAnd', 'bitOr', 'bitXor']), 'big', [of], place, isWindowed, {});
      }
      case 'small':
      case 'int': {
        const of = this.own(type, place);
        return of === null ? null : this.aggregateTerm(choices.one(['bitAnd', 'bitOr', 'bitXor']), type, [of], place, isWindowed, {});
      }
      case 'dec': {
        const which = choices.below(3);
        if (which === 0) return summed(this.own('dec', place));
        const of = which === 1 ? this.own('dec', place) : whole();
        if (of === null) return null;
        return this.aggregateTerm(which === 1 ? 'avg' : 'avgExact', 'dec', [of], place, isWindowed, {
          bounds: of.bounds === null ? null : { low: of.bounds.low - 1, high: of.bounds.high + 1 },
        });
      }
      default: {
        const which = choices.below(isWindowed ? 3 : 5);
        if (which === 0) return summed(this.own('double', place));
        const inexact = { bounds: null, isExact: false };
        if (which === 1) {
          const of = choices.chance(50) ? whole() : this.own('double', place);
          return of === null || (of.type === 'double' && (!of.isExact || of.bounds === null))
            ? null
            : this.aggregateTerm('avg', 'double', [of], place, isWindowed, inexact);
        }
        if (which === 2) {
          const of = this.own(choices.one(['int', 'small'] as const), place);
          return of === null ? null : this.aggregateTerm(choices.one(['variance', 'varPop']), 'double', [of], place, isWindowed, inexact);
        }
        const direction = choices.one(['asc', 'desc']);
        if (which === 3) {
          const of = this.own(choices.one(['double', 'int', 'dec'] as const), place);
          return of?.bounds == null
            ? null
            : this.aggregateTerm('percentileCont', 'double', [of], place, true, {
                ...inexact,
                values: [choices.value([0.5, 0, 1, 0.25, 0.9]), direction],
              });
        }
        return this.hypothetical(place, ['percentRankOf', 'cumeDistOf'], 'double', inexact);
      }
    }
  }

  /** The place of a value among others. */
  protected hypothetical(place: Place, names: readonly string[], type: TypeName, facts: Partial<Term>): Term | null {
    const choices = this.choices,
      among = choices.one(this.types({ ...place, isOwn: true }, ['int', 'text', 'dec', 'date', 'enum', 'big'])),
      of = among === undefined ? null : this.own(among, place);
    if (among === undefined || of === null) return null;
    const values = [choices.value(POOLS[among][0]!.values), choices.one(['asc', 'desc'])];
    return this.aggregateTerm(choices.one(names), type, [of], place, true, { ...facts, values });
  }
}
